//! Why an input has no landmarks: the sum of the stages' errors, as data. `cli/hints.rs` says what
//! helps against each.

use crate::geometry::{AffineKind, Hwd, LayoutError, Voxel};
use crate::kernel::RadiusError;
use crate::shown;
use crate::source::SourceError;
use std::path::PathBuf;

/// An input that could not be decoded. It does not name the input: its record does.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its shape and the layout do not go together.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// World coordinates were asked for and it has no affine.
    #[error("world coordinates need an affine, and there is no usable one")]
    NoAffine {
        /// The affines that its format can hold; empty if it cannot hold any.
        kinds: &'static [AffineKind],
        /// Those that it has, and that place it nowhere.
        there: Vec<&'static AffineKind>,
    },
    /// World coordinates were asked for, and the layout has a spatial axis that the affine has no column for.
    #[error(
        "the affine is for the first three axes of the file, and layout {layout} has H, W or D elsewhere"
    )]
    AffineElsewhere {
        /// The layout.
        layout: String,
    },
    /// Peaks were to be some millimetres apart and it has no affine.
    #[error("a distance between peaks in mm needs an affine, and there is no usable one")]
    NoMillimetres {
        /// The affines that its format can hold; empty if it has no usable voxel sizes.
        kinds: &'static [AffineKind],
    },
    /// Its voxels do not go together with the radius of the method's window.
    #[error("{error}")]
    Reach {
        /// What is wrong.
        error: RadiusError,
        /// The affines that its format can hold; empty if it has no usable voxel sizes.
        kinds: &'static [AffineKind],
    },
    /// An affine was given from outside, and the format of this input has its own.
    #[error("it is a {format} volume, which has an affine of its own")]
    OwnAffine {
        /// The format, as its header says.
        format: String,
    },
    /// The affine that was asked for is not there.
    #[error("there is no usable {asked}")]
    AffineAbsent {
        /// Its name, such as `sform`.
        asked: &'static str,
        /// Those that it has.
        there: Vec<&'static AffineKind>,
    },
    /// Its reference cannot be read.
    #[error("failed to read its reference `{}`: {error}", shown::path(path))]
    Reference {
        /// The reference.
        path: PathBuf,
        /// What is wrong.
        error: SourceError,
    },
    /// Its reference has no affine.
    #[error("its reference `{}` has no affine", shown::path(path))]
    ReferenceAffine {
        /// The reference.
        path: PathBuf,
    },
    /// The reference volume has another spatial shape.
    #[error("expected the reference's spatial shape {:?}, found {:?}", expected.0, found.0)]
    ReferenceShape {
        /// The lengths of the reference.
        expected: Hwd<usize>,
        /// Those of the input.
        found: Hwd<usize>,
    },
    /// The reference volume and the heatmaps, at the place that they were given in it, have no voxel in
    /// common.
    #[error(
        "the heatmaps reach from voxel {:?} to {:?}, the reference has {:?} voxels",
        first.0, last.0, expected.0
    )]
    ReferenceApart {
        /// The lengths of the reference.
        expected: Hwd<usize>,
        /// The reference's index of the first voxel of the heatmaps.
        first: Voxel,
        /// The reference's index of the last.
        last: Voxel,
    },
    /// The mask is of another shape.
    #[error(
        "the mask `{}` has shape {found:?}, the heatmaps have {:?} voxels (h, w, d) and {}",
        shown::path(mask),
        expected.0,
        count(*channels, "channel")
    )]
    MaskShape {
        /// The mask.
        mask: PathBuf,
        /// The lengths of the heatmaps.
        expected: Hwd<usize>,
        /// Their channels.
        channels: usize,
        /// The mask's shape as its file declares it.
        found: Vec<u64>,
    },
    /// The mask lies elsewhere in the world.
    #[error(
        "the mask `{}` lies elsewhere: one of its corners is {distance} mm away from that of the heatmaps",
        shown::path(mask)
    )]
    MaskElsewhere {
        /// The mask.
        mask: PathBuf,
        /// The largest distance between a corner of the mask and that of the heatmaps, in mm.
        distance: f64,
    },
    /// It has another number of channels than every input should have.
    #[error("expected {}, found {found}", count(*expected, "channel"))]
    ChannelCount {
        /// The number that was given.
        expected: usize,
        /// Number of channels of the file, decoded or not.
        found: usize,
    },
    /// It has a number of channels that no input of the calibration had.
    #[error("the calibration was made for {}, found {found}", few_to_many(*few, *many))]
    UnlikeChannels {
        /// The least number.
        few: usize,
        /// The greatest number.
        many: usize,
        /// Number of channels of the file, decoded or not.
        found: usize,
    },
    /// Its voxels are much smaller or larger than those of the calibration.
    #[error("the calibration was made for voxels of {small} to {large} mm, found {found} mm")]
    UnlikeSizes {
        /// The least size along any axis.
        small: f64,
        /// The greatest size along any axis.
        large: f64,
        /// One of its sizes.
        found: f64,
    },
    /// It is to be one landmark, and has not one heatmap.
    #[error(
        "expected one heatmap in the file, found {} of {}",
        count(*samples, "sample"),
        count(*channels, "channel")
    )]
    NotOne {
        /// Number of samples.
        samples: usize,
        /// Number of channels.
        channels: usize,
    },
    /// There are as many labels neither as channels nor as channels that are decoded.
    #[error(
        "there {} {} for {}{}",
        be(*expected),
        count(*expected, "label"),
        count(*found, "channel"),
        chosen(*selected, *found)
    )]
    Labels {
        /// Number of labels.
        expected: usize,
        /// Number of channels of the file.
        found: usize,
        /// How many of them are decoded.
        selected: usize,
    },
    /// A channel was asked for that is not there.
    #[error("there is no channel {expected}: the file has {}", count(*found, "channel"))]
    Channels {
        /// The highest that was asked for.
        expected: usize,
        /// Number of channels.
        found: usize,
    },
    /// It has more landmarks than a run may hold.
    #[error("{found} landmarks are too many: the limit (max-landmarks) is {at_most}")]
    Landmarks {
        /// The limit.
        at_most: usize,
        /// Samples times channels that are decoded, times peaks.
        found: usize,
    },
    /// It is the mean of several files, and one of them does not do.
    #[error("failed to average `{}`: {error}", shown::path(path))]
    Member {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<InputError>,
    },
    /// It is to be averaged with maps of another shape.
    #[error("expected shape {expected:?} as of `{}`, found {found:?}", shown::path(first))]
    MemberShape {
        /// The file that it is averaged with.
        first: PathBuf,
        /// The shape of that.
        expected: Vec<u64>,
        /// Its own.
        found: Vec<u64>,
    },
    /// It is to be averaged with maps of another layout.
    #[error("expected layout {expected} as of `{}`, found {found}", shown::path(first))]
    MemberLayout {
        /// The file that it is averaged with.
        first: PathBuf,
        /// The layout of that.
        expected: String,
        /// Its own.
        found: String,
    },
    /// It is to be averaged with maps whose values follow one another in another order.
    #[error(
        "its first axis varies {}, that of `{}` {} (Fortran and C order)",
        speed(*is_fortran), shown::path(first), speed(!*is_fortran)
    )]
    MemberOrder {
        /// The file that it is averaged with.
        first: PathBuf,
        /// Whether its own order is that of Fortran.
        is_fortran: bool,
    },
    /// It is to be averaged with maps that lie elsewhere in the world.
    #[error("one of its corners is {distance} mm away from that of `{}`", shown::path(first))]
    MemberElsewhere {
        /// The file that it is averaged with.
        first: PathBuf,
        /// The largest distance between a corner of the two, in mm.
        distance: f64,
    },
    /// The header declares more heatmaps at once than its bytes justify.
    #[error("{found} heatmaps are too many: at most {at_most} may be interleaved or have no voxels")]
    TooMany {
        /// The limit.
        at_most: usize,
        /// Samples times channels.
        found: usize,
    },
}

/// A number of channels, or a range of them.
fn few_to_many(few: usize, many: usize) -> String {
    if few == many { count(few, "channel") } else { format!("{few} to {}", count(many, "channel")) }
}

impl InputError {
    /// What is wrong with the file itself: with the member, if it is one of several that are averaged.
    #[must_use]
    pub fn of_file(&self) -> &InputError {
        match self {
            InputError::Member { error, .. } => error.of_file(),
            error => error,
        }
    }
}

/// How fast the first axis of an array varies in memory.
fn speed(is_fortran: bool) -> &'static str {
    if is_fortran { "fastest" } else { "slowest" }
}

/// A number with its noun: `1 label`, `2 labels`.
fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// How many of `all` channels were chosen, if that is not all of them.
fn chosen(selected: usize, all: usize) -> String {
    if selected == all { String::new() } else { format!(", {selected} of them chosen") }
}

fn be(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}
