//! Whether the truth lies within what a prediction says of its own error.

use crate::geometry::Covariance;

/// The quantiles of χ² at 0.5 and 0.95, for 1, 2 and 3 degrees of freedom (`chi2.ppf` of `scipy` 1.15).
const QUANTILES: [[f64; 2]; 3] = [
    [0.454_936_423_119_572_8, 3.841_458_820_694_124],
    [1.386_294_361_119_890_6, 5.991_464_547_107_979],
    [2.365_973_884_375_338, 7.814_727_903_251_179],
];

/// Whether a difference lies within the ellipsoids of 50 % and 95 % of a normal distribution about 0.
///
/// Along an axis without variance, such as that of a plane, the difference must be 0, and the degrees of
/// freedom are those of the other axes. `None` if the matrix is no covariance: not positive definite along
/// the others, or not finite.
///
/// *Definition.* eᵀ Σ⁻¹ e ≤ the quantile of χ² with k degrees of freedom.
pub(super) fn in_ellipsoids(difference: [f64; 3], covariance: &Covariance) -> Option<[bool; 2]> {
    let variances = covariance.variances();
    let axes: Vec<usize> = (0..3).filter(|&axis| variances[axis] != 0.0).collect();
    let quantiles = QUANTILES.get(axes.len().checked_sub(1)?)?;
    let square = square_of(difference, covariance, &axes)?;
    let is_outside_plane = (0..3).any(|axis| variances[axis] == 0.0 && difference[axis] != 0.0);
    Some(quantiles.map(|quantile| !is_outside_plane && square <= quantile))
}

/// eᵀ Σ⁻¹ e over some axes, by a Cholesky decomposition Σ = L Lᵀ and L y = e.
fn square_of(difference: [f64; 3], covariance: &Covariance, axes: &[usize]) -> Option<f64> {
    let (mut lower, mut solved) = ([[0.0; 3]; 3], [0.0; 3]);
    for (row, &axis) in axes.iter().enumerate() {
        for column in 0..row {
            let known: f64 = (0..column).map(|k| lower[row][k] * lower[column][k]).sum();
            lower[row][column] = (covariance.entry(axis, axes[column]) - known) / lower[column][column];
        }
        let known: f64 = (0..row).map(|k| lower[row][k] * lower[row][k]).sum();
        let rest = covariance.entry(axis, axis) - known;
        // What cancels to rounding is singular.
        if !(rest > 1e-12 * covariance.entry(axis, axis) && rest.is_finite()) {
            return None;
        }
        lower[row][row] = rest.sqrt();
        let known: f64 = (0..row).map(|k| lower[row][k] * solved[k]).sum();
        solved[row] = (difference[axis] - known) / lower[row][row];
    }
    Some(solved.iter().map(|y| y * y).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sphere_by_hand() {
        // Variances of 4: within 50 % up to 2 · √2.366 = 3.076, within 95 % up to 2 · √7.815 = 5.591.
        let sphere = Covariance([4.0, 0.0, 0.0, 4.0, 0.0, 4.0]);
        for (length, expected) in [(3.07, [true, true]), (3.08, [false, true]), (5.6, [false, false])] {
            assert_eq!(in_ellipsoids([0.0, length, 0.0], &sphere), Some(expected), "{length}");
        }
    }

    #[test]
    fn correlated_axes_by_hand() {
        // Σ = [[2, 1], [1, 2]] along h and w, 1 along d: Σ⁻¹ = [[2, −1], [−1, 2]]/3.
        let covariance = Covariance([2.0, 1.0, 0.0, 2.0, 0.0, 1.0]);
        let square = |difference| square_of(difference, &covariance, &[0, 1, 2]).unwrap();
        assert!((square([1.0, 1.0, 0.0]) - 2.0 / 3.0).abs() < 1e-15);
        assert!((square([1.0, -1.0, 2.0]) - 6.0).abs() < 1e-15);
    }

    #[test]
    fn a_plane_has_two_degrees_of_freedom() {
        // √5.9915 = 2.4477.
        let plane = Covariance([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(in_ellipsoids([2.44, 0.0, 0.0], &plane), Some([false, true]));
        assert_eq!(in_ellipsoids([2.45, 0.0, 0.0], &plane), Some([false, false]));
        assert_eq!(in_ellipsoids([0.0, 0.0, 0.1], &plane), Some([false, false]));
    }

    #[test]
    fn what_is_no_covariance_says_nothing() {
        for entries in [[0.0; 6], [1.0, 1.0, 0.0, 1.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 1.0, 0.0, 1.0]] {
            assert_eq!(in_ellipsoids([0.0; 3], &Covariance(entries)), None);
        }
        assert_eq!(in_ellipsoids([0.0; 3], &Covariance([f64::NAN, 0.0, 0.0, 1.0, 0.0, 1.0])), None);
    }
}
