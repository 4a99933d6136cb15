//! `-o FILE --resume`: one table, of which only what is new is decoded.
//!
//! The rows of each input go to a record beside the table as soon as it is decoded ([`TableRecord`]); the
//! table is put together from there at the end, whole, in the order of the inputs. So a run that is killed
//! loses only the inputs that it was at, and the next one ends with the bytes of a run that nobody disturbed.

use super::batch::is_pointer;
use super::deliver::decode;
use super::exit::{Exit, Failure};
use super::outputs;
use super::reporter::Reporter;
use super::resume::{Stamp, absolute, counts_json, name};
use super::signals::{self, Doing};
use super::table_frames::{Frame, Hashing, Key, Piece};
use super::table_record::{self, TableRecord, prefix};
use super::table_rows::{self, Both, Comparing};
use super::tally::{Counts, Tally};
use crate::pipeline::Decoded;
use crate::plan::{Digest, Plan};
use crate::shown;
use crate::sink::{Output, OutputError, destination};
use crate::source::Location;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// The record of the table at `path`, links followed.
pub(super) fn path_of_record(path: &Path) -> PathBuf {
    table_record::path_of_record(&target(path))
}

/// The file that a path leads to.
fn target(path: &Path) -> PathBuf {
    destination(path).ok().flatten().unwrap_or_else(|| path.to_owned())
}

/// Decodes to the table at `path` what is not in it.
pub(super) fn run(plan: &Plan, path: &Path, reporter: &Reporter) -> Result<Exit, Failure> {
    let target = target(path);
    let record = TableRecord::open(&target)?;
    remove_stale(&target);
    let head = table_rows::head(plan).map_err(|error| outputs::write_failure(path, &error))?;
    let mut table = Table {
        plan,
        path,
        prefix: prefix(&target),
        reporter,
        record,
        head,
        fingerprint: plan.fingerprint(),
        tally: Tally::new(plan),
        pieces: vec![Vec::new(); plan.inputs.len()],
        named: BTreeSet::new(),
        kept: BTreeSet::new(),
    };
    let pending = table.pending();
    table.decode(&pending)?;
    table.finish()
}

/// Removes temporary files of runs that were killed. Only the run that holds the record makes them.
fn remove_stale(target: &Path) {
    let Some(directory) = table_record::path_of_record(target).parent().map(Path::to_owned) else { return };
    let directory = if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory };
    let begins = prefix(target);
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(begins.as_bytes()) && name.ends_with(Output::SUFFIX.as_bytes()) {
            // One that cannot be removed does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The key of an input that can be read again.
fn key(input: &Location) -> Option<Key> {
    let path = input.path()?;
    Some((absolute(path), path.to_owned()))
}

/// Whether the rows of a frame are those that a run with these settings would write.
fn is_done(frame: &Frame, stamp: Option<&Stamp>, settings: &str) -> bool {
    let is_same = stamp.is_some_and(|stamp| frame.stamp.as_deref() == Some(stamp.text()));
    is_same && frame.settings == settings && !frame.is_unreadable
}

/// What a record knows, for a run that only looks.
pub(super) struct Known {
    frames: BTreeMap<Key, Frame>,
    settings: String,
}

impl Known {
    /// Reads the record of the table at `path`, if there is one.
    pub(super) fn look(plan: &Plan, path: &Path) -> Known {
        Known { frames: TableRecord::look(&target(path)), settings: plan.fingerprint() }
    }

    /// How many landmarks of each status and flag an input has whose rows are there.
    pub(super) fn done(&self, input: &Location, stamp: Option<&Stamp>) -> Option<Counts> {
        let frame = self.frames.get(&key(input)?)?;
        is_done(frame, stamp, &self.settings).then_some(frame.counts)
    }
}

/// A run under way.
struct Table<'a> {
    plan: &'a Plan,
    path: &'a Path,
    /// How the names of its temporary files begin.
    prefix: String,
    reporter: &'a Reporter,
    record: TableRecord,
    head: Vec<u8>,
    fingerprint: String,
    tally: Tally<'a>,
    /// The rows of each input of the plan, and after them those of inputs below it that are out of reach.
    pieces: Vec<Vec<Piece>>,
    /// The inputs of the plan.
    named: BTreeSet<Key>,
    /// The inputs whose frames the record keeps although no input has their name.
    kept: BTreeSet<Key>,
}

/// An input that is still to be decoded.
struct Pending {
    index: usize,
    input: Location,
    key: Option<Key>,
    /// Size and time of the input before it is read.
    stamp: Option<Stamp>,
    /// What an earlier run made of it.
    earlier: Option<Frame>,
}

impl Pending {
    /// The rows of an earlier run, if the input cannot be read now and nothing says that it is another one
    /// than it was.
    fn out_of_reach(&self, decoded: &Decoded) -> Option<&Frame> {
        let earlier =
            self.earlier.as_ref().filter(|frame| decoded.error.is_some() && !frame.is_unreadable)?;
        let is_of_what_is_there =
            self.stamp.as_ref().is_none_or(|stamp| earlier.stamp.as_deref() == Some(stamp.text()));
        (is_of_what_is_there || is_pointer(decoded)).then_some(earlier)
    }
}

impl Table<'_> {
    /// The inputs that are still to be decoded; the others are counted.
    fn pending(&mut self) -> Vec<Pending> {
        let mut pending = Vec::new();
        for (index, input) in self.plan.inputs.iter().enumerate() {
            let (key, stamp) = (key(input), Stamp::of(input, &self.plan.decoding));
            self.named.extend(key.clone());
            let earlier = key.as_ref().and_then(|key| self.record.frames().get(key));
            let done = earlier.filter(|frame| is_done(frame, stamp.as_ref(), &self.fingerprint));
            if let Some(frame) = done {
                self.pieces[index].push(frame.rows);
                self.tally.add_done(&frame.counts);
                self.reporter.skipped(&frame.counts);
            } else {
                let earlier = earlier.cloned();
                pending.push(Pending { index, input: input.clone(), key, stamp, earlier });
            }
        }
        pending
    }

    fn decode(&mut self, pending: &[Pending]) -> Result<(), Failure> {
        let inputs = Box::new(pending.iter().map(|pending| pending.input.clone()));
        let mut expected = pending.iter();
        let (plan, reporter) = (self.plan, self.reporter);
        decode(plan, inputs, reporter, &mut |decoded| {
            self.tally.add(&decoded);
            expected.next().map_or(Ok(()), |pending| self.deliver(pending, &decoded))
        })
    }

    /// Takes the rows of an input, or leaves those that are there.
    fn deliver(&mut self, pending: &Pending, decoded: &Decoded) -> Result<(), Failure> {
        let earlier = pending.out_of_reach(decoded);
        if let Some(frame) = earlier.filter(|frame| frame.settings == self.fingerprint) {
            self.stay(pending.index, &decoded.record.file, &frame.clone());
        } else {
            let about = self.about(pending, decoded, earlier.is_some());
            let (plan, head) = (self.plan, self.head.len());
            let added = self.record.add(&about, |out| table_rows::write(plan, head, decoded, out));
            let piece = added.map_err(|error| self.record_failure(error))?;
            self.pieces[pending.index].push(piece);
        }
        if decoded.record.error.is_some() && pending.stamp.is_none() {
            self.keep_below(pending);
        }
        Ok(())
    }

    /// What the record says of the rows of an input. With `is_passing` they stand in for better ones, which
    /// were made by other settings.
    fn about(&self, pending: &Pending, decoded: &Decoded, is_passing: bool) -> Value {
        let (statuses, flags) = counts_json(&Counts::of(decoded));
        let mut about = json!({
            "stamp": pending.stamp.as_ref().map(Stamp::text),
            "settings": self.fingerprint,
            "statuses": statuses,
            "flags": flags,
        });
        if let Some((input, given)) = &pending.key {
            about["input"] = name(input);
            about["name"] = name(given);
        }
        if decoded.record.error.is_some() {
            about["unreadable"] = json!(true);
        }
        if is_passing {
            about["passing"] = json!(true);
        }
        about
    }

    fn stay(&mut self, index: usize, file: &Path, frame: &Frame) {
        self.pieces[index].push(frame.rows);
        self.tally.add_done(&frame.counts);
        self.reporter.rows_stay(file, &frame.counts);
    }

    /// Keeps the rows of inputs below one that cannot be read, such as a directory that cannot be listed:
    /// they are out of reach too, so that no input has their names.
    fn keep_below(&mut self, pending: &Pending) {
        let Some((directory, given)) = &pending.key else { return };
        let is_below = |(input, file): &Key| input != directory && file.starts_with(given);
        let from = (directory.clone(), PathBuf::new());
        let below =
            self.record.frames().range(from..).take_while(|((input, _), _)| input.starts_with(directory));
        let below = below.filter(|(key, _)| is_below(key) && !self.named.contains(key));
        let below = below.filter(|(_, frame)| frame.settings == self.fingerprint && !frame.is_unreadable);
        let mut below: Vec<(Key, Frame)> = below.map(|(key, frame)| (key.clone(), frame.clone())).collect();
        // As a search finds them.
        below.sort_by(|((_, a), _), ((_, b), _)| a.as_os_str().cmp(b.as_os_str()));
        for (key, frame) in below {
            self.stay(pending.index, &key.1, &frame);
            self.kept.insert(key);
        }
    }

    /// Puts the table together, and in its place unless it is there already.
    fn finish(mut self) -> Result<Exit, Failure> {
        self.record.sync().map_err(|error| self.record_failure(error))?;
        let found = self.found();
        if !matches!(found, Found::Same) {
            if let Found::Other(digest) = found
                && self.record.table().is_some_and(|written| written != digest)
            {
                let path = shown::path(self.path);
                self.reporter.note(&format!("`{path}` was changed after the last run: it is written anew"));
            }
            let digest = self.place()?;
            let about = json!({ "table": digest });
            let added = self.record.add(&about, |_| Ok(()));
            added.map_err(|error| self.record_failure(error))?;
        }
        self.record.compact(|key| self.named.contains(key) || self.kept.contains(key), &self.prefix);
        Ok(self.tally.exit())
    }

    /// Writes the table, and returns its digest.
    fn place(&self) -> Result<String, Failure> {
        let create = |path: &Path| Output::create_as(path, &self.prefix);
        let mut output =
            outputs::begin(self.path, create).map_err(|error| outputs::output_failure(&error))?;
        let mut digest = Digest::new();
        let written = self.pour(&mut Both(&mut output, Hashing(&mut digest)));
        let mut gate = signals::gate(Doing::Placing);
        let placed = match written {
            Ok(()) => output.commit(),
            Err(source) => {
                drop(output);
                Err(OutputError::Write { path: self.path.to_owned(), source })
            }
        };
        gate.clear();
        placed.map_err(|error| outputs::output_failure(&error))?;
        Ok(text(&digest))
    }

    /// Writes all of the table.
    fn pour(&self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(&self.head)?;
        self.pieces.iter().flatten().try_for_each(|&piece| self.record.copy(piece, out))
    }

    /// What is in the place of the table.
    fn found(&self) -> Found {
        let Ok(file) = std::fs::File::open(self.path) else { return Found::Nothing };
        let mut file = BufReader::with_capacity(1 << 16, file);
        let is_same = self.pour(&mut Comparing(&mut file)).is_ok();
        if is_same && file.read(&mut [0]).is_ok_and(|more| more == 0) {
            return Found::Same;
        }
        let mut digest = Digest::new();
        let read = std::fs::File::open(self.path);
        let read = read.and_then(|mut file| io::copy(&mut file, &mut Hashing(&mut digest)));
        read.map_or(Found::Nothing, |_| Found::Other(text(&digest)))
    }

    fn record_failure(&self, error: io::Error) -> Failure {
        let what = format!("failed to write `{}`", shown::path(self.record.path()));
        let hint = "the table is as it was; `--resume` goes on with what was decoded so far";
        Failure::new(Exit::Output, what, error, Some(hint.to_owned()))
    }
}

/// What a run finds in the place of its table.
enum Found {
    Nothing,
    /// What it would write.
    Same,
    /// Something else, with its digest.
    Other(String),
}

fn text(digest: &Digest) -> String {
    format!("{:032x}", digest.value())
}
