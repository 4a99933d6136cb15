"""What a softargmax answers for the maps of `maps.py`, one row for each map and method.

python answers.py PROGRAM MAPS ANSWERS.csv

The columns are kind, number, method, h, w, d, status, flags, error95: those that the program does not have
yet are empty.
"""

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
COLUMNS = ("kind", "number", "method", "h", "w", "d", "status", "flags", "error95")


def decode(program: str, maps: Path, options: list[str], more: list[str]) -> list[dict] | None:
    """The program's rows for the maps of one kind; none where it does not know the method."""
    fixed = ["--coords", "voxel", "--fail-on", "none", "--quiet"]
    done = subprocess.run(
        [program, "decode", str(maps), "--method", *options, *fixed, *more], capture_output=True, text=True
    )
    if done.returncode == 2:
        return None
    if done.returncode != 0:
        sys.exit(f"exit {done.returncode} for {maps} {options}: {done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def knows(program: str, words: str) -> bool:
    """Whether the program's help speaks of an option or method."""
    return words in subprocess.run([program, "decode", "--help"], capture_output=True, text=True).stdout


def rows(program: str, folder: Path) -> list[dict]:
    """Every answer for every kind in `folder`."""
    found = []
    more = ["--uncertainty"] if knows(program, "--uncertainty") else []
    for truth in sorted(folder.glob("*.truth.npy")):
        kind = truth.name.removesuffix(".truth.npy")
        for method, options in METHODS.items():
            for number, row in enumerate(decode(program, folder / f"{kind}.npy", options, more) or []):
                at = {axis: row[f"{axis}_voxel"] for axis in "hwd"}
                last = {name: row.get(column, "") for name, column in LAST.items()}
                found.append({"kind": kind, "number": number, "method": method, **at, **last})
    return found


LAST = {"status": "status", "flags": "flags", "error95": "error95_voxel"}


def write(path: Path, found: list[dict]) -> None:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(found)


def read(path: Path) -> list[dict]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    write(Path(sys.argv[3]), rows(sys.argv[1], Path(sys.argv[2])))
