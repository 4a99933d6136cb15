//! The first of the largest values, compared exactly.
//!
//! Integers of 64 bits are compared as such, because f64 would make neighbours equal and so change which is
//! first; every other type is exact in f64.

use super::slices::Reducer;
use crate::source::Element;
use std::marker::PhantomData;

/// Numbers in the order of the values, in which NaN is the largest.
pub(super) trait Key: Copy + Default {
    /// No value is smaller.
    const LEAST: Self;

    /// Whether it is strictly larger.
    fn beats(self, other: Self) -> bool;

    /// Decodes stored values; `is_reversed` reverses their order, except for NaN, which stays the largest.
    fn decode(element: Element, is_reversed: bool, bytes: &[u8], keys: &mut [Self]);
}

impl Key for f64 {
    const LEAST: f64 = f64::NEG_INFINITY;

    #[inline]
    fn beats(self, other: f64) -> bool {
        self > other || (self.is_nan() && !other.is_nan())
    }

    fn decode(element: Element, is_reversed: bool, bytes: &[u8], keys: &mut [f64]) {
        element.widen_f64(bytes, keys);
        if is_reversed {
            for key in keys {
                *key = -*key;
            }
        }
    }
}

impl Key for u64 {
    const LEAST: u64 = 0;

    #[inline]
    fn beats(self, other: u64) -> bool {
        self > other
    }

    fn decode(element: Element, is_reversed: bool, bytes: &[u8], keys: &mut [u64]) {
        for (i, key) in keys.iter_mut().enumerate() {
            let forward = element.order_key(bytes, i);
            *key = if is_reversed { !forward } else { forward };
        }
    }
}

/// The hard argmax.
pub(super) struct Hard<K> {
    is_reversed: bool,
    key: PhantomData<K>,
}

impl<K> Hard<K> {
    /// If `is_reversed`, the smallest stored value counts as the largest.
    pub(super) fn new(is_reversed: bool) -> Hard<K> {
        Hard { is_reversed, key: PhantomData }
    }
}

/// The largest value so far, and the smallest index that it has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Best<K> {
    key: K,
    index: u64,
}

impl<K: Key> Reducer for Hard<K> {
    type Key = K;
    type Slice = Best<K>;
    type Answer = i64;

    fn decode(&self, element: Element, bytes: &[u8], keys: &mut [K]) {
        K::decode(element, self.is_reversed, bytes, keys);
    }

    /// Nothing beats index 0 in a slice of the least values.
    fn empty(&self) -> Best<K> {
        Best { key: K::LEAST, index: 0 }
    }

    #[inline]
    fn add(&self, best: &mut Best<K>, index: u64, key: K) {
        if key.beats(best.key) {
            *best = Best { key, index };
        }
    }

    fn add_run(&self, best: &mut Best<K>, first: u64, step: u64, keys: &[K]) {
        let mut run = self.empty();
        for (i, &key) in (0..).zip(keys) {
            self.add(&mut run, i, key);
        }
        run.index = first + step * run.index;
        let is_tied = !best.key.beats(run.key);
        if run.key.beats(best.key) || (is_tied && run.index < best.index) {
            *best = run;
        }
    }

    fn answer(&self, best: &Best<K>) -> i64 {
        best.index as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best_of<K: Key>(runs: &[(u64, u64, &[K])]) -> i64 {
        let reducer = Hard::<K>::new(false);
        let mut best = reducer.empty();
        for &(first, step, keys) in runs {
            reducer.add_run(&mut best, first, step, keys);
        }
        reducer.answer(&best)
    }

    #[test]
    fn the_first_maximum_by_hand() {
        let nan = f64::NAN;
        assert_eq!(best_of(&[(0, 1, &[1.0, 3.0, 2.0, 3.0])]), 1);
        assert_eq!(best_of(&[(0, 1, &[-0.0, 0.0])]), 0);
        assert_eq!(best_of(&[(0, 1, &[f64::INFINITY, nan, 1.0, nan])]), 1);
        assert_eq!(best_of(&[(0, 1, &[f64::NEG_INFINITY; 3])]), 0);
        assert_eq!(best_of(&[(0, 1, &[1.0, nan]), (2, 1, &[nan, 9.0])]), 1);
        assert_eq!(best_of(&[(0, 1, &[0_u64, 0]), (2, 1, &[0, u64::MAX])]), 3);
    }

    #[test]
    fn of_ties_between_runs_the_smaller_index_wins() {
        assert_eq!(best_of(&[(0, 2, &[1.0, 5.0]), (1, 2, &[5.0, 1.0])]), 1);
        assert_eq!(best_of(&[(0, 2, &[5.0, 1.0]), (1, 2, &[5.0, 5.0])]), 0);
        assert_eq!(best_of(&[(0, 2, &[1.0, f64::NAN]), (1, 2, &[f64::NAN, 1.0])]), 1);
    }
}
