"""Realistic heatmaps whose truth is known, by kind: drawn from fixed seeds, never stored.

Every kind has sixty maps of 40³ voxels (eight slices where it says so): each width of `SIGMAS` with each
noise of `NOISES`, white and smoothed over 1 to 1.5 voxels. Noise is in parts of the peak's height. A map of
pure noise has no truth: NaN.

python maps.py FOLDER [--network FOLDER] [KIND ...]

writes `KIND.npy` (N, 1, H, W, D) and `KIND.truth.npy` (N, 3) of each kind, so that the program decodes a kind
in one call.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[np.float64]

SEED = 20_251_126
SHAPE = (40, 40, 40)
SIGMAS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
NOISES = (0.0, 0.01, 0.02, 0.05, 0.1)
COUNT = 60
#: Where the network of the shared folder lies, seen from the repository.
NETWORK = Path(__file__).resolve().parents[2] / ".." / "shared" / "net"


@dataclass(frozen=True)
class Draw:
    """What is random about one map, and what its number says: width, noise, whether the noise is smooth."""

    rng: np.random.Generator
    number: int

    @property
    def sigma(self) -> float:
        return SIGMAS[self.number % len(SIGMAS)]

    @property
    def noise(self) -> float:
        return NOISES[self.number // len(SIGMAS) % len(NOISES)]

    @property
    def is_smooth(self) -> bool:
        return self.number // (len(SIGMAS) * len(NOISES)) % 2 == 1

    def pick(self, *choices: float) -> float:
        """One of several numbers, in the order of the noises, evenly over the sixty maps."""
        return choices[self.number // len(SIGMAS) % len(choices)]

    def field(self, shape: tuple[int, ...] = SHAPE) -> Array:
        """Noise of standard deviation 1: white, or smoothed over 1 to 1.5 voxels."""
        values = self.rng.standard_normal(shape)
        if self.is_smooth:
            values = gaussian_filter(values, self.rng.uniform(1, 1.5), mode="wrap")
            values /= values.std()
        return values

    def place(self, low: float = 10.0, high: float = 29.0) -> Array:
        return self.rng.uniform(low, high, 3)

    def direction(self) -> Array:
        toward = self.rng.standard_normal(3)
        return toward / np.linalg.norm(toward)


def gaussian(centre: Array, sigma: float, shape: tuple[int, ...] = SHAPE) -> Array:
    """exp(−|r − c|²/2σ²) on the voxels of a volume."""
    h, w, d = (np.exp(-0.5 * ((np.arange(n) - c) / sigma) ** 2) for n, c in zip(shape, centre, strict=True))
    return h[:, None, None] * w[:, None] * d


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


Drawn = tuple[NDArray, Array]


@dataclass(frozen=True)
class Kind:
    """Sixty maps of one kind. `group`: single, two (peaks from 3σ apart), near (nearer ones),
    beyond (its centre is outside the volume), noise."""

    name: str
    group: str
    draw: Callable[[Draw], Drawn]

    def maps(self, count: int = COUNT) -> Iterator[Drawn]:
        """Each map and its truth; the same on every run."""
        for number in range(count):
            rng = np.random.default_rng([SEED, zlib.crc32(self.name.encode()), number])
            yield self.draw(Draw(rng, number))


def plain(change: Callable[[Array], NDArray]) -> Callable[[Draw], Drawn]:
    """A Gaussian of height 1 in noise, changed voxel by voxel."""

    def draw(of: Draw) -> Drawn:
        centre = of.place()
        return change(gaussian(centre, of.sigma) + of.noise * of.field()), centre

    return draw


def clean(of: Draw) -> Drawn:
    centre = of.place()
    return gaussian(centre, of.sigma).astype("f4"), centre


def softmax(values: Array) -> NDArray:
    weight = np.exp(20 * (values - values.max()))
    return (weight / weight.sum()).astype("f4")


def low(of: Draw) -> Drawn:
    """Height 0.3 in noise of up to a tenth of it."""
    centre = of.place()
    noise = of.pick(0.005, 0.01, 0.015, 0.02, 0.03)
    return (0.3 * gaussian(centre, of.sigma) + noise * of.field()).astype("f4"), centre


def saturated(change: Callable[[Array], NDArray]) -> Callable[[Draw], Drawn]:
    """sigmoid(35 h − 10), which the type cannot tell from 1 about the peak; noise of up to 0.05.

    (Noise of 0.1 makes of single voxels of the background peaks of 0.9: such a map has more than one.)
    """

    def draw(of: Draw) -> Drawn:
        centre, noise = of.place(), of.pick(0, 0.01, 0.02, 0.03, 0.05)
        return change(sigmoid(35 * (gaussian(centre, of.sigma) + noise * of.field()) - 10)), centre

    return draw


def filled(fill: float, dtype: str = "f4") -> Callable[[Draw], Drawn]:
    """About half of the volume is filled, from 1 to 8 voxels beside the peak on; of height 1 or 6."""

    def draw(of: Draw) -> Drawn:
        centre, axis, side = of.place(), of.rng.integers(3), of.rng.choice([-1, 1])
        cut = of.rng.uniform(16, 24)
        centre[axis] = cut - side * of.rng.uniform(1, 8)
        height = 6 if of.number % 2 else 1
        values = (height * (gaussian(centre, of.sigma) + of.noise * of.field())).astype(dtype)
        beyond = side * (np.arange(SHAPE[axis]) - cut) > 0
        values[np.broadcast_to(beyond.reshape([-1 if a == axis else 1 for a in range(3)]), SHAPE)] = fill
        return values, centre

    return draw


def masked(of: Draw) -> Drawn:
    """−∞ outside a ball, as beside a brain; the peak at least 2 voxels within it."""
    middle, radius = of.place(17, 22), 14.0
    centre = middle + of.direction() * of.rng.uniform(0, radius - 2)
    values = (gaussian(centre, of.sigma) + of.noise * of.field()).astype("f4")
    away = sum(
        (np.arange(n).reshape([-1 if a == b else 1 for b in range(3)]) - middle[a]) ** 2
        for a, n in enumerate(SHAPE)
    )
    values[away > radius**2] = -np.inf
    return values, centre


def border(of: Draw) -> Drawn:
    """The centre 0 to 3 voxels from a face."""
    centre, axis = of.place(), of.rng.integers(3)
    depth = of.rng.uniform(0, 3)
    centre[axis] = depth if of.rng.integers(2) else SHAPE[axis] - 1 - depth
    return (gaussian(centre, of.sigma) + of.noise * of.field()).astype("f4"), centre


def beyond(of: Draw) -> Drawn:
    """The centre 1 to 3 voxels outside a face, and at most 1.5σ."""
    centre, axis = of.place(), of.rng.integers(3)
    depth = of.rng.uniform(1, 3) if of.sigma >= 2 else of.rng.uniform(1, max(1.5 * of.sigma, 1.01))
    centre[axis] = -depth if of.rng.integers(2) else SHAPE[axis] - 1 + depth
    return (gaussian(centre, of.sigma) + of.noise * of.field()).astype("f4"), centre


def slices(of: Draw) -> Drawn:
    """Eight slices along d."""
    shape = (*SHAPE[:2], 8)
    centre = of.place()
    centre[2] = of.rng.uniform(0.5, 6.5)
    return (gaussian(centre, of.sigma, shape) + of.noise * of.field(shape)).astype("f4"), centre


def two(
    gap: tuple[float, float],
    noises: tuple[float, ...],
    along: tuple[int, int, int] = (1, 1, 1),
    shape: tuple[int, int, int] = SHAPE,
) -> Callable[[Draw], Drawn]:
    """A second peak of half the height at least, from 3σ to 20 voxels away, in some direction `along` these
    axes. Its largest voxel is lower than the first one's by `gap` noise units, before there is noise: what
    lies between voxels belongs to no gap.
    """

    def draw(of: Draw) -> Drawn:
        noise = of.pick(*noises)
        first, second, centre = pair(of, of.rng.uniform(max(3.0, 3 * of.sigma), 20), of.sigma, along, shape)
        lower = of.rng.uniform(gap[0], min(gap[1], 0.5 / noise)) * noise
        ratio = max((first.max() - lower) / second.max(), 0.5)
        return (first + ratio * second + noise * of.field(shape)).astype("f4"), centre

    return draw


def near(change: Callable[[Array], NDArray]) -> Callable[[Draw], Drawn]:
    """A second peak of 0.5 to 1 nearer than 3σ, from 3 voxels on."""

    def draw(of: Draw) -> Drawn:
        sigma = max(of.sigma, 1.5)
        first, second, centre = pair(of, of.rng.uniform(3, 3 * sigma), sigma)
        return change(first + of.rng.uniform(0.5, 1) * second + of.noise * of.field()), centre

    return draw


def pair(
    of: Draw,
    distance: float,
    sigma: float,
    along: tuple[int, int, int] = (1, 1, 1),
    shape: tuple[int, int, int] = SHAPE,
) -> tuple[Array, Array, Array]:
    """Two Gaussians of one width within the volume, apart along some axes, and the first one's centre."""
    long = np.array(shape) > 1
    while True:
        centre = np.where(long, of.place(6, 33), 0.0)
        direction = of.direction() * along
        other = centre + distance * direction / np.linalg.norm(direction)
        if all(other[long] >= 5) and all(other[long] <= 34):
            return gaussian(centre, sigma, shape), gaussian(other, sigma, shape), centre


def nothing(change: Callable[[Array], NDArray]) -> Callable[[Draw], Drawn]:
    """Noise alone; the kinds that are smoothed are all maps of odd number."""

    def draw(of: Draw) -> Drawn:
        noise = of.pick(0.02, 0.05, 0.1)
        return change(noise * of.field()), np.full(3, np.nan)

    return draw


def as_f4(values: Array) -> NDArray:
    return values.astype("f4")


KINDS = (
    Kind("height-1", "single", plain(as_f4)),
    Kind("height-10", "single", plain(lambda x: (10 * x).astype("f4"))),
    Kind("height-0.3", "single", low),
    Kind("logits-10h-5", "single", plain(lambda x: (10 * x - 5).astype("f4"))),
    Kind("logits-h-2", "single", plain(lambda x: (x - 2).astype("f4"))),
    Kind("sigmoid-10", "single", plain(lambda x: sigmoid(10 * x - 5).astype("f4"))),
    Kind("sigmoid-20", "single", plain(lambda x: sigmoid(20 * x - 10).astype("f4"))),
    Kind("relu", "single", plain(lambda x: np.maximum(x, 0).astype("f4"))),
    Kind("u8", "single", plain(lambda x: np.round(np.clip(200 * x, 0, 255)).astype("u1"))),
    Kind("f16", "single", plain(lambda x: x.astype("f2"))),
    Kind("clean", "single", clean),
    Kind("softmax-20", "single", plain(softmax)),
    Kind("fill-1e4", "single", filled(-1e4)),
    Kind("fill-65504", "single", filled(-65504, "f2")),
    Kind("fill-1e9", "single", filled(-1e9)),
    Kind("fill-lowest", "single", filled(float(np.finfo("f4").min))),
    Kind("fill-inf", "single", filled(-np.inf)),
    Kind("mask-ball", "single", masked),
    Kind("border", "single", border),
    Kind("beyond", "beyond", beyond),
    Kind("slices-8", "single", slices),
    Kind("saturated-f32", "single", saturated(lambda x: x.astype("f4"))),
    Kind("saturated-f16", "single", saturated(lambda x: x.astype("f2"))),
    Kind("saturated-u8", "single", saturated(lambda x: np.round(255 * x).astype("u1"))),
    Kind("two-close", "two", two((0, 2.3), (0.01, 0.02, 0.05, 0.1))),
    Kind("two-close-level", "two", two((0, 2.3), (0.01, 0.02, 0.05), (0, 1, 1))),
    Kind("two-close-row", "two", two((0, 2.3), (0.01, 0.02, 0.05), (0, 0, 1))),
    Kind("two-close-flat", "two", two((0, 2.3), (0.01, 0.02, 0.05), (1, 1, 0), (64, 64, 1))),
    Kind("two-between", "two", two((2.3, 8.1), (0.01, 0.02, 0.05))),
    Kind("two-clear", "two", two((8.1, np.inf), (0.01, 0.02, 0.05))),
    Kind("near", "near", near(as_f4)),
    Kind("near-sigmoid", "near", near(lambda x: sigmoid(20 * x - 10).astype("f4"))),
    Kind("noise-white", "noise", nothing(as_f4)),
    Kind("noise-relu", "noise", nothing(lambda x: np.maximum(x, 0).astype("f4"))),
    Kind("noise-sigmoid", "noise", nothing(lambda x: sigmoid(10 * x - 5).astype("f4"))),
)


def network(folder: Path, cases: int = 30) -> dict[str, tuple[NDArray, Array]]:
    """The maps of both heads of the network in `folder`, (N, H, W, D), and their truths; none where it is
    absent."""
    if not (folder / "net.py").exists():
        print(f"no network in {folder}: its maps are left out", file=sys.stderr)
        return {}
    space: dict = {"__name__": "net"}
    exec(compile((folder / "net.py").read_text(), "net.py", "exec"), space)
    with tempfile.TemporaryDirectory() as out:
        space["draw"](7, folder / "weights.npz", cases, f"{out}/net")
        truth = np.load(f"{out}/net_truth.npy").reshape(-1, 3)
        heads = {head: np.load(f"{out}/net_{head}.npy") for head in ("mse", "logits")}
    return {f"net-{head}": (maps.reshape(-1, *maps.shape[2:]), truth) for head, maps in heads.items()}


def write(folder: Path, network_folder: Path = NETWORK, names: list[str] | None = None) -> list[str]:
    """Writes each kind's maps and truths; the names of the kinds that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in KINDS:
        if not names or kind.name in names:
            maps, truths = zip(*kind.maps(), strict=True)
            save(folder, kind.name, np.stack(maps), np.stack(truths))
            written.append(kind.name)
    if not names or any(name.startswith("net-") for name in names):
        for name, (maps, truths) in network(network_folder).items():
            save(folder, name, maps, truths)
            written.append(name)
    return written


def save(folder: Path, name: str, maps: NDArray, truths: Array) -> None:
    np.save(folder / f"{name}.npy", maps[:, None])
    np.save(folder / f"{name}.truth.npy", truths)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--network", type=Path, default=NETWORK)
    parser.add_argument("kinds", nargs="*")
    given = parser.parse_args()
    print(*write(given.folder, given.network, given.kinds), sep="\n")
