//! `--mask`: what it leaves out is as absent as −∞, in every container, memory order and type.

use crate::support::{
    Folder, Nifti, Noise, Program, VOXEL, assert_all_near, f4, gzip, npy, npy_f4, triple, zip,
};
use ::zip::CompressionMethod::{Deflated, Stored};

/// N, C, H, W, D.
const SHAPE: [usize; 5] = [2, 3, 4, 5, 6];
const SPACE: usize = 4 * 5 * 6;

/// Two thirds of the voxels, drawn anew for each channel.
fn kept(channels: usize) -> Vec<u8> {
    let mut noise = Noise::new(11);
    (0..channels * SPACE).map(|_| u8::from(noise.next() < 0.33)).collect()
}

/// Heatmaps in C order, and the same with `hidden` where the mask of `channels` channels is 0.
fn maps(channels: usize, hidden: f32) -> (Vec<f32>, Vec<f32>) {
    let (mask, values) = (kept(channels), Noise::new(5).f32s(SHAPE.iter().product()));
    let place = |i: usize| (i / SPACE % 3) % channels * SPACE + i % SPACE;
    let masked = values.iter().enumerate().map(|(i, &x)| if mask[place(i)] == 1 { x } else { hidden });
    let masked = masked.collect();
    (values, masked)
}

/// NCHWD in another order: the axis `order[k]` becomes the k-th.
fn turned<T: Copy>(values: &[T], shape: [usize; 5], order: [usize; 5]) -> (Vec<usize>, Vec<T>) {
    let view = ndarray::ArrayView::from_shape(shape, values).unwrap();
    let view = view.permuted_axes(order);
    (view.shape().to_vec(), view.iter().copied().collect())
}

fn rows(folder: &Folder, input: &str, options: &[&str]) -> String {
    let common = ["--coords", "voxel", "--compare", "--stats", "--fail-on", "none"];
    let out = folder.program(["decode", input]).args(common).args(options).run().expect(0);
    out.text().replace(input, "")
}

#[test]
fn a_masked_voxel_is_as_minus_infinity() {
    for channels in [1, 3] {
        let folder = Folder::new();
        let (plain, masked) = maps(channels, f32::NEG_INFINITY);
        folder.write("plain.npy", &npy_f4(&SHAPE, &plain));
        folder.write("masked.npy", &npy_f4(&SHAPE, &masked));
        let shape: &[usize] = if channels == 1 { &[4, 5, 6] } else { &[3, 4, 5, 6] };
        folder.write("mask.npy", &npy("|u1", false, shape, &kept(channels)));
        folder.write("mask.npy.gz", &gzip(&npy("|u1", false, shape, &kept(channels))));
        let archive = zip(&[("mask.npy", &npy("|u1", false, shape, &kept(channels))[..])], Stored);
        folder.write("mask.npz", &archive);
        // The same array with the first axis fastest.
        let mask = kept(channels);
        let fortran: Vec<u8> =
            ndarray::ArrayView::from_shape(shape, &mask).unwrap().t().iter().copied().collect();
        folder.write("fortran.npy", &npy("|u1", true, shape, &fortran));
        let archive = zip(&[("mask.npy", &npy("|u1", true, shape, &fortran)[..])], Deflated);
        folder.write("fortran.npz", &archive);
        for method in ["soft", "hard", "local", "parabola", "dark", "gaussian"] {
            let expected = rows(&folder, "masked.npy", &["--method", method]);
            assert_ne!(expected, rows(&folder, "plain.npy", &["--method", method]));
            for mask in ["mask.npy", "mask.npy.gz", "mask.npz", "fortran.npy", "fortran.npz"] {
                let found = rows(&folder, "plain.npy", &["--method", method, "--mask", mask]);
                assert_eq!(found, expected, "{method} {mask}");
            }
        }
    }
}

/// Two voxels are left of 2 × 3 × 4, each as high as its place in C order.
#[test]
fn memory_orders_and_archives_by_hand() {
    let folder = Folder::new();
    let place = |[h, w, d]: [usize; 3]| (h * 3 + w) * 4 + d;
    let turned = |[h, w, d]: [usize; 3]| h + 2 * (w + 3 * d);
    let (mut plain, mut fortran) = (vec![0.0; 24], vec![0.0; 24]);
    let (mut mask, mut fortran_mask) = (vec![0; 24], vec![0; 24]);
    for (h, w, d) in (0..24).map(|i| (i / 12, i / 4 % 3, i % 4)) {
        (plain[place([h, w, d])], fortran[turned([h, w, d])]) =
            (place([h, w, d]) as f32, place([h, w, d]) as f32);
    }
    // Values 6 and 15.
    for voxel in [[0, 1, 2], [1, 0, 3]] {
        (mask[place(voxel)], fortran_mask[turned(voxel)]) = (1, 1);
    }
    folder.write("plain.npy", &npy("<f4", false, &[2, 3, 4], &f4(&plain)));
    folder.write("turned.npy", &npy("<f4", true, &[2, 3, 4], &f4(&fortran)));
    let (mask, fortran_mask) =
        (npy("|b1", false, &[2, 3, 4], &mask), npy("|b1", true, &[2, 3, 4], &fortran_mask));
    folder.write("c.npz", &zip(&[("arr_0.npy", &mask[..])], Deflated));
    folder.write("f.npz", &zip(&[("arr_0.npy", &fortran_mask[..])], Stored));
    folder.write("c.npy", &mask);
    folder.write("f.npy", &fortran_mask);
    for input in ["plain.npy", "turned.npy"] {
        let expected = rows(&folder, input, &["--method", "mean", "--mask", "c.npy"]);
        for mask in ["c.npy", "f.npy", "c.npz", "f.npz"] {
            let run = |method: &str| {
                let out =
                    folder.decode([input, "--method", method, "--coords", "voxel", "--mask", mask, "-q"]);
                triple(&out.rows()[0], VOXEL).unwrap()
            };
            assert_eq!(run("hard"), [1.0, 0.0, 3.0], "{input} {mask}");
            // (6 · (0, 1, 2) + 15 · (1, 0, 3)) / 21
            assert_all_near(run("mean"), [15.0 / 21.0, 6.0 / 21.0, 57.0 / 21.0], 1e-6, mask);
            assert_eq!(rows(&folder, input, &["--method", "mean", "--mask", mask]), expected);
        }
    }
    // `--key` is for the inputs.
    let two = zip(&[("a.npy", &mask[..]), ("b.npy", &mask[..])], Stored);
    folder.write("two.npz", &two);
    let out = folder.program(["decode", "plain.npy", "--mask", "two.npz"]).run().expect(2);
    out.says(&["the archive holds 2 arrays: `a`, `b`", "hint: save the mask as the only array of a file"]);
}

#[test]
fn every_type_and_memory_order() {
    let folder = Folder::new();
    // What is under the mask is not looked at.
    let (_, hidden) = maps(1, f32::NAN);
    let (_, masked) = maps(1, f32::NEG_INFINITY);
    folder.write("mask.npy", &npy("|u1", false, &[4, 5, 6], &kept(1)));
    for (layout, order) in [
        ("NCHWD", [0, 1, 2, 3, 4]),
        ("NHWDC", [0, 2, 3, 4, 1]),
        ("NCDWH", [0, 1, 4, 3, 2]),
        ("HNWCD", [2, 0, 3, 1, 4]),
    ] {
        // The mask has the spatial axes in the order of the layout.
        let space: Vec<usize> = order.iter().filter(|&&axis| axis >= 2).map(|axis| axis - 2).collect();
        let mask = kept(1);
        let view = ndarray::ArrayView::from_shape((4, 5, 6), &mask).unwrap();
        let view = view.permuted_axes([space[0], space[1], space[2]]);
        let mask: Vec<u8> = view.iter().copied().collect();
        folder.write("turned.npy", &npy("|u1", false, view.shape(), &mask));
        for (descr, size) in [("<f4", 4), (">f4", 4), ("<f8", 8)] {
            let bytes = |values: &[f32]| -> Vec<u8> {
                let one = |&x: &f32| match descr {
                    "<f4" => x.to_le_bytes().to_vec(),
                    ">f4" => x.to_be_bytes().to_vec(),
                    _ => f64::from(x).to_le_bytes().to_vec(),
                };
                values.iter().flat_map(one).collect()
            };
            let write = |name: &str, values: &[f32]| {
                let (shape, values) = turned(values, SHAPE, order);
                let bytes = bytes(&values);
                assert_eq!(bytes.len(), values.len() * size);
                folder.write(name, &npy(descr, false, &shape, &bytes));
            };
            write("hidden.npy", &hidden);
            write("masked.npy", &masked);
            let options = ["--layout", layout];
            let expected = rows(&folder, "masked.npy", &options);
            let found = rows(&folder, "hidden.npy", &["--layout", layout, "--mask", "turned.npy"]);
            assert_eq!(found, expected, "{layout} {descr}");
        }
    }
}

/// Rows of 150 voxels with runs of all lengths, which end within words of the mask and at their ends.
#[test]
fn runs_in_long_rows() {
    let folder = Folder::new();
    let values: Vec<f32> = (0..7 * 150).map(|i| ((i * 37) % 1009) as f32 / 100.0).collect();
    let run = |i: usize| match i / 150 {
        0 => i % 150 < 64,
        1 => i % 150 >= 106,
        2 => true,
        3 => false,
        row => i % (13 * row) > 5 * row,
    };
    let mask: Vec<u8> = (0..values.len()).map(|i| u8::from(run(i))).collect();
    let masked: Vec<f32> =
        values.iter().enumerate().map(|(i, &x)| if run(i) { x } else { f32::NEG_INFINITY }).collect();
    folder.write("plain.npy", &npy_f4(&[1, 7, 150], &values));
    folder.write("masked.npy", &npy_f4(&[1, 7, 150], &masked));
    folder.write("mask.npy", &npy("|u1", false, &[1, 7, 150], &mask));
    let turned: Vec<u8> = (0..mask.len()).map(|i| mask[i % 7 * 150 + i / 7]).collect();
    folder.write("fortran.npy", &npy("|u1", true, &[1, 7, 150], &turned));
    let expected = rows(&folder, "masked.npy", &["--method", "mean"]);
    assert_ne!(rows(&folder, "plain.npy", &["--method", "mean"]), expected);
    for mask in ["mask.npy", "fortran.npy"] {
        assert_eq!(rows(&folder, "plain.npy", &["--method", "mean", "--mask", mask]), expected, "{mask}");
    }
}

/// 64-bit integers that f64 does not tell apart, and a slope that turns the order round.
#[test]
fn integers_and_slopes() {
    let folder = Folder::new();
    let big = 1_i64 << 60;
    let values = [big + 3, big + 2, big + 1, big].map(i64::to_le_bytes).concat();
    folder.write("big.npy", &npy("<i8", false, &[1, 1, 4], &values));
    folder.write("mask.npy", &npy("|b1", false, &[1, 1, 4], &[0, 0, 1, 1]));
    let hard = ["--method", "hard", "--coords", "voxel", "--mask", "mask.npy"];
    let at = |input: &str| triple(&folder.decode([input].iter().chain(&hard)).rows()[0], VOXEL);
    assert_eq!(at("big.npy"), Some([0.0, 0.0, 2.0]));
    // −2x: of the values 3, 5, 4, 6 the third is the largest that is left.
    let reversed = Nifti::new(&[1, 1, 4], &f4(&[3.0, 5.0, 4.0, 6.0])).scaled(-2.0, 1.0);
    folder.write("reversed.nii", &reversed.bytes());
    assert_eq!(at("reversed.nii"), Some([0.0, 0.0, 2.0]));
    let piped = folder.program(["decode", "-"]).args(hard).stdin(&gzip(&reversed.bytes())).run().expect(0);
    assert_eq!(triple(&piped.rows()[0], VOXEL), Some([0.0, 0.0, 2.0]));
}

#[test]
fn statuses_are_of_what_is_left() {
    let folder = Folder::new();
    folder.write("map.npy", &npy_f4(&[1, 2, 2], &[1.0, 9.0, 1.0, f32::INFINITY]));
    let run = |mask: [f32; 4]| {
        folder.write("mask.npy", &npy_f4(&[1, 2, 2], &mask));
        let row = rows(&folder, "map.npy", &["--mask", "mask.npy"]);
        let names = ["ok", "flat", "empty", "nonfinite"];
        row.split(',').find(|cell| names.contains(cell)).unwrap().to_owned()
    };
    assert_eq!(run([1.0, 1.0, 1.0, 0.0]), "ok");
    assert_eq!(run([1.0, 0.0, -2.0, 0.0]), "flat");
    // NaN in the mask is 0.
    assert_eq!(run([0.0, f32::NAN, 0.0, -0.0]), "empty");
    assert_eq!(run([1.0; 4]), "nonfinite");
}

#[test]
fn a_volume_as_the_mask_of_an_array_and_the_other_way_round() {
    let folder = Folder::new();
    // The largest voxel, (1, 2, 3), is masked; (0, 1, 2) is left.
    let mut values = vec![0.0; 24];
    (values[23], values[6]) = (9.0, 5.0);
    let mut volume = vec![0.0; 24];
    (volume[(3 * 3 + 2) * 2 + 1], volume[(2 * 3 + 1) * 2]) = (9.0, 5.0);
    let mask = |x: &f32| f32::from(u8::from(*x < 9.0));
    folder.write("map.npy", &npy_f4(&[2, 3, 4], &values));
    folder.write("mask.npy", &npy_f4(&[2, 3, 4], &values.iter().map(mask).collect::<Vec<_>>()));
    folder.write("map.nii", &Nifti::new(&[2, 3, 4], &f4(&volume)).bytes());
    let of_volume = f4(&volume.iter().map(mask).collect::<Vec<_>>());
    folder.write("mask.nii", &Nifti::new(&[2, 3, 4, 1], &of_volume).bytes());
    for input in ["map.npy", "map.nii"] {
        for mask in ["mask.npy", "mask.nii"] {
            let out = folder.decode([input, "--method", "hard", "--coords", "voxel", "--mask", mask]);
            assert_eq!(triple(&out.rows()[0], VOXEL), Some([0.0, 1.0, 2.0]), "{input} {mask}");
        }
    }
}

#[test]
fn a_mask_that_does_not_fit() {
    let folder = Folder::new();
    folder.write("map.npy", &npy_f4(&[2, 3, 4], &[0.0; 24]));
    folder.write("map.nii", &Nifti::new(&[2, 3, 4], &f4(&[0.0; 24])).bytes());
    folder.write("other.npy", &npy_f4(&[4, 3, 2], &[1.0; 24]));
    // Voxels of 2 × 3 × 4 mm: a tenth of 2 mm is near enough.
    let moved = |by: f32| [[2.0, 0.0, 0.0, -10.0 + by], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 5.0]];
    for (name, by) in [("near.nii", 0.19), ("far.nii", 0.25)] {
        folder.write(name, &Nifti::new(&[2, 3, 4], &f4(&[1.0; 24])).sform(&moved(by)).bytes());
    }
    let run =
        |input: &str, mask: &str, code| folder.program(["decode", input, "--mask", mask]).run().expect(code);
    let out = run("map.npy", "other.npy", 3);
    out.says(&[
        "the mask `other.npy` has shape [4, 3, 2], the heatmaps have [2, 3, 4] voxels (h, w, d)",
        "`--layout`",
    ]);
    run("map.nii", "near.nii", 0);
    run("map.nii", "far.nii", 3)
        .says(&["the mask `far.nii` lies elsewhere: one of its corners is 0.25 mm away", "resample"]);
    // An array has no affine to differ from.
    run("map.npy", "far.nii", 0);
    let out = run("map.npy", "none.npy", 2);
    out.says(&["failed to read the mask `none.npy`"]);
    let lying = npy("|u1", false, &[1 << 20, 1 << 10, 1 << 10], &[1; 100]);
    folder.write("lying.npy", &lying);
    Program::new(["decode", "map.npy", "--mask", "lying.npy"])
        .within(folder.path())
        .memory(512)
        .run()
        .expect(2);
}

#[test]
fn a_mask_of_another_content_is_decoded_again() {
    let folder = Folder::new();
    folder.write("map.npy", &npy_f4(&[1, 1, 3], &[1.0, 2.0, 3.0]));
    let run = |mask: [f32; 3]| {
        folder.write("mask.npy", &npy_f4(&[1, 1, 3], &mask));
        let to = ["decode", "map.npy", "--output-dir", "out", "--resume", "--coords", "voxel"];
        folder.program(to).args(["--method", "hard", "--mask", "mask.npy"]).run().expect(0);
        let rows = std::fs::read(folder.join("out/map.npy.csv")).unwrap();
        triple(&crate::support::rows(&rows, b',')[0], VOXEL).unwrap()[2]
    };
    assert_eq!(run([1.0, 1.0, 1.0]), 2.0);
    assert_eq!(run([1.0, 1.0, 0.0]), 1.0);
}
