//! `--output-dir`: one output for each input, and a record of what is done, by which `--resume` continues.

use super::batch_file::{self, Unwritten};
use super::claims::Claims;
use super::deliver::decode;
use super::exit::{Exit, Failure};
use super::reporter::Reporter;
use super::resume::{self, Earlier, Entry, InputOutput, Record, Stamp};
use super::tally::{Counts, Tally};
use super::temporaries;
use crate::error::InputError;
use crate::pipeline::Decoded;
use crate::plan::Plan;
use crate::shown;
use crate::sink::{OutputError, sync_directory};
use crate::source::SourceError;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Decodes every input to an output of its own, but with `resume` not those that are done.
pub(super) fn run(
    plan: &Plan,
    directory: &Path,
    resume: bool,
    outputs: Vec<InputOutput>,
    reporter: &Reporter,
) -> Result<Exit, Failure> {
    std::fs::create_dir_all(directory).map_err(|error| batch_file::directory_failure(directory, error))?;
    let record = Record::open(directory)?;
    let _claims = Claims::take(directory, &outputs)?;
    temporaries::remove_stale(directory, &outputs);
    let mut batch = Batch {
        plan,
        directory,
        reporter,
        record,
        fingerprint: plan.fingerprint(),
        tally: Tally::new(plan),
        unsynced: BTreeSet::new(),
        unwritten: 0,
    };
    let pending = batch.pending(outputs, resume)?;
    batch.decode(&pending)
}

/// A run under way.
struct Batch<'a> {
    plan: &'a Plan,
    directory: &'a Path,
    reporter: &'a Reporter,
    record: Record,
    fingerprint: String,
    tally: Tally<'a>,
    /// Directories with new outputs, whose names may not be on the disk yet.
    unsynced: BTreeSet<PathBuf>,
    /// How many outputs could not be written.
    unwritten: usize,
}

/// An input that is still to be decoded.
struct Pending {
    output: InputOutput,
    /// Size and time of the input before it is read.
    stamp: Option<Stamp>,
    /// Whether an earlier run made its output.
    is_known: bool,
    /// With `--resume`, the landmarks that are there.
    earlier: Option<Earlier>,
}

impl Pending {
    /// Whether the landmarks of an earlier run stay: the input cannot be read now, and nothing says that it
    /// is another one than it was.
    fn stays(&self, decoded: &Decoded) -> bool {
        let earlier = self.earlier.filter(|_| decoded.error.is_some());
        earlier.is_some_and(|earlier| earlier.is_of_what_is_there || is_pointer(decoded))
    }
}

/// Whether in the place of an input there is a text that says where its content is.
pub(super) fn is_pointer(decoded: &Decoded) -> bool {
    match decoded.error.as_ref().map(InputError::of_file) {
        Some(InputError::Source(SourceError::Refused { name, .. })) => name.starts_with("a pointer of"),
        _ => false,
    }
}

impl Batch<'_> {
    /// The inputs that are still to be decoded. With `resume`, what is done is counted and left out.
    fn pending(&mut self, outputs: Vec<InputOutput>, resume: bool) -> Result<Vec<Pending>, Failure> {
        let mut pending = Vec::new();
        for output in outputs {
            self.record.check_origin(&output, self.directory)?;
            let stamp = Stamp::of(&output.input, &self.plan.decoding);
            let done = self.record.done(&output, stamp.as_ref(), &self.fingerprint, self.directory);
            if let Some(counts) = done.filter(|_| resume) {
                self.skip(&counts);
                continue;
            }
            let earlier = self.record.earlier(&output, stamp.as_ref(), self.directory);
            let (is_known, earlier) = (self.record.knows(&output), earlier.filter(|_| resume));
            pending.push(Pending { output, stamp, is_known, earlier });
        }
        self.record.forget();
        Ok(pending)
    }

    fn skip(&mut self, counts: &Counts) {
        self.tally.add_done(counts);
        self.reporter.skipped(counts);
    }

    fn decode(mut self, pending: &[Pending]) -> Result<Exit, Failure> {
        let inputs = Box::new(pending.iter().map(|pending| pending.output.input.clone()));
        let mut expected = pending.iter();
        let (plan, reporter) = (self.plan, self.reporter);
        let decoded = decode(plan, inputs, reporter, &mut |decoded| {
            self.tally.add(&decoded);
            expected.next().map_or(Ok(()), |pending| self.deliver(pending, &decoded))
        });
        // Outputs that are in their place stay there, however the run ended.
        let synced = self.sync_directories();
        decoded?;
        synced?;
        self.record.sync().map_err(|error| self.record_failure(error))?;
        self.exit(pending.len())
    }

    /// Writes the output of an input and records it.
    fn deliver(&mut self, pending: &Pending, decoded: &Decoded) -> Result<(), Failure> {
        let path = self.directory.join(&pending.output.relative);
        if pending.stays(decoded) {
            self.reporter.stays(&path);
            return Ok(());
        }
        let length = match batch_file::write(self.plan, self.directory, &path, decoded) {
            Ok(Some(written)) => {
                self.unsynced.extend(written.directory);
                written.length
            }
            Ok(None) => {
                // What an earlier run wrote is no answer for what the input is now.
                if pending.is_known {
                    let _ = std::fs::remove_file(&path);
                }
                return Ok(());
            }
            Err(Unwritten::This(failure)) => {
                self.unwritten += 1;
                self.reporter.failed(&failure);
                return Ok(());
            }
            Err(Unwritten::All(failure)) => return Err(failure),
        };
        let entry = Entry::new(&pending.output, pending.stamp.as_ref(), &self.fingerprint, length, decoded);
        self.record.add(&entry).map_err(|error| self.record_failure(error))
    }

    fn sync_directories(&self) -> Result<(), Failure> {
        self.unsynced.iter().try_for_each(|path| {
            let synced = sync_directory(path);
            let failed = |source| OutputError::Replace { path: path.clone(), source };
            synced.map_err(|source| batch_file::output_failure(&failed(source)))
        })
    }

    fn record_failure(&self, error: io::Error) -> Failure {
        let path = self.directory.join(resume::NAME);
        Failure::new(Exit::Output, format!("failed to write `{}`", shown::path(&path)), error, None)
    }

    fn exit(&self, pending: usize) -> Result<Exit, Failure> {
        if self.unwritten > 0 {
            let what = format!("failed to write {} of {pending} outputs", self.unwritten);
            let hint = "correct what is wrong, then run the same command with `--resume`";
            return Err(Failure::new(Exit::Output, what, "the errors are above", Some(hint.to_owned())));
        }
        Ok(self.tally.exit())
    }
}
