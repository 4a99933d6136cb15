//! The fields of a NIfTI header that matter here, from either version and either byte order.
//!
//! The two versions hold the same fields with other widths at other offsets: lengths of 16 or 64
//! bits, floats of 32 or 64 bits. No field gives the byte order. It follows from the size at the
//! start of the header, which is 348 or 540 in one of the two orders only.

use super::super::error::SourceError;
use super::super::input::Input;
use super::NiftiError;

/// Which NIfTI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

impl Version {
    /// The version that the first bytes show, with its byte order and whether it is one of a pair.
    ///
    /// A header that is cut off counts by its size field alone: its truncation is the better error.
    ///
    /// `None` for any other magic; an Analyze header has the size of NIfTI-1 but not its magic. The
    /// tuple is the version, whether it is big-endian and whether it is the header of a pair.
    pub(super) fn sniff(head: &[u8]) -> Option<(Version, bool, bool)> {
        let size = [head.first()?, head.get(1)?, head.get(2)?, head.get(3)?].map(|&byte| byte);
        let (little, big) = (i32::from_le_bytes(size), i32::from_be_bytes(size));
        let (version, big_endian) = match (little, big) {
            (348, _) => (Version::One, false),
            (_, 348) => (Version::One, true),
            (540, _) => (Version::Two, false),
            (_, 540) => (Version::Two, true),
            _ => return None,
        };
        match version.magic_of(head) {
            Some(magic) if magic == version.single_magic() => Some((version, big_endian, false)),
            None => Some((version, big_endian, false)),
            Some(magic) if magic == version.pair_magic() => Some((version, big_endian, true)),
            Some(_) => None,
        }
    }

    /// The four bytes at the place of the magic; `None` if the header is cut off before them.
    fn magic_of(self, head: &[u8]) -> Option<&[u8]> {
        let at = match self {
            Version::One => 344,
            Version::Two => 4,
        };
        head.get(at..at + 4)
    }

    /// The magic of a single file.
    pub(super) fn single_magic(self) -> &'static [u8; 4] {
        match self {
            Version::One => b"n+1\0",
            Version::Two => b"n+2\0",
        }
    }

    /// The magic of a pair's header.
    pub(super) fn pair_magic(self) -> &'static [u8; 4] {
        match self {
            Version::One => b"ni1\0",
            Version::Two => b"ni2\0",
        }
    }

    /// What it is called in a format.
    pub(super) fn name(self) -> &'static str {
        match self {
            Version::One => "nifti-1",
            Version::Two => "nifti-2",
        }
    }

    /// Bytes of the header, which is also the value of its size field.
    fn length(self) -> usize {
        match self {
            Version::One => 348,
            Version::Two => 540,
        }
    }

    /// The first byte at which the values of a single file may begin.
    ///
    /// The header and four bytes that tell whether extensions follow.
    pub(super) fn values_at(self) -> u64 {
        match self {
            Version::One => 352,
            Version::Two => 544,
        }
    }

    /// Machine epsilon of the stored coefficients.
    ///
    /// Rounding of the quaternion is judged by it.
    pub(super) fn epsilon(self) -> f64 {
        match self {
            Version::One => f64::from(f32::EPSILON),
            Version::Two => f64::EPSILON,
        }
    }
}

/// Whether the first bytes are those of a NIfTI header, or would be but for their size field.
pub(super) fn is_nifti(head: &[u8]) -> bool {
    Version::sniff(head).is_some() || wrong_size(head).is_some()
}

/// The error about a header with the magic of NIfTI whose size field is not that of its version; `None` for
/// all else.
fn wrong_size(head: &[u8]) -> Option<NiftiError> {
    let size = head.first_chunk::<4>()?;
    let sizes = [i32::from_le_bytes(*size), i32::from_be_bytes(*size)];
    let found = sizes.into_iter().min_by_key(|size| size.unsigned_abs())?;
    [Version::One, Version::Two].into_iter().find_map(|version| {
        let magics = [version.single_magic(), version.pair_magic()];
        let magic = magics.into_iter().find(|magic| version.magic_of(head) == Some(&magic[..]))?;
        // The magic of NIfTI-2 lies where NIfTI-1 has free text, so its line ends have to follow.
        let expected = version.length() as i32;
        let is_known = version == Version::One || head.get(8..12) == Some(LINE_ENDS);
        (is_known && !sizes.contains(&expected)).then_some(NiftiError::Size {
            expected,
            magic: magic_text(magic),
            found,
        })
    })
}

/// A magic without its NUL.
pub(super) fn magic_text(magic: &'static [u8]) -> &'static str {
    std::str::from_utf8(magic.get(..3).unwrap_or_default()).unwrap_or_default()
}

/// What follows the magic of NIfTI-2.
const LINE_ENDS: &[u8] = b"\r\n\x1a\n";

/// The fields that matter here, each in the wider type of the two versions.
///
/// They are as stored: nothing is checked, converted or completed yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fields {
    pub(super) version: Version,
    pub(super) big_endian: bool,
    pub(super) pair: bool,
    /// `dim[0]` is the number of axes, the lengths follow.
    pub(super) dim: [i64; 8],
    pub(super) intent_code: i32,
    pub(super) datatype: i16,
    pub(super) bitpix: i16,
    /// `pixdim[0]` is no size but the sign of the third axis in the qform; the voxel sizes follow.
    pub(super) pixdim: [f64; 8],
    /// f64 rounds it beyond 2^53, and no file is as long.
    pub(super) vox_offset: f64,
    /// 0 stands for unscaled.
    pub(super) slope: f64,
    pub(super) intercept: f64,
    /// The three lowest bits are the unit of space, the next three that of time.
    pub(super) xyzt_units: i32,
    /// 0 means that the qform is not set, and so for the sform.
    pub(super) qform_code: i32,
    pub(super) sform_code: i32,
    /// b, c and d; a follows from the length of 1.
    pub(super) quaternion: [f64; 3],
    pub(super) qoffset: [f64; 3],
    /// The rows of the sform, each with its offset last.
    pub(super) srow: [[f64; 4]; 3],
}

impl Fields {
    /// Takes the header off an input that [`is_nifti`] has recognised.
    ///
    /// NIfTI-2's line ends are compared here and not in `sniff`, so that a file damaged in transfer
    /// gets an error of its own and does not count as unknown.
    pub(super) fn read(input: &mut Input) -> Result<Fields, SourceError> {
        let Some((version, big_endian, pair)) = Version::sniff(input.head()) else {
            let none = NiftiError::Size { expected: 348, magic: "n+1", found: 0 };
            return Err(wrong_size(input.head()).unwrap_or(none).into());
        };
        let mut bytes = vec![0; version.length()];
        input.take_header("NIfTI header", &mut bytes)?;
        let raw = Raw { bytes: &bytes, big_endian };
        match version {
            Version::One => Ok(Fields { pair, ..one(&raw) }),
            Version::Two if raw.array::<4>(8) != LINE_ENDS => {
                Err(NiftiError::Magic { found: raw.array(8) }.into())
            }
            Version::Two => Ok(Fields { pair, ..two(&raw) }),
        }
    }
}

fn one(raw: &Raw) -> Fields {
    Fields {
        version: Version::One,
        big_endian: raw.big_endian,
        pair: false,
        dim: std::array::from_fn(|i| i64::from(raw.i16(40 + 2 * i))),
        intent_code: i32::from(raw.i16(68)),
        datatype: raw.i16(70),
        bitpix: raw.i16(72),
        pixdim: raw.f32s(76),
        vox_offset: raw.f32(108),
        slope: raw.f32(112),
        intercept: raw.f32(116),
        xyzt_units: i32::from(raw.array::<1>(123)[0]),
        qform_code: i32::from(raw.i16(252)),
        sform_code: i32::from(raw.i16(254)),
        quaternion: raw.f32s(256),
        qoffset: raw.f32s(268),
        srow: [raw.f32s(280), raw.f32s(296), raw.f32s(312)],
    }
}

fn two(raw: &Raw) -> Fields {
    Fields {
        version: Version::Two,
        big_endian: raw.big_endian,
        pair: false,
        dim: std::array::from_fn(|i| raw.i64(16 + 8 * i)),
        intent_code: raw.i32(504),
        datatype: raw.i16(12),
        bitpix: raw.i16(14),
        pixdim: raw.f64s(104),
        vox_offset: raw.i64(168) as f64,
        slope: raw.f64(176),
        intercept: raw.f64(184),
        xyzt_units: raw.i32(500),
        qform_code: raw.i32(344),
        sform_code: raw.i32(348),
        quaternion: raw.f64s(352),
        qoffset: raw.f64s(376),
        srow: [raw.f64s(400), raw.f64s(432), raw.f64s(464)],
    }
}

/// The bytes of a header. Every place that is asked for lies within them: the offsets above are constants.
struct Raw<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Raw<'_> {
    fn array<const SIZE: usize>(&self, at: usize) -> [u8; SIZE] {
        std::array::from_fn(|i| self.bytes.get(at + i).copied().unwrap_or_default())
    }

    /// The bytes of a number, least significant first.
    fn number<const SIZE: usize>(&self, at: usize) -> [u8; SIZE] {
        let mut bytes = self.array(at);
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.number(at))
    }

    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.number(at))
    }

    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.number(at))
    }

    fn f32(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.number(at)))
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.number(at))
    }

    fn f32s<const N: usize>(&self, at: usize) -> [f64; N] {
        std::array::from_fn(|i| self.f32(at + 4 * i))
    }

    fn f64s<const N: usize>(&self, at: usize) -> [f64; N] {
        std::array::from_fn(|i| self.f64(at + 8 * i))
    }
}
