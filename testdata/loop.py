"""Makes `testdata/loop/`: landmarks of drawn subjects, and what a network would see of them.

    python3 testdata/loop.py

The data of the tutorial `docs/loop.md`. Nobody was scanned. `truth.csv` and `new_truth.csv` have three
landmarks of 60 and 20 subjects in voxels of a volume of 24 × 20 × 16; `seen.csv` and `new_seen.csv` the
places where a network that is wrong in its own way puts its peaks, with the width of each peak as a
covariance: wide peaks are farther off.
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent / "loop"
LABELS = ("AC", "PC", "genu")
MIDDLES = np.array([[8.0, 10.0, 8.0], [14.5, 10.0, 7.5], [11.0, 6.5, 9.0]])
#: A systematic error of the network, for each landmark.
SYSTEMATIC = np.array([[0.2, 0.0, -0.1], [0.0, 0.3, 0.0], [-0.4, 0.2, 0.3]])
SHAPES = ("hh", "hw", "hd", "ww", "wd", "dd")


def table(path, positions, widths=None):
    """Writes one row for each sample and landmark."""
    names = ["n", "c", "label", "h_voxel", "w_voxel", "d_voxel"]
    names += [f"se_cov_{shape}_voxel2" for shape in SHAPES] if widths is not None else []
    rows = [",".join(names)]
    for n, sample in enumerate(positions):
        for c, position in enumerate(sample):
            cells = [str(n), str(c), LABELS[c], *(f"{x:.2f}" for x in position)]
            if widths is not None:
                variance = f"{widths[n, c] ** 2:.2f}"
                cells += [variance if shape[0] == shape[1] else "0" for shape in SHAPES]
            rows.append(",".join(cells))
    path.write_text("\n".join(rows) + "\n")


def main():
    """Writes the four tables."""
    FOLDER.mkdir(exist_ok=True)
    rng = np.random.default_rng(12)
    for prefix, count in (("", 60), ("new_", 20)):
        truth = MIDDLES + rng.uniform(-2.5, 2.5, (count, 3, 3))
        widths = rng.uniform(1.2, 2.6, (count, 3))
        scatter = 0.1 + 0.5 * (widths - 1.2)
        seen = truth + SYSTEMATIC + scatter[..., None] * rng.standard_normal(truth.shape)
        table(FOLDER / f"{prefix}truth.csv", truth)
        table(FOLDER / f"{prefix}seen.csv", seen, widths)


if __name__ == "__main__":
    main()
