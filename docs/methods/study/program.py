"""Runs softargmax."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


class Program:
    """A softargmax binary, and a folder for its inputs and outputs."""

    def __init__(self, binary, folder):
        self.binary = Path(binary).resolve()
        self.folder = Path(folder)
        methods, _, _flags = self.run(["methods"]).stdout.decode().partition("\nFlags")
        self.methods = set(re.findall(r"^  (\w+) ", methods, re.MULTILINE))

    def run(self, args):
        done = subprocess.run([self.binary, *args], cwd=self.folder, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"exit {done.returncode}: softargmax {' '.join(args)}\n{done.stderr.decode()}")
        return done

    def has(self, args):
        """Whether the program knows the method of these options."""
        return args[1].split(":")[0] in self.methods

    def decode(self, args):
        """Answers (k, 3) in voxels for the maps that were written last; NaN if there is no answer."""
        fixed = [
            "decode",
            "--quiet",
            "--layout",
            "CHWD",
            "--coords",
            "voxel",
            "--fail-on",
            "none",
            "-o",
            "answers.npy",
        ]
        self.run([*fixed, *args, "maps.npy"])
        return np.load(self.folder / "answers.npy")[0]

    def write(self, maps):
        np.save(self.folder / "maps.npy", np.asarray(maps, np.float32))

    def ask(self, maps, args):
        """Answers (k, 3) in voxels for maps (k, H, W, D)."""
        self.write(maps)
        return self.decode(args)


def folder(root):
    """A folder under target/ that is deleted when the study ends."""
    (root / "target").mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="study-", dir=root / "target")
