"""`softargmax eval` against NumPy and SciPy, on studies drawn anew: statistics, intervals, differences."""

import json

import evaluation_draw as draw
import program
from ledger import Section

PAIR = ("AC", "PC")


def statistics(group):
    """A group of the report as name -> (value, count, low, high)."""
    found = {}
    for own in group["statistics"]:
        limit = "" if own["limit"] is None else f"@{float(own['limit'])}"
        found[own["statistic"] + limit] = (own["value"], own["count"], *(own["interval"] or (None, None)))
    return found


def compare(section, found, expected, where):
    """Counts each number of a group."""
    section.expect(set(found) == set(expected), f"{where}: {set(found) ^ set(expected)}")
    for name in set(found) & set(expected):
        one = expected[name]
        wanted = (one["value"], one["count"], *(one["interval"] or (None, None)))
        for own, number in zip(found[name], wanted, strict=True):
            same(section, own, number, f"{where} {name}")


def same(section, own, number, where):
    """Counts one number; None is one that there is not."""
    if own is None or number is None:
        section.expect(own == number, f"{where}: {own}, expected {number}")
    else:
        section.measure(abs(own - number) / max(abs(number), 1.0), where)


def compare_pair(section, found, expected, where):
    """Counts the distances of a pair."""
    for name, number in expected.items():
        if name in ("pair", "count", "missing"):
            section.expect(found[name] == number, f"{where} {name}: {found[name]}, expected {number}")
        elif name.endswith("interval"):
            for own, bound in zip(found[name] or [None] * 2, number or [None] * 2, strict=True):
                same(section, own, bound, f"{where} {name}")
        else:
            same(section, found[name], number, f"{where} {name}")


def run(rng, folder, cases):
    """Yields the section of `eval`."""
    section = Section("eval against NumPy", bound=1e-11)
    for case in range(max(cases // 100, 2)):
        rows = draw.study(rng, int(rng.integers(2, 9)), int(rng.integers(1, 4)), float(rng.uniform(0, 0.4)))
        names = ("truth.csv", "predicted.csv", "other.csv")
        for name, side in zip(names, ("truth", "predicted", "other"), strict=True):
            draw.write(folder / name, rows, side)
        at_most, by_subject = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        count, seed = 60, int(rng.integers(2**32))
        args = ["eval", "predicted.csv", "truth.csv", "--against", "other.csv", "--format", "json"]
        args += ["--reference-pair", ",".join(PAIR), "--bootstrap", count, "--seed", seed]
        args += ["--pair", ",".join(PAIR)]
        args += (["--at-most"] if at_most else []) + (["--subject", "sub"] if by_subject else [])
        found = json.loads(program.run(args, folder).stdout)
        expected = draw.answers(rows, PAIR, count, seed, draw.LABELS, at_most, by_subject)
        compare_pair(section, found["evaluation"]["pairs"][0], expected["pairs"][0], f"{case} pair")
        for at, label in enumerate(expected["groups"]):
            for side, own in (("predicted", "evaluation"), ("against", "evaluation_against")):
                groups = {None: found[own]["all"]} | {one["label"]: one for one in found[own]["landmarks"]}
                compare(section, statistics(groups[label]), expected[side][at], f"{case} {side} {label}")
            groups = {one["label"]: one for one in found["differences"]}
            compare(
                section, statistics(groups[label]), expected["differences"][at], f"{case} difference {label}"
            )
    yield section
