"""Draws random heatmap files: shapes, layouts, element types, memory orders, containers."""

import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np

#: The random generator of every function here.
Rng = np.random.Generator

NUMPY_DTYPES = ("f2", "f4", "f4", "f4", "f8", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")
NIFTI_DTYPES = ("f4", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
LAYOUTS = ("NCHWD", "NCDHW", "NHWDC", "CHWD", "CDWH", "HWDC", "NCHW", "HWD", "WCDNH", "NIFTI", "NIFTI")


def lengths(rng: Rng, layout: str) -> list[int]:
    """Axis lengths: space 1 to 97 with a tenth of the axes of length 1, at most about three million voxels in
    all."""
    budget = 10 ** rng.uniform(3, 6.5)
    while True:
        n = {axis: 1 if rng.random() < 0.1 else int(rng.integers(1, 98)) for axis in "HWD"}
        n |= {axis: int(rng.integers(1, 4)) for axis in "NC"}
        shape = [n[axis] for axis in layout]
        if np.prod(shape) <= budget:
            return shape


def heatmaps(rng: Rng, shape: Sequence[int]) -> np.ndarray:
    """Values in [0, 1]: noise, rare peaks, plateaus with ties, ramps, a few voxels, a few pairs."""
    kind = rng.choice(["noise", "peaks", "plateaus", "ramp", "one", "pair"])
    noise = rng.random(shape)
    if kind == "peaks":
        return noise ** float(rng.choice([20, 200, 2000]))
    if kind == "plateaus":
        return np.floor(noise * 4) / 4
    if kind == "ramp":
        return np.linspace(0, 1, noise.size).reshape(shape) * 0.9 + noise * 0.1
    if kind in ("one", "pair"):
        values = noise * 1e-3
        flat = values.reshape(-1)
        at = rng.integers(flat.size, size=8)
        # In memory order the next voxel is the nearest neighbour: a distribution over two voxels.
        flat[(at + 1) % flat.size] = 1.0 - 0.1 * rng.random() if kind == "pair" else 0.0
        flat[at] = 1.0
        return values
    return noise


def stretch(rng: Rng, unit: np.ndarray, dtype: str, span: float) -> np.ndarray:
    """Values of an element type with a range of about `span`, anywhere in its number range."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return unit > np.median(unit)
    if kind.kind == "f":
        top = {2: 6e4, 4: 1e30, 8: 1e200}[kind.itemsize]
        span = min(span, top)
        offset = rng.choice([0.0, -0.5, -1.0, 10.0, -300.0]) * span
        return np.clip(unit * span + offset, -top, top).astype(kind)
    info = np.iinfo(kind)
    span = min(span, float(info.max) / 2)
    low = int(max(info.min, rng.choice([0, -span / 2, -span, span / 2])))
    return (np.floor(unit * span).astype(np.int64) + low).astype(kind)


def mask(rng: Rng, values: np.ndarray) -> np.ndarray:
    """The same with some voxels masked, if the type has an infinity."""
    if values.dtype.kind == "f" and rng.random() < 0.15:
        values[rng.random(values.shape) < rng.choice([0.1, 0.9])] = -np.inf
    return values


def numpy_file(rng: Rng, folder: Path, stem: str, layout: str, temperature: float) -> str:
    """Writes a .npy or .npy.gz and returns its name."""
    dtype = rng.choice(["<", ">"]) + rng.choice(NUMPY_DTYPES)
    span = temperature * 10 ** rng.uniform(-1, 2.9)
    values = mask(rng, stretch(rng, heatmaps(rng, lengths(rng, layout)), dtype, span))
    if rng.random() < 0.3:
        values = np.asfortranarray(values)
    out = io.BytesIO()
    np.save(out, values)
    if rng.random() < 0.15:
        (folder / f"{stem}.npy.gz").write_bytes(gzip.compress(out.getvalue(), compresslevel=1))
        return f"{stem}.npy.gz"
    (folder / f"{stem}.npy").write_bytes(out.getvalue())
    return f"{stem}.npy"


def nifti_file(rng: Rng, folder: Path, stem: str, temperature: float) -> str:
    """Writes a .nii or .nii.gz with a random affine and sometimes a slope, and returns its name."""
    slope, intercept = 1.0, 0.0
    if rng.random() < 0.4:
        slope = float(np.float32(rng.choice([-1, 1]) * 10 ** rng.uniform(-2, 2)))
        intercept = float(np.float32(rng.normal() * temperature))
    span = temperature * 10 ** rng.uniform(-1, 2.9) / abs(slope)
    values = stretch(rng, heatmaps(rng, lengths(rng, "HWDC")), "<" + rng.choice(NIFTI_DTYPES), span)
    head = nifti_header(rng, values)
    head["scl_slope"], head["scl_inter"] = slope, intercept
    raw = head.binaryblock + bytes(4) + values.astype(head.get_data_dtype()).tobytes(order="F")
    name, raw = (
        (f"{stem}.nii.gz", gzip.compress(raw, compresslevel=1))
        if rng.random() < 0.3
        else (f"{stem}.nii", raw)
    )
    (folder / name).write_bytes(raw)
    return name


def nifti_header(rng: Rng, values: np.ndarray) -> nibabel.Nifti1Header:
    """A header of either version and byte order around the values, placed anywhere in the world."""
    endian = rng.choice(["<", ">"])
    head = (nibabel.Nifti1Header if rng.random() < 0.7 else nibabel.Nifti2Header)(endianness=endian)
    head.set_data_dtype(values.dtype.newbyteorder(endian))
    head.set_data_shape(values.shape)
    head["vox_offset"] = int(head["sizeof_hdr"]) + 4
    head.set_xyzt_units(rng.choice(["mm", "meter", "micron", "unknown"]))
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = rotation * rng.uniform(0.2, 5.0, size=3)
    affine[:3, 3] = rng.normal(size=3) * 100
    (head.set_sform if rng.random() < 0.5 else head.set_qform)(affine, code="scanner")
    return head
