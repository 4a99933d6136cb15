"""kornia 0.8.2 in a process of its own: see apart.py."""

import kornia
import torch
from kornia.geometry import subpix

from published import apart

assert kornia.__version__ == "0.8.2", kornia.__version__


def answer(job):
    """The softmax of whole maps, and the means of windows of 3 x 3 voxels about every voxel."""
    x, beta = torch.from_numpy(job["x"]), torch.from_numpy(job["beta"])
    windows = subpix.conv_soft_argmax2d(x, temperature=1 / beta, normalized_coordinates=False)
    return {"softmax": subpix.spatial_softmax2d(x, beta).numpy(), "windows": windows.numpy()}


if __name__ == "__main__":
    apart.work(answer)
