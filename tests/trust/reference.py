"""Flags, error bars and `auto` of one heatmap, by their definitions in float64: slow, plain, and independent
of the program.

A heatmap is an array (H, W, D) of float64: heatmap values, −∞ where a voxel is masked; places are voxels (h,
w, d). The sections follow one another as the program's steps do: samples, noise, start and width, local
reference, second maximum, flags, fit, `auto`, error bars.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.optimize import least_squares

Array = NDArray[np.float64]
Bool = NDArray[np.bool_]

# Samples and noise.
SAMPLES = 512  # for flags and `auto`
MANY = 1000  # for error bars, each with the voxels that follow it
FILL_SHARE = (0.02, 0.98)  # of the samples that a fill may have
FILLED = 4  # samples that share a fill, at least
FILL_GAP = 10.0  # how far below all else a fill lies, in spans of what is not fill
DEVIATION = 1.4826  # a standard deviation in median absolute deviations
FAR = 3.0  # background lies so many widths from the peak
LEAST = 0.2  # of the samples are background in any case
OPEN = 0.5  # of the samples lie beyond the peak, where it does not fill the volume

# Start, width, local reference.
TOUCH = 8  # how far a plateau is followed
ARM = 16  # how far a half height is looked for
HALF = math.sqrt(2 * math.log(2))  # half width at half height, in widths
BLUR = (1.0, 4.0)  # least and greatest width of the reference's blur
BLUR_CUT = 2.5  # where it is cut, in widths
AGAIN = 2  # how often a step is repeated from the voxel that it leads to
HEIGHT = 0.3  # voxels above this share of the height are fitted by the logarithm's quadratic
BALL = 1.5  # within so many widths

# Flags.
BEYOND = 0.5  # voxel: a peak so far beyond the outermost voxel centres is cut by the border,
BEYOND_BY_LAYERS = 0.2  # or so far by its two outermost layers,
NARROW = 3.5  # where it is no wider
AWAY = 0.5  # voxel: an answer so far from the local reference is flagged
AWAY_ON_GRID = 0.75  # that of `hard`: the grid alone can put it off by nearly as much
ALIKE = 3  # touching voxels of the largest value make a plateau
STAND = 1.0  # noise units above the expected maximum of pure noise: beyond its 99 % point
CHANCE = 5.2  # noise units between two maxima that another draw would exchange
RIVAL = 0.95  # a second maximum of this share of the first one's height is one
PLAIN = 12.0  # deviations of the blocks' maxima above their median: lower, and the peak is one of them
BLOCKS = 12  # as many say so at least
APART = (3.0, 2.5)  # voxels, widths: nearer maxima are one peak's

# Fit and `auto`.
REACH = 2.0  # radius of a fit's cube, in widths
RADII = (2, 12)  # least and greatest
AMPLITUDE = (0.4, 3.0)  # of an accepted fit, in heights
RESIDUAL = (1.3, 0.03)  # at most, in noise units or in amplitudes
SHARP = 16.0  # β of the local softmax, for a height of 1
NEAR = 4  # radius of its cube
WHOLE = 0.01  # how far the sum of a softmax may lie from 1
PULL = 0.1  # voxel: the background's pull on a mean that is left alone


# ---------------------------------------------------------------------------------------------------- samples


def points(n: int, count: int) -> NDArray[np.intp]:
    """`count` evenly spaced voxels of an axis of n: ⌊(2i + 1) n / (2 count)⌋ for i < count ≤ n."""
    return np.array([(2 * i + 1) * n // (2 * count) for i in range(count)], dtype=np.intp)


def counts(shape: tuple[int, ...], budget: int) -> list[int]:
    """How many points lie along each axis, of at most `budget` in all: the shortest axis first (of equal ones
    that of h before w before d) has min(n, ⌊k-th root of what is left⌋), k the axes that are not done yet; it
    divides what is left, rounded down."""
    found = [0] * len(shape)
    for done, axis in enumerate(sorted(range(len(shape)), key=lambda a: shape[a])):
        power, most = len(shape) - done, 1
        while (most + 1) ** power <= budget:
            most += 1
        found[axis] = min(shape[axis], most)
        budget //= max(found[axis], 1)
    return found


def sample(x: Array, budget: int) -> tuple[Array, Array]:
    """The unmasked voxels on an even grid of at most `budget`: values (n) and places (n, 3), in (h, w, d)
    order."""
    axes = [points(n, count) for n, count in zip(x.shape, counts(x.shape, budget), strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    values = x[tuple(places.T)]
    usable = values > -np.inf
    return values[usable], places[usable].astype(np.float64)


def order(values: Array, share: float) -> float:
    """The value at the place ⌊share · (n − 1)⌋ of the sorted ones; at ½ the lower median."""
    return float(np.sort(values)[math.floor(share * (len(values) - 1))])


def fill_of(values: Array, top: float) -> float | None:
    """The finite value that stands for a mask: the lowest, where four samples at least and 2 to 98 % of them
    have it and the next lies above it by more than ten times what lies between that and the maximum.

    With halves of all values, whose differences are in range.
    """
    if len(values) == 0:
        return None
    low = values.min()
    above = values[values > low]
    if np.sum(values == low) < FILLED:
        return None
    if len(above) == 0 or not FILL_SHARE[0] <= np.mean(values == low) <= FILL_SHARE[1]:
        return None
    following = above.min()
    is_fill = following < top and following / 2 - low / 2 > FILL_GAP * (top / 2 - following / 2)
    return float(low) if is_fill else None


# ------------------------------------------------------------------------------------------------------ noise


def background_and_noise(values: Array) -> tuple[float, float]:
    """Median b, and s = max(1.4826 · median |v − b|, (97.7th percentile − b)/2); 0 where it is not known."""
    middle = order(values, 0.5)
    deviation = DEVIATION * order(np.abs(values - middle), 0.5)
    return middle, max(deviation, (order(values, 0.977) - middle) / 2)


def far(values: Array, places: Array, middle: Array, sigma: float) -> Bool:
    """Which samples are background: farther than 3σ from the peak, and from the highest sample that is (a
    second peak); at least the farthest fifth, by the distance to the nearer of the two."""
    away = distance(places, middle)
    beyond = away > FAR * sigma
    if beyond.any():
        other = places[np.flatnonzero(beyond)[values[beyond].argmax()]]
        away = np.minimum(away, distance(places, other))
    least = order(away, 1 - LEAST)
    return away > min(FAR * sigma, least - 1e-9)


def distance(places: Array, place: Array) -> Array:
    return np.sqrt(((places - place) ** 2).sum(-1))


def correlation(x: Array, places: Array, background: float) -> Array:
    """ρ₁ along each axis: Σ (v − b)(v′ − b) / Σ ((v − b)² + (v′ − b)²)/2 over background samples v and the
    voxels v′ that follow them; 0 below 0.1 and where there are fewer than 100 pairs."""
    rho = np.zeros(3)
    index = places.astype(np.intp)
    for axis in range(3):
        here = index[index[:, axis] + 1 < x.shape[axis]]
        after = here.copy()
        after[:, axis] += 1
        a, b = x[tuple(here.T)] - background, x[tuple(after.T)] - background
        both = np.isfinite(a) & np.isfinite(b)
        scale = max(np.abs(a[both]).max(initial=0.0), np.abs(b[both]).max(initial=0.0)) or 1.0
        a, b = a[both] / scale, b[both] / scale
        square = (a @ a + b @ b) / 2
        if len(a) >= 100 and square > 0 and a @ b / square >= 0.1:
            rho[axis] = min(a @ b / square, 0.99)
    return rho


# -------------------------------------------------------------------------------------------- start and width


def first_maximum(x: Array) -> NDArray[np.intp]:
    """The first largest voxel in (h, w, d) order."""
    return np.array(np.unravel_index(np.argmax(x), x.shape))


def plateau(x: Array, peak: NDArray[np.intp]) -> tuple[Array, int]:
    """Middle and number of the voxels that equal the maximum and touch it (26 neighbours), within 8 voxels
    along each axis. Where the voxel nearest to their mean is none of them (in the hole of a ring), the middle
    is the one of them nearest to the mean, of equally near ones the first."""
    low = np.maximum(peak - TOUCH, 0)
    box = x[tuple(slice(a, p + TOUCH + 1) for a, p in zip(low, peak, strict=True))]
    names, _ = label(box == x[tuple(peak)], np.ones((3, 3, 3)))
    places = np.argwhere(names == names[tuple(peak - low)]) + low
    middle = places.mean(0)
    if not (places == np.round(middle)).all(1).any():
        away = ((places * len(places) - places.sum(0)) ** 2).sum(1)
        middle = places[away.argmin()].astype(np.float64)
    return middle, len(places)


def arm(x: Array, start: NDArray[np.intp], axis: int, side: int, half: float) -> float | None:
    """How far from `start` the values along an axis fall below `half`, between voxels by a straight line;
    none where a border, a masked voxel or 16 voxels come before."""
    before = x[tuple(start)]
    for step in range(1, ARM + 1):
        place = start.copy()
        place[axis] += side * step
        if not 0 <= place[axis] < x.shape[axis] or x[tuple(place)] == -np.inf:
            return None
        value = x[tuple(place)]
        if value < half:
            return step - 1 + (before / 2 - half / 2) / (before / 2 - value / 2)
        before = value
    return None


def width(x: Array, start: NDArray[np.intp], half: float) -> float:
    """σ̂: the middle one of the six arms to half height (of an even number the mean of the middle two) in
    half widths of a Gaussian; 1 where no arm ends. Between 0.5 and 12 voxels."""
    arms = [arm(x, start, axis, side, half) for axis in range(3) for side in (-1, 1)]
    known = [a for a in arms if a is not None]
    return float(np.clip(np.median(known) / HALF, 0.5, 12.0)) if known else 1.0


# -------------------------------------------------------------------------------------------- local reference


def kernel(n: int, middle: int, reach: int, sigma: float) -> Array:
    return np.where(
        np.abs(np.arange(n) - middle) <= reach, np.exp(-0.5 * ((np.arange(n) - middle) / sigma) ** 2), 0.0
    )


def apex(y: Array, axes: list[int]) -> Array | None:
    """The step −H⁻¹g to the apex of the quadratic through 3 × 3 × 3 values (one along axes that take no
    part): of their logarithms, of themselves where one has none. Where H is not negative definite, a parabola
    along each axis, within ½ voxel."""
    with np.errstate(all="ignore"):
        logs = np.log(y)
    f = logs if np.isfinite(logs).all() else y
    if not np.isfinite(f).all():
        return None
    centre = [1 if axis in axes else 0 for axis in range(3)]

    def at(*moves: tuple[int, int]) -> float:
        place = list(centre)
        for axis, by in moves:
            place[axis] += by
        return float(f[tuple(place)])

    n = len(axes)
    g, hessian = np.zeros(n), np.zeros((n, n))
    for i, a in enumerate(axes):
        g[i] = (at((a, 1)) - at((a, -1))) / 2
        hessian[i, i] = at((a, 1)) - 2 * at() + at((a, -1))
        for j, b in enumerate(axes[:i]):
            same, opposite = (
                at((a, 1), (b, 1)) + at((a, -1), (b, -1)),
                at((a, 1), (b, -1)) + at((a, -1), (b, 1)),
            )
            hessian[i, j] = hessian[j, i] = (same - opposite) / 4
    step = np.zeros(3)
    if n and (np.linalg.eigvalsh(hessian) < 0).all():
        step[axes] = -np.linalg.solve(hessian, g)
    else:
        step[axes] = [
            np.clip(-a / h, -0.5, 0.5) if h < 0 else 0.0 for a, h in zip(g, np.diag(hessian), strict=True)
        ]
    return step


def blurred_step(
    x: Array, start: NDArray[np.intp], background: float, sigma: float
) -> tuple[Array | None, bool]:
    """A Newton step on ln (K ∗ (x − b)) from `start`, K a Gaussian of width σ̂ (1 to 4 voxels) cut at 2.5 of
    it; and whether a border or a masked voxel cuts its box.

    Along each axis K reaches as far as the border lets it on both sides of all three voxels; a masked voxel
    takes the one opposite of `start` with it. Axes on which `start` has one neighbour take no part.
    """
    sigma = float(np.clip(sigma, *BLUR))
    axes = [a for a in range(3) if 0 < start[a] < x.shape[a] - 1]
    wanted = math.ceil(BLUR_CUT * sigma)
    room = [int(min(start[a], x.shape[a] - 1 - start[a])) - 1 for a in range(3)]
    reach = [min(wanted, room[a]) if a in axes else 0 for a in range(3)]
    is_short = any(reach[a] < wanted for a in range(3) if x.shape[a] > 1)
    side = [reach[a] + 1 if a in axes else 0 for a in range(3)]
    box = x[tuple(slice(s - r, s + r + 1) for s, r in zip(start, side, strict=True))]
    usable = box > -np.inf
    both = usable & usable[::-1, ::-1, ::-1]
    total, mass = np.where(both, box - background, 0.0), both.astype(np.float64)
    for a in range(3):
        n = 2 * side[a] + 1
        middles = [side[a] - 1, side[a], side[a] + 1] if a in axes else [0]
        weights = np.stack([kernel(n, m, reach[a], sigma) for m in middles])
        total = np.moveaxis(np.tensordot(weights, total, (1, a)), 0, a)
        mass = np.moveaxis(np.tensordot(weights, mass, (1, a)), 0, a)
    with np.errstate(all="ignore"):
        step = apex(np.where(mass > 0, total / mass, np.nan), axes)
    return step, is_short or not usable.all()


def quadratic_step(
    x: Array, start: NDArray[np.intp], background: float, top: float, sigma: float
) -> Array | None:
    """The apex of the quadratic q that fits ln v best, v = (x − b)/(top − b), by least Σ v² (ln v − q)² over
    the unmasked voxels with v > 0.3 within 1.5 σ̂ (at least 1.5 voxels) of `start`; none where there is none.

    What is cut away on one side does not draw it. Axes with fewer than three layers of such voxels take no
    part: NaN.
    """
    ball = BALL * max(sigma, 1.0)
    reach = math.floor(ball)
    low = np.maximum(start - reach, 0)
    box = x[tuple(slice(a, s + reach + 1) for a, s in zip(low, start, strict=True))]
    away = np.stack(np.meshgrid(*[np.arange(n) for n in box.shape], indexing="ij"), -1) + low - start
    v = np.where(box > -np.inf, box - background, 0.0) / (top - background)
    near = (v > HEIGHT) & ((away**2).sum(-1) <= ball * ball)
    v, r = v[near], away[near].astype(np.float64)
    axes = [a for a in range(3) if len(np.unique(r[:, a])) > 2]
    columns = [
        np.ones(len(v)),
        *r[:, axes].T,
        *(r[:, a] * r[:, b] for i, a in enumerate(axes) for b in axes[: i + 1]),
    ]
    if not axes or len(v) < len(columns):
        return None
    found = np.linalg.lstsq(np.stack(columns, 1) * v[:, None], v * np.log(v), rcond=1e-10)[0]
    n = len(axes)
    hessian = np.zeros((n, n))
    lower = [(i, j) for i in range(n) for j in range(i + 1)]
    for (i, j), value in zip(lower, found[1 + n :], strict=True):
        hessian[i, j] += value
        hessian[j, i] += value
    if not (np.linalg.eigvalsh(hessian) < 0).all():
        return None
    step = np.full(3, np.nan)
    step[axes] = -np.linalg.solve(hessian, found[1 : 1 + n])
    return step


def local_reference(
    x: Array, middle: Array, background: float, top: float, sigma: float
) -> tuple[Array, bool, bool]:
    """Where the peak is, by what lies around it, whether a border or a mask cuts that, and whether it lies
    more than half a voxel beyond the outermost voxel centres: a blurred step, and where its box is cut the
    quadratic's; repeated from the voxel that a step leads to, at most twice. Each step is within max(1, σ̂).
    """
    last = np.array(x.shape) - 1.0
    start, is_cut, is_beyond = np.round(middle).astype(np.intp), False, False
    place = middle
    if not top > background:
        return middle, is_cut, is_beyond
    for _ in range(AGAIN + 1):
        step, is_cut = blurred_step(x, start, background, sigma)
        if is_cut:
            other = quadratic_step(x, start, background, top, sigma)
            if other is not None:
                # An axis that takes no part has the blurred step, or none.
                step = np.where(np.isnan(other), 0.0 if step is None else step, other)
        if step is None:
            return middle, is_cut, is_beyond
        most = max(1.0, sigma)
        place = start + np.clip(step, -most, most)
        is_beyond = bool(((place < -BEYOND) | (place > last + BEYOND)).any())
        place = np.clip(place, 0.0, last)
        following = np.round(place).astype(np.intp)
        if (following == start).all() or x[tuple(following)] == -np.inf:
            break
        start = following
    if sigma <= NARROW:
        layers = beyond_by_layers(x, np.round(place), background, sigma)
        is_beyond |= any(d > BEYOND_BY_LAYERS for d in layers)
    return place, is_cut, is_beyond


def beyond_by_layers(x: Array, start: Array, background: float, sigma: float) -> list[float]:
    """For each axis of at least three voxels on whose first or last one `start` lies: how far beyond it the
    centre is, σ̂² ln(m₀/m₁) − ½, m₀ and m₁ the sums of x − b over the outermost layer and the one behind it,
    within max(1, σ̂) of `start` along the other axes, where both are unmasked; exact for a Gaussian of width
    σ̂. Axes with a sum that is not above 0 are left out."""
    found, start = [], start.astype(np.intp)
    for axis in range(3):
        if x.shape[axis] < 3 or start[axis] not in (0, x.shape[axis] - 1):
            continue
        side = [1 if start[a] == 0 else -1 for a in range(3)]
        first, second = (np.take(x, start[axis] + k * side[axis], axis) for k in (0, 1))
        others = [a for a in range(3) if a != axis]
        away = distance(np.moveaxis(np.indices(first.shape), 0, -1), start[others].astype(np.float64))
        both = (away <= max(sigma, 1.0)) & (first > -np.inf) & (second > -np.inf)
        outer, inner = (float((layer[both] - background).sum()) for layer in (first, second))
        if outer > 0 and inner > 0:
            found.append(sigma**2 * math.log(outer / inner) - 0.5)
    return found


# --------------------------------------------------------------------------------------------- second maximum


def steps(voxels: int, size: int, n: int) -> int:
    """As in the program's cut: how many of `n` slices of `size` voxels make a block of about `voxels`."""
    most = max(voxels // max(size, 1), 8) // 8 * 8
    each = math.ceil(n / max(math.ceil(n / most), 1))
    return max(min(math.ceil(each / 8) * 8, n), 1)


def blocks(shape: tuple[int, ...], voxels: int = 4096) -> tuple[int, int, int]:
    """Lengths of the blocks that a heatmap in (h, w, d) memory order is cut into."""
    planes, rows, columns = shape
    shallow = voxels * 3 // 8
    if rows * columns <= shallow:
        return steps(voxels, rows * columns, planes), rows, columns
    if columns <= shallow:
        return 1, steps(voxels, columns, rows), columns
    return 1, 1, steps(voxels, 1, columns)


def block_maxima(x: Array) -> tuple[Array, Array]:
    """The largest value of each block of the one pass, and its place."""
    a, b, c = blocks(x.shape)
    values, places = [], []
    for h in range(0, x.shape[0], a):
        for w in range(0, x.shape[1], b):
            for d in range(0, x.shape[2], c):
                block = x[h : h + a, w : w + b, d : d + c]
                at = first_maximum(block)
                values.append(block[tuple(at)])
                places.append(at + (h, w, d))
    return np.array(values), np.array(places, dtype=np.float64)


def rivals(x: Array, level: float) -> tuple[Array, Array]:
    """The voxels above a level: values and places, in (h, w, d) order. A second maximum that is hidden by the
    peak, in its blocks, is no block's largest value."""
    return x[x > level], np.argwhere(x > level).astype(np.float64)


def apart(sigma: float) -> float:
    """Maxima that are nearer to one another are one peak's: max(3, 2.5 σ̂) voxels."""
    return max(APART[0], APART[1] * sigma)


def second_maximum(values: Array, places: Array, middle: Array, sigma: float) -> tuple[float, Array]:
    """The largest of these values that is apart from the peak, and its place; −∞ without."""
    away = np.flatnonzero(distance(places, middle) > apart(sigma))
    if len(away) == 0:
        return -math.inf, middle
    best = away[values[away].argmax()]
    return float(values[best]), places[best]


def standing(top: float, maxima: Array, places: Array, peaks: list[Array], sigma: float) -> float:
    """(top − m)/(1.4826 · median |M − m|), M the maxima of blocks apart from both peaks, m their median; ∞
    with fewer than twelve.

    The maximum of pure noise, whatever its distribution, is one of many maxima like it.
    """
    beyond = np.min([distance(places, peak) for peak in peaks], 0) > apart(sigma)
    others = maxima[beyond & (maxima > -np.inf)]
    if len(others) < BLOCKS:
        return math.inf
    middle = order(others, 0.5)
    deviation = DEVIATION * order(np.abs(others - middle), 0.5)
    return (top - middle) / deviation if deviation > 0 else math.inf


# ------------------------------------------------------------------------------------------------------ flags


def limit(count: float, noise: float) -> float:
    """What the maximum of N normal values stays below: (√(2 ln N) + 1) s."""
    return (math.sqrt(2 * math.log(max(count, 2))) + STAND) * noise


def rival_level(height: float, noise: float, least: float) -> float:
    """How high a rival is above the background at least: it stands out of the noise too, and lies less than
    5.2 s below the first maximum or above 0.95 of its height."""
    return max(least, min(height - CHANCE * noise, RIVAL * height))


@dataclass(frozen=True)
class Trust:
    """What is known of a heatmap beside the answers of methods."""

    x: Array = field(repr=False)  # fill masked
    is_filled: bool
    top: float
    hard: NDArray[np.intp]
    middle: Array  # of the plateau of the maximum
    alike: int  # voxels of the plateau
    sigma: float
    background: float
    noise: float  # 0: not known
    share: float  # of the samples that lie beyond 3σ̂
    count: int  # voxels, as many as samples say are unmasked and unfilled
    second: float
    standing: float
    reference: Array
    is_cut: bool
    is_beyond: bool

    @property
    def has_background(self) -> bool:
        """Whether half of the samples lie beyond 3σ̂: else what is taken for background is the peak's own
        skirt. A plateau, which hides how narrow the peak is, has one."""
        return self.share >= OPEN or self.alike >= ALIKE

    @property
    def is_faint(self) -> bool:
        """The maximum is not above b + (√(2 ln N) + 1) s, or is like those of the blocks."""
        return self.top - self.background < limit(self.count, self.noise) or self.standing < PLAIN

    @property
    def is_bimodal(self) -> bool:
        """The second maximum is as high as a rival."""
        height, other = self.top - self.background, self.second - self.background
        return other > rival_level(height, self.noise, limit(self.count, self.noise))


def without_fill(x: Array) -> Array:
    """NaN and a finite fill become masks; values of which none is between 1e-150 and 1e150 are multiplied by
    2^±512: squares of differences are finite, and not 0."""
    x = np.where(np.isnan(x), -np.inf, x)
    fill = fill_of(sample(x, SAMPLES)[0], x.max())
    x = x if fill is None else np.where(x == fill, -np.inf, x)
    largest = np.abs(x[x > -np.inf]).max(initial=0.0)
    return x * (2.0**-512 if largest > 1e150 else 2.0**512 if largest < 1e-150 else 1.0)


def trust(x: Array) -> Trust | None:
    """All of it; none where every unmasked voxel has one value, or none is unmasked."""
    if x.size == 0:
        return None
    is_filled = fill_of(sample(np.where(np.isnan(x), -np.inf, x), SAMPLES)[0], np.nanmax(x)) is not None
    x = without_fill(x)
    usable = x[x > -np.inf]
    if len(usable) == 0 or usable.min() == usable.max():
        return None
    top, hard = float(x.max()), first_maximum(x)
    values, places = sample(x, SAMPLES)
    if len(values) == 0:
        values, places = np.array([top]), hard[None].astype(np.float64)
    middle, alike = plateau(x, hard)
    start = np.round(middle).astype(np.intp)
    sigma = width(x, start, order(values, 0.5) / 2 + top / 2)
    background, noise = background_and_noise(values[far(values, places, middle, sigma)])
    sigma = width(x, start, background / 2 + top / 2)
    maxima, at = block_maxima(x)
    count = round(x.size * len(values) / math.prod(counts(x.shape, SAMPLES)))
    level = background + rival_level(top - background, noise, limit(count, noise))
    other, elsewhere = rivals(x, level)
    second, there = second_maximum(
        np.concatenate([maxima, values, other]), np.concatenate([at, places, elsewhere]), middle, sigma
    )
    share = float(np.mean(distance(places, middle) > FAR * sigma))
    stands = standing(top, maxima, at, [middle, there], sigma)
    reference, is_cut, is_beyond = local_reference(x, middle, background, top, sigma)
    return Trust(
        x,
        is_filled,
        top,
        hard,
        middle,
        alike,
        sigma,
        background,
        noise,
        share,
        count,
        second,
        stands,
        reference,
        is_cut,
        is_beyond,
    )


def flags(of: Trust, answer: Array, most: float = AWAY) -> list[str]:
    """The flags of an answer, sorted; doubtful beyond `most` voxels from the local reference. `fallback` and
    `outside` are the method's own to tell."""
    found = []
    away = float(np.linalg.norm(answer - of.reference))
    if of.is_faint:
        found.append("faint")
    if of.is_bimodal:
        found.append("bimodal")
    if away > most:
        if of.alike >= ALIKE and np.linalg.norm(answer - of.middle) <= max(3.0, 2 * of.sigma):
            found.append("plateau")
        elif of.is_cut and np.linalg.norm(answer - of.middle) <= max(3.0, 2 * of.sigma):
            found.append("border")
        elif not of.is_bimodal:
            found.append("diffuse")
    elif of.is_beyond:
        found.append("border")
    return sorted(found)


# -------------------------------------------------------------------------------------------------------- fit


@dataclass(frozen=True)
class Fit:
    """A Gaussian on a background, fitted in a cube."""

    place: Array
    amplitude: float
    background: float
    precision: Array  # P, (3, 3); 0 along axes of length 1
    residual: float  # root mean square, √(Σ/(n − p))
    low: NDArray[np.intp]  # the cube's first voxel
    usable: Bool  # its unmasked voxels
    gain: Array = field(repr=False)  # ∂place/∂x, (3, n) over the unmasked voxels

    @property
    def sigma(self) -> float:
        """The geometric mean of its widths."""
        axes = [a for a in range(3) if self.usable.shape[a] > 1]
        return float(np.linalg.det(self.precision[np.ix_(axes, axes)]) ** (-0.5 / len(axes)))


def cube(x: Array, start: NDArray[np.intp], radius: int) -> tuple[Array, NDArray[np.intp]]:
    low = np.maximum(start - radius, 0)
    return x[tuple(slice(a, s + radius + 1) for a, s in zip(low, start, strict=True))], low


def fit(
    x: Array, start: NDArray[np.intp], radius: int, amplitude: float, background: float, sigma: float
) -> Fit | None:
    """Least squares of a exp(−½ |Lᵀ(r − c)|²) + b over the unmasked voxels of a cube about `start`, from the
    given numbers; P = L Lᵀ.

    None where it does not converge, there are too few voxels, the amplitude is not above 0, or the centre
    leaves the cube.
    """
    box, low = cube(x, start, radius)
    usable = box > -np.inf
    axes = [a for a in range(3) if box.shape[a] > 1]
    n = len(axes)
    lower = [(i, j) for i in range(n) for j in range(i + 1)]
    places, values = np.argwhere(usable)[:, axes].astype(np.float64), box[usable]
    # Two layers do not tell a width from a height.
    if n == 0 or 2 in box.shape or len(values) <= 2 + n + len(lower) or not amplitude > 0:
        return None

    def parts(p: Array) -> tuple[Array, Array, Array, Array]:
        root = np.zeros((n, n))
        for (i, j), value in zip(lower, p[2 + n :], strict=True):
            root[i, j] = value
        away = places - p[2 : 2 + n]
        turned = away @ root
        return root, away, turned, np.exp(-0.5 * (turned**2).sum(1))

    def rest(p: Array) -> Array:
        return p[0] * parts(p)[3] + p[1] - (values - background) / amplitude

    def slope(p: Array) -> Array:
        root, away, turned, bell = parts(p)
        height = p[0] * bell
        by_root = [-height * turned[:, j] * away[:, i] for i, j in lower]
        return np.stack([bell, np.ones(len(values)), *(height[:, None] * (turned @ root.T)).T, *by_root], 1)

    first = np.concatenate(
        [[1.0, 0.0], (start - low)[axes], [1 / sigma if i == j else 0.0 for i, j in lower]]
    )
    with np.errstate(all="ignore"):
        found = least_squares(rest, first, slope, method="lm", xtol=1e-8, ftol=1e-10, max_nfev=200)
    p, jacobian = found.x, slope(found.x)
    root = parts(p)[0]
    centre, normal = p[2 : 2 + n], jacobian.T @ jacobian
    is_inside = all(0 <= c <= box.shape[a] - 1 for c, a in zip(centre, axes, strict=True))
    if found.status <= 0 or not p[0] > 0 or not is_inside or np.linalg.cond(normal) > 1e14:
        return None
    place, precision, gain = low.astype(np.float64), np.zeros((3, 3)), np.zeros((3, len(values)))
    place[axes] += centre
    precision[np.ix_(axes, axes)] = root @ root.T
    gain[axes] = np.linalg.solve(normal, jacobian.T)[2 : 2 + n] / amplitude
    residual = math.sqrt(2 * found.cost / (len(values) - len(p))) * amplitude
    return Fit(place, p[0] * amplitude, p[1] * amplitude + background, precision, residual, low, usable, gain)


# ------------------------------------------------------------------------------------------------------- auto


@dataclass(frozen=True)
class Auto:
    place: Array
    fit: Fit | None  # the accepted one
    rule: str  # mean, fit, reference; local and middle are fallbacks


def accepted(of: Trust) -> Fit | None:
    """The fit of the cube of radius 2σ̂ (2 to 12 voxels), if it is good: an amplitude of 0.4 to 3 times top −
    b, the centre within max(1.5, σ̂) of the plateau's middle, a residual of at most max(1.3 s, 3 % of the
    amplitude)."""
    height, start = of.top - of.background, np.round(of.middle).astype(np.intp)
    radius = int(np.clip(round(REACH * of.sigma), *RADII))
    found = fit(of.x, start, radius, height, of.background, of.sigma)
    if found is None or not AMPLITUDE[0] * height <= found.amplitude <= AMPLITUDE[1] * height:
        return None
    is_near = np.linalg.norm(found.place - of.middle) <= max(1.5, of.sigma)
    is_good = found.residual <= max(RESIDUAL[0] * of.noise, RESIDUAL[1] * found.amplitude)
    return found if is_near and is_good else None


def mean_of_distribution(of: Trust) -> Array | None:
    """The centre of mass about the peak of a map that is a softmax already: no negative sample, sum within
    1 % of 1, one maximum, a background that would pull the mean of the whole map by at most 0.1 voxel (N b
    times half the longest axis), an answer within 3 voxels of the local reference."""
    total = of.x[of.x > -np.inf].sum()
    if (
        of.is_filled
        or sample(of.x, SAMPLES)[0].min(initial=0.0) < 0
        or abs(total - 1) > WHOLE
        or of.is_bimodal
    ):
        return None
    if of.count * max(of.background, 0.0) * max(of.x.shape) / 2 > PULL * total:
        return None
    radius = int(np.clip(math.ceil(3 * of.sigma) + 1, 3, 12))
    box, low = cube(of.x, np.round(of.middle).astype(np.intp), radius)
    weight = np.maximum(np.where(box > -np.inf, box, 0.0), 0.0)
    place = (weight * grid(box.shape, low)).sum((1, 2, 3)) / weight.sum()
    return place if np.linalg.norm(place - of.reference) <= APART[0] else None


def local_softmax(of: Trust) -> Array:
    """The mean of exp(16 (x − top)/(top − b)) over the cube of radius 4 about the plateau's middle."""
    box, low = cube(of.x, np.round(of.middle).astype(np.intp), NEAR)
    weight = np.exp(SHARP * (box - of.top) / (of.top - of.background))
    return (weight * grid(box.shape, low)).sum((1, 2, 3)) / weight.sum()


def auto(of: Trust) -> Auto:
    """The mean of what is a softmax already; else the fit, if it is good; else (a flat top, a second peak in
    the cube) the local reference; where the peak fills the volume, the local softmax."""
    if not of.top > of.background:
        return Auto(of.middle, None, "middle")
    found = accepted(of) if of.has_background else None
    mean = mean_of_distribution(of)
    if mean is not None:
        return Auto(mean, found, "mean")
    if not of.has_background:
        return Auto(local_softmax(of), None, "local")
    return Auto(of.reference, None, "reference") if found is None else Auto(found.place, found, "fit")


# ------------------------------------------------------------------------------------------------- error bars


def noise_and_correlation(of: Trust, found: Fit | None) -> tuple[float, Array]:
    """s and ρ₁ of the background, from up to 1000 samples; of what the fit leaves of it, if there is one: the
    skirt of a wide peak is smooth, and may be as large as the noise."""
    values, places = sample(of.x, MANY)
    background = far(values, places, of.middle, of.sigma)
    x = of.x if found is None else of.x - model(found, of.x.shape)
    chosen = places[background].astype(np.intp)
    middle, noise = background_and_noise(x[tuple(chosen.T)])
    return noise, correlation(x, places[background], middle)


def model(found: Fit, shape: tuple[int, ...]) -> Array:
    """What a fit says of every voxel of a volume."""
    away = np.moveaxis(np.indices(shape), 0, -1) - found.place
    bell = np.exp(-0.5 * np.einsum("...i,ij,...j->...", away, found.precision, away))
    return found.background + found.amplitude * bell


def smoothed(a: Array, rho: Array) -> Array:
    """R a of an array (H, W, D): along each axis Σ_j ρ₁^((i − j)²) a_j."""
    for axis in range(3):
        if rho[axis] > 0:
            n = a.shape[axis]
            lags = np.subtract.outer(np.arange(n), np.arange(n))
            a = np.moveaxis(np.tensordot(rho[axis] ** (lags.astype(np.float64) ** 2), a, (1, axis)), 0, axis)
    return a


def carried(derivative: Array, noise: float, rho: Array) -> Array:
    """s² A R Aᵀ of the derivative A of an answer by the voxels of a box, (3, H, W, D): the delta method's
    covariance."""
    # The noise comes first: its square may be out of range.
    derivative = noise * derivative
    through = np.stack([smoothed(row, rho) for row in derivative]).reshape(3, -1)
    covariance = derivative.reshape(3, -1) @ through.T
    return (covariance + covariance.T) / 2


def noise_at(found: Fit, noise: float, rho: Array) -> float:
    """The noise at the peak: the residual of the fit where noise is white; in smooth noise, which a fit
    follows in part, the larger of both. The background is quieter than the peak after relu, a sigmoid or
    rounding."""
    return found.residual if not rho.any() else max(noise, found.residual)


def fit_covariance(found: Fit, noise: float, rho: Array) -> Array:
    """C of a fit: its gain carried through the noise at the peak."""
    derivative = np.zeros((3, *found.usable.shape))
    derivative[:, found.usable] = found.gain
    return carried(derivative, noise, rho)


def quantile95(freedom: float) -> float:
    """The 95 % quantile of χ² of a number ν ≥ 1 of degrees of freedom that need not be whole, within 0.002:
    Wilson and Hilferty's ν (1 − 2/9ν + 1.644854 √(2/9ν))³ + 0.135/(ν + 0.43)."""
    part = 2 / (9 * freedom)
    return freedom * (1 - part + 1.6448536269514722 * math.sqrt(part)) ** 3 + 0.135 / (freedom + 0.43)


def radius95(away: Array, covariance: Array) -> float:
    """The 95 % quantile of |δ + ξ|, ξ ~ N(0, C), by Satterthwaite's two moments: √(v/2m · χ²_ν), m = tr C +
    |δ|², v = 2 tr C² + 4 δᵀCδ, ν = 2m²/v; |δ| where C is 0."""
    mean = float(np.trace(covariance) + away @ away)
    variance = float(2 * np.trace(covariance @ covariance) + 4 * away @ covariance @ away)
    if not variance > 1e-12 * mean**2:
        return math.sqrt(mean)
    return math.sqrt(variance / (2 * mean) * quantile95(2 * mean**2 / variance))


@dataclass(frozen=True)
class Basis:
    """Where the truth lies by the map itself: normal about `place`."""

    place: Array
    covariance: Array
    amplitude: float
    sigma: float
    noise: float
    rho: Array
    is_fitted: bool


def basis(of: Trust, found: Auto) -> Basis:
    """The fit of `auto` and its covariance; without an accepted fit the local reference, within half a width
    along each axis."""
    noise, rho = noise_and_correlation(of, found.fit)
    if found.fit is not None:
        noise = noise_at(found.fit, noise, rho)
        covariance = fit_covariance(found.fit, noise, rho)
        return Basis(found.fit.place, covariance, found.fit.amplitude, found.fit.sigma, noise, rho, True)
    guess = np.diag([(max(of.sigma, 1.0) / 2) ** 2 if n > 1 else 0.0 for n in of.x.shape])
    return Basis(found.place, guess, of.top - of.background, of.sigma, noise, rho, False)


def error95(by: Basis, answer: Array) -> float:
    """The radius about an answer of any method that holds the truth 95 times of 100: that of δ + ξ, δ =
    answer − place of the basis."""
    return radius95(answer - by.place, by.covariance)


def steadiness(by: Basis) -> float:
    """κ = s √6 σ²/A: how uncertain the curvature of the three voxels at the peak is; `newton` and `parabola`
    are linear in the noise where it is at most 0.1."""
    return by.noise * math.sqrt(6) * by.sigma**2 / by.amplitude


def covariance(by: Basis, answer: Array, derivative: Array | None, is_biased: bool) -> Array:
    """The covariance that is reported: the delta method's, with δδᵀ where the method is biased; C + δδᵀ where
    it has none.

    `gaussian`, `dark` and `auto` are unbiased; `soft`, `mean`, `debias` and `local` biased; `newton` and
    `parabola` unbiased, with a derivative where κ ≤ 0.1 and a step is not clamped; `hard`, `quarter` and what
    falls back have none.
    """
    away = answer - by.place
    if derivative is None:
        return by.covariance + np.outer(away, away)
    own = carried(derivative, by.noise, by.rho)
    return own + np.outer(away, away) if is_biased else own


def bound(amplitude: float, sigma: float, noise: float) -> float:
    """Cramér and Rao's: the standard error along an axis of a Gaussian's centre in white noise, s √2/(A π^¾
    √σ)."""
    return noise * math.sqrt(2) / (amplitude * math.pi**0.75 * math.sqrt(sigma))


# ---------------------------------------------------------------------------------- derivatives by the voxels


def grid(shape: tuple[int, ...], low: Array | None = None) -> Array:
    """Places of a box, (3, H, W, D)."""
    places = np.indices(shape).astype(np.float64)
    return places if low is None else places + np.reshape(low, (3, 1, 1, 1))


def by_softmax(x: Array, beta: float, low: Array | None = None) -> Array:
    """A_v = β p_v (r_v − μ), of `soft`, and of `local` in its window."""
    weight = np.exp(beta * (x - x.max()))
    p = weight / weight.sum()
    places = grid(x.shape, low)
    return beta * p * (places - (p * places).sum((1, 2, 3), keepdims=True))


def by_values(x: Array, low: Array | None = None) -> Array:
    """A_v = [x_v > 0] (r_v − μ)/Σw, of `mean`, and of `local` with weights=values in its window."""
    weight = np.maximum(x, 0)
    places = grid(x.shape, low)
    mean = (weight * places).sum((1, 2, 3), keepdims=True) / weight.sum()
    return (x > 0) * (places - mean) / weight.sum()


def by_debias(x: Array, beta: float, share: float) -> Array:
    """A_v = β e_v (r_v − J)/(Z − N_b), J the answer, N_b = N · share, the background's, taken as known."""
    weight = np.where(x > -np.inf, np.exp(beta * (x - x.max())), 0.0)
    places, usable = grid(x.shape), x > -np.inf
    left = weight.sum() - usable.sum() * share
    answer = ((weight - share * usable) * places).sum((1, 2, 3), keepdims=True) / left
    return beta * weight * (places - answer) / left


def by_parabola(x: Array, peak: NDArray[np.intp], is_log: bool) -> Array:
    """o = (a − c)/2H, H = a − 2b + c: ∂o/∂a = (½ − o)/H, ∂o/∂b = 2o/H, ∂o/∂c = −(½ + o)/H, each by 1/x where
    a, b, c are logarithms."""
    found = np.zeros((3, *x.shape))
    for axis in range(3):
        if not 0 < peak[axis] < x.shape[axis] - 1:
            continue
        index = [tuple(peak + step * np.eye(3, dtype=np.intp)[axis]) for step in (-1, 0, 1)]
        values = np.array([x[i] for i in index])
        a, b, c = np.log(values) if is_log else values
        curvature = a - 2 * b + c
        o = (a - c) / (2 * curvature)
        for i, part, value in zip(index, (0.5 - o, 2 * o, -0.5 - o), values, strict=True):
            found[axis][i] = part / curvature / (value if is_log else 1.0)
    return found


def stencils(axes: list[int]) -> tuple[Array, Array]:
    """Central differences on 3 × 3 × 3 values: g_i = Σ G[i] f, H_ij = Σ K[i, j] f."""
    shape = tuple(3 if a in axes else 1 for a in range(3))
    n, middle = len(axes), [1 if a in axes else 0 for a in range(3)]
    first, second = np.zeros((n, *shape)), np.zeros((n, n, *shape))

    def place(*moves: tuple[int, int]) -> tuple[int, ...]:
        at = list(middle)
        for axis, by in moves:
            at[axis] += by
        return tuple(at)

    for i, a in enumerate(axes):
        for side in (-1, 1):
            first[i][place((a, side))] = side / 2
            second[i, i][place((a, side))] = 1
        second[i, i][place()] = -2
        for j, b in enumerate(axes[:i]):
            for p in (-1, 1):
                for q in (-1, 1):
                    second[i, j][place((a, p), (b, q))] = second[j, i][place((a, p), (b, q))] = p * q / 4
    return first, second


def by_newton(f: Array, axes: list[int]) -> Array:
    """∂t/∂f_v = −H⁻¹ (∂g/∂f_v + (∂H/∂f_v) t) of the step t = −H⁻¹g on 3 × 3 × 3 values, (3, 3, 3, 3)."""
    first, second = stencils(axes)
    gradient, hessian = (first * f).sum((1, 2, 3)), (second * f).sum((2, 3, 4))
    step = -np.linalg.solve(hessian, gradient)
    inner = first + np.tensordot(second, step, ((1,), (0,)))
    found = np.zeros((3, *f.shape))
    found[axes] = -np.tensordot(np.linalg.inv(hessian), inner, (1, 0))
    return found


def by_blur(box: Array, start: Array, reach: list[int], sigma: float) -> Array:
    """`dark`: ∂t/∂y · K/Σk, y the blurred values of which the step takes the logarithm; `box` holds what all
    of them reach, with −∞ where masked, `start` the peak in it."""
    axes = [a for a in range(3) if 0 < start[a] < box.shape[a] - 1]
    usable = (box > -np.inf).astype(np.float64)
    rows = [
        np.stack(
            [kernel(n, int(start[a]) + by, reach[a], sigma) for by in ((-1, 0, 1) if a in axes else (0,))]
        )
        for a, n in enumerate(box.shape)
    ]
    full = np.einsum("ax,by,cz->abcxyz", *rows) * usable
    mass = full.sum((3, 4, 5))
    y = (full * np.where(usable > 0, box, 0.0)).sum((3, 4, 5)) / mass
    by_y = by_newton(np.log(y), axes) / y / mass
    return np.tensordot(by_y, full, 3)
