//! What helps against an error or a warning, as data.
//!
//! The library knows no command line. An error says what kind of thing would help, and whoever prints the
//! error puts that into words: for the program that is `cli/hints.rs`.
//!
//! This also keeps the advice true: if an option is renamed, one file changes, and a program with
//! another interface can give its own words. Text commands write `FILE` for the input, because an
//! error does not know its name.

use std::borrow::Cow;

/// What helps against an error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// A sentence that needs no option of a program.
    ///
    /// It names a command of another program, a line of Python or what to check.
    Text(Cow<'static, str>),
    /// Name one of the arrays in the file.
    ///
    /// Only the file knows the names, so the error carries some of them.
    Key {
        /// The first of their names, as an example.
        names: Vec<String>,
    },
    /// Choose a directory with more room for temporary files.
    ///
    /// The one in use is full or cannot be written.
    TemporaryDirectory,
    /// Ask for less at once.
    ///
    /// The memory that the process may use is full.
    Memory,
    /// Pipe the bytes in through standard input.
    ///
    /// For devices and sockets: another program can read them and write to a pipe.
    StandardInput,
    /// Run a command that unpacks the input, and pipe its output in through standard input.
    ///
    /// The output is a format that may be read, so no file in between is needed.
    Unpack {
        /// The command, with `FILE` for the input.
        command: &'static str,
    },
    /// The affine is ignored; choose another one of the header.
    ///
    /// The values are still read; only the positions in millimetres depend on it.
    OtherAffine,
    /// Choose one of these affines of the header.
    Affine {
        /// Their names.
        names: [&'static str; 2],
    },
}

impl From<&'static str> for Advice {
    fn from(text: &'static str) -> Advice {
        Advice::Text(Cow::Borrowed(text))
    }
}
