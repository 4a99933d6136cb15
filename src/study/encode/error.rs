//! Why heatmaps cannot be drawn, as data.

use crate::shown;

/// Landmarks of which no heatmaps can be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// There is no landmark at all.
    #[error("expected landmarks, found none")]
    Empty,
    /// A landmark has no place among voxels.
    #[error("{} has millimetres and no voxel coordinates", shown::text(name))]
    NoVoxels {
        /// What it is called.
        name: String,
    },
    /// Two landmarks belong in one map.
    #[error("sample {sample} has two landmarks {}", shown::text(name))]
    Doubled {
        /// The sample, from 0.
        sample: usize,
        /// What they are called.
        name: String,
    },
    /// Some landmarks have names and others only numbers.
    #[error("{} has a name, and other landmarks have only numbers", shown::text(name))]
    Mixed {
        /// The name.
        name: String,
    },
    /// A number of a channel that would make too many.
    #[error("expected at most {most} channels, found channel {found}")]
    Channels {
        /// How many there may be.
        most: usize,
        /// The number.
        found: usize,
    },
    /// The standard deviation is in mm, and there is no affine.
    #[error("a standard deviation in mm needs an affine")]
    NoAffine,
    /// The file gives no covariance for a landmark.
    #[error("{} has no covariance that can be inverted", shown::text(name))]
    NoCovariance {
        /// What it is called.
        name: String,
    },
}
