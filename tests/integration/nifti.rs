//! NIfTI beyond the golden files: which affine, which offset, which scaling, and what is warned about.
//! Headers are made field by field; world coordinates follow by hand.

use crate::support::{
    Folder, Nifti, Ran, SFORM, VOXEL, WORLD, assert_all_near, assert_near, f4, f8, gzip, triple,
};
use serde_json::Value;

/// 4 × 5 × 6 with a peak of 8 at (3, 1, 4), f32.
fn volume() -> Nifti {
    let mut values = [0.0_f32; 120];
    values[3 + 4 * (1 + 5 * 4)] = 8.0;
    Nifti::new(&[4, 5, 6], &f4(&values))
}

/// World coordinates of the hard peak, and where the affine came from.
fn world(nifti: &Nifti, more: &[&str]) -> ([f64; 3], String, Ran) {
    let folder = Folder::new();
    folder.write("a.nii", &nifti.bytes());
    let args = ["decode", "a.nii", "--method", "hard", "--coords", "world", "--format", "json"];
    let out = folder.program(args).args(more).run().expect(0);
    let input = &out.json()["inputs"][0];
    let position = &input["landmarks"][0]["world"];
    let position = std::array::from_fn(|axis| position[axis].as_f64().unwrap());
    (position, input["affine_source"].as_str().unwrap().to_owned(), out)
}

fn warnings(out: &Ran) -> Vec<String> {
    let warnings = out.json()["inputs"][0]["warnings"].clone();
    warnings.as_array().unwrap().iter().map(|warning| warning.as_str().unwrap().to_owned()).collect()
}

/// A quarter turn about z: x = −w, y = h, and d along z, in voxels of 1 × 2 × 3 mm at (10, 20, 30).
fn turned() -> Nifti {
    let half = std::f32::consts::FRAC_1_SQRT_2;
    volume().without_affine().qform([0.0, 0.0, half], [10.0, 20.0, 30.0], [1.0, 2.0, 3.0])
}

#[test]
fn sform_by_hand() {
    // (2·3 − 10, 3·1, 4·4 + 5).
    let (found, source, out) = world(&volume(), &[]);
    assert_eq!((found, source.as_str()), ([-4.0, 3.0, 21.0], "sform"));
    assert!(warnings(&out).is_empty());
}

#[test]
fn qform_by_hand() {
    // (10 − 2·1, 20 + 1·3, 30 + 3·4).
    let (found, source, _) = world(&turned(), &[]);
    assert_all_near(found, [8.0, 23.0, 42.0], 1e-5, "qform");
    assert_eq!(source, "qform");
}

#[test]
fn a_left_handed_qform_turns_k_round() {
    let (found, _, _) = world(&turned().with(76, &(-1.0_f32).to_le_bytes()), &[]);
    assert_all_near(found, [8.0, 23.0, 18.0], 1e-5, "qfac −1");
}

#[test]
fn qfac_of_zero_counts_as_one() {
    let (found, _, _) = world(&turned().with(76, &0.0_f32.to_le_bytes()), &[]);
    assert_all_near(found, [8.0, 23.0, 42.0], 1e-5, "qfac 0");
}

#[test]
fn sform_wins_over_qform_and_either_can_be_asked_for() {
    let both = turned().sform(&SFORM);
    assert_eq!(world(&both, &[]).1, "sform");
    assert_eq!(world(&both, &["--affine", "auto"]).0, [-4.0, 3.0, 21.0]);
    assert_eq!(world(&both, &["--affine", "sform"]).0, [-4.0, 3.0, 21.0]);
    let (found, source, _) = world(&both, &["--affine", "qform"]);
    assert_all_near(found, [8.0, 23.0, 42.0], 1e-5, "qform");
    assert_eq!(source, "qform");
}

#[test]
fn forms_that_disagree_are_warned_about_with_their_distance() {
    let (_, _, out) = world(&turned().sform(&SFORM), &[]);
    let found = warnings(&out);
    assert!(found.iter().any(|warning| warning.contains("disagree") && warning.contains("mm")), "{found:?}");
    // Half a tenth of a millimetre apart at the farthest corner: silent. Twice as much: a warning.
    for (slant, count) in [(0.05_f32 / 3.0, 0), (0.2 / 3.0, 1)] {
        let straight = volume().qform([0.0; 3], [0.0; 3], [1.0; 3]);
        let rows = [[1.0 + slant, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let (_, _, out) = world(&straight.sform(&rows), &[]);
        assert_eq!(warnings(&out).len(), count, "{slant}: {:?}", warnings(&out));
    }
}

#[test]
fn pixdim_is_method_one() {
    let sizes = volume().without_affine().with(80, &f4(&[1.5, 2.0, 2.5]));
    let (found, source, _) = world(&sizes, &["--affine", "pixdim"]);
    assert_eq!((found, source.as_str()), ([4.5, 2.0, 10.0], "pixdim"));
}

#[test]
fn world_without_an_affine_says_how_to_give_one() {
    let folder = Folder::new();
    folder.write("a.nii", &volume().without_affine().bytes());
    let out = folder.program(["decode", "a.nii", "--coords", "world"]).run().expect(3);
    out.says(&["need an affine, and there is no usable one", "--affine pixdim"]);
    assert_eq!(out.rows()[0]["status"], "unreadable");
    // Voxel coordinates need none.
    folder.decode(["a.nii", "--coords", "voxel,normalized"]);
}

#[test]
fn a_form_that_is_not_there_is_unreadable() {
    let folder = Folder::new();
    folder.write("a.nii", &volume().bytes());
    let out = folder.program(["decode", "a.nii", "--affine", "qform"]).run().expect(3);
    out.says(&["there is no usable qform", "--affine auto"]);
}

#[test]
fn affines_that_are_singular_or_not_finite_count_as_none() {
    let flat = [[1.0, 2.0, 0.0, 0.0], [2.0, 4.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    let mut wrong = SFORM;
    wrong[1][3] = f32::NAN;
    for (sform, word) in [(flat, "singular"), (wrong, "finite")] {
        let (_, source, out) = world(&turned().sform(&sform), &[]);
        assert_eq!(source, "qform");
        assert!(warnings(&out).iter().any(|warning| warning.contains(word)), "{:?}", warnings(&out));
        let folder = Folder::new();
        folder.write("a.nii", &volume().sform(&sform).bytes());
        folder
            .program(["decode", "a.nii", "--coords", "world"])
            .run()
            .expect(3)
            .says(&["need an affine, and there is no usable one"]);
    }
}

#[test]
fn units_are_brought_to_millimetres() {
    for (unit, factor, is_warned) in
        [(1_u8, 1000.0, true), (2, 1.0, false), (3, 0.001, true), (0, 1.0, false)]
    {
        let (found, _, out) = world(&volume().with(123, &[unit]), &[]);
        assert_all_near(found, [-4.0 * factor, 3.0 * factor, 21.0 * factor], 1e-9, "units");
        assert_eq!(!warnings(&out).is_empty(), is_warned, "unit {unit}");
    }
}

#[test]
fn an_affine_cannot_be_lent_to_a_nifti() {
    let folder = Folder::new();
    folder.write("a.nii", &volume().bytes());
    for lent in [&["--spacing", "1,1,1"][..], &["--reference", "a.nii", "--layout", "HWD"]] {
        let out = folder.program(["decode", "a.nii"]).args(lent).run().expect(2);
        out.says(&["a.nii", "--affine"]);
        assert!(out.stdout.is_empty());
    }
}

#[test]
fn vox_offset_0_is_352_and_larger_ones_skip() {
    let mut later = volume().with(108, &400_f32.to_le_bytes());
    later.extension = vec![0; 52];
    for nifti in [volume().with(108, &0_f32.to_le_bytes()), later] {
        assert_eq!(world(&nifti, &[]).0, [-4.0, 3.0, 21.0]);
    }
}

/// Slope and intercept shift and scale values; folded into the temperature they change no softmax.
#[test]
fn scaling_by_hand() {
    let folder = Folder::new();
    // Stored 0 and 2 with slope 0.5 and intercept −3: values −3 and −2; weights 1 : e.
    folder.write("a.nii", &Nifti::new(&[2, 1, 1], &f4(&[0.0, 2.0])).scaled(0.5, -3.0).bytes());
    let row = &folder.decode(["a.nii", "--coords", "voxel", "--compare", "--stats"]).rows()[0];
    let e = std::f64::consts::E;
    assert_near(triple(row, VOXEL).unwrap()[0], e / (1.0 + e), 1e-5, "soft");
    assert_eq!(row["peak_value"], "-2");
    let log_normalizer: f64 = row["log_normalizer"].parse().unwrap();
    assert_near(log_normalizer, (-3.0_f64).exp().mul_add(1.0, (-2.0_f64).exp()).ln(), 1e-5, "ln Z");
    // A threshold is held against scaled values.
    assert_eq!(folder.decode(["a.nii", "--threshold", "-1.9"]).rows()[0]["status"], "missing");
    assert_eq!(folder.decode(["a.nii", "--threshold", "-2"]).rows()[0]["status"], "ok");
}

#[test]
fn a_negative_slope_turns_the_order_round() {
    let folder = Folder::new();
    let stored = [5.0, 1.0, 1.0, 9.0];
    folder.write("a.nii", &Nifti::new(&[4, 1, 1], &f4(&stored)).scaled(-2.0, 0.0).bytes());
    let row = &folder.decode(["a.nii", "--coords", "voxel", "--compare", "--method", "hard"]).rows()[0];
    assert_eq!((triple(row, VOXEL), row["peak_value"].as_str()), (Some([1.0, 0.0, 0.0]), "-2"));
}

#[test]
fn slopes_that_mean_unscaled() {
    for (slope, is_warned) in [(0.0, false), (f32::NAN, true), (f32::INFINITY, true)] {
        let folder = Folder::new();
        folder.write("a.nii", &Nifti::new(&[2, 1, 1], &f4(&[0.0, 2.0])).scaled(slope, 7.0).bytes());
        let out = folder.decode(["a.nii", "--compare", "--format", "json", "--temperature", "0.1"]);
        assert_eq!(
            out.json()["inputs"][0]["landmarks"][0]["hard"]["peak_value"].as_f64(),
            Some(2.0),
            "{slope}"
        );
        assert_eq!(!warnings(&out).is_empty(), is_warned, "{slope}");
    }
}

/// Slopes near the end of f64's range do not break the arithmetic.
#[test]
fn every_voxel_type_holds_its_extremes() {
    for (datatype, bitpix, stored, peak) in [
        (2, 8, vec![0, 255], "255"),
        (256, 8, vec![0x80, 0x7f], "127"),
        (4, 16, [i16::MIN, i16::MAX].iter().flat_map(|x| x.to_le_bytes()).collect(), "32767"),
        (512, 16, [0, u16::MAX].iter().flat_map(|x| x.to_le_bytes()).collect(), "65535"),
        (8, 32, [i32::MIN, i32::MAX].iter().flat_map(|x| x.to_le_bytes()).collect(), "2147483647"),
        (768, 32, [0, u32::MAX].iter().flat_map(|x| x.to_le_bytes()).collect(), "4294967295"),
        (16, 32, f4(&[-1.0, 1.5]), "1.5"),
        (64, 64, f8(&[-1.0, 1e300]), "1e300"),
    ] {
        let folder = Folder::new();
        folder.write("a.nii", &Nifti::new(&[2, 1, 1], &stored).kind(datatype, bitpix).bytes());
        let row = &folder.decode(["a.nii", "--compare", "--coords", "voxel"]).rows()[0];
        assert_eq!(row["peak_value"], peak, "datatype {datatype}");
        assert_eq!(row["hard_h_voxel"], "1", "datatype {datatype}");
    }
}

/// 64-bit integers that f64 cannot tell apart: the hard argmax compares stored values.
#[test]
fn the_hard_argmax_compares_stored_integers_exactly() {
    let high = 1_i64 << 60;
    let signed: Vec<u8> = [high, high + 1, -5].iter().flat_map(|x| x.to_le_bytes()).collect();
    let unsigned: Vec<u8> = [u64::MAX - 1, u64::MAX, 3].iter().flat_map(|x| x.to_le_bytes()).collect();
    let folder = Folder::new();
    folder.write("signed.nii", &Nifti::new(&[3, 1, 1], &signed).kind(1024, 64).bytes());
    folder.write("unsigned.nii", &Nifti::new(&[3, 1, 1], &unsigned).kind(1280, 64).bytes());
    folder.write("signed.npy", &crate::support::npy("<i8", false, &[3, 1, 1], &signed));
    folder.write("unsigned.npy", &crate::support::npy("<u8", false, &[3, 1, 1], &unsigned));
    for file in ["signed.nii", "unsigned.nii", "signed.npy", "unsigned.npy"] {
        for method in ["hard", "soft"] {
            let row = &folder.decode([file, "--method", method, "--coords", "voxel", "--compare"]).rows()[0];
            assert_eq!(row["hard_h_voxel"], "1", "{file} {method}");
        }
    }
}

#[test]
fn either_file_of_a_pair_may_be_named_and_a_walk_finds_it_once() {
    let mut header = volume().with(344, b"ni1\0").with(108, &0_f32.to_le_bytes());
    let values = std::mem::take(&mut header.values);
    header.extension.clear();
    let folder = Folder::new();
    folder.write("plain/a.hdr", &header.bytes());
    folder.write("plain/a.img", &values);
    folder.write("packed/a.hdr.gz", &gzip(&header.bytes()));
    folder.write("packed/a.img.gz", &gzip(&values));
    for named in ["plain/a.hdr", "plain/a.img", "packed/a.hdr.gz", "packed/a.img.gz", "plain", "packed"] {
        let rows = folder.decode([named, "--method", "hard", "--coords", "world"]).rows();
        assert_eq!(rows.len(), 1, "{named}");
        assert_eq!(triple(&rows[0], WORLD), Some([-4.0, 3.0, 21.0]), "{named}");
        if !named.contains('.') {
            assert!(rows[0]["file"].contains("a.hdr"), "{named}: {}", rows[0]["file"]);
        }
    }
}

/// By the shell's `in/*`, by a walk, and by both names in any order. A file that is named twice stays two.
#[test]
fn a_pair_is_one_input_however_its_files_are_found() {
    let mut header = volume().with(344, b"ni1\0").with(108, &0_f32.to_le_bytes());
    let values = std::mem::take(&mut header.values);
    header.extension.clear();
    let analyze = header.clone().with(344, &[0; 4]);
    let single = header.clone().with(344, b"n+1\0");
    for (head, status) in [(&header, "ok"), (&analyze, "unreadable"), (&single, "unreadable")] {
        for (first, second) in
            [("a.hdr", "a.img"), ("P.HDR", "P.img"), ("p.hdr", "p.IMG.gz"), ("P.HDR.gz", "P.img")]
        {
            let folder = Folder::new();
            let packed = |name: &str, bytes: Vec<u8>| if name.ends_with("gz") { gzip(&bytes) } else { bytes };
            let (first, second) = (format!("in/{first}"), format!("in/{second}"));
            folder.write(&first, &packed(&first, head.bytes()));
            folder.write(&second, &packed(&second, values.clone()));
            for named in [vec!["in"], vec![&first, &second], vec![&second, &first]] {
                let args = named.iter().copied().chain(["--method", "hard", "--max-failures", "9"]);
                let rows = folder.decode(args).rows();
                assert_eq!(rows.len(), 1, "{named:?}");
                assert_eq!((&*rows[0]["file"], &*rows[0]["status"]), (&*first, status), "{named:?}");
            }
            assert_eq!(folder.decode([&*first, &*first, "--max-failures", "9"]).rows().len(), 2);
        }
    }
}

#[test]
fn an_output_never_replaces_the_other_file_of_a_pair() {
    let mut header = volume().with(344, b"ni1\0").with(108, &0_f32.to_le_bytes());
    let values = std::mem::take(&mut header.values);
    header.extension.clear();
    let folder = Folder::new();
    folder.write("a.hdr", &header.bytes());
    folder.write("a.img", &values);
    for (input, output) in [("a.hdr", "a.img"), ("a.img", "a.hdr")] {
        let args = ["decode", input, "--format", "csv", "-o", output];
        folder.program(args).run().expect(2).says(&[&format!("`{input}` is both an input and an output")]);
    }
    assert_eq!(std::fs::read(folder.join("a.img")).unwrap(), values);
    assert_eq!(std::fs::read(folder.join("a.hdr")).unwrap(), header.bytes());
}

#[test]
fn distances_are_in_voxels_and_millimetres() {
    let folder = Folder::new();
    // Two equal maxima, 3 voxels apart along k (4 mm each): soft in the middle, hard the first.
    let mut values = [0.0_f32; 120];
    values[3 + 4 * (1 + 5)] = 8.0;
    values[3 + 4 * (1 + 5 * 4)] = 8.0;
    folder.write("a.nii", &Nifti::new(&[4, 5, 6], &f4(&values)).bytes());
    let args = ["a.nii", "--temperature", "0.01", "--compare", "--coords", "voxel,world", "--stats"];
    let row = &folder.decode(args).rows()[0];
    assert_all_near(triple(row, VOXEL).unwrap(), [3.0, 1.0, 2.5], 1e-6, "soft");
    let number = |name: &str| row[name].parse::<f64>().unwrap();
    assert_near(number("distance_voxel"), 1.5, 1e-6, "voxels");
    assert_near(number("distance_mm"), 6.0, 1e-5, "mm");
    assert_near(number("std_d_voxel"), 1.5, 1e-5, "std");
    assert_near(number("std_z_mm"), 6.0, 1e-5, "std");
    assert_near(number("cov_dd_voxel2"), 2.25, 1e-5, "covariance");
    assert_near(number("cov_zz_mm2"), 36.0, 1e-4, "covariance");
    assert_near(number("entropy"), 2.0_f64.ln(), 1e-6, "entropy");
    assert_near(number("peak_probability"), 0.5, 1e-6, "p");
    assert_near(number("log_normalizer"), 800.0 + 2.0_f64.ln(), 8e-3, "ln Z");
    let json = folder.decode(["a.nii", "--compare", "--format", "json"]).json();
    assert_eq!(json["inputs"][0]["landmarks"][0]["label"], Value::Null);
}
