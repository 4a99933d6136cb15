//! The documentation says what the program does: `docs/cli.md` is its help, the README's examples are its
//! output, and no link leads nowhere.
//!
//! `UPDATE_DOCS=1 cargo test --test integration docs` writes `docs/cli.md` anew.

use crate::support::{Folder, Program, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const COMMANDS: [&str; 12] = [
    "decode",
    "argmax",
    "info",
    "convert",
    "encode",
    "eval",
    "calibrate",
    "report",
    "show",
    "methods",
    "completions",
    "man",
];

pub(crate) fn help(command: &[&str]) -> String {
    let out = Program::new(command).args(["--help"]).env("COLUMNS", "100").run().expect(0);
    assert_eq!(out.stderr, "");
    out.text().lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>().trim_end().to_owned()
}

/// The page as the program would write it.
fn page() -> String {
    let mut page =
        "# The command line\n\nMade from `--help` by `UPDATE_DOCS=1 cargo test --test integration docs`; \
                    a test holds it to what the program prints.\n"
            .to_owned();
    let mut section = |title: &str, command: &[&str]| {
        page.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", help(command)));
    };
    section("softargmax", &[]);
    for command in COMMANDS {
        section(&format!("softargmax {command}"), &[command]);
    }
    page
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_cli_page_is_the_help() {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join("docs/cli.md"), page()).unwrap();
    }
    assert_eq!(read("docs/cli.md"), page(), "UPDATE_DOCS=1 cargo test --test integration docs");
}

/// The long options of a help text.
pub(crate) fn options(help: &str) -> BTreeSet<String> {
    // What is further to the right is the text of another option.
    let starts = |line: &&str| line.trim_start().starts_with('-') && !line.starts_with("       ");
    let words = help.lines().filter(starts).flat_map(str::split_whitespace);
    let is_long = |word: &&str| word.starts_with("--") && word.len() > 2;
    words.filter(is_long).map(|word| word.trim_end_matches([',', '.', ';']).to_owned()).collect()
}

fn files_below(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| extensions.iter().any(|wanted| e == *wanted)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_command_is_in_the_help() {
    let help = help(&[]);
    let named: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(named, COMMANDS, "the page of the command line and this test name every command");
}

#[test]
fn every_option_is_documented_and_tested() {
    let page = read("docs/cli.md");
    let tests: String = files_below("tests", &["rs", "toml"])
        .iter()
        .filter(|path| !path.ends_with("docs.rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for command in COMMANDS {
        let options = options(&help(&[command]));
        assert!(options.len() > 3 || ["methods", "completions", "man"].contains(&command), "{options:?}");
        for option in options.iter().filter(|option| *option != "--help") {
            assert!(page.contains(option.as_str()), "{command} {option} is not in docs/cli.md");
            let tested = [format!("\"{option}\""), format!("\"{option}=")];
            let tested = tested.iter().any(|text| tests.contains(text.as_str()));
            assert!(tested, "{command} {option} is in no test");
        }
    }
}

/// `decode -h` shows the options that most runs need, on one screen.
#[test]
fn the_short_help_fits_a_screen() {
    for columns in ["80", "100"] {
        let out = Program::new(["decode", "-h"]).env("COLUMNS", columns).run().expect(0);
        let text = out.text();
        assert!(text.lines().count() <= 24, "{columns}: {text}");
        assert!(text.lines().all(|line| line.len() <= columns.parse().unwrap()), "{columns}: {text}");
        let shown = ["--compare", "--coords", "--dry-run", "--fail-on", "--format", "--help", "--labels"];
        let others = ["--method", "--output", "--output-dir", "--resume", "--temperature", "--uncertainty"];
        let expected: BTreeSet<String> = shown.iter().chain(&others).map(|&name| name.to_owned()).collect();
        assert_eq!(options(&text), expected);
    }
}

/// What is not built yet is not shown.
#[test]
fn nothing_is_promised_that_is_not_there() {
    for command in COMMANDS {
        for option in ["--plan", "--shard"] {
            assert!(!help(&[command]).contains(option), "{command} {option}");
        }
    }
    for command in ["plan", "merge"] {
        assert!(!help(&[]).contains(&format!("\n  {command} ")), "{command}");
    }
}

#[test]
fn exit_statuses_are_in_the_help() {
    let help = help(&[]);
    for status in ["0 done", "1 ", "2 usage", "3 ", "4 ", "70 "] {
        assert!(help.contains(status), "{status}");
    }
}

// --- examples --------------------------------------------------------------------------------------

/// The blocks of one language of a page, with the number of their first line.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let (mut found, mut open): (Vec<(usize, String)>, bool) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            let starts = !open && line.trim() == format!("```{language}");
            open = if open { false } else { !line.trim().is_empty() };
            if starts {
                found.push((number + 2, String::new()));
            } else if open {
                found.push((0, String::new()));
            }
        } else if open {
            let block = &mut found.last_mut().unwrap().1;
            block.push_str(line);
            block.push('\n');
        }
    }
    found.retain(|(number, _)| *number > 0);
    found
}

/// The commands of a console block with what each prints.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a console block begins without a command: {line}"),
        }
    }
    found
}

/// The arguments of a command of ours; none for any other, such as a pipeline.
fn arguments(command: &str) -> Option<Vec<String>> {
    let ours = ["softargmax ", "cargo run --release -- "];
    let rest = ours.iter().find_map(|start| command.strip_prefix(start))?;
    let is_plain = !rest.contains(['|', '>', '<', '$', '\'', '"', '*', '&', '\\']);
    is_plain.then(|| rest.split_whitespace().map(str::to_owned).collect())
}

/// Runs every example of a page that names files of the repository.
fn check_examples(page: &Path) -> usize {
    let mut count = 0;
    for (line, block) in blocks(&std::fs::read_to_string(page).unwrap(), "console") {
        for (command, expected) in commands(&block) {
            let Some(args) = arguments(&command) else { continue };
            let files = args.iter().filter(|arg| arg.contains('/') || arg.contains(".n"));
            if !files.clone().all(|file| root().join(file).exists()) {
                continue;
            }
            let out = Program::new(&args).within(root()).run();
            // A terminal shows both; the page may show either or both.
            let (stdout, both) = (out.text(), format!("{}{}", out.text(), out.stderr));
            let other_way = format!("{}{}", out.stderr, out.text());
            let place = format!("{}:{line}: {command}", page.display());
            let same = [stdout.clone(), both, other_way].contains(&expected);
            assert!(same, "{place}\nprints\n{stdout}{}\nand the page says\n{expected}", out.stderr);
            count += 1;
        }
    }
    count
}

#[test]
fn the_readme_prints_what_the_program_prints() {
    assert!(check_examples(&root().join("README.md")) >= 1, "no example in README.md was run");
}

#[test]
fn the_examples_of_docs_print_what_the_program_prints() {
    // Those of the tutorial of the loop and of the guides need files of the commands before them.
    let is_whole = |page: &PathBuf| page.ends_with(LOOP) || page.starts_with(root().join("docs/guides"));
    let pages = files_below("docs", &["md"]).into_iter().filter(|page| !is_whole(page));
    let count: usize = pages.map(|page| check_examples(&page)).sum();
    assert!(count >= 5, "{count} examples in docs were run");
}

/// The tutorial whose commands need the files of those before them.
const LOOP: &str = "docs/loop.md";

/// The tutorial of the whole loop, command after command in one folder. `UPDATE_DOCS=1` writes down what they
/// print.
#[test]
fn the_loop_prints_what_the_program_prints() {
    let folder = Folder::new();
    for name in ["truth.csv", "seen.csv", "new_truth.csv", "new_seen.csv"] {
        let path = format!("testdata/loop/{name}");
        folder.write(&path, &std::fs::read(root().join(&path)).unwrap());
    }
    let page = read(LOOP);
    let (mut made, mut is_console, mut count) = (String::new(), false, 0);
    for line in page.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        match line.strip_prefix("$ ").filter(|_| is_console) {
            Some(command) => {
                let args = arguments(command).unwrap_or_else(|| panic!("not a command of ours: {command}"));
                let out = folder.program(&args).run().expect(0);
                made += &format!("{line}\n{}{}", out.text(), out.stderr);
                count += 1;
            }
            None if is_console && !line.starts_with("```") => {}
            None => made += &format!("{line}\n"),
        }
    }
    assert!(count >= 8, "{count} commands in {LOOP}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(LOOP), &made).unwrap();
    } else {
        assert_eq!(made, page, "UPDATE_DOCS=1 cargo test --test integration docs");
    }
}

/// What the README says of speed, from what `benches/process/measure.py --front-page` measured.
fn figures() -> String {
    let measured: serde_json::Value = serde_json::from_str(&read("benches/process/front_page.json")).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let ratio = |name: &str| number(&measured["ratios"][name]["median"]);
    let times = |name: &str| format!("1/{:.0}", 1.0 / ratio(name));
    let text = |key: &str| measured[key].as_str().unwrap().to_owned();
    let range = format!(
        "{:.2} to {:.2}",
        number(&measured["ratios"]["cat"]["low"]),
        number(&measured["ratios"]["cat"]["high"])
    );
    let beside = if number(&measured["load_before"]) > 0.5 { ", with other work beside it" } else { "" };
    format!(
        "Decoding a `.npy` of 268 MB on two threads takes {:.2} ({range}) of the time of `cat FILE > /dev/null`, {} of\n\
         expert NumPy and {} of a PyTorch script, as whole processes, and {:.0} MiB of memory ({}, {} cores, {}, {}{beside};\n\
         [performance](docs/performance.md)).\n",
        ratio("cat"),
        times("numpy"),
        times("torch"),
        number(&measured["mib"]).ceil(),
        text("processor"),
        measured["cores"],
        text("simd"),
        text("date"),
    )
}

#[test]
fn the_readme_states_what_was_measured() {
    let (start, end) = ("<!-- figures of benches/process/front_page.json -->\n", "<!-- end -->\n");
    let page = read("README.md");
    let (before, rest) = page.split_once(start).unwrap();
    let (said, after) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join("README.md"), format!("{before}{start}{}{end}{after}", figures()))
            .unwrap();
    } else {
        assert_eq!(said, figures(), "UPDATE_DOCS=1 cargo test --test integration docs");
    }
}

#[test]
fn the_parser_of_examples_sees_what_it_should() {
    let text = "a\n```text\nx\n```\n```console\n$ softargmax info a\nb\n$ ls | wc\n1\n```\n";
    let found = blocks(text, "console");
    assert_eq!(found, [(6, "$ softargmax info a\nb\n$ ls | wc\n1\n".to_owned())]);
    let commands = commands(&found[0].1);
    assert_eq!(commands[0], ("softargmax info a".to_owned(), "b\n".to_owned()));
    assert_eq!(arguments(&commands[0].0), Some(vec!["info".to_owned(), "a".to_owned()]));
    assert_eq!(arguments(&commands[1].0), None);
}

// --- links -----------------------------------------------------------------------------------------

/// The targets of `[text](target)` outside code blocks.
fn links(text: &str) -> Vec<String> {
    let (mut found, mut is_code) = (Vec::new(), false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', ' ']).next().unwrap();
            found.push(target.trim_matches(['<', '>']).to_owned());
        }
    }
    found
}

/// The anchors that a page's headings have on GitHub.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut pages = files_below("docs", &["md"]);
    let beside = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "testdata/README.md"];
    pages.extend(beside.map(|page| root().join(page)));
    let mut broken = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text).iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(path, a)| (path, Some(a)));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let there = target.exists()
                && anchor.is_none_or(|anchor| {
                    anchors(&std::fs::read_to_string(&target).unwrap_or_default()).iter().any(|a| a == anchor)
                });
            if !there {
                broken.push(format!("{}: {link}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
