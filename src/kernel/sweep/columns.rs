//! Sums over the columns of a block: the moments of the steps become moments of the block.
//!
//! Along the steps a column knows only how far it has moved: mass, first and second moment of each lane,
//! counted in steps. Here each lane's own coordinates come in, relative to the peak:
//!
//! - Σ w·t gives the moment along the axis of the steps, once multiplied by the stride.
//! - Σ w·r, with r the lane's own coordinates, gives the moments along the other axes. They are the same for
//!   all steps, so the mass of the lane is enough.
//! - Σ w·t·r gives the mixed second moments.
//!
//! The peak is the origin. Coordinates of nearby voxels are then small numbers, and so are the sums of a
//! narrow peak: about a distant origin the covariance would be a small difference of large numbers. Lanes are
//! added up once, at the end of a block, always in the same tree.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::steps::Steps;
use super::sums::Sums;
use super::tiling::Tiling;
use crate::geometry::Covariance;
use crate::kernel::simd::lanes::{LANES, Pair};
use crate::kernel::simd::multiply_add::fused_f64;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// Lane by lane sums over the columns, about the peak.
pub(crate) struct ColumnSums<'a, S: Simd> {
    tiling: &'a Tiling,
    /// The peak's step, and its coordinates within a step.
    centre: f64,
    origin: [f64; 3],
    mass: f64x8<S>,
    energy: f64x8<S>,
    /// Σ e·r, r the coordinate of a lane.
    first: [f64x8<S>; 3],
    /// Σ e·r·r.
    second: [f64x8<S>; 6],
    /// Σ t·e and Σ t²·e over steps t.
    step: [f64x8<S>; 2],
    /// Σ t·e·r.
    cross: [f64x8<S>; 3],
}

impl<'a, S: Simd> ColumnSums<'a, S> {
    /// Starts with empty sums about the peak, which is in a step and at a position within it.
    #[inline(always)]
    pub(crate) fn new(simd: S, tiling: &'a Tiling, step: usize, position: usize) -> ColumnSums<'a, S> {
        let zero = simd.splat_f64x8(0.0);
        let [a, b, c] = &tiling.coordinates;
        ColumnSums {
            tiling,
            centre: step as f64,
            origin: [a[position], b[position], c[position]],
            mass: zero,
            energy: zero,
            first: [zero; 3],
            second: [zero; 6],
            step: [zero; 2],
            cross: [zero; 3],
        }
    }

    /// The first memory axis along which the lanes of a step differ.
    #[inline(always)]
    fn first_axis(&self) -> usize {
        self.tiling.axis + usize::from(self.tiling.stride == 1)
    }

    /// Adds the sums of a column, whose first lane is `column` vectors into a step.
    #[inline(always)]
    pub(crate) fn add<const SPREAD: bool>(&mut self, simd: S, column: usize, steps: &Steps<Pair<S>>) {
        let start = column * LANES;
        let Steps { mass, first, second, energy } = *steps;
        self.half::<SPREAD>(simd, start, [mass.0, first.0, second.0, energy.0]);
        self.half::<SPREAD>(simd, start + LANES / 2, [mass.1, first.1, second.1, energy.1]);
    }

    /// Adds eight of the sixteen lanes. Coordinates along axes that all lanes share are skipped.
    #[inline(always)]
    fn half<const SPREAD: bool>(&mut self, simd: S, start: usize, steps: [f64x8<S>; 4]) {
        let [mass, first, second, energy] = steps;
        let zero = simd.splat_f64x8(0.0);
        let along = fused_f64(mass, simd.splat_f64x8(-self.centre), first);
        self.mass += mass;
        self.step[0] += along;
        if SPREAD {
            self.step[1] += second;
            self.energy += energy;
        }
        let mut r = [zero; 3];
        for (a, r) in r.iter_mut().enumerate().skip(self.first_axis()) {
            *r = f64x8::from_slice(simd, &self.tiling.coordinates[a][start..start + LANES / 2])
                - self.origin[a];
        }
        for a in self.first_axis()..3 {
            let weighted = mass * r[a];
            self.first[a] += weighted;
            if SPREAD {
                self.cross[a] = fused_f64(along, r[a], self.cross[a]);
                for (b, &other) in r.iter().enumerate().skip(a) {
                    let i = a * (5 - a) / 2 + b;
                    self.second[i] = fused_f64(weighted, other, self.second[i]);
                }
            }
        }
    }

    /// The lanes added up, in a fixed order, with the part of the steps along their axis.
    #[inline(always)]
    pub(crate) fn fold<const SPREAD: bool>(&self) -> Sums {
        let (axis, stride) = (self.tiling.axis, self.tiling.stride as f64);
        let mut sums = Sums { mass: fold(&self.mass), ..Sums::default() };
        for a in self.first_axis()..3 {
            sums.first[a] = fold(&self.first[a]);
        }
        sums.first[axis] += stride * fold(&self.step[0]);
        if !SPREAD {
            return sums;
        }
        sums.energy = fold(&self.energy);
        for (i, (a, b)) in Covariance::PAIRS.into_iter().enumerate() {
            sums.second[i] = fold(&self.second[i]);
            if a == axis {
                sums.second[i] += stride * fold(&self.cross[b]);
            }
            if b == axis {
                sums.second[i] += stride * fold(&self.cross[a]);
            }
            if a == axis && b == axis {
                sums.second[i] += stride * stride * fold(&self.step[1]);
            }
        }
        sums
    }
}

/// The sum of eight lanes.
#[inline(always)]
fn fold<S: Simd>(lanes: &f64x8<S>) -> f64 {
    let e = lanes.as_slice();
    ((e[0] + e[1]) + (e[2] + e[3])) + ((e[4] + e[5]) + (e[6] + e[7]))
}
