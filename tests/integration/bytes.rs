//! Bytes that nobody wrote on purpose: behind the first bytes of a format, or a valid file with some of them
//! changed. Each is an error that says what it is, or has answers that answers may be (proptest). The same
//! for the texts of the command line. `fuzz/` does this for longer, led by what the code has seen.

use crate::support::{Folder, Nifti, f4, gzip, npy, npy_f4, with, zip};
use ::zip::CompressionMethod::{Deflated, Stored};
use proptest::prelude::*;
use proptest::sample::select;
use softargmax::internals::geometry::{Layout, Order, Voxel};
use softargmax::internals::kernel::{self, method};
use softargmax::internals::landmark::{Landmark, Status};
use softargmax::internals::pipeline::{self, Decoded, Defect};
use softargmax::internals::plan::Decoding;
use softargmax::internals::prepare::{AffineChoice, Channels, LayoutChoice, Reading};
use softargmax::internals::sink::{Coords, labels};
use softargmax::internals::source::{Location, OpenOptions};
use std::ops::ControlFlow;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

/// Valid files of every format, small, with their first voxel the largest.
fn valid() -> Vec<Vec<u8>> {
    let values: Vec<f32> = (0..24_i16).map(|i| f32::from(24 - i) / 4.0).collect();
    let array = npy_f4(&[2, 3, 4], &values);
    let samples = npy_f4(&[1, 2, 1, 3, 4], &values);
    let fortran = npy(">i2", true, &[3, 4], &[1; 24]);
    let empty = npy("|u1", false, &[2, 0, 1], &[]);
    let volume = Nifti::new(&[2, 3, 4], &f4(&values)).qform([0.0, 0.0, 1.0], [1.0; 3], [1.0, 2.0, 3.0]);
    let scaled = volume.clone().scaled(-0.5, 3.0).bytes();
    vec![
        gzip(&array),
        zip(&[("a.npy", &array)], Stored),
        zip(&[("a.npy", &samples)], Deflated),
        gzip(&scaled),
        scaled,
        volume.bytes(),
        [gzip(&array), gzip(&[]), vec![0; 30]].concat(),
        array,
        samples,
        fortran,
        empty,
    ]
}

/// Any bytes behind those by which a format is known.
fn behind_a_magic() -> impl Strategy<Value = Vec<u8>> {
    let magics: [&[u8]; 7] = [
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x03\x00",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"\x5c\x01\x00\x00",
        b"\x00\x00\x01\x5c",
        b"\x1c\x02\x00\x00n+2\x00\r\n\x1a\n",
    ];
    (select(magics.to_vec()), prop::collection::vec(any::<u8>(), 0..700), any::<bool>()).prop_map(
        |(magic, rest, is_volume)| {
            let mut bytes = [magic, &rest].concat();
            // NIfTI-1 has its magic at the end of its header.
            if is_volume && bytes.len() > 348 {
                bytes[344..348].copy_from_slice(b"n+1\0");
            }
            bytes
        },
    )
}

/// One change of a file.
#[derive(Clone, Debug)]
enum Change {
    Replace(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Cut(prop::sample::Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Change::Replace(at, byte) => bytes[at.index(length)] = *byte,
            Change::Flip(at, bit) => bytes[at.index(length)] ^= 1 << (bit % 8),
            Change::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Change::Remove(at) => drop(bytes.remove(at.index(length))),
            Change::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<prop::sample::Index>;
    let change = prop_oneof![
        6 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        6 => (at(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => at().prop_map(Change::Remove),
        1 => at().prop_map(Change::Cut),
    ];
    prop::collection::vec(change, 0..4)
}

fn changed() -> impl Strategy<Value = (Vec<u8>, bool)> {
    (select(valid()), changes()).prop_map(|(whole, changes)| {
        let mut bytes = whole.clone();
        for change in changes {
            change.apply(&mut bytes);
        }
        let is_whole = bytes == whole;
        (bytes, is_whole)
    })
}

/// Decodes a file; a panic of a worker arrives here.
fn decode(bytes: &[u8], by: &str, layout: Option<&str>) -> Decoded {
    let folder = Folder::new();
    let file = Location::Path(folder.write("file", bytes));
    let reading = with!(Reading::default(); layout: layout.map_or(LayoutChoice::ByShape, |text| LayoutChoice::Fixed(text.parse().unwrap())),
        affine: AffineChoice::Auto,
        offsets: None,
        mask: None,
        needs_affine: false,
        channels: Channels::All,
        expected_channels: None,
        labels: None);
    let kernel = with!(kernel::Settings::default(); method: method(by).unwrap(), with_spread: true);
    let decoding =
        with!(Decoding::default(); open: OpenOptions::default(), reading, kernel, peaks: None, threads: 1);
    let mut all = Vec::new();
    let mut deliver = |decoded: Result<Decoded, Defect>| {
        all.push(decoded.unwrap());
        ControlFlow::Continue(())
    };
    pipeline::run(&decoding, Box::new([file].into_iter()), &|_| (), &mut deliver).unwrap();
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

/// An error with its text and no landmarks, or every landmark within its volume.
fn check(decoded: &Decoded) {
    let record = &decoded.record;
    if let Some(error) = &record.error {
        // The words are those of the typed error, whichever of the many clauses it is.
        assert_eq!(decoded.error.as_ref().map(ToString::to_string).as_ref(), Some(error));
        assert!(!error.is_empty() && error.len() < 4096, "{error}");
        assert!(decoded.landmarks.is_empty());
        return;
    }
    assert_eq!(decoded.landmarks.len(), record.samples * record.channels);
    decoded.landmarks.iter().for_each(|landmark| check_landmark(&landmark, record.lengths.0));
}

fn check_landmark(landmark: &Landmark, lengths: [usize; 3]) {
    let is_answered = matches!(landmark.status, Status::Ok | Status::Flat);
    assert_eq!(landmark.position.is_some(), is_answered, "{landmark:?}");
    assert_eq!(landmark.hard.is_some(), is_answered, "{landmark:?}");
    for Voxel(position) in landmark.position.into_iter().chain(landmark.hard) {
        for (i, n) in position.into_iter().zip(lengths) {
            assert!(n > 0 && (0.0..=(n - 1) as f64).contains(&i), "{landmark:?} in {lengths:?}");
        }
    }
    if let Some(spread) = landmark.spread {
        assert!(spread.covariance.0.iter().all(|entry| entry.is_finite()), "{landmark:?}");
    }
}

/// What parses is written as text that parses to the same; what does not, says so.
fn check_text<T>(text: &str) -> bool
where
    T: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Display + std::fmt::Debug + PartialEq,
{
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string().parse::<T>().ok().as_ref(), Some(&value), "{text:?}");
            true
        }
        Err(error) => {
            assert!(error.to_string().contains("expected"), "{error}");
            false
        }
    }
}

/// Letters of layouts, orders and spaces, and others.
const TEXTS: &str = "[NCHWDnchwd1]{0,8}|(normalized|voxel|world|,){0,4}|.{0,12}";

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_behind_a_magic(bytes in behind_a_magic(), layout in select(vec![None, Some("H"), Some("NC")])) {
        check(&decode(&bytes, "soft", layout));
    }

    #[test]
    fn changed_files((bytes, is_whole) in changed(), by in select(vec!["soft", "hard"])) {
        let decoded = decode(&bytes, by, None);
        check(&decoded);
        prop_assert!(!is_whole || decoded.record.error.is_none(), "{:?}", decoded.record.error);
    }

    #[test]
    fn texts_of_the_command_line(text in TEXTS) {
        check_text::<Layout>(&text);
        check_text::<Order>(&text);
        check_text::<Coords>(&text);
    }

    #[test]
    fn labels_are_lines(lines in prop::collection::vec("[^\\r\\n\u{feff}]{0,8}", 0..6), windows in any::<bool>()) {
        let end = if windows { "\r\n" } else { "\n" };
        let text: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
        let mut names: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        while names.last().is_some_and(|name| name.is_empty()) {
            names.pop();
        }
        prop_assert_eq!(&labels(&text), &names);
        prop_assert_eq!(&labels(&format!("\u{feff}{text}")), &names);
    }
}

/// The properties above hold of nothing as well: these say that the files are read where they are whole.
#[test]
fn whole_files_have_answers() {
    for (index, bytes) in valid().iter().enumerate() {
        let decoded = decode(bytes, "hard", None);
        check(&decoded);
        assert_eq!(decoded.record.error, None, "file {index}");
        assert!(!decoded.landmarks.is_empty(), "file {index}");
    }
    assert!(
        check_text::<Layout>("NCHWD") && check_text::<Order>("dwh") && check_text::<Coords>("world,voxel")
    );
}
