//! `newton`: the apex of the quadratic that the 3 × 3 × 3 voxels about the peak define.
//!
//! Like `parabola`, but with the mixed derivatives: also exact for a Gaussian that is stretched obliquely to
//! the axes. It is the step of DARK without the blur, so it also serves to reproduce that. It stops being
//! right with noise, which reaches the answer through nineteen values and a matrix that may be nearly
//! singular, and for peaks so elongated that their apex is more than half a voxel from the largest voxel
//! along some axis: the step ends there.
//!
//! Without one of the oblique neighbours, or without a maximum, the parabolas are the answer.

use super::apex::{PARABOLAS, SPACE, Step, WITHOUT_LOGARITHM, newton_slopes, newton_step, parabolas, radius};
use super::method::{Derivative, Located, Method, MethodKind};
use super::settings::MethodSettings;
use crate::kernel::revisit::window::Window;

/// A Newton step.
pub(super) const METHOD: Method = Method {
    name: "newton",
    summary: "the apex of a quadratic through the largest voxel and its 18 neighbours",
    definition: "argmax_v x_v - H^-1 g, gradient g and Hessian H of the (logarithms of the) values at the \
                 peak by central differences",
    reference: "Zhang et al. 2020, doi:10.1109/CVPR42600.2020.00712",
    parameters: &[SPACE.row()],
    kind: MethodKind::Window { radius, locate, fit: None, derivative },
};

/// A Newton step of at most half a voxel, else the apex of the parabolas.
fn locate(window: &Window, settings: &MethodSettings) -> Located {
    let space = settings.word(&SPACE);
    let (Step { offset, is_raw }, other) = match newton_step(window, space, 0.5) {
        Some(step) => (step, None),
        None => (parabolas(window, space), Some(PARABOLAS)),
    };
    Located { at: window.coordinates(offset), fallback: if is_raw { Some(WITHOUT_LOGARITHM) } else { other } }
}

/// That of the step; `None` for parabolas.
fn derivative(window: &Window, settings: &MethodSettings) -> Option<Derivative> {
    let mut rows: [Vec<f64>; 3] = std::array::from_fn(|_| vec![0.0; window.values.len()]);
    for (offset, slope) in newton_slopes(window, settings.word(&SPACE), 0.5)? {
        let index = window.index(offset.map(|by| by as f64));
        for axis in 0..3 {
            rows[axis][index] = slope[axis];
        }
    }
    Some(Derivative { rows, is_biased: false, needs_steadiness: true })
}

#[cfg(test)]
mod tests {
    use crate::kernel::methods::table::answer;

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
}
