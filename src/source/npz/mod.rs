//! `.npz`: a zip archive of `.npy` entries, one of which is read.
//!
//! `directory.rs` reads the archive's directory. An entry's bytes are inflated into the caller's buffer here,
//! and verified before the end is reported.
//!
//! `numpy.savez` stores its entries and `numpy.savez_compressed` deflates them; other methods are
//! refused. Any number of a directory can lie, so the place of an entry is held against the file, its shape
//! against the entry, and what comes out against the declared length and CRC-32.
//!
//! The directory lies at the end of the archive. A stream is therefore copied to a temporary file
//! first.

mod directory;
mod error;

use super::deflate::Inflate;
use super::error::SourceError;
use super::file::read_at;
use super::gzip::inflated_at_most;
use super::header::Opened;
use super::input::Input;
use super::location::OpenOptions;
use super::npy;
use super::pull::{Plain, Pull};
use super::reader::{Companions, Reader};
use super::refused::TORCH;
use super::values::Ahead;
use crate::memory;
use crc32fast::Hasher;
use directory::{Directory, Record};
use error::{NpzError, first};
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

/// The row of `.npz` in the table of readers.
pub(super) const READER: Reader = Reader {
    name: "npz",
    extensions: &["npz"],
    summary: "an archive of NumPy arrays saved by numpy.savez",
    sniff: |head| head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
    affines: &[],
    layouts: &npy::LAYOUTS,
    open,
    companions: Companions::none,
};

/// Reads the archive's directory and the header of one array. The entry becomes an input of its own,
/// with a bound for its length, and the reader of npy does the rest.
fn open(input: Input, options: &OpenOptions) -> Result<Opened, SourceError> {
    let format = input.label("npz");
    let (file, length) = input.into_file()?;
    let entry = find(&file, length, options)?;
    let contents = Input::stream(Box::new(entry.read(file, length)?), Some(entry.at_most()), true)?;
    let mut opened = npy::open(contents, options)?;
    opened.header.format = format;
    Ok(opened)
}

/// What the archive's directory says of the chosen entry.
///
/// `start` is an offset in the file; `stored` and `size` are bytes before and after inflating.
struct Entry {
    name: String,
    start: u64,
    stored: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

/// Finds the entry that is to be read.
fn find(file: &File, length: u64, options: &OpenOptions) -> Result<Entry, SourceError> {
    let directory = Directory::read(file, length)?;
    let index = match options.key.as_deref().map(|key| (key, named(&directory, key))) {
        Some((_, Some(index))) => index,
        Some((key, None)) => {
            let (arrays, key) = (arrays(&directory, file)?, key.to_owned());
            return Err(NpzError::Absent { key, names: listed(&arrays), count: arrays.len() }.into());
        }
        None => match &arrays(&directory, file)?[..] {
            [] => return Err(no_array(&directory)),
            [(index, _)] => *index,
            arrays => return Err(NpzError::Ambiguous { names: listed(arrays), count: arrays.len() }.into()),
        },
    };
    Entry::of(&directory, file, index)
}

/// The index of the entry that `key` names, as NumPy resolves it.
///
/// A key may be given with `.npy` or without. An entry of exactly that name goes first: in an archive with
/// `x` and `x.npy`, `x` is the former.
fn named(directory: &Directory, key: &str) -> Option<usize> {
    let exact = directory.names().position(|name| name == key);
    exact.or_else(|| directory.names().position(|name| name.strip_suffix(".npy") == Some(key)))
}

/// The arrays of the archive: for each the index and the key by which it is found.
///
/// NumPy ends their names in `.npy`; early versions of ndarray-npy did not, and so an entry of another name
/// is an array if it begins as one. Other entries, such as a text, do not count.
fn arrays<'a>(directory: &'a Directory, file: &File) -> Result<Vec<(usize, &'a str)>, SourceError> {
    let all = directory.by_name()?;
    let (mut tried, mut arrays) = (0, Vec::new());
    for (index, name) in directory.names().enumerate() {
        let key = if let Some(key) = name.strip_suffix(".npy") {
            Some(if all.contains_key(key) { name } else { key })
        } else {
            tried += 1;
            let entry = if tried <= TRIED { Entry::of(directory, file, index).ok() } else { None };
            entry.filter(|entry| entry.is_array(file)).map(|_| name)
        };
        if let Some(key) = key {
            memory::push(&mut arrays, (index, key))?;
        }
    }
    Ok(arrays)
}

/// How many entries without `.npy` are looked into.
///
/// Archives of other programs may hold any number of entries, and each costs a read.
const TRIED: usize = 1024;

/// The names of arrays as an error holds them.
fn listed(arrays: &[(usize, &str)]) -> Vec<String> {
    first(arrays.iter().map(|&(_, name)| name))
}

/// An archive without arrays; one written by torch.save by its name.
fn no_array(directory: &Directory) -> SourceError {
    if directory.names().any(|name| name == "data.pkl" || name.ends_with("/data.pkl")) {
        return NpzError::Foreign { name: TORCH.name, advice: TORCH.advice }.into();
    }
    NpzError::NoArray { names: first(directory.names()), count: directory.len() }.into()
}

/// The methods of zip that are read.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

impl Entry {
    /// What the directory says of an entry, and where its bytes begin.
    fn of(directory: &Directory, file: &File, index: usize) -> Result<Entry, SourceError> {
        let record = directory.record(index)?;
        let name = || directory.name(index).to_owned();
        let Record { is_encrypted, method, crc, stored, size, .. } = record;
        if is_encrypted {
            return Err(NpzError::Encrypted { name: name() }.into());
        }
        if method != STORED && method != DEFLATED {
            return Err(NpzError::Method { name: name(), method }.into());
        }
        let start = directory.start(&record, file)?;
        Ok(Entry { name: name(), start, stored, size, crc, deflated: method == DEFLATED })
    }

    /// Whether it begins as an array does. A beginning that cannot be read is none.
    fn is_array(&self, file: &File) -> bool {
        let mut stored = vec![0; self.stored.min(1024) as usize];
        let filled = read_at(file, self.start, &mut stored).unwrap_or(0);
        stored.truncate(filled);
        if !self.deflated {
            return npy::sniff(&stored);
        }
        let (mut head, mut filled) = ([0; 16], 0);
        let mut inflate = Inflate::new(Box::new(Plain(Cursor::new(stored))));
        while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match inflate.inflate(rest) {
                Ok(Some(progress)) if progress.produced > 0 => filled += progress.produced,
                _ => break,
            }
        }
        npy::sniff(head.get(..filled).unwrap_or_default())
    }

    /// The most bytes that it can hold.
    ///
    /// Both numbers of the directory count, whichever is smaller: a lying `size` alone would let a
    /// short entry pass for a huge one.
    fn at_most(&self) -> u64 {
        if self.deflated { self.size.min(inflated_at_most(self.stored)) } else { self.size }
    }

    /// The reader of its bytes in a file of `length` bytes.
    ///
    /// The source ends after `stored` bytes, so that damaged deflate data cannot run into the next
    /// entry.
    fn read(&self, mut file: File, length: u64) -> Result<Contents, SourceError> {
        let found = length.saturating_sub(self.start);
        if found < self.stored {
            return Err(NpzError::Place { name: self.name.clone(), expected: self.stored, found }.into());
        }
        file.seek(SeekFrom::Start(self.start))?;
        let source = Box::new(Plain(file.take(self.stored)));
        let data =
            if self.deflated { Data::Deflated(Box::new(Inflate::new(source))) } else { Data::Stored(source) };
        Ok(Contents {
            data,
            crc: Hasher::new(),
            inflated: 0,
            size: self.size,
            expected: self.crc,
            ended: false,
        })
    }
}

/// The two methods that are read.
enum Data {
    Stored(Box<dyn Pull>),
    Deflated(Box<Inflate>),
}

/// The bytes within an entry, verified before their end is reported.
///
/// `inflated` and `crc` are of what was handed out so far; `size` and `expected` are what the directory
/// says.
struct Contents {
    data: Data,
    crc: Hasher,
    inflated: u64,
    size: u64,
    expected: u32,
    ended: bool,
}

impl Contents {
    /// One piece of the entry, not yet counted. Sets `ended` at the end of the data, also if it came
    /// too early: the length then tells.
    fn step(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        match &mut self.data {
            Data::Stored(source) => {
                let produced = source.pull(buffer)?;
                self.ended = produced == 0;
                Ok(produced)
            }
            Data::Deflated(inflate) => {
                let corrupt = NpzError::Corrupt { inflated: self.inflated };
                let progress = inflate.inflate(buffer)?.ok_or(corrupt)?;
                self.ended = progress.ended || progress.produced == 0;
                Ok(progress.produced)
            }
        }
    }

    /// The length comes first: of a cut-off entry it says more than the checksum does.
    fn verify(&self) -> Result<(), SourceError> {
        if self.inflated != self.size {
            return Err(NpzError::Length { expected: self.size, found: self.inflated }.into());
        }
        let found = self.crc.clone().finalize();
        if found != self.expected {
            return Err(NpzError::Checksum { expected: self.expected, found }.into());
        }
        Ok(())
    }
}

impl Pull for Contents {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        if self.ended {
            return Ok(0);
        }
        let produced = self.step(buffer)?;
        self.crc.update(&buffer[..produced]);
        self.inflated += produced as u64;
        if self.inflated > self.size || self.ended {
            self.verify()?;
        }
        Ok(produced)
    }

    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        match &self.data {
            Data::Stored(_) => None,
            Data::Deflated(inflate) => Some(inflate.ahead()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read_file_key, read_stream};
    use super::*;
    use std::io::Write;
    use zip::CompressionMethod;
    use zip::write::SimpleFileOptions;

    fn array(value: u8, length: usize) -> Vec<u8> {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({length},), }}");
        npy::tests::npy(&header, &vec![value; length])
    }

    fn npz(entries: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    const METHODS: [CompressionMethod; 2] = [CompressionMethod::Stored, CompressionMethod::Deflated];

    /// PyTorch adds the end of zip64 and its locator to archives of any size (PKWARE's APPNOTE 6.3.10, 4.3.14
    /// and 4.3.15): by hand, between the directory and its end.
    #[test]
    fn the_end_of_zip64_may_stand_in_any_archive() {
        for method in METHODS {
            let plain = npz(&[("a.npy", array(7, 1000)), ("b.npy", array(8, 2))], method);
            let end = plain.len() - 22;
            let field = |at: usize, length: usize| plain[end + at..end + at + length].to_vec();
            let wide = |at: usize, length: usize| [field(at, length), vec![0; 8 - length]].concat();
            let mut archive = plain[..end].to_vec();
            archive.extend_from_slice(b"PK\x06\x06");
            archive.extend_from_slice(&44_u64.to_le_bytes());
            archive.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            // Entries on this disk and in all, the size of the directory, and where it begins.
            archive.extend([wide(8, 2), wide(10, 2), wide(12, 4), wide(16, 4)].concat());
            archive.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            archive.extend_from_slice(&(end as u64).to_le_bytes());
            archive.extend_from_slice(&1_u32.to_le_bytes());
            archive.extend_from_slice(&plain[end..]);
            assert_eq!(read_file_key(&archive, Some("a")).unwrap().1, vec![7; 1000]);
            assert_eq!(read_file_key(&archive, Some("b")).unwrap().1, vec![8; 2]);
            // And with bytes before the archive, where its offsets are wrong by as many.
            let behind = [b"#!/bin/sh\n".as_slice(), &archive].concat();
            let found = read_file_key(&behind, Some("a"));
            assert!(found.is_err() || found.unwrap().1 == vec![7; 1000]);
        }
    }

    #[test]
    fn the_only_array_or_the_named_one() {
        for method in METHODS {
            let one = npz(&[("readme.txt", b"words".to_vec()), ("a.npy", array(7, 500_000))], method);
            let (header, values) = read_file_key(&one, None).unwrap();
            assert_eq!((header.format.as_str(), values), ("npz", vec![7; 500_000]));
            assert_eq!(read_stream(&one).unwrap().1, vec![7; 500_000]);
            let two = npz(&[("a.npy", array(7, 3)), ("b.npy", array(8, 2))], method);
            for key in ["b", "b.npy"] {
                assert_eq!(read_file_key(&two, Some(key)).unwrap().1, [8, 8]);
            }
            let error = |key| read_file_key(&two, key).unwrap_err().to_string();
            assert_eq!(error(None), "the archive holds 2 arrays: `a`, `b`");
            assert_eq!(error(Some("c")), "expected an array named `c`, found `a`, `b`");
        }
        let none = npz(&[("readme.txt", b"words".to_vec())], METHODS[0]);
        let error = read_file_key(&none, None).unwrap_err().to_string();
        assert_eq!(error, "expected an archive with an array, found `readme.txt`");
        let error = read_file_key(&npz(&[], METHODS[0]), None).unwrap_err().to_string();
        assert_eq!(error, "expected an archive with an array, found none");
    }

    /// `numpy.load` of NumPy 2.4 gives the same arrays for the same keys.
    #[test]
    fn keys_are_resolved_as_numpy_does() {
        for method in METHODS {
            for order in
                [["x", "x.npy", "x.npy.npy"], ["x.npy.npy", "x.npy", "x"], ["x.npy", "x", "x.npy.npy"]]
            {
                let value = |name: &str| [1, 2, 3][(name.len() - 1) / 4];
                let entries = order.map(|name| (name, array(value(name), 2)));
                let all = npz(&entries, method);
                for (key, found) in [("x", 1), ("x.npy", 2), ("x.npy.npy", 3)] {
                    assert_eq!(read_file_key(&all, Some(key)).unwrap().1, [found; 2], "{key} of {order:?}");
                }
                let error = read_file_key(&all, None).unwrap_err().to_string();
                let listed = order.map(|name| format!("`{name}`")).join(", ");
                assert_eq!(error, format!("the archive holds 3 arrays: {listed}"));
            }
        }
    }

    #[test]
    fn entries_whose_name_does_not_say_that_they_are_arrays() {
        for method in METHODS {
            let text = ("text", b"words that are no array, and go on for a while".to_vec());
            let one = npz(&[text.clone(), ("heat", array(7, 500_000)), ("empty", Vec::new())], method);
            for key in [None, Some("heat")] {
                assert_eq!(read_file_key(&one, key).unwrap().1, vec![7; 500_000]);
            }
            let error = |bytes: &[u8], key| read_file_key(bytes, key).unwrap_err().to_string();
            assert_eq!(error(&one, Some("x")), "expected an array named `x`, found `heat`");
            assert!(
                error(&one, Some("text")).starts_with("expected an npy array, found data that begins with")
            );
            let two = npz(&[text, ("a.npy", array(7, 3)), ("heat", array(8, 2))], method);
            assert_eq!(error(&two, None), "the archive holds 2 arrays: `a`, `heat`");
            assert_eq!(read_file_key(&two, Some("heat")).unwrap().1, [8, 8]);
        }
    }

    #[test]
    fn lists_are_cut() {
        let names: Vec<String> = (0..30).map(|i| format!("a{i}.npy")).collect();
        let entries: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), array(1, 1))).collect();
        let error = read_file_key(&npz(&entries, METHODS[0]), None).unwrap_err().to_string();
        assert!(error.ends_with("`a10`, `a11` and 18 more"), "{error}");
    }

    #[test]
    fn pytorch_archives_are_named() {
        let torch = npz(&[("archive/version", vec![1]), ("archive/data.pkl", vec![2])], METHODS[0]);
        let error = read_file_key(&torch, None).unwrap_err().to_string();
        assert!(error.ends_with("found a PyTorch file"), "{error}");
    }

    #[test]
    fn checksums_and_lengths_are_verified() {
        for method in METHODS {
            let whole = npz(&[("a.npy", array(7, 5000))], method);
            let directory = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
            let damaged = |place: usize| {
                let mut bytes = whole.clone();
                bytes[place] ^= 0x01;
                read_file_key(&bytes, None).unwrap_err().to_string()
            };
            assert!(
                damaged(directory + 16).starts_with("the entry is damaged: expected CRC-32"),
                "{}",
                damaged(directory + 16)
            );
            let length = damaged(directory + 25);
            assert!(length.contains("found 5,128") || length.contains("archive is damaged"), "{length}");
        }
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = npz(&[("a.npy", array(7, 50))], METHODS[1]);
        for length in 0..whole.len() {
            assert!(read_file_key(&whole[..length], None).is_err(), "{length}");
        }
    }

    #[test]
    fn a_shape_beyond_the_entry_is_refused_at_once() {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776,), }";
        let bytes = npz(&[("a.npy", npy::tests::npy(header, &[0; 100]))], METHODS[1]);
        let error = read_file_key(&bytes, None).unwrap_err().to_string();
        assert_eq!(
            error,
            "expected 1,099,511,627,776 bytes of values, found compressed data that holds at most 100"
        );
    }
}
