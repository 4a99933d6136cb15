//! What a heatmap decodes to, and the plain record of the input it came from.
//!
//! These types stand in the middle of the program: everything before them makes them, everything after them
//! only reads them. They hold numbers and words and no behaviour, so that an output format needs to know
//! neither methods nor file formats. What has no answer is `None`, never 0 and never a centre that nobody
//! computed.

mod flag;
mod reason;
mod status;

pub use flag::{Flag, Flags};
pub use reason::Reason;
pub use status::Status;

use crate::geometry::{Affine, Covariance, Hwd, Placement, Voxel};
use std::path::PathBuf;

/// How uncertain an answer is, by the map itself: the noise of its background and the shape of its peak.
///
/// A network's systematic error is not in it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Uncertainty {
    /// Covariance of the error in voxels², along h, w, d.
    pub covariance: Covariance,
    /// The answer minus the place of the local fit, in voxels along h, w, d: the part of the error that this
    /// map shows.
    pub bias: Hwd<f64>,
    /// Covariance of the place of the local fit, in voxels², along h, w, d.
    pub fit_covariance: Covariance,
    /// Whether no fit was accepted, so that both covariances are a guess from the peak's width.
    pub is_estimate: bool,
    /// The radius that a calibration gives, which stands in place of the one that follows from the map.
    pub calibrated: Option<CalibratedRadius>,
}

/// The radius that holds the truth 95 times of 100 by a calibration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CalibratedRadius {
    /// In mm; `None` without an affine, or if the calibration has none for this landmark.
    pub mm: Option<f64>,
    /// In voxels as they are written.
    pub voxel: Option<f64>,
    /// Why one of them is missing.
    pub without: Option<NoRadius>,
}

/// Why a landmark has no radius by a calibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoRadius {
    /// The calibration lacks so many subjects.
    Subjects(usize),
    /// The calibration had no truth of this landmark.
    Landmark,
    /// The errors of the calibration are in voxels only.
    Millimetres,
    /// The landmark lacks the figure that radii are scaled by.
    Figure,
    /// Too many truths of the calibration were not found at all: no radius would hold them.
    Infinite,
}

/// The voxels of a heatmap that lie near the height of a peak: all that are not below
/// peak − q · (peak − background), wherever they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// How many they are: at least 1.
    pub voxels: usize,
    /// The first h, w and d of any of them.
    pub first: Hwd<usize>,
    /// The last h, w and d of any of them.
    pub last: Hwd<usize>,
}

/// The spread of the softmax distribution over the voxels of one heatmap.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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

/// A Gaussian on a constant background, fitted to the values about a peak:
/// background + amplitude · exp(−½ (r − c)ᵀ Σ⁻¹ (r − c)).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct Landmark {
    /// Sample, 0-based.
    pub n: usize,
    /// Channel, 0-based, numbered as in the file.
    pub c: usize,
    /// Which peak of the heatmap, 0-based, in the order in which they were accepted: 0 is the highest, and
    /// the only one unless several are asked for.
    pub peak: usize,
    /// How its decoding went.
    pub status: Status,
    /// The method's answer; `None` for `empty`, `nonfinite` and `missing`.
    pub position: Option<Voxel>,
    /// The hard argmax (the first maximum in (h, w, d) order), or the voxel of a further peak; `None` if
    /// `position` is `None`.
    pub hard: Option<Voxel>,
    /// The largest value, or that of a further peak, scaled as the file says; `None` for `empty`, `nonfinite`
    /// and absent peaks.
    pub peak_value: Option<f64>,
    /// If several peaks are asked for, `peak_value` divided by that of peak 0; `None` if that is not above 0.
    pub peak_ratio: Option<f64>,
    /// The spread of the whole heatmap's softmax, if asked for; `None` for `empty` and `nonfinite`, and for
    /// methods that sum no weights.
    pub spread: Option<Spread>,
    /// The share of the softmax's mass within the window of the method, if the spread is asked for; `None`
    /// for methods without a window.
    pub window_mass: Option<f64>,
    /// What the method fitted, if the spread is asked for; `None` for methods that fit nothing, and if the
    /// fit failed.
    pub fit: Option<Fit>,
    /// How uncertain the position is, if asked for; `None` without a position, and for `flat`.
    pub uncertainty: Option<Uncertainty>,
    /// The voxels near the peak's height, if asked for; `None` unless the status is `ok`.
    pub region: Option<Region>,
    /// If the region is asked for: the background by which it was found, in heatmap values. With
    /// `peak_value` it says how far below the peak any voxel lies.
    pub background: Option<f64>,
    /// If several maps were averaged: the covariance, in voxels² along h, w, d, of the positions that they
    /// have one by one; `None` for fewer than two maps, if one of them has no position, and for further
    /// peaks.
    pub between: Option<Covariance>,
    /// What is doubtful about it; none unless the status is `ok`.
    pub flags: Flags,
    /// Why it has its status or its flags, where they need a reason.
    pub reason: Option<Reason>,
    /// With the flag `diffuse`: the β at which a softmax over this heatmap is pulled from the peak by less
    /// than 0.1 voxel; `None` if there is none.
    pub advised_beta: Option<f64>,
}

impl Landmark {
    /// A landmark of which nothing is known but its status.
    pub(crate) fn nothing(status: Status) -> Landmark {
        Landmark {
            n: 0,
            c: 0,
            peak: 0,
            status,
            position: None,
            hard: None,
            peak_value: None,
            peak_ratio: None,
            spread: None,
            window_mass: None,
            fit: None,
            uncertainty: None,
            region: None,
            background: None,
            between: None,
            flags: Flags::default(),
            reason: None,
            advised_beta: None,
        }
    }
}

/// The plain record of one input, as sinks write it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InputRecord {
    /// The path as it was given; `-` for standard input.
    pub file: PathBuf,
    /// The files whose mean it is, in their order, `file` first; empty if it is one file as it stands. The
    /// format, the element type and the affine are those of the first.
    pub members: Vec<PathBuf>,
    /// Container and version, such as `npy 1.0`, `nifti-1 gzip`; empty if it was not recognised.
    pub format: String,
    /// Element type in NumPy's spelling with byte order, such as `<f4`; empty if unknown.
    pub dtype: String,
    /// The shape as the file declares it.
    pub shape: Vec<u64>,
    /// The layout it was read as, such as `HWDC`; empty if there is none.
    pub layout: String,
    /// The lengths of its spatial axes.
    pub lengths: Hwd<usize>,
    /// Number of samples.
    pub samples: usize,
    /// Number of channels in the file.
    pub channels: usize,
    /// The channels that labels are for, as inclusive ranges in order; `None` if that is all of the file.
    pub labelled: Option<Vec<(usize, usize)>>,
    /// What was read from its path, in the order of the columns for it; empty if nothing was found.
    pub from_path: Vec<Option<String>>,
    /// Voxel of the heatmaps to world in mm, RAS+.
    pub affine: Option<Affine>,
    /// Where the heatmaps lie in the image in whose voxels positions are written.
    pub placement: Placement,
    /// Voxel of that image to world, if its grid is not that of the heatmaps.
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
    #[cfg(test)]
    pub(crate) fn unreadable(file: PathBuf, error: String) -> InputRecord {
        InputRecord { file, error: Some(error), ..InputRecord::default() }
    }

    /// The number of the label of channel `c`, 0-based.
    #[must_use]
    pub(crate) fn label_index(&self, c: usize) -> Option<usize> {
        let Some(ranges) = &self.labelled else { return Some(c) };
        let mut before = 0;
        for &(first, last) in ranges {
            if (first..=last).contains(&c) {
                return Some(before + c - first);
            }
            before += last - first + 1;
        }
        None
    }

    /// The affine from the voxel coordinates that are written to world coordinates: that of the image, if
    /// heatmaps have a grid of their own.
    #[must_use]
    pub(crate) fn written_affine(&self) -> Option<Affine> {
        self.image_affine.or(self.affine)
    }
}
