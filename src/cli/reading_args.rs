//! The flags that say how an input is read, of `decode` and `info`.

use super::values::{Spacing, affine_help, affines, spacing};
use crate::affine_choice::AffineChoice;
use crate::geometry::Layout;
use clap::Args;
use std::path::PathBuf;

/// How inputs are understood: `decode` and `info`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct ReadingArgs {
    /// Axes of the array in the order of its shape: each of N, C, H, W, D at most once
    ///
    /// `1` is an axis of length 1 that is dropped, as in 1NCHWD.
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
    ///
    /// In FILE, {dir}, {name} and {stem} stand for the directory, the name, and the name without extensions
    /// of each input, so that each has a volume of its own, such as imagesTr/{stem}_0000.nii.gz.
    #[arg(long, value_name = "FILE", requires = "layout", conflicts_with = "spacing")]
    pub reference: Option<PathBuf>,
    /// Voxel sizes of an array in mm, along h, w, d, which become x, y, z
    #[arg(long, value_name = "H,W,D", value_parser = spacing)]
    pub spacing: Option<Spacing>,
    /// Name of the array to read from an .npz file that holds several [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
}
