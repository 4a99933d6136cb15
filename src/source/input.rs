//! An input before its format is known. Its first bytes can be looked at without taking them, so that a
//! stream can be recognised by its content and then read from its start.
//!
//! A regular file and a stream differ in one thing: a file can be read at any offset and has a
//! known length, a stream can do neither. Readers of formats take bytes in the same way from both,
//! and only the values at the end come out as two different things.

use super::error::SourceError;
use super::file::{self, begins_again, read_at, values_within};
use super::gzip::{self, Gzip};
use super::location::Location;
use super::notice::Notice;
use super::pull::{Plain, Pull, Replayed, copy, fill};
use super::values::{Ahead, ReadValues, Values};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many first bytes a reader may sniff. Every known format can be recognised by them.
///
/// DICOM has its magic at byte 128, NIfTI-1 at byte 344 and HDF5 may have its own at byte 512.
const HEAD: usize = 1024;

/// An input that is read from its start, a piece at a time.
pub(super) struct Input {
    /// Its path; `None` for standard input and for an entry of an archive.
    pub(super) path: Option<PathBuf>,
    /// The file that the user named, if this header was opened in its place.
    pub(super) named: Option<PathBuf>,
    /// The first [`HEAD`] bytes, or all there are.
    head: Vec<u8>,
    /// How many bytes have been taken.
    ///
    /// For a stream this may be less than what was read from it: the head is read at once and taken
    /// later.
    position: u64,
    body: Body,
    /// Whether the bytes come out of gzip data.
    gzip: bool,
}

enum Body {
    /// A regular file, and its length when it was opened.
    File { file: File, length: u64 },
    Stream {
        pull: Box<dyn Pull>,
        /// The most bytes that can come, if that is known.
        ///
        /// It is known for a gzip file, from the file's length, and for an entry of an archive. It is
        /// `None` for a pipe, where only reading tells.
        at_most: Option<u64>,
        /// Whether reading to the end verifies checksums.
        ///
        /// A pipe of plain bytes has nothing to verify, and it may never end.
        compressed: bool,
    },
}

impl Input {
    /// Opens a file, a FIFO or standard input.
    pub(super) fn open(location: &Location) -> Result<Input, SourceError> {
        match location {
            Location::Stdin => Input::stream(Box::new(Plain(io::stdin())), None, false),
            Location::Path(path) => Input::open_path(path),
            Location::Unlisted { why, .. } => Err(SourceError::Unlisted { why: why.clone() }),
        }
    }

    /// Opens a file or a FIFO.
    pub(super) fn open_path(path: &Path) -> Result<Input, SourceError> {
        let (file, metadata) = file::open(path)?;
        let input = if metadata.is_file() {
            Input::file(file, metadata.len())?
        } else {
            Input::stream(Box::new(Plain(file)), None, false)?
        };
        Ok(Input { path: Some(path.to_owned()), ..input })
    }

    /// A regular file of `length` bytes.
    ///
    /// The length is the one at opening. Whatever is read later is held against it.
    pub(super) fn file(file: File, length: u64) -> Result<Input, SourceError> {
        let mut head = vec![0; HEAD];
        let filled = read_at(&file, 0, &mut head)?;
        head.truncate(filled);
        Ok(Input {
            path: None,
            named: None,
            head,
            position: 0,
            body: Body::File { file, length },
            gzip: false,
        })
    }

    /// Bytes that come in order, at most `at_most`; `compressed` if reading to the end verifies them.
    pub(super) fn stream(
        mut pull: Box<dyn Pull>,
        at_most: Option<u64>,
        compressed: bool,
    ) -> Result<Input, SourceError> {
        let mut head = vec![0; HEAD];
        let filled = fill(pull.as_mut(), &mut head)?;
        head.truncate(filled);
        let body = Body::Stream { pull, at_most, compressed };
        Ok(Input { path: None, named: None, head, position: 0, body, gzip: false })
    }

    /// The first bytes.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Whether reading to the end verifies checksums.
    pub(super) fn is_compressed(&self) -> bool {
        matches!(self.body, Body::Stream { compressed: true, .. })
    }

    /// `format`, with ` gzip` if the bytes come out of gzip data.
    pub(super) fn label(&self, format: &str) -> String {
        if self.gzip { format!("{format} gzip") } else { format.to_owned() }
    }

    /// Unpacks gzip data, one layer of it. Nothing may have been taken before.
    ///
    /// Bytes that are not gzip data come back unchanged. A second layer stays as it is, and the table
    /// of refused formats then names it: nested gzip is almost always a mistake of a script.
    ///
    /// The result is a stream even for a regular file, because deflate data can be read in order only.
    pub(super) fn peel(self) -> Result<Input, SourceError> {
        if !gzip::sniff(&self.head) {
            return Ok(self);
        }
        let Input { path, named, head, body, .. } = self;
        let (source, at_most): (Box<dyn Pull>, _) = match body {
            Body::File { file, length } => (Box::new(Plain(file)), Some(gzip::inflated_at_most(length))),
            Body::Stream { pull, .. } => (Box::new(Replayed { head, position: 0, pull }), None),
        };
        let inner = Input::stream(Box::new(Gzip::new(source)), at_most, true)?;
        Ok(Input { path, named, gzip: true, ..inner })
    }

    /// Fills as much of `buffer` as there are bytes, and returns how many.
    ///
    /// Fewer bytes than asked for mean the end of the input, never a short read.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let filled = match &mut self.body {
            Body::File { file, .. } => read_at(file, self.position, buffer)?,
            Body::Stream { pull, .. } => {
                let copied = copy(&self.head, self.position, buffer);
                copied + fill(pull.as_mut(), &mut buffer[copied..])?
            }
        };
        self.position += filled as u64;
        Ok(filled)
    }

    /// Fills `buffer` with bytes of `part`, a header.
    ///
    /// Too few bytes give [`SourceError::HeaderTruncated`], which names `part` and both lengths.
    pub(super) fn take_header(&mut self, part: &'static str, buffer: &mut [u8]) -> Result<(), SourceError> {
        let (expected, found) = (buffer.len() as u64, self.take(buffer)? as u64);
        if found < expected { Err(SourceError::HeaderTruncated { part, expected, found }) } else { Ok(()) }
    }

    /// The bytes up to the next line end, with it; without one, all bytes that are left, at most `limit`.
    /// `None` at the end of the input.
    pub(super) fn take_line(&mut self, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let mut line = Vec::new();
        while line.len() < limit && line.last() != Some(&b'\n') {
            let mut piece = [0; 512];
            // A file can be read ahead of what is taken, a stream cannot.
            let wanted = match self.body {
                Body::File { .. } => piece.len().min(limit - line.len()),
                Body::Stream { .. } => 1,
            };
            let before = self.position;
            let filled = self.take(&mut piece[..wanted])?;
            if filled == 0 {
                break;
            }
            let end = piece[..filled].iter().position(|&byte| byte == b'\n').map_or(filled, |at| at + 1);
            self.position = before + end as u64;
            line.extend_from_slice(&piece[..end]);
        }
        Ok(Some(line).filter(|line| !line.is_empty()))
    }

    /// Skips `count` lines; whether there were so many.
    pub(super) fn skip_lines(&mut self, count: u64) -> Result<bool, SourceError> {
        for _ in 0..count {
            loop {
                match self.take_line(1 << 16)? {
                    None => return Ok(false),
                    Some(piece) if piece.last() == Some(&b'\n') => break,
                    Some(_) => {}
                }
            }
        }
        Ok(true)
    }

    /// What other threads can do while it is read.
    pub(super) fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        match &self.body {
            Body::File { .. } => None,
            Body::Stream { pull, .. } => pull.ahead(),
        }
    }

    /// How many bytes a regular file has; `None` for a stream.
    pub(super) fn length(&self) -> Option<u64> {
        match self.body {
            Body::File { length, .. } => Some(length),
            Body::Stream { .. } => None,
        }
    }

    /// How many bytes have been taken.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// What has not been taken, unpacked: a stream that verifies what it reads.
    pub(super) fn unpacked(self, unpack: fn(Box<dyn Pull>) -> Box<dyn Pull>) -> Result<Input, SourceError> {
        let Input { path, named, head, position, body, gzip } = self;
        let (source, there): (Box<dyn Pull>, Option<u64>) = match body {
            Body::File { mut file, length } => {
                io::Seek::seek(&mut file, io::SeekFrom::Start(position))?;
                (Box::new(Plain(file)), Some(length.saturating_sub(position)))
            }
            Body::Stream { pull, at_most, .. } => {
                let there = at_most.map(|at_most| at_most.saturating_sub(position));
                (Box::new(Replayed { head, position, pull }), there)
            }
        };
        let inner = Input::stream(unpack(source), there.map(gzip::inflated_at_most), true)?;
        Ok(Input { path, named, gzip, ..inner })
    }

    /// Skips `count` bytes, and returns how many there were.
    ///
    /// A regular file only moves its position. A stream has to read the bytes, and compressed data is
    /// verified by that.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, SourceError> {
        if let Body::File { length, .. } = self.body {
            let skipped = count.min(length.saturating_sub(self.position));
            self.position += skipped;
            return Ok(skipped);
        }
        let (mut skipped, mut scratch) = (0, [0; 8192]);
        while skipped < count {
            let wanted = (count - skipped).min(scratch.len() as u64) as usize;
            match self.take(&mut scratch[..wanted])? as u64 {
                0 => break,
                n => skipped += n,
            }
        }
        Ok(skipped)
    }

    /// Reads to the end if that verifies something.
    ///
    /// The header of a gzipped pair needs this: no values follow it, so nothing else would read its
    /// checksum.
    pub(super) fn verify(&mut self) -> Result<(), SourceError> {
        if self.is_compressed() { self.skip(u64::MAX).map(drop) } else { Ok(()) }
    }

    /// The `length` bytes of values from `start` on, and a notice about bytes behind them.
    ///
    /// A stream must not have been read beyond `start`.
    ///
    /// Nothing is allocated for `length` here, because a damaged header may declare any number. A file
    /// that is too short gives [`SourceError::Truncated`] before the first value is read. Compressed
    /// data that cannot inflate to so much gives [`SourceError::Overdrawn`]. A pipe shows its length
    /// only when it ends.
    ///
    /// The notices are empty for a stream: it can tell what follows its values only after it has read
    /// them.
    pub(super) fn into_values(self, start: u64, length: u64) -> Result<(Values, Vec<Notice>), SourceError> {
        match self.body {
            Body::File { file, length: all } => values_within(file, all, start, length, &self.head),
            Body::Stream { at_most: Some(at_most), .. }
                if start.checked_add(length).is_none_or(|end| end > at_most) =>
            {
                Err(SourceError::Overdrawn { expected: length, at_most: at_most.saturating_sub(start) })
            }
            Body::Stream { .. } => self.into_stream(start, length),
        }
    }

    /// A stream that ends before the first value has 0 bytes of values.
    fn into_stream(mut self, start: u64, length: u64) -> Result<(Values, Vec<Notice>), SourceError> {
        let ahead = start.saturating_sub(self.position);
        if self.skip(ahead)? < ahead {
            return Err(SourceError::Truncated { expected: length, found: 0 });
        }
        Ok((Values::Stream(Box::new(StreamValues { input: self, start, length, taken: 0 })), Vec::new()))
    }

    /// The whole input as a file that can be read anywhere; a stream is copied to an unnamed temporary file.
    ///
    /// A zip archive needs this: its directory lies at the end and points back to the entries. The
    /// length in bytes comes with the file.
    pub(super) fn into_file(self) -> Result<(File, u64), SourceError> {
        match self.body {
            Body::File { file, length } => Ok((file, length)),
            Body::Stream { .. } => self.spool(),
        }
    }

    /// The stream is read to its end, so gzip data around it is verified before the copy is used. The
    /// buffer is small and does not depend on what the stream declares.
    fn spool(mut self) -> Result<(File, u64), SourceError> {
        let mut file = tempfile::tempfile().map_err(SourceError::Spool)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.take(&mut buffer)? {
                0 => break,
                n => io::Write::write_all(&mut file, &buffer[..n]).map_err(SourceError::Spool)?,
            }
        }
        Ok((file, self.position))
    }

    /// Whether the whole input is a file of exactly `length` bytes.
    pub(super) fn is_file_of(&self, wanted: u64) -> bool {
        matches!(self.body, Body::File { length, .. } if length == wanted)
    }
}

/// The values of a stream, counted.
///
/// `taken` counts against `length`, so that an error can say how many bytes of values there were.
struct StreamValues {
    input: Input,
    start: u64,
    length: u64,
    taken: u64,
}

impl StreamValues {
    /// How many bytes after the values are counted if nothing has to be verified: a pipe may never end.
    const TRAILING: u64 = 1 << 20;

    /// Counts what is left, to the end if that verifies something.
    ///
    /// Compressed data is always read to its end, because its checksum lies there.
    fn trailing(&mut self) -> Result<Vec<Notice>, SourceError> {
        let (mut bytes, mut again, mut scratch) = (0, false, [0; 8192]);
        let verified = self.input.is_compressed();
        while verified || bytes < Self::TRAILING {
            match self.input.take(&mut scratch)? as u64 {
                0 if bytes == 0 => return Ok(Vec::new()),
                0 => return Ok(vec![Notice::Trailing { bytes, or_more: false, again }]),
                n => {
                    let is_first = bytes == 0 && self.start > 0;
                    again |= is_first && begins_again(self.input.head(), &scratch[..n as usize]);
                    bytes += n;
                }
            }
        }
        Ok(vec![Notice::Trailing { bytes, or_more: true, again }])
    }
}

impl ReadValues for StreamValues {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError> {
        let filled = self.input.take(buffer)?;
        self.taken += filled as u64;
        if filled < buffer.len() || self.taken > self.length {
            return Err(SourceError::Truncated { expected: self.length, found: self.taken.min(self.length) });
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Notice>, SourceError> {
        let skipped = self.input.skip(self.length.saturating_sub(self.taken))?;
        self.taken += skipped;
        if self.taken < self.length {
            return Err(SourceError::Truncated { expected: self.length, found: self.taken });
        }
        self.trailing()
    }

    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        self.input.ahead()
    }
}
