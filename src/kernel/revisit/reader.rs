//! How values are read a second time: the one trait between the kernel, which names boxes of voxels, and
//! whoever holds the values: a file, an array in memory, a copy of a stream.

use crate::geometry::Block;

/// Reads the values of one heatmap again.
///
/// A file reads them at their offset, an array copies them from its view. Boxes are asked for in memory
/// order, some planes at a time, and then one box about each peak. The same box must always have the same
/// values.
pub trait HeatmapReader {
    /// Why values cannot be read.
    type Error;

    /// Whether f64 holds all values exactly. Only 64-bit integers may not be.
    fn is_exact(&self) -> bool;

    /// The stored values of a box in memory axes, in memory order; NaN for masked voxels.
    ///
    /// # Errors
    /// If they cannot be read.
    fn values(&mut self, block: &Block) -> Result<&[f64], Self::Error>;

    /// The same, and for each value a number in the order of the stored values. Called only if f64 is not
    /// exact.
    ///
    /// # Errors
    /// If they cannot be read.
    fn keys(&mut self, block: &Block) -> Result<(&[f64], &[u64]), Self::Error>;
}
