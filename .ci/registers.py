#!/usr/bin/env python3
"""Counts the stack traffic of the kernel's inner loops, so that spilled registers cannot come back unseen.

    .ci/registers.py             builds the program with line tables, and prints a table
    .ci/registers.py PROGRAM     looks at a program that has them

AVX2 has 16 vector registers, AVX-512 and NEON 32. A loop that needs more of them stores vectors to the
stack and loads them again with every turn. Here every innermost loop of the vector code of
`src/kernel/sweep` is found in the disassembly: a jump back, with no other in it. What it moves between vector
registers and the stack is counted, and must stay within LIMITS. Needs objdump and addr2line (binutils).
"""

import collections
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Vector moves to or from the stack for every 100 instructions of a loop, at most: by level, and file. They
# are what was counted and somewhat more: a pass that interleaves four weights keeps on the stack what it
# needs once more at their end.
LIMITS = {
    # Nothing for f32. Of f64 a vector of sixteen lanes is four registers.
    ("avx2", "kernel/sweep/scan.rs"): 6,
    ("avx512", "kernel/sweep/scan.rs"): 0,
    ("avx2", "kernel/sweep/pass.rs"): 26,
    ("avx512", "kernel/sweep/pass.rs"): 12,
    ("avx2", "kernel/sweep/lane_sums.rs"): 36,
    ("avx512", "kernel/sweep/lane_sums.rs"): 20,
    ("avx2", "kernel/sweep/activation.rs"): 38,
    ("avx512", "kernel/sweep/activation.rs"): 32,
    ("avx2", "kernel/sweep/columns.rs"): 25,
    ("avx512", "kernel/sweep/columns.rs"): 14,
}
# Shorter loops are those over the rest of a row.
SHORTEST = 12


def build():
    """The program with line tables, in a folder of its own."""
    target = ROOT / "target" / "registers"
    settings = {
        "CARGO_TARGET_DIR": str(target),
        "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only",
        "CARGO_PROFILE_RELEASE_STRIP": "none",
    }
    subprocess.run(
        ["cargo", "build", "--release", "--locked"], cwd=ROOT, env={**os.environ, **settings}, check=True
    )
    return target / "release" / "softargmax"


def functions(program):
    """Each function of a level's vector code: the level, and its instructions as (address, text)."""
    shown = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True
    ).stdout
    level, body = None, []
    for line in shown.splitlines():
        head = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if head:
            if level:
                yield level, body
            found = re.search(r"vectorize_(avx2|avx512|neon)", head[1])
            level, body = (found[1], []) if found else (None, [])
        elif level and (instruction := re.match(r"\s*([0-9a-f]+):\s+(.*)", line)):
            body.append((int(instruction[1], 16), instruction[2]))
    if level:
        yield level, body


def loops(body):
    """The innermost loops of a function: the instructions from the target of a jump back to the jump."""
    index = {address: i for i, (address, _) in enumerate(body)}
    spans = []
    for i, (_, text) in enumerate(body):
        jump = re.match(r"(?:j\w+|b\.\w+|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\w+,)\s+([0-9a-f]+)\b", text)
        if jump and (start := index.get(int(jump[1], 16), i + 1)) <= i:
            spans.append((start, i))
    for start, end in spans:
        if not any((a, b) != (start, end) and start <= a and b <= end for a, b in spans):
            yield body[start : end + 1]


def is_spill(text):
    """Whether an instruction moves a vector to or from the stack, or computes with one that lies there."""
    return bool(re.search(r"\((%rsp|%rbp)|\[(sp|x29)", text) and re.search(r"%[xyz]mm|\b[qv]\d+", text))


def places(program, addresses):
    """The file of the crate's sweep in which each address lies, or None; with the chain of inlined calls."""
    shown = subprocess.run(
        ["addr2line", "-i", "-a", "-e", program],
        input="\n".join(map(hex, addresses)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found, address = {}, None
    for line in shown.splitlines():
        if line.startswith("0x"):
            address = int(line, 16)
        elif address not in found and (place := re.search(r"src/(kernel/sweep/\w+\.rs):(\d+)", line)):
            found[address] = (place[1], int(place[2]))
    return found


def main():
    """Prints the table; 1 if a limit is exceeded."""
    program = Path(sys.argv[1]) if len(sys.argv) > 1 else build()
    kept = []
    for level, body in functions(program):
        kept += [(level, loop) for loop in loops(body) if len(loop) >= SHORTEST]
    where = places(program, sorted({address for _, loop in kept for address, _ in loop}))
    table = collections.defaultdict(list)
    for level, loop in kept:
        files = collections.Counter(where[address][0] for address, _ in loop if address in where)
        # Only loops that compute with whole vectors.
        wide = {"avx2": "%ymm", "avx512": "%zmm", "neon": "v"}[level]
        if files and sum(wide in text for _, text in loop) >= SHORTEST // 2:
            table[level, files.most_common(1)[0][0]].append(loop)
    heads = f"{'loops':>6} {'instructions':>13} {'on the stack':>13} {'of 100':>7} {'limit':>6}"
    print(f"{'level':8} {'file':34} {heads}")
    failed = False
    for (level, file), found in sorted(table.items()):
        instructions = sum(map(len, found))
        spills = sum(is_spill(text) for loop in found for _, text in loop)
        share, limit = 100 * spills / instructions, LIMITS.get((level, file))
        shown = "" if limit is None else limit
        print(f"{level:8} {file:34} {len(found):6} {instructions:13} {spills:13} {share:7.1f} {shown:>6}")
        failed |= limit is not None and share > limit
    missing = [key for key in LIMITS if key not in table and any(key[0] == level for level, _ in table)]
    for level, file in missing:
        print(f"no loop of {file} was found for {level}")
    return 1 if failed or missing or not table else 0


if __name__ == "__main__":
    sys.exit(main())
