"""The reference against central differences and SciPy, and on maps that have little to say.

python tests/trust/test_reference.py
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import reference as r
from numpy.typing import NDArray
from scipy.stats import chi2

Array = NDArray[np.float64]
Answer = Callable[[Array], Array]
SHAPE = (9, 9, 9)
PEAK = np.array([4, 4, 4])
VOXELS = ((4, 4, 4), (4, 4, 5), (3, 4, 5), (2, 4, 4), (5, 5, 3), (0, 1, 8))


def peaked(noise: float = 0.01) -> Array:
    """A Gaussian off the voxel (4, 4, 4), on a background, in noise."""
    away = r.grid(SHAPE) - np.reshape((4.2, 3.9, 4.3), (3, 1, 1, 1))
    return np.exp(-(away**2).sum(0) / 8) + 0.05 + noise * np.random.default_rng(0).random(SHAPE)


def slopes(answer: Answer, x: Array, by: float = 1e-6) -> Array:
    """Central differences of an answer by some voxels."""
    found = []
    for voxel in VOXELS:
        above, below = x.copy(), x.copy()
        above[voxel] += by
        below[voxel] -= by
        found.append((answer(above) - answer(below)) / (2 * by))
    return np.array(found)


def weighted(weight: Array) -> Array:
    return (weight * r.grid(SHAPE)).sum((1, 2, 3)) / weight.sum()


def parabola(x: Array) -> Array:
    found = []
    for step in np.eye(3, dtype=np.intp):
        a, b, c = (np.log(x[tuple(PEAK + k * step)]) for k in (-1, 0, 1))
        found.append((a - c) / (2 * (a - 2 * b + c)))
    return np.array(found)


def newton(x: Array) -> Array:
    step = r.apex(x[3:6, 3:6, 3:6], [0, 1, 2])
    assert step is not None
    return step


def dark(x: Array) -> Array:
    y = np.zeros((3, 3, 3))
    for at in itertools.product(range(3), repeat=3):
        rows = [r.kernel(9, 3 + k, 3, 1.2) for k in at]
        y[at] = np.einsum("abc,a,b,c", x, *rows) / np.prod([row.sum() for row in rows])
    step = r.apex(y, [0, 1, 2])
    assert step is not None
    return step


def fitted(x: Array) -> Array:
    found = r.fit(x, PEAK, 4, 1.0, 0.05, 2.0)
    assert found is not None
    return found.place


def derivatives() -> None:
    x, top = peaked(), peaked().max()
    by_newton = np.zeros((3, *SHAPE))
    inner = x[3:6, 3:6, 3:6]
    by_newton[:, 3:6, 3:6, 3:6] = r.by_newton(np.log(inner), [0, 1, 2]) / inner
    share = np.exp(-8)
    pairs: dict[str, tuple[Answer, Array]] = {
        "soft": (lambda x: weighted(np.exp(10 * x)), r.by_softmax(x, 10)),
        "mean": (weighted, r.by_values(x)),
        "debias": (lambda x: weighted(np.exp(10 * (x - top)) - share), r.by_debias(x, 10, share)),
        "parabola": (parabola, r.by_parabola(x, PEAK, True)),
        "newton": (newton, by_newton),
        "dark": (dark, r.by_blur(x, PEAK, [3, 3, 3], 1.2)),
    }
    for name, (answer, derivative) in pairs.items():
        found = np.array([derivative[(slice(None), *voxel)] for voxel in VOXELS])
        assert np.abs(slopes(answer, x) - found).max() < 1e-8, name
    # Without noise nothing is left of the second derivatives that the gain leaves out.
    x = peaked(0.0)
    fit = r.fit(x, PEAK, 4, 1.0, 0.05, 2.0)
    assert fit is not None
    gain = fit.gain.reshape(3, *SHAPE)
    found = np.array([gain[(slice(None), *voxel)] for voxel in VOXELS])
    assert np.abs(slopes(fitted, x, 1e-4) - found).max() < 1e-5
    assert np.allclose(fit.place, (4.2, 3.9, 4.3), atol=1e-6)


def radii() -> None:
    for freedom in (1, 1.5, 2, 3, 4.7, 10, 100, 1e5):
        exact = chi2.ppf(0.95, freedom)
        assert abs(r.quantile95(freedom) - exact) < 5e-4 * exact, freedom
    rng = np.random.default_rng(1)
    for away, widths in (((0, 0, 0), (1, 1, 1)), ((1, 0, 0), (0.5, 0.2, 0.1)), ((3, 1, 0), (1, 1, 0.01))):
        drawn = np.array(away) + rng.standard_normal((200_000, 3)) * widths
        exact = np.quantile(np.linalg.norm(drawn, axis=1), 0.95)
        assert abs(r.radius95(np.array(away, float), np.diag(np.square(widths))) / exact - 1) < 0.02
    assert r.radius95(np.array([3.0, 4.0, 0.0]), np.zeros((3, 3))) == 5


def edges() -> None:
    """Constant, saturated, masked, tiny, huge and flat maps: a number or nothing, never NaN."""
    rng = np.random.default_rng(2)
    half = np.where(np.arange(10) < 5, 1.0, 0.0)[:, None, None] * np.ones((10, 10, 10))
    huge = np.where(rng.random((10, 10, 10)) < 0.5, np.finfo(float).max, -np.finfo(float).max)
    masked = np.full((6, 6, 6), -np.inf)
    one = masked.copy()
    one[2, 3, 4] = 1.0
    two = one.copy()
    two[2, 3, 5] = 0.5
    ignored = rng.random((8, 8, 8))
    ignored[2:5] = np.nan
    nothing = {"constant": np.ones((5, 5, 5)), "masked": masked, "one": one, "voxel": np.ones((1, 1, 1))}
    nothing["empty"] = np.ones((0, 3, 3))
    for name, x in nothing.items():
        assert r.trust(x) is None, name
    shapes = [s for s in itertools.product((1, 2, 3, 20), repeat=3) if s != (1, 1, 1)]
    maps = [half, 1 - half, huge, two, ignored, -rng.random((7, 7, 7)), peaked() * 1e300, peaked() * 1e-300]
    with np.errstate(all="raise", under="ignore"):
        for x in [*maps, *(rng.random(shape) for shape in shapes)]:
            of = r.trust(x)
            assert of is not None
            found = r.auto(of)
            by = r.basis(of, found)
            radius, covariance = r.error95(by, found.place), r.covariance(by, of.middle, None, False)
            assert np.isfinite(of.reference).all() and np.isfinite(found.place).all(), x.shape
            assert np.isfinite(radius) and np.isfinite(covariance).all(), x.shape
            assert ((found.place >= 0) & (found.place <= np.array(x.shape) - 1)).all(), x.shape
            assert r.flags(of, found.place) == sorted(r.flags(of, found.place))


if __name__ == "__main__":
    derivatives()
    radii()
    edges()
    print("as expected")
