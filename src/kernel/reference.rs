//! The textbook form of every method in plain f64: slow, obvious, and kept beside the fast code for ever.
//!
//! Nothing but tests uses it. It reads a heatmap as a function of (h, w, d), subtracts the maximum,
//! exponentiates with the platform's `exp`, and sums with compensation.

use super::Sharpness;

/// What the textbook says about one heatmap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Softmax expectation (h, w, d), in voxels.
    pub soft: [f64; 3],
    /// First maximum in (h, w, d) order, in voxels.
    pub hard: [f64; 3],
    /// Covariance in voxels², upper triangle: hh, hw, hd, ww, wd, dd.
    pub covariance: [f64; 6],
    /// −Σ p ln p, in nats.
    pub entropy: f64,
    /// The probability of the peak voxel.
    pub peak_probability: f64,
    /// ln Σ exp(x/T).
    pub log_normalizer: f64,
}

/// A sum with Neumaier's compensation.
#[derive(Clone, Copy, Default)]
struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        let total = self.total + term;
        self.lost += if self.total.abs() >= term.abs() {
            (self.total - total) + term
        } else {
            (term - total) + self.total
        };
        self.total = total;
    }

    fn value(self) -> f64 {
        self.total + self.lost
    }
}

/// Decodes one heatmap of `lengths` (h, w, d) by the definition. −inf voxels are masked.
///
/// None where every voxel is masked.
pub fn decode(
    lengths: [usize; 3],
    sharpness: Sharpness,
    value: impl Fn([usize; 3]) -> f64,
) -> Option<Expected> {
    let mut max = f64::NEG_INFINITY;
    let mut hard = None;
    each(lengths, |at| {
        if value(at) > max {
            (max, hard) = (value(at), Some(at));
        }
    });
    let hard = hard?.map(|i| i as f64);
    let exponent = |at: [usize; 3]| sharpness.apply(value(at) - max);
    let mass = total(lengths, |at| exponent(at).exp());
    let mean = |axis: usize| total(lengths, |at| exponent(at).exp() * at[axis] as f64) / mass;
    let soft = [mean(0), mean(1), mean(2)];
    let covariance = |(a, b): (usize, usize)| {
        let term = |at: [usize; 3]| exponent(at).exp() * (at[a] as f64 - soft[a]) * (at[b] as f64 - soft[b]);
        total(lengths, term) / mass
    };
    let energy = total(lengths, |at| {
        let y = exponent(at);
        if y == f64::NEG_INFINITY { 0.0 } else { y * y.exp() }
    });
    Some(Expected {
        soft,
        hard,
        covariance: super::PAIRS.map(covariance),
        entropy: mass.ln() - energy / mass,
        peak_probability: 1.0 / mass,
        log_normalizer: sharpness.apply(max) + mass.ln(),
    })
}

fn total(lengths: [usize; 3], term: impl Fn([usize; 3]) -> f64) -> f64 {
    let mut sum = Sum::default();
    each(lengths, |at| sum.add(term(at)));
    sum.value()
}

fn each([height, width, depth]: [usize; 3], mut visit: impl FnMut([usize; 3])) {
    for h in 0..height {
        for w in 0..width {
            for d in 0..depth {
                visit([h, w, d]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_voxels_by_hand() {
        // Weights 1 and 3: mean 3/4, variance 3/16, Z = 4.
        let value = |[h, _, _]: [usize; 3]| if h == 0 { 0.0 } else { 3.0_f64.ln() };
        let expected = decode([2, 1, 1], Sharpness::Temperature(1.0), value).unwrap();
        assert!((expected.soft[0] - 0.75).abs() < 1e-15);
        assert!((expected.covariance[0] - 3.0 / 16.0).abs() < 1e-15);
        assert!((expected.log_normalizer - 4.0_f64.ln()).abs() < 1e-15);
        assert!((expected.peak_probability - 0.75).abs() < 1e-15);
        assert_eq!(expected.hard, [1.0, 0.0, 0.0]);
    }
}
