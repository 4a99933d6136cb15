//! Who does what next: answers that somebody needs first, then units of open inputs, then the next input.

use super::answers::Answers;
use super::job::{self, End, Job, Opened, lock};
use super::unit::Worker;
use super::{Decoded, Inputs};
use crate::plan::Decoding;
use crate::source::{Location, ReadAt, SourceError, Values};
use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A file whose units several workers take.
#[derive(Clone)]
struct Shared {
    job: Arc<Job>,
    values: Arc<dyn ReadAt>,
}

/// What a worker does next.
enum Task {
    Unit(Shared, usize),
    /// Another worker's answers.
    Help(Arc<Answers>),
    /// The next input is asked for and opened.
    Open,
    Nothing,
}

struct State {
    /// Answers that are being made.
    answers: VecDeque<Arc<Answers>>,
    /// Files with units that nobody has taken.
    open: VecDeque<Shared>,
    /// Whether some worker is asking for the next input: it may have to wait, and nobody with it.
    is_asking: bool,
    is_last: bool,
    /// Inputs that have been asked for and not been decoded: they may bring units, and answers to be made.
    undecoded: usize,
    /// Inputs that have been opened and not been delivered.
    in_flight: usize,
    is_stopped: bool,
}

/// Lets the others end where a worker breaks off: its input will never be decoded.
struct Guard<'a, 'b>(&'a Schedule<'b>);

impl Drop for Guard<'_, '_> {
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
    decoding: &'a Decoding,
    feed: Mutex<Feed<'a>>,
    tick: &'a (dyn Fn(u64) + Sync),
    state: Mutex<State>,
    changed: Condvar,
}

impl<'a> Schedule<'a> {
    /// Inputs in flight for each worker. More would only wait for their turn to be delivered.
    const IN_FLIGHT: usize = 4;

    pub(super) fn new(
        decoding: &'a Decoding,
        inputs: Inputs<'a>,
        tick: &'a (dyn Fn(u64) + Sync),
    ) -> Schedule<'a> {
        let state = State {
            answers: VecDeque::new(),
            open: VecDeque::new(),
            is_asking: false,
            is_last: false,
            undecoded: 0,
            in_flight: 0,
            is_stopped: false,
        };
        let feed = Mutex::new(Feed { inputs, count: 0 });
        Schedule { decoding, feed, tick, state: Mutex::new(state), changed: Condvar::new() }
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

    /// Works until there is nothing left to do, sending every input that is finished.
    pub(super) fn work(&self, finished: &Sender<(usize, Decoded)>) {
        let mut worker = Worker::default();
        let _guard = Guard(self);
        loop {
            let done = match self.next() {
                Task::Nothing => return,
                Task::Unit(Shared { job, values }, unit) => {
                    let is_last = job.unit(&mut worker, &*values, unit, &self.tick);
                    is_last.then(|| {
                        let end = End { values: Some(values), ..End::default() };
                        (job.index, self.finish(&job, Ok(end)))
                    })
                }
                Task::Help(answers) => {
                    answers.help();
                    None
                }
                Task::Open => self.open(&mut worker),
            };
            let Some((index, decoded)) = done else { continue };
            lock(&self.state).undecoded -= 1;
            self.changed.notify_all();
            if finished.send((index, decoded)).is_err() {
                return;
            }
        }
    }

    /// The next unit of an open file, else the next input, else nothing; waits where too many inputs
    /// are in flight.
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
            while let Some(shared) = state.open.front() {
                if let Some(unit) = shared.job.take() {
                    return Task::Unit(shared.clone(), unit);
                }
                state.open.pop_front();
            }
            if state.is_last && state.undecoded == 0 {
                return Task::Nothing;
            }
            let has_room = state.in_flight < Self::IN_FLIGHT * self.decoding.threads;
            if !state.is_last && !state.is_asking && has_room {
                state.is_asking = true;
                state.in_flight += 1;
                state.undecoded += 1;
                return Task::Open;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks for the next input.
    fn ask(&self) -> Option<(usize, Location)> {
        let mut feed = lock(&self.feed);
        let asked = feed.inputs.next();
        let index = feed.count;
        feed.count += usize::from(asked.is_some());
        drop(feed);
        let mut state = lock(&self.state);
        state.is_asking = false;
        if asked.is_none() {
            state.is_last = true;
            state.undecoded -= 1;
            state.in_flight -= 1;
        }
        drop(state);
        self.changed.notify_all();
        asked.map(|location| (index, location))
    }

    /// Opens the next input. Some(…) where that finishes it.
    fn open(&self, worker: &mut Worker) -> Option<(usize, Decoded)> {
        let (index, location) = self.ask()?;
        self.decode(worker, index, &location).map(|decoded| (index, decoded))
    }

    fn decode(&self, worker: &mut Worker, index: usize, location: &Location) -> Option<Decoded> {
        let opened = job::open(self.decoding, index, location);
        let (job, values) = match opened {
            Ok(Opened { job, values: Values::Random(values) }) if !job.is_empty() => {
                let shared = Shared { job: Arc::new(job), values: values.into() };
                lock(&self.state).open.push_back(shared);
                self.changed.notify_all();
                return None;
            }
            Ok(Opened { job, values }) => (job, values),
            Err(failed) => return Some(*failed),
        };
        let job = Arc::new(job);
        let end = match values {
            Values::Stream(mut values) => job.stream(worker, &mut *values, &self.tick),
            Values::Random(_) => Ok(End::default()),
        };
        Some(self.finish(&job, end))
    }

    /// What an input decodes to, once all its units have been merged.
    fn finish(&self, job: &Arc<Job>, end: Result<End, SourceError>) -> Decoded {
        // What broke a unit comes before what is wrong with the end.
        let (records, End { notices, values }) = match job.records().and_then(|records| Ok((records, end?))) {
            Ok(whole) => whole,
            Err(error) => return job.failed(error),
        };
        let answers = Arc::new(Answers::new(Arc::clone(job), records, values));
        if answers.has_more() {
            lock(&self.state).answers.push_back(Arc::clone(&answers));
            self.changed.notify_all();
        }
        match answers.complete() {
            Ok(landmarks) => job.decoded(answers.records(), landmarks, notices),
            Err(error) => job.failed(error),
        }
    }
}
