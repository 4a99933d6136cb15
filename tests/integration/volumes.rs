//! MetaImage and NRRD as people have them: headers with their values, references, masks, pipes.

use crate::support::{Folder, Nifti, VOXEL, f4, gzip, npy_f4, triple};

/// A heatmap of 2 × 3 × 4 voxels, the first axis the fastest, with its peak at (1, 2, 3).
fn heatmap() -> Vec<u8> {
    let mut values = [0.0_f32; 24];
    values[23] = 1.0;
    f4(&values)
}

const META: &str = "ObjectType = Image\nNDims = 3\nDimSize = 2 3 4\nElementType = MET_FLOAT\n";
const NRRD: &str = "NRRD0004\ntype: float\ndimension: 3\nsizes: 2 3 4\nendian: little\nencoding: raw\n";

fn meta(fields: &str, end: &str, values: &[u8]) -> Vec<u8> {
    [META.as_bytes(), fields.as_bytes(), format!("ElementDataFile = {end}\n").as_bytes(), values].concat()
}

/// No output replaces the values of an input, whatever its header is called, and no answer outlives them.
#[test]
fn values_beside_a_header_are_kept_and_watched() {
    let folder = Folder::new();
    for (header, values, bytes) in [
        ("a.mhd", "a.raw", meta("", "a.raw", &[])),
        ("b.mhd.gz", "b.raw", gzip(&meta("", "b.raw", &[]))),
        ("c.txt", "other.dat", meta("", "other.dat", &[])),
        ("d.nhdr", "d.raw", format!("{NRRD}data file: d.raw\n").into_bytes()),
        ("e.nhdr.gz", "e.bin", gzip(format!("{NRRD}data file: e.bin\n").as_bytes())),
    ] {
        folder.write(header, &bytes);
        folder.write(values, &heatmap());
        let args = ["decode", header, "-o", values, "--format", "csv"];
        folder.program(args).run().expect(2).says(&["is both an input and an output"]);
        assert_eq!(std::fs::read(folder.join(values)).unwrap(), heatmap(), "{header}");
        // The values change, and so does the answer of a run that goes on.
        let out = format!("out_{header}");
        let again =
            ["decode", header, "--output-dir", &out, "--resume", "--method", "hard", "--coords", "voxel"];
        let again = [&again[..], &["--fail-on", "none"]].concat();
        folder.program(&again).run().expect(0);
        let mut other = heatmap();
        other.rotate_left(4);
        other.truncate(96);
        std::fs::write(folder.join(values), &other).unwrap();
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        std::fs::File::options().append(true).open(folder.join(values)).unwrap().set_modified(later).unwrap();
        let ran = folder.program(&again).run().expect(0);
        assert!(!ran.stderr.contains("done before"), "{header}: {}", ran.stderr);
    }
}

/// A header and its values are one input, wherever the values are and whatever they are called.
#[test]
fn a_pair_is_one_input_by_what_its_header_names() {
    let folder = Folder::new();
    folder.write("in/a.mhd", &meta("", "a_data.raw", &[]));
    folder.write("in/a_data.raw", &heatmap());
    folder.write("in/b.mhd", &meta("", "./b.img", &[]));
    folder.write("in/b.img", &heatmap());
    folder.write("in/c.nhdr", format!("{NRRD}data file: c.nii.gz\n").replace("raw", "gzip").as_bytes());
    folder.write("in/c.nii.gz", &gzip(&heatmap()));
    let args = ["--method", "hard", "--coords", "voxel", "--fail-on", "none"];
    let all =
        ["a.mhd", "a_data.raw", "b.mhd", "b.img", "c.nhdr", "c.nii.gz"].map(|name| format!("in/{name}"));
    let named: Vec<&str> = all.iter().map(String::as_str).collect();
    for inputs in [&["in"][..], &named] {
        let found = folder.program(["decode"]).args(inputs).args(args).run().expect(0);
        let files: Vec<String> = found.rows().iter().map(|row| row["file"].clone()).collect();
        assert_eq!(files, ["in/a.mhd", "in/b.mhd", "in/c.nhdr"]);
        for row in found.rows() {
            assert_eq!(triple(&row, VOXEL), Some([1.0, 2.0, 3.0]), "{row:?}");
        }
    }
}

/// The grid of a vector image is that of its axes of space, which are not the first ones.
#[test]
fn a_vector_image_gives_its_grid() {
    let folder = Folder::new();
    let fields = "ElementNumberOfChannels = 2\nOffset = 10 20 30\nElementSpacing = 1 1 2\n";
    folder.write("v.mha", &meta(fields, "LOCAL", &[heatmap(), heatmap()].concat()));
    let mut c_order = [0.0_f32; 24];
    c_order[23] = 1.0;
    folder.write("a.npy", &npy_f4(&[2, 3, 4], &c_order));
    let args = ["a.npy", "--layout", "HWD", "--reference", "v.mha", "--method", "hard", "--coords", "world"];
    let found = folder.decode([&args[..], &["--fail-on", "none"]].concat());
    // (1, 2, 3) lies at (11, 22, 36) in LPS.
    let world = ["x_mm", "y_mm", "z_mm"].map(|name| found.rows()[0][name].clone());
    assert_eq!(world, ["-11", "-22", "36"]);
    folder.write("tip.csv", b"label,x_mm,y_mm,z_mm\ntip,-11,-22,36\n");
    folder.program(["encode", "tip.csv", "--like", "v.mha", "-o", "maps.npy"]).run().expect(0);
    let info = folder.program(["info", "maps.npy", "--format", "json"]).run().expect(0).json();
    assert_eq!(info["inputs"][0]["shape"], serde_json::json!([1, 1, 2, 3, 4]));
    let like = ["convert", "tip.csv", "--to", "label-map", "--like", "v.mha", "-o", "map.nii", "--cube", "1"];
    folder.program(like).run().expect(0);
    let back = folder.program(["convert", "map.nii", "--frame", "ras"]).run().expect(0).text();
    assert!(back.contains(",-11,-22,36,") || back.contains("-11,-22,36"), "{back}");
}

/// A mask hides the same voxels in every format of volumes, also if the axes have other names.
#[test]
fn masks_of_another_format_hide_the_same() {
    let folder = Folder::new();
    // Two peaks, of which the mask hides the higher one.
    let mut values = [0.0_f32; 24];
    (values[23], values[1]) = (2.0, 1.0);
    let mut mask = [1.0_f32; 24];
    mask[23] = 0.0;
    folder.write("h.nii", &Nifti::new(&[2, 3, 4], &f4(&values)).bytes());
    folder.write("m.nii", &Nifti::new(&[2, 3, 4], &f4(&mask)).bytes());
    folder.write("m.mha", &meta("", "LOCAL", &f4(&mask)));
    folder.write("m.nrrd", &[NRRD.as_bytes(), b"\n", &f4(&mask)].concat());
    for name in ["m.nii", "m.mha", "m.nrrd"] {
        let args = ["h.nii", "--layout", "WHD", "--mask", name, "--method", "hard", "--coords", "voxel"];
        let found = folder.decode([&args[..], &["--fail-on", "none"]].concat());
        // The first axis is W.
        assert_eq!(triple(&found.rows()[0], VOXEL), Some([0.0, 1.0, 0.0]), "{name}");
    }
}

/// The identity is what writers make that know no geometry: it is used if it is asked for, and may be replaced.
#[test]
fn the_identity_is_no_place_unless_it_is_asked_for() {
    let folder = Folder::new();
    let fields = "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\n";
    folder.write("i.mha", &meta(fields, "LOCAL", &heatmap()));
    folder.write("i.nrrd", &[NRRD.as_bytes(), b"\n", &heatmap()].concat());
    let args = ["--method", "hard", "--coords", "world", "--fail-on", "none"];
    let world = |name: &str, more: &[&str]| {
        let found = folder.program(["decode", name]).args(args).args(more).run().expect(0);
        ["x_mm", "y_mm", "z_mm"].map(|name| found.rows()[0][name].clone())
    };
    folder.program(["decode", "i.mha"]).args(args).run().expect(3).says(&["--affine transform"]);
    assert_eq!(world("i.mha", &["--affine", "transform"]), ["-1", "-2", "3"]);
    for name in ["i.mha", "i.nrrd"] {
        assert_eq!(world(name, &["--spacing", "1,1,2"]), ["1", "2", "6"], "{name}");
    }
}

/// A FIFO is streamed, whatever it is called, and one that a header names is refused, not waited for.
#[cfg(target_os = "linux")]
#[test]
fn fifos_are_streams_and_no_files_of_values() {
    let folder = Folder::new();
    for (name, bytes) in
        [("p.mhd", meta("", "LOCAL", &heatmap())), ("p.nrrd", [NRRD.as_bytes(), b"\n", &heatmap()].concat())]
    {
        let fifo = folder.join(name);
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let writer = std::thread::spawn(move || std::fs::write(fifo, bytes));
        let found = folder.decode([name, "--method", "hard", "--coords", "voxel", "--fail-on", "none"]);
        assert_eq!(triple(&found.rows()[0], VOXEL), Some([1.0, 2.0, 3.0]), "{name}");
        writer.join().unwrap().unwrap();
    }
    assert!(std::process::Command::new("mkfifo").arg(folder.join("q.raw")).status().unwrap().success());
    folder.write("q.mhd", &meta("", "q.raw", &[]));
    folder.program(["decode", "q.mhd"]).run().expect(3).says(&["found a FIFO or a device"]);
}

/// A map from 0 to 1 that was multiplied by 128 and stored in 8 bits with a sign: its 1.0 is -128 now.
#[test]
fn values_that_have_wrapped_are_told() {
    let folder = Folder::new();
    let mut values = [0_u8; 4 * 5 * 6];
    let at = |h: usize, w: usize, d: usize| h + 4 * (w + 5 * d);
    for d in 1..4 {
        values[at(2, 2, d)] = 127;
    }
    let header =
        "ObjectType = Image\nNDims = 3\nDimSize = 4 5 6\nElementType = MET_CHAR\nElementDataFile = LOCAL\n";
    let warned = |values: &[u8], args: &[&str]| {
        folder.write("a.mha", &[header.as_bytes(), values].concat());
        let out =
            folder.program(["decode", "a.mha", "--fail-on", "none", "--method", "auto"]).args(args).run();
        let (text, said) = (out.rows()[0]["reason"].clone(), out.expect(0).stderr);
        assert_eq!(said.contains("wrapped"), text.contains("-128 beside 127"), "{text} {said}");
        said.contains("wrapped")
    };
    assert!(!warned(&values, &[]));
    // Far away it is a voxel like any other.
    values[at(0, 0, 5)] = 0x80;
    assert!(!warned(&values, &[]));
    values[at(2, 2, 2)] = 0x80;
    assert!(
        warned(&values, &[]) && warned(&values, &["--peaks", "2"]) && warned(&values, &["--layout", "DWH"])
    );
    // The same bytes without a sign.
    let unsigned = header.replace("MET_CHAR", "MET_UCHAR");
    folder.write("u.mha", &[unsigned.as_bytes(), &values].concat());
    let out = folder.program(["decode", "u.mha", "--fail-on", "none"]).run().expect(0);
    assert!(!out.stderr.contains("wrapped"), "{}", out.stderr);
}

/// A label map is known by its content in every format of volumes.
#[test]
fn label_maps_are_known_by_their_content() {
    let folder = Folder::new();
    let mut values = [0_u8; 24];
    values[23] = 1;
    let (meta, nrrd) = (META.replace("MET_FLOAT", "MET_UCHAR"), NRRD.replace("float", "uchar"));
    folder.write("a.mha", &[meta.as_bytes(), b"Offset = 1 1 1\nElementDataFile = LOCAL\n", &values].concat());
    folder.write("a.nrrd", &[nrrd.as_bytes(), b"\n", &values].concat());
    for name in ["a.mha", "a.nrrd"] {
        let found = folder.program(["convert", name, "--frame", "ras"]).run().expect(0).text();
        assert!(found.contains("1,2,3"), "{name}: {found}");
    }
    let bytes = std::fs::read(folder.join("a.nrrd")).unwrap();
    folder.program(["convert", "-"]).stdin(&bytes).run().expect(3).says(&["read from files only"]);
}
