//! The covariance of a position: how far, and along which directions, a distribution spreads about its mean.
//!
//! A covariance is a symmetric 3×3 matrix, so six numbers hold it. Kernel, landmarks, affines and columns all
//! need to know which of the six is which; that order is written down here and nowhere else.

/// A symmetric 3×3 matrix, kept as its upper triangle row by row: hh, hw, hd, ww, wd, dd in voxels², or xx,
/// xy, xz, yy, yz, zz in mm².
///
/// # Examples
/// ```
/// use softargmax::Covariance;
/// let covariance = Covariance([4.0, -1.0, 0.5, 9.0, 2.0, 0.25]);
/// assert_eq!(covariance.entry(2, 0), 0.5);
/// assert_eq!(covariance.variances(), [4.0, 9.0, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Covariance(pub [f64; 6]);

impl Covariance {
    /// The row and the column of each of the six numbers.
    pub const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

    /// The covariance whose entry in each row and column is `entry(row, column)`; it is asked for the upper
    /// triangle.
    #[must_use]
    pub fn from_fn(mut entry: impl FnMut(usize, usize) -> f64) -> Covariance {
        Covariance(Covariance::PAIRS.map(|(row, column)| entry(row, column)))
    }

    /// The entry of a row and a column, each below 3.
    #[must_use]
    pub fn entry(&self, row: usize, column: usize) -> f64 {
        // Row r begins at 0, 3 and 5 with its diagonal entry.
        const DIAGONAL: [usize; 3] = [0, 3, 5];
        let (row, column) = (row.min(column), row.max(column));
        self.0[DIAGONAL[row] + column - row]
    }

    /// The variance along each axis.
    #[must_use]
    pub fn variances(&self) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.entry(axis, axis))
    }

    /// The names of the six numbers, from those of the axes: `hh`, `hw`, … from `h`, `w`, `d`.
    #[must_use]
    pub(crate) fn names(axes: [&str; 3]) -> [String; 6] {
        Covariance::PAIRS.map(|(row, column)| format!("{}{}", axes[row], axes[column]))
    }

    /// The covariance once every position is multiplied by `factors`, one for each axis.
    #[must_use]
    pub(crate) fn scaled(&self, factors: [f64; 3]) -> Covariance {
        Covariance::from_fn(|row, column| self.entry(row, column) * factors[row] * factors[column])
    }

    /// The covariance of the same positions with axis a called `axes[a]`, a permutation of 0, 1, 2.
    ///
    /// The kernel sums along the axes as they lie in memory; this takes its result to (h, w, d).
    #[must_use]
    pub(crate) fn renamed(&self, axes: [usize; 3]) -> Covariance {
        let source = |axis: usize| axes.iter().position(|&name| name == axis).unwrap_or(axis);
        Covariance::from_fn(|row, column| self.entry(source(row), source(column)))
    }

    /// The covariance of A·r, where this is that of r and `rows` are the rows of A.
    #[must_use]
    pub(crate) fn mapped(&self, rows: [[f64; 3]; 3]) -> Covariance {
        Covariance::from_fn(|r, s| {
            let terms = (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
            terms.map(|(i, j)| rows[r][i] * self.entry(i, j) * rows[s][j]).sum()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGMA: Covariance = Covariance([4.0, -1.0, 0.5, 9.0, 2.0, 0.25]);

    #[test]
    fn each_entry_is_where_its_name_says() {
        let names = Covariance::names(["h", "w", "d"]);
        assert_eq!(names, ["hh", "hw", "hd", "ww", "wd", "dd"]);
        for ((row, column), number) in Covariance::PAIRS.into_iter().zip(SIGMA.0) {
            assert_eq!((SIGMA.entry(row, column), SIGMA.entry(column, row)), (number, number));
        }
        assert_eq!(Covariance::from_fn(|row, column| SIGMA.entry(row, column)), SIGMA);
    }

    #[test]
    fn scaled_and_renamed_by_hand() {
        assert_eq!(SIGMA.scaled([2.0, 3.0, 4.0]), Covariance([16.0, -6.0, 4.0, 81.0, 24.0, 4.0]));
        // Axis 0 is called d, 1 is h, 2 is w: dd = 4, dh = -1, dw = 0.5, hh = 9, hw = 2, ww = 0.25.
        assert_eq!(SIGMA.renamed([2, 0, 1]), Covariance([9.0, 2.0, -1.0, 0.25, 0.5, 4.0]));
        assert_eq!(SIGMA.renamed([0, 1, 2]), SIGMA);
    }

    #[test]
    fn a_linear_map_by_hand() {
        let rows = [[0.0, -2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.5]];
        let diagonal = Covariance([1.0, 0.0, 0.0, 2.0, 0.0, 4.0]);
        assert_eq!(diagonal.mapped(rows), Covariance([8.0, 0.0, 0.0, 9.0, 0.0, 1.0]));
    }
}
