//! The project's own tables, CSV and TSV, and any other table whose columns have the same names.
//!
//! Columns are found by name and not by place, so a table that somebody reordered, cut or joined with
//! another still reads. One id (`label`, or `n` and `c`) and one whole triple of coordinates are enough:
//! `h_voxel,w_voxel,d_voxel`, `x_mm,y_mm,z_mm` (RAS+) or `x_mm_lps,y_mm_lps,z_mm_lps`. Columns of other
//! names are kept as they are.

use super::error::Problem;
use super::format::{Content, Format, Holds, ReadOptions, Space};
use super::own_columns::Columns;
use super::own_write;
use super::parts::row_problem;
use super::point::{ErrorBar, Point, PointSet, State};
use crate::geometry::{Covariance, Frame, Voxel, World};
use crate::landmark::Status;
use crate::memory;
use csv::ByteRecord;
use std::path::PathBuf;

/// The row of CSV.
pub(super) const CSV: Format = Format {
    name: "csv",
    extensions: &["csv"],
    summary: "this project's table, or any with columns of the same names",
    states_frame: true,
    holds: HOLDS,
    sniff: |content| is_own(content, ','),
    read: |content, options| read(content, options, b','),
    write: Some(own_write::csv),
    sidecar: None,
};

/// The row of TSV.
pub(super) const TSV: Format = Format {
    name: "tsv",
    extensions: &["tsv", "tab"],
    summary: "the same with tabs",
    states_frame: true,
    holds: HOLDS,
    sniff: |content| is_own(content, '\t'),
    read: |content, options| read(content, options, b'\t'),
    write: Some(own_write::tsv),
    sidecar: None,
};

const HOLDS: Holds = Holds {
    space: Space::Any,
    images: true,
    labels: true,
    missing: true,
    doubled: true,
    remarks: true,
    numbers: false,
};

/// Whether the first line has columns of our coordinates.
fn is_own(content: &Content<'_>, delimiter: char) -> bool {
    let is_ours =
        |name: &str| ["h_voxel", "x_mm", "x_mm_lps", "h_norm"].contains(&name.trim().trim_matches('"'));
    content.first_line().split(delimiter).any(is_ours)
}

/// Reads a table.
fn read(content: &Content<'_>, options: &ReadOptions, delimiter: u8) -> Result<PointSet, Problem> {
    let mut rows = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(content.unmarked());
    let header = rows.byte_headers().map_err(row_problem)?;
    let columns = Columns::of(&names(header)?)?;
    check_frame(&columns, options)?;
    let (mut points, mut row) = (Vec::new(), ByteRecord::new());
    while rows.read_byte_record(&mut row).map_err(row_problem)? {
        let line = row.position().map_or(0, csv::Position::line);
        let point = Row { columns: &columns, fields: &row, line }.point()?;
        memory::push(&mut points, point)?;
    }
    Ok(PointSet { columns: columns.extra_names(), points, ..PointSet::default() })
}

/// The names of the columns.
fn names(header: &ByteRecord) -> Result<Vec<String>, Problem> {
    let name = |field: &[u8]| match std::str::from_utf8(field) {
        Ok(name) => Ok(name.trim().to_owned()),
        Err(_) => Err(Problem::NotText { line: 1 }),
    };
    header.iter().map(name).collect()
}

/// The names of world columns say their frame.
fn check_frame(columns: &Columns, options: &ReadOptions) -> Result<(), Problem> {
    match (columns.world_frame(), options.from_frame) {
        (Some(stated), Some(asked)) if stated != asked => Err(Problem::FrameStated { stated, asked }),
        _ => Ok(()),
    }
}

/// One row of the table.
struct Row<'a> {
    columns: &'a Columns,
    fields: &'a ByteRecord,
    line: u64,
}

impl Row<'_> {
    fn point(&self) -> Result<Point, Problem> {
        let (columns, status) = (self.columns, self.status()?);
        let mut point = Point {
            file: columns.file.and_then(|at| self.path(at)),
            n: self.index(columns.n)?,
            c: self.index(columns.c)?,
            peak: self.index(columns.peak)?,
            label: self.optional_text(columns.label)?,
            state: status.map_or(State::Present, State::of),
            status,
            reason: self.optional_text(columns.reason)?,
            flags: self.words(columns.flags)?,
            error: self.error_bar()?,
            ..Point::default()
        };
        for &(at, _) in &columns.extra {
            point.extra.push(self.text(at)?);
        }
        if let Some(voxel) = self.triple(columns.voxel)? {
            point.set_voxel(Voxel(voxel));
        }
        if let Some((places, frame)) = columns.world
            && let Some(world) = self.triple(Some(places))?
        {
            point.set_world(frame.to_ras(World(world)));
        }
        self.check_id(&point)?;
        Ok(point.settled())
    }

    /// A landmark must be told from others; an input that could not be read has none.
    fn check_id(&self, point: &Point) -> Result<(), Problem> {
        // Without a sample all are of one: a label map has no more.
        let has_id = point.label.is_some() || point.c.is_some();
        if has_id || point.state == State::Unreadable {
            return Ok(());
        }
        Err(self.at("a label, or n and c", "neither"))
    }

    fn status(&self) -> Result<Option<Status>, Problem> {
        let Some(word) = self.optional_text(self.columns.status)? else { return Ok(None) };
        let status = Status::ALL.into_iter().find(|status| status.name() == word);
        let known: Vec<&str> = Status::ALL.iter().map(|status| status.name()).collect();
        status
            .map(Some)
            .ok_or_else(|| self.at(&format!("a status ({})", known.join(", ")), &format!("`{word}`")))
    }

    fn error_bar(&self) -> Result<Option<ErrorBar>, Problem> {
        let columns = self.columns;
        let in_mm = columns.covariance_mm2;
        let ras = |(covariance, frame): (Covariance, Frame)| frame.covariance_to_ras(&covariance);
        let bar = ErrorBar {
            error95_mm: self.number(columns.error95_mm)?,
            error95_voxel: self.number(columns.error95_voxel)?,
            covariance_mm2: self
                .numbers(in_mm.map(|(places, _)| places))?
                .map(Covariance)
                .zip(in_mm.map(|(_, f)| f))
                .map(ras),
            covariance_voxel2: self.numbers(columns.covariance_voxel2)?.map(Covariance),
        };
        Ok(bar.known())
    }

    /// Coordinates: whole, or absent.
    fn triple(&self, places: Option<[usize; 3]>) -> Result<Option<[f64; 3]>, Problem> {
        let Some(places) = places else { return Ok(None) };
        let found: Vec<Option<f64>> =
            places.iter().map(|&at| self.number(Some(at))).collect::<Result<_, _>>()?;
        match found[..] {
            [Some(a), Some(b), Some(c)] => Ok(Some([a, b, c])),
            [None, None, None] => Ok(None),
            _ => Err(self.at("three coordinates, or three empty fields", "some of each")),
        }
    }

    /// Several numbers; `None` unless all are there.
    fn numbers<const K: usize>(&self, places: Option<[usize; K]>) -> Result<Option<[f64; K]>, Problem> {
        let Some(places) = places else { return Ok(None) };
        let mut numbers = [0.0; K];
        for (number, at) in numbers.iter_mut().zip(places) {
            match self.number(Some(at))? {
                Some(found) => *number = found,
                None => return Ok(None),
            }
        }
        Ok(Some(numbers))
    }

    fn number(&self, at: Option<usize>) -> Result<Option<f64>, Problem> {
        let Some(text) = self.optional_text(at)? else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.at("a number", &format!("`{text}`"))),
        }
    }

    fn index(&self, at: Option<usize>) -> Result<Option<usize>, Problem> {
        let Some(text) = self.optional_text(at)? else { return Ok(None) };
        match text.parse() {
            Ok(index) => Ok(Some(index)),
            Err(_) => Err(self.at("a whole number from 0", &format!("`{text}`"))),
        }
    }

    fn words(&self, at: Option<usize>) -> Result<Vec<String>, Problem> {
        let text = self.optional_text(at)?.unwrap_or_default();
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }

    fn optional_text(&self, at: Option<usize>) -> Result<Option<String>, Problem> {
        at.map_or(Ok(None), |at| self.text(at))
    }

    /// A field, without white space around it; `None` if it is empty.
    fn text(&self, at: usize) -> Result<Option<String>, Problem> {
        let field = self.fields.get(at).unwrap_or_default().trim_ascii();
        let text = std::str::from_utf8(field).map_err(|_| Problem::NotText { line: self.line })?;
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    /// The name of a file, byte for byte where the system's names are bytes.
    fn path(&self, at: usize) -> Option<PathBuf> {
        let field = self.fields.get(at).filter(|field| !field.is_empty())?;
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            Some(std::ffi::OsStr::from_bytes(field).into())
        }
        #[cfg(not(unix))]
        Some(String::from_utf8_lossy(field).into_owned().into())
    }

    fn at(&self, expected: &str, found: &str) -> Problem {
        let place = format!("line {}", self.line);
        Problem::At { place, expected: expected.to_owned(), found: found.to_owned() }
    }
}
