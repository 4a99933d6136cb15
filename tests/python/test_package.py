"""The Python package against the program: the same bits, the same words, the same options.

    python -m pytest tests/python

Needs the installed package, NumPy and pytest; what needs pandas, ml_dtypes, mypy or PyTorch is skipped else.
The program is the one that the package put beside the interpreter.
"""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import softargmax

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sysconfig.get_path("scripts")) / ("softargmax.exe" if os.name == "nt" else "softargmax")
GOLDEN = ROOT / "testdata" / "golden"
DTYPES = [
    "f2",
    "f4",
    "f8",
    "i1",
    "i2",
    "i4",
    "i8",
    "u1",
    "u2",
    "u4",
    "u8",
    "?",
    ">f2",
    ">f4",
    ">f8",
    ">i2",
    ">u8",
]


def drawn(shape, dtype="f4", seed=0):
    """Values of every sign that the type has."""
    values = np.random.default_rng(seed).normal(size=shape) * 20
    kind = np.dtype(dtype).kind
    if kind in "ub":
        values = np.abs(values)
    return (values > 15 if kind == "b" else values).astype(dtype)


def program(*arguments):
    """What the program writes to standard output."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


def same(result, folder, array, *arguments):
    """Holds coordinates and rows against those of the program on the saved array."""
    path = folder / "maps.npy"
    np.save(path, array)
    program("decode", path, "-q", "--coords", "voxel", *arguments, "-o", folder / "out.npy")
    theirs = np.load(folder / "out.npy")
    assert result.voxel.shape == theirs.shape and result.voxel.size > 0
    assert result.voxel.tobytes() == theirs.tobytes()
    lines = program("decode", path, "-q", "--format", "ndjson", *arguments, "--coords", "voxel").splitlines()
    rows = [json.loads(line) for line in lines]
    assert result.status.ravel().tolist() == [row["status"] for row in rows]
    assert [list(flags) for flags in result.flags.ravel()] == [row["flags"] for row in rows]
    assert result.reason.ravel().tolist() == [row["reason"] for row in rows]


@pytest.mark.parametrize("method", ["soft", "auto", "hard", "gaussian"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_has_the_bits_of_the_program(tmp_path, dtype, method):
    array = drawn((2, 3, 9, 8, 7), dtype)
    same(softargmax.decode(array, "NCHWD", method=method), tmp_path, array, "--method", method)


@pytest.mark.parametrize("layout", ["NCHWD", "NCDHW", "NHWDC", "HWDCN", "CNWHD"])
def test_every_layout_has_the_bits_of_the_program(tmp_path, layout):
    array = drawn((4, 5, 6, 7, 8), seed=1)
    same(softargmax.decode(array, layout), tmp_path, array, "--layout", layout)


STRIDES = {
    "plain": lambda a: a,
    "fortran": np.asfortranarray,
    "transposed": lambda a: a.transpose(0, 1, 4, 2, 3),
    "all reversed axes": lambda a: a.T,
    "every second": lambda a: a[:, :, ::2, 1:, ::3],
    "negative": lambda a: a[:, ::-1, ::-1, :, ::-1],
    "negative inner": lambda a: a[..., ::-1],
    "broadcast": lambda a: np.broadcast_to(a[:1, :, :1], a.shape),
    "one value": lambda a: np.broadcast_to(a[0, 0, 0, 0, 0], a.shape),
    "unit axes": lambda a: a[:, :, :, :1, :],
    "a sample": lambda a: a[1:],
    "no sample": lambda a: a[:0],
    "big": lambda a: np.resize(a, (1, 2, 60, 61, 33)).transpose(0, 1, 3, 2, 4),
}


@pytest.mark.parametrize("dtype", ["f4", "i2", ">f8", "u1"])
@pytest.mark.parametrize("name", STRIDES)
def test_every_stride_has_the_bits_of_the_program(tmp_path, name, dtype):
    array = STRIDES[name](drawn((2, 3, 10, 9, 8), dtype, seed=2))
    if array.size == 0:
        assert softargmax.decode(array, "NCHWD").voxel.shape == (0, 3, 3)
    else:
        same(softargmax.decode(array, "NCHWD"), tmp_path, array)


def test_an_array_that_is_read_only_or_unaligned(tmp_path):
    array = drawn((1, 2, 6, 6, 6))
    array.setflags(write=False)
    same(softargmax.decode(array), tmp_path, array)
    shifted = np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view("f4").reshape(array.shape)
    assert not shifted.flags.aligned
    same(softargmax.decode(shifted), tmp_path, array)


def test_nothing_is_copied():
    """256 MiB of one value, of which 4 bytes exist: a copy would be seen in the size of the process."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    array = np.broadcast_to(np.float32(1), (1, 1, 512, 512, 256))
    assert softargmax.decode(array, threads=2).status[0, 0] == "flat"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


OPTIONS = [
    dict(
        method="gaussian",
        uncertainty=True,
        compare=True,
        stats=True,
        spacing=[1, 1, 2.5],
        coords="world,voxel",
    ),
    dict(peaks=2, min_distance=2, order="whd", coords=["normalized", "voxel"], norm="centers"),
    dict(method="local:radius=3", beta=2.0, region=0.5, stride=[2, 2, 4], coords="voxel"),
    dict(threshold=1e9, channels="1-2", coords="voxel", label_names=["a", "b"], frame="lps"),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_rows_are_those_of_the_csv(tmp_path, options):
    pandas = pytest.importorskip("pandas")
    array = drawn((1, 3, 9, 8, 7), seed=3)
    np.save(tmp_path / "maps.npy", array)
    arguments = [a if v is True else f"{a}={v if not isinstance(v, list) else ','.join(map(str, v))}"
                 for k, v in options.items() for a in ["--" + k.replace("_", "-")]]  # fmt: skip
    (tmp_path / "out.csv").write_text(
        program("decode", tmp_path / "maps.npy", "-q", "--layout", "NCHWD", *arguments)
    )
    theirs = pandas.read_csv(tmp_path / "out.csv", float_precision="round_trip").drop(columns="file")
    ours = pandas.DataFrame(softargmax.decode(array, "NCHWD", **options).rows())
    assert list(ours.columns) == list(theirs.columns)
    for name in theirs:
        a, b = ours[name].tolist(), theirs[name].tolist()
        assert all(
            x == y or (pandas.isna(y) and (x in ("", None) or pandas.isna(x))) for x, y in zip(a, b)
        ), name


def test_uncertainty_and_files_and_affines():
    result = softargmax.decode(drawn((2, 3, 9, 9, 9)), uncertainty=True, peaks=2, method="auto")
    assert result.uncertainty["error95_voxel"].shape == result.status.shape == (2, 3, 2)
    assert softargmax.decode(drawn((9, 9))).uncertainty is None
    read = softargmax.read(GOLDEN / "oblique.nii.gz", coords=["voxel", "world"], method="auto")
    theirs = program("decode", GOLDEN / "oblique.nii.gz", "-q", "--coords", "world", "--method", "auto",
                     "--format", "ndjson")  # fmt: skip
    assert read.world.reshape(-1, 3).tolist() == [json.loads(line)["world"] for line in theirs.splitlines()]
    assert read.rows()[0]["file"] == str(GOLDEN / "oblique.nii.gz") and read.affine.shape == (4, 4)
    # By hand: A (h, w, d, 1).
    affine = np.array([[0, -2.0, 0, 5], [1.5, 0, 0, -3], [0, 0, 4.0, 7], [0, 0, 0, 1]])
    result = softargmax.decode(drawn((2, 9, 8, 7)), "CHWD", affine=affine, method="hard")
    expected = result.voxel @ affine[:3, :3].T + affine[:3, 3]
    assert np.array_equal(result.world, expected) and np.array_equal(result.affine, affine)


def test_a_mask_is_an_array_or_a_file(tmp_path):
    array = np.zeros((1, 1, 4, 5, 6), "f4")
    array[0, 0, 1, 1, 1], array[0, 0, 3, 2, 1] = 9, 5
    mask = np.ones((4, 5, 6), bool)
    mask[1, 1, 1] = False
    np.save(tmp_path / "mask.npy", mask)
    for given in (mask, tmp_path / "mask.npy"):
        assert softargmax.decode(array, mask=given, method="hard").voxel.tolist() == [[[3, 2, 1]]]


def test_files_and_directories(tmp_path):
    for name in "ab":
        np.save(tmp_path / f"{name}.npy", drawn((1, 2, 6, 6, 6), seed=ord(name)))
    (tmp_path / "c.npy").write_bytes(b"\x93NUMPY\x01\x00\x04\x00{}  ")
    found = softargmax.decode_files(tmp_path, layout="NCHWD")
    assert [result.file.name for result in found] == ["a.npy", "b.npy", "c.npy"]
    assert [result.error is None for result in found] == [True, True, False]
    assert found[2].status.tolist() == ["unreadable"] and found[2].rows()[0]["status"] == "unreadable"
    with pytest.raises(ValueError):
        found[2].voxel  # noqa: B018
    only = softargmax.decode_files(
        [tmp_path], include="a*", layout="NCHWD", path_regex="(?<name>[a-z])[.]npy"
    )
    assert [result.rows()[0]["name"] for result in only] == ["a"]
    assert softargmax.decode_files([]) == []


def words(kind, match, call):
    with pytest.raises(kind, match=match) as caught:
        call()
    assert "Panic" not in type(caught.value).__name__


def test_errors_have_the_words_of_the_program(tmp_path):
    array = drawn((2, 9, 8, 7))
    decode = softargmax.decode
    # What the program says of the same file.
    np.save(tmp_path / "maps.npy", array)
    done = subprocess.run(
        [PROGRAM, "decode", tmp_path / "maps.npy"], capture_output=True, text=True, check=False
    )
    cause = re.search(r"caused by: (.*)", done.stderr)[1]
    words(ValueError, re.escape(cause), lambda: decode(array))
    words(ValueError, "no usable one", lambda: decode(array, "CHWD", coords="world"))
    words(ValueError, "no usable one", lambda: decode(array, "CHWD").world)
    words(ValueError, "invalid value 'sfot'|sfot", lambda: decode(array, "CHWD", method="sfot"))
    words(ValueError, "temperature", lambda: decode(array, "CHWD", temperature=-1))
    words(TypeError, "'sigma'", lambda: decode(array, "CHWD", sigma=1))
    words(TypeError, "'output'", lambda: softargmax.decode_files(tmp_path, output="a.csv"))
    words(TypeError, "complex64", lambda: decode(array.astype("c8"), "CHWD"))
    words(TypeError, "object", lambda: decode(np.array([[None]]), "HW"))
    words(TypeError, "mask", lambda: decode(np.ma.masked_less(array, 0), "CHWD"))
    words(TypeError, "dtype", lambda: decode("maps.npy"))
    words(ValueError, "layout", lambda: decode(np.float32(1)))
    words(ValueError, "affine", lambda: decode(array, "CHWD", affine=np.zeros((4, 4))))
    words(ValueError, "affine", lambda: decode(array, "CHWD", affine=np.eye(4), spacing=[1, 1, 1]))
    words(ValueError, "stride", lambda: decode(array, "CHWD", affine=np.eye(4), stride=2, coords="world"))
    words(FileNotFoundError, "gone.npy", lambda: softargmax.read(tmp_path / "gone.npy"))
    words(FileNotFoundError, "gone.npy", lambda: decode(array, "CHWD", mask=tmp_path / "gone.npy"))
    words(IsADirectoryError, "directory", lambda: softargmax.read(tmp_path))
    (tmp_path / "text.npy").write_text("hello")
    words(ValueError, "failed to decode", lambda: softargmax.read(tmp_path / "text.npy"))
    if np.longdouble is not np.float64 and np.dtype(np.longdouble).itemsize > 8:
        words(TypeError, "64 bits", lambda: decode(array.astype(np.longdouble), "CHWD"))


def test_bfloat16_is_refused():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    words(TypeError, "bfloat16", lambda: softargmax.decode(drawn((9, 9)).astype(ml_dtypes.bfloat16)))


def test_tensors_are_views():
    torch = pytest.importorskip("torch")
    array = drawn((1, 2, 7, 8, 9))
    for tensor in (torch.from_numpy(array), torch.from_numpy(array).requires_grad_()):
        ours = softargmax.decode(tensor, "NCHWD").voxel
        assert ours.tobytes() == softargmax.decode(array, "NCHWD").voxel.tobytes()
    flipped = torch.from_numpy(array).permute(0, 1, 4, 2, 3)
    assert softargmax.decode(flipped, "NCDHW").voxel == pytest.approx(ours, abs=1e-4)
    assert softargmax._view(torch.from_numpy(array)).ctypes.data == array.ctypes.data


def test_the_array_interface_and_the_buffer_protocol():
    array = drawn((6, 7))

    class Lent:
        __array_interface__ = array.__array_interface__

    buffer = (ctypes.c_float * 42).from_buffer(array.copy())
    expected = softargmax.decode(array).voxel.tobytes()
    assert softargmax.decode(Lent()).voxel.tobytes() == expected
    assert softargmax.decode(memoryview(buffer).cast("B").cast("f", [6, 7])).voxel.tobytes() == expected


def test_the_gil_is_released():
    array = drawn((4, 4, 64, 64, 64))
    ticks, done = [0], threading.Event()

    def count():
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    time.sleep(0.01)
    before = ticks[0]
    for _ in range(3):
        softargmax.decode(array, method="auto", threads=1)
    counted = ticks[0] - before
    done.set()
    thread.join()
    assert counted > 10, counted


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_an_interrupt_is_answered(tmp_path):
    np.save(tmp_path / "maps.npy", drawn((1, 2, 32, 32, 32)))
    code = (
        "import softargmax, sys; print('ready', flush=True)\n"
        "softargmax.decode_files([sys.argv[1]] * 200000, threads=1)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "maps.npy"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "ready\n"
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in error and child.returncode != 0


def test_every_option_of_the_program_is_one_here_or_has_no_meaning():
    described = set(re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", program("decode", "--help"), re.MULTILINE))
    # What is written where, and what is said while it runs: results are returned, and raise.
    elsewhere = {
        *(
            "output",
            "format",
            "output-dir",
            "resume",
            "fail-on",
            "dry-run",
            "files-from",
            "null",
            "stack",
            "root",
            "png",
        ),
        *("line-per", "digits", "max-failures", "quiet", "verbose", "progress", "help"),
    }
    assert described == {name.replace("_", "-") for name in softargmax.OPTIONS} | elsewhere


def test_the_stub_and_the_module_agree(tmp_path):
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "softargmax"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (Path(softargmax.__file__).parent / "py.typed").exists()


def test_the_program_is_no_script():
    """The binary itself is on the PATH, of the same version."""
    assert PROGRAM.read_bytes()[:2] != b"#!"
    assert program("--version").split()[1] == softargmax.__version__


@pytest.mark.parametrize("page", ["python.md", "pytorch.md"])
def test_the_pages_run(page, tmp_path, monkeypatch):
    """Every block of Python runs, in the order of the page. Those of pytorch.md need PyTorch."""
    text = (ROOT / "docs" / page).read_text()
    if page == "pytorch.md":
        pytest.importorskip("torch")
        text = text[text.index("## From Python") :]
        text = text[: text.index("\n## ", 4)]
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    (tmp_path / "scans").mkdir()
    np.save(tmp_path / "scans" / "a.npy", drawn((1, 2, 8, 8, 8)))
    (tmp_path / "oblique.nii.gz").write_bytes((GOLDEN / "oblique.nii.gz").read_bytes())
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("pandas")
    names = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
