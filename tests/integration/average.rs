//! `--average` and `--unflip`: files that are decoded as their mean.
//!
//! Means are computed here, by arithmetic in f64, and written as a file of their own; what the program makes
//! of that file it must make of the members too, to the bit.

use crate::support::{
    Folder, Nifti, Noise, Ran, Row, assert_near, f4, f8, gzip, levels, npy, npy_f4, read_npy_f8, zip,
};
use ::zip::CompressionMethod::{Deflated, Stored};

/// A heatmap of five voxels along h, 0 but for `values` at their places.
fn line(values: &[(usize, f32)]) -> Vec<u8> {
    let mut map = [0.0; 5];
    for &(at, value) in values {
        map[at] = value;
    }
    npy_f4(&[5, 1, 1], &map)
}

const FOLDS: [&str; 4] = ["--path-regex", r"(?<sub>sub-\d+)_fold-(?<fold>\d)", "--average", "fold"];
const FLIPS: [&str; 6] = [
    "--path-regex",
    r"(?<sub>sub-\d+)_fold-(?<fold>\d)_(?<flip>\w+)\.",
    "--average",
    "fold",
    "--unflip",
    "flip",
];

fn columns(ran: &Ran, names: &[&str]) -> Vec<String> {
    let row = |row: &Row| names.iter().map(|&name| row[name].clone()).collect::<Vec<_>>().join(" ");
    ran.rows().iter().map(row).collect()
}

/// Two subjects, of three folds and of two.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("s/sub-1_fold-0.npy", &line(&[(1, 30.0)]));
    folder.write("s/sub-1_fold-1.npy", &line(&[(3, 20.0)]));
    folder.write("s/sub-1_fold-2.npy", &line(&[(3, 13.0), (1, 1.0)]));
    folder.write("s/sub-2_fold-0.npy", &line(&[(0, 9.0)]));
    folder.write("s/sub-2_fold-1.npy", &line(&[(4, 9.5)]));
    folder
}

#[test]
fn the_mean_and_the_spread_by_hand() {
    let ran = folder()
        .program(["decode", "s", "--method", "hard", "--compare", "--coords", "voxel,world"])
        .args(FOLDS)
        .args(["--spacing", "2,1,1"])
        .run()
        .expect(0);
    // 33 at voxel 3 against 31 at voxel 1, thirds of both.
    let names = ["file", "sub", "members", "h_voxel", "x_mm", "peak_value", "status"];
    let expected = ["s/sub-1_fold-0.npy sub-1 3 3 6 11 ok", "s/sub-2_fold-0.npy sub-2 2 4 8 4.75 ok"];
    assert_eq!(columns(&ran, &names), expected);
    // The members' own answers: 1, 3, 3 and 0, 4.
    for (row, expected) in ran.rows().iter().zip([(4.0_f64 / 3.0).sqrt(), 8.0_f64.sqrt()]) {
        assert_near(row["between_voxel"].parse().unwrap(), expected, 1e-15, "voxels");
        assert_near(row["between_mm"].parse().unwrap(), 2.0 * expected, 4e-15, "mm");
    }
    let header = ran.text().lines().next().unwrap().to_owned();
    assert!(header.starts_with("file,n,c,label,sub,members,h_voxel,"), "{header}");
    assert!(header.ends_with(",between_voxel,between_mm,status,flags,reason"), "{header}");
    ran.says(&["2 of 2 inputs decoded, 2 landmarks: 2 ok"]);
    let without = folder().program(["decode", "s", "--method", "hard"]).args(FOLDS).run().expect(0);
    assert_eq!(columns(&without, &["between_mm"]), ["", ""]);
}

/// Inputs that are named, in a list and in any order; what all names average is one input.
#[test]
fn the_first_that_is_named_is_the_file() {
    let folder = folder();
    folder.write("list", b"s/sub-2_fold-1.npy\ns/sub-1_fold-2.npy\ns/sub-1_fold-0.npy\n");
    let args = ["decode", "--files-from", "list", "--method", "hard", "--coords", "voxel"];
    let ran = folder.program(args).args(FOLDS).run().expect(0);
    let expected = ["s/sub-2_fold-1.npy 1 4 ", "s/sub-1_fold-2.npy 2 1 "];
    let found = columns(&ran, &["file", "members", "h_voxel", "between_voxel"]);
    assert_eq!(found[0], expected[0]);
    assert!(found[1].starts_with(expected[1]) && found[1].ends_with("1.4142135623730951"), "{found:?}");
    let all = ["--path-regex", r"(?<sub>sub-\d+)_fold-(?<fold>\d)", "--average", "sub,fold"];
    let ran = folder.program(["decode", "s"]).args(all).doubtful().run().expect(0);
    assert_eq!(columns(&ran, &["file", "members"]), ["s/sub-1_fold-0.npy 5"]);
    assert!(!ran.rows()[0].contains_key("sub"));
}

// --- the same as a file of the mean ----------------------------------------------------------------

const SHAPE: [usize; 4] = [3, 21, 18, 19];

/// Maps with a bump each and noise, (c, h, w, d), on a grid that f32 holds.
fn maps(count: usize) -> Vec<Vec<f32>> {
    let [channels, h, w, d] = SHAPE;
    let map = |number: usize| {
        let mut noise = Noise::new(number as u64 + 5);
        let mut values = Vec::new();
        for c in 0..channels {
            let middle = [6.0 + noise.next(), 9.5 + noise.next() + c as f64, 8.0 + 2.0 * noise.next()];
            for i in 0..h * w * d {
                let at = [i / (w * d), i / d % w, i % d];
                let square: f64 = (0..3).map(|axis| (at[axis] as f64 - middle[axis]).powi(2)).sum();
                values.push((40.0 * (-square / 8.0).exp() + noise.next()) as f32);
            }
        }
        values
    };
    (0..count).map(map).collect()
}

/// The mean of maps, added in their order.
fn mean(maps: &[Vec<f32>]) -> Vec<f64> {
    let sum = |i: usize| maps.iter().map(|map| f64::from(map[i])).fold(0.0, |sum, value| sum + value);
    (0..maps[0].len()).map(|i| sum(i) / maps.len() as f64).collect()
}

/// Values in C order, put into Fortran order.
fn fortran<T: Copy>(values: &[T]) -> Vec<T> {
    let [channels, h, w, d] = SHAPE;
    let mut out = Vec::new();
    for index in 0..values.len() {
        let place = [index % channels, index / channels % h, index / (channels * h) % w];
        let last = index / (channels * h * w);
        out.push(values[((place[0] * h + place[1]) * w + place[2]) * d + last]);
    }
    out
}

/// Values in C order with the axes of `turned` the other way round.
fn turned<T: Copy>(values: &[T], turned: [bool; 3]) -> Vec<T> {
    let [_, h, w, d] = SHAPE;
    let flip = |i: usize, n: usize, is_turned: bool| if is_turned { n - 1 - i } else { i };
    let source = |index: usize| {
        let at = [index / (w * d) % h, index / d % w, index % d];
        let [i, j, k] = [flip(at[0], h, turned[0]), flip(at[1], w, turned[1]), flip(at[2], d, turned[2])];
        ((index / (h * w * d) * h + i) * w + j) * d + k
    };
    (0..values.len()).map(|index| values[source(index)]).collect()
}

/// A container: its extension, whether it holds values in Fortran order, and how it is made.
type Container = (&'static str, bool, fn(&[f32]) -> Vec<u8>);

fn nifti(values: &[f32]) -> Vec<u8> {
    Nifti::new(&SHAPE.map(|n| n as i16), &f4(&fortran(values))).bytes()
}

const CONTAINERS: [Container; 8] = [
    ("npy", false, |values| npy_f4(&SHAPE, values)),
    ("be.npy", false, |values| {
        npy(">f4", false, &SHAPE, &values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>())
    }),
    ("f.npy", true, |values| npy("<f4", true, &SHAPE, &f4(&fortran(values)))),
    ("npy.gz", false, |values| gzip(&npy_f4(&SHAPE, values))),
    ("stored.npz", false, |values| zip(&[("a.npy", &npy_f4(&SHAPE, values))], Stored)),
    ("deflated.npz", false, |values| zip(&[("a.npy", &npy_f4(&SHAPE, values))], Deflated)),
    ("nii", true, nifti),
    ("nii.gz", true, |values| gzip(&nifti(values))),
];

/// What is asked of each run: by a method of one pass, and by ones that read again.
const RUNS: [&[&str]; 4] = [
    &["--stats", "--beta", "3"],
    &["--method", "auto", "--uncertainty"],
    &["--method", "local", "--radius", "3"],
    &["--method", "hard", "--peaks", "3"],
];

/// Channels first, and a layout by which they lie in the middle of space.
const LAYOUTS: [&str; 2] = ["CHWD", "HWCD"];

/// The rows of a run without what says which files they are of.
fn rows(ran: &Ran) -> Vec<Row> {
    let mut rows = ran.rows();
    for row in &mut rows {
        row.retain(|name, _| !["file", "sub", "members", "between_voxel", "between_mm"].contains(&&**name));
    }
    rows
}

fn decoded(folder: &Folder, input: &str, layout: &str, args: &[&str]) -> Ran {
    let program =
        folder.program(["decode", input, "--layout", layout, "--compare", "--coords", "voxel", "-q"]);
    program.args(args).doubtful().run().expect(0)
}

#[test]
fn every_container_gives_the_bits_of_the_mean_as_a_file() {
    let (folder, maps) = (Folder::new(), maps(3));
    let mean = mean(&maps);
    folder.write("mean-c.npy", &npy("<f8", false, &SHAPE, &f8(&mean)));
    folder.write("mean-f.npy", &npy("<f8", true, &SHAPE, &f8(&fortran(&mean))));
    for (extension, is_fortran, made) in CONTAINERS {
        for (fold, map) in maps.iter().enumerate() {
            folder.write(format!("{extension}/sub-1_fold-{fold}.{extension}"), &made(map));
        }
        for run in RUNS {
            for layout in LAYOUTS {
                let of_mean = if is_fortran { "mean-f.npy" } else { "mean-c.npy" };
                let expected = rows(&decoded(&folder, of_mean, layout, run));
                let averaged = decoded(&folder, extension, layout, &[run, &FOLDS].concat());
                assert_eq!(rows(&averaged), expected, "{extension} {layout} {run:?}");
                assert!(averaged.rows().iter().all(|row| row["members"] == "3"));
            }
        }
    }
}

#[test]
fn threads_and_simd_levels_make_no_difference() {
    let (folder, levels) = (Folder::new(), levels());
    for (extension, _, made) in CONTAINERS {
        for (fold, map) in maps(4).iter().enumerate() {
            let flip = ["none", "H", "wd", "0"][fold];
            let letters = flip.to_ascii_uppercase();
            let map = turned(map, ['H', 'W', 'D'].map(|letter| letters.contains(letter)));
            folder.write(format!("{extension}/sub-1_fold-{fold}_{flip}.{extension}"), &made(&map));
        }
        for run in RUNS {
            for layout in LAYOUTS {
                let args = [&["decode", extension, "--layout", layout, "-q"], run, &FLIPS].concat();
                let text = |threads: &str, level: &str| {
                    let program = folder.program(&args).args(["--threads", threads]);
                    program.env("SOFTARGMAX_SIMD", level).doubtful().run().expect(0).text()
                };
                let expected = text("1", levels[0]);
                for level in &levels {
                    assert_eq!(text("2", level), expected, "{extension} {layout} {run:?} {level}");
                }
                assert_eq!(text("5", levels[0]), expected, "{extension} {layout} {run:?}");
            }
        }
    }
}

/// How far the members disagree is said of the answers that each has alone.
#[test]
fn the_spread_is_that_of_the_members_alone() {
    let (folder, maps) = (Folder::new(), maps(3));
    for (fold, map) in maps.iter().enumerate() {
        folder.write(format!("s/sub-1_fold-{fold}.npy.gz"), &gzip(&npy_f4(&SHAPE, map)));
    }
    for run in RUNS {
        let args = [run, &["--coords", "voxel,world", "--spacing", "2,3,0.5"]].concat();
        let averaged = decoded_world(&folder, "s", &[&args[..], &FOLDS].concat()).rows();
        let alone: Vec<Vec<Row>> = (0..3)
            .map(|fold| decoded_world(&folder, &format!("s/sub-1_fold-{fold}.npy.gz"), &args).rows())
            .collect();
        for (number, row) in averaged.iter().enumerate() {
            if row.get("peak").is_some_and(|peak| peak != "0") {
                assert_eq!((&*row["between_voxel"], &*row["between_mm"]), ("", ""));
                continue;
            }
            for (names, column) in [
                (["h_voxel", "w_voxel", "d_voxel"], "between_voxel"),
                (["x_mm", "y_mm", "z_mm"], "between_mm"),
            ] {
                let place = |rows: &Vec<Row>| names.map(|name| rows[number][name].parse::<f64>().unwrap());
                let places: Vec<[f64; 3]> = alone.iter().map(place).collect();
                let middle: [f64; 3] =
                    std::array::from_fn(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / 3.0);
                let squares = places.iter().flat_map(|place| (0..3).map(move |axis| (place, axis)));
                let sum: f64 = squares.map(|(place, axis)| (place[axis] - middle[axis]).powi(2)).sum();
                let found: f64 = row[column].parse().unwrap();
                assert!(found > 0.1, "{found}");
                assert_near(found, (sum / 2.0).sqrt(), 1e-12, column);
            }
        }
    }
}

fn decoded_world(folder: &Folder, input: &str, args: &[&str]) -> Ran {
    folder.program(["decode", input, "--layout", "CHWD", "-q"]).args(args).doubtful().run().expect(0)
}

#[test]
fn flips_along_every_axis_are_turned_back() {
    const ALL: [(&str, [bool; 3]); 8] = [
        ("none", [false; 3]),
        ("h", [true, false, false]),
        ("W", [false, true, false]),
        ("D", [false, false, true]),
        ("HW", [true, true, false]),
        ("dh", [true, false, true]),
        ("WD", [false, true, true]),
        ("HwD", [true; 3]),
    ];
    let (folder, maps) = (Folder::new(), maps(8));
    for (extension, _, made) in CONTAINERS {
        for (map, (flip, axes)) in maps.iter().zip(ALL) {
            let place = format!("sub-1_fold-0_{flip}.{extension}");
            folder.write(format!("turned-{extension}/{place}"), &made(&turned(map, axes)));
            let fold = maps.iter().position(|other| other == map).unwrap();
            folder.write(format!("plain-{extension}/sub-1_fold-{fold}_none.{extension}"), &made(map));
        }
    }
    // In byte order of their names, as a directory gives them.
    let order = ["D", "HW", "HwD", "W", "WD", "dh", "h", "none"];
    let order = order.map(|name| ALL.iter().position(|(flip, _)| *flip == name).unwrap());
    for (extension, ..) in CONTAINERS {
        let list: String = order
            .iter()
            .map(|fold| format!("plain-{extension}/sub-1_fold-{fold}_none.{extension}\n"))
            .collect();
        folder.write("list", list.as_bytes());
        for run in RUNS {
            let args = [&["--layout", "CHWD", "--compare", "--coords", "voxel", "-q"], run, &FLIPS].concat();
            let found = |inputs: &[&str]| {
                let ran = folder.program(["decode"]).args(inputs).args(&args).doubtful().run().expect(0);
                let mut rows = ran.rows();
                for row in &mut rows {
                    assert_eq!(row["members"], "8");
                    row.remove("file");
                }
                rows
            };
            let turned = found(&[&format!("turned-{extension}")]);
            assert_eq!(turned, found(&["--files-from", "list"]), "{extension} {run:?}");
        }
    }
}

/// Types, byte orders and scales may differ: what is averaged is the values.
#[test]
fn members_of_any_type() {
    let folder = Folder::new();
    let place = |name: &str| format!("s/sub-1_fold-{name}.nii");
    let bytes = |values: [i16; 3]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    // −2 · stored + 1: 1, −5, 21.
    let scaled = Nifti::new(&[3, 1, 1], &bytes([0, 3, -10])).kind(4, 16).scaled(-2.0, 1.0);
    folder.write(place("0"), &scaled.bytes());
    folder.write(place("1"), &Nifti::new(&[3, 1, 1], &f8(&[0.5, 50.0, 0.25])).kind(64, 64).bytes());
    folder.write(place("2"), &Nifti::new(&[3, 1, 1], &[9, 0, 6]).kind(2, 8).bytes());
    let args = ["decode", "s", "--method", "hard", "--compare", "--coords", "voxel", "--format", "json"];
    let json = folder.program(args).args(FOLDS).run().expect(0).json();
    let found = &json["inputs"][0];
    // 10.5, 45, 27.25.
    assert_eq!(found["landmarks"][0]["voxel"], serde_json::json!([1, 0, 0]));
    assert_eq!(found["landmarks"][0]["hard"]["peak_value"], 15.0);
    assert_eq!((&found["dtype"], &found["format"]), (&"<i2".into(), &"nifti-1".into()));
}

/// A map that reaches 0.7 in every file reaches it in the mean, as it does alone.
#[test]
fn a_threshold_is_rounded_as_the_files_are() {
    let folder = Folder::new();
    for fold in 0..3 {
        folder.write(format!("s/sub-1_fold-{fold}.npy"), &line(&[(2, 0.7)]));
    }
    folder.write("s/sub-2_fold-0.npy", &line(&[(2, 0.7)]));
    folder.write(
        "s/sub-2_fold-1.npy",
        &npy("<f8", false, &[5, 1, 1], &f8(&[0.0, 0.0, f64::from(0.7_f32), 0.0, 0.0])),
    );
    let args = ["decode", "s", "--method", "hard", "--threshold", "0.7", "--fail-on", "none"];
    let ran = folder.program(args).args(FOLDS).run().expect(0);
    assert_eq!(columns(&ran, &["sub", "status"]), ["sub-1 ok", "sub-2 missing"]);
    // The same for a threshold that a method has: voxels of 0.7, 0.7 and 0.875, or the last of them alone.
    let folder = Folder::new();
    for fold in 0..2 {
        folder.write(format!("s/sub-1_fold-{fold}.npy"), &line(&[(0, 0.7), (1, 0.7), (2, 0.875)]));
    }
    let args = ["decode", "s", "--method", "component:threshold=0.7,min=1", "--coords", "voxel"];
    let ran = folder.program(args).args(FOLDS).args(["--fail-on", "none"]).run().expect(0);
    let found: f64 = ran.rows()[0]["h_voxel"].parse().unwrap();
    assert_near(found, (0.7 + 2.0 * 0.875) / (0.7 + 0.7 + 0.875), 1e-7, "component");
}

#[test]
fn values_that_are_no_numbers() {
    let folder = Folder::new();
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    folder.write("s/sub-1_fold-0.npy", &line(&[(1, 4.0), (2, nan), (4, 7.0)]));
    folder.write("s/sub-1_fold-1.npy", &line(&[(1, 5.0), (2, 6.0), (4, -inf)]));
    folder.write("s/sub-2_fold-0.npy", &line(&[(0, -inf), (3, inf)]));
    folder.write("s/sub-2_fold-1.npy", &line(&[(0, 99.0), (3, -inf)]));
    folder.write("s/sub-3_fold-0.npy", &line(&[(3, -inf)]));
    folder.write("s/sub-3_fold-1.npy", &line(&[(1, 2.0), (3, 99.0)]));
    let run = |more: &[&str]| {
        let args = ["decode", "s", "--method", "hard", "--compare", "--coords", "voxel", "--fail-on", "none"];
        let ran = folder.program(args).args(more).args(FOLDS).run().expect(0);
        columns(&ran, &["sub", "h_voxel", "peak_value", "between_voxel", "status"])
    };
    // What is left of the first member of sub-3 is flat: its answer is voxel 0. That of the other is 3.
    assert_eq!(run(&[]), ["sub-1    nonfinite", "sub-2    nonfinite", "sub-3 1 1 2.1213203435596424 ok"]);
    let ignoring = run(&["--ignore-nan"]);
    assert!(ignoring[0].starts_with("sub-1 2 6 "), "{ignoring:?}");
    // An infinity is none of what is ignored.
    assert_eq!(ignoring[1], "sub-2    nonfinite");
}

#[test]
fn channels_and_masks_are_those_of_every_member() {
    let (folder, maps) = (Folder::new(), maps(2));
    let mean = mean(&maps);
    folder.write("mean.npy", &npy("<f8", false, &SHAPE, &f8(&mean)));
    let [_, h, w, d] = SHAPE;
    let mask: Vec<u8> = (0..h * w * d).map(|i| u8::from(i % 3 != 0)).collect();
    folder.write("mask.npy", &npy("|u1", false, &[h, w, d], &mask));
    for (extension, ..) in CONTAINERS.iter().filter(|(extension, ..)| ["npy", "npy.gz"].contains(extension)) {
        for (fold, map) in maps.iter().enumerate() {
            let bytes = npy_f4(&SHAPE, map);
            let bytes = if *extension == "npy" { bytes } else { gzip(&bytes) };
            folder.write(format!("{extension}/sub-1_fold-{fold}.{extension}"), &bytes);
        }
        let args = ["--channels", "0,2", "--mask", "mask.npy", "--method", "auto"];
        let expected = rows(&decoded(&folder, "mean.npy", "CHWD", &args));
        let found = decoded(&folder, extension, "CHWD", &[&args[..], &FOLDS].concat());
        assert_eq!(rows(&found), expected);
        assert_eq!(columns(&found, &["c"]), ["0", "2"]);
    }
}

/// Streams whose heatmaps are not kept in memory are copied; without a place for the copies there are answers
/// by methods that do not need them, without flags.
#[test]
fn streams_that_are_copied() {
    let (folder, maps) = (Folder::new(), maps(3));
    for (fold, map) in maps.iter().enumerate() {
        folder.write(format!("s/sub-1_fold-{fold}.npy"), &npy_f4(&SHAPE, map));
        folder.write(format!("z/sub-1_fold-{fold}.npy.gz"), &gzip(&npy_f4(&SHAPE, map)));
    }
    // One of them is a file.
    folder.write("m/sub-1_fold-0.npy", &npy_f4(&SHAPE, &maps[0]));
    for (fold, map) in maps.iter().enumerate().skip(1) {
        folder.write(format!("m/sub-1_fold-{fold}.npy.gz"), &gzip(&npy_f4(&SHAPE, map)));
    }
    for run in RUNS {
        // Channels last: every heatmap arrives to the end.
        let args = [run, &FOLDS].concat();
        let expected = rows(&decoded(&folder, "s", "HWDC", &args));
        assert_eq!(rows(&decoded(&folder, "z", "HWDC", &args)), expected, "{run:?}");
        assert_eq!(rows(&decoded(&folder, "m", "HWDC", &args)), expected, "{run:?}");
        let expected = rows(&decoded(&folder, "s", "CHWD", &args));
        assert_eq!(rows(&decoded(&folder, "m", "CHWD", &args)), expected, "{run:?}");
    }
    let nowhere = |method: &str| {
        let args = ["decode", "z", "--layout", "HWDC", "--method", method];
        folder.program(args).args(FOLDS).env("TMPDIR", "/nowhere").doubtful().run()
    };
    let soft = nowhere("soft").expect(0);
    soft.says(&["warning: not-judged"]);
    nowhere("local")
        .expect(3)
        .says(&["failed to keep the values of a stream in a temporary file in `/nowhere`"]);
}

// --- what does not go together ----------------------------------------------------------------------

/// Decodes a folder of one good subject and one whose two members do not go together; the reason of the bad.
fn reason(folder: &Folder, args: &[&str]) -> String {
    folder.write("s/sub-9_fold-0.nii", &Nifti::new(&[5, 1, 1], &f4(&[0.0, 9.0, 0.0, 0.0, 0.0])).bytes());
    let ran = folder.program(["decode", "s", "--method", "hard"]).args(args).args(FOLDS).run().expect(3);
    let rows = columns(&ran, &["file", "members", "status"]);
    assert_eq!(rows[1], "s/sub-9_fold-0.nii 1 ok", "{rows:?}");
    assert!(rows[0].ends_with(" 2 unreadable"), "{rows:?}");
    ran.says(&["error: failed to decode `s/sub-1_fold-0.", "1 of 2 inputs decoded, 1 unreadable"]);
    ran.rows()[0]["reason"].clone()
}

#[test]
fn members_that_differ_are_unreadable_and_named() {
    let volume = |dims: &[i16], shift: f32| {
        let count = dims.iter().map(|&n| n as usize).product();
        Nifti::new(dims, &f4(&vec![1.0; count])).sform(&[
            [2.0, 0.0, 0.0, shift],
            [0.0, 3.0, 0.0, 0.0],
            [0.0, 0.0, 4.0, 0.0],
        ])
    };
    let folder = Folder::new();
    folder.write("s/sub-1_fold-0.nii", &volume(&[5, 2, 1], 0.0).bytes());
    folder.write("s/sub-1_fold-1.nii", &volume(&[5, 3, 1], 0.0).bytes());
    assert_eq!(
        reason(&folder, &[]),
        "failed to average `s/sub-1_fold-1.nii`: expected shape [5, 2, 1] as of `s/sub-1_fold-0.nii`, found \
         [5, 3, 1]"
    );
    // 0.1 of the smallest voxel size are 0.2 mm.
    folder.write("s/sub-1_fold-1.nii", &volume(&[5, 2, 1], 0.25).bytes());
    assert_eq!(
        reason(&folder, &[]),
        "failed to average `s/sub-1_fold-1.nii`: one of its corners is 0.25 mm away from that of \
         `s/sub-1_fold-0.nii`"
    );
    folder.write("s/sub-1_fold-1.nii", &volume(&[5, 2, 1], 0.1875).bytes());
    let args = ["decode", "s", "--method", "hard", "--coords", "world", "--fail-on", "none"];
    folder.program(args).args(FOLDS).run().expect(0);
    // An array of the same shape lies the other way round in memory, unless it is saved in Fortran order.
    folder.write("s/sub-1_fold-1.nii", &npy_f4(&[5, 2, 1], &[1.0; 10]));
    assert_eq!(
        reason(&folder, &[]),
        "failed to average `s/sub-1_fold-1.nii`: its first axis varies slowest, that of `s/sub-1_fold-0.nii` \
         fastest (Fortran and C order)"
    );
    folder.write("s/sub-1_fold-1.nii", &npy("<f4", true, &[5, 2, 1], &f4(&[1.0; 10])));
    folder.program(args).args(FOLDS).run().expect(3).says(&[
        "failed to average `s/sub-1_fold-1.nii`: world coordinates need an affine",
        "hint: give an array one by `--reference FILE.nii`",
    ]);
    folder.write("s/sub-1_fold-0.nii", &volume(&[2, 2, 1, 1, 3], 0.0).bytes());
    folder.write("s/sub-1_fold-1.nii", &npy("<f4", true, &[2, 2, 1, 1, 3], &f4(&[1.0; 12])));
    assert_eq!(
        reason(&folder, &[]),
        "failed to average `s/sub-1_fold-1.nii`: expected layout HWDNC as of `s/sub-1_fold-0.nii`, found \
         NCHWD"
    );
}

#[test]
fn a_member_that_cannot_be_read_is_named_wherever_it_fails() {
    let maps = maps(2);
    let good = npy_f4(&SHAPE, &maps[0]);
    let zipped = gzip(&good);
    let mut flipped = zipped.clone();
    let end = flipped.len() - 8;
    flipped[end] ^= 1;
    for (bad, extension, reason) in [
        (b"nothing known".to_vec(), "npy", "found a file that begins with `nothing known`"),
        (good[..good.len() - 4].to_vec(), "npy", "the file is truncated: expected 86,184 bytes of values"),
        (zipped[..zipped.len() / 2].to_vec(), "npy.gz", "the file is truncated: gzip ends early"),
        (flipped, "npy.gz", "gzip"),
    ] {
        for other in [&good, &zipped] {
            let folder = Folder::new();
            let bad_name = format!("s/sub-1_fold-1.{extension}");
            folder.write("s/sub-1_fold-0.npy", other);
            folder.write(&bad_name, &bad);
            folder.write("s/sub-2_fold-0.npy", &good);
            let args = ["decode", "s", "--layout", "CHWD", "--method", "local"];
            let ran = folder.program(args).args(FOLDS).doubtful().run().expect(3);
            let rows = ran.rows();
            assert_eq!((&*rows[0]["file"], &*rows[0]["members"]), ("s/sub-1_fold-0.npy", "2"));
            let found = &rows[0]["reason"];
            assert!(found.starts_with(&format!("failed to average `{bad_name}`: ")), "{found}");
            assert!(found.contains(reason), "{found}");
            assert_eq!((rows.len(), &*rows[1]["status"]), (1 + SHAPE[0], "ok"));
        }
    }
    // One that is only named.
    let folder = folder();
    let args = ["decode", "s/sub-1_fold-0.npy", "s/sub-1_fold-7.npy", "s/sub-2_fold-0.npy"];
    let ran = folder.program(args).args(FOLDS).doubtful().run().expect(3);
    assert_eq!(columns(&ran, &["reason"])[0], "failed to average `s/sub-1_fold-7.npy`: no such file");
    folder.program(args).args(FOLDS).args(["--max-failures", "1"]).doubtful().run().expect(0);
}

#[test]
fn what_cannot_be_averaged_is_a_usage_error() {
    let folder = folder();
    let error = |args: &[&str], parts: &[&str]| {
        folder.program(["decode"]).args(args).run().expect(2).says(parts);
    };
    error(&["s", "--average", "fold"], &["--path-regex <RE>"]);
    error(&["s", "--unflip", "flip"], &["--path-regex <RE>"]);
    let pattern = ["s", "--path-regex", r"(?<sub>sub-\d+)_(?<rest>\w+)"];
    error(
        &[&pattern[..], &["--average", "fold"]].concat(),
        &["`--average fold`: `--path-regex` has no group of this name", "hint: its groups are `sub`, `rest`"],
    );
    error(&[&pattern[..], &["--unflip", "fold"]].concat(), &["`--unflip fold`: `--path-regex` has no group"]);
    error(
        &[&pattern[..], &["--unflip", "rest"]].concat(),
        &[
            "`s/sub-1_fold-0.npy`: `--unflip rest` finds `fold`, which names no axes",
            "hint: it takes each of H, W and D at most once",
        ],
    );
    error(&[&pattern[..], &["--average", "rest", "--stack"]].concat(), &["cannot be used with"]);
    error(&[&["-"], &FOLDS[..]].concat(), &["standard input has no path"]);
    folder.write("s/deep/sub-1_fold-1.npy", &line(&[]));
    error(
        &[&["s"], &FOLDS[..]].concat(),
        &[
            "`s/deep/sub-1_fold-1.npy` and `s/sub-1_fold-1.npy` are both fold `1` of one mean",
            "hint: further groups of `--path-regex` keep files apart",
        ],
    );
    folder.write("t/sub-1_fold-1_HW.npy", &line(&[]));
    folder.write("t/sub-1_fold-1_wh.npy", &line(&[]));
    error(&[&["t"], &FLIPS[..]].concat(), &["are both fold `1` of one mean"]);
    error(
        &["t", "--path-regex", r"_(?<flip>\w\w)\.", "--unflip", "flip"],
        &["are both the same flip of one mean"],
    );
    // An output in the place of any member.
    let output = ["-o", "s/sub-2_fold-1.npy", "--coords", "voxel"];
    error(
        &[&["s", "--exclude", "deep"], &FOLDS[..], &output].concat(),
        &["`s/sub-2_fold-1.npy` is both an input and an output"],
    );
    let taken = ["s", "--path-regex", r"(?<members>sub-\d)_(?<fold>\d)", "--average", "fold"];
    error(&taken, &["a group is called `members`, as a column of the output is"]);
    let taken = ["s", "--path-regex", r"(?<between_mm>sub-\d).*(?<fold>\d)", "--average", "fold"];
    error(&taken, &["a group is called `between_mm`, as a column of the output is"]);
}

#[test]
fn files_that_match_nothing_and_members_that_are_alone() {
    let folder = Folder::new();
    folder.write("s/other.npy", &line(&[(2, 9.0)]));
    folder.write("s/sub-1_fold-0.npy", &line(&[(3, 9.0)]));
    let args = ["decode", "s", "--method", "hard", "--coords", "voxel", "-v"];
    let ran = folder.program(args).args(FOLDS).run().expect(0);
    let names = ["file", "sub", "members", "h_voxel", "between_voxel"];
    assert_eq!(columns(&ran, &names), ["s/other.npy  1 2 ", "s/sub-1_fold-0.npy sub-1 1 3 "]);
    ran.says(&[
        "s/sub-1_fold-0.npy: npy 1.0 <f4 (5, 1, 1) as HWD, affine none, mean of 1 file\n",
        "warning: path-unmatched: 1 input\n  `s/other.npy`",
    ]);
}

/// A doubtful header is that of the file that has it.
#[test]
fn warnings_name_the_member() {
    let folder = folder();
    let mut bytes = line(&[(1, 20.0)]);
    bytes.extend(b"more");
    folder.write("s/sub-1_fold-1.npy", &bytes);
    folder.write("s/sub-1_fold-2.npy.gz", &gzip(&bytes));
    std::fs::remove_file(folder.join("s/sub-1_fold-2.npy")).unwrap();
    let ran = folder.program(["decode", "s", "--format", "json"]).args(FOLDS).doubtful().run().expect(0);
    ran.says(&["warning: trailing-bytes", "  `s/sub-1_fold-1.npy`: ", "  `s/sub-1_fold-2.npy.gz`: "]);
    let warnings = ran.json()["inputs"][0]["warnings"].to_string();
    assert!(warnings.contains("trailing-bytes: `s/sub-1_fold-1.npy`: "), "{warnings}");
    assert!(warnings.contains("trailing-bytes: `s/sub-1_fold-2.npy.gz`: "), "{warnings}");
}

// --- outputs ----------------------------------------------------------------------------------------

#[test]
fn every_format_has_the_members_and_the_spread() {
    let run = |args: &[&str]| {
        let args =
            [&["decode", "s", "--method", "hard", "--coords", "voxel", "--digits", "3"], args].concat();
        folder().program(args).args(FOLDS).run().expect(0)
    };
    let json = run(&["--format", "json"]).json();
    assert_eq!(json["settings"]["average"], serde_json::json!(["fold"]));
    assert_eq!(json["settings"]["unflip"], serde_json::Value::Null);
    let input = &json["inputs"][1];
    assert_eq!(input["members"], serde_json::json!(["s/sub-2_fold-0.npy", "s/sub-2_fold-1.npy"]));
    assert_eq!((&input["sub"], &input["fold"]), (&"sub-2".into(), &serde_json::Value::Null));
    let expected = serde_json::json!({"members": 2, "between_voxel": 2.828, "between_mm": null});
    assert_eq!(input["landmarks"][0]["average"], expected);
    let lines = run(&["--format", "ndjson"]).text();
    let line: serde_json::Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(line["average"], expected);
    let tsv = run(&["--format", "tsv"]).text();
    assert!(
        tsv.lines().nth(2).unwrap().starts_with("s/sub-2_fold-0.npy\t0\t0\t\tsub-2\t2\t4.000\t"),
        "{tsv}"
    );
    assert!(tsv.lines().nth(2).unwrap().ends_with("\t2.828\t\tok\t\t"), "{tsv}");
}

#[test]
fn an_array_has_a_sample_for_each_mean_and_a_list_of_points_one() {
    let folder = folder();
    let array = ["decode", "s", "--method", "hard", "--coords", "voxel", "-o", "x.npy"];
    folder.program(array).args(FOLDS).run().expect(0);
    let (shape, values) = read_npy_f8(&std::fs::read(folder.join("x.npy")).unwrap());
    assert_eq!((shape, values), (vec![2, 1, 3], vec![3.0, 0.0, 0.0, 4.0, 0.0, 0.0]));
    // A member that cannot be read leaves the place of its mean.
    folder.write("s/sub-1_fold-1.npy", b"nothing known");
    folder.program(array).args(FOLDS).run().expect(3);
    let (shape, values) = read_npy_f8(&std::fs::read(folder.join("x.npy")).unwrap());
    assert_eq!((shape, values[0].is_nan(), &values[3..]), (vec![2, 1, 3], true, &[4.0, 0.0, 0.0][..]));
    let points =
        ["decode", "s/sub-2_fold-0.npy", "s/sub-2_fold-1.npy", "--method", "hard", "--spacing", "1,1,1"];
    folder.program(points).args(FOLDS).args(["-o", "x.mrk.json", "--frame", "ras"]).run().expect(0);
    let markups: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("x.mrk.json")).unwrap()).unwrap();
    let control = markups["markups"][0]["controlPoints"].as_array().unwrap();
    assert_eq!((control.len(), control[0]["position"].to_string().as_str()), (1, "[4,0,0]"));
}

#[test]
fn outputs_are_called_by_the_first_member_and_made_again_if_any_changes() {
    let folder = folder();
    let run = || {
        let args = ["decode", "s", "--method", "hard", "--coords", "voxel", "--output-dir", "o", "--resume"];
        folder.program(args).args(FOLDS).run().expect(0)
    };
    let first = |name: &str| {
        let text = std::fs::read_to_string(folder.join(format!("o/{name}.csv"))).unwrap();
        text.lines().nth(1).unwrap().split(',').skip(5).take(2).collect::<Vec<_>>().join(" ")
    };
    run().says(&["2 of 2 inputs decoded, 2 landmarks"]);
    assert_eq!([first("sub-1_fold-0.npy"), first("sub-2_fold-0.npy")], ["3 3", "2 4"]);
    run().says(&["0 of 2 inputs decoded, 2 done before"]);
    // A member that is another, one more, and one less.
    folder.write("s/sub-2_fold-1.npy", &line(&[(2, 90.0), (3, 1.0)]));
    run().says(&["1 of 2 inputs decoded, 1 done before"]);
    assert_eq!(first("sub-2_fold-0.npy"), "2 2");
    folder.write("s/sub-2_fold-2.npy", &line(&[(4, 900.0)]));
    run().says(&["1 of 2 inputs decoded, 1 done before"]);
    assert_eq!(first("sub-2_fold-0.npy"), "3 4");
    std::fs::remove_file(folder.join("s/sub-2_fold-2.npy")).unwrap();
    run().says(&["1 of 2 inputs decoded, 1 done before"]);
    assert_eq!(first("sub-2_fold-0.npy"), "2 2");
}

/// A file of another name is another member, also if it has the size and the time of the old one.
#[test]
fn a_table_goes_on_and_a_renamed_flip_is_decoded_again() {
    let folder = Folder::new();
    folder.write("s/sub-1_fold-0_none.npy", &line(&[(1, 5.0)]));
    folder.write("s/sub-1_fold-1_W.npy", &line(&[(0, 9.0)]));
    folder.write("s/sub-2_fold-0_H.npy", &line(&[(0, 9.0)]));
    let run = || {
        let args = ["decode", "s", "--method", "hard", "--coords", "voxel", "-o", "x.csv", "--resume"];
        folder.program(args).args(FLIPS).run().expect(0)
    };
    let table = || {
        let rows = crate::support::rows(&std::fs::read(folder.join("x.csv")).unwrap(), b',');
        rows.iter()
            .map(|row| format!("{} {} {}", row["sub"], row["members"], row["h_voxel"]))
            .collect::<Vec<_>>()
    };
    run().says(&["2 of 2 inputs decoded"]);
    assert_eq!(table(), ["sub-1 2 0", "sub-2 1 4"]);
    run().says(&["0 of 2 inputs decoded, 2 done before"]);
    std::fs::rename(folder.join("s/sub-1_fold-1_W.npy"), folder.join("s/sub-1_fold-1_H.npy")).unwrap();
    run().says(&["1 of 2 inputs decoded, 1 done before"]);
    assert_eq!(table(), ["sub-1 2 4", "sub-2 1 4"]);
}

#[test]
fn a_dry_run_says_of_how_many_files_each_mean_is() {
    let folder = folder();
    let ran = folder.program(["decode", "s", "--dry-run", "--output-dir", "o"]).args(FOLDS).run().expect(0);
    let text = ran.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "s/sub-1_fold-0.npy: npy 1.0 <f4 (5, 1, 1) as HWD, affine none, mean of 3 files, 1 landmark, 60 bytes \
         -> `o/sub-1_fold-0.npy.csv`"
    );
    assert_eq!(lines[2], "2 inputs, 2 landmarks, 100 bytes -> a file each in `o` as csv");
    folder.write("s/sub-2_fold-1.npy", &npy_f4(&[4, 1, 1], &[0.0; 4]));
    let ran = folder.program(["decode", "s", "--dry-run"]).args(FOLDS).run().expect(3);
    let second = ran.text().lines().nth(1).unwrap().to_owned();
    assert!(
        second.starts_with("s/sub-2_fold-0.npy: unreadable: failed to average `s/sub-2_fold-1.npy`"),
        "{second}"
    );
}

/// What a run holds of each member is counted too.
#[test]
fn landmarks_of_members_count() {
    let folder = folder();
    let run = |most: &str| {
        let args = ["decode", "s/sub-2_fold-0.npy", "s/sub-2_fold-1.npy", "--max-landmarks", most];
        folder.program(args).args(FOLDS).doubtful().run()
    };
    run("3").expect(0);
    run("2").expect(3).says(&["3 landmarks are too many"]);
}

/// A pipe can be a member: it is read once.
#[cfg(unix)]
#[test]
fn a_pipe_among_the_members() {
    let folder = folder();
    std::fs::remove_file(folder.join("s/sub-1_fold-1.npy")).unwrap();
    let pipe = folder.join("sub-1_fold-1.npy");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let writer = std::thread::spawn(move || std::fs::write(pipe, line(&[(3, 20.0)])).unwrap());
    let args = ["decode", "s", "sub-1_fold-1.npy", "--method", "hard", "--coords", "voxel"];
    let ran = folder.program(args).args(FOLDS).run().expect(0);
    writer.join().unwrap();
    assert_eq!(columns(&ran, &["members", "h_voxel"]), ["3 3", "2 4"]);
}
