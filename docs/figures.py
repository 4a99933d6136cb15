"""Draws docs/heatmap.svg from testdata and the program's own answer.

python docs/figures.py      (needs NumPy, nibabel and target/release/softargmax)
"""

import json
import subprocess
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FILE = "testdata/golden/oblique.nii.gz"
CHANNEL = 1
CELL = 16


def landmark():
    """Soft and hard argmax of the channel, in voxels."""
    command = [
        "target/release/softargmax",
        "decode",
        FILE,
        "--coords",
        "voxel",
        "--compare",
        "--format",
        "json",
    ]
    answer = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    found = answer["inputs"][0]["landmarks"][CHANNEL]
    return found["voxel"], found["hard"]["voxel"]


def square(row, column, value):
    """One voxel; darker is larger."""
    shade = round(255 - 215 * float(value))
    place = f'x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}"'
    return f'<rect {place} fill="rgb({shade},{shade},255)"/>'


def draw():
    """The slice of the heatmap that contains the hard argmax, with both answers."""
    soft, hard = landmark()
    volume = np.asarray(nibabel.load(ROOT / FILE).dataobj)[..., CHANNEL]
    plane = volume[:, :, int(hard[2])].T
    weights = (plane - plane.min()) / (plane.max() - plane.min())
    rows, columns = weights.shape
    cells = [square(r, c, weights[r, c]) for r in range(rows) for c in range(columns)]
    x, y = ((soft[0] + 0.5) * CELL, (soft[1] + 0.5) * CELL)
    hx, hy = (hard[0] * CELL, hard[1] * CELL)
    cross = f'<path d="M{x - 7:.2f} {y:.2f}h14M{x:.2f} {y - 7:.2f}v14" stroke="#d00" stroke-width="2"/>'
    box = (
        f'<rect x="{hx}" y="{hy}" width="{CELL}" height="{CELL}" fill="none" stroke="#080" stroke-width="2"/>'
    )
    width, height = columns * CELL, rows * CELL
    legend = (
        f'<text x="0" y="{height + 18}" font-family="sans-serif" font-size="13">'
        '<tspan fill="#d00">+ soft-argmax</tspan> <tspan fill="#080" dx="12">□ hard argmax</tspan></text>'
    )
    body = "\n".join([*cells, box, cross, legend])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height + 26}">'
    (ROOT / "docs" / "heatmap.svg").write_text(f"{head}\n{body}\n</svg>\n")


if __name__ == "__main__":
    draw()
