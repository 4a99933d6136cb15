//! The house as `docs/architecture.md` draws it: the tables of that page are read, and the imports, the
//! crates and the sizes of the source files are held against them.

mod figures;
mod house;
mod page;
mod rows;
mod rust;

use crate::support::root;
use house::{HOUSE, Source};
use std::collections::BTreeSet;

const LONGEST_FUNCTION: usize = 60;
const LONGEST_FILE: usize = 400;
const LONGEST_LINE: usize = 110;

fn set<S: Into<String>>(names: impl IntoIterator<Item = S>) -> BTreeSet<String> {
    names.into_iter().map(Into::into).collect()
}

/// The names of `found` that `expected` lacks, and the other way round, as sentences.
fn differences(found: &BTreeSet<String>, expected: &BTreeSet<String>, more: &str, less: &str) -> Vec<String> {
    let more = found.difference(expected).map(|name| format!("{more} {name}"));
    let less = expected.difference(found).map(|name| format!("{less} {name}"));
    more.chain(less).collect()
}

// --- the table of rooms ----------------------------------------------------------------------------

#[test]
fn every_room_has_its_row() {
    let found = set(HOUSE.sources.iter().map(Source::room));
    let rows = page::rooms().into_keys().collect();
    let wrong =
        differences(&found, &rows, "no row in docs/architecture.md for", "no room in src for the row");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Neither more nor less than the page says.
#[test]
fn rooms_import_what_their_rows_say() {
    let mut wrong = Vec::new();
    for (room, allowed) in page::rooms() {
        let files: Vec<&Source> = HOUSE.library().filter(|source| source.room() == room).collect();
        let found = files.iter().flat_map(|source| HOUSE.rooms_of(source)).map(str::to_owned).collect();
        for source in files {
            let named = HOUSE.rooms_of(source).into_iter().filter(|&other| !allowed.contains(other));
            wrong.extend(named.map(|other| format!("src/{} imports {other}", source.path)));
        }
        let unused: Vec<_> = allowed.difference(&found).collect();
        wrong.extend(
            unused
                .iter()
                .map(|other| format!("the row of {room} names {other}, which no file there imports")),
        );
    }
    assert!(wrong.is_empty(), "docs/architecture.md, table of rooms: {wrong:#?}");
}

/// A room imports only rooms above it in the table, so there is no circle of rooms.
#[test]
fn rows_import_from_rows_above_them() {
    let order = page::order("| room | holds | may import |");
    let place = |room: &str| order.iter().position(|other| other == room);
    for (room, allowed) in page::rooms() {
        for other in allowed {
            assert!(place(&other).is_some(), "the row of {room} names {other}, which has no row");
            assert!(place(&other) < place(&room), "the row of {room} names {other}, which stands below it");
        }
    }
}

#[test]
fn source_kernel_and_sink_do_not_know_each_other() {
    let rooms = ["source/", "kernel/", "sink/"];
    for room in rooms {
        for other in rooms.iter().filter(|&&other| other != room) {
            assert!(!page::rooms()[room].contains(*other), "the row of {room} names {other}");
        }
    }
}

#[test]
fn no_room_has_a_circle_of_files() {
    let rooms: BTreeSet<&str> = HOUSE.library().map(Source::room).collect();
    let circles: Vec<_> = rooms.into_iter().flat_map(|room| HOUSE.circles(room, |file| file)).collect();
    assert!(circles.is_empty(), "files that need each other: {circles:#?}");
}

/// A folder counts as one, with all that is in it.
#[test]
fn no_room_has_a_circle_of_folders() {
    let rooms: BTreeSet<&str> = HOUSE.library().map(Source::room).collect();
    let mut folders = 0;
    for room in rooms {
        let within = |file: &'static str| {
            let end = file[room.len()..].find('/').map_or(file.len(), |at| room.len() + at + 1);
            &file[..end]
        };
        folders +=
            HOUSE.library().filter(|file| file.room() == room && within(&file.path).ends_with('/')).count();
        let circles = HOUSE.circles(room, within);
        assert!(circles.is_empty(), "folders that need each other: {circles:#?}");
    }
    assert!(folders > 10, "{folders} files in folders of rooms");
}

// --- the table of crates ---------------------------------------------------------------------------

/// The crates that the library and the program are built with, as Rust spells them.
fn dependencies() -> BTreeSet<String> {
    // In the published package, Cargo.toml is Cargo's own rendering, and ours stands beside it.
    let ours = root().join("Cargo.toml.orig");
    let ours = if ours.exists() { ours } else { root().join("Cargo.toml") };
    let manifest = std::fs::read_to_string(ours).unwrap();
    let mut found = BTreeSet::new();
    for section in manifest.split("\n[").filter(|section| {
        let header = section.split(']').next().unwrap();
        header.ends_with("dependencies") && !header.contains("dev-") && !header.contains("build-")
    }) {
        let lines = section.lines().skip(1).filter(|line| line.starts_with(|c: char| c.is_alphanumeric()));
        found.extend(
            lines.filter_map(|line| line.split('=').next()).map(|name| name.trim().replace('-', "_")),
        );
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

#[test]
fn every_dependency_has_its_row() {
    let rows: BTreeSet<String> = page::crates().into_keys().map(|name| name.replace('-', "_")).collect();
    let wrong = differences(&dependencies(), &rows, "no row for the dependency", "no dependency for the row");
    assert!(wrong.is_empty(), "docs/architecture.md, table of crates: {wrong:#?}");
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (name, places) in page::crates() {
        let name = name.replace('-', "_");
        let users: Vec<&Source> = HOUSE.library().filter(|source| source.uses_crate(&name)).collect();
        let outside = users.iter().filter(|source| !places.iter().any(|place| source.is_in(place)));
        wrong.extend(outside.map(|source| format!("src/{} uses {name}", source.path)));
        let unused = places.iter().filter(|place| !users.iter().any(|source| source.is_in(place)));
        wrong.extend(unused.map(|place| format!("the row of {name} names {place}, which does not use it")));
    }
    assert!(wrong.is_empty(), "docs/architecture.md, table of crates: {wrong:#?}");
}

// --- sizes -----------------------------------------------------------------------------------------

#[test]
fn functions_stay_short() {
    let mut long = Vec::new();
    for source in HOUSE.library() {
        let functions = rust::functions(&source.code).into_iter().filter(|f| f.lines > LONGEST_FUNCTION);
        long.extend(functions.map(|f| format!("src/{}: {} has {} lines", source.path, f.name, f.lines)));
    }
    assert!(long.is_empty(), "functions of more than {LONGEST_FUNCTION} lines: {long:#?}");
}

#[test]
fn files_stay_short() {
    for source in HOUSE.library() {
        let lines = source.lines().count();
        assert!(lines <= LONGEST_FILE, "src/{} has {lines} lines without its tests", source.path);
    }
}

/// Comments and tests too.
#[test]
fn lines_stay_short() {
    let mut long = Vec::new();
    for source in &HOUSE.sources {
        let lines = source.text.lines().zip(1..).filter(|(line, _)| line.chars().count() > LONGEST_LINE);
        long.extend(lines.map(|(_, number)| format!("src/{}:{number}", source.path)));
    }
    assert!(long.is_empty(), "lines of more than {LONGEST_LINE} letters: {long:#?}");
}

// --- habits ----------------------------------------------------------------------------------------

#[test]
fn lints_are_suppressed_only_with_reasons() {
    let mut count = 0;
    for source in &HOUSE.sources {
        let path = &source.path;
        assert!(!source.text.contains("#![allow"), "src/{path} has a bare allow");
        assert!(!source.text.contains("#[allow"), "src/{path} has a bare allow");
        for (at, _) in source.text.match_indices("[expect(") {
            let attribute = source.text[at..].split(")]").next().unwrap();
            assert!(attribute.contains("reason ="), "src/{path}: {attribute}");
            count += 1;
        }
    }
    assert!(count > 0, "no lint is suppressed: the search is wrong");
}

/// In one file, with a comment right above each block that begins with `SAFETY:`.
#[test]
fn every_unsafe_block_says_why_it_is_safe() {
    let mut files = BTreeSet::new();
    for source in &HOUSE.sources {
        let lines: Vec<&str> = source.text.lines().map(str::trim_start).collect();
        for token in rust::tokens(&source.text).iter().filter(|token| token.text == "unsafe") {
            let above = lines[..token.line - 1].iter().rev().take_while(|line| line.starts_with("//"));
            let says_why = above.into_iter().any(|line| line.starts_with("// SAFETY:"));
            assert!(says_why, "src/{}:{}: unsafe without `// SAFETY:` above it", source.path, token.line);
            files.insert(source.path.rsplit('/').next().unwrap());
        }
    }
    assert_eq!(files.into_iter().collect::<Vec<_>>(), ["main.rs", "prefetch.rs"], "files with unsafe code");
}

#[test]
fn every_file_says_why_it_exists() {
    for source in &HOUSE.sources {
        let first = source.text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first != "//! stub", "src/{}: {first}", source.path);
    }
}

/// The table of decisions has a row for each, and links to it.
#[test]
fn every_decision_has_its_row() {
    let folder = root().join("docs/decisions");
    let files =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.map(|name| format!("decisions/{name}")).collect();
    let missing: Vec<_> = files.difference(&page::links()).cloned().collect();
    assert!(files.len() > 3 && missing.is_empty(), "docs/architecture.md does not link to {missing:?}");
}

/// A file or a folder that the page names is there: below the root, `src`, or a room of it.
#[test]
fn what_the_page_names_is_there() {
    let mut files: Vec<String> = HOUSE.sources.iter().map(|source| format!("/src/{}", source.path)).collect();
    // Not all of them are in the published package.
    let (there, absent): (Vec<&str>, Vec<&str>) =
        ["tests", "benches", "fuzz", "packaging", "testdata", "docs"]
            .into_iter()
            .partition(|folder| root().join(folder).exists());
    for folder in there {
        let below = house::every_file_below(&root().join(folder));
        files.extend(below.iter().map(|file| format!("/{}", house::below(file, root()))));
    }
    let is_there = |name: &str| {
        if absent.iter().any(|folder| name.starts_with(folder)) {
            return true;
        }
        let is_folder = name.ends_with('/');
        let own = format!("/{name}");
        files.iter().any(|file| if is_folder { file.contains(&own) } else { file.ends_with(&own) })
    };
    let names = page::names();
    assert!(names.len() > 80, "{} names", names.len());
    let missing: Vec<_> = names.into_iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "docs/architecture.md names {missing:?}");
}
