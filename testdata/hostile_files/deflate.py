"""Writes deflate data bit by bit, so that no byte depends on the version of zlib."""

from __future__ import annotations

import struct


class Bits:
    """Bits as deflate packs them."""

    def __init__(self) -> None:
        self.all: list[int] = []

    def number(self, number: int, width: int) -> None:
        """A number, lowest bit first."""
        self.all += [number >> i & 1 for i in range(width)]

    def code(self, text: str) -> None:
        """A Huffman code, first bit first."""
        self.all += [int(bit) for bit in text]

    def bytes(self) -> bytes:
        """Pads the last byte with zeros."""
        bits = self.all + [0] * (-len(self.all) % 8)
        return bytes(sum(bits[at + i] << i for i in range(8)) for at in range(0, len(bits), 8))


def stored(raw: bytes, last: bool = True) -> bytes:
    """Deflate data that is not compressed. At most 65,535 bytes."""
    return struct.pack("<BHH", int(last), len(raw), len(raw) ^ 0xFFFF) + raw


def zeros(count: int) -> bytes:
    """Deflate data for 2000 zeros or more, at 1032 zeros for each byte, the maximum of the format.

    One block with codes of its own: 0 for "258 bytes more", 10 for a zero, 11 for the end, 0 for "the last
    byte again". A match is two bits that are 0, so that nearly all of it is bytes that are 0.
    """
    bits = Bits()
    for number, width in ((1, 1), (2, 2), (29, 5), (0, 5), (14, 4)):
        bits.number(number, width)
    # The lengths of the codes for code lengths 16, 17, 18, 0, 8, ..., 1.
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.number({18: 1, 1: 2, 2: 2}.get(symbol, 0), 3)
    for length in (2, -138, -117, 2, -28, 1, 1):
        bits.code("0" if length < 0 else {1: "10", 2: "11"}[length])
        if length < 0:
            bits.number(-length - 11, 7)
    matches, rest = divmod(count - 1, 258)
    for _ in range(1 + rest):
        bits.code("10")
    # The rest of the last byte holds the first bits of the matches.
    left = 2 * matches - (-len(bits.all) % 8)
    tail = Bits()
    tail.all = [0] * (left % 8)
    tail.code("11")
    return bits.bytes() + bytes(left // 8) + tail.bytes()
