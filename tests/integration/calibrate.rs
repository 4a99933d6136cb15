//! `calibrate`: its choice, its radii, and what `decode --calibration` does with them.

use crate::support::{Folder, Ran, assert_near, f8, gzip, npy, npy_f4};
use serde_json::Value;

/// Voxels along h, w, d.
const SHAPE: [usize; 3] = [3, 3, 24];

/// Heatmaps of samples with one channel, each 1 at (1, 1, d) and 0 elsewhere.
fn maps(ends: &[usize]) -> Vec<f32> {
    let voxels: usize = SHAPE.iter().product();
    let mut values = vec![0.0; ends.len() * voxels];
    for (n, d) in ends.iter().enumerate() {
        values[n * voxels + (SHAPE[2] + SHAPE[2] * SHAPE[1]) + d] = 1.0;
    }
    values
}

fn shape(samples: usize, channels: usize) -> Vec<usize> {
    [samples, channels].into_iter().chain(SHAPE).collect()
}

/// A truth at (1, 1, 2) for so many samples of one channel.
fn truth(samples: usize) -> String {
    let row = |n: usize| format!("{n},0,1,1,2\n");
    format!("n,c,h_voxel,w_voxel,d_voxel\n{}", (0..samples).map(row).collect::<String>())
}

/// A folder with maps whose hard argmax is off by these whole numbers of voxels, and their truth.
fn folder(errors: &[usize]) -> Folder {
    let folder = Folder::new();
    let ends: Vec<usize> = errors.iter().map(|error| 2 + error).collect();
    folder.write("maps.npy", &npy_f4(&shape(errors.len(), 1), &maps(&ends)));
    folder.write("truth.csv", truth(errors.len()).as_bytes());
    folder
}

fn calibrate(folder: &Folder, args: &[&str]) -> Ran {
    let all = ["calibrate", "maps.npy", "--truth", "truth.csv", "-o", "made.json", "--subject", "n"];
    folder.program(all).args(args).run()
}

fn made(folder: &Folder) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("made.json")).unwrap()).unwrap()
}

const FIXED: [&str; 4] = ["--method", "hard", "--scale", "none"];

/// Radii in a unit.
fn radii<'a>(file: &'a Value, unit: &str) -> &'a Value {
    file["radii"].as_array().unwrap().iter().find(|radii| radii["unit"] == unit).unwrap()
}

fn factors(landmark: &Value) -> Vec<Option<f64>> {
    landmark["levels"].as_array().unwrap().iter().map(|level| level["factor"].as_f64()).collect()
}

/// 19 subjects with the errors 1 to 19: the ⌈20 · 0.9⌉ = 18th and the ⌈20 · 0.95⌉ = 19th.
#[test]
fn radii_by_hand() {
    let errors: Vec<usize> = (1..=19).rev().collect();
    let folder = folder(&errors);
    let out =
        calibrate(&folder, &[&FIXED[..], &["--spacing", "1,1,2", "--layout", "NCHWD"]].concat()).expect(0);
    assert_eq!(out.stderr, "");
    let file = made(&folder);
    assert_eq!((&file["design"], &file["data"]["subjects"]), (&"fixed".into(), &19.into()));
    let (voxel, mm) = (radii(&file, "voxel"), radii(&file, "mm"));
    assert_eq!(factors(&voxel["landmarks"][0]), [Some(18.0), Some(19.0)]);
    assert_eq!(factors(&voxel["pooled"]), [Some(18.0), Some(19.0)]);
    // Voxels are 2 mm long along d, and the truth has voxels alone.
    assert_eq!(factors(&mm["landmarks"][0]), [Some(36.0), Some(38.0)]);
    // The mean of 1 to 19 in mm, by which ways are compared.
    let hard = &file["choice"]["candidates"][0];
    assert_eq!((&hard["method"], &hard["error"]["mean"]), (&"hard".into(), &20.0.into()));
    assert_eq!(file["choice"]["unit"], "mm");
}

/// Of 18 subjects no radius of 0.95 can be made: one is missing.
#[test]
fn too_few_subjects_have_no_radius() {
    let folder = folder(&(1..=18).collect::<Vec<_>>());
    let out = calibrate(&folder, &FIXED).expect(0);
    assert!(out.text().contains("1 too few"), "{}", out.text());
    out.says(&[
        "warning: 1 landmark without a radius of 95 %: up to 1 too few; decode will write none",
        "hint: radii of 95 % take 19 subjects of each landmark",
    ]);
    let file = made(&folder);
    let landmark = &radii(&file, "voxel")["landmarks"][0];
    // ⌈19 · 0.9⌉ = 18.
    assert_eq!(factors(landmark), [Some(18.0), None]);
    assert_eq!(landmark["levels"][1]["missing_subjects"], 1);
    let found = folder
        .decode(["maps.npy", "--coords", "voxel", "--calibration", "made.json", "--fail-on", "none"])
        .expect(0);
    let rows = found.rows();
    assert_eq!(rows[0]["error95_voxel"], "");
    assert_eq!(rows[0]["reason"], "no radius: the calibration lacks 1 subject");
}

#[test]
fn decode_writes_the_radii() {
    let folder = folder(&(1..=19).collect::<Vec<_>>());
    let spacing = ["--spacing", "1,1,2", "--layout", "NCHWD"];
    calibrate(&folder, &[&FIXED[..], &spacing].concat()).expect(0);
    let args = ["maps.npy", "--coords", "voxel,world", "--calibration", "made.json", "--fail-on", "none"];
    let found = folder.program(["decode"]).args(args).args(spacing).run().expect(0);
    for (row, d) in found.rows().iter().zip(3..) {
        // The method is that of the file.
        assert_eq!(row["d_voxel"], d.to_string());
        assert_eq!((row["error95_voxel"].as_str(), row["error95_mm"].as_str()), ("19", "38"));
        assert!(!row["se_cov_hh_voxel2"].is_empty());
    }
    let json = folder.program(["decode"]).args(args).args(spacing).args(["--format", "json"]).run().expect(0);
    let json = json.json();
    assert_eq!(json["inputs"][0]["landmarks"][0]["uncertainty"]["error95_mm"], 38.0);
    assert_eq!(json["settings"]["method"], "hard");
    assert_eq!(json["settings"]["calibration"].as_str().map(str::len), Some(32));
    // Without an affine there are voxels alone.
    let args = ["maps.npy", "--coords", "voxel", "--calibration", "made.json", "--fail-on", "none"];
    assert_eq!(folder.decode(args).expect(0).rows()[0]["error95_voxel"], "19");
}

#[test]
fn an_option_that_says_something_else_is_refused() {
    let folder = folder(&(1..=19).collect::<Vec<_>>());
    calibrate(
        &folder,
        &["--method", "soft", "--temperature", "0.5", "--scale", "none", "--threshold", "0.5"],
    )
    .expect(0);
    for (args, says) in [
        (
            &["--method", "hard"][..],
            "`--method hard` differs from the calibration, which was made with `--method soft --temperature",
        ),
        (&["--temperature", "1"], "`--temperature 1` differs"),
        (&["--beta", "1"], "`--beta 1` differs"),
        (&["--radius", "3"], "`--radius 3` differs"),
        (&["--activation", "relu"], "`--activation relu` differs"),
        (
            &["--threshold", "0.4"],
            "`--threshold 0.4` differs from the calibration, which was made with `--threshold 0.5`",
        ),
        (&["--ignore-nan"], "`--ignore-nan` differs"),
        (
            &["--stride", "2", "--coords", "voxel"],
            "`--stride 2` differs from the calibration, which was made with none",
        ),
        // What is averaged is no input of the calibration.
        (&["--path-regex", "(?<fold>m)", "--average", "fold"], "'--calibration <FILE>'"),
        (&["--path-regex", "(?<flip>m)", "--unflip", "flip"], "'--calibration <FILE>'"),
    ] {
        folder
            .program([&["decode", "maps.npy", "--calibration", "made.json"], args].concat())
            .run()
            .expect(2)
            .says(&[says]);
    }
    let same = ["--method", "soft", "--beta", "2", "--threshold", "0.5", "--fail-on", "none"];
    folder.decode([&["maps.npy", "--calibration", "made.json"], &same[..]].concat()).expect(0);
}

#[test]
fn data_that_a_calibration_was_not_made_for_are_refused() {
    let folder = folder(&(1..=19).collect::<Vec<_>>());
    let layout = ["--layout", "NCHWD"];
    calibrate(&folder, &[&FIXED[..], &layout, &["--spacing", "1,1,2", "--label-names", "a"]].concat())
        .expect(0);
    let args = ["decode", "--calibration", "made.json", "--coords", "world", "--fail-on", "none"];
    let decode = |more: &[&str]| folder.program(args).args(layout).args(more).run();
    decode(&["maps.npy", "--spacing", "1,1.4,3"]).expect(0);
    decode(&["maps.npy", "--spacing", "1,1,3.1"])
        .expect(3)
        .says(&["the calibration was made for voxels of 1 to 2 mm, found 3.1 mm"]);
    decode(&["maps.npy", "--spacing", "0.6,1,2"]).expect(3).says(&["found 0.6 mm"]);
    folder.write("two.npy", &npy_f4(&shape(1, 2), &maps(&[3, 4])));
    let out = decode(&["two.npy", "--spacing", "1,1,2"]).expect(3);
    out.says(&["the calibration was made for 1 channel, found 2"]);
    assert_eq!(out.rows()[0]["status"], "unreadable");
    decode(&["maps.npy", "--spacing", "1,1,2", "--label-names", "b"])
        .expect(2)
        .says(&["the calibration has no landmark called `b`"]);
}

/// Landmarks are known by their names where both sides have them.
#[test]
fn radii_follow_the_names() {
    let folder = Folder::new();
    let both = |swapped: bool| {
        let pairs = (1..=19).flat_map(|n| if swapped { [4, 2 + n] } else { [2 + n, 4] });
        pairs.collect::<Vec<usize>>()
    };
    folder.write("maps.npy", &npy_f4(&shape(19, 2), &maps(&both(false))));
    folder.write("swapped.npy", &npy_f4(&shape(19, 2), &maps(&both(true))));
    let row = |n: usize| format!("{n},far,1,1,2\n{n},near,1,1,2\n");
    let rows: String = (0..19).map(row).collect();
    folder.write("truth.csv", format!("n,label,h_voxel,w_voxel,d_voxel\n{rows}").as_bytes());
    calibrate(&folder, &[&FIXED[..], &["--label-names", "far,near"]].concat()).expect(0);
    let args = ["swapped.npy", "--coords", "voxel", "--calibration", "made.json", "--fail-on", "none"];
    let named = [&args[..], &["--label-names", "near,far"]].concat();
    let radii = |args: &[&str]| -> Vec<String> {
        let found = folder.decode(args).expect(0);
        found.rows().iter().take(2).map(|row| row["error95_voxel"].clone()).collect()
    };
    assert_eq!(radii(&named), ["2", "19"]);
    assert_eq!(radii(&args), ["19", "2"]);
}

/// Some subjects choose, the others make radii; by default the best of many ways is taken.
#[test]
fn who_chooses_makes_no_radii() {
    let folder = folder(&[0; 40]);
    let out =
        calibrate(&folder, &["--choose", "0.25", "--seed", "7", "--folds", "4", "--bins", "3"]).expect(0);
    let file = made(&folder);
    let names = |part: &str| -> Vec<String> {
        let names = file["choice"][part].as_array().unwrap();
        names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let (choosing, own) = (names("choosing"), names("calibrating"));
    assert_eq!((choosing.len(), own.len()), (10, 30));
    assert!(choosing.iter().all(|name| !own.contains(name)), "{choosing:?} {own:?}");
    assert_eq!(file["design"], "split");
    assert_eq!(file["choice"]["cross_validated"]["chosen"].as_array().unwrap().len(), 4);
    assert!(out.text().contains("chosen    "), "{}", out.text());
    // Soft at temperature 1 and hard are there to compare with.
    let candidates = file["choice"]["candidates"].as_array().unwrap();
    let eligible = |method: &str, temperature: Value| {
        let is_it = |way: &&Value| way["method"] == method && way["temperature"] == temperature;
        candidates.iter().find(is_it).unwrap()["eligible"].as_bool().unwrap()
    };
    assert!(eligible("soft", 1.0.into()) && !eligible("hard", Value::Null));
    // 24 of them choose, and 16 are too few for radii.
    let out = calibrate(&folder, &["--choose", "0.6", "--quiet"]).expect(0);
    out.says(&[
        "warning: 1 landmark without a radius of 95 %",
        "`--design cross` makes radii by all 40 subjects",
    ]);
    calibrate(&folder, &["--design", "cross", "--quiet", "--method", "hard,soft", "--temperature", "1"])
        .expect(0);
    let file = made(&folder);
    assert_eq!(
        (&file["design"], file["choice"]["calibrating"].as_array().unwrap().len()),
        (&"cross".into(), 40)
    );
}

/// Maps of height 1 on a background of 0, in which the truth of subject n lies (n + 1)/20 below the peak: the
/// 18th and the 19th of 19 drops.
#[test]
fn regions_by_hand() {
    let folder = folder(&[3; 19]);
    let voxels: usize = SHAPE.iter().product();
    let mut values = maps(&[5; 19]);
    let place = SHAPE[2] + SHAPE[2] * SHAPE[1] + 2;
    for n in 0..19 {
        values[n * voxels + place] = 1.0 - (n + 1) as f32 / 20.0;
    }
    folder.write("maps.npy", &npy_f4(&shape(19, 1), &values));
    let out = calibrate(&folder, &[&FIXED[..], &["--region"]].concat()).expect(0);
    assert!(out.text().contains("all together        19    0.900    0.950"), "{}", out.text());
    let drops = |file: &Value| -> Vec<Option<f64>> {
        let levels = file["region"]["pooled"]["levels"].as_array().unwrap();
        levels.iter().map(|level| level["drop"].as_f64()).collect()
    };
    let plain = drops(&made(&folder));
    for (found, expected) in plain.iter().zip([0.9, 0.95]) {
        assert_near(found.unwrap(), expected, 1e-6, "drop");
    }
    // All voxels but those of the background: the peak, and the truth in the maps of all subjects.
    let args = ["maps.npy", "--coords", "voxel", "--calibration", "made.json", "--fail-on", "none"];
    let found = folder.decode([&args[..], &["--region", "calibrated"]].concat());
    assert!(found.rows().iter().all(|row| row["region_voxels"] == "2" && row["region_d_first"] == "2"));
    // A stream is copied to be read again.
    folder.write("maps.npy", &gzip(&npy_f4(&shape(19, 1), &values)));
    calibrate(&folder, &[&FIXED[..], &["--region"]].concat()).expect(0);
    assert_eq!(drops(&made(&folder)), plain);
    // One truth is in no voxel: the largest drop is infinite.
    let outside = truth(19).replace("18,0,1,1,2", "18,0,1,1,99");
    folder.write("truth.csv", outside.as_bytes());
    let out = calibrate(&folder, &[&FIXED[..], &["--region"]].concat()).expect(0);
    assert!(out.text().contains("infinite"), "{}", out.text());
    assert_eq!(drops(&made(&folder)), [plain[0], None]);
    let region = ["decode", "maps.npy", "--region", "calibrated"];
    let with = |args: &[&str]| folder.program(region).args(args).run().expect(2);
    with(&["--calibration", "made.json"]).says(&["too many of its truths lie in no voxel"]);
    with(&[]).says(&["`--region calibrated` needs `--calibration FILE`"]);
    calibrate(&folder, &FIXED).expect(0);
    with(&["--calibration", "made.json"])
        .says(&["the calibration has no region", "calibrate with `--region`"]);
}

/// The same values give the same file on any number of threads and from any container.
#[test]
fn the_same_data_give_the_same_file() {
    let errors: Vec<usize> = (0..30).map(|n| n * 7 % 5).collect();
    let first = folder(&errors);
    calibrate(&first, &["--threads", "1"]).expect(0);
    let expected = std::fs::read(first.join("made.json")).unwrap();
    calibrate(&first, &["--threads", "3", "--quiet"]).expect(0);
    assert_eq!(std::fs::read(first.join("made.json")).unwrap(), expected);
    for level in crate::support::levels() {
        let all = ["calibrate", "maps.npy", "--truth", "truth.csv", "-o", "made.json", "--subject", "n"];
        first.program(all).env("SOFTARGMAX_SIMD", level).run().expect(0);
        assert_eq!(std::fs::read(first.join("made.json")).unwrap(), expected, "{level}");
    }
    let values = maps(&errors.iter().map(|error| 2 + error).collect::<Vec<_>>());
    let packed = Folder::new();
    packed.write("truth.csv", truth(30).as_bytes());
    packed.write("maps.npy", &gzip(&npy_f4(&shape(30, 1), &values)));
    calibrate(&packed, &[]).expect(0);
    assert_eq!(std::fs::read(packed.join("made.json")).unwrap(), expected);
    let big_endian: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    packed.write("maps.npy", &npy(">f4", false, &shape(30, 1), &big_endian));
    calibrate(&packed, &[]).expect(0);
    assert_eq!(std::fs::read(packed.join("made.json")).unwrap(), expected);
}

#[test]
fn what_cannot_be_calibrated_says_why() {
    let whole = folder(&[1, 2, 3]);
    let all = ["calibrate", "maps.npy", "--truth", "truth.csv", "-o", "made.json"];
    let out = whole.program(all).run().expect(3);
    out.says(&["expected at least 2 subjects (by none), found 1", "`--subject n`"]);
    assert!(!whole.join("made.json").exists());
    calibrate(&whole, &["--method", "auto", "--scale", "spread"])
        .expect(3)
        .says(&["has the figure `spread`"]);
    calibrate(&whole, &["--match", "sub,c"]).expect(3).says(&["has no column `sub`"]);
    calibrate(&whole, &["--unit", "mm"]).expect(3).says(&["expected millimetres"]);
    calibrate(&whole, &["--threshold", "2"]).expect(3).says(&["has an answer by any method"]);
    whole.write("truth.csv", b"n,c,h_voxel,w_voxel,d_voxel\n");
    calibrate(&whole, &[]).expect(3).says(&["holds no landmark that is there"]);
    whole.write("truth.csv", b"n,c,h_voxel,w_voxel,d_voxel\n7,0,1,1,1\n");
    calibrate(&whole, &[]).expect(3).says(&["no landmark of `truth.csv` is in"]);
    whole.program(["calibrate", "maps.npy", "--truth", "absent.csv", "-o", "x.json"]).run().expect(3);
    whole.program(["calibrate", "maps.npy", "--truth", "truth.csv", "-o", "maps.npy"]).run().expect(2);
    for (text, says) in [("{}", "no calibration"), ("x", "no JSON"), (r#"{"calibration": 9}"#, "version 9")] {
        whole.write("bad.json", text.as_bytes());
        whole.program(["decode", "maps.npy", "--calibration", "bad.json"]).run().expect(2).says(&[says]);
    }
    whole.write("bad.json", br#"{"calibration": 1, "settings": {}, "radii": []}"#);
    whole
        .program(["decode", "maps.npy", "--calibration", "bad.json"])
        .run()
        .expect(2)
        .says(&["a part of it is missing"]);
    whole
        .program(["decode", "maps.npy", "--calibration", "absent.json"])
        .run()
        .expect(2)
        .says(&["no such file"]);
}

/// One bad input costs no other its place, and is told.
#[test]
fn bad_inputs_are_counted() {
    let folder = Folder::new();
    let mut rows = "file,n,c,h_voxel,w_voxel,d_voxel\n".to_owned();
    for n in 0..24 {
        let name = format!("{n:02}.npy");
        folder.write(&name, &npy_f4(&SHAPE, &maps(&[2 + n % 4])));
        rows += &format!("{name},0,0,1,1,2\n");
    }
    folder.write("07.npy", b"no array");
    folder.write("truth.csv", rows.as_bytes());
    let args = ["calibrate", ".", "--include", "*.npy", "--truth", "truth.csv", "-o", "made.json"];
    let out = folder.program(args).args(["--file-as", "name"]).args(FIXED).run().expect(3);
    out.says(&["07.npy"]);
    assert!(out.text().contains("24 inputs of 1 channel, 1 unreadable"), "{}", out.text());
    let file = made(&folder);
    assert_eq!((&file["data"]["unreadable"], &file["data"]["subjects"]), (&1.into(), &23.into()));
    assert_eq!(radii(&file, "voxel")["landmarks"][0]["subjects"], 23);
    assert!(out.text().contains("1 case only in the truth"), "{}", out.text());
    // Nothing is wrong without it.
    std::fs::remove_file(folder.join("07.npy")).unwrap();
    let out = folder.program(args).args(["--file-as", "name"]).args(FIXED).run().expect(0);
    assert!(out.text().contains("1 case only in the truth"), "{}", out.text());
}

/// The options that say how inputs are read mean what they mean to `decode`.
#[test]
fn inputs_are_read_as_decode_reads_them() {
    let folder = folder(&(1..=19).collect::<Vec<_>>());
    folder.write("mask.npy", &npy("|u1", false, &SHAPE, &[vec![1; 22], vec![0; 9 * 24 - 22]].concat()));
    for (args, says) in [
        (&["--expect-channels", "2"][..], "expected 2 channels, found 1"),
        (&["--channels", "1"], "there is no channel 1"),
        (&["--labels", "absent.txt"], "absent.txt"),
        (&["--layout", "HWD"], "expected 3 axes for layout HWD"),
        (&["--mask", "mask.npy"], "has an answer by any method"),
    ] {
        let out = calibrate(&folder, &[&FIXED[..], args].concat());
        assert!(out.stderr.contains(says), "{args:?}: {}", out.stderr);
    }
    // Image voxels are twice as fine, from voxel 10 on.
    let args = ["--stride", "2", "--crop-origin", "10,10,10"];
    calibrate(&folder, &[&FIXED[..], &args, &["--ignore-nan", "--bootstrap", "0"]].concat()).expect(0);
    // Heatmap voxel 1 is centred between the image voxels 12 and 13, voxel 21 between 52 and 53; the truth
    // is (1, 1, 2).
    let file = made(&folder);
    let farthest = (11.5_f64 * 11.5 * 2.0 + 50.5 * 50.5).sqrt();
    assert_eq!(factors(&radii(&file, "voxel")["landmarks"][0])[1], Some(farthest));
    assert_eq!(file["settings"]["ignore_nan"], true);
    calibrate(&folder, &[&FIXED[..], &["--level", "0.5", "--truth-format", "csv"]].concat()).expect(0);
    assert_eq!(factors(&radii(&made(&folder), "voxel")["landmarks"][0]), [Some(10.0), Some(19.0)]);
}

/// Coordinates without a frame are what `--truth-frame` says: (1, 1, 4) mm of RAS is (-1, -1, 4) of LPS.
#[test]
fn the_frame_of_the_truth() {
    let folder = folder(&(1..=19).collect::<Vec<_>>());
    let lps: Vec<f64> = (0..19).flat_map(|_| [-1.0, -1.0, 4.0]).collect();
    folder.write("lps.npy", &npy("<f8", false, &[19, 1, 3], &f8(&lps)));
    let largest = |frame: &str| {
        let args = ["calibrate", "maps.npy", "--truth", "lps.npy", "-o", "made.json", "--subject", "n"];
        let run = folder.program(args).args(FIXED).args(["--spacing", "1,1,2", "--layout", "NCHWD"]);
        run.args(["--truth-frame", frame]).run().expect(0);
        factors(&radii(&made(&folder), "mm")["landmarks"][0])[1].unwrap()
    };
    assert_eq!(largest("lps"), 38.0);
    assert_near(largest("ras"), (4.0_f64 + 4.0 + 38.0 * 38.0).sqrt(), 1e-12, "ras");
}

/// What `eval` says about a truth, `calibrate` says too.
#[test]
fn doubts_about_the_truth_are_told() {
    let folder = folder(&(1..=20).collect::<Vec<_>>());
    let twice = truth(20) + "3,0,1,1,2\n";
    folder.write("truth.csv", twice.as_bytes());
    let out = calibrate(&folder, &FIXED).expect(0);
    out.says(&["1 landmark is in the truth several times, or without a position: left out: `n 3, c 0`"]);
    assert_eq!(radii(&made(&folder), "voxel")["landmarks"][0]["subjects"], 19);
    // A truth below the volume, one beyond it, and one in its last voxel.
    let outside = truth(20).replace("\n2,0,1,1,2", "\n2,0,-0.6,1,2").replace("\n5,0,1,1,2", "\n5,0,1,2.5,2");
    folder.write("truth.csv", outside.replace("\n7,0,1,1,2", "\n7,0,2.4,2.4,23.4").as_bytes());
    let out = calibrate(&folder, &FIXED).expect(0);
    out.says(&["warning: 2 landmarks of the truth lie outside the heatmap: `maps.npy, n 2, c 0`"]);
    // Maps of landmarks at (h, w, d), of which the truth says that they are at (w, h, d).
    let voxels: usize = SHAPE.iter().product();
    let (mut values, mut rows) = (vec![0.0; 2 * 9 * voxels], String::new());
    for at in 0..18 {
        let (n, c) = (at / 9, at % 9);
        let (h, w) = (c / 3, c % 3);
        values[at * voxels + (h * SHAPE[1] + w) * SHAPE[2] + 2 * c] = 1.0;
        rows += &format!("{n},{c},{w},{h},{}\n", 2 * c);
    }
    folder.write("maps.npy", &npy_f4(&shape(2, 9), &values));
    folder.write("truth.csv", format!("n,c,h_voxel,w_voxel,d_voxel\n{rows}").as_bytes());
    calibrate(&folder, &FIXED).expect(0).says(&["warning: axes differ", "h and w"]);
}

#[test]
fn a_pipe_cannot_be_read_again() {
    let folder = folder(&[1, 2, 3]);
    let piped =
        ["calibrate", "-", "--truth", "truth.csv", "-o", "made.json", "--subject", "n", "--match", "n,c"];
    let bytes = std::fs::read(folder.join("maps.npy")).unwrap();
    folder.program(piped).args(FIXED).stdin(&bytes).run().expect(0);
    let out = folder.program(piped).arg("--region").stdin(&bytes).run().expect(2);
    out.says(&["`--region` reads heatmaps a second time, and `-` is a pipe"]);
}

/// Image voxels are half as large: radii in voxels are twice as many, whoever forgets the option.
#[test]
fn the_stride_belongs_to_the_calibration() {
    let folder = folder(&(1..=19).collect::<Vec<_>>());
    // Heatmap voxel (1, 1, 2) is centred at (2.5, 2.5, 4.5) of the image.
    folder.write("truth.csv", truth(19).replace(",0,1,1,2", ",0,2.5,2.5,4.5").as_bytes());
    calibrate(&folder, &[&FIXED[..], &["--stride", "2"]].concat()).expect(0);
    assert_eq!(made(&folder)["settings"]["stride"], 2.0);
    let args = ["maps.npy", "--coords", "voxel", "--calibration", "made.json", "--fail-on", "none"];
    for more in [&[][..], &["--stride", "2"]] {
        let found = folder.decode([&args[..], more].concat()).expect(0);
        let row = &found.rows()[0];
        assert_eq!((row["d_voxel"].as_str(), row["error95_voxel"].as_str()), ("6.5", "38"));
    }
    let normalized = ["maps.npy", "--calibration", "made.json", "--fail-on", "none"];
    assert_eq!(folder.decode(normalized).expect(0).rows()[0]["error95_voxel"], "38");
    folder
        .program([&["decode"], &args[..], &["--stride", "2,2,1"]].concat())
        .run()
        .expect(2)
        .says(&["`--stride 2,2,1` differs from the calibration, which was made with `--stride 2`"]);
    calibrate(&folder, &[&FIXED[..], &["--stride", "2,2,2"]].concat()).expect(0);
    let found = folder.decode([&args[..], &["--stride", "2,2,2"]].concat()).expect(0);
    assert_eq!(found.rows()[0]["error95_voxel"], "38");
}

/// Nothing is known of the errors of a landmark that had no truth: it has no radius, not that of others.
#[test]
fn a_landmark_without_a_truth_has_no_radius() {
    let folder = Folder::new();
    let ends: Vec<usize> = (1..=19).flat_map(|n| [2 + n, 4]).collect();
    folder.write("maps.npy", &npy_f4(&shape(19, 2), &maps(&ends)));
    folder.write("truth.csv", truth(19).as_bytes());
    calibrate(&folder, &FIXED).expect(0);
    let args = ["maps.npy", "--coords", "voxel", "--calibration", "made.json", "--fail-on", "none"];
    let found = folder.decode(args).expect(0);
    let rows = found.rows();
    assert_eq!((rows[0]["error95_voxel"].as_str(), rows[0]["reason"].as_str()), ("19", ""));
    assert_eq!(rows[1]["error95_voxel"], "");
    assert_eq!(rows[1]["reason"], "no radius: the calibration had no truth of this landmark");
    // Nor is anything known in mm of a calibration in voxels.
    let spaced = ["--spacing", "1,1,2", "--layout", "NCHWD", "--coords", "world"];
    let found = folder.decode([&args[..1], &args[3..], &spaced].concat()).expect(0);
    let row = &found.rows()[0];
    assert_eq!((row["error95_voxel"].as_str(), row["error95_mm"].as_str()), ("19", ""));
    assert_eq!(row["reason"], "no radius in mm: the calibration was made in voxels");
    // Coordinates alone have room for no radius, and need none.
    folder.decode([&args[..], &["-o", "found.npy"]].concat()).expect(0);
    folder
        .program([&["decode"], &args[..], &["-o", "found.npy", "--uncertainty"]].concat())
        .run()
        .expect(2)
        .says(&["npy holds coordinates alone"]);
}

/// The region of the drop of a truth has the voxel of that truth, however the quotient is rounded: 15/22.
#[test]
fn the_truth_that_makes_a_drop_is_in_its_region() {
    let folder = folder(&[3; 19]);
    let voxels: usize = SHAPE.iter().product();
    for (peak, value) in [(22.0, 7.0), (49.0, 1.0), (10.0, 3.0), (41.0, 17.0)] {
        let mut values = maps(&[5; 19]);
        for n in 0..19 {
            let row = n * voxels + SHAPE[2] + SHAPE[2] * SHAPE[1];
            (values[row + 5], values[row + 2]) = (peak, value);
        }
        folder.write("maps.npy", &npy_f4(&shape(19, 1), &values));
        calibrate(&folder, &[&FIXED[..], &["--region"]].concat()).expect(0);
        let args = ["maps.npy", "--coords", "voxel", "--calibration", "made.json", "--region", "calibrated"];
        let found = folder.decode([&args[..], &["--fail-on", "none"]].concat()).expect(0);
        assert!(found.rows().iter().all(|row| row["region_voxels"] == "2"), "{peak} {value}");
    }
}

/// A truth without a heatmap that can be read is counted, and hinders neither voxels nor regions: only the
/// affine of its heatmap would say in which voxel it lies.
#[test]
fn a_truth_without_a_heatmap_hinders_nothing() {
    let folder = Folder::new();
    let mut rows = "file,n,c,x_mm,y_mm,z_mm\n".to_owned();
    for n in 0..24 {
        let name = format!("{n:02}.npy");
        folder.write(&name, &npy_f4(&SHAPE, &maps(&[2 + n % 4])));
        rows += &format!("{name},0,0,1,1,2\n");
    }
    folder.write("07.npy", b"no array");
    std::fs::remove_file(folder.join("11.npy")).unwrap();
    // A heatmap that says nothing takes no place among those that choose.
    folder.write("13.npy", &npy_f4(&SHAPE, &vec![0.0; 9 * 24]));
    folder.write("truth.csv", rows.as_bytes());
    let args = ["calibrate", ".", "--include", "*.npy", "--truth", "truth.csv", "-o", "made.json"];
    let args = [&args[..], &["--file-as", "name", "--spacing", "1,1,1"]].concat();
    let run = |more: &[&str]| folder.program([&args[..], more].concat()).run();
    for unit in ["voxel", "mm"] {
        let out = run(&[&FIXED[..], &["--region", "--unit", unit]].concat()).expect(3);
        assert!(out.text().contains("2 cases only in the truth"), "{}", out.text());
        let file = made(&folder);
        assert_eq!((&file["data"]["subjects"], &file["data"]["answered_subjects"]), (&22.into(), &21.into()));
        assert_eq!(file["region"]["pooled"]["subjects"], 21);
        assert_eq!(radii(&file, unit)["pooled"]["subjects"], 21);
    }
    // 21 subjects: 19 of them are needed for radii of 0.95, which leaves too few to choose; of 0.9 it is 9.
    run(&["--method", "hard,auto"]).expect(3);
    let file = made(&folder);
    let chosen = ["choosing", "calibrating"].map(|part| file["choice"][part].as_array().unwrap().len());
    assert_eq!(chosen, [7, 14]);
}

#[test]
fn options_that_change_nothing_are_refused() {
    let folder = folder(&[1, 2, 3, 4]);
    for (args, says) in [
        (&["--method", "hard,auto", "--temperature", "1"][..], "`--temperature` changes nothing"),
        (&["--design", "cross", "--choose", "0.5"], "with `--design cross` all subjects choose"),
        (&["--method", "auto", "--scale", "none", "--choose", "0.5"], "nothing is chosen"),
        (&["--temperature", "1,0.5,1"], "1 is named twice"),
    ] {
        calibrate(&folder, args).expect(2).says(&[says]);
    }
    // Four landmarks in 1 + 16 ways, and in the two that everybody compares with.
    let out = calibrate(&folder, &["--method", "auto,local", "--max-landmarks", "75"]);
    out.expect(3).says(&["76 landmarks are too many", "--max-landmarks"]);
    // Two subjects choose, and a scale takes 32 landmarks.
    let out = calibrate(&folder, &["--method", "auto", "--scale", "peak", "--choose", "0.5"]).expect(0);
    out.says(&["warning: radii are not scaled by peak: to learn how takes 32 landmarks"]);
    let space = &made(&folder)["radii"][0];
    assert_eq!((&space["scale"]["figure"], space["bins"].as_array().unwrap().len()), (&"none".into(), 0));
}

/// Folds of heatmaps, and a directory of landmark files: the same group of both paths is the subject.
#[test]
fn a_pattern_reads_the_paths_of_the_truth_too() {
    let folder = Folder::new();
    for n in 0..20 {
        folder.write(format!("maps/sub-{n:02}_heat.npy"), &npy_f4(&SHAPE, &maps(&[3 + n % 3])));
        let fcsv = "# Markups fiducial file version = 4.11\n# CoordinateSystem = RAS\n\
                    # columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n\
                    1,1,1,2,0,0,0,1,1,1,0,tip,,\n";
        folder.write(format!("truth/sub-{n:02}_afids.fcsv"), fcsv.as_bytes());
    }
    let args = ["maps", "--path-regex", "(?<sub>sub-[0-9]+)", "--label-names", "tip", "--spacing", "1,1,1"];
    let out = folder
        .program([&["calibrate"][..], &args, &["--truth", "truth", "-o", "made.json"]].concat())
        .args(FIXED)
        .run()
        .expect(0);
    assert!(out.text().contains("matched   by sub, label: 20 landmarks of 20 subjects"), "{}", out.text());
    // The same for `eval`, on either side.
    let decode =
        ["decode"].into_iter().chain(args).chain(["--coords", "world", "-o", "found.csv", "--method"]);
    folder.program(decode.chain(["hard"])).run().expect(0);
    let eval = ["eval", "found.csv", "truth", "--path-regex", "(?<sub>sub-[0-9]+)", "--format", "json"];
    let found = folder.program(eval).run().expect(0).json();
    assert_eq!(found["evaluation"]["all"]["counts"]["matched"], 20);
    folder.program(&eval[..3]).run().expect(3).says(&["no landmark of `truth` is in `found.csv`"]);
    let out = folder.program([&eval[..3], &["--path-regex", "(?<sub>zzz)"]].concat()).run().expect(3);
    out.says(&["warning: `--path-regex (?<sub>zzz)` matches no path of `truth`"]);
}

/// The threshold of a method is rounded as the file rounds its values, whatever is decoded beside it: voxels of
/// 0.7, 0.7 and 0.875 along d, whose centroid is the truth.
#[test]
fn thresholds_of_methods_are_rounded_as_the_file_is() {
    let folder = Folder::new();
    let mut values = vec![0.0_f32; 20 * 24];
    for n in 0..20 {
        values[n * 24 + 4..n * 24 + 7].copy_from_slice(&[0.7, 0.7, 0.875]);
    }
    folder.write("maps.npy", &npy_f4(&[20, 1, 1, 1, 24], &values));
    let centroid = (4.0 * 0.7 + 5.0 * 0.7 + 6.0 * 0.875) / (0.7 + 0.7 + 0.875);
    let rows: String = (0..20).map(|n| format!("{n},0,0,0,{centroid}\n")).collect();
    folder.write("truth.csv", format!("n,c,h_voxel,w_voxel,d_voxel\n{rows}").as_bytes());
    calibrate(&folder, &["--method", "component:threshold=0.7,min=1", "--scale", "none"]).expect(0);
    let error = made(&folder)["choice"]["candidates"][0]["error"]["mean"].as_f64().unwrap();
    assert_near(error, 0.0, 1e-7, "error");
}
