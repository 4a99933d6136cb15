//! The layouts that a file format assumes where nobody names the axes.
//!
//! Each reader lists its own. The rule is here: a shape has a default only if no other reading of it is
//! common, because a wrong guess would swap axes in silence.

use super::{Layout, LayoutCandidate, LayoutError};

/// What the axes of a format's shapes are if nobody names them.
#[derive(Debug, PartialEq, Eq)]
pub struct DefaultLayouts {
    /// The layouts, the first that fits a shape counts.
    pub defaults: &'static [DefaultLayout],
    /// What to suggest for shapes that have no default.
    pub candidates: &'static [LayoutCandidate],
}

/// A layout, and the shapes that have it by default.
#[derive(Debug, PartialEq, Eq)]
pub struct DefaultLayout {
    /// The layout, such as `NCHWD`.
    pub layout: &'static str,
    /// Whether axes of length 1 may follow those of the layout.
    pub allows_unit_axes: bool,
    /// The letter of an axis that must have length 1, if any.
    pub unit: Option<char>,
}

impl DefaultLayout {
    /// The layout of shapes with exactly as many axes.
    #[must_use]
    pub const fn exact(layout: &'static str) -> DefaultLayout {
        DefaultLayout { layout, allows_unit_axes: false, unit: None }
    }

    /// The layout of shapes with as many axes, and any number of axes of length 1 behind them.
    #[must_use]
    pub const fn padded(layout: &'static str) -> DefaultLayout {
        DefaultLayout { layout, allows_unit_axes: true, unit: None }
    }

    /// As [`DefaultLayout::padded`], if the axis of that letter has length 1.
    #[must_use]
    pub const fn padded_with_unit(layout: &'static str, unit: char) -> DefaultLayout {
        DefaultLayout { layout, allows_unit_axes: true, unit: Some(unit) }
    }

    fn fits(&self, shape: &[u64]) -> bool {
        let Some((named, rest)) = shape.split_at_checked(self.layout.len()) else { return false };
        let is_unit = |(letter, &length): (char, &u64)| Some(letter) != self.unit || length == 1;
        (rest.is_empty() || self.allows_unit_axes)
            && rest.iter().all(|&length| length == 1)
            && self.layout.chars().zip(named).all(is_unit)
    }
}

impl DefaultLayouts {
    /// The layout of `shape` if nobody names its axes.
    ///
    /// # Errors
    /// [`LayoutError::Needed`] if the shape has no default, with the candidates of as many axes.
    pub fn of(&self, shape: &[u64]) -> Result<Layout, LayoutError> {
        let default = self.defaults.iter().find(|default| default.fits(shape));
        default.map_or_else(|| Err(self.needed(shape)), |default| default.layout.parse())
    }

    fn needed(&self, shape: &[u64]) -> LayoutError {
        let of_its_rank = |candidate: &&LayoutCandidate| candidate.layout.len() == shape.len();
        let candidates = self.candidates.iter().filter(of_its_rank).copied().collect();
        LayoutError::Needed { candidates, found: shape.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: DefaultLayouts = DefaultLayouts {
        defaults: &[
            DefaultLayout::exact("HW"),
            DefaultLayout::padded("HWDC"),
            DefaultLayout::padded_with_unit("HWDNC", 'N'),
        ],
        candidates: &[
            LayoutCandidate { layout: "HWD", purpose: "" },
            LayoutCandidate { layout: "HWDCN", purpose: "several samples" },
        ],
    };

    #[test]
    fn shapes_by_hand() {
        for (shape, layout) in [
            (&[3, 4][..], "HW"),
            (&[3, 4, 5, 7], "HWDC"),
            (&[3, 4, 5, 7, 1, 1], "HWDC"),
            (&[3, 4, 5, 1, 7], "HWDNC"),
            (&[3, 4, 5, 1, 7, 1], "HWDNC"),
        ] {
            assert_eq!(LAYOUTS.of(shape).unwrap().to_string(), layout, "{shape:?}");
        }
    }

    #[test]
    fn without_a_default_the_candidates_have_as_many_axes() {
        for (shape, expected) in [
            (&[3, 4, 1][..], vec!["HWD"]),
            (&[3, 4, 5, 2, 7], vec!["HWDCN"]),
            (&[3, 4, 5, 1, 7, 2], vec![]),
            (&[5], vec![]),
            (&[], vec![]),
        ] {
            let Err(LayoutError::Needed { candidates, found }) = LAYOUTS.of(shape) else {
                panic!("{shape:?}")
            };
            let layouts: Vec<&str> = candidates.iter().map(|candidate| candidate.layout).collect();
            assert_eq!((layouts, found), (expected, shape.to_vec()));
        }
    }
}
