"""The textbook formulas in float64 NumPy: slow, obvious, and independent of the program.

`testdata/make.py` (golden answers) and `tests/peers/run.py` (random comparisons) take the right answer only
from this file. A heatmap is an array (H, W, D); voxel positions are (h, w, d).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: The upper triangle of a covariance, in the order in which it is always written.
PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


@dataclass(frozen=True)
class Options:
    """The settings that change the answer for one heatmap."""

    temperature: float = 1.0
    beta: float | None = None
    method: str = "soft"
    ignore_nan: bool = False
    threshold: float | None = None

    def sharpen(self, x: np.ndarray) -> np.ndarray:
        """x/T, or beta x."""
        return x / self.temperature if self.beta is None else x * self.beta


def default_layout(shape: Sequence[int], is_nifti: bool) -> str | None:
    """The default layout of a shape, or None if `--layout` is required."""
    rank = len(shape)
    while rank > (4 if is_nifti else 5) and shape[rank - 1] == 1:
        rank -= 1
    if is_nifti and rank == 5:
        return "HWDNC" if shape[3] == 1 else None
    return {2: "HW", 3: "HWD", 4: "HWDC" if is_nifti else None, 5: "NCHWD"}.get(rank)


def as_nchwd(array: np.ndarray, layout: str) -> np.ndarray:
    """The array as (N, C, H, W, D), axes that the layout lacks having length 1."""
    extra = array.shape[len(layout) :]
    assert all(length == 1 for length in extra), (array.shape, layout)
    array = array.reshape(array.shape[: len(layout)])
    present = [axis for axis in "NCHWD" if axis in layout]
    array = array.transpose([layout.index(axis) for axis in present])
    lengths = dict(zip(present, array.shape))
    return array.reshape([lengths.get(axis, 1) for axis in "NCHWD"])


def marginals(weight: np.ndarray) -> tuple[list[np.ndarray], dict[tuple[int, int], np.ndarray]]:
    """Sums over all axes but one, and all axes but two."""
    ones = [weight.sum(axis=tuple({0, 1, 2} - {a})) for a in range(3)]
    twos = {(a, b): weight.sum(axis=3 - a - b) for a, b in PAIRS if a != b}
    return ones, twos


def spread(heatmap: np.ndarray, options: Options) -> dict[str, Any]:
    """Mean, covariance, entropy, peak probability and log-normalizer of softmax(x/T); -inf has no weight."""
    top = heatmap.max()
    exponent = options.sharpen(heatmap - top)
    weight = np.exp(exponent)
    mass = weight.sum()
    ones, twos = marginals(weight)
    mean = [float(np.dot(np.arange(len(m)), m) / mass) for m in ones]
    away = [np.arange(len(m)) - centre for m, centre in zip(ones, mean)]

    def covariance(a: int, b: int) -> float:
        moment = (away[a] ** 2) @ ones[a] if a == b else away[a] @ twos[a, b] @ away[b]
        return float(moment / mass)

    energy = np.multiply(exponent, weight, out=np.zeros_like(weight), where=weight > 0).sum()
    return {
        "mean": mean,
        "cov_voxel": [covariance(a, b) for a, b in PAIRS],
        "entropy": float(np.log(mass) - energy / mass),
        "peak_probability": float(1.0 / mass),
        "log_normalizer": float(options.sharpen(top) + np.log(mass)),
    }


def first_maximum(stored: np.ndarray, usable: np.ndarray, slope: float) -> list[int]:
    """(h, w, d) of the first largest value in logical order, compared as stored, never after rounding."""
    places = np.flatnonzero(usable)
    candidates = stored.reshape(-1)[places]
    best = candidates.argmin() if slope < 0 else candidates.argmax()
    return [int(i) for i in np.unravel_index(places[best], stored.shape)]


def status_of(heatmap: np.ndarray, usable: np.ndarray, options: Options) -> str:
    """The status of a heatmap (float64 values, and which of them have weight): the first that applies."""
    if heatmap.size == 0 or not (usable | (np.isnan(heatmap) & (not options.ignore_nan))).any():
        return "empty"
    if np.isposinf(heatmap).any() or (np.isnan(heatmap).any() and not options.ignore_nan):
        return "nonfinite"
    top = heatmap[usable].max()
    if options.threshold is not None and top < options.threshold:
        return "missing"
    return "flat" if (heatmap[usable] == top).all() else "ok"


def decode(
    stored: np.ndarray, options: Options, slope: float = 1.0, intercept: float = 0.0
) -> dict[str, Any]:
    """One heatmap's answer by the definitions: the keys of a row of expected.json, None where there is
    none."""
    heatmap = stored.astype(np.float64) * slope + intercept
    usable = ~(np.isnan(heatmap) | np.isneginf(heatmap))
    row = {"voxel": None, "hard_voxel": None, "peak_value": None, "std_voxel": None, "cov_voxel": None}
    row |= {"entropy": None, "peak_probability": None, "log_normalizer": None}
    row["status"] = status_of(heatmap, usable, options)
    if row["status"] in ("empty", "nonfinite"):
        return row
    hard = first_maximum(stored, usable, slope)
    row["peak_value"] = float(heatmap[tuple(hard)])
    row |= spread(np.where(usable, heatmap, -np.inf), options)
    row["std_voxel"] = [max(row["cov_voxel"][i], 0.0) ** 0.5 for i in (0, 3, 5)]
    mean = row.pop("mean")
    if row["status"] != "missing":
        row["voxel"], row["hard_voxel"] = (hard if options.method == "hard" else mean), hard
    return row


def normalize(voxel: Sequence[float], lengths: Sequence[int], norm: str = "corners") -> list[float]:
    """Voxel position to normalized position."""
    return [_normalize_one(i, n, norm) for i, n in zip(voxel, lengths)]


def _normalize_one(i: float, n: int, norm: str) -> float:
    if norm == "corners":
        return 2 * i / (n - 1) - 1 if n > 1 else -1.0
    if norm == "unit-corners":
        return i / (n - 1) if n > 1 else 0.0
    return {"centers": (2 * i + 1) / n - 1, "unit": i / n, "unit-centers": (i + 0.5) / n}[norm]


def to_world(voxel: Sequence[float], affine: np.ndarray, frame: str = "ras") -> list[float]:
    """Voxel position to millimetres; `affine` is 4x4 RAS+."""
    x, y, z, _ = np.asarray(affine) @ [*voxel, 1.0]
    return [-x, -y, z] if frame == "lps" else [x, y, z]
