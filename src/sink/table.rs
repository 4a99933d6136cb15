//! The table of writers. To add a format, write one file and add its row here.
//!
//! The help, the choice by extension and the checks before a run all read this table, so a format that is
//! in it is known everywhere, and no list of names exists that could be forgotten.

use super::writer::Writer;
use super::{csv, fcsv, json, ndjson, npy, slicer_json};
use std::path::Path;

/// Every output format; the first is the one that standard output gets by default.
pub static WRITERS: &[Writer] =
    &[csv::CSV, csv::TSV, json::WRITER, ndjson::WRITER, npy::WRITER, slicer_json::WRITER, fcsv::WRITER];

/// The format of that name on the command line.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Writer> {
    WRITERS.iter().find(|writer| writer.name == name)
}

/// The format that the extension of `path` chooses, in either case.
///
/// `None` if there is no extension, if it is not UTF-8, or if no format claims it. Of several that fit
/// (`.mrk.json`, `.json`) the longest counts. What to do without one is for the caller to say: nothing is
/// guessed here.
#[must_use]
pub fn by_extension(path: &Path) -> Option<&'static Writer> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let ends = |extension: &&&str| {
        name.strip_suffix(**extension).is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
    };
    let length = |writer: &Writer| writer.extensions.iter().filter(ends).map(|end| end.len()).max();
    WRITERS.iter().filter(|writer| length(writer).is_some()).max_by_key(|writer| length(writer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmarks::Landmarks;
    use crate::sink::report::{Report, Totals};
    use crate::sink::testing;

    #[test]
    fn formats_are_found_by_name_and_extension() {
        let name = |writer: Option<&Writer>| writer.map(|writer| writer.name);
        for writer in WRITERS {
            assert_eq!(name(by_name(writer.name)), Some(writer.name));
            for extension in writer.extensions {
                let path = format!("a.nii.{extension}");
                assert_eq!(name(by_extension(Path::new(&path))), Some(writer.name));
            }
        }
        assert_eq!(name(by_extension(Path::new("OUT.CSV"))), Some("csv"));
        assert_eq!(name(by_extension(Path::new("lines.jsonl"))), Some("ndjson"));
        assert_eq!(name(by_extension(Path::new("a.MRK.json"))), Some("slicer-json"));
        assert_eq!(name(by_extension(Path::new("mrk.json"))), Some("json"));
        for none in ["csv", ".csv", "out", "out.txt", "out.csv/"] {
            assert_eq!(name(by_extension(Path::new(none))), (none == "out.csv/").then_some("csv"), "{none}");
        }
        assert!(by_name("CSV").is_none());
    }

    #[test]
    fn every_format_takes_every_input() {
        let totals = Some(Totals { samples: 3, channels: 1 });
        for writer in WRITERS {
            let mut bytes = Vec::new();
            let report = Report { totals, ..Report::default() };
            let mut sink = (writer.open)(Box::new(&mut bytes), report).unwrap();
            let landmarks = [testing::landmark(), testing::missing()].into_iter().collect();
            sink.write(&testing::input("a.nii"), &landmarks).unwrap();
            sink.write(&testing::unreadable(), &Landmarks::default()).unwrap();
            sink.flush().unwrap();
            sink.finish().unwrap();
            drop(sink);
            let named = bytes.windows(8).any(|window| window == b"gone.npy");
            assert_eq!(named, !writer.needs.coordinates_only, "{}", writer.name);
        }
    }
}
