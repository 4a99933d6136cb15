//! A part of a deflate stream that is inflated before what comes before it: two parts at once on one
//! thread, or more on several.
//!
//! Deflate says neither where its blocks begin nor what came before them. So a part that is begun in the
//! middle *guesses*: it looks for bits that can be the header of a block ([`header::may_begin`],
//! [`header::has_code`]), reads the codes there, and inflates. A wrong guess almost always ends in nonsense
//! soon, and then the search goes on; and what is inflated is used only if the stream, read from its start,
//! arrives at exactly that bit. So a wrong guess costs time and nothing else.
//!
//! What lies before the part is not known either, and matches refer to it. Hence values of 16 bits: below 256
//! a byte, from 256 on the place of a byte in the 32 KiB before the part ([`Window`] puts them in).
//!
//! The method is that of pugz (Kerbiriou and Chikhi 2019, doi:10.1109/IPDPSW.2019.00042) and rapidgzip
//! (Knespel and Brunst 2023, doi:10.1145/3588195.3592992). They use it for several threads; here two parts
//! also run on
//! *one*, because one stream is a chain of look-ups that leaves a core idle most of the time.

use super::bits::{Bits, Compressed, HEADER_AHEAD, word};
use super::decoder::{Decoder, Step};
use super::header;
use super::symbols::{Mixture, Output, ROOM, Stop, Stream, two};
use crate::memory;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far back a match can refer.
pub(super) const WINDOW: usize = 1 << 15;

/// Cells of a part before its output has to grow.
const FIRST: usize = WINDOW + (3 << 17);

/// The most cells of a part: 8 MiB. A part that inflates to more ends at a block before.
const MOST: usize = 1 << 22;

/// How far a search goes, in bits: longer blocks are rare, and a search costs as much as inflating.
const SEARCH: usize = 8 << 17;

/// A part while it is inflated.
pub(super) struct Lane {
    decoder: Decoder,
    /// The window before the part, then what it inflates to, then room.
    cells: Vec<u16>,
    /// Where the next value goes.
    at: usize,
    /// The first cell of the window that there is.
    oldest: usize,
    /// What it is made of so far.
    pub(super) mixture: Mixture,
    /// The bit at which it began.
    start: usize,
    /// Whether it may begin elsewhere.
    is_guess: bool,
    /// The bit from which on it ends with a block.
    until: usize,
    /// The last end of a block: its bit, and the cell behind its last value.
    end: (usize, usize),
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// It ends where `end` is; with the stream, if so.
    Done {
        with_stream: bool,
    },
}

/// A part that has been inflated.
pub(super) struct Part {
    /// Its first bit, and the one behind it, of the stream's source.
    pub(super) bits: std::ops::Range<u64>,
    /// Whether the stream ends with it.
    pub(super) ends_stream: bool,
    cells: Vec<u16>,
    /// Which of the cells have not been given.
    unread: std::ops::Range<usize>,
}

impl Lane {
    pub(super) fn new() -> Lane {
        Lane {
            decoder: Decoder::new(),
            cells: Vec::new(),
            at: 0,
            oldest: 0,
            mixture: Mixture::default(),
            start: 0,
            is_guess: false,
            until: 0,
            end: (0, 0),
            state: State::Done { with_stream: false },
        }
    }

    /// Uses the cells of a part that is no longer needed.
    pub(super) fn reuse(&mut self, part: Part) {
        if part.cells.len() > self.cells.len() {
            self.cells = part.cells;
        }
    }

    /// Begins at a place where a block begins, behind `window`, which is as long as what there is.
    pub(super) fn begin_at(&mut self, bits: Bits, window: &[u8], until: usize) {
        self.set(bits, until);
        self.is_guess = false;
        self.oldest = WINDOW - window.len();
        if self.state == State::Running {
            for (cell, byte) in self.cells[self.oldest..WINDOW].iter_mut().zip(window) {
                *cell = u16::from(*byte);
            }
        }
    }

    /// Begins at the first block that is found at bit `bit` or later.
    pub(super) fn begin_near(&mut self, bit: usize, input: &Compressed, until: usize) {
        self.set(Bits::default(), until);
        self.is_guess = true;
        self.oldest = 0;
        if self.state == State::Running {
            for (cell, place) in self.cells[..WINDOW].iter_mut().zip(256..) {
                *cell = place;
            }
            self.search(bit, input);
        }
    }

    /// Whether there is something to inflate.
    pub(super) fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Whether its cells are here, and not with a part.
    pub(super) fn has_cells(&self) -> bool {
        !self.cells.is_empty()
    }

    fn set(&mut self, bits: Bits, until: usize) {
        let first = FIRST.max(self.cells.len());
        let has_room = memory::resize(&mut self.cells, first, 0).is_ok();
        self.state = if has_room { State::Running } else { State::Done { with_stream: false } };
        self.start_at(bits);
        self.mixture = Mixture::default();
        self.until = until;
    }

    fn start_at(&mut self, bits: Bits) {
        self.decoder.restart(bits);
        self.start = bits.bit();
        self.at = WINDOW;
        self.end = (self.start, WINDOW);
    }

    /// Goes to the next place at which a block may begin.
    fn search(&mut self, from: usize, input: &Compressed) {
        let behind = (input.len() * 8).saturating_sub(8 * HEADER_AHEAD);
        let end = (from + SEARCH).min(self.until).min(behind);
        let bytes = input.padded();
        // Whole bytes, of which the first may begin before `from`.
        let mut skipped = from % 8;
        for place in (from / 8..end / 8).step_by(header::PLACES / 8) {
            let first = word(bytes, place);
            let mut candidates = header::may_begin(first) >> skipped << skipped;
            skipped = 0;
            while candidates != 0 {
                let bit = place * 8 + candidates.trailing_zeros() as usize;
                candidates &= candidates - 1;
                let lengths = word(bytes, (bit + 17) / 8) >> ((bit + 17) % 8);
                if header::has_code(word(bytes, bit / 8) >> (bit % 8), lengths) {
                    self.start_at(Bits::at(bytes, bit));
                    if self.decoder.begin(input).is_ok() {
                        return;
                    }
                }
            }
        }
        self.start_at(Bits::at(bytes, end));
        self.state = State::Done { with_stream: false };
    }

    /// Goes on to where values in codes come; false if it is done.
    fn prepare(&mut self, input: &Compressed) -> bool {
        while self.state == State::Running {
            if self.decoder.is_between() {
                self.end = (self.decoder.bits.bit(), self.at);
                if self.end.0 >= self.until && self.end.0 > self.start {
                    self.state = State::Done { with_stream: false };
                } else if let Err(step) = self.decoder.begin(input) {
                    self.after(step, input);
                }
            } else if self.cells.len() - self.at < ROOM && !self.grow() {
                self.state = State::Done { with_stream: false };
            } else if self.decoder.stream(input).is_some() {
                return true;
            } else {
                self.run(input);
            }
        }
        false
    }

    fn grow(&mut self) -> bool {
        let length = (self.cells.len() * 2).min(MOST);
        length > self.cells.len() && memory::resize(&mut self.cells, length, 0).is_ok()
    }

    /// Draws the consequence of a step. What is wrong with a stream is for whoever reads it from its start.
    fn after(&mut self, step: Step, input: &Compressed) {
        match step {
            Step::Block | Step::Output => {}
            Step::End => {
                self.end = (self.decoder.bits.bit(), self.at);
                self.state = State::Done { with_stream: true };
            }
            Step::Corrupt if self.is_guess => self.search(self.start + 1, input),
            Step::Input | Step::Truncated | Step::Corrupt => self.state = State::Done { with_stream: false },
        }
    }

    /// Inflates up to the end of the block, or to where something is missing.
    fn run(&mut self, input: &Compressed) {
        let Lane { cells, at, oldest, mixture, .. } = self;
        let mut output = Output { cells, at: *at, oldest: *oldest, mixture };
        let step = self.decoder.values(input, &mut output);
        self.at = output.at;
        self.after(step, input);
    }

    /// What [`two`] needs.
    fn split<'a>(&'a mut self, input: &'a Compressed) -> Option<(Stream<'a>, Output<'a, u16>)> {
        let Lane { decoder, cells, at, oldest, mixture, .. } = self;
        Some((decoder.stream(input)?, Output { cells, at: *at, oldest: *oldest, mixture }))
    }

    fn stopped(&mut self, stop: Option<Stop>, input: &Compressed) {
        match stop {
            None => {}
            Some(Stop::Input) if input.is_last => self.run(input),
            Some(stop) => {
                let step = self.decoder.after(stop);
                self.after(step, input);
            }
        }
    }

    /// What has been inflated, if it is anything. The cells go with it. `base` is the bit of the source
    /// with which the data began.
    pub(super) fn part(&mut self, base: u64) -> Option<Part> {
        let ends_stream = self.state == State::Done { with_stream: true };
        (self.end.1 > WINDOW).then(|| Part {
            bits: base + self.start as u64..base + self.end.0 as u64,
            ends_stream,
            cells: std::mem::take(&mut self.cells),
            unread: WINDOW..self.end.1,
        })
    }
}

/// Inflates two parts of the same data, each to its end: `at_once`, or the first before the second. Gives
/// up if `is_closed`: nobody will read them.
pub(super) fn run(
    first: &mut Lane,
    second: &mut Lane,
    input: &Compressed,
    at_once: bool,
    is_closed: &AtomicBool,
) {
    while !is_closed.load(Ordering::Relaxed) {
        match (first.prepare(input), second.prepare(input)) {
            (false, false) => return,
            (true, false) => first.run(input),
            (true, true) if !at_once => first.run(input),
            (false, true) => second.run(input),
            (true, true) => {
                let (Some((mut one, mut to_first)), Some((mut other, mut to_second))) =
                    (first.split(input), second.split(input))
                else {
                    return;
                };
                let stops = two((&mut one, &mut to_first), (&mut other, &mut to_second));
                let ends = (to_first.at, to_second.at);
                (first.at, second.at) = ends;
                first.stopped(stops.0, input);
                second.stopped(stops.1, input);
            }
        }
    }
}

impl Part {
    /// How many bytes it inflates to.
    pub(super) fn length(&self) -> usize {
        self.unread.end - WINDOW
    }

    /// How many bytes are left to give.
    pub(super) fn left(&self) -> usize {
        self.unread.len()
    }

    /// Gives the next bytes.
    pub(super) fn give(&mut self, window: &Window, out: &mut [u8]) -> usize {
        let count = self.left().min(out.len());
        window.resolve(&self.cells[self.unread.start..self.unread.start + count], &mut out[..count]);
        self.unread.start += count;
        count
    }

    /// Turns the window before the part into the one behind it. All must have been given.
    pub(super) fn pass(&self, window: &mut Window) {
        let cells = &self.cells[WINDOW..self.unread.end];
        let last = &cells[cells.len().saturating_sub(WINDOW)..];
        let mut behind = vec![0; last.len()];
        window.resolve(last, &mut behind);
        window.push(&behind);
    }
}

/// What a cell means: the bytes themselves, then the 32 KiB before the part.
pub(super) struct Window(Box<[u8]>);

impl Window {
    /// Where the bytes before the part begin.
    const FIRST: usize = 256;

    pub(super) fn new() -> Window {
        let mut bytes = vec![0; 1 << 16].into_boxed_slice();
        for (place, byte) in bytes.iter_mut().zip(0..=255) {
            *place = byte;
        }
        Window(bytes)
    }

    /// The last `count` bytes before the part.
    pub(super) fn last(&self, count: usize) -> &[u8] {
        let end = Self::FIRST + WINDOW;
        &self.0[end - count..end]
    }

    /// Puts up to 32 KiB behind what there is.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let end = Self::FIRST + WINDOW;
        self.0.copy_within(Self::FIRST + bytes.len()..end, Self::FIRST);
        self.0[end - bytes.len()..end].copy_from_slice(bytes);
    }

    /// Turns cells into bytes. Most are bytes already, so they are looked at in groups.
    fn resolve(&self, cells: &[u16], out: &mut [u8]) {
        const GROUP: usize = 64;
        for (cells, out) in cells.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
            if cells.iter().fold(0, |all, cell| all | cell) < 256 {
                for (byte, cell) in out.iter_mut().zip(cells) {
                    *byte = *cell as u8;
                }
            } else {
                for (byte, cell) in out.iter_mut().zip(cells) {
                    *byte = self.0[usize::from(*cell)];
                }
            }
        }
    }
}
