//! `DIR/.softargmax-resume`: which outputs of a directory are done, and from what they were made.
//!
//! The file has a line of JSON for each output, added when the output is in its place; the last line of an
//! output counts. If a line was cut short, its output is made again. While a run holds the file locked, no
//! other run writes to the directory.
//!
//! Inputs are known by their absolute paths: the same relative one names another file in another working
//! directory. The file may have come from anywhere, so one that no run can have written is refused before it
//! is read.

use super::exit::{Exit, Failure};
use super::tally::Counts;
use crate::landmark::{Flag, Status};
use crate::pipeline::Decoded;
use crate::plan::{Decoding, Digest, Member};
use crate::shown;
use crate::source::{Location, companions};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The name of the record.
pub(super) const NAME: &str = ".softargmax-resume";

/// Larger than the record of a million outputs; a file beyond that is none.
const LARGEST: u64 = 1 << 30;

/// Longer than any line of a record.
const LONGEST_LINE: u64 = 1 << 20;

/// An input and its output.
#[derive(Clone, Debug)]
pub(super) struct InputOutput {
    /// The input.
    pub(super) input: Location,
    /// The path of its output, relative to the directory.
    pub(super) relative: PathBuf,
}

/// Size and modification time of the files of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(String);

impl Stamp {
    /// As it stands in a record.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// `None` if the input can be read only once or does not exist. A reference of its own is one of its
    /// files. Of a mean it has the stamps of all files, and a digest of their paths and turned axes.
    pub(super) fn of(input: &Location, decoding: &Decoding) -> Option<Stamp> {
        let members = decoding.members(input);
        if members.is_empty() {
            return Stamp::of_file(input, decoding);
        }
        let (mut text, mut digest) = (String::new(), Digest::new());
        for Member { path, turned } in members {
            text.push_str(&Stamp::of_file(&Location::Path(path.clone()), decoding)?.0);
            digest.add(absolute(path).as_os_str().as_encoded_bytes());
            // No path has a byte 0.
            digest.add(&turned.0.map(u8::from));
            digest.add(&[0]);
        }
        let _ = write!(text, "{:032x}", digest.value());
        Some(Stamp(text))
    }

    fn of_file(input: &Location, decoding: &Decoding) -> Option<Stamp> {
        let Location::Path(path) = input else { return None };
        let mut files = vec![path.clone()];
        files.extend(companions(path).files().cloned());
        files.extend(decoding.reading.affine.reference_of(input));
        let mut text = String::new();
        for file in files {
            let about = std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file)?;
            let modified = about.modified().ok()?;
            let (sign, since) = match modified.duration_since(UNIX_EPOCH) {
                Ok(since) => ("", since),
                Err(error) => ("-", error.duration()),
            };
            let (seconds, nanos) = (since.as_secs(), since.subsec_nanos());
            let _ = write!(text, "{}@{sign}{seconds}.{nanos:09};", about.len());
        }
        Some(Stamp(text))
    }
}

/// The output that an earlier run made of an input.
#[derive(Clone, Copy)]
pub(super) struct Earlier {
    /// Whether the input has not changed since, as far as can be seen.
    pub(super) is_of_what_is_there: bool,
}

/// A line of the record.
pub(super) struct Entry(Value);

impl Entry {
    /// A line for an output that is in its place. Without a stamp the input is decoded again by every run.
    pub(super) fn new(
        output: &InputOutput,
        stamp: Option<&Stamp>,
        settings: &str,
        length: u64,
        decoded: &Decoded,
    ) -> Entry {
        let (statuses, flags) = counts_json(&Counts::of(decoded));
        let mut entry = json!({
            "output": name(&output.relative),
            "length": length,
            "input": name(output.input.path().unwrap_or(Path::new("-"))),
            "stamp": stamp.map(|stamp| &stamp.0),
            "settings": settings,
            "statuses": statuses,
            "flags": flags,
        });
        if let Location::Path(path) = &output.input {
            entry["input"] = name(&absolute(path));
        }
        if decoded.record.error.is_some() {
            entry["unreadable"] = json!(true);
        }
        Entry(entry)
    }

    /// How many landmarks have each status and flag; `None` unless `output` is done.
    fn done(&self, output: &InputOutput, stamp: &Stamp, settings: &str, length: u64) -> Option<Counts> {
        let Entry(entry) = self;
        let Location::Path(input) = &output.input else { return None };
        let is_same = entry["input"] == name(&absolute(input))
            && entry["stamp"] == stamp.0.as_str()
            && entry["settings"] == settings
            && entry["length"] == length
            && entry.get("unreadable").is_none();
        counts_of(entry).filter(|_| is_same)
    }
}

/// How many landmarks have each status and flag, by their names.
pub(super) fn counts_json(counts: &Counts) -> (Map<String, Value>, Map<String, Value>) {
    let named = |(name, count): (&str, usize)| (name.to_owned(), json!(count));
    let statuses = counts.statuses().map(|(status, count)| named((status.name(), count))).collect();
    (statuses, counts.flags().map(|(flag, count)| named((flag.name(), count))).collect())
}

/// What [`counts_json`] made. Earlier builds counted no flags: what they made is decoded once more.
pub(super) fn counts_of(entry: &Value) -> Option<Counts> {
    let named = |key: &str| entry.get(key).and_then(Value::as_object);
    let (statuses, flags) = (named("statuses")?, named("flags")?);
    let count = |counts: &Map<String, Value>, name: &str| {
        counts.get(name).and_then(Value::as_u64).map_or(0, |count| count as usize)
    };
    let mut counts = Counts::default();
    for status in Status::ALL {
        counts.add_status(status, count(statuses, status.name()));
    }
    for flag in Flag::ALL {
        counts.add_flag(flag, count(flags, flag.name()));
    }
    Some(counts)
}

/// A path that names the same file in every working directory. Links among its directories are followed as
/// far as they are there; one in its last name is not, because git-annex gives each version of a file another
/// target.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole.ancestors().skip(1).find_map(|parent| {
        let rest = whole.strip_prefix(parent).ok()?;
        Some(parent.canonicalize().ok()?.join(rest))
    });
    there.unwrap_or(whole)
}

/// A path as JSON: text, or its bytes if they are not UTF-8.
pub(super) fn name(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => json!(text),
        None => json!({ "bytes": path.as_os_str().as_encoded_bytes() }),
    }
}

/// The path of JSON that [`name`] made.
pub(super) fn path_of(name: &Value) -> Option<PathBuf> {
    if let Some(text) = name.as_str() {
        return Some(text.into());
    }
    let bytes = name["bytes"].as_array()?;
    let bytes: Option<Vec<u8>> = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
    #[cfg(unix)]
    return Some(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes?).into());
    #[cfg(not(unix))]
    return String::from_utf8(bytes?).ok().map(PathBuf::from);
}

/// The record of a directory; locked unless it is only read.
pub(super) struct Record {
    file: Option<File>,
    entries: HashMap<String, Entry>,
}

impl Record {
    /// Opens, locks and reads the record of `directory`.
    ///
    /// # Errors
    /// The file cannot be opened, or another run has locked it.
    pub(super) fn open(directory: &Path) -> Result<Record, Failure> {
        let path = directory.join(NAME);
        let failed = |cause: &dyn std::fmt::Display, hint| open_failure(&path, cause, hint);
        let options = OpenOptions::new().read(true).append(true).create(true).clone();
        let mut file =
            open_record(&path, &options, LARGEST).map_err(|error| failed(&error, hint_for(&path)))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let hint = "wait for it, or choose another `--output-dir`";
                return Err(failed(&"another run is writing to this directory", hint));
            }
            // On a file system without locks nothing keeps two runs from writing to one directory.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let (entries, is_ended) = read_lines(&file).map_err(|error| failed(&error, WRITABLE))?;
        if !is_ended {
            // A line that was cut short must not run into the next one.
            file.write_all(b"\n").map_err(|error| failed(&error, WRITABLE))?;
        }
        Ok(Record { entries, file: Some(file) })
    }

    /// Reads the record of `directory`, if there is one, and changes nothing.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(super) fn look(directory: &Path) -> Result<Record, Failure> {
        let path = directory.join(NAME);
        let read = open_record(&path, OpenOptions::new().read(true), LARGEST);
        let entries = match read.and_then(|file| read_lines(&file)) {
            Ok((entries, _)) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(error) => return Err(open_failure(&path, &error, hint_for(&path))),
        };
        Ok(Record { entries, file: None })
    }

    /// How many landmarks of each status and flag `output` has; `None` unless it exists, is whole, and was
    /// made from the same input with the same settings.
    pub(super) fn done(
        &self,
        output: &InputOutput,
        stamp: Option<&Stamp>,
        settings: &str,
        directory: &Path,
    ) -> Option<Counts> {
        let entry = self.entries.get(&name(&output.relative).to_string())?;
        let about =
            std::fs::metadata(directory.join(&output.relative)).ok().filter(std::fs::Metadata::is_file)?;
        entry.done(output, stamp?, settings, about.len())
    }

    /// Refuses to replace what was made from another input.
    ///
    /// # Errors
    /// A usage error that names both.
    pub(super) fn check_origin(&self, output: &InputOutput, directory: &Path) -> Result<(), Failure> {
        let path = directory.join(&output.relative);
        let other = self.other_input(output).filter(|_| path.exists());
        other.map_or(Ok(()), |other| {
            let what = format!(
                "the output of `{}` would replace `{}`, which was made from `{}`",
                output.input,
                shown::path(&path),
                shown::path(&other)
            );
            let hint = "name the directory above both as INPUT, choose another `--output-dir`, or remove \
                that output; if the inputs have moved, remove the record `.softargmax-resume`";
            Err(Failure::usage(what, hint))
        })
    }

    /// The input that `output` was made from, if that is another one. That it is out of reach for now makes
    /// its landmarks worth no less; but of an unreadable input there are none.
    fn other_input(&self, output: &InputOutput) -> Option<PathBuf> {
        let Entry(entry) = self.entries.get(&name(&output.relative).to_string())?;
        let other = path_of(&entry["input"])?;
        let Location::Path(input) = &output.input else { return None };
        if other == absolute(input) {
            return None;
        }
        let is_other = match other.canonicalize() {
            Ok(other) => input.canonicalize().ok() != Some(other),
            // Earlier builds recorded relative paths: who knows of which directory.
            Err(_) => other.is_absolute() && entry.get("unreadable").is_none(),
        };
        is_other.then_some(other)
    }

    /// What an earlier run made of the input of `output`, if that is what is there.
    pub(super) fn earlier(
        &self,
        output: &InputOutput,
        stamp: Option<&Stamp>,
        directory: &Path,
    ) -> Option<Earlier> {
        let Entry(entry) = self.entries.get(&name(&output.relative).to_string())?;
        let Location::Path(input) = &output.input else { return None };
        let has_landmarks = entry["input"] == name(&absolute(input))
            && entry.get("unreadable").is_none()
            && directory.join(&output.relative).is_file();
        let is_of_what_is_there = stamp.is_none_or(|stamp| entry["stamp"] == stamp.0.as_str());
        has_landmarks.then_some(Earlier { is_of_what_is_there })
    }

    /// Whether an earlier run made `output`.
    pub(super) fn knows(&self, output: &InputOutput) -> bool {
        self.entries.contains_key(&name(&output.relative).to_string())
    }

    /// Drops the entries that were read, to free their memory.
    pub(super) fn forget(&mut self) {
        self.entries = HashMap::new();
    }

    /// Adds a line.
    pub(super) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |mut file| file.write_all(format!("{}\n", entry.0).as_bytes()))
    }

    /// Waits until the lines are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_all)
    }
}

const WRITABLE: &str = "the directory of `--output-dir` must be writable";

const FOREIGN: &str = "remove it, or choose another `--output-dir`; without a record all is decoded again";

/// What helps against a record that cannot be opened.
fn hint_for(path: &Path) -> &'static str {
    let is_foreign =
        std::fs::symlink_metadata(path).is_ok_and(|about| foreign_kind(&about, LARGEST).is_some());
    if is_foreign { FOREIGN } else { WRITABLE }
}

fn open_failure(path: &Path, cause: &dyn std::fmt::Display, hint: &str) -> Failure {
    let what = format!("failed to open `{}`", shown::path(path));
    Failure::new(Exit::Output, what, cause, Some(hint.to_owned()))
}

/// Why a file is no record, by what it is; a run writes regular files of a reasonable size alone.
fn foreign_kind(about: &Metadata, largest: u64) -> Option<String> {
    let kind = about.file_type();
    if kind.is_symlink() {
        Some("expected the record of a run, found a link".to_owned())
    } else if kind.is_dir() {
        Some("expected the record of a run, found a directory".to_owned())
    } else if !kind.is_file() {
        Some("expected the record of a run, found no regular file".to_owned())
    } else if about.len() > largest {
        Some(format!("expected the record of a run, at most {largest} bytes, found {}", about.len()))
    } else {
        None
    }
}

/// Opens a record. What it is comes first: a FIFO would wait for its writer, a link leads out of the
/// directory.
pub(super) fn open_record(path: &Path, options: &OpenOptions, largest: u64) -> io::Result<File> {
    let refuse =
        |about: &Metadata| foreign_kind(about, largest).map_or(Ok(()), |why| Err(io::Error::other(why)));
    if let Ok(about) = std::fs::symlink_metadata(path) {
        refuse(&about)?;
    }
    let file = options.open(path)?;
    refuse(&file.metadata()?)?;
    Ok(file)
}

/// The entries by output, and whether the last line is complete. Of lines that are too long nothing is kept.
fn read_lines(file: &File) -> io::Result<(HashMap<String, Entry>, bool)> {
    let mut entries = HashMap::new();
    let (mut reader, mut line) = (BufReader::new(file), Vec::new());
    let mut is_ended = true;
    while reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
        let begins = std::mem::replace(&mut is_ended, line.last() == Some(&b'\n'));
        if begins
            && let Ok(value) = serde_json::from_slice::<Value>(&line)
            && value.get("output").is_some()
        {
            entries.insert(value["output"].to_string(), Entry(value));
        }
        line.clear();
    }
    Ok((entries, is_ended))
}
