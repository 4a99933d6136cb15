//! Why heatmaps in memory cannot be decoded.

use crate::geometry::{Hwd, LayoutError};
use crate::kernel::{PeakSelectionError, RadiusError};
use crate::memory::OutOfMemory;

/// Why an array has no landmarks.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// Its shape and the layout do not go together.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The radius of the method's window is in mm, and its affine does not allow that.
    #[error(transparent)]
    Reach(#[from] RadiusError),
    /// The mask has another spatial shape.
    #[error("expected a mask of shape {:?} (h, w, d), found {:?}", expected.0, found.0)]
    Mask {
        /// The lengths of the heatmaps.
        expected: Hwd<usize>,
        /// Those of the mask.
        found: Hwd<usize>,
    },
    /// There is no memory for what was asked.
    #[error(transparent)]
    Memory(#[from] OutOfMemory),
    /// A number of peaks, a distance or a share that is out of range.
    #[error(transparent)]
    Peaks(#[from] PeakSelectionError),
    /// The least distance of peaks is in mm, and the settings have no affine.
    #[error("expected an affine in the settings for a least distance in mm, found none")]
    NoMillimetres,
    /// The method has one answer for the whole heatmap, so it cannot refine several peaks.
    #[error("expected a method that can tell peaks apart, found `{method}`")]
    Method {
        /// The method.
        method: &'static str,
    },
}
