"""Makes every file of testdata/golden, so that anyone can see what they hold and make them again.

    python testdata/make.py            # write all files in place
    python testdata/make.py --check    # make them elsewhere; fail if they differ from what is here

Needs Python 3.11, numpy 2.2.6 and nibabel 5.3.2. Deterministic: fixed seeds, values on a coarse grid so
that no rounding of this machine's `exp` shows, no time stamps. `--check` compares every byte; compressed
files may also differ in how deflate packed them, never in what they hold.
"""

import argparse
import gzip
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import nibabel
import numpy as np
from numpy.lib import format as npy

import answers

HERE = Path(__file__).resolve().parent
LPS = np.array([[-1.5, 0, 0, 20.0], [0, -1.25, 0, 30.5], [0, 0, 2.0, -10.0], [0, 0, 0, 1]])
NIFTI_DTYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")
NORMS = ("corners", "centers", "unit", "unit-corners", "unit-centers")
NPY_DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


# --- places in the world -----------------------------------------------------------------------------


def rotation(a, b, c, d):
    """The rotation of a quaternion that need not have length one."""
    rows = [
        [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
        [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
        [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ]
    return np.array(rows) / (a * a + b * b + c * c + d * d)


def placed(rotation, spacing, origin):
    """The affine of a grid: turned, spaced in mm, with voxel 0 at `origin`."""
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = rotation * spacing, origin
    return affine


OBLIQUE = placed(rotation(12, -1, 2, 2), [0.9, 1.1, 2.5], [-31.5, 12.25, 40.0])


# --- values ------------------------------------------------------------------------------------------


def on_grid(values, step=1 / 64):
    """Values rounded to multiples of `step`."""
    return np.round(values / step) * step


def noise(rng, shape, amplitude):
    """Triangular noise in (-amplitude, amplitude): sums of uniform numbers, exact on every machine."""
    return (rng.random(shape) - rng.random(shape)) * amplitude


def peak(lengths, centre, sigma, height):
    """One Gaussian over (h, w, d)."""
    grid = np.meshgrid(*map(np.arange, lengths), indexing="ij")
    square = sum((axis - at) ** 2 for axis, at in zip(grid, centre))
    return height * np.exp(-square / (2 * sigma**2))


def peaks(seed, n, c, lengths, sigma=2.0, height=20.0, amplitude=0.5):
    """Noisy Gaussian heatmaps (n, c, h, w, d), each with its peak somewhere inside."""
    rng = np.random.default_rng(seed)
    margin = np.minimum(np.array(lengths) / 4, 2 * sigma)
    maps = np.empty((n, c, *lengths))
    for index in np.ndindex(n, c):
        centre = margin + rng.random(3) * (np.array(lengths) - 1 - 2 * margin)
        maps[index] = peak(lengths, centre, sigma, height) + noise(rng, lengths, amplitude)
    return on_grid(maps)


def logits(seed, shape, amplitude):
    """Noise without a peak, as from an untrained network."""
    return on_grid(noise(np.random.default_rng(seed), shape, amplitude), 1 / 1024)


def as_dtype(values, dtype):
    """Values in [-1, 21), scaled to the range of an integer type (up to 2^20), or unchanged."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return values.astype(kind)
    if kind.kind == "b":
        return values > 10
    low, high = max(np.iinfo(kind).min, -(2**20)), min(np.iinfo(kind).max, 2**20)
    return np.floor(low + (values + 1) / 22 * (high - low)).astype(kind)


def temperature_for(dtype):
    """A temperature at which the softmax of `as_dtype` heatmaps is neither flat nor a single voxel."""
    kind = np.dtype(dtype)
    if kind.kind in "fb":
        return "2" if kind.kind == "f" else "0.3"
    return str((min(np.iinfo(kind).max, 2**20) - max(np.iinfo(kind).min, -(2**20))) // 10)


# --- containers --------------------------------------------------------------------------------------


def npy_bytes(array, version=(1, 0)):
    """An array as a .npy file of the given header version."""
    out = io.BytesIO()
    npy.write_array(out, array, version=version)
    return out.getvalue()


def packed(raw):
    """Bytes as one gzip member without a time stamp."""
    return gzip.compress(raw, compresslevel=9, mtime=0)


def npz_bytes(arrays, method):
    """Named arrays as a .npz file without time stamps."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = method
            archive.writestr(entry, npy_bytes(array))
    return out.getvalue()


def header(kind, shape, dtype, endian="<", sform=None, qform=None, units="mm", scaling=None):
    """A NIfTI header made field by field. nibabel fills in the magic, bitpix and the qform's quaternion."""
    head = kind(endianness=endian)
    head.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
    head.set_data_shape(shape)
    head.set_xyzt_units(units)
    for matrix, place in ((qform, head.set_qform), (sform, head.set_sform)):
        if matrix is not None:
            place(matrix, code="scanner")
    if scaling is not None:
        head["scl_slope"], head["scl_inter"] = scaling
    return head


def stored_bytes(head, values):
    """Voxels in the header's dtype and byte order, first index fastest."""
    return values.astype(head.get_data_dtype()).tobytes(order="F")


def nifti_bytes(values, kind=nibabel.Nifti1Header, offset=None, extension=b"", **fields):
    """A single-file NIfTI: header, extension flag, extension, padding to `offset`, voxels."""
    head = header(kind, values.shape, fields.pop("dtype", values.dtype), **fields.pop("head", {}), **fields)
    flag = bytes([1 if extension else 0, 0, 0, 0])
    front = int(head["sizeof_hdr"]) + 4 + len(extension)
    head["vox_offset"] = offset or front
    return head.binaryblock + flag + extension + bytes((offset or front) - front) + stored_bytes(head, values)


def hwdc(maps):
    """One sample of (n, c, h, w, d) as NIfTI keeps it: (h, w, d, c)."""
    return np.moveaxis(maps[0], 0, -1)


# --- the collection ----------------------------------------------------------------------------------


class Collection:
    """Writes files into a folder and keeps the cases that use them."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = []

    def add(self, file, content, *args_of_cases):
        """A file, and for each list of arguments (one without any, if none is given) a case."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        for args in args_of_cases or ([],):
            self.cases.append((file, list(args)))

    def add_companion(self, file, content):
        """A file that no case decodes."""
        (self.folder / file).write_bytes(content)


def add_oblique(collection):
    """The README's demonstration: a noisy, anisotropic, oblique volume with five named landmarks."""
    maps = hwdc(peaks(1, 1, 5, (24, 20, 16))).astype("<f4")
    names = "sella,dorsum_sellae,left_clinoid,right_clinoid,basilar_tip".replace(",", "\n") + "\n"
    collection.add_companion("oblique.labels.txt", names.encode())
    collection.add(
        "oblique.nii.gz",
        packed(nifti_bytes(maps, sform=OBLIQUE, qform=OBLIQUE)),
        [],
        ["--labels", "oblique.labels.txt"],
        ["--temperature", "0.25"],
        ["--temperature", "4"],
        ["--beta", "2.5"],
        ["--method", "hard"],
        ["--affine", "qform"],
        ["--affine", "pixdim"],
        ["--frame", "lps"],
        ["--order", "whd"],
        ["--order", "dhw", "--frame", "lps", "--norm", "unit"],
        ["--channels", "1-2,4", "--label-names", names.strip().replace("\n", ",")],
        ["--threshold", "19"],
    )


def add_nifti_variants(collection):
    """Headers of every legal kind around small heatmaps."""
    maps = hwdc(peaks(2, 1, 2, (9, 8, 7), sigma=1.5))
    f4, f8 = maps.astype("<f4"), maps.astype("<f8")
    pixdim_only = np.diag([1.5, 2.0, 2.5, 1.0])
    extension = nibabel.nifti1.Nifti1Extension("comment", b"made for a test")
    block = io.BytesIO()
    extension.write_to(block, False)
    collection.add("lps.nii", nifti_bytes(f4, sform=LPS))
    collection.add("second.nii", nifti_bytes(f8, kind=nibabel.Nifti2Header, sform=OBLIQUE))
    collection.add("second_big_endian.nii", nifti_bytes(f4, kind=nibabel.Nifti2Header, endian=">", sform=LPS))
    collection.add("big_endian.nii", nifti_bytes(f4, endian=">", sform=OBLIQUE))
    collection.add("qform_only.nii", nifti_bytes(f4, qform=OBLIQUE), [], ["--affine", "pixdim"])
    collection.add("no_affine.nii", nifti_bytes(f4), [])
    collection.add("pixdim.nii", with_pixdim(f4, pixdim_only), ["--affine", "pixdim"])
    collection.add("metres.nii", nifti_bytes(f4, sform=scaled(OBLIQUE, 1e-3), units="meter"))
    collection.add("microns.nii", nifti_bytes(f4, sform=scaled(OBLIQUE, 1e3), units="micron"))
    collection.add("unknown_units.nii", nifti_bytes(f4, sform=OBLIQUE, units="unknown"))
    collection.add("extension.nii", nifti_bytes(f4, extension=block.getvalue(), sform=LPS))
    collection.add("late_offset.nii", nifti_bytes(f4, offset=512, sform=LPS))
    collection.add("trailing.nii", nifti_bytes(f4, sform=LPS) + b"more than the header says")
    collection.add("zero_padding.nii.gz", packed(nifti_bytes(f4, sform=LPS)) + bytes(512))


def scaled(affine, factor):
    """An affine in another unit."""
    return np.vstack([affine[:3] * factor, affine[3]])


def with_pixdim(values, affine):
    """A NIfTI with voxel sizes and neither sform nor qform."""
    raw = bytearray(nifti_bytes(values))
    head = nibabel.Nifti1Header(bytes(raw[:348]))
    head["pixdim"][1:4] = np.diag(affine)[:3]
    return head.binaryblock + bytes(raw[348:])


def add_nifti_shapes(collection):
    """Ranks other than four."""
    maps = peaks(3, 2, 3, (6, 7, 5), sigma=1.2)
    vector = nifti_bytes(hwdc(maps)[:, :, :, None, :].astype("<f4"), sform=OBLIQUE)
    head = nibabel.Nifti1Header(vector[:348])
    head["intent_code"] = 1007
    collection.add("vector.nii.gz", packed(head.binaryblock + vector[348:]))
    samples = maps.transpose(2, 3, 4, 0, 1).astype("<f4")
    collection.add(
        "samples.nii", nifti_bytes(samples, sform=LPS), ["--layout", "HWDNC"], ["--layout", "HWDCN"]
    )
    collection.add("single.nii", nifti_bytes(maps[0, 0].astype("<f4"), sform=LPS))
    collection.add("planar.nii", nifti_bytes(maps[0, 0, :, :, 0].astype("<f4"), sform=LPS))
    collection.add("unit_tail.nii", nifti_bytes(hwdc(maps)[..., None, None].astype("<f4"), sform=LPS))


def add_nifti_dtypes(collection):
    """Every voxel type, with and without scaling."""
    maps = hwdc(peaks(4, 1, 2, (6, 5, 4), sigma=1.2))
    for dtype in NIFTI_DTYPES:
        values = as_dtype(maps, f"<{dtype}")
        name, args = f"nifti/{dtype}.nii", ["--temperature", temperature_for(dtype)]
        collection.add(name, nifti_bytes(values, sform=LPS), args)
    i16, u8, f4 = (as_dtype(maps, f"<{dtype}") for dtype in ("i2", "u1", "f4"))
    collection.add(
        "scaled_i16.nii", nifti_bytes(i16, sform=LPS, scaling=(0.000375, -3.25)), [], ["--threshold", "8.9"]
    )
    collection.add(
        "negative_slope_u8.nii",
        nifti_bytes(255 - u8, sform=LPS, scaling=(-0.125, 24.0)),
        ["--temperature", "2"],
    )
    collection.add("scaled_f64.nii", nifti_bytes(maps.astype("<f8"), sform=LPS, scaling=(0.3, 100.0)))
    collection.add("scaled_i32.nii", nifti_bytes(as_dtype(maps, "<i4"), sform=LPS, scaling=(1e-5, 5.0)))
    collection.add("slope_zero.nii", nifti_bytes(f4, sform=LPS, scaling=(0.0, 5.0)))
    collection.add("slope_nan.nii", nifti_bytes(f4, sform=LPS, scaling=(np.nan, 5.0)))


def add_pair(collection):
    """A .hdr and .img pair, plain and compressed."""
    maps = hwdc(peaks(5, 1, 2, (8, 7, 6), sigma=1.5)).astype("<f4")
    head = header(nibabel.nifti1.Nifti1PairHeader, maps.shape, "<f4", sform=OBLIQUE)
    for name, wrap in (("pair{}", bytes), ("packed_pair{}.gz", packed)):
        collection.add_companion(name.format(".img"), wrap(stored_bytes(head, maps)))
        collection.add(name.format(".hdr"), wrap(head.binaryblock + bytes(4)))


def add_npy_dtypes(collection):
    """Every element type, byte order and memory order."""
    maps = peaks(6, 1, 2, (5, 4, 3), sigma=1.2)
    for dtype in NPY_DTYPES:
        args = ["--temperature", temperature_for(dtype)]
        for order, suffix in (("<", "le"), (">", "be"))[: 1 if dtype[1:] == "1" else 2]:
            values = as_dtype(maps, order + dtype)
            collection.add(f"npy/{dtype}_{suffix}_c.npy", npy_bytes(values), args)
            collection.add(f"npy/{dtype}_{suffix}_fortran.npy", npy_bytes(np.asfortranarray(values)), args)
    collection.add("npy/i8_beyond_f64.npy", npy_bytes(beyond_f64()), ["--temperature", "1e10"])


def beyond_f64():
    """Two int64 values that differ by one and are the same float64: only exact comparison finds the first."""
    values = np.zeros((5, 4, 3), dtype="<i8")
    values[1, 2, 0], values[3, 1, 2] = 2**53, 2**53 + 1
    return values


def add_npy_layouts(collection):
    """Header versions, and arrays of one to three samples in the layouts that people use."""
    maps = peaks(7, 2, 3, (8, 7, 5), sigma=1.3).astype("<f4")
    for major in (1, 2, 3):
        collection.add(f"npy/version{major}.npy", npy_bytes(maps[:1, :1], (major, 0)))
    for layout in ("NCHWD", "NCDHW", "NHWDC", "CNWDH"):
        moved = np.ascontiguousarray(maps.transpose(["NCHWD".index(axis) for axis in layout]))
        collection.add(f"npy/{layout.lower()}.npy", npy_bytes(moved), ["--layout", layout])
    for layout in ("CHWD", "CDWH", "HWDC"):
        moved = np.ascontiguousarray(maps[1].transpose(["CHWD".index(axis) for axis in layout]))
        collection.add(f"npy/{layout.lower()}.npy", npy_bytes(moved), ["--layout", layout])
    collection.add("npy/nchw.npy", npy_bytes(np.ascontiguousarray(maps[..., 2])), ["--layout", "NCHW"])
    collection.add("npy/hwd.npy", npy_bytes(maps[0, 0]), [], *([["--norm", norm] for norm in NORMS]))
    collection.add("npy/hw.npy", npy_bytes(np.ascontiguousarray(maps[0, 0, :, :, 2])), [])
    collection.add("npy/unit_tail.npy", npy_bytes(maps[..., None, None]), [])
    collection.add("npy/trailing.npy", npy_bytes(maps[0, 0]) + b"and more", [])


def add_npy_world(collection):
    """Arrays decoded with the affine of a reference."""
    maps = peaks(8, 1, 2, (9, 8, 7), sigma=1.5).astype("<f4")
    collection.add(
        "npy/borrowing.npy",
        npy_bytes(maps),
        ["--spacing", "1.5,2,0.75"],
        ["--layout", "NCHWD", "--reference", "lps.nii"],
        ["--layout", "NCHWD", "--reference", "oblique_reference.nii", "--frame", "lps"],
    )
    shell = nifti_bytes(np.zeros((9, 8, 7), "u1"), sform=OBLIQUE)
    collection.add_companion("oblique_reference.nii", shell)


def add_compressed_npy(collection):
    """.npz and .npy.gz in their variants."""
    maps = peaks(9, 1, 3, (8, 6, 7), sigma=1.3).astype("<f4")
    raw = npy_bytes(maps)
    other = np.arange(4, dtype="<i8")
    nnunet = {"probabilities": on_grid(np.clip(maps[0], 0, 20) / 20, 1 / 256).astype("<f4"), "other": other}
    collection.add("npz/stored.npz", npz_bytes({"heatmaps": maps}, zipfile.ZIP_STORED))
    collection.add("npz/deflated.npz", npz_bytes({"heatmaps": maps}, zipfile.ZIP_DEFLATED))
    nnunet_args = ["--key", "probabilities", "--layout", "CDWH", "--temperature", "0.05"]
    collection.add("npz/nnunet.npz", npz_bytes(nnunet, zipfile.ZIP_DEFLATED), nnunet_args)
    collection.add("npy/plain.npy.gz", packed(raw))
    collection.add(
        "npy/members.npy.gz", packed(raw[:50]) + packed(raw[50:1999]) + packed(b"") + packed(raw[1999:])
    )
    collection.add("npy/padded.npy.gz", packed(raw) + bytes(1000))


def add_temperatures(collection):
    """Logits without a peak over a volume with three different odd axes, from sharp to flat."""
    values = logits(10, (1, 2, 33, 17, 9), 8.0)
    sweep = [["--temperature", t] for t in ("0.02", "0.1", "0.5", "1", "3", "20", "1000")]
    collection.add("npy/logits_f4.npy", npy_bytes(values.astype("<f4")), *sweep, ["--beta", "0.7"])
    collection.add("npy/logits_f8.npy", npy_bytes(values[:, :1].astype("<f8")), *sweep, ["--beta", "0.7"])


def add_extremes(collection):
    """The ends of the number range: the largest and smallest steps of each float type at suitable
    temperatures."""
    steps = np.arange(60).reshape(5, 4, 3) * 7 % 13
    collection.add(
        "npy/tiny_f4.npy", npy_bytes((steps * 2.0**-149).astype("<f4")), ["--temperature", "2e-45"]
    )
    collection.add("npy/tiny_f8.npy", npy_bytes(steps * 2.0**-1025), ["--temperature", "1e-308"])
    wide = ((steps / 6 - 1) * 3e38).astype("<f4")
    collection.add("npy/huge_f4.npy", npy_bytes(wide), [], ["--temperature", "1e38"])
    collection.add("npy/huge_f8.npy", npy_bytes((steps / 6 - 1) * 8e307), [], ["--temperature", "1e307"])


def status_maps():
    """One heatmap (4, 3, 5) for each kind of unusual heatmap; README.md lists them."""
    nan, inf = np.nan, np.inf
    maps = peaks(11, 1, 14, (4, 3, 5), sigma=1.0, height=6.0)[0]
    maps[1, 2, 1, 3] = nan
    maps[2, 1, 0, 2] = inf
    maps[3] = -inf
    maps[4, :, :, :2] = -inf
    maps[5] = 2.5
    maps[6] = 0.0
    maps[6, 1, 2, 3] = maps[6, 3, 0, 1] = maps[6, 2, 2, 2] = 9.0
    maps[7] = -inf
    maps[7, 0, 0, 0] = nan
    maps[8] = nan
    maps[9] = -4.0
    maps[9, :2] = -inf
    maps[10] -= 40.0
    maps[11] = 0.0
    maps[11, ::2] = -0.0
    maps[12, 0, 0, 0], maps[12, 3, 2, 4] = nan, inf
    maps[13] = -inf
    maps[13, 2, 1, 4] = 7.0
    return maps[None]


def add_statuses(collection):
    """Every status, as f4 and f8."""
    cases = [
        [],
        ["--ignore-nan"],
        ["--threshold", "3"],
        ["--ignore-nan", "--threshold", "3"],
        ["--temperature", "1e-30"],
    ]
    for dtype in ("f4", "f8"):
        collection.add(f"npy/statuses_{dtype}.npy", npy_bytes(status_maps().astype(f"<{dtype}")), *cases)


def add_degenerate(collection):
    """Axes of length one and zero."""
    for shape in ((2, 3, 1, 1, 1), (1, 2, 1, 7, 1), (1, 2, 6, 1, 5), (1, 1, 1, 1, 300), (1, 2, 300, 1, 1)):
        name = "x".join(map(str, shape))
        collection.add(f"npy/unit_{name}.npy", npy_bytes(logits(12, shape, 4.0).astype("<f4")))
    for shape in ((1, 2, 0, 4, 3), (2, 1, 4, 3, 0), (0, 2, 3, 3, 3), (1, 0, 3, 3, 3)):
        name = "x".join(map(str, shape))
        collection.add(f"npy/zero_{name}.npy", npy_bytes(np.zeros(shape, "<f4")))


# --- writing and checking ----------------------------------------------------------------------------


def write_expected(path, cases):
    """expected.json with one landmark a line."""
    lines = []
    for case in cases:
        rows = case.pop("rows")
        front = json.dumps(case, allow_nan=False)[:-1]
        body = ",\n".join("    " + json.dumps(answers.settled(row), allow_nan=False) for row in rows)
        lines.append(f'  {front}, "rows": [\n{body}\n  ]}}')
    path.write_text('{"cases": [\n' + ",\n".join(lines) + "\n]}\n")


def make(folder):
    """All files and their answers, into a folder."""
    collection = Collection(folder)
    for add in (
        add_oblique,
        add_nifti_variants,
        add_nifti_shapes,
        add_nifti_dtypes,
        add_pair,
        add_npy_dtypes,
        add_npy_layouts,
        add_npy_world,
        add_compressed_npy,
        add_temperatures,
        add_extremes,
        add_statuses,
        add_degenerate,
    ):
        add(collection)
    cases = [answers.case(folder, file, args) for file, args in collection.cases]
    write_expected(folder / "expected.json", cases)
    return len(cases)


def contents(path):
    """The content of a file after decompression."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(raw)
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]
    return raw


def check(kept, made):
    """Names of files that are missing, unexpected or different."""
    names = {path.relative_to(root) for root in (kept, made) for path in root.rglob("*") if path.is_file()}
    same = lambda name: (
        (kept / name).read_bytes() == (made / name).read_bytes()
        or (contents(kept / name) == contents(made / name))
    )
    both = lambda name: (kept / name).is_file() and (made / name).is_file()
    return sorted(str(name) for name in names if not (both(name) and same(name)))


def main():
    """Makes the files, or checks them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    golden = HERE / "golden"
    if not parser.parse_args().check:
        print(f"{make(golden)} cases written")
        return
    with tempfile.TemporaryDirectory() as folder:
        count = make(Path(folder))
        different = check(golden, Path(folder))
    if different:
        sys.exit("differs from what make.py makes: " + ", ".join(different))
    print(f"{count} cases, every file as make.py makes it")


if __name__ == "__main__":
    main()
