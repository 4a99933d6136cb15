//! Standard error, which may be gone: a closed terminal must not turn a finished run into a failed one.
//! Everything that the program says there passes through here.

use crate::shown;
use std::fmt::Display;
use std::io::Write;

/// Prints a line, in which nothing acts on a terminal. If standard error is closed, nobody is there to read
/// it.
pub(super) fn print_line(line: &dyn Display) {
    let line = line.to_string();
    let _ = writeln!(std::io::stderr(), "{}", shown::message(&line));
}
