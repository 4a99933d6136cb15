//! Runs at once, as the machines of a cluster start them: on one directory, on directories that lie in one
//! another or are linked to each other, on one table. Each is refused, or its outputs are whole and its own.

#![cfg(unix)]

use crate::support::{Folder, Program, npy_f4, rows};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

fn heatmap(index: usize) -> Vec<u8> {
    let mut values = vec![0.0; 60];
    values[index % 60] = 30.0;
    npy_f4(&[3, 4, 5], &values)
}

/// Three inputs, of which one lies in a directory.
fn inputs() -> Folder {
    let folder = Folder::new();
    for (index, name) in ["in/a.npy", "in/sub/a.npy", "in/sub/deep/a.npy"].iter().enumerate() {
        folder.write(name, &heatmap(index));
    }
    assert!(Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap().success());
    folder
}

fn decode(folder: &Folder, input: &str, out: &str) -> Program {
    folder.program(["decode", "--method", "hard", input, "--output-dir", out])
}

/// A run to `out` that waits for a FIFO until the other end of it goes.
struct Blocked(Child);

impl Blocked {
    fn new(folder: &Folder, input: &str, out: &str) -> Blocked {
        let child = folder.program(["decode", "-q", "--method", "hard", input, "fifo", "--output-dir", out]);
        let child = Blocked(child.spawn());
        let start = Instant::now();
        let record = folder.join(out).join(".softargmax-resume");
        while !std::fs::metadata(&record).is_ok_and(|about| about.len() > 0) {
            assert!(start.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(2));
        }
        child
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[track_caller]
fn refused(folder: &Folder, input: &str, out: &str, said: &str) {
    decode(folder, input, out).run().expect(4).says(&[
        "another run is writing to",
        said,
        "hint: wait for it",
    ]);
}

#[test]
fn directories_in_and_around_that_of_another_run() {
    let folder = inputs();
    symlink("out", folder.join("link")).unwrap();
    std::fs::create_dir_all(folder.join("out/sub/deep")).unwrap();
    symlink("out/sub", folder.join("link-sub")).unwrap();
    let around = Blocked::new(&folder, "in", "out");
    for out in ["out", "./out", "link", "link/../out"] {
        refused(&folder, "in", out, "this directory");
    }
    for out in ["out/sub", "out/new", "out/sub/deep", "link/sub", "link-sub", "link-sub/deep"] {
        refused(&folder, "in/sub/a.npy", out, "may be the same files");
    }
    decode(&folder, "in", "elsewhere").run().expect(0);
    drop(around);
    decode(&folder, "in/sub", "out/sub").run().expect(0);
    let inside = Blocked::new(&folder, "in/sub/deep/a.npy", "out/sub/deep");
    refused(&folder, "in", "out", "out/sub/deep`");
    refused(&folder, "in/sub", "out/sub", "out/sub/deep`");
    // One that has no output there does not mind.
    decode(&folder, "in/a.npy", "out").run().expect(0);
    drop(inside);
    decode(&folder, "in", "out").run().expect(0);
}

#[test]
fn directories_that_are_linked_to_each_other() {
    let folder = inputs();
    for directory in ["out", "other", "up/sub"] {
        std::fs::create_dir_all(folder.join(directory)).unwrap();
    }
    symlink("../other", folder.join("out/sub")).unwrap();
    let linked = Blocked::new(&folder, "in", "out");
    refused(&folder, "in", "other", "this directory");
    refused(&folder, "in", "other/below", "may be the same files");
    drop(linked);
    let other = Blocked::new(&folder, "in/a.npy", "other");
    refused(&folder, "in", "out", "other");
    drop(other);
    std::fs::remove_file(folder.join("out/sub")).unwrap();
    symlink("../up/sub", folder.join("out/sub")).unwrap();
    let above = Blocked::new(&folder, "in/a.npy", "up");
    refused(&folder, "in", "out", "up`");
    drop(above);
    decode(&folder, "in", "out").run().expect(0);
    assert!(folder.join("up/sub/deep/a.npy.csv").is_file());
}

/// The exit statuses of processes that were started together.
fn all_at_once(children: Vec<Child>) -> Vec<i32> {
    children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect()
}

fn quiet(program: Program) -> Child {
    program.arg("-q").spawn()
}

#[track_caller]
fn assert_whole(output: &Path, file: &str) {
    let rows = rows(&std::fs::read(output).unwrap(), b',');
    assert_eq!((rows.len(), rows[0]["file"].as_str(), rows[0]["status"].as_str()), (1, file, "ok"));
}

/// Started at the same moment: whoever ends with 0 has all of its outputs, and nobody ends otherwise but by
/// being refused.
#[test]
fn many_runs_at_the_same_moment() {
    for round in 0..3 {
        let folder = inputs();
        std::fs::create_dir(folder.join("out")).unwrap();
        symlink("out", folder.join("link")).unwrap();
        let runs = [
            ("in", "out", vec!["a.npy", "sub/a.npy", "sub/deep/a.npy"]),
            ("in", "link", vec!["a.npy", "sub/a.npy", "sub/deep/a.npy"]),
            ("in/sub", "out/sub", vec!["a.npy", "deep/a.npy"]),
            ("in/sub/deep", "link/sub/deep", vec!["a.npy"]),
        ];
        let started = runs.iter().map(|(input, out, _)| quiet(decode(&folder, input, out))).collect();
        let codes = all_at_once(started);
        assert!(codes.iter().all(|code| [0, 4].contains(code)), "{round}: {codes:?}");
        for ((input, out, names), _) in runs.iter().zip(&codes).filter(|(_, code)| **code == 0) {
            for name in names {
                assert_whole(&folder.join(format!("{out}/{name}.csv")), &format!("{input}/{name}"));
            }
        }
        let left = Command::new("find").arg(folder.path()).args(["-name", "*.tmp"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&left.stdout), "");
        // Afterwards nobody is refused.
        decode(&folder, "in", "out").arg("--resume").run().expect(0);
    }
}

#[test]
fn many_runs_on_one_table() {
    let folder = Folder::new();
    for index in 0..20 {
        folder.write(format!("in/{index:02}.npy"), &heatmap(index));
    }
    symlink("t.csv", folder.join("link.csv")).unwrap();
    let table = |out: &str| folder.program(["decode", "--method", "hard", "in", "-o", out]);
    table("good.csv").run().expect(0);
    let good = std::fs::read(folder.join("good.csv")).unwrap();
    for round in 0..3 {
        let names = ["t.csv", "link.csv", "./t.csv", "t.csv", "link.csv", "t.csv"];
        let codes = all_at_once(names.map(|name| quiet(table(name).arg("--resume"))).into());
        assert!(codes.iter().all(|code| [0, 4].contains(code)), "{round}: {codes:?}");
        assert!(codes.contains(&0), "{round}: {codes:?}");
        assert_eq!(std::fs::read(folder.join("t.csv")).unwrap(), good);
        folder.write("in/05.npy", &heatmap(5 + round));
        folder.write("in/05.npy", &heatmap(5));
        assert_eq!(folder.names(), [".t.csv.softargmax-resume", "good.csv", "in", "link.csv", "t.csv"]);
    }
}
