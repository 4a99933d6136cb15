//! `--output-dir` and `--resume` where the record, the names of inputs or the inputs themselves are not what
//! a run expects: nothing that was made is lost or taken for something else.

use crate::support::{Folder, Ran, npy_with_peak, rows};
use std::path::Path;
use std::time::{Duration, Instant};

/// `decode` in a folder below, to the directory `out` of the folder.
fn decode(folder: &Folder, within: &str, args: &[&str]) -> Ran {
    let out = folder.join("out");
    let program = folder.program(["decode", "--coords", "voxel", "--method", "hard", "--resume"]);
    program.args(["--output-dir", out.to_str().unwrap()]).args(args).within(&folder.join(within)).run()
}

/// The peak that an output has, counted in memory order.
fn found(folder: &Folder, output: &str) -> usize {
    let row = rows(&std::fs::read(folder.join(output)).unwrap(), b',').remove(0);
    let number = |name: &str| row[name].parse::<f64>().unwrap() as usize;
    20 * number("h_voxel") + 5 * number("w_voxel") + number("d_voxel")
}

// --- inputs by their absolute paths ------------------------------------------------------------------

#[test]
fn the_same_relative_path_of_another_site_is_another_input() {
    let folder = Folder::new();
    folder.write_peak("site-a/scan.npy", 7);
    folder.write_peak("site-b/scan.npy", 31);
    decode(&folder, "site-a", &["scan.npy"]).expect(0);
    for extra in [&[][..], &["--dry-run"]] {
        let ran = decode(&folder, "site-b", &[&["scan.npy"], extra].concat());
        let is_taken = ran.stderr.contains("done before") || ran.text().contains("done before");
        assert!(!is_taken, "{} {}", ran.text(), ran.stderr);
    }
    let ran = decode(&folder, "site-b", &["scan.npy"]).expect(2);
    ran.says(&["the output of `scan.npy` would replace", "site-a/scan.npy`", "remove that output"]);
    assert_eq!(found(&folder, "out/scan.npy.csv"), 7);
    // Nor while the other one is out of reach.
    std::fs::rename(folder.join("site-a"), folder.join("away")).unwrap();
    decode(&folder, "site-b", &["scan.npy"]).expect(2);
    assert_eq!(found(&folder, "out/scan.npy.csv"), 7);
    std::fs::remove_file(folder.join("out/.softargmax-resume")).unwrap();
    decode(&folder, "site-b", &["scan.npy"]).expect(0);
    assert_eq!(found(&folder, "out/scan.npy.csv"), 31);
}

#[test]
fn from_another_working_directory_nothing_is_decoded_again() {
    let folder = Folder::new();
    folder.write_peak("site/scans/a.npy", 7);
    folder.write_peak("site/scans/b.npy", 8);
    decode(&folder, "site", &["scans"]).expect(0).says(&["2 of 2 inputs decoded"]);
    for (within, input) in
        [("site", "./scans"), ("site/scans", "."), (".", "site/scans"), ("out", "../site/scans")]
    {
        decode(&folder, within, &[input]).expect(0).says(&["0 of 2 inputs decoded, 2 done before"]);
    }
    let whole = folder.join("site/scans");
    decode(&folder, ".", &[whole.to_str().unwrap()]).expect(0).says(&["2 done before"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("site/scans", folder.join("link")).unwrap();
        decode(&folder, ".", &["link/a.npy", "link/b.npy"]).expect(0).says(&["2 done before"]);
    }
}

// --- inputs that are out of reach --------------------------------------------------------------------

#[test]
fn an_output_whose_input_is_out_of_reach_stays() {
    for format in ["csv", "json", "npy"] {
        let folder = Folder::new();
        folder.write_peak("in/a.npy", 7);
        folder.write_peak("in/b.npy", 8);
        let all = ["in/a.npy", "in/b.npy", "--format", format];
        decode(&folder, ".", &all).expect(0);
        let output = folder.join(format!("out/a.npy.{format}"));
        let before = std::fs::read(&output).unwrap();
        std::fs::rename(folder.join("in"), folder.join("away")).unwrap();
        for extra in [&[][..], &["--order", "whd"]] {
            let ran = decode(&folder, ".", &[&all, extra].concat()).expect(3);
            ran.says(&["a.npy", "2 unreadable", "stays: an earlier run read its input"]);
            assert_eq!(std::fs::read(&output).unwrap(), before, "{format}");
        }
        // Back again it is still known.
        std::fs::rename(folder.join("away"), folder.join("in")).unwrap();
        decode(&folder, ".", &all).expect(0).says(&["2 done before"]);
    }
}

#[test]
fn a_pointer_in_the_place_of_an_input_costs_no_landmarks() {
    let folder = Folder::new();
    folder.write_peak("a.npy", 7);
    decode(&folder, ".", &["a.npy"]).expect(0);
    let pointers =
        ["version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "/annex/objects/MD5E-s1--a.npy\n"];
    for pointer in pointers {
        folder.write("a.npy", pointer.as_bytes());
        decode(&folder, ".", &["a.npy"]).expect(3).says(&["stays"]);
        assert_eq!(found(&folder, "out/a.npy.csv"), 7);
    }
    // Damaged content is there: what an earlier run wrote is no answer for it.
    folder.write("a.npy", &npy_with_peak(7)[..100]);
    decode(&folder, ".", &["a.npy"]).expect(3);
    let row = rows(&std::fs::read(folder.join("out/a.npy.csv")).unwrap(), b',').remove(0);
    assert_eq!(row["status"], "unreadable");
}

// --- names -------------------------------------------------------------------------------------------

#[test]
fn no_entry_of_a_list_has_its_output_outside_the_directory() {
    let folder = Folder::new();
    folder.write_peak("in/a.npy", 7);
    for entry in ["/", "..", "../..", ".", "in/..", "in/../..", "//", "/.."] {
        folder.write("list", format!("in/a.npy\n{entry}\n").as_bytes());
        let ran = decode(&folder, ".", &["--files-from", "list"]).expect(2);
        ran.says(&[&format!("`{entry}` has no name by which an output could lie in"), "hint: name files"]);
        assert_eq!(folder.names(), ["in", "list"], "{entry}");
    }
    folder.write("list", b"in/a.npy\nin/./../in/none.npy\n");
    decode(&folder, ".", &["--files-from", "list"]).expect(3);
    assert_eq!(folder.names(), ["in", "list", "out"]);
}

#[test]
fn outputs_that_differ_in_letter_case_alone_collide() {
    let folder = Folder::new();
    for (first, second) in [("x/scan.npy", "y/SCAN.npy"), ("x/Übung.npy", "y/übung.npy")] {
        folder.write_peak(first, 7);
        folder.write_peak(second, 8);
        let ran = decode(&folder, ".", &[first, second]).expect(2);
        ran.says(&[&format!("would be that of both `{first}` and `{second}`"), "letter case alone"]);
        assert!(!folder.join("out").exists());
    }
    // So do directories, where the file system of the inputs has both.
    folder.write_peak("in/Sub/a.npy", 7);
    folder.write_peak("in/sub/a.npy", 8);
    if std::fs::read_dir(folder.join("in")).unwrap().count() == 2 {
        decode(&folder, ".", &["in"])
            .expect(2)
            .says(&["`in/Sub/a.npy` and `in/sub/a.npy`", "letter case alone"]);
    }
}

// --- what is no record -------------------------------------------------------------------------------

/// Runs with something else in the place of the record, which must be refused at once.
#[track_caller]
fn refused(folder: &Folder, found: &str) {
    let start = Instant::now();
    let ran = decode(folder, ".", &["a.npy"]).expect(4);
    ran.says(&[
        "failed to open",
        ".softargmax-resume`",
        "expected the record of a run",
        found,
        "hint: remove it",
    ]);
    let dry = decode(folder, ".", &["a.npy", "--dry-run"]).expect(4);
    dry.says(&["failed to open", found, "hint: remove it"]);
    assert!(dry.stdout.is_empty());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(!folder.join("out/a.npy.csv").exists());
}

fn with_record(make: impl Fn(&Path)) -> Folder {
    let folder = Folder::new();
    folder.write_peak("a.npy", 7);
    std::fs::create_dir(folder.join("out")).unwrap();
    make(&folder.join("out/.softargmax-resume"));
    folder
}

#[cfg(unix)]
#[test]
fn a_record_that_is_no_regular_file_is_refused() {
    let folder = with_record(|path| {
        std::fs::write(path.with_file_name("elsewhere"), b"other").unwrap();
        std::os::unix::fs::symlink("elsewhere", path).unwrap();
    });
    refused(&folder, "found a link");
    assert_eq!(std::fs::read(folder.join("out/elsewhere")).unwrap(), b"other");
    let folder = with_record(|path| std::os::unix::fs::symlink("/nowhere/else", path).unwrap());
    refused(&folder, "found a link");
    let folder = with_record(|path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    });
    refused(&folder, "found no regular file");
    let folder = with_record(|path| std::fs::create_dir(path).unwrap());
    refused(&folder, "found a directory");
}

#[test]
fn a_record_of_gigabytes_is_refused_and_a_line_of_megabytes_is_not_kept() {
    let folder = with_record(|path| std::fs::File::create(path).unwrap().set_len(5 << 30).unwrap());
    refused(&folder, "at most 1073741824 bytes, found 5368709120");
    // A loss of power may leave zeros at the end of a file.
    let folder = with_record(|path| std::fs::File::create(path).unwrap().set_len(300 << 20).unwrap());
    let out = folder.join("out");
    let run = || {
        let args =
            ["decode", "a.npy", "--coords", "voxel", "--resume", "--output-dir", out.to_str().unwrap()];
        folder.program(args).memory(256).run()
    };
    run().expect(0);
    run().expect(0).says(&["1 done before"]);
}
