//! A sparse look at a whole heatmap, for methods that estimate something of all of it.
//!
//! The points are evenly spaced along h, w and d, whatever the order of memory, at most sixteen along each.

use crate::geometry::Block;
use crate::kernel::Kernel;
use crate::kernel::sweep::record::{Peak, Record};

/// Points along an axis, at most.
const POINTS: usize = 16;
/// Rows of at most so many voxels are read whole, and the points taken out of them.
const ROW: usize = 1024;

/// What a method sees of a heatmap.
pub(crate) struct Grid {
    /// The unmasked points: place (h, w, d) and heatmap value.
    pub(crate) voxels: Vec<([f64; 3], f64)>,
    /// The answer of `soft`.
    pub(crate) mean: [f64; 3],
    /// Σ exp((x − max)/T).
    pub(crate) mass: f64,
    /// The largest value.
    pub(crate) max: f64,
    /// Unmasked voxels of the whole heatmap.
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

impl Kernel {
    /// The boxes that hold the points, in memory axes.
    pub(crate) fn grid_boxes(&self) -> Vec<Block> {
        let [planes, rows, columns] = self.axes.lengths;
        let mut boxes = Vec::new();
        for plane in points(planes) {
            for row in points(rows) {
                if columns <= ROW {
                    boxes.push(Block { start: [plane, row, 0], extent: [1, 1, columns] });
                } else {
                    let one = |column| Block { start: [plane, row, column], extent: [1; 3] };
                    boxes.extend(points(columns).map(one));
                }
            }
        }
        boxes
    }

    /// The grid of `record`, from the stored values of [`Kernel::grid_boxes`].
    pub(crate) fn grid(&self, peak: &Peak, record: &Record, mass: f64, stored: &[f64]) -> Grid {
        let [planes, rows, columns] = self.axes.lengths;
        let per_row = if columns <= ROW { columns } else { points(columns).count() };
        let mut voxels = Vec::new();
        let places = points(planes).flat_map(|plane| points(rows).map(move |row| [plane, row]));
        for (place, row) in places.zip(stored.chunks_exact(per_row.max(1))) {
            for (i, column) in points(columns).enumerate() {
                let stored = row[if columns <= ROW { column } else { i }];
                let value = self.shown(stored);
                if value > f64::NEG_INFINITY {
                    voxels
                        .push((self.axes.to_logical([place[0], place[1], column]).map(|i| i as f64), value));
                }
            }
        }
        // The order of memory must not show in sums over the points.
        voxels.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let mean = std::array::from_fn(|axis| peak.at[axis] as f64 + peak.sums.first[axis] / peak.sums.mass);
        Grid {
            voxels,
            mean: self.axes.to_logical(mean),
            mass,
            max: self.value(peak.max),
            count: record.count as f64,
            volume: self.axes.to_logical(self.axes.lengths),
            centre: self.axes.to_logical(record.places.map(|sum| sum / record.count as f64)),
        }
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
