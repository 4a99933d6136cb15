//! `.npz`: a zip archive of `.npy` entries, one of which is read.
//!
//! The zip crate reads the archive's directory. An entry's bytes are read here, because they have to
//! outlive the archive, be inflated into the caller's buffer, and be verified before the end is reported.
//!
//! `numpy.savez` stores its entries and `numpy.savez_compressed` deflates them; other methods are
//! refused. Zip writes a length in several places, and zip64 in fields of their own for more than 4
//! GiB. Any of them can lie, so the place of an entry is held against the file, its shape against
//! the entry, and what comes out against the declared length and CRC-32.
//!
//! The directory lies at the end of the archive. A stream is therefore copied to a temporary file
//! first.

use super::advice::Advice;
use super::error::{FormatError, SourceError};
use super::grouped::Grouped;
use super::gzip::inflated_at_most;
use super::header::Opened;
use super::inflate::Inflate;
use super::input::Input;
use super::location::OpenOptions;
use super::npy;
use super::pull::{Plain, Pull};
use super::reader::{Companions, Reader};
use super::refused::TORCH;
use flate2::Crc;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

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

/// How many names an error lists.
///
/// An archive may hold thousands of arrays, and an error is read by a person.
const LISTED: usize = 12;

/// An archive that is defective, or in which no array can be chosen.
#[derive(Debug, thiserror::Error)]
enum NpzError {
    /// The zip crate cannot read the directory or an entry's place.
    #[error("the zip archive is damaged: {}", defect(.0))]
    Archive(#[from] ZipError),
    /// The archive is one of another program.
    ///
    /// torch.save writes zip archives as well, but no `.npy` in them.
    #[error("expected an archive of NumPy arrays, found {name}")]
    Foreign {
        /// What the archive is.
        name: &'static str,
        /// How to convert it.
        advice: Advice,
    },
    /// No entry ends in `.npy`.
    #[error("expected an archive with an array, found {}", list(names, *count))]
    NoArray {
        /// The first entries' names.
        names: Vec<String>,
        /// How many entries there are.
        count: usize,
    },
    /// More than one array, and no key.
    #[error("the archive holds {count} arrays: {}", list(names, *count))]
    Ambiguous {
        /// The first arrays' names.
        names: Vec<String>,
        /// How many arrays there are.
        count: usize,
    },
    /// No array of that name.
    #[error("expected an array named `{key}`, found {}", list(names, *count))]
    Absent {
        /// The name asked for.
        key: String,
        /// The first arrays' names.
        names: Vec<String>,
        /// How many arrays there are.
        count: usize,
    },
    /// The entry is encrypted.
    ///
    /// NumPy never does that.
    #[error("entry `{name}` is encrypted")]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// The entry is compressed otherwise than by deflate.
    #[error("expected a stored or deflated entry, found `{name}` compressed by method {method}")]
    Method {
        /// The entry.
        name: String,
        /// The method as the zip crate names it.
        method: CompressionMethod,
    },
    /// The entry lies partly outside the file.
    ///
    /// Found before the first byte is read. The directory may be intact while the data in front of it
    /// is not.
    #[error(
        "the archive is truncated: expected {} bytes of entry `{name}`, found {}",
        Grouped(*expected),
        Grouped(*found)
    )]
    Place {
        /// The entry.
        name: String,
        /// As declared.
        expected: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// The compressed data is not a deflate stream.
    #[error("the entry is damaged after {} bytes", Grouped(*inflated))]
    Corrupt {
        /// Inflated bytes so far.
        inflated: u64,
    },
    /// The entry's length is not the declared one.
    ///
    /// The first byte too many already gives this error, so that an entry cannot inflate without end.
    #[error(
        "the entry is damaged: expected {} bytes, found {}{}",
        Grouped(*expected),
        if found > expected { "at least " } else { "" },
        Grouped(*found)
    )]
    Length {
        /// As declared.
        expected: u64,
        /// As counted. If it is more than declared, counting stopped there.
        found: u64,
    },
    /// The entry's checksum is not the declared one.
    ///
    /// The declared one is in the directory.
    #[error("the entry is damaged: expected CRC-32 {expected:08x}, found {found:08x}")]
    Checksum {
        /// As declared.
        expected: u32,
        /// As computed.
        found: u32,
    },
}

impl FormatError for NpzError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            NpzError::Ambiguous { names, .. } | NpzError::Absent { names, .. } => {
                Advice::Key { names: names.clone() }
            }
            NpzError::Foreign { advice, .. } => advice.clone(),
            NpzError::NoArray { .. } => "save arrays with `numpy.savez`".into(),
            NpzError::Encrypted { .. } | NpzError::Method { .. } => {
                "save it again with `numpy.savez_compressed`".into()
            }
            _ => "check the archive with `unzip -t FILE`, and copy or export it again".into(),
        })
    }
}

/// What the zip crate found, in words that need no knowledge of its types.
///
/// Texts that are not in the list pass as they are.
fn defect(error: &ZipError) -> String {
    let text = error.to_string();
    let known = [
        ("Could not find EOCD", "it has no directory at its end"),
        ("Invalid CDFH offset", "its directory is not where its end says"),
        ("Unexpected end of", "a record ends too early"),
    ];
    known
        .iter()
        .find(|(theirs, _)| text.contains(theirs))
        .map_or(text.clone(), |(_, ours)| (*ours).to_owned())
}

/// Names as an error lists them.
///
/// `count` is how many there are; `names` may be fewer.
fn list(names: &[String], count: usize) -> String {
    let shown = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match count {
        0 => "none".to_owned(),
        _ if count > names.len() => format!("{shown} and {} more", count - names.len()),
        _ => shown,
    }
}

/// The first names, cut to a length that an error can carry.
///
/// At most 80 characters of each: a damaged directory can hold names of 64 KiB.
fn first<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.take(LISTED).map(|name| name.chars().take(80).collect()).collect()
}

/// Reads the archive's directory and the header of one array. The entry becomes an input of its own,
/// with a bound for its length, and the reader of npy does the rest.
fn open(input: Input, options: &OpenOptions) -> Result<Opened, SourceError> {
    let format = input.label("npz");
    let (mut file, length) = input.into_file()?;
    let entry = find(&mut file, options)?;
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
///
/// The local header in front of the entry is read too, because only it tells where the data begins.
fn find(file: &mut File, options: &OpenOptions) -> Result<Entry, SourceError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(NpzError::from)?;
    let names: Vec<String> =
        archive.file_names_raw().map(|n| String::from_utf8_lossy(n).into_owned()).collect();
    let index = choose(&names, options.key.as_deref())?;
    let entry = archive.by_index_raw(index).map_err(NpzError::from)?;
    let name = names.into_iter().nth(index).unwrap_or_default();
    if entry.encrypted() {
        return Err(NpzError::Encrypted { name }.into());
    }
    let method = entry.compression();
    if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(NpzError::Method { name, method }.into());
    }
    let start = entry.data_start().unwrap_or(u64::MAX);
    let (stored, size, crc) = (entry.compressed_size(), entry.size(), entry.crc32());
    Ok(Entry { name, start, stored, size, crc, deflated: method == CompressionMethod::Deflated })
}

/// The index of the entry that `key` names, or of the only array.
///
/// A key may be given with `.npy` or without, as NumPy allows. Without a key there must be exactly one
/// array; other entries, such as a text, do not count.
fn choose(names: &[String], key: Option<&str>) -> Result<usize, SourceError> {
    let arrays = || names.iter().enumerate().filter_map(|(i, name)| Some((i, name.strip_suffix(".npy")?)));
    let (listed, count) = (first(arrays().map(|(_, name)| name)), arrays().count());
    if let Some(key) = key {
        let named = names.iter().position(|name| name == key || name.strip_suffix(".npy") == Some(key));
        return Ok(named.ok_or_else(|| NpzError::Absent { key: key.to_owned(), names: listed, count })?);
    }
    match (arrays().next(), count) {
        (Some((index, _)), 1) => Ok(index),
        (Some(_), _) => Err(NpzError::Ambiguous { names: listed, count }.into()),
        (None, _) => Err(no_array(names)),
    }
}

/// An archive without arrays; one written by torch.save by its name.
fn no_array(names: &[String]) -> SourceError {
    if names.iter().any(|name| name == "data.pkl" || name.ends_with("/data.pkl")) {
        return NpzError::Foreign { name: TORCH.name, advice: TORCH.advice }.into();
    }
    NpzError::NoArray { names: first(names.iter().map(String::as_str)), count: names.len() }.into()
}

impl Entry {
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
        let data = if self.deflated { Data::Deflated(Inflate::new(source)) } else { Data::Stored(source) };
        Ok(Contents { data, crc: Crc::new(), inflated: 0, size: self.size, expected: self.crc, ended: false })
    }
}

/// The two methods that are read.
enum Data {
    Stored(Box<dyn Pull>),
    Deflated(Inflate),
}

/// The bytes within an entry, verified before their end is reported.
///
/// `inflated` and `crc` are of what was handed out so far; `size` and `expected` are what the directory
/// says.
struct Contents {
    data: Data,
    crc: Crc,
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
        let found = self.crc.sum();
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
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read_file_key, read_stream};
    use super::*;
    use std::io::{Cursor, Write};
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
