//! Three numbers along H, W, D, told apart from three numbers along the axes of memory.
//!
//! An array's spatial axes have two orders: the one in which everything is named and reported (h, w, d), and
//! the one in which they lie in memory, outermost first. Both give triples of the same length, and for a cube
//! even the same lengths, so a mix-up shows only on an input that is not square. A triple in the order h, w,
//! d is therefore a type of its own wherever it crosses a room; the plain arrays in [`Block`](super::Block),
//! [`Cut`](super::Cut) and [`MemoryAxes`](crate::heatmap::MemoryAxes) are in the order of memory.

/// Three numbers along H, W, D, such as the lengths of a volume, the sizes of its voxels or the indices of
/// one.
///
/// # Examples
/// ```
/// use softargmax::{Affine, Hwd, Voxel, World};
/// let affine = Affine::from_spacing(Hwd([0.5, 0.5, 2.0]));
/// assert_eq!(affine.apply(Voxel([4.0, 2.0, 3.0])), World([2.0, 1.0, 6.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hwd<T>(pub [T; 3]);

impl<T> Hwd<T> {
    /// What `change` makes of each of the three.
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Hwd<U> {
        Hwd(self.0.map(change))
    }
}
