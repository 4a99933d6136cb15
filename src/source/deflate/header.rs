//! What stands before the values of a block: how it is stored, and its codes (RFC 1951, sections 3.2.3 to
//! 3.2.7).

use super::bits::Bits;
use super::huffman::{
    DISTANCE_BITS, DISTANCE_SIZE, END, EXCEPTION, Entry, LITERAL, LITERAL_BITS, LITERAL_SIZE, NoCode, TAKEN,
    build,
};

/// The tables of one block.
pub(super) struct Codes {
    /// Literals, lengths of matches, and the end of the block.
    pub(super) literals: Box<[Entry; LITERAL_SIZE]>,
    /// Distances of matches.
    pub(super) distances: Box<[Entry; DISTANCE_SIZE]>,
}

/// How the values of a block are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As they are: so many bytes.
    Stored(usize),
    /// In the codes that were read.
    Coded,
}

/// Where the extra bits of the lengths 257 to 285 begin, and how many they are.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// In which order the lengths of the codes for lengths of codes are stored.
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// What a symbol for a literal or length means.
fn literal(symbol: usize) -> Entry {
    match symbol {
        0..256 => LITERAL | (symbol as u32) << 16,
        256 => EXCEPTION | END,
        _ => LENGTHS
            .get(symbol - 257)
            .map_or(EXCEPTION, |&(base, extra)| u32::from(base) << 16 | u32::from(extra)),
    }
}

/// What a symbol for a distance means.
fn distance(symbol: usize) -> Entry {
    let extra = (symbol as u32 / 2).saturating_sub(1);
    match symbol {
        0..4 => (symbol as u32 + 1) << 16,
        4..30 => ((((2 + (symbol as u32 & 1)) << extra) + 1) << 16) | extra,
        _ => EXCEPTION,
    }
}

impl Codes {
    pub(super) fn new() -> Codes {
        Codes {
            literals: Box::new([EXCEPTION; LITERAL_SIZE]),
            distances: Box::new([EXCEPTION; DISTANCE_SIZE]),
        }
    }

    fn set(&mut self, literals: &[u8], distances: &[u8]) -> Result<(), NoCode> {
        build(literals, LITERAL_BITS, true, literal, &mut self.literals[..])?;
        build(distances, DISTANCE_BITS, true, distance, &mut self.distances[..])
    }

    /// The codes that need no description.
    fn set_fixed(&mut self) -> Result<(), NoCode> {
        let mut lengths = [8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.set(&lengths, &[5; 32])
    }
}

/// Reads the header of a block: whether it is the last one, and its kind.
///
/// # Errors
/// [`NoCode`] if the bits are not those of a header.
pub(super) fn read(bits: &mut Bits, bytes: &[u8], codes: &mut Codes) -> Result<(bool, Kind), NoCode> {
    bits.refill(bytes);
    let is_last = bits.take(1) == 1;
    let kind = match bits.take(2) {
        0 => Kind::Stored(stored(bits, bytes)?),
        1 => codes.set_fixed().map(|()| Kind::Coded)?,
        2 => described(bits, bytes, codes).map(|()| Kind::Coded)?,
        _ => return Err(NoCode),
    };
    Ok((is_last, kind))
}

/// The length of a stored block, which follows twice.
fn stored(bits: &mut Bits, bytes: &[u8]) -> Result<usize, NoCode> {
    bits.align();
    bits.refill(bytes);
    let (length, inverted) = (bits.take(16), bits.take(16));
    bits.align();
    if length == inverted ^ 0xffff { Ok(length as usize) } else { Err(NoCode) }
}

/// Reads the codes that a block describes: the lengths of its codes, themselves in a code.
fn described(bits: &mut Bits, bytes: &[u8], codes: &mut Codes) -> Result<(), NoCode> {
    let literals = bits.take(5) as usize + 257;
    let distances = bits.take(5) as usize + 1;
    let described = bits.take(4) as usize + 4;
    if literals > 286 || distances > 30 {
        return Err(NoCode);
    }
    let mut of_lengths = [0; 19];
    for &symbol in &ORDER[..described] {
        bits.refill(bytes);
        of_lengths[usize::from(symbol)] = bits.take(3) as u8;
    }
    let mut table = [0; 128];
    build(&of_lengths, 7, false, |symbol| (symbol as u32) << 16, &mut table)?;
    let (mut lengths, mut filled) = ([0_u8; 320], 0);
    let all = literals + distances;
    while filled < all {
        bits.refill(bytes);
        let entry = table[(bits.buffer & 127) as usize];
        if entry & EXCEPTION != 0 {
            return Err(NoCode);
        }
        bits.take(entry & TAKEN);
        let (value, times) = match entry >> 16 {
            16 if filled == 0 => return Err(NoCode),
            16 => (lengths[filled - 1], 3 + bits.take(2)),
            17 => (0, 3 + bits.take(3)),
            18 => (0, 11 + bits.take(7)),
            length => (length as u8, 1),
        };
        let end = filled + times as usize;
        if end > all {
            return Err(NoCode);
        }
        lengths[filled..end].fill(value);
        filled = end;
    }
    // Without a code for its end a block would never end.
    if lengths[256] == 0 {
        return Err(NoCode);
    }
    codes.set(&lengths[..literals], &lengths[literals..all])
}

/// How many places [`may_begin`] looks at.
pub(super) const PLACES: usize = 48;

/// At which of the first [`PLACES`] bits of a word a block may begin that describes its codes and is not
/// the last one: one bit for each, 0 for the rest. Wrong for most; [`has_code`] knows better.
pub(super) fn may_begin(word: u64) -> u64 {
    let is_dynamic = !word & !(word >> 1) & (word >> 2);
    // 30 and 31 are too many, of literals and lengths, and of distances.
    let too_many_literals = (word >> 4) & (word >> 5) & (word >> 6) & (word >> 7);
    let too_many_distances = (word >> 9) & (word >> 10) & (word >> 11) & (word >> 12);
    is_dynamic & !too_many_literals & !too_many_distances & ((1 << PLACES) - 1)
}

/// What four lengths of codes, 12 bits, add up to in 128ths: each code of n bits stands for 2^−n of all
/// sequences.
const SHARES: [u16; 1 << 12] = {
    let mut shares = [0; 1 << 12];
    let mut four = 0;
    while four < shares.len() {
        let mut lengths = four;
        while lengths > 0 {
            shares[four] += (128 >> (lengths & 7)) & 127;
            lengths >>= 3;
        }
        four += 1;
    }
    shares
};

/// Whether the code for lengths of codes, of a block that begins with the bits of `first`, is one.
/// `lengths` are the bits from the 18th on.
pub(super) fn has_code(first: u64, lengths: u64) -> bool {
    let count = ((first >> 13) & 15) + 4;
    let lengths = lengths & ((1 << (3 * count)) - 1);
    let four = |at: u32| SHARES[((lengths >> (12 * at)) & 0xfff) as usize];
    four(0) + four(1) + four(2) + four(3) + four(4) == 128
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: a code of two lengths 1 is complete, one of them alone is not, three are too many; lengths
    /// behind the last do not count.
    #[test]
    fn codes_for_lengths() {
        let first = |count: u64| (count - 4) << 13;
        assert!(has_code(first(4), 0o1100));
        assert!(has_code(first(19), 0o1 | 0o1 << 54));
        assert!(!has_code(first(18), 0o1 | 0o1 << 54));
        assert!(!has_code(first(19), 0o1));
        assert!(!has_code(first(19), 0o111));
        assert!(has_code(first(19), 0o077_654_321));
    }

    /// The table of RFC 1951, section 3.2.5: the last code of each row, its least value and its extra bits.
    #[test]
    fn values_and_extra_bits_are_those_of_the_standard() {
        let parts = |entry: Entry| (entry >> 16, entry & TAKEN);
        for (symbol, expected) in
            [(257, (3, 0)), (265, (11, 1)), (272, (31, 2)), (284, (227, 5)), (285, (258, 0))]
        {
            assert_eq!(parts(literal(symbol)), expected, "{symbol}");
        }
        for (symbol, expected) in [
            (0, (1, 0)),
            (3, (4, 0)),
            (4, (5, 1)),
            (5, (7, 1)),
            (6, (9, 2)),
            (28, (16385, 13)),
            (29, (24577, 13)),
        ] {
            assert_eq!(parts(distance(symbol)), expected, "{symbol}");
        }
        assert_eq!((literal(286), distance(30)), (EXCEPTION, EXCEPTION));
    }
}
