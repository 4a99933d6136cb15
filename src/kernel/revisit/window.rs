//! The box of values about the peak, for methods that look only there.
//!
//! The box is clipped at the border of the heatmap and never padded: a method that needs a neighbour asks for
//! it and is told that there is none. Padding with zeros or with the border's value would invent evidence,
//! and move the answer. Masked voxels are absent in the same way.

use super::stored::Stored;
use crate::geometry::{Block, ravel, unravel};

/// The values of a box about the hard argmax. It is clipped at the border of the map and never padded.
#[derive(Clone)]
pub(crate) struct Window {
    /// Heatmap values in (h, w, d) order, d fastest: −inf if masked, otherwise finite.
    pub(crate) values: Vec<f64>,
    /// Voxels along h, w, d.
    pub(crate) lengths: [usize; 3],
    /// The voxel (h, w, d) of the heatmap that is its first.
    pub(crate) start: [usize; 3],
    /// The hard argmax, counted from there.
    pub(crate) peak: [usize; 3],
    /// Voxels of the whole heatmap along h, w, d.
    pub(crate) volume: [usize; 3],
    /// If `peak` stands in the middle of touching voxels that share the maximum: the offset (h, w, d) of
    /// their mean place from it. Otherwise 0.
    pub(crate) middle: [f64; 3],
}

impl Window {
    /// The box that extends `radius` voxels from `at`, in a heatmap of `lengths`, all in memory axes.
    pub(crate) fn block(at: [usize; 3], radius: [usize; 3], lengths: [usize; 3]) -> Block {
        let start: [usize; 3] = std::array::from_fn(|axis| at[axis].saturating_sub(radius[axis]));
        let extent = std::array::from_fn(|axis| {
            lengths[axis].min(at[axis].saturating_add(radius[axis] + 1)) - start[axis]
        });
        Block { start, extent }
    }

    /// The window of `block` about `at`, both in memory axes, with these heatmap values in (h, w, d) order.
    pub(crate) fn new(block: &Block, at: [usize; 3], how: &Stored, values: Vec<f64>) -> Window {
        Window {
            values,
            lengths: how.axes.to_logical(block.extent).0,
            start: how.axes.to_logical(block.start).0,
            peak: how.axes.to_logical(std::array::from_fn(|axis| at[axis] - block.start[axis])).0,
            volume: how.lengths().0,
            middle: [0.0; 3],
        }
    }

    /// The same window with the voxels masked that have the value `fill` or a lower one.
    pub(crate) fn without(mut self, fill: Option<f64>) -> Window {
        if let Some(fill) = fill {
            for value in &mut self.values {
                if *value <= fill {
                    *value = f64::NEG_INFINITY;
                }
            }
        }
        self
    }

    /// The value at an offset (h, w, d) from the peak; `None` outside the window and if it is masked.
    pub(crate) fn at(&self, offset: [isize; 3]) -> Option<f64> {
        let mut voxel = [0; 3];
        for (axis, step) in offset.into_iter().enumerate() {
            voxel[axis] = self.peak[axis].checked_add_signed(step).filter(|&i| i < self.lengths[axis])?;
        }
        let value = self.values.get(ravel(voxel, self.lengths)).copied();
        value.filter(|&value| value != f64::NEG_INFINITY)
    }

    /// Three values along an axis with the peak in the middle; `None` if a neighbour is absent.
    pub(crate) fn along(&self, axis: usize) -> Option<[f64; 3]> {
        let step = |by| std::array::from_fn(|other| if other == axis { by } else { 0 });
        Some([self.at(step(-1))?, self.at(step(0))?, self.at(step(1))?])
    }

    /// Every unmasked value with its offset (h, w, d) from the peak, in (h, w, d) order.
    pub(crate) fn each(&self) -> impl Iterator<Item = ([f64; 3], f64)> {
        let unmasked = self.values.iter().enumerate().filter(|&(_, value)| *value != f64::NEG_INFINITY);
        unmasked.map(|(i, &value)| {
            let voxel = unravel(i, self.lengths);
            (std::array::from_fn(|axis| voxel[axis] as f64 - self.peak[axis] as f64), value)
        })
    }

    /// The index in `values` of the voxel at a whole offset (h, w, d) from the peak, within the window.
    pub(crate) fn index(&self, offset: [f64; 3]) -> usize {
        let voxel = std::array::from_fn(|axis| (self.peak[axis] as f64 + offset[axis]) as usize);
        ravel(voxel, self.lengths)
    }

    /// The voxel coordinates (h, w, d) of an offset from the peak, within the hull of the voxels.
    pub(crate) fn coordinates(&self, offset: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| {
            let peak = (self.start[axis] + self.peak[axis]) as f64;
            (peak + offset[axis]).clamp(0.0, self.volume[axis] as f64 - 1.0)
        })
    }
}

/// A window of a map of its own lengths, with the peak at its first maximum: for the tests of methods.
#[cfg(test)]
pub(crate) fn of_map(lengths: [usize; 3], values: Vec<f64>) -> Window {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let i = values.iter().position(|&value| value == max).unwrap();
    Window { peak: unravel(i, lengths), values, lengths, start: [0; 3], volume: lengths, middle: [0.0; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Arrangement;
    use crate::heatmap::{MemoryAxes, Scaling};

    /// 2 × 3 × 4 voxels that lie in memory as (d, h, w).
    fn stored(scaling: Scaling) -> Stored {
        let arrangement = Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] };
        Stored { axes: MemoryAxes::new(&arrangement), scaling }
    }

    #[test]
    fn a_window_is_clipped_turned_and_scaled() {
        let mut values: Vec<f64> = (0..24).map(f64::from).collect();
        // d = 1, h = 1, w = 2.
        values[6 + 3 + 2] = -50.0;
        let how = stored(Scaling { slope: -2.0, intercept: 1.0 });
        let block = Window::block([1, 1, 2], [1; 3], how.axes.lengths);
        assert_eq!(block, Block { start: [0, 0, 1], extent: [3, 2, 2] });
        let read: Vec<f64> = (0..3)
            .flat_map(|d| [(d, 0), (d, 1)])
            .flat_map(|(d, h)| [1, 2].map(|w| values[d * 6 + h * 3 + w]))
            .collect();
        let window = Window::new(&block, [1, 1, 2], &how, how.heatmap_values(&block, &read));
        assert_eq!((window.start, window.lengths, window.peak), ([0, 1, 0], [2, 2, 3], [1, 1, 1]));
        assert_eq!(window.volume, [2, 3, 4]);
        assert_eq!(window.at([0, 0, 0]), Some(101.0));
        // d = 2, h = 1, w = 1: stored 12 + 3 + 1.
        assert_eq!(window.at([0, -1, 1]), Some(1.0 - 2.0 * 16.0));
        assert_eq!(window.at([1, 0, 0]), None);
        assert_eq!(window.coordinates([0.0, 0.5, -0.25]), [1.0, 2.0, 0.75]);
    }

    #[test]
    fn masked_voxels_are_absent() {
        let mut values = vec![0.0; 24];
        (values[7], values[8], values[9]) = (1.0, f64::NAN, f64::NEG_INFINITY);
        let whole = Block { start: [0; 3], extent: [4, 2, 3] };
        let how = stored(Scaling { slope: 1e300, intercept: 0.0 });
        let window = Window::new(&whole, [1, 0, 1], &how, how.heatmap_values(&whole, &values));
        assert_eq!(window.each().count(), 22);
        assert_eq!((window.at([0, 1, 0]), window.at([0, -1, 0])), (None, Some(0.0)));
        assert_eq!(window.at([0, 0, 0]), Some(1e300));
        assert_eq!(window.at([1, -1, 0]), None);
    }
}
