//! What packages are made of: completions and manual pages.

use crate::support::Program;

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
    let folder = crate::support::Folder::new();
    let script = folder.write("softargmax.bash", printed(&["completions", "bash"]).as_bytes());
    let line = "source \"$0\"; COMP_WORDS=(softargmax cal); COMP_CWORD=1; _softargmax softargmax cal softargmax; \
                echo \"${COMPREPLY[@]}\"";
    let Ok(out) = Command::new("bash").args(["-c", line]).arg(&script).output() else { return };
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "calibrate", "{out:?}");
}

/// A page for the program and for each command, with its options.
#[test]
fn manual_pages_hold_the_help() {
    let whole = printed(&["man"]);
    assert!(whole.starts_with(".ie") && whole.contains(".TH softargmax 1"), "{whole}");
    assert!(whole.contains("softargmax\\-decode(1)"), "{whole}");
    let page = printed(&["man", "decode"]);
    assert!(page.contains(".TH softargmax-decode 1"), "{page}");
    for option in ["\\-\\-method", "\\-\\-temperature", "\\-\\-files\\-from"] {
        assert!(page.contains(option), "{option}");
    }
    let out = Program::new(["man", "decoder"]).run().expect(2);
    out.says(&[
        "there is no command `decoder`",
        "the commands are argmax, calibrate, completions, convert, decode",
    ]);
}
