"""Files that are not what their names say, and formats that are known and not read."""

import struct

from .answers import FORMATS, INCOMPLETE, VALUES, begins_with, ok, refused
from .collection import Collection
from .gzip import gzip
from .nifti import nifti
from .npy import f4, npy
from .npz import archive, entry
from .volumes import meta, nrrd


def add_names(collection: Collection) -> None:
    """Files that are not what their names say, and formats that are known and not read."""
    known = lambda name, hint: refused(f"{FORMATS} {name}", hint)
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    collection.add("named_png.npy", "a PNG", png, begins_with(png))
    words = b"a list of heatmaps, one a line\n"
    collection.add("named_text.nii", "text", words, begins_with(words))
    page = b"<!DOCTYPE html>\n<title>404 Not Found</title>\n"
    collection.add(
        "named_web_page.nii.gz", "the page that a server sends in place of a file", page, begins_with(page)
    )
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"
    collection.add(
        "named_lfs_pointer.npz",
        "what stands in a repository for a file kept elsewhere",
        pointer,
        known("a pointer of Git LFS: the content is not there", "`git lfs pull` fetches it"),
    )
    collection.add("named_empty.npy", "no bytes", b"", known("no bytes", INCOMPLETE))
    collection.add("named_empty.nii.gz", "no bytes", b"", known("no bytes", INCOMPLETE))
    collection.add("named_zeros.nii", "1024 bytes that are 0", bytes(1024), begins_with(bytes(16)))
    collection.add("named_npy.nii", "an array under the name of a volume: content decides", npy(), ok())
    collection.add("named_nifti.npy", "a volume under the name of an array: content decides", nifti(), ok())
    collection.add(
        "named_nifti.npz",
        "a packed volume under the name of an archive: content decides",
        gzip(nifti()),
        ok(),
    )
    collection.add("named_npy_without_extension", "an array without an extension", npy(), ok())
    torch = "`numpy.save('heatmaps.npy', torch.load('FILE', map_location='cpu').float().numpy())`"
    pickled = entry("archive/data.pkl", b"\x80\x02}."), entry("archive/data/0", bytes(16))
    collection.add(
        "named_torch.npz",
        "what torch.save writes",
        archive(*pickled),
        refused("expected an archive of NumPy arrays, found a PyTorch file", torch),
    )
    legacy = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
    collection.add(
        "named_torch_legacy.npy", "what torch.save wrote before 2020", legacy, known("a PyTorch file", torch)
    )
    pickle = "`numpy.save('heatmaps.npy', numpy.load('FILE', allow_pickle=True))`, if you trust the file"
    collection.add(
        "named_pickle.npy",
        "a pickle that ends the program that loads it",
        b"\x80\x03cbuiltins\nexit\nK\x07\x85R.",
        known("a Python pickle", pickle),
    )
    hdf = b"\x89HDF\r\n\x1a\n" + bytes(88)
    collection.add(
        "named_hdf5.npy",
        "HDF5",
        hdf,
        known(
            "an HDF5 file (.h5, .mnc, MATLAB 7.3)",
            "`numpy.save('heatmaps.npy', h5py.File('FILE')['NAME'][...])`",
        ),
    )
    matlab = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(128)
    collection.add(
        "named_matlab.npy",
        "MATLAB 5",
        matlab,
        known("a MATLAB file", "`numpy.save('heatmaps.npy', scipy.io.loadmat('FILE')['NAME'])`"),
    )
    collection.add("named_nrrd.nii", "NRRD", nrrd(), ok())
    collection.add("named_mha.npy", "MetaImage", meta(), ok())
    mgh = struct.pack(">6i", 1, 2, 3, 4, 1, 3) + bytes(260) + f4(VALUES, ">")
    collection.add(
        "named.mgz",
        "a packed FreeSurfer volume",
        gzip(mgh),
        known("a FreeSurfer volume (.mgh, .mgz)", "`mri_convert FILE heatmaps.nii.gz`"),
    )
    dicom = bytes(128) + b"DICM" + b"\x02\0\0\0UL\x04\0\0\0\0\0"
    collection.add("named_dicom.nii", "DICOM", dicom, known("a DICOM file", "`dcm2niix DIRECTORY`"))
    tiff = b"II*\0\x08\0\0\0" + bytes(16)
    collection.add(
        "named_tiff.npy",
        "TIFF",
        tiff,
        known("a TIFF image", "`numpy.save('heatmaps.npy', tifffile.imread('FILE'))`"),
    )
    for name, magic, program in (
        ("zstd", b"\x28\xb5\x2f\xfd", "zstd"),
        ("xz", b"\xfd7zXZ\0", "xz"),
        ("bzip2", b"BZh91AY&SY", "bzip2"),
    ):
        collection.add(
            f"named_{name}.nii.gz",
            f"{name} data",
            magic + bytes(20),
            known(f"{name} data", f"`{program} -dc FILE | softargmax decode -`"),
        )
