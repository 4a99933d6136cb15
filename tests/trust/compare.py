"""The program beside `reference.py`, map by map: the same flags, the same `auto`, the same `error95`.

Flags must be the same. At the bound of a rule (is this fit good?) `auto` and `error95` may differ: the
program sums in another order, and its fit ends by another criterion. So at most 1 in 50 of them may.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import reference
from numpy.typing import NDArray

import answers

#: Voxel: how far the answers of `auto` may lie apart.
PLACE = 1e-3
#: As a share: how far two `error95` may differ; without noise both are rounding.
RADIUS, ROUNDED = 0.02, 1e-4
#: Of the answers, those that may differ, but for flags.
SHARE = 0.02
#: Methods whose answers lie near the peak, on it, and anywhere.
METHODS = ("auto", "hard", "soft T 0.05", "mean")
WHAT = ("flags", "auto", "fallback", "error95")


def own(row: dict) -> list[str]:
    """Flags that the map tells, not the method."""
    return [flag for flag in row["flags"].split() if flag not in ("fallback", "outside")]


class Known:
    """What the reference says of a map."""

    def __init__(self, x: NDArray) -> None:
        self.of = reference.trust(x.astype(np.float64))
        if self.of is not None:
            self.auto = reference.auto(self.of)
            self.basis = reference.basis(self.of, self.auto)

    def differences(self, row: dict, method: str) -> list[str]:
        """In what a row of the program is something else."""
        if self.of is None or not row["h_voxel"]:
            return []
        found = []
        place = np.array([float(row[f"{axis}_voxel"]) for axis in "hwd"])
        most = reference.AWAY_ON_GRID if method == "hard" else reference.AWAY
        if own(row) != reference.flags(self.of, place, most):
            found.append("flags")
        if method == "auto":
            if np.linalg.norm(place - self.auto.place) > PLACE:
                found.append("auto")
            if ("fallback" in row["flags"].split()) != (self.auto.rule in ("local", "middle")):
                found.append("fallback")
        radius = reference.error95(self.basis, place)
        said = float(row["error95_voxel"] or math.nan)
        if not math.isclose(said, radius, rel_tol=RADIUS, abs_tol=ROUNDED):
            found.append("error95")
        return found


def compared(
    program: str, folder: Path, kinds: list[str], count: int, hold: Callable[[bool, str], str]
) -> list[list[str]]:
    """For each kind how many answers for its first `count` maps are something else, in what, and which."""
    rows = [["kind", "answers", *WHAT, "which"]]
    total, every = Counter(), 0
    for kind in kinds:
        maps = np.load(folder / f"{kind}.npy", mmap_mode="r")[:count]
        np.save(folder / "compared.npy", maps)
        known = [Known(x[0]) for x in maps]
        where: dict[str, list[str]] = {what: [] for what in WHAT}
        asked = 0
        for method in METHODS:
            options = answers.METHODS[method]
            found = answers.decode(program, folder / "compared.npy", options, ["--uncertainty"])
            asked += len(found)
            for number, (of, row) in enumerate(zip(known, found, strict=True)):
                for what in of.differences(row, method):
                    where[what].append(f"{method} {number}")
        (folder / "compared.npy").unlink()
        which = "; ".join(f"{what}: {', '.join(places)}" for what, places in where.items() if places)
        rows.append([kind, str(asked), *(str(len(places)) for places in where.values()), which])
        total.update({what: len(places) for what, places in where.items()})
        every += asked
    for what in WHAT:
        most = 0 if what == "flags" else SHARE * every
        hold(total[what] <= most, f"{what}: {total[what]} of {every} are not those of the reference")
    return [*rows, ["all", str(every), *(str(total[what]) for what in WHAT), ""]]
