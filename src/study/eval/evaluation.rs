//! What an evaluation is told and what it says, as plain data.

use super::bootstrap::Bootstrap;
use super::columns::{Columns, FileName};
use super::distances::{Distances, PairName, Reference};
use super::measure::{Measure, Within};
use super::orientation::Orientation;
use super::row::{Outcome, Row};
use super::space::{Space, SpaceChoice};

/// What is evaluated, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The columns to match by; `None` for those that both files have.
    pub columns: Option<Vec<String>>,
    /// How the names of files are compared.
    pub file_name: FileName,
    /// Along which axes errors are measured, and in which unit.
    pub space: SpaceChoice,
    /// The limits of success rates, in the unit of the errors.
    pub limits: Vec<f64>,
    /// Up to where an error is a success.
    pub within: Within,
    /// The length that errors are divided by, for NME and PCK.
    pub reference: Option<Reference>,
    /// The multiples of the reference length that PCK counts.
    pub pck: Vec<f64>,
    /// Pairs of landmarks whose distances are compared.
    pub pairs: Vec<PairName>,
    /// The column that tells subjects apart; `None` for the case.
    pub subject: Option<String>,
    /// How intervals are drawn.
    pub bootstrap: Bootstrap,
}

/// How many landmarks have each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; 5]);

impl Counts {
    /// Of these rows.
    pub(super) fn of(rows: &[&Row]) -> Counts {
        let mut counts = Counts::default();
        for row in rows {
            counts.0[row.outcome as usize] += 1;
        }
        counts
    }

    /// How many have this outcome.
    #[must_use]
    pub fn get(self, outcome: Outcome) -> usize {
        self.0[outcome as usize]
    }
}

/// A statistic with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Which one.
    pub measure: Measure,
    /// Its value; `None` if it is of nothing.
    pub value: Option<f64>,
    /// Its 95 % interval; `None` without at least two subjects.
    pub interval: Option<(f64, f64)>,
    /// How many landmarks it is of.
    pub count: u64,
}

/// The statistics of all landmarks, or of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The landmark's name, if it is one with a name.
    pub label: Option<String>,
    /// The landmark's channel, if it is one with a channel.
    pub c: Option<usize>,
    /// How many rows have which outcome.
    pub counts: Counts,
    /// Its statistics, in one order for every group.
    pub estimates: Vec<Estimate>,
}

/// The differences of the statistics of two predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The landmark's name, if it is one with a name.
    pub label: Option<String>,
    /// The landmark's channel, if it is one with a channel.
    pub c: Option<usize>,
    /// Each statistic of the first minus that of the second, with a paired interval. Statistics of errors are
    /// of the landmarks that both predicted; rates are of all.
    pub estimates: Vec<Estimate>,
}

/// One prediction against the truth.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// Every landmark of either file, the largest error first, then those without one.
    pub rows: Vec<Row>,
    /// Over all landmarks.
    pub all: Group,
    /// For each landmark, in the order of the truth.
    pub landmarks: Vec<Group>,
    /// Distances between pairs.
    pub pairs: Vec<Distances>,
    /// Axes that seem to be swapped or turned round.
    pub orientation: Option<Orientation>,
    /// Cases in both files.
    pub cases: usize,
    /// Cases that are only predicted, by name.
    pub only_predicted: Vec<String>,
    /// Cases that are only in the truth, by name.
    pub only_truth: Vec<String>,
    /// Landmarks that one of the files names and neither has.
    pub absent: usize,
    /// Predictions for further peaks, which are not compared.
    pub further_peaks: usize,
    /// Inputs of the predictions that could not be read, by name.
    pub unreadable: Vec<String>,
    /// Inputs of the truth that could not be read, by name.
    pub unreadable_truth: Vec<String>,
}

/// An evaluation of one prediction or two.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The columns by which landmarks were matched.
    pub columns: Columns,
    /// Along which axes errors are, and in which unit.
    pub space: Space,
    /// How many subjects there are.
    pub subjects: usize,
    /// What tells subjects apart.
    pub subject: String,
    /// The prediction.
    pub evaluation: Evaluation,
    /// The other prediction.
    pub other: Option<Evaluation>,
    /// The first minus the other: all landmarks, then each.
    pub differences: Vec<Difference>,
}
