"""Every hostile file, one module for each format. `testdata/hostile.py` is the command that writes them.

`npy`, `nifti`, `deflate`, `gzip` and `npz` write a format by hand, valid or with any defect. The functions
`add_...` add files and the expected outcome of each.
"""

from __future__ import annotations

import json

from .collection import Collection
from .gzip import add_gzip
from .names import add_names
from .nifti_affines import add_nifti_affines, add_nifti_pairs
from .nifti_headers import add_nifti_axes, add_nifti_places, add_nifti_types
from .npy_headers import add_npy_elements, add_npy_headers
from .npy_shapes import add_npy_shapes
from .npz import add_npz
from .volumes import add_metaimage, add_nrrd

#: In the order of `expected.json`.
PARTS = (
    add_npy_shapes,
    add_npy_elements,
    add_npy_headers,
    add_nifti_axes,
    add_nifti_types,
    add_nifti_places,
    add_nifti_affines,
    add_nifti_pairs,
    add_gzip,
    add_npz,
    add_metaimage,
    add_nrrd,
    add_names,
)


def collect() -> tuple[dict[str, bytes], int]:
    """The content of every file by name, `expected.json` among them, and the number of cases."""
    collection = Collection()
    for add in PARTS:
        add(collection)
    lines = ",\n".join(json.dumps(case, allow_nan=False, ensure_ascii=False) for case in collection.cases)
    expected = f'{{"cases": [\n{lines}\n]}}\n'.encode()
    return {**collection.files, "expected.json": expected}, len(collection.cases)
