//! `softargmax info` of several inputs: a table for people, or as CSV, with a row for each input.
//!
//! Both have the same columns in the same order. What is not known is `-` in the table and empty in CSV;
//! there file names stand byte for byte, as in the rows of `decode`.

use super::args::InfoArgs;
use super::describe::Described;
use super::exit::Failure;
use super::{describe, stdout};
use crate::geometry::Hwd;
use crate::shown;
use std::fmt::Write as _;
use std::io;

/// The cells of a row that follow the file name, by column.
fn cells(args: &InfoArgs, Described { decoded, range }: &Described) -> Vec<(&'static str, String)> {
    let record = &decoded.record;
    let has_header = !record.dtype.is_empty();
    let is_read = record.error.is_none();
    let known = |is_known: bool, text: String| if is_known { text } else { String::new() };
    let Hwd([h, w, d]) = record.lengths;
    let lengths = [("n", record.samples), ("c", record.channels), ("h", h), ("w", w), ("d", d)];
    let mut cells = vec![
        ("format", record.format.clone()),
        ("dtype", record.dtype.clone()),
        ("shape", known(has_header, format!("({})", describe::shape(record)))),
        ("layout", known(is_read, record.layout.clone())),
    ];
    cells.extend(lengths.map(|(name, length)| (name, known(is_read, length.to_string()))));
    cells.push(("affine", known(is_read, record.affine_source.unwrap_or("none").to_owned())));
    cells.push(("bytes", known(is_read, decoded.bytes.to_string())));
    if args.range {
        cells.push(("low", range.map_or_else(String::new, |(low, _)| low.to_string())));
        cells.push(("high", range.map_or_else(String::new, |(_, high)| high.to_string())));
    }
    if args.verify {
        cells.push(("verified", if is_read { "yes" } else { "no" }.to_owned()));
    }
    cells.push(("warnings", record.warnings.join("; ")));
    cells.push(("error", record.error.clone().unwrap_or_default()));
    cells
}

/// The table for people. A column in which nothing stands is left out.
pub(super) fn text(args: &InfoArgs, described: &[Described]) -> String {
    let row = |input: &Described| {
        let file = ("file", shown::path(&input.decoded.record.file).to_string());
        let others =
            cells(args, input).into_iter().map(|(name, text)| (name, shown::text(&text).to_string()));
        std::iter::once(file).chain(others).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<(&str, String)>> = described.iter().map(row).collect();
    let Some(first) = rows.first() else { return String::new() };
    let mut lines = vec![String::new(); rows.len() + 1];
    for (column, &(name, _)) in first.iter().enumerate() {
        let texts = rows.iter().map(|row| row[column].1.as_str());
        if texts.clone().all(str::is_empty) {
            continue;
        }
        let texts = texts.map(|text| if text.is_empty() { "-" } else { text });
        let texts: Vec<&str> = std::iter::once(name).chain(texts).collect();
        let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or_default();
        for (line, text) in lines.iter_mut().zip(texts) {
            let _ = write!(line, "{text:<width$}  ");
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The table as CSV on standard output, always with all columns.
pub(super) fn write_csv(args: &InfoArgs, described: &[Described]) -> Result<(), Failure> {
    let mut rows = csv::Writer::from_writer(stdout::open(None)?);
    let written = described.iter().enumerate().try_for_each(|(index, input)| {
        let cells = cells(args, input);
        if index == 0 {
            rows.write_record(std::iter::once("file").chain(cells.iter().map(|(name, _)| *name)))?;
        }
        rows.write_field(input.decoded.record.file.as_os_str().as_encoded_bytes())?;
        cells.iter().try_for_each(|(_, text)| rows.write_field(text))?;
        rows.write_record(None::<&[u8]>)
    });
    let written = written.map_err(io::Error::from).and_then(|()| rows.flush());
    stdout::check(written, None)
}
