//! Several landmarks of one heatmap: reads it again plane by plane for its peaks, and asks the method about
//! each.
//!
//! Peaks can only be looked for once the maximum of the whole heatmap is known, because a share of it may be
//! the least height. So the heatmap is read a second time, through a [`HeatmapReader`] that a file and an
//! array implement, some planes at a time and never as a whole.
//!
//! A heatmap always has as many landmarks as are wanted. Those without a peak are absent (status `missing`),
//! so that every heatmap has the same rows in the output. The first is the landmark that the heatmap would
//! have alone.

use super::accept::{accept, kept};
use super::candidate::OnMaximum;
use super::heights;
use super::maxima::Maxima;
use super::selection::PeakSelection;
use super::spacing::LeastDistance;
use crate::geometry::{Block, Voxel};
use crate::kernel::answer::Locator;
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::sweep::record::Record;
use crate::landmark::{Landmark, Reason, Status};
use crate::memory::OutOfMemory;

/// Voxels that are read at once, about, unless a plane has more.
const AT_ONCE: usize = 1 << 16;

/// Finds the peaks of the heatmaps of an array.
#[derive(Clone, Copy, Debug)]
pub struct PeakSearch {
    selection: PeakSelection,
    spacing: LeastDistance,
}

/// What a search is about: a heatmap whose blocks have all been merged.
struct Heatmap<'a> {
    locator: &'a Locator,
    record: &'a Record,
}

impl PeakSearch {
    /// A search for the peaks of `selection` that are so far apart; see [`PeakSelection::spacing`].
    #[must_use]
    pub fn new(selection: PeakSelection, spacing: LeastDistance) -> PeakSearch {
        PeakSearch { selection, spacing }
    }

    /// Adds the landmarks of the heatmap of `record`, whose first landmark is `first`, to `landmarks`: as
    /// many as are wanted, including absent ones.
    ///
    /// # Errors
    /// Those of `reader`.
    pub fn find<R: HeatmapReader>(
        &self,
        locator: &Locator,
        record: &Record,
        first: &Landmark,
        reader: &mut R,
        landmarks: &mut Vec<Landmark>,
    ) -> Result<(), R::Error> {
        if first.status != Status::Ok {
            self.absent(first, landmarks);
            return Ok(());
        }
        let start = landmarks.len();
        let heatmap = Heatmap { locator, record };
        for (peak, (key, height)) in self.peaks(&heatmap, reader)?.into_iter().enumerate() {
            let voxel = self.spacing.voxel(key);
            // The highest peak is the largest voxel, whose landmark is known.
            if peak == 0 && first.hard == Some(Voxel(voxel.map(|i| i as f64).0)) {
                landmarks.push(*first);
                continue;
            }
            landmarks.push(locator.answer_at((peak, voxel, height), record, first, reader)?);
        }
        self.complete(start, first, landmarks);
        Ok(())
    }

    /// Adds the landmarks of a heatmap without peaks.
    pub fn absent(&self, first: &Landmark, landmarks: &mut Vec<Landmark>) {
        landmarks.push(*first);
        self.complete(landmarks.len() - 1, first, landmarks);
    }

    /// Adds absent landmarks to those of a heatmap, which begin at `start`, and sets all their ratios.
    fn complete(&self, start: usize, first: &Landmark, landmarks: &mut Vec<Landmark>) {
        let highest =
            landmarks.get(start).and_then(|landmark| landmark.peak_value).filter(|&value| value > 0.0);
        for landmark in &mut landmarks[start..] {
            let ratio = landmark.peak_value.zip(highest).map(|(value, highest)| value / highest);
            landmark.peak_ratio = ratio.filter(|ratio| ratio.is_finite());
        }
        let status = match first.status {
            Status::Ok | Status::Flat => Status::Missing,
            status => status,
        };
        // The reason of a landmark that is `ok` is about its own answer.
        let reason = match first.status {
            Status::Ok => Some(Reason::FewerPeaks),
            _ => first.reason,
        };
        let absent = Landmark { n: first.n, c: first.c, reason, ..Landmark::nothing(status) };
        let found = landmarks.len() - start;
        landmarks.extend((found..self.selection.count).map(|peak| Landmark { peak, ..absent }));
    }

    /// The peaks of a heatmap: their indices in logical order, and their heights.
    fn peaks<R: HeatmapReader>(
        &self,
        heatmap: &Heatmap<'_>,
        reader: &mut R,
    ) -> Result<Vec<(u64, f64)>, R::Error> {
        let &Heatmap { locator, record } = heatmap;
        let (count, floor) = (self.selection.count, heights::floor(locator, &self.selection, record));
        let lowest = heights::lowest(locator, &self.selection, record);
        if reader.is_exact() {
            let mut heights = Vec::new();
            let found = accept(count, &self.spacing, kept(count), |on_maximum| {
                let maxima = heatmap.maxima(lowest.0, f64::NEG_INFINITY);
                heatmap.visit(maxima, on_maximum, |block, maxima, length, on_maximum| {
                    heights::fill(locator, reader.values(block)?, floor, &mut heights)?;
                    let mut planes = heights.chunks_exact(length);
                    planes.try_for_each(|plane| maxima.plane(plane, on_maximum))?;
                    Ok::<(), R::Error>(())
                })
            })?;
            return Ok(found.into_iter().map(|one| (one.key, one.height)).collect());
        }
        let mut heights = Vec::new();
        let found = accept(count, &self.spacing, kept(count), |on_maximum| {
            let maxima = heatmap.maxima(lowest, (f64::NEG_INFINITY, 0));
            heatmap.visit(maxima, on_maximum, |block, maxima, length, on_maximum| {
                heights::fill_exact(locator, reader.keys(block)?, floor, &mut heights)?;
                let mut planes = heights.chunks_exact(length);
                planes.try_for_each(|plane| maxima.plane(plane, on_maximum))?;
                Ok::<(), R::Error>(())
            })
        })?;
        Ok(found.into_iter().map(|one| (one.key, one.height.0)).collect())
    }
}

impl Heatmap<'_> {
    /// Prepares to find the maxima of the heatmap that are not below `floor`.
    fn maxima<T: Copy + PartialOrd>(&self, floor: T, absent: T) -> Maxima<T> {
        let axes = &self.locator.stored.axes;
        Maxima::new(self.locator.settings.level, axes.lengths, axes.logical_steps(), floor, absent)
    }

    /// Calls `read` for all planes of the heatmap, some at a time: with their box and the length of one
    /// plane.
    fn visit<T: Copy + PartialOrd, E: From<OutOfMemory>>(
        &self,
        mut maxima: Maxima<T>,
        on_maximum: &mut OnMaximum<'_, T>,
        mut read: impl FnMut(&Block, &mut Maxima<T>, usize, &mut OnMaximum<'_, T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let lengths = self.locator.stored.axes.lengths;
        let axis = lengths.iter().position(|&n| n > 1).unwrap_or(0);
        let (length, planes) = maxima.plane_length();
        let at_once = (AT_ONCE / length.max(1)).max(1);
        for plane in (0..planes).step_by(at_once) {
            let mut block = Block { start: [0; 3], extent: lengths };
            block.start[axis] = plane;
            block.extent[axis] = at_once.min(planes - plane);
            read(&block, &mut maxima, length, on_maximum)?;
        }
        Ok(maxima.end(on_maximum)?)
    }
}
