//! Why an input could not be read, and what helps.
//!
//! Each format has an error type of its own, in its own file. [`FormatError`] is all that this file knows of
//! them, so that a new format needs no edit here.
//!
//! Every message follows one pattern: what was expected, then what was found, with the numbers of
//! both. A reader of the message can tell a cut-off copy from a wrong export without a look at the
//! bytes.

use super::advice::Advice;
use super::grouped::Grouped;
use crate::geometry::ShapeError;
use crate::memory::OutOfMemory;
use crate::shown;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The error of one format: its `Display` says what is wrong, its advice says what helps.
pub trait FormatError: std::error::Error + Send + Sync + 'static {
    /// What helps, if anything does.
    fn advice(&self) -> Option<Advice>;
}

/// An input that could not be read. It does not name the input: whoever opened it knows its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The operating system refused or failed.
    #[error("{}", io_text(.0))]
    Io(#[from] io::Error),
    /// The values of a stream could not be kept for a method that reads some of them again.
    ///
    /// Apart from `Io`, because the input is sound here: the disk for temporary files is not.
    #[error(
        "failed to keep the values of a stream in a temporary file in `{}` (TMPDIR): {}",
        shown::path(&std::env::temp_dir()),
        plain_text(.0)
    )]
    Spool(#[source] io::Error),
    /// A directory, a device or a socket.
    #[error("expected a file or a FIFO, found a {found}")]
    Special {
        /// What it is.
        found: &'static str,
    },
    /// A directory that could not be listed to its end.
    #[error("failed to list the directory to its end: {why}")]
    Unlisted {
        /// What the system said.
        why: String,
    },
    /// A link that leads nowhere.
    #[error("no such file: it is a link to `{}`, which is not there", shown::path(target))]
    DeadLink {
        /// Where it leads.
        target: PathBuf,
    },
    /// A link to a file that git-annex keeps, and that is not in this clone.
    #[error("the content is not there: it is a link into git-annex, `{}`", shown::path(target))]
    NotFetched {
        /// Where it leads.
        target: PathBuf,
    },
    /// No bytes at all.
    #[error("expected {known}, found no bytes")]
    Empty {
        /// The formats that are read.
        known: Formats,
    },
    /// The first bytes are those of no known format.
    #[error("expected {known}, found a file that begins with {}", excerpt(found))]
    Unknown {
        /// The formats that are read.
        known: Formats,
        /// The first bytes.
        found: Vec<u8>,
    },
    /// A format that is recognised, and not read.
    #[error("expected {known}, found {name}")]
    Refused {
        /// The formats that are read.
        known: Formats,
        /// The format that was found.
        name: &'static str,
        /// How to convert it.
        advice: Advice,
    },
    /// The input ends inside a header.
    ///
    /// Found before a field of that header is used.
    #[error(
        "the file is truncated: expected {} bytes of {part}, found {}",
        Grouped(*expected), Grouped(*found)
    )]
    HeaderTruncated {
        /// Which header.
        part: &'static str,
        /// Its length.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// The input ends before the last value.
    ///
    /// The usual reason is a copy or a download that stopped. A file tells this when it is opened, a
    /// stream when it ends.
    #[error(
        "the file is truncated: expected {} bytes of values, found {}",
        Grouped(*expected), Grouped(*found)
    )]
    Truncated {
        /// What the header declares.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// The header declares more than the compressed bytes could ever hold.
    ///
    /// Found without inflating anything, so that a small file cannot make the program work for hours.
    #[error(
        "expected {} bytes of values, found compressed data that holds at most {}",
        Grouped(*expected),
        Grouped(*at_most)
    )]
    Overdrawn {
        /// What the header declares.
        expected: u64,
        /// The most that the compressed bytes can inflate to.
        at_most: u64,
    },
    /// The file became shorter after it was opened.
    ///
    /// Something else writes to it, so the bytes that were read may be of two versions.
    #[error(
        "the file shrank while it was read: expected {} bytes of values, found {}",
        Grouped(*expected),
        Grouped(*found)
    )]
    Shrank {
        /// What was there when it was opened.
        expected: u64,
        /// The bytes that are there now.
        found: u64,
    },
    /// The declared shape does not fit this machine.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// There is no memory for what the input needs.
    #[error(transparent)]
    Memory(#[from] OutOfMemory),
    /// A defect that only one format can have.
    #[error("{0}")]
    Format(Box<dyn FormatError>),
    /// The other file of a pair could not be read.
    ///
    /// It names a path, unlike the other variants: the user may never have named this file.
    #[error("failed to read the other file of the pair, `{}`: {source}", shown::path(path))]
    Partner {
        /// The other file.
        path: PathBuf,
        /// Why.
        source: Box<SourceError>,
    },
}

impl<E: FormatError> From<E> for SourceError {
    fn from(error: E) -> SourceError {
        SourceError::Format(Box::new(error))
    }
}

impl SourceError {
    /// What helps, if anything does.
    #[must_use]
    pub fn advice(&self) -> Option<Advice> {
        match self {
            SourceError::Special { found: "directory" } => {
                Some("give the files in it, or a `.npy` made from it".into())
            }
            SourceError::Special { .. } => Some(Advice::StandardInput),
            SourceError::Empty { .. }
            | SourceError::HeaderTruncated { .. }
            | SourceError::Truncated { .. } => Some("the file is incomplete: copy or export it again".into()),
            SourceError::Overdrawn { .. } | SourceError::Shape(_) => {
                Some("the header is damaged: export the file again".into())
            }
            SourceError::Unknown { known, .. } => Some(Advice::Text(known.describe().into())),
            SourceError::Refused { advice, .. } => Some(advice.clone()),
            SourceError::Shrank { .. } => Some("wait until nothing writes to the file".into()),
            SourceError::Format(error) => error.advice(),
            SourceError::Partner { source, .. } => source.advice(),
            SourceError::Spool(_) => Some(Advice::TemporaryDirectory),
            SourceError::Unlisted { .. } => Some(
                "files in it may have no rows: run again once it can be listed, or name its files".into(),
            ),
            SourceError::NotFetched { .. } => Some(FETCH.into()),
            SourceError::Memory(_) => Some(Advice::Memory),
            SourceError::Io(_) | SourceError::DeadLink { .. } => None,
        }
    }
}

/// How the content of a file comes that git-annex keeps elsewhere.
pub(super) const FETCH: &str = "`git annex get FILE` or `datalad get FILE` fetches it";

/// The formats that are read, as an error lists them: `npy, npz, NIfTI, MetaImage or NRRD`.
///
/// Pairs of name and summary, in the order of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formats(Vec<(&'static str, &'static str)>);

impl Formats {
    /// Lists formats by name and summary.
    pub(super) fn new(formats: impl Iterator<Item = (&'static str, &'static str)>) -> Formats {
        Formats(formats.collect())
    }

    /// What each format is.
    fn describe(&self) -> String {
        let lines: Vec<String> =
            self.0.iter().map(|(name, summary)| format!("{name} is {summary}")).collect();
        lines.join("; ")
    }
}

impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|&(name, _)| name).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => write!(f, "{} or {last}", rest.join(", ")),
            _ => f.write_str(&names.concat()),
        }
    }
}

/// What the system says, in plain words for what happens most.
///
/// The number of the error is cut off; the system's text stays.
fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => format!("the system failed to read it: {}", system_text(error)),
    }
}

/// As [`system_text`], for the end of a sentence.
fn plain_text(error: &io::Error) -> String {
    let text = system_text(error);
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// The system's text without the number of the error, which says nothing to most readers.
pub(super) fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// The first bytes, as text if they are text, else in hexadecimal.
///
/// At most 16 bytes, and text only if all of them are printable ASCII: a terminal must not get control
/// bytes out of a file.
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
