//! The statistics, each defined once, with what it is of and where the definition comes from.

use super::row::Row;
use super::sample::Sample;

/// Up to where an error is a success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Within {
    /// Below the limit: `<`.
    #[default]
    Below,
    /// At most the limit: `<=`.
    AtMost,
}

impl Within {
    /// The sign between error and limit.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Within::Below => "<",
            Within::AtMost => "<=",
        }
    }

    /// The word for it in the names of statistics.
    const fn word(self) -> &'static str {
        match self {
            Within::Below => "below",
            Within::AtMost => "at_most",
        }
    }

    fn holds(self, error: f64, limit: f64) -> bool {
        match self {
            Within::Below => error < limit,
            Within::AtMost => error <= limit,
        }
    }
}

/// A statistic of radial errors, or of what else landmarks of a truth and their predictions have.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// The mean radial error: each matched landmark counts alike (micro).
    Mean,
    /// The mean over landmarks of their mean radial error: each landmark counts alike (macro).
    MacroMean,
    /// The standard deviation of the radial errors, with n − 1 below.
    Deviation,
    /// The median radial error.
    Median,
    /// The 95th percentile of the radial errors.
    Percentile95,
    /// The largest radial error.
    Largest,
    /// The mean signed error along an axis, 0, 1 or 2: predicted minus truth.
    AxisMean(usize),
    /// Its standard deviation, with n − 1 below.
    AxisDeviation(usize),
    /// The share of landmarks with an error within a limit. One without a prediction is a failure.
    Success(f64),
    /// The share of landmarks identified as VerSe defines it.
    IdentifiedVerse,
    /// The share of landmarks identified as Payer et al. define it.
    IdentifiedPayer,
    /// The mean of radial errors divided by the reference length of their case (normalized mean error).
    Normalized,
    /// The share of landmarks with an error within a multiple of the reference length (percentage of correct
    /// keypoints). One without a prediction is a failure.
    Correct(f64),
    /// The share of matched landmarks whose truth is within the predicted `error95`; 0.95 is right.
    Error95,
    /// The share of matched landmarks whose truth is in the ellipsoid of 50 %, or of 95 % if true.
    Ellipsoid(bool),
}

impl Measure {
    /// The word in the column `statistic`.
    #[must_use]
    pub fn name(self, within: Within, axes: [&str; 3]) -> String {
        let fixed = match self {
            Measure::Mean => "mean",
            Measure::MacroMean => "macro_mean",
            Measure::Deviation => "sd",
            Measure::Median => "median",
            Measure::Percentile95 => "p95",
            Measure::Largest => "max",
            Measure::AxisMean(axis) => return format!("mean_d{}", axes[axis.min(2)]),
            Measure::AxisDeviation(axis) => return format!("sd_d{}", axes[axis.min(2)]),
            Measure::Success(_) => return format!("success_{}", within.word()),
            Measure::IdentifiedVerse => "identified_verse",
            Measure::IdentifiedPayer => "identified_payer",
            Measure::Normalized => "nme",
            Measure::Correct(_) => return format!("pck_{}", within.word()),
            Measure::Error95 => "coverage_error95",
            Measure::Ellipsoid(false) => "coverage_ellipsoid50",
            Measure::Ellipsoid(true) => "coverage_ellipsoid95",
        };
        fixed.to_owned()
    }

    /// The limit of a rate that has one.
    #[must_use]
    pub const fn limit(self) -> Option<f64> {
        match self {
            Measure::Success(limit) | Measure::Correct(limit) => Some(limit),
            _ => None,
        }
    }

    /// Whether it is a share from 0 to 1 of landmarks.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(
            self,
            Measure::Success(_)
                | Measure::IdentifiedVerse
                | Measure::IdentifiedPayer
                | Measure::Correct(_)
                | Measure::Error95
                | Measure::Ellipsoid(_)
        )
    }

    /// Whether a landmark that has no prediction is part of it, as a failure.
    #[must_use]
    pub const fn counts_missing(self) -> bool {
        matches!(
            self,
            Measure::Success(_) | Measure::IdentifiedVerse | Measure::IdentifiedPayer | Measure::Correct(_)
        )
    }

    /// Whether it has the unit of the errors.
    #[must_use]
    pub const fn has_unit(self) -> bool {
        !self.is_share() && !matches!(self, Measure::Normalized)
    }

    /// How many landmarks it is of.
    pub(super) fn count(self, sample: Sample, within: Within) -> u64 {
        if self.is_share() {
            return sample.count(|row| self.holds(row, within));
        }
        match self {
            Measure::Normalized => sample.count(normalized),
            _ => sample.count(|row| row.error),
        }
    }

    /// Its value; `None` if it is of no landmark, or of one where it needs two.
    pub(super) fn value(self, sample: Sample, within: Within) -> Option<f64> {
        let along = |axis: usize| move |row: &Row| row.difference.map(|difference| difference[axis.min(2)]);
        match self {
            Measure::Mean => sample.mean(|row| row.error),
            Measure::MacroMean => sample.mean_of_means(|row| row.error),
            Measure::Deviation => sample.deviation(|row| row.error),
            Measure::Median => sample.quantile(0.5),
            Measure::Percentile95 => sample.quantile(0.95),
            Measure::Largest => sample.quantile(1.0),
            Measure::AxisMean(axis) => sample.mean(along(axis)),
            Measure::AxisDeviation(axis) => sample.deviation(along(axis)),
            Measure::Normalized => sample.mean(normalized),
            _ => sample.share(|row| self.holds(row, within)),
        }
    }

    /// For a share: whether it holds of a landmark; `None` if the landmark is not part of it.
    fn holds(self, row: &Row, within: Within) -> Option<bool> {
        let in_ellipsoid = |at: usize| row.in_ellipsoids.map(|both| both[at]);
        match self {
            Measure::Success(limit) => Some(row.error.is_some_and(|error| within.holds(error, limit))),
            Measure::Correct(share) => {
                let limit = share * row.reference?;
                Some(row.error.is_some_and(|error| within.holds(error, limit)))
            }
            Measure::IdentifiedVerse => row.identified.map(|both| both[0]),
            Measure::IdentifiedPayer => row.identified.map(|both| both[1]),
            Measure::Error95 => Some(row.error? <= row.error95?),
            Measure::Ellipsoid(is_95) => in_ellipsoid(usize::from(is_95)),
            _ => None,
        }
    }
}

/// The error in reference lengths.
fn normalized(row: &Row) -> Option<f64> {
    Some(row.error? / row.reference?)
}

#[cfg(test)]
mod tests {
    use super::super::sample::sorted;
    use super::super::testing::{missing, row};
    use super::*;

    fn value(measure: Measure, rows: &[Row], within: Within) -> (Option<f64>, u64) {
        let (rows, weights) = (sorted(rows.iter()), vec![1; 9]);
        let sample = Sample { rows: &rows, weights: &weights };
        (measure.value(sample, within), measure.count(sample, within))
    }

    #[test]
    fn a_missing_landmark_is_a_failure_and_not_an_error() {
        let rows = [row(0, 0, 1.0), row(1, 0, 2.0), row(2, 0, 3.0), missing(3, 0)];
        assert_eq!(value(Measure::Mean, &rows, Within::Below), (Some(2.0), 3));
        assert_eq!(value(Measure::Success(2.0), &rows, Within::Below), (Some(0.25), 4));
        assert_eq!(value(Measure::Success(2.0), &rows, Within::AtMost), (Some(0.5), 4));
        assert_eq!(value(Measure::Largest, &rows, Within::Below), (Some(3.0), 3));
    }

    #[test]
    fn signed_errors_keep_their_sign() {
        let rows = [row(0, 0, -1.0), row(1, 0, 3.0)];
        assert_eq!(value(Measure::AxisMean(0), &rows, Within::Below), (Some(1.0), 2));
        assert_eq!(value(Measure::AxisMean(1), &rows, Within::Below), (Some(0.0), 2));
        assert_eq!(value(Measure::AxisDeviation(0), &rows, Within::Below), (Some(8.0_f64.sqrt()), 2));
        assert_eq!(value(Measure::Mean, &rows, Within::Below), (Some(2.0), 2));
    }

    #[test]
    fn reference_lengths_by_hand() {
        let of = |row: Row, length| Row { reference: length, ..row };
        let rows = [
            of(row(0, 0, 1.0), Some(10.0)),
            of(row(1, 0, 3.0), Some(20.0)),
            of(missing(2, 0), Some(10.0)),
            of(row(3, 0, 1.0), None),
        ];
        // (0.1 + 0.15)/2, and 0.1 < 0.12 alone of three with a length.
        assert_eq!(value(Measure::Normalized, &rows, Within::Below), (Some(0.125), 2));
        assert_eq!(value(Measure::Correct(0.12), &rows, Within::Below), (Some(1.0 / 3.0), 3));
        assert_eq!(value(Measure::Correct(0.1), &rows, Within::AtMost), (Some(1.0 / 3.0), 3));
        assert_eq!(value(Measure::Correct(0.1), &rows, Within::Below), (Some(0.0), 3));
    }

    #[test]
    fn coverage_is_of_those_that_state_their_error() {
        let of = |row: Row, error95, both| Row { error95, in_ellipsoids: both, ..row };
        let rows = [
            of(row(0, 0, 1.0), Some(1.0), Some([true, true])),
            of(row(1, 0, 2.0), Some(1.0), Some([false, true])),
            row(2, 0, 1.0),
            missing(3, 0),
        ];
        assert_eq!(value(Measure::Error95, &rows, Within::Below), (Some(0.5), 2));
        assert_eq!(value(Measure::Ellipsoid(false), &rows, Within::Below), (Some(0.5), 2));
        assert_eq!(value(Measure::Ellipsoid(true), &rows, Within::Below), (Some(1.0), 2));
    }
}
