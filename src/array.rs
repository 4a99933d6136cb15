//! The front door for Rust callers: a view of an array in, landmarks out.

use crate::geometry::{Arrangement, Axis, Block, Cut, Layout, LayoutError};
use crate::heatmap::{MemoryAxes, Scaling};
use crate::kernel::{Hints, Kernel, ReachError, Record, Reference, Scratch, Settings};
use crate::landmark::Landmark;
use crate::pipeline;
use ndarray::{ArrayView, ArrayViewD, Axis as Dimension, Slice};

/// Why an array has no landmarks.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// Its shape and the layout do not go together.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Its voxels do not go together with the radius of the method's window.
    #[error(transparent)]
    Reach(#[from] ReachError),
}

/// An element type that heatmaps in memory may have: `f32` or `f64`.
pub trait Decodable: Copy + Send + Sync + Into<f64> + private::Sweep {}

impl Decodable for f32 {}
impl Decodable for f64 {}

mod private {
    use super::{Block, Hints, Kernel, Record, Scratch};

    pub trait Sweep: Sized {
        /// Whether it is swept in f64.
        const IS_WIDE: bool;

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

        fn sweep(
            kernel: &Kernel,
            block: &Block,
            values: &[f32],
            hints: Hints<'_, f32>,
            scratch: &mut Scratch,
        ) -> Record {
            kernel.sweep_f32(block, values, hints, scratch)
        }
    }

    impl Sweep for f64 {
        const IS_WIDE: bool = true;

        fn sweep(
            kernel: &Kernel,
            block: &Block,
            values: &[f64],
            hints: Hints<'_, f64>,
            scratch: &mut Scratch,
        ) -> Record {
            kernel.sweep_f64(block, values, hints, scratch)
        }
    }
}

/// Decodes heatmaps in memory, in parallel, without copying the array.
///
/// Each heatmap is swept in the order in which it lies in memory, whatever the strides; ties of the
/// hard argmax fall to the first maximum in (h, w, d) order all the same.
///
/// *Shapes and units.* `heatmaps` has one axis for each letter of `layout`, which names them in order;
/// axes that it does not name have length 1. The result has one [`Landmark`] for each (n, c), C varying
/// fastest, with positions in voxels (h, w, d). Where that is wanted, [`crate::geometry::Norm`] and
/// [`crate::geometry::Affine`] take them to other spaces.
///
/// *Accuracy.* f32 within 1e-5 voxel of the same formula in f64 where no axis is longer than 256, 2e-5 to
/// 512; f64 within 1e-9 voxel. `tests/integration/reference.rs` holds both.
///
/// # Errors
/// [`ArrayError::Layout`] where the layout has not as many axes as the array; [`ArrayError::Reach`] where the radius of
/// a window is in mm and [`Settings::affine`] does not go with it.
///
/// # Examples
/// ```
/// use ndarray::Array4;
/// use softargmax::{decode, geometry::Voxel, kernel::{Settings, method}};
///
/// let mut heatmaps = Array4::<f32>::zeros((2, 4, 5, 6));
/// heatmaps[[1, 3, 2, 1]] = 1.0;
/// let settings = Settings { method: method("hard").unwrap(), ..Settings::default() };
/// let landmarks = decode(heatmaps.view(), &"CHWD".parse()?, settings)?;
/// assert_eq!(landmarks[1].position, Some(Voxel([3.0, 2.0, 1.0])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
pub fn decode<T: Decodable, D: ndarray::Dimension>(
    heatmaps: ArrayView<'_, T, D>,
    layout: &Layout,
    settings: Settings,
) -> Result<Vec<Landmark>, ArrayError> {
    let arrangement = arrange(&heatmaps, layout)?;
    let axes = MemoryAxes::new(&arrangement);
    let cut = Cut::new(axes.lengths, Cut::VOXELS);
    let kernel = Kernel::new(settings, Scaling::default(), &axes, &cut, T::IS_WIDE)?;
    let channels = arrangement.length(Axis::C);
    let heatmaps_count = arrangement.length(Axis::N) * channels;
    let blocks: Vec<Block> = cut.blocks().collect();
    // The whole array as it lies in memory, where each heatmap is one piece of it.
    let is_forward = arrangement.strides.iter().all(|&step| step >= 0);
    let dense = heatmaps.as_slice_memory_order().filter(|_| is_forward && axes.is_contiguous());
    let sweep = |work: &mut Work<T>, heatmap: usize, part: &[Block], take: &mut dyn FnMut(Record)| {
        let (n, c) = (heatmap / channels, heatmap % channels);
        match dense {
            Some(all) => {
                let start =
                    [n, c].iter().zip(arrangement.strides).map(|(&i, step)| i * step.unsigned_abs()).sum();
                work.dense(&kernel, part, all.get(start..).unwrap_or_default(), &axes, take);
            }
            None => work.part(&kernel, part, &view_of(&heatmaps, layout, &axes, n, c), &axes, take),
        }
    };
    let answer = |values: &mut Vec<f64>, heatmap: usize, record: &Record| {
        let (n, c) = (heatmap / channels, heatmap % channels);
        values.clear();
        let boxes = kernel.boxes(record);
        if !boxes.is_empty() {
            let view = view_of(&heatmaps, layout, &axes, n, c);
            for block in &boxes {
                values.extend(within(&view, block).iter().map(|&value| -> f64 { value.into() }));
            }
        }
        kernel.landmark(n, c, record, values)
    };
    let parts = blocks.len().div_ceil(PART);
    if parts <= 1 || heatmaps_count >= WHOLE * pipeline::threads() {
        let whole = |work: &mut Work<T>, heatmap| {
            work.begin(0, heatmap);
            let mut record = Record::default();
            sweep(work, heatmap, &blocks, &mut |next| kernel.merge(&mut record, &next));
            answer(&mut work.window, heatmap, &record)
        };
        return Ok(pipeline::map(heatmaps_count, Work::default, whole));
    }
    let records = pipeline::map(heatmaps_count * parts, Work::default, |work, index| {
        let (heatmap, part) = (index / parts, index % parts);
        work.begin(index, heatmap);
        let part = &blocks[part * PART..blocks.len().min((part + 1) * PART)];
        let mut records = Vec::with_capacity(part.len());
        sweep(work, heatmap, part, &mut |record| records.push(record));
        records
    });
    Ok(pipeline::map(heatmaps_count, Vec::new, |values, heatmap| {
        let mut record = Record::default();
        let parts = &records[heatmap * parts..][..parts];
        parts.iter().flatten().for_each(|next| kernel.merge(&mut record, next));
        answer(values, heatmap, &record)
    }))
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
fn within<'a, T>(heatmap: &'a ArrayViewD<'_, T>, block: &Block) -> ArrayViewD<'a, T> {
    let mut view = heatmap.view();
    for axis in 0..3 {
        let end = block.start[axis] + block.extent[axis];
        view.slice_axis_inplace(Dimension(axis), Slice::from(block.start[axis]..end));
    }
    view
}

/// Memory that a thread reuses.
struct Work<T> {
    values: Vec<T>,
    /// The values about a peak.
    window: Vec<f64>,
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

impl<T: Decodable> Work<T> {
    /// Begins a part. What is known of a heatmap holds for its later parts, and for no other.
    fn begin(&mut self, index: usize, heatmap: usize) {
        if heatmap != self.last.1 || index <= self.last.0 {
            self.highest = None;
        }
        self.last = (index, heatmap);
    }

    /// Sweeps some blocks of a heatmap that begins where `values` do, and lies there without gaps; hands each
    /// record to `take`.
    fn dense(
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
            self.highest = kernel.highest(self.highest, &record);
            take(record);
        }
    }

    /// Sweeps some blocks of a heatmap whose axes are in the order of memory.
    fn part(
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

    /// Sweeps one block of a heatmap that has gaps.
    fn gathered(&mut self, kernel: &Kernel, block: &Block, heatmap: &ArrayViewD<'_, T>) -> Record {
        self.values.clear();
        self.values.extend(within(heatmap, block).iter());
        T::sweep(kernel, block, &self.values, Hints::default(), &mut self.scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Voxel;
    use crate::kernel::Sharpness;
    use ndarray::{Array5, s};

    #[test]
    fn any_strides_give_the_same_landmarks() {
        let values = Array5::from_shape_fn((2, 3, 6, 5, 4), |(n, c, h, w, d)| {
            ((n * 7 + c * 5 + h * 11 + w * 3 + d * 13) % 17) as f32
        });
        let settings = Settings { sharpness: Sharpness::Temperature(2.0), ..Settings::default() };
        let layout = "NCHWD".parse().unwrap();
        let plain = decode(values.view(), &layout, settings).unwrap();
        let last = values.view().permuted_axes([0, 2, 3, 4, 1]).as_standard_layout().into_owned();
        let permuted = decode(last.view(), &"NHWDC".parse().unwrap(), settings).unwrap();
        let mut flipped = values.clone();
        flipped.assign(&values.slice(s![.., .., ..;-1, .., ..]));
        let reversed = decode(flipped.slice(s![.., .., ..;-1, .., ..]), &layout, settings).unwrap();
        assert_eq!(plain.len(), 6);
        for other in [permuted, reversed] {
            for (a, b) in plain.iter().zip(&other) {
                assert_eq!((a.n, a.c, a.hard, a.status), (b.n, b.c, b.hard, b.status));
                assert!(a.position.unwrap().distance(b.position.unwrap()) < 1e-5);
            }
        }
    }

    #[test]
    fn a_wrong_rank_is_an_error_and_no_voxel_is_empty() {
        let none = Array5::<f64>::zeros((1, 2, 0, 3, 3));
        assert!(decode(none.view(), &"HWD".parse().unwrap(), Settings::default()).is_err());
        let landmarks = decode(none.view(), &"NCHWD".parse().unwrap(), Settings::default()).unwrap();
        assert_eq!(landmarks.len(), 2);
        assert_eq!(landmarks[0].status, crate::landmark::Status::Empty);
        assert_eq!(landmarks[0].position, None::<Voxel>);
    }
}
