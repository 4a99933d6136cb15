//! What a method sees when it answers: its parameters, the softmax's temperature, and where voxels lie in mm.
//!
//! This is less than [`Settings`](crate::kernel::Settings), which also name the method. A method that could
//! see which method was chosen could behave differently for another one; and the two types would need each
//! other.

use super::parameter::{LengthParameter, Number, OptionalNumber, ThresholdParameter, Word};
use super::parameters::Parameters;
use super::threshold::Threshold;
use crate::geometry::{Affine, Length};

/// How sharply the softmax separates values.
///
/// Temperature and β are two ways to say the same: β = 1/T. The one that was given is kept, so that a value
/// and its rounded inverse do not give different answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sharpness {
    /// p = softmax(x/T).
    Temperature(f64),
    /// p = softmax(βx).
    Beta(f64),
}

impl Sharpness {
    /// x/T.
    #[must_use]
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Sharpness::Temperature(temperature) => x / temperature,
            Sharpness::Beta(beta) => x * beta,
        }
    }
}

/// The settings that a method sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MethodSettings {
    /// What its parameters were set to.
    pub(crate) parameters: Parameters,
    /// The softmax's temperature.
    pub(crate) sharpness: Sharpness,
    /// Where the voxels (h, w, d) of the heatmaps lie in mm.
    pub(crate) affine: Option<Affine>,
}

impl From<Parameters> for MethodSettings {
    /// With a temperature of 1 and without an affine.
    fn from(parameters: Parameters) -> MethodSettings {
        MethodSettings { parameters, sharpness: Sharpness::Temperature(1.0), affine: None }
    }
}

impl MethodSettings {
    /// The number of a parameter, or its default.
    pub(crate) fn number(&self, parameter: &Number) -> f64 {
        self.parameters.number(parameter)
    }

    /// The number of a parameter without a default, if it was set.
    pub(crate) fn optional_number(&self, parameter: &OptionalNumber) -> Option<f64> {
        self.parameters.optional_number(parameter)
    }

    /// The length of a parameter, or its default.
    pub(crate) fn length(&self, parameter: &LengthParameter) -> Length {
        self.parameters.length(parameter)
    }

    /// The threshold of a parameter, or its default.
    pub(crate) fn threshold(&self, parameter: &ThresholdParameter) -> Threshold {
        self.parameters.threshold(parameter)
    }

    /// What the word of a parameter means, or its default.
    pub(crate) fn word<W: Copy + PartialEq, const N: usize>(&self, parameter: &Word<W, N>) -> W {
        self.parameters.word(parameter)
    }
}
