//! A file that appears whole under its name or not at all.
//!
//! What is written goes to a temporary file beside the target. Only [`Output::commit`] puts it in the
//! target's place, after it has reached the disk; dropped before that, it leaves no trace and what stood
//! there still stands. A symbolic link is followed to the file it names. Where the target is no regular
//! file (a device, a FIFO, another process's descriptor), nothing can be renamed over it, and it is
//! written in place.
//!
//! Why: a table that breaks off in the middle is still a valid table. Whoever opens it cannot see that
//! patients are missing, so half an output is worse than an error. The steps are:
//!
//! - The temporary file lies in the directory of the target, because a rename replaces a file in one step
//!   only within one file system.
//! - Buffers are flushed, and the data are synced to the disk before the rename. Otherwise a loss of power
//!   could keep the new name and lose the bytes under it.
//! - The rename puts the new file in place of the old one. Readers see one or the other, whole.
//! - The directory is synced, since the name itself is data of the directory.
//!
//! A link is followed because a rename onto it would replace the link and leave the file that it names as
//! it was. In place, none of this holds: bytes that have gone into a pipe are gone.

use super::target::{
    cannot_be_done, destination, directory_of, keep_permissions, open_in_place, sync_directory,
};
use crate::shown;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// Bytes that are gathered before they go to the file.
const BUFFER: usize = 64 * 1024;

/// An output that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// It could not be opened, or no temporary file could be made beside it.
    #[error("failed to create `{}`", shown::path(path))]
    Create {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It could not be written to its end.
    #[error("failed to write `{}`", shown::path(path))]
    Write {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It was written, but could not be put in its place.
    #[error("failed to put the finished output in the place of `{}`", shown::path(path))]
    Replace {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl OutputError {
    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        let (OutputError::Create { path, .. }
        | OutputError::Write { path, .. }
        | OutputError::Replace { path, .. }) = self;
        path
    }

    /// What kind of failure the system reported.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        let (OutputError::Create { source, .. }
        | OutputError::Write { source, .. }
        | OutputError::Replace { source, .. }) = self;
        source.kind()
    }
}

/// An output under way.
///
/// # Examples
/// ```
/// use softargmax::internals::sink::Output;
/// use std::io::Write;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("landmarks.csv");
/// let mut output = Output::create(&path)?;
/// output.write_all(b"file,n,c\n")?;
/// assert!(!path.exists());
/// output.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"file,n,c\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Output {
    // Before `staging`, so that it is closed before the temporary file goes.
    writer: BufWriter<File>,
    path: PathBuf,
    /// Where it is made and where it goes; `None` if it is written in place.
    staging: Option<Staging>,
}

#[derive(Debug)]
struct Staging {
    temporary: TempPath,
    target: PathBuf,
}

impl Output {
    /// Begins the output at `path`, which is not touched before [`Output::commit`] unless it is no
    /// regular file.
    ///
    /// A new file has the permissions of any other new file, a replaced one those that it had. A FIFO
    /// waits for its reader.
    ///
    /// # Errors
    /// [`OutputError::Create`].
    pub fn create(path: &Path) -> Result<Output, OutputError> {
        Output::create_as(path, ".softargmax-")
    }

    /// As [`Output::create`], with a temporary file whose name begins with `prefix` and ends with
    /// [`Output::SUFFIX`]: by it those are found that a run left behind when it was killed.
    ///
    /// # Errors
    /// [`OutputError::Create`].
    pub fn create_as(path: &Path, prefix: &str) -> Result<Output, OutputError> {
        let opened = match destination(path) {
            Ok(Some(target)) => stage(target, prefix).map(|(file, staging)| (file, Some(staging))),
            Ok(None) => open_in_place(path).map(|file| (file, None)),
            Err(source) => Err(source),
        };
        let (file, staging) =
            opened.map_err(|source| OutputError::Create { path: path.to_owned(), source })?;
        Ok(Output { writer: BufWriter::with_capacity(BUFFER, file), path: path.to_owned(), staging })
    }

    /// What the names of temporary files end with.
    pub const SUFFIX: &'static str = ".tmp";

    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The temporary file that it is made in; `None` if it is written in place.
    #[must_use]
    pub fn temporary(&self) -> Option<&Path> {
        self.staging.as_ref().map(|staging| &*staging.temporary)
    }

    /// Ends the output: flushes it, waits until it is on the disk, and puts it in its place.
    ///
    /// It takes the output by value, so that nobody writes on after the file has its name. An output that
    /// is dropped without it is given up: that is what happens on every error and on every early return.
    ///
    /// If only the sync of the directory fails, the error is [`OutputError::Replace`] although the new file
    /// already has its name.
    ///
    /// # Errors
    /// [`OutputError::Write`] and [`OutputError::Replace`]; then the file that was there before is unchanged.
    pub fn commit(self) -> Result<(), OutputError> {
        let path = self.path.clone();
        match self.place()?.map(|directory| sync_directory(&directory)) {
            Some(Err(source)) => Err(OutputError::Replace { path, source }),
            _ => Ok(()),
        }
    }

    /// As [`Output::commit`], but for the directory, which is given back to be synced ([`sync_directory`])
    /// with others: until then the new name may not outlive a loss of power. `None` if it was written in
    /// place.
    ///
    /// Many small outputs in one directory then share one sync, which takes far longer than writing them.
    ///
    /// # Errors
    /// [`OutputError::Write`] and [`OutputError::Replace`]; then the file that was there before is unchanged.
    pub fn place(self) -> Result<Option<PathBuf>, OutputError> {
        let Output { writer, path, staging } = self;
        if let Err(source) = settle(writer) {
            return Err(OutputError::Write { path, source });
        }
        let Some(Staging { temporary, target }) = staging else { return Ok(None) };
        match temporary.persist(&target) {
            Ok(()) => Ok(Some(directory_of(&target).to_owned())),
            Err(error) => Err(OutputError::Replace { path, source: error.error }),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Makes the temporary file beside the target.
///
/// The mode is that of any new file, from which the system takes the umask: temporary files are private by
/// default, and a result that colleagues cannot read would be a surprise. A path that ends in a slash or
/// has no file name is refused as a directory.
fn stage(target: PathBuf, prefix: &str) -> io::Result<(File, Staging)> {
    let ends_in_separator = target.as_os_str().as_encoded_bytes().last() == Some(&b'/');
    if ends_in_separator || target.file_name().is_none() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(Output::SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let (file, temporary) = builder.tempfile_in(directory_of(&target)).map(NamedTempFile::into_parts)?;
    if let Ok(replaced) = fs::metadata(&target) {
        keep_permissions(&file, replaced.permissions())?;
    }
    Ok((file, Staging { temporary, target }))
}

/// Flushes, and waits for the disk.
fn settle(writer: BufWriter<File>) -> io::Result<()> {
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    match file.sync_all() {
        // Pipes and terminals have no disk to wait for.
        Err(error) if cannot_be_done(&error) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs::{OpenOptions, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn begun(path: &Path) -> Output {
        let mut output = Output::create(path).unwrap();
        output.write_all(b"new").unwrap();
        output.flush().unwrap();
        output
    }

    #[test]
    fn the_target_is_untouched_until_commit() {
        let directory = directory();
        let target = directory.path().join("out.csv");
        fs::write(&target, "old").unwrap();
        let output = begun(&target);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(names(directory.path()).len(), 2);
        assert!(names(directory.path())[0].starts_with(".softargmax-"));
        output.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(directory.path()), ["out.csv"]);
    }

    #[test]
    fn dropped_it_leaves_no_trace() {
        let directory = directory();
        drop(begun(&directory.path().join("new.csv")));
        assert!(names(directory.path()).is_empty());
        let target = directory.path().join("out.csv");
        fs::write(&target, "old").unwrap();
        drop(begun(&target));
        assert_eq!(names(directory.path()), ["out.csv"]);
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }

    #[test]
    fn links_are_followed_to_the_file_they_name() {
        let directory = directory();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("real")).unwrap();
        symlink("second", at("first")).unwrap();
        symlink("real/out.csv", at("second")).unwrap();
        for _ in 0..2 {
            // The second time around the file that the links lead to is there.
            begun(&at("first")).commit().unwrap();
            assert!(fs::symlink_metadata(at("first")).unwrap().is_symlink());
            assert!(fs::symlink_metadata(at("second")).unwrap().is_symlink());
            assert_eq!(names(&at("real")), ["out.csv"]);
            assert_eq!(fs::read(at("real/out.csv")).unwrap(), b"new");
        }
        symlink("loop", at("loop")).unwrap();
        assert!(matches!(Output::create(&at("loop")), Err(OutputError::Create { .. })));
    }

    #[test]
    fn permissions_are_those_of_any_file_or_kept() {
        let directory = directory();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("ordinary"), "").unwrap();
        begun(&at("fresh")).commit().unwrap();
        assert_eq!(mode(&at("fresh")), mode(&at("ordinary")));
        fs::set_permissions(at("ordinary"), Permissions::from_mode(0o640)).unwrap();
        begun(&at("ordinary")).commit().unwrap();
        assert_eq!(mode(&at("ordinary")), 0o640);
    }

    #[test]
    fn what_is_no_regular_file_is_written_in_place() {
        begun(Path::new("/dev/null")).commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        if Path::new("/dev/full").exists() {
            let mut full = Output::create(Path::new("/dev/full")).unwrap();
            full.write_all(b"new").unwrap();
            let error = full.commit().unwrap_err();
            assert!(
                matches!(&error, OutputError::Write { source, .. } if source.kind() == ErrorKind::StorageFull)
            );
            assert_eq!(error.path(), Path::new("/dev/full"));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_descriptor_is_written_on() {
        use std::os::fd::AsRawFd;
        let directory = directory();
        let path = directory.path().join("log");
        fs::write(&path, "old ").unwrap();
        let opened = OpenOptions::new().append(true).open(&path).unwrap();
        begun(Path::new(&format!("/proc/self/fd/{}", opened.as_raw_fd()))).commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old new");
        assert_eq!(names(directory.path()), ["log"]);
    }

    #[test]
    fn what_cannot_be_made_is_said_with_a_hint() {
        let directory = directory();
        let error = Output::create(&directory.path().join("none/out.csv")).unwrap_err();
        assert!(error.to_string().starts_with("failed to create `/"), "{error}");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        for not_a_file in [directory.path().to_owned(), directory.path().join("new/"), PathBuf::new()] {
            let error = Output::create(&not_a_file).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::IsADirectory);
        }
        assert!(names(directory.path()).is_empty());
    }

    #[test]
    fn a_sink_may_borrow_it() {
        let directory = directory();
        let path = directory.path().join("out.csv");
        let mut output = Output::create(&path).unwrap();
        let writer = super::super::by_extension(&path).unwrap();
        let mut sink = (writer.open)(Box::new(&mut output), super::super::Report::default()).unwrap();
        sink.finish().unwrap();
        drop(sink);
        output.commit().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("file,n,c,label,"));
    }
}
