//! Standard error, which may be gone: a closed terminal must not turn a finished run into a failed one.

use std::fmt::Display;
use std::io::Write;

/// Prints a line. If standard error is closed, nobody is there to read it.
pub(super) fn print_line(line: &dyn Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
