//! Multiply-adds that are rounded once, on every SIMD level.
//!
//! `a · b + c` with one rounding is what makes the bits equal everywhere: two roundings on one machine and
//! one on another would differ. It is also what makes the weights accurate, because the product is not
//! rounded before the subtraction that follows it (`sweep/exp.rs`).
//!
//! AVX2 with FMA, AVX-512 and NEON have the instruction. The scalar level emulates it: in f64 for f32, and
//! through the standard library, slowly and correctly, for f64. One function call emulates a whole vector,
//! instead of the code that `fearless_simd` would inline: the compiler needed minutes for a hundred copies
//! of that.

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

/// The fused step of each lane.
#[inline(never)]
fn one_by_one_f32(mut a: [f32; 16], b: &[f32; 16], c: &[f32; 16]) -> [f32; 16] {
    for i in 0..a.len() {
        a[i] = fused(a[i], b[i], c[i]);
    }
    a
}

/// `a · b + c`, rounded once, where the processor cannot do it.
///
/// In f64 the product is exact. The sum is not, and to round it there and again to f32 would be to round
/// twice. So it is rounded to odd: of the two neighbours of the true sum, the one whose last bit is 1. Its
/// 53 bits then lie on the same side of every tie of 24 bits as the true sum does (Boldo and Melquiond
/// 2008, doi:10.1109/TC.2007.70819). What the sum lost is known exactly (the two-sum of Knuth).
fn fused(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    let part = sum - product;
    let lost = (product - (sum - part)) + (c - part);
    let bits = sum.to_bits();
    // Where nothing is lost, or nothing is finite (then `lost` is NaN or 0), the sum stands.
    let is_inexact = lost.abs() > 0.0;
    let grows = (lost > 0.0) == (sum > 0.0);
    let moved = if grows { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
    let odd = if is_inexact && bits & 1 == 0 { moved } else { bits };
    f64::from_bits(odd) as f32
}

/// The fused step of each lane by the standard library, which is exact on every platform.
#[inline(never)]
fn one_by_one_f64(mut a: [f64; 8], b: &[f64; 8], c: &[f64; 8]) -> [f64; 8] {
    for i in 0..a.len() {
        a[i] = a[i].mul_add(b[i], c[i]);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard library's is exact: the same bits for drawn numbers of every size, for sums near a tie
    /// of f32, where rounding twice would be wrong, and for what is not a number.
    #[test]
    fn fused_is_rounded_once() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        let mut twice = 0;
        for round in 0..2_000_000 {
            let (mut a, mut b, mut c) =
                (f32::from_bits(draw()), f32::from_bits(draw()), f32::from_bits(draw()));
            if round % 4 == 1 {
                (a, b) = (1.0 + (draw() & 0xfff) as f32 / 4096.0, 1.0 + (draw() & 0xfff) as f32 / 4096.0);
                c = (draw() as i32) as f32 * 2.0_f32.powi(-(40 + (draw() % 40) as i32));
            } else if round % 4 == 2 {
                (a, b) = (f32::from_bits(draw() & 0x00ff_ffff), f32::from_bits(draw() % 0x4000_0000));
            } else if round % 4 == 3 {
                c = -(a * b) * (1.0 + (draw() % 3) as f32 * f32::EPSILON);
            }
            let (found, expected) = (fused(a, b, c), a.mul_add(b, c));
            let is_same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
            assert!(is_same, "{a:?} {b:?} {c:?}: {found:?}, not {expected:?}");
            let rounded = (f64::from(a) * f64::from(b) + f64::from(c)) as f32;
            twice += u32::from(rounded.to_bits() != expected.to_bits() && !expected.is_nan());
        }
        assert!(twice > 0, "no sum near a tie was drawn");
        for special in [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, f32::NAN] {
            for other in [0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::MAX] {
                for (a, b, c) in [(special, other, 1.0), (other, special, other), (1.0, other, special)] {
                    let (found, expected) = (fused(a, b, c), a.mul_add(b, c));
                    let is_same =
                        found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
                    assert!(is_same, "{a:?} {b:?} {c:?}");
                }
            }
        }
    }
}
