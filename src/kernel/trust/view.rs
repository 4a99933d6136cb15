//! What is read of one heatmap to judge it: a box about its peak, which grows only if it must, and voxels
//! on an even grid.
//!
//! Every read may be a call of the system, so they are few: the box about the peak is read once, with as much
//! about it as most peaks need, and a small heatmap is read whole.
//!
//! Values are those of the heatmap, −inf where a voxel is masked. Some files mark masked voxels by a very low
//! finite value, the *fill*; once it is known (`samples.rs`), its voxels are masked too. Values
//! near the limit of f64 are quartered, so that their differences are finite.

use super::samples::{Samples, gathered};
use crate::geometry::{Block, Hwd, even_grid, ravel, unravel};
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::revisit::stored::Stored;
use crate::kernel::sweep::record::Record;
use crate::kernel::sweep::sampling::SAMPLES;

/// A heatmap with so few voxels is read at once, whole.
const SMALL: usize = 1024;
/// How far the box about the peak reaches at first: as far as a peak of width 2 needs.
const REACH: usize = 7;
/// Values beyond this are quartered.
const HUGE: f64 = 1e307;
/// Rows of so many voxels are read whole for a few samples of them.
const ROW: usize = 1024;

/// A box of a heatmap, (h, w, d).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) struct Extent {
    /// The first voxel.
    pub(in crate::kernel) start: [usize; 3],
    /// Voxels along each axis.
    pub(in crate::kernel) lengths: [usize; 3],
}

impl Extent {
    /// The voxels within `reach` of `at`, as far as a heatmap of `volume` has them.
    pub(in crate::kernel) fn about(at: [usize; 3], reach: [usize; 3], volume: [usize; 3]) -> Extent {
        let start: [usize; 3] = std::array::from_fn(|axis| at[axis].saturating_sub(reach[axis]));
        let end: [usize; 3] = std::array::from_fn(|axis| (at[axis] + reach[axis] + 1).min(volume[axis]));
        Extent { start, lengths: std::array::from_fn(|axis| end[axis].saturating_sub(start[axis])) }
    }

    fn end(&self, axis: usize) -> usize {
        self.start[axis] + self.lengths[axis]
    }

    fn holds(&self, other: &Extent) -> bool {
        (0..3).all(|axis| self.start[axis] <= other.start[axis] && other.end(axis) <= self.end(axis))
    }

    /// The smallest box with both.
    fn with(&self, other: &Extent) -> Extent {
        let start: [usize; 3] = std::array::from_fn(|axis| self.start[axis].min(other.start[axis]));
        let lengths = std::array::from_fn(|axis| self.end(axis).max(other.end(axis)) - start[axis]);
        Extent { start, lengths }
    }

    /// How many voxels it has.
    pub(in crate::kernel) fn len(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Its voxels in (h, w, d) order.
    pub(in crate::kernel) fn voxels(self) -> impl Iterator<Item = [usize; 3]> {
        (0..self.len()).map(move |i| {
            let within = unravel(i, self.lengths);
            std::array::from_fn(|axis| self.start[axis] + within[axis])
        })
    }
}

/// One heatmap, as it is read to judge it.
pub(in crate::kernel) struct View<'a, R> {
    stored: &'a Stored,
    reader: &'a mut R,
    /// The first maximum.
    pub(in crate::kernel) hard: [usize; 3],
    /// The largest value.
    pub(in crate::kernel) top: f64,
    /// Voxels along h, w, d.
    pub(in crate::kernel) volume: [usize; 3],
    /// The sum of the unmasked values, filled ones too.
    pub(in crate::kernel) total: f64,
    /// Whether the peak is the highest of the heatmap.
    pub(super) is_highest: bool,
    fill: Option<f64>,
    /// What values are multiplied by: 1, or ¼.
    scale: f64,
    extent: Extent,
    values: Vec<f64>,
    /// The box that was read last for samples, and its stored values in memory order.
    ahead: Extent,
    row: Vec<f64>,
}

impl<'a, R: HeatmapReader> View<'a, R> {
    /// A view of the heatmap of `record`; `None` if it has no finite peak.
    ///
    /// # Errors
    /// Those of `reader`.
    pub(in crate::kernel) fn new(
        stored: &'a Stored,
        reader: &'a mut R,
        record: &Record,
    ) -> Result<Option<Self>, R::Error> {
        let Some(peak) = record.peak.filter(|_| record.nonfinite.is_none()) else { return Ok(None) };
        let hard = stored.axes.to_logical(peak.at);
        let mut view = View::about(stored, reader, record, (hard, peak.max))?;
        view.is_highest = true;
        Ok(Some(view))
    }

    /// A view of the peak at a voxel (h, w, d) of the heatmap of `record`, which has this swept value.
    ///
    /// # Errors
    /// Those of `reader`.
    pub(in crate::kernel) fn about(
        stored: &'a Stored,
        reader: &'a mut R,
        record: &Record,
        (Hwd(hard), swept): (Hwd<usize>, f64),
    ) -> Result<Self, R::Error> {
        let Hwd(volume) = stored.lengths();
        let top = stored.heatmap_value_of_swept(swept).clamp(f64::MIN, f64::MAX);
        let reach = if volume.iter().product::<usize>() <= SMALL { volume } else { [REACH; 3] };
        let total = if stored.scaling.is_reversed() { -record.total } else { record.total };
        let nothing = Extent { start: hard, lengths: [0; 3] };
        let mut view = View {
            stored,
            reader,
            hard,
            top,
            volume,
            total: stored.scaling.slope * total + stored.scaling.intercept * record.count as f64,
            is_highest: false,
            fill: None,
            scale: 1.0,
            extent: nothing,
            values: Vec::new(),
            ahead: nothing,
            row: Vec::new(),
        };
        view.need(&Extent::about(hard, reach, volume))?;
        Ok(view)
    }

    /// The heatmap value of a swept one, in the scale of the view; −inf if it is the fill.
    pub(in crate::kernel) fn of_swept(&self, swept: f64) -> f64 {
        self.seen(self.stored.heatmap_value_of_swept(swept).clamp(f64::MIN, f64::MAX))
    }

    /// What the view shows of a heatmap value.
    fn seen(&self, value: f64) -> f64 {
        if self.fill.is_some_and(|fill| value <= fill) { f64::NEG_INFINITY } else { value * self.scale }
    }

    /// Masks every voxel that has the value `fill`, and quarters values if they are near the limit of f64.
    /// `largest` is the largest magnitude that is known.
    /// Returns what values are multiplied by.
    pub(super) fn settle(&mut self, fill: Option<f64>, largest: f64) -> f64 {
        self.fill = fill;
        self.scale = if largest.max(self.top.abs()) > HUGE { 0.25 } else { 1.0 };
        self.top *= self.scale;
        self.total *= self.scale;
        if self.fill.is_some() || self.scale < 1.0 {
            let mut values = std::mem::take(&mut self.values);
            for value in &mut values {
                *value = self.seen(*value);
            }
            self.values = values;
        }
        self.scale
    }

    /// Whether there is a fill.
    pub(super) fn is_filled(&self) -> bool {
        self.fill.is_some()
    }

    /// Makes sure that a box has been read.
    ///
    /// # Errors
    /// Those of the reader.
    pub(in crate::kernel) fn need(&mut self, wanted: &Extent) -> Result<(), R::Error> {
        if wanted.len() == 0 || self.extent.holds(wanted) {
            return Ok(());
        }
        let extent = if self.extent.len() == 0 { *wanted } else { self.extent.with(wanted) };
        let block = self.block(&extent);
        let stored = self.reader.values(&block)?;
        let mut values = self.stored.heatmap_values(&block, stored);
        if self.fill.is_some() || self.scale < 1.0 {
            for value in &mut values {
                *value = self.seen(*value);
            }
        }
        (self.extent, self.values) = (extent, values);
        Ok(())
    }

    /// A box in memory axes.
    fn block(&self, extent: &Extent) -> Block {
        Block {
            start: self.stored.in_memory(Hwd(extent.start)),
            extent: self.stored.in_memory(Hwd(extent.lengths)),
        }
    }

    /// The value of a voxel that has been read.
    pub(in crate::kernel) fn at(&self, voxel: [usize; 3]) -> f64 {
        let within = std::array::from_fn(|axis| voxel[axis].wrapping_sub(self.extent.start[axis]));
        if (0..3).any(|axis| within[axis] >= self.extent.lengths[axis]) {
            return f64::NEG_INFINITY;
        }
        self.values.get(ravel(within, self.extent.lengths)).copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// The values along d of a box that has been read, row by row in (h, w) order.
    pub(in crate::kernel) fn rows(&self, extent: Extent) -> impl Iterator<Item = &[f64]> {
        let own = self.extent;
        let rows = extent.lengths[0] * extent.lengths[1];
        (0..rows).map(move |row| {
            let [h, w] =
                [extent.start[0] + row / extent.lengths[1], extent.start[1] + row % extent.lengths[1]];
            let within = [h - own.start[0], w - own.start[1], extent.start[2] - own.start[2]];
            let first = ravel(within, own.lengths);
            self.values.get(first..first + extent.lengths[2]).unwrap_or_default()
        })
    }

    /// Up to `most` values behind `start` along an axis, up (`is_up`) or down, as far as the volume goes.
    /// They may end early, after the first value below `low`.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn arm(
        &mut self,
        start: [usize; 3],
        axis: usize,
        is_up: bool,
        most: usize,
        low: f64,
    ) -> Result<Vec<f64>, R::Error> {
        let room = if is_up { self.volume[axis] - 1 - start[axis] } else { start[axis] };
        let count = room.min(most);
        let mut values = Vec::with_capacity(most);
        for step in 1..=count {
            let mut voxel = start;
            voxel[axis] = if is_up { start[axis] + step } else { start[axis] - step };
            if !self.extent.holds(&Extent { start: voxel, lengths: [1; 3] }) {
                break;
            }
            values.push(self.at(voxel));
            if self.at(voxel) < low {
                return Ok(values);
            }
        }
        if values.len() < count {
            let mut first = start;
            first[axis] = if is_up { start[axis] + 1 } else { start[axis] - count };
            let mut lengths = [1; 3];
            lengths[axis] = count;
            let block = self.block(&Extent { start: first, lengths });
            let stored = self.reader.values(&block)?;
            let read = self.stored.heatmap_values(&block, stored);
            values = read.into_iter().map(|value| self.seen(value)).collect();
            if !is_up {
                values.reverse();
            }
        }
        Ok(values)
    }

    /// The unmasked voxels of an even grid of at most `budget`, in (h, w, d) order; with the voxels that
    /// follow them along each axis if `with_next`.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn samples(&mut self, budget: usize, with_next: bool) -> Result<Samples, R::Error> {
        let counts = even_grid::counts(self.volume, budget);
        let grid: [Vec<usize>; 3] =
            std::array::from_fn(|axis| even_grid::points(self.volume[axis], counts[axis]));
        let mut found = vec![[f64::NEG_INFINITY; 4]; counts.iter().product()];
        let [outer, middle, inner] = self.stored.axes.logical;
        let mut place = [0; 3];
        for (i, &plane) in grid[outer].iter().enumerate() {
            for (j, &row) in grid[middle].iter().enumerate() {
                (place[outer], place[middle]) = (i, j);
                let mut at = [0; 3];
                (at[outer], at[middle]) = (plane, row);
                // Short rows are read whole, of long ones each point alone.
                let is_row = self.volume[inner] <= ROW;
                for (k, &column) in grid[inner].iter().enumerate() {
                    at[inner] = if is_row { 0 } else { column };
                    if k == 0 || !is_row {
                        self.read_ahead(at, if is_row { inner } else { 3 }, with_next)?;
                    }
                    (at[inner], place[inner]) = (column, k);
                    found[ravel(place, counts)] = self.with_next(at, with_next);
                }
            }
        }
        Ok(gathered(&found, &grid, counts, with_next))
    }

    /// The samples that were kept in the record, as [`View::samples`] would read them; read, if none were
    /// kept.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn samples_of(&mut self, record: &Record) -> Result<Samples, R::Error> {
        let counts = even_grid::counts(self.volume, SAMPLES);
        if record.samples.len() != counts.iter().product::<usize>() {
            return self.samples(SAMPLES, false);
        }
        let grid: [Vec<usize>; 3] =
            std::array::from_fn(|axis| even_grid::points(self.volume[axis], counts[axis]));
        let memory = self.stored.in_memory(Hwd(counts));
        let [_, rows, columns] = memory;
        let Hwd(steps) = self.stored.axes.to_logical([rows * columns, columns, 1]);
        let mut found = Vec::with_capacity(record.samples.len());
        for h in 0..counts[0] {
            for w in 0..counts[1] {
                let row = h * steps[0] + w * steps[1];
                for d in 0..counts[2] {
                    let swept = record.samples[row + d * steps[2]];
                    let value = if swept.is_finite() { self.of_swept(swept) } else { f64::NEG_INFINITY };
                    found.push([value, f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
                }
            }
        }
        Ok(gathered(&found, &grid, counts, false))
    }

    /// Reads the voxel `at`, or its row along the axis `row`; with the voxels behind it along the other
    /// axes if `with_next`.
    fn read_ahead(&mut self, at: [usize; 3], row: usize, with_next: bool) -> Result<(), R::Error> {
        if self.extent.lengths == self.volume {
            return Ok(());
        }
        let lengths = std::array::from_fn(|axis| {
            let room = self.volume[axis] - at[axis];
            if axis == row { room } else { room.min(1 + usize::from(with_next)) }
        });
        self.ahead = Extent { start: at, lengths };
        let block = self.block(&self.ahead);
        let stored = self.reader.values(&block)?;
        self.row.clear();
        self.row.extend_from_slice(stored);
        Ok(())
    }

    /// The value of a voxel that was read ahead, and those of the voxels that follow it.
    fn with_next(&self, at: [usize; 3], with_next: bool) -> [f64; 4] {
        let value = |at: [usize; 3]| {
            if self.extent.lengths == self.volume {
                return self.at(at);
            }
            let within: [usize; 3] =
                std::array::from_fn(|axis| at[axis].wrapping_sub(self.ahead.start[axis]));
            if (0..3).any(|axis| within[axis] >= self.ahead.lengths[axis]) {
                return f64::NEG_INFINITY;
            }
            let [within, lengths] =
                [within, self.ahead.lengths].map(|triple| self.stored.in_memory(Hwd(triple)));
            let stored = self.row.get(ravel(within, lengths));
            stored.map_or(f64::NEG_INFINITY, |&stored| self.seen(self.stored.heatmap_value(stored)))
        };
        let mut found = [value(at), f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        if with_next {
            for axis in 0..3 {
                let mut next = at;
                next[axis] += 1;
                found[axis + 1] =
                    if next[axis] < self.volume[axis] { value(next) } else { f64::NEG_INFINITY };
            }
        }
        found
    }
}
