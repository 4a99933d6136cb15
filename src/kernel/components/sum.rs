//! Sums of two f64 each, so that the means of equal components are equal.
//!
//! Two components of the same values must have the same mean, and the tie goes to the larger or the first
//! one. Plain sums would differ in their last bit, by the order in which the runs of a component are joined.
//! With what rounding loses kept beside it (Knuth, The Art of Computer Programming 2, 4.2.2), a sum of values
//! above 0 is exact to twice the digits of f64.

/// A sum, and what rounding has lost of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a term.
    pub(super) fn add(&mut self, term: f64) {
        let sum = self.high + term;
        let own = sum - term;
        self.low += (self.high - own) + (term - (sum - own));
        self.high = sum;
    }

    /// Adds `times` another sum.
    pub(super) fn add_times(&mut self, other: Sum, times: f64) {
        self.add(other.high * times);
        self.low += other.low * times;
    }

    /// The sum, rounded once.
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_loses_is_kept() {
        let mut sum = Sum::default();
        sum.add(1.0);
        for _ in 0..1 << 12 {
            sum.add(2.0_f64.powi(-60));
        }
        assert_eq!(sum.value(), 1.0 + 2.0_f64.powi(-48));
        let mut doubled = Sum::default();
        doubled.add_times(sum, 2.0);
        doubled.add_times(sum, 0.0);
        assert_eq!(doubled.value(), 2.0 + 2.0_f64.powi(-47));
    }

    #[test]
    fn the_order_of_the_terms_does_not_show() {
        let terms: Vec<f64> = (1..2000).map(|i| 1.0 / f64::from(i * i % 977 + 1)).collect();
        let of = |terms: &mut dyn Iterator<Item = &f64>| {
            let mut sum = Sum::default();
            terms.for_each(|&term| sum.add(term));
            sum.value()
        };
        assert_eq!(of(&mut terms.iter()), of(&mut terms.iter().rev()));
        // Plain sums differ.
        assert_ne!(terms.iter().sum::<f64>(), terms.iter().rev().sum::<f64>());
    }
}
