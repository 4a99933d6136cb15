"""Heatmaps with a Gaussian at a known position, from fixed seeds, the same in every run."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SEED = 20_240_517
CHUNK = 25


@dataclass(frozen=True)
class Point:
    """The properties of a set of heatmaps. Lengths are in voxels, heights in heatmap values."""

    sigma: float | tuple = 2.0  # width; three numbers for a stretched peak
    turned: bool = False  # whether the axes of a stretched peak are turned at random
    noise: float = 0.02  # standard deviation, independent from voxel to voxel
    distractor: float = 0.0  # height of a second peak of the same shape
    distance: float = 12.0  # distance of the second peak, in a random direction
    background: float = 0.0  # b: the map is b + (1 − b) · Gaussian
    shape: tuple = (64, 64, 64)
    margin: float = 20.0  # least distance of the centre from the outermost voxels' centres
    border: tuple | None = None  # the range of h instead, if the peak is at the border


def stream(*words):
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([SEED, *words])))


def rotation(rng):
    """A uniformly random rotation, from a unit quaternion."""
    a, b, c, d = (q := rng.standard_normal(4)) / np.sqrt(np.sum(q * q))
    return np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d],
        ]
    )


def gaussian(shape, centre, sigma, turn=None):
    """exp(−½ (r − c)ᵀ P (r − c)), height 1, on the voxels of a volume."""
    sigmas = np.broadcast_to(np.asarray(sigma, float), 3)
    axes = [np.arange(n) - c for n, c in zip(shape, centre, strict=True)]
    if turn is None:
        h, w, d = (np.exp(-0.5 * (x / s) ** 2) for x, s in zip(axes, sigmas, strict=True))
        return h[:, None, None] * w[:, None] * d
    p = turn @ np.diag(1 / sigmas**2) @ turn.T
    h, w, d = axes[0][:, None, None], axes[1][:, None], axes[2]
    square = p[0, 0] * h * h + p[1, 1] * w * w + p[2, 2] * d * d
    return np.exp(-0.5 * (square + 2 * (p[0, 1] * h * w + p[0, 2] * h * d + p[1, 2] * w * d)))


def draw(point, count, seed=0):
    """Chunks of (maps as f4 of shape (k, H, W, D), true centres (k, 3)), `count` maps in all.

    The random numbers depend only on the seed, the number of the map and the shape of the volume. So two
    points of one shape differ only in their properties.
    """
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        maps, centres = np.empty((size, *point.shape), np.float32), np.empty((size, 3))
        for k in range(size):
            maps[k], centres[k] = one(point, seed, first + k)
        yield maps, centres


@lru_cache(maxsize=200)
def random(seed, number, shape):
    """The random parts of a map: position within its range, direction of the second peak, rotation, noise of
    width 1."""
    rng = stream(seed, number)
    return rng.random(3), rng.standard_normal(3), rotation(rng), rng.standard_normal(shape, np.float32)


def one(point, seed, number):
    """One heatmap and its centre."""
    place, direction, turn, noise = random(seed, number, point.shape)
    low = np.full(3, point.margin)
    high = np.array(point.shape) - 1 - point.margin
    if point.border is not None:
        low[0], high[0] = point.border
    centre = low + place * (high - low)
    turn = turn if point.turned else None
    values = gaussian(point.shape, centre, point.sigma, turn)
    if point.distractor > 0:
        other = centre + point.distance * direction / np.sqrt(np.sum(direction**2))
        values += point.distractor * gaussian(point.shape, other, point.sigma, turn)
    values = point.background + (1 - point.background) * values
    if point.noise > 0:
        values += point.noise * noise
    return values, centre
