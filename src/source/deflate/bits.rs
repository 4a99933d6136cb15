//! Compressed bytes, and the bits that are taken from them: deflate's bits come lowest first.

use crate::memory::{self, OutOfMemory};

/// Zeros behind the last byte, so that eight bytes can be read at any place that a decoder reaches before it
/// notices the end. A header of a block takes less than 400 bytes.
const PADDING: usize = 512;

/// While so many bytes lie ahead, every bit that a step of a decoder takes is one of the data.
pub(super) const AHEAD: usize = 32;

/// And so many before the header of a block.
pub(super) const HEADER_AHEAD: usize = PADDING - AHEAD;

/// A piece of compressed data: its bytes, then zeros.
pub(super) struct Compressed {
    /// The bytes, and [`PADDING`] zeros.
    bytes: Vec<u8>,
    /// How many bytes there are, without the zeros.
    end: usize,
    /// Whether no more bytes follow.
    pub(super) is_last: bool,
}

impl Compressed {
    pub(super) fn new() -> Compressed {
        Compressed { bytes: vec![0; PADDING], end: 0, is_last: false }
    }

    /// The bytes and the zeros.
    pub(super) fn padded(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there are, without the zeros.
    pub(super) fn len(&self) -> usize {
        self.end
    }

    /// Forgets the first `count` bytes.
    pub(super) fn forget(&mut self, count: usize) {
        let count = count.min(self.end);
        self.bytes.copy_within(count..self.end, 0);
        self.end -= count;
        self.pad();
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.forget(self.end);
        self.is_last = false;
    }

    /// Adds up to `room` bytes, as many as `read` puts in; none means that no more follow.
    ///
    /// # Errors
    /// [`OutOfMemory`], and what `read` returns.
    pub(super) fn add<E: From<OutOfMemory>>(
        &mut self,
        room: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        if self.bytes.len() < self.end + room + PADDING {
            memory::resize(&mut self.bytes, self.end + room + PADDING, 0)?;
        }
        let count = read(&mut self.bytes[self.end..self.end + room]);
        self.end += *count.as_ref().unwrap_or(&0);
        self.is_last |= matches!(count, Ok(0));
        self.pad();
        count.map(drop)
    }

    /// Zeros what lies behind the bytes.
    fn pad(&mut self) {
        self.bytes[self.end..self.end + PADDING].fill(0);
    }
}

/// Eight bytes as a little-endian number; 0 behind the zeros, where only damaged data leads.
#[inline]
pub(super) fn word(bytes: &[u8], position: usize) -> u64 {
    let eight = bytes.get(position..).and_then(|rest| rest.first_chunk());
    eight.map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// A place within compressed data, to the bit.
///
/// Bits of `buffer` above the lowest `count` are those that follow, or 0: refilling sets them again.
#[derive(Clone, Copy, Default)]
pub(super) struct Bits {
    /// Bits that have been taken from the bytes and not been used, lowest first.
    pub(super) buffer: u64,
    /// How many of them count, in the lowest six bits.
    pub(super) count: u32,
    /// The next byte.
    pub(super) position: usize,
}

impl Bits {
    /// The place of bit `bit` of the data.
    pub(super) fn at(bytes: &[u8], bit: usize) -> Bits {
        let mut bits = Bits { position: bit / 8, ..Bits::default() };
        bits.refill(bytes);
        bits.take((bit % 8) as u32);
        bits
    }

    /// Makes at least 56 bits available.
    #[inline]
    pub(super) fn refill(&mut self, bytes: &[u8]) {
        self.buffer |= word(bytes, self.position) << (self.count & 63);
        self.position += ((!self.count & 63) >> 3) as usize;
        self.count |= 0b11_1000;
    }

    /// Takes the lowest `count` bits, fewer than 32, which must be available.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let taken = self.buffer & ((1 << count) - 1);
        self.buffer >>= count;
        self.count -= count;
        taken as u32
    }

    /// The same place, with a `count` that is nothing but that.
    pub(super) fn settled(self) -> Bits {
        Bits { count: self.count & 63, ..self }
    }

    /// The number of the next bit within the data.
    pub(super) fn bit(&self) -> usize {
        self.position * 8 - self.count as usize
    }

    /// Whether bits were taken that are not there.
    pub(super) fn is_beyond(&self, end: usize) -> bool {
        self.bit() > end * 8
    }

    /// Goes on at the next whole byte.
    pub(super) fn align(&mut self) {
        *self = Bits { buffer: 0, count: 0, position: self.bit().div_ceil(8) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_lowest_first_and_zeros_behind_the_end() {
        let mut data = Compressed::new();
        let read = |room: &mut [u8]| {
            room[..2].copy_from_slice(&[0b1010_0110, 0b1]);
            Ok::<_, OutOfMemory>(2)
        };
        data.add(10, read).unwrap();
        let mut bits = Bits::at(data.padded(), 1);
        assert_eq!((bits.take(2), bits.take(5), bits.take(2)), (0b11, 0b10100, 0b01));
        assert_eq!((bits.bit(), bits.is_beyond(2)), (10, false));
        bits.align();
        assert_eq!(bits.bit(), 16);
        bits.refill(data.padded());
        assert_eq!((bits.take(3), bits.is_beyond(data.len())), (0, true));
    }

    #[test]
    fn forgotten_bytes_leave_zeros() {
        let mut data = Compressed::new();
        let read = |room: &mut [u8]| {
            room.fill(7);
            Ok::<_, OutOfMemory>(room.len())
        };
        data.add(3, read).unwrap();
        data.forget(2);
        assert_eq!((data.len(), word(data.padded(), 0), data.is_last), (1, 7, false));
        data.add(3, |_| Ok::<_, OutOfMemory>(0)).unwrap();
        assert!(data.is_last);
    }
}
