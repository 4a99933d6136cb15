//! What is suspicious about an input that can be read all the same.
//!
//! A notice is no error: the values are read and rows are written. It exists because each of these
//! findings can mean that positions are wrong by millimetres although every number looks plausible.

use super::advice::Advice;
use std::fmt;

/// Something suspicious about an input; its `Display` says what was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// There are bytes after the last value.
    ///
    /// Usually the shape is smaller than the array that was written, or something was appended. The
    /// values that were read may then be the wrong ones.
    Trailing {
        /// How many.
        ///
        /// For an uncompressed file this is exact. For a stream it is what was counted.
        bytes: u64,
        /// Whether there may be more: an uncompressed stream is not read to its end.
        or_more: bool,
        /// Whether they begin as the file itself does: another one was appended to it.
        ///
        /// `numpy.save` to one open file again and again gives such files. Only the first array is read.
        again: bool,
    },
    /// An affine holds an infinity or NaN, or places a part of the volume too far away to calculate with.
    ///
    /// The bound is 1e150 mm: its square is near the largest f64, and distances and covariances need
    /// squares. The affine is not used.
    Nonfinite {
        /// The affine's name.
        affine: &'static str,
    },
    /// An affine cannot be inverted.
    ///
    /// Such a matrix maps different voxels to one position. The affine is not used.
    Singular {
        /// The affine's name.
        affine: &'static str,
    },
    /// Coordinates are stored in another unit than millimetres.
    ///
    /// Many programs ignore the unit field, so a header that says metre may still mean millimetres. The
    /// header is believed and the conversion is told.
    Units {
        /// The unit, such as `metre`.
        found: &'static str,
    },
    /// Two affines of the header move a corner of the volume apart.
    ///
    /// Programs choose differently between the two, so the same landmark appears at two places. The
    /// user has to say which one was meant.
    AffinesDisagree {
        /// Their names.
        affines: [&'static str; 2],
        /// The largest distance, in millimetres.
        distance: f64,
    },
    /// Something that only one format can have.
    Format(FormatNotice),
}

/// What is suspicious about a header by the rules of its own format.
///
/// It carries its own text and advice, so that a new format brings its notices without an edit of
/// [`Notice`].
#[derive(Clone, Debug, PartialEq)]
pub struct FormatNotice {
    /// One word for the kind, by which notices are counted.
    pub kind: &'static str,
    /// Whether it is about the values; `false` if it is about where the volume lies.
    pub is_about_values: bool,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub advice: Advice,
}

impl Notice {
    /// One word for the kind, by which notices are counted.
    ///
    /// The word is stable: it stays the same while the text may change with the numbers in it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Notice::Trailing { .. } => "trailing-bytes",
            Notice::Nonfinite { .. } => "nonfinite-affine",
            Notice::Singular { .. } => "singular-affine",
            Notice::Units { .. } => "units",
            Notice::AffinesDisagree { .. } => "forms-disagree",
            Notice::Format(notice) => notice.kind,
        }
    }

    /// Whether it is about the values; `false` if it is about where the volume lies.
    #[must_use]
    pub const fn is_about_values(&self) -> bool {
        match self {
            Notice::Trailing { .. } => true,
            Notice::Nonfinite { .. }
            | Notice::Singular { .. }
            | Notice::Units { .. }
            | Notice::AffinesDisagree { .. } => false,
            Notice::Format(notice) => notice.is_about_values,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Notice::Trailing { again: true, .. } => {
                "only the first array is read; save each in a file of its own, \
                                                     or all of them in one by `numpy.stack` or `numpy.savez`"
                    .into()
            }
            Notice::Trailing { .. } => "they are ignored; check that the shape is right".into(),
            Notice::Nonfinite { .. } | Notice::Singular { .. } => Advice::OtherAffine,
            Notice::Units { .. } => "the affine is converted to millimetres".into(),
            Notice::AffinesDisagree { affines, .. } => Advice::Affine { names: *affines },
            Notice::Format(notice) => notice.advice.clone(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Trailing { bytes, or_more, again } => {
                let or_more = if *or_more { " or more" } else { "" };
                write!(f, "{bytes} bytes{or_more} after the last value")?;
                f.write_str(if *again { ", which begin as the file does" } else { "" })
            }
            Notice::Nonfinite { affine } => {
                write!(f, "the {affine} holds NaN, infinity or positions beyond 1e150 mm")
            }
            Notice::Singular { affine } => write!(f, "the {affine} is singular"),
            Notice::Units { found } => write!(f, "expected coordinates in mm, found {found}"),
            Notice::AffinesDisagree { affines: [one, other], distance } => {
                write!(f, "{one} and {other} disagree by up to {distance:.3} mm within the volume")
            }
            Notice::Format(notice) => f.write_str(&notice.text),
        }
    }
}
