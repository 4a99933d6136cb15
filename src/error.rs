//! Why an input has no landmarks: the sum of the stages' errors, as data. What helps against each is said by
//! whoever prints it (`cli/hints.rs`).

use crate::geometry::{AffineKind, LayoutError};
use crate::kernel::RadiusError;
use crate::source::SourceError;
use std::path::PathBuf;

/// An input that could not be decoded. It does not name the input: its record does.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its shape and the layout do not go together.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// World coordinates were asked for and it has no affine.
    #[error("world coordinates need a usable affine, and the input has none")]
    NoAffine {
        /// The affines that its format can hold; empty if it cannot hold any.
        kinds: &'static [AffineKind],
    },
    /// The least distance of peaks is in millimetres and it has no affine.
    #[error("a distance of peaks in mm needs a usable affine, and the input has none")]
    NoMillimetres {
        /// The affines that its format can hold; empty if it cannot hold any.
        kinds: &'static [AffineKind],
    },
    /// Its voxels do not go together with the radius of the method's window.
    #[error("{error}")]
    Reach {
        /// What is wrong.
        error: RadiusError,
        /// The affines that its format can hold; empty if it cannot hold any.
        kinds: &'static [AffineKind],
    },
    /// An affine was given for inputs without one, and the format of this one has its own.
    #[error("the input has an affine of its own: {format}")]
    OwnAffine {
        /// The format, as its header says.
        format: String,
    },
    /// The affine that was asked for is not there.
    #[error("the input has no usable {asked}")]
    AffineAbsent {
        /// Its name, such as `sform`.
        asked: &'static str,
    },
    /// The reference volume has another spatial shape.
    #[error("expected the reference's spatial shape {expected:?}, found {found:?}")]
    ReferenceShape {
        /// H, W, D of the reference.
        expected: [usize; 3],
        /// H, W, D of the input.
        found: [usize; 3],
    },
    /// The reference volume and the heatmaps, at the place that they were given in it, have no voxel in
    /// common.
    #[error(
        "expected heatmaps within the reference's spatial shape {expected:?}, found voxels from {first:?} to \
         {last:?}"
    )]
    ReferenceApart {
        /// H, W, D of the reference.
        expected: [usize; 3],
        /// The reference's index of the first voxel of the heatmaps.
        first: [f64; 3],
        /// The reference's index of the last.
        last: [f64; 3],
    },
    /// The mask is of another shape.
    #[error(
        "expected a mask of {expected:?} voxels (h, w, d), for all channels or for each of {channels}, \
         found shape \
         {found:?} in `{}`", mask.display()
    )]
    MaskShape {
        /// The mask.
        mask: PathBuf,
        /// H, W, D of the heatmaps.
        expected: [usize; 3],
        /// Their channels.
        channels: usize,
        /// The mask's shape as its file declares it.
        found: Vec<u64>,
    },
    /// The mask lies elsewhere in the world.
    #[error(
        "expected a mask on the grid of the heatmaps, found `{}` with a corner {distance} mm away from \
         theirs",
        mask.display()
    )]
    MaskElsewhere {
        /// The mask.
        mask: PathBuf,
        /// The largest distance between a corner of the mask and that of the heatmaps, in mm.
        distance: f64,
    },
    /// There are not as many labels as channels.
    #[error("expected one label for each channel, found {expected} for {found}")]
    Labels {
        /// Number of labels.
        expected: usize,
        /// Number of channels.
        found: usize,
    },
    /// A channel was asked for that is not there.
    #[error("the input has no channel {expected}: it has {found}, counted from 0")]
    Channels {
        /// The highest that was asked for.
        expected: usize,
        /// Number of channels.
        found: usize,
    },
    /// More heatmaps would be in hand at once than a file may ask for.
    #[error("expected at most {at_most} heatmaps that are interleaved or have no voxels, found {found}")]
    TooMany {
        /// The limit.
        at_most: usize,
        /// Samples times channels.
        found: usize,
    },
}
