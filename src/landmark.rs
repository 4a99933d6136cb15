//! What a heatmap decodes to, and the plain record of the input it came from.
//!
//! Sinks see nothing but these types; kernels and sources know nothing of sinks.

use crate::geometry::{Affine, Covariance, Placement, Voxel};
use std::fmt;
use std::path::PathBuf;

/// How the decoding of one heatmap went; the first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// The input could not be read, or does not fit the options; it has no landmarks.
    Unreadable,
    /// No voxel, or every voxel is masked (−inf, NaN under `--ignore-nan`, or by `--mask`).
    Empty,
    /// Some voxel is NaN or +inf.
    Nonfinite,
    /// The maximum is below the threshold, the method's weights have no mass, or the heatmap has not so many peaks.
    Missing,
    /// All unmasked voxels are equal: soft and mean are their centroid, every other method the first of them.
    Flat,
    /// An answer like any other.
    Ok,
}

impl Status {
    /// Every status, in the order in which they are tried.
    pub const ALL: [Status; 6] =
        [Status::Unreadable, Status::Empty, Status::Nonfinite, Status::Missing, Status::Flat, Status::Ok];

    /// The word in the `status` column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Status::Unreadable => "unreadable",
            Status::Empty => "empty",
            Status::Nonfinite => "nonfinite",
            Status::Missing => "missing",
            Status::Flat => "flat",
            Status::Ok => "ok",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The spread of the softmax distribution over the voxels of one heatmap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// In voxels², along h, w, d.
    pub covariance: Covariance,
    /// −Σ p ln p, in nats.
    pub entropy: f64,
    /// The probability of the peak voxel.
    pub peak_probability: f64,
    /// ln Σ exp(x/T).
    pub log_normalizer: f64,
}

/// A Gaussian on a constant background that was fitted to the values about a peak: the model is
/// background + amplitude · exp(−½ (r − c)ᵀ Σ⁻¹ (r − c)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Height over the background, in heatmap values.
    pub amplitude: f64,
    /// In heatmap values.
    pub background: f64,
    /// Root of the mean squared difference between the model and the voxels of the window, in heatmap values.
    pub residual: f64,
    /// Σ in voxels², along h, w, d; 0 along axes of length 1.
    pub covariance: Covariance,
}

/// One landmark: what one heatmap (sample n, channel c), or one of its peaks, decodes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmark {
    /// Sample, 0-based.
    pub n: usize,
    /// Channel, 0-based, numbered as in the file.
    pub c: usize,
    /// Which of several peaks of the heatmap, 0-based, in the order in which they were accepted: 0 is the highest, and
    /// the only one where no more were asked for.
    pub peak: usize,
    /// How it went.
    pub status: Status,
    /// The method's answer; none for `empty`, `nonfinite` and `missing`.
    pub position: Option<Voxel>,
    /// The hard argmax, first maximum in logical (h, w, d) order, or the voxel of the peak; none where `position` is
    /// none.
    pub hard: Option<Voxel>,
    /// The largest value, or that of the peak, scaled as the file says; none for `empty`, `nonfinite` and absent peaks.
    pub peak_value: Option<f64>,
    /// Where several peaks are asked for, `peak_value` over that of peak 0; none where that is not above 0.
    pub peak_ratio: Option<f64>,
    /// The spread of the whole heatmap's softmax; none for `empty` and `nonfinite`, and for methods that sum no weights.
    pub spread: Option<Spread>,
    /// The share of the softmax's mass that lies within the box that the method looks at, where the spread is asked
    /// for; none for methods that look at no box.
    pub window_mass: Option<f64>,
    /// What the method fitted, where the spread is asked for; none for methods that fit nothing, and where the fit
    /// failed.
    pub fit: Option<Fit>,
}

/// The plain record of one input, as sinks write it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputRecord {
    /// The path as it was given; `-` for standard input.
    pub file: PathBuf,
    /// Container and version, such as `npy 1.0`, `nifti-1 gzip`; empty where it was not recognised.
    pub format: String,
    /// Element type in NumPy's spelling with byte order, such as `<f4`; empty where unknown.
    pub dtype: String,
    /// The shape as the file declares it.
    pub shape: Vec<u64>,
    /// The layout it was read as, such as `HWDC`; empty where none applied.
    pub layout: String,
    /// Lengths of H, W, D.
    pub lengths: [usize; 3],
    /// Number of samples.
    pub samples: usize,
    /// Number of channels in the file.
    pub channels: usize,
    /// Voxel of the heatmaps to world in mm, RAS+.
    pub affine: Option<Affine>,
    /// Where the heatmaps lie in the image whose voxels are written.
    pub placement: Placement,
    /// Voxel of that image to world, where the image is not the heatmaps' own grid; see
    /// [`InputRecord::written_affine`].
    pub image_affine: Option<Affine>,
    /// Where the affine comes from: `sform`, `qform`, `pixdim`, `reference`, `spacing`.
    pub affine_source: Option<&'static str>,
    /// Why it could not be read; then it has no landmarks.
    pub error: Option<String>,
    /// What was suspicious about it.
    pub warnings: Vec<String>,
}

impl InputRecord {
    /// The record of an input that could not be read.
    #[must_use]
    pub fn unreadable(file: PathBuf, error: String) -> InputRecord {
        InputRecord { file, error: Some(error), ..InputRecord::default() }
    }

    /// The affine that takes voxel coordinates as they are written to world coordinates.
    #[must_use]
    pub fn written_affine(&self) -> Option<Affine> {
        self.image_affine.or(self.affine)
    }
}
