//! Some voxels of a whole heatmap, for methods that estimate something of all of it.
//!
//! The points are evenly spaced along h, w and d, at most sixteen along each, so 4096 in all: enough for the
//! median of a background, and little to read. They do not depend on the order of memory, so neither does an
//! estimate.
//!
//! A row of up to 1024 voxels is read whole, because one read of 4 kB costs no more than sixteen of one
//! value. Of longer rows only the points are read. The grid stops being right for something smaller than its
//! spacing: a small bright object may fall between the points, which for a background is as it should be.

use super::stored::Stored;
use crate::geometry::Block;

/// Points along an axis, at most.
const POINTS: usize = 16;
/// Rows of at most so many voxels are read whole. Of longer ones only the points are read.
const ROW: usize = 1024;

/// What a method sees of a heatmap.
pub(crate) struct Grid {
    /// The unmasked points: coordinates (h, w, d) and heatmap value.
    pub(crate) voxels: Vec<([f64; 3], f64)>,
    /// The answer of `soft`.
    pub(crate) mean: [f64; 3],
    /// Σ exp((x − max)/T).
    pub(crate) mass: f64,
    /// The largest value.
    pub(crate) max: f64,
    /// The number of unmasked voxels of the whole heatmap.
    pub(crate) count: f64,
    /// Their centroid.
    pub(crate) centre: [f64; 3],
    /// Voxels along h, w, d.
    pub(crate) volume: [usize; 3],
}

/// The points along an axis of `n` voxels.
fn points(n: usize) -> impl Iterator<Item = usize> + Clone {
    let count = n.min(POINTS);
    (0..count).map(move |i| (2 * i + 1) * n / (2 * count))
}

impl Grid {
    /// The boxes that hold the points, in memory axes, of a heatmap with memory axes of `lengths`.
    pub(crate) fn blocks(lengths: [usize; 3]) -> Vec<Block> {
        let [planes, rows, columns] = lengths;
        let mut blocks = Vec::new();
        for plane in points(planes) {
            for row in points(rows) {
                if columns <= ROW {
                    blocks.push(Block { start: [plane, row, 0], extent: [1, 1, columns] });
                } else {
                    let one = |column| Block { start: [plane, row, column], extent: [1; 3] };
                    blocks.extend(points(columns).map(one));
                }
            }
        }
        blocks
    }

    /// The unmasked points, in (h, w, d) order: coordinates and heatmap value, from the stored values of
    /// [`Grid::blocks`].
    pub(crate) fn voxels(how: &Stored, stored: &[f64]) -> Vec<([f64; 3], f64)> {
        let [planes, rows, columns] = how.axes.lengths;
        let per_row = if columns <= ROW { columns } else { points(columns).count() };
        let mut voxels = Vec::new();
        let starts = points(planes).flat_map(|plane| points(rows).map(move |row| [plane, row]));
        for ([plane, row], stored) in starts.zip(stored.chunks_exact(per_row.max(1))) {
            for (i, column) in points(columns).enumerate() {
                let value = how.heatmap_value(stored[if columns <= ROW { column } else { i }]);
                if value > f64::NEG_INFINITY {
                    voxels.push((how.axes.to_logical([plane, row, column]).map(|i| i as f64).0, value));
                }
            }
        }
        // Sums over the points must not depend on the order of memory.
        voxels.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        voxels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_evenly_spaced() {
        assert_eq!(points(3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(points(16).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
        assert_eq!(points(32).take(3).collect::<Vec<_>>(), [1, 3, 5]);
        assert_eq!(points(100).last(), Some(96));
        assert_eq!(points(0).count(), 0);
    }
}
