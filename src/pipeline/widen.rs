//! Stored elements as the f32 or f64 that the kernel sweeps.
//!
//! The kernel sweeps f32 wherever that is exact for the stored type, because it is twice as fast, and f64 for
//! every type that f32 would round (`Element::is_wide`). Both take the same steps: decode, negate if larger
//! stored values are smaller heatmap values, and put -inf in the place of what a mask leaves out.

use super::runs::Runs;
use crate::heatmap::{Interleaved, Region};
use crate::kernel::level::vectorized;
use crate::memory::{self, OutOfMemory};
use crate::prepare::Prepared;
use crate::source::Element;
use std::ops::Neg;

/// A type that stored elements are decoded to.
pub(super) trait Wide: Copy + Default + Neg<Output = Self> {
    /// A voxel that a mask leaves out.
    const MASKED: Self;

    /// Decodes the first elements of `bytes`, as many as `out` has room for.
    fn decode(element: Element, bytes: &[u8], out: &mut [Self]);

    /// Decodes every `stride`-th element of `bytes` from number `start` on.
    fn gather(element: Element, bytes: &[u8], start: usize, stride: usize, out: &mut [Self]);
}

impl Wide for f32 {
    const MASKED: f32 = f32::NEG_INFINITY;

    #[expect(clippy::inline_always, reason = "compiled for the caller's SIMD level")]
    #[inline(always)]
    fn decode(element: Element, bytes: &[u8], out: &mut [f32]) {
        element.widen_f32(bytes, out);
    }

    fn gather(element: Element, bytes: &[u8], start: usize, stride: usize, out: &mut [f32]) {
        element.gather_f32(bytes, start, stride as isize, out);
    }
}

impl Wide for f64 {
    const MASKED: f64 = f64::NEG_INFINITY;

    #[expect(clippy::inline_always, reason = "compiled for the caller's SIMD level")]
    #[inline(always)]
    fn decode(element: Element, bytes: &[u8], out: &mut [f64]) {
        element.widen_f64(bytes, out);
    }

    fn gather(element: Element, bytes: &[u8], start: usize, stride: usize, out: &mut [f64]) {
        element.gather_f64(bytes, start, stride as isize, out);
    }
}

/// Decodes the first `count` elements of `bytes` into `values`.
pub(super) fn decode<T: Wide>(
    prepared: &Prepared,
    bytes: &[u8],
    count: usize,
    values: &mut Vec<T>,
) -> Result<(), OutOfMemory> {
    memory::resize(values, count, T::default())?;
    let element = prepared.element;
    vectorized(
        prepared.kernel.sweeper.level(),
        #[inline(always)]
        || T::decode(element, bytes, values),
    );
    Ok(())
}

/// Decodes the block of one heatmap of a region into `values`, ready to be swept.
pub(super) fn block<T: Wide>(
    prepared: &Prepared,
    region: &Region,
    bytes: &[u8],
    one: &Interleaved,
    values: &mut Vec<T>,
) -> Result<(), OutOfMemory> {
    let block = &region.block;
    if is_whole(prepared) {
        decode(prepared, bytes, block.len(), values)?;
    } else {
        let runs = Runs::new(prepared, region, one);
        memory::resize(values, block.len(), T::default())?;
        for (start, out) in runs.starts().zip(values.chunks_exact_mut(runs.length().max(1))) {
            T::gather(prepared.element, bytes, start, runs.stride(), out);
        }
    }
    negate(values, prepared.is_reversed);
    prepared.hide(values, T::MASKED, block, region.heatmap + one.heatmap);
    Ok(())
}

/// Whether a region is one block of one heatmap, without gaps.
pub(super) fn is_whole(prepared: &Prepared) -> bool {
    prepared.regions.interleaved().len() == 1 && prepared.regions.axes().is_contiguous()
}

/// Turns the order of values round, for arrays whose slope is negative.
pub(super) fn negate<T: Wide>(values: &mut [T], is_reversed: bool) {
    if is_reversed {
        for value in values {
            *value = -*value;
        }
    }
}
