//! Landmark files as they are named on the command line: a path, or `-` for standard input.

use crate::points::{self, PointSet, PointsError, ReadOptions};
use crate::source::Location;
use std::io;
use std::path::Path;

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Where a landmark file is.
pub(super) fn location(path: &Path) -> Location {
    if is_stdin(path) { Location::Stdin } else { Location::Path(path.to_owned()) }
}

/// Reads a landmark file, or standard input.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<PointSet, PointsError> {
    if is_stdin(path) {
        points::read_stream(&mut io::stdin().lock(), options)
    } else {
        points::read(path, options)
    }
}
