//! The record of a table that `--resume` goes on with: locked, read, added to, and made smaller.

use super::exit::{Exit, Failure};
use super::resume::open_record;
use super::table_frames::{FIRST_LINE, Frame, Frames, Key, MARKS, Piece, marked};
use crate::plan::Digest;
use crate::shown;
use crate::sink::Output;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How often a record is opened anew that another run has replaced in the meantime.
const TRIES: usize = 16;

/// The path of the record of the table at `target`.
pub(super) fn path_of_record(target: &Path) -> PathBuf {
    let mut name = beside(target);
    name.push("resume");
    target.with_file_name(name)
}

/// How the names of the temporary files begin that are made for the table at `target`.
pub(super) fn prefix(target: &Path) -> String {
    beside(target).to_string_lossy().into_owned()
}

fn beside(target: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".softargmax-");
    name
}

/// The record of a table, locked.
pub(super) struct TableRecord {
    file: File,
    path: PathBuf,
    frames: Frames,
}

impl TableRecord {
    /// Opens, locks and reads the record of the table at `target`. What a killed run did not finish goes.
    ///
    /// # Errors
    /// The file cannot be opened or is none, or another run has locked it.
    pub(super) fn open(target: &Path) -> Result<TableRecord, Failure> {
        let path = path_of_record(target);
        let failed = |error: io::Error| {
            let what = format!("failed to open `{}`", shown::path(&path));
            let hint = match error.kind() {
                io::ErrorKind::WouldBlock => "wait for it, or choose another `-o`",
                io::ErrorKind::InvalidData => {
                    "remove it, or choose another `-o`; without a record all is decoded again"
                }
                _ => "the directory of `-o` must be there and be writable",
            };
            Failure::new(Exit::Output, what, error, Some(hint.to_owned()))
        };
        let file = locked(&path).map_err(failed)?;
        let frames = begun(&file, target).and_then(|()| Frames::read(&file)).map_err(failed)?;
        file.set_len(frames.end).map_err(failed)?;
        Ok(TableRecord { file, path, frames })
    }

    /// The frames of the record of the table at `target`, if there is one; changes nothing.
    pub(super) fn look(target: &Path) -> BTreeMap<Key, Frame> {
        let mut options = OpenOptions::new();
        let file = open_record(&path_of_record(target), options.read(true), u64::MAX);
        let is_one = |file: &File| starts(file).is_ok_and(|first| first == FIRST_LINE);
        let frames = file.ok().filter(is_one).and_then(|file| Frames::read(&file).ok());
        frames.unwrap_or_default().by_input
    }

    /// The frame of each input.
    pub(super) fn frames(&self) -> &BTreeMap<Key, Frame> {
        &self.frames.by_input
    }

    /// The digest of the table that was written last.
    pub(super) fn table(&self) -> Option<&str> {
        self.frames.table.as_deref()
    }

    /// Adds a frame with the rows that `write` writes.
    pub(super) fn add(
        &mut self,
        about: &Value,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Piece> {
        let (mut file, start) = (&self.file, self.frames.end);
        let line = format!("{:MARKS$}{about}\n", "");
        file.seek(SeekFrom::Start(start))?;
        let mut rows = Rows { out: BufWriter::new(file), digest: Digest::new(), length: 0 };
        rows.out.write_all(line.as_bytes())?;
        rows.digest.add(&line.as_bytes()[MARKS..]);
        write(&mut rows)?;
        rows.out.write_all(b"\n")?;
        rows.out.flush()?;
        let marks = marked(rows.length, &rows.digest);
        let piece = Piece { start: start + line.len() as u64, length: rows.length };
        file.seek(SeekFrom::Start(start))?;
        file.write_all(marks.as_bytes())?;
        let whole = Piece { start, length: line.len() as u64 + piece.length + 1 };
        self.frames.end = start + whole.length;
        self.frames.add(about, whole, piece);
        Ok(piece)
    }

    /// Writes a piece to `out`.
    pub(super) fn copy(&self, piece: Piece, out: &mut dyn Write) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(piece.start))?;
        let copied = io::copy(&mut file.take(piece.length), out)?;
        if copied == piece.length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Waits until it is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces it by one with the frames that `is_kept` names alone, if more than half of it is others. It
    /// is the last that a run does: whoever opens the new file does not find it locked.
    pub(super) fn compact(&self, is_kept: impl Fn(&Key) -> bool, prefix: &str) {
        let kept: Vec<Piece> =
            self.frames().iter().filter(|(key, _)| is_kept(key)).map(|(_, frame)| frame.whole).collect();
        let live: u64 = kept.iter().map(|piece| piece.length).sum();
        if self.frames.end - FIRST_LINE.len() as u64 <= live.saturating_mul(2) + (1 << 12) {
            return;
        }
        // If this fails, the larger record is as good.
        if let Ok(mut output) = Output::create_as(&self.path, prefix)
            && output.write_all(FIRST_LINE).is_ok()
            && kept.iter().all(|&piece| self.copy(piece, &mut output).is_ok())
        {
            let _ = output.commit();
        }
    }
}

/// Opens and locks the record at `path`, and makes it if need be.
fn locked(path: &Path) -> io::Result<File> {
    for _ in 0..TRIES {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = open_record(path, &options, u64::MAX)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let what = "another run is writing to this table";
                return Err(io::Error::new(io::ErrorKind::WouldBlock, what));
            }
            // On a file system without locks nothing keeps two runs from writing to one table.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        // The run that held the lock may have put another file in its place.
        if is_at(&file, path) {
            return Ok(file);
        }
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "other runs are writing to this table"))
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata().and_then(|file| Ok((file, std::fs::symlink_metadata(path)?)));
    found.is_ok_and(|(file, path)| (file.dev(), file.ino()) == (path.dev(), path.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// How a record begins, at most as long as [`FIRST_LINE`].
fn starts(mut file: &File) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(FIRST_LINE.len() as u64).read_to_end(&mut first)?;
    Ok(first)
}

/// Sees to it that a record begins as it should. A new one may be read by whom the table may be read by.
fn begun(mut file: &File, target: &Path) -> io::Result<()> {
    let first = starts(file)?;
    if first == FIRST_LINE {
        return Ok(());
    }
    if !FIRST_LINE.starts_with(&first) {
        let what = "expected the record of a table, found another file";
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    if let Ok(table) = std::fs::metadata(target) {
        // On a file system without permissions there are none to keep.
        let _ = file.set_permissions(table.permissions());
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(FIRST_LINE)
}

/// The rows of a frame under way.
struct Rows<'a> {
    out: BufWriter<&'a File>,
    digest: Digest,
    length: u64,
}

impl Write for Rows<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.add(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
