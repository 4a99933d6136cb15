//! The files that a run will write, so that none of them is one that it reads.
//!
//! A file has many names: links, hard links, and on some file systems any letter case. So files are compared
//! by device and inode where the system has them, and by their whole path without regard to letter case. The
//! second also refuses `-o scan.NPY` beside an input `scan.npy` where both could be: such a pair does not
//! survive a copy to a disk that ignores case.

use super::exit::Failure;
use crate::shown;
use crate::source::{Location, companions};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The files that a run will write.
pub(super) struct Targets {
    inodes: HashSet<(u64, u64)>,
    /// Whole paths in lower case, links followed.
    paths: HashSet<PathBuf>,
    /// The last names of those that are not there yet, in lower case.
    absent: HashSet<OsString>,
    has_existing: bool,
}

/// A file that a run reads beside its inputs.
pub(super) struct Beside {
    /// What it is: `the mask`.
    pub(super) what: &'static str,
    /// Its path as it was given; `-` is standard input.
    pub(super) path: PathBuf,
}

impl Targets {
    /// The files at these paths, whether they are there or not.
    pub(super) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Targets {
        let mut targets = Targets {
            inodes: HashSet::new(),
            paths: HashSet::new(),
            absent: HashSet::new(),
            has_existing: false,
        };
        for path in paths {
            targets.add(&path);
        }
        targets
    }

    fn add(&mut self, path: &Path) {
        if let Ok(whole) = path.canonicalize() {
            self.has_existing = true;
            self.inodes.extend(inode(path));
            self.paths.insert(lower(&whole));
        } else if let Some(name) = path.file_name() {
            // Without a directory there is nothing that it could take the place of.
            let Ok(directory) = directory_of(path).canonicalize() else { return };
            self.absent.insert(lower(Path::new(name)).into());
            self.paths.insert(lower(&directory.join(name)));
        }
    }

    /// Whether one of them is the file at `path`. What is no regular file has nothing to lose.
    fn contains(&self, path: &Path) -> bool {
        let is_named =
            || path.file_name().is_some_and(|name| self.absent.contains(lower(Path::new(name)).as_os_str()));
        if !self.has_existing && !is_named() || !path.is_file() {
            return false;
        }
        inode(path).is_some_and(|inode| self.inodes.contains(&inode))
            || path.canonicalize().is_ok_and(|whole| self.paths.contains(&lower(&whole)))
    }

    /// Whether one of them is a file of `input`: itself or, if it is one half of a pair, the other half.
    pub(super) fn contains_input(&self, input: &Location) -> bool {
        match input {
            Location::Path(path) => self.contains_either(path),
            Location::Stdin => self.contains_stdin(),
            Location::Unlisted { .. } => false,
        }
    }

    fn contains_either(&self, path: &Path) -> bool {
        self.contains(path) || companions(path).files().any(|file| self.contains(file))
    }

    /// A shell may have made a file standard input.
    fn contains_stdin(&self) -> bool {
        self.contains(Path::new("/dev/stdin"))
    }

    /// Refuses a run that would write over what it reads.
    pub(super) fn check(&self, inputs: &[Location], beside: &[Beside]) -> Result<(), Failure> {
        if let Some(input) = inputs.iter().find(|input| self.contains_input(input)) {
            return Err(is_an_input(input));
        }
        let is_target = |beside: &&Beside| {
            if beside.path.as_os_str() == "-" {
                self.contains_stdin()
            } else {
                self.contains_either(&beside.path)
            }
        };
        beside.iter().find(is_target).map_or(Ok(()), |beside| Err(is_beside(beside)))
    }
}

/// The error for an output that is also an input.
pub(super) fn is_an_input(input: &Location) -> Failure {
    both(&format!("`{input}`"), "an input")
}

pub(super) fn is_beside(Beside { what, path }: &Beside) -> Failure {
    both(&format!("`{}`", shown::path(path)), what)
}

fn both(file: &str, what: &str) -> Failure {
    Failure::usage(
        format!("{file} is both {what} and an output"),
        "choose another `-o` or `--output-dir`; an output never replaces a file that the run reads",
    )
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A path as file systems compare it that ignore letter case.
pub(super) fn lower(path: &Path) -> PathBuf {
    match path.to_str() {
        Some(text) => text.to_lowercase().into(),
        None => path.as_os_str().to_ascii_lowercase().into(),
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    // Some network file systems number nothing.
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino())).filter(|&(_, inode)| inode != 0)
}

#[cfg(not(unix))]
fn inode(_: &Path) -> Option<(u64, u64)> {
    None
}
