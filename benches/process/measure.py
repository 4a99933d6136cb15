"""Times whole processes: every round runs each command once, and ratios are taken within a round.

Shared machines drift by tens of per cent in minutes; neighbouring runs drift together. The script prints the
median of the ratios and their range: a wide range is noise of the machine, and then the row proves little.
"""

import argparse
import datetime
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import workloads

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = ["numpy", "numba", "torch", "snippet", "onnxruntime", "dsntnn", "kornia", "landmarker"]


def apart(function, *args):
    """Calls a function in its own process: the peak of a child never counts as less than that of its
    parent."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, args)


def run(command, output=os.devnull):
    """Wall seconds and peak resident MiB of a whole process; at least the MiB of this process."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{command}: exit status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss / 1024


def interleaved(commands, rounds):
    """{name: [(seconds, MiB), ...]}, after one warm-up round."""
    runs = {name: [] for name in commands}
    for i in range(rounds + 1):
        for name, command in commands.items():
            measured = run(command)
            if i:
                runs[name].append(measured)
    return runs


def ratio(runs, name, base):
    """Median, smallest and largest of the ratios of neighbouring runs."""
    ratios = sorted(a[0] / b[0] for a, b in zip(runs[name], runs[base]))
    return statistics.median(ratios), ratios[0], ratios[-1]


def milliseconds(runs, name):
    return 1e3 * statistics.median(seconds for seconds, _ in runs[name])


def show(bar, what, value, limit, unit=""):
    number, low, high = value
    verdict = "met" if number <= limit else "NOT MET"
    print(
        f"{bar:4} {what:58} {number:8.3f}{unit} ({low:.3f}-{high:.3f})  bar {limit:.3f}  {verdict}",
        flush=True,
    )


class Bench:
    def __init__(self, paths, rounds):
        self.paths, self.rounds = paths, rounds
        self.load = os.getloadavg()[0]
        self.python = sys.executable
        self.program = str(ROOT / "target/release/softargmax")
        # A softmax at T = 1 over these maps is diffuse, which is no matter here.
        self.start = [self.program, "decode", "--quiet", "--fail-on", "none"]
        built = sorted(
            (ROOT / "target/release/deps").glob("inflate-*"), key=lambda path: path.stat().st_mtime
        )
        # Absent if only the front page is measured.
        self.inflate = "".join([str(path) for path in built if not path.suffix][-1:])

    def decode(self, name, *options):
        return [*self.start, str(self.paths[name]), *options]

    def peer(self, name, *paths, python=None):
        return [python or self.python, str(ROOT / "benches/process/peers.py"), name, *map(str, paths)]

    def check(self, name):
        """Checks that the timed answers are right, with NumPy in f64."""
        output = ROOT / "target/bench-answer.csv"
        run(self.decode(name, "--coords", "voxel"), str(output))
        rows = [line.split(",")[4:7] for line in output.read_text().splitlines()[1:]]
        worst = np.abs(np.array(rows, "f8") - apart(workloads.expected, self.paths[name])).max()
        print(f"{name}: worst coordinate {worst:.1e} voxel from NumPy in f64")
        assert worst < 1e-5, name

    def plain(self):
        commands = {
            "cat": ["cat", str(self.paths["W1"])],
            "two": self.decode("W1", "--threads", "2"),
            "one": self.decode("W1", "--threads", "1"),
            "stats": self.decode("W1", "--threads", "2", "--stats", "--compare"),
            "hard": self.decode("W1", "--threads", "2", "--method", "hard"),
            "mask": self.decode("W1", "--threads", "2", "--mask", str(self.paths["mask"])),
            "peaks": self.decode("W1", "--threads", "2", "--peaks", "3"),
            "local": self.decode("W1", "--threads", "2", "--method", "local"),
            "W2": self.decode("W2", "--threads", "2"),
            "channels-last": self.decode("channels-last", "--threads", "2", "--layout", "NHWDC"),
            "fortran": self.decode("fortran", "--threads", "2"),
            "f2": self.decode("f2", "--threads", "2"),
            "i2": self.decode("i2", "--threads", "2"),
            "big-endian": self.decode("big-endian", "--threads", "2"),
        }
        runs = interleaved(commands, self.rounds)
        print(
            f"\ncat {milliseconds(runs, 'cat'):.1f} ms, softargmax {milliseconds(runs, 'two'):.1f} ms on W1"
        )
        show("B4", "W1 .npy / cat > /dev/null, two threads", ratio(runs, "two", "cat"), 1.0)
        show("", "  the same, one thread", ratio(runs, "one", "cat"), 2.0)
        show("", "  W2 / cat", ratio(runs, "W2", "cat"), 1.0)
        show("", "  --method hard / --method soft", ratio(runs, "hard", "two"), 1.0)
        show("", "  --mask, a ball of 43 % of the voxels / plain", ratio(runs, "mask", "two"), 2.0)
        show("", "  --peaks 3 / --method local", ratio(runs, "peaks", "local"), 10.0)
        show("B10", "--stats --compare / plain", ratio(runs, "stats", "two"), 1.3)
        show("B11", "channels last / C order", ratio(runs, "channels-last", "two"), 1.5)
        show("B11", "Fortran / C order", ratio(runs, "fortran", "two"), 1.5)
        for name in ["f2", "i2", "big-endian"]:
            show("B12", f"{name} / native f4, per value", ratio(runs, name, "two"), 1.3)
        most = max(
            mib for measured in runs.values() for _, mib in measured[:1] if measured is not runs["cat"]
        )
        show("B8", "peak resident of these, MiB", (most, most, most), 64 + 16)

    def small(self):
        runs = interleaved({"tiny": self.decode("tiny")}, 5 * self.rounds)
        times = sorted(1e3 * seconds for seconds, _ in runs["tiny"])
        show("B9", "start: an 8x8x8 heatmap, ms", (statistics.median(times), times[0], times[-1]), 5)
        seconds, mib = run(self.decode("sparse"))
        show("B8", f"10.7 GB sparse .npy, peak MiB ({seconds:.1f} s)", (mib, mib, mib), 64 + 16)

    def compressed(self):
        batch, large = self.paths["batch"], self.paths["large"]
        decode = self.start
        commands = {
            "zlib-rs": [self.inflate, str(large)],
            "isal": self.peer("inflate", large),
            "one": [*decode, "--threads", "1", str(large)],
            "two": [*decode, "--threads", "2", str(large)],
            "u1": [*decode, "--threads", "2", str(self.paths["large-u1"])],
            "u1 zlib-rs": [self.inflate, str(self.paths["large-u1"])],
        }
        runs = interleaved(commands, self.rounds)
        print(
            f"\none .nii.gz of 134 MB: zlib-rs {milliseconds(runs, 'zlib-rs'):.0f} ms, "
            f"ISA-L {milliseconds(runs, 'isal'):.0f} ms"
        )
        show("B6", "one thread / zlib-rs inflating it alone", ratio(runs, "one", "zlib-rs"), 0.85)
        show("B6", "two threads / ISA-L inflating it alone on one", ratio(runs, "two", "isal"), 0.65)
        show("", "  u1, two threads / zlib-rs inflating it alone", ratio(runs, "u1", "u1 zlib-rs"), 1.0)
        single = max(mib for name in ["one", "two", "u1"] for _, mib in runs[name])
        files = sorted(batch.iterdir())
        commands = {
            "two": [*decode, "--threads", "2", str(batch)],
            "one": [*decode, "--threads", "1", str(batch)],
            "isal": self.peer("inflate", *files),
        }
        runs = interleaved(commands, 3)
        show("B7", "64 .nii.gz, two threads / one", ratio(runs, "two", "one"), 0.55)
        show("B7", "64 .nii.gz / ISA-L inflating them in a pool of two", ratio(runs, "two", "isal"), 0.75)
        mib = max(single, *(mib for name in ["one", "two"] for _, mib in runs[name]))
        show("B8", "peak resident of these, MiB", (mib, mib, mib), 64 + 2 * (8 + 96))

    def peers(self):
        w1 = self.paths["W1"]
        commands = {"softargmax": self.decode("W1"), "cat": ["cat", str(w1)]}
        commands |= {name: self.peer(name, w1) for name in PEERS}
        runs = interleaved(commands, 3)
        print("\nwhole process on W1, from exec to coordinates; error against NumPy in f64")
        truth = apart(workloads.expected, w1)
        for name in commands:
            number, low, high = ratio(runs, name, "softargmax")
            mib, error = max(mib for _, mib in runs[name]), ""
            if name in PEERS:
                output = ROOT / "target/bench-answer.txt"
                run(commands[name], str(output))
                error = f"{np.abs(np.loadtxt(output) - truth).max():.1e} voxel"
            text = f"{milliseconds(runs, name):9.1f} ms {number:8.2f} x ({low:.2f}-{high:.2f}) {mib:7.0f} MiB"
            print(f"{name:12} {text}  {error}", flush=True)
        show("B5", "softargmax / torch", ratio(runs, "softargmax", "torch"), 1 / 60)
        show("B5", "softargmax / numpy", ratio(runs, "softargmax", "numpy"), 1 / 8)

    def front_page(self, torch_python):
        """What the README states, and where it was measured: cat, NumPy and PyTorch beside two threads."""
        w1 = self.paths["W1"]
        commands = {
            "softargmax": self.decode("W1", "--threads", "2"),
            "cat": ["cat", str(w1)],
            "numpy": self.peer("numpy", w1),
            "torch": self.peer("torch", w1, python=torch_python),
        }
        runs = interleaved(commands, self.rounds)
        ratios = {name: ratio(runs, "softargmax", name) for name in commands if name != "softargmax"}
        for name, value in ratios.items():
            show("", f"W1, two threads / {name}", value, 1.0)
        # At least that of this script's own process is counted; so it is asked of another one.
        mib = apart(peak_mib, commands["softargmax"])
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        flags = next(line.split() for line in lines if line.startswith("flags"))
        return {
            "ratios": {name: dict(zip(("median", "low", "high"), value)) for name, value in ratios.items()},
            "mib": mib,
            "rounds": self.rounds,
            "program": subprocess.check_output([self.program, "--version"], text=True).split()[1],
            "numpy": np.__version__,
            "torch": subprocess.check_output(
                [torch_python, "-c", "import torch; print(torch.__version__)"], text=True
            ).strip(),
            "date": datetime.date.today().isoformat(),
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "simd": "AVX-512" if "avx512_vbmi2" in flags else "AVX2" if "avx2" in flags else "none",
            "load_before": self.load,
        }


def peak_mib(command):
    """Peak resident MiB of a command, started by a process that is small itself."""
    code = (
        "import os, sys; pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions="
        "[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]); print(os.wait4(pid, 0)[2].ru_maxrss)"
    )
    printed = subprocess.check_output([sys.executable, "-S", "-c", code, *command], text=True)
    return int(printed) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", nargs="?", type=Path, default=ROOT / "target/bench-data")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--only-compressed", action="store_true", help="the rows about .nii.gz")
    parser.add_argument(
        "--front-page", type=Path, metavar="FILE", help="only what the README states, into FILE"
    )
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch")
    args = parser.parse_args()
    is_front = args.front_page is not None
    bench = Bench(apart(workloads.make, args.directory, is_front), args.rounds)
    if args.front_page:
        bench.check("W1")
        args.front_page.write_text(json.dumps(bench.front_page(args.torch_python), indent=1) + "\n")
        return
    if args.only_compressed:
        bench.compressed()
        return
    for name in ["W1", "W2", "W3a", "W3b"]:
        bench.check(name)
    bench.plain()
    bench.small()
    bench.compressed()
    if not args.without_peers:
        bench.peers()


if __name__ == "__main__":
    main()
