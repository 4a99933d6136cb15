//! `softargmax info`: what an input is, and how it would be read. Shapes, types and affines are those of
//! `testdata/golden/expected.json`, ranges those of the values written here.

use crate::support::{Folder, Nifti, Program, f4, golden, gzip, npy_f4, rows, zip};
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

/// Three files, one of them in a directory below, and their lengths.
fn several() -> Folder {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[2, 2, 1], &[3.0, -7.5, 1.0, 2.0]));
    folder.write("b.npy.gz", &gzip(&npy_f4(&[1, 2, 1, 1, 3], &[0.5; 6])));
    folder.write("c.nii", &Nifti::new(&[2, 2, 1], &f4(&[1.0; 4])).bytes());
    folder
}

#[test]
fn several_inputs_are_a_table() {
    let folder = several();
    let out =
        folder.program(["info", "a.npy", "b.npy.gz", "c.nii", "--affine", "auto"]).run().expect(0).text();
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(lines.len(), 4, "{out}");
    let names = ["file", "format", "dtype", "shape", "layout", "n", "c", "h", "w", "d", "affine", "bytes"];
    assert_eq!(lines[0], names, "{out}");
    assert_eq!(
        lines[1],
        ["a.npy", "npy 1.0", "<f4", "(2, 2, 1)", "HWD", "1", "1", "2", "2", "1", "none", "16"],
        "{out}"
    );
    assert_eq!(lines[2][3..], ["(1, 2, 1, 1, 3)", "NCHWD", "1", "2", "1", "1", "3", "none", "24"], "{out}");
    // Columns stand below one another.
    let at = |line: usize, text: &str| out.lines().nth(line).unwrap().find(text).unwrap();
    assert_eq!(at(0, "shape"), at(1, "(2, 2"));
    assert_eq!(at(0, "shape"), at(2, "(1, 2"));
    // A directory is the same table, also with one file in it.
    std::fs::create_dir(folder.join("one")).unwrap();
    folder.write("one/a.npy", &npy_f4(&[1, 1, 1], &[0.0]));
    let one = folder.program(["info", "one"]).run().expect(0).text();
    assert_eq!(one.lines().count(), 2, "{one}");
    assert!(one.starts_with("file ") && one.contains("\none/a.npy"), "{one}");
}

#[test]
fn csv_has_a_row_for_each_input() {
    let folder = several();
    folder.write("d, \"e\".npy", b"nothing");
    let args = ["info", "--format", "csv", "--range", "--verify", "a.npy", "b.npy.gz", "d, \"e\".npy"];
    let out = folder.program(args).run().expect(3);
    let rows = rows(&out.stdout, b',');
    let cell = |row: usize, name: &str| rows[row][name].as_str();
    let first = |name| cell(0, name);
    assert_eq!(
        ["file", "dtype", "shape", "low", "high"].map(first),
        ["a.npy", "<f4", "(2, 2, 1)", "-7.5", "3"]
    );
    assert_eq!(["n", "c", "h", "w", "d", "bytes"].map(first), ["1", "1", "2", "2", "1", "16"]);
    assert_eq!(["verified", "error", "warnings"].map(first), ["yes", "", ""]);
    assert_eq!((cell(2, "file"), cell(2, "verified"), cell(2, "bytes")), ("d, \"e\".npy", "no", ""));
    assert!(cell(2, "error").starts_with("expected "), "{rows:?}");
    let plain = folder.program(["info", "--format", "csv", "a.npy"]).run().expect(0).text();
    assert!(
        plain.starts_with("file,format,dtype,shape,layout,n,c,h,w,d,affine,bytes,warnings,error\n"),
        "{plain}"
    );
}

/// Damage that no header shows: the checksum of gzip, that of zip, and an end that is missing.
#[test]
fn verify_reads_to_the_end() {
    let folder = several();
    let whole = gzip(&npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]));
    let mut damaged = whole.clone();
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    folder.write("crc.npy.gz", &damaged);
    folder.write("cut.npy.gz", &whole[..whole.len() - 4]);
    let array = npy_f4(&[1, 1, 3], &[0.0, 9.0, 0.0]);
    let mut archive = zip(&[("x.npy", array.as_slice())], ::zip::CompressionMethod::Stored);
    let value = archive.windows(4).position(|bytes| bytes == 9.0_f32.to_le_bytes()).unwrap();
    archive[value] ^= 1;
    folder.write("x.npz", &archive);
    for (file, why) in [("crc.npy.gz", "CRC-32"), ("cut.npy.gz", "truncated"), ("x.npz", "CRC-32")] {
        let out = folder.program(["info", "--verify", file]).run().expect(3);
        out.says(&[file, why]);
        assert!(out.text().contains("  error    ") && !out.text().contains("verified"), "{}", out.text());
        let json = folder.program(["info", "--verify", "--format", "json", file]).run().expect(3).json();
        assert_eq!(json["inputs"][0]["verified"], false, "{file}");
    }
    let out = folder.program(["info", "--verify", "a.npy"]).run().expect(0).text();
    assert!(out.contains("\n  verified read to its end\n"), "{out}");
    let table = folder.program(["info", "--verify", "b.npy.gz", "crc.npy.gz", "c.nii"]).run().expect(3);
    let cells = |line: usize| table.text().lines().nth(line).unwrap().to_owned();
    assert!(cells(1).ends_with("yes       -") && cells(3).contains("  yes  "), "{}", table.text());
    assert!(cells(2).contains("  no  ") && cells(2).contains("CRC-32"), "{}", table.text());
    let json = folder.program(["info", "--verify", "--format", "json", "b.npy.gz"]).run().expect(0).json();
    assert_eq!(json["inputs"][0]["verified"], true);
    assert!(info_of(&folder, "b.npy.gz").get("verified").is_none());
}

fn info_of(folder: &Folder, file: &str) -> Value {
    folder.program(["info", "--format", "json", file]).run().expect(0).json()["inputs"][0].clone()
}

/// Standard input is opened once, whatever is asked of it.
#[test]
fn the_range_of_standard_input_is_shown() {
    let bytes = npy_f4(&[1, 1, 3], &[0.0, 9.0, -2.0]);
    let out = Program::new(["info", "--range", "--verify", "-"]).stdin(&bytes).run().expect(0).text();
    assert!(out.contains("  range    -2 to 9\n") && out.contains("  verified "), "{out}");
}

/// A qform that turns the volume where the sform does not.
#[test]
fn forms_that_disagree_are_noted_in_the_table() {
    let folder = Folder::new();
    let sform = Nifti::new(&[2, 2, 1], &f4(&[0.0; 4]));
    folder.write("d/a.nii", &sform.bytes());
    folder.write("d/b.nii", &sform.qform([0.0; 3], [90.0, 0.0, 5.0], [2.0, 3.0, 4.0]).bytes());
    let note = "forms-disagree: sform and qform disagree by up to 100.000 mm within the volume";
    let table = folder.program(["info", "d"]).run().expect(0).text();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[1].trim_end().ends_with('-') && lines[2].ends_with(note), "{table}");
    let csv = folder.program(["info", "d", "--format", "csv"]).run().expect(0).rows();
    assert_eq!((csv[0]["warnings"].as_str(), csv[1]["warnings"].as_str()), ("", note));
}
