//! The box of values to which a Gaussian is fitted, and the sums over it that the fit needs.
//!
//! The derivatives of a Gaussian by its numbers are the bell e times polynomials in the distances from its
//! centre, so that the normal equations hold nothing but sums of e² and e, and of e times what is left, by
//! powers of these distances. A box has rows, along which all but one of the distances stay, and the bell
//! follows from its neighbour by one product: a voxel costs some thirty operations instead of two hundred,
//! and no exponential.

use super::bell::Bell;

/// A box of values along the axes that take part, of which there are one to three.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Patch {
    /// Axes that take part; they are the last of three, and those before them have length 1.
    pub(in crate::kernel) n: usize,
    lengths: [usize; 3],
    /// Where the first voxel is, relative to the voxel from which the fit starts.
    first: [f64; 3],
    /// In the order of the axes, the last one fastest; −inf where masked. They are scaled to about 0 … 1.
    values: Vec<f64>,
    /// How many values are not masked.
    pub(in crate::kernel) count: usize,
}

/// Sums over the voxels of a patch, by the powers of their distances from the centre of a bell e: the sum of
/// e² xⁱ yʲ zᵏ is `squares[i][j][k]`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Of e², to the fourth power together.
    pub(super) squares: [[[f64; 5]; 5]; 5],
    /// Of e, to the second.
    pub(super) bells: [[[f64; 3]; 3]; 3],
    /// Of e times what is left of the value, to the second.
    pub(super) rests: [[[f64; 3]; 3]; 3],
    /// Of what is left.
    pub(super) rest: f64,
    /// Of its square.
    pub(super) cost: f64,
}

/// The same along one row, and then over the rows of a plane.
#[derive(Default)]
struct RowSums {
    squares: [f64; 5],
    bells: [f64; 3],
    rests: [f64; 3],
    rest: f64,
    cost: f64,
}

#[derive(Default)]
struct PlaneSums {
    squares: [[f64; 5]; 5],
    bells: [[f64; 3]; 3],
    rests: [[f64; 3]; 3],
}

impl Patch {
    /// The values of a box with these lengths (h, w, d), −inf where masked, whose first voxel is at this
    /// offset from the one where the fit starts. Axes of one voxel take no part.
    pub(in crate::kernel) fn new(lengths: [usize; 3], first: [f64; 3], values: Vec<f64>) -> Patch {
        let axes: Vec<usize> = (0..3).filter(|&axis| lengths[axis] > 1).collect();
        let mut patch = Patch { n: axes.len(), lengths: [1; 3], first: [0.0; 3], values, count: 0 };
        for (axis, own) in axes.into_iter().zip(3 - patch.n..) {
            (patch.lengths[own], patch.first[own]) = (lengths[axis], first[axis]);
        }
        patch.count = patch.values.iter().filter(|&&value| value > f64::NEG_INFINITY).count();
        patch
    }

    /// How many values are above a level.
    pub(super) fn above(&self, level: f64) -> usize {
        self.values.iter().filter(|&&value| value > level).count()
    }

    /// The sums for a bell of this height on this background.
    pub(super) fn sums(&self, bell: &Bell, height: f64, background: f64) -> Sums {
        let mut sums = Sums::default();
        let mut bells = vec![0.0; self.lengths[2]];
        let first = self.first[2] - bell.centre[2];
        let rows = &mut self.values.chunks_exact(self.lengths[2].max(1));
        let fall = libm::exp(-bell.precision[2][2]);
        for h in 0..self.lengths[0] {
            let x = self.first[0] + h as f64 - bell.centre[0];
            let mut plane = PlaneSums::default();
            for (w, values) in rows.by_ref().take(self.lengths[1]).enumerate() {
                let y = self.first[1] + w as f64 - bell.centre[1];
                bell.along([x, y, first], fall, &mut bells);
                let row = RowSums::of(values, &bells, first, (height, background));
                sums.rest += row.rest;
                sums.cost += row.cost;
                plane.add(&row, y);
            }
            sums.add(&plane, x);
        }
        sums
    }

    /// For each voxel the bell times a polynomial of its distance, plus a constant; 0 where masked. A
    /// polynomial is that of degree 2 whose coefficients are `coefficients[i][j][k]` for xⁱ yʲ zᵏ.
    pub(super) fn polynomial(
        &self,
        bell: &Bell,
        coefficients: &[[[f64; 3]; 3]; 3],
        constant: f64,
    ) -> Vec<f64> {
        let mut bells = vec![0.0; self.lengths[2]];
        let first = self.first[2] - bell.centre[2];
        let fall = libm::exp(-bell.precision[2][2]);
        let mut found = Vec::with_capacity(self.values.len());
        let rows = self.values.chunks_exact(self.lengths[2].max(1));
        for (row, values) in rows.enumerate() {
            let x = self.first[0] + (row / self.lengths[1]) as f64 - bell.centre[0];
            let y = self.first[1] + (row % self.lengths[1]) as f64 - bell.centre[1];
            bell.along([x, y, first], fall, &mut bells);
            let by_z: [f64; 3] = std::array::from_fn(|k| {
                let by_y: [f64; 3] = std::array::from_fn(|j| {
                    coefficients[0][j][k] + x * (coefficients[1][j][k] + x * coefficients[2][j][k])
                });
                by_y[0] + y * (by_y[1] + y * by_y[2])
            });
            found.extend(values.iter().zip(&bells).enumerate().map(|(k, (&value, &e))| {
                let z = first + k as f64;
                let product = e * (by_z[0] + z * (by_z[1] + z * by_z[2])) + constant;
                if value > f64::NEG_INFINITY { product } else { 0.0 }
            }));
        }
        found
    }
}

impl RowSums {
    /// Those of a row of values and bells, the first of them at z = `first`.
    fn of(values: &[f64], bells: &[f64], first: f64, (height, background): (f64, f64)) -> RowSums {
        let mut sums = RowSums::default();
        for (k, (&value, &e)) in values.iter().zip(bells).enumerate() {
            if value <= f64::NEG_INFINITY {
                continue;
            }
            let z = first + k as f64;
            let rest = value - (height * e + background);
            let (ez, g) = (e * z, rest * e);
            let (ezz, gz) = (ez * z, g * z);
            sums.rest += rest;
            sums.cost += rest * rest;
            for (sum, by) in sums.squares.iter_mut().zip([e * e, e * ez, ez * ez, ez * ezz, ezz * ezz]) {
                *sum += by;
            }
            for (sum, by) in sums.bells.iter_mut().zip([e, ez, ezz]) {
                *sum += by;
            }
            for (sum, by) in sums.rests.iter_mut().zip([g, gz, gz * z]) {
                *sum += by;
            }
        }
        sums
    }
}

impl PlaneSums {
    /// Adds a row at this y.
    fn add(&mut self, row: &RowSums, y: f64) {
        let mut power = 1.0;
        for j in 0..5 {
            for k in 0..5 - j {
                self.squares[j][k] += power * row.squares[k];
            }
            for k in 0..3_usize.saturating_sub(j) {
                self.bells[j][k] += power * row.bells[k];
                self.rests[j][k] += power * row.rests[k];
            }
            power *= y;
        }
    }
}

impl Sums {
    /// Adds a plane at this x.
    fn add(&mut self, plane: &PlaneSums, x: f64) {
        let mut power = 1.0;
        for i in 0..5 {
            for j in 0..5 - i {
                for k in 0..5 - i - j {
                    self.squares[i][j][k] += power * plane.squares[j][k];
                }
            }
            for j in 0..3_usize.saturating_sub(i) {
                for k in 0..3 - i - j {
                    self.bells[i][j][k] += power * plane.bells[j][k];
                    self.rests[i][j][k] += power * plane.rests[j][k];
                }
            }
            power *= x;
        }
    }
}
