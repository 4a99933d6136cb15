//! `decode --dry-run`: what would be read, as which layout, how much, and written where.

use super::exit::{Exit, Failure};
use super::resume::{InputOutput, Record, Stamp};
use super::stack::Stack;
use super::warnings::counted;
use super::{describe, inputs, stderr, stdout, table, totals};
use crate::pipeline::{self, Decoded};
use crate::plan::{Decoding, Destination, Plan};
use crate::shown;
use crate::source::Location;
use std::fmt::Write as _;
use std::path::Path;

/// Prints the plan and decodes nothing. If it `is_verbose`, the settings are printed too.
pub(super) fn run(
    plan: &Plan,
    outputs: &[InputOutput],
    stack: Option<&Stack>,
    is_verbose: bool,
) -> Result<Exit, Failure> {
    if plan.writer.needs.counts_samples() && outputs.is_empty() && stack.is_none() {
        totals::of_headers(plan)?;
    }
    let mut listing = Listing::new(plan, outputs)?;
    if is_verbose {
        let settings = plan.settings();
        listing.lines.extend(settings.iter().map(|setting| format!("{}: {}", setting.name, setting.value)));
    }
    for (index, input) in plan.inputs.iter().enumerate() {
        listing.add(input, outputs.get(index));
    }
    if let Some(stack) = stack {
        let inputs = listing.lines.split_off(listing.lines.len() - plan.inputs.len());
        listing.lines.extend(inputs.into_iter().zip(stack.places()).map(|(line, place)| line + &place));
        let missing = stack.missing();
        if missing > 0 {
            listing.lines.push(format!("{} missing", counted(missing, "file")));
        }
    }
    listing.print()
}

/// What is printed, and what it comes to.
struct Listing<'a> {
    plan: &'a Plan,
    done: Option<Done<'a>>,
    lines: Vec<String>,
    landmarks: usize,
    bytes: u64,
    exit: Exit,
}

/// What an earlier run has done, with `--resume`.
enum Done<'a> {
    Table(table::Known),
    Files { record: Record, directory: &'a Path, fingerprint: String },
}

impl Done<'_> {
    fn contains(&self, decoding: &Decoding, input: &Location, output: Option<&InputOutput>) -> bool {
        let stamp = Stamp::of(input, decoding);
        match self {
            Done::Table(known) => known.done(input, stamp.as_ref()).is_some(),
            Done::Files { record, directory, fingerprint } => output
                .and_then(|output| record.done(output, stamp.as_ref(), fingerprint, directory))
                .is_some(),
        }
    }
}

impl<'a> Listing<'a> {
    fn new(plan: &'a Plan, outputs: &[InputOutput]) -> Result<Listing<'a>, Failure> {
        let done = match &plan.destination {
            Destination::Directory { path, resume } => {
                // A run ends here too, if the record is none or gives an output to another input.
                let record = Record::look(path)?;
                outputs.iter().try_for_each(|output| record.check_origin(output, path))?;
                resume.then(|| Done::Files { record, directory: path, fingerprint: plan.fingerprint() })
            }
            Destination::Table(path) => Some(Done::Table(table::Known::look(plan, path))),
            _ => None,
        };
        Ok(Listing { plan, done, lines: Vec::new(), landmarks: 0, bytes: 0, exit: Exit::Done })
    }

    fn add(&mut self, input: &Location, output: Option<&InputOutput>) {
        let decoding = &self.plan.decoding;
        let line = if self.done.as_ref().is_some_and(|done| done.contains(decoding, input, output)) {
            format!("{input}: done before")
        } else if decoding.parts(input).iter().any(inputs::is_fifo) {
            // It can be read only once, and that by the run itself.
            format!("{input}: a FIFO, which a dry run does not open")
        } else {
            self.header(&pipeline::header(&self.plan.decoding, input), output)
        };
        self.lines.push(line);
    }

    /// The line of an input whose header was read.
    fn header(&mut self, decoded: &Decoded, output: Option<&InputOutput>) -> String {
        let record = &decoded.record;
        if let Some(error) = &record.error {
            self.exit = Exit::Unreadable;
            stderr::print_line(&describe::unreadable(decoded));
            return format!("{}: unreadable: {error}", shown::path(&record.file));
        }
        let channels = self.plan.decoding.reading.channels.count(record.channels);
        let peaks = self.plan.report.peaks.unwrap_or(1);
        let landmarks = record.samples.saturating_mul(channels).saturating_mul(peaks);
        self.landmarks = self.landmarks.saturating_add(landmarks);
        self.bytes += decoded.bytes;
        let mut line = format!(
            "{}, {}, {} bytes",
            describe::reading(record),
            counted(landmarks, "landmark"),
            decoded.bytes
        );
        if let (Some(output), Destination::Directory { path, .. }) = (output, &self.plan.destination) {
            let _ = write!(line, " -> `{}`", shown::path(&path.join(&output.relative)));
        }
        line
    }

    /// The last line: everything together.
    fn sum(&self) -> String {
        let target = match &self.plan.destination {
            Destination::Stdout => "standard output".to_owned(),
            Destination::File(path) | Destination::Table(path) => format!("`{}`", shown::path(path)),
            Destination::Directory { path, .. } => format!("a file each in `{}`", shown::path(path)),
        };
        let (inputs, writer) = (self.plan.inputs.len(), self.plan.writer.name);
        let Listing { landmarks, bytes, .. } = self;
        let (inputs, landmarks) = (counted(inputs, "input"), counted(*landmarks, "landmark"));
        format!("{inputs}, {landmarks}, {bytes} bytes -> {target} as {writer}")
    }

    fn print(mut self) -> Result<Exit, Failure> {
        self.lines.push(self.sum());
        let lines = self.lines.join("\n") + "\n";
        stdout::print(&shown::message(&lines).to_string())?;
        Ok(self.exit)
    }
}
