//! `eval`: its statistics against those of NumPy (`testdata/evaluation`), and what it does with landmarks that have
//! no partner, by hand.

use crate::support::{Folder, Program, Ran, assert_near, root};
use serde_json::Value;
use std::collections::BTreeMap;

const TRUTH: &str = "file,label,x_mm,y_mm,z_mm\n1,a,0,0,0\n1,b,10,0,0\n2,a,0,0,0\n2,b,0,20,0\n";
const PREDICTED: &str = "file,label,x_mm,y_mm,z_mm\n1,a,3,4,0\n1,b,10,0,1\n2,a,0,0,-2\n2,b,0,20,4\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("t.csv", TRUTH.as_bytes());
    folder.write("p.csv", PREDICTED.as_bytes());
    folder
}

/// Evaluates `p.csv` against `t.csv` of a folder.
fn eval(folder: &Folder, args: &[&str]) -> Ran {
    folder.program(["eval", "p.csv", "t.csv"]).args(args).run()
}

fn as_json(folder: &Folder, args: &[&str]) -> Value {
    eval(folder, args).expect(0).json()
}

/// With `--format json` already among the arguments.
fn json(folder: &Folder, args: &[&str]) -> Value {
    as_json(folder, &[args, &["--format", "json"]].concat())
}

/// The statistics of a group by name and limit, each as its value, its count and its interval.
fn statistics(group: &Value) -> BTreeMap<String, [Option<f64>; 4]> {
    let statistic = |own: &Value| {
        let name = own["statistic"].as_str().unwrap().to_owned();
        let name = match own["limit"].as_f64() {
            Some(limit) => format!("{name}@{limit:?}"),
            None => name,
        };
        let interval = [0, 1].map(|end| own["interval"][end].as_f64());
        (name, [own["value"].as_f64(), own["count"].as_f64(), interval[0], interval[1]])
    };
    group["statistics"].as_array().unwrap().iter().map(statistic).collect()
}

fn value(json: &Value, name: &str) -> Option<f64> {
    let found = statistics(&json["evaluation"]["all"]);
    found.get(name).unwrap_or_else(|| panic!("no {name} in {found:?}"))[0]
}

// --- against NumPy -------------------------------------------------------------------------------------

fn expected() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("testdata/evaluation/expected.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["cases"].as_array().unwrap().clone()
}

fn study(args: &[&str]) -> Program {
    let args = [&["eval", "predicted.csv", "truth.csv"], args].concat();
    Program::new(args).within(&root().join("testdata/evaluation"))
}

/// Holds every statistic of a group against what NumPy says, to 1e-11 of its size.
#[track_caller]
fn compare(found: &Value, expected: &Value, what: &str) {
    let found = statistics(found);
    let expected = expected.as_object().unwrap();
    assert_eq!(found.len(), expected.len(), "{what}: {:?} beside {:?}", found.keys(), expected.keys());
    for (name, numbers) in expected {
        let own = found.get(name).unwrap_or_else(|| panic!("{what}: no {name} in {:?}", found.keys()));
        for (at, (own, number)) in own.iter().zip(numbers.as_array().unwrap()).enumerate() {
            let place = format!("{what}, {name}, number {at}");
            match (own, number.as_f64()) {
                (Some(own), Some(number)) => assert_near(*own, number, 1e-11 * number.abs().max(1.0), &place),
                (own, number) => assert_eq!(*own, number, "{place}"),
            }
        }
    }
}

#[test]
fn every_statistic_is_that_of_numpy() {
    for case in expected() {
        let args: Vec<&str> =
            case["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        let out = study(&args).args(["--against", "other.csv", "--format", "json"]).run().expect(0);
        let found = out.json();
        for (at, label) in case["groups"].as_array().unwrap().iter().enumerate() {
            for (side, own) in [("predicted", "evaluation"), ("against", "evaluation_against")] {
                let group = match label {
                    Value::Null => &found[own]["all"],
                    label => landmark(&found[own]["landmarks"], label),
                };
                compare(group, &case[side][at], &format!("{side} {label}"));
            }
            let difference = match label {
                Value::Null => &found["differences"][0],
                label => landmark(&found["differences"], label),
            };
            compare(difference, &case["differences"][at], &format!("difference {label}"));
        }
        let (pair, numbers) = (&found["evaluation"]["pairs"][0], &case["pairs"][0]);
        for (name, number) in numbers.as_object().unwrap() {
            let numbers = |value: &Value| -> Option<Vec<f64>> {
                let several = value.as_array().and_then(|each| each.iter().map(Value::as_f64).collect());
                several.or_else(|| value.as_f64().map(|number| vec![number]))
            };
            let Some(expected) = numbers(number) else {
                assert_eq!(&pair[name], number);
                continue;
            };
            for (own, number) in numbers(&pair[name]).unwrap().iter().zip(expected) {
                assert_near(*own, number, 1e-11 * number.abs().max(1.0), name);
            }
        }
        for (at, own) in ["evaluation", "evaluation_against"].iter().enumerate() {
            assert_eq!(found[own]["all"]["counts"]["missing"], case["missing"][at]);
        }
    }
}

fn landmark<'a>(groups: &'a Value, label: &Value) -> &'a Value {
    groups.as_array().unwrap().iter().find(|group| group["label"] == *label).unwrap()
}

#[test]
fn csv_has_the_numbers_of_json() {
    let args =
        ["--reference-length", "10", "--against", "other.csv", "--bootstrap", "50", "--subject", "sub"];
    let rows = study(&args).args(["--format", "csv"]).run().expect(0).rows();
    let json = study(&args).args(["--format", "json"]).run().expect(0).json();
    let of = |scope: &str, label: &str, statistic: &str| {
        let is_own = |row: &&BTreeMap<String, String>| {
            row["prediction"] == "predicted"
                && row["scope"] == scope
                && row["label"] == label
                && row["statistic"] == statistic
        };
        rows.iter().find(is_own).unwrap()
    };
    for (name, [value, count, low, high]) in statistics(&json["evaluation"]["all"]) {
        let row = of("all", "", name.split('@').next().unwrap());
        if !name.contains('@') {
            for (column, number) in [("value", value), ("count", count), ("low", low), ("high", high)] {
                assert_eq!(row[column].parse().ok(), number, "{name} {column}");
            }
        }
    }
    assert_eq!(of("landmark", "AC", "mean")["unit"], "mm");
    assert_eq!(of("landmark", "AC", "missing")["unit"], "landmarks");
    assert_eq!(of("all", "", "success_below")["unit"], "share");
    assert_eq!(of("all", "", "nme")["unit"], "ratio");
    assert!(rows.iter().any(|row| row["prediction"] == "difference" && row["scope"] == "landmark"));
}

// --- by hand -------------------------------------------------------------------------------------------

#[test]
fn errors_by_hand() {
    let found = json(&folder(), &["--within", "2,4.5"]);
    // Errors 5, 1, 2, 4; landmark a has 5 and 2, b has 1 and 4.
    for (name, expected) in [
        ("mean", 3.0),
        ("macro_mean", 3.0),
        ("median", 3.0),
        ("max", 5.0),
        ("mean_dx", 0.75),
        ("mean_dy", 1.0),
        ("mean_dz", 0.75),
        ("success_below@2.0", 0.25),
        ("success_below@4.5", 0.75),
    ] {
        assert_eq!(value(&found, name), Some(expected), "{name}");
    }
    let found = json(&folder(), &["--within", "2", "--at-most"]);
    assert_eq!(value(&found, "success_at_most@2.0"), Some(0.5));
}

/// What has no partner is counted, fails every rate, and is in no mean.
#[test]
fn missing_and_extra_landmarks_are_rows() {
    let folder = folder();
    folder.write("p.csv", b"file,label,x_mm,y_mm,z_mm,status\n1,a,3,4,0,ok\n1,b,,,,missing\n2,c,9,9,9,ok\n");
    let ran = eval(&folder, &["--format", "json", "--rows", "rows.csv"]).expect(0);
    let found = ran.json();
    let counts = &found["evaluation"]["all"]["counts"];
    assert_eq!((counts["matched"].as_u64(), counts["missing"].as_u64()), (Some(1), Some(3)));
    assert_eq!(counts["extra"], 1);
    assert_eq!((value(&found, "mean"), value(&found, "success_below@4.0")), (Some(5.0), Some(0.0)));
    let rows = crate::support::rows(&std::fs::read(folder.join("rows.csv")).unwrap(), b',');
    let outcomes: Vec<[&str; 4]> = rows
        .iter()
        .map(|row| ["file", "label", "outcome", "error_mm"].map(|column| row[column].as_str()))
        .collect();
    let expected = [
        ["1", "a", "matched", "5"],
        ["1", "b", "missing", ""],
        ["2", "a", "missing", ""],
        ["2", "b", "missing", ""],
        ["2", "c", "extra", ""],
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(rows[0]["dx_mm"], "3");
}

#[test]
fn duplicates_are_counted_and_named() {
    let folder = folder();
    folder.write("p.csv", format!("{PREDICTED}1,a,0,0,0\n").as_bytes());
    let ran = eval(&folder, &["--format", "json"]).expect(0);
    ran.says(&["1 landmark is predicted several times: taken for missing: `1, a`"]);
    assert_eq!(ran.json()["evaluation"]["all"]["counts"]["duplicate"], 1);
    folder.write("p.csv", PREDICTED.as_bytes());
    folder.write("t.csv", format!("{TRUTH}1,a,0,0,9\n").as_bytes());
    let ran = eval(&folder, &["--format", "json"]).expect(0);
    ran.says(&["1 landmark is in the truth several times, or without a position: left out: `1, a`"]);
    let found = ran.json();
    assert_eq!(found["evaluation"]["all"]["counts"]["unclear"], 1);
    assert_eq!(statistics(&found["evaluation"]["all"])["success_below@4.0"][1], Some(3.0));
}

/// Millimetres are those of each axis, and not voxels times the norm of the spacing.
#[test]
fn spacing_makes_true_millimetres() {
    let folder = folder();
    folder.write("t.csv", b"label,h_voxel,w_voxel,d_voxel\na,0,0,0\nb,5,5,5\n");
    folder.write("p.csv", b"label,h_voxel,w_voxel,d_voxel\na,4,0,0\nb,5,5,6\n");
    let found = json(&folder, &["--spacing", "0.5,1,3"]);
    assert_eq!((value(&found, "mean"), value(&found, "mean_dh")), (Some(2.5), Some(1.0)));
    assert_eq!(found["settings"]["unit"], "mm");
    let found = json(&folder, &[]);
    assert_eq!((value(&found, "mean"), &found["settings"]["unit"]), (Some(2.5), &"voxel".into()));
    assert!(!statistics(&found["evaluation"]["all"]).contains_key("identified_verse"));
    eval(&folder, &["--unit", "mm"])
        .expect(3)
        .says(&["expected millimetres for every landmark", "--coords voxel,world"]);
}

#[test]
fn swapped_axes_are_named() {
    let folder = folder();
    let points = [[10, 20, 30], [-5, 8, 2], [40, -7, 11], [0, 3, -25], [13, 1, 6]];
    let rows = |of: fn([i32; 3]) -> [i32; 3]| {
        let row = |(name, point): (usize, &[i32; 3])| {
            let [x, y, z] = of(*point);
            format!("l{name},{x},{y},{z}\n")
        };
        points.iter().enumerate().map(row).collect::<String>()
    };
    folder.write("t.csv", format!("label,x_mm,y_mm,z_mm\n{}", rows(|point| point)).as_bytes());
    folder.write("p.csv", format!("label,x_mm,y_mm,z_mm\n{}", rows(|[x, y, z]| [-x, -y, z])).as_bytes());
    let ran = eval(&folder, &["--format", "json"]).expect(0);
    ran.says(&["x and y have the other sign", "LPS was taken for RAS"]);
    assert_eq!(ran.json()["evaluation"]["orientation"]["would_be"], 0.0);
    // The column names say so: then they are turned, and the errors are 0.
    let lps = format!("label,x_mm_lps,y_mm_lps,z_mm_lps\n{}", rows(|[x, y, z]| [-x, -y, z]));
    folder.write("p.csv", lps.as_bytes());
    assert_eq!(value(&json(&folder, &[]), "max"), Some(0.0));
    let ran = eval(&folder, &["--predicted-frame", "ras"]).expect(2);
    ran.says(&["it states that its frame is LPS, and not RAS", "leave out `--predicted-frame`"]);
    eval(&folder, &["--truth-frame", "lps"]).expect(2).says(&["leave out `--truth-frame`"]);
}

/// Names of files are compared as they stand, unless it is said otherwise.
#[test]
fn files_are_matched_as_it_is_said() {
    let folder = folder();
    folder.write(
        "p.csv",
        PREDICTED.replace("\n1,", "\nout/1.nii.gz,").replace("\n2,", "\nout/2.nii.gz,").as_bytes(),
    );
    folder.write(
        "t.csv",
        TRUTH.replace("\n1,", "\nin/1.mrk.json,").replace("\n2,", "\nin/2.mrk.json,").as_bytes(),
    );
    let ran = eval(&folder, &[]).expect(3);
    ran.says(&["expected one such as in/1.mrk.json, a, found out/1.nii.gz, a", "`--file-as stem`"]);
    eval(&folder, &["--file-as", "name"]).expect(3);
    assert_eq!(value(&json(&folder, &["--file-as", "stem"]), "mean"), Some(3.0));
    let ran = eval(&folder, &["--match", "label"]).expect(0);
    ran.says(&["2 landmarks are in the truth several times"]);
    eval(&folder, &["--match", "file,site"]).expect(3).says(&["`p.csv` has no column `site`"]);
}

#[test]
fn reference_lengths_and_pairs_by_hand() {
    // The pair a, b is 10 and 20 mm long in the truth; predicted √(49 + 16 + 1) and √(400 + 36).
    let found = json(&folder(), &["--reference-pair", "a,b", "--pck", "0.15", "--pair", "a,b"]);
    // (0.5 + 0.1 + 0.1 + 0.2)/4, and 2 of 4 below 0.15.
    assert_near(value(&found, "nme").unwrap(), 0.225, 1e-15, "nme");
    assert_eq!(value(&found, "pck_below@0.15"), Some(0.5));
    let pair = &found["evaluation"]["pairs"][0];
    assert_eq!(pair["truth"], 15.0);
    assert_near(
        pair["predicted"].as_f64().unwrap(),
        f64::midpoint(66.0_f64.sqrt(), 436.0_f64.sqrt()),
        1e-14,
        "mean",
    );
    let ran = eval(&folder(), &["--pair", "a,z"]).expect(3);
    ran.says(&["no landmark of the truth is called `z`; the names are `a`, `b`"]);
}

#[test]
fn one_subject_has_no_interval() {
    let folder = folder();
    folder.write("t.csv", b"label,x_mm,y_mm,z_mm\na,0,0,0\nb,1,0,0\n");
    folder.write("p.csv", b"label,x_mm,y_mm,z_mm\na,0,0,0\nb,1,0,2\n");
    let found = json(&folder, &[]);
    assert!(statistics(&found["evaluation"]["all"]).values().all(|own| own[2].is_none()));
    let text = eval(&folder, &[]).expect(0).text();
    assert!(text.contains("no intervals: they need two subjects at least"), "{text}");
}

/// The samples of an array are subjects if they are said to be.
#[test]
fn samples_may_be_subjects() {
    let folder = folder();
    folder.write("t.csv", b"n,c,x_mm,y_mm,z_mm\n0,0,0,0,0\n1,0,0,0,0\n2,0,0,0,0\n");
    folder.write("p.csv", b"n,c,x_mm,y_mm,z_mm\n0,0,1,0,0\n1,0,1,0,0\n2,0,4,0,0\n");
    let line = |args: &[&str]| {
        let text = eval(&folder, args).expect(0).text();
        text.lines().find(|line| line.contains("intervals")).unwrap().to_owned()
    };
    assert!(line(&["--bootstrap", "100", "--subject", "n"]).contains("over 3 subjects (by n), 100 draws"));
    assert!(line(&[]).contains("no intervals"));
    // Labels alone have no samples.
    folder.write("t.csv", b"label,x_mm,y_mm,z_mm\na,0,0,0\n");
    folder.write("p.csv", b"label,x_mm,y_mm,z_mm\na,0,0,2\n");
    eval(&folder, &["--subject", "n"]).expect(3).says(&["`t.csv` has no column `n`"]);
}

/// The same landmarks give the same bytes, in whatever order the predictions stand, at any time.
#[test]
fn the_same_landmarks_give_the_same_bytes() {
    let folder = folder();
    let once = eval(&folder, &["--format", "json"]).expect(0).text();
    assert_eq!(once, eval(&folder, &["--format", "json", "--seed", "0"]).expect(0).text());
    let mut lines: Vec<&str> = PREDICTED.lines().collect();
    lines[1..].reverse();
    folder.write("p.csv", (lines.join("\n") + "\n").as_bytes());
    assert_eq!(once, eval(&folder, &["--format", "json"]).expect(0).text());
    assert_ne!(
        once,
        eval(&folder, &["--format", "json", "--seed", "1", "--bootstrap", "9"]).expect(0).text()
    );
}

// --- files ---------------------------------------------------------------------------------------------

#[test]
fn fail_above_is_exit_1() {
    let folder = folder();
    eval(&folder, &["--fail-above", "3"]).expect(0);
    let ran = eval(&folder, &["--fail-above", "2.9", "--output", "out.txt"]).expect(1);
    ran.says(&["exit status 1 by `--fail-above`: the mean radial error is 3.0000, and not at most 2.9"]);
    assert!(std::fs::read_to_string(folder.join("out.txt")).unwrap().contains("mean radial error"));
    folder.write("p.csv", b"file,label,x_mm,y_mm,z_mm,status\n1,a,,,,missing\n");
    eval(&folder, &["--fail-above", "9"]).expect(1).says(&["no landmark has an error"]);
}

#[test]
fn figures_are_svg_with_a_title_and_a_description() {
    let folder = folder();
    folder.write("o.csv", PREDICTED.replace("3,4,0", "0,1,0").as_bytes());
    let args = ["--against", "o.csv", "--curve", "curve.svg", "--boxes", "boxes.svg"];
    eval(&folder, &args).expect(0);
    for (name, part) in [("curve.svg", "o.csv: 4 landmarks"), ("boxes.svg", "a: median 3.5 mm")] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{text}");
        for part in ["<title id=\"title\">", "<desc id=\"desc\">", "prefers-color-scheme:dark", part] {
            assert!(text.contains(part), "{name} has no {part}: {text}");
        }
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}

#[test]
fn a_directory_is_a_case_for_each_file() {
    let folder = folder();
    let file = |z: f64| format!("label,x_mm,y_mm,z_mm\na,0,0,{z}\nb,0,9,{z}\n");
    for (case, z) in [("1", 1.0), ("2", 3.0)] {
        folder.write(format!("truth/{case}.csv"), file(0.0).as_bytes());
        folder.write(format!("out/deep/{case}.tsv"), file(z).replace(',', "\t").as_bytes());
    }
    folder.write("out/.hidden.csv", b"no landmarks");
    folder.write("out/notes.txt", b"no landmarks");
    let args = ["eval", "out", "truth", "--file-as", "stem", "--format", "json"];
    let found = folder.program(args).run().expect(0).json();
    assert_eq!((value(&found, "mean"), &found["evaluation"]["cases"]), (Some(2.0), &2.into()));
    // One bad file costs no other its landmarks.
    folder.write("out/deep/2.tsv", b"label\tx_mm\nbroken");
    let ran = folder.program(args).run().expect(3);
    ran.says(&["failed to read the landmarks of `out/deep/2.tsv`", "all missing: `deep/2.tsv`"]);
    assert_eq!(ran.json()["evaluation"]["all"]["counts"]["missing"], 2);
    std::fs::create_dir(folder.join("empty")).unwrap();
    folder.program(["eval", "empty", "truth"]).run().expect(2).says(&["holds no landmark file"]);
}

#[test]
fn no_output_replaces_what_is_read_or_another_output() {
    let folder = folder();
    for option in ["--rows", "--curve", "--boxes", "-o"] {
        let ran = eval(&folder, &[option, "t.csv"]).expect(2);
        ran.says(&["`t.csv` is both an input and an output"]);
    }
    eval(&folder, &["--rows", "out.csv", "-o", "OUT.csv"])
        .expect(2)
        .says(&["two outputs are called `out.csv`"]);
    assert_eq!(std::fs::read_to_string(folder.join("t.csv")).unwrap(), TRUTH);
    eval(&folder, &["-o", "nowhere/out.csv"]).expect(4);
    eval(&folder, &["-o", "out.xlsx"]).expect(2).says(&["names no format of eval"]);
    assert_eq!(folder.names(), ["p.csv", "t.csv"]);
}

#[test]
fn the_format_follows_the_extension() {
    let folder = folder();
    for (name, start) in
        [("out.json", "{\"evaluation\""), ("out.csv", "prediction,scope,"), ("out.txt", "predicted p.csv")]
    {
        eval(&folder, &["-o", name, "--predicted-format", "csv", "--truth-format", "csv"]).expect(0);
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.starts_with(start), "{text}");
    }
    let digits = eval(&folder, &["--format", "csv", "--digits", "1"]).expect(0).text();
    assert!(digits.contains("predicted,all,,,mean,,mm,3.0,"), "{digits}");
}

#[test]
fn files_that_cannot_be_compared_say_why() {
    let folder = folder();
    folder.write("t.csv", b"file,label,x_mm,y_mm,z_mm\n");
    eval(&folder, &[]).expect(3).says(&["`t.csv` holds no landmark that is there"]);
    folder.write("t.csv", b"file,n,c,x_mm,y_mm,z_mm\n1,0,0,0,0,0\n");
    eval(&folder, &[])
        .expect(3)
        .says(&["expected landmarks with a name or a channel in both files", "--labels"]);
    folder.write("t.csv", b"label,x_mm,y_mm,z_mm\na,0,0,0\n");
    eval(&folder, &[])
        .expect(3)
        .says(&["`p.csv` holds landmarks of 2 files", "a table with a column `file`"]);
    folder.write("t.csv", b"file,label,h_voxel,w_voxel,d_voxel\n1,a,0,0,0\n");
    eval(&folder, &[]).expect(3).says(&["expected millimetres or voxel coordinates for every landmark"]);
    folder.write("t.csv", TRUTH.as_bytes());
    eval(&folder, &["--subject", "site"]).expect(3).says(&["`t.csv` has no column `site`"]);
    folder.program(["eval", "none.csv", "t.csv"]).run().expect(3).says(&["no such file"]);
}

/// A column that differs within a file, as the descriptions of AFIDs do, tells of a landmark: it makes no cases. With
/// the subjects read from the paths, two files of three fiducials are two cases.
#[test]
fn what_describes_a_landmark_is_no_case() {
    let folder = Folder::new();
    for (rater, shift) in [("a", 0), ("b", 1)] {
        for subject in 1..=2 {
            let row = |n: i32, what: &str| format!("{n},{},{n},2,0,0,0,1,1,1,0,{n},{what},\n", n + shift);
            let fcsv = format!(
                "# Markups fiducial file version = 4.11\n# CoordinateSystem = RAS\n\
                 # columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n{}{}{}",
                row(1, "AC"),
                row(2, "PC"),
                // The raters write what they like.
                row(3, if rater == "a" { "infracollicular sulcus" } else { "ICS" }),
            );
            folder.write(format!("{rater}/sub-{subject}.fcsv"), fcsv.as_bytes());
        }
    }
    let args = ["eval", "a", "b", "--path-regex", "(?<sub>sub-[0-9]+)", "--format", "json"];
    let found = folder.program(args).run().expect(0).json();
    let all = &found["evaluation"]["all"];
    assert_eq!((&all["counts"]["matched"], &all["counts"]["missing"]), (&6.into(), &0.into()));
    let out = folder.program(&args[..5]).run().expect(0);
    assert!(out.text().contains("matched   by sub, label"), "{}", out.text());
    assert!(out.text().contains("2 cases in both: 6 matched"), "{}", out.text());
    // A table of our own, with a column of remarks: the file says the case.
    let table = |remark: &str| {
        format!(
            "file,label,x_mm,y_mm,z_mm,remark\n1,a,0,0,0,x\n1,b,0,0,1,{remark}\n2,a,0,0,2,x\n2,b,0,0,3,x\n"
        )
    };
    folder.write("p.csv", table("y").as_bytes());
    folder.write("t.csv", table("z").as_bytes());
    let out = eval(&folder, &[]).expect(0);
    assert!(out.text().contains("matched   by file, label"), "{}", out.text());
}
