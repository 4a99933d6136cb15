//! `gaussian`: the centre of the Gaussian on a background that fits the values about the peak best.
//!
//! The only method that models the background together with the peak. Neither a background of any height nor
//! a peak that is stretched, turned or cut by the border pulls its answer: the rest of the peak determines
//! the centre. All voxels of the window take part, so noise averages out.
//!
//! The fit is Levenberg-Marquardt on eleven numbers in three dimensions, seven in two, four in one. It is
//! written here and not taken from a crate because its bits must be the same on every machine and in every
//! run: the start, the damping and the end follow from the values alone. Values are first scaled to 0 … 1, so
//! that nothing overflows and the bounds for convergence mean the same on every map.
//!
//! It stops being right if the peak is no Gaussian, if a second one is in the window, or if the peak is much
//! wider than the window, in which height, width and background cannot be separated; the residual (`--stats`)
//! shows the first two. It is the slowest method: each fit reads the window about ten times. If it fails, the
//! parabolas are the answer.

use super::apex::{FitSpace, PARABOLAS, parabolas};
use super::method::{Derivative, Located, Method, MethodKind};
use super::model::{CENTRE, End, Fitted, Model, fit};
use super::parameter::LengthParameter;
use super::patch::Patch;
use super::settings::MethodSettings;
use super::solve::solve;
use crate::geometry::Covariance;
use crate::kernel::revisit::radius::WindowRadius;
use crate::kernel::revisit::window::Window;
use crate::landmark::Fit;

/// How far the window extends.
pub const RADIUS: LengthParameter = LengthParameter {
    name: "radius",
    most: 16,
    default: 4,
    help: "how far the neighbourhood extends along each axis",
};

/// A least-squares fit.
pub(super) const METHOD: Method = Method {
    name: "gaussian",
    summary: "the centre of the Gaussian that best fits the values around the largest voxel",
    definition: "c of a exp(-(r - c)' P (r - c) / 2) + b, with the least sum of squared differences over the \
                 unmasked voxels within radius of the hard argmax",
    reference: "Marquardt 1963, doi:10.1137/0111030",
    parameters: &[RADIUS.row()],
    kind: MethodKind::Window { radius, locate, fit: Some(described), derivative },
};

/// A box, also in millimetres.
fn radius(settings: &MethodSettings) -> WindowRadius {
    WindowRadius { length: settings.length(&RADIUS), is_ball: false, most: RADIUS.most as usize }
}

/// The centre of the fit, else the apex of the parabolas.
fn locate(window: &Window, _: &MethodSettings) -> Located {
    match fitted(window) {
        Some(offset) => window.coordinates(offset).into(),
        None => Located {
            at: window.coordinates(parabolas(window, FitSpace::Log).offset),
            fallback: Some(PARABOLAS),
        },
    }
}

/// The centre's offset (h, w, d) from the peak; `None` if the fit fails or its centre leaves the window.
fn fitted(window: &Window) -> Option<[f64; 3]> {
    let axes = axes(window);
    offset(window, &axes, &model(window)?.1.model)
}

/// The fitted model of the scaled values.
fn model(window: &Window) -> Option<(Patch, Fitted)> {
    let patch = patch(window)?;
    let fitted = fit(&patch, Model::start(&patch), End::EXACT)?;
    Some((patch, fitted))
}

/// The axes (h, w, d) that take part.
fn axes(window: &Window) -> Vec<usize> {
    (0..3).filter(|&axis| window.lengths[axis] > 1).collect()
}

/// The centre of a fitted model as an offset (h, w, d) from the peak; `None` if it lies outside the window,
/// where nothing supports it.
fn offset(window: &Window, axes: &[usize], model: &Model) -> Option<[f64; 3]> {
    let mut offset = [0.0; 3];
    for (i, &axis) in axes.iter().enumerate() {
        let centre = model.numbers[CENTRE + i];
        let coordinate = centre + window.peak[axis] as f64;
        if !(0.0..=window.lengths[axis] as f64 - 1.0).contains(&coordinate) {
            return None;
        }
        offset[axis] = centre;
    }
    Some(offset)
}

/// The fit in heatmap values and voxels; `None` if its centre is not the answer.
fn described(window: &Window) -> Option<Fit> {
    let axes = axes(window);
    let (patch, fitted) = model(window)?;
    let model = fitted.model;
    offset(window, &axes, &model)?;
    let (lowest, span) = scale(window)?;
    let residual = libm::sqrt(fitted.cost() / patch.count as f64);
    let mut covariance = [[0.0; 3]; 3];
    for (j, &column) in axes.iter().enumerate() {
        // A column of the inverse of P.
        let unit = std::array::from_fn(|i| if i == j { 1.0 } else { 0.0 });
        let solved = solve(axes.len(), model.precision(), unit)?;
        for (i, &row) in axes.iter().enumerate() {
            covariance[row][column] = solved[i];
        }
    }
    Some(Fit {
        amplitude: 2.0 * (model.numbers[0] * span),
        background: 2.0 * (lowest + model.numbers[1] * span),
        residual: 2.0 * (residual * span),
        covariance: Covariance::from_fn(|row, column| covariance[row][column]),
    })
}

/// Half of the window's lowest value, and half of the span between it and the peak: the difference of two
/// values may overflow, that of their halves does not. `None` if all are equal.
fn scale(window: &Window) -> Option<(f64, f64)> {
    let lowest = window.each().fold(f64::MAX, |lowest, (_, value)| lowest.min(value)) / 2.0;
    let span = window.at([0; 3])? / 2.0 - lowest;
    (span > 0.0).then_some((lowest, span))
}

/// The values, scaled to 0 … 1; `None` if all are equal.
fn patch(window: &Window) -> Option<Patch> {
    let (lowest, span) = scale(window)?;
    let first = window.peak.map(|i| -(i as f64));
    let values = window.values.iter().map(|&value| (value / 2.0 - lowest) / span);
    Some(Patch::new(window.lengths, first, values.collect()))
}

/// The rows of (JᵀJ)⁻¹Jᵀ that belong to the centre, J the derivative of the model.
fn derivative(window: &Window, _: &MethodSettings) -> Option<Derivative> {
    let axes = axes(window);
    let (patch, fitted) = model(window)?;
    offset(window, &axes, &fitted.model)?;
    let (_, span) = scale(window)?;
    let mut rows: [Vec<f64>; 3] = std::array::from_fn(|_| vec![0.0; window.values.len()]);
    for (slopes, &axis) in fitted.gain(&patch)?.into_iter().zip(&axes) {
        rows[axis] = slopes.into_iter().map(|slope| slope / (2.0 * span)).collect();
    }
    Some(Derivative { rows, is_biased: false, needs_steadiness: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::unravel;
    use crate::kernel::methods::parameters::Parameters;
    use crate::kernel::methods::table::answer;
    use crate::kernel::revisit::window::of_map;

    #[test]
    fn a_tilted_gaussian_on_a_background() {
        // In three dimensions, two and one.
        for lengths in [[9, 9, 9], [9, 1, 9], [1, 9, 1]] {
            let centre = [4.3, 3.8, 4.1].map(f64::from);
            let values =
                (0..lengths.iter().product()).map(|i: usize| {
                    let at = unravel(i, lengths);
                    let [x, y, z]: [f64; 3] = std::array::from_fn(|axis| {
                        if lengths[axis] > 1 { at[axis] as f64 - centre[axis] } else { 0.0 }
                    });
                    7.0 + 3.0
                        * (-0.5 * (0.3 * x * x + 0.4 * y * y + 0.5 * z * z + 0.2 * x * y - 0.1 * y * z)).exp()
                });
            let found = answer("gaussian", lengths, values.collect());
            for axis in 0..3 {
                let expected = if lengths[axis] > 1 { centre[axis] } else { 0.0 };
                assert!((found[axis] - expected).abs() < 1e-7, "{lengths:?}: {found:?}");
            }
        }
    }

    #[test]
    fn the_fit_of_a_tilted_gaussian() {
        // P of rows (0.5, 0.1, 0), (0.1, 0.4, 0), (0, 0, 0.25): determinant of the first block 0.19.
        let lengths = [9, 9, 9];
        let value = |i: usize| {
            let [x, y, z] = unravel(i, lengths).map(|i| i as f64 - 4.0);
            let [x, y, z] = [x - 0.3, y + 0.2, z - 0.1];
            -7.0 + 3.0 * (-0.5 * (0.5 * x * x + 0.4 * y * y + 0.25 * z * z + 0.2 * x * y)).exp()
        };
        let window = of_map(lengths, (0..729).map(value).collect());
        let fit = described(&window).unwrap();
        assert!((fit.amplitude - 3.0).abs() < 1e-6 && (fit.background + 7.0).abs() < 1e-6, "{fit:?}");
        assert!(fit.residual < 1e-7, "{fit:?}");
        let expected = [0.4 / 0.19, -0.1 / 0.19, 0.0, 0.5 / 0.19, 0.0, 4.0];
        for (found, expected) in fit.covariance.0.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{fit:?}");
        }
    }

    #[test]
    fn the_residual_is_a_root_mean_square() {
        // ±0.1 by turns along the last axis, seven voxels: what a smooth model cannot follow.
        let smooth = |i: usize| 2.0 * (-0.5 * ((i as f64 - 3.0) / 1.5).powi(2)).exp();
        let values: Vec<f64> = (0..7).map(|i| smooth(i) + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
        let window = of_map([1, 1, 7], values.clone());
        let fit = described(&window).unwrap();
        let center = fitted(&window).unwrap()[2] + window.peak[2] as f64;
        let squares = values.iter().enumerate().map(|(i, value)| {
            let bell = (-0.5 * (i as f64 - center).powi(2) / fit.covariance.0[5]).exp();
            (value - fit.background - fit.amplitude * bell).powi(2)
        });
        let expected = (squares.sum::<f64>() / 7.0).sqrt();
        assert!(expected > 0.02 && (fit.residual - expected).abs() < 1e-9, "{fit:?} {expected}");
        assert_eq!(fit.covariance.0[..5], [0.0; 5]);
    }

    #[test]
    fn without_a_fit_it_is_the_parabola() {
        for (lengths, values) in [
            // Four numbers of a model in one dimension, and no more voxels.
            ([1, 1, 4], vec![1.0, 8.0, 4.0, 1.0]),
            // A ramp, an edge, a line of equal voxels.
            ([1, 1, 7], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
            ([2, 3, 1], vec![1.0, 1.0, 1.0, 1.0, 1.0, 2.0]),
            ([1, 1, 6], vec![f64::NEG_INFINITY, 3.0, 3.0, 3.0, 3.0, 3.0]),
        ] {
            let window = of_map(lengths, values.clone());
            let expected = window.coordinates(parabolas(&window, FitSpace::Log).offset);
            assert_eq!(answer("gaussian", lengths, values), expected);
            assert_eq!(locate(&window, &Parameters::default().into()).fallback, Some(PARABOLAS));
        }
    }

    #[test]
    fn a_number_in_the_map_whatever_the_values() {
        for values in [
            vec![f64::MIN, 5e-324, f64::MIN, 0.0, -1.0, f64::MAX],
            vec![0.0, 5e-324, 0.0, 0.0, 0.0, 0.0],
            vec![0.0, 1.0, 0.0, f64::NEG_INFINITY, 1.0, 1.0],
            vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
        ] {
            let [_, _, d] = answer("gaussian", [1, 1, 6], values.clone());
            assert!((0.0..=5.0).contains(&d), "{values:?}: {d}");
        }
    }
}
