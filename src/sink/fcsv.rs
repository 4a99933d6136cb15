//! 3D Slicer's older lists of fiducials (`.fcsv`): the landmarks of one sample in mm. Missing ones are left
//! out.
//!
//! The file itself is written by `points/fcsv.rs`, as that of `convert` is.

use super::point::points;
use super::report::Report;
use super::slicer_json::NEEDS;
use super::writer::{Sink, Writer};
use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use crate::points::{Fiducials, WriteOptions};
use std::io::{self, Write};

/// The row of the table of writers.
pub(super) const WRITER: Writer = Writer {
    name: "fcsv",
    extensions: &["fcsv"],
    summary: "3D Slicer's older lists of fiducials, millimetres of one sample, without missing landmarks",
    needs: NEEDS,
    is_rows: false,
    open,
};

fn open<'a>(out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    let options =
        WriteOptions { frame: Some(report.frame), digits: report.digits, ..WriteOptions::default() };
    Ok(Box::new(Lists { list: Fiducials::begin(out, &options)?, report }))
}

struct Lists<'a> {
    list: Fiducials<Box<dyn Write + 'a>>,
    report: Report,
}

impl Sink for Lists<'_> {
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()> {
        points(&self.report, input, landmarks).try_for_each(|point| self.list.add(&point))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.list.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.list.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{input, landmark, missing, text};
    use super::*;
    use crate::landmark::Landmark;

    #[test]
    fn the_list_by_hand() {
        let second = Landmark { c: 1, ..landmark() };
        let inputs: &[(InputRecord, &[Landmark])] = &[(input("a.nii"), &[missing(), second])];
        let report = Report { labels: Some(vec!["nose".into(), "chin, left".into()]), ..Report::default() };
        assert_eq!(
            text("fcsv", report, inputs).lines().skip(1).collect::<Vec<_>>(),
            [
                "# CoordinateSystem = RAS",
                "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID",
                "vtkMRMLMarkupsFiducialNode_2,-6,12,5,0,0,0,1,1,1,0,\"chin, left\",,"
            ]
        );
    }
}
