//! Values of an array some of whose axes are turned round: what a network predicted for a flipped image, as
//! it lies in the image that was not.
//!
//! Turning an array round moves no byte of its file. Whoever reads a range of the turned array gets the bytes
//! that belong there, and so needs to know nothing of it. A range of a turned axis is again a range, read
//! from its other end: it is read with a few calls and put in order in memory, whichever axes are turned.
//!
//! A stream comes in one order. Its values are turned piece by piece, each as long as it takes until the
//! outermost turned axis begins anew; if that is more than [`AT_ONCE`], the stream is first copied to a
//! temporary file.

use super::error::SourceError;
use super::notice::Notice;
use super::spool::Spool;
use super::values::{Ahead, ReadAt, ReadValues, Values};
use crate::geometry::{Arrangement, Axis, Hwd};
use crate::memory;
use std::sync::Arc;

/// Up to so many bytes of a stream are turned in memory: a heatmap of 128³ in f32.
const AT_ONCE: u64 = 8 << 20;

/// How many bytes of a stream are copied at once.
const PIECE: usize = 1 << 16;

/// Which axes of a dense array are turned round, by how they lie in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The turned axes, outermost first.
    axes: Vec<Turned>,
    /// Bytes of an element.
    size: usize,
    /// Bytes of all values.
    length: u64,
}

/// One axis that is turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turned {
    /// Its length.
    length: u64,
    /// Bytes of a step along it.
    step: u64,
}

impl Turned {
    /// Bytes until it begins anew.
    fn period(self) -> u64 {
        self.length * self.step
    }
}

/// Reads a range of the file: its first byte, and the place for it.
type Read<'a> = &'a mut dyn FnMut(u64, &mut [u8]) -> Result<(), SourceError>;

impl Mirror {
    /// An array with elements of `size` bytes whose axes `turned` are turned round; `None` if that leaves it
    /// as it is: no axis is turned, none that is has more than one voxel, or there is no value at all.
    #[must_use]
    pub fn new(arrangement: &Arrangement, turned: Hwd<bool>, size: usize) -> Option<Mirror> {
        let spatial = [Axis::H, Axis::W, Axis::D].into_iter().zip(turned.0);
        let turned = spatial.filter(|&(axis, is_turned)| is_turned && arrangement.length(axis) > 1);
        let mut axes: Vec<Turned> = turned
            .map(|(axis, _)| Turned {
                length: arrangement.length(axis) as u64,
                step: (arrangement.strides[axis.index()].unsigned_abs() * size) as u64,
            })
            .collect();
        axes.sort_by_key(|axis| std::cmp::Reverse(axis.step));
        let length = arrangement.lengths.iter().map(|&n| n as u64).product::<u64>() * size as u64;
        (!axes.is_empty() && length > 0).then_some(Mirror { axes, size, length })
    }

    /// The values of the array once it is turned, and what was suspicious about a stream that had to be read
    /// to its end for that.
    ///
    /// # Errors
    /// [`SourceError`] if a stream has to be copied, and cannot be read or kept.
    pub fn turn(self, values: Values) -> Result<(Values, Vec<Notice>), SourceError> {
        let period = self.axes.first().map_or(0, |axis| axis.period());
        match values {
            Values::Random(values) => {
                Ok((Values::Random(Box::new(MirroredFile { values, mirror: self })), Vec::new()))
            }
            Values::Stream(values) if period <= AT_ONCE => {
                let stream = MirroredStream { values, mirror: self, left: 0, piece: Vec::new(), taken: 0 };
                Ok((Values::Stream(Box::new(stream)), Vec::new()))
            }
            Values::Stream(values) => {
                let mut spool = Spool::new()?;
                let notices =
                    Values::Stream(values).read_all(self.length, PIECE, |bytes| spool.add(bytes))?;
                let file = MirroredFile { values: Box::new(spool), mirror: self };
                Ok((Values::Random(Box::new(file)), notices))
            }
        }
    }

    /// Fills `out` with the bytes from `start` on of what begins at `base` in the file: a whole number of
    /// periods of the outermost of `axes`.
    fn fill(
        axes: &[Turned],
        (base, start): (u64, u64),
        out: &mut [u8],
        size: usize,
        read: Read<'_>,
    ) -> Result<(), SourceError> {
        let Some(outermost) = axes.first() else { return read(base + start, out) };
        let period = outermost.period();
        let head = (period - start % period) % period;
        let (head, rest) = out.split_at_mut(out.len().min(usize_of(head)));
        if !head.is_empty() {
            Mirror::within(axes, (base + start / period * period, start % period), head, size, read)?;
        }
        let start = start + head.len() as u64;
        let (whole, tail) = rest.split_at_mut(rest.len() - rest.len() % usize_of(period));
        if !whole.is_empty() {
            read(base + start, whole)?;
            reverse(axes, whole, size);
        }
        if !tail.is_empty() {
            Mirror::within(axes, (base + start + whole.len() as u64, 0), tail, size, read)?;
        }
        Ok(())
    }

    /// As [`Mirror::fill`], within one period of the outermost axis.
    fn within(
        axes: &[Turned],
        (base, start): (u64, u64),
        out: &mut [u8],
        size: usize,
        read: Read<'_>,
    ) -> Result<(), SourceError> {
        let Some((&Turned { length, step }, inner)) = axes.split_first() else { return Ok(()) };
        // Where the step of a number along the axis lies in the file.
        let place = |index: u64| base + (length - 1 - index) * step;
        let head = (step - start % step) % step;
        let (head, rest) = out.split_at_mut(out.len().min(usize_of(head)));
        if !head.is_empty() {
            Mirror::fill(inner, (place(start / step), start % step), head, size, read)?;
        }
        let first = (start + head.len() as u64) / step;
        let (whole, tail) = rest.split_at_mut(rest.len() - rest.len() % usize_of(step));
        let count = whole.len() as u64 / step;
        if count > 0 {
            read(place(first + count - 1), whole)?;
            reverse_steps(whole, usize_of(step));
            reverse(inner, whole, size);
        }
        if !tail.is_empty() {
            Mirror::fill(inner, (place(first + count), 0), tail, size, read)?;
        }
        Ok(())
    }
}

/// A length that a buffer in memory has, or is compared with: one that does not fit is longer than all.
fn usize_of(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Turns whole periods of every axis round.
fn reverse(axes: &[Turned], bytes: &mut [u8], size: usize) {
    for axis in axes {
        let (period, step) = (usize_of(axis.period()), usize_of(axis.step));
        bytes.chunks_exact_mut(period.max(size)).for_each(|period| reverse_steps(period, step));
    }
}

/// Reverses the order of steps of `step` bytes, and leaves each as it is.
fn reverse_steps(bytes: &mut [u8], step: usize) {
    match step {
        1 => bytes.reverse(),
        2 => bytes.as_chunks_mut::<2>().0.reverse(),
        4 => bytes.as_chunks_mut::<4>().0.reverse(),
        8 => bytes.as_chunks_mut::<8>().0.reverse(),
        _ => {
            let count = bytes.len() / step;
            let (first, second) = bytes.split_at_mut(count.div_ceil(2) * step);
            let last = second.chunks_exact_mut(step).rev();
            first.chunks_exact_mut(step).zip(last).for_each(|(a, b)| a.swap_with_slice(b));
        }
    }
}

/// A file whose array is turned round. Offsets and lengths are whole elements.
struct MirroredFile {
    values: Box<dyn ReadAt>,
    mirror: Mirror,
}

impl ReadAt for MirroredFile {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let Mirror { axes, size, length } = &self.mirror;
        let wanted = offset.saturating_add(buffer.len() as u64);
        if wanted > *length {
            return Err(SourceError::Truncated { expected: wanted, found: *length });
        }
        let mut read = |offset: u64, bytes: &mut [u8]| self.values.read_exact_at(offset, bytes);
        Mirror::fill(axes, (0, offset), buffer, *size, &mut read)
    }
}

/// A stream whose array is turned round, one period of its outermost turned axis after the other.
struct MirroredStream {
    values: Box<dyn ReadValues>,
    mirror: Mirror,
    /// The period that is being handed out, turned.
    piece: Vec<u8>,
    /// How many bytes of it are left.
    left: usize,
    /// How many bytes of values have been read.
    taken: u64,
}

impl MirroredStream {
    fn next_piece(&mut self) -> Result<(), SourceError> {
        let Mirror { axes, size, length } = &self.mirror;
        let period = axes.first().map_or(0, |axis| axis.period());
        if self.taken.saturating_add(period) > *length || period == 0 {
            let expected = self.taken.saturating_add(period);
            return Err(SourceError::Truncated { expected, found: *length });
        }
        memory::resize(&mut self.piece, usize_of(period), 0)?;
        self.values.read_exact(&mut self.piece)?;
        reverse(axes, &mut self.piece, *size);
        self.taken += period;
        self.left = self.piece.len();
        Ok(())
    }
}

impl ReadValues for MirroredStream {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError> {
        let mut filled = 0;
        while filled < buffer.len() {
            if self.left == 0 {
                self.next_piece()?;
            }
            let out = &mut buffer[filled..];
            let from = &self.piece[self.piece.len() - self.left..];
            let count = from.len().min(out.len());
            out[..count].copy_from_slice(&from[..count]);
            (filled, self.left) = (filled + count, self.left - count);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Notice>, SourceError> {
        self.values.finish()
    }

    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        self.values.ahead()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Layout, MemoryOrder, indices};

    /// Bytes in memory, of which at most so many may be read.
    struct Bytes(Vec<u8>, usize);

    impl ReadAt for Bytes {
        fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
            assert!(buffer.len() <= self.1, "{} bytes for a range of {}", buffer.len(), self.1);
            buffer.copy_from_slice(&self.0[offset as usize..][..buffer.len()]);
            Ok(())
        }
    }

    impl ReadValues for Bytes {
        fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError> {
            let found = self.0.len() - self.1;
            if buffer.len() > found {
                return Err(SourceError::Truncated { expected: buffer.len() as u64, found: found as u64 });
            }
            buffer.copy_from_slice(&self.0[self.1..][..buffer.len()]);
            self.1 += buffer.len();
            Ok(())
        }

        fn finish(&mut self) -> Result<Vec<Notice>, SourceError> {
            assert_eq!(self.1, self.0.len());
            Ok(Vec::new())
        }
    }

    fn arrangement(dims: &[u64], order: MemoryOrder, layout: &str) -> Arrangement {
        let layout: Layout = layout.parse().unwrap();
        Arrangement::new(dims, order, &layout).unwrap()
    }

    /// The values of an array whose elements are numbered in memory order, and those of the turned one, by
    /// the addresses of both.
    fn expected(arrangement: &Arrangement, turned: Hwd<bool>, size: usize) -> [Vec<u8>; 2] {
        let lengths = arrangement.lengths;
        let count: usize = lengths.iter().product();
        let element = |index: usize| (index as u64 + 7).wrapping_mul(0x0123_4567_89ab_cdef).to_le_bytes();
        let stored = (0..count).flat_map(|index| element(index)[..size].to_vec()).collect();
        let mut out = vec![0; count * size];
        let [n, c, h, w, d] = lengths;
        let address = |place: [usize; 5]| -> usize {
            place.iter().zip(arrangement.strides).map(|(&i, step)| i * step.unsigned_abs()).sum()
        };
        for [heatmap, within, row] in indices([n * c, h, w * d]) {
            let place = [heatmap / c, heatmap % c, within, row / d, row % d];
            let mut from = place;
            for axis in 0..3 {
                if turned.0[axis] {
                    from[axis + 2] = lengths[axis + 2] - 1 - place[axis + 2];
                }
            }
            out[address(place) * size..][..size].copy_from_slice(&element(address(from))[..size]);
        }
        [stored, out]
    }

    fn every_choice() -> impl Iterator<Item = Hwd<bool>> {
        (1..8).map(|bits| Hwd([bits & 1 != 0, bits & 2 != 0, bits & 4 != 0]))
    }

    fn every_array() -> Vec<(Arrangement, usize)> {
        let mut all = Vec::new();
        for order in [MemoryOrder::C, MemoryOrder::Fortran] {
            for (dims, layout, size) in [
                (&[2, 3, 4, 5, 6][..], "NCHWD", 4),
                (&[4, 3, 5], "HWD", 1),
                (&[3, 4, 5, 2], "HWDC", 2),
                (&[5, 2, 3, 4], "WCDH", 8),
                (&[1, 7, 1], "HWD", 4),
                (&[6], "W", 2),
            ] {
                all.push((arrangement(dims, order, layout), size));
            }
        }
        all
    }

    #[test]
    fn every_range_of_a_turned_file_is_the_array_turned() {
        for (arrangement, size) in every_array() {
            for turned in every_choice() {
                let [stored, expected] = expected(&arrangement, turned, size);
                let count = expected.len() / size;
                let Some(mirror) = Mirror::new(&arrangement, turned, size) else {
                    assert_eq!(stored, expected);
                    continue;
                };
                for start in 0..count {
                    for end in [start, start + 1, usize::midpoint(start, count), count - start / 3, count] {
                        let end = end.clamp(start, count);
                        let values = Values::Random(Box::new(Bytes(stored.clone(), (end - start) * size)));
                        let Ok((Values::Random(values), _)) = mirror.clone().turn(values) else { panic!() };
                        let mut found = vec![0; (end - start) * size];
                        values.read_exact_at((start * size) as u64, &mut found).unwrap();
                        assert_eq!(found, expected[start * size..end * size], "{turned:?} {start}..{end}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_turned_stream_gives_the_same_bytes_in_pieces_of_any_size() {
        for (arrangement, size) in every_array() {
            for turned in every_choice() {
                let [stored, expected] = expected(&arrangement, turned, size);
                let Some(mirror) = Mirror::new(&arrangement, turned, size) else { continue };
                for piece in [size, 3 * size, expected.len()] {
                    let values = Values::Stream(Box::new(Bytes(stored.clone(), 0)));
                    let (values, _) = mirror.clone().turn(values).unwrap();
                    assert!(matches!(values, Values::Stream(_)));
                    let mut found = Vec::new();
                    let length = expected.len() as u64;
                    let read = values.read_all(length, piece, |bytes| {
                        found.extend_from_slice(bytes);
                        Ok::<(), SourceError>(())
                    });
                    assert!(read.unwrap().is_empty());
                    assert_eq!(found, expected, "{turned:?} {piece}");
                }
            }
        }
    }

    #[test]
    fn a_stream_that_is_too_long_to_turn_in_memory_is_copied() {
        let arrangement = arrangement(&[3, 1 << 19], MemoryOrder::C, "HW");
        let turned = Hwd([true, false, false]);
        let [stored, expected] = expected(&arrangement, turned, 8);
        let mirror = Mirror::new(&arrangement, turned, 8).unwrap();
        let values = Values::Stream(Box::new(Bytes(stored, 0)));
        let Ok((Values::Random(values), _)) = mirror.turn(values) else { panic!() };
        let mut found = vec![0; expected.len()];
        values.read_exact_at(0, &mut found).unwrap();
        assert!(found == expected);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let arrangement = arrangement(&[2, 3], MemoryOrder::C, "HW");
        let mirror = Mirror::new(&arrangement, Hwd([true, false, false]), 1).unwrap();
        let values = Values::Random(Box::new(Bytes(vec![1, 2, 3, 4, 5, 6], 6)));
        let Ok((Values::Random(values), _)) = mirror.clone().turn(values) else { panic!() };
        let truncated = |found| matches!(found, Err(SourceError::Truncated { expected: 7, found: 6 }));
        assert!(truncated(values.read_exact_at(4, &mut [0; 3])));
        let (values, _) = mirror.turn(Values::Stream(Box::new(Bytes(vec![1, 2, 3, 4, 5], 0)))).unwrap();
        let Values::Stream(mut values) = values else { panic!() };
        assert!(matches!(values.read_exact(&mut [0]), Err(SourceError::Truncated { found: 5, .. })));
    }

    #[test]
    fn nothing_to_turn() {
        let flat = arrangement(&[1, 5], MemoryOrder::C, "HW");
        assert_eq!(Mirror::new(&flat, Hwd([true, false, true]), 4), None);
        assert_eq!(Mirror::new(&flat, Hwd::default(), 4), None);
        let empty = arrangement(&[0, 5, 2], MemoryOrder::C, "CHW");
        assert_eq!(Mirror::new(&empty, Hwd([true; 3]), 4), None);
    }
}
