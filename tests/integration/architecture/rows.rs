//! The tables of methods, readers and writers: every file that holds an alternative has its row.

use super::house::{HOUSE, Source};
use super::rust;
use softargmax::internals::kernel::METHODS;
use softargmax::internals::sink::WRITERS;
use softargmax::internals::source::READERS;
use std::collections::BTreeSet;

/// The files of a room whose code reads `texts` somewhere, separated by spaces.
fn files_that_read(room: &str, texts: &str) -> BTreeSet<&'static str> {
    let has = |source: &&Source| (0..source.code.len()).any(|at| rust::reads(&source.code, at, texts));
    let files = HOUSE.library().filter(|source| source.room() == room);
    files.filter(has).map(|source| source.path.as_str()).collect()
}

/// The files that the rows of a table lead to, with the number of its rows.
fn files_of_table(room: &str, table: &str) -> (usize, BTreeSet<&'static str>) {
    let declares = |source: &&Source| (0..source.code.len()).any(|at| is_table(source, at, table));
    let tables: Vec<&Source> =
        HOUSE.library().filter(|source| source.room() == room).filter(declares).collect();
    assert_eq!(tables.len(), 1, "{table} is declared in one file of {room}");
    let code = &tables[0].code;
    let start = (0..code.len()).find(|&at| is_table(tables[0], at, table)).unwrap();
    let open = (start..code.len()).find(|&at| rust::reads(code, at, "= & [")).unwrap() + 2;
    let rows = rust::paths(&code[open..rust::closing(code, open)]);
    let files = rows.iter().filter_map(|row| HOUSE.target(tables[0], &row.segments, 0));
    (rows.len(), files.map(|source| source.path.as_str()).collect())
}

fn is_table(source: &Source, at: usize, table: &str) -> bool {
    ["const", "static"].iter().any(|kind| rust::reads(&source.code, at, &format!("{kind} {table} :")))
}

/// Each alternative stands in a file of its own, by its name, and each such file in the table.
#[track_caller]
fn check_table(room: &str, table: &str, row: &str, names: &[String]) {
    let (count, files) = files_of_table(room, table);
    assert_eq!(count, names.len(), "rows of {table}");
    assert_eq!(files, files_that_read(room, &format!(": {row} =")), "{table}, and the files with a {row}");
    for name in names {
        let own = [format!("/{name}.rs"), format!("/{name}/mod.rs")];
        let is_there = files.iter().any(|file| own.iter().any(|own| file.ends_with(own)));
        assert!(is_there, "{table}: no file of its own for {name}");
    }
}

#[test]
fn every_method_has_its_file_and_every_file_its_row() {
    let names: Vec<String> = METHODS.iter().map(|method| method.name.replace('-', "_")).collect();
    check_table("kernel/", "METHODS", "Method", &names);
}

#[test]
fn every_reader_has_its_file_and_every_file_its_row() {
    let names: Vec<String> = READERS.iter().map(|reader| reader.name.to_lowercase()).collect();
    check_table("source/", "READERS", "Reader", &names);
}

#[test]
fn every_writer_has_its_file_and_every_file_its_row() {
    // TSV is CSV with another delimiter.
    let file = |name: &str| if name == "tsv" { "csv".to_owned() } else { name.replace('-', "_") };
    let names: Vec<String> = WRITERS.iter().map(|writer| file(writer.name)).collect();
    check_table("sink/", "WRITERS", "Writer", &names);
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
    assert_eq!(READERS.iter().map(|reader| reader.name).collect::<BTreeSet<_>>().len(), READERS.len());
    let mut names = BTreeSet::new();
    for writer in WRITERS {
        assert!(names.insert(writer.name) && !writer.summary.is_empty() && !writer.extensions.is_empty());
    }
    let extensions: Vec<&str> = WRITERS.iter().flat_map(|writer| writer.extensions).copied().collect();
    assert_eq!(extensions.iter().collect::<BTreeSet<_>>().len(), extensions.len(), "{extensions:?}");
    assert!(READERS.iter().all(|reader| !reader.summary.is_empty() && !reader.extensions.is_empty()));
}
