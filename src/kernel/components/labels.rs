//! Connected components, from the rows of a heatmap one after the other.
//!
//! Voxels that count lie side by side in runs. A run touches runs of the row before it, and of three rows of
//! the plane before: which ones, and whether corner to corner counts, follows from the connectivity. Rows and
//! planes are those of memory; connectivity is the same along all axes, so the components are the same in
//! every order of memory.

use super::joined::{Figures, Joined};
use super::sum::Sum;
use crate::heatmap::MemoryAxes;
use crate::memory::{self, OutOfMemory};
use std::ops::Range;

/// Voxels that are looked at together for one that counts.
const PART: usize = 64;

/// Finds the components of a heatmap from its rows in the order of memory.
pub(super) struct Labels {
    /// Along how many axes two voxels that touch may differ.
    axes_apart: usize,
    /// Rows of a plane, and columns of a row.
    rows: usize,
    columns: usize,
    /// Steps of the logical index along planes, rows and columns.
    steps: [u64; 3],
    /// The memory axes that are planes, rows and columns.
    order: [usize; 3],
    /// The plane and the row that come next.
    next: [usize; 2],
    before: Plane,
    now: Plane,
    joined: Joined,
}

/// The runs of a plane.
#[derive(Default)]
struct Plane {
    /// In the order of memory.
    runs: Vec<Run>,
    /// For each row that is known, where its runs end in `runs`.
    ends: Vec<usize>,
}

/// Voxels that count, side by side in a row.
#[derive(Clone, Copy)]
struct Run {
    /// The first column, and the one behind the last.
    start: usize,
    end: usize,
    component: usize,
}

impl Plane {
    /// Where the runs of a row are.
    fn row(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends.get(row).copied().unwrap_or(start)
    }
}

impl Labels {
    /// Prepares for a heatmap with these axes; two voxels touch if they differ by at most one voxel along at
    /// most `axes_apart` axes.
    pub(super) fn new(axes: &MemoryAxes, axes_apart: usize) -> Labels {
        // Axes of length 1 lie outermost. Another one takes their place, so that a plane is small.
        let order = match axes.lengths {
            [1, 1, _] => [2, 0, 1],
            [1, ..] => [1, 0, 2],
            _ => [0, 1, 2],
        };
        let steps = axes.logical_steps();
        let [_, rows, columns] = order.map(|axis| axes.lengths[axis]);
        Labels {
            axes_apart,
            rows,
            columns,
            steps: order.map(|axis| steps[axis]),
            order,
            next: [0; 2],
            before: Plane::default(),
            now: Plane::default(),
            joined: Joined::default(),
        }
    }

    /// Adds the next rows: the weight of each voxel, 0 if it does not count. Calls `on_component` with those
    /// that no later row can touch.
    ///
    /// # Errors
    /// If there is no memory for the runs of two planes, or for their components.
    pub(super) fn rows(
        &mut self,
        weights: &[f64],
        on_component: &mut dyn FnMut(&Figures),
    ) -> Result<(), OutOfMemory> {
        for row in weights.chunks_exact(self.columns.max(1)) {
            self.row(row)?;
            let [plane, next] = &mut self.next;
            *next += 1;
            if *next == self.rows {
                (*plane, *next) = (*plane + 1, 0);
                self.close(on_component)?;
            }
        }
        Ok(())
    }

    /// Ends after the last row.
    ///
    /// # Errors
    /// As of [`Labels::rows`].
    pub(super) fn end(mut self, on_component: &mut dyn FnMut(&Figures)) -> Result<(), OutOfMemory> {
        self.close(on_component)
    }

    /// The centroid of a component along the memory axes.
    pub(super) fn centroid(order: [usize; 3], figures: &Figures) -> [f64; 3] {
        let mut centroid = [0.0; 3];
        for (axis, moment) in order.into_iter().zip(figures.moments) {
            centroid[axis] = moment.value() / figures.mass.value();
        }
        centroid
    }

    /// The memory axes that are planes, rows and columns.
    pub(super) fn order(&self) -> [usize; 3] {
        self.order
    }

    /// Enters the runs of a row, and joins them with those that they touch.
    fn row(&mut self, weights: &[f64]) -> Result<(), OutOfMemory> {
        let [plane, row] = self.next;
        let place = [plane as f64, row as f64];
        let key = plane as u64 * self.steps[0] + row as u64 * self.steps[1];
        let (now, joined, step) = (&mut self.now, &mut self.joined, self.steps[2]);
        each_run(weights, |run| {
            let first = key + run.start as u64 * step;
            let component = joined.add(figures(weights, &run, place, first))?;
            memory::push(&mut now.runs, Run { start: run.start, end: run.end, component })
        })?;
        memory::push(&mut now.ends, now.runs.len())?;
        let own = now.row(row);
        if own.is_empty() {
            return Ok(());
        }
        let own = &now.runs[own];
        if let Some(above) = row.checked_sub(1) {
            join_rows(joined, own, &now.runs[now.row(above)], self.axes_apart, 1);
        }
        for other in row.saturating_sub(1)..(row + 2).min(self.before.ends.len()) {
            let away = 1 + usize::from(other != row);
            join_rows(joined, own, &self.before.runs[self.before.row(other)], self.axes_apart, away);
        }
        Ok(())
    }

    /// Reports the components that do not reach into this plane, and begins the next one.
    fn close(&mut self, on_component: &mut dyn FnMut(&Figures)) -> Result<(), OutOfMemory> {
        let of_runs = self.now.runs.iter_mut().map(|run| &mut run.component);
        self.joined.next_plane(of_runs, on_component)?;
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.runs.clear();
        self.now.ends.clear();
        Ok(())
    }
}

/// Joins the runs of a row with those of another one that they touch. The rows differ along `away` axes, and
/// voxels that touch along at most `axes_apart`.
fn join_rows(joined: &mut Joined, own: &[Run], other: &[Run], axes_apart: usize, away: usize) {
    if away > axes_apart {
        return;
    }
    // Whether a column may lie beside that of the other voxel.
    let slack = usize::from(away < axes_apart);
    let mut first = 0;
    for run in own {
        first += other[first..].iter().take_while(|other| other.end + slack <= run.start).count();
        let touching = other[first..].iter().take_while(|other| other.start < run.end + slack);
        touching.for_each(|other| joined.join(run.component, other.component));
    }
}

/// Calls `visit` with each run of weights above 0.
fn each_run<E>(weights: &[f64], mut visit: impl FnMut(Range<usize>) -> Result<(), E>) -> Result<(), E> {
    let mut start = None;
    for (part, weights) in weights.chunks(PART).enumerate() {
        // Weights are not below 0, and 0 has no bits: without branches, so that it is vectorised.
        if start.is_none() && weights.iter().fold(0, |any, weight| any | weight.to_bits()) == 0 {
            continue;
        }
        for (i, &weight) in weights.iter().enumerate() {
            let column = part * PART + i;
            match start {
                None if weight > 0.0 => start = Some(column),
                Some(first) if weight <= 0.0 => {
                    visit(first..column)?;
                    start = None;
                }
                _ => {}
            }
        }
    }
    start.map_or(Ok(()), |first| visit(first..weights.len()))
}

/// What is summed over a run of the plane and row of `place`, whose first voxel has the index `first`.
fn figures(weights: &[f64], run: &Range<usize>, place: [f64; 2], first: u64) -> Figures {
    let (mut mass, mut along) = (Sum::default(), Sum::default());
    for (column, &weight) in run.clone().zip(&weights[run.clone()]) {
        mass.add(weight);
        along.add(weight * column as f64);
    }
    let mut moments = [Sum::default(), Sum::default(), along];
    for (moment, coordinate) in moments.iter_mut().zip(place) {
        moment.add_times(mass, coordinate);
    }
    Figures { voxels: run.len() as u64, first, mass, moments }
}
