//! Which axis of an array is which.

use super::Axis;
use std::fmt;
use std::str::FromStr;

/// The names of an array's axes, in the order of its shape. `1` is an axis of length 1 that is dropped.
///
/// # Examples
/// ```
/// use softargmax::internals::geometry::{Axis, Layout};
/// let layout: Layout = "CDWH".parse()?;
/// assert_eq!(layout.axes(), [Axis::C, Axis::D, Axis::W, Axis::H]);
/// let layout: Layout = "1C1HW".parse()?;
/// assert_eq!(layout.axes(), [Axis::C, Axis::H, Axis::W]);
/// # Ok::<(), softargmax::LayoutError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The axes that have a name.
    named: Vec<Axis>,
    /// All axes; `None` for one of length 1 that is dropped.
    places: Vec<Option<Axis>>,
}

/// A layout that is not one, or that does not fit a shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A letter other than N, C, H, W, D and 1, or a name twice, or none.
    #[error(
        "expected each of the letters N, C, H, W, D at most once, and 1 for axes to drop, found `{found}`"
    )]
    Letters {
        /// What was given.
        found: String,
    },
    /// The layout and the shape have different numbers of axes.
    #[error("expected {} axes for layout {layout}, found shape {}", layout.len(), shape_text(found))]
    Rank {
        /// The layout.
        layout: String,
        /// The shape.
        found: Vec<u64>,
    },
    /// An axis that the layout drops has another length than 1.
    #[error("expected length 1 for each 1 of layout {layout}, found shape {}", shape_text(found))]
    Dropped {
        /// The layout.
        layout: String,
        /// The shape.
        found: Vec<u64>,
    },
    /// No default fits; guessing would swap axes in silence.
    #[error("expected a layout for {} axes, found shape {}", found.len(), shape_text(found))]
    Needed {
        /// Layouts of as many axes that are common.
        candidates: Vec<LayoutCandidate>,
        /// If there are none: layouts that fit once axes of length 1 are dropped.
        dropping: Vec<String>,
        /// The shape.
        found: Vec<u64>,
    },
}

/// A layout that a shape without a default may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutCandidate {
    /// The layout.
    pub layout: &'static str,
    /// What for, in a few words; may be empty.
    pub purpose: &'static str,
}

/// A shape as Python writes it: `(8, 19, 64)`, `(5,)`, `()`.
pub(super) fn shape_text(dims: &[u64]) -> String {
    let list = dims.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    if dims.len() == 1 { format!("({list},)") } else { format!("({list})") }
}

impl Layout {
    /// The axes that have a name, in the order of the shape.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.named
    }

    /// All axes, in the order of the shape; `None` for one of length 1 that is dropped.
    #[must_use]
    pub fn places(&self) -> &[Option<Axis>] {
        &self.places
    }

    /// Holds the lengths of an array's axes, one for each place, against the layout.
    ///
    /// # Errors
    /// [`LayoutError::Dropped`] if an axis that is to be dropped has another length than 1.
    pub(crate) fn check_dropped(&self, dims: &[u64]) -> Result<(), LayoutError> {
        let is_long = |(place, &length): (&Option<Axis>, &u64)| place.is_none() && length != 1;
        if self.places.iter().zip(dims).any(is_long) {
            return Err(LayoutError::Dropped { layout: self.to_string(), found: dims.to_vec() });
        }
        Ok(())
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Layout, LayoutError> {
        let wrong = || LayoutError::Letters { found: text.to_owned() };
        let (mut named, mut places) = (Vec::with_capacity(5), Vec::with_capacity(5));
        for letter in text.chars() {
            if letter == '1' {
                places.push(None);
                continue;
            }
            let axis = Axis::from_letter(letter).ok_or_else(wrong)?;
            if named.contains(&axis) {
                return Err(wrong());
            }
            named.push(axis);
            places.push(Some(axis));
        }
        if named.is_empty() { Err(wrong()) } else { Ok(Layout { named, places }) }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |place: &Option<Axis>| place.map_or('1', Axis::letter);
        self.places.iter().try_for_each(|place| write!(f, "{}", letter(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_once_each() {
        assert_eq!("nhwdc".parse::<Layout>().unwrap().to_string(), "NHWDC");
        assert_eq!("1N1C1HW1".parse::<Layout>().unwrap().to_string(), "1N1C1HW1");
        for bad in ["", "HH", "HWX", "HW D", "1", "11", "H2", "H1H", "HW-D"] {
            assert!(bad.parse::<Layout>().is_err(), "{bad}");
        }
    }
}
