//! Usage errors: the commands of `tests/cli/usage.txt`, each with all that it prints.

use crate::support::{Program, root};
use std::collections::BTreeSet;

/// A command and what it prints on standard error.
struct Case {
    command: String,
    stderr: String,
}

impl Case {
    /// Each begins with a line `$ softargmax …`; what stands in front of the first is for people.
    fn all(text: &str) -> Vec<Case> {
        let cases = text.split("\n$ softargmax ").skip(1).map(|case| {
            let (command, stderr) = case.split_once('\n').unwrap();
            Case { command: command.to_owned(), stderr: format!("{}\n", stderr.trim_end()) }
        });
        cases.collect()
    }

    /// What the program prints now: on standard error, and nowhere else.
    fn found(&self) -> Case {
        let args = self.command.split(' ').map(|arg| arg.trim_matches('"'));
        let ran = Program::new(args).env("COLUMNS", "100").run().expect(2);
        assert_eq!(ran.text(), "", "{}", self.command);
        Case { command: self.command.clone(), stderr: ran.stderr }
    }

    fn text(&self) -> String {
        format!("\n$ softargmax {}\n{}", self.command, self.stderr)
    }
}

#[test]
fn usage_errors_say_exactly_this() {
    let path = root().join("tests/cli/usage.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let cases = Case::all(&text);
    assert!(cases.len() >= 71, "{} cases", cases.len());
    assert_eq!(
        cases.iter().map(|case| &case.command).collect::<BTreeSet<_>>().len(),
        cases.len(),
        "a case twice"
    );
    let found: String = cases.iter().map(|case| case.found().text()).collect();
    let introduction = text.split("\n$ ").next().unwrap();
    if std::env::var_os("UPDATE_USAGE").is_some() {
        std::fs::write(&path, format!("{introduction}{found}")).unwrap();
    }
    for (case, found) in cases.iter().zip(Case::all(&found)) {
        let Case { command, stderr } = case;
        assert_eq!(
            found.stderr, *stderr,
            "softargmax {command}\nUPDATE_USAGE=1 cargo test --test integration usage"
        );
    }
}

/// Without a command the help is the error.
#[test]
fn no_command_is_a_usage_error_with_the_help() {
    let ran = Program::new([""; 0]).run().expect(2);
    let help = Program::new(["-h"]).run().expect(0);
    assert_eq!((ran.text().as_str(), ran.stderr), ("", help.text()));
}

#[test]
fn the_version_is_that_of_the_package() {
    let ran = Program::new(["--version"]).run().expect(0);
    assert_eq!(
        (ran.text(), ran.stderr),
        (format!("softargmax {}\n", env!("CARGO_PKG_VERSION")), String::new())
    );
}
