//! A deflate stream block by block, wherever its bytes come from and wherever its values go.

use super::bits::{Bits, Compressed, HEADER_AHEAD};
use super::header::{self, Codes, Kind};
use super::symbols::{Cell, Output, Stop, Stream, inflate};

/// What a step of a [`Decoder`] ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It needs more compressed data.
    Input,
    /// It needs more room.
    Output,
    /// A block has ended, and another one follows.
    Block,
    /// The last block has ended. What follows is not of this stream.
    End,
    /// The bits are not those of a deflate stream.
    Corrupt,
    /// The data ended within the stream.
    Truncated,
}

/// What is left of the current block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// Its header comes next.
    Header,
    /// So many bytes as they are.
    Stored(usize),
    /// Values in codes.
    Coded,
}

/// Where a deflate stream is, between two steps.
pub(super) struct Decoder {
    pub(super) bits: Bits,
    codes: Codes,
    block: Block,
    is_last_block: bool,
}

impl Decoder {
    pub(super) fn new() -> Decoder {
        Decoder { bits: Bits::default(), codes: Codes::new(), block: Block::Header, is_last_block: false }
    }

    /// Begins at a block, at that place of the data.
    pub(super) fn restart(&mut self, bits: Bits) {
        self.bits = bits;
        self.block = Block::Header;
        self.is_last_block = false;
    }

    /// Whether a header comes next.
    pub(super) fn is_between(&self) -> bool {
        self.block == Block::Header
    }

    /// What [`inflate`] needs, within a block in codes.
    pub(super) fn stream<'a>(&'a mut self, input: &'a Compressed) -> Option<Stream<'a>> {
        let Decoder { bits, codes, block, .. } = self;
        (*block == Block::Coded).then_some(Stream { codes, bits, input })
    }

    /// Inflates up to the end of a block, or to where data or room is missing.
    pub(super) fn step<C: Cell>(&mut self, input: &Compressed, output: &mut Output<'_, C>) -> Step {
        if self.is_between()
            && let Err(step) = self.begin(input)
        {
            return step;
        }
        self.values(input, output)
    }

    /// Reads the header of a block.
    ///
    /// # Errors
    /// [`Step::Input`], [`Step::Truncated`], [`Step::Corrupt`].
    pub(super) fn begin(&mut self, input: &Compressed) -> Result<(), Step> {
        if !input.is_last && self.bits.position + HEADER_AHEAD > input.len() {
            return Err(Step::Input);
        }
        let read = header::read(&mut self.bits, input.padded(), &mut self.codes);
        // Behind the end stand zeros, which are no header.
        if self.bits.is_beyond(input.len()) {
            return Err(Step::Truncated);
        }
        let (is_last, kind) = read.map_err(|_| Step::Corrupt)?;
        self.is_last_block = is_last;
        self.block = match kind {
            Kind::Stored(length) => Block::Stored(length),
            Kind::Coded => Block::Coded,
        };
        Ok(())
    }

    /// Inflates what follows the header of a block.
    pub(super) fn values<C: Cell>(&mut self, input: &Compressed, output: &mut Output<'_, C>) -> Step {
        let stop = match (self.block, self.stream(input)) {
            (Block::Stored(left), _) => self.copy(left, input, output),
            (_, Some(stream)) => inflate(stream, output),
            (Block::Header | Block::Coded, None) => Stop::Block,
        };
        self.after(stop)
    }

    /// What it means for the stream that its block stopped.
    pub(super) fn after(&mut self, stop: Stop) -> Step {
        match stop {
            Stop::Input => Step::Input,
            Stop::Output => Step::Output,
            Stop::Corrupt => Step::Corrupt,
            Stop::Truncated => Step::Truncated,
            Stop::Block => {
                self.block = Block::Header;
                if self.is_last_block { Step::End } else { Step::Block }
            }
        }
    }

    /// Copies bytes of a stored block, of which `left` are left.
    fn copy<C: Cell>(&mut self, left: usize, input: &Compressed, output: &mut Output<'_, C>) -> Stop {
        let start = self.bits.position;
        let there = input.len().saturating_sub(start);
        let count = left.min(there).min(output.cells.len() - output.at);
        let bytes = &input.padded()[start..start + count];
        for (cell, byte) in output.cells[output.at..].iter_mut().zip(bytes) {
            *cell = C::from(*byte);
        }
        self.bits.position += count;
        output.at += count;
        self.block = Block::Stored(left - count);
        if left == count {
            Stop::Block
        } else if count < there {
            Stop::Output
        } else if input.is_last {
            Stop::Truncated
        } else {
            Stop::Input
        }
    }
}
