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
use super::method::{Located, Method, MethodKind};
use super::parameter::LengthParameter;
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
    kind: MethodKind::Window { radius, locate, fit: Some(described) },
};

/// Amplitude, background, three coordinates of the centre, six elements of P.
const MOST: usize = 11;
const CENTRE: usize = 2;
/// How often a step is tried.
const TRIES: usize = 100;

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
    offset(window, &axes, &fit(&points(window, &axes)?, axes.len())?)
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
    let points = points(window, &axes)?;
    let model = fit(&points, axes.len())?;
    offset(window, &axes, &model)?;
    let (lowest, span) = scale(window)?;
    let residual = libm::sqrt(model.cost(&points) / points.len() as f64);
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

/// A voxel: its offset from the peak along the axes that take part, and its value, scaled so that the lowest
/// of the window is 0 and the peak is 1.
type Point = ([f64; 3], f64);

/// Every unmasked voxel; `None` if all are equal.
fn points(window: &Window, axes: &[usize]) -> Option<Vec<Point>> {
    let (lowest, span) = scale(window)?;
    let point = |(offset, value): ([f64; 3], f64)| {
        let mut along = [0.0; 3];
        for (to, &axis) in along.iter_mut().zip(axes) {
            *to = offset[axis];
        }
        (along, (value / 2.0 - lowest) / span)
    };
    Some(window.each().map(point).collect())
}

/// A Gaussian on a background, in `n` dimensions: amplitude, background, centre, and the lower triangle of P
/// row by row.
#[derive(Clone, Copy)]
struct Model {
    n: usize,
    numbers: [f64; MOST],
}

impl Model {
    /// The first guess: at the peak, of height 1 on a background of 0, round, and as wide as the number of
    /// voxels above ½ suggests.
    fn start(points: &[Point], n: usize) -> Model {
        let above = points.iter().filter(|(_, value)| *value > 0.5).count() as f64;
        // A ball of radius σ √(2 ln 2) holds them.
        let radius = match n {
            1 => above / 2.0,
            2 => libm::sqrt(above / std::f64::consts::PI),
            _ => libm::cbrt(above * 0.75 / std::f64::consts::PI),
        };
        let mut model = Model { n, numbers: [0.0; MOST] };
        model.numbers[0] = 1.0;
        for i in 0..n {
            model.numbers[model.index(i, i)] = 2.0 * std::f64::consts::LN_2 / (radius * radius);
        }
        model
    }

    /// How many numbers it has.
    fn count(&self) -> usize {
        self.index(self.n, 0)
    }

    /// The index of the element of row i and column j ≤ i of P.
    fn index(&self, i: usize, j: usize) -> usize {
        CENTRE + self.n + i * (i + 1) / 2 + j
    }

    /// P as a full matrix, 0 along axes that take no part.
    fn precision(&self) -> [[f64; 3]; 3] {
        let element = |i: usize, j: usize| {
            if i < self.n && j < self.n { self.numbers[self.index(i.max(j), i.min(j))] } else { 0.0 }
        };
        std::array::from_fn(|i| std::array::from_fn(|j| element(i, j)))
    }

    /// Whether it is a peak: neither a pit nor a saddle.
    fn is_peak(&self) -> bool {
        self.numbers[0] > 0.0 && solve(self.n, self.precision(), [0.0; 3]).is_some()
    }

    /// Its value at a point, and the derivatives by its numbers.
    fn at(&self, point: [f64; 3], precision: &[[f64; 3]; 3]) -> (f64, [f64; MOST]) {
        let n = self.n;
        let (mut away, mut slope) = ([0.0; 3], [0.0; 3]);
        for i in 0..n {
            away[i] = point[i] - self.numbers[CENTRE + i];
        }
        for i in 0..n {
            slope[i] = (0..n).fold(0.0, |sum, j| sum + precision[i][j] * away[j]);
        }
        let bell = libm::exp(-0.5 * (0..n).fold(0.0, |sum, i| sum + away[i] * slope[i]));
        let height = self.numbers[0] * bell;
        let mut by = [0.0; MOST];
        (by[0], by[1]) = (bell, 1.0);
        for i in 0..n {
            by[CENTRE + i] = height * slope[i];
            for j in 0..=i {
                let half = if i == j { 0.5 } else { 1.0 };
                by[self.index(i, j)] = -half * height * away[i] * away[j];
            }
        }
        (height + self.numbers[1], by)
    }

    /// The sum of squared differences.
    fn cost(&self, points: &[Point]) -> f64 {
        let precision = self.precision();
        points.iter().fold(0.0, |sum, &(point, value)| {
            let rest = value - self.at(point, &precision).0;
            sum + rest * rest
        })
    }

    /// The normal equations of the next step: the lower triangle of their matrix, and the right side.
    fn normal(&self, points: &[Point]) -> ([[f64; MOST]; MOST], [f64; MOST]) {
        let (count, precision) = (self.count(), self.precision());
        let (mut matrix, mut right) = ([[0.0; MOST]; MOST], [0.0; MOST]);
        for &(point, value) in points {
            let (found, by) = self.at(point, &precision);
            for i in 0..count {
                right[i] += by[i] * (value - found);
                for j in 0..=i {
                    matrix[i][j] += by[i] * by[j];
                }
            }
        }
        (matrix, right)
    }

    /// Moved by a step.
    fn moved(&self, step: &[f64; MOST]) -> Model {
        Model { n: self.n, numbers: std::array::from_fn(|i| self.numbers[i] + step[i]) }
    }

    /// Whether the fit has converged with this step: 1e-7 voxel for the centre. Much shorter steps change the
    /// cost by less than rounding does.
    fn has_converged(&self, step: &[f64; MOST]) -> bool {
        let is_centre = |i| (CENTRE..CENTRE + self.n).contains(&i);
        step.iter().enumerate().all(|(i, by)| by.abs() <= if is_centre(i) { 1e-7 } else { 1e-5 })
    }
}

/// Least squares by Levenberg and Marquardt; `None` if no step lowers the cost.
fn fit(points: &[Point], n: usize) -> Option<Model> {
    let start = Model::start(points, n);
    let count = start.count();
    if start.n == 0 || points.len() <= count {
        return None;
    }
    let (mut model, mut damping) = (start, 1e-3);
    let first = model.cost(points);
    let mut cost = first;
    let (mut matrix, mut right) = model.normal(points);
    for _ in 0..TRIES {
        let mut damped = matrix;
        for (i, row) in damped.iter_mut().enumerate() {
            row[i] *= 1.0 + damping;
        }
        let step = solve(count, damped, right);
        let Some((step, next)) = step.map(|step| (step, model.moved(&step))) else {
            damping *= 10.0;
            continue;
        };
        let next_cost = if next.is_peak() { next.cost(points) } else { f64::INFINITY };
        // A step is also short if it is damped much.
        if model.has_converged(&step) && damping < 1.0 {
            return Some(if next_cost < cost { next } else { model });
        }
        if next_cost < cost {
            (model, cost, damping) = (next, next_cost, (damping / 10.0).max(1e-12));
            (matrix, right) = model.normal(points);
        } else {
            damping *= 10.0;
        }
    }
    // Still moving: the width of a peak of few voxels, or along a valley. Its centre has long been found.
    (cost < first).then_some(model)
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
