//! Formats that are recognised and not read: each by its name, with a converter.
//!
//! A file that is only "unknown" leaves the user alone. Most files that are given by mistake are of
//! a few formats, and for each of these one command makes a file that can be read.
//!
//! These rows come after the readers: a format that a reader accepts never gets here.

use super::advice::Advice;
use super::error::FETCH;
use super::gzip;
use std::borrow::Cow;

/// One format that is recognised and not read.
pub struct Refused {
    /// What it is called, with its article.
    pub name: &'static str,
    /// How to convert it.
    ///
    /// Commands write `FILE` for the input.
    pub advice: Advice,
    /// Gets the first bytes, at most 1024 of them, and so must not rely on any length.
    sniff: fn(&[u8]) -> bool,
}

/// A file that torch.save wrote.
///
/// Its newer form is a zip archive, its older one a pickle that begins with a fixed number. The archive
/// must not pass for an npz without arrays, so the reader of npz names it too.
pub(super) const TORCH: Refused = Refused {
    name: "a PyTorch file",
    advice: text("`numpy.save('heatmaps.npy', torch.load('FILE', map_location='cpu').float().numpy())`"),
    sniff: |head| is_torch_zip(head) || head.starts_with(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"),
};

const fn text(text: &'static str) -> Advice {
    Advice::Text(Cow::Borrowed(text))
}

const fn unpack(command: &'static str) -> Advice {
    Advice::Unpack { command }
}

/// Every format that is recognised and not read; the first that matches counts.
///
/// Rows with a long magic come first where a shorter one would match the same bytes.
pub const REFUSED: &[Refused] = &[
    TORCH,
    Refused {
        name: "an Analyze 7.5 header",
        advice: text(
            "`nibabel.save(nibabel.Nifti1Image.from_image(nibabel.load('FILE')), 'heatmaps.nii.gz')`; \
               check left and right",
        ),
        sniff: is_analyze,
    },
    Refused {
        name: "a FreeSurfer volume (.mgh, .mgz)",
        advice: text("`mri_convert FILE heatmaps.nii.gz`"),
        sniff: is_freesurfer,
    },
    Refused {
        name: "a DICOM file",
        advice: text("`dcm2niix DIRECTORY`"),
        sniff: |head| head.get(128..132) == Some(b"DICM"),
    },
    Refused {
        name: "an HDF5 file (.h5, .mnc, MATLAB 7.3)",
        advice: text("`numpy.save('heatmaps.npy', h5py.File('FILE')['NAME'][...])`"),
        sniff: |head| {
            head.starts_with(b"\x89HDF\r\n\x1a\n") || head.get(512..520) == Some(b"\x89HDF\r\n\x1a\n")
        },
    },
    Refused {
        name: "a MATLAB file",
        advice: text("`numpy.save('heatmaps.npy', scipy.io.loadmat('FILE')['NAME'])`"),
        sniff: |head| head.starts_with(b"MATLAB 5.0 MAT-file"),
    },
    Refused {
        name: "a Python pickle",
        advice: text(
            "`numpy.save('heatmaps.npy', numpy.load('FILE', allow_pickle=True))`, if you trust the file",
        ),
        sniff: |head| matches!(head, [0x80, 2..=5, ..]) && head.get(2) != Some(&0),
    },
    Refused {
        name: "a TIFF image",
        advice: text("`numpy.save('heatmaps.npy', tifffile.imread('FILE'))`"),
        sniff: |head| [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(*magic)),
    },
    Refused {
        name: "zstd data",
        advice: unpack("zstd -dc FILE"),
        sniff: |head| head.starts_with(b"\x28\xb5\x2f\xfd"),
    },
    Refused { name: "xz data", advice: unpack("xz -dc FILE"), sniff: |head| head.starts_with(b"\xfd7zXZ\0") },
    Refused {
        name: "bzip2 data",
        advice: unpack("bzip2 -dc FILE"),
        sniff: |head| head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY"),
    },
    Refused {
        name: "a pointer of git-annex: the content is not there",
        advice: text(FETCH),
        sniff: is_annex_pointer,
    },
    Refused {
        name: "a pointer of Git LFS: the content is not there",
        advice: text("`git lfs pull` fetches it"),
        sniff: |head| head.starts_with(b"version https://git-lfs.github.com/spec/"),
    },
    Refused { name: "gzip data within gzip data", advice: unpack("gzip -dc FILE"), sniff: gzip::sniff },
];

/// The format whose first bytes these are.
pub(super) fn recognise(head: &[u8]) -> Option<&'static Refused> {
    REFUSED.iter().find(|format| (format.sniff)(head))
}

/// Whether the archive's first entry is the pickle with which torch.save begins.
///
/// The name of a zip entry begins at byte 30; its length is at byte 26. The reader of npz comes first
/// and takes every zip archive; it names those of torch.save by this row.
fn is_torch_zip(head: &[u8]) -> bool {
    let name = head.get(26..28).and_then(|length| {
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        head.get(30..30 + length)
    });
    head.starts_with(b"PK\x03\x04") && name.is_some_and(|name| name.ends_with(b"/data.pkl"))
}

/// A header of 348 bytes, in either byte order, without NIfTI's magic.
///
/// Analyze is the ancestor of NIfTI with the same size field. It cannot store orientation, so left and
/// right depend on the program that wrote it; that is why it is not read.
pub(super) fn is_analyze(head: &[u8]) -> bool {
    let size = head.starts_with(&348_i32.to_le_bytes()) || head.starts_with(&348_i32.to_be_bytes());
    size && head.len() >= 348
}

/// What git-annex leaves of an unlocked file, or a link of it that was checked out as text, where there are
/// no links.
fn is_annex_pointer(head: &[u8]) -> bool {
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let objects = b"/annex/objects/";
    let is_link = line.starts_with(b"../") || line.starts_with(b".git/");
    line.starts_with(objects) || is_link && line.windows(objects.len()).any(|part| part == objects)
}

/// Version 1, four positive lengths and a known type, all big-endian.
fn is_freesurfer(head: &[u8]) -> bool {
    let word = |i: usize| head.get(4 * i..4 * i + 4).map(|b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    word(0) == Some(1) && (1..5).all(|i| word(i) > Some(0)) && matches!(word(5), Some(0..=10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &[u8]) -> Option<&'static str> {
        recognise(head).map(|format| format.name)
    }

    #[test]
    fn formats_are_recognised() {
        let dicom = [&[0; 128][..], b"DICM"].concat();
        let mgh: Vec<u8> = [1_i32, 256, 256, 256, 1, 3].iter().flat_map(|x| x.to_be_bytes()).collect();
        let mut analyze = vec![0; 348];
        analyze[..4].copy_from_slice(&348_i32.to_be_bytes());
        for (head, expected) in [
            (&dicom[..], "a DICOM file"),
            (&mgh, "a FreeSurfer volume (.mgh, .mgz)"),
            (&analyze, "an Analyze 7.5 header"),
            (b"\x80\x04\x95\x10", "a Python pickle"),
            (b"/annex/objects/MD5E-s1--a.nii.gz\n", "a pointer of git-annex: the content is not there"),
            (b"../.git/annex/objects/Xq/9p/K/K", "a pointer of git-annex: the content is not there"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n",
                "a pointer of Git LFS: the content is not there",
            ),
            (b"\x1f\x8b\x08\x00", "gzip data within gzip data"),
        ] {
            assert_eq!(name(head), Some(expected));
        }
        assert_eq!(name(b"hello"), None);
        assert_eq!(name(b""), None);
    }
}
