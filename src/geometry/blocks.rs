//! How a heatmap is cut into the blocks that are summed one by one.
//!
//! Each block is summed relative to its own maximum and about its own peak, which keeps the rounding of f32
//! sums small; and any thread may sum any block. The cut depends on the lengths of the memory axes and on
//! nothing else, so that the order of every sum, and with it every bit of the answer, is the same for any
//! number of threads.

use super::{indices, unravel};

/// A box of voxels in memory axes, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// First voxel along each memory axis.
    pub start: [usize; 3],
    /// Number of voxels along each memory axis.
    pub extent: [usize; 3],
}

impl Block {
    /// Number of voxels.
    #[must_use]
    pub fn len(&self) -> usize {
        self.extent.iter().product()
    }

    /// Whether it has no voxel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.extent.contains(&0)
    }
}

/// The cut of one heatmap: whole planes, or whole rows of one plane, or a piece of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    lengths: [usize; 3],
    chunk: [usize; 3],
    ranging: usize,
}

impl Cut {
    /// About how many voxels a block has unless channels are interleaved: 16 KiB of f32, which stay in the
    /// first-level cache between the search for the maximum and the sums.
    pub const VOXELS: usize = 4096;

    /// Cuts a heatmap with memory axes of `lengths`, outermost first, into blocks of about `voxels`.
    ///
    /// A block has at most three times `voxels`, so that it can be eight steps deep.
    #[must_use]
    pub fn new(lengths: [usize; 3], voxels: usize) -> Cut {
        let [planes, rows, columns] = lengths;
        let shallow = voxels * 3 / 8;
        let (chunk, ranging) = if rows * columns <= shallow {
            ([steps(voxels, rows * columns, planes), rows, columns], 0)
        } else if columns <= shallow {
            ([1, steps(voxels, columns, rows), columns], 1)
        } else {
            ([1, 1, steps(voxels, 1, columns)], 2)
        };
        Cut { lengths, chunk, ranging }
    }

    /// Lengths of the memory axes, outermost first.
    #[must_use]
    pub fn lengths(&self) -> [usize; 3] {
        self.lengths
    }

    /// The memory axis along which the next block follows.
    #[must_use]
    pub fn ranging(&self) -> usize {
        self.ranging
    }

    /// Number of blocks along each memory axis.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.lengths[axis].div_ceil(self.chunk[axis].max(1)))
    }

    /// Voxels of the largest block.
    #[must_use]
    pub fn largest(&self) -> usize {
        self.chunk.iter().product()
    }

    /// The block at a position counted in blocks along each memory axis.
    #[must_use]
    pub fn block(&self, position: [usize; 3]) -> Block {
        let start: [usize; 3] = std::array::from_fn(|axis| position[axis] * self.chunk[axis]);
        let extent = std::array::from_fn(|axis| self.chunk[axis].min(self.lengths[axis] - start[axis]));
        Block { start, extent }
    }

    /// Some consecutive blocks in memory order, as far as there are any.
    pub(crate) fn range(&self, blocks: std::ops::Range<usize>) -> impl Iterator<Item = Block> + '_ {
        let counts = self.counts();
        let end = blocks.end.min(counts.iter().product());
        (blocks.start..end).map(move |index| self.block(unravel(index, counts)))
    }

    /// The blocks in memory order.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        indices(self.counts()).map(|position| self.block(position))
    }
}

/// How many of `n` slices of `size` voxels make a block of about `voxels`: a multiple of eight if there are
/// that many, because the kernel takes eight steps at a time, and such that the last block is not a sliver.
fn steps(voxels: usize, size: usize, n: usize) -> usize {
    let most = (voxels / size.max(1)).max(8) / 8 * 8;
    let blocks = n.div_ceil(most).max(1);
    n.div_ceil(blocks).next_multiple_of(8).min(n).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::ravel;
    use super::*;

    #[test]
    fn blocks_tile_the_heatmap_once_and_in_order() {
        for lengths in
            [[1, 1, 1], [128; 3], [33; 3], [1, 64, 64], [1, 1, 100_000], [5, 3000, 7], [2, 2, 5000]]
        {
            let cut = Cut::new(lengths, Cut::VOXELS);
            let mut next = 0;
            for block in cut.blocks() {
                assert_eq!(ravel(block.start, lengths), next, "{lengths:?}");
                assert!(!block.is_empty() && block.len() <= 3 * Cut::VOXELS, "{lengths:?} {block:?}");
                next += block.len();
            }
            assert_eq!(next, lengths.iter().product::<usize>(), "{lengths:?}");
        }
    }

    #[test]
    fn blocks_are_about_as_large_as_asked() {
        assert_eq!(Cut::new([128; 3], 4096).block([0, 0, 0]).extent, [1, 32, 128]);
        assert_eq!(Cut::new([33; 3], 4096).block([0, 0, 0]).extent, [8, 33, 33]);
        assert_eq!(Cut::new([1, 1, 100_000], 4096).block([0, 0, 0]).extent, [1, 1, 4000]);
    }

    #[test]
    fn a_heatmap_without_voxels_has_no_blocks() {
        assert_eq!(Cut::new([4, 0, 5], 4096).blocks().count(), 0);
    }
}
