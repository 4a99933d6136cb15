//! What the program says to a person: no name from elsewhere acts on the terminal, and a closed standard
//! output is said. The escaped forms are those of `char::escape_debug` in Rust's reference, written by hand.

#![cfg(unix)]

use crate::support::{Folder, npy, npy_f4, zip};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

/// It would colour the terminal red, break the line with an error of its own, and turn around what follows; and
/// it has a byte that is no UTF-8.
const EVIL: &[u8] = b"a\x1b[31m\nerror: b\r\xc2\x9b\xe2\x80\xae\xff.npy";
const SHOWN: &str = r"a\u{1b}[31m\nerror: b\r\u{9b}\u{202e}\xff.npy";

fn evil() -> OsString {
    OsString::from_vec(EVIL.to_vec())
}

fn is_safe(text: &str) -> bool {
    !text.contains(|letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}')
}

/// Says `parts`, and nothing that a terminal obeys.
fn says_safely(ran: &crate::support::Ran, parts: &[&str]) {
    assert!(is_safe(&ran.stderr), "{:?}", ran.stderr);
    ran.says(parts);
}

#[test]
fn names_of_files_are_escaped_in_every_message() {
    let folder = Folder::new();
    let evil = evil();
    folder.write(&evil, b"nothing");
    let hidden = OsString::from_vec([b"in/.".as_slice(), EVIL].concat());
    std::fs::create_dir(folder.join("in")).unwrap();
    folder.write(&hidden, b"");
    folder.write("in/a.npy", &npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]));
    let told = |args: &[&str], code: i32, part: &str| {
        let args = args.iter().map(|arg| match arg.strip_prefix("EVIL") {
            Some(rest) => OsString::from_vec([EVIL, rest.as_bytes()].concat()),
            None => arg.into(),
        });
        let ran = folder.program(args).run().expect(code);
        says_safely(&ran, &[part]);
    };
    let unreadable = format!("error: failed to decode `{SHOWN}`\n");
    told(&["decode", "EVIL"], 3, &unreadable);
    told(&["decode", "EVIL", "--dry-run"], 3, &unreadable);
    told(&["decode", "EVIL", "--output-dir", "out"], 3, &unreadable);
    told(&["info", "EVIL"], 3, &unreadable);
    told(&["argmax", "EVIL"], 3, &format!("of `{SHOWN}`"));
    for option in ["--mask", "--reference", "--labels"] {
        told(&["decode", "in/a.npy", "--layout", "HWD", option, "EVIL/x"], 2, &format!("`{SHOWN}/x`"));
    }
    told(&["decode", "in/a.npy", "-o", "EVIL/out.csv"], 4, &format!("`{SHOWN}/out.csv`"));
    told(&["decode", "--files-from", "EVIL/list"], 2, &format!("`{SHOWN}/list`"));
    told(&["decode", "EVIL", "-o", "EVIL"], 2, &format!("`{SHOWN}`"));
    told(&["decode", "in", "-v"], 0, &format!("`in/.{SHOWN}`"));
    told(&["methods", "\u{1b}[31m"], 2, r"`\u{1b}[31m`");
    // The parser of the command line quotes what it does not know, breaks of lines as they are.
    told(&["decode", "--x\u{1b}[31m"], 2, r"--x\u{1b}[31m");
    told(&["EVIL"], 2, r"a\u{1b}[31m");
}

#[test]
fn warnings_and_verbose_lines_are_escaped() {
    let folder = Folder::new();
    folder.write(evil(), &[npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]), b"trailing".to_vec()].concat());
    let ran = folder.program([OsString::from("decode"), evil(), "-v".into()]).run().expect(0);
    says_safely(&ran, &[&format!("{SHOWN}: npy 1.0 <f4"), &format!("  `{SHOWN}`: 8 bytes after")]);
    folder.write("flat.npy", &npy_f4(&[2, 2, 1], &[0.0, 0.1, 0.1, 0.0]));
    let args = ["decode", "flat.npy", "--layout", "CHW", "--label-names", "x\u{1b}[2J,\u{202e}y"];
    let ran = folder.program(args).args(["--fail-on", "none"]).run().expect(0);
    assert!(is_safe(&ran.stderr), "{:?}", ran.stderr);
    // Rows are data, and keep what they are given.
    assert!(ran.text().contains("x\u{1b}[2J"), "{}", ran.text());
}

#[test]
fn what_a_file_says_is_escaped() {
    let folder = Folder::new();
    let array = npy_f4(&[1, 1, 2], &[0.0, 1.0]);
    let names = ["x\u{1b}]0;owned\u{7}.npy", "y\nerror: z.npy"];
    let entries = names.map(|name| (name, array.as_slice()));
    folder.write("a.npz", &zip(&entries, ::zip::CompressionMethod::Stored));
    let ran = folder.program(["decode"]).args(["a.npz"]).run().expect(3);
    says_safely(&ran, &[r"`x\u{1b}]0;owned\u{7}", r"`y\nerror: z", r"`--key x\u{1b}"]);
    let ran = folder.program(["decode"]).args(["a.npz", "--key", "k\u{1b}[31m"]).run().expect(3);
    says_safely(&ran, &[r"named `k\u{1b}[31m`"]);
    folder.write("b.npy", &npy("<f4\u{1b}[31m", false, &[1, 1, 2], &array));
    let ran = folder.program(["decode"]).args(["b.npy"]).run().expect(3);
    assert!(is_safe(&ran.stderr), "{:?}", ran.stderr);
    std::os::unix::fs::symlink(evil(), folder.join("link.npy")).unwrap();
    let ran = folder.program(["decode"]).args(["link.npy"]).run().expect(3);
    says_safely(&ran, &[&format!("a link to `{SHOWN}`")]);
}

/// Lists for people are escaped wherever they go; data for programs hold the bytes.
#[test]
fn lists_for_people_are_escaped_and_data_are_not() {
    let folder = Folder::new();
    folder.write(evil(), &npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]));
    for args in [vec!["info"], vec!["decode", "--dry-run"], vec!["decode", "--dry-run", "--verbose"]] {
        let ran = folder.program(&args).arg(evil()).run().expect(0);
        let text = ran.text();
        assert!(is_safe(&text) && text.contains(SHOWN), "{text:?}");
    }
    let rows = folder.program(["decode"]).arg(evil()).run().expect(0).stdout;
    assert!(rows.windows(EVIL.len()).any(|bytes| bytes == EVIL));
    let json = folder.program(["decode", "--format", "json"]).arg(evil()).run().expect(0).json();
    assert!(json["inputs"][0]["file"].as_str().unwrap().starts_with("a\u{1b}[31m\nerror: b\r\u{9b}"));
}

/// The program, run by a shell with `setting` before it.
fn under(folder: &Folder, setting: &str, args: &str) -> std::process::Output {
    let program = env!("CARGO_BIN_EXE_softargmax");
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{setting}; exec \"$0\" {args}"), program]).current_dir(folder.path());
    command.output().unwrap()
}

fn stderr(out: &std::process::Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

#[test]
fn a_closed_standard_output_is_said_by_every_command() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]));
    folder.write("points.csv", b"label,x_mm,y_mm,z_mm\ntip,1,2,3\n");
    let all = [
        "decode a.npy",
        "convert points.csv",
        "eval points.csv points.csv",
        "decode a.npy --format json",
        "decode a.npy --format npy",
        "decode a.npy --dry-run",
        "argmax a.npy",
        "argmax a.npy --dim 0",
        "argmax a.npy -o scalar.npy",
        "info a.npy",
        "info a.npy --format json",
        "methods",
        "methods local",
        "--version",
        "--help",
        "decode -h",
    ];
    for args in all {
        let out = under(&folder, "exec >&-", args);
        let said = stderr(&out);
        assert_eq!(out.status.code(), Some(4), "{args}: {said}");
        assert!(
            said.contains("error: failed to write standard output\n  caused by: it is closed"),
            "{args}: {said}"
        );
    }
    assert_eq!(folder.names(), ["a.npy", "points.csv"]);
    // What is not written there does not need it, and what was given as /dev/null is open.
    let given = ["exec >&-", "exec >/dev/null", "exec <>/dev/null >&0", "exec <&-", "exec 2>&-"];
    for (setting, args) in
        given.into_iter().zip(["decode a.npy -o b.csv"].into_iter().chain(["decode a.npy"; 4]))
    {
        let out = under(&folder, setting, args);
        assert_eq!(out.status.code(), Some(0), "{setting} {args}: {}", stderr(&out));
    }
    assert!(folder.names().contains(&"b.csv".to_owned()));
}

/// A limit on memory stands for any: the stacks of a thousand threads do not fit.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_the_system_refuses_are_no_defect() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]));
    let of = |threads: &str| folder.program(["decode", "a.npy", "--threads", threads]).memory(300).run();
    let ran = of("1000").expect(2);
    ran.says(&[
        "error: failed to start 1000 worker threads\n",
        "caused by: the system refused: ",
        "`--threads 1`",
    ]);
    assert!(!ran.stderr.contains("defect") && !ran.stderr.contains("panicked"), "{}", ran.stderr);
    of("1").expect(0);
}

/// Wherever a stream is copied to a temporary file.
#[test]
fn errors_of_temporary_files_name_their_directory() {
    let folder = Folder::new();
    let array = npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]);
    let archive = zip(&[("a.npy", array.as_slice())], ::zip::CompressionMethod::Stored);
    let none = folder.join("none\u{1b}");
    let none = none.to_str().unwrap();
    for args in [vec!["decode", "-"], vec!["info", "-"], vec!["argmax", "-"]] {
        let ran = folder.program(args).env("TMPDIR", none).stdin(&archive).run().expect(3);
        says_safely(
            &ran,
            &[r"none\u{1b}` (TMPDIR): no such file or directory", "hint: set `TMPDIR` to a directory"],
        );
    }
    let ran = folder.program(["decode", "-"]).env("TMPDIR", "/proc/self").stdin(&archive).run().expect(3);
    says_safely(&ran, &["in `/proc/self` (TMPDIR): "]);
}
