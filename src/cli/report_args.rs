//! The flags of `report`, as they are typed: its own, and those of `decode`.

use super::decode_args::DecodeArgs;
use super::eval_args::FileAs;
use super::points_values::{FromFrame, formats};
use super::values::{count, finite};
use crate::geometry::Length;
use crate::picture::Convention;
use crate::points::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Show the landmarks of FILE in place of those of the method: a landmark file or a directory of them
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub landmarks: Option<PathBuf>,
    /// Show how far answers lie from the landmarks of FILE: a landmark file or a directory of them
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub truth: Option<PathBuf>,
    /// Show heatmaps over an image: a volume, or one for each input
    ///
    /// In PATTERN, {dir}, {name} and {stem} stand for the directory, the name, and the name without
    /// extensions of each input, as in --reference. Of several channels the first is shown.
    #[arg(long, value_name = "PATTERN", help_heading = "Report")]
    pub image: Option<PathBuf>,
    /// The values of the image that are black and white, such as -200,800 [default: 98 of 100 of those shown
    /// lie between them]
    #[arg(
        long,
        value_name = "LOW,HIGH",
        value_parser = two,
        allow_hyphen_values = true,
        requires = "image",
        help_heading = "Report"
    )]
    pub image_range: Option<Two>,
    /// How much of the volume a slice shows, in voxels, or in millimetres such as 60mm [default: 65 voxels,
    /// or less if there are many landmarks]
    #[arg(long, value_name = "L", allow_negative_numbers = true, help_heading = "Report")]
    pub field_of_view: Option<Length>,
    /// Where the right of the patient is
    #[arg(long, value_name = "NAME", default_value = "radiological", help_heading = "Report")]
    pub convention: ConventionName,
    /// How many landmarks have pictures, the worst first
    #[arg(
        long,
        value_name = "K",
        default_value = "2000",
        value_parser = count,
        allow_negative_numbers = true,
        help_heading = "Report"
    )]
    pub pictures: usize,
    /// Write the pictures to files below DIR, named as in BIDS, and not into the page
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    pub figures: Option<PathBuf>,
    /// What stands above the page [default: Landmarks]
    #[arg(long, value_name = "TEXT", help_heading = "Report")]
    pub title: Option<String>,

    /// Columns that tell landmarks apart, such as file,label or sub,c [default: those that both sides have]
    #[arg(long = "match", value_name = "COLUMNS", value_delimiter = ',', help_heading = "Matching")]
    pub columns: Option<Vec<String>>,
    /// What of the names of files is compared
    #[arg(long, value_name = "PART", default_value = "path", help_heading = "Matching")]
    pub file_as: FileAs,
    /// The format of the truth, if its content does not tell it
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = formats(),
        hide_possible_values = true,
        requires = "truth",
        help_heading = "Matching"
    )]
    pub truth_format: Option<&'static Format>,
    /// What the coordinates of the truth are, if the file does not say: ras, lps or voxel
    #[arg(
        long,
        value_name = "FRAME",
        hide_possible_values = true,
        requires = "truth",
        help_heading = "Matching"
    )]
    pub truth_frame: Option<FromFrame>,
    /// The format of --landmarks, if its content does not tell it
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = formats(),
        hide_possible_values = true,
        requires = "landmarks",
        help_heading = "Matching"
    )]
    pub landmarks_format: Option<&'static Format>,
    /// What the coordinates of --landmarks are, if the file does not say: ras, lps or voxel
    #[arg(
        long,
        value_name = "FRAME",
        hide_possible_values = true,
        requires = "landmarks",
        help_heading = "Matching"
    )]
    pub landmarks_frame: Option<FromFrame>,

    #[command(flatten)]
    pub decode: DecodeArgs,
}

/// The options of `decode` that say how rows are written: a page has none.
pub(super) const OF_ROWS: [&str; 17] = [
    "coords",
    "compare",
    "uncertainty",
    "format",
    "output_dir",
    "resume",
    "dry_run",
    "norm",
    "order",
    "frame",
    "stats",
    "line_per",
    "digits",
    "stack",
    "root",
    "png",
    "region",
];

/// `--convention`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConventionName {
    /// on the left of axial and coronal slices
    Radiological,
    /// on the right of axial and coronal slices
    Neurological,
}

impl ConventionName {
    /// What it names.
    pub(super) fn convention(self) -> Convention {
        match self {
            ConventionName::Radiological => Convention::Radiological,
            ConventionName::Neurological => Convention::Neurological,
        }
    }
}

/// Two numbers, of which the first is less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Two(pub f64, pub f64);

fn two(text: &str) -> Result<Two, String> {
    let numbers = text.split_once(',').and_then(|(low, high)| {
        let [low, high] = [low, high].map(|number| finite(number.trim()).ok());
        low.zip(high)
    });
    let rising = numbers.filter(|(low, high)| low < high).map(|(low, high)| Two(low, high));
    rising.ok_or_else(|| "expected two finite numbers that rise, such as `-200,800`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_by_hand() {
        assert_eq!(two("-200, 800"), Ok(Two(-200.0, 800.0)));
        for text in ["", "1", "1,", "2,1", "1,1", "a,b", "1,inf", "1,2,3"] {
            assert!(two(text).is_err(), "{text}");
        }
    }
}
