//! The record that a block leaves behind, and how records merge in order.
//!
//! Weights of a block are relative to the block's own reference, so that nothing overflows and nothing
//! that matters underflows; moments are about the block's own peak, so that nothing cancels. The
//! reference is an integer power of two wherever that is possible: rescaling two such records to one
//! another is then exact.

use crate::geometry::Block;

/// How the records of one array merge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    /// log2(e)/T per stored unit.
    pub(crate) k: f64,
    /// How many powers of two below the reference of those before them weights are too faint to move a
    /// coordinate; an integer.
    pub(crate) reach: f64,
    /// Whether [`Peak::apart`] is in use.
    pub(crate) keeps_apart: bool,
}

impl Rule {
    /// How far below the peak, in powers of two, a block must lie for its weights to move no coordinate.
    ///
    /// `voxels` weights of at most 2^−reach each, none further away than `longest`, move the mean by less than
    /// 2^−24 voxel in f32 and 2^−32 in f64: a small part of either bound on accuracy.
    pub(crate) fn reach(lengths: [usize; 3], is_wide: bool) -> f64 {
        let bits = |n: usize| f64::from(usize::BITS - n.leading_zeros());
        let voxels = lengths.iter().fold(1, |product: usize, &n| product.saturating_mul(n));
        let longest = lengths.into_iter().max().unwrap_or(0);
        bits(voxels) + bits(longest) + if is_wide { 32.0 } else { 24.0 }
    }
}

/// Where weights are measured from: the weight of value x is 2^(x·k − reference).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// The largest value of the block that set it.
    pub(crate) max: f64,
    /// The reference itself, where it is an integer; otherwise it is max·k exactly.
    pub(crate) integer: Option<f64>,
    /// reference − max·k, in [0, 1).
    pub(crate) fraction: f64,
}

impl Reference {
    /// The reference that every weight is at most 1 against: max·k rounded up, or max·k itself where
    /// that is so large that neighbouring integers are not told apart.
    pub(crate) fn new(max: f64, k: f64) -> Reference {
        let integer = (max * k).ceil();
        if integer.abs() < 4_503_599_627_370_496.0 {
            Reference { max, integer: Some(integer), fraction: (-max).mul_add(k, integer) }
        } else {
            Reference::at_peak(max)
        }
    }

    /// A power of two that weights of another kind than the softmax's were divided by.
    pub(crate) fn power(max: f64, power: i32) -> Reference {
        Reference { max, integer: Some(f64::from(power)), fraction: 0.0 }
    }

    /// The reference at which the peak weighs exactly 1.
    pub(crate) fn at_peak(max: f64) -> Reference {
        Reference { max, integer: None, fraction: 0.0 }
    }

    /// Whether a block of reference `other` that follows is certain to be left out of the coordinates.
    ///
    /// Merging leaves out what lies further below than `reach`. Here integers are compared, small enough
    /// that a later reference of another kind, which can only be higher, comes to the same: rounding
    /// cannot use up the whole step that the two differ by at least.
    pub(crate) fn hides(&self, other: &Reference, reach: f64) -> bool {
        const LIMIT: f64 = 1_125_899_906_842_624.0;
        match (self.integer, other.integer) {
            (Some(a), Some(b)) => a - b > reach && a.abs() < LIMIT && b.abs() < LIMIT,
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

/// Zeroth, first and second moments of weights, in memory axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ e.
    pub(crate) mass: f64,
    /// Σ e·r for the three axes.
    pub(crate) first: [f64; 3],
    /// Σ e·r·r, upper triangle: 00, 01, 02, 11, 12, 22.
    pub(crate) second: [f64; 6],
    /// Σ e·y, y the exponent of e: what entropy needs.
    pub(crate) energy: f64,
}

/// The axes of each entry of an upper triangle.
pub(crate) const PAIRS: [(usize, usize); 6] = crate::geometry::Covariance::PAIRS;

impl Sums {
    /// The same moments about an origin that lies at `shift` from the present one, seen from the new one.
    pub(crate) fn moved(&self, shift: [f64; 3]) -> Sums {
        let first = std::array::from_fn(|a| self.first[a] + self.mass * shift[a]);
        let second = std::array::from_fn(|i| {
            let (a, b) = PAIRS[i];
            let cross = self.first[a] * shift[b] + self.first[b] * shift[a];
            self.second[i] + cross + self.mass * shift[a] * shift[b]
        });
        Sums { first, second, ..*self }
    }

    /// The same weights against a reference that is higher by `rise`, where that is above 0.
    fn lowered(&self, rise: f64) -> Sums {
        if rise <= 0.0 {
            return *self;
        }
        let factor = power_of_two(-rise);
        if factor == 0.0 {
            return Sums::default();
        }
        Sums {
            mass: self.mass * factor,
            first: self.first.map(|moment| moment * factor),
            second: self.second.map(|moment| moment * factor),
            energy: (self.energy - self.mass * rise) * factor,
        }
    }

    fn plus(&self, other: &Sums) -> Sums {
        Sums {
            mass: self.mass + other.mass,
            first: std::array::from_fn(|i| self.first[i] + other.first[i]),
            second: std::array::from_fn(|i| self.second[i] + other.second[i]),
            energy: self.energy + other.energy,
        }
    }

    /// Times 2^−rise, where `rise` is above 0; for mass and first moments alone.
    fn lower_mean(&mut self, rise: f64) {
        if rise > 0.0 {
            let factor = power_of_two(-rise);
            self.mass *= factor;
            self.first = self.first.map(|moment| moment * factor);
        }
    }

    /// Adds the mass and the first moments of `other`, moved by `shift`.
    fn add_mean(&mut self, other: &Sums, shift: [f64; 3]) {
        for (axis, step) in shift.into_iter().enumerate() {
            self.first[axis] += other.first[axis] + other.mass * step;
        }
        self.mass += other.mass;
    }
}

/// 2^y for y ≤ 0. References differ by integers nearly always, and then it is exact and costs nothing.
#[expect(clippy::float_cmp, reason = "an integer is equal to itself")]
fn power_of_two(y: f64) -> f64 {
    let n = y as i64;
    if n as f64 == y && n > -1022 { f64::from_bits(((n + 1023) as u64) << 52) } else { libm::exp2(y) }
}

/// The largest voxel of a block or heatmap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Peak {
    /// Its stored value.
    pub(crate) max: f64,
    /// Tells values apart that are equal in f64: larger for a larger stored value, 0 where f64 is exact.
    pub(crate) tie: u64,
    /// Where it is, in memory axes.
    pub(crate) at: [usize; 3],
    /// Its place in logical (h, w, d) order; of equal values the smallest wins.
    pub(crate) key: u64,
    /// Whether every unmasked voxel equals it.
    pub(crate) is_constant: bool,
    /// What the weights are relative to.
    pub(crate) reference: Reference,
    /// Moments of the weights about `at`; zero for methods that sum none.
    pub(crate) sums: Sums,
    /// Moments of weights that are not in `sums`: of those that are too faint, where the spread is asked for; of negative
    /// ones.
    pub(crate) apart: Sums,
}

impl Peak {
    /// The peak of a block that a higher one hides: it wins against none, and has no weight.
    pub(crate) fn hidden(max: f64, at: [usize; 3], reference: Reference) -> Peak {
        let none = Sums::default();
        Peak { max, tie: 0, at, key: u64::MAX, is_constant: false, reference, sums: none, apart: none }
    }

    /// Takes in the peak and the weights of the block that follows in memory.
    #[expect(clippy::float_cmp, reason = "maxima are stored values, never computed: equal is equal")]
    fn merge(&mut self, other: &Peak, rule: &Rule) {
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
    fn add(&mut self, loser: &Peak, rule: &Rule) {
        let rise = loser.reference.above(&self.reference, rule.k);
        let shift = std::array::from_fn(|axis| loser.at[axis] as f64 - self.at[axis] as f64);
        if rise > 0.0 {
            self.lower(rise, rule);
            self.reference = loser.reference;
        }
        let is_faint = -rise > rule.reach;
        if !rule.keeps_apart {
            if !is_faint {
                let mut sums = loser.sums;
                sums.lower_mean(-rise);
                self.sums.add_mean(&sums, shift);
            }
            return;
        }
        let place = if is_faint { &mut self.apart } else { &mut self.sums };
        *place = place.plus(&loser.sums.lowered(-rise).moved(shift));
        // Of faint weights only where the loser is itself made of several blocks.
        if loser.apart.mass != 0.0 {
            self.apart = self.apart.plus(&loser.apart.lowered(-rise).moved(shift));
        }
    }

    /// Measures the weights against a reference that is higher by `rise`.
    fn lower(&mut self, rise: f64, rule: &Rule) {
        if !rule.keeps_apart {
            self.sums.lower_mean(rise);
            if rise > rule.reach {
                self.sums = Sums::default();
            }
            return;
        }
        self.sums = self.sums.lowered(rise);
        self.apart = self.apart.lowered(rise);
        if rise > rule.reach {
            self.apart = self.apart.plus(&std::mem::take(&mut self.sums));
        }
    }

    /// The moments that coordinates are taken of: no faint weights, but negative ones.
    pub(crate) fn telling(&self) -> Sums {
        if self.apart.mass < 0.0 { self.all() } else { self.sums }
    }

    /// Moments of all weights.
    pub(crate) fn all(&self) -> Sums {
        self.sums.plus(&self.apart)
    }
}

/// What is known of a heatmap, or of some of its blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    /// The peak and the moments about it; none while every voxel was masked.
    pub(crate) peak: Option<Peak>,
    /// Whether some voxel was NaN or +inf.
    pub(crate) is_nonfinite: bool,
    /// The sum of the unmasked values as they were given, as accurate as a plain sum in their type.
    pub(crate) total: f64,
    /// How many those are.
    pub(crate) count: usize,
    /// The sum of their places, in memory axes: exact. 0 for methods that do not ask for it.
    pub(crate) places: [f64; 3],
}

impl Record {
    /// What the weights so far are relative to; none while every voxel was masked.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        self.peak.map(|peak| peak.reference)
    }

    /// Takes in the record of the block that follows in memory. See [`Kernel::merge`](crate::kernel::Kernel::merge).
    pub(crate) fn merge(&mut self, next: &Record, rule: &Rule) {
        self.is_nonfinite |= next.is_nonfinite;
        self.total += next.total;
        self.count += next.count;
        self.places = std::array::from_fn(|axis| self.places[axis] + next.places[axis]);
        match (&mut self.peak, &next.peak) {
            (Some(own), Some(other)) => own.merge(other, rule),
            (None, Some(_)) => self.peak = next.peak,
            (_, None) => {}
        }
    }
}

/// The coordinates of a voxel of `block`, given within the block.
pub(crate) fn place(block: &Block, within: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| block.start[axis] + within[axis])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { k: 1.0, reach: 60.0, keeps_apart: true };

    /// One voxel of weight 2^(value − reference), by hand.
    fn voxel(value: f64, at: [usize; 3], key: u64) -> Record {
        let reference = Reference::new(value, 1.0);
        let mass = (-reference.fraction).exp2();
        let sums = Sums { mass, energy: -reference.fraction * mass, ..Sums::default() };
        let peak =
            Peak { max: value, tie: 0, at, key, is_constant: true, reference, sums, apart: Sums::default() };
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
        let before = record;
        record.merge(&Record::default(), &RULE);
        assert_eq!(record, before);
    }

    #[test]
    fn what_is_too_faint_moves_no_coordinate_and_stays_in_the_spread() {
        for (values, far) in [([0.0, 61.0], true), ([61.0, 0.0], true), ([0.0, 60.0], false)] {
            let mut record = voxel(values[0], [0, 0, 0], 0);
            record.merge(&voxel(values[1], [0, 0, 4], 4), &RULE);
            let peak = record.peak.unwrap();
            let weight = (-values[0].max(values[1])).exp2();
            assert_eq!(peak.sums.mass, if far { 1.0 } else { 1.0 + weight }, "{values:?}");
            assert_eq!(peak.all().second[5], 16.0 * weight);
            assert_eq!(peak.apart.mass, if far { weight } else { 0.0 });
            let without = Rule { keeps_apart: false, ..RULE };
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
        // Such references are not told from their neighbours with certainty.
        assert!(!at(1e15 * 2.0).hides(&at(0.0), 60.0));
        assert!(!Reference::at_peak(100.0).hides(&at(0.0), 60.0));
    }

    #[test]
    fn references_far_apart_do_not_overflow() {
        let mut record = voxel(-1e300, [0, 0, 0], 0);
        record.merge(&voxel(1e300, [0, 0, 9], 9), &RULE);
        let peak = record.peak.unwrap();
        assert_eq!((peak.at[2], peak.sums.first[2]), (9, 0.0));
        assert!(peak.sums.mass.is_finite());
    }
}
