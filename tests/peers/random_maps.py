"""Random shapes, layouts, element types, containers and temperatures against the float64 textbook."""

import answers
import draw
import program
from compare import Sections

PER_PROCESS = 10
SPACES = ("normalized", "voxel", "world")


def draw_group(rng, folder, first, count):
    """`count` files that one command can decode: (names, arguments)."""
    temperature = float(f"{10 ** rng.uniform(-2, 4):.4g}")
    layout = str(rng.choice(draw.LAYOUTS))
    if layout == "NIFTI":
        names = [draw.nifti_file(rng, folder, f"case{first + i}", temperature) for i in range(count)]
        args = ["--frame", str(rng.choice(["ras", "lps"]))]
    else:
        names = [draw.numpy_file(rng, folder, f"case{first + i}", layout, temperature) for i in range(count)]
        args = ["--layout", layout] + ([] if rng.random() < 0.5 else ["--spacing", "0.5,2,1.25"])
    args += ["--norm", str(rng.choice(["corners", "centers", "unit", "unit-corners", "unit-centers"]))]
    args += ["--order", str(rng.choice(["hwd", "whd", "dwh", "dhw"]))]
    args += ["--temperature", str(temperature)] if rng.random() < 0.8 else ["--beta", repr(1 / temperature)]
    return names, args


def run(rng, folder, cases):
    """Decodes everything; the sections."""
    sections = Sections("random maps")
    for first in range(0, cases, PER_PROCESS):
        names, args = draw_group(rng, folder, first, min(PER_PROCESS, cases - first))
        has_world = "--spacing" in args or "--frame" in args
        coords = ",".join(SPACES if has_world else SPACES[:2])
        for name, record in zip(names, program.decode(folder, names, args, coords)):
            sections.compare(answers.case(folder, name, args), record)
        for name in names:
            (folder / name).unlink()
    return sections.all()


def run_golden(folder, cases):
    """The golden files, one command each, compared with newly computed answers."""
    sections = Sections("golden files")
    for case in cases:
        coords = ",".join(SPACES if case["affine"] is not None else SPACES[:2])
        [record] = program.decode(folder, [case["file"]], case["args"], coords)
        sections.compare(answers.case(folder, case["file"], case["args"]), record)
    return sections.all()
