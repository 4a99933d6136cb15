//! Reads the voxels of an even grid, or takes those that the sweep kept.

use super::extent::Extent;
use super::samples::{Samples, gathered};
use super::view::View;
use crate::geometry::{Hwd, even_grid, ravel};
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::sweep::record::Record;
use crate::kernel::sweep::sampling::SAMPLES;

/// Rows of so many voxels are read whole for a few samples of them.
const ROW: usize = 1024;

impl<R: HeatmapReader> View<'_, R> {
    /// The unmasked voxels of an even grid of at most `budget`, in (h, w, d) order; with the voxels that
    /// follow them along each axis if `with_next`.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn samples(&mut self, budget: usize, with_next: bool) -> Result<Samples, R::Error> {
        let (counts, grid) = self.grid(budget);
        if self.is_whole() && !with_next {
            let none = f64::NEG_INFINITY;
            return Ok(gathered(&grid, false, |_, at| {
                [self.values.get(ravel(at, self.volume)).copied().unwrap_or(none), none, none, none]
            }));
        }
        if self.is_whole() {
            return Ok(gathered(&grid, true, |_, at| self.with_next(at, true)));
        }
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
        Ok(gathered(&grid, with_next, |index, _| found[ravel(index, counts)]))
    }

    /// How many points an even grid of at most `budget` has along each axis, and where they are.
    fn grid(&self, budget: usize) -> ([usize; 3], [Vec<usize>; 3]) {
        let counts = even_grid::counts(self.volume, budget);
        (counts, std::array::from_fn(|axis| even_grid::points(self.volume[axis], counts[axis])))
    }

    /// The samples that were kept in the record, as [`View::samples`] would read them; read, if none were
    /// kept.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn samples_of(&mut self, record: &Record) -> Result<Samples, R::Error> {
        if record.samples.is_empty() && self.is_whole() {
            let value = |&index: &usize| self.values.get(index).copied().unwrap_or(f64::NEG_INFINITY);
            return Ok(Samples::of(self.places, self.places.voxels.iter().map(value).collect()));
        }
        if record.samples.is_empty() {
            return self.samples(SAMPLES, false);
        }
        let value = |&index: &usize| {
            let swept = record.samples.get(index).copied().unwrap_or(f64::NAN);
            if swept.is_finite() { self.of_swept(swept) } else { f64::NEG_INFINITY }
        };
        Ok(Samples::of(self.places, self.places.kept.iter().map(value).collect()))
    }

    /// Reads the voxel `at`, or its row along the axis `row`; with the voxels behind it along the other
    /// axes if `with_next`.
    fn read_ahead(&mut self, at: [usize; 3], row: usize, with_next: bool) -> Result<(), R::Error> {
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
            if self.is_whole() {
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
