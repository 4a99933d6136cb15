//! A row of the table of landmark formats: all that the program knows of one.

use super::error::{Problem, WriteError};
use super::point::{Grid, PointSet};
use crate::geometry::Frame;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a landmark file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Its format; `None`: told by its content.
    pub format: Option<&'static Format>,
    /// The frame of its millimetres, for formats that do not state one.
    pub from_frame: Option<Frame>,
    /// Whether its coordinates are voxels, for formats that state no unit.
    pub in_voxels: bool,
    /// The image that its landmarks belong to: gives voxels their millimetres, and millimetres their voxels.
    pub grid: Option<Grid>,
}

/// How a landmark file is written.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// The frame of its millimetres; `None`: that which the format has by default.
    pub frame: Option<Frame>,
    /// The number of decimals; `None`: as few as read back to the same number.
    pub digits: Option<usize>,
    /// The grid of a label map, and of formats that need one.
    pub grid: Option<Grid>,
    /// The edge of a landmark's cube in a label map, in voxels; odd.
    pub cube: usize,
    /// Whether an image is compressed.
    pub gzip: bool,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions { frame: None, digits: None, grid: None, cube: 3, gzip: false }
    }
}

/// A landmark file that is being read.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// Its path.
    pub path: &'a Path,
    /// All its bytes, or the first ones if it is no text.
    pub bytes: &'a [u8],
    /// Whether it is text.
    pub is_text: bool,
}

impl<'a> Content<'a> {
    /// Its bytes without a byte order mark.
    #[must_use]
    pub(super) fn unmarked(&self) -> &'a [u8] {
        self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.bytes)
    }

    /// It as text, without a byte order mark.
    pub(super) fn text(&self) -> Result<&'a str, Problem> {
        std::str::from_utf8(self.unmarked()).map_err(|error| {
            let before = &self.unmarked()[..error.valid_up_to()];
            Problem::NotText { line: before.split(|&byte| byte == b'\n').count() as u64 }
        })
    }

    /// The first line that is not empty, as far as it is UTF-8; empty if it is no text.
    #[must_use]
    pub(super) fn first_line(&self) -> &'a str {
        if !self.is_text {
            return "";
        }
        let mut lines = self.unmarked().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
        std::str::from_utf8(line).unwrap_or_default()
    }

    /// Whether it begins as JSON does.
    #[must_use]
    pub(super) fn is_json(&self) -> bool {
        self.is_text && matches!(self.unmarked().trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// Whether it is JSON in which each of these strings stands as a key or a value.
    #[must_use]
    pub(super) fn is_json_with(&self, names: &[&str]) -> bool {
        let stands = |name: &&str| {
            let quoted = format!("\"{name}\"");
            self.bytes.windows(quoted.len()).any(|window| window == quoted.as_bytes())
        };
        self.is_json() && names.iter().all(stands)
    }
}

/// Reads a file of the format. Positions come as the file has them; [`read`](super::read()) completes them.
pub type Read = fn(&Content<'_>, &ReadOptions) -> Result<PointSet, Problem>;

/// Writes a file of the format.
pub type WritePoints = fn(&mut dyn Write, &PointSet, &WriteOptions) -> Result<(), WriteError>;

/// What a format has room for.
#[expect(clippy::struct_excessive_bools, reason = "each is a part of a landmark of its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Positions: in which space.
    pub space: Space,
    /// Landmarks of several images, with the names of their files.
    pub images: bool,
    /// Names.
    pub labels: bool,
    /// Landmarks that are missing; `false`: they are left out.
    pub missing: bool,
    /// Several landmarks of one name.
    pub doubled: bool,
    /// Why a landmark has no position, what is doubtful about it, how far it may be off, and further columns.
    pub remarks: bool,
    /// Whether it tells landmarks apart by numbers, with or without names beside them.
    pub numbers: bool,
}

/// In which space a format has positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Voxels and millimetres, whichever are there.
    Any,
    /// Millimetres.
    World,
    /// Voxels.
    Voxel,
    /// Millimetres if they are there, else voxels.
    Either,
}

/// A file that belongs to a landmark file.
#[derive(Clone, Copy, Debug)]
pub struct Sidecar {
    /// Where it is, by the path of the landmark file.
    pub path: fn(&Path) -> PathBuf,
    /// Writes it.
    pub write: WritePoints,
}

/// One landmark format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name on the command line.
    pub name: &'static str,
    /// What the names of its files end with, without the first dot: of several formats with one ending, that
    /// which it chooses stands first in the table.
    pub extensions: &'static [&'static str],
    /// One line of help.
    pub summary: &'static str,
    /// Whether it says in which frame its millimetres are, by a field or by its definition.
    pub states_frame: bool,
    /// What it has room for.
    pub holds: Holds,
    /// Whether a file is in this format, by its content.
    pub sniff: fn(&Content<'_>) -> bool,
    /// Reads it.
    pub read: Read,
    /// Writes it; `None` if it is only read.
    pub write: Option<WritePoints>,
    /// The file beside it that says what it means; `None` if it says that itself.
    pub sidecar: Option<Sidecar>,
}
