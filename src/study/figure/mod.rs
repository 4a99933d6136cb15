//! Figures of errors as SVG, written by hand: a page or a paper takes them as they are, in light and in dark.

mod boxes;
mod curve;
mod histogram;
mod svg;

pub use boxes::boxes;
pub(super) use boxes::boxes_of;
pub use curve::curve;
pub(super) use histogram::histogram;
pub(super) use svg::{escaped, number};

/// Errors that are drawn as one line or one box.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What they are of.
    pub name: String,
    /// The errors, rising.
    pub errors: Vec<f64>,
    /// How many landmarks there should be, with those that have no prediction.
    pub scored: usize,
}
