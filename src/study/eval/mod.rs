//! Predictions against a truth: matched, measured, and counted.
//!
//! [`evaluate()`] settles the columns by which landmarks are matched and the space in which errors are
//! measured, makes one [`Row`] of every landmark that is on either side, and computes each [`Measure`] over
//! all rows and for each landmark. Definitions and sources are on the page `docs/evaluation.md`.

pub(super) mod bootstrap;
pub(super) mod columns;
mod coverage;
mod distances;
mod error;
pub(super) mod evaluate;
mod evaluation;
mod identification;
pub(super) mod matching;
mod measure;
mod orientation;
mod row;
mod sample;
pub(super) mod space;
#[cfg(test)]
mod testing;

pub use bootstrap::Bootstrap;
pub use columns::{Columns, FileName};
pub use distances::{Distances, PairName, Reference};
pub use error::{EvalError, Held};
pub use evaluate::evaluate;
pub use evaluation::{Comparison, Counts, Difference, Estimate, Evaluation, Group, Settings};
pub use measure::{Measure, Within};
pub use orientation::Orientation;
pub use row::{Outcome, Row};
pub use space::{Space, SpaceChoice};
