//! The expected index under the softmax.
//!
//! exp(x/T) overflows for large x, so a slice is summed relative to a reference value: weights are exp((x −
//! reference)/T). The maximum would be the usual reference, but it is known only at the end, and a new
//! maximum at every element would rescale, and round, the sums each time. So the reference changes only if a
//! value rises more than 32·T above it. Each change then shrinks what came before by at least e³², and the
//! rounding of the changes never adds up. The sums are compensated, so neither does theirs.

use super::slices::Reducer;
use crate::source::Element;

/// The largest logarithm of a weight.
const HIGHEST: f64 = 32.0;

/// The soft argmax.
pub(super) struct Soft {
    is_reversed: bool,
    /// The absolute slope.
    slope: f64,
    temperature: f64,
    /// The last index of a slice.
    last: f64,
}

impl Soft {
    /// For stored values that `slope`, finite and not 0, scales. An intercept cancels in the softmax.
    pub(super) fn new(slope: f64, temperature: f64, last: u64) -> Soft {
        Soft { is_reversed: slope < 0.0, slope: slope.abs(), temperature, last: last as f64 }
    }

    /// The logarithm of the weight of a value that lies `rise` above the reference.
    #[inline]
    fn logarithm(&self, rise: f64) -> f64 {
        rise * self.slope / self.temperature
    }

    /// Adds the sums of other elements, which are relative to a reference of their own.
    ///
    /// -inf has no mass. NaN and +inf make the mass NaN, and it stays NaN.
    #[inline]
    fn merge(&self, sums: &mut Weighted, more: &Weighted) {
        if more.reference == f64::NEG_INFINITY {
            return;
        }
        let mut logarithm = self.logarithm(more.reference - sums.reference);
        if logarithm > HIGHEST {
            let shrink = libm::exp(-logarithm);
            sums.reference = more.reference;
            sums.mass.scale(shrink);
            sums.moment.scale(shrink);
            logarithm = self.logarithm(more.reference - sums.reference);
        }
        let weight = libm::exp(logarithm);
        sums.mass.add(weight * more.mass.value());
        sums.moment.add(weight * more.moment.value());
    }
}

/// Weighted sums over a slice, or a part of it, relative to a reference.
#[derive(Clone, Debug)]
pub(super) struct Weighted {
    /// The value whose weight is 1.
    reference: f64,
    /// The sum of the weights.
    mass: Sum,
    /// The sum of index · weight.
    moment: Sum,
}

/// A compensated sum (Knuth's two-sum): it is rounded about once, however many terms it has.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    high: f64,
    /// What rounding took from `high`.
    low: f64,
}

impl Sum {
    fn of(term: f64) -> Sum {
        Sum { high: term, low: 0.0 }
    }

    #[inline]
    fn add(&mut self, term: f64) {
        let high = self.high + term;
        let taken = high - self.high;
        self.low += (self.high - (high - taken)) + (term - taken);
        self.high = high;
    }

    fn scale(&mut self, factor: f64) {
        self.high *= factor;
        self.low *= factor;
    }

    fn value(self) -> f64 {
        self.high + self.low
    }
}

impl Reducer for Soft {
    type Key = f64;
    type Slice = Weighted;
    type Answer = f64;

    fn decode(&self, element: Element, bytes: &[u8], keys: &mut [f64]) {
        element.widen_f64(bytes, keys);
        if self.is_reversed {
            for key in keys {
                *key = -*key;
            }
        }
    }

    fn empty(&self) -> Weighted {
        Weighted { reference: f64::NEG_INFINITY, mass: Sum::default(), moment: Sum::default() }
    }

    #[inline]
    fn add(&self, sums: &mut Weighted, index: u64, key: f64) {
        self.merge(sums, &Weighted { reference: key, mass: Sum::of(1.0), moment: Sum::of(index as f64) });
    }

    fn add_run(&self, sums: &mut Weighted, first: u64, step: u64, keys: &[f64]) {
        let larger = |max: f64, &key: &f64| if key > max || key.is_nan() { key } else { max };
        let reference = keys.iter().fold(f64::NEG_INFINITY, larger);
        if !reference.is_finite() {
            return self.add(sums, first, reference);
        }
        let (mut mass, mut moment) = (Sum::default(), Sum::default());
        for (i, key) in keys.iter().enumerate() {
            let weight = libm::exp(self.logarithm(key - reference));
            mass.add(weight);
            moment.add(weight * i as f64);
        }
        let moment = Sum::of(first as f64 * mass.value() + step as f64 * moment.value());
        self.merge(sums, &Weighted { reference, mass, moment });
    }

    fn answer(&self, sums: &Weighted) -> f64 {
        let mean = sums.moment.value() / sums.mass.value();
        // The sign of a NaN that is computed depends on the machine. The expectation lies among the indices;
        // its rounding may not.
        if mean.is_nan() { f64::NAN } else { mean.clamp(0.0, self.last) }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "one element has the index 0 exactly")]
mod tests {
    use super::*;

    /// As one run, and element by element.
    fn both(keys: &[f64], temperature: f64) -> [f64; 2] {
        let reducer = Soft::new(1.0, temperature, keys.len() as u64 - 1);
        let (mut run, mut single) = (reducer.empty(), reducer.empty());
        reducer.add_run(&mut run, 0, 1, keys);
        for (i, &key) in (0..).zip(keys) {
            reducer.add(&mut single, i, key);
        }
        [reducer.answer(&run), reducer.answer(&single)]
    }

    #[test]
    fn expectations_by_hand() {
        let three = 3.0_f64.ln();
        for (keys, temperature, expected) in [
            (&[0.0, three][..], 1.0, 0.75),
            (&[three, 0.0], 1.0, 0.25),
            (&[0.0, 2.0 * three], 2.0, 0.75),
            (&[7.0; 5], 1.0, 2.0),
            (&[f64::NEG_INFINITY, 0.0, three], 1.0, 1.75),
            (&[0.0, 1000.0, -1000.0, 1000.0], 1.0, 2.0),
            (&[0.0, 5.0, 1.0, 5.0], 1e-300, 2.0),
            (&[-1e308, 1e308, -1e308], 1.0, 1.0),
            (&[0.0, 100.0, 200.0, 1e300], 1e308, 1.5),
        ] {
            for found in both(keys, temperature) {
                assert!((found - expected).abs() < 1e-7 * expected, "{keys:?}: {found}");
            }
        }
        assert_eq!(both(&[-3.0], 1.0), [0.0; 2]);
    }

    #[test]
    fn what_has_no_expectation_is_nan() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for keys in [
            &[nan, 0.0, 1.0][..],
            &[0.0, nan, 99.0],
            &[0.0, 1.0, inf],
            &[inf, 0.0],
            &[-inf, -inf],
            &[nan, -inf],
        ] {
            assert_eq!(both(keys, 1.0).map(f64::to_bits), [f64::NAN.to_bits(); 2], "{keys:?}");
        }
    }

    #[test]
    fn a_slow_rise_and_a_long_slice_round_little() {
        // Σ i·2^i / Σ 2^i for i < n is n - 2 + n/(2^n - 1), whatever is added to the logarithms.
        let rising: Vec<f64> = (0..2000).map(|i| f64::from(i) * std::f64::consts::LN_2).collect();
        for found in both(&rising, 1.0) {
            assert!((found - 1998.0).abs() < 1e-9, "{found}");
        }
        let flat = vec![0.1; 1_000_001];
        for found in both(&flat, 0.7) {
            assert!((found - 500_000.0).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn runs_are_laid_by_first_and_step() {
        let reducer = Soft::new(-0.5, 1.0, 5);
        let mut sums = reducer.empty();
        // Weights 1, 1, 2 and 4, 4, 4 at indices 0, 2, 4 and 1, 3, 5: the order is given by the negated
        // values.
        let ln = |x: f64| 2.0 * x.ln();
        reducer.add_run(&mut sums, 0, 2, &[ln(1.0), ln(1.0), ln(2.0)]);
        reducer.add_run(&mut sums, 1, 2, &[ln(4.0); 3]);
        assert!((reducer.answer(&sums) - (2.0 + 8.0 + 36.0) / 16.0).abs() < 1e-15);
    }
}
