//! What helps against an error or a warning, as data.
//!
//! The library knows no command line. An error says what kind of thing would help, and whoever prints the
//! error puts that into words: for the program that is `cli/hints.rs`.

use std::borrow::Cow;

/// What helps against an error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// A sentence that needs no option of a program.
    Text(Cow<'static, str>),
    /// Name one of the arrays in the file.
    Key {
        /// The first of their names, as an example.
        names: Vec<String>,
    },
    /// Choose a directory with more room for temporary files.
    TemporaryDirectory,
    /// Pipe the bytes in through standard input.
    StandardInput,
    /// Run a command that unpacks the input, and pipe its output in through standard input.
    Unpack {
        /// The command, with `FILE` for the input.
        command: &'static str,
    },
    /// The affine is ignored; choose another one of the header.
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
