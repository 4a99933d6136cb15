//! What packages are made of: completions and manual pages.

use crate::support::{Folder, Program};

fn printed(args: &[&str]) -> String {
    let out = Program::new(args).run().expect(0);
    assert_eq!(out.stderr, "");
    out.text()
}

/// Every shell gets every command and option.
#[test]
fn completions_know_the_command_line() {
    let help = printed(&["decode", "--help"]);
    let words = help.split_whitespace().map(|word| word.trim_end_matches(','));
    let options: Vec<&str> = words.filter(|word| word.starts_with("--") && word.len() > 3).collect();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        for word in ["decode", "calibrate", "completions", "softargmax"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        for option in ["--method", "--temperature", "--output-dir", "--calibration", "--path-regex"] {
            assert!(options.contains(&option));
            // fish writes `-l method`.
            let is_there = script.contains(option) || script.contains(&format!("-l {}", &option[2..]));
            assert!(is_there, "{shell}: {option}");
        }
    }
}

/// The script is one that bash can read, where there is a bash, and it completes.
#[cfg(unix)]
#[test]
fn bash_completes_commands_and_options() {
    use std::process::Command;
    let folder = Folder::new();
    let script = folder.write("softargmax.bash", printed(&["completions", "bash"]).as_bytes());
    let line = "source \"$0\"; COMP_WORDS=(softargmax cal); COMP_CWORD=1; _softargmax softargmax cal softargmax; \
                echo \"${COMPREPLY[@]}\"";
    let Ok(out) = Command::new("bash").args(["-c", line]).arg(&script).output() else { return };
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "calibrate", "{out:?}");
}

/// A page for the program and for each command, with its options, in a directory that need not exist.
#[test]
fn manual_pages_hold_the_help() {
    let folder = Folder::new();
    let at = folder.path().join("a/pages");
    let out = Program::new(["man"]).arg(&at).run().expect(0);
    assert_eq!((out.text(), out.stderr.as_str()), (String::new(), ""));
    let help = printed(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands =
        commands.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    // The help itself needs no page.
    let commands = commands.filter(|name| *name != "help");
    let mut expected: Vec<String> = commands.map(|command| format!("softargmax-{command}.1")).collect();
    assert!(expected.len() > 8, "{expected:?}");
    expected.push("softargmax.1".to_owned());
    expected.sort();
    let mut names: Vec<String> = std::fs::read_dir(&at)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, expected);
    let page = |name: &str| std::fs::read_to_string(at.join(name)).unwrap();
    let whole = page("softargmax.1");
    assert!(whole.starts_with(".ie") && whole.contains(".TH softargmax 1"), "{whole}");
    assert!(whole.contains("softargmax\\-decode(1)"), "{whole}");
    let decode = page("softargmax-decode.1");
    assert!(decode.contains(".TH softargmax-decode 1"), "{decode}");
    for option in ["\\-\\-method", "\\-\\-temperature", "\\-\\-files\\-from"] {
        assert!(decode.contains(option), "{option}");
    }
    // Again over the pages of another version.
    std::fs::write(at.join("softargmax.1"), "old").unwrap();
    Program::new(["man"]).arg(&at).run().expect(0);
    assert_eq!(page("softargmax.1"), whole);
}

#[test]
fn pages_that_cannot_be_written_are_an_error() {
    let folder = Folder::new();
    let file = folder.write("file", b"");
    let out = Program::new(["man"]).arg(&file).run().expect(4);
    out.says(&["failed to create the directory", "`man` takes a directory"]);
    let pages = folder.path().join("pages");
    std::fs::create_dir_all(pages.join("softargmax.1")).unwrap();
    let out = Program::new(["man"]).arg(&pages).run().expect(4);
    out.says(&["softargmax.1", "is a directory"]);
}
