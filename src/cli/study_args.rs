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
