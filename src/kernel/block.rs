//! The weights of one block: which arithmetic they need, and their sums.

use super::lanes::{Exponent, Value};
use super::moments::{Peak, Reference, Sums};
use super::sweep;
use super::tiling::Tiling;
use fearless_simd::Level;

/// Memory that sweeps reuse; one for each thread.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(super) narrow: Work<f32>,
    pub(super) wide: Work<f64>,
    pub(super) exact: Work<f64>,
}

/// A block with changed values, and a block with its padding.
#[derive(Clone, Debug, Default)]
pub(super) struct Work<T> {
    pub(super) values: Vec<T>,
    pub(super) padded: Vec<T>,
}

/// The block with NaN masked.
pub(super) fn without_nan<'a, T: Value>(values: &[T], cleaned: &'a mut Vec<T>) -> &'a [T] {
    cleaned.clear();
    cleaned.extend(values.iter().map(|&value| if value.is_nan() { T::MASKED } else { value }));
    cleaned
}

/// Sums the weights of one block.
pub(super) struct Weigher<'a> {
    pub(super) level: Level,
    pub(super) tiling: &'a Tiling,
    pub(super) k: f64,
    pub(super) with_energy: bool,
}

impl Weigher<'_> {
    /// Gives `peak` its sums, and the reference that they are relative to. `index` is the peak's in the
    /// block.
    pub(super) fn weigh<T: Value>(
        &self,
        values: &[T],
        index: usize,
        peak: &mut Peak,
        padded: &mut Vec<T>,
        exact: &mut Work<f64>,
    ) {
        if peak.is_constant {
            // Weights of exactly 1: the centroid of a flat map comes out exact.
            let weightless = |value: T| if value == T::MASKED { f64::NEG_INFINITY } else { 0.0 };
            refill(&mut exact.values, values.iter().map(|&value| weightless(value)));
            peak.reference = Reference::at_peak(peak.max);
            let unit = Exponent { shift: 0.0, hi: 1.0, lo: 0.0, offset: 0.0 };
            peak.sums = self.sums(&exact.values, index, &unit, &mut exact.padded);
        } else if let Some(exponent) = T::exponent(&peak.reference, self.k) {
            peak.sums = self.sums(values, index, &exponent, padded);
        } else {
            refill(&mut exact.values, values.iter().map(|&value| value.into()));
            let exponent = wide_exponent(&peak.reference, self.k);
            peak.sums = self.sums(&exact.values, index, &exponent, &mut exact.padded);
        }
    }

    fn sums<T: Value>(
        &self,
        values: &[T],
        index: usize,
        exponent: &Exponent<T>,
        padded: &mut Vec<T>,
    ) -> Sums {
        let centre = self.tiling.position(index);
        if self.tiling.is_exact() {
            return sweep::sums(self.level, self.tiling, values, exponent, index, centre, self.with_energy);
        }
        self.tiling.pad(values, T::MASKED, padded);
        let hole = self.tiling.padded_index(index);
        sweep::sums(self.level, self.tiling, padded, exponent, hole, centre, self.with_energy)
    }
}

fn refill(buffer: &mut Vec<f64>, values: impl Iterator<Item = f64>) {
    buffer.clear();
    buffer.extend(values);
}

/// The exponent in f32, where it holds its accuracy: an integer reference that f32 arithmetic carries
/// exactly, and a multiplier well inside f32's range.
pub(super) fn narrow_exponent(reference: &Reference, k: f64) -> Option<Exponent<f32>> {
    const LARGEST_OFFSET: f64 = 4_194_304.0;
    let offset = reference.integer.filter(|offset| offset.abs() <= LARGEST_OFFSET)?;
    if !(1e-18..=1e18).contains(&k) {
        return None;
    }
    // Rounded towards zero, so that the low part is positive and −inf stays −inf in both steps.
    let nearest = k as f32;
    let hi = if f64::from(nearest) > k { nearest.next_down() } else { nearest };
    let lo = ((k - f64::from(hi)) as f32).max(f32::MIN_POSITIVE);
    Some(Exponent { shift: 0.0, hi, lo, offset: offset as f32 })
}

/// The exponent in f64. Where the reference is no integer, values are first taken relative to the
/// peak's, so that a tiny temperature leaves nothing but the maxima and no overflow.
pub(super) fn wide_exponent(reference: &Reference, k: f64) -> Exponent<f64> {
    match reference.integer {
        Some(offset) => Exponent { shift: 0.0, hi: k, lo: 0.0, offset },
        None => Exponent { shift: reference.max, hi: k, lo: 0.0, offset: 0.0 },
    }
}
