//! An input whose header has been read, and everything that its decoding needs to know.
//!
//! Nothing here changes while the input is decoded, so all workers share it; what they do change is in
//! [`super::job`].

use super::decoded::Decoded;
use super::window::{StoredHeatmap, Windows};
use crate::error::InputError;
use crate::geometry::{Block, Voxel};
use crate::heatmap::Scaling;
use crate::kernel::{HeatmapReader as _, PeakSearch, Record, Settings};
use crate::landmark::{InputRecord, Landmark, Reason, Status};
use crate::landmarks::Landmarks;
use crate::plan::Decoding;
use crate::prepare::{Prepared, prepare};
use crate::source::{self, Header, Kind, Location, Opened, ReadAt, SourceError, Values};
use crate::warning::Warning;
use std::path::{Path, PathBuf};

/// An input whose header has been read.
pub(super) struct OpenedInput {
    pub(super) record: InputRecord,
    pub(super) prepared: Prepared,
    pub(super) scaling: Scaling,
    /// Which peaks are asked for, if it is not the highest alone.
    pub(super) peaks: Option<PeakSearch>,
    /// What was suspicious about its header.
    pub(super) warnings: Vec<Warning>,
    /// Bytes of all values that are read for it.
    pub(super) bytes: u64,
}

/// A file whose header has been read.
pub(super) struct OpenedFile {
    pub(super) input: OpenedInput,
    pub(super) header: Header,
    pub(super) values: Values,
}

/// An input that cannot be decoded.
pub(super) struct Unfit {
    /// What is known of it.
    pub(super) record: InputRecord,
    /// What was suspicious about its header: that may be why it does not fit.
    pub(super) warnings: Vec<Warning>,
    pub(super) error: InputError,
}

impl Unfit {
    /// The input as it is delivered.
    pub(super) fn decoded(self) -> Decoded {
        let Unfit { record, warnings, error } = self;
        let record = InputRecord { warnings: texts(&warnings), ..record };
        Decoded { warnings, ..Decoded::failed(record, error) }
    }
}

/// Opens a file or a stream, and prepares its decoding.
pub(super) fn file(decoding: &Decoding, location: &Location) -> Result<OpenedFile, Box<Unfit>> {
    let file = location.path().map_or_else(|| PathBuf::from("-"), Path::to_owned);
    let record = InputRecord { file, ..InputRecord::default() };
    match source::open(location, &decoding.open) {
        Ok(opened) => fitted(decoding, record, opened),
        Err(error) => Err(Box::new(Unfit { record, warnings: Vec::new(), error: error.into() })),
    }
}

/// Prepares the decoding of an input whose header has been read.
pub(super) fn fitted(
    decoding: &Decoding,
    mut record: InputRecord,
    Opened { header, values }: Opened,
) -> Result<OpenedFile, Box<Unfit>> {
    let warnings: Vec<Warning> = header.notices.iter().cloned().map(Warning::Source).collect();
    match prepared(decoding, decoding.kernel, &header, &mut record) {
        Ok((prepared, peaks)) => {
            let (scaling, bytes) = (header.scaling, bytes_of(&prepared));
            let input = OpenedInput { record, prepared, scaling, peaks, warnings, bytes };
            Ok(OpenedFile { input, header, values })
        }
        Err(error) => Err(Box::new(Unfit { record, warnings, error })),
    }
}

/// Prepares the decoding of an input, by settings of the kernel that may be others than those of the run.
pub(super) fn prepared(
    decoding: &Decoding,
    settings: Settings,
    header: &Header,
    record: &mut InputRecord,
) -> Result<(Prepared, Option<PeakSearch>), InputError> {
    let prepared = prepare(&decoding.reading, settings, header, record)?;
    let prepared = match &decoding.alternatives[..] {
        [] => prepared,
        alternatives => prepared.in_ways(alternatives, header)?,
    };
    check_landmarks(decoding, record, prepared.selected.selected())?;
    let Some(several) = decoding.peaks else { return Ok((prepared, None)) };
    let spacing = several.spacing(record.lengths, record.affine);
    let spacing = spacing.ok_or(InputError::NoMillimetres { kinds: header.kinds_with_sizes() })?;
    Ok((prepared, Some(PeakSearch::new(several, spacing))))
}

/// Bytes of all values.
fn bytes_of(prepared: &Prepared) -> u64 {
    let lengths = prepared.arrangement.lengths.iter().map(|&n| n as u64);
    lengths.product::<u64>() * prepared.element.size() as u64
}

/// Refuses more landmarks than the run may hold: those of files that are averaged are held beside their
/// mean's.
fn check_landmarks(decoding: &Decoding, record: &InputRecord, channels: usize) -> Result<(), InputError> {
    let each = decoding
        .peaks
        .map_or(decoding.alternatives.len().max(1), |several| several.count)
        .saturating_add(record.members.len());
    let found = record.samples.saturating_mul(channels).saturating_mul(each);
    let at_most = decoding.max_landmarks;
    if found > at_most { Err(InputError::Landmarks { at_most, found }) } else { Ok(()) }
}

/// Warnings as they stand in a record.
fn texts(warnings: &[Warning]) -> Vec<String> {
    warnings.iter().map(|warning| format!("{}: {warning}", warning.kind())).collect()
}

/// The values of an input that has none: it has no heatmap that is looked at again.
struct NoValues;

impl ReadAt for NoValues {
    fn read_exact_at(&self, _: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        Err(SourceError::Truncated { expected: buffer.len() as u64, found: 0 })
    }
}

impl OpenedInput {
    /// What the header says.
    pub(super) fn header(self) -> Decoded {
        let bytes = self.bytes;
        let mut record = self.record;
        record.warnings = texts(&self.warnings);
        Decoded { record, landmarks: Landmarks::default(), warnings: self.warnings, error: None, bytes }
    }

    /// How many heatmaps make a part of the answers: few if each of them is much work.
    pub(super) fn heatmaps_at_once(&self) -> usize {
        let is_much = self.peaks.is_some() || self.prepared.alternatives.is_some();
        if is_much || self.prepared.kernel.locator.reads_all_again() { 1 } else { 16 }
    }

    /// Adds the landmarks of a heatmap to `landmarks`. `records` has one for each sweep; `values` are those
    /// of the input, of which some are read again; `None` if it has no values.
    pub(super) fn answer(
        &self,
        heatmap: usize,
        records: &[Record],
        values: Option<&dyn ReadAt>,
        windows: &mut Windows,
        landmarks: &mut Landmarks,
    ) -> Result<(), SourceError> {
        let Prepared { kernel, selected, .. } = &self.prepared;
        if !selected.has(heatmap) {
            return Ok(());
        }
        let (n, c) = (heatmap / selected.channels(), heatmap % selected.channels());
        let Some(record) = records.first() else { return Ok(()) };
        if let Some(alternatives) = &self.prepared.alternatives {
            let mut found = std::mem::take(&mut windows.found);
            let values = values.unwrap_or(&NoValues);
            let mut stored = StoredHeatmap { windows, prepared: &self.prepared, values, heatmap };
            alternatives.answers((n, c), records, &mut stored, &mut found)?;
            return windows.drain(found, landmarks);
        }
        let Some(values) = values else {
            let mut landmark = kernel.locator.landmark(n, c, record);
            if landmark.status == Status::Ok {
                landmark.reason = Some(Reason::NotJudged);
            }
            let mut found = std::mem::take(&mut windows.found);
            match &self.peaks {
                Some(peaks) => peaks.absent(&landmark, &mut found),
                None => found.push(landmark),
            }
            return windows.drain(found, landmarks);
        };
        let mut stored = StoredHeatmap { windows, prepared: &self.prepared, values, heatmap };
        let mut landmark = kernel.locator.answer(n, c, record, &mut stored)?;
        if landmark.reason.is_none() && self.is_wrapped(&landmark, &mut stored)? {
            landmark.reason = Some(Reason::Wrapped);
        }
        if let Some(peaks) = &self.peaks {
            let mut found = std::mem::take(&mut stored.windows.found);
            peaks.find(&kernel.locator, record, &landmark, &mut stored, &mut found)?;
            return windows.drain(found, landmarks);
        }
        Ok(landmarks.push(&landmark)?)
    }

    /// Whether a voxel of −128 touches a largest one of 127, in 8 bits with a sign. Who multiplies maps from
    /// 0 to 1 by 128 and stores them so turns every 1.0 into −128, and the peak into a hole with a rim.
    fn is_wrapped(&self, landmark: &Landmark, stored: &mut StoredHeatmap<'_>) -> Result<bool, SourceError> {
        let highest = self.scaling.apply(f64::from(i8::MAX));
        let is_highest = landmark.peak_value.is_some_and(|peak| peak >= highest);
        let may_be = self.prepared.element.kind == Kind::I8 && !self.scaling.is_reversed() && is_highest;
        let Some(Voxel(hard)) = landmark.hard.filter(|_| may_be) else {
            return Ok(false);
        };
        let axes = self.prepared.regions.axes();
        let start = axes.logical.map(|axis| (hard[axis] as usize).saturating_sub(1));
        let extent = [0, 1, 2].map(|axis| {
            let end = (hard[axes.logical[axis]] as usize + 2).min(axes.lengths[axis]);
            end - start[axis]
        });
        let values = stored.values(&Block { start, extent })?;
        Ok(values.contains(&f64::from(i8::MIN)))
    }

    /// The input with its landmarks, and what was suspicious at the end of its values.
    pub(super) fn decoded(&self, landmarks: Landmarks, notices: Vec<Warning>) -> Decoded {
        let mut warnings = self.warnings.clone();
        warnings.extend(notices);
        if self.prepared.alternatives.is_none() {
            warnings.extend(Warning::of_landmarks(&landmarks));
        }
        let mut record = self.record.clone();
        record.warnings = texts(&warnings);
        Decoded { record, landmarks, warnings, error: None, bytes: self.bytes }
    }

    /// The input if its values could not be read.
    pub(super) fn failed(&self, error: InputError) -> Decoded {
        Decoded::failed(self.record.clone(), error)
    }
}
