//! Arrays that are in memory already, read as `.npy` files are: the program and whoever embeds it then agree
//! to the bit.

use super::elements::Element;
use super::header::Header;
use super::npy;
use crate::geometry::{MemoryOrder, ShapeError, byte_length};
use crate::heatmap::Scaling;

/// The header of an array in memory.
///
/// `shape` has the lengths of its axes as its owner counts them, `order` says which of them varies fastest in
/// the bytes that are read.
///
/// # Errors
/// [`ShapeError::Overflow`] if its bytes do not fit 63 bits.
pub fn array_header(element: Element, shape: Vec<u64>, order: MemoryOrder) -> Result<Header, ShapeError> {
    byte_length(&shape, element.size())?;
    Ok(Header {
        format: "array".to_owned(),
        element,
        shape,
        order,
        layouts: &npy::LAYOUTS,
        scaling: Scaling::NONE,
        affine_kinds: &[],
        takes_affine: true,
        affines: Vec::new(),
        notices: Vec::new(),
    })
}
