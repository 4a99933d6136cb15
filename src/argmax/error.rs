//! Why an array cannot be reduced.

use crate::geometry::ShapeError;
use crate::source::SourceError;

/// Why there is no argmax. It does not name the input: whoever opened it knows the name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ArgmaxError {
    /// The values could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The array has no such dim.
    #[error("expected a dim from {} to {} for shape {shape:?}, found {found}", -rank(shape), rank(shape) - 1)]
    Dim {
        /// The array's shape.
        shape: Vec<u64>,
        /// The dim that was asked for.
        found: i64,
    },
    /// There is nothing to take the maximum of.
    #[error("expected at least one element to take the maximum of, found shape {shape:?}")]
    Empty {
        /// The array's shape.
        shape: Vec<u64>,
    },
    /// The machine has no memory for the result.
    #[error("expected memory for {expected} numbers more, found none")]
    Memory {
        /// How many numbers were to be kept.
        expected: usize,
    },
}

impl From<ShapeError> for ArgmaxError {
    fn from(error: ShapeError) -> ArgmaxError {
        ArgmaxError::Source(error.into())
    }
}

/// How many dims may be named: a scalar has one, as in PyTorch.
pub(super) fn rank(shape: &[u64]) -> i64 {
    shape.len().max(1) as i64
}
