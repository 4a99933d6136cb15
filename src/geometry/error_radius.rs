//! From an error in three dimensions to one length: how far from an answer the truth may lie.
//!
//! An error has a part that is known to be there (the bias) and a part that only a distribution describes
//! (the covariance). A person asks for one number, the radius within which the truth lies 95 times of 100.

use super::Covariance;

/// The 95 % quantile of |b + e|, with b the `bias` and e normal with this `covariance`, in their unit.
///
/// The square of that length is close to a scaled χ² with the same mean m and variance v, whose quantile is
/// by Wilson and Hilferty's cube root, with a correction for few degrees of freedom. Without a covariance it
/// is the length of the bias.
#[must_use]
pub fn radius95(bias: [f64; 3], covariance: &Covariance) -> f64 {
    let square: f64 = bias.iter().map(|b| b * b).sum();
    let mean = covariance.variances().iter().sum::<f64>() + square;
    let (mut trace_of_square, mut along) = (0.0, 0.0);
    for row in 0..3 {
        for column in 0..3 {
            let entry = covariance.entry(row, column);
            trace_of_square += entry * entry;
            along += bias[row] * entry * bias[column];
        }
    }
    let variance = 2.0 * trace_of_square + 4.0 * along;
    if variance <= 1e-12 * mean * mean {
        return libm::sqrt(mean);
    }
    let freedom = 2.0 * mean * mean / variance;
    libm::sqrt(variance / (2.0 * mean) * chi_square_95(freedom))
}

/// The 95 % quantile of χ² with `freedom` degrees of freedom, which need not be a whole number.
fn chi_square_95(freedom: f64) -> f64 {
    /// The 95 % quantile of the normal distribution.
    const NORMAL_95: f64 = 1.644_853_626_951_472_1;
    let share = 2.0 / (9.0 * freedom);
    let root = 1.0 - share + NORMAL_95 * libm::sqrt(share);
    freedom * root * root * root + 0.135 / (freedom + 0.43)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_tables() {
        for (freedom, expected) in [(1.0, 3.841), (2.0, 5.991), (3.0, 7.815), (10.0, 18.307)] {
            assert!((chi_square_95(freedom) / expected - 1.0).abs() < 0.01, "{freedom}");
        }
    }

    #[test]
    fn radii_by_hand() {
        let isotropic = Covariance([4.0, 0.0, 0.0, 4.0, 0.0, 4.0]);
        assert!((radius95([0.0; 3], &isotropic) - 2.0 * chi_square_95(3.0).sqrt()).abs() < 1e-12);
        let line = Covariance([0.0, 0.0, 0.0, 0.0, 0.0, 9.0]);
        assert!((radius95([0.0; 3], &line) - 3.0 * chi_square_95(1.0).sqrt()).abs() < 1e-12);
        assert_eq!(radius95([3.0, 0.0, 4.0], &Covariance::default()), 5.0);
        assert_eq!(radius95([0.0; 3], &Covariance::default()), 0.0);
        // A bias adds to it, whichever way it points.
        assert!(radius95([1.0, 0.0, 0.0], &isotropic) > radius95([0.0; 3], &isotropic));
        assert_eq!(radius95([0.0, 0.0, 1.0], &line), radius95([0.0, 0.0, -1.0], &line));
    }
}
