"""Methods that look at the peak's neighbourhood, against their definitions in float64 NumPy."""

import gzip

import nibabel
import numpy as np

import program
from ledger import Section

BOUND = 1e-9
#: A Hessian closer to singular than this is left out: rounding decides if it has a maximum.
SINGULAR = 1e-6


def first_maximum(heatmap):
    """(h, w, d) of the first largest value."""
    return np.array(np.unravel_index(np.argmax(heatmap), heatmap.shape))


def local(heatmap, radius, beta, shape):
    """Softmax expectation over a cube or a ball about the largest voxel."""
    peak = first_maximum(heatmap)
    places = np.moveaxis(np.indices(heatmap.shape), 0, -1)
    away = places - peak
    near = (away**2).sum(-1) <= radius**2 if shape == "ball" else (np.abs(away) <= radius).all(-1)
    weight = np.where(near, np.exp(beta * (heatmap - heatmap[tuple(peak)])), 0.0)
    return (weight[..., None] * places).sum((0, 1, 2)) / weight.sum()


def mass(heatmap, radius):
    """Centre of mass of the values above 0 in a cube around the largest voxel."""
    peak = first_maximum(heatmap)
    places = np.moveaxis(np.indices(heatmap.shape), 0, -1)
    weight = np.where((np.abs(places - peak) <= radius).all(-1), np.maximum(heatmap, 0), 0.0)
    return (weight[..., None] * places).sum((0, 1, 2)) / weight.sum() if weight.sum() > 0 else peak


def numbers(heatmap, space):
    """The values that are fitted, NaN if a value has no logarithm."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.log(heatmap) if space == "log" else heatmap.copy()
    return np.where(np.isfinite(found), found, np.nan)


def at(values, place):
    """The value at a voxel, NaN outside the volume."""
    inside = all(0 <= i < n for i, n in zip(place, values.shape))
    return values[tuple(place)] if inside else np.nan


def parabola(heatmap, space):
    """The apex of a parabola along each axis."""
    return apexes(numbers(heatmap, space), first_maximum(heatmap))


def apexes(values, peak):
    """The apex of a parabola along each axis, through values as they are."""
    answer = []
    for step in np.eye(3, dtype=int):
        a, b, c = (at(values, peak + i * step) for i in (-1, 0, 1))
        has_apex = a - 2 * b + c < 0
        answer.append(np.clip(0.5 * (a - c) / (a - 2 * b + c), -0.5, 0.5) if has_apex else 0.0)
    return peak + answer


def quarter(heatmap):
    """A quarter of a voxel towards the higher neighbour."""
    peak = first_maximum(heatmap)
    steps = [at(heatmap, peak + step) - at(heatmap, peak - step) for step in np.eye(3, dtype=int)]
    return peak + 0.25 * np.sign(np.nan_to_num(steps))


def newton(heatmap, space):
    """One Newton step; None if rounding decides whether there is a maximum."""
    return step(numbers(heatmap, space), first_maximum(heatmap), 0.5)


def blurred(heatmap, sigma, peak, place):
    """ln of the weighted mean about a place, as far as the border lets it reach from the peak's
    neighbours."""
    room = np.minimum(peak, np.array(heatmap.shape) - 1 - peak) - 1
    reach, highest = np.clip(room, 0, int(np.ceil(3 * sigma))), heatmap[tuple(peak)]
    box = heatmap[tuple(slice(i - r, i + r + 1) for i, r in zip(place, reach))]
    away = np.moveaxis(np.indices(box.shape), 0, -1) - reach
    weight = np.exp(-(away**2).sum(-1) / (2 * sigma**2))
    return np.log(max((weight * box).sum() / weight.sum(), 1e-10 * highest)) if highest > 0 else np.nan


def dark(heatmap, sigma):
    """One Newton step on the logarithms of the blurred map."""
    peak = first_maximum(heatmap)
    values = np.full(heatmap.shape, np.nan)
    for offset in np.ndindex(3, 3, 3):
        place = peak + np.array(offset) - 1
        if all(0 <= i < n for i, n in zip(place, heatmap.shape)):
            values[tuple(place)] = blurred(heatmap, sigma, peak, place)
    return step(values, peak, max(sigma, 1))


def step(values, peak, most):
    """A Newton step of at most `most` along each axis; None where rounding decides whether there is a
    maximum."""
    steps = np.eye(3, dtype=int)
    f = lambda step: at(values, peak + step)
    free = [a for a in range(3) if not np.isnan(f(steps[a]) + f(-steps[a]) + f(0 * steps[a]))]
    if not free:
        return apexes(values, peak)
    unit = steps[free]
    gradient = np.array([(f(s) - f(-s)) / 2 for s in unit])
    mixed = lambda s, t: (f(s + t) - f(s - t) - f(t - s) + f(-s - t)) / 4
    straight = lambda s: f(s) - 2 * f(0 * s) + f(-s)
    hessian = np.array([[straight(s) if (s == t).all() else mixed(s, t) for t in unit] for s in unit])
    if np.isnan(hessian).any():
        return apexes(values, peak)
    curvatures = np.linalg.eigvalsh(hessian)
    if np.abs(curvatures).min() <= SINGULAR * np.abs(curvatures).max():
        return None
    if curvatures.max() >= 0:
        return apexes(values, peak)
    answer = peak.astype(float)
    answer[free] += np.clip(-np.linalg.solve(hessian, gradient), -most, most)
    return np.clip(answer, 0, np.array(values.shape) - 1)


def draw_method(rng):
    """The option, and the function that computes the right answer for a heatmap."""
    radius, beta = int(rng.integers(1, 33)), float(f"{10 ** rng.uniform(-2, 2):.3g}")
    shape, space = str(rng.choice(["cube", "ball"])), str(rng.choice(["log", "raw"]))
    sigma = float(f"{rng.uniform(0.2, 4):.3g}")
    methods = [
        (f"local:radius={radius},beta={beta},shape={shape}", lambda x: local(x, radius, beta, shape)),
        (f"local:radius={radius},weights=values", lambda x: mass(x, radius)),
        (f"parabola:space={space}", lambda x: parabola(x, space)),
        ("quarter", quarter),
        (f"newton:space={space}", lambda x: newton(x, space)),
        (f"dark:sigma={sigma}", lambda x: dark(x, sigma)),
    ]
    return methods[rng.integers(len(methods))]


def draw_maps(rng):
    """Noise, sometimes smoothed, in one of several element types: (N, C, H, W, D)."""
    lengths = [int(n) for n in rng.integers(1, 24, 3)]
    maps = rng.normal(size=(2, 2, *lengths))
    for axis in (2, 3, 4) if rng.random() < 0.7 else ():
        maps = (np.roll(maps, 1, axis) + 2 * maps + np.roll(maps, -1, axis)) / 4
    maps = maps - maps.min() * (rng.random() < 0.7)
    dtype = str(rng.choice(["<f4", ">f8", "<f2", "u1", "<i2"]))
    return (maps * 60 if dtype in ("u1", "<i2") else maps).clip(0 if dtype == "u1" else None).astype(dtype)


def write(rng, folder, maps):
    """One file in some layout, memory order and container: its name and its layout."""
    layout = str(rng.choice(["NCHWD", "NHWDC", "CDWHN", "NCDHW"]))
    turned = np.moveaxis(maps, ["NCHWD".index(axis) for axis in layout], range(5))
    turned = np.asfortranarray(turned) if rng.random() < 0.3 else np.ascontiguousarray(turned)
    name = "near.npy" if rng.random() < 0.5 else "near.npy.gz"
    with (gzip.open if name.endswith("gz") else open)(folder / name, "wb") as file:
        np.save(file, turned)
    return name, layout


def millimetres(rng, folder, cases):
    """Windows in mm on turned and sheared grids, with the affine as nibabel reads it."""
    section = Section("near the peak in mm, coordinates", BOUND, "voxel")
    for _ in range(cases):
        heatmap = rng.normal(size=[int(n) for n in rng.integers(3, 22, 3)]).astype("<f4")
        affine = np.eye(4)
        # Edges from 0.4 to 3 mm, not at right angles.
        affine[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] + rng.uniform(-0.3, 0.3, (3, 3))
        affine[:3, :3] *= 10 ** rng.uniform(-0.4, 0.5, 3)
        affine[:3, 3] = rng.uniform(-100, 100, 3)
        image = nibabel.Nifti1Image(heatmap, None)
        image.set_sform(affine, 1)
        nibabel.save(image, folder / "near.nii.gz")
        linear = nibabel.load(folder / "near.nii.gz").affine[:3, :3]
        edges = np.linalg.norm(linear, axis=0)
        radius, beta = (
            float(f"{edges.max() * rng.uniform(1, 4):.4g}"),
            float(f"{10 ** rng.uniform(-1, 1):.3g}"),
        )
        shape = str(rng.choice(["cube", "ball"]))
        places = np.moveaxis(np.indices(heatmap.shape), 0, -1)
        peak = first_maximum(heatmap)
        away = places - peak
        length = (
            np.linalg.norm(away @ linear.T, axis=-1) if shape == "ball" else (np.abs(away) * edges).max(-1)
        )
        weight = np.where(length <= radius * (1 + 1e-5), np.exp(beta * heatmap.astype(np.float64)), 0.0)
        expected = (weight[..., None] * places).sum((0, 1, 2)) / weight.sum()
        args = ["--method", f"local:radius={radius}mm,beta={beta},shape={shape}"]
        [record] = program.decode(folder, ["near.nii.gz"], args, "voxel", stats=False)
        [landmark] = record["landmarks"]
        error = np.abs(np.subtract(landmark["voxel"], expected)).max()
        section.measure(error, f"{heatmap.shape} {args}: {landmark['voxel']}, expected {expected}")
    return section


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    section = Section("near the peak, coordinates", BOUND, "voxel")
    for _ in range(cases):
        maps = draw_maps(rng)
        (name, layout), (method, answer) = write(rng, folder, maps), draw_method(rng)
        args = ["--layout", layout, "--method", method]
        [record] = program.decode(folder, [name], args, "voxel", stats=False)
        for landmark in record["landmarks"]:
            heatmap = maps[landmark["n"], landmark["c"]].astype(np.float64)
            # Where the formula has no answer, and from the middle of a plateau, the unit tests hold it.
            if "fallback" in landmark["flags"] or np.count_nonzero(heatmap == np.nanmax(heatmap)) > 2:
                continue
            expected = answer(heatmap) if landmark["status"] == "ok" else first_maximum(heatmap)
            if expected is not None:
                error = np.abs(np.subtract(landmark["voxel"], expected)).max()
                case = f"{maps.dtype} {maps.shape} {name} {' '.join(args)}"
                where = f"{case}: {landmark['voxel']}, expected {expected}"
                section.measure(error, where)
    return [section, millimetres(rng, folder, cases // 4)]
