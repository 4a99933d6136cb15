//! What is computed from landmarks: heatmaps of them, how far predictions are from a truth, with figures of
//! it, and how far others may be.
//!
//! Numbers about a study go into papers and decide which network is used. Most mistakes with them are not in
//! the arithmetic but in what was counted: a missing landmark scored as an error of 0, a rate whose
//! denominator leaves out failures, `<` here and `<=` there, voxels times the norm of the spacing taken for
//! millimetres. So every number here carries how many landmarks it is of, what has no answer is `None`, and
//! each definition stands once, beside its source.
//!
//! The room knows neither files nor terminals: it takes points, and returns plain data and texts.

mod calibrate;
mod encode;
mod eval;
mod figure;
mod quantile;
mod random;
mod report;

pub use calibrate::{
    Bin, CalibrateError, CalibrateSettings, Calibration, CrossValidated, Decoded, Design, Drops, Feature,
    Figures, InSpace, Measured, Radii, Scale, Told, Truth, Way, calibrate, drops, needed_subjects, truths,
};
pub use encode::{Arranged, Drawing, Drawn, EncodeError, Noise, Sigma, Stored, Truncation, arrange, draw};
pub use eval::{
    Bootstrap, Columns, Comparison, Counts, Difference, Distances, Estimate, EvalError, Evaluation, FileName,
    Group, Held, Measure, Orientation, Outcome, PairName, Reference, Row, Settings, Space, SpaceChoice,
    Within, evaluate,
};
pub use figure::{Line, boxes, curve};
pub use report::{Answer, Entry, Mark, MarkKind, Page, Picture, Slice, page, worst_first};
