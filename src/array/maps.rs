//! Heatmaps in memory: how they lie there, and the answers of all of them on all threads.

use super::sweep::Work;
use super::{ArrayError, Decodable};
use crate::coverage::Coverage;
use crate::geometry::{Arrangement, Axis, Block, Cut, Layout, LayoutError};
use crate::heatmap::{MemoryAxes, Scaling};
use crate::kernel::{Kernel, Record, Settings};
use crate::landmark::Landmark;
use crate::pipeline;
use ndarray::{ArrayView, ArrayView3, ArrayViewD, Axis as Dimension, Slice};

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
        if let Some(mask) = mask.filter(|mask| mask.shape() != arrangement.spatial()) {
            let (h, w, d) = mask.dim();
            return Err(ArrayError::Mask { expected: arrangement.spatial(), found: [h, w, d] });
        }
        let mask = mask.map(|mask| Coverage::of(&axes, |voxel| mask[voxel]));
        Ok(Maps { heatmaps, layout, arrangement, axes, cut, kernel, mask })
    }

    fn channels(&self) -> usize {
        self.arrangement.length(Axis::C)
    }

    fn place(&self, heatmap: usize) -> [usize; 2] {
        [heatmap / self.channels(), heatmap % self.channels()]
    }

    /// A heatmap with its axes in the order of memory.
    fn view(&self, heatmap: usize) -> ArrayViewD<'a, T> {
        let [n, c] = self.place(heatmap);
        view_of(self.heatmaps, self.layout, &self.axes, n, c)
    }

    /// Adds the values of a box to `values`, NaN where they are masked.
    pub(super) fn look(&self, heatmap: usize, block: &Block, values: &mut Vec<f64>) {
        let known = values.len();
        values.extend(within(&self.view(heatmap), block).iter().map(|&value| -> f64 { value.into() }));
        if let Some(mask) = &self.mask {
            mask.hide(&mut values[known..], f64::NAN, block, &self.axes, 0);
        }
    }

    /// The landmark of a heatmap.
    pub(super) fn answer(&self, values: &mut Vec<f64>, heatmap: usize, record: &Record) -> Landmark {
        let [n, c] = self.place(heatmap);
        values.clear();
        for block in &self.kernel.locator.boxes(record) {
            self.look(heatmap, block, values);
        }
        self.kernel.locator.landmark(n, c, record, values)
    }

    /// What `answer` makes of each heatmap's record, in order; the vector it is given is for its use.
    pub(super) fn each<R: Send>(
        &self,
        answer: impl Fn(&mut Vec<f64>, usize, &Record) -> R + Sync + Send,
    ) -> Vec<R> {
        let (kernel, axes) = (&self.kernel, &self.axes);
        let heatmaps = self.arrangement.length(Axis::N) * self.channels();
        let blocks: Vec<Block> = self.cut.blocks().collect();
        // The whole array as it lies in memory, where each heatmap is one piece of it.
        let is_forward = self.arrangement.strides.iter().all(|&step| step >= 0);
        let dense = self.heatmaps.as_slice_memory_order().filter(|_| is_forward && axes.is_contiguous());
        let sweep = |work: &mut Work<T>, heatmap: usize, part: &[Block], take: &mut dyn FnMut(Record)| {
            let steps = self.place(heatmap).into_iter().zip(self.arrangement.strides);
            match (dense, &self.mask) {
                (_, Some(mask)) => work.masked(kernel, part, &self.view(heatmap), (axes, mask), take),
                (Some(all), None) => {
                    let start = steps.map(|(i, step)| i * step.unsigned_abs()).sum();
                    work.dense(kernel, part, all.get(start..).unwrap_or_default(), axes, take);
                }
                (None, None) => work.part(kernel, part, &self.view(heatmap), axes, take),
            }
        };
        let parts = blocks.len().div_ceil(PART);
        if parts <= 1 || heatmaps >= WHOLE * pipeline::threads() {
            let whole = |work: &mut Work<T>, heatmap| {
                work.begin(0, heatmap);
                let mut record = Record::default();
                sweep(work, heatmap, &blocks, &mut |next| kernel.sweeper.merge(&mut record, &next));
                answer(&mut work.window, heatmap, &record)
            };
            return pipeline::map(heatmaps, Work::default, whole);
        }
        let records = pipeline::map(heatmaps * parts, Work::default, |work, index| {
            let (heatmap, part) = (index / parts, index % parts);
            work.begin(index, heatmap);
            let part = &blocks[part * PART..blocks.len().min((part + 1) * PART)];
            let mut records = Vec::with_capacity(part.len());
            sweep(work, heatmap, part, &mut |record| records.push(record));
            records
        });
        pipeline::map(heatmaps, Vec::new, |values, heatmap| {
            let mut record = Record::default();
            let parts = &records[heatmap * parts..][..parts];
            parts.iter().flatten().for_each(|next| kernel.sweeper.merge(&mut record, next));
            answer(values, heatmap, &record)
        })
    }
}

/// Blocks that one thread sweeps in a row: what is worth a hand-over.
const PART: usize = 16;

/// Heatmaps for each thread from which on a thread takes whole ones: the records of their blocks need not be kept
/// then, whose memory costs more than the merging.
const WHOLE: usize = 8;

fn arrange<T, D: ndarray::Dimension>(
    heatmaps: &ArrayView<'_, T, D>,
    layout: &Layout,
) -> Result<Arrangement, LayoutError> {
    if heatmaps.ndim() != layout.axes().len() {
        let found = heatmaps.shape().iter().map(|&n| n as u64).collect();
        return Err(LayoutError::Rank { layout: layout.to_string(), found });
    }
    let (mut lengths, mut strides) = ([1; 5], [0; 5]);
    for (position, axis) in layout.axes().iter().enumerate() {
        lengths[axis.index()] = heatmaps.shape()[position];
        strides[axis.index()] = heatmaps.strides()[position];
    }
    Ok(Arrangement { lengths, strides })
}

/// One heatmap with its axes in the order of memory, outermost first.
fn view_of<'a, T, D: ndarray::Dimension>(
    heatmaps: &ArrayView<'a, T, D>,
    layout: &Layout,
    axes: &MemoryAxes,
    n: usize,
    c: usize,
) -> ArrayViewD<'a, T> {
    let mut view = heatmaps.clone().into_dyn();
    let mut names: Vec<Axis> = layout.axes().to_vec();
    for (axis, index) in [(Axis::N, n), (Axis::C, c)] {
        if let Some(position) = names.iter().position(|&name| name == axis) {
            view.index_axis_inplace(Dimension(position), index);
            names.remove(position);
        }
    }
    for axis in [Axis::H, Axis::W, Axis::D] {
        if !names.contains(&axis) {
            view.insert_axis_inplace(Dimension(names.len()));
            names.push(axis);
        }
    }
    let order = axes.logical.map(|axis| [Axis::H, Axis::W, Axis::D][axis]);
    let order = order.map(|axis| names.iter().position(|&name| name == axis).unwrap_or_default());
    view.permuted_axes(order.to_vec())
}

/// A block of a heatmap whose axes are in the order of memory.
pub(super) fn within<'a, T>(heatmap: &'a ArrayViewD<'_, T>, block: &Block) -> ArrayViewD<'a, T> {
    let mut view = heatmap.view();
    for axis in 0..3 {
        let end = block.start[axis] + block.extent[axis];
        view.slice_axis_inplace(Dimension(axis), Slice::from(block.start[axis]..end));
    }
    view
}
