"""What the answers of a program are worth: false alarms and misses of its flags, the errors of `auto`, the
coverage of `error95` over the kinds of `maps.py`. `tables.py` asks for them.

A miss is an answer more than 1 voxel off without a flag, a false alarm a flag on an answer within 0.25 voxel.
Left out: peaks nearer than 3σ (counted apart), a second peak of which one map cannot tell (gap of 2.3 to 8.1
noise units), the network's maps (reported). Of a second peak that another draw would have made the first (gap
of at most 2.3) any unflagged answer is a miss for `bimodal`, and no flag is false.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import answers
from maps import KINDS

Array = NDArray[np.float64]

OFF, GOOD = 1.0, 0.25
GROUP = {kind.name: kind.group for kind in KINDS}
#: Groups whose answers count for misses and false alarms.
JUDGED = ("single", "two", "beyond", "noise")
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


def judge(folder: Path, rows: list[dict]) -> list[Answer]:
    """Every answer that is one, against the truth of its map."""
    truths = {path.name.removesuffix(".truth.npy"): np.load(path) for path in folder.glob("*.truth.npy")}
    found = []
    for row in rows:
        if not row["h"]:
            continue
        kind, number = row["kind"], int(row["number"])
        place, truth = np.array([float(row[axis]) for axis in "hwd"]), truths[kind][number]
        error = float(np.linalg.norm(place - truth)) if np.isfinite(truth).all() else math.inf
        told = tuple(flag for flag in row["flags"].split() if flag not in SILENT)
        found.append(Answer(kind, number, row["method"], error, told, float(row["error95"] or math.nan)))
    return found


def judged(found: Iterable[Answer]) -> list[Answer]:
    """Those that count for misses and false alarms."""
    return [a for a in found if GROUP.get(a.kind) in JUDGED and a.kind != "two-between"]


def is_missed(a: Answer) -> bool:
    return a.error > OFF and not a.flags


def is_false(a: Answer) -> bool:
    return a.error <= GOOD and bool(a.flags) and not a.kind.startswith("two-close")


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
        close = [a for a in own if a.kind.startswith("two-close")]
        clear = [a for a in own if a.kind == "two-clear"]
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
        if GROUP.get(a.kind) not in ("noise", "beyond"):
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
