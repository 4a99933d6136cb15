"""Error of the methods of softargmax on Gaussians at known positions: tables and figures of
docs/methods/study.md.

python study.py [--check] PROGRAM       (docs/methods/study/run.sh makes the environment)
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import failures
from chart import chart
from maps import Point, draw
from methods import BETAS, METHODS, WIDTH
from pages import fill, number, table
from program import Program, folder

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "methods"
MAPS, CALIBRATION = 100, 50
BASE = Point()


@dataclass(frozen=True)
class Axis:
    """One property that is varied."""

    name: str
    title: str
    points: tuple  # (label, point)
    extra: tuple = ()  # methods only for this axis


def over(field, values, text="{:g}".format, **others):
    return tuple((text(value), replace(BASE, **{field: value}, **others)) for value in values)


SIGMAS = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
BORDERS = ((0.0, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 8.0), (8.0, 16.0))
AXES = [
    Axis(
        "sigma-clean", "width σ of the peak, voxels; no noise", over("sigma", SIGMAS, noise=0.0), tuple(WIDTH)
    ),
    Axis("sigma-noise", "width σ of the peak, voxels; noise 0.02", over("sigma", SIGMAS), tuple(WIDTH)),
    Axis("noise", "noise, of a peak of height 1", over("noise", (0.0, 0.01, 0.02, 0.05, 0.1, 0.2))),
    Axis("distractor", "height of a second peak, 12 voxels away", over("distractor", (0.0, 0.3, 0.6, 0.9))),
    Axis("background", "height of the background", over("background", (0.0, 0.1, 0.3, 0.5))),
    Axis(
        "border",
        "distance from the outermost voxels, voxels",
        over("border", BORDERS, lambda b: f"{b[0]:g}–{b[1]:g}"),
    ),
    Axis(
        "size",
        "edge of the volume, voxels",
        tuple((str(n), replace(BASE, shape=(n, n, n), margin=12.0)) for n in (32, 48, 64, 96)),
    ),
    Axis(
        "shape",
        "shape of the peak, or of the volume",
        (
            ("round", BASE),
            ("1 × 2 × 4", replace(BASE, sigma=(1.0, 2.0, 4.0))),
            ("turned", replace(BASE, sigma=(1.0, 2.0, 4.0), turned=True)),
            ("no noise", replace(BASE, sigma=(1.0, 2.0, 4.0), turned=True, noise=0.0)),
            ("mild", replace(BASE, sigma=(1.5, 2.0, 3.0), turned=True)),
            ("oblong", replace(BASE, shape=(32, 48, 80), margin=12.0)),
        ),
    ),
]
TEMPERATURES = (10, 14, 18, 20, 25, 50, 100)
BACKGROUNDS = AXES[4].points
SUMMARY = (
    ("clean", replace(BASE, noise=0.0)),
    ("noise 0.02", BASE),
    ("noise 0.1", replace(BASE, noise=0.1)),
    ("σ 1", replace(BASE, sigma=1.0)),
    ("σ 6", replace(BASE, sigma=6.0)),
    ("turned", replace(BASE, sigma=(1.0, 2.0, 4.0), turned=True)),
    ("2nd peak 0.9", replace(BASE, distractor=0.9)),
    ("background 0.3", replace(BASE, background=0.3)),
    ("border", replace(BASE, border=(0.0, 0.5))),
)


class Study:
    """Errors, each computed once."""

    def __init__(self, program):
        self.program = program
        self.methods = [m for m in METHODS if self.known(m)]
        self.errors, self.matched = {}, {}

    def known(self, method):
        found = self.program.has(method.options(BASE, 10))
        if not found:
            print(f"left out: {method.label}: the program does not have it", file=sys.stderr)
        return found

    def betas(self, sigma, noise):
        """{label: the beta of least mean error}, on maps that are used only for this."""
        if (sigma, noise) in self.matched:
            return self.matched[sigma, noise]
        point = replace(BASE, sigma=sigma, noise=noise)
        methods = {m.label: m for m in [*self.methods, *WIDTH] if m.matched}
        sums = {label: np.zeros(len(BETAS)) for label in methods}
        for maps, centres in draw(point, CALIBRATION, seed=1):
            self.program.write(maps)
            for label, method in methods.items():
                for i, beta in enumerate(BETAS):
                    answers = self.program.decode(method.options(point, beta))
                    sums[label][i] += np.sum(np.linalg.norm(answers - centres, axis=1))
        best = {label: BETAS[int(np.argmin(np.round(total, 6)))] for label, total in sums.items()}
        self.matched[sigma, noise] = best
        return best

    def best(self, method, point):
        """The matched beta for the width and the noise. A stretched peak uses that of σ 2."""
        if not method.matched:
            return None
        return self.betas(point.sigma if isinstance(point.sigma, float) else 2.0, point.noise)[method.label]

    def of(self, point, methods):
        """{label: errors in voxels, one for each map} at a point; NaN if the program gives no answer."""
        options = {m.label: m.options(point, self.best(m, point)) for m in methods}
        return self.ask(point, options)

    def ask(self, point, options):
        wanted = {label: args for label, args in options.items() if (point, *args) not in self.errors}
        found = {label: [] for label in wanted}
        for maps, centres in draw(point, MAPS) if wanted else ():
            self.program.write(maps)
            for label, args in wanted.items():
                found[label].append(np.linalg.norm(self.program.decode(args) - centres, axis=1))
        for label, args in wanted.items():
            self.errors[(point, *args)] = np.concatenate(found[label])
        return {label: self.errors[(point, *args)] for label, args in options.items()}


def statistics(errors):
    """Mean, 95th percentile, and the number of maps without an answer."""
    answered = errors[~np.isnan(errors)]
    if not answered.size:
        return np.nan, np.nan, errors.size
    return float(np.mean(answered)), float(np.percentile(answered, 95)), errors.size - answered.size


def axis_blocks(study, axis):
    """The tables of one axis, and its figure."""
    methods = [*study.methods, *axis.extra]
    columns = [study.of(point, methods) for _, point in axis.points]
    cells = {m.label: [statistics(column[m.label]) for column in columns] for m in methods}
    head = ["mean error, voxels", *(label for label, _ in axis.points)]
    for label, row in cells.items():
        for (where, _), (_, _, absent) in zip(axis.points, row, strict=True):
            if absent:
                print(f"no answer: {label}, {axis.name} {where}: {absent} of {MAPS}", file=sys.stderr)
    mean = table(head, [[label, *(number(c[0]) for c in row)] for label, row in cells.items()])
    high = table(
        ["95th percentile, voxels", *head[1:]],
        [[label, *(number(c[1]) for c in row)] for label, row in cells.items()],
    )
    text = f"{mean}\n\n<details><summary>95th percentile</summary>\n\n{high}\n\n</details>"
    panels = [
        [(m.label, [c[0] for c in cells[m.label]]) for m in study.methods if m.panel == p] for p in (0, 1)
    ]
    return text, chart(axis.title, [label for label, _ in axis.points], panels)


def temperatures(study):
    """soft and the other methods with a temperature, at fixed temperatures, against the background."""
    rows = []
    names = [n for n in ("soft", "debias", "local") if n in study.program.methods]
    for name in names:
        for beta in TEMPERATURES:
            key = f"{name}, T {1 / beta:.3g}"
            found = [
                study.ask(point, {key: ["--method", name, "--beta", str(beta)]}) for _, point in BACKGROUNDS
            ]
            rows.append([key, *(number(statistics(f[key])[0]) for f in found)])
    return table(["", *(label for label, _ in BACKGROUNDS)], rows)


def matches(study):
    """The chosen betas."""
    labels = [m.label for m in study.methods if m.matched] + [m.label for m in WIDTH if m.matched]
    points = [(s, n) for n in (0.0, 0.02) for s in SIGMAS] + [(2.0, n) for n in (0.01, 0.05, 0.1, 0.2)]
    rows = [[f"{s:g}", f"{n:g}", *(str(study.betas(s, n)[label]) for label in labels)] for s, n in points]
    return table(["σ", "noise", *labels], rows)


def summary(study):
    """Mean errors: one line for each method, one column for each difficulty."""
    rows = {m.label: [m.label] for m in study.methods}
    for _, point in SUMMARY:
        for label, errors in study.of(point, study.methods).items():
            rows[label].append(number(statistics(errors)[0], 2))
    return table(["mean error, voxels", *(label for label, _ in SUMMARY)], list(rows.values()))


# What `auto` promises of its mean error in any column: this many times that of the best method there and so
# many voxels more; and so many voxels more than `hard`.
TIMES, VOXELS, ABOVE_HARD = 1.1, 0.03, 0.05


def promise(study):
    """In how many columns of all axes `auto` keeps its promise, and a row for each of the others."""
    kept, total, rows = 0, 0, []
    for axis in AXES:
        for where, point in axis.points:
            means = {label: statistics(e)[0] for label, e in study.of(point, study.methods).items()}
            auto = means.pop("auto")
            label, best = min(means.items(), key=lambda pair: pair[1])
            total += 1
            if auto <= TIMES * best + VOXELS and auto <= means["hard"] + ABOVE_HARD:
                kept += 1
            else:
                rows.append([f"{axis.title}: {where}", number(auto), f"{number(best)} ({label})"])
    text = (
        f"In {kept} of {total} columns the mean error of `auto` is at most {TIMES} times that of the best "
        f"other method there plus {VOXELS} voxel, and at most {ABOVE_HARD} voxel above that of `hard`."
    )
    return f"{text}\n\n{table(['otherwise', 'auto', 'the best'], rows)}" if rows else text


def outputs(study):
    """{path: content} of everything the study writes."""
    files, blocks = {}, {"summary": summary(study)}
    for axis in AXES:
        print(axis.name, file=sys.stderr)
        blocks[axis.name], files[DOCS / "figures" / f"study-{axis.name}.svg"] = axis_blocks(study, axis)
    blocks["temperature"], blocks["matched"] = temperatures(study), matches(study)
    blocks["promise"] = promise(study)
    for name, picture in failures.pictures(study.program):
        files[DOCS / "figures" / f"{name}.svg"] = picture
    for page in ("study.md", "README.md"):
        files[DOCS / page] = fill((DOCS / page).read_text(encoding="utf-8"), blocks)
    return files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("program")
    options = parser.parse_args()
    with folder(ROOT) as place:
        files = outputs(Study(Program(options.program, place)))
    if not options.check:
        for path, content in files.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return 0
    differ = [
        path
        for path, content in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != content
    ]
    for path in differ:
        print(f"differs: {path.relative_to(ROOT)}", file=sys.stderr)
    print(f"{len(files) - len(differ)} of {len(files)} files are as the study makes them")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
