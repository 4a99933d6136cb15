//! 2 to the power of a vector, with a stated bound and the same bits on every SIMD level.
//!
//! An exponent y is split into the nearest integer n and a remainder r in [−½, ½]; a polynomial
//! with the constant term exactly 1 gives 2^r, and n is added to the exponent bits. Callers clamp y
//! to [`ZERO_F32`] (or [`ZERO_F64`]) from below: there r = 0, the polynomial is exactly 1, and adding
//! n leaves all bits clear, so that a masked voxel weighs exactly 0 without a comparison.
//!
//! Accuracy over the whole range that is not subnormal: 8e-8 relative for f32 (polynomial of degree
//! 6, minimax in relative error, 2e-9 before rounding), 1e-14 for f64 (Taylor, degree 12). The tests
//! below hold both.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8, i32x16, i64x8};

/// The f32 exponent whose weight is exactly 0.
pub(super) const ZERO_F32: f32 = -127.0;
/// The f64 exponent whose weight is exactly 0.
pub(super) const ZERO_F64: f64 = -1023.0;

/// 1.5·2²³: adding it leaves the nearest integer in the low bits of the sum.
const ROUND_F32: f32 = 12_582_912.0;
/// 1.5·2⁵², likewise.
const ROUND_F64: f64 = 6_755_399_441_055_744.0;

#[expect(clippy::approx_constant, reason = "the first coefficient is ln 2 rounded to f32")]
/// Coefficients of r¹ … r⁶ for 2^r on [−½, ½], minimax in relative error with a constant term of 1.
const POLYNOMIAL_F32: [f32; 6] =
    [0.693_147_2, 0.240_226_48, 0.055_503_324, 0.009_618_438, 0.001_339_887_5, 0.000_153_533_11];

/// (ln 2)ⁿ/n! for n = 1 … 12.
const POLYNOMIAL_F64: [f64; 12] = [
    std::f64::consts::LN_2,
    0.240_226_506_959_100_72,
    0.055_504_108_664_821_58,
    0.009_618_129_107_628_477,
    0.001_333_355_814_642_844_3,
    0.000_154_035_303_933_816_1,
    1.525_273_380_405_984_1e-5,
    1.321_548_679_014_431e-6,
    1.017_808_600_923_97e-7,
    7.054_911_620_801_123e-9,
    4.445_538_271_870_811_6e-10,
    2.567_843_599_348_820_6e-11,
];

/// 2^y for y in [`ZERO_F32`], 127].
#[inline(always)]
pub(super) fn exp2_f32<S: Simd>(y: f32x16<S>) -> f32x16<S> {
    let simd = y.token();
    let rounded = y + ROUND_F32;
    let r = y - (rounded - ROUND_F32);
    let [c1, c2, c3, c4, c5, c6] = POLYNOMIAL_F32;
    let mut p = simd.splat_f32x16(c6);
    for coefficient in [c5, c4, c3, c2, c1, 1.0] {
        p = simd.mul_add_precise_f32x16(p, r, simd.splat_f32x16(coefficient));
    }
    let n: i32x16<S> = simd.shl_i32x16(rounded.bitcast(), 23);
    simd.add_i32x16(p.bitcast(), n).bitcast()
}

/// 2^y for y in [`ZERO_F64`], 1023].
#[inline(always)]
pub(super) fn exp2_f64<S: Simd>(y: f64x8<S>) -> f64x8<S> {
    let simd = y.token();
    let rounded = y + ROUND_F64;
    let r = y - (rounded - ROUND_F64);
    let mut p = simd.splat_f64x8(POLYNOMIAL_F64[11]);
    for coefficient in POLYNOMIAL_F64[..11].iter().rev().chain(&[1.0]) {
        p = simd.mul_add_precise_f64x8(p, r, simd.splat_f64x8(*coefficient));
    }
    let n: i64x8<S> = simd.shl_i64x8(rounded.bitcast(), 52);
    simd.add_i64x8(p.bitcast(), n).bitcast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level::{self, on_level};

    #[inline(always)]
    fn all_f32<S: Simd>(simd: S, ys: &[f32]) -> Vec<f32> {
        ys.chunks_exact(16).flat_map(|y| exp2_f32(f32x16::from_slice(simd, y)).as_slice().to_vec()).collect()
    }

    #[inline(always)]
    fn all_f64<S: Simd>(simd: S, ys: &[f64]) -> Vec<f64> {
        ys.chunks_exact(8).flat_map(|y| exp2_f64(f64x8::from_slice(simd, y)).as_slice().to_vec()).collect()
    }

    #[test]
    fn f32_holds_its_bound_on_every_level() {
        let ys: Vec<f32> = (0..160_000).map(|i| -125.5 + 126.0 * (i as f32 / 160_000.0)).collect();
        for (name, level) in level::available() {
            for (y, e) in ys.iter().zip(on_level!(level, simd => all_f32(simd, &ys))) {
                let relative = f64::from(e) / f64::from(*y).exp2() - 1.0;
                assert!(relative.abs() < 8.5e-8, "{name}: 2^{y} is off by {relative:e}");
            }
        }
    }

    #[test]
    fn f64_holds_its_bound_on_every_level() {
        let ys: Vec<f64> = (0..16_000).map(|i| -1021.5 + 1022.0 * (f64::from(i) / 16_000.0)).collect();
        for (name, level) in level::available() {
            for (y, e) in ys.iter().zip(on_level!(level, simd => all_f64(simd, &ys))) {
                assert!((e / y.exp2() - 1.0).abs() < 1e-14, "{name}: 2^{y}");
            }
        }
    }

    #[test]
    fn integers_are_exact_and_the_clamp_is_exactly_zero() {
        for (_, level) in level::available() {
            let mut ys = [0.0_f32; 16];
            ys[..4].copy_from_slice(&[ZERO_F32, 0.0, -1.0, -24.0]);
            let e = on_level!(level, simd => all_f32(simd, &ys));
            assert_eq!(&e[..4], &[0.0, 1.0, 0.5, 2.0_f32.powi(-24)]);
            let e =
                on_level!(level, simd => all_f64(simd, &[ZERO_F64, 0.0, -1.0, -53.0, 0.0, 0.0, 0.0, 0.0]));
            assert_eq!(&e[..4], &[0.0, 1.0, 0.5, 2.0_f64.powi(-53)]);
        }
    }
}
