//! A row of the table of writers: all that the program knows of an output format.

use super::needs::Needs;
use super::report::Report;
use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use std::io::{self, Write};

/// Takes the landmarks of one input after the other, in the order in which they are to appear.
pub trait Sink {
    /// Writes one input: its landmarks in (n, c, peak) order, or, if `input.error` is set, that it was
    /// unreadable. An unreadable one may have landmarks of the status `unreadable`, if it is known which.
    ///
    /// # Errors
    /// What the writer below returns; the output is then of no use.
    fn write(&mut self, input: &InputRecord, landmarks: &Landmarks) -> io::Result<()>;

    /// Passes all rows so far to the operating system, for a reader that waits for them.
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

/// A sink that is ready for the first input.
pub type Opened<'a> = io::Result<Box<dyn Sink + 'a>>;

/// Opens a sink over a writer, which should be buffered.
pub type Open = for<'a> fn(Box<dyn Write + 'a>, Report) -> Opened<'a>;

/// One output format.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// The name on the command line.
    pub name: &'static str,
    /// File extensions that choose it, without the dot.
    pub extensions: &'static [&'static str],
    /// One line of help.
    pub summary: &'static str,
    /// What it has room for, and what it must know before the first landmark.
    pub needs: Needs,
    /// Whether it is a head and then the rows of one input after the other, which depend on no other input:
    /// so rows can be taken from one output into the next.
    pub is_rows: bool,
    /// Opens it and writes what comes before the first input.
    ///
    /// Fails with what the writer below returns, or with [`io::ErrorKind::InvalidInput`] if the report does
    /// not meet [`Writer::needs`].
    pub open: Open,
}
