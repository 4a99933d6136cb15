//! Several peaks of one heatmap: its local maxima, and those of them that lie far enough apart.
//!
//! A local maximum is a connected set of equal voxels (26 neighbours each) that no neighbour exceeds; it stands
//! for its first voxel in logical (h, w, d) order, so that a plateau counts once. [`Maxima`] finds them from the
//! planes of a heatmap, one after the other, and keeps two planes. [`peaks`] accepts them greedily: the highest
//! first, of equal ones the first in (h, w, d) order, and none that is nearer than a distance to one accepted
//! before. It keeps a bounded number of candidates and sweeps again where that was not enough, so that the
//! answer is exact for every heatmap.

mod maxima;
pub(super) mod search;
pub(super) mod several;

pub use maxima::Maxima;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// How many candidates to keep of one sweep where `count` peaks are wanted: so many that the next ones are among them
/// nearly always, and so few that the sweep soon leaves out all low voxels.
#[must_use]
pub fn kept(count: usize) -> usize {
    count.saturating_mul(16).clamp(1 << 10, 1 << 14)
}

/// Takes a local maximum, and says below which height none is wanted any more.
pub type Take<'a, T> = dyn FnMut(Candidate<T>) -> Option<T> + 'a;

/// A voxel that stands for a local maximum. Greater ones come first: higher, then earlier.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<T> {
    /// How high it is. Never NaN.
    pub height: T,
    /// Its index in logical (h, w, d) order.
    pub key: u64,
}

impl<T: PartialOrd> Ord for Candidate<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        let heights = self.height.partial_cmp(&other.height).unwrap_or(Ordering::Equal);
        heights.then(other.key.cmp(&self.key))
    }
}

impl<T: PartialOrd> PartialOrd for Candidate<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: PartialOrd> PartialEq for Candidate<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: PartialOrd> Eq for Candidate<T> {}

/// How far apart peaks have to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spacing {
    /// Voxels along h, w, d of the heatmap.
    pub lengths: [usize; 3],
    /// What a step along h, w, d is in space: the columns of the linear part of an affine, in mm; unit vectors for
    /// distances in voxels.
    pub steps: [[f64; 3]; 3],
    /// The least distance, in the unit of `steps`. Peaks exactly so far apart are both kept.
    pub least: f64,
}

impl Spacing {
    /// A least distance in voxels.
    #[must_use]
    pub fn voxels(lengths: [usize; 3], least: f64) -> Spacing {
        Spacing { lengths, steps: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], least }
    }

    /// The voxel (h, w, d) of an index in logical order.
    #[must_use]
    pub fn voxel(&self, key: u64) -> [usize; 3] {
        let [_, rows, columns] = self.lengths.map(|n| n.max(1) as u64);
        [key / (rows * columns), key / columns % rows, key % columns].map(|i| i as usize)
    }

    /// Whether two voxels are too near to each other to be both peaks.
    fn are_near(&self, a: u64, b: u64) -> bool {
        let (a, b) = (self.voxel(a), self.voxel(b));
        let mut apart = [0.0; 3];
        for axis in 0..3 {
            let difference = a[axis] as f64 - b[axis] as f64;
            for (sum, step) in apart.iter_mut().zip(self.steps[axis]) {
                *sum += difference * step;
            }
        }
        apart.iter().map(|x| x * x).sum::<f64>().sqrt() < self.least
    }
}

/// At most `count` peaks, in the order of acceptance.
///
/// `sweep` hands every local maximum to the function it is given, in any order, the same ones each time; it may leave
/// out those that are lower than what the function has answered. It is called once where no more than `kept` of them matter, and never more than `count` times.
///
/// # Errors
/// Those of `sweep`.
pub fn peaks<T: Copy + PartialOrd, E>(
    count: usize,
    spacing: &Spacing,
    kept: usize,
    mut sweep: impl FnMut(&mut Take<'_, T>) -> Result<(), E>,
) -> Result<Vec<Candidate<T>>, E> {
    let kept = kept.max(1);
    let mut accepted: Vec<Candidate<T>> = Vec::new();
    let mut last: Option<Candidate<T>> = None;
    while accepted.len() < count {
        // The `kept` first of those that are still possible; the last of them on top.
        let mut heap = BinaryHeap::new();
        let mut is_cut = false;
        sweep(&mut |candidate| {
            let is_open = last.is_none_or(|last| candidate < last);
            if !is_open || accepted.iter().any(|peak| spacing.are_near(peak.key, candidate.key)) {
                return None;
            }
            heap.push(std::cmp::Reverse(candidate));
            if heap.len() > kept {
                heap.pop();
                is_cut = true;
            }
            heap.peek().filter(|_| is_cut).map(|std::cmp::Reverse(last)| last.height)
        })?;
        // Ascending in `Reverse`: the highest candidate first.
        for std::cmp::Reverse(candidate) in heap.into_sorted_vec() {
            last = Some(candidate);
            if accepted.len() < count
                && !accepted.iter().any(|peak| spacing.are_near(peak.key, candidate.key))
            {
                accepted.push(candidate);
            }
        }
        // Where some were left out, the first that was not is a new peak: each round accepts one at least.
        if !is_cut {
            break;
        }
    }
    Ok(accepted)
}

#[cfg(test)]
mod tests;
