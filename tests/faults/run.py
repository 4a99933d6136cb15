#!/usr/bin/env python3
"""Breaks runs of softargmax in every way that a night on a cluster can, and checks the result against the
promises.

    python3 tests/faults/run.py            # the short form, for every change
    python3 tests/faults/run.py --long     # the long form, by hand
    python3 tests/faults/run.py --require  # a fault that cannot be injected here is a failure

Needs Linux, Python 3.9 or later, and strace. strace injects faults into system calls, so they do not depend
on luck; only the moments of kill -9 are random (seeded). After each fault:

- every output is absent, or unchanged, or byte for byte that of an undisturbed run;
- no temporary file is left, unless the process was killed: then --resume deletes it;
- the exit status is the documented one, and --resume gives the bytes of an undisturbed run.
"""

import argparse
import array
import gzip
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SOFTARGMAX", str(ROOT / "target/release/softargmax"))
RECORD = ".softargmax-resume"
NOT_DONE = "NOT DONE: "

# --- inputs and runs
# --------------------------------------------------------------------------------------------


def npy(path, shape, values):
    """Writes an .npy of f4, from the description of the format."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust(
        (len(header) + 10) // 64 * 64 + 63 - 10 + (64 if (len(header) + 10) % 64 == 63 else 0)
    )
    header = header[: (len(header) + 10) // 64 * 64 + 63 - 10] + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values)


def inputs(folder, count, seed=0, shape=(1, 2, 6, 7, 5)):
    """`count` small files in a few folders; their heatmaps are noise with a peak."""
    rng = random.Random(seed)
    size = 1
    for length in shape:
        size *= length
    for i in range(count):
        values = array.array("f", (rng.random() for _ in range(size)))
        values[rng.randrange(size)] = 20.0
        npy(folder / f"{i % 7}" / f"{i:06}.npy", shape, values.tobytes())


def command(*args):
    return [PROGRAM, "decode", *map(str, args), "--coords", "voxel", "--fail-on", "none"]


def run(*args, prefix=(), **kwargs):
    """Runs to the end, within ten minutes, and returns exit status and standard error."""
    return subprocess.run(
        [*prefix, *command(*args)], stdin=subprocess.DEVNULL, capture_output=True, timeout=600, **kwargs
    )


def injected(syscalls, fault, when, *args, log, also=""):
    """A run with a fault in the `when`-th system call of a thread; returns whether the run got that far. The
    log also has the calls named by `also`."""
    rule = f"inject={syscalls}:{fault}:when={when}"
    prefix = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={syscalls},{also}".strip(","), "-e", rule]
    ran = run(*args, prefix=prefix)
    text = log.read_text(errors="replace")
    return ran, "(INJECTED)" in text or "killed by SIGKILL" in text


def tree(folder):
    """The files below a folder except the record, with their bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != RECORD
    }


def outputs(folder):
    """As `tree`, without temporary files."""
    return {name: data for name, data in tree(folder).items() if not name.endswith(".tmp")}


def check(holds, *told):
    if not holds:
        sys.exit("FAILED: " + " ".join(map(str, told)))


class Scene:
    """A folder with inputs and the outputs of an undisturbed run."""

    def __init__(self, folder, count, **kwargs):
        self.folder = folder
        inputs(folder / "in", count, **kwargs)
        ran = run(folder / "in", "--output-dir", folder / "good")
        check(ran.returncode == 0, ran.stderr)
        self.good = tree(folder / "good")
        check(len(self.good) == count, len(self.good))
        ran = run(folder / "in", "-o", folder / "good.csv")
        check(ran.returncode == 0, ran.stderr)
        self.table = (folder / "good.csv").read_bytes()
        self.out = folder / "out"

    def fresh(self):
        shutil.rmtree(self.out, ignore_errors=True)
        (self.folder / "one.csv").write_bytes(b"old\n")
        (self.folder / ".one.csv.softargmax-resume").unlink(missing_ok=True)

    def batch(self, *args):
        return (self.folder / "in", "--output-dir", self.out, *args)

    def targets(self):
        """A directory of outputs, a table, and a table that goes on."""
        one = (self.folder / "in", "-o", self.folder / "one.csv")
        return self.batch("--threads", "1"), one, (*one, "--resume", "--threads", "1")

    def whole_or_absent(self, what):
        for name, data in outputs(self.out).items() if self.out.exists() else ():
            check(self.good.get(name) == data, what, name, "is not what an undisturbed run makes")

    def resumed(self, what):
        ran = run(*self.batch("--resume"))
        check(ran.returncode == 0, what, ran.returncode, ran.stderr)
        check(tree(self.out) == self.good, what, "--resume ends with other bytes, or leaves something behind")
        # No output is made twice: each was recorded at most as often as runs were interrupted.
        ran = run(*self.batch("--resume"))
        check(f"{len(self.good)} done before".encode() in ran.stderr, what, ran.stderr)

    def continued(self, what):
        """As `resumed`, for the table."""
        one = self.folder / "one.csv"
        for said in (b"", f"{len(self.good)} done before".encode()):
            ran = run(self.folder / "in", "-o", one, "--resume")
            check(ran.returncode == 0, what, ran.returncode, ran.stderr)
            check(one.read_bytes() == self.table, what, "the table goes on with other bytes")
            check(said in ran.stderr, what, ran.stderr)
        check(not list(self.folder.glob(".one.csv.*.tmp")), what, "a temporary file is left")


# --- faults
# -----------------------------------------------------------------------------------------------------


def kill_at_any_time(folder, cycles, files, seed):
    """kill -9 at random moments of a batch, and --resume after each, until the batch is done; again and
    again."""
    scene = Scene(folder, files)
    rng = random.Random(seed)
    start = time.monotonic()
    check(run(*scene.batch()).returncode == 0)
    lasts = time.monotonic() - start
    kills = series = empty = 0
    while kills < cycles:
        scene.fresh()
        series += 1
        # How many runs of a batch are killed before one may end, so that kills come early and late.
        for _ in range(rng.randint(1, 6)):
            child = subprocess.Popen(
                command(*scene.batch("--resume")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(rng.random() * lasts * 0.5)
            child.send_signal(signal.SIGKILL)
            if child.wait() == -signal.SIGKILL:
                kills += 1
                empty += not scene.out.exists() or not outputs(scene.out)
            scene.whole_or_absent("kill -9:")
        scene.resumed("kill -9:")
    batches = f"{series} batches of {files} files"
    return f"{kills} kills in {batches} ({empty} before the first output); a run takes {lasts:.2f} s"


WRITE_PATH = [
    "openat",
    "write",
    "fsync",
    "rename,renameat,renameat2",
    "fchmod",
    "mkdir,mkdirat",
    "flock",
    "close",
]


def kill_at_each_call(folder, most):
    """kill -9 at the n-th system call of each kind, for n from 1 to the last call or `most`."""
    scene = Scene(folder, 3)
    count = 0
    for syscalls in WRITE_PATH:
        before = count
        for when in range(1, most + 1):
            for target in scene.targets():
                scene.fresh()
                ran, came = injected(syscalls, "signal=KILL", when, *target, log=folder / "log")
                what = f"kill -9 at {syscalls} {when}:"
                if came:
                    check(ran.returncode in (-9, 137), what, ran.returncode)
                    count += 1
                one = (scene.folder / "one.csv").read_bytes()
                check(one in (b"old\n", scene.table), what, "the file is neither the old one nor the new one")
                scene.whole_or_absent(what)
                scene.resumed(what)
                scene.continued(what)
                for left in scene.folder.glob(".softargmax-*.tmp"):
                    left.unlink()
        check(count > before, "no run was killed at", syscalls)
    return f"{count} kills"


ERRORS = [
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("write", "EDQUOT"),
    ("fsync", "EIO"),
    ("fsync", "ENOSPC"),
    ("rename,renameat,renameat2", "EIO"),
    ("rename,renameat,renameat2", "ENOSPC"),
]


def write_errors(folder, most):
    """An error at the n-th call of the write path: exit 4, what stood there before intact, nothing left
    behind."""
    scene = Scene(folder, 3)
    count = 0
    for syscalls, error in ERRORS:
        before = count
        for when in range(1, most + 1):
            for target in scene.targets():
                scene.fresh()
                one = scene.folder / "one.csv"
                ran, came = injected(syscalls, f"error={error}", when, *target, "-q", log=folder / "log")
                if not came:
                    continue
                count += 1
                what = f"{error} at {syscalls} {when} with {' '.join(map(str, target[1:]))}:"
                if ran.returncode == 0:
                    # The fault hit a call that changes nothing, such as waking a thread. Then all outputs
                    # must exist.
                    check(one.read_bytes() == scene.table or tree(scene.out) == scene.good, what)
                else:
                    check(ran.returncode == 4, what, ran.returncode, ran.stderr)
                    check(b"error: failed to " in ran.stderr, what, ran.stderr)
                # The directory is synced after the rename: the new file is then in place, and whole.
                check(one.read_bytes() in (b"old\n", scene.table), what, "the old file is gone")
                check(not list(scene.folder.rglob("*.tmp")), what, "a temporary file is left")
                scene.whole_or_absent(what)
                scene.resumed(what)
                scene.continued(what)
        check(count > before, error, "never came at", syscalls)
    return f"{count} errors"


def full_disk(folder):
    """A real file system of 256 KiB that fills up; needs permission to mount it."""
    scene = Scene(folder, 200)
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        return NOT_DONE + "no right to mount a file system"
    try:
        for target in (("-o", small / "one.csv"), ("--output-dir", small / "out")):
            (small / "one.csv").write_bytes(b"old\n")
            filler = small / "filler"
            filler.write_bytes(b"x" * (256 * 1024 - 24 * 1024))
            ran = run(folder / "in", *target)
            check(ran.returncode == 4, "full disk:", ran.returncode, ran.stderr[-500:])
            check(b"no space left on device" in ran.stderr, ran.stderr[-500:])
            check((small / "one.csv").read_bytes() == b"old\n", "full disk: the old file is gone")
            check(not list(small.rglob("*.tmp")), "full disk: a temporary file is left")
            filler.unlink()
        for name, data in outputs(small / "out").items():
            check(scene.good[name] == data, "full disk:", name)
        done = len(outputs(small / "out"))
        check(done > 0, "full disk: no output came before it was full")
        (small / "one.csv").unlink()
        ran = run(folder / "in", "--output-dir", small / "out", "--resume")
        # 200 files of a page each do not fit: the disk is full again, with more files.
        check(ran.returncode in (0, 4), ran.stderr[-500:])
        check(len(outputs(small / "out")) >= done, "full disk: outputs are lost")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    return f"exit 4, old file intact, {done} outputs whole"


def read_errors(folder, most):
    """EIO while inputs are read: these are unreadable, and no other input loses a row."""
    scene = Scene(folder, 20)
    rows = scene.table.splitlines()
    count = 0
    for syscalls in ("pread64", "read"):
        for when in range(1, most + 1):
            ran, came = injected(
                syscalls, "error=EIO", when, folder / "in", "--threads", "1", log=folder / "log"
            )
            found = ran.stdout.splitlines()
            lost = [row for row in found if b",unreadable," in row]
            if not came or ran.returncode == 0 or not found:
                # `read` also reads the files of the system, before any input.
                check(ran.returncode in (0, 127) or not found, ran.stderr)
                continue
            what = f"EIO at {syscalls} {when}:"
            check(ran.returncode == 3, what, ran.returncode)
            check(b"Input/output error" in ran.stderr, what, ran.stderr)
            kept = [row for row in rows if row in found]
            check(len(lost) >= 1 and len(kept) == len(rows) - 2 * len(lost), what, "a row is lost")
            count += 1
    check(count >= 5, "no read error came")
    return f"{count} errors, each one input unreadable"


def listing_errors(folder, most):
    """An error in the middle of a directory's listing: the directory is unreadable, and nothing outside it
    loses a row."""
    scene = Scene(folder, 20)
    rows = scene.table.splitlines()
    count = early = 0
    for error, text in (("EIO", b"Input/output error"), ("ESTALE", b"Stale file handle")):
        before = count
        for when in range(1, most + 1):
            ran, came = injected(
                "getdents64", f"error={error}", when, folder / "in", "--threads", "1", log=folder / "log"
            )
            if not came:
                check(ran.stdout == scene.table, "undisturbed:", ran.stderr)
                break
            count += 1
            what = f"{error} at getdents64 {when}:"
            check(ran.returncode == 3, what, ran.returncode, ran.stderr)
            check(b"failed to list the directory to its end: " + text in ran.stderr, what, ran.stderr)
            found = ran.stdout.splitlines()
            lost = [row for row in found if b",unreadable," in row]
            check(len(lost) == 1 and text in lost[0], what, lost)
            directory = lost[0].split(b",")[0]
            check(Path(os.fsdecode(directory)).is_dir(), what, directory)
            kept = [row for row in found if row not in lost]
            outside = [row for row in rows if not row.startswith(directory + b"/")]
            check([row for row in rows if row in kept] == kept, what, "a row is another")
            check(not set(outside) - set(kept), what, "a row outside the directory is lost")
            early += len(kept) < len(rows)
        check(count > before, error, "never came")
    check(early >= 2, "no listing failed before its end")
    # With an output for each input, that of the directory bears its name.
    ran, _ = injected("getdents64", "error=EIO", 1, *scene.batch(), log=folder / "log")
    check(ran.returncode == 3 and list(outputs(scene.out)) == ["in.csv"], ran.stderr, outputs(scene.out))
    check(run(*scene.batch("--resume")).returncode == 0, "--resume after a listing that failed")
    found = outputs(scene.out)
    check(found.pop("in.csv") and found == scene.good, "--resume after a listing that failed")
    return f"{count} errors, each one directory unreadable"


def opening_errors(folder, most):
    """An error when a file is opened or asked what it is: inputs or directories are unreadable, and nothing
    outside them loses a row."""
    scene = Scene(folder, 20)
    rows = scene.table.splitlines()
    count = early = 0
    faults = [("openat", error) for error in ("EIO", "EMFILE", "ENOMEM")]
    faults += [("statx", error) for error in ("EIO", "ESTALE")]
    for syscall, error in faults:
        before = count
        for when in range(1, most + 1):
            args = (folder / "in", "--threads", "1")
            ran, came = injected(syscall, f"error={error}", when, *args, log=folder / "log")
            if not came:
                check(ran.stdout == scene.table, "undisturbed:", ran.stderr)
                break
            what = f"{error} at {syscall} {when}:"
            check(ran.returncode in (0, 3, 127), what, ran.returncode, ran.stderr)
            if ran.returncode == 127:
                # The program itself could not be loaded.
                check(not ran.stdout, what, ran.stdout)
                early += 1
                continue
            count += 1
            found = ran.stdout.splitlines()
            lost = [row.split(b",")[0] for row in found if b",unreadable," in row]
            # Calls are counted for each thread: that which lists the directories and that which decodes.
            check((ran.returncode == 3) <= len(lost) <= 2 * (ran.returncode == 3), what, lost)
            kept = [row for row in found if b",unreadable," not in row]
            within = [row for row in rows if any(row.startswith((name + b",", name + b"/")) for name in lost)]
            check([row for row in rows if row in kept] == kept, what, "a row is another")
            check(not set(rows) - set(kept) - set(within), what, "a row is lost")
        check(count > before, error, "never came at", syscall)
    return f"{count} errors, each at most two inputs unreadable; {early} before the program was loaded"


def memory_errors(folder, most):
    """No memory at one call for more: an input may be unreadable for that, and no run is broken off."""
    Scene(folder, 20)
    # Some ask for much: many landmarks, and what is compressed.
    npy(folder / "in/9.npy", (1, 1 << 13, 1, 1, 1), bytes(4 << 13))
    (folder / "in/9.npy.gz").write_bytes(gzip.compress((folder / "in/9.npy").read_bytes()))
    names = [str(path).encode() for path in sorted((folder / "in").rglob("*.npy*"))]
    count = early = lost = 0
    # The system answers a brk that fails with where the break is; strace can only answer 0.
    for syscall, fault in (("mmap", "error=ENOMEM"), ("brk", "retval=0")):
        for when in range(1, most + 1):
            args = (folder / "in", "--threads", "2", "-q")
            ran, came = injected(syscall, fault, when, *args, log=folder / "log", also="sigaltstack")
            if not came:
                break
            what = f"{fault} at {syscall} {when}:"
            rows = ran.stdout.splitlines()[1:]
            begins = "sigaltstack(" in (folder / "log").read_text(errors="replace")
            if not begins or b"failed to allocate an alternative stack" in ran.stderr:
                # The loader, or the runtime of Rust before the first line of the program or of a thread.
                check(ran.returncode != 0 and not rows, what, ran.returncode, ran.stderr)
                early += 1
                continue
            if ran.returncode == 2:
                check(b"the system refused: " in ran.stderr and not rows, what, ran.stderr)
                early += 1
                continue
            check(ran.returncode in (0, 3), what, ran.returncode, ran.stderr)
            found = {row.split(b",")[0] for row in rows}
            check(found == set(names), what, "an input has no row", set(names) - found)
            count += 1
            lost += ran.returncode == 3
    check(count > 0, "no call for memory failed")
    return f"{count} runs went on, {lost} of them with an unreadable input; {early} could not begin"


def limits(folder):
    """A barely sufficient address space, a full standard output, and a closed one."""
    scene = Scene(folder, 50)

    def little_memory():
        resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))

    ran = run(folder / "in", "--threads", "2", preexec_fn=little_memory)
    check(ran.returncode == 0 and ran.stdout == scene.table, "256 MiB of address space:", ran.stderr)
    for form in ("csv", "json", "ndjson", "npy"):
        with open("/dev/full", "wb") as full:
            ran = subprocess.run(
                command(folder / "in", "--format", form), stdout=full, stderr=subprocess.PIPE
            )
        check(
            ran.returncode == 4 and b"failed to write standard output" in ran.stderr, "/dev/full:", form, ran
        )
        ran = run(folder / "in", "--format", form, "-o", "/dev/full")
        check(ran.returncode == 4, "-o /dev/full:", form, ran)
        reading, writing = os.pipe()
        os.close(reading)
        ran = subprocess.run(command(folder / "in", "--format", form), stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        check(ran.returncode == 0 and b"error" not in ran.stderr, "closed pipe:", form, ran)
    return "256 MiB of address space, /dev/full, closed pipe"


def little_memory(folder, count, seed):
    """Drawn headers that declare many heatmaps, in 400 MB of address space: each has its rows or is
    unreadable, and so does the good input behind it."""
    rng = random.Random(seed)

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))

    refused = decoded = 0
    npy(folder / "good.npy", (1, 1, 1, 1, 3), struct.pack("<3f", 0, 9, 0))
    for number in range(count):
        # Few of those that just fit: writing their rows takes most of the time.
        few, many = rng.choices([(8, 16), (16, 21), (22.1, 26)], (70, 10, 20))[0]
        heatmaps = int(2 ** rng.uniform(few, many))
        voxels = 1 if heatmaps > 1 << 20 else rng.choice([1, 1, 1, 2, 3, 8])
        samples = rng.choice([1, 1, 2, 7])
        shape = [(samples, heatmaps // samples + 1, 1, 1, voxels), (samples, 1, voxels, 1, heatmaps)]
        shape, layout = rng.choice([(shape[0], "NCHWD"), (shape[0], "CNHWD"), (shape[1], "NHWDC")])
        elements = shape[0] * shape[1] * shape[2] * shape[4]
        # Some end early, and some declare more than they are.
        there = rng.choice([elements, elements, elements, rng.randrange(elements)])
        path = folder / f"{number}.npy"
        npy(path, shape, b"")
        head = path.read_bytes().replace(b"<f4", b"|u1")
        path.unlink()
        if rng.random() < 0.8:
            path = path.with_suffix(".npy.gz")
            with gzip.open(path, "wb", compresslevel=1) as out:
                out.write(head)
                for start in range(0, there, 1 << 20):
                    out.write(bytes(min(1 << 20, there - start)))
        else:
            path.write_bytes(head + bytes(min(there, 1 << 21)))
        options = rng.choice(
            [(), ("--stats",), ("--peaks", "3", "--method", "hard"), ("--max-landmarks", "99999999")]
        )
        wanted = ("--layout", layout, "--format", "ndjson", "-o", folder / "out.ndjson")
        ran = run(path, folder / "good.npy", *wanted, *options, preexec_fn=limit)
        what = f"{path.name} {shape} {there} {layout} {options}:"
        check(ran.returncode in (0, 3), what, ran.returncode, ran.stderr[-500:])
        rows = lost = 0
        with open(folder / "out.ndjson", "rb") as lines:
            for line in lines:
                rows += 1
                lost += b'"unreadable"' in line
        peaks = 3 if "--peaks" in options else 1
        check(lost in (0, 1), what, lost, "rows are unreadable")
        last = layout == "NHWDC"
        expected = 1 if lost else shape[0] * shape[4 if last else 1] * peaks
        check(rows == expected + (3 if last else 1) * peaks, what, rows, "rows")
        check(not list(folder.glob("*.tmp")), what, "a temporary file is left")
        refused, decoded = refused + lost, decoded + 1 - lost
        path.unlink()
    check(min(refused, decoded) > 0, "all headers were", "decoded" if decoded else "refused")
    return f"{count} headers of many heatmaps: {decoded} decoded, {refused} unreadable, none lost"


#: Zeros within gzip, to be repeated: members of a file follow one another.
ZEROS = {size: gzip.compress(bytes(size), 9) for size in (1, 1 << 8, 1 << 14, 1 << 20)}


def zeros(count):
    """Members of gzip that hold so many zeros."""
    members = []
    for size in sorted(ZEROS, reverse=True):
        members.append(ZEROS[size] * (count // size))
        count %= size
    return b"".join(members)


def head_of_npy(shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust((len(header) + 10) // 64 * 64 + 117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def head_of_nifti(shape):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<hh", header, 70, 2, 8)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header)


def npz_of(content, more):
    """An archive of one array, deflated, and `more` records of entries that are no arrays."""
    packed = zlib.compressobj(1, zlib.DEFLATED, -15)
    data = packed.compress(content) + packed.flush()
    fields = struct.pack("<HHHHIIIHH", 0, 8, 0, 0x21, zlib.crc32(content), len(data), len(content), 5, 0)
    local = b"PK\x03\x04" + struct.pack("<H", 20) + fields + b"a.npy" + data
    record = b"PK\x01\x02" + struct.pack("<HH", 20, 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0)
    other = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 8) + bytes(16)
    # Names come again and again; of each the last counts.
    block = [other + b"%08x" % number for number in range(min(more, 1 << 12))]
    blocks = b"".join(block) * (more >> 12) + b"".join(block[: more & 0xFFF])
    directory = record + b"a.npy" + blocks
    end = len(local) + len(directory)
    count = more + 1
    end64 = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, len(directory), len(local))
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    last = struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + directory + b"PK\x06\x06" + end64 + locator + b"PK\x05\x06" + last


def drawn_header(rng, folder, number):
    """Writes a file of any format whose header declares many heatmaps; returns its name, and how many
    landmarks it has if it is sound and nothing limits them."""
    few, many = rng.choices([(2, 8), (8, 12), (14, 17), (22.1, 30)], (84, 8, 0.1, 8))[0]
    heatmaps = int(2 ** rng.uniform(few, many))
    voxels = rng.choice([1, 1, 2, 3, 8]) if heatmaps < 1 << 20 else 1
    form = rng.choice([".npy", ".npy.gz", ".npz", ".nii", ".nii.gz"])
    if "nii" in form:
        heatmaps = min(heatmaps, 32767)
        head, shape = head_of_nifti((voxels, 1, 1, heatmaps)), (1, heatmaps, 1, 1, voxels)
    else:
        samples = rng.choice([1, 1, 2, 7])
        shape = (samples, heatmaps // samples + 1, 1, 1, voxels)
        head = head_of_npy(shape)
    elements = shape[0] * shape[1] * voxels
    # Some end early, and of some not even the header is whole. Those that declare most are never all there.
    there = rng.choices([elements, rng.randrange(elements)], (6, 1))[0]
    if rng.random() < 0.03:
        head, there = head[: rng.randrange(len(head))], 0
    path = folder / f"{number:05}{form}"
    if form.endswith(".gz"):
        path.write_bytes(gzip.compress(head, 1) + zeros(min(there, 1 << 23)))
    elif form == ".npz":
        more = rng.choices([0, rng.randrange(1 << 10), rng.randrange(1 << 16)], (400, 20, 1))[0]
        path.write_bytes(npz_of(head + bytes(min(there, 1 << 18)), more))
    else:
        path.write_bytes(head + bytes(min(there, 1 << 18)))
    return str(path).encode(), shape[0] * shape[1]


def many_headers(folder, count, seed):
    """Drawn headers of all formats in 400 MB of address space, many in one run: none is lost."""
    rng = random.Random(seed)

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))

    decoded = unreadable = 0
    for batch in range(0, count, 500):
        here = folder / "in"
        here.mkdir()
        declared = dict(drawn_header(rng, here, number) for number in range(batch, min(batch + 500, count)))
        if batch == 0:
            # Directories for which there is no memory.
            for number, entries in enumerate((1 << 20, 5 << 20)):
                path = here / f"large{number}.npz"
                path.write_bytes(npz_of(head_of_npy((1, 1)) + b"1", entries))
                declared[str(path).encode()] = 1
        options = rng.choice([(), ("--stats",), ("--peaks", "3", "--method", "hard"), ("--uncertainty",)])
        wanted = ("--threads", rng.choice("124"), "-q", "-o", folder / "out.csv", "--max-failures", "999")
        ran = run(here, *wanted, *options, preexec_fn=limit)
        what = f"headers from {batch} on, {options}:"
        check(ran.returncode == 0, what, ran.returncode, ran.stderr[-500:])
        peaks = 3 if "--peaks" in options else 1
        found, bad = {}, set()
        with open(folder / "out.csv", "rb") as lines:
            next(lines)
            for line in lines:
                name = line[: line.index(b",")]
                found[name] = found.get(name, 0) + 1
                if line.startswith(b",,", len(name)):
                    bad.add(name)
        check(found.keys() == declared.keys(), what, "an input has no row", declared.keys() - found.keys())
        for name, rows in found.items():
            check(rows == (1 if name in bad else declared[name] * peaks), what, name, rows, "rows")
        decoded, unreadable = decoded + len(found) - len(bad), unreadable + len(bad)
        check(not list(folder.glob("*.tmp")), what, "a temporary file is left")
        shutil.rmtree(here)
    check(min(decoded, unreadable) > 0, "all headers were", "decoded" if decoded else "unreadable")
    return f"{count} headers of many heatmaps: {decoded} decoded, {unreadable} unreadable, none lost"


def one_among_a_thousand(folder):
    """Some unreadable inputs among a thousand: the others have their rows, in order."""
    scene = Scene(folder, 1000)
    rng = random.Random(1)
    names = sorted((folder / "in").rglob("*.npy"))
    bad = sorted(rng.sample(names, 7))
    for i, path in enumerate(bad):
        data = path.read_bytes()
        path.write_bytes([b"", data[:50], data[:-1], b"no array", data[:9] + b"\xff" + data[10:]][i % 5])
    ran = run(folder / "in")
    check(ran.returncode == 3, ran.returncode)
    expected = []
    lost = {str(path).encode() for path in bad}
    for row in scene.table.splitlines():
        name, _, c = row.split(b",")[:3]
        if name not in lost:
            expected.append(row)
        elif c == b"0":
            expected.append(name + b",,,,,,,unreadable")
    # Behind the status there is only why.
    found = [row.partition(b",unreadable,")[0:2] for row in ran.stdout.splitlines()]
    found = [before + word.rstrip(b",") for before, word in found]
    check(found == expected, "unreadable among a thousand: other rows")
    check(run(folder / "in", "--max-failures", "7").returncode == 0, "--max-failures 7")
    return "7 of 1000 unreadable, 1986 rows in order"


def memory_is_flat(folder, count):
    """Resident memory after the first thousand inputs and at the end of a long list."""
    inputs(folder / "in", 1000)
    names = sorted(str(path) for path in (folder / "in").rglob("*.npy"))
    child = subprocess.Popen(
        command("--files-from", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    check(child.stdout.readline().startswith(b"file,"))

    def resident():
        status = Path(f"/proc/{child.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    seen = []
    start = time.monotonic()
    for _ in range(0, count, 1000):
        child.stdin.write("".join(name + "\n" for name in names).encode())
        child.stdin.flush()
        for _ in range(2 * len(names)):
            check(b",ok," in child.stdout.readline(), "a row is lost")
        seen.append(resident())
    child.stdin.close()
    check(child.wait() == 0)
    seconds = time.monotonic() - start
    check(seen[-1] <= seen[0] + 2048, "memory grows:", seen)
    memory = f"{seen[0]} KiB after 1000, at most {max(seen)} KiB, {seen[-1]} KiB at the end"
    return f"{count} inputs in {seconds:.1f} s: {memory}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="more of each")
    parser.add_argument("--seed", type=int, default=None, help="of the moments of kill -9")
    parser.add_argument("--only", help="one of them")
    parser.add_argument("--require", action="store_true", help="fail if one of them cannot be done here")
    args = parser.parse_args()
    seed = random.randrange(1 << 32) if args.seed is None else args.seed
    long = args.long
    faults = [
        (kill_at_any_time, (100 if long else 12, 400, seed)),
        (kill_at_each_call, (40 if long else 4,)),
        (write_errors, (30 if long else 5,)),
        (full_disk, ()),
        (read_errors, (60 if long else 25,)),
        (listing_errors, (60 if long else 20,)),
        (opening_errors, (200 if long else 60,)),
        (memory_errors, (300 if long else 60,)),
        (limits, ()),
        (many_headers, (10_000, seed)),
        (little_memory, (3000 if long else 300, seed)),
        (one_among_a_thousand, ()),
        (memory_is_flat, (100_000 if long else 5_000,)),
    ]
    traced = (
        shutil.which("strace")
        and not subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode
    )
    traces = (kill_at_each_call, write_errors, read_errors, listing_errors, opening_errors, memory_errors)
    print(f"seed {seed}")
    names = [fault.__name__ for fault, _ in faults]
    check(not args.only or args.only in names, "no fault is named", args.only)
    for fault, arguments in faults:
        if args.only and args.only != fault.__name__:
            continue
        start = time.monotonic()
        if fault in traces and not traced:
            told = NOT_DONE + "strace is not there or may not trace"
        else:
            with tempfile.TemporaryDirectory(prefix="softargmax-faults-") as folder:
                told = fault(Path(folder), *arguments)
        print(f"{fault.__name__}: {told} ({time.monotonic() - start:.0f} s)", flush=True)
        check(not (args.require and told.startswith(NOT_DONE)), fault.__name__, "is required")


if __name__ == "__main__":
    main()
