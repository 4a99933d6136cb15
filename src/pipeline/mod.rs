//! Runs a plan: opens inputs, decodes them on all threads, and delivers them in order.
//!
//! Files are decoded on threads here and nowhere else. They are few and simple:
//!
//! - *Workers*, one for each thread, ask the schedule what to do next. A file is decoded by all of them,
//!   unit by unit (`unit`, `job`), because its bytes can be read at any offset. A stream (gzip data, a pipe)
//!   can be read only in order, so the worker that opened it decodes it whole, and several streams are
//!   inflated side by side. Workers without anything else to do inflate what lies ahead in a stream.
//! - The *calling thread* delivers inputs in the order in which they were given, whatever finishes first,
//!   so that rows come in the same order on any number of threads. Only so many inputs are in flight that
//!   memory does not grow with their number.
//!
//! The answer depends on neither: an array is always cut into the same units, and their records are merged in
//! the same order.
//!
//! Files are read into buffers that each worker uses again, and are not mapped into memory. A map would be a
//! little faster, but a file that shrinks while it is mapped kills the process with a signal; read this way
//! it is an `unreadable` input like any other. Fresh memory for each read would cost more than the reading:
//! see `docs/performance.md`.

mod answers;
mod between;
mod decoded;
mod defect;
mod group;
mod in_order;
mod job;
mod kept;
mod members;
mod opened;
mod places;
mod range;
mod records;
mod runs;
mod schedule;
mod streaming;
mod sum;
#[cfg(test)]
mod tests;
mod unit;
mod volume;
mod widen;
mod window;

use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use crate::plan::Decoding;
use crate::source::{Location, Opened};
use crate::warning::Warning;
pub use decoded::Decoded;
pub use defect::Defect;
use in_order::InOrder;
use job::lock;
use opened::OpenedFile;
pub use places::Place;
pub use schedule::Inputs;
use schedule::{Opener, Outcome, Schedule, StopOnPanic};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, mpsc};
pub use volume::Volume;

/// Threads could not be started.
#[derive(Debug, thiserror::Error)]
#[error("failed to start {threads} worker thread{}", if *threads == 1 { "" } else { "s" })]
pub struct ThreadsError {
    /// How many were asked for.
    pub threads: usize,
    /// Why.
    source: rayon::ThreadPoolBuildError,
}

/// Decodes `inputs` and passes each to `deliver`, in order, on the calling thread.
///
/// However many inputs there are, a few for each thread are in hand at once. `deliver` may break off the run.
/// `tick` is called with the number of bytes whenever values are about to be read, from any thread.
///
/// If decoding an input panics, `deliver` gets the [`Defect`] in its place, after every input before it, and
/// the run ends. It returns once each worker has finished what it has in hand; a worker that waits for the
/// next input to arrive keeps it waiting.
///
/// # Errors
/// [`ThreadsError`] if the worker threads cannot be started. An input that cannot be decoded is not an error:
/// it is delivered with the reason in its record.
pub fn run(
    decoding: &Decoding,
    inputs: Inputs<'_>,
    tick: &(dyn Fn(u64) + Sync),
    deliver: &mut dyn FnMut(Result<Decoded, Defect>) -> ControlFlow<()>,
) -> Result<(), ThreadsError> {
    let opener = |location: &Location| members::open(decoding, location);
    run_opened(decoding.threads.max(1), &opener, inputs, tick, deliver)
}

/// Decodes one array that is in memory, as [`run`] would decode a file of it.
///
/// `name` stands for its path in messages. `tick` is that of [`run`].
///
/// # Errors
/// [`ThreadsError`] if the worker threads cannot be started; [`Defect`] in the result if decoding panics.
pub fn run_array(
    decoding: &Decoding,
    name: &Path,
    array: Opened,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Option<Result<Decoded, Defect>>, ThreadsError> {
    let record = InputRecord { file: name.to_owned(), ..InputRecord::default() };
    let array = Mutex::new(Some((record, array)));
    let opener = |location: &Location| match lock(&array).take() {
        Some((record, array)) => opened::fitted(decoding, record, array)
            .map(|OpenedFile { input, values, .. }| (input, values.into())),
        // There is one input alone.
        None => members::open(decoding, location),
    };
    let inputs = std::iter::once(Location::Path(name.to_owned()));
    let mut found = None;
    run_opened(decoding.threads.max(1), &opener, Box::new(inputs), tick, &mut |decoded| {
        found = Some(decoded);
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// As [`run`], with inputs that `opener` opens.
fn run_opened(
    threads: usize,
    opener: Opener<'_>,
    inputs: Inputs<'_>,
    tick: &(dyn Fn(u64) + Sync),
    deliver: &mut dyn FnMut(Result<Decoded, Defect>) -> ControlFlow<()>,
) -> Result<(), ThreadsError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| ThreadsError { threads, source })?;
    let schedule = Schedule::new(threads, opener, inputs, tick);
    let (sender, receiver) = mpsc::channel();
    pool.in_place_scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let schedule = &schedule;
            scope.spawn(move |_| schedule.work(&sender));
        }
        drop(sender);
        deliver_in_order(&schedule, &receiver, deliver);
    });
    Ok(())
}

/// Reads the header of an input and nothing else: its record, its warnings, and how many bytes its values
/// have.
#[must_use]
pub fn header(decoding: &Decoding, input: &Location) -> Decoded {
    match members::open(decoding, input) {
        Ok((input, _)) => input.header(),
        Err(unfit) => unfit.decoded(),
    }
}

/// The smallest and the largest value of an input.
pub type ValueRange = (f64, f64);

/// As [`header`] of one file, after all its values have been read and their end has been verified; and with
/// `wants_range` the smallest and the largest value, scaled. NaN does not count; `None` if there is no value.
///
/// # Errors
/// The input with the reason in its record, if its header or its values cannot be read.
pub fn whole(
    decoding: &Decoding,
    input: &Location,
    wants_range: bool,
) -> Result<(Decoded, Option<ValueRange>), Box<Decoded>> {
    let OpenedFile { input, values, .. } =
        opened::file(decoding, input).map_err(|unfit| Box::new(unfit.decoded()))?;
    let (range, notices) = range::read(&input, values, wants_range)?;
    let notices = notices.into_iter().map(Warning::Source).collect();
    Ok((input.decoded(Landmarks::default(), notices), range))
}

/// The heatmap values at some voxels of an input, read after it has been decoded; `None` where a voxel is
/// masked or not in the volume.
///
/// # Errors
/// The input with the reason in its record, if its header or its values cannot be read.
pub fn values_at(
    decoding: &Decoding,
    input: &Location,
    places: &[Place],
) -> Result<Vec<Option<f64>>, Box<Decoded>> {
    let OpenedFile { input, values, .. } =
        opened::file(decoding, input).map_err(|unfit| Box::new(unfit.decoded()))?;
    places::read(&input, values, places)
}

/// Delivers what the workers finish, in the order of the inputs, until `deliver` breaks off or there is a
/// defect.
fn deliver_in_order(
    schedule: &Schedule<'_>,
    receiver: &mpsc::Receiver<Outcome>,
    deliver: &mut dyn FnMut(Result<Decoded, Defect>) -> ControlFlow<()>,
) {
    // If `deliver` panics, no room is made any more, and workers would wait for it.
    let _stop = StopOnPanic(schedule);
    let mut outcomes = InOrder::default();
    for (index, outcome) in receiver {
        outcomes.insert(index, outcome);
        while let Some(outcome) = outcomes.pop() {
            schedule.delivered();
            let is_defect = outcome.is_err();
            if deliver(outcome).is_break() || is_defect {
                schedule.stop();
                return;
            }
        }
    }
}
