"""The statistics of `softargmax eval` in NumPy, from their definitions in docs/evaluation.md.

Written apart from the program: errors are arrays, and a draw of subjects is `np.repeat` of them. A landmark
is a dict with `case`, `subject`, `label`, `truth`, and `predicted` (an array or None), `error95`,
`covariance` (3 x 3) or None, `reference` (a length or None).
"""

import numpy as np
from scipy.stats import chi2

MASK = 2**64 - 1
LIMITS = (2.0, 2.5, 3.0, 4.0)
PCK = (0.05, 0.1, 0.2)
FARTHEST = 20.0


class Splitmix:
    """splitmix64, and whole numbers below a count by Lemire's method."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        """The next 64 bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count):
        """Uniform in 0, ..., count - 1."""
        while True:
            product = self.next() * count
            if (product & MASK) >= (2**64 - count) % count:
                return product >> 64


def draws(subjects, count, seed):
    """How often each subject is drawn, for each draw."""
    generator = Splitmix(seed)
    picked = [[generator.below(subjects) for _ in range(subjects)] for _ in range(count)]
    return [np.bincount(one, minlength=subjects) for one in picked]


def difference(row):
    """Predicted minus truth."""
    return None if row["predicted"] is None else row["predicted"] - row["truth"]


def error(row):
    """The radial error, NaN without a prediction."""
    return np.nan if row["predicted"] is None else float(np.linalg.norm(difference(row)))


def identify(rows):
    """Whether each landmark is identified, as (VerSe, Payer)."""
    found = []
    for row in rows:
        if row["predicted"] is None or error(row) > FARTHEST:
            found.append((False, False))
            continue
        case = [other for other in rows if other["case"] == row["case"]]
        both = [other for other in case if other["predicted"] is not None]

        def is_nearest(others, row=row):
            distances = [np.linalg.norm(row["predicted"] - other["truth"]) for other in others]
            return others[int(np.argmin(distances))]["label"] == row["label"]

        found.append((is_nearest(both), is_nearest(case)))
    return found


def inside(row, share):
    """Whether the truth is in the ellipsoid; NaN without a covariance."""
    if row["predicted"] is None or row["covariance"] is None:
        return np.nan
    e = difference(row)
    return float(e @ np.linalg.solve(row["covariance"], e) <= chi2.ppf(share, 3))


def columns(rows, at_most=False):
    """What each landmark has, as arrays; NaN where it has none."""
    errors = np.array([error(row) for row in rows])
    identified = np.array(identify(rows), dtype=float).reshape(-1, 2)
    reference = np.array([row["reference"] or np.nan for row in rows])
    error95 = np.array([np.nan if row["error95"] is None else row["error95"] for row in rows])
    nothing = np.full(3, np.nan)
    along = np.array([nothing if row["predicted"] is None else difference(row) for row in rows])
    holds = np.less_equal if at_most else np.less
    word = "at_most" if at_most else "below"

    def within(values, limit):
        return np.where(np.isnan(values), 0.0, holds(values, limit))

    table = {"errors": errors, "label": np.array([row["label"] for row in rows])}
    table["subject"] = np.array([row["subject"] for row in rows])
    for at, axis in enumerate("xyz"):
        table[f"d{axis}"] = along[:, at]
    table["rates"] = {f"success_{word}@{limit}": within(errors, limit) for limit in LIMITS}
    table["rates"] |= {"identified_verse": identified[:, 0], "identified_payer": identified[:, 1]}
    relative = errors / reference
    table["nme"] = relative
    for share in PCK:
        correct = within(errors, share * reference)
        table["rates"][f"pck_{word}@{share}"] = np.where(np.isnan(reference), np.nan, correct)
    stated = np.isnan(errors) | np.isnan(error95)
    table["rates"]["coverage_error95"] = np.where(stated, np.nan, errors <= error95)
    for percent in (50, 95):
        covered = [inside(row, percent / 100) for row in rows]
        table["rates"][f"coverage_ellipsoid{percent}"] = np.array(covered)
    return table


def measured(table, picked, macro=True):
    """Every statistic over the rows `picked` (indices, with repetitions), as name -> (value, count)."""

    def of(values, how, least=1):
        values = values[picked]
        values = values[~np.isnan(values)]
        return (float(how(values)) if len(values) >= least else None, len(values))

    def deviation(values):
        return np.std(values, ddof=1)

    errors = table["errors"]
    found = {"mean": of(errors, np.mean)}
    if macro:
        labels = table["label"][picked]
        means = [of_label(errors[picked], labels == label) for label in np.unique(labels)]
        means = [mean for mean in means if not np.isnan(mean)]
        found["macro_mean"] = (float(np.mean(means)) if means else None, found["mean"][1])
    found["sd"] = of(errors, deviation, 2)
    found["median"] = of(errors, np.median)
    found["p95"] = of(errors, lambda values: np.quantile(values, 0.95))
    found["max"] = of(errors, np.max)
    for axis in "xyz":
        found[f"mean_d{axis}"] = of(table[f"d{axis}"], np.mean)
        found[f"sd_d{axis}"] = of(table[f"d{axis}"], deviation, 2)
    found["nme"] = of(table["nme"], np.mean)
    for name, values in table["rates"].items():
        found[name] = of(values, np.mean)
    return found


def of_label(errors, chosen):
    """The mean error of one landmark; NaN without any."""
    errors = errors[chosen]
    errors = errors[~np.isnan(errors)]
    return np.mean(errors) if len(errors) else np.nan


def interval(values, count):
    """The 95 % interval of the values of all draws; None if at most half of them have one."""
    values = [value for value in values if value is not None]
    if 2 * len(values) <= count:
        return None
    return [float(bound) for bound in np.quantile(values, [0.025, 0.975])]


def counts_missing(name):
    """Whether a landmark without a prediction is part of it."""
    return name.startswith(("success", "identified", "pck"))


def estimates(table, chosen, subjects, count, seed, macro=True):
    """name -> {value, count, interval} over the rows where `chosen` holds."""
    rows = np.flatnonzero(chosen)
    plain = measured(table, rows, macro)
    drawn = {name: [] for name in plain}
    if subjects > 1:
        for weights in draws(subjects, count, seed):
            picked = np.repeat(rows, weights[table["subject"][rows]])
            for name, (value, _) in measured(table, picked, macro).items():
                drawn[name].append(value)
    answer = {}
    for name, (value, number) in plain.items():
        part = rows if counts_missing(name) else rows[~np.isnan(table["errors"][rows])]
        several = len(np.unique(table["subject"][part])) > 1
        bounds = interval(drawn[name], count) if several else None
        answer[name] = {"value": value, "count": number, "interval": bounds}
    return answer


def differences(tables, chosen, subjects, count, seed, macro=True):
    """As `estimates`, of the first minus the second: errors over the landmarks that both have."""
    both = chosen & ~np.isnan(tables[0]["errors"]) & ~np.isnan(tables[1]["errors"])
    every = [np.flatnonzero(chosen), np.flatnonzero(both)]

    def values(table, weights):
        picked = [np.repeat(rows, weights[table["subject"][rows]]) for rows in every]
        rates, errors = (measured(table, rows, macro) for rows in picked)
        return {name: rates[name] if counts_missing(name) else errors[name] for name in rates}

    def minus(weights):
        one, other = (values(table, weights) for table in tables)
        pairs = {name: (one[name][0], other[name][0]) for name in one}
        return {name: None if None in pair else pair[0] - pair[1] for name, pair in pairs.items()}

    once = np.ones(subjects, dtype=int)
    plain, numbers = minus(once), values(tables[0], once)
    drawn = [minus(weights) for weights in draws(subjects, count, seed)] if subjects > 1 else []
    answer = {}
    for name, value in plain.items():
        part = every[0 if counts_missing(name) else 1]
        several = len(np.unique(tables[0]["subject"][part])) > 1
        bounds = interval([one[name] for one in drawn], count) if several else None
        answer[name] = {"value": value, "count": numbers[name][1], "interval": bounds}
    return answer


def distances(rows, pair, count, seed):
    """The distance between two landmarks over all cases, with intervals over subjects."""
    found, missing, subject = [], 0, []
    for case in dict.fromkeys(row["case"] for row in rows):
        named = {row["label"]: row for row in rows if row["case"] == case}
        if not set(pair) <= set(named):
            continue
        a, b = (named[name] for name in pair)
        if a["predicted"] is None or b["predicted"] is None:
            missing += 1
            continue
        found.append([float(np.linalg.norm(a[side] - b[side])) for side in ("predicted", "truth")])
        subject.append(a["subject"])
    predicted, truth = np.array(found).reshape(-1, 2).T
    subject = np.array(subject, dtype=int)
    subjects = len({row["subject"] for row in rows})
    several = subjects > 1 and len(np.unique(subject)) > 1

    def mean(values):
        return float(values.mean()) if len(values) else None

    def bounds(values):
        drawn = (mean(np.repeat(values, weights[subject])) for weights in draws(subjects, count, seed))
        return interval(drawn, count) if several else None

    return {
        "pair": list(pair),
        "count": len(found),
        "missing": missing,
        "truth": mean(truth),
        "predicted": mean(predicted),
        "difference": mean(predicted - truth),
        "difference_interval": bounds(predicted - truth),
        "sd": float((predicted - truth).std(ddof=1)) if len(found) > 1 else None,
        "absolute": mean(np.abs(predicted - truth)),
        "absolute_interval": bounds(np.abs(predicted - truth)),
    }
