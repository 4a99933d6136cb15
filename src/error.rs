//! Why an input has no landmarks: the sum of the stages' errors, as data. What helps against each is said by
//! whoever prints it (`cli/hints.rs`).

use crate::geometry::{AffineKind, Hwd, LayoutError, Voxel};
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
    #[error("expected a usable affine for world coordinates, found none")]
    NoAffine {
        /// The affines that its format can hold; empty if it cannot hold any.
        kinds: &'static [AffineKind],
    },
    /// Peaks were to be some millimetres apart and it has no affine.
    #[error("expected a usable affine for a distance of peaks in mm, found none")]
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
    #[error("expected an input without an affine of its own, found {format}")]
    OwnAffine {
        /// The format, as its header says.
        format: String,
    },
    /// The affine that was asked for is not there.
    #[error("expected a usable {asked}, found none")]
    AffineAbsent {
        /// Its name, such as `sform`.
        asked: &'static str,
    },
    /// The reference volume has another spatial shape.
    #[error("expected the reference's spatial shape {:?}, found {:?}", expected.0, found.0)]
    ReferenceShape {
        /// The lengths of the reference.
        expected: Hwd<usize>,
        /// Those of the input.
        found: Hwd<usize>,
    },
    /// The reference volume and the heatmaps, at the place that they were given in it, have no voxel in
    /// common.
    #[error(
        "expected heatmaps within the reference's spatial shape {:?}, found voxels from {:?} to {:?}",
        expected.0, first.0, last.0
    )]
    ReferenceApart {
        /// The lengths of the reference.
        expected: Hwd<usize>,
        /// The reference's index of the first voxel of the heatmaps.
        first: Voxel,
        /// The reference's index of the last.
        last: Voxel,
    },
    /// The mask is of another shape.
    #[error(
        "expected a mask of {:?} voxels (h, w, d), for all channels or for each of {channels}, \
         found shape {found:?} in `{}`",
        expected.0, mask.display()
    )]
    MaskShape {
        /// The mask.
        mask: PathBuf,
        /// The lengths of the heatmaps.
        expected: Hwd<usize>,
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
        /// The farthest that a corner voxel lies apart, in mm.
        distance: f64,
    },
    /// There are not as many labels as channels.
    #[error("expected {expected} channels for {expected} labels, found {found}")]
    Labels {
        /// Number of labels.
        expected: usize,
        /// Number of channels.
        found: usize,
    },
    /// A channel was asked for that is not there.
    #[error("expected channels up to {expected}, found {found} channels (0 to {})", found.saturating_sub(1))]
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
