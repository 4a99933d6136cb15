//! A local maximum that may become a peak.
//!
//! Its order is the order of acceptance: higher first, then earlier in (h, w, d) order. The order is total,
//! because no two candidates share a voxel, so the result of a search does not depend on the order in which
//! maxima are found.

use std::cmp::Ordering;

/// Is called with each local maximum. The answer is the height below which no more are needed, once there is
/// one.
pub(super) type OnMaximum<'a, T> = dyn FnMut(Candidate<T>) -> Option<T> + 'a;

/// A voxel that stands for a local maximum. Greater ones come first: higher, then earlier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<T> {
    /// How high it is. Never NaN.
    pub(super) height: T,
    /// Its index in logical (h, w, d) order.
    pub(super) key: u64,
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
