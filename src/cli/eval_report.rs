//! All that the outputs of `eval` are made of.

use super::eval_args::EvalArgs;
use super::eval_files::Read;
use crate::study::{Comparison, Settings};

/// The files of a run.
pub(super) struct Inputs {
    pub(super) predicted: Read,
    pub(super) truth: Read,
    pub(super) against: Option<Read>,
}

/// What was asked, what was read, and what was found.
pub(super) struct Report<'a> {
    pub(super) args: &'a EvalArgs,
    pub(super) inputs: &'a Inputs,
    pub(super) settings: &'a Settings,
    pub(super) found: &'a Comparison,
}
