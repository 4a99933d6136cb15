//! How one block is laid out over the lanes of a vector.
//!
//! A block is swept as a grid of *steps* × *columns*. Each step takes `stride` whole slices along one memory
//! axis (planes, rows, or pieces of a row). A lane therefore keeps its two other coordinates for the whole
//! block and moves by the same amount from step to step, so that first and second moments need additions
//! alone:
//!
//! ```text
//!             column 0          column 1      padding
//! step 0   v0 v1 … v15       v16 … v31        · ·
//! step 1   v33 …             …                · ·      one step further along the axis,
//! step 2   …                                           the other coordinates as before
//! ```
//!
//! Several short rows go into one step, so that rows of 9 or 33 voxels fill the lanes as well as rows of 128
//! do. The rest of the last vector and of the last step is padding of weight zero.
//!
//! How many slices to put into a step is a choice between padding and the price of longer steps. A rough
//! model of the costs decides; it changes the speed and the last bits, never the bounds. A tiling depends on
//! the extent of a block alone, of which an array has two at most, so it is made once for each.

use crate::geometry::unravel;
use crate::kernel::simd::lanes::LANES;

/// Rough costs of a vector, in units of one addition, by which a tiling is chosen: its weights; a tile summed
/// in f64, which is necessary if a step moves by several slices; and a column.
const COST_OF_STEP: usize = 14;
const COST_OF_WIDE_TILE: usize = 50;
const COST_OF_COLUMN: usize = 24;

/// Steps whose weights are added together.
pub(crate) const TILE: usize = 8;

/// The grid over blocks of one extent.
#[derive(Clone, Debug)]
pub(crate) struct Tiling {
    /// Voxels along each memory axis, outermost first.
    pub(crate) extent: [usize; 3],
    /// The memory axis along which a step moves.
    pub(crate) axis: usize,
    /// How far it moves.
    pub(crate) stride: usize,
    /// Number of steps.
    pub(crate) steps: usize,
    /// Voxels of one step.
    pub(crate) width: usize,
    /// Width of one step with padding: a multiple of [`LANES`].
    pub(crate) pitch: usize,
    /// Coordinates of each position of the first step along each memory axis, 0 in the padding.
    pub(crate) coordinates: [Vec<f64>; 3],
    /// The squares of −steps … steps, and some more for the last tile.
    squares: Vec<f32>,
}

impl Tiling {
    /// The cheapest tiling for blocks of `extent`.
    pub(crate) fn new(extent: [usize; 3]) -> Tiling {
        let [planes, rows, columns] = extent;
        let (axis, slice, slices) = match extent {
            [1, 1, _] => (2, 1, columns),
            [1, _, _] => (1, columns, rows),
            _ => (0, rows * columns, planes),
        };
        let candidates = (1..=slices.min(64)).chain((1..=64).map(|vectors| vectors * LANES));
        let stride = candidates
            .filter(|&stride| stride <= slices.next_multiple_of(LANES))
            .min_by_key(|&stride| cost(stride, stride * slice, slices.div_ceil(stride)))
            .unwrap_or(1);
        let width = stride * slice;
        let pitch = width.next_multiple_of(LANES);
        // A step may reach beyond the block.
        let coordinate = |position: usize| {
            if position < width { unravel(position, [width, rows, columns]) } else { [0; 3] }
        };
        let steps = slices.div_ceil(stride);
        let along = |axis: usize| (0..pitch).map(|position| coordinate(position)[axis] as f64).collect();
        Tiling {
            extent,
            axis,
            stride,
            steps,
            width,
            pitch,
            coordinates: [along(0), along(1), along(2)],
            squares: (0..2 * steps + TILE).map(|i| (i as f32 - steps as f32).powi(2)).collect(),
        }
    }

    /// Number of voxels of a block.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.extent.iter().product()
    }

    /// The step that the `index`-th voxel of a block belongs to, and its position there.
    pub(crate) fn step_of(&self, index: usize) -> (usize, usize) {
        (index / self.width, index % self.width)
    }

    /// The squared distances of the steps from `step` on to the step `centre`.
    pub(crate) fn squares(&self, step: usize, centre: usize) -> &[f32] {
        &self.squares[self.steps + step - centre..]
    }

    /// The memory coordinates of the `index`-th voxel of a block.
    pub(crate) fn position(&self, index: usize) -> [usize; 3] {
        unravel(index, self.extent)
    }
}

/// The cost of sweeping `steps` steps of `width` voxels, `stride` slices each.
fn cost(stride: usize, width: usize, steps: usize) -> usize {
    let (vectors, tiles) = (width.div_ceil(LANES), steps.div_ceil(TILE));
    let wide = if stride > 1 { tiles * COST_OF_WIDE_TILE } else { 0 };
    vectors * (tiles * TILE * COST_OF_STEP + wide + COST_OF_COLUMN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_keep_their_coordinates_from_step_to_step() {
        for extent in [[1, 32, 128], [8, 33, 33], [1, 1, 4000], [4, 4, 4], [1, 5, 9], [1, 1, 1], [3, 7, 2]] {
            let tiling = Tiling::new(extent);
            assert!(tiling.steps * tiling.width >= tiling.len(), "{extent:?}");
            for index in 0..tiling.len() {
                let (step, column) = (index / tiling.width, index % tiling.width);
                let mut expected: [f64; 3] = std::array::from_fn(|axis| tiling.coordinates[axis][column]);
                expected[tiling.axis] += (step * tiling.stride) as f64;
                assert_eq!(tiling.position(index).map(|i| i as f64), expected, "{extent:?}");
            }
        }
    }

    #[test]
    fn short_rows_share_a_step() {
        let waste = |extent| {
            let tiling = Tiling::new(extent);
            (tiling.steps * tiling.pitch) as f64 / tiling.len() as f64
        };
        assert!(waste([1, 96, 9]) < 1.2);
        assert!(waste([8, 33, 33]) < 1.05);
        assert!(waste([1, 32, 128]) <= 1.0);
    }

    #[test]
    fn squares_are_counted_from_the_centre() {
        let tiling = Tiling::new([1, 32, 128]);
        assert_eq!(tiling.squares(0, 3)[..5], [9.0, 4.0, 1.0, 0.0, 1.0]);
        assert_eq!(tiling.squares(24, 31)[..8], [49.0, 36.0, 25.0, 16.0, 9.0, 4.0, 1.0, 0.0]);
        assert!(tiling.squares(24, 0).len() >= TILE);
    }
}
