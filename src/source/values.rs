//! The values of an opened input: bytes of a file that can be read at any offset, or a stream that can be
//! read only once.
//!
//! The two are separate types because they allow different work. Values at any offset can be read
//! by many threads at once, each its own part. A stream has one reader, and what it gave is
//! provisional until its end.

use super::error::SourceError;
use super::notice::Notice;
use std::sync::Arc;

/// Where the values of an input come from.
pub enum Values {
    /// An uncompressed regular file.
    ///
    /// Its length was compared with the header when it was opened.
    Random(Box<dyn ReadAt>),
    /// Compressed data, a FIFO or standard input.
    ///
    /// Its length is known only at its end.
    Stream(Box<dyn ReadValues>),
}

/// Values that can be read at any offset, by any thread.
///
/// The trait reads into a buffer of the caller and maps no memory. If another process cuts a mapped
/// file, the system kills the reader; a read at an offset just returns fewer bytes, and the error can
/// say so.
pub trait ReadAt: Send + Sync {
    /// Fills `buffer` with the bytes from `offset` on, counted from the first value.
    ///
    /// A range outside the values gives [`SourceError::Truncated`].
    ///
    /// # Errors
    /// [`SourceError::Shrank`] if the file became shorter; [`SourceError::Io`].
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError>;
}

/// Values that come once, in order.
pub trait ReadValues: Send {
    /// Fills `buffer` with the next bytes.
    ///
    /// # Errors
    /// [`SourceError::Truncated`] if the values end early; damage of the container; [`SourceError::Io`].
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError>;

    /// Reads what remains and verifies it to the end: lengths, checksums, nothing foreign behind.
    ///
    /// No landmark may be reported before this has succeeded.
    ///
    /// The bytes that came before are what the container held, right or wrong: gzip and zip store their
    /// checksum behind the data or apart from it, and damage that still inflates shows only there.
    /// Hence rows are written after this call, so that no row rests on damaged values.
    ///
    /// # Errors
    /// As for [`ReadValues::read_exact`].
    fn finish(&mut self) -> Result<Vec<Notice>, SourceError>;

    /// What other threads can do while this one reads; `None` if that is nothing.
    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        None
    }
}

/// Work on a stream that lies ahead of the thread that reads it, which other threads may do. None of it
/// must be done by others: the reader does what it needs itself.
pub trait Ahead: Send + Sync {
    /// Tells the reader that so many threads have nothing else to do, so that it makes work for them.
    fn offer(&self, helpers: usize);

    /// Whether there is work that nobody has taken.
    fn has_work(&self) -> bool;

    /// Does a piece of it, some milliseconds; false if there is none.
    fn work(&self) -> bool;
}

impl Values {
    /// Reads all `length` bytes of the values in order and verifies their end. `take` gets one piece after
    /// the other: `piece` bytes each, the last one fewer.
    ///
    /// Returns what was suspicious at the end. `piece` should be a multiple of the size of an element. A
    /// stream takes no memory beyond the one piece, whatever length its header declares.
    ///
    /// # Errors
    /// [`SourceError`] if the bytes cannot be read or verified, and whatever `take` returns.
    pub fn read_all<E: From<SourceError>>(
        mut self,
        length: u64,
        piece: usize,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Vec<Notice>, E> {
        let (mut buffer, mut offset) = (vec![0; piece], 0);
        while offset < length {
            let wanted = usize::try_from(length - offset).unwrap_or(usize::MAX).min(piece);
            let bytes = &mut buffer[..wanted];
            match &mut self {
                Values::Random(values) => values.read_exact_at(offset, bytes)?,
                Values::Stream(values) => values.read_exact(bytes)?,
            }
            take(bytes)?;
            offset += wanted as u64;
        }
        Ok(self.verify()?)
    }

    /// Verifies the values to their end without looking at them. The length of a file was compared with its
    /// header when it was opened, and there is nothing else to verify.
    ///
    /// Returns what was suspicious at the end.
    ///
    /// # Errors
    /// As for [`ReadValues::finish`].
    pub fn verify(self) -> Result<Vec<Notice>, SourceError> {
        match self {
            Values::Random(_) => Ok(Vec::new()),
            Values::Stream(mut values) => values.finish(),
        }
    }
}
