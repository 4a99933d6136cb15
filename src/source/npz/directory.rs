//! The directory of a zip archive: which entries there are, and where their bytes lie.
//!
//! It stands at the end of the archive, and may have millions of records in a file that is nothing else. So
//! it is read record by record, and what is kept of each is asked for (`memory.rs`): a directory for which
//! there is no memory makes its input unreadable and ends no run.
//!
//! Zip writes a length in several places, and zip64 in fields of their own for what 32 bits cannot hold.
//! Names are bytes; what is not UTF-8 in them is replaced.

use super::super::error::SourceError;
use super::super::file::read_at;
use super::error::NpzError;
use crate::memory::{self, OutOfMemory};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

/// The record at the end of the archive, without its comment.
const END: usize = 22;

/// The same for zip64, and what says where that is.
const END64: usize = 56;
const LOCATOR: usize = 20;

/// A record of the directory, and what stands before the bytes of an entry, both without names.
const RECORD: usize = 46;
const LOCAL: usize = 30;

/// What a field of 16 or 32 bits holds if its number is among the fields of zip64.
const FULL16: u64 = 0xffff;
const FULL32: u64 = 0xffff_ffff;

/// The entries of an archive, without those that a later one of the same name replaces.
pub(super) struct Directory {
    /// All names, one after the other.
    names: Vec<u8>,
    records: Vec<Record>,
    /// How many bytes stand before the archive.
    ahead: u64,
}

/// What the directory says of an entry.
#[derive(Clone, Copy)]
pub(super) struct Record {
    name: (usize, usize),
    pub(super) is_encrypted: bool,
    pub(super) method: u16,
    pub(super) crc: u32,
    /// Bytes before and after inflating.
    pub(super) stored: u64,
    pub(super) size: u64,
    /// Where what stands before its bytes begins, in the archive.
    header: u64,
}

impl Directory {
    /// Reads the directory of an archive of `length` bytes.
    pub(super) fn read(file: &File, length: u64) -> Result<Directory, SourceError> {
        let Place { start, end, ahead, count } = Place::find(file, length)?;
        let mut directory = Directory { names: Vec::new(), records: Vec::new(), ahead };
        let mut reader = BufReader::with_capacity(1 << 16, Section { file, position: start, end });
        for _ in 0..count {
            directory.add(&mut reader)?;
        }
        directory.drop_replaced()?;
        Ok(directory)
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// The name of an entry; empty if there is no such entry.
    pub(super) fn name(&self, index: usize) -> &str {
        self.records.get(index).map(|record| text(&self.names, record.name)).unwrap_or_default()
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|record| text(&self.names, record.name))
    }

    /// The entries by their names.
    pub(super) fn by_name(&self) -> Result<HashMap<&str, usize>, SourceError> {
        by_name(&self.names, &self.records)
    }

    /// What is said of an entry.
    pub(super) fn record(&self, index: usize) -> Result<Record, NpzError> {
        self.records.get(index).copied().ok_or(NpzError::Archive(TOO_EARLY))
    }

    /// Where the bytes of an entry begin in the file; only what stands before them tells.
    pub(super) fn start(&self, record: &Record, file: &File) -> Result<u64, SourceError> {
        let header = self.ahead.saturating_add(record.header);
        let mut local = [0; LOCAL];
        if read_at(file, header, &mut local)? < LOCAL {
            return Err(NpzError::Archive(TOO_EARLY).into());
        }
        if !local.starts_with(b"PK\x03\x04") {
            return Err(NpzError::Archive("an entry is not where the directory says").into());
        }
        Ok(header.saturating_add(LOCAL as u64 + number(&local, 26, 2) + number(&local, 28, 2)))
    }

    /// Reads one record.
    fn add(&mut self, reader: &mut impl Read) -> Result<(), SourceError> {
        let mut fixed = [0; RECORD];
        read_all(reader, &mut fixed)?;
        if !fixed.starts_with(b"PK\x01\x02") {
            return Err(NpzError::Archive(NOT_THERE).into());
        }
        let lengths = [28, 30, 32].map(|at| number(&fixed, at, 2) as usize);
        let mut rest = vec![0; lengths.iter().sum()];
        read_all(reader, &mut rest)?;
        let (name, rest) = rest.split_at(lengths[0]);
        let name = String::from_utf8_lossy(name);
        let start = self.names.len();
        memory::reserve(&mut self.names, name.len())?;
        self.names.extend_from_slice(name.as_bytes());
        let mut record = Record {
            name: (start, self.names.len()),
            is_encrypted: number(&fixed, 8, 2) & 1 == 1,
            method: number(&fixed, 10, 2) as u16,
            crc: number(&fixed, 16, 4) as u32,
            stored: number(&fixed, 20, 4),
            size: number(&fixed, 24, 4),
            header: number(&fixed, 42, 4),
        };
        record.widen(&rest[..lengths[1]]);
        Ok(memory::push(&mut self.records, record)?)
    }

    /// Drops the entries that a later one of the same name replaces, as NumPy does.
    fn drop_replaced(&mut self) -> Result<(), SourceError> {
        let Directory { names, records, .. } = self;
        let last = by_name(names, records)?;
        if last.len() == records.len() {
            return Ok(());
        }
        let mut index = 0..;
        records.retain(|record| last.get(text(names, record.name)).copied() == index.next());
        Ok(())
    }
}

impl Record {
    /// Takes the numbers that 32 bits cannot hold from the fields of zip64. They stand there in a fixed
    /// order, without those that 32 bits can hold.
    fn widen(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (number(extra, 0, 2), number(extra, 2, 2) as usize);
            let Some((field, rest)) = extra[4..].split_at_checked(length) else { return };
            if id == 1 {
                let mut numbers = field.chunks_exact(8).map(|bytes| number(bytes, 0, 8));
                for value in [&mut self.size, &mut self.stored, &mut self.header] {
                    if *value == FULL32 {
                        *value = numbers.next().unwrap_or(*value);
                    }
                }
            }
            extra = rest;
        }
    }
}

fn by_name<'a>(names: &'a [u8], records: &[Record]) -> Result<HashMap<&'a str, usize>, SourceError> {
    let mut map = HashMap::new();
    let bytes = records.len().saturating_mul(size_of::<(&str, usize)>()) as u64;
    map.try_reserve(records.len()).map_err(|_| OutOfMemory { bytes })?;
    memory::spare()?;
    map.extend(records.iter().enumerate().map(|(index, record)| (text(names, record.name), index)));
    Ok(map)
}

/// A name among all names.
fn text(names: &[u8], (start, end): (usize, usize)) -> &str {
    names.get(start..end).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
}

/// Where the directory is.
struct Place {
    start: u64,
    end: u64,
    /// How many bytes stand before the archive.
    ahead: u64,
    count: u64,
}

impl Place {
    /// What the end of an archive of `length` bytes says.
    fn find(file: &File, length: u64) -> Result<Place, SourceError> {
        // The comment behind the end has a length of 16 bits.
        let mut tail = vec![0; length.min((END + FULL16 as usize) as u64) as usize];
        let tail_start = length - tail.len() as u64;
        let filled = read_at(file, tail_start, &mut tail)?;
        tail.truncate(filled);
        let found = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
        let at = found.ok_or(NpzError::Archive("it has no directory at its end"))?;
        let end = tail.get(at..at + END).ok_or(NpzError::Archive(TOO_EARLY))?;
        let mut numbers = [number(end, 10, 2), number(end, 12, 4), number(end, 16, 4)];
        let mut place = tail_start + at as u64;
        // Some writers, PyTorch's among them, add the end of zip64 to archives of any size. The directory
        // ends where it begins.
        if let Some((at64, numbers64)) = zip64(file, place)? {
            (place, numbers) = (at64, numbers64);
        }
        let [count, size, offset] = numbers;
        let start = place.checked_sub(size).ok_or(NpzError::Archive(NOT_THERE))?;
        let ahead = start.checked_sub(offset).ok_or(NpzError::Archive(NOT_THERE))?;
        Ok(Place { start, end: place, ahead, count })
    }
}

/// The end of zip64 before the end at `end`: its place, and how many records the directory has, its size and
/// its offset. `None` if there is none.
fn zip64(file: &File, end: u64) -> io::Result<Option<(u64, [u64; 3])>> {
    let Some(locator_at) = end.checked_sub(LOCATOR as u64) else { return Ok(None) };
    let mut locator = [0; LOCATOR];
    if read_at(file, locator_at, &mut locator)? < LOCATOR || !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // It says where the end of zip64 is. If something stands before the archive that is wrong, and then it
    // mostly stands right before.
    for at in [Some(number(&locator, 8, 8)), locator_at.checked_sub(END64 as u64)].into_iter().flatten() {
        let mut end64 = [0; END64];
        let is_before = at < locator_at && read_at(file, at, &mut end64)? == END64;
        if is_before && end64.starts_with(b"PK\x06\x06") {
            return Ok(Some((at, [32, 40, 48].map(|field| number(&end64, field, 8)))));
        }
    }
    Ok(None)
}

/// The number of `length` bytes at `at`, the lowest first; 0 if they are not there.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

const TOO_EARLY: &str = "a record ends too early";
const NOT_THERE: &str = "its directory is not where its end says";

fn read_all(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), SourceError> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => NpzError::Archive(TOO_EARLY).into(),
        _ => error.into(),
    })
}

/// A part of a file.
struct Section<'a> {
    file: &'a File,
    position: u64,
    end: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.position).min(buffer.len() as u64) as usize;
        let read = read_at(self.file, self.position, &mut buffer[..left])?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A record of the directory as zip64 writes it.
    fn record64(name: &str, [size, stored, header]: [u64; 3]) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.resize(RECORD, 0);
        bytes[20..28].fill(0xff);
        bytes[42..46].fill(0xff);
        bytes[28] = name.len() as u8;
        bytes[30] = 32;
        bytes.extend(name.as_bytes());
        bytes.extend([9, 0, 0, 0, 1, 0, 24, 0]);
        bytes.extend([size, stored, header].into_iter().flat_map(u64::to_le_bytes));
        bytes
    }

    fn directory(bytes: &[u8]) -> Result<Directory, SourceError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Directory::read(&file, bytes.len() as u64)
    }

    /// An archive of zip64 behind `ahead` bytes. The locator is right only if there are none.
    fn archive64(ahead: usize, records: &[Vec<u8>]) -> Vec<u8> {
        let records = records.concat();
        let mut bytes = vec![7; ahead];
        let mut end = b"PK\x06\x06".to_vec();
        end.resize(32, 0);
        end.extend([2, records.len() as u64, 0].into_iter().flat_map(u64::to_le_bytes));
        let mut locator = b"PK\x06\x07".to_vec();
        locator.extend([0; 4]);
        locator.extend((records.len() as u64).to_le_bytes());
        locator.extend([1, 0, 0, 0]);
        let mut last = b"PK\x05\x06".to_vec();
        last.resize(END, 0);
        last[10..20].fill(0xff);
        for part in [records, end, locator, last] {
            bytes.extend(part);
        }
        bytes
    }

    #[test]
    fn numbers_beyond_32_bits() {
        let large = [1 << 40, 1 << 39, 1 << 38];
        for ahead in [0, 11] {
            let found =
                directory(&archive64(ahead, &[record64("a", large), record64("b", [1, 2, 3])])).unwrap();
            assert_eq!((found.len(), found.ahead), (2, ahead as u64));
            let Record { size, stored, header, .. } = found.records[0];
            assert_eq!([size, stored, header], large);
            assert_eq!((found.name(1), found.records[1].header), ("b", 3));
        }
    }

    #[test]
    fn the_last_of_one_name_counts() {
        let found = directory(&archive64(0, &[record64("a", [1; 3]), record64("a", [2; 3])])).unwrap();
        assert_eq!((found.len(), found.records[0].size), (1, 2));
        assert_eq!(found.names().collect::<Vec<_>>(), ["a"]);
    }
}
