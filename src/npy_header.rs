//! The header of `.npy`, for everything that writes arrays.
//!
//! *Definition*: version 1.0 of NumPy's format (`numpy.lib.format`).

/// The header of an array in row-major order, padded with spaces so that the numbers begin at a multiple of
/// 64 bytes: readers can then map the file into memory with aligned numbers.
///
/// `descr` is NumPy's name of the element type, such as `<f8`. A shape has at most 64 axes of at most 20
/// digits, so its text is always within 16 bits.
pub(crate) fn npy_header(descr: &str, shape: &[u64]) -> Vec<u8> {
    const PREAMBLE: usize = 10;
    let comma = if shape.len() == 1 { "," } else { "" };
    let lengths = shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({lengths}{comma}), }}");
    let length = (PREAMBLE + text.len() + 1).next_multiple_of(64) - PREAMBLE;
    text.extend(std::iter::repeat_n(' ', length - 1 - text.len()));
    text.push('\n');
    [b"\x93NUMPY\x01\x00", &(length as u16).to_le_bytes()[..], text.as_bytes()].concat()
}
