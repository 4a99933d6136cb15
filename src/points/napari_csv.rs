//! Points of napari, `.csv` with the header `index,axis-0,axis-1,axis-2`.
//!
//! *Definition*: napari's `napari_write_points`. The axes are those of the array that napari shows: voxels in
//! the order of its axes, (h, w, d). `index` numbers the points from 0, and is read as the channel. A missing
//! landmark is left out; the others keep their number.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::parts::{Fields, decimals, in_voxels, io_error, number_of, row_problem, rows};
use super::point::{Point, PointSet};
use crate::geometry::Voxel;
use csv::StringRecord;
use std::io::Write;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "napari-csv",
    extensions: &["csv"],
    summary: "points of napari: index,axis-0,axis-1,axis-2, in voxels",
    states_frame: true,
    holds: Holds {
        space: Space::Voxel,
        images: false,
        labels: false,
        missing: false,
        doubled: false,
        remarks: false,
        numbers: true,
    },
    sniff: |content| content.first_line().replace(['"', ' '], "").starts_with("index,axis-0"),
    read,
    write: Some(write),
    sidecar: None,
};

const HEADER: [&str; 4] = ["index", "axis-0", "axis-1", "axis-2"];

fn read(content: &Content<'_>, _: &ReadOptions) -> Result<PointSet, Problem> {
    let (mut reader, mut row) = (rows(content.text()?, b','), StringRecord::new());
    let is_there = reader.read_record(&mut row).map_err(row_problem)?;
    let axes = row.iter().filter(|name| name.starts_with("axis-")).count();
    if !is_there || axes != 3 || row.iter().zip(HEADER).any(|(found, expected)| found != expected) {
        let found = row.iter().collect::<Vec<_>>().join(",");
        return Err(Problem::Unexpected { expected: format!("the columns {}", HEADER.join(",")), found });
    }
    let mut set = PointSet::default();
    while reader.read_record(&mut row).map_err(row_problem)? {
        let fields = Fields { row: &row };
        // pandas and NumPy write whole numbers as 3.0 too.
        let index: f64 = fields.text(0).and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
        if !(index >= 0.0 && index.fract() == 0.0 && index < 9e15) {
            return Err(fields.at("an index from 0", fields.text(0).unwrap_or("nothing")));
        }
        let mut point = Point { c: Some(index as usize), ..Point::default() };
        point.set_voxel(Voxel(fields.triple(1)?));
        set.points.push(point.settled());
    }
    Ok(set)
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let mut rows = csv::WriterBuilder::new().from_writer(out);
    rows.write_record(HEADER).map_err(io_error)?;
    for (place, point, voxel) in in_voxels(set) {
        let [h, w, d] = decimals(voxel, options);
        let index = (number_of(point, place) - 1).to_string();
        rows.write_record([&index, &h, &w, &d]).map_err(io_error)?;
    }
    Ok(rows.flush()?)
}
