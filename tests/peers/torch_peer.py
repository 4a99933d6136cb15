"""PyTorch as a peer, in any Python that has it, through .npy files.

As a module, `Jobs` collects arrays and gets all answers from one process. As a script, run by the Python that
has torch, it answers every job of a folder.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np


@functools.cache
def interpreter():
    """A Python that can import torch, or None."""
    for python in filter(
        None, (os.environ.get("PEERS_TORCH_PYTHON"), sys.executable, "/usr/bin/python3", "python3")
    ):
        try:
            if subprocess.run([python, "-c", "import torch, numpy"], capture_output=True).returncode == 0:
                return python
        except OSError:
            pass
    return None


class Jobs:
    """Arrays for PyTorch, with the answers of softargmax."""

    def __init__(self, folder, operation):
        self.folder, self.operation, self.found = folder, operation, []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, array, settings, found, where):
        """One array."""
        stem = self.folder / f"{len(self.found)}"
        np.save(f"{stem}.in.npy", array)
        Path(f"{stem}.json").write_text(json.dumps(settings))
        self.found.append((found, where))

    def answers(self, section):
        """(PyTorch's answer, softargmax's answer, place) of each array; nothing, with a message, if there is
        no torch."""
        if interpreter() is None:
            section.note = f"; torch: not at hand, skipped {len(self.found)} comparisons"
            if os.environ.get("PEERS_REQUIRE_TORCH") == "1":
                section.wrong.append("torch: required by PEERS_REQUIRE_TORCH=1, not at hand")
            return
        count = str(len(self.found))
        subprocess.run([interpreter(), __file__, self.operation, self.folder, count], check=True)
        for i, (found, where) in enumerate(self.found):
            yield np.load(self.folder / f"{i}.out.npy"), found, where


def module(torch, array, _settings):
    """The often-copied SoftArgmax, unchanged."""
    x = torch.from_numpy(array)
    n, c, h, w, d = x.shape
    weight = torch.nn.functional.softmax(x.view(n, c, h * w * d), dim=2)
    grids = np.meshgrid(np.linspace(-1.0, 1.0, h), np.linspace(-1.0, 1.0, w), np.linspace(-1.0, 1.0, d))
    grids = [torch.from_numpy(grid.reshape(-1)).float() for grid in grids]
    return torch.stack([torch.sum(grid * weight, dim=2) for grid in grids], dim=2).numpy()


def argmax(torch, array, settings):
    """torch.argmax; integer types that torch lacks are converted to int64, which keeps their order."""
    if array.dtype.kind in "ub" and array.dtype != np.uint8:
        array = array.astype(np.int64)
    x = torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("=")))
    return torch.argmax(x, **settings).numpy()


def main():
    """Answers the jobs of a folder."""
    import torch

    torch.set_num_threads(2)
    operation, folder, count = (
        {"module": module, "argmax": argmax}[sys.argv[1]],
        Path(sys.argv[2]),
        int(sys.argv[3]),
    )
    for i in range(count):
        settings = json.loads((folder / f"{i}.json").read_text())
        np.save(folder / f"{i}.out.npy", operation(torch, np.load(folder / f"{i}.in.npy"), settings))


if __name__ == "__main__":
    main()
