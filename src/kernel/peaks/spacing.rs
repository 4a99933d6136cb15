//! The least distance between peaks, in voxels or in millimetres.
//!
//! Distances are straight lines between voxels. In millimetres they go through the affine, so that voxels of
//! 1 × 1 × 3 mm and oblique axes count as they lie in the body.

use crate::geometry::{Hwd, unravel};

/// The least distance between peaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeastDistance {
    /// The lengths of the heatmap.
    pub lengths: Hwd<usize>,
    /// A step along h, w, d in space: the columns of the linear part of an affine, in mm, or unit vectors for
    /// distances in voxels.
    pub steps: [[f64; 3]; 3],
    /// The least distance, in the unit of `steps`. Peaks exactly so far apart are both kept.
    pub least: f64,
}

impl LeastDistance {
    /// A least distance in voxels.
    #[must_use]
    pub fn voxels(lengths: Hwd<usize>, least: f64) -> LeastDistance {
        LeastDistance { lengths, steps: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], least }
    }

    /// The voxel of an index in (h, w, d) order.
    #[must_use]
    pub fn voxel(&self, key: u64) -> Hwd<usize> {
        Hwd(unravel(key as usize, self.lengths.0))
    }

    /// Whether two voxels are too near to each other to be both peaks.
    pub(super) fn are_near(&self, a: u64, b: u64) -> bool {
        let (Hwd(a), Hwd(b)) = (self.voxel(a), self.voxel(b));
        let mut between = [0.0; 3];
        for axis in 0..3 {
            let difference = a[axis] as f64 - b[axis] as f64;
            for (sum, step) in between.iter_mut().zip(self.steps[axis]) {
                *sum += difference * step;
            }
        }
        between.iter().map(|x| x * x).sum::<f64>().sqrt() < self.least
    }
}
