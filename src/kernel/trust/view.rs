//! What is read of one heatmap to judge it: a box about its peak, which grows only if it must, and voxels
//! on an even grid.
//!
//! Every read may be a call of the system, so they are few: the box about the peak is read once, with as much
//! about it as most peaks need, and a small heatmap is read whole.
//!
//! Values are those of the heatmap, −inf where a voxel is masked. Some files mark masked voxels by a very low
//! finite value, the *fill*; once it is known (`samples.rs`), its voxels are masked too. Values near the
//! limits of f64 are multiplied by a power of two, so that squares of their differences are finite and not 0.

use super::extent::Extent;
use super::places::Places;
use super::samples::is_scaled;
use crate::geometry::{Block, Hwd, indices, ravel};
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::revisit::stored::Stored;
use crate::kernel::revisit::window::Window;
use crate::kernel::sweep::record::Record;
use crate::kernel::sweep::sampling::SMALL;
use std::sync::Arc;

/// How far the box about the peak reaches at first: as far as a peak of width 3 needs, and one voxel.
const REACH: usize = 10;
/// Where no magnitude is between these, values are multiplied by
const MAGNITUDES: [f64; 2] = [1e-150, 1e150];
/// two to the power of this, or of minus this.
const POWER: i32 = 512;

/// A value and its place (h, w, d).
pub(super) type Maximum = (f64, [f64; 3]);

/// One heatmap, as it is read to judge it.
pub(in crate::kernel) struct View<'a, R> {
    pub(super) stored: &'a Stored,
    pub(super) places: &'a Arc<Places>,
    pub(super) reader: &'a mut R,
    /// The first maximum.
    pub(in crate::kernel) hard: [usize; 3],
    /// The largest value about the peak.
    pub(in crate::kernel) top: f64,
    /// The largest value of the heatmap.
    pub(super) highest: f64,
    /// Voxels along h, w, d.
    pub(in crate::kernel) volume: [usize; 3],
    /// The sum of the unmasked values, filled ones too.
    pub(in crate::kernel) total: f64,
    /// Whether the peak is the highest of the heatmap.
    pub(super) is_highest: bool,
    pub(super) fill: Option<f64>,
    /// What values are multiplied by: 1, or a power of two.
    pub(super) scale: f64,
    pub(super) extent: Extent,
    pub(super) values: Vec<f64>,
    /// The box that was read last for samples, and its stored values in memory order.
    pub(super) ahead: Extent,
    pub(super) row: Vec<f64>,
}

impl<'a, R: HeatmapReader> View<'a, R> {
    /// A view of the heatmap of `record`; `None` if it has no finite peak.
    ///
    /// # Errors
    /// Those of `reader`.
    pub(in crate::kernel) fn new(
        (stored, places): (&'a Stored, &'a Arc<Places>),
        reader: &'a mut R,
        record: &Record,
    ) -> Result<Option<Self>, R::Error> {
        let Some(peak) = record.peak.filter(|_| record.nonfinite.is_none()) else { return Ok(None) };
        let hard = stored.axes.to_logical(peak.at);
        let mut view = View::about((stored, places), reader, record, (hard, peak.max))?;
        view.is_highest = true;
        Ok(Some(view))
    }

    /// A view of the peak at a voxel (h, w, d) of the heatmap of `record`, which has this swept value.
    ///
    /// # Errors
    /// Those of `reader`.
    pub(in crate::kernel) fn about(
        (stored, places): (&'a Stored, &'a Arc<Places>),
        reader: &'a mut R,
        record: &Record,
        (Hwd(hard), swept): (Hwd<usize>, f64),
    ) -> Result<Self, R::Error> {
        let Hwd(volume) = stored.lengths();
        let value = |swept: f64| stored.heatmap_value_of_swept(swept).clamp(f64::MIN, f64::MAX);
        let top = value(swept);
        let reach = if volume.iter().product::<usize>() <= SMALL { volume } else { [REACH; 3] };
        let total = if stored.scaling.is_reversed() { -record.total } else { record.total };
        let nothing = Extent { start: hard, lengths: [0; 3] };
        let mut view = View {
            stored,
            places,
            reader,
            hard,
            top,
            highest: record.peak.map_or(top, |peak| value(peak.max)),
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
    pub(super) fn seen(&self, value: f64) -> f64 {
        if self.fill.is_some_and(|fill| value <= fill) { f64::NEG_INFINITY } else { value * self.scale }
    }

    /// Masks every voxel that has the value `fill`, and multiplies values by a power of two if they are near
    /// the limits of f64. `largest` is the largest magnitude that is known.
    /// Returns what values are multiplied by.
    pub(super) fn settle(&mut self, fill: Option<f64>, largest: f64) -> f64 {
        self.fill = fill;
        self.scale = match largest {
            _ if largest > MAGNITUDES[1] => libm::ldexp(1.0, -POWER),
            _ if largest < MAGNITUDES[0] => libm::ldexp(1.0, POWER),
            _ => 1.0,
        };
        self.top *= self.scale;
        self.total *= self.scale;
        if self.is_changed() {
            let mut values = std::mem::take(&mut self.values);
            for value in &mut values {
                *value = self.seen(*value);
            }
            self.values = values;
        }
        self.scale
    }

    /// Whether values are not simply those of the heatmap.
    fn is_changed(&self) -> bool {
        self.fill.is_some() || is_scaled(self.scale)
    }

    /// Whether the whole heatmap has been read.
    pub(super) fn is_whole(&self) -> bool {
        self.extent.lengths == self.volume
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
        if self.is_changed() {
            for value in &mut values {
                *value = self.seen(*value);
            }
        }
        (self.extent, self.values) = (extent, values);
        Ok(())
    }

    /// The stored values of a block in memory axes, in memory order; NaN where masked.
    ///
    /// # Errors
    /// Those of the reader.
    pub(in crate::kernel) fn read(&mut self, block: &Block) -> Result<&[f64], R::Error> {
        self.reader.values(block)
    }

    /// The value of masked voxels, as it is stored: they, and what is below, count as masked.
    pub(in crate::kernel) fn fill(&self) -> Option<f64> {
        self.fill
    }

    /// Who reads the heatmap's values.
    pub(in crate::kernel) fn reader(&mut self) -> &mut R {
        self.reader
    }

    /// The window of a block about a voxel, both in memory axes: heatmap values, with the fill masked.
    ///
    /// # Errors
    /// Those of the reader.
    pub(in crate::kernel) fn window(&mut self, block: &Block, at: [usize; 3]) -> Result<Window, R::Error> {
        let (Hwd(start), Hwd(lengths)) =
            (self.stored.axes.to_logical(block.start), self.stored.axes.to_logical(block.extent));
        if is_scaled(self.scale) {
            let values = self.stored.heatmap_values(block, self.reader.values(block)?);
            return Ok(Window::new(block, at, self.stored, values).without(self.fill));
        }
        let extent = Extent { start, lengths };
        self.need(&extent)?;
        let mut values = Vec::with_capacity(extent.len());
        self.runs(extent).for_each(|row| values.extend_from_slice(row));
        Ok(Window::new(block, at, self.stored, values))
    }

    /// A box in memory axes.
    pub(super) fn block(&self, extent: &Extent) -> Block {
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

    /// The values of a box that has been read, in (h, w, d) order, in the longest pieces that lie together.
    pub(in crate::kernel) fn runs(&self, extent: Extent) -> impl Iterator<Item = &[f64]> {
        let own = self.extent;
        let [planes, rows, columns] = extent.lengths;
        let has_all = |axis: usize| extent.lengths[axis] == own.lengths[axis];
        let (planes, rows, length) = match (has_all(1), has_all(2)) {
            (true, true) => (1, 1, planes * rows * columns),
            (false, true) => (planes, 1, rows * columns),
            _ => (planes, rows, columns),
        };
        let first: [usize; 3] = std::array::from_fn(|axis| extent.start[axis] - own.start[axis]);
        indices([planes, rows, 1]).map(move |[plane, row, _]| {
            let start = ravel([first[0] + plane, first[1] + row, first[2]], own.lengths);
            self.values.get(start..start + length).unwrap_or_default()
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
}
