//! Points of ANTs (`antsApplyTransformsToPoints`), `.csv` with the header `x,y,z,t,label,comment`.
//!
//! *Definition*: the ANTs documentation of `antsApplyTransformsToPoints`; ITK's physical space, LPS in mm,
//! always. ANTs reads `label` as a number, so names are in `comment`. A missing landmark is left out.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::parts::{self, Fields, channel_of, decimals, in_mm, io_error, number_of, ras, row_problem, rows};
use super::point::{Point, PointSet};
use crate::geometry::Frame;
use csv::StringRecord;
use std::io::Write;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "ants-csv",
    extensions: &["csv"],
    summary: "points of ANTs: x,y,z,t,label,comment, in LPS",
    states_frame: true,
    holds: Holds {
        space: Space::World,
        images: false,
        labels: true,
        missing: false,
        doubled: true,
        remarks: false,
        numbers: true,
    },
    sniff: |content| content.first_line().to_ascii_lowercase().replace([' ', '"'], "").starts_with("x,y,z,t"),
    read,
    write: Some(write),
    sidecar: None,
};

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    if let Some(asked @ Frame::Ras) = options.from_frame {
        return Err(Problem::FrameStated { stated: Frame::Lps, asked });
    }
    let (mut reader, mut row) = (rows(content.text()?, b','), StringRecord::new());
    let mut header: Vec<String> = Vec::new();
    if reader.read_record(&mut row).map_err(row_problem)? {
        header = row.iter().map(|name| name.trim_matches('"').to_ascii_lowercase()).collect();
    }
    let at = |name: &str| header.iter().position(|column| column == name);
    let [label, comment] = ["label", "comment"].map(at);
    let mut set = PointSet::default();
    while reader.read_record(&mut row).map_err(row_problem)? {
        let fields = Fields { row: &row };
        let text = |at: Option<usize>| at.and_then(|at| fields.text(at)).map(str::to_owned);
        let number = text(label);
        let mut point = Point {
            c: number.as_deref().and_then(channel_of),
            label: text(comment).or(number),
            ..Point::default()
        };
        point.set_world(ras(fields.triple(0)?, Frame::Lps));
        set.points.push(point.settled());
    }
    Ok(set)
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let frame = parts::only(Frame::Lps, &FORMAT, options)?;
    let mut rows = csv::WriterBuilder::new().from_writer(out);
    rows.write_record(["x", "y", "z", "t", "label", "comment"]).map_err(io_error)?;
    for (place, point, position) in in_mm(set, frame) {
        let [x, y, z] = decimals(position, options);
        let number = number_of(point, place).to_string();
        let name = point.label.clone().unwrap_or_default();
        rows.write_record([&x, &y, &z, "0", &number, &name]).map_err(io_error)?;
    }
    Ok(rows.flush()?)
}
