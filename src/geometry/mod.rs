//! Where things lie: axes and their layouts, checked shapes, coordinates, and affines.
//!
//! Most mistakes with landmarks are mistakes of axes: a swapped pair, a voxel taken for a millimetre, a
//! volume read in the wrong memory order. They give plausible numbers and no error. So coordinates carry
//! their space in their type ([`Voxel`], [`Normalized`], [`World`]), shapes are checked where they enter, and
//! spatial axes are always named in the order H, W, D, whatever their order in a file or in memory.

mod affine;
mod axes;
mod blocks;
mod coordinates;
mod covariance;
mod default_layouts;
mod error_radius;
pub(crate) mod even_grid;
mod hwd;
mod index;
mod layout;
mod length;
mod named;
mod placement;
mod shape;

pub use affine::Affine;
pub use axes::{Axis, Order, OrderError};
pub use blocks::{Block, Cut};
pub use coordinates::{Frame, Norm, Normalized, Voxel, World};
pub use covariance::Covariance;
pub use default_layouts::{DefaultLayout, DefaultLayouts};
pub use error_radius::radius95;
pub use hwd::Hwd;
pub use index::{indices, ravel, unravel};
pub use layout::{Layout, LayoutCandidate, LayoutError};
pub use length::{Length, LengthError};
pub use named::{AffineKind, FIRST_AXES, NamedAffine};
pub use placement::{Offsets, Placement, Stride};
pub use shape::{Arrangement, MemoryOrder, ShapeError, byte_length, element_count};
