//! The tables: every writer holds the same numbers, every reader is found by content and by name, every
//! method can be asked for. Outputs are read back with the csv crate, `serde_json` and a small npy reader.

use crate::support::{
    Folder, NORMALIZED, Nifti, Noise, Program, Row, VOXEL, WORLD, assert_near, decode, f4, golden, gzip,
    npy_f4, pairs, read_npy_f8, rows, triple, zip,
};
use serde_json::{Value, json};
use softargmax::internals::kernel::METHODS;
use softargmax::internals::sink::WRITERS;
use softargmax::internals::source::READERS;
use std::collections::BTreeMap;

/// A volume with an affine, five channels, and labels.
const DEMONSTRATION: [&str; 3] = ["oblique.nii.gz", "--labels", "oblique.labels.txt"];
const EVERYTHING: [&str; 4] = ["--coords", "normalized,voxel,world", "--compare", "--stats"];

/// The landmarks of an output as rows of text cells with the columns of CSV, whatever the format.
fn flattened(format: &str, bytes: &[u8]) -> Vec<Row> {
    match format {
        "csv" => rows(bytes, b','),
        "tsv" => rows(bytes, b'\t'),
        "json" => {
            let document: Value = serde_json::from_slice(bytes).unwrap();
            let inputs = document["inputs"].as_array().unwrap();
            let landmarks = |input: &Value| {
                let file = input["file"].clone();
                let landmarks = input["landmarks"].as_array().unwrap().clone();
                landmarks.into_iter().map(move |landmark| flat_object(&file, &landmark)).collect::<Vec<Row>>()
            };
            inputs.iter().flat_map(landmarks).collect()
        }
        "ndjson" => {
            let lines = std::str::from_utf8(bytes).unwrap().lines();
            let objects = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
            objects.map(|object| flat_object(&object["file"], &object)).collect()
        }
        other => panic!("format {other} is read back by nothing: extend this test"),
    }
}

fn flat_object(file: &Value, landmark: &Value) -> Row {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut row = Row::new();
    row.insert("file".into(), cell(file));
    for key in ["n", "c", "label", "status", "reason"] {
        row.insert(key.into(), cell(&landmark[key]));
    }
    let flags = landmark["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap());
    row.insert("flags".into(), flags.collect::<Vec<_>>().join(" "));
    for (object, prefix) in [(landmark, ""), (&landmark["hard"], "hard_")] {
        for (space, names) in [("normalized", NORMALIZED), ("voxel", VOXEL), ("world", WORLD)] {
            for (axis, name) in names.into_iter().enumerate() {
                row.insert(format!("{prefix}{name}"), cell(&object[space][axis]));
            }
        }
    }
    for key in ["peak_value", "distance_voxel", "distance_mm"] {
        row.insert(key.into(), cell(&landmark["hard"][key]));
    }
    for (key, value) in landmark["stats"].as_object().unwrap() {
        row.insert(key.clone(), cell(value));
    }
    row
}

/// Rows with numbers as numbers, so that `1` and `1.0` are the same.
fn settled(rows: Vec<Row>) -> Vec<BTreeMap<String, Result<f64, String>>> {
    let settle =
        |row: Row| row.into_iter().map(|(key, cell)| (key, cell.parse().map_err(|_| cell))).collect();
    rows.into_iter().map(settle).collect()
}

#[test]
fn every_text_format_holds_the_same() {
    let folder = Folder::new();
    let inputs = [&DEMONSTRATION[..], &EVERYTHING, &["no_such_file.nii", "--quiet"]].concat();
    let output = |format: &str| {
        let path = folder.join(format!("out.{format}"));
        let program =
            Program::new(["decode"]).args(&inputs).args(["--channels", "1-4", "--threshold", "18.5"]);
        program.args(["--format", format, "-o"]).arg(&path).run().expect(3);
        std::fs::read(path).unwrap()
    };
    let expected = settled(flattened("csv", &output("csv")));
    assert_eq!(expected.len(), 5);
    assert_eq!(expected[4]["status"], Err("unreadable".into()));
    for writer in WRITERS.iter().filter(|writer| !writer.needs.coordinates_only) {
        let mut found = settled(flattened(writer.name, &output(writer.name)));
        if writer.name == "json" {
            // There the unreadable input has an error and no landmarks.
            found.push(expected[4].clone());
        }
        assert_eq!(found, expected, "{}", writer.name);
    }
}

#[test]
fn npy_holds_the_coordinates_of_csv() {
    let csv = decode([&DEMONSTRATION[..1], &EVERYTHING].concat()).rows();
    for (space, names) in [("normalized", NORMALIZED), ("voxel", VOXEL), ("world", WORLD)] {
        let out = decode([DEMONSTRATION[0], "--format", "npy", "--coords", space]);
        let (shape, numbers) = read_npy_f8(&out.stdout);
        assert_eq!(shape, [1, 5, 3]);
        let expected: Vec<f64> = csv.iter().flat_map(|row| triple(row, names).unwrap()).collect();
        assert_eq!(numbers, expected, "{space}");
    }
}

#[test]
fn npy_follows_order_and_frame() {
    let plain = read_npy_f8(&decode([DEMONSTRATION[0], "--format", "npy", "--coords", "voxel"]).stdout).1;
    let turned = decode([DEMONSTRATION[0], "--format", "npy", "--coords", "voxel", "--order", "dhw"]);
    let expected: Vec<f64> = plain.chunks(3).flat_map(|hwd| [hwd[2], hwd[0], hwd[1]]).collect();
    assert_eq!(read_npy_f8(&turned.stdout).1, expected);
    let world = ["--format", "npy", "--coords", "world"];
    let ras = read_npy_f8(&decode(["oblique.nii.gz"].iter().chain(&world)).stdout).1;
    let lps = read_npy_f8(&decode(["oblique.nii.gz", "--frame", "lps"].iter().chain(&world)).stdout).1;
    let expected: Vec<f64> = ras.chunks(3).flat_map(|xyz| [-xyz[0], -xyz[1], xyz[2]]).collect();
    assert_eq!(lps, expected);
}

#[test]
fn extensions_choose_the_format() {
    let folder = Folder::new();
    let input = golden().join("single.nii");
    for writer in WRITERS {
        for extension in writer.extensions {
            let name = format!("out.{extension}");
            folder.program(["decode", "-o", &name]).arg(&input).run().expect(0);
            let named = std::fs::read(folder.join(&name)).unwrap();
            let asked =
                folder.program(["decode", "--format", writer.name]).arg(&input).run().expect(0).stdout;
            assert!(named == asked, "{name}");
        }
    }
}

#[test]
fn format_wins_over_the_extension() {
    let folder = Folder::new();
    folder
        .program(["decode", "-o", "out.csv", "--format", "json"])
        .arg(golden().join("npy/hwd.npy"))
        .run()
        .expect(0);
    let bytes = std::fs::read(folder.join("out.csv")).unwrap();
    assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
}

/// A file that each reader reads: one heatmap of 2 × 3 × 4 with its peak at (1, 2, 3).
fn sample(reader: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut c_order = [0.0_f32; 24];
    c_order[23] = 1.0;
    let npy = npy_f4(&[2, 3, 4], &c_order);
    match reader {
        "npy" => vec![("a.npy", npy)],
        "npz" => vec![("a.npz", zip(&[("heatmap.npy", &npy)], ::zip::CompressionMethod::Deflated))],
        "NIfTI" => {
            let single = Nifti::new(&[2, 3, 4], &f4(&c_order));
            let mut pair = single.clone().with(344, b"ni1\0").with(108, &0_f32.to_le_bytes());
            pair.values.clear();
            pair.extension.clear();
            vec![("a.nii", single.bytes()), ("b.hdr", pair.bytes()), ("b.img", f4(&c_order))]
        }
        "MetaImage" => {
            let header = "ObjectType = Image\nNDims = 3\nDimSize = 2 3 4\nElementType = MET_FLOAT\n\
                          ElementDataFile = LOCAL\n";
            let bytes = [header.as_bytes(), &f4(&c_order)].concat();
            vec![("a.mha", bytes.clone()), ("b.mhd", bytes)]
        }
        "NRRD" => {
            let header =
                "NRRD0004\ntype: float\ndimension: 3\nsizes: 2 3 4\nendian: little\nencoding: raw\n\n";
            let bytes = [header.as_bytes(), &f4(&c_order)].concat();
            vec![("a.nrrd", bytes.clone()), ("b.nhdr", bytes)]
        }
        other => panic!("no sample for the reader {other}: extend this test"),
    }
}

#[test]
fn every_reader_is_found_by_name_and_content() {
    for reader in READERS {
        let (folder, packed, renamed) = (Folder::new(), Folder::new(), Folder::new());
        for (name, bytes) in sample(reader.name) {
            folder.write(format!("below/{name}"), &bytes);
            folder.write(format!("below/{name}.txt"), b"not an input");
            packed.write(format!("{name}.gz"), &gzip(&bytes));
            if !name.ends_with("hdr") && !name.ends_with("img") {
                renamed.write("noname", &bytes);
            }
            let extension = name.rsplit('.').next().unwrap();
            assert!(reader.extensions.contains(&extension), "{} {name}", reader.name);
        }
        let inputs = sample(reader.name).iter().filter(|(name, _)| !name.ends_with(".img")).count();
        let args = ["--method", "hard", "--coords", "voxel"];
        for (folder, input) in [(&folder, "."), (&packed, "."), (&renamed, "noname")] {
            let found = folder.decode([&[input][..], &args].concat()).rows();
            assert_eq!(found.len(), if input == "." { inputs } else { 1 }, "{}", reader.name);
            for row in found {
                assert_eq!(triple(&row, VOXEL), Some([1.0, 2.0, 3.0]), "{}: {row:?}", reader.name);
            }
        }
    }
}

#[test]
fn every_method_is_named_in_help_and_can_be_asked_for() {
    let help = Program::new(["decode", "--help"]).run().expect(0).text();
    let list = Program::new(["methods"]).run().expect(0).text();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for method in METHODS {
        assert!(words(&list).contains(&format!("{} {}", method.name, method.summary)), "{}", method.name);
        let names = words(&help).replace([',', ';'], " ");
        assert!(names.contains(&format!(" {} ", method.name)), "{}", method.name);
        let out = decode(["npy/hwd.npy", "--method", method.name, "--format", "json"]).json();
        assert_eq!(out["settings"]["method"], method.name);
        assert_eq!(out["inputs"][0]["landmarks"][0]["status"], "ok");
    }
}

#[test]
fn every_writer_and_reader_is_named_in_help() {
    let help = Program::new(["decode", "--help"]).run().expect(0).text();
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for writer in WRITERS {
        assert!(words.contains(&format!("{}: {}", writer.name, writer.summary)), "{}", writer.name);
    }
    for extension in READERS.iter().flat_map(|reader| reader.extensions) {
        assert!(help.contains(&format!(".{extension}")), ".{extension}");
    }
}

// --- columns ---------------------------------------------------------------------------------------

fn header(args: &[&str]) -> String {
    decode(args).text().lines().next().unwrap().to_owned()
}

#[test]
fn the_columns_by_the_contract() {
    assert_eq!(header(&["npy/hwd.npy"]), "file,n,c,label,h_norm,w_norm,d_norm,status,flags,reason");
    assert_eq!(
        header(&["lps.nii", "--coords", "world,voxel,normalized"]),
        "file,n,c,label,h_norm,w_norm,d_norm,h_voxel,w_voxel,d_voxel,x_mm,y_mm,z_mm,status,flags,reason"
    );
    assert_eq!(
        header(&["lps.nii", "--coords", "voxel", "--compare"]),
        "file,n,c,label,h_voxel,w_voxel,d_voxel,hard_h_voxel,hard_w_voxel,hard_d_voxel,\
         peak_value,distance_voxel,distance_mm,status,flags,reason"
    );
    assert_eq!(
        header(&["lps.nii", "--coords", "voxel", "--stats"]),
        "file,n,c,label,h_voxel,w_voxel,d_voxel,std_h_voxel,std_w_voxel,std_d_voxel,\
         cov_hh_voxel2,cov_hw_voxel2,cov_hd_voxel2,cov_ww_voxel2,cov_wd_voxel2,cov_dd_voxel2,\
         entropy,peak_probability,log_normalizer,status,flags,reason"
    );
    assert_eq!(
        header(&["lps.nii", "--coords", "world", "--stats", "--compare"]),
        "file,n,c,label,x_mm,y_mm,z_mm,hard_x_mm,hard_y_mm,hard_z_mm,peak_value,distance_voxel,distance_mm,\
         std_h_voxel,std_w_voxel,std_d_voxel,\
         cov_hh_voxel2,cov_hw_voxel2,cov_hd_voxel2,cov_ww_voxel2,cov_wd_voxel2,cov_dd_voxel2,\
         std_x_mm,std_y_mm,std_z_mm,cov_xx_mm2,cov_xy_mm2,cov_xz_mm2,cov_yy_mm2,cov_yz_mm2,cov_zz_mm2,\
         entropy,peak_probability,log_normalizer,status,flags,reason"
    );
    assert_eq!(
        header(&["lps.nii", "--coords", "world", "--frame", "lps", "--stats", "--compare"]),
        "file,n,c,label,x_mm_lps,y_mm_lps,z_mm_lps,hard_x_mm_lps,hard_y_mm_lps,hard_z_mm_lps,\
         peak_value,distance_voxel,distance_mm,\
         std_h_voxel,std_w_voxel,std_d_voxel,\
         cov_hh_voxel2,cov_hw_voxel2,cov_hd_voxel2,cov_ww_voxel2,cov_wd_voxel2,cov_dd_voxel2,\
         std_x_mm_lps,std_y_mm_lps,std_z_mm_lps,\
         cov_xx_mm2_lps,cov_xy_mm2_lps,cov_xz_mm2_lps,cov_yy_mm2_lps,cov_yz_mm2_lps,cov_zz_mm2_lps,\
         entropy,peak_probability,log_normalizer,status,flags,reason"
    );
    assert_eq!(
        header(&["lps.nii", "--coords", "normalized,voxel,world", "--order", "dwh", "--compare"]),
        "file,n,c,label,d_norm,w_norm,h_norm,d_voxel,w_voxel,h_voxel,x_mm,y_mm,z_mm,\
         hard_d_norm,hard_w_norm,hard_h_norm,hard_d_voxel,hard_w_voxel,hard_h_voxel,\
         hard_x_mm,hard_y_mm,hard_z_mm,peak_value,distance_voxel,distance_mm,status,flags,reason"
    );
    assert_eq!(
        header(&["lps.nii", "--coords", "world", "--uncertainty"]),
        "file,n,c,label,x_mm,y_mm,z_mm,se_h_voxel,se_w_voxel,se_d_voxel,\
         se_cov_hh_voxel2,se_cov_hw_voxel2,se_cov_hd_voxel2,se_cov_ww_voxel2,se_cov_wd_voxel2,se_cov_dd_voxel2,\
         error95_voxel,se_x_mm,se_y_mm,se_z_mm,\
         se_cov_xx_mm2,se_cov_xy_mm2,se_cov_xz_mm2,se_cov_yy_mm2,se_cov_yz_mm2,se_cov_zz_mm2,error95_mm,\
         status,flags,reason"
    );
    assert_eq!(
        header(&["npy/hwd.npy", "--stats", "--uncertainty"]).split("log_normalizer,").nth(1).unwrap(),
        "se_h_voxel,se_w_voxel,se_d_voxel,\
         se_cov_hh_voxel2,se_cov_hw_voxel2,se_cov_hd_voxel2,se_cov_ww_voxel2,se_cov_wd_voxel2,se_cov_dd_voxel2,\
         error95_voxel,status,flags,reason"
    );
}

#[test]
fn without_an_input_that_can_be_read_there_is_still_a_header() {
    let folder = Folder::new();
    folder.write("bad.npy", b"nothing");
    let out = folder.program(["decode", "bad.npy", "--quiet"]).run().expect(3).text();
    let row = "bad.npy,,,,,,,unreadable,,\"expected npy, npz, NIfTI, MetaImage or NRRD, found a file that begins with `nothing`\"";
    assert_eq!(out, format!("file,n,c,label,h_norm,w_norm,d_norm,status,flags,reason\n{row}\n"));
}

#[test]
fn lps_turns_signs_and_nothing_else() {
    let args = ["oblique.nii.gz", "--coords", "world", "--stats", "--compare"];
    let (ras, lps) = (decode(args).rows(), decode(args.iter().chain(&["--frame", "lps"])).rows());
    for (ras, lps) in pairs(&ras, &lps) {
        for (name, sign) in [
            ("x_mm", -1.0),
            ("y_mm", -1.0),
            ("z_mm", 1.0),
            ("hard_x_mm", -1.0),
            ("hard_y_mm", -1.0),
            ("hard_z_mm", 1.0),
            ("std_x_mm", 1.0),
            ("std_z_mm", 1.0),
            ("cov_xx_mm2", 1.0),
            ("cov_xy_mm2", 1.0),
            ("cov_xz_mm2", -1.0),
            ("cov_yz_mm2", -1.0),
            ("cov_zz_mm2", 1.0),
        ] {
            let number = |row: &Row, name: &str| row[name].parse::<f64>().unwrap();
            assert_eq!(number(lps, &format!("{name}_lps")), sign * number(ras, name), "{name}");
        }
        for name in ["distance_voxel", "distance_mm", "entropy", "std_h_voxel", "peak_value"] {
            assert_eq!(ras[name], lps[name], "{name}");
        }
    }
}

#[test]
fn order_permutes_voxel_and_normalized_and_leaves_world() {
    let args = ["oblique.nii.gz", "--coords", "normalized,voxel,world", "--compare", "--stats"];
    let plain = decode(args).rows();
    for order in ["hdw", "whd", "wdh", "dhw", "dwh"] {
        // The same cells under the same names, whatever the order of the columns.
        assert_eq!(decode(args.iter().chain(&["--order", order])).rows(), plain, "{order}");
        let json = decode(args.iter().chain(&["--order", order, "--format", "json"])).json();
        for (landmark, row) in pairs(json["inputs"][0]["landmarks"].as_array().unwrap(), &plain) {
            for (position, letter) in order.chars().enumerate() {
                let expected: f64 = row[&format!("{letter}_voxel")].parse().unwrap();
                assert_eq!(landmark["voxel"][position].as_f64(), Some(expected), "{order}");
                let expected: f64 = row[&format!("hard_{letter}_norm")].parse().unwrap();
                assert_eq!(landmark["hard"]["normalized"][position].as_f64(), Some(expected), "{order}");
            }
            let expected: f64 = row["x_mm"].parse().unwrap();
            assert_eq!(landmark["world"][0].as_f64(), Some(expected), "{order}");
        }
    }
}

/// Weights 1 and 3 on an axis of two, in f64: 3/4, and every norm of it by hand.
#[test]
fn norms_by_hand() {
    let folder = Folder::new();
    let values = crate::support::f8(&[0.0, 3.0_f64.ln()]);
    folder.write("two.npy", &crate::support::npy("<f8", false, &[1, 2, 1], &values));
    for (norm, expected) in [
        ("corners", [-1.0, 0.5, -1.0]),
        ("centers", [0.0, 0.25, 0.0]),
        ("unit", [0.0, 0.375, 0.0]),
        ("unit-corners", [0.0, 0.75, 0.0]),
        ("unit-centers", [0.5, 0.625, 0.5]),
    ] {
        let row = &folder.decode(["two.npy", "--norm", norm]).rows()[0];
        let found = triple(row, NORMALIZED).unwrap();
        for axis in 0..3 {
            assert_near(found[axis], expected[axis], 1e-9, norm);
        }
    }
}

// --- numbers ---------------------------------------------------------------------------------------

#[test]
fn digits_are_always_as_many() {
    for digits in [0_usize, 1, 3, 12] {
        let text = digits.to_string();
        let args = ["lps.nii", "--coords", "voxel,world", "--compare", "--stats", "--digits", &text];
        let rows = decode(args).rows();
        assert_eq!(rows.len(), 2);
        for row in rows {
            let texts = ["file", "n", "c", "label", "status", "flags", "reason"];
            for name in row.keys().filter(|name| !texts.contains(&name.as_str())) {
                let decimals = row[name].split_once('.').map_or(0, |(_, decimals)| decimals.len());
                assert_eq!(decimals, digits, "{name}: {}", row[name]);
                assert!(!row[name].contains('e'), "{name}: {}", row[name]);
            }
            assert!(row["n"] == "0" && ["0", "1"].contains(&row["c"].as_str()));
        }
        for format in ["json", "ndjson"] {
            let out = decode(args.iter().chain(&["--format", format])).text();
            let voxel = out.split("\"voxel\":[").nth(1).unwrap().split(']').next().unwrap();
            for number in voxel.split(',') {
                let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                assert_eq!(decimals, digits, "{format}: {number}");
            }
        }
    }
}

#[test]
fn digits_round_the_shortest_form() {
    let args = ["lps.nii", "--coords", "world", "--compare"];
    let exact = decode(args).rows();
    let rounded = decode(args.iter().chain(&["--digits", "3"])).rows();
    for (exact, rounded) in pairs(&exact, &rounded) {
        for name in ["x_mm", "y_mm", "z_mm", "distance_mm"] {
            let (exact, rounded) =
                (exact[name].parse::<f64>().unwrap(), rounded[name].parse::<f64>().unwrap());
            assert_near(rounded, exact, 0.000_500_000_1, name);
        }
    }
}

#[test]
fn negative_zero_is_zero() {
    let folder = Folder::new();
    // A peak at voxel 0 of an axis that runs backwards from 0: −2 · 0 = −0 mm. Its value is −0 too.
    let values = [-0.0, f32::NEG_INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
    let backward = [[-2.0, 0.0, 0.0, 0.0], [0.0, -2.0, 0.0, 0.0], [0.0, 0.0, -2.0, 0.0]];
    folder.write("a.nii", &Nifti::new(&[2, 2, 1], &f4(&values)).sform(&backward).bytes());
    let args = ["a.nii", "--coords", "normalized,voxel,world", "--compare", "--stats", "--norm", "unit"];
    for frame in ["ras", "lps"] {
        for format in ["csv", "tsv", "json", "ndjson"] {
            for digits in [&[][..], &["--digits", "2"]] {
                let more = [&["--frame", frame, "--format", format][..], digits].concat();
                let out = folder.decode(args.iter().chain(&more)).text();
                for bad in ["-0,", "-0.00", "-0.0,", "-0]", "-0}", "-0\t", ":-0"] {
                    assert!(!out.contains(bad), "{frame} {format} {bad}: {out}");
                }
            }
        }
        let more = ["--coords", "world", "--format", "npy", "--frame", frame];
        let numbers = read_npy_f8(&folder.decode(["a.nii"].iter().chain(&more)).stdout).1;
        assert_eq!(numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), [0; 3], "{numbers:?}");
    }
}

#[test]
fn shortest_decimals_read_back_to_the_same_number() {
    let csv = decode(["oblique.nii.gz", "--coords", "world,voxel", "--stats"]).rows();
    let json = decode(["oblique.nii.gz", "--coords", "world,voxel", "--stats", "--format", "json"]).text();
    let mut checked = 0;
    for row in &csv {
        for name in ["x_mm", "h_voxel", "entropy", "cov_hw_voxel2"] {
            let number: f64 = row[name].parse().unwrap();
            assert!(json.contains(&row[name]), "{name} {}", row[name]);
            // No shorter decimal reads back to it.
            let digits = row[name].trim_start_matches('-').len();
            if row[name].contains('.') && !row[name].contains('e') && digits > 4 {
                let shorter: f64 = row[name][..row[name].len() - 1].parse().unwrap();
                assert_ne!(shorter, number, "{name}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked} numbers of {} rows", csv.len());
}

// --- what is absent --------------------------------------------------------------------------------

#[test]
fn an_unreadable_input_is_a_nan_sample_of_npy() {
    let folder = Folder::new();
    let mut map = [0.0; 8];
    map[5] = 1.0;
    folder.write("a.npy", &npy_f4(&[2, 2, 2], &map));
    folder.write("b.npy", b"nothing");
    folder.write("c.npy", &npy_f4(&[1, 1, 2, 2, 2], &map));
    let args =
        ["decode", "a.npy", "b.npy", "c.npy", "--method", "hard", "--coords", "voxel", "-o", "out.npy"];
    folder.program(args).run().expect(3).says(&["failed to decode `b.npy`"]);
    let (shape, numbers) = read_npy_f8(&std::fs::read(folder.join("out.npy")).unwrap());
    assert_eq!(shape, [3, 1, 3]);
    assert_eq!(numbers[..3], [1.0, 0.0, 1.0]);
    assert!(numbers[3..6].iter().all(|number| number.is_nan()));
    assert_eq!(numbers[6..], [1.0, 0.0, 1.0]);
}

#[test]
fn an_input_that_ends_early_keeps_its_samples_in_npy() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 2, 2, 2, 2], &[0.0; 16]));
    let two = gzip(&npy_f4(&[2, 2, 20, 20, 20], &Noise::new(1).f32s(32_000)));
    folder.write("b.npy.gz", &two[..two.len() - 5]);
    folder.program(["decode", "a.npy", "b.npy.gz", "-o", "out.npy"]).run().expect(3);
    let (shape, numbers) = read_npy_f8(&std::fs::read(folder.join("out.npy")).unwrap());
    assert_eq!(shape, [3, 2, 3]);
    assert!(numbers[..6].iter().all(|number| !number.is_nan()) && numbers[6..].iter().all(|n| n.is_nan()));
}

#[test]
fn npy_without_any_readable_header_writes_nothing() {
    let folder = Folder::new();
    folder.write("a.npy", b"nothing");
    folder.program(["decode", "a.npy", "-o", "out.npy"]).run().expect(3);
    assert_eq!(folder.names(), ["a.npy"]);
    let out = folder.program(["decode", "a.npy", "--format", "npy"]).run().expect(3);
    assert!(out.stdout.is_empty());
}

#[test]
fn npy_of_inputs_with_different_channels_is_a_usage_error() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 2, 2, 2, 2], &[0.0; 16]));
    folder.write("b.npy", &npy_f4(&[1, 3, 2, 2, 2], &[0.0; 24]));
    let out = folder.program(["decode", "a.npy", "b.npy", "-o", "out.npy"]).run().expect(2);
    out.says(&["`a.npy` has 2 landmarks a sample, `b.npy` has 3", "hint:"]);
    assert_eq!(folder.names(), ["a.npy", "b.npy"]);
}

#[test]
fn npy_from_standard_input() {
    let bytes = std::fs::read(golden().join("npy/nchwd.npy")).unwrap();
    let args = ["decode", "-", "--format", "npy", "--coords", "voxel"];
    let piped = Program::new(args).stdin(&bytes).run().expect(0).stdout;
    let named = decode(["npy/nchwd.npy", "--format", "npy", "--coords", "voxel"]).stdout;
    assert_eq!(read_npy_f8(&piped), read_npy_f8(&named));
    assert_eq!(read_npy_f8(&piped).0, [2, 3, 3]);
}

#[test]
fn no_answer_is_empty_null_or_nan() {
    let file = "npy/statuses_f4.npy";
    // Channels 3 (all masked), 1 (a NaN): see testdata/README.md.
    let args = [file, "--channels", "1,3", "--fail-on", "none", "--compare", "--stats", "--coords", "voxel"];
    let csv = decode(args).rows();
    for (row, &(c, status)) in pairs(&csv, &[("1", "nonfinite"), ("3", "empty")]) {
        assert_eq!((row["c"].as_str(), row["status"].as_str()), (c, status));
        let filled: Vec<&String> =
            row.iter().filter(|(_, cell)| !cell.is_empty()).map(|(name, _)| name).collect();
        assert_eq!(filled, ["c", "file", "n", "reason", "status"]);
    }
    let json = decode(args.iter().chain(&["--format", "json"])).json();
    assert_eq!(json["inputs"][0]["landmarks"].as_array().unwrap().len(), 2);
    for landmark in json["inputs"][0]["landmarks"].as_array().unwrap() {
        assert_eq!(landmark["voxel"], Value::Null);
        assert!(landmark["hard"].as_object().unwrap().values().all(Value::is_null), "{landmark}");
        assert!(landmark["stats"].as_object().unwrap().values().all(Value::is_null), "{landmark}");
    }
    let npy = decode([file, "--channels", "1,3", "--fail-on", "none", "--format", "npy"]);
    let (shape, numbers) = read_npy_f8(&npy.stdout);
    assert_eq!(shape, [1, 2, 3]);
    assert!(numbers.iter().all(|number| number.is_nan()));
}

#[test]
fn missing_keeps_its_peak_and_its_spread() {
    let args = ["npy/statuses_f4.npy", "--channels", "0", "--threshold", "100", "--coords", "voxel"];
    let row = &decode(args.iter().chain(&["--compare", "--stats"])).rows()[0];
    assert_eq!(row["status"], "missing");
    let empty: Vec<&String> = row.iter().filter(|(_, cell)| cell.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(
        empty,
        [
            "d_voxel",
            "distance_mm",
            "distance_voxel",
            "flags",
            "h_voxel",
            "hard_d_voxel",
            "hard_h_voxel",
            "hard_w_voxel",
            "label",
            "w_voxel"
        ]
    );
    assert!(row["peak_value"].parse::<f64>().unwrap() > 5.0);
}

// --- JSON ------------------------------------------------------------------------------------------

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let args =
        ["oblique.nii.gz", "--compare", "--stats", "--coords", "normalized,voxel,world", "--format", "json"];
    let document = decode(args).json();
    assert_eq!(keys(&document), ["inputs", "settings", "softargmax"]);
    assert_eq!(document["softargmax"], env!("CARGO_PKG_VERSION"));
    let input = &document["inputs"][0];
    let expected = [
        "affine",
        "affine_source",
        "dtype",
        "error",
        "file",
        "format",
        "landmarks",
        "layout",
        "shape",
        "warnings",
    ];
    assert_eq!(keys(input), expected);
    let landmark = &input["landmarks"][0];
    assert_eq!(
        keys(landmark),
        ["c", "flags", "hard", "label", "n", "normalized", "reason", "stats", "status", "voxel", "world"]
    );
    assert_eq!(
        keys(&landmark["hard"]),
        ["distance_mm", "distance_voxel", "normalized", "peak_value", "voxel", "world"]
    );
    let plain = decode(["oblique.nii.gz", "--format", "json"]).json();
    assert_eq!(
        keys(&plain["inputs"][0]["landmarks"][0]),
        ["c", "flags", "label", "n", "normalized", "reason", "status"]
    );
}

/// `settings` holds what changes answers and nothing else.
#[test]
fn settings_are_what_changes_answers() {
    let of = |args: &[&str]| {
        let out = decode([&["lps.nii", "--format", "json"], args].concat()).json();
        out["settings"].clone()
    };
    let plain = of(&[]);
    for args in [
        &["--threads", "1"][..],
        &["--quiet"],
        &["--verbose"],
        &["--progress", "never"],
        &["--fail-on", "none"],
        &["--digits", "2"],
        &["--compare", "--stats"],
    ] {
        assert_eq!(of(args), plain, "{args:?}");
    }
    for args in [
        &["--temperature", "2"][..],
        &["--beta", "2"],
        &["--method", "hard"],
        &["--norm", "unit"],
        &["--order", "whd"],
        &["--coords", "world"],
        &["--coords", "world", "--frame", "lps"],
        &["--layout", "HWDC"],
        &["--channels", "0"],
        &["--threshold", "1"],
        &["--ignore-nan"],
        &["--affine", "sform"],
    ] {
        assert_ne!(of(args), plain, "{args:?}");
    }
}

#[test]
fn an_unreadable_input_in_json_and_ndjson() {
    let folder = Folder::new();
    folder.write("bad.npy", b"nothing");
    let json = folder.program(["decode", "bad.npy", "--format", "json"]).run().expect(3).json();
    let input = &json["inputs"][0];
    assert_eq!((&input["file"], &input["landmarks"]), (&json!("bad.npy"), &json!([])));
    let error = input["error"].as_str().unwrap();
    assert!(error.contains("expected") && error.contains("found"), "{error}");
    let out = folder.program(["decode", "bad.npy", "--format", "ndjson"]).run().expect(3).text();
    let line: Value = serde_json::from_str(out.trim_end()).unwrap();
    assert_eq!((&line["n"], &line["c"], &line["status"]), (&Value::Null, &Value::Null, &json!("unreadable")));
    assert_eq!((&line["error"], &line["file"]), (&json!(error), &json!("bad.npy")));
}

#[test]
fn warnings_are_with_their_input() {
    let json =
        decode(["trailing.nii", "metres.nii", "lps.nii", "--format", "json", "--temperature", "0.5"]).json();
    let of = |index: usize| json["inputs"][index]["warnings"].as_array().unwrap().clone();
    assert_eq!((of(0).len(), of(1).len(), of(2).len()), (1, 1, 0));
    assert!(of(0)[0].as_str().unwrap().contains("trailing"), "{:?}", of(0));
    assert!(of(1)[0].as_str().unwrap().contains("metre"), "{:?}", of(1));
}

#[test]
fn affine_is_ras_whatever_the_frame() {
    let of = |frame: &str| {
        let document = decode(["lps.nii", "--format", "json", "--frame", frame]).json();
        let rows = document["inputs"][0]["affine"].as_array().unwrap().clone();
        let row = |row: Value| row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        rows.into_iter().map(row).collect::<Vec<Vec<f64>>>()
    };
    // testdata/make.py.
    let rows =
        [[-1.5, 0.0, 0.0, 20.0], [0.0, -1.25, 0.0, 30.5], [0.0, 0.0, 2.0, -10.0], [0.0, 0.0, 0.0, 1.0]];
    assert_eq!((of("ras"), of("lps")), (rows.map(Vec::from).to_vec(), rows.map(Vec::from).to_vec()));
}

// --- names -----------------------------------------------------------------------------------------

#[test]
fn names_and_labels_are_quoted_as_rfc_4180_says() {
    let folder = Folder::new();
    let names =
        ["plain.npy", "comma, here.npy", "quote\".npy", "line\nbreak.npy", "tab\t.npy", "ünïcode.npy"];
    for name in names {
        folder.write(name, &npy_f4(&[1, 1, 2], &[0.0, 1.0]));
    }
    let args = ["--label-names", "a \"b\"; c"];
    for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let out = folder.decode([&names[..], &args, &["--format", format]].concat());
        let found = rows(&out.stdout, delimiter);
        let files: Vec<&str> = found.iter().map(|row| row["file"].as_str()).collect();
        assert_eq!(files, names);
        assert!(found.iter().all(|row| row["label"] == "a \"b\"; c"));
        assert!(!out.text().contains('\r'));
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_comes_back_byte_for_byte() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    let name = OsStr::from_bytes(b"a\xff\xfe.npy");
    folder.write(name, &npy_f4(&[1, 1, 2], &[0.0, 1.0]));
    let csv = folder.program(["decode"]).arg(name).doubtful().run().expect(0).stdout;
    assert!(csv.windows(name.len()).any(|window| window == name.as_bytes()));
    let walked = folder.program(["decode", "."]).doubtful().run().expect(0).stdout;
    assert!(walked.windows(name.len()).any(|window| window == name.as_bytes()));
    for format in ["json", "ndjson"] {
        let out = folder.program(["decode", "--format", format]).arg(name).doubtful().run().expect(0).text();
        let value: Value = serde_json::from_str(&out).unwrap();
        let input = if format == "json" { &value["inputs"][0] } else { &value };
        // a ff fe . n p y in base64, by hand: 61 ff fe | 2e 6e 70 | 79.
        assert_eq!(input["file_bytes"], "Yf/+Lm5weQ==", "{format}");
    }
}
