//! The Gaussian of one landmark, as it is drawn.

use super::{Drawing, EncodeError};
use crate::geometry::{Affine, Covariance, Hwd, Voxel};
use crate::points::Point;

/// The standard deviation of a Gaussian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sigma {
    /// In voxels along h, w, d.
    Voxels(Hwd<f64>),
    /// In mm, the same in every direction of the world.
    Millimetres(f64),
    /// That of the covariance which the landmark file gives for each landmark.
    File,
}

/// Where a Gaussian ends: at so many standard deviations from its landmark, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation(pub Option<f64>);

/// The Gaussian of one landmark: factor · exp(−½ (r − c)ᵀ P (r − c)), 0 beyond the truncation.
pub(super) struct Bump {
    centre: [f64; 3],
    /// P, the inverse of the covariance in voxels², along h, w, d.
    precision: [[f64; 3]; 3],
    factor: f64,
    /// The largest (r − c)ᵀ P (r − c) at which it is not 0.
    at_most: f64,
    /// exp(−½ P (r − c)²) along each axis, if the axes do not mix.
    along: Option<[Vec<f64>; 3]>,
}

impl Bump {
    /// The Gaussian about a landmark that has voxel coordinates.
    pub(super) fn new(point: &Point, drawing: &Drawing) -> Result<Bump, EncodeError> {
        let Voxel(centre) = point.voxel.ok_or_else(|| EncodeError::NoVoxels { name: point.name() })?;
        let precision = precision(point, drawing)?;
        let is_apart = precision[0][1] == 0.0 && precision[0][2] == 0.0 && precision[1][2] == 0.0;
        let along = is_apart.then(|| {
            std::array::from_fn(|axis| {
                let value = |i: usize| {
                    let far = i as f64 - centre[axis];
                    libm::exp(-0.5 * precision[axis][axis] * far * far)
                };
                (0..drawing.lengths.0[axis]).map(value).collect()
            })
        });
        let at_most = drawing.truncation.0.map_or(f64::INFINITY, |k| k * k);
        let mut bump = Bump { centre, precision, factor: 1.0, at_most, along };
        bump.factor = if drawing.is_sum {
            let sum = bump.sum(drawing.lengths);
            if sum > 0.0 { drawing.amplitude / sum } else { 0.0 }
        } else {
            drawing.amplitude
        };
        Ok(bump)
    }

    /// Its value at the centre of a voxel.
    pub(super) fn at(&self, voxel: [usize; 3]) -> f64 {
        if let Some([h, w, d]) = &self.along
            && self.at_most == f64::INFINITY
        {
            return self.factor * (h[voxel[0]] * w[voxel[1]] * d[voxel[2]]);
        }
        let far: [f64; 3] = std::array::from_fn(|axis| voxel[axis] as f64 - self.centre[axis]);
        let rows = self.precision.map(|row| row[0] * far[0] + row[1] * far[1] + row[2] * far[2]);
        let square = rows[0] * far[0] + rows[1] * far[1] + rows[2] * far[2];
        if square > self.at_most { 0.0 } else { self.factor * libm::exp(-0.5 * square) }
    }

    /// The sum of its values, in order: of rows, then of planes.
    fn sum(&self, Hwd([h, w, d]): Hwd<usize>) -> f64 {
        let row = |i, j| (0..d).map(|k| self.at([i, j, k])).sum::<f64>();
        (0..h).map(|i| (0..w).map(|j| row(i, j)).sum::<f64>()).sum()
    }
}

/// The inverse of the covariance in voxels².
fn precision(point: &Point, drawing: &Drawing) -> Result<[[f64; 3]; 3], EncodeError> {
    match drawing.sigma {
        Sigma::Voxels(Hwd(sigma)) => {
            let mut precision = [[0.0; 3]; 3];
            for axis in 0..3 {
                precision[axis][axis] = 1.0 / (sigma[axis] * sigma[axis]);
            }
            Ok(precision)
        }
        Sigma::Millimetres(sigma) => {
            let Affine(rows) = drawing.affine.ok_or(EncodeError::NoAffine)?;
            let entry =
                |a: usize, b: usize| rows.iter().map(|row| row[a] * row[b]).sum::<f64>() / (sigma * sigma);
            Ok(std::array::from_fn(|a| std::array::from_fn(|b| entry(a, b))))
        }
        Sigma::File => {
            let known = point.error.and_then(|error| error.covariance_voxel2);
            let inverse = known.and_then(|covariance| inverse(&covariance));
            inverse.ok_or_else(|| EncodeError::NoCovariance { name: point.name() })
        }
    }
}

/// The inverse of a covariance; `None` unless it is positive definite.
fn inverse(covariance: &Covariance) -> Option<[[f64; 3]; 3]> {
    let m: [[f64; 3]; 3] =
        std::array::from_fn(|row| std::array::from_fn(|column| covariance.entry(row, column)));
    let minor = |a: usize, b: usize, c: usize, d: usize| m[a][c] * m[b][d] - m[a][d] * m[b][c];
    let determinant = m[0][0] * minor(1, 2, 1, 2) - m[0][1] * minor(1, 2, 0, 2) + m[0][2] * minor(1, 2, 0, 1);
    let is_definite = m[0][0] > 0.0 && minor(0, 1, 0, 1) > 0.0 && determinant > 0.0;
    let cofactor = |row: usize, column: usize| {
        let others = |skip: usize| match skip {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let ((a, b), (c, d)) = (others(row), others(column));
        let sign = if (row + column).is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * minor(a, b, c, d) / determinant
    };
    // Symmetric: the transpose of the cofactors is the cofactors.
    is_definite.then(|| std::array::from_fn(|row| std::array::from_fn(|column| cofactor(row, column))))
}

#[cfg(test)]
mod tests {
    use super::super::{Stored, Truncation};
    use super::*;
    use crate::points::ErrorBar;

    fn point(voxel: [f64; 3]) -> Point {
        Point { voxel: Some(Voxel(voxel)), ..Point::default() }
    }

    fn drawing(sigma: Sigma) -> Drawing {
        Drawing {
            lengths: Hwd([9, 8, 7]),
            affine: None,
            sigma,
            amplitude: 2.0,
            is_sum: false,
            truncation: Truncation(None),
            noise: None,
            stored: Stored::F32,
        }
    }

    /// exp(−½) = 0.606530659712633, exp(−½·(1 + ¼)) = 0.535261428518990.
    #[test]
    fn values_by_hand() {
        let bump = Bump::new(&point([3.0, 4.0, 5.0]), &drawing(Sigma::Voxels(Hwd([1.0, 2.0, 1.0])))).unwrap();
        for (voxel, expected) in [
            ([3, 4, 5], 2.0),
            ([2, 4, 5], 2.0 * 0.606_530_659_712_633),
            ([3, 6, 5], 2.0 * 0.606_530_659_712_633),
            ([4, 5, 5], 2.0 * 0.535_261_428_518_99),
        ] {
            assert!((bump.at(voxel) - expected).abs() < 1e-14, "{voxel:?}");
        }
    }

    #[test]
    fn a_truncated_one_is_0_outside_and_the_same_inside() {
        let sigma = Sigma::Voxels(Hwd([1.0; 3]));
        let whole = Bump::new(&point([4.0, 4.0, 3.0]), &drawing(sigma)).unwrap();
        let cut = Drawing { truncation: Truncation(Some(2.0)), ..drawing(sigma) };
        let cut = Bump::new(&point([4.0, 4.0, 3.0]), &cut).unwrap();
        assert!((cut.at([4, 4, 5]) - whole.at([4, 4, 5])).abs() < 1e-15);
        assert_eq!(cut.at([5, 4, 5]), 0.0);
    }

    #[test]
    fn a_sum_is_the_sum() {
        let drawing = Drawing { is_sum: true, ..drawing(Sigma::Voxels(Hwd([1.5; 3]))) };
        let bump = Bump::new(&point([0.2, 7.9, 3.3]), &drawing).unwrap();
        assert!((bump.sum(drawing.lengths) - 2.0).abs() < 1e-14);
    }

    /// An oblique affine: a point 3 mm away, whatever the direction, has the same value; voxels of 1, 2 and
    /// 3 mm.
    #[test]
    fn millimetres_are_round_in_the_world() {
        let (c, s) = (0.6, 0.8);
        let affine = Affine([[c, -2.0 * s, 0.0, 5.0], [s, 2.0 * c, 0.0, 6.0], [0.0, 0.0, 3.0, 7.0]]);
        let drawing = Drawing { affine: Some(affine), ..drawing(Sigma::Millimetres(3.0)) };
        let bump = Bump::new(&point([3.0, 3.0, 3.0]), &drawing).unwrap();
        let one = 2.0 * 0.606_530_659_712_633;
        assert!((bump.at([6, 3, 3]) - one).abs() < 1e-12 && (bump.at([3, 3, 4]) - one).abs() < 1e-12);
        let two = 2.0 * libm::exp(-0.5 * (4.0 / 9.0));
        assert!((bump.at([3, 4, 3]) - two).abs() < 1e-12);
        let none = Drawing { affine: None, ..drawing };
        assert_eq!(Bump::new(&point([3.0; 3]), &none).err(), Some(EncodeError::NoAffine));
    }

    /// The inverse of [[4, 2, 0], [2, 3, 0], [0, 0, 2]] is [[3, −2, 0], [−2, 4, 0], [0, 0, 4]] / 8.
    #[test]
    fn the_covariance_of_the_file() {
        let mut point = point([4.0, 4.0, 3.0]);
        let covariance = Covariance([4.0, 2.0, 0.0, 3.0, 0.0, 2.0]);
        point.error = Some(ErrorBar { covariance_voxel2: Some(covariance), ..ErrorBar::default() });
        let bump = Bump::new(&point, &drawing(Sigma::File)).unwrap();
        let expected = 2.0 * libm::exp(-0.5 * (3.0 - 2.0 * 2.0 + 4.0) / 8.0);
        assert!((bump.at([5, 5, 3]) - expected).abs() < 1e-14);
        point.error = None;
        assert!(matches!(Bump::new(&point, &drawing(Sigma::File)), Err(EncodeError::NoCovariance { .. })));
    }
}
