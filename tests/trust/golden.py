"""Small maps that can be drawn anew in any language, and what `reference.py` says of them.

python golden.py > ../../testdata/trust.json

`src/kernel/trust/tests.rs` draws the same maps by the same formula and compares.
"""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import reference as R

MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407


def noise(count: int, seed: int) -> np.ndarray:
    """Sums of twelve uniform numbers less 6, by a linear congruential generator: nearly normal."""
    state, found = seed, np.empty(count)
    for i in range(count):
        total = 0.0
        for _ in range(12):
            state = (state * MULTIPLIER + INCREMENT) % 2**64
            total += (state >> 11) / 2**53
        found[i] = total - 6.0
    return found


def draw(of: dict) -> np.ndarray:
    """Gaussians (height, width, centre) on a floor, with noise; clipped, rounded, scaled, filled, masked."""
    h, w, d = np.indices(of["lengths"]).astype(float)
    x = np.full(of["lengths"], of.get("floor", 0.0))
    for height, sigma, (a, b, c) in of["peaks"]:
        x = x + height * np.exp(-((h - a) ** 2 + (w - b) ** 2 + (d - c) ** 2) / (2 * sigma * sigma))
    if of.get("noise"):
        x = x + of["noise"] * noise(x.size, of["seed"]).reshape(x.shape)
    x = np.minimum(x, of.get("clip", math.inf))
    x = np.maximum(x, of.get("least", -math.inf))
    if of.get("step"):
        x = np.round(x / of["step"]) * of["step"]
    x = x * of.get("scale", 1.0)
    if "fill" in of:
        x[:, :, d[0, 0] >= of["beyond"]] = of["fill"] if of["fill"] is not None else -math.inf
    return x


def cases() -> list[dict]:
    found: list[dict] = []

    def add(name: str, lengths: list[int], peaks: list, **more: object) -> None:
        found.append({"name": name, "lengths": lengths, "peaks": peaks, "seed": len(found) + 1, **more})

    box = [20, 24, 18]
    for sigma in (1.0, 1.6, 2.3, 3.1):
        for s in (0.0, 0.02, 0.08):
            add(f"plain {sigma} {s}", box, [[1.0, sigma, [9.3, 12.6, 8.2]]], noise=s)
    add("large", [40, 40, 40], [[1.0, 2.0, [21.4, 17.7, 20.1]]], noise=0.05)
    add("wide", [40, 40, 40], [[1.0, 6.0, [21.4, 17.7, 20.1]]], noise=0.02)
    add("slices", [40, 40, 8], [[1.0, 2.0, [20.4, 18.7, 3.3]]], noise=0.02)
    add("plane", [1, 30, 34], [[1.0, 2.0, [0.0, 14.4, 15.8]]], noise=0.02)
    add("line", [1, 1, 50], [[1.0, 2.5, [0.0, 0.0, 22.3]]], noise=0.01)
    add("corner", box, [[1.0, 2.0, [0.4, 0.2, 17.0]]], noise=0.02)
    add("edge", box, [[1.0, 2.0, [9.4, 1.2, 8.1]]], noise=0.02)
    add("two voxels deep", [2, 24, 18], [[1.0, 2.0, [0.5, 11.4, 8.2]]], noise=0.02)
    add("three voxels deep", [3, 24, 18], [[1.0, 2.0, [1.2, 11.4, 8.2]]], noise=0.02)
    add("saturated", box, [[3.0, 2.5, [9.3, 12.6, 8.2]]], noise=0.02, clip=1.0)
    add("two peaks", box, [[1.0, 1.5, [5.0, 6.0, 5.0]], [0.97, 1.5, [14.0, 17.0, 12.0]]], noise=0.03)
    level = [[1.0, 1.5, [9.0, 6.0, 5.0]], [0.99, 1.5, [9.0, 17.0, 12.0]]]
    add("two peaks at one height", box, level, noise=0.01)
    add("two peaks of a plane", [64, 64, 1], [[1.0, 1.0, [20, 30, 0]], [0.99, 1.0, [27, 41, 0]]], noise=0.01)
    add("between voxels", box, [[1.0, 1.5, [9.5, 12.5, 8.2]]], noise=0.02)
    add("beyond the border", box, [[1.0, 2.0, [-1.6, 12.6, 8.2]]], noise=0.02)
    add("two clear", box, [[1.0, 1.5, [5.0, 6.0, 5.0]], [0.6, 1.5, [14.0, 17.0, 12.0]]], noise=0.02)
    add("noise alone", box, [], noise=1.0)
    add("noise alone, large", [40, 40, 40], [], noise=1.0)
    add("relu", box, [[1.0, 2.0, [9.3, 12.6, 8.2]]], noise=0.05, least=0.0)
    add("steps", box, [[200.0, 2.0, [9.3, 12.6, 8.2]]], noise=4.0, step=1.0)
    add("logits", box, [[10.0, 2.0, [9.3, 12.6, 8.2]]], noise=0.3, floor=-5.0)
    add("negative", box, [[1.0, 2.0, [9.3, 12.6, 8.2]]], noise=0.02, floor=-2.0)
    for fill in (-1e4, -1e9, -1.7e308, None):
        peak = [[1.0, 2.0, [9.3, 12.6, 8.2]]]
        add(f"fill {fill}", box, peak, noise=0.02, fill=fill, beyond=11)
    add("huge", box, [[1.0, 2.0, [9.3, 12.6, 8.2]]], noise=0.02, scale=1.6e308)
    add("tiny", box, [[1.0, 2.0, [9.3, 12.6, 8.2]]], noise=0.02, scale=1e-300)
    add("binary", box, [[1.0, 1.0, [9.0, 12.0, 8.0]]], step=1.0)
    for sigma in (1.2, 2.0):
        volume = sigma**3 * (2 * math.pi) ** 1.5
        add(f"softmax {sigma}", box, [[1.0, sigma, [9.3, 12.6, 8.2]]], scale=1 / volume)
    add("fills the volume", [12, 12, 12], [[1.0, 5.0, [6.3, 5.6, 6.2]]], noise=0.01)
    add("beyond the border, narrow", box, [[1.0, 1.2, [20.4, 12.6, 8.2]]], noise=0.02)
    add("at the border, narrow", box, [[1.0, 1.2, [18.8, 12.6, 8.2]]], noise=0.02)
    add("wide, little noise", [26, 26, 26], [[1.0, 4.0, [12.4, 12.9, 13.1]]], noise=0.01)
    return found


def expected(x: np.ndarray) -> dict:
    of = R.trust(x)
    auto = R.auto(of)
    by = R.basis(of, auto)
    hard = of.hard.astype(float)
    number = lambda value: value if math.isfinite(value) else None
    return {
        "middle": list(of.middle),
        "alike": of.alike,
        "sigma": of.sigma,
        "background": of.background,
        "noise": of.noise,
        "share": of.share,
        "count": of.count,
        "second": number(of.second),
        "standing": number(of.standing),
        "reference": list(of.reference),
        "is_cut": bool(of.is_cut),
        "is_beyond": bool(of.is_beyond),
        "flags_of_hard": R.flags(of, hard),
        "flags_of_hard_on_grid": R.flags(of, hard, R.AWAY_ON_GRID),
        "flags_of_centre": R.flags(of, (np.array(x.shape) - 1) / 2),
        "rule": auto.rule,
        "auto": list(auto.place),
        "covariance": by.covariance.tolist(),
        "rho": list(by.rho),
        "error95_of_hard": R.error95(by, hard),
    }


if __name__ == "__main__":
    rows = [{**case, "expected": expected(draw(case))} for case in cases()]
    text = ",\n".join(json.dumps(row) for row in rows)
    sys.stdout.write(f"[\n{text}\n]\n")
