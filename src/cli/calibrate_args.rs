//! The flags of `calibrate`, as they are typed.

use super::directory_args::DirectoryArgs;
use super::eval_args::{FileAs, UnitName};
use super::limit_args::LimitArgs;
use super::path_pattern::PathPattern;
use super::points_values::{FromFrame, formats};
use super::reading_args::ReadingArgs;
use super::values::{
    ChannelList, CropOrigin, Limits, channels, count, crop_origin, finite, levels, part, stride, temperatures,
};
use super::ways::{METHODS, MethodTexts, method_texts};
use crate::geometry::Stride;
use crate::points::Format;
use crate::study::Feature;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax calibrate`.
#[derive(Debug, Args)]
#[command(after_help = "Definitions, guarantees and sources are in docs/calibration.md.")]
pub struct CalibrateArgs {
    /// Heatmaps with a known truth, as decode takes them
    #[arg(required = true, value_name = "HEATMAPS")]
    pub inputs: Vec<PathBuf>,
    /// True landmarks: a landmark file, a directory of landmark files, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub truth: PathBuf,
    /// Write the calibration to FILE, for decode --calibration
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Methods to choose from, separated by commas, with parameters as decode takes them
    #[arg(
        long,
        value_name = "METHODS",
        default_value = METHODS,
        value_parser = method_texts,
        help_heading = "Choice"
    )]
    pub method: MethodTexts,
    /// Temperatures to choose from, for methods that use one [default: sixteen from 0.002 to 5]
    #[arg(
        long,
        value_name = "TEMPERATURES",
        value_parser = temperatures,
        allow_hyphen_values = true,
        help_heading = "Choice"
    )]
    pub temperature: Option<Limits>,
    /// How many parts subjects are put into for cross-validation
    #[arg(
        long,
        value_name = "K",
        default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(2..=1000),
        help_heading = "Choice"
    )]
    pub folds: u16,
    /// A heatmap whose largest value is below V has no landmark, as in decode
    #[arg(
        long,
        value_name = "V",
        value_parser = finite,
        allow_negative_numbers = true,
        help_heading = "Choice"
    )]
    pub threshold: Option<f64>,
    /// Give NaN voxels no weight
    #[arg(long, help_heading = "Choice")]
    pub ignore_nan: bool,

    /// How often radii are to hold the truth; the radius that decode writes is that of 0.95
    #[arg(
        long,
        value_name = "LEVELS",
        default_value = "0.9,0.95",
        value_parser = levels,
        allow_hyphen_values = true,
        help_heading = "Radii"
    )]
    pub level: Limits,
    /// How subjects serve to choose and to make radii
    #[arg(long, value_name = "DESIGN", default_value = "split", help_heading = "Radii")]
    pub design: DesignName,
    /// With --design split, the share of the subjects that choose [default: 0.35, or less where the others
    /// would be too few for radii]
    #[arg(
        long,
        value_name = "SHARE",
        value_parser = part,
        allow_negative_numbers = true,
        help_heading = "Radii"
    )]
    pub choose: Option<f64>,
    /// The figure that radii are scaled by
    #[arg(long, value_name = "FIGURE", default_value = "auto", help_heading = "Radii")]
    pub scale: ScaleName,
    /// Also learn which voxels hold the truth, for --region of decode
    ///
    /// Compressed heatmaps are read a second time for it.
    #[arg(long, help_heading = "Radii")]
    pub region: bool,
    /// How many bins of predicted quality are described
    #[arg(
        long,
        value_name = "B",
        default_value_t = 5,
        value_parser = clap::value_parser!(u16).range(1..=100),
        help_heading = "Radii"
    )]
    pub bins: u16,

    /// Columns that tell landmarks apart, such as file,label or sub,c [default: those that both sides have]
    #[arg(long = "match", value_name = "COLUMNS", value_delimiter = ',', help_heading = "Matching")]
    pub columns: Option<Vec<String>>,
    /// What of the names of files is compared
    #[arg(long, value_name = "PART", default_value = "path", help_heading = "Matching")]
    pub file_as: FileAs,
    /// The column that tells subjects apart, or n for the samples of an array [default: those of the case]
    #[arg(long, value_name = "COLUMN", help_heading = "Matching")]
    pub subject: Option<String>,
    /// The format of the truth, if its content does not tell it
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = formats(),
        hide_possible_values = true,
        help_heading = "Matching"
    )]
    pub truth_format: Option<&'static Format>,
    /// What the coordinates of the truth are, if the file does not say: ras, lps or voxel
    #[arg(long, value_name = "FRAME", hide_possible_values = true, help_heading = "Matching")]
    pub truth_frame: Option<FromFrame>,
    /// The unit of the errors by which ways are compared
    #[arg(long, value_name = "UNIT", default_value = "auto", help_heading = "Matching")]
    pub unit: UnitName,
    /// How often subjects are drawn for the 95 % intervals; 0 for no intervals
    #[arg(long, value_name = "N", default_value_t = 2000, help_heading = "Matching")]
    pub bootstrap: u32,
    /// Seed of the draws and of the parts
    #[arg(long, value_name = "S", default_value_t = 0, help_heading = "Matching")]
    pub seed: u64,

    #[command(flatten)]
    pub directories: DirectoryArgs,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// For heatmaps coarser than the image: how many image voxels there are for each heatmap voxel
    #[arg(
        long,
        value_name = "Q",
        value_parser = stride,
        allow_hyphen_values = true,
        help_heading = "Input"
    )]
    pub stride: Option<Stride>,
    /// Image voxel (h, w, d) at which a cropped heatmap begins
    #[arg(
        long,
        value_name = "H,W,D",
        value_parser = crop_origin,
        allow_hyphen_values = true,
        help_heading = "Input"
    )]
    pub crop_origin: Option<CropOrigin>,
    /// Decode only voxels at which this volume is neither 0 nor NaN
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub mask: Option<PathBuf>,
    /// Channels to calibrate, 0-based and inclusive, such as 1-19,25
    #[arg(long, value_name = "LIST", value_parser = channels, help_heading = "Input")]
    pub channels: Option<ChannelList>,
    /// An input whose file has another number of channels than K is `unreadable`
    #[arg(
        long,
        value_name = "K",
        value_parser = count,
        allow_negative_numbers = true,
        help_heading = "Input"
    )]
    pub expect_channels: Option<usize>,
    /// Landmark names from FILE, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "label_names", help_heading = "Input")]
    pub labels: Option<PathBuf>,
    /// Landmark names, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Input")]
    pub label_names: Option<Vec<String>>,
    /// Columns that are read from paths, such as `sub-(?<sub>[^_/]+)`, to match by and to tell subjects apart
    #[arg(long, value_name = "RE", help_heading = "Input")]
    pub path_regex: Option<PathPattern>,

    #[command(flatten)]
    pub limits: LimitArgs,
    /// Print no report; errors and warnings stay
    #[arg(long, short, help_heading = "Run")]
    pub quiet: bool,
}

/// `--design`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DesignName {
    /// some choose, the others make radii: the guarantee needs nothing else
    Split,
    /// all do both, each measured by what the others chose: narrower radii, without a proof
    Cross,
}

/// `--scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScaleName {
    /// the figure that orders the errors best, if one clearly does
    Auto,
    /// none: one radius for every heatmap of a landmark
    None,
    /// error95 of --uncertainty
    Error95,
    /// the spread of the softmax; for methods that sum one
    Spread,
    /// the height of the peak
    Peak,
}

impl ScaleName {
    /// The figure; `None` if it is chosen.
    pub(super) fn feature(self) -> Option<Feature> {
        match self {
            ScaleName::Auto => None,
            ScaleName::None => Some(Feature::None),
            ScaleName::Error95 => Some(Feature::Error95),
            ScaleName::Spread => Some(Feature::Spread),
            ScaleName::Peak => Some(Feature::Peak),
        }
    }
}
