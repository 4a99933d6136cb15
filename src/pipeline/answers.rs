//! From the records of an input to its landmarks: a few heatmaps at a time, by whichever workers are free.
//!
//! Most methods answer a heatmap in microseconds, but `--peaks` walks all its voxels again, and a window is
//! read from the file a second time. If the worker that completed an input did that alone, the others would
//! have nothing to do. So it offers the heatmaps in *parts* that other workers may claim while it works
//! through them itself.
//!
//! **Who waits for whom.** Only the worker that completed the input waits, and only for parts that others
//! have claimed and not finished; it never waits for a part that nobody works at. A claimed part always
//! finishes: if its answers cannot be read, or making them panics, it finishes with a failure.

use super::defect::{Failure, caught};
use super::job::{Job, lock};
use super::records::WHOLE;
use super::window::Windows;
use crate::kernel::Record;
use crate::landmarks::Landmarks;
use crate::memory;
use crate::source::{ReadAt, SourceError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The answers of some heatmaps of one input while they are being made.
pub(super) struct Answers {
    job: Arc<Job>,
    /// The first heatmap.
    first: usize,
    /// The records of each heatmap, one for each sweep.
    records: Vec<Record>,
    sweeps: usize,
    /// The values, if the method reads them again.
    values: Option<Arc<dyn ReadAt>>,
    /// How many heatmaps a part has; the last part may have fewer.
    heatmaps: usize,
    /// How many parts have been claimed. Read without the lock by those who look for work.
    claimed: AtomicUsize,
    progress: Mutex<Progress>,
    /// Signalled whenever a part is finished.
    finished: Condvar,
}

struct Progress {
    /// For each part its landmarks or what went wrong; `None` until it is finished.
    parts: Vec<Option<Result<Landmarks, Failure>>>,
    /// Parts that have been claimed and not finished.
    in_hand: usize,
}

impl Answers {
    /// The answers that `records`, of the heatmaps from `first` on, lead to: those of all sweeps of one
    /// heatmap, then those of the next.
    pub(super) fn new(
        job: Arc<Job>,
        (first, records): (usize, Vec<Record>),
        values: Option<Arc<dyn ReadAt>>,
    ) -> Answers {
        let sweeps = job.input.prepared.sweepers().len().max(1);
        let all = records.len() / sweeps;
        let heatmaps = job.input.heatmaps_at_once().clamp(1, all.max(1));
        let parts = (0..all.div_ceil(heatmaps)).map(|_| None).collect();
        Answers {
            job,
            first,
            records,
            sweeps,
            values,
            heatmaps,
            claimed: AtomicUsize::new(0),
            progress: Mutex::new(Progress { parts, in_hand: 0 }),
            finished: Condvar::new(),
        }
    }

    /// Whether there are several parts, and one that nobody has claimed.
    pub(super) fn has_more(&self) -> bool {
        let claimed = self.claimed.load(Ordering::Relaxed);
        self.count() > self.heatmaps && claimed.saturating_mul(self.heatmaps) < self.count()
    }

    /// How many heatmaps there are.
    fn count(&self) -> usize {
        self.records.len() / self.sweeps
    }

    /// Makes the answers of the next part; false if all parts have been claimed.
    pub(super) fn help(&self) -> bool {
        let Some(part) = self.claim() else { return false };
        let made = caught(|| self.part(part)).unwrap_or_else(|defect| Err(defect.into()));
        let mut progress = lock(&self.progress);
        if made.is_err() {
            // The input has no answer: the parts that nobody has claimed are not needed.
            self.claimed.store(progress.parts.len(), Ordering::Relaxed);
        }
        progress.parts[part] = Some(made);
        progress.in_hand -= 1;
        drop(progress);
        self.finished.notify_all();
        true
    }

    /// The next part, now in the hands of the caller, who must bring it to its end.
    fn claim(&self) -> Option<usize> {
        let mut progress = lock(&self.progress);
        let part = self.claimed.fetch_add(1, Ordering::Relaxed);
        if part >= progress.parts.len() {
            return None;
        }
        progress.in_hand += 1;
        Some(part)
    }

    /// Makes the landmarks of one part.
    fn part(&self, part: usize) -> Result<Landmarks, Failure> {
        let start = part * self.heatmaps;
        let heatmaps = start..self.count().min(start + self.heatmaps);
        if self.job.input.prepared.heatmaps() > WHOLE {
            memory::spare().map_err(SourceError::from)?;
        }
        let (mut windows, mut landmarks) = (Windows::default(), Landmarks::default());
        for index in heatmaps {
            let records = &self.records[index * self.sweeps..][..self.sweeps];
            let values = self.values.as_deref();
            self.job.input.answer(self.first + index, records, values, &mut windows, &mut landmarks)?;
        }
        Ok(landmarks)
    }

    /// Adds the landmarks of all parts, in order. For the worker that completed the input, once.
    pub(super) fn complete(&self, landmarks: &mut Landmarks) -> Result<(), Failure> {
        while self.help() {}
        let mut progress = lock(&self.progress);
        while progress.in_hand > 0 {
            progress = self.finished.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        // Parts are claimed in order: those that were left out come after the one that failed.
        for part in progress.parts.drain(..).flatten() {
            landmarks.append(part?).map_err(SourceError::from)?;
        }
        Ok(())
    }
}
