//! Which axis of an array is which: `--layout`, and what is assumed without it.

use super::Axis;
use std::fmt;
use std::str::FromStr;

/// The names of an array's axes, in the order of its shape.
///
/// # Examples
/// ```
/// use softargmax::geometry::{Axis, Layout};
/// let layout: Layout = "CDWH".parse()?;
/// assert_eq!(layout.axes(), [Axis::C, Axis::D, Axis::W, Axis::H]);
/// # Ok::<(), softargmax::geometry::LayoutError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(Vec<Axis>);

/// Which family of defaults applies where no layout is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// NumPy arrays: samples and channels first.
    Numpy,
    /// NIfTI volumes: space first.
    Nifti,
}

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
        /// Which defaults were tried.
        family: Family,
        /// The shape.
        found: Vec<u64>,
    },
}

impl LayoutError {
    /// The flag that mends it, with example values.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            LayoutError::Letters { .. } => "for example `--layout NCHWD`, `--layout CDWH`".into(),
            LayoutError::Rank { .. } => "`--layout` names the axes in the order of the shape".into(),
            LayoutError::Needed { family: Family::Numpy, found } if found.len() == 4 => {
                "`--layout CHWD` for one volume per channel, `--layout NCHW` for planar heatmaps".into()
            }
            LayoutError::Needed { family: Family::Nifti, found } if found.len() == 5 => {
                "`--layout HWDCN` or `--layout HWDNC`".into()
            }
            LayoutError::Needed { .. } => {
                "`--layout` names the axes in the order of the shape, each of N, C, H, W, D at most once"
                    .into()
            }
        }
    }
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

    /// The layout that a shape is read as where none is given.
    ///
    /// 5-D NumPy is NCHWD, 3-D HWD, 2-D HW. 3-D NIfTI is HWD, 4-D HWDC, and 5-D with a fourth length
    /// of 1 HWD·C. Trailing axes of length 1 beyond the layout are dropped first.
    ///
    /// # Errors
    /// [`LayoutError::Needed`] for every other shape, 4-D NumPy among them.
    pub fn by_default(dims: &[u64], family: Family) -> Result<Layout, LayoutError> {
        let text = match (family, dims) {
            (Family::Numpy, [_, _, _, _, _, rest @ ..]) if unit(rest) => "NCHWD",
            (_, [_, _, _]) => "HWD",
            (_, [_, _]) => "HW",
            (Family::Nifti, [_, _, _, _, rest @ ..]) if unit(rest) => "HWDC",
            (Family::Nifti, [_, _, _, 1, _, rest @ ..]) if unit(rest) => "HWDNC",
            _ => return Err(LayoutError::Needed { family, found: dims.to_vec() }),
        };
        text.parse()
    }
}

fn unit(dims: &[u64]) -> bool {
    dims.iter().all(|&n| n == 1)
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
    fn defaults_by_the_contract() {
        let of = |dims: &[u64], family| Layout::by_default(dims, family).map(|layout| layout.to_string());
        for (dims, family, layout) in [
            (&[1, 2, 3, 4, 5][..], Family::Numpy, "NCHWD"),
            (&[1, 2, 3, 4, 5, 1], Family::Numpy, "NCHWD"),
            (&[3, 4, 5], Family::Numpy, "HWD"),
            (&[3, 4], Family::Numpy, "HW"),
            (&[3, 4, 5], Family::Nifti, "HWD"),
            (&[3, 4, 5, 7], Family::Nifti, "HWDC"),
            (&[3, 4, 5, 7, 1, 1], Family::Nifti, "HWDC"),
            (&[3, 4, 5, 1, 7], Family::Nifti, "HWDNC"),
        ] {
            assert_eq!(of(dims, family).as_deref(), Ok(layout), "{dims:?}");
        }
        for (dims, family) in [
            (&[8, 19, 64, 64][..], Family::Numpy),
            (&[5], Family::Numpy),
            (&[], Family::Numpy),
            (&[3, 4, 5, 2, 7], Family::Nifti),
            (&[5], Family::Nifti),
        ] {
            assert!(matches!(of(dims, family), Err(LayoutError::Needed { .. })), "{dims:?}");
        }
    }

    #[test]
    fn letters_once_each() {
        assert_eq!("nhwdc".parse::<Layout>().unwrap().to_string(), "NHWDC");
        for bad in ["", "HH", "HWX", "HW D"] {
            assert!(bad.parse::<Layout>().is_err(), "{bad}");
        }
    }
}
