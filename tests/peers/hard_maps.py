"""The maps on which float32 sums go wrong: flat, nearly flat, peaked, and half the mass in one corner.

Values go to disk plane by plane and the oracle reads them back plane by plane, so a 512³ map needs no
more memory than a 64³ one.
"""

import math

import numpy as np

import program
from ledger import Section

KINDS = ("flat", "nearly_flat", "peaked", "balanced", "off_balance")


def plane(kind, h, length, temperature, rng, corner):
    """Plane h of a map (float64)."""
    background = 0.37 * temperature
    values = np.full((length, length), background)
    if kind == "nearly_flat":
        values += temperature * 1e-3 * rng.random((length, length))
    if kind == "peaked":
        at, grid = (length - 1) * 0.3, np.arange(length)
        square = (h - at) ** 2 + ((grid - 2 * at) ** 2)[:, None] + ((grid - at) ** 2)[None]
        values += temperature * (20 * np.exp(-square / 18) + rng.random((length, length)))
    if kind in ("balanced", "off_balance") and h == corner[0]:
        share = 1.0 if kind == "balanced" else 0.05
        values[corner[1], corner[2]] += temperature * math.log((length**3 - 1) * share)
    return values


def write(path, kind, length, temperature, rng, dtype):
    """One map as .npy."""
    corner = [int(rng.choice([0, length - 1])) for _ in range(3)]
    maps = np.lib.format.open_memmap(path, "w+", dtype, (length,) * 3)
    for h in range(length):
        maps[h] = plane(kind, h, length, temperature, rng, corner)
    maps.flush()


def oracle(path, temperature):
    """Soft coordinates in float64: pairwise sums within a plane, exact sums (fsum) of planes."""
    maps = np.load(path, mmap_mode="r")
    top = max(float(plane.max()) for plane in maps)
    index = np.arange(len(maps), dtype=np.float64)
    rows = []
    for plane in maps:
        weight = np.exp((plane.astype(np.float64) - top) / temperature)
        rows.append((weight.sum(), index @ weight.sum(axis=1), weight.sum(axis=0) @ index))
    mass = math.fsum(row[0] for row in rows)
    h = math.fsum(i * row[0] for i, row in enumerate(rows))
    return [h / mass, math.fsum(row[1] for row in rows) / mass, math.fsum(row[2] for row in rows) / mass]


def compare(section, folder, length, dtype, rng, repeats):
    """All kinds at random temperatures."""
    for kind in [kind for kind in KINDS for _ in range(repeats)]:
        temperature = float(f"{10 ** rng.uniform(-3, 3):.6g}")
        path = folder / "map.npy"
        write(path, kind, length, temperature, rng, dtype)
        args = ["--temperature", repr(temperature), "--quiet"]
        [record] = program.decode(folder, [path.name], args[:2], "voxel", stats=False)
        found, expected = record["landmarks"][0]["voxel"], oracle(path, temperature)
        error = max(abs(a - b) for a, b in zip(found, expected))
        section.measure(error, f"{kind} {length} {dtype} T {temperature}: {found}, expected {expected}")
        path.unlink()


def run(rng, folder, large):
    """The sections, one for each size and type."""
    plan = [(64, "<f4", 8, 1e-5), (64, "<f8", 4, 1e-9), (256, "<f4", 2, 1e-5), (256, "<f8", 1, 1e-9)]
    plan += [(512, "<f4", 1, 2e-5)] if large else []
    for length, dtype, repeats, bound in plan:
        section = Section(f"hard maps, {length} cubed, {dtype}", bound, "voxel")
        compare(section, folder, length, dtype, rng, repeats)
        yield section
