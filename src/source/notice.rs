//! What is suspicious about an input that can be read all the same.

use std::fmt;

/// Which of a NIfTI header's two affines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `srow_x`, `srow_y`, `srow_z`.
    Sform,
    /// The quaternion.
    Qform,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Sform => "sform",
            Form::Qform => "qform",
        })
    }
}

/// Something suspicious about an input; its `Display` says what was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// There are bytes after the last value.
    Trailing {
        /// How many.
        bytes: u64,
        /// Whether there may be more: an uncompressed stream is not read to its end.
        or_more: bool,
    },
    /// `scl_slope` is infinite or NaN.
    Slope {
        /// The slope.
        found: f64,
    },
    /// An affine holds an infinity or NaN, or places a part of the volume beyond any use.
    Nonfinite {
        /// Which.
        form: Form,
    },
    /// An affine cannot be inverted.
    Singular {
        /// Which.
        form: Form,
    },
    /// b² + c² + d² of the qform's quaternion is well above 1.
    Quaternion {
        /// b² + c² + d².
        found: f64,
    },
    /// A voxel size of the qform was zero (taken as 1) or negative (taken as positive), as nibabel does.
    Pixdim {
        /// `pixdim[1..4]` as stored.
        found: [f64; 3],
    },
    /// `xyzt_units` is not millimetre.
    Units {
        /// `metre` or `micron`.
        found: &'static str,
    },
    /// The two affines move a corner of the volume apart.
    FormsDisagree {
        /// The largest distance, in millimetres.
        distance: f64,
    },
}

impl Notice {
    /// One word for the kind, by which notices are counted.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Notice::Trailing { .. } => "trailing-bytes",
            Notice::Slope { .. } => "nonfinite-slope",
            Notice::Nonfinite { .. } => "nonfinite-affine",
            Notice::Singular { .. } => "singular-affine",
            Notice::Quaternion { .. } => "bad-quaternion",
            Notice::Pixdim { .. } => "bad-pixdim",
            Notice::Units { .. } => "units",
            Notice::FormsDisagree { .. } => "forms-disagree",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Notice::Trailing { .. } => "they are ignored; check that the shape is the one that was meant",
            Notice::Slope { .. } => "the values are read unscaled; set scl_slope to 1 in the file",
            Notice::Nonfinite { .. } | Notice::Singular { .. } | Notice::Quaternion { .. } => {
                "it counts as none; choose another with `--affine`"
            }
            Notice::Pixdim { .. } => "zero is taken as 1 and the sign is dropped, as nibabel does",
            Notice::Units { .. } => "the affine is brought to millimetres",
            Notice::FormsDisagree { .. } => "choose one with `--affine sform` or `--affine qform`",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Trailing { bytes, or_more: false } => write!(f, "{bytes} bytes after the last value"),
            Notice::Trailing { bytes, or_more: true } => {
                write!(f, "{bytes} bytes or more after the last value")
            }
            Notice::Slope { found } => write!(f, "expected a finite scl_slope, found {found}"),
            Notice::Nonfinite { form } => {
                write!(f, "expected a {form} with positions within 1e150 mm, found NaN, infinity or more")
            }
            Notice::Singular { form } => write!(f, "expected an invertible {form}, found a singular one"),
            Notice::Quaternion { found } => {
                write!(f, "expected a qform quaternion with b²+c²+d² at most 1, found {found}")
            }
            Notice::Pixdim { found: [i, j, k] } => {
                write!(f, "expected positive pixdim[1..4] for the qform, found {i}, {j}, {k}")
            }
            Notice::Units { found } => write!(f, "expected coordinates in mm, found {found}"),
            Notice::FormsDisagree { distance } => {
                write!(f, "sform and qform disagree by up to {distance:.3} mm within the volume")
            }
        }
    }
}
