"""Random files of every supported format: any legal header, with a tiny array after it.

Most files are legal. A file that is not, or that is documented to be refused, has in `refusal` the text that
the error must contain. `header_read.py` knows how a file must be read.
"""

import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header

KINDS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")
#: NIfTI's codes of its data types.
CODES = {
    "u1": 2,
    "i2": 4,
    "i4": 8,
    "f4": 16,
    "f8": 64,
    "i1": 256,
    "u2": 512,
    "u4": 768,
    "i8": 1024,
    "u8": 1280,
}
#: Possible layouts by the number of axes; "" is no `--layout`.
LAYOUTS = {
    1: ("H", "C"),
    2: ("", "NC", "CH", "DW"),
    3: ("", "CHW", "DWH", "NCH"),
    4: ("CHWD", "NCHW", "CDWH", "NHWC"),
    5: ("", "NHWDC", "NCDHW"),
}
NIFTI_LAYOUTS = {1: ("H",), 2: ("",), 3: ("", "DWH", "WHD"), 4: ("",), 5: ("", "HWDCN", "HWDNC")}


@dataclass
class Drawn:
    """A random file, and the options to read it with."""

    name: str
    #: One or two files: extension and bytes.
    parts: dict
    layout: str = ""
    key: str = ""
    affine: str = ""
    refusal: str = ""
    traits: list = field(default_factory=list)
    #: The length of the header in bytes.
    header: int = 0

    def args(self):
        """The arguments to read it with."""
        given = (("--layout", self.layout), ("--key", self.key), ("--affine", self.affine))
        return tuple(word for flag, value in given if value for word in (flag, value))


def chance(rng, share):
    """True in this share of cases."""
    return rng.random() < share


def pick(rng, options):
    """One of them."""
    return options[rng.integers(len(options))]


def values(rng, kind, count):
    """Numbers of a type; the first is the largest and the last the smallest, or the reverse."""
    if kind == "b1":
        drawn = rng.random(count) < 0.5
    elif kind[0] == "f":
        drawn = rng.standard_normal(count) * 10.0 ** rng.integers(-3, 4)
    else:
        low, high = np.iinfo(kind).min, np.iinfo(kind).max
        span = (low, high) if chance(rng, 0.5) else (max(low, -100), 100)
        drawn = rng.integers(span[0], span[1], count, dtype=kind, endpoint=True)
    drawn = np.array(drawn, dtype=kind)
    if count > 1:
        drawn[0], drawn[-1] = (drawn.max(), drawn.min()) if chance(rng, 0.5) else (drawn.min(), drawn.max())
    return drawn


def shape(rng, rank, least=0):
    """Lengths with a small product; some are 1 or 0."""
    longest = {0: 1, 1: 40, 2: 12, 3: 6, 4: 4}.get(rank, 3)
    lengths = [int(n) for n in rng.integers(1, longest + 1, rank)]
    if least == 0 and rank and chance(rng, 0.1):
        lengths[rng.integers(rank)] = 0
    return tuple(lengths)


# --- gzip --------------------------------------------------------------------------------------------


def member(rng, data):
    """One gzip member with random header fields."""
    flags = int(rng.integers(0, 32)) if chance(rng, 0.5) else 0
    head = struct.pack("<4BIBB", 0x1F, 0x8B, 8, flags, int(rng.integers(2**32)), 0, int(rng.integers(256)))
    if flags & 4:
        extra = rng.bytes(int(rng.integers(0, 20)))
        head += struct.pack("<H", len(extra)) + extra
    for text in (8, 16):
        if flags & text:
            head += bytes(rng.integers(1, 256, int(rng.integers(0, 20)), dtype=np.uint8)) + b"\0"
    if flags & 2:
        head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    packer = zlib.compressobj(int(rng.integers(0, 10)), zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def packed(rng, data):
    """The data in one or several members, some of them empty, sometimes followed by zeros."""
    cuts = sorted(int(cut) for cut in rng.integers(0, len(data) + 1, rng.integers(0, 3)))
    spans = zip([0, *cuts], [*cuts, len(data)])
    padding = bytes(int(rng.integers(1, 600))) if chance(rng, 0.2) else b""
    framed = b"".join(member(rng, data[a:b]) for a, b in spans) + padding
    assert gzip.decompress(framed) == data
    return framed


# --- .npy and .npz -----------------------------------------------------------------------------------


def blank(rng, letters=" \t\n"):
    """White space: usually none or one space."""
    if chance(rng, 0.005):
        return " " * int(rng.integers(0, 600))
    return "".join(pick(rng, letters) for _ in range(pick(rng, (0, 0, 1, 1, 1, 3))))


def literal(rng, lengths, version):
    """A shape as a Python tuple; with the `L` of Python 2 where the version is as old as that."""
    long = "L" if version < 3 and chance(rng, 0.1) else ""
    # NumPy removes the `L` token by token, and then needs all of them on one line.
    letters = " " if long else " \t\n"
    items = [blank(rng, letters) + str(n) + long + blank(rng, letters) for n in lengths]
    last = "," if len(items) == 1 or (items and chance(rng, 0.2)) else ""
    return "(" + ",".join(items) + last + blank(rng, letters) + ")", bool(long)


def described(rng, kind):
    """The element type as a header may spell it, and the text of its refusal."""
    if chance(rng, 0.02):
        wide = pick(rng, ("<c8", "<c16", "|V2", "<U3", "|S4", "<M8[ns]", "<f16", "|O"))
        return wide, "expected real numbers or booleans of at most 64 bits"
    if chance(rng, 0.01):
        return str(np.dtype(kind)), "an unknown element type"
    size = int(kind[1])
    order = pick(rng, "<>|=" if size == 1 else "<><>=")
    return (kind if chance(rng, 0.05) else order + kind), ""


def npy_bytes(rng, traits):
    """A `.npy`: its bytes, the length of its header, the shape, and the text of its refusal."""
    version, rank = int(rng.integers(1, 4)), int(rng.integers(0, 7))
    kind, lengths, fortran = pick(rng, KINDS), shape(rng, rank), chance(rng, 0.5)
    descr, refusal = described(rng, kind)
    dims, long = literal(rng, lengths, version)
    quote = pick(rng, "'\"")
    letters = " " if long else " \t\n"
    items = [("descr", quote + descr + quote), ("fortran_order", str(fortran)), ("shape", dims)]
    rng.shuffle(items)
    pairs = [
        blank(rng, letters) + quote + key + quote + blank(rng, letters) + ":" + blank(rng, letters) + value
        for key, value in items
    ]
    comma = pick(rng, ("", ",", " , "))
    text = "{" + ",".join(pairs) + comma + blank(rng, letters) + "}" + " " * int(rng.integers(0, 70))
    text = (text + pick(rng, ("\n", "\n", ""))).encode()
    width = "<H" if version == 1 else "<I"
    head = b"\x93NUMPY" + bytes((version, 0)) + struct.pack(width, len(text)) + text
    array = values(rng, kind, int(np.prod(lengths))).reshape(lengths)
    if ">" in descr:
        array = array.astype(array.dtype.newbyteorder(">"))
    data = array.tobytes("F" if fortran else "C")
    if refusal.startswith("expected real"):
        data = bytes(64 * max(int(np.prod(lengths)), 1))
    traits += [f"npy {version}.0", f"{kind}{'>' if '>' in descr else ''}", f"rank {rank}"]
    traits += ["Fortran"] * fortran + ["length 0"] * (0 in lengths) + ["Python 2 longs"] * long
    trailing = rng.bytes(int(rng.integers(1, 50))) if chance(rng, 0.03) else b""
    traits += ["trailing bytes"] * bool(trailing)
    return head + data + trailing, len(head), lengths, refusal


def layout_for(rng, table, lengths):
    """A `--layout` for a shape, or none."""
    return pick(rng, table.get(len(lengths), ("",)))


def npy(rng, name):
    """A `.npy`, sometimes gzipped."""
    drawn = Drawn(name, {})
    data, drawn.header, lengths, drawn.refusal = npy_bytes(rng, drawn.traits)
    drawn.layout = layout_for(rng, LAYOUTS, lengths)
    suffix = ".npy"
    if chance(rng, 0.2):
        data, suffix, drawn.header = packed(rng, data), ".npy.gz", 0
        drawn.traits.append("gzip")
    drawn.parts[suffix] = data
    return drawn


class Pipe(io.RawIOBase):
    """A target that cannot seek: zip then writes lengths and checksums after the data."""

    def __init__(self):
        self.bytes = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def npz(rng, name):
    """A `.npz` of one or several arrays, stored or deflated, written to a file or to a pipe."""
    drawn = Drawn(name, {})
    data, _, lengths, drawn.refusal = npy_bytes(rng, drawn.traits)
    drawn.layout = layout_for(rng, LAYOUTS, lengths)
    several, piped = chance(rng, 0.4), chance(rng, 0.3)
    drawn.key = "heatmaps" if several or chance(rng, 0.2) else ""
    entries = [("heatmaps.npy", data)]
    if several:
        entries += [(f"other{i}.npy", npy_bytes(rng, [])[0]) for i in range(int(rng.integers(1, 4)))]
        entries += [("words.txt", b"words")]
        rng.shuffle(entries)
    target = Pipe() if piped else io.BytesIO()
    method = pick(rng, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.comment = rng.bytes(int(rng.integers(0, 20))) if chance(rng, 0.2) else b""
        for entry, contents in entries:
            with archive.open(entry, "w", force_zip64=chance(rng, 0.2)) as place:
                place.write(contents)
    data = bytes(target.bytes) if piped else target.getvalue()
    drawn.traits += ["npz deflated" if method else "npz stored"] + ["npz to a pipe"] * piped
    drawn.traits += ["npz of several"] * several
    suffix = ".npz"
    if chance(rng, 0.05):
        data, suffix = packed(rng, data), ".npz.gz"
        drawn.traits.append("gzip")
    drawn.parts[suffix], drawn.header = data, 0
    return drawn


# --- NIfTI -------------------------------------------------------------------------------------------


def quaternion(rng, traits):
    """b, c, d of a rotation, or of an invalid quaternion."""
    if chance(rng, 0.06):
        traits.append("quaternion too long or not finite")
        return pick(rng, ([0.9, 0.9, 0.9], [1.0, 1e-2, 0], [np.nan, 0, 0], [0, np.inf, 0], [0, 0, -2]))
    turn = rng.standard_normal(4)
    if chance(rng, 0.2):
        turn[0] = 0
        traits.append("half turn")
    turn /= np.linalg.norm(turn)
    turn = -turn if turn[0] < 0 else turn
    # Writers round: a little more than 1 is still a rotation.
    return turn[1:] * (1 + 3e-6 if turn[0] == 0 and chance(rng, 0.3) else 1)


def sizes(rng, traits):
    """pixdim[1..3]."""
    found = np.exp(rng.normal(0, 1, 3))
    if chance(rng, 0.08):
        found[rng.integers(3)] = pick(rng, (0.0, -1.5, -0.5))
        traits.append("voxel size 0 or negative")
    return found


def rows(rng, traits):
    """srow_x, srow_y, srow_z."""
    found = np.hstack([rng.standard_normal((3, 3)), rng.normal(0, 100, (3, 1))])
    if chance(rng, 0.05):
        found[:, 1] = found[:, 0] * 2
        traits.append("singular sform")
    if chance(rng, 0.03):
        found[rng.integers(3), rng.integers(4)] = pick(rng, (np.nan, np.inf, -np.inf))
        traits.append("sform not finite")
    return found


def code(rng, traits):
    """qform_code, sform_code."""
    if chance(rng, 0.06):
        traits.append("undefined form code")
        return pick(rng, (6, -1, 300))
    return int(rng.integers(0, 6))


def scale(rng, raw, traits):
    """scl_slope and scl_inter; the text of the refusal."""
    # Powers of two and small numbers: exact in either version, and far from the ends of f64.
    slope, inter = pick(rng, (1.0, 0.5, -0.25, 3.0, -1.7, 0.001)), pick(rng, (0.0, -1024.0, 0.3))
    kind = pick(
        rng,
        ("none", "zero", "scaled", "scaled", "scaled", "slope", "inter")
        if chance(rng, 0.3)
        else ("none", "scaled"),
    )
    if kind == "none":
        slope, inter = 1.0, 0.0
    elif kind == "zero":
        slope, inter = 0.0, pick(rng, (0.0, 5.0, np.nan))
    elif kind == "slope":
        slope = pick(rng, (np.nan, np.inf, -np.inf))
    elif kind == "inter":
        inter = pick(rng, (np.nan, np.inf, -np.inf))
    raw["scl_slope"], raw["scl_inter"] = slope, inter
    traits.append({"slope": "slope not finite", "zero": "slope 0", "scaled": "scaled"}.get(kind, "unscaled"))
    return "expected a finite scl_inter" if kind == "inter" else ""


def extensions(rng, order):
    """The bytes between the header and the values: the extension flag and the extensions."""
    if not chance(rng, 0.3):
        return bytes(4)
    parts = []
    for _ in range(int(rng.integers(1, 3))):
        length = 16 * int(rng.integers(1, 6))
        # Only comments and unknown kinds: nibabel parses the others.
        parts.append(struct.pack(order + "ii", length, pick(rng, (6, 44))) + b"x" * (length - 8))
    return b"\1\0\0\0" + b"".join(parts)


def place(rng, raw, single, gap, least):
    """vox_offset; the bytes between header and values, and the text of the refusal."""
    if chance(rng, 0.03):
        wrong = [-16.0, 100.0 if single else -1.0]
        # NIfTI-2 stores an integer here.
        wrong += [np.nan, np.inf, least + 16.5] if raw["vox_offset"].dtype.kind == "f" else []
        raw["vox_offset"] = pick(rng, wrong)
        return gap, "expected vox_offset 0 or a whole number"
    if not single:
        raw["vox_offset"] = pick(rng, (0, 0, 16, 352, 7))
        return bytes(int(raw["vox_offset"])), ""
    if gap == bytes(4) and chance(rng, 0.1):
        raw["vox_offset"] = 0
        return gap, ""
    gap += bytes(pick(rng, (0, 0, 0, 16, 3, 160)) if gap == bytes(4) else 0)
    raw["vox_offset"] = least - 4 + len(gap)
    return gap, ""


def spoil(rng, raw):
    """In a few files, a defect that is documented to be refused, and the text of the refusal."""
    if not chance(rng, 0.06):
        return ""
    which = rng.integers(3)
    if which == 0:
        raw["dim"][0] = pick(rng, (0, 8, -1))
        return "expected 1 to 7 axes"
    if which == 1:
        raw["dim"][1 + rng.integers(int(raw["dim"][0]))] = pick(rng, (0, -1, -5))
        return "expected a length of at least 1"
    raw["datatype"] = pick(rng, (32, 128, 1536, 1792, 2304, 1, 0, 77))
    return "expected real numbers of at most 64 bits"


def nifti(rng, name):
    """A NIfTI of either version and byte order, a single file or a pair, sometimes gzipped."""
    drawn = Drawn(name, {})
    two, order, single = chance(rng, 0.5), pick(rng, "<>"), chance(rng, 0.7)
    klass = Nifti2Header if two else Nifti1Header
    raw = klass(endianness=order).structarr
    rank = int(pick(rng, (1, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7)))
    lengths = list(shape(rng, rank, least=1))
    if rank >= 5 and chance(rng, 0.5):
        lengths[3] = 1
    if rank >= 6 and chance(rng, 0.7):
        lengths[5:] = [1] * (rank - 5)
    kind = pick(rng, tuple(CODES))
    raw["dim"] = [rank, *lengths, *rng.integers(-2, 3, 7 - rank)]
    raw["datatype"], raw["bitpix"] = CODES[kind], 8 * int(kind[1])
    if chance(rng, 0.03):
        raw["bitpix"] = pick(rng, [bits for bits in (8, 16, 32, 64, 0, -8) if bits != raw["bitpix"]])
        drawn.traits.append("bitpix of another type")
    sign = pick(rng, (1, -1, 1, -1, 0, 2.5, -0.9999))
    raw["pixdim"] = [sign, *sizes(rng, drawn.traits), *rng.standard_normal(4)]
    raw["qform_code"], raw["sform_code"] = code(rng, drawn.traits), code(rng, drawn.traits)
    for key, number in zip(("quatern_b", "quatern_c", "quatern_d"), quaternion(rng, drawn.traits)):
        raw[key] = number
    for key in ("qoffset_x", "qoffset_y", "qoffset_z"):
        raw[key] = rng.normal(0, 100)
    for key, row in zip(("srow_x", "srow_y", "srow_z"), rows(rng, drawn.traits)):
        raw[key] = row
    units = pick(rng, (0, 1, 2, 2, 2, 3))
    raw["xyzt_units"] = units | pick(rng, (0, 8, 16, 24, 32))
    drawn.traits += ["metres or microns"] * (units in (1, 3))
    raw["intent_code"] = pick(rng, (0, 0, 2, 1007, 1001))
    raw["descrip"], raw["aux_file"] = rng.bytes(60), rng.bytes(20)
    raw["cal_max"], raw["toffset"] = rng.standard_normal(2)
    refusals = [scale(rng, raw, drawn.traits)]
    gap = extensions(rng, order)
    drawn.traits += ["extensions"] * (gap != bytes(4))
    drawn.header = klass.template_dtype.itemsize + (len(gap) if single else 0)
    between, wrong = place(rng, raw, single, gap, 544 if two else 352)
    refusals += [wrong, spoil(rng, raw)]
    raw["magic"] = {(0, 1): b"n+1", (0, 0): b"ni1", (1, 1): b"n+2", (1, 0): b"ni2"}[int(two), int(single)]
    # The program names the first defect that it finds; any of them is a refusal.
    drawn.refusal = "|".join(text for text in refusals if text)
    data = values(rng, kind, int(np.prod(lengths))).astype(order + kind).tobytes()
    trailing = rng.bytes(int(rng.integers(1, 50))) if chance(rng, 0.03) else b""
    drawn.layout = layout_for(rng, NIFTI_LAYOUTS, lengths)
    drawn.affine = pick(rng, ("sform", "qform", "pixdim")) if chance(rng, 0.3) else ""
    drawn.traits += [
        f"nifti-{1 + two} {'single' if single else 'pair'} {'big' if order == '>' else 'little'}"
    ]
    drawn.traits += [kind, f"rank {rank}"] + ["trailing bytes"] * bool(trailing)
    split(rng, drawn, raw.tobytes(), (gap, between, data + trailing), single)
    return drawn


def split(rng, drawn, head, parts, single):
    """Puts the bytes into one or two files, each sometimes gzipped."""
    gap, between, data = parts
    files = {".nii": head + between + data} if single else {".hdr": head + gap, ".img": between + data}
    for suffix, contents in files.items():
        is_packed = chance(rng, 0.3)
        drawn.parts[suffix + ".gz" * is_packed] = packed(rng, contents) if is_packed else contents
    if any(suffix.endswith(".gz") for suffix in drawn.parts):
        drawn.traits.append("gzip")
    if next(iter(drawn.parts)).endswith(".gz"):
        drawn.header = 0
