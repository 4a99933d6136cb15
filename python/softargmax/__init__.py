"""Volumetric heatmaps in, landmark coordinates out: the program `softargmax`, on arrays and on files.

    >>> import numpy, softargmax
    >>> heatmaps = numpy.zeros((1, 2, 8, 8, 8), "f4")
    >>> heatmaps[0, :, 2, 3, 4] = 9
    >>> softargmax.decode(heatmaps, "NCHWD", method="hard").voxel[0, 1].tolist()
    [2.0, 3.0, 4.0]

The answers are those of the program, bit for bit, and so are the words of its errors.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy

from . import _native

__all__ = ["OPTIONS", "Result", "decode", "decode_files", "read"]
__version__ = _native.__version__

#: What `decode` takes by name, as the program does: `docs/cli.md` explains each. `min_distance` is
#: `--min-distance`.
_OF_ARRAYS = (
    *(
        "method",
        "layout",
        "temperature",
        "beta",
        "radius",
        "activation",
        "peaks",
        "min_distance",
        "threshold",
    ),
    *("ignore_nan", "coords", "norm", "order", "frame", "compare", "uncertainty", "stats", "region"),
    *("calibration", "labels", "label_names", "mask", "channels", "expect_channels", "spacing", "reference"),
    *("stride", "crop_origin", "max_landmarks", "threads"),
)
#: What `decode_files` takes beside.
_OF_FILES = ("affine", "key", "include", "exclude", "hidden", "average", "unflip", "path_regex")
#: The names of all options.
OPTIONS = frozenset(_OF_ARRAYS + _OF_FILES)
#: Options that name a file.
_PATHS = ("calibration", "labels", "mask", "reference")


class Result:
    """The landmarks of one array or file: samples, channels and, with `peaks=K`, K peaks of each.

    Arrays begin with the axes (N, C), or (N, C, K) with `peaks`.
    """

    def __init__(self, native: _native.Decoded, options: dict[str, Any], *, is_file: bool) -> None:
        """Not for callers: `decode` and `decode_files` make results."""
        self._native, self._options, self._is_file = native, options, is_file
        self._parsed: list[dict[str, Any]] | None = None

    def __repr__(self) -> str:
        """Which input it is of, and how many landmarks it has."""
        what = repr(str(self._native.file)) if self._is_file else "array"
        return f"<softargmax.Result of {what}: {self.error or f'shape {self.status.shape}'}>"

    @property
    def file(self) -> Path | None:
        """The file; None for an array."""
        return self._native.file if self._is_file else None

    @property
    def error(self) -> str | None:
        """Why the file could not be decoded; None if it was."""
        return self._native.error

    @property
    def warnings(self) -> list[str]:
        """What was suspicious, in a line each."""
        return self._native.warnings

    @property
    def layout(self) -> str:
        """The layout that it was read as, such as `NCHWD`."""
        return self._native.layout

    @property
    def affine(self) -> numpy.ndarray | None:
        """Voxel (h, w, d) to world in mm, RAS+: shape (4, 4)."""
        rows = self._native.affine
        return None if rows is None else numpy.array([*rows, [0, 0, 0, 1]], dtype=numpy.float64)

    def _space(self, name: str | None) -> numpy.ndarray:
        self._native.check()
        if name == "world" and self._native.affine is None:
            raise ValueError("world coordinates need an affine, and there is no usable one")
        return numpy.load(io.BytesIO(self._native.coordinates(name)))

    @property
    def coordinates(self) -> numpy.ndarray:
        """The coordinates in the first space of `coords` (normalized unless it is given), along h, w, d
        unless `order` says otherwise: float64 of shape (N, C, 3) or (N, C, K, 3), NaN for no answer.
        """
        self._native.check()
        return self._space(None)

    @property
    def normalized(self) -> numpy.ndarray:
        """As `coordinates`, by the convention of `norm`."""
        return self._space("normalized")

    @property
    def voxel(self) -> numpy.ndarray:
        """As `coordinates`, in voxels from 0."""
        return self._space("voxel")

    @property
    def world(self) -> numpy.ndarray:
        """As `coordinates`, in mm: (x, y, z) in the frame of `frame`. ValueError without an affine."""
        return self._space("world")

    def _landmarks(self) -> list[dict[str, Any]]:
        if self._parsed is None:
            self._parsed = [json.loads(line) for line in self._native.rows().splitlines()]
        return self._parsed

    def _shaped(self, cells: list[Any], dtype: Any) -> numpy.ndarray:
        array = numpy.empty(len(cells), dtype)
        array[:] = cells
        return array if self.error else array.reshape(self._space("voxel").shape[:-1])

    @property
    def status(self) -> numpy.ndarray:
        """How each went, as text: `ok`, `flat`, `missing`, `nonfinite`, `empty`, `unreadable`."""
        return self._shaped([row["status"] for row in self._landmarks()], "U10")

    @property
    def flags(self) -> numpy.ndarray:
        """What is doubtful about each: a tuple of names, empty for nothing."""
        return self._shaped([tuple(row["flags"]) for row in self._landmarks()], object)

    @property
    def reason(self) -> numpy.ndarray:
        """Why each has its status or its flags: text or None."""
        return self._shaped([row["reason"] for row in self._landmarks()], object)

    @property
    def uncertainty(self) -> dict[str, numpy.ndarray] | None:
        """With `uncertainty=True`, its columns by name, such as `error95_voxel`; NaN where there is none."""
        rows = self._landmarks()
        if not rows or "uncertainty" not in rows[0]:
            return None
        names = rows[0]["uncertainty"]
        return {name: self._shaped([row["uncertainty"][name] for row in rows], float) for name in names}

    def rows(self) -> list[dict[str, Any]]:
        """The columns of the program's CSV by name, for each landmark: `pandas.DataFrame(result.rows())`.

        A cell without an answer is None. Those of an array have no `file`.
        """
        return [self._flat(dict(row)) for row in self._landmarks()]

    def _flat(self, row: dict[str, Any]) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        if not self._is_file:
            del row["file"]
        for name, value in row.items():
            if name in ("normalized", "voxel", "world"):
                flat.update(self._triple("", name, value))
            elif name == "hard":
                for part, inner in value.items():
                    if part in ("normalized", "voxel", "world"):
                        flat.update(self._triple("hard_", part, inner))
                    else:
                        flat[part] = _real(inner)
            elif name in ("stats", "uncertainty"):
                flat.update({part: _real(inner) for part, inner in value.items()})
            elif isinstance(value, dict):
                flat.update(value)
            else:
                flat[name] = " ".join(value) if name == "flags" else value
        return flat

    def _triple(self, prefix: str, space: str, values: list[float] | None) -> dict[str, float | None]:
        letters, end = str(self._options.get("order") or "hwd"), {"normalized": "norm"}.get(space, space)
        if space == "world":
            letters, end = "xyz", "mm_lps" if self._options.get("frame") == "lps" else "mm"
        cells: Sequence[float | None] = values or (None, None, None)
        return {f"{prefix}{letter}_{end}": _real(cell) for letter, cell in zip(letters, cells)}


def decode(array: Any, layout: str | None = None, *, affine: Any = None, **options: Any) -> Result:
    """Decodes heatmaps in memory.

    `array` is a NumPy array of real numbers or bool, of any strides and byte order, or whatever gives one
    without a copy: by DLPack (PyTorch, JAX), by the array interface or by the buffer protocol. It is not
    copied, and is read without the GIL. `layout` names its axes in the order of its shape, such as `"NCDHW"`;
    without it HW, HWD and NCHWD are taken by their number.

    `affine` takes voxels (h, w, d) to mm in RAS+: 4 x 4. Every other option is one of `softargmax decode` by
    its name (OPTIONS; docs/cli.md): `decode(a, "CHWD", method="gaussian", coords=["voxel", "world"])`.
    `mask` may be an array of shape (H, W, D), and `labels` a list of names.

    Raises ValueError for wrong options and an array that does not fit them, TypeError for what is no array of
    numbers, OSError for a file that cannot be read.
    """
    wrong = sorted(set(options) - set(_OF_ARRAYS))
    if wrong:
        raise TypeError(
            f"decode() has no option {', '.join(map(repr, wrong))}; OPTIONS has those of files too"
        )
    view = _view(array)
    options["layout"] = layout
    rows = None
    if affine is not None:
        matrix = numpy.asarray(affine, dtype=numpy.float64)
        if matrix.shape not in ((4, 4), (3, 4)) or not numpy.isfinite(matrix).all():
            raise ValueError(f"expected a finite affine of shape (4, 4), found shape {matrix.shape}")
        if matrix.shape == (4, 4) and matrix[3].tolist() != [0, 0, 0, 1]:
            raise ValueError(
                f"expected [0, 0, 0, 1] as the last row of the affine, found {matrix[3].tolist()}"
            )
        if options.get("spacing") is not None or options.get("reference") is not None:
            raise ValueError("expected one of `affine`, `spacing` and `reference`")
        rows = matrix[:3].tolist()
    mask = options.get("mask")
    if mask is None or isinstance(mask, (str, os.PathLike)):
        return Result(_native.decode(view, _arguments(options), rows), options, is_file=False)
    with tempfile.TemporaryDirectory() as folder:
        options["mask"] = Path(folder) / "mask.npy"
        numpy.save(options["mask"], _view(mask))
        return Result(_native.decode(view, _arguments(options), rows), options, is_file=False)


def decode_files(paths: str | os.PathLike | Iterable[str | os.PathLike], **options: Any) -> list[Result]:
    """Decodes files and directories, on all cores, with the options of `softargmax decode` by their names.

    The results are in the order of the inputs; a directory stands for the inputs in it. One bad input never
    costs another its result: its `error` says what is wrong. Ctrl-C is answered once the input in hand is
    decoded.

    Raises ValueError for wrong options, OSError for a file that an option names and that cannot be read.
    """
    wrong = sorted(set(options) - OPTIONS)
    if wrong:
        raise TypeError(f"decode_files() has no option {', '.join(map(repr, wrong))}")
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    named = [os.fspath(path) for path in paths]
    if not named:
        return []
    return [
        Result(found, options, is_file=True) for found in _native.decode_files(named, _arguments(options))
    ]


def read(path: str | os.PathLike, **options: Any) -> Result:
    """Decodes one file, as `decode_files` does.

    Raises OSError if it cannot be read, ValueError if it is damaged or does not fit the options.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(f"expected a file, found the directory {os.fspath(path)!r}: see decode_files")
    (result,) = decode_files(path, **options)
    result._native.check()
    return result


def _view(given: Any) -> numpy.ndarray:
    """An array of NumPy over the same memory."""
    if isinstance(given, numpy.ma.MaskedArray):
        raise TypeError(
            "expected an array without a mask: fill it (`.filled(-numpy.inf)`) or use the option `mask`"
        )
    if isinstance(given, numpy.ndarray):
        return given
    if hasattr(given, "detach"):
        # A tensor of PyTorch lends its memory once it asks for no gradient.
        given = given.detach()
    try:
        if hasattr(given, "__dlpack__"):
            try:
                return numpy.from_dlpack(given)
            except (BufferError, RuntimeError, TypeError):
                # Types that DLPack does not know, such as bool in older versions.
                pass
        return numpy.asarray(given)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        hint = "move it to the CPU first, and make bfloat16 float32, which is exact"
        raise TypeError(f"expected an array that NumPy can view: {error}; {hint}") from error


def _real(value: float | None) -> float | None:
    """A number of JSON, which writes 3.0 as 3."""
    return None if value is None else float(value)


def _text(value: Any) -> str:
    if isinstance(value, (float, numpy.floating)):
        return repr(float(value))
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return ",".join(map(_text, value))
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _arguments(options: dict[str, Any]) -> Sequence[str]:
    """Options as they are typed."""
    arguments: list[str] = []
    for name, value in options.items():
        if name == "labels" and value is not None and not isinstance(value, (str, os.PathLike)):
            name, value = "label_names", list(value)
        if value is None or value is False:
            continue
        if name in _PATHS and "{" not in str(value):
            open(value, "rb").close()
        flag = "--" + name.replace("_", "-")
        repeated = value if name in ("include", "exclude") and not isinstance(value, str) else [value]
        arguments.extend(flag if one is True else f"{flag}={_text(one)}" for one in repeated)
    return arguments
