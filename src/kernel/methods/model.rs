//! A Gaussian on a constant background, and its fit by least squares: what `gaussian` answers with, and
//! `auto`.
//!
//! Levenberg-Marquardt on eleven numbers in three dimensions, seven in two, four in one. It is written
//! here and not taken from a crate because its bits must be the same on every machine and in every run:
//! the damping and the end follow from the values alone. Values come scaled to about 0 … 1, so that the
//! bounds for convergence mean the same on every map.

use super::solve::solve;

/// Amplitude, background, three coordinates of the centre, six elements of P.
pub(in crate::kernel) const MOST: usize = 11;
/// Where the centre begins.
pub(in crate::kernel) const CENTRE: usize = 2;
/// How often a step is tried.
const TRIES: usize = 100;

/// A voxel: its offset from the peak along the axes that take part, and its value, scaled so that the lowest
/// of the window is 0 and the peak is 1.
pub(in crate::kernel) type Point = ([f64; 3], f64);

/// A Gaussian on a background, in `n` dimensions: amplitude, background, centre, and the lower triangle of P
/// row by row.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Model {
    /// Dimensions.
    pub(in crate::kernel) n: usize,
    /// Amplitude, background, centre, and the lower triangle of P row by row.
    pub(in crate::kernel) numbers: [f64; MOST],
}

impl Model {
    /// The first guess: at the peak, of height 1 on a background of 0, round, and as wide as the number of
    /// voxels above ½ suggests.
    pub(in crate::kernel) fn start(points: &[Point], n: usize) -> Model {
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
    pub(in crate::kernel) fn count(&self) -> usize {
        self.index(self.n, 0)
    }

    /// The index of the element of row i and column j ≤ i of P.
    pub(in crate::kernel) fn index(&self, i: usize, j: usize) -> usize {
        CENTRE + self.n + i * (i + 1) / 2 + j
    }

    /// P as a full matrix, 0 along axes that take no part.
    pub(in crate::kernel) fn precision(&self) -> [[f64; 3]; 3] {
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
    pub(in crate::kernel) fn at(&self, point: [f64; 3], precision: &[[f64; 3]; 3]) -> (f64, [f64; MOST]) {
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
    pub(in crate::kernel) fn cost(&self, points: &[Point]) -> f64 {
        let precision = self.precision();
        points.iter().fold(0.0, |sum, &(point, value)| {
            let rest = value - self.at(point, &precision).0;
            sum + rest * rest
        })
    }

    /// The sum of squared differences, and the normal equations of the next step.
    ///
    /// Loops run over all eleven numbers, of which those that a lower dimension has not are 0: their
    /// bounds are known when this is compiled.
    fn normal(&self, points: &[Point]) -> Normal {
        let precision = self.precision();
        let mut normal = Normal { cost: 0.0, matrix: [[0.0; MOST]; MOST], right: [0.0; MOST] };
        for &(point, value) in points {
            let (found, by) = self.at(point, &precision);
            let rest = value - found;
            normal.cost += rest * rest;
            for i in 0..MOST {
                normal.right[i] += by[i] * rest;
                for j in 0..=i {
                    normal.matrix[i][j] += by[i] * by[j];
                }
            }
        }
        normal
    }

    /// The derivative of the fitted centre by each point, along the axes that take part: the rows of
    /// (JᵀJ)⁻¹Jᵀ that belong to it. `None` if the points do not determine it.
    pub(in crate::kernel) fn gain(&self, points: &[Point]) -> Option<Vec<Vec<f64>>> {
        let matrix = self.normal(points).matrix;
        let (count, precision) = (self.count(), self.precision());
        let mut rows = Vec::with_capacity(self.n);
        for i in 0..self.n {
            let unit = std::array::from_fn(|number| if number == CENTRE + i { 1.0 } else { 0.0 });
            rows.push(solve(count, matrix, unit)?);
        }
        let slopes: Vec<[f64; MOST]> =
            points.iter().map(|&(point, _)| self.at(point, &precision).1).collect();
        let product = |row: &[f64; MOST], slopes: &[f64; MOST]| -> f64 {
            (0..count).map(|number| row[number] * slopes[number]).sum()
        };
        Some(rows.iter().map(|row| slopes.iter().map(|slopes| product(row, slopes)).collect()).collect())
    }

    /// Moved by a step.
    fn moved(&self, step: &[f64; MOST]) -> Model {
        Model { n: self.n, numbers: std::array::from_fn(|i| self.numbers[i] + step[i]) }
    }

    /// Whether the fit has converged with this step.
    fn has_converged(&self, step: &[f64; MOST], end: End) -> bool {
        let is_centre = |i| (CENTRE..CENTRE + self.n).contains(&i);
        step.iter().enumerate().all(|(i, by)| by.abs() <= if is_centre(i) { end.centre } else { end.others })
    }
}

/// The normal equations of a step.
struct Normal {
    /// The sum of squared differences.
    cost: f64,
    /// The lower triangle.
    matrix: [[f64; MOST]; MOST],
    right: [f64; MOST],
}

/// How short the last step of a fit is. What follows would be shorter by orders of magnitude.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct End {
    /// For the centre, in voxels.
    centre: f64,
    /// For the other numbers.
    others: f64,
}

impl End {
    /// To the last digit that matters. Much shorter steps change the cost by less than rounding does.
    pub(in crate::kernel) const EXACT: End = End { centre: 1e-7, others: 1e-5 };
    /// Far below what noise leaves: what follows moves the centre by some 1e-6 voxel.
    pub(in crate::kernel) const QUICK: End = End { centre: 1e-4, others: 1e-3 };
}

/// Least squares by Levenberg and Marquardt, from a first guess; `None` if no step lowers the cost. Also
/// whether it has converged: the centre of a fit that has not may be good all the same, its width is not.
pub(in crate::kernel) fn fit(points: &[Point], start: Model, end: End) -> Option<(Model, bool)> {
    let count = start.count();
    if start.n == 0 || points.len() <= count {
        return None;
    }
    let (mut model, mut damping) = (start, 1e-3);
    let mut normal = model.normal(points);
    let first = normal.cost;
    for _ in 0..TRIES {
        let mut damped = normal.matrix;
        for (i, row) in damped.iter_mut().enumerate() {
            row[i] *= 1.0 + damping;
        }
        let step = solve(count, damped, normal.right);
        let Some((step, next)) = step.map(|step| (step, model.moved(&step))) else {
            damping *= 10.0;
            continue;
        };
        let tried = next.is_peak().then(|| next.normal(points));
        let lower = tried.filter(|tried| tried.cost < normal.cost);
        // A step is also short if it is damped much.
        if model.has_converged(&step, end) && damping < 1.0 {
            return Some((if lower.is_some() { next } else { model }, true));
        }
        if let Some(lower) = lower {
            (model, normal, damping) = (next, lower, (damping / 10.0).max(1e-12));
        } else {
            damping *= 10.0;
        }
    }
    // Still moving: the width of a peak of few voxels, or along a valley. Its centre has long been found.
    (normal.cost < first).then_some((model, false))
}
