//! Where an input is, and what a caller says about opening it.
//!
//! Standard input is a location of its own, because it has no length, no name and no neighbours: a
//! pair of header and image cannot be read from it.

use super::error::system_text;
use crate::shown;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Where an input is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file or a FIFO.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// A directory that was searched for inputs and could not be listed to its end: an unreadable input, so
    /// that what is missing shows.
    Unlisted {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl Location {
    /// A directory whose listing failed with `error`.
    #[must_use]
    pub fn unlisted(path: PathBuf, error: &io::Error) -> Location {
        Location::Unlisted { path, why: system_text(error) }
    }

    /// Its path; `None` for standard input.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Location::Path(path) | Location::Unlisted { path, .. } => Some(path),
            Location::Stdin => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            Some(path) => write!(f, "{}", shown::path(path)),
            None => f.write_str("-"),
        }
    }
}

/// What a caller says about opening an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Which array of an archive, by its name; `None` takes the only one.
    ///
    /// Formats that hold one array ignore it. Without a name, an archive of several arrays is an error:
    /// a guess would silently take the wrong one.
    pub key: Option<String>,
}
