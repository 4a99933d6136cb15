//! Plateaus: connected sets of equal voxels, joined by union and find.
//!
//! Two runs of one plateau may turn out to be connected only planes later, so plateaus are joined whenever
//! runs touch, and one of them stands for all. Each search for it shortens the path of the next one.

/// The plateaus of two planes.
pub(super) struct Plateaus<T>(pub(super) Vec<Plateau<T>>);

/// A connected set of equal voxels, as far as it is known yet.
#[derive(Clone, Copy)]
pub(super) struct Plateau<T> {
    /// How high all its voxels are.
    pub(super) height: T,
    /// The plateau that it was joined to; itself if it was not.
    pub(super) parent: usize,
    /// Its first voxel in logical order.
    pub(super) key: u64,
    /// Whether no neighbour exceeds it.
    pub(super) is_top: bool,
    /// Its number in the next plane, if it extends there.
    pub(super) next: Option<usize>,
}

impl<T> Plateaus<T> {
    /// Adds a plateau of one voxel.
    pub(super) fn add(&mut self, height: T, key: u64) -> usize {
        let parent = self.0.len();
        self.0.push(Plateau { height, parent, key, is_top: true, next: None });
        parent
    }

    /// The plateau that stands for all that were joined to this one.
    pub(super) fn root(&mut self, mut plateau: usize) -> usize {
        while self.0[plateau].parent != plateau {
            // Shortens the path for later searches.
            self.0[plateau].parent = self.0[self.0[plateau].parent].parent;
            plateau = self.0[plateau].parent;
        }
        plateau
    }

    /// Whether no neighbour of a plateau has exceeded it yet.
    pub(super) fn is_top(&mut self, plateau: usize) -> bool {
        let root = self.root(plateau);
        self.0[root].is_top
    }

    /// Notes that a neighbour exceeds a plateau.
    pub(super) fn lower(&mut self, plateau: usize) {
        let root = self.root(plateau);
        self.0[root].is_top = false;
    }

    /// Joins two plateaus and returns the result.
    pub(super) fn join(&mut self, own: usize, other: usize) -> usize {
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
