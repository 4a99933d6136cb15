//! One test for each defect that was found by trying the program as a new user would.

use crate::support::{Folder, Nifti, f4, npy_f4, read_npy_f8, triple};

/// A volume of 4 × 5 × 6 with its largest voxel at i, j, k = 1, 2, 3 and voxels of 2 × 3 × 4 mm.
fn volume() -> Nifti {
    let mut values = [0.0; 120];
    values[1 + 4 * (2 + 5 * 3)] = 1.0;
    let rows = [[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]];
    Nifti::new(&[4, 5, 6], &f4(&values)).kind(16, 32).sform(&rows)
}

#[test]
fn millimetres_do_not_depend_on_the_names_of_a_volumes_axes() {
    let folder = Folder::new();
    folder.write("v.nii", &volume().bytes());
    for layout in ["HWD", "DWH", "WHD", "DHW"] {
        let args = ["v.nii", "--method", "hard", "--coords", "world", "--layout", layout];
        let row = folder.decode(args).expect(0).rows().remove(0);
        assert_eq!(triple(&row, ["x_mm", "y_mm", "z_mm"]), Some([2.0, 6.0, 12.0]), "{layout}");
    }
    // An axis that the layout does not name has length 1 and takes what is left of i, j, k.
    folder.decode(["v.nii", "--coords", "world", "--layout", "HNC"]).expect(0);
    folder.decode(["v.nii", "--coords", "world", "--layout", "NCH"]).expect(0);
}

#[test]
fn an_array_without_channels_is_an_empty_array() {
    let folder = Folder::new();
    folder.write("none.npy", &npy_f4(&[2, 0, 3, 4, 5], &[]));
    folder.write("five.npy", &npy_f4(&[1, 5, 1, 1, 1], &[0.0; 5]));
    let args = ["decode", "none.npy", "--coords", "voxel", "-o", "out.npy"];
    folder.program(args).run().expect(0);
    let (shape, values) = read_npy_f8(&std::fs::read(folder.join("out.npy")).unwrap());
    assert_eq!((shape, values.len()), (vec![2, 0, 3], 0));
    let args = ["decode", "five.npy", "none.npy", "--coords", "voxel", "-o", "both.npy"];
    for extra in [&[][..], &["--dry-run"]] {
        folder
            .program(args)
            .args(extra)
            .run()
            .expect(2)
            .says(&["`five.npy` has 5 landmarks a sample, `none.npy` has 0"]);
    }
}

#[test]
fn an_output_never_takes_the_place_of_an_input() {
    let folder = Folder::new();
    let bytes = npy_f4(&[1, 1, 2], &[0.0, 1.0]);
    folder.write("in.npy", &bytes);
    let out = folder.program(["decode", "in.npy", "--coords", "voxel", "-o", "in.npy"]).run().expect(2);
    out.says(&["`in.npy` is both an input and an output", "`-o`"]);
    assert_eq!(std::fs::read(folder.join("in.npy")).unwrap(), bytes);
}

#[test]
fn what_is_suspicious_about_an_affine_is_said_where_it_is_missed() {
    let folder = Folder::new();
    let rows = [[f32::NAN, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    folder.write("v.nii", &volume().sform(&rows).bytes());
    let out = folder.program(["decode", "v.nii", "--coords", "world"]).run().expect(3);
    out.says(&[
        "world coordinates need an affine, and there is no usable one",
        "nonfinite-affine",
        "--affine pixdim",
    ]);
}

#[test]
fn what_is_not_known_of_an_input_is_null() {
    let folder = Folder::new();
    folder.write("text.npy", b"no array at all");
    let answer = folder.program(["info", "text.npy", "--format", "json"]).run().expect(3).json();
    for key in ["format", "dtype", "shape", "layout"] {
        assert!(answer["inputs"][0][key].is_null(), "{key}");
    }
}

#[test]
fn an_array_without_elements_is_empty_whatever_its_other_lengths() {
    let folder = Folder::new();
    for (layout, shape) in
        [("NCHWD", [3, 2, 1, 0, 3]), ("NCHWD", [3, 2, 1, 1, 0]), ("NHWDC", [3, 1, 0, 2, 2])]
    {
        folder.write("none.npy", &npy_f4(&shape, &[]));
        // Nothing to decode is the reason for exit status 1, and not that the file could not be read.
        let rows = folder.program(["decode", "none.npy", "--layout", layout]).run().expect(1).rows();
        assert_eq!(rows.len(), 6, "{layout} {shape:?}");
        assert!(rows.iter().all(|row| row["status"] == "empty"), "{layout} {shape:?}");
    }
    // Channels that lie innermost, and none of them: no rows, and no error.
    folder.write("none.npy", &npy_f4(&[2, 3, 4, 5, 0], &[]));
    assert!(folder.decode(["none.npy", "--layout", "NHWDC"]).rows().is_empty());
}

/// A unit that begins in the middle of the second sample of a channel goes on with the next channel, whose
/// first heatmap has a smaller number: builds that check for overflow panicked.
#[test]
fn samples_inside_channels_over_several_units() {
    let folder = Folder::new();
    let mut values = vec![0.0_f32; 3 * 2 * 40_000];
    for (i, peak) in [7, 11, 13, 17, 19, 23].into_iter().enumerate() {
        values[i * 40_000 + peak] = 100.0;
    }
    folder.write("a.npy", &npy_f4(&[3, 2, 40_000], &values));
    let out = folder.decode(["a.npy", "--layout", "CNH", "--coords", "voxel", "--threads", "1"]);
    let found: Vec<String> = out.rows().iter().map(|row| row["h_voxel"].clone()).collect();
    // (n, c): the file has the two samples of a channel side by side.
    assert_eq!(found, ["7", "13", "19", "11", "17", "23"]);
}
