"""dsntnn: the softmax expectation of Nibali et al., normalized as (2i + 1)/n - 1, the last axis first."""

import numpy as np

from ledger import Section
from published import maps


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    import dsntnn
    import torch

    double = Section("dsntnn flat_softmax, dsnt, in f64: normalized", maps.DOUBLE)
    pixels = Section("dsntnn dsnt(normalized_coordinates=False), in f64", maps.DOUBLE, "voxel")
    promise = Section("dsntnn, f32 input, dsntnn in f64", maps.PROMISE, "voxel")
    single = Section("dsntnn, both in f32", maps.SINGLE, "of the axis")
    mass = Section("dsntnn dsnt of maps that sum to 1, beside mean", maps.DOUBLE, "voxel")
    spread = Section("dsntnn variance_reg_losses beside --stats, relative", 1e-9)
    for case in range(cases):
        dims = 2 + case % 2
        x = maps.logits(rng, dims)
        t = maps.temperature(rng, x)
        args = ["--method", "soft", "--temperature", t]
        soft = lambda x: dsntnn.flat_softmax(torch.from_numpy(x / t))
        where = f"{x.shape} {args}"
        theirs = dsntnn.dsnt(soft(x)).numpy()
        found = maps.decode(folder, x, [*args, "--norm", "centers"], "last", "normalized")
        double.measure(maps.far(found, theirs), where)
        theirs = dsntnn.dsnt(soft(x), normalized_coordinates=False).numpy()
        pixels.measure(maps.far(maps.decode(folder, x, args, "last"), theirs), where)

        x32 = x.astype(np.float32)
        found = maps.decode(folder, x32, args, "last")
        theirs = dsntnn.dsnt(soft(x32.astype(np.float64)), normalized_coordinates=False).numpy()
        promise.measure(maps.far(found, theirs), where)
        theirs = dsntnn.dsnt(dsntnn.flat_softmax(torch.from_numpy(x32) / t)).numpy()
        found = maps.decode(folder, x32, [*args, "--norm", "centers"], "last", "normalized")
        # An axis is 2 long in normalized coordinates.
        single.measure(maps.far(found, theirs) / 2, where)

        p = maps.positive(rng, dims)
        p /= p.sum(axis=tuple(range(2, p.ndim)), keepdims=True)
        theirs = dsntnn.dsnt(torch.from_numpy(p), normalized_coordinates=False).numpy()
        mass.measure(maps.far(maps.decode(folder, p, ["--method", "mean"], "last"), theirs), f"{p.shape}")

        sigma = float(f"{rng.uniform(0.3, 4):.3g}")
        theirs = dsntnn.variance_reg_losses(soft(x), sigma).numpy()
        _, covariance = maps.spread(folder, x, args)
        found = ((np.diagonal(covariance, axis1=2, axis2=3) - sigma**2) ** 2).sum(-1)
        spread.measure((np.abs(found - theirs) / (found + sigma**4)).max(), f"{where} sigma {sigma}")
    return [double, pixels, promise, single, mass, spread]
