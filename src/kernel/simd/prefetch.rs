//! Asks the processor to bring values into its nearest cache: the only unsafe code of the crate.
//!
//! A block is scanned for its maximum before it is summed. The scan waits for memory, and the sum leaves
//! memory idle, so the next block is fetched during the sum. For a heatmap in memory that saves a quarter of
//! the time (`docs/performance.md`). Rust has no safe function for it. No answer depends on it: without it
//! the program is slower and gives the same bits.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "the intrinsic takes a raw pointer, though it never reads through it")
)]

/// Bytes of a cache line, on every machine that has the instruction.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Fetches the `count` values that start at `start`; nothing if there are not so many.
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

/// Does nothing: stable Rust has no such instruction for this machine.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn prefetch<T>(_: &[T], _: usize, _: usize) {}
