//! Standard output, which may be closed from the start, or whose reader may go away before everything is
//! written.

use super::exit::{Exit, Failure};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether it was closed when the process began. What is written then goes nowhere, without an error: the
/// runtime has put `/dev/null` in its place.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Says whether standard output was closed when the process began.
pub(super) fn begin(is_closed: bool) {
    IS_CLOSED.store(is_closed, Ordering::Relaxed);
}

/// Standard output, for a command that is about to begin and will write to it.
///
/// # Errors
/// It was closed when the process began.
pub(super) fn open(hint: Option<&str>) -> Result<io::Stdout, Failure> {
    if IS_CLOSED.load(Ordering::Relaxed) {
        check(Err(io::Error::other("it is closed")), hint)?;
    }
    Ok(io::stdout())
}

/// Writes all of `text`.
///
/// # Errors
/// It is closed, or cannot be written.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = open(None)?;
    check(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()), None)
}

/// Turns an error of standard output into a failure. A reader that went away has all that it wanted.
pub(super) fn check(written: io::Result<()>, hint: Option<&str>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let hint = hint.map(str::to_owned);
            Err(Failure::new(Exit::Output, "failed to write standard output", error, hint))
        }
        _ => Ok(()),
    }
}
