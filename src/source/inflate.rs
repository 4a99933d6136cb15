//! Raw deflate data read through one reused buffer, as gzip and zip wrap it.
//!
//! Headers and trailers of gzip lie between pieces of deflate data, at places that only the decoder
//! knows. So one buffer serves both: single bytes are taken from it where the decoder stopped.

use super::error::SourceError;
use super::pull::Pull;
use flate2::{Decompress, FlushDecompress, Status};

/// Compressed bytes that are read at a time.
///
/// Memory for compressed bytes stays at this size, however large the input is.
const BUFFER: usize = 1 << 16;

/// What one step gave.
pub(super) struct Progress {
    /// Inflated bytes; 0 without an end means that the compressed bytes ended too early.
    pub(super) produced: usize,
    /// Whether the deflate stream reached its end mark.
    pub(super) ended: bool,
}

/// Deflate data, and the bytes between and after it.
///
/// No header of zlib is expected: gzip and zip both wrap raw deflate data.
pub(super) struct Inflate {
    source: Box<dyn Pull>,
    buffer: Box<[u8]>,
    /// The unread part of the buffer.
    unread: std::ops::Range<usize>,
    state: Decompress,
}

impl Inflate {
    pub(super) fn new(source: Box<dyn Pull>) -> Inflate {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Inflate { source, buffer, unread: 0..0, state: Decompress::new(false) }
    }

    /// Begins a new deflate stream at the next byte.
    ///
    /// Bytes in the buffer stay: they belong to the next stream.
    pub(super) fn restart(&mut self) {
        self.state.reset(false);
    }

    /// Reads more if nothing is unread; `false` at the end.
    fn refill(&mut self) -> Result<bool, SourceError> {
        if self.unread.is_empty() {
            self.unread = 0..self.source.pull(&mut self.buffer)?;
        }
        Ok(!self.unread.is_empty())
    }

    /// The next byte, not inflated; `None` at the end.
    pub(super) fn byte(&mut self) -> Result<Option<u8>, SourceError> {
        if !self.refill()? {
            return Ok(None);
        }
        let byte = self.buffer[self.unread.start];
        self.unread.start += 1;
        Ok(Some(byte))
    }

    /// Inflates into `out` until some bytes came or the stream or its source ended; `None` if it is corrupt.
    ///
    /// A step that neither consumes nor produces anything counts as corrupt, so that the loop always
    /// ends.
    pub(super) fn inflate(&mut self, out: &mut [u8]) -> Result<Option<Progress>, SourceError> {
        loop {
            let more = self.refill()?;
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let unread = &self.buffer[self.unread.clone()];
            let Ok(status) = self.state.decompress(unread, out, FlushDecompress::None) else {
                return Ok(None);
            };
            let consumed = (self.state.total_in() - read) as usize;
            let produced = (self.state.total_out() - written) as usize;
            self.unread.start += consumed;
            let ended = status == Status::StreamEnd;
            if produced > 0 || ended || !more {
                return Ok(Some(Progress { produced, ended }));
            }
            if consumed == 0 {
                return Ok(None);
            }
        }
    }
}
