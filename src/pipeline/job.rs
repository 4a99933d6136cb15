//! One input while it is being decoded: its units, and the merging of their records.
//!
//! An array is cut into *units* of about 65,536 elements ([`crate::heatmap::Regions`]). Any worker may claim
//! the next unit of a file and sweep it; the records of a unit are merged only after those of every unit
//! before it, because rounding depends on the order of sums and the answer must not depend on the number of
//! threads.
//!
//! **Who waits for whom.** A unit that is swept early is kept until its turn. So that a slow unit does not
//! let the others pile up records without bound, a worker that is more than [`Job::AHEAD`] units ahead of the
//! first missing one waits in [`Job::merge`]. It is woken each time a unit is merged. Nobody can wait for
//! ever: units are claimed in order, so the missing one is in some worker's hands, and every claimed unit is
//! merged, also one that could not be read or whose sweep panicked; such a unit is merged as a failure.

use super::defect::{Failure, caught};
use super::in_order::InOrder;
use super::opened::OpenedInput;
use super::records::{BlockRecords, Records, record_of};
use super::unit::{self, Worker};
use crate::kernel::{Record, Sweeper};
use crate::source::{ReadAt, SourceError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// One input, shared by the workers that decode it.
pub(super) struct Job {
    /// Its number in the order of the inputs.
    pub(super) index: usize,
    pub(super) input: OpenedInput,
    /// How many units it has.
    pub(super) units: usize,
    /// Units that have been claimed by some worker.
    claimed: AtomicUsize,
    merge: Mutex<Merge>,
    /// Signalled whenever units have been merged.
    merged: Condvar,
}

/// The merging of units in their order.
#[derive(Default)]
struct Merge {
    units: InOrder<BlockRecords>,
    records: Records,
    /// Why a unit could not be swept: the first reason that any worker met.
    failure: Option<Failure>,
}

/// Locks even if another thread panicked while it held the lock: no panic leaves half of a change behind that
/// matters (a broken merge is marked as failed), and those who wait must go on.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    pub(super) fn new(index: usize, input: OpenedInput) -> Job {
        Job {
            index,
            units: unit::count(&input.prepared),
            input,
            claimed: AtomicUsize::new(0),
            merge: Mutex::default(),
            merged: Condvar::new(),
        }
    }

    /// The next unit that nobody has claimed, in order; `None` once all are. Whoever claims it must bring it
    /// to [`Job::merge`].
    pub(super) fn claim(&self) -> Option<usize> {
        let unit = self.claimed.fetch_add(1, Ordering::Relaxed);
        (unit < self.units).then_some(unit)
    }

    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.units == 0
    }

    /// Reads, sweeps and merges one unit of a file; true for the call that completes the input. That call may
    /// come from any worker, and that worker makes the answers.
    pub(super) fn unit(
        &self,
        worker: &mut Worker,
        values: &dyn ReadAt,
        unit: usize,
        tick: &dyn Fn(u64),
    ) -> bool {
        let swept = self.sweep(worker, unit, false, |offset, bytes| {
            tick(bytes.len() as u64);
            values.read_exact_at(offset, bytes)
        });
        self.merge(unit, swept)
    }

    /// Reads and sweeps one unit. A panic on the way is a failure like an error of reading, so that the unit
    /// is merged whatever happens. Once some unit has failed, the input has no answer and nothing more of it
    /// is read.
    pub(super) fn sweep(
        &self,
        worker: &mut Worker,
        unit: usize,
        always_read: bool,
        read: impl FnMut(u64, &mut [u8]) -> Result<(), SourceError>,
    ) -> Result<BlockRecords, Failure> {
        if lock(&self.merge).failure.is_some() {
            return Ok(BlockRecords::default());
        }
        let swept = caught(|| {
            self.set_highest(worker, unit);
            worker.unit(&self.input.prepared, unit, always_read, read)
        });
        match swept {
            Ok(records) => Ok(records?),
            Err(defect) => {
                // Its buffers may be half-written.
                *worker = Worker::default();
                Err(defect.into())
            }
        }
    }

    /// Whether something of it could not be swept or answered: then it has no answer.
    pub(super) fn has_failed(&self) -> bool {
        lock(&self.merge).failure.is_some()
    }

    /// Ends the input with a failure, unless it has one.
    pub(super) fn fail(&self, failure: Failure) {
        lock(&self.merge).failure.get_or_insert(failure);
    }

    /// The records of a heatmap whose blocks have all been merged, one for each sweep; their memory is given
    /// back.
    pub(super) fn take_records(&self, heatmap: usize) -> Vec<Record> {
        let prepared = &self.input.prepared;
        let mut merge = lock(&self.merge);
        let sweeps = 0..prepared.sweepers().len();
        sweeps.map(|sweep| merge.records.take(record_of(prepared, heatmap, sweep))).collect()
    }

    /// Tells a worker how high the heatmaps of a unit are so far.
    ///
    /// A block that lies far below cannot change the answer, and the kernel skips its weights. What is known
    /// here depends on timing, but the answer does not: the merge leaves out such blocks by the same rule.
    fn set_highest(&self, worker: &mut Worker, unit: usize) {
        worker.highest.clear();
        let heatmaps = unit::heatmaps_of(&self.input.prepared, unit);
        let (prepared, sweeps) = (&self.input.prepared, self.input.prepared.sweepers());
        if sweeps.iter().any(Sweeper::uses_highest) && heatmaps.len() * sweeps.len() <= Self::KNOWN {
            let merge = lock(&self.merge);
            let records = heatmaps
                .flat_map(|heatmap| (0..sweeps.len()).map(move |sweep| record_of(prepared, heatmap, sweep)));
            worker.highest.extend(records.map(|record| merge.records.reference(record)));
        }
    }

    /// Up to so many heatmaps of a unit a worker is told how high they are. More have few blocks each, and
    /// gain nothing.
    const KNOWN: usize = 1 << 12;

    /// How many units may wait for an earlier one: a worker that is further ahead waits itself.
    ///
    /// A unit takes a fraction of a millisecond, so one worker that the system stops for a while does not
    /// hold up the others; and 64 units of records are small beside the units' own buffers.
    const AHEAD: usize = 64;

    /// Merges a unit that a worker has claimed, and every later one that waited for it. True for the call
    /// after which no unit is missing.
    pub(super) fn merge(&self, unit: usize, swept: Result<BlockRecords, Failure>) -> bool {
        let mut merge = lock(&self.merge);
        while unit > merge.units.next() + Self::AHEAD {
            merge = self.merged.wait(merge).unwrap_or_else(PoisonError::into_inner);
        }
        let swept = swept.unwrap_or_else(|failure| {
            merge.failure.get_or_insert(failure);
            BlockRecords::default()
        });
        merge.units.insert(unit, swept);
        let Merge { units, records, failure } = &mut *merge;
        while let Some(blocks) = units.pop() {
            if failure.is_none() {
                let prepared = &self.input.prepared;
                *failure = match caught(|| records.add(blocks, prepared)) {
                    Ok(added) => added.err().map(|error| Failure::Source(error.into())),
                    Err(defect) => Some(Failure::Defect(defect)),
                };
                if failure.is_some() {
                    *records = Records::default();
                }
            }
        }
        self.merged.notify_all();
        merge.units.next() == self.units
    }

    /// The records of all heatmaps, for the worker that completed the input.
    ///
    /// # Errors
    /// Why a unit could not be swept. Of several reasons it is the one that a worker met first.
    pub(super) fn records(&self) -> Result<Records, Failure> {
        let mut merge = lock(&self.merge);
        if let Some(failure) = merge.failure.take() {
            return Err(failure);
        }
        Ok(std::mem::take(&mut merge.records))
    }
}
