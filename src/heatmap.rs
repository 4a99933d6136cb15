//! Heatmaps as they lie in memory: which spatial axis is outermost, where each block of each heatmap
//! is, and in which pieces an array is read so that every byte is read once and in order.
//!
//! Three pieces of different sizes, from small to large:
//!
//! - A *block* is about 4,096 voxels of one heatmap: what the kernel sums relative to one reference, small
//!   enough that its values stay in the first-level cache while they are swept twice (for the maximum, then
//!   for the weights).
//! - A *region* is a contiguous piece of the array: one block of one heatmap or, if channels lie inside space
//!   (channels last), one block of each of several interleaved heatmaps.
//! - A *unit* is some consecutive regions, about 65,536 elements (256 KiB of f32): what one worker reads
//!   with one call and sweeps. Smaller units cost a system call and a lock too often; larger ones leave the
//!   second-level cache before they are swept, and leave workers idle at the end of a small array.
//!
//! All three depend on the shape and the memory order of the array alone. Sums are therefore taken in the
//! same order on any number of threads, and the answer is the same to the bit.

use crate::geometry::{Arrangement, Axis, Block, Cut, Hwd};

/// How stored values become heatmap values: slope · stored + intercept.
///
/// The kernel never applies it to every voxel. A softmax does not change if a constant is added, and a slope
/// is a factor of the temperature; only the few values that are reported are scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The factor; negative if larger stored values are smaller heatmap values.
    pub slope: f64,
    /// The term that is added.
    pub intercept: f64,
}

impl Default for Scaling {
    fn default() -> Self {
        Scaling::NONE
    }
}

impl Scaling {
    /// Stored values are the heatmap's values.
    pub const NONE: Scaling = Scaling { slope: 1.0, intercept: 0.0 };

    /// Whether larger stored values are smaller heatmap values. The kernel then gets negated values.
    #[must_use]
    pub fn is_reversed(self) -> bool {
        self.slope < 0.0
    }

    /// The heatmap value of a stored one.
    #[must_use]
    pub fn apply(self, stored: f64) -> f64 {
        if self == Scaling::NONE { stored } else { self.slope * stored + self.intercept }
    }

    /// The heatmap value of a stored one: −inf if it is masked, otherwise finite, even if the slope takes it
    /// beyond f64.
    #[must_use]
    pub(crate) fn heatmap_value(self, stored: f64) -> f64 {
        let value = self.apply(stored);
        if stored.is_finite() && !value.is_nan() {
            value.clamp(f64::MIN, f64::MAX)
        } else {
            f64::NEG_INFINITY
        }
    }
}

/// The spatial axes of an array in the order of memory, outermost first.
///
/// Everything that sweeps values works along these axes, so that it reads forward; answers are then taken to
/// (h, w, d) by [`MemoryAxes::to_logical`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAxes {
    /// For each memory axis which axis it is: 0 for h, 1 for w, 2 for d.
    pub logical: [usize; 3],
    /// The length of each memory axis.
    pub lengths: [usize; 3],
    /// The step along each memory axis, in elements.
    pub strides: [isize; 3],
}

impl MemoryAxes {
    /// Sorts the spatial axes by stride. Axes of length 1 go outermost, where they do not break runs.
    #[must_use]
    pub fn new(arrangement: &Arrangement) -> MemoryAxes {
        let (lengths, strides) = (&arrangement.lengths[2..], &arrangement.strides[2..]);
        let mut logical = [0, 1, 2];
        logical.sort_by_key(|&axis| (lengths[axis] > 1, std::cmp::Reverse(strides[axis].unsigned_abs())));
        let mut sorted = MemoryAxes {
            logical,
            lengths: logical.map(|axis| lengths[axis]),
            strides: logical.map(|axis| strides[axis]),
        };
        for axis in (0..3).rev() {
            if sorted.lengths[axis] <= 1 {
                sorted.strides[axis] =
                    sorted.lengths.get(axis + 1).map_or(1, |&n| n as isize * sorted.strides[axis + 1]);
            }
        }
        sorted
    }

    /// A triple in the order of memory as one along h, w, d.
    #[must_use]
    pub fn to_logical<T: Copy + Default>(self, memory: [T; 3]) -> Hwd<T> {
        let mut hwd = [T::default(); 3];
        for (axis, value) in self.logical.into_iter().zip(memory) {
            hwd[axis] = value;
        }
        Hwd(hwd)
    }

    /// For each memory axis, by how much a step along it changes the index of a voxel in (h, w, d) order.
    #[must_use]
    pub fn logical_steps(&self) -> [u64; 3] {
        let Hwd([_, w, d]) = self.to_logical(self.lengths).map(|n| n as u64);
        self.logical.map(|axis| [w * d, d, 1][axis])
    }

    /// Whether a block of whole slices is one contiguous run.
    #[must_use]
    pub fn is_contiguous(&self) -> bool {
        let [_, rows, columns] = self.lengths.map(|n| n as isize);
        self.strides == [rows * columns, columns, 1]
    }
}

/// One axis along which regions follow one another.
#[derive(Clone, Copy, Debug)]
struct Loop {
    moves: Moves,
    /// How many steps it has.
    count: usize,
    /// Elements from one step to the next.
    stride: usize,
}

/// What a step along a [`Loop`] leads to.
#[derive(Clone, Copy, Debug)]
enum Moves {
    /// The next block along this memory axis.
    Block(usize),
    /// A heatmap whose number is larger by this.
    Heatmap(usize),
}

/// One heatmap of those that a region interleaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interleaved {
    /// Its number, counted from the region's first heatmap.
    pub heatmap: usize,
    /// Its first element, counted from the region's first.
    pub offset: usize,
}

/// The heatmaps that each region interleaves, in the order of their elements.
///
/// There may be millions, so they are counted and not listed.
#[derive(Clone, Copy, Debug)]
pub struct Interleaving {
    /// The outer and the inner channel axis, as (heatmap stride, length, element stride).
    axes: [(usize, usize, usize); 2],
}

impl Interleaving {
    /// Of up to two channel axes, outermost first.
    fn new(inside: &[(usize, usize, usize)]) -> Interleaving {
        match *inside {
            [] => Interleaving { axes: [(0, 1, 0); 2] },
            [one] => Interleaving { axes: [(0, 1, 0), one] },
            [outer, inner, ..] => Interleaving { axes: [outer, inner] },
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.axes.iter().map(|&(_, length, _)| length).product()
    }

    /// Whether there is none: then some axis has length 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `index`-th.
    #[must_use]
    pub fn get(&self, index: usize) -> Interleaved {
        let [(outer, _, far), (inner, length, near)] = self.axes;
        let (i, j) = (index / length.max(1), index % length.max(1));
        Interleaved { heatmap: i * outer + j * inner, offset: i * far + j * near }
    }

    /// All of them.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Interleaved> {
        (0..self.len()).map(move |index| self.get(index))
    }

    /// The largest number of any of them, counted from the region's first heatmap.
    #[must_use]
    pub fn last_heatmap(&self) -> usize {
        self.axes.iter().map(|&(heatmaps, length, _)| heatmaps * length.saturating_sub(1)).sum()
    }
}

/// A contiguous piece of an array: one block of each of some heatmaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First element in the array.
    pub start: usize,
    /// Number of elements.
    pub len: usize,
    /// The block.
    pub block: Block,
    /// The first heatmap, n·C + c.
    pub heatmap: usize,
}

/// The pieces of a dense array in the order of memory.
///
/// Every element of the array is in exactly one region, and regions follow one another without a gap, so a
/// stream is decoded as it comes. If channels lie outside space, each region belongs to one heatmap; with
/// channels last, each region interleaves all of them.
#[derive(Clone, Debug)]
pub struct Regions {
    axes: MemoryAxes,
    cut: Cut,
    loops: Vec<Loop>,
    interleaved: Interleaving,
}

impl Regions {
    /// About how many elements a region has at most if heatmaps are interleaved. Blocks are smaller then, so
    /// that a region of many channels still fits the second-level cache.
    const INTERLEAVED: usize = 1 << 17;
    /// About how many elements a unit of work has: see the head of this file.
    const UNIT: usize = 1 << 16;
    /// How many blocks a unit has at most, unless one region has more: each leaves a record, which may be
    /// larger than the block.
    const BLOCKS: usize = 1 << 12;

    /// Plans the reading of a dense array.
    #[must_use]
    pub fn new(arrangement: &Arrangement) -> Regions {
        let axes = MemoryAxes::new(arrangement);
        // A first cut says along which axis blocks follow one another; how many heatmaps are
        // interleaved inside that axis then says how many voxels a block may have.
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let inside = interleaved(arrangement, &axes, cut.ranging());
        let all: usize = inside.iter().map(|&(_, n, _)| n).product();
        let cut = Cut::new(axes.lengths, (Regions::INTERLEAVED / all.max(1)).clamp(1, Cut::VOXELS));
        let inside = interleaved(arrangement, &axes, cut.ranging());
        let loops = loops(arrangement, &axes, &cut);
        Regions { axes, cut, loops, interleaved: Interleaving::new(&inside) }
    }

    /// Whether some channel axis lies inside space.
    #[must_use]
    pub fn interleaves(arrangement: &Arrangement) -> bool {
        let axes = MemoryAxes::new(arrangement);
        !interleaved(arrangement, &axes, Cut::new(axes.lengths, Cut::VOXELS).ranging()).is_empty()
    }

    /// The spatial axes in memory order.
    #[must_use]
    pub fn axes(&self) -> &MemoryAxes {
        &self.axes
    }

    /// How each heatmap is cut.
    #[must_use]
    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// The heatmaps of each region, in the order of their elements.
    #[must_use]
    pub fn interleaved(&self) -> Interleaving {
        self.interleaved
    }

    /// Number of regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.loops.iter().map(|axis| axis.count).product()
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many consecutive regions make a unit of work. It depends on the array's shape alone.
    #[must_use]
    pub fn per_unit(&self) -> usize {
        let heatmaps = self.interleaved.len().max(1);
        let by_elements = Regions::UNIT / (self.cut.largest() * heatmaps).max(1);
        by_elements.min(Regions::BLOCKS / heatmaps).max(1)
    }

    /// The `index`-th region.
    #[must_use]
    pub fn region(&self, index: usize) -> Region {
        let (mut rest, mut heatmap, mut start, mut position) = (index, 0, 0, [0; 3]);
        for axis in self.loops.iter().rev() {
            let step = rest % axis.count;
            rest /= axis.count;
            start += step * axis.stride;
            match axis.moves {
                Moves::Block(memory_axis) => position[memory_axis] = step,
                Moves::Heatmap(stride) => heatmap += step * stride,
            }
        }
        let block = self.cut.block(position);
        let ranging = self.cut.ranging();
        let len = block.extent[ranging] * self.axes.strides[ranging].unsigned_abs();
        Region { start, len, block, heatmap }
    }
}

/// The channel axes as (heatmap stride, length, element stride), outermost first.
fn channels(arrangement: &Arrangement) -> Vec<(usize, usize, usize)> {
    let of = |axis: Axis, heatmaps: usize| {
        (heatmaps, arrangement.length(axis), arrangement.strides[axis.index()].unsigned_abs())
    };
    let mut axes = vec![of(Axis::N, arrangement.length(Axis::C)), of(Axis::C, 1)];
    axes.retain(|&(_, length, _)| length != 1);
    axes.sort_by_key(|&(_, _, stride)| std::cmp::Reverse(stride));
    axes
}

/// The channel axes that lie inside the axis along which blocks follow one another.
fn interleaved(arrangement: &Arrangement, axes: &MemoryAxes, ranging: usize) -> Vec<(usize, usize, usize)> {
    let mut inside = channels(arrangement);
    inside.retain(|&(_, _, stride)| stride < axes.strides[ranging].unsigned_abs());
    inside
}

/// The axes along which regions follow one another, outermost first.
fn loops(arrangement: &Arrangement, axes: &MemoryAxes, cut: &Cut) -> Vec<Loop> {
    let counts = cut.counts();
    let blocks = (0..=cut.ranging()).map(|axis| Loop {
        moves: Moves::Block(axis),
        count: counts[axis],
        stride: axes.strides[axis].unsigned_abs() * cut.block([0; 3]).extent[axis],
    });
    let outside = channels(arrangement)
        .into_iter()
        .filter(|&(_, _, stride)| stride >= axes.strides[cut.ranging()].unsigned_abs())
        .map(|(heatmaps, count, stride)| Loop { moves: Moves::Heatmap(heatmaps), count, stride });
    let mut loops: Vec<Loop> = outside.chain(blocks).filter(|axis| axis.count != 1).collect();
    loops.sort_by_key(|axis| std::cmp::Reverse(axis.stride));
    // If one length is 0 there is no element, and the strides of the others mean nothing.
    if arrangement.lengths.contains(&0) {
        loops.push(Loop { moves: Moves::Block(0), count: 0, stride: 0 });
    }
    loops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Layout, MemoryOrder, indices};

    fn arrangement(dims: &[u64], order: MemoryOrder, layout: &str) -> Arrangement {
        let layout: Layout = layout.parse().unwrap();
        Arrangement::new(dims, order, &layout).unwrap()
    }

    /// Every element is visited once, in order, and belongs to the voxel that its address says.
    fn check(dims: &[u64], order: MemoryOrder, layout: &str) {
        let arrangement = arrangement(dims, order, layout);
        let regions = Regions::new(&arrangement);
        let axes = regions.axes();
        let channels = arrangement.length(Axis::C);
        let (mut next, mut seen) = (0, vec![false; dims.iter().product::<u64>() as usize]);
        for region in (0..regions.len()).map(|i| regions.region(i)) {
            assert_eq!(region.start, next, "{layout} {order:?} {dims:?}");
            next += region.len;
            for one in regions.interleaved().iter() {
                let heatmap = region.heatmap + one.heatmap;
                for within in indices(region.block.extent) {
                    let memory: [usize; 3] =
                        std::array::from_fn(|axis| region.block.start[axis] + within[axis]);
                    let Hwd([h, w, d]) = axes.to_logical(memory);
                    let address = [heatmap / channels, heatmap % channels, h, w, d]
                        .iter()
                        .zip(arrangement.strides)
                        .map(|(&i, stride)| i as isize * stride)
                        .sum::<isize>() as usize;
                    let offset: usize = within.iter().zip(axes.strides).map(|(&i, s)| i * s as usize).sum();
                    assert_eq!(region.start + one.offset + offset, address, "{layout} {order:?} {dims:?}");
                    assert!(!std::mem::replace(&mut seen[address], true));
                }
            }
        }
        assert!(seen.iter().all(|&voxel| voxel), "{layout} {order:?} {dims:?}");
    }

    #[test]
    fn regions_cover_every_layout_once_and_in_order() {
        let layouts = ["NCHWD", "NCDHW", "NHWDC", "CDWHN", "HNWCD", "HCWDN", "DNHCW", "CNHWD", "WDHNC"];
        for layout in layouts {
            for order in [MemoryOrder::C, MemoryOrder::Fortran] {
                for dims in
                    [[2, 3, 4, 5, 6], [1, 3, 1, 5, 1], [3, 1, 40, 30, 2], [1, 1, 1, 1, 1], [2, 2, 1, 1, 3000]]
                {
                    check(&dims, order, layout);
                }
            }
        }
        check(&[2, 64, 70, 9], MemoryOrder::C, "HCWD");
        check(&[40, 41, 42], MemoryOrder::Fortran, "HWD");
    }

    #[test]
    fn an_array_without_elements_has_no_regions() {
        for layout in ["NCHWD", "NHWDC", "DNHCW"] {
            for dims in (0..3_u64.pow(5)).map(|i| [1, 3, 9, 27, 81].map(|power| i / power % 3)) {
                for order in [MemoryOrder::C, MemoryOrder::Fortran] {
                    let regions = Regions::new(&arrangement(&dims, order, layout));
                    assert_eq!(regions.is_empty(), dims.contains(&0), "{layout} {order:?} {dims:?}");
                }
            }
        }
    }
}
