//! What several formats share: fields of a line, names and numbers of landmarks, positions to be written.

use super::error::{Problem, WriteError};
use super::format::{Format, WriteOptions};
use super::point::{Point, PointSet, State};
use crate::geometry::{Frame, Voxel, World};
use crate::number::{Decimal, write_json};
use csv::StringRecord;
use std::io::{self, Write};

/// Rows of fields between commas or tabs, without a header; of any lengths.
pub(super) fn rows(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

/// What is wrong with the rows of a table.
pub(super) fn row_problem(error: csv::Error) -> Problem {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => Problem::At {
            place: format!("line {line}"),
            expected: format!("{expected_len} columns, as in the first line"),
            found: len.to_string(),
        },
        _ => Problem::NotText { line },
    }
}

/// The line of a row.
fn line(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

/// A row whose fields are looked at.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) row: &'a StringRecord,
}

impl<'a> Fields<'a> {
    /// A field; `None` if it is absent or empty.
    pub(super) fn text(self, at: usize) -> Option<&'a str> {
        self.row.get(at).filter(|field| !field.is_empty())
    }

    /// Three coordinates that stand side by side. What marks an absent one (nothing, `nan`, `n/a`) gives
    /// NaN.
    pub(super) fn triple(self, at: usize) -> Result<[f64; 3], Problem> {
        self.each([at, at + 1, at + 2])
    }

    /// Three coordinates.
    pub(super) fn each(self, places: [usize; 3]) -> Result<[f64; 3], Problem> {
        let mut numbers = [f64::NAN; 3];
        for (number, at) in numbers.iter_mut().zip(places) {
            *number = match self.row.get(at) {
                None => return Err(self.at("three coordinates", &format!("{} fields", self.row.len()))),
                Some("" | "n/a" | "N/A" | "NA" | "na") => f64::NAN,
                Some(text) => text.parse().map_err(|_| self.at("a number", &format!("`{text}`")))?,
            };
        }
        Ok(numbers)
    }

    pub(super) fn at(self, expected: &str, found: &str) -> Problem {
        let place = format!("line {}", line(self.row));
        Problem::At { place, expected: expected.to_owned(), found: found.to_owned() }
    }
}

/// The channel that a number from 1 stands for.
pub(super) fn channel_of(number: &str) -> Option<usize> {
    number.parse::<usize>().ok()?.checked_sub(1)
}

/// The number from 1 by which formats without names call a landmark: its channel, else its place in the file.
pub(super) fn number_of(point: &Point, place: usize) -> usize {
    point.c.unwrap_or(place) + 1
}

/// The name of a landmark, else its number.
pub(super) fn label_of(point: &Point, place: usize) -> String {
    point.label.clone().unwrap_or_else(|| number_of(point, place).to_string())
}

/// The landmarks that have a position in mm, in a frame, each with its place in the file.
pub(super) fn in_mm(set: &PointSet, frame: Frame) -> Vec<(usize, &Point, [f64; 3])> {
    let all = set.points.iter().enumerate();
    all.filter_map(|(place, point)| point.world.map(|world| (place, point, frame.from_ras(world).0)))
        .collect()
}

/// The landmarks that have a position in voxels, each with its place in the file.
pub(super) fn in_voxels(set: &PointSet) -> Vec<(usize, &Point, [f64; 3])> {
    let all = set.points.iter().enumerate();
    all.filter_map(|(place, point)| point.voxel.map(|Voxel(voxel)| (place, point, voxel))).collect()
}

/// Whether every landmark with a position has it in mm; else every one must have it in voxels.
pub(super) fn all_in_mm(set: &PointSet, format: &'static str) -> Result<bool, WriteError> {
    let mut present = set.points.iter().filter(|point| point.state == State::Present);
    if present.clone().all(|point| point.world.is_some()) {
        return Ok(true);
    }
    match present.find(|point| point.voxel.is_none()) {
        Some(point) => Err(WriteError::NeedsVoxels { format, name: point.name() }),
        None => Ok(false),
    }
}

/// The frame to write in, of a format that has only one.
pub(super) fn only(frame: Frame, format: &Format, options: &WriteOptions) -> Result<Frame, WriteError> {
    match options.frame {
        Some(asked) if asked != frame => Err(WriteError::Frame { format: format.name, holds: frame, asked }),
        _ => Ok(frame),
    }
}

/// A number as text.
pub(super) fn decimal(number: f64, options: &WriteOptions) -> String {
    Decimal { number, digits: options.digits }.to_string()
}

/// Three numbers as text.
pub(super) fn decimals(numbers: [f64; 3], options: &WriteOptions) -> [String; 3] {
    numbers.map(|number| decimal(number, options))
}

/// A JSON value on one line, with the decimals asked for.
pub(super) fn json_line(
    out: &mut dyn Write,
    json: &super::json::Json,
    options: &WriteOptions,
) -> io::Result<()> {
    write_json(out, json, options.digits)
}

/// Where a position in a frame is in RAS+.
pub(super) fn ras(position: [f64; 3], frame: Frame) -> World {
    frame.to_ras(World(position))
}

/// What `csv` says about a row that cannot be written: a broken pipe stays one.
pub(super) fn row_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("rows of unequal length: {kind:?}")),
    }
}

/// The same, for a format.
pub(super) fn io_error(error: csv::Error) -> WriteError {
    row_error(error).into()
}
