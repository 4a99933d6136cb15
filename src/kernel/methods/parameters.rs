//! What a method can be told beside its name, as its row lists it: `local:radius=4,shape=ball`.

use super::method::Method;
use crate::geometry::Length;

/// One parameter of a method.
#[derive(Debug)]
pub struct Parameter {
    /// The name on the command line.
    pub name: &'static str,
    /// What it may be.
    pub range: Range,
    /// What it is where it is not given; none where that lies elsewhere, as `otherwise` says.
    pub default: Option<f64>,
    /// The default in words, where it is no number of its own.
    pub otherwise: &'static str,
    /// The unit, in the plural; empty where it has none.
    pub unit: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A whole number between two bounds, both inclusive.
    Whole(u32, u32),
    /// A finite number.
    Finite,
    /// A finite number above 0.
    Positive,
    /// A number above 0 and at most this.
    UpTo(u32),
    /// A whole number of voxels from 1 to a bound, inclusive, or a number of millimetres above 0 with `mm` behind it.
    Reach(u32),
    /// One of some words, which stand for 0, 1, ….
    Words(&'static [&'static str]),
}

impl Range {
    /// What it may be, in words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Range::Whole(lowest, highest) => format!("a whole number from {lowest} to {highest}"),
            Range::Finite => "a finite number".to_owned(),
            Range::Positive => "a finite number > 0".to_owned(),
            Range::UpTo(highest) => format!("a number > 0, at most {highest}"),
            Range::Reach(highest) => {
                format!("a whole number of voxels from 1 to {highest} or a length in mm such as 5mm")
            }
            Range::Words(words) => words.join(" or "),
        }
    }

    /// What `text` stands for; none where it is outside the range.
    fn parse(&self, text: &str) -> Option<Given> {
        if let (Range::Reach(_), Some(number)) = (self, text.strip_suffix("mm")) {
            let number = Range::Positive.number(number.trim_end())?;
            return Some(Given { number, in_mm: true });
        }
        self.number(text).map(|number| Given { number, in_mm: false })
    }

    /// The plain number that `text` stands for.
    fn number(&self, text: &str) -> Option<f64> {
        match self {
            Range::Reach(highest) => Range::Whole(1, *highest).number(text),
            Range::Whole(lowest, highest) => {
                text.parse().ok().filter(|n| (lowest..=highest).contains(&n)).map(f64::from)
            }
            Range::Finite => text.parse().ok().filter(|x: &f64| x.is_finite()),
            Range::Positive => text.parse().ok().filter(|x: &f64| x.is_finite() && *x > 0.0),
            Range::UpTo(highest) => text.parse().ok().filter(|x| *x > 0.0 && *x <= f64::from(*highest)),
            Range::Words(words) => words.iter().position(|word| *word == text).map(|i| i as f64),
        }
    }
}

impl Parameter {
    /// A value of it as it is written on the command line.
    #[must_use]
    pub fn show(&self, value: f64) -> String {
        match self.range {
            Range::Words(words) => words.get(value as usize).copied().unwrap_or_default().to_owned(),
            Range::Whole(..) | Range::Reach(_) | Range::Finite | Range::Positive | Range::UpTo(_) => {
                value.to_string()
            }
        }
    }

    /// `name=default`, range, unit and help in a line.
    #[must_use]
    pub fn describe(&self) -> String {
        let default = self.default.map_or_else(|| self.otherwise.to_owned(), |value| self.show(value));
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        format!("{}: {}, {}{unit} [default: {default}]", self.name, self.help, self.range.text())
    }
}

/// The parameters that were given for a method, in the order of its row.
///
/// Those of a method without parameters, and those that nobody gave, are empty: see [`Parameters::get`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parameters([Option<Given>; Parameters::MOST]);

/// A number that was given for a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Given {
    number: f64,
    /// Whether it is a length in millimetres.
    in_mm: bool,
}

/// A method or a parameter that is not there, or is not what it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// There is no such method.
    #[error("expected a method ({known}), found `{found}`")]
    Method {
        /// The names of the methods.
        known: String,
        /// What was asked for.
        found: String,
    },
    /// It is not written as `name=value`.
    #[error("expected parameters such as `radius=4,beta=10`, found `{found}`")]
    Syntax {
        /// What was written.
        found: String,
    },
    /// The method has no such parameter.
    #[error("`{method}` has no parameter `{found}`: it has {known}")]
    Name {
        /// The method.
        method: &'static str,
        /// The names of its parameters, or `none`.
        known: String,
        /// What was asked for.
        found: String,
    },
    /// The value is outside its range.
    #[error("expected {expected} for {name}, found `{found}`")]
    Value {
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A parameter was given twice.
    #[error("expected {name} once, found it twice")]
    Twice {
        /// The parameter.
        name: &'static str,
    },
}

impl Parameters {
    /// The most parameters that a method has.
    pub const MOST: usize = 4;

    /// The value of the `index`-th parameter of `method`: what was given, else its default; none where the
    /// default lies elsewhere. Of a length it is the number without its unit: see [`Parameters::length`].
    #[must_use]
    pub fn get(&self, method: &Method, index: usize) -> Option<f64> {
        self.given(method, index).map(|given| given.number)
    }

    /// The value of the `index`-th parameter of `method` as a length in its unit; voxels where none was given.
    #[must_use]
    pub fn length(&self, method: &Method, index: usize) -> Option<Length> {
        let Given { number, in_mm } = self.given(method, index)?;
        Some(if in_mm { Length::Millimetres(number) } else { Length::Voxels(number) })
    }

    fn given(&self, method: &Method, index: usize) -> Option<Given> {
        let default = || method.parameters.get(index).and_then(|parameter| parameter.default);
        let given = self.0.get(index).copied().flatten();
        given.or_else(|| default().map(|number| Given { number, in_mm: false }))
    }

    /// Gives the parameter `name` of `method` the value that `text` stands for.
    ///
    /// # Errors
    /// [`ParameterError`] where there is no such parameter, it has been given, or the value is outside its
    /// range.
    pub fn set(&mut self, method: &Method, name: &str, text: &str) -> Result<(), ParameterError> {
        let found = method.parameters.iter().zip(&mut self.0).find(|(parameter, _)| parameter.name == name);
        let Some((parameter, slot)) = found else {
            let names: Vec<&str> = method.parameters.iter().map(|parameter| parameter.name).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(ParameterError::Name { method: method.name, known, found: name.to_owned() });
        };
        if slot.is_some() {
            return Err(ParameterError::Twice { name: parameter.name });
        }
        let value = parameter.range.parse(text).ok_or_else(|| ParameterError::Value {
            name: parameter.name,
            expected: parameter.range.text(),
            found: text.to_owned(),
        })?;
        *slot = Some(value);
        Ok(())
    }
}
