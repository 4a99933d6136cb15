"""Draws docs/report.png: the page of `report` on drawn heatmaps, in Chromium.

python docs/report_screenshot.py      (needs NumPy, nibabel, Chromium and target/release/softargmax)
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "peers"))

import browser  # noqa: E402

PROGRAM = os.environ.get("SOFTARGMAX_BIN", str(ROOT / "target" / "release" / "softargmax"))
SHAPE = (96, 110, 90)
AFFINE = np.array([[-1.5, 0, 0, 72], [0, 1.5, 0, -85], [0, 0, 1.5, -65], [0, 0, 0, 1.0]])
NAMES = ("nasion", "sella", "AC", "PC", "basion")


def ball(centre, radii):
    """How far inside an ellipsoid each voxel is: 1 at its centre, 0 at its surface."""
    grid = np.indices(SHAPE)
    return 1 - np.sqrt(sum(((grid[axis] - centre[axis]) / radii[axis]) ** 2 for axis in range(3)))


def head(rng):
    """An image that looks a little like a head."""
    skull, brain = ball((48, 55, 45), (34, 44, 40)), ball((48, 56, 48), (29, 38, 33))
    image = 60.0 * (skull > 0) + 260 * ((skull > 0) & (skull < 0.06)) + 150 * (brain > 0)
    waves = np.indices(SHAPE)
    folds = np.sin(waves[0] / 3.1) * np.sin(waves[1] / 3.7) * np.sin(waves[2] / 3.3)
    image += (brain > 0) * (35 * folds + 60 * (np.abs(waves[0] - 48) < 2))
    for side in (-1, 1):
        image -= 110 * (ball((48 + 9 * side, 58, 50), (5, 14, 7)) > 0)
    return np.clip(image + rng.normal(0, 9, SHAPE), 0, None)


def main():
    """Draws heatmaps of two persons, makes the page and takes its picture."""
    rng = np.random.default_rng(4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, grid = ["file,label,x_mm,y_mm,z_mm"], np.indices(SHAPE)
        places = np.array([(48, 97, 52), (48, 72, 40), (48, 62, 50), (48, 49, 50), (48, 44, 22)], float)
        for person in ("sub-01", "sub-02"):
            maps = []
            for channel, place in enumerate(places + rng.normal(0, 2, places.shape)):
                width = (2.2, 2.6, 2, 2.4, 3.4)[channel]
                parts = [(place, 1.0)] + ([(place + (11, 6, 4), 0.93)] if channel == 4 else [])
                value = sum(
                    height * np.exp(-sum((grid[a] - at[a]) ** 2 for a in range(3)) / 2 / width**2)
                    for at, height in parts
                )
                maps.append(value + rng.normal(0, 0.012, SHAPE))
                x, y, z = (AFFINE @ [*(place + rng.normal(0, 0.7, 3)), 1])[:3]
                rows.append(f"{person}_heatmaps.nii.gz,{NAMES[channel]},{x:.2f},{y:.2f},{z:.2f}")
            stacked = np.stack(maps, -1).astype(np.float32)
            nibabel.save(nibabel.Nifti1Image(stacked, AFFINE), folder / f"{person}_heatmaps.nii.gz")
            image = head(rng).astype(np.int16)
            nibabel.save(nibabel.Nifti1Image(image, AFFINE), folder / f"{person}_heatmaps_T1w.nii.gz")
        (folder / "truth.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        command = [PROGRAM, "report", "sub-01_heatmaps.nii.gz", "sub-02_heatmaps.nii.gz", "--method", "auto"]
        command += ["--label-names", ",".join(NAMES), "--truth", "truth.csv", "--image", "{stem}_T1w.nii.gz"]
        command += ["--field-of-view", "90mm", "-q", "-o", "page.html"]
        subprocess.run(command, cwd=folder, check=True)
        picture = ROOT / "docs" / "report.png"
        console = browser.screenshot(folder / "page.html", picture, (1180, 760), "#landmark-0")
        if console or picture.stat().st_size > 300_000:
            sys.exit(f"{picture}: {picture.stat().st_size} bytes; console: {console}")


if __name__ == "__main__":
    main()
