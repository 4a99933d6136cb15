//! The fused pass over one block: weights, their mass, and their first and second moments.
//!
//! The grid of a [`Tiling`] is walked column by column (sixteen lanes wide), eight steps at a time.
//! Eight weights are added as a balanced tree about the middle of their tile, and four tiles likewise: sums
//! of equal numbers are then exact, which is what keeps half a volume of flat background from pulling the
//! mean. What is more than that is widened and accumulated in f64.
//!
//! The block's peak is left out of the vector sums and added by hand: it is the origin of the
//! moments, so it belongs to the mass alone. Second moments along the steps are sums of weights times
//! squared distances from it: rounding is then relative to their own size, which keeps the covariance of a
//! very narrow peak right.
//!
//! Masses and first moments are the same numbers whether the spread is asked for or not.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::exp::Exponent;
use super::fused::fused_f64;
use super::lanes::{LANES, Lanes, Pair, Value};
use super::level::on_level;
use super::moments::{PAIRS, Sums};
use super::prefetch::prefetch;
use super::tiling::{TILE, Tiling};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, f64x8};

/// Tiles that are added in the type of the values.
const GROUP: usize = 4;

/// A block that is to be summed about one of its voxels.
pub(super) struct Block<'a, T> {
    pub(super) tiling: &'a Tiling,
    pub(super) values: &'a [T],
    /// What will be swept next: brought into the cache meanwhile.
    pub(super) ahead: &'a [T],
    pub(super) exponent: &'a Exponent<T>,
}

/// Sums the weights of a block about its voxel `peak`, an index into its values; second moments and energy
/// only `with_spread`.
pub(super) fn sums<T: Value>(level: Level, block: &Block<'_, T>, peak: usize, with_spread: bool) -> Sums {
    let Block { tiling, values, ahead, exponent } = *block;
    let (peak_step, position) = tiling.step_of(peak);
    let grid = Grid { tiling, values, ahead, exponent, peak, peak_step, position };
    if with_spread {
        on_level!(level, simd => grid.sums::<_, true>(simd))
    } else {
        on_level!(level, simd => grid.sums::<_, false>(simd))
    }
}

/// A block on its grid, and where its peak is: as an index, as a step, and as a position in the step.
struct Grid<'a, T> {
    tiling: &'a Tiling,
    values: &'a [T],
    ahead: &'a [T],
    exponent: &'a Exponent<T>,
    peak: usize,
    peak_step: usize,
    position: usize,
}

/// Sums of weights along the steps: mass, and the first moment about some step. With the spread, the second
/// moment about the peak's step, and energy.
#[derive(Clone, Copy)]
struct Steps<V> {
    mass: V,
    first: V,
    second: V,
    energy: V,
}

impl<T: Value> Grid<'_, T> {
    #[inline(always)]
    fn sums<S: Simd, const SPREAD: bool>(&self, simd: S) -> Sums {
        let mut moments = Moments::new(simd, self.tiling, self.peak_step, self.position);
        for column in 0..self.tiling.pitch / LANES {
            let steps = self.column::<S, SPREAD>(simd, column);
            moments.take::<SPREAD>(simd, column, &steps);
        }
        let mut sums = moments.fold::<SPREAD>();
        let peak = T::Lanes::splat(simd, self.values[self.peak]);
        let (e, fall) = (peak.weight(self.exponent).widen(), peak.fall(self.exponent).widen());
        let (e, fall) = (e.to_array()[0], fall.to_array()[0]);
        sums.mass += e;
        sums.energy =
            if SPREAD { self.exponent.energy(e.mul_add(fall, sums.energy), sums.mass) } else { 0.0 };
        sums
    }

    /// The steps of one column.
    ///
    /// Weights are computed in one place, for tiles of all kinds: this is much code on every SIMD level, and
    /// several copies of it took the compiler minutes.
    #[inline(always)]
    fn column<S: Simd, const SPREAD: bool>(&self, simd: S, column: usize) -> Steps<Pair<S>> {
        let mut total = Steps::zero(Pair::splat(simd, 0.0));
        let mut group = [Steps::zero(T::Lanes::splat(simd, T::ZERO)); GROUP];
        let mut count = 0;
        for step in (0..self.tiling.steps).step_by(TILE) {
            let (e, falls) = self.weights::<S, SPREAD>(simd, column, step);
            let squares = self.tiling.squares(step, self.peak_step);
            if self.tiling.stride > 1 {
                // A step is several slices: a rounding of a moment counts for as many there, and neighbours
                // of the peak may be a step away from it. Weights are added in f64 throughout.
                let wide = if SPREAD { widen_all(falls) } else { [Pair::splat(simd, 0.0); TILE] };
                let tile = Steps::tile::<S, SPREAD>(widen_all(e), wide, squares);
                total.add::<SPREAD>(simd, tile, step + TILE / 2);
                continue;
            }
            group[count] = Steps::tile::<S, SPREAD>(e, falls, squares);
            count += 1;
            if count == GROUP {
                let middle = step + TILE - GROUP * TILE / 2;
                total.add::<SPREAD>(simd, Steps::group(group).widen(), middle);
                count = 0;
            }
        }
        let start = self.tiling.steps.div_ceil(TILE) - count;
        for (i, tile) in group[..count].iter().enumerate() {
            total.add::<SPREAD>(simd, tile.widen(), (start + i) * TILE + TILE / 2);
        }
        total
    }

    /// The weights of eight steps of a column, and how low their values lie.
    #[inline(always)]
    #[expect(clippy::type_complexity, reason = "two arrays of vectors")]
    fn weights<S: Simd, const SPREAD: bool>(
        &self,
        simd: S,
        column: usize,
        step: usize,
    ) -> ([T::Lanes<S>; TILE], [T::Lanes<S>; TILE]) {
        self.fetch(column, step);
        let (width, start) = (self.tiling.width, step * self.tiling.width + column * LANES);
        let patched;
        let (values, pitch) = if self.is_whole(column, step) {
            (&self.values[start..], width)
        } else {
            patched = self.patched(column, step);
            (&patched[..], LANES)
        };
        weights_of::<S, T, SPREAD>(simd, values, pitch, self.exponent)
    }

    /// Whether every lane of a tile is a voxel, and none of them the peak.
    #[inline(always)]
    fn is_whole(&self, column: usize, step: usize) -> bool {
        let (width, start) = (self.tiling.width, step * self.tiling.width + column * LANES);
        let end = start + (TILE - 1) * width + LANES;
        let has_peak = self.position / LANES == column && self.peak_step / TILE == step / TILE;
        !has_peak
            && (column + 1) * LANES <= width
            && step + TILE <= self.tiling.steps
            && end <= self.values.len()
    }

    /// Copies the voxels of a tile but for the peak.
    #[inline(never)]
    fn patched(&self, column: usize, step: usize) -> [T; TILE * LANES] {
        let mut patched = [T::MASKED; TILE * LANES];
        let width = self.tiling.width;
        for (i, lanes) in patched.chunks_exact_mut(LANES).enumerate() {
            let start = ((step + i) * width + column * LANES).min(self.values.len());
            let end = ((step + i + 1) * width).min(start + LANES).clamp(start, self.values.len());
            lanes[..end - start].copy_from_slice(&self.values[start..end]);
            if (start..end).contains(&self.peak) {
                lanes[self.peak - start] = T::MASKED;
            }
        }
        patched
    }

    /// Brings as much of what lies ahead into the cache as a tile has values.
    #[inline(always)]
    fn fetch(&self, column: usize, step: usize) {
        let tile = column * self.tiling.steps.div_ceil(TILE) + step / TILE;
        prefetch(self.ahead, tile * TILE * LANES, TILE * LANES);
    }
}

/// The weights of eight vectors that are `pitch` apart, and how low their values lie.
#[inline(always)]
#[expect(clippy::type_complexity, reason = "two arrays of vectors")]
fn weights_of<S: Simd, T: Value, const SPREAD: bool>(
    simd: S,
    values: &[T],
    pitch: usize,
    exponent: &Exponent<T>,
) -> ([T::Lanes<S>; TILE], [T::Lanes<S>; TILE]) {
    // One check for all eight.
    let values = &values[..(TILE - 1) * pitch + LANES];
    let zero = T::Lanes::splat(simd, T::ZERO);
    let (mut e, mut falls) = ([zero; TILE], [zero; TILE]);
    for i in 0..TILE {
        let x = T::Lanes::load(simd, &values[i * pitch..i * pitch + LANES]);
        e[i] = x.weight(exponent);
        if SPREAD {
            falls[i] = x.fall(exponent);
        }
    }
    (e, falls)
}

#[inline(always)]
fn widen_all<S: Simd, V: Lanes<S>>(v: [V; TILE]) -> [Pair<S>; TILE] {
    let [a, b, c, d, e, f, g, h] = v;
    [a.widen(), b.widen(), c.widen(), d.widen(), e.widen(), f.widen(), g.widen(), h.widen()]
}

impl<V: Copy> Steps<V> {
    #[inline(always)]
    fn zero(zero: V) -> Steps<V> {
        Steps { mass: zero, first: zero, second: zero, energy: zero }
    }

    /// Moments of eight weights, the first about the fifth.
    #[inline(always)]
    fn tile<S: Simd, const SPREAD: bool>(e: [V; TILE], falls: [V; TILE], squares: &[f32]) -> Steps<V>
    where
        V: Lanes<S>,
    {
        let (low_mass, low) = quad([e[3], e[2], e[1], e[0]]);
        let (high_mass, high) = quad([e[4], e[5], e[6], e[7]]);
        let mass = low_mass.plus(high_mass);
        let mut steps = Steps { mass, first: high.minus(low.plus(low_mass)), second: mass, energy: mass };
        if SPREAD {
            steps.second = weighted(e, squares);
            steps.energy = dot(e, falls);
        }
        steps
    }

    /// Four tiles as one, the first moment about the middle.
    #[inline(always)]
    fn group<S: Simd>([a, b, c, d]: [Steps<V>; GROUP]) -> Steps<V>
    where
        V: Lanes<S>,
    {
        // The tiles' own fifth steps are 12, 4, 4 and 12 steps away from it.
        let (inner, outer) = (c.mass.minus(b.mass), d.mass.minus(a.mass));
        let first = a.first.plus(b.first).plus(c.first.plus(d.first));
        Steps {
            mass: a.mass.plus(b.mass).plus(c.mass.plus(d.mass)),
            first: outer.scaled_plus(3.0, inner).scaled_plus(4.0, first),
            second: a.second.plus(b.second).plus(c.second.plus(d.second)),
            energy: a.energy.plus(b.energy).plus(c.energy.plus(d.energy)),
        }
    }

    #[inline(always)]
    fn widen<S: Simd>(self) -> Steps<Pair<S>>
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

impl<S: Simd> Steps<Pair<S>> {
    /// Adds steps whose first moment is about step `about`; here it is about step 0.
    #[inline(always)]
    fn add<const SPREAD: bool>(&mut self, simd: S, steps: Steps<Pair<S>>, about: usize) {
        let about = Pair::splat(simd, about as f64);
        self.mass = self.mass.plus(steps.mass);
        self.first = self.first.plus(steps.mass.times_plus(about, steps.first));
        if SPREAD {
            self.second = self.second.plus(steps.second);
            self.energy = self.energy.plus(steps.energy);
        }
    }
}

/// Of four weights the sum, and the first moment about the first.
#[inline(always)]
fn quad<S: Simd, V: Lanes<S>>(e: [V; 4]) -> (V, V) {
    let (odd, upper) = (e[1].plus(e[3]), e[2].plus(e[3]));
    (e[0].plus(e[1]).plus(upper), upper.scaled_plus(2.0, odd))
}

/// Σ e·square. Not a balanced tree: second moments bear rounding relative to their own size.
#[inline(always)]
fn weighted<S: Simd, V: Lanes<S>>(e: [V; TILE], squares: &[f32]) -> V {
    let squares = &squares[..TILE];
    let zero = e[0].minus(e[0]);
    let mut sums = [zero; 4];
    for i in 0..4 {
        sums[i] = e[i + 4].scaled_plus(squares[i + 4], e[i].scaled_plus(squares[i], zero));
    }
    sums[0].plus(sums[1]).plus(sums[2].plus(sums[3]))
}

/// Σ e·fall.
#[inline(always)]
fn dot<S: Simd, V: Lanes<S>>(e: [V; TILE], falls: [V; TILE]) -> V {
    let zero = e[0].minus(e[0]);
    let mut sums = [zero; 4];
    for i in 0..4 {
        sums[i] = e[i + 4].times_plus(falls[i + 4], e[i].times_plus(falls[i], zero));
    }
    sums[0].plus(sums[1]).plus(sums[2].plus(sums[3]))
}

/// Lane by lane sums over the columns, about the peak: what the steps' moments become once each lane's own
/// coordinates are known.
struct Moments<'a, S: Simd> {
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

impl<'a, S: Simd> Moments<'a, S> {
    #[inline(always)]
    fn new(simd: S, tiling: &'a Tiling, step: usize, position: usize) -> Moments<'a, S> {
        let zero = simd.splat_f64x8(0.0);
        let [a, b, c] = &tiling.coordinates;
        Moments {
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

    #[inline(always)]
    fn take<const SPREAD: bool>(&mut self, simd: S, column: usize, steps: &Steps<Pair<S>>) {
        let start = column * LANES;
        let Steps { mass, first, second, energy } = *steps;
        self.half::<SPREAD>(simd, start, [mass.0, first.0, second.0, energy.0]);
        self.half::<SPREAD>(simd, start + LANES / 2, [mass.1, first.1, second.1, energy.1]);
    }

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
        for a in self.first_axis()..3 {
            r[a] = f64x8::from_slice(simd, &self.tiling.coordinates[a][start..start + LANES / 2])
                - self.origin[a];
        }
        for a in self.first_axis()..3 {
            let weighted = mass * r[a];
            self.first[a] += weighted;
            if SPREAD {
                self.cross[a] = fused_f64(along, r[a], self.cross[a]);
                for b in a..3 {
                    let i = a * (5 - a) / 2 + b;
                    self.second[i] = fused_f64(weighted, r[b], self.second[i]);
                }
            }
        }
    }

    /// Adds the lanes up, in a fixed order, and puts the steps' part in its place.
    #[inline(always)]
    fn fold<const SPREAD: bool>(&self) -> Sums {
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
        for (i, (a, b)) in PAIRS.into_iter().enumerate() {
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
