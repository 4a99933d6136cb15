//! Parts that other threads inflate while one thread reads the stream.
//!
//! The reader cuts the compressed data that lies ahead into jobs of two parts each, and puts them here.
//! Whoever has nothing else to do takes one ([`Ahead::work`]). The reader takes the parts as it arrives at
//! them, and works through a job itself that nobody has taken; so no stream waits for help that does not
//! come.

use super::super::values::Ahead;
use super::bits::Compressed;
use super::lane::{Lane, Part, run};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Two parts to inflate, with the data that they need.
pub(super) struct Job {
    pub(super) input: Compressed,
    /// The bit of the stream's source with which `input` begins.
    pub(super) base: u64,
    /// The bits of the source in which the two parts begin.
    pub(super) bits: Range<u64>,
    /// The bit in which the second one does.
    pub(super) middle: u64,
    /// Whether they are inflated at once, or one after the other.
    pub(super) at_once: bool,
}

#[derive(Default)]
struct State {
    /// In the order of the stream.
    waiting: VecDeque<Job>,
    /// Where the jobs lie that somebody works on.
    working: Vec<Range<u64>>,
    done: Vec<Part>,
    /// For the next job.
    lanes: Vec<[Lane; 2]>,
    inputs: Vec<Compressed>,
}

/// What is ahead of a reader.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Signalled when a job is done.
    done: Condvar,
    waiting: AtomicUsize,
    helpers: AtomicUsize,
    is_closed: AtomicBool,
}

/// What became of the job in whose bits the reader is.
pub(super) enum Found {
    /// There is none.
    Nothing,
    /// The reader should inflate these two parts itself.
    Mine(Job),
    /// It was inflated, and begins here.
    Part(Part),
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many threads have offered help.
    pub(super) fn helpers(&self) -> usize {
        self.helpers.load(Ordering::Relaxed)
    }

    /// How many jobs have not been done, and how many parts not been taken, two for a job.
    pub(super) fn outstanding(&self) -> usize {
        let state = self.lock();
        state.waiting.len() + state.working.len() + state.done.len().div_ceil(2)
    }

    /// The first bit behind `here` from which on something is done or to be done.
    pub(super) fn next_start(&self, here: u64) -> Option<u64> {
        let state = self.lock();
        let jobs = state.waiting.iter().map(|job| job.bits.start);
        let working = state.working.iter().map(|bits| bits.start);
        let done = state.done.iter().map(|part| part.bits.start);
        jobs.chain(working).chain(done).filter(|start| *start > here).min()
    }

    /// An input for a job, used before or new.
    pub(super) fn input(&self) -> Compressed {
        self.lock().inputs.pop().unwrap_or_else(Compressed::new)
    }

    pub(super) fn put(&self, job: Job) {
        self.lock().waiting.push_back(job);
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets everything that is not being worked on.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.waiting.clear();
        state.done.clear();
        self.waiting.store(0, Ordering::Relaxed);
    }

    /// Gives back the data of a job, and the cells of a part.
    pub(super) fn reuse(&self, job: Option<Job>, part: Option<Part>) {
        let mut state = self.lock();
        state.inputs.extend(job.map(|job| job.input));
        if let (Some(part), Some(lanes)) = (part, state.lanes.last_mut()) {
            let [first, second] = lanes;
            if first.has_cells() { second.reuse(part) } else { first.reuse(part) }
        }
    }

    /// What there is at bit `here`. Waits for it if somebody else works on it and nothing else is to do.
    pub(super) fn find(&self, here: u64) -> Found {
        let mut state = self.lock();
        loop {
            state.done.retain(|part| part.bits.start >= here);
            if let Some(place) = state.done.iter().position(|part| part.bits.start == here) {
                return Found::Part(state.done.swap_remove(place));
            }
            while state.waiting.front().is_some_and(|job| job.bits.start <= here) {
                let Some(job) = state.waiting.pop_front() else { break };
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                if job.bits.contains(&here) {
                    return Found::Mine(job);
                }
                state.inputs.push(job.input);
            }
            if !state.working.iter().any(|bits| bits.contains(&here)) {
                return Found::Nothing;
            }
            drop(state);
            let has_worked = self.work();
            state = self.lock();
            if !has_worked && state.working.iter().any(|bits| bits.contains(&here)) {
                state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn take(&self) -> Option<(Job, [Lane; 2])> {
        let mut state = self.lock();
        let job = state.waiting.pop_front()?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        state.working.push(job.bits.clone());
        let lanes = state.lanes.pop().unwrap_or_else(|| [Lane::new(), Lane::new()]);
        Some((job, lanes))
    }
}

/// Ends a job, also if inflating it panicked: the reader may wait for it.
struct Working<'a> {
    queue: &'a Queue,
    bits: Range<u64>,
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.queue.lock().working.retain(|bits| *bits != self.bits);
        self.queue.done.notify_all();
    }
}

impl Ahead for Queue {
    fn offer(&self, helpers: usize) {
        self.helpers.fetch_max(helpers, Ordering::Relaxed);
    }

    fn has_work(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    fn work(&self) -> bool {
        let Some((job, mut lanes)) = self.take() else { return false };
        let _working = Working { queue: self, bits: job.bits.clone() };
        let [first, second] = &mut lanes;
        let place = |bit: u64| (bit - job.base) as usize;
        first.begin_near(place(job.bits.start), &job.input, place(job.middle));
        second.begin_near(place(job.middle), &job.input, place(job.bits.end));
        run(first, second, &job.input, job.at_once, &self.is_closed);
        let parts = [first.part(job.base), second.part(job.base)];
        let mut state = self.lock();
        state.done.extend(parts.into_iter().flatten());
        state.lanes.push(lanes);
        state.inputs.push(job.input);
        true
    }
}

impl Queue {
    /// Ends the work on what nobody will read.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.clear();
    }
}
