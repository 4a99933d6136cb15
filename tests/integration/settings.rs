//! Which options of `decode` change an output. `--resume` decodes an input again if and only if they do: what
//! changes a byte changes the fingerprint, and nothing else does. An option that is in no row of the table
//! fails a test.

use crate::docs::{help, options};
use crate::support::{Folder, golden, npy_f4, zip};
use std::collections::BTreeSet;

/// What an option does to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// It changes bytes, and the fingerprint.
    Output,
    /// It changes neither.
    Neither,
    /// A run with it leaves no output with a fingerprint behind.
    Unrecorded,
}
use Side::{Neither, Output, Unrecorded};

/// An option, the arguments of a run without it, those of the same run with it, and what it does.
type Case = (&'static str, &'static [&'static str], &'static [&'static str], Side);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("--method", &["a.npy"], &["a.npy", "--method", "hard"], Output),
    ("--method", &["a.npy", "--method", "local"], &["a.npy", "--method", "local:radius=4"], Neither),
    ("--radius", &["a.npy", "--method", "local"], &["a.npy", "--method", "local", "--radius", "1"], Output),
    ("--radius", &["a.npy", "--method", "local:radius=2"], &["a.npy", "--method", "local", "--radius", "2"], Neither),
    ("--activation", &["a.npy", "--method", "mean"], &["a.npy", "--method", "mean", "--activation", "power:3"], Output),
    ("--temperature", &["a.npy"], &["a.npy", "--temperature", "2"], Output),
    ("--temperature", &["a.npy"], &["a.npy", "--temperature", "1"], Neither),
    ("--temperature",
        &["a.npy", "--method", "hard", "--stats"],
        &["a.npy", "--method", "hard", "--stats", "--temperature", "2"], Output),
    ("--beta", &["a.npy"], &["a.npy", "--beta", "2"], Output),
    ("--peaks", &["a.npy", "--method", "hard"], &["a.npy", "--method", "hard", "--peaks", "3"], Output),
    ("--min-distance", &["a.npy", "--peaks", "3"], &["a.npy", "--peaks", "3", "--min-distance", "3"], Output),
    ("--min-distance", &["a.npy", "--peaks", "3"], &["a.npy", "--peaks", "3", "--min-distance", "1"], Neither),
    ("--threshold", &["a.npy"], &["a.npy", "--threshold", "100"], Output),
    ("--threshold", &["a.npy", "--peaks", "3"], &["a.npy", "--peaks", "3", "--threshold", "r:0.99"], Output),
    ("--ignore-nan", &["nan.npy"], &["nan.npy", "--ignore-nan"], Output),

    ("--files-from", &["a.npy"], &["--files-from", "list"], Neither),
    ("--null", &["a.npy"], &["--files-from", "list0", "-0"], Neither),
    // Which files are inputs is no setting of how they are decoded.
    ("--include", &["d"], &["d", "--include", "*.npy"], Neither),
    ("--exclude", &["d"], &["d", "--exclude", "b*"], Neither),
    ("--hidden", &["d"], &["d", "--hidden"], Neither),
    ("--layout", &["a.npy"], &["a.npy", "--layout", "NCDWH"], Output),
    ("--affine", &["lps.nii", "--coords", "world"], &["lps.nii", "--coords", "world", "--affine", "pixdim"], Output),
    ("--reference",
        &["map.npy", "--layout", "HWD", "--coords", "world", "--spacing", "1,1,1"],
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "lps.nii"], Output),
    ("--reference",
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "lps.nii"],
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "./lps.nii"], Neither),
    // JSON documents record the name.
    ("--reference",
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "lps.nii", "--format", "json"],
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "./lps.nii", "--format", "json"], Output),
    ("--reference",
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "lps.nii"],
        &["map.npy", "--layout", "HWD", "--coords", "world", "--reference", "{stem}.nii"], Output),
    ("--spacing",
        &["a.npy", "--coords", "world", "--spacing", "1,1,1"],
        &["a.npy", "--coords", "world", "--spacing", "1,1,2"], Output),
    ("--key", &["two.npz", "--key", "first"], &["two.npz", "--key", "second"], Output),
    ("--stride", &["a.npy", "--coords", "voxel"], &["a.npy", "--coords", "voxel", "--stride", "2"], Output),
    ("--crop-origin", &["a.npy", "--coords", "voxel"], &["a.npy", "--coords", "voxel", "--crop-origin", "1,2,3"], Output),
    ("--mask", &["a.npy"], &["a.npy", "--mask", "mask.npy"], Output),
    ("--mask", &["a.npy", "--mask", "mask.npy"], &["a.npy", "--mask", "mask2.npy"], Output),
    ("--mask", &["a.npy", "--mask", "mask.npy"], &["a.npy", "--mask", "./mask.npy"], Neither),
    ("--mask",
        &["a.npy", "--mask", "mask.npy", "--format", "json"],
        &["a.npy", "--mask", "./mask.npy", "--format", "json"], Output),
    ("--channels", &["a.npy"], &["a.npy", "--channels", "1"], Output),
    ("--channels", &["a.npy"], &["a.npy", "--channels", "1-"], Output),
    // It decides which inputs are read, and not how.
    ("--expect-channels", &["a.npy"], &["a.npy", "--expect-channels", "2"], Neither),
    // It has one output for all samples.
    ("--stack", &["a.npy"], &[], Unrecorded),
    ("--average",
        &["a.npy", "--path-regex", "(?<x>a)"], &["a.npy", "--path-regex", "(?<x>a)", "--average", "x"], Output),
    ("--unflip",
        &["a.npy", "--path-regex", "a(?<x>)[.]"], &["a.npy", "--path-regex", "a(?<x>)[.]", "--unflip", "x"], Output),
    ("--labels", &["a.npy"], &["a.npy", "--labels", "labels.txt"], Output),
    ("--label-names", &["a.npy"], &["a.npy", "--label-names", "left,right"], Output),
    ("--label-names", &["a.npy", "--labels", "labels.txt"], &["a.npy", "--label-names", "left,right"], Neither),

    ("--coords", &["a.npy"], &["a.npy", "--coords", "voxel"], Output),
    ("--norm", &["a.npy"], &["a.npy", "--norm", "unit"], Output),
    ("--order", &["a.npy"], &["a.npy", "--order", "dwh"], Output),
    ("--frame", &["lps.nii", "--coords", "world"], &["lps.nii", "--coords", "world", "--frame", "lps"], Output),
    ("--path-regex", &["a.npy"], &["a.npy", "--path-regex", "(?P<id>[a-z])[.]npy"], Output),
    ("--compare", &["a.npy"], &["a.npy", "--compare"], Output),
    ("--stats", &["a.npy"], &["a.npy", "--stats"], Output),
    ("--uncertainty", &["a.npy"], &["a.npy", "--uncertainty"], Output),
    ("--calibration", &["a.npy", "--uncertainty"], &["a.npy", "--calibration", "three.json"], Output),
    ("--calibration", &["a.npy", "--calibration", "two.json"], &["a.npy", "--calibration", "three.json"], Output),
    ("--region", &["a.npy"], &["a.npy", "--region", "0.5"], Output),
    ("--region", &["a.npy", "--region", "0.5"], &["a.npy", "--region", "0.6"], Output),
    ("--line-per", &["a.npy", "--format", "ndjson"], &["a.npy", "--format", "ndjson", "--line-per", "input"], Output),
    ("--digits", &["a.npy"], &["a.npy", "--digits", "2"], Output),
    ("--format", &["a.npy"], &["a.npy", "--format", "tsv"], Output),
    // One output of many inputs has no record.
    ("--output", &["a.npy"], &[], Unrecorded),
    // Two runs of this test never have the same one.
    ("--output-dir", &["a.npy"], &["a.npy"], Neither),
    ("--root", &["a.npy"], &["a.npy", "--root", "."], Neither),
    ("--resume", &["a.npy"], &["a.npy", "--resume"], Neither),
    ("--fail-on", &["a.npy"], &["a.npy", "--fail-on", "none"], Neither),

    ("--dry-run", &["a.npy"], &[], Unrecorded),
    ("--max-failures", &["a.npy"], &["a.npy", "--max-failures", "3"], Neither),
    ("--max-landmarks", &["a.npy"], &["a.npy", "--max-landmarks", "9999"], Neither),
    ("--threads", &["a.npy"], &["a.npy", "--threads", "1"], Neither),
    ("--quiet", &["a.npy"], &["a.npy", "--quiet"], Neither),
    ("--verbose", &["a.npy"], &["a.npy", "--verbose"], Neither),
    ("--progress", &["a.npy"], &["a.npy", "--progress", "always"], Neither),
    ("--png", &["a.npy"], &["a.npy", "--png", "sheets"], Neither),
    ("--help", &["a.npy"], &[], Unrecorded),
];

/// Numbers from 0 to 16 that look drawn, and are the same each time.
fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 4096.0
    };
    (0..count).map(|_| next()).collect()
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 2, 5, 6, 7], &values(420, 1)));
    folder.write("d/a.npy", &npy_f4(&[1, 2, 5, 6, 7], &values(420, 1)));
    folder.write("nan.npy", &npy_f4(&[1, 1, 3], &[f32::NAN, 1.0, 2.0]));
    folder.write("map.npy", &npy_f4(&[9, 8, 7], &values(504, 2)));
    let arrays = [3, 4].map(|seed| npy_f4(&[4, 4, 4], &values(64, seed)));
    let entries = [("first.npy", &arrays[0][..]), ("second.npy", &arrays[1][..])];
    folder.write("two.npz", &zip(&entries, zip::CompressionMethod::Stored));
    for (name, first) in [("mask.npy", 0), ("mask2.npy", 100)] {
        let mask: Vec<f32> =
            (0..210).map(|i| if i >= first && i < first + 100 { 1.0 } else { 0.0 }).collect();
        folder.write(name, &npy_f4(&[5, 6, 7], &mask));
    }
    folder.write("lps.nii", &std::fs::read(golden().join("lps.nii")).unwrap());
    let mut moved = std::fs::read(golden().join("lps.nii")).unwrap();
    moved[292..296].copy_from_slice(&7.0_f32.to_le_bytes());
    folder.write("map.nii", &moved);
    for (name, factor) in [("two.json", 2.0), ("three.json", 3.0)] {
        folder.write(name, calibration(factor).as_bytes());
    }
    folder.write("labels.txt", b"left\nright\n");
    folder.write("list", b"a.npy\n");
    folder.write("list0", b"a.npy\0");
    folder
}

/// A calibration of `soft` with one radius in voxels for every landmark.
fn calibration(factor: f64) -> String {
    let levels = serde_json::json!([{"level": 0.95, "factor": factor}]);
    let landmarks = [0, 1].map(|c| serde_json::json!({"c": c, "subjects": 40, "levels": levels}));
    let settings =
        serde_json::json!({"method": "soft", "temperature": 1.0, "threshold": null, "ignore_nan": false});
    let radii = serde_json::json!({
        "unit": "voxel",
        "scale": {"figure": "none", "knots": []},
        "landmarks": landmarks,
        "pooled": {"subjects": 40, "levels": levels},
    });
    serde_json::json!({"calibration": 1, "settings": settings, "data": {}, "radii": [radii]}).to_string()
}

/// The output of a run with `args` in the directory `out`, and its fingerprint.
fn output(folder: &Folder, out: &str, args: &[&str]) -> (Vec<u8>, String) {
    let ran = folder.program(["decode", "--output-dir", out]).args(args).run();
    assert!(matches!(ran.code, Some(0 | 1)), "{args:?}: {}", ran.stderr);
    let record = std::fs::read_to_string(folder.join(out).join(".softargmax-resume")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(record.lines().last().unwrap()).unwrap();
    let bytes = std::fs::read(folder.join(out).join(entry["output"].as_str().unwrap())).unwrap();
    (bytes, entry["settings"].as_str().unwrap().to_owned())
}

#[test]
fn what_changes_a_byte_changes_the_fingerprint_and_nothing_else_does() {
    let folder = folder();
    for (index, (option, before, after, side)) in CASES.iter().enumerate() {
        if *side == Unrecorded {
            continue;
        }
        let (bytes, fingerprint) = output(&folder, &format!("out{index}a"), before);
        let (other_bytes, other_fingerprint) = output(&folder, &format!("out{index}b"), after);
        let differs = (bytes != other_bytes, fingerprint != other_fingerprint);
        assert_eq!(differs, (*side == Output, *side == Output), "{option}: {before:?} and {after:?}");
    }
}

#[test]
fn every_option_is_placed() {
    let placed: BTreeSet<String> = CASES.iter().map(|case| case.0.to_owned()).collect();
    assert_eq!(options(&help(&["decode"])), placed);
    let is_used = |&(option, _, after, side): &Case| {
        let short = option == "--null" && after.contains(&"-0");
        side == Unrecorded || short || after.contains(&option) || option == "--output-dir"
    };
    let unused = CASES.iter().filter(|case| !is_used(case)).map(|case| case.0).collect::<Vec<_>>();
    assert_eq!(unused, [""; 0]);
}
