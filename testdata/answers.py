"""Answers for the golden files: read back from disk by NumPy and nibabel, decoded by the float64 textbook.

This module does not know how `make.py` made a file, so it detects a wrongly written file.
"""

import argparse
import gzip
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "peers"))
import oracle

#: Millimetres in one unit of `xyzt_units`: unknown, metre, millimetre, micrometre.
MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
#: dtype kinds and sizes that decode through float32.
NARROW = {("f", 2), ("f", 4), ("i", 1), ("i", 2), ("u", 1), ("u", 2), ("b", 1)}

#: One row of expected.json.
Row = dict[str, Any]


@dataclass
class Volume:
    """A file as NumPy or nibabel reads it: stored values, scaling, and affine."""

    stored: np.ndarray
    slope: float = 1.0
    intercept: float = 0.0
    affine: np.ndarray | None = None
    affine_source: str | None = None
    is_nifti: bool = False


def parse(args: Sequence[str]) -> argparse.Namespace:
    """The options of `softargmax decode` that change answers."""
    parser = argparse.ArgumentParser()
    for flag in ("--layout", "--key", "--reference", "--labels", "--label-names"):
        parser.add_argument(flag)
    for flag in ("--beta", "--threshold"):
        parser.add_argument(flag, type=float)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--spacing", type=lambda text: [float(x) for x in text.split(",")])
    parser.add_argument("--channels", type=channel_list)
    parser.add_argument("--ignore-nan", action="store_true")
    parser.add_argument("--method", default="soft")
    parser.add_argument("--affine", default="auto")
    parser.add_argument("--norm", default="corners")
    parser.add_argument("--order", default="hwd")
    parser.add_argument("--frame", default="ras")
    return parser.parse_args(args)


def channel_list(text: str) -> list[int]:
    """`0-2,4` to [0, 1, 2, 4]."""
    spans = [[int(x) for x in part.split("-")] for part in text.split(",")]
    return [c for span in spans for c in range(span[0], span[-1] + 1)]


def read(path: Path, options: argparse.Namespace) -> Volume:
    """The volume in a file, by its name."""
    name = path.name
    if name.endswith(".npz"):
        with np.load(path) as archive:
            return Volume(archive[options.key or archive.files[0]])
    if ".npy" in name:
        raw = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
        return Volume(np.load(io.BytesIO(raw)))
    return read_nifti(path, options.affine)


def read_nifti(path: Path, which: str) -> Volume:
    """A NIfTI volume as nibabel reads it, with the affine in millimetres."""
    image = nibabel.load(path)
    proxy = image.dataobj
    affine, source = nifti_affine(image.header, which)
    stored = np.asarray(proxy.get_unscaled())
    assert np.array_equal(stored * np.float64(proxy.slope) + proxy.inter, image.get_fdata(), equal_nan=True)
    return Volume(stored, float(proxy.slope), float(proxy.inter), affine, source, is_nifti=True)


def nifti_affine(header: nibabel.Nifti1Header, which: str) -> tuple[np.ndarray | None, str | None]:
    """The affine that `--affine` selects, converted to millimetres, and its name."""
    coded = {"sform": header.get_sform(coded=True), "qform": header.get_qform(coded=True)}
    found = [(m, name) for name, (m, code) in coded.items() if code > 0 and which in ("auto", name)]
    if which == "pixdim":
        found = [(np.diag([*header["pixdim"][1:4].astype(float), 1.0]), "pixdim")]
    if not found:
        return None, None
    affine = np.array(found[0][0], dtype=np.float64)
    affine[:3] *= MM[int(header["xyzt_units"]) & 7]
    return affine, found[0][1]


def borrow_affine(volume: Volume, options: argparse.Namespace, folder: Path) -> None:
    """The affine that `--spacing` or `--reference` gives to an array."""
    if options.spacing:
        volume.affine, volume.affine_source = np.diag([*options.spacing, 1.0]), "spacing"
    elif options.reference:
        volume.affine, _ = nifti_affine(nibabel.load(folder / options.reference).header, "auto")
        volume.affine_source = "reference"


def rounded(number: float | None) -> float | None:
    """A float rounded to 12 digits, so that the answer does not depend on the last bit of this machine's
    exp."""
    return None if number is None else float(f"{round(number, 12):.12g}") + 0.0


def in_order(triple: Sequence[float], order: str) -> list[float]:
    """(h, w, d) in the order of `--order`."""
    return [triple["hwd".index(axis)] for axis in order]


def row(n: int, c: int, heatmap: np.ndarray, volume: Volume, options: argparse.Namespace) -> Row:
    """One row of expected.json."""
    chosen = {f.name: getattr(options, f.name) for f in fields(oracle.Options)}
    answer = oracle.decode(heatmap, oracle.Options(**chosen), volume.slope, volume.intercept)
    for prefix in ("", "hard_"):
        voxel = answer[prefix + "voxel"]
        answer |= dict.fromkeys((f"{prefix}normalized", f"{prefix}world"))
        if voxel is not None:
            normalized = oracle.normalize(voxel, heatmap.shape, options.norm)
            answer[prefix + "voxel"] = in_order(voxel, options.order)
            answer[prefix + "normalized"] = in_order(normalized, options.order)
            if volume.affine is not None:
                answer[prefix + "world"] = oracle.to_world(voxel, volume.affine, options.frame)
    return {"n": n, "c": c} | answer


def settled(row: Row) -> Row:
    """A row as it is written: rounded, except the peak's value, which is exact."""

    def settle(key: str, found: Any) -> Any:
        if key == "peak_value" or isinstance(found, (str, int)):
            return found
        return [rounded(x) for x in found] if isinstance(found, list) else rounded(found)

    return {key: settle(key, found) for key, found in row.items()}


def labels(options: argparse.Namespace, folder: Path) -> list[str] | None:
    """Landmark names, or `None` if the options give none."""
    if options.labels:
        return (folder / options.labels).read_text().split("\n")
    return options.label_names.split(",") if options.label_names else None


def case(folder: Path, file: str, args: Sequence[str]) -> dict[str, Any]:
    """One case of expected.json."""
    options = parse(args)
    volume = read(folder / file, options)
    borrow_affine(volume, options, folder)
    layout = options.layout or oracle.default_layout(volume.stored.shape, volume.is_nifti)
    maps = oracle.as_nchwd(volume.stored, layout)
    channels = options.channels or range(maps.shape[1])
    rows = [row(n, c, maps[n, c], volume, options) for n in range(maps.shape[0]) for c in channels]
    names = labels(options, folder)
    for each in rows if names else []:
        each["label"] = names[each["c"]]
    dtype = volume.stored.dtype
    return {
        "file": file,
        "args": args,
        "layout": layout,
        "shape": list(volume.stored.shape),
        "dtype": dtype.str,
        "affine": None if volume.affine is None else volume.affine.tolist(),
        "affine_source": volume.affine_source,
        "tolerance": 1e-5 if (dtype.kind, dtype.itemsize) in NARROW else 1e-9,
        "rows": rows,
    }
