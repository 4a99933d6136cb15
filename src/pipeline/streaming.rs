//! A stream on its way through a job: its units in order, and what of it is kept until it is answered.
//!
//! Answers need some values again, which will not come a second time: heatmaps are kept until they are
//! answered, or, if they are large, all bytes are copied to a temporary file on the way. Without a place for
//! that, methods that do not look at the peak's neighbourhood answer all the same, and nothing is flagged.

use super::defect::{Failure, caught};
use super::job::Job;
use super::kept::{Arriving, MOST, OneByOne};
use super::unit::Worker;
use crate::landmarks::Landmarks;
use crate::source::{Notice, ReadAt, ReadValues, SourceError, Spool};
use std::sync::Arc;

/// What there is once all values of an input have been read.
#[derive(Default)]
pub(super) struct End {
    /// What was suspicious at its end.
    pub(super) notices: Vec<Notice>,
    /// Its values, if they can be read again: a file, or a copy of a stream.
    pub(super) values: Option<Arc<dyn ReadAt>>,
    /// Its landmarks, if they were made while it arrived.
    pub(super) landmarks: Option<Landmarks>,
}

/// What there is of an input once all its values have been read, and of each file if it is the mean of some.
pub(super) type Ended = (End, Vec<(Arc<Job>, End)>);

/// What is kept of a stream.
#[derive(Clone, Copy)]
pub(super) enum Keep {
    /// The heatmaps that arrive, until each is answered.
    Heatmaps(OneByOne),
    /// A copy of all bytes. With true there is no answer without it, else only no flags.
    Copy(bool),
    /// Nothing: whoever reads it has its values from elsewhere.
    Nothing,
}

/// A stream, and what is kept of it.
pub(super) struct Streaming<'a> {
    job: &'a Job,
    arriving: Option<Arriving>,
    copy: Option<Spool>,
    is_needed: bool,
}

impl<'a> Streaming<'a> {
    /// A stream none of which has been read.
    ///
    /// # Errors
    /// If there is no place for a copy that is needed.
    pub(super) fn new(job: &'a Job, keep: Keep) -> Result<Streaming<'a>, SourceError> {
        let is_needed = matches!(keep, Keep::Copy(true));
        let copy = match keep {
            Keep::Copy(_) => Some(Spool::new()).transpose(),
            Keep::Heatmaps(_) | Keep::Nothing => Ok(None),
        };
        let copy = match copy {
            Err(error) if is_needed => return Err(error),
            copy => copy.unwrap_or_default(),
        };
        let arriving = match keep {
            Keep::Heatmaps(order) => Some(Arriving::new(order)),
            Keep::Copy(_) | Keep::Nothing => None,
        };
        Ok(Streaming { job, arriving, copy, is_needed })
    }

    /// Takes the next unit, whose bytes `read` gives; false if that fails, which ends the input. What is
    /// wrong is kept for [`Job::records`].
    pub(super) fn unit(
        &mut self,
        worker: &mut Worker,
        unit: usize,
        mut read: impl FnMut(u64, &mut [u8]) -> Result<(), SourceError>,
    ) -> bool {
        let Streaming { job, arriving, copy, is_needed } = self;
        let swept = job.sweep(worker, unit, true, |offset, bytes| {
            read(offset, bytes)?;
            match copy.as_mut().map_or(Ok(()), |copy| copy.add(bytes)) {
                Err(error) if *is_needed => return Err(error),
                Err(_) => *copy = None,
                Ok(()) => {}
            }
            Ok(())
        });
        let has_failed = swept.is_err();
        job.merge(unit, swept);
        match arriving {
            Some(arriving) if !has_failed => answer_complete(job, arriving, worker, unit),
            _ => !has_failed,
        }
    }

    /// What there is at its end, which has been verified.
    pub(super) fn end(self, notices: Vec<Notice>) -> End {
        let values = self.copy.map(|copy| Arc::new(copy) as Arc<dyn ReadAt>);
        End { notices, values, landmarks: self.arriving.map(Arriving::landmarks) }
    }
}

/// Answers the heatmaps of a stream that are complete with `unit`; false if that fails, which ends the input.
fn answer_complete(job: &Job, arriving: &mut Arriving, worker: &mut Worker, unit: usize) -> bool {
    let answered = caught(|| arriving.after(unit, &job.input, worker, |heatmap| job.take_records(heatmap)));
    let failure = match answered {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => Failure::Source(error),
        Err(defect) => {
            // Its buffers may be half-written.
            *worker = Worker::default();
            Failure::Defect(defect)
        }
    };
    job.fail(failure);
    false
}

impl Job {
    /// Decodes a stream from its first value to its verified end.
    ///
    /// One worker does all of it, in order, so it never waits in [`Job::merge`]. No landmark leaves here
    /// before the end has been verified, because a checksum that fails at the end makes every value doubtful.
    ///
    /// # Errors
    /// What is wrong with the end, or with the temporary file. What is wrong with a unit is kept for
    /// [`Job::records`].
    pub(super) fn stream(
        &self,
        worker: &mut Worker,
        values: &mut dyn ReadValues,
        tick: &dyn Fn(u64),
    ) -> Result<End, SourceError> {
        let order = OneByOne::new(&self.input.prepared).filter(|order| order.size <= MOST);
        let keep = order.map_or(Keep::Copy(self.must_be_read_again()), Keep::Heatmaps);
        let mut streaming = Streaming::new(self, keep)?;
        for unit in 0..self.units {
            let is_taken = streaming.unit(worker, unit, |_, bytes| {
                tick(bytes.len() as u64);
                values.read_exact(bytes)
            });
            if !is_taken {
                worker.drop_kept(usize::MAX);
                return Ok(End::default());
            }
        }
        Ok(streaming.end(values.finish()?))
    }

    /// Whether there is no answer without reading values again. Flags alone may be left out.
    pub(super) fn must_be_read_again(&self) -> bool {
        let prepared = &self.input.prepared;
        let is_alone = self.input.peaks.is_none() && prepared.alternatives.is_none();
        !is_alone || prepared.kernel.locator.reads_again()
    }
}
