//! The even grid of the voxels by which every heatmap of an array is judged: made once for all of them.

use crate::geometry::{Hwd, even_grid, ravel};
use crate::kernel::revisit::stored::Stored;
use crate::kernel::sweep::sampling::SAMPLES;
use std::sync::Arc;

/// The points of the grid, in (h, w, d) order.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Places {
    /// Where they are along h, w, d.
    along: [Vec<f64>; 3],
    /// Where they are.
    pub(super) all: Arc<[[f64; 3]]>,
    /// The index of each in the heatmap, in (h, w, d) order.
    pub(super) voxels: Vec<usize>,
    /// The index of each among the samples that the sweep keeps, which are in the order of memory.
    pub(super) kept: Vec<usize>,
}

impl Places {
    /// The grid of heatmaps that are stored in this way.
    pub(in crate::kernel) fn new(stored: &Stored) -> Places {
        let Hwd(volume) = stored.lengths();
        let counts = even_grid::counts(volume, SAMPLES);
        let points: [Vec<usize>; 3] =
            std::array::from_fn(|axis| even_grid::points(volume[axis], counts[axis]));
        let [_, rows, columns] = stored.in_memory(Hwd(counts));
        let Hwd(steps) = stored.axes.to_logical([rows * columns, columns, 1]);
        let total = counts.iter().product();
        let (mut places, mut voxels, mut kept) =
            (Vec::with_capacity(total), Vec::with_capacity(total), Vec::with_capacity(total));
        for (i, &h) in points[0].iter().enumerate() {
            for (j, &w) in points[1].iter().enumerate() {
                for (k, &d) in points[2].iter().enumerate() {
                    places.push([h as f64, w as f64, d as f64]);
                    voxels.push(ravel([h, w, d], volume));
                    kept.push(i * steps[0] + j * steps[1] + k * steps[2]);
                }
            }
        }
        let along = points.map(|points| points.into_iter().map(|point| point as f64).collect());
        Places { along, all: places.into(), voxels, kept }
    }

    /// The square of each one's distance from a place: to the bit that of [`super::samples::square`], whose
    /// squares are made once for each layer of points.
    pub(super) fn away(&self, from: [f64; 3]) -> Vec<f64> {
        let [h, w, d]: [Vec<f64>; 3] = std::array::from_fn(|axis| {
            self.along[axis].iter().map(|x| (x - from[axis]) * (x - from[axis])).collect()
        });
        plus(&plus(&h, &w), &d)
    }
}

/// The sums of each of `a` and each of `b`, which vary fastest.
fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    if let &[b] = b {
        return a.iter().map(|a| a + b).collect();
    }
    let mut sums = Vec::with_capacity(a.len() * b.len());
    for a in a {
        sums.extend(b.iter().map(|b| a + b));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Arrangement;
    use crate::heatmap::{MemoryAxes, Scaling};
    use crate::kernel::trust::samples::square;

    #[test]
    fn distances_are_those_of_the_places() {
        for lengths in [[1, 1, 9, 31, 40], [1, 1, 64, 64, 1], [1, 1, 1, 7, 5], [1, 1, 1, 1, 1]] {
            let [.., h, w, d] = lengths;
            // In memory as (d, h, w).
            let strides = [h * w * d, h * w * d, w, 1, h * w].map(|n| n as isize);
            let axes = MemoryAxes::new(&Arrangement { lengths, strides });
            let places = Places::new(&Stored { axes, scaling: Scaling::NONE });
            assert!(places.all.len() <= SAMPLES && places.all.len() == places.kept.len());
            let from = [3.3, -0.7, 11.1];
            let expected: Vec<f64> = places.all.iter().map(|&place| square(place, from)).collect();
            assert_eq!(places.away(from), expected, "{lengths:?}");
            for (&voxel, &[x, y, z]) in places.voxels.iter().zip(places.all.iter()) {
                assert_eq!(voxel, (x as usize * w + y as usize) * d + z as usize);
            }
            let mut kept = places.kept.clone();
            kept.sort_unstable();
            assert!(kept.into_iter().eq(0..places.all.len()));
        }
    }
}
