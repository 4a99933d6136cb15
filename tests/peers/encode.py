"""`softargmax encode` against its definition in NumPy; nibabel and SimpleITK read what it writes."""

import nibabel
import numpy as np

import program
from ledger import Section


def affine(rng):
    """An oblique affine with voxels of different sizes."""
    matrix, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    full = np.eye(4)
    full[:3, :3] = matrix * rng.uniform(0.5, 3, 3)
    full[:3, 3] = rng.uniform(-100, 100, 3)
    return full.astype("f4").astype("f8")


def gaussian(shape, centre, inverse):
    """exp of minus half the squared distance, (H, W, D)."""
    far = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1) - centre
    return np.exp(-0.5 * np.einsum("...i,ij,...j", far, inverse, far))


def run(rng, folder, cases):
    """Yields the sections of `encode`."""
    values, places = Section("encode against NumPy", bound=1e-7), Section("encode: who reads it", bound=1e-4)
    for _ in range(max(cases // 25, 4)):
        shape = tuple(int(n) for n in rng.integers(12, 24, 3))
        matrix = affine(rng)
        centres = rng.uniform(3, np.array(shape) - 4, (3, 3))
        world = centres @ matrix[:3, :3].T + matrix[:3, 3]
        table = ["label,x_mm,y_mm,z_mm"]
        table += [f"p{i},{','.join(repr(float(x)) for x in row)}" for i, row in enumerate(world)]
        (folder / "points.csv").write_text("\n".join(table) + "\n")
        nibabel.save(nibabel.Nifti1Image(np.zeros(shape, "u1"), matrix), folder / "like.nii")
        millimetres = float(rng.uniform(2, 4))
        args = ["encode", "points.csv", "--like", "like.nii", "--sigma", f"{millimetres}mm"]
        args += ["-o", "maps.nii.gz"]
        program.run(args, folder)
        image = nibabel.load(folder / "maps.nii.gz")
        found = np.asarray(image.dataobj)
        places.measure(np.abs(image.affine - matrix).max(), "affine")
        inverse = matrix[:3, :3].T @ matrix[:3, :3] / millimetres**2
        for channel, centre in enumerate(centres):
            expected = gaussian(shape, centre, inverse)
            values.measure(np.abs(found[..., channel] - expected).max(), f"channel {channel}")
        read_by_simpleitk(folder, places, world, matrix)
    yield values
    yield places


def read_by_simpleitk(folder, section, world, matrix):
    """The highest voxel lies within a voxel of the landmark, by SimpleITK's own geometry."""
    try:
        import SimpleITK
    except ImportError:
        return
    image = SimpleITK.ReadImage(str(folder / "maps.nii.gz"))
    size = np.linalg.norm(matrix[:3, :3], axis=0).sum()
    for channel, point in enumerate(world):
        one = image[..., channel]
        array = SimpleITK.GetArrayFromImage(one)
        index = [int(i) for i in np.unravel_index(array.argmax(), array.shape)[::-1]]
        lps = np.array(one.TransformIndexToPhysicalPoint(index)) * [-1, -1, 1]
        section.expect(np.linalg.norm(lps - point) < size, f"SimpleITK: {lps} for {point}")
