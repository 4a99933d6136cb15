"""Compares the release binary with published decoders on new random inputs; exits with 1 if a statement is
wrong.

    tests/peers/published.sh [--seed S] [--cases N] [--only NAME,...] [--require]

The script reports each decoder that is not installed, and why. With --require that is an error. Each section
prints one line.
"""

import argparse
import secrets
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import program
from published import dsntnn, kornia, landmarker, mmpose, older_kornia, older_sleap, sleap

SUITES = {
    "dsntnn": dsntnn,
    "kornia": kornia,
    "older-kornia": older_kornia,
    "landmarker": landmarker,
    "mmpose": mmpose,
    "sleap": sleap,
    "older-sleap": older_sleap,
}
#: With this many random inputs each comparison has cases.
LEAST = 100
#: Where published.sh keeps pip's message about a decoder that it could not install.
REASONS = Path(sys.prefix) / "not-installed"


def parse():
    """The arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**32), help="default: drawn, and printed"
    )
    parser.add_argument(
        "--cases", type=int, default=200, help="random inputs for each comparison (default: 200)"
    )
    parser.add_argument("--only", default=",".join(SUITES), help="some of: %(default)s")
    parser.add_argument("--require", action="store_true", help="a decoder that is not installed is an error")
    args = parser.parse_args()
    args.only = args.only.split(",")
    if unknown := set(args.only) - set(SUITES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return args


def why(name, error):
    """pip's message, or else Python's."""
    reason = REASONS / name
    return reason.read_text().strip() if reason.exists() else str(error)


def main():
    """Runs the suites and returns the exit status."""
    args = parse()
    if not program.BINARY.exists():
        sys.exit(f"no binary at {program.BINARY}: run `cargo build --release`, or set SOFTARGMAX_BIN")
    print(f"published decoders: seed {args.seed}, {args.cases} cases", flush=True)
    wrong, absent, compared = 0, [], 0
    for name in args.only:
        rng, suite = np.random.default_rng([args.seed, list(SUITES).index(name)]), SUITES[name]
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for section in suite.run(rng, Path(folder), args.cases):
                    # A comparison without cases proves nothing.
                    if section.cases == 0 and args.cases >= LEAST:
                        section.wrong.append("nothing was compared")
                    print(section.line(), flush=True)
                    wrong += len(section.wrong)
                    compared += section.cases
            except ImportError as error:
                absent.append(name)
                print(f"{name}: not installed: {why(name, error)}", flush=True)
    if absent:
        print(f"published decoders: not installed: {', '.join(absent)}")
    wrong += len(absent) if args.require else 0
    verdict = f"{wrong} violations" if wrong else "every statement held"
    print(f"published decoders: {compared} comparisons, {verdict}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
