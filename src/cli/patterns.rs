//! `--include` and `--exclude`: which files of a directory are taken, by their names.

use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;
use std::str::FromStr;

/// A pattern. Without `/` it is matched against a name, with `/` against the path below the directory that
/// was named. `*` and `?` stop at `/`, `**` does not.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
    is_of_path: bool,
    /// Whether it matched anything yet.
    matched: bool,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Pattern, String> {
        let plain = text.trim_start_matches("./").trim_matches('/');
        if plain.is_empty() {
            return Err("expected a pattern such as `*_prob.nii.gz`, `sub-0?` or `sub-*/anat/**`".into());
        }
        let glob = GlobBuilder::new(plain).literal_separator(true).build();
        let matcher = glob.map_err(|error| error.kind().to_string())?.compile_matcher();
        Ok(Pattern { text: text.to_owned(), matcher, is_of_path: text.contains('/'), matched: false })
    }
}

impl Pattern {
    /// Whether it matches a path below the directory that was named.
    fn matches(&mut self, below: &Path) -> bool {
        let tested = if self.is_of_path { Some(below) } else { below.file_name().map(Path::new) };
        let matches = tested.is_some_and(|tested| self.matcher.is_match(tested));
        self.matched |= matches;
        matches
    }
}

/// The patterns of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    /// Those of `--include`; without any, every file is taken.
    pub(super) include: Vec<Pattern>,
    /// Those of `--exclude`, which win.
    pub(super) exclude: Vec<Pattern>,
}

impl Patterns {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether a pattern of `--exclude` matches one of these paths.
    pub(super) fn excludes(&mut self, below: &[&Path]) -> bool {
        any(&mut self.exclude, below)
    }

    /// Whether `--include` takes one of these paths.
    pub(super) fn includes(&mut self, below: &[&Path]) -> bool {
        self.include.is_empty() || any(&mut self.include, below)
    }

    /// A warning for each pattern that matched nothing.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        let include = self.include.iter().map(|pattern| ("--include", pattern));
        let exclude = self.exclude.iter().map(|pattern| ("--exclude", pattern));
        include.chain(exclude).filter(|(_, pattern)| !pattern.matched).map(|(option, pattern)| {
            let against = if pattern.is_of_path {
                "a pattern with `/` is matched against the path below the directory that was named"
            } else {
                "a pattern without `/` is matched against names in directories"
            };
            format!("warning: `{option} {}` matched nothing\n  hint: {against}", pattern.text)
        })
    }
}

/// Whether any pattern matches any path. All of them are tried, so that none seems to match nothing.
fn any(patterns: &mut [Pattern], below: &[&Path]) -> bool {
    let mut matches = false;
    for pattern in patterns {
        for path in below {
            matches |= pattern.matches(path);
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(Path::new(path))
    }

    #[test]
    fn names_and_paths() {
        for (pattern, path, expected) in [
            ("*.nii.gz", "sub-01/a.nii.gz", true),
            ("*.nii.gz", "a.nii", false),
            ("*.NII", "a.nii", false),
            ("sub-01", "sub-01/a.npy", false),
            ("sub-0?_*", "x/sub-01_a.npy", true),
            ("{a,b}[0-9].npy", "b7.npy", true),
            ("[!a]*.npy", "a.npy", false),
            ("sub-*/a.npy", "sub-01/a.npy", true),
            ("sub-*/a.npy", "sub-01/x/a.npy", false),
            ("sub-*/**", "sub-01/x/a.npy", true),
            ("sub-*/**/a.npy", "sub-01/a.npy", true),
            ("**/a.npy", "a.npy", true),
            ("/a.npy", "a.npy", true),
            ("/a.npy", "x/a.npy", false),
            ("./x/a.npy", "x/a.npy", true),
            ("x/", "x", true),
            ("x/", "y/x", false),
            ("a\\*.npy", "a*.npy", cfg!(unix)),
            ("é?.npy", "éa.npy", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf_8() {
        use std::os::unix::ffi::OsStrExt;
        let name = Path::new(std::ffi::OsStr::from_bytes(b"a\xff.npy"));
        assert!("a*.npy".parse::<Pattern>().unwrap().matches(name));
    }

    #[test]
    fn what_is_no_pattern() {
        for text in ["", "/", "./", "[", "{a", "a]b[", "x/[b-a]"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_that_match_nothing_are_told() {
        let parse = |text: &str| text.parse::<Pattern>().unwrap();
        let mut patterns =
            Patterns { include: vec![parse("*.npy"), parse("a*")], exclude: vec![parse("x/b*")] };
        assert!(patterns.includes(&[Path::new("x/a.npy")]) && !patterns.excludes(&[Path::new("x/a.npy")]));
        let warnings: Vec<String> = patterns.warnings().collect();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("warning: `--exclude x/b*` matched nothing\n  hint: "));
    }
}
