"""The inputs: Gaussian peaks of height 1 and sigma 3 with noise of 0.05, drawn from a fixed seed."""

import gzip
from pathlib import Path

import nibabel
import numpy as np

SHAPES = {
    "W1": (1, 32, 128, 128, 128),
    "W3a": (32, 17, 64, 64, 32),
    "W3b": (64, 21, 64, 64, 1),
    "W4": (1, 4, 256, 256, 256),
}
# Many copies of few files: the bench measures reading, not the generation of noise.
BATCH, DIFFERENT = 64, 8


def heatmaps(shape, seed=7):
    """f4 (N, C, H, W, D)."""
    rng = np.random.default_rng(seed)
    maps = np.empty(shape, "f4")
    for one in maps.reshape(-1, *shape[2:]):
        centre = [rng.uniform(min(12, n / 4), n - 1 - min(12, n / 4)) if n > 1 else 0 for n in shape[2:]]
        h, w, d = (np.exp(-(((np.arange(n) - c) / 3) ** 2) / 2) for n, c in zip(shape[2:], centre))
        one[...] = h[:, None, None] * w[None, :, None] * d[None, None, :]
        one += 0.05 * rng.standard_normal(one.shape, "f4")
    return maps


def make(directory, only_w1=False):
    """Writes every missing input, or W1 alone, and returns a dictionary of their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = {}

    def save(name, array):
        paths[name] = directory / f"{name}.npy"
        if not paths[name].exists():
            np.save(paths[name], array())

    for name, shape in SHAPES.items():
        save(name, lambda shape=shape: heatmaps(shape))
        if only_w1:
            return paths
    w1 = np.load(paths["W1"], mmap_mode="r")
    save("W2", lambda: w1 * np.float32(50))
    save("channels-last", lambda: np.ascontiguousarray(w1.transpose(0, 2, 3, 4, 1)))
    save("fortran", lambda: np.asfortranarray(w1))
    save("f2", lambda: w1.astype("f2"))
    save("i2", lambda: (w1 * 1000).astype("i2"))
    save("big-endian", lambda: w1.astype(">f4"))
    ball = ((np.indices((128,) * 3) - 63.5) ** 2).sum(0) < 60**2
    save("mask", lambda: ball.astype("u1"))
    save("tiny", lambda: heatmaps((1, 1, 8, 8, 8)))
    paths["batch"] = batch(directory / "batch")
    for name, kind in [("large", "f4"), ("large-u1", "u1")]:
        paths[name] = directory / f"{name}.nii.gz"
        if not paths[name].exists():
            volume = heatmaps((1, 16, 128, 128, 128))[0].transpose(1, 2, 3, 0)
            volume = np.clip(volume * 200, 0, 255).astype("u1") if kind == "u1" else volume
            image = nibabel.Nifti1Image(volume, np.eye(4))
            paths[name].write_bytes(gzip.compress(image.to_bytes(), 6))
    paths["sparse"] = sparse(directory / "sparse.npy")
    return paths


def batch(directory):
    """W5: .nii.gz of (96, 96, 96, 8), 28 MB each before compression."""
    directory.mkdir(exist_ok=True)
    for i in range(BATCH):
        path = directory / f"{i:02}.nii.gz"
        if path.exists():
            continue
        if i >= DIFFERENT:
            path.hardlink_to(directory / f"{i % DIFFERENT:02}.nii.gz")
            continue
        volume = heatmaps((1, 8, 96, 96, 96), seed=i)[0].transpose(1, 2, 3, 0)
        image = nibabel.Nifti1Image(volume, np.eye(4))
        path.write_bytes(gzip.compress(image.to_bytes(), 1))
    return directory


def sparse(path):
    """10.7 GB of zeros that take no space on a file system with sparse files."""
    if not path.exists():
        shape = (1, 20, 512, 512, 512)
        with path.open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            file.truncate(file.tell() + 4 * int(np.prod(shape)))
    return path


def expected(path: Path):
    """Softmax expectation at T = 1 in f64, voxels, (N·C, 3), by the definition in NumPy."""
    rows = []
    for one in np.load(path, mmap_mode="r").reshape(-1, *np.load(path, mmap_mode="r").shape[2:]):
        e = np.exp(one.astype("f8") - one.max())
        marginals = [e.sum(axis=tuple(a for a in range(3) if a != axis)) for axis in range(3)]
        rows.append([(m * np.arange(len(m))).sum() / m.sum() for m in marginals])
    return np.array(rows)
