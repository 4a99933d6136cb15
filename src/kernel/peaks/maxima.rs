//! Local maxima plane by plane: the sweep.

use super::{Candidate, Take};
use crate::kernel::level::vectorized;
use fearless_simd::Level;
use std::ops::Range;

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
    /// The tops, in the order of memory.
    runs: Vec<Run>,
}

/// Equal tops side by side in a row.
#[derive(Clone, Copy)]
struct Run {
    row: usize,
    /// The first column, and the one behind the last.
    start: usize,
    end: usize,
    part: usize,
}

impl Run {
    /// Whether one of a neighbouring row touches it.
    fn touches(&self, other: &Run) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Indices of its voxels in a plane.
    fn voxels(&self, columns: usize) -> Range<usize> {
        self.row * columns + self.start..self.row * columns + self.end
    }
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
            runs: Vec::new(),
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
        for run in self.runs.drain(..) {
            self.parts[run.voxels(columns)].fill(NONE);
        }
    }

    /// The voxels of a run and those that touch it, row by row.
    fn near(&self, run: &Run, columns: usize) -> impl Iterator<Item = Range<usize>> + use<T> {
        let rows = self.heights.len() / columns;
        let (from, to) = (run.start.saturating_sub(1), (run.end + 1).min(columns));
        (run.row.saturating_sub(1)..(run.row + 2).min(rows))
            .map(move |row| row * columns + from..row * columns + to)
    }

    /// Whether a voxel of a run, or one that touches it, is as high as `height`, and a neighbour exceeds it.
    fn has_low(&self, run: &Run, height: T, columns: usize) -> bool {
        self.near(run, columns).any(|voxels| {
            let mut pairs = self.heights[voxels.clone()].iter().zip(&self.parts[voxels]);
            pairs.any(|(&other, &part)| other == height && part == NONE)
        })
    }

    /// The highest of the voxels of a run and of those that touch it.
    fn highest_of(&self, run: &Run, columns: usize) -> T {
        self.highest[run.voxels(columns)].iter().copied().fold(self.absent, higher)
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
        let Maxima { now: Plane { heights, is_top, parts: places, runs, .. }, parts, .. } = self;
        let columns = self.lengths[2].max(1);
        let key = self.planes * self.steps[0];
        Plane::<T>::each_top(is_top, |index| {
            let [row, column] = [index / columns, index % columns];
            let last = runs.last_mut().filter(|run| run.row == row && run.end == column);
            if let Some(run) = last.filter(|_| heights[index - 1] == heights[index]) {
                run.end += 1;
                places[index] = run.part;
                return;
            }
            let key = key + row as u64 * self.steps[1] + column as u64 * self.steps[2];
            let part = parts.add(heights[index], key);
            places[index] = part;
            runs.push(Run { row, start: column, end: column + 1, part });
        });
    }

    /// Finds tops of the plane before that a voxel of this one exceeds, or that touch an equal one that is low.
    fn look_back(&mut self) {
        let (before, now, columns) = (&self.before, &self.now, self.lengths[2].max(1));
        for run in &before.runs {
            let (height, highest) = (before.heights[run.voxels(columns).start], now.highest_of(run, columns));
            if highest > height || (highest >= height && now.has_low(run, height, columns)) {
                self.parts.lower(run.part);
            }
        }
    }

    /// Connects the tops of this plane with those that are equal and touch them, here and in the plane before.
    fn connect(&mut self) {
        let (before, now, columns) = (&self.before, &self.now, self.lengths[2].max(1));
        // The first run that may touch one in the row below it.
        let mut above = 0;
        for run in &now.runs {
            let height = now.heights[run.voxels(columns).start];
            let mut own = self.parts.root(run.part);
            let is_above =
                |other: &Run| other.row + 1 < run.row || (other.row + 1 == run.row && other.end < run.start);
            above += now.runs[above..].iter().take_while(|&other| is_above(other)).count();
            let touching =
                now.runs[above..].iter().take_while(|other| other.row < run.row && other.start <= run.end);
            for other in touching.filter(|&other| run.touches(other)) {
                if now.heights[other.voxels(columns).start] == height {
                    own = self.parts.join(own, other.part);
                }
            }
            // Whatever is there is not higher: it would not be a top.
            let is_level = before.highest_of(run, columns) >= height;
            if is_level && !before.runs.is_empty() {
                for voxels in before.near(run, columns) {
                    let mut last = NONE;
                    for (&other, &part) in before.heights[voxels.clone()].iter().zip(&before.parts[voxels]) {
                        if other == height && part != NONE && part != last {
                            own = self.parts.join(own, part);
                            last = part;
                        }
                    }
                }
            }
            if self.parts.is_top(own)
                && ((is_level && before.has_low(run, height, columns)) || now.has_low(run, height, columns))
            {
                self.parts.lower(own);
            }
        }
    }

    /// Hands on the maxima that do not reach into this plane, and forgets all parts that do not, and those that a
    /// neighbour exceeds.
    fn close(&mut self, take: &mut Take<'_, T>) {
        let columns = self.lengths[2].max(1);
        let (now, parts) = (&mut self.now, &mut self.parts);
        let mut kept = Vec::new();
        let places = &mut now.parts;
        now.runs.retain_mut(|run| {
            let root = parts.root(run.part);
            let is_top = parts.0[root].is_top;
            run.part = if is_top {
                *parts.0[root].next.get_or_insert_with(|| {
                    kept.push(root);
                    kept.len() - 1
                })
            } else {
                NONE
            };
            places[run.voxels(columns)].fill(run.part);
            is_top
        });
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

    fn is_top(&mut self, part: usize) -> bool {
        let root = self.root(part);
        self.0[root].is_top
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
