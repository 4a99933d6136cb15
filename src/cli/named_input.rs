//! An input with the name by which its output is called.

use crate::source::Location;
use std::path::PathBuf;

/// An input, and what it is called below the directory that it was found in.
#[derive(Clone, Debug)]
pub(super) struct NamedInput {
    /// Where it is.
    pub(super) location: Location,
    /// Its path relative to the directory that was named; the file's name if the file itself was named.
    pub(super) relative: PathBuf,
}

impl NamedInput {
    /// An input that was named itself.
    pub(super) fn new(location: Location) -> NamedInput {
        let relative = match &location {
            Location::Path(path) => path.file_name().map_or_else(|| path.clone(), PathBuf::from),
            // `.` and `..` have a name too.
            Location::Unlisted { path, .. } => {
                let path = path.canonicalize().unwrap_or_else(|_| path.clone());
                path.file_name().map_or_else(|| "directory".into(), PathBuf::from)
            }
            Location::Stdin => "stdin".into(),
        };
        NamedInput { location, relative }
    }
}
