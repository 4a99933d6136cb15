//! `--reference` with a pattern: a volume for each input.

use crate::support::{Folder, Nifti, Ran, gzip, npy_f4};

/// A volume of 3 × 1 × 1 voxels whose first voxel lies at x.
fn volume(x: f32) -> Vec<u8> {
    Nifti::new(&[3, 1, 1], &[0; 12])
        .sform(&[[1.0, 0.0, 0.0, x], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
        .bytes()
}

/// Heatmaps whose landmark is the last voxel, and a volume for each of some of them.
fn folder(inputs: &[&str], volumes: &[(&str, f32)]) -> Folder {
    let folder = Folder::new();
    for input in inputs {
        folder.write(input, &npy_f4(&[3, 1, 1], &[0.0, 0.0, 30.0]));
    }
    for (name, x) in volumes {
        let bytes = volume(*x);
        folder.write(name, &if name.ends_with(".gz") { gzip(&bytes) } else { bytes });
    }
    folder
}

const WORLD: [&str; 6] = ["--layout", "HWD", "--coords", "world", "--method", "hard"];

fn column(ran: &Ran, name: &str) -> Vec<String> {
    ran.rows().iter().map(|row| row[name].clone()).collect()
}

#[test]
fn each_input_has_its_own() {
    let inputs = ["out/case_1.npy", "out/case_2.npy", "out/case.3.npy"];
    let volumes = [("im/case_1_0000.nii.gz", 10.0), ("im/case_2_0000.nii.gz", 20.0)];
    let folder = folder(&inputs, &volumes);
    let args = ["decode", "out", "--reference", "im/{stem}_0000.nii.gz"];
    let ran = folder.program(args).args(WORLD).run().expect(3);
    assert_eq!(column(&ran, "file"), ["out/case.3.npy", "out/case_1.npy", "out/case_2.npy"]);
    assert_eq!(column(&ran, "status"), ["unreadable", "ok", "ok"]);
    assert_eq!(column(&ran, "x_mm"), ["", "12", "22"]);
    let missing = "failed to read its reference `im/case.3_0000.nii.gz`: no such file";
    assert!(column(&ran, "reason")[0].starts_with(missing), "{}", column(&ran, "reason")[0]);
    ran.says(&[
        "hint: `--reference` names it by the input's path: {stem} is the name without its extensions",
    ]);
    // The same through a list, `info` and a dry run.
    folder.write("list", inputs.join("\n").as_bytes());
    let args = ["decode", "--files-from", "list", "--reference", "im/{stem}_0000.nii.gz"];
    let listed = folder.program(args).args(WORLD).run().expect(3);
    assert_eq!(column(&listed, "x_mm"), ["12", "22", ""]);
    let dry = folder.program(args).args(WORLD).arg("--dry-run").run().expect(3);
    assert!(dry.text().contains(&format!("out/case.3.npy: unreadable: {missing}")), "{}", dry.text());
    let args = ["info", "out", "--layout", "HWD", "--reference", "im/{stem}_0000.nii.gz", "--format", "json"];
    let info = folder.program(args).run().expect(3).json();
    assert_eq!(info["inputs"][1]["affine"][0][3], 10.0);
}

#[test]
fn the_directory_and_the_name_are_fields_too() {
    let inputs = ["a/heat.npy", "a/more.npy", "b/heat.npy"];
    let folder = folder(&inputs, &[("a/t1.nii", 10.0), ("b/t1.nii", 20.0), ("x/heat.npy.nii", 30.0)]);
    let run = |inputs: &[&str], pattern: &str| {
        let ran = folder.program(["decode"]).args(inputs).args(["--reference", pattern]).args(WORLD).run();
        column(&ran.expect(0), "x_mm").join(" ")
    };
    assert_eq!(run(&inputs, "{dir}/t1.nii"), "12 12 22");
    assert_eq!(run(&["a/heat.npy"], "x/{name}.nii"), "32");
    // A brace that is no field is doubled.
    folder.write("{dir}.nii", &volume(40.0));
    assert_eq!(run(&["a/heat.npy"], "{{dir}}.nii"), "42");
}

#[test]
fn what_does_not_fit_is_unreadable() {
    let folder = folder(&["a.npy", "b.npy", "c.npy"], &[("a.nii", 1.0)]);
    folder.write("b.nii", &Nifti::new(&[3, 1, 1], &[0; 12]).without_affine().bytes());
    folder.write("c.nii", &Nifti::new(&[4, 1, 1], &[0; 16]).bytes());
    let args = ["decode", "a.npy", "b.npy", "c.npy", "--reference", "{stem}.nii"];
    let ran = folder.program(args).args(WORLD).run().expect(3);
    let reasons = ["", "its reference `b.nii` has no affine", "expected the reference's spatial shape"];
    for (found, expected) in column(&ran, "reason").iter().zip(reasons) {
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn what_is_no_field_is_a_usage_error() {
    let folder = folder(&["a.npy"], &[]);
    for (pattern, why) in [("{case}.nii", "there is no field `{case}`"), ("{stem.nii", "a brace that stands")]
    {
        let args = ["decode", "a.npy", "--reference", pattern];
        let ran = folder.program(args).args(WORLD).run().expect(2);
        ran.says(&[why, "hint: `{dir}`, `{name}` and `{stem}` stand for a part of each input's path"]);
    }
}

#[test]
fn no_output_replaces_one() {
    let folder = folder(&["d/a.npy"], &[("d/a.csv.nii", 1.0), ("out/a.npy.csv", 1.0)]);
    let run = |args: &[&str]| folder.program(args).args(WORLD).run().expect(2);
    let told = ["is both the reference and an output"];
    run(&["decode", "d/a.npy", "--reference", "d/{stem}.csv.nii", "-o", "d/a.csv.nii", "--format", "csv"])
        .says(&told);
    run(&["decode", "d/a.npy", "--reference", "out/{name}.csv", "--output-dir", "out"]).says(&told);
    folder.write("list", b"d/a.npy\n");
    let args = ["decode", "--files-from", "list", "--reference", "out/{name}.csv", "-o", "out/a.npy.csv"];
    run(&args).says(&told);
    assert_eq!(std::fs::read(folder.join("out/a.npy.csv")).unwrap(), volume(1.0));
}

#[test]
fn resume_sees_that_a_reference_changed() {
    let folder = folder(&["a.npy", "b.npy"], &[("a.nii", 1.0), ("b.nii", 1.0)]);
    let args = ["decode", "a.npy", "b.npy", "--reference", "{stem}.nii", "--output-dir", "out", "--resume"];
    let run = || folder.program(args).args(WORLD).run().expect(0);
    run();
    run().says(&["2 done before"]);
    folder.write(
        "b.nii",
        &Nifti::new(&[3, 1, 1], &[0; 12]).bytes().into_iter().chain([0; 3]).collect::<Vec<_>>(),
    );
    run().says(&["1 done before"]);
}
