//! The sweep of blocks of heatmaps in memory: where they lie without gaps, and where they do not.

use super::maps::within;
use crate::coverage::Coverage;
use crate::geometry::Block;
use crate::heatmap::MemoryAxes;
use crate::kernel::{Hints, Kernel, Record, Reference, Scratch};
use ndarray::ArrayViewD;

/// Which of the kernel's sweeps is for an element type.
pub trait Sweep: Sized {
    /// Whether it is swept in f64.
    const IS_WIDE: bool;
    /// A voxel that is left out: −inf.
    const MASKED: Self;

    /// Sweeps one block.
    fn sweep(
        kernel: &Kernel,
        block: &Block,
        values: &[Self],
        hints: Hints<'_, Self>,
        scratch: &mut Scratch,
    ) -> Record;
}

impl Sweep for f32 {
    const IS_WIDE: bool = false;
    const MASKED: f32 = f32::NEG_INFINITY;

    fn sweep(
        kernel: &Kernel,
        block: &Block,
        values: &[f32],
        hints: Hints<'_, f32>,
        scratch: &mut Scratch,
    ) -> Record {
        kernel.sweeper.sweep(block, values, hints, scratch)
    }
}

impl Sweep for f64 {
    const IS_WIDE: bool = true;
    const MASKED: f64 = f64::NEG_INFINITY;

    fn sweep(
        kernel: &Kernel,
        block: &Block,
        values: &[f64],
        hints: Hints<'_, f64>,
        scratch: &mut Scratch,
    ) -> Record {
        kernel.sweeper.sweep(block, values, hints, scratch)
    }
}

/// Memory that a thread reuses.
pub(super) struct Work<T> {
    values: Vec<T>,
    /// The values about a peak.
    pub(super) window: Vec<f64>,
    scratch: Scratch,
    /// The part that was swept last, its heatmap, and the highest reference in that heatmap so far.
    last: (usize, usize),
    highest: Option<Reference>,
}

impl<T> Default for Work<T> {
    fn default() -> Self {
        Work {
            values: Vec::new(),
            window: Vec::new(),
            scratch: Scratch::default(),
            last: (0, 0),
            highest: None,
        }
    }
}

impl<T: Sweep + Copy> Work<T> {
    /// Begins a part. What is known of a heatmap holds for its later parts, and for no other.
    pub(super) fn begin(&mut self, index: usize, heatmap: usize) {
        if heatmap != self.last.1 || index <= self.last.0 {
            self.highest = None;
        }
        self.last = (index, heatmap);
    }

    /// Sweeps some blocks of a heatmap that begins where `values` do, and lies there without gaps; hands each
    /// record to `take`.
    pub(super) fn dense(
        &mut self,
        kernel: &Kernel,
        blocks: &[Block],
        values: &[T],
        axes: &MemoryAxes,
        take: &mut dyn FnMut(Record),
    ) {
        let [_, rows, columns] = axes.lengths;
        for block in blocks {
            let start = (block.start[0] * rows + block.start[1]) * columns + block.start[2];
            let (values, ahead) = values[start..].split_at(block.len());
            let hints = Hints { ahead, highest: self.highest };
            let record = T::sweep(kernel, block, values, hints, &mut self.scratch);
            self.highest = kernel.sweeper.highest(self.highest, &record);
            take(record);
        }
    }

    /// Sweeps some blocks of a heatmap whose axes are in the order of memory.
    pub(super) fn part(
        &mut self,
        kernel: &Kernel,
        blocks: &[Block],
        heatmap: &ArrayViewD<'_, T>,
        axes: &MemoryAxes,
        take: &mut dyn FnMut(Record),
    ) {
        match heatmap.as_slice() {
            Some(values) => self.dense(kernel, blocks, values, axes, take),
            None => blocks.iter().for_each(|block| take(self.gathered(kernel, block, heatmap))),
        }
    }

    /// Sweeps some blocks of a heatmap, without the voxels that a mask leaves out.
    pub(super) fn masked(
        &mut self,
        kernel: &Kernel,
        blocks: &[Block],
        heatmap: &ArrayViewD<'_, T>,
        (axes, mask): (&MemoryAxes, &Coverage),
        take: &mut dyn FnMut(Record),
    ) {
        for block in blocks {
            self.values.clear();
            self.values.extend(within(heatmap, block).iter());
            mask.hide(&mut self.values, T::MASKED, block, axes, 0);
            take(T::sweep(kernel, block, &self.values, Hints::default(), &mut self.scratch));
        }
    }

    /// Sweeps one block of a heatmap that has gaps.
    fn gathered(&mut self, kernel: &Kernel, block: &Block, heatmap: &ArrayViewD<'_, T>) -> Record {
        self.values.clear();
        self.values.extend(within(heatmap, block).iter());
        T::sweep(kernel, block, &self.values, Hints::default(), &mut self.scratch)
    }
}
