//! Long batches: lists of inputs, an output for each, and runs that go on where another ended.

use crate::support::{Folder, Ran, npy_f4, npy_with_peak, read_npy_f8};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Four inputs, two of them below a folder.
fn inputs() -> Folder {
    let folder = Folder::new();
    for (i, name) in ["in/a.npy", "in/b.npy", "in/sub/a.npy", "in/sub/c.npy"].into_iter().enumerate() {
        folder.write(name, &npy_with_peak(i));
    }
    folder
}

/// Every file below a folder but for the record, with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut folders, mut found) = (vec![folder.to_owned()], BTreeMap::new());
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != ".softargmax-resume" {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn batch(folder: &Folder, args: &[&str]) -> Ran {
    folder.program(["decode", "in", "--output-dir", "out", "--coords", "voxel"]).args(args).run()
}

fn decode<const N: usize>(folder: &Folder, args: [&str; N]) -> Ran {
    folder.program(["decode"]).args(args).run()
}

/// A time at which no test runs.
fn past() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

fn put_back(path: &Path) {
    std::fs::File::options().write(true).open(path).unwrap().set_modified(past()).unwrap();
}

/// Makes all outputs old, so that those that are made anew can be told.
fn age(folder: &Folder) {
    let out = folder.join("out");
    for name in files(&out).into_keys() {
        put_back(&out.join(name));
    }
}

/// Those whose output was made anew since they were made old.
fn renewed(folder: &Folder) -> Vec<String> {
    let out = folder.join("out");
    let is_new = |name: &String| std::fs::metadata(out.join(name)).unwrap().modified().unwrap() != past();
    files(&out).into_keys().filter(is_new).collect()
}

// --- an output for each ----------------------------------------------------------------------------

#[test]
fn each_input_has_an_output_of_its_own() {
    let folder = inputs();
    batch(&folder, &[]).expect(0).says(&["4 of 4 inputs decoded"]);
    let out = files(&folder.join("out"));
    assert_eq!(out.keys().collect::<Vec<_>>(), ["a.npy.csv", "b.npy.csv", "sub/a.npy.csv", "sub/c.npy.csv"]);
    for (name, bytes) in &out {
        let input = format!("in/{}", name.strip_suffix(".csv").unwrap());
        let alone = decode(&folder, [&input, "--coords", "voxel"]).expect(0);
        assert_eq!(&alone.stdout, bytes, "{name}");
    }
    // By hand: voxel 3 of 3 × 4 × 5 is (0, 0, 3).
    let rows = crate::support::rows(&out["sub/c.npy.csv"], b',');
    assert_eq!(rows[0]["file"], "in/sub/c.npy");
    assert!((rows[0]["d_voxel"].parse::<f64>().unwrap() - 3.0).abs() < 1e-9);
}

#[test]
fn files_keep_their_names_and_formats_their_extensions() {
    let folder = inputs();
    for (format, extension) in [("tsv", "tsv"), ("json", "json"), ("ndjson", "ndjson")] {
        let out = format!("out-{format}");
        let args = ["decode", "in/sub/c.npy", "in/b.npy", "--output-dir", &out, "--format", format];
        folder.program(args).run().expect(0);
        let names: Vec<String> = files(&folder.join(&out)).into_keys().collect();
        assert_eq!(names, [format!("b.npy.{extension}"), format!("c.npy.{extension}")]);
    }
}

#[test]
fn arrays_are_as_long_as_their_input() {
    let folder = inputs();
    folder.write("in/two.npy", &npy_f4(&[2, 1, 1, 1, 3], &[0.0, 9.0, 0.0, 9.0, 0.0, 0.0]));
    folder.write("in/bad.npy", b"no array");
    let args = ["--format", "npy", "--method", "hard"];
    batch(&folder, &args).expect(3).says(&["in/bad.npy"]);
    let out = files(&folder.join("out"));
    assert_eq!(read_npy_f8(&out["two.npy.npy"]), (vec![2, 1, 3], vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
    assert_eq!(read_npy_f8(&out["b.npy.npy"]), (vec![1, 1, 3], vec![0.0, 0.0, 1.0]));
    // Without a readable header there is nothing to write.
    assert!(!out.contains_key("bad.npy.npy"));
}

#[test]
fn standard_input_has_an_output_as_well() {
    let folder = Folder::new();
    let program = folder.program(["decode", "-", "--output-dir", "out", "--coords", "voxel"]);
    program.stdin(&npy_with_peak(1)).run().expect(0);
    assert_eq!(files(&folder.join("out")).into_keys().collect::<Vec<_>>(), ["stdin.csv"]);
}

#[test]
fn two_inputs_with_one_output_are_refused_before_anything_is_decoded() {
    let folder = inputs();
    let ran = folder.program(["decode", "in/a.npy", "in/sub/a.npy", "--output-dir", "out"]).run().expect(2);
    ran.says(&[
        "the output `out/a.npy.csv` would be that of both `in/a.npy` and `in/sub/a.npy`",
        "hint: `--root DIR`, with a directory above both",
    ]);
    assert!(!folder.join("out").exists());
}

#[test]
fn an_output_does_not_take_an_inputs_place() {
    let folder = inputs();
    folder.write("in/a.npy.npy", &npy_with_peak(7));
    let args = ["decode", "in/a.npy", "in/a.npy.npy", "--format", "npy", "--output-dir", "in"];
    folder.program(args).run().expect(2).says(&["`in/a.npy.npy` is both an input and an output"]);
    assert_eq!(std::fs::read(folder.join("in/a.npy.npy")).unwrap(), npy_with_peak(7));
}

#[test]
fn the_output_directory_is_not_walked() {
    let folder = inputs();
    let args = ["decode", "in", "--output-dir", "in/out", "--format", "npy"];
    folder.program(args).run().expect(0);
    folder.program(args).run().expect(0).says(&["4 of 4 inputs decoded"]);
    assert_eq!(files(&folder.join("in/out")).len(), 4);
}

#[test]
fn where_outputs_would_go_is_shown() {
    let folder = inputs();
    let ran = batch(&folder, &["--dry-run"]).expect(0);
    assert!(ran.text().contains("-> `out/sub/c.npy.csv`"), "{}", ran.text());
    assert!(ran.text().contains("-> a file each in `out`"), "{}", ran.text());
    assert!(!folder.join("out").exists());
}

#[cfg(unix)]
#[test]
fn outputs_that_cannot_be_written_are_exit_status_4() {
    let folder = inputs();
    folder.write("out", b"a file");
    batch(&folder, &[])
        .expect(4)
        .says(&["failed to create the directory `out`", "`--output-dir` takes a directory"]);
    std::fs::remove_file(folder.join("out")).unwrap();
    // A directory stands where an output should.
    std::fs::create_dir_all(folder.join("out/b.npy.csv")).unwrap();
    for _ in 0..2 {
        let ran = batch(&folder, &["--resume"]).expect(4);
        ran.says(&["failed to create `out/b.npy.csv`", "failed to write 1 of ", "`--resume`"]);
        assert_eq!(files(&folder.join("out")).len(), 3, "the others have theirs");
    }
    std::fs::remove_dir(folder.join("out/b.npy.csv")).unwrap();
    batch(&folder, &["--resume"]).expect(0).says(&["1 of 4 inputs decoded, 3 done before"]);
    // A file stands where a folder should.
    std::fs::remove_dir_all(folder.join("out")).unwrap();
    folder.write("out/sub", b"a file");
    batch(&folder, &[])
        .expect(4)
        .says(&["failed to create the directory `out/sub`", "failed to write 2 of 4"]);
    assert!(folder.join("out/b.npy.csv").exists());
    assert!(!files(&folder.join("out")).keys().any(|name| name.ends_with(".tmp")));
}

#[test]
fn combinations_that_mean_nothing_are_usage_errors() {
    let folder = inputs();
    for (args, says) in [
        (vec!["in", "--output-dir", "out", "-o", "x.csv"], "cannot be used with"),
        (vec!["in", "--resume"], "`--resume` needs `-o FILE` or `--output-dir DIR`"),
        (
            vec!["in", "--resume", "-o", "x.json"],
            "`--resume` with `-o` holds for csv, tsv, ndjson, not for json",
        ),
        (vec!["in", "--output-dir", "in"], "`in` cannot hold both the inputs and the outputs"),
        (vec!["in", "--output-dir", "in/sub"], "the output directory holds the input `"),
        (vec!["in", "--files-from", "list"], "cannot be used with"),
        (vec!["in", "-0"], "`-0` needs `--files-from`"),
        (vec!["in", "--null"], "`-0` needs `--files-from`"),
        (vec!["in", "--max-failures", "-1"], "invalid value '-1' for '--max-failures <K>'"),
        (vec!["in", "--max-failures", "many"], "invalid digit"),
        (vec!["--files-from", "none"], "failed to read the list `none`"),
    ] {
        folder.program(["decode"]).args(args).run().expect(2).says(&[says]);
    }
}

// --- going on --------------------------------------------------------------------------------------

#[test]
fn what_is_done_is_left_alone() {
    let folder = inputs();
    batch(&folder, &[]).expect(0);
    age(&folder);
    batch(&folder, &["--resume"]).expect(0).says(&["4 done before, 4 landmarks: 4 ok"]);
    assert_eq!(renewed(&folder), [""; 0]);
    // Without it all is made again, in the same bytes.
    let bytes = files(&folder.join("out"));
    batch(&folder, &[]).expect(0);
    assert_eq!(renewed(&folder).len(), 4);
    assert_eq!(files(&folder.join("out")), bytes);
}

#[test]
fn what_has_changed_is_made_again() {
    let folder = inputs();
    batch(&folder, &[]).expect(0);
    let all = files(&folder.join("out"));
    let resume = |args: &[&str]| {
        age(&folder);
        batch(&folder, &[&["--resume"], args].concat()).expect(0);
        renewed(&folder)
    };
    // An output that is gone, one that is shorter, an input of another time, one of other bytes.
    std::fs::remove_file(folder.join("out/b.npy.csv")).unwrap();
    assert_eq!(resume(&[]), ["b.npy.csv"]);
    folder.write("out/a.npy.csv", &all["a.npy.csv"][..20]);
    assert_eq!(resume(&[]), ["a.npy.csv"]);
    put_back(&folder.join("in/a.npy"));
    assert_eq!(resume(&[]), ["a.npy.csv"]);
    folder.write("in/sub/c.npy", &npy_f4(&[1, 1, 2], &[0.0, 5.0]));
    assert_eq!(resume(&[]), ["sub/c.npy.csv"]);
    assert_eq!(resume(&[]), [""; 0]);
    assert_eq!(files(&folder.join("out"))["b.npy.csv"], all["b.npy.csv"]);
}

#[test]
fn other_settings_make_all_again_and_what_changes_no_byte_does_not() {
    let folder = inputs();
    folder.write("labels.txt", b"tip\n");
    batch(&folder, &[]).expect(0);
    let resume = |args: &[&str]| {
        age(&folder);
        let ran = folder.program(["decode", "in", "--output-dir", "out", "--resume"]).args(args).run();
        ran.expect(0);
        renewed(&folder).len()
    };
    let voxel = ["--coords", "voxel"];
    for same in
        [&["--threads", "1"][..], &["--fail-on", "none"], &["--max-failures", "3"], &["--progress", "never"]]
    {
        assert_eq!(resume(&[&voxel, same].concat()), 0, "{same:?}");
    }
    for other in [
        &["--coords", "normalized"][..],
        &["--coords", "voxel", "--temperature", "2"],
        &["--coords", "voxel", "--digits", "3"],
        &["--coords", "voxel", "--compare"],
        &["--coords", "voxel", "--order", "dwh"],
        &["--coords", "voxel", "--method", "hard"],
        &["--coords", "voxel", "--labels", "labels.txt"],
        &["--coords", "voxel", "--label-names", "top"],
        &["--coords", "voxel", "--threshold", "1"],
        &["--coords", "world", "--spacing", "1,1,2"],
        &["--coords", "world", "--spacing", "1,1,3"],
    ] {
        assert_eq!(resume(other), 4, "{other:?}");
        assert_eq!(resume(other), 0, "{other:?}");
    }
}

/// T = 1 on a map between 0 and 1.
#[test]
fn flags_of_what_was_done_count() {
    let folder = inputs();
    let flat: Vec<f32> = (0..1000).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect();
    folder.write("in/flat.npy", &npy_f4(&[10, 10, 10], &flat));
    batch(&folder, &[]).expect(1);
    let line = "exit status 1 by `--fail-on`: 1 landmark diffuse\n";
    assert_eq!(batch(&folder, &["--resume", "--quiet"]).expect(1).stderr, line);
    batch(&folder, &["--resume", "--fail-on", "nonfinite,empty"]).expect(0).says(&["5 done before"]);
    // A record that counts no flags is that of an earlier build: its inputs are decoded once more.
    let path = folder.join("out/.softargmax-resume");
    let record = std::fs::read_to_string(&path).unwrap();
    let old: String = record
        .lines()
        .map(|line| {
            let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
            entry.as_object_mut().unwrap().remove("flags").unwrap();
            format!("{entry}\n")
        })
        .collect();
    std::fs::write(&path, old).unwrap();
    batch(&folder, &["--resume"]).expect(1).says(&["5 of 5 inputs decoded", line]);
    batch(&folder, &["--resume"]).expect(1).says(&["5 done before", line]);
}

#[test]
fn statuses_of_what_was_done_count_and_unreadable_ones_are_tried_again() {
    let folder = inputs();
    folder.write("in/nan.npy", &npy_f4(&[1, 1, 2], &[f32::NAN, 1.0]));
    batch(&folder, &[]).expect(1);
    let ran = batch(&folder, &["--resume"]).expect(1);
    ran.says(&[
        "0 of 5 inputs decoded, 5 done before, 5 landmarks: 1 nonfinite, 4 ok; 0 B",
        "exit status 1 by `--fail-on`: 1 landmark nonfinite",
    ]);
    folder.write("in/bad.npy", &npy_with_peak(0)[..100]);
    for _ in 0..2 {
        batch(&folder, &["--resume"])
            .expect(3)
            .says(&["error: failed to decode `in/bad.npy`", "1 unreadable"]);
    }
    assert!(String::from_utf8_lossy(&files(&folder.join("out"))["bad.npy.csv"]).contains(",unreadable,,"));
    batch(&folder, &["--resume", "--max-failures", "1"]).expect(1);
    folder.write("in/bad.npy", &npy_with_peak(2));
    batch(&folder, &["--resume", "--fail-on", "none"])
        .expect(0)
        .says(&["1 of 6 inputs decoded, 5 done before"]);
}

#[test]
fn a_record_that_was_cut_short_costs_one_output() {
    let folder = inputs();
    batch(&folder, &[]).expect(0);
    let record = folder.join("out/.softargmax-resume");
    let whole = std::fs::read(&record).unwrap();
    std::fs::write(&record, &whole[..whole.len() - 30]).unwrap();
    age(&folder);
    batch(&folder, &["--resume"]).expect(0);
    assert_eq!(renewed(&folder), ["sub/c.npy.csv"]);
    batch(&folder, &["--resume"]).expect(0).says(&["4 done before"]);
    // Nothing in it at all, or no record: all is made again.
    std::fs::write(&record, b"\xff\xfe{}\n[]\nnull\n").unwrap();
    batch(&folder, &["--resume"]).expect(0).says(&["4 of 4 inputs decoded"]);
    std::fs::remove_file(&record).unwrap();
    batch(&folder, &["--resume"]).expect(0).says(&["4 of 4 inputs decoded"]);
}

#[test]
fn either_file_of_a_pair_that_changes_makes_it_again() {
    let folder = Folder::new();
    for name in ["pair.hdr", "pair.img"] {
        let from = crate::support::golden().join(name);
        folder.write(format!("in/{name}"), &std::fs::read(from).unwrap());
    }
    batch(&folder, &[]).expect(0);
    batch(&folder, &["--resume"]).expect(0).says(&["1 done before"]);
    for name in ["in/pair.img", "in/pair.hdr"] {
        put_back(&folder.join(name));
        assert!(batch(&folder, &["--resume"]).expect(0).stderr.is_empty());
        batch(&folder, &["--resume"]).expect(0).says(&["1 done before"]);
    }
}

#[test]
fn what_a_killed_run_left_is_swept_and_nothing_else() {
    let folder = inputs();
    let left = ["out/.softargmax-batch-aB3xY9.tmp", "out/sub/.softargmax-batch-000000.tmp"];
    let others = ["out/.softargmax-aB3xY9.tmp", "out/sub/notes.txt", "out/softargmax-batch-1.tmp"];
    for name in left.into_iter().chain(others) {
        folder.write(name, b"");
    }
    batch(&folder, &["--resume"]).expect(0);
    assert!(left.iter().all(|name| !folder.join(name).exists()));
    assert!(others.iter().all(|name| folder.join(name).exists()));
}

#[test]
fn two_runs_do_not_write_to_one_directory() {
    let folder = inputs();
    let mut first = folder.program(["decode", "-", "--output-dir", "out", "--coords", "voxel"]).spawn();
    let record = folder.join("out/.softargmax-resume");
    while !record.exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(50));
    let second = batch(&folder, &[]).expect(4);
    second.says(&["failed to open `out/.softargmax-resume`", "another run is writing to this directory"]);
    first.stdin.take().unwrap().write_all(&npy_with_peak(1)).unwrap();
    assert!(first.wait().unwrap().success());
    batch(&folder, &[]).expect(0);
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_resumed() {
    use std::os::unix::ffi::OsStrExt;
    let folder = inputs();
    let name = std::ffi::OsStr::from_bytes(b"in/\xff\xfe.npy");
    folder.write(name, &npy_with_peak(1));
    batch(&folder, &[]).expect(0);
    batch(&folder, &["--resume"]).expect(0).says(&["5 done before"]);
    assert!(folder.join(std::ffi::OsStr::from_bytes(b"out/\xff\xfe.npy.csv")).exists());
}

// --- lists -----------------------------------------------------------------------------------------

#[test]
fn a_list_names_inputs_in_its_order() {
    let folder = inputs();
    folder.write("list", b"in/sub/c.npy\r\n\nin/a.npy\nnone.npy\nin/b.npy");
    let ran = decode(&folder, ["--files-from", "list", "--coords", "voxel"]).expect(3);
    let names: Vec<String> = ran.rows().into_iter().map(|row| row["file"].clone()).collect();
    assert_eq!(names, ["in/sub/c.npy", "in/a.npy", "none.npy", "in/b.npy"]);
    folder.write("nul", b"in/b.npy\0none\n.npy\0\0in/a.npy\0");
    let ran = decode(&folder, ["--files-from", "nul", "-0", "--max-failures", "1"]).expect(0);
    let names: Vec<String> = ran.rows().into_iter().map(|row| row["file"].clone()).collect();
    assert_eq!(names, ["in/b.npy", "none\n.npy", "in/a.npy"]);
    // Into a file, and an output for each.
    let args = ["--files-from", "list", "--max-failures", "1", "-o", "all.csv", "--coords", "voxel"];
    decode(&folder, args).expect(0);
    assert_eq!(crate::support::rows(&std::fs::read(folder.join("all.csv")).unwrap(), b',').len(), 4);
    decode(&folder, ["--files-from", "list", "--output-dir", "out"]).expect(3);
    let names: Vec<String> = files(&folder.join("out")).into_keys().collect();
    assert_eq!(names, ["a.npy.csv", "b.npy.csv", "c.npy.csv", "none.npy.csv"]);
}

/// An answer for what an input was is no answer for what it is.
#[test]
fn an_array_of_an_input_that_is_gone_does_not_stay() {
    let folder = inputs();
    let args = ["--format", "npy", "--method", "hard"];
    batch(&folder, &args).expect(0);
    folder.write("in/b.npy", &npy_with_peak(1)[..60]);
    batch(&folder, &[&args[..], &["--resume", "--max-failures", "1"]].concat()).expect(0);
    assert!(!folder.join("out/b.npy.npy").exists());
    // What this program did not make it does not remove.
    folder.write("out/b.npy.npy", b"someone else's");
    std::fs::remove_file(folder.join("out/.softargmax-resume")).unwrap();
    batch(&folder, &args).expect(3);
    assert!(folder.join("out/b.npy.npy").exists());
}

#[test]
fn runs_do_not_take_each_others_outputs() {
    let folder = inputs();
    let run = |input: &str, code| decode(&folder, [input, "--output-dir", "out", "--resume"]).expect(code);
    run("in/a.npy", 0);
    run("in/sub/a.npy", 2).says(&[
        "the output of `in/sub/a.npy` would replace `out/a.npy.csv`, which was made from `",
        "/in/a.npy`",
    ]);
    // A dry run ends as the run does.
    let dry = ["in/sub/a.npy", "--output-dir", "out", "--dry-run"];
    decode(&folder, dry).expect(2).says(&["which was made from"]);
    // The same file by another name is no other.
    run("./in/a.npy", 0);
    // One that is out of reach may come back: its landmarks go when somebody removes them.
    std::fs::remove_file(folder.join("in/a.npy")).unwrap();
    run("in/sub/a.npy", 2).says(&["which was made from", "remove that output"]);
    std::fs::remove_file(folder.join("out/a.npy.csv")).unwrap();
    run("in/sub/a.npy", 0);
}

#[test]
fn outputs_of_another_run_are_not_inputs() {
    let folder = inputs();
    decode(&folder, ["in", "--output-dir", "in/out", "--format", "npy"]).expect(0);
    let names: Vec<String> =
        decode(&folder, ["in"]).expect(0).rows().into_iter().map(|row| row["file"].clone()).collect();
    assert_eq!(names, ["in/a.npy", "in/b.npy", "in/sub/a.npy", "in/sub/c.npy"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_unreadable() {
    let folder = inputs();
    std::os::unix::fs::symlink("../gone.npy", folder.join("in/b2.npy")).unwrap();
    let ran = decode(&folder, ["in"]).expect(3);
    assert_eq!(ran.rows()[2]["file"], "in/b2.npy");
    assert_eq!(ran.rows()[2]["status"], "unreadable");
}

#[cfg(unix)]
#[test]
fn a_dry_run_knows_what_is_done_and_leaves_streams_alone() {
    let folder = inputs();
    batch(&folder, &[]).expect(0);
    folder.write("in/new.npy", &npy_with_peak(3));
    let ran = batch(&folder, &["--resume", "--dry-run"]).expect(0);
    assert_eq!(
        ran.text()
            .matches(
                ": done before
"
            )
            .count(),
        4,
        "{}",
        ran.text()
    );
    assert!(ran.text().contains("in/new.npy: npy"), "{}", ran.text());
    // Nobody writes to it: a run that opened it would wait for ever.
    assert!(std::process::Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap().success());
    let ran = decode(&folder, ["fifo", "--dry-run"]).expect(0);
    assert!(ran.text().contains("fifo: a FIFO, which a dry run does not open"), "{}", ran.text());
}

#[test]
fn a_run_that_broke_off_says_of_how_many() {
    let folder = inputs();
    if cfg!(target_os = "linux") {
        decode(&folder, ["in", "-o", "/dev/full", "--format", "csv"])
            .expect(4)
            .says(&[" of 4 inputs decoded"]);
    }
    folder
        .program(["decode", "--files-from", "-"])
        .stdin(b"\n")
        .run()
        .expect(0)
        .says(&["the list named no inputs"]);
}

#[test]
fn an_empty_list_is_an_empty_table() {
    let folder = inputs();
    let ran = folder.program(["decode", "--files-from", "-"]).stdin(b"\n\n").run().expect(0);
    assert_eq!(ran.text(), "file,n,c,label,h_norm,w_norm,d_norm,status,flags,reason\n");
}

#[test]
fn rows_come_before_the_list_ends() {
    let folder = inputs();
    let mut child = folder.program(["decode", "--files-from", "-", "--threads", "4"]).spawn();
    let mut list = child.stdin.take().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(rows.next().unwrap().starts_with("file,n,c"));
    for name in ["in/b.npy", "none", "in/a.npy"] {
        writeln!(list, "{name}").unwrap();
        // Blocks for ever where the row waits for the next line.
        assert!(rows.next().unwrap().starts_with(&format!("{name},")));
    }
    drop(list);
    assert_eq!(rows.next(), None);
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn nobody_waits_for_a_list_when_the_reader_has_gone() {
    let folder = inputs();
    let mut child = folder.program(["decode", "--files-from", "-"]).spawn();
    let mut list = child.stdin.take().unwrap();
    drop(child.stdout.take());
    // The header is written at once; the pipe that nobody reads shows with it or with the first row.
    let _ = writeln!(list, "in/a.npy");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(list);
}

#[test]
fn npy_reads_the_list_to_its_end_first() {
    let folder = inputs();
    let program = folder.program(["decode", "--files-from", "-", "--format", "npy", "--method", "hard"]);
    let ran = program.stdin(b"in/a.npy\nin/b.npy\n").run().expect(0);
    let (shape, values) = read_npy_f8(&ran.stdout);
    assert_eq!((shape, values.len()), (vec![2, 1, 3], 6));
}

#[test]
fn a_list_that_names_the_output_or_is_no_list_ends_the_run() {
    let folder = inputs();
    folder.write("out.csv", b"old");
    folder.write("list", b"in/a.npy\nout.csv\n");
    let ran = decode(&folder, ["--files-from", "list", "-o", "out.csv"]).expect(2);
    ran.says(&["`out.csv` is both an input and an output"]);
    assert_eq!(std::fs::read(folder.join("out.csv")).unwrap(), b"old");
    folder.write("zeros", &vec![b'x'; 200_000]);
    let ran = decode(&folder, ["--files-from", "zeros", "-o", "out.csv"]).expect(2);
    ran.says(&["failed to read the list `zeros`", "more than 65536 bytes", "hint: `--files-from` takes"]);
    assert_eq!(std::fs::read(folder.join("out.csv")).unwrap(), b"old");
    decode(&folder, ["--files-from", "in"]).expect(2).says(&["failed to read the list `in`"]);
}

#[test]
fn volumes_in_a_list_take_no_lent_affine() {
    let folder = inputs();
    let volume = crate::support::golden().join("lps.nii");
    folder.write("list", format!("in/a.npy\n{}\n", volume.display()).as_bytes());
    let args = ["--files-from", "list", "--spacing", "1,1,2", "--coords", "world"];
    let ran = decode(&folder, args).expect(3);
    assert_eq!(ran.rows().iter().map(|row| &*row["status"]).collect::<Vec<_>>(), ["ok", "unreadable"]);
    ran.says(&["it is a nifti-1 volume, which has an affine of its own"]);
}

#[test]
fn some_failures_may_be_forgiven() {
    let folder = inputs();
    folder.write("in/x.npy", b"");
    folder.write("in/y.npy", b"no");
    for (most, code) in [("0", 3), ("1", 3), ("2", 0), ("1000", 0)] {
        let ran = decode(&folder, ["in", "--max-failures", most]).expect(code);
        assert_eq!(ran.rows().iter().filter(|row| row["status"] == "unreadable").count(), 2);
    }
    decode(&folder, ["in", "--max-failures", "2", "--fail-on", "unreadable"]).expect(1);
}
