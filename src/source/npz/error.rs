//! Why an archive cannot be read, or why no array in it can be chosen.

use super::super::advice::Advice;
use super::super::error::FormatError;
use super::super::grouped::Grouped;
use crate::shown;

/// How many names an error lists.
///
/// An archive may hold thousands of arrays, and an error is read by a person.
const LISTED: usize = 12;

/// An archive that is defective, or in which no array can be chosen.
#[derive(Debug, thiserror::Error)]
pub(super) enum NpzError {
    /// The directory or an entry's place makes no sense.
    #[error("the zip archive is damaged: {0}")]
    Archive(&'static str),
    /// The archive is one of another program.
    ///
    /// torch.save writes zip archives as well, but no `.npy` in them.
    #[error("expected an archive of NumPy arrays, found {name}")]
    Foreign {
        /// What the archive is.
        name: &'static str,
        /// How to convert it.
        advice: Advice,
    },
    /// No entry is an array.
    #[error("expected an archive with an array, found {}", list(names, *count))]
    NoArray {
        /// The first entries' names.
        names: Vec<String>,
        /// How many entries there are.
        count: usize,
    },
    /// More than one array, and no key.
    #[error("the archive holds {count} arrays: {}", list(names, *count))]
    Ambiguous {
        /// The first arrays' names.
        names: Vec<String>,
        /// How many arrays there are.
        count: usize,
    },
    /// No array of that name.
    #[error("expected an array named `{}`, found {}", shown::text(key), list(names, *count))]
    Absent {
        /// The name asked for.
        key: String,
        /// The first arrays' names.
        names: Vec<String>,
        /// How many arrays there are.
        count: usize,
    },
    /// The entry is encrypted.
    ///
    /// NumPy never does that.
    #[error("entry `{}` is encrypted", shown::text(name))]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// The entry is compressed otherwise than by deflate.
    #[error(
        "expected a stored or deflated entry, found `{}` compressed by method {method}{}",
        shown::text(name), known(*method)
    )]
    Method {
        /// The entry.
        name: String,
        /// The method by its number in zip.
        method: u16,
    },
    /// The entry lies partly outside the file.
    ///
    /// Found before the first byte is read. The directory may be intact while the data in front of it
    /// is not.
    #[error(
        "the archive is truncated: expected {} bytes of entry `{}`, found {}",
        Grouped(*expected),
        shown::text(name),
        Grouped(*found)
    )]
    Place {
        /// The entry.
        name: String,
        /// As declared.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// The compressed data is not a deflate stream.
    #[error("the entry is damaged after {} bytes", Grouped(*inflated))]
    Corrupt {
        /// Inflated bytes so far.
        inflated: u64,
    },
    /// The entry's length is not the declared one.
    ///
    /// The first byte too many already gives this error, so that an entry cannot inflate without end.
    #[error(
        "the entry is damaged: expected {} bytes, found {}{}",
        Grouped(*expected),
        if found > expected { "at least " } else { "" },
        Grouped(*found)
    )]
    Length {
        /// As declared.
        expected: u64,
        /// As counted. If it is more than declared, counting stopped there.
        found: u64,
    },
    /// The entry's checksum is not the declared one.
    ///
    /// The declared one is in the directory.
    #[error("the entry is damaged: expected CRC-32 {expected:08x}, found {found:08x}")]
    Checksum {
        /// As declared.
        expected: u32,
        /// As computed.
        found: u32,
    },
}

impl FormatError for NpzError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            NpzError::Ambiguous { names, .. } | NpzError::Absent { names, .. } => {
                Advice::Key { names: names.clone() }
            }
            NpzError::Foreign { advice, .. } => advice.clone(),
            NpzError::NoArray { .. } => "save arrays with `numpy.savez`".into(),
            NpzError::Encrypted { .. } | NpzError::Method { .. } => {
                "save it again with `numpy.savez_compressed`".into()
            }
            _ => "check the archive with `unzip -t FILE`, and copy or export it again".into(),
        })
    }
}

/// The name of a method of zip, in brackets, if it is a known one.
fn known(method: u16) -> &'static str {
    match method {
        9 => " (deflate64)",
        12 => " (bzip2)",
        14 => " (lzma)",
        93 => " (zstd)",
        95 => " (xz)",
        _ => "",
    }
}

/// Names as an error lists them.
///
/// `count` is how many there are; `names` may be fewer.
fn list(names: &[String], count: usize) -> String {
    let shown = names.iter().map(|name| format!("`{}`", shown::text(name))).collect::<Vec<_>>().join(", ");
    match count {
        0 => "none".to_owned(),
        _ if count > names.len() => format!("{shown} and {} more", count - names.len()),
        _ => shown,
    }
}

/// The first names, cut to a length that an error can carry.
///
/// At most 80 characters of each: a damaged directory can hold names of 64 KiB.
pub(super) fn first<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.take(LISTED).map(|name| name.chars().take(80).collect()).collect()
}
