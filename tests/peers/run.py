"""Compares the release binary with its peers on new random inputs; exits with 1 if a promise is broken.

    bash tests/peers/run.sh [--seed S] [--cases N] [--headers N] [--large] [--only NAME,...]

Peers: a float64 textbook (oracle.py), NumPy, nibabel, SciPy, and PyTorch if it is installed
(PEERS_TORCH_PYTHON names a Python that has it; PEERS_REQUIRE_TORCH=1 makes its absence an error).
SOFTARGMAX_BIN names the binary, by default target/release/softargmax. Each section prints one line.
"""

import argparse
import json
import secrets
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TESTDATA = HERE.parent.parent / "testdata"
sys.path[:0] = [str(HERE), str(TESTDATA)]

import argmax  # noqa: E402
import averages  # noqa: E402
import calibration  # noqa: E402
import components  # noqa: E402
import encode  # noqa: E402
import evaluation  # noqa: E402
import guides  # noqa: E402
import hard_maps  # noqa: E402
import headers  # noqa: E402
import hints  # noqa: E402
import near  # noqa: E402
import nibabel_files  # noqa: E402
import peaks  # noqa: E402
import program  # noqa: E402
import random_maps  # noqa: E402
import regions  # noqa: E402
import report  # noqa: E402
import schemas  # noqa: E402
import snippet  # noqa: E402
import volumes  # noqa: E402
import whole  # noqa: E402


def golden():
    """The cases of testdata."""
    return json.loads((TESTDATA / "golden" / "expected.json").read_text())["cases"]


#: Suites by name: functions of (random generator, scratch folder, arguments) that yield sections.
SUITES = {
    "golden": lambda rng, folder, args: random_maps.run_golden(TESTDATA / "golden", golden()),
    "random": lambda rng, folder, args: random_maps.run(rng, folder, args.cases),
    "hard": lambda rng, folder, args: hard_maps.run(rng, folder, args.large),
    "module": lambda rng, folder, args: snippet.run(rng, folder, max(args.cases // 10, 2)),
    "argmax": lambda rng, folder, args: argmax.run(rng, folder, args.cases),
    "nibabel": lambda rng, folder, args: nibabel_files.run(),
    "headers": lambda rng, folder, args: headers.run(rng, folder, args.headers),
    "near": lambda rng, folder, args: near.run(rng, folder, args.cases),
    "whole": lambda rng, folder, args: whole.run(rng, folder, args.cases),
    "peaks": lambda rng, folder, args: peaks.run(rng, folder, args.cases),
    "hints": lambda rng, folder, args: hints.run(folder),
    "encode": lambda rng, folder, args: encode.run(rng, folder, args.cases),
    "eval": lambda rng, folder, args: evaluation.run(rng, folder, args.cases),
    "calibrate": lambda rng, folder, args: calibration.run(rng, folder, args.cases),
    "components": lambda rng, folder, args: components.run(rng, folder, args.cases),
    "regions": lambda rng, folder, args: regions.run(rng, folder, args.cases),
    "schemas": lambda rng, folder, args: schemas.run(folder),
    "volumes": lambda rng, folder, args: volumes.run(rng, folder, args.cases),
    "average": lambda rng, folder, args: averages.run(rng, folder, args.cases),
    "guides": lambda rng, folder, args: guides.sections(),
    "report": lambda rng, folder, args: report.run(rng, folder),
}


def parse():
    """The arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**32), help="default: drawn, and printed"
    )
    parser.add_argument("--cases", type=int, default=500, help="random inputs (default: 500)")
    parser.add_argument(
        "--headers", type=int, default=1000, help="random files of each format (default: 1000)"
    )
    parser.add_argument(
        "--large", action="store_true", help="hard maps at 512 cubed too: 0.6 GB of disk, minutes"
    )
    parser.add_argument("--only", default=",".join(SUITES), help="some of: %(default)s")
    args = parser.parse_args()
    args.only = args.only.split(",")
    if unknown := set(args.only) - set(SUITES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return args


def main():
    """Runs the suites and returns the exit status."""
    args = parse()
    if not program.BINARY.exists():
        sys.exit(f"no binary at {program.BINARY}: run `cargo build --release`, or set SOFTARGMAX_BIN")
    print(f"peers: seed {args.seed}, {args.cases} cases", flush=True)
    wrong = 0
    for name in args.only:
        rng = np.random.default_rng([args.seed, list(SUITES).index(name)])
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for section in SUITES[name](rng, Path(folder), args):
                print(section.line(), flush=True)
                wrong += len(section.wrong)
    print(f"peers: {wrong} violations" if wrong else "peers: every promise held")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
