//! `parabola`: along each axis the apex of the parabola through the peak and its two neighbours.
//!
//! The cheapest answer between voxels. With logarithms it is exact for a Gaussian of any width and height
//! along the axes, because the logarithm of a Gaussian is a parabola; with the values themselves it suits
//! logits and other maps that go below 0. It stops being right on a background, whose sum with a Gaussian has
//! no parabola for a logarithm; for peaks that are tilted against the axes (`newton` sees them); and with
//! noise as large as the difference between neighbours, all of which reaches the answer.

pub use super::apex::{FitSpace, SPACE};
use super::apex::{Step, WITHOUT_LOGARITHM, parabolas, radius};
use super::method::{Derivative, Located, Method, MethodKind};
use super::settings::MethodSettings;
use crate::kernel::revisit::window::Window;

/// A parabola along each axis.
pub(super) const METHOD: Method = Method {
    name: "parabola",
    summary: "the apex of a parabola through the largest voxel and its two neighbours, along each axis",
    definition: "argmax_v x_v + (a - c) / (2 (a - 2b + c)) along each axis, a, b, c the (logarithms of the) \
                 values before, at and behind the peak",
    reference: "Naidu and Fisher 1991, doi:10.5244/C.5.29",
    parameters: &[SPACE.row()],
    kind: MethodKind::Window { radius, locate, fit: None, derivative },
};

/// The apex of each axis' parabola, added to the peak.
fn locate(window: &Window, settings: &MethodSettings) -> Located {
    let Step { offset, is_raw } = parabolas(window, settings.word(&SPACE));
    Located { at: window.coordinates(offset), fallback: is_raw.then_some(WITHOUT_LOGARITHM) }
}

/// With o = (a − c)/2H and H = a − 2b + c: (½ − o)/H by a, 2o/H by b, −(½ + o)/H by c, each over the value
/// where they are logarithms. `None` where a step has ended at half a voxel.
fn derivative(window: &Window, settings: &MethodSettings) -> Option<Derivative> {
    let space = settings.word(&SPACE);
    let Step { offset, is_raw: false } = parabolas(window, space) else { return None };
    let mut rows: [Vec<f64>; 3] = std::array::from_fn(|_| vec![0.0; window.values.len()]);
    for axis in 0..3 {
        let Some(values) = window.along(axis) else { continue };
        let [a, b, c] = match space {
            FitSpace::Log => values.map(libm::log),
            FitSpace::Raw => values,
        };
        let (curvature, o) = ((a - b) + (c - b), offset[axis]);
        if !(curvature < 0.0 && o.abs() < 0.5) {
            return None;
        }
        for (by, part) in [(-1.0, 0.5 - o), (0.0, 2.0 * o), (1.0, -0.5 - o)] {
            let place = std::array::from_fn(|other| if other == axis { by } else { 0.0 });
            let value = if space == FitSpace::Log { values[(by + 1.0) as usize] } else { 1.0 };
            rows[axis][window.index(place)] = part / curvature / value;
        }
    }
    Some(Derivative { rows, is_biased: false, needs_steadiness: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::methods::table::{answer, choose};
    use crate::kernel::revisit::window::of_map;

    #[test]
    fn three_voxels_by_hand() {
        // a = 1, b = 4, c = 3: (1 - 3) / (2 (1 - 8 + 3)) = 1/4.
        assert_eq!(answer("parabola:space=raw", [1, 1, 3], vec![1.0, 4.0, 3.0]), [0.0, 0.0, 1.25]);
        // The logarithms to base 2 are 0, 3 and 2: (0 - 2) / (2 (0 - 6 + 2)) = 1/4 too.
        let [h, w, d] = answer("parabola", [1, 1, 3], vec![1.0, 8.0, 4.0]);
        assert_eq!((h, w), (0.0, 0.0));
        assert!((d - 1.25).abs() < 1e-15);
        // Two equal maxima: between them.
        assert_eq!(answer("parabola:space=raw", [3, 1, 1], vec![0.0, 1.0, 1.0]), [1.5, 0.0, 0.0]);
    }

    #[test]
    fn values_without_a_logarithm_have_a_parabola_of_their_own() {
        for (values, fallback) in [
            (vec![0.0, 4.0, 3.0], Some(WITHOUT_LOGARITHM)),
            (vec![-3.0, -1.0, -2.0], Some(WITHOUT_LOGARITHM)),
            (vec![1.0, 4.0, 3.0], None),
        ] {
            let window = of_map([1, 1, 3], values);
            let raw = choose("parabola:space=raw").unwrap().1.into();
            let found = locate(&window, &choose("parabola").unwrap().1.into());
            assert_eq!(found.fallback, fallback);
            assert_eq!(locate(&window, &raw).fallback, None);
            assert!(fallback.is_none() || found.at == locate(&window, &raw).at);
        }
        // Along h the logarithms are 0, 3 and 2 to base 2; along w a value is 0: (0 - 3)/(2 (0 - 16 + 3)).
        let values = vec![0.5, 1.0, 0.5, 0.0, 8.0, 3.0, 0.5, 4.0, 0.5];
        let found = locate(&of_map([3, 3, 1], values), &choose("parabola").unwrap().1.into());
        assert!((found.at[0] - 1.25).abs() < 1e-15 && (found.at[1] - (1.0 + 3.0 / 26.0)).abs() < 1e-15);
    }

    #[test]
    fn hard_where_there_is_no_apex() {
        let hard = [0.0, 0.0, 1.0];
        // Masked; nothing behind the border.
        assert_eq!(answer("parabola:space=raw", [1, 1, 3], vec![f64::NEG_INFINITY, 4.0, 3.0]), hard);
        assert_eq!(answer("parabola", [1, 1, 3], vec![5.0, 4.0, 3.0]), [0.0; 3]);
        // The difference of these is no number.
        assert_eq!(answer("parabola:space=raw", [1, 1, 3], vec![f64::MIN, f64::MAX, f64::MIN]), hard);
        // A plateau along h; along w the peak is at the border.
        let plateau = vec![2.0, 1.0, 2.0, 1.0, 2.0, 1.0];
        assert_eq!(answer("parabola", [3, 2, 1], plateau), [0.0; 3]);
    }
}
