//! When a stream is inflated in parts, and which part comes next.
//!
//! The reader is at the beginning of a block. There it looks whether a part begins at exactly this bit: the
//! second one of the two that it inflated itself, or one that another thread inflated. If there is none and
//! parts are worth it, it inflates two, and leaves what lies further ahead to others, if there are any.

use super::super::error::SourceError;
use super::ahead::{Found, Job, Queue};
use super::bits::{Bits, Compressed};
use super::lane::{Lane, Part, WINDOW, Window, run};
use super::symbols::Mixture;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Compressed bytes of a part.
const PART: usize = 1 << 19;

/// The least, where there are fewer: finding the second part costs some thousands of bytes.
const LEAST_PART: usize = 1 << 16;

/// Compressed bytes behind two parts: the second ends with a block, behind where it should.
const BEHIND: usize = 1 << 17;

/// Two parts at once are faster where literals are so many times as many as matches. A match that was not
/// foreseen costs both parts the wait for it.
const LITERALS: usize = 8;

/// Data that inflates to more than so many times its size is not inflated in parts: most of its time goes
/// into long copies, and its parts would be large.
const DENSE: u64 = 16;

/// Jobs that are kept ready for each helper, so that it need not wait for the reader.
const JOBS: usize = 2;

/// Compressed data from the place of the reader on.
pub(super) struct Here<'a> {
    pub(super) input: &'a Compressed,
    /// The bit of the source with which `input` begins.
    pub(super) base: u64,
    /// Where the reader is.
    pub(super) bits: Bits,
}

impl Here<'_> {
    fn bit(&self) -> u64 {
        self.base + self.bits.bit() as u64
    }

    /// The bit behind the data.
    fn end(&self) -> u64 {
        self.base + self.input.len() as u64 * 8
    }
}

/// What there is of parts.
pub(super) struct Parts {
    lanes: [Lane; 2],
    /// What is handed out now.
    pub(super) current: Option<Part>,
    /// What comes after it, if the stream arrives at its first bit.
    next: Option<Part>,
    /// What came before the current one.
    pub(super) window: Window,
    pub(super) queue: Arc<Queue>,
    /// Up to which bit of the source jobs were made.
    queued: u64,
    /// Inflated and compressed bytes of this stream so far, before the current part.
    pub(super) inflated: u64,
    used: u64,
    /// What was inflated lately is made of, and how many bytes it was.
    pub(super) mixture: Mixture,
    lately: usize,
    /// Whether literals were most of it when that was asked last.
    at_once: bool,
    /// No parts before so many compressed bytes.
    not_before: u64,
    /// How often in a row no second part was found.
    misses: u32,
}

impl Parts {
    pub(super) fn new() -> Parts {
        Parts {
            lanes: [Lane::new(), Lane::new()],
            current: None,
            next: None,
            window: Window::new(),
            queue: Arc::default(),
            queued: 0,
            inflated: 0,
            used: 0,
            mixture: Mixture::default(),
            lately: 0,
            at_once: false,
            not_before: 0,
            misses: 0,
        }
    }

    /// Forgets where the last stream was.
    pub(super) fn restart(&mut self) {
        self.queue.clear();
        (self.current, self.next) = (None, None);
        (self.inflated, self.used, self.not_before, self.queued) = (0, 0, 0, 0);
        (self.mixture, self.lately) = (Mixture::default(), 0);
    }

    /// Counts bytes that were inflated, and the bits that they were.
    pub(super) fn count(&mut self, inflated: usize, bits: u64) {
        self.inflated += inflated as u64;
        self.lately += inflated;
        self.used += bits / 8;
    }

    /// Whether so much data is wanted ahead of the reader that it must be read first: how many bytes.
    pub(super) fn wanted(&mut self) -> Option<usize> {
        let jobs = if self.is_helped() { JOBS * self.queue.helpers() + 1 } else { 1 };
        let there_are_some = self.next.is_some() || (self.is_helped() && self.queue.outstanding() > 0);
        (there_are_some || self.are_worth_it()).then_some(jobs * 2 * PART + BEHIND)
    }

    fn is_helped(&self) -> bool {
        self.queue.helpers() > 0
    }

    /// Makes the part that begins here the current one, if there is one or it can be inflated; false if the
    /// stream goes on step by step. `last` is what came before.
    pub(super) fn begin(&mut self, here: &Here<'_>, last: &[u8]) -> bool {
        let bit = here.bit();
        if self.is_helped() {
            self.queue_jobs(here);
        }
        // A guessed part takes what lies before it for given: all of the window must be there.
        let is_whole = self.inflated >= WINDOW as u64;
        let is_next = self.next.take_if(|part| part.bits.start <= bit);
        if let Some(part) = is_next.filter(|part| part.bits.start == bit && is_whole) {
            self.window.push(last);
            self.current = Some(part);
            return true;
        }
        if self.next.is_some() {
            return false;
        }
        let mine = match self.queue.find(bit) {
            Found::Part(part) if is_whole => {
                self.window.push(last);
                self.current = Some(part);
                return true;
            }
            Found::Mine(job) => Some(job),
            Found::Part(_) | Found::Nothing => None,
        };
        let (middle, end) = match &mine {
            Some(job) if job.middle > bit => (job.middle, job.bits.end),
            Some(job) => (u64::midpoint(bit, job.bits.end), job.bits.end),
            None => self.two(here),
        };
        self.queue.reuse(mine, None);
        let is_long = end - bit >= LEAST_PART as u64 * 16;
        if !is_long {
            self.not_before = self.used + LEAST_PART as u64;
            return false;
        }
        self.window.push(last);
        self.inflate_two(here, middle, end);
        self.current.is_some()
    }

    /// Where two parts from here on begin and end that are in nobody's hands.
    fn two(&self, here: &Here<'_>) -> (u64, u64) {
        let bit = here.bit();
        let end = self.queue.next_start(bit).unwrap_or_else(|| here.end());
        let part = ((end - bit) / 16).min(PART as u64);
        (bit + part * 8, bit + part * 16)
    }

    fn inflate_two(&mut self, here: &Here<'_>, middle: u64, end: u64) {
        self.queued = self.queued.max(end);
        let place = |bit: u64| (bit - here.base) as usize;
        let [first, second] = &mut self.lanes;
        let known = (WINDOW as u64).min(self.inflated) as usize;
        second.begin_near(place(middle), here.input, place(end));
        first.begin_at(here.bits, self.window.last(known), place(middle));
        if second.is_running() {
            run(first, second, here.input, self.at_once, &AtomicBool::new(false));
            (self.current, self.next) = (first.part(here.base), second.part(here.base));
        }
        self.judge();
    }

    /// Leaves what lies ahead to other threads.
    fn queue_jobs(&mut self, here: &Here<'_>) {
        let two = 2 * PART as u64 * 8;
        if self.used < self.not_before {
            return;
        }
        // What the reader inflates itself comes first.
        self.queued = self.queued.max(here.bit() / 8 * 8 + two);
        let most = JOBS * self.queue.helpers();
        let mut outstanding = self.queue.outstanding();
        while outstanding < most && self.queued + two + BEHIND as u64 * 8 <= here.end() {
            let bits = self.queued..self.queued + two;
            let first = ((bits.start - here.base) / 8) as usize;
            let mut input = self.queue.input();
            input.clear();
            let data = &here.input.padded()[first..first + 2 * PART + BEHIND];
            let copied = input.add(data.len(), |room| {
                room.copy_from_slice(data);
                Ok::<_, SourceError>(data.len())
            });
            if copied.is_err() {
                return;
            }
            let middle = bits.start + two / 2;
            self.queued = bits.end;
            self.queue.put(Job { input, base: bits.start / 8 * 8, bits, middle, at_once: self.at_once });
            outstanding += 1;
        }
    }

    /// Whether parts are likely to be faster than one step after the other, by what was inflated since this
    /// was asked last.
    fn are_worth_it(&mut self) -> bool {
        if self.used < self.not_before {
            return false;
        }
        if self.lately > 0 {
            let literals = self.lately.saturating_sub(self.mixture.matched);
            self.at_once = literals >= self.mixture.matches * LITERALS;
            (self.mixture, self.lately) = (Mixture::default(), 0);
        }
        let is_dense = self.inflated > self.used.saturating_mul(DENSE);
        let is_worth_it = self.used > 0 && !is_dense && (self.at_once || self.is_helped());
        if !is_worth_it {
            self.not_before = self.used + PART as u64 / 4;
        }
        is_worth_it
    }

    /// Draws the consequence of whether a second part was found: where there are none, such as in many small
    /// members, they are looked for more and more rarely.
    fn judge(&mut self) {
        self.misses = if self.next.is_some() { 0 } else { (self.misses + 1).min(7) };
        if self.misses > 0 {
            self.not_before = self.used + ((PART as u64) << self.misses);
        }
        for lane in &self.lanes {
            self.mixture.matches += lane.mixture.matches;
            self.mixture.matched += lane.mixture.matched;
        }
    }

    /// Goes on behind a part that has been handed out: the bit behind it, and whether the stream ends there.
    pub(super) fn pass(&mut self, part: Part) -> (u64, bool) {
        part.pass(&mut self.window);
        let Range { start, end } = part.bits;
        self.count(part.length(), end - start);
        let ends_stream = part.ends_stream;
        let [first, second] = &mut self.lanes;
        if !first.has_cells() {
            first.reuse(part);
        } else if !second.has_cells() {
            second.reuse(part);
        } else {
            self.queue.reuse(None, Some(part));
        }
        (end, ends_stream)
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.queue.close();
    }
}
