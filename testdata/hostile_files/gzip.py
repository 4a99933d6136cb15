"""gzip that is damaged, cut, or more than it seems."""

from __future__ import annotations

import struct
import zlib

from .answers import FORMATS, HEADER, INCOMPLETE, begins_with, ok, refused, short, trailing
from .collection import Collection
from .deflate import Bits, stored, zeros
from .nifti import nifti
from .npy import npy, text

GZIP = "check the file with `gzip -t FILE`, and copy or export it again"
FOREIGN = "`gzip -dc FILE > COPY` keeps what comes before that byte"


def gzip(
    raw: bytes,
    data: bytes | None = None,
    crc: int | None = None,
    size: int | None = None,
    flags: int = 0,
    method: int = 8,
    extra: bytes = b"",
) -> bytes:
    """One gzip member without a time stamp; every field can be set to a wrong value."""
    head = struct.pack("<BBBBIBB", 0x1F, 0x8B, method, flags, 0, 0, 255) + extra
    crc, size = zlib.crc32(raw) if crc is None else crc, len(raw) if size is None else size
    return head + (stored(raw) if data is None else data) + struct.pack("<II", crc, size & 0xFFFFFFFF)


def add_gzip(collection: Collection) -> None:
    """gzip that is damaged, cut, or more than it seems."""
    add = lambda file, what, content, outcome: collection.add(f"gzip_{file}.npy.gz", what, content, outcome)
    raw = npy()
    good, crc = gzip(raw), zlib.crc32(raw)
    cut = lambda inflated: refused(f"the file is truncated: gzip ends early, after {inflated:,} bytes", GZIP)
    checksum = refused(f"the gzip data is damaged: expected CRC-32 deadbeef, found {crc:08x}", GZIP)
    length = lambda said: refused(
        f"the gzip data is damaged: expected {said:,} bytes modulo 2^32, found {len(raw):,}", GZIP
    )
    deflate = lambda inflated: refused(f"the gzip data is damaged after {inflated:,} bytes", GZIP)
    flags = lambda method, flag: refused(
        f"expected gzip method 8 with known flags, found method {method} with flags {flag:#04x}", GZIP
    )
    foreign = lambda byte: refused(f"expected nothing after the gzip data, found byte {byte:#04x}", FOREIGN)
    add("crc", "a checksum of other bytes", gzip(raw, crc=0xDEADBEEF), checksum)
    add("length", "a length that is one too large", gzip(raw, size=len(raw) + 1), length(len(raw) + 1))
    add("length_2_32", "a length of 0, as 4 GiB have", gzip(raw, size=0), length(0))
    add("truncated", "cut within the values", good[:150], cut(150 - 15))
    add("truncated_in_the_header", "seven bytes", good[:7], cut(0))
    add("truncated_in_the_trailer", "cut within the length", good[:-3], cut(len(raw)))
    add("truncated_before_the_trailer", "cut behind the deflate data", good[:-8], cut(len(raw)))
    parts = gzip(raw[:50]) + gzip(raw[50:51]) + gzip(raw[51:200]) + gzip(b"") + gzip(raw[200:])
    add("members", "five members, one of them empty, one ending in the header", parts, ok())
    add("members_empty", "500 empty members before the one that counts", gzip(b"") * 500 + good, ok())
    add(
        "members_second_crc",
        "a second member with a wrong checksum, behind the whole array",
        good + gzip(raw, crc=0xDEADBEEF),
        checksum,
    )
    add("members_second_cut", "a second member that is cut, behind the whole array", good + good[:12], cut(0))
    add("padded", "1000 bytes that are 0 behind the member", good + bytes(1000), ok())
    add("trailing", "text behind the member", good + b"text", foreign(ord("t")))
    add(
        "trailing_after_padding",
        "text behind zeros behind the member",
        good + bytes(9) + b"text",
        foreign(ord("t")),
    )
    add("trailing_half_a_magic", "the first byte of a member behind the member", good + b"\x1f", cut(0))
    for flag in (0x20, 0x40, 0x80):
        add(f"flags_{flag:02x}", f"the reserved flag {flag:#04x}", gzip(raw, flags=flag), flags(8, flag))
    add("method_7", "a method that is not deflate", gzip(raw, method=7), flags(7, 0))
    add("extra_past_the_end", "an extra field of 65,535 bytes", gzip(raw, flags=4, extra=b"\xff\xff"), cut(0))
    add("name_without_end", "a name that never ends", gzip(b"", data=b"name" * 20, flags=8)[:-8], cut(0))
    named = gzip(raw, flags=31, extra=b"\x04\0ABCDname\0words\0\xff\xff")
    add(
        "every_field",
        "every optional field, with a wrong checksum of the header, which gzip ignores too",
        named,
        ok(),
    )
    add("block_type_3", "a block of a type that is none", gzip(raw, data=b"\x07" + bytes(20)), deflate(0))
    add(
        "block_length",
        "a stored block whose length is not that of its complement",
        gzip(raw, data=b"\x01\x10\x00\x10\x00" + bytes(16)),
        deflate(0),
    )
    far = Bits()
    for number, width in ((1, 1), (1, 2)):
        far.number(number, width)
    far.code("0000001" + "00000")
    add("distance", "a match that begins before the data", gzip(raw, data=far.bytes() + bytes(4)), deflate(0))
    add("nothing", "an empty deflate stream", gzip(b""), refused(f"{FORMATS} no bytes", INCOMPLETE))
    add(
        "twice",
        "gzip within gzip",
        gzip(good),
        refused(f"{FORMATS} gzip data within gzip data", "`gzip -dc FILE | softargmax decode -`"),
    )
    add("values_short", "an array that is cut, in a member that is whole", gzip(raw[:-4]), short(96, 92))
    add(
        "values_trailing",
        "bytes behind the array, within the member",
        gzip(raw + b"end"),
        ok(warnings=[trailing(3)]),
    )
    greedy = gzip(npy(text("(1024, 1024, 1048576)")))
    most = len(greedy) * 1032 - 128
    holds = f"expected {2**42:,} bytes of values, found compressed data that holds at most {most:,}"
    add("overdrawn", "4 TiB declared in less than gzip can hold", greedy, refused(holds, HEADER))
    add_bombs(collection)


def bomb(head: bytes, count: int) -> bytes:
    """A gzip member of `head` and so many zeros."""
    crc, block = zlib.crc32(head), bytes(1 << 20)
    for at in range(0, count, len(block)):
        crc = zlib.crc32(block[: count - at], crc)
    return gzip(b"", data=stored(head, last=False) + zeros(count), crc=crc, size=len(head) + count)


def add_bombs(collection: Collection) -> None:
    """A hundred kilobytes that become a hundred megabytes."""
    add = lambda file, what, content, outcome: collection.add(f"gzip_{file}.gz", what, content, outcome)
    legal = bomb(npy(text("(25, 1000, 1000)"), b""), 100_000_000)
    add(
        "bomb.npy",
        "100 MB of zeros in 97 kB, as the header says",
        legal,
        ok([12.0, 499.5, 499.5], status="flat"),
    )
    rest = 1 << 24
    add(
        "bomb_behind_the_values.npy",
        "16 MiB of zeros behind an array of 96 bytes",
        bomb(npy(), rest),
        ok(warnings=[trailing(rest)]),
    )
    broken = bytearray(bomb(nifti(), 1 << 24))
    broken[-8:-4] = b"\xef\xbe\xad\xde"
    found = int.from_bytes(bomb(nifti(), 1 << 24)[-8:-4], "little")
    add(
        "bomb_with_a_wrong_crc.nii",
        "16 MiB of zeros behind a volume of 96 bytes, and a checksum that is wrong",
        bytes(broken),
        refused(f"the gzip data is damaged: expected CRC-32 deadbeef, found {found:08x}", GZIP),
    )
    zeros_alone = bomb(bytes(8), 1 << 22)
    add("bomb_without_a_header.nii", "4 MiB of zeros", zeros_alone, begins_with(bytes(16)))
