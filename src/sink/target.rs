//! Where an output goes: links followed, permissions kept, directories synced.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Links that are followed before they are taken for a loop, as on Linux.
///
/// They are followed one by one, because a link may lead to a file that does not exist yet, and the system
/// resolves only whole paths of existing files.
const LINKS: usize = 40;

/// The regular file to replace or to make, links followed; `None` if `path` is to be written in place.
///
/// It does not have to exist.
///
/// # Errors
/// What the system says of a link or a directory on the way, and too many links one after the other.
pub fn destination(path: &Path) -> io::Result<Option<PathBuf>> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Ok(None);
    }
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&target) {
            // A name of an open descriptor, such as /dev/stdout: the file behind it is someone else's.
            Ok(found) if found.is_symlink() && target.starts_with("/proc") => return Ok(None),
            Ok(found) if found.is_symlink() => target = directory_of(&target).join(fs::read_link(&target)?),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => return Ok(Some(target)),
        }
    }
    Err(io::Error::other("too many symbolic links, one leading to the next"))
}

/// Opens what cannot be replaced. A regular file behind a descriptor is written on, as `>>` would.
pub(super) fn open_in_place(path: &Path) -> io::Result<File> {
    let regular = fs::metadata(path).is_ok_and(|found| found.is_file());
    OpenOptions::new().write(true).append(regular).open(path)
}

/// Gives `file` the permissions of the one it replaces, so that a private output stays private.
///
/// They are set before the first byte is written, so that there is no moment in which others could read it.
pub(super) fn keep_permissions(file: &File, replaced: Permissions) -> io::Result<()> {
    match file.set_permissions(replaced) {
        // A file system without permissions.
        Err(error) if cannot_be_done(&error) => Ok(()),
        done => done,
    }
}

/// Waits until the names in a directory are on the disk.
///
/// # Errors
/// What the system says, if it supports the request.
#[cfg(unix)]
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    // A directory may be writable and not readable; then it cannot be opened to be synced.
    match File::open(directory).and_then(|opened| opened.sync_all()) {
        Err(error) if cannot_be_done(&error) || error.kind() == ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

/// Nothing: this system has no such request.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether the file system does not know the request, as opposed to having failed at it.
pub(super) fn cannot_be_done(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::ReadOnlyFilesystem)
}

/// The directory that holds `path`.
pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
