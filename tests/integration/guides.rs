//! The pages of `docs/guides`: every console block is run by `sh`, command after command, in a copy of
//! `testdata/guides`, and what stands below a command is what it prints.
//!
//! `UPDATE_DOCS=1 cargo test --test integration guides` writes the outputs anew. Blocks of Python and R are run
//! by `tests/peers/guides.py`.

use crate::support::{Folder, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The longest page.
const MOST_LINES: usize = 100;

fn pages() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("docs/guides")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a command prints: standard output, then standard error, without speeds.
fn printed(command: &str, folder: &Folder, place: &str) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_softargmax")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder.path()).env("PATH", path).env_remove("SOFTARGMAX_SIMD");
    let out = shell.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(out.status.success(), "{place}: {command}\n{}", text(&out.stderr));
    let all = text(&out.stdout) + &text(&out.stderr);
    all.lines().map(|line| format!("{}\n", without_speed(line))).collect()
}

/// A summary without `, 8.79 MiB/s`, which differs from run to run.
fn without_speed(line: &str) -> &str {
    if line.ends_with("B/s") { line.rsplit_once(", ").unwrap().0 } else { line }
}

/// The page with what its commands print now, and how many they are.
fn run(page: &Path, folder: &Folder) -> (String, usize) {
    let text = std::fs::read_to_string(page).unwrap();
    let (mut made, mut is_console, mut count) = (String::new(), false, 0);
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        let Some(start) = line.strip_prefix("$ ").filter(|_| is_console) else {
            // Inside a block this is what a command printed when the page was written.
            if !is_console || line.starts_with("```") {
                made += &format!("{line}\n");
            }
            continue;
        };
        let mut command = start.to_owned();
        made += &format!("{line}\n");
        while command.ends_with('\\') {
            let (_, more) = lines.next().unwrap();
            command += &format!("\n{more}");
            made += &format!("{more}\n");
        }
        made += &printed(&command, folder, &format!("{}:{}", page.display(), number + 1));
        count += 1;
    }
    (made, count)
}

#[test]
fn guides_print_what_the_program_prints() {
    let pages = pages();
    assert!(pages.len() >= 6, "{pages:?}");
    for page in pages {
        let folder = Folder::new();
        copy(&root().join("testdata/guides"), folder.path());
        let (made, count) = run(&page, &folder);
        assert!(count >= 3, "{count} commands in {}", page.display());
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&page, &made).unwrap();
        }
        let text = std::fs::read_to_string(&page).unwrap();
        assert_eq!(made, text, "{}: UPDATE_DOCS=1 cargo test --test integration guides", page.display());
    }
}

#[test]
fn guides_are_short() {
    for page in pages() {
        let length = std::fs::read_to_string(&page).unwrap().lines().count();
        assert!(length < MOST_LINES, "{}: {length} lines", page.display());
    }
}

#[test]
fn outputs_are_replaced_and_all_else_stays() {
    let folder = Folder::new();
    let text = "a\n```console\n$ echo 1 \\\n    2\nold\n$ echo 3, 4 MiB/s\n```\n\n```python\n$ no\n```\n";
    let page = folder.write("page.md", text.as_bytes());
    let made = "a\n```console\n$ echo 1 \\\n    2\n1 2\n$ echo 3, 4 MiB/s\n3\n```\n\n```python\n$ no\n```\n";
    assert_eq!(run(&page, &folder), (made.to_owned(), 2));
}
