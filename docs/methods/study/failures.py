"""How each method fails, from the program's own answers: one picture for each page of docs/methods."""

import numpy as np

from maps import gaussian, stream
from pages import number
from picture import curve_panel, picture, slice_panel

EDGE = 25
MIDDLE = 12
PHASES = (np.arange(80) + 0.5) / 40 - 1
PHASE_TICKS = (-1, -0.5, 0, 0.5, 1)
HALVES = (-0.5, -0.25, 0, 0.25, 0.5)
PHASE = "true centre along h, voxels from the middle voxel"
ERROR = "answer − truth along h, voxels"


def phases(program, sigma, methods, background=0.0):
    """Error along h against the phase along h; the other two axes are on a voxel."""
    maps = [
        background + (1 - background) * gaussian((EDGE,) * 3, (MIDDLE + p, MIDDLE, MIDDLE), sigma)
        for p in PHASES
    ]
    program.write(maps)
    return {label: program.decode(args)[:, 0] - MIDDLE - PHASES for label, args in methods.items()}


def phase_panel(title, found, ticks):
    return curve_panel(
        title, (PHASE, ERROR), PHASE_TICKS, ticks, [(label, PHASES, e) for label, e in found.items()]
    )


def largest(values):
    return (
        f"{np.max(np.abs(values)):.2f}" if np.max(np.abs(values)) > 0.1 else f"{np.max(np.abs(values)):.3f}"
    )


def noisy(shape, sigma, noise, centres, words):
    """Maps with one peak each and independent noise."""
    rng = stream(*words)
    return [gaussian(shape, c, sigma) + noise * rng.standard_normal(shape) for c in centres]


def middles(count, words, edge=EDGE):
    """Positions within half a voxel of the middle."""
    return edge // 2 + stream(*words).random((count, 3)) - 0.5


def method(name, *more):
    return ["--method", name, *more]


def temperature(t):
    return method("soft", "--temperature", f"{t:g}")


def mean_error(program, args, centres):
    return float(np.mean(np.linalg.norm(program.decode(args) - centres, axis=1)))


def soft(program):
    centre = (16.3, 40.0, 20.0)
    values = gaussian((64, 64, 64), centre, 3)
    found = [(f"T {t:g}", *program.ask([values], temperature(t))[0]) for t in (1, 0.1, 0.05)]
    one = slice_panel(
        "one peak, 64³ voxels, height 1, σ 3",
        values[:, :, 20],
        [("true centre", 16.3, 40), *(f[:3] for f in found)],
    )
    off = [np.linalg.norm(np.array(f[1:]) - centre) for f in found]
    first, second = (22.2, 24.0, 31.5), (40.4, 38.0, 31.5)
    pair = gaussian((64, 64, 64), first, 3) + 0.95 * gaussian((64, 64, 64), second, 3)
    answer = program.ask([pair], temperature(0.05))[0]
    two = slice_panel(
        "a second peak, height 0.95", pair[:, :, 31], [("true centre", *first[:2]), ("T 0.05", *answer[:2])]
    )
    caption = (
        f"Left: off by {off[0]:.1f} voxels at T 1 (the centre of the volume), {off[1]:.1f} at T 0.1, {off[2]:.3f}"
        f" at T 0.05. Right: off by {np.linalg.norm(answer - first):.1f} voxels, between two peaks, where the heatmap"
        f" is {pair[tuple(np.rint(answer).astype(int))]:.2f}. Without noise."
    )
    return picture([one, two], caption)


def hard(program):
    found = phases(program, 2, {"hard": method("hard"), "parabola": method("parabola")})
    left = phase_panel("a perfect Gaussian, σ 2", found, HALVES)
    shape, series, means = (41, 41, 41), [], []
    for i, sigma in enumerate((6, 2)):
        centres = middles(60, (2, i), 41)
        answers = program.ask(noisy(shape, sigma, 0.05, centres, (3, i)), method("hard"))
        means.append(np.mean(np.linalg.norm(answers - centres, axis=1)))
        series.append((f"σ {sigma}", *(answers - centres)[:, :2].T))
    ticks = (-3, -2, -1, 0, 1, 2, 3)
    right = curve_panel(
        "noise 0.05: 60 answers each",
        ("answer − truth along h, voxels", "along w, voxels"),
        ticks,
        ticks,
        series,
        dots=True,
    )
    caption = (
        f"Left: off by up to {largest(found['hard'])} voxel along an axis without noise. Right: the voxels about"
        f" a broad peak are nearly equal, and noise chooses one: {means[0]:.2f} voxels off on average at"
        f" σ 6, {means[1]:.2f}"
        " at σ 2."
    )
    return picture([left, right], caption)


def quarter(program):
    found = phases(program, 2, {n: method(n) for n in ("quarter", "hard", "parabola")})
    answers = [(label, PHASES, e + PHASES) for label, e in found.items()]
    left = curve_panel(
        "what it answers, σ 2",
        (PHASE, "answer, voxels from the middle voxel"),
        PHASE_TICKS,
        PHASE_TICKS,
        answers,
    )
    right = phase_panel("how far off it is", found, HALVES)
    caption = (
        f"Two places a voxel: off by up to {largest(found['quarter'])} voxel along an axis without noise, hard"
        f" by {largest(found['hard'])}. Near a voxel's own centre quarter is worse than hard: it has to move."
    )
    return picture([left, right], caption)


def parabola(program):
    raw, log = method("parabola:space=raw"), method("parabola")
    left, panel = {}, []
    for sigma in (0.7, 1, 2):
        left[f"raw, σ {sigma:g}"] = phases(program, sigma, {"": raw})[""]
    left["log, σ 1"] = phases(program, 1, {"": log})[""]
    panel.append(phase_panel("a perfect Gaussian", left, (-0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15)))
    right = {}
    for background in (0, 0.1, 0.3):
        right[f"log, background {background:g}"] = phases(program, 1, {"": log}, background)[""]
    right["raw, background 0.3"] = phases(program, 1, {"": raw}, 0.3)[""]
    panel.append(phase_panel("on a background, σ 1", right, (-0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15)))
    caption = (
        f"Left: on the values themselves it is off by up to {largest(left['raw, σ 0.7'])} voxel at σ"
        f" 0.7, {largest(left['raw, σ 1'])}"
        f" at σ 1, {largest(left['raw, σ 2'])} at σ 2. Right: on logarithms it is exact until there is a background:"
        f" {largest(right['log, background 0.1'])} voxel at 0.1, {largest(right['log, background 0.3'])} at 0.3"
        " of the height. Without noise."
    )
    return picture(panel, caption)


def oblique(angle, centre, long, short=1.0):
    """A peak of widths long × short × short, turned in the plane of h and w."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return gaussian((EDGE,) * 3, centre, (long, short, short), turn)


def newton(program):
    centre = (12.3, 11.8, 12.0)
    values = oblique(35, centre, 2.5)
    names = {"parabola": method("parabola"), "newton": method("newton"), "hard": method("hard")}
    places = {label: program.ask([values], args)[0] for label, args in names.items()}
    left = slice_panel(
        "widths 2.5 × 1 × 1, turned by 35°",
        values[8:17, 8:17, 12],
        [
            ("true centre", *centre[:2]),
            *((k, *v[:2]) for k, v in places.items()),
        ],
        (8, 8),
    )
    centres = middles(40, (4, 0))
    ratios, curves = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6]), {"parabola": [], "newton": [], "gaussian": []}
    for ratio in ratios:
        program.write([oblique(35, c, ratio) for c in centres])
        for label, values in curves.items():
            values.append(mean_error(program, method(label), centres))
    right = curve_panel(
        "the longer, the farther",
        ("length of the peak, in its widths", "mean error, voxels"),
        (1, 2, 3, 4, 5, 6),
        (0, 0.2, 0.4, 0.6, 0.8),
        [(k, ratios, v) for k, v in curves.items()],
    )
    off = {k: np.linalg.norm(v - centre) for k, v in places.items()}
    caption = (
        f"Left: parabola is off by {off['parabola']:.2f} voxel, newton by {number(off['newton'])}. Right: newton"
        " is exact until the largest voxel lies more than ½ voxel from the centre along an axis, where its step"
        f" ends: {curves['newton'][3]:.3f} voxel on average at 2.5 to 1, {curves['newton'][5]:.2f} at 4"
        f" to 1, {curves['newton'][7]:.2f}"
        f" at 6 to 1; parabola {curves['parabola'][5]:.2f} at 4 to 1. Without noise."
    )
    return picture([left, right], caption)


def dark(program):
    names = ("dark", "gaussian", "parabola")
    distances, curves = np.arange(0, 6.01, 0.25), {n: [] for n in names}
    for i, distance in enumerate(distances):
        centres = middles(40, (5, i))
        centres[:, 0] = distance
        program.write(noisy((EDGE,) * 3, 2, 0.02, centres, (6, i)))
        for name, values in curves.items():
            values.append(float(np.mean(np.abs(program.decode(method(name))[:, 0] - distance))))
    left = curve_panel(
        "at the border, σ 2, noise 0.02",
        ("true distance from the outermost voxels, voxels", "mean |answer − truth| along h, voxels"),
        (0, 1, 2, 3, 4, 5, 6),
        (0, 0.1, 0.2, 0.3, 0.4, 0.5),
        [(k, distances, v) for k, v in curves.items()],
    )
    blurs, widths = np.array([0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 8, 10]), {}
    for i, sigma in enumerate((1, 2, 4)):
        centres = middles(40, (7, i), 41)
        program.write(noisy((41,) * 3, sigma, 0.02, centres, (8, i)))
        widths[f"peaks of σ {sigma}"] = [
            mean_error(program, method(f"dark:sigma={b:g}"), centres) for b in blurs
        ]
    right = curve_panel(
        "with another sigma, noise 0.02",
        ("sigma of the blur, voxels", "mean error, voxels"),
        (0, 2, 4, 6, 8, 10),
        (0, 0.1, 0.2, 0.3, 0.4),
        [(k, blurs, v) for k, v in widths.items()],
    )
    half, two = curves["dark"][2], curves["dark"][8]
    caption = (
        f"Left: with the largest voxel in the outermost layer dark does not move along h: {half:.2f} voxel off"
        f" on average at a distance of ½, {two:.3f} at 2; gaussian {curves['gaussian'][2]:.3f} at ½. Right: peaks"
        f" of σ 4 lose {widths['peaks of σ 4'][3]:.3f} voxel with sigma 1, {widths['peaks of σ 4'][7]:.3f} with"
        f" sigma 4; peaks of σ 1 {widths['peaks of σ 1'][3]:.3f} with sigma 1, {widths['peaks of σ 1'][9]:.3f}"
        " with sigma 6."
    )
    return picture([left, right], caption)


def gaussian_picture(program):
    centre, other = (10.3, 11.8, 12.0), (15.3, 11.8, 12.0)
    values = gaussian((EDGE,) * 3, centre, 2) + 0.6 * gaussian((EDGE,) * 3, other, 2)
    names = {
        "gaussian": method("gaussian"),
        "gaussian, radius 2": method("gaussian:radius=2"),
        "parabola": method("parabola"),
    }
    places = {label: program.ask([values], args)[0] for label, args in names.items()}
    box = (*program.ask([values], method("hard"))[0][:2], 4)
    left = slice_panel(
        "a second peak 5 voxels away, height 0.6, σ 2",
        values[4:20, 4:20, 12],
        [
            ("true centre", *centre[:2]),
            *((k, *v[:2]) for k, v in places.items()),
        ],
        (4, 4),
        box,
    )
    distances, curves = np.arange(4, 12.1, 0.5), {}
    cases = {f"gaussian, radius {r}": method(f"gaussian:radius={r}") for r in (2, 4, 6)} | {
        "parabola": method("parabola")
    }
    start = np.array([12.2, 16.3, 15.9])
    program.write(
        [gaussian((33,) * 3, start, 2) + 0.6 * gaussian((33,) * 3, start + [x, 0, 0], 2) for x in distances]
    )
    for label, args in cases.items():
        curves[label] = np.linalg.norm(program.decode(args) - start, axis=1)
    right = curve_panel(
        "the farther, the better",
        ("distance of the second peak, voxels", "error, voxels"),
        (4, 6, 8, 10, 12),
        (0, 0.25, 0.5, 0.75, 1, 1.25, 1.5),
        [(k, distances, v) for k, v in curves.items()],
    )
    off = {k: np.linalg.norm(v - centre) for k, v in places.items()}
    at = {k: v[np.flatnonzero(distances == 8)[0]] for k, v in curves.items()}
    caption = (
        f"Left: the fit takes what it can see (dashed: radius 4) for one peak: off by {off['gaussian']:.2f} voxel,"
        f" {off['gaussian, radius 2']:.2f} with a radius of 2, parabola by {off['parabola']:.2f}. Right: 8 voxels"
        f" away it is {at['gaussian, radius 2']:.3f} with a radius of 2, {at['gaussian, radius 4']:.3f} with 4,"
        f" {at['gaussian, radius 6']:.2f} with 6. Without noise."
    )
    return picture([left, right], caption)


def local(program):
    cases = {f"radius {r}, T 0.1": method(f"local:radius={r},beta=10") for r in (1, 2, 4)}
    cases |= {"radius 12, T 0.1": method("local:radius=12,beta=10"), "radius 4, T 1": method("local")}
    found = phases(program, 2, cases)
    left = phase_panel("a perfect Gaussian, σ 2, in 25³ voxels", found, HALVES)
    distances = np.arange(0, 8.01, 0.25)
    program.write([gaussian((EDGE,) * 3, (x, MIDDLE + 0.2, MIDDLE + 0.3), 2) for x in distances])
    curves = {
        k: program.decode(cases[k])[:, 0] - distances
        for k in ("radius 2, T 0.1", "radius 4, T 0.1", "radius 4, T 1")
    }
    right = curve_panel(
        "at the border",
        ("true distance from the outermost voxels, voxels", ERROR),
        (0, 2, 4, 6, 8),
        (-0.5, 0, 0.5, 1, 1.5, 2),
        [(k, distances, v) for k, v in curves.items()],
    )
    caption = (
        f"Left: off by up to {largest(found['radius 1, T 0.1'])} voxel with a radius of 1, which is narrower than"
        f" the peak, {largest(found['radius 4, T 0.1'])} with 4; {largest(found['radius 4, T 1'])} with 4 at T"
        " 1, which is nearly the hard argmax. Right: half of a peak at the border is missing, and the answer moves"
        f" inwards by {curves['radius 4, T 0.1'][0]:.2f} voxel at T 0.1 and {curves['radius 4, T 1'][0]:.2f} at"
        " T 1. Without noise."
    )
    return picture([left, right], caption)


def mean(program):
    centre, shape = (16.3, 40.0, 20.0), (64, 64, 64)
    peak = gaussian(shape, centre, 3)
    found = [(b, program.ask([b + (1 - b) * peak], method("mean"))[0]) for b in (0.0, 0.001, 0.01, 0.1)]
    left = slice_panel(
        "one peak, 64³ voxels, height 1, σ 3",
        peak[:, :, 20],
        [("true centre", *centre[:2]), *((f"background {b:g}", *answer[:2]) for b, answer in found)],
    )
    noises, curves = (
        np.array([0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05]),
        {"mean": [], "soft, T 0.05": []},
    )
    for noise in noises:
        program.write([peak + noise * stream(9, k).standard_normal(shape) for k in range(5)])
        curves["mean"].append(mean_error(program, method("mean"), centre))
        curves["soft, T 0.05"].append(mean_error(program, temperature(0.05), centre))
    right = curve_panel(
        "with noise, no background",
        ("noise, of a peak of height 1", "mean error, voxels"),
        (0, 0.01, 0.02, 0.03, 0.04, 0.05),
        (0, 5, 10, 15, 20, 25),
        [(k, noises, v) for k, v in curves.items()],
    )
    off = {b: float(np.linalg.norm(answer - centre)) for b, answer in found}
    caption = (
        f"Left: every voxel of the background counts: off by {number(off[0.0])} voxel without one, {off[0.001]:.1f}"
        f" with one of 0.001 of the height, {off[0.01]:.1f} with 0.01, {off[0.1]:.1f} with 0.1."
        f" Right: noise above 0 is such a background: {curves['mean'][3]:.1f} voxels at 0.01,"
        f" {curves['mean'][4]:.1f} at 0.02."
    )
    return picture([left, right], caption)


def debias(program):
    centre, shape = (16.3, 40.0, 20.0), (64, 64, 64)
    peak = gaussian(shape, centre, 3)
    names = {name: method(name, "--temperature", "0.1") for name in ("soft", "debias", "local")}

    def curves(maps_at, steps):
        found = {name: [] for name in names}
        for step in steps:
            program.write(maps_at(step))
            for name, args in names.items():
                found[name].append(mean_error(program, args, centre))
        return found

    noises = np.array([0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1])
    noisy_ones = curves(lambda n: [peak + n * stream(9, k).standard_normal(shape) for k in range(5)], noises)
    left = curve_panel(
        "noise, T 0.1, σ 3, 64³ voxels",
        ("noise, of a peak of height 1", "mean error, voxels"),
        (0, 0.02, 0.04, 0.06, 0.08, 0.1),
        (0, 2, 4, 6, 8, 10),
        [(k, noises, v) for k, v in noisy_ones.items()],
    )
    ramp = np.linspace(0, 1, 64)[:, None, None]
    slopes = np.array([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    slanted = curves(lambda r: [peak + r * ramp], slopes)
    right = curve_panel(
        "a background that is not flat",
        ("its rise over the volume, along h", "error, voxels"),
        (0, 0.1, 0.2, 0.3),
        (0, 4, 8, 12, 16, 20, 24),
        [(k, slopes, v) for k, v in slanted.items()],
    )
    caption = (
        f"Without noise and on a flat background debias is off by {number(noisy_ones['debias'][0])} voxel where soft"
        f" is by {noisy_ones['soft'][0]:.1f}. Left: {noisy_ones['debias'][2]:.2f} voxel at noise of 0.02,"
        f" {noisy_ones['debias'][6]:.1f} at 0.1. Right: a background that rises by 0.1 costs {slanted['debias'][2]:.1f}"
        f" voxels, by 0.3 {slanted['debias'][6]:.1f}; soft {slanted['soft'][6]:.1f}."
    )
    return picture([left, right], caption)


PICTURES = (
    ("soft", soft),
    ("hard", hard),
    ("local", local),
    ("quarter", quarter),
    ("parabola", parabola),
    ("newton", newton),
    ("dark", dark),
    ("gaussian", gaussian_picture),
    ("mean", mean),
    ("debias", debias),
)


def pictures(program):
    """(name, SVG) of every page whose method the program has."""
    for name, draw in PICTURES:
        if name in program.methods:
            yield name, draw(program)
