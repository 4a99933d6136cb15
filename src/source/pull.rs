//! Bytes that come in order, whatever unpacks them: what gzip, zip and plain streams have in common.
//!
//! The trait differs from `io::Read` in its error: a damaged checksum stays a [`SourceError`] with
//! its advice and is not squeezed into an error of the system.

use super::error::SourceError;
use super::values::Ahead;
use std::io;
use std::sync::Arc;

/// Bytes that come in order. The end is reported only after everything before it has been verified.
pub(super) trait Pull: Send {
    /// Reads some bytes into `buffer`, which is not empty; 0 is the end.
    ///
    /// Fewer bytes than `buffer` has room for say nothing about the end.
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError>;

    /// What other threads can do while this one reads; `None` if that is nothing.
    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        None
    }
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

/// The first bytes of a stream, which have already been read from it, and then the rest.
///
/// A pipe cannot be rewound, but its first bytes had to be read to learn that they are gzip data.
pub(super) struct Replayed {
    pub(super) head: Vec<u8>,
    pub(super) position: u64,
    pub(super) pull: Box<dyn Pull>,
}

impl Pull for Replayed {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let copied = copy(&self.head, self.position, buffer);
        self.position += copied as u64;
        if copied > 0 { Ok(copied) } else { self.pull.pull(buffer) }
    }

    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        self.pull.ahead()
    }
}

/// Copies what `head` holds from `position` on, and returns how many bytes that was.
pub(super) fn copy(head: &[u8], position: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(position).ok().and_then(|position| head.get(position..)).unwrap_or_default();
    let copied = rest.len().min(buffer.len());
    buffer[..copied].copy_from_slice(&rest[..copied]);
    copied
}

/// Pulls until `buffer` is full or the bytes end, and returns how many bytes came.
///
/// A result below the buffer's length means the end, as it does not for a single pull.
pub(super) fn fill(pull: &mut dyn Pull, buffer: &mut [u8]) -> Result<usize, SourceError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match pull.pull(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
