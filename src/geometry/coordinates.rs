//! Coordinates, one type for each space, and the conversions between voxel and normalized ones.
//!
//! Five conventions for normalized coordinates are in use, and papers seldom say which. They differ by up to
//! a voxel, which is as much as a good method is better than a bad one, so each has a name and a formula
//! here.

use super::{Covariance, Hwd};
use std::fmt;

/// A position in voxels, (h, w, d), 0-based; integers are voxel centres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Voxel(pub [f64; 3]);

/// A normalized position, (h, w, d), in the convention of a [`Norm`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalized(pub [f64; 3]);

/// A position in millimetres, (x, y, z), RAS+ unless converted by [`Frame::from_ras`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct World(pub [f64; 3]);

impl Voxel {
    /// Euclidean distance in voxels.
    #[must_use]
    pub fn distance(self, other: Voxel) -> f64 {
        distance(self.0, other.0)
    }
}

impl World {
    /// Euclidean distance in millimetres.
    #[must_use]
    pub fn distance(self, other: World) -> f64 {
        distance(self.0, other.0)
    }
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let [dx, dy, dz] = std::array::from_fn(|axis| a[axis] - b[axis]);
    (dx * dx + dy * dy + dz * dz).sqrt()
}

/// How a voxel index i on an axis of length n becomes a normalized coordinate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Norm {
    /// 2i/(n−1) − 1: the first and last voxel centres are −1 and 1 (`align_corners=True`); −1 for n = 1.
    #[default]
    Corners,
    /// (2i+1)/n − 1: the volume's faces are −1 and 1 (`align_corners=False`).
    Centers,
    /// i/n.
    Unit,
    /// i/(n−1): the first and last voxel centres are 0 and 1; 0 for n = 1.
    UnitCorners,
    /// (i+½)/n: the volume's faces are 0 and 1.
    UnitCenters,
}

impl Norm {
    /// Every convention with its name on the command line and its formula.
    pub const ALL: [(Norm, &'static str, &'static str); 5] = [
        (Norm::Corners, "corners", "2i/(n-1)-1, voxel centres at the ends are -1 and 1 (align_corners=True)"),
        (Norm::Centers, "centers", "(2i+1)/n-1, the volume's faces are -1 and 1 (align_corners=False)"),
        (Norm::Unit, "unit", "i/n"),
        (Norm::UnitCorners, "unit-corners", "i/(n-1), voxel centres at the ends are 0 and 1"),
        (Norm::UnitCenters, "unit-centers", "(i+1/2)/n, the volume's faces are 0 and 1"),
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Norm::ALL[self as usize].1
    }

    /// The normalized position of `voxel` in a volume of `lengths`.
    ///
    /// # Examples
    /// ```
    /// use softargmax::{Hwd, Norm, Normalized, Voxel};
    /// let centre = Norm::Corners.normalize(Voxel([1.5, 0.0, 2.0]), Hwd([4, 1, 3]));
    /// assert_eq!(centre, Normalized([0.0, -1.0, 1.0]));
    /// ```
    #[must_use]
    pub fn normalize(self, voxel: Voxel, Hwd(lengths): Hwd<usize>) -> Normalized {
        Normalized(std::array::from_fn(|axis| self.scale(voxel.0[axis], lengths[axis] as f64)))
    }

    fn scale(self, i: f64, n: f64) -> f64 {
        match self {
            Norm::Corners if n > 1.0 => 2.0 * i / (n - 1.0) - 1.0,
            Norm::Corners => -1.0,
            Norm::Centers => (2.0 * i + 1.0) / n - 1.0,
            Norm::Unit => i / n,
            Norm::UnitCorners if n > 1.0 => i / (n - 1.0),
            Norm::UnitCorners => 0.0,
            Norm::UnitCenters => (i + 0.5) / n,
        }
    }
}

impl fmt::Display for Norm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The signs of world coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// x to the right, y to the front, z up (NIfTI, nibabel).
    #[default]
    Ras,
    /// x to the left, y to the back, z up (ITK, DICOM).
    Lps,
}

impl Frame {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Frame::Ras => "ras",
            Frame::Lps => "lps",
        }
    }

    /// What world column names end in.
    #[must_use]
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Frame::Ras => "",
            Frame::Lps => "_lps",
        }
    }

    /// The sign of each of x, y, z against RAS+.
    #[must_use]
    pub(crate) const fn signs(self) -> [f64; 3] {
        match self {
            Frame::Ras => [1.0, 1.0, 1.0],
            Frame::Lps => [-1.0, -1.0, 1.0],
        }
    }

    /// A RAS+ position in this frame.
    #[must_use]
    pub fn from_ras(self, world: World) -> World {
        let signs = self.signs();
        World(std::array::from_fn(|axis| signs[axis] * world.0[axis]))
    }

    /// A position in this frame as RAS+: the same signs, which undo themselves.
    #[must_use]
    pub fn to_ras(self, world: World) -> World {
        self.from_ras(world)
    }

    /// A covariance in this frame as RAS+.
    #[must_use]
    pub(crate) fn covariance_to_ras(self, world: &Covariance) -> Covariance {
        self.covariance_from_ras(world)
    }

    /// A RAS+ covariance in this frame.
    #[must_use]
    pub(crate) fn covariance_from_ras(self, world: &Covariance) -> Covariance {
        world.scaled(self.signs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_by_hand() {
        let at = |norm: Norm, i: f64, n: usize| norm.normalize(Voxel([i; 3]), Hwd([n; 3])).0[0];
        assert_eq!(at(Norm::Corners, 0.0, 5), -1.0);
        assert_eq!(at(Norm::Corners, 4.0, 5), 1.0);
        assert_eq!(at(Norm::Corners, 0.0, 1), -1.0);
        assert_eq!(at(Norm::Centers, 0.0, 4), -0.75);
        assert_eq!(at(Norm::Unit, 1.0, 4), 0.25);
        assert_eq!(at(Norm::UnitCorners, 2.0, 5), 0.5);
        assert_eq!(at(Norm::UnitCorners, 0.0, 1), 0.0);
        assert_eq!(at(Norm::UnitCenters, 1.0, 4), 0.375);
    }

    #[test]
    fn names_follow_the_table() {
        for (norm, name, _) in Norm::ALL {
            assert_eq!(norm.name(), name);
        }
    }
}
