"""Random headers and random damage: softargmax reads what NumPy and nibabel read, or says why not.

    python tests/peers/headers.py [--seed S] [--count N]

Draws N files each of `.npy`, `.npz` and NIfTI, and N files with one byte of the header or of the gzip framing
replaced. It compares shape, dtype, affine, warnings, the smallest and the largest value (the first and the
last of the array), and the first maximum of every heatmap with its value; for arrays that fit no layout, the
flat index of the maximum. It prints the number of files by kind.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

import header_draw as draw
import header_read
import program
from compare import same_affine
from ledger import Section

#: Files for one process, and the time limit for one file in seconds.
BATCH, LIMIT = 250, 1.0
DRAWERS = {"npy": draw.npy, "npz": draw.npz, "nifti": draw.nifti}


def call(args, files, folder, limit):
    """The records of one process by name; None if it ended in a wrong way or took too long."""
    try:
        done = subprocess.run(
            [program.BINARY, *args, *files],
            cwd=folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=limit,
        )
        records = json.loads(done.stdout)["inputs"] if done.returncode in (0, 1, 3) else []
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return {record["file"]: record for record in records} if len(records) == len(files) else None


def ask(args, files, folder):
    """The records of `files` by name; None for a file that alone crashes or hangs the program."""
    found = {}
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        # The start on a busy machine, and at most a second for each file.
        records = call(args, batch, folder, 20 + LIMIT)
        if records is None:
            records = {}
            for file in batch:
                records.update(call(args, [file], folder, LIMIT) or {file: None})
        found.update(records)
    return found


def collect(drawn, folder):
    """`info` and `decode` for every file: two records each, by name."""
    groups = defaultdict(list)
    for each in drawn:
        for suffix, data in each.parts.items():
            (folder / (each.name + suffix)).write_bytes(data)
        groups[each.args()].append(named(each))
    info, decoded = {}, {}
    for args, files in groups.items():
        info |= ask(["info", "--format", "json", "--range", *args], files, folder)
        hard = ["decode", "--quiet", "--format", "json", "--method", "hard", "--compare", "--coords", "voxel"]
        decoded |= ask([*hard, *args], files, folder)
    return info, decoded


def named(drawn):
    """The file to pass to the program; for a pair, the header."""
    return drawn.name + next(iter(drawn.parts))


def differences(found, drawn, info, decoded):
    """The differences between the program and the peer; empty if they agree."""
    layout = header_read.layout_of(found, drawn.layout)
    pairs = [("shape", info["shape"], list(found.stored.shape)), ("dtype", info["dtype"], found.dtype)]
    if layout is None:
        right = all(
            "expected" in (record["error"] or "") and "layout" in record["error"]
            for record in (info, decoded)
        )
        pairs.append(("error for a shape without layout", right, True))
        return told(pairs)
    if found.absent:
        right = all(found.absent in (record["error"] or "") for record in (info, decoded))
        return told([*pairs, (found.absent, right, True)])
    affine = None if found.affine is None else header_read.in_layout(found.affine, layout)
    pairs += [("error", info["error"] or decoded["error"], None), ("layout", info["layout"], layout)]
    pairs += [("affine", same_affine(info["affine"], affine), True)]
    pairs += [("affine_source", info["affine_source"], found.source)]
    pairs += [("range", info["range"], nulled(header_read.value_range(found)))]
    kinds = {text.split(":")[0] for text in info["warnings"]} & header_read.WARNED
    pairs += [("warnings", kinds, set(found.warnings))]
    pairs += [("landmarks", answers(decoded), expected(found, layout))]
    return told(pairs)


def told(pairs):
    """The pairs that differ, as text."""
    return [f"{what}: found {str(a)[:200]}, expected {str(b)[:200]}" for what, a, b in pairs if a != b]


def nulled(numbers):
    """Numbers as in JSON: None if not finite."""
    return None if numbers is None else [number if np.isfinite(number) else None for number in numbers]


def answers(record):
    """(n, c, status, voxel, value) of the program's landmarks."""
    rows = []
    for landmark in record.get("landmarks", ()):
        hard = landmark["hard"] or {}
        voxel, value = hard.get("voxel"), hard.get("peak_value")
        rows.append((landmark["n"], landmark["c"], landmark["status"], voxel, value))
    return rows


def expected(found, layout):
    """(n, c, status, voxel, value) of every heatmap."""
    rows = header_read.landmarks(found, layout)
    return [(*row[:4], None if row[4] is None else nulled(row[4:])[0]) for row in rows]


def flat_index(found, drawn, folder):
    """`argmax` of an array of any rank against NumPy's; the difference as text."""
    args = ["--key", drawn.key] if drawn.key else []
    status, index = program.argmax(folder, named(drawn), args)
    largest = found.stored.argmin() if found.slope < 0 else found.stored.argmax()
    return [] if status == 0 and index == largest else [f"argmax: exit {status}, {index}, expected {largest}"]


def check_legal(section, counts, drawn, folder, info, decoded):
    """A random file must be read as its peer reads it, or refused with the documented text."""
    counts.update(drawn.traits)
    where = f"{named(drawn)} {' '.join(drawn.args())} ({', '.join(drawn.traits)})"
    if info is None or decoded is None:
        section.expect(False, f"{where}: crashed, hung or answered nothing")
        return
    if drawn.refusal:
        counts[f"refused: {drawn.refusal.split('|')[0]}"] += 1
        errors = [record["error"] or "" for record in (info, decoded)]
        right = all(any(text in error for text in drawn.refusal.split("|")) for error in errors)
        section.expect(right, f"{where}: expected `{drawn.refusal}`, found {errors}")
        return
    try:
        found = header_read.peer(drawn, counts)
    except header_read.Refused as refusal:
        section.expect(
            False, f"{where}: the peer does not read it ({refusal}), found {info['error'] or 'an answer'}"
        )
        return
    wrong = differences(found, drawn, info, decoded)
    counts["refused: no such affine"] += bool(found.absent)
    if header_read.layout_of(found, drawn.layout) is None:
        counts["refused: needs another layout"] += 1
        if found.stored.size and not wrong:
            counts["flat index"] += 1
            wrong = flat_index(found, drawn, folder)
    section.expect(not wrong, f"{where}: {'; '.join(wrong)}")


def legal(rng, folder, count, name):
    """`count` legal files of one format: their section."""
    section, counts = Section(f"headers, {name}"), Counter()
    for start in range(0, count, 1000):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            drawn = [DRAWERS[name](rng, f"f{start + i}") for i in range(min(1000, count - start))]
            info, decoded = collect(drawn, Path(place))
            for each in drawn:
                check_legal(section, counts, each, Path(place), info[named(each)], decoded[named(each)])
    section.note = summary(counts)
    return section


def summary(counts):
    """The counts, as lines below that of the section."""
    rules = header_read.RULES
    shown = [f"{f'rule `{key}`' if key in rules else key} {n}" for key, n in sorted(counts.items()) if n]
    return "; " + ", ".join(shown)


# --- damage ------------------------------------------------------------------------------------------


def damaged(rng, drawn, name):
    """The file with one byte of its header, or of its gzip framing, replaced."""
    suffix = next(iter(drawn.parts))
    data = bytearray(drawn.parts[suffix])
    within = min(drawn.header or len(data), len(data))
    if suffix.endswith(".gz") and rng.random() < 0.5:
        # The frame: a member's first bytes, or its checksum and length.
        at = (
            int(rng.integers(min(10, len(data))))
            if rng.random() < 0.5
            else len(data) - 1 - int(rng.integers(min(8, len(data))))
        )
    else:
        at = int(rng.integers(within))
    old = data[at]
    kind = int(rng.integers(3))
    data[at] = old ^ (1 << int(rng.integers(8))) if kind == 0 else int(rng.integers(256))
    if kind == 2:
        data[at] = draw.pick(rng, b"\0\1\xff 0123456789<>|=fiub'\"(),{}L")
    parts = {**drawn.parts, suffix: bytes(data)}
    return replace(drawn, name=name, parts=parts, traits=[f"byte {at}: {old:#04x} to {data[at]:#04x}"])


def check_damaged(section, counts, each, info, decoded):
    """Refused, or read as the peer reads it; never a crash."""
    if info is None or decoded is None:
        counts["crashed or hung"] += 1
        section.expect(False, f"{named(each)} {each.traits}: crashed, hung or answered nothing")
        return
    try:
        found = header_read.peer(each, counts)
    except header_read.Refused:
        found = None
    refused = is_refused(info, decoded) if found else info["error"] is not None
    ours, theirs = ("refused" if refuses else "read" for refuses in (refused, found is None))
    counts[f"{ours} by softargmax, {theirs} by the peer"] += 1
    if refused or found is None:
        # There is nothing to compare with, but both commands must give the text of an error.
        right = (decoded["error"] is None) == (info["error"] is None) and info["error"] != ""
        section.expect(right, f"{named(each)} {each.traits}: info {info['error']}, decode {decoded['error']}")
        return
    wrong = differences(found, each, info, decoded)
    section.expect(not wrong, f"{named(each)} {' '.join(each.args())} {each.traits}: {'; '.join(wrong)}")


def is_refused(info, decoded):
    """Whether the file was refused: at its header, or at its end, where lengths and checksums are verified.

    A missing layout or affine is not a fault of the bytes: the record has everything else.
    """
    errors = [record["error"] for record in (info, decoded)]
    return any(error and "layout" not in error and "no usable" not in error for error in errors)


def damage(rng, folder, count):
    """`count` damaged files of all formats: their section."""
    section, counts = Section("headers, one byte replaced"), Counter()
    for start in range(0, count, 1000):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            batch = []
            while len(batch) < min(1000, count - start):
                name = f"d{start + len(batch)}"
                whole = DRAWERS[draw.pick(rng, tuple(DRAWERS))](rng, name)
                if not whole.refusal:
                    batch.append(damaged(rng, whole, name))
            info, decoded = collect(batch, Path(place))
            for each in batch:
                check_damaged(section, counts, each, info[named(each)], decoded[named(each)])
    section.note = summary(counts)
    return section


def run(rng, folder, count):
    """The sections."""
    for name in DRAWERS:
        yield legal(rng, folder, count, name)
    yield damage(rng, folder, count)


def main():
    """Runs all four; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=10_000, help="files of each kind (default: %(default)s)")
    args = parser.parse_args()
    start, wrong = time.monotonic(), 0
    print(f"headers: seed {args.seed}, {args.count} of each", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for section in run(np.random.default_rng(args.seed), Path(folder), args.count):
            print(section.line(), flush=True)
            wrong += len(section.wrong)
    print(f"headers: {wrong} differences, {time.monotonic() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
