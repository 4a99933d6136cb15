"""mmpose: argmax, the quarter step, DARK and its variant for unbiased data processing, in planes."""

import numpy as np
from scipy import ndimage

from ledger import Section
from published import maps
from published.load import bare


def load():
    """(post_processing, refinement) of mmpose.codecs.utils, without mmcv and mmengine."""
    bare("mmpose", "mmpose.codecs")
    from mmpose.codecs.utils import post_processing, refinement

    return post_processing, refinement


def refined(function, x, *args):
    """A refinement of every map of a batch, from its largest voxel: (B, C, 2) as (h, w). Neither input is
    changed."""
    found = []
    for sample, hard in zip(x, maps.hardest(x)):
        places = hard[None, :, ::-1].astype(np.float32)
        found.append(function(places, sample.astype(np.float32), *args)[0, :, ::-1])
    return np.array(found, float)


def voxels(rng, folder, cases):
    """get_heatmap_maximum and get_heatmap_3d_maximum, refine_keypoints, batch_heatmap_nms."""
    import torch

    processing, refinement = load()
    hard = Section("mmpose get_heatmap_maximum, get_heatmap_3d_maximum: hard, ties too")
    nothing = Section("mmpose differs: (-1, -1) where nothing is above 0, here the largest voxel")
    quarter = Section("mmpose refine_keypoints, from voxels 2 to n - 2: quarter")
    edge = Section(
        "mmpose wrong: no step from voxels 0, 1 and n - 1, nor along one axis from 0 of the other; reproduced"
    )
    nms = Section("mmpose batch_heatmap_nms(3), all values different: --peaks")
    for case in range(cases):
        dims = 2 + case % 2
        x = np.floor(maps.logits(rng, dims) * 3).astype(np.float32)
        function = processing.get_heatmap_maximum if dims == 2 else processing.get_heatmap_3d_maximum
        theirs, values = function(x)
        found = maps.decode(folder, x, ["--method", "hard"], "last")
        above = values > 0
        hard.expect((found[above] == theirs[above]).all(), f"{x.shape}: {found}, {theirs}")
        expected = maps.hardest(x)[..., ::-1]
        if not above.all():
            held = (theirs[~above] == -1).all() and (found == expected).all()
            nothing.expect(held, f"{x.shape}: {found}, {theirs}")

        x = maps.logits(rng, 2, most=12).astype(np.float32)
        theirs, found = (
            refined(refinement.refine_keypoints, x),
            maps.decode(folder, x, ["--method", "quarter"]),
        )
        for n, c in np.ndindex(x.shape[:2]):
            where, (h, w) = f"{x.shape}: {theirs[n, c]}, ours {found[n, c]}", maps.hardest(x)[n, c]
            rows, columns = x.shape[2:]
            steps = found[n, c] - (h, w)
            if 1 < h < rows - 1 and 1 < w < columns - 1:
                quarter.expect((theirs[n, c] == found[n, c]).all(), where)
            else:
                steps *= [1 < h < rows - 1 and w > 0, 1 < w < columns - 1 and h > 0]
                edge.expect((theirs[n, c] == (h, w) + steps).all(), where)

        x = maps.distinct(rng, 2, 1, 14).astype(np.float32)
        theirs = processing.batch_heatmap_nms(torch.from_numpy(x), 3).numpy() > 0
        for (n, c), peaks in maps.peaks(folder, x, ["--method", "hard", "--peaks", 1000]).items():
            expected = {tuple(map(int, place)) for place in np.argwhere(theirs[n, c])}
            nms.expect(set(peaks) == expected or x[n, c].size == 1, f"{x.shape}: {set(peaks) ^ expected}")
    return [hard, nothing, quarter, edge, nms]


def width(kernel):
    """The sigma that OpenCV uses for a kernel of this many voxels."""
    return 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8


def blurred(heatmap, kernel):
    """Their blur in f64: zeros outside the map, then scaled to the height before."""
    away = np.arange(kernel) - kernel // 2
    weight = np.exp(-(away**2) / (2 * width(kernel) ** 2))
    found = heatmap.astype(np.float64)
    for axis in (0, 1):
        found = ndimage.correlate1d(found, weight / weight.sum(), axis, mode="constant")
    return found * heatmap.max() / found.max()


def dark(heatmap, peak, kernel):
    """refine_keypoints_dark: second differences over two voxels, mixed ones over one."""
    f, (h, w) = np.log(np.maximum(blurred(heatmap, kernel), 1e-10)), peak
    if not (1 < h < f.shape[0] - 2 and 1 < w < f.shape[1] - 2):
        return np.array(peak, float), None
    gradient = np.array([f[h + 1, w] - f[h - 1, w], f[h, w + 1] - f[h, w - 1]]) / 2
    mixed = (f[h + 1, w + 1] - f[h - 1, w + 1] - f[h + 1, w - 1] + f[h - 1, w - 1]) / 4
    high = (f[h + 2, w] - 2 * f[h, w] + f[h - 2, w]) / 4
    wide = (f[h, w + 2] - 2 * f[h, w] + f[h, w - 2]) / 4
    hessian = np.array([[high, mixed], [mixed, wide]])
    return peak - np.linalg.solve(hessian, gradient), hessian


def udp(heatmap, peak, kernel):
    """refine_keypoints_dark_udp: differences over one voxel; values are kept from 0.001 to 50 before the
    logarithm."""
    f = np.log(np.clip(blurred(heatmap, kernel), 1e-3, 50))
    f, (h, w) = np.pad(f, 1, mode="edge"), np.array(peak) + 1
    gradient = np.array([f[h + 1, w] - f[h - 1, w], f[h, w + 1] - f[h, w - 1]]) / 2
    high, wide = f[h + 1, w] - 2 * f[h, w] + f[h - 1, w], f[h, w + 1] - 2 * f[h, w] + f[h, w - 1]
    mixed = (
        f[h + 1, w + 1]
        - f[h + 1, w]
        - f[h, w + 1]
        + 2 * f[h, w]
        - f[h - 1, w]
        - f[h, w - 1]
        + f[h - 1, w - 1]
    )
    hessian = np.array([[high, mixed / 2], [mixed / 2, wide]])
    return peak - np.linalg.inv(hessian + np.finfo(np.float32).eps * np.eye(2)) @ gradient, hessian


def rounding(hessian, height):
    """How far f32 may move an answer: about five roundings of logarithms and blurred values, divided by the
    curvature."""
    return 5 * 2.0**-23 * (1 + abs(np.log(height))) * 4 / np.abs(np.linalg.eigvalsh(hessian)).min()


def darks(rng, folder, cases):
    """DARK of both kinds, on Gaussians of heatmap networks: sigma 2 with a kernel of 11, 3 with 17."""
    _, refinement = load()
    theirs_dark = Section("mmpose refine_keypoints_dark, reproduced, in parts of what f32 allows", 1.0)
    theirs_udp = Section("mmpose refine_keypoints_dark_udp, reproduced, in parts of what f32 allows", 1.0)
    close = Section("mmpose refine_keypoints_dark, clean Gaussians far from the border: dark", 1e-3, "voxel")
    close_udp = Section("mmpose refine_keypoints_dark_udp, the same: dark", 1e-3, "voxel")
    border = Section(
        "mmpose wrong near the border: its blur sees zeros there; further off than dark on average"
    )
    high = Section(
        "mmpose wrong: UDP keeps values to 50, so that maps up to 255 stay at the largest voxel; "
        "dark does not"
    )
    near_border = {"theirs": [], "udp": [], "ours": []}
    for case in range(cases):
        kernel, sigma = ((11, 2.0), (17, 3.0))[case % 2]
        lengths = tuple(int(n) for n in rng.integers(40, 56, 2))
        far = case % 4 < 2
        x, centres = maps.gaussians(rng, 2, lengths, sigma, 16.0 if far else 2.5)
        x = (x + (0 if far else rng.normal(size=x.shape) * 0.01)).astype(np.float32)
        answers = {
            "theirs": refined(refinement.refine_keypoints_dark, x, kernel),
            "udp": refined(refinement.refine_keypoints_dark_udp, x, kernel),
            "ours": maps.decode(folder, x, ["--method", f"dark:sigma={width(kernel)}"]),
        }
        for n, c in np.ndindex(x.shape[:2]):
            peak, where = maps.hardest(x)[n, c], f"{x.shape} {kernel} {centres[n, c]}: {answers}"
            for name, function, section in (("theirs", dark, theirs_dark), ("udp", udp, theirs_udp)):
                expected, hessian = function(x[n, c], peak, kernel)
                allowed = 1e-6 * max(lengths) if hessian is None else rounding(hessian, x[n, c].max()) + 1e-5
                section.measure(
                    maps.far(answers[name][n, c], expected) / allowed, f"{where}, expected {expected}"
                )
            if far:
                close.measure(maps.far(answers["theirs"][n, c], answers["ours"][n, c]), where)
                close_udp.measure(maps.far(answers["udp"][n, c], answers["ours"][n, c]), where)
        if far:
            loud = refined(refinement.refine_keypoints_dark_udp, 255 * x, kernel)
            ours = maps.decode(folder, 255 * x, ["--method", f"dark:sigma={width(kernel)}"])
            held = (loud == maps.hardest(x)).all() and maps.far(ours, centres) < 0.01
            high.expect(held, f"{x.shape} {kernel}: {loud}, ours {ours}, true {centres}")
        x, centres = maps.gaussians(rng, 2, lengths, sigma, 2.5)
        at_border = np.minimum(centres, np.array(lengths) - 1 - centres) < 2 * sigma
        for name, found in (
            ("theirs", refined(refinement.refine_keypoints_dark, x, kernel)),
            ("udp", refined(refinement.refine_keypoints_dark_udp, x, kernel)),
            ("ours", maps.decode(folder, x.astype(np.float32), ["--method", f"dark:sigma={width(kernel)}"])),
        ):
            near_border[name] += list(np.abs(found - centres)[at_border])
    means = {name: float(np.mean(errors)) for name, errors in near_border.items()}
    border.expect(means["ours"] < means["theirs"] and means["ours"] < means["udp"], str(means))
    border.note = f"; mean error within two sigma of the border, voxel: {means}"
    return [theirs_dark, theirs_udp, close, close_udp, border, high]


def codecs(rng, folder, cases):
    """MSRAHeatmap and UDPHeatmap, which convert answers from the heatmap to the larger input of the
    network."""
    load()
    from mmpose.codecs.msra_heatmap import MSRAHeatmap
    from mmpose.codecs.udp_heatmap import UDPHeatmap

    msra = Section(
        "mmpose MSRAHeatmap.decode: quarter, --stride q --crop-origin -(q - 1)/2", maps.DOUBLE, "pixel"
    )
    udp_ours = Section("mmpose UDPHeatmap.decode: dark, --norm unit-corners times the size", 4e-3, "pixel")
    wrong = Section(
        "mmpose wrong: UDPHeatmap.decode of its encode is N/(N - 1) times the truth", 4e-3, "pixel"
    )
    for _ in range(cases):
        stride = int(rng.integers(2, 5))
        lengths = rng.integers(40, 56, 2)
        size = lengths * stride
        places = rng.uniform(16, lengths - 17, (3, 2)) * stride
        visible = np.ones((1, 3), np.float32)
        both = {
            "input_size": tuple(size[::-1].tolist()),
            "heatmap_size": tuple(lengths[::-1].tolist()),
            "sigma": 2,
        }
        where = f"{lengths} {stride} {places}"

        codec = MSRAHeatmap(**both)
        x = codec.encode(places[None, :, ::-1].astype(np.float32), visible)["heatmaps"]
        theirs = codec.decode(x)[0][0, :, ::-1]
        origin = -(stride - 1) / 2
        args = ["--method", "quarter", "--stride", stride, f"--crop-origin={origin},{origin},0"]
        msra.measure(maps.far(maps.decode(folder, x[None], args)[0], theirs), where)

        codec = UDPHeatmap(**both)
        x = codec.encode(places[None, :, ::-1].astype(np.float32), visible)["heatmaps"]
        theirs = codec.decode(x)[0][0, :, ::-1]
        found = maps.decode(
            folder, x[None], ["--method", "dark", "--norm", "unit-corners"], coords="normalized"
        )[0]
        udp_ours.measure(maps.far(found * size, theirs), where)
        wrong.measure(maps.far(theirs, places * size / (size - 1)), f"{where}: {theirs}")
    return [msra, udp_ours, wrong]


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    yield from voxels(rng, folder, cases)
    yield from darks(rng, folder, cases)
    yield from codecs(rng, folder, cases)
