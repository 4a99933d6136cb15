//! From what was named on the command line to a list of inputs: directories are walked.

use super::exit::Failure;
use super::resume;
use crate::source::{Location, has_known_extension, header_of_pair};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// An input as it was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where it is.
    pub(super) location: Location,
    /// Its path below the directory that was named, else the name of the file alone.
    pub(super) below: PathBuf,
}

impl Found {
    fn file(path: PathBuf) -> Found {
        let below = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
        Found { location: Location::Path(path), below }
    }

    /// An input from a list.
    pub(super) fn listed(location: Location) -> Found {
        match location {
            Location::Path(path) => Found::file(path),
            Location::Stdin => Found { location, below: "stdin".into() },
        }
    }
}

/// The inputs that `named` stands for, in their order; those of a directory in byte order of the path, but
/// for what is in the directory `except`.
pub(super) fn expand(named: &[PathBuf], except: Option<&Path>) -> Result<Vec<Found>, Failure> {
    let except = except.and_then(|except| except.canonicalize().ok());
    if let Some(except) = &except {
        check_output_directory(named, except)?;
    }
    let (mut inputs, mut has_stdin) = (Vec::new(), false);
    for path in named {
        if path.as_os_str() == "-" {
            if std::mem::replace(&mut has_stdin, true) {
                let hint = "standard input can be read once";
                return Err(Failure::usage("expected `-` once, found it twice", hint));
            }
            inputs.push(Found::listed(Location::Stdin));
        } else if path.is_dir() {
            for file in directory(path, except.as_deref())? {
                let below = file.strip_prefix(path).map_or_else(|_| file.clone(), Path::to_owned);
                inputs.push(Found { location: Location::Path(file), below });
            }
        } else {
            inputs.push(Found::file(path.clone()));
        }
    }
    Ok(inputs)
}

/// A directory for outputs must not be one of the inputs, nor hold some: they would be left out in silence.
fn check_output_directory(named: &[PathBuf], outputs: &Path) -> Result<(), Failure> {
    let hint = "`--output-dir` with a directory of its own, which may be new";
    for path in named.iter().filter(|path| path.is_dir()) {
        let Ok(canonical) = path.canonicalize() else { continue };
        if canonical == outputs {
            let what = format!(
                "expected a directory for outputs apart from the inputs, found `{}` as both",
                path.display()
            );
            return Err(Failure::usage(what, hint));
        }
        if outputs.starts_with(&canonical) && !outputs.join(resume::NAME).exists() {
            let mut found = Vec::new();
            walk(outputs, None, &mut found);
            if let Some(input) = found.first() {
                let what = format!(
                    "expected a directory for outputs without inputs in it, found `{}`",
                    input.display()
                );
                return Err(Failure::usage(what, hint));
            }
        }
    }
    Ok(())
}

fn directory(path: &Path, except: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    walk(path, except, &mut found);
    found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    let all: HashSet<PathBuf> = found.iter().cloned().collect();
    found.retain(|path| !header_of_pair(path).is_some_and(|header| all.contains(&header)));
    if found.is_empty() {
        let what = format!("expected inputs in directory `{}`, found none", path.display());
        return Err(Failure::usage(
            what,
            "a directory is searched for .npy, .npz, .nii, .hdr, .img and their .gz",
        ));
    }
    Ok(found)
}

/// Collects regular files with a known extension. Links to files are followed, links to directories are
/// not. A directory that cannot be read is collected itself, so that it becomes an unreadable input, and so is
/// a link that leads nowhere. A directory below that holds the outputs of another run is passed over.
fn walk(directory: &Path, except: Option<&Path>, found: &mut Vec<PathBuf>) {
    if except.is_some_and(|except| directory.canonicalize().is_ok_and(|directory| directory == except)) {
        return;
    }
    let Ok(entries) = fs::read_dir(directory) else {
        found.push(directory.to_owned());
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !path.join(resume::NAME).exists() {
                walk(&path, except, found);
            }
        } else if has_known_extension(&path) && fs::metadata(&path).map_or(true, |about| about.is_file()) {
            found.push(path);
        }
    }
}
