//! An input before its format is known: its first bytes are looked at, and nothing is lost by it.

use super::Location;
use super::error::SourceError;
use super::gzip::{self, Gzip};
use super::notice::Notice;
use super::values::{Counted, Plain, Pull, Region, Values, read_at};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How many first bytes are looked at: every known format shows itself within them.
const HEAD: usize = 1024;

/// An input that is read from its start, a piece at a time.
pub(super) struct Input {
    /// Its name; none for standard input and what has no file of its own.
    pub(super) path: Option<PathBuf>,
    /// The image that was named in place of the header of a pair.
    pub(super) image: Option<PathBuf>,
    /// The first bytes: [`HEAD`] of them, or all there are.
    head: Vec<u8>,
    /// How many bytes have been taken.
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
        /// The most bytes that can come, where that is known.
        at_most: Option<u64>,
        /// Whether reading to the end verifies checksums.
        compressed: bool,
    },
}

impl Input {
    /// Opens a file, a FIFO or standard input.
    pub(super) fn open(location: &Location) -> Result<Input, SourceError> {
        match location {
            Location::Stdin => Input::stream(Box::new(Plain(io::stdin())), None, false),
            Location::Path(path) => Input::open_path(path),
        }
    }

    /// Opens a file or a FIFO.
    pub(super) fn open_path(path: &Path) -> Result<Input, SourceError> {
        let about = fs::metadata(path)?;
        if about.is_dir() {
            // Where it may not even be looked into, that is what is wrong.
            fs::read_dir(path)?;
        }
        refuse_special(&about)?;
        let file = File::open(path)?;
        let about = file.metadata()?;
        refuse_special(&about)?;
        let input = if about.is_file() {
            Input::file(file, about.len())?
        } else {
            Input::stream(Box::new(Plain(file)), None, false)?
        };
        Ok(Input { path: Some(path.to_owned()), ..input })
    }

    /// A regular file of `length` bytes.
    pub(super) fn file(file: File, length: u64) -> Result<Input, SourceError> {
        let mut head = vec![0; HEAD];
        let filled = read_at(&file, 0, &mut head)?;
        head.truncate(filled);
        Ok(Input {
            path: None,
            image: None,
            head,
            position: 0,
            body: Body::File { file, length },
            gzip: false,
        })
    }

    /// Bytes that come in order: at most `at_most`, and `compressed` where their end verifies them.
    pub(super) fn stream(
        mut pull: Box<dyn Pull>,
        at_most: Option<u64>,
        compressed: bool,
    ) -> Result<Input, SourceError> {
        let mut head = vec![0; HEAD];
        let filled = fill(pull.as_mut(), &mut head)?;
        head.truncate(filled);
        let body = Body::Stream { pull, at_most, compressed };
        Ok(Input { path: None, image: None, head, position: 0, body, gzip: false })
    }

    /// The first bytes.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Whether reading to the end verifies checksums.
    pub(super) fn is_compressed(&self) -> bool {
        matches!(self.body, Body::Stream { compressed: true, .. })
    }

    /// `format`, with ` gzip` where the bytes come out of gzip data.
    pub(super) fn label(&self, format: &str) -> String {
        if self.gzip { format!("{format} gzip") } else { format.to_owned() }
    }

    /// Takes gzip off, once, where it is on. Nothing may have been taken before.
    pub(super) fn peel(self) -> Result<Input, SourceError> {
        if !gzip::sniff(&self.head) {
            return Ok(self);
        }
        let Input { path, image, head, body, .. } = self;
        let (source, at_most): (Box<dyn Pull>, _) = match body {
            Body::File { file, length } => (Box::new(Plain(file)), Some(gzip::inflated_at_most(length))),
            Body::Stream { pull, .. } => (Box::new(Replayed { head, position: 0, pull }), None),
        };
        let inner = Input::stream(Box::new(Gzip::new(source)), at_most, true)?;
        Ok(Input { path, image, gzip: true, ..inner })
    }

    /// Fills as much of `buffer` as there are bytes.
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
    pub(super) fn take_header(&mut self, part: &'static str, buffer: &mut [u8]) -> Result<(), SourceError> {
        let (expected, found) = (buffer.len() as u64, self.take(buffer)? as u64);
        if found < expected { Err(SourceError::HeaderTruncated { part, expected, found }) } else { Ok(()) }
    }

    /// Takes `count` bytes and drops them; how many there were.
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

    /// Reads to the end where that verifies something.
    pub(super) fn verify(&mut self) -> Result<(), SourceError> {
        if self.is_compressed() { self.skip(u64::MAX).map(drop) } else { Ok(()) }
    }

    /// The `length` bytes of values from `start` on, and what lies behind them.
    ///
    /// Of a stream, what comes before `start` has to be ahead still.
    pub(super) fn into_values(self, start: u64, length: u64) -> Result<(Values, Vec<Notice>), SourceError> {
        match self.body {
            Body::File { file, length: all } => region(file, all, start, length),
            Body::Stream { at_most: Some(at_most), .. }
                if start.checked_add(length).is_none_or(|end| end > at_most) =>
            {
                Err(SourceError::Overdrawn { expected: length, at_most: at_most.saturating_sub(start) })
            }
            Body::Stream { .. } => self.into_counted(start, length),
        }
    }

    fn into_counted(mut self, start: u64, length: u64) -> Result<(Values, Vec<Notice>), SourceError> {
        let ahead = start.saturating_sub(self.position);
        if self.skip(ahead)? < ahead {
            return Err(SourceError::Truncated { expected: length, found: 0 });
        }
        Ok((Values::Stream(Box::new(Counted { input: self, length, taken: 0 })), Vec::new()))
    }

    /// The whole input as a file that can be read anywhere: an unnamed temporary one where it is a stream.
    pub(super) fn into_file(self) -> Result<(File, u64), SourceError> {
        match self.body {
            Body::File { file, length } => Ok((file, length)),
            Body::Stream { .. } => self.spool(),
        }
    }

    fn spool(mut self) -> Result<(File, u64), SourceError> {
        let mut file = tempfile::tempfile()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.take(&mut buffer)? {
                0 => break,
                n => io::Write::write_all(&mut file, &buffer[..n])?,
            }
        }
        Ok((file, self.position))
    }

    /// Whether the whole input is a file of exactly `length` bytes.
    pub(super) fn is_file_of(&self, wanted: u64) -> bool {
        matches!(self.body, Body::File { length, .. } if length == wanted)
    }
}

/// The values within a file of `all` bytes.
fn region(file: File, all: u64, start: u64, length: u64) -> Result<(Values, Vec<Notice>), SourceError> {
    let there = all.saturating_sub(start);
    if there < length {
        return Err(SourceError::Truncated { expected: length, found: there });
    }
    let trailing = Notice::Trailing { bytes: there - length, or_more: false };
    let notices = if there > length { vec![trailing] } else { Vec::new() };
    Ok((Values::Random(Box::new(Region { file, start, length })), notices))
}

/// First bytes that were looked at, and then the rest.
struct Replayed {
    head: Vec<u8>,
    position: u64,
    pull: Box<dyn Pull>,
}

impl Pull for Replayed {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let copied = copy(&self.head, self.position, buffer);
        self.position += copied as u64;
        if copied > 0 { Ok(copied) } else { self.pull.pull(buffer) }
    }
}

/// Copies what `head` holds from `position` on.
fn copy(head: &[u8], position: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(position).ok().and_then(|position| head.get(position..)).unwrap_or_default();
    let copied = rest.len().min(buffer.len());
    buffer[..copied].copy_from_slice(&rest[..copied]);
    copied
}

/// Pulls until `buffer` is full or the bytes end.
fn fill(pull: &mut dyn Pull, buffer: &mut [u8]) -> Result<usize, SourceError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match pull.pull(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// Lets regular files and FIFOs pass.
fn refuse_special(about: &fs::Metadata) -> Result<(), SourceError> {
    let kind = about.file_type();
    let found = if kind.is_dir() { Some("directory") } else { special(kind) };
    found.map_or(Ok(()), |found| Err(SourceError::Special { found }))
}

#[cfg(unix)]
fn special(kind: fs::FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_block_device() {
        Some("block device")
    } else if kind.is_char_device() {
        Some("character device")
    } else if kind.is_socket() {
        Some("socket")
    } else {
        None
    }
}

#[cfg(not(unix))]
fn special(kind: fs::FileType) -> Option<&'static str> {
    if kind.is_file() { None } else { Some("special file") }
}
