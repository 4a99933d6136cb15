"""Compares `--peaks` with local maxima from SciPy and greedy suppression, and with scikit-image if it is
installed."""

import numpy as np
from scipy import ndimage

import program
from ledger import Section

#: All 26 neighbours.
TOUCHING = np.ones((3, 3, 3), bool)


def maxima(heatmap):
    """The first voxel of each plateau that no neighbour exceeds, the highest first, equal ones in (h, w, d)
    order."""
    highest = ndimage.maximum_filter(heatmap, footprint=TOUCHING, mode="constant", cval=-np.inf)
    is_top, found = heatmap == highest, []
    for value in np.unique(heatmap[is_top]):
        labels, count = ndimage.label(heatmap == value, structure=TOUCHING)
        for number in range(1, count + 1):
            if is_top[labels == number].all():
                found.append((-value, int(np.flatnonzero(labels == number)[0])))
    return [np.unravel_index(index, heatmap.shape) for _, index in sorted(found)]


def spaced(places, steps, least, count):
    """Greedy suppression: keeps each peak that is at least `least` from all kept ones."""
    taken = []
    for place in places:
        if len(taken) < count and all(
            np.linalg.norm((np.subtract(place, other)) * steps) >= least for other in taken
        ):
            taken.append(place)
    return [[float(i) for i in place] for place in taken]


def draw_map(rng):
    """Noise in f32, integers with ties and plateaus, or smooth bumps on a background of exactly 0."""
    shape = tuple(rng.integers(1, 14, 3))
    kind = rng.integers(3)
    if kind == 0:
        return rng.standard_normal(shape).astype(np.float32)
    if kind == 1:
        return rng.integers(0, rng.integers(2, 9), shape).astype(np.float64)
    points = np.where(rng.random(shape) < 0.01, rng.random(shape), 0.0)
    return ndimage.gaussian_filter(points, 1.0, mode="constant", truncate=3.0)


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    section, other = Section("peaks, voxels and values"), Section("peaks, beside scikit-image")
    for _ in range(cases):
        heatmap = draw_map(rng)
        order = "F" if rng.random() < 0.5 else "C"
        np.save(folder / "peaks.npy", np.array(heatmap, order=order))
        count, least = int(rng.integers(1, 40)), float(rng.choice([0, 1, 1.5, 2, 3, 5]))
        args = ["--layout", "HWD", "--method", "hard", "--peaks", count]
        steps, wanted = np.ones(3), heatmap.astype(np.float64)
        if rng.random() < 0.3:
            steps = rng.integers(1, 5, 3) / 2
            args += ["--spacing", ",".join(map(str, steps)), "--min-distance", f"{least}mm"]
        else:
            args += ["--min-distance", least]
        places = maxima(wanted)
        if rng.random() < 0.3 and wanted.max() > 0:
            args += ["--threshold", "r:0.5"]
            places = [place for place in places if wanted[place] >= 0.5 * wanted.max()]
        [record] = program.decode(folder, ["peaks.npy"], args, "voxel", stats=False)
        landmarks = record["landmarks"]
        expected = spaced(places, steps, least, count) if np.ptp(wanted) > 0 else [[0.0] * 3]
        found = [landmark["voxel"] for landmark in landmarks if landmark["voxel"] is not None]
        where = f"{wanted.dtype} {wanted.shape} {order} {args}: {found}, expected {expected}"
        values = [landmark["hard"]["peak_value"] for landmark in landmarks[: len(found)]]
        section.expect(found == expected and len(landmarks) == count, where)
        section.expect(values == [wanted[tuple(map(int, place))] for place in found], where)
    other_cases = cases if peak_local_max() else 0
    for _ in range(other_cases):
        # All values differ: scikit-image reports each voxel of a plateau. Its peaks are above the least
        # value.
        shape = tuple(rng.integers(2, 14, 3))
        heatmap = rng.permutation(np.prod(shape)).reshape(shape).astype(np.float64)
        np.save(folder / "peaks.npy", heatmap)
        least = int(rng.integers(1, 6))
        expected = peak_local_max()(
            heatmap, min_distance=least, footprint=TOUCHING, p_norm=2, exclude_border=False
        ).tolist()
        args = ["--layout", "HWD", "--method", "hard", "--peaks", 1000, "--min-distance", least]
        [record] = program.decode(folder, ["peaks.npy"], args, "voxel", stats=False)
        found = [landmark["voxel"] for landmark in record["landmarks"] if landmark["voxel"] is not None]
        other.expect(found == expected, f"{shape} {least}: {found}, expected {expected}")
    return [section, other] if other_cases else [section]


def peak_local_max():
    """scikit-image's function, or None if it is not installed."""
    try:
        from skimage.feature import peak_local_max as function
    except ImportError:
        return None
    return function
