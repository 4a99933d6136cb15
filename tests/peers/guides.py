"""The pages of docs/guides, from top to bottom: their commands, Python and R, and what those print.

    target/peers-venv/bin/python tests/peers/guides.py --update     # writes what they print into the pages

Each page is run in a copy of testdata/guides of its own. A block of `python` or `r` has a block of `text`
below it with its output. Blocks of R need Rscript; without it they are left out, and the section says how
many (GUIDES_REQUIRE_R=1 makes its absence an error). tests/integration/guides.rs compares what commands
print.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas

sys.path.append(str(Path(__file__).resolve().parents[2] / "testdata"))

import guides_data
import program
from ledger import Section

PAGES = program.ROOT / "docs" / "guides"
DATA = program.ROOT / "testdata" / "guides"
#: A block, and for Python and R the block of text below it.
BLOCK = re.compile(r"^```(console|python|r)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.S | re.M)
RSCRIPT = shutil.which("Rscript")


def commands(block):
    """The commands of a console block, with lines that go on."""
    return [found[2:] for found in re.findall(r"^\$ (?:.*\\\n)*.*", block, re.MULTILINE)]


def run(command, folder):
    """What a command prints to standard output, without blanks at the ends of lines; an error if it fails."""
    path = f"{program.BINARY.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stderr}")
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def printed(language, block, folder):
    """What a block prints; none if nothing here can run it."""
    if language == "console":
        return "".join(run(["sh", "-c", command], folder) for command in commands(block))
    if language == "python":
        return run([sys.executable, "-c", block], folder)
    return run([RSCRIPT, "-e", block], folder) if RSCRIPT else None


def walk(page):
    """(place, language, what the page says, what is printed) of each block, in order."""
    text = page.read_text()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DATA, folder, dirs_exist_ok=True)
        for found in BLOCK.finditer(text):
            place = f"{page.name}:{text[: found.start()].count(chr(10)) + 1}"
            yield place, found[1], found[3], printed(found[1], found[2], folder)


def ours(folder, *args):
    """The landmarks of a decode, as a table."""
    run([str(program.BINARY), "decode", *args, "--coords", "voxel,world", "--quiet", "-o", "x.csv"], folder)
    return pandas.read_csv(Path(folder) / "x.csv", dtype={"sub": str})


def against_truth(section):
    """The drawn places are found in all heatmaps of the study but the four bad ones."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DATA, folder, dirs_exist_ok=True)
        regex = ["--path-regex", "sub-(?<sub>[^_/]+)/", "--labels", "study/labels.txt", "--method", "auto"]
        table = ours(folder, "study", "--include", "*_heatmap.nii.gz", *regex)
        truth = pandas.read_csv(DATA / "study" / "truth.csv", dtype={"sub": str})
        both = table.merge(truth, on=["sub", "label"], suffixes=("", "_true"))
        section.expect(len(both) == 18, "18 landmarks")
        for row in both.itertuples():
            error = np.hypot.reduce(
                [row.x_mm - row.x_mm_true, row.y_mm - row.y_mm_true, row.z_mm - row.z_mm_true]
            )
            bad = guides_data.BAD.get((row.sub, guides_data.LABELS.index(row.label)))
            place = f"{row.sub} {row.label}: {error:.2f} mm, flags {row.flags}, drawn {bad}"
            is_flagged = isinstance(row.flags, str)
            section.expect((error > 2) == (bad is not None), place)
            section.expect(is_flagged == (bad not in (None, "sure and wrong")), place)


def sections():
    """The sections."""
    drawn = Section("guides: the files are what their script makes")
    drawn.expect(not (wrong := list(guides_data.differing())), wrong)
    yield drawn
    truth = Section("guides: the drawn landmarks are found, and the bad ones flagged")
    against_truth(truth)
    yield truth
    section, left_out = Section("guides: commands, Python and R"), 0
    for page in sorted(PAGES.glob("*.md")):
        for place, language, says, found in walk(page):
            left_out += found is None
            if language == "console":
                section.expect(found is not None, place)
            elif found is not None:
                section.expect(found == says, f"{place} prints {found!r}, the page says {says!r}")
    if os.environ.get("GUIDES_REQUIRE_R"):
        section.expect(not left_out, f"{left_out} blocks of R were not run: Rscript is absent")
    section.note = f", {left_out} blocks of R not run" if left_out else ""
    yield section


def update():
    """Writes what blocks print into the pages."""
    for page in sorted(PAGES.glob("*.md")):
        outputs = iter([found for _, language, _, found in walk(page)])
        text = page.read_text()

        def filled(found, outputs=outputs):
            output = next(outputs)
            if found[1] == "console" or output is None:
                return found[0]
            return f"```{found[1]}\n{found[2]}```\n\n```text\n{output}```\n"

        page.write_text(BLOCK.sub(filled, text))


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit(__doc__)
    update()
