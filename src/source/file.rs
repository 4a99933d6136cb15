//! Files: which ones are opened at all, and how their bytes are read at any offset by any thread.
//!
//! Reads name their offset (`pread` on Unix), so threads share one open file without a lock, and no
//! thread depends on where another one left the position. Nothing is mapped into memory: if a file
//! shrinks under a map, the system kills the process, but a short read is an error that can be
//! reported.

use super::error::SourceError;
use super::notice::Notice;
use super::values::{ReadAt, Values};
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a regular file or a FIFO, and says which of the two it is. Anything else is refused: a device may
/// block or never end.
///
/// The kind is checked twice. Before opening, because opening a device can already have an effect;
/// after it, because the name may point to another file by then. The metadata is that of the opened
/// file.
///
/// A directory that may not be listed gives the system's error; any other gives
/// [`SourceError::Special`].
pub(super) fn open(path: &Path) -> Result<(File, fs::Metadata), SourceError> {
    let metadata = fs::metadata(path).map_err(|error| dead_link(path).unwrap_or(SourceError::Io(error)))?;
    if metadata.is_dir() {
        // If the directory may not even be listed, that is the error to report.
        fs::read_dir(path)?;
    }
    refuse_special(&metadata)?;
    let file = File::open(path)?;
    // Another file may have taken the name in between.
    let metadata = file.metadata()?;
    refuse_special(&metadata)?;
    Ok((file, metadata))
}

/// Where a link leads at whose end nothing is; `None` if there is no link. A link of git-annex is a sound
/// file that has not been fetched: a clone holds only the links until then.
fn dead_link(path: &Path) -> Option<SourceError> {
    let is_missing = fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let target = fs::read_link(path).ok().filter(|_| is_missing)?;
    let names: Vec<_> = target.iter().collect();
    let is_annex = names.windows(2).any(|two| two == ["annex", "objects"]);
    Some(if is_annex { SourceError::NotFetched { target } } else { SourceError::DeadLink { target } })
}

/// Lets regular files and FIFOs pass.
fn refuse_special(metadata: &fs::Metadata) -> Result<(), SourceError> {
    let kind = metadata.file_type();
    let found = if kind.is_dir() { Some("directory") } else { special(kind) };
    found.map_or(Ok(()), |found| Err(SourceError::Special { found }))
}

/// The kind in words, or `None` for what may be opened.
#[cfg(unix)]
fn special(kind: fs::FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_block_device() {
        Some("block device")
    } else if kind.is_char_device() {
        Some("character device")
    } else if kind.is_socket() {
        Some("socket")
    } else {
        None
    }
}

#[cfg(not(unix))]
fn special(kind: fs::FileType) -> Option<&'static str> {
    if kind.is_file() { None } else { Some("special file") }
}

/// Reads at an offset, up to the end of the file: fewer bytes only there.
///
/// The system may return fewer bytes than it could, or stop at a signal. Both are repeated here, so
/// that a short result has one meaning: the file ends there.
pub(super) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some_at(file, offset.saturating_add(filled as u64), &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The part of a regular file that holds the values. All of it was there when the file was opened.
///
/// `start` and `length` are in bytes. Offsets of the caller count from `start`, so no reader of values
/// needs to know how long the header was.
pub(super) struct FileValues {
    pub(super) file: File,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl ReadAt for FileValues {
    /// A range beyond `length` is an error of the caller or of a header and gives
    /// [`SourceError::Truncated`]. A short read within it means that the file was cut after opening:
    /// [`SourceError::Shrank`].
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let wanted = buffer.len() as u64;
        if offset.checked_add(wanted).is_none_or(|end| end > self.length) {
            return Err(SourceError::Truncated {
                expected: offset.saturating_add(wanted),
                found: self.length,
            });
        }
        let filled = read_at(&self.file, self.start.saturating_add(offset), buffer)?;
        if filled < buffer.len() {
            return Err(SourceError::Shrank { expected: self.length, found: offset + filled as u64 });
        }
        Ok(())
    }
}

/// The values within a file of `all` bytes, which begins with `head`.
///
/// Both ends are compared now, so that a cut-off file fails at once and not after minutes of work.
pub(super) fn values_within(
    file: File,
    all: u64,
    start: u64,
    length: u64,
    head: &[u8],
) -> Result<(Values, Vec<Notice>), SourceError> {
    let there = all.saturating_sub(start);
    if there < length {
        return Err(SourceError::Truncated { expected: length, found: there });
    }
    let mut notices = Vec::new();
    if there > length {
        let mut first = [0; BEGINNING];
        let filled = read_at(&file, start + length, &mut first)?;
        let again = start > 0 && begins_again(head, &first[..filled]);
        notices.push(Notice::Trailing { bytes: there - length, or_more: false, again });
    }
    Ok((Values::Random(Box::new(FileValues { file, start, length })), notices))
}

/// How many bytes tell that another file of the same format was appended: no format has a shorter magic.
const BEGINNING: usize = 8;

/// Whether the bytes behind the values begin as the file does. A byte that is only repeated is padding.
pub(super) fn begins_again(head: &[u8], behind: &[u8]) -> bool {
    let (head, behind) = (head.get(..BEGINNING), behind.get(..BEGINNING));
    head.is_some_and(|head| Some(head) == behind && head.iter().any(|byte| Some(byte) != head.first()))
}
