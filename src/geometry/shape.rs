//! Shapes that have been checked, and how an array's axes lie in memory.
//!
//! A header may declare any lengths. Their product is computed here with a check for overflow, once, before
//! anything is allocated or read; everything after this may multiply lengths freely.

use super::{Axis, Hwd, Layout, LayoutError};

/// Which axis of an array varies fastest in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryOrder {
    /// The last one (row-major).
    C,
    /// The first one (column-major; NIfTI).
    Fortran,
}

/// A shape whose size does not fit this machine, or the bytes that are there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// The product of the lengths, or the number of bytes, overflows.
    #[error("expected a shape whose size fits 63 bits, found {dims:?}")]
    Overflow {
        /// The shape as declared.
        dims: Vec<u64>,
    },
}

/// The number of elements of a shape, 0 as soon as one length is 0.
///
/// # Errors
/// [`ShapeError::Overflow`] when the product of the lengths, ignoring zeros, does not fit 63 bits.
pub fn element_count(dims: &[u64]) -> Result<u64, ShapeError> {
    let overflow = || ShapeError::Overflow { dims: dims.to_vec() };
    let product = dims.iter().filter(|&&n| n > 0).try_fold(1_u64, |all, &n| all.checked_mul(n));
    let product = product.filter(|&n| i64::try_from(n).is_ok()).ok_or_else(overflow)?;
    Ok(if dims.contains(&0) { 0 } else { product })
}

/// The number of bytes of a shape with elements of `item` bytes.
///
/// # Errors
/// [`ShapeError::Overflow`] when it does not fit 63 bits.
pub fn byte_length(dims: &[u64], item: usize) -> Result<u64, ShapeError> {
    let bytes = element_count(dims)?.checked_mul(item as u64).filter(|&n| i64::try_from(n).is_ok());
    bytes.ok_or_else(|| ShapeError::Overflow { dims: dims.to_vec() })
}

/// How the five axes N, C, H, W, D of an array lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Lengths of N, C, H, W, D; an axis that the layout does not name has length 1.
    pub lengths: [usize; 5],
    /// Steps in elements along N, C, H, W, D.
    pub strides: [isize; 5],
}

impl Arrangement {
    /// Arranges a dense array of `dims` whose axes are named by `layout`.
    ///
    /// Trailing axes of length 1 beyond the layout are dropped.
    ///
    /// # Errors
    /// [`LayoutError::Rank`] when the layout has not as many axes as the shape, [`LayoutError::Dropped`] when
    /// an axis that it drops has another length than 1.
    pub fn new(dims: &[u64], order: MemoryOrder, layout: &Layout) -> Result<Arrangement, LayoutError> {
        let axes = layout.places();
        let extra = dims.get(axes.len()..).unwrap_or(&[]);
        if dims.len() < axes.len() || extra.iter().any(|&n| n != 1) {
            return Err(LayoutError::Rank { layout: layout.to_string(), found: dims.to_vec() });
        }
        layout.check_dropped(dims)?;
        let mut lengths = [1; 5];
        let mut strides = [0; 5];
        let mut step = 1_isize;
        let mut place = |position: usize| {
            let n = dims[position] as usize;
            if let Some(axis) = axes[position] {
                (lengths[axis.index()], strides[axis.index()]) = (n, step);
            }
            step = step.wrapping_mul(n.max(1) as isize);
        };
        match order {
            MemoryOrder::C => (0..axes.len()).rev().for_each(&mut place),
            MemoryOrder::Fortran => (0..axes.len()).for_each(&mut place),
        }
        Ok(Arrangement { lengths, strides })
    }

    /// The length of one axis.
    #[must_use]
    pub fn length(&self, axis: Axis) -> usize {
        self.lengths[axis.index()]
    }

    /// Lengths of H, W, D.
    #[must_use]
    pub fn spatial(&self) -> Hwd<usize> {
        Hwd([Axis::H, Axis::W, Axis::D]).map(|axis| self.length(axis))
    }

    /// Whether some spatial axis has length 0, so that a heatmap has no voxel.
    #[must_use]
    pub fn is_voxelless(&self) -> bool {
        self.spatial().0.contains(&0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked() {
        assert_eq!(element_count(&[2, 3, 4]), Ok(24));
        assert_eq!(element_count(&[]), Ok(1));
        assert_eq!(element_count(&[1 << 40, 0]), Ok(0));
        assert!(element_count(&[1 << 32, 1 << 32]).is_err());
        assert!(element_count(&[1 << 32, 1 << 32, 0]).is_err());
        assert!(byte_length(&[1 << 61], 4).is_err());
    }

    #[test]
    fn strides_by_hand() {
        let layout: Layout = "NCDHW".parse().unwrap();
        let arrangement = Arrangement::new(&[2, 3, 4, 5, 6], MemoryOrder::C, &layout).unwrap();
        assert_eq!(arrangement.lengths, [2, 3, 5, 6, 4]);
        assert_eq!(arrangement.strides, [360, 120, 6, 1, 30]);
        let nifti: Layout = "HWDC".parse().unwrap();
        let arrangement = Arrangement::new(&[5, 6, 4, 3, 1], MemoryOrder::Fortran, &nifti).unwrap();
        assert_eq!(arrangement.lengths, [1, 3, 5, 6, 4]);
        assert_eq!(arrangement.strides, [0, 120, 1, 5, 30]);
    }

    #[test]
    fn axes_of_length_1_are_dropped() {
        let of = |dims: &[u64], order, layout: &str| Arrangement::new(dims, order, &layout.parse().unwrap());
        for order in [MemoryOrder::C, MemoryOrder::Fortran] {
            let plain = of(&[2, 3, 4, 5, 6], order, "NCHWD").unwrap();
            assert_eq!(of(&[1, 2, 3, 1, 1, 4, 5, 6, 1], order, "1NC11HWD1"), Ok(plain));
            assert_eq!(of(&[1, 2, 3, 1, 1, 4, 5, 6, 1, 1], order, "1NC11HWD"), Ok(plain));
        }
        let error = of(&[1, 2, 4, 5, 6], MemoryOrder::C, "N1HWD").unwrap_err().to_string();
        assert_eq!(error, "expected length 1 for each 1 of layout N1HWD, found shape (1, 2, 4, 5, 6)");
        assert!(matches!(of(&[0, 4, 5], MemoryOrder::C, "1HW"), Err(LayoutError::Dropped { .. })));
        assert!(matches!(of(&[4, 5], MemoryOrder::C, "HW1"), Err(LayoutError::Rank { .. })));
    }
}
