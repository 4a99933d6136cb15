//! One landmark and one file name as JSON, for both JSON formats.
//!
//! A key is always there, whether it has an answer or null, so that a program can tell "asked for, and
//! there is no answer" from "not asked for". Coordinates are lists of three or null as a whole: a landmark
//! is never known in two axes only.

use super::columns::{BETWEEN, CONTRAST, Cell, MEMBERS, PEAK_RATIO, between, contrast};
use super::report::{Report, Space};
use super::trust::reason;
use crate::geometry::Voxel;
use crate::landmark::{Flag, InputRecord, Landmark, Status};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::path::Path;

/// The names of the cells of some keys, made once.
pub(super) struct Names {
    spread: Vec<String>,
    uncertainty: Vec<String>,
    region: Vec<String>,
}

impl Names {
    /// Those of a report.
    pub(super) fn new(report: &Report) -> Names {
        Names {
            spread: report.spread_names(),
            uncertainty: report.uncertainty_names(),
            region: report.region_names(),
        }
    }
}

/// One landmark as a JSON object, or, without one, its keys with null for an unreadable input.
pub(super) struct Object<'a> {
    pub(super) report: &'a Report,
    pub(super) names: &'a Names,
    pub(super) input: &'a InputRecord,
    pub(super) landmark: Option<&'a Landmark>,
}

impl Object<'_> {
    /// Writes the keys from `n` to `reason`.
    ///
    /// The two formats put different keys before and behind them, so the object itself is left to the
    /// caller.
    pub(super) fn write_entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let landmark = self.landmark;
        map.serialize_entry("n", &landmark.map(|landmark| landmark.n))?;
        map.serialize_entry("c", &landmark.map(|landmark| landmark.c))?;
        if self.report.peaks.is_some() {
            map.serialize_entry("peak", &landmark.map(|landmark| landmark.peak))?;
        }
        map.serialize_entry(
            "label",
            &landmark.and_then(|landmark| self.report.label(self.input, landmark.c)),
        )?;
        self.write_coordinates(map, landmark.and_then(|landmark| landmark.position))?;
        if self.report.compare {
            map.serialize_entry("hard", &Hard(self))?;
        }
        if self.report.stats {
            let cells = self.report.spread(self.input, landmark);
            map.serialize_entry("stats", &Named(&self.names.spread, &cells))?;
        }
        if self.report.uncertainty {
            let cells = self.report.uncertainty_cells(self.input, landmark);
            map.serialize_entry("uncertainty", &Named(&self.names.uncertainty, &cells))?;
        }
        if self.report.region {
            let cells = self.report.region_cells(self.input, landmark);
            map.serialize_entry("region", &Named(&self.names.region, &cells))?;
        }
        if self.report.average {
            map.serialize_entry("average", &Average(self))?;
        }
        let status = landmark.map_or(Status::Unreadable, |landmark| landmark.status);
        map.serialize_entry("status", status.name())?;
        let flags = landmark.map(|landmark| landmark.flags).unwrap_or_default();
        map.serialize_entry("flags", &flags.iter().map(Flag::name).collect::<Vec<_>>())?;
        map.serialize_entry("reason", &reason(self.input, landmark))
    }

    fn write_coordinates<M: SerializeMap>(
        &self,
        map: &mut M,
        position: Option<Voxel>,
    ) -> Result<(), M::Error> {
        let write = |space: Space| {
            map.serialize_entry(space.name(), &self.report.coordinates(space, self.input, position))
        };
        self.report.coords.spaces().try_for_each(write)
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write_entries(&mut map)?;
        map.end()
    }
}

/// The hard argmax in the same spaces, and how far it lies from the answer.
struct Hard<'a>(&'a Object<'a>);

impl Serialize for Hard<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = self.0;
        let mut map = serializer.serialize_map(None)?;
        object.write_coordinates(&mut map, object.landmark.and_then(|landmark| landmark.hard))?;
        for (name, cell) in CONTRAST.iter().zip(contrast(object.input, object.landmark)) {
            map.serialize_entry(name, &cell)?;
        }
        if object.report.peaks.is_some() {
            map.serialize_entry(PEAK_RATIO, &object.landmark.and_then(|landmark| landmark.peak_ratio))?;
        }
        map.end()
    }
}

/// Of how many files the heatmap is the mean, and how far they disagree.
struct Average<'a>(&'a Object<'a>);

impl Serialize for Average<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Object { input, landmark, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(MEMBERS, &input.members.len())?;
        for (name, cell) in BETWEEN.iter().zip(between(input, *landmark)) {
            map.serialize_entry(name, &cell)?;
        }
        map.end()
    }
}

/// Cells under the names that they have in CSV.
struct Named<'a>(&'a [String], &'a [Cell]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

/// Writes a key for each column that is read from the path, with null where there is none.
pub(super) fn write_path<M: SerializeMap>(
    map: &mut M,
    report: &Report,
    input: &InputRecord,
) -> Result<(), M::Error> {
    report.path_cells(input).try_for_each(|(name, cell)| map.serialize_entry(name, &cell))
}

/// Writes the key `file`, and `file_bytes` in base64 if the name is not UTF-8.
///
/// JSON is Unicode, and on Unix a file name may be any bytes. `file` then shows replacement characters,
/// which people can read but which open no file; `file_bytes` gives the name back exactly.
pub(super) fn write_name<M: SerializeMap>(map: &mut M, file: &Path) -> Result<(), M::Error> {
    map.serialize_entry("file", &file.to_string_lossy())?;
    if file.to_str().is_none() {
        map.serialize_entry("file_bytes", &STANDARD.encode(name_bytes(file)))?;
    }
    Ok(())
}

/// The bytes of a file name as the system has them; elsewhere than on Unix, as UTF-8.
pub(super) fn name_bytes(file: &Path) -> Cow<'_, [u8]> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Cow::Borrowed(file.as_os_str().as_bytes())
    }
    #[cfg(not(unix))]
    match file.to_string_lossy() {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}
