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
    /// Status `missing`: the maximum lies below this threshold.
    BelowThreshold(f64),
    /// Status `missing`: the weights that the method makes of the values have no mean.
    NoMean,
    /// Status `missing`: the heatmap has fewer peaks than were asked for.
    FewerPeaks,
    /// Status `flat`: all values are equal.
    AllEqual,
    /// Flag `fallback`: the rule that answered instead of the method.
    Fallback(&'static str),
    /// Nothing could be flagged: a large stream, and no place for a temporary copy of it.
    NotJudged,
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
                f.write_str("maximum below the threshold of ")?;
                // It may have been rounded to the stored type: then `0.7`, not `0.699999988079071`.
                let single = *threshold as f32;
                if f64::from(single).to_bits() == threshold.to_bits() {
                    write!(f, "{single}")
                } else {
                    write!(f, "{threshold}")
                }
            }
            Reason::NoMean => f.write_str("weights without a mean"),
            Reason::FewerPeaks => f.write_str("fewer peaks"),
            Reason::AllEqual => f.write_str("all values are equal"),
            Reason::Fallback(rule) => write!(f, "answered by {rule}"),
            Reason::NotJudged => f.write_str("flags not judged: no place for a temporary copy (see TMPDIR)"),
        }
    }
}
