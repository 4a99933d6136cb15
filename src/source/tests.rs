//! Opening by content: files, streams, gzip around either, pairs, and what is refused.

use super::gzip::tests::compress;
use super::input::Input;
use super::npy::tests::npy;
use super::open::{companions_with, identify, is_known};
use super::pull::Plain;
use super::testing::{self, open_toy, open_toy_at};
use super::*;
use crate::geometry::{DefaultLayouts, Layout, LayoutError};
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

type Read = Result<(Header, Vec<u8>), SourceError>;

/// All values of an opened input, and its header with every notice.
fn drain(opened: Opened, chunk: usize) -> Read {
    let Opened { mut header, values } = opened;
    let length = crate::geometry::byte_length(&header.shape, header.element.size())?;
    let mut bytes = Vec::new();
    let notices = values.read_all(length, chunk, |piece| {
        bytes.extend_from_slice(piece);
        Ok::<(), SourceError>(())
    })?;
    header.notices.extend(notices);
    Ok((header, bytes))
}

fn temporary(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

pub(super) fn read_file_key(bytes: &[u8], key: Option<&str>) -> Read {
    let file = temporary(bytes);
    let options = OpenOptions { key: key.map(str::to_owned) };
    drain(open(&Location::Path(file.path().to_owned()), &options)?, 100)
}

pub(super) fn read_file(bytes: &[u8]) -> Read {
    read_file_key(bytes, None)
}

pub(super) fn read_path(path: &Path) -> Read {
    drain(open(&Location::Path(path.to_owned()), &OpenOptions::default())?, 77)
}

/// As from standard input.
pub(super) fn read_stream(bytes: &[u8]) -> Read {
    let pull = Box::new(Plain(Cursor::new(bytes.to_vec())));
    drain(identify(READERS, Input::stream(pull, None, false)?.peel()?, &OpenOptions::default())?, 100)
}

/// The one message with which every way of reading refuses the bytes.
pub(super) fn defect(bytes: &[u8]) -> String {
    let message = read_file(bytes).unwrap_err().to_string();
    let streamed = read_stream(bytes).unwrap_err();
    assert_eq!(streamed.to_string(), message);
    let _ = streamed.advice();
    message
}

fn simple() -> Vec<u8> {
    let values: Vec<u8> = (0..9000_u16).flat_map(u16::to_le_bytes).collect();
    npy("{'descr': '<u2', 'fortran_order': False, 'shape': (9000,), }", &values)
}

#[test]
fn gzip_is_peeled_once() {
    let once = compress(&simple());
    for read in [read_file, read_stream] {
        let (header, values) = read(&once).unwrap();
        assert_eq!(header.format, "npy 1.0 gzip");
        assert_eq!(values, simple()[128..]);
    }
    let twice = defect(&compress(&once));
    assert_eq!(twice, "expected npy, npz, NIfTI, MetaImage or NRRD, found gzip data within gzip data");
}

#[test]
fn gzip_is_verified_to_its_end() {
    let mut damaged = compress(&simple());
    let n = damaged.len();
    damaged[n - 6] ^= 1;
    assert!(defect(&damaged).starts_with("the gzip data is damaged: expected CRC-32"));
    assert!(
        defect(&compress(&simple())[..n - 1]).starts_with("the file is truncated: gzip ends early, after ")
    );
    let trailing = compress(&[simple(), vec![0; 3]].concat());
    assert_eq!(
        read_file(&trailing).unwrap().0.notices,
        [Notice::Trailing { bytes: 3, or_more: false, again: false }]
    );
    assert!(defect(&[compress(&simple()), b"x".to_vec()].concat()).ends_with("found byte 0x78"));
}

#[test]
fn more_than_compressed_bytes_can_hold_is_refused_at_once() {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776,), }";
    let error = read_file(&compress(&npy(header, &[0; 100]))).unwrap_err();
    assert!(matches!(error, SourceError::Overdrawn { expected: 1_099_511_627_776, .. }), "{error}");
}

#[test]
fn a_bomb_is_streamed() {
    let bomb = compress(&npy(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (50000000,), }",
        &vec![0; 50_000_000],
    ));
    let file = temporary(&bomb);
    let opened = open(&Location::Path(file.path().to_owned()), &OpenOptions::default()).unwrap();
    let Values::Stream(mut values) = opened.values else { panic!("expected a stream") };
    let mut piece = [1; 4096];
    values.read_exact(&mut piece).unwrap();
    assert_eq!(piece, [0; 4096]);
    assert_eq!(values.finish().unwrap(), []);
}

#[test]
fn unknown_and_empty_inputs() {
    assert_eq!(defect(b""), "expected npy, npz, NIfTI, MetaImage or NRRD, found no bytes");
    assert_eq!(defect(&compress(b"")), "expected npy, npz, NIfTI, MetaImage or NRRD, found no bytes");
    assert_eq!(
        defect(b"hello"),
        "expected npy, npz, NIfTI, MetaImage or NRRD, found a file that begins with `hello`"
    );
    assert_eq!(
        defect(&[0, 1, 2]),
        "expected npy, npz, NIfTI, MetaImage or NRRD, found a file that begins with 00 01 02"
    );
    assert_eq!(defect(b"II*\0"), "expected npy, npz, NIfTI, MetaImage or NRRD, found a TIFF image");
}

#[test]
fn what_is_no_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = read_path(directory.path()).unwrap_err();
    assert!(matches!(error, SourceError::Special { found: "directory" }));
    let error = read_path(&directory.path().join("absent")).unwrap_err();
    assert!(matches!(error, SourceError::Io(_)));
    #[cfg(target_os = "linux")]
    assert!(matches!(
        read_path(Path::new("/dev/zero")),
        Err(SourceError::Special { found: "character device" })
    ));
}

#[test]
#[cfg(unix)]
fn a_fifo_is_streamed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || fs::write(path, simple()))
    };
    assert_eq!(read_path(&path).unwrap().1, simple()[128..]);
    writer.join().unwrap().unwrap();
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let file = temporary(&simple());
    let opened = open(&Location::Path(file.path().to_owned()), &OpenOptions::default()).unwrap();
    let Values::Random(values) = opened.values else { panic!("expected a file") };
    file.as_file().set_len(1000).unwrap();
    let error = values.read_exact_at(0, &mut vec![0; 18_000]).unwrap_err();
    let message = "the file shrank while it was read: expected 18,000 bytes of values, found 872";
    assert_eq!(error.to_string(), message);
    let error = values.read_exact_at(17_999, &mut [0; 2]).unwrap_err();
    assert!(matches!(error, SourceError::Truncated { .. }));
}

#[test]
fn an_endless_pipe_is_not_read_to_its_end() {
    struct Endless(Cursor<Vec<u8>>);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Ok(buffer.len()),
                n => Ok(n),
            }
        }
    }
    let input = Input::stream(Box::new(Plain(Endless(Cursor::new(simple())))), None, false).unwrap();
    let (header, _) = drain(identify(READERS, input, &OpenOptions::default()).unwrap(), 4096).unwrap();
    assert!(matches!(header.notices[..], [Notice::Trailing { or_more: true, .. }]));
}

#[test]
fn extensions_of_a_walk() {
    for name in
        ["a.npy", "a.NPY", "d/a.b.nii.gz", "a.NII.GZ", "a.hdr", "a.img.gz", "a.npz", "a.nrrd", "a.mhd"]
    {
        assert!(has_known_extension(Path::new(name)), "{name}");
    }
    for name in ["a.gz", "npy", "a.nii.bz2", "a.raw", ".gz", ".npy", "a.npy.txt"] {
        assert!(!has_known_extension(Path::new(name)), "{name}");
    }
}

#[test]
fn default_layouts_by_the_contract() {
    let of = |reader: &str, shape: &[u64]| {
        let row = READERS.iter().find(|row| row.name == reader).unwrap();
        row.layouts.of(shape).map(|layout| layout.to_string())
    };
    for (shape, reader, layout) in [
        (&[1, 2, 3, 4, 5][..], "npy", "NCHWD"),
        (&[1, 2, 3, 4, 5, 1], "npz", "NCHWD"),
        (&[3, 4, 5], "npy", "HWD"),
        (&[3, 4], "npy", "HW"),
        (&[3, 4, 5], "NIfTI", "HWD"),
        (&[3, 4, 5, 7], "NIfTI", "HWDC"),
        (&[3, 4, 5, 7, 1, 1], "NIfTI", "HWDC"),
        (&[3, 4, 5, 1, 7], "NIfTI", "HWDNC"),
    ] {
        assert_eq!(of(reader, shape).as_deref(), Ok(layout), "{shape:?}");
    }
    for (shape, reader) in [
        (&[8, 19, 64, 64][..], "npy"),
        (&[5], "npy"),
        (&[], "npz"),
        (&[3, 4, 5, 2, 7], "NIfTI"),
        (&[5], "NIfTI"),
    ] {
        assert!(matches!(of(reader, shape), Err(LayoutError::Needed { .. })), "{shape:?}");
    }
}

#[test]
fn layouts_and_affines_of_every_reader_are_legal() {
    for reader in READERS {
        let DefaultLayouts { defaults, candidates } = reader.layouts;
        let layouts = defaults.iter().map(|default| default.layout);
        for layout in layouts.chain(candidates.iter().map(|candidate| candidate.layout)) {
            assert!(layout.parse::<Layout>().is_ok(), "{}: {layout}", reader.name);
        }
        let placed: Vec<bool> = reader.affines.iter().map(|kind| kind.is_placed).collect();
        assert!(placed.is_sorted_by(|a, b| a >= b), "{}: the best affine first", reader.name);
    }
}

#[test]
fn a_new_format_is_one_file_and_one_row() {
    let (header, bytes) = drain(open_toy("TOY 1 3\nabc").unwrap(), 2).unwrap();
    assert_eq!((header.format.as_str(), header.shape, bytes), ("toy", vec![1, 3], b"abc".to_vec()));
    assert_eq!((header.notices[0].kind(), header.notices[0].to_string()), ("toy", "it is a toy".to_owned()));
    let error = open_toy("TOY one\nabc").err().unwrap();
    assert_eq!(error.to_string(), "expected lengths in the first line, found `TOY one`");
    assert_eq!(error.advice(), Some(Advice::from("write the first line again")));
    let unknown = open_toy("hello").err().unwrap();
    assert_eq!(unknown.to_string(), "expected Toy, found a file that begins with `hello`");
    assert_eq!(unknown.advice(), Some(Advice::Text("Toy is a text line of lengths, and bytes".into())));
}

#[test]
fn walks_and_pairs_read_the_row() {
    let readers = [testing::READER];
    assert!(is_known(&readers, Path::new("a.TOY.gz")) && !is_known(&readers, Path::new("a.npy")));
    let directory = tempfile::tempdir().unwrap();
    let (header, notes) = (directory.path().join("a.toy"), directory.path().join("a.toy-notes"));
    fs::write(&header, "TOY 1 3\nabc").unwrap();
    fs::write(&notes, "notes").unwrap();
    assert_eq!(companions_with(&readers, &notes).header, Some(header.clone()));
    assert_eq!(companions_with(&readers, &header), Companions::default());
    assert_eq!(open_toy_at(notes).unwrap().header.format, "toy");
}
