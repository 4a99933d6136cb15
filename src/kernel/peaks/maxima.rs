//! Local maxima, plane by plane.
//!
//! Nearly every voxel has a higher neighbour in its own plane or in the one before, which a few comparisons
//! of many voxels at once find out. The few others, the tops, are entered as runs along rows and joined to
//! plateaus by union and find, across planes too. One voxel in eighteen of noise is a top; of a background of
//! exact zeros every row is one run.
//!
//! A plateau is complete once it does not reach into the next plane. It is then a maximum, or was exceeded
//! somewhere, which is noted as soon as any of its voxels meets a higher neighbour. Exceeded plateaus are
//! forgotten at the next plane: from then on their height alone shows that voxels beside them are no maxima.

use super::candidate::{Candidate, OnMaximum};
use super::plateaus::{Plateau, Plateaus};
use crate::kernel::simd::level::{SimdLevel, vectorized};
use crate::memory::{self, OutOfMemory};
use std::ops::Range;

/// Finds local maxima from the planes of a heatmap along its outermost memory axis.
///
/// It keeps two planes. If the outermost axes have length 1, planes are rows or single voxels.
pub(super) struct Maxima<T> {
    level: SimdLevel,
    /// Lengths of the memory axes, those of length 1 at the start moved to the end.
    lengths: [usize; 3],
    /// Steps of the logical index along them.
    steps: [u64; 3],
    /// Voxels below it are ignored. It rises once enough higher maxima are known.
    floor: T,
    planes: u64,
    before: Plane<T>,
    now: Plane<T>,
    plateaus: Plateaus<T>,
}

/// A plane of voxels.
struct Plane<T> {
    /// The height of voxels below the floor: lower than any other.
    absent: T,
    heights: Vec<T>,
    /// The highest of the 3 × 3 voxels about each one.
    highest: Vec<T>,
    /// The highest of the three along a row: an intermediate result for `highest`.
    along: Vec<T>,
    /// Whether no neighbour in this plane or in the one before exceeds it; padded to whole words.
    is_top: Vec<u8>,
    /// The plateau of each top, else [`NONE`].
    plateaus: Vec<usize>,
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
    plateau: usize,
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

/// No plateau.
const NONE: usize = usize::MAX;

impl<T: Copy + PartialOrd> Plane<T> {
    /// An empty plane.
    fn new(absent: T) -> Plane<T> {
        Plane {
            absent,
            heights: Vec::new(),
            highest: Vec::new(),
            along: Vec::new(),
            is_top: Vec::new(),
            plateaus: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Makes room for a plane of so many voxels.
    fn resize(&mut self, length: usize) -> Result<(), OutOfMemory> {
        for heights in [&mut self.heights, &mut self.highest, &mut self.along] {
            memory::resize(heights, length, self.absent)?;
        }
        memory::resize(&mut self.is_top, length.next_multiple_of(8), 0)?;
        memory::resize(&mut self.plateaus, length, NONE)
    }

    /// Stores the heights of a plane and finds its tops.
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
            self.plateaus[run.voxels(columns)].fill(NONE);
        }
    }

    /// The voxels of a run and those that touch it, row by row.
    fn near(&self, run: &Run, columns: usize) -> impl Iterator<Item = Range<usize>> + use<T> {
        let rows = self.heights.len() / columns;
        let (from, to) = (run.start.saturating_sub(1), (run.end + 1).min(columns));
        (run.row.saturating_sub(1)..(run.row + 2).min(rows))
            .map(move |row| row * columns + from..row * columns + to)
    }

    /// Whether a voxel of a run, or one that touches it, is as high as `height` but exceeded by a neighbour.
    fn has_low(&self, run: &Run, height: T, columns: usize) -> bool {
        self.near(run, columns).any(|voxels| {
            let mut pairs = self.heights[voxels.clone()].iter().zip(&self.plateaus[voxels]);
            pairs.any(|(&other, &plateau)| other == height && plateau == NONE)
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
    /// Prepares for a heatmap with memory axes of `lengths`, outermost first, along which the logical index
    /// grows by `steps`. Voxels below `floor`, and those that cannot be compared with it, are ignored;
    /// `absent` is any height below it.
    pub(super) fn new(
        level: SimdLevel,
        mut lengths: [usize; 3],
        mut steps: [u64; 3],
        floor: T,
        absent: T,
    ) -> Maxima<T> {
        for _ in 0..2 {
            if lengths[0] == 1 {
                lengths.rotate_left(1);
                steps.rotate_left(1);
            }
        }
        let (before, now, plateaus) = (Plane::new(absent), Plane::new(absent), Plateaus(Vec::new()));
        Maxima { level, lengths, steps, floor, planes: 0, before, now, plateaus }
    }

    /// Voxels of a plane, and how many planes there are.
    pub(super) fn plane_length(&self) -> (usize, usize) {
        let [planes, rows, columns] = self.lengths;
        (rows * columns, planes)
    }

    /// Adds the next plane in memory order. Calls `on_maximum` with the maxima that end before it.
    ///
    /// # Errors
    /// If there is no memory for two planes.
    pub(super) fn plane(
        &mut self,
        heights: &[T],
        on_maximum: &mut OnMaximum<'_, T>,
    ) -> Result<(), OutOfMemory> {
        let (now, before, floor) = (&mut self.now, &mut self.before, self.floor);
        let columns = self.lengths[2].max(1);
        now.resize(heights.len())?;
        before.resize(heights.len())?;
        vectorized(
            self.level,
            #[inline(always)]
            || now.fill(heights, floor, columns, &before.highest),
        );
        let tops = self.now.is_top.iter().filter(|&&is_top| is_top != 0).count();
        memory::reserve(&mut self.now.runs, tops)?;
        memory::reserve(&mut self.plateaus.0, tops)?;
        self.enter_tops();
        self.look_back();
        self.connect();
        self.close(on_maximum)?;
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear(columns);
        self.planes += 1;
        Ok(())
    }

    /// Ends after the last plane. Calls `on_maximum` with the remaining maxima.
    ///
    /// # Errors
    /// If there is no memory for what is left.
    pub(super) fn end(mut self, on_maximum: &mut OnMaximum<'_, T>) -> Result<(), OutOfMemory> {
        self.close(on_maximum)
    }

    /// Makes plateaus of the tops of this plane. Equal ones side by side in a row are one plateau.
    fn enter_tops(&mut self) {
        let Maxima { now: Plane { heights, is_top, plateaus: of_voxels, runs, .. }, plateaus, .. } = self;
        let columns = self.lengths[2].max(1);
        let key = self.planes * self.steps[0];
        Plane::<T>::each_top(is_top, |index| {
            let [row, column] = [index / columns, index % columns];
            let last = runs.last_mut().filter(|run| run.row == row && run.end == column);
            if let Some(run) = last.filter(|_| heights[index - 1] == heights[index]) {
                run.end += 1;
                of_voxels[index] = run.plateau;
                return;
            }
            let key = key + row as u64 * self.steps[1] + column as u64 * self.steps[2];
            let plateau = plateaus.add(heights[index], key);
            of_voxels[index] = plateau;
            runs.push(Run { row, start: column, end: column + 1, plateau });
        });
    }

    /// Finds tops of the previous plane that a voxel of this one exceeds, or that touch an equal voxel that
    /// is no top.
    fn look_back(&mut self) {
        let (before, now, columns) = (&self.before, &self.now, self.lengths[2].max(1));
        for run in &before.runs {
            let (height, highest) = (before.heights[run.voxels(columns).start], now.highest_of(run, columns));
            if highest > height || (highest >= height && now.has_low(run, height, columns)) {
                self.plateaus.lower(run.plateau);
            }
        }
    }

    /// Joins the tops of this plane with equal tops that touch them, here and in the previous plane.
    fn connect(&mut self) {
        let (before, now, columns) = (&self.before, &self.now, self.lengths[2].max(1));
        // The first run that may touch one in the row below it.
        let mut above = 0;
        for run in &now.runs {
            let height = now.heights[run.voxels(columns).start];
            let mut own = self.plateaus.root(run.plateau);
            let is_above =
                |other: &Run| other.row + 1 < run.row || (other.row + 1 == run.row && other.end < run.start);
            above += now.runs[above..].iter().take_while(|&other| is_above(other)).count();
            let touching =
                now.runs[above..].iter().take_while(|other| other.row < run.row && other.start <= run.end);
            for other in touching.filter(|&other| run.touches(other)) {
                if now.heights[other.voxels(columns).start] == height {
                    own = self.plateaus.join(own, other.plateau);
                }
            }
            // Nothing there is higher: this would not be a top.
            let is_level = before.highest_of(run, columns) >= height;
            if is_level && !before.runs.is_empty() {
                for voxels in before.near(run, columns) {
                    let mut last = NONE;
                    for (&other, &plateau) in
                        before.heights[voxels.clone()].iter().zip(&before.plateaus[voxels])
                    {
                        if other == height && plateau != NONE && plateau != last {
                            own = self.plateaus.join(own, plateau);
                            last = plateau;
                        }
                    }
                }
            }
            if self.plateaus.is_top(own)
                && ((is_level && before.has_low(run, height, columns)) || now.has_low(run, height, columns))
            {
                self.plateaus.lower(own);
            }
        }
    }

    /// Reports the maxima that do not extend into this plane. Forgets all plateaus that do not, and those
    /// that a neighbour exceeds.
    fn close(&mut self, on_maximum: &mut OnMaximum<'_, T>) -> Result<(), OutOfMemory> {
        let columns = self.lengths[2].max(1);
        let (now, plateaus) = (&mut self.now, &mut self.plateaus);
        let mut kept = Vec::new();
        memory::reserve(&mut kept, now.runs.len())?;
        let of_voxels = &mut now.plateaus;
        now.runs.retain_mut(|run| {
            let root = plateaus.root(run.plateau);
            let is_top = plateaus.0[root].is_top;
            run.plateau = if is_top {
                *plateaus.0[root].next.get_or_insert_with(|| {
                    kept.push(root);
                    kept.len() - 1
                })
            } else {
                NONE
            };
            of_voxels[run.voxels(columns)].fill(run.plateau);
            is_top
        });
        for (index, plateau) in self.plateaus.0.iter().enumerate() {
            if plateau.parent == index && plateau.next.is_none() && plateau.is_top {
                // Plateaus that are lower, and may look like tops from here on, are not wanted either.
                self.floor =
                    on_maximum(Candidate { height: plateau.height, key: plateau.key }).unwrap_or(self.floor);
            }
        }
        let renumbered =
            |(number, root): (usize, usize)| Plateau { parent: number, next: None, ..self.plateaus.0[root] };
        let mut plateaus = Vec::new();
        memory::reserve(&mut plateaus, kept.len())?;
        plateaus.extend(kept.into_iter().enumerate().map(renumbered));
        self.plateaus = Plateaus(plateaus);
        Ok(())
    }
}
