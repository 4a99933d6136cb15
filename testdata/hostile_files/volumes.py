"""MetaImage and NRRD: headers of text that lie, end early or name what is not there."""

from __future__ import annotations

import zlib

from .answers import HEADER, INCOMPLETE, VALUES, ok, refused, short, soft, too_large, world
from .collection import Collection
from .gzip import gzip
from .nifti import fortran
from .npy import f4

VALUES_OF_FILE = f4(fortran(VALUES))
ONE_FILE = "`SimpleITK.WriteImage(image, 'heatmaps.mha')` makes one file"
#: 2 × 3 × 4 mm voxels, the first axis along -x, the second along -y in LPS, with voxel 0 at (10, 20, 30).
AFFINE = [[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, -20.0], [0.0, 0.0, 4.0, 30.0]]


def rewritten(extension: str) -> str:
    """What mends a volume that is not one file of binary values."""
    return (
        f"`SimpleITK.WriteImage(SimpleITK.ReadImage('FILE'), 'heatmaps.{extension}')` writes one file of "
        "binary values"
    )


def meta(values: bytes = VALUES_OF_FILE, end: str = "ElementDataFile = LOCAL\n", **fields: str) -> bytes:
    """A MetaImage made field by field."""
    head = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "TransformMatrix": "-1 0 0 0 -1 0 0 0 1",
        "Offset": "10 20 30",
        "ElementSpacing": "2 3 4",
        "DimSize": "2 3 4",
        "ElementType": "MET_FLOAT",
    } | fields
    return "".join(f"{key} = {value}\n" for key, value in head.items()).encode() + end.encode() + values


def nrrd(values: bytes = VALUES_OF_FILE, end: str = "\n", **fields: str) -> bytes:
    """An NRRD made field by field."""
    head = {
        "type": "float",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "2 3 4",
        "space directions": "(-2,0,0) (0,-3,0) (0,0,4)",
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": "raw",
        "space origin": "(10,20,30)",
    } | {key.replace("_", " "): value for key, value in fields.items()}
    return b"NRRD0004\n" + "".join(f"{k}: {v}\n" for k, v in head.items()).encode() + end.encode() + values


#: Lengths whose product is more than 63 bits hold.
ENDLESS = "4294967296 4294967296 4"


def add_metaimage(collection: Collection) -> None:
    """MetaImage."""
    add = lambda name, what, content, outcome, *args: collection.add(
        f"metaimage_{name}.mha", what, content, outcome, *args
    )
    place = world(AFFINE, soft(VALUES))
    add("right", "nothing is wrong", meta(), ok(place=place), "--coords", "voxel,world")
    packed = zlib.compress(VALUES_OF_FILE)
    add("zlib", "compressed", meta(packed, CompressedData="True"), ok())
    add("zlib_gzip", "gzip in place of zlib", meta(gzip(VALUES_OF_FILE), CompressedData="True"), ok())
    damaged = "the file is incomplete or damaged: copy or export it again"
    add(
        "zlib_cut",
        "compressed and cut",
        meta(packed[:-4], CompressedData="True"),
        refused("the file is truncated: zlib data ends early, after 96 bytes", damaged),
    )
    add(
        "zlib_sum",
        "a checksum of other bytes",
        meta(packed[:-4] + b"\xde\xad\xbe\xef", CompressedData="True"),
        refused(
            f"the zlib data is damaged: expected Adler-32 deadbeef, found {zlib.adler32(VALUES_OF_FILE):08x}",
            damaged,
        ),
    )
    add("cut", "cut within the values", meta(VALUES_OF_FILE[:50]), short(96, 50))
    add("endless", "lengths beyond any file", meta(DimSize=ENDLESS), too_large(2**32, 2**32, 4))
    add(
        "negative",
        "a length below 0",
        meta(DimSize="2 -3 4"),
        refused("expected 3 lengths of at least 1 in `DimSize`, found `2 -3 4`", HEADER),
    )
    add(
        "text",
        "values as text",
        meta(b"1 2 3", BinaryData="False"),
        refused("expected binary values, found text (BinaryData = False)", rewritten("mha")),
    )
    add(
        "list",
        "a file for each slice",
        meta(b"a.raw\nb.raw\n", end="ElementDataFile = LIST\n"),
        refused("expected the values in one file, found `LIST`", rewritten("mha")),
    )
    add(
        "no_end",
        "no ElementDataFile",
        meta(b"", end=""),
        refused("the file is truncated: the header ends before `ElementDataFile`", INCOMPLETE),
    )


def add_nrrd(collection: Collection) -> None:
    """NRRD."""
    add = lambda name, what, content, outcome, *args: collection.add(
        f"nrrd_{name}.nrrd", what, content, outcome, *args
    )
    place = world(AFFINE, soft(VALUES))
    add("right", "nothing is wrong", nrrd(), ok(place=place), "--coords", "voxel,world")
    add("gzip", "compressed", nrrd(gzip(VALUES_OF_FILE), encoding="gzip"), ok())
    add("cut", "cut within the values", nrrd(VALUES_OF_FILE[:50]), short(96, 50))
    add("endless", "lengths beyond any file", nrrd(sizes=ENDLESS), too_large(2**32, 2**32, 4))
    add(
        "hex",
        "values in hexadecimal",
        nrrd(encoding="hex"),
        refused("expected the encoding raw or gzip, found `hex`", rewritten("nrrd")),
    )
    add(
        "vectors",
        "a vector without its end",
        nrrd(space_directions="(-2,0,0) (0,-3,0) (0,0,4"),
        refused(
            "expected 3 vectors such as (0,1,0), or none in the field `space directions`, found "
            "`(-2,0,0) (0,-3,0) (0,0,4`",
            HEADER,
        ),
    )
    add(
        "skip",
        "bytes to skip beyond the end",
        nrrd(byte_skip="9223372036854775807"),
        short(96, 0),
    )
    add(
        "no_end",
        "no empty line",
        nrrd(b"", end=""),
        refused("the file is truncated: the header ends before the empty line behind it", INCOMPLETE),
    )
