//! Why landmarks cannot be compared, as data with text.

use crate::shown;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Why landmarks cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file has no landmark to compare with.
    #[error("`{}` holds no landmark that is there", shown::path(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There is no space in which all landmarks have coordinates.
    #[error("{}", no_space(wanted, held))]
    Space {
        /// The spaces that would do.
        wanted: Vec<&'static str>,
        /// What each file holds.
        held: Vec<Held>,
    },
    /// Landmarks have neither names nor channels that both files tell.
    #[error(
        "expected landmarks with a name or a channel in both files, found {} in one and {} in the other",
        or_none(one),
        or_none(other)
    )]
    NoLandmarkKey {
        /// What the landmarks of one file have.
        one: Vec<&'static str>,
        /// What those of the other have.
        other: Vec<&'static str>,
    },
    /// One file holds several cases, and the other does not say to which its landmarks belong.
    #[error(
        "`{}` holds landmarks of {count} files, and `{}` does not say to which of them its own belong",
        shown::path(path),
        shown::path(other)
    )]
    NoCaseKey {
        /// The file with several cases.
        path: PathBuf,
        /// How many.
        count: usize,
        /// The other one.
        other: PathBuf,
    },
    /// A column to match by is not in a file.
    #[error("`{}` has no column `{}`{}", shown::path(path), shown::text(column), other_columns(columns))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The columns that the file has.
        columns: Vec<String>,
    },
    /// No landmark of one file is in the other.
    #[error(
        "no landmark of `{}` is in `{}`, matched by {by}: expected one such as {expected}, found {found}",
        shown::path(truth),
        shown::path(predicted)
    )]
    NothingMatched {
        /// The predictions.
        predicted: PathBuf,
        /// The truth.
        truth: PathBuf,
        /// The columns.
        by: String,
        /// How the first landmark of the truth is called.
        expected: String,
        /// How the first prediction is called.
        found: String,
        /// Whether the file is one of the columns.
        by_file: bool,
    },
    /// No landmark of the truth has a name that was given.
    #[error("no landmark of the truth is called `{}`; the names are {}", shown::text(name), listed(names))]
    NoSuchLandmark {
        /// The name that was given.
        name: String,
        /// Those that there are.
        names: Vec<String>,
    },
}

/// How many landmarks of a file have which coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The file.
    pub path: PathBuf,
    /// Landmarks that are there.
    pub all: usize,
    /// Those with world coordinates.
    pub world: usize,
    /// Those with voxel coordinates.
    pub voxel: usize,
}

fn no_space(wanted: &[&str], held: &[Held]) -> String {
    let held = held.iter().map(|Held { path, all, world, voxel }| {
        let path = shown::path(path);
        format!("`{path}` has millimetres for {world} and voxel coordinates for {voxel} of {all} landmarks")
    });
    let held: Vec<String> = held.collect();
    format!("expected {} for every landmark of every file, found: {}", wanted.join(" or "), held.join("; "))
}

fn other_columns(names: &[String]) -> String {
    match names {
        [] => ", and no other that tells subjects or landmarks apart".into(),
        names => format!("; its columns are {}", listed(names)),
    }
}

fn or_none<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() { "none".into() } else { listed(names) }
}

/// The first names of a list, and how many more there are.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 12;
    let shown = names.iter().take(SHOWN).map(|name| format!("`{}`", shown::text(name.as_ref())));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}
