//! What a search of directories left out: nothing is left out without a word.

use crate::shown;
use std::path::{Path, PathBuf};

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its name begins with a dot, or is one that only a Mac's archives have.
    Hidden,
    /// No pattern of `--include` matches it.
    Include,
    /// A pattern of `--exclude` matches it.
    Exclude,
    /// It holds the outputs of a run.
    Outputs,
}

/// Something that was left out.
#[derive(Debug)]
struct Item {
    path: PathBuf,
    is_directory: bool,
    why: Why,
}

/// All that was left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut(Vec<Item>);

impl LeftOut {
    /// One more file or directory.
    pub(super) fn add(&mut self, path: PathBuf, is_directory: bool, why: Why) {
        self.0.push(Item { path, is_directory, why });
    }

    /// What was left out elsewhere.
    pub(super) fn append(&mut self, mut other: LeftOut) {
        self.0.append(&mut other.0);
    }

    /// Brings it into the order of inputs, without the second files of pairs, as a pair counts once. `pairs`
    /// says of all files which are second.
    pub(super) fn settle<F: Fn(&Path) -> bool>(&mut self, pairs: impl FnOnce(&[&Path]) -> F) {
        let key = |path: &PathBuf| path.as_os_str().as_encoded_bytes().to_owned();
        self.0.sort_by_cached_key(|item| key(&item.path));
        let files = self.0.iter().filter(|item| !item.is_directory).map(|item| item.path.as_path());
        let is_second = pairs(&files.collect::<Vec<_>>());
        self.0.retain(|item| item.is_directory || !is_second(&item.path));
    }

    /// A line for each.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|Item { path, is_directory, why }| {
            let why = match (why, is_directory) {
                (Why::Hidden, false) => "a hidden file",
                (Why::Hidden, true) => "a hidden directory",
                (Why::Include, _) => "no pattern of `--include` matches",
                (Why::Exclude, _) => "a pattern of `--exclude` matches",
                (Why::Outputs, _) => "a directory with the outputs of a run",
            };
            format!("left out: `{}`: {why}", shown::path(path))
        })
    }

    /// One line for all; `None` if nothing was left out.
    pub(super) fn summary(&self) -> Option<String> {
        let parts = [
            self.counted(Why::Hidden, "hidden ").map(|what| format!("{what} (`--hidden` takes them)")),
            self.counted(Why::Include, "").map(|what| format!("{what} by `--include`")),
            self.counted(Why::Exclude, "").map(|what| format!("{what} by `--exclude`")),
            self.counted(Why::Outputs, "").map(|what| format!("{what} with outputs of a run")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
    }

    /// How many files and directories were left out for one reason.
    fn counted(&self, why: Why, adjective: &str) -> Option<String> {
        let count =
            |is_directory| self.0.iter().filter(|x| x.why == why && x.is_directory == is_directory).count();
        let noun = |count, one, many| match count {
            0 => None,
            1 => Some(format!("1 {adjective}{one}")),
            _ => Some(format!("{count} {adjective}{many}")),
        };
        let files = noun(count(false), "file", "files");
        let directories = noun(count(true), "directory", "directories");
        let parts: Vec<String> = files.into_iter().chain(directories).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_counted_by_why() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.summary(), None);
        left_out.add("b/.x.npy".into(), false, Why::Hidden);
        assert_eq!(left_out.summary().unwrap(), "left out: 1 hidden file (`--hidden` takes them)");
        left_out.add("b/.y.npy".into(), false, Why::Hidden);
        left_out.add("a/.git".into(), true, Why::Hidden);
        left_out.add("b/out".into(), true, Why::Outputs);
        left_out.add("b/z.img".into(), false, Why::Exclude);
        left_out.add("b/z.hdr".into(), false, Why::Exclude);
        left_out.settle(|files| {
            assert!(files.contains(&Path::new("b/z.hdr")));
            |path: &Path| path.ends_with("z.img")
        });
        assert_eq!(
            left_out.summary().unwrap(),
            "left out: 2 hidden files and 1 hidden directory (`--hidden` takes them), 1 file by `--exclude`, \
             1 directory with outputs of a run"
        );
        let lines: Vec<String> = left_out.lines().collect();
        assert_eq!(lines[0], "left out: `a/.git`: a hidden directory");
        assert_eq!(lines[4], "left out: `b/z.hdr`: a pattern of `--exclude` matches");
        assert_eq!(lines.len(), 5);
    }
}
