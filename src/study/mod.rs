//! What is computed from landmarks: how far predictions are from a truth, with figures of it.
//!
//! Numbers about a study go into papers and decide which network is used. Most mistakes with them are not in
//! the arithmetic but in what was counted: a missing landmark scored as an error of 0, a rate whose
//! denominator leaves out failures, `<` here and `<=` there, voxels times the norm of the spacing taken for
//! millimetres. So every number here carries how many landmarks it is of, what has no answer is `None`, and
//! each definition stands once, beside its source.
//!
//! The room knows neither files nor terminals: it takes points, and returns plain data and texts.

mod encode;
mod eval;
mod figure;
mod quantile;
mod random;

pub use encode::{Arranged, Drawing, Drawn, EncodeError, Noise, Sigma, Stored, Truncation, arrange, draw};
pub use eval::{
    Bootstrap, Columns, Comparison, Counts, Difference, Distances, Estimate, EvalError, Evaluation, FileName,
    Group, Held, Measure, Orientation, Outcome, PairName, Reference, Row, Settings, Space, SpaceChoice,
    Within, evaluate,
};
pub use figure::{Line, boxes, curve};
