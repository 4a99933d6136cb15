//! What is said of answers that can be read and may be wrong: flags, reasons, `--fail-on`, thresholds.

use crate::support::{Folder, Nifti, Program, decode, f4, f8, npy, npy_f4};

/// Maps between 0 and 1 with one voxel of 1: T = 1 is far too flat for them.
fn flat(count: usize) -> Vec<u8> {
    let values: Vec<f32> = (0..count * 1000).map(|i| if i % 1000 == 0 { 1.0 } else { 0.0 }).collect();
    npy_f4(&[1, count, 10, 10, 10], &values)
}

#[test]
fn flags_are_counted_over_the_run_with_their_first_places() {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.write(format!("{name}.npy"), &flat(2));
    }
    let out = folder.program(["decode", ".", "--label-names", "left,right"]).run().expect(1);
    out.says(&[
        "warning: diffuse: 6 landmarks of 3 inputs: the answer is not",
        "a.npy`: n 0, c 0 (left)\n",
        "a.npy`: n 0, c 1 (right)\n",
        "b.npy`: n 0, c 0 (left)\n  and 3 more: see the column `flags`\n  hint: `--method auto`",
        "3 of 3 inputs decoded, 6 landmarks: 6 ok, 6 of them diffuse; ",
        "\nexit status 1 by `--fail-on`: 6 landmarks diffuse\n",
    ]);
    // An array has no column.
    let array = folder.program(["decode", ".", "--format", "npy"]).run().expect(1);
    array.says(&["  and 3 more\n"]);
    let quiet = folder.program(["decode", ".", "--quiet"]).run().expect(1);
    assert_eq!(quiet.stderr, "exit status 1 by `--fail-on`: 6 landmarks diffuse\n");
}

#[test]
fn flags_and_statuses_may_fail_a_run() {
    let folder = Folder::new();
    folder.write("a.npy", &flat(1));
    for (fail_on, code) in [
        (&[][..], 1),
        (&["--fail-on", "nonfinite,empty"], 0),
        (&["--fail-on", "none"], 0),
        (&["--fail-on", "border,diffuse"], 1),
        (&["--fail-on", "missing, diffuse"], 1),
        (&["--fail-on", "ok"], 1),
    ] {
        folder.program(["decode", "a.npy"]).args(fail_on).run().expect(code);
    }
    folder.program(["decode", "a.npy", "--temperature", "0.05"]).run().expect(0);
    let out = folder.program(["decode", "a.npy", "--fail-on", "ok,diffuse", "--quiet"]).run().expect(1);
    assert_eq!(out.stderr, "exit status 1 by `--fail-on`: 1 landmark ok, 1 landmark diffuse\n");
    // Twice is once.
    let twice =
        folder.program(["decode", "a.npy", "--fail-on", "diffuse,diffuse", "--quiet"]).run().expect(1);
    assert_eq!(twice.stderr, "exit status 1 by `--fail-on`: 1 landmark diffuse\n");
}

#[test]
fn only_rows_of_the_output_count() {
    let folder = Folder::new();
    let mut values = vec![0.0; 2000];
    (values[0], values[1000]) = (1.0, 50.0);
    folder.write("a.npy", &npy_f4(&[1, 2, 10, 10, 10], &values));
    folder.program(["decode", "a.npy"]).run().expect(1);
    folder.program(["decode", "a.npy", "--channels", "1"]).run().expect(0);
}

#[test]
fn every_status_has_its_reason() {
    let csv = decode(["npy/statuses_f4.npy", "--fail-on", "none", "--threshold", "-1000"]).rows();
    for row in &csv {
        assert_eq!(row["status"] == "ok", row["reason"].is_empty(), "{row:?}");
    }
    let json =
        decode(["npy/statuses_f4.npy", "--fail-on", "none", "--threshold", "-1000", "--format", "json"]);
    for (landmark, row) in json.json()["inputs"][0]["landmarks"].as_array().unwrap().iter().zip(&csv) {
        assert_eq!(landmark["reason"].as_str().unwrap_or_default(), row["reason"]);
        assert!(landmark["flags"].is_array());
    }
    let missing = decode(["npy/statuses_f4.npy", "--channels", "0", "--threshold", "100.5"]).rows();
    assert_eq!(missing[0]["reason"], "maximum below the threshold of 100.5");
    let gone = Program::new(["decode", "gone.npy", "--quiet"]).run().expect(3);
    assert_eq!(gone.rows()[0]["reason"], "no such file");
}

#[test]
fn the_spread_is_no_error_and_says_so() {
    let said =
        |args: &[&str]| decode([&["oblique.nii.gz"], args].concat()).stderr.contains("note: the spread");
    assert!(said(&["--stats"]));
    for args in [&[][..], &["--stats", "--quiet"], &["--stats", "--uncertainty"]] {
        assert!(!said(args), "{args:?}");
    }
}

/// A threshold is rounded as the values were when they were saved.
#[test]
fn a_threshold_keeps_what_is_as_high_as_it() {
    let folder = Folder::new();
    folder.write("f4.npy", &npy_f4(&[1, 1, 2], &[0.0, 0.7]));
    // 0.7 is 0x399a in half precision.
    folder.write("f2.npy", &npy("<f2", false, &[1, 1, 2], &[0, 0, 0x9a, 0x39]));
    folder.write("f8.npy", &npy("<f8", false, &[1, 1, 2], &f8(&[0.0, 0.7])));
    folder.write("less.npy", &npy("<f8", false, &[1, 1, 2], &f8(&[0.0, f64::from(0.7_f32)])));
    folder.write("f4.nii", &Nifti::new(&[2, 1, 1], &f4(&[0.0, 0.7])).bytes());
    // The slope is 0.699999988.
    folder.write("scaled.nii", &Nifti::new(&[2, 1, 1], &f4(&[0.0, 1.0])).scaled(0.7, 0.0).bytes());
    for (file, threshold, status) in [
        ("f4.npy", "0.7", "ok"),
        ("f4.npy", "0.70000001", "ok"),
        ("f4.npy", "0.7000001", "missing"),
        ("f2.npy", "0.7", "ok"),
        ("f2.npy", "0.7003", "ok"),
        ("f2.npy", "0.701", "missing"),
        ("f8.npy", "0.7", "ok"),
        ("f8.npy", "0.7000000000000001", "missing"),
        ("less.npy", "0.7", "missing"),
        ("f4.nii", "0.7", "ok"),
        ("scaled.nii", "0.7", "missing"),
        ("scaled.nii", "0.69999998", "ok"),
        ("f4.npy", "1e300", "missing"),
        ("f2.npy", "1e300", "missing"),
        ("f2.npy", "-1e300", "ok"),
    ] {
        let args = [file, "--method", "hard", "--threshold", threshold];
        let row = &folder.decode(args).rows()[0];
        assert_eq!(row["status"], status, "{file} {threshold}");
        assert_eq!(
            status == "missing",
            row["reason"].starts_with("maximum below the threshold of "),
            "{row:?}"
        );
    }
}

/// What was typed is what is said, also where it was rounded.
#[test]
fn a_reason_names_the_threshold_that_was_typed() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 1, 2], &[0.0, 0.5]));
    // 0.5 in half precision, whose neighbours of 0.71 are 0.70996 and 0.71045.
    folder.write("f2.npy", &npy("<f2", false, &[1, 1, 2], &[0, 0, 0, 0x38]));
    for file in ["a.npy", "f2.npy"] {
        for (threshold, said) in [
            ("0.7", "0.7"),
            ("0.71", "0.71"),
            ("1e3", "1000"),
            ("0.55", "0.55"),
            ("0.699999988079071", "0.699999988079071"),
            ("1e300", "1e300"),
        ] {
            let row = &folder.decode([file, "--method", "hard", "--threshold", threshold]).rows()[0];
            assert_eq!(row["reason"], format!("maximum below the threshold of {said}"), "{file}");
        }
    }
}

#[test]
fn the_catalogue_has_one_entry_for_each_name() {
    let text = |args: &[&str]| Program::new(args).run().expect(0).text();
    assert!(text(&["methods"]).contains("\n  outside "));
    assert!(text(&["methods", "local"]).starts_with("method local\n  summary "));
    let outside = text(&["methods", "outside"]);
    assert!(outside.starts_with("flag outside\n  summary    the answer lies beyond"), "{outside}");
    assert!(outside.contains("\n  hint       `--method auto` fits what is there; "), "{outside}");
    assert!(outside.ends_with("\n  page       docs/flags/outside.md\n"), "{outside}");
    let auto = text(&["methods", "auto"]);
    assert!(["1. ", "2. ", "3. ", "4. ", "5. "].iter().all(|rule| auto.contains(rule)), "{auto}");
    assert_eq!(auto.matches("flag fallback").count(), 2, "{auto}");
}
