//! What is suspicious about a landmark file, as data.

use crate::geometry::Frame;
use crate::shown;
use std::fmt;

/// Something suspicious about a landmark file that can still be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// Several landmarks of one image have the same name.
    Duplicate {
        /// The name.
        name: String,
        /// How many have it.
        count: usize,
    },
    /// Landmarks lie exactly at (0, 0, 0), which is how careless programs write missing ones.
    AtOrigin {
        /// How many.
        count: usize,
        /// The name of the first.
        first: String,
    },
    /// Coordinates are NaN or infinite: those landmarks count as missing.
    Nonfinite {
        /// How many landmarks.
        count: usize,
    },
    /// The file does not state its frame, and its version says which one it has.
    FrameByVersion {
        /// The frame.
        frame: Frame,
    },
    /// Landmarks lie outside the image.
    Outside {
        /// How many.
        count: usize,
        /// The name of the first.
        first: String,
    },
    /// The file has positions in voxels and in mm, and the affine of the image disagrees with them.
    GridDisagrees {
        /// By how much at most, in mm.
        distance_mm: f64,
    },
    /// A value of a label map is in several pieces that do not touch: its centroid lies between them.
    Pieces {
        /// The value.
        value: u64,
        /// How many pieces.
        count: usize,
    },
    /// Values below the largest of a label map are not in it.
    Holes {
        /// How many.
        count: usize,
        /// The smallest of them.
        first: u64,
    },
    /// What the reader of the image found suspicious.
    Image {
        /// In its words.
        text: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Duplicate { name, count } => {
                write!(f, "{count} landmarks of one image are called `{}`", shown::text(name))
            }
            Notice::AtOrigin { count, first } => write!(
                f,
                "{} exactly at (0, 0, 0), the first is `{}`: some programs write missing landmarks like that",
                lie(*count),
                shown::text(first)
            ),
            Notice::Nonfinite { count } => {
                write!(f, "{count} with coordinates that are no finite numbers: read as missing")
            }
            Notice::FrameByVersion { frame } => write!(
                f,
                "it has no line for its coordinate system: read as {}, as files of its version are",
                frame.name().to_uppercase()
            ),
            Notice::Outside { count, first } => {
                write!(f, "{} outside the image, the first is `{}`", lie(*count), shown::text(first))
            }
            Notice::GridDisagrees { distance_mm } => write!(
                f,
                "its millimetres and the affine of the image disagree by {distance_mm:.3} mm: it was made \
                 with another image or in another frame"
            ),
            Notice::Pieces { value, count } => write!(
                f,
                "the voxels of value {value} are {count} pieces that do not touch: the centroid lies between \
                 them"
            ),
            Notice::Holes { count, first } => {
                write!(
                    f,
                    "{count} values below the largest are not in it, the first is {first}: they count as \
                     missing"
                )
            }
            Notice::Image { text } => f.write_str(text),
        }
    }
}

fn lie(count: usize) -> String {
    if count == 1 { "1 landmark lies".to_owned() } else { format!("{count} landmarks lie") }
}
