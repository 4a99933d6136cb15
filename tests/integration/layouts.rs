//! Which axis is which: the defaults for each rank and family, `--layout`, and what is refused rather than
//! guessed.

use crate::support::{Folder, Nifti, Ran, VOXEL, f4, npy, npy_f4, triple};

/// An array of zeros with a one at `at`, in C order.
fn with_peak(shape: &[usize], at: &[usize]) -> Vec<f32> {
    let mut values = vec![0.0; shape.iter().product()];
    let index = shape.iter().zip(at).fold(0, |index, (&n, &i)| index * n + i);
    values[index] = 1.0;
    values
}

/// Decodes a file by `hard`; the landmark (n, c) whose map is not flat, and its position.
fn peak(out: &Ran) -> (String, String, [f64; 3]) {
    let rows = out.rows();
    let found: Vec<_> = rows.iter().filter(|row| row["status"] == "ok").collect();
    assert_eq!(found.len(), 1, "{rows:?}");
    (found[0]["n"].clone(), found[0]["c"].clone(), triple(found[0], VOXEL).unwrap())
}

const HARD: [&str; 4] = ["--method", "hard", "--coords", "voxel"];

fn npy_peak(shape: &[usize], at: &[usize], more: &[&str]) -> (String, String, [f64; 3]) {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(shape, &with_peak(shape, at)));
    peak(&folder.decode([&["a.npy"], &HARD[..], more].concat()))
}

fn nifti_peak(shape: &[usize], at: &[usize], more: &[&str]) -> (String, String, [f64; 3]) {
    let folder = Folder::new();
    // i fastest: the reverse of C order.
    let reverse = |list: &[usize]| list.iter().rev().copied().collect::<Vec<_>>();
    let dims: Vec<i16> = shape.iter().map(|&n| n as i16).collect();
    let values = with_peak(&reverse(shape), &reverse(at));
    folder.write("a.nii", &Nifti::new(&dims, &f4(&values)).bytes());
    peak(&folder.decode([&["a.nii"], &HARD[..], more].concat()))
}

fn answer(n: usize, c: usize, at: [usize; 3]) -> (String, String, [f64; 3]) {
    (n.to_string(), c.to_string(), at.map(|i| i as f64))
}

#[test]
fn npy_of_five_axes_is_nchwd() {
    assert_eq!(npy_peak(&[2, 3, 4, 5, 6], &[1, 2, 3, 1, 4], &[]), answer(1, 2, [3, 1, 4]));
}

#[test]
fn npy_of_three_axes_is_hwd() {
    assert_eq!(npy_peak(&[4, 5, 6], &[3, 1, 4], &[]), answer(0, 0, [3, 1, 4]));
}

#[test]
fn npy_of_two_axes_is_hw() {
    assert_eq!(npy_peak(&[4, 5], &[3, 1], &[]), answer(0, 0, [3, 1, 0]));
}

#[test]
fn npy_unit_axes_beyond_the_layout_are_dropped() {
    assert_eq!(npy_peak(&[2, 3, 4, 5, 6, 1, 1], &[1, 2, 3, 1, 4, 0, 0], &[]), answer(1, 2, [3, 1, 4]));
    assert_eq!(npy_peak(&[3, 4, 5, 6, 1], &[2, 3, 1, 4, 0], &["--layout", "CHWD"]), answer(0, 2, [3, 1, 4]));
}

#[test]
fn npy_of_four_axes_is_refused_with_the_two_likely_answers() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[2, 3, 4, 5], &[0.0; 120]));
    let out = folder.program(["decode", "a.npy"]).run().expect(3);
    out.says(&["expected a layout for 4 axes", "found shape (2, 3, 4, 5)", "--layout CHWD", "--layout NCHW"]);
    assert_eq!(out.rows()[0]["status"], "unreadable");
}

#[test]
fn npy_of_other_ranks_is_refused() {
    let folder = Folder::new();
    folder.write("one.npy", &npy_f4(&[7], &[0.0; 7]));
    folder.write("none.npy", &npy_f4(&[], &[0.0]));
    folder.write("six.npy", &npy_f4(&[1, 1, 1, 1, 1, 2], &[0.0; 2]));
    for (name, shape) in [("one.npy", "(7,)"), ("none.npy", "()"), ("six.npy", "(1, 1, 1, 1, 1, 2)")] {
        let out = folder.program(["decode", name]).run().expect(3);
        out.says(&["expected a layout", &format!("found shape {shape}"), "--layout"]);
    }
}

#[test]
fn every_order_of_five_axes_finds_the_peak() {
    let (lengths, peak_at) = ([2, 3, 4, 5, 6], [1, 2, 3, 1, 4]);
    for layout in ["NCDHW", "NHWDC", "CDWHN", "DWHCN", "HNWCD", "WCHND"] {
        let axes: Vec<usize> = layout.chars().map(|axis| "NCHWD".find(axis).unwrap()).collect();
        let shape: Vec<usize> = axes.iter().map(|&axis| lengths[axis]).collect();
        let at: Vec<usize> = axes.iter().map(|&axis| peak_at[axis]).collect();
        let more = ["--layout", layout];
        assert_eq!(npy_peak(&shape, &at, &more), answer(1, 2, [3, 1, 4]), "{layout}");
        assert_eq!(nifti_peak(&shape, &at, &more), answer(1, 2, [3, 1, 4]), "NIfTI {layout}");
    }
}

#[test]
fn layouts_of_fewer_axes_have_the_rest_of_length_one() {
    for (layout, shape, at, expected) in [
        ("CDWH", &[3, 6, 5, 4][..], &[2, 4, 1, 3][..], answer(0, 2, [3, 1, 4])),
        ("NCHW", &[2, 3, 4, 5], &[1, 2, 3, 1], answer(1, 2, [3, 1, 0])),
        ("NHWC", &[2, 4, 5, 3], &[1, 3, 1, 2], answer(1, 2, [3, 1, 0])),
        ("CHW", &[3, 4, 5], &[2, 3, 1], answer(0, 2, [3, 1, 0])),
        ("CH", &[3, 4], &[2, 3], answer(0, 2, [3, 0, 0])),
        ("D", &[6], &[4], answer(0, 0, [0, 0, 4])),
        ("hwd", &[4, 5, 6], &[3, 1, 4], answer(0, 0, [3, 1, 4])),
    ] {
        assert_eq!(npy_peak(shape, at, &["--layout", layout]), expected, "{layout}");
    }
}

#[test]
fn fortran_order_changes_nothing_but_memory() {
    let folder = Folder::new();
    let values = with_peak(&[6, 5, 4], &[4, 1, 3]);
    folder.write("a.npy", &npy("<f4", true, &[4, 5, 6], &f4(&values)));
    let args = [&["a.npy"], &HARD[..]].concat();
    assert_eq!(peak(&folder.decode(args)), answer(0, 0, [3, 1, 4]));
}

/// Channels that lie innermost are taken apart sixteen at a time: the first, the last of a bundle, the first
/// of the next, the last of all; as they lie, converted, and where only some are asked for.
#[test]
fn many_channels_last() {
    let shape = [20, 3, 7, 19];
    for c in [0, 15, 16, 18] {
        let values = with_peak(&shape, &[17, 2, 5, c]);
        let folder = Folder::new();
        let shorts: Vec<u8> = values.iter().flat_map(|&x| (x as i16).to_be_bytes()).collect();
        folder.write("f4.npy", &npy_f4(&shape, &values));
        folder.write("i2.npy", &npy(">i2", false, &shape, &shorts));
        for name in ["f4.npy", "i2.npy"] {
            for channels in [&[][..], &["--channels", &c.to_string()]] {
                let args = [&[name, "--layout", "HWDC"], &HARD[..], channels].concat();
                let (n, c) = ("0".to_owned(), c.to_string());
                assert_eq!(peak(&folder.decode(args)), (n, c, [17.0, 2.0, 5.0]), "{name} {channels:?}");
            }
        }
    }
}

#[test]
fn nifti_defaults() {
    assert_eq!(nifti_peak(&[4, 5], &[3, 1], &[]), answer(0, 0, [3, 1, 0]));
    assert_eq!(nifti_peak(&[4, 5, 6], &[3, 1, 4], &[]), answer(0, 0, [3, 1, 4]));
    assert_eq!(nifti_peak(&[4, 5, 6, 3], &[3, 1, 4, 2], &[]), answer(0, 2, [3, 1, 4]));
    assert_eq!(nifti_peak(&[4, 5, 6, 1, 3], &[3, 1, 4, 0, 2], &[]), answer(0, 2, [3, 1, 4]));
    assert_eq!(nifti_peak(&[4, 5, 6, 3, 1, 1], &[3, 1, 4, 2, 0, 0], &[]), answer(0, 2, [3, 1, 4]));
}

#[test]
fn nifti_of_five_axes_needs_a_layout() {
    let (shape, at) = ([4, 5, 6, 2, 3], [3, 1, 4, 1, 2]);
    let folder = Folder::new();
    folder.write("a.nii", &Nifti::new(&[4, 5, 6, 2, 3], &f4(&[0.0; 720])).bytes());
    let out = folder.program(["decode", "a.nii"]).run().expect(3);
    out.says(&["expected a layout for 5 axes", "found shape (4, 5, 6, 2, 3)", "HWDCN", "HWDNC"]);
    assert_eq!(nifti_peak(&shape, &at, &["--layout", "HWDNC"]), answer(1, 2, [3, 1, 4]));
    assert_eq!(nifti_peak(&shape, &at, &["--layout", "HWDCN"]), answer(2, 1, [3, 1, 4]));
}

/// `array.reshape` to the shape without the axes that are dropped gives the same answers.
#[test]
fn axes_of_length_1_within_the_shape_are_dropped_by_name() {
    let inner = |layout| npy_peak(&[1, 1, 3, 7, 6, 5], &[0, 0, 2, 4, 2, 3], &["--layout", layout]);
    for layout in ["1NCHWD", "N1CHWD", "11CHWD"] {
        assert_eq!(inner(layout), answer(0, 2, [4, 2, 3]), "{layout}");
    }
    let found = npy_peak(&[3, 1, 7, 6, 1, 5, 1], &[2, 0, 4, 2, 0, 3, 0], &["--layout", "C1DW1H"]);
    assert_eq!(found, answer(0, 2, [3, 2, 4]));
    let found = nifti_peak(&[7, 6, 5, 1, 1, 3], &[4, 2, 3, 0, 0, 2], &["--layout", "HWD11C"]);
    assert_eq!(found, answer(0, 2, [4, 2, 3]));
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 1, 3, 7, 6, 5], &[0.0; 630]));
    let out = folder.program(["decode", "a.npy"]).run().expect(3);
    out.says(&[
        "expected a layout for 6 axes",
        "hint: `--layout 1NCHWD`, where `1` drops an axis of length 1",
    ]);
    let out = folder.program(["decode", "a.npy", "--layout", "NC1HWD"]).run().expect(3);
    out.says(&["expected length 1 for each 1 of layout NC1HWD, found shape (1, 1, 3, 7, 6, 5)"]);
    // A mask of the shape of the heatmaps, and one without the axes that they drop.
    let values: Vec<f32> = (0..630).map(|i| (i * 37 % 101) as f32).collect();
    folder.write("map.npy", &npy_f4(&[1, 3, 1, 7, 6, 5], &values));
    folder.write("plain.npy", &npy_f4(&[1, 3, 7, 6, 5], &values));
    let mask: Vec<f32> = (0..210).map(|i| f32::from(u8::from(i % 3 == 0))).collect();
    folder.write("mask.npy", &npy_f4(&[7, 6, 5], &mask));
    folder.write("inner.npy", &npy_f4(&[1, 7, 6, 5], &mask));
    let rows = |args: &[&str]| {
        let rows = folder.decode([args, &HARD].concat()).rows();
        rows.iter().map(|row| triple(row, VOXEL).unwrap()).collect::<Vec<_>>()
    };
    let expected = rows(&["plain.npy", "--mask", "mask.npy"]);
    assert_ne!(expected, rows(&["plain.npy"]));
    for mask in ["mask.npy", "inner.npy"] {
        assert_eq!(rows(&["map.npy", "--layout", "NC1HWD", "--mask", mask]), expected, "{mask}");
    }
}

#[test]
fn a_layout_of_another_rank_is_unreadable() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[2, 3, 4], &[0.0; 24]));
    for (layout, axes) in [("CHWD", "4"), ("HW", "2")] {
        let out = folder.program(["decode", "a.npy", "--layout", layout]).run().expect(3);
        out.says(&[&format!("expected {axes} axes for layout {layout}"), "found shape (2, 3, 4)", "hint:"]);
    }
}

#[test]
fn what_is_no_layout_is_a_usage_error() {
    for layout in ["", "HWX", "HHW", "HWDCNN", "H W D", "NCHWDT"] {
        let folder = Folder::new();
        folder.write("a.npy", &npy_f4(&[2, 3, 4], &[0.0; 24]));
        let out = folder.program(["decode", "a.npy", "--layout", layout]).run().expect(2);
        assert!(out.stdout.is_empty() && out.stderr.contains("--layout"), "{layout}: {}", out.stderr);
    }
}

#[test]
fn the_layout_in_use_is_stated() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[3, 4, 5, 6], &[0.0; 360]));
    let args = ["a.npy", "--layout", "CDWH"];
    assert!(folder.program(["info"]).args(args).run().expect(0).text().contains("CDWH"));
    assert!(folder.program(["decode", "--dry-run"]).args(args).run().expect(0).text().contains("CDWH"));
    folder.program(["decode", "-v"]).args(args).run().expect(0).says(&["CDWH"]);
}

#[test]
fn axes_of_length_zero_are_empty() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[2, 2, 3, 0, 4], &[]));
    let out = folder.program(["decode", "a.npy"]).run().expect(1);
    assert!(out.rows().len() == 4 && out.rows().iter().all(|row| row["status"] == "empty"));
    // No sample, no channel: no landmark, and nothing that failed.
    folder.write("b.npy", &npy_f4(&[0, 2, 3, 3, 4], &[]));
    folder.write("c.npy", &npy_f4(&[2, 0, 3, 3, 4], &[]));
    assert!(folder.decode(["b.npy", "c.npy"]).rows().is_empty());
}
