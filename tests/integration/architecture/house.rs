//! The source files of `src`, and which of them needs which other.

use super::rust::{self, Path, Token};
use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path as FilePath, PathBuf};
use std::sync::LazyLock;

/// Every file below `src`.
pub(super) static HOUSE: LazyLock<House> = LazyLock::new(House::new);

/// One source file.
pub(super) struct Source {
    /// Below `src`, with `/`: `kernel/mod.rs`.
    pub(super) path: String,
    pub(super) text: String,
    /// Without what only tests compile; nothing for a file of tests.
    pub(super) code: Vec<Token>,
    /// The names of its module: `["kernel"]` for `kernel/mod.rs`, none for `lib.rs`.
    module: Vec<String>,
    paths: Vec<Path>,
    /// The modules that it declares, and whether they are public.
    children: BTreeMap<String, bool>,
    /// The lines of what only tests compile, counted from 1.
    tests: Vec<RangeInclusive<usize>>,
}

impl Source {
    fn new(path: String, text: String) -> Source {
        let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        let is_tests = matches!(module.last().map(String::as_str), Some("tests" | "testing"));
        module.pop_if(|last| matches!(last.as_str(), "mod" | "lib"));
        let tokens = rust::tokens(&text);
        let tests = rust::tests(&tokens).into_iter().map(|(a, b)| tokens[a].line..=tokens[b].line).collect();
        let code = if is_tests { Vec::new() } else { rust::without_tests(&tokens) };
        let children =
            (0..code.len()).filter(|&at| code[at].text == "mod" && rust::reads(&code, at + 2, ";"));
        let child = |at: usize| (code[at + 1].text.clone(), at > 0 && code[at - 1].text == "pub");
        let children = children.map(child).collect();
        Source { paths: rust::paths(&code), path, text, code, module, children, tests }
    }

    /// The row of the page that the file belongs to: `kernel/`, `heatmap.rs`.
    pub(super) fn room(&self) -> &str {
        self.path.find('/').map_or(&self.path, |at| &self.path[..=at])
    }

    pub(super) fn is_tests(&self) -> bool {
        self.code.is_empty()
    }

    /// Its lines, without those that only tests compile.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        let is_test =
            |number: &usize| self.is_tests() || self.tests.iter().any(|lines| lines.contains(number));
        (1..).zip(self.text.lines()).filter(move |(number, _)| !is_test(number)).map(|(_, line)| line)
    }

    /// Whether it is `place`, or in the folder `place`.
    pub(super) fn is_in(&self, place: &str) -> bool {
        self.path == place || place.ends_with('/') && self.path.starts_with(place)
    }

    /// Whether it is the `mod.rs` of a folder that holds the other.
    fn opens(&self, other: &Source) -> bool {
        self.path.strip_suffix("mod.rs").is_some_and(|folder| other.path.starts_with(folder))
    }

    /// Whether it names a crate: in a `use`, or as the first name of a path.
    pub(super) fn uses_crate(&self, name: &str) -> bool {
        // A module or an import of the same name stands in front of the crate.
        let is_hidden = self.children.contains_key(name)
            || self.paths.iter().any(|path| path.segments[0] != name && path.name.as_deref() == Some(name));
        !is_hidden && self.paths.iter().any(|path| path.segments[0] == name)
    }
}

/// All of them.
pub(super) struct House {
    pub(super) sources: Vec<Source>,
}

impl House {
    fn new() -> House {
        let src = root().join("src");
        let source = |path: PathBuf| Source::new(below(&path, &src), std::fs::read_to_string(&path).unwrap());
        let mut sources: Vec<Source> = files_below(&src).into_iter().map(source).collect();
        assert!(sources.len() > 100, "{} files in src", sources.len());
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        House { sources }
    }

    /// Those that are compiled without tests.
    pub(super) fn library(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| !source.is_tests())
    }

    fn file(&self, module: &[String]) -> Option<&Source> {
        self.sources.iter().find(|source| source.module == module && source.path != "main.rs")
    }

    /// The file that declares what a path leads to, through names that are passed on; `None` if it leads out
    /// of the crate.
    pub(super) fn target(&self, from: &Source, segments: &[String], depth: usize) -> Option<&Source> {
        let absolute = House::absolute(from, segments)?;
        let length = (0..=absolute.len()).rev().find(|&n| self.file(&absolute[..n]).is_some())?;
        let file = self.file(&absolute[..length])?;
        let Some(item) = absolute.get(length) else { return Some(file) };
        let passed_on = file.paths.iter().find(|path| path.name.as_ref() == Some(item) && depth < 8);
        match passed_on {
            Some(path) => self.target(file, &path.segments, depth + 1),
            None => Some(file),
        }
    }

    /// A path from the root of the crate; `None` if it begins with neither `crate`, `self`, `super` nor a
    /// module.
    fn absolute(from: &Source, segments: &[String]) -> Option<Vec<String>> {
        let rest = |n: usize| segments[n..].iter().cloned();
        match segments[0].as_str() {
            "crate" => Some(rest(1).collect()),
            "softargmax" if from.path == "main.rs" => Some(rest(1).collect()),
            "self" => Some(from.module.iter().cloned().chain(rest(1)).collect()),
            "super" => {
                let up = segments.iter().take_while(|segment| *segment == "super").count();
                let stem = &from.module[..from.module.len().checked_sub(up)?];
                Some(stem.iter().cloned().chain(rest(up)).collect())
            }
            first if from.children.contains_key(first) => {
                Some(from.module.iter().cloned().chain(rest(0)).collect())
            }
            first => {
                let import = from.paths.iter().find(|path| path.name.as_deref() == Some(first))?;
                let is_ours = matches!(import.segments[0].as_str(), "crate" | "self" | "super");
                let whole: Vec<String> = import.segments.iter().cloned().chain(rest(1)).collect();
                is_ours.then(|| House::absolute(from, &whole)).flatten()
            }
        }
    }

    /// The public items of the library, each as `file: name` or `file: Type::name`: all that follows a plain
    /// `pub` in a module that a caller can name, and what such a module passes on, with the functions of its
    /// `impl`s.
    pub(super) fn public_items(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.open(self.sources.iter().find(|source| source.path == "lib.rs").unwrap(), &mut found);
        let names: BTreeSet<String> =
            found.iter().map(|item| item.rsplit(": ").next().unwrap().to_owned()).collect();
        for source in self.library().filter(|source| !["cli/", "main.rs"].contains(&source.room())) {
            let items = rust::public_items(&source.code).into_iter().filter(|item| !item.is_hidden);
            let of_open = items.filter(|item| item.of.as_ref().is_some_and(|of| names.contains(of)));
            found.extend(of_open.map(|item| format!("{}: {}::{}", source.path, item.of.unwrap(), item.name)));
        }
        found
    }

    /// Adds what a caller can name in a module.
    fn open(&self, source: &Source, found: &mut BTreeSet<String>) {
        for item in
            rust::public_items(&source.code).into_iter().filter(|item| item.of.is_none() && !item.is_hidden)
        {
            let is_new = found.insert(format!("{}: {}", source.path, item.name));
            let module: Vec<String> = source.module.iter().cloned().chain([item.name]).collect();
            let child =
                self.file(&module).filter(|child| is_new && item.kind == "mod" && child.room() != "cli/");
            child.inspect(|child| self.open(child, found));
        }
        for path in source.paths.iter().filter(|path| path.is_public && !path.is_hidden) {
            if let (Some(target), Some(name)) = (self.target(source, &path.segments, 0), path.segments.last())
            {
                found.insert(format!("{}: {name}", target.path));
            }
        }
    }

    /// The rooms that a file names or needs.
    pub(super) fn rooms_of(&self, source: &Source) -> BTreeSet<&str> {
        let mut rooms = BTreeSet::new();
        for path in &source.paths {
            let named = House::absolute(source, &path.segments).filter(|absolute| !absolute.is_empty());
            rooms.extend(named.and_then(|absolute| self.file(&absolute[..1])).map(Source::room));
            rooms.extend(self.target(source, &path.segments, 0).map(Source::room));
        }
        rooms.remove(source.room());
        rooms
    }

    /// Every file with the files of its room that it needs. What a file passes on, and does not use, it does
    /// not need; and the `mod.rs` that opens a folder may use what the folder holds, and be used there.
    fn needs(&self, room: &str) -> BTreeMap<&str, BTreeSet<&str>> {
        let files = self.library().filter(|source| source.room() == room);
        files.map(|source| (source.path.as_str(), self.needs_of(source))).collect()
    }

    fn needs_of<'a>(&'a self, source: &'a Source) -> BTreeSet<&'a str> {
        let is_used = |path: &&Path| {
            let name = path.name.as_deref().unwrap_or_default();
            !path.is_passed_on || source.code.iter().filter(|token| token.text == name).count() > 1
        };
        let targets =
            source.paths.iter().filter(is_used).filter_map(|path| self.target(source, &path.segments, 0));
        let in_room = targets.filter(|target| target.room() == source.room() && target.path != source.path);
        let in_room = in_room.filter(|target| !source.opens(target));
        in_room.map(|target| target.path.as_str()).collect()
    }

    /// The circles of a room: files, or what `group` makes of them, each of which needs every other, by way
    /// of others too.
    pub(super) fn circles<'a>(&'a self, room: &str, group: impl Fn(&'a str) -> &'a str) -> Vec<Vec<&'a str>> {
        let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (file, others) in self.needs(room) {
            let others = others.into_iter().map(&group).filter(|&other| other != group(file));
            needs.entry(group(file)).or_default().extend(others);
        }
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            needs.keys().map(|&file| (file, reached(&needs, file))).collect();
        let mut circles: BTreeSet<Vec<&str>> = BTreeSet::new();
        for (file, others) in &reached {
            let circle: Vec<&str> =
                others.iter().filter(|other| reached[*other].contains(file)).copied().collect();
            circles.extend((!circle.is_empty()).then_some(circle));
        }
        circles.into_iter().collect()
    }
}

/// All that a file needs, by way of others too.
fn reached<'a>(needs: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &'a str) -> BTreeSet<&'a str> {
    let (mut next, mut found) = (vec![file], BTreeSet::new());
    while let Some(file) = next.pop() {
        next.extend(needs[file].iter().filter(|other| found.insert(**other)));
    }
    found
}

/// The Rust files in a folder and in the folders below it.
pub(super) fn files_below(folder: &FilePath) -> Vec<PathBuf> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    every_file_below(folder).into_iter().filter(is_rust).collect()
}

/// All files in a folder and in the folders below it.
pub(super) fn every_file_below(folder: &FilePath) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// A path below a folder, with `/` between its parts.
pub(super) fn below(path: &FilePath, folder: &FilePath) -> String {
    let path = path.strip_prefix(folder).unwrap();
    path.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/")
}
