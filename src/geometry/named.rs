//! Affines by name: what a file format calls the affines that its headers can hold.

use super::{Affine, Axis, Hwd, Layout};

/// One of the affines that a format can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AffineKind {
    /// What the format calls it, such as `sform`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Whether it places the volume in the world; `false` if it holds voxel sizes alone. Only an affine that
    /// does is used without being asked for.
    pub is_placed: bool,
}

/// An affine of a header: voxel to world in millimetres, RAS+.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedAffine {
    /// Which one it is.
    pub kind: &'static AffineKind,
    /// The map from three axes of the shape, in their order.
    pub affine: Affine,
    /// Which axes of the shape these are.
    pub axes: [usize; 3],
}

/// The first three axes, which are those of space in most formats.
pub const FIRST_AXES: [usize; 3] = [0, 1, 2];

impl NamedAffine {
    /// The lengths of its axes in a `shape`; 1 for an axis that the shape does not have.
    #[must_use]
    pub fn lengths(&self, shape: &[u64]) -> Hwd<usize> {
        let length = |axis: usize| shape.get(axis).map_or(1, |&n| usize::try_from(n).unwrap_or(usize::MAX));
        Hwd(self.axes.map(length))
    }

    /// The same map for coordinates (h, w, d), in whatever order `layout` names the axes of the map.
    ///
    /// `None` if one of H, W, D is not among them.
    #[must_use]
    pub fn in_layout(&self, layout: &Layout) -> Option<NamedAffine> {
        let [h, w, d] = columns(layout, self.axes);
        let (h, w, d) = (h?, w?, d?);
        let affine = Affine(self.affine.0.map(|row| [row[h], row[w], row[d], row[3]]));
        Some(NamedAffine { affine, ..*self })
    }
}

/// Which columns of a map from `axes` of the shape are H, W and D. One that the layout does not name has
/// length 1: it takes the place of a column that is left over. `None` for one that is another axis.
fn columns(layout: &Layout, axes: [usize; 3]) -> [Option<usize>; 3] {
    let place = |axis: Axis| layout.places().iter().position(|&place| place == Some(axis));
    let places = [Axis::H, Axis::W, Axis::D].map(place);
    let mut columns = places.map(|place| axes.iter().position(|&axis| Some(axis) == place));
    for free in 0..3 {
        let is_free = !columns.contains(&Some(free));
        let unnamed = (0..3).find(|&axis| places[axis].is_none() && columns[axis].is_none());
        if let Some(unnamed) = unnamed.filter(|_| is_free) {
            columns[unnamed] = Some(free);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_the_layout() {
        let kind = &AffineKind { name: "matrix", summary: "", is_placed: true };
        let affine = Affine([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]);
        let named = NamedAffine { kind, affine, axes: FIRST_AXES };
        let first_row =
            |layout: &str| named.in_layout(&layout.parse().unwrap()).map(|found| found.affine.0[0]);
        assert_eq!(first_row("HWD"), Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(first_row("DHWC"), Some([2.0, 3.0, 1.0, 4.0]));
        // D is not named: it takes the third column.
        assert_eq!(first_row("WH"), Some([2.0, 1.0, 3.0, 4.0]));
        // The axis that is dropped has length 1: D, which is not named, takes its column.
        assert_eq!(first_row("H1W"), Some([1.0, 3.0, 2.0, 4.0]));
        // D is the fourth axis, for which the affine has no column.
        assert_eq!(first_row("HWCD"), None);
        assert_eq!(first_row("HW1D"), None);
    }

    /// Channels may stand before, behind or between the axes of space.
    #[test]
    fn columns_of_other_axes() {
        let kind = &AffineKind { name: "matrix", summary: "", is_placed: true };
        let affine = Affine([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]);
        let first_row = |layout: &str, axes: [usize; 3]| {
            let named = NamedAffine { kind, affine, axes };
            named.in_layout(&layout.parse().unwrap()).map(|found| found.affine.0[0])
        };
        assert_eq!(first_row("CHWD", [1, 2, 3]), Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(first_row("CDWH", [1, 2, 3]), Some([3.0, 2.0, 1.0, 4.0]));
        assert_eq!(first_row("HCWD", [0, 2, 3]), Some([1.0, 2.0, 3.0, 4.0]));
        // A plane: D takes the third column.
        assert_eq!(first_row("CHW", [1, 2, 3]), Some([1.0, 2.0, 3.0, 4.0]));
        let plane = NamedAffine { kind, affine, axes: [1, 2, usize::MAX] };
        assert_eq!(plane.lengths(&[3, 5, 7]), Hwd([5, 7, 1]));
        // The first axis is no axis of space.
        assert_eq!(first_row("HWDC", [1, 2, 3]), None);
    }
}
