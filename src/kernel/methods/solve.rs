//! A few symmetric equations, solved by Cholesky's decomposition: for Newton steps and for the fit of a
//! Gaussian.
//!
//! The decomposition fails exactly if the matrix is not positive definite, which is the question that both
//! callers have: whether there is a maximum at all. An inverse or a general solver would answer with large
//! numbers instead. At most eleven equations are solved, so nothing here is tuned.

/// Solves n equations with a symmetric matrix, of which only the lower triangle is read. `None` if the matrix
/// is not positive definite, or if a number overflows.
pub(in crate::kernel) fn solve<const N: usize>(
    n: usize,
    matrix: [[f64; N]; N],
    right: [f64; N],
) -> Option<[f64; N]> {
    let (mut lower, mut x) = ([[0.0; N]; N], right);
    for i in 0..n {
        for j in 0..=i {
            let rest = (0..j).fold(matrix[i][j], |rest, k| rest - lower[i][k] * lower[j][k]);
            lower[i][j] = if i == j { libm::sqrt(rest) } else { rest / lower[j][j] };
        }
        // A pivot that is only the rounding error of 0 says nothing about the apex. NaN and 0 fail too.
        let is_definite = lower[i][i].powi(2) > 1e-12 * matrix[i][i];
        if !is_definite {
            return None;
        }
        x[i] = (0..i).fold(x[i], |rest, k| rest - lower[i][k] * x[k]) / lower[i][i];
    }
    for i in (0..n).rev() {
        x[i] = (i + 1..n).fold(x[i], |rest, k| rest - lower[k][i] * x[k]) / lower[i][i];
    }
    x.iter().all(|value| value.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_equations_by_hand() {
        // x = (1, 2, 3).
        let matrix = [[4.0, 0.0, 0.0], [1.0, 3.0, 0.0], [0.5, -1.0, 5.0]];
        let x = solve(3, matrix, [4.0 + 2.0 + 1.5, 1.0 + 6.0 - 3.0, 0.5 - 2.0 + 15.0]).unwrap();
        assert!(x.iter().zip([1.0, 2.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-14), "{x:?}");
        assert_eq!(solve(2, [[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [0.0; 3]], [1.0; 3]), None);
    }
}
