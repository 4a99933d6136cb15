//! Where things lie: axes and their layouts, checked shapes, coordinates, and affines.
//!
//! Coordinates carry their space in their type ([`Voxel`], [`Normalized`], [`World`]); a bare
//! `[f64; 3]` never crosses a module. Spatial axes are always spoken of in the order H, W, D.

mod affine;
mod axes;
mod blocks;
mod coordinates;
mod covariance;
mod default_layouts;
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
pub use index::{indices, ravel, unravel};
pub use layout::{Layout, LayoutCandidate, LayoutError};
pub use length::{Length, LengthError};
pub use named::{AffineKind, NamedAffine};
pub use placement::{Offsets, Placement, Stride};
pub use shape::{Arrangement, MemoryOrder, ShapeError, byte_length, element_count};
