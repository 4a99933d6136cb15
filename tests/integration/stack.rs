//! `--stack`: the files of a directory are the landmarks of one sample.

use crate::support::{Folder, Nifti, Ran, Row, npy_f4, read_npy_f8};

/// A heatmap of three voxels whose largest is `peak`, the first at x.
fn nifti(peak: usize, x: f32) -> Vec<u8> {
    let mut values = [0_f32; 3];
    values[peak] = 30.0;
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Nifti::new(&[3, 1, 1], &bytes)
        .sform(&[[1.0, 0.0, 0.0, x], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
        .bytes()
}

fn npy(peak: usize) -> Vec<u8> {
    let mut values = [0.0; 5];
    values[peak] = 30.0;
    npy_f4(&[5, 1, 1], &values)
}

/// Two samples, each without a landmark that the other has.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("s/sub-1/afid02.nii", &nifti(1, 100.0));
    folder.write("s/sub-1/afid01.nii", &nifti(0, 10.0));
    folder.write("s/sub-2/afid02.nii", &nifti(2, 200.0));
    folder.write("s/sub-2/afid10.nii", &nifti(2, 1000.0));
    folder
}

fn columns(ran: &Ran, names: &[&str]) -> Vec<String> {
    let row = |row: &Row| names.iter().map(|&name| row[name].clone()).collect::<Vec<_>>().join(" ");
    ran.rows().iter().map(row).collect()
}

const WORLD: [&str; 4] = ["--coords", "world", "--method", "hard"];

#[test]
fn a_missing_file_shifts_nothing_and_each_row_has_its_own_affine() {
    let ran = folder().program(["decode", "s", "--stack"]).args(WORLD).run().expect(0);
    let expected = [
        "s/sub-1 0 0 afid01 10 ok ",
        "s/sub-1 0 1 afid02 101 ok ",
        "s/sub-1 0 2 afid10  missing no file of this name",
        "s/sub-2 0 0 afid01  missing no file of this name",
        "s/sub-2 0 1 afid02 202 ok ",
        "s/sub-2 0 2 afid10 1002 ok ",
    ];
    assert_eq!(columns(&ran, &["file", "n", "c", "label", "x_mm", "status", "reason"]), expected);
    ran.says(&["4 of 4 inputs decoded, 6 landmarks: 2 missing, 4 ok"]);
    let fails =
        folder().program(["decode", "s", "--stack", "--fail-on", "missing"]).args(WORLD).run().expect(1);
    fails.says(&["exit status 1 by `--fail-on`: 2 landmarks missing"]);
}

/// The order of samples and the way they are named make no difference to numbers.
#[test]
fn lists_and_named_files_are_stacked_too() {
    let folder = folder();
    folder.write("list", b"s/sub-2/afid10.nii\ns/sub-1/afid02.nii\ns/sub-2/afid02.nii\n");
    let ran = folder.program(["decode", "--files-from", "list", "--stack"]).args(WORLD).run().expect(0);
    let expected = ["s/sub-2 0 202", "s/sub-2 1 1002", "s/sub-1 0 101", "s/sub-1 1 "];
    assert_eq!(columns(&ran, &["file", "c", "x_mm"]), expected);
    // A bare name lies in the working directory.
    folder.write("here.nii", &nifti(1, 0.0));
    let ran = folder.program(["decode", "here.nii", "--stack"]).args(WORLD).run().expect(0);
    assert_eq!(columns(&ran, &["file", "label", "x_mm"]), [". here 1"]);
}

/// All files in one directory, or each in its own: what belongs together is in the paths.
#[test]
fn a_pattern_says_which_files_are_a_sample() {
    let folder = Folder::new();
    for (path, peak) in [("sub-2_lm-b", 2), ("sub-1_lm-a", 0), ("deep/sub-1_lm-c", 1), ("other", 1)] {
        folder.write(format!("s/{path}.nii"), &nifti(peak, 0.0));
    }
    let pattern = r"(?<sub>sub-\d+)_lm-(?<channel>[a-z]+)";
    let run = || {
        folder.program(["decode", "s", "--stack", "--path-regex", pattern]).args(WORLD).run().expect(0).rows()
    };
    let row = |row: &Row| {
        ["file", "n", "c", "label", "sub", "channel", "x_mm", "status"]
            .map(|name| row[name].clone())
            .join(" ")
    };
    let expected = [
        "s/deep 0 0 a sub-1 a 0 ok",
        "s/deep 0 1 b sub-1 b  missing",
        "s/deep 0 2 c sub-1 c 1 ok",
        "s/deep 0 3 other sub-1 other  missing",
        "s 0 0 a    missing",
        "s 0 1 b    missing",
        "s 0 2 c    missing",
        "s 0 3 other   1 ok",
        "s 0 0 a sub-2 a  missing",
        "s 0 1 b sub-2 b 2 ok",
        "s 0 2 c sub-2 c  missing",
        "s 0 3 other sub-2 other  missing",
    ];
    assert_eq!(run().iter().map(row).collect::<Vec<_>>(), expected);
    // Without the group, files of one name in two directories would be one channel.
    folder.write("s/deep/sub-2_lm-b.nii", &nifti(0, 0.0));
    let twice = folder.program(["decode", "s", "--stack", "--path-regex", pattern]).run().expect(2);
    twice.says(&["would both be the channel `b`"]);
}

#[test]
fn an_unreadable_file_keeps_its_place_and_costs_no_other() {
    let folder = folder();
    folder.write("s/sub-1/afid02.nii", b"nothing known");
    folder.write("s/sub-2/afid02.nii", &Nifti::new(&[3, 1, 1, 2], &[0; 24]).bytes());
    let ran = folder.program(["decode", "s", "--stack"]).args(WORLD).run().expect(3);
    let found = columns(&ran, &["file", "c", "label", "status"]);
    assert_eq!(found[1], "s/sub-1 1 afid02 unreadable");
    assert_eq!(found[4], "s/sub-2 1 afid02 unreadable");
    let reasons = columns(&ran, &["reason"]);
    assert!(reasons[1].contains("found a file that begins with"), "{reasons:?}");
    assert_eq!(reasons[4], "expected one heatmap in the file, found 1 sample of 2 channels");
    ran.says(&[
        "error: failed to decode `s/sub-1/afid02.nii`",
        "hint: `--stack` takes a file for each landmark",
    ]);
    ran.says(&["2 of 4 inputs decoded, 2 unreadable, 4 landmarks: 2 missing, 2 ok"]);
    let max = ["decode", "s", "--stack", "--max-failures", "2"];
    folder.program(max).args(WORLD).run().expect(0);
}

#[test]
fn an_array_has_a_sample_for_each_directory() {
    let folder = folder();
    folder.write("s/sub-1/afid01.nii", b"nothing known");
    let args = ["decode", "s", "--stack", "-o", "x.npy"];
    folder.program(args).args(WORLD).run().expect(3);
    let (shape, values) = read_npy_f8(&std::fs::read(folder.join("x.npy")).unwrap());
    assert_eq!(shape, [2, 3, 3]);
    let x: Vec<f64> = values.iter().step_by(3).copied().collect();
    assert_eq!(x[1..2], [101.0]);
    assert_eq!(x[4..], [202.0, 1002.0]);
    assert!([0, 2, 3].iter().all(|&at| x[at].is_nan()), "{x:?}");
}

#[test]
fn json_has_an_object_for_each_volume() {
    let ran = folder().program(["decode", "s", "--stack", "--format", "json"]).args(WORLD).run().expect(0);
    let document = ran.json();
    assert_eq!(document["settings"]["stack"], true);
    let inputs = document["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 6);
    assert_eq!((&inputs[1]["file"], &inputs[1]["affine"][0][3]), (&"s/sub-1".into(), &100.into()));
    assert_eq!(inputs[1]["landmarks"][0]["label"], "afid02");
    assert_eq!((&inputs[2]["format"], &inputs[2]["landmarks"][0]["status"]), (&().into(), &"missing".into()));
    let args = ["decode", "s", "--stack", "--format", "ndjson", "--peaks", "2"];
    let lines = folder().program(args).run().expect(0);
    assert_eq!(lines.text().lines().filter(|line| line.contains("\"file\":\"s/sub-2\"")).count(), 6);
}

/// Shapes and formats may differ too.
#[test]
fn each_file_is_a_volume_of_its_own() {
    let folder = Folder::new();
    folder.write("a/one.npy", &npy(4));
    folder.write("a/two.nii", &nifti(2, 0.0));
    let ran =
        folder.program(["decode", "a", "--stack", "--coords", "voxel", "--method", "hard"]).run().expect(0);
    assert_eq!(columns(&ran, &["file", "c", "label", "h_voxel"]), ["a 0 one 4", "a 1 two 2"]);
}

#[test]
fn what_cannot_be_stacked_is_a_usage_error() {
    let folder = folder();
    folder.write("s/sub-1/afid01.npy", &npy(1));
    let ran = folder.program(["decode", "s", "--stack"]).run().expect(2);
    ran.says(&[
        "`s/sub-1/afid01.nii` and `s/sub-1/afid01.npy` would both be the channel `afid01` of `s/sub-1`",
        "hint: with `--stack` a directory has one file for each landmark",
    ]);
    folder.program(["decode", "-", "--stack"]).run().expect(2).says(&["standard input lies in no directory"]);
    for other in
        [["--channels", "1"], ["--expect-channels", "1"], ["--label-names", "a"], ["--output-dir", "o"]]
    {
        folder.program(["decode", "s", "--stack"]).args(other).run().expect(2).says(&["cannot be used with"]);
    }
}

#[test]
fn a_dry_run_says_where_each_file_goes() {
    let ran = folder().program(["decode", "s", "--stack", "--dry-run"]).run().expect(0);
    let text = ran.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("s/sub-1/afid02.nii: nifti-1 <f4"), "{text}");
    assert!(lines[1].ends_with(", channel 1 (`afid02`) of `s/sub-1`"), "{text}");
    assert_eq!(lines[4], "2 files missing");
}
