//! How the decoding of one heatmap went.

use std::fmt;

/// How the decoding of one heatmap went. If several apply, it is the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// The input could not be read, or does not fit the options; it has no landmarks.
    Unreadable,
    /// No voxel, or every voxel is masked (−inf, NaN under `--ignore-nan`, or by `--mask`).
    Empty,
    /// Some voxel is NaN or +inf.
    Nonfinite,
    /// The maximum is below the threshold, the method's weights have no mass, or the heatmap has fewer peaks.
    Missing,
    /// All unmasked voxels are equal: `soft` and `mean` answer their centroid, every other method the first
    /// of them.
    Flat,
    /// None of the above: the answer is what the method defines.
    Ok,
}

impl Status {
    /// Every status, in the order in which they are tried.
    pub const ALL: [Status; 6] =
        [Status::Unreadable, Status::Empty, Status::Nonfinite, Status::Missing, Status::Flat, Status::Ok];

    /// The word in the `status` column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Status::Unreadable => "unreadable",
            Status::Empty => "empty",
            Status::Nonfinite => "nonfinite",
            Status::Missing => "missing",
            Status::Flat => "flat",
            Status::Ok => "ok",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
