"""MetaImage and NRRD: written by SimpleITK and by pynrrd, read by softargmax as their writers meant them."""

import json

import numpy as np

import program
from ledger import Section

TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def affine(rng):
    """Sizes, directions (as columns) and origin of an oblique volume, in LPS."""
    directions, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return rng.random(3) + 0.5, directions, rng.normal(size=3) * 50


def in_ras(sizes, directions, origin):
    """Voxel to RAS."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = directions * sizes, origin
    return FLIP @ matrix


def values(rng, shape):
    """Values of any type that all types can hold."""
    return (rng.random(shape) * 100).astype(rng.choice(TYPES))


def by_simpleitk(rng, path, kind):
    """Writes a volume; gives (C, h, w, d) of its values, its affine and its layout."""
    import SimpleITK

    lengths, channels = rng.integers(1, 7, 3), int(rng.integers(2, 5))
    place = affine(rng)
    heatmaps = values(rng, (1 if kind == "scalar" else channels, *lengths))

    def image(array, is_vector=False):
        found = SimpleITK.GetImageFromArray(array, isVector=is_vector)
        sizes, directions, origin = place
        found.SetSpacing(sizes.tolist())
        found.SetDirection(directions.ravel().tolist())
        found.SetOrigin(origin.tolist())
        return found

    if kind == "vector":
        whole = image(np.ascontiguousarray(heatmaps.transpose(3, 2, 1, 0)), is_vector=True)
    elif kind == "series":
        whole = SimpleITK.JoinSeries([image(np.ascontiguousarray(h.transpose(2, 1, 0))) for h in heatmaps])
    else:
        whole = image(np.ascontiguousarray(heatmaps[0].transpose(2, 1, 0)))
    SimpleITK.WriteImage(whole, str(path), bool(rng.random() < 0.5))
    layout = {"scalar": "HWD", "vector": "CHWD", "series": "HWDC"}[kind]
    return heatmaps, in_ras(*place), layout


def by_pynrrd(rng, path, kind):
    """Writes an NRRD of a random space, with its list axis anywhere."""
    import nrrd

    lengths, channels = rng.integers(1, 7, 3), int(rng.integers(2, 5))
    sizes, directions, origin = affine(rng)
    heatmaps = values(rng, (1 if kind == "scalar" else channels, *lengths))
    space = str(rng.choice(["right-anterior-superior", "left-anterior-superior", "left-posterior-superior"]))
    signs = {"right": [1, 1, 1], "left-a": [-1, 1, 1], "left-p": [-1, -1, 1]}
    signs = next(np.array(found) for name, found in signs.items() if space.startswith(name))
    vectors = list((directions * sizes).T)
    at = int(rng.integers(0, 4))
    array, layout = heatmaps[0], "HWD"
    if kind != "scalar":
        array, layout = np.moveaxis(heatmaps, 0, at), "HWD"[:at] + "C" + "HWD"[at:]
        vectors.insert(at, np.full(3, np.nan))
    header = {
        "space": space,
        "space directions": np.array(vectors),
        "space origin": origin,
        "encoding": str(rng.choice(["raw", "gzip"])),
        "endian": str(rng.choice(["little", "big"])),
    }
    if header["endian"] == "big":
        array = array.astype(array.dtype.newbyteorder(">"))
    nrrd.write(str(path), array, header, detached_header=path.suffix == ".nhdr")
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = directions * sizes, origin
    return heatmaps, np.diag([*signs, 1]) @ matrix, layout


WRITERS = {
    "SimpleITK's MetaImage": (by_simpleitk, (".mha", ".mhd")),
    "SimpleITK's NRRD": (by_simpleitk, (".nrrd", ".nhdr")),
    "pynrrd's NRRD": (by_pynrrd, (".nrrd", ".nhdr")),
}


def run(rng, folder, cases):
    """Yields a section for each writer."""
    for number, (name, (write, suffixes)) in enumerate(WRITERS.items()):
        section = Section(f"{name}: layout, affine, voxels, values", bound=1e-9, unit="mm")
        for case in range(max(cases // 5, 20)):
            path = folder / f"{number}_{case}{rng.choice(suffixes)}"
            kind = str(rng.choice(["scalar", "vector", "series"]))
            check(section, path, *write(rng, path, kind))
        yield section


def check(section, path, heatmaps, matrix, layout):
    """Holds an input against what was written."""
    args = ["decode", "--method", "hard", "--compare", "--coords", "voxel,world", "--format", "json", "-q"]
    record = json.loads(program.run([*args, "--fail-on", "none", path.name], path.parent).stdout)["inputs"][0]
    where = f"{path.name} {layout} {heatmaps.dtype}"
    section.expect(record["error"] is None and record["layout"] == layout, f"{where}: {record['error']}")
    if record["error"] is not None:
        return
    section.measure(np.abs(np.array(record["affine"]) - matrix).max(), f"{where}: affine")
    section.expect(len(record["landmarks"]) == len(heatmaps), f"{where}: landmarks")
    for landmark, heatmap in zip(record["landmarks"], heatmaps, strict=False):
        first = np.unravel_index(np.argmax(heatmap), heatmap.shape)
        found = landmark["hard"]
        section.expect(found["voxel"] == list(first), f"{where}: {found['voxel']}, expected {first}")
        section.expect(found["peak_value"] == float(heatmap.max()), f"{where}: {found['peak_value']}")
        world = (matrix @ [*first, 1.0])[:3]
        section.measure(np.abs(np.array(found["world"]) - world).max(), f"{where}: mm")
