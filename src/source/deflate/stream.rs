//! Raw deflate data that is read in order, as gzip and zip wrap it.
//!
//! Headers and trailers of gzip lie between pieces of deflate data, at places that only the decoder
//! knows. So one buffer serves both: single bytes are taken from it where the decoder stopped.
//!
//! The data is inflated step by step, or in parts ([`super::parts`]), whatever is faster. A fault is always
//! found step by step, so its place does not depend on that.

use super::super::error::SourceError;
use super::super::pull::Pull;
use super::super::values::Ahead;
use super::bits::{Bits, Compressed, HEADER_AHEAD};
use super::decoder::{Decoder, Step};
use super::lane::{Part, WINDOW};
use super::parts::{Here, Parts};
use super::symbols::{Output, ROOM};
use std::sync::Arc;

/// Compressed bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// Inflated bytes that are made at a time: large beside the window, which is moved to the front each time,
/// and small beside the caches.
const ROUND: usize = 1 << 17;

/// What one step gave.
pub(in super::super) struct Progress {
    /// Inflated bytes; 0 without an end means that the compressed bytes ended too early.
    pub(in super::super) produced: usize,
    /// Whether the deflate stream reached its end mark.
    pub(in super::super) ended: bool,
}

/// Deflate data, and the bytes between and after it.
///
/// No header of zlib is expected: gzip and zip both wrap raw deflate data.
pub(in super::super) struct Inflate {
    source: Box<dyn Pull>,
    input: Compressed,
    /// The byte of the source with which `input` begins.
    base: u64,
    decoder: Decoder,
    /// The window, then what has been inflated, then room.
    inflated: Box<[u8]>,
    /// What of it has not been handed out.
    unread: std::ops::Range<usize>,
    /// The first byte of this stream, as far as it is still there.
    oldest: usize,
    /// What the decoder stopped with, if it cannot go on.
    ended: Option<Step>,
    parts: Parts,
}

impl Inflate {
    pub(in super::super) fn new(source: Box<dyn Pull>) -> Inflate {
        Inflate {
            source,
            input: Compressed::new(),
            base: 0,
            decoder: Decoder::new(),
            inflated: vec![0; WINDOW + ROUND + ROOM].into_boxed_slice(),
            unread: 0..0,
            oldest: 0,
            ended: None,
            parts: Parts::new(),
        }
    }

    /// Begins a new deflate stream at the next byte.
    ///
    /// Bytes in the buffer stay: they belong to the next stream.
    pub(in super::super) fn restart(&mut self) {
        self.decoder.bits.align();
        self.decoder.restart(self.decoder.bits);
        self.oldest = self.unread.end;
        self.ended = None;
        self.parts.restart();
    }

    /// Reads more, until at least `wanted` bytes lie ahead; what has been used makes room.
    fn refill(&mut self, wanted: usize) -> Result<(), SourceError> {
        let used = (self.decoder.bits.bit() / 8).min(self.input.len());
        // What stays is moved, so not for little.
        if used >= self.input.len() / 2 {
            self.input.forget(used);
            self.decoder.bits.position -= used;
            self.base += used as u64;
        }
        let wanted = self.decoder.bits.position + wanted.max(HEADER_AHEAD);
        loop {
            let source = &mut self.source;
            let room = PIECE.max(wanted.saturating_sub(self.input.len()));
            self.input.add(room, |room| source.pull(room))?;
            if self.input.is_last || self.input.len() >= wanted {
                return Ok(());
            }
        }
    }

    /// The next byte, not inflated; `None` at the end.
    pub(in super::super) fn byte(&mut self) -> Result<Option<u8>, SourceError> {
        self.decoder.bits.align();
        while self.decoder.bits.position >= self.input.len() {
            if self.input.is_last {
                return Ok(None);
            }
            self.refill(1)?;
        }
        let byte = self.input.padded()[self.decoder.bits.position];
        self.decoder.bits = Bits { position: self.decoder.bits.position + 1, ..Bits::default() };
        Ok(Some(byte))
    }

    /// Inflates into `out` until some bytes came or the stream or its source ended; `None` if it is corrupt.
    ///
    /// The end is told with the last bytes. What was inflated before a fault is handed out before it.
    pub(in super::super) fn inflate(&mut self, out: &mut [u8]) -> Result<Option<Progress>, SourceError> {
        self.advance()?;
        let produced = self.give(out);
        // Whether this was the end is told at once, so that trailers are compared before the last bytes are
        // handed on.
        self.advance()?;
        let is_over = self.left() == 0;
        let ended = is_over && self.ended == Some(Step::End);
        let is_corrupt = produced == 0 && is_over && self.ended == Some(Step::Corrupt);
        Ok((!is_corrupt).then_some(Progress { produced, ended }))
    }

    /// Bytes that have been inflated and not been handed out.
    fn left(&self) -> usize {
        self.unread.len() + self.parts.current.as_ref().map_or(0, Part::left)
    }

    fn give(&mut self, out: &mut [u8]) -> usize {
        if let Some(part) = &mut self.parts.current {
            return part.give(&self.parts.window, out);
        }
        let count = self.unread.len().min(out.len());
        out[..count].copy_from_slice(&self.inflated[self.unread.start..self.unread.start + count]);
        self.unread.start += count;
        count
    }

    /// Inflates until there is something to hand out, or nothing more comes.
    fn advance(&mut self) -> Result<(), SourceError> {
        while self.left() == 0 && self.ended.is_none() {
            if let Some(part) = self.parts.current.take() {
                self.pass(part);
            } else if !(self.decoder.is_between() && self.begin_part()?) {
                self.round()?;
            }
        }
        Ok(())
    }

    /// Inflates the next bytes step by step.
    fn round(&mut self) -> Result<(), SourceError> {
        self.slide();
        let (from, at) = (self.decoder.bits.bit(), self.unread.end);
        let mixture = &mut self.parts.mixture;
        let mut output = Output { cells: &mut self.inflated, at, oldest: self.oldest, mixture };
        let step = self.decoder.step(&self.input, &mut output);
        self.unread.end = output.at;
        self.parts.count(self.unread.end - at, (self.decoder.bits.bit() - from) as u64);
        match step {
            Step::Input => self.refill(1)?,
            Step::Output | Step::Block => {}
            Step::End | Step::Corrupt | Step::Truncated => self.ended = Some(step),
        }
        Ok(())
    }

    /// Moves the window to the front, if there is no room for much more.
    fn slide(&mut self) {
        let end = self.unread.end;
        if end < WINDOW + ROUND / 2 {
            return;
        }
        let moved = end - WINDOW;
        self.inflated.copy_within(moved..end, 0);
        self.unread = WINDOW..WINDOW;
        self.oldest = self.oldest.saturating_sub(moved);
    }

    /// Goes on with a part, if there is one; false if the stream goes on step by step.
    fn begin_part(&mut self) -> Result<bool, SourceError> {
        let Some(wanted) = self.parts.wanted() else { return Ok(false) };
        let place = self.decoder.bits.bit() / 8;
        if !self.input.is_last && self.input.len() < place + wanted {
            self.refill(wanted)?;
        }
        let here = Here { input: &self.input, base: self.base * 8, bits: self.decoder.bits };
        let end = self.unread.end;
        Ok(self.parts.begin(&here, &self.inflated[end.saturating_sub(WINDOW)..end]))
    }

    /// Goes on behind a part that has been handed out.
    fn pass(&mut self, part: Part) {
        let (end, ends_stream) = self.parts.pass(part);
        self.inflated[..WINDOW].copy_from_slice(self.parts.window.last(WINDOW));
        self.unread = WINDOW..WINDOW;
        self.oldest = WINDOW - (WINDOW as u64).min(self.parts.inflated) as usize;
        let place = (end - self.base * 8) as usize;
        self.decoder.restart(Bits::at(self.input.padded(), place));
        self.ended = ends_stream.then_some(Step::End);
    }

    /// What other threads can do for this one.
    pub(in super::super) fn ahead(&self) -> Arc<dyn Ahead> {
        Arc::clone(&self.parts.queue) as Arc<dyn Ahead>
    }
}
