//! One input while it is being decoded: its units, and the merging of what they leave behind.

use super::Decoded;
use super::unit::{self, Found, Worker};
use super::window::{Again, Windows};
use crate::error::InputError;
use crate::heatmap::Scaling;
use crate::kernel::{Diffuse, Peaks, Record};
use crate::landmark::{InputRecord, Landmark};
use crate::plan::Decoding;
use crate::prepare::{Prepared, prepare};
use crate::source::{self, Location, ReadAt, ReadValues, SourceError, Spool, Values};
use crate::warning::Warning;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// An input whose header has been read.
pub(super) struct Opened {
    pub(super) job: Job,
    pub(super) values: Values,
}

/// One input.
pub(super) struct Job {
    pub(super) index: usize,
    record: InputRecord,
    prepared: Prepared,
    scaling: Scaling,
    peaks: Option<Peaks>,
    warnings: Vec<Warning>,
    units: usize,
    taken: AtomicUsize,
    merge: Mutex<Merge>,
    merged: Condvar,
}

/// What is there once an input has been read.
#[derive(Default)]
pub(super) struct End {
    /// What was suspicious at its end.
    pub(super) notices: Vec<source::Notice>,
    /// Its values, where they may be looked at again.
    pub(super) values: Option<Arc<dyn ReadAt>>,
}

/// The merging of units in their order.
struct Merge {
    next: usize,
    waiting: BTreeMap<usize, Found>,
    records: Vec<Record>,
    failure: Option<SourceError>,
}

/// Locks even where another thread panicked: the state is then a finished or an unfinished merge, both
/// of which are valid.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens an input and prepares its decoding.
pub(super) fn open(decoding: &Decoding, index: usize, location: &Location) -> Result<Opened, Box<Decoded>> {
    let file = match location {
        Location::Path(path) => path.clone(),
        Location::Stdin => PathBuf::from("-"),
    };
    let mut record = InputRecord { file, ..InputRecord::default() };
    let opened = match source::open(location, &decoding.open) {
        Ok(opened) => opened,
        Err(error) => return Err(Box::new(Decoded::failed(record, error.into()))),
    };
    let warnings: Vec<Warning> = opened.header.notices.iter().cloned().map(Warning::Source).collect();
    let prepared = prepare(&decoding.reading, decoding.kernel, &opened.header, &mut record);
    let kinds = opened.header.affine_kinds;
    let peaks = |prepared| {
        let Some(several) = decoding.peaks else { return Ok((prepared, None)) };
        let spacing = several.spacing(record.lengths, record.affine);
        let spacing = spacing.ok_or(InputError::NoMillimetres { kinds })?;
        Ok((prepared, Some(Peaks::new(several, spacing))))
    };
    match prepared.and_then(peaks) {
        Ok((prepared, peaks)) => {
            let job = Job::new(index, record, (prepared, peaks), opened.header.scaling, warnings);
            Ok(Opened { job, values: opened.values })
        }
        // What was suspicious about it may be why it does not fit.
        Err(error) => {
            record.warnings = texts(&warnings);
            Err(Box::new(Decoded { warnings, ..Decoded::failed(record, error) }))
        }
    }
}

/// Values that are looked at together for their range.
const CHUNK: usize = 1 << 15;

/// Warnings as they stand in a record.
fn texts(warnings: &[Warning]) -> Vec<String> {
    warnings.iter().map(|warning| format!("{}: {warning}", warning.kind())).collect()
}

impl Job {
    fn new(
        index: usize,
        record: InputRecord,
        (prepared, peaks): (Prepared, Option<Peaks>),
        scaling: Scaling,
        warnings: Vec<Warning>,
    ) -> Job {
        let merge = Merge { next: 0, waiting: BTreeMap::new(), records: Vec::new(), failure: None };
        Job {
            index,
            units: unit::count(&prepared),
            taken: AtomicUsize::new(0),
            record,
            prepared,
            scaling,
            peaks,
            warnings,
            merge: Mutex::new(merge),
            merged: Condvar::new(),
        }
    }

    /// The next unit that nobody has taken.
    pub(super) fn take(&self) -> Option<usize> {
        let unit = self.taken.fetch_add(1, Ordering::Relaxed);
        (unit < self.units).then_some(unit)
    }

    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.units == 0
    }

    /// What is known before any value is read.
    pub(super) fn header(self) -> Decoded {
        let bytes = self.bytes();
        let mut record = self.record;
        record.warnings = texts(&self.warnings);
        Decoded { record, landmarks: Vec::new(), warnings: self.warnings, error: None, bytes }
    }

    /// The smallest and the largest value, scaled, NaN passed over.
    pub(super) fn range(&self, values: Values) -> Result<Option<(f64, f64)>, Box<Decoded>> {
        let failed = |error| Box::new(Decoded::failed(self.record.clone(), InputError::Source(error)));
        let (element, size) = (self.prepared.element, self.prepared.element.size());
        let (mut numbers, mut range) = (vec![0.0; CHUNK], (f64::INFINITY, f64::NEG_INFINITY));
        let widen = |bytes: &[u8]| {
            let numbers = &mut numbers[..bytes.len() / size];
            element.widen_f64(bytes, numbers);
            range = numbers.iter().fold(range, |(low, high), &x| (low.min(x), high.max(x)));
            Ok::<(), SourceError>(())
        };
        values.read_all(self.bytes(), CHUNK * size, widen).map_err(failed)?;
        let scaled = [range.0, range.1].map(|x| self.scaling.slope * x + self.scaling.intercept);
        Ok((range.0 <= range.1).then(|| (scaled[0].min(scaled[1]), scaled[0].max(scaled[1]))))
    }

    /// Bytes of all values.
    fn bytes(&self) -> u64 {
        let lengths = self.prepared.arrangement.lengths.iter().map(|&n| n as u64);
        lengths.product::<u64>() * self.prepared.element.size() as u64
    }

    /// Decodes one unit of a file; true from the call that completes the input.
    pub(super) fn unit(
        &self,
        worker: &mut Worker,
        values: &dyn ReadAt,
        unit: usize,
        tick: &dyn Fn(u64),
    ) -> bool {
        self.show(worker, unit);
        let found = worker.unit(&self.prepared, unit, false, |offset, bytes| {
            tick(bytes.len() as u64);
            values.read_exact_at(offset, bytes)
        });
        self.merge(unit, found)
    }

    /// Decodes a stream from its first value to its verified end.
    pub(super) fn stream(
        &self,
        worker: &mut Worker,
        values: &mut dyn ReadValues,
        tick: &dyn Fn(u64),
    ) -> Result<End, SourceError> {
        let is_read_again = self.peaks.is_some() || self.prepared.kernel.looks_again();
        let mut spool = is_read_again.then(Spool::new).transpose()?;
        for unit in 0..self.units {
            self.show(worker, unit);
            let found = worker.unit(&self.prepared, unit, true, |_, bytes| {
                tick(bytes.len() as u64);
                values.read_exact(bytes)?;
                spool.as_mut().map_or(Ok(()), |spool| spool.add(bytes))
            });
            let failed = found.is_err();
            self.merge(unit, found);
            if failed {
                return Ok(End::default());
            }
        }
        let spool = spool.map(|spool| Arc::new(spool) as Arc<dyn ReadAt>);
        Ok(End { notices: values.finish()?, values: spool })
    }

    /// Shows a worker how high the heatmaps of a unit have been before it, as far as that is known.
    fn show(&self, worker: &mut Worker, unit: usize) {
        worker.highest.clear();
        if self.prepared.kernel.skips() {
            let heatmaps = unit::heatmaps_of(&self.prepared, unit);
            let merge = lock(&self.merge);
            let known = heatmaps.map(|heatmap| merge.records.get(heatmap).and_then(Record::reference));
            worker.highest.extend(known);
        }
    }

    /// How many units may wait for an earlier one: a worker that is further ahead waits itself.
    const AHEAD: usize = 64;

    /// Takes in what a unit found; true where it was the last that was missing.
    fn merge(&self, unit: usize, found: Result<Found, SourceError>) -> bool {
        let mut merge = lock(&self.merge);
        while unit > merge.next + Self::AHEAD {
            merge = self.merged.wait(merge).unwrap_or_else(PoisonError::into_inner);
        }
        let found = found.unwrap_or_else(|error| {
            merge.failure.get_or_insert(error);
            Found::new()
        });
        merge.waiting.insert(unit, found);
        let Merge { next, waiting, records, .. } = &mut *merge;
        while let Some(found) = waiting.remove(next) {
            *next += 1;
            // Grows only as heatmaps are read: a header alone proves nothing.
            let seen = found.iter().map(|&(heatmap, _)| heatmap + 1).max().unwrap_or(0);
            records.resize(records.len().max(seen), Record::default());
            for (heatmap, record) in found {
                self.prepared.kernel.merge(&mut records[heatmap], &record);
            }
        }
        self.merged.notify_all();
        merge.next == self.units
    }

    /// The records of all heatmaps, once all units have been merged.
    pub(super) fn records(&self) -> Result<Vec<Record>, SourceError> {
        let mut merge = lock(&self.merge);
        if let Some(error) = merge.failure.take() {
            return Err(error);
        }
        let mut records = std::mem::take(&mut merge.records);
        records.resize(self.record.samples * self.record.channels, Record::default());
        Ok(records)
    }

    /// How many heatmaps are answered at once: few where each of them is much work.
    pub(super) fn heatmaps_at_once(&self) -> usize {
        match &self.peaks {
            Some(_) => 1,
            None if self.prepared.kernel.looks_again() => 16,
            None => usize::MAX,
        }
    }

    /// The landmarks of some heatmaps. `values` are those to look at again.
    pub(super) fn answers(
        &self,
        heatmaps: Range<usize>,
        records: &[Record],
        values: Option<&dyn ReadAt>,
        windows: &mut Windows,
    ) -> Result<Vec<Landmark>, SourceError> {
        let Prepared { kernel, selected, .. } = &self.prepared;
        let channels = selected.channels();
        let mut landmarks = Vec::new();
        for heatmap in heatmaps.filter(|heatmap| selected.has(*heatmap)) {
            let record = &records[heatmap];
            let window = match values {
                Some(values) => windows.read(&self.prepared, values, heatmap, &kernel.boxes(record))?,
                None => &[],
            };
            let landmark = kernel.landmark(heatmap / channels, heatmap % channels, record, window);
            match (&self.peaks, values) {
                (Some(peaks), Some(values)) => {
                    let mut again = Again { windows, prepared: &self.prepared, values, heatmap };
                    peaks.find(kernel, record, &landmark, &mut again, &mut landmarks)?;
                }
                (Some(peaks), None) => peaks.absent(&landmark, &mut landmarks),
                (None, _) => landmarks.push(landmark),
            }
        }
        Ok(landmarks)
    }

    /// The input with its landmarks.
    pub(super) fn decoded(
        &self,
        records: &[Record],
        landmarks: Vec<Landmark>,
        notices: Vec<source::Notice>,
    ) -> Decoded {
        let mut warnings = self.warnings.clone();
        warnings.extend(notices.into_iter().map(Warning::Source));
        warnings.extend(self.doubts(records, &landmarks));
        let mut record = self.record.clone();
        record.warnings = texts(&warnings);
        Decoded { record, landmarks, warnings, error: None, bytes: self.bytes() }
    }

    /// The input where its values could not be read.
    pub(super) fn failed(&self, error: SourceError) -> Decoded {
        Decoded::failed(self.record.clone(), InputError::Source(error))
    }

    /// The warnings about landmarks that have an answer, and a doubtful one; of several peaks, about the first.
    fn doubts(&self, records: &[Record], landmarks: &[Landmark]) -> Vec<Warning> {
        let (mut diffuse, mut bimodal, mut outside, mut border) = (None, None, None, None);
        for landmark in landmarks.iter().filter(|landmark| landmark.peak == 0) {
            let first = (landmark.n, landmark.c);
            let record = &records[landmark.n * self.record.channels + landmark.c];
            let doubts = self.prepared.kernel.doubts(record, landmark);
            if let Some(Diffuse { diffuseness, beta }) = doubts.diffuse {
                let (count, .., least) = diffuse.get_or_insert((0, first, diffuseness, beta));
                *count += 1;
                *least = least.zip(beta).map(|(a, b)| a.max(b));
            }
            if let Some(distance) = doubts.bimodal {
                bimodal.get_or_insert((0, first, distance)).0 += 1;
            }
            if doubts.is_outside {
                outside.get_or_insert((0, first)).0 += 1;
            }
            if let Some(radius) = doubts.border {
                border.get_or_insert((0, first, radius)).0 += 1;
            }
        }
        let diffuse = diffuse.map(|(count, first, diffuseness, beta)| Warning::Diffuse {
            count,
            first,
            diffuseness,
            beta,
        });
        let bimodal = bimodal.map(|(count, first, distance)| Warning::Bimodal { count, first, distance });
        let outside = outside.map(|(count, first)| Warning::Outside { count, first });
        let border = border.map(|(count, first, radius)| Warning::Border { count, first, radius });
        [diffuse, bimodal, outside, border].into_iter().flatten().collect()
    }
}
