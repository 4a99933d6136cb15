//! `newton`: the apex of the quadratic that the 3 × 3 × 3 voxels about the peak define.

use super::method::{Locate, Method};
use super::parabola::{self, SPACE, reach, space};
use crate::kernel::Settings;
use crate::kernel::revisit::window::Window;

/// A Newton step.
pub(crate) const METHOD: Method = Method {
    name: "newton",
    summary: "one Newton step from the voxel with the largest value, mixed derivatives too",
    definition: "argmax_v x_v - H^-1 g, gradient g and Hessian H of the (logarithms of the) values at the peak by \
                 central differences",
    reference: "Zhang et al. 2020, doi:10.1109/CVPR42600.2020.00712",
    sums_weights: false,
    parameters: &[SPACE],
    locate: Locate::Window { reach, locate },
    fit: None,
    activation: None,
};

fn locate(window: &Window, settings: &Settings) -> [f64; 3] {
    let space = space(settings);
    window.place(step(window, space, 0.5).unwrap_or_else(|| parabola::offset(window, space)))
}

/// The offset (h, w, d) from the peak, each within ±`most` voxels, along the axes on which it has two neighbours.
///
/// None where one of the other neighbours is absent, and where the quadratic has no maximum.
pub(crate) fn step(window: &Window, space: fn(f64) -> Option<f64>, most: f64) -> Option<[f64; 3]> {
    let value = |offset: [isize; 3]| window.at(offset).and_then(space);
    let along = |axis: usize, by: isize, other: usize, and: isize| {
        let mut offset = [0; 3];
        offset[other] = and;
        offset[axis] = by;
        value(offset)
    };
    let middle = value([0; 3])?;
    let is_free = |&axis: &usize| along(axis, -1, axis, -1).is_some() && along(axis, 1, axis, 1).is_some();
    let free: Vec<usize> = (0..3).filter(is_free).collect();
    let n = free.len();
    // The gradient, and −H, which must be positive definite.
    let (mut gradient, mut curvature) = ([0.0; 3], [[0.0; 3]; 3]);
    for (i, &a) in free.iter().enumerate() {
        let (before, behind) = (along(a, -1, a, -1)?, along(a, 1, a, 1)?);
        gradient[i] = (behind - before) / 2.0;
        curvature[i][i] = (middle - before) + (middle - behind);
        for (j, &b) in free.iter().enumerate().take(i) {
            let same = along(a, 1, b, 1)? + along(a, -1, b, -1)?;
            let opposite = along(a, 1, b, -1)? + along(a, -1, b, 1)?;
            curvature[i][j] = (opposite - same) / 4.0;
        }
    }
    let solved = solve(n, curvature, gradient)?;
    let mut offset = [0.0; 3];
    for (&axis, by) in free.iter().zip(solved) {
        offset[axis] = by.clamp(-most, most);
    }
    Some(offset)
}

/// Solves n equations with a symmetric matrix, of which the lower triangle is read, by Cholesky's
/// decomposition. None where the matrix is not positive definite, or a number overflows.
pub(crate) fn solve<const N: usize>(n: usize, matrix: [[f64; N]; N], right: [f64; N]) -> Option<[f64; N]> {
    let (mut lower, mut x) = ([[0.0; N]; N], right);
    for i in 0..n {
        for j in 0..=i {
            let rest = (0..j).fold(matrix[i][j], |rest, k| rest - lower[i][k] * lower[j][k]);
            lower[i][j] = if i == j { libm::sqrt(rest) } else { rest / lower[j][j] };
        }
        // What rounding leaves of a zero says nothing of the apex. NaN and 0 fail too.
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
    use crate::kernel::choose;
    use crate::kernel::revisit::window::of_map;

    fn answer(text: &str, lengths: [usize; 3], values: Vec<f64>) -> [f64; 3] {
        let (method, parameters) = choose(text).unwrap();
        locate(&of_map(lengths, values), &Settings { method, parameters, ..Settings::default() })
    }

    /// The values of a function of (h, w, d) on 3 × 3 × 3 voxels.
    fn cube(value: impl Fn([f64; 3]) -> f64) -> Vec<f64> {
        (0..27).map(|i| value([i / 9, i / 3 % 3, i % 3].map(f64::from))).collect()
    }

    #[test]
    fn the_apex_of_a_tilted_quadratic() {
        // Centre (1.2, 0.9, 1.1), with mixed terms that a parabola along each axis does not see.
        let quadratic = |[h, w, d]: [f64; 3]| {
            let (x, y, z) = (h - 1.2, w - 0.9, d - 1.1);
            9.0 - (2.0 * x * x + y * y + 1.5 * z * z + x * y - 0.5 * y * z + 0.3 * x * z)
        };
        for (text, values) in
            [("newton:space=raw", cube(quadratic)), ("newton", cube(|at| quadratic(at).exp()))]
        {
            let found = answer(text, [3, 3, 3], values);
            for (found, expected) in found.into_iter().zip([1.2, 0.9, 1.1]) {
                assert!((found - expected).abs() < 1e-12, "{text}: {found}");
            }
        }
    }

    #[test]
    fn a_flat_axis_and_a_border_take_no_part() {
        // One plane: 4 - (w - 1.25)² - (d - 0.75)² - (w - 1.25)(d - 0.75).
        let value = |i: usize| {
            let (w, d) = ((i / 3) as f64 - 1.25, (i % 3) as f64 - 0.75);
            4.0 - w * w - d * d - w * d
        };
        let found = answer("newton:space=raw", [1, 3, 3], (0..9).map(value).collect());
        assert!(found[0] == 0.0 && (found[1] - 1.25).abs() < 1e-12 && (found[2] - 0.75).abs() < 1e-12);
        // Without its first row the peak lies at the border along w, and d is the apex of its own row.
        let found = answer("newton:space=raw", [1, 2, 3], (3..9).map(value).collect());
        let row: Vec<f64> = (3..6).map(value).collect();
        let apex = 0.5 * (row[0] - row[2]) / (row[0] - 2.0 * row[1] + row[2]);
        assert_eq!(found[..2], [0.0, 0.0]);
        assert!((found[2] - (1.0 + apex.clamp(-0.5, 0.5))).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn without_a_maximum_it_is_the_parabola() {
        // A saddle along the diagonal, where each axis by itself has a maximum.
        let values = vec![3.0, 0.0, -20.0, 0.0, 4.0, 0.0, -20.0, 0.0, 3.5];
        assert_eq!(
            answer("newton:space=raw", [3, 3, 1], values.clone()),
            answer("parabola:space=raw", [3, 3, 1], values)
        );
        // A corner is masked.
        let values = vec![f64::NEG_INFINITY, 1.0, 1.0, 2.0, 4.0, 3.0, 1.0, 1.0, 1.0];
        assert_eq!(answer("newton:space=raw", [3, 3, 1], values), [1.0, 1.0 + 1.0 / 6.0, 0.0]);
    }

    #[test]
    fn three_equations_by_hand() {
        // x = (1, 2, 3).
        let matrix = [[4.0, 0.0, 0.0], [1.0, 3.0, 0.0], [0.5, -1.0, 5.0]];
        let x = solve(3, matrix, [4.0 + 2.0 + 1.5, 1.0 + 6.0 - 3.0, 0.5 - 2.0 + 15.0]).unwrap();
        assert!(x.iter().zip([1.0, 2.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-14), "{x:?}");
        assert_eq!(solve(2, [[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [0.0; 3]], [1.0; 3]), None);
    }
}
