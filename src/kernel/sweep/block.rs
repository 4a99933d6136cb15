//! The weights of one block: which arithmetic they need, and their sums.

use super::exp::Exponent;
use super::pass::{self, Block};
use super::record::{PAIRS, Peak, Reference, Sums};
use super::tiling::Tiling;
use crate::geometry;
use crate::kernel::simd::lanes::Value;
use fearless_simd::Level;

/// Memory that sweeps reuse; one for each thread.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(crate) narrow: Vec<f32>,
    pub(crate) wide: Vec<f64>,
    pub(crate) exact: Vec<f64>,
}

/// The block with NaN masked.
pub(crate) fn without_nan<'a, T: Value>(values: &[T], cleaned: &'a mut Vec<T>) -> &'a [T] {
    cleaned.clear();
    cleaned.extend(values.iter().map(|&value| if value.is_nan() { T::MASKED } else { value }));
    cleaned
}

/// Sums the weights of one block.
pub(crate) struct Weigher<'a, T> {
    pub(crate) level: Level,
    pub(crate) tiling: &'a Tiling,
    pub(crate) values: &'a [T],
    pub(crate) ahead: &'a [T],
    pub(crate) k: f64,
    pub(crate) with_spread: bool,
    /// Whether f32 is not exact enough.
    pub(crate) is_exact: bool,
}

impl<T: Value> Weigher<'_, T> {
    /// Gives `peak` its sums, and the reference that they are relative to. `index` is the peak's in the
    /// block.
    pub(crate) fn weigh(&self, index: usize, peak: &mut Peak, exact: &mut Vec<f64>) {
        if peak.is_constant {
            // Weights of exactly 1: the centroid of a flat map comes out exact.
            peak.reference = Reference::at_peak(peak.max);
            peak.sums = self.constant(index, exact);
        } else if let Some(exponent) = T::exponent(&peak.reference, self.k).filter(|_| !self.is_exact) {
            let block =
                Block { tiling: self.tiling, values: self.values, ahead: self.ahead, exponent: &exponent };
            peak.sums = pass::sums(self.level, &block, index, self.with_spread);
        } else if let Some(exponent) = f64::exponent(&peak.reference, self.k) {
            refill(exact, self.values.iter().map(|&value| value.into()));
            peak.sums = self.exact(index, exact, &exponent);
        }
    }

    /// The sums of a block of equal values, some of them masked perhaps.
    fn constant(&self, index: usize, exact: &mut Vec<f64>) -> Sums {
        if index == 0 && self.values.iter().all(|&value| value != T::MASKED) {
            return full(self.tiling.extent);
        }
        let weightless = |value: T| if value == T::MASKED { f64::NEG_INFINITY } else { 0.0 };
        refill(exact, self.values.iter().map(|&value| weightless(value)));
        self.exact(index, exact, &Exponent::wide(1.0, 0.0, 0.0))
    }

    fn exact(&self, index: usize, values: &[f64], exponent: &Exponent<f64>) -> Sums {
        let block = Block { tiling: self.tiling, values, ahead: &[], exponent };
        pass::sums(self.level, &block, index, self.with_spread)
    }
}

/// The sum of the places of the unmasked voxels of a block, in memory axes: exact. There are `count` of them.
pub(crate) fn places<T: Value>(block: &geometry::Block, values: &[T], count: usize) -> [f64; 3] {
    if count == values.len() {
        let middle = |axis: usize| block.start[axis] as f64 + (block.extent[axis] as f64 - 1.0) / 2.0;
        return std::array::from_fn(|axis| middle(axis) * count as f64);
    }
    let [_, rows, columns] = block.extent;
    let mut sum = [0.0; 3];
    for (i, _) in values.iter().enumerate().filter(|&(_, &value)| value > T::MASKED) {
        let within = [i / (rows * columns), i / columns % rows, i % columns];
        sum = std::array::from_fn(|axis| sum[axis] + (block.start[axis] + within[axis]) as f64);
    }
    sum
}

/// The moments of a box of voxels of weight 1, about its first voxel.
fn full(extent: [usize; 3]) -> Sums {
    let mass = extent.iter().product::<usize>() as f64;
    let longest = extent.map(|n| n as f64 - 1.0);
    let second = PAIRS.map(|(a, b)| {
        let product =
            if a == b { longest[a] * (2.0 * longest[a] + 1.0) / 6.0 } else { longest[a] * longest[b] / 4.0 };
        mass * product
    });
    Sums { mass, first: longest.map(|last| mass * last / 2.0), second, energy: 0.0 }
}

fn refill(buffer: &mut Vec<f64>, values: impl Iterator<Item = f64>) {
    buffer.clear();
    buffer.extend(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_hand() {
        let block = geometry::Block { start: [0, 1, 5], extent: [1, 2, 2] };
        // (0, 1, 5), (0, 1, 6), (0, 2, 5), (0, 2, 6), the second masked.
        let values = [1.0, f32::NEG_INFINITY, 2.0, 3.0];
        assert_eq!(places(&block, &values, 3), [0.0, 5.0, 16.0]);
        assert_eq!(places(&block, &[1.0; 4], 4), [0.0, 6.0, 22.0]);
    }

    #[test]
    fn a_full_box_by_hand() {
        // Coordinates 0, 1, 2 along the second axis and 0, 1 along the third.
        let sums = full([1, 3, 2]);
        assert_eq!((sums.mass, sums.first), (6.0, [0.0, 6.0, 3.0]));
        assert_eq!(sums.second, [0.0, 0.0, 0.0, 10.0, 3.0, 3.0]);
    }
}
