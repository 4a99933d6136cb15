//! How high a voxel must be to count: as a value, as a share of the maximum, or as a percentile.
//!
//! Maps differ in scale. A value suits maps that are probabilities; a share of the maximum and a percentile
//! follow the map. The text is that of `--threshold`, `r:` for a share, with `p:` beside it, so that neither
//! can be taken for a value.

use std::fmt;
use std::str::FromStr;

/// The value below which voxels do not count, in the way it was given: `0.2`, `r:0.5` or `p:99.9`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// A heatmap value; finite.
    Value(f64),
    /// A share of the largest value: above 0, at most 1.
    Share(f64),
    /// A percentile of the values of all voxels, masked ones as lower than any other: from 0 to 100. Between
    /// two voxels it is interpolated linearly, as by `numpy.percentile`.
    Percentile(f64),
}

/// A text that is not a threshold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}; found `{found}`", expected = Threshold::EXPECTED)]
pub struct ThresholdError {
    /// What was given.
    pub found: String,
}

impl Threshold {
    /// What a threshold may be, in words.
    pub(crate) const EXPECTED: &str = "a value such as 0.2, a share of the maximum > 0 and at most 1 such as \
         r:0.5, or a percentile from 0 to 100 such as p:99.9";

    /// Whether the number is one that it may be.
    pub(crate) fn is_valid(self) -> bool {
        match self {
            Threshold::Value(value) => value.is_finite(),
            Threshold::Share(share) => share > 0.0 && share <= 1.0,
            Threshold::Percentile(percentile) => (0.0..=100.0).contains(&percentile),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Threshold, ThresholdError> {
        let (number, kind): (&str, fn(f64) -> Threshold) = match text.split_once(':') {
            Some(("r", share)) => (share, Threshold::Share),
            Some(("p", percentile)) => (percentile, Threshold::Percentile),
            _ => (text, Threshold::Value),
        };
        // Adding 0 makes −0 a plain 0.
        let threshold = number.parse::<f64>().ok().map(|number| kind(number + 0.0));
        let valid = threshold.filter(|threshold| threshold.is_valid());
        valid.ok_or_else(|| ThresholdError { found: text.to_owned() })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::Value(value) => write!(f, "{value}"),
            Threshold::Share(share) => write!(f, "r:{share}"),
            Threshold::Percentile(percentile) => write!(f, "p:{percentile}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_says_the_kind_and_comes_back() {
        for (text, threshold, shown) in [
            ("0.20", Threshold::Value(0.2), "0.2"),
            ("-0", Threshold::Value(0.0), "0"),
            ("-1e3", Threshold::Value(-1000.0), "-1000"),
            ("r:1", Threshold::Share(1.0), "r:1"),
            ("r:0.250", Threshold::Share(0.25), "r:0.25"),
            ("p:0", Threshold::Percentile(0.0), "p:0"),
            ("p:100", Threshold::Percentile(100.0), "p:100"),
        ] {
            assert_eq!(text.parse(), Ok(threshold), "{text}");
            assert_eq!(threshold.to_string(), shown);
            assert_eq!(shown.parse(), Ok(threshold));
        }
    }

    #[test]
    fn what_is_no_threshold_is_refused_with_what_was_found() {
        for text in [
            "", "r:", "p:", "nan", "inf", "r:0", "r:1.1", "r:-1", "r:nan", "p:-1", "p:100.5", "p:nan", "q:1",
            "50%",
        ] {
            assert_eq!(text.parse::<Threshold>(), Err(ThresholdError { found: text.to_owned() }), "{text}");
        }
    }
}
