//! The maxima of the blocks of a heatmap: what else in it is as high as the peak.

use crate::geometry::Cut;

/// The maxima of the blocks of a heatmap, by which its peak is compared with the rest of it.
///
/// One entry for each block, or for a few consecutive ones if there are many, so that it stays small.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tops {
    /// Blocks so far, masked ones too.
    blocks: usize,
    /// The largest swept value, and where it is: the index in (h, w, d) order. −inf where all are masked.
    pub(crate) entries: Vec<(f64, u64)>,
}

impl Tops {
    /// How many entries there are at most: 4 KiB.
    const MOST: usize = 256;

    /// How many consecutive blocks of a cut share an entry; at least 1.
    pub(crate) fn sharing(cut: &Cut) -> usize {
        cut.counts().iter().product::<usize>().div_ceil(Self::MOST).max(1)
    }

    /// Those of one block with this maximum.
    pub(super) fn of_one(max: f64, key: u64) -> Tops {
        Tops { blocks: 1, entries: vec![(max, key)] }
    }

    /// Whether they are of one block with this maximum.
    pub(super) fn is_of_one(&self, max: f64, key: u64) -> bool {
        let is_same = |&(top, place): &(f64, u64)| top.to_bits() == max.to_bits() && place == key;
        self.blocks == 1 && self.entries.len() == 1 && self.entries.iter().all(is_same)
    }

    /// Adds the next block in memory: its maximum and where that is, in memory axes, if it is not masked.
    /// `sharing` blocks share an entry, and `logical_steps` is by how much a step along each axis of memory
    /// changes the index.
    pub(super) fn add(&mut self, top: Option<(f64, [usize; 3])>, logical_steps: [u64; 3], sharing: usize) {
        if self.blocks.is_multiple_of(sharing.max(1)) {
            self.entries.push((f64::NEG_INFINITY, u64::MAX));
        }
        self.blocks += 1;
        let (Some((max, at)), Some(entry)) = (top, self.entries.last_mut()) else { return };
        let key = at.iter().zip(logical_steps).map(|(&i, step)| i as u64 * step).sum();
        if max > entry.0 || (max >= entry.0 && key < entry.1) {
            *entry = (max, key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_share_an_entry_keep_the_largest_and_of_equal_ones_the_first() {
        let mut tops = Tops::default();
        for top in [Some((1.0, [0, 0, 3])), Some((1.0, [0, 0, 2])), None, Some((-2.0, [1, 0, 0])), None] {
            tops.add(top, [100, 10, 1], 2);
        }
        assert_eq!(tops.entries, [(1.0, 2), (-2.0, 100), (f64::NEG_INFINITY, u64::MAX)]);
        // 512 blocks of 4096 voxels, and one of them alone.
        assert_eq!(Tops::sharing(&Cut::new([128; 3], Cut::VOXELS)), 2);
        assert_eq!(Tops::sharing(&Cut::new([1, 64, 64], Cut::VOXELS)), 1);
    }
}
