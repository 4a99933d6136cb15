//! Where landmarks go: the table of output formats, and files that appear whole or not at all.
//!
//! A [`Sink`] sees plain records ([`InputRecord`], [`Landmark`]) and a [`Report`] that says which columns
//! to write; it knows neither methods nor containers. Every format takes its names and numbers from
//! `columns`, so that they agree. To add a format, write one file and add one row to [`WRITERS`].

mod columns;
mod csv;
mod json;
mod ndjson;
mod npy;
mod number;
mod object;
mod output;
mod report;
mod target;

pub use output::{Output, OutputError};
pub use report::{Coords, CoordsError, Extras, Report, Space, Totals, labels};
pub use target::sync_directory;

use crate::landmark::{InputRecord, Landmark};
use std::io::{self, Write};
use std::path::Path;

/// Takes the landmarks of one input after the other, in the order in which they are to appear.
pub trait Sink {
    /// Writes one input: its landmarks in (n, c, peak) order, or, where `input.error` is set, that it was
    /// unreadable.
    ///
    /// # Errors
    /// What the writer below returns; the output is then of no use.
    fn write(&mut self, input: &InputRecord, landmarks: &[Landmark]) -> io::Result<()>;

    /// Hands all rows so far to the operating system, for a reader that waits for them.
    ///
    /// # Errors
    /// What the writer below returns.
    fn flush(&mut self) -> io::Result<()>;

    /// Completes the output, once, after the last input, and flushes it.
    ///
    /// # Errors
    /// What the writer below returns; for npy also a number of landmarks other than the header says.
    fn finish(&mut self) -> io::Result<()>;
}

/// Opens a sink over a writer, which should be buffered.
pub type Open = for<'a> fn(Box<dyn Write + 'a>, Report) -> io::Result<Box<dyn Sink + 'a>>;

/// One output format.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// The name on the command line.
    pub name: &'static str,
    /// File extensions that choose it, without the dot.
    pub extensions: &'static [&'static str],
    /// One line of help.
    pub summary: &'static str,
    /// Opens it and writes what comes before the first input.
    ///
    /// Fails with what the writer below returns, or with [`io::ErrorKind::InvalidInput`] where the
    /// report does not suit the format (see `coordinates_only`).
    pub open: Open,
    /// Whether it holds one space of coordinates and nothing else, and needs [`Report::totals`].
    pub coordinates_only: bool,
}

/// Every output format; the first is the one that standard output gets by default.
pub static WRITERS: &[Writer] = &[
    Writer {
        name: "csv",
        extensions: &["csv"],
        summary: "comma-separated values (RFC 4180), one row per landmark",
        open: csv::open_csv,
        coordinates_only: false,
    },
    Writer {
        name: "tsv",
        extensions: &["tsv", "tab"],
        summary: "tab-separated values, quoted as CSV",
        open: csv::open_tsv,
        coordinates_only: false,
    },
    Writer {
        name: "json",
        extensions: &["json"],
        summary: "one document with settings, inputs, warnings and landmarks",
        open: json::open,
        coordinates_only: false,
    },
    Writer {
        name: "ndjson",
        extensions: &["ndjson", "jsonl"],
        summary: "one JSON object per line and landmark",
        open: ndjson::open,
        coordinates_only: false,
    },
    Writer {
        name: "npy",
        extensions: &["npy"],
        summary: "NumPy array of f64, shape (samples, channels, 3), with --peaks (samples, channels, K, 3): coordinates alone",
        open: npy::open,
        coordinates_only: true,
    },
];

/// The format of that name on the command line.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Writer> {
    WRITERS.iter().find(|writer| writer.name == name)
}

/// The format that the extension of `path` chooses, in either case.
#[must_use]
pub fn by_extension(path: &Path) -> Option<&'static Writer> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    WRITERS.iter().find(|writer| writer.extensions.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let landmarks = [testing::landmark(), testing::missing()];
            sink.write(&testing::input("a.nii"), &landmarks).unwrap();
            sink.write(&testing::unreadable(), &[]).unwrap();
            sink.flush().unwrap();
            sink.finish().unwrap();
            drop(sink);
            let named = bytes.windows(8).any(|window| window == b"gone.npy");
            assert_eq!(named, !writer.coordinates_only, "{}", writer.name);
        }
    }
}

/// What the tests of every format share: one input, its landmarks, and a run of a writer over them.
#[cfg(test)]
mod testing {
    use super::*;
    use crate::geometry::{Affine, Covariance, Voxel};
    use crate::landmark::{Spread, Status};

    /// Voxels of 2 × 3 × 4 mm with the origin at (−10, 0, 5); 2 samples of 1 channel, 5 × 9 × 1 voxels.
    pub(super) fn input(file: &str) -> InputRecord {
        InputRecord {
            file: file.into(),
            format: "nifti-1".into(),
            dtype: "<f4".into(),
            shape: vec![5, 9, 1, 1, 2],
            layout: "HWDCN".into(),
            lengths: [5, 9, 1],
            samples: 2,
            channels: 1,
            affine: Some(Affine([[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 5.0]])),
            affine_source: Some("sform"),
            ..InputRecord::default()
        }
    }

    /// Soft at (2, 4, 0), hard at (2, 0, 0), a peak of 1.5.
    pub(super) fn landmark() -> Landmark {
        let spread = Spread {
            covariance: Covariance([4.0, -1.0, 0.5, 9.0, 2.0, 0.25]),
            entropy: 0.5,
            peak_probability: 0.125,
            log_normalizer: -3.0,
        };
        Landmark {
            n: 0,
            c: 0,
            peak: 0,
            status: Status::Ok,
            position: Some(Voxel([2.0, 4.0, 0.0])),
            hard: Some(Voxel([2.0, 0.0, 0.0])),
            peak_value: Some(1.5),
            peak_ratio: None,
            spread: Some(spread),
            window_mass: None,
            fit: None,
        }
    }

    /// Sample 1, below the threshold: peak and spread without a position.
    pub(super) fn missing() -> Landmark {
        Landmark { n: 1, status: Status::Missing, position: None, hard: None, ..landmark() }
    }

    /// Sample 1 without any answer.
    pub(super) fn empty() -> Landmark {
        Landmark { status: Status::Empty, peak_value: None, spread: None, ..missing() }
    }

    /// An input that could not be read.
    pub(super) fn unreadable() -> InputRecord {
        InputRecord::unreadable("gone.npy".into(), "no such file".into())
    }

    /// The bytes that the writer of that name makes of some inputs.
    pub(super) fn written(name: &str, report: Report, inputs: &[(InputRecord, &[Landmark])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut sink = (by_name(name).unwrap().open)(Box::new(&mut bytes), report).unwrap();
        for (input, landmarks) in inputs {
            sink.write(input, landmarks).unwrap();
        }
        sink.finish().unwrap();
        drop(sink);
        bytes
    }

    /// [`written`], as text.
    pub(super) fn text(name: &str, report: Report, inputs: &[(InputRecord, &[Landmark])]) -> String {
        String::from_utf8(written(name, report, inputs)).unwrap()
    }

    /// [`text`], read back as one JSON document.
    pub(super) fn json(
        name: &str,
        report: Report,
        inputs: &[(InputRecord, &[Landmark])],
    ) -> serde_json::Value {
        serde_json::from_slice(&written(name, report, inputs)).unwrap()
    }
}
