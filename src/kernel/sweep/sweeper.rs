//! Sweeps the blocks of the heatmaps of one array, in any order and on any thread, and merges their records.
//!
//! This is the only door of the room. It decides for each block what must be computed: nothing but the
//! maximum for a method that looks only at the peak; the softmax's sums; or those of an activation. It knows
//! no method by name, only its [`Weighting`].
//!
//! A sweep of a block is a pure function of its values: it has no state but buffers. What it may know besides
//! ([`Hints`]) saves time and changes no bit. Values arrive as they are stored, without the slope of a file.
//! A positive slope only changes k, and an intercept cancels. For a negative slope the caller negates the
//! values, so that larger always means a larger heatmap value.

use super::activation::{Activation, ActivationPass, ActivationSums};
use super::block::{Scratch, Weigher, sum_of_coordinates, without_nan};
use super::exp::Weighable;
use super::packed::PackedRecord;
use super::record::{MergeRule, Nonfinite, Peak, Record, Reference};
use super::sampling::{SMALL, Sampling};
use super::scan::{self, Scan};
use super::sums::Sums;
use super::tiling::Tiling;
use super::tops::Tops;
use crate::geometry::{Block, Cut, unravel};
use crate::heatmap::MemoryAxes;
use crate::kernel::simd::level::SimdLevel;
use std::cmp::Reverse;

/// Integers below this are exact in f64.
const EXACT_IN_F64: f64 = 9_007_199_254_740_992.0;

/// What is summed over the voxels of a heatmap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Weighting {
    /// Nothing: the method needs only the peak.
    None,
    /// The weights of the softmax.
    Softmax {
        /// Whether the method subtracts a background from the sums. That loses digits, so the sums are made
        /// in f64, and the number and the centroid of the voxels are counted exactly.
        removes_background: bool,
    },
    /// Weights that an activation makes of the heatmap values.
    Activation(Activation),
}

/// How an array is swept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SweepSettings {
    /// Which SIMD instructions to use.
    pub(crate) level: SimdLevel,
    /// Whether NaN voxels are ignored.
    pub(crate) ignore_nan: bool,
    /// Whether the second moments and the entropy are wanted too.
    pub(crate) with_spread: bool,
    /// What is summed.
    pub(crate) weighting: Weighting,
    /// log2(e)/T per swept unit: the softmax weight of a value x is 2^(x·k), up to a factor.
    pub(crate) k: f64,
    /// The heatmap value of a swept value x is slope·x + intercept. The slope is not negative: if larger
    /// stored values are smaller heatmap values, they are negated before the sweep.
    pub(crate) slope: f64,
    /// See `slope`.
    pub(crate) intercept: f64,
    /// Whether blocks will be swept in f64.
    pub(crate) is_wide: bool,
}

/// Sweeps the blocks of the heatmaps of one array and merges their records.
#[derive(Clone, Debug)]
pub struct Sweeper {
    settings: SweepSettings,
    logical_steps: [u64; 3],
    tilings: Vec<Tiling>,
    rule: MergeRule,
    activation: Option<ActivationPass>,
    /// `None` if no samples are kept.
    sampling: Option<Sampling>,
}

/// What a sweep may know besides its block. It changes the speed, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Hints<'a, T> {
    /// The values that will be swept next, if they are in memory already.
    pub ahead: &'a [T],
    /// The highest reference known of the blocks before this one.
    pub highest: Option<Reference>,
}

impl<T> Default for Hints<'_, T> {
    fn default() -> Self {
        Hints { ahead: &[], highest: None }
    }
}

/// For the index of a voxel in its block, a number that grows with its stored value.
type Ranks<'a> = &'a dyn Fn(usize) -> u64;

/// One block, as it is given to a sweep.
struct BlockInput<'a, T> {
    block: &'a Block,
    values: &'a [T],
    hints: Hints<'a, T>,
    tie: Option<Ranks<'a>>,
}

/// The first maximum of a block.
struct FirstMaximum {
    index: usize,
    /// See [`Peak::tie`].
    tie: u64,
    /// Whether all voxels that equal it in f64 have its tie.
    is_only_tie: bool,
}

/// An element type that is swept: f32 or f64.
pub(crate) trait Sweepable: Weighable {
    /// The buffers for cleaned values of this type, and for exact sums.
    fn buffers(scratch: &mut Scratch) -> (&mut Vec<Self>, &mut Vec<f64>);
}

impl Sweepable for f32 {
    fn buffers(scratch: &mut Scratch) -> (&mut Vec<f32>, &mut Vec<f64>) {
        (&mut scratch.narrow, &mut scratch.exact)
    }
}

impl Sweepable for f64 {
    fn buffers(scratch: &mut Scratch) -> (&mut Vec<f64>, &mut Vec<f64>) {
        (&mut scratch.wide, &mut scratch.exact)
    }
}

impl Sweeper {
    /// Prepares for heatmaps with memory `axes` that are cut into the blocks of `cut`.
    pub(crate) fn new(settings: SweepSettings, axes: &MemoryAxes, cut: &Cut) -> Sweeper {
        let SweepSettings { level, with_spread, weighting, k, slope, intercept, is_wide, .. } = settings;
        let mut extents: Vec<[usize; 3]> = Vec::new();
        for block in [cut.block([0; 3]), cut.block(cut.counts().map(|n| n.saturating_sub(1)))] {
            if !block.is_empty() && !extents.contains(&block.extent) {
                extents.push(block.extent);
            }
        }
        let activation = match weighting {
            Weighting::Activation(activation) => {
                Some(ActivationPass { level, activation, slope, intercept, with_spread })
            }
            Weighting::None | Weighting::Softmax { .. } => None,
        };
        let is_exact = is_wide || weighting == Weighting::Softmax { removes_background: true };
        let rule = MergeRule {
            k,
            // Weights of an activation may cancel, so none of them is too faint.
            faintness: if activation.is_some() {
                f64::INFINITY
            } else {
                MergeRule::faintness(axes.lengths, is_exact)
            },
            keeps_aside: with_spread || weighting == Weighting::Activation(Activation::None),
            logical_steps: axes.logical_steps(),
            blocks_per_top: Tops::sharing(cut),
        };
        let logical_steps = axes.logical_steps();
        Sweeper {
            settings,
            logical_steps,
            tilings: extents.into_iter().map(Tiling::new).collect(),
            rule,
            activation,
            sampling: (axes.lengths.iter().product::<usize>() > SMALL).then(|| Sampling::new(axes)),
        }
    }

    /// Keeps no samples in records: for arrays of so many heatmaps that they would fill the memory. Whoever
    /// needs them reads them again.
    pub(crate) fn without_samples(&mut self) {
        self.sampling = None;
    }

    /// Merges the record of the next block in memory into that of the blocks before it.
    ///
    /// Weights that are too faint to move a coordinate are left out, by the references of the two records.
    /// The result depends on the order of merging, which is the order of the blocks, and on nothing else.
    pub fn merge(&self, record: &mut Record, next: &Record) {
        record.merge(next, &self.rule);
    }

    /// As [`Sweeper::merge`], for records that are packed.
    pub fn merge_packed(&self, record: &mut PackedRecord, next: PackedRecord) {
        let mut whole = std::mem::take(record).unpack();
        self.merge(&mut whole, &next.unpack());
        *record = PackedRecord::new(whole);
    }

    /// Whether a sweep makes use of [`Hints::highest`].
    #[must_use]
    pub fn uses_highest(&self) -> bool {
        matches!(self.settings.weighting, Weighting::Softmax { .. }) && !self.settings.with_spread
    }

    /// [`Hints::highest`] for the next block: the higher one of `before` and the record's own.
    #[must_use]
    pub fn highest(&self, before: Option<Reference>, record: &Record) -> Option<Reference> {
        let is_higher =
            |own: &Reference| self.uses_highest() && before.is_none_or(|other| other.max < own.max);
        record.reference().filter(is_higher).or(before)
    }

    /// Whether NaN carries no weight.
    #[must_use]
    pub(crate) fn ignores_nan(&self) -> bool {
        self.settings.ignore_nan
    }

    /// The SIMD level in use.
    #[must_use]
    pub fn level(&self) -> SimdLevel {
        self.settings.level
    }

    /// Sweeps one block: its voxels in memory order, without gaps. If larger stored values are smaller
    /// heatmap values, `values` are the negated ones.
    pub(crate) fn sweep<T: Sweepable>(
        &self,
        block: &Block,
        values: &[T],
        hints: Hints<'_, T>,
        scratch: &mut Scratch,
    ) -> Record {
        self.record(&BlockInput { block, values, hints, tie: None }, scratch)
    }

    /// Sweeps one block of 64-bit integers, some of which are equal in f64: for the index of a voxel in the
    /// block, `tie` is a number that grows with its stored value.
    pub fn sweep_integers(
        &self,
        block: &Block,
        values: &[f64],
        tie: &dyn Fn(usize) -> u64,
        scratch: &mut Scratch,
    ) -> Record {
        self.record(&BlockInput { block, values, hints: Hints::default(), tie: Some(tie) }, scratch)
    }

    /// The record of a block. Most blocks of a heatmap with a sharp peak end early: they are hidden by a
    /// higher one.
    fn record<T: Sweepable>(&self, input: &BlockInput<'_, T>, scratch: &mut Scratch) -> Record {
        let &BlockInput { block, values, hints, .. } = input;
        let Some(tiling) = self.tilings.iter().find(|tiling| tiling.extent == block.extent) else {
            return Record::default();
        };
        let samples = self.sampling.as_ref().map(|sampling| sampling.of(block, values)).unwrap_or_default();
        let scan = scan::scan(self.settings.level, values);
        if scan.max.into() == f64::INFINITY || (scan.has_nan && !self.settings.ignore_nan) {
            let nonfinite = Some(self.nonfinite(block, values));
            return Record { nonfinite, samples, ..Record::default() };
        }
        if scan.max == T::MASKED {
            return Record { samples, ..Record::default() };
        }
        let reference = Reference::new(scan.max.into(), self.rule.k);
        let is_hidden = hints.highest.is_some_and(|highest| highest.hides(&reference, self.rule.faintness));
        let peak = if is_hidden {
            self.hidden(input, tiling, &scan, reference)
        } else {
            self.peak(input, tiling, &scan, reference, scratch)
        };
        let coordinates =
            if self.removes_background() { sum_of_coordinates(block, values, scan.count) } else { [0.0; 3] };
        let Scan { total, count, .. } = scan;
        Record { peak: Some(peak), total, count, coordinates, samples, ..Record::default() }
    }

    /// The NaN and +inf of a block that has any.
    fn nonfinite<T: Sweepable>(&self, block: &Block, values: &[T]) -> Nonfinite {
        let mut found = Nonfinite { nan: 0, infinite: 0, first: u64::MAX };
        for (index, &value) in values.iter().enumerate() {
            let (is_nan, is_infinite) =
                (value.is_nan() && !self.settings.ignore_nan, value.into() == f64::INFINITY);
            if is_nan || is_infinite {
                found.nan += u64::from(is_nan);
                found.infinite += u64::from(is_infinite);
                let within = unravel(index, block.extent);
                let key = self.key(std::array::from_fn(|axis| block.start[axis] + within[axis]));
                found.first = found.first.min(key);
            }
        }
        found
    }

    /// The peak of a block that a higher one hides: only its height and its place count.
    fn hidden<T: Sweepable>(
        &self,
        &BlockInput { block, values, .. }: &BlockInput<'_, T>,
        tiling: &Tiling,
        scan: &Scan<T>,
        reference: Reference,
    ) -> Peak {
        let within = tiling.position(self.first_maximum(tiling, values, scan, None).index);
        let at = std::array::from_fn(|axis| block.start[axis] + within[axis]);
        Peak::hidden(scan.max.into(), at, reference)
    }

    /// The peak of a block and the weights about it.
    fn peak<T: Sweepable>(
        &self,
        input: &BlockInput<'_, T>,
        tiling: &Tiling,
        scan: &Scan<T>,
        reference: Reference,
        scratch: &mut Scratch,
    ) -> Peak {
        let &BlockInput { block, values, hints, tie } = input;
        let SweepSettings { level, with_spread, weighting, .. } = self.settings;
        let (cleaned, exact) = T::buffers(scratch);
        let values = if scan.has_nan { without_nan(values, cleaned) } else { values };
        let max: f64 = scan.max.into();
        let tie = tie.filter(|_| max.abs() >= EXACT_IN_F64);
        let first = self.first_maximum(tiling, values, scan, tie);
        let within = tiling.position(first.index);
        let at = std::array::from_fn(|axis| block.start[axis] + within[axis]);
        let mut peak = Peak {
            max,
            tie: first.tie,
            at,
            key: self.key(at),
            is_constant: first.is_only_tie && scan::is_constant(level, values, scan.max),
            reference,
            sums: Sums::default(),
            aside: Sums::default(),
        };
        if let Some(activation) = &self.activation {
            let ActivationSums { sums, negative, power } =
                activation.sums(values, block.extent, within, scan.max, exact);
            (peak.sums, peak.aside) = (sums, negative);
            peak.reference = Reference::power(peak.max, power);
        } else if weighting != Weighting::None {
            let (ahead, needs_f64) = (hints.ahead, self.removes_background());
            let weigher = Weigher { level, tiling, values, ahead, k: self.rule.k, with_spread, needs_f64 };
            weigher.weigh(first.index, &mut peak, exact);
        }
        peak
    }

    /// Whether sums will be subtracted from each other, which needs more digits.
    fn removes_background(&self) -> bool {
        self.settings.weighting == Weighting::Softmax { removes_background: true }
    }

    /// The index in logical (h, w, d) order of a voxel given in memory axes.
    fn key(&self, at: [usize; 3]) -> u64 {
        at.iter().zip(self.logical_steps).map(|(&i, step)| i as u64 * step).sum()
    }

    /// The first maximum of a block in logical order.
    fn first_maximum<T: Sweepable>(
        &self,
        tiling: &Tiling,
        values: &[T],
        scan: &Scan<T>,
        tie: Option<Ranks<'_>>,
    ) -> FirstMaximum {
        let (level, max, from) = (self.settings.level, scan.max, scan.from);
        let is_logical = values.first() == Some(&max) || self.logical_steps.is_sorted_by(|a, b| a >= b);
        if tie.is_none() && is_logical {
            let index = from + scan::first(level, &values[from..], max);
            return FirstMaximum { index, tie: 0, is_only_tie: true };
        }
        let mut best: Option<(Reverse<u64>, u64, usize)> = None;
        let mut is_only_tie = true;
        scan::each(level, values, max, from, |index| {
            let tie = tie.map_or(0, |tie| tie(index));
            let found = (Reverse(tie), self.key(tiling.position(index)), index);
            is_only_tie &= best.is_none_or(|(Reverse(other), ..)| other == tie);
            best = Some(best.map_or(found, |best| best.min(found)));
        });
        let (Reverse(tie), _, index) = best.unwrap_or((Reverse(0), 0, 0));
        FirstMaximum { index, tie, is_only_tie }
    }
}
