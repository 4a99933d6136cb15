//! How values are read a second time: the one trait between the kernel, which names boxes of voxels, and
//! whoever holds the values: a file, an array in memory, a copy of a stream.

use crate::geometry::Block;
use crate::memory::OutOfMemory;

/// Reads the values of one heatmap again.
///
/// A file reads them at their offset, an array copies them from its view. Boxes are asked for in memory
/// order, some planes at a time, and then one box about each peak. The same box must always have the same
/// values.
pub trait HeatmapReader {
    /// Why values cannot be read, or there is no memory for what is made of them.
    type Error: From<OutOfMemory>;

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

/// A heatmap of stored values in memory order: for tests.
#[cfg(test)]
pub(in crate::kernel) struct InMemory {
    /// Of its memory axes.
    pub(in crate::kernel) lengths: [usize; 3],
    pub(in crate::kernel) stored: Vec<f64>,
    pub(in crate::kernel) values: Vec<f64>,
}

#[cfg(test)]
impl HeatmapReader for InMemory {
    type Error = OutOfMemory;

    fn is_exact(&self) -> bool {
        true
    }

    fn values(&mut self, block: &Block) -> Result<&[f64], Self::Error> {
        use crate::geometry::{indices, ravel};
        let place = |within: [usize; 3]| std::array::from_fn(|axis| block.start[axis] + within[axis]);
        let index = |within: [usize; 3]| ravel(place(within), self.lengths);
        self.values = indices(block.extent).map(|within| self.stored[index(within)]).collect();
        Ok(&self.values)
    }

    fn keys(&mut self, block: &Block) -> Result<(&[f64], &[u64]), Self::Error> {
        Ok((self.values(block)?, &[]))
    }
}
