//! The same values in the same memory order give the same bytes out: for any number of threads, on every
//! run, at every SIMD level, whatever the container, byte order or compression. In another memory order the
//! hard argmax is the same and the soft coordinates are within the bound.

use crate::support::{
    Folder, Nifti, Noise, VOXEL, assert_all_near, f4, gzip, levels, npy, npy_f4, rows, triple, zip,
};
use ::zip::CompressionMethod::{Deflated, Stored};
use softargmax::internals::kernel::Settings;
use softargmax::internals::sink::WRITERS;

const SHAPE: [usize; 5] = [2, 3, 33, 41, 39];

/// Noise with a bump, (n, c, h, w, d).
fn values() -> Vec<f32> {
    let count = SHAPE.iter().product();
    let mut values = Noise::new(77).f32s(count);
    for (index, value) in values.iter_mut().enumerate() {
        *value = *value * 4.0 + if index % 1013 == 0 { 6.0 } else { 0.0 };
    }
    values
}

const EVERYTHING: [&str; 6] =
    ["--compare", "--stats", "--uncertainty", "--coords", "normalized,voxel", "--quiet"];

/// The bytes that `decode` writes in each text format, by a method of one pass and by one that reads again.
fn outputs(folder: &Folder, args: &[&str]) -> Vec<Vec<u8>> {
    let formats = WRITERS.iter().filter(|writer| !writer.needs.coordinates_only);
    let output = |format, method| {
        let program = folder.program(["decode"]).args(args).args(EVERYTHING);
        program.args(["--format", format, "--method", method]).doubtful().run().expect(0).stdout
    };
    formats.flat_map(|writer| ["soft", "auto"].map(|method| output(writer.name, method))).collect()
}

/// Of more than 2,048 heatmaps no samples are kept: they are read again.
#[test]
fn many_heatmaps() {
    let folder = Folder::new();
    let (voxels, few) = (17 * 16 * 18, 3);
    let some: Vec<f32> = Noise::new(5).f32s(few * voxels).iter().map(|x| x * x * 200.0).collect();
    let bytes = |count: usize| {
        let values = (0..count * voxels).map(|i| some[i % (few * voxels)] as u8).collect::<Vec<u8>>();
        npy("|u1", false, &[count, 1, 17, 16, 18], &values)
    };
    folder.write("few.npy", &bytes(few));
    folder.write("many.npy", &bytes(2050));
    let first = |name: &str| {
        let args = ["decode", name, "--method", "dark", "--format", "csv", "--uncertainty", "--quiet"];
        let text = String::from_utf8(folder.program(args).doubtful().run().expect(0).stdout).unwrap();
        text.lines().take(1 + few).map(|line| line.replace(name, "")).collect::<Vec<_>>()
    };
    assert_eq!(first("many.npy"), first("few.npy"));
}

/// Long compressed data is inflated in parts, by all threads: floats with few matches, small integers with many,
/// in one stream, in several, and after a pipe.
#[test]
fn long_streams() {
    let folder = Folder::new();
    let count = 2 * 128 * 128 * 160;
    let noise = Noise::new(9).f32s(count);
    let floats = npy_f4(&[1, 2, 128, 128, 160], &noise);
    let bytes: Vec<u8> = noise.iter().map(|x| (x * x * 100.0) as u8).collect();
    for (name, plain) in [("f4", floats), ("u1", npy("|u1", false, &[1, 2, 128, 128, 160], &bytes))] {
        let (first, second) = plain.split_at(plain.len() / 3);
        let members = [gzip(first), gzip(second)].concat();
        folder.write(format!("{name}.npy"), &plain);
        folder.write(format!("{name}.npz"), &zip(&[("a.npy", &plain)], Deflated));
        folder.write(format!("{name}.npy.gz"), &gzip(&plain));
        folder.write(format!("{name}_members.npy.gz"), &members);
        let run = |file: &str, threads: &str| {
            let args = ["decode", file, "--threads", threads, "--compare", "--quiet"];
            let text = String::from_utf8(folder.program(args).doubtful().run().expect(0).stdout).unwrap();
            text.replace(file, "")
        };
        let expected = run(&format!("{name}.npy"), "1");
        for file in [".npy.gz", "_members.npy.gz", ".npz"] {
            for threads in ["1", "2", "5"] {
                assert_eq!(run(&format!("{name}{file}"), threads), expected, "{name}{file} {threads}");
            }
        }
        let piped = folder.program(["decode", "-", "--compare", "--quiet"]).stdin(&members).doubtful().run();
        let piped = String::from_utf8(piped.expect(0).stdout).unwrap();
        assert_eq!(piped.replace("\n-,", "\n,"), expected, "{name} from a pipe");
    }
}

#[test]
fn threads() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&SHAPE, &values()));
    folder.write("b.npy.gz", &gzip(&npy_f4(&SHAPE, &values())));
    folder.write("c.npy", &npy_f4(&[1, 1, 3, 2, 2], &values()[..12]));
    let one = outputs(&folder, &[".", "--threads", "1"]);
    assert!(one.iter().all(|bytes| !bytes.is_empty()));
    for threads in ["2", "3", "7", "64"] {
        assert!(outputs(&folder, &[".", "--threads", threads]) == one, "{threads} threads");
    }
}

#[test]
fn runs() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&SHAPE, &values()));
    let first = outputs(&folder, &["a.npy"]);
    for _ in 0..5 {
        assert!(outputs(&folder, &["a.npy"]) == first);
    }
}

#[test]
fn simd_levels() {
    let folder = Folder::new();
    let wide: Vec<u8> = values().iter().flat_map(|&value| f64::from(value).to_le_bytes()).collect();
    folder.write("f4.npy", &npy_f4(&SHAPE, &values()));
    folder.write("f8.npy", &npy("<f8", false, &SHAPE, &wide));
    for file in ["f4.npy", "f8.npy"] {
        for temperature in ["0.01", "1", "50"] {
            let at = |level: &str| {
                let program = folder.program(["decode", file, "--temperature", temperature]).args(EVERYTHING);
                program.env("SOFTARGMAX_SIMD", level).doubtful().run().expect(0).stdout
            };
            let scalar = at("scalar");
            assert!(!scalar.is_empty());
            for name in levels() {
                assert!(at(name) == scalar, "{file} {name} T {temperature}");
            }
        }
    }
}

#[test]
fn an_unknown_simd_level_is_a_usage_error() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[1, 1, 1], &[0.0]));
    let program = folder.program(["decode", "a.npy"]).env("SOFTARGMAX_SIMD", "mmx");
    program.run().expect(2).says(&["this machine has no SIMD level `mmx`", "scalar"]);
}

/// The rows of one file without the column `file`.
fn cells(folder: &Folder, args: &[&str]) -> Vec<String> {
    let out = folder.program(["decode"]).args(args).args(EVERYTHING).doubtful().run().expect(0);
    let lines: Vec<String> =
        out.text().lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect();
    assert!(lines.len() > 1);
    lines
}

#[test]
fn containers_and_byte_orders() {
    let folder = Folder::new();
    let (values, c) = (values(), SHAPE);
    let big: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    let plain = npy_f4(&c, &values);
    folder.write("plain.npy", &plain);
    folder.write("big.npy", &npy(">f4", false, &c, &big));
    folder.write("gzip.npy.gz", &gzip(&plain));
    folder.write(
        "members.npy.gz",
        &[gzip(&plain[..100]), gzip(&plain[100..70_001]), gzip(&plain[70_001..])].concat(),
    );
    folder.write("stored.npz", &zip(&[("a.npy", &plain)], Stored));
    folder.write("deflated.npz", &zip(&[("a.npy", &plain)], Deflated));
    folder.write("packed.npz.gz", &gzip(&zip(&[("a.npy", &plain)], Stored)));
    let expected = cells(&folder, &["plain.npy"]);
    for file in ["big.npy", "gzip.npy.gz", "members.npy.gz", "stored.npz", "deflated.npz", "packed.npz.gz"] {
        assert_eq!(cells(&folder, &[file]), expected, "{file}");
    }
    let program = folder.program(["decode", "-"]).args(EVERYTHING).stdin(&plain).doubtful();
    let streamed = program.run().expect(0).text();
    let streamed: Vec<String> =
        streamed.lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect();
    assert_eq!(streamed, expected, "standard input");
}

/// NIfTI and Fortran .npy of the same memory order: (i, j, k, c), i fastest.
#[test]
fn nifti_and_fortran_npy() {
    let folder = Folder::new();
    let shape = [33_usize, 41, 39, 3];
    let values = &values()[..shape.iter().product()];
    let big: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    let nifti = Nifti::new(&[33, 41, 39, 3], &f4(values)).without_affine();
    folder.write("fortran.npy", &npy("<f4", true, &shape, &f4(values)));
    folder.write("big.npy", &npy(">f4", true, &shape, &big));
    folder.write("single.nii", &nifti.bytes());
    folder.write("single.nii.gz", &gzip(&nifti.bytes()));
    // The same memory named from the slowest axis: C order, (c, k, j, i).
    folder.write("c_order.npy", &npy_f4(&[3, 39, 41, 33], values));
    let expected = cells(&folder, &["fortran.npy", "--layout", "HWDC"]);
    for file in ["big.npy", "single.nii", "single.nii.gz"] {
        assert_eq!(cells(&folder, &[file, "--layout", "HWDC"]), expected, "{file}");
    }
    assert_eq!(cells(&folder, &["c_order.npy", "--layout", "CDWH"]), expected, "C order");
    assert_eq!(cells(&folder, &["single.nii"]), expected, "default layout");
}

#[test]
fn integers_up_to_16_bits_and_their_floats() {
    let folder = Folder::new();
    let mut noise = Noise::new(3);
    let shape = [1, 2, 19, 18, 17];
    let count = shape.iter().product();
    let stored: Vec<i16> = (0..count).map(|_| (noise.next() * 100.0) as i16).collect();
    let as_f4: Vec<f32> = stored.iter().map(|&value| value.into()).collect();
    let as_i2: Vec<u8> = stored.iter().flat_map(|value| value.to_le_bytes()).collect();
    let as_i1: Vec<u8> = stored.iter().map(|&value| (value as i8).to_le_bytes()[0]).collect();
    folder.write("f4.npy", &npy_f4(&shape, &as_f4));
    folder.write("i2.npy", &npy("<i2", false, &shape, &as_i2));
    folder.write("i1.npy", &npy("|i1", false, &shape, &as_i1));
    let expected = cells(&folder, &["f4.npy", "--temperature", "20"]);
    for file in ["i2.npy", "i1.npy"] {
        assert_eq!(cells(&folder, &[file, "--temperature", "20"]), expected, "{file}");
    }
}

#[test]
fn another_memory_order_is_within_the_bound() {
    let folder = Folder::new();
    let values = values();
    let [n, c, h, w, d] = SHAPE;
    let at = |n_: usize, c_: usize, h_: usize, w_: usize, d_: usize| {
        values[(((n_ * c + c_) * h + h_) * w + w_) * d + d_]
    };
    let mut last = Vec::new();
    for n_ in 0..n {
        for h_ in 0..h {
            for w_ in 0..w {
                for d_ in 0..d {
                    last.extend((0..c).map(|c_| at(n_, c_, h_, w_, d_)));
                }
            }
        }
    }
    let mut depth_first = Vec::new();
    for n_ in 0..n {
        for c_ in 0..c {
            for d_ in 0..d {
                for h_ in 0..h {
                    depth_first.extend((0..w).map(|w_| at(n_, c_, h_, w_, d_)));
                }
            }
        }
    }
    folder.write("nchwd.npy", &npy_f4(&SHAPE, &values));
    folder.write("nhwdc.npy", &npy_f4(&[n, h, w, d, c], &last));
    folder.write("ncdhw.npy", &npy_f4(&[n, c, d, h, w], &depth_first));
    let decoded = |file: &str, layout: &str| {
        let args = ["decode", file, "--layout", layout, "--coords", "voxel", "--compare"];
        rows(&folder.program(args).doubtful().run().expect(0).stdout, b',')
    };
    let expected = decoded("nchwd.npy", "NCHWD");
    for (file, layout) in [("nhwdc.npy", "NHWDC"), ("ncdhw.npy", "NCDHW")] {
        let found = decoded(file, layout);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            for key in ["n", "c", "hard_h_voxel", "hard_w_voxel", "hard_d_voxel", "peak_value", "status"] {
                assert_eq!(found[key], expected[key], "{layout} {key}");
            }
            let (a, b) = (triple(found, VOXEL).unwrap(), triple(expected, VOXEL).unwrap());
            assert_all_near(a, b, 2e-5, layout);
        }
    }
}

/// Many small inputs come out in the order in which they were named, each with its own rows.
#[test]
fn inputs_keep_their_order() {
    let folder = Folder::new();
    let mut names = Vec::new();
    for index in 0..60_usize {
        let mut map = [0.0; 4 * 4 * 4];
        map[index] = 5.0;
        let (name, bytes) = (format!("{:02}.npy", 97 * index % 60), npy_f4(&[4, 4, 4], &map));
        if index % 3 == 0 {
            folder.write(format!("{name}.gz"), &gzip(&bytes));
            names.push((format!("{name}.gz"), index));
        } else {
            folder.write(&name, &bytes);
            names.push((name, index));
        }
    }
    let files = names.iter().map(|(name, _)| name.as_str());
    let args = ["decode", "--threads", "7", "--method", "hard", "--coords", "voxel"];
    let found = folder.program(args).args(files).run().expect(0).rows();
    assert_eq!(found.len(), 60);
    for ((name, index), row) in names.iter().zip(&found) {
        assert_eq!(&row["file"], name);
        let [h, w, d] = triple(row, VOXEL).unwrap().map(|i| i as usize);
        assert_eq!((h * 4 + w) * 4 + d, *index, "{name}");
    }
}

/// The library gives what the program writes, bit for bit.
#[test]
fn library_and_program() {
    let folder = Folder::new();
    let values = values();
    folder.write("a.npy", &npy_f4(&SHAPE, &values));
    let rows = folder.decode(["a.npy", "--coords", "voxel", "--compare", "--quiet"]).rows();
    let view = ndarray::ArrayView::from_shape(SHAPE, &values).unwrap();
    let landmarks = softargmax::decode(view, &"NCHWD".parse().unwrap(), Settings::default()).unwrap();
    assert_eq!(rows.len(), landmarks.len());
    for (row, landmark) in rows.iter().zip(&landmarks) {
        assert_eq!((row["n"].parse(), row["c"].parse()), (Ok(landmark.n), Ok(landmark.c)));
        assert_eq!(triple(row, VOXEL), landmark.position.map(|voxel| voxel.0));
        assert_eq!(
            triple(row, ["hard_h_voxel", "hard_w_voxel", "hard_d_voxel"]),
            landmark.hard.map(|voxel| voxel.0)
        );
        assert_eq!(row["status"], landmark.status.name());
    }
}
