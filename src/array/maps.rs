//! Heatmaps in memory, and the answers of all of them on all threads.
//!
//! Work is shared out in one of two ways. Many heatmaps: each thread decodes whole ones, and nothing waits
//! for anything. Few large ones: threads sweep parts of them, and the records of the parts are merged
//! afterwards, always in the order of memory, so that the answer is the same to the bit either way.

use super::element::Decodable;
use super::error::ArrayError;
use super::sweep::ArraySweeper;
use super::view::{arrange, view_of, within};
use crate::coverage::Coverage;
use crate::geometry::{Arrangement, Axis, Block, Cut, Hwd, Layout};
use crate::heatmap::{MemoryAxes, Scaling};
use crate::kernel::{HeatmapReader, Kernel, Record, Settings};
use crate::landmark::Landmark;
use crate::memory::OutOfMemory;
use crate::threads;
use ndarray::{ArrayView, ArrayView3, ArrayViewD};

/// Blocks that one thread sweeps in a row: enough that sharing out the work costs nothing beside them.
const PART: usize = 16;

/// With this many heatmaps for each thread, a thread decodes whole ones. It then merges records as they come:
/// keeping them until all parts are swept costs more than an uneven end of the run.
const WHOLE: usize = 8;

/// Heatmaps in memory, and how they are decoded.
pub(super) struct Maps<'a, T, D> {
    heatmaps: &'a ArrayView<'a, T, D>,
    layout: &'a Layout,
    pub(super) arrangement: Arrangement,
    axes: MemoryAxes,
    cut: Cut,
    pub(super) kernel: Kernel,
    mask: Option<Coverage>,
}

impl<'a, T: Decodable, D: ndarray::Dimension> Maps<'a, T, D> {
    pub(super) fn new(
        heatmaps: &'a ArrayView<'a, T, D>,
        layout: &'a Layout,
        settings: Settings,
        mask: Option<ArrayView3<'_, bool>>,
    ) -> Result<Self, ArrayError> {
        let arrangement = arrange(heatmaps, layout)?;
        let axes = MemoryAxes::new(&arrangement);
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let kernel = Kernel::new(settings, Scaling::default(), &axes, &cut, T::IS_WIDE)?;
        if let Some(mask) = mask.filter(|mask| mask.shape() != arrangement.spatial().0) {
            let (h, w, d) = mask.dim();
            return Err(ArrayError::Mask { expected: arrangement.spatial(), found: Hwd([h, w, d]) });
        }
        let mask = mask.map(|mask| Coverage::of(&axes, |Hwd(voxel)| mask[voxel]));
        Ok(Maps { heatmaps, layout, arrangement, axes, cut, kernel, mask })
    }

    fn channels(&self) -> usize {
        self.arrangement.length(Axis::C)
    }

    /// The sample and the channel of a heatmap.
    pub(super) fn sample_and_channel(&self, heatmap: usize) -> [usize; 2] {
        [heatmap / self.channels(), heatmap % self.channels()]
    }

    /// A heatmap with its axes in the order of memory.
    fn view(&self, heatmap: usize) -> ArrayViewD<'a, T> {
        let [n, c] = self.sample_and_channel(heatmap);
        view_of(self.heatmaps, self.layout, &self.axes, n, c)
    }

    /// Appends the values of a box to `values`, NaN for those that the mask leaves out.
    fn read_box(&self, heatmap: usize, block: &Block, values: &mut Vec<f64>) {
        let known = values.len();
        values.reserve(block.len());
        if let Some(dense) = self.dense(heatmap) {
            let [_, rows, columns] = self.axes.lengths;
            for plane in block.start[0]..block.start[0] + block.extent[0] {
                for row in block.start[1]..block.start[1] + block.extent[1] {
                    let start = (plane * rows + row) * columns + block.start[2];
                    let row = dense.get(start..start + block.extent[2]).unwrap_or_default();
                    values.extend(row.iter().map(|&value| -> f64 { value.into() }));
                }
            }
        } else {
            values.extend(within(&self.view(heatmap), block).iter().map(|&value| -> f64 { value.into() }));
        }
        if let Some(mask) = &self.mask {
            mask.hide(&mut values[known..], f64::NAN, block, &self.axes, 0);
        }
    }

    /// The landmark of a heatmap.
    pub(super) fn answer(
        &self,
        values: &mut Vec<f64>,
        heatmap: usize,
        record: &Record,
    ) -> Result<Landmark, OutOfMemory> {
        let [n, c] = self.sample_and_channel(heatmap);
        let mut reader = HeatmapInMemory { maps: self, heatmap, values };
        self.kernel.locator.answer(n, c, record, &mut reader)
    }

    /// What `answer` makes of each heatmap's record, in order. The vector that it gets is its own to use.
    pub(super) fn each<R: Send>(
        &self,
        answer: impl Fn(&mut Vec<f64>, usize, &Record) -> R + Sync + Send,
    ) -> Vec<R> {
        let heatmaps = self.arrangement.length(Axis::N) * self.channels();
        let blocks: Vec<Block> = self.cut.blocks().collect();
        if blocks.len() <= PART || heatmaps >= WHOLE * threads::count() {
            threads::map(heatmaps, ArraySweeper::default, |sweeper, heatmap| {
                sweeper.begin(0, heatmap);
                let mut record = Record::default();
                let mut merge = |next| self.kernel.sweeper.merge(&mut record, &next);
                self.sweep(sweeper, heatmap, &blocks, &mut merge);
                answer(&mut sweeper.window, heatmap, &record)
            })
        } else {
            self.each_in_parts(heatmaps, &blocks, answer)
        }
    }

    /// As [`Maps::each`], with several threads for one heatmap.
    fn each_in_parts<R: Send>(
        &self,
        heatmaps: usize,
        blocks: &[Block],
        answer: impl Fn(&mut Vec<f64>, usize, &Record) -> R + Sync + Send,
    ) -> Vec<R> {
        let parts = blocks.len().div_ceil(PART);
        let records = threads::map(heatmaps * parts, ArraySweeper::default, |sweeper, index| {
            let (heatmap, part) = (index / parts, index % parts);
            sweeper.begin(index, heatmap);
            let part = &blocks[part * PART..blocks.len().min((part + 1) * PART)];
            let mut records = Vec::with_capacity(part.len());
            self.sweep(sweeper, heatmap, part, &mut |record| records.push(record));
            records
        });
        threads::map(heatmaps, Vec::new, |values, heatmap| {
            let mut record = Record::default();
            let parts = &records[heatmap * parts..][..parts];
            parts.iter().flatten().for_each(|next| self.kernel.sweeper.merge(&mut record, next));
            answer(values, heatmap, &record)
        })
    }

    /// Sweeps some blocks of a heatmap and passes their records to `visit`.
    fn sweep(
        &self,
        sweeper: &mut ArraySweeper<T>,
        heatmap: usize,
        blocks: &[Block],
        visit: &mut dyn FnMut(Record),
    ) {
        let (kernel, axes) = (&self.kernel, &self.axes);
        match (self.dense(heatmap), &self.mask) {
            (_, Some(mask)) => sweeper.masked(kernel, blocks, &self.view(heatmap), (axes, mask), visit),
            (Some(values), None) => sweeper.dense(kernel, blocks, values, axes, visit),
            (None, None) => sweeper.part(kernel, blocks, &self.view(heatmap), axes, visit),
        }
    }

    /// The array from the first value of a heatmap on, if each heatmap is one piece of it in the order of
    /// memory.
    fn dense(&self, heatmap: usize) -> Option<&[T]> {
        let is_forward = self.arrangement.strides.iter().all(|&step| step >= 0);
        let all =
            self.heatmaps.as_slice_memory_order().filter(|_| is_forward && self.axes.is_contiguous())?;
        let steps = self.sample_and_channel(heatmap).into_iter().zip(self.arrangement.strides);
        let start: usize = steps.map(|(i, step)| i * step.unsigned_abs()).sum();
        Some(all.get(start..).unwrap_or_default())
    }
}

/// One heatmap, read again for its peaks.
pub(super) struct HeatmapInMemory<'a, 'b, T, D> {
    pub(super) maps: &'b Maps<'a, T, D>,
    pub(super) heatmap: usize,
    /// Memory for the values of a box.
    pub(super) values: &'b mut Vec<f64>,
}

impl<T: Decodable, D: ndarray::Dimension> HeatmapReader for HeatmapInMemory<'_, '_, T, D> {
    type Error = OutOfMemory;

    fn is_exact(&self) -> bool {
        true
    }

    fn values(&mut self, block: &Block) -> Result<&[f64], Self::Error> {
        self.values.clear();
        self.maps.read_box(self.heatmap, block, self.values);
        Ok(self.values)
    }

    fn keys(&mut self, block: &Block) -> Result<(&[f64], &[u64]), Self::Error> {
        Ok((self.values(block)?, &[]))
    }
}
