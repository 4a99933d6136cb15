//! The values of an opened input: a region of a file read at any offset, or a stream read once.

use super::error::SourceError;
use super::input::Input;
use super::notice::Notice;
use std::fs::File;
use std::io;

/// Where the values of an input come from.
pub enum Values {
    /// An uncompressed regular file.
    Random(Box<dyn ReadAt>),
    /// Compressed data, a FIFO or standard input.
    Stream(Box<dyn ReadValues>),
}

/// Values that can be read at any offset, by any thread.
pub trait ReadAt: Send + Sync {
    /// Fills `buffer` with the bytes from `offset` on, counted from the first value.
    ///
    /// # Errors
    /// [`SourceError::Shrank`] where the file became shorter; [`SourceError::Io`].
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError>;
}

/// Values that come once, in order.
pub trait ReadValues: Send {
    /// Fills `buffer` with the next bytes.
    ///
    /// # Errors
    /// [`SourceError::Truncated`] where the values end early; damage of the container; [`SourceError::Io`].
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError>;

    /// Reads what remains and verifies it to the end: lengths, checksums, nothing foreign behind.
    ///
    /// No landmark may be reported before this has succeeded.
    ///
    /// # Errors
    /// As for [`ReadValues::read_exact`].
    fn finish(&mut self) -> Result<Vec<Notice>, SourceError>;
}

/// Bytes that come in order; the end is reported only once everything before it has been verified.
pub(super) trait Pull: Send {
    /// Reads some bytes into `buffer`, which is not empty; 0 is the end.
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError>;
}

/// Bytes that need no decoding.
pub(super) struct Plain<R>(pub(super) R);

impl<R: io::Read + Send> Pull for Plain<R> {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Ok(result?),
            }
        }
    }
}

/// Reads at an offset, up to the end of the file: fewer bytes only there.
pub(super) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some_at(file, offset.saturating_add(filled as u64), &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The values' bytes within a regular file, known to be there when it was opened.
pub(super) struct Region {
    pub(super) file: File,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl ReadAt for Region {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let wanted = buffer.len() as u64;
        if offset.checked_add(wanted).is_none_or(|end| end > self.length) {
            return Err(SourceError::Truncated {
                expected: offset.saturating_add(wanted),
                found: self.length,
            });
        }
        let filled = read_at(&self.file, self.start.saturating_add(offset), buffer)?;
        if filled < buffer.len() {
            return Err(SourceError::Shrank { expected: self.length, found: offset + filled as u64 });
        }
        Ok(())
    }
}

/// The values of a stream, counted.
pub(super) struct Counted {
    pub(super) input: Input,
    pub(super) length: u64,
    pub(super) taken: u64,
}

impl Counted {
    /// How many bytes after the values are counted where nothing has to be verified: a pipe may never end.
    const TRAILING: u64 = 1 << 20;

    /// Counts what is left, to the end where that verifies something.
    fn trailing(&mut self) -> Result<Vec<Notice>, SourceError> {
        let (mut bytes, mut scratch) = (0, [0; 8192]);
        let verified = self.input.is_compressed();
        while verified || bytes < Self::TRAILING {
            match self.input.take(&mut scratch)? as u64 {
                0 if bytes == 0 => return Ok(Vec::new()),
                0 => return Ok(vec![Notice::Trailing { bytes, or_more: false }]),
                n => bytes += n,
            }
        }
        Ok(vec![Notice::Trailing { bytes, or_more: true }])
    }
}

impl ReadValues for Counted {
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
}
