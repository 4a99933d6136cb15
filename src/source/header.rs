//! What an input says of itself before its values are read.

use super::elements::Element;
use super::notice::Notice;
use super::values::Values;
use crate::geometry::{AffineKind, DefaultLayouts, MemoryOrder, NamedAffine};
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
    pub shape: Vec<u64>,
    /// Which axis varies fastest.
    pub order: MemoryOrder,
    /// What the axes of a shape are if nobody names them.
    pub layouts: &'static DefaultLayouts,
    /// How stored numbers become heatmap values.
    pub scaling: Scaling,
    /// Which affines the format can hold, the best first; empty if it cannot hold any.
    pub affine_kinds: &'static [AffineKind],
    /// The affines that this header holds, in the same order. One that it does not set, that is singular or
    /// that is not finite is left out.
    pub affines: Vec<NamedAffine>,
    /// What is suspicious; [`ReadValues::finish`](super::ReadValues::finish) may add to it.
    pub notices: Vec<Notice>,
}

impl Header {
    /// Whether its format can hold an affine, set or not. Then it is a volume, and no other file may give it
    /// one.
    #[must_use]
    pub fn can_hold_affine(&self) -> bool {
        !self.affine_kinds.is_empty()
    }

    /// The affine of that name.
    #[must_use]
    pub fn affine(&self, name: &str) -> Option<NamedAffine> {
        self.affines.iter().find(|affine| affine.kind.name == name).copied()
    }

    /// The first affine that places the volume in the world.
    #[must_use]
    pub fn placed_affine(&self) -> Option<NamedAffine> {
        self.affines.iter().find(|affine| affine.kind.is_placed).copied()
    }
}
