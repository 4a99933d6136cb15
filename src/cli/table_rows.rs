//! The bytes of a table that goes on: its head, the rows of one input, and whether they are there.

use super::deliver::write_rows;
use super::table_frames::Hashing;
use crate::pipeline::Decoded;
use crate::plan::Plan;
use crate::sink::Output;
use std::io::{self, Write};

/// What stands before the first row.
pub(super) fn head(plan: &Plan) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    (plan.writer.open)(Box::new(&mut head), plan.report_of(None))?.finish()?;
    Ok(head)
}

/// Writes the rows of an input without the `head` bytes before them.
pub(super) fn write(plan: &Plan, head: usize, decoded: &Decoded, out: &mut dyn Write) -> io::Result<()> {
    let out = Behind { out, left: head };
    let mut sink = (plan.writer.open)(Box::new(out), plan.report_of(None))?;
    write_rows(&mut *sink, decoded, false)?;
    sink.finish()
}

/// Passes on what comes after the first bytes.
struct Behind<'a> {
    out: &'a mut dyn Write,
    left: usize,
}

impl Write for Behind<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let skipped = self.left.min(bytes.len());
        self.out.write_all(&bytes[skipped..])?;
        self.left -= skipped;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes to two places.
pub(super) struct Both<'a, 'b>(pub(super) &'a mut Output, pub(super) Hashing<'b>);

impl Write for Both<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.write_all(&bytes[..written])?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Fails as soon as what is written is not what is read.
pub(super) struct Comparing<'a, R>(pub(super) &'a mut R);

impl<R: io::Read> Write for Comparing<'_, R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut found = vec![0; bytes.len()];
        self.0.read_exact(&mut found)?;
        if found == bytes { Ok(bytes.len()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
