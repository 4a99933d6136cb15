//! The record of a block, and how the records of a heatmap merge, in order, to that of the whole.
//!
//! A block is summed relative to its own reference, so that nothing overflows and nothing that matters
//! underflows, and about its own peak, so that nothing cancels. Blocks therefore need not know each other:
//! any thread may sweep any of them. When two records meet, the one with the higher peak wins (of equal ones
//! the first in (h, w, d) order), and the sums of the other change twice:
//!
//! - Their **reference** becomes the winner's: all sums are multiplied by 2^(difference). A reference is an
//!   integer wherever possible, and the factor is then an exact power of two.
//! - Their **origin** becomes the winner's peak, by the parallel-axis theorem ([`Sums::moved`]). Coordinates
//!   are whole numbers, so little is rounded.
//!
//! Merging is not associative in the last bits, so the order is fixed: that of the blocks. The bits of the
//! answer then do not depend on the number of threads, and a heatmap of one block takes the same path as one
//! of ten thousand.
//!
//! Blocks whose weights are too faint to move any coordinate are left out by a rule ([`MergeRule`]) that
//! knows only the references of the two records. A sweep that already knows a high reference may therefore
//! skip such a block without changing a bit of the answer. With the spread they are kept aside instead of
//! left out: a very narrow peak may have all of its covariance in faint voxels.

use super::sampling::SAMPLES;
use super::sums::Sums;
use super::tops::Tops;

/// How the records of one array merge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MergeRule {
    /// log2(e)/T per stored unit.
    pub(crate) k: f64,
    /// How many powers of two weights must lie below the reference to be too faint to move a coordinate; an
    /// integer.
    pub(crate) faintness: f64,
    /// Whether [`Peak::aside`] is used.
    pub(crate) keeps_aside: bool,
    /// For each memory axis, by how much a step along it changes the index of a voxel in (h, w, d) order.
    pub(crate) logical_steps: [u64; 3],
    /// How many blocks share an entry of [`Tops`]; at least 1.
    pub(crate) blocks_per_top: usize,
}

impl MergeRule {
    /// How far below the peak, in powers of two, a block must lie for its weights to move no coordinate.
    ///
    /// `voxels` weights of at most 2^−faintness each, none further away than `longest`, move the mean by less
    /// than 2^−24 voxel in f32 and 2^−32 in f64: a small part of either bound on accuracy.
    pub(crate) fn faintness(lengths: [usize; 3], is_wide: bool) -> f64 {
        let bits = |n: usize| f64::from(usize::BITS - n.leading_zeros());
        let voxels = lengths.iter().fold(1, |product: usize, &n| product.saturating_mul(n));
        let longest = lengths.into_iter().max().unwrap_or(0);
        bits(voxels) + bits(longest) + if is_wide { 32.0 } else { 24.0 }
    }
}

/// Voxels that are not finite numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nonfinite {
    /// How many are NaN; 0 if they are ignored.
    pub(crate) nan: u64,
    /// How many are +inf.
    pub(crate) infinite: u64,
    /// The index of the first in (h, w, d) order.
    pub(crate) first: u64,
}

/// What weights are relative to: the weight of value x is 2^(x·k − reference).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// The largest value of the block that set it.
    pub(crate) max: f64,
    /// The reference, if it is an integer; otherwise it is max·k exactly.
    pub(crate) integer: Option<f64>,
    /// reference − max·k, in [0, 1).
    pub(crate) fraction: f64,
}

impl Reference {
    /// The reference relative to which every weight is at most 1: max·k rounded up, or max·k itself if that
    /// is so large that f64 does not hold every integer.
    pub(crate) fn new(max: f64, k: f64) -> Reference {
        let integer = (max * k).ceil();
        if integer.abs() < 4_503_599_627_370_496.0 {
            Reference { max, integer: Some(integer), fraction: (-max).mul_add(k, integer) }
        } else {
            Reference::at_peak(max)
        }
    }

    /// The power of two that the weights of an activation were divided by.
    pub(crate) fn power(max: f64, power: i32) -> Reference {
        Reference { max, integer: Some(f64::from(power)), fraction: 0.0 }
    }

    /// The reference at which the peak weighs exactly 1.
    pub(crate) fn at_peak(max: f64) -> Reference {
        Reference { max, integer: None, fraction: 0.0 }
    }

    /// Whether merging is certain to leave a later block with reference `other` out of the coordinates.
    ///
    /// Merging leaves out what lies more than `faintness` below. Here only integers are compared, and only
    /// small ones: a later reference of the other kind can only be higher, and leads to the same decision,
    /// because rounding cannot make up for a whole step.
    pub(crate) fn hides(&self, other: &Reference, faintness: f64) -> bool {
        const LIMIT: f64 = 1_125_899_906_842_624.0;
        match (self.integer, other.integer) {
            (Some(a), Some(b)) => a - b > faintness && a.abs() < LIMIT && b.abs() < LIMIT,
            _ => false,
        }
    }

    /// How far this reference lies above `other`.
    fn above(&self, other: &Reference, k: f64) -> f64 {
        match (self.integer, other.integer) {
            (Some(a), Some(b)) => a - b,
            _ => (self.max - other.max) * k + (self.fraction - other.fraction),
        }
    }
}

/// The largest voxel of a block or heatmap, and the moments of the weights about it.
///
/// Of equal values the first in (h, w, d) order is the peak, whatever the order of memory and of merging. A
/// block that was skipped has a peak too, so that its voxels are counted, but one that never wins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Peak {
    /// Its stored value.
    pub(crate) max: f64,
    /// Orders stored values that are equal in f64: larger for a larger stored value; 0 if f64 is exact.
    pub(crate) tie: u64,
    /// Where it is, in memory axes.
    pub(crate) at: [usize; 3],
    /// Its index in logical (h, w, d) order; of equal values the smallest wins.
    pub(crate) key: u64,
    /// Whether every unmasked voxel equals it.
    pub(crate) is_constant: bool,
    /// What the weights are relative to.
    pub(crate) reference: Reference,
    /// Moments of the weights about `at`; zero for methods that sum none.
    pub(crate) sums: Sums,
    /// Moments of weights that are not in `sums`: faint ones, if the spread is wanted, and negative ones.
    pub(crate) aside: Sums,
}

impl Peak {
    /// The peak of a block that is skipped because a higher one hides it: it loses against any other, and has
    /// no weight.
    pub(crate) fn hidden(max: f64, at: [usize; 3], reference: Reference) -> Peak {
        let none = Sums::default();
        Peak { max, tie: 0, at, key: u64::MAX, is_constant: false, reference, sums: none, aside: none }
    }

    /// Merges the peak and the weights of the next block in memory into this one.
    #[expect(clippy::float_cmp, reason = "maxima are stored values, never computed: equal is equal")]
    fn merge(&mut self, other: &Peak, rule: &MergeRule) {
        let (is_equal, is_tied) = (other.max == self.max, other.tie == self.tie);
        let other_wins =
            other.max > self.max || (is_equal && (other.tie > self.tie || (is_tied && other.key < self.key)));
        let is_constant = self.is_constant && other.is_constant && is_equal && is_tied;
        if other_wins {
            let before = std::mem::replace(self, *other);
            self.add(&before, rule);
        } else {
            self.add(other, rule);
        }
        self.is_constant = is_constant;
    }

    /// Adds the weights of a peak that is not above this one.
    fn add(&mut self, loser: &Peak, rule: &MergeRule) {
        let rise = loser.reference.above(&self.reference, rule.k);
        let shift = std::array::from_fn(|axis| loser.at[axis] as f64 - self.at[axis] as f64);
        if rise > 0.0 {
            self.lower(rise, rule);
            self.reference = loser.reference;
        }
        let is_faint = -rise > rule.faintness;
        if !rule.keeps_aside {
            if !is_faint {
                let mut sums = loser.sums;
                sums.lower_mean(-rise);
                self.sums.add_mean(&sums, shift);
            }
            return;
        }
        let sums = if is_faint { &mut self.aside } else { &mut self.sums };
        *sums = sums.plus(&loser.sums.lowered(-rise).moved(shift));
        // Not 0 only if the loser is itself merged from several blocks.
        if loser.aside.mass != 0.0 {
            self.aside = self.aside.plus(&loser.aside.lowered(-rise).moved(shift));
        }
    }

    /// Makes the weights relative to a reference that is higher by `rise`.
    fn lower(&mut self, rise: f64, rule: &MergeRule) {
        if !rule.keeps_aside {
            self.sums.lower_mean(rise);
            if rise > rule.faintness {
                self.sums = Sums::default();
            }
            return;
        }
        self.sums = self.sums.lowered(rise);
        self.aside = self.aside.lowered(rise);
        if rise > rule.faintness {
            self.aside = self.aside.plus(&std::mem::take(&mut self.sums));
        }
    }

    /// The moments that coordinates are computed from: without faint weights, with negative ones.
    pub(crate) fn coordinate_sums(&self) -> Sums {
        if self.aside.mass < 0.0 { self.all() } else { self.sums }
    }

    /// Moments of all weights.
    pub(crate) fn all(&self) -> Sums {
        self.sums.plus(&self.aside)
    }
}

/// What is known of a heatmap, or of some of its blocks.
///
/// The default is the record of no blocks. Merging records of all blocks in order gives that of the heatmap,
/// from which a [`Locator`](crate::kernel::Locator) makes its landmark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The peak and the moments about it; `None` while every voxel was masked.
    pub(crate) peak: Option<Peak>,
    /// The voxels that were NaN or +inf, if any.
    pub(crate) nonfinite: Option<Nonfinite>,
    /// The sum of the unmasked values as they were swept, as accurate as a plain sum in their type.
    pub(crate) total: f64,
    /// The number of unmasked values.
    pub(crate) count: usize,
    /// The sum of their coordinates, in memory axes: exact. 0 for methods that do not need it.
    pub(crate) coordinates: [f64; 3],
    /// The maxima of the blocks that were merged into it.
    pub(crate) tops: Tops,
    /// Swept values on an even grid, in the order of memory (`sampling.rs`); NaN and −inf where masked.
    /// Empty if none are kept.
    pub(crate) samples: Vec<f64>,
}

impl Record {
    /// What the weights so far are relative to; `None` while every voxel was masked.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        self.peak.map(|peak| peak.reference)
    }

    /// Merges the record of the next block in memory into this one.
    pub(crate) fn merge(&mut self, next: &Record, rule: &MergeRule) {
        let next_top = next.peak.map(|peak| (peak.max, peak.at));
        self.tops.add(next_top, rule.logical_steps, rule.blocks_per_top);
        if self.samples.is_empty() && !next.samples.is_empty() {
            self.samples.reserve_exact(SAMPLES);
        }
        self.samples.extend_from_slice(&next.samples);
        self.nonfinite = match (self.nonfinite, next.nonfinite) {
            (Some(own), Some(other)) => Some(Nonfinite {
                nan: own.nan + other.nan,
                infinite: own.infinite + other.infinite,
                first: own.first.min(other.first),
            }),
            (own, other) => own.or(other),
        };
        self.total += next.total;
        self.count += next.count;
        self.coordinates = std::array::from_fn(|axis| self.coordinates[axis] + next.coordinates[axis]);
        match (&mut self.peak, &next.peak) {
            (Some(own), Some(other)) => own.merge(other, rule),
            (None, Some(_)) => self.peak = next.peak,
            (_, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: MergeRule =
        MergeRule { k: 1.0, faintness: 60.0, keeps_aside: true, logical_steps: [0; 3], blocks_per_top: 1 };

    /// One voxel of weight 2^(value − reference), by hand.
    fn voxel(value: f64, at: [usize; 3], key: u64) -> Record {
        let reference = Reference::new(value, 1.0);
        let mass = (-reference.fraction).exp2();
        let sums = Sums { mass, energy: -reference.fraction * mass, ..Sums::default() };
        let peak =
            Peak { max: value, tie: 0, at, key, is_constant: true, reference, sums, aside: Sums::default() };
        Record { peak: Some(peak), ..Record::default() }
    }

    #[test]
    fn two_voxels_merge_to_their_weighted_mean() {
        // Weights 1 and 3 (log2 3 above), at 0 and 4 along the last axis: mean 3, variance 3.
        let mut record = voxel(0.0, [0, 0, 0], 0);
        record.merge(&voxel(3.0_f64.log2(), [0, 0, 4], 4), &RULE);
        let peak = record.peak.unwrap();
        assert_eq!((peak.at, peak.is_constant), ([0, 0, 4], false));
        let mean = peak.at[2] as f64 + peak.sums.first[2] / peak.sums.mass;
        assert!((mean - 3.0).abs() < 1e-14);
        let variance = peak.sums.second[5] / peak.sums.mass - (mean - 4.0).powi(2);
        assert!((variance - 3.0).abs() < 1e-13);
    }

    #[test]
    fn the_first_of_equal_maxima_wins_whatever_the_memory_order() {
        let mut record = voxel(1.0, [0, 0, 0], 7);
        record.merge(&voxel(1.0, [0, 0, 1], 2), &RULE);
        assert_eq!(record.peak.unwrap().key, 2);
        assert!(record.peak.unwrap().is_constant);
    }

    #[test]
    fn masked_blocks_change_nothing() {
        let mut record = Record::default();
        record.merge(&voxel(1.0, [0, 1, 2], 5), &RULE);
        let before = record.clone();
        record.merge(&Record::default(), &RULE);
        assert_eq!((record.peak, record.total, record.count), (before.peak, before.total, before.count));
    }

    #[test]
    fn faint_weights_move_no_coordinate_and_stay_in_the_spread() {
        for (values, far) in [([0.0, 61.0], true), ([61.0, 0.0], true), ([0.0, 60.0], false)] {
            let mut record = voxel(values[0], [0, 0, 0], 0);
            record.merge(&voxel(values[1], [0, 0, 4], 4), &RULE);
            let peak = record.peak.unwrap();
            let weight = (-values[0].max(values[1])).exp2();
            assert_eq!(peak.sums.mass, if far { 1.0 } else { 1.0 + weight }, "{values:?}");
            assert_eq!(peak.all().second[5], 16.0 * weight);
            assert_eq!(peak.aside.mass, if far { weight } else { 0.0 });
            let without = MergeRule { keeps_aside: false, ..RULE };
            let mut other = voxel(values[0], [0, 0, 0], 0);
            other.merge(&voxel(values[1], [0, 0, 4], 4), &without);
            let other = other.peak.unwrap().sums;
            assert_eq!((other.mass, other.first), (peak.sums.mass, peak.sums.first));
        }
    }

    #[test]
    fn only_what_merging_leaves_out_is_hidden() {
        let at = |max: f64| Reference::new(max, 1.0);
        assert!(at(61.0).hides(&at(0.0), 60.0));
        assert!(!at(60.0).hides(&at(0.0), 60.0));
        // Rounding may take such references for their neighbours.
        assert!(!at(1e15 * 2.0).hides(&at(0.0), 60.0));
        assert!(!Reference::at_peak(100.0).hides(&at(0.0), 60.0));
    }

    #[test]
    fn references_far_from_each_other_do_not_overflow() {
        let mut record = voxel(-1e300, [0, 0, 0], 0);
        record.merge(&voxel(1e300, [0, 0, 9], 9), &RULE);
        let peak = record.peak.unwrap();
        assert_eq!((peak.at[2], peak.sums.first[2]), (9, 0.0));
        assert!(peak.sums.mass.is_finite());
    }
}
