//! `--path-regex`: columns that are read from the path of an input.

use crate::pipeline::Decoded;
use crate::sink::PathColumns;
use crate::warning::Warning;
use regex_automata::PatternID;
use regex_automata::meta::{BuildError, Regex};
use regex_automata::util::syntax;
use std::path::Path;
use std::str::FromStr;

/// Names that a group may not have, whatever else a run writes: columns of some options, and keys of JSON.
const TAKEN: [&str; 27] = [
    "affine",
    "affine_source",
    "average",
    "c",
    "dtype",
    "error",
    "file",
    "file_bytes",
    "flags",
    "format",
    "hard",
    "label",
    "landmarks",
    "layout",
    "members",
    "n",
    "normalized",
    "peak",
    "reason",
    "region",
    "shape",
    "stats",
    "status",
    "uncertainty",
    "voxel",
    "warnings",
    "world",
];

/// A regular expression with named groups. Each group is a column, and what it matches in the path of an
/// input is the cell.
#[derive(Clone, Debug)]
pub struct PathPattern {
    text: String,
    regex: Regex,
    /// Each named group, in the order of the pattern, with its number.
    groups: Vec<(String, usize)>,
}

impl FromStr for PathPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<PathPattern, String> {
        // A path may hold any bytes.
        let syntax = syntax::Config::new().utf8(false);
        let regex = Regex::builder().syntax(syntax).build(text).map_err(|error| reason(&error))?;
        let named = regex.group_info().pattern_names(PatternID::ZERO).enumerate();
        let named = named.filter_map(|(number, name)| Some((name?.to_owned(), number)));
        let groups: Vec<(String, usize)> = named.collect();
        if groups.is_empty() {
            return Err("expected a named group, such as `(?P<sub>sub-[^/_]+)`".into());
        }
        if let Some((name, _)) = groups.iter().find(|(name, _)| TAKEN.contains(&name.as_str())) {
            return Err(taken(name));
        }
        Ok(PathPattern { text: text.to_owned(), regex, groups })
    }
}

/// The message for a group that is called as a column is.
pub(super) fn taken(name: &str) -> String {
    format!("a group is called `{name}`, as a column of the output is")
}

/// Why a pattern is none, in one line. The message of the crate draws the place below the pattern.
fn reason(error: &BuildError) -> String {
    if let Some(limit) = error.size_limit() {
        return format!("expected a smaller pattern: this one takes more than {limit} bytes of memory");
    }
    let text = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
    let last = text.lines().rev().find_map(|line| line.strip_prefix("error: "));
    last.map_or_else(|| text.replace('\n', " "), str::to_owned)
}

impl PathPattern {
    /// The columns that it adds, in the order of the pattern.
    pub(super) fn columns(&self) -> PathColumns {
        let names = self.groups.iter().map(|(name, _)| name.clone()).collect();
        PathColumns { pattern: self.text.clone(), names }
    }

    /// Reads the path of an input. One that does not match has empty cells and a warning.
    pub(super) fn read(&self, decoded: &mut Decoded) {
        if !decoded.record.from_path.is_empty() {
            // A file of a stack, whose path was read when it was grouped.
        } else if let Some(cells) = self.cells(&decoded.record.file) {
            decoded.record.from_path = cells;
        } else {
            decoded.record.warnings.push(Warning::PathUnmatched.to_string());
            decoded.warnings.push(Warning::PathUnmatched);
        }
    }

    /// The pattern without the columns that `leaves_out` says; it matches the same paths.
    pub(super) fn without(&self, leaves_out: impl Fn(&str) -> bool) -> PathPattern {
        let mut pattern = self.clone();
        pattern.groups.retain(|(name, _)| !leaves_out(name));
        pattern
    }

    /// The number of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.groups.iter().position(|(own, _)| own == name)
    }

    /// What each group matches in `path`, the first place at which the whole pattern does; `None` if there is
    /// none. A group may match nothing although the pattern matches.
    pub(super) fn cells(&self, path: &Path) -> Option<Vec<Option<String>>> {
        let path = path.as_os_str().as_encoded_bytes();
        let mut captures = self.regex.create_captures();
        self.regex.captures(path, &mut captures);
        let cell = |&(_, number): &(String, usize)| {
            let span = captures.get_group(number)?;
            Some(String::from_utf8_lossy(&path[span.range()]).into_owned())
        };
        captures.is_match().then(|| self.groups.iter().map(cell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(pattern: &str, path: &str) -> Option<Vec<Option<String>>> {
        pattern.parse::<PathPattern>().unwrap().cells(Path::new(path))
    }

    fn found(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn groups_by_hand() {
        let pattern = "(?P<sub>sub-[^/_]+)/(?:(?<ses>ses-[^/_]+)/)?";
        assert_eq!(cells(pattern, "d/sub-01/ses-2/x.nii"), Some(found(&["sub-01", "ses-2"])));
        assert_eq!(cells(pattern, "d/sub-01/x.nii"), Some(vec![Some("sub-01".into()), None]));
        assert_eq!(cells(pattern, "d/other/x.nii"), None);
        // The leftmost place, and letters and digits of any script.
        assert_eq!(cells(r"(?<id>\w+)-(?<nr>\d+)", "é-1/b-2"), Some(found(&["é", "1"])));
        assert_eq!(cells(r"(?i)\bSUB(?<nr>\d*)", "xsub1/sub"), Some(found(&[""])));
        assert_eq!(pattern.parse::<PathPattern>().unwrap().columns().names, ["sub", "ses"]);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (pattern, part) in [
            ("(?P<sub>", "unclosed group"),
            ("sub-(.*)", "expected a named group"),
            ("", "expected a named group"),
            ("(?P<a>x)(?P<a>y)", "duplicate capture group name"),
            ("(?P<status>x)", "`status`, as a column"),
            ("(?P<1>x)", "invalid capture group character"),
            ("(?P<a>x{1000}{1000}{1000})", "expected a smaller pattern"),
        ] {
            let error = pattern.parse::<PathPattern>().unwrap_err();
            assert!(error.contains(part) && !error.contains('\n'), "{pattern}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_utf8() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"\xff/sub-1_\xff"));
        let pattern = |text: &str| text.parse::<PathPattern>().unwrap().cells(path);
        assert_eq!(pattern("(?<sub>sub-[^/_]+)"), Some(found(&["sub-1"])));
        assert_eq!(pattern("_(?<rest>(?-u:.)+)$"), Some(found(&["\u{fffd}"])));
    }
}
