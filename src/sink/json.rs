//! JSON: one document that also says how the landmarks were made.
//!
//! Inputs are written as they come, one landmark a line, so that a long run is never held in memory.
//!
//! The price is that the document is valid JSON only after `finish`. A file does not show it, because it
//! appears under its name only when it is complete. Whoever reads standard output line by line is better
//! served by NDJSON.
//!
//! What was asked stands once at the head (`settings`), and what was found stands beside each input: its
//! shape, layout, affine and where the affine came from. So a reader can check a coordinate without the
//! program.

use super::input::write_input;
use super::needs::Needs;
use super::object::Names;
use super::report::Report;
use super::writer::{Sink, Writer};
use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use crate::number::write_json;
use serde::ser::{Serialize, Serializer};
use std::io::{self, Write};

/// The row of JSON in the table of writers.
pub(super) const WRITER: Writer = Writer {
    name: "json",
    extensions: &["json"],
    summary: "one document with settings, inputs, warnings and landmarks",
    needs: Needs { settings: true, ..Needs::NOTHING },
    is_rows: false,
    open,
};

/// Opens a sink for one JSON document and writes it up to the first input.
fn open<'a>(mut out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    out.write_all(b"{\"softargmax\":")?;
    write_json(&mut out, env!("CARGO_PKG_VERSION"), None)?;
    out.write_all(b",\"settings\":")?;
    write_json(&mut out, &Settings(&report), None)?;
    out.write_all(b",\"inputs\":[")?;
    Ok(Box::new(Document { out, names: Names::new(&report), report, separator: "\n" }))
}

struct Document<'a> {
    out: Box<dyn Write + 'a>,
    report: Report,
    names: Names,
    /// What separates the next input from what is already written.
    separator: &'static str,
}

impl Sink for Document<'_> {
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()> {
        let Document { out, report, names, separator } = self;
        out.write_all(separator.as_bytes())?;
        *separator = ",\n";
        write_input(out, report, names, (input, landmarks), "\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(b"]}\n")?;
        self.out.flush()
    }
}

struct Settings<'a>(&'a Report);

impl Serialize for Settings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.settings.iter().map(|(name, setting)| (name, setting)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{empty, input, json, landmark, missing, text, unreadable};
    use super::*;
    use crate::landmark::Landmark;
    use serde_json::json;

    #[test]
    fn the_document_by_hand() {
        let report = Report {
            coords: "world".parse().unwrap(),
            digits: Some(2),
            settings: vec![("temperature", json!(0.0004)), ("method", json!("soft"))],
            ..Report::default()
        };
        let doubted = InputRecord { warnings: vec!["diffuse".into()], ..input("a.nii") };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(doubted, &[landmark(), missing()]), (unreadable(), &[])];
        let expected = concat!(
            r#"{"softargmax":"VERSION","settings":{"temperature":0.0004,"method":"soft"},"inputs":["#,
            "\n",
            r#"{"file":"a.nii","format":"nifti-1","dtype":"<f4","shape":[5,9,1,1,2],"layout":"HWDCN","#,
            r#""affine":[[2,0,0,-10],[0,3,0,0],[0,0,4,5],[0,0,0,1]],"affine_source":"sform","#,
            r#""error":null,"warnings":["diffuse"],"landmarks":["#,
            "\n",
            r#"{"n":0,"c":0,"label":null,"world":[-6.00,12.00,5.00],"status":"ok","flags":[],"#,
            r#""reason":null},"#,
            "\n",
            r#"{"n":1,"c":0,"label":null,"world":null,"status":"missing","flags":[],"reason":null}]},"#,
            "\n",
            r#"{"file":"gone.npy","format":null,"dtype":null,"shape":null,"layout":null,"affine":null,"#,
            r#""affine_source":null,"error":"no such file","warnings":[],"landmarks":[]}]}"#,
            "\n",
        );
        assert_eq!(text("json", report, inputs), expected.replace("VERSION", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn no_inputs_are_a_document() {
        let document = json("json", Report::default(), &[]);
        assert_eq!(document["inputs"], json!([]));
        assert_eq!(document["settings"], json!({}));
    }

    #[test]
    fn hard_and_stats_only_when_asked_for() {
        let report = Report {
            coords: "normalized,voxel".parse().unwrap(),
            order: "dwh".parse().unwrap(),
            compare: true,
            stats: true,
            ..Report::default()
        };
        let document = json("json", report.clone(), &[(input("a"), &[landmark(), empty()])]);
        let found = &document["inputs"][0]["landmarks"];
        assert_eq!(found[0]["voxel"], json!([0, 4, 2]));
        assert_eq!(
            found[0]["hard"],
            json!({"normalized": [-1, -1, 0], "voxel": [0, 0, 2],
                   "peak_value": 1.5, "distance_voxel": 4, "distance_mm": 12})
        );
        let names: Vec<&String> = found[0]["stats"].as_object().unwrap().keys().collect();
        let mut expected = report.spread_names();
        expected.sort();
        assert_eq!(names, expected.iter().collect::<Vec<_>>());
        assert_eq!(found[0]["stats"]["cov_hw_voxel2"], json!(-1));
        assert_eq!(found[1]["hard"]["peak_value"], json!(null));
        assert_eq!(found[1]["stats"]["entropy"], json!(null));
        let plain = json("json", Report::default(), &[(input("a"), &[landmark()])]);
        let plain = plain["inputs"][0]["landmarks"][0].as_object().unwrap();
        assert!(!plain.contains_key("hard") && !plain.contains_key("stats") && !plain.contains_key("voxel"));
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_keeps_its_bytes() {
        use std::os::unix::ffi::OsStringExt;
        let file = std::ffi::OsString::from_vec(vec![b'a', 0xff]).into();
        let document = json("json", Report::default(), &[(InputRecord { file, ..input("") }, &[])]);
        assert_eq!(document["inputs"][0]["file"], "a\u{fffd}");
        assert_eq!(document["inputs"][0]["file_bytes"], "Yf8=");
        let utf8 = json("json", Report::default(), &[(input("é"), &[])]);
        assert_eq!(utf8["inputs"][0]["file_bytes"], json!(null));
    }
}
