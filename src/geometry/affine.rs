//! The map from voxels to millimetres.
//!
//! Files give it as a 4×4 matrix, as a quaternion with offsets, or as voxel sizes; here it is always three
//! rows of four numbers. What a file says need not make sense, so there are checks for matrices that cannot
//! be inverted and for positions so far away that distances between them overflow.

use super::{Covariance, Hwd, Voxel, World};

/// An affine map from voxel (h, w, d) to world (x, y, z) in millimetres, RAS+.
///
/// Row r holds the three coefficients and the offset of the r-th world coordinate; the fourth row of
/// the usual 4×4 matrix, (0, 0, 0, 1), is implied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine(pub [[f64; 4]; 3]);

impl Affine {
    /// The map that scales by `spacing` (in mm) with the world's origin at voxel 0.
    #[must_use]
    pub fn from_spacing(spacing: Hwd<f64>) -> Affine {
        let Hwd([h, w, d]) = spacing;
        Affine([[h, 0.0, 0.0, 0.0], [0.0, w, 0.0, 0.0], [0.0, 0.0, d, 0.0]])
    }

    /// The world position of a voxel position.
    #[must_use]
    pub fn apply(&self, Voxel([h, w, d]): Voxel) -> World {
        World(self.0.map(|[a, b, c, offset]| a * h + b * w + c * d + offset))
    }

    /// The voxel position of a world position; `None` if the affine cannot be inverted.
    ///
    /// *Accuracy*: within a few units in the last place of the distances from the affine's offset, times how
    /// oblique its axes are.
    #[must_use]
    pub fn voxel_of(&self, World(world): World) -> Option<Voxel> {
        if !self.is_invertible() {
            return None;
        }
        let columns: [[f64; 3]; 3] = std::array::from_fn(|axis| self.0.map(|row| row[axis]));
        let from_offset: [f64; 3] = std::array::from_fn(|axis| world[axis] - self.0[axis][3]);
        let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        // Cramer's rule; the determinant is the product with any of the three normals.
        Some(Voxel(std::array::from_fn(|axis| {
            let normal = cross(columns[(axis + 1) % 3], columns[(axis + 2) % 3]);
            dot(from_offset, normal) / dot(columns[axis], normal)
        })))
    }

    /// Whether every coefficient is finite and the linear part can be inverted.
    #[must_use]
    pub(crate) fn is_invertible(&self) -> bool {
        let finite = self.0.iter().flatten().all(|coefficient| coefficient.is_finite());
        finite && self.relative_determinant() > 1e-12
    }

    /// Whether every corner voxel of a volume of `lengths` lies within 1e150 mm of the origin, so that
    /// positions, their distances and covariances are numbers everywhere in it.
    #[must_use]
    pub(crate) fn is_bounded(&self, lengths: Hwd<usize>) -> bool {
        let far = 1e150;
        corners(lengths).all(|corner| self.apply(corner).0.iter().all(|position| position.abs() <= far))
    }

    /// The lengths of a voxel's edges along h, w, d, in mm.
    #[must_use]
    pub fn voxel_sizes(&self) -> Hwd<f64> {
        Hwd([0, 1, 2]).map(|axis| norm(self.0.map(|row| row[axis])))
    }

    /// The volume of a voxel in mm³: |det| of the linear part.
    #[must_use]
    pub(crate) fn voxel_volume(&self) -> f64 {
        self.voxel_sizes().0.into_iter().product::<f64>() * self.relative_determinant()
    }

    /// The distance in mm between neighbouring planes of voxels of equal h, of equal w and of equal d. With
    /// axes at right angles these are the sizes of voxels; with oblique axes they are less.
    #[must_use]
    pub(crate) fn layer_widths(&self) -> Hwd<f64> {
        let Hwd(sizes) = self.voxel_sizes();
        // Unit vectors along h, w, d: no product of theirs overflows.
        let units: [[f64; 3]; 3] = std::array::from_fn(|axis| self.0.map(|row| row[axis] / sizes[axis]));
        let volume = self.relative_determinant();
        Hwd([0, 1, 2]).map(|axis| {
            let [x, y, z] = cross(units[(axis + 1) % 3], units[(axis + 2) % 3]);
            sizes[axis] * volume / (x * x + y * y + z * z).sqrt()
        })
    }

    /// |det| of the linear part over the product of its column norms: 1 for orthogonal axes, 0 when singular.
    fn relative_determinant(&self) -> f64 {
        let column = |c: usize| {
            let v = [self.0[0][c], self.0[1][c], self.0[2][c]];
            let norm = norm(v);
            v.map(|x| if norm > 0.0 { x / norm } else { 0.0 })
        };
        let (a, b, c) = (column(0), column(1), column(2));
        let normal = cross(b, c);
        (a[0] * normal[0] + a[1] * normal[1] + a[2] * normal[2]).abs()
    }

    /// The affine with every coefficient multiplied by `factor`, as a change of length unit does.
    #[must_use]
    pub(crate) fn scaled(&self, factor: f64) -> Affine {
        Affine(self.0.map(|row| row.map(|coefficient| coefficient * factor)))
    }

    /// A difference of positions in voxels as one in mm along x, y, z.
    #[must_use]
    pub(crate) fn difference(&self, Hwd([h, w, d]): Hwd<f64>) -> [f64; 3] {
        self.0.map(|[a, b, c, _]| a * h + b * w + c * d)
    }

    /// A covariance in voxels² along h, w, d as one in mm² along x, y, z.
    #[must_use]
    pub fn covariance(&self, voxels: &Covariance) -> Covariance {
        voxels.mapped(self.0.map(|[h, w, d, _]| [h, w, d]))
    }

    /// The farthest that any corner voxel of a volume of `lengths` lies apart under the two maps, in mm.
    #[must_use]
    pub(crate) fn corner_distance(&self, other: &Affine, lengths: Hwd<usize>) -> f64 {
        corners(lengths).map(|corner| self.apply(corner).distance(other.apply(corner))).fold(0.0, f64::max)
    }

    /// The 4×4 matrix, row by row.
    #[must_use]
    pub(crate) fn matrix(&self) -> [[f64; 4]; 4] {
        let [x, y, z] = self.0;
        [x, y, z, [0.0, 0.0, 0.0, 1.0]]
    }
}

fn cross(b: [f64; 3], c: [f64; 3]) -> [f64; 3] {
    [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]]
}

/// The corner voxels of a volume of `lengths`.
fn corners(lengths: Hwd<usize>) -> impl Iterator<Item = Voxel> {
    let Hwd(last) = lengths.map(|n| n.saturating_sub(1) as f64);
    (0..8).map(move |bits| {
        Voxel(std::array::from_fn(|axis| if bits >> axis & 1 == 1 { last[axis] } else { 0.0 }))
    })
}

/// The length of a vector, without overflow. The platform's `hypot` differs in the last bit from machine to
/// machine, which can decide how far a radius in millimetres reaches.
fn norm([x, y, z]: [f64; 3]) -> f64 {
    libm::hypot(libm::hypot(x, y), z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applies_by_hand() {
        let affine = Affine([[0.0, -2.0, 0.0, 10.0], [3.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.5, 4.0]]);
        assert_eq!(affine.apply(Voxel([1.0, 2.0, 4.0])), World([6.0, 2.0, 6.0]));
        let found = affine.covariance(&Covariance([1.0, 0.0, 0.0, 2.0, 0.0, 4.0]));
        assert_eq!(found, Covariance([8.0, 0.0, 0.0, 9.0, 0.0, 1.0]));
        assert_eq!(affine.difference(Hwd([1.0, 2.0, 4.0])), [-4.0, 3.0, 2.0]);
    }

    #[test]
    fn world_positions_go_back_to_voxels() {
        // Rows of a turned grid: columns (0, 3, 0), (-2, 0, 0), (0, 0, 0.5).
        let affine = Affine([[0.0, -2.0, 0.0, 10.0], [3.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.5, 4.0]]);
        assert_eq!(affine.voxel_of(World([6.0, 2.0, 6.0])), Some(Voxel([1.0, 2.0, 4.0])));
        // h + 0.5 w, w, d: the world point (2, 2, 1) is voxel (1, 2, 1).
        let oblique = Affine([[1.0, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        assert_eq!(oblique.voxel_of(World([2.0, 2.0, 1.0])), Some(Voxel([1.0, 2.0, 1.0])));
        assert_eq!(Affine::from_spacing(Hwd([1.0, 0.0, 1.0])).voxel_of(World([0.0; 3])), None);
    }

    #[test]
    fn layers_of_oblique_voxels_are_nearer_to_each_other_than_their_edges_are_long() {
        assert_eq!(Affine::from_spacing(Hwd([0.5, 2.0, 1e-3])).layer_widths(), Hwd([0.5, 2.0, 1e-3]));
        // A step along w leans on h by an angle whose sine is 0.8.
        let oblique = Affine([[2.0, 0.6, 0.0, 5.0], [0.0, 0.8, 0.0, 5.0], [0.0, 0.0, 3.0, 5.0]]);
        for (found, expected) in oblique.layer_widths().0.into_iter().zip([1.6, 0.8, 3.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn singular_and_nonfinite_are_not_invertible() {
        assert!(Affine::from_spacing(Hwd([1e-6, 1.0, 1e6])).is_invertible());
        assert!(!Affine::from_spacing(Hwd([1.0, 0.0, 1.0])).is_invertible());
        assert!(!Affine::from_spacing(Hwd([1.0, f64::NAN, 1.0])).is_invertible());
        assert!(!Affine([[1.0, 2.0, 0.0, 0.0], [2.0, 4.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]).is_invertible());
    }

    #[test]
    fn far_and_nonfinite_corners_are_not_bounded() {
        assert!(Affine::from_spacing(Hwd([1e148, 1.0, 1e-6])).is_bounded(Hwd([101, 5, 5])));
        assert!(!Affine::from_spacing(Hwd([1e148, 1.0, 1e-6])).is_bounded(Hwd([102, 5, 5])));
        assert!(!Affine::from_spacing(Hwd([1.0, f64::NAN, 1.0])).is_bounded(Hwd([1, 1, 1])));
        assert!(!Affine::from_spacing(Hwd([1.0, 1.0, f64::INFINITY])).is_bounded(Hwd([1, 1, 1])));
    }

    #[test]
    fn corner_distance_by_hand() {
        let a = Affine::from_spacing(Hwd([1.0; 3]));
        let b = Affine::from_spacing(Hwd([1.0, 1.0, 1.1]));
        assert!((a.corner_distance(&b, Hwd([4, 4, 11])) - 1.0).abs() < 1e-12);
    }
}
