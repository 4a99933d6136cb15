//! Runs a plan: opens inputs, decodes them on all threads, and delivers them in order.
//!
//! This is the only place that knows threads. Workers take units of the inputs that are open; an
//! input that is a stream is decoded whole by the worker that opened it, so that several are inflated
//! side by side. Inputs are delivered in the order they were given, whatever finishes first, and only
//! so many are in flight that memory does not grow with their number.

mod answers;
mod job;
mod schedule;
mod unit;
mod window;

use crate::error::InputError;
use crate::landmark::{InputRecord, Landmark};
use crate::plan::Decoding;
use crate::source::Location;
use crate::warning::Warning;
use job::Opened;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use schedule::Schedule;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc;

/// An input that has been decoded, or has turned out not to be decodable.
#[derive(Debug)]
pub struct Decoded {
    /// Its record; `error` is set where it could not be decoded.
    pub record: InputRecord,
    /// Its landmarks in the order of (n, c, peak).
    pub landmarks: Vec<Landmark>,
    /// What was suspicious; also in the record, as text.
    pub warnings: Vec<Warning>,
    /// Why it could not be decoded; `None` if it was. Its text is also in the record.
    pub error: Option<InputError>,
    /// Bytes of its values.
    pub bytes: u64,
}

impl Decoded {
    /// An input that could not be decoded.
    fn failed(record: InputRecord, error: InputError) -> Decoded {
        let record = InputRecord { error: Some(error.to_string()), ..record };
        Decoded { record, landmarks: Vec::new(), warnings: Vec::new(), error: Some(error), bytes: 0 }
    }

    /// A landmark for each heatmap: those that say how it went. Of several peaks, the further ones may be absent.
    pub fn first_peaks(&self) -> impl Iterator<Item = &Landmark> {
        self.landmarks.iter().filter(|landmark| landmark.peak == 0)
    }
}

/// Threads could not be started.
#[derive(Debug, thiserror::Error)]
#[error("failed to start {threads} worker threads")]
pub struct ThreadsError {
    /// How many were asked for.
    pub threads: usize,
    /// Why.
    source: rayon::ThreadPoolBuildError,
}

/// The inputs of a run, one after the other. They are asked for only as workers are free to take them, by one
/// worker at a time, which may wait for the next one to arrive.
pub type Inputs<'a> = Box<dyn Iterator<Item = Location> + Send + 'a>;

/// Decodes `inputs` and hands each to `deliver`, in order, on the calling thread.
///
/// However many inputs there are, a few for each thread are in hand at once. `deliver` may break off the run. `tick` is called with the number of bytes whenever values have
/// been decoded, from any thread.
///
/// # Errors
/// [`ThreadsError`] where the worker threads cannot be started. An input that cannot be decoded is
/// not an error: it is delivered as such.
pub fn run(
    decoding: &Decoding,
    inputs: Inputs<'_>,
    tick: &(dyn Fn(u64) + Sync),
    deliver: &mut dyn FnMut(Decoded) -> ControlFlow<()>,
) -> Result<(), ThreadsError> {
    let threads = decoding.threads.max(1);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| ThreadsError { threads, source })?;
    let schedule = Schedule::new(decoding, inputs, tick);
    let (sender, receiver) = mpsc::channel();
    pool.in_place_scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let schedule = &schedule;
            scope.spawn(move |_| schedule.work(&sender));
        }
        drop(sender);
        in_order(&schedule, &receiver, deliver);
    });
    Ok(())
}

/// How many threads [`map`] has.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// `apply` of every index below `count`, in order, on all threads; each thread has a state of its own.
pub(crate) fn map<S, R: Send>(
    count: usize,
    state: impl Fn() -> S + Sync + Send,
    apply: impl Fn(&mut S, usize) -> R + Sync + Send,
) -> Vec<R> {
    (0..count).into_par_iter().map_init(state, apply).collect()
}

/// Reads the header of an input and nothing else: its record, its warnings, and how many bytes its values have.
#[must_use]
pub fn header(decoding: &Decoding, input: &Location) -> Decoded {
    match job::open(decoding, 0, input) {
        Ok(opened) => opened.job.header(),
        Err(failed) => *failed,
    }
}

/// The smallest and the largest value of an input, scaled, NaN passed over. None where it has none.
///
/// # Errors
/// The input, where it cannot be decoded.
pub fn range(decoding: &Decoding, input: &Location) -> Result<Option<(f64, f64)>, Box<Decoded>> {
    let Opened { job, values } = job::open(decoding, 0, input)?;
    job.range(values)
}

/// Delivers what the workers finish, in the order of the inputs.
fn in_order(
    schedule: &Schedule<'_>,
    receiver: &mpsc::Receiver<(usize, Decoded)>,
    deliver: &mut dyn FnMut(Decoded) -> ControlFlow<()>,
) {
    let (mut waiting, mut next) = (BTreeMap::new(), 0);
    for (index, decoded) in receiver {
        waiting.insert(index, decoded);
        while let Some(decoded) = waiting.remove(&next) {
            next += 1;
            schedule.delivered();
            if deliver(decoded).is_break() {
                schedule.stop();
                return;
            }
        }
    }
}
