//! The sweep of blocks of one heatmap in memory.
//!
//! If the heatmap lies without gaps, its blocks are swept in place, and the kernel knows what comes next and
//! how high the heatmap has been. Otherwise, or under a mask, each block is first copied to a buffer of its
//! thread.

use super::element::Sweep;
use super::view::within;
use crate::coverage::Coverage;
use crate::geometry::{Block, ravel};
use crate::heatmap::MemoryAxes;
use crate::kernel::{Hints, Kernel, Record, Reference, Scratch};
use ndarray::ArrayViewD;

/// What one thread sweeps with; its memory is used again.
pub(super) struct ArraySweeper<T> {
    values: Vec<T>,
    /// The values about a peak.
    pub(super) window: Vec<f64>,
    scratch: Scratch,
    /// The number of the part that was begun last, and of its heatmap.
    last: (usize, usize),
    /// The highest reference in that heatmap so far.
    highest: Option<Reference>,
}

impl<T> Default for ArraySweeper<T> {
    fn default() -> Self {
        ArraySweeper {
            values: Vec::new(),
            window: Vec::new(),
            scratch: Scratch::default(),
            last: (0, 0),
            highest: None,
        }
    }
}

impl<T: Sweep + Copy> ArraySweeper<T> {
    /// Begins a part of a heatmap. How high a heatmap has been is of use for its later parts, and for no
    /// other.
    pub(super) fn begin(&mut self, index: usize, heatmap: usize) {
        if heatmap != self.last.1 || index <= self.last.0 {
            self.highest = None;
        }
        self.last = (index, heatmap);
    }

    /// Sweeps some blocks of a heatmap that begins where `values` do, and lies there without gaps; passes
    /// each record to `visit`.
    pub(super) fn dense(
        &mut self,
        kernel: &Kernel,
        blocks: &[Block],
        values: &[T],
        axes: &MemoryAxes,
        visit: &mut dyn FnMut(Record),
    ) {
        for block in blocks {
            let (values, ahead) = values[ravel(block.start, axes.lengths)..].split_at(block.len());
            let hints = Hints { ahead, highest: self.highest };
            let record = T::sweep(kernel, block, values, hints, &mut self.scratch);
            self.highest = kernel.sweeper.highest(self.highest, &record);
            visit(record);
        }
    }

    /// Sweeps some blocks of a heatmap whose axes are in the order of memory.
    pub(super) fn part(
        &mut self,
        kernel: &Kernel,
        blocks: &[Block],
        heatmap: &ArrayViewD<'_, T>,
        axes: &MemoryAxes,
        visit: &mut dyn FnMut(Record),
    ) {
        match heatmap.as_slice() {
            Some(values) => self.dense(kernel, blocks, values, axes, visit),
            None => blocks.iter().for_each(|block| visit(self.gathered(kernel, block, heatmap))),
        }
    }

    /// Sweeps some blocks of a heatmap, without the voxels that a mask leaves out.
    pub(super) fn masked(
        &mut self,
        kernel: &Kernel,
        blocks: &[Block],
        heatmap: &ArrayViewD<'_, T>,
        (axes, mask): (&MemoryAxes, &Coverage),
        visit: &mut dyn FnMut(Record),
    ) {
        for block in blocks {
            self.values.clear();
            self.values.extend(within(heatmap, block).iter());
            mask.hide(&mut self.values, T::MASKED, block, axes, 0);
            visit(T::sweep(kernel, block, &self.values, Hints::default(), &mut self.scratch));
        }
    }

    /// Sweeps one block of a heatmap that has gaps.
    fn gathered(&mut self, kernel: &Kernel, block: &Block, heatmap: &ArrayViewD<'_, T>) -> Record {
        self.values.clear();
        self.values.extend(within(heatmap, block).iter());
        T::sweep(kernel, block, &self.values, Hints::default(), &mut self.scratch)
    }
}
