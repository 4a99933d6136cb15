//! The weights of one block under the softmax: which arithmetic they need, and their sums.
//!
//! f32 is fast and nearly always accurate enough. It is not in three cases, which are copied to f64:
//!
//! - The reference or the temperature is outside the range in which f32 holds the argument of the exponential
//!   ([`Weighable::exponent`] says so).
//! - The method subtracts sums from each other (`debias`), which loses digits.
//! - The values are f64, or integers of 32 or 64 bits: they arrive as f64 to begin with.
//!
//! A block of equal values needs no weights at all. Its sums are known in closed form and are exact, so the
//! centroid of a flat map is exact too. Much of a real volume may be such background.

use super::exp::{Exponent, Weighable};
use super::pass::{self, TiledBlock};
use super::record::{Peak, Reference};
use super::sums::Sums;
use super::tiling::Tiling;
use crate::geometry::{Block, Covariance, unravel};
use crate::kernel::simd::lanes::Float;
use crate::kernel::simd::level::SimdLevel;

/// Buffers that sweeps reuse. Each thread has its own.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(super) narrow: Vec<f32>,
    pub(super) wide: Vec<f64>,
    pub(super) exact: Vec<f64>,
}

/// The values of a block, with masked ones in place of NaN.
pub(super) fn without_nan<'a, T: Float>(values: &[T], cleaned: &'a mut Vec<T>) -> &'a [T] {
    cleaned.clear();
    cleaned.extend(values.iter().map(|&value| if value.is_nan() { T::MASKED } else { value }));
    cleaned
}

/// Sums the weights of one block.
pub(super) struct Weigher<'a, T> {
    pub(super) level: SimdLevel,
    pub(super) tiling: &'a Tiling,
    pub(super) values: &'a [T],
    pub(super) ahead: &'a [T],
    pub(super) k: f64,
    pub(super) with_spread: bool,
    /// Whether f32 is not accurate enough for the method.
    pub(super) needs_f64: bool,
}

impl<T: Weighable> Weigher<'_, T> {
    /// Sets the sums of `peak` and the reference that they are relative to. `index` is the peak's in the
    /// block.
    pub(super) fn weigh(&self, index: usize, peak: &mut Peak, exact: &mut Vec<f64>) {
        if peak.is_constant {
            // Weights of exactly 1, so that the centroid of a flat map is exact.
            peak.reference = Reference::at_peak(peak.max);
            peak.sums = self.constant(index, exact);
        } else if let Some(exponent) = T::exponent(&peak.reference, self.k).filter(|_| !self.needs_f64) {
            let block = TiledBlock {
                tiling: self.tiling,
                values: self.values,
                ahead: self.ahead,
                exponent: &exponent,
            };
            peak.sums = pass::sums(self.level, &block, index, self.with_spread);
        } else if let Some(exponent) = f64::exponent(&peak.reference, self.k) {
            refill(exact, self.values.iter().map(|&value| value.into()));
            peak.sums = self.exact(index, exact, &exponent);
        }
    }

    /// The sums of a block whose unmasked values are all equal.
    fn constant(&self, index: usize, exact: &mut Vec<f64>) -> Sums {
        if index == 0 && self.values.iter().all(|&value| value != T::MASKED) {
            return full(self.tiling.extent);
        }
        let weightless = |value: T| if value == T::MASKED { f64::NEG_INFINITY } else { 0.0 };
        refill(exact, self.values.iter().map(|&value| weightless(value)));
        self.exact(index, exact, &Exponent::wide(1.0, 0.0, 0.0))
    }

    /// The sums of values that have been copied to f64.
    fn exact(&self, index: usize, values: &[f64], exponent: &Exponent<f64>) -> Sums {
        let block = TiledBlock { tiling: self.tiling, values, ahead: &[], exponent };
        pass::sums(self.level, &block, index, self.with_spread)
    }
}

/// The sum of the coordinates of the `count` unmasked voxels of a block, in memory axes: exact.
pub(super) fn sum_of_coordinates<T: Float>(block: &Block, values: &[T], count: usize) -> [f64; 3] {
    if count == values.len() {
        let middle = |axis: usize| block.start[axis] as f64 + (block.extent[axis] as f64 - 1.0) / 2.0;
        return std::array::from_fn(|axis| middle(axis) * count as f64);
    }
    let mut sum = [0.0; 3];
    for (i, _) in values.iter().enumerate().filter(|&(_, &value)| value > T::MASKED) {
        let within = unravel(i, block.extent);
        sum = std::array::from_fn(|axis| sum[axis] + (block.start[axis] + within[axis]) as f64);
    }
    sum
}

/// The moments of a box of voxels of weight 1, about its first voxel.
fn full(extent: [usize; 3]) -> Sums {
    let mass = extent.iter().product::<usize>() as f64;
    let longest = extent.map(|n| n as f64 - 1.0);
    let second = Covariance::PAIRS.map(|(a, b)| {
        let product =
            if a == b { longest[a] * (2.0 * longest[a] + 1.0) / 6.0 } else { longest[a] * longest[b] / 4.0 };
        mass * product
    });
    Sums { mass, first: longest.map(|last| mass * last / 2.0), second, energy: 0.0 }
}

/// Replaces the contents of a buffer without giving up its memory.
fn refill(buffer: &mut Vec<f64>, values: impl Iterator<Item = f64>) {
    buffer.clear();
    buffer.extend(values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_coordinates_by_hand() {
        let block = Block { start: [0, 1, 5], extent: [1, 2, 2] };
        // (0, 1, 5), (0, 1, 6), (0, 2, 5), (0, 2, 6), the second masked.
        let values = [1.0, f32::NEG_INFINITY, 2.0, 3.0];
        assert_eq!(sum_of_coordinates(&block, &values, 3), [0.0, 5.0, 16.0]);
        assert_eq!(sum_of_coordinates(&block, &[1.0; 4], 4), [0.0, 6.0, 22.0]);
    }

    #[test]
    fn a_full_box_by_hand() {
        // Coordinates 0, 1, 2 along the second axis and 0, 1 along the third.
        let sums = full([1, 3, 2]);
        assert_eq!((sums.mass, sums.first), (6.0, [0.0, 6.0, 3.0]));
        assert_eq!(sums.second, [0.0, 0.0, 0.0, 10.0, 3.0, 3.0]);
    }
}
