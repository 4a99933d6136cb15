"""Writes a NIfTI field by field, valid or defective."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

from .answers import LENGTHS, VALUES
from .npy import f4

NIFTI = "check the header with `nifti_tool -check_hdr -infiles FILE`, and export the file again"


#: 2 × 3 × 4 mm voxels with voxel 0 at (-10, 0, 5).
SFORM = [[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 5.0]]
#: The same without its offsets, which `--affine pixdim` gives.
SIZES = [[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]]
NAN, INF = math.nan, math.inf


def fortran(values: Sequence[float], lengths: Sequence[int] = LENGTHS) -> list[float]:
    """Values in (h, w, d) order as NIfTI keeps them, h fastest."""
    h, w, d = lengths
    return [values[(i * w + j) * d + k] for k in range(d) for j in range(w) for i in range(h)]


def nifti(
    version: int = 1, order: str = "<", values: bytes | None = None, between: bytes = bytes(4), **fields: Any
) -> bytes:
    """A NIfTI made field by field: a valid single file of VALUES unless `fields` say otherwise."""
    first = version == 1
    head = {
        "size": 348 if first else 540,
        "magic": b"n+1\0" if first else b"n+2\0\r\n\x1a\n",
        "dim": [3, 2, 3, 4, 1, 1, 1, 1],
        "intent": 0,
        "datatype": 16,
        "bitpix": 32,
        "pixdim": [1.0, 2.0, 3.0, 4.0, 1.0, 1.0, 1.0, 1.0],
        "offset": 352 if first else 544,
        "slope": 1.0,
        "inter": 0.0,
        "units": 2,
        "qform_code": 0,
        "sform_code": 1,
        "quaternion": [0.0] * 3,
        "qoffset": [0.0] * 3,
        "sform": SFORM,
    }
    if unknown := set(fields) - set(head):
        raise KeyError(unknown)
    at = {**head, **fields}
    dim = [*at["dim"], *[1] * (8 - len(at["dim"]))]
    srow = [number for row in at["sform"] for number in row]
    forms = at["qform_code"], at["sform_code"], *at["quaternion"], *at["qoffset"], *srow
    types, scale = (at["datatype"], at["bitpix"]), (at["offset"], at["slope"], at["inter"])
    if first:
        layout = "i35xB8h12xhhh2x8ffff3xB24x80x24xhh3f3f12f16x4s"
        raw = (
            at["size"],
            0,
            *dim,
            at["intent"],
            *types,
            *at["pixdim"],
            *scale,
            at["units"],
            *forms,
            at["magic"],
        )
    else:
        layout = "i8shh8q24x8dqdd32x16x80x24xii3d3d12diii16x16x"
        raw = (
            at["size"],
            at["magic"],
            *types,
            *dim,
            *at["pixdim"],
            *scale,
            *forms,
            0,
            at["units"],
            at["intent"],
        )
    voxels = f4(fortran(VALUES), order) if values is None else values
    return struct.pack(order + layout, *raw) + between + voxels
