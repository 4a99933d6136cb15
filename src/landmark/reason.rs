//! Why a landmark has its status or its flags.

use crate::geometry::Hwd;
use std::fmt;

/// Why a landmark has its status or its flags, as data; its text is the `reason` column.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// Status `empty`.
    NoVoxels,
    /// Status `empty`.
    AllMasked,
    /// Status `nonfinite`: how many voxels are NaN and how many +inf, and the first of them.
    Nonfinite {
        /// How many voxels are NaN.
        nan: u64,
        /// How many are +inf.
        infinite: u64,
        /// The first of either, in (h, w, d) order.
        first: Hwd<usize>,
    },
    /// Status `missing`: the maximum lies below this threshold, as it was asked for.
    BelowThreshold(f64),
    /// Status `missing`: the weights that the method makes of the values do not sum to more than 0.
    NoMean,
    /// Status `missing`: the heatmap has fewer peaks than were asked for.
    FewerPeaks,
    /// Status `missing`: other samples of the run have a file for this landmark, this one has none.
    NoFile,
    /// Status `flat`: all values are equal.
    AllEqual,
    /// Flag `fallback`: the rule that answered instead of the method.
    Fallback(&'static str),
    /// Nothing could be flagged: a large stream, and no place for a temporary copy of it.
    NotJudged,
    /// The lowest value of 8 bits with a sign lies beside the highest: larger ones may have wrapped.
    Wrapped,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NoVoxels => f.write_str("no voxels"),
            Reason::AllMasked => f.write_str("every voxel is masked"),
            Reason::Nonfinite { nan, infinite, first: Hwd([h, w, d]) } => {
                let mut separator = "";
                for (count, name) in [(*nan, "NaN"), (*infinite, "+inf")] {
                    if count > 0 {
                        let voxels = if count == 1 { "voxel" } else { "voxels" };
                        write!(f, "{separator}{count} {voxels} {name}")?;
                        separator = ", ";
                    }
                }
                write!(f, "; first at ({h}, {w}, {d})")
            }
            Reason::BelowThreshold(threshold) => {
                // With an exponent where a plain decimal would be long: `1e300`.
                let text = format!("{threshold:?}");
                let text = text.strip_suffix(".0").unwrap_or(&text);
                write!(f, "maximum below the threshold of {text}")
            }
            Reason::NoMean => f.write_str("the weights have no sum above 0, and so no mean"),
            Reason::FewerPeaks => f.write_str("fewer peaks"),
            Reason::NoFile => f.write_str("no file of this name"),
            Reason::AllEqual => f.write_str("all values are equal"),
            Reason::Fallback(rule) => write!(f, "answered by {rule}"),
            Reason::NotJudged => f.write_str("flags not judged: no place for a temporary copy (see TMPDIR)"),
            Reason::Wrapped => f.write_str("-128 beside 127: larger values may have become negative"),
        }
    }
}
