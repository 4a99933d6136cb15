//! Reads boxes of values again: the window about a peak, or the planes that are searched for further peaks.
//!
//! The position of a window is known only once the whole heatmap has been swept, so its values are read a
//! second time. They are few, and the file is still in the page cache; keeping every heatmap in memory
//! instead would cost as much memory as the input. A stream cannot be read again: its bytes are spooled to a
//! temporary file while it is read.

use crate::geometry::{Axis, Block, indices};
use crate::kernel::HeatmapReader;
use crate::kernel::level::vectorized;
use crate::landmark::Landmark;
use crate::landmarks::Landmarks;
use crate::memory;
use crate::prepare::Prepared;
use crate::source::{ReadAt, SourceError};

/// How many bytes are read with one call at most, unless all of them are wanted. Values between the wanted
/// ones are read along with them, because a second call costs more than a few KiB.
const AT_ONCE: usize = 1 << 14;

/// Memory for boxes, used again from heatmap to heatmap.
#[derive(Default)]
pub(super) struct Windows {
    bytes: Vec<u8>,
    values: Vec<f64>,
    keys: Vec<u64>,
    /// The landmarks of the peaks of one heatmap.
    pub(super) found: Vec<Landmark>,
}

impl Windows {
    /// Moves the landmarks of one heatmap to those of the input, and keeps the list for the next one.
    pub(super) fn drain(
        &mut self,
        mut found: Vec<Landmark>,
        landmarks: &mut Landmarks,
    ) -> Result<(), SourceError> {
        let moved = found.iter().try_for_each(|landmark| landmarks.push(landmark));
        found.clear();
        self.found = found;
        Ok(moved?)
    }

    /// The values of some boxes of a heatmap, in memory axes, one after the other: as they are stored, in the
    /// order of memory.
    pub(super) fn read(
        &mut self,
        prepared: &Prepared,
        values: &dyn ReadAt,
        heatmap: usize,
        boxes: &[Block],
    ) -> Result<&[f64], SourceError> {
        // A box has no more voxels than the heatmap, all of whose bytes have been read.
        memory::resize(&mut self.values, boxes.iter().map(Block::len).sum(), 0.0)?;
        let mut known = 0;
        for block in boxes {
            let (element, level) = (prepared.element, prepared.kernel.sweeper.level());
            let end = known + block.len();
            let own = &mut self.values[known..end];
            gather(prepared, values, (heatmap, block), &mut self.bytes, own, |bytes, start, stride, out| {
                if stride != 1 {
                    element.gather_f64(bytes, start, stride as isize, out);
                    return;
                }
                vectorized(
                    level,
                    #[inline(always)]
                    || element.widen_f64(&bytes[start * element.size()..], out),
                );
            })?;
            // NaN and not -inf: a negative slope would make that the highest value.
            prepared.hide(&mut self.values[known..end], f64::NAN, block, heatmap);
            known = end;
        }
        Ok(&self.values)
    }

    /// As [`Windows::read`] for one box of 64-bit integers, which f64 does not hold exactly; with each value
    /// comes a number that orders them exactly.
    pub(super) fn read_exactly(
        &mut self,
        prepared: &Prepared,
        values: &dyn ReadAt,
        heatmap: usize,
        block: &Block,
    ) -> Result<(&[f64], &[u64]), SourceError> {
        self.read(prepared, values, heatmap, std::slice::from_ref(block))?;
        memory::resize(&mut self.keys, block.len(), 0)?;
        let element = prepared.element;
        let place = (heatmap, block);
        gather(prepared, values, place, &mut self.bytes, &mut self.keys, |bytes, start, stride, out| {
            for (i, key) in out.iter_mut().enumerate() {
                *key = element.order_key(bytes, start + i * stride);
            }
        })?;
        Ok((&self.values, &self.keys))
    }
}

/// One heatmap in a file, read again for its peaks.
pub(super) struct StoredHeatmap<'a> {
    pub(super) windows: &'a mut Windows,
    pub(super) prepared: &'a Prepared,
    pub(super) values: &'a dyn ReadAt,
    pub(super) heatmap: usize,
}

impl HeatmapReader for StoredHeatmap<'_> {
    type Error = SourceError;

    fn is_exact(&self) -> bool {
        !self.prepared.element.is_beyond_f64()
    }

    fn values(&mut self, block: &Block) -> Result<&[f64], SourceError> {
        self.windows.read(self.prepared, self.values, self.heatmap, std::slice::from_ref(block))
    }

    fn keys(&mut self, block: &Block) -> Result<(&[f64], &[u64]), SourceError> {
        self.windows.read_exactly(self.prepared, self.values, self.heatmap, block)
    }
}

/// Reads the elements of a box of a heatmap, run by run: `decode` gets the bytes, the first element and the
/// stride of each run, and the place for what it makes of it.
fn gather<T>(
    prepared: &Prepared,
    values: &dyn ReadAt,
    (heatmap, block): (usize, &Block),
    bytes: &mut Vec<u8>,
    out: &mut [T],
    decode: impl Fn(&[u8], usize, usize, &mut [T]),
) -> Result<(), SourceError> {
    let (arrangement, element) = (&prepared.arrangement, prepared.element);
    let strides = prepared.regions.axes().strides.map(isize::unsigned_abs);
    let channels = arrangement.length(Axis::C).max(1);
    let outer = [heatmap / channels, heatmap % channels];
    let base: usize = outer.iter().zip(arrangement.strides).map(|(&i, step)| i * step.unsigned_abs()).sum();
    let base = base + offset(block.start, strides);
    // The inner axes that are read at once, and how many elements they span.
    let span =
        |from: usize| 1 + (from..3).map(|axis| (block.extent[axis] - 1) * strides[axis]).sum::<usize>();
    let is_dense = |from: usize| span(from) == block.extent[from..].iter().product::<usize>();
    let inner = (0..3).find(|&from| is_dense(from) || span(from) <= AT_ONCE / element.size()).unwrap_or(3);
    memory::resize(bytes, span(inner) * element.size(), 0)?;
    let counts: [usize; 3] = std::array::from_fn(|axis| if axis < inner { block.extent[axis] } else { 1 });
    let pieces = out.chunks_exact_mut(block.len() / counts.iter().product::<usize>());
    for (place, piece) in indices(counts).zip(pieces) {
        let start = (base + offset(place, strides)) as u64 * element.size() as u64;
        values.read_exact_at(start, bytes)?;
        let rows: [usize; 3] = std::array::from_fn(|axis| if axis < inner { 1 } else { block.extent[axis] });
        let along = rows[2];
        for (row, out) in indices([rows[0], rows[1], 1]).zip(piece.chunks_exact_mut(along)) {
            decode(bytes, offset(row, strides), strides[2], out);
        }
    }
    Ok(())
}

/// How many elements lie between the first voxel and the one at `place`.
fn offset(place: [usize; 3], strides: [usize; 3]) -> usize {
    place.iter().zip(strides).map(|(i, stride)| i * stride).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Hwd, MemoryOrder};
    use crate::kernel::Settings;
    use crate::landmark::InputRecord;
    use crate::pipeline::tests::prepared;
    use crate::source::{Element, Kind};

    /// Two bytes for each element: its index.
    struct Counting;

    impl ReadAt for Counting {
        fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
            for (i, byte) in buffer.iter_mut().enumerate() {
                let at = offset as usize + i;
                *byte = ((at / 2) as u16).to_be_bytes()[at % 2];
            }
            Ok(())
        }
    }

    fn check(shape: &[u64], order: MemoryOrder, layout: &str) {
        let element = Element { kind: Kind::U16, big_endian: true };
        let prepared =
            prepared((shape, order, layout), element, Settings::default(), &mut InputRecord::default());
        let lengths = prepared.regions.axes().lengths;
        let channels = prepared.arrangement.length(Axis::C);
        let mut windows = Windows::default();
        for heatmap in 0..prepared.arrangement.length(Axis::N) * channels {
            let start = lengths.map(|n| n / 3);
            let extent = std::array::from_fn(|axis| (lengths[axis] - start[axis]).min(9));
            let block = Block { start, extent };
            let found = windows.read(&prepared, &Counting, heatmap, &[block]).unwrap();
            for (place, &value) in indices(extent).zip(found) {
                let memory = std::array::from_fn(|axis| start[axis] + place[axis]);
                let Hwd([h, w, d]) = prepared.regions.axes().to_logical(memory);
                let index = [heatmap / channels, heatmap % channels, h, w, d];
                let at = index.iter().zip(prepared.arrangement.strides).map(|(&i, step)| i as isize * step);
                assert_eq!(value, at.sum::<isize>() as f64, "{layout} {order:?} {shape:?}");
            }
            assert_eq!(found.len(), block.len());
        }
    }

    #[test]
    fn every_layout_gives_the_wanted_voxels() {
        for order in [MemoryOrder::C, MemoryOrder::Fortran] {
            check(&[2, 3, 4, 5, 6], order, "NCHWD");
            check(&[4, 5, 6, 3], order, "HWDC");
            check(&[3, 5, 6, 2, 7], order, "CWDNH");
            check(&[3, 70, 80], order, "CHW");
            // So far apart that rows, or single values, are read one by one.
            check(&[40, 30, 50], order, "HWD");
            check(&[3, 2, 9000], order, "HWC");
            check(&[1, 1, 1], order, "HWD");
        }
    }
}
