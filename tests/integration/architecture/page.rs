//! The tables of `docs/architecture.md`.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};

/// A row of the table of rooms or of the table of crates: its name, and the places in its last column.
pub(super) type Rows = BTreeMap<String, BTreeSet<String>>;

/// The rooms, each with those that it may import.
pub(super) fn rooms() -> Rows {
    table("| room | holds | may import |")
}

/// The crates, each with the rooms or the files in which alone it may be named.
pub(super) fn crates() -> Rows {
    table("| crate | why | may be named in |")
}

/// Every decision and every page that the page links to.
pub(super) fn links() -> BTreeSet<String> {
    let text = text();
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    links.map(str::to_owned).collect()
}

/// The Rust files and the folders that the page names between backticks.
pub(super) fn names() -> BTreeSet<String> {
    let text = text();
    let names = text.split('`').skip(1).step_by(2);
    let is_path = |name: &&str| {
        (name.ends_with(".rs") || name.ends_with('/')) && !name.contains([' ', '{', '<']) && name.len() > 1
    };
    names.filter(is_path).map(str::to_owned).collect()
}

fn text() -> String {
    std::fs::read_to_string(root().join("docs/architecture.md")).unwrap()
}

/// The rows below a header, in the order of the page.
pub(super) fn order(header: &str) -> Vec<String> {
    rows(&text(), header).into_iter().map(|row| row.0).collect()
}

fn table(header: &str) -> Rows {
    let rows = rows(&text(), header);
    assert!(rows.len() > 5, "no table `{header}` in docs/architecture.md");
    let count = rows.len();
    let rows: Rows = rows.into_iter().collect();
    assert_eq!(rows.len(), count, "`{header}` has a row twice");
    rows
}

/// The first cell of each row with what its last cell names; `nothing` names nothing.
fn rows(text: &str, header: &str) -> Vec<(String, BTreeSet<String>)> {
    let lines =
        text.lines().skip_while(|line| *line != header).skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let names = cells[cells.len() - 1].split(", ").filter(|name| *name != "nothing");
        (plain(cells[0]), names.map(plain).collect())
    };
    lines.map(row).collect()
}

fn plain(name: &str) -> String {
    name.trim_matches('`').to_owned()
}

#[test]
fn tables_are_read() {
    let text = "a\n| x | y |\n|---|---|\n| `a/` | nothing |\n| `b.rs` | `a/`, `c` |\n\n| d | e |\n";
    let found = rows(text, "| x | y |");
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(found, [("a/".to_owned(), named(&[])), ("b.rs".to_owned(), named(&["a/", "c"]))]);
    assert_eq!(rows(text, "| none |"), []);
}
