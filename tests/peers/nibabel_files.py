"""The test files in nibabel's wheel: the program must read them as nibabel does, or name what it refuses."""

from pathlib import Path

import nibabel
import numpy as np

import answers
import oracle
import program
from compare import Sections, same_affine
from ledger import Section

FOLDER = Path(nibabel.__file__).parent / "tests" / "data"
#: Companion files, which are not inputs, and nibabel's tables and scripts.
SKIPPED = (".py", ".m", ".rst", ".txt", ".img", ".img.gz", ".mat")
NIFTI = (nibabel.Nifti1Image, nibabel.Nifti1Pair, nibabel.Nifti2Image, nibabel.Nifti2Pair)


def volume(path):
    """The file as nibabel reads it, or None if it is not a NIfTI with a supported voxel type and rank."""
    try:
        image = nibabel.load(path)
        if type(image) not in NIFTI or image.get_data_dtype().kind not in "iuf":
            return None
        found = answers.read_nifti(path, "auto")
    except Exception:  # Whatever the reason of nibabel is, softargmax must refuse the file too.
        return None
    return found if oracle.default_layout(found.stored.shape, True) else None


def temperature(heatmaps):
    """A temperature at which the softmax is neither flat nor a single voxel."""
    finite = heatmaps[np.isfinite(heatmaps)]
    return str(float(np.ptp(finite)) / 50 or 1.0) if finite.size else "1"


def compare_info(section, path, found):
    """`info` gives the same shape and affine as nibabel."""
    records = program.inputs(program.run(["info", "--format", "json", path]))
    for record in records:
        shape, affine = record["shape"], record["affine"]
        section.expect(shape == list(found.stored.shape), f"{path.name}: info shape {shape}")
        same = (
            affine is None
            if found.affine is None
            else affine is not None and same_affine(affine, found.affine)
        )
        section.expect(same, f"{path.name}: info affine {affine}")
    section.expect(len(records) == 1, f"{path.name}: {len(records)} records from info")


def compare_refused(section, path):
    """`decode` writes one unreadable row with its reason, and exits 3."""
    done = program.run(["decode", "--quiet", "--format", "json", path])
    records = program.inputs(done)
    right = (
        done.returncode == 3 and len(records) == 1 and records[0]["error"] and not records[0].get("landmarks")
    )
    section.expect(right, f"{path.name}: exit {done.returncode}, {done.stdout[:200]}")
    rows = program.run(["decode", "--quiet", path]).stdout.decode(errors="replace").splitlines()
    right = len(rows) == 2 and ",unreadable," in rows[1]
    section.expect(right, f"{path.name}: rows {rows[1:3]}")


def run():
    """The sections."""
    sections = Sections("nibabel's files")
    info, refused = Section("nibabel's files, info"), Section("nibabel's files, refused with exit 3")
    for path in sorted(FOLDER.iterdir()):
        if not path.is_file() or path.name.endswith(SKIPPED):
            continue
        found = volume(path)
        if found is None:
            compare_refused(refused, path)
            continue
        compare_info(info, path, found)
        args = ["--temperature", temperature(found.stored * found.slope + found.intercept)]
        coords = "normalized,voxel,world" if found.affine is not None else "normalized,voxel"
        [record] = program.decode(FOLDER, [path.name], args, coords)
        sections.compare(answers.case(FOLDER, path.name, args), record)
    return [*sections.all(), info, refused]
