//! What lies beside the table of `-o FILE --resume`: the rows of each input, as the run wrote them that
//! decoded it.
//!
//! After a first line, the record is a sequence of frames: a line with the length of the rows, a digest, and
//! JSON that says of which input they are and how they were made; then the rows; then a line break. Length
//! and digest are filled in last. So a frame that a killed run left unfinished has neither, and ends what is
//! read; and one whose bytes have changed since is left out.

use super::resume::{counts_of, path_of};
use super::tally::Counts;
use crate::plan::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// How every record of a table begins.
pub(super) const FIRST_LINE: &[u8] = b"softargmax rows 1\n";

/// Bytes of a frame's length and digest.
pub(super) const MARKS: usize = 20 + 1 + 32 + 1;

/// Longer than the first line of any frame.
const LONGEST_LINE: u64 = 1 << 20;

/// A range of bytes of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins.
    pub(super) start: u64,
    /// How long it is.
    pub(super) length: u64,
}

/// The absolute path of an input, and the name by which its rows call it.
pub(super) type Key = (PathBuf, PathBuf);

/// The rows of an input.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// All of it.
    pub(super) whole: Piece,
    /// Its rows.
    pub(super) rows: Piece,
    /// Size and time of the input before it was read.
    pub(super) stamp: Option<String>,
    /// The fingerprint of the settings.
    pub(super) settings: String,
    /// How many landmarks have each status and flag.
    pub(super) counts: Counts,
    /// Whether the input could not be decoded.
    pub(super) is_unreadable: bool,
}

/// What a record holds.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The last frame of each input that counts.
    pub(super) by_input: BTreeMap<Key, Frame>,
    /// The digest of the table that was written last.
    pub(super) table: Option<String>,
    /// Where the next frame begins.
    pub(super) end: u64,
}

impl Frames {
    /// Those of a file that begins with [`FIRST_LINE`].
    pub(super) fn read(file: &File) -> io::Result<Frames> {
        let length = file.metadata()?.len();
        let mut frames = Frames { end: FIRST_LINE.len() as u64, ..Frames::default() };
        let mut reader = BufReader::with_capacity(1 << 16, file);
        reader.seek(SeekFrom::Start(frames.end))?;
        while let Some((whole, rows, about)) = next(&mut reader, frames.end, length)? {
            frames.end = whole.start + whole.length;
            if let Some(about) = about {
                frames.add(&about, whole, rows);
            }
        }
        Ok(frames)
    }

    /// Takes a frame, unless it only stood in for a better one: a row that says that an input is out of
    /// reach.
    pub(super) fn add(&mut self, about: &Value, whole: Piece, rows: Piece) {
        if let Some(table) = about["table"].as_str() {
            self.table = Some(table.to_owned());
        }
        let key = path_of(&about["input"]).zip(path_of(&about["name"]));
        let (Some(key), Some(counts)) = (key, counts_of(about)) else { return };
        if about.get("passing").is_some() {
            return;
        }
        let text = |name: &str| about[name].as_str().map(str::to_owned);
        let is_unreadable = about.get("unreadable").is_some();
        let (stamp, settings) = (text("stamp"), text("settings").unwrap_or_default());
        self.by_input.insert(key, Frame { whole, rows, stamp, settings, counts, is_unreadable });
    }
}

/// The frame that begins at `start`: all of it, its rows, and what they are unless its bytes have changed.
/// `None` at the end, and where a run was killed.
fn next(
    reader: &mut BufReader<&File>,
    start: u64,
    length: u64,
) -> io::Result<Option<(Piece, Piece, Option<Value>)>> {
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let Some((size, digest)) = marks(&line) else { return Ok(None) };
    let rows = Piece { start: start + line.len() as u64, length: size };
    let end = rows.start.checked_add(size).and_then(|end| end.checked_add(1));
    let Some(end) = end.filter(|&end| end <= length) else { return Ok(None) };
    let mut hash = Digest::new();
    hash.add(&line[MARKS..]);
    io::copy(&mut reader.by_ref().take(size), &mut Hashing(&mut hash))?;
    let mut last = [0];
    reader.read_exact(&mut last)?;
    let about = (last == *b"\n" && hash.value() == digest).then(|| serde_json::from_slice(&line[MARKS..]));
    Ok(Some((Piece { start, length: end - start }, rows, about.and_then(Result::ok))))
}

/// The length and the digest in the first line of a frame.
fn marks(line: &[u8]) -> Option<(u64, u128)> {
    let marks = std::str::from_utf8(line.get(..MARKS)?).ok()?;
    let (length, digest) = marks.trim_end().split_once(' ')?;
    let is_whole = line.last() == Some(&b'\n');
    Some((length.parse().ok()?, u128::from_str_radix(digest, 16).ok()?)).filter(|_| is_whole)
}

/// What [`marks`] reads.
pub(super) fn marked(length: u64, digest: &Digest) -> String {
    format!("{length:020} {:032x} ", digest.value())
}

/// Adds what is written to a digest.
pub(super) struct Hashing<'a>(pub(super) &'a mut Digest);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
