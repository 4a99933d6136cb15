//! A box of voxels, (h, w, d).

use crate::geometry::indices;

/// A box of a heatmap, (h, w, d).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) struct Extent {
    /// The first voxel.
    pub(in crate::kernel) start: [usize; 3],
    /// Voxels along each axis.
    pub(in crate::kernel) lengths: [usize; 3],
}

impl Extent {
    /// The voxels within `reach` of `at`, as far as a heatmap of `volume` has them.
    pub(in crate::kernel) fn about(at: [usize; 3], reach: [usize; 3], volume: [usize; 3]) -> Extent {
        let start: [usize; 3] = std::array::from_fn(|axis| at[axis].saturating_sub(reach[axis]));
        let end: [usize; 3] = std::array::from_fn(|axis| (at[axis] + reach[axis] + 1).min(volume[axis]));
        Extent { start, lengths: std::array::from_fn(|axis| end[axis].saturating_sub(start[axis])) }
    }

    pub(super) fn end(&self, axis: usize) -> usize {
        self.start[axis] + self.lengths[axis]
    }

    pub(super) fn holds(&self, other: &Extent) -> bool {
        (0..3).all(|axis| self.start[axis] <= other.start[axis] && other.end(axis) <= self.end(axis))
    }

    /// The smallest box with both.
    pub(super) fn with(&self, other: &Extent) -> Extent {
        let start: [usize; 3] = std::array::from_fn(|axis| self.start[axis].min(other.start[axis]));
        let lengths = std::array::from_fn(|axis| self.end(axis).max(other.end(axis)) - start[axis]);
        Extent { start, lengths }
    }

    /// How many voxels it has.
    pub(in crate::kernel) fn len(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Its voxels in (h, w, d) order.
    pub(in crate::kernel) fn voxels(self) -> impl Iterator<Item = [usize; 3]> {
        indices(self.lengths).map(move |within| std::array::from_fn(|axis| self.start[axis] + within[axis]))
    }
}
