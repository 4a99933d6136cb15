//! `local`: the expected coordinate of the voxels near the hard argmax, under their softmax or their own
//! values.
//!
//! For maps whose highest peak is right but whose rest disturbs `soft`: a second peak, a background, ringing
//! far from the landmark. None of that has a part in the answer here, so one peak of several can be told from
//! the others.
//!
//! It stops being right if the window is narrower than the peak: the mean is then drawn to the middle of the
//! window, which is the hard argmax. It never looks outside the window, so it cannot correct a largest voxel
//! in the wrong place. And if a higher peak is within the window of a lower one (`--peaks`), the higher one
//! wins by the formula.

use super::method::{Derivative, Located, Method, MethodKind};
use super::parameter::{LengthParameter, OptionalNumber, Range, Word};
use super::parameters::Parameters;
use super::settings::{MethodSettings, Sharpness};
use crate::kernel::revisit::radius::WindowRadius;
use crate::kernel::revisit::window::Window;

/// How far the window extends.
pub const RADIUS: LengthParameter = LengthParameter {
    name: "radius",
    most: 32,
    default: 4,
    help: "how far the neighbourhood extends along each axis",
};

/// The β of the softmax in the window.
pub const BETA: OptionalNumber = OptionalNumber {
    name: "beta",
    range: Range::Positive,
    otherwise: "that of --beta or --temperature",
    help: "inverse temperature",
};

/// The shape of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All voxels within the radius along each axis.
    Cube,
    /// All voxels within the radius.
    Ball,
}

/// The shape of the window.
pub const SHAPE: Word<Shape, 2> = Word {
    name: "shape",
    words: &["cube", "ball"],
    meanings: [Shape::Cube, Shape::Ball],
    help: "the shape of the neighbourhood",
};

/// What a voxel weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// exp(x/T).
    Softmax,
    /// max(x, 0).
    Values,
}

/// What a voxel weighs.
pub const WEIGHTS: Word<Weights, 2> = Word {
    name: "weights",
    words: &["softmax", "values"],
    meanings: [Weights::Softmax, Weights::Values],
    help: "the weight of a voxel: its softmax, or its value if that is above 0",
};

/// Softmax expectation within a cube or a ball.
pub(super) const METHOD: Method = Method {
    name: "local",
    summary: "the mean position of the voxels near the largest one, weighted by the softmax of their values",
    definition: "sum_v r_v w_v / sum_v w_v, w_v = exp(x_v / T) or max(x_v, 0), v over the unmasked voxels \
                 within radius of the hard argmax",
    reference: "Sun et al. 2018, doi:10.1007/978-3-030-01231-1_33, restricted to a neighbourhood",
    parameters: &[RADIUS.row(), BETA.row().only_with("weights", "softmax"), SHAPE.row(), WEIGHTS.row()],
    kind: MethodKind::Window { radius, locate, fit: None, derivative },
};

/// Whether the answer depends on the temperature of the run.
pub(super) fn uses_sharpness(parameters: &Parameters) -> bool {
    parameters.word(&WEIGHTS) == Weights::Softmax && parameters.optional_number(&BETA).is_none()
}

/// A box, or the box about a ball.
fn radius(settings: &MethodSettings) -> WindowRadius {
    let is_ball = settings.word(&SHAPE) == Shape::Ball;
    WindowRadius { length: settings.length(&RADIUS), is_ball, most: RADIUS.most as usize }
}

/// The mean of the weights in voxels (h, w, d). Within 1e-9 voxel of the formula. The platform's `exp` is not
/// used, so that the bits are the same on every machine.
fn locate(window: &Window, settings: &MethodSettings) -> Located {
    let sharpness = settings.optional_number(&BETA).map_or(settings.sharpness, Sharpness::Beta);
    let radius = radius(settings);
    let by_value = settings.word(&WEIGHTS) == Weights::Values;
    let is_near = |offset| !radius.is_ball || radius.contains(offset, settings.affine);
    let near = || window.each().filter(|&(offset, _)| is_near(offset));
    // The peak's value, unless the peak is one of several and near a higher one.
    let highest = near().map(|(_, value)| value).fold(f64::NEG_INFINITY, f64::max);
    if by_value && highest <= 0.0 {
        return Located {
            at: window.coordinates(window.middle),
            fallback: Some("the largest voxel: no value is above 0"),
        };
    }
    let (mut mass, mut first) = (0.0, [0.0; 3]);
    for (offset, value) in near() {
        // The highest weighs 1, also at a temperature so small that 0/T is NaN.
        let weight = match value < highest {
            false => 1.0,
            true if by_value => (value / highest).max(0.0),
            true => libm::exp(sharpness.apply(value - highest)),
        };
        mass += weight;
        first = std::array::from_fn(|axis| first[axis] + weight * offset[axis]);
    }
    window.coordinates(first.map(|moment| moment / mass)).into()
}

/// With weights w, mean μ and mass M: β w (r − μ)/M for a softmax, (r − μ)/M where the value is above 0 for
/// values.
fn derivative(window: &Window, settings: &MethodSettings) -> Option<Derivative> {
    let sharpness = settings.optional_number(&BETA).map_or(settings.sharpness, Sharpness::Beta);
    let radius = radius(settings);
    let by_value = settings.word(&WEIGHTS) == Weights::Values;
    let Located { at, fallback: None } = locate(window, settings) else { return None };
    let mean: [f64; 3] =
        std::array::from_fn(|axis| at[axis] - (window.start[axis] + window.peak[axis]) as f64);
    let is_near = |offset| !radius.is_ball || radius.contains(offset, settings.affine);
    let near = || window.each().filter(|&(offset, _)| is_near(offset));
    let highest = near().map(|(_, value)| value).fold(f64::NEG_INFINITY, f64::max);
    let weight = |value: f64| match value < highest {
        _ if by_value => value.max(0.0),
        false => 1.0,
        true => libm::exp(sharpness.apply(value - highest)),
    };
    let mass: f64 = near().map(|(_, value)| weight(value)).sum();
    let beta = sharpness.apply(1.0);
    let mut rows: [Vec<f64>; 3] = std::array::from_fn(|_| vec![0.0; window.values.len()]);
    for (offset, value) in near() {
        let share = match by_value {
            true if value > 0.0 => 1.0 / mass,
            true => 0.0,
            false => beta * weight(value) / mass,
        };
        let index = window.index(offset);
        for axis in 0..3 {
            rows[axis][index] = share * (offset[axis] - mean[axis]);
        }
    }
    Some(Derivative { rows, is_biased: true, needs_steadiness: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::methods::table::choose;
    use crate::kernel::revisit::window::of_map;

    fn settings(text: &str) -> MethodSettings {
        choose(text).unwrap().1.into()
    }

    #[test]
    fn three_voxels_by_hand() {
        // Weights 1, 3, 4: mean 11/8.
        let values = [1.0_f64, 3.0, 4.0].map(f64::ln).to_vec();
        let [h, w, d] = locate(&of_map([1, 1, 3], values.clone()), &settings("local")).at;
        assert_eq!((h, w), (0.0, 0.0));
        assert!((d - 11.0 / 8.0).abs() < 1e-15, "{d}");
        // Squares: 1, 9, 16: mean 41/26; the global beta counts if no other is given.
        let [_, _, d] = locate(&of_map([1, 1, 3], values.clone()), &settings("local:beta=2")).at;
        assert!((d - 41.0 / 26.0).abs() < 1e-15, "{d}");
        let global = MethodSettings { sharpness: Sharpness::Beta(2.0), ..settings("local") };
        assert_eq!(locate(&of_map([1, 1, 3], values), &global).at[2], d);
    }

    #[test]
    fn values_as_weights_by_hand() {
        // −2, 1, 3, 4 at 0, 1, 2, 3: (1 + 6 + 12)/8; the negative one weighs nothing.
        let values = vec![-2.0, 1.0, 3.0, 4.0];
        let [_, _, d] =
            locate(&of_map([1, 1, 4], values.clone()), &settings("local:weights=values,beta=7")).at;
        assert_eq!(d, 19.0 / 8.0);
        // Nothing is above 0: the largest voxel.
        for values in [vec![-3.0, -2.0, -1.0], vec![-5e-324, -5e-324, 0.0], vec![f64::MIN, f64::MIN, -0.0]] {
            assert_eq!(locate(&of_map([1, 1, 3], values), &settings("local:weights=values")).at[2], 2.0);
        }
    }

    #[test]
    fn a_ball_leaves_out_the_corners_and_a_mask_its_voxels() {
        // The peak at (1, 1), one corner of weight 1, the other voxels of almost none.
        let mut values = vec![-1e3; 9];
        (values[4], values[8]) = (0.0, 0.0);
        assert_eq!(
            locate(&of_map([3, 3, 1], values.clone()), &settings("local:radius=1")).at,
            [1.5, 1.5, 0.0]
        );
        let ball = settings("local:radius=1,shape=ball");
        assert_eq!(locate(&of_map([3, 3, 1], values.clone()), &ball).at, [1.0, 1.0, 0.0]);
        values[8] = f64::NEG_INFINITY;
        assert_eq!(locate(&of_map([3, 3, 1], values), &settings("local:radius=1")).at, [1.0, 1.0, 0.0]);
    }

    /// A peak of 1 in the middle, one of several, with a higher voxel at the end of the window.
    #[test]
    fn a_voxel_above_the_peak_weighs_more_than_it() {
        let values = vec![0.0, 0.0, 1.0, 0.5, 3.0];
        let window = Window { peak: [0, 0, 2], ..of_map([1, 1, 5], values) };
        // (2·1 + 3·0.5 + 4·3)/4.5.
        let [_, _, d] = locate(&window, &settings("local:radius=2,weights=values")).at;
        assert!((d - 31.0 / 9.0).abs() < 1e-15, "{d}");
        let weights = [0.0, 0.0, 1.0, 0.5, 3.0_f64].map(f64::exp);
        let mean =
            weights.iter().enumerate().map(|(i, w)| i as f64 * w).sum::<f64>() / weights.iter().sum::<f64>();
        let [_, _, d] = locate(&window, &settings("local:radius=2")).at;
        assert!((d - mean).abs() < 1e-14, "{d} {mean}");
    }

    #[test]
    fn any_temperature_gives_a_number_in_the_window() {
        for temperature in [5e-324, 1e-300, 1.0, 1e300, f64::MAX] {
            let settings =
                MethodSettings { sharpness: Sharpness::Temperature(temperature), ..settings("local") };
            let [_, _, d] = locate(&of_map([1, 1, 3], vec![f64::MIN, 0.0, f64::MAX]), &settings).at;
            assert!((1.0..=2.0).contains(&d), "{temperature:e}: {d}");
        }
    }
}
