//! From what was named on the command line to a list of inputs: directories are walked.

use super::exit::Failure;
use crate::source::{Location, has_known_extension, header_of_pair};
use std::fs;
use std::path::{Path, PathBuf};

/// The inputs that `named` stands for, in their order; those of a directory in byte order of the path.
pub(super) fn expand(named: &[PathBuf]) -> Result<Vec<Location>, Failure> {
    let mut inputs = Vec::new();
    for path in named {
        if path.as_os_str() == "-" {
            if inputs.contains(&Location::Stdin) {
                let hint = "standard input can be read once";
                return Err(Failure::usage("expected `-` once, found it twice", hint));
            }
            inputs.push(Location::Stdin);
        } else if path.is_dir() {
            inputs.extend(directory(path)?.into_iter().map(Location::Path));
        } else {
            inputs.push(Location::Path(path.clone()));
        }
    }
    Ok(inputs)
}

fn directory(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    walk(path, &mut found);
    found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    let images: Vec<bool> =
        found.iter().map(|path| header_of_pair(path).is_some_and(|header| found.contains(&header))).collect();
    let mut is_image = images.into_iter();
    found.retain(|_| !is_image.next().unwrap_or(false));
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
/// not. A directory that cannot be read is collected itself, so that it becomes an unreadable input.
fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else {
        found.push(directory.to_owned());
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, found);
        } else if has_known_extension(&path) && path.is_file() {
            found.push(path);
        }
    }
}
