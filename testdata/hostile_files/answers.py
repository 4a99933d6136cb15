"""What softargmax must answer: landmarks computed by the textbook, errors and warnings word for word.

Every format builds its outcomes from these. A hint that only one format gives is in the file of that format.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

#: What `softargmax decode` must make of a file: exit status, rows, warnings, and the error of a refusal.
Outcome = dict[str, Any]
#: A warning as `expected.json` holds it: kind, text and hint.
Warning = dict[str, str]
#: Three rows of four numbers: voxel to mm.
Affine = Sequence[Sequence[float]]

#: Shape and values (h, w, d), d fastest, of the heatmap in nearly every file. The largest is at (1, 1, 1).
LENGTHS = (2, 3, 4)
VALUES = [i * 7 % 24 / 4 for i in range(24)]

INCOMPLETE = "the file is incomplete: copy or export it again"
HEADER = "the header is damaged: export the file again"
LAYOUT = (
    "`--layout` names the axes in the order of the shape: each of N, C, H, W, D at most once, and `1` for an "
    "axis of length 1 that is to be dropped"
)
FORMATS = "expected npy, npz, NIfTI, MetaImage or NRRD, found"
KNOWN = (
    "npy is a NumPy array saved by numpy.save; npz is an archive of NumPy arrays saved by numpy.savez; "
    "NIfTI is a NIfTI-1 or NIfTI-2 volume, a single file or a pair of .hdr and .img; "
    "MetaImage is a volume of ITK, one file .mha or a header .mhd with its values; "
    "NRRD is a volume of Teem and 3D Slicer, one file .nrrd or a header .nhdr with its values"
)
NO_USE = "it is ignored; choose another with `--affine`"
ADVICE = {
    "trailing-bytes": "they are ignored; check that the shape is right",
    "bad-bitpix": "the values are read by the datatype, as nibabel and ITK do; "
    "`nibabel.save(nibabel.load('FILE'), 'heatmaps.nii.gz')` writes a header that agrees",
    "nonfinite-slope": "the values are read unscaled; set scl_slope to 1 in the file",
    "nonfinite-affine": NO_USE,
    "singular-affine": NO_USE,
    "bad-quaternion": NO_USE,
    "bad-pixdim": "zero is taken as 1 and the sign is dropped, as nibabel does",
    "bad-form-code": "such a form counts as not set, as in nibabel, although ITK may use it; if the form is "
    "right, set its code to 1 in the file",
    "bad-qfac": "it is taken as 1, as nibabel does",
    "units": "the affine is converted to millimetres",
    "forms-disagree": "choose one with `--affine sform` or `--affine qform`",
}


def soft(values: Sequence[float], lengths: Sequence[int] = LENGTHS, slope: float = 1.0) -> list[float]:
    """The soft-argmax at temperature 1 of values in (h, w, d) order, d fastest, by the textbook."""
    top = max(slope * value for value in values)
    weights = [math.exp(slope * value - top) for value in values]
    places = [(h, w, d) for h in range(lengths[0]) for w in range(lengths[1]) for d in range(lengths[2])]
    total = math.fsum(weights)
    return [math.fsum(w * at[axis] for w, at in zip(weights, places)) / total for axis in range(3)]


def world(affine: Affine, voxel: Sequence[float]) -> list[float]:
    """affine · (voxel, 1)."""
    return [math.fsum(a * v for a, v in zip(row, [*voxel, 1.0])) for row in affine]


def settled(numbers: Iterable[float]) -> list[float]:
    """Rounded to 12 digits, so that the last bits of this machine's `exp` do not matter."""
    return [float(f"{number:.12g}") for number in numbers]


def ok(
    voxel: Iterable[float] | None = None,
    place: Iterable[float] | None = None,
    warnings: Iterable[Warning] = (),
    status: str = "ok",
) -> Outcome:
    """One landmark, at `voxel` (by default that of VALUES) and in mm at `place`."""
    row: dict[str, Any] = {"status": status, "voxel": settled(soft(VALUES) if voxel is None else voxel)}
    if place is not None:
        row["world"] = settled(place)
    return {"exit": 0, "warnings": list(warnings), "rows": [row]}


def empty(count: int, *warnings: Warning) -> Outcome:
    """`count` landmarks without a voxel."""
    return {"exit": 1, "warnings": list(warnings), "rows": [{"status": "empty"}] * count}


def refused(error: str, hint: str | None, warnings: Iterable[Warning] = ()) -> Outcome:
    """Unreadable, for a reason."""
    rows = [{"status": "unreadable"}]
    return {"exit": 3, "error": error, "hint": hint, "warnings": list(warnings), "rows": rows}


def warning(kind: str, text: str) -> Warning:
    """A warning: its kind, its text and its hint."""
    return {"kind": kind, "text": text, "hint": ADVICE[kind]}


def trailing(count: int) -> Warning:
    """The warning about bytes after the values."""
    return warning("trailing-bytes", f"{count} bytes after the last value")


def excerpt(raw: bytes) -> str:
    """The first 16 bytes as errors show them."""
    raw = raw[:16]
    if not raw:
        return "nothing"
    return f"`{raw.decode()}`" if all(0x20 <= byte < 0x7F for byte in raw) else raw.hex(" ")


def begins_with(raw: bytes) -> Outcome:
    """Refused because no known format begins with these bytes."""
    return refused(f"{FORMATS} a file that begins with {excerpt(raw)}", KNOWN)


def short(expected: int, found: int) -> Outcome:
    """Refused because values are missing."""
    return refused(
        f"the file is truncated: expected {expected:,} bytes of values, found {found:,}", INCOMPLETE
    )


def short_header(part: str, expected: int, found: int) -> Outcome:
    """Refused because the file ends in its header."""
    return refused(
        f"the file is truncated: expected {expected:,} bytes of {part} header, found {found:,}", INCOMPLETE
    )


def too_large(*lengths: int) -> Outcome:
    """Refused because the size overflows."""
    return refused(f"expected a shape whose size fits 63 bits, found {list(lengths)}", HEADER)
