"""Makes every file of testdata/hostile and what softargmax must answer, so that anyone can see what is in them.

    python testdata/hostile.py            # write all files in place
    python testdata/hostile.py --check    # make them elsewhere; fail if a byte differs from what is here

Needs Python 3.9 and nothing else. Headers are packed field by field and deflate data is written bit by bit, so
that no version of NumPy, nibabel or zlib has a say in a single byte. Answers are computed here from the values
that were written; errors are written here as they must read.
"""

import argparse
import json
import math
import struct
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: Shape and values (h, w, d), d fastest, of the heatmap in nearly every file. The largest is at (1, 1, 1).
LENGTHS = (2, 3, 4)
VALUES = [i * 7 % 24 / 4 for i in range(24)]


# --- answers -----------------------------------------------------------------------------------------


def soft(values, lengths=LENGTHS, slope=1.0):
    """The soft-argmax at temperature 1 of values in (h, w, d) order, d fastest, by the textbook."""
    top = max(slope * value for value in values)
    weights = [math.exp(slope * value - top) for value in values]
    places = [(h, w, d) for h in range(lengths[0]) for w in range(lengths[1]) for d in range(lengths[2])]
    total = math.fsum(weights)
    return [math.fsum(w * at[axis] for w, at in zip(weights, places)) / total for axis in range(3)]


def world(affine, voxel):
    """affine · (voxel, 1)."""
    return [math.fsum(a * v for a, v in zip(row, [*voxel, 1.0])) for row in affine]


def settled(numbers):
    """Cut to 12 digits, so that the last bits of this machine's `exp` do not show."""
    return [float(f"{number:.12g}") for number in numbers]


def ok(voxel=None, place=None, warnings=(), status="ok", exit=0):
    """One landmark, at `voxel` (that of VALUES where none is said) and in mm at `place`."""
    row = {"status": status, "voxel": settled(soft(VALUES) if voxel is None else voxel)}
    if place is not None:
        row["world"] = settled(place)
    return {"exit": exit, "warnings": list(warnings), "rows": [row]}


def refused(error, hint, warnings=()):
    """Unreadable, for a reason."""
    return {"exit": 3, "error": error, "hint": hint, "warnings": list(warnings), "rows": [{"status": "unreadable"}]}


def warning(kind, text):
    """A warning: its kind, what was found, and its advice."""
    return {"kind": kind, "text": text, "hint": ADVICE[kind]}


NO_USE = "it counts as none; choose another with `--affine`"
ADVICE = {
    "trailing-bytes": "they are ignored; check that the shape is the one that was meant",
    "nonfinite-slope": "the values are read unscaled; set scl_slope to 1 in the file",
    "nonfinite-affine": NO_USE,
    "singular-affine": NO_USE,
    "bad-quaternion": NO_USE,
    "bad-pixdim": "zero is taken as 1 and the sign is dropped, as nibabel does",
    "units": "the affine is brought to millimetres",
    "forms-disagree": "choose one with `--affine sform` or `--affine qform`",
}
INCOMPLETE = "the file is incomplete: copy or export it again"
HEADER = "the header is damaged: export the file again"
SAVE = "save it again with `numpy.save`"
NIFTI = "the header is damaged: `nifti_tool -check_hdr -infiles FILE` tells; export the file again"
ONE_CHANNEL = "`fslmaths FILE heatmaps -odt float`, or save its real or one colour channel with nibabel"
GZIP = "the file is damaged or incomplete: `gzip -t FILE` tells; copy or export it again"
FOREIGN = "`gzip -dc FILE > COPY` keeps what comes before the foreign bytes"
ZIP = "the archive is damaged: `unzip -t FILE` tells; copy or export it again"
ANOTHER_ZIP = "save it again with `numpy.savez_compressed`"
KEY = "`--key NAME` chooses an array, such as `--key probabilities`"
LAYOUT = "`--layout` names the axes in the order of the shape, each of N, C, H, W, D at most once"
SIMPLE_ITK = "`SimpleITK.WriteImage(SimpleITK.ReadImage('FILE'), 'heatmaps.nii.gz')`"
FORMATS = "expected npy, npz or NIfTI, found"
KNOWN = (
    "npy is a NumPy array saved by numpy.save; npz is an archive of NumPy arrays saved by numpy.savez; "
    "NIfTI is a NIfTI-1 or NIfTI-2 volume, a single file or a pair of .hdr and .img"
)


def excerpt(raw):
    """The first 16 bytes as errors show them."""
    raw = raw[:16]
    if not raw:
        return "nothing"
    return f"`{raw.decode()}`" if all(0x20 <= byte < 0x7F for byte in raw) else raw.hex(" ")


def begins_with(raw):
    """Refused because nothing is known that begins like this."""
    return refused(f"{FORMATS} a file that begins with {excerpt(raw)}", KNOWN)


def short(expected, found):
    """Refused because values are missing."""
    return refused(f"expected {expected} bytes of values, found {found}", INCOMPLETE)


def short_header(part, expected, found):
    """Refused because the file ends in its header."""
    return refused(f"expected {expected} bytes of {part} header, found {found}", INCOMPLETE)


def too_large(*lengths):
    """Refused because the size overflows."""
    return refused(f"expected a shape whose size fits 63 bits, found {list(lengths)}", HEADER)


# --- the collection ----------------------------------------------------------------------------------


class Collection:
    """Files, and the cases that use them."""

    def __init__(self):
        self.files = {}
        self.cases = []

    def add(self, file, what, content, outcome, *args, beside=None):
        """A file, what it is, and what `softargmax decode` with `args` must make of it."""
        self.files[file] = content
        self.files.update(beside or {})
        case = {"file": file, "what": what, "args": list(args), **outcome}
        if beside:
            case["beside"] = list(beside)
        self.cases.append(case)

    def again(self, outcome, *args):
        """The last file once more, with other arguments."""
        self.add(self.cases[-1]["file"], self.cases[-1]["what"], self.files[self.cases[-1]["file"]], outcome, *args)


# --- npy ---------------------------------------------------------------------------------------------


def f4(values, order="<"):
    """Numbers as float32."""
    return struct.pack(f"{order}{len(values)}f", *values)


def text(shape="(2, 3, 4)", descr="'<f4'", fortran="False"):
    """The text of an npy header."""
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


def npy(header=text(), values=f4(VALUES), version=(1, 0), length=None, end="\n"):
    """A .npy: the header padded to a multiple of 64 bytes, and the values. `length` is what it says of itself."""
    raw = header.encode("latin-1") if isinstance(header, str) else header
    front = 10 if version[0] == 1 else 12
    raw += b" " * (-(front + len(raw) + len(end)) % 64) + end.encode()
    said = len(raw) if length is None else length
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if front == 10 else "<I", said) + raw + values


def syntax(expected, header, at, rest=b""):
    """Refused because `expected` belongs at byte `at` of the header, which goes on with `rest`."""
    whole = header.encode("latin-1") + rest
    return refused(f"expected {expected} at byte {at} of the npy header, found {excerpt(whole[at:])}", SAVE)


def misshapen(shape, expected, at=0):
    """A header with this shape, and its refusal `at` bytes into the shape."""
    header = text(shape)
    padded = npy(header)[10 : len(npy(header)) - len(f4(VALUES))]
    return npy(header), syntax(expected, header, header.index(shape) + at, padded[len(header) :])


def element(descr, name, hint, shown=None):
    """A header with this element type, and its refusal."""
    found = excerpt((shown or descr.strip("'")).encode())
    numbers = "expected real numbers or booleans of at most 64 bits"
    return npy(text(descr=descr), bytes(192)), refused(f"{numbers}, found {name} ({found})", hint)


def add_npy_shapes(all):
    """Headers whose shape is not that of the bytes behind it, or none at all."""
    add = lambda file, what, content, outcome, *args: all.add(f"npy_{file}.npy", what, content, outcome, *args)
    add("shape_2_60", "2^60 elements in 96 bytes", npy(text("(1048576, 1048576, 1048576)")), short(2**62, 96))
    add(
        "shape_wraps_to_24",
        "lengths whose product is 24, the elements that are there, once it has wrapped at 2^64",
        npy(text(f"(4, 3, {2**62 + 2})")),
        too_large(4, 3, 2**62 + 2),
    )
    add(
        "bytes_wrap_to_96",
        "2^62 + 24 elements: the count fits 64 bits, and four times it wraps to the 96 bytes that are there",
        npy(text(f"(1, 8, {2**59 + 3})")),
        too_large(1, 8, 2**59 + 3),
    )
    largest = 2**63 - 1
    add("shape_overflows_to_zero", "an overflow times 0", npy(text(f"({largest}, {largest}, 0)")), too_large(largest, largest, 0))
    length = "a length from 0 to 2^64 - 1"
    for name, what, shape, expected, at in (
        ("length_2_64", "a length of 2^64", "(18446744073709551616, 3, 4)", length, 1),
        ("length_negative", "a length of -2", "(-2, 3, 4)", length, 1),
        ("length_minus_one", "-1 as numpy.reshape takes it", "(2, 3, -1)", length, 7),
        ("length_float", "a length of 2.0", "(2.0, 3, 4)", "`,` or `)`", 2),
        ("length_exponent", "a length of 2e0", "(2e0, 3, 4)", length, 1),
        ("length_string", "a length in quotes", "('2', 3, 4)", length, 1),
        ("length_bool", "a length of True, which Python takes for 1", "(True, 3, 4)", length, 1),
        ("length_none", "None", "(None, 3, 4)", length, 1),
        ("shape_list", "a list in place of a tuple", "[2, 3, 4]", "a tuple of lengths", 0),
        ("shape_number", "a number in brackets, which is no tuple", "(24)", "`,` or `)`", 3),
        ("shape_code", "Python code where the shape belongs", "__import__('os').abort()", "a tuple of lengths", 0),
        ("shape_nested", "20,000 open parentheses", "(" * 20_000, length, 1),
    ):
        add(name, what, *misshapen(shape, expected, at))
    add("zero_axis", "an axis of length 0 and no values", npy(text("(2, 0, 4)"), b""), empty(1))
    add("zero_samples", "no samples", npy(text("(0, 2, 2, 3, 4)"), b""), {"exit": 0, "warnings": [], "rows": []})
    add("zero_axis_and_values", "an axis of length 0, and 96 bytes of values", npy(text("(2, 0, 4)")), empty(1, trailing(96)))
    add(
        "heatmaps_without_voxels",
        "2^32 heatmaps without a voxel, which take no bytes and would take as many rows",
        npy(text("(65536, 65536, 0, 3, 4)"), b""),
        refused(
            f"expected at most 65536 heatmaps that are interleaved or have no voxels, found {2**32}",
            "save the channels before the spatial axes, or in several files",
        ),
    )
    add("axes_none", "a scalar", npy(text("()"), f4([1])), refused("expected a layout for 0 axes, found shape ()", LAYOUT))
    add("axes_65", "65 axes", npy(text(f"({'1, ' * 65})")), refused("expected at most 64 axes, found more", None))
    add(
        "axes_4",
        "four axes, of which one is guessed wrong if any is guessed",
        npy(text("(1, 2, 3, 4)")),
        refused(
            "expected a layout for 4 axes, found shape (1, 2, 3, 4)",
            "`--layout CHWD` for one volume per channel, `--layout NCHW` for planar heatmaps",
        ),
    )
    add("values_none", "a header and nothing behind it", npy(values=b""), short(96, 0))
    add("values_short", "one byte less than the header says", npy(values=f4(VALUES)[:-1]), short(96, 95))
    add("values_trailing", "three bytes more than the header says", npy() + b"end", ok(warnings=[trailing(3)]))


def empty(count, *warnings):
    """So many landmarks without a voxel."""
    return {"exit": 1, "warnings": list(warnings), "rows": [{"status": "empty"}] * count}


def trailing(count):
    """The warning about bytes behind the values."""
    return warning("trailing-bytes", f"{count} bytes after the last value")


def add_npy_elements(all):
    """Element types that are not read."""
    fields = "[('x', '<f4'), ('y', '<f4')]"
    pickled = b"\x80\x02cbuiltins\nexit\nK\x07\x85R."
    objects, refusal = element("'|O'", "Python objects", "save `numpy.stack(arrays)`, or each array by itself")
    all.add("npy_objects.npy", "Python objects: a pickle that ends the program that loads it", objects[:-192] + pickled, refusal)
    void, single = "save the numbers in it: `array.view('float32')`, or whatever they are", "save `array.astype('float32')`"
    nested = "[('a', " * 2_000
    for name, what, descr, *outcome in (
        ("structured", "two fields", fields, "a structured array", "save one field: `numpy.save(FILE, array['FIELD'])`", fields),
        ("fields_nested", "fields within fields, 2,000 deep", nested, "a structured array", "save one field: `numpy.save(FILE, array['FIELD'])`", nested),
        ("void", "void", "'|V8'", "void", void),
        ("bfloat16", "bfloat16 as NumPy saves it", "'<V2'", "void of 2 bytes, as bfloat16 is saved", single),
        ("complex", "complex numbers", "'<c8'", "complex numbers", "save `numpy.abs(array)` or `array.real`"),
        ("unicode", "text of 2^29 letters an element, which are 2^31 bytes", "'<U536870912'", "text", single),
        ("bytes", "bytes", "'|S4'", "text", single),
        ("dates", "dates", "'<M8[ns]'", "dates or times", "save `array.astype('float64')`"),
        ("float128", "floats of 128 bits", "'<f16'", "floats of more than 64 bits", "save `array.astype('float64')`"),
        ("float32_by_name", "a type by its name, which NumPy never writes", "'float32'", "an unknown element type", single),
        ("integers_of_3_bytes", "a type that is none", "'<i3'", "an unknown element type", single),
        ("descr_empty", "no type at all", "''", "an unknown element type", single),
    ):
        all.add(f"npy_{name}.npy", what, *element(descr, *outcome))
    header = text(descr="exec('raise')")
    all.add("npy_descr_code.npy", "Python code where the type belongs", npy(header), syntax("a string", header, header.index("exec")))


def add_npy_headers(all):
    """Headers that are defective as text."""
    add = lambda file, what, content, outcome: all.add(f"npy_{file}.npy", what, content, outcome)
    keys = "expected the keys descr, fortran_order and shape in the npy header, found no"
    for missing in ("descr", "fortran_order", "shape"):
        parts = {"descr": "'descr': '<f4'", "fortran_order": "'fortran_order': False", "shape": "'shape': (2, 3, 4)"}
        del parts[missing]
        add(f"key_{missing}_missing", f"no {missing}", npy(f"{{{', '.join(parts.values())}}}"), refused(f"{keys} {missing}", SAVE))
    key = "one of the keys descr, fortran_order and shape"
    extra = text()[:-1] + "'extra': 1, }"
    add("key_extra", "a fourth key", npy(extra), syntax(key, extra + " " * 9, extra.index("'extra'")))
    twice = text()[:-1] + "'shape': (4, 3, 2), }"
    add(
        "key_twice",
        "two shapes, of which readers take one or the other",
        npy(twice),
        syntax("a key that has not come before", twice, twice.rindex("'shape'")),
    )
    number = text(fortran="1")
    add("order_number", "1 for True", npy(number), syntax("True or False", number, number.index("1,")))
    magic = b"\x93NUM"
    add("magic_short", "four bytes of the magic", magic, begins_with(magic))
    wrong = b"\x93NUMPX" + npy()[6:]
    add("magic_wrong", "one letter of the magic is another", wrong, begins_with(wrong))
    add("magic_alone", "the magic and nothing more", b"\x93NUMPY", short_header("npy", 8, 6))
    for version in ((4, 0), (1, 1), (0, 0)):
        found = "{}.{}".format(*version)
        add(
            "version_{}_{}".format(*version),
            f"version {found}",
            b"\x93NUMPY" + bytes(version) + npy()[8:],
            refused(f"expected npy version 1.0, 2.0 or 3.0, found {found}", SAVE),
        )
    add("length_missing", "one byte of a header length of two", npy()[:9], short_header("npy", 2, 1))
    add("header_truncated", "half a header", npy()[:64], short_header("npy", 118, 54))
    add(
        "header_4_gib",
        "a header of 4 GiB in a file of 14 bytes",
        b"\x93NUMPY\x02\0" + b"\xff" * 4 + b"{'",
        refused(f"expected an npy header of at most 65536 bytes, found {2**32 - 1}", SAVE),
    )
    longer = npy(version=(2, 0), length=65_536)
    add("header_longer_than_the_file", "a header of 64 KiB in a file of 224 bytes", longer, short_header("npy", 65_536, len(longer) - 12))
    cut = text()[: text().index("'shape'") + 3]
    add("header_short", "a header length that ends within a key", npy(length=len(cut)), syntax(key, cut, len(cut) - 3))
    raw = npy()
    add(
        "header_long",
        "a header length that takes in the first values",
        npy(length=134),
        syntax("the end", raw[10:128].decode(), 118, raw[128:144][:16]),
    )
    add("header_empty", "a header of no bytes", npy(length=0), syntax("`{`", "", 0))
    blank = " " * 117
    add("header_spaces", "a header of spaces", npy(blank), syntax("`{`", blank + "\n", 118))
    add("header_nul", "a byte 0 behind the dict", npy(text() + "\0"), syntax("the end", text() + "\0" + " " * 15, len(text())))
    umlaut = "{\xa0" + text()[1:]
    add("header_latin_1", "a space that is not ASCII, in version 1", npy(umlaut), syntax(key, umlaut, 1))
    utf_16 = text().encode("utf-16-le")
    add("header_utf_16", "a header in UTF-16", npy(utf_16), refused(f"expected {key} at byte 1 of the npy header, found {excerpt(utf_16[1:])}", SAVE))
    unclosed = text()[:-1]
    add("header_unclosed", "a dict without its closing brace", npy(unclosed), syntax(key, unclosed + " " * 50 + "\n", npy(unclosed).index(b"\n", 12) - 9))
    add("python_2_longs", "lengths as Python 2 wrote them", npy(text("(2L, 3L, 4L)")), ok())
    add("no_newline", "a header that does not end in a line break", npy(end=""), ok())
    add("double_quotes", "strings in double quotes, keys in another order", npy('{"shape":(2,3,4),"fortran_order":False,"descr":"<f4"}'), ok())


# --- NIfTI -------------------------------------------------------------------------------------------

#: 2 × 3 × 4 mm voxels with voxel 0 at (-10, 0, 5).
SFORM = [[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 5.0]]
#: The same without its offsets, which `--affine pixdim` gives.
SIZES = [[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]]
NAN, INF = math.nan, math.inf


def fortran(values, lengths=LENGTHS):
    """Values in (h, w, d) order as NIfTI keeps them, h fastest."""
    h, w, d = lengths
    return [values[(i * w + j) * d + k] for k in range(d) for j in range(w) for i in range(h)]


def nifti(version=1, order="<", values=None, between=bytes(4), **fields):
    """A NIfTI made field by field: a sound single file of VALUES unless `fields` say otherwise."""
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
        raw = (at["size"], 0, *dim, at["intent"], *types, *at["pixdim"], *scale, at["units"], *forms, at["magic"])
    else:
        layout = "i8shh8q24x8dqdd32x16x80x24xii3d3d12diii16x16x"
        raw = (at["size"], at["magic"], *types, *dim, *at["pixdim"], *scale, *forms, 0, at["units"], at["intent"])
    voxels = f4(fortran(VALUES), order) if values is None else values
    return struct.pack(order + layout, *raw) + between + voxels


def add_nifti_axes(all):
    """dim and what follows from it."""
    add = lambda file, what, outcome, **fields: all.add(f"nifti_{file}.nii", what, nifti(**fields), outcome)
    axes = lambda found: refused(f"expected 1 to 7 axes in dim[0], found {found}", NIFTI)
    length = lambda axis, found: refused(f"expected a length of at least 1 in dim[{axis}], found {found}", NIFTI)
    add("dim0_0", "no axes", axes(0), dim=[0, 2, 3, 4])
    add("dim0_9", "nine axes", axes(9), dim=[9, 2, 3, 4])
    add("dim0_9_big_endian", "nine axes, big-endian", axes(9), order=">", dim=[9, 2, 3, 4])
    add("dim0_negative", "-3 axes", axes(-3), dim=[-3, 2, 3, 4])
    add("dim0_second", "2^40 axes in NIfTI-2", axes(2**40), version=2, dim=[2**40, 2, 3, 4])
    mixed = bytearray(nifti(order=">"))
    mixed[:4] = struct.pack("<i", 348)
    all.add("nifti_mixed_byte_order.nii", "sizeof_hdr little-endian, all else big-endian", bytes(mixed), axes(3 << 8))
    add("dim2_zero", "a length of 0", length(2, 0), dim=[3, 2, 0, 4])
    add("dim3_negative", "a length of -4", length(3, -4), dim=[3, 2, 3, -4])
    add("dim1_negative_big_endian", "a length of -2, big-endian", length(1, -2), order=">", dim=[3, -2, 3, 4])
    add("dim5_zero", "a length of 0 on an axis behind the volume", length(5, 0), dim=[5, 2, 3, 4, 1, 0])
    add("dim_huge", "35 TB in 96 bytes", short(32767**3 * 4, 96), dim=[3, 32767, 32767, 32767])
    add("dim_overflow", "seven axes of 32767", too_large(*[32767] * 7), dim=[7, *[32767] * 7])
    wraps = [4, 3, 2**62 + 2]
    add("dim_wraps_second", "NIfTI-2 whose number of voxels wraps to 24", too_large(*wraps), version=2, dim=[3, *wraps])
    add("dim_negative_second", "-2^63 in NIfTI-2, big-endian", length(2, -(2**63)), version=2, order=">", dim=[3, 2, -(2**63), 4])
    add("axes_1", "one axis", refused("expected a layout for 1 axes, found shape (24,)", LAYOUT), dim=[1, 24])
    add(
        "axes_5",
        "five axes with more than one entry on the fourth",
        refused("expected a layout for 5 axes, found shape (1, 2, 3, 2, 2)", "`--layout HWDCN` or `--layout HWDNC`"),
        dim=[5, 1, 2, 3, 2, 2],
    )


def add_nifti_types(all):
    """Data types and scaling."""
    add = lambda file, what, outcome, **fields: all.add(f"nifti_{file}.nii", what, nifti(**fields), outcome)
    bitpix = lambda code, expected, found: refused(f"expected bitpix {expected} for datatype {code}, found {found}", NIFTI)
    add("bitpix_16", "float32 of 16 bits", bitpix(16, 32, 16), bitpix=16)
    add("bitpix_0", "int16 of 0 bits", bitpix(4, 16, 0), datatype=4, bitpix=0)
    add("bitpix_negative", "float64 of -64 bits, big-endian", bitpix(64, 64, -64), order=">", datatype=64, bitpix=-64)
    add("bitpix_second", "float32 of 64 bits in NIfTI-2", bitpix(16, 32, 64), version=2, bitpix=64)
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
        found = refused(f"expected real numbers of at most 64 bits, found {name} (datatype {code})", ONE_CHANNEL)
        add(f"datatype_{code}".replace("-", "minus_"), f"datatype {code}, {name}", found, datatype=code, bitpix=bits, values=bytes(384))
    slope = lambda found: [warning("nonfinite-slope", f"expected a finite scl_slope, found {found}")]
    intercept = lambda found: refused(f"expected a finite scl_inter, found {found}", "set scl_inter to 0 in the file")
    add("slope_nan", "slope NaN, intercept 5: unscaled", ok(warnings=slope("NaN")), slope=NAN, inter=5.0)
    add("slope_infinite_second", "slope -infinity in NIfTI-2: unscaled", ok(warnings=slope("-inf")), version=2, slope=-INF)
    add("slope_zero", "slope 0, intercept NaN: unscaled", ok(), slope=0.0, inter=NAN)
    add("slope_negative", "slope -1 turns the order round", ok(soft(VALUES, slope=-1.0)), slope=-1.0, inter=3.0)
    add("inter_nan", "slope 1, intercept NaN", intercept("NaN"), inter=NAN)
    add("inter_infinite_big_endian", "slope 2, intercept infinity, big-endian", intercept("inf"), order=">", slope=2.0, inter=INF)
    add("slope_largest", "the largest slope: the largest value takes all", ok([1.0, 1.0, 1.0]), slope=struct.unpack("<f", b"\xff\xff\x7f\x7f")[0])


def add_nifti_places(all):
    """vox_offset, extensions, and what is cut off."""
    add = lambda file, what, outcome, **fields: all.add(f"nifti_{file}.nii", what, nifti(**fields), outcome)
    offset = lambda found, least=352: refused(f"expected vox_offset 0 or a whole number from {least} on, found {found}", NIFTI)
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
    add("offset_huge_second", "vox_offset 2^63 - 1 in NIfTI-2, big-endian", short(96, 0), version=2, order=">", offset=2**63 - 1)
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
    all.add("nifti_size_alone.nii", "sizeof_hdr and nothing more", whole[:4], short_header("NIfTI", 348, 4))
    all.add("nifti_header_short.nii", "347 bytes", whole[:347], short_header("NIfTI", 348, 347))
    all.add("nifti_header_short_second.nii", "NIfTI-2 of 348 bytes", nifti(version=2)[:348], short_header("NIfTI", 540, 348))
    all.add("nifti_header_alone.nii", "a header without voxels", whole[:348], short(96, 0))
    all.add("nifti_values_short.nii", "one byte of voxels is missing", whole[:-1], short(96, 95))
    all.add("nifti_values_trailing.nii", "five bytes behind the voxels", whole + bytes(5), ok(warnings=[trailing(5)]))
    all.add("nifti_size_349.nii", "sizeof_hdr 349", nifti(size=349), begins_with(struct.pack("<i", 349) + bytes(12)))
    ends = bytearray(nifti(version=2))
    ends[8:12] = b"\n\x1a\n\0"
    all.add(
        "nifti_text_mode_second.nii",
        "NIfTI-2 after a transfer as text, which the magic is there to show",
        bytes(ends),
        refused(
            "expected the magic of NIfTI-2 to end in 0d 0a 1a 0a, found [0a, 1a, 0a, 00]",
            "the file went through a transfer in text mode: copy it again in binary",
        ),
    )
    cifti = refused("expected a volume, found a CIFTI-2 matrix (intent_code 3006)", "`wb_command -cifti-separate` writes the volume it holds")
    add("cifti.dscalar", "a CIFTI-2 matrix", cifti, version=2, intent=3006)


def add_nifti_affines(all):
    """Affines that place nothing. Voxel coordinates do not need them."""
    at = soft(VALUES)
    none = "expected a usable affine for world coordinates, found none"
    pixdim = "`--affine pixdim` takes the voxel sizes alone"

    def add(file, what, *warnings, place=None, **fields):
        """One file, decoded to voxels and to mm."""
        all.add(f"nifti_{file}.nii", what, nifti(**fields), ok(warnings=warnings))
        outcome = refused(none, pixdim, warnings) if place is None else ok(place=world(place, at), warnings=warnings)
        all.again(outcome, "--coords", "voxel,world")

    nonfinite = lambda form: warning("nonfinite-affine", f"expected a {form} with positions within 1e150 mm, found NaN, infinity or more")
    singular = lambda form: warning("singular-affine", f"expected an invertible {form}, found a singular one")
    sizes = lambda *found: warning("bad-pixdim", "expected positive pixdim[1..4] for the qform, found {}, {}, {}".format(*found))
    with_nan = [SFORM[0], [0.0, NAN, 0.0, 0.0], SFORM[2]]
    add("sform_nan", "NaN in the sform", nonfinite("sform"), sform=with_nan)
    all.again(ok(place=world(SIZES, at), warnings=[nonfinite("sform")]), "--coords", "voxel,world", "--affine", "pixdim")
    offset = [[2.0, 0.0, 0.0, INF], SFORM[1], SFORM[2]]
    add("sform_infinite_big_endian", "an infinite offset in the sform, big-endian", nonfinite("sform"), order=">", sform=offset)
    add("sform_zero", "an sform of zeros", singular("sform"), sform=[[0.0] * 4] * 3)
    add("sform_singular", "an sform with two equal columns", singular("sform"), sform=[[1.0, 1.0, 0.0, 0.0]] * 2 + [SFORM[2]])
    huge = [[1.7e308, 0.0, 0.0, 0.0], [0.0, 1.7e308, 0.0, 0.0], [0.0, 0.0, 1.7e308, 0.0]]
    add("sform_overflows_second", "an sform of finite numbers that takes every far corner beyond them", nonfinite("sform"), version=2, sform=huge)
    turned = {"qform_code": 1, "qoffset": [-10.0, 0.0, 5.0]}
    add("sform_nan_qform_sound", "NaN in the sform, and a sound qform", nonfinite("sform"), place=SFORM, sform=with_nan, **turned)
    square = warning("bad-quaternion", "expected a qform quaternion with b²+c²+d² at most 1, found 3")
    add("quaternion_long", "a quaternion (1, 1, 1)", square, sform_code=0, quaternion=[1.0] * 3, **turned)
    add("quaternion_nan", "a quaternion with NaN", nonfinite("qform"), sform_code=0, quaternion=[NAN, 0.0, 0.0], **turned)
    unit = [[1.0, 0.0, 0.0, -10.0], SFORM[1], SFORM[2]]
    add("pixdim_zero", "a voxel size of 0 in the qform", sizes(0, 3, 4), place=unit, sform_code=0, pixdim=[1.0, 0.0, 3.0, 4.0, 1, 1, 1, 1], **turned)
    add("pixdim_negative", "a voxel size of -3 in the qform", sizes(2, -3, 4), place=SFORM, sform_code=0, pixdim=[1.0, 2.0, -3.0, 4.0, 1, 1, 1, 1], **turned)
    add("pixdim_nan", "a voxel size of NaN in the qform", nonfinite("qform"), sform_code=0, pixdim=[1.0, NAN, 3.0, 4.0, 1, 1, 1, 1], **turned)
    add("form_codes_unknown", "codes that are not defined: neither form is set", sform_code=99, qform_code=-1)
    absent = refused("expected a usable pixdim, found none", "`--affine auto` takes whichever is there")
    all.add("nifti_sizes_zero.nii", "every voxel size 0, neither form", nifti(sform_code=0, pixdim=[0.0] * 8), ok())
    all.again(absent, "--affine", "pixdim")
    apart = warning("forms-disagree", "sform and qform disagree by up to 10.000 mm within the volume")
    add("forms_disagree", "sform and qform 10 mm apart", apart, place=SFORM, qform_code=1, qoffset=[0.0, 0.0, 5.0])
    units = warning("units", "expected coordinates in mm, found metre")
    metres = [[number * 1000 for number in row] for row in SFORM]
    add("units_metre", "coordinates in metres", units, place=metres, units=1)
    add("units_unknown", "a code of units that is not defined: mm", place=SFORM, units=7)


def add_nifti_pairs(all):
    """Headers whose image is another file, or nowhere."""
    pair = nifti(magic=b"ni1\0", offset=0)[:348]
    missing = "expected the image of the pair at `nifti_alone.img`, found none"
    side = "keep the .hdr and the .img side by side, under one name"
    all.add("nifti_alone.hdr", "the header of a pair without its image", pair, refused(missing, side))
    stream = "expected the image of the pair at `nifti_pair_named_nii.img`, found none"
    all.add("nifti_pair_named_nii.nii", "the header of a pair under the name of a single file", pair, refused(stream, side))
    short = "failed to read its pair `nifti_pair_short.img`: expected 96 bytes of values, found 95"
    image = f4(fortran(VALUES))
    all.add("nifti_pair_short.hdr", "a pair whose image is a byte short", pair, refused(short, INCOMPLETE), beside={"nifti_pair_short.img": image[:-1]})
    crc = f"failed to read its pair `nifti_pair_crc.img.gz`: expected gzip CRC-32 deadbeef, found {zlib.crc32(image):08x}"
    all.add("nifti_pair_crc.hdr", "a pair whose packed image is damaged", pair, refused(crc, GZIP), beside={"nifti_pair_crc.img.gz": gzip(image, crc=0xDEADBEEF)})
    end = "failed to read its pair `nifti_pair_offset.img`: expected 96 bytes of values, found 0"
    far = nifti(magic=b"ni1\0", offset=97)[:348]
    all.add("nifti_pair_offset.hdr", "a pair whose vox_offset is behind the image", far, refused(end, INCOMPLETE), beside={"nifti_pair_offset.img": image})
    analyze = refused(
        f"{FORMATS} an Analyze 7.5 header",
        "`nibabel.save(nibabel.Nifti1Image.from_image(nibabel.load('FILE')), 'heatmaps.nii.gz')`; check left and right",
    )
    all.add("nifti_analyze.hdr", "an Analyze 7.5 header", nifti(magic=bytes(4), offset=0)[:348], analyze, beside={"nifti_analyze.img": image})


# --- deflate and gzip --------------------------------------------------------------------------------


class Bits:
    """Bits as deflate packs them."""

    def __init__(self):
        self.all = []

    def number(self, number, width):
        """A number, lowest bit first."""
        self.all += [number >> i & 1 for i in range(width)]

    def code(self, text):
        """A Huffman code, first bit first."""
        self.all += [int(bit) for bit in text]

    def bytes(self):
        """Filled up with zeros."""
        bits = self.all + [0] * (-len(self.all) % 8)
        return bytes(sum(bits[at + i] << i for i in range(8)) for at in range(0, len(bits), 8))


def stored(raw, last=True):
    """Deflate data that is not compressed. At most 65,535 bytes."""
    return struct.pack("<BHH", int(last), len(raw), len(raw) ^ 0xFFFF) + raw


def zeros(count):
    """Deflate data of 2000 zeros or more, 1032 from a byte, which is the most there is.

    One block with codes of its own: 0 for "258 bytes more", 10 for a zero, 11 for the end, 0 for "the last
    byte again". A match is two bits that are 0, so that nearly all of it is bytes that are 0.
    """
    bits = Bits()
    for number, width in ((1, 1), (2, 2), (29, 5), (0, 5), (14, 4)):
        bits.number(number, width)
    # The lengths of the codes for code lengths 16, 17, 18, 0, 8, ..., 1.
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.number({18: 1, 1: 2, 2: 2}.get(symbol, 0), 3)
    for length in (2, -138, -117, 2, -28, 1, 1):
        bits.code("0" if length < 0 else {1: "10", 2: "11"}[length])
        if length < 0:
            bits.number(-length - 11, 7)
    matches, rest = divmod(count - 1, 258)
    for _ in range(1 + rest):
        bits.code("10")
    # What is left of the last byte is the first bits of the matches.
    left = 2 * matches - (-len(bits.all) % 8)
    tail = Bits()
    tail.all = [0] * (left % 8)
    tail.code("11")
    return bits.bytes() + bytes(left // 8) + tail.bytes()


def gzip(raw, data=None, crc=None, size=None, flags=0, method=8, extra=b""):
    """One gzip member without a time stamp; everything about it can be a lie."""
    head = struct.pack("<BBBBIBB", 0x1F, 0x8B, method, flags, 0, 0, 255) + extra
    crc, size = zlib.crc32(raw) if crc is None else crc, len(raw) if size is None else size
    return head + (stored(raw) if data is None else data) + struct.pack("<II", crc, size & 0xFFFFFFFF)


def add_gzip(all):
    """gzip that is damaged, cut, or more than it seems."""
    add = lambda file, what, content, outcome: all.add(f"gzip_{file}.npy.gz", what, content, outcome)
    raw = npy()
    good, crc = gzip(raw), zlib.crc32(raw)
    cut = lambda inflated: refused(f"expected gzip data to its end mark, found its end after {inflated} inflated bytes", GZIP)
    checksum = refused(f"expected gzip CRC-32 deadbeef, found {crc:08x}", GZIP)
    length = lambda said: refused(f"expected a gzip member of {said} bytes modulo 2^32, found {len(raw)}", GZIP)
    deflate = lambda inflated: refused(f"expected deflate data, found a defect after {inflated} inflated bytes", GZIP)
    flags = lambda method, flag: refused(f"expected gzip method 8 with known flags, found method {method} with flags {flag:#04x}", GZIP)
    foreign = lambda byte: refused(f"expected the end of the gzip data or another member, found byte {byte:#04x}", FOREIGN)
    add("crc", "a checksum of other bytes", gzip(raw, crc=0xDEADBEEF), checksum)
    add("length", "a length that is one too large", gzip(raw, size=len(raw) + 1), length(len(raw) + 1))
    add("length_2_32", "a length of 0, as 4 GiB have", gzip(raw, size=0), length(0))
    add("truncated", "cut within the values", good[:150], cut(150 - 15))
    add("truncated_in_the_header", "seven bytes", good[:7], cut(0))
    add("truncated_in_the_trailer", "cut within the length", good[:-3], cut(len(raw)))
    add("truncated_before_the_trailer", "cut behind the deflate data", good[:-8], cut(len(raw)))
    parts = gzip(raw[:50]) + gzip(raw[50:51]) + gzip(raw[51:200]) + gzip(b"") + gzip(raw[200:])
    add("members", "five members, one of them empty, one ending in the header", parts, ok())
    add("members_empty", "500 empty members before the one that counts", gzip(b"") * 500 + good, ok())
    add("members_second_crc", "a second member with a wrong checksum, behind the whole array", good + gzip(raw, crc=0xDEADBEEF), checksum)
    add("members_second_cut", "a second member that is cut, behind the whole array", good + good[:12], cut(0))
    add("padded", "1000 bytes that are 0 behind the member", good + bytes(1000), ok())
    add("trailing", "text behind the member", good + b"text", foreign(ord("t")))
    add("trailing_after_padding", "text behind zeros behind the member", good + bytes(9) + b"text", foreign(ord("t")))
    add("trailing_half_a_magic", "the first byte of a member behind the member", good + b"\x1f", cut(0))
    for flag in (0x20, 0x40, 0x80):
        add(f"flags_{flag:02x}", f"the reserved flag {flag:#04x}", gzip(raw, flags=flag), flags(8, flag))
    add("method_7", "a method that is not deflate", gzip(raw, method=7), flags(7, 0))
    add("extra_past_the_end", "an extra field of 65,535 bytes", gzip(raw, flags=4, extra=b"\xff\xff"), cut(0))
    add("name_without_end", "a name that never ends", gzip(b"", data=b"name" * 20, flags=8)[:-8], cut(0))
    named = gzip(raw, flags=31, extra=b"\x04\0ABCDname\0words\0\xff\xff")
    add("every_field", "every optional field, with a wrong checksum of the header, which gzip ignores too", named, ok())
    add("block_type_3", "a block of a type that is none", gzip(raw, data=b"\x07" + bytes(20)), deflate(0))
    add("block_length", "a stored block whose length is not that of its complement", gzip(raw, data=b"\x01\x10\x00\x10\x00" + bytes(16)), deflate(0))
    far = Bits()
    for number, width in ((1, 1), (1, 2)):
        far.number(number, width)
    far.code("0000001" + "00000")
    add("distance", "a match that begins before the data", gzip(raw, data=far.bytes() + bytes(4)), deflate(0))
    add("nothing", "an empty deflate stream", gzip(b""), refused(f"{FORMATS} no bytes", INCOMPLETE))
    add("twice", "gzip within gzip", gzip(good), refused(f"{FORMATS} gzip data within gzip data", "`gzip -dc FILE | softargmax decode -`"))
    add("values_short", "an array that is cut, in a member that is whole", gzip(raw[:-4]), short(96, 92))
    add("values_trailing", "bytes behind the array, within the member", gzip(raw + b"end"), ok(warnings=[trailing(3)]))
    greedy = gzip(npy(text("(1024, 1024, 1048576)")))
    holds = f"expected {2**42} bytes of values, found compressed data that holds at most {len(greedy) * 1032 - 128}"
    add("overdrawn", "4 TiB declared in less than gzip can hold", greedy, refused(holds, HEADER))
    add_bombs(all)


def bomb(head, count):
    """A gzip member of `head` and so many zeros."""
    crc, block = zlib.crc32(head), bytes(1 << 20)
    for at in range(0, count, len(block)):
        crc = zlib.crc32(block[: count - at], crc)
    return gzip(b"", data=stored(head, last=False) + zeros(count), crc=crc, size=len(head) + count)


def add_bombs(all):
    """A hundred kilobytes that become a hundred megabytes."""
    add = lambda file, what, content, outcome: all.add(f"gzip_{file}.gz", what, content, outcome)
    legal = bomb(npy(text("(25, 1000, 1000)"), b""), 100_000_000)
    add("bomb.npy", "100 MB of zeros in 97 kB, as the header says", legal, ok([12.0, 499.5, 499.5], status="flat"))
    rest = 1 << 24
    add("bomb_behind_the_values.npy", "16 MiB of zeros behind an array of 96 bytes", bomb(npy(), rest), ok(warnings=[trailing(rest)]))
    broken = bytearray(bomb(nifti(), 1 << 24))
    broken[-8:-4] = b"\xef\xbe\xad\xde"
    found = int.from_bytes(bomb(nifti(), 1 << 24)[-8:-4], "little")
    add(
        "bomb_with_a_wrong_crc.nii",
        "16 MiB of zeros behind a volume of 96 bytes, and a checksum that is wrong",
        bytes(broken),
        refused(f"expected gzip CRC-32 deadbeef, found {found:08x}", GZIP),
    )
    zeros_alone = bomb(bytes(8), 1 << 22)
    add("bomb_without_a_header.nii", "4 MiB of zeros", zeros_alone, begins_with(bytes(16)))


# --- npz ---------------------------------------------------------------------------------------------


def entry(name="a.npy", raw=None, **lies):
    """An entry of a zip archive; `lies` stand in its directory, those in `local` before its bytes."""
    raw = npy() if raw is None else raw
    return {"name": name.encode(), "raw": raw, "data": raw, "method": 0, "flags": 0, "local": {}, "at": None, **lies}


def archive(*entries, count=None, directory=None, tail=b""):
    """A zip archive, stored unless an entry says otherwise; `count` and `directory` are what its end says."""
    body, central = b"", b""
    for one in entries:
        sound = {"crc": zlib.crc32(one["raw"]), "packed": len(one["data"]), "size": len(one["raw"])}
        there, said = {**sound, **one["local"]}, {**sound, **one}
        fields = lambda s: struct.pack("<HHHHHIIIHH", 20, one["flags"], one["method"], 0, 0x21, s["crc"], s["packed"], s["size"], len(one["name"]), 0)
        at = len(body) if one["at"] is None else one["at"]
        if one["at"] is None:
            body += b"PK\x03\x04" + fields(there) + one["name"] + one["data"]
        central += b"PK\x01\x02" + struct.pack("<H", 20) + fields(said) + struct.pack("<HHHII", 0, 0, 0, 0, at) + one["name"]
    count = len(entries) if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(central), len(body) if directory is None else directory, len(tail))
    return body + central + b"PK\x05\x06" + end + tail


def add_npz(all):
    """Archives whose parts contradict one another."""
    add = lambda file, what, content, outcome, *args: all.add(f"npz_{file}.npz", what, content, outcome, *args)
    raw = npy()
    crc = zlib.crc32(raw)
    defect = lambda text: refused(f"expected a zip archive, found a defect: {text}", ZIP)
    length = lambda said, found: refused(f"expected an entry of {said} bytes, found {found}", ZIP)
    cut = defect("a record that ends too early")
    add("sound", "nothing is wrong with it", archive(entry()), ok())
    add("crc", "a checksum of other bytes", archive(entry(crc=0xDEADBEEF)), refused(f"expected entry CRC-32 deadbeef, found {crc:08x}", ZIP))
    add("size_one_more", "a deflated entry that says one byte more than it holds", archive(entry(data=stored(raw), method=8, size=len(raw) + 1)), length(len(raw) + 1, len(raw)))
    add("size_one_less", "a deflated entry that says one byte less than it holds", archive(entry(data=stored(raw + b"x"), method=8, crc=crc, size=len(raw))), length(len(raw), f"at least {len(raw) + 1}"))
    add("size_4_gib", "a deflated entry that says 4 GiB", archive(entry(data=stored(raw), method=8, size=2**32 - 2)), length(2**32 - 2, len(raw)))
    add("place_past_the_end", "a stored entry that says more bytes than the file has", archive(entry(packed=10**6, size=10**6)), refused(f"expected 1000000 bytes of entry `a.npy`, found {len(archive(entry())) - 35}", ZIP))
    add("local_sizes_lie", "sizes before the bytes that are not those of the directory, which counts", archive(entry(local={"packed": 7, "size": 9, "crc": 1})), ok())
    two = entry("a.npy"), entry("b.npy", at=0)
    add("overlapping", "two names for the same bytes", archive(*two), ok(), "--key", "b")
    add("two_arrays", "two arrays and no key", archive(entry(), entry("probabilities.npy")), refused("expected a key for one of 2 arrays, found `a`, `probabilities`", KEY))
    all.again(refused("expected an array named `c`, found `a`, `probabilities`", KEY), "--key", "c")
    add("same_name_twice", "two arrays of one name", archive(entry(raw=npy(values=f4(VALUES[::-1]))), entry()), ok())
    add("no_array", "a text and no array", archive(entry("readme.txt", b"words")), refused("expected an archive with an array, found `readme.txt`", "save arrays with `numpy.savez`"))
    add("no_entry", "an archive of nothing", archive(), refused("expected an archive with an array, found none", "save arrays with `numpy.savez`"))
    add("encrypted", "an entry that says it is encrypted", archive(entry(flags=1)), refused("expected an entry that is not encrypted, found `a.npy` encrypted", ANOTHER_ZIP))
    add("method_12", "an entry in bzip2", archive(entry(method=12)), refused("expected a stored or deflated entry, found `a.npy` compressed by method Bzip2", ANOTHER_ZIP))
    add("method_1234", "an entry by a method that is none", archive(entry(method=1234)), refused("expected a stored or deflated entry, found `a.npy` compressed by method Unknown", ANOTHER_ZIP))
    add("path_traversal", "a name that leads out of the folder: nothing is written under it", archive(entry("../../../../tmp/evil.npy")), ok())
    add("path_absolute", "an absolute name", archive(entry("/etc/passwd.npy")), ok(), "--key", "/etc/passwd")
    add("name_not_utf_8", "a name that is not UTF-8", archive({**entry(), "name": b"\xff\xfe.npy"}), ok())
    whole = archive(entry())
    add("directory_truncated", "cut within the directory", whole[:-40], defect("no directory at its end"))
    add("end_truncated", "cut within the end", whole[:-3], cut)
    add("directory_past_the_end", "a directory that is said to begin behind the file", archive(entry(), directory=10**9), defect("no directory where its end says it is"))
    add("entry_past_the_end", "an entry that is said to begin behind the file", archive(entry(), entry("b.npy", at=10**8)), cut, "--key", "b")
    add("count_65534", "65,534 entries, of which one is there", archive(entry(), count=65_534), cut)
    add("deflate_defect", "an entry that is no deflate data", archive(entry(data=b"\x07" + bytes(50), method=8)), refused("expected deflate data, found a defect after 0 inflated bytes", ZIP))
    add("not_an_array", "text under the name of an array", archive(entry(raw=b"words, no array")), refused("expected an npy array, found data that begins with `words,`", SAVE))
    add("values_short", "an array that is cut, in an entry that is whole", archive(entry(raw=raw[:-4])), refused("expected 96 bytes of values, found compressed data that holds at most 92", HEADER))
    head = npy(text("(4, 1024, 1024)"), b"")
    count = 1 << 24
    packed = stored(head, last=False) + zeros(count)
    crc = int.from_bytes(bomb(head, count)[-8:-4], "little")
    add("bomb", "16 MiB of zeros in 16 kB", archive(entry(data=packed, method=8, crc=crc, size=len(head) + count)), ok([1.5, 511.5, 511.5], status="flat"))
    add("bomb_that_says_little", "an entry of 16 MiB that says it has 224 bytes", archive(entry(data=stored(raw, last=False) + zeros(count), method=8)), length(len(raw), "at least 1024"))
    add("gzip", "an archive within gzip", gzip(archive(entry())), ok())


# --- something else ----------------------------------------------------------------------------------


def add_names(all):
    """Files that are not what their names say, and formats that are known and not read."""
    known = lambda name, hint: refused(f"{FORMATS} {name}", hint)
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    all.add("named_png.npy", "a PNG", png, begins_with(png))
    words = b"a list of heatmaps, one a line\n"
    all.add("named_text.nii", "text", words, begins_with(words))
    page = b"<!DOCTYPE html>\n<title>404 Not Found</title>\n"
    all.add("named_web_page.nii.gz", "the page that a server sends in place of a file", page, begins_with(page))
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"
    all.add("named_lfs_pointer.npz", "what stands in a repository for a file kept elsewhere", pointer, begins_with(pointer))
    all.add("named_empty.npy", "no bytes", b"", known("no bytes", INCOMPLETE))
    all.add("named_empty.nii.gz", "no bytes", b"", known("no bytes", INCOMPLETE))
    all.add("named_zeros.nii", "1024 bytes that are 0", bytes(1024), begins_with(bytes(16)))
    all.add("named_npy.nii", "an array under the name of a volume: content decides", npy(), ok())
    all.add("named_nifti.npy", "a volume under the name of an array: content decides", nifti(), ok())
    all.add("named_nifti.npz", "a packed volume under the name of an archive: content decides", gzip(nifti()), ok())
    all.add("named_npy_without_extension", "an array without an extension", npy(), ok())
    torch = "`numpy.save('heatmaps.npy', torch.load('FILE', map_location='cpu').float().numpy())`"
    pickled = entry("archive/data.pkl", b"\x80\x02}."), entry("archive/data/0", bytes(16))
    all.add("named_torch.npz", "what torch.save writes", archive(*pickled), known("a PyTorch file", torch))
    legacy = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
    all.add("named_torch_legacy.npy", "what torch.save wrote before 2020", legacy, known("a PyTorch file", torch))
    pickle = "`numpy.save('heatmaps.npy', numpy.load('FILE', allow_pickle=True))`, if you trust the file"
    all.add("named_pickle.npy", "a pickle that ends the program that loads it", b"\x80\x03cbuiltins\nexit\nK\x07\x85R.", known("a Python pickle", pickle))
    hdf = b"\x89HDF\r\n\x1a\n" + bytes(88)
    all.add("named_hdf5.npy", "HDF5", hdf, known("an HDF5 file (.h5, .mnc, MATLAB 7.3)", "`numpy.save('heatmaps.npy', h5py.File('FILE')['NAME'][...])`"))
    matlab = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(128)
    all.add("named_matlab.npy", "MATLAB 5", matlab, known("a MATLAB file", "`numpy.save('heatmaps.npy', scipy.io.loadmat('FILE')['NAME'])`"))
    nrrd = b"NRRD0004\ntype: float\ndimension: 3\nsizes: 2 3 4\nencoding: raw\n\n" + f4(VALUES)
    all.add("named_nrrd.nii", "NRRD", nrrd, known("an NRRD file", SIMPLE_ITK))
    all.add("named.nrrd", "NRRD under its own name, which is read like any other", nrrd, known("an NRRD file", SIMPLE_ITK))
    meta = b"ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n" + f4(VALUES)
    all.add("named.mha", "MetaImage", meta, known("a MetaImage (.mha, .mhd)", SIMPLE_ITK))
    mgh = struct.pack(">6i", 1, 2, 3, 4, 1, 3) + bytes(260) + f4(VALUES, ">")
    all.add("named.mgz", "a packed FreeSurfer volume", gzip(mgh), known("a FreeSurfer volume (.mgh, .mgz)", "`mri_convert FILE heatmaps.nii.gz`"))
    dicom = bytes(128) + b"DICM" + b"\x02\0\0\0UL\x04\0\0\0\0\0"
    all.add("named_dicom.nii", "DICOM", dicom, known("a DICOM file", "`dcm2niix DIRECTORY`"))
    tiff = b"II*\0\x08\0\0\0" + bytes(16)
    all.add("named_tiff.npy", "TIFF", tiff, known("a TIFF image", "`numpy.save('heatmaps.npy', tifffile.imread('FILE'))`"))
    for name, magic, program in (("zstd", b"\x28\xb5\x2f\xfd", "zstd"), ("xz", b"\xfd7zXZ\0", "xz"), ("bzip2", b"BZh91AY&SY", "bzip2")):
        all.add(f"named_{name}.nii.gz", f"{name} data", magic + bytes(20), known(f"{name} data", f"`{program} -dc FILE | softargmax decode -`"))


# --- writing and checking ----------------------------------------------------------------------------


def collect():
    """All files, expected.json among them."""
    all = Collection()
    for add in (
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
        add_names,
    ):
        add(all)
    lines = ",\n".join(json.dumps(case, allow_nan=False, ensure_ascii=False) for case in all.cases)
    return {**all.files, "expected.json": f'{{"cases": [\n{lines}\n]}}\n'.encode()}, len(all.cases)


def main():
    """Makes, or checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    folder = HERE / "hostile"
    is_check = parser.parse_args().check
    files, count = collect()
    there = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    different = sorted(name for name in {*files, *there} if files.get(name) != there.get(name))
    if is_check and different:
        sys.exit("differs from what hostile.py makes: " + ", ".join(different))
    if not is_check:
        folder.mkdir(exist_ok=True)
        for name in different:
            if name in files:
                (folder / name).write_bytes(files[name])
            else:
                (folder / name).unlink()
    size = sum(map(len, files.values()))
    print(f"{len(files) - 1} files, {count} cases, {size} bytes" + (", every one as hostile.py makes it" if is_check else ""))


if __name__ == "__main__":
    main()
