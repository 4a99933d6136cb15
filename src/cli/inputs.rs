//! From what was named on the command line to a list of inputs: directories are searched.

use super::exit::Failure;
use super::{resume, values};
use crate::source::{Location, companions, has_known_extension};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

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
            Location::Stdin => "stdin".into(),
        };
        NamedInput { location, relative }
    }
}

/// Whether it can be read only once: standard input, or a FIFO.
pub(super) fn is_stream(location: &Location) -> bool {
    matches!(location, Location::Stdin) || is_fifo(location)
}

/// Whether it is there, and neither a file nor a directory.
pub(super) fn is_fifo(location: &Location) -> bool {
    matches!(location, Location::Path(path) if path.exists() && !path.is_file() && !path.is_dir())
}

/// The inputs that `named` stands for, in their order; those of a directory in byte order of the path. The
/// directory `outputs` is not searched.
pub(super) fn expand(named: &[PathBuf], outputs: Option<&Path>) -> Result<Vec<NamedInput>, Failure> {
    let outputs = outputs.and_then(|outputs| outputs.canonicalize().ok());
    if let Some(outputs) = &outputs {
        check_output_directory(named, outputs)?;
    }
    let (mut inputs, mut has_stdin) = (Vec::new(), false);
    let all: HashSet<PathBuf> = named.iter().map(|path| same_file(path)).collect();
    for path in named {
        if path.as_os_str() == "-" {
            if std::mem::replace(&mut has_stdin, true) {
                return Err(Failure::usage("`-` is named twice", "standard input can be read only once"));
            }
            inputs.push(NamedInput::new(Location::Stdin));
        } else if path.is_dir() {
            inputs.extend(search(path, outputs.as_deref())?);
        } else if !has_header(path, &all) {
            inputs.push(NamedInput::new(Location::Path(path.clone())));
        }
    }
    Ok(inputs)
}

/// A directory for outputs must not be one of the inputs, nor hold some: they would be left out without a
/// word.
fn check_output_directory(named: &[PathBuf], outputs: &Path) -> Result<(), Failure> {
    let hint = "give `--output-dir` a directory of its own; it is created if it does not exist";
    for path in named.iter().filter(|path| path.is_dir()) {
        let Ok(canonical) = path.canonicalize() else { continue };
        if canonical == outputs {
            let what = format!("`{}` cannot hold both the inputs and the outputs", path.display());
            return Err(Failure::usage(what, hint));
        }
        if outputs.starts_with(&canonical) && !outputs.join(resume::NAME).exists() {
            let mut found = Vec::new();
            walk(outputs, None, &mut found);
            if let Some(input) = found.first() {
                let what = format!("the output directory holds the input `{}`", input.display());
                return Err(Failure::usage(what, hint));
            }
        }
    }
    Ok(())
}

/// Whether a file's header is among `all`: the two are one input, which the header stands for. A pattern of
/// the shell, such as `scans/*`, names both of them.
fn has_header(path: &Path, all: &HashSet<PathBuf>) -> bool {
    companions(path).header.is_some_and(|header| all.contains(&same_file(&header)))
}

/// A name by which two files of one directory are the same if they differ in nothing but letter case: some
/// file systems keep the case of a name and find it by another.
fn same_file(path: &Path) -> PathBuf {
    path.as_os_str().to_ascii_lowercase().into()
}

/// The inputs in a directory. If it holds both files of a pair, its header stands for both.
fn search(directory: &Path, outputs: Option<&Path>) -> Result<Vec<NamedInput>, Failure> {
    let mut found = Vec::new();
    walk(directory, outputs, &mut found);
    found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    let all: HashSet<PathBuf> = found.iter().map(|path| same_file(path)).collect();
    found.retain(|path| !has_header(path, &all));
    if found.is_empty() {
        let what = format!("no inputs in the directory `{}`", directory.display());
        return Err(Failure::usage(
            what,
            format!("a directory is searched for {} and their .gz", values::extensions()),
        ));
    }
    let input = |file: PathBuf| {
        let relative = file.strip_prefix(directory).map_or_else(|_| file.clone(), Path::to_owned);
        NamedInput { location: Location::Path(file), relative }
    };
    Ok(found.into_iter().map(input).collect())
}

/// Collects regular files with a known extension. Links to files are followed, links to directories are not.
/// A directory that cannot be read is collected itself, so that it becomes an unreadable input, and so is a
/// link that leads nowhere. Directories that hold the outputs of another run are not searched.
fn walk(directory: &Path, outputs: Option<&Path>, found: &mut Vec<PathBuf>) {
    if outputs.is_some_and(|outputs| directory.canonicalize().is_ok_and(|directory| directory == outputs)) {
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
                walk(&path, outputs, found);
            }
        } else if has_known_extension(&path) && fs::metadata(&path).map_or(true, |about| about.is_file()) {
            found.push(path);
        }
    }
}
