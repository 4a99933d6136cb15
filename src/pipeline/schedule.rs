//! Who does what next: answers that somebody waits for, then units of open files, then the next input, then
//! what lies ahead in a stream that another worker reads.
//!
//! That order keeps memory bounded and rows early: what is nearest to its delivery is finished first, and
//! another input is opened only when no open one has work left.
//!
//! **Who waits for whom.** A worker without work waits in [`Schedule::next`] and is woken by every change: a
//! file is opened (its units can be claimed), an input is decoded (the run may be over), one is delivered
//! (there is room for another), answers are offered, the run is stopped. One worker at a time asks for the
//! next input, which may have to wait for a line of a pipe; it holds no lock that the others need. Two more
//! waits are in [`super::job`] and [`super::answers`].
//!
//! **What a panic does.** Every input that was asked for ends in exactly one message to the calling thread:
//! what it decoded to, or the [`Defect`] that its decoding met. The calling thread delivers the inputs before
//! it and stops the run. [`StopOnPanic`] is for what runs outside all that, such as `deliver` itself.

use super::answers::Answers;
use super::between::between;
use super::decoded::Decoded;
use super::defect::{Defect, Failure, caught};
use super::group::{Files, Group};
use super::job::{Job, lock};
use super::members::{OpenedMember, Origin};
use super::opened::{OpenedInput, Unfit};
use super::records::PIECE;
use super::streaming::{End, Ended};
use super::unit::Worker;
use crate::error::InputError;
use crate::landmarks::Landmarks;
use crate::source::{Ahead, Location, Notice, ReadAt, SourceError, Values};
use crate::warning::Warning;
use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The inputs of a run, one after the other. The next one is asked for only when a worker is free, by one
/// worker at a time, which may wait for it to arrive.
pub type Inputs<'a> = Box<dyn Iterator<Item = Location> + Send + 'a>;

/// Opens an input; if that fails, the input is decoded already.
pub(super) type Opener<'a> = &'a (dyn Fn(&Location) -> Result<(OpenedInput, Origin), Box<Unfit>> + Sync);

/// What became of the input of a number.
pub(super) type Outcome = (usize, Result<Decoded, Defect>);

/// A file whose units several workers claim.
#[derive(Clone)]
struct OpenFile {
    job: Arc<Job>,
    values: Arc<dyn ReadAt>,
    /// The files whose mean it is, if it is one.
    members: Option<Arc<Files>>,
}

/// What a worker does next.
enum Task {
    /// Sweeps a unit that it has claimed.
    Unit(OpenFile, usize),
    /// Makes some of another worker's answers.
    Help(Arc<Answers>),
    /// Does some of what lies ahead in a stream that another worker reads.
    Ahead(Arc<dyn Ahead>),
    /// Asks for the next input and opens it.
    Open,
    /// Nothing is left to do.
    Nothing,
}

/// What the workers decide by; always behind one lock, which nobody holds while it works or waits for a file.
struct State {
    /// Answers with parts that nobody has claimed.
    answers: VecDeque<Arc<Answers>>,
    /// Files with units that nobody has claimed.
    open: VecDeque<OpenFile>,
    /// Streams that are being read, whose readers can be helped.
    streams: Vec<Arc<dyn Ahead>>,
    /// Workers that have nothing to do.
    idle: usize,
    /// Whether some worker is asking for the next input: it may have to wait, and nobody with it.
    is_asking: bool,
    /// Whether there are no more inputs to ask for.
    is_last: bool,
    /// Inputs that have been asked for and not been decoded: they may bring units, and answers to be made.
    undecoded: usize,
    /// Inputs that have been asked for and not been delivered.
    in_flight: usize,
    is_stopped: bool,
}

/// Stops the run if the thread that holds it panics: nobody waits for what that thread would have done.
pub(super) struct StopOnPanic<'a, 'b>(pub(super) &'a Schedule<'b>);

impl Drop for StopOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// Inputs that have not been asked for, and how many have.
struct Feed<'a> {
    inputs: Inputs<'a>,
    count: usize,
}

/// The inputs of a run, shared by its workers.
pub(super) struct Schedule<'a> {
    threads: usize,
    opener: Opener<'a>,
    feed: Mutex<Feed<'a>>,
    tick: &'a (dyn Fn(u64) + Sync),
    state: Mutex<State>,
    changed: Condvar,
}

impl<'a> Schedule<'a> {
    /// Inputs in flight for each worker. With one, a worker that has finished would wait until the slowest
    /// input before its own is delivered; more than a few would only hold memory while they wait for their
    /// turn.
    const IN_FLIGHT: usize = 4;

    pub(super) fn new(
        threads: usize,
        opener: Opener<'a>,
        inputs: Inputs<'a>,
        tick: &'a (dyn Fn(u64) + Sync),
    ) -> Schedule<'a> {
        let state = State {
            answers: VecDeque::new(),
            open: VecDeque::new(),
            streams: Vec::new(),
            idle: 0,
            is_asking: false,
            is_last: false,
            undecoded: 0,
            in_flight: 0,
            is_stopped: false,
        };
        let feed = Mutex::new(Feed { inputs, count: 0 });
        Schedule { threads, opener, feed, tick, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Makes room for another input.
    pub(super) fn delivered(&self) {
        lock(&self.state).in_flight -= 1;
        self.changed.notify_all();
    }

    /// Lets every worker end after what it has in hand.
    pub(super) fn stop(&self) {
        lock(&self.state).is_stopped = true;
        self.changed.notify_all();
    }

    /// Works until there is nothing left to do, and sends what becomes of every input.
    pub(super) fn work(&self, finished: &Sender<Outcome>) {
        let mut worker = Worker::default();
        let _stop = StopOnPanic(self);
        loop {
            let outcome = match self.next() {
                Task::Nothing => return,
                Task::Unit(file, unit) => self.unit(&mut worker, file, unit),
                Task::Help(answers) => {
                    answers.help();
                    None
                }
                Task::Ahead(ahead) => {
                    // Whoever reads the stream does what is not done here, and meets what is wrong with it.
                    let _ = caught(|| ahead.work());
                    None
                }
                Task::Open => self.open(&mut worker),
            };
            let Some(outcome) = outcome else { continue };
            lock(&self.state).undecoded -= 1;
            self.changed.notify_all();
            if finished.send(outcome).is_err() {
                return;
            }
        }
    }

    /// What to do next; waits while others may still bring work.
    fn next(&self) -> Task {
        let mut state = lock(&self.state);
        loop {
            if state.is_stopped {
                return Task::Nothing;
            }
            while let Some(answers) = state.answers.front() {
                if answers.has_more() {
                    return Task::Help(Arc::clone(answers));
                }
                state.answers.pop_front();
            }
            while let Some(file) = state.open.front() {
                if let Some(unit) = file.job.claim() {
                    return Task::Unit(file.clone(), unit);
                }
                state.open.pop_front();
            }
            if state.is_last && state.undecoded == 0 {
                return Task::Nothing;
            }
            let has_room = state.in_flight < Self::IN_FLIGHT * self.threads;
            if !state.is_last && !state.is_asking && has_room {
                state.is_asking = true;
                state.in_flight += 1;
                state.undecoded += 1;
                return Task::Open;
            }
            if let Some(ahead) = state.streams.iter().find(|ahead| ahead.has_work()) {
                return Task::Ahead(Arc::clone(ahead));
            }
            state.idle += 1;
            state.streams.iter().for_each(|ahead| ahead.offer(state.idle));
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// Reads streams, with the help of those who have nothing else to do. `read` gets the tick for their
    /// bytes.
    fn helped<T>(&self, streams: &[Arc<dyn Ahead>], read: impl FnOnce(&dyn Fn(u64)) -> T) -> T {
        if streams.is_empty() {
            return read(&self.tick);
        }
        let mut state = lock(&self.state);
        for ahead in streams {
            ahead.offer(state.idle);
        }
        state.streams.extend(streams.iter().cloned());
        drop(state);
        let result = read(&|bytes| {
            (self.tick)(bytes);
            if streams.iter().any(|ahead| ahead.has_work()) {
                self.changed.notify_one();
            }
        });
        let is_one = |stream: &Arc<dyn Ahead>| streams.iter().any(|ahead| Arc::ptr_eq(stream, ahead));
        lock(&self.state).streams.retain(|stream| !is_one(stream));
        result
    }

    /// Sweeps a unit of a file, or of files that are averaged. `Some` if that completes the input.
    fn unit(&self, worker: &mut Worker, file: OpenFile, unit: usize) -> Option<Outcome> {
        let OpenFile { job, values, members } = file;
        let is_complete = match &members {
            None => job.unit(worker, &*values, unit, &self.tick),
            Some(members) => members.unit(&job, worker, unit, &self.tick),
        };
        is_complete.then(|| {
            let end = End { values: Some(values), ..End::default() };
            let ends = members.map(|members| members.ends()).unwrap_or_default();
            (job.index, self.finish(&job, Ok((end, ends))))
        })
    }

    /// Asks for the next input, which may wait for it to arrive: its number, and where it is, or the defect
    /// of whoever names the inputs.
    fn ask(&self) -> Option<(usize, Result<Location, Defect>)> {
        let mut feed = lock(&self.feed);
        let asked = caught(|| feed.inputs.next()).transpose();
        let index = feed.count;
        feed.count += usize::from(asked.is_some());
        drop(feed);
        let mut state = lock(&self.state);
        state.is_asking = false;
        if !matches!(asked, Some(Ok(_))) {
            state.is_last = true;
        }
        if asked.is_none() {
            state.undecoded -= 1;
            state.in_flight -= 1;
        }
        drop(state);
        self.changed.notify_all();
        asked.map(|asked| (index, asked))
    }

    /// Opens the next input. `Some` if that finishes it: a stream, an input without values or one that cannot
    /// be opened.
    fn open(&self, worker: &mut Worker) -> Option<Outcome> {
        let (index, asked) = self.ask()?;
        let decoded = asked.and_then(|location| caught(|| self.decode(worker, index, &location))?);
        if decoded.is_err() {
            // Its buffers may be half-written.
            *worker = Worker::default();
        }
        decoded.transpose().map(|decoded| (index, decoded))
    }

    fn decode(
        &self,
        worker: &mut Worker,
        index: usize,
        location: &Location,
    ) -> Result<Option<Decoded>, Defect> {
        let (input, origin) = match (self.opener)(location) {
            Ok(opened) => opened,
            Err(unfit) => return Ok(Some(unfit.decoded())),
        };
        let job = Arc::new(Job::new(index, input));
        let end = match origin {
            Origin::One(_) if job.is_empty() => Ok(End::default()),
            Origin::One(Values::Random(values)) => {
                self.open_file(OpenFile { job, values: values.into(), members: None });
                return Ok(None);
            }
            Origin::One(Values::Stream(mut values)) => {
                let ahead: Vec<_> = values.ahead().into_iter().collect();
                self.helped(&ahead, |tick| job.stream(worker, &mut *values, tick))
            }
            Origin::Members(members) => return self.decode_members(&job, members),
        };
        self.finish(&job, end.map(|end| (end, Vec::new())).map_err(Failure::from)).map(Some)
    }

    /// Decodes the mean of some files, or leaves it to be decoded unit by unit.
    fn decode_members(&self, mean: &Arc<Job>, members: Vec<OpenedMember>) -> Result<Option<Decoded>, Defect> {
        let ended = match Group::new(mean, members) {
            Ok(Group::Files(files)) if !mean.is_empty() => {
                let values = Arc::new(files.mean(mean));
                self.open_file(OpenFile { job: Arc::clone(mean), values, members: Some(Arc::new(files)) });
                return Ok(None);
            }
            Ok(Group::Files(files)) => Ok((End::default(), files.ends())),
            Ok(Group::Streams(streams)) => self.helped(&streams.ahead(), |tick| streams.read(mean, tick)),
            Err(failure) => Err(failure),
        };
        self.finish(mean, ended).map(Some)
    }

    /// Lets every worker claim units of a file.
    fn open_file(&self, file: OpenFile) {
        lock(&self.state).open.push_back(file);
        self.changed.notify_all();
    }

    /// What an input decodes to, once all its units have been merged.
    fn finish(&self, job: &Arc<Job>, ended: Result<Ended, Failure>) -> Result<Decoded, Defect> {
        match caught(|| self.answer(job, ended))? {
            Ok(decoded) => Ok(decoded),
            Err(Failure::Source(error)) => Ok(job.input.failed(error.into())),
            Err(Failure::Member(path, error)) => {
                let error = Box::new(InputError::Source(error));
                Ok(job.input.failed(InputError::Member { path, error }))
            }
            Err(Failure::Defect(defect)) => Err(defect),
        }
    }

    /// The landmarks of an input and, if it is a mean, how far its members disagree.
    fn answer(&self, job: &Arc<Job>, ended: Result<Ended, Failure>) -> Result<Decoded, Failure> {
        // What broke a unit comes before what is wrong with the end.
        let (end, members) = ended.map_err(|failure| job.records().err().unwrap_or(failure))?;
        // One that failed keeps the others from being swept whole: nothing is answered.
        if let Some((member, _)) = members.iter().find(|(member, _)| member.has_failed()) {
            member.records().map_err(|failure| failure.of_member(&member.input.record.file))?;
        }
        let (mut warnings, mut alone) = (Vec::new(), Vec::new());
        for (member, end) in members {
            let path = &member.input.record.file;
            let made = self.landmarks(&member, end).map_err(|failure| failure.of_member(path))?;
            warnings.extend(made.1.into_iter().map(|notice| Warning::Source(notice).of_member(path)));
            alone.push(made.0);
        }
        let (mut landmarks, notices) = self.landmarks(job, end)?;
        if !alone.is_empty() {
            landmarks = between(&landmarks, &alone).map_err(SourceError::from)?;
        }
        warnings.extend(notices.into_iter().map(Warning::Source));
        Ok(job.input.decoded(landmarks, warnings))
    }

    /// The landmarks of an input whose units have all been merged, and what was suspicious at its end.
    fn landmarks(&self, job: &Arc<Job>, end: End) -> Result<(Landmarks, Vec<Notice>), Failure> {
        let mut records = job.records()?;
        let End { notices, values, landmarks } = end;
        if let Some(landmarks) = landmarks {
            return Ok((landmarks, notices));
        }
        let (heatmaps, mut landmarks) = (job.input.prepared.heatmaps(), Landmarks::default());
        for first in (0..heatmaps).step_by(PIECE) {
            let end = heatmaps.min(first + PIECE);
            let taken = records.take_some(first..end, &job.input.prepared);
            let piece = (first, taken.map_err(SourceError::from)?);
            let answers = Arc::new(Answers::new(Arc::clone(job), piece, values.clone()));
            if answers.has_more() {
                lock(&self.state).answers.push_back(Arc::clone(&answers));
                self.changed.notify_all();
            }
            answers.complete(&mut landmarks)?;
        }
        Ok((landmarks, notices))
    }
}
