//! The decoding kernel: one pass over each heatmap, block by block.
//!
//! A [`Kernel`] is made once for an array. It sweeps blocks of one heatmap in any order and on any
//! thread; the [`Record`]s are merged in the order of the blocks; [`Kernel::landmark`] turns the last
//! record into an answer.
//!
//! **To add a method** write one file with its [`Method`] row and name the row in [`METHODS`].

mod block;
mod columns;
mod exp;
mod fused;
mod hard;
mod lanes;
pub mod level;
mod moments;
mod prefetch;
pub mod reference;
mod scan;
mod soft;
mod steps;
mod sweep;
#[cfg(test)]
mod tests;
mod tiling;
mod transpose;

use crate::geometry::{Block, Cut, Voxel};
use crate::heatmap::{MemoryAxes, Scaling};
use crate::landmark::{Landmark, Spread, Status};
pub use block::Scratch;
use block::{Weigher, without_nan};
use fearless_simd::Level;
use lanes::Value;
pub use moments::Record;
use moments::{PAIRS, Peak, Reference, Sums, place};
use std::cmp::Reverse;
use std::f64::consts::{LN_2, LOG2_E};
use tiling::Tiling;
pub use transpose::{BUNDLE, transpose};

/// One way to turn a heatmap into a coordinate.
#[derive(Debug)]
pub struct Method {
    /// The name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub summary: &'static str,
    /// The formula.
    pub definition: &'static str,
    /// Where it comes from.
    pub reference: &'static str,
    /// Whether it needs the weights' moments.
    pub sums_weights: bool,
    /// The answer, in memory axes, in a heatmap with memory axes of the given lengths.
    locate: fn(&Peak, [usize; 3]) -> [f64; 3],
}

impl PartialEq for Method {
    fn eq(&self, other: &Method) -> bool {
        self.name == other.name
    }
}

/// Every method, the default first.
pub static METHODS: &[Method] = &[soft::METHOD, hard::METHOD];

/// The method of a name.
#[must_use]
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

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
    /// The softmax's temperature.
    pub sharpness: Sharpness,
    /// Whether NaN voxels are passed over.
    pub ignore_nan: bool,
    /// Below this maximum a heatmap is [`Status::Missing`].
    pub threshold: Option<f64>,
    /// Whether [`Landmark::spread`] is asked for.
    pub with_spread: bool,
    /// Which SIMD instructions to use. All give the same bits.
    pub level: Level,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            method: &METHODS[0],
            sharpness: Sharpness::Temperature(1.0),
            ignore_nan: false,
            threshold: None,
            with_spread: false,
            level: level::best(),
        }
    }
}

/// Decodes the heatmaps of one array.
#[derive(Clone, Debug)]
pub struct Kernel {
    settings: Settings,
    scaling: Scaling,
    axes: MemoryAxes,
    logical_steps: [u64; 3],
    tilings: Vec<Tiling>,
    k: f64,
}

impl Kernel {
    /// Prepares for heatmaps with memory `axes` that are cut as `cut` says.
    #[must_use]
    pub fn new(settings: Settings, scaling: Scaling, axes: &MemoryAxes, cut: &Cut) -> Kernel {
        let mut extents: Vec<[usize; 3]> = Vec::new();
        for block in [cut.block([0; 3]), cut.block(cut.counts().map(|n| n.saturating_sub(1)))] {
            if !block.is_empty() && !extents.contains(&block.extent) {
                extents.push(block.extent);
            }
        }
        let unit = settings.sharpness.apply(LOG2_E * scaling.slope.abs());
        Kernel {
            settings,
            scaling,
            axes: *axes,
            logical_steps: axes.logical_steps(),
            tilings: extents.into_iter().map(Tiling::new).collect(),
            k: unit.min(f64::MAX),
        }
    }

    /// log2(e)/T per stored unit, which [`Record::merge`] needs.
    #[must_use]
    pub fn k(&self) -> f64 {
        self.k
    }

    /// The SIMD level that it runs on.
    #[must_use]
    pub fn level(&self) -> Level {
        self.settings.level
    }

    /// Sweeps one block of f32 values: its voxels in memory order, without gaps. `ahead` are the values that
    /// will be swept next, where they lie in memory already; they change nothing but the speed.
    pub fn sweep_f32(&self, block: &Block, values: &[f32], ahead: &[f32], scratch: &mut Scratch) -> Record {
        self.sweep(&Given { block, values, ahead, tie: None }, &mut scratch.narrow, &mut scratch.exact)
    }

    /// As [`Kernel::sweep_f32`] for f64 values.
    pub fn sweep_f64(&self, block: &Block, values: &[f64], ahead: &[f64], scratch: &mut Scratch) -> Record {
        self.sweep(&Given { block, values, ahead, tie: None }, &mut scratch.wide, &mut scratch.exact)
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
        let given = Given { block, values, ahead: &[], tie: Some(tie) };
        self.sweep(&given, &mut scratch.wide, &mut scratch.exact)
    }

    fn sweep<T: Value>(&self, given: &Given<'_, T>, cleaned: &mut Vec<T>, exact: &mut Vec<f64>) -> Record {
        let &Given { block, values, ahead, tie } = given;
        let level = self.settings.level;
        let Some(tiling) = self.tilings.iter().find(|tiling| tiling.extent == block.extent) else {
            return Record::default();
        };
        let scan::Scan { max, has_nan, from } = scan::scan(level, values);
        if max.into() == f64::INFINITY || (has_nan && !self.settings.ignore_nan) {
            return Record { peak: None, is_nonfinite: true };
        }
        if max == T::MASKED {
            return Record::default();
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
            reference: Reference::new(max.into(), self.k),
            sums: Sums::default(),
        };
        let with_spread = self.settings.with_spread;
        if self.settings.method.sums_weights || with_spread {
            let weigher = Weigher { level, tiling, values, ahead, k: self.k, with_spread };
            weigher.weigh(index, &mut peak, exact);
        }
        Record { peak: Some(peak), is_nonfinite: false }
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

    /// The answer for sample `n`, channel `c`, whose blocks have all been merged into `record`.
    #[must_use]
    pub fn landmark(&self, n: usize, c: usize, record: &Record) -> Landmark {
        let status = self.status(record);
        let peak = record.peak.filter(|_| !record.is_nonfinite);
        let answered = peak.filter(|_| status != Status::Missing);
        let voxel = |memory: [f64; 3]| Voxel(self.axes.to_logical(memory));
        Landmark {
            n,
            c,
            status,
            position: answered.map(|peak| voxel((self.settings.method.locate)(&peak, self.axes.lengths))),
            hard: answered.map(|peak| voxel(peak.at.map(|i| i as f64))),
            peak_value: peak.map(|peak| self.value(peak.max)),
            spread: peak.filter(|_| self.settings.with_spread).map(|peak| self.spread(&peak)),
        }
    }

    /// The heatmap value of one that was given to the sweep, where reversed values are negated.
    fn value(&self, given: f64) -> f64 {
        self.scaling.apply(if self.scaling.is_reversed() { -given } else { given })
    }

    fn status(&self, record: &Record) -> Status {
        let Some(peak) = record.peak.filter(|_| !record.is_nonfinite) else {
            return if record.is_nonfinite { Status::Nonfinite } else { Status::Empty };
        };
        let value = self.value(peak.max);
        match self.settings.threshold {
            Some(threshold) if value < threshold => Status::Missing,
            _ if peak.is_constant => Status::Flat,
            _ => Status::Ok,
        }
    }

    fn spread(&self, peak: &Peak) -> Spread {
        let Sums { mass, first, second, energy } = peak.sums;
        let mean = first.map(|moment| moment / mass);
        let central = |i: usize| {
            let (a, b) = PAIRS[i];
            let moment = second[i] / mass - mean[a] * mean[b];
            if a == b { moment.max(0.0) } else { moment }
        };
        let logarithm = libm::log2(mass);
        Spread {
            covariance: self.to_logical_pairs(std::array::from_fn(central)),
            entropy: (LN_2 * (logarithm - energy / mass)).max(0.0),
            peak_probability: peak_probability(peak, self.k),
            // Never below the peak's own term, as the peak's probability is never above 1.
            log_normalizer: (self.settings.sharpness.apply(self.value(peak.reference.max))
                + LN_2 * (logarithm + peak.reference.fraction))
                .max(self.settings.sharpness.apply(self.value(peak.max))),
        }
    }

    /// An upper triangle in memory axes as one in (h, w, d).
    fn to_logical_pairs(&self, memory: [f64; 6]) -> [f64; 6] {
        let mut logical = [0.0; 6];
        for (value, (a, b)) in memory.into_iter().zip(PAIRS) {
            let (a, b) = (self.axes.logical[a], self.axes.logical[b]);
            let found = PAIRS.iter().position(|&pair| pair == (a.min(b), a.max(b)));
            logical[found.unwrap_or(0)] = value;
        }
        logical
    }

    /// 1/p of the peak voxel: how many voxels the softmax is spread over, as it were. None where no
    /// weights were summed.
    #[must_use]
    pub fn diffuseness(&self, record: &Record) -> Option<f64> {
        let peak = record.peak.filter(|_| self.settings.method.sums_weights)?;
        Some(1.0 / peak_probability(&peak, self.k))
    }
}

/// Integers below this are exact in f64.
const EXACT_IN_F64: f64 = 9_007_199_254_740_992.0;

/// One block as it is given to the sweep.
struct Given<'a, T> {
    block: &'a Block,
    values: &'a [T],
    ahead: &'a [T],
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

/// The probability of the peak voxel.
fn peak_probability(peak: &Peak, k: f64) -> f64 {
    let exponent = (peak.max - peak.reference.max) * k - peak.reference.fraction;
    (libm::exp2(exponent) / peak.sums.mass).min(1.0)
}
