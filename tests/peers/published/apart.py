"""Runs versions that cannot be installed beside the others, in their own process, through .npy files."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PEERS = Path(__file__).resolve().parent.parent


def answers(folder, name, jobs):
    """The results of `older_..._work.py` for each job's arrays, with the packages that published.sh installed
    below `name`."""
    packages, module = Path(sys.prefix) / "apart" / name, f"published.{name.replace('-', '_')}_work"
    if not packages.exists():
        raise ImportError(f"nothing at {packages}")
    for i, job in enumerate(jobs):
        np.savez(folder / f"{i}.npz", **job)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(packages), str(PEERS)])}
    command = [sys.executable, "-m", module, folder, str(len(jobs))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1]
        raise ImportError(last) if "ModuleNotFoundError" in last else RuntimeError(f"{module}: {done.stderr}")
    return [dict(np.load(folder / f"{i}.out.npz")) for i in range(len(jobs))]


def work(answer):
    """The other side: answers every job of a folder."""
    folder = Path(sys.argv[1])
    for i in range(int(sys.argv[2])):
        np.savez(folder / f"{i}.out.npz", **answer(dict(np.load(folder / f"{i}.npz"))))
