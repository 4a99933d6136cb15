//! The decoding kernel: one pass over each heatmap, block by block.
//!
//! A [`Kernel`] is made once for an array. It sweeps blocks of one heatmap in any order and on any
//! thread; the [`Record`]s are merged in the order of the blocks; [`Kernel::landmark`] turns the last
//! record into an answer, with the values about the peak for methods that ask for them ([`Kernel::boxes`]).
//!
//! **To add a method** write one file with its [`Method`] row and name the row in [`METHODS`], in `table.rs`.

mod answer;
mod doubt;
mod methods;
pub mod peaks;
pub mod reference;
mod revisit;
mod simd;
mod sweep;
#[cfg(test)]
mod tests;

use crate::geometry::{Affine, Block, Cut, Length};
use crate::heatmap::{MemoryAxes, Scaling};
pub use doubt::{Diffuse, Doubts};
use fearless_simd::Level;
use methods::method::Locate;
pub use methods::method::Method;
pub use methods::parameters::{Parameter, ParameterError, Parameters, Range};
pub use methods::table::{METHODS, choose, method};
pub use peaks::search::{Look, Peaks};
pub use peaks::several::{Several, SeveralError};
pub use revisit::reach::ReachError;
use simd::lanes::Value;
pub use simd::level;
pub use simd::transpose::{BUNDLE, transpose};
use std::cmp::Reverse;
use std::f64::consts::LOG2_E;
use sweep::activation::{self, Linear};
pub use sweep::block::Scratch;
use sweep::block::{Weigher, places, without_nan};
use sweep::record::{Peak, Rule, Sums, place};
pub use sweep::record::{Record, Reference};
use sweep::scan;
use sweep::tiling::Tiling;

/// How sharply the softmax tells values apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sharpness {
    /// p = softmax(x/T).
    Temperature(f64),
    /// p = softmax(βx).
    Beta(f64),
}

impl Sharpness {
    /// x/T.
    #[must_use]
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Sharpness::Temperature(temperature) => x / temperature,
            Sharpness::Beta(beta) => x * beta,
        }
    }
}

/// What the kernel does with a heatmap.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The method.
    pub method: &'static Method,
    /// What it was told; what it was not told has its default. [`choose`] gives both.
    pub parameters: Parameters,
    /// The softmax's temperature.
    pub sharpness: Sharpness,
    /// Whether NaN voxels are passed over.
    pub ignore_nan: bool,
    /// Below this maximum a heatmap is [`Missing`](crate::landmark::Status::Missing).
    pub threshold: Option<f64>,
    /// Whether [`spread`](crate::landmark::Landmark::spread) is asked for.
    pub with_spread: bool,
    /// Where the voxels (h, w, d) of the heatmaps lie in mm: for lengths that are given in mm.
    pub affine: Option<Affine>,
    /// Which SIMD instructions to use. All give the same bits.
    pub level: Level,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            method: &METHODS[0],
            parameters: Parameters::default(),
            sharpness: Sharpness::Temperature(1.0),
            ignore_nan: false,
            threshold: None,
            with_spread: false,
            affine: None,
            level: level::best(),
        }
    }
}

impl Settings {
    /// The value of the method's `index`-th parameter; see [`Parameters::get`].
    #[must_use]
    pub fn parameter(&self, index: usize) -> Option<f64> {
        self.parameters.get(self.method, index)
    }

    /// The method's `index`-th parameter as a length; see [`Parameters::length`].
    #[must_use]
    pub fn length(&self, index: usize) -> Option<Length> {
        self.parameters.length(self.method, index)
    }
}

/// Decodes the heatmaps of one array.
#[derive(Clone, Debug)]
pub struct Kernel {
    settings: Settings,
    scaling: Scaling,
    axes: MemoryAxes,
    logical_steps: [u64; 3],
    /// How far the method's window reaches along the memory axes, in voxels; 0 where it has none.
    reach: [usize; 3],
    tilings: Vec<Tiling>,
    rule: Rule,
    /// How weights are made of values, where it is not by the softmax.
    linear: Option<Linear>,
    /// Whether the background is taken out: a difference of sums that may be equal to many digits, which f64 and exact
    /// counts leave something of.
    takes_out: bool,
}

/// What a sweep may know beside its block. It changes nothing but the speed.
#[derive(Clone, Copy, Debug)]
pub struct Hints<'a, T> {
    /// The values that will be swept next, where they lie in memory already.
    pub ahead: &'a [T],
    /// The highest reference that is known of the blocks before this one.
    pub highest: Option<Reference>,
}

impl<T> Default for Hints<'_, T> {
    fn default() -> Self {
        Hints { ahead: &[], highest: None }
    }
}

impl Kernel {
    /// Prepares for heatmaps with memory `axes` that are cut as `cut` says; `is_wide` where they will be swept
    /// in f64.
    ///
    /// # Errors
    /// [`ReachError`] where the radius of the method's window is in mm and there is no affine, or voxels are too large
    /// or too small for it.
    pub fn new(
        settings: Settings,
        scaling: Scaling,
        axes: &MemoryAxes,
        cut: &Cut,
        is_wide: bool,
    ) -> Result<Kernel, ReachError> {
        let reach = match settings.method.locate {
            Locate::Window { reach, .. } => {
                let along = reach(&settings).resolve(&settings, axes.to_logical(axes.lengths))?;
                axes.logical.map(|axis| along[axis])
            }
            Locate::Record(_) | Locate::Grid(_) => [0; 3],
        };
        let mut extents: Vec<[usize; 3]> = Vec::new();
        for block in [cut.block([0; 3]), cut.block(cut.counts().map(|n| n.saturating_sub(1)))] {
            if !block.is_empty() && !extents.contains(&block.extent) {
                extents.push(block.extent);
            }
        }
        let activation = settings.method.activation.and_then(|activation| activation(&settings));
        let linear = activation.map(|activation| Linear {
            level: settings.level,
            activation,
            // Values are given negated where the slope is below 0.
            slope: scaling.slope.abs(),
            intercept: scaling.intercept,
            with_spread: settings.with_spread,
        });
        let takes_out = matches!(settings.method.locate, Locate::Grid(_));
        let unit = settings.sharpness.apply(LOG2_E * scaling.slope.abs());
        Ok(Kernel {
            settings,
            scaling,
            axes: *axes,
            logical_steps: axes.logical_steps(),
            reach,
            tilings: extents.into_iter().map(Tiling::new).collect(),
            rule: Rule {
                k: unit.min(f64::MAX),
                // Weights that are not of a softmax may cancel: none of them is faint.
                reach: if linear.is_some() {
                    f64::INFINITY
                } else {
                    Rule::reach(axes.lengths, is_wide || takes_out)
                },
                keeps_apart: settings.with_spread || activation == Some(activation::Activation::None),
            },
            linear,
            takes_out,
        })
    }

    /// Takes the record of the block that follows in memory into that of those before it.
    ///
    /// Weights that are too faint to move a coordinate are left out of it, by the references of the two
    /// records. The result depends on the order of merging, which is the order of the blocks, and on nothing
    /// else.
    pub fn merge(&self, record: &mut Record, next: &Record) {
        record.merge(next, &self.rule);
    }

    /// Whether a sweep can make use of [`Hints::highest`].
    #[must_use]
    pub fn skips(&self) -> bool {
        self.settings.method.sums_weights && self.linear.is_none() && !self.settings.with_spread
    }

    /// [`Hints::highest`] for the block that follows: the higher one of `before` and the record's own.
    #[must_use]
    pub fn highest(&self, before: Option<Reference>, record: &Record) -> Option<Reference> {
        let found =
            record.reference().filter(|found| self.skips() && before.is_none_or(|it| it.max < found.max));
        found.or(before)
    }

    /// The SIMD level that it runs on.
    #[must_use]
    pub fn level(&self) -> Level {
        self.settings.level
    }

    /// Sweeps one block of f32 values: its voxels in memory order, without gaps.
    pub fn sweep_f32(
        &self,
        block: &Block,
        values: &[f32],
        hints: Hints<'_, f32>,
        scratch: &mut Scratch,
    ) -> Record {
        self.sweep(&Given { block, values, hints, tie: None }, &mut scratch.narrow, &mut scratch.exact)
    }

    /// As [`Kernel::sweep_f32`] for f64 values.
    pub fn sweep_f64(
        &self,
        block: &Block,
        values: &[f64],
        hints: Hints<'_, f64>,
        scratch: &mut Scratch,
    ) -> Record {
        self.sweep(&Given { block, values, hints, tie: None }, &mut scratch.wide, &mut scratch.exact)
    }

    /// As [`Kernel::sweep_f64`] for 64-bit integers, which f64 does not all tell apart: `tie` gives for
    /// the index of a voxel in the block a number that grows with its stored value.
    pub fn sweep_integers(
        &self,
        block: &Block,
        values: &[f64],
        tie: &dyn Fn(usize) -> u64,
        scratch: &mut Scratch,
    ) -> Record {
        let given = Given { block, values, hints: Hints::default(), tie: Some(tie) };
        self.sweep(&given, &mut scratch.wide, &mut scratch.exact)
    }

    fn sweep<T: Value>(&self, given: &Given<'_, T>, cleaned: &mut Vec<T>, exact: &mut Vec<f64>) -> Record {
        let &Given { block, values, hints, tie } = given;
        let level = self.settings.level;
        let Some(tiling) = self.tilings.iter().find(|tiling| tiling.extent == block.extent) else {
            return Record::default();
        };
        let scan::Scan { max, has_nan, from, total, count } = scan::scan(level, values);
        if max.into() == f64::INFINITY || (has_nan && !self.settings.ignore_nan) {
            return Record { is_nonfinite: true, ..Record::default() };
        }
        if max == T::MASKED {
            return Record::default();
        }
        let reference = Reference::new(max.into(), self.rule.k);
        let places = if self.takes_out { places(block, values, count) } else { [0.0; 3] };
        if hints.highest.is_some_and(|highest| highest.hides(&reference, self.rule.reach)) {
            let peak = Some(Peak::hidden(max.into(), block.start, reference));
            return Record { peak, is_nonfinite: false, total, count, places };
        }
        let values = if has_nan { without_nan(values, cleaned) } else { values };
        let tie = tie.filter(|_| max.into().abs() >= EXACT_IN_F64);
        let First { index, tie, is_alone } = self.first(tiling, values, max, from, tie);
        let at = place(block, tiling.position(index));
        let mut peak = Peak {
            max: max.into(),
            tie,
            at,
            key: self.key(at),
            is_constant: is_alone && scan::is_constant(level, values, max),
            reference,
            sums: Sums::default(),
            apart: Sums::default(),
        };
        let with_spread = self.settings.with_spread;
        if let Some(linear) = &self.linear {
            let activation::Weighed { sums, negative, power } =
                linear.sums(values, block.extent, tiling.position(index), max, exact);
            (peak.sums, peak.apart) = (sums, negative);
            peak.reference = Reference::power(peak.max, power);
        } else if self.settings.method.sums_weights || with_spread {
            let ahead = hints.ahead;
            let is_exact = self.takes_out;
            let weigher = Weigher { level, tiling, values, ahead, k: self.rule.k, with_spread, is_exact };
            weigher.weigh(index, &mut peak, exact);
        }
        Record { peak: Some(peak), is_nonfinite: false, total, count, places }
    }

    /// Place in logical (h, w, d) order of a voxel given in memory axes.
    fn key(&self, at: [usize; 3]) -> u64 {
        at.iter().zip(self.logical_steps).map(|(&i, step)| i as u64 * step).sum()
    }

    /// The first maximum of a block in logical order; none is before index `from`.
    fn first<T: Value>(
        &self,
        tiling: &Tiling,
        values: &[T],
        max: T,
        from: usize,
        tie: Option<&dyn Fn(usize) -> u64>,
    ) -> First {
        let level = self.settings.level;
        let is_logical = values.first() == Some(&max) || self.logical_steps.is_sorted_by(|a, b| a >= b);
        if tie.is_none() && is_logical {
            let index = from + scan::first(level, &values[from..], max);
            return First { index, tie: 0, is_alone: true };
        }
        let mut best: Option<(Reverse<u64>, u64, usize)> = None;
        let mut is_alone = true;
        scan::each(level, values, max, from, |index| {
            let tie = tie.map_or(0, |tie| tie(index));
            let found = (Reverse(tie), self.key(tiling.position(index)), index);
            is_alone &= best.is_none_or(|(Reverse(other), ..)| other == tie);
            best = Some(best.map_or(found, |best| best.min(found)));
        });
        let (Reverse(tie), _, index) = best.unwrap_or((Reverse(0), 0, 0));
        First { index, tie, is_alone }
    }
}

/// Integers below this are exact in f64.
const EXACT_IN_F64: f64 = 9_007_199_254_740_992.0;

/// One block as it is given to the sweep.
struct Given<'a, T> {
    block: &'a Block,
    values: &'a [T],
    hints: Hints<'a, T>,
    tie: Option<&'a dyn Fn(usize) -> u64>,
}

/// The first maximum of a block.
struct First {
    index: usize,
    /// See [`Peak::tie`].
    tie: u64,
    /// Whether all values equal to it in f64 have its tie.
    is_alone: bool,
}
