//! From the records of an input to its landmarks: a few heatmaps at a time, by whichever workers are free.
//!
//! The worker that completes an input is the one that needs them. It takes part after part itself; others help
//! while they have nothing else to do, and nobody waits for a part that is not in somebody's hands.

use super::job::{Job, lock};
use super::window::Windows;
use crate::kernel::Record;
use crate::landmark::Landmark;
use crate::source::{ReadAt, SourceError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The answers of one input while they are being made.
pub(super) struct Answers {
    job: Arc<Job>,
    records: Vec<Record>,
    /// What is looked at again.
    values: Option<Arc<dyn ReadAt>>,
    /// Heatmaps of a part.
    heatmaps: usize,
    taken: AtomicUsize,
    parts: Mutex<Parts>,
    changed: Condvar,
}

struct Parts {
    /// For each part what was found, once it was.
    found: Vec<Option<Result<Vec<Landmark>, SourceError>>>,
    /// Parts that somebody works at.
    in_hand: usize,
}

impl Answers {
    pub(super) fn new(job: Arc<Job>, records: Vec<Record>, values: Option<Arc<dyn ReadAt>>) -> Answers {
        let heatmaps = job.heatmaps_at_once().clamp(1, records.len().max(1));
        let found = (0..records.len().div_ceil(heatmaps)).map(|_| None).collect();
        Answers {
            job,
            records,
            values,
            heatmaps,
            taken: AtomicUsize::new(0),
            parts: Mutex::new(Parts { found, in_hand: 0 }),
            changed: Condvar::new(),
        }
    }

    /// Whether there is a part that nobody has taken, and another one.
    pub(super) fn has_more(&self) -> bool {
        let taken = self.taken.load(Ordering::Relaxed);
        self.records.len() > self.heatmaps && taken.saturating_mul(self.heatmaps) < self.records.len()
    }

    /// The records that they are made of.
    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Makes the answers of one part; false where all have been taken.
    pub(super) fn help(&self) -> bool {
        let mut parts = lock(&self.parts);
        let part = self.taken.fetch_add(1, Ordering::Relaxed);
        if part >= parts.found.len() {
            return false;
        }
        parts.in_hand += 1;
        drop(parts);
        // Returned to the others whatever happens.
        let mut hold = Hold { answers: self, part, found: None };
        hold.found = Some(self.part(part));
        true
    }

    fn part(&self, part: usize) -> Result<Vec<Landmark>, SourceError> {
        let start = part * self.heatmaps;
        let heatmaps = start..self.records.len().min(start + self.heatmaps);
        self.job.answers(heatmaps, &self.records, self.values.as_deref(), &mut Windows::default())
    }

    /// The landmarks of all parts, in order.
    pub(super) fn complete(&self) -> Result<Vec<Landmark>, SourceError> {
        while self.help() {}
        let mut parts = lock(&self.parts);
        while parts.in_hand > 0 {
            parts = self.changed.wait(parts).unwrap_or_else(PoisonError::into_inner);
        }
        let found = std::mem::take(&mut parts.found);
        drop(parts);
        let mut landmarks = Vec::new();
        for (part, found) in found.into_iter().enumerate() {
            // What a worker has broken off is made anew.
            landmarks.append(&mut found.unwrap_or_else(|| self.part(part))?);
        }
        Ok(landmarks)
    }
}

/// A part in somebody's hands.
struct Hold<'a> {
    answers: &'a Answers,
    part: usize,
    found: Option<Result<Vec<Landmark>, SourceError>>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut parts = lock(&self.answers.parts);
        parts.in_hand -= 1;
        if let Some(found) = parts.found.get_mut(self.part) {
            *found = self.found.take();
        }
        drop(parts);
        self.answers.changed.notify_all();
    }
}
