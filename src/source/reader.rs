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
pub struct Reader {
    /// What it is called.
    pub name: &'static str,
    /// The extensions by which a directory walk knows it, each also with `.gz`.
    pub extensions: &'static [&'static str],
    /// What it is, in a line.
    pub summary: &'static str,
    /// The affines that its headers can hold, the best first; empty if they cannot hold any.
    pub affines: &'static [AffineKind],
    /// What the axes of its shapes are if nobody names them.
    pub layouts: &'static DefaultLayouts,
    /// Whether the first bytes, up to 1024, are its own.
    pub(super) sniff: fn(&[u8]) -> bool,
    /// Reads the header.
    pub(super) open: fn(Input, &OpenOptions) -> Result<Opened, SourceError>,
    /// The files that belong to one of its files.
    pub(super) companions: fn(&Path) -> Companions,
}

/// The files beside an input that belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Companions {
    /// The header that must be opened in its place, if the file holds values without a header.
    pub header: Option<PathBuf>,
    /// The files with its values, if the file is a header without values.
    pub values: Vec<PathBuf>,
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
