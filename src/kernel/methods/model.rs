//! A Gaussian on a constant background, and its fit by least squares: what `gaussian` answers with, and
//! `auto`.
//!
//! Levenberg-Marquardt on eleven numbers in three dimensions, seven in two, four in one. It is written
//! here and not taken from a crate because its bits must be the same on every machine and in every run:
//! the damping and the end follow from the values alone. Values come scaled to about 0 … 1, so that the
//! bounds for convergence mean the same on every map.

use super::bell::Bell;
use super::patch::Patch;
use super::solve::solve;

/// Amplitude, background, three coordinates of the centre, six elements of P.
pub(in crate::kernel) const MOST: usize = 11;
/// Where the centre begins.
pub(in crate::kernel) const CENTRE: usize = 2;
/// How often a step is tried.
const TRIES: usize = 100;

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
    pub(in crate::kernel) fn start(patch: &Patch) -> Model {
        let above = patch.above(0.5) as f64;
        // A ball of radius σ √(2 ln 2) holds them.
        let radius = match patch.n {
            1 => above / 2.0,
            2 => libm::sqrt(above / std::f64::consts::PI),
            _ => libm::cbrt(above * 0.75 / std::f64::consts::PI),
        };
        let mut model = Model { n: patch.n, numbers: [0.0; MOST] };
        model.numbers[0] = 1.0;
        for i in 0..model.n {
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

    /// Its values at many places (h, w, d). `start` is the voxel where the fit started, and `axes` are those
    /// that take part.
    pub(in crate::kernel) fn values(
        &self,
        places: &[[f64; 3]],
        start: [usize; 3],
        axes: &[usize],
    ) -> Vec<f64> {
        let offset = |place: &[f64; 3]| {
            let mut offset = [0.0; 3];
            for (own, &axis) in (3 - self.n..).zip(axes) {
                offset[own] = place[axis] - start[axis] as f64;
            }
            offset
        };
        let mut values = self.bell().at(&places.iter().map(offset).collect::<Vec<_>>());
        for value in &mut values {
            *value = self.numbers[0] * *value + self.numbers[1];
        }
        values
    }

    /// Its bell, with the axes as a patch has them: the last of three.
    fn bell(&self) -> Bell {
        let (own, skip) = (self.precision(), 3 - self.n);
        let mut bell = Bell { centre: [0.0; 3], precision: [[0.0; 3]; 3] };
        for (i, row) in own.iter().enumerate().take(self.n) {
            bell.centre[skip + i] = self.numbers[CENTRE + i];
            bell.precision[skip + i][skip..].copy_from_slice(&row[..self.n]);
        }
        bell
    }

    /// The powers of the distances, along the axes of a patch, in the derivative by a number; the
    /// background's are those of the amplitude, without the bell.
    fn powers(&self, number: usize) -> [usize; 3] {
        let (mut powers, skip) = ([0; 3], 3 - self.n);
        if (CENTRE..CENTRE + self.n).contains(&number) {
            powers[skip + number - CENTRE] = 1;
        }
        for i in 0..self.n {
            for j in (0..=i).filter(|&j| self.index(i, j) == number) {
                powers[skip + i] += 1;
                powers[skip + j] += 1;
            }
        }
        powers
    }

    /// From sums of e, e r and e r rᵀ, one for each number, to those of the derivatives by the numbers: e, 1,
    /// a e P r, and −½ a e rᵢ² or −a e rᵢ rⱼ. And from factors of the derivatives to those of e, e r and e r
    /// rᵀ: P is symmetric.
    fn of_derivatives(&self, sums: &[f64; MOST]) -> [f64; MOST] {
        let (height, precision) = (self.numbers[0], self.precision());
        let mut found = *sums;
        for i in 0..self.n {
            let product = (0..self.n).fold(0.0, |sum, j| sum + precision[i][j] * sums[CENTRE + j]);
            found[CENTRE + i] = height * product;
            for j in 0..=i {
                let half = if i == j { 0.5 } else { 1.0 };
                found[self.index(i, j)] = -half * height * sums[self.index(i, j)];
            }
        }
        found
    }

    /// The sum of squared differences, and the normal equations of the next step.
    fn normal(&self, patch: &Patch) -> Normal {
        let sums = patch.sums(&self.bell(), self.numbers[0], self.numbers[1]);
        let count = self.count();
        let powers: [[usize; 3]; MOST] = std::array::from_fn(|number| self.powers(number));
        let (mut matrix, mut right) = ([[0.0; MOST]; MOST], [0.0; MOST]);
        for a in 0..count {
            let [i, j, k] = powers[a];
            right[a] = if a == 1 { sums.rest } else { sums.rests[i][j][k] };
            for b in 0..count {
                let [l, m, n] = powers[b];
                matrix[a][b] = match (a == 1, b == 1) {
                    (true, true) => patch.count as f64,
                    (true, false) => sums.bells[l][m][n],
                    (false, true) => sums.bells[i][j][k],
                    (false, false) => sums.squares[i + l][j + m][k + n],
                };
            }
        }
        let half = matrix.map(|row| self.of_derivatives(&row));
        let turned: [[f64; MOST]; MOST] = std::array::from_fn(|b| std::array::from_fn(|a| half[a][b]));
        let matrix = turned.map(|row| self.of_derivatives(&row));
        Normal { cost: sums.cost, matrix, right: self.of_derivatives(&right) }
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
#[derive(Clone, Copy, Debug)]
struct Normal {
    /// The sum of squared differences.
    cost: f64,
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

/// A model that was fitted to a patch.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Fitted {
    pub(in crate::kernel) model: Model,
    /// The centre of a fit that has not may be good all the same, its width is not.
    pub(in crate::kernel) has_converged: bool,
    normal: Normal,
}

impl Fitted {
    /// The sum of squared differences.
    pub(in crate::kernel) fn cost(&self) -> f64 {
        self.normal.cost
    }

    /// The derivative of the fitted centre by each voxel of the patch, 0 where masked, along the axes that
    /// take part: the rows of (JᵀJ)⁻¹Jᵀ that belong to it. `None` if the values do not determine it.
    pub(in crate::kernel) fn gain(&self, patch: &Patch) -> Option<Vec<Vec<f64>>> {
        let (model, bell) = (&self.model, self.model.bell());
        let gain = |i: usize| {
            let unit = std::array::from_fn(|number| if number == CENTRE + i { 1.0 } else { 0.0 });
            let row = model.of_derivatives(&solve(model.count(), self.normal.matrix, unit)?);
            let mut coefficients = [[[0.0; 3]; 3]; 3];
            for number in (0..model.count()).filter(|&number| number != 1) {
                let [i, j, k] = model.powers(number);
                coefficients[i][j][k] = row[number];
            }
            Some(patch.polynomial(&bell, &coefficients, row[1]))
        };
        (0..model.n).map(gain).collect()
    }
}

/// Least squares by Levenberg and Marquardt, from a first guess; `None` if no step lowers the cost.
pub(in crate::kernel) fn fit(patch: &Patch, start: Model, end: End) -> Option<Fitted> {
    let count = start.count();
    if start.n == 0 || patch.count <= count {
        return None;
    }
    let (mut model, mut damping) = (start, 1e-3);
    let mut normal = model.normal(patch);
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
        let tried = next.is_peak().then(|| next.normal(patch));
        let lower = tried.filter(|tried| tried.cost < normal.cost);
        // A step is also short if it is damped much.
        let has_converged = model.has_converged(&step, end) && damping < 1.0;
        if let Some(lower) = lower {
            (model, normal, damping) = (next, lower, (damping / 10.0).max(1e-12));
        } else {
            damping *= 10.0;
        }
        if has_converged {
            return Some(Fitted { model, has_converged, normal });
        }
    }
    // Still moving: the width of a peak of few voxels, or along a valley. Its centre has long been found.
    (normal.cost < first).then_some(Fitted { model, has_converged: false, normal })
}
