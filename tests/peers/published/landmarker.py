"""landmarker: argmax, centres of mass of whole maps and windows, covariance, a fitted Gaussian, several
peaks."""

import json

import numpy as np

import program
from ledger import Section
from published import maps
from published.load import bare

#: landmarker's name of the activation, and the equivalent here.
ACTIVATIONS = {
    "softmax": lambda t: ["--method", "soft", "--beta", t],
    "ReLU": lambda _: ["--method", "mean"],
    "sigmoid": lambda _: ["--method", "mean:activation=sigmoid"],
    None: lambda _: ["--method", "mean:activation=none"],
}


def load():
    """(decoder, generator), without the package's data sets and networks."""
    bare("landmarker")
    from landmarker.heatmap import decoder, generator

    return decoder, generator


def whole(rng, folder, cases):
    """coord_argmax, coord_weighted_spatial_mean and its covariance."""
    import torch

    decoder, _ = load()
    hard = Section("landmarker coord_argmax: hard, ties too")
    mean = Section("landmarker coord_weighted_spatial_mean, in f64", maps.DOUBLE, "voxel")
    single = Section(
        "landmarker coord_weighted_spatial_mean(softmax), both in f32", maps.SINGLE, "of the axis"
    )
    cov = Section(
        "landmarker coord_weighted_spatial_mean_cov, in f64: ours / (1 - sum of squares), relative", 1e-9
    )
    over = Section(
        "landmarker wrong: softmax without the maximum taken out is NaN from 89 on in f32; here it is soft"
    )
    for case in range(cases):
        dims = 2 + case % 2
        x = maps.logits(rng, dims)
        ties = np.floor(x * 2)
        theirs = decoder.coord_argmax(torch.from_numpy(ties), dims).numpy()
        found = maps.decode(folder, ties, ["--method", "hard"])
        hard.expect((found == theirs).all(), f"{x.shape}: {found}, {theirs}")

        activation, t = list(ACTIVATIONS)[case % 4], 1 / maps.temperature(rng, x)
        x = np.maximum(x, 0) + 1e-3 if activation is None else x
        args = ACTIVATIONS[activation](t)
        where = f"{x.shape} {args}"
        if activation != "ReLU" or (x.max(axis=tuple(range(2, x.ndim))) > 0).all():
            theirs = decoder.coord_weighted_spatial_mean(torch.from_numpy(x), dims, activation, t=t).numpy()
            mean.measure(maps.far(maps.decode(folder, x, args), theirs), where)
            covariance(torch, decoder, folder, x, activation, cov)
        x32 = x.astype(np.float32)
        theirs = decoder.coord_weighted_spatial_mean(torch.from_numpy(x32), dims, "softmax", t=t).numpy()
        found = maps.decode(folder, x32, ["--method", "soft", "--beta", t])
        single.measure((np.abs(found - theirs) / np.array(x.shape[2:])).max(), f"{x.shape} {t}")
        high = (x32 - x32.max() + 89).astype(np.float32)
        theirs = decoder.coord_weighted_spatial_mean(torch.from_numpy(high), dims, "softmax").numpy()
        top = np.unravel_index(high.argmax(), high.shape)[:2]
        found = maps.decode(folder, high, ["--method", "soft"])[top]
        low = maps.decode(folder, high - np.float32(89), ["--method", "soft"])[top]
        over.expect(
            np.isnan(theirs[top]).all() and maps.far(found, low) < 1e-4 * max(x.shape),
            f"{x.shape} {found} {low}",
        )
    return [hard, mean, single, cov, over]


def covariance(torch, decoder, folder, x, activation, section):
    """Theirs is the covariance of a weighted sample: divided by one minus the sum of the squared weights."""
    dims = x.ndim - 2
    # Its covariance takes no temperature.
    weight = {"softmax": lambda v: np.exp(v - v.max()), "ReLU": lambda v: np.maximum(v, 0), None: lambda v: v}
    weight = weight.get(activation, lambda v: 1 / (1 + np.exp(-v)))
    _, theirs = decoder.coord_weighted_spatial_mean_cov(torch.from_numpy(x), dims, activation=activation)
    _, ours = maps.spread(folder, x, ACTIVATIONS[activation](1.0))
    for n, c in np.ndindex(x.shape[:2]):
        p = weight(x[n, c])
        left = 1 - ((p / p.sum()) ** 2).sum()
        # With all of the mass in one voxel the divisor is 0.
        if left > 1e-3:
            scale = np.trace(ours[n, c]) + 1e-12
            error = maps.far(theirs[n, c] * left, ours[n, c]) / scale
            section.measure(error, f"{x.shape} {activation}: {theirs[n, c]} * {left}, ours {ours[n, c]}")


def padded_mean(heatmap, hard, radius, weigh):
    """Centre of mass of a window around a voxel, with zeros outside the map."""
    padded = np.pad(heatmap, radius)
    box = weigh(padded[tuple(slice(i, i + 2 * radius + 1) for i in hard)])
    places = np.moveaxis(np.indices(box.shape), 0, -1) - radius
    return hard + (box[..., None] * places).sum(tuple(range(box.ndim))) / box.sum()


def windows(rng, folder, cases):
    """coord_local_soft_argmax and coord_local_weighted."""
    import torch

    decoder, _ = load()
    inside = Section(
        "landmarker coord_local_soft_argmax, windows inside the map, in f64: local", maps.DOUBLE, "voxel"
    )
    border = Section(
        "landmarker wrong at the border: zeros beyond it weigh exp(0), reproduced", maps.DOUBLE, "voxel"
    )
    values = Section(
        "landmarker coord_local_weighted(ReLU), in f64: local:weights=values", maps.DOUBLE, "voxel"
    )
    even = Section("landmarker wrong: an even window raises an error")
    pulled = 0.0
    for case in range(cases):
        dims, radius = 2 + case % 2, int(rng.integers(1, 4))
        x = maps.logits(rng, dims, least=1, most=12 if dims == 3 else 24)
        beta = 1 / maps.temperature(rng, x)
        args = ["--method", f"local:radius={radius},beta={beta}"]
        theirs = decoder.coord_local_soft_argmax(torch.from_numpy(x), 2 * radius + 1, beta, dims).numpy()
        found = maps.decode(folder, x, args)
        for (n, c), hard in zip(np.ndindex(x.shape[:2]), maps.hardest(x).reshape(-1, dims)):
            where = f"{x.shape} {args} {hard}: {theirs[n, c]}, ours {found[n, c]}"
            if all(radius <= i < length - radius for i, length in zip(hard, x.shape[2:])):
                inside.measure(maps.far(theirs[n, c], found[n, c]), where)
            else:
                expected = padded_mean(x[n, c], hard, radius, lambda v: np.exp(beta * v))
                border.measure(maps.far(theirs[n, c], expected), where)
                pulled = max(pulled, maps.far(theirs[n, c], found[n, c]))
        p = maps.positive(rng, dims, most=12 if dims == 3 else 24) - rng.uniform(0, 0.2)
        if (p.max(axis=tuple(range(2, p.ndim))) > 0).all():
            theirs = decoder.coord_local_weighted(torch.from_numpy(p), 2 * radius + 1, dims, "ReLU").numpy()
            found = maps.decode(folder, p, ["--method", f"local:radius={radius},weights=values"])
            values.measure(maps.far(theirs, found), f"{p.shape} {radius}")
        try:
            decoder.coord_local_soft_argmax(torch.from_numpy(x), 2 * radius, beta, dims)
            even.expect(False, f"{x.shape} {2 * radius}: no error")
        except RuntimeError:
            even.expect(True, "")
    border.note = f"; up to {pulled:.2g} voxel from ours"
    return [inside, border, values, even]


def enlarged(rng, folder, cases):
    """heatmap_to_coord_enlarge divides by the factor and ignores half a voxel; --stride does not."""
    import torch
    from torch.nn import functional

    decoder, _ = load()
    # Its division is in f32: half a unit in the last place of a number below 64.
    section = Section("landmarker wrong: heatmap_to_coord_enlarge is (s - 1)/2s too far", 2.0**-19, "voxel")
    for case in range(cases):
        dims, factor = 2 + case % 2, int(rng.integers(2, 5))
        x = maps.positive(rng, dims, most=20 if dims == 2 else 8)
        method, mode = (
            ("argmax", "weighted_spatial_mean")[case // 2 % 2],
            "bilinear" if dims == 2 else "trilinear",
        )
        theirs = decoder.heatmap_to_coord_enlarge(
            torch.from_numpy(x), method=method, enlarge_factor=factor, enlarge_mode=mode, spatial_dims=dims
        ).numpy()
        large = functional.interpolate(
            torch.from_numpy(x), scale_factor=factor, mode=mode, align_corners=False
        ).numpy()
        args = ["--method", "hard" if method == "argmax" else "mean", "--stride", 1 / factor]
        found = maps.decode(folder, large, args)
        section.measure(maps.far(theirs - found, (factor - 1) / (2 * factor)), f"{x.shape} {factor} {method}")
    return section


def gaussian(rng, folder, cases):
    """coord_cov_from_gaussian_ls fits a Gaussian of fixed height, in planes; its numbers are f32."""
    import torch

    decoder, generator = load()
    centre = Section("landmarker coord_cov_from_gaussian_ls: gaussian, the centre", 1e-3, "voxel")
    cov = Section("landmarker coord_cov_from_gaussian_ls: gaussian's fit_cov, relative", 1e-3)
    low = Section("landmarker differs: at another height its covariance is off by more than 5 %, ours is not")
    for _ in range(max(cases // 20, 3)):
        lengths = tuple(int(n) for n in rng.integers(28, 40, 2))
        sigmas, turn = [float(s) for s in rng.uniform(1, 3, 2)], float(rng.uniform(0, 3))
        make = generator.GaussianHeatmapGenerator(1, sigmas=sigmas, rotation=turn, heatmap_size=lengths)
        place = rng.uniform(10, np.array(lengths) - 11)
        x = make(torch.tensor(place, dtype=torch.float32).view(1, 1, 2))
        true = make.get_covariance_matrix().numpy()[0]
        for height, sections in ((1, (centre, cov)), (0.7, (low,))):
            theirs, theirs_cov = (y.numpy()[0, 0] for y in decoder.coord_cov_from_gaussian_ls(x * height))
            ours, ours_cov = maps.spread(
                folder, (x * height).numpy(), ["--method", "gaussian:radius=7"], "fit_"
            )
            ours, ours_cov = ours[0, 0], ours_cov[0, 0]
            found = f"{theirs} {theirs_cov}, ours {ours} {ours_cov}, true {true}"
            where = f"{lengths} {place} {sigmas} {turn}: {found}"
            off = lambda found: maps.far(found, true) / np.trace(true)
            if height == 1:
                sections[0].measure(max(maps.far(theirs, ours), maps.far(ours, place)), where)
                sections[1].measure(
                    max(maps.far(theirs_cov, ours_cov) / np.trace(true), off(ours_cov)), where
                )
            else:
                sections[0].expect(off(theirs_cov) > 0.05 and off(ours_cov) < 1e-3, where)
    return [centre, cov, low]


def several(rng, folder, cases):
    """heatmap_to_multiple_coord: one candidate in each of a grid of blocks, kept if no neighbour in reach is
    higher."""
    import torch

    decoder, _ = load()
    right = Section("landmarker heatmap_to_multiple_coord: each of its peaks is one of --peaks")
    lost = Section(
        "landmarker wrong: loses peaks that no block covers or whose block has a higher voxel, half in f64"
    )
    peaks, found_by_both = 0, 0
    for _ in range(cases):
        x = maps.distinct(rng, 2, 1, 30).astype(rng.choice(["f4", "f8"]))
        reach = int(rng.integers(1, 4))
        window = 2 * reach + 1
        coords, _ = decoder.heatmap_to_multiple_coord(torch.from_numpy(x), window)
        found = maps.peaks(folder, x, ["--method", "hard", "--peaks", 1000])
        for n, c in np.ndindex(x.shape[:2]):
            heatmap, kept = x[n, c], set()
            theirs = {tuple(int(i) for i in place) for place in coords[n][c]}
            # Here a map of equal values has no peak.
            ours = found[n, c] if heatmap.size > 1 else {(0, 0): None}
            for h, w in ours:
                box = maps.box(heatmap, (h, w), reach)
                # Blocks begin `reach` voxels before the map; their number is the number of windows in its
                # length.
                first = [(i + reach) // window * window - reach for i in (h, w)]
                block = heatmap[tuple(slice(max(i, 0), i + window) for i in first)]
                peaks += heatmap[h, w] == box.max()
                covered = all(i + reach < length for i, length in zip(first, heatmap.shape))
                # Its candidates' values are kept in f32.
                if covered and block.max() == heatmap[h, w] and np.float32(heatmap[h, w]) >= box.max():
                    kept.add((h, w))
            right.expect(theirs <= set(ours), f"{x.shape} {window}: {theirs - set(ours)}")
            lost.expect(theirs == kept, f"{x.dtype} {x.shape} {window}: {theirs ^ kept}")
            found_by_both += len(theirs)
    lost.note = f"; {found_by_both} of {peaks} peaks found"
    return [right, lost]


def evaluator(rng, folder, cases):
    """point_error and sdr against `eval`: errors at the very limits, anisotropic voxels, missing ones."""
    import torch

    bare("landmarker")
    from landmarker.metrics.metrics import point_error, sdr

    limits = (2.0, 2.5, 3.0, 4.0)
    # Its numbers are f32.
    errors = Section("landmarker point_error and sdr(<=): eval --at-most, relative", 2.0**-20)
    missing = Section("landmarker wrong: with one landmark missing, point_error(mean) is NaN; eval counts it")
    for case in range(max(cases // 10, 5)):
        count, spacing = int(rng.integers(3, 12)), rng.choice([0.5, 1.0, 2.0], 3)
        truth = rng.integers(0, 50, (count, 4, 3)).astype(float)
        # Whole steps, so that many errors lie at a limit, to the bit in f32 too.
        found = truth + rng.integers(-2, 3, truth.shape)
        ours = evaluated(folder, truth, found, spacing, limits)
        tensors = [torch.tensor(x, dtype=torch.float32) for x in (truth, found)]
        scale = {"pixel_spacing": torch.tensor(np.tile(spacing, (count, 1)), dtype=torch.float32)}
        theirs = point_error(*tensors, **scale).item()
        errors.measure(abs(ours["mean"] - theirs) / theirs, f"{case}: mean {ours['mean']}, {theirs}")
        for limit, rate in sdr(limits, *tensors, **scale).items():
            own = 100 * ours[limit]
            errors.measure(abs(own - rate) / 100, f"{case}: within {limit} {own}, {rate}")
        found[0, 0] = np.nan
        ours = evaluated(folder, truth, found, spacing, limits)
        tensors[1] = torch.tensor(found, dtype=torch.float32)
        missing.expect(np.isnan(point_error(*tensors, **scale).item()), f"{case}: point_error is a number")
        rest = point_error(*tensors, **scale, reduction="nanmean").item()
        missing.expect(abs(ours["mean"] - rest) < 1e-6 * max(rest, 1), f"{case}: {ours['mean']}, {rest}")
        # In rates both count what is missing as a failure.
        for limit, rate in sdr(limits, *tensors, **scale).items():
            missing.expect(abs(100 * ours[limit] - rate) < 1e-4, f"{case}: {limit} {ours[limit]} {rate}")
    return [errors, missing]


def evaluated(folder, truth, found, spacing, limits):
    """The mean radial error and the rate within each limit, by `eval`."""
    for name, array in (("truth", truth), ("found", found)):
        np.save(folder / f"{name}.npy", array)
    args = ["eval", "found.npy", "truth.npy", "--predicted-frame", "voxel", "--truth-frame", "voxel"]
    args += ["--spacing", ",".join(map(str, spacing)), "--within", ",".join(map(str, limits))]
    done = program.run([*args, "--at-most", "--bootstrap", "0", "--format", "json"], folder)
    rows = json.loads(done.stdout)["evaluation"]["all"]["statistics"]
    return {row.get("limit") or row["statistic"]: row["value"] for row in rows}


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    yield from whole(rng, folder, cases)
    yield from windows(rng, folder, cases)
    yield enlarged(rng, folder, cases)
    yield from gaussian(rng, folder, cases)
    yield from several(rng, folder, cases)
    yield from evaluator(rng, folder, cases)
