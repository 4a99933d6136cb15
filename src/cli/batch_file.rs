//! The output of one input among many: if it cannot be written, the others may still be.

use super::deliver::write_rows;
use super::exit::{Exit, Failure};
use super::signals::{self, Doing};
use super::totals::{self, Share};
use super::{outputs, temporaries};
use crate::pipeline::Decoded;
use crate::plan::Plan;
use crate::shown;
use crate::sink::{Output, OutputError, Report};
use std::io;
use std::path::{Path, PathBuf};

/// An output that is in its place.
pub(super) struct Written {
    /// Its length in bytes.
    pub(super) length: u64,
    /// The directory that is to be synced before its new name is safe.
    pub(super) directory: Option<PathBuf>,
}

/// An output that could not be written.
pub(super) enum Unwritten {
    /// For a reason of its own: others may succeed.
    This(Failure),
    /// For a reason that others share, such as a full disk.
    All(Failure),
}

impl Unwritten {
    fn new(failure: Failure, kind: io::ErrorKind) -> Unwritten {
        use io::ErrorKind as Kind;
        let own = [
            Kind::AlreadyExists,
            Kind::DirectoryNotEmpty,
            Kind::InvalidFilename,
            Kind::IsADirectory,
            Kind::NotADirectory,
            Kind::NotFound,
            Kind::PermissionDenied,
        ];
        if own.contains(&kind) { Unwritten::This(failure) } else { Unwritten::All(failure) }
    }
}

impl From<OutputError> for Unwritten {
    fn from(error: OutputError) -> Unwritten {
        Unwritten::new(output_failure(&error), error.kind())
    }
}

/// Writes the output of one input at `path`. `None` if nothing can be written: an array needs a readable
/// header.
pub(super) fn write(
    plan: &Plan,
    directory: &Path,
    path: &Path,
    decoded: &Decoded,
) -> Result<Option<Written>, Unwritten> {
    if let Some(parent) = path.parent().filter(|parent| *parent != directory) {
        std::fs::create_dir_all(parent).map_err(|error| {
            let kind = error.kind();
            Unwritten::new(directory_failure(parent, error), kind)
        })?;
    }
    let Some(report) = report(plan, decoded)? else { return Ok(None) };
    let (length, output) = fill(plan, report, path, decoded)?;
    let mut gate = signals::gate(Doing::Placing);
    let placed = output.place();
    gate.clear();
    Ok(Some(Written { length, directory: placed? }))
}

/// The report of one input. `None` if the output is an array and the input's number of landmarks is not
/// known.
fn report(plan: &Plan, decoded: &Decoded) -> Result<Option<Report>, Unwritten> {
    if !plan.writer.needs.counts_samples() {
        return Ok(Some(plan.report_of(None)));
    }
    let share = Share::new(plan, &decoded.record);
    let totals = totals::of(plan, std::iter::once(share)).map_err(Unwritten::This)?;
    Ok(totals.map(|totals| plan.report_of(Some(totals))))
}

/// Writes everything to a temporary file, and returns its length.
fn fill(plan: &Plan, report: Report, path: &Path, decoded: &Decoded) -> Result<(u64, Output), OutputError> {
    let mut output = outputs::begin(path, |path| Output::create_as(path, temporaries::PREFIX))?;
    let mut counting = CountingWriter { inner: &mut output, length: 0 };
    let write = |counting: &mut CountingWriter<'_>| {
        let mut sink = (plan.writer.open)(Box::new(counting), report)?;
        write_rows(&mut *sink, decoded, false)?;
        sink.finish()
    };
    let written = write(&mut counting);
    let length = counting.length;
    match written {
        Ok(()) => Ok((length, output)),
        Err(source) => {
            let mut gate = signals::gate(Doing::Placing);
            drop(output);
            gate.clear();
            Err(OutputError::Write { path: path.to_owned(), source })
        }
    }
}

/// Counts the bytes that pass through it.
struct CountingWriter<'a> {
    inner: &'a mut Output,
    length: u64,
}

impl io::Write for CountingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The error for an output that could not be finished.
pub(super) fn output_failure(error: &OutputError) -> Failure {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let hint = "finished outputs stay; `--resume` continues with the others";
    Failure::new(Exit::Output, error.to_string(), cause.unwrap_or_default(), Some(hint.to_owned()))
}

/// The error for a directory that could not be made.
pub(super) fn directory_failure(path: &Path, error: io::Error) -> Failure {
    let hint = "`--output-dir` takes a directory, which is created if it does not exist";
    let what = format!("failed to create the directory `{}`", shown::path(path));
    Failure::new(Exit::Output, what, error, Some(hint.to_owned()))
}
