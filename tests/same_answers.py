#!/usr/bin/env python3
"""Compares the answers of two binaries, or of two SIMD levels of one binary, byte for byte.

    python3 tests/same_answers.py OLD NEW [--simd LEVEL] [--list]

The set of runs is fixed: every golden file by every method, layouts, spaces, options and output formats,
`argmax` and `info`. Exit status, standard output, and the bytes of every output file must be equal. Words may
change from one version to the next, answers may not: so the texts of errors and warnings are removed from
JSON and NDJSON, and for standard error the script compares only whether there was any. `--simd` runs NEW with
SOFTARGMAX_SIMD=LEVEL and OLD with its best level. Needs only Python 3.9.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "testdata" / "golden"
METHODS = [
    "soft", "hard", "mean", "debias", "local", "parabola", "quarter", "newton", "dark", "gaussian",
    "component",
]  # fmt: skip
VARIANTS = [
    "mean:activation=none", "mean:activation=sigmoid", "mean:activation=power,alpha=3", "debias:background=0",
    "local:radius=2,shape=ball", "local:radius=3,weights=values", "local:radius=5mm", "parabola:space=raw",
    "newton:space=raw", "dark:sigma=1", "gaussian:radius=3,sigma=1.5", "gaussian:radius=6",
    "component:threshold=r:0.5,min=1,connectivity=6",
]  # fmt: skip
FORMATS = ["csv", "tsv", "json", "ndjson"]
EVERY = ["--max-failures", "999", "--fail-on", "none"]
WORDS = {"error", "warnings", "reason", "hint", "simd"}


def runs() -> list[list[str]]:
    """Every run as a list of arguments, in a fixed order; `OUT` stands for an empty directory."""
    volumes = ["oblique.nii.gz", "lps.nii", "negative_slope_u8.nii", "scaled_i16.nii", "nifti"]
    arrays = ["npy", "npz"]
    made = [["decode", ".", "--method", method, *EVERY] for method in METHODS + VARIANTS]
    for method in METHODS:
        for form in FORMATS:
            spread = ["--compare", "--stats", "--coords", "normalized,voxel,world", "--format", form]
            made.append(["decode", *volumes, "--method", method, *spread, *EVERY])
        for layout in ["CHWD", "CDWH", "NCHW", "HWDC"]:
            made.append(
                ["decode", *arrays, "--layout", layout, "--method", method, "--coords", "voxel", *EVERY]
            )
        made.append(
            ["decode", "oblique.nii.gz", "--method", method, "--coords", "world", "-o", "OUT/out.npy"]
        )
    for variant in VARIANTS:
        made.append(
            ["decode", *volumes, "--method", variant, "--compare", "--stats", "--format", "json", *EVERY]
        )
    made += [["decode", *volumes, *options, *EVERY] for options in OPTIONS]
    made += [["decode", ".", *options, *EVERY] for options in DIRECTORY_OPTIONS]
    for dim in ["0", "-1", "1"]:
        for keep in [[], ["--keepdim"]]:
            made.append(["argmax", "npy/chwd.npy", "--dim", dim, *keep, "-o", "OUT/out.npy"])
            made.append(
                ["argmax", "npy/f8_be_fortran.npy", "--dim", dim, *keep, "--soft", "-o", "OUT/out.npy"]
            )
    made += [["argmax", name] for name in ["npy/chwd.npy", "npy/i8_be_c.npy", "npy/statuses_f4.npy"]]
    for name in sorted(
        path.relative_to(GOLDEN).as_posix() for path in GOLDEN.glob("**/*.n*") if path.is_file()
    ):
        made.append(["info", name, "--range", "--format", "json"])
    return made


OPTIONS = [
    ["--norm", norm, "--order", order]
    for norm, order in [
        ("corners", "hwd"),
        ("centers", "whd"),
        ("unit", "dwh"),
        ("unit-corners", "dhw"),
        ("unit-centers", "wdh"),
    ]
] + [
    ["--temperature", "0.02", "--coords", "voxel", "--stats"],
    ["--temperature", "1e-300", "--coords", "voxel"],
    ["--temperature", "1e300", "--coords", "voxel", "--stats"],
    ["--beta", "10", "--coords", "world", "--frame", "lps", "--stats"],
    ["--peaks", "3", "--coords", "voxel", "--compare"],
    ["--peaks", "4", "--min-distance", "2", "--threshold", "r:0.1", "--coords", "voxel", "--stats"],
    ["--peaks", "2", "--min-distance", "4mm", "--coords", "world", "--method", "gaussian", "--format=json"],
    ["--threshold", "5", "--coords", "voxel", "--format", "json"],
    ["--ignore-nan", "--coords", "voxel", "--compare"],
    ["--channels", "0", "--coords", "voxel", "--digits", "3"],
    ["--channels", "0-1,1", "--coords", "voxel", "--digits", "0"],
    ["--affine", "pixdim", "--coords", "world"],
    ["--affine", "qform", "--coords", "world"],
    ["--stride", "4", "--crop-origin", "1,2,3", "--coords", "voxel,world"],
    ["--method", "local", "--radius", "3", "--coords", "voxel"],
    ["--threads", "1", "--coords", "voxel", "--stats"],
    ["--threads", "7", "--coords", "voxel", "--stats"],
]  # fmt: skip
DIRECTORY_OPTIONS = [
    ["--output-dir", "OUT/landmarks", "--coords", "voxel,normalized", "--format", "csv"],
    ["--output-dir", "OUT/landmarks", "--coords", "world", "--format", "json", "--stats", "--compare"],
    ["--output-dir", "OUT/landmarks", "--coords", "voxel", "--format", "npy"],
    ["-o", "OUT/out.ndjson", "--coords", "voxel", "--stats", "--ignore-nan"],
    ["-o", "OUT/out.tsv", "--coords", "voxel", "--method", "gaussian", "--compare"],
    ["--ignore-nan", "--stats", "--coords", "voxel", "--format", "json"],
    ["--threshold", "0.5", "--coords", "voxel", "--format", "ndjson"],
]


def without_words(text: bytes) -> bytes:
    """JSON or NDJSON without the texts for people; numbers keep their digits. Other formats are unchanged."""
    if not text.startswith(b"{"):
        return text
    try:
        documents = [json.loads(text, parse_float=str)]
    except json.JSONDecodeError:
        documents = [json.loads(line, parse_float=str) for line in text.splitlines()]
    return b"\n".join(json.dumps(strip(document)).encode() for document in documents)


def strip(tree: object) -> object:
    """`tree` with every value of `WORDS` replaced by whether there is one."""
    if isinstance(tree, dict):
        return {key: bool(inner) if key in WORDS else strip(inner) for key, inner in tree.items()}
    return [strip(inner) for inner in tree] if isinstance(tree, list) else tree


def answers(binary: str, arguments: list[str], simd: str | None) -> dict[str, object]:
    """The result of one run: exit status, standard output, whether it wrote to standard error, and its
    files."""
    environment = {**os.environ, **({"SOFTARGMAX_SIMD": simd} if simd else {})}
    with tempfile.TemporaryDirectory() as directory:
        line = [binary, *(argument.replace("OUT", directory) for argument in arguments)]
        done = subprocess.run(line, cwd=GOLDEN, env=environment, capture_output=True, check=False)
        files = sorted(path for path in Path(directory).rglob("*") if path.is_file())
        kept = {
            str(path.relative_to(directory)): without_words(path.read_bytes())
            for path in files
            if not path.name.startswith(".")
        }
    said = without_words(done.stdout.replace(directory.encode(), b"OUT"))
    return {"exit status": done.returncode, "output": said, "messages": bool(done.stderr), "files": kept}


def main() -> int:
    """Runs everything twice and prints what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--simd", help="run NEW with this SIMD level")
    parser.add_argument("--list", action="store_true", help="print the runs and stop")
    arguments = parser.parse_args()
    old, new = (os.path.abspath(path) for path in (arguments.old, arguments.new))
    all_runs = runs()
    if arguments.list:
        print("\n".join(" ".join(run) for run in all_runs))
        return 0
    different, size = 0, 0
    for run in all_runs:
        before, after = answers(old, run, None), answers(new, run, arguments.simd)
        size += len(before["output"]) + sum(map(len, before["files"].values()))
        parts = [part for part in before if before[part] != after[part]]
        if parts:
            different += 1
            print(f"{' '.join(run)}: {', '.join(parts)}")
    print(f"{len(all_runs)} runs, {size:,} bytes of answers: {different} differ")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
