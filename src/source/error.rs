//! Why an input could not be read: what was expected, what was found, and what helps.

use super::gzip::GzipError;
use super::nifti::NiftiError;
use super::npy::NpyError;
use super::npz::NpzError;
use super::{READERS, Reader, formats};
use crate::geometry::ShapeError;
use std::io;
use std::path::PathBuf;

/// An input that could not be read. It does not name the input: whoever opened it knows its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The operating system refused or failed.
    #[error("expected a readable file, found: {0}")]
    Io(#[from] io::Error),
    /// The values of a stream could not be kept for a method that looks at some of them again.
    #[error("failed to keep the values of a stream in a temporary file: {0}")]
    Spool(#[source] io::Error),
    /// A directory, a device or a socket.
    #[error("expected a regular file, a FIFO or `-`, found a {found}")]
    Special {
        /// What it is.
        found: &'static str,
    },
    /// No bytes at all.
    #[error("expected {}, found no bytes", formats())]
    Empty,
    /// The first bytes are those of no known format.
    #[error("expected {}, found a file that begins with {}", formats(), excerpt(found))]
    Unknown {
        /// The first bytes.
        found: Vec<u8>,
    },
    /// A format that is recognised, and not read.
    #[error("expected {}, found {name}", formats())]
    Refused {
        /// The format.
        name: &'static str,
        /// What converts it.
        hint: &'static str,
    },
    /// The input ends inside a header.
    #[error("expected {expected} bytes of {part}, found {found}")]
    HeaderTruncated {
        /// Which header.
        part: &'static str,
        /// Its length.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// The input ends before the last value.
    #[error("expected {expected} bytes of values, found {found}")]
    Truncated {
        /// What the header declares.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// The header declares more than the compressed bytes could ever hold.
    #[error("expected {expected} bytes of values, found compressed data that holds at most {at_most}")]
    Overdrawn {
        /// What the header declares.
        expected: u64,
        /// The most that the compressed bytes can inflate to.
        at_most: u64,
    },
    /// The file became shorter after it was opened.
    #[error("file shrank while it was read: expected {expected} bytes of values, found {found}")]
    Shrank {
        /// What was there when it was opened.
        expected: u64,
        /// The bytes that are there now.
        found: u64,
    },
    /// The declared shape does not fit this machine.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Damaged gzip data.
    #[error(transparent)]
    Gzip(#[from] GzipError),
    /// A defective or unreadable `.npy`.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// A defective or unreadable `.npz`.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// A defective or unreadable NIfTI.
    #[error(transparent)]
    Nifti(#[from] NiftiError),
    /// The other file of a pair could not be read.
    #[error("failed to read its pair `{}`: {source}", path.display())]
    Partner {
        /// The other file.
        path: PathBuf,
        /// Why.
        source: Box<SourceError>,
    },
}

impl SourceError {
    /// What helps, where something does.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            SourceError::Special { found: "directory" } => {
                Some("give the files in it, or a `.npy` made from it".into())
            }
            SourceError::Special { .. } => Some("pipe its bytes in and read `-`".into()),
            SourceError::Empty | SourceError::HeaderTruncated { .. } | SourceError::Truncated { .. } => {
                Some("the file is incomplete: copy or export it again".into())
            }
            SourceError::Overdrawn { .. } | SourceError::Shape(_) => {
                Some("the header is damaged: export the file again".into())
            }
            SourceError::Unknown { .. } => Some(READERS.iter().map(describe).collect::<Vec<_>>().join("; ")),
            SourceError::Refused { hint, .. } => Some((*hint).into()),
            SourceError::Shrank { .. } => Some("wait until nothing writes to the file any more".into()),
            SourceError::Gzip(error) => Some(error.hint().into()),
            SourceError::Npy(error) => error.hint().map(Into::into),
            SourceError::Npz(error) => Some(error.hint().into()),
            SourceError::Nifti(error) => error.hint().map(Into::into),
            SourceError::Partner { source, .. } => source.hint(),
            SourceError::Spool(_) => Some("`TMPDIR` names a directory with more room".into()),
            SourceError::Io(_) => None,
        }
    }
}

fn describe(reader: &Reader) -> String {
    format!("{} is {}", reader.name, reader.summary)
}

/// The first bytes as text where they are text, else in hexadecimal.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(16)];
    if bytes.is_empty() {
        "nothing".into()
    } else if bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        format!("`{}`", String::from_utf8_lossy(bytes))
    } else {
        bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
    }
}
