"""The tables of what can be trusted, by a program's own answers: flags, `auto`, error bars, advice on β.

python tables.py PROGRAM [--short] [--compare] [--maps N] [--kinds A,B] [--seed N] [-o PAGE ...]

With -o each table replaces what stands between `<!-- table NAME -->` and `<!-- end -->` in a page. Exit
status 1 where a bar is not met, each named. `--short` takes fewer maps and settings: a minute. `--compare`
also holds flags, `auto` and `error95` of some maps against `reference.py`. `--kinds` takes these kinds of
maps alone, and makes no tables of error bars.
"""

from __future__ import annotations

import argparse
import math
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import figures
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

import answers
import compare
import maps

Array = NDArray[np.float64]

SIDE = 26
QUANTILES = (2.366, 7.815)  # of χ² with three degrees of freedom, at 50 and 95 %
COV = ("hh", "hw", "hd", "ww", "wd", "dd")
KAPPA = 0.1


class Bars:
    """Those that are not met."""

    def __init__(self) -> None:
        self.broken: list[str] = []

    def hold(self, is_met: bool, what: str) -> str:
        if not is_met:
            self.broken.append(what)
        return "" if is_met else " **!**"


# ------------------------------------------------------------------------------------------- flags and auto


def thinned(folder: Path, step: int) -> None:
    """Keeps one of `step` maps of each kind: others of each noise, so that every width stays."""
    widths = len(maps.SIGMAS)
    for path in folder.glob("*.npy"):
        all_maps = np.load(path)
        kept = [n for n in range(len(all_maps)) if (n + n // widths) % step == 0]
        np.save(path, all_maps[kept])


def share(text: str) -> tuple[int, float]:
    count, percent = re.fullmatch(r"(\d+) \(([\d.]+) %\)", text).groups()
    return int(count), float(percent)


def flags_table(found: list[figures.Answer], bars: Bars) -> str:
    rows = figures.alarms(found)
    for method, off, missed, good, false, *_ in rows[1:]:
        for what, of, text in (("missed", off, missed), ("false alarms", good, false)):
            # One more than 2 % where there are few.
            bars.hold(share(text)[0] <= max(0.02 * int(of), 1), f"{method}: {what} {text} of {of}")
    return figures.markdown(rows)


def bimodal_table(found: list[figures.Answer], bars: Bars) -> str:
    rows = figures.bimodal(found)
    for method, close, clear, _ in rows[1:]:
        bars.hold(share(close)[0] <= 1 or share(close)[1] <= 2, f"{method}: gap ≤ 2.3 unflagged {close}")
        bars.hold(share(clear)[0] <= 1 or share(clear)[1] <= 2, f"{method}: gap ≥ 8.1 bimodal {clear}")
    return figures.markdown(rows)


def auto_table(found: list[figures.Answer], bars: Bars, is_short: bool) -> str:
    rows = figures.errors(found)
    for kind, *numbers, _, is_met in rows[1:]:
        if figures.GROUP.get(kind) != "near":
            bars.hold(is_short or is_met == "yes", f"auto on {kind}: {numbers}")
    return figures.markdown(rows)


# ----------------------------------------------------------------------------------------------- error bars


def crops(sigma: float, noise: float, smooth: float, count: int) -> tuple[Array, Array]:
    """Gaussians of height 1 in 26³ voxels, centres within a voxel of the middle, noise of standard deviation
    `noise`, smoothed over `smooth` voxels."""
    rng = np.random.default_rng([int(100 * sigma), int(1000 * noise), int(10 * smooth), 7])
    truths = SIDE / 2 - 0.5 + rng.uniform(-1, 1, (count, 3))
    grid = np.indices((SIDE,) * 3).astype(float)
    drawn = []
    for truth in truths:
        away = ((grid - truth[:, None, None, None]) ** 2).sum(0)
        white = rng.standard_normal((SIDE,) * 3)
        if smooth:
            white = gaussian_filter(white, smooth, mode="wrap")
            white /= white.std()
        drawn.append(np.exp(-away / (2 * sigma * sigma)) + noise * white)
    return np.stack(drawn)[:, None].astype("f4"), truths


def inside(row: dict, truth: Array) -> tuple[list[bool], bool, Array]:
    """Whether the truth lies within each ellipsoid and within error95; and how far the answer is off."""
    away = np.array([float(row[f"{axis}_voxel"]) for axis in "hwd"]) - truth
    covariance = np.zeros((3, 3))
    for name in COV:
        i, j = "hwd".index(name[0]), "hwd".index(name[1])
        covariance[i, j] = covariance[j, i] = float(row[f"se_cov_{name}_voxel2"])
    square = float(away @ np.linalg.pinv(covariance, hermitian=True) @ away)
    radius = float(row["error95_voxel"])
    return [square <= q for q in QUANTILES], float(np.linalg.norm(away)) <= radius, away


def matched(sigma: float, noise: float, smooth: float) -> dict[str, str]:
    """The methods whose ellipsoids are held."""
    radius = max(2, round(2 * sigma))
    found = {"gaussian, 2σ": f"gaussian:radius={radius}", "dark, σ": f"dark:sigma={sigma:g}", "auto": "auto"}
    if smooth == 0 and sigma >= 2:
        found["local, β 10, 2σ"] = f"local:beta=10,radius={radius}"
    if smooth == 0 and noise * math.sqrt(6) * sigma * sigma <= KAPPA:
        found |= {"newton": "newton", "parabola": "parabola"}
    return found


def coverage_tables(
    program: str, folder: Path, settings: list[tuple[float, float, float]], count: int, bars: Bars
) -> dict[str, str]:
    ellipsoids = [["noise", "σ, s", "method", "50 %", "95 %"]]
    radii: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    bounds: dict[str, list[float]] = defaultdict(list)
    for sigma, noise, smooth in settings:
        drawn, truths = crops(sigma, noise, smooth, count)
        path = folder / "crops.npy"
        np.save(path, drawn)
        name = "white" if smooth == 0 else f"smooth, {smooth:g}"
        # Two standard errors of a share.
        slack = [200 * math.sqrt(p * (1 - p) / count) for p in (0.5, 0.95, 0.90)]
        for method, text in matched(sigma, noise, smooth).items():
            limits = ((45, 55), (92, 98)) if smooth == 0 else ((0, 100), (85, 99))
            if method.startswith("local") or (smooth > 0 and sigma < 2):
                # The half of a biased method is wider than half; noise wider than the peak is reported.
                limits = ((0, 100), limits[1] if smooth == 0 else (0, 100))
            rows = answers.decode(program, path, [text], ["--uncertainty"])
            found = [inside(row, truth) for row, truth in zip(rows, truths, strict=True)]
            shares = [100 * float(np.mean([within[i] for within, _, _ in found])) for i in (0, 1)]
            marks = [
                bars.hold(
                    low - by <= x <= high + by,
                    f"{method}, {name}, σ {sigma:g}, s {noise:g}: {x:.0f} % inside",
                )
                for x, (low, high), by in zip(shares, limits, slack, strict=False)
            ]
            cells = [f"{x:.0f}{mark}" for x, mark in zip(shares, marks, strict=True)]
            ellipsoids.append([name, f"{sigma:g}, {noise:g}", method, *cells])
            if smooth == 0:
                rms = float(np.sqrt(np.mean([away**2 for _, _, away in found])))
                bounds[method].append(rms / (noise * math.sqrt(2) / (math.pi**0.75 * math.sqrt(sigma))))
        for method, options in answers.METHODS.items():
            rows = answers.decode(program, path, options, ["--uncertainty"])
            within = [inside(row, truth)[1] for row, truth in zip(rows, truths, strict=True)]
            x = 100 * float(np.mean(within))
            low, high = (90, 99) if smooth == 0 else (85, 100)
            # Noise wider than the peak is reported and not held: no window of one map can tell it.
            is_met = low - slack[2] <= x <= high + slack[1] or (smooth > 0 and sigma < 2)
            bars.hold(is_met, f"error95, {method}, {name}, σ {sigma:g}, s {noise:g}: {x:.0f} %")
            radii[method][name].append(x)
    names = list(dict.fromkeys("white" if s == 0 else f"smooth, {s:g}" for _, _, s in settings))
    error95 = [["method", *(f"{name}: least, mean, most" for name in names)]]
    for method, by_noise in radii.items():
        cells = [f"{min(x):.0f}, {np.mean(x):.0f}, {max(x):.0f}" for x in (by_noise[name] for name in names)]
        error95.append([method, *cells])
    bound = [["method", "rms an axis / bound: least, most"]]
    bound += [[method, f"{min(x):.2f}, {max(x):.2f}"] for method, x in bounds.items()]
    return {
        "coverage": figures.markdown(ellipsoids),
        "error95": figures.markdown(error95),
        "bound": figures.markdown(bound),
    }


# --------------------------------------------------------------------------------------------------- advice


def advice_table(program: str, folder: Path, kinds: list[str], bars: Bars) -> str:
    """The β that the warning names, followed: how far `soft` then is from the same softmax near the peak."""
    rows = [["kind", "maps with the advice", "pull: mean, largest"]]
    pulls = []
    for kind in kinds:
        path, single, own = folder / f"{kind}.npy", folder / "one.npy", []
        for heatmap in np.load(path):
            np.save(single, heatmap[None])
            said = subprocess.run(
                [program, "decode", str(single), "--coords", "voxel"], capture_output=True, text=True
            ).stderr
            beta = re.search(r"`--beta ([0-9.e+-]+)`", said)
            if not beta:
                continue
            whole, local = (
                answers.decode(program, single, [method, "--beta", beta.group(1)], [])[0]
                for method in ("soft", "local:radius=12")
            )
            away = [float(whole[f"{axis}_voxel"]) - float(local[f"{axis}_voxel"]) for axis in "hwd"]
            own.append(math.hypot(*away))
        if own:
            rows.append([kind, str(len(own)), f"{np.mean(own):.3f}, {max(own):.3f}"])
            pulls += own
    beyond = sum(pull > 0.1 for pull in pulls)
    bars.hold(beyond <= max(1, 0.02 * len(pulls)), f"advice: {beyond} of {len(pulls)} pulls above 0.1 voxel")
    rows.append(["all", str(len(pulls)), f"{np.mean(pulls):.3f}, {max(pulls):.3f}; {beyond} above 0.1"])
    return figures.markdown(rows)


# ----------------------------------------------------------------------------------------------------- main


def fill_in(page: Path, tables: dict[str, str]) -> None:
    text = page.read_text()
    for name, table in tables.items():
        between = re.compile(f"(<!-- table {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        text = between.sub(lambda match, table=table: f"{match[1]}\n{table}\n{match[2]}", text)
    page.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--short", action="store_true", help="fewer maps and settings")
    parser.add_argument("--maps", type=int, metavar="N", help="at most N maps of each kind")
    parser.add_argument("--kinds", type=lambda text: text.split(","), help="these kinds alone: no error bars")
    parser.add_argument("--seed", type=int, default=maps.SEED, help="other maps of the same kinds")
    parser.add_argument("--compare", action="store_true", help="hold some maps against the reference")
    parser.add_argument("--network", type=Path, default=maps.NETWORK, help="folder of the network's weights")
    parser.add_argument("-o", dest="pages", type=Path, action="append", default=[], help="page to fill in")
    given = parser.parse_args()
    maps.SEED = given.seed
    bars, tables = Bars(), {}
    white = [(sigma, noise, 0.0) for sigma in (1.0, 2.0, 3.0, 4.0) for noise in (0.01, 0.02, 0.05, 0.1)]
    smooth = [(sigma, noise, by) for by in (1.0, 2.0) for sigma in (1.0, 2.0, 3.0) for noise in (0.02, 0.1)]
    settings, count = white + smooth, 200
    if given.short:
        settings, count = [(2.0, 0.02, 0.0), (3.0, 0.05, 0.0), (2.0, 0.02, 1.0)], 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = maps.write(folder, given.network, given.kinds)
        step = math.ceil(maps.COUNT / given.maps) if given.maps else 3 if given.short else 1
        thinned(folder, step)
        found = figures.judge(folder, answers.rows(given.program, folder))
        tables["flags"] = flags_table(found, bars)
        tables["bimodal"] = bimodal_table(found, bars)
        tables["auto"] = auto_table(found, bars, step > 1)
        if given.compare:
            few = 4 if given.short else 15
            tables["compare"] = figures.markdown(
                compare.compared(given.program, folder, kinds, few, bars.hold)
            )
        if not given.kinds:
            single = [kind for kind in kinds if figures.GROUP.get(kind) == "single"]
            tables["advice"] = advice_table(given.program, folder, single[:: 4 if given.short else 1], bars)
            tables |= coverage_tables(given.program, folder, settings, count, bars)
    for title, table in tables.items():
        print(f"## {title}\n\n{table}\n")
    for page in given.pages:
        fill_in(page, tables)
    sys.exit("\n".join(["bars that are not met:", *bars.broken]) if bars.broken else 0)


if __name__ == "__main__":
    main()
