//! The header of a NIfTI file that this program writes.

use crate::geometry::{Affine, Hwd};

/// The type of the values of an image: its code and its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageType {
    /// u8.
    U8,
    /// u16.
    U16,
    /// u32.
    U32,
    /// f32.
    F32,
}

impl ImageType {
    fn code_and_bits(self) -> (i16, i16) {
        match self {
            ImageType::U8 => (2, 8),
            ImageType::U16 => (512, 16),
            ImageType::U32 => (768, 32),
            ImageType::F32 => (16, 32),
        }
    }
}

/// The longest axis of NIfTI-1.
const LONGEST: u64 = 32_767;

/// The header and the four bytes behind it: of NIfTI-1, or of NIfTI-2 if an axis is longer than 32,767.
///
/// `lengths` are of up to seven axes, h, w, d first. The affine is the sform, code 1; the qform is not set,
/// and the unit is mm.
///
/// *Definition*: nifti1.h and nifti2.h (<https://nifti.nimh.nih.gov/>).
#[must_use]
pub fn nifti_header(lengths: &[u64], kind: ImageType, affine: &Affine) -> Vec<u8> {
    let Hwd(sizes) = affine.voxel_sizes();
    let Affine(rows) = affine;
    let (code, bits) = kind.code_and_bits();
    let used = lengths.len().clamp(3, 7);
    let length = |axis: usize| lengths.get(axis).copied().unwrap_or(1);
    let size = |axis: usize| sizes.get(axis).copied().unwrap_or(1.0);
    let is_first = lengths.iter().all(|&length| length <= LONGEST);
    let mut bytes = vec![0; if is_first { 352 } else { 544 }];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    if is_first {
        put(0, &348_i32.to_le_bytes());
        put(40, &(used as i16).to_le_bytes());
        for axis in 0..7 {
            put(42 + 2 * axis, &(length(axis) as i16).to_le_bytes());
            put(80 + 4 * axis, &(size(axis) as f32).to_le_bytes());
        }
        put(70, &code.to_le_bytes());
        put(72, &bits.to_le_bytes());
        put(76, &1.0_f32.to_le_bytes());
        put(108, &352.0_f32.to_le_bytes());
        put(112, &1.0_f32.to_le_bytes());
        // Millimetres.
        put(123, &[2]);
        put(254, &1_i16.to_le_bytes());
        for (place, &coefficient) in rows.iter().flatten().enumerate() {
            put(280 + 4 * place, &(coefficient as f32).to_le_bytes());
        }
        put(344, b"n+1\0");
    } else {
        put(0, &540_i32.to_le_bytes());
        put(4, b"n+2\0\r\n\x1a\n");
        put(12, &code.to_le_bytes());
        put(14, &bits.to_le_bytes());
        put(16, &(used as i64).to_le_bytes());
        put(104, &1.0_f64.to_le_bytes());
        for axis in 0..7 {
            put(24 + 8 * axis, &(length(axis) as i64).to_le_bytes());
            put(112 + 8 * axis, &size(axis).to_le_bytes());
        }
        put(168, &544_i64.to_le_bytes());
        put(176, &1.0_f64.to_le_bytes());
        put(348, &1_i32.to_le_bytes());
        for (place, &coefficient) in rows.iter().flatten().enumerate() {
            put(400 + 8 * place, &coefficient.to_le_bytes());
        }
        // Millimetres.
        put(500, &2_i32.to_le_bytes());
    }
    bytes
}
