//! Voxels of the whole heatmap that are kept while it is swept: its background and noise are judged by them.
//!
//! They lie on an even grid, so that their number does not grow with the heatmap. Reading them afterwards
//! would take a call of the system for each row; here they are in the cache.

use crate::geometry::{Block, even_grid, ravel};
use crate::heatmap::MemoryAxes;

/// A heatmap with so few voxels is read again at once, whole, and keeps no samples.
pub(in crate::kernel) const SMALL: usize = 4096;
/// How many samples a heatmap has at most.
pub(in crate::kernel) const SAMPLES: usize = 512;

/// The points of the grid along each axis of memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Sampling {
    points: [Vec<usize>; 3],
}

impl Sampling {
    /// The grid of heatmaps with memory `axes`.
    pub(super) fn new(axes: &MemoryAxes) -> Sampling {
        // Which axis has how many must not depend on the order of memory.
        let lengths = axes.to_logical(axes.lengths).0;
        let counts = even_grid::counts(lengths, SAMPLES);
        Sampling { points: axes.logical.map(|axis| even_grid::points(lengths[axis], counts[axis])) }
    }

    /// The samples of a block with these values, in the order of memory. The samples of consecutive
    /// blocks, one after the other, are in the order of memory too.
    pub(super) fn of<T: Copy + Into<f64>>(&self, block: &Block, values: &[T]) -> Vec<f64> {
        let within = |axis: usize| {
            let (start, end) = (block.start[axis], block.start[axis] + block.extent[axis]);
            let points = &self.points[axis];
            let first = points.partition_point(|&point| point < start);
            let last = points.partition_point(|&point| point < end);
            &points[first..last]
        };
        let [planes, rows, columns] = [within(0), within(1), within(2)];
        let count = planes.len() * rows.len() * columns.len();
        let mut samples = Vec::new();
        if count == 0 {
            return samples;
        }
        samples.reserve_exact(count);
        for plane in planes {
            for row in rows {
                let within = [plane - block.start[0], row - block.start[1], 0];
                let row = values.get(ravel(within, block.extent)..).unwrap_or_default();
                let at = |column: &usize| row.get(column - block.start[2]).map_or(f64::NAN, |&x| x.into());
                samples.extend(columns.iter().map(at));
            }
        }
        samples
    }
}
