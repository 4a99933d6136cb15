//! Puts what comes in any order back in order.
//!
//! Threads finish units and inputs as they please, but sums are rounded the same only if they are added in
//! one order, and rows appear in the order of the inputs. Both wait here for those before them.

use std::collections::BTreeMap;

/// Numbered things, given back from 0 on without a gap.
#[derive(Debug)]
pub(super) struct InOrder<T> {
    next: usize,
    early: BTreeMap<usize, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        InOrder { next: 0, early: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// Adds the thing of a number, each number once.
    pub(super) fn insert(&mut self, number: usize, thing: T) {
        self.early.insert(number, thing);
    }

    /// Takes the thing whose turn it is; `None` while it has not come.
    pub(super) fn pop(&mut self) -> Option<T> {
        let thing = self.early.remove(&self.next)?;
        self.next += 1;
        Some(thing)
    }

    /// The number whose turn it is: all below it have been taken.
    pub(super) fn next(&self) -> usize {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_early_waits_for_its_turn() {
        let mut order = InOrder::default();
        let mut taken = Vec::new();
        for number in [2, 0, 3, 1, 4] {
            order.insert(number, number);
            taken.push(std::iter::from_fn(|| order.pop()).collect::<Vec<_>>());
        }
        assert_eq!(taken, [vec![], vec![0], vec![], vec![1, 2, 3], vec![4]]);
        assert_eq!(order.next(), 5);
    }
}
