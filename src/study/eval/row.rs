//! One landmark of the truth beside its prediction, or what stands alone on one side.

use std::path::PathBuf;

/// What became of a landmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Both are there: it has an error.
    Matched,
    /// The truth is there, and no prediction. It has no error and counts as a failure in every rate.
    Missing,
    /// The truth is there, and several predictions for it, of which none can be preferred. As `Missing`.
    Duplicate,
    /// There is a prediction, and no truth.
    Extra,
    /// The truth has it several times, or without a usable position: nothing can be said about it.
    Unclear,
}

impl Outcome {
    /// Every outcome, in the order of the rows.
    pub const ALL: [Outcome; 5] =
        [Outcome::Matched, Outcome::Missing, Outcome::Duplicate, Outcome::Extra, Outcome::Unclear];

    /// The word in the column `outcome`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Matched => "matched",
            Outcome::Missing => "missing",
            Outcome::Duplicate => "duplicate",
            Outcome::Extra => "extra",
            Outcome::Unclear => "unclear",
        }
    }

    /// Whether it counts in rates: a truth is there, so that a prediction can be right or wrong.
    #[must_use]
    pub const fn is_scored(self) -> bool {
        matches!(self, Outcome::Matched | Outcome::Missing | Outcome::Duplicate)
    }
}

/// One landmark of one case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The volume, as the truth calls it, or the prediction if there is no truth; `None` if neither says.
    pub file: Option<PathBuf>,
    /// Sample, as the same file says.
    pub n: Option<usize>,
    /// Channel, as the same file says.
    pub c: Option<usize>,
    /// Name of the landmark, as the same file says.
    pub label: Option<String>,
    /// The values of the columns that are not the program's own, if the case is known by them.
    pub extra: Vec<Option<String>>,
    /// The number of its case; cases are counted in the order in which they are first read.
    pub case: usize,
    /// The number of its subject, if it is scored.
    pub subject: Option<usize>,
    /// The number of its landmark, the same in every case.
    pub landmark: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// The number of its prediction in the predicted file, if it has exactly one.
    pub prediction: Option<usize>,
    /// Where it was predicted, along the axes of the space.
    pub predicted: Option<[f64; 3]>,
    /// Where it is.
    pub truth: Option<[f64; 3]>,
    /// Predicted minus truth along each axis, if it is matched.
    pub difference: Option<[f64; 3]>,
    /// The length of the difference: the radial error.
    pub error: Option<f64>,
    /// The radius that the prediction says holds the truth 95 times of 100.
    pub error95: Option<f64>,
    /// Whether the truth is within the ellipsoids of 50 % and of 95 % of the prediction's covariance.
    pub in_ellipsoids: Option<[bool; 2]>,
    /// Whether it is identified, by the definitions of VerSe and of Payer et al.; `None` if errors are not in
    /// millimetres.
    pub identified: Option<[bool; 2]>,
    /// The reference length of its case.
    pub reference: Option<f64>,
}
