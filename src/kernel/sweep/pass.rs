//! The fused pass over one block: the weights, their mass, and their first and second moments.
//!
//! The grid of a [`Tiling`] is walked column by column (sixteen lanes wide), eight steps at a time. Eight
//! weights are added as a balanced tree about the middle of their tile, and four tiles likewise. Sums of
//! equal numbers are then exact, so that half a volume of flat background does not pull the mean. Everything
//! beyond four tiles is widened and accumulated in f64.
//!
//! The block's peak is left out of the vector sums and added separately: it is the origin of the moments and
//! adds to the mass alone. Second moments along the steps are sums of weights times squared distances from
//! it. Their rounding is then relative to their own size, which keeps the covariance of a very narrow peak
//! accurate.
//!
//! Mass and first moments are the same numbers with and without the spread: `--stats` must not move a
//! landmark. The compiler makes one version of the loop for each case, so that who does not ask for the
//! spread does not pay for it.
//!
//! A tile at the edge of the grid, or one with the peak in it, is first copied to a small buffer in which
//! padding and peak are masked. All other tiles are read in place. There is no third case: masked voxels are
//! −inf and weigh 0 by themselves.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::columns::ColumnSums;
use super::exp::{Exponent, Weighable};
use super::steps::{GROUP, Half, Steps, dot, fallen, squared, weighted};
use super::sums::Sums;
use super::tiling::{TILE, Tiling};
use crate::kernel::simd::lanes::{LANES, Lanes, Pair};
use crate::kernel::simd::level::{SimdLevel, on_level};
use crate::kernel::simd::prefetch::prefetch;
use fearless_simd::Simd;

/// The values of a block, and how they are summed.
pub(crate) struct TiledBlock<'a, T> {
    pub(crate) tiling: &'a Tiling,
    pub(crate) values: &'a [T],
    /// The values that will be swept next: fetched into the cache meanwhile.
    pub(crate) ahead: &'a [T],
    pub(crate) exponent: &'a Exponent<T>,
}

/// Sums the weights of a block about its voxel `peak`, an index into its values; second moments and energy
/// only `with_spread`.
pub(crate) fn sums<T: Weighable>(
    level: SimdLevel,
    block: &TiledBlock<'_, T>,
    peak: usize,
    with_spread: bool,
) -> Sums {
    let TiledBlock { tiling, values, ahead, exponent } = *block;
    let (peak_step, position) = tiling.step_of(peak);
    let pass = Pass { tiling, values, ahead, exponent, peak, peak_step, position };
    if with_spread {
        on_level!(level, simd => pass.sums::<_, true>(simd))
    } else {
        on_level!(level, simd => pass.sums::<_, false>(simd))
    }
}

/// A block, and where its peak is: as an index, as a step, and as a position in the step.
struct Pass<'a, T> {
    tiling: &'a Tiling,
    values: &'a [T],
    ahead: &'a [T],
    exponent: &'a Exponent<T>,
    peak: usize,
    peak_step: usize,
    position: usize,
}

impl<T: Weighable> Pass<'_, T> {
    /// All columns, and then the peak, which was left out of them.
    #[inline(always)]
    fn sums<S: Simd, const SPREAD: bool>(&self, simd: S) -> Sums {
        let mut moments = ColumnSums::new(simd, self.tiling, self.peak_step, self.position);
        for column in 0..self.tiling.pitch / LANES {
            let steps = self.column::<S, SPREAD>(simd, column);
            moments.add::<SPREAD>(simd, column, &steps);
        }
        let mut sums = moments.fold::<SPREAD>();
        let peak = T::Lanes::splat(simd, self.values[self.peak]);
        let (e, fall) = (T::weight(peak, self.exponent).widen(), T::fall(peak, self.exponent).widen());
        let (e, fall) = (e.to_array()[0], fall.to_array()[0]);
        sums.mass += e;
        sums.energy =
            if SPREAD { self.exponent.energy(e.mul_add(fall, sums.energy), sums.mass) } else { 0.0 };
        sums
    }

    /// The steps of one column.
    ///
    /// Weights are computed in one place for all kinds of tiles: this is much code on every SIMD level, and
    /// several copies of it took the compiler minutes.
    #[inline(always)]
    fn column<S: Simd, const SPREAD: bool>(&self, simd: S, column: usize) -> Steps<Pair<S>> {
        let mut total = Steps::zero(Pair::splat(simd, 0.0));
        let mut group = [Steps::zero(T::Lanes::splat(simd, T::ZERO)); GROUP];
        let mut count = 0;
        for step in (0..self.tiling.steps).step_by(TILE) {
            let squares = self.tiling.squares(step, self.peak_step);
            self.fetch(column, step);
            let patched;
            let (values, pitch) = if self.is_whole(column, step) {
                (&self.values[step * self.tiling.width + column * LANES..], self.tiling.width)
            } else {
                patched = self.patched(column, step);
                (&patched[..], LANES)
            };
            // One check for all eight.
            let values = &values[..(TILE - 1) * pitch + LANES];
            if self.tiling.stride > 1 {
                // A step is several slices, so a rounding error of a moment counts several times, and
                // neighbours of the peak may be a step away from it. Weights are added in f64 throughout.
                let tile = wide_tile::<S, T, SPREAD>(simd, values, pitch, self.exponent, squares);
                total.add::<SPREAD>(simd, tile, step + TILE / 2);
                continue;
            }
            group[count] = tile::<S, T, SPREAD>(simd, values, pitch, self.exponent, squares);
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

    /// A copy of the voxels of a tile, without the peak.
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

    /// Fetches as many of the values ahead into the cache as a tile has.
    #[inline(always)]
    fn fetch(&self, column: usize, step: usize) {
        let tile = column * self.tiling.steps.div_ceil(TILE) + step / TILE;
        prefetch(self.ahead, tile * TILE * LANES, TILE * LANES);
    }
}

/// The sums of eight vectors that are `pitch` apart.
///
/// Four weights are made and added before the other four, which is what AVX2 has registers for.
#[inline(always)]
fn tile<S: Simd, T: Weighable, const SPREAD: bool>(
    simd: S,
    values: &[T],
    pitch: usize,
    exponent: &Exponent<T>,
    squares: &[f32],
) -> Steps<T::Lanes<S>> {
    let x = four::<S, T>(simd, values, pitch);
    let e = weights::<S, T>(x, exponent);
    let low = Half::new([e[3], e[2], e[1], e[0]]);
    let (mut second, mut energy) = (e, e);
    if SPREAD {
        second = squared(e, squares);
        energy = fallen(e, falls::<S, T>(x, exponent));
    }
    let x = four::<S, T>(simd, &values[4 * pitch..], pitch);
    let e = weights::<S, T>(x, exponent);
    let mut steps = Steps::tile(low, Half::new(e));
    if SPREAD {
        steps.second = weighted(second, e, &squares[4..]);
        steps.energy = dot(energy, e, falls::<S, T>(x, exponent));
    }
    steps
}

/// The same, added in f64.
#[inline(always)]
fn wide_tile<S: Simd, T: Weighable, const SPREAD: bool>(
    simd: S,
    values: &[T],
    pitch: usize,
    exponent: &Exponent<T>,
    squares: &[f32],
) -> Steps<Pair<S>> {
    let x = four::<S, T>(simd, values, pitch);
    let e = widened(weights::<S, T>(x, exponent));
    let low = Half::new([e[3], e[2], e[1], e[0]]);
    let (mut second, mut energy) = (e, e);
    if SPREAD {
        second = squared(e, squares);
        energy = fallen(e, widened(falls::<S, T>(x, exponent)));
    }
    let x = four::<S, T>(simd, &values[4 * pitch..], pitch);
    let e = widened(weights::<S, T>(x, exponent));
    let mut steps = Steps::tile(low, Half::new(e));
    if SPREAD {
        steps.second = weighted(second, e, &squares[4..]);
        steps.energy = dot(energy, e, widened(falls::<S, T>(x, exponent)));
    }
    steps
}

/// Four vectors that are `pitch` apart.
#[inline(always)]
fn four<S: Simd, T: Weighable>(simd: S, values: &[T], pitch: usize) -> [T::Lanes<S>; 4] {
    [
        T::Lanes::load(simd, values),
        T::Lanes::load(simd, &values[pitch..]),
        T::Lanes::load(simd, &values[2 * pitch..]),
        T::Lanes::load(simd, &values[3 * pitch..]),
    ]
}

/// The weights of four vectors. Written out, as all of these: a closure would not be inlined.
#[inline(always)]
fn weights<S: Simd, T: Weighable>(x: [T::Lanes<S>; 4], exponent: &Exponent<T>) -> [T::Lanes<S>; 4] {
    let [a, b, c, d] = x;
    [T::weight(a, exponent), T::weight(b, exponent), T::weight(c, exponent), T::weight(d, exponent)]
}

/// How low they lie.
#[inline(always)]
fn falls<S: Simd, T: Weighable>(x: [T::Lanes<S>; 4], exponent: &Exponent<T>) -> [T::Lanes<S>; 4] {
    let [a, b, c, d] = x;
    [T::fall(a, exponent), T::fall(b, exponent), T::fall(c, exponent), T::fall(d, exponent)]
}

/// Four vectors as f64.
#[inline(always)]
fn widened<S: Simd, V: Lanes<S>>([a, b, c, d]: [V; 4]) -> [Pair<S>; 4] {
    [a.widen(), b.widen(), c.widen(), d.widen()]
}
