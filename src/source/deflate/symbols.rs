//! The inner loop: the values of a block in codes.
//!
//! Heatmaps are mostly noise to a compressor, so nearly every code stands for one literal, and the time goes
//! into a chain: look up an entry, shift the bits by what it takes, look up the next. Nothing else may stand
//! in that chain. Hence one load tells literal and bits at once, and the next entry is looked up before the
//! value of this one is stored; five literals of up to eleven bits fit between two refills.

#![expect(clippy::inline_always, reason = "a call within the chain would cost as much as the chain")]

use super::bits::{AHEAD, Bits, Compressed};
use super::header::Codes;
use super::huffman::{
    DISTANCE_BITS, DISTANCE_SIZE, END, EXCEPTION, Entry, LITERAL, LITERAL_BITS, LITERAL_SIZE, SECOND, TAKEN,
};

/// A value of the output: a byte, or a byte that is not known yet (see [`super::lane`]).
pub(super) trait Cell: Copy + From<u8> {}

impl Cell for u8 {}
impl Cell for u16 {}

/// The most that one step of the loop writes: literals, the longest match, and what is written behind it by a
/// copy that goes in steps of 16.
pub(super) const ROOM: usize = LITERALS + 258 + 15;

/// How many literals are taken between two refills: of 56 bits, 11 for each.
const LITERALS: usize = 5;

/// Where values go: behind the values that came before, to which matches refer.
pub(super) struct Output<'a, C> {
    pub(super) cells: &'a mut [C],
    /// Where the next value goes.
    pub(super) at: usize,
    /// The first cell that a match may refer to.
    pub(super) oldest: usize,
    pub(super) mixture: &'a mut Mixture,
}

/// What values are made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixture {
    /// How many matches.
    pub(super) matches: usize,
    /// How many values they are in all.
    pub(super) matched: usize,
}

/// Why the loop stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The compressed data is nearly used up, and more follows.
    Input,
    /// Less than [`ROOM`] is left.
    Output,
    /// The block has ended.
    Block,
    /// The bits have no meaning.
    Corrupt,
    /// The data ended within the block.
    Truncated,
}

impl<C: Cell> Output<'_, C> {
    fn is_full(&self) -> bool {
        self.cells.len() - self.at < ROOM
    }

    /// Where the next literals go; `None` if less than [`ROOM`] is left.
    #[inline(always)]
    fn room(&mut self) -> Option<&mut [C; LITERALS]> {
        self.cells.get_mut(self.at..self.at + ROOM)?.first_chunk_mut()
    }

    /// The cells of so many rounds of literals.
    fn ahead(&mut self, rounds: usize) -> &mut [C] {
        &mut self.cells[self.at..self.at + rounds * LITERALS]
    }

    #[inline]
    fn put(&mut self, entry: Entry) {
        self.cells[self.at] = C::from((entry >> 16) as u8);
        self.at += 1;
    }

    /// Repeats `length` cells from `distance` back; false if that is before the first one. May write up to 15
    /// cells behind them.
    #[inline(always)]
    fn repeat(&mut self, distance: usize, length: usize) -> bool {
        if distance > self.at - self.oldest {
            return false;
        }
        let (from, at) = (self.at - distance, self.at);
        self.at += length;
        self.mixture.matches += 1;
        self.mixture.matched += length;
        if distance >= 16 {
            self.copy_16(from, at);
            for step in (16..length).step_by(16) {
                self.copy_16(from + step, at + step);
            }
        } else {
            self.repeat_near(from, at, length);
        }
        true
    }

    /// As [`Output::repeat`], from fewer than 16 cells back.
    fn repeat_near(&mut self, from: usize, at: usize, length: usize) {
        if at - from == 1 {
            let value = self.cells[from];
            self.cells[at..at + length].fill(value);
        } else if length <= 16 {
            for step in 0..length {
                self.cells[at + step] = self.cells[from + step];
            }
        } else {
            self.tile(from, at, length);
        }
    }

    #[inline]
    fn copy_16(&mut self, from: usize, to: usize) {
        if let Some(&cells) = self.cells[from..].first_chunk::<16>() {
            self.cells[to..to + 16].copy_from_slice(&cells);
        }
    }

    /// Repeats fewer than 16 cells many times: as often as they fit into 16, then those 16 in whole periods.
    fn tile(&mut self, from: usize, at: usize, length: usize) {
        let distance = at - from;
        for step in 0..16 {
            self.cells[at + step] = self.cells[from + step];
        }
        let period = 16 - 16 % distance;
        for step in (period..length).step_by(period) {
            self.copy_16(at, at + step);
        }
    }
}

/// Looks up the next literal or length.
#[inline(always)]
fn literal(table: &[Entry; LITERAL_SIZE], buffer: u64) -> Entry {
    table[(buffer & ((1 << LITERAL_BITS) - 1)) as usize]
}

/// The entry of the second table that `entry` names; `buffer` is what follows the bits of the first.
#[inline(always)]
fn second(entry: Entry, buffer: u64) -> usize {
    (entry >> 16 & 0x7fff) as usize + (buffer & ((1 << (entry >> 8 & 15)) - 1)) as usize
}

/// The value of an entry for a length or distance: its least value and the extra bits.
#[inline(always)]
fn value(entry: Entry, buffer: u64) -> usize {
    let taken = buffer & ((1 << (entry & TAKEN)) - 1);
    (entry >> 16) as usize + (taken >> (entry >> 8 & 15)) as usize
}

/// Takes the bits of an entry. Only the lowest six bits of `count` count here: so nothing stands between an
/// entry and the shift.
#[inline(always)]
fn take(bits: &mut Bits, entry: Entry) {
    bits.buffer >>= entry & TAKEN;
    bits.count = bits.count.wrapping_sub(entry);
}

/// A block in codes: where it is, and how its bits are read.
pub(super) struct Stream<'a> {
    pub(super) codes: &'a Codes,
    pub(super) bits: &'a mut Bits,
    pub(super) input: &'a Compressed,
}

impl Stream<'_> {
    /// How many rounds of literals can be made, at least one.
    fn rounds<C: Cell>(&self, bits: &Bits, output: &Output<'_, C>) -> Result<usize, Stop> {
        if !self.has_input(bits) {
            return Err(Stop::Input);
        }
        let room = output.cells.len() - output.at;
        let Some(room) = room.checked_sub(ROOM) else { return Err(Stop::Output) };
        // A refill takes at most seven bytes.
        Ok((1 + (self.input.len() - AHEAD - bits.position) / 7).min(1 + room / LITERALS))
    }

    /// Whether enough data for a step lies ahead.
    #[inline(always)]
    fn has_input(&self, bits: &Bits) -> bool {
        bits.position + AHEAD <= self.input.len()
    }
}

/// Inflates values of a block until something makes it stop.
pub(super) fn inflate<C: Cell>(mut stream: Stream<'_>, output: &mut Output<'_, C>) -> Stop {
    let stop = one(&mut stream, output);
    if stop == Stop::Input && stream.input.is_last { careful(&mut stream, output) } else { stop }
}

/// As [`inflate`], up to where the data is nearly used up.
#[inline(never)]
fn one<C: Cell>(stream: &mut Stream<'_>, output: &mut Output<'_, C>) -> Stop {
    let (codes, bytes, mut bits) = (stream.codes, stream.input.padded(), *stream.bits);
    let table = &*codes.literals;
    let stop = loop {
        if !stream.has_input(&bits) {
            break Stop::Input;
        }
        let Some(room) = output.room() else { break Stop::Output };
        bits.refill(bytes);
        let mut entry = literal(table, bits.buffer);
        let mut count = 0;
        for cell in room {
            if entry & LITERAL == 0 {
                break;
            }
            take(&mut bits, entry);
            let ahead = literal(table, bits.buffer);
            *cell = C::from((entry >> 16) as u8);
            entry = ahead;
            count += 1;
        }
        output.at += count;
        if count < LITERALS
            && let Err(stop) = other(codes, &mut bits, bytes, entry, output)
        {
            break stop;
        }
    };
    *stream.bits = bits.settled();
    stop
}

/// Inflates values of two blocks at once, until one of them stops: which one, the first or the second, and
/// why. Up to where the data of one of them is nearly used up.
///
/// One stream leaves a core waiting most of the time, for the table and the shift that depend on the code
/// before. Two streams do not wait for each other.
#[inline(never)]
pub(super) fn two<A: Cell, B: Cell>(
    (first, to_first): (&mut Stream<'_>, &mut Output<'_, A>),
    (second, to_second): (&mut Stream<'_>, &mut Output<'_, B>),
) -> (Option<Stop>, Option<Stop>) {
    let (codes_a, bytes_a, mut a) = (first.codes, first.input.padded(), *first.bits);
    let (codes_b, bytes_b, mut b) = (second.codes, second.input.padded(), *second.bits);
    let stops = loop {
        let rounds = match (first.rounds(&a, to_first), second.rounds(&b, to_second)) {
            (Ok(first), Ok(second)) => first.min(second),
            (Err(stop), _) => break (Some(stop), None),
            (_, Err(stop)) => break (None, Some(stop)),
        };
        let tables = (&*codes_a.literals, &*codes_b.literals);
        let cells = (to_first.ahead(rounds), to_second.ahead(rounds));
        let (count, entries) = literals_of_two(tables, (&mut a, &mut b), (bytes_a, bytes_b), cells);
        to_first.at += count;
        to_second.at += count;
        if entries.0 & LITERAL == 0
            && let Err(stop) = other_apart(codes_a, &mut a, bytes_a, entries.0, to_first)
        {
            break (Some(stop), None);
        }
        if entries.1 & LITERAL == 0
            && let Err(stop) = other_apart(codes_b, &mut b, bytes_b, entries.1, to_second)
        {
            break (None, Some(stop));
        }
    };
    (*first.bits, *second.bits) = (a.settled(), b.settled());
    stops
}

/// Literals of two blocks, until one of them has something else or the cells are full: how many of each,
/// and the entries that come next. Everything that changes stays in registers.
#[inline(always)]
fn literals_of_two<A: Cell, B: Cell>(
    (table_a, table_b): (&[Entry; LITERAL_SIZE], &[Entry; LITERAL_SIZE]),
    (place_a, place_b): (&mut Bits, &mut Bits),
    (bytes_a, bytes_b): (&[u8], &[u8]),
    (cells_a, cells_b): (&mut [A], &mut [B]),
) -> (usize, (Entry, Entry)) {
    let (mut a, mut b) = (*place_a, *place_b);
    let (mut count, mut entries) = (0, (LITERAL, LITERAL));
    let rounds = cells_a.chunks_exact_mut(LITERALS).zip(cells_b.chunks_exact_mut(LITERALS));
    'all: for (cells_a, cells_b) in rounds {
        a.refill(bytes_a);
        b.refill(bytes_b);
        entries = (literal(table_a, a.buffer), literal(table_b, b.buffer));
        for (cell_a, cell_b) in cells_a.iter_mut().zip(cells_b) {
            if entries.0 & entries.1 & LITERAL == 0 {
                break 'all;
            }
            take(&mut a, entries.0);
            take(&mut b, entries.1);
            let ahead = (literal(table_a, a.buffer), literal(table_b, b.buffer));
            *cell_a = A::from((entries.0 >> 16) as u8);
            *cell_b = B::from((entries.1 >> 16) as u8);
            entries = ahead;
            count += 1;
        }
        // Looked at again after the refill: the last bits may not have been there.
        entries = (LITERAL, LITERAL);
    }
    (*place_a, *place_b) = (a, b);
    (count, entries)
}

/// One value that is not a literal with a short code; `entry` is of the next bits.
#[inline(always)]
fn other<C: Cell>(
    codes: &Codes,
    bits: &mut Bits,
    bytes: &[u8],
    mut entry: Entry,
    output: &mut Output<'_, C>,
) -> Result<(), Stop> {
    bits.refill(bytes);
    if entry & EXCEPTION != 0 {
        if entry & SECOND != 0 {
            take(bits, entry);
            entry = codes.literals[second(entry, bits.buffer) & (LITERAL_SIZE - 1)];
            if entry & LITERAL != 0 {
                take(bits, entry);
                output.put(entry);
                return Ok(());
            }
        }
        if entry & EXCEPTION != 0 {
            take(bits, entry);
            return Err(if entry & END != 0 { Stop::Block } else { Stop::Corrupt });
        }
    }
    let length = value(entry, bits.buffer);
    take(bits, entry);
    bits.refill(bytes);
    let mut entry = codes.distances[(bits.buffer & ((1 << DISTANCE_BITS) - 1)) as usize];
    if entry & SECOND != 0 {
        take(bits, entry);
        entry = codes.distances[second(entry, bits.buffer) & (DISTANCE_SIZE - 1)];
    }
    if entry & EXCEPTION != 0 {
        take(bits, entry);
        return Err(Stop::Corrupt);
    }
    let distance = value(entry, bits.buffer);
    take(bits, entry);
    if output.repeat(distance, length) { Ok(()) } else { Err(Stop::Corrupt) }
}

/// [`other`] where it is rare, and must not take registers from what is not.
#[inline(never)]
fn other_apart<C: Cell>(
    codes: &Codes,
    bits: &mut Bits,
    bytes: &[u8],
    entry: Entry,
    output: &mut Output<'_, C>,
) -> Result<(), Stop> {
    other(codes, bits, bytes, entry, output)
}

/// As [`inflate`], one value at a time: each is held against the end of the data, behind which zeros stand.
fn careful<C: Cell>(stream: &mut Stream<'_>, output: &mut Output<'_, C>) -> Stop {
    let (codes, bytes) = (stream.codes, stream.input.padded());
    loop {
        if output.is_full() {
            return Stop::Output;
        }
        let before = output.at;
        stream.bits.refill(bytes);
        let entry = literal(&codes.literals, stream.bits.buffer);
        let next = if entry & LITERAL != 0 {
            take(stream.bits, entry);
            output.put(entry);
            Ok(())
        } else {
            other(codes, stream.bits, bytes, entry, output)
        };
        *stream.bits = stream.bits.settled();
        if stream.bits.is_beyond(stream.input.len()) {
            output.at = before;
            return Stop::Truncated;
        }
        if let Err(stop) = next {
            return stop;
        }
    }
}
