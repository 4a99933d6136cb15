//! Sums of weights along the steps of a column, lane by lane: eight steps (a tile) as a balanced tree, and
//! four tiles as another.
//!
//! The first moment of a tile is about its own middle:
//!
//! ```text
//! steps       0    1    2    3    4    5    6    7
//! distance   −4   −3   −2   −1    0    1    2    3      from the fifth step
//! ```
//!
//! Two halves of four weights are summed outwards from the middle, and the moment is a difference of the two.
//! In a flat region the weights are equal, the differences are exact multiples of one number, and no rounding
//! pulls the mean. The moment is later moved to where it belongs with whole numbers of steps, in f64.
//!
//! Trees and not running sums, for two reasons: a tree of eight is three additions deep, so less is rounded
//! than in a chain of seven, and the processor can work on its branches at once. The shape of the tree fixes
//! the bits.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use crate::kernel::simd::lanes::{Lanes, Pair};
use fearless_simd::Simd;

/// Tiles that are added in the element type of the values, before they are widened to f64.
pub(crate) const GROUP: usize = 4;

/// Sums of weights along the steps: mass, and the first moment about some step. With the spread, the second
/// moment about the peak's step, and energy.
#[derive(Clone, Copy)]
pub(crate) struct Steps<V> {
    pub(crate) mass: V,
    pub(crate) first: V,
    pub(crate) second: V,
    pub(crate) energy: V,
}

impl<V: Copy> Steps<V> {
    /// Empty sums.
    #[inline(always)]
    pub(crate) fn zero(zero: V) -> Steps<V> {
        Steps { mass: zero, first: zero, second: zero, energy: zero }
    }

    /// Moments of eight weights, the first about the fifth: those of the first four steps, and of the others.
    #[inline(always)]
    pub(crate) fn tile<S: Simd>(low: Half<V>, high: Half<V>) -> Steps<V>
    where
        V: Lanes<S>,
    {
        let mass = low.mass.plus(high.mass);
        Steps { mass, first: high.first.minus(low.first.plus(low.mass)), second: mass, energy: mass }
    }

    /// Four tiles as one, the first moment about the middle.
    #[inline(always)]
    pub(crate) fn group<S: Simd>([a, b, c, d]: [Steps<V>; GROUP]) -> Steps<V>
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

    /// The same sums in f64.
    #[inline(always)]
    pub(crate) fn widen<S: Simd>(self) -> Steps<Pair<S>>
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
    pub(crate) fn add<const SPREAD: bool>(&mut self, simd: S, steps: Steps<Pair<S>>, about: usize) {
        let about = Pair::splat(simd, about as f64);
        self.mass = self.mass.plus(steps.mass);
        self.first = self.first.plus(steps.mass.times_plus(about, steps.first));
        if SPREAD {
            self.second = self.second.plus(steps.second);
            self.energy = self.energy.plus(steps.energy);
        }
    }
}

/// Half a tile: of four weights the sum, and the first moment about the first.
#[derive(Clone, Copy)]
pub(crate) struct Half<V> {
    mass: V,
    first: V,
}

impl<V: Copy> Half<V> {
    /// Of four weights outwards from the middle of the tile.
    #[inline(always)]
    pub(crate) fn new<S: Simd>(e: [V; 4]) -> Half<V>
    where
        V: Lanes<S>,
    {
        let (odd, upper) = (e[1].plus(e[3]), e[2].plus(e[3]));
        Half { mass: e[0].plus(e[1]).plus(upper), first: upper.scaled_plus(2.0, odd) }
    }
}

/// Σ e·square, by the products of the first four steps. Not a balanced tree: second moments bear rounding
/// relative to their own size.
#[inline(always)]
pub(crate) fn weighted<S: Simd, V: Lanes<S>>(products: [V; 4], e: [V; 4], squares: &[f32]) -> V {
    let squares = &squares[..4];
    let sums = [
        e[0].scaled_plus(squares[0], products[0]),
        e[1].scaled_plus(squares[1], products[1]),
        e[2].scaled_plus(squares[2], products[2]),
        e[3].scaled_plus(squares[3], products[3]),
    ];
    sums[0].plus(sums[1]).plus(sums[2].plus(sums[3]))
}

/// Σ e·fall, by the products of the first four steps.
#[inline(always)]
pub(crate) fn dot<S: Simd, V: Lanes<S>>(products: [V; 4], e: [V; 4], falls: [V; 4]) -> V {
    let sums = [
        e[0].times_plus(falls[0], products[0]),
        e[1].times_plus(falls[1], products[1]),
        e[2].times_plus(falls[2], products[2]),
        e[3].times_plus(falls[3], products[3]),
    ];
    sums[0].plus(sums[1]).plus(sums[2].plus(sums[3]))
}

/// The products with squares of the first four steps.
#[inline(always)]
pub(crate) fn squared<S: Simd, V: Lanes<S>>(e: [V; 4], squares: &[f32]) -> [V; 4] {
    let squares = &squares[..4];
    let zero = e[0].minus(e[0]);
    [
        e[0].scaled_plus(squares[0], zero),
        e[1].scaled_plus(squares[1], zero),
        e[2].scaled_plus(squares[2], zero),
        e[3].scaled_plus(squares[3], zero),
    ]
}

/// The products with falls of the first four steps.
#[inline(always)]
pub(crate) fn fallen<S: Simd, V: Lanes<S>>(e: [V; 4], falls: [V; 4]) -> [V; 4] {
    let zero = e[0].minus(e[0]);
    [
        e[0].times_plus(falls[0], zero),
        e[1].times_plus(falls[1], zero),
        e[2].times_plus(falls[2], zero),
        e[3].times_plus(falls[3], zero),
    ]
}
