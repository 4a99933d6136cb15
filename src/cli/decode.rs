//! `softargmax decode`: builds the plan, runs it, and writes what comes.

use super::args::DecodeArgs;
use super::exit::{Exit, Failure};
use super::report::Reporter;
use super::{dry_run, inputs, plan};
use crate::landmark::Status;
use crate::pipeline::{self, Decoded};
use crate::plan::{Destination, Plan};
use crate::sink::{Output, OutputError, Sink, Totals};
use crate::source::Location;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

/// Runs `decode`.
pub(super) fn run(args: &DecodeArgs) -> Result<Exit, Failure> {
    let labels = plan::labels(args)?;
    let writer = plan::writer(args)?;
    let plan = Plan {
        inputs: inputs::expand(&args.inputs)?,
        decoding: plan::decoding(args, labels.as_deref())?,
        report: plan::report(args, labels, writer)?,
        writer,
        destination: args.output.clone().map_or(Destination::Stdout, Destination::File),
        fail_on: args.fail_on.0.clone(),
    };
    check_lent_affine(&plan)?;
    check_target(&plan)?;
    if args.dry_run {
        if plan.writer.coordinates_only {
            sum(shapes(&plan)).map_err(End::into_failure)?;
        }
        return dry_run::run(&plan);
    }
    let reporter = Reporter::new(args, plan.inputs.len());
    let exit = match &plan.destination {
        Destination::Stdout => to_stdout(&plan, &reporter),
        Destination::File(path) => {
            let mut output = Output::create(path).map_err(|error| failed_output(&error))?;
            let exit = write_all(&plan, &reporter, &mut output, false).map_err(|end| match end {
                End::Failed(failure) => failure,
                End::Unwritable(error) => failed_write(&path.display().to_string(), &error),
            })?;
            if let Some(exit) = exit {
                output.commit().map_err(|error| failed_output(&error))?;
                Ok(exit)
            } else {
                Ok(Exit::Unreadable)
            }
        }
    };
    reporter.finish();
    exit
}

/// An output must not take the place of an input.
fn check_target(plan: &Plan) -> Result<(), Failure> {
    let Destination::File(target) = &plan.destination else { return Ok(()) };
    let Ok(target) = target.canonicalize() else { return Ok(()) };
    let is_target = |input: &&Location| matches!(input, Location::Path(path) if path.is_file() && path.canonicalize().is_ok_and(|path| path == target));
    match plan.inputs.iter().find(is_target) {
        None => Ok(()),
        Some(input) => {
            let what =
                format!("expected an output apart from the inputs, found the input `{input}` as output");
            Err(Failure::usage(what, "`-o` with another name"))
        }
    }
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
    matches!(location, Location::Stdin)
        || matches!(location, Location::Path(path) if path.exists() && !path.is_file())
}

/// Why writing stopped.
enum End {
    Failed(Failure),
    Unwritable(io::Error),
}

impl End {
    fn into_failure(self) -> Failure {
        match self {
            End::Failed(failure) => failure,
            End::Unwritable(error) => failed_write("the output", &error),
        }
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Unwritable(error)
    }
}

fn to_stdout(plan: &Plan, reporter: &Reporter) -> Result<Exit, Failure> {
    let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout());
    match write_all(plan, reporter, &mut stdout, true) {
        Ok(exit) => Ok(exit.unwrap_or(Exit::Unreadable)),
        // The reader has what it wanted.
        Err(End::Unwritable(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(End::Unwritable(error)) => Err(failed_write("standard output", &error)),
        Err(End::Failed(failure)) => Err(failure),
    }
}

fn failed_write(target: &str, error: &io::Error) -> Failure {
    let hint = Some("what stood there before still stands; see `-o` for another place".to_owned());
    Failure::new(Exit::Output, format!("failed to write {target}"), error, hint)
}

fn failed_output(error: &OutputError) -> Failure {
    let hint = error.hint().map(str::to_owned);
    let cause = std::error::Error::source(error).map(ToString::to_string);
    Failure::new(Exit::Output, error.to_string(), cause.unwrap_or_default(), hint)
}

/// Decodes every input into one output. None where nothing can be written at all: an array needs at
/// least one readable header.
fn write_all(
    plan: &Plan,
    reporter: &Reporter,
    target: &mut dyn Write,
    flush_each: bool,
) -> Result<Option<Exit>, End> {
    let mut report = plan.report.clone();
    let mut held = Vec::new();
    if plan.writer.coordinates_only {
        if plan.inputs.iter().any(is_stream) {
            // A stream has its header read once, with its values: all landmarks are held back.
            decode(plan, reporter, &mut |decoded| {
                held.push(decoded);
                Ok(())
            })?;
            let shapes = held.iter().map(|decoded| Shape::of(plan, &decoded.record));
            report.totals = sum(shapes)?;
        } else {
            report.totals = totals(plan, reporter)?;
        }
        if report.totals.is_none() {
            return Ok(None);
        }
    }
    let mut tally = Tally::default();
    let mut sink = (plan.writer.open)(Box::new(target), report)?;
    let mut write = |decoded: Decoded| {
        tally.add(plan, &decoded);
        write_one(&mut *sink, &decoded, flush_each)
    };
    if held.is_empty() {
        decode(plan, reporter, &mut write)?;
    } else {
        held.into_iter().try_for_each(write)?;
    }
    sink.finish()?;
    Ok(Some(tally.exit()))
}

fn write_one(sink: &mut dyn Sink, decoded: &Decoded, flush: bool) -> Result<(), io::Error> {
    sink.write(&decoded.record, &decoded.landmarks)?;
    if flush { sink.flush() } else { Ok(()) }
}

/// Runs the pipeline and reports each input.
fn decode(
    plan: &Plan,
    reporter: &Reporter,
    deliver: &mut dyn FnMut(Decoded) -> Result<(), io::Error>,
) -> Result<(), End> {
    let mut result = Ok(());
    let tick = |bytes| reporter.bytes(bytes);
    pipeline::run(&plan.decoding, &plan.inputs, &tick, &mut |decoded| {
        reporter.input(&decoded);
        result = deliver(decoded);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .map_err(|error| {
        let hint = Some("`--threads 1` needs the fewest resources".to_owned());
        End::Failed(Failure::new(Exit::Defect, error.to_string(), "the system refused", hint))
    })?;
    Ok(result?)
}

/// What makes the exit status.
#[derive(Default)]
struct Tally {
    unreadable: usize,
    failing: usize,
}

impl Tally {
    fn add(&mut self, plan: &Plan, decoded: &Decoded) {
        let fails = |status: Status| plan.fail_on.contains(&status);
        self.unreadable += usize::from(decoded.record.error.is_some());
        self.failing += decoded.landmarks.iter().filter(|landmark| fails(landmark.status)).count();
        self.failing += usize::from(decoded.record.error.is_some() && fails(Status::Unreadable));
    }

    fn exit(&self) -> Exit {
        match self {
            Tally { unreadable: 1.., .. } => Exit::Unreadable,
            Tally { failing: 1.., .. } => Exit::Failing,
            _ => Exit::Done,
        }
    }
}

/// Samples and landmarks a sample of one input; no landmarks known where it has no readable header.
struct Shape {
    name: String,
    samples: u64,
    channels: Option<u64>,
}

impl Shape {
    fn of(plan: &Plan, record: &crate::landmark::InputRecord) -> Shape {
        let is_known = record.error.is_none() || record.channels > 0;
        let selected = plan.decoding.reading.channels.count(record.channels) as u64;
        Shape {
            name: record.file.display().to_string(),
            samples: if record.error.is_some() {
                (record.samples as u64).max(1)
            } else {
                record.samples as u64
            },
            channels: is_known.then_some(selected),
        }
    }
}

/// What the headers of all inputs say.
fn shapes(plan: &Plan) -> impl Iterator<Item = Shape> {
    plan.inputs.iter().map(|input| Shape::of(plan, &pipeline::header(&plan.decoding, input).record))
}

/// The lengths of one array that holds all inputs, from their headers.
fn totals(plan: &Plan, reporter: &Reporter) -> Result<Option<Totals>, End> {
    let totals = sum(shapes(plan))?;
    if totals.is_none() {
        // Decoding says of each input why it has no readable header.
        decode(plan, reporter, &mut |_| Ok(()))?;
    }
    Ok(totals)
}

fn sum(shapes: impl Iterator<Item = Shape>) -> Result<Option<Totals>, End> {
    let (mut samples, mut first): (u64, Option<(String, u64)>) = (0, None);
    for shape in shapes {
        samples += shape.samples;
        match (&first, shape.channels) {
            (Some((name, expected)), Some(found)) if *expected != found => {
                let what = format!(
                    "expected {expected} landmarks a sample as in `{name}`, found {found} in `{}`",
                    shape.name
                );
                let hint = "npy holds one array: decode them apart, or choose `--format csv`";
                return Err(End::Failed(Failure::usage(what, hint)));
            }
            (None, Some(found)) => first = Some((shape.name, found)),
            _ => {}
        }
    }
    Ok(first.map(|(_, channels)| Totals { samples, channels }))
}
