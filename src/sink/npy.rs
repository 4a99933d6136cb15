//! `.npy`: the coordinates alone, as an f64 array of shape (samples, channels, 3) in C order, with several
//! peaks (samples, channels, peaks, 3).
//!
//! The header comes before the first landmark and says how many follow ([`Report::totals`]), so the
//! sink holds what it is given against it. Where there is no answer the array has NaN.
//!
//! That is why this format needs totals and the others do not: an output may be a pipe, and nobody can go
//! back in a pipe to correct the shape. A count that turns out wrong is an error and not a short array,
//! because readers take the shape for granted.
//!
//! NaN marks an absent answer because a row that is left out would move all later ones, and 0 is a voxel.
//! There is no column for names: row (n, c) is found by its place alone, so an unreadable input still fills
//! the rows that it would have had.
//!
//! Numbers are little-endian on every machine, so that the same run gives the same bytes.

use super::needs::{Needs, Spaces, Unmet};
use super::report::{Report, Space, Totals};
use super::writer::{Sink, Writer};
use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use crate::npy_header::npy_header;
use std::io::{self, ErrorKind, Write};

/// The row of npy in the table of writers.
pub(super) const WRITER: Writer = Writer {
    name: "npy",
    extensions: &["npy"],
    summary: "NumPy array of f64, coordinates alone: shape (samples, channels, 3), or (samples, channels, K, \
              3) for K peaks",
    needs: NEEDS,
    is_rows: false,
    open,
};

const NEEDS: Needs = Needs { spaces: Spaces::One, coordinates_only: true, totals: true, ..Needs::NOTHING };

/// Opens a sink for one array and writes its header.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if the report does not meet [`NEEDS`].
fn open<'a>(mut out: Box<dyn Write + 'a>, report: Report) -> io::Result<Box<dyn Sink + 'a>> {
    let unmet = |unmet: Unmet| io::Error::new(ErrorKind::InvalidInput, unmet);
    NEEDS.check(&report).map_err(unmet)?;
    let space = report.coords.single().ok_or(Unmet::OneSpace { found: report.coords }).map_err(unmet)?;
    let totals = report.totals.ok_or(Unmet::Totals).map_err(unmet)?;
    let peaks = report.peaks.unwrap_or(1) as u64;
    let expected = totals.samples.checked_mul(totals.channels).and_then(|n| n.checked_mul(peaks));
    let too_many = || io::Error::new(ErrorKind::InvalidInput, "expected at most 2^64 - 1 landmarks");
    let expected = expected.ok_or_else(too_many)?;
    out.write_all(&header(totals, report.peaks))?;
    Ok(Box::new(Array { out, report, space, totals, expected, found: 0 }))
}

/// The header: samples, channels, peaks if several are asked for, and three coordinates.
fn header(Totals { samples, channels }: Totals, peaks: Option<usize>) -> Vec<u8> {
    let peaks = peaks.map(|peaks| peaks as u64);
    let shape: Vec<u64> = [Some(samples), Some(channels), peaks, Some(3)].into_iter().flatten().collect();
    npy_header("<f8", &shape)
}

struct Array<'a> {
    out: Box<dyn Write + 'a>,
    report: Report,
    space: Space,
    totals: Totals,
    /// Landmarks that the header promises.
    expected: u64,
    /// Landmarks so far.
    found: u64,
}

impl Array<'_> {
    /// Three numbers, or three times NaN. −0 becomes 0, so that equal arrays are equal byte for byte.
    fn write_triple(&mut self, coordinates: Option<[f64; 3]>) -> io::Result<()> {
        for number in coordinates.unwrap_or([f64::NAN; 3]) {
            // −0 + 0 is 0.
            self.out.write_all(&(number + 0.0).to_le_bytes())?;
        }
        Ok(())
    }

    /// Counts `more` landmarks.
    fn count(&mut self, more: u64) -> io::Result<()> {
        let found = self.found.saturating_add(more);
        if found > self.expected {
            return Err(self.miscounted(found));
        }
        self.found = found;
        Ok(())
    }

    fn miscounted(&self, found: u64) -> io::Error {
        let expected = self.expected;
        io::Error::new(ErrorKind::InvalidData, format!("expected {expected} landmarks, found {found}"))
    }
}

impl Sink for Array<'_> {
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()> {
        if input.error.is_some() && landmarks.is_empty() {
            let peaks = self.report.peaks.unwrap_or(1) as u64;
            let absent =
                self.totals.channels.saturating_mul(peaks).saturating_mul(input.samples.max(1) as u64);
            self.count(absent)?;
            return (0..absent).try_for_each(|_| self.write_triple(None));
        }
        self.count(landmarks.len() as u64)?;
        for landmark in landmarks {
            let coordinates = self.report.coordinates(self.space, input, landmark.position);
            self.write_triple(coordinates)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.found != self.expected {
            return Err(self.miscounted(self.found));
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{input, landmark, missing, unreadable, written};
    use super::*;
    use crate::geometry::Voxel;
    use crate::landmark::Landmark;

    fn report(samples: u64, channels: u64) -> Report {
        let coords = "voxel".parse().unwrap();
        let order = "whd".parse().unwrap();
        Report { coords, order, totals: Some(Totals { samples, channels }), ..Report::default() }
    }

    /// The header's text and the numbers behind it.
    fn parsed(bytes: &[u8]) -> (String, Vec<f64>) {
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(end % 64, 0);
        assert_eq!(bytes[end - 1], b'\n');
        let header = String::from_utf8(bytes[10..end].to_vec()).unwrap();
        let (eights, rest) = bytes[end..].as_chunks::<8>();
        assert!(rest.is_empty());
        (header.trim_end().to_owned(), eights.iter().map(|&eight| f64::from_le_bytes(eight)).collect())
    }

    #[test]
    fn the_array_by_hand() {
        let zero = Landmark { position: Some(Voxel([-0.0, 1.0, 2.0])), ..landmark() };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(input("a"), &[landmark(), missing()]), (unreadable(), &[]), (input("b"), &[zero, zero])];
        let (header, numbers) = parsed(&written("npy", report(3, 2), inputs));
        assert_eq!(header, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2, 3), }");
        assert_eq!(numbers[..3], [4.0, 2.0, 0.0]);
        assert!(numbers[3..12].iter().all(|number| number.is_nan()));
        assert_eq!(numbers[12..], [1.0, 0.0, 2.0, 1.0, 0.0, 2.0]);
        assert!(numbers.iter().all(|number| number.is_sign_positive()));
    }

    #[test]
    fn an_input_that_fails_after_its_header_keeps_its_samples() {
        let failed = InputRecord { error: Some("it shrank".into()), ..input("a") };
        let (_, numbers) = parsed(&written("npy", report(2, 1), &[(failed, &[])]));
        assert_eq!(numbers.len(), 6);
    }

    #[test]
    fn peaks_are_an_axis_of_their_own() {
        let second = Landmark { peak: 1, position: Some(Voxel([7.0, 8.0, 9.0])), ..landmark() };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(input("a"), &[landmark(), second]), (unreadable(), &[])];
        let report = Report { peaks: Some(2), ..report(2, 1) };
        let (header, numbers) = parsed(&written("npy", report, inputs));
        assert_eq!(header, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 2, 3), }");
        assert_eq!(numbers[..6], [4.0, 2.0, 0.0, 8.0, 7.0, 9.0]);
        assert_eq!(numbers[6..].iter().filter(|number| number.is_nan()).count(), 6);
    }

    #[test]
    fn headers_of_every_size_are_aligned() {
        for totals in [(0, 1), (1, 1), (123_456, 19), (u64::MAX, u64::MAX)] {
            let (text, numbers) = parsed(&header(Totals { samples: totals.0, channels: totals.1 }, None));
            assert!(text.contains(&format!("'shape': ({}, {}, 3)", totals.0, totals.1)));
            assert!(numbers.is_empty());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let kind = |report| open(Box::new(io::sink()), report).err().unwrap().kind();
        assert_eq!(kind(Report { totals: None, ..report(1, 1) }), ErrorKind::InvalidInput);
        assert_eq!(
            kind(Report { coords: "voxel,world".parse().unwrap(), ..report(1, 1) }),
            ErrorKind::InvalidInput
        );
        assert_eq!(kind(report(u64::MAX, 2)), ErrorKind::InvalidInput);
        let mut sink = open(Box::new(io::sink()), report(1, 1)).unwrap();
        assert_eq!(sink.finish().unwrap_err().to_string(), "expected 1 landmarks, found 0");
        assert!(sink.write(&input("a"), &[landmark(), landmark()].into_iter().collect()).is_err());
        let endless = InputRecord { error: Some(String::new()), samples: usize::MAX, ..input("a") };
        assert!(sink.write(&endless, &Landmarks::default()).is_err());
        sink.write(&input("a"), &[landmark()].into_iter().collect()).unwrap();
        sink.finish().unwrap();
    }
}
