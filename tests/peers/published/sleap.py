"""SLEAP (sleap-nn): the largest voxel, all local maxima, and centres of mass of windows about them, in
planes."""

import numpy as np
from scipy import ndimage

from ledger import Section
from published import maps
from published.load import bare, without

#: SLEAP keeps coordinates in f32: half a unit in the last place of 64, and the sums of 49 values.
SINGLE = 1e-5


def load():
    """sleap_nn.inference.ops.peaks, without training, tracking and reading of videos."""
    bare("sleap_nn", "sleap_nn.inference")
    without("sleap_io", "skia", "omegaconf", "psutil", "loguru", "torchvision", "attrs", "hydra", "lightning")
    from sleap_nn.inference.ops import peaks

    return peaks


def one(rng, folder, cases):
    """find_global_peaks, rough and integral."""
    import torch

    peaks = load()
    rough = Section("SLEAP find_global_peaks_rough, one largest value: hard, --threshold")
    integral = Section("SLEAP find_global_peaks(integral): local:weights=values", SINGLE, "voxel")
    double = Section("SLEAP integral_regression of those windows, in f64", maps.DOUBLE, "voxel")
    ties = Section(
        "SLEAP wrong: of several largest voxels the least x and the least y, which may be no maximum; "
        "reproduced"
    )
    below = Section("SLEAP differs: values below 0 weigh too, here nothing; reproduced", 1e-4, "voxel")
    neither = 0
    for _ in range(cases):
        x = maps.distinct(rng, 2).astype(np.float32)
        x *= rng.uniform(0.1, 1, (*x.shape[:2], 1, 1)).astype(np.float32)
        threshold = float(np.float32(rng.uniform(0, 0.5)))
        points, _ = peaks.find_global_peaks_rough(torch.from_numpy(x), threshold)
        found = maps.decode(folder, x, ["--method", "hard", "--threshold", threshold], "last")
        same = np.array_equal(found, points.numpy(), equal_nan=True)
        rough.expect(same, f"{x.shape} {threshold}: {points}, ours {found}")

        radius = int(rng.integers(1, 4))
        p = maps.positive(rng, 2, most=30)
        args = ["--method", f"local:radius={radius},weights=values"]
        points, _ = peaks.find_global_peaks(
            torch.from_numpy(p.astype(np.float32)), 0.0, "integral", 2 * radius + 1
        )
        found = maps.decode(folder, p.astype(np.float32), args, "last")
        integral.measure(maps.far(points.numpy(), found), f"{p.shape} {radius}")
        padded, hard = np.pad(p, ((0, 0), (0, 0), (radius, radius), (radius, radius))), maps.hardest(p)
        size = 2 * radius + 1
        crops = [
            [padded[n, c, h : h + size, w : w + size] for c, (h, w) in enumerate(hard[n])]
            for n in range(len(p))
        ]
        grid = torch.arange(size, dtype=torch.float64) - radius
        offsets = torch.stack(
            peaks.integral_regression(torch.from_numpy(np.array(crops)), grid, grid), -1
        ).numpy()
        double.measure(
            maps.far(hard[..., ::-1] + offsets, maps.decode(folder, p, args, "last")), f"{p.shape} {radius}"
        )

        p = (p - rng.uniform(0, 0.2)).astype(np.float32)
        points, _ = peaks.find_global_peaks(torch.from_numpy(p), -1.0, "integral", size)
        found = maps.decode(folder, p, args, "last")
        for n, c in np.ndindex(p.shape[:2]):
            crop = np.pad(p[n, c].astype(float), radius)[tuple(slice(i, i + size) for i in hard[n, c])]
            # If the sum nearly cancels, f32 rounding decides.
            if p[n, c].max() > 0 and crop.sum() > 0.2 * np.abs(crop).sum():
                for weight, section, answer in (
                    (crop, below, points.numpy()),
                    (np.maximum(crop, 0), double, found),
                ):
                    offset = ndimage.center_of_mass(weight) - np.array([radius, radius])
                    section.measure(
                        maps.far(answer[n, c], (hard[n, c] + offset)[::-1]), f"{p.shape} {radius} {n} {c}"
                    )

        x = np.floor(maps.distinct(rng, 2) * rng.integers(2, 12)).astype(np.float32)
        x = np.minimum(x, x.max() - 1)
        points = peaks.find_global_peaks_rough(torch.from_numpy(x), -1.0)[0].numpy()
        found = maps.decode(folder, x, ["--method", "hard"], "last")
        for n, c in np.ndindex(x.shape[:2]):
            heatmap = x[n, c]
            places = np.argwhere(heatmap == heatmap.max())
            expected = places[:, 1].min(), places[:, 0].min()
            held = tuple(points[n, c]) == expected and tuple(found[n, c]) == tuple(places[0][::-1])
            ties.expect(held, f"{x.shape}: {points[n, c]}, ours {found[n, c]}, expected {expected}")
            neither += heatmap[expected[::-1]] < heatmap.max()
    ties.expect(neither > 0, "never a place that is no maximum")
    ties.note = f"; {neither} of its answers were no maximum"
    return [rough, integral, double, below, ties]


def several(rng, folder, cases):
    """find_local_peaks, rough and integral."""
    import torch

    peaks = load()
    rough = Section("SLEAP find_local_peaks, all values different: --peaks, --threshold")
    integral = Section("SLEAP find_local_peaks(integral): --peaks with local:weights=values", SINGLE, "voxel")
    higher = Section("SLEAP find_local_peaks(integral), a higher voxel in the window", SINGLE, "voxel")
    level = Section(
        "SLEAP differs: a plateau in 2 x 2 voxels is its mean, a larger one none; "
        "here the first voxel of each"
    )
    for _ in range(cases):
        x = maps.distinct(rng, 2, 1, 20).astype(np.float32)
        threshold, radius = float(np.float32(rng.uniform(0, 0.9))), int(rng.integers(1, 4))
        # Theirs leaves out a peak that is exactly as high as the threshold.
        above = np.nextafter(np.float32(threshold), np.float32(2))
        args = ["--peaks", 1000, "--threshold", float(above)]
        answer = peaks.find_local_peaks(torch.from_numpy(x), threshold, "integral", 2 * radius + 1)
        hard = peaks.find_local_peaks(torch.from_numpy(x), threshold)
        found = maps.peaks(folder, x, ["--method", f"local:radius={radius},weights=values", *args])
        for (n, c), ours in found.items():
            if x[n, c].size == 1:
                continue
            mine = (hard[2] == n) & (hard[3] == c)
            places = [(int(h), int(w)) for w, h in hard[0][mine].numpy()]
            where = f"{x.shape} {args} {n} {c}"
            rough.expect(set(places) == set(ours), f"{where}: {set(places) ^ set(ours)}")
            for place, refined in zip(places, answer[0][mine].numpy()):
                if place in ours:
                    section = integral if maps.is_highest(x[n, c], place, radius) else higher
                    section.measure(
                        maps.far(refined[::-1], ours[place]), f"{where} {place}: {refined}, {ours[place]}"
                    )

        x = np.floor(maps.distinct(rng, 2, 3, 12) * rng.integers(3, 30)).astype(np.float32)
        points, _, samples, channels = peaks.find_local_peaks(torch.from_numpy(x), -1.0)
        found = maps.peaks(folder, x, ["--method", "hard", "--peaks", 1000])
        for (n, c), ours in found.items():
            theirs = {
                tuple(float(i) for i in p[::-1]) for p in points[(samples == n) & (channels == c)].numpy()
            }
            expected, at_least_its_first = set(), True
            for place in ours:
                labels, _ = ndimage.label(x[n, c] == x[n, c][place], np.ones((3, 3)))
                plateau = np.argwhere(labels == labels[place])
                at_least_its_first &= tuple(plateau[0]) == place
                if (np.ptp(plateau, axis=0) <= 1).all():
                    expected.add(tuple(plateau.mean(0)))
            # A third of a voxel, in f32.
            near_enough = len(theirs) == len(expected) and all(
                min(np.abs(np.subtract(a, b)).max() for b in expected) < 1e-5 for a in theirs
            )
            level.expect(near_enough and at_least_its_first, f"{x.shape} {n} {c}: {theirs ^ expected}")
    return [rough, integral, higher, level]


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    yield from one(rng, folder, cases)
    yield from several(rng, folder, cases)
