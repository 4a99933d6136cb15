//! A row of the table of readers: all that the program knows of a format.
//!
//! Sniffing, directory walks, help, `--affine`, default layouts and the record of `--resume` read these
//! fields, so that a format is one file and one row.

use super::error::{Formats, SourceError};
use super::header::Opened;
use super::input::Input;
use super::location::OpenOptions;
use crate::geometry::{AffineKind, DefaultLayouts};
use std::path::{Path, PathBuf};

/// One container that is read.
///
/// The fields are data and plain functions, so that the table is a constant and a test can bring its
/// own.
pub struct Reader {
    /// What it is called.
    pub name: &'static str,
    /// The extensions by which a directory walk knows it, each also with `.gz`.
    pub extensions: &'static [&'static str],
    /// What it is, in a line.
    pub summary: &'static str,
    /// The affines that its headers can hold, the best first; empty if they cannot hold any.
    ///
    /// An empty list says that the format holds arrays, not volumes in space: their affine has to come
    /// from elsewhere.
    pub affines: &'static [AffineKind],
    /// What the axes of its shapes are if nobody names them.
    pub layouts: &'static DefaultLayouts,
    /// Whether the first bytes, up to 1024, are its own.
    ///
    /// It may get fewer bytes than 1024 from a short or cut-off input, and must not claim another
    /// format's.
    pub(super) sniff: fn(&[u8]) -> bool,
    /// Reads the header.
    ///
    /// It reads up to the values and no further. It must compare declared lengths before it takes
    /// memory.
    pub(super) open: fn(Input, &OpenOptions) -> Result<Opened, SourceError>,
    /// The files that belong to one of its files.
    ///
    /// It goes by names and may look at the file system. It gets every path, also those of other
    /// formats.
    pub(super) companions: fn(&Path) -> Companions,
}

/// The files beside an input that belong to it.
///
/// A walk that meets both files of a pair must count them as one input, and whoever compares a file's
/// age or size must look at both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Companions {
    /// The header that must be opened in its place, if the file holds values without a header.
    pub header: Option<PathBuf>,
    /// The files with its values, if the file is a header without values.
    pub values: Vec<PathBuf>,
    /// Whether the header names them: then they need not be called as it is.
    pub is_named: bool,
}

impl Companions {
    /// For formats whose files stand alone.
    pub(super) fn none(_: &Path) -> Companions {
        Companions::default()
    }

    /// Every one of them.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.header.iter().chain(&self.values)
    }
}

/// The names and summaries of the formats, for errors.
pub(super) fn formats(readers: &[Reader]) -> Formats {
    Formats::new(readers.iter().map(|reader| (reader.name, reader.summary)))
}
