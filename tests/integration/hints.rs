//! Hints work when they are typed: they name options that there are, with values that are read, and the fault
//! that they were given for is gone. Those that name other programs are run by `tests/peers/hints.py`.

use crate::support::{Folder, Nifti, Program, f4, gzip, npy};
use std::fs;
use std::path::{Path, PathBuf};

/// The options in `text` as hints write them: `--name`, or `--name value`, each between backticks.
fn options(text: &str) -> Vec<&str> {
    let open = |(at, _): (usize, &str)| text[at + 1..].split_once(['`', '\n']).map(|(inside, _)| inside);
    text.match_indices("`--").filter_map(open).collect()
}

/// The Rust files of a folder, without their unit tests and comments.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            found.push(
                text.lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            );
        }
    }
}

/// A message that names an option which was renamed, or a value that is not read, sends its reader in a
/// circle.
#[test]
fn every_message_names_options_that_there_are() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let commands = [
        "decode",
        "argmax",
        "info",
        "convert",
        "encode",
        "methods",
        "eval",
        "calibrate",
        "report",
        "show",
        "completions",
        "man",
    ];
    let help = commands.map(|command| (command, Program::new([command, "--help"]).run().expect(0).text()));
    let (mut names, mut values) = (0, 0);
    for option in texts.iter().flat_map(|text| options(text)) {
        let name = option.split([' ', '=']).next().unwrap();
        if name.contains('{') || name == "--help" {
            continue;
        }
        names += 1;
        let owner = help
            .iter()
            .find(|(_, help)| help.contains(&format!("{name} ")) || help.contains(&format!("{name}\n")));
        let Some((command, _)) = owner else { panic!("`{option}`: no command has the option {name}") };
        // Values that are only known when the message is written, and words for a value.
        let is_word =
            |word: &str| word.contains('{') || word.starts_with(|letter: char| letter.is_uppercase());
        if option == name
            || option.split(' ').skip(1).any(|word| is_word(word) && word != "NCHWD" && word != "CDWH")
        {
            continue;
        }
        values += 1;
        let args = [command, "absent.npy"].into_iter().chain(option.split(' '));
        let ran = Program::new(args).run();
        for wrong in ["invalid value", "unexpected argument", "a value is required"] {
            assert!(!ran.stderr.contains(wrong), "`{option}`: {}", ran.stderr);
        }
    }
    assert!(names > 60 && values > 15, "{names} names, {values} values: are messages still written so?");
}

/// Hints that are a whole command of ours: each is read, whatever it would do with its files.
#[test]
fn every_message_names_commands_that_are_read() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let mut commands = 0;
    for text in &texts {
        // Texts go on in the next line of the source.
        let text = text.split("\\\n").map(str::trim_start).collect::<Vec<_>>().concat();
        for inside in text.split('`').skip(1).filter(|inside| !inside.contains('\n')) {
            let Some((before, command)) = inside.split_once("softargmax ") else { continue };
            if !(before.is_empty() || before.ends_with("| ")) || command.contains('{') {
                continue;
            }
            commands += 1;
            let args: Vec<&str> = command.split(' ').filter(|arg| !arg.is_empty()).collect();
            let ran = Program::new(&args).stdin(b"").run();
            let is_usage = ran.stderr.contains("Usage:") || ran.stderr.contains("unrecognized");
            assert!(!is_usage, "`{inside}`: {}", ran.stderr);
        }
    }
    assert!(commands >= 5, "{commands} commands: are hints still written so?");
}

/// Runs `args`, which must fail, then again as the first option of the hint says, which must work.
#[track_caller]
fn helps(folder: &Folder, args: &[&str]) {
    let failed = folder.program(args).run();
    assert!(failed.code.is_some_and(|code| code > 0), "{args:?}: {}", failed.text());
    let hint =
        failed.stderr.lines().find_map(|line| line.trim().strip_prefix("hint: ")).unwrap_or_else(|| {
            panic!("{args:?}: no hint in {}", failed.stderr);
        });
    let option = *options(hint).first().unwrap_or_else(|| panic!("{args:?}: no option in `{hint}`"));
    let named: Vec<&str> = option.split(' ').filter(|word| word.starts_with("--")).collect();
    let is_old = |i: usize| args.get(i).is_some_and(|arg| named.contains(arg));
    let kept = args.iter().enumerate().filter(|&(i, _)| !is_old(i) && (i == 0 || !is_old(i - 1)));
    let again: Vec<&str> = kept.map(|(_, arg)| *arg).chain(option.split(' ')).collect();
    let ran = folder.program(&again).doubtful().run();
    assert_eq!(ran.code, Some(0), "{again:?}, after `{hint}`: {}", ran.stderr);
}

#[test]
fn hints_work_when_they_are_typed() {
    let folder = Folder::new();
    let values = |count: usize| f4(&(0..count).map(|i| if i == 7 { 3.0 } else { 0.0 }).collect::<Vec<_>>());
    folder.write("four.npy", &npy("<f4", false, &[2, 3, 4, 5], &values(120)));
    folder.write("six.npy", &npy("<f4", false, &[1, 1, 2, 3, 4, 5], &values(120)));
    folder.write("inner.npy", &npy("<f4", false, &[2, 3, 1, 4, 1, 5, 2], &values(240)));
    folder.write("five.nii", &Nifti::new(&[3, 4, 5, 2, 2], &values(240)).bytes());
    folder.write("six.nii", &Nifti::new(&[3, 4, 5, 1, 1, 2], &values(120)).bytes());
    folder.write("first.nii", &Nifti::new(&[2, 3, 4, 5], &values(120)).bytes());
    folder.write("none.nii.gz", &gzip(&Nifti::new(&[3, 4, 5], &values(60)).without_affine().bytes()));
    for file in ["four.npy", "six.npy", "inner.npy", "five.nii", "six.nii"] {
        helps(&folder, &["decode", file]);
    }
    helps(&folder, &["decode", "none.nii.gz", "--coords", "world"]);
    helps(&folder, &["decode", "none.nii.gz", "--affine", "qform"]);
    helps(&folder, &["decode", "none.nii.gz", "--method", "local", "--radius", "3mm"]);
    helps(&folder, &["decode", "first.nii", "--affine", "qform"]);
    // No affine has a column for D here, and no choice of one mends that.
    for affine in [&[][..], &["--affine", "sform"], &["--affine", "pixdim"]] {
        let args = ["decode", "first.nii", "--layout", "CHWD", "--coords", "world"];
        let args = [&args[..], affine].concat();
        let error =
            "the affine is for the first three axes of the file, and layout CHWD has H, W or D elsewhere";
        folder.program(&args).run().expect(3).says(&[error]);
        helps(&folder, &args);
    }
}
