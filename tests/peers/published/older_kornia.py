"""kornia before 0.9, whose temperature multiplies, and whose windows share the maximum of the whole map."""

import numpy as np
from scipy import ndimage

from ledger import Section
from published import apart, maps

#: kornia adds this to the sum of a window's weights, where the largest voxel of the map weighs 1.
EPS = 1e-8


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    jobs = []
    for _ in range(min(cases, 200)):
        x = maps.logits(rng, 2, least=3)
        jobs.append({"x": x, "beta": 1 / maps.temperature(rng, x)})
    whole = Section("kornia 0.8.2 spatial_softmax2d(temperature): --beta, in f64", maps.DOUBLE, "voxel")
    window = Section(
        "kornia 0.8.2 conv_soft_argmax2d(T) at the largest voxel: local --temperature T", EPS, "voxel"
    )
    faint = Section(
        "kornia 0.8.2 wrong: drawn to the middle of windows far below the map's maximum", maps.DOUBLE, "voxel"
    )
    pulled = 0.0
    for job, found in zip(jobs, apart.answers(folder, "older-kornia", jobs)):
        x, beta, p = job["x"], job["beta"], found["softmax"]
        # Its grid of positions is always f32, so the mean is computed here.
        expected = np.stack([ndimage.center_of_mass(q) for q in p.reshape(-1, *p.shape[2:])]).reshape(
            *p.shape[:2], 2
        )
        ours = maps.decode(folder, x, ["--method", "soft", "--beta", beta])
        whole.measure(maps.far(ours, expected), f"{x.shape} --beta {beta}")

        args = ["--method", "local:radius=1", "--beta", beta]
        ours = maps.decode(folder, x, args)
        for (n, c), hard in zip(np.ndindex(x.shape[:2]), maps.hardest(x).reshape(-1, 2)):
            theirs = found["windows"][(n, c, slice(None), *hard)][::-1]
            window.measure(
                maps.far(theirs, ours[n, c]), f"{x.shape} {beta} {hard}: {theirs}, ours {ours[n, c]}"
            )
        for (n, c), peaks in maps.peaks(folder, x, [*args, "--peaks", 1000]).items():
            for place, ours_there in peaks.items():
                theirs = found["windows"][(n, c, slice(None), *place)][::-1]
                # The added sum counts as weight in the middle of the window.
                total = np.exp(beta * (maps.box(x[n, c], place, 1) - x[n, c].max())).sum()
                expected = place + (ours_there - place) * total / (total + EPS)
                faint.measure(
                    maps.far(theirs, expected), f"{x.shape} {beta} {place}: {theirs}, ours {ours_there}"
                )
                pulled = max(pulled, maps.far(theirs, ours_there))
    faint.note = f"; up to {pulled:.2g} voxel from ours"
    return [whole, window, faint]
