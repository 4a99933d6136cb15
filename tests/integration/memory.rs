//! Memory: inputs that declare, or are, more than there is memory for are `unreadable` and end nothing else.
//!
//! Address space is limited by the shell, so these run on Linux alone.

#![cfg(target_os = "linux")]

use crate::support::{Folder, gzip, npy, npy_f4};
use std::process::{Command, Output};

const MIB: usize = 1 << 20;

/// A `.npy` of as many zeros as its shape says.
fn zeros(shape: &[usize]) -> Vec<u8> {
    npy("|u1", false, shape, &vec![0; shape.iter().product()])
}

/// A folder with a good input that comes after every other one.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("z.npy", &npy_f4(&[1, 1, 1, 1, 3], &[0.0, 9.0, 0.0]));
    folder
}

/// Runs the program with so many MiB of address space.
fn limited(folder: &Folder, mib: usize, args: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_softargmax");
    let line = format!("ulimit -v {} && exec \"$0\" {args}", mib * 1024);
    let mut shell = Command::new("sh");
    shell.args(["-c", &line, program]).current_dir(folder.path()).env("MALLOC_ARENA_MAX", "2");
    shell.output().unwrap()
}

/// A run of `decode` on the named input and `z.npy`: the input has `rows` rows, or is unreadable for want of
/// memory if there is less than it needs; `z.npy` has its row, and nothing is left behind.
fn survives(folder: &Folder, mib: usize, name: &str, options: &str, rows: usize) -> bool {
    let options = format!("{options} --threads 2 --fail-on none -o out.csv");
    let ran = limited(folder, mib, &format!("decode {name} z.npy {options}"));
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let code = ran.status.code();
    assert!(matches!(code, Some(0 | 3)), "{name} {options}: {:?} {said}", ran.status);
    let table = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let of = |name: &str| table.lines().filter(|row| row.starts_with(&format!("{name},"))).count();
    assert!(of("z.npy") >= 1, "{said}");
    if code == Some(3) {
        assert_eq!(of(name), 1, "{said}");
        assert!(table.contains(",unreadable,") && said.contains("not enough memory"), "{table} {said}");
    } else {
        assert_eq!(of(name), rows, "{said}");
    }
    let left = std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().ends_with(".tmp")));
    code == Some(0)
}

#[test]
fn more_landmarks_than_the_limit_are_refused_before_they_are_held() {
    let folder = folder();
    folder.write("a.npy", &npy_f4(&[1, 5, 1, 1, 2], &[1.0; 10]));
    let refused = |option: &str, found: &str, limit: &str| {
        let ran = limited(&folder, 512, &format!("decode a.npy z.npy {option}"));
        assert_eq!(ran.status.code(), Some(3), "{option}");
        let reason = format!("{found} landmarks are too many: the limit (max-landmarks) is {limit}");
        let (out, said) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(out.contains(&reason) && said.contains("`--max-landmarks`"), "{out} {said}");
        assert!(out.lines().any(|row| row.starts_with("z.npy,0,0,")), "{out}");
    };
    refused("--max-landmarks 4", "5", "4");
    refused("--max-landmarks 9 --peaks 2 --method hard", "10", "9");
    for enough in ["--max-landmarks 5", "--max-landmarks 2 --channels 1-2"] {
        let ran = limited(&folder, 512, &format!("decode a.npy {enough} --fail-on none"));
        assert_eq!(ran.status.code(), Some(0), "{enough}");
    }
    // The default is 2^22.
    folder.write("many.npy.gz", &gzip(&zeros(&[1, 67_108_864, 1, 1, 1])));
    let ran = limited(&folder, 400, "decode many.npy.gz z.npy");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("67108864 landmarks are too many: the limit (max-landmarks) is 4194304"), "{said}");
    assert_eq!(ran.status.code(), Some(3));
}

#[test]
fn millions_of_heatmaps_in_a_few_kilobytes() {
    let folder = folder();
    folder.write("a.npy.gz", &gzip(&zeros(&[1, 4_194_304, 1, 1, 1])));
    assert!(!survives(&folder, 400, "a.npy.gz", "", 4 * MIB));
    folder.write("a.npy.gz", &gzip(&zeros(&[1, 67_108_864, 1, 1, 1])));
    assert!(!survives(&folder, 700, "a.npy.gz", "--max-landmarks 99999999", 64 * MIB));
}

#[test]
fn a_plain_file_of_one_voxel_heatmaps() {
    let folder = folder();
    folder.write("a.npy", &zeros(&[1, 1_048_576, 1, 1, 1]));
    survives(&folder, 400, "a.npy", "", MIB);
    // Samples inside channels, and channels last.
    folder.write("samples.npy", &zeros(&[1024, 1024, 1, 1, 1]));
    survives(&folder, 400, "samples.npy", "--layout CNHWD", MIB);
    folder.write("last.npy", &zeros(&[1, 1, 1, 1, 1_048_576]));
    survives(&folder, 300, "last.npy", "--layout NHWDC", MIB);
    survives(&folder, 300, "a.npy", "--stats", MIB);
}

#[test]
fn a_thousand_peaks_of_a_thousand_maps() {
    let folder = folder();
    folder.write("a.npy", &zeros(&[1, 1000, 1, 1, 1]));
    assert!(survives(&folder, 300, "a.npy", "--peaks 1000", 1_000_000));
    folder.write("nan.npy", &npy_f4(&[1, 500, 1, 1, 1], &[f32::NAN; 500]));
    assert!(survives(&folder, 300, "nan.npy", "--peaks 1000", 500_000));
}

#[test]
fn planes_of_peaks_masks_argmax_and_info() {
    let folder = folder();
    // One plane of 16 million voxels: its search needs a GiB.
    folder.write("plane.npy.gz", &gzip(&zeros(&[1, 1, 2, 4096, 4096])));
    survives(&folder, 400, "plane.npy.gz", "--peaks 2 --method hard", 2);
    // A result of half a GiB.
    folder.write("wide.npy.gz", &gzip(&zeros(&[2, 33_554_432])));
    let ran = limited(&folder, 300, "argmax wide.npy.gz --dim 0 -o result.npy");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("memory") && !folder.path().join("result.npy").exists(), "{said}");
    folder.write("many.npy.gz", &gzip(&zeros(&[1, 67_108_864, 1, 1, 1])));
    let ran = limited(&folder, 200, "info --range many.npy.gz");
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn resume_goes_on_past_it() {
    let folder = folder();
    folder.write("a.npy.gz", &gzip(&zeros(&[1, 4_194_304, 1, 1, 1])));
    for done in [0, 1] {
        let ran = limited(&folder, 400, "decode a.npy.gz z.npy --output-dir out --resume --threads 2");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(3), "{said}");
        assert_eq!(said.contains("1 done before"), done == 1, "{said}");
        assert!(folder.path().join("out/z.npy.csv").exists());
    }
}
