//! Components as far as they are known: runs of voxels that touch, joined by union and find.
//!
//! Two runs of one component may turn out to be connected only planes later, so components are joined
//! whenever runs touch, and one of them stands for all. Each search for it shortens the path of the next one.

use super::sum::Sum;
use crate::memory::{self, OutOfMemory};

/// What is summed over the voxels of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) voxels: u64,
    /// The index of its first voxel in (h, w, d) order.
    pub(super) first: u64,
    /// The sum of the weights.
    pub(super) mass: Sum,
    /// The sums of weight × coordinate along the planes, rows and columns.
    pub(super) moments: [Sum; 3],
}

impl Figures {
    /// The figures of both together.
    fn with(mut self, other: &Figures) -> Figures {
        self.voxels += other.voxels;
        self.first = self.first.min(other.first);
        self.mass.add_times(other.mass, 1.0);
        for (own, &moment) in self.moments.iter_mut().zip(&other.moments) {
            own.add_times(moment, 1.0);
        }
        self
    }

    /// The mean of the weights.
    pub(super) fn mean(&self) -> f64 {
        self.mass.value() / self.voxels as f64
    }

    /// Whether it is preferred to another one: a higher mean, then more voxels, then an earlier first voxel.
    pub(super) fn is_before(&self, other: &Figures) -> bool {
        let order = self.mean().total_cmp(&other.mean()).then(self.voxels.cmp(&other.voxels));
        order.then(other.first.cmp(&self.first)).is_gt()
    }
}

/// A component, or a part of one.
#[derive(Clone, Copy)]
struct Component {
    figures: Figures,
    /// The component that it was joined to; itself if it was not.
    parent: usize,
    /// Its number among those that reach into the plane, once it has one.
    next: Option<usize>,
}

/// The components that reach into the last plane or the one before.
#[derive(Default)]
pub(super) struct Joined {
    all: Vec<Component>,
    /// The components of the next plane while they are collected.
    kept: Vec<Component>,
}

impl Joined {
    /// Adds a component of one run; returns its number.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn add(&mut self, figures: Figures) -> Result<usize, OutOfMemory> {
        let parent = self.all.len();
        memory::push(&mut self.all, Component { figures, parent, next: None })?;
        Ok(parent)
    }

    /// The component that stands for all that were joined to this one.
    fn root(&mut self, mut component: usize) -> usize {
        while self.all[component].parent != component {
            // Shortens the path for later searches.
            self.all[component].parent = self.all[self.all[component].parent].parent;
            component = self.all[component].parent;
        }
        component
    }

    /// Joins two components.
    pub(super) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            // The earlier one stands for both, so that the order of the sums is that of memory.
            let (kept, joined) = (one.min(other), one.max(other));
            self.all[kept].figures = self.all[kept].figures.with(&self.all[joined].figures);
            self.all[joined].parent = kept;
        }
    }

    /// Begins the next plane: gives the components of the runs in this one new numbers, and forgets all
    /// others, with which it calls `on_complete`.
    ///
    /// # Errors
    /// If there is no memory for the list of those that go on.
    pub(super) fn next_plane<'a>(
        &mut self,
        of_runs: impl Iterator<Item = &'a mut usize>,
        mut on_complete: impl FnMut(&Figures),
    ) -> Result<(), OutOfMemory> {
        self.kept.clear();
        for component in of_runs {
            let root = self.root(*component);
            let number = self.kept.len();
            *component = *self.all[root].next.get_or_insert(number);
            if *component == number {
                memory::push(&mut self.kept, Component { parent: number, next: None, ..self.all[root] })?;
            }
        }
        for (index, component) in self.all.iter().enumerate() {
            if component.parent == index && component.next.is_none() {
                on_complete(&component.figures);
            }
        }
        std::mem::swap(&mut self.all, &mut self.kept);
        Ok(())
    }
}
