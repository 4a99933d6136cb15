//! NDJSON: one landmark per line with its file, for programs that read line by line.
//!
//! With [`Report::line_per_input`] it is one input per line with its landmarks, the object that the document
//! of JSON has for it: whoever sends names and waits for answers then reads one line for each name.
//!
//! Every line stands alone: it repeats the name of the file, needs no header and no closing bracket. A
//! reader may start before the run has ended, and what was written before a run broke off is still good. In
//! return there is no place for settings; JSON has one.

use super::input::write_input;
use super::needs::Needs;
use super::object::{Names, Object, write_name, write_path};
use super::report::Report;
use super::writer::{Sink, Writer};
use crate::landmark::{InputRecord, Landmark};
use crate::landmarks::Landmarks;
use crate::number::write_json;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};

/// The row of NDJSON in the table of writers.
pub(super) const WRITER: Writer = Writer {
    name: "ndjson",
    extensions: &["ndjson", "jsonl"],
    summary: "one JSON object per line and landmark",
    needs: Needs { line_per_input: true, ..Needs::NOTHING },
    is_rows: true,
    open,
};

/// Opens a sink for one JSON object per line; nothing is written before the first input.
#[expect(clippy::unnecessary_wraps, reason = "every row of `WRITERS` opens alike")]
fn open<'a>(out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    Ok(Box::new(Lines { out, names: Names::new(&report), report }))
}

struct Lines<'a> {
    out: Box<dyn Write + 'a>,
    report: Report,
    names: Names,
}

impl Lines<'_> {
    fn write_line(&mut self, input: &InputRecord, landmark: Option<&Landmark>) -> io::Result<()> {
        let Lines { out, report, names } = self;
        write_json(out, &Line(Object { report, names, input, landmark }), report.digits)?;
        out.write_all(b"\n")
    }
}

impl Sink for Lines<'_> {
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()> {
        if self.report.line_per_input {
            let Lines { out, report, names } = self;
            write_input(out, report, names, (input, landmarks), "")?;
            return out.write_all(b"\n");
        }
        if input.error.is_some() && landmarks.is_empty() {
            return self.write_line(input, None);
        }
        landmarks.iter().try_for_each(|landmark| self.write_line(input, Some(&landmark)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A landmark, after the name of its file. An input without landmarks has its error instead.
///
/// All lines of a run have the same keys, apart from `error` and `file_bytes`, which are there only if
/// there is something to say.
struct Line<'a>(Object<'a>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_name(&mut map, &self.0.input.file)?;
        write_path(&mut map, self.0.report, self.0.input)?;
        self.0.write_entries(&mut map)?;
        if let Some(error) = &self.0.input.error {
            map.serialize_entry("error", error)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{input, json, landmark, missing, text, unreadable};
    use super::*;

    #[test]
    fn lines_by_hand() {
        let report = Report {
            coords: "normalized,voxel".parse().unwrap(),
            labels: Some(vec!["nose".into()]),
            digits: Some(1),
            ..Report::default()
        };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(input("a.nii"), &[landmark(), missing()]), (unreadable(), &[])];
        assert_eq!(
            text("ndjson", report, inputs),
            "{\"file\":\"a.nii\",\"n\":0,\"c\":0,\"label\":\"nose\",\"normalized\":[0.0,0.0,-1.0],\
             \"voxel\":[2.0,4.0,0.0],\"status\":\"ok\",\"flags\":[],\"reason\":null}\n\
             {\"file\":\"a.nii\",\"n\":1,\"c\":0,\"label\":\"nose\",\"normalized\":null,\
             \"voxel\":null,\"status\":\"missing\",\"flags\":[],\"reason\":null}\n\
             {\"file\":\"gone.npy\",\"n\":null,\"c\":null,\"label\":null,\"normalized\":null,\
             \"voxel\":null,\"status\":\"unreadable\",\"flags\":[],\"reason\":\"no such file\",\
             \"error\":\"no such file\"}\n"
        );
        assert_eq!(text("ndjson", Report::default(), &[]), "");
    }

    #[test]
    fn a_line_for_each_input_is_the_object_of_the_document() {
        let report = Report { digits: Some(1), stats: true, ..Report::default() };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(input("a.nii"), &[landmark(), missing()]), (unreadable(), &[]), (input("b.nii"), &[])];
        let document = json("json", report.clone(), inputs);
        let lines = text("ndjson", Report { line_per_input: true, ..report }, inputs);
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(document["inputs"].as_array().unwrap(), &lines);
        assert_eq!(lines.len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_keeps_its_bytes() {
        use std::os::unix::ffi::OsStringExt;
        let file = std::ffi::OsString::from_vec(vec![b'a', 0xff]).into();
        let line = json("ndjson", Report::default(), &[(InputRecord { file, ..input("") }, &[landmark()])]);
        assert_eq!(line["file"], "a\u{fffd}");
        assert_eq!(line["file_bytes"], "Yf8=");
    }
}
