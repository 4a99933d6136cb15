//! The decoding kernel: from the values of a heatmap to its landmark.
//!
//! A heatmap is read in blocks, each of them once, in any order and by any thread. A [`Sweeper`] turns every
//! block into a [`Record`] of a few hundred bytes, and merges them, in block order, into the record of the
//! heatmap. A [`Locator`] turns the last record into a [`Landmark`](crate::landmark::Landmark). For
//! methods that look at the values about the peak, it names the boxes of voxels to read again. A [`Kernel`]
//! is one of each, made for one array.
//!
//! # Why it is built so
//!
//! Three promises explain most of what is here.
//!
//! *The bits of an answer do not depend on the machine.* Any number of threads, any SIMD level and any
//! container of the same array give the same bytes. Sums are therefore made in an order that follows from the
//! shape and the memory order of the array alone, and every operation is rounded in the same way everywhere.
//!
//! *The error of an answer has a stated bound.* 1e-5 voxel for f32 (2e-5 for axes from 257 to 512) if T
//! is at least a thousandth of the range of the values, and 1e-9 for f64, also for a map with half of its
//! mass in the background (`docs/numerics.md`).
//!
//! *A heatmap is never held in memory as a whole.* One pass over its values is enough for the sums, so a file
//! of any size is decoded in a few buffers, as fast as it can be read.
//!
//! # Rooms
//!
//! | room | holds |
//! |---|---|
//! | [`methods`] | a file for each method, what a method is, its parameters |
//! | `sweep` | the pass over every voxel, and the records |
//! | `revisit` | what is read a second time: windows and grids |
//! | `peaks` | several peaks of one heatmap |
//! | `components` | connected components above a threshold |
//! | `simd` | the vector vocabulary and the instruction sets |
//! | `alternatives.rs` | several methods from one pass |
//! | `judge.rs`, `answer.rs` | from a record to a landmark, and whether to trust it |
//! | `trust` | what the heatmap itself says |
//! | `reference.rs`, `reference_component.rs` | the textbook form of every method, for tests |
//!
//! Rooms import only those below them, from the top: `peaks`, `alternatives.rs`, `judge.rs`, `answer.rs`,
//! `trust`, `settings.rs`, `components`, `methods`, `revisit`, `sweep`, `simd`. Only rooms outside `kernel`
//! import this file.
//!
//! **To add a method**, see [`methods`]. **To add a SIMD level**, add it in [`level`]; everything else
//! follows. **To change a sum**, read `sweep` first, and expect the last bits of every answer to change.

mod alternatives;
mod answer;
mod components;
mod judge;
pub mod methods;
mod peaks;
#[cfg(any(test, feature = "internals"))]
pub mod reference;
#[cfg(any(test, feature = "internals"))]
pub mod reference_component;
mod revisit;
mod settings;
mod simd;
mod sweep;
#[cfg(test)]
mod tests;
mod trust;

use crate::geometry::Cut;
use crate::heatmap::{MemoryAxes, Scaling};
pub use alternatives::Alternatives;
pub use answer::Locator;
pub use methods::argument::Argument;
pub use methods::method::Method;
pub use methods::parameter::{LengthParameter, Number, OptionalNumber, Parameter, Range, Word};
pub use methods::parameters::Parameters;
pub use methods::setters::ParameterError;
pub use methods::settings::Sharpness;
pub(crate) use methods::table::uses_sharpness;
pub use methods::table::{METHODS, choose, method};
pub use methods::threshold::Threshold;
pub use peaks::search::PeakSearch;
pub use peaks::selection::{PeakSelection, PeakSelectionError};
pub use revisit::radius::RadiusError;
pub use revisit::reader::HeatmapReader;
use revisit::stored::Stored;
pub use settings::Settings;
pub use simd::level;
pub use simd::transpose::{BUNDLE, transpose};
pub use sweep::block::Scratch;
pub use sweep::packed::PackedRecord;
pub use sweep::record::{Record, Reference};
pub use sweep::sweeper::{Hints, Sweeper};
pub(crate) use trust::level_set::least_of_region;

/// Decodes the heatmaps of one array.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// From blocks to the record of a heatmap.
    pub sweeper: Sweeper,
    /// From the record of a heatmap to its landmark.
    pub locator: Locator,
}

impl Kernel {
    /// Prepares for heatmaps with memory `axes` that are cut into the blocks of `cut`; `is_wide` if they will
    /// be swept in f64.
    ///
    /// # Errors
    /// [`RadiusError`] if the radius of the method's window is in mm and there is no affine, or if voxels are
    /// too large or too small for it.
    pub fn new(
        settings: Settings,
        scaling: Scaling,
        axes: &MemoryAxes,
        cut: &Cut,
        is_wide: bool,
    ) -> Result<Kernel, RadiusError> {
        let locator = Locator::new(settings, Stored { axes: *axes, scaling }, cut)?;
        let sweeper = Sweeper::new(settings.sweep(scaling, is_wide), axes, cut);
        Ok(Kernel { sweeper, locator })
    }
}
