"""kornia before 0.9, whose temperature multiplies, and whose windows share the maximum of the whole map."""

import numpy as np
from scipy import ndimage

from ledger import Section
from published import apart, maps

#: It adds so much to a sum of weights that is at least 1 where the largest voxel is in the window.
EPS = 1e-8


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    jobs = []
    for _ in range(min(cases, 200)):
        x = maps.logits(rng, 2, least=3)
        jobs.append({"x": x, "beta": 1 / maps.temperature(rng, x)})
    whole = Section("kornia 0.8.2 spatial_softmax2d(temperature): --beta, in f64", maps.DOUBLE, "voxel")
    inside = Section("kornia 0.8.2 conv_soft_argmax2d(T), windows inside the map: local --temperature T", EPS, "voxel")
    border = Section("kornia 0.8.2 wrong at the border: places beyond it count as 0, reproduced", EPS, "voxel")
    for job, found in zip(jobs, apart.answers(folder, "older-kornia", jobs)):
        x, beta, p = job["x"], job["beta"], found["softmax"]
        # Its grid of places is f32, whatever the map is: the mean is taken here.
        expected = np.stack([ndimage.center_of_mass(q) for q in p.reshape(-1, *p.shape[2:])]).reshape(*p.shape[:2], 2)
        ours = maps.decode(folder, x, ["--method", "soft", "--beta", beta])
        whole.measure(maps.far(ours, expected), f"{x.shape} --beta {beta}")

        ours = maps.decode(folder, x, ["--method", "local:radius=1", "--beta", beta])
        for (n, c), hard in zip(np.ndindex(x.shape[:2]), maps.hardest(x).reshape(-1, 2)):
            theirs = found["windows"][(n, c, slice(None), *hard)][::-1]
            where = f"{x.shape} {beta} {hard}: {theirs}, ours {ours[n, c]}"
            if all(0 < i < length - 1 for i, length in zip(hard, x.shape[2:])):
                inside.measure(maps.far(theirs, ours[n, c]), where)
            else:
                # The middle of the window is a mean of places, too, and those outside are taken for 0.
                middle = [0 if not 0 <= i < length else i for i, length in zip(hard, x.shape[2:])]
                border.measure(maps.far(theirs, middle + (ours[n, c] - hard)), where)
    return [whole, inside, border]
