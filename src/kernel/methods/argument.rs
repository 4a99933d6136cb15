//! What a parameter is given: a number, a length, a threshold or a word.
//!
//! Words stay words, and lengths and thresholds keep their unit, from the command line to the settings in
//! JSON. What a word means is known only to the constant that declares the parameter
//! ([`Word`](super::parameter::Word)).

use super::threshold::Threshold;
use crate::geometry::Length;
use std::fmt;

/// The argument of a parameter. Shown as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Argument {
    /// A number.
    Number(f64),
    /// A length in its unit.
    Length(Length),
    /// A threshold as it was given.
    Threshold(Threshold),
    /// One of the parameter's words.
    Word(&'static str),
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Argument::Number(number) => write!(f, "{number}"),
            Argument::Length(length) => write!(f, "{length}"),
            Argument::Threshold(threshold) => write!(f, "{threshold}"),
            Argument::Word(word) => f.write_str(word),
        }
    }
}
