//! `--average` and `--unflip`: the inputs that agree in all other groups of `--path-regex` are one input,
//! their mean.
//!
//! An input is called by its first file, in rows, outputs and records. What tells the files of a mean apart
//! has no column: it is not the same for all of them.

use super::exit::Failure;
use super::named_input::NamedInput;
use super::path_pattern::PathPattern;
use super::study_args::StudyArgs;
use crate::geometry::Hwd;
use crate::plan::{Average, Member};
use crate::shown;
use crate::source::Location;
use std::collections::HashMap;
use std::path::Path;

/// What is read from a path: a cell for each group.
type Cells = Vec<Option<String>>;

/// Which groups of `--path-regex` tell the files of a mean apart.
pub(super) struct Averaging<'a> {
    pattern: &'a PathPattern,
    /// The names of `--average`.
    names: Vec<String>,
    unflip: Option<String>,
}

/// The files of one mean.
struct Group {
    input: NamedInput,
    members: Vec<Member>,
    /// What tells each of them apart.
    keys: Vec<(Cells, Hwd<bool>)>,
}

impl<'a> Averaging<'a> {
    /// `None` if each input is a file as it stands.
    ///
    /// # Errors
    /// A name that is no group of the pattern.
    pub(super) fn new(args: &'a StudyArgs) -> Result<Option<Averaging<'a>>, Failure> {
        let names = args.average.clone().unwrap_or_default();
        // The parser asks for the pattern of those that need one.
        let Some(pattern) = args.path_regex.as_ref().filter(|_| !names.is_empty() || args.unflip.is_some())
        else {
            return Ok(None);
        };
        for (flag, name) in names
            .iter()
            .map(|name| ("--average", name))
            .chain(args.unflip.iter().map(|name| ("--unflip", name)))
        {
            if pattern.column(name).is_none() {
                return Err(no_group(flag, name, pattern));
            }
        }
        Ok(Some(Averaging { pattern, names, unflip: args.unflip.clone() }))
    }

    /// The pattern without the groups that tell the files of a mean apart: what is left is the same for all.
    pub(super) fn columns(&self) -> PathPattern {
        self.pattern.without(|name| self.is_averaged(name))
    }

    fn is_averaged(&self, name: &str) -> bool {
        self.names.iter().chain(&self.unflip).any(|own| own == name)
    }

    /// Groups inputs, in the order of their first files.
    ///
    /// # Errors
    /// Standard input, a flip that is none, and two files that would be the same one of one mean.
    pub(super) fn group(&self, named: Vec<NamedInput>) -> Result<(Vec<NamedInput>, Average), Failure> {
        let (columns, mut numbers) = (self.columns(), HashMap::<Cells, usize>::new());
        let mut groups: Vec<Group> = Vec::new();
        for input in named {
            let path = match &input.location {
                Location::Stdin => return Err(stdin()),
                Location::Unlisted { .. } => {
                    groups.push(Group { input, members: Vec::new(), keys: Vec::new() });
                    continue;
                }
                Location::Path(path) => path.clone(),
            };
            // A path that does not match belongs to no other.
            let Some(cells) = columns.cells(&path) else {
                let member = Member { path, turned: Hwd::default() };
                groups.push(Group { input, members: vec![member], keys: Vec::new() });
                continue;
            };
            let (key, turned) = self.key(&path)?;
            let number = *numbers.entry(cells).or_insert_with(|| {
                groups.push(Group { input, members: Vec::new(), keys: Vec::new() });
                groups.len() - 1
            });
            let Group { members, keys, .. } = &mut groups[number];
            let key = (key, turned);
            if let Some(same) = keys.iter().position(|other| *other == key) {
                return Err(self.twice(&members[same].path, &path, &key.0));
            }
            members.push(Member { path, turned });
            keys.push(key);
        }
        let mut average = Average::new(self.names.clone(), self.unflip.clone());
        let inputs = groups.into_iter().map(|Group { input, members, .. }| {
            average.add(members);
            input
        });
        Ok((inputs.collect(), average))
    }

    /// What tells a file apart from others of its mean: the cells of `--average`, and along which axes it is
    /// turned.
    fn key(&self, path: &Path) -> Result<(Cells, Hwd<bool>), Failure> {
        let cells = self.pattern.cells(path).unwrap_or_default();
        let cell = |name: &String| cells.get(self.pattern.column(name)?)?.clone();
        let flip = self.unflip.as_ref().and_then(cell).unwrap_or_default();
        let turned = turned(&flip).ok_or_else(|| no_flip(path, self.unflip.as_deref(), &flip))?;
        Ok((self.names.iter().map(cell).collect(), turned))
    }

    fn twice(&self, first: &Path, second: &Path, cells: &[Option<String>]) -> Failure {
        let shown = |cell: &Option<String>| shown::text(cell.as_deref().unwrap_or_default()).to_string();
        let named = self.names.iter().zip(cells).map(|(name, cell)| format!("{name} `{}`", shown(cell)));
        let named: Vec<String> = named.collect();
        let what = if named.is_empty() { "the same flip".to_owned() } else { named.join(" and ") };
        let what =
            format!("`{}` and `{}` are both {what} of one mean", shown::path(first), shown::path(second));
        let hint = "further groups of `--path-regex` keep files apart that are not of one mean; `--exclude` \
                    leaves files out";
        Failure::usage(what, hint)
    }
}

/// Along which axes a text says that a file is turned; `None` if it says something else.
fn turned(text: &str) -> Option<Hwd<bool>> {
    let (text, mut turned) = (text.to_ascii_uppercase(), [false; 3]);
    if text == "NONE" || text == "0" {
        return Some(Hwd(turned));
    }
    for letter in text.chars() {
        let axis = ['H', 'W', 'D'].iter().position(|&axis| axis == letter)?;
        if std::mem::replace(&mut turned[axis], true) {
            return None;
        }
    }
    Some(Hwd(turned))
}

fn stdin() -> Failure {
    Failure::usage(
        "standard input has no path",
        "`--average` and `--unflip` take files, whose paths say which belong together",
    )
}

fn no_group(flag: &str, name: &str, pattern: &PathPattern) -> Failure {
    let what = format!("`{flag} {}`: `--path-regex` has no group of this name", shown::text(name));
    let groups = pattern.columns().names;
    let groups: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
    Failure::usage(what, format!("its groups are {}", groups.join(", ")))
}

fn no_flip(path: &Path, name: Option<&str>, text: &str) -> Failure {
    let (path, name) = (shown::path(path), name.unwrap_or_default());
    let what = format!("`{path}`: `--unflip {name}` finds `{}`, which names no axes", shown::text(text));
    let hint = "it takes each of H, W and D at most once, such as `HW`; nothing, `none` or `0` for a file \
                that is not flipped";
    Failure::usage(what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flips_by_hand() {
        for (text, expected) in [
            ("", [false; 3]),
            ("none", [false; 3]),
            ("None", [false; 3]),
            ("0", [false; 3]),
            ("h", [true, false, false]),
            ("WD", [false, true, true]),
            ("dhw", [true; 3]),
        ] {
            assert_eq!(turned(text), Some(Hwd(expected)), "{text}");
        }
        for text in ["x", "HH", "hwdw", "1", "00", "H W", "no", "é"] {
            assert_eq!(turned(text), None, "{text}");
        }
    }
}
