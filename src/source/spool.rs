//! The values of a stream, kept in a temporary file while they are read: some methods read a part of them
//! again.
//!
//! A stream gives its bytes once. Memory would hold a second copy, but a stream may be larger than
//! memory, and its header may lie about its length. A file on disk grows with what really arrives.
//!
//! Disk space may run out instead. That is an error of its own, because the help is another
//! directory for temporary files and not a better input.

use super::error::SourceError;
use super::file::FileValues;
use super::values::ReadAt;
use std::fs::File;
use std::io::Write;

/// A temporary file without a name. The system removes it when the process ends, however it ends.
///
/// Without a name, nothing is left behind after a crash.
pub struct Spool(FileValues);

impl Spool {
    /// Makes an empty one.
    ///
    /// # Errors
    /// [`SourceError::Spool`] if no temporary file can be made.
    pub fn new() -> Result<Spool, SourceError> {
        let file: File = tempfile::tempfile().map_err(SourceError::Spool)?;
        Ok(Spool(FileValues { file, start: 0, length: 0 }))
    }

    /// Adds the bytes that follow.
    ///
    /// What was added can be read at once, also while more is added. On Unix, a read at an offset does
    /// not move the place at which the next bytes are written.
    ///
    /// # Errors
    /// [`SourceError::Spool`] if there is no room for them.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        self.0.file.write_all(bytes).map_err(SourceError::Spool)?;
        self.0.length += bytes.len() as u64;
        Ok(())
    }
}

impl ReadAt for Spool {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.0.read_exact_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_read_anywhere_and_nothing_behind_it() {
        let mut spool = Spool::new().unwrap();
        spool.add(b"abc").unwrap();
        spool.add(b"def").unwrap();
        let mut bytes = [0; 3];
        spool.read_exact_at(2, &mut bytes).unwrap();
        assert_eq!(&bytes, b"cde");
        spool.add(b"g").unwrap();
        spool.read_exact_at(4, &mut bytes).unwrap();
        assert_eq!(&bytes, b"efg");
        assert!(matches!(spool.read_exact_at(5, &mut bytes), Err(SourceError::Truncated { .. })));
    }
}
