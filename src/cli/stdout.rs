//! Standard output, whose reader may go away before everything is written.

use super::exit::{Exit, Failure};
use std::io;

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
