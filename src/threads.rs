//! Work over the heatmaps of an array in memory, on all threads of the caller's pool.
//!
//! The order of the results is that of the indices, and each result depends on its index alone, so the number
//! of threads cannot show in an answer.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// How many threads [`map`] uses.
pub(crate) fn count() -> usize {
    rayon::current_num_threads()
}

/// The results of `apply` for every index below `count`, in order, made on all threads. Each thread has a
/// state of its own, so that memory is used again from one index to the next.
pub(crate) fn map<S, R: Send>(
    count: usize,
    state: impl Fn() -> S + Sync + Send,
    apply: impl Fn(&mut S, usize) -> R + Sync + Send,
) -> Vec<R> {
    (0..count).into_par_iter().map_init(state, apply).collect()
}
