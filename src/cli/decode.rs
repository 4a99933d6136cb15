//! `softargmax decode`: builds the plan, runs it, and writes what comes.

use super::args::DecodeArgs;
use super::exit::{Exit, Failure};
use super::inputs::{self, Found};
use super::list::{Failed, List};
use super::report::Reporter;
use super::shapes::{Shape, shapes, sum};
use super::{batch, dry_run, plan, signals};
use crate::landmark::Status;
use crate::pipeline::{self, Decoded, Inputs};
use crate::plan::{Destination, Plan};
use crate::sink::{Output, OutputError, Sink, Totals};
use crate::source::Location;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

/// Runs `decode`.
pub(super) fn run(args: &DecodeArgs) -> Result<Exit, Failure> {
    if args.resume && args.output_dir.is_none() {
        let hint = "`--output-dir DIR` writes an output for each input, and knows which are done";
        return Err(Failure::usage("expected `--output-dir` with `--resume`, found none", hint));
    }
    let labels = plan::labels(args)?;
    let writer = plan::writer(args)?;
    let destination = match (&args.output, &args.output_dir) {
        (Some(path), _) => Destination::File(path.clone()),
        (None, Some(directory)) => Destination::Directory(directory.clone()),
        (None, None) => Destination::Stdout,
    };
    let mut plan = Plan {
        inputs: Vec::new(),
        decoding: plan::decoding(args, labels.as_deref())?,
        report: plan::report(args, labels, writer)?,
        writer,
        destination,
        fail_on: args.fail_on.0.clone(),
        max_failures: args.max_failures,
    };
    let (found, list) = named(args, &plan)?;
    plan.inputs = found.iter().map(|found| found.location.clone()).collect();
    check_lent_affine(&plan)?;
    if let Destination::File(target) = &plan.destination {
        check_target(target, &plan.inputs)?;
    }
    let targets = match &plan.destination {
        Destination::Directory(directory) => batch::targets(&plan, directory, found)?,
        _ => Vec::new(),
    };
    if args.dry_run {
        if plan.writer.coordinates_only && targets.is_empty() {
            sum(shapes(&plan))?;
        }
        return dry_run::run(&plan, &targets, args.resume);
    }
    signals::watch();
    let reporter = Reporter::new(args, list.is_none().then_some(plan.inputs.len()));
    let exit = match &plan.destination {
        Destination::Stdout => to_stdout(&plan, list, &reporter),
        Destination::File(path) => to_file(&plan, list, &reporter, path),
        Destination::Directory(directory) => batch::run(&plan, directory, targets, args.resume, &reporter),
    };
    reporter.finish();
    exit
}

/// The inputs, or the list that they will come from while it is read.
fn named(args: &DecodeArgs, plan: &Plan) -> Result<(Vec<Found>, Option<List>), Failure> {
    let Some(path) = &args.files_from else {
        if args.null {
            let what = "expected `--files-from` with `-0`, found inputs on the command line";
            return Err(Failure::usage(what, "`find … -print0 | softargmax decode --files-from - -0`"));
        }
        return Ok((inputs::expand(&args.inputs, args.output_dir.as_deref())?, None));
    };
    let mut list = List::open(path, args.null)?;
    let is_needed_whole = args.dry_run || args.output_dir.is_some() || plan.writer.coordinates_only;
    if !is_needed_whole {
        return Ok((Vec::new(), Some(list)));
    }
    let found = list.by_ref().map(Found::listed).collect();
    list.failed().take().map_or(Ok((found, None)), Err)
}

/// An output must not take the place of an input.
pub(super) fn check_target(target: &Path, inputs: &[Location]) -> Result<(), Failure> {
    let Ok(target) = target.canonicalize() else { return Ok(()) };
    let is_target = |input: &&Location| matches!(input, Location::Path(path) if path.is_file() && path.canonicalize().is_ok_and(|path| path == target));
    inputs.iter().find(is_target).map_or(Ok(()), |input| Err(is_input(input)))
}

pub(super) fn is_input(input: &Location) -> Failure {
    let what = format!("expected an output apart from the inputs, found the input `{input}` as output");
    Failure::usage(what, "`-o` or `--output-dir` with another name")
}

/// An affine can only be lent to inputs that have none of their own.
fn check_lent_affine(plan: &Plan) -> Result<(), Failure> {
    if !plan.decoding.reading.affine.is_lent() {
        return Ok(());
    }
    for input in plan.inputs.iter().filter(|input| is_regular(input)) {
        let opened = crate::source::open(input, &plan.decoding.open);
        if opened.is_ok_and(|opened| opened.header.forms.is_some()) {
            let what =
                format!("expected arrays for --reference or --spacing, found the NIfTI volume `{input}`");
            return Err(Failure::usage(what, "a NIfTI volume has an affine of its own: see `--affine`"));
        }
    }
    Ok(())
}

fn is_regular(location: &Location) -> bool {
    matches!(location, Location::Path(path) if path.is_file())
}

/// Whether it can be read but once: standard input, or a FIFO.
fn is_stream(location: &Location) -> bool {
    matches!(location, Location::Stdin) || is_fifo(location)
}

/// Whether it is there, and neither a file nor a directory.
pub(super) fn is_fifo(location: &Location) -> bool {
    matches!(location, Location::Path(path) if path.exists() && !path.is_file() && !path.is_dir())
}

/// Why writing stopped.
pub(super) enum End {
    Failed(Failure),
    Unwritable(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Unwritable(error)
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> End {
        End::Failed(failure)
    }
}

fn to_stdout(plan: &Plan, list: Option<List>, reporter: &Reporter) -> Result<Exit, Failure> {
    let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout());
    match write_all(plan, list, reporter, &mut stdout, true) {
        Ok(exit) => Ok(exit.unwrap_or(Exit::Unreadable)),
        Err(End::Unwritable(error)) => ended(&error),
        Err(End::Failed(failure)) => Err(failure),
    }
}

/// Why nothing more can be written to standard output.
fn ended(error: &io::Error) -> Result<Exit, Failure> {
    // The reader has what it wanted.
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(Exit::Done);
    }
    Err(failed_write("standard output", error))
}

fn to_file(plan: &Plan, list: Option<List>, reporter: &Reporter, path: &Path) -> Result<Exit, Failure> {
    let mut output = begin(path, Output::create).map_err(|error| failed_output(&error))?;
    let exit = write_all(plan, list, reporter, &mut output, false).map_err(|end| match end {
        End::Failed(failure) => failure,
        End::Unwritable(error) => failed_write(&path.display().to_string(), &error),
    });
    let mut gate = signals::gate();
    let done = match exit {
        Ok(Some(exit)) => output.commit().map(|()| exit).map_err(|error| failed_output(&error)),
        Ok(None) => Ok(Exit::Unreadable),
        Err(failure) => Err(failure),
    };
    gate.clear();
    done
}

/// Begins an output whose temporary file goes should the run be interrupted.
pub(super) fn begin(
    path: &Path,
    create: impl Fn(&Path) -> Result<Output, OutputError>,
) -> Result<Output, OutputError> {
    // A FIFO waits for its reader, which an interruption must not.
    if path.exists() && !path.is_file() {
        return create(path);
    }
    let mut gate = signals::gate();
    let output = create(path)?;
    gate.extend(output.temporary().map(Path::to_owned));
    Ok(output)
}

pub(super) fn failed_write(target: &str, error: &io::Error) -> Failure {
    let hint = Some("what stood there before still stands; see `-o` for another place".to_owned());
    Failure::new(Exit::Output, format!("failed to write {target}"), error, hint)
}

pub(super) fn failed_output(error: &OutputError) -> Failure {
    let hint = error.hint().map(str::to_owned);
    let cause = std::error::Error::source(error).map(ToString::to_string);
    Failure::new(Exit::Output, error.to_string(), cause.unwrap_or_default(), hint)
}

/// Decodes every input into one output. None where nothing can be written at all: an array needs at
/// least one readable header.
fn write_all(
    plan: &Plan,
    list: Option<List>,
    reporter: &Reporter,
    target: &mut dyn Write,
    is_live: bool,
) -> Result<Option<Exit>, End> {
    let mut report = plan.report.clone();
    let mut held = Vec::new();
    let known = || -> Inputs<'_> { Box::new(plan.inputs.iter().cloned()) };
    if plan.writer.coordinates_only {
        if plan.inputs.iter().any(is_stream) {
            // A stream has its header read once, with its values: all landmarks are held back.
            decode(plan, known(), reporter, &mut |decoded| {
                held.push(decoded);
                Ok::<(), End>(())
            })?;
            let shapes = held.iter().map(|decoded| Shape::of(plan, &decoded.record));
            report.totals = sum(shapes)?;
        } else {
            report.totals = totals(plan, known(), reporter)?;
        }
        if report.totals.is_none() {
            return Ok(None);
        }
    }
    let failed = list.as_ref().map_or_else(Failed::default, List::failed);
    let target_file = match &plan.destination {
        Destination::File(path) => path.canonicalize().ok(),
        _ => None,
    };
    let is_arriving = list.is_some();
    let inputs: Inputs<'_> = match list {
        Some(list) => {
            let failed = failed.clone();
            Box::new(list.map_while(move |input| apart(input, target_file.as_deref(), &failed)))
        }
        None => known(),
    };
    let mut tally = Tally::default();
    let mut sink = {
        let _gate = signals::gate();
        let mut sink = (plan.writer.open)(Box::new(target), report)?;
        if is_live {
            sink.flush()?;
        }
        sink
    };
    let mut write = |decoded: Decoded| {
        tally.add(plan, &decoded);
        // Rows that someone reads as they come are handed over whole.
        let gate = is_live.then(signals::gate);
        let written = write_one(&mut *sink, &decoded, is_live);
        drop(gate);
        if is_arriving
            && is_live
            && let Err(error) = &written
        {
            // Whoever feeds the list may never send another line; nobody waits for it.
            leave(ended(error));
        }
        written.map_err(End::from)
    };
    if held.is_empty() {
        decode(plan, inputs, reporter, &mut write)?;
    } else {
        held.into_iter().try_for_each(write)?;
    }
    if let Some(failure) = failed.take() {
        return Err(failure.into());
    }
    let _gate = is_live.then(signals::gate);
    sink.finish()?;
    Ok(Some(tally.exit(plan)))
}

/// Ends the process at once.
fn leave(ended: Result<Exit, Failure>) -> ! {
    let exit = ended.unwrap_or_else(|failure| {
        super::say(&failure);
        failure.exit()
    });
    std::process::exit(exit as i32)
}

/// An input of a list, unless it is the output itself: then the list ends with a failure.
fn apart(input: Location, target: Option<&Path>, failed: &Failed) -> Option<Location> {
    let is_target = |path: &Path| target.is_some() && path.canonicalize().ok().as_deref() == target;
    match &input {
        Location::Path(path) if is_target(path) => {
            failed.set(is_input(&input));
            None
        }
        _ => Some(input),
    }
}

pub(super) fn write_one(sink: &mut dyn Sink, decoded: &Decoded, flush: bool) -> Result<(), io::Error> {
    sink.write(&decoded.record, &decoded.landmarks)?;
    if flush { sink.flush() } else { Ok(()) }
}

/// Runs the pipeline and reports each input.
pub(super) fn decode<E>(
    plan: &Plan,
    inputs: Inputs<'_>,
    reporter: &Reporter,
    deliver: &mut dyn FnMut(Decoded) -> Result<(), E>,
) -> Result<(), E>
where
    E: From<Failure>,
{
    let mut result = Ok(());
    let tick = |bytes| reporter.bytes(bytes);
    pipeline::run(&plan.decoding, inputs, &tick, &mut |decoded| {
        reporter.input(&decoded);
        result = deliver(decoded);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .map_err(|error| {
        let hint = Some("`--threads 1` needs the fewest resources".to_owned());
        Failure::new(Exit::Defect, error.to_string(), "the system refused", hint)
    })?;
    result
}

/// What makes the exit status.
#[derive(Default)]
pub(super) struct Tally {
    unreadable: usize,
    failing: usize,
}

impl Tally {
    /// Takes in an input.
    pub(super) fn add(&mut self, plan: &Plan, decoded: &Decoded) {
        if decoded.record.error.is_some() {
            self.unreadable += 1;
            self.statuses(plan, Status::Unreadable, 1);
        }
        for landmark in decoded.first_peaks() {
            self.statuses(plan, landmark.status, 1);
        }
    }

    /// Takes in `count` landmarks of one status.
    pub(super) fn statuses(&mut self, plan: &Plan, status: Status, count: usize) {
        if plan.fail_on.contains(&status) {
            self.failing += count;
        }
    }

    /// The exit status.
    pub(super) fn exit(&self, plan: &Plan) -> Exit {
        if self.unreadable > plan.max_failures {
            Exit::Unreadable
        } else if self.failing > 0 {
            Exit::Failing
        } else {
            Exit::Done
        }
    }
}

/// The lengths of one array that holds all inputs, from their headers.
fn totals(plan: &Plan, inputs: Inputs<'_>, reporter: &Reporter) -> Result<Option<Totals>, End> {
    let totals = sum(shapes(plan))?;
    if totals.is_none() {
        // Decoding says of each input why it has no readable header.
        decode(plan, inputs, reporter, &mut |_| Ok::<(), End>(()))?;
    }
    Ok(totals)
}
