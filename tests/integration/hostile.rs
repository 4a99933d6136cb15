//! Files that lie, end early, or are something else. Each gives its documented error and exit status 3, takes
//! neither much memory nor much time, and costs the good file beside it nothing.
//!
//! Every run here has 400 MiB of address space and a time limit; a panic would be exit status 70.

use crate::support::{Folder, Nifti, VOXEL, f4, f8, gzip, has, npy, npy_f4, npy_of, triple, zip};
use ::zip::CompressionMethod::{Deflated, Stored};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What is wrong, and the texts that the error has to hold.
struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    says: &'static [&'static str],
    args: &'static [&'static str],
}

fn hostile(name: &'static str, bytes: Vec<u8>, says: &'static [&'static str]) -> Hostile {
    Hostile { name, bytes, says, args: &[] }
}

/// A heatmap of 2 × 3 × 4 with its peak at (1, 2, 3).
fn good() -> Vec<u8> {
    let mut values = [0.0; 24];
    values[23] = 3.0;
    npy_f4(&[2, 3, 4], &values)
}

impl Hostile {
    /// Decodes it between two good files, from a file and from standard input.
    fn check(&self) {
        let folder = Folder::new();
        folder.write("a_good.npy", &good());
        folder.write(self.name, &self.bytes);
        folder.write("z_good.npy", &good());
        let start = Instant::now();
        let args = ["decode", "--method", "hard", "--coords", "voxel", "--threads", "2", "a_good.npy"];
        let program = folder.program(args).args([self.name, "z_good.npy"]).args(self.args);
        let out = program.memory(400).run().expect(3);
        assert!(start.elapsed() < Duration::from_secs(20), "{}: {:?}", self.name, start.elapsed());
        out.says(&["error: failed to decode", self.name, "caused by: "]);
        self.check_error(&out.stderr);
        let rows = out.rows();
        let statuses: Vec<&str> = rows.iter().map(|row| row["status"].as_str()).collect();
        assert_eq!(statuses, ["ok", "unreadable", "ok"], "{}", self.name);
        assert_eq!(rows[1]["file"], self.name);
        assert!(rows[1]["n"].is_empty() && rows[1]["c"].is_empty());
        for row in [&rows[0], &rows[2]] {
            assert_eq!(triple(row, VOXEL), Some([1.0, 2.0, 3.0]));
        }
        if std::path::Path::new(self.name).extension() != Some("hdr".as_ref()) {
            let program = folder.program(["decode", "-"]).args(self.args).stdin(&self.bytes);
            let out = program.memory(400).run().expect(3);
            assert_eq!(out.rows()[0]["status"], "unreadable", "{} from standard input", self.name);
        }
        let out = folder.program(["info", self.name]).memory(400).run();
        assert!(matches!(out.code, Some(0 | 3)), "info {}: {:?} {}", self.name, out.code, out.stderr);
    }

    /// Every error says in one clause what is wrong, or what was expected and what was found.
    fn check_error(&self, stderr: &str) {
        let cause = stderr.split("caused by: ").nth(1).unwrap().lines().next().unwrap();
        let clauses = [
            "is truncated: ",
            "is damaged: ",
            "the array ",
            "header has no ",
            "the archive holds ",
            "is missing: ",
        ];
        let is_clause = clauses.iter().any(|clause| cause.contains(clause));
        assert!(is_clause || cause.contains("expected") && cause.contains("found"), "{}: {cause}", self.name);
        for part in self.says {
            assert!(stderr.contains(part), "{}: expected `{part}`, found: {stderr}", self.name);
        }
    }
}

/// One test for each hostile file.
macro_rules! hostiles {
    ($($name:ident: $hostile:expr,)*) => { $(#[test] fn $name() { $hostile.check(); })* };
}

fn header(shape: &str) -> String {
    format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}")
}

/// A `.npy` that declares `shape` and holds four values.
fn shaped(shape: &str) -> Vec<u8> {
    npy_of(&header(shape), &f4(&[1.0, 2.0, 3.0, 4.0]))
}

fn described(descr: &str) -> Vec<u8> {
    npy_of(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1, 1, 1), }}"), &[0; 64])
}

mod npy_files {
    use super::*;

    hostiles! {
        no_bytes: hostile("empty.npy", vec![], &["expected npy, npz, NIfTI, MetaImage or NRRD, found no bytes"]),
        one_byte: hostile("byte.npy", vec![0x93], &["found a file that begins with 93"]),
        garbage: hostile("garbage.npy", b"\x01\x02garbage\xff\xfe".repeat(400), &["begins with 01 02"]),
        text: hostile("text.npy", b"h,w,d\n1,2,3\n".to_vec(), &["expected npy, npz, NIfTI, MetaImage or NRRD, found a file"]),
        zeros: hostile("zeros.npy", vec![0; 5000], &["begins with 00 00"]),
        only_the_magic: hostile("magic.npy", b"\x93NUMPY".to_vec(), &["bytes of npy header"]),
        no_header_length: hostile("cut.npy", good()[..9].to_vec(), &["expected 2 bytes of npy header, found 1"]),
        half_a_header: hostile("half.npy", good()[..64].to_vec(), &["bytes of npy header, found 54"]),
        no_values: hostile("none.npy", good()[..128].to_vec(), &["expected 96 bytes of values, found 0"]),
        one_value_short: hostile("short.npy", good()[..220].to_vec(), &["expected 96 bytes of values, found 92"]),
        one_byte_short: hostile("less.npy", good()[..223].to_vec(), &["expected 96 bytes of values, found 95"]),
        version_4: hostile("four.npy", {
            let mut bytes = good();
            bytes[6] = 4;
            bytes
        }, &["expected npy version 1.0, 2.0 or 3.0, found 4.0"]),
        endless_header: hostile(
            "endless.npy",
            b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{'descr'".to_vec(),
            &["expected an npy header of at most", "found 2,147,483,647"],
        ),
        petabytes: hostile("huge.npy", shaped("(1, 1048576, 1048576, 1048576)"), &["expected", "found"]),
        terabytes: hostile(
            "large.npy",
            shaped("(1024, 1024, 1048576)"),
            &["expected 4,398,046,511,104 bytes of values, found 16"],
        ),
        overflow: hostile(
            "overflow.npy",
            shaped("(4294967296, 4294967296, 4)"),
            &["expected a shape whose size fits 63 bits"],
        ),
        overflow_times_zero: hostile(
            "zero.npy",
            shaped("(9223372036854775807, 9223372036854775807, 0)"),
            &["expected a shape whose size fits 63 bits"],
        ),
        beyond_64_bits: hostile("digits.npy", shaped("(99999999999999999999999, 1, 1)"), &["expected a length"]),
        negative_length: hostile("negative.npy", shaped("(-1, 2, 2)"), &["expected a length from 0"]),
        fraction: hostile("fraction.npy", shaped("(1.5, 2, 2)"), &["expected"]),
        not_a_tuple: hostile("list.npy", shaped("[1, 2, 2]"), &["expected a tuple of lengths"]),
        nested: hostile("nested.npy", shaped(&"(".repeat(20_000)), &["expected"]),
        many_axes: hostile("axes.npy", shaped(&format!("({})", "1, ".repeat(1000))), &["the array has more than 64 axes"]),
        code_in_the_header: hostile("code.npy", shaped("__import__('os').system('true')"), &["expected"]),
        no_dict: hostile("no_dict.npy", npy_of("no dict at all", &[]), &["expected `{` at byte 0", "found `no dict at all"]),
        no_descr: hostile(
            "no_descr.npy",
            npy_of("{'fortran_order': False, 'shape': (1, 1, 1), }", &[0; 4]),
            &["the npy header has no `descr`"],
        ),
        no_shape: hostile("no_shape.npy", npy_of("{'descr': '<f4', 'fortran_order': False, }", &[0; 4]), &["the npy header has no `shape`"]),
        binary_header: hostile("binary.npy", npy_of("\u{1}\u{2}\u{3}", &[0; 4]), &["expected `{`"]),
        complex: hostile("complex.npy", described("'<c8'"), &["expected real numbers", "<c8", "hint:"]),
        complex_128: hostile("complex128.npy", described("'<c16'"), &["expected real numbers", "hint:"]),
        bfloat16: hostile("bf16.npy", described("'|V2'"), &["expected real numbers", "|V2", "hint:"]),
        objects: hostile("object.npy", described("'|O'"), &["expected real numbers", "object", "hint:"]),
        strings: hostile("string.npy", described("'<U8'"), &["expected real numbers", "<U8", "hint:"]),
        dates: hostile("date.npy", described("'<M8[ns]'"), &["expected real numbers", "hint:"]),
        long_doubles: hostile("f16.npy", described("'<f16'"), &["expected real numbers", "<f16", "hint:"]),
        structured: hostile("fields.npy", described("[('x', '<f4'), ('y', '<f4')]"), &["structured", "hint:"]),
        unknown_kind: hostile("q.npy", described("'<q9'"), &["expected real numbers", "<q9"]),
        empty_descr: hostile("none.npy", described("''"), &["expected real numbers"]),
    }
}

/// Changes one byte.
fn flipped(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 0x55;
    bytes
}

/// Noise deflates badly: most of the file is deflate data.
fn packed() -> Vec<u8> {
    gzip(&npy_f4(&[20, 20, 20], &crate::support::Noise::new(4).f32s(8000)))
}

mod gzip_files {
    use super::*;

    fn end(n: usize) -> usize {
        packed().len() - n
    }

    hostiles! {
        cut_in_half: hostile("half.npy.gz", packed()[..end(0) / 2].to_vec(), &["the file is truncated: gzip ends early"]),
        cut_in_its_header: hostile("head.npy.gz", packed()[..7].to_vec(), &["the file is truncated: gzip ends early"]),
        two_bytes: hostile("two.npy.gz", vec![0x1f, 0x8b], &["the file is truncated: gzip ends early"]),
        cut_before_the_checksum: hostile("check.npy.gz", packed()[..end(8)].to_vec(), &["the file is truncated: gzip ends early"]),
        cut_in_the_length: hostile("length.npy.gz", packed()[..end(2)].to_vec(), &["the file is truncated: gzip ends early"]),
        wrong_checksum: hostile("crc.npy.gz", flipped(packed(), end(8)), &["the gzip data is damaged: expected CRC-32"]),
        wrong_length: hostile("isize.npy.gz", flipped(packed(), end(4)), &["the gzip data is damaged: expected", "modulo 2^32"]),
        wrong_method: hostile("method.npy.gz", flipped(packed(), 2), &["expected gzip method 8"]),
        reserved_flags: hostile("flags.npy.gz", { let mut b = packed(); b[3] |= 0x80; b }, &["known flags"]),
        damaged_in_the_middle: hostile("middle.npy.gz", flipped(packed(), end(0) / 2), &[]),
        foreign_bytes_behind: hostile(
            "behind.npy.gz",
            [packed(), b"something else".to_vec()].concat(),
            &["expected nothing after the gzip data, found byte 0x73"],
        ),
        a_damaged_second_member: hostile(
            "second.npy.gz",
            [packed(), flipped(packed(), end(8))].concat(),
            &["the gzip data is damaged: expected CRC-32"],
        ),
        gzip_in_gzip: hostile("twice.npy.gz", gzip(&packed()), &["gzip data within gzip data", "gzip -dc"]),
        garbage_inside: hostile("garbage.npy.gz", gzip(b"neither npy nor anything"), &["found a file that begins with"]),
        nothing_inside: hostile("nothing.npy.gz", gzip(b""), &["found no bytes"]),
        // From a pipe nothing tells that they are not there.
        channels_by_the_billion: hostile(
            "channels.npy",
            shaped("(1, 1000000000000, 1, 1, 2)"),
            &["expected 8,000,000,000,000 bytes of values"],
        ),
        short_inside: hostile("short.npy.gz", gzip(&good()[..200]), &["expected 96 bytes of values"]),
        a_lying_header_inside: hostile(
            "lying.npy.gz",
            gzip(&shaped("(1024, 1024, 1048576)")),
            &["expected 4,398,046,511,104 bytes of values, found compressed data that holds at most"],
        ),
        // 512 MiB of zeros in half a megabyte, refused for its rank.
        a_bomb: hostile("bomb.npy.gz", bomb(), &["expected a layout for 1 axes"]),
        // The header says 16 bytes; the rest is inflated in pieces, counted, and thrown away up to its
        // checksum.
        a_bomb_behind_the_values: hostile("behind.npy.gz", damaged_bomb_behind(), &["the gzip data is damaged: expected CRC-32"]),
    }
}

/// A gzip stream of `head` and `mebibytes` of zeros.
fn zeros_behind(head: &[u8], mebibytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mebibyte = vec![0; 1 << 20];
    encoder.write_all(head).unwrap();
    (0..mebibytes).for_each(|_| encoder.write_all(&mebibyte).unwrap());
    encoder.finish().unwrap()
}

fn bomb() -> Vec<u8> {
    zeros_behind(&npy("<f4", false, &[512 << 18], &[]), 512)
}

fn damaged_bomb_behind() -> Vec<u8> {
    let bytes = zeros_behind(&npy_f4(&[2, 2, 1], &[0.0; 4]), 512);
    let end = bytes.len();
    flipped(bytes, end - 8)
}

#[test]
fn a_bomb_of_legal_shape_is_decoded_in_bounded_memory() {
    let folder = Folder::new();
    folder.write("bomb.npy.gz", &bomb());
    let program =
        folder.program(["decode", "bomb.npy.gz", "--layout", "D", "--coords", "voxel", "--threads", "2"]);
    let row = &program.memory(400).run().expect(0).rows()[0];
    assert_eq!((row["status"].as_str(), row["d_voxel"].as_str()), ("flat", "67108863.5"));
}

mod npz_files {
    use super::*;

    fn archive() -> Vec<u8> {
        zip(&[("a.npy", &good())], Deflated)
    }

    fn two() -> Vec<u8> {
        zip(&[("a.npy", &good()), ("probabilities.npy", &good())], Stored)
    }

    fn stored() -> Vec<u8> {
        zip(&[("a.npy", &good())], Stored)
    }

    hostiles! {
        cut_in_half: hostile("half.npz", archive()[..archive().len() / 2].to_vec(), &["the zip archive is damaged"]),
        only_the_signature: hostile("pk.npz", b"PK\x03\x04".to_vec(), &["the zip archive is damaged"]),
        no_entries: hostile("none.npz", zip(&[], Stored), &["expected an archive with an array, found none"]),
        no_arrays: hostile("text.npz", zip(&[("readme.txt", b"text")], Stored), &["expected an archive with an array"]),
        two_arrays_and_no_key: hostile("two.npz", two(), &["the archive holds 2 arrays", "`a`", "`probabilities`", "--key"]),
        an_absent_key: Hostile {
            name: "absent.npz",
            bytes: two(),
            says: &["expected an array named `nothing`", "`probabilities`", "--key"],
            args: &["--key", "nothing"],
        },
        a_damaged_entry: hostile("crc.npz", {
            let place = 30 + "a.npy".len() + 150;
            flipped(stored(), place)
        }, &["the entry is damaged: expected CRC-32"]),
        garbage_in_the_entry: hostile("garbage.npz", zip(&[("a.npy", b"nothing")], Stored), &["expected"]),
        a_short_entry: hostile("short.npz", zip(&[("a.npy", &good()[..200])], Deflated), &["bytes of values"]),
        torch_save: hostile(
            "torch.npz",
            zip(&[("archive/data.pkl", b"\x80\x02}q\x00."), ("archive/data/0", &[0; 16])], Stored),
            &["a PyTorch file", "numpy.save"],
        ),
    }
}

fn volume() -> Nifti {
    let mut values = [0.0_f32; 24];
    values[23] = 3.0;
    Nifti::new(&[2, 3, 4], &f4(&values))
}

mod nifti_files {
    use super::*;

    fn dims(list: &[i16]) -> Vec<u8> {
        let bytes: Vec<u8> = list.iter().flat_map(|n| n.to_le_bytes()).collect();
        volume().with(40, &bytes).bytes()
    }

    fn offset(value: f32) -> Vec<u8> {
        volume().with(108, &value.to_le_bytes()).bytes()
    }

    fn kind(datatype: i16, bitpix: i16) -> Vec<u8> {
        let mut nifti = volume().kind(datatype, bitpix);
        nifti.values.resize(1000, 0);
        nifti.bytes()
    }

    fn second() -> Vec<u8> {
        let mut header = vec![0; 540];
        header[..4].copy_from_slice(&540_i32.to_le_bytes());
        header[4..8].copy_from_slice(b"n+2\0");
        header[8..12].copy_from_slice(b"\r\n\x1a\n");
        header[12..16].copy_from_slice(&[16, 0, 32, 0]);
        for (axis, n) in [3_i64, 2, 3, 4, 1, 1, 1, 1].into_iter().enumerate() {
            header[16 + 8 * axis..24 + 8 * axis].copy_from_slice(&n.to_le_bytes());
        }
        header[168..176].copy_from_slice(&544_i64.to_le_bytes());
        [header, vec![0; 4], vec![0; 96]].concat()
    }

    fn second_with(at: usize, bytes: &[u8]) -> Vec<u8> {
        let mut file = second();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    }

    hostiles! {
        only_the_size: hostile("size.nii", 348_i32.to_le_bytes().to_vec(), &["expected 348 bytes of NIfTI header, found 4"]),
        half_a_header: hostile("half.nii", volume().bytes()[..200].to_vec(), &["expected 348 bytes of NIfTI header, found 200"]),
        no_values: hostile("none.nii", volume().bytes()[..352].to_vec(), &["expected 96 bytes of values, found 0"]),
        one_byte_short: hostile("short.nii", volume().bytes()[..447].to_vec(), &["expected 96 bytes of values, found 95"]),
        no_axes: hostile("axes0.nii", dims(&[0, 2, 3, 4]), &["expected 1 to 7 axes in dim[0], found 0"]),
        eight_axes: hostile("axes8.nii", dims(&[8, 2, 3, 4]), &["expected 1 to 7 axes in dim[0], found 8"]),
        negative_axes: hostile("axes.nii", dims(&[-3, 2, 3, 4]), &["expected 1 to 7 axes in dim[0], found -3"]),
        a_length_of_zero: hostile("zero.nii", dims(&[3, 2, 0, 4]), &["expected a length of at least 1 in dim[2], found 0"]),
        a_negative_length: hostile("minus.nii", dims(&[3, 2, 3, -4]), &["expected a length of at least 1 in dim[3], found -4"]),
        enormous: hostile("large.nii", dims(&[7, 32767, 32767, 32767, 1, 1, 1, 1]), &["bytes of values, found 96"]),
        overflowing: hostile("overflow.nii", dims(&[7, 32767, 32767, 32767, 32767, 32767, 2, 1]), &["expected a shape whose size fits 63 bits"]),
        unknown_type: hostile("unknown.nii", kind(0, 0), &["expected real numbers", "datatype 0"]),
        invented_type: hostile("invented.nii", kind(12345, 32), &["expected real numbers", "datatype 12345"]),
        single_bits: hostile("bits.nii", kind(1, 1), &["expected real numbers", "single bits"]),
        complex: hostile("complex.nii", kind(32, 64), &["expected real numbers", "complex", "hint:"]),
        rgb: hostile("rgb.nii", kind(128, 24), &["expected real numbers", "RGB", "hint:"]),
        rgba: hostile("rgba.nii", kind(2304, 32), &["expected real numbers", "RGBA", "hint:"]),
        floats_of_128_bits: hostile("f128.nii", kind(1536, 128), &["expected real numbers", "128 bits"]),
        offset_within_the_header: hostile("offset.nii", offset(100.0), &["expected vox_offset 0 or", "found 100"]),
        offset_below_352: hostile("offset351.nii", offset(351.0), &["expected vox_offset 0 or", "at least 352", "found 351"]),
        offset_of_one: hostile("offset1.nii", offset(1.0), &["expected vox_offset 0 or"]),
        offset_below_zero: hostile("offset-.nii", offset(-352.0), &["expected vox_offset 0 or", "found -352"]),
        offset_not_a_number: hostile("offset_nan.nii", offset(f32::NAN), &["expected vox_offset 0 or", "found NaN"]),
        offset_infinite: hostile("offset_inf.nii", offset(f32::INFINITY), &["expected vox_offset 0 or", "found inf"]),
        offset_behind_the_end: hostile("offset_far.nii", offset(1e9), &["expected 96 bytes of values, found 0"]),
        offset_beyond_all: hostile("offset_max.nii", offset(f32::MAX), &["expected", "found"]),
        intercept_not_a_number: hostile("inter.nii", volume().scaled(2.0, f32::NAN).bytes(), &["expected a finite scl_inter"]),
        intercept_infinite: hostile("inter_inf.nii", volume().scaled(1.0, f32::INFINITY).bytes(), &["expected a finite scl_inter"]),
        analyze: hostile("analyze.hdr", volume().with(344, &[0; 4]).bytes(), &["Analyze 7.5"]),
        wrong_magic: hostile("magic.nii", volume().with(344, b"n+9\0").bytes(), &["expected npy, npz, NIfTI, MetaImage or NRRD"]),
        pair_without_its_image: hostile("alone.hdr", volume().with(344, b"ni1\0").bytes(), &["the image of the pair is missing", "alone.img"]),
        second_with_text_line_ends: hostile("text.nii", second_with(8, b"\n\x1a\n\0"), &["expected the magic of NIfTI-2"]),
        second_cut: hostile("cut2.nii", second()[..300].to_vec(), &["expected 540 bytes of NIfTI header, found 300"]),
        second_negative_length: hostile("minus2.nii", second_with(24, &(-2_i64).to_le_bytes()), &["expected a length of at least 1 in dim[1], found -2"]),
        second_enormous_length: hostile("large2.nii", second_with(24, &i64::MAX.to_le_bytes()), &["expected a shape whose size fits 63 bits"]),
        second_offset_below_zero: hostile("offset2.nii", second_with(168, &(-1_i64).to_le_bytes()), &["expected vox_offset 0 or"]),
        second_offset_within_the_header: hostile("offset543.nii", second_with(168, &543_i64.to_le_bytes()), &["expected vox_offset 0 or", "at least 544"]),
        second_offset_beyond_all: hostile("offset_max2.nii", second_with(168, &i64::MAX.to_le_bytes()), &["expected", "found"]),
        cifti: hostile("cifti.dscalar.nii", second_with(504, &3006_i32.to_le_bytes()), &["CIFTI", "wb_command"]),
    }

    /// What the second file of this module is without damage: it is read.
    #[test]
    fn the_second_version_is_read_when_it_is_whole() {
        let folder = Folder::new();
        folder.write("a.nii", &second());
        assert_eq!(folder.decode(["a.nii"]).rows()[0]["status"], "flat");
    }
}

mod other_formats {
    use super::*;

    fn mgh() -> Vec<u8> {
        [1_i32, 4, 4, 4, 1, 3].iter().flat_map(|x| x.to_be_bytes()).chain([0; 400]).collect()
    }

    hostiles! {
        nrrd: hostile("a.nrrd", b"NRRD0005\ntype: float\n".to_vec(), &["the empty line behind it", "hint:"]),
        metaimage: hostile(
            "a.mha",
            b"ObjectType = Image\nNDims = 3\n".to_vec(),
            &["the header ends before `ElementDataFile`", "hint:"],
        ),
        freesurfer: hostile("a.mgh", mgh(), &["FreeSurfer", "mri_convert"]),
        freesurfer_packed: hostile("a.mgz", gzip(&mgh()), &["FreeSurfer", "mri_convert"]),
        dicom: hostile("a.dcm", [&[0; 128][..], b"DICM", &[0; 100]].concat(), &["DICOM", "dcm2niix"]),
        pickle: hostile("a.pt", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00".to_vec(), &["pickle", "hint:"]),
    }
}

// --- paths -----------------------------------------------------------------------------------------

#[test]
fn a_path_that_is_not_there_is_unreadable() {
    let folder = Folder::new();
    folder.write("good.npy", &good());
    let out = folder.program(["decode", "none.npy", "good.npy"]).run().expect(3);
    out.says(&["failed to decode `none.npy`", "caused by: no such file"]);
    let rows = out.rows();
    assert_eq!((rows[0]["status"].as_str(), rows[1]["status"].as_str()), ("unreadable", "ok"));
}

/// The superuser reads everything; then a copy of the program runs as a user without rights.
#[cfg(unix)]
#[test]
fn a_path_that_may_not_be_read_is_unreadable() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let folder = Folder::new();
    let permit = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let secret = folder.write("secret.npy", &good());
    permit(&secret, 0o000);
    let program = Path::new(env!("CARGO_BIN_EXE_softargmax"));
    let mut command = Command::new(program);
    if std::fs::read(&secret).is_ok() {
        let copy = folder.join("softargmax");
        std::fs::copy(program, &copy).unwrap();
        permit(folder.path(), 0o755);
        command = Command::new(copy);
        command.uid(NOBODY).gid(NOBODY);
    }
    let out = command.args(["decode", "secret.npy"]).current_dir(folder.path()).output();
    if !has("another-user", out.is_ok()) {
        return;
    }
    let out = out.unwrap();
    assert_eq!(out.status.code(), Some(3));
    assert_eq!(
        String::from_utf8_lossy(&out.stderr),
        "error: failed to decode `secret.npy`\n  \
           caused by: permission denied\n"
    );
}

#[test]
fn a_directory_without_inputs_is_a_usage_error() {
    let folder = Folder::new();
    folder.write("notes/readme.txt", b"nothing");
    let out = folder.program(["decode", "notes"]).run().expect(2);
    out.says(&["no inputs in the directory `notes`", "hint:"]);
    assert!(out.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn a_fifo_is_streamed() {
    let folder = Folder::new();
    let path = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    for bytes in [good(), gzip(&good())] {
        let writer = std::thread::spawn({
            let path = path.clone();
            move || std::fs::write(path, bytes).unwrap()
        });
        let out = folder.program(["decode", "pipe", "--method", "hard", "--coords", "voxel"]).run().expect(0);
        assert_eq!(triple(&out.rows()[0], VOXEL), Some([1.0, 2.0, 3.0]));
        writer.join().unwrap();
    }
}

/// A walk passes over what is no regular file: it does not wait for a FIFO's writer.
#[cfg(unix)]
#[test]
fn a_walk_skips_fifos_and_follows_links_to_files_alone() {
    let folder = Folder::new();
    folder.write("tree/good.npy", &good());
    folder.write("elsewhere/linked.npy", &good());
    folder.write("tree/notes.txt", b"text");
    assert!(
        std::process::Command::new("mkfifo").arg(folder.join("tree/pipe.npy")).status().unwrap().success()
    );
    std::os::unix::fs::symlink(folder.join("elsewhere/linked.npy"), folder.join("tree/link.npy")).unwrap();
    std::os::unix::fs::symlink(folder.join("elsewhere"), folder.join("tree/directory")).unwrap();
    std::os::unix::fs::symlink(folder.join("nowhere"), folder.join("tree/dangling.npy")).unwrap();
    let out = folder.program(["decode", "tree"]).run();
    let files: Vec<String> = out.rows().iter().map(|row| row["file"].clone()).collect();
    // A link that leads nowhere stands for a file that is missing: it is not lost in silence.
    assert_eq!(files, ["tree/dangling.npy", "tree/good.npy", "tree/link.npy"]);
    assert_eq!(out.code, Some(3));
}

#[cfg(unix)]
#[test]
fn devices_are_refused_and_not_read() {
    for device in ["/dev/zero", "/dev/null"] {
        let out = Folder::new().program(["decode", device]).memory(400).run().expect(3);
        out.says(&["expected a file or a FIFO", "found a character device"]);
    }
}

/// A gibibyte with 400 MiB of address space: read in pieces, never held.
#[test]
fn a_file_larger_than_memory_is_decoded() {
    let folder = Folder::new();
    let path = folder.write("large.npy", &npy("<f4", false, &[4, 8192, 8192], &[]));
    let header = std::fs::metadata(&path).unwrap().len();
    // Sparse: the values are zeros that take no room.
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(header + (1 << 30)).unwrap();
    for format in ["csv", "npy"] {
        let args = ["decode", "large.npy", "--coords", "voxel", "--threads", "2", "--format", format];
        let out = folder.program(args).memory(400).run().expect(0);
        if format == "csv" {
            let row = &out.rows()[0];
            assert_eq!(triple(row, VOXEL), Some([1.5, 4095.5, 4095.5]));
            assert_eq!(row["status"], "flat");
        }
    }
}

/// Whatever is changed in a good header, the program ends with 0, 1 or 3, and in time.
#[test]
fn every_flipped_byte_of_a_header_is_survived() {
    let folder = Folder::new();
    let (single, array) = (volume().bytes(), npy_f4(&[2, 3, 4], &[0.5; 24]));
    let mut names = Vec::new();
    for (kind, bytes, length) in [("nii", &single, 352), ("npy", &array, 128)] {
        for at in 0..length {
            for change in [0x01_u8, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                let name = format!("{kind}_{at}_{change}.{kind}");
                folder.write(&name, &bytes);
                names.push(name);
            }
        }
    }
    let args = ["decode", ".", "--compare", "--stats", "--quiet"];
    let out = folder.program(args).memory(400).run().expect(3);
    let found: std::collections::BTreeSet<String> =
        out.rows().iter().map(|row| row["file"].trim_start_matches("./").to_owned()).collect();
    assert_eq!(found.len(), names.len());
}

/// Cut anywhere, a file is unreadable: never a wrong answer.
#[test]
fn every_truncation_is_unreadable() {
    let folder = Folder::new();
    let mut count = 0;
    let packed = gzip(&good());
    let archive = zip(&[("a.npy", &good())], Deflated);
    for (kind, bytes) in [("npy", good()), ("nii", volume().bytes()), ("npy.gz", packed), ("npz", archive)] {
        for length in 0..bytes.len() {
            folder.write(format!("{length:04}.{kind}"), &bytes[..length]);
            count += 1;
        }
    }
    let out = folder.program(["decode", ".", "--quiet"]).memory(400).run().expect(3);
    let rows = out.rows();
    assert_eq!(rows.len(), count);
    for row in rows {
        assert_eq!(row["status"], "unreadable", "{}", row["file"]);
    }
}

/// Numbers at the ends of their types, in every place.
#[test]
fn extreme_values_are_decoded() {
    let folder = Folder::new();
    let wide = [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324, 0.0, f64::NEG_INFINITY, 1.0];
    folder.write("f8.npy", &npy("<f8", false, &[2, 2, 2], &f8(&wide)));
    let narrow = [f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, -1e-45, 0.0, f32::NEG_INFINITY, 1.0];
    folder.write("f4.npy", &npy_f4(&[2, 2, 2], &narrow));
    for temperature in ["1", "1e-300", "5e-324", "1e308", "1e-40", "1e38"] {
        for file in ["f8.npy", "f4.npy"] {
            let args = [file, "--temperature", temperature, "--coords", "voxel", "--compare", "--stats"];
            let row = &folder.decode(args).rows()[0];
            assert_eq!(row["status"], "ok", "{file} T {temperature}");
            let soft = triple(row, VOXEL).unwrap();
            assert!(soft.iter().all(|i| (0.0..=1.0).contains(i)), "{file} T {temperature}: {soft:?}");
            assert_eq!(row["hard_h_voxel"], "0");
            for name in ["entropy", "peak_probability", "std_h_voxel", "cov_hw_voxel2"] {
                let number: f64 =
                    row[name].parse().unwrap_or_else(|_| panic!("{file} T {temperature} {name} {row:?}"));
                assert!(number.is_finite(), "{file} T {temperature}: {name} {number}");
            }
        }
    }
}
