//! Directories of outputs that lie in one another: two runs at once never write to the same place.
//!
//! A run holds the record of its directory locked. If its directory lies in that of another run, or that of
//! another run in its own, both may write files of one name. So a run that begins looks for records that
//! another one holds: in every directory above its own, and in every one below that gets outputs. Each takes
//! its own record first; of two runs that begin at once, at least one then sees the other.
//!
//! Below its directory a link may lead out of it. There a run takes a record too, as if the directory were
//! its own.

use super::exit::{Exit, Failure};
use super::resume::{self, InputOutput, Record};
use crate::shown;
use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The records that a run holds beside that of its directory.
pub(super) struct Claims {
    _linked: Vec<Record>,
}

impl Claims {
    /// Looks for other runs about `directory`, whose record this run holds, and where its outputs go.
    ///
    /// # Errors
    /// Another run may write to one of these directories.
    pub(super) fn take(directory: &Path, outputs: &[InputOutput]) -> Result<Claims, Failure> {
        let Ok(own) = directory.canonicalize() else { return Ok(Claims { _linked: Vec::new() }) };
        let below: BTreeSet<PathBuf> =
            below(directory, outputs).into_iter().filter(|path| *path != own).collect();
        let (inside, linked): (Vec<PathBuf>, Vec<PathBuf>) =
            below.into_iter().partition(|path| path.starts_with(&own));
        let linked_above = linked.iter().flat_map(|path| path.ancestors().skip(1));
        let above = own.ancestors().skip(1).chain(linked_above).filter(|path| *path != own);
        let above: BTreeSet<&Path> = above.collect();
        if let Some(held) =
            above.into_iter().chain(inside.iter().map(PathBuf::as_path)).find(|path| is_held(path))
        {
            let what = format!("another run is writing to `{}`", shown::path(held));
            let hint = "wait for it, or choose another `--output-dir`, neither in that one nor around it";
            let cause =
                format!("its outputs and those in `{}` may be the same files", shown::path(directory));
            return Err(Failure::new(Exit::Output, what, cause, Some(hint.to_owned())));
        }
        Ok(Claims { _linked: linked.iter().map(|path| Record::open(path)).collect::<Result<_, _>>()? })
    }
}

/// The directories below `directory` that get outputs and are there, with all on the way to them, links
/// followed.
fn below(directory: &Path, outputs: &[InputOutput]) -> BTreeSet<PathBuf> {
    let parents = outputs.iter().flat_map(|output| output.relative.ancestors().skip(1));
    let parents: BTreeSet<&Path> = parents.filter(|parent| !parent.as_os_str().is_empty()).collect();
    parents.into_iter().filter_map(|parent| directory.join(parent).canonicalize().ok()).collect()
}

/// Whether another run holds the record of a directory.
fn is_held(directory: &Path) -> bool {
    let path = directory.join(resume::NAME);
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_file());
    let file = is_file.then(|| File::open(path).ok()).flatten();
    // Shared, so that runs which look at the same time do not take each other for writers.
    file.is_some_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
