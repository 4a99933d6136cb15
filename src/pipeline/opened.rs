//! An input whose header has been read, and everything that its decoding needs to know.
//!
//! Nothing here changes while the input is decoded, so all workers share it; what they do change is in
//! [`super::job`].

use super::decoded::Decoded;
use super::window::{StoredHeatmap, Windows};
use crate::error::InputError;
use crate::heatmap::Scaling;
use crate::kernel::{PeakSearch, Record};
use crate::landmark::{InputRecord, Reason, Status};
use crate::landmarks::Landmarks;
use crate::plan::Decoding;
use crate::prepare::{Prepared, prepare};
use crate::source::{self, Location, ReadAt, SourceError, Values};
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
}

/// Opens an input and prepares its decoding.
pub(super) fn open(decoding: &Decoding, location: &Location) -> Result<(OpenedInput, Values), Box<Decoded>> {
    let file = location.path().map_or_else(|| PathBuf::from("-"), Path::to_owned);
    let mut record = InputRecord { file, ..InputRecord::default() };
    let opened = match source::open(location, &decoding.open) {
        Ok(opened) => opened,
        Err(error) => return Err(Box::new(Decoded::failed(record, error.into()))),
    };
    let warnings: Vec<Warning> = opened.header.notices.iter().cloned().map(Warning::Source).collect();
    let prepared = prepare(&decoding.reading, decoding.kernel, &opened.header, &mut record);
    let prepared = match &decoding.alternatives[..] {
        [] => prepared,
        alternatives => prepared.and_then(|prepared| prepared.in_ways(alternatives, &opened.header)),
    };
    let kinds = opened.header.kinds_with_sizes();
    let peaks = |prepared: Prepared| {
        check_landmarks(decoding, record.samples, prepared.selected.selected())?;
        let Some(several) = decoding.peaks else { return Ok((prepared, None)) };
        let spacing = several.spacing(record.lengths, record.affine);
        let spacing = spacing.ok_or(InputError::NoMillimetres { kinds })?;
        Ok((prepared, Some(PeakSearch::new(several, spacing))))
    };
    match prepared.and_then(peaks) {
        Ok((prepared, peaks)) => {
            let scaling = opened.header.scaling;
            Ok((OpenedInput { record, prepared, scaling, peaks, warnings }, opened.values))
        }
        // What was suspicious about the header may be why it does not fit.
        Err(error) => {
            record.warnings = texts(&warnings);
            Err(Box::new(Decoded { warnings, ..Decoded::failed(record, error) }))
        }
    }
}

/// Refuses more landmarks than the run may hold.
fn check_landmarks(decoding: &Decoding, samples: usize, channels: usize) -> Result<(), InputError> {
    let peaks = decoding.peaks.map_or(decoding.alternatives.len().max(1), |several| several.count);
    let found = samples.saturating_mul(channels).saturating_mul(peaks);
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
        let bytes = self.bytes();
        let mut record = self.record;
        record.warnings = texts(&self.warnings);
        Decoded { record, landmarks: Landmarks::default(), warnings: self.warnings, error: None, bytes }
    }

    /// Bytes of all values.
    pub(super) fn bytes(&self) -> u64 {
        let lengths = self.prepared.arrangement.lengths.iter().map(|&n| n as u64);
        lengths.product::<u64>() * self.prepared.element.size() as u64
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
        let landmark = kernel.locator.answer(n, c, record, &mut stored)?;
        if let Some(peaks) = &self.peaks {
            let mut found = std::mem::take(&mut stored.windows.found);
            peaks.find(&kernel.locator, record, &landmark, &mut stored, &mut found)?;
            return windows.drain(found, landmarks);
        }
        Ok(landmarks.push(&landmark)?)
    }

    /// The input with its landmarks.
    pub(super) fn decoded(&self, landmarks: Landmarks, notices: Vec<source::Notice>) -> Decoded {
        let mut warnings = self.warnings.clone();
        warnings.extend(notices.into_iter().map(Warning::Source));
        if self.prepared.alternatives.is_none() {
            warnings.extend(Warning::of_landmarks(&landmarks));
        }
        let mut record = self.record.clone();
        record.warnings = texts(&warnings);
        Decoded { record, landmarks, warnings, error: None, bytes: self.bytes() }
    }

    /// The input if its values could not be read.
    pub(super) fn failed(&self, error: SourceError) -> Decoded {
        Decoded::failed(self.record.clone(), InputError::Source(error))
    }
}
