//! The search of a directory: which of its files are inputs, and what is left out.

use super::exit::Failure;
use super::left_out::{LeftOut, Why};
use super::named_input::NamedInput;
use super::pairs::Pairs;
use super::patterns::Patterns;
use super::{resume, values};
use crate::shown;
use crate::source::{Location, companions, has_known_extension};
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How directories are searched, and what came of it.
#[derive(Default)]
pub(super) struct Search {
    /// The directory for outputs, links followed; it is not searched.
    pub(super) outputs: Option<PathBuf>,
    /// Whether hidden files and directories are taken.
    pub(super) takes_hidden: bool,
    /// Which names are taken.
    pub(super) patterns: Patterns,
    /// What was left out.
    pub(super) left_out: LeftOut,
}

impl Search {
    /// The inputs in a directory, in byte order of the path. If it holds both files of a pair, its header
    /// stands for both.
    pub(super) fn run(&mut self, directory: &Path) -> Result<Vec<NamedInput>, Failure> {
        let mut walk =
            Walk { root: directory, search: self, left_out: LeftOut::default(), found: Vec::new() };
        walk.directory(directory);
        let Walk { mut left_out, mut found, .. } = walk;
        found.sort_by(|a, b| bytes(a).cmp(bytes(b)));
        let pairs = Pairs::of(found.iter().filter_map(Location::path));
        found.retain(|location| !location.path().is_some_and(|path| pairs.is_second(path)));
        left_out.settle(|files| {
            let pairs = Pairs::of(files.iter().copied());
            move |path: &Path| pairs.is_second(path)
        });
        if found.is_empty() {
            return Err(nothing(directory, &left_out));
        }
        self.left_out.append(left_out);
        Ok(found.into_iter().map(|location| below(directory, location)).collect())
    }

    /// The first input that lies in `directory`, which is in the directory `root` that is searched.
    pub(super) fn first(&self, root: &Path, directory: &Path) -> Option<Location> {
        let (takes_hidden, patterns) = (self.takes_hidden, self.patterns.clone());
        let mut search = Search { takes_hidden, patterns, ..Search::default() };
        let mut walk = Walk { root, search: &mut search, left_out: LeftOut::default(), found: Vec::new() };
        walk.directory(directory);
        walk.found.into_iter().find(|location| matches!(location, Location::Path(_)))
    }

    /// What is said once a run is over: patterns that match nothing, and how much was left out.
    pub(super) fn report(&self) -> impl Iterator<Item = String> {
        self.patterns.warnings().chain(self.left_out.summary())
    }
}

fn bytes(location: &Location) -> &[u8] {
    location.path().map_or(&[], |path| path.as_os_str().as_encoded_bytes())
}

/// An input that was found in `directory`.
fn below(directory: &Path, location: Location) -> NamedInput {
    let relative = location.path().and_then(|path| path.strip_prefix(directory).ok()).map(Path::to_owned);
    match relative.filter(|relative| !relative.as_os_str().is_empty()) {
        Some(relative) => NamedInput { location, relative },
        None => NamedInput::new(location),
    }
}

/// The error for a directory in which there is nothing to take.
fn nothing(directory: &Path, left_out: &LeftOut) -> Failure {
    let mut hint = format!("a directory is searched for {} and their .gz", values::extensions());
    if let Some(summary) = left_out.summary() {
        hint = format!("{summary}; {hint}");
    }
    Failure::usage(format!("no inputs in the directory `{}`", shown::path(directory)), hint)
}

/// A search under way.
struct Walk<'a> {
    /// The directory that was named.
    root: &'a Path,
    search: &'a mut Search,
    left_out: LeftOut,
    found: Vec<Location>,
}

impl Walk<'_> {
    /// Collects regular files with a known extension. Links to files are followed, links to directories are
    /// not. A directory that cannot be listed to its end is collected itself, so that it becomes an
    /// unreadable input, and so is a link that leads nowhere.
    fn directory(&mut self, directory: &Path) {
        let is_outputs = |outputs: &PathBuf| directory.canonicalize().is_ok_and(|path| path == *outputs);
        if self.search.outputs.as_ref().is_some_and(is_outputs) {
            return;
        }
        let listed = fs::read_dir(directory).and_then(|mut entries| {
            entries.try_for_each(|entry| {
                self.entry(&entry?);
                Ok(())
            })
        });
        if let Err(error) = listed {
            self.found.push(Location::unlisted(directory.to_owned(), &error));
        }
    }

    fn entry(&mut self, entry: &DirEntry) {
        let (path, name) = (entry.path(), entry.file_name());
        let is_directory = match entry.file_type() {
            Ok(kind) => kind.is_dir(),
            // It is gone again.
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            // It may be a directory full of inputs.
            Err(error) => return self.found.push(Location::unlisted(path, &error)),
        };
        let is_file = || fs::metadata(&path).map_or(true, |about| about.is_file());
        let is_candidate = is_directory || has_known_extension(&path) && is_file();
        if !is_candidate {
            return;
        }
        match self.why_not(&path, &name, is_directory) {
            Some(why) => self.left_out.add(path, is_directory, why),
            None if is_directory => self.directory(&path),
            None => self.found.push(Location::Path(path)),
        }
    }

    /// Why a file or directory is left out, if it is.
    fn why_not(&mut self, path: &Path, name: &OsStr, is_directory: bool) -> Option<Why> {
        let Search { takes_hidden, patterns, .. } = &mut *self.search;
        if is_directory && path.join(resume::NAME).exists() {
            return Some(Why::Outputs);
        }
        if !*takes_hidden && is_hidden(name) {
            return Some(Why::Hidden);
        }
        if patterns.is_empty() {
            return None;
        }
        // A pair is one input: what holds for one of its files holds for both.
        let companions = if is_directory { Vec::new() } else { companions(path).files().cloned().collect() };
        let names = std::iter::once(path).chain(companions.iter().map(PathBuf::as_path));
        let names: Vec<&Path> = names.filter_map(|name| name.strip_prefix(self.root).ok()).collect();
        if patterns.excludes(&names) {
            Some(Why::Exclude)
        } else {
            (!is_directory && !patterns.includes(&names)).then_some(Why::Include)
        }
    }
}

/// Whether people do not see it: what systems, git and editors keep beside data, and what a Mac adds to
/// archives and foreign disks.
fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX"
}
