//! The flags of `decode` about what the files of a study have in common, as they are typed.

use super::path_pattern::PathPattern;
use super::values::{ChannelList, RegionChoice, channels, count, region};
use clap::Args;
use std::path::PathBuf;

/// What the files of a study have in common.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct StudyArgs {
    /// Decode only voxels at which this volume is neither 0 nor NaN; it has the spatial shape of the
    /// heatmaps, and one channel or as many as they have
    #[arg(long, value_name = "FILE")]
    pub mask: Option<PathBuf>,
    /// Channels to decode, 0-based and inclusive, such as 1-19,25, or 1- for all from 1 on; they keep their
    /// numbers
    #[arg(long, value_name = "LIST", value_parser = channels)]
    pub channels: Option<ChannelList>,
    /// An input whose file has another number of channels than K is `unreadable`
    ///
    /// It counts all channels of the file, also those that --channels leaves out.
    #[arg(long, value_name = "K", value_parser = count, allow_negative_numbers = true)]
    pub expect_channels: Option<usize>,
    /// The files of a directory are the landmarks of one sample, one file each, named by their files
    ///
    /// The rows of a sample have the directory as `file`. Channels are the names of all samples, sorted: a
    /// sample that lacks a file has a row `missing` there. With --path-regex, files in whose paths all groups
    /// but `channel` match the same are a sample, and `channel` names the landmark.
    #[arg(long, conflicts_with_all = [
        "channels", "expect_channels", "labels", "label_names", "output_dir", "resume",
    ])]
    pub stack: bool,
    /// Decode the mean of files that differ only in these groups of --path-regex, such as fold
    ///
    /// Names are separated by commas. Files in whose paths all other groups match the same are one input,
    /// which is called by the first of them. The columns `members`, `between_voxel` and `between_mm` say how
    /// many they are, and how far the answers of each alone lie from their mean: the root of the mean square
    /// distance, with one less than their number in the denominator.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        requires = "path_regex",
        conflicts_with = "stack"
    )]
    pub average: Option<Vec<String>>,
    /// A group of --path-regex that names the axes along which a file is flipped: it is turned back before
    /// it is averaged, as by --average
    ///
    /// Its text is any of the letters H, W, D, in either case; nothing, `none` or `0` if the file is not
    /// flipped. The affine of a flipped file is taken for that of the map once it is turned back.
    #[arg(long, value_name = "NAME", requires = "path_regex", conflicts_with = "stack")]
    pub unflip: Option<String>,
    /// Landmark names, separated by commas, as those of --labels
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub label_names: Option<Vec<String>>,
    /// Add a column for each named group of RE, taken from the path, such as `sub-(?<sub>[^_/]+)`
    ///
    /// RE is a regular expression. It is searched for in the path as it was given, and may match anywhere in
    /// it. Where it does not match, the cells are empty. The columns follow `label`.
    #[arg(long, value_name = "RE", help_heading = "Output")]
    pub path_regex: Option<PathPattern>,
    /// Add the voxels at or above peak - Q (peak - background), Q >= 0: how many, their volume, their box
    ///
    /// Q is 0 at the peak and 1 at the background, which is estimated as for the flags. The voxels are
    /// counted wherever they are, so that a second peak as high makes the box large.
    /// With --calibration, `calibrated` takes the Q that holds the truth 95 times of 100.
    #[arg(long, value_name = "Q", value_parser = region)]
    #[arg(allow_negative_numbers = true, help_heading = "Output")]
    pub region: Option<RegionChoice>,
    /// With --output-dir, outputs lie as their inputs do below DIR
    ///
    /// So files of one name in many directories, as in BIDS, do not collide, named one by one or in a list.
    /// An input outside DIR is an error.
    #[arg(long, value_name = "DIR", requires = "output_dir", help_heading = "Output")]
    pub root: Option<PathBuf>,
}

impl StudyArgs {
    /// Whether inputs are means of several files.
    pub(super) fn is_average(&self) -> bool {
        self.average.is_some() || self.unflip.is_some()
    }
}
