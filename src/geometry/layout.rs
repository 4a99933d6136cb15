//! Which axis of an array is which.

use super::Axis;
use std::fmt;
use std::str::FromStr;

/// The names of an array's axes, in the order of its shape.
///
/// # Examples
/// ```
/// use softargmax::internals::geometry::{Axis, Layout};
/// let layout: Layout = "CDWH".parse()?;
/// assert_eq!(layout.axes(), [Axis::C, Axis::D, Axis::W, Axis::H]);
/// # Ok::<(), softargmax::LayoutError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(Vec<Axis>);

/// A layout that is not one, or that does not fit a shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A letter other than N, C, H, W, D, or one of them twice, or none.
    #[error("expected each of the letters N, C, H, W, D at most once, found `{found}`")]
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
    /// No default fits; guessing would swap axes in silence.
    #[error("expected a layout for {} axes, found shape {}", found.len(), shape_text(found))]
    Needed {
        /// Layouts of as many axes that are common.
        candidates: Vec<LayoutCandidate>,
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
    /// The axes, in the order of the shape.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.0
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Layout, LayoutError> {
        let wrong = || LayoutError::Letters { found: text.to_owned() };
        let mut axes = Vec::with_capacity(5);
        for letter in text.chars() {
            let axis = Axis::from_letter(letter).ok_or_else(wrong)?;
            if axes.contains(&axis) {
                return Err(wrong());
            }
            axes.push(axis);
        }
        if axes.is_empty() { Err(wrong()) } else { Ok(Layout(axes)) }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|axis| write!(f, "{}", axis.letter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_once_each() {
        assert_eq!("nhwdc".parse::<Layout>().unwrap().to_string(), "NHWDC");
        for bad in ["", "HH", "HWX", "HW D"] {
            assert!(bad.parse::<Layout>().is_err(), "{bad}");
        }
    }
}
