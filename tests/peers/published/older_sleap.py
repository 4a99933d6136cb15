"""SLEAP 1.4, on TensorFlow: the quarter step, which sleap-nn no longer has, and means of windows."""

import numpy as np

from ledger import Section
from published import apart, maps

#: SLEAP interpolates windows at positions that are f32 fractions of the map, so they are off by up to 40
#: voxels · 3 · 2⁻²⁴. Values of 0 to 1 are then off by as much, and the mean of a window of radius 3, with
#: values of 1/2 on average, by six times as much.
CUT = 5e-5


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    jobs = []
    for _ in range(min(cases, 200)):
        x = maps.distinct(rng, 2, 4).astype(np.float32)
        jobs.append({"x": x, "threshold": np.float32(0.0), "size": 2 * rng.integers(1, 4) + 1})
    rough = Section("SLEAP 1.4.1 find_global_peaks, one largest value: hard")
    quarter = Section("SLEAP 1.4.1 find_global_peaks(local), inside the map: quarter")
    edge = Section("SLEAP 1.4.1 differs: from the border a step inwards, here none")
    integral = Section(
        "SLEAP 1.4.1 find_global_peaks(integral), inside the map: local:weights=values", CUT, "voxel"
    )
    several = Section("SLEAP 1.4.1 find_local_peaks, all values different: --peaks")
    for job, found in zip(jobs, apart.answers(folder, "older-sleap", jobs)):
        x, radius = job["x"], int(job["size"]) // 2
        hard = maps.decode(folder, x, ["--method", "hard"], "last")
        rough.expect((hard == found["rough"]).all(), f"{x.shape}: {hard}, {found['rough']}")
        steps = maps.decode(folder, x, ["--method", "quarter"], "last")
        means = maps.decode(folder, x, ["--method", f"local:radius={radius},weights=values"], "last")
        for n, c in np.ndindex(x.shape[:2]):
            room = np.minimum(hard[n, c], np.array(x.shape[:1:-1]) - 1 - hard[n, c])
            where = f"{x.shape} {n} {c} {hard[n, c]} {radius}"
            for axis in (0, 1):
                theirs, ours = found["local"][n, c, axis], steps[n, c, axis]
                # Rounding sometimes puts an outermost voxel outside the map.
                if room.min() > 1:
                    quarter.expect(theirs == ours, f"{where}: {theirs}, ours {ours}")
                elif room[axis] == 0:
                    inwards = 0.25 if hard[n, c, axis] == 0 else -0.25
                    held = theirs == hard[n, c, axis] + inwards and ours == hard[n, c, axis]
                    edge.expect(held, f"{where}: {theirs}, ours {ours}")
            if room.min() > radius:
                theirs = found["integral"][n, c]
                integral.measure(maps.far(theirs, means[n, c]), f"{where}: {theirs}, ours {means[n, c]}")
        for (n, c), peaks in maps.peaks(folder, x, ["--method", "hard", "--peaks", 1000]).items():
            mine = found["peaks"][(found["samples"] == n) & (found["channels"] == c)]
            theirs = {(int(h), int(w)) for w, h in mine}
            several.expect(set(peaks) == theirs, f"{x.shape} {n} {c}: {set(peaks) ^ theirs}")
    return [rough, quarter, edge, integral, several]
