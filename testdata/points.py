"""Makes testdata/points: the same five landmarks in the formats of other programs, and where they are.

    python testdata/points.py            # write all files in place
    python testdata/points.py --check    # fail if the files here are not what this script makes

Needs numpy 2.2.6 and nibabel 5.3.2. The landmarks lie in the grid of golden/oblique_reference.nii. Each file
follows the published definition of its format; turned voxels, the space of FreeSurfer's surfaces and
centroids come from nibabel and NumPy, and nothing here comes from softargmax.
"""

import argparse
import gzip
import json
import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np
from nibabel import orientations

HERE = Path(__file__).resolve().parent
NAMES = ["AC", "PC", "left, ear", "sella", "Übergang"]
# (h, w, d); the fourth is missing.
VOXELS = [[1.25, 2.5, 3.0], [4.0, 4.0, 4.0], [7.125, 0.75, 5.5], None, [2.0, 6.5, 1.375]]
LPS = np.array([-1.0, -1.0, 1.0])
# Middles of the cubes of the label map; value 4 is absent.
MIDDLES = [[1, 1, 1], [4, 4, 4], [7, 6, 5], None, [2, 6, 3]]
IMAGE = nibabel.load(HERE / "golden" / "oblique_reference.nii")


def world(voxel):
    """RAS+ millimetres of a voxel."""
    return nibabel.affines.apply_affine(IMAGE.affine, voxel)


def present():
    """Each landmark that is there: its number from 0, its name, its voxel, its place in the world."""
    for c, (name, voxel) in enumerate(zip(NAMES, VOXELS)):
        if voxel is not None:
            yield c, name, np.array(voxel), world(voxel)


def text(value):
    """A JSON document."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def turned(voxel, codes):
    """A voxel of the image turned to the axis codes, and the voxel sizes of that image, by nibabel."""
    change = orientations.ornt_transform(
        orientations.io_orientation(IMAGE.affine), orientations.axcodes2ornt(codes)
    )
    affine = IMAGE.affine @ orientations.inv_ornt_aff(change, IMAGE.shape)
    place = nibabel.affines.apply_affine(np.linalg.inv(affine), world(voxel))
    return place, nibabel.affines.voxel_sizes(affine)


def slicer(system, sign, factor=1.0, **more):
    """3D Slicer's markups."""
    points = []
    for number, (name, voxel) in enumerate(zip(NAMES, VOXELS), 1):
        point = {"id": str(number), "label": name, "description": "", "associatedNodeID": ""}
        if voxel is None:
            # As Slicer writes a point that was not placed.
            point |= {"position": [0.0, 0.0, 0.0], "positionStatus": "undefined"}
        else:
            point |= {"position": list(world(voxel) * sign * factor), "positionStatus": "defined"}
        points.append(point)
    markup = {"type": "Fiducial", **system, **more, "controlPoints": points}
    schema = (
        "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema"
    )
    return text({"@schema": f"{schema}/markups-schema-v1.0.3.json#", "markups": [markup]})


def fcsv(version, system, place, tail):
    """3D Slicer's older lists; `tail` ends each line."""
    lines = [f"# Markups fiducial file version = {version}"]
    lines += [f"# CoordinateSystem = {system}"] if system is not None else []
    lines += ["# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID"]
    for number, (name, voxel) in enumerate(zip(NAMES, VOXELS), 1):
        if voxel is not None:
            x, y, z = place(np.array(voxel), world(voxel))
            quoted = f'"{name}"' if "," in name else name
            lines.append(f"vtkMRMLMarkupsFiducialNode_{number},{x},{y},{z},0,0,0,1,1,1,0,{quoted},,{tail}")
        elif tail:
            lines.append(f"vtkMRMLMarkupsFiducialNode_{number},0,0,0,0,0,0,1,1,1,0,{name},,,0,0")
    return "\n".join(lines) + "\n"


def ants():
    """Points of ANTs."""
    lines = ["x,y,z,t,label,comment"]
    for c, name, _, ras in present():
        x, y, z = ras * LPS
        quoted = f'"{name}"' if "," in name else name
        lines.append(f"{x},{y},{z},0,{c + 1},{quoted}")
    return "\n".join(lines) + "\n"


def verse(codes, isotropic):
    """Centroids of VerSe, in voxels of the turned image or in voxels of 1 mm."""
    entries = [] if isotropic else [{"direction": list(codes)}]
    for c, _, voxel, _ in present():
        place, sizes = turned(voxel, codes)
        x, y, z = (float(v) for v in (place * sizes if isotropic else place))
        entries.append({"label": c + 1, "X": x, "Y": y, "Z": z})
    return text(entries)


def freesurfer(space):
    """A point set of FreeSurfer."""
    header = nibabel.freesurfer.MGHImage(np.zeros(IMAGE.shape, np.uint8), IMAGE.affine).header
    points = []
    for _, name, voxel, ras in present():
        place = nibabel.affines.apply_affine(header.get_vox2ras_tkr(), voxel) if space == "tkreg" else ras
        x, y, z = (float(v) for v in place)
        comments = [{"text": name, "user": "", "timestamp": ""}]
        points.append({"coordinates": {"x": x, "y": y, "z": z}, "legacy_stat": 1, "comments": comments})
    return text({"data_type": "fs_pointset", "points": points, "version": 1, "vox2ras": space})


def payer(place):
    """A wide table of one image."""
    cells = ["case_7"]
    for voxel in VOXELS:
        cells += ["nan"] * 3 if voxel is None else [str(float(v)) for v in place(np.array(voxel))]
    return ",".join(cells) + "\n"


def napari():
    """Points of napari."""
    lines = ["index,axis-0,axis-1,axis-2"]
    lines += [f"{float(c)},{h},{w},{d}" for c, _, (h, w, d), _ in present()]
    return "\n".join(lines) + "\n"


def label_map():
    """Cubes of 3×3×3 voxels, cut at the border."""
    data = np.zeros(IMAGE.shape, np.uint8)
    for value, middle in enumerate(MIDDLES, 1):
        if middle is not None:
            h, w, d = middle
            data[max(h - 1, 0) : h + 2, max(w - 1, 0) : w + 2, max(d - 1, 0) : d + 2] = value
    return nibabel.Nifti1Image(data, IMAGE.affine, IMAGE.header)


def centroids(data):
    """The mean voxel of each value; None for a value that is absent."""
    places = [np.argwhere(data == value) for value in range(1, data.max() + 1)]
    return [place.mean(axis=0).tolist() if len(place) else None for place in places]


def make(folder):
    """Writes every file and expected.json."""
    folder.mkdir(exist_ok=True)
    voxel = dict(zip(NAMES, VOXELS))
    files = {
        "slicer_lps.mrk.json": slicer({"coordinateSystem": "LPS"}, LPS, coordinateUnits="mm"),
        "slicer_ras.mrk.json": slicer({"coordinateSystem": "RAS"}, 1.0),
        "slicer_0.mrk.json": slicer({"coordinateSystem": 0}, 1.0),
        "slicer_1.mrk.json": slicer({"coordinateSystem": "1"}, LPS),
        "slicer_um.mrk.json": slicer({}, LPS, 1000.0, coordinateUnits=["um", "UCUM", "micrometer"]),
        "slicer_5.fcsv": fcsv("5.2", "LPS", lambda _, ras: ras * LPS, "vtkMRMLScalarVolumeNode1,2,0"),
        "slicer_46.fcsv": fcsv("4.6", "0", lambda _, ras: ras, ""),
        "no_frame.fcsv": fcsv("4.5", None, lambda _, ras: ras, ""),
        "ijk.fcsv": fcsv("4.11", "2", lambda at, _: at, ""),
        "ants.csv": ants(),
        "pir_ctd.json": verse("PIR", False),
        "las_ctd.json": verse("LAS", False),
        "verse_iso-ctd.json": verse("PIR", True),
        "all_landmarks_voxel.json": text({"case_7": {k: v for k, v in voxel.items() if v}}),
        "case_7.json": text({str(c + 1): {"coordinates": at.tolist()} for c, _, at, _ in present()}),
        "scanner.json": freesurfer("scanner_ras"),
        "tkreg.json": freesurfer("tkreg"),
        "payer_mm.csv": payer(lambda at: world(at) * LPS),
        "payer_voxel.csv": payer(lambda at: at),
        "napari.csv": napari(),
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    image = label_map()
    (folder / "labels.nii.gz").write_bytes(gzip.compress(image.to_bytes(), 9, mtime=0))
    found = centroids(np.asanyarray(image.dataobj))
    expected = {
        "names": NAMES,
        "voxels": VOXELS,
        "worlds": [None if at is None else world(at).tolist() for at in VOXELS],
        "centroids": found,
        "centroid_worlds": [None if at is None else world(at).tolist() for at in found],
    }
    (folder / "expected.json").write_text(text(expected), encoding="utf-8")
    return sorted([*files, "labels.nii.gz", "expected.json"])


def main():
    """Makes the files, or checks them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        print(f"{len(make(HERE / 'points'))} files written")
        return
    with tempfile.TemporaryDirectory() as name:
        made = make(Path(name))
        different = [n for n in made if (Path(name) / n).read_bytes() != (HERE / "points" / n).read_bytes()]
    if different:
        sys.exit("differs from what points.py makes: " + ", ".join(different))
    print(f"{len(made)} files, every one as points.py makes it")


if __name__ == "__main__":
    main()
