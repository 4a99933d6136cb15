"""Compares `decode --average --unflip` with NumPy: the mean of the members, turned back, by the float64
textbook, and the spread of the members' own answers."""

import gzip
import io

import nibabel
import numpy as np

import oracle
import program
from ledger import Section

#: The flips that a file's name may tell of.
FLIPS = ("none", "0", "", "H", "w", "D", "HW", "hd", "Dw", "HWD")
PATTERN = r"sub-(?<sub>\d+)_fold-(?<fold>\d+)_flip-(?<flip>[^_.]*)\."
DTYPES = ("f2", "f4", "f4", "f8", "i2", "u1", "i4")


def write(rng, folder, stem, member, affine):
    """Writes a member (c, h, w, d), volumes as (h, w, d, c), in a container drawn anew; its name, and the
    values (c, h, w, d) as they are read."""
    dtype = str(rng.choice(DTYPES))
    scale = 1 if dtype[0] == "f" else min(100 / max(np.abs(member).max(), 1e-9), 1)
    values = np.rint(member * scale * 0.9).clip(0) if dtype[0] != "f" else member
    values = values.astype(dtype)
    kind = rng.choice(["npy", "npz", "nii"] if affine is None else ["nii"])
    kind = "npy" if affine is None and kind == "nii" else kind
    if kind == "nii":
        dtype = "f4" if dtype == "f2" else dtype
        values = np.moveaxis(values.astype(dtype), 0, -1)
        image = nibabel.Nifti1Image(values, affine)
        slope, intercept = 1.0, 0.0
        if rng.random() < 0.4:
            slope, intercept = float(np.float32(rng.choice([-0.5, 2, 0.1]))), float(np.float32(rng.normal()))
        image.header["scl_slope"], image.header["scl_inter"] = slope, intercept
        raw = nifti_bytes(image, values, slope, intercept)
        name = f"{stem}.nii"
        read = np.moveaxis(values.astype(np.float64) * slope + intercept, -1, 0)
    else:
        out = io.BytesIO()
        if kind == "npz":
            (np.savez if rng.random() < 0.5 else np.savez_compressed)(out, a=values)
        else:
            np.save(out, values)
        raw, name, read = out.getvalue(), f"{stem}.{kind}", values.astype(np.float64)
    if kind != "npz" and rng.random() < 0.4:
        name, raw = name + ".gz", gzip.compress(raw, compresslevel=1)
    (folder / name).write_bytes(raw)
    return name, read


def nifti_bytes(image, values, slope, intercept):
    """A NIfTI-1 file of stored values with a slope, which nibabel would choose itself."""
    head = image.header.copy()
    head.set_data_dtype(values.dtype)
    head["scl_slope"], head["scl_inter"] = slope, intercept
    head["vox_offset"] = 352
    return head.binaryblock + bytes(4) + values.tobytes(order="F")


def study(rng, folder):
    """One subject of some members: (names, values as they are read and turned back, affine)."""
    shape = [int(n) for n in rng.integers(1, 24, 3)]
    channels = int(rng.integers(1, 4))
    affine = None
    if rng.random() < 0.5:
        affine = np.eye(4)
        affine[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] * rng.uniform(0.3, 4, 3)
        affine[:3, 3] = rng.normal(size=3) * 50
        affine = affine.astype(np.float32).astype(np.float64)
    middles = [[rng.uniform(0, n - 1) for n in shape] for _ in range(channels)]
    grid = np.indices(shape).astype(np.float64)
    names, values, keys = [], [], set()
    for _ in range(int(rng.integers(1, 7))):
        fold, flip = int(rng.integers(4)), str(rng.choice(FLIPS))
        axes = [1 + "HWD".index(letter) for letter in flip.upper() if letter in "HWD"]
        axes = axes if flip not in ("none", "0") else []
        if (fold, tuple(axes)) in keys:
            continue
        keys.add((fold, tuple(axes)))
        moved = [np.add(middle, rng.normal(0, 0.7, 3)).reshape(3, 1, 1, 1) for middle in middles]
        width = float(rng.uniform(1, 3))
        bumps = [np.exp(-((grid - place) ** 2).sum(0) / (2 * width**2)) for place in moved]
        member = 9 * np.stack(bumps) + rng.random([channels, *shape]) * 0.5
        name, read = write(rng, folder, f"sub-1_fold-{fold}_flip-{flip}", np.flip(member, axes), affine)
        names.append(name)
        values.append(np.flip(read, axes))
    return names, values, affine


def spread(places):
    """The root mean square distance of places from their mean, or None."""
    if len(places) < 2 or any(place is None for place in places):
        return None
    places = np.array(places)
    return float(np.sqrt(((places - places.mean(0)) ** 2).sum() / (len(places) - 1)))


def holes(rng, values):
    """Puts NaN into some members, for `--ignore-nan`."""
    return [np.where(rng.random(one.shape) < 0.1, np.nan, one) for one in values]


def compare(sections, folder, names, values, affine, options, args):
    """One group against the textbook."""
    places, spreads, peaks = sections
    coords = "voxel" if affine is None else "voxel,world"
    [record] = program.inputs(
        program.run(
            ["decode", "--quiet", "--format", "json", "--coords", coords, "--compare"]
            + ["--layout", "CHWD" if affine is None else "HWDC"]
            + ["--path-regex", PATTERN, "--average", "fold", "--unflip", "flip", *args, *names],
            folder,
        )
    )
    stack = np.stack(values)
    mean = np.nanmean(stack, axis=0) if options.ignore_nan else stack.mean(axis=0)
    where = f"{names} {mean.shape} {args}"
    peaks.expect(record["members"] == names and record["error"] is None, f"{where}: {record['error']}")
    for c, landmark in enumerate(record["landmarks"]):
        expected = oracle.decode(mean[c], options)
        alone = [oracle.decode(one[c], options)["voxel"] for one in values]
        peaks.expect(landmark["status"] == expected["status"], f"{where} {c}: {landmark['status']}")
        if expected["voxel"] is None:
            continue
        error = max(abs(a - b) for a, b in zip(landmark["voxel"], expected["voxel"]))
        places.measure(error, f"{where} {c}: {landmark['voxel']}, expected {expected['voxel']}")
        peak = abs(landmark["hard"]["peak_value"] - expected["peak_value"])
        peaks.expect(peak <= 1e-14 * max(abs(expected["peak_value"]), 1), f"{where} {c}: peak {peak}")
        found = landmark["average"]
        peaks.expect(found["members"] == len(names), f"{where} {c}: {found}")
        world = [oracle.to_world(place, affine) for place in alone if place] if affine is not None else []
        for key, wanted in (
            ("between_voxel", spread(alone)),
            ("between_mm", spread(world) if affine is not None else None),
        ):
            if wanted is None or found[key] is None:
                peaks.expect(wanted is None and found[key] is None, f"{where} {c}: {key} {found[key]}")
            else:
                scale = 1.0 if key == "between_voxel" else float(np.abs(affine[:3, :3]).max())
                spreads.measure(abs(found[key] - wanted) / scale, f"{where} {c}: {found}, expected {wanted}")


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    places = Section("averages, f64 textbook of the mean", 1e-9, "voxel")
    # Members are decoded in the type that each is stored in.
    spreads = Section("averages, spread between members", 2e-5, "voxel")
    peaks = Section("averages, members, statuses and peaks")
    for _ in range(max(cases // 5, 5)):
        for path in folder.iterdir():
            path.unlink()
        names, values, affine = study(rng, folder)
        method = str(rng.choice(["soft", "hard"]))
        temperature = float(f"{10 ** rng.uniform(-1.5, 1):.4g}")
        args = ["--method", method] + (["--temperature", repr(temperature)] if method == "soft" else [])
        ignore_nan = affine is None and rng.random() < 0.2
        options = oracle.Options(temperature=temperature, method=method, ignore_nan=ignore_nan)
        if ignore_nan:
            args, values, stored = [*args, "--ignore-nan"], holes(rng, values), []
            for name, one in zip(names, values):
                flip = name.split("flip-")[1].split(".")[0].upper()
                axes = [1 + "HWD".index(x) for x in flip if x in "HWD"] if flip != "NONE" else []
                (folder / name).unlink()
                stored.append(f"{name.split('.')[0]}.npy")
                np.save(folder / stored[-1], np.flip(one, axes))
            names = stored
        compare((places, spreads, peaks), folder, names, values, affine, options, args)
    return [places, spreads, peaks]
