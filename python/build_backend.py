"""Builds the wheel: maturin's backend, after the program has been built and laid where maturin takes it.

maturin puts an extension module or programs into a wheel, not both. But it puts a folder of data into any
wheel, and what is below `scripts` in it lands on the PATH as it is: no interpreter stands before the program.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import maturin
from maturin import *  # noqa: F403 (the hooks that need nothing of this)

ROOT = Path(__file__).resolve().parent.parent


def _lay_program():
    """Builds the program and copies it to target/python.data/scripts."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    name = "softargmax.exe" if sys.platform == "win32" else "softargmax"
    # With both packages named, their crates have the same features, and the library is compiled once.
    packages = ["--package", "softargmax", "--package", "softargmax-python"]
    command = ["cargo", "build", "--release", "--locked", *packages, "--bin", "softargmax"]
    subprocess.run(command, cwd=ROOT, check=True)
    scripts = ROOT / "target" / "python.data" / "scripts"
    shutil.rmtree(scripts, ignore_errors=True)
    scripts.mkdir(parents=True)
    shutil.copy2(target / "release" / name, scripts / name)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """The wheel, with the program."""
    _lay_program()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """A wheel that leads to this checkout, with the program."""
    _lay_program()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """The metadata. maturin looks for the folder of data even here."""
    (ROOT / "target" / "python.data").mkdir(parents=True, exist_ok=True)
    return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)
