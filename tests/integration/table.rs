//! `-o FILE --resume`: one table that goes on, with the bytes of a run that nobody disturbed.

use crate::support::{Folder, Ran, npy_f4, npy_with_peak, rows};
use std::path::Path;
use std::time::Duration;

const RECORD: &str = ".t.csv.softargmax-resume";

fn inputs(names: &[&str]) -> Folder {
    let folder = Folder::new();
    for (index, name) in names.iter().enumerate() {
        folder.write_peak(name, index + 7);
    }
    folder
}

fn run(folder: &Folder, args: &[&str]) -> Ran {
    let program = folder.program(["decode", "--coords", "voxel", "--method", "hard"]);
    program.args(["-o", "t.csv", "--resume"]).args(args).run()
}

/// The table of a run that nobody disturbs and that goes on with nothing.
fn undisturbed(folder: &Folder, args: &[&str]) -> Vec<u8> {
    let program = folder.program(["decode", "--coords", "voxel", "--method", "hard", "-o", "good.csv"]);
    program.args(args).run();
    let bytes = std::fs::read(folder.join("good.csv")).unwrap();
    std::fs::remove_file(folder.join("good.csv")).unwrap();
    bytes
}

fn table(folder: &Folder) -> Vec<u8> {
    std::fs::read(folder.join("t.csv")).unwrap()
}

#[track_caller]
fn assert_same(folder: &Folder, args: &[&str]) {
    let (found, good) = (table(folder), undisturbed(folder, args));
    assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(&good));
}

fn column(folder: &Folder, name: &str) -> Vec<String> {
    rows(&table(folder), b',').iter().map(|row| row[name].clone()).collect()
}

// --- what is decoded ---------------------------------------------------------------------------------

#[test]
fn only_what_is_new_is_decoded() {
    let folder = inputs(&["in/b.npy", "in/d.npy"]);
    run(&folder, &["in"]).expect(0).says(&["2 of 2 inputs decoded"]);
    assert_same(&folder, &["in"]);
    run(&folder, &["in"]).expect(0).says(&["0 of 2 inputs decoded, 2 done before"]);
    // Before, between and after those that are there.
    for (index, name) in ["in/a.npy", "in/c.npy", "in/e.npy"].into_iter().enumerate() {
        folder.write_peak(name, index + 20);
    }
    run(&folder, &["in"]).expect(0).says(&["3 of 5 inputs decoded, 2 done before"]);
    assert_same(&folder, &["in"]);
    assert_eq!(folder.names(), [RECORD, "in", "t.csv"]);
}

#[test]
fn every_format_of_rows_goes_on() {
    for format in ["csv", "tsv", "ndjson"] {
        let folder = inputs(&["in/a.npy"]);
        folder.write("in/c.npy", b"no array");
        let args = ["in", "--format", format, "--stats", "--compare", "--label-names", "a,b"];
        run(&folder, &args).expect(3);
        run(&folder, &args).expect(3).says(&["0 of 2 inputs decoded", "2 unreadable"]);
        let args = ["in", "--format", format, "--stats", "--label-names", "nose"];
        run(&folder, &args).expect(3);
        folder.write_peak("in/b.npy", 20);
        run(&folder, &args).expect(3).says(&["1 of 3 inputs decoded, 1 done before, 1 unreadable"]);
        assert_same(&folder, &args);
    }
}

#[test]
fn what_holds_no_rows_and_what_is_no_file_is_refused() {
    let folder = inputs(&["a.npy"]);
    let run = |args: &[&str]| folder.program(["decode", "a.npy", "--resume"]).args(args).run().expect(2);
    run(&["-o", "t.json"]).says(&["`--resume` with `-o` holds for csv, tsv, ndjson, not for json"]);
    run(&["-o", "t.npy"]).says(&["not for npy", "`--output-dir DIR` writes a file for each input"]);
    run(&[]).says(&["`--resume` needs `-o FILE` or `--output-dir DIR`"]);
    if cfg!(unix) {
        run(&["-o", "/dev/null", "--format", "csv"]).says(&["`/dev/null` is none"]);
    }
    assert_eq!(folder.names(), ["a.npy"]);
}

#[test]
fn other_settings_and_other_content_are_decoded_anew() {
    let folder = inputs(&["in/a.npy", "in/b.npy"]);
    run(&folder, &["in"]).expect(0);
    for more in [&["--compare"][..], &["--method", "soft"], &["--path-regex", "(?<id>[ab])[.]npy"]] {
        let args = [&["in"], more].concat();
        let args: Vec<&str> = args.into_iter().filter(|arg| *arg != "--method" && *arg != "soft").collect();
        let args = if more.contains(&"soft") { vec!["in", "--order", "dwh"] } else { args };
        run(&folder, &args).expect(0).says(&["2 of 2 inputs decoded"]);
        assert_same(&folder, &args);
    }
    run(&folder, &["in"]).expect(0).says(&["2 of 2 inputs decoded"]);
    folder.write("in/a.npy", &npy_with_peak(50));
    run(&folder, &["in"]).expect(0).says(&["1 of 2 inputs decoded, 1 done before"]);
    assert_same(&folder, &["in"]);
    // `file` and the columns of `--path-regex` come from the name that is given.
    run(&folder, &["./in/a.npy", "in/b.npy"]).expect(0).says(&["1 of 2 inputs decoded, 1 done before"]);
    assert_same(&folder, &["./in/a.npy", "in/b.npy"]);
}

#[test]
fn statuses_of_rows_that_stay_count() {
    let folder = inputs(&["in/b.npy"]);
    folder.write("in/a.npy", &npy_f4(&[1, 1, 2], &[f32::NAN, 1.0]));
    for said in ["2 of 2 inputs decoded", "0 of 2 inputs decoded, 2 done before"] {
        run(&folder, &["in"]).expect(1).says(&[said, "exit status 1 by `--fail-on`: 1 landmark nonfinite"]);
    }
    run(&folder, &["in", "--fail-on", "none"]).expect(0);
    // Those of an input that is out of reach too.
    std::fs::rename(folder.join("in/a.npy"), folder.join("a.npy")).unwrap();
    let named = ["in/a.npy", "in/b.npy", "--max-failures", "1"];
    run(&folder, &named).expect(1).says(&["1 landmark nonfinite"]);
}

#[test]
fn a_list_and_an_input_that_is_named_twice() {
    let folder = inputs(&["a.npy", "b.npy"]);
    folder.write("list", b"b.npy\na.npy\nb.npy\n");
    run(&folder, &["--files-from", "list"]).expect(0).says(&["3 of 3 inputs decoded"]);
    assert_same(&folder, &["--files-from", "list"]);
    run(&folder, &["--files-from", "list"]).expect(0).says(&["3 done before"]);
    assert_eq!(column(&folder, "file"), ["b.npy", "a.npy", "b.npy"]);
}

#[test]
fn a_dry_run_says_what_is_done() {
    let folder = inputs(&["a.npy", "b.npy"]);
    run(&folder, &["a.npy", "--dry-run"]).expect(0);
    assert_eq!(folder.names(), ["a.npy", "b.npy"]);
    run(&folder, &["a.npy"]).expect(0);
    let dry = run(&folder, &["a.npy", "b.npy", "--dry-run"]).expect(0).text();
    assert!(dry.contains("a.npy: done before\n") && dry.contains("-> `t.csv` as csv"), "{dry}");
    assert!(!dry.contains("b.npy: done before"), "{dry}");
}

#[test]
fn the_record_is_no_file_that_the_run_reads() {
    let folder = inputs(&["a.npy"]);
    std::fs::rename(folder.join("a.npy"), folder.join(RECORD)).unwrap();
    let before = std::fs::read(folder.join(RECORD)).unwrap();
    run(&folder, &[RECORD]).expect(2).says(&["is both an input and an output"]);
    assert_eq!(std::fs::read(folder.join(RECORD)).unwrap(), before);
}

// --- inputs that are out of reach, and such that are not named ---------------------------------------

#[test]
fn rows_of_an_input_out_of_reach_stay_and_those_of_one_that_is_not_named_go() {
    let folder = inputs(&["in/a.npy", "in/b.npy", "in/c.npy"]);
    run(&folder, &["in"]).expect(0);
    let before = table(&folder);
    std::fs::rename(folder.join("in/b.npy"), folder.join("b.npy")).unwrap();
    let named = ["in/a.npy", "in/b.npy", "in/c.npy"];
    run(&folder, &named).expect(3).says(&["the rows of `in/b.npy` stay: an earlier run read it"]);
    assert_eq!(table(&folder), before);
    // The same settings alone: rows of others would stand among the new ones.
    run(&folder, &[&named[..], &["--order", "dwh"]].concat()).expect(3);
    assert_eq!(column(&folder, "status"), ["ok", "unreadable", "ok"]);
    run(&folder, &named).expect(3).says(&["the rows of `in/b.npy` stay"]);
    assert_eq!(table(&folder), before);
    // A search does not find it: it is not named.
    run(&folder, &["in"]).expect(0);
    assert_eq!(column(&folder, "file"), ["in/a.npy", "in/c.npy"]);
    assert_same(&folder, &["in"]);
    // Damaged content is there, and rows of what was there before are no answer for it.
    folder.write("in/a.npy", &npy_with_peak(7)[..100]);
    run(&folder, &["in"]).expect(3);
    assert_eq!(column(&folder, "status"), ["unreadable", "ok"]);
}

#[test]
fn a_pointer_in_the_place_of_an_input_costs_no_rows() {
    let folder = inputs(&["a.npy"]);
    run(&folder, &["a.npy"]).expect(0);
    let before = table(&folder);
    folder.write("a.npy", b"/annex/objects/MD5E-s1--a.npy\n");
    run(&folder, &["a.npy"]).expect(3).says(&["the rows of `a.npy` stay"]);
    assert_eq!(table(&folder), before);
}

/// A disk that is not there, and a directory that cannot be listed: what lies below is out of reach.
#[test]
fn rows_below_a_directory_out_of_reach_stay() {
    let folder = inputs(&["in/a-b/x.npy", "in/a/y.npy", "in/a/z/x.npy", "in/c.npy"]);
    run(&folder, &["in"]).expect(0);
    let before = table(&folder);
    std::fs::rename(folder.join("in"), folder.join("away")).unwrap();
    run(&folder, &["in"]).expect(3).says(&["the rows of `in/a-b/x.npy` stay", "the rows of `in/c.npy` stay"]);
    let stayed = column(&folder, "file");
    assert_eq!(stayed, ["in", "in/a-b/x.npy", "in/a/y.npy", "in/a/z/x.npy", "in/c.npy"]);
    std::fs::rename(folder.join("away"), folder.join("in")).unwrap();
    run(&folder, &["in"]).expect(0).says(&["0 of 4 inputs decoded, 4 done before"]);
    assert_eq!(table(&folder), before);
}

// --- what is not as it was left ----------------------------------------------------------------------

#[test]
fn a_table_that_is_missing_or_was_edited_is_written_anew_and_nothing_decoded() {
    let folder = inputs(&["a.npy", "b.npy"]);
    let args = ["a.npy", "b.npy"];
    run(&folder, &args).expect(0);
    let good = table(&folder);
    std::fs::remove_file(folder.join("t.csv")).unwrap();
    let ran = run(&folder, &args).expect(0);
    ran.says(&["2 done before"]);
    assert!(!ran.stderr.contains("was changed"), "{}", ran.stderr);
    assert_eq!(table(&folder), good);
    let text = String::from_utf8(good.clone()).unwrap();
    for edited in [
        text.replace(",ok,", ",flat,"),
        text.replace("file,n", "path,n"),
        text[..text.len() - 9].to_owned(),
        text.clone() + "a.npy,1\n",
        String::new(),
    ] {
        folder.write("t.csv", edited.as_bytes());
        run(&folder, &args).expect(0).says(&["2 done before", "`t.csv` was changed after the last run"]);
        assert_eq!(table(&folder), good);
    }
    // One that is as it should be is not touched.
    let time = || std::fs::metadata(folder.join("t.csv")).unwrap().modified().unwrap();
    let before = time();
    run(&folder, &args).expect(0);
    assert_eq!(time(), before);
}

#[test]
fn without_its_record_a_table_is_decoded_anew() {
    let folder = inputs(&["a.npy", "b.npy"]);
    let args = ["a.npy", "b.npy"];
    folder.write("t.csv", b"what stood there\n");
    run(&folder, &args).expect(0).says(&["2 of 2 inputs decoded"]);
    std::fs::remove_file(folder.join(RECORD)).unwrap();
    run(&folder, &args).expect(0).says(&["2 of 2 inputs decoded"]);
    assert_same(&folder, &args);
    // The record of another table says nothing wrong: rows are known by their inputs.
    let other = inputs(&["a.npy"]);
    run(&other, &["a.npy"]).expect(0);
    std::fs::copy(other.join(RECORD), folder.join(RECORD)).unwrap();
    run(&folder, &args).expect(0).says(&["2 of 2 inputs decoded"]);
    assert_same(&folder, &args);
}

#[test]
fn a_record_that_was_cut_or_changed_costs_no_more_than_decoding() {
    let folder = inputs(&["a.npy", "b.npy", "c.npy"]);
    let args = ["a.npy", "b.npy", "c.npy"];
    run(&folder, &args).expect(0);
    let (record, good) = (std::fs::read(folder.join(RECORD)).unwrap(), table(&folder));
    for cut in (0..record.len()).step_by(37) {
        folder.write(RECORD, &record[..cut]);
        run(&folder, &args).expect(0);
        assert_eq!(table(&folder), good, "cut at {cut}");
    }
    for at in (18..record.len()).step_by(41) {
        let mut changed = record.clone();
        changed[at] ^= 1;
        folder.write(RECORD, &changed);
        run(&folder, &args).expect(0);
        assert_eq!(table(&folder), good, "changed at {at}");
    }
}

#[test]
fn what_is_no_record_is_refused_and_stays() {
    let folder = inputs(&["a.npy"]);
    folder.write(RECORD, b"the notes of a person\n");
    let ran = run(&folder, &["a.npy"]).expect(4);
    ran.says(&["failed to open", RECORD, "expected the record of a table, found another file", "remove it"]);
    assert_eq!(std::fs::read(folder.join(RECORD)).unwrap(), b"the notes of a person\n");
    std::fs::remove_file(folder.join(RECORD)).unwrap();
    #[cfg(unix)]
    {
        folder.write("elsewhere", b"other");
        std::os::unix::fs::symlink("elsewhere", folder.join(RECORD)).unwrap();
        run(&folder, &["a.npy"]).expect(4).says(&["found a link"]);
        assert_eq!(std::fs::read(folder.join("elsewhere")).unwrap(), b"other");
    }
    assert!(!folder.join("t.csv").exists());
}

#[test]
fn a_record_does_not_grow_without_end() {
    let folder = inputs(&["a.npy", "b.npy"]);
    folder.write("c.npy", b"no array");
    let args = ["a.npy", "b.npy", "c.npy"];
    let size = || std::fs::metadata(folder.join(RECORD)).unwrap().len();
    run(&folder, &args).expect(3);
    let first = size();
    for _ in 0..30 {
        run(&folder, &args).expect(3).says(&["2 done before"]);
        assert!(size() < 3 * first + (1 << 13), "{}", size());
    }
    assert_same(&folder, &args);
    assert_eq!(folder.names(), [RECORD, "a.npy", "b.npy", "c.npy", "t.csv"]);
}

// --- links -------------------------------------------------------------------------------------------

#[cfg(unix)]
#[test]
fn a_link_to_a_table_is_that_table() {
    let folder = inputs(&["a.npy", "b.npy"]);
    std::fs::create_dir(folder.join("far")).unwrap();
    std::os::unix::fs::symlink("far/real.csv", folder.join("t.csv")).unwrap();
    run(&folder, &["a.npy"]).expect(0);
    assert!(folder.join("far/.real.csv.softargmax-resume").is_file());
    let real = folder.program(["decode", "--coords", "voxel", "--method", "hard", "a.npy", "b.npy"]);
    real.args(["-o", "far/real.csv", "--resume"]).run().expect(0).says(&["1 of 2 inputs decoded, 1 done"]);
    assert_same(&folder, &["a.npy", "b.npy"]);
}

/// Who may not read the table may not read the record.
#[cfg(unix)]
#[test]
fn a_record_is_as_private_as_its_table() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = inputs(&["a.npy"]);
    let table = folder.write("t.csv", b"old");
    std::fs::set_permissions(&table, std::fs::Permissions::from_mode(0o600)).unwrap();
    run(&folder, &["a.npy"]).expect(0);
    assert_eq!((mode(&table), mode(&folder.join(RECORD))), (0o600, 0o600));
}

// --- interrupted -------------------------------------------------------------------------------------

#[cfg(unix)]
mod interrupted {
    use super::*;
    use std::process::{Child, Command};
    use std::time::Instant;

    fn fifo(folder: &Folder, name: &str) {
        assert!(Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success());
    }

    fn start(folder: &Folder, args: &[&str]) -> Child {
        let program = folder.program(["decode", "--coords", "voxel", "--method", "hard", "-q"]);
        program.args(["-o", "t.csv", "--resume"]).args(args).spawn()
    }

    /// Waits until the record holds the rows of `file`.
    fn until_done(folder: &Folder, file: &str) {
        let start = Instant::now();
        let row = format!("\n{file},0,0,");
        let is_done = || {
            let record = std::fs::read(folder.join(RECORD)).unwrap_or_default();
            String::from_utf8_lossy(&record).contains(&row)
        };
        while !is_done() {
            assert!(start.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn end(mut child: Child, signal: &str) {
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let code = child.wait().unwrap().code();
        assert_eq!(code, if signal == "-TERM" { Some(143) } else { None });
    }

    /// Each run waits for a FIFO when it is ended; the next goes on behind what it did.
    #[test]
    fn twice_in_the_middle_and_the_third_run_ends_it() {
        for signal in ["-TERM", "-KILL"] {
            let folder = inputs(&["a.npy", "c.npy", "e.npy"]);
            let args = ["a.npy", "b.npy", "c.npy", "d.npy", "e.npy"];
            folder.write("t.csv", b"old");
            for (blocked, done) in [("b.npy", "a.npy"), ("d.npy", "c.npy")] {
                fifo(&folder, blocked);
                if blocked == "b.npy" {
                    folder.write_peak("d.npy", 33);
                }
                let child = start(&folder, &args);
                until_done(&folder, done);
                end(child, signal);
                assert_eq!(table(&folder), b"old", "{signal}");
                std::fs::remove_file(folder.join(blocked)).unwrap();
                folder.write_peak(blocked, 31);
                if blocked == "b.npy" {
                    std::fs::remove_file(folder.join("d.npy")).unwrap();
                }
            }
            let ran = run(&folder, &args).expect(0);
            ran.says(&["2 of 5 inputs decoded, 3 done before"]);
            assert_same(&folder, &args);
            assert_eq!(folder.names().len(), 7, "{:?}", folder.names());
        }
    }

    /// What a killed run leaves in the directory goes with the next.
    #[test]
    fn temporary_files_of_a_killed_run_go() {
        let folder = inputs(&["a.npy"]);
        for stale in [".t.csv.softargmax-x1.tmp", ".other.csv.softargmax-x1.tmp", ".softargmax-x1.tmp"] {
            folder.write(stale, b"");
        }
        run(&folder, &["a.npy"]).expect(0);
        let left = [".other.csv.softargmax-x1.tmp", ".softargmax-x1.tmp", RECORD, "a.npy", "t.csv"];
        assert_eq!(folder.names(), left);
    }

    /// While one run writes to a table, others are refused, whatever they call it.
    #[test]
    fn two_runs_at_once() {
        let folder = inputs(&["a.npy", "c.npy"]);
        std::os::unix::fs::symlink("t.csv", folder.join("link.csv")).unwrap();
        std::os::unix::fs::symlink(".", folder.join("here")).unwrap();
        fifo(&folder, "b.npy");
        let child = start(&folder, &["a.npy", "b.npy"]);
        until_done(&folder, "a.npy");
        for name in ["t.csv", "./t.csv", "link.csv", "here/t.csv", "here/link.csv"] {
            let ran = folder.program(["decode", "c.npy", "-o", name, "--resume"]).run().expect(4);
            ran.says(&["another run is writing to this table", "hint: wait for it, or choose another `-o`"]);
        }
        assert!(!folder.join("t.csv").exists());
        end(child, "-TERM");
        run(&folder, &["a.npy", "c.npy"]).expect(0).says(&["1 of 2 inputs decoded, 1 done before"]);
        assert_same(&folder, &["a.npy", "c.npy"]);
    }
}
