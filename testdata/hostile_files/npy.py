"""Writes a .npy by hand, valid or defective, with the refusal of a defective one."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from .answers import VALUES, Outcome, excerpt, refused

SAVE = "save it again with `numpy.save`"


def f4(values: Sequence[float], order: str = "<") -> bytes:
    """Numbers as float32."""
    return struct.pack(f"{order}{len(values)}f", *values)


def text(shape: str = "(2, 3, 4)", descr: str = "'<f4'", fortran: str = "False") -> str:
    """The text of an npy header."""
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


#: The text of a valid header, and the values that it declares.
SOUND, SOUND_VALUES = text(), f4(VALUES)


def npy(
    header: str | bytes = SOUND,
    values: bytes = SOUND_VALUES,
    version: tuple[int, int] = (1, 0),
    length: int | None = None,
    end: str = "\n",
) -> bytes:
    """A .npy: the header padded to a multiple of 64 bytes, and the values. `length` is the length that the
    file declares."""
    raw = header.encode("latin-1") if isinstance(header, str) else header
    front = 10 if version[0] == 1 else 12
    raw += b" " * (-(front + len(raw) + len(end)) % 64) + end.encode()
    said = len(raw) if length is None else length
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if front == 10 else "<I", said) + raw + values


def syntax(expected: str, header: str, at: int, rest: bytes = b"") -> Outcome:
    """Refused because `expected` belongs at byte `at` of the header, which goes on with `rest`."""
    whole = header.encode("latin-1") + rest
    return refused(f"expected {expected} at byte {at} of the npy header, found {excerpt(whole[at:])}", SAVE)


def misshapen(shape: str, expected: str, at: int = 0) -> tuple[bytes, Outcome]:
    """A header with this shape, and its refusal `at` bytes into the shape."""
    header = text(shape)
    padded = npy(header)[10 : len(npy(header)) - len(SOUND_VALUES)]
    return npy(header), syntax(expected, header, header.index(shape) + at, padded[len(header) :])


def element(descr: str, name: str, hint: str, shown: str | None = None) -> tuple[bytes, Outcome]:
    """A header with this element type, and its refusal."""
    found = excerpt((shown or descr.strip("'")).encode())
    numbers = "expected real numbers or booleans of at most 64 bits"
    return npy(text(descr=descr), bytes(192)), refused(f"{numbers}, found {name} ({found})", hint)
