"""`--region` against counting in NumPy, by the background that the program tells."""

import numpy as np

import components
import near
import program
from ledger import Section

KEYS = [f"region_{axis}_{end}" for axis in "hwd" for end in ("first", "last")]


def run(rng, folder, cases):
    """Decodes everything; the section."""
    section = Section("regions, voxels and boxes")
    for _ in range(cases):
        maps = components.draw_maps(rng)
        name, layout = near.write(rng, folder, maps)
        drop = float(f"{rng.choice([0, rng.uniform(0, 1), rng.uniform(1, 3)]):.4g}")
        args = ["--layout", layout, "--method", "hard", "--region", drop]
        [record] = program.decode(folder, [name], args, "voxel", stats=False)
        for landmark in record["landmarks"]:
            heatmap, found = maps[landmark["n"], landmark["c"]].astype(np.float64), landmark["region"]
            where = f"{maps.dtype} {maps.shape} {name} {args}: {found}"
            if landmark["status"] != "ok":
                section.expect(all(value is None for value in found.values()), where)
                continue
            peak, background = landmark["hard"]["peak_value"], found["region_background"]
            # At 0 the peak's own value, to the last bit.
            least = min(peak - drop * (peak - background), peak)
            inside = np.argwhere((heatmap >= least) & np.isfinite(heatmap))
            box = [end for axis in inside.T for end in (axis.min(), axis.max())]
            section.expect(found["region_voxels"] == len(inside), f"{where}, expected {len(inside)} voxels")
            section.expect([found[key] for key in KEYS] == box, f"{where}, expected {box}")
    return [section]
