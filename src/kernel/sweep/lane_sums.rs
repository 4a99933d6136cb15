//! Lane by lane sums of weights that are not of a softmax: rows first, then the rows of a block.
//!
//! They do not share the tiles of the softmax pass. Weights of an activation are f64 from the start, have no
//! narrow range of exponents, and are not all positive; the tricks that keep f32 sums exact would cost time
//! and gain nothing. A row is summed along its voxels with a running place for each lane, and enters the sums
//! of the block with its plane and its row: two multiplications for each row instead of each voxel.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::sums::Sums;
use crate::kernel::simd::lanes::{Lanes, Pair};
use fearless_simd::Simd;

/// The lane by lane product, rounded once.
#[inline(always)]
pub(crate) fn times<S: Simd>(a: Pair<S>, b: Pair<S>) -> Pair<S> {
    Pair(a.0 * b.0, a.1 * b.1)
}

/// Σ w, Σ w·r and Σ w·r² of one row, lane by lane.
#[derive(Clone, Copy)]
pub(crate) struct RowSums<S: Simd> {
    mass: Pair<S>,
    first: Pair<S>,
    second: Pair<S>,
}

impl<S: Simd> RowSums<S> {
    /// Empty sums.
    #[inline(always)]
    pub(crate) fn new(zero: Pair<S>) -> RowSums<S> {
        RowSums { mass: zero, first: zero, second: zero }
    }

    /// Adds the weights of sixteen voxels at the places `along` the row.
    #[inline(always)]
    pub(crate) fn add(&mut self, weight: Pair<S>, along: Pair<S>, with_spread: bool) {
        self.mass = self.mass.plus(weight);
        self.first = weight.times_plus(along, self.first);
        if with_spread {
            self.second = weight.times_plus(times(along, along), self.second);
        }
    }
}

/// The moments of a block, lane by lane.
#[derive(Clone, Copy)]
pub(crate) struct LaneSums<S: Simd> {
    mass: Pair<S>,
    first: [Pair<S>; 3],
    second: [Pair<S>; 6],
}

impl<S: Simd> LaneSums<S> {
    /// Empty sums.
    #[inline(always)]
    pub(crate) fn new(zero: Pair<S>) -> LaneSums<S> {
        LaneSums { mass: zero, first: [zero; 3], second: [zero; 6] }
    }

    /// Adds a row at `plane` and `row` from the origin.
    #[inline(always)]
    pub(crate) fn add(&mut self, sums: &RowSums<S>, plane: Pair<S>, row: Pair<S>, with_spread: bool) {
        self.mass = self.mass.plus(sums.mass);
        self.first[0] = sums.mass.times_plus(plane, self.first[0]);
        self.first[1] = sums.mass.times_plus(row, self.first[1]);
        self.first[2] = self.first[2].plus(sums.first);
        if with_spread {
            let (by_plane, by_row) = (times(sums.mass, plane), times(sums.mass, row));
            self.second[0] = by_plane.times_plus(plane, self.second[0]);
            self.second[1] = by_plane.times_plus(row, self.second[1]);
            self.second[2] = sums.first.times_plus(plane, self.second[2]);
            self.second[3] = by_row.times_plus(row, self.second[3]);
            self.second[4] = sums.first.times_plus(row, self.second[4]);
            self.second[5] = self.second[5].plus(sums.second);
        }
    }

    /// The lanes added up.
    #[inline(always)]
    pub(crate) fn total(&self) -> Sums {
        let mut sums = Sums { mass: total(self.mass), ..Sums::default() };
        for (sum, lanes) in sums.first.iter_mut().zip(self.first) {
            *sum = total(lanes);
        }
        for (sum, lanes) in sums.second.iter_mut().zip(self.second) {
            *sum = total(lanes);
        }
        sums
    }
}

/// The sum of sixteen lanes in a fixed tree, the same on every level.
#[inline(always)]
fn total<S: Simd>(lanes: Pair<S>) -> f64 {
    let lanes = lanes.to_array();
    let mut sums = [0.0; 4];
    for lane in 0..4 {
        sums[lane] = (lanes[lane] + lanes[lane + 4]) + (lanes[lane + 8] + lanes[lane + 12]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
