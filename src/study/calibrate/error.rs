//! Why there is no calibration, as data with text.

use crate::study::EvalError;

impl From<EvalError> for CalibrateError {
    fn from(error: EvalError) -> CalibrateError {
        CalibrateError::Eval(Box::new(error))
    }
}

/// Why heatmaps and a truth give no calibration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// They cannot be compared.
    #[error(transparent)]
    Eval(Box<EvalError>),
    /// No landmark has an answer.
    #[error("none of the {landmarks} landmarks of the truth has an answer by any method")]
    NoAnswer {
        /// How many landmarks the truth has.
        landmarks: usize,
    },
    /// There are too few subjects to choose by some and calibrate by others.
    #[error("expected at least {expected} subjects (by {by}), found {found}")]
    Subjects {
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
        /// What tells them apart.
        by: String,
    },
    /// No landmark has the figure that radii are to be scaled by.
    #[error("no landmark that a method answers has the figure `{0}`")]
    NoFigure(&'static str),
}
