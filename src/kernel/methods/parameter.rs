//! What a parameter of a method is: a name, a range, a default, and the type of what it means.
//!
//! A method's file declares each of its parameters once, as a named constant of one of the five types here,
//! and reads it by that constant. The default is part of the constant, so a method cannot fall back on
//! another one, and a word is turned into an enum by the constant that lists the words. [`Parameter`]
//! describes any of the five: help texts, the command line and the settings in JSON need no more.

use super::argument::Argument;
use super::threshold::Threshold;
use crate::geometry::Length;

/// A number with a default.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The name on the command line.
    pub name: &'static str,
    /// The numbers that it may be.
    pub range: Range,
    /// The default.
    pub default: f64,
    /// The unit, in the plural; empty if it has none.
    pub unit: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// A number without a default of its own: without it, the method finds one elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct OptionalNumber {
    /// The name on the command line.
    pub name: &'static str,
    /// The numbers that it may be.
    pub range: Range,
    /// Where the number comes from by default, in words.
    pub otherwise: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// A length in voxels or in millimetres.
#[derive(Clone, Copy, Debug)]
pub struct LengthParameter {
    /// The name on the command line.
    pub name: &'static str,
    /// The largest whole number of voxels that it may be.
    pub most: u32,
    /// The default, in voxels.
    pub default: u32,
    /// One line of help.
    pub help: &'static str,
}

/// How high a voxel must be to count.
#[derive(Clone, Copy, Debug)]
pub struct ThresholdParameter {
    /// The name on the command line.
    pub name: &'static str,
    /// The default.
    pub default: Threshold,
    /// One line of help.
    pub help: &'static str,
}

/// One of `N` words, each of which means a `W`.
#[derive(Clone, Copy, Debug)]
pub struct Word<W, const N: usize> {
    /// The name on the command line.
    pub name: &'static str,
    /// The words. The first is the default.
    pub words: &'static [&'static str; N],
    /// What each word means.
    pub meanings: [W; N],
    /// One line of help.
    pub help: &'static str,
}

/// A parameter as its method's row lists it: all that help texts and the command line need.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The name on the command line.
    pub name: &'static str,
    /// What it may be.
    pub range: Range,
    /// The default; `None` if it comes from elsewhere, as `otherwise` says.
    pub default: Option<Argument>,
    /// The default in words, if it is no value of its own.
    pub otherwise: &'static str,
    /// The unit, in the plural; empty if it has none.
    pub unit: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// The parameter and the word of it beside which this one has an effect; `None` if it always has.
    pub only_with: Option<(&'static str, &'static str)>,
}

/// The largest number of [`Range::Whole`]: up to here f64 holds every whole number.
const MOST_WHOLE: f64 = (1_u64 << 53) as f64;

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Range {
    /// A finite number.
    Finite,
    /// A finite number above 0.
    Positive,
    /// A number above 0 and at most this.
    UpTo(u32),
    /// A whole number from 1 on, at most 2^53.
    Whole,
    /// A whole number of voxels from 1 to a bound, inclusive, or a number of millimetres above 0.
    Length(u32),
    /// A value, a share of the maximum, or a percentile.
    Threshold,
    /// One of some words.
    Words(&'static [&'static str]),
}

impl Number {
    /// The parameter as its method's row lists it.
    #[must_use]
    pub(crate) const fn row(self) -> Parameter {
        let Number { name, range, default, unit, help } = self;
        Parameter {
            name,
            range,
            default: Some(Argument::Number(default)),
            otherwise: "",
            unit,
            help,
            only_with: None,
        }
    }
}

impl OptionalNumber {
    /// The parameter as its method's row lists it.
    #[must_use]
    pub(crate) const fn row(self) -> Parameter {
        let OptionalNumber { name, range, otherwise, help } = self;
        Parameter { name, range, default: None, otherwise, unit: "", help, only_with: None }
    }
}

impl LengthParameter {
    /// The parameter as its method's row lists it.
    #[must_use]
    pub(crate) const fn row(self) -> Parameter {
        let LengthParameter { name, most, help, .. } = self;
        let (range, default) = (Range::Length(most), Some(Argument::Length(self.default_length())));
        Parameter { name, range, default, otherwise: "", unit: "", help, only_with: None }
    }

    /// The default.
    pub(crate) const fn default_length(&self) -> Length {
        Length::Voxels(self.default as f64)
    }
}

impl ThresholdParameter {
    /// The parameter as its method's row lists it.
    #[must_use]
    pub(crate) const fn row(self) -> Parameter {
        let ThresholdParameter { name, default, help } = self;
        let (range, default) = (Range::Threshold, Some(Argument::Threshold(default)));
        Parameter { name, range, default, otherwise: "", unit: "", help, only_with: None }
    }
}

impl<W: Copy + PartialEq, const N: usize> Word<W, N> {
    /// The parameter as its method's row lists it.
    #[must_use]
    pub(crate) const fn row(self) -> Parameter {
        let default = Some(Argument::Word(self.words[0]));
        let range = Range::Words(self.words);
        Parameter {
            name: self.name,
            range,
            default,
            otherwise: "",
            unit: "",
            help: self.help,
            only_with: None,
        }
    }

    /// What a word means; the default for a word that is not listed.
    pub(crate) fn meaning(&self, word: Option<&str>) -> W {
        let listed = self.words.iter().zip(self.meanings).find(|(listed, _)| Some(**listed) == word);
        listed.map_or(self.meanings[0], |(_, meaning)| meaning)
    }

    /// The word for a meaning.
    pub(crate) fn word(&self, meaning: W) -> &'static str {
        let listed = self.words.iter().zip(self.meanings).find(|(_, listed)| *listed == meaning);
        listed.map_or(self.words[0], |(word, _)| word)
    }
}

impl Range {
    /// What the parameter may be, in words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Range::Finite => "a finite number".to_owned(),
            Range::Positive => "a finite number > 0".to_owned(),
            Range::UpTo(highest) => format!("a number > 0, at most {highest}"),
            Range::Whole => "a whole number >= 1".to_owned(),
            Range::Threshold => Threshold::EXPECTED.to_owned(),
            Range::Length(highest) => {
                format!("a whole number of voxels from 1 to {highest} or a length in mm such as 5mm")
            }
            Range::Words(words) => words.join(" or "),
        }
    }

    /// What `text` stands for; `None` if it is no text for an argument in the range.
    pub(crate) fn parse(&self, text: &str) -> Option<Argument> {
        let argument = match self {
            Range::Finite | Range::Positive | Range::UpTo(_) | Range::Whole => {
                Argument::Number(text.parse().ok()?)
            }
            Range::Threshold => Argument::Threshold(text.parse().ok()?),
            Range::Length(_) => Argument::Length(match text.strip_suffix("mm") {
                Some(number) => Length::Millimetres(number.trim_end().parse().ok()?),
                None => Length::Voxels(text.parse::<u32>().ok()?.into()),
            }),
            Range::Words(words) => Argument::Word(words.iter().find(|word| **word == text)?),
        };
        self.contains(argument).then_some(argument)
    }

    /// Whether an argument is in the range.
    pub(crate) fn contains(&self, argument: Argument) -> bool {
        match (self, argument) {
            (Range::Finite, Argument::Number(x)) => x.is_finite(),
            (Range::Positive, Argument::Number(x))
            | (Range::Length(_), Argument::Length(Length::Millimetres(x))) => x.is_finite() && x > 0.0,
            (Range::UpTo(highest), Argument::Number(x)) => x > 0.0 && x <= f64::from(*highest),
            (Range::Length(highest), Argument::Length(Length::Voxels(x))) => {
                x.fract() == 0.0 && (1.0..=f64::from(*highest)).contains(&x)
            }
            (Range::Whole, Argument::Number(x)) => x.fract() == 0.0 && (1.0..=MOST_WHOLE).contains(&x),
            (Range::Threshold, Argument::Threshold(threshold)) => threshold.is_valid(),
            (Range::Words(words), Argument::Word(word)) => words.contains(&word),
            _ => false,
        }
    }
}

impl Parameter {
    /// The same one with an effect only where the parameter `name` is `word`.
    #[must_use]
    pub(crate) const fn only_with(self, name: &'static str, word: &'static str) -> Parameter {
        Parameter { only_with: Some((name, word)), ..self }
    }

    /// `name=default`, range, unit and help in a line.
    #[must_use]
    pub fn describe(&self) -> String {
        let default = self.default.map_or_else(|| self.otherwise.to_owned(), |value| value.to_string());
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        format!("{}: {}, {}{unit} [default: {default}]", self.name, self.help, self.range.text())
    }
}
