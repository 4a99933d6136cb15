"""The method `component` against SciPy's labels, and against scikit-image as AFIDs' pipeline calls it."""

import math

import nibabel
import numpy as np
from scipy import ndimage

import near
import program
from ledger import Section

BOUND = 1e-9
#: Along how many axes two voxels that touch may differ.
APART = {"26": 3, "18": 2, "6": 1}


def best(heatmap, least, sizes, connectivity):
    """The label array and the number of the component with the highest mean, then the most voxels, then the
    first voxel in (h, w, d) order; 0 if none has a wanted size."""
    structure = ndimage.generate_binary_structure(3, APART[connectivity])
    labels, count = ndimage.label((heatmap >= least) & (heatmap > 0), structure)
    flat, values = labels.ravel(), heatmap.ravel()
    found = []
    for number in range(1, count + 1):
        where = np.flatnonzero(flat == number)
        if sizes[0] <= where.size <= sizes[1]:
            found.append((-math.fsum(values[where]) / where.size, -where.size, int(where[0]), number))
    return labels, min(found)[-1] if found else 0


def as_afids(heatmap):
    """afids-auto's `localize_afid` without a mask: percentile 99.9, all 26 neighbours, more than 5 voxels,
    the highest mean, the weighted centroid. None where it raises an error."""
    from skimage import measure

    kept = heatmap.copy()
    kept[kept < np.percentile(heatmap, 99.9)] = 0
    labels = measure.label((kept > 0).astype(int), background=0)
    regions = measure.regionprops(label_image=labels, intensity_image=kept)
    regions = [region for region in sorted(regions, key=lambda r: r.area, reverse=True) if region.area > 5]
    if not regions:
        return None
    return np.array(max(regions, key=lambda r: np.mean(kept[labels == r.label])).centroid_weighted)


def draw_maps(rng):
    """Noise, smooth noise, bumps on exact zeros, whole numbers with ties, equal blobs: (N, C, H, W, D)."""
    lengths = [int(n) for n in rng.integers(1, 30, 3)]
    kind = rng.integers(5)
    if kind == 4:
        # Blobs that are equal but for their place: their means tie.
        maps, blob = np.zeros((1, 2, *lengths)), rng.integers(1, 9, [min(n, 2) for n in lengths])
        for channel in range(2):
            for _ in range(rng.integers(1, 9)):
                at = [int(rng.integers(0, n - min(n, 2) + 1)) for n in lengths]
                maps[0, channel][tuple(slice(i, i + 2) for i in at)] = blob
    else:
        maps = rng.normal(size=(2, 2, *lengths)) + (kind == 0) * rng.uniform(-2, 2)
        if kind == 1:
            maps = ndimage.gaussian_filter(maps, [0, 0, *rng.uniform(0.5, 2, 3)])
        if kind == 2:
            points = np.where(rng.random(maps.shape) < 0.02, 1 + rng.random(maps.shape), 0.0)
            maps = ndimage.gaussian_filter(points, [0, 0, 1, 1, 1], mode="constant", truncate=3.0)
    dtype = str(rng.choice(["<f4", ">f8", "<f2", "u1", "<i2", "<i8", "<u8"]))
    if np.dtype(dtype).kind in "iu":
        most = np.abs(maps).max() or 1
        maps = np.round(maps / most * float(rng.choice([3, 20, 100])))
        maps = maps.clip(0, None) if np.dtype(dtype).kind == "u" else maps
    maps = maps.astype(dtype)
    if maps.dtype.kind == "f" and rng.random() < 0.2:
        maps[rng.random(maps.shape) < 0.3] = -np.inf
    return maps


def draw_rule(rng, maps):
    """The method's text, and its rule: a function of a heatmap to the least value, sizes, connectivity."""
    kind, wide = rng.integers(4), maps.astype(np.float64)
    text, least = [], lambda x: np.percentile(x, 99.9)
    if kind == 1:
        percentile = float(f"{100 - 100 * 10 ** rng.uniform(-3, 0):.4g}")
        text, least = [f"threshold=p:{percentile}"], lambda x: np.percentile(x, percentile)
    if kind == 2:
        share = float(f"{rng.uniform(0.05, 1):.3g}")
        text, least = [f"threshold=r:{share}"], lambda x: share * x.max()
    if kind == 3:
        value = float(rng.choice(wide[np.isfinite(wide)]))
        value = float(f"{value:.4g}") if rng.random() < 0.5 else value
        # A value is rounded as the file rounds its own.
        rounded = float(maps.dtype.type(value)) if maps.dtype.kind == "f" else value
        text, least = [f"threshold={value!r}"], lambda x: rounded
    sizes = [6, np.inf]
    if rng.random() < 0.7:
        sizes[0] = int(rng.integers(1, 9))
        text.append(f"min={sizes[0]}")
    if rng.random() < 0.3:
        sizes[1] = sizes[0] + int(rng.integers(0, 40))
        text.append(f"max={sizes[1]}")
    connectivity = str(rng.choice(list(APART)))
    if connectivity != "26" or rng.random() < 0.5:
        text.append(f"connectivity={connectivity}")
    return ":".join(["component", ",".join(text)]).rstrip(":"), least, sizes, connectivity


def masked_percentile(function):
    """The same where a percentile lies beside a masked voxel: lower than any value."""

    def least(heatmap):
        with np.errstate(invalid="ignore"):
            found = function(heatmap)
        return -np.inf if np.isnan(found) else found

    return least


def check(section, landmark, expected, heatmap, where):
    """Holds a landmark against a centroid, or against the largest voxel where there is none."""
    fell_back = "fallback" in landmark["flags"]
    if expected is None:
        hard = near.first_maximum(heatmap).tolist()
        section.expect(fell_back and landmark["voxel"] == hard, f"{where}, expected a fallback to {hard}")
        return
    error = np.abs(np.subtract(landmark["voxel"], expected)).max() if not fell_back else np.inf
    section.measure(error, f"{where}, expected {expected}")


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    section = Section("components, beside SciPy, coordinates", BOUND, "voxel")
    for _ in range(cases):
        maps = draw_maps(rng)
        name, layout = near.write(rng, folder, maps)
        method, least, sizes, connectivity = draw_rule(rng, maps)
        args = ["--layout", layout, "--method", method]
        [record] = program.decode(folder, [name], args, "voxel", stats=False)
        for landmark in record["landmarks"]:
            heatmap = maps[landmark["n"], landmark["c"]].astype(np.float64)
            if landmark["status"] != "ok":
                finite = heatmap[np.isfinite(heatmap)]
                section.expect(finite.size == 0 or np.ptp(finite) == 0, f"{landmark}")
                continue
            labels, number = best(heatmap, masked_percentile(least)(heatmap), sizes, connectivity)
            weights = np.where(labels == number, heatmap, 0.0)
            expected = np.array(ndimage.center_of_mass(weights)) if number else None
            where = f"{maps.dtype} {maps.shape} {name} {' '.join(args)}: {landmark['voxel']}"
            check(section, landmark, expected, heatmap, where)
    return [section, *afids(rng, folder, cases // 4)]


def afids(rng, folder, cases):
    """Probability volumes in NIfTI by the defaults, as AFIDs' pipeline reads them; nothing without
    scikit-image."""
    try:
        import skimage  # noqa: F401
    except ImportError:
        return []
    section = Section("components, beside scikit-image as AFIDs uses it", BOUND, "voxel")
    for _ in range(cases):
        shape = [int(n) for n in rng.integers(12, 40, 3)]
        points = np.where(rng.random(shape) < 2e-3, rng.random(shape), 0.0)
        volume = ndimage.gaussian_filter(points, rng.uniform(0.8, 2.5, 3))
        volume += rng.uniform(0, 2e-3) * rng.random(shape)
        image = nibabel.Nifti1Image(volume / volume.max(), np.diag([1.5, 1, 2, 1]))
        image.set_data_dtype(str(rng.choice(["f4", "f8", "u1", "i2"])))
        nibabel.save(image, folder / "afid.nii.gz")
        heatmap = nibabel.load(folder / "afid.nii.gz").get_fdata()
        [record] = program.decode(folder, ["afid.nii.gz"], ["--method", "component"], "voxel", stats=False)
        [landmark] = record["landmarks"]
        where = f"{shape} {image.get_data_dtype()}: {landmark['voxel']} {landmark['flags']}"
        check(section, landmark, as_afids(heatmap), heatmap, where)
    return [section]
