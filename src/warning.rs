//! Everything suspicious, as data: what was found and where. What to do about it is in the words of whoever
//! prints it (`cli/hints.rs`).
//!
//! Each warning is about a number that looks good and may be wrong: the answer is given all the same and is
//! the one that the method defines. What makes an answer impossible is a status, and what makes an input
//! unreadable is an error.
//!
//! Doubts about landmarks are gathered: one warning of a kind for each input, with a count and the first
//! landmark that it is about. A thousand channels with the same fault need one line and not a thousand.

use crate::geometry::Length;
use crate::source::Notice;
use std::fmt;

/// Something suspicious about one input or one of its landmarks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// About the file.
    Source(Notice),
    /// The softmax is so flat that the answer is the volume's centre rather than the peak's.
    Diffuse {
        /// How many landmarks of the input.
        count: usize,
        /// The first of them: sample and channel.
        first: (usize, usize),
        /// 1/p of its peak voxel.
        diffuseness: f64,
        /// The β that keeps the pull of the background below 0.1 voxel for all of them.
        beta: Option<f64>,
    },
    /// The answer lies further from the largest voxel than one peak explains.
    Bimodal {
        /// How many landmarks of the input.
        count: usize,
        /// The first of them: sample and channel.
        first: (usize, usize),
        /// How far its answer lies from its largest voxel, in voxels.
        distance: f64,
    },
    /// Negative weights pushed the answer out of the volume.
    Outside {
        /// How many landmarks of the input.
        count: usize,
        /// The first of them: sample and channel.
        first: (usize, usize),
    },
    /// The border of the volume cuts the box that the method looks at.
    Border {
        /// How many landmarks of the input.
        count: usize,
        /// The first of them: sample and channel.
        first: (usize, usize),
        /// How far the box reaches.
        radius: Length,
    },
}

impl Warning {
    /// One word, by which warnings are counted.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Warning::Source(notice) => notice.kind(),
            Warning::Diffuse { .. } => "diffuse",
            Warning::Bimodal { .. } => "bimodal",
            Warning::Outside { .. } => "outside",
            Warning::Border { .. } => "border",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Source(notice) => notice.fmt(f),
            Warning::Diffuse { count, first: (n, c), diffuseness, beta } => {
                let landmarks = landmarks(*count);
                write!(
                    f,
                    "{count} {landmarks} with a softmax as flat as {diffuseness:.0} equal voxels \
                     (first: n {n}, c {c})"
                )?;
                let Some(beta) = beta else { return Ok(()) };
                // Rounded so that the pull becomes smaller and not larger.
                let temperature = Figures(1.0 / beta, f64::floor);
                write!(f, "; beta {} or temperature {temperature}", Figures(*beta, f64::ceil))?;
                f.write_str(" keeps the pull of the background below 0.1 voxel")
            }
            Warning::Bimodal { count, first: (n, c), distance } => {
                let landmarks = landmarks(*count);
                write!(
                    f,
                    "{count} {landmarks} further from the largest voxel than one peak explains \
                     (first: n {n}, c {c}, {distance:.1} voxels)"
                )
            }
            Warning::Outside { count, first: (n, c) } => {
                let landmarks = landmarks(*count);
                write!(f, "{count} {landmarks} outside the volume, by negative weights (first: n {n}, c {c})")
            }
            Warning::Border { count, first: (n, c), radius } => {
                let landmarks = landmarks(*count);
                let voxels = match radius {
                    Length::Voxels(1.0) => " voxel",
                    Length::Voxels(_) => " voxels",
                    Length::Millimetres(_) => "",
                };
                write!(
                    f,
                    "{count} {landmarks} within {radius}{voxels} of the border, where the method's window \
                     is cut (first: n {n}, c {c})"
                )
            }
        }
    }
}

fn landmarks(count: usize) -> &'static str {
    if count == 1 { "landmark" } else { "landmarks" }
}

/// A positive number to two significant figures, rounded as the function says.
///
/// Two, because it is advice to be typed by hand and not a result. The direction matters: rounded the wrong
/// way, the β advised would be a little too small to do what is promised.
struct Figures(f64, fn(f64) -> f64);

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures(number, round) = *self;
        let exponent = libm::floor(libm::log10(number)) as i32 - 1;
        let step = libm::pow(10.0, f64::from(exponent.abs()));
        // Decimals are divided by a power of ten, which is exact, so that the shortest text is the short one.
        let figures = if exponent < 0 { round(number * step) / step } else { round(number / step) * step };
        write!(f, "{figures}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_figures_by_hand() {
        for (number, ceiling, floor) in [
            (17.31, "18", "17"),
            (0.05776, "0.058", "0.057"),
            (2.0, "2", "2"),
            (123.4, "130", "120"),
            (1.0e-7, "0.0000001", "0.0000001"),
            (98_765.0, "99000", "98000"),
        ] {
            assert_eq!(Figures(number, f64::ceil).to_string(), ceiling);
            assert_eq!(Figures(number, f64::floor).to_string(), floor);
        }
    }
}
