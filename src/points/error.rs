//! Why a landmark file cannot be read or written, as data.

use crate::geometry::Frame;
use crate::memory::OutOfMemory;
use crate::shown;
use crate::source::SourceError;
use std::io;
use std::path::{Path, PathBuf};

/// A landmark file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[error("failed to read the landmarks of `{}`", shown::path(path))]
pub struct PointsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

impl PointsError {
    /// About the file at `path`.
    pub(super) fn new(path: &Path, problem: Problem) -> PointsError {
        PointsError { path: path.to_owned(), problem }
    }
}

/// What is wrong with a landmark file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It cannot be opened or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is an image that cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no memory for it.
    #[error(transparent)]
    Memory(#[from] OutOfMemory),
    /// It is a stream of an image or an array.
    #[error("expected text, found an image or an array, which are read from files only")]
    Piped,
    /// It is larger than a list of landmarks can be.
    #[error("expected at most {limit} bytes of text, found {found}")]
    TooLarge {
        /// How large it may be.
        limit: u64,
        /// How large it is.
        found: u64,
    },
    /// It is in no known format.
    #[error("expected a landmark file ({}), found {found}", known.join(", "))]
    Unknown {
        /// The formats by name.
        known: Vec<&'static str>,
        /// What it looks like.
        found: String,
    },
    /// It is text that is not UTF-8.
    #[error("expected UTF-8 text, found other bytes{}", at_line(*line))]
    NotText {
        /// The line; 0 if it is not known.
        line: u64,
    },
    /// It is no JSON.
    #[error("expected JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A part of it is absent, or something else.
    #[error("expected {expected}, found {}", shown::text(found))]
    Unexpected {
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A part of one landmark is absent, or something else.
    #[error("{}: expected {expected}, found {}", shown::text(place), shown::text(found))]
    At {
        /// Where: `line 3`, `controlPoints[2]`.
        place: String,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A column stands twice in the header.
    #[error("expected each column once, found `{}` twice", shown::text(column))]
    DoubledColumn {
        /// Its name.
        column: String,
    },
    /// The format has no room for the frame, and it was not said.
    #[error("the format {format} does not state the frame of its coordinates (RAS or LPS)")]
    NoFrame {
        /// The format.
        format: &'static str,
    },
    /// The format has room neither for the frame nor for the unit, and they were not said.
    #[error("the format {format} states neither the unit nor the frame of its coordinates")]
    NoUnit {
        /// The format.
        format: &'static str,
    },
    /// The file states another frame than it was said to have.
    #[error(
        "it states that its frame is {}, and not {}",
        stated.name().to_uppercase(), asked.name().to_uppercase()
    )]
    FrameStated {
        /// The frame of the file.
        stated: Frame,
        /// The frame that was asked for.
        asked: Frame,
    },
    /// It needs the grid of an image.
    #[error("the format {format} needs the image that its landmarks belong to: {why}")]
    NoGrid {
        /// The format.
        format: &'static str,
        /// What for.
        why: &'static str,
    },
}

fn at_line(line: u64) -> String {
    if line == 0 { String::new() } else { format!(" in line {line}") }
}

/// Landmarks that cannot be written in a format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The format is only read.
    #[error("the format {format} is read and not written")]
    ReadOnly {
        /// The format.
        format: &'static str,
    },
    /// The format holds the landmarks of one image.
    #[error("the format {format} holds the landmarks of one image, found those of {found}")]
    SeveralImages {
        /// The format.
        format: &'static str,
        /// How many images there are.
        found: usize,
    },
    /// The format holds one landmark for each name.
    #[error(
        "the format {format} holds one landmark for each name, found several called `{}`",
        shown::text(name)
    )]
    Doubled {
        /// The format.
        format: &'static str,
        /// The name.
        name: String,
    },
    /// The format holds positions in mm, and there are only voxels.
    #[error("the format {format} holds millimetres, found only voxels for `{}`", shown::text(name))]
    NeedsMillimetres {
        /// The format.
        format: &'static str,
        /// The first landmark without millimetres.
        name: String,
    },
    /// The format holds positions in voxels, and there are only millimetres.
    #[error("the format {format} holds voxels, found only millimetres for `{}`", shown::text(name))]
    NeedsVoxels {
        /// The format.
        format: &'static str,
        /// The first landmark without voxels.
        name: String,
    },
    /// The format needs the grid of an image.
    #[error("the format {format} needs the grid of an image")]
    NeedsGrid {
        /// The format.
        format: &'static str,
    },
    /// The format has one frame only.
    #[error("the format {format} is always in {}, found that {} is asked for",
        holds.name().to_uppercase(), asked.name().to_uppercase())]
    Frame {
        /// The format.
        format: &'static str,
        /// Its frame.
        holds: Frame,
        /// The frame asked for.
        asked: Frame,
    },
    /// The format has voxels and so no frame.
    #[error("the format {format} holds voxels, which have no frame")]
    NoFrame {
        /// The format.
        format: &'static str,
    },
    /// The format needs the number of each landmark.
    #[error("the format {format} needs {expected}, found `{}`", shown::text(name))]
    NeedsNumber {
        /// The format.
        format: &'static str,
        /// What it needs.
        expected: &'static str,
        /// The landmark that does not fit.
        name: String,
    },
    /// A landmark does not lie in the image.
    #[error("expected every landmark in the image, found `{}` outside it", shown::text(name))]
    Outside {
        /// The first that lies outside.
        name: String,
    },
    /// Two landmarks would take the same voxel.
    #[error("the cubes of `{}` and `{}` share voxels", shown::text(first), shown::text(second))]
    Overlap {
        /// One landmark.
        first: String,
        /// The other.
        second: String,
    },
    /// There is no memory for the image.
    #[error(transparent)]
    Memory(#[from] OutOfMemory),
}
