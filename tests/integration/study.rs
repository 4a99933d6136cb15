//! Studies: folders of files that should be alike, and what is said of those that are not.

use crate::support::{Folder, Ran, npy_f4, read_npy_f8};

/// A heatmap of three voxels for each channel, whose largest is the last.
fn heatmaps(channels: usize) -> Vec<u8> {
    npy_f4(&[1, channels, 3, 1, 1], &[0.0, 0.0, 30.0].repeat(channels))
}

fn folder(files: &[(&str, usize)]) -> Folder {
    let folder = Folder::new();
    for &(name, channels) in files {
        folder.write(name, &heatmaps(channels));
    }
    folder
}

/// One column of the rows.
fn column(ran: &Ran, name: &str) -> Vec<String> {
    ran.rows().iter().map(|row| row[name].clone()).collect()
}

// --- --expect-channels -----------------------------------------------------------------------------

#[test]
fn another_number_of_channels_is_unreadable_and_costs_no_other_its_rows() {
    let folder = folder(&[("s/a.npy", 2), ("s/b.npy", 3), ("s/c.npy", 2)]);
    let ran = folder.program(["decode", "s", "--expect-channels", "2"]).run().expect(3);
    assert_eq!(column(&ran, "file"), ["s/a.npy", "s/a.npy", "s/b.npy", "s/c.npy", "s/c.npy"]);
    assert_eq!(column(&ran, "status"), ["ok", "ok", "unreadable", "ok", "ok"]);
    assert_eq!(column(&ran, "reason")[2], "expected 2 channels, found 3");
    ran.says(&[
        "error: failed to decode `s/b.npy`",
        "expected 2 channels, found 3",
        "`--expect-channels` counts",
    ]);
    folder.program(["decode", "s", "--expect-channels", "2", "--max-failures", "1"]).run().expect(0);
    let one = folder.program(["decode", "s/a.npy", "--expect-channels", "1"]).run().expect(3);
    assert_eq!(column(&one, "reason"), ["expected 1 channel, found 2"]);
}

/// It counts what the file has, not what is decoded of it.
#[test]
fn the_channels_of_the_file_are_counted() {
    let folder = folder(&[("a.npy", 3)]);
    let args = ["decode", "a.npy", "--channels", "1", "--expect-channels"];
    assert_eq!(column(&folder.program(args).arg("3").run().expect(0), "c"), ["1"]);
    assert_eq!(column(&folder.program(args).arg("1").run().expect(3), "status"), ["unreadable"]);
    let dry = folder.program(["decode", "a.npy", "--dry-run", "--expect-channels", "4"]).run().expect(3);
    assert!(dry.text().contains("a.npy: unreadable: expected 4 channels, found 3"), "{}", dry.text());
}

/// In an array its samples have no answer; without the option the run is refused.
#[test]
fn in_an_array_it_has_no_answer() {
    let folder = folder(&[("a.npy", 2), ("b.npy", 3)]);
    let args = ["decode", "a.npy", "b.npy", "-o", "x.npy"];
    folder.program(args).run().expect(2);
    folder.program(args).args(["--expect-channels", "2"]).run().expect(3);
    let (shape, values) = read_npy_f8(&std::fs::read(folder.join("x.npy")).unwrap());
    assert_eq!(shape, [2, 2, 3]);
    assert_eq!(values[..6].iter().filter(|value| value.is_nan()).count(), 0);
    assert!(values[6..].iter().all(|value| value.is_nan()));
}

// --- --channels 1- ---------------------------------------------------------------------------------

#[test]
fn a_range_without_an_end_goes_to_the_last_channel_of_each_input() {
    let folder = folder(&[("a.npy", 2), ("b.npy", 4)]);
    let channels = |list: &str, code| {
        let ran = folder.program(["decode", "a.npy", "b.npy", "--channels", list]).run().expect(code);
        column(&ran, "c").join(" ")
    };
    assert_eq!(channels("1-", 0), "1 1 2 3");
    assert_eq!(channels("0-", 0), "0 1 0 1 2 3");
    assert_eq!(channels("0,1-", 0), "0 1 0 1 2 3");
    // The first input has no channel 3 and one row without a channel.
    assert_eq!(channels("0,3-", 3), " 0 3");
    let beyond = folder.program(["decode", "a.npy", "--channels", "2-"]).run().expect(3);
    assert_eq!(column(&beyond, "reason"), ["there is no channel 2: the file has 2 channels"]);
    let json = folder.program(["decode", "a.npy", "--channels", "0,1-", "--format", "json"]).run().expect(0);
    assert_eq!(json.json()["settings"]["channels"], "0-0,1-");
}

// --- labels of the channels that were chosen -------------------------------------------------------

#[test]
fn labels_are_for_the_channels_of_the_file_or_for_those_that_were_chosen() {
    let folder = folder(&[("a.npy", 4)]);
    folder.write("all", b"zero\none\ntwo\nthree\n");
    folder.write("chosen", b"one\nthree\n");
    let run = |args: &[&str], code| folder.program(["decode", "a.npy"]).args(args).run().expect(code);
    let names = |args: &[&str]| column(&run(args, 0), "label").join(" ");
    // In the order of the file, however the list of channels is typed.
    for list in ["1,3", "3,1", "3-,1,1"] {
        assert_eq!(names(&["--channels", list, "--labels", "all"]), "one three");
        assert_eq!(names(&["--channels", list, "--labels", "chosen"]), "one three");
        assert_eq!(names(&["--channels", list, "--label-names", "one,three"]), "one three");
    }
    assert_eq!(names(&["--channels", "0-", "--labels", "all"]), "zero one two three");
    let wrong = run(&["--channels", "1-", "--labels", "chosen"], 3);
    assert_eq!(column(&wrong, "reason"), ["there are 2 labels for 4 channels, 3 of them chosen"]);
    wrong.says(&["or one for each that `--channels` chose"]);
    let json = run(&["--channels", "1,3", "--labels", "chosen", "--format", "json"], 0).json();
    assert_eq!(json["inputs"][0]["landmarks"][1]["label"], "three");
    assert_eq!(json["inputs"][0]["landmarks"][1]["c"], 3);
}

/// Each input is asked for itself: what is all of one may be a choice of another.
#[test]
fn labels_are_held_against_each_input() {
    let folder = folder(&[("a.npy", 3), ("b.npy", 2)]);
    let args = ["decode", "a.npy", "b.npy", "--channels", "1", "--label-names", "x,y"];
    let ran = folder.program(args).run().expect(3);
    assert_eq!(column(&ran, "status"), ["unreadable", "ok"]);
    assert_eq!(column(&ran, "label"), ["", "y"]);
}

/// Warnings name the landmark as its row does.
#[test]
fn warnings_have_the_labels_of_the_rows() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 3, 3, 1, 1], &[0.0, 0.0, 1.0].repeat(3)));
    let args = ["decode", "a.npy", "--channels", "1-", "--label-names", "one,two"];
    let ran = folder.program(args).run().expect(0);
    ran.says(&["n 0, c 1 (one)", "n 0, c 2 (two)"]);
}

// --- --root ----------------------------------------------------------------------------------------

/// Two files of one name.
fn study() -> Folder {
    folder(&[("study/sub-01/ses-1/heat.npy", 1), ("study/sub-02/ses-1/heat.npy", 1)])
}

const HEAT: [&str; 2] = ["study/sub-01/ses-1/heat.npy", "study/sub-02/ses-1/heat.npy"];

/// Whether both outputs are where the inputs are, below the directory of outputs.
fn mirrored(folder: &Folder, out: &str) -> bool {
    ["sub-01", "sub-02"].iter().all(|sub| folder.join(format!("{out}/{sub}/ses-1/heat.npy.csv")).is_file())
}

#[test]
fn outputs_lie_as_the_inputs_do_below_the_root() {
    let folder = study();
    let collide = folder.program(["decode", "--output-dir", "no"]).args(HEAT).run().expect(2);
    collide.says(&["would be that of both", "`--root DIR`"]);
    folder.program(["decode", "--output-dir", "a", "--root", "study"]).args(HEAT).run().expect(0);
    assert!(mirrored(&folder, "a"));
    // The file of each output names its own input.
    let text = std::fs::read_to_string(folder.join("a/sub-02/ses-1/heat.npy.csv")).unwrap();
    assert!(text.contains("study/sub-02/ses-1/heat.npy,0,0,"), "{text}");
    folder.write("list", HEAT.join("\n").as_bytes());
    folder
        .program(["decode", "--files-from", "list", "--output-dir", "b", "--root", "./study/"])
        .run()
        .expect(0);
    assert!(mirrored(&folder, "b"));
    let dry = ["decode", "--files-from", "list", "--output-dir", "c", "--root", "study", "--dry-run"];
    let dry = folder.program(dry).run().expect(0);
    assert!(dry.text().contains("-> `c/sub-01/ses-1/heat.npy.csv`"), "{}", dry.text());
    // Several directories, and a path with `..`.
    let args = ["decode", "study/sub-01", "study/sub-02/../sub-02", "--output-dir", "d", "--root", "study"];
    folder.program(args).run().expect(0);
    assert!(mirrored(&folder, "d"));
    // What is done is found again.
    let again = ["decode", "--output-dir", "a", "--root", "study", "--resume"];
    folder.program(again).args(HEAT).run().expect(0).says(&["2 done before"]);
}

#[test]
fn an_input_outside_the_root_is_named() {
    let folder = study();
    folder.write("heat.npy", &heatmaps(1));
    for outside in ["heat.npy", "study/../heat.npy", "./heat.npy"] {
        let args = ["decode", HEAT[0], outside, "--output-dir", "out", "--root", "study"];
        let ran = folder.program(args).run().expect(2);
        ran.says(&[&format!("the input `{outside}` is not in `study`"), "`--root` takes"]);
        assert!(!folder.join("out").exists());
    }
    let none = folder.program(["decode", HEAT[0], "--output-dir", "out", "--root", HEAT[0]]).run().expect(2);
    none.says(&["is not a directory"]);
}

/// Files of git-annex are links to a store, and a study may have directories on other disks.
#[cfg(unix)]
#[test]
fn links_below_the_root_are_below_it() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[("store/x.npy", 1), ("disk/heat.npy", 1), ("study/here.npy", 1)]);
    symlink(folder.join("store/x.npy"), folder.join("study/heat.npy")).unwrap();
    symlink(folder.join("disk"), folder.join("study/sub-02")).unwrap();
    symlink(folder.join("study"), folder.join("link")).unwrap();
    let args =
        ["decode", "study/heat.npy", "study/sub-02/heat.npy", "--output-dir", "out", "--root", "study"];
    folder.program(args).run().expect(0);
    for name in ["heat.npy.csv", "sub-02/heat.npy.csv"] {
        assert!(folder.join("out").join(name).is_file(), "{name}");
    }
    // The directory may itself be named by a link.
    let args = ["decode", "study/here.npy", "--output-dir", "out", "--root", "link"];
    folder.program(args).run().expect(0);
    assert!(folder.join("out/here.npy.csv").is_file());
}

// --- --path-regex ----------------------------------------------------------------------------------

const SUB_SES: [&str; 2] = ["--path-regex", "(?P<sub>sub-[^/_]+)/(?:(?<ses>ses-[^/_]+)/)?"];

fn subjects() -> Folder {
    let folder = folder(&[("s/other/x.npy", 1), ("s/sub-01/ses-2/x.npy", 1), ("s/sub-02/x.npy", 1)]);
    folder.write("s/sub-03/x.npy", b"no array");
    folder
}

#[test]
fn each_named_group_is_a_column_after_label() {
    let folder = subjects();
    let ran = folder.program(["decode", "s"]).args(SUB_SES).run().expect(3);
    assert!(ran.text().starts_with("file,n,c,label,sub,ses,h_norm,"), "{}", ran.text());
    assert_eq!(column(&ran, "sub"), ["", "sub-01", "sub-02", "sub-03"]);
    assert_eq!(column(&ran, "ses"), ["", "ses-2", "", ""]);
    assert_eq!(column(&ran, "status"), ["ok", "ok", "ok", "unreadable"]);
    ran.says(&["warning: path-unmatched: 1 input\n  `s/other/x.npy`\n  hint: the columns of `--path-regex`"]);
    let tsv = folder.program(["decode", "s", "--format", "tsv", "--compare"]).args(SUB_SES).run().expect(3);
    let subs: Vec<String> =
        crate::support::rows(&tsv.stdout, b'\t').iter().map(|row| row["sub"].clone()).collect();
    assert_eq!(subs, ["", "sub-01", "sub-02", "sub-03"]);
    let peaks = folder.program(["decode", "s", "--peaks", "2"]).args(SUB_SES).run().expect(3);
    assert!(peaks.text().starts_with("file,n,c,peak,label,sub,ses,h_norm,"), "{}", peaks.text());
}

#[test]
fn in_json_they_are_keys() {
    let folder = subjects();
    let ran = folder.program(["decode", "s", "--format", "json"]).args(SUB_SES).run().expect(3);
    let inputs = ran.json()["inputs"].clone();
    assert_eq!((&inputs[1]["sub"], &inputs[1]["ses"]), (&"sub-01".into(), &"ses-2".into()));
    assert_eq!((&inputs[2]["sub"], &inputs[2]["ses"]), (&"sub-02".into(), &serde_json::Value::Null));
    assert_eq!(inputs[3]["sub"], "sub-03");
    assert_eq!(inputs[0]["sub"], serde_json::Value::Null);
    assert_eq!(inputs[0]["warnings"], serde_json::json!(["path-regex does not match the path"]));
    let ran = folder.program(["decode", "s", "--format", "ndjson"]).args(SUB_SES).run().expect(3);
    let lines: Vec<serde_json::Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let subs: Vec<&serde_json::Value> = lines.iter().map(|line| &line["sub"]).collect();
    assert_eq!(subs, [&serde_json::Value::Null, &"sub-01".into(), &"sub-02".into(), &"sub-03".into()]);
    assert!(lines.iter().all(|line| line.as_object().unwrap().contains_key("ses")));
}

/// From a list that arrives, and to an output for each input.
#[test]
fn every_way_to_an_output_has_the_columns() {
    let folder = subjects();
    folder.write("list", b"s/sub-01/ses-2/x.npy\n");
    let list = folder.program(["decode", "--files-from", "list"]).args(SUB_SES).run().expect(0);
    assert_eq!(column(&list, "ses"), ["ses-2"]);
    folder.program(["decode", "s/sub-02", "--output-dir", "out"]).args(SUB_SES).run().expect(0);
    let text = std::fs::read_to_string(folder.join("out/x.npy.csv")).unwrap();
    assert!(text.contains("\ns/sub-02/x.npy,0,0,,sub-02,,"), "{text}");
    // Six paths that do not match make one warning with three of them.
    let ran = folder.program(["decode", "s/other/x.npy"].into_iter().chain(["s/other/x.npy"; 5]));
    let ran = ran.args(SUB_SES).run().expect(0);
    ran.says(&["warning: path-unmatched: 6 inputs\n", "  and 3 more\n"]);
}

#[test]
fn a_group_is_not_called_as_a_column_is() {
    let folder = subjects();
    let run = |pattern: &str, args: &[&str], code| {
        folder.program(["decode", "s/sub-02", "--path-regex", pattern]).args(args).run().expect(code)
    };
    for name in ["file", "status", "voxel", "peak"] {
        let ran = run(&format!("(?P<{name}>sub)"), &[], 2);
        ran.says(&[&format!("a group is called `{name}`, as a column of the output is")]);
    }
    run("(?P<std_h_voxel>sub)", &[], 0);
    run("(?P<std_h_voxel>sub)", &["--stats"], 2).says(&["`std_h_voxel`, as a column of the output is"]);
    run("(?P<sub>sub)", &["--format", "npy", "-o", "x.npy"], 2)
        .says(&["without the columns of `--path-regex`"]);
}
