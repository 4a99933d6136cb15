"""The tools in use today, each as in a script: `peers.py NAME FILE` prints h w d of every heatmap.

Every peer gets the array from np.load, all cores, and the best form that it has for the task: softmax over
all voxels, expected voxel index.
"""

import sys

import numpy as np


def numpy(maps):
    """NumPy by an expert: heatmap by heatmap, marginals of the weights."""
    rows = []
    for one in maps:
        e = np.exp(one - one.max())
        marginals = [e.sum(axis=(1, 2)), e.sum(axis=(0, 2)), e.sum(axis=(0, 1))]
        rows.append([(m * np.arange(len(m))).sum() / m.sum() for m in marginals])
    return rows


def numba(maps):
    """Fused loops over rows, one heatmap for each thread."""
    from numba import njit, prange

    @njit(parallel=True, fastmath=True)
    def decode(maps, rows):
        for n in prange(maps.shape[0]):
            one = maps[n]
            peak = one.max()
            mass = h_sum = w_sum = d_sum = 0.0
            for h in range(one.shape[0]):
                for w in range(one.shape[1]):
                    row = along = np.float32(0)
                    for d in range(one.shape[2]):
                        e = np.exp(one[h, w, d] - peak)
                        row += e
                        along += e * np.float32(d)
                    mass += row
                    h_sum += h * row
                    w_sum += w * row
                    d_sum += along
            rows[n] = h_sum / mass, w_sum / mass, d_sum / mass

    rows = np.empty((len(maps), 3))
    decode(maps, rows)
    return rows


def torch(maps):
    """Softmax over all voxels, then marginals."""
    import torch

    x = torch.from_numpy(maps)
    p = x.flatten(1).softmax(1).view(x.shape)
    marginals = [p.sum((2, 3)), p.sum((1, 3)), p.sum((1, 2))]
    return torch.stack([(m * torch.arange(m.shape[1])).sum(1) for m in marginals], 1)


def snippet(maps):
    """The often-copied SoftArgmax module: three products with a grid of coordinates (with its axes
    corrected)."""
    import torch

    x = torch.from_numpy(maps)
    p = x.flatten(1).softmax(1)
    grid = torch.meshgrid(*(torch.arange(n, dtype=torch.float32) for n in x.shape[1:]), indexing="ij")
    return torch.stack([(p * axis.flatten()).sum(1) for axis in grid], 1)


def onnxruntime(maps):
    """Softmax and one matrix product, sixteen heatmaps at a time."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    voxels = int(np.prod(maps.shape[1:]))
    grid = np.stack(np.meshgrid(*(np.arange(n, dtype="f4") for n in maps.shape[1:]), indexing="ij"), -1)
    nodes = [helper.make_node("Softmax", ["x"], ["p"], axis=1), helper.make_node("MatMul", ["p", "g"], ["y"])]
    graph = helper.make_graph(
        nodes,
        "soft-argmax",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, voxels])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [numpy_helper.from_array(grid.reshape(voxels, 3), "g")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    flat = maps.reshape(len(maps), voxels)
    return np.concatenate([session.run(None, {"x": flat[i : i + 16]})[0] for i in range(0, len(flat), 16)])


def dsntnn(maps):
    """flat_softmax and dsnt, which give (x, y, z) for axes (z, y, x), normalized by pixel centres."""
    import dsntnn
    import torch

    x = torch.from_numpy(maps)[None]
    found = dsntnn.dsnt(dsntnn.flat_softmax(x))[0].flip(1)
    return ((found + 1) * torch.tensor(x.shape[2:]) - 1) / 2


def kornia(maps):
    """conv_soft_argmax3d with a window as large as the volume; it gives (w, d, h)."""
    import torch
    from kornia.geometry.subpix import conv_soft_argmax3d

    x = torch.from_numpy(maps)[:, None]
    size = tuple(x.shape[2:])
    return conv_soft_argmax3d(x, size, size, (0, 0, 0), output_value=False).reshape(-1, 3)[:, [2, 0, 1]]


def landmarker(maps):
    """Softmax, then coord_weighted_spatial_mean."""
    import torch
    from landmarker.heatmap.decoder import coord_weighted_spatial_mean

    x = torch.from_numpy(maps)[None]
    p = x.flatten(2).softmax(2).view(x.shape)
    return coord_weighted_spatial_mean(p, spatial_dims=3)[0]


def inflate(paths):
    """Bytes of gzip files, inflated by ISA-L and thrown away: several files in a pool of two."""
    from multiprocessing import Pool

    if len(paths) == 1:
        return [inflated(paths[0])]
    with Pool(2) as pool:
        return pool.map(inflated, paths)


def inflated(path):
    from isal import igzip

    with igzip.open(path) as file:
        return sum(len(piece) for piece in iter(lambda: file.read(1 << 18), b""))


def main():
    name, path, *more = sys.argv[1:]
    if name == "inflate":
        print(sum(inflate([path, *more])), "bytes")
        return
    maps = np.load(path)
    for row in np.asarray(globals()[name](maps.reshape(-1, *maps.shape[2:]))):
        print(*row)


if __name__ == "__main__":
    main()
