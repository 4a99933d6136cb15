//! testdata in, exact coordinates out: every case of `testdata/golden/expected.json`, whose answers NumPy,
//! nibabel and a float64 textbook gave (`testdata/README.md`), through the program.
//!
//! The tolerance of a case is in voxels. Elsewhere an error may be as large as that makes it: in a
//! normalized or world coordinate as many times the length of a voxel there, in a covariance 1e-5 of the
//! trace. Statuses, hard positions, peak values and the record of the input are exact.

use crate::support::{Program, golden, pairs};
use serde_json::Value;
use std::sync::LazyLock;

static CASES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let text = std::fs::read(golden().join("expected.json")).unwrap();
    let Value::Array(cases) = serde_json::from_slice::<Value>(&text).unwrap()["cases"].take() else {
        panic!("expected.json holds no cases")
    };
    cases
});

/// One test for each group of golden files: those whose path begins as said.
macro_rules! groups {
    ($($name:ident: $prefix:literal,)*) => {
        $(#[test] fn $name() { check_group($prefix); })*

        #[test]
        fn every_case_is_in_a_group() {
            for case in CASES.iter() {
                let file = text(&case["file"]);
                assert!([$($prefix),*].iter().any(|prefix| file.starts_with(prefix)), "{file} is in no group");
            }
        }
    };
}

groups! {
    oblique_volume: "oblique.nii.gz",
    lps_volume: "lps.nii",
    nifti_2: "second.nii",
    nifti_2_big_endian: "second_big_endian.nii",
    nifti_big_endian: "big_endian.nii",
    nifti_qform_only: "qform_only.nii",
    nifti_without_affine: "no_affine.nii",
    nifti_pixdim: "pixdim.nii",
    nifti_metres: "metres.nii",
    nifti_microns: "microns.nii",
    nifti_unknown_units: "unknown_units.nii",
    nifti_extension: "extension.nii",
    nifti_late_offset: "late_offset.nii",
    nifti_trailing_bytes: "trailing.nii",
    nifti_gzip_zero_padding: "zero_padding.nii.gz",
    nifti_vector: "vector.nii.gz",
    nifti_samples: "samples.nii",
    nifti_3d: "single.nii",
    nifti_2d: "planar.nii",
    nifti_unit_tail: "unit_tail.nii",
    nifti_u1: "nifti/u1",
    nifti_i1: "nifti/i1",
    nifti_u2: "nifti/u2",
    nifti_i2: "nifti/i2",
    nifti_u4: "nifti/u4",
    nifti_i4: "nifti/i4",
    nifti_u8: "nifti/u8",
    nifti_i8: "nifti/i8",
    nifti_f4: "nifti/f4",
    nifti_f8: "nifti/f8",
    nifti_scaled_i16: "scaled_i16.nii",
    nifti_scaled_i32: "scaled_i32.nii",
    nifti_scaled_f64: "scaled_f64.nii",
    nifti_negative_slope: "negative_slope",
    nifti_slope_zero: "slope_zero.nii",
    nifti_slope_nan: "slope_nan.nii",
    nifti_pair: "pair.hdr",
    nifti_packed_pair: "packed_pair.hdr.gz",
    npy_f2: "npy/f2",
    npy_f4: "npy/f4",
    npy_f8: "npy/f8",
    npy_i1: "npy/i1",
    npy_i2: "npy/i2",
    npy_i4: "npy/i4",
    npy_i8: "npy/i8",
    npy_u1: "npy/u1",
    npy_u2: "npy/u2",
    npy_u4: "npy/u4",
    npy_u8: "npy/u8",
    npy_bool: "npy/b1",
    npy_header_versions: "npy/version",
    npy_nchwd: "npy/nchwd",
    npy_ncdhw: "npy/ncdhw",
    npy_nhwdc: "npy/nhwdc",
    npy_cnwdh: "npy/cnwdh",
    npy_chwd: "npy/chwd",
    npy_cdwh: "npy/cdwh",
    npy_hwdc: "npy/hwdc",
    npy_nchw: "npy/nchw.",
    npy_hwd_every_norm: "npy/hwd.",
    npy_hw: "npy/hw.",
    npy_unit_tail: "npy/unit_tail",
    npy_trailing_bytes: "npy/trailing",
    npy_borrowed_affine: "npy/borrowing",
    npy_gzip: "npy/plain",
    npy_gzip_members: "npy/members",
    npy_gzip_padded: "npy/padded",
    npz_stored: "npz/stored",
    npz_deflated: "npz/deflated",
    npz_nnunet: "npz/nnunet",
    logits_f4: "npy/logits_f4",
    logits_f8: "npy/logits_f8",
    tiny_values: "npy/tiny",
    huge_values: "npy/huge",
    statuses_f4: "npy/statuses_f4",
    statuses_f8: "npy/statuses_f8",
    axes_of_length_one: "npy/unit_",
    axes_of_length_zero: "npy/zero_",
}

fn check_group(prefix: &str) {
    let cases: Vec<&Value> = CASES.iter().filter(|case| text(&case["file"]).starts_with(prefix)).collect();
    assert!(!cases.is_empty(), "no case of {prefix} in expected.json");
    cases.into_iter().for_each(check_case);
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Runs the program as a case says and compares everything that comes back.
fn check_case(case: &Value) {
    let args: Vec<&str> = case["args"].as_array().unwrap().iter().map(text).collect();
    let what = format!("{} {}", text(&case["file"]), args.join(" "));
    let coords = if case["affine"].is_null() { "normalized,voxel" } else { "normalized,voxel,world" };
    let program = Program::new(["decode", text(&case["file"]), "--fail-on", "none"]).args(&args);
    let program = program.args(["--compare", "--stats", "--format", "json", "--coords", coords]);
    let document = program.run().expect(0).json();
    let input = &document["inputs"][0];
    assert_eq!(input["error"], Value::Null, "{what}");
    for key in ["layout", "shape", "dtype", "affine_source"] {
        assert_eq!(input[key], case[key], "{what}: {key}");
    }
    compare_affine(&input["affine"], &case["affine"], &what);
    let (found, expected) = (input["landmarks"].as_array().unwrap(), case["rows"].as_array().unwrap());
    assert_eq!(found.len(), expected.len(), "{what}: number of landmarks");
    let case = Case::new(case, &args);
    for (found, expected) in found.iter().zip(expected) {
        let what = format!("{what}: n {}, c {}", expected["n"], expected["c"]);
        case.compare(found, expected, &what);
    }
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    Some(value.as_array()?.iter().map(|number| number.as_f64().unwrap()).collect())
}

/// Affines as close as a float64 computation from the header's float32 makes them.
fn compare_affine(found: &Value, expected: &Value, what: &str) {
    assert_eq!(found.is_null(), expected.is_null(), "{what}: affine {found}, expected {expected}");
    if found.is_null() {
        return;
    }
    let rows = pairs(found.as_array().unwrap(), expected.as_array().unwrap());
    for (r, (found, expected)) in rows.enumerate() {
        let (found, expected) = (numbers(found).unwrap(), numbers(expected).unwrap());
        assert_eq!((found.len(), expected.len()), (4, 4), "{what}: affine [{r}]");
        for c in 0..4 {
            let bound = 1e-12 * expected[c].abs().max(1.0);
            assert!(
                (found[c] - expected[c]).abs() <= bound,
                "{what}: affine [{r}][{c}] {found:?} {expected:?}"
            );
        }
    }
}

/// What a case's numbers are measured by.
struct Case {
    /// In voxels.
    tolerance: f64,
    /// The length of one voxel along each written axis of the normalized coordinates.
    normalized: [f64; 3],
    /// For x, y, z the most that one voxel along each axis at once can move them.
    world: Option<[f64; 3]>,
    affine: Option<Vec<Vec<f64>>>,
    /// What world columns end in.
    suffix: &'static str,
}

impl Case {
    fn new(case: &Value, args: &[&str]) -> Case {
        let option = |flag: &str| args.iter().position(|&arg| arg == flag).map(|at| args[at + 1]);
        let layout = text(&case["layout"]);
        let length = |axis: char| {
            let position = layout.find(axis.to_ascii_uppercase());
            position.map_or(1.0, |position| case["shape"][position].as_f64().unwrap()).max(1.0)
        };
        let step = |n: f64| match option("--norm").unwrap_or("corners") {
            "corners" => 2.0 / (n - 1.0).max(1.0),
            "unit-corners" => 1.0 / (n - 1.0).max(1.0),
            "centers" => 2.0 / n,
            _ => 1.0 / n,
        };
        let order: Vec<char> = option("--order").unwrap_or("hwd").chars().collect();
        let affine = case["affine"].as_array();
        let affine: Option<Vec<Vec<f64>>> = affine.map(|rows| rows.iter().filter_map(numbers).collect());
        let reach = |affine: &Vec<Vec<f64>>| {
            std::array::from_fn(|r| affine[r][..3].iter().map(|coefficient| coefficient.abs()).sum())
        };
        Case {
            tolerance: case["tolerance"].as_f64().unwrap(),
            normalized: std::array::from_fn(|axis| step(length(order[axis]))),
            world: affine.as_ref().map(reach),
            affine,
            suffix: if option("--frame") == Some("lps") { "_lps" } else { "" },
        }
    }

    fn compare(&self, found: &Value, expected: &Value, what: &str) {
        for key in ["n", "c", "status"] {
            assert_eq!(found[key], expected[key], "{what}: {key}");
        }
        assert_eq!(found["label"], expected.get("label").unwrap_or(&Value::Null).clone(), "{what}: label");
        let hard = &found["hard"];
        assert_eq!(hard["voxel"].is_null(), expected["hard_voxel"].is_null(), "{what}: hard voxel");
        assert_eq!(numbers(&hard["voxel"]), numbers(&expected["hard_voxel"]), "{what}: hard voxel");
        assert_eq!(hard["peak_value"].as_f64(), expected["peak_value"].as_f64(), "{what}: peak_value");
        self.compare_positions(found, expected, "", what);
        self.compare_positions(hard, expected, "hard_", what);
        self.compare_distances(hard, expected, what);
        self.compare_spread(&found["stats"], expected, what);
    }

    fn spaces(&self) -> Vec<(&'static str, [f64; 3])> {
        let mut spaces = vec![("voxel", [1.0; 3]), ("normalized", self.normalized)];
        spaces.extend(self.world.map(|scale| ("world", scale)));
        spaces
    }

    fn compare_positions(&self, found: &Value, expected: &Value, prefix: &str, what: &str) {
        for (space, scale) in self.spaces() {
            let what = format!("{what}: {prefix}{space}");
            match (numbers(&found[space]), numbers(&expected[format!("{prefix}{space}")])) {
                (None, None) => {}
                (Some(found), Some(expected)) => {
                    for axis in 0..3 {
                        self.near(found[axis], expected[axis], scale[axis], &format!("{what} {axis}"));
                    }
                }
                (found, expected) => panic!("{what}: {found:?}, expected {expected:?}"),
            }
        }
    }

    /// Both distances, from the expected positions.
    fn compare_distances(&self, hard: &Value, expected: &Value, what: &str) {
        let between = |space: &str| {
            let (soft, hard) = (numbers(&expected[space])?, numbers(&expected[format!("hard_{space}")])?);
            Some(soft.iter().zip(&hard).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
        };
        let reach = self.world.map_or(0.0, |scale| scale.into_iter().map(|s| s * s).sum::<f64>().sqrt());
        for (key, space, scale) in
            [("distance_voxel", "voxel", 3.0_f64.sqrt()), ("distance_mm", "world", reach)]
        {
            match (hard[key].as_f64(), between(space)) {
                (None, None) => {}
                (Some(found), Some(expected)) => self.near(found, expected, scale, &format!("{what}: {key}")),
                (found, expected) => panic!("{what}: {key} {found:?}, expected {expected:?}"),
            }
        }
    }

    fn compare_spread(&self, stats: &Value, expected: &Value, what: &str) {
        let Some(covariance) = numbers(&expected["cov_voxel"]) else {
            let none = stats.as_object().unwrap().values().all(Value::is_null);
            assert!(none, "{what}: {stats}");
            return;
        };
        Case::compare_covariance(stats, &covariance, "hwd", "voxel", "", what);
        if let Some(affine) = &self.affine {
            let covariance = in_world(&covariance, affine, self.suffix == "_lps");
            Case::compare_covariance(stats, &covariance, "xyz", "mm", self.suffix, what);
        }
        for key in ["entropy", "peak_probability", "log_normalizer"] {
            let (found, expected) = (stats[key].as_f64().unwrap(), expected[key].as_f64().unwrap());
            self.near(found, expected, expected.abs().max(1.0), &format!("{what}: {key}"));
        }
    }

    /// Covariances within 1e-5 of their trace, and standard deviations as the roots of the diagonal.
    fn compare_covariance(stats: &Value, expected: &[f64], axes: &str, unit: &str, suffix: &str, what: &str) {
        // A distribution of one voxel has a trace of 0; rounding may leave it 1e-12 voxels² or mm².
        let trace = (expected[0] + expected[3] + expected[5]).max(1e-7);
        let axes: Vec<char> = axes.chars().collect();
        let mut pairs = (0..3).flat_map(|a| (a..3).map(move |b| (a, b)));
        for &expected in expected {
            let (a, b) = pairs.next().unwrap();
            let key = format!("cov_{}{}_{unit}2{suffix}", axes[a], axes[b]);
            let found = stats[&key].as_f64().unwrap_or_else(|| panic!("{what}: no {key} in {stats}"));
            assert!((found - expected).abs() <= 1e-5 * trace, "{what}: {key} {found}, expected {expected}");
            if a == b {
                let key = format!("std_{}_{unit}{suffix}", axes[a]);
                let std = stats[&key].as_f64().unwrap_or_else(|| panic!("{what}: no {key} in {stats}"));
                assert!((std * std - expected).abs() <= 1e-5 * trace, "{what}: {key} {std}, {expected}");
            }
        }
    }

    /// Within the tolerance, and within what 12 digits of the answer leave.
    fn near(&self, found: f64, expected: f64, scale: f64, what: &str) {
        let bound = self.tolerance * scale + 1e-11 * expected.abs().max(1.0);
        let error = (found - expected).abs();
        assert!(error <= bound, "{what}: {found}, expected {expected}: off by {error:e}, allowed {bound:e}");
    }
}

/// A voxel covariance (hh, hw, hd, ww, wd, dd) in mm²: (xx, xy, xz, yy, yz, zz); in LPS xz and yz turn round.
fn in_world(voxel: &[f64], affine: &[Vec<f64>], is_lps: bool) -> Vec<f64> {
    let sigma =
        [[voxel[0], voxel[1], voxel[2]], [voxel[1], voxel[3], voxel[4]], [voxel[2], voxel[4], voxel[5]]];
    let mut world = Vec::new();
    for r in 0..3 {
        for s in r..3 {
            let mut sum = 0.0;
            for i in 0..3 {
                for j in 0..3 {
                    sum += affine[r][i] * sigma[i][j] * affine[s][j];
                }
            }
            let turns = is_lps && s == 2 && r < 2;
            world.push(if turns { -sum } else { sum });
        }
    }
    world
}
