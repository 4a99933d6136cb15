//! The command line as it is typed: names, help and syntax, and nothing about what it means here.

use super::calibrate_args::CalibrateArgs;
use super::convert_args::ConvertArgs;
pub(super) use super::decode_args::{DecodeArgs, When};
use super::directory_args::DirectoryArgs;
use super::encode_args::EncodeArgs;
use super::eval_args::EvalArgs;
use super::listing_args::{CompletionsArgs, ManArgs, MethodsArgs};
use super::reading_args::ReadingArgs;
use super::report_args::ReportArgs;
use super::show_args::ShowArgs;
use super::values::positive;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What ends the help of the program.
const EXIT_STATUSES: &str = "\
    Exit status: 0 done; 1 a landmark has a status or flag of --fail-on, or the error of eval is above \
    --fail-above; 2 usage; 3 more inputs than \
    --max-failures could not be decoded; 4 the output could not be written; 70 a bug in this program; 129 \
    hung up; 130 interrupted; 143 terminated.";

/// Turn volumetric heatmaps into landmark coordinates.
#[derive(Debug, Parser)]
#[command(name = "softargmax", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = EXIT_STATUSES)]
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
    Info(Box<InfoArgs>),
    /// Convert landmark files between formats, frames and units
    Convert(Box<ConvertArgs>),
    /// Draw heatmaps of landmarks: the inverse of decode
    Encode(Box<EncodeArgs>),
    /// Measure how far predicted landmarks are from true ones
    Eval(Box<EvalArgs>),
    /// Learn from a known truth how to decode, and how far answers may be off
    Calibrate(Box<CalibrateArgs>),
    /// Make a page on which a person looks at landmarks, the worst first
    Report(Box<ReportArgs>),
    /// Show the slices of one landmark in a terminal
    Show(Box<ShowArgs>),
    /// List the methods of decode with their parameters, and the flags of a landmark
    Methods(MethodsArgs),
    /// Print what completes command lines in a shell
    Completions(CompletionsArgs),
    /// Write the manual pages to a directory
    Man(ManArgs),
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
    /// Name of the array to read from an .npz file that holds several [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
    /// Write .npy to FILE [default: standard output; a single number is printed as text]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `softargmax info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Files, directories, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Also read the values and show their range
    #[arg(long)]
    pub range: bool,
    /// Also read each input to its end, and verify its length and checksums
    ///
    /// The checksums are those of gzip and of .npz. The exit status is 3 if an input fails.
    #[arg(long)]
    pub verify: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: InfoFormat,
    #[command(flatten)]
    pub directories: DirectoryArgs,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// `info --format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InfoFormat {
    /// for people: a table if there are several inputs
    Text,
    /// for spreadsheets and programs, a row for each input
    Csv,
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
