//! Local maxima plane by plane: the sweep.

use super::{Candidate, Take};
use crate::kernel::level::vectorized;
use fearless_simd::Level;

/// Local maxima from the planes of a heatmap along its outermost memory axis.
///
/// It keeps two planes. Where the outermost axes have length 1, planes are rows or single voxels.
///
/// Most voxels have a higher neighbour among those that are seen with them: in their own plane, or in the one before.
/// That takes a few comparisons, of many voxels at once, and only the others, the tops, are connected to parts.
pub struct Maxima<T> {
    level: Level,
    /// Lengths of the memory axes, those of length 1 at the start moved to the end.
    lengths: [usize; 3],
    /// Steps of the logical index along them.
    steps: [u64; 3],
    /// Voxels below it are no maxima and are not looked at. It rises as maxima are found that leave no room for others.
    floor: T,
    planes: u64,
    before: Plane<T>,
    now: Plane<T>,
    parts: Parts<T>,
}

/// A plane of voxels.
struct Plane<T> {
    /// What stands for the height of a voxel below the floor: lower than any other.
    absent: T,
    heights: Vec<T>,
    /// The highest of the 3 × 3 voxels about each one.
    highest: Vec<T>,
    /// The highest of the three along a row: on the way to `highest`.
    along: Vec<T>,
    /// Whether no neighbour in this plane or in the one before exceeds it; rows are filled up to whole words.
    is_top: Vec<u8>,
    /// The part of each top, else [`NONE`].
    parts: Vec<usize>,
    /// The row and column of each top.
    tops: Vec<[usize; 2]>,
}

/// No part.
const NONE: usize = usize::MAX;

impl<T: Copy + PartialOrd> Plane<T> {
    fn new(absent: T) -> Plane<T> {
        Plane {
            absent,
            heights: Vec::new(),
            highest: Vec::new(),
            along: Vec::new(),
            is_top: Vec::new(),
            parts: Vec::new(),
            tops: Vec::new(),
        }
    }

    /// Has room for a plane of so many voxels, all of them absent where they are new.
    fn resize(&mut self, length: usize) {
        for heights in [&mut self.heights, &mut self.highest, &mut self.along] {
            heights.resize(length, self.absent);
        }
        self.is_top.resize(length.next_multiple_of(8), 0);
        self.parts.resize(length, NONE);
    }

    /// Takes in the heights of a plane and finds its tops.
    #[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
    #[inline(always)]
    fn fill(&mut self, heights: &[T], floor: T, columns: usize, before: &[T]) {
        for (own, &height) in self.heights.iter_mut().zip(heights) {
            *own = if height >= floor { height } else { self.absent };
        }
        for (row, along) in self.heights.chunks_exact(columns).zip(self.along.chunks_exact_mut(columns)) {
            higher_of_three(row, along);
        }
        let rows = self.along.len() / columns;
        for (middle, highest) in self.highest.chunks_exact_mut(columns).enumerate() {
            let (above, below) = (middle.saturating_sub(1), (middle + 1).min(rows - 1));
            let three = [above, middle, below].map(|row| &self.along[row * columns..][..columns]);
            for (((out, &a), &b), &c) in highest.iter_mut().zip(three[0]).zip(three[1]).zip(three[2]) {
                *out = higher(higher(a, b), c);
            }
        }
        let pairs = self.heights.iter().zip(&self.highest).zip(before);
        for (out, ((&height, &highest), &before)) in self.is_top.iter_mut().zip(pairs) {
            *out = u8::from(height >= highest) & u8::from(height >= before) & u8::from(height >= floor);
        }
    }

    /// Calls `visit` with the index of each top.
    fn each_top(is_top: &[u8], mut visit: impl FnMut(usize)) {
        let (words, _) = is_top.as_chunks::<8>();
        for (i, word) in words.iter().enumerate() {
            if u64::from_ne_bytes(*word) != 0 {
                for (j, _) in word.iter().enumerate().filter(|&(_, is_top)| *is_top != 0) {
                    visit(8 * i + j);
                }
            }
        }
    }

    /// Forgets the tops.
    fn clear(&mut self, columns: usize) {
        for [row, column] in self.tops.drain(..) {
            self.parts[row * columns + column] = NONE;
        }
    }

    /// The part of a voxel that is a top.
    fn part(&self, index: usize) -> Option<usize> {
        self.parts.get(index).copied().filter(|&part| part != NONE)
    }

    /// Whether one of the 3 × 3 voxels about a place is as high as `height`, and a neighbour exceeds it.
    fn has_low(&self, near: impl Iterator<Item = usize>, height: T) -> bool {
        near.into_iter().any(|index| self.parts[index] == NONE && self.heights[index] == height)
    }
}

/// The highest of each voxel of a row and its two neighbours.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn higher_of_three<T: Copy + PartialOrd>(row: &[T], out: &mut [T]) {
    let last = row.len() - 1;
    if last == 0 {
        out[0] = row[0];
        return;
    }
    let inner = row[..last - 1].iter().zip(&row[1..last]).zip(&row[2..]);
    for (out, ((&a, &b), &c)) in out[1..last].iter_mut().zip(inner) {
        *out = higher(higher(a, b), c);
    }
    out[0] = higher(row[0], row[1]);
    out[last] = higher(row[last - 1], row[last]);
}

/// The higher of two heights.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn higher<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// The 3 × 3 voxels about one, as far as the plane reaches.
fn near([row, column]: [usize; 2], [_, rows, columns]: [usize; 3]) -> impl Iterator<Item = usize> {
    let (from, to) = (column.saturating_sub(1), (column + 2).min(columns));
    (row.saturating_sub(1)..(row + 2).min(rows)).flat_map(move |row| row * columns + from..row * columns + to)
}

impl<T: Copy + PartialOrd> Maxima<T> {
    /// For a heatmap with memory axes of `lengths`, outermost first, along which the logical index grows by
    /// `steps`. Voxels below `floor`, and those that cannot be compared with it, are as if they were not there; `absent`
    /// is any height below it.
    #[must_use]
    pub fn new(level: Level, mut lengths: [usize; 3], mut steps: [u64; 3], floor: T, absent: T) -> Maxima<T> {
        for _ in 0..2 {
            if lengths[0] == 1 {
                lengths.rotate_left(1);
                steps.rotate_left(1);
            }
        }
        let (before, now, parts) = (Plane::new(absent), Plane::new(absent), Parts(Vec::new()));
        Maxima { level, lengths, steps, floor, planes: 0, before, now, parts }
    }

    /// Voxels of a plane, and how many planes there are.
    #[must_use]
    pub fn plane_length(&self) -> (usize, usize) {
        let [planes, rows, columns] = self.lengths;
        (rows * columns, planes)
    }

    /// Takes in the plane that follows, in the order of memory; maxima that end before it go to `take`.
    pub fn plane(&mut self, heights: &[T], take: &mut Take<'_, T>) {
        let (now, before, floor) = (&mut self.now, &mut self.before, self.floor);
        let columns = self.lengths[2].max(1);
        now.resize(heights.len());
        before.resize(heights.len());
        vectorized(
            self.level,
            #[inline(always)]
            || now.fill(heights, floor, columns, &before.highest),
        );
        self.enter_tops();
        self.look_back();
        self.connect();
        self.close(take);
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear(columns);
        self.planes += 1;
    }

    /// After the last plane.
    pub fn end(mut self, take: &mut Take<'_, T>) {
        self.close(take);
    }

    /// Enters the tops of this plane. Equal ones side by side in a row are one part.
    fn enter_tops(&mut self) {
        let Maxima { now: Plane { heights, is_top, parts: places, tops, .. }, parts, .. } = self;
        let columns = self.lengths[2].max(1);
        let key = self.planes * self.steps[0];
        Plane::<T>::each_top(is_top, |index| {
            let [row, column] = [index / columns, index % columns];
            let left = index.checked_sub(1).filter(|&left| column > 0 && heights[left] == heights[index]);
            let joined = left.map(|left| places[left]).filter(|&part| part != NONE);
            places[index] = joined.unwrap_or_else(|| {
                let key = key + row as u64 * self.steps[1] + column as u64 * self.steps[2];
                parts.add(heights[index], key)
            });
            tops.push([row, column]);
        });
    }

    /// Finds tops of the plane before that a voxel of this one exceeds, or that touch an equal one that is low.
    fn look_back(&mut self) {
        let (before, now) = (&self.before, &self.now);
        for &top in &before.tops {
            let index = top[0] * self.lengths[2] + top[1];
            let (height, highest) = (before.heights[index], now.highest[index]);
            let is_low =
                highest > height || (highest >= height && now.has_low(near(top, self.lengths), height));
            if let Some(part) = before.part(index).filter(|_| is_low) {
                self.parts.lower(part);
            }
        }
    }

    /// Connects the tops of this plane with those that are equal and touch them, here and in the plane before.
    fn connect(&mut self) {
        let (before, now) = (&self.before, &mut self.now);
        for &top in &now.tops {
            let index = top[0] * self.lengths[2] + top[1];
            let (Some(part), height) = (now.part(index), now.heights[index]) else { continue };
            let mut own = self.parts.root(part);
            if now.has_low(near(top, self.lengths), height) {
                self.parts.lower(own);
            }
            let equal =
                |plane: &Plane<T>, other: usize| plane.part(other).filter(|_| plane.heights[other] == height);
            for other in near(top, self.lengths).take_while(|&other| other < index) {
                if let Some(part) = equal(now, other) {
                    own = self.parts.join(own, part);
                }
            }
            // Whatever is there is not higher: it would not be a top.
            if before.highest.get(index).is_some_and(|&highest| highest >= height) {
                if before.has_low(near(top, self.lengths), height) {
                    self.parts.lower(own);
                }
                for other in near(top, self.lengths) {
                    if let Some(part) = equal(before, other) {
                        own = self.parts.join(own, part);
                    }
                }
            }
            now.parts[index] = own;
        }
    }

    /// Hands on the maxima that do not reach into this plane, and forgets all parts that do not.
    fn close(&mut self, take: &mut Take<'_, T>) {
        let mut kept = Vec::new();
        for &[row, column] in &self.now.tops {
            let index = row * self.lengths[2] + column;
            let Some(part) = self.now.part(index) else { continue };
            let root = self.parts.root(part);
            let next = self.parts.0[root].next.unwrap_or_else(|| {
                kept.push(root);
                kept.len() - 1
            });
            self.parts.0[root].next = Some(next);
            self.now.parts[index] = next;
        }
        for (index, part) in self.parts.0.iter().enumerate() {
            if part.parent == index && part.next.is_none() && part.is_top {
                // Parts that are lower, and may look like tops from here on, are not wanted either.
                self.floor = take(Candidate { height: part.height, key: part.key }).unwrap_or(self.floor);
            }
        }
        let renumbered =
            |(number, root): (usize, usize)| Part { parent: number, next: None, ..self.parts.0[root] };
        self.parts = Parts(kept.into_iter().enumerate().map(renumbered).collect());
    }
}

/// The parts of two planes.
struct Parts<T>(Vec<Part<T>>);

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

impl<T> Parts<T> {
    /// A part of one voxel.
    fn add(&mut self, height: T, key: u64) -> usize {
        let parent = self.0.len();
        self.0.push(Part { height, parent, key, is_top: true, next: None });
        parent
    }

    fn root(&mut self, mut part: usize) -> usize {
        while self.0[part].parent != part {
            // Halves the way for those who come after.
            self.0[part].parent = self.0[self.0[part].parent].parent;
            part = self.0[part].parent;
        }
        part
    }

    /// A neighbour exceeds a part.
    fn lower(&mut self, part: usize) {
        let root = self.root(part);
        self.0[root].is_top = false;
    }

    /// Makes one of two parts, and gives it.
    fn join(&mut self, own: usize, other: usize) -> usize {
        if own == other {
            return own;
        }
        let (own, other) = (self.root(own), self.root(other));
        if own != other {
            let (key, is_top) = (self.0[own].key, self.0[own].is_top);
            let root = &mut self.0[other];
            root.key = root.key.min(key);
            root.is_top &= is_top;
            self.0[own].parent = other;
        }
        other
    }
}
