//! Where the voxels of one block lie among the elements of its region.
//!
//! A region is contiguous, but a block of one heatmap need not be: channels that lie inside space, or an axis
//! that another one interrupts, leave gaps between its voxels. What remains is some evenly spaced runs.

use crate::geometry::{indices, unravel};
use crate::heatmap::{Interleaved, Region};
use crate::prepare::Prepared;

/// The evenly spaced runs of elements that make up one block of one heatmap within its region.
pub(super) struct Runs {
    /// Runs along the two outer memory axes, and voxels of a run.
    counts: [usize; 3],
    strides: [usize; 3],
    start: usize,
}

impl Runs {
    pub(super) fn new(prepared: &Prepared, region: &Region, one: &Interleaved) -> Runs {
        let axes = prepared.regions.axes();
        let mut counts = region.block.extent;
        let strides = axes.strides.map(isize::unsigned_abs);
        // An outer axis whose slices follow one another without a gap lengthens the run.
        for axis in (0..2).rev() {
            if counts[axis + 1..].iter().product::<usize>() * strides[2] == strides[axis]
                && counts[axis + 1..2].iter().all(|&n| n == 1)
            {
                counts[2] *= counts[axis];
                counts[axis] = 1;
            }
        }
        Runs { counts, strides, start: one.offset }
    }

    /// Where in the region the `index`-th voxel of the block lies.
    pub(super) fn element(&self, index: usize) -> usize {
        let place = unravel(index, self.counts);
        self.start + place.iter().zip(self.strides).map(|(i, stride)| i * stride).sum::<usize>()
    }

    /// The first element of each run, in the order of memory.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> {
        let ([planes, rows, _], [plane_step, row_step, _]) = (self.counts, self.strides);
        let start = self.start;
        indices([planes, rows, 1]).map(move |[plane, row, _]| start + plane * plane_step + row * row_step)
    }

    /// Elements from one voxel of a run to the next.
    pub(super) fn stride(&self) -> usize {
        self.strides[2]
    }

    /// Voxels of a run.
    pub(super) fn length(&self) -> usize {
        self.counts[2]
    }
}
