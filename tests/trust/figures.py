"""The tables of what can be trusted: false alarms and misses of the flags, the errors of `auto`, the coverage
of `error95`.

python figures.py MAPS ANSWERS.csv [--prototype]

MAPS is the folder that `maps.py` wrote, ANSWERS.csv what `answers.py` asked a program about them. Flags and
error bars are those of the answers; with `--prototype` those that `reference.py` gives to the same answers,
and `auto` is its own.

A miss is an answer more than 1 voxel off without a flag, a false alarm a flag on an answer within 0.25 voxel.
Left out: peaks nearer than 3σ (counted apart), a second peak of which one map cannot tell (gap of 2.3 to 8.1
noise units), the network's maps (reported). Of a second peak that another draw would have made the first (gap
of at most 2.3) any unflagged answer is a miss for `bimodal`, and no flag is false.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import reference
from numpy.typing import NDArray

import answers
from maps import KINDS

Array = NDArray[np.float64]

OFF, GOOD = 1.0, 0.25
GROUP = {kind.name: kind.group for kind in KINDS}
#: A method that falls back tells nothing of its error.
SILENT = {"fallback", "outside"}


@dataclass(frozen=True)
class Answer:
    """One answer, how far it is off (∞ where there is no truth), its flags, its error bar."""

    kind: str
    number: int
    method: str
    error: float
    flags: tuple[str, ...]
    error95: float


def load(folder: Path, table: Path, is_prototype: bool) -> list[Answer]:
    """Every answer that is one."""
    truths = {path.name.removesuffix(".truth.npy"): np.load(path) for path in folder.glob("*.truth.npy")}
    grouped: dict[str, list[dict]] = defaultdict(list)
    for row in answers.read(table):
        if row["h"] and row["kind"] in truths:
            grouped[row["kind"]].append(row)
    found = []
    for kind, rows in grouped.items():
        judge = Prototype(np.load(folder / f"{kind}.npy", mmap_mode="r")) if is_prototype else None
        if judge:
            rows = [row for row in rows if row["method"] != "auto"] + judge.auto(kind)
        for row in rows:
            place = np.array([float(row[axis]) for axis in "hwd"])
            truth = truths[kind][int(row["number"])]
            error = float(np.linalg.norm(place - truth)) if np.isfinite(truth).all() else math.inf
            flags, radius = row["flags"].split(), float(row["error95"] or math.nan)
            if judge:
                flags, radius = judge.of(int(row["number"]), place)
            told = tuple(flag for flag in flags if flag not in SILENT)
            found.append(Answer(kind, int(row["number"]), row["method"], error, told, radius))
    return found


class Prototype:
    """The reference's flags and error bars for the maps of one kind."""

    def __init__(self, maps: NDArray) -> None:
        self.maps = maps
        self.known: dict[int, tuple[reference.Trust, reference.Auto, reference.Basis] | None] = {}

    def trust(self, number: int) -> tuple[reference.Trust, reference.Auto, reference.Basis] | None:
        if number not in self.known:
            of = reference.trust(self.maps[number, 0].astype(np.float64))
            own = None if of is None else reference.auto(of)
            self.known[number] = None if own is None else (of, own, reference.basis(of, own))
        return self.known[number]

    def auto(self, kind: str) -> list[dict]:
        """Rows as `answers.py` has them."""
        rows = []
        for number in range(len(self.maps)):
            found = self.trust(number)
            if found:
                at = dict(zip("hwd", found[1].place, strict=True))
                last = {"status": "ok", "flags": "", "error95": ""}
                rows.append({"kind": kind, "number": number, "method": "auto", **at, **last})
        return rows

    def of(self, number: int, place: Array) -> tuple[list[str], float]:
        found = self.trust(number)
        if found is None:
            return [], math.nan
        return reference.flags(found[0], place), reference.error95(found[2], place)


def judged(found: Iterable[Answer]) -> list[Answer]:
    """Those that count for misses and false alarms."""
    return [a for a in found if GROUP.get(a.kind) in ("single", "two", "noise") and a.kind != "two-between"]


def is_missed(a: Answer) -> bool:
    return a.error > OFF and not a.flags


def is_false(a: Answer) -> bool:
    return a.error <= GOOD and bool(a.flags) and a.kind != "two-close"


def alarms(found: list[Answer]) -> list[list[str]]:
    """For each method: answers that are off, those missed; good ones, those flagged; how often each flag is
    told, and falsely."""
    rows = [["method", "off", "missed", "good", "false", "flags of those off", "false flags"]]
    for method in methods(found):
        own = [a for a in judged(found) if a.method == method]
        off, good = [a for a in own if a.error > OFF], [a for a in own if a.error <= GOOD]
        missed, false = [a for a in off if is_missed(a)], [a for a in good if is_false(a)]
        shares = Counter(flag for a in off for flag in a.flags)
        told = " ".join(f"{flag} {100 * n / len(off):.0f} %" for flag, n in sorted(shares.items()))
        wrong = Counter(flag for a in false for flag in a.flags)
        rows.append(
            [method, str(len(off)), part(missed, off), str(len(good)), part(false, good), told, listed(wrong)]
        )
    return rows


def part(some: list, of: list) -> str:
    return f"{len(some)} ({100 * len(some) / max(len(of), 1):.1f} %)"


def listed(counts: Counter) -> str:
    return " ".join(f"{name} {n}" for name, n in sorted(counts.items()))


def bimodal(found: list[Answer]) -> list[list[str]]:
    """On its own classes: gap of at most 2.3 noise units without any flag, of at least 8.1 with the flag
    `bimodal`."""
    rows = [["method", "gap ≤ 2.3, unflagged", "gap ≥ 8.1, bimodal", "nearer than 3σ: off, missed"]]
    for method in methods(found):
        own = [a for a in found if a.method == method]
        close, clear = [a for a in own if a.kind == "two-close"], [a for a in own if a.kind == "two-clear"]
        merged = [a for a in own if GROUP.get(a.kind) == "near" and a.error > OFF]
        rows.append(
            [
                method,
                part([a for a in close if not a.flags], close),
                part([a for a in clear if "bimodal" in a.flags], clear),
                f"{len(merged)}, {part([a for a in merged if not a.flags], merged)}",
            ]
        )
    return rows


def errors(found: list[Answer]) -> list[list[str]]:
    """For each kind: the mean error of `auto`, of `hard`, and of the best other method."""
    rows = [["kind", "auto", "hard", "best", "", "within 1.1 · best + 0.03 and hard + 0.05"]]
    by_kind: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for a in found:
        if GROUP.get(a.kind) != "noise":
            by_kind[a.kind][a.method].append(a.error)
    for kind, lists in by_kind.items():
        most = max(map(len, lists.values()))
        means = {method: float(np.mean(e)) for method, e in lists.items() if len(e) == most}
        own = means.pop("auto", math.nan)
        best = min(means, key=means.__getitem__)
        slack = (1.05, 0.0) if kind.startswith("net-") else (1.1, 0.03)
        is_met = own <= slack[0] * means[best] + slack[1] and own <= means["hard"] + 0.05
        numbers = [f"{x:.3f}" for x in (own, means["hard"], means[best])]
        rows.append([kind, *numbers, best, "yes" if is_met else "no"])
    return rows


def coverage(found: list[Answer]) -> list[list[str]]:
    """For each method: the share of single peaks, not flagged faint or bimodal, whose truth lies within
    `error95`."""
    rows = [["method", "maps", "within error95", "least kind"]]
    for method in methods(found):
        by_kind: dict[str, list[bool]] = defaultdict(list)
        for a in found:
            is_plain = GROUP.get(a.kind) == "single" and not {"faint", "bimodal"} & set(a.flags)
            if a.method == method and is_plain and math.isfinite(a.error95):
                by_kind[a.kind].append(a.error <= a.error95 + 1e-3)
        if by_kind:
            every = [x for inside in by_kind.values() for x in inside]
            least = min(by_kind, key=lambda kind: float(np.mean(by_kind[kind])))
            lowest = 100 * float(np.mean(by_kind[least]))
            share = f"{100 * float(np.mean(every)):.1f} %"
            rows.append([method, str(len(every)), share, f"{least} {lowest:.0f} %"])
    return rows


def methods(found: list[Answer]) -> list[str]:
    present = {a.method for a in found}
    return [method for method in answers.METHODS if method in present]


def markdown(rows: list[list[str]]) -> str:
    head, *rest = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("maps", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--prototype", action="store_true", help="flags, error bars and auto of reference.py")
    given = parser.parse_args()
    everything = load(given.maps, given.answers, given.prototype)
    for title, make in (
        ("False alarms and misses", alarms),
        ("Two peaks", bimodal),
        ("auto", errors),
        ("Coverage of error95", coverage),
    ):
        print(f"## {title}\n\n{markdown(make(everything))}\n")
    counted = alarms(everything)[1:]
    worst = max(float(row[i].split("(")[1].split(" ")[0]) for row in counted for i in (2, 4))
    sys.exit(0 if worst <= 2 else f"{worst} % of misses or false alarms: more than 1 in 50")
