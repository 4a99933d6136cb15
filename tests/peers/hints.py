"""Hints that name another program are run: what they write is read, with the peak where it was."""

import re
import shutil
import struct
import subprocess

import nibabel
import numpy as np

import program
from ledger import Section

#: Where the largest value of every file is.
PEAK = (2, 1, 3)


def volume():
    """Values with one peak."""
    values = np.zeros((4, 5, 6), np.float32)
    values[PEAK] = 3
    return values


def header(magic=b"n+1\0", size=348, bitpix=32, offset=352):
    """A NIfTI-1 header, right but for what is given, and the four bytes behind it."""
    block = bytearray(nibabel.Nifti1Image(volume(), np.eye(4)).header.binaryblock)
    for at, kind, number in ((0, "<i", size), (72, "<h", bitpix), (108, "<f", offset)):
        struct.pack_into(kind, block, at, number)
    block[344:348] = magic
    return bytes(block) + bytes(4)


def files(folder):
    """Writes files whose hint is a command; their names."""
    values = volume().tobytes(order="F")
    singles = {
        "bitpix.nii": header(bitpix=8),
        "magic.nii": header(magic=b"ni1\0"),
        "size_0.nii": header(size=0),
        "size_540.nii": header(size=540),
    }
    for name, block in singles.items():
        (folder / name).write_bytes(block + values)
    pairs = {"single.hdr": b"n+1\0", "analyze.hdr": bytes(4)}
    for name, magic in pairs.items():
        (folder / name).write_bytes(header(magic=magic, offset=0)[:348])
        (folder / name).with_suffix(".img").write_bytes(values)
    np.save(folder / "complex.npy", volume().astype(np.complex64))
    np.save(folder / "structured.npy", volume().astype([("FIELD", "<f4")]))
    packed = []
    for command, suffix in (("xz", "xz"), ("bzip2", "bz2"), ("zstd", "zst")):
        if shutil.which(command):
            np.save(folder / "plain.npy", volume())
            done = subprocess.run([command, "-c", folder / "plain.npy"], capture_output=True, check=True)
            (folder / f"packed.npy.{suffix}").write_bytes(done.stdout)
            packed.append(f"packed.npy.{suffix}")
    return [*singles, *pairs, "complex.npy", "structured.npy", *packed]


def follow(hint, name, folder):
    """Does what the first command of a hint says; the JSON records of the file that it makes."""
    command = re.search(r"`([^`]*)`", hint)[1].replace("FILE", name)
    hard = ["--method", "hard", "--coords", "voxel", "--fail-on", "none", "--format", "json"]
    if "|" in command:
        command = command.replace("softargmax", str(program.BINARY)) + " " + " ".join(hard)
        return program.inputs(subprocess.run(command, shell=True, cwd=folder, capture_output=True))
    scope = {"nibabel": nibabel, "numpy": np}
    if "array" in command:
        scope["array"] = np.load(folder / name)
    made = re.search(r"heatmaps\.\S*?(?=')", command)
    # A hint may name the array alone: it is what to save.
    if not command.startswith(("numpy.save", "nibabel.save")):
        command = f"numpy.save('made.npy', {command})"
    command = command.replace(f"numpy.save({name},", "numpy.save('made.npy',")
    here = re.sub(r"'(?=[^',]*\.(?:nii|hdr|npy))", f"'{folder}/", command)
    exec(here, scope)
    return program.inputs(program.run(["decode", made[0] if made else "made.npy", *hard], folder))


def run(folder):
    """Every hint with a command of Python or of a program that unpacks."""
    section = Section("hints")
    for name in files(folder):
        done = program.run(["decode", name, "--method", "hard", "--coords", "voxel"], folder)
        hint = re.search(r"hint: (.*)", done.stderr.decode())
        if hint is None:
            section.expect(False, f"{name}: no hint in {done.stderr.decode()}")
            continue
        records = follow(hint[1], name, folder)
        found = [landmark["voxel"] for record in records for landmark in record["landmarks"]]
        section.expect(found == [list(PEAK)], f"{name}, after `{hint[1]}`: {records}")
    return [section]
