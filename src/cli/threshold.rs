//! `--threshold`: how high a heatmap, or a peak, must be.

use std::str::FromStr;

/// A least height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// A heatmap value.
    Value(f64),
    /// A share of the heatmap's maximum, above 0 and at most 1: `r:0.5`.
    Share(f64),
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Threshold, String> {
        let number = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
        match text.strip_prefix("r:") {
            Some(share) => number(share)
                .filter(|share| *share > 0.0 && *share <= 1.0)
                .map(Threshold::Share)
                .ok_or_else(|| "expected a share > 0 and at most 1 behind `r:`, such as `r:0.5`".into()),
            None => number(text)
                .map(Threshold::Value)
                .ok_or_else(|| "expected a finite number, or a share of the maximum such as `r:0.5`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_shares_by_hand() {
        for (text, threshold) in [
            ("-0.5", Threshold::Value(-0.5)),
            ("1e3", Threshold::Value(1000.0)),
            ("r:0.5", Threshold::Share(0.5)),
            ("r:1", Threshold::Share(1.0)),
            ("r:1e-9", Threshold::Share(1e-9)),
        ] {
            assert_eq!(text.parse(), Ok(threshold));
        }
        for bad in ["", "x", "nan", "inf", "r:", "r:0", "r:-0.5", "r:1.5", "r:nan", "R:0.5", "0.5r", "r: 0.5"]
        {
            assert!(bad.parse::<Threshold>().is_err(), "{bad}");
        }
    }
}
