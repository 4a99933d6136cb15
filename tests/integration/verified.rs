//! What a run reads beside its inputs is verified as they are: `--reference` and `--mask`, to their last
//! byte.

use crate::support::{Folder, Nifti, f4, gzip, npy, npy_f4};

/// A heatmap of 3 × 4 × 5 voxels with its peak at (1, 2, 3).
fn heatmap() -> Vec<f32> {
    let mut values = vec![0.0; 60];
    values[20 + 10 + 3] = 30.0;
    values
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("map.npy", &npy_f4(&[3, 4, 5], &heatmap()));
    folder
}

fn with(bytes: &[u8], at: usize, change: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= change;
    bytes
}

/// Damage of gzip data behind its first bytes: checksum, length, a missing end, foreign bytes.
fn damaged(whole: &[u8]) -> [(&'static str, Vec<u8>, &'static str); 5] {
    let end = whole.len();
    [
        ("crc.nii.gz", with(whole, end - 8, 1), "CRC-32"),
        ("length.nii.gz", with(whole, end - 1, 1), "modulo 2^32"),
        ("cut.nii.gz", whole[..end - 9].to_vec(), "gzip"),
        ("trailer.nii.gz", whole[..end - 4].to_vec(), "gzip"),
        ("foreign.nii.gz", [whole, b"x"].concat(), "gzip"),
    ]
}

#[test]
fn a_damaged_reference_or_mask_is_refused() {
    let folder = folder();
    let whole = gzip(&Nifti::new(&[3, 4, 5], &f4(&[1.0; 60])).bytes());
    folder.write("sound.nii.gz", &whole);
    for option in ["--reference", "--mask"] {
        let decode = |name: &str, code| {
            let args = ["decode", "map.npy", "--layout", "HWD", option, name];
            folder.program(args).run().expect(code)
        };
        decode("sound.nii.gz", 0);
        for (name, bytes, why) in damaged(&whole) {
            folder.write(name, &bytes);
            let ran = decode(name, 2);
            ran.says(&[&format!("failed to read the {} `{name}`", &option[2..]), "caused by", why]);
            assert!(ran.stdout.is_empty(), "{}", ran.text());
        }
    }
}

/// A number of the affine that was changed shows in nothing but the checksum: 14 mm became 993.
#[test]
fn a_reference_whose_affine_was_damaged_gives_no_millimetres() {
    let folder = folder();
    let sform = [[2.0, 0.0, 0.0, 12.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    let volume = Nifti::new(&[3, 4, 5], &f4(&[1.0; 60])).sform(&sform);
    let stored = |bytes: &[u8]| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let whole = stored(&volume.bytes());
    let place = whole.windows(4).position(|four| four == 12_f32.to_le_bytes()).unwrap();
    let mut moved = whole.clone();
    moved[place..place + 4].copy_from_slice(&991_f32.to_le_bytes());
    folder.write("sound.nii.gz", &whole);
    folder.write("moved.nii.gz", &moved);
    let options = ["--layout", "HWD", "--coords", "world", "--method", "hard"];
    let rows = folder.decode(["map.npy", "--reference", "sound.nii.gz"].iter().chain(&options)).rows();
    assert_eq!(rows[0]["x_mm"].parse::<f64>(), Ok(14.0));
    for command in ["decode", "info"] {
        let args = [command, "map.npy", "--layout", "HWD", "--reference", "moved.nii.gz"];
        folder.program(args).run().expect(2).says(&["failed to read the reference `moved.nii.gz`", "CRC-32"]);
    }
    // The values of a pair lie in another file, and so does their checksum.
    let mut header = Nifti::new(&[3, 4, 5], &[]).sform(&sform);
    header.set(344, b"ni1\0");
    header.set(108, &0_f32.to_le_bytes());
    header.extension.clear();
    folder.write("pair.hdr.gz", &stored(&header.bytes()));
    let image = stored(&f4(&[1.0; 60]));
    folder.write("pair.img.gz", &with(&image, image.len() - 8, 1));
    let args = ["decode", "map.npy", "--layout", "HWD", "--reference", "pair.hdr.gz"];
    folder.program(args).run().expect(2).says(&["failed to read the reference `pair.hdr.gz`", "CRC-32"]);
}

/// Arrays are masks too, in every container that has a checksum.
#[test]
fn a_damaged_array_is_no_mask() {
    let folder = folder();
    let whole = gzip(&npy("|u1", false, &[3, 4, 5], &[1; 60]));
    folder.write("mask.npy.gz", &with(&whole, whole.len() - 8, 1));
    let ran = folder.program(["decode", "map.npy", "--mask", "mask.npy.gz"]).run().expect(2);
    ran.says(&["failed to read the mask `mask.npy.gz`", "CRC-32"]);
}
