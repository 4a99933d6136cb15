"""kornia: soft-argmax of whole maps and of windows, a quadratic fit at each maximum, non-maximum
suppression."""

import numpy as np
from scipy import ndimage

import near
from ledger import Section
from published import maps

#: kornia does not solve for a smaller determinant, relative to the cube of the largest element.
SOLVED = 1e-7


def whole(rng, folder, cases):
    """spatial_softmax2d, spatial_expectation2d."""
    import torch
    from kornia.geometry import subpix

    normal = Section("kornia spatial_soft_argmax2d(T), in f64: normalized", maps.DOUBLE)
    pixels = Section("kornia spatial_soft_argmax2d(T, False), in f64", maps.DOUBLE, "voxel")
    promise = Section("kornia spatial_soft_argmax2d, f32 input, kornia in f64", maps.PROMISE, "voxel")
    single = Section("kornia spatial_soft_argmax2d, both in f32", maps.SINGLE, "of the axis")
    mass = Section(
        "kornia spatial_expectation2d: the sum of the map times the answer of mean", maps.DOUBLE, "voxel"
    )
    one = Section("kornia differs: an axis of length 1 is 0 normalized, here -1")
    for _ in range(cases):
        x = maps.logits(rng, 2)
        t = maps.temperature(rng, x)
        args, x32 = ["--method", "soft", "--temperature", t], x.astype(np.float32)
        where = f"{x.shape} {args}"
        tensor = lambda x, normalized: subpix.spatial_soft_argmax2d(torch.from_numpy(x), t, normalized)
        theirs = lambda x, normalized: tensor(x, normalized).numpy()
        found, expected = maps.decode(folder, x, args, "last", "normalized"), theirs(x, True)
        single_axis = np.array(x.shape[:1:-1]) == 1
        normal.measure(np.abs(found - expected)[..., ~single_axis].max(initial=0), where)
        if single_axis.any():
            one.expect(
                (expected[..., single_axis] == 0).all() and (found[..., single_axis] == -1).all(), where
            )
        pixels.measure(maps.far(maps.decode(folder, x, args, "last"), theirs(x, False)), where)
        found = maps.decode(folder, x32, args, "last")
        promise.measure(maps.far(found, theirs(x32.astype(np.float64), False)), where)
        error = np.abs(found - theirs(x32, False)) / np.array(x.shape[:1:-1])
        single.measure(error.max(), where)

        p = maps.positive(rng, 2)
        expected = subpix.spatial_expectation2d(torch.from_numpy(p), False).numpy()
        found = maps.decode(folder, p, ["--method", "mean"], "last")
        total = p.sum((2, 3))[..., None]
        mass.measure((np.abs(found * total - expected) / np.maximum(total, 1)).max(), f"{p.shape}")
    return [normal, pixels, promise, single, mass, one]


def windows(rng, folder, cases):
    """conv_soft_argmax2d and 3d, read at every local maximum: the window is clipped at the border, as with
    `local`."""
    import torch
    from kornia.geometry import subpix

    plane = Section("kornia conv_soft_argmax2d at the largest voxel, in f64: local", maps.DOUBLE, "voxel")
    solid = Section("kornia conv_soft_argmax3d at the largest voxel, in f64: local", maps.DOUBLE, "voxel")
    normal = Section("kornia conv_soft_argmax at the largest voxel, in f64: normalized", maps.DOUBLE)
    every = Section("kornia conv_soft_argmax at all maxima, in f64: --peaks with local", maps.DOUBLE, "voxel")
    higher = Section(
        "kornia conv_soft_argmax at all maxima, a higher voxel in the window", maps.DOUBLE, "voxel"
    )
    for case in range(cases):
        dims, radius = 2 + case % 2, int(rng.integers(1, 4))
        x = maps.logits(rng, dims, least=2, most=8 if dims == 3 else 24)
        t = maps.temperature(rng, x)
        function = subpix.conv_soft_argmax2d if dims == 2 else subpix.conv_soft_argmax3d
        size, ones, pad = ((n,) * dims for n in (2 * radius + 1, 1, radius))
        # (x, y) of a plane, (d, x, y) of a volume.
        axes = [1, 0] if dims == 2 else [0, 2, 1]
        args = ["--method", f"local:radius={radius}", "--temperature", t]
        for section, coords in ((plane if dims == 2 else solid, "voxel"), (normal, "normalized")):
            field = function(
                torch.from_numpy(x),
                size,
                ones,
                pad,
                t,
                normalized_coordinates=coords != "voxel",
                output_value=False,
            ).numpy()
            found = maps.decode(folder, x, args, coords=coords)
            for (n, c), hard in zip(np.ndindex(x.shape[:2]), maps.hardest(x).reshape(-1, dims)):
                expected = field[(n, c, slice(None), *hard)]
                section.measure(maps.far(found[n, c][axes], expected), f"{x.shape} {args} {coords} {hard}")
            if coords == "voxel":
                for (n, c), peaks in maps.peaks(folder, x, [*args, "--peaks", 1000]).items():
                    for place, ours in peaks.items():
                        expected = field[(n, c, slice(None), *place)]
                        section = every if maps.is_highest(x[n, c], place, radius) else higher
                        where = f"{x.shape} {args} {place}: {ours[axes]}, kornia {expected}"
                        section.measure(maps.far(ours[axes], expected), where)
    return [plane, solid, normal, every, higher]


def quadratic(x, peak):
    """g, H of the 3 x 3 x 3 voxels about a peak, by central differences."""
    f = lambda *step: x[tuple(peak + np.sum(step, 0))]
    e = np.eye(3, dtype=int)
    gradient = np.array([(f(s) - f(-s)) / 2 for s in e])
    mixed = lambda s, t: (f(s, t) - f(s, -t) - f(-s, t) + f(-s, -t)) / 4
    straight = lambda s: f(s) - 2 * f(0 * s) + f(-s)
    return gradient, np.array([[straight(s) if (s == t).all() else mixed(s, t) for t in e] for s in e])


def fits(rng, folder, cases):
    """conv_quad_interp3d: one Newton step on the values from each maximum, `newton:space=raw` at each of
    --peaks."""
    import torch
    from kornia.geometry import subpix

    same = Section("kornia conv_quad_interp3d, steps up to 1/2: newton:space=raw", maps.DOUBLE, "voxel")
    longer = Section(
        "kornia differs: steps from 1/2 to 0.6 are taken whole, here kept to 1/2", maps.DOUBLE, "voxel"
    )
    saddle = Section(
        "kornia differs: a saddle's stationary point, here parabola:space=raw", maps.DOUBLE, "voxel"
    )
    again = 0
    for case in range(cases):
        x = maps.smooth(rng.normal(size=maps.shape(rng, 3, 3, 12)), 3, case % 2)
        if case % 4 == 1:
            # Across, the ridge is steeper than a parabola: its peaks are saddles of the quadratic.
            h, w, _ = np.indices(x.shape[2:])
            x -= np.abs(h - w) ** 3
        coords, _ = subpix.conv_quad_interp3d(torch.from_numpy(x))
        mask = subpix.nms3d(torch.from_numpy(x), (3, 3, 3), True).numpy()
        found = maps.peaks(folder, x, ["--method", "newton:space=raw", "--peaks", 1000])
        for n, c, *peak in np.argwhere(mask):
            heatmap, peak = x[n, c], np.array(peak)
            theirs = coords.numpy()[(n, c, slice(None), *peak)][[0, 2, 1]]
            gradient, hessian = quadratic(heatmap, peak)
            bends = np.linalg.eigvalsh(hessian)
            most = np.abs(hessian).max()
            if (
                np.abs(bends).min() < near.SINGULAR * np.abs(bends).max()
                or abs(np.prod(bends)) < 2 * SOLVED * most**3
            ):
                continue
            step, where = -np.linalg.solve(hessian, gradient), f"{x.shape} {peak}: {theirs}"
            # At the very ends of the ranges rounding decides.
            length = np.abs(step).max()
            ours = found[n, c][tuple(peak)]
            if length > 0.6 - 1e-6:
                again += 1
            elif bends.max() > 0:
                saddle.measure(maps.far(theirs, peak + step), where)
                saddle.measure(maps.far(ours, near.apexes(heatmap, peak)), f"{where}, ours {ours}")
            elif length > 0.5:
                longer.measure(maps.far(theirs, peak + step), where)
                longer.measure(maps.far(ours, peak + np.clip(step, -0.5, 0.5)), f"{where}, ours {ours}")
            else:
                same.measure(maps.far(theirs, ours), f"{where}, ours {ours}")
    same.note = f"; {again} maxima that kornia moves to another voxel were left out"
    return [same, longer, saddle]


def suppression(rng, folder, cases):
    """nms2d, nms3d with windows of 3: strict maxima that are not at a border."""
    import torch
    from kornia.geometry import subpix

    same = Section("kornia nms2d, nms3d, all values different: --peaks less the border")
    level = Section("kornia differs: no voxel of a plateau is a maximum, here its first voxel is")
    for case in range(cases):
        dims = 2 + case % 2
        ties = case % 4 > 1
        x = maps.distinct(rng, dims, 3, 16 if dims == 2 else 8)
        if ties:
            x = np.floor(x * rng.integers(4, 20))
        function, size = (subpix.nms2d, (3, 3)) if dims == 2 else (subpix.nms3d, (3, 3, 3))
        mask = function(torch.from_numpy(x), size, True).numpy()
        found = maps.peaks(folder, x, ["--method", "hard", "--peaks", 1000])
        touching = np.ones((3,) * dims, bool)
        for (n, c), peaks in found.items():
            heatmap = x[n, c]
            kept = set()
            for place in peaks:
                inside = all(0 < i < length - 1 for i, length in zip(place, heatmap.shape))
                plateau = ndimage.label(heatmap == heatmap[place], touching)[0]
                if inside and (plateau == plateau[place]).sum() == 1:
                    kept.add(place)
            expected = {tuple(map(int, place)) for place in np.argwhere(mask[n, c])}
            (level if ties else same).expect(kept == expected, f"{x.shape} {n} {c}: {kept ^ expected}")
    return [same, level]


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    yield from whole(rng, folder, cases)
    yield from windows(rng, folder, cases)
    yield from fits(rng, folder, cases)
    yield from suppression(rng, folder, cases)
