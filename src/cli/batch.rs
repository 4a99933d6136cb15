//! `--output-dir`: one output for each input, and a record of what is done, by which a run goes on.

use super::decode::{Tally, begin, check_target, decode, is_input, write_one};
use super::exit::{Exit, Failure};
use super::inputs::Found;
use super::report::Reporter;
use super::resume::{Entry, Record, Stamp, fingerprint};
use super::shapes::{Shape, sum};
use super::signals;
use crate::landmark::Status;
use crate::pipeline::Decoded;
use crate::plan::Plan;
use crate::sink::{Output, OutputError, sync_directory};
use crate::source::Location;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

/// What the names of this mode's temporary files begin with. Only a run that holds the directory's record makes
/// them, so that those found by another are nobody's.
const PREFIX: &str = ".softargmax-batch-";

/// An input and its output.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The input.
    pub(super) input: Location,
    /// The path of its output, below the directory.
    pub(super) below: PathBuf,
}

/// Where each input's output goes.
///
/// # Errors
/// Two inputs with one output, an output in an input's place.
pub(super) fn targets(plan: &Plan, directory: &Path, found: Vec<Found>) -> Result<Vec<Target>, Failure> {
    let extension = plan.writer.extensions.first().copied().unwrap_or(plan.writer.name);
    let mut taken: HashMap<PathBuf, Location> = HashMap::with_capacity(found.len());
    let mut targets = Vec::with_capacity(found.len());
    for Found { location, below } in found {
        let mut name = below.into_os_string();
        name.push(".");
        name.push(extension);
        let below = PathBuf::from(name);
        if let Some(other) = taken.insert(below.clone(), location.clone()) {
            let what = format!(
                "expected an output for each input, found `{}` for both `{other}` and `{location}`",
                directory.join(below).display()
            );
            let hint = "a directory as INPUT keeps the paths below it; else decode them to two directories";
            return Err(Failure::usage(what, hint));
        }
        targets.push(Target { input: location, below });
    }
    let standing: Vec<PathBuf> =
        targets.iter().filter_map(|target| directory.join(&target.below).canonicalize().ok()).collect();
    if !standing.is_empty() {
        let standing: HashSet<PathBuf> = standing.into_iter().collect();
        let is_standing = |location: &&Location| matches!(location, Location::Path(path) if path.canonicalize().is_ok_and(|path| standing.contains(&path)));
        if let Some(input) = plan.inputs.iter().find(is_standing) {
            return Err(is_input(input));
        }
    }
    check_target(&directory.join(super::resume::NAME), &plan.inputs)?;
    Ok(targets)
}

/// Decodes every input to an output of its own.
pub(super) fn run(
    plan: &Plan,
    directory: &Path,
    targets: Vec<Target>,
    resume: bool,
    reporter: &Reporter,
) -> Result<Exit, Failure> {
    let make = |path: &Path| std::fs::create_dir_all(path).map_err(|error| failed_directory(path, error));
    make(directory)?;
    let mut record = Record::open(directory)?;
    sweep(directory, &targets);
    let settings = fingerprint(plan);
    let mut tally = Tally::default();
    let mut pending = Vec::new();
    for target in targets {
        if let Some(other) = record.other_input(&target).filter(|_| directory.join(&target.below).exists()) {
            return Err(made_from_another(directory, &target, &other));
        }
        let stamp = Stamp::of(&target.input);
        let done = record.done(&target, stamp.as_ref(), &settings, directory).filter(|_| resume);
        if let Some(statuses) = done {
            for &(status, count) in &statuses {
                tally.statuses(plan, status, count);
            }
            reporter.skipped(statuses);
        } else {
            let is_known = record.knows(&target);
            pending.push((target, stamp, is_known));
        }
    }
    record.forget();
    let inputs = Box::new(pending.iter().map(|(target, ..)| target.input.clone()));
    let mut expected = pending.iter();
    let mut directories = BTreeSet::new();
    let mut unwritten = 0;
    let decoded = decode(plan, inputs, reporter, &mut |decoded| {
        tally.add(plan, &decoded);
        let Some((target, stamp, is_known)) = expected.next() else { return Ok(()) };
        let path = directory.join(&target.below);
        let length = match write(plan, directory, &path, &decoded, &mut directories) {
            Ok(Some(length)) => length,
            Ok(None) => {
                // What it held before is no answer for what the input is now.
                if *is_known {
                    let _ = std::fs::remove_file(&path);
                }
                return Ok(());
            }
            Err(Unwritten::This(failure)) => {
                unwritten += 1;
                reporter.failed(&failure);
                return Ok(());
            }
            Err(Unwritten::All(failure)) => return Err(failure),
        };
        let entry = Entry::new(target, stamp.as_ref(), &settings, length, &decoded);
        record.add(&entry).map_err(|error| failed_record(directory, error))
    });
    // What is in its place stays there, however the run ended.
    let synced = directories.iter().try_for_each(|path| {
        sync_directory(path).map_err(|source| OutputError::Replace { path: path.clone(), source })
    });
    decoded?;
    synced.map_err(|error| failed(&error))?;
    record.sync().map_err(|error| failed_record(directory, error))?;
    if unwritten > 0 {
        let what = format!("failed to write {unwritten} of {} outputs", pending.len());
        let hint = "mend what is said above of each, and run the same line with `--resume`";
        return Err(Failure::new(Exit::Output, what, "see above", Some(hint.to_owned())));
    }
    Ok(tally.exit(plan))
}

/// An output that could not be written.
enum Unwritten {
    /// For a reason of its own: others may do.
    This(Failure),
    /// For one that others have as well.
    All(Failure),
}

impl Unwritten {
    fn new(failure: Failure, error: &io::Error) -> Unwritten {
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
        if own.contains(&error.kind()) { Unwritten::This(failure) } else { Unwritten::All(failure) }
    }
}

impl From<OutputError> for Unwritten {
    fn from(error: OutputError) -> Unwritten {
        let (OutputError::Create { source, .. }
        | OutputError::Write { source, .. }
        | OutputError::Replace { source, .. }) = &error;
        Unwritten::new(failed(&error), source)
    }
}

/// Puts the output of one input in its place, and gives its length. None where nothing can be written.
fn write(
    plan: &Plan,
    directory: &Path,
    path: &Path,
    decoded: &Decoded,
    directories: &mut BTreeSet<PathBuf>,
) -> Result<Option<u64>, Unwritten> {
    if let Some(parent) = path.parent().filter(|parent| *parent != directory) {
        std::fs::create_dir_all(parent).map_err(|error| {
            let kind = io::Error::from(error.kind());
            Unwritten::new(failed_directory(parent, error), &kind)
        })?;
    }
    let Some((length, output)) = written(plan, path, decoded)? else { return Ok(None) };
    let mut gate = signals::gate();
    let placed = output.place();
    gate.clear();
    directories.extend(placed?);
    Ok(Some(length))
}

fn made_from_another(directory: &Path, target: &Target, other: &Path) -> Failure {
    let what = format!(
        "expected an output for each input, found `{}`, which was made from `{}`, for `{}`",
        directory.join(&target.below).display(),
        other.display(),
        target.input
    );
    let hint = "name the directory above both as INPUT, or another `--output-dir`; or remove that output";
    Failure::usage(what, hint)
}

/// Writes the output of one input, all but putting it in its place, and gives its length. None where nothing can
/// be written: an array needs a readable header.
fn written(plan: &Plan, path: &Path, decoded: &Decoded) -> Result<Option<(u64, Output)>, OutputError> {
    let mut report = plan.report.clone();
    if plan.writer.coordinates_only {
        // One input has one number of landmarks: nothing can disagree.
        report.totals = sum(std::iter::once(Shape::of(plan, &decoded.record))).unwrap_or_default();
        if report.totals.is_none() {
            return Ok(None);
        }
    }
    let mut output = begin(path, |path| Output::create_as(path, PREFIX))?;
    let mut counted = Counted { inner: &mut output, length: 0 };
    let write = |counted: &mut Counted<'_>| {
        let mut sink = (plan.writer.open)(Box::new(counted), report)?;
        write_one(&mut *sink, decoded, false)?;
        sink.finish()
    };
    let done = write(&mut counted);
    let length = counted.length;
    match done {
        Ok(()) => Ok(Some((length, output))),
        Err(source) => {
            let mut gate = signals::gate();
            drop(output);
            gate.clear();
            Err(OutputError::Write { path: path.to_owned(), source })
        }
    }
}

/// Counts what is written.
struct Counted<'a> {
    inner: &'a mut Output,
    length: u64,
}

impl io::Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Removes temporary files that a killed run left behind.
fn sweep(directory: &Path, targets: &[Target]) {
    let mut folders: BTreeSet<PathBuf> = BTreeSet::from([directory.to_owned()]);
    folders.extend(targets.iter().filter_map(|target| Some(directory.join(target.below.parent()?))));
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if name.starts_with(PREFIX.as_bytes()) && name.ends_with(Output::SUFFIX.as_bytes()) {
                // One that cannot be removed is in nobody's way.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// How many landmarks have each status, without those of further peaks.
pub(super) fn statuses(decoded: &Decoded) -> Vec<(Status, usize)> {
    let count = |status| decoded.first_peaks().filter(|landmark| landmark.status == status).count();
    Status::ALL.into_iter().map(|status| (status, count(status))).filter(|&(_, count)| count > 0).collect()
}

/// An output that could not be finished.
fn failed(error: &OutputError) -> Failure {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let hint = "outputs that were finished stay, and `--resume` goes on with the others";
    Failure::new(Exit::Output, error.to_string(), cause.unwrap_or_default(), Some(hint.to_owned()))
}

fn failed_directory(path: &Path, error: io::Error) -> Failure {
    let hint = "`--output-dir` takes a directory, which is made where it is not there";
    let what = format!("failed to make the directory `{}`", path.display());
    Failure::new(Exit::Output, what, error, Some(hint.to_owned()))
}

fn failed_record(directory: &Path, error: io::Error) -> Failure {
    let path = directory.join(super::resume::NAME);
    Failure::new(Exit::Output, format!("failed to write `{}`", path.display()), error, None)
}
