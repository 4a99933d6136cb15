"""The Python package beside others, on arrays in memory: no start-up, no files.

    python benches/python.py [--threads N] [--repeats K]

Prints, for each peer that is installed, how many times as long as `softargmax.decode` it takes, and how far
the two answers lie apart. Both do the same: the soft-argmax of the whole map at T = 1, float32, on N threads.
Ratios are medians of K pairs that are run in turn, so that whatever else the machine does falls on both.
"""

import argparse
import statistics
import time

import numpy as np

import softargmax

SHAPES = [("planes", (8, 20, 1, 256, 256)), ("volumes", (1, 8, 96, 96, 96)), ("small", (16, 16, 1, 64, 64))]


def torch_peers(threads):
    """PyTorch as its users write it: softmax, then marginals, or the expectation over whole grids."""
    import torch

    torch.set_num_threads(threads)

    def marginals(maps):
        n, c = maps.shape[:2]
        weights = torch.softmax(maps.reshape(n, c, -1), -1).reshape(maps.shape)
        sums = [weights.sum(tuple(a for a in (2, 3, 4) if a != axis)) for axis in (2, 3, 4)]
        return torch.stack([s @ torch.arange(s.shape[-1], dtype=s.dtype) for s in sums], -1).numpy()

    def grids(maps):
        n, c, *lengths = maps.shape
        weights = torch.softmax(maps.reshape(n, c, -1), -1)
        axes = torch.meshgrid(*(torch.arange(k, dtype=maps.dtype) for k in lengths), indexing="ij")
        return torch.stack([(weights * axis.reshape(-1)).sum(-1) for axis in axes], -1).numpy()

    yield "PyTorch, softmax then marginals", torch.from_numpy, marginals
    yield "PyTorch, the often-copied module with a right grid", torch.from_numpy, grids


def dsntnn_peers(threads):
    """dsntnn: flat_softmax and dsnt, whose coordinates are (x, y, z) in (2i+1)/n - 1."""
    import dsntnn
    import torch

    torch.set_num_threads(threads)

    def run(maps):
        lengths = np.array(maps.shape[2:])
        found = dsntnn.dsnt(dsntnn.flat_softmax(maps)).numpy()[..., ::-1]
        return ((found + 1) * lengths - 1) / 2

    yield "dsntnn", torch.from_numpy, run


def kornia_peers(threads):
    """kornia: for planes alone, as its soft-argmax of volumes is of windows."""
    import kornia
    import torch

    torch.set_num_threads(threads)

    def run(maps):
        if maps.shape[2] != 1:
            return None
        weights = kornia.geometry.subpix.spatial_softmax2d(maps[:, :, 0])
        found = kornia.geometry.subpix.spatial_expectation2d(weights, normalized_coordinates=False).numpy()
        return np.concatenate([np.zeros_like(found[..., :1]), found[..., ::-1]], -1)

    yield "kornia, spatial_softmax2d and spatial_expectation2d", torch.from_numpy, run


def landmarker_peers(threads):
    """landmarker: its soft-argmax of all voxels."""
    import torch
    from landmarker.heatmap.decoder import coord_weighted_spatial_mean

    torch.set_num_threads(threads)

    def run(maps):
        maps = maps[:, :, 0] if maps.shape[2] == 1 else maps
        found = coord_weighted_spatial_mean(maps, maps.ndim - 2, "softmax").numpy()
        return np.concatenate([np.zeros_like(found[..., :1]), found], -1) if found.shape[-1] == 2 else found

    yield "landmarker, coord_weighted_spatial_mean", torch.from_numpy, run


def timed(call):
    """Seconds, and what the call returns."""
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    peers = []
    for of in (torch_peers, dsntnn_peers, kornia_peers, landmarker_peers):
        try:
            peers.extend(of(options.threads))
        except ImportError as error:
            print(f"not measured: {of.__name__.removesuffix('_peers')} ({error})")
    print(f"{options.threads} threads; NumPy {np.__version__}, softargmax {softargmax.__version__}")
    print("| maps (N, C, D, H, W) | peer | times as long | milliseconds of softargmax | apart, voxels |")
    print("|---|---|---|---|---|")
    for name, shape in SHAPES:
        maps = np.random.default_rng(0).normal(size=shape).astype("f4") * 3
        for peer, convert, run in peers:
            lent = convert(maps)
            ratios, ours = [], []
            for _ in range(options.repeats + 1):
                theirs, answer = timed(lambda lent=lent, run=run: run(lent))
                if answer is None:
                    break
                own, result = timed(
                    lambda maps=maps: (
                        softargmax.decode(
                            maps, "NCDHW", order="dhw", coords="voxel", threads=options.threads
                        ).coordinates
                    )
                )
                ratios.append(theirs / own)
                ours.append(own)
            if ratios:
                # The first pair warms up.
                ratio, own = statistics.median(ratios[1:]), statistics.median(ours[1:])
                apart = abs(answer - result).max()
                print(f"| {name} {shape} | {peer} | {ratio:.2f} | {own * 1e3:.2f} | {apart:.0e} |")


if __name__ == "__main__":
    main()
