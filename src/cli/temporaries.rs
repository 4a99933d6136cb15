//! Temporary files that a killed run left in the directory of its outputs.

use super::resume::InputOutput;
use crate::sink::Output;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the names of temporary files in an output directory begin with. Only the run that holds the
/// directory's record makes them, so that all those which another run finds are stale.
pub(super) const PREFIX: &str = ".softargmax-batch-";

/// Removes stale temporary files from `directory` and from those directories below it that get outputs.
pub(super) fn remove_stale(directory: &Path, outputs: &[InputOutput]) {
    let mut directories: BTreeSet<PathBuf> = BTreeSet::from([directory.to_owned()]);
    directories.extend(outputs.iter().filter_map(|output| Some(directory.join(output.relative.parent()?))));
    for entry in directories.iter().filter_map(|path| std::fs::read_dir(path).ok()).flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(PREFIX.as_bytes()) && name.ends_with(Output::SUFFIX.as_bytes()) {
            // One that cannot be removed does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
