//! The arguments that a run gives to the parameters of its method: `local:radius=4,shape=ball`.
//!
//! Only what was given is stored; a default belongs to the parameter's constant and is found when the
//! parameter is read. Two runs with the same arguments are therefore equal, and a default can be shown as
//! one. Arguments are stored by name, in an array and not in a map, so that settings can be copied freely.

use super::argument::Argument;
use super::parameter::{LengthParameter, Number, OptionalNumber, Parameter, ThresholdParameter, Word};
use super::threshold::Threshold;
use crate::geometry::Length;

/// What the parameters of a method were set to. Those that were not set have their defaults.
///
/// # Examples
/// ```
/// use softargmax::parameters::local::{RADIUS, SHAPE, Shape};
/// use softargmax::{Length, Parameters, method};
///
/// let Some(local) = method("local") else { unreachable!() };
/// let mut parameters = Parameters::default();
/// assert_eq!(parameters.length(&RADIUS), Length::Voxels(4.0));
/// parameters.set_length(local, &RADIUS, Length::Millimetres(7.5))?;
/// parameters.set_word(local, &SHAPE, Shape::Ball)?;
/// assert_eq!(parameters.length(&RADIUS), Length::Millimetres(7.5));
/// assert!(parameters.set_length(local, &RADIUS, Length::Voxels(1000.0)).is_err());
/// # Ok::<(), softargmax::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parameters([Option<SetParameter>; Parameters::MOST]);

/// One parameter that was set.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SetParameter {
    name: &'static str,
    argument: Argument,
}

impl Parameters {
    /// The most parameters that can be set at once: all parameters of all methods.
    pub(crate) const MOST: usize = 16;

    /// The number that a parameter was set to, else its default.
    #[must_use]
    pub fn number(&self, parameter: &Number) -> f64 {
        match self.get(parameter.name) {
            Some(Argument::Number(number)) => number,
            _ => parameter.default,
        }
    }

    /// The number that a parameter without a default was set to; `None` if it was not set.
    #[must_use]
    pub fn optional_number(&self, parameter: &OptionalNumber) -> Option<f64> {
        match self.get(parameter.name) {
            Some(Argument::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The length that a parameter was set to, else its default.
    #[must_use]
    pub fn length(&self, parameter: &LengthParameter) -> Length {
        match self.get(parameter.name) {
            Some(Argument::Length(length)) => length,
            _ => parameter.default_length(),
        }
    }

    /// The threshold that a parameter was set to, else its default.
    #[must_use]
    pub(crate) fn threshold(&self, parameter: &ThresholdParameter) -> Threshold {
        match self.get(parameter.name) {
            Some(Argument::Threshold(threshold)) => threshold,
            _ => parameter.default,
        }
    }

    /// The same with each threshold that is a value taken to what `stored` makes of it.
    #[must_use]
    pub(crate) fn with_thresholds(mut self, stored: impl Fn(f64) -> f64) -> Parameters {
        for entry in self.0.iter_mut().flatten() {
            if let Argument::Threshold(Threshold::Value(value)) = &mut entry.argument {
                *value = stored(*value);
            }
        }
        self
    }

    /// What the word means that a parameter was set to, else what its default means.
    #[must_use]
    pub fn word<W: Copy + PartialEq, const N: usize>(&self, parameter: &Word<W, N>) -> W {
        parameter.meaning(match self.get(parameter.name) {
            Some(Argument::Word(word)) => Some(word),
            _ => None,
        })
    }

    /// The argument of any parameter: what it was set to, else its default; `None` if it has none of its own.
    #[must_use]
    pub(crate) fn argument(&self, parameter: &Parameter) -> Option<Argument> {
        self.get(parameter.name).or(parameter.default)
    }

    /// Whether a parameter has an effect beside the others in the `row` of its method.
    #[must_use]
    pub(crate) fn has_effect(&self, row: &[Parameter], parameter: &Parameter) -> bool {
        parameter.only_with.is_none_or(|(name, word)| {
            let other = row.iter().find(|other| other.name == name);
            other.and_then(|other| self.argument(other)) == Some(Argument::Word(word))
        })
    }

    /// The first parameter of a method's `row` that was set and has no effect.
    #[must_use]
    pub(crate) fn idle(&self, row: &'static [Parameter]) -> Option<&'static Parameter> {
        let is_set = |parameter: &Parameter| self.get(parameter.name).is_some();
        row.iter().find(|parameter| is_set(parameter) && !self.has_effect(row, parameter))
    }

    /// What a parameter was set to.
    pub(super) fn get(&self, name: &str) -> Option<Argument> {
        self.0.iter().flatten().find(|entry| entry.name == name).map(|entry| entry.argument)
    }

    /// Entries are sorted by name, so that equal parameters compare as equal in whatever order they were set.
    pub(super) fn insert(&mut self, name: &'static str, argument: Argument) {
        // Free slots are behind all others. There is one for every parameter of every method: a test of the
        // table holds that.
        let own = self.0.iter_mut().find(|entry| entry.is_none_or(|entry| entry.name == name));
        if let Some(slot) = own {
            *slot = Some(SetParameter { name, argument });
        }
        self.0.sort_by_key(|entry| entry.map_or((true, ""), |entry| (false, entry.name)));
    }
}
