//! Looks through blocks for the largest value outside a ball.
//!
//! Most rows hold nothing that is high enough. They are passed over by their maximum, which takes one
//! comparison a value, several at a time.

use super::extent::Extent;
use super::samples::is_scaled;
use super::view::{Maximum, View};
use crate::geometry::{Block, Hwd, ravel, unravel};
use crate::heatmap::Scaling;
use crate::kernel::revisit::reader::HeatmapReader;

/// So many values are compared side by side.
const CHUNK: usize = 8;

impl<R: HeatmapReader> View<'_, R> {
    /// Replaces `best` by the largest value of a block, in memory axes, that is above it and outside `ball`;
    /// of equal ones the first in (h, w, d) order.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn larger(&mut self, block: &Block, best: &mut Maximum, ball: &Ball) -> Result<(), R::Error> {
        let floor = best.0;
        let (stored, fill, scale) = (self.stored, self.fill, self.scale);
        let (Hwd(start), Hwd(lengths)) =
            (stored.axes.to_logical(block.start), stored.axes.to_logical(block.extent));
        let extent = Extent { start, lengths };
        if self.extent.holds(&extent) {
            for (first, along, row) in self.long_rows(extent) {
                for (from, part) in ball.outside(row, first, along) {
                    if largest(part, |value| value) >= best.0 {
                        raise(best, floor, part.iter().copied(), |i| stepped(first, along, from + i));
                    }
                }
            }
            return Ok(());
        }
        let values = self.reader.values(block)?;
        let seen = |value: f64| {
            let value = stored.heatmap_value(value);
            if fill.is_some_and(|fill| value <= fill) { f64::NEG_INFINITY } else { value * scale }
        };
        let is_plain = stored.scaling == Scaling::NONE && !is_scaled(scale);
        let inner = last_of_many(block.extent);
        let along = stored.axes.logical[inner];
        for (index, row) in values.chunks_exact(block.extent[inner].max(1)).enumerate() {
            let within = unravel(index * block.extent[inner], block.extent);
            let Hwd(first) =
                stored.axes.to_logical(std::array::from_fn(|axis| block.start[axis] + within[axis]));
            for (from, part) in ball.outside(row, first, along) {
                let most = if is_plain { largest(part, |value| value) } else { largest(part, seen) };
                if most >= best.0 {
                    let part = part.iter().map(|&value| seen(value));
                    raise(best, floor, part, |i| stepped(first, along, from + i));
                }
            }
        }
        Ok(())
    }

    /// The rows of a box that has been read, along its last axis of more than one voxel: for each its first
    /// voxel, that axis, and its values.
    fn long_rows(&self, extent: Extent) -> impl Iterator<Item = ([usize; 3], usize, &[f64])> {
        let own = self.extent;
        let last = last_of_many(extent.lengths);
        let along = if own.lengths[last + 1..].iter().all(|&n| n == 1) { last } else { 2 };
        let length = extent.lengths[along];
        let rows = extent.len() / length.max(1);
        (0..rows).map(move |row| {
            let within = unravel(row * length, extent.lengths);
            let first: [usize; 3] = std::array::from_fn(|axis| extent.start[axis] + within[axis]);
            let start = ravel(std::array::from_fn(|axis| first[axis] - own.start[axis]), own.lengths);
            (first, along, self.values.get(start..start + length).unwrap_or_default())
        })
    }
}

/// The last axis of more than one voxel, or the last.
fn last_of_many(lengths: [usize; 3]) -> usize {
    (0..3).rev().find(|&axis| lengths[axis] > 1).unwrap_or(2)
}

/// The voxel `by` steps further along an axis.
fn stepped(mut voxel: [usize; 3], along: usize, by: usize) -> [usize; 3] {
    voxel[along] += by;
    voxel
}

/// Replaces `best` by the largest of some values if that is above it and above `floor`; of equal ones the
/// first in (h, w, d) order stays.
fn raise(
    best: &mut Maximum,
    floor: f64,
    values: impl Iterator<Item = f64>,
    voxel: impl Fn(usize) -> [usize; 3],
) {
    for (i, value) in values.enumerate() {
        if value >= best.0 {
            let place = voxel(i).map(|i| i as f64);
            if value > best.0 || (best.0 > floor && place < best.1) {
                *best = (value, place);
            }
        }
    }
}

/// The places that are no farther from a middle than a radius.
pub(super) struct Ball {
    /// (h, w, d).
    pub(super) middle: [f64; 3],
    /// The square of the radius.
    pub(super) square: f64,
}

impl Ball {
    /// The parts of a row of voxels that lie outside, each with how far along the row it begins. The row
    /// begins at the voxel `first` and follows the axis `along`.
    fn outside<'r>(&self, row: &'r [f64], first: [usize; 3], along: usize) -> [(usize, &'r [f64]); 2] {
        let mut squares: [f64; 3] = std::array::from_fn(|axis| {
            let away = first[axis] as f64 - self.middle[axis];
            away * away
        });
        let whole = [(0, row), (row.len(), [].as_slice())];
        squares[along] = 0.0;
        let others = squares[0] + squares[1] + squares[2];
        if row.is_empty() || others > self.square {
            return whole;
        }
        // As of `square`, so that a place is inside for one and all.
        let mut is_inside = |i: usize| {
            let away = (first[along] + i) as f64 - self.middle[along];
            squares[along] = away * away;
            squares[0] + squares[1] + squares[2] <= self.square
        };
        let nearest = (self.middle[along].round_ties_even() - first[along] as f64).max(0.0) as usize;
        let nearest = nearest.min(row.len() - 1);
        if !is_inside(nearest) {
            return whole;
        }
        // Half the chord, rounded: a voxel more or less is found by the rule itself.
        let half = libm::sqrt(self.square - others) as usize;
        let (mut low, mut high) = (nearest.saturating_sub(half), (nearest + half).min(row.len() - 1));
        while low < nearest && !is_inside(low) {
            low += 1;
        }
        while low > 0 && is_inside(low - 1) {
            low -= 1;
        }
        while high > nearest && !is_inside(high) {
            high -= 1;
        }
        while high + 1 < row.len() && is_inside(high + 1) {
            high += 1;
        }
        [(0, &row[..low]), (high + 1, &row[high + 1..])]
    }
}

/// The largest of what `seen` makes of some values, NaN ignored: most rows are low, and are passed over by
/// it.
fn largest(values: &[f64], seen: impl Fn(f64) -> f64) -> f64 {
    let larger = |most: f64, value: f64| if value > most { value } else { most };
    let mut lanes = [f64::NEG_INFINITY; CHUNK];
    let chunks = values.chunks_exact(CHUNK);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (most, &value) in lanes.iter_mut().zip(chunk) {
            *most = larger(*most, seen(value));
        }
    }
    lanes.into_iter().chain(rest.iter().map(|&value| seen(value))).fold(f64::NEG_INFINITY, larger)
}
