//! Why an input has no landmarks, and why a run ends: the sum of the stages' errors, with hints.

use crate::geometry::LayoutError;
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
        /// Whether it is of a format that could have one.
        is_volume: bool,
    },
    /// Peaks were to be some millimetres apart and it has no affine.
    #[error("expected a usable affine for --min-distance in mm, found none")]
    NoMillimetres {
        /// Whether it is of a format that could have one.
        is_volume: bool,
    },
    /// Its voxels do not go together with the radius of the method's window.
    #[error("{error}")]
    Reach {
        /// What is wrong.
        error: RadiusError,
        /// Whether it is of a format that could have an affine.
        is_volume: bool,
    },
    /// An affine is lent to arrays, and this is a volume.
    #[error("expected an array for `--reference` or `--spacing`, found a NIfTI volume")]
    LentToVolume,
    /// The affine that was asked for is not there.
    #[error("expected a usable {asked}, found none")]
    AffineAbsent {
        /// `sform`, `qform` or `pixdim`.
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
        "expected heatmaps within the reference's spatial shape {expected:?}, found voxels from {first:?} to {last:?}"
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
        "expected a mask of {expected:?} voxels (h, w, d), for all channels or for each of {channels}, found shape \
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
        "expected a mask on the grid of the heatmaps, found `{}` with a corner {distance} mm away from theirs",
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

impl InputError {
    /// What helps, where something does.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            InputError::Source(error) => error.hint(),
            InputError::Layout(error) => Some(error.hint()),
            InputError::NoAffine { is_volume: true }
            | InputError::NoMillimetres { is_volume: true }
            | InputError::Reach { error: RadiusError::NoAffine { .. }, is_volume: true } => {
                Some("`--affine pixdim` takes the voxel sizes alone".into())
            }
            InputError::Reach { error: RadiusError::NoAffine { .. }, is_volume: false } => Some(
                "a radius in voxels needs none: `--radius 4`; `--reference FILE.nii` with `--layout` lends an affine to \
                 an array, `--spacing 1,1,2.5` makes one"
                    .into(),
            ),
            InputError::Reach { error: RadiusError::Short { .. }, .. } => {
                Some("`--radius 1`, without a unit, is one voxel along each axis, whatever its size".into())
            }
            InputError::Reach { error: RadiusError::Long { most, .. }, .. } => {
                Some(format!("choose a smaller `--radius`; without a unit it is in voxels, 1 to {most}"))
            }
            InputError::NoMillimetres { is_volume: false } => Some(
                "a distance in voxels needs none: `--min-distance 3`; `--reference FILE.nii` with `--layout` lends an \
                 affine to an array, `--spacing 1,1,2.5` makes one"
                    .into(),
            ),
            InputError::NoAffine { is_volume: false } => Some(
                "`--reference FILE.nii` with `--layout` lends one to an array, `--spacing 1,1,2.5` makes one"
                    .into(),
            ),
            InputError::LentToVolume => {
                Some("a NIfTI volume has an affine of its own: see `--affine`".into())
            }
            InputError::AffineAbsent { .. } => Some("`--affine auto` takes whichever is there".into()),
            InputError::ReferenceShape { .. } => {
                Some(
                    "`--layout` may name the spatial axes in another order than the reference has; for heatmaps of a \
                     crop or at a lower resolution there are `--crop-origin` and `--stride`"
                        .into(),
                )
            }
            InputError::ReferenceApart { .. } => {
                Some("`--stride` and `--crop-origin` count the reference's voxels, along h, w, d".into())
            }
            InputError::MaskShape { .. } => Some(
                "`--mask` takes the spatial axes of the heatmaps in the same order: in that of `--layout`, or H, W, D \
                 where one is a NIfTI volume and the other is not"
                    .into(),
            ),
            InputError::MaskElsewhere { .. } => Some(
                "resample the mask to the grid of the heatmaps; a `--mask` without an affine, such as a .npy, is taken \
                 voxel by voxel"
                    .into(),
            ),
            InputError::Labels { .. } => {
                Some("`--labels` takes one name for each channel of the file".into())
            }
            InputError::TooMany { .. } => {
                Some("save the channels before the spatial axes, or in several files".into())
            }
            InputError::Channels { .. } => Some("`--channels` counts from 0".into()),
        }
    }
}
