//! Heatmaps from landmarks: what `decode` undoes.
//!
//! Networks are trained on maps with a Gaussian about each landmark, and everybody draws them with a script
//! of their own: the standard deviation in voxels here and in mm there, the peak at the nearest voxel
//! instead of the landmark, a missing landmark as a peak at voxel 0. Here a value is the Gaussian at the
//! centre of its voxel, about the landmark itself, and a missing landmark is a map of zeros.
//!
//! No map is held: values are made in the order in which they are written, a row at a time.
//!
//! - [`mod@arrange`]: which landmark is in which map.
//! - [`bump`]: the Gaussian.
//! - [`number`]: how a value is stored.
//! - [`mod@write`]: the order of values, and the noise.

mod arrange;
mod bump;
mod error;
mod number;
mod write;

pub use arrange::{Arranged, arrange};
pub use bump::{Sigma, Truncation};
pub use error::EncodeError;
pub use number::Stored;
pub use write::{Drawn, Noise, draw};

use crate::geometry::{Affine, Hwd};

/// How maps are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// The lengths of the maps.
    pub lengths: Hwd<usize>,
    /// Voxel to mm, for standard deviations in mm.
    pub affine: Option<Affine>,
    /// The standard deviation.
    pub sigma: Sigma,
    /// The height of the Gaussian, or the sum of its values.
    pub amplitude: f64,
    /// Whether `amplitude` is the sum of a map's values, and not the height.
    pub is_sum: bool,
    /// Where the Gaussian ends.
    pub truncation: Truncation,
    /// What is added to every value.
    pub noise: Option<Noise>,
    /// How values are stored.
    pub stored: Stored,
}
