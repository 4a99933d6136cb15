//! `--peaks`: several landmarks of each heatmap. Peaks are put into maps by hand, or found by a slow search.

use crate::support::{
    Folder, Nifti, Noise, Ran, Row, VOXEL, assert_all_near, f4, f8, gzip, npy, npy_f4, read_npy_f8, triple,
};
use softargmax::internals::kernel::METHODS;

const SHAPE: [usize; 3] = [9, 10, 11];

fn at([h, w, d]: [usize; 3]) -> usize {
    (h * SHAPE[1] + w) * SHAPE[2] + d
}

/// Zeros with some voxels above them.
fn map(peaks: &[([usize; 3], f32)]) -> Vec<f32> {
    let mut values = vec![0.0; SHAPE.iter().product()];
    for &(voxel, value) in peaks {
        values[at(voxel)] = value;
    }
    values
}

/// Three peaks: the first and the third are three voxels apart.
fn three() -> Vec<f32> {
    map(&[([2, 3, 4], 5.0), ([6, 7, 8], 4.0), ([2, 3, 7], 3.0)])
}

/// `three.npy`, and the program in its folder.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("three.npy", &npy_f4(&SHAPE, &three()));
    folder
}

/// Decodes with voxel coordinates.
#[track_caller]
fn decode(folder: &Folder, args: &str) -> Ran {
    let args = ["decode", "--coords", "voxel"].into_iter().chain(args.split_whitespace());
    folder.program(args).doubtful().run().expect(0)
}

/// Peak, voxel and status of each row.
fn brief(rows: &[Row]) -> Vec<(String, Option<[f64; 3]>, String)> {
    rows.iter().map(|row| (row["peak"].clone(), triple(row, VOXEL), row["status"].clone())).collect()
}

/// Voxels of the rows that have one, which are the first ones; the others are `missing`.
#[track_caller]
fn found(folder: &Folder, args: &str) -> Vec<[f64; 3]> {
    let rows = brief(&decode(folder, args).rows());
    let present = rows.iter().take_while(|row| row.1.is_some()).count();
    for (i, (peak, voxel, status)) in rows.iter().enumerate() {
        assert_eq!(peak.parse(), Ok(i));
        assert_eq!(
            (voxel.is_some(), status.as_str()),
            (i < present, if i < present { "ok" } else { "missing" })
        );
    }
    rows.into_iter().map_while(|row| row.1).collect()
}

const A: [f64; 3] = [2.0, 3.0, 4.0];
const B: [f64; 3] = [6.0, 7.0, 8.0];
const C: [f64; 3] = [2.0, 3.0, 7.0];

// --- rows ------------------------------------------------------------------------------------------

#[test]
fn three_peaks_by_hand_and_two_that_are_absent() {
    let folder = folder();
    let out = decode(&folder, "three.npy --peaks 5 --method hard --compare");
    assert_eq!(
        out.text(),
        "file,n,c,peak,label,h_voxel,w_voxel,d_voxel,hard_h_voxel,hard_w_voxel,hard_d_voxel,\
         peak_value,distance_voxel,distance_mm,peak_ratio,status,flags,reason\n\
         three.npy,0,0,0,,2,3,4,2,3,4,5,0,,1,ok,,\n\
         three.npy,0,0,1,,6,7,8,6,7,8,4,0,,0.8,ok,,\n\
         three.npy,0,0,2,,2,3,7,2,3,7,3,0,,0.6,ok,,\n\
         three.npy,0,0,3,,,,,,,,,,,,missing,,fewer peaks\n\
         three.npy,0,0,4,,,,,,,,,,,,missing,,fewer peaks\n"
    );
    // Fewer than there are: the highest.
    assert_eq!(found(&folder, "three.npy --peaks 2 --method hard"), [A, B]);
    assert_eq!(found(&folder, "three.npy --peaks 1 --method hard"), [A]);
    // Without --peaks nothing is numbered.
    assert!(!decode(&folder, "three.npy --compare").text().contains("peak,"));
    assert!(!decode(&folder, "three.npy --compare").text().contains("peak_ratio"));
}

#[test]
fn each_peak_is_refined_by_the_method_and_auto_is_the_default() {
    let folder = Folder::new();
    // Weights 4 and 2 along d: a third of a voxel; the other peak stands alone.
    let values = map(&[([2, 3, 4], 5.0), ([6, 7, 8], 4.0), ([6, 7, 9], 2.0)]);
    folder.write("a.npy", &npy_f4(&SHAPE, &values));
    let rows = decode(&folder, "a.npy --peaks 2 --method local:radius=1,weights=values").rows();
    assert_eq!(triple(&rows[0], VOXEL), Some(A));
    assert_all_near(triple(&rows[1], VOXEL).unwrap(), [6.0, 7.0, 8.0 + 2.0 / 6.0], 1e-12, "local");
    let by_default = decode(&folder, "a.npy --peaks 2 --radius 2 --beta 3").text();
    assert_eq!(by_default, decode(&folder, "a.npy --peaks 2 --method local:radius=2,beta=3").text());
    let json = decode(&folder, "a.npy --peaks 2 --format json --compare").json();
    let settings = &json["settings"];
    assert_eq!((&settings["method"], &settings["peaks"]), (&"auto".into(), &2.into()));
    assert_eq!((&settings["min_distance"], settings["threshold"].is_null()), (&"1".into(), true));
    let landmarks = json["inputs"][0]["landmarks"].as_array().unwrap();
    assert_eq!((&landmarks[0]["peak"], &landmarks[1]["peak"]), (&0.into(), &1.into()));
    assert_eq!(landmarks[1]["hard"]["peak_ratio"], 0.8);
    let json = decode(&folder, "a.npy --peaks 3 --min-distance 2.50 --threshold r:0.5 --format json").json();
    let settings = &json["settings"];
    assert_eq!((&settings["min_distance"], &settings["threshold"]), (&"2.5".into(), &"r:0.5".into()));
    let lines = decode(&folder, "a.npy --peaks 2 --format ndjson").text();
    assert!(
        lines.lines().nth(1).unwrap().starts_with("{\"file\":\"a.npy\",\"n\":0,\"c\":0,\"peak\":1,\"label\"")
    );
}

#[test]
fn the_first_peak_is_the_answer_without_peaks() {
    let mut noise = Noise::new(5);
    let folder = Folder::new();
    folder.write("noise.npy", &npy_f4(&[2, 3, 6, 7, 8], &noise.f32s(2 * 3 * 6 * 7 * 8)));
    let suited: Vec<&str> = METHODS.iter().filter(|m| m.suits_peaks()).map(|m| m.name).collect();
    assert!(suited.len() >= 7, "{suited:?}");
    for method in suited {
        let one = decode(&folder, &format!("noise.npy --method {method} --compare --stats")).rows();
        let many =
            decode(&folder, &format!("noise.npy --method {method} --compare --stats --peaks 3")).rows();
        assert_eq!((one.len(), many.len()), (6, 18));
        for (i, row) in many.iter().enumerate() {
            assert_eq!(row["peak"], (i % 3).to_string());
            assert_eq!((&row["n"], &row["c"]), (&one[i / 3]["n"], &one[i / 3]["c"]));
            // Each of these heatmaps has three maxima or more.
            assert_eq!(row["status"], "ok", "{method}");
            // The spread is that of the heatmap.
            for name in SPREAD {
                assert!(!row[name].is_empty() && row[name] == one[i / 3][name], "{method} {name}");
            }
            if i % 3 == 0 {
                assert!(one[i / 3].iter().all(|(name, cell)| row[name] == *cell), "{method}");
            } else {
                let value = |row: &Row| row["peak_value"].parse::<f64>().unwrap();
                assert!(value(row) <= value(&many[i - 1]), "{method}");
                let has_window = !["hard", "auto"].contains(&method);
                assert_eq!(row.get("window_mass").is_some_and(|cell| !cell.is_empty()), has_window);
            }
        }
    }
}

const SPREAD: [&str; 4] = ["std_h_voxel", "cov_wd_voxel2", "entropy", "log_normalizer"];

/// A peak that is absent has nothing; a first peak below the threshold still has the spread of its heatmap.
#[test]
fn rows_without_a_position_say_what_is_known() {
    let folder = folder();
    let spread = |row: &Row| SPREAD.map(|name| row[name].clone());
    let full = decode(&folder, "three.npy --peaks 5 --method hard --stats").rows();
    assert!(spread(&full[0]).iter().all(|cell| !cell.is_empty()), "{:?}", full[0]);
    for absent in &full[3..] {
        let told: Vec<&str> =
            absent.iter().filter(|(_, cell)| !cell.is_empty()).map(|(name, _)| &**name).collect();
        assert_eq!(told, ["c", "file", "n", "peak", "reason", "status"]);
    }
    let low = decode(&folder, "three.npy --peaks 2 --method hard --stats --threshold 6").rows();
    assert_eq!((low[0]["status"].as_str(), low[1]["status"].as_str()), ("missing", "missing"));
    assert_eq!((spread(&low[0]), triple(&low[0], VOXEL)), (spread(&full[0]), None));
    assert_eq!(spread(&low[1]), [""; 4]);
}

// --- which peaks -----------------------------------------------------------------------------------

#[test]
fn a_plateau_counts_once_and_ties_fall_to_the_first_voxel() {
    let folder = Folder::new();
    // An L through three planes, an edge and a corner; a second peak as high, earlier in (h, w, d) order.
    let plateau = [[4, 4, 4], [4, 4, 5], [5, 4, 5], [6, 5, 6]];
    let mut peaks: Vec<([usize; 3], f32)> = plateau.map(|voxel| (voxel, 2.0)).to_vec();
    peaks.push(([1, 8, 8], 2.0));
    folder.write("a.npy", &npy_f4(&SHAPE, &map(&peaks)));
    assert_eq!(found(&folder, "a.npy --peaks 4 --method hard"), [[1.0, 8.0, 8.0], [4.0, 4.0, 4.0]]);
    // A step up beside it, and it is no maximum.
    peaks.push(([7, 6, 7], 2.5));
    folder.write("b.npy", &npy_f4(&SHAPE, &map(&peaks)));
    assert_eq!(found(&folder, "b.npy --peaks 4 --method hard"), [[7.0, 6.0, 7.0], [1.0, 8.0, 8.0]]);
}

#[test]
fn peaks_are_no_nearer_than_the_least_distance() {
    let folder = folder();
    let hard = "three.npy --peaks 3 --method hard";
    // 3 voxels apart along d.
    assert_eq!(found(&folder, &format!("{hard} --min-distance 3")), [A, B, C]);
    assert_eq!(found(&folder, &format!("{hard} --min-distance 3.01")), [A, B]);
    // A and B: 4, 4, 4.
    assert_eq!(found(&folder, &format!("{hard} --min-distance 6.92")), [A, B]);
    assert_eq!(found(&folder, &format!("{hard} --min-distance 6.93")), [A]);
    assert_eq!(found(&folder, &format!("{hard} --min-distance 0")), [A, B, C]);
    // Voxels of 1 × 1 × 1.5 mm: 4.5 mm.
    let spaced = format!("{hard} --spacing 1,1,1.5");
    assert_eq!(found(&folder, &format!("{spaced} --min-distance 4.5mm")), [A, B, C]);
    assert_eq!(found(&folder, &format!("{spaced} --min-distance 4.51mm")), [A, B]);
    // The volume's own sform has 2 × 3 × 4 mm: 12 mm.
    folder.write("three.nii", &volume(&three(), 1.0));
    let hard = "three.nii --peaks 3 --method hard";
    assert_eq!(found(&folder, &format!("{hard} --min-distance 12mm")), [A, B, C]);
    assert_eq!(found(&folder, &format!("{hard} --min-distance 12.1mm")), [A, B]);
}

#[test]
fn millimetres_without_an_affine_make_an_input_unreadable() {
    let folder = folder();
    let args = ["decode", "three.npy", "--peaks", "3", "--min-distance", "5mm"];
    let out = folder.program(args).run().expect(3);
    out.says(&[
        "a distance between peaks in mm needs an affine, and there is no usable one",
        "`--min-distance 3`",
        "`--spacing",
    ]);
    let reason = "\"a distance between peaks in mm needs an affine, and there is no usable one\"";
    assert!(out.text().ends_with(&format!(",unreadable,,{reason}\n")), "{}", out.text());
    folder.write("none.nii", &Nifti::new(&[9, 10, 11], &f4(&three())).without_affine().bytes());
    let args = ["decode", "none.nii", "--peaks", "3", "--min-distance", "5mm"];
    folder.program(args).run().expect(3).says(&["--affine pixdim"]);
}

#[test]
fn thresholds_leave_out_peaks_by_value_and_by_share() {
    let folder = folder();
    let hard = "three.npy --peaks 3 --method hard";
    assert_eq!(found(&folder, &format!("{hard} --threshold 3")), [A, B, C]);
    assert_eq!(found(&folder, &format!("{hard} --threshold 3.5")), [A, B]);
    // Halves and quarters of 5 are exact.
    assert_eq!(found(&folder, &format!("{hard} --threshold r:0.5")), [A, B, C]);
    assert_eq!(found(&folder, &format!("{hard} --threshold r:0.75")), [A, B]);
    assert_eq!(found(&folder, &format!("{hard} --threshold r:1")), [A]);
    // Below the threshold altogether: the maximum is still told.
    let rows = decode(&folder, &format!("{hard} --threshold 6 --compare")).rows();
    let cells: Vec<_> = rows
        .iter()
        .map(|row| (row["status"].as_str(), row["h_voxel"].as_str(), row["peak_value"].as_str()))
        .collect();
    assert_eq!(cells, [("missing", "", "5"), ("missing", "", ""), ("missing", "", "")]);
    // Scaled values count; where none is above 0, only the maximum has the share.
    let negative: Vec<f32> = three().iter().map(|x| x - 10.0).collect();
    folder.write("negative.npy", &npy_f4(&SHAPE, &negative));
    assert_eq!(found(&folder, "negative.npy --peaks 3 --method hard --threshold r:0.5"), [A]);
    assert_eq!(found(&folder, "negative.npy --peaks 3 --method hard --threshold -6"), [A, B]);
    let rows = decode(&folder, "negative.npy --peaks 2 --method hard --compare").rows();
    assert!(rows.iter().all(|row| row["peak_ratio"].is_empty()));
}

// --- statuses --------------------------------------------------------------------------------------

#[test]
fn every_status_has_its_rows() {
    let folder = Folder::new();
    let voxels = three().len();
    let mut not_a_number = three();
    not_a_number[7] = f32::NAN;
    let mut masked = three();
    masked[at([2, 3, 4])] = f32::NEG_INFINITY;
    let maps = [vec![1.5; voxels], vec![f32::NEG_INFINITY; voxels], not_a_number, masked];
    folder.write("a.npy", &npy_f4(&[4, 9, 10, 11], &maps.concat()));
    let args =
        ["decode", "a.npy", "--layout", "CHWD", "--peaks", "3", "--method", "hard", "--coords", "voxel"];
    let rows = folder.program(args).run().expect(1).rows();
    let none = |peak: &str, status: &str| (peak.to_owned(), None, status.to_owned());
    let some = |peak: &str, voxel, status: &str| (peak.to_owned(), Some(voxel), status.to_owned());
    assert_eq!(
        brief(&rows),
        [
            some("0", [0.0; 3], "flat"),
            none("1", "missing"),
            none("2", "missing"),
            none("0", "empty"),
            none("1", "empty"),
            none("2", "empty"),
            none("0", "nonfinite"),
            none("1", "nonfinite"),
            none("2", "nonfinite"),
            some("0", B, "ok"),
            some("1", C, "ok"),
            none("2", "missing"),
        ]
    );
    let columns: Vec<_> = rows.iter().map(|row| row["c"].as_str()).collect();
    assert_eq!(columns, ["0", "0", "0", "1", "1", "1", "2", "2", "2", "3", "3", "3"]);
    // NaN that is passed over is a hole: what is beside it is compared with what is there.
    let args =
        ["decode", "a.npy", "--layout", "CHWD", "--peaks", "3", "--method", "hard", "--coords", "voxel"];
    let rows = folder.program(args).args(["--ignore-nan", "--channels", "2"]).run().expect(0).rows();
    assert_eq!(brief(&rows), [some("0", A, "ok"), some("1", B, "ok"), some("2", C, "ok")]);
}

#[test]
fn absent_peaks_fail_no_run_and_are_not_counted() {
    let folder = folder();
    folder.write("more.npy", &npy_f4(&SHAPE, &three()));
    let run = |more: &[&str]| {
        let args =
            ["decode", "three.npy", "more.npy", "--peaks", "5", "--method", "hard", "--fail-on", "missing"];
        folder.program(args).args(more).run()
    };
    let out = run(&[]).expect(0);
    out.says(&["2 of 2 inputs decoded, 2 heatmaps: 2 ok;"]);
    assert_eq!(out.rows().len(), 10);
    run(&["--threshold", "5.5"]).expect(1).says(&["2 of 2 inputs decoded, 2 heatmaps: 2 missing;"]);
}

/// The reason of the first peak is about its own answer.
#[test]
fn absent_peaks_have_the_reason_of_absent_peaks() {
    // A logit map whose values about its only peak have no logarithm: `parabola` falls back.
    let folder = Folder::new();
    let values: Vec<f32> = (0..27).map(|i| if i == 13 { 5.0 } else { -3.0 }).collect();
    folder.write("a.npy", &npy_f4(&[3, 3, 3], &values));
    let rows = decode(&folder, "a.npy --method parabola --peaks 3").rows();
    assert_eq!((rows[0]["status"].as_str(), rows[0]["flags"].contains("fallback")), ("ok", true));
    assert!(rows[0]["reason"].starts_with("answered by "), "{:?}", rows[0]);
    for row in &rows[1..] {
        let found = (row["status"].as_str(), row["flags"].as_str(), row["reason"].as_str());
        assert_eq!(found, ("missing", "", "fewer peaks"));
    }
    // Where the first has no answer, its reason is that of all.
    let rows = decode(&folder, "a.npy --method parabola --peaks 3 --threshold 6").rows();
    assert!(rows.iter().all(|row| row["reason"] == "maximum below the threshold of 6"), "{rows:?}");
}

// --- containers, memory orders and outputs ---------------------------------------------------------

/// The first axis fastest.
fn fortran<T: Copy>(values: &[T]) -> Vec<T> {
    let [h, w, d] = SHAPE;
    (0..values.len()).map(|i| values[at([i % h, i / h % w, i / (h * w) % d])]).collect()
}

/// A NIfTI volume whose stored values are those over `slope`.
fn volume(values: &[f32], slope: f32) -> Vec<u8> {
    let stored: Vec<f32> = fortran(values).iter().map(|x| x / slope).collect();
    Nifti::new(&[9, 10, 11], &f4(&stored)).scaled(slope, 0.0).bytes()
}

#[test]
fn every_container_memory_order_and_type_has_the_same_peaks() {
    let mut noise = Noise::new(11);
    // Whole numbers from 0 to 15, so that there are plateaus and ties, and every type holds them.
    let values: Vec<f32> = noise.f32s(three().len()).iter().map(|x| ((x + 1.0) * 8.0).floor()).collect();
    let folder = Folder::new();
    folder.write("plain.npy", &npy_f4(&SHAPE, &values));
    let args = "--peaks 20 --min-distance 2 --method hard --compare";
    let expected = expected(&values, 20, 2.0);
    assert!(expected.len() > 10);
    assert_eq!(found(&folder, &format!("plain.npy {args}")), expected);
    folder.write("turned.npy", &npy("<f4", true, &SHAPE, &f4(&fortran(&values))));
    let wide: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
    folder.write("wide.npy", &npy("<f8", false, &SHAPE, &f8(&wide)));
    let whole: Vec<u8> = values.iter().flat_map(|&x| (x as i64).to_be_bytes()).collect();
    folder.write("whole.npy", &npy(">i8", false, &SHAPE, &whole));
    folder.write("plain.nii", &volume(&values, 0.5));
    folder.write("reversed.nii", &volume(&values, -2.0));
    folder.write("packed.nii.gz", &gzip(&volume(&values, -2.0)));
    folder.write("packed.npy.gz", &gzip(&npy_f4(&SHAPE, &values)));
    for name in
        ["turned.npy", "wide.npy", "whole.npy", "plain.nii", "reversed.nii", "packed.nii.gz", "packed.npy.gz"]
    {
        assert_eq!(found(&folder, &format!("{name} {args}")), expected, "{name}");
        let rows = decode(&folder, &format!("{name} {args}")).rows();
        for (row, voxel) in rows.iter().zip(&expected) {
            let value = f64::from(values[at(voxel.map(|i| i as usize))]);
            assert_eq!(row["peak_value"].parse(), Ok(value), "{name}");
        }
    }
    // Through a pipe.
    let args =
        ["decode", "-", "--coords", "voxel", "--peaks", "20", "--min-distance", "2", "--method", "hard"];
    let rows = folder.program(args).stdin(&gzip(&volume(&values, -2.0))).run().expect(0).rows();
    assert_eq!(rows.iter().filter_map(|row| triple(row, VOXEL)).collect::<Vec<_>>(), expected);
}

/// Peaks by a flood from every voxel, and a look at all that were taken before.
fn expected<T: Copy + PartialOrd>(values: &[T], count: usize, least: f64) -> Vec<[f64; 3]> {
    let voxel = |i: usize| [i / (SHAPE[1] * SHAPE[2]), i / SHAPE[2] % SHAPE[1], i % SHAPE[2]];
    let are_neighbours =
        |a: usize, b: usize| voxel(a).into_iter().zip(voxel(b)).all(|(a, b)| a.abs_diff(b) <= 1) && a != b;
    let neighbours: Vec<Vec<usize>> =
        (0..values.len()).map(|a| (0..values.len()).filter(|&b| are_neighbours(a, b)).collect()).collect();
    let mut tops: Vec<usize> = Vec::new();
    let mut seen = vec![false; values.len()];
    for first in 0..values.len() {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        let (mut all, mut next, mut is_top) = (vec![first], 0, true);
        while next < all.len() {
            for &other in &neighbours[all[next]] {
                is_top &= values[other] <= values[first];
                if values[other] == values[first] && !std::mem::replace(&mut seen[other], true) {
                    all.push(other);
                }
            }
            next += 1;
        }
        if is_top {
            tops.push(first);
        }
    }
    // Stable: of equally high ones the first.
    tops.sort_by(|&a, &b| values[b].partial_cmp(&values[a]).unwrap());
    let mut taken: Vec<[f64; 3]> = Vec::new();
    for place in tops.into_iter().map(|top| voxel(top).map(|i| i as f64)) {
        let distance =
            |other: &[f64; 3]| place.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        if taken.len() < count && taken.iter().all(|other| distance(other) >= least) {
            taken.push(place);
        }
    }
    taken
}

#[test]
fn channels_last_and_samples_keep_to_their_own_peaks() {
    let folder = Folder::new();
    // Two samples of two channels; the third channel is asked for by nobody.
    let maps = [
        map(&[([1, 1, 1], 3.0), ([7, 7, 7], 2.0)]),
        map(&[([2, 2, 2], 3.0)]),
        map(&[([8, 0, 5], 9.0), ([3, 3, 3], 1.0)]),
        map(&[([4, 4, 4], 1.0), ([0, 9, 10], 2.0)]),
    ];
    let voxels = maps[0].len();
    let interleaved: Vec<f32> = (0..2 * voxels)
        .flat_map(|i| [maps[i / voxels * 2][i % voxels], maps[i / voxels * 2 + 1][i % voxels], 7.0])
        .collect();
    folder.write("last.npy", &npy_f4(&[2, 9, 10, 11, 3], &interleaved));
    let args = "last.npy --layout NHWDC --channels 0-1 --peaks 2 --method hard";
    let voxels: Vec<_> = decode(&folder, args).rows().iter().map(|row| triple(row, VOXEL)).collect();
    assert_eq!(
        voxels,
        [
            Some([1.0; 3]),
            Some([7.0; 3]),
            Some([2.0; 3]),
            None,
            Some([8.0, 0.0, 5.0]),
            Some([3.0; 3]),
            Some([0.0, 9.0, 10.0]),
            Some([4.0; 3]),
        ]
    );
    let npy = decode(&folder, &format!("{args} --format npy")).stdout;
    let (shape, numbers) = read_npy_f8(&npy);
    assert_eq!(shape, [2, 2, 2, 3]);
    for (triple, voxel) in numbers.chunks(3).zip(voxels) {
        assert!(voxel.map_or(triple.iter().all(|x| x.is_nan()), |voxel| triple == voxel));
    }
}

#[test]
fn maps_of_two_dimensions_and_of_one_have_peaks() {
    let folder = Folder::new();
    let mut values = vec![0.0; 30 * 40];
    (values[13 * 40 + 5], values[20 * 40 + 30], values[20 * 40 + 31]) = (2.0, 1.0, 1.0);
    folder.write("flat.npy", &npy_f4(&[30, 40], &values));
    assert_eq!(
        found(&folder, "flat.npy --layout HW --peaks 3 --method hard"),
        [[13.0, 5.0, 0.0], [20.0, 30.0, 0.0]]
    );
    // A plateau of two: their mean.
    let rows =
        decode(&folder, "flat.npy --layout HW --peaks 3 --method local:radius=1,weights=values").rows();
    assert_eq!(triple(&rows[1], VOXEL), Some([20.0, 30.5, 0.0]));
    let out = folder.program(["decode", "flat.npy", "--layout", "HW", "--peaks", "3"]).run().expect(0);
    assert!(!out.stderr.contains("warning"), "{}", out.stderr);
    folder.write("line.npy", &npy_f4(&[6], &[1.0, 0.0, 2.0, 2.0, 0.0, 3.0]));
    assert_eq!(
        found(&folder, "line.npy --layout W --peaks 4 --method hard"),
        [[0.0, 5.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    );
}

#[test]
fn threads_change_nothing() {
    let folder = Folder::new();
    let mut noise = Noise::new(3);
    folder.write("a.npy", &npy_f4(&[3, 40, 50, 60], &noise.f32s(3 * 40 * 50 * 60)));
    let args = "a.npy --layout CHWD --peaks 200 --min-distance 5 --stats --compare";
    let one = decode(&folder, &format!("{args} --threads 1")).text();
    assert_eq!(one.lines().count(), 601);
    assert_eq!(one, decode(&folder, &format!("{args} --threads 4")).text());
}

#[test]
fn dry_runs_count_all_rows_and_a_resumed_run_knows_how_many() {
    let folder = folder();
    let out = folder.program(["decode", "three.npy", "--peaks", "4", "--dry-run"]).run().expect(0).text();
    assert!(out.contains("three.npy: npy 1.0 <f4 (9, 10, 11) as HWD, affine none, 4 landmarks"), "{out}");
    assert!(out.contains("1 input, 4 landmarks"), "{out}");
    let run = |peaks: &str| {
        let args = ["decode", "three.npy", "--output-dir", "out", "--resume", "--method", "hard", "--peaks"];
        folder.program(args).args([peaks, "--fail-on", "missing"]).run().expect(0)
    };
    run("4");
    run("4").says(&["1 done before", "1 ok"]);
    assert!(!run("5").stderr.contains("done before"));
    assert_eq!(std::fs::read_to_string(folder.join("out/three.npy.csv")).unwrap().lines().count(), 6);
}

// --- usage -----------------------------------------------------------------------------------------

#[test]
fn what_cannot_be_is_a_usage_error() {
    let folder = folder();
    for (args, says) in [
        (&["--peaks", "0"][..], "1..=1000"),
        (&["--peaks", "1001"], "1..=1000"),
        (&["--peaks", "-1"], "1..=1000"),
        (&["--peaks", "x"], "--peaks"),
        (&["--min-distance", "3"], "--peaks <K>"),
        (&["--peaks", "2", "--min-distance", "-3"], "expected a finite length >= 0 in voxels"),
        (&["--peaks", "2", "--min-distance", "3cm"], "found `3cm`"),
        (&["--threshold", "r:0.5"], "`--threshold r:0.5` needs `--peaks K`"),
        (&["--peaks", "2", "--threshold", "r:0"], "a share > 0 and at most 1"),
        (&["--peaks", "2", "--threshold", "r:1.01"], "a share > 0 and at most 1"),
        (&["--peaks", "2", "--threshold", "inf"], "expected a finite number"),
        (
            &["--peaks", "2", "--method", "soft"],
            "`--peaks` cannot be used with the method `soft`\n  hint: it has one answer for the whole heatmap; use hard",
        ),
    ] {
        let out = folder.program(["decode", "three.npy"]).args(args).run().expect(2);
        out.says(&[says]);
        assert_eq!(out.text(), "");
    }
    folder.program(["decode", "three.npy", "--peaks", "1000"]).run().expect(0);
}

// --- integers of 64 bits ---------------------------------------------------------------------------

/// Neighbouring f64 lie 256 apart at 2^60: all of these are one number there.
#[test]
fn integers_that_f64_does_not_tell_apart() {
    let folder = Folder::new();
    let steps = [0, 1, 0, 0, 2, 0, 1, 1, 0];
    let at = |input: &str, more: &str| -> Vec<f64> {
        let out = decode(&folder, &format!("{input} --peaks 9 --method hard {more}"));
        out.rows().iter().filter_map(|row| triple(row, VOXEL)).map(|[_, _, d]| d).collect()
    };
    let signed: Vec<u8> = steps.iter().flat_map(|step| (-(1_i64 << 60) + step).to_le_bytes()).collect();
    folder.write("signed.npy", &npy("<i8", false, &[1, 1, 9], &signed));
    // The highest first, of equal ones the first; the plateau once.
    assert_eq!(at("signed.npy", ""), [4.0, 1.0, 6.0]);
    assert_eq!(at("signed.npy", "--min-distance 3.5"), [4.0]);
    // The maximum is below 0: only voxels as high as it have a share of it.
    assert_eq!(at("signed.npy", "--threshold r:0.5"), [4.0]);
    let unsigned: Vec<u8> =
        steps.iter().flat_map(|step| ((1_u64 << 63) + step.unsigned_abs()).to_be_bytes()).collect();
    folder.write("unsigned.npy", &npy(">u8", false, &[9, 1, 1], &unsigned));
    let out = decode(&folder, "unsigned.npy --peaks 9 --method hard");
    let found: Vec<_> = out.rows().iter().filter_map(|row| triple(row, VOXEL)).map(|[h, ..]| h).collect();
    assert_eq!(found, [4.0, 1.0, 6.0]);
    // With a slope below 0 the lowest stored integers are the peaks.
    let volume = Nifti::new(&[1, 1, 9], &signed).kind(1024, 64).scaled(-1.0, 0.0);
    folder.write("reversed.nii", &volume.bytes());
    assert_eq!(at("reversed.nii", ""), [0.0, 2.0, 5.0, 8.0]);
    assert_eq!(at("reversed.nii", "--threshold r:1"), [0.0, 2.0, 5.0, 8.0]);
    // A mask leaves out the highest.
    folder.write("mask.npy", &npy("|u1", false, &[1, 1, 9], &[1, 1, 1, 1, 0, 1, 1, 1, 1]));
    assert_eq!(at("signed.npy", "--mask mask.npy"), [1.0, 6.0]);
}

/// Neighbouring voxels differ by 1 to 15 where neighbouring f64 lie 256, or 2048, apart.
#[test]
fn integers_of_64_bits_as_by_a_slow_search_in_integers() {
    let folder = Folder::new();
    let mut noise = Noise::new(60);
    let steps: Vec<u64> = noise.f32s(three().len()).iter().map(|x| ((x + 1.0) * 8.0) as u64).collect();
    assert!(steps.iter().max().unwrap() < &16);
    let hard = "--peaks 30 --min-distance 2 --method hard";
    let check = |name: &str, wanted: &[[f64; 3]]| {
        assert_eq!(wanted.len(), 30);
        for threads in ["--threads 1", "--threads 3"] {
            assert_eq!(found(&folder, &format!("{name} {hard} {threads}")), wanted, "{name}");
        }
    };
    for base in [1_i64 << 60, -(1 << 60) - 8, i64::MIN, i64::MAX - 15] {
        let values: Vec<i64> = steps.iter().map(|&step| base + step as i64).collect();
        let wanted = expected(&values, 30, 2.0);
        let bytes = |values: &[i64]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        folder.write("signed.npy", &npy("<i8", false, &SHAPE, &bytes(&values)));
        folder.write("turned.npy", &npy("<i8", true, &SHAPE, &bytes(&fortran(&values))));
        check("signed.npy", &wanted);
        check("turned.npy", &wanted);
        // A slope below 0: the lowest stored integers.
        let volume = Nifti::new(&[9, 10, 11], &bytes(&fortran(&values))).kind(1024, 64).scaled(-0.5, 3.0);
        folder.write("reversed.nii.gz", &gzip(&volume.bytes()));
        let reversed: Vec<i128> = values.iter().map(|&x| -i128::from(x)).collect();
        check("reversed.nii.gz", &expected(&reversed, 30, 2.0));
    }
    for base in [1_u64 << 60, (1 << 63) - 8, u64::MAX - 15] {
        let values: Vec<u64> = steps.iter().map(|&step| base + step).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_be_bytes()).collect();
        folder.write("unsigned.npy", &npy(">u8", false, &SHAPE, &bytes));
        check("unsigned.npy", &expected(&values, 30, 2.0));
    }
}
