//! Several peaks of one heatmap: its local maxima, and those of them that lie far enough apart.
//!
//! A local maximum is a connected set of equal voxels (26 neighbours each) that no neighbour exceeds; it stands
//! for its first voxel in logical (h, w, d) order, so that a plateau counts once. [`Maxima`] finds them from the
//! planes of a heatmap, one after the other, and keeps two planes. [`peaks`] accepts them greedily: the highest
//! first, of equal ones the first in (h, w, d) order, and none that is nearer than a distance to one accepted
//! before. It keeps a bounded number of candidates and sweeps again where that was not enough, so that the
//! answer is exact for every heatmap.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Candidates that are kept from one sweep, where [`peaks`] is not told otherwise.
pub const CANDIDATES: usize = 1 << 14;

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
/// `sweep` hands every local maximum to the function it is given, in any order, the same ones each time. It is
/// called once where no more than `kept` of them matter, and never more than `count` times.
///
/// # Errors
/// Those of `sweep`.
pub fn peaks<T: Copy + PartialOrd, E>(
    count: usize,
    spacing: &Spacing,
    kept: usize,
    mut sweep: impl FnMut(&mut dyn FnMut(Candidate<T>)) -> Result<(), E>,
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
                return;
            }
            heap.push(std::cmp::Reverse(candidate));
            if heap.len() > kept {
                heap.pop();
                is_cut = true;
            }
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

/// Local maxima from the planes of a heatmap along its outermost memory axis.
///
/// It keeps two planes. Where the outermost axes have length 1, planes are rows or single voxels.
pub struct Maxima<T> {
    /// Lengths of the memory axes, those of length 1 at the start moved to the end.
    lengths: [usize; 3],
    /// Steps of the logical index along them.
    steps: [u64; 3],
    /// Voxels below it are no maxima and are not looked at.
    floor: T,
    planes: u64,
    before: Vec<Cell<T>>,
    now: Vec<Cell<T>>,
    parts: Vec<Part<T>>,
}

/// A voxel: its height, and the part it belongs to where it is not below the floor.
#[derive(Clone, Copy)]
struct Cell<T> {
    height: T,
    part: Option<usize>,
}

/// A connected set of equal voxels, as far as it is known.
#[derive(Clone, Copy)]
struct Part<T> {
    height: T,
    /// The part it has been joined to; itself for none.
    parent: usize,
    /// Its first voxel in logical order.
    key: u64,
    /// Whether no neighbour exceeds it.
    is_top: bool,
    /// Its number in the next plane, where it reaches there.
    next: Option<usize>,
}

impl<T: Copy + PartialOrd> Maxima<T> {
    /// For a heatmap with memory axes of `lengths`, outermost first, along which the logical index grows by
    /// `steps`. Voxels below `floor`, and those that cannot be compared with it, are as if they were not there.
    #[must_use]
    pub fn new(mut lengths: [usize; 3], mut steps: [u64; 3], floor: T) -> Maxima<T> {
        for _ in 0..2 {
            if lengths[0] == 1 {
                lengths.rotate_left(1);
                steps.rotate_left(1);
            }
        }
        Maxima { lengths, steps, floor, planes: 0, before: Vec::new(), now: Vec::new(), parts: Vec::new() }
    }

    /// Voxels of a plane, and how many planes there are.
    #[must_use]
    pub fn plane_length(&self) -> (usize, usize) {
        let [planes, rows, columns] = self.lengths;
        (rows * columns, planes)
    }

    /// Takes in the plane that follows, in the order of memory; maxima that end before it go to `take`.
    pub fn plane(&mut self, heights: &[T], take: &mut dyn FnMut(Candidate<T>)) {
        let columns = self.lengths[2];
        self.now.clear();
        for (index, &height) in heights.iter().enumerate() {
            let part = (height >= self.floor).then(|| self.enter(index, columns, height));
            self.now.push(Cell { height, part });
        }
        self.close(take);
        std::mem::swap(&mut self.before, &mut self.now);
        self.planes += 1;
    }

    /// After the last plane.
    pub fn end(mut self, take: &mut dyn FnMut(Candidate<T>)) {
        self.now.clear();
        self.close(take);
    }

    /// The part of a voxel of this plane, compared with its neighbours that came before it.
    fn enter(&mut self, index: usize, columns: usize, height: T) -> usize {
        let (row, column) = (index / columns, index % columns);
        let key = self.planes * self.steps[0] + row as u64 * self.steps[1] + column as u64 * self.steps[2];
        let mut own = self.parts.len();
        self.parts.push(Part { height, parent: own, key, is_top: true, next: None });
        let from = column.saturating_sub(1);
        let to = (column + 2).min(columns);
        for other_row in row.saturating_sub(1)..(row + 2).min(self.lengths[1]) {
            let start = other_row * columns;
            // All nine of the plane before, then those of this one that have been entered.
            for place in start + from..start + to {
                let seen = [self.before.get(place).copied(), self.now.get(place).copied()];
                for cell in seen.into_iter().flatten() {
                    own = self.compare(own, cell);
                }
            }
        }
        own
    }

    /// Compares a part with a neighbouring voxel; they become one where they are equally high.
    fn compare(&mut self, own: usize, neighbour: Cell<T>) -> usize {
        let Some(part) = neighbour.part else { return own };
        let (own, other) = (self.root(own), self.root(part));
        if own == other {
            return own;
        }
        let height = self.parts[own].height;
        if neighbour.height > height {
            self.parts[own].is_top = false;
        } else if neighbour.height < height {
            self.parts[other].is_top = false;
        } else {
            let joined = self.parts[own];
            let root = &mut self.parts[other];
            root.key = root.key.min(joined.key);
            root.is_top &= joined.is_top;
            self.parts[own].parent = other;
            return other;
        }
        own
    }

    fn root(&mut self, mut part: usize) -> usize {
        while self.parts[part].parent != part {
            // Halves the way for those who come after.
            self.parts[part].parent = self.parts[self.parts[part].parent].parent;
            part = self.parts[part].parent;
        }
        part
    }

    /// Hands on the maxima that do not reach into this plane, and forgets all parts that do not.
    fn close(&mut self, take: &mut dyn FnMut(Candidate<T>)) {
        let mut kept = Vec::new();
        for index in 0..self.now.len() {
            let Some(part) = self.now[index].part else { continue };
            let root = self.root(part);
            let next = self.parts[root].next.unwrap_or_else(|| {
                kept.push(root);
                kept.len() - 1
            });
            self.parts[root].next = Some(next);
            self.now[index].part = Some(next);
        }
        for (index, part) in self.parts.iter().enumerate() {
            if part.parent == index && part.next.is_none() && part.is_top {
                take(Candidate { height: part.height, key: part.key });
            }
        }
        let renumbered =
            |(number, root): (usize, usize)| Part { parent: number, next: None, ..self.parts[root] };
        self.parts = kept.into_iter().enumerate().map(renumbered).collect();
    }
}

#[cfg(test)]
mod tests;
