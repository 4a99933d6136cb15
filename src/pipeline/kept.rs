//! The heatmaps of a stream that are kept in memory until they are answered.
//!
//! A stream gives its bytes once, and an answer needs some of them again: the neighbourhood of a peak that is
//! known only when the whole heatmap has been swept. If heatmaps come one after the other and are small, the
//! bytes of the one that is arriving are kept, and it is answered as soon as its last byte is there: nothing
//! is written to disk, and the bytes are still in the cache. Larger heatmaps, and those that arrive
//! interleaved, go to a temporary file instead (`source/spool.rs`).

use super::opened::OpenedInput;
use super::unit::{self, Worker};
use super::window::Windows;
use crate::kernel::Record;
use crate::landmarks::Landmarks;
use crate::prepare::Prepared;
use crate::source::{ReadAt, SourceError};

/// Bytes of a heatmap that is kept, at most: a 128³ one in f32. Each thread may keep one.
pub(super) const MOST: u64 = 8 << 20;

/// Bytes of all heatmaps that are kept at once of files that are averaged, and of their mean, at most: five
/// of 128³ in f32 and their mean in f64.
pub(super) const MOST_TOGETHER: u64 = 64 << 20;

/// Heatmaps that arrive one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct OneByOne {
    /// Bytes of each.
    pub(super) size: u64,
    /// Regions of each.
    regions: usize,
}

impl OneByOne {
    /// How the heatmaps of an array arrive, if one by one and small enough to be kept with others.
    pub(super) fn new(prepared: &Prepared) -> Option<OneByOne> {
        // A header alone proves nothing: its numbers are compared before anything is counted by them.
        let lengths = prepared.regions.axes().lengths;
        let voxels = lengths.into_iter().try_fold(1_u64, |voxels, n| voxels.checked_mul(n as u64))?;
        let size = voxels.checked_mul(prepared.element.size() as u64);
        let size = size.filter(|&size| size > 0 && size <= MOST_TOGETHER)?;
        let regions = prepared.regions.cut().counts().into_iter().product::<usize>();
        let heatmap = |region| prepared.regions.region(region).heatmap;
        let are_together = prepared.regions.interleaved().len() == 1
            && (1..=prepared.regions.len()).contains(&regions)
            && (1..regions).all(|region| heatmap(region) == heatmap(0));
        are_together.then_some(OneByOne { size, regions })
    }

    /// The number of the heatmap that arrives `index`-th.
    fn heatmap(self, prepared: &Prepared, index: u64) -> usize {
        prepared.regions.region(index as usize * self.regions).heatmap
    }
}

/// The answers of a stream while it arrives.
pub(super) struct Arriving {
    order: OneByOne,
    /// Heatmaps that have been answered.
    answered: u64,
    windows: Windows,
    landmarks: Landmarks,
}

impl Arriving {
    pub(super) fn new(order: OneByOne) -> Arriving {
        Arriving { order, answered: 0, windows: Windows::default(), landmarks: Landmarks::default() }
    }

    /// Answers the heatmaps that are complete once `unit` has been merged. The bytes of what is not complete
    /// stay in the worker.
    ///
    /// `records` gives the records of a heatmap, one for each sweep.
    ///
    /// # Errors
    /// If there is no memory for an answer, or bytes that are needed are not there, which would be a defect.
    pub(super) fn after(
        &mut self,
        unit: usize,
        input: &OpenedInput,
        worker: &mut Worker,
        records: impl Fn(usize) -> Vec<Record>,
    ) -> Result<(), SourceError> {
        let prepared = &input.prepared;
        let regions = unit::regions_of(prepared, unit);
        let complete = (regions.end / self.order.regions) as u64;
        let start = self.answered * self.order.size;
        worker.keep(unit::bytes_of(prepared, unit));
        while self.answered < complete {
            let heatmap = self.order.heatmap(prepared, self.answered);
            let records = records(heatmap);
            let kept = KeptBytes { start, bytes: worker.kept() };
            input.answer(heatmap, &records, Some(&kept), &mut self.windows, &mut self.landmarks)?;
            self.answered += 1;
        }
        worker.drop_kept((self.answered * self.order.size - start) as usize);
        Ok(())
    }

    /// The landmarks of all heatmaps, in the order of (n, c, peak).
    pub(super) fn landmarks(mut self) -> Landmarks {
        self.landmarks.sort();
        self.landmarks
    }
}

/// Bytes that are in memory, as values that can be read at any offset.
struct KeptBytes<'a> {
    /// The offset of the first one.
    start: u64,
    bytes: &'a [u8],
}

impl ReadAt for KeptBytes<'_> {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let expected = buffer.len() as u64;
        let start = offset.checked_sub(self.start).and_then(|start| usize::try_from(start).ok());
        let kept = start.and_then(|start| self.bytes.get(start..)?.get(..buffer.len()));
        let kept = kept.ok_or(SourceError::Truncated { expected, found: 0 })?;
        buffer.copy_from_slice(kept);
        Ok(())
    }
}
