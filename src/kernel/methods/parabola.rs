//! `parabola`: along each axis the apex of the parabola through the peak and its two neighbours.
//!
//! The cheapest answer between voxels. With logarithms it is exact for a Gaussian of any width and height
//! along the axes, because the logarithm of a Gaussian is a parabola; with the values themselves it suits
//! logits and other maps that go below 0. It stops being right on a background, whose sum with a Gaussian has
//! no parabola for a logarithm; for peaks that are tilted against the axes (`newton` sees them); and with
//! noise as large as the difference between neighbours, all of which reaches the answer.

pub use super::apex::{FitSpace, SPACE};
use super::apex::{parabolas, radius, space};
use super::method::{Method, MethodKind};
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
    kind: MethodKind::Window { radius, locate, fit: None },
};

/// The apex of each axis' parabola, added to the peak.
fn locate(window: &Window, settings: &MethodSettings) -> [f64; 3] {
    window.coordinates(parabolas(window, space(settings)))
}

#[cfg(test)]
mod tests {
    use crate::kernel::methods::table::answer;

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
