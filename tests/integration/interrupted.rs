//! Signals, and limits that others set: nothing half-written is left, and the exit status says why.

#![cfg(unix)]

use crate::support::{Folder, npy_f4};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

fn inputs() -> Folder {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]));
    folder
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The exit status of a run that must end soon.
fn ended(mut child: Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    panic!("still running");
}

/// Waits until `is_so`.
fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_output_that_was_begun_goes_and_what_stood_there_stays() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = inputs();
        folder.write("out.csv", b"old");
        // It waits for the rest of standard input when it is interrupted.
        let mut child = folder.program(["decode", "a.npy", "-", "-o", "out.csv"]).spawn();
        let stdin = child.stdin.take().unwrap();
        until(|| folder.names().iter().any(|name| name.ends_with(".tmp")));
        send(signal, &child);
        assert_eq!(ended(child), Some(code), "{signal}");
        assert_eq!(folder.names(), ["a.npy", "out.csv"]);
        assert_eq!(std::fs::read(folder.join("out.csv")).unwrap(), b"old");
        drop(stdin);
    }
}

#[test]
fn an_array_that_was_begun_goes_too() {
    let folder = inputs();
    let fifo = folder.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let child = folder.program(["argmax", "fifo", "--dim", "0", "-o", "out.npy"]).spawn();
    let mut pipe = std::fs::File::options().write(true).open(&fifo).unwrap();
    pipe.write_all(&npy_f4(&[2, 300], &[0.5; 600])[..1200]).unwrap();
    until(|| folder.names().iter().any(|name| name.ends_with(".tmp")));
    send("-TERM", &child);
    assert_eq!(ended(child), Some(143));
    assert_eq!(folder.names(), ["a.npy", "fifo"]);
    drop(pipe);
}

#[test]
fn rows_on_standard_output_are_whole() {
    let folder = inputs();
    let mut child = folder.program(["decode", "--files-from", "-"]).spawn();
    let mut list = child.stdin.take().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    writeln!(list, "a.npy\na.npy").unwrap();
    for _ in 0..3 {
        rows.read_line(&mut text).unwrap();
    }
    send("-INT", &child);
    assert_eq!(ended(child), Some(130));
    while rows.read_line(&mut text).unwrap() > 0 {}
    assert!(text.ends_with(",ok,,\n"), "{text}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn a_batch_that_was_interrupted_goes_on() {
    let folder = inputs();
    let mut child = folder.program(["decode", "a.npy", "-", "--output-dir", "out"]).spawn();
    let stdin = child.stdin.take().unwrap();
    until(|| folder.join("out/a.npy.csv").exists());
    send("-TERM", &child);
    assert_eq!(ended(child), Some(143));
    drop(stdin);
    let mut names: Vec<_> =
        std::fs::read_dir(folder.join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".softargmax-resume", "a.npy.csv"]);
    let program = folder.program(["decode", "a.npy", "-", "--output-dir", "out", "--resume"]);
    let ran = program.stdin(&npy_f4(&[1, 1, 2], &[0.0, 1.0])).doubtful().run().expect(0);
    ran.says(&["1 of 2 inputs decoded, 1 done before"]);
}

/// Whoever reads the rows has stopped reading: a signal waits for the rows of the input, a second one does not.
#[test]
fn a_second_signal_says_what_is_left() {
    let folder = inputs();
    folder.write("many.npy", &npy_f4(&[1, 4000, 1, 1, 2], &vec![0.5; 8000]));
    let mut child = folder.program(["decode", "many.npy", "-q"]).spawn();
    let mut rows = child.stdout.take().unwrap();
    // The first rows are there, and there are more than a pipe holds (64 KiB).
    rows.read_exact(&mut [0; 2000]).unwrap();
    send("-INT", &child);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it waits for the rows to be taken");
    send("-INT", &child);
    let mut stderr = child.stderr.take().unwrap();
    assert_eq!(ended(child), Some(130));
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(said, "\ninterrupted while rows were written: the last of them may be incomplete\n");
    let mut text = Vec::new();
    rows.read_to_end(&mut text).unwrap();
    assert!(!text.ends_with(b"\n"), "the message is true");
}

/// A signal that need not wait leaves nothing, and says so.
#[test]
fn one_signal_says_that_nothing_is_left() {
    let folder = inputs();
    let mut child = folder.program(["decode", "a.npy", "-", "-o", "out.csv"]).spawn();
    let stdin = child.stdin.take().unwrap();
    until(|| folder.names().iter().any(|name| name.ends_with(".tmp")));
    send("-INT", &child);
    let mut stderr = child.stderr.take().unwrap();
    assert_eq!(ended(child), Some(130));
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(said, "\ninterrupted: no half-written file is left\n");
    assert_eq!(folder.names(), ["a.npy"]);
    drop(stdin);
}

/// `nohup`, and shells for what they run in the background, have signals ignored; so they stay.
#[cfg(target_os = "linux")]
#[test]
fn signals_that_are_ignored_stay_ignored() {
    let folder = inputs();
    let program = env!("CARGO_BIN_EXE_softargmax");
    let mut child = Command::new("sh")
        .args(["-c", "trap '' INT HUP; exec \"$0\" decode --files-from -", program])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut list = child.stdin.take().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(list, "a.npy").unwrap();
    rows.by_ref().take(2).for_each(|row| drop(row.unwrap()));
    send("-INT", &child);
    send("-HUP", &child);
    writeln!(list, "a.npy").unwrap();
    assert!(rows.next().unwrap().unwrap().ends_with(",ok,,"));
    send("-TERM", &child);
    assert_eq!(ended(child), Some(143));
}

/// A limit on file sizes is a write error like any other.
#[test]
fn a_limit_on_file_sizes_is_a_write_error() {
    let folder = inputs();
    folder.write("many.npy", &npy_f4(&[1, 2000, 1, 1, 2], &[0.5; 4000]));
    folder.write("out.csv", b"old");
    let program = env!("CARGO_BIN_EXE_softargmax");
    let ran = Command::new("sh")
        .args(["-c", "ulimit -f 8; exec \"$0\" decode many.npy -o out.csv", program])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(4), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("failed to write"));
    assert_eq!(folder.names(), ["a.npy", "many.npy", "out.csv"]);
    assert_eq!(std::fs::read(folder.join("out.csv")).unwrap(), b"old");
}
