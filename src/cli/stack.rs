//! `--stack`: the inputs of one directory, or of one group of `--path-regex`, are the channels of one sample,
//! one file a landmark.
//!
//! Which channels there are is the sorted union of names over the run. So a sample that lacks a file has a
//! `missing` row in its place, and every landmark has the same number in every sample. Each file stays a
//! volume of its own: it may have another shape and another affine than its neighbours.
//!
//! [`Key::of`] is the only place that knows by what inputs are grouped.

use super::exit::Failure;
use super::named_input::NamedInput;
use super::path_pattern::PathPattern;
use crate::landmark::{InputRecord, Landmark, Reason, Status};
use crate::landmarks::Landmarks;
use crate::pipeline::Decoded;
use crate::shown;
use crate::sink::Totals;
use crate::source::{self, Location};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The group of `--path-regex` that names a channel.
const CHANNEL: &str = "channel";

/// What is read from a path: a cell for each group.
type Cells = Vec<Option<String>>;

/// To which sample a file belongs, and which of its channels it is.
struct Key {
    /// What stands in the column `file`.
    directory: PathBuf,
    /// What is read from the path, without the channel; it tells samples apart, where there is a pattern.
    cells: Option<Cells>,
    channel: OsString,
}

impl Key {
    /// The directory of a file, and its name without extensions; or what a pattern reads from its path.
    fn of(path: &Path, pattern: Option<&PathPattern>) -> Key {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut cells = pattern.and_then(|pattern| pattern.cells(path));
        let named = pattern.and_then(|pattern| pattern.column(CHANNEL));
        let channel = named.and_then(|column| cells.as_mut()?.get_mut(column)?.take());
        let stem = || source::stem(path).unwrap_or_default().to_owned();
        Key {
            directory: directory.unwrap_or(Path::new(".")).to_owned(),
            cells,
            channel: channel.map_or_else(stem, OsString::from),
        }
    }
}

/// Which inputs are which channels of which samples.
pub(super) struct Stack {
    samples: Vec<Sample>,
    /// The names of the channels.
    pub(super) labels: Vec<String>,
    /// The column that names a channel, of those that are read from paths.
    column: Option<usize>,
}

struct Sample {
    name: PathBuf,
    /// What was read from the paths of its files, without the channel.
    cells: Option<Cells>,
    /// The channels that are there, in order; `None` for a directory that could not be listed.
    channels: Option<Vec<usize>>,
}

/// What lies in a directory: its files by channel, or why it could not be listed.
struct Group {
    directory: PathBuf,
    cells: Option<Cells>,
    files: BTreeMap<OsString, NamedInput>,
    unlisted: Option<NamedInput>,
}

impl Stack {
    /// Groups inputs. They come back in the order of their rows: samples as they appear first, channels by
    /// number.
    ///
    /// # Errors
    /// Standard input, and two files that would be one channel of one sample.
    pub(super) fn new(
        named: Vec<NamedInput>,
        pattern: Option<&PathPattern>,
    ) -> Result<(Vec<NamedInput>, Stack), Failure> {
        let (mut numbers, mut groups) = (HashMap::new(), Vec::<Group>::new());
        let mut names = BTreeSet::new();
        for input in named {
            let (directory, cells, channel) = match &input.location {
                Location::Stdin => return Err(stdin()),
                Location::Unlisted { path, .. } => (path.clone(), None, None),
                Location::Path(path) => {
                    let Key { directory, cells, channel } = Key::of(path, pattern);
                    (directory, cells, Some(channel))
                }
            };
            // Files of one group may lie in several directories.
            let apart = cells.is_none().then(|| directory.clone());
            let number = *numbers.entry((cells.clone(), apart, channel.is_some())).or_insert_with(|| {
                groups.push(Group { directory, cells, files: BTreeMap::new(), unlisted: None });
                groups.len() - 1
            });
            let group = &mut groups[number];
            let Some(channel) = channel else {
                group.unlisted = Some(input);
                continue;
            };
            if let Some(other) = group.files.get(&channel) {
                return Err(twice(&group.directory, &channel, &other.location, &input.location));
            }
            names.insert(channel.clone());
            group.files.insert(channel, input);
        }
        let numbers: HashMap<&OsString, usize> =
            names.iter().enumerate().map(|(number, name)| (name, number)).collect();
        let (mut inputs, mut samples) = (Vec::new(), Vec::new());
        for Group { directory: name, cells, files, unlisted } in groups {
            let channels = files.keys().filter_map(|channel| numbers.get(channel).copied()).collect();
            samples.push(Sample { name, cells, channels: unlisted.is_none().then_some(channels) });
            inputs.extend(files.into_values().chain(unlisted));
        }
        let labels = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        Ok((inputs, Stack { samples, labels, column: pattern.and_then(|pattern| pattern.column(CHANNEL)) }))
    }

    /// The lengths of the array that holds all samples.
    pub(super) fn totals(&self) -> Totals {
        Totals { samples: self.samples.len() as u64, channels: self.labels.len() as u64 }
    }

    /// How many files are missing.
    pub(super) fn missing(&self) -> usize {
        let there = self.samples.iter().filter_map(|sample| sample.channels.as_ref());
        there.map(|channels| self.labels.len() - channels.len()).sum()
    }

    /// For each input, in their order, its sample and its channel, in words.
    pub(super) fn places(&self) -> impl Iterator<Item = String> {
        self.samples.iter().flat_map(move |sample| {
            let name = shown::path(&sample.name).to_string();
            let unlisted = sample.channels.is_none().then(String::new);
            let channels = sample.channels.iter().flatten();
            let placed = channels.map(move |&c| {
                let label = self.labels.get(c).map_or("", String::as_str);
                format!(", channel {c} (`{}`) of `{name}`", shown::text(label))
            });
            placed.chain(unlisted)
        })
    }

    /// Puts what is decoded in its place. `peaks` is how many landmarks each heatmap has.
    pub(super) fn placing(&self, peaks: usize) -> Placing<'_> {
        Placing { stack: self, sample: 0, at: 0, peaks }
    }
}

fn stdin() -> Failure {
    Failure::usage(
        "standard input lies in no directory",
        "`--stack` takes files, whose directory is their sample and whose name is their landmark",
    )
}

fn twice(sample: &Path, channel: &OsString, first: &Location, second: &Location) -> Failure {
    let (sample, channel) = (shown::path(sample), shown::text(&channel.to_string_lossy()).to_string());
    let what = format!("`{first}` and `{second}` would both be the channel `{channel}` of `{sample}`");
    Failure::usage(
        what,
        "with `--stack` a directory has one file for each landmark; `--exclude` leaves others out",
    )
}

/// The rows of a stack under way.
pub(super) struct Placing<'a> {
    stack: &'a Stack,
    /// The sample that is being written, and how many of its files have been.
    sample: usize,
    at: usize,
    peaks: usize,
}

impl Placing<'_> {
    /// Delivers the next input in its place, with the channels that are missing before it and, if it is the
    /// last of its sample, behind it.
    pub(super) fn place<E>(
        &mut self,
        decoded: Decoded,
        deliver: &mut dyn FnMut(Decoded) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(sample @ Sample { channels, .. }) = self.stack.samples.get(self.sample) else {
            return deliver(decoded);
        };
        let Some((channels, &c)) = channels.as_ref().and_then(|all| Some((all, all.get(self.at)?))) else {
            self.sample += 1;
            return deliver(decoded);
        };
        let before = self.at.checked_sub(1).and_then(|at| channels.get(at)).map_or(0, |before| before + 1);
        (before..c).try_for_each(|missing| deliver(self.missing(sample, missing)))?;
        deliver(self.placed(decoded, sample, c))?;
        self.at += 1;
        if self.at == channels.len() {
            (self.sample, self.at) = (self.sample + 1, 0);
            (c + 1..self.stack.labels.len())
                .try_for_each(|missing| deliver(self.missing(sample, missing)))?;
        }
        Ok(())
    }

    /// An input as a channel of its sample. One that is unreadable keeps its place: the record says why.
    fn placed(&self, decoded: Decoded, sample: &Sample, c: usize) -> Decoded {
        let mut record = decoded.record;
        sample.name.clone_into(&mut record.file);
        record.from_path = self.cells(sample, c);
        let landmarks = if record.error.is_some() {
            self.peaks(c, Landmark::nothing(Status::Unreadable))
        } else {
            decoded.landmarks.iter().map(|landmark| Landmark { n: 0, c, ..landmark }).collect()
        };
        Decoded { record, landmarks, ..decoded }
    }

    /// What stands for a file that is not there.
    fn missing(&self, sample: &Sample, c: usize) -> Decoded {
        let (file, from_path) = (sample.name.clone(), self.cells(sample, c));
        let record = InputRecord { file, from_path, ..InputRecord::default() };
        let landmark = Landmark { reason: Some(Reason::NoFile), ..Landmark::nothing(Status::Missing) };
        let landmarks = self.peaks(c, landmark);
        Decoded { record, landmarks, warnings: Vec::new(), error: None, bytes: 0 }
    }

    /// What is read from the path of a channel's file, or would be if it were there.
    fn cells(&self, sample: &Sample, c: usize) -> Cells {
        let mut cells = sample.cells.clone().unwrap_or_default();
        if let Some(cell) = self.stack.column.and_then(|column| cells.get_mut(column)) {
            *cell = self.stack.labels.get(c).cloned();
        }
        cells
    }

    fn peaks(&self, c: usize, landmark: Landmark) -> Landmarks {
        (0..self.peaks).map(|peak| Landmark { c, peak, ..landmark }).collect()
    }
}
