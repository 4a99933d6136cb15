"""Runs softargmax, the program under test."""

import io
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ.get("SOFTARGMAX_BIN", ROOT / "target" / "release" / "softargmax")).resolve()

#: The program's JSON record of one input: file, shape, affine, warnings, landmarks, error.
Record = dict[str, Any]


def run(args: Sequence[Any], folder: Path | str = ".") -> subprocess.CompletedProcess[bytes]:
    """Runs one process and captures its output; a panic or a signal always raises an error."""
    done = subprocess.run(
        [BINARY, *map(str, args)], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL
    )
    if done.returncode not in range(5):
        raise RuntimeError(
            f"exit {done.returncode}: softargmax {' '.join(map(str, args))}\n{done.stderr.decode()}"
        )
    return done


def inputs(done: subprocess.CompletedProcess[bytes]) -> list[Record]:
    """The `inputs` of a JSON answer; an empty list if there is no JSON."""
    return json.loads(done.stdout)["inputs"] if done.stdout else []


def decode(
    folder: Path | str,
    files: Sequence[str],
    args: Sequence[Any],
    coords: str = "voxel,normalized,world",
    stats: bool = True,
) -> list[Record]:
    """Decodes files in one process; one record for each."""
    extra = ["--compare", "--stats"] if stats else ["--compare"]
    done = run(["decode", "--quiet", "--format", "json", "--coords", coords, *extra, *args, *files], folder)
    found = inputs(done)
    if len(found) != len(files):
        raise RuntimeError(
            f"{len(files)} inputs, {len(found)} records, exit {done.returncode}\n{done.stderr.decode()}"
        )
    return found


def argmax(folder: Path | str, file: str, args: Sequence[Any]) -> tuple[int, np.ndarray | None]:
    """`softargmax argmax`: (exit status, array or number)."""
    done = run(["argmax", file, *args], folder)
    if done.returncode != 0:
        return done.returncode, None
    if done.stdout.startswith(b"\x93NUMPY"):
        return 0, np.load(io.BytesIO(done.stdout))
    if not done.stdout.strip():
        return 0, None
    return 0, np.array(float(done.stdout) if "--soft" in args else int(done.stdout))
