//! The command line as it is typed: names, help and syntax, and nothing about what it means here.

use super::threshold::Threshold;
use super::values::{
    ChannelList, CropOrigin, MethodChoice, MethodParser, Spacing, StatusList, affine_help, affines, channels,
    crop_origin, frames, inputs_help, norms, positive, spacing, statuses, stride, writers,
};
use crate::geometry::{Frame, Layout, Length, Norm, Order, Stride};
use crate::prepare::AffineChoice;
use crate::sink::{Coords, Writer};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Turn volumetric heatmaps into landmark coordinates.
#[derive(Debug, Parser)]
#[command(name = "softargmax", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit status: 0 done; 1 a landmark has a status of --fail-on; 2 usage; 3 more inputs \
than --max-failures could not be decoded; 4 the output could not be written; 70 a bug in this program; \
129 hung up; 130 interrupted; 143 terminated."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decode heatmaps to landmark coordinates
    Decode(Box<DecodeArgs>),
    /// Find the index of the largest value of an array of any rank, as torch.argmax does
    Argmax(ArgmaxArgs),
    /// Show what an input is and how it would be read
    Info(InfoArgs),
}

/// `softargmax decode`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(
    after_help = "One bad input never costs another its rows: an input that cannot be decoded has one row \
with the status `unreadable`, and the exit status is 3 if there are more of them than --max-failures."
)]
pub struct DecodeArgs {
    #[arg(required_unless_present = "files_from", value_name = "INPUT", help = inputs_help())]
    pub inputs: Vec<PathBuf>,

    /// How a heatmap becomes a coordinate; parameters follow the name, such as local:radius=4,beta=10
    /// [default: soft; with --peaks, local]
    #[arg(long, value_name = "METHOD", value_parser = MethodParser, help_heading = "Method")]
    pub method: Option<MethodChoice>,
    /// Radius of the method's window, in voxels, or in millimetres such as 5mm: the parameter `radius` of
    /// methods that have one
    #[arg(long, value_name = "R", allow_negative_numbers = true, help_heading = "Method")]
    pub radius: Option<String>,
    /// How the method mean turns values into weights: relu, none, sigmoid, softmax or power:ALPHA
    #[arg(long, value_name = "NAME", help_heading = "Method")]
    pub activation: Option<String>,
    /// Temperature T of the softmax: p = softmax(x/T); finite and > 0 [default: 1]
    #[arg(
        long,
        value_name = "T",
        value_parser = positive,
        allow_negative_numbers = true,
        conflicts_with = "beta",
        help_heading = "Method"
    )]
    pub temperature: Option<f64>,
    /// Inverse temperature B of the softmax: p = softmax(Bx); finite and > 0
    #[arg(
        long,
        value_name = "B",
        value_parser = positive,
        allow_negative_numbers = true,
        help_heading = "Method"
    )]
    pub beta: Option<f64>,
    /// Find up to K landmarks in each heatmap, from 1 to 1000: its local maxima, highest first
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u16).range(1..=1000),
        allow_negative_numbers = true,
        help_heading = "Method"
    )]
    pub peaks: Option<u16>,
    /// Least distance between two peaks, in voxels, or in millimetres such as 5mm [default: 1]
    #[arg(
        long,
        value_name = "D",
        requires = "peaks",
        allow_negative_numbers = true,
        help_heading = "Method"
    )]
    pub min_distance: Option<Length>,
    /// Report a landmark as `missing` if its peak is below V; with --peaks also r:F, F times the maximum
    #[arg(long, value_name = "V", allow_negative_numbers = true, help_heading = "Method")]
    pub threshold: Option<Threshold>,
    /// Give NaN voxels no weight; without it, a heatmap with NaN is `nonfinite`
    #[arg(long, help_heading = "Method")]
    pub ignore_nan: bool,

    /// Read paths from FILE, or from standard input with `-`, one a line, and decode each as it arrives
    #[arg(long, value_name = "FILE", conflicts_with = "inputs", help_heading = "Input")]
    pub files_from: Option<PathBuf>,
    /// Each path of --files-from ends with NUL instead of a line break, as `find -print0` writes them
    #[arg(short = '0', long, help_heading = "Input")]
    pub null: bool,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Image voxels in a step of the heatmap, if the heatmap is coarser: one number, or three along h, w, d
    #[arg(
        long,
        value_name = "Q",
        value_parser = stride,
        allow_hyphen_values = true,
        help_heading = "Input"
    )]
    pub stride: Option<Stride>,
    /// Image voxel (h, w, d) at which a cropped heatmap begins; voxel coordinates are then those of the image
    #[arg(
        long,
        value_name = "H,W,D",
        value_parser = crop_origin,
        allow_hyphen_values = true,
        help_heading = "Input"
    )]
    pub crop_origin: Option<CropOrigin>,
    /// Decode only voxels at which this volume is neither 0 nor NaN; it has the spatial shape of the
    /// heatmaps, and one channel or as many as they have
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub mask: Option<PathBuf>,
    /// Channels to decode, 0-based and inclusive, such as 1-19,25; they keep their numbers
    #[arg(long, value_name = "LIST", value_parser = channels, help_heading = "Input")]
    pub channels: Option<ChannelList>,
    /// Landmark names from FILE, one a line, one for each channel
    #[arg(long, value_name = "FILE", conflicts_with = "label_names", help_heading = "Input")]
    pub labels: Option<PathBuf>,
    /// Landmark names, separated by commas, one for each channel
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Input")]
    pub label_names: Option<Vec<String>>,

    /// Spaces of the coordinates: normalized, voxel, world, separated by commas
    #[arg(long, value_name = "SPACES", default_value = "normalized", help_heading = "Output")]
    pub coords: Coords,
    /// Convention of normalized coordinates
    #[arg(
        long,
        value_name = "NORM",
        default_value = "corners",
        value_parser = norms(),
        help_heading = "Output"
    )]
    pub norm: Norm,
    /// Order of voxel and normalized coordinates: a permutation of hwd
    #[arg(long, value_name = "ORDER", default_value = "hwd", help_heading = "Output")]
    pub order: Order,
    /// Signs of world coordinates
    #[arg(
        long,
        value_name = "FRAME",
        default_value = "ras",
        value_parser = frames(),
        help_heading = "Output"
    )]
    pub frame: Frame,
    /// Add the hard argmax, the peak value, and the distance between the two answers
    #[arg(long, help_heading = "Output")]
    pub compare: bool,
    /// Add the spread of the distribution: standard deviation, covariance, entropy, peak probability,
    /// log-normalizer
    #[arg(long, help_heading = "Output")]
    pub stats: bool,
    /// Write exactly K decimals [default: the shortest number that reads back the same]
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u8).range(0..=100),
        help_heading = "Output"
    )]
    pub digits: Option<u8>,
    /// Write to FILE, which appears whole or not at all [default: CSV to standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write one output for each input below DIR: the input's path below the directory that was named, plus
    /// the extension of --format
    #[arg(long, value_name = "DIR", conflicts_with = "output", help_heading = "Output")]
    pub output_dir: Option<PathBuf>,
    /// Skip inputs whose output in --output-dir was made from the same file with the same settings
    #[arg(long, help_heading = "Output")]
    pub resume: bool,
    /// Output format [default: by the extension of --output, else csv]
    #[arg(long, value_name = "FORMAT", value_parser = writers(), help_heading = "Output")]
    pub format: Option<&'static Writer>,
    /// Statuses that make the exit status 1, separated by commas, or `none`
    #[arg(
        long,
        value_name = "STATUSES",
        default_value = "nonfinite,empty",
        value_parser = statuses,
        help_heading = "Output"
    )]
    pub fail_on: StatusList,

    /// Show what would be read, as which layout, how much, and where it would be written; decode nothing
    #[arg(long, help_heading = "Run")]
    pub dry_run: bool,
    /// Allow K inputs that cannot be decoded before the exit status is 3; they keep their rows
    #[arg(long, value_name = "K", default_value_t = 0, allow_negative_numbers = true, help_heading = "Run")]
    pub max_failures: usize,
    /// Worker threads [default: one for each core]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=1024),
        help_heading = "Run"
    )]
    pub threads: Option<u16>,
    /// Print only errors to standard error
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Run")]
    pub quiet: bool,
    /// Print how each input is read; with --dry-run, also the settings
    #[arg(long, short, help_heading = "Run")]
    pub verbose: bool,
    /// When to show progress on standard error; `always` without a terminal prints a line every 30 s
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Run")]
    pub progress: When,
}

/// How inputs are understood: `decode` and `info`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct ReadingArgs {
    /// Axes of the array in the order of its shape: each of N, C, H, W, D at most once
    #[arg(long, value_name = "AXES")]
    pub layout: Option<Layout>,
    #[arg(
        long,
        value_name = "WHICH",
        value_parser = affines(),
        conflicts_with_all = ["reference", "spacing"],
        help = affine_help()
    )]
    pub affine: Option<AffineChoice>,
    /// Volume whose affine is used for arrays of its spatial shape; needs --layout
    #[arg(long, value_name = "FILE", requires = "layout", conflicts_with = "spacing")]
    pub reference: Option<PathBuf>,
    /// Voxel sizes of an array in mm, along h, w, d, which become x, y, z
    #[arg(long, value_name = "H,W,D", value_parser = spacing)]
    pub spacing: Option<Spacing>,
    /// Which array of an .npz [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
}

/// `softargmax argmax`.
#[derive(Debug, Args)]
pub struct ArgmaxArgs {
    /// An array of any rank, or `-` for standard input
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
    /// Dimension to reduce; negative ones count from the end [default: the flattened array]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub dim: Option<i64>,
    /// Keep reduced dimensions with length 1
    #[arg(long)]
    pub keepdim: bool,
    /// Compute the expected index under the softmax, as f64, instead of the index of the largest value
    #[arg(long)]
    pub soft: bool,
    /// Temperature T of the softmax; finite and > 0 [default: 1]
    #[arg(long, value_name = "T", value_parser = positive, allow_negative_numbers = true, requires = "soft")]
    pub temperature: Option<f64>,
    /// Which array of an .npz [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
    /// Write .npy to FILE [default: standard output; a single number is printed as text]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `softargmax info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Files, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Also read the values and show their range
    #[arg(long)]
    pub range: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: InfoFormat,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// `--progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// if standard error is a terminal
    Auto,
    /// always
    Always,
    /// never
    Never,
}

/// `info --format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InfoFormat {
    /// for people
    Text,
    /// for programs
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
