"""The often-copied PyTorch `SoftArgmax` module: what it computes, where it is wrong, and what `--order whd`
gives.

The module builds its grid by `np.meshgrid` with the default `indexing='xy'`, which swaps the first two
axes: right for H = W once the outputs are read as (w, h, d), wrong for every other volume.
"""

import numpy as np
from scipy.special import softmax

import program
import torch_peer
from ledger import Section


def module(maps):
    """The snippet, restated in float64: (N, C, H, W, D) to (N, C, 3)."""
    n, c, h, w, d = maps.shape
    weight = softmax(maps.astype(np.float64).reshape(n, c, -1), axis=-1)
    grids = np.meshgrid(np.linspace(-1.0, 1.0, h), np.linspace(-1.0, 1.0, w), np.linspace(-1.0, 1.0, d))
    return np.stack([(grid.reshape(-1) * weight).sum(axis=-1) for grid in grids], axis=-1)


def what_it_reads(maps):
    """The formula of docs/pytorch.md: r = h W + w; columns norm_H(r mod H), norm_W(r div H), norm_D(d)."""
    n, c, h, w, d = maps.shape
    weight = softmax(maps.astype(np.float64).reshape(n, c, -1), axis=-1).reshape(n, c, h * w, d)
    r = np.arange(h * w)
    first = np.linspace(-1.0, 1.0, h)[r % h]
    second = np.linspace(-1.0, 1.0, w)[r // h]
    rows = weight.sum(axis=-1)
    return np.stack([rows @ first, rows @ second, weight.sum(axis=2) @ np.linspace(-1.0, 1.0, d)], axis=-1)


def right(maps):
    """The softmax expectation in normalized (h, w, d), with a correct grid."""
    n, c, *lengths = maps.shape
    weight = softmax(maps.astype(np.float64).reshape(n, c, -1), axis=-1)
    grids = np.meshgrid(*(np.linspace(-1.0, 1.0, length) for length in lengths), indexing="ij")
    return np.stack([(grid.reshape(-1) * weight).sum(axis=-1) for grid in grids], axis=-1)


def decoded(folder, name, order):
    """The program's normalized coordinates, from its .npy output."""
    out = folder / "decoded.npy"
    done = program.run(["decode", name, "--quiet", "--fail-on", "none", "--order", order, "-o", out], folder)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return np.load(out)


def draw(rng, square):
    """Logits of a random shape, with H = W or H ≠ W."""
    h, d = (int(i) for i in rng.integers(2, 40, size=2))
    w = h if square else h + int(rng.integers(1, 20))
    return (rng.normal(size=(int(rng.integers(1, 4)), 2, h, w, d)) * 3).astype("<f4")


def run(rng, folder, cases):
    """The sections."""
    same = Section("SoftArgmax module, H = W, --order whd reproduces it", 1e-5, "normalized")
    wrong = Section(
        "SoftArgmax module, H ≠ W, its columns are what the documentation says", 1e-12, "normalized"
    )
    value = Section("SoftArgmax module, H ≠ W, softargmax gives the right value", 1e-5, "normalized")
    torch = torch_peer.Jobs(folder / "torch_module", "module")
    for i in range(cases):
        maps = draw(rng, square=i % 2 == 0)
        np.save(folder / "maps.npy", maps)
        if i % 2 == 0:
            found = decoded(folder, "maps.npy", "whd")
            same.measure(abs(found - module(maps)).max(), f"{maps.shape}")
            torch.add(maps, {}, found, f"{maps.shape}")
        else:
            wrong.measure(abs(module(maps) - what_it_reads(maps)).max(), f"{maps.shape}")
            value.measure(abs(decoded(folder, "maps.npy", "hwd") - right(maps)).max(), f"{maps.shape}")
    # The module sums in float32; the wider bound allows for its own error.
    f32 = Section("SoftArgmax module in PyTorch, H = W, --order whd", 1e-4, "normalized")
    for answer, found, where in torch.answers(f32):
        f32.measure(abs(answer - found).max(), where)
    return [same, wrong, value, f32]
