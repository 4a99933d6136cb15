//! What an input says of itself before its values are read.

use super::elements::Element;
use super::notice::Notice;
use super::values::Values;
use crate::geometry::{Affine, Family, MemoryOrder};
use crate::heatmap::Scaling;

/// An input whose header has been read and whose values have not.
pub struct Opened {
    /// What the header says.
    pub header: Header,
    /// Where the values come from.
    pub values: Values,
}

/// What an input says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Container and version: `npy 1.0`, `npz`, `nifti-1`, `nifti-2 pair`, with ` gzip` where it is compressed.
    pub format: String,
    /// The stored element type.
    pub element: Element,
    /// Lengths of the axes as declared, in the order of the shape (NIfTI: `dim[1]` first).
    pub shape: Vec<u64>,
    /// Which axis varies fastest.
    pub order: MemoryOrder,
    /// Which default layouts apply.
    pub family: Family,
    /// What turns stored values into meant ones.
    pub scaling: Scaling,
    /// The affines of a NIfTI.
    pub forms: Option<Forms>,
    /// What is suspicious; [`ReadValues::finish`](super::ReadValues::finish) may add to it.
    pub notices: Vec<Notice>,
}

/// The affines of a NIfTI header, voxel to world in millimetres, RAS+.
///
/// One that the header does not set, that is singular or not finite, is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forms {
    /// From `srow_x`, `srow_y`, `srow_z`, where `sform_code` is set.
    pub sform: Option<Affine>,
    /// From the quaternion, as nibabel computes it, where `qform_code` is set.
    pub qform: Option<Affine>,
    /// The voxel sizes alone, with the origin at voxel 0 (NIfTI method 1).
    pub pixdim: Option<Affine>,
}
