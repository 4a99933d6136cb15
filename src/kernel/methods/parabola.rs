//! `parabola`: along each axis the apex of the parabola through the peak and its two neighbours.

use super::method::{Locate, Method};
use super::parameters::{Parameter, Range};
use crate::kernel::Settings;
use crate::kernel::revisit::reach::Reach;
use crate::kernel::revisit::window::Window;

/// The parameter that says what the parabola is put through, also of `newton`.
pub(crate) const SPACE: Parameter = Parameter {
    name: "space",
    range: Range::Words(&["log", "raw"]),
    default: Some(0.0),
    otherwise: "",
    unit: "",
    help: "logarithms of the values, exact for Gaussians, or the values themselves",
};

/// A parabola along each axis.
pub(crate) const METHOD: Method = Method {
    name: "parabola",
    summary: "along each axis the apex of the parabola through the largest voxel and its two neighbours",
    definition: "argmax_v x_v + (a - c) / (2 (a - 2b + c)) along each axis, a, b, c the (logarithms of the) values \
                 before, at and behind the peak",
    reference: "Naidu and Fisher 1991, doi:10.5244/C.5.29",
    sums_weights: false,
    parameters: &[SPACE],
    locate: Locate::Window { reach, locate },
    fit: None,
    activation: None,
};

/// How far both `parabola` and `newton` look.
pub(crate) fn reach(_: &Settings) -> Reach {
    Reach::voxels(1)
}

/// Which numbers the fit is put through: none for a value without a logarithm.
pub(crate) fn space(settings: &Settings) -> fn(f64) -> Option<f64> {
    if settings.parameter(0).is_some_and(|space| space > 0.5) {
        Some
    } else {
        |value| (value > 0.0).then(|| libm::log(value))
    }
}

fn locate(window: &Window, settings: &Settings) -> [f64; 3] {
    window.place(offset(window, space(settings)))
}

/// The offset (h, w, d) from the peak, each within ±½ voxel; 0 along an axis where there is no apex.
pub(crate) fn offset(window: &Window, space: fn(f64) -> Option<f64>) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let Some([a, b, c]) = window.along(axis).map(|values| values.map(space)) else { return 0.0 };
        let (Some(a), Some(b), Some(c)) = (a, b, c) else { return 0.0 };
        let curvature = (a - b) + (c - b);
        let apex = 0.5 * (a - c) / curvature;
        // Not a number only where values are so large that their differences are none.
        if curvature < 0.0 && apex.is_finite() { apex.clamp(-0.5, 0.5) } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use crate::kernel::revisit::window::answer;

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
    fn hard_where_there_is_no_apex() {
        let hard = [0.0, 0.0, 1.0];
        // No logarithm; masked; nothing behind the border.
        assert_eq!(answer("parabola", [1, 1, 3], vec![0.0, 4.0, 3.0]), hard);
        assert_eq!(answer("parabola", [1, 1, 3], vec![-3.0, -1.0, -2.0]), hard);
        assert_eq!(answer("parabola:space=raw", [1, 1, 3], vec![f64::NEG_INFINITY, 4.0, 3.0]), hard);
        assert_eq!(answer("parabola", [1, 1, 3], vec![5.0, 4.0, 3.0]), [0.0; 3]);
        // The difference of these is no number.
        assert_eq!(answer("parabola:space=raw", [1, 1, 3], vec![f64::MIN, f64::MAX, f64::MIN]), hard);
        // A plateau along h; along w the peak is at the border.
        let plateau = vec![2.0, 1.0, 2.0, 1.0, 2.0, 1.0];
        assert_eq!(answer("parabola", [3, 2, 1], plateau), [0.0; 3]);
    }
}
