//! Where an input is, and what a caller says about opening it.
//!
//! Standard input is a location of its own, because it has no length, no name and no neighbours: a
//! pair of header and image cannot be read from it.

use std::fmt;
use std::path::PathBuf;

/// Where an input is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file or a FIFO.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Path(path) => write!(f, "{}", path.display()),
            Location::Stdin => f.write_str("-"),
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
