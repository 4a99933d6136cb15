"""NIfTI headers that contradict themselves or the file: axes, element types, scaling, offsets, extensions."""

import struct

from .answers import (
    LAYOUT,
    VALUES,
    ok,
    refused,
    short,
    short_header,
    soft,
    too_large,
    trailing,
    warning,
)
from .collection import Collection
from .nifti import INF, NAN, NIFTI, fortran, nifti
from .npy import f4

REWRITE = "`nibabel.save(nibabel.load('FILE'), 'heatmaps.nii.gz')` writes a header that is right"
ONE_CHANNEL = "`fslmaths FILE heatmaps -odt float`, or save its real or one colour channel with nibabel"


def add_nifti_axes(collection: Collection) -> None:
    """dim and what follows from it."""
    add = lambda file, what, outcome, **fields: collection.add(
        f"nifti_{file}.nii", what, nifti(**fields), outcome
    )
    axes = lambda found: refused(f"expected 1 to 7 axes in dim[0], found {found}", NIFTI)
    length = lambda axis, found: refused(
        f"expected a length of at least 1 in dim[{axis}], found {found}", NIFTI
    )
    add("dim0_0", "no axes", axes(0), dim=[0, 2, 3, 4])
    add("dim0_9", "nine axes", axes(9), dim=[9, 2, 3, 4])
    add("dim0_9_big_endian", "nine axes, big-endian", axes(9), order=">", dim=[9, 2, 3, 4])
    add("dim0_negative", "-3 axes", axes(-3), dim=[-3, 2, 3, 4])
    add("dim0_second", "2^40 axes in NIfTI-2", axes(2**40), version=2, dim=[2**40, 2, 3, 4])
    mixed = bytearray(nifti(order=">"))
    mixed[:4] = struct.pack("<i", 348)
    collection.add(
        "nifti_mixed_byte_order.nii",
        "sizeof_hdr little-endian, all else big-endian",
        bytes(mixed),
        axes(3 << 8),
    )
    add("dim2_zero", "a length of 0", length(2, 0), dim=[3, 2, 0, 4])
    add("dim3_negative", "a length of -4", length(3, -4), dim=[3, 2, 3, -4])
    add("dim1_negative_big_endian", "a length of -2, big-endian", length(1, -2), order=">", dim=[3, -2, 3, 4])
    add("dim5_zero", "a length of 0 on an axis behind the volume", length(5, 0), dim=[5, 2, 3, 4, 1, 0])
    add("dim_huge", "35 TB in 96 bytes", short(32767**3 * 4, 96), dim=[3, 32767, 32767, 32767])
    add("dim_overflow", "seven axes of 32767", too_large(*[32767] * 7), dim=[7, *[32767] * 7])
    wraps = [4, 3, 2**62 + 2]
    add(
        "dim_wraps_second",
        "NIfTI-2 whose number of voxels wraps to 24",
        too_large(*wraps),
        version=2,
        dim=[3, *wraps],
    )
    add(
        "dim_negative_second",
        "-2^63 in NIfTI-2, big-endian",
        length(2, -(2**63)),
        version=2,
        order=">",
        dim=[3, 2, -(2**63), 4],
    )
    add("axes_1", "one axis", refused("expected a layout for 1 axes, found shape (24,)", LAYOUT), dim=[1, 24])
    add(
        "axes_5",
        "five axes with more than one entry on the fourth",
        refused(
            "expected a layout for 5 axes, found shape (1, 2, 3, 2, 2)",
            "`--layout HWDCN` or `--layout HWDNC`",
        ),
        dim=[5, 1, 2, 3, 2, 2],
    )


def add_nifti_types(collection: Collection) -> None:
    """Data types and scaling."""
    add = lambda file, what, outcome, **fields: collection.add(
        f"nifti_{file}.nii", what, nifti(**fields), outcome
    )
    bitpix = lambda code, expected, found: [
        warning("bad-bitpix", f"expected bitpix {expected} for datatype {code}, found {found}")
    ]
    halves = struct.unpack("<24h", f4(fortran(VALUES))[:48])
    logical = [halves[(k * 3 + j) * 2 + i] for i in range(2) for j in range(3) for k in range(4)]
    add("bitpix_16", "float32 of 16 bits", ok(warnings=bitpix(16, 32, 16)), bitpix=16)
    add(
        "bitpix_0",
        "int16 of 0 bits, in half of a file of float32",
        ok(soft(logical), warnings=[*bitpix(4, 16, 0), trailing(48)]),
        datatype=4,
        bitpix=0,
    )
    swapped = short(192, 96)
    add("bitpix_negative", "float64 of -64 bits, big-endian", swapped, order=">", datatype=64, bitpix=-64)
    add(
        "bitpix_second",
        "float32 of 64 bits in NIfTI-2",
        ok(warnings=bitpix(16, 32, 64)),
        version=2,
        bitpix=64,
    )
    for name, code, bits in (
        ("single bits", 1, 1),
        ("complex numbers", 32, 64),
        ("RGB colours", 128, 24),
        ("RGBA colours", 2304, 32),
        ("floats of 128 bits", 1536, 128),
        ("complex numbers", 1792, 128),
        ("an unknown type", 0, 0),
        ("an unknown type", 9999, 32),
        ("an unknown type", -16, 32),
    ):
        found = refused(
            f"expected real numbers of at most 64 bits, found {name} (datatype {code})", ONE_CHANNEL
        )
        add(
            f"datatype_{code}".replace("-", "minus_"),
            f"datatype {code}, {name}",
            found,
            datatype=code,
            bitpix=bits,
            values=bytes(384),
        )
    slope = lambda found: [warning("nonfinite-slope", f"expected a finite scl_slope, found {found}")]
    intercept = lambda found: refused(
        f"expected a finite scl_inter, found {found}", "set scl_inter to 0 in the file"
    )
    add("slope_nan", "slope NaN, intercept 5: unscaled", ok(warnings=slope("NaN")), slope=NAN, inter=5.0)
    add(
        "slope_infinite_second",
        "slope -infinity in NIfTI-2: unscaled",
        ok(warnings=slope("-inf")),
        version=2,
        slope=-INF,
    )
    add("slope_zero", "slope 0, intercept NaN: unscaled", ok(), slope=0.0, inter=NAN)
    add(
        "slope_negative",
        "slope -1 turns the order round",
        ok(soft(VALUES, slope=-1.0)),
        slope=-1.0,
        inter=3.0,
    )
    add("inter_nan", "slope 1, intercept NaN", intercept("NaN"), inter=NAN)
    add(
        "inter_infinite_big_endian",
        "slope 2, intercept infinity, big-endian",
        intercept("inf"),
        order=">",
        slope=2.0,
        inter=INF,
    )
    add(
        "slope_largest",
        "the largest slope: the largest value takes all",
        ok([1.0, 1.0, 1.0]),
        slope=struct.unpack("<f", b"\xff\xff\x7f\x7f")[0],
    )


def add_nifti_places(collection: Collection) -> None:
    """vox_offset, extensions, and what is cut off."""
    add = lambda file, what, outcome, **fields: collection.add(
        f"nifti_{file}.nii", what, nifti(**fields), outcome
    )
    offset = lambda found, least=352: refused(
        f"expected vox_offset 0 or a whole number of at least {least}, found {found}", NIFTI
    )
    for name, number, found in (
        ("1", 1.0, "1"),
        ("351", 351.0, "351"),
        ("fraction", 352.5, "352.5"),
        ("negative", -352.0, "-352"),
        ("nan", NAN, "NaN"),
        ("infinite", INF, "inf"),
        ("minus_infinite", -INF, "-inf"),
    ):
        add(f"offset_{name}", f"vox_offset {found}", offset(found), offset=number)
    add("offset_nan_big_endian", "vox_offset NaN, big-endian", offset("NaN"), order=">", offset=NAN)
    add("offset_past_the_end", "vox_offset 449 in a file of 448 bytes", short(96, 0), offset=449.0)
    add("offset_in_the_values", "vox_offset 384: 32 bytes too late", short(96, 64), offset=384.0)
    add("offset_huge", "vox_offset 1e30", short(96, 0), offset=1e30)
    add("offset_zero", "vox_offset 0, which means 352", ok(), offset=0.0)
    add("offset_negative_second", "vox_offset -1 in NIfTI-2", offset(-1, 544), version=2, offset=-1)
    add("offset_543_second", "vox_offset 543 in NIfTI-2", offset(543, 544), version=2, offset=543)
    add(
        "offset_huge_second",
        "vox_offset 2^63 - 1 in NIfTI-2, big-endian",
        short(96, 0),
        version=2,
        order=">",
        offset=2**63 - 1,
    )
    block = struct.pack("<ii", 32, 6) + bytes(24)
    read = (block + f4(fortran(VALUES)))[:96]
    seen = struct.unpack("<24f", read)
    logical = [seen[(k * 3 + j) * 2 + i] for i in range(2) for j in range(3) for k in range(4)]
    add(
        "extension_under_the_voxels",
        "an extension of 32 bytes at 352, where vox_offset says the voxels are: they are read where it says",
        ok(soft(logical), warnings=[trailing(32)]),
        between=b"\x01\0\0\0" + block,
    )
    for name, size in (("negative", -16), ("zero", 0), ("7", 7), ("overflows", 2**31 - 16)):
        say = struct.pack("<ii", size, 6) + bytes(8)
        what = f"an extension that says it is {size} bytes long, before voxels at 368"
        add(f"extension_{name}", what, ok(), between=b"\x01\0\0\0" + say, offset=368.0)
    whole = nifti()
    collection.add(
        "nifti_size_alone.nii", "sizeof_hdr and nothing more", whole[:4], short_header("NIfTI", 348, 4)
    )
    collection.add("nifti_header_short.nii", "347 bytes", whole[:347], short_header("NIfTI", 348, 347))
    collection.add(
        "nifti_header_short_second.nii",
        "NIfTI-2 of 348 bytes",
        nifti(version=2)[:348],
        short_header("NIfTI", 540, 348),
    )
    collection.add("nifti_header_alone.nii", "a header without voxels", whole[:348], short(96, 0))
    collection.add("nifti_values_short.nii", "one byte of voxels is missing", whole[:-1], short(96, 95))
    collection.add(
        "nifti_values_trailing.nii",
        "five bytes behind the voxels",
        whole + bytes(5),
        ok(warnings=[trailing(5)]),
    )
    collection.add(
        "nifti_size_349.nii",
        "sizeof_hdr 349",
        nifti(size=349),
        refused("expected a header size of 348 with the magic `n+1`, found 349", REWRITE),
    )
    ends = bytearray(nifti(version=2))
    ends[8:12] = b"\n\x1a\n\0"
    collection.add(
        "nifti_text_mode_second.nii",
        "NIfTI-2 after a transfer as text, which the magic is there to show",
        bytes(ends),
        refused(
            "expected the magic of NIfTI-2 to end in 0d 0a 1a 0a, found [0a, 1a, 0a, 00]",
            "the file went through a transfer in text mode: copy it again in binary",
        ),
    )
    cifti = refused(
        "expected a volume, found a CIFTI-2 matrix (intent_code 3006)",
        "`wb_command -cifti-separate` writes the volume it holds",
    )
    add("cifti.dscalar", "a CIFTI-2 matrix", cifti, version=2, intent=3006)
