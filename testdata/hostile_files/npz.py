"""Zip archives of arrays whose parts contradict one another."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from .answers import HEADER, VALUES, ok, refused
from .collection import Collection
from .deflate import stored, zeros
from .gzip import bomb, gzip
from .npy import SAVE, f4, npy, text

ZIP = "check the archive with `unzip -t FILE`, and copy or export it again"
ANOTHER_ZIP = "save it again with `numpy.savez_compressed`"
#: The fields of an entry, those of its record in the directory among them.
Entry = dict[str, Any]
KEY = "choose an array by name, such as `--key a`"


def entry(name: str = "a.npy", raw: bytes | None = None, **lies: Any) -> Entry:
    """An entry of a zip archive; `lies` are wrong fields of its directory record, `local` those before its
    bytes."""
    raw = npy() if raw is None else raw
    return {
        "name": name.encode(),
        "raw": raw,
        "data": raw,
        "method": 0,
        "flags": 0,
        "local": {},
        "at": None,
        **lies,
    }


def sizes(fields: Entry, of: Entry) -> bytes:
    """The part of an entry's record that is both before its bytes and in the directory."""
    flags, method = of["flags"], of["method"]
    lengths = fields["crc"], fields["packed"], fields["size"], len(of["name"]), 0
    return struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0x21, *lengths)


def archive(*entries: Entry, count: int | None = None, directory: int | None = None) -> bytes:
    """A zip archive, stored unless an entry says otherwise; `count` and `directory` are the fields at its
    end."""
    body, central = b"", b""
    for one in entries:
        sound = {"crc": zlib.crc32(one["raw"]), "packed": len(one["data"]), "size": len(one["raw"])}
        there, said = {**sound, **one["local"]}, {**sound, **one}
        at = len(body) if one["at"] is None else one["at"]
        if one["at"] is None:
            body += b"PK\x03\x04" + sizes(there, one) + one["name"] + one["data"]
        central += (
            b"PK\x01\x02"
            + struct.pack("<H", 20)
            + sizes(said, one)
            + struct.pack("<HHHII", 0, 0, 0, 0, at)
            + one["name"]
        )
    count = len(entries) if count is None else count
    directory = len(body) if directory is None else directory
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(central), directory, 0)
    return body + central + b"PK\x05\x06" + end


def add_npz(collection: Collection) -> None:
    """Archives whose parts contradict one another."""
    add = lambda file, what, content, outcome, *args: collection.add(
        f"npz_{file}.npz", what, content, outcome, *args
    )
    raw = npy()
    crc = zlib.crc32(raw)
    defect = lambda text: refused(f"the zip archive is damaged: {text}", ZIP)
    length = lambda said, found: refused(f"the entry is damaged: expected {said:,} bytes, found {found}", ZIP)
    cut = defect("a record ends too early")
    add("sound", "nothing is wrong with it", archive(entry()), ok())
    add(
        "crc",
        "a checksum of other bytes",
        archive(entry(crc=0xDEADBEEF)),
        refused(f"the entry is damaged: expected CRC-32 deadbeef, found {crc:08x}", ZIP),
    )
    add(
        "size_one_more",
        "a deflated entry that says one byte more than it holds",
        archive(entry(data=stored(raw), method=8, size=len(raw) + 1)),
        length(len(raw) + 1, len(raw)),
    )
    add(
        "size_one_less",
        "a deflated entry that says one byte less than it holds",
        archive(entry(data=stored(raw + b"x"), method=8, crc=crc, size=len(raw))),
        length(len(raw), f"at least {len(raw) + 1}"),
    )
    add(
        "size_4_gib",
        "a deflated entry that says 4 GiB",
        archive(entry(data=stored(raw), method=8, size=2**32 - 2)),
        length(2**32 - 2, len(raw)),
    )
    add(
        "place_past_the_end",
        "a stored entry that says more bytes than the file has",
        archive(entry(packed=10**6, size=10**6)),
        refused(
            "the archive is truncated: expected 1,000,000 bytes of entry `a.npy`, "
            f"found {len(archive(entry())) - 35}",
            ZIP,
        ),
    )
    add(
        "local_sizes_lie",
        "sizes before the bytes that are not those of the directory, which counts",
        archive(entry(local={"packed": 7, "size": 9, "crc": 1})),
        ok(),
    )
    two = entry("a.npy"), entry("b.npy", at=0)
    add("overlapping", "two names for the same bytes", archive(*two), ok(), "--key", "b")
    add(
        "two_arrays",
        "two arrays and no key",
        archive(entry(), entry("probabilities.npy")),
        refused("the archive holds 2 arrays: `a`, `probabilities`", KEY),
    )
    collection.again(refused("expected an array named `c`, found `a`, `probabilities`", KEY), "--key", "c")
    add(
        "same_name_twice",
        "two arrays of one name",
        archive(entry(raw=npy(values=f4(VALUES[::-1]))), entry()),
        ok(),
    )
    add(
        "no_array",
        "a text and no array",
        archive(entry("readme.txt", b"words")),
        refused("expected an archive with an array, found `readme.txt`", "save arrays with `numpy.savez`"),
    )
    add(
        "no_entry",
        "an archive of nothing",
        archive(),
        refused("expected an archive with an array, found none", "save arrays with `numpy.savez`"),
    )
    add(
        "encrypted",
        "an entry that says it is encrypted",
        archive(entry(flags=1)),
        refused("entry `a.npy` is encrypted", ANOTHER_ZIP),
    )
    add(
        "method_12",
        "an entry in bzip2",
        archive(entry(method=12)),
        refused(
            "expected a stored or deflated entry, found `a.npy` compressed by method 12 (bzip2)", ANOTHER_ZIP
        ),
    )
    add(
        "method_1234",
        "an entry by a method that is none",
        archive(entry(method=1234)),
        refused("expected a stored or deflated entry, found `a.npy` compressed by method 1234", ANOTHER_ZIP),
    )
    add(
        "path_traversal",
        "a name that leads out of the folder: nothing is written under it",
        archive(entry("../../../../tmp/evil.npy")),
        ok(),
    )
    add("path_absolute", "an absolute name", archive(entry("/etc/passwd.npy")), ok(), "--key", "/etc/passwd")
    add("name_not_utf_8", "a name that is not UTF-8", archive({**entry(), "name": b"\xff\xfe.npy"}), ok())
    whole = archive(entry())
    add(
        "directory_truncated",
        "cut within the directory",
        whole[:-40],
        defect("it has no directory at its end"),
    )
    add("end_truncated", "cut within the end", whole[:-3], cut)
    add(
        "directory_past_the_end",
        "a directory that is said to begin behind the file",
        archive(entry(), directory=10**9),
        defect("its directory is not where its end says"),
    )
    add(
        "entry_past_the_end",
        "an entry that is said to begin behind the file",
        archive(entry(), entry("b.npy", at=10**8)),
        cut,
        "--key",
        "b",
    )
    add("count_65534", "65,534 entries, of which one is there", archive(entry(), count=65_534), cut)
    add(
        "deflate_defect",
        "an entry that is no deflate data",
        archive(entry(data=b"\x07" + bytes(50), method=8)),
        refused("the entry is damaged after 0 bytes", ZIP),
    )
    add(
        "not_an_array",
        "text under the name of an array",
        archive(entry(raw=b"words, no array")),
        refused("expected an npy array, found data that begins with `words,`", SAVE),
    )
    add(
        "values_short",
        "an array that is cut, in an entry that is whole",
        archive(entry(raw=raw[:-4])),
        refused("expected 96 bytes of values, found compressed data that holds at most 92", HEADER),
    )
    head = npy(text("(4, 1024, 1024)"), b"")
    count = 1 << 24
    packed = stored(head, last=False) + zeros(count)
    crc = int.from_bytes(bomb(head, count)[-8:-4], "little")
    add(
        "bomb",
        "16 MiB of zeros in 16 kB",
        archive(entry(data=packed, method=8, crc=crc, size=len(head) + count)),
        ok([1.5, 511.5, 511.5], status="flat"),
    )
    add(
        "bomb_that_says_little",
        "an entry of 16 MiB that says it has 224 bytes",
        archive(entry(data=stored(raw, last=False) + zeros(count), method=8)),
        length(len(raw), "at least 1,024"),
    )
    add("gzip", "an archive within gzip", gzip(archive(entry())), ok())
