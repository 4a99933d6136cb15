"""The methods of the study. To add one, add a row. A method that the program does not have is skipped with a
message."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BETAS = (4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30, 40, 50, 70)


@dataclass(frozen=True)
class Method:
    """One line of the tables."""

    label: str
    options: Callable  # (point, best betas) to the options of softargmax decode
    panel: int  # 0 the whole volume or one voxel, 1 a fit near the peak
    matched: bool = False  # its beta is chosen on other maps of the same width and noise


def plain(label, name, panel, *more):
    return Method(label, lambda point, best: ["--method", name, *more], panel)


def matched(label, name, panel):
    return Method(label, lambda point, best: ["--method", name, "--beta", str(best)], panel, True)


METHODS = [
    plain("hard", "hard", 0),
    plain("quarter", "quarter", 0),
    plain("soft, T 1", "soft", 0),
    plain("soft, T 0.02", "soft", 0, "--temperature", "0.02"),
    matched("soft, T matched", "soft", 0),
    plain("mean", "mean", 0),
    matched("debias, T matched", "debias", 0),
    plain("local, T 1", "local", 1),
    matched("local, T matched", "local", 1),
    plain("parabola", "parabola", 1),
    plain("parabola, raw", "parabola:space=raw", 1),
    plain("newton", "newton", 1),
    plain("dark", "dark", 1),
    plain("gaussian", "gaussian", 1),
    plain("auto", "auto", 1),
]

# The same with parameters that follow the width of the peak: only for the tables of the width.
WIDTH = [
    Method("dark, sigma σ", lambda point, best: ["--method", f"dark:sigma={point.sigma:g}"], 1),
    Method("gaussian, radius 2σ", lambda point, best: ["--method", f"gaussian:radius={radius(point, 2)}"], 1),
    *(
        Method(
            f"local, {factor}σ, T matched",
            lambda point, best, factor=factor: [
                "--method",
                f"local:radius={radius(point, factor)},beta={best}",
            ],
            1,
            True,
        )
        for factor in (2, 4)
    ),
]


def radius(point, factor):
    """A multiple of the width, at least two voxels."""
    return max(2, int(np.ceil(factor * point.sigma)))
