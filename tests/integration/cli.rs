//! The command line: one case per file in `tests/cli` (trycmd), and here what a file cannot say — outputs,
//! pipes, devices.

use crate::support::{Folder, Program, VOXEL, decode, golden, gzip, npy_f4, rows, triple};
use std::io::Read;
use std::process::{Command, Stdio};

/// All of `tests/cli`. To write down what the program prints now: `TRYCMD=overwrite cargo test`.
#[test]
fn cases() {
    let cases = trycmd::TestCases::new();
    cases.register_bin("softargmax", std::path::Path::new(env!("CARGO_BIN_EXE_softargmax")));
    cases.case("tests/cli/*.toml");
}

/// One heatmap with its peak at (1, 0, 1).
fn heatmap() -> Vec<u8> {
    let mut values = [0.0; 8];
    values[5] = 1.0;
    npy_f4(&[2, 2, 2], &values)
}

const HARD: [&str; 4] = ["--method", "hard", "--coords", "voxel"];
const ROWS: &str = "file,n,c,label,h_voxel,w_voxel,d_voxel,status,flags,reason\na.npy,0,0,,1,0,1,ok,,\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("a.npy", &heatmap());
    folder
}

#[test]
fn standard_input_of_every_container() {
    for file in ["lps.nii", "zero_padding.nii.gz", "npy/nchwd.npy", "npy/plain.npy.gz", "npz/deflated.npz"] {
        let bytes = std::fs::read(golden().join(file)).unwrap();
        let piped =
            Program::new(["decode", "-", "--coords", "voxel", "--stats"]).stdin(&bytes).run().expect(0);
        let named = decode([file, "--coords", "voxel", "--stats"]).text();
        assert_eq!(piped.text(), named.replace(&format!("{file},"), "-,"), "{file}");
    }
}

#[test]
fn standard_input_beside_files() {
    let out = folder().program(["decode", "a.npy", "-"]).args(HARD).stdin(&heatmap()).run().expect(0);
    let files: Vec<String> = out.rows().iter().map(|row| row["file"].clone()).collect();
    assert_eq!(files, ["a.npy", "-"]);
}

#[test]
fn the_header_of_a_pair_cannot_be_piped() {
    let bytes = std::fs::read(golden().join("pair.hdr")).unwrap();
    let out = Program::new(["decode", "-"]).stdin(&bytes).run().expect(3);
    out.says(&["expected a single NIfTI file on a stream, found the header of a pair"]);
}

#[test]
fn bytes_after_a_piped_array_are_warned_about() {
    let bytes = [heatmap(), b"more".to_vec()].concat();
    let out = Program::new(["decode", "-"]).args(HARD).stdin(&bytes).run().expect(0);
    out.says(&["warning: trailing-bytes"]);
    let out = Program::new(["decode", "-"]).args(HARD).stdin(&gzip(&bytes)).run().expect(0);
    out.says(&["warning: trailing-bytes"]);
}

// --- outputs ---------------------------------------------------------------------------------------

#[test]
fn an_output_appears_whole_under_its_name() {
    let folder = folder();
    let out = folder.program(["decode", "a.npy", "-o", "out.csv"]).args(HARD).run().expect(0);
    assert!(out.stdout.is_empty());
    assert_eq!(std::fs::read_to_string(folder.join("out.csv")).unwrap(), ROWS);
    assert_eq!(folder.names(), ["a.npy", "out.csv"], "no temporary file is left");
}

#[test]
fn an_existing_output_is_replaced() {
    let folder = folder();
    folder.write("out.csv", &b"what stood here before, and longer than what comes ".repeat(100));
    folder.program(["decode", "a.npy", "--output", "out.csv"]).args(HARD).run().expect(0);
    assert_eq!(std::fs::read_to_string(folder.join("out.csv")).unwrap(), ROWS);
}

#[test]
fn an_unreadable_input_still_has_an_output() {
    let folder = folder();
    folder.program(["decode", "a.npy", "none.npy", "-o", "out.csv"]).args(HARD).run().expect(3);
    let text = std::fs::read_to_string(folder.join("out.csv")).unwrap();
    assert_eq!(text, format!("{ROWS}none.npy,,,,,,,unreadable,,no such file\n"));
}

#[test]
fn what_stood_there_still_stands_after_a_usage_error() {
    let folder = folder();
    folder.write("out.csv", b"before");
    folder.program(["decode", "-", "-", "-o", "out.csv"]).run().expect(2);
    folder.program(["decode", ".", "-o", "out.npy", "--stats"]).run().expect(2);
    assert_eq!(std::fs::read(folder.join("out.csv")).unwrap(), b"before");
    assert_eq!(folder.names(), ["a.npy", "out.csv"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_the_file_it_names() {
    let folder = folder();
    folder.write("elsewhere/target.csv", b"before");
    std::os::unix::fs::symlink("elsewhere/target.csv", folder.join("out.csv")).unwrap();
    folder.program(["decode", "a.npy", "-o", "out.csv"]).args(HARD).run().expect(0);
    assert!(std::fs::symlink_metadata(folder.join("out.csv")).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(folder.join("elsewhere/target.csv")).unwrap(), ROWS);
}

#[cfg(unix)]
#[test]
fn a_fifo_is_written_in_place() {
    let folder = folder();
    let path = folder.join("out.csv");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = std::thread::spawn({
        let path = path.clone();
        move || std::fs::read_to_string(path).unwrap()
    });
    folder.program(["decode", "a.npy", "-o", "out.csv"]).args(HARD).run().expect(0);
    assert_eq!(reader.join().unwrap(), ROWS);
    assert!(!std::fs::metadata(&path).unwrap().is_file());
}

#[test]
fn an_output_in_no_directory_is_exit_4() {
    let folder = folder();
    let out = folder.program(["decode", "a.npy", "-o", "nowhere/out.csv"]).run().expect(4);
    out.says(&["failed to create `nowhere/out.csv`", "hint:"]);
    folder.program(["decode", "a.npy", "-o", ".", "--format", "csv"]).run().expect(4);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_exit_4() {
    let folder = folder();
    for format in ["csv", "tsv", "json", "ndjson", "npy"] {
        let args = ["decode", "a.npy", "-o", "/dev/full", "--format", format];
        let out = folder.program(args).run().expect(4);
        out.says(&["error: failed to write"]);
        assert!(out.stderr.contains("/dev/full"), "{}", out.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_exit_4() {
    for args in [
        &["decode", "lps.nii"][..],
        &["decode", "lps.nii", "--format", "json"],
        &["decode", "lps.nii", "--format", "npy"],
        &["decode", "lps.nii", "--dry-run"],
        &["info", "lps.nii"],
        &["argmax", "npy/hwd.npy"],
        &["argmax", "npy/hwd.npy", "--dim", "0"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_softargmax"));
        let child = command.args(args).current_dir(golden()).stdout(full).stderr(Stdio::piped()).spawn();
        let out = child.unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(4), "{args:?}: {stderr}");
        assert!(stderr.contains("failed to write"), "{args:?}: {stderr}");
    }
}

/// The disk fills while the output is written: what stood there still stands, and nothing is left beside it.
#[cfg(target_os = "linux")]
#[test]
fn what_stood_there_still_stands_when_the_disk_is_full() {
    let folder = folder();
    folder.write("out.csv", b"before");
    // No file may become longer than one block; the signal that says so is ignored, so that the write fails.
    let limited = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_softargmax"), "decode", "-o", "out.csv", "--stats"]);
    let out = command.args(vec!["a.npy"; 200]).current_dir(folder.path()).output().unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("failed to write") && stderr.contains("out.csv"), "{stderr}");
    assert_eq!(std::fs::read(folder.join("out.csv")).unwrap(), b"before");
    assert_eq!(folder.names(), ["a.npy", "out.csv"]);
}

/// Interrupted or terminated: 130 or 143, and nothing half-written under the output's name.
#[cfg(unix)]
#[test]
fn a_signal_leaves_nothing_half_written() {
    use std::os::unix::process::ExitStatusExt;
    for (signal, number) in [("INT", 2), ("TERM", 15)] {
        let folder = folder();
        let pipe = folder.join("late.npy");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut command = Command::new(env!("CARGO_BIN_EXE_softargmax"));
        command.args(["decode", "a.npy", "late.npy", "-o", "out.csv"]).args(HARD).current_dir(folder.path());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        // Opening succeeds once the program has the other end open; it then waits for bytes.
        let writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let status = child.wait().unwrap();
        drop(writer);
        // A shell shows 128 + the signal's number where the signal ended the program.
        let shown = status.code().or(status.signal().map(|signal| 128 + signal));
        assert_eq!(shown, Some(128 + number), "{signal}");
        // A temporary file may lie there, under a name that says so (docs/formats.md).
        let mut names = folder.names();
        names.retain(|name| !(name.starts_with(".softargmax-") && name.ends_with(".tmp")));
        assert_eq!(names, ["a.npy", "late.npy"], "SIG{signal}");
    }
}

/// A reader that goes away has what it wanted.
#[test]
fn a_broken_pipe_is_quiet_success() {
    let inputs = vec!["lps.nii"; 3000];
    let mut command = Command::new(env!("CARGO_BIN_EXE_softargmax"));
    command.arg("decode").args(inputs).args(["--stats", "--compare", "--quiet"]).current_dir(golden());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut start = [0; 20];
    stdout.read_exact(&mut start).unwrap();
    drop(stdout);
    let out = child.wait_with_output().unwrap();
    assert_eq!(&start, b"file,n,c,label,h_nor");
    assert_eq!((out.status.code(), String::from_utf8_lossy(&out.stderr).as_ref()), (Some(0), ""));
}

/// An input's rows come out before the next input is complete: a pipe that waits loses nothing.
#[cfg(unix)]
#[test]
fn rows_are_flushed_input_by_input() {
    let folder = folder();
    let pipe = folder.join("late.npy");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_softargmax"));
    command.args(["decode", "a.npy", "late.npy", "--threads", "2"]).args(HARD).current_dir(folder.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = vec![0; ROWS.len()];
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(String::from_utf8(first).unwrap(), ROWS);
    std::fs::write(&pipe, heatmap()).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "late.npy,0,0,,1,0,1,ok,,\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

// --- directories -----------------------------------------------------------------------------------

#[test]
fn a_directory_is_walked_in_byte_order() {
    let folder = Folder::new();
    for name in
        ["b.npy", "a/z.npy", "a.npy", "B.npy", "a-b.npy", "c/d/e.npy", "é.npy", "a.npy.txt", "notes.md"]
    {
        folder.write(name, &heatmap());
    }
    folder.write("c.NPY", &heatmap());
    let files: Vec<String> = folder
        .decode([&["."], &HARD[..]].concat())
        .rows()
        .iter()
        .map(|row| row["file"].trim_start_matches("./").to_owned())
        .collect();
    let mut expected = files.clone();
    expected.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    assert_eq!(files, expected);
    assert_eq!(files, ["B.npy", "a-b.npy", "a.npy", "a/z.npy", "b.npy", "c.NPY", "c/d/e.npy", "é.npy"]);
}

#[test]
fn inputs_keep_the_order_in_which_they_were_named() {
    let folder = folder();
    folder.write("d/b.npy", &heatmap());
    let rows = folder.decode([&["d", "a.npy", "d/b.npy", "a.npy"], &HARD[..]].concat()).rows();
    let files: Vec<&str> = rows.iter().map(|row| row["file"].as_str()).collect();
    assert_eq!(files, ["d/b.npy", "a.npy", "d/b.npy", "a.npy"]);
}

/// Content decides, not the name.
#[test]
fn extensions_of_inputs_do_not_matter() {
    let folder = Folder::new();
    folder.write("array.nii", &heatmap());
    folder.write("packed.npy", &gzip(&heatmap()));
    folder.write("volume.npy.gz", &std::fs::read(golden().join("lps.nii")).unwrap());
    folder.write("nothing", &heatmap());
    let rows = folder.decode([&["array.nii", "packed.npy", "nothing"], &HARD[..]].concat()).rows();
    assert!(rows.iter().all(|row| triple(row, VOXEL) == Some([1.0, 0.0, 1.0])), "{rows:?}");
    assert_eq!(folder.decode(["volume.npy.gz"]).rows().len(), 2);
}

// --- what is said ----------------------------------------------------------------------------------

/// T = 1 on a map between 0 and 1: the answer is the volume's centre, and the program says so.
#[test]
fn a_diffuse_softmax_is_warned_about() {
    let folder = Folder::new();
    let mut values = vec![0.0; 1000];
    values[0] = 1.0;
    folder.write("a.npy", &npy_f4(&[10, 10, 10], &values));
    let out = folder.program(["decode", "a.npy"]).run().expect(1);
    out.says(&[
        "warning: diffuse: 1 landmark of 1 input: the answer is not where the peak is:",
        "`a.npy`: n 0, c 0\n",
        "hint: `--method auto`",
        "exit status 1 by `--fail-on`: 1 landmark diffuse\n",
    ]);
    let row = &out.rows()[0];
    assert_eq!(
        (row["status"].as_str(), row["flags"].as_str(), row["reason"].as_str()),
        ("ok", "diffuse", "")
    );
    // The mean is 0.001 and the centre √60.75 = 7.79 voxels away: 1000 e^(-0.999 β) 7.79 is 0.1 at
    // β = ln(77900)/0.999 = 11.275, 1/β = 0.0887; both are rounded to the safe side.
    out.says(&["`--beta 12` or `--temperature 0.088`"]);
    // At T = 0.2 the background has 999/e^5 = 6.7 against 1: it outweighs the peak still.
    let middling = folder.program(["decode", "a.npy", "--temperature", "0.2"]).run().expect(1);
    middling.says(&["warning: diffuse: 1 landmark of 1 input", "`--beta 12`"]);
    // Taken at its word.
    let sharp = folder.program(["decode", "a.npy", "--beta", "12", "--coords", "voxel"]).run().expect(0);
    assert_eq!(sharp.stderr, "");
    // 999/e^12 of 1 at (5, 5, 5) but for the corner: 0.0061·7.79/√3 = 0.03 along each axis.
    let found: f64 = sharp.rows()[0]["h_voxel"].parse().unwrap();
    assert!((0.02..0.04).contains(&found), "{found}");
    let hard = folder.program(["decode", "a.npy", "--method", "hard"]).run().expect(0);
    assert_eq!(hard.stderr, "");
    let json =
        folder.program(["decode", "a.npy", "--format", "json", "--quiet"]).doubtful().run().expect(0).json();
    let warnings = json["inputs"][0]["warnings"].as_array().unwrap().clone();
    assert_eq!(
        warnings,
        ["diffuse: 1 landmark (n 0, c 0): the answer is not where the peak is: what lies elsewhere draws \
          it, or the temperature is too low; a softmax at beta 12 or temperature 0.088 is pulled by less \
          than 0.1 voxel"]
    );
    assert_eq!(json["inputs"][0]["landmarks"][0]["flags"], serde_json::json!(["diffuse"]));
}

/// The advice is text that the options take, whatever the scale of the map.
#[test]
fn the_advised_temperature_can_be_typed() {
    let folder = Folder::new();
    let mut values = vec![0.0; 1000];
    values[0] = 1e-20;
    folder.write("a.npy", &npy_f4(&[10, 10, 10], &values));
    // As above, times 10^20: β is 1.1275e21, and 1/β is 8.87e-22.
    folder.program(["decode", "a.npy"]).run().expect(1).says(&["`--beta 1.2e21` or `--temperature 8.8e-22`"]);
    for advised in [["--beta", "1.2e21"], ["--temperature", "8.8e-22"]] {
        let out = folder.program(["decode", "a.npy"]).args(advised).run().expect(0);
        assert_eq!(out.stderr, "");
    }
}

#[test]
fn a_flat_map_is_not_diffuse() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[10, 10, 10], &[0.5; 1000]));
    let out = folder.program(["decode", "a.npy"]).run().expect(0);
    assert_eq!((out.rows()[0]["status"].as_str(), out.stderr.as_str()), ("flat", ""));
}

/// Once per kind, with a count and the first three places.
#[test]
fn warnings_are_counted_by_kind() {
    let folder = Folder::new();
    for name in ["a", "b", "c", "d", "e"] {
        folder.write(format!("{name}.npy"), &[heatmap(), b"more".to_vec()].concat());
    }
    let out = folder.program(["decode", "."]).args(HARD).run().expect(0);
    assert_eq!(out.stderr.matches("warning:").count(), 1, "{}", out.stderr);
    out.says(&[
        "warning: trailing-bytes: 5 inputs",
        "a.npy`: 4 bytes",
        "c.npy`: 4 bytes",
        "and 2 more",
        "hint:",
    ]);
    assert!(!out.stderr.contains("d.npy"), "{}", out.stderr);
}

#[test]
fn errors_have_a_cause_and_a_hint() {
    let out = Program::new(["decode", "npy/chwd.npy", "--quiet"]).run().expect(3);
    let lines: Vec<&str> = out.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", out.stderr);
    assert!(lines[0].starts_with("error: failed to decode `npy/chwd.npy`"));
    assert!(lines[1].starts_with("  caused by: expected "));
    assert!(lines[2].starts_with("  hint: `--layout CHWD`"));
}

#[test]
fn a_label_file_may_come_from_windows() {
    let folder = folder();
    folder.write("labels.txt", "\u{feff}left, \"eye\"\r\n".as_bytes());
    let out = folder.decode([&["a.npy", "--labels", "labels.txt"], &HARD[..]].concat());
    assert_eq!(rows(&out.stdout, b',')[0]["label"], "left, \"eye\"");
}

#[test]
fn nothing_is_written_by_a_dry_run() {
    let folder = folder();
    let out = folder.program(["decode", "a.npy", "-o", "out.json", "--dry-run"]).run().expect(0);
    assert!(out.text().contains("`out.json` as json"), "{}", out.text());
    assert_eq!(folder.names(), ["a.npy"]);
}
