//! `--files-from`: paths from a file or a pipe, each taken when there is a worker for it.

use super::exit::{Exit, Failure};
use crate::source::Location;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Longer than a path on any system: a file with a longer line is not a list of paths.
const LONGEST: u64 = 1 << 16;

/// Paths, one after the other.
pub(super) struct List {
    reader: Box<dyn BufRead + Send>,
    name: String,
    separator: u8,
    is_first: bool,
    failed: Failed,
}

/// Why a list ended early. The pipeline owns the list while the run goes on; this stays with the run.
#[derive(Clone, Default)]
pub(super) struct Failed(Arc<Mutex<Option<Failure>>>);

impl Failed {
    /// The failure, once.
    pub(super) fn take(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the list with a failure.
    pub(super) fn set(&self, failure: Failure) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }
}

impl List {
    /// Opens the list at `path`, `-` for standard input. Each path ends with a line break or, if `by_nul`,
    /// NUL.
    pub(super) fn open(path: &Path, by_nul: bool) -> Result<List, Failure> {
        let separator = if by_nul { 0 } else { b'\n' };
        let (reader, name): (Box<dyn BufRead + Send>, _) = if path.as_os_str() == "-" {
            (Box::new(BufReader::new(io::stdin())), "standard input".to_owned())
        } else {
            let file = File::open(path).map_err(|error| failure(&format!("`{}`", path.display()), error))?;
            (Box::new(BufReader::new(file)), format!("`{}`", path.display()))
        };
        Ok(List { reader, name, separator, is_first: true, failed: Failed::default() })
    }

    /// Where a failure can be seen once the list has ended.
    pub(super) fn failed(&self) -> Failed {
        self.failed.clone()
    }

    /// The next path that is not blank, without its separator.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let mut line = Vec::new();
            let length = self.reader.by_ref().take(LONGEST).read_until(self.separator, &mut line)?;
            if length == 0 {
                return Ok(None);
            }
            if line.last() == Some(&self.separator) {
                line.pop();
            } else if length as u64 == LONGEST {
                return Err(io::Error::other(format!("it has a path of more than {LONGEST} bytes")));
            }
            if self.separator == b'\n' {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                // Some editors begin a file with a byte order mark.
                if self.is_first && line.starts_with(b"\xef\xbb\xbf") {
                    line.drain(..3);
                }
            }
            self.is_first = false;
            let is_blank = line.iter().all(u8::is_ascii_whitespace) && self.separator == b'\n';
            if !is_blank && !line.is_empty() {
                return Ok(Some(line));
            }
        }
    }
}

impl Iterator for List {
    type Item = Location;

    fn next(&mut self) -> Option<Location> {
        match self.read().and_then(|line| line.map(path).transpose()) {
            Ok(path) => path.map(Location::Path),
            Err(error) => {
                self.failed.set(failure(&self.name, error));
                None
            }
        }
    }
}

fn failure(name: &str, error: io::Error) -> Failure {
    let hint =
        "`--files-from` takes a file, or `-`, with one path a line; with `-0`, each path ends with NUL";
    Failure::new(Exit::Usage, format!("failed to read the list {name}"), error, Some(hint.to_owned()))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "on other systems not every line is a path")]
fn path(bytes: Vec<u8>) -> io::Result<PathBuf> {
    Ok(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> io::Result<PathBuf> {
    String::from_utf8(bytes).map(PathBuf::from).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(bytes: &'static [u8], by_nul: bool) -> Vec<Location> {
        let list = List { reader: Box::new(bytes), separator: if by_nul { 0 } else { b'\n' }, ..empty() };
        list.collect()
    }

    fn empty() -> List {
        List {
            reader: Box::new(io::empty()),
            name: String::new(),
            separator: 0,
            is_first: true,
            failed: Failed::default(),
        }
    }

    fn locations(names: &[&str]) -> Vec<Location> {
        names.iter().map(|name| Location::Path(name.into())).collect()
    }

    #[test]
    fn lines_and_nul() {
        assert_eq!(paths(b"a b\r\n\n\r\n \n c\n-\nlast", false), locations(&["a b", " c", "-", "last"]));
        assert_eq!(paths(b"\xef\xbb\xbfa\n", false), locations(&["a"]));
        assert_eq!(paths(b"a\nb\0\0c\r\0d", true), locations(&["a\nb", "c\r", "d"]));
        assert_eq!(paths(b"", false), []);
    }

    #[test]
    fn what_is_no_list_is_not_read_into_memory() {
        let mut list = List { reader: Box::new(BufReader::new(io::repeat(b'x'))), ..empty() };
        let failed = list.failed();
        assert_eq!(list.next(), None);
        assert!(failed.take().unwrap().to_string().contains("more than 65536 bytes"));
    }
}
