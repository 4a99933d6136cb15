//! Asks the processor to bring values into its nearest cache: the only unsafe code of the crate.
//!
//! Why: a block is scanned for its maximum before it is summed, and the scan waits for memory while the sum
//! leaves memory idle. Fetching the next block during the sum takes a quarter off the time of a heatmap that
//! lies in memory (`docs/performance.md`). There is no safe way to say it, and no answer depends on it.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "the intrinsic takes a raw pointer, though it never reads through it")
)]

/// Bytes of a cache line, on every machine that has the instruction.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Fetches `count` values from `start` on, as far as there are any.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn prefetch<T>(values: &[T], start: usize, count: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let Some(values) = values.get(start..start + count) else { return };
    for line in values.chunks(LINE / size_of::<T>()) {
        // SAFETY: prefetching is a hint; it touches no memory and cannot fault whatever the address, which
        // here is that of a live reference. SSE, which has the instruction, is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

/// Nothing: there is no stable way to ask for it on this machine.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn prefetch<T>(_: &[T], _: usize, _: usize) {}
