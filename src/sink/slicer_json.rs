//! 3D Slicer's markups (`.mrk.json`): the landmarks of one sample in mm, each a control point.
//!
//! The file itself is written by `points/slicer_json.rs`, as that of `convert` is.

use super::needs::{Needs, Spaces};
use super::point::points;
use super::report::Report;
use super::writer::{Sink, Writer};
use crate::geometry::Frame;
use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use crate::points::{ControlPoints, WriteOptions};
use std::io::{self, Write};

/// The row of the table of writers.
pub(super) const WRITER: Writer = Writer {
    name: "slicer-json",
    extensions: &["mrk.json"],
    summary: "3D Slicer's markups, millimetres of one sample",
    needs: NEEDS,
    is_rows: false,
    open,
};

/// Those of lists of points, as 3D Slicer has them.
pub(super) const NEEDS: Needs = Needs {
    spaces: Spaces::World,
    usual_frame: Frame::Lps,
    coordinates_only: true,
    one_sample: true,
    ..Needs::NOTHING
};

fn open<'a>(out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    let options =
        WriteOptions { frame: Some(report.frame), digits: report.digits, ..WriteOptions::default() };
    Ok(Box::new(Markups { list: ControlPoints::begin(out, &options)?, report }))
}

struct Markups<'a> {
    list: ControlPoints<Box<dyn Write + 'a>>,
    report: Report,
}

impl Sink for Markups<'_> {
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()> {
        points(&self.report, input, landmarks).try_for_each(|point| self.list.add(&point))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.list.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{input, json, landmark, missing};
    use super::*;
    use crate::landmark::Landmark;
    use serde_json::json;

    #[test]
    fn the_control_points_by_hand() {
        let inputs: &[(InputRecord, &[Landmark])] = &[(input("a.nii"), &[landmark(), missing()])];
        let report = Report { frame: Frame::Lps, labels: Some(vec!["nose".into()]), ..Report::default() };
        let found = json("slicer-json", report, inputs);
        let points = &found["markups"][0]["controlPoints"];
        // (−6, 12, 5) in RAS+.
        assert_eq!(points[0]["position"], json!([6, -12, 5]));
        assert_eq!((&points[0]["label"], &points[0]["positionStatus"]), (&json!("nose"), &json!("defined")));
        assert_eq!((points[1].get("position"), &points[1]["positionStatus"]), (None, &json!("undefined")));
        assert_eq!(found["markups"][0]["coordinateSystem"], "LPS");
    }
}
