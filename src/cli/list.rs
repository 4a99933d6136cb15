//! `--files-from`: paths from a file or a pipe, each taken when there is a worker for it.

use super::exit::{Exit, Failure};
use crate::shown;
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
            let file =
                File::open(path).map_err(|error| failure(&format!("`{}`", shown::path(path)), error))?;
            (Box::new(BufReader::new(file)), format!("`{}`", shown::path(path)))
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
                if self.is_first && line.contains(&0) {
                    return Err(io::Error::other(no_lines(&line)));
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

/// What a list is whose first line holds a NUL, which no path does.
fn no_lines(line: &[u8]) -> &'static str {
    if is_utf16(line) {
        "expected UTF-8 or the bytes of the paths, found UTF-16; \
         `iconv -f UTF-16 -t UTF-8 LIST` or PowerShell's `Out-File -Encoding utf8` makes one that can be read"
    } else {
        "expected one path a line, found NUL in the first line; `-0` reads paths that end with NUL"
    }
}

/// Whether a text begins with the byte order mark of UTF-16. PowerShell 5 writes its lists so (`>`).
pub(super) fn is_utf16(text: &[u8]) -> bool {
    text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff")
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
    fn a_list_in_another_form_is_named() {
        let error = |bytes: &'static [u8]| {
            let mut list = List { reader: Box::new(bytes), separator: b'\n', ..empty() };
            let failed = list.failed();
            assert_eq!(list.next(), None);
            failed.take().map_or_else(String::new, |failure| failure.to_string())
        };
        // What `"a.nii", "b.nii" > list.txt` writes in PowerShell 5, and the same in the other byte order.
        let little = b"\xff\xfea\0.\0n\0i\0i\0\r\0\n\0b\0.\0n\0i\0i\0\r\0\n\0";
        for text in [&little[..], b"\xfe\xff\0a\0.\0n\0i\0i\0\n"] {
            assert!(error(text).contains("found UTF-16"), "{}", error(text));
        }
        let by_nul = error(b"a.nii\0b.nii\0");
        assert!(by_nul.contains("found NUL in the first line") && by_nul.contains("`-0`"), "{by_nul}");
        // A NUL in a later line is one bad input and costs no other its rows.
        assert_eq!(paths(b"a\nb\0\nc\n", false), locations(&["a", "b\0", "c"]));
        // Names that are not UTF-8 may begin with the same bytes.
        #[cfg(unix)]
        assert_eq!(paths(b"\xff\xfea\nb\n", false).len(), 2);
    }

    #[test]
    fn what_is_no_list_is_not_read_into_memory() {
        let mut list = List { reader: Box::new(BufReader::new(io::repeat(b'x'))), ..empty() };
        let failed = list.failed();
        assert_eq!(list.next(), None);
        assert!(failed.take().unwrap().to_string().contains("more than 65536 bytes"));
    }
}
