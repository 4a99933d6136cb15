//! From values as they are stored, in memory order, to heatmap values in (h, w, d) order.
//!
//! A file may hold integers with a slope and an intercept, and its axes may lie in memory in any of six
//! orders. Methods should not know. Everything that the sweep finds is in swept values and memory axes; this
//! is the one place that translates both ways.

use crate::geometry::{Block, Hwd};
use crate::heatmap::{MemoryAxes, Scaling};

/// How the values of the heatmaps of one array are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    /// Where voxels are.
    pub(crate) axes: MemoryAxes,
    /// What stored values mean.
    pub(crate) scaling: Scaling,
}

impl Stored {
    /// The heatmap value of a stored one, as of [`Scaling::heatmap_value`].
    pub(crate) fn heatmap_value(&self, stored: f64) -> f64 {
        self.scaling.heatmap_value(stored)
    }

    /// The heatmap value of a swept one. Swept values are negated if larger stored values are smaller heatmap
    /// values.
    pub(crate) fn heatmap_value_of_swept(&self, swept: f64) -> f64 {
        self.scaling.apply(if self.scaling.is_reversed() { -swept } else { swept })
    }

    /// The lengths of a heatmap.
    pub(crate) fn lengths(&self) -> Hwd<usize> {
        self.axes.to_logical(self.axes.lengths)
    }

    /// A voxel in memory axes.
    pub(crate) fn in_memory(&self, Hwd(voxel): Hwd<usize>) -> [usize; 3] {
        self.axes.logical.map(|axis| voxel[axis])
    }

    /// The heatmap values of a block in (h, w, d) order, from its stored values in memory order. Values that
    /// are not there count as masked.
    pub(crate) fn heatmap_values(&self, block: &Block, stored: &[f64]) -> Vec<f64> {
        let Hwd(lengths) = self.axes.to_logical(block.extent);
        let [_, rows, columns] = block.extent;
        let Hwd(steps) = self.axes.to_logical([rows * columns, columns, 1]);
        let mut values = Vec::with_capacity(block.len());
        let is_whole = stored.len() == block.len();
        // An axis of one voxel may lie anywhere.
        let dense = [lengths[1] * lengths[2], lengths[2], 1];
        let is_in_order = (0..3).all(|axis| lengths[axis] < 2 || steps[axis] == dense[axis]);
        if is_whole && is_in_order && self.scaling == Scaling::NONE {
            let masked = |&value: &f64| if value.is_finite() { value } else { f64::NEG_INFINITY };
            values.extend(stored.iter().map(masked));
            return values;
        }
        if is_whole && is_in_order {
            values.extend(stored.iter().map(|&value| self.heatmap_value(value)));
            return values;
        }
        for h in 0..lengths[0] {
            for w in 0..lengths[1] {
                let row = h * steps[0] + w * steps[1];
                let voxels = (0..lengths[2]).map(|d| stored.get(row + d * steps[2]).copied());
                values.extend(voxels.map(|value| self.heatmap_value(value.unwrap_or(f64::NAN))));
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Arrangement;

    #[test]
    fn masked_values_are_minus_infinity_and_overflow_is_finite() {
        let axes = MemoryAxes::new(&Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] });
        let stored = Stored { axes, scaling: Scaling { slope: 1e300, intercept: 0.0 } };
        assert_eq!(stored.heatmap_value(1e200), f64::MAX);
        assert_eq!(stored.heatmap_value(f64::NAN), f64::NEG_INFINITY);
        assert_eq!((stored.lengths(), stored.in_memory(Hwd([1, 2, 3]))), (Hwd([2, 3, 4]), [3, 1, 2]));
    }
}
