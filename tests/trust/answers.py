"""What a softargmax answers for the maps of `maps.py`, one row for each map and method: kind, number, method,
h, w, d, status, flags, error95."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

#: The methods of the tables, and their options.
METHODS = {
    "soft T 1": ["soft"],
    "soft T 0.1": ["soft", "--temperature", "0.1"],
    "soft T 0.05": ["soft", "--temperature", "0.05"],
    "mean": ["mean"],
    "debias T 0.05": ["debias", "--temperature", "0.05"],
    "local T 1": ["local"],
    "local beta 10": ["local:beta=10"],
    "local values": ["local:weights=values"],
    "gaussian": ["gaussian"],
    "dark": ["dark"],
    "parabola": ["parabola"],
    "parabola raw": ["parabola:space=raw"],
    "newton": ["newton"],
    "quarter": ["quarter"],
    "hard": ["hard"],
    "auto": ["auto"],
}


def decode(program: str, maps: Path, options: list[str], more: list[str]) -> list[dict]:
    """The program's rows for the maps of one kind."""
    fixed = ["--coords", "voxel", "--fail-on", "none", "--quiet"]
    done = subprocess.run(
        [program, "decode", str(maps), "--method", *options, *fixed, *more], capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"exit {done.returncode} for {maps} {options}: {done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def rows(program: str, folder: Path) -> list[dict]:
    """Every answer for every kind in `folder`."""
    found = []
    for truth in sorted(folder.glob("*.truth.npy")):
        kind = truth.name.removesuffix(".truth.npy")
        for method, options in METHODS.items():
            for number, row in enumerate(decode(program, folder / f"{kind}.npy", options, ["--uncertainty"])):
                at = {axis: row[f"{axis}_voxel"] for axis in "hwd"}
                last = {name: row.get(column, "") for name, column in LAST.items()}
                found.append({"kind": kind, "number": number, "method": method, **at, **last})
    return found


LAST = {"status": "status", "flags": "flags", "error95": "error95_voxel"}
