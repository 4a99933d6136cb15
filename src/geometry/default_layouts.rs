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
        let candidates = self.candidates_of(shape.len());
        let dropping = if candidates.is_empty() { self.dropping(shape) } else { Vec::new() };
        LayoutError::Needed { candidates, dropping, found: shape.to_vec() }
    }

    fn candidates_of(&self, rank: usize) -> Vec<LayoutCandidate> {
        self.candidates.iter().filter(|candidate| candidate.layout.len() == rank).copied().collect()
    }

    /// Layouts for a shape that fits none as it is: as few axes of length 1 as possible are dropped, the
    /// first ones, until a default fits or there are candidates.
    fn dropping(&self, shape: &[u64]) -> Vec<String> {
        let units: Vec<usize> = (0..shape.len()).filter(|&axis| shape.get(axis) == Some(&1)).collect();
        for count in 1..=units.len() {
            let dropped = units.get(..count).unwrap_or_default();
            let is_kept = |&(axis, _): &(usize, &u64)| !dropped.contains(&axis);
            let rest: Vec<u64> =
                shape.iter().enumerate().filter(is_kept).map(|(_, &length)| length).collect();
            let default = self.defaults.iter().find(|default| default.fits(&rest)).map(|found| found.layout);
            let candidates = self.candidates_of(rest.len()).into_iter().map(|candidate| candidate.layout);
            let layouts = default.map_or_else(|| candidates.collect(), |layout| vec![layout]);
            if !layouts.is_empty() {
                return layouts
                    .into_iter()
                    .map(|layout| with_dropped(layout, dropped, shape.len()))
                    .collect();
            }
        }
        Vec::new()
    }
}

/// A layout with `1` at the places of dropped axes. Behind its last letter there is nothing to name.
fn with_dropped(layout: &str, dropped: &[usize], rank: usize) -> String {
    let mut letters = layout.chars().peekable();
    let mut text = String::new();
    for axis in 0..rank {
        if letters.peek().is_none() {
            break;
        }
        let letter = if dropped.contains(&axis) { Some('1') } else { letters.next() };
        text.extend(letter);
    }
    text
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
            let Err(LayoutError::Needed { candidates, found, .. }) = LAYOUTS.of(shape) else {
                panic!("{shape:?}")
            };
            let layouts: Vec<&str> = candidates.iter().map(|candidate| candidate.layout).collect();
            assert_eq!((layouts, found), (expected, shape.to_vec()));
        }
    }

    #[test]
    fn axes_of_length_1_are_dropped_where_nothing_else_fits() {
        for (shape, expected) in [
            (&[3, 4, 1, 5, 7, 2][..], vec!["HW1DCN"]),
            (&[1, 3, 4, 5, 6, 7], vec!["1HWDCN"]),
            (&[3, 4, 1, 5, 1, 2], vec!["HW1DNC"]),
            (&[1, 1, 1, 3, 4, 5, 7], vec!["11HWDCN"]),
            (&[1, 3, 4, 5], vec![]),
            (&[3, 4, 5, 2, 7], vec![]),
            (&[3, 4, 5, 2, 7, 2], vec![]),
            (&[1], vec![]),
            (&[2, 1, 1, 1, 1, 1, 1, 1, 3], vec!["H1111WDNC"]),
        ] {
            match LAYOUTS.of(shape) {
                Err(LayoutError::Needed { dropping, .. }) => assert_eq!(dropping, expected, "{shape:?}"),
                found => assert!(expected.is_empty(), "{shape:?}: {found:?}"),
            }
        }
    }
}
