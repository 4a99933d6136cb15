//! How parameters are set, by a caller or from text, and why that may fail.
//!
//! Every way in checks that the method has the parameter and that the argument is in its range, so a method
//! never meets an argument that it was not written for.

use super::argument::Argument;
use super::method::Method;
use super::parameter::{LengthParameter, Number, OptionalNumber, Parameter, Word};
use super::parameters::Parameters;
use crate::geometry::Length;

/// A method or a parameter that does not exist, or an argument that is out of range.
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
    #[error("`{method}` has no parameter{}", instead(known, found))]
    Name {
        /// The method.
        method: &'static str,
        /// The names of its parameters; empty if it has none.
        known: String,
        /// What was asked for.
        found: String,
    },
    /// The argument is out of range.
    #[error("expected {expected} for {name}, found `{found}`")]
    Value {
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A least number is above the greatest.
    #[error("{least} is {found}, above the {greatest} of {limit}")]
    Order {
        /// The parameter of the least number.
        least: &'static str,
        /// What it is.
        found: u64,
        /// The parameter of the greatest number.
        greatest: &'static str,
        /// What it is.
        limit: u64,
    },
    /// A parameter was given twice.
    #[error("{name} is given twice")]
    Twice {
        /// The parameter.
        name: &'static str,
    },
}

/// The end of the message about an unknown parameter: what the method has instead.
fn instead(known: &str, found: &str) -> String {
    if known.is_empty() { "s".to_owned() } else { format!(" `{found}`; it has {known}") }
}

impl Parameters {
    /// Sets a parameter of `method` to a number.
    ///
    /// # Errors
    /// [`ParameterError`] if the method has no such parameter, or the number is out of range.
    pub fn set_number(
        &mut self,
        method: &Method,
        parameter: &Number,
        number: f64,
    ) -> Result<(), ParameterError> {
        self.set_argument(method, parameter.name, Argument::Number(number))
    }

    /// Sets a parameter of `method` that has no default to a number.
    ///
    /// # Errors
    /// [`ParameterError`] if the method has no such parameter, or the number is out of range.
    pub fn set_optional_number(
        &mut self,
        method: &Method,
        parameter: &OptionalNumber,
        number: f64,
    ) -> Result<(), ParameterError> {
        self.set_argument(method, parameter.name, Argument::Number(number))
    }

    /// Sets a parameter of `method` to a length.
    ///
    /// # Errors
    /// [`ParameterError`] if the method has no such parameter, or the length is out of range.
    pub fn set_length(
        &mut self,
        method: &Method,
        parameter: &LengthParameter,
        length: Length,
    ) -> Result<(), ParameterError> {
        self.set_argument(method, parameter.name, Argument::Length(length))
    }

    /// Sets a parameter of `method` to the word that means `meaning`.
    ///
    /// # Errors
    /// [`ParameterError`] if the method has no such parameter.
    pub fn set_word<W: Copy + PartialEq, const N: usize>(
        &mut self,
        method: &Method,
        parameter: &Word<W, N>,
        meaning: W,
    ) -> Result<(), ParameterError> {
        self.set_argument(method, parameter.name, Argument::Word(parameter.word(meaning)))
    }

    /// Sets the parameter `name` of `method` to what `text` stands for, as on the command line.
    ///
    /// # Errors
    /// [`ParameterError`] if the method has no such parameter, it was set before, or the argument is out of
    /// range.
    pub fn set(&mut self, method: &Method, name: &str, text: &str) -> Result<(), ParameterError> {
        let parameter = find(method, name)?;
        if self.get(parameter.name).is_some() {
            return Err(ParameterError::Twice { name: parameter.name });
        }
        let argument = parameter.range.parse(text).ok_or_else(|| out_of_range(parameter, text.to_owned()))?;
        self.insert(parameter.name, argument);
        Ok(())
    }

    /// What all typed setters do: an argument replaces one that was set before.
    fn set_argument(
        &mut self,
        method: &Method,
        name: &str,
        argument: Argument,
    ) -> Result<(), ParameterError> {
        let parameter = find(method, name)?;
        if !parameter.range.contains(argument) {
            return Err(out_of_range(parameter, argument.to_string()));
        }
        self.insert(parameter.name, argument);
        Ok(())
    }
}

/// The parameter of a name in the row of a method.
fn find(method: &Method, name: &str) -> Result<&'static Parameter, ParameterError> {
    method.parameters.iter().find(|parameter| parameter.name == name).ok_or_else(|| {
        let names: Vec<&str> = method.parameters.iter().map(|parameter| parameter.name).collect();
        ParameterError::Name { method: method.name, known: names.join(", "), found: name.to_owned() }
    })
}

/// The error for an argument that is no such number, length or word.
fn out_of_range(parameter: &Parameter, found: String) -> ParameterError {
    ParameterError::Value { name: parameter.name, expected: parameter.range.text(), found }
}
