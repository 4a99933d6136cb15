"""Random heatmaps of shape (B, C, H, W) or (B, C, H, W, D), and the answers of softargmax."""

import numpy as np

import program

#: Largest |value / temperature|. f32 represents such a quotient to 2⁻¹⁹.
STEEPEST = 50.0
#: A peer that computes in f32 gives a coordinate to this part of its axis. The exponent x/T - m is off by up
#: to 2 · 50 · 2⁻²⁴, each weight with it; the exponential, its sum and the weighted sum add at most 64
#: roundings. A mean of places in [0, 1] is off by no more than twice the weights' relative error: 2 · (100 +
#: 64) · 2⁻²⁴.
SINGLE = 2e-5
#: softargmax promises this many voxels for f32 input (docs/numerics.md); the peer then computes in f64.
PROMISE = 1e-5
#: Both in f64.
DOUBLE = 1e-9


def shape(rng, dims, least=1, most=None):
    """At most two or three samples or channels, and axes that are rarely equal."""
    most = most or {2: 40, 3: 16}[dims]
    return (*rng.integers(1, 4, 2), *rng.integers(least, most + 1, dims))


def smooth(x, dims, rounds=1):
    """Neighbours resemble each other; both of two would become one."""
    for _ in range(rounds):
        for axis in (axis for axis in range(-dims, 0) if x.shape[axis] > 2):
            x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


def logits(rng, dims, least=1, most=None):
    """Noise around any level, smooth or not."""
    x = rng.normal(size=shape(rng, dims, least, most)) * 10 ** rng.uniform(-1, 1) + rng.normal()
    return smooth(x, dims) if rng.random() < 0.5 else x


def positive(rng, dims, least=1, most=None):
    """Values above 0, as of a network that outputs probabilities."""
    x = smooth(rng.random(shape(rng, dims, least, most)), dims, int(rng.integers(3)))
    return x ** rng.uniform(1, 6)


def distinct(rng, dims, least=1, most=None):
    """No two values of a map are equal."""
    lengths = shape(rng, dims, least, most)
    ranks = rng.permuted(np.tile(np.arange(np.prod(lengths[2:])), (lengths[0] * lengths[1], 1)), axis=1)
    return (ranks.reshape(lengths) + 1.0) / ranks.shape[1]


def gaussians(rng, dims, lengths, sigma, edge):
    """Round Gaussians of height 1, one for each map, their centres at least `edge` voxels from the faces:
    (maps, centres)."""
    batch = tuple(rng.integers(1, 4, 2))
    centres = rng.uniform(edge, np.array(lengths) - 1 - edge, (*batch, dims))
    places = np.moveaxis(np.indices(lengths), 0, -1)
    away = places - centres.reshape(*batch, *[1] * dims, dims)
    return np.exp(-(away**2).sum(-1) / (2 * sigma**2)), centres


def temperature(rng, x):
    """A temperature at which x/T is at most STEEPEST."""
    least = max(np.abs(x).max() / STEEPEST, 1e-3)
    return float(f"{least * 10 ** rng.uniform(0.01, 1.5):.3g}")


def ask(folder, x, args, order="first", coords="voxel", stats=False):
    """The landmarks; the axes of space are H, W, D in the order of the array, and written `first` or `last`
    first."""
    dims = x.ndim - 2
    np.save(folder / "map.npy", x)
    orders = {("first", 2): "hwd", ("first", 3): "hwd", ("last", 2): "whd", ("last", 3): "dwh"}
    args = ["--layout", "NCHW" if dims == 2 else "NCHWD", "--order", orders[order, dims], *args]
    [record] = program.decode(folder, ["map.npy"], args, coords, stats)
    return record["landmarks"]


def decode(folder, x, args, order="first", coords="voxel"):
    """Coordinates (B, C, 2 or 3); NaN if there is no answer."""
    dims = x.ndim - 2
    found = [landmark[coords.partition(",")[0]] for landmark in ask(folder, x, args, order, coords)]
    found = [[np.nan] * 3 if place is None else place for place in found]
    return np.array(found, float)[:, :dims].reshape(*x.shape[:2], dims)


def spread(folder, x, args, prefix=""):
    """(coordinates, covariance in voxel²): (B, C, k), (B, C, k, k)."""
    dims, marks = x.ndim - 2, ask(folder, x, args, stats=True)
    names = "hwd"[:dims]
    value = lambda mark, name: np.nan if mark["stats"].get(name) is None else mark["stats"][name]
    key = lambda a, b: f"{prefix}cov_{min(a, b, key='hwd'.index)}{max(a, b, key='hwd'.index)}_voxel2"
    covariance = [[[value(mark, key(a, b)) for b in names] for a in names] for mark in marks]
    places = [mark["voxel"][:dims] for mark in marks]
    return np.reshape(places, (*x.shape[:2], dims)), np.reshape(covariance, (*x.shape[:2], dims, dims))


def peaks(folder, x, args):
    """For each map, in order, {voxel of the maximum: answer}."""
    dims, found = x.ndim - 2, {}
    for mark in ask(folder, x, args):
        heatmap = found.setdefault((mark["n"], mark["c"]), {})
        if mark["status"] == "ok":
            heatmap[tuple(int(i) for i in mark["hard"]["voxel"][:dims])] = np.array(mark["voxel"][:dims])
    return found


def hardest(x):
    """(B, C, 2 or 3): the first largest voxel of each map."""
    flat = x.reshape(*x.shape[:2], -1).argmax(-1)
    return np.stack(np.unravel_index(flat, x.shape[2:]), -1)


def box(heatmap, place, radius):
    """The voxels within a distance of a voxel along each axis."""
    return heatmap[tuple(slice(max(i - radius, 0), i + radius + 1) for i in place)]


def is_highest(heatmap, place, radius):
    """Whether none of these voxels is higher."""
    return box(heatmap, place, radius).max() == heatmap[place]


def far(found, expected):
    """The largest difference, NaN if one of the two is NaN."""
    return np.abs(np.asarray(found, float) - np.asarray(expected, float)).max()
