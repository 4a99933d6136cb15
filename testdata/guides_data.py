"""Makes testdata/guides: what the pages of docs/guides read.

    python testdata/guides_data.py            # write all files in place
    python testdata/guides_data.py --check    # fail if the files here are not what this script makes

Needs numpy 2.2.6 and nibabel 5.3.2. Nobody was scanned: every heatmap is a Gaussian with noise about a place
that is drawn, and the true places are written beside it. Four of the 18 heatmaps of `study/` are bad in a way
that docs/guides/which-are-bad.md is about (BAD).
"""

import argparse
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import nibabel
import numpy as np

FOLDER = Path(__file__).resolve().parent / "guides"
#: Heights, widths and depths of all volumes, in voxels, and their middle.
SHAPE = (28, 24, 18)
LABELS = ("AC", "PC", "genu")
MIDDLES = np.array([[11.0, 12.0, 8.5], [18.5, 11.5, 8.0], [8.5, 16.5, 10.0]])
#: RAS+: voxels of 1.5 × 1.5 × 2 mm, turned about z, in numbers that are exact.
AFFINE = np.array([[1.44, -0.42, 0, -18], [0.42, 1.44, 0, -21.5], [0, 0, 2, -15], [0, 0, 0, 1.0]])
#: (subject, landmark): what is wrong with this heatmap of the study.
BAD = {("02", 1): "two peaks", ("04", 2): "cut off", ("05", 0): "noise alone", ("06", 2): "sure and wrong"}
#: The raters of AFIDs are off by so much, in mm, along each axis.
RATER_SD = 0.4


def bell(centre, sigma):
    """A Gaussian of height 1, (H, W, D)."""
    squares = [(np.arange(n) - c) ** 2 for n, c in zip(SHAPE, centre)]
    h, w, d = np.meshgrid(*squares, indexing="ij")
    return np.exp(-(h + w + d) / (2 * sigma**2))


def noise(rng):
    """Triangular noise of whole numbers from -12 to 12, (H, W, D)."""
    return rng.integers(0, 13, SHAPE) - rng.integers(0, 13, SHAPE)


def stored(values):
    """Values as bytes; ties of rounding do not depend on the machine."""
    return np.clip(np.floor(values + 0.5 + 1e-6), 0, 255).astype("u1")


def world(voxel):
    """RAS+ millimetres of a voxel (h, w, d)."""
    return nibabel.affines.apply_affine(AFFINE, voxel)


def volume(array):
    """A NIfTI image, as bytes, compressed."""
    image = nibabel.Nifti1Image(array, AFFINE)
    image.header.set_xyzt_units("mm")
    image.set_sform(AFFINE, 1)
    return gzip.compress(image.to_bytes(), 9, mtime=0)


def study(rng):
    """A tree in BIDS: a scan and the heatmaps of six subjects, and where the landmarks are."""
    truth = ["sub,label,x_mm,y_mm,z_mm"]
    for number in range(1, 7):
        subject = f"{number:02}"
        places = MIDDLES + rng.uniform(-1.5, 1.5, (3, 3))
        if (subject, 2) in BAD and BAD[subject, 2] == "cut off":
            places[2, 2] = 18.3
        maps = []
        for c, place in enumerate(places):
            wrong = BAD.get((subject, c))
            height = 0 if wrong == "noise alone" else 190
            seen = place + [5, -6, 0] if wrong == "sure and wrong" else place
            values = height * bell(seen, 1.8) + 20 + noise(rng)
            if wrong == "two peaks":
                values += height * bell(place + [-9, 3, 2], 1.8)
            maps.append(stored(values))
            truth.append(",".join([subject, LABELS[c], *(f"{x:.3f}" for x in world(place))]))
        name = f"study/sub-{subject}/anat/sub-{subject}"
        yield f"{name}_desc-net_heatmap.nii.gz", volume(np.stack(maps, -1))
        yield f"{name}_T1w.nii.gz", volume(stored(60 * bell(np.array(SHAPE) / 2, 7)))
    yield "study/truth.csv", "\n".join(truth) + "\n"
    yield "study/labels.txt", "\n".join(LABELS) + "\n"


def npz(array):
    """An archive as nnU-Net writes it, of which no byte depends on the clock."""
    out, entry = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(entry, array)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("probabilities.npy"), entry.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def nnunet(rng):
    """Probabilities and label maps as nnU-Net predicts them, and the truth as nnLandmark keeps it."""
    truth = {}
    for case in ("case_001", "case_002"):
        places = MIDDLES + rng.uniform(-1.5, 1.5, (3, 3))
        # Multiples of 1/256, which are the same on every machine and compress well.
        blobs = np.stack([np.floor(230 * bell(place, 1.8) + 0.5 + 1e-6) / 256 for place in places])
        classes = np.concatenate([1 - blobs.sum(0, keepdims=True), blobs]).astype("f4")
        truth[case] = {label: [round(float(x), 3) for x in p] for label, p in zip(LABELS, places)}
        # nnU-Net's arrays are (c, z, y, x), which is (c, d, w, h).
        yield f"nnunet/{case}.npz", npz(np.ascontiguousarray(classes.transpose(0, 3, 2, 1)))
        yield f"nnunet/{case}.nii.gz", volume(classes.argmax(0).astype("u1"))
    yield "nnunet/truth.json", json.dumps(truth, indent=1) + "\n"


def fcsv(places):
    """A list of fiducials as the AFIDs protocol has it: labels are numbers, names stand in `desc`."""
    lines = ["# Markups fiducial file version = 4.6", "# CoordinateSystem = 0"]
    lines.append("# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID")
    for c, (name, place) in enumerate(zip(LABELS, places)):
        xyz = ",".join(f"{x:.3f}" for x in place)
        lines.append(f"vtkMRMLMarkupsFiducialNode_{c + 1},{xyz},0,0,0,1,1,1,0,{c + 1},{name},")
    return "\n".join(lines) + "\n"


def afids(rng):
    """One volume for each landmark and subject, of which one is absent; two raters of each subject."""
    for subject in ("sub-01", "sub-02"):
        places = MIDDLES + rng.uniform(-1.5, 1.5, (3, 3))
        for c, place in enumerate(places):
            if (subject, c) != ("sub-02", 1):
                values = stored(200 * bell(place, 1.8) + 12 + noise(rng))
                yield f"afids/heatmaps/{subject}/{c + 1}.nii.gz", volume(values)
        for rater in ("A", "B"):
            marked = world(places) + RATER_SD * rng.standard_normal((3, 3))
            yield f"afids/rater-{rater}/{subject}_afids.fcsv", fcsv(marked)


def files():
    """Every file by its path below FOLDER, as text or bytes."""
    rng = np.random.default_rng(2026)
    yield from study(rng)
    yield from nnunet(rng)
    yield from afids(rng)


def plain(name, content):
    """What a file holds, whatever the release of zlib that packed it."""
    if name.endswith(".gz"):
        return gzip.decompress(content)
    if name.endswith(".npz"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read("probabilities.npy")
    return content


def differing():
    """The names of files that are not what this script makes, or that it does not make at all."""
    names = set()
    for name, content in files():
        path = FOLDER / name
        names.add(path)
        content = content.encode() if isinstance(content, str) else content
        if not path.exists() or plain(name, path.read_bytes()) != plain(name, content):
            yield name
    yield from (str(path) for path in FOLDER.rglob("*") if path.is_file() and path not in names)


def main():
    """Writes, or compares; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        for name, content in files():
            path = FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    wrong = list(differing())
    for name in wrong:
        print(f"{name} is not what testdata/guides_data.py makes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
