"""`softargmax calibrate`: its choice and its radii against NumPy, and how often the radii hold fresh truths.

    SOFTARGMAX_BIN=... python tests/peers/calibration.py [--seeds N] [--seed S] [--net FOLDER]

Alone it draws N calibrations of 200 subjects each, tries them on 2,000 fresh ones, and prints a table.
"""

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import program
from ledger import Section

LEVELS = (0.9, 0.95)
SHAPE = (16, 16, 16)
#: The names in the CSV of `decode` and in the file of `calibrate`.
VOXEL = ("h_voxel", "w_voxel", "d_voxel")


def subjects(rng, count, channels=3):
    """Heatmaps (N, C, H, W, D) in f4 and a truth (N, C, 3) that they do not quite show.

    Each network error is systematic by landmark, and random with the width of the peak: wide, low and noisy
    maps are far off, narrow ones are not.
    """
    centre = rng.uniform(5, 10, (count, channels, 3))
    width = rng.uniform(1.0, 2.4, (count, channels))
    height = 1.9 / width**1.5
    noise = rng.uniform(0.005, 0.06, (count, channels))
    grids = np.meshgrid(*map(np.arange, SHAPE), indexing="ij")
    maps = np.empty((count, channels, *SHAPE), "f4")
    for n in range(count):
        for c in range(channels):
            far = sum((grid - x) ** 2 for grid, x in zip(grids, centre[n, c], strict=True))
            drawn = height[n, c] * np.exp(-0.5 * far / width[n, c] ** 2)
            maps[n, c] = drawn + noise[n, c] * rng.standard_normal(SHAPE)
    systematic = np.array([[0.3, 0.0, -0.2], [0.0, 0.1, 0.0], [-0.5, 0.4, 0.6]])[:channels]
    scatter = 0.05 + 0.9 * (width[..., None] - 1.0) ** 2
    return maps, centre + systematic * scatter + scatter * rng.standard_normal(centre.shape)


def table(text):
    """The rows of a CSV as dictionaries."""
    return list(csv.DictReader(io.StringIO(text)))


def decode(folder, file, args):
    """The answers of `decode`: positions (N·C, 3), error95, peak, spread, in the order of (n, c)."""
    command = ["decode", "-q", "--coords", "voxel", "--compare", "--uncertainty", "--stats"]
    rows = table(program.run([*command, *args, file], folder).stdout.decode())
    cell = lambda row, name: float(row[name]) if row[name] else np.nan
    spread = [np.sqrt(sum(cell(row, f"cov_{a}{a}_voxel2") for a in "hwd")) for row in rows]
    return (
        np.array([[cell(row, name) for name in VOXEL] for row in rows]),
        np.array([cell(row, "error95_voxel") for row in rows]),
        np.array([cell(row, "peak_value") for row in rows]),
        np.array(spread),
    )


def calibrate(folder, maps, truth, args):
    """The file that `calibrate` writes."""
    np.save(folder / "maps.npy", maps)
    np.save(folder / "truth.npy", truth)
    command = ["calibrate", "-q", "maps.npy", "--truth", "truth.npy", "--truth-frame", "voxel"]
    done = program.run([*command, "--subject", "n", "-o", "calibration.json", *args], folder)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads((folder / "calibration.json").read_text())


def options(settings):
    """The chosen way as options of `decode`."""
    temperature = settings["temperature"]
    more = [] if temperature is None else ["--temperature", temperature]
    return ["--method", settings["method"], *more]


# --- the definitions, in NumPy --------------------------------------------------------------------------


def monotone(values, weights):
    """The rising sequence with the least weighted squared distance, by SciPy."""
    from scipy.optimize import isotonic_regression

    return isotonic_regression(values, weights=weights).x


def fitted(figures, errors, sign):
    """The knots of the scale: means of at most ten bins of at least sixteen landmarks."""
    bins = min(len(figures) // 16, 10)
    order = np.lexsort((errors, sign * figures))
    parts = [order[b * len(order) // bins : (b + 1) * len(order) // bins] for b in range(bins)]
    x = np.array([figures[part].mean() for part in parts])
    y = monotone([errors[part].mean() for part in parts], [float(len(part)) for part in parts])
    y = np.maximum(y, 1e-3 * errors.mean())
    return (x, y) if sign > 0 else (x[::-1], y[::-1])


def expected(knots, figures, grows):
    """The scale of each figure."""
    x, y = knots
    values = np.interp(figures, x, y)
    return np.where(figures > x[-1], y[-1] * figures / x[-1], values) if grows else values


def bound(scores, level):
    """The split conformal bound of one score a subject: the ⌈(n + 1) level⌉-th; nan if there is none."""
    place = int(np.ceil((len(scores) + 1) * level - 1e-9))
    return np.sort(scores)[place - 1] if place <= len(scores) else np.nan


def pooled(scores, level):
    """The bound of several scores a subject (N, C): each subject weighs 1/(N + 1)."""
    order = np.argsort(scores.ravel(), kind="stable")
    weight = np.cumsum(np.full(scores.size, 1 / (len(scores) + 1) / scores.shape[1]))
    place = np.searchsorted(weight, level - 1e-9)
    return scores.ravel()[order[place]] if place < scores.size else np.nan


FIGURES = {"error95": (1, True), "spread": (1, True), "peak": (-1, False)}


def definitions(rng, folder, section):
    """One calibration, recomputed from what `decode` answers."""
    count = int(rng.integers(60, 120))
    maps, truth = subjects(rng, count)
    scale = str(rng.choice(["auto", "error95", "peak", "none"]))
    seed = int(rng.integers(1 << 30))
    file = calibrate(folder, maps, truth, ["--seed", seed, "--scale", scale, "--region"])
    found, error95, peak, spread = decode(folder, "maps.npy", options(file["settings"]))
    errors = np.linalg.norm(found - truth.reshape(-1, 3), axis=1).reshape(truth.shape[:2])
    number = lambda name: int(name.removeprefix("n ") or 0)
    choosing, own = ([number(name) for name in file["choice"][part]] for part in ("choosing", "calibrating"))
    section.expect(sorted(choosing + own) == list(range(count)), "subjects in two parts")
    radii = next(radii for radii in file["radii"] if radii["unit"] == "voxel")
    figure = radii["scale"]["figure"]
    scales = np.ones_like(errors)
    if figure != "none":
        values = {"error95": error95, "peak": peak, "spread": spread}[figure].reshape(errors.shape)
        sign, grows = FIGURES[figure]
        relative = errors[choosing] / errors[choosing].mean(0)
        # Rows in the order of the program: by landmark, then by subject.
        knots = fitted(values[choosing].T.ravel(), relative.T.ravel(), sign)
        given = np.array(radii["scale"]["knots"])
        section.measure(np.abs(given - np.transpose(knots)).max(), f"knots of {figure}")
        scales = expected(knots, values, grows)
    scores = errors / scales
    for c, landmark in enumerate(radii["landmarks"]):
        for level, said in zip(LEVELS, landmark["levels"], strict=True):
            section.measure(abs(bound(scores[own, c], level) - said["factor"]), f"factor of {c} at {level}")
            section.measure(abs(bound(errors[own, c], level) - said["unscaled_radius"]), f"unscaled {c}")
            reached = (scores[choosing, c] <= said["factor"]).mean()
            section.measure(abs(reached - said["reached"]), f"reached {c} at {level}")
    for level, said in zip(LEVELS, radii["pooled"]["levels"], strict=True):
        section.measure(abs(pooled(scores[own], level) - said["factor"]), f"pooled at {level}")
    regions(folder, maps, truth, file, section)
    brute_force(folder, truth, file, choosing, section)
    applied(folder, file, figure, radii, scales, section)


def regions(folder, maps, truth, file, section):
    """The drop of every truth, and how many voxels `decode --region calibrated` counts."""
    command = ["decode", "-q", "--coords", "voxel", "--calibration", "calibration.json", "maps.npy"]
    rows = table(program.run([*command, "--region", "calibrated"], folder).stdout.decode())
    drops = np.empty(truth.shape[:2])
    bounds = [level["drop"] for level in file["region"]["pooled"]["levels"]]
    for row in rows:
        n, c = int(row["n"]), int(row["c"])
        one, background = maps[n, c].astype("f8"), float(row["region_background"])
        peak = one.max()
        value = one[tuple(np.rint(truth[n, c]).astype(int))]
        drops[n, c] = (peak - value) / (peak - background)
        level = peak - bounds[1] * (peak - background)
        section.expect((one >= level).sum() == int(row["region_voxels"]), f"voxels of {n}, {c}")
    for level, drop in zip(LEVELS, bounds, strict=True):
        section.measure(abs(pooled(drops, level) - drop), f"drop at {level}")


def brute_force(folder, truth, file, choosing, section):
    """The way that was chosen is the one with the smallest mean error of all, each decoded alone."""
    means = []
    for way in file["choice"]["candidates"]:
        found = decode(folder, "maps.npy", options(way))[0]
        errors = np.linalg.norm(found - truth.reshape(-1, 3), axis=1).reshape(truth.shape[:2])
        means.append(errors[choosing].mean() if way["eligible"] else np.inf)
        section.measure(abs(errors.mean() - way["error"]["mean"]), f"mean error of {options(way)}")
    best = file["choice"]["candidates"][int(np.argmin(means))]
    section.expect(options(best) == options(file["settings"]), f"{best} is best, not {file['settings']}")


def applied(folder, file, figure, radii, scales, section):
    """`decode --calibration` writes the factor of each landmark times its scale."""
    command = ["decode", "-q", "--coords", "voxel", "--calibration", "calibration.json", "maps.npy"]
    rows = table(program.run(command, folder).stdout.decode())
    written = np.array([float(row["error95_voxel"]) for row in rows]).reshape(scales.shape)
    factors = [landmark["levels"][1]["factor"] for landmark in radii["landmarks"]]
    section.measure(np.abs(written - scales * factors).max(), f"radii of decode by {figure}")


def run(rng, folder, cases):
    """Yields the section of `calibrate`."""
    section = Section("calibrate against NumPy", bound=1e-9)
    for _ in range(max(cases // 100, 2)):
        definitions(rng, folder, section)
    yield section


# --- how often radii hold the truth ---------------------------------------------------------------------


def tried(folder, fresh, truth):
    """The errors and the radii of fresh subjects (N, C)."""
    np.save(folder / "fresh.npy", fresh)
    command = ["decode", "-q", "--coords", "voxel", "--calibration", "calibration.json", "fresh.npy"]
    rows = table(program.run(command, folder).stdout.decode())
    found = np.array([[float(row[name]) for name in VOXEL] for row in rows]).reshape(truth.shape)
    radius = np.array([float(row["error95_voxel"] or "inf") for row in rows]).reshape(truth.shape[:2])
    errors = np.linalg.norm(found - truth, axis=2)
    return errors, radius


def at_level(file, level, radius):
    """Radii of another level: those of 0.95 times the ratio of the factors."""
    radii = next(radii for radii in file["radii"] if radii["unit"] == "voxel")
    place = [entry["level"] for entry in radii["landmarks"][0]["levels"]].index
    factor = lambda landmark, level: landmark["levels"][place(level)]["factor"] or np.inf
    ratios = [factor(landmark, level) / factor(landmark, 0.95) for landmark in radii["landmarks"]]
    return radius * np.array(ratios)


def interval(level, calibrating, tested, seeds):
    """Where the mean coverage of radii that are right lies 999 times of 1,000, by its normal limit.

    The coverage of one calibration of n subjects is Beta distributed about its level, that of m fresh
    subjects is binomial about it.
    """
    place = np.ceil((calibrating + 1) * level - 1e-9)
    mean = place / (calibrating + 1)
    variance = mean * (1 - mean) / (calibrating + 2)
    spread = 3.29 * np.sqrt((variance + (mean * (1 - mean) - variance) / tested) / seeds)
    return mean - spread, mean + spread


def study(seeds, seed, args, draw, fresh_draw, title):
    """Prints the coverage over several calibrations, and returns whether all is within its interval."""
    held, ratios, kept = {level: [] for level in LEVELS}, [], 0
    for one in range(seeds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            maps, truth = draw(np.random.default_rng([seed, one]))
            file = calibrate(folder, maps, truth, ["--seed", one, *args])
            fresh, fresh_truth = fresh_draw(np.random.default_rng([seed, one, 1]))
            errors, radius = tried(folder, fresh, fresh_truth)
            radii = next(radii for radii in file["radii"] if radii["unit"] == "voxel")
            unscaled = [landmark["levels"][1]["unscaled_radius"] for landmark in radii["landmarks"]]
            ratios.append(radius.mean(0) / unscaled)
            for level in LEVELS:
                held[level].append((errors <= at_level(file, level, radius)).mean(0))
            kept = len(file["choice"]["calibrating"])
    print(f"{title}: {seeds} calibrations, radii by {kept} subjects, {len(fresh)} fresh ones each")
    is_right = True
    for level in LEVELS:
        low, high = interval(level, kept, len(fresh), seeds)
        means = np.mean(held[level], axis=0)
        right = bool((means >= low).all() and (means <= high).all())
        is_right &= right
        each = " ".join(f"{mean:.3f}" for mean in means)
        print(
            f"  {level}: held {each}, pooled {means.mean():.3f}, expected {low:.3f} to {high:.3f}"
            f" {'ok' if right else 'WRONG'}"
        )
    each = " ".join(f"{ratio:.2f}" for ratio in np.mean(ratios, axis=0))
    print(f"  mean radius at 0.95 / unscaled radius: {each}, mean {np.mean(ratios):.2f}", flush=True)
    return is_right


def network(net, name, seed, count):
    """Heatmaps and truth of the network in `net`."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out"
        command = [sys.executable, f"{net}/net.py", "draw", seed, f"{net}/weights.npz", count, out]
        subprocess.run(list(map(str, command)), check=True)
        return np.load(f"{out}_{name}.npy"), np.load(f"{out}_truth.npy")


def main():
    """Runs the study and returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--net", help="the folder of a network: net.py and weights.npz")
    args = parser.parse_args()
    fresh = lambda rng: subjects(rng, 2000)
    right = True
    for design in ("split", "cross"):
        drawn = lambda rng: subjects(rng, 200)
        right &= study(args.seeds, args.seed, ["--design", design], drawn, fresh, f"drawn, {design}")
    for head in ("mse", "logits") if args.net else ():
        part = lambda rng, head=head: network(args.net, head, rng.integers(1 << 30), 60)
        held_out = lambda rng, head=head: network(args.net, head, rng.integers(1 << 30), 200)
        right &= study(args.seeds, args.seed, ["--design", "split"], part, held_out, f"network, {head}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
