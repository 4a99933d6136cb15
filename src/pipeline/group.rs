//! The files of a mean while they are decoded: each unit is read once from every file, swept as that file's
//! own, and added to the sum; then the mean is swept.
//!
//! So a file has the answer that it would have alone, to the bit, and no file is read twice. The files and
//! the mean are jobs of their own with the same units, because they have one shape and one order of memory.
//! A unit is merged to every file's job before it is merged to the mean's: once the mean is complete, all
//! are. Nobody waits for ever in [`Job::merge`]: whoever holds the first unit that is missing anywhere waits
//! in none of the jobs.
//!
//! If one of the files is a stream, one worker reads all of them side by side, unit by unit. If the heatmaps
//! of all of them together are small, they are kept in memory until they are answered; else each stream is
//! copied to a temporary file of its own, and the mean is read again from those.
//!
//! Once a file has failed there is no mean, and no more of the others is read.

use super::defect::Failure;
use super::job::Job;
use super::kept::{MOST_TOGETHER, OneByOne};
use super::members::OpenedMember;
use super::records::BlockRecords;
use super::streaming::{End, Ended, Keep, Streaming};
use super::sum::{self, Averaging, Mean, Stored, Sum};
use super::unit::{self, Worker};
use crate::heatmap::Scaling;
use crate::memory::OutOfMemory;
use crate::source::{Ahead, Notice, ReadAt, ReadValues, Values};
use std::sync::Arc;

/// The files of a mean.
pub(super) enum Group {
    /// All of them can be read at any offset.
    Files(Files),
    /// Some are streams.
    Streams(Streams),
}

/// Files that can be read at any offset, by any worker.
pub(super) struct Files(Vec<Member<Arc<dyn ReadAt>>>);

/// Files of which some are streams.
pub(super) struct Streams(Vec<Member<MemberValues>>);

/// One file of a mean.
struct Member<V> {
    job: Arc<Job>,
    values: V,
    /// What was suspicious about a stream that has been read.
    notices: Vec<Notice>,
}

/// The values of one file among streams.
enum MemberValues {
    Random(Arc<dyn ReadAt>),
    Stream(Box<dyn ReadValues>),
}

impl<V> Member<V> {
    fn stored(&self) -> Stored {
        let input = &self.job.input;
        Stored { element: input.prepared.element, scaling: input.scaling }
    }
}

/// How the values of some files become those of the mean.
fn averaging(mean: &Job, count: usize) -> Averaging {
    let sweeper = &mean.input.prepared.kernel.sweeper;
    Averaging { count, ignore_nan: sweeper.ignores_nan(), level: sweeper.level() }
}

impl Group {
    /// The files of a mean, turned as it lies. A stream that must be copied for that is read here.
    ///
    /// # Errors
    /// What is wrong with such a stream, or with the temporary file.
    pub(super) fn new(mean: &Job, opened: Vec<OpenedMember>) -> Result<Group, Failure> {
        let mut members = Vec::with_capacity(opened.len());
        for OpenedMember { input, values, mirror } in opened {
            let turned = match mirror {
                Some(mirror) => mirror.turn(values),
                None => Ok((values, Vec::new())),
            };
            let failed = |error| Failure::Source(error).of_member(&input.record.file);
            let (values, notices) = turned.map_err(failed)?;
            let values = match values {
                Values::Random(values) => MemberValues::Random(values.into()),
                Values::Stream(values) => MemberValues::Stream(values),
            };
            members.push(Member { job: Arc::new(Job::new(mean.index, input)), values, notices });
        }
        if members.iter().any(|member| matches!(member.values, MemberValues::Stream(_))) {
            return Ok(Group::Streams(Streams(members)));
        }
        let files = members.into_iter().filter_map(|Member { job, values, notices }| match values {
            MemberValues::Random(values) => Some(Member { job, values, notices }),
            MemberValues::Stream(_) => None,
        });
        Ok(Group::Files(Files(files.collect())))
    }
}

impl Files {
    /// The values of the mean.
    pub(super) fn mean(&self, mean: &Job) -> Mean {
        let files = self.0.iter().map(|member| (Arc::clone(&member.values), member.stored())).collect();
        Mean { averaging: averaging(mean, self.0.len()), files }
    }

    /// Reads, sweeps and merges one unit of every file and of the mean; true for the call that completes the
    /// input.
    pub(super) fn unit(&self, mean: &Job, worker: &mut Worker, unit: usize, tick: &dyn Fn(u64)) -> bool {
        let mut sum = std::mem::take(&mut worker.sum);
        let averaging = averaging(mean, self.0.len());
        let start = unit::elements_of(&mean.input.prepared, unit).start;
        sum.begin();
        let mut has_failed = mean.has_failed();
        for member in &self.0 {
            let stored = member.stored();
            has_failed |= member.job.has_failed();
            let swept = if has_failed {
                Ok(BlockRecords::default())
            } else {
                member.job.sweep(worker, unit, false, |offset, bytes| {
                    tick(bytes.len() as u64);
                    member.values.read_exact_at(offset, bytes)?;
                    Ok(sum.add(averaging, stored, place(offset, stored, start), bytes)?)
                })
            };
            has_failed |= swept.is_err();
            member.job.merge(unit, swept);
        }
        let swept = if has_failed {
            Ok(BlockRecords::default())
        } else {
            sweep_mean(mean, worker, unit, &sum, averaging)
        };
        worker.sum = sum;
        mean.merge(unit, swept)
    }

    /// What there is of each file once all of them have been read.
    pub(super) fn ends(&self) -> Vec<(Arc<Job>, End)> {
        let end = |member: &Member<Arc<dyn ReadAt>>| End {
            notices: member.notices.clone(),
            values: Some(Arc::clone(&member.values)),
            landmarks: None,
        };
        self.0.iter().map(|member| (Arc::clone(&member.job), end(member))).collect()
    }
}

/// Sweeps a unit of a mean.
fn sweep_mean(
    mean: &Job,
    worker: &mut Worker,
    unit: usize,
    sum: &Sum,
    averaging: Averaging,
) -> Result<BlockRecords, Failure> {
    let start = unit::elements_of(&mean.input.prepared, unit).start;
    mean.sweep(worker, unit, false, |offset, bytes| {
        sum.write(averaging, place(offset, MEAN, start), bytes);
        Ok(())
    })
}

/// How a mean is stored.
const MEAN: Stored = Stored { element: sum::ELEMENT, scaling: Scaling::NONE };

/// Which voxel of a unit that begins with element `start` lies at an offset in bytes.
fn place(offset: u64, stored: Stored, start: usize) -> usize {
    (offset / stored.element.size() as u64) as usize - start
}

impl Streams {
    /// What other threads can do while they are read.
    pub(super) fn ahead(&self) -> Vec<Arc<dyn Ahead>> {
        let ahead = self.0.iter().filter_map(|member| match &member.values {
            MemberValues::Stream(values) => values.ahead(),
            MemberValues::Random(_) => None,
        });
        ahead.collect()
    }

    /// Reads all of them side by side to their verified ends.
    ///
    /// # Errors
    /// What is wrong with one of them, with a temporary file, or with the mean.
    pub(super) fn read(self, mean: &Arc<Job>, tick: &dyn Fn(u64)) -> Result<Ended, Failure> {
        let averaging = averaging(mean, self.0.len());
        let keeps = self.keeps(mean);
        let jobs: Vec<Arc<Job>> = self.0.iter().map(|member| Arc::clone(&member.job)).collect();
        let of_mean = if keeps { Keep::all(mean) } else { Keep::Nothing };
        let is_needed = jobs.iter().chain([mean]).any(|job| job.must_be_read_again());
        let mut readings = Vec::with_capacity(jobs.len());
        for (member, job) in self.0.into_iter().zip(&jobs) {
            let keep = if keeps { Keep::all(job) } else { Keep::Copy(is_needed) };
            readings.push(Reading::new(job, member, keep)?);
        }
        let (mut sum, mut worker) = (Sum::default(), Worker::default());
        let mut streaming = Streaming::new(mean, of_mean)?;
        for unit in 0..mean.units {
            let start = unit::elements_of(&mean.input.prepared, unit).start;
            sum.begin();
            for reading in &mut readings {
                let stored = reading.stored;
                reading.unit(unit, tick, &mut |offset, bytes| {
                    sum.add(averaging, stored, place(offset, stored, start), bytes)
                })?;
            }
            let is_taken = streaming.unit(&mut worker, unit, |offset, bytes| {
                sum.write(averaging, place(offset, MEAN, start), bytes);
                Ok(())
            });
            if !is_taken {
                mean.records()?;
            }
        }
        let files: Vec<Stored> = readings.iter().map(|reading| reading.stored).collect();
        let ends = readings.into_iter().map(Reading::end).collect::<Result<Vec<End>, Failure>>()?;
        let mut end = streaming.end(Vec::new());
        if end.landmarks.is_none() {
            let values: Option<Vec<_>> = ends.iter().map(|end| end.values.clone()).collect();
            let files = values.map(|values| values.into_iter().zip(files).collect());
            end.values = files.map(|files| Arc::new(Mean { averaging, files }) as Arc<dyn ReadAt>);
        }
        Ok((end, jobs.into_iter().zip(ends).collect()))
    }

    /// Whether the heatmaps of all streams and of the mean are kept in memory until they are answered.
    fn keeps(&self, mean: &Job) -> bool {
        let is_stream = |member: &&Member<_>| matches!(member.values, MemberValues::Stream(_));
        let streams = self.0.iter().filter(is_stream).map(|member| &*member.job).chain([mean]);
        let size = |job: &Job| OneByOne::new(&job.input.prepared).map(|order| order.size);
        let sizes = streams.map(size).try_fold(0_u64, |all, size| all.checked_add(size?));
        sizes.is_some_and(|all| all <= MOST_TOGETHER)
    }
}

impl Keep {
    /// Each heatmap until it is answered, if they arrive one by one.
    fn all(job: &Job) -> Keep {
        OneByOne::new(&job.input.prepared).map_or(Keep::Nothing, Keep::Heatmaps)
    }
}

/// Takes bytes with their offset.
type Add<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<(), OutOfMemory>;

/// One file of several while they are read side by side. Its worker keeps its heatmaps.
struct Reading<'a> {
    job: &'a Job,
    stored: Stored,
    values: MemberValues,
    notices: Vec<Notice>,
    /// `None` for a file that can be read again.
    streaming: Option<Streaming<'a>>,
    worker: Worker,
}

impl<'a> Reading<'a> {
    fn new(job: &'a Job, member: Member<MemberValues>, keep: Keep) -> Result<Reading<'a>, Failure> {
        let is_stream = matches!(member.values, MemberValues::Stream(_));
        let streaming = is_stream.then(|| Streaming::new(job, keep)).transpose()?;
        let (stored, Member { values, notices, .. }) = (member.stored(), member);
        Ok(Reading { job, stored, values, notices, streaming, worker: Worker::default() })
    }

    /// Reads, sweeps and merges the next unit; `add` gets its bytes with their offset.
    fn unit(&mut self, unit: usize, tick: &dyn Fn(u64), add: Add<'_>) -> Result<(), Failure> {
        let Reading { job, values, streaming, worker, .. } = self;
        let mut read = |offset: u64, bytes: &mut [u8]| {
            tick(bytes.len() as u64);
            match values {
                MemberValues::Random(values) => values.read_exact_at(offset, bytes)?,
                MemberValues::Stream(values) => values.read_exact(bytes)?,
            }
            Ok(add(offset, bytes)?)
        };
        let ended = match streaming {
            Some(streaming) => {
                let is_taken = streaming.unit(worker, unit, &mut read);
                // It has kept why not.
                if is_taken { Ok(()) } else { job.records().map(drop) }
            }
            None => job.sweep(worker, unit, false, &mut read).map(|swept| {
                job.merge(unit, Ok(swept));
            }),
        };
        ended.map_err(|failure| failure.of_member(&job.input.record.file))
    }

    /// Verifies its end.
    fn end(self) -> Result<End, Failure> {
        let Reading { job, values, mut notices, streaming, .. } = self;
        match values {
            MemberValues::Random(values) => Ok(End { notices, values: Some(values), landmarks: None }),
            MemberValues::Stream(mut values) => {
                let failed = |error| Failure::Source(error).of_member(&job.input.record.file);
                notices.extend(values.finish().map_err(failed)?);
                Ok(streaming.map_or_else(End::default, |streaming| streaming.end(notices)))
            }
        }
    }
}
