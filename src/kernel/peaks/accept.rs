//! The greedy choice among local maxima: the highest first, of equal ones the first in (h, w, d) order, and
//! none that is too near one accepted before.
//!
//! This is the usual suppression of neighbours, and its result is the same as with all candidates in memory.
//! A round keeps the best candidates that are still open. If it had to drop some, only those before the last
//! kept one are certain; the next round continues behind it.

use super::candidate::{Candidate, OnMaximum};
use super::spacing::LeastDistance;
use std::collections::BinaryHeap;

/// How many candidates to keep if `count` peaks are wanted: so many that the peaks are nearly always among
/// them, and so few that low voxels are soon left out.
pub(super) fn kept(count: usize) -> usize {
    count.saturating_mul(16).clamp(1 << 10, 1 << 14)
}

/// At most `count` peaks, in the order of acceptance.
///
/// `visit` calls the function that it is given with every local maximum, in any order, the same ones each
/// time. It may leave out maxima that are lower than an answer of that function. `visit` is called once if no
/// more than `kept` of them matter, and never more than `count` times.
///
/// # Errors
/// Those of `visit`.
pub(super) fn accept<T: Copy + PartialOrd, E>(
    count: usize,
    spacing: &LeastDistance,
    kept: usize,
    mut visit: impl FnMut(&mut OnMaximum<'_, T>) -> Result<(), E>,
) -> Result<Vec<Candidate<T>>, E> {
    let kept = kept.max(1);
    let mut accepted: Vec<Candidate<T>> = Vec::new();
    let mut last: Option<Candidate<T>> = None;
    while accepted.len() < count {
        // The `kept` highest of those that are still possible, the lowest of them on top.
        let mut heap = BinaryHeap::new();
        let mut is_cut = false;
        visit(&mut |candidate| {
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
        // If some were left out, the first that was not is a new peak: each round accepts at least one.
        if !is_cut {
            break;
        }
    }
    Ok(accepted)
}
