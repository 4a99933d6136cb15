"""Draws a study: subjects with sessions and landmarks, two predictions, and what NumPy says of them."""

import csv

import numpy as np

import evaluation_oracle as oracle

LABELS = ("sella", "nasion", "AC", "PC", "basilar tip")
FACTORS = ("xx", "xy", "xz", "yy", "yz", "zz")
PLACES = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def on_grid(values, step=1 / 64):
    """Values rounded to multiples of `step`, which decimal digits and f64 hold exactly."""
    return np.round(np.asarray(values) / step) * step


def covariance(rng, spread):
    """A symmetric positive definite matrix on a grid."""
    factor = on_grid(rng.normal(0, spread, (3, 3)), 1 / 8)
    return factor @ factor.T + np.eye(3) * 0.25


def study(rng, subjects=6, sessions=2, lost=0.15):
    """Rows of the truth in its order, each with two predictions."""
    rows = []
    for subject in range(subjects):
        shift = rng.normal(0, 0.6, 3)
        for session in range(sessions):
            centres = on_grid(rng.uniform(-60, 60, (len(LABELS), 3)))
            # Two landmarks that are near to each other, so that identification can fail.
            centres[3] = centres[2] + on_grid(rng.normal(0, 4, 3))
            for at, label in enumerate(LABELS):
                row = {"sub": f"{subject + 1:02}", "ses": str(session + 1), "label": label, "c": at}
                row["case"], row["truth"] = (subject, session), centres[at]
                for side, spread in (("predicted", 1.4), ("other", 1.8)):
                    there = rng.random() >= lost
                    place = on_grid(centres[at] + shift + rng.normal(0, spread, 3))
                    row[side] = place if there else None
                row["error95"] = float(on_grid(rng.uniform(2, 5)))
                row["covariance"] = covariance(rng, 1.2)
                rows.append(row)
    return rows


def file_of(row):
    """The name of the heatmaps of a case."""
    return f"study/sub-{row['sub']}_ses-{row['ses']}.nii.gz"


def write(path, rows, side):
    """Writes one side as a table, as `decode --path-regex --uncertainty` does; missing ones are marked."""
    bars = [f"se_cov_{factor}_mm2" for factor in FACTORS] + ["error95_mm"] if side != "truth" else []
    with open(path, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["file", "n", "c", "label", "sub", "ses", "x_mm", "y_mm", "z_mm", *bars, "status"])
        for row in rows:
            place = row[side]
            stated = [row["covariance"][place] for place in PLACES] + [row["error95"]] if bars else []
            numbers = [""] * (3 + len(bars)) if place is None else [*place, *stated]
            numbers = [number if number == "" else repr(float(number)) for number in numbers]
            status = "missing" if place is None else "ok"
            start = [file_of(row), 0, row["c"], row["label"], row["sub"], row["ses"]]
            table.writerow([*start, *numbers, status])


def landmarks(rows, side, pair, by_subject=True):
    """The rows as the oracle takes them."""
    names = {}
    found = []
    for row in rows:
        key = row["sub"] if by_subject else row["case"]
        subject = names.setdefault(key, len(names))
        ends = {one["label"]: one["truth"] for one in rows if one["case"] == row["case"]}
        length = float(np.linalg.norm(ends[pair[0]] - ends[pair[1]]))
        taken = {name: row[name] for name in ("case", "label", "truth", "error95", "covariance")}
        found.append(taken | {"subject": subject, "predicted": row[side], "reference": length})
    return found


def answers(rows, pair, count, seed, names=LABELS, at_most=False, by_subject=True):
    """What `eval` must say of both predictions and of their difference, of all landmarks and of some."""
    sides = [landmarks(rows, side, pair, by_subject) for side in ("predicted", "other")]
    tables = [oracle.columns(side, at_most) for side in sides]
    subjects = len(np.unique(tables[0]["subject"]))
    label = tables[0]["label"]
    groups = [(None, np.ones(len(rows), dtype=bool)), *((name, label == name) for name in names)]

    def each(of):
        return [of(chosen, name is None) for name, chosen in groups]

    found = [
        each(lambda chosen, macro, table=table: oracle.estimates(table, chosen, subjects, count, seed, macro))
        for table in tables
    ]
    return {
        "groups": [name for name, _ in groups],
        "predicted": found[0],
        "against": found[1],
        "differences": each(
            lambda chosen, macro: oracle.differences(tables, chosen, subjects, count, seed, macro)
        ),
        "pairs": [oracle.distances(sides[0], pair, count, seed)],
        "missing": [sum(row[side] is None for row in rows) for side in ("predicted", "other")],
    }
