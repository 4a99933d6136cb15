//! Huffman codes as tables that are looked up with the next bits (RFC 1951, section 3.2.2).
//!
//! An entry tells all that one step needs: what the code means, and how many bits it takes with the extra
//! bits behind it. Codes that are longer than the table's bits share a second table, which the entry of their
//! first bits names.

/// An entry of a table.
///
/// | bits | in an entry for a value | in one for a second table |
/// |---|---|---|
/// | 0–5 | bits to take: the code's and the extra ones | bits to take first |
/// | 8–11 | how many of them are the code's | how many bits choose within the second table |
/// | 13 | end of the block | |
/// | 14 | | set |
/// | 15 | neither literal, length nor distance: one of 13, 14, or no code | set |
/// | 16–30 | literal, or the least length or distance | where the second table begins |
/// | 31 | literal | |
pub(super) type Entry = u32;

pub(super) const LITERAL: Entry = 1 << 31;
pub(super) const EXCEPTION: Entry = 1 << 15;
pub(super) const SECOND: Entry = 1 << 14;
pub(super) const END: Entry = 1 << 13;

/// Bits without a meaning, which are known as such after the first one.
const NO_CODE: Entry = EXCEPTION | 1;

/// How many bits an entry takes.
pub(super) const TAKEN: Entry = 63;

/// The bits that look up a literal or length, and a distance.
pub(super) const LITERAL_BITS: u32 = 11;
pub(super) const DISTANCE_BITS: u32 = 9;

/// Room for any legal code: 2342 and 592 entries are the most that such tables need (zlib's `enough` counts
/// them); a power of two lets an index be masked instead of checked.
pub(super) const LITERAL_SIZE: usize = 4096;
pub(super) const DISTANCE_SIZE: usize = 1024;

/// The longest code.
const LONGEST: usize = 15;

/// Lengths of codes that no decoder can use: too many codes, or bits without a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoCode;

/// Makes the table of a canonical code. `lengths` are those of the symbols' codes, 0 for a symbol without
/// one; `means` gives the entry of a symbol, with its extra bits counted in bits 0–5, before the code's own
/// bits are added. `may_be_single` if one code of one bit is allowed, which leaves the other bit without a
/// meaning.
///
/// What is refused is what zlib refuses.
pub(super) fn build(
    lengths: &[u8],
    bits: u32,
    may_be_single: bool,
    means: impl Fn(usize) -> Entry,
    table: &mut [Entry],
) -> Result<(), NoCode> {
    let mut left_of = [0_u16; LONGEST + 1];
    for &length in lengths {
        left_of[usize::from(length)] += 1;
    }
    left_of[0] = 0;
    let longest = check(&left_of, may_be_single)?;
    let mut first = [0_u16; LONGEST + 2];
    for length in 1..=LONGEST {
        first[length + 1] = first[length] + left_of[length];
    }
    let mut sorted = [0_u16; 320];
    for (symbol, &length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
        sorted[usize::from(first[usize::from(length)])] = symbol as u16;
        first[usize::from(length)] += 1;
    }
    // Entries for codes of up to `made` bits fill the first 2^made places; twice as many begin with two
    // copies.
    let (mut made, mut code, mut free) = (0, 0_usize, 1_usize << bits);
    let mut second = (usize::MAX, 0, 0);
    table[0] = NO_CODE;
    let used: u16 = left_of.iter().sum();
    for &symbol in &sorted[..usize::from(used)] {
        let length = usize::from(lengths[usize::from(symbol)]);
        let entry = means(usize::from(symbol));
        double(table, &mut made, length.min(bits as usize));
        if length <= bits as usize {
            table[code] = entry + length as u32 * 0x101;
        } else {
            let prefix = code & ((1 << bits) - 1);
            if second.0 != prefix {
                let size = second_bits(&left_of, length - bits as usize, bits as usize, longest);
                second = (prefix, free, size);
                free += 1 << size;
                let named = EXCEPTION | SECOND | (second.1 as u32) << 16 | (size as u32) << 8 | bits;
                table[prefix] = named;
            }
            let (_, start, size) = second;
            let rest = length - bits as usize;
            let entry = entry + rest as u32 * 0x101;
            let places = table.get_mut(start..start + (1 << size)).ok_or(NoCode)?;
            places.iter_mut().skip(code >> bits).step_by(1 << rest).for_each(|place| *place = entry);
        }
        left_of[length] -= 1;
        code = next(code, length);
    }
    double(table, &mut made, bits as usize);
    Ok(())
}

/// Copies what stands for codes of `made` bits to where codes of `wanted` bits begin with them.
fn double(table: &mut [Entry], made: &mut usize, wanted: usize) {
    while *made < wanted {
        table.copy_within(..1 << *made, 1 << *made);
        *made += 1;
    }
}

/// The longest length, if the lengths are those of a code in which every sequence of bits has a meaning.
fn check(count: &[u16; LONGEST + 1], may_be_single: bool) -> Result<usize, NoCode> {
    let longest = (1..=LONGEST).rev().find(|&length| count[length] > 0).unwrap_or(0);
    let mut left = 1_i32;
    for &count in &count[1..] {
        left = left * 2 - i32::from(count);
        if left < 0 {
            return Err(NoCode);
        }
    }
    let is_allowed = left == 0 || longest == 0 || (may_be_single && longest == 1);
    if is_allowed { Ok(longest) } else { Err(NoCode) }
}

/// How many bits choose within the second table whose first code has `rest` bits there.
fn second_bits(left_of: &[u16; LONGEST + 1], rest: usize, bits: usize, longest: usize) -> usize {
    let (mut size, mut left) = (rest, 1_i32 << rest);
    while size + bits < longest {
        left -= i32::from(left_of[size + bits]);
        if left <= 0 {
            break;
        }
        size += 1;
        left <<= 1;
    }
    size
}

/// The next canonical code of `length` bits, its first bit lowest. A longer code that follows begins with
/// it, and zeros.
fn next(code: usize, length: usize) -> usize {
    let mut bit = 1 << (length - 1);
    while code & bit != 0 {
        bit >>= 1;
    }
    if bit == 0 { 0 } else { (code & (bit - 1)) | bit }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lengths: &[u8], bits: u32) -> Result<Vec<Entry>, NoCode> {
        let mut table = vec![0; 4096];
        build(lengths, bits, false, |symbol| LITERAL | (symbol as u32) << 16, &mut table).map(|()| table)
    }

    /// The example of RFC 1951, section 3.2.2: ABCDEFGH with lengths 3, 3, 3, 3, 3, 2, 4, 4.
    #[test]
    fn the_example_of_the_standard() {
        let codes = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
        let table = plain(&[3, 3, 3, 3, 3, 2, 4, 4], 3).unwrap();
        for (symbol, code) in codes.iter().enumerate() {
            let bits = code.bytes().rev().fold(0, |bits, digit| bits << 1 | usize::from(digit == b'1'));
            let mut entry = table[bits & 7];
            let mut taken = entry & TAKEN;
            if entry & SECOND != 0 {
                entry = table[(entry >> 16 & 0x7fff) as usize + (bits >> 3)];
                taken += entry & TAKEN;
            }
            assert_eq!((entry >> 16 & 0xff) as usize, symbol, "{code}");
            assert_eq!(taken as usize, code.len(), "{code}");
        }
    }

    #[test]
    fn codes_that_are_too_many_or_too_few_are_refused() {
        assert_eq!(plain(&[1, 1, 1], 3), Err(NoCode));
        assert_eq!(plain(&[2, 2, 2], 3), Err(NoCode));
        assert_eq!(plain(&[1], 3), Err(NoCode));
        assert!(build(&[1], 3, true, |_| 0, &mut [0; 8]).is_ok());
        assert_eq!(build(&[2], 3, true, |_| 0, &mut [0; 8]), Err(NoCode));
        assert!(plain(&[0, 0], 3).unwrap()[..8].iter().all(|entry| *entry == NO_CODE));
    }

    /// Every length from 1 to 15 at once, and the bits of the last two codes.
    #[test]
    fn the_longest_codes() {
        let lengths: Vec<u8> = (1..=15).chain([15]).collect();
        let table = plain(&lengths, 11).unwrap();
        let entry = table[(1 << 11) - 1];
        assert_ne!(entry & SECOND, 0);
        let second = (entry >> 16 & 0x7fff) as usize;
        assert_eq!(table[second + 0b1111] >> 16 & 0xff, 15);
        assert_eq!(table[second + 0b0111] >> 16 & 0xff, 14);
        assert_eq!(table[second] & TAKEN, 1);
    }
}
