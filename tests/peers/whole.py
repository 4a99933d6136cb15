"""Methods that look at the whole volume, against SciPy and against their definitions in float64 NumPy."""

import numpy as np
from scipy import ndimage

import near
import program
from ledger import Section

BOUND = 1e-9


def centre(weight):
    """SciPy's centre of mass; None where rounding decides, and the parts of it that the terms are."""
    total, terms = weight.sum(), np.abs(weight).sum()
    if not total > 1e-6 * terms:
        return None, total <= 0
    return np.array(ndimage.center_of_mass(weight)), terms / total


def softmax(heatmap, beta):
    return np.exp(beta * (heatmap - heatmap.max()))


def background(heatmap, beta):
    """The mean weight about the median of at most 16 evenly spaced voxels along each axis, and its standard
    error."""
    counts = [min(n, 16) for n in heatmap.shape]
    grid = np.ix_(*([(2 * i + 1) * n // (2 * m) for i in range(m)] for n, m in zip(heatmap.shape, counts)))
    samples, weights = heatmap[grid].ravel(), softmax(heatmap, beta)[grid].ravel()
    median = np.percentile(samples, 50, method="lower")
    away = np.abs(samples - median)
    near = weights[away <= 3 * 1.4826 * np.percentile(away, 50, method="lower")]
    return near.mean(), near.std() / np.sqrt(near.size)


def debias(heatmap, beta, given):
    """The centre of mass of what is left of the softmax, and the parts of it that the whole softmax is."""
    weight = softmax(heatmap, beta)
    taken, error = background(heatmap, beta) if given is None else (np.exp(beta * (given - heatmap.max())), 0)
    left = weight - taken
    least = max(1e-6 * weight.sum(), 3.01 * weight.size * error)
    if not left.sum() > least:
        return None, False
    answer = np.array(ndimage.center_of_mass(left))
    return np.clip(answer, 0, np.array(heatmap.shape) - 1), weight.sum() / left.sum()


def draw_method(rng):
    """The option, and the function that computes the right answer for a heatmap and how far its terms
    cancel."""
    alpha, beta = (float(f"{10 ** rng.uniform(*powers):.3g}") for powers in ((-1, 1), (-2, 1)))
    given = float(f"{rng.normal():.3g}")
    with np.errstate(over="ignore"):
        return [
            ("mean", [], lambda x: centre(np.maximum(x, 0))),
            ("mean", ["--activation", "none"], centre),
            ("mean", ["--activation", "sigmoid"], lambda x: centre(1 / (1 + np.exp(-x)))),
            ("mean", ["--activation", f"power:{alpha}"], lambda x: centre(np.maximum(x, 0) ** alpha)),
            ("mean:activation=softmax", ["--beta", str(beta)], lambda x: centre(softmax(x, beta))),
            ("debias", ["--beta", str(beta)], lambda x: debias(x, beta, None)),
            (f"debias:background={given}", ["--beta", str(beta)], lambda x: debias(x, beta, given)),
        ][rng.integers(7)]


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    exact = Section("whole volume, coordinates in parts of the terms", BOUND, "voxel")
    softmaxes = Section("mean:activation=softmax of f32, coordinates", 1e-5, "voxel")
    for _ in range(cases):
        maps = near.draw_maps(rng)
        (name, layout), (method, more, answer) = near.write(rng, folder, maps), draw_method(rng)
        args = ["--layout", layout, "--method", method, *more]
        [record] = program.decode(folder, [name], args, "voxel", stats=False)
        for landmark in record["landmarks"]:
            heatmap = maps[landmark["n"], landmark["c"]].astype(np.float64)
            where = f"{maps.dtype} {maps.shape} {name} {' '.join(args)}: {landmark['voxel']}"
            expected, parts = answer(heatmap)
            if expected is None:
                # Without any mass the status is `missing`; with almost none, rounding decides.
                if parts and not np.any(heatmap > 0):
                    exact.measure(0.0 if landmark["status"] == "missing" else np.inf, where)
                continue
            if landmark["status"] == "flat" and method.startswith("debias"):
                expected, parts = near.first_maximum(heatmap), 1
            section = softmaxes if "softmax" in method and maps.dtype.itemsize < 8 else exact
            error = np.abs(np.subtract(landmark["voxel"], expected)).max() / parts
            section.measure(error, f"{where}, expected {expected}")
    return [exact, softmaxes]
