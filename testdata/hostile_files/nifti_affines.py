"""NIfTI files with bad affines, and pairs whose image is damaged or absent."""

from __future__ import annotations

import math
import zlib
from typing import Any

from .answers import FORMATS, INCOMPLETE, VALUES, Affine, Warning, ok, refused, soft, warning, world
from .collection import Collection
from .gzip import GZIP, gzip
from .nifti import INF, NAN, SFORM, SIZES, fortran, nifti
from .npy import f4


def add_nifti_affines(collection: Collection) -> None:
    """Unusable affines. Voxel coordinates do not need them."""
    at = soft(VALUES)
    none = "world coordinates need an affine, and there is no usable one"
    pixdim = "`--affine pixdim` takes the voxel sizes alone"
    nowhere = (
        "`--coords voxel --affine auto` needs no affine; for millimetres, write a right one into the header "
        "of the file"
    )

    def add(file: str, what: str, *warnings: Warning, place: Affine | None = None, **fields: Any) -> None:
        """One file, decoded to voxels and to mm; `place` is the affine that is used."""
        collection.add(f"nifti_{file}.nii", what, nifti(**fields), ok(warnings=warnings))
        if place is None:
            sizes = fields.get("pixdim", [1.0] * 8)[1:4]
            usable = all(math.isfinite(size) and size != 0 for size in sizes)
            outcome = refused(none, pixdim if usable else nowhere, warnings)
        else:
            outcome = ok(place=world(place, at), warnings=warnings)
        collection.again(outcome, "--coords", "voxel,world")

    nonfinite = lambda form: warning(
        "nonfinite-affine", f"the {form} holds NaN, infinity or positions beyond 1e150 mm"
    )
    singular = lambda form: warning("singular-affine", f"the {form} is singular")
    sizes = lambda *found: warning(
        "bad-pixdim", "expected positive pixdim[1..4] for the qform, found {}, {}, {}".format(*found)
    )
    with_nan = [SFORM[0], [0.0, NAN, 0.0, 0.0], SFORM[2]]
    add("sform_nan", "NaN in the sform", nonfinite("sform"), sform=with_nan)
    collection.again(
        ok(place=world(SIZES, at), warnings=[nonfinite("sform")]),
        "--coords",
        "voxel,world",
        "--affine",
        "pixdim",
    )
    offset = [[2.0, 0.0, 0.0, INF], SFORM[1], SFORM[2]]
    add(
        "sform_infinite_big_endian",
        "an infinite offset in the sform, big-endian",
        nonfinite("sform"),
        order=">",
        sform=offset,
    )
    add("sform_zero", "an sform of zeros", singular("sform"), sform=[[0.0] * 4] * 3)
    add(
        "sform_singular",
        "an sform with two equal columns",
        singular("sform"),
        sform=[[1.0, 1.0, 0.0, 0.0]] * 2 + [SFORM[2]],
    )
    huge = [[1.7e308, 0.0, 0.0, 0.0], [0.0, 1.7e308, 0.0, 0.0], [0.0, 0.0, 1.7e308, 0.0]]
    add(
        "sform_overflows_second",
        "an sform of finite numbers that takes every far corner beyond them",
        nonfinite("sform"),
        version=2,
        sform=huge,
    )
    turned = {"qform_code": 1, "qoffset": [-10.0, 0.0, 5.0]}
    add(
        "sform_nan_qform_sound",
        "NaN in the sform, and a sound qform",
        nonfinite("sform"),
        place=SFORM,
        sform=with_nan,
        **turned,
    )
    square = warning("bad-quaternion", "expected a qform quaternion with b²+c²+d² at most 1, found 3")
    add("quaternion_long", "a quaternion (1, 1, 1)", square, sform_code=0, quaternion=[1.0] * 3, **turned)
    add(
        "quaternion_nan",
        "a quaternion with NaN",
        nonfinite("qform"),
        sform_code=0,
        quaternion=[NAN, 0.0, 0.0],
        **turned,
    )
    unit = [[1.0, 0.0, 0.0, -10.0], SFORM[1], SFORM[2]]
    add(
        "pixdim_zero",
        "a voxel size of 0 in the qform",
        sizes(0, 3, 4),
        place=unit,
        sform_code=0,
        pixdim=[1.0, 0.0, 3.0, 4.0, 1, 1, 1, 1],
        **turned,
    )
    add(
        "pixdim_negative",
        "a voxel size of -3 in the qform",
        sizes(2, -3, 4),
        place=SFORM,
        sform_code=0,
        pixdim=[1.0, 2.0, -3.0, 4.0, 1, 1, 1, 1],
        **turned,
    )
    add(
        "pixdim_nan",
        "a voxel size of NaN in the qform",
        nonfinite("qform"),
        sform_code=0,
        pixdim=[1.0, NAN, 3.0, 4.0, 1, 1, 1, 1],
        **turned,
    )
    found = "expected form codes from 0 to 5, found sform_code 99 and qform_code -1"
    codes = [warning("bad-form-code", found)]
    add(
        "form_codes_unknown",
        "codes that are not defined: neither form is set",
        *codes,
        sform_code=99,
        qform_code=-1,
    )
    absent = refused("there is no usable pixdim", nowhere)
    collection.add(
        "nifti_sizes_zero.nii",
        "every voxel size 0, neither form",
        nifti(sform_code=0, pixdim=[0.0] * 8),
        ok(),
    )
    collection.again(absent, "--affine", "pixdim")
    apart = warning("forms-disagree", "sform and qform disagree by up to 10.000 mm within the volume")
    add(
        "forms_disagree",
        "sform and qform 10 mm apart",
        apart,
        place=SFORM,
        qform_code=1,
        qoffset=[0.0, 0.0, 5.0],
    )
    units = warning("units", "expected coordinates in mm, found metre")
    metres = [[number * 1000 for number in row] for row in SFORM]
    add("units_metre", "coordinates in metres", units, place=metres, units=1)
    add("units_unknown", "a code of units that is not defined: mm", place=SFORM, units=7)


def add_nifti_pairs(collection: Collection) -> None:
    """Headers whose image is another file, or missing."""
    pair = nifti(magic=b"ni1\0", offset=0)[:348]
    missing = "the image of the pair is missing: `nifti_alone.img`"
    side = "keep the .hdr and the .img side by side, under one name"
    collection.add("nifti_alone.hdr", "the header of a pair without its image", pair, refused(missing, side))
    stream = "the image of the pair is missing: `nifti_pair_named_nii.img`"
    collection.add(
        "nifti_pair_named_nii.nii",
        "the header of a pair under the name of a single file",
        pair,
        refused(stream, side),
    )
    truncated = "the file is truncated: expected 96 bytes of values, found"
    short = f"failed to read the other file of the pair, `nifti_pair_short.img`: {truncated} 95"
    image = f4(fortran(VALUES))
    collection.add(
        "nifti_pair_short.hdr",
        "a pair whose image is a byte short",
        pair,
        refused(short, INCOMPLETE),
        beside={"nifti_pair_short.img": image[:-1]},
    )
    failed = "failed to read the other file of the pair, `nifti_pair_crc.img.gz`"
    crc = f"{failed}: the gzip data is damaged: expected CRC-32 deadbeef, found {zlib.crc32(image):08x}"
    collection.add(
        "nifti_pair_crc.hdr",
        "a pair whose packed image is damaged",
        pair,
        refused(crc, GZIP),
        beside={"nifti_pair_crc.img.gz": gzip(image, crc=0xDEADBEEF)},
    )
    end = f"failed to read the other file of the pair, `nifti_pair_offset.img`: {truncated} 0"
    far = nifti(magic=b"ni1\0", offset=97)[:348]
    collection.add(
        "nifti_pair_offset.hdr",
        "a pair whose vox_offset is behind the image",
        far,
        refused(end, INCOMPLETE),
        beside={"nifti_pair_offset.img": image},
    )
    analyze = refused(
        f"{FORMATS} an Analyze 7.5 header",
        "`nibabel.save(nibabel.Nifti1Image.from_image(nibabel.load('FILE')), 'heatmaps.nii.gz')`; "
        "check left and right",
    )
    collection.add(
        "nifti_analyze.hdr",
        "an Analyze 7.5 header",
        nifti(magic=bytes(4), offset=0)[:348],
        analyze,
        beside={"nifti_analyze.img": image},
    )
