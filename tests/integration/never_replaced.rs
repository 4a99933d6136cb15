//! No output takes the place of a file that the run reads: an input, the other half of a pair, labels, a
//! list, a mask, a reference, by whatever name either of them is called.

use crate::support::{Folder, Nifti, Ran, f4, npy_f4};
use std::collections::BTreeMap;

/// A run, and what is refused.
struct Case {
    args: &'static [&'static str],
    says: &'static str,
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("map.npy", &npy_f4(&[2, 3, 4], &[1.0; 24]));
    folder.write("other.npy", &npy_f4(&[2, 3, 4], &[1.0; 24]));
    folder.write("names.csv", b"nasion\n");
    folder.write("list.csv", b"map.npy\n");
    folder.write("mask.npy", &npy_f4(&[2, 3, 4], &[1.0; 24]));
    let volume = Nifti::new(&[2, 3, 4], &f4(&[1.0; 24]));
    folder.write("image.nii", &volume.bytes());
    let mut header = volume;
    header.set(344, b"ni1\0");
    header.set(108, &0_f32.to_le_bytes());
    header.extension.clear();
    folder.write("pair.img", &std::mem::take(&mut header.values));
    folder.write("pair.hdr", &header.bytes());
    folder
}

fn bytes(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let files = folder.names().into_iter().filter(|name| folder.join(name).is_file());
    files.map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap())).collect()
}

/// Runs in `folder` what must be refused, and looks whether it changed anything.
#[track_caller]
fn refused(folder: &Folder, args: &[&str], says: &str) -> Ran {
    let before = bytes(folder);
    let ran = folder.program(args).run().expect(2);
    ran.says(&[says, "hint: choose another `-o`"]);
    assert!(ran.stdout.is_empty(), "{}", ran.text());
    assert_eq!(bytes(folder), before, "{args:?}");
    ran
}

#[test]
fn what_is_read_beside_the_inputs_is_not_replaced() {
    let folder = folder();
    let cases = [
        Case {
            args: &["map.npy", "--labels", "names.csv", "-o", "names.csv"],
            says: "`names.csv` is both the file of `--labels` and an output",
        },
        Case {
            args: &["--files-from", "list.csv", "-o", "./list.csv"],
            says: "`list.csv` is both the list of `--files-from` and an output",
        },
        Case {
            args: &["map.npy", "--mask", "mask.npy", "-o", "mask.npy"],
            says: "`mask.npy` is both the mask and an output",
        },
        Case {
            args: &["map.npy", "--layout", "HWD", "--reference", "image.nii", "-o", "image.nii"],
            says: "`image.nii` is both the reference and an output",
        },
        Case {
            args: &["map.npy", "--layout", "HWD", "--reference", "pair.hdr", "-o", "pair.img"],
            says: "`pair.hdr` is both the reference and an output",
        },
        Case {
            args: &["map.npy", "--mask", "pair.img", "-o", "pair.hdr"],
            says: "`pair.img` is both the mask and an output",
        },
        Case { args: &["pair.hdr", "-o", "pair.img"], says: "`pair.hdr` is both an input and an output" },
    ];
    for Case { args, says } in cases {
        let args = [&["decode", "--format", "csv"], args].concat();
        refused(&folder, &args, says);
        refused(&folder, &[&args[..], &["--dry-run"]].concat(), says);
    }
}

#[test]
fn outputs_of_a_directory_replace_nothing_that_is_read() {
    let folder = folder();
    let cases: [(&str, &[&str], &str); 4] = [
        ("map.npy.csv", &["--labels", "map.npy.csv"], "the file of `--labels`"),
        ("map.npy.csv", &["--mask", "map.npy.csv"], "the mask"),
        ("map.npy.csv", &["--layout", "HWD", "--reference", "map.npy.csv"], "the reference"),
        (".softargmax-resume", &["--labels", ".softargmax-resume"], "the file of `--labels`"),
    ];
    for (name, args, what) in cases {
        let source = match what {
            "the mask" => "mask.npy",
            "the reference" => "image.nii",
            _ => "names.csv",
        };
        std::fs::copy(folder.join(source), folder.join(name)).unwrap();
        let all = [&["decode", "map.npy", "--output-dir", "."], args].concat();
        refused(&folder, &all, &format!("`{name}` is both {what} and an output"));
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    folder.write("map.npy.csv", b"map.npy\n");
    let args = ["decode", "--files-from", "map.npy.csv", "--output-dir", "."];
    refused(&folder, &args, "`map.npy.csv` is both the list of `--files-from` and an output");
}

#[test]
fn argmax_does_not_replace_its_input() {
    let folder = folder();
    refused(&folder, &["argmax", "map.npy", "--dim", "0", "-o", "map.npy"], "`map.npy` is both an input");
    refused(&folder, &["argmax", "pair.hdr", "--dim", "0", "-o", "pair.img"], "`pair.hdr` is both an input");
    folder.program(["argmax", "map.npy", "--dim", "0", "-o", "out.npy"]).run().expect(0);
}

#[cfg(unix)]
#[test]
fn a_file_is_known_by_all_its_names() {
    let folder = folder();
    std::fs::hard_link(folder.join("map.npy"), folder.join("hard.npy")).unwrap();
    std::os::unix::fs::symlink("map.npy", folder.join("link.npy")).unwrap();
    std::os::unix::fs::symlink(".", folder.join("here")).unwrap();
    for output in ["hard.npy", "link.npy", "here/map.npy", "./map.npy", "here/here/hard.npy"] {
        for input in ["map.npy", "hard.npy", "link.npy", "here/link.npy"] {
            let says = format!("`{input}` is both an input and an output");
            refused(&folder, &["decode", input, "-o", output], &says);
            refused(&folder, &["argmax", input, "--dim", "0", "-o", output], &says);
        }
    }
    std::fs::hard_link(folder.join("names.csv"), folder.join("out.csv")).unwrap();
    let args = ["decode", "map.npy", "--labels", "names.csv", "-o", "out.csv"];
    refused(&folder, &args, "`names.csv` is both the file of `--labels` and an output");
    // A list is read while others are decoded: what it names is looked at when it comes.
    folder.write("many", b"other.npy\nlink.npy\n");
    let args = ["decode", "--files-from", "many", "--format", "csv", "-o", "hard.npy"];
    refused(&folder, &args, "`link.npy` is both an input and an output");
    folder.write("many", b"other.npy\npair.img\n");
    let args = ["decode", "--files-from", "many", "--format", "csv", "-o", "pair.hdr"];
    refused(&folder, &args, "`pair.img` is both an input and an output");
}

#[test]
fn names_that_differ_in_letter_case_alone_are_one_file_somewhere() {
    let folder = folder();
    let args = ["decode", "map.npy", "-o", "MAP.npy"];
    refused(&folder, &args, "`map.npy` is both an input and an output");
    let args = ["decode", "map.npy", "--labels", "names.csv", "--format", "csv", "-o", "Names.CSV"];
    refused(&folder, &args, "`names.csv` is both the file of `--labels` and an output");
    folder.decode(["map.npy", "-o", "map.csv"]);
}

/// A shell gives a file as standard input: it is no less read.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_standard_input_is_not_replaced() {
    let folder = folder();
    let program = env!("CARGO_BIN_EXE_softargmax");
    let shell = |line: &str| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", line, program]).current_dir(folder.path());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let before = bytes(&folder);
    for line in [
        r#""$0" decode - -o map.npy < map.npy"#,
        r#""$0" argmax - --dim 0 -o map.npy < map.npy"#,
        r#""$0" decode --files-from - -o list.csv < list.csv"#,
    ] {
        let (code, stderr) = shell(line);
        assert_eq!((code, stderr.contains("and an output")), (Some(2), true), "{line}: {stderr}");
        assert_eq!(bytes(&folder), before, "{line}");
    }
    let (code, stderr) = shell(r#""$0" decode - -o out.csv --fail-on none < map.npy"#);
    assert_eq!(code, Some(0), "{stderr}");
}
