//! The flags of `eval`, as they are typed.

use super::path_pattern::PathPattern;
use super::points_values::{FromFrame, formats};
use super::values::{Limits, Spacing, finite, limits, pair, positive, spacing};
use crate::points::Format;
use crate::study::{FileName, PairName};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax eval`.
#[derive(Debug, Args)]
#[command(after_help = "Definitions and sources of all statistics are in docs/evaluation.md.")]
pub struct EvalArgs {
    /// Predicted landmarks: a landmark file, a directory of landmark files, or `-` for standard input
    #[arg(value_name = "PREDICTED")]
    pub predicted: PathBuf,
    /// True landmarks, in the same way
    #[arg(value_name = "TRUTH")]
    pub truth: PathBuf,
    /// Evaluate a second prediction against the same truth, and the difference of the two
    #[arg(long, value_name = "OTHER")]
    pub against: Option<PathBuf>,

    /// Columns that tell landmarks apart, such as file,label or sub,ses,c [default: those that all files
    /// have]
    ///
    /// By default the case is told by the columns of --path-regex that all files have, else by `file`; the
    /// landmark by `label`, else by `c`. The columns in use are printed.
    #[arg(long = "match", value_name = "COLUMNS", value_delimiter = ',', help_heading = "Matching")]
    pub columns: Option<Vec<String>>,
    /// What of the names in the column `file` is compared
    #[arg(long, value_name = "PART", default_value = "path", help_heading = "Matching")]
    pub file_as: FileAs,
    /// Columns that are read from the paths of landmark files, such as `sub-(?<sub>[^_/]+)`
    ///
    /// What a file says itself in a column of that name stands.
    #[arg(long, value_name = "RE", help_heading = "Matching")]
    pub path_regex: Option<PathPattern>,
    /// The column that tells subjects apart, for intervals, or n for samples [default: those of the case]
    #[arg(long, value_name = "COLUMN", help_heading = "Matching")]
    pub subject: Option<String>,
    /// The format of PREDICTED and OTHER, if their content does not tell it
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = formats(),
        hide_possible_values = true,
        help_heading = "Matching"
    )]
    pub predicted_format: Option<&'static Format>,
    /// The format of TRUTH, if its content does not tell it
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = formats(),
        hide_possible_values = true,
        help_heading = "Matching"
    )]
    pub truth_format: Option<&'static Format>,
    /// What the coordinates of PREDICTED and OTHER are, if the files do not say: ras, lps or voxel
    #[arg(long, value_name = "FRAME", hide_possible_values = true, help_heading = "Matching")]
    pub predicted_frame: Option<FromFrame>,
    /// What the coordinates of TRUTH are, if the files do not say
    #[arg(long, value_name = "FRAME", hide_possible_values = true, help_heading = "Matching")]
    pub truth_frame: Option<FromFrame>,

    /// The unit of errors
    #[arg(long, value_name = "UNIT", default_value = "auto", help_heading = "Errors")]
    pub unit: UnitName,
    /// Voxel sizes in mm along h, w, d, which turn errors in voxels into millimetres along each axis
    #[arg(
        long,
        value_name = "H,W,D",
        value_parser = spacing,
        allow_hyphen_values = true,
        conflicts_with = "unit",
        help_heading = "Errors"
    )]
    pub spacing: Option<Spacing>,
    /// Limits of success rates, in the unit of the errors
    #[arg(
        long,
        value_name = "LIMITS",
        default_value = "2,2.5,3,4",
        value_parser = limits,
        allow_hyphen_values = true,
        help_heading = "Errors"
    )]
    pub within: Limits,
    /// An error that equals a limit is a success: `<=` instead of `<`
    #[arg(long, help_heading = "Errors")]
    pub at_most: bool,
    /// Divide errors by this length, in their unit, for NME and PCK
    #[arg(
        long,
        value_name = "LENGTH",
        value_parser = positive,
        allow_negative_numbers = true,
        conflicts_with = "reference_pair",
        help_heading = "Errors"
    )]
    pub reference_length: Option<f64>,
    /// Divide errors by the distance between two true landmarks of the case, given by name
    #[arg(long, value_name = "A,B", value_parser = pair, help_heading = "Errors")]
    pub reference_pair: Option<PairName>,
    /// Multiples of the reference length that PCK counts
    #[arg(
        long,
        value_name = "SHARES",
        default_value = "0.05,0.1,0.2",
        value_parser = limits,
        allow_hyphen_values = true,
        help_heading = "Errors"
    )]
    pub pck: Limits,
    /// Compare the distance between two landmarks, given by name; may be given several times
    #[arg(long, value_name = "A,B", value_parser = pair, help_heading = "Errors")]
    pub pair: Vec<PairName>,
    /// How often subjects are drawn for the 95 % intervals; 0 for no intervals
    #[arg(long, value_name = "N", default_value_t = 2000, help_heading = "Errors")]
    pub bootstrap: u32,
    /// Seed of the draws
    #[arg(long, value_name = "S", default_value_t = 0, help_heading = "Errors")]
    pub seed: u64,

    /// Write to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Output format [default: by the extension of --output, else text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<EvalFormat>,
    /// Also write every landmark to FILE as CSV, the largest error first
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub rows: Option<PathBuf>,
    /// Also draw the cumulative curve of the errors to FILE as SVG
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub curve: Option<PathBuf>,
    /// Also draw a box plot of the errors of each landmark to FILE as SVG
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub boxes: Option<PathBuf>,
    /// Write numbers with exactly K decimals [default: 2 in text, as many as are needed in CSV and JSON]
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u8).range(0..=100),
        help_heading = "Output"
    )]
    pub digits: Option<u8>,
    /// Make the exit status 1 if the mean radial error of PREDICTED is above E
    #[arg(
        long,
        value_name = "E",
        value_parser = finite,
        allow_negative_numbers = true,
        help_heading = "Output"
    )]
    pub fail_above: Option<f64>,
}

/// `--file-as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileAs {
    /// the whole path, as it stands
    Path,
    /// the name without its directories
    Name,
    /// the name without directories and extensions, such as .nii.gz, .csv, .mrk.json
    Stem,
}

impl FileAs {
    /// What it means to the library.
    pub(super) fn file_name(self) -> FileName {
        match self {
            FileAs::Path => FileName::Path,
            FileAs::Name => FileName::Name,
            FileAs::Stem => FileName::Stem,
        }
    }
}

/// `--unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnitName {
    /// millimetres if every landmark has them, else voxels
    Auto,
    /// millimetres
    Mm,
    /// voxels
    Voxel,
}

/// `eval --format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EvalFormat {
    /// for people
    Text,
    /// for spreadsheets and programs, a row for each landmark and statistic
    Csv,
    /// for programs
    Json,
}
