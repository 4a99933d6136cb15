//! The house as `docs/architecture.md` draws it: imports go one way, crates stay in their rooms, and every
//! file that holds an alternative has its row in the table of alternatives.

use crate::support::root;
use softargmax::kernel::METHODS;
use softargmax::sink::WRITERS;
use softargmax::source::READERS;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms, and which of the others each may import. `lib` is what `lib.rs` itself holds or re-exports.
const ROOMS: &[(&str, &[&str])] = &[
    ("geometry", &[]),
    ("heatmap", &["geometry"]),
    ("landmark", &["geometry", "heatmap"]),
    ("source", &["geometry", "heatmap"]),
    ("kernel", &["geometry", "heatmap", "landmark"]),
    ("sink", &["geometry", "landmark"]),
    ("warning", &["geometry", "heatmap", "landmark", "source", "kernel", "sink"]),
    ("error", &["geometry", "heatmap", "landmark", "source", "kernel", "sink", "warning"]),
    ("coverage", &["geometry", "heatmap"]),
    ("mask", &["geometry", "heatmap", "source", "error", "coverage"]),
    (
        "prepare",
        &["geometry", "heatmap", "landmark", "source", "kernel", "error", "warning", "mask", "coverage"],
    ),
    ("plan", &["geometry", "heatmap", "landmark", "source", "kernel", "sink", "mask", "prepare"]),
    (
        "pipeline",
        &["geometry", "heatmap", "landmark", "source", "kernel", "warning", "error", "prepare", "plan"],
    ),
    ("array", &["geometry", "heatmap", "landmark", "kernel", "pipeline", "coverage"]),
    (
        "argmax",
        &["geometry", "heatmap", "landmark", "source", "kernel", "error", "warning", "pipeline", "plan"],
    ),
    (
        "cli",
        &[
            "geometry", "heatmap", "landmark", "source", "kernel", "sink", "warning", "error", "prepare",
            "mask", "plan", "pipeline", "argmax", "array",
        ],
    ),
];

/// Crates and the rooms (or files) in which alone they may be named.
const CRATES: &[(&str, &[&str])] = &[
    ("rayon", &["pipeline"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli/progress.rs"]),
    ("nifti", &["source"]),
    ("ndarray_npy", &["source", "argmax"]),
    ("zip", &["source"]),
    ("flate2", &["source"]),
    ("half", &["source"]),
    ("fearless_simd", &["kernel"]),
    ("csv", &["sink"]),
    ("base64", &["sink"]),
    ("ndarray", &["array", "lib", "argmax", "source"]),
];

/// One source file: where it is below `src`, and its text without comments and without its tests.
struct Source {
    path: PathBuf,
    code: String,
    /// With everything.
    text: String,
}

impl Source {
    /// `kernel` for `kernel/mod.rs`, `heatmap` for `heatmap.rs`.
    fn room(&self) -> String {
        let first = Path::new(self.path.components().next().unwrap().as_os_str());
        first.with_extension("").to_string_lossy().into_owned()
    }

    fn is_in(&self, place: &str) -> bool {
        self.room() == place || self.path == Path::new(place)
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    collect(&src, &mut found);
    assert!(found.len() > 20);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&src).unwrap().to_owned();
        // Tests may use anything; they stand at the foot of their file or in a file of their own.
        let is_tests = path.file_stem().is_some_and(|stem| stem == "tests" || stem == "testing");
        let code = if is_tests { String::new() } else { without_comments(before_tests(&text)) };
        Source { path, code, text }
    };
    found.into_iter().map(read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What comes before the first module that only tests compile.
fn before_tests(text: &str) -> &str {
    let mut end = text.len();
    for (at, _) in text.match_indices("#[cfg(test)]") {
        let after = text[at..].lines().find(|line| line.contains("mod "));
        if after.is_some_and(|line| line.trim_end().ends_with('{')) {
            end = end.min(at);
        }
    }
    &text[..end]
}

fn without_comments(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).map(|line| format!("{line}\n")).collect()
}

/// The names that follow `prefix` in `code`, such as the modules of `crate::`, braces opened.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(outer_names(group)),
            None => names.extend(Some(identifier(rest)).filter(|name| !name.is_empty())),
        }
    }
    names
}

/// The first identifiers of the items of a group, up to the brace that closes it.
fn outer_names(group: &str) -> Vec<String> {
    let (mut depth, mut item, mut names) = (0, String::new(), Vec::new());
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(letter),
            _ => {}
        }
    }
    names.push(item);
    names.iter().map(|item| identifier(item.trim())).filter(|name| !name.is_empty()).collect()
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What a file imports from the crate: `crate::…`, and as many `super::` as lead to the crate's root.
fn imports(source: &Source) -> BTreeSet<String> {
    let is_inner = source.path.ends_with("mod.rs");
    let depth = source.path.components().count() - usize::from(is_inner);
    let mut names = names_after(&source.code, "crate::");
    names.extend(names_after(&source.code, &"super::".repeat(depth)));
    names.remove("super");
    names
}

#[test]
fn every_room_is_known() {
    for source in sources() {
        let room = source.room();
        let known = matches!(room.as_str(), "lib" | "main") || ROOMS.iter().any(|(name, _)| *name == room);
        assert!(known, "src/{} is in no room of the table", source.path.display());
    }
}

#[test]
fn imports_go_forward() {
    let mut backward = Vec::new();
    for source in sources() {
        let room = source.room();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else { continue };
        for name in imports(&source) {
            let is_room = ROOMS.iter().any(|(other, _)| *other == name);
            if is_room && name != room && !allowed.contains(&name.as_str()) {
                backward.push(format!("src/{} imports {name}", source.path.display()));
            }
        }
    }
    assert!(backward.is_empty(), "{backward:#?}");
}

#[test]
fn source_kernel_and_sink_do_not_know_each_other() {
    for source in sources() {
        let room = source.room();
        for other in ["source", "kernel", "sink"] {
            if ["source", "kernel", "sink"].contains(&room.as_str()) && other != room {
                assert!(!imports(&source).contains(other), "src/{} imports {other}", source.path.display());
            }
        }
    }
}

#[test]
fn geometry_knows_nobody() {
    for source in sources().iter().filter(|source| source.room() == "geometry") {
        let others: Vec<String> = imports(source).into_iter().filter(|name| name != "geometry").collect();
        assert!(others.is_empty(), "src/{} imports {others:?}", source.path.display());
    }
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut outside = Vec::new();
    for source in sources() {
        for (name, rooms) in CRATES {
            let named = uses(&source, name);
            if named && !rooms.iter().any(|room| source.is_in(room)) {
                outside.push(format!("src/{} uses {name}", source.path.display()));
            }
        }
    }
    assert!(outside.is_empty(), "{outside:#?}");
}

/// Whether a file names a crate: `use name`, `name::…` that is not a module of ours.
fn uses(source: &Source, name: &str) -> bool {
    let is_module = |path: &str| root().join("src").join(path).exists();
    // A module of the same name (source/nifti, sink/csv) is told apart by an import of the crate.
    let own = [format!("{}/{name}.rs", source.room()), format!("{}/{name}", source.room())];
    let imported = source.code.lines().map(str::trim_start).any(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let Some(rest) = line.strip_prefix("use ") else { return false };
        let rest = rest.strip_prefix("::").unwrap_or(rest);
        identifier(rest) == name
            && !(own.iter().any(|path| is_module(path)) && source.path.ends_with("mod.rs"))
    });
    let paths = names_after(&source.code, &format!("{name}::"));
    imported || (!paths.is_empty() && !own.iter().any(|path| is_module(path)))
}

#[test]
fn the_parser_of_imports_sees_what_it_should() {
    let names = |code: &str| names_after(code, "crate::").into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("use crate::geometry::{Axis, Norm};"), "geometry");
    assert_eq!(names("use crate::{kernel::{self, level}, sink, source::open};"), "kernel sink source");
    assert_eq!(names("fn f(x: crate::plan::Plan) { mycrate::sink::x() }"), "plan");
    assert_eq!(names(&without_comments("// crate::sink\n/// crate::sink\nuse crate::error;")), "error");
    assert_eq!(before_tests("a\n#[cfg(test)]\nmod tests;\nb"), "a\n#[cfg(test)]\nmod tests;\nb");
    assert_eq!(before_tests("a\n#[cfg(test)]\nmod tests {\nuse crate::sink;"), "a\n");
}

#[test]
fn every_method_has_its_file_and_every_file_its_row() {
    for method in METHODS {
        let path = root().join(format!("src/kernel/methods/{}.rs", method.name.replace('-', "_")));
        assert!(path.is_file(), "no {}", path.display());
    }
    let rows = files_with("kernel", "METHOD: Method");
    assert_eq!(rows.len(), METHODS.len(), "{rows:?}");
}

#[test]
fn every_writer_has_its_file_and_every_file_its_row() {
    let names: Vec<&str> = WRITERS.iter().map(|writer| writer.name).collect();
    for name in &names {
        let own = root().join(format!("src/sink/{name}.rs")).is_file();
        // TSV is CSV with another delimiter.
        assert!(own || *name == "tsv", "no file for {name}");
    }
    let openers: Vec<PathBuf> = files_with("sink", "-> io::Result<Box<dyn Sink + 'a>>");
    let files = openers.iter().filter(|path| !path.ends_with("mod.rs")).count();
    assert_eq!(files, WRITERS.len() - 1, "{openers:?} {names:?}");
}

#[test]
fn every_reader_has_its_file_and_every_file_its_row() {
    for reader in READERS {
        let name = reader.name.to_lowercase();
        let src = root().join("src/source");
        let found = src.join(format!("{name}.rs")).is_file() || src.join(format!("{name}/mod.rs")).is_file();
        assert!(found, "no file for {name}");
    }
    let rows = files_with("source", "READER: Reader");
    assert_eq!(rows.len(), READERS.len(), "{rows:?}");
}

fn files_with(room: &str, text: &str) -> Vec<PathBuf> {
    let has = |source: &Source| source.room() == room && source.code.contains(text);
    sources().into_iter().filter(has).map(|source| source.path).collect()
}

#[test]
fn no_table_row_is_empty_or_twice() {
    let mut names = BTreeSet::new();
    for method in METHODS {
        assert!(names.insert(method.name), "{} twice", method.name);
        for field in [method.summary, method.definition, method.reference] {
            assert!(!field.is_empty(), "{}", method.name);
        }
    }
    let mut names = BTreeSet::new();
    for writer in WRITERS {
        assert!(names.insert(writer.name) && !writer.summary.is_empty() && !writer.extensions.is_empty());
    }
    let extensions: Vec<&str> = WRITERS.iter().flat_map(|writer| writer.extensions).copied().collect();
    assert_eq!(extensions.iter().collect::<BTreeSet<_>>().len(), extensions.len(), "{extensions:?}");
    assert!(READERS.iter().all(|reader| !reader.summary.is_empty() && !reader.extensions.is_empty()));
}

#[test]
fn lints_are_suppressed_with_reasons_alone() {
    for source in sources() {
        let path = source.path.display();
        assert!(!source.text.contains("#![allow"), "src/{path} has a bare allow");
        assert!(!source.text.contains("#[allow"), "src/{path} has a bare allow");
        for (at, _) in source.text.match_indices("[expect(") {
            let attribute = source.text[at..].split(")]").next().unwrap();
            assert!(attribute.contains("reason ="), "src/{path}: {attribute}");
        }
    }
}

#[test]
fn unsafe_code_says_why_it_is_safe() {
    for source in sources() {
        for (line, text) in source.code.lines().enumerate().filter(|(_, text)| text.contains("unsafe {")) {
            let path = source.path.display();
            assert!(source.text.contains("// SAFETY:"), "src/{path}:{line}: {text} without // SAFETY:");
        }
    }
}

#[test]
fn files_and_lines_stay_short() {
    for source in sources() {
        let path = source.path.display();
        let code = before_tests(&source.text).lines().count();
        let is_tests = source.code.is_empty() && !source.text.is_empty();
        assert!(is_tests || code <= 400, "src/{path} has {code} lines");
    }
}

#[test]
fn every_file_says_why_it_exists() {
    for source in sources() {
        let first = source.text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first != "//! stub", "src/{}: {first}", source.path.display());
    }
}
