//! The flags of `decode`, as they are typed. `report` has them too.

use super::directory_args::DirectoryArgs;
use super::limit_args::LimitArgs;
use super::output_args::OutputArgs;
use super::reading_args::ReadingArgs;
use super::study_args::StudyArgs;
use super::threshold::Threshold;
use super::values::{
    CropOrigin, FAIL_ON, MethodChoice, MethodParser, crop_origin, fail_on, fail_on_help, fail_on_long_help,
    format_help, format_long_help, frames, inputs_help, method_help, method_long_help, norms, positive,
    stride, writers,
};
use crate::geometry::{Frame, Length, Norm, Order, Stride};
use crate::plan::FailOn;
use crate::sink::{Coords, Writer};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax decode`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(
    after_help = "`softargmax methods` explains the methods; `--help` has every option.",
    after_long_help = "One bad input never costs another its rows: an input that cannot be decoded has one \
row with the status `unreadable`, and the exit status is 3 if there are more of them than --max-failures."
)]
pub struct DecodeArgs {
    #[arg(
        required_unless_present = "files_from",
        value_name = "INPUT",
        help = "Files (also gzipped), directories, or `-` for standard input",
        long_help = inputs_help()
    )]
    pub inputs: Vec<PathBuf>,

    #[arg(
        long,
        value_name = "METHOD",
        value_parser = MethodParser,
        hide_possible_values = true,
        help = method_help(),
        long_help = method_long_help()
    )]
    pub method: Option<MethodChoice>,
    /// Temperature of the softmax [default: 1]
    ///
    /// Voxels weigh exp(value / T): the lower T, the more the largest values decide. Finite and > 0.
    #[arg(
        long,
        value_name = "T",
        value_parser = positive,
        allow_negative_numbers = true,
        conflicts_with = "beta"
    )]
    pub temperature: Option<f64>,
    /// Any of normalized,voxel,world [default: normalized]
    ///
    /// The spaces in which coordinates are written, separated by commas: relative to the heatmap's extent,
    /// voxel indices from 0, or millimetres. Millimetres need an affine: see --affine, --reference and
    /// --spacing.
    #[arg(long, value_name = "SPACES")]
    pub coords: Option<Coords>,
    /// Add the largest voxel, its value and its distance
    ///
    /// The largest voxel in the same spaces, its value, and how far the answer lies from it. Up to half a
    /// voxel along each axis is normal, as peaks lie between voxels; the flags say what is doubtful.
    #[arg(long)]
    pub compare: bool,
    /// Add how far each answer may be off
    ///
    /// From the noise and the peak of the map itself: the standard error of each coordinate, its covariance,
    /// and the radius that holds the truth 95 times of 100. A systematic error of the network is not in it.
    #[arg(long)]
    pub uncertainty: bool,
    /// Decode as FILE says, which calibrate wrote, with its radii
    ///
    /// Method, temperature, threshold, --ignore-nan and --stride are those of the file; an option that says
    /// something else is an error. It implies --uncertainty, and error95 is the radius of the calibration.
    /// Inputs that it was not made for, by their channels or the sizes of their voxels, are `unreadable`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["peaks", "average", "unflip"])]
    pub calibration: Option<PathBuf>,
    /// Landmark names from FILE, one a line
    ///
    /// One for each channel of the input, or for each that --channels chose, in the order of the file.
    #[arg(long, value_name = "FILE", conflicts_with = "label_names")]
    pub labels: Option<PathBuf>,
    /// Write to FILE [default: CSV to standard output]
    ///
    /// The file appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = writers(),
        hide_possible_values = true,
        help = format_help(),
        long_help = format_long_help()
    )]
    pub format: Option<&'static Writer>,
    /// Write one output for each input below DIR
    ///
    /// Its path is that of the input below the directory that was named, plus the extension of --format.
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub output_dir: Option<PathBuf>,
    /// Skip inputs that an earlier run has done
    ///
    /// With --output-dir, an input is done if its output was made from the same file with the same settings.
    /// With -o (CSV, TSV, NDJSON) the same holds for its rows; the table is written as a whole at the end.
    #[arg(long)]
    pub resume: bool,
    #[arg(
        long,
        value_name = "LIST",
        default_value = FAIL_ON,
        hide_default_value = true,
        value_parser = fail_on,
        help = fail_on_help(),
        long_help = fail_on_long_help()
    )]
    pub fail_on: FailOn,
    /// Show what would be done, and decode nothing
    ///
    /// What would be read, as which layout, how much, and where it would be written.
    #[arg(long)]
    pub dry_run: bool,

    /// How far from the largest voxel a method looks, in voxels, or in millimetres such as 5mm; for methods
    /// with a parameter `radius`
    #[arg(long, value_name = "R", allow_negative_numbers = true, help_heading = "Method")]
    pub radius: Option<String>,
    /// How the method mean turns values into weights: relu, none, sigmoid, softmax or power:ALPHA
    #[arg(long, value_name = "NAME", help_heading = "Method")]
    pub activation: Option<String>,
    /// The same as --temperature 1/B: voxels weigh exp(B * value); finite and > 0
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
    /// A heatmap whose largest value is below V has no landmark: its status is `missing`
    ///
    /// With --peaks, r:F leaves out further peaks that are lower than F times the largest value, such as
    /// r:0.5. For floating-point files without slope and intercept, V is rounded as the file rounds its
    /// values, so that 0.7 keeps a map whose largest value was 0.7.
    #[arg(long, value_name = "V", allow_negative_numbers = true, help_heading = "Method")]
    pub threshold: Option<Threshold>,
    /// Give NaN voxels no weight; without it, a heatmap with NaN is `nonfinite`
    #[arg(long, help_heading = "Method")]
    pub ignore_nan: bool,

    /// Read paths from FILE, or from standard input with `-`, one a line, and decode each as it arrives
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["inputs", "include", "exclude", "hidden"],
        help_heading = "Input"
    )]
    pub files_from: Option<PathBuf>,
    /// Each path of --files-from ends with NUL instead of a line break, as `find -print0` writes them
    #[arg(short = '0', long, help_heading = "Input")]
    pub null: bool,
    #[command(flatten)]
    pub directories: DirectoryArgs,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// For heatmaps coarser than the image: how many image voxels there are for each heatmap voxel; one
    /// number, or three along h, w, d
    ///
    /// Voxel coordinates are then those of the image. Fractions are allowed.
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
    #[command(flatten)]
    pub study: StudyArgs,

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
    /// Signs of world coordinates [default: ras; lps for the formats of 3D Slicer]
    #[arg(long, value_name = "FRAME", value_parser = frames(), help_heading = "Output")]
    pub frame: Option<Frame>,
    /// Add how widely the softmax is spread over the heatmap: standard deviation, covariance, entropy,
    /// probability of the largest voxel, logarithm of the sum of weights
    ///
    /// It describes the softmax at this temperature and is not an error of the answer: a sharper softmax of
    /// the same map has less of it. For the error there is --uncertainty.
    #[arg(long, help_heading = "Output")]
    pub stats: bool,
    /// Draw a sheet for each input below DIR: three slices of each landmark, with the answer and the
    /// largest voxel
    ///
    /// The heatmaps are read a second time for it. `report` makes a page of the same slices.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub png: Option<PathBuf>,
    #[command(flatten)]
    pub form: OutputArgs,
    /// Write every number with exactly K decimals [default: as many as are needed to keep every bit]
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u8).range(0..=100),
        help_heading = "Output"
    )]
    pub digits: Option<u8>,
    /// Allow K inputs that cannot be decoded before the exit status is 3; they keep their rows
    #[arg(long, value_name = "K", default_value_t = 0, allow_negative_numbers = true, help_heading = "Run")]
    pub max_failures: usize,
    #[command(flatten)]
    pub limits: LimitArgs,
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
