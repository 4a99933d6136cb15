//! NIfTI headers written byte by byte, and what they are read as.

use super::super::gzip::tests::compress;
use super::super::reader::Companions;
use super::super::tests::{defect, read_file, read_path, read_stream};
use super::*;
use crate::geometry::{Affine, Hwd};
use std::fs;

/// A header under construction, in either byte order.
#[derive(Clone)]
struct Draft {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Draft {
    /// A NIfTI-1 single file of 2 × 3 × 1 voxels of i16, without affine.
    fn one(big_endian: bool) -> Draft {
        let mut draft = Draft { bytes: vec![0; 352], big_endian };
        draft.put(0, 348_i32.to_le_bytes()).i16s(40, &[3, 2, 3, 1, 1, 1, 1, 1]).i16s(70, &[4, 16]);
        draft.f32s(76, &[1.0; 8]).f32s(108, &[352.0, 0.0, 0.0]);
        draft.bytes[344..348].copy_from_slice(b"n+1\0");
        draft
    }

    /// The same as NIfTI-2.
    fn two(big_endian: bool) -> Draft {
        let mut draft = Draft { bytes: vec![0; 544], big_endian };
        draft.put(0, 540_i32.to_le_bytes()).i16s(12, &[4, 16]);
        for (i, n) in [3_i64, 2, 3, 1, 1, 1, 1, 1].into_iter().enumerate() {
            draft.put(16 + 8 * i, n.to_le_bytes()).f64s(104 + 8 * i, &[1.0]);
        }
        draft.put(168, 544_i64.to_le_bytes());
        draft.bytes[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
        draft
    }

    /// Puts a number, given least significant byte first.
    fn put<const N: usize>(&mut self, at: usize, mut number: [u8; N]) -> &mut Draft {
        if self.big_endian {
            number.reverse();
        }
        self.bytes[at..at + N].copy_from_slice(&number);
        self
    }

    fn i16s(&mut self, at: usize, numbers: &[i16]) -> &mut Draft {
        for (i, number) in numbers.iter().enumerate() {
            self.put(at + 2 * i, number.to_le_bytes());
        }
        self
    }

    fn f32s(&mut self, at: usize, numbers: &[f32]) -> &mut Draft {
        for (i, number) in numbers.iter().enumerate() {
            self.put(at + 4 * i, number.to_le_bytes());
        }
        self
    }

    fn f64s(&mut self, at: usize, numbers: &[f64]) -> &mut Draft {
        for (i, number) in numbers.iter().enumerate() {
            self.put(at + 8 * i, number.to_le_bytes());
        }
        self
    }

    /// The file, with the values 10 to 15.
    fn file(&self) -> Vec<u8> {
        let values =
            (10..16_i16).flat_map(|n| if self.big_endian { n.to_be_bytes() } else { n.to_le_bytes() });
        self.bytes.iter().copied().chain(values).collect()
    }

    fn header(&self) -> Header {
        read_file(&self.file()).unwrap().0
    }

    fn defect(&self) -> String {
        defect(&self.file())
    }
}

fn drafts() -> [Draft; 4] {
    [Draft::one(false), Draft::one(true), Draft::two(false), Draft::two(true)]
}

#[test]
fn both_versions_in_both_byte_orders() {
    for (draft, format) in drafts().into_iter().zip(["nifti-1", "nifti-1", "nifti-2", "nifti-2"]) {
        for (bytes, suffix) in [(draft.file(), ""), (compress(&draft.file()), " gzip")] {
            for read in [read_file, read_stream] {
                let (header, values) = read(&bytes).unwrap();
                assert_eq!(header.format, format!("{format}{suffix}"));
                assert_eq!(header.element, Element { kind: Kind::I16, big_endian: draft.big_endian });
                assert_eq!((header.shape, header.scaling), (vec![2, 3, 1], Scaling::NONE));
                assert_eq!(header.notices, []);
                assert_eq!(values, draft.file()[draft.bytes.len()..]);
            }
        }
    }
}

#[test]
fn fields_agree_with_the_nifti_crate() {
    for big_endian in [false, true] {
        let mut draft = Draft::one(big_endian);
        for at in (76..108).chain(112..120).chain(256..328).step_by(4) {
            draft.f32s(at, &[at as f32 + 0.5]);
        }
        draft.i16s(68, &[1007]).i16s(252, &[2, 3]);
        draft.bytes[123] = 10;
        let theirs = NiftiHeader::from_reader(&draft.bytes[..]).unwrap();
        let pull = super::super::pull::Plain(std::io::Cursor::new(draft.file()));
        let mut input = Input::stream(Box::new(pull), None, false).unwrap();
        let ours = Fields::read(&mut input).unwrap();
        assert_eq!(ours.pixdim, theirs.pixdim.map(f64::from));
        assert_eq!([ours.slope, ours.intercept], [theirs.scl_slope, theirs.scl_inter].map(f64::from));
        assert_eq!(ours.quaternion, [theirs.quatern_b, theirs.quatern_c, theirs.quatern_d].map(f64::from));
        assert_eq!(ours.qoffset, [theirs.quatern_x, theirs.quatern_y, theirs.quatern_z].map(f64::from));
        assert_eq!(ours.srow, [theirs.srow_x, theirs.srow_y, theirs.srow_z].map(|row| row.map(f64::from)));
        assert_eq!(
            (ours.intent_code, ours.xyzt_units),
            (theirs.intent_code.into(), theirs.xyzt_units.into())
        );
        assert_eq!((ours.qform_code, ours.sform_code), (theirs.qform_code.into(), theirs.sform_code.into()));
        assert_eq!((ours.datatype, ours.bitpix), (theirs.datatype, theirs.bitpix));
    }
}

#[test]
fn dims_are_checked() {
    let dims = |dims: &[i16]| Draft::one(false).i16s(40, dims).defect();
    assert_eq!(dims(&[0]), "expected 1 to 7 axes in dim[0], found 0");
    assert_eq!(dims(&[8]), "expected 1 to 7 axes in dim[0], found 8");
    assert_eq!(dims(&[-3]), "expected 1 to 7 axes in dim[0], found -3");
    assert_eq!(dims(&[3, 2, -3]), "expected a length of at least 1 in dim[2], found -3");
    assert_eq!(dims(&[3, 2, 0]), "expected a length of at least 1 in dim[2], found 0");
    assert!(
        dims(&[7, 32767, 32767, 32767, 32767, 32767, 32767, 32767])
            .starts_with("expected a shape whose size")
    );
    assert_eq!(dims(&[3, 2, 3, 9]), "the file is truncated: expected 108 bytes of values, found 12");
    assert_eq!(Draft::one(false).i16s(40, &[2, 2, 3, -9]).header().shape, [2, 3]);
    let huge = Draft::two(false).put(24, (1_i64 << 61).to_le_bytes()).defect();
    assert!(huge.starts_with("expected a shape whose size"), "{huge}");
}

#[test]
fn datatypes_are_checked() {
    let datatype = |code: i16, bits: i16| Draft::one(true).i16s(70, &[code, bits]).defect();
    for (code, bits, name) in [
        (128, 24, "RGB colours"),
        (2304, 32, "RGBA colours"),
        (32, 64, "complex numbers"),
        (1792, 128, "complex numbers"),
        (1536, 128, "floats of 128 bits"),
        (1, 1, "single bits"),
        (77, 8, "an unknown type"),
    ] {
        let expected = format!("expected real numbers of at most 64 bits, found {name} (datatype {code})");
        assert_eq!(datatype(code, bits), expected);
    }
    for (code, bits, name) in [(2, 8, "|u1"), (256, 8, "|i1"), (512, 16, ">u2")] {
        let header = Draft::one(true).i16s(70, &[code, bits]).header();
        assert_eq!(header.element.name(), name);
    }
}

#[test]
fn bitpix_gives_way_to_the_datatype() {
    for draft in drafts() {
        let at = if draft.bytes.len() == 352 { 70 } else { 12 };
        for bits in [8, 0, -16, 32] {
            let wrong = draft.clone().i16s(at, &[4, bits]).clone();
            for read in [read_file, read_stream] {
                let (header, values) = read(&wrong.file()).unwrap();
                assert_eq!(header.element, Element { kind: Kind::I16, big_endian: draft.big_endian });
                assert_eq!(header.notices, [notices::bitpix(4, 16, bits)]);
                assert_eq!(values, draft.file()[draft.bytes.len()..]);
            }
        }
        let short = draft.clone().i16s(at, &[16, 16]).defect();
        assert_eq!(short, "the file is truncated: expected 24 bytes of values, found 12");
    }
}

#[test]
fn magic_and_intent_are_checked() {
    let mut analyze = Draft::one(false);
    analyze.bytes[344..348].fill(0);
    assert_eq!(analyze.defect(), "expected npy, npz, NIfTI, MetaImage or NRRD, found an Analyze 7.5 header");
    let mut text = Draft::two(false);
    text.bytes[8..12].copy_from_slice(b"\n\x1a\n\0");
    assert!(text.defect().starts_with("expected the magic of NIfTI-2"));
    let cifti = Draft::two(true).put(504, 3006_i32.to_le_bytes()).defect();
    assert_eq!(cifti, "expected a volume, found a CIFTI-2 matrix (intent_code 3006)");
    for draft in drafts() {
        for length in 4..draft.bytes.len() - 4 {
            assert!(defect(&draft.file()[..length]).contains("bytes of NIfTI header"), "{length}");
        }
    }
}

#[test]
fn offsets_are_checked() {
    let offset = |offset: f32| Draft::one(false).f32s(108, &[offset]).clone();
    for bad in [f32::NAN, f32::INFINITY, -1.0, 1.0, 351.0, 352.5] {
        assert!(
            offset(bad).defect().starts_with("expected vox_offset 0 or a whole number of at least 352"),
            "{bad}"
        );
    }
    assert_eq!(offset(1e30).defect(), "the file is truncated: expected 12 bytes of values, found 0");
    assert_eq!(offset(0.0).header().shape, [2, 3, 1]);
    assert!(Draft::two(false).put(168, 543_i64.to_le_bytes()).defect().contains("at least 544, found 543"));
    assert!(Draft::two(false).put(168, i64::MIN.to_le_bytes()).defect().contains("at least 544"));
    assert!(Draft::two(false).put(168, i64::MAX.to_le_bytes()).defect().contains("expected 12 bytes"));
    assert_eq!(Draft::two(false).put(168, 0_i64.to_le_bytes()).header().shape, [2, 3, 1]);
    let mut extended = offset(384.0);
    extended.bytes.resize(384, 7);
    for read in [read_file, read_stream] {
        assert_eq!(read(&extended.file()).unwrap().1, extended.file()[384..]);
    }
}

#[test]
fn slopes_are_checked() {
    let scaled = |slope: f32, intercept: f32| Draft::one(false).f32s(112, &[slope, intercept]).clone();
    let header = scaled(0.1, -3.0).header();
    assert_eq!(header.scaling, Scaling { slope: f64::from(0.1_f32), intercept: -3.0 });
    assert_eq!(scaled(0.0, 5.0).header().scaling, Scaling::NONE);
    assert_eq!(scaled(0.0, f32::NAN).header().scaling, Scaling::NONE);
    let header = scaled(f32::INFINITY, f32::NAN).header();
    assert_eq!((header.scaling, header.notices), (Scaling::NONE, vec![notices::slope(f64::INFINITY)]));
    assert_eq!(scaled(2.0, f32::NAN).defect(), "expected a finite scl_inter, found NaN");
}

/// The affines by name, and the notices.
fn affines(draft: &Draft) -> (impl Fn(&str) -> Option<Affine> + use<>, Vec<Notice>) {
    let header = draft.header();
    let notices = header.notices.clone();
    (move |name: &str| header.affine(name).map(|named| named.affine), notices)
}

#[test]
fn affines_by_hand() {
    let mut draft = Draft::one(true);
    draft.f32s(76, &[-1.0, 2.0, 3.0, 4.0]).i16s(252, &[1, 2]);
    // A turn by 180° about z, with the third axis flipped.
    draft.f32s(256, &[0.0, 0.0, 1.0, 10.0, 20.0, 30.0]);
    draft.f32s(280, &[-2.0, 0.0, 0.0, 10.0, 0.0, -3.0, 0.0, 20.0, 0.0, 0.0, -4.0, 30.0]);
    let expected = Affine([[-2.0, 0.0, 0.0, 10.0], [0.0, -3.0, 0.0, 20.0], [0.0, 0.0, -4.0, 30.0]]);
    let (found, notices) = affines(&draft);
    assert_eq!((found("sform"), found("qform"), notices), (Some(expected), Some(expected), vec![]));
    assert_eq!(found("pixdim"), Some(Affine::from_spacing(Hwd([2.0, 3.0, 4.0]))));
    // A turn by 90° about x: b = √½ gives y → z.
    draft.f32s(256, &[0.5_f32.sqrt(), 0.0, 0.0]).i16s(252, &[1, 0]);
    let (found, _) = affines(&draft);
    let Affine([_, y, z]) = found("qform").unwrap();
    assert!((y[2] - 4.0).abs() < 1e-6 && (z[1] - 3.0).abs() < 1e-6 && found("sform").is_none());
}

#[test]
fn unset_codes_are_no_affine() {
    let mut draft = Draft::one(false);
    draft.f32s(280, &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let (found, notices) = affines(draft.i16s(252, &[0, 0]));
    assert_eq!((found("sform"), found("qform"), notices), (None, None, vec![]));
    for code in [-1, 6, 300] {
        let undefined = [("sform", code.into()), ("qform", code.into())];
        let (found, notices) = affines(draft.i16s(252, &[code, code]));
        let expected = vec![notices::form_codes(&undefined)];
        assert_eq!((found("sform"), found("qform"), notices), (None, None, expected));
        let (found, notices) = affines(draft.i16s(252, &[code, 1]));
        assert_eq!((found("sform").is_some(), notices), (true, vec![notices::form_codes(&undefined[1..])]));
    }
}

/// nibabel 5 and ITK 5 differ here: −0.9999 is 1 for nibabel and −1 for ITK. The contract goes by nibabel.
#[test]
fn a_sign_of_the_third_axis_that_is_none() {
    let mut draft = Draft::two(false);
    draft.put(344, 1_i32.to_le_bytes());
    for (qfac, sign, is_told) in [
        (-1.0, -1.0, false),
        (1.0, 1.0, false),
        (0.0, 1.0, false),
        (-0.9999, 1.0, true),
        (-2.0, 1.0, true),
        (2.5, 1.0, true),
        (f64::INFINITY, 1.0, true),
    ] {
        let (found, notices) = affines(draft.f64s(104, &[qfac]));
        assert_eq!(found("qform").unwrap().0[2][2], sign, "{qfac}");
        let expected = is_told.then(|| notices::qfac(qfac));
        assert_eq!(notices, expected.into_iter().collect::<Vec<_>>(), "{qfac}");
    }
    assert_eq!(affines(draft.f64s(104, &[f64::NAN])).1.len(), 1);
    // Without a qform it means nothing.
    assert_eq!(affines(draft.put(344, 0_i32.to_le_bytes())).1, []);
}

#[test]
fn suspicious_affines_are_noticed() {
    let identity = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let mut draft = Draft::one(false);
    draft.f32s(280, &[0.0; 12]).i16s(252, &[0, 1]);
    assert_eq!(affines(&draft).1, [Notice::Singular { affine: "sform" }]);
    assert_eq!(affines(draft.f32s(280, &[f32::NAN])).1, [Notice::Nonfinite { affine: "sform" }]);
    draft.f32s(280, &identity).i16s(252, &[1, 1]).f32s(268, &[0.0, 0.0, 0.5]);
    assert_eq!(affines(&draft).1, [Notice::AffinesDisagree { affines: ["sform", "qform"], distance: 0.5 }]);
    draft.f32s(268, &[0.0; 3]).f32s(256, &[1.0, 1.0, 0.0]);
    assert_eq!(affines(&draft).1, [notices::quaternion(2.0)]);
    draft.f32s(256, &[1.000_001, 0.0, 0.0]).i16s(252, &[1, 0]);
    let (found, notices) = affines(&draft);
    assert_eq!((found("qform").unwrap().0[1][1], notices), (-1.0, vec![]));
    draft.f32s(256, &[0.0; 3]).f32s(76, &[0.0, -2.0, 0.0, 4.0]);
    let (found, notices) = affines(&draft);
    assert_eq!(found("qform"), Some(Affine::from_spacing(Hwd([2.0, 1.0, 4.0]))));
    assert_eq!(notices, [notices::pixdim([-2.0, 0.0, 4.0])]);
    assert_eq!(found("pixdim"), None);
}

#[test]
fn units_are_brought_to_millimetres() {
    for (code, factor, unit) in [
        (1, 1000.0, Some("metre")),
        (2, 1.0, None),
        (3, 0.001, Some("micron")),
        (0, 1.0, None),
        (8, 1.0, None),
    ] {
        let mut draft = Draft::one(false);
        draft.bytes[123] = code;
        let (found, notices) = affines(&draft);
        assert_eq!(found("pixdim"), Some(Affine::from_spacing(Hwd([factor; 3]))));
        assert_eq!(notices, unit.map(|found| Notice::Units { found }).into_iter().collect::<Vec<_>>());
    }
}

/// A pair: the header, and its values.
fn pair(draft: Draft) -> (Vec<u8>, Vec<u8>) {
    let Draft { mut bytes, big_endian } = draft;
    let at = if bytes.len() == 352 { 344 } else { 4 };
    bytes[at..at + 2].copy_from_slice(b"ni");
    let mut draft = Draft { bytes, big_endian };
    if at == 344 {
        draft.f32s(108, &[0.0])
    } else {
        draft.put(168, 0_i64.to_le_bytes())
    };
    let file = draft.file();
    (draft.bytes.clone(), file[draft.bytes.len()..].to_vec())
}

#[test]
fn either_file_of_a_pair_may_be_named() {
    for (i, draft) in drafts().into_iter().enumerate() {
        let name = if i < 2 { "nifti-1 pair" } else { "nifti-2 pair" };
        let (head, values) = pair(draft);
        for (header_name, image_name) in [
            ("a.hdr", "a.img"),
            ("a.hdr.gz", "a.img.gz"),
            ("a.hdr", "a.img.gz"),
            ("A.HDR", "A.IMG"),
            ("P.HDR", "P.img"),
            ("p.hdr", "p.IMG"),
            ("P.HDR.gz", "P.img.gz"),
            ("P.HDR.GZ", "P.img"),
            ("p.hdr", "p.IMG.GZ"),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let write = |name: &str, bytes: &[u8]| {
                let packed = name.to_lowercase().ends_with("gz").then(|| compress(bytes));
                let path = directory.path().join(name);
                fs::write(&path, packed.as_deref().unwrap_or(bytes)).unwrap();
                path
            };
            let paths = [write(header_name, &head), write(image_name, &values)];
            let suffix = if image_name.to_lowercase().ends_with("gz") { " gzip" } else { "" };
            for path in &paths {
                let (header, found) = read_path(path).unwrap();
                assert_eq!((header.format, &found), (format!("{name}{suffix}"), &values));
            }
            let [header, image] = paths;
            let of_header = Companions { header: None, values: vec![image.clone()], is_named: false };
            let of_image = Companions { header: Some(header.clone()), ..Companions::default() };
            assert_eq!((pair::companions(&header), pair::companions(&image)), (of_header, of_image));
        }
    }
}

#[test]
fn pairs_that_are_not_whole() {
    let (head, values) = pair(Draft::one(false));
    let directory = tempfile::tempdir().unwrap();
    let (header, image) = (directory.path().join("a.hdr"), directory.path().join("a.img"));
    fs::write(&header, &head).unwrap();
    let error = read_path(&header).unwrap_err().to_string();
    assert!(error.starts_with("the image of the pair is missing: ") && error.contains("a.img"), "{error}");
    fs::write(&image, &values[1..]).unwrap();
    let error = read_path(&header).unwrap_err().to_string();
    assert!(
        error.ends_with("a.img`: the file is truncated: expected 12 bytes of values, found 11"),
        "{error}"
    );
    fs::remove_file(&header).unwrap();
    assert!(read_path(&image).unwrap_err().to_string().contains("found a file that begins with"));
    let error = read_stream(&head).unwrap_err().to_string();
    assert_eq!(error, "expected a single NIfTI file on a stream, found the header of a pair");
}

#[test]
fn the_header_of_a_packed_pair_is_verified() {
    let (head, values) = pair(Draft::one(false));
    let directory = tempfile::tempdir().unwrap();
    let header = directory.path().join("a.hdr.gz");
    let mut packed = compress(&head);
    let n = packed.len();
    packed[n - 5] ^= 1;
    fs::write(&header, packed).unwrap();
    fs::write(directory.path().join("a.img"), &values).unwrap();
    assert!(
        read_path(&header).unwrap_err().to_string().starts_with("the gzip data is damaged: expected CRC-32")
    );
}

#[test]
fn raw_values_that_look_like_gzip() {
    let (head, mut values) = pair(Draft::one(false));
    values[..4].copy_from_slice(&[0x1f, 0x8b, 8, 0]);
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.hdr"), head).unwrap();
    fs::write(directory.path().join("a.img"), &values).unwrap();
    assert_eq!(read_path(&directory.path().join("a.img")).unwrap().1, values);
}

/// The text of the error about a file of this name in a directory with `beside`.
fn error_beside(name: &str, beside: &[(&str, &[u8])], bytes: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in beside.iter().copied().chain([(name, bytes)]) {
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    read_path(&directory.path().join(name)).unwrap_err().to_string()
}

#[test]
fn a_magic_that_contradicts_the_files_is_named() {
    for (i, draft) in drafts().into_iter().enumerate() {
        let (single, both) = if i < 2 { ("n+1", "ni1") } else { ("n+2", "ni2") };
        let (head, values) = pair(draft.clone());
        let file = [&head[..], &values].concat();
        for (name, bytes) in
            [("a.nii", &file), ("a.nii.gz", &compress(&file)), ("a.img", &file), ("a", &file)]
        {
            let expected = format!(
                "expected the magic `{single}` in a single file, found `{both}`, that of a pair of .hdr and \
                 .img"
            );
            assert_eq!(error_beside(name, &[], bytes), expected, "{name}");
        }
        let expected = format!(
            "expected the magic `{both}` in the header of a pair, found `{single}`, that of a single file"
        );
        let packed = compress(&draft.bytes);
        let short = &draft.bytes[..draft.bytes.len() - 4];
        for (name, bytes) in [("a.hdr", &draft.bytes[..]), ("a.hdr", short), ("a.hdr.gz", &packed)] {
            assert_eq!(error_beside(name, &[("a.img", &values)], bytes), expected, "{name}");
            assert_eq!(error_beside("a.img", &[(name, bytes)], &values), expected, "a.img with {name}");
        }
        // The content decides, not the name: a whole single file is read whatever it is called.
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("b.img"), &values).unwrap();
        fs::write(directory.path().join("b.hdr"), draft.file()).unwrap();
        assert_eq!(read_path(&directory.path().join("b.hdr")).unwrap().1, values);
        let alone = error_beside("a.hdr", &[], &draft.bytes);
        assert_eq!(alone, "the file is truncated: expected 12 bytes of values, found 0");
    }
}

#[test]
fn a_header_size_that_contradicts_the_magic_is_named() {
    for (i, draft) in drafts().into_iter().enumerate() {
        let (right, other, magic) = if i < 2 { (348, 540, "n+1") } else { (540, 348, "n+2") };
        for size in [0, 349, 1, -5, other] {
            let mut wrong = draft.clone();
            wrong.put(0, i32::to_le_bytes(size));
            let expected =
                format!("expected a header size of {right} with the magic `{magic}`, found {size}");
            assert_eq!(wrong.defect(), expected);
            assert_eq!(defect(&compress(&wrong.file())), expected);
        }
    }
    // Text where NIfTI-2 has its magic is no NIfTI-2.
    let mut text = Draft::two(false);
    text.put(0, 0_i32.to_le_bytes()).bytes[8] = b' ';
    assert!(
        text.defect()
            .starts_with("expected npy, npz, NIfTI, MetaImage or NRRD, found a file that begins with")
    );
}

#[test]
fn the_files_of_an_analyze_pair_belong_together() {
    let (mut head, values) = pair(Draft::one(false));
    head[344..348].fill(0);
    let expected = "expected npy, npz, NIfTI, MetaImage or NRRD, found an Analyze 7.5 header";
    for length in [348, 352] {
        assert_eq!(error_beside("a.hdr", &[("a.img", &values)], &head[..length]), expected);
        assert_eq!(error_beside("a.img", &[("a.hdr", &head[..length])], &values), expected);
        assert_eq!(error_beside("A.img", &[("A.HDR", &head[..length])], &values), expected);
    }
}
