//! Multiply-adds that are rounded once, on every SIMD level.
//!
//! `a · b + c` with one rounding is what makes the bits equal everywhere: two roundings on one machine and
//! one on another would differ. It is also what makes the weights accurate, because the product is not
//! rounded before the subtraction that follows it (`sweep/exp.rs`).
//!
//! AVX2 with FMA, AVX-512 and NEON have the instruction. The scalar level emulates it through the standard
//! library, slowly and correctly. One function call emulates a whole vector, instead of the code that
//! `fearless_simd` would inline: the compiler needed minutes for a hundred copies of that.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, f32x16, f64x8};

/// Whether the level has no vector instructions, so that lanes are computed one by one.
#[inline(always)]
pub(crate) fn is_scalar<S: Simd>(simd: S) -> bool {
    matches!(simd.level(), Level::Fallback(_))
}

/// `a · b + c`, rounded once.
#[inline(always)]
pub(crate) fn fused_f32<S: Simd>(a: f32x16<S>, b: f32x16<S>, c: f32x16<S>) -> f32x16<S> {
    let simd = a.token();
    if is_scalar(simd) {
        return one_by_one_f32(a.into(), &b.into(), &c.into()).simd_into(simd);
    }
    simd.mul_add_precise_f32x16(a, b, c)
}

/// `a · b + c`, rounded once.
#[inline(always)]
pub(crate) fn fused_f64<S: Simd>(a: f64x8<S>, b: f64x8<S>, c: f64x8<S>) -> f64x8<S> {
    let simd = a.token();
    if is_scalar(simd) {
        return one_by_one_f64(a.into(), &b.into(), &c.into()).simd_into(simd);
    }
    simd.mul_add_precise_f64x8(a, b, c)
}

/// The fused step of each lane by the standard library, which is exact on every platform.
#[inline(never)]
fn one_by_one_f32(mut a: [f32; 16], b: &[f32; 16], c: &[f32; 16]) -> [f32; 16] {
    for i in 0..a.len() {
        a[i] = a[i].mul_add(b[i], c[i]);
    }
    a
}

/// The same for f64.
#[inline(never)]
fn one_by_one_f64(mut a: [f64; 8], b: &[f64; 8], c: &[f64; 8]) -> [f64; 8] {
    for i in 0..a.len() {
        a[i] = a[i].mul_add(b[i], c[i]);
    }
    a
}
