//! The fused pass over one block: weights, their mass, and all first and second moments.
//!
//! The grid of a [`Tiling`] is walked column by column (sixteen lanes wide), eight steps at a time.
//! Eight weights are added as a balanced tree about the middle of their tile: sums of equal numbers
//! are then exact, which is what keeps half a volume of flat background from pulling the mean. Each
//! tile is widened and accumulated in f64.
//!
//! The block's peak is left out of the vector sums and added by hand: it is the origin of the
//! moments, so it belongs to the mass alone. What remains are moments whose rounding is relative to
//! their own size, which keeps the covariance of a very narrow peak right.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::lanes::{Exponent, LANES, Lanes, Pair, Value, Wide};
use super::level::on_level;
use super::moments::Sums;
use super::tiling::{TILE, Tiling};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, f64x8};

/// Sums the weights of a padded block about its voxel `hole` (an index into the padded block), whose
/// own coordinates in the block are `centre`.
pub(super) fn sums<T: Value>(
    level: Level,
    tiling: &Tiling,
    padded: &[T],
    exponent: &Exponent<T>,
    hole: usize,
    centre: [usize; 3],
    with_energy: bool,
) -> Sums {
    let block = Grid { tiling, padded, exponent, hole };
    let about_start = if with_energy {
        on_level!(level, simd => block.sums::<_, true>(simd))
    } else {
        on_level!(level, simd => block.sums::<_, false>(simd))
    };
    let (mass, energy) = on_level!(level, simd => peak_weight(simd, padded[hole], exponent));
    let mut sums = about_start.moved(centre.map(|i| -(i as f64)));
    sums.mass += mass;
    sums.energy += energy;
    sums
}

/// The weight e of one value and e·y, by the same arithmetic as all others.
#[inline(always)]
fn peak_weight<S: Simd, T: Value>(simd: S, value: T, exponent: &Exponent<T>) -> (f64, f64) {
    let y = T::Lanes::splat(simd, value).exponent(exponent);
    let e = y.exp2();
    (e.widen()[0].as_slice()[0], e.times(y).widen()[0].as_slice()[0])
}

/// Mass and first and second moments along the steps, sixteen lanes of each.
#[derive(Clone, Copy)]
struct Steps<V> {
    mass: V,
    first: V,
    second: V,
    energy: V,
}

struct Grid<'a, T> {
    tiling: &'a Tiling,
    padded: &'a [T],
    exponent: &'a Exponent<T>,
    hole: usize,
}

impl<T: Value> Grid<'_, T> {
    #[inline(always)]
    fn sums<S: Simd, const ENERGY: bool>(&self, simd: S) -> Sums {
        let mut moments = Moments::new(simd);
        for column in 0..self.tiling.pitch / LANES {
            let steps = self.column::<S, ENERGY>(simd, column);
            moments.take(simd, self.tiling, column, &steps);
        }
        moments.fold(self.tiling)
    }

    /// The steps of one column, summed in f64.
    #[inline(always)]
    fn column<S: Simd, const ENERGY: bool>(&self, simd: S, column: usize) -> Steps<Wide<S>> {
        let zero = [simd.splat_f64x8(0.0); 2];
        let mut total = Steps { mass: zero, first: zero, second: zero, energy: zero };
        for start in (0..self.tiling.steps).step_by(TILE) {
            let tile = self.tile::<S, ENERGY>(simd, column, start);
            // The tile's moments are about its fifth step.
            let t = (start + TILE / 2) as f64;
            let (t1, t2, tt) = (simd.splat_f64x8(t), simd.splat_f64x8(2.0 * t), simd.splat_f64x8(t * t));
            for half in 0..2 {
                let (a, b, c) = (tile.mass[half], tile.first[half], tile.second[half]);
                total.mass[half] += a;
                total.first[half] += simd.mul_add_precise_f64x8(t1, a, b);
                let curved = simd.mul_add_precise_f64x8(t2, b, c);
                total.second[half] += simd.mul_add_precise_f64x8(tt, a, curved);
                if ENERGY {
                    total.energy[half] += tile.energy[half];
                }
            }
        }
        total
    }

    /// Up to eight steps of one column, about the fifth.
    #[inline(always)]
    fn tile<S: Simd, const ENERGY: bool>(&self, simd: S, column: usize, start: usize) -> Steps<Wide<S>> {
        let zero = T::Lanes::splat(simd, T::ZERO);
        let (mut e, mut y) = ([zero; TILE], [zero; TILE]);
        let count = TILE.min(self.tiling.steps - start);
        if count == TILE {
            // Counted by a constant, so that the weights stay in registers.
            for i in 0..TILE {
                (e[i], y[i]) = self.weights(simd, column, start + i);
            }
        } else {
            for i in 0..count {
                (e[i], y[i]) = self.weights(simd, column, start + i);
            }
        }
        let energy = if ENERGY { tree(std::array::from_fn(|i| e[i].times(y[i]))) } else { zero };
        // Steps of more than one slice weigh a rounding by the square of the distance, and neighbours of
        // the peak may be a step away from it: such tiles are added in f64 throughout.
        let mut steps = if self.tiling.stride > 1 {
            Steps::new(e.map(|e| Pair::from(e.widen()))).widen()
        } else {
            Steps::new(e).widen()
        };
        steps.energy = energy.widen();
        steps
    }

    /// The weights of one step of a column, and their exponents.
    #[inline(always)]
    fn weights<S: Simd>(&self, simd: S, column: usize, step: usize) -> (T::Lanes<S>, T::Lanes<S>) {
        let y = self.load(simd, column, step).exponent(self.exponent);
        (y.exp2(), y)
    }

    /// The values of one step of a column, without the peak.
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S, column: usize, step: usize) -> T::Lanes<S> {
        let start = step * self.tiling.pitch + column * LANES;
        let lanes = &self.padded[start..start + LANES];
        if self.hole / LANES == start / LANES {
            let mut patched = [T::MASKED; LANES];
            patched.copy_from_slice(lanes);
            patched[self.hole % LANES] = T::MASKED;
            return T::Lanes::load(simd, &patched);
        }
        T::Lanes::load(simd, lanes)
    }
}

impl<V> Steps<V> {
    /// Moments of eight weights about the fifth, as balanced trees.
    #[inline(always)]
    fn new<S: Simd>(e: [V; TILE]) -> Steps<V>
    where
        V: Lanes<S>,
    {
        let low = Quad::new([e[3], e[2], e[1], e[0]]);
        let high = Quad::new([e[4], e[5], e[6], e[7]]);
        let mass = low.mass.plus(high.mass);
        Steps {
            mass,
            first: high.first.minus(low.first.plus(low.mass)),
            second: high.second.plus(low.second).plus(low.first.scaled_plus(2.0, low.mass)),
            energy: mass,
        }
    }

    #[inline(always)]
    fn widen<S: Simd>(self) -> Steps<Wide<S>>
    where
        V: Lanes<S>,
    {
        Steps {
            mass: self.mass.widen(),
            first: self.first.widen(),
            second: self.second.widen(),
            energy: self.energy.widen(),
        }
    }
}

/// Moments of four weights about the first: Σ e, Σ i·e, Σ i²·e.
struct Quad<V> {
    mass: V,
    first: V,
    second: V,
}

impl<V> Quad<V> {
    #[inline(always)]
    fn new<S: Simd>(e: [V; 4]) -> Quad<V>
    where
        V: Lanes<S>,
    {
        let (odd, upper) = (e[1].plus(e[3]), e[2].plus(e[3]));
        Quad {
            mass: e[0].plus(e[1]).plus(upper),
            first: upper.scaled_plus(2.0, odd),
            second: upper.plus(e[3]).scaled_plus(4.0, odd),
        }
    }
}

/// The sum of eight as a balanced tree.
#[inline(always)]
fn tree<S: Simd, V: Lanes<S>>(e: [V; TILE]) -> V {
    let pairs = [e[0].plus(e[1]), e[2].plus(e[3]), e[4].plus(e[5]), e[6].plus(e[7])];
    pairs[0].plus(pairs[1]).plus(pairs[2].plus(pairs[3]))
}

/// Lane by lane sums over the columns: what the steps' moments become once each lane's own
/// coordinates are known.
struct Moments<S: Simd> {
    mass: f64x8<S>,
    energy: f64x8<S>,
    /// Σ e·r.
    first: [f64x8<S>; 3],
    /// Σ e·r·r.
    second: [f64x8<S>; 6],
    /// Σ t·e and Σ t²·e over steps t.
    step: [f64x8<S>; 2],
    /// Σ t·e·r.
    cross: [f64x8<S>; 3],
}

impl<S: Simd> Moments<S> {
    #[inline(always)]
    fn new(simd: S) -> Moments<S> {
        let zero = simd.splat_f64x8(0.0);
        Moments {
            mass: zero,
            energy: zero,
            first: [zero; 3],
            second: [zero; 6],
            step: [zero; 2],
            cross: [zero; 3],
        }
    }

    #[inline(always)]
    fn take(&mut self, simd: S, tiling: &Tiling, column: usize, steps: &Steps<Wide<S>>) {
        for half in 0..2 {
            let start = column * LANES + half * 8;
            let r: [f64x8<S>; 3] = std::array::from_fn(|axis| {
                f64x8::from_slice(simd, &tiling.coordinates[axis][start..start + 8])
            });
            let (mass, along) = (steps.mass[half], steps.first[half]);
            self.mass += mass;
            self.energy += steps.energy[half];
            self.step[0] += along;
            self.step[1] += steps.second[half];
            // Memory axes before the one that steps move along have one slice in this block.
            for a in tiling.axis..3 {
                let weighted = mass * r[a];
                self.first[a] += weighted;
                self.cross[a] = simd.mul_add_precise_f64x8(along, r[a], self.cross[a]);
                for (b, &other) in r.iter().enumerate().skip(a) {
                    let i = a * (5 - a) / 2 + b;
                    self.second[i] = simd.mul_add_precise_f64x8(weighted, other, self.second[i]);
                }
            }
        }
    }

    /// Adds the lanes up, in a fixed order, and puts the steps' part in its place.
    #[inline(always)]
    fn fold(&self, tiling: &Tiling) -> Sums {
        let fold = |lanes: &f64x8<S>| {
            let e = lanes.as_slice();
            ((e[0] + e[1]) + (e[2] + e[3])) + ((e[4] + e[5]) + (e[6] + e[7]))
        };
        let mut sums = Sums {
            mass: fold(&self.mass),
            energy: fold(&self.energy),
            first: std::array::from_fn(|i| fold(&self.first[i])),
            second: std::array::from_fn(|i| fold(&self.second[i])),
        };
        let (axis, stride) = (tiling.axis, tiling.stride as f64);
        sums.first[axis] += stride * fold(&self.step[0]);
        for (i, (a, b)) in super::moments::PAIRS.into_iter().enumerate() {
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
