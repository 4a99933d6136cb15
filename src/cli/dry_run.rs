//! `decode --dry-run`: what would be read, as which layout, how much, and written where.

use super::batch::Target;
use super::decode::is_fifo;
use super::exit::{Exit, Failure};
use super::resume::{Record, Stamp, fingerprint};
use super::say;
use crate::pipeline;
use crate::plan::{Destination, Plan};
use std::fmt::Write as _;
use std::io::Write;

/// Prints the plan and decodes nothing.
pub(super) fn run(plan: &Plan, targets: &[Target], resume: bool) -> Result<Exit, Failure> {
    let record = match &plan.destination {
        Destination::Directory(directory) if resume => Some((Record::look(directory), directory)),
        _ => None,
    };
    let settings = fingerprint(plan);
    let (mut lines, mut exit, mut landmarks, mut bytes) = (Vec::new(), Exit::Done, 0, 0);
    for (index, input) in plan.inputs.iter().enumerate() {
        if let (Some(target), Some((record, directory))) = (targets.get(index), &record)
            && record.done(target, Stamp::of(input).as_ref(), &settings, directory).is_some()
        {
            lines.push(format!("{input}: done before"));
            continue;
        }
        if is_fifo(input) {
            // It can be read but once, and by the run itself.
            lines.push(format!("{input}: a FIFO, which is not looked at"));
            continue;
        }
        let decoded = pipeline::header(&plan.decoding, input);
        let record = &decoded.record;
        if let Some(error) = &record.error {
            exit = Exit::Unreadable;
            say(&super::report::unreadable(&decoded));
            lines.push(format!("{}: unreadable: {error}", record.file.display()));
            continue;
        }
        let channels = plan.decoding.reading.channels.count(record.channels);
        let peaks = plan.report.peaks.unwrap_or(1);
        let found = record.samples.saturating_mul(channels).saturating_mul(peaks);
        landmarks = found.saturating_add(landmarks);
        bytes += decoded.bytes;
        let reading = super::report::reading(record);
        let mut line = format!("{reading}, {found} landmarks, {} bytes", decoded.bytes);
        if let (Some(target), Destination::Directory(directory)) = (targets.get(index), &plan.destination) {
            let _ = write!(line, " -> `{}`", directory.join(&target.below).display());
        }
        lines.push(line);
    }
    let target = match &plan.destination {
        Destination::Stdout => "standard output".to_owned(),
        Destination::File(path) => format!("`{}`", path.display()),
        Destination::Directory(path) => format!("a file each in `{}`", path.display()),
    };
    let inputs = plan.inputs.len();
    lines.push(format!(
        "{inputs} inputs, {landmarks} landmarks, {bytes} bytes -> {target} as {}",
        plan.writer.name
    ));
    match writeln!(std::io::stdout(), "{}", lines.join("\n")) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Output, "failed to write standard output", error, None))
        }
        _ => Ok(exit),
    }
}
