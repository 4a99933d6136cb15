//! Pairs of header and values, which are one input.

use crate::source::companions;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Which of some files are the values of a header that is among them: a header stands for both.
pub(super) struct Pairs {
    all: HashSet<PathBuf>,
    /// Values that headers among the files name, wherever they are.
    values: HashSet<PathBuf>,
}

impl Pairs {
    pub(super) fn of<'a>(paths: impl Iterator<Item = &'a Path>) -> Pairs {
        let (mut all, mut values) = (HashSet::new(), HashSet::new());
        for path in paths {
            all.insert(same_file(path));
            let found = companions(path);
            values.extend(found.values.iter().filter(|_| found.is_named).filter_map(|path| whole(path)));
        }
        Pairs { all, values }
    }

    pub(super) fn is_second(&self, path: &Path) -> bool {
        let has = |header: PathBuf| self.all.contains(&same_file(&header));
        companions(path).header.is_some_and(has)
            || !self.values.is_empty() && whole(path).is_some_and(|path| self.values.contains(&path))
    }
}

/// The path without links and dots.
fn whole(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// A name by which two files of one directory are the same if they differ in nothing but letter case: some
/// file systems keep the case of a name and find it by another.
fn same_file(path: &Path) -> PathBuf {
    path.as_os_str().to_ascii_lowercase().into()
}
