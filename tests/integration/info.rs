//! `softargmax info`: what an input is, and how it would be read. Shapes, types and affines are those of
//! `testdata/golden/expected.json`, ranges those of the values written here.

use crate::support::{Folder, Nifti, Program, f4, golden, npy_f4};
use serde_json::Value;

fn info(args: &[&str]) -> Value {
    let out = Program::new(["info", "--format", "json"]).args(args).run().expect(0);
    out.json()["inputs"][0].clone()
}

#[test]
fn json_says_what_the_golden_files_are() {
    let text = std::fs::read(golden().join("expected.json")).unwrap();
    let expected: Value = serde_json::from_slice(&text).unwrap();
    let cases = expected["cases"].as_array().unwrap();
    assert!(cases.len() > 100, "{} cases", cases.len());
    for case in cases {
        let args: Vec<&str> =
            case["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        let file = case["file"].as_str().unwrap();
        // Those options of `decode` that `info` has too.
        let known = ["--layout", "--affine", "--reference", "--spacing", "--key"];
        let pairs = args.iter().zip(args.iter().skip(1)).filter(|(flag, _)| known.contains(flag));
        let options: Vec<&str> = pairs.flat_map(|(&flag, &value)| [flag, value]).collect();
        let found = info(&[&[file], &options[..]].concat());
        for key in ["shape", "layout", "dtype", "affine_source"] {
            assert_eq!(found[key], case[key], "{file} {options:?}: {key}");
        }
        assert_eq!(found["affine"].is_null(), case["affine"].is_null(), "{file}");
        assert_eq!(found["error"], Value::Null, "{file}");
    }
}

#[test]
fn text_names_everything() {
    let out = Program::new(["info", "oblique.nii.gz"]).run().expect(0).text();
    for part in
        ["oblique.nii.gz", "nifti-1", "gzip", "<f4", "(24, 20, 16, 5)", "HWDC", "sform", "C 5", "H 24"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    let out = Program::new(["info", "npy/nchwd.npy"]).run().expect(0).text();
    for part in ["npy 1.0", "(2, 3, 8, 7, 5)", "NCHWD", "none"] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[test]
fn range_is_that_of_the_scaled_values() {
    let folder = Folder::new();
    let values = [3.0, -7.5, f32::NAN, 2.0];
    folder.write("a.npy", &npy_f4(&[2, 2, 1], &values));
    folder.write("b.nii", &Nifti::new(&[2, 2, 1], &f4(&[3.0, -7.5, 1.0, 2.0])).scaled(-2.0, 1.0).bytes());
    let of = |file: &str| {
        let out = folder.program(["info", "--range", "--format", "json", file]).run().expect(0).json();
        let range = out["inputs"][0]["range"].clone();
        [range[0].as_f64().unwrap(), range[1].as_f64().unwrap()]
    };
    assert_eq!(of("a.npy"), [-7.5, 3.0]);
    assert_eq!(of("b.nii"), [-5.0, 16.0]);
    let text = folder.program(["info", "--range", "a.npy"]).run().expect(0).text();
    assert!(text.contains("\n  range    -7.5 to 3\n"), "{text}");
    let plain = folder.program(["info", "--format", "json", "a.npy"]).run().expect(0).json();
    assert!(
        plain["inputs"][0].get("range").is_none_or(Value::is_null),
        "the values are read only when asked for"
    );
}

#[test]
fn what_cannot_be_read_says_why_and_the_rest_is_shown() {
    let folder = Folder::new();
    folder.write("a.npy", b"nothing");
    folder.write("b.npy", &npy_f4(&[1, 1, 2], &[0.0, 1.0]));
    let out = folder.program(["info", "a.npy", "b.npy", "--format", "json"]).run().expect(3);
    out.says(&["a.npy", "expected", "found"]);
    let inputs = out.json()["inputs"].clone();
    assert!(inputs[0]["error"].as_str().unwrap().contains("expected"));
    assert_eq!(inputs[1]["layout"], "HWD");
}

#[test]
fn a_shape_that_needs_a_layout_is_shown_with_what_helps() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[2, 2, 2, 2], &[0.0; 16]));
    let out = folder.program(["info", "a.npy"]).run().expect(3);
    out.says(&["expected a layout for 4 axes", "--layout CHWD", "--layout NCHW"]);
    assert!(out.text().contains("(2, 2, 2, 2)") && out.text().contains("<f4"), "{}", out.text());
}

#[test]
fn standard_input_is_shown() {
    let bytes = std::fs::read(golden().join("lps.nii")).unwrap();
    let out = Program::new(["info", "-"]).stdin(&bytes).run().expect(0).text();
    assert!(out.contains("(9, 8, 7, 2)") && out.contains("sform"), "{out}");
}

#[test]
fn warnings_are_shown() {
    let out = Program::new(["info", "trailing.nii"]).run().expect(0).text();
    assert!(out.contains("trailing"), "{out}");
    assert_eq!(info(&["trailing.nii"])["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn the_affine_is_printed_in_rows() {
    let out = Program::new(["info", "lps.nii"]).run().expect(0).text();
    // testdata/make.py: LPS.
    for number in ["-1.5", "20", "-1.25", "30.5", "-10"] {
        assert!(out.contains(number), "{number}: {out}");
    }
}
