//! Maps at a lower resolution than their image, or of a part of it: every expected number is arithmetic by
//! hand.

use crate::support::{Folder, NORMALIZED, Nifti, VOXEL, WORLD, f4, npy_f4, read_npy_f8, triple};

/// Where the only high voxel of a map of 3 × 4 × 5 is.
const PEAK: [usize; 3] = [2, 1, 3];
const LENGTHS: [usize; 3] = [3, 4, 5];
const HARD: [&str; 6] = ["--method", "hard", "--layout", "HWD", "--digits", "9"];

/// A map with a value of 9 at [`PEAK`], in C order.
fn values() -> Vec<f32> {
    let mut values = vec![0.0; 60];
    values[(PEAK[0] * 4 + PEAK[1]) * 5 + PEAK[2]] = 9.0;
    values
}

/// The same in the order of a NIfTI.
fn volume(lengths: [usize; 3], peak: [usize; 3]) -> Nifti {
    let mut values = vec![0.0; lengths.iter().product()];
    values[(peak[2] * lengths[1] + peak[1]) * lengths[0] + peak[0]] = 9.0;
    Nifti::new(&lengths.map(|n| n as i16), &f4(&values))
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("map.npy", &npy_f4(&LENGTHS, &values()));
    // Voxels of 2 × 3 × 4 mm, the first at (−10, 0, 5).
    folder.write("image.nii", &volume([12, 16, 20], [0; 3]).bytes());
    folder.write("map.nii", &volume(LENGTHS, PEAK).bytes());
    folder
}

#[test]
fn an_index_in_the_image() {
    let folder = folder();
    let at = |options: &[&str]| {
        let out = folder.decode(["map.npy", "--coords", "voxel"].iter().chain(&HARD).chain(options));
        triple(&out.rows()[0], VOXEL).unwrap()
    };
    assert_eq!(at(&[]), [2.0, 1.0, 3.0]);
    // (u + ½)·4 − ½.
    assert_eq!(at(&["--stride", "4"]), [9.5, 5.5, 13.5]);
    assert_eq!(at(&["--stride", "4,2,0.5"]), [9.5, 2.5, 1.25]);
    assert_eq!(at(&["--stride", "1"]), [2.0, 1.0, 3.0]);
    assert_eq!(at(&["--crop-origin", "-3,0,2.5"]), [-1.0, 1.0, 5.5]);
    assert_eq!(at(&["--crop-origin", "10,-6,0", "--stride", "4,4,1"]), [19.5, -0.5, 3.0]);
    // The options are along h, w, d whatever the order of the columns, and whatever that of the array.
    assert_eq!(at(&["--stride", "4,2,1", "--order", "dwh"]), [9.5, 2.5, 3.0]);
    folder.write("turned.npy", &npy_f4(&[3, 4, 5], &values()));
    let turned =
        ["turned.npy", "--layout", "DWH", "--method", "hard", "--stride", "4,2,1", "--coords", "voxel"];
    assert_eq!(triple(&folder.decode(turned).rows()[0], VOXEL), Some([13.5, 2.5, 2.0]));
}

#[test]
fn a_planar_map_stays_in_its_plane() {
    let folder = Folder::new();
    folder.write("plane.npy", &npy_f4(&[1, 1, 2, 3], &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
    let at = |options: &[&str]| {
        let plane = ["plane.npy", "--layout", "NCHW", "--method", "hard", "--coords", "voxel"];
        triple(&folder.decode(plane.iter().chain(options)).rows()[0], VOXEL).unwrap()
    };
    assert_eq!(at(&["--stride", "4"]), [5.5, 9.5, 0.0]);
    assert_eq!(at(&["--stride", "4", "--crop-origin", "0,0,17"]), [5.5, 9.5, 17.0]);
    assert_eq!(at(&["--stride", "4,4,3"]), [5.5, 9.5, 1.0]);
}

#[test]
fn a_lent_affine_is_that_of_the_image() {
    let folder = folder();
    let options = ["map.npy", "--coords", "normalized,voxel,world", "--stride", "4,4,2"];
    let lent = ["--reference", "image.nii", "--crop-origin", "1,-2,3"];
    let out = folder.decode(options.iter().chain(&HARD).chain(&lent));
    let row = &out.rows()[0];
    // 9.5 + 1, 5.5 − 2, 6.5 + 3; then 2h − 10, 3w, 4d + 5.
    assert_eq!(triple(row, VOXEL), Some([10.5, 3.5, 9.5]));
    assert_eq!(triple(row, WORLD), Some([11.0, 10.5, 43.0]));
    // In the map itself: 2·2/2 − 1, 2·1/3 − 1, 2·3/4 − 1.
    assert_eq!(triple(row, NORMALIZED), Some([1.0, -0.333_333_333, 0.5]));
    let out = folder.decode(options.iter().chain(&HARD).chain(&["--spacing", "0.5,2,1"]));
    assert_eq!(triple(&out.rows()[0], WORLD), Some([4.75, 11.0, 6.5]));
}

#[test]
fn an_own_affine_is_that_of_the_map() {
    let folder = folder();
    let options = ["map.nii", "--method", "hard", "--coords", "voxel,world"];
    let plain = folder.decode(options).rows();
    let placed = ["--stride", "4", "--crop-origin", "1,-2,3"];
    let placed = folder.decode(options.iter().chain(&placed)).rows();
    // 2·2 − 10, 3·1, 4·3 + 5.
    assert_eq!(triple(&plain[0], WORLD), Some([-6.0, 3.0, 17.0]));
    assert_eq!(triple(&placed[0], WORLD), Some([-6.0, 3.0, 17.0]));
    assert_eq!(triple(&placed[0], VOXEL), Some([10.5, 3.5, 16.5]));
}

/// What a program reads that multiplies the affine with the voxels.
#[test]
fn the_affine_in_json_takes_the_voxels_to_the_world() {
    let folder = folder();
    for input in ["map.nii", "map.npy"] {
        let lent: &[&str] =
            if input == "map.npy" { &["--reference", "image.nii", "--layout", "HWD"] } else { &[] };
        let options = [input, "--format", "json", "--coords", "voxel,world", "--method", "hard"];
        let placed = ["--stride", "4,2,1", "--crop-origin", "-3,0,2"];
        let out = folder.decode(options.iter().chain(&placed).chain(lent)).json();
        assert_eq!(out["settings"]["stride"], serde_json::json!([4, 2, 1]));
        assert_eq!(out["settings"]["crop_origin"], serde_json::json!([-3, 0, 2]));
        let (input, number) = (&out["inputs"][0], |value: &serde_json::Value| value.as_f64().unwrap());
        let landmark = &input["landmarks"][0];
        for row in 0..3 {
            let column = |i: usize| number(&input["affine"][row][i]);
            let voxel = |i: usize| number(&landmark["voxel"][i]);
            let world = (0..3).map(|i| column(i) * voxel(i)).sum::<f64>() + column(3);
            assert_eq!(world, number(&landmark["world"][row]));
        }
    }
    let out = folder.decode(["map.nii", "--format", "json"]).json();
    assert_eq!(out["settings"]["stride"], serde_json::Value::Null);
    assert_eq!(out["inputs"][0]["affine"][0], serde_json::json!([2, 0, 0, -10]));
}

#[test]
fn distances_and_spread_are_in_voxels_of_the_image() {
    let folder = Folder::new();
    // Weights 1 and 3 at h = 0 and 1: soft at ¾, hard at 1, variance 3/16.
    folder.write("pair.npy", &npy_f4(&[2, 1, 1], &[0.0, 3.0_f32.ln()]));
    let options = ["pair.npy", "--stride", "8,2,2", "--compare", "--stats", "--spacing", "0.5,1,1"];
    let row = folder.decode(options.iter().chain(&["--coords", "voxel,world", "--digits", "5"])).rows();
    let of = |name: &str| row[0][name].as_str();
    // 1.25·8 − ½ and 1.5·8 − ½; 2 apart, in mm 1.
    assert_eq!((of("h_voxel"), of("hard_h_voxel"), of("hard_w_voxel")), ("9.50000", "11.50000", "0.50000"));
    assert_eq!((of("distance_voxel"), of("distance_mm")), ("2.00000", "1.00000"));
    // 64·3/16 and 16·3/16.
    assert_eq!((of("cov_hh_voxel2"), of("cov_xx_mm2"), of("x_mm")), ("12.00000", "3.00000", "4.75000"));
    // The columns of the spread alone are enough to ask for.
    folder.decode(["pair.npy", "--stride", "8", "--stats"]);
}

#[test]
fn npy_holds_the_same() {
    let folder = folder();
    let options = ["map.npy", "--coords", "voxel", "--stride", "4", "-o", "out.npy", "--order", "whd"];
    folder.decode(options.iter().chain(&HARD[..4]));
    let (shape, numbers) = read_npy_f8(&std::fs::read(folder.join("out.npy")).unwrap());
    assert_eq!((shape, numbers), (vec![1, 1, 3], vec![5.5, 9.5, 13.5]));
}

#[test]
fn a_map_must_lie_in_its_reference() {
    let folder = folder();
    let options = ["decode", "map.npy", "--reference", "image.nii", "--coords", "world"];
    let run = |more: &[&str], code| folder.program(options).args(HARD).args(more).run().expect(code);
    run(&[], 3).says(&["expected the reference's spatial shape [12, 16, 20], found [3, 4, 5]", "`--stride`"]);
    run(&["--stride", "1"], 0);
    // The last centre is at 2 − 2.6 along h, before the face of the first voxel.
    run(&["--crop-origin", "-2.4,0,0"], 0);
    let out = run(&["--crop-origin", "-2.6,0,0"], 3);
    out.says(&[
        "the heatmaps reach from voxel [-2.6, 0.0, 0.0] to [-0.6",
        "the reference has [12, 16, 20] voxels",
        "`--crop-origin`",
    ]);
}

#[test]
fn the_largest_numbers_stay_numbers() {
    let folder = folder();
    let options = ["map.npy", "--spacing", "1e100,1,1", "--coords", "voxel,world", "--stride", "1e6"];
    let out = folder.decode(options.iter().chain(&["--compare", "--stats", "--layout", "HWD"]));
    let row = &out.rows()[0];
    assert!(triple(row, VOXEL).unwrap().into_iter().chain(triple(row, WORLD).unwrap()).all(f64::is_finite));
    assert!(row["cov_xx_mm2"].parse::<f64>().unwrap().is_finite());
}

#[test]
fn another_place_is_decoded_again() {
    let folder = folder();
    let run = |stride: &str| {
        let to = ["decode", "map.npy", "--output-dir", "out", "--resume", "--coords", "voxel"];
        folder.program(to).args(HARD).args(["--stride", stride]).run().expect(0);
        let rows = std::fs::read(folder.join("out/map.npy.csv")).unwrap();
        triple(&crate::support::rows(&rows, b',')[0], VOXEL).unwrap()
    };
    assert_eq!(run("4"), [9.5, 5.5, 13.5]);
    assert_eq!(run("2"), [4.5, 2.5, 6.5]);
}
