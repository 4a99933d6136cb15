//! Which voxels of a heatmap are decoded: a bit for each of them.
//!
//! A mask of 512³ voxels is 16 MB as bits and 128 MB as bytes, and it is looked at for every voxel of every
//! channel. So it is kept as bits, in the order of memory of the heatmaps if possible: then 64 voxels are
//! looked at together, and a run of masked voxels is filled at once.
//!
//! Masked voxels are replaced by a value before the kernel sees them. So no method has to know about masks,
//! and every method treats a masked voxel as it treats one that the file itself masks.

use crate::geometry::{Block, Hwd, indices};
use crate::heatmap::MemoryAxes;
use crate::memory::{self, OutOfMemory};
use std::sync::Arc;

/// The voxels that are decoded of the heatmaps of one input.
#[derive(Clone, Debug)]
pub struct Coverage {
    bits: Arc<Vec<u64>>,
    /// Bits along c, h, w, d.
    strides: [usize; 4],
}

impl Coverage {
    /// From a bit for each voxel. `strides` say how far apart, in bits, neighbours along c, h, w and d are; a
    /// stride of 0 along c gives all channels the same mask. Bits beyond the end are 0.
    #[must_use]
    pub(crate) fn new(bits: Arc<Vec<u64>>, strides: [usize; 4]) -> Coverage {
        Coverage { bits, strides }
    }

    /// The voxels for which `is_kept` of (h, w, d) is true, the same for all channels of heatmaps with memory
    /// `axes`.
    #[must_use]
    pub fn of(axes: &MemoryAxes, is_kept: impl Fn(Hwd<usize>) -> bool) -> Coverage {
        let [planes, rows, columns] = axes.lengths;
        let mut bits = vec![0_u64; (planes * rows * columns).div_ceil(64)];
        for (i, memory) in indices(axes.lengths).enumerate() {
            bits[i / 64] |= u64::from(is_kept(axes.to_logical(memory))) << (i % 64);
        }
        let Hwd([h, w, d]) = axes.to_logical([rows * columns, columns, 1]);
        Coverage { bits: Arc::new(bits), strides: [0, h, w, d] }
    }

    /// The same mask with its bits in the order of memory of heatmaps with memory `axes`, so that
    /// [`Coverage::hide`] can look at words and not at bits. If the order was another one, this needs a
    /// second copy of the bits.
    ///
    /// # Errors
    /// If there is no memory for that copy.
    pub fn along(self, axes: &MemoryAxes, channels: usize) -> Result<Coverage, OutOfMemory> {
        let [channel, ..] = self.strides;
        let steps = axes.logical.map(|axis| self.strides[1 + axis]);
        let [planes, rows, columns] = axes.lengths;
        let voxels: usize = axes.lengths.iter().product();
        if steps[2] == 1 || columns <= 1 {
            return Ok(self);
        }
        let count = if channel == 0 { 1 } else { channels };
        let mut bits = Vec::new();
        memory::resize(&mut bits, (count * voxels).div_ceil(64), 0)?;
        let mut to = 0;
        for c in 0..count {
            for [plane, row, _] in indices([planes, rows, 1]) {
                let start = c * channel + plane * steps[0] + row * steps[1];
                for i in 0..columns {
                    bits[to / 64] |= u64::from(self.keeps(start + i * steps[2])) << (to % 64);
                    to += 1;
                }
            }
        }
        let mut strides = [if channel == 0 { 0 } else { voxels }, 0, 0, 0];
        for (axis, step) in axes.logical.into_iter().zip([rows * columns, columns, 1]) {
            strides[1 + axis] = step;
        }
        Ok(Coverage { bits: Arc::new(bits), strides })
    }

    /// Replaces the values that are not decoded by `masked`. `values` are those of `block` of a heatmap of
    /// `channel` with memory `axes`, in the order of memory.
    pub fn hide<T: Copy>(
        &self,
        values: &mut [T],
        masked: T,
        block: &Block,
        axes: &MemoryAxes,
        channel: usize,
    ) {
        let [planes, rows, columns] = block.extent;
        if columns == 0 {
            return;
        }
        let steps = axes.logical.map(|axis| self.strides[1 + axis]);
        let base = channel * self.strides[0]
            + block.start.iter().zip(steps).map(|(&i, step)| i * step).sum::<usize>();
        for ([plane, row, _], values) in indices([planes, rows, 1]).zip(values.chunks_exact_mut(columns)) {
            let at = base + plane * steps[0] + row * steps[1];
            if steps[2] == 1 {
                self.hide_run(values, masked, at);
                continue;
            }
            for (i, value) in values.iter_mut().enumerate() {
                if !self.keeps(at + i * steps[2]) {
                    *value = masked;
                }
            }
        }
    }

    /// Replaces those of `values` whose bits, one after the other from `at` on, are 0.
    fn hide_run<T: Copy>(&self, values: &mut [T], masked: T, at: usize) {
        for (i, values) in values.chunks_mut(64).enumerate() {
            // The bits of the values that are to be replaced, lowest first.
            let mut hidden = !self.word(at + 64 * i) & (u64::MAX >> (64 - values.len()));
            while hidden != 0 {
                let start = hidden.trailing_zeros();
                let length = (hidden >> start).trailing_ones();
                values[start as usize..(start + length) as usize].fill(masked);
                // Adding the lowest bit of a run carries through it.
                hidden &= hidden.wrapping_add(1 << start);
            }
        }
    }

    /// Whether the voxel of bit `at` is decoded.
    fn keeps(&self, at: usize) -> bool {
        self.bits.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    /// The 64 bits from `at` on; 0 beyond the mask.
    fn word(&self, at: usize) -> u64 {
        let bits = |i: usize| self.bits.get(i).copied().unwrap_or(0);
        let (word, from) = (at / 64, at % 64);
        let low = bits(word) >> from;
        if from == 0 { low } else { low | bits(word + 1) << (64 - from) }
    }
}
