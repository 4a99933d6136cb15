//! Everything that `decode` says on standard error: errors as they come, warnings and a summary at the end.

use super::exit::Failure;
use super::progress::{Progress, Verbosity, rate};
use super::tally::count_statuses;
use super::warnings::Warnings;
use super::{describe, stderr};
use crate::landmark::Status;
use crate::pipeline::Decoded;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Tells the person at the terminal how the run goes.
pub(super) struct Reporter {
    progress: Progress,
    bytes: AtomicU64,
    verbosity: Verbosity,
    counts: Mutex<Counts>,
    start: Instant,
    /// How many inputs there are; `None` if they are still arriving.
    expected: Option<usize>,
}

/// What has happened so far.
#[derive(Default)]
struct Counts {
    inputs: usize,
    skipped: usize,
    unreadable: usize,
    statuses: [usize; Status::ALL.len()],
    warnings: Warnings,
}

impl Reporter {
    /// A reporter for a run over `inputs` inputs; `None` if they are still arriving.
    pub(super) fn new(verbosity: Verbosity, inputs: Option<usize>) -> Reporter {
        Reporter {
            progress: Progress::new(verbosity, inputs),
            bytes: AtomicU64::new(0),
            verbosity,
            counts: Mutex::default(),
            start: Instant::now(),
            expected: inputs,
        }
    }

    /// Some bytes of values have been decoded; called from any thread.
    pub(super) fn bytes(&self, bytes: u64) {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.progress.update(all, self.start.elapsed(), || self.counts().inputs, self.expected);
    }

    /// An input is done.
    pub(super) fn input(&self, decoded: &Decoded) {
        let mut counts = self.counts();
        counts.add_statuses(&count_statuses(decoded));
        for warning in &decoded.warnings {
            counts.warnings.add(&decoded.record.file, warning);
        }
        if decoded.record.error.is_some() {
            counts.unreadable += 1;
            self.progress.print_line(&describe::unreadable(decoded));
        } else if self.verbosity.is_verbose {
            self.progress.print_line(&describe::reading(&decoded.record));
        }
        self.progress.advance();
    }

    /// An input is not decoded again; it has landmarks of these statuses.
    pub(super) fn skipped(&self, statuses: &[(Status, usize)]) {
        let mut counts = self.counts();
        counts.skipped += 1;
        counts.add_statuses(statuses);
        self.progress.advance();
    }

    /// An output could not be written, and others may be.
    pub(super) fn failed(&self, failure: &Failure) {
        self.progress.print_line(failure);
    }

    /// The run is over.
    pub(super) fn finish(&self) {
        self.progress.finish();
        if self.verbosity.is_quiet {
            return;
        }
        let counts = self.counts();
        if counts.inputs == 0 && self.expected.is_none() {
            stderr::print_line(&"warning: the list named no inputs");
        }
        let warnings = counts.warnings.to_string();
        if !warnings.is_empty() {
            stderr::print_line(&warnings.trim_end());
        }
        let is_worth_it = counts.inputs > 1 || counts.skipped > 0;
        if self.verbosity.is_verbose || is_worth_it || !self.progress.is_hidden() {
            let rate = rate(self.bytes.load(Ordering::Relaxed), self.start.elapsed());
            stderr::print_line(&counts.summary(self.expected.unwrap_or(counts.inputs), &rate));
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Counts an input with its landmarks.
    fn add_statuses(&mut self, statuses: &[(Status, usize)]) {
        self.inputs += 1;
        for &(status, count) in statuses {
            self.statuses[status as usize] += count;
        }
    }

    /// One line about the run. If it broke off, `inputs` is how many there were to be.
    fn summary(&self, inputs: usize, rate: &str) -> String {
        let decoded = self.inputs - self.unreadable - self.skipped;
        let mut parts = vec![format!("{decoded} of {inputs} inputs decoded")];
        if self.skipped > 0 {
            parts.push(format!("{} done before", self.skipped));
        }
        if self.unreadable > 0 {
            parts.push(format!("{} unreadable", self.unreadable));
        }
        for status in Status::ALL {
            let count = self.statuses[status as usize];
            if count > 0 {
                parts.push(format!("{count} {status}"));
            }
        }
        parts.push(rate.to_owned());
        parts.join(", ")
    }
}
