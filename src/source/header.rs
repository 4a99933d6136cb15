//! What an input says of itself before its values are read.
//!
//! Every format is brought to the same fields, so that the code behind it does not ask which format
//! it was. The values stay as they are stored: their type, byte order and scaling are described
//! here, not applied.

use super::elements::Element;
use super::notice::Notice;
use super::values::Values;
use crate::geometry::{Affine, AffineKind, DefaultLayouts, Hwd, MemoryOrder, NamedAffine};
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
    /// Container and version: `npy 1.0`, `npz`, `nifti-1`, `nifti-2 pair`, with ` gzip` if it is compressed.
    pub format: String,
    /// The stored element type.
    pub element: Element,
    /// Lengths of the axes as declared, in the order of the shape (NIfTI: `dim[1]` first).
    ///
    /// Only the product has been checked: it fits 63 bits, and the bytes are there if the input is an
    /// uncompressed file.
    pub shape: Vec<u64>,
    /// Which axis varies fastest.
    ///
    /// NIfTI is always Fortran order, its first axis fastest. npy may be either, and a reader that
    /// ignores the flag mixes up the axes without any other sign of an error.
    pub order: MemoryOrder,
    /// What the axes of a shape are if nobody names them.
    pub layouts: &'static DefaultLayouts,
    /// How stored numbers become heatmap values.
    ///
    /// Only NIfTI sets it, from `scl_slope` and `scl_inter`.
    pub scaling: Scaling,
    /// Which affines the format can hold, the best first; empty if it cannot hold any.
    pub affine_kinds: &'static [AffineKind],
    /// Whether an affine may come from elsewhere: that of an array may, and that of a volume which has none.
    pub takes_affine: bool,
    /// The affines that this header holds, in the same order. One that it does not set, that is singular or
    /// that is not finite is left out.
    pub affines: Vec<NamedAffine>,
    /// What is suspicious; [`ReadValues::finish`](super::ReadValues::finish) may add to it.
    pub notices: Vec<Notice>,
}

/// Positions in millimetres need every corner in reach, and the way back needs an inverse.
pub(super) fn is_usable(affine: &Affine, lengths: Hwd<usize>) -> bool {
    affine.is_invertible() && affine.is_bounded(lengths)
}

/// The affine, unless it is singular or leads somewhere in the volume to what is no number of millimetres:
/// then there is a notice.
pub(super) fn usable(
    affine: Affine,
    kind: &AffineKind,
    lengths: Hwd<usize>,
    notices: &mut Vec<Notice>,
) -> Option<Affine> {
    if is_usable(&affine, lengths) {
        return Some(affine);
    }
    let (bounded, affine) = (affine.is_bounded(lengths), kind.name);
    notices.push(if bounded { Notice::Singular { affine } } else { Notice::Nonfinite { affine } });
    None
}

impl Header {
    /// Whether its format can hold an affine, set or not. Then it is a volume, and its axes are those of the
    /// file, whoever reads it.
    #[must_use]
    pub fn can_hold_affine(&self) -> bool {
        !self.affine_kinds.is_empty()
    }

    /// The affines that its format can hold, if this header has voxel sizes that can be used; else none.
    #[must_use]
    pub fn kinds_with_sizes(&self) -> &'static [AffineKind] {
        let has_sizes = self.affines.iter().any(|affine| !affine.kind.is_placed);
        if has_sizes { self.affine_kinds } else { &[] }
    }

    /// The affine of that name.
    ///
    /// `None` if the header does not set it or sets it to what cannot be used; the notices tell the
    /// second.
    #[must_use]
    pub fn affine(&self, name: &str) -> Option<NamedAffine> {
        self.affines.iter().find(|affine| affine.kind.name == name).copied()
    }

    /// The first affine that places the volume in the world.
    ///
    /// Voxel sizes alone give millimetres but no place: their origin is voxel 0. They are left out
    /// here. `None` means that the header holds no usable affine of another kind.
    #[must_use]
    pub fn placed_affine(&self) -> Option<NamedAffine> {
        self.affines.iter().find(|affine| affine.kind.is_placed).copied()
    }
}
