//! One output for all inputs: standard output, or a file that appears whole or not at all.

use super::deliver::{decode, leave, write_rows};
use super::exit::{Exit, Failure};
use super::list::{Failed, List};
use super::reporter::Reporter;
use super::signals::{self, Doing};
use super::stack::Stack;
use super::tally::Tally;
use super::targets::{self, Beside, Targets};
use super::totals::{self, Share};
use super::{inputs, outputs, stdout};
use crate::pipeline::{Decoded, Inputs};
use crate::plan::{Destination, Plan};
use crate::sink::{Output, Report, Sink, Totals};
use crate::source::Location;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What helps if standard output cannot be written.
const ELSEWHERE: &str = "`-o FILE` writes to a file";

/// Where inputs come from that the plan does not say all of.
pub(super) struct Feed {
    /// The inputs, if they arrive while others are decoded.
    pub(super) list: Option<List>,
    /// Where each input is, if several are one sample.
    pub(super) stack: Option<Stack>,
}

/// Why writing stopped.
enum Stopped {
    Failed(Failure),
    Unwritable(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Stopped {
        Stopped::Unwritable(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Stopped {
        Stopped::Failed(failure)
    }
}

/// Decodes every input to standard output.
pub(super) fn to_stdout(plan: &Plan, feed: Feed, reporter: &Reporter) -> Result<Exit, Failure> {
    let mut stdout = BufWriter::with_capacity(1 << 16, stdout::open(Some(ELSEWHERE))?);
    match write_all(plan, feed, reporter, &mut stdout, true) {
        Ok(exit) => Ok(exit.unwrap_or(Exit::Unreadable)),
        Err(Stopped::Unwritable(error)) => after_stdout(error),
        Err(Stopped::Failed(failure)) => Err(failure),
    }
}

/// How a run ends that could not write to standard output.
fn after_stdout(error: io::Error) -> Result<Exit, Failure> {
    stdout::check(Err(error), Some(ELSEWHERE)).map(|()| Exit::Done)
}

/// Decodes every input to the file at `path`.
pub(super) fn to_file(plan: &Plan, feed: Feed, reporter: &Reporter, path: &Path) -> Result<Exit, Failure> {
    let mut output = outputs::begin(path, Output::create).map_err(|error| outputs::output_failure(&error))?;
    let exit = write_all(plan, feed, reporter, &mut output, false).map_err(|stopped| match stopped {
        Stopped::Failed(failure) => failure,
        Stopped::Unwritable(error) => outputs::write_failure(path, &error),
    });
    let mut gate = signals::gate(Doing::Placing);
    let done = match exit {
        Ok(Some(exit)) => output.commit().map(|()| exit).map_err(|error| outputs::output_failure(&error)),
        Ok(None) => Ok(Exit::Unreadable),
        Err(failure) => Err(failure),
    };
    gate.clear();
    done
}

/// Decodes every input into one output. `None` if nothing can be written at all: an array needs at least one
/// readable header.
fn write_all(
    plan: &Plan,
    Feed { list, stack }: Feed,
    reporter: &Reporter,
    target: &mut dyn Write,
    is_live: bool,
) -> Result<Option<Exit>, Stopped> {
    let (mut totals, mut held) = (None, Vec::new());
    if let Some(stack) = &stack {
        totals = Some(stack.totals());
    } else if plan.writer.needs.counts_samples() {
        (totals, held) = count(plan, reporter)?;
        if totals.is_none() {
            return Ok(None);
        }
    }
    let failed = list.as_ref().map_or_else(Failed::default, List::failed);
    let leaves = list.is_some() && is_live;
    let inputs = list.map_or_else(|| known(plan), |list| arriving(plan, list));
    let mut report = plan.report_of(totals);
    if let Some(stack) = &stack {
        report.labels = Some(stack.labels.clone());
    }
    let mut rows = Rows::open(plan, report, target, is_live, leaves)?;
    if let Some(stack) = &stack {
        let mut placing = stack.placing(plan.report.peaks.unwrap_or(1));
        decode(plan, inputs, reporter, &mut |decoded| {
            placing.place(decoded, &mut |placed| rows.write(&placed))
        })?;
        reporter.missing(stack.missing());
    } else if held.is_empty() {
        decode(plan, inputs, reporter, &mut |decoded| rows.write(&decoded))?;
    } else {
        held.into_iter().try_for_each(|decoded| rows.write(&decoded))?;
    }
    failed.take().map_or(Ok(()), Err)?;
    Ok(Some(rows.finish()?))
}

/// The lengths of the array that holds all inputs, and the inputs if they had to be decoded to learn them:
/// the header of a stream is read once, with its values.
fn count(plan: &Plan, reporter: &Reporter) -> Result<(Option<Totals>, Vec<Decoded>), Failure> {
    let mut held = Vec::new();
    if plan.files().iter().any(inputs::is_stream) {
        decode(plan, known(plan), reporter, &mut |decoded| {
            held.push(decoded);
            Ok::<(), Failure>(())
        })?;
        let shares = held.iter().map(|decoded| Share::new(plan, &decoded.record));
        return Ok((totals::of(plan, shares)?, held));
    }
    let totals = totals::of_headers(plan)?;
    if totals.is_none() {
        // Decoding reports why each input has no readable header.
        decode(plan, known(plan), reporter, &mut |_| Ok::<(), Failure>(()))?;
    }
    Ok((totals, held))
}

/// The inputs of the plan.
fn known(plan: &Plan) -> Inputs<'_> {
    Box::new(plan.inputs.iter().cloned())
}

/// The inputs of a list while it arrives. If the output is one of them, the list ends with a failure.
fn arriving(plan: &Plan, list: List) -> Inputs<'static> {
    let target = match &plan.destination {
        Destination::File(path) => Some(path.clone()),
        Destination::Stdout | Destination::Table(_) | Destination::Directory { .. } => None,
    };
    let targets = Targets::new(target);
    let (failed, affine) = (list.failed(), plan.decoding.reading.affine.clone());
    Box::new(list.map_while(move |input| {
        if let Some(path) = affine.reference_of(&input)
            && targets.contains_input(&Location::Path(path.clone()))
        {
            failed.set(targets::is_beside(&Beside { what: "the reference", path }));
            return None;
        }
        if targets.contains_input(&input) {
            failed.set(targets::is_an_input(&input));
            return None;
        }
        Some(input)
    }))
}

/// The rows of an output under way.
struct Rows<'a> {
    sink: Box<dyn Sink + 'a>,
    tally: Tally<'a>,
    /// Whether someone reads the rows as they come.
    is_live: bool,
    /// Whether the process ends as soon as nothing more can be written.
    leaves: bool,
}

impl<'a> Rows<'a> {
    fn open(
        plan: &'a Plan,
        report: Report,
        target: &'a mut dyn Write,
        is_live: bool,
        leaves: bool,
    ) -> io::Result<Rows<'a>> {
        let _gate = signals::gate(Doing::Rows);
        let mut sink = (plan.writer.open)(Box::new(target), report)?;
        if is_live {
            sink.flush()?;
        }
        Ok(Rows { sink, tally: Tally::new(plan), is_live, leaves })
    }

    /// Writes the rows of an input. Rows that someone reads as they come are passed on whole.
    fn write(&mut self, decoded: &Decoded) -> Result<(), Stopped> {
        self.tally.add(decoded);
        let gate = self.is_live.then(|| signals::gate(Doing::Rows));
        let written = write_rows(&mut *self.sink, decoded, self.is_live);
        drop(gate);
        match written {
            // The list may never end: waiting for its next line would hang.
            Err(error) if self.leaves => leave(after_stdout(error)),
            written => Ok(written?),
        }
    }

    fn finish(mut self) -> io::Result<Exit> {
        let _gate = self.is_live.then(|| signals::gate(Doing::Rows));
        self.sink.finish()?;
        Ok(self.tally.exit())
    }
}
