//! CSV and TSV: one row per landmark, one for an unreadable input, the header always.
//!
//! RFC 4180 with LF: a field with the delimiter, a quote or a line break is quoted. File names
//! are written byte for byte, whatever their encoding.
//!
//! An absent number is an empty field and not 0, NaN or a dash: spreadsheets and data frames read an empty
//! field as missing. The header comes before the first input, so that a run without a landmark still leaves
//! a table that can be read.

use super::columns::{Cell, MEMBERS};
use super::needs::Needs;
use super::object::name_bytes;
use super::report::Report;
use super::trust::reason;
use super::writer::{Sink, Writer};
use crate::landmark::{InputRecord, Landmark, Status};
use crate::landmarks::Landmarks;
use crate::number::Decimal;
use std::fmt::Write as _;
use std::io::{self, Write};

/// The row of CSV in the table of writers.
pub(super) const CSV: Writer = Writer {
    name: "csv",
    extensions: &["csv"],
    summary: "comma-separated values (RFC 4180), one row per landmark",
    needs: Needs::NOTHING,
    is_rows: true,
    open: open_csv,
};

/// The row of TSV in the table of writers.
pub(super) const TSV: Writer = Writer {
    name: "tsv",
    extensions: &["tsv", "tab"],
    summary: "tab-separated values, quoted as CSV",
    needs: Needs::NOTHING,
    is_rows: true,
    open: open_tsv,
};

/// Opens a sink for comma-separated rows and writes the header.
fn open_csv<'a>(out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    open(out, report, b',')
}

/// Opens a sink for tab-separated rows and writes the header.
fn open_tsv<'a>(out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    open(out, report, b'\t')
}

fn open<'a>(out: Box<dyn Write + 'a>, report: Report, delimiter: u8) -> io::Result<Box<dyn Sink + 'a>> {
    let rows = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    let mut sink = Table { rows, report, cells: Vec::new(), field: String::new() };
    sink.write_header()?;
    Ok(Box::new(sink))
}

struct Table<'a> {
    rows: ::csv::Writer<Box<dyn Write + 'a>>,
    report: Report,
    // Reused from row to row.
    cells: Vec<Cell>,
    field: String,
}

impl Table<'_> {
    fn write_header(&mut self) -> io::Result<()> {
        let numbers = self.report.column_names();
        let names = ["file", "n", "c"].into_iter().chain(self.report.peaks.map(|_| "peak")).chain(["label"]);
        let names = names.chain(self.report.path_names());
        let names =
            names.chain(self.report.average.then_some(MEMBERS)).chain(numbers.iter().map(String::as_str));
        self.rows.write_record(names.chain(["status", "flags", "reason"])).map_err(io_error)
    }

    /// One row. Without a landmark the input was unreadable: only its name, its status and the reason are
    /// filled, so that a file that failed has a row to be found by and is not left out in silence.
    fn write_row(&mut self, input: &InputRecord, landmark: Option<&Landmark>) -> io::Result<()> {
        self.write_field(&name_bytes(&input.file))?;
        self.write_index(landmark.map(|landmark| landmark.n))?;
        self.write_index(landmark.map(|landmark| landmark.c))?;
        if self.report.peaks.is_some() {
            self.write_index(landmark.map(|landmark| landmark.peak))?;
        }
        let label = landmark.and_then(|landmark| self.report.label(input, landmark.c)).unwrap_or_default();
        self.rows.write_field(label).map_err(io_error)?;
        for (_, cell) in self.report.path_cells(input) {
            self.rows.write_field(cell.unwrap_or_default()).map_err(io_error)?;
        }
        if self.report.average {
            self.write_index(Some(input.members.len()))?;
        }
        self.write_cells(input, landmark)?;
        let status = landmark.map_or(Status::Unreadable, |landmark| landmark.status);
        self.write_field(status.name().as_bytes())?;
        let flags = landmark.map(|landmark| landmark.flags).unwrap_or_default();
        self.write_field(flags.to_string().as_bytes())?;
        self.write_field(reason(input, landmark).unwrap_or_default().as_bytes())?;
        self.rows.write_record(None::<&[u8]>).map_err(io_error)
    }

    fn write_cells(&mut self, input: &InputRecord, landmark: Option<&Landmark>) -> io::Result<()> {
        self.report.fill_cells(&mut self.cells, input, landmark);
        for cell in &self.cells {
            self.field.clear();
            if let Some(number) = cell.filter(|number| number.is_finite()) {
                let decimal = Decimal { number, digits: self.report.digits };
                write!(self.field, "{decimal}").map_err(io::Error::other)?;
            }
            self.rows.write_field(&self.field).map_err(io_error)?;
        }
        Ok(())
    }

    /// Leaves the field empty without an index, because sample 0 and channel 0 exist.
    fn write_index(&mut self, index: Option<usize>) -> io::Result<()> {
        let text = index.map(|index| index.to_string()).unwrap_or_default();
        self.write_field(text.as_bytes())
    }

    fn write_field(&mut self, field: &[u8]) -> io::Result<()> {
        self.rows.write_field(field).map_err(io_error)
    }
}

impl Sink for Table<'_> {
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()> {
        if input.error.is_some() && landmarks.is_empty() {
            return self.write_row(input, None);
        }
        landmarks.iter().try_for_each(|landmark| self.write_row(input, Some(&landmark)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.rows.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.rows.flush()
    }
}

/// The error of the writer below, with its kind: a broken pipe stays one.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("rows of unequal length: {kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{empty, input, landmark, missing, text, unreadable, written};
    use super::*;
    use crate::geometry::Voxel;

    #[test]
    fn rows_by_hand() {
        let report = Report { compare: true, labels: Some(vec!["nose, tip".into()]), ..Report::default() };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(input("a.nii"), &[landmark(), missing()]), (unreadable(), &[])];
        assert_eq!(
            text("csv", report, inputs),
            "file,n,c,label,h_norm,w_norm,d_norm,hard_h_norm,hard_w_norm,hard_d_norm,\
             peak_value,distance_voxel,distance_mm,status,flags,reason\n\
             a.nii,0,0,\"nose, tip\",0,0,-1,0,-1,-1,1.5,4,12,ok,,\n\
             a.nii,1,0,\"nose, tip\",,,,,,,1.5,,,missing,,\n\
             gone.npy,,,,,,,,,,,,,unreadable,,no such file\n"
        );
    }

    #[test]
    fn header_stands_without_inputs() {
        assert_eq!(
            text("csv", Report::default(), &[]),
            "file,n,c,label,h_norm,w_norm,d_norm,status,flags,reason\n"
        );
        let world = Report { coords: "world".parse().unwrap(), ..Report::default() };
        assert_eq!(text("tsv", world, &[]), "file\tn\tc\tlabel\tx_mm\ty_mm\tz_mm\tstatus\tflags\treason\n");
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, csv, tsv) in [
            ("a,b", "\"a,b\"", "a,b"),
            ("a\tb", "a\tb", "\"a\tb\""),
            ("a\"b", "\"a\"\"b\"", "\"a\"\"b\""),
            ("a\nb", "\"a\nb\"", "\"a\nb\""),
            ("a\rb", "\"a\rb\"", "\"a\rb\""),
            (" é #", " é #", " é #"),
        ] {
            let inputs: &[(InputRecord, &[Landmark])] = &[(input(name), &[empty()])];
            let row = |name: &str| {
                let text = text(name, Report::default(), inputs);
                text.split_once("reason\n").unwrap().1.to_owned()
            };
            assert_eq!(row("csv"), format!("{csv},1,0,,,,,empty,,\n"));
            assert_eq!(row("tsv"), format!("{tsv}\t1\t0\t\t\t\t\tempty\t\t\n"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_come_back_byte_for_byte() {
        use std::os::unix::ffi::OsStringExt;
        let name = std::ffi::OsString::from_vec(b"\xff\xfe,\x80.npy".to_vec());
        let input = InputRecord { file: name.into(), ..input("") };
        let bytes = written("csv", Report::default(), &[(input, &[landmark()])]);
        assert!(bytes.ends_with(b"reason\n\"\xff\xfe,\x80.npy\",0,0,,0,0,-1,ok,,\n"));
    }

    #[test]
    fn digits_and_negative_zero() {
        let near = Landmark {
            position: Some(Voxel([-0.0, 1.0 / 3.0, -1e-9])),
            peak_value: Some(f64::INFINITY),
            ..landmark()
        };
        let coords = "voxel".parse().unwrap();
        let row = |digits| {
            let report = Report { coords, digits, ..Report::default() };
            text("csv", report, &[(input("a"), &[near])]).lines().nth(1).unwrap().to_owned()
        };
        assert_eq!(row(None), "a,0,0,,0,0.3333333333333333,-1e-9,ok,,");
        assert_eq!(row(Some(3)), "a,0,0,,0.000,0.333,0.000,ok,,");
        let report = Report { coords, compare: true, ..Report::default() };
        let row = text("csv", report, &[(input("a"), &[near])]);
        assert!(row.contains(",2,0,0,,"), "{row}");
    }

    #[test]
    fn a_broken_pipe_stays_one() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut sink = open_csv(Box::new(Closed), Report::default()).unwrap();
        let rows = std::iter::repeat_n(landmark(), 10_000).collect();
        let error = sink.write(&input("a"), &rows).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
