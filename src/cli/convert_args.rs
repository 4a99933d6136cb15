//! The flags of `convert`, as they are typed.

use super::points_values::{FromFrame, formats, formats_help, odd, targets};
use super::values::frames;
use crate::geometry::Frame;
use crate::points::Format;
use clap::Args;
use std::path::PathBuf;

/// `softargmax convert`.
#[derive(Debug, Args)]
#[command(after_long_help = formats_help())]
pub struct ConvertArgs {
    /// A landmark file, or `-` for standard input; its format is told by its content
    #[arg(value_name = "LANDMARKS")]
    pub input: PathBuf,
    /// Write to FILE [default: standard output]
    ///
    /// The file appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Format of LANDMARKS [default: told by its content]
    #[arg(long, value_name = "NAME", value_parser = formats(), hide_possible_values = true)]
    pub from: Option<&'static Format>,
    /// Format of the output [default: by the extension of FILE, else csv]
    #[arg(long, value_name = "NAME", value_parser = targets(), hide_possible_values = true)]
    pub to: Option<&'static Format>,
    /// What the coordinates of LANDMARKS are, if the file does not say
    #[arg(long, value_name = "FRAME")]
    pub from_frame: Option<FromFrame>,
    /// Signs of the millimetres that are written [default: those that are usual for the format]
    #[arg(long, value_name = "FRAME", value_parser = frames(), hide_possible_values = true)]
    pub frame: Option<Frame>,
    /// The image that the landmarks belong to
    ///
    /// Its affine turns voxels into millimetres and millimetres into voxels; a label map gets its grid.
    #[arg(long, value_name = "IMAGE")]
    pub like: Option<PathBuf>,
    /// Edge of each landmark's cube in a label map, in voxels; odd
    #[arg(long, value_name = "N", default_value = "3", value_parser = odd)]
    pub cube: usize,
    /// Decimals in text formats [default: as few as read back to the same number]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(..=17))]
    pub digits: Option<u8>,
}
