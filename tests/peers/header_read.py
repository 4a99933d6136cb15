"""How NumPy and nibabel read a file, and where softargmax is documented to read it otherwise.

`peer` gives the right reading of any file, legal or damaged. Each difference from the peer is a separate
rule, named in `RULES`, and every use of a rule is counted: no difference is ignored silently.
"""

import gzip
import io
import logging
from collections import Counter
from dataclasses import dataclass

import nibabel
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from nibabel.nifti1 import Nifti1Header, Nifti1PairHeader
from nibabel.nifti2 import Nifti2Header, Nifti2PairHeader
from nibabel.quaternions import quat2mat

import oracle

#: nibabel repairs many defects and reports them in a log.
logging.getLogger("nibabel.global").setLevel(logging.CRITICAL + 1)

#: Millimetres in one unit of `xyzt_units`: metre and micrometre; all else counts as millimetre.
MM = {1: 1000.0, 3: 0.001}

#: The documented differences from the peers.
RULES = {
    "offset 0": "vox_offset 0 of a single file means the first legal offset; nibabel reads from byte 0",
    "units": "metres and microns are brought to millimetres; nibabel leaves them",
    "bad form": "an affine that is singular, not finite or takes a corner beyond 1e150 mm is ignored; "
    "nibabel hands it out",
    "quaternion": "b² + c² + d² up to 1 + 1e-5 is a half turn, beyond that none; nibabel raises an error",
    "bool": "a stored byte other than 0 is True; NumPy keeps the byte",
}


class Refused(Exception):
    """The peer does not read the file."""


@dataclass
class Found:
    """The right reading of a file."""

    #: In logical order, unscaled, in the stored type.
    stored: np.ndarray
    dtype: str
    slope: float = 1.0
    intercept: float = 0.0
    #: 4 x 4 over the array's first three axes, in millimetres, and its name.
    affine: np.ndarray | None = None
    source: str | None = None
    is_nifti: bool = False
    #: The text of the refusal if the requested affine does not exist.
    absent: str = ""
    #: Kinds of warnings in `WARNED` that the program must give.
    warnings: frozenset = frozenset()


#: Warnings that the oracle predicts.
WARNED = frozenset({"units", "nonfinite-slope", "bad-bitpix", "bad-qfac", "bad-form-code"})


def peer(drawn, used=None):
    """A random file as NumPy or nibabel reads it; raises Refused if they do not."""
    used = Counter() if used is None else used
    try:
        parts = {
            suffix: gzip.decompress(data) if suffix.endswith(".gz") else data
            for suffix, data in drawn.parts.items()
        }
        first = next(iter(parts))
        if first.startswith(".np"):
            return numpy_array(parts[first], drawn.key, used)
        return nifti_volume(list(parts.values()), drawn.affine, used)
    except Refused:
        raise
    except Exception as error:  # The peers have no common type of error.
        raise Refused(f"{type(error).__name__}: {error}") from error


def numpy_array(data, key, used):
    """A `.npy`, or an array of a `.npz`."""
    loaded = np.load(io.BytesIO(data), allow_pickle=False)
    if isinstance(loaded, np.lib.npyio.NpzFile):
        names = [name for name in loaded.files if key or loaded.zip.NameToInfo.get(name + ".npy")]
        loaded = loaded[key or names[0]]
    if not isinstance(loaded, np.ndarray) or loaded.dtype.kind not in "fiub" or loaded.dtype.itemsize > 8:
        raise Refused(f"{getattr(loaded, 'dtype', type(loaded))}")
    if loaded.dtype.kind == "b":
        stored = loaded.view(np.uint8)
        used["bool"] += bool((stored > 1).any())
        return Found((stored != 0).astype(np.uint8), "|b1")
    return Found(loaded, loaded.dtype.str)


def nifti_volume(files, which, used):
    """A NIfTI, from the bytes of its one or two files."""
    head = files[0]
    two = 540 in (int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big"))
    single = len(files) == 1
    klass = {(0, 1): Nifti1Header, (0, 0): Nifti1PairHeader, (1, 1): Nifti2Header, (1, 0): Nifti2PairHeader}[
        two, single
    ]
    # The header as it is stored, before nibabel repairs it.
    block = head[: klass.template_dtype.itemsize]
    raw = klass(block, check=False).structarr
    if single and raw["vox_offset"] == 0:
        used["offset 0"] += 1
        raw = raw.copy()
        raw["vox_offset"] = klass.single_vox_offset
        files = [raw.tobytes() + head[len(block) :]]
    warned = set() if np.isfinite(raw["scl_slope"]) else {"nonfinite-slope"}
    bits = 8 * klass(block, check=False).get_data_dtype().itemsize
    warned |= {"bad-bitpix"} if raw["bitpix"] != bits else set()
    codes = [int(raw["sform_code"]), int(raw["qform_code"])]
    warned |= set() if all(0 <= code <= 5 for code in codes) else {"bad-form-code"}
    warned |= {"bad-qfac"} if 1 <= codes[1] <= 5 and raw["pixdim"][0] not in (-1, 0, 1) else set()
    # Not as an image, which would fail for a bad quaternion that is not needed.
    header = klass.from_fileobj(io.BytesIO(files[0]))
    if header.get_data_dtype().kind not in "fiu" or header.get_data_dtype().itemsize > 8:
        raise Refused(str(header.get_data_dtype()))
    slope, intercept = header.get_slope_inter()
    stored = np.asarray(ArrayProxy(io.BytesIO(files[-1]), header).get_unscaled())
    slope, intercept = (1.0, 0.0) if slope is None else (slope, intercept)
    unit = int(header["xyzt_units"]) & 7
    warned |= {"units"} if unit in MM else set()
    used["units"] += unit in MM
    affine, source = chosen(header, raw, which, MM.get(unit, 1.0), used)
    absent = f"there is no usable {which}" if which and affine is None else ""
    dtype = header.get_data_dtype().str
    return Found(stored, dtype, slope, intercept, affine, source, True, absent, frozenset(warned))


def chosen(header, raw, which, factor, used):
    """The affine that `--affine` selects and its name; None if it does not exist."""
    forms = {"sform": header.get_sform(coded=True)[0], "qform": qform(header, used)}
    # NIfTI method 1; for an axis that the volume does not have, a size of 0 counts as 1.
    spacing = np.abs(raw["pixdim"][1:4].astype(np.float64))
    spacing[(spacing == 0) & (np.arange(1, 4) > raw["dim"][0])] = 1
    forms["pixdim"] = np.diag([*spacing, 1.0])
    for name in (which,) if which else ("sform", "qform"):
        affine = forms[name]
        if affine is None:
            continue
        affine = np.array(affine, np.float64)
        affine[:3] *= factor
        if is_usable(affine, [*raw["dim"][1 : 1 + raw["dim"][0]], 1, 1][:3]):
            return affine, name
        used["bad form"] += 1
    return None, None


def qform(header, used):
    """The qform, or None; our rule applies where nibabel raises an error."""
    try:
        return header.get_qform(coded=True)[0]
    except (ValueError, nibabel.spatialimages.HeaderDataError):
        used["quaternion"] += 1
    imaginary = [float(header[key]) for key in ("quatern_b", "quatern_c", "quatern_d")]
    if not 1 - np.dot(imaginary, imaginary) >= -1e-5:
        return None
    affine = np.eye(4)
    sizes = header["pixdim"][1:4] * [1, 1, header["pixdim"][0]]
    affine[:3, :3] = quat2mat([0, *imaginary]) * sizes
    affine[:3, 3] = [header[key] for key in ("qoffset_x", "qoffset_y", "qoffset_z")]
    return affine


def is_usable(affine, lengths):
    """Finite, also at every corner voxel of a volume of `lengths`, and its columns are not in one plane."""
    if not np.isfinite(affine).all():
        return False
    last = [max(int(n) - 1, 0) for n in lengths[:3]]
    with np.errstate(over="ignore", invalid="ignore"):
        corners = (
            np.array([[*(np.array(at) * last), 1] for at in np.ndindex(2, 2, 2)], np.float64) @ affine[:3].T
        )
    if not (np.abs(corners) <= 1e150).all():
        return False
    # Scaled to near 1 first, because norms of very small or large numbers are 0 or infinite in f64.
    columns = affine[:3, :3] / np.maximum(np.abs(affine[:3, :3]).max(axis=0), np.finfo(float).tiny)
    norms = np.linalg.norm(columns, axis=0)
    return bool((norms > 0).all() and abs(np.linalg.det(columns / norms)) > 1e-12)


# --- what the program must report ---------------------------------------------------------------


def layout_of(found, given):
    """The layout that the array is read as; None where it needs one, or another one."""
    lengths = found.stored.shape
    if not given:
        return oracle.default_layout(lengths, found.is_nifti)
    fits = len(lengths) >= len(given) and all(length == 1 for length in lengths[len(given) :])
    return given if fits else None


def in_layout(affine, layout):
    """The affine over (h, w, d), whatever order the layout gives the volume's i, j, k."""
    columns = [layout.find(axis) for axis in "HWD"]
    free = [column for column in range(3) if column not in columns]
    columns = [free.pop(0) if column < 0 else column for column in columns]
    return affine[:, [*columns, 3]] if max(columns) < 3 else None


def scaled(found, number):
    """The scaled value of a stored one, in float64."""
    return float(np.float64(number) * found.slope + found.intercept)


def value_range(found):
    """The smallest and the largest value, or None."""
    wide = found.stored.astype(np.float64)
    wide = wide[~np.isnan(wide)]
    if not wide.size:
        return None
    ends = [scaled(found, wide.min()), scaled(found, wide.max())]
    return sorted(ends)


def landmarks(found, layout):
    """(n, c, status, voxel of the first maximum, its value) of every heatmap."""
    maps = oracle.as_nchwd(found.stored, layout)
    options = oracle.Options(method="hard")
    rows = []
    for n in range(maps.shape[0]):
        for c in range(maps.shape[1]):
            stored = maps[n, c]
            # The status comes from the stored values: scaling makes none of them infinite.
            wide = stored.astype(np.float64) * np.sign(found.slope)
            usable = ~(np.isnan(wide) | np.isneginf(wide))
            status = oracle.status_of(wide, usable, options)
            if status in ("empty", "nonfinite"):
                rows.append((n, c, status, None, None))
                continue
            place = oracle.first_maximum(stored, usable, found.slope)
            rows.append((n, c, status, [float(i) for i in place], scaled(found, stored[tuple(place)])))
    return rows
