//! The flags of `encode`, as they are typed.

use super::points_values::{FromFrame, formats};
use super::values::{Spacing, finite, positive, spacing};
use crate::geometry::{Hwd, Layout};
use crate::points::Format;
use crate::study::{Sigma, Stored};
use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax encode`.
#[derive(Debug, Args)]
#[command(
    after_help = "`softargmax decode --method gaussian --coords voxel FILE` returns the landmarks.",
    group = ArgGroup::new("grid").args(["like", "shape"]).required(true)
)]
pub struct EncodeArgs {
    /// Landmark files, or `-` for standard input; each is a sample, and so is each input that a file names
    #[arg(required = true, value_name = "LANDMARKS")]
    pub inputs: Vec<PathBuf>,
    /// Write to FILE: .npy, .nii, also with .gz
    ///
    /// The file appears whole or not at all. A NIfTI file holds one sample; more than 32,767 voxels along
    /// an axis make it NIfTI-2.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Image whose grid the heatmaps have: its shape and its affine
    #[arg(long, value_name = "IMAGE", conflicts_with = "spacing")]
    pub like: Option<PathBuf>,
    /// Lengths of the heatmaps, such as 128,128,64
    #[arg(long, value_name = "H,W,D", value_parser = lengths)]
    pub shape: Option<Lengths>,
    /// Distance of voxels in mm, with voxel 0 at the origin
    #[arg(long, value_name = "H,W,D", value_parser = spacing, requires = "shape")]
    pub spacing: Option<Spacing>,
    /// Standard deviation: voxels (2), voxels along h, w, d (2,2,1), millimetres (2mm), or `file`
    ///
    /// Millimetres are the same in every direction of the world, whatever the affine. `file` takes the
    /// covariance that a table has for each landmark (`se_cov_hh_voxel2` and so on).
    #[arg(long, value_name = "SIGMA", default_value = "2", value_parser = sigma)]
    pub sigma: SigmaChoice,
    /// Height of the Gaussian, or with --normalize sum the sum of its values [default: 1; 255 for u8]
    #[arg(long, value_name = "A", value_parser = positive)]
    pub amplitude: Option<f64>,
    /// What the amplitude is
    #[arg(long, value_name = "WHAT", default_value = "peak")]
    pub normalize: Normalize,
    /// Values farther than K standard deviations from the landmark are 0
    #[arg(long, value_name = "K", value_parser = positive)]
    pub truncate: Option<f64>,
    /// How values are stored
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    pub dtype: Dtype,
    /// Axes of a .npy file, outermost first [default: NCHWD]
    #[arg(long, value_name = "AXES")]
    pub layout: Option<Layout>,
    /// Add normal noise of this standard deviation to every value, for test data
    #[arg(long, value_name = "SD", value_parser = positive)]
    pub noise: Option<f64>,
    /// Which noise
    #[arg(long, value_name = "N", default_value = "0", requires = "noise")]
    pub seed: u64,
    /// Write the names of the channels to FILE, one a line, as `decode --labels` reads them
    #[arg(long, value_name = "FILE")]
    pub labels_to: Option<PathBuf>,
    /// Format of LANDMARKS [default: told by its content]
    #[arg(long, value_name = "NAME", value_parser = formats(), hide_possible_values = true)]
    pub from: Option<&'static Format>,
    /// What the coordinates of LANDMARKS are, if the file does not say
    #[arg(long, value_name = "FRAME")]
    pub from_frame: Option<FromFrame>,
}

/// Lengths along h, w, d.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lengths(pub Hwd<usize>);

/// `--sigma`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SigmaChoice(pub Sigma);

/// `--normalize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Normalize {
    /// the height of the Gaussian
    Peak,
    /// the sum of a map's values
    Sum,
}

/// `--dtype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dtype {
    /// half precision; not in NIfTI
    F16,
    /// single precision
    F32,
    /// whole numbers from 0 to 255
    U8,
}

impl Dtype {
    pub(super) fn stored(self) -> Stored {
        match self {
            Dtype::F16 => Stored::F16,
            Dtype::F32 => Stored::F32,
            Dtype::U8 => Stored::U8,
        }
    }
}

/// Voxels of one heatmap at most: no array has more bytes than fit into 63 bits, whatever its samples.
const MOST_VOXELS: u128 = 1 << 40;

fn lengths(text: &str) -> Result<Lengths, String> {
    let found: Option<Vec<usize>> = text.split(',').map(|item| item.trim().parse().ok()).collect();
    let found: Option<[usize; 3]> = found.and_then(|numbers| numbers.try_into().ok());
    let is_legal = |lengths: &[usize; 3]| {
        let voxels: u128 = lengths.iter().map(|&n| n as u128).fold(1, u128::saturating_mul);
        lengths.iter().all(|&n| n > 0) && voxels <= MOST_VOXELS
    };
    found.filter(is_legal).map(|lengths| Lengths(Hwd(lengths))).ok_or_else(|| {
        "expected three whole numbers > 0, such as `128,128,64`, of at most 2^40 voxels".into()
    })
}

/// Standard deviations outside these give Gaussians that are 0 or 1 everywhere, in any arithmetic.
const SIGMAS: std::ops::RangeInclusive<f64> = 1e-3..=1e6;

fn sigma(text: &str) -> Result<SigmaChoice, String> {
    let one = |text: &str| finite(text.trim()).ok().filter(|sigma| SIGMAS.contains(sigma));
    let choice = if text == "file" {
        Some(Sigma::File)
    } else if let Some(millimetres) = text.strip_suffix("mm") {
        one(millimetres).map(Sigma::Millimetres)
    } else {
        let numbers: Option<Vec<f64>> = text.split(',').map(one).collect();
        numbers.and_then(|numbers| match numbers[..] {
            [sigma] => Some(Sigma::Voxels(Hwd([sigma; 3]))),
            [h, w, d] => Some(Sigma::Voxels(Hwd([h, w, d]))),
            _ => None,
        })
    };
    choice.map(SigmaChoice).ok_or_else(|| {
        "expected voxels such as `2` or `2,2,1`, or millimetres such as `2mm`, from 0.001 to a million; \
         or `file`"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_three_numbers() {
        assert_eq!(lengths("4, 5,6"), Ok(Lengths(Hwd([4, 5, 6]))));
        for bad in ["", "4,5", "4,5,0", "4,5,6,7", "1048577,1048576,1", "4,5,-6"] {
            assert!(lengths(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn standard_deviations_in_every_unit() {
        assert_eq!(sigma("2"), Ok(SigmaChoice(Sigma::Voxels(Hwd([2.0; 3])))));
        assert_eq!(sigma("2,1.5, 1"), Ok(SigmaChoice(Sigma::Voxels(Hwd([2.0, 1.5, 1.0])))));
        assert_eq!(sigma("2.5mm"), Ok(SigmaChoice(Sigma::Millimetres(2.5))));
        assert_eq!(sigma("file"), Ok(SigmaChoice(Sigma::File)));
        for bad in ["", "0", "-1", "2,1", "2cm", "inf", "nan", "1e9"] {
            assert!(sigma(bad).is_err(), "{bad}");
        }
    }
}
