//! Weights of values under the softmax: 2 to the power of a scaled value, with a stated bound on the error
//! and the same bits on every SIMD level.
//!
//! The weight of x is 2^y, y = x·k − b, with a reference b that is an integer. y itself is never computed,
//! because rounding it would cost accuracy in proportion to its size. Instead:
//!
//! 1. A fused multiply-add puts the integer n nearest to y into the low bits of a sum with a large constant.
//! 2. b + n is then exact, and a second fused step computes the remainder r = x·k − (b + n) with one rounding
//!    of its own small size (2⁻²⁶ in f32), however far y is from 0.
//! 3. A third fused step adds what k lost when it was rounded to f32.
//! 4. A polynomial gives 2^r, and n is added to the exponent bits.
//!
//! Values below a floor, 125 powers of two under the reference (f64: 1021), weigh exactly 0. So do −inf and
//! NaN, for which the steps above compute nothing of use.
//!
//! Accuracy above the floor: for f32 8.5e-8 relative if y is exact (polynomial of degree 6, minimax in
//! relative error, 2e-9 before rounding), and 1e-7 with the rounding of the argument; for f64 1e-14 (Taylor,
//! degree 12). The tests below hold all three bounds.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::record::Reference;
use crate::kernel::simd::lanes::{Float, Pair};
use crate::kernel::simd::multiply_add::{fused_f32, fused_f64, is_scalar};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8, i32x16, i64x8};

/// Exponents below this weigh nothing in f32: 2^r · 2^n stays a normal number down to here.
const LOWEST_F32: f64 = -125.0;
/// Exponents below this weigh nothing in f64.
const LOWEST_F64: f64 = -1021.0;

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

/// What turns a value x into its weight 2^y: y = (x − shift)·(hi + lo) − offset.
///
/// f32 keeps the multiplier in two parts, so that rounding it changes the temperature by 2⁻⁴⁸ and not by
/// 2⁻²⁴, and has no shift. f64 has no low part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exponent<T> {
    shift: T,
    hi: T,
    lo: T,
    /// The rounding constant less the offset: adding x·k gives the nearest integer.
    round: T,
    /// The smallest value, less the shift, that weighs anything.
    floor: T,
    /// What a fall is measured from.
    peak: T,
    /// Σ e·y = unit · Σ e·fall + rise · Σ e. In f32 a fall is x − peak, small where weights are large, and y
    /// itself would be less exact; in f64 it is y.
    unit: f64,
    rise: f64,
}

impl Exponent<f32> {
    /// y = x·k − offset, in f32. `peak` is the largest value.
    ///
    /// `None` if f32 is not accurate enough: it must hold the offset exactly beside a fraction, and the
    /// multiplier well inside its range.
    pub(crate) fn narrow(k: f64, offset: f64, peak: f64) -> Option<Exponent<f32>> {
        const LARGEST_OFFSET: f64 = 1_048_576.0;
        if offset.abs() > LARGEST_OFFSET || !(1e-18..=1e18).contains(&k) {
            return None;
        }
        let hi = k as f32;
        let floor = (offset + LOWEST_F32) / k;
        let nearest = floor as f32;
        Some(Exponent {
            shift: 0.0,
            hi,
            lo: (k - f64::from(hi)) as f32,
            round: ROUND_F32 - offset as f32,
            floor: if f64::from(nearest) < floor { nearest.next_up() } else { nearest },
            peak: peak as f32,
            unit: k,
            rise: peak.mul_add(k, -offset),
        })
    }
}

impl Exponent<f64> {
    /// y = (x − shift)·k − offset, in f64.
    pub(crate) fn wide(k: f64, shift: f64, offset: f64) -> Exponent<f64> {
        Exponent {
            shift,
            hi: k,
            lo: 0.0,
            round: ROUND_F64 - offset,
            // Finite, so that a masked value is below it at any temperature.
            floor: ((offset + LOWEST_F64) / k).max(f64::MIN),
            peak: 0.0,
            unit: 1.0,
            rise: 0.0,
        }
    }
}

impl<T> Exponent<T> {
    /// Σ e·y of weights whose sum is `mass`, from Σ e·[`fall`](Weighable::fall).
    pub(crate) fn energy(&self, falls: f64, mass: f64) -> f64 {
        falls.mul_add(self.unit, mass * self.rise)
    }
}

/// An element type whose values become weights.
pub(crate) trait Weighable: Float {
    /// What turns values into weights relative to `reference`; `None` if this type's arithmetic is not
    /// accurate enough for it.
    fn exponent(reference: &Reference, k: f64) -> Option<Exponent<Self>>;
    /// The weights of sixteen values.
    fn weight<S: Simd>(x: Self::Lanes<S>, exponent: &Exponent<Self>) -> Self::Lanes<S>;
    /// How low sixteen values lie, for [`Exponent::energy`].
    fn fall<S: Simd>(x: Self::Lanes<S>, exponent: &Exponent<Self>) -> Self::Lanes<S>;
}

impl Weighable for f32 {
    fn exponent(reference: &Reference, k: f64) -> Option<Exponent<f32>> {
        Exponent::narrow(k, reference.integer?, reference.max)
    }

    #[inline(always)]
    fn weight<S: Simd>(x: f32x16<S>, exponent: &Exponent<f32>) -> f32x16<S> {
        weight_f32(x, exponent)
    }

    #[inline(always)]
    fn fall<S: Simd>(x: f32x16<S>, exponent: &Exponent<f32>) -> f32x16<S> {
        fall_f32(x, exponent)
    }
}

impl Weighable for f64 {
    /// If the reference is no integer, values are first taken relative to the peak's: a tiny temperature then
    /// leaves only the maxima, and nothing overflows.
    fn exponent(reference: &Reference, k: f64) -> Option<Exponent<f64>> {
        Some(match reference.integer {
            Some(offset) => Exponent::wide(k, 0.0, offset),
            None => Exponent::wide(k, reference.max, 0.0),
        })
    }

    #[inline(always)]
    fn weight<S: Simd>(x: Pair<S>, exponent: &Exponent<f64>) -> Pair<S> {
        Pair(weight_f64(x.0, exponent), weight_f64(x.1, exponent))
    }

    #[inline(always)]
    fn fall<S: Simd>(x: Pair<S>, exponent: &Exponent<f64>) -> Pair<S> {
        Pair(fall_f64(x.0, exponent), fall_f64(x.1, exponent))
    }
}

/// The weights of sixteen values.
#[inline(always)]
fn weight_f32<S: Simd>(x: f32x16<S>, exponent: &Exponent<f32>) -> f32x16<S> {
    let simd = x.token();
    if is_scalar(simd) {
        let mut lanes: [f32; 16] = x.into();
        scalar_f32(&mut lanes, exponent);
        return lanes.simd_into(simd);
    }
    let (hi, round) = (simd.splat_f32x16(exponent.hi), simd.splat_f32x16(exponent.round));
    let rounded = fused_f32(x, hi, round);
    let coarse = fused_f32(x, hi, round - rounded);
    let r = fused_f32(x, simd.splat_f32x16(exponent.lo), coarse);
    let [c1, c2, c3, c4, c5, c6] = POLYNOMIAL_F32;
    let mut p = simd.splat_f32x16(c6);
    for coefficient in [c5, c4, c3, c2, c1, 1.0] {
        p = fused_f32(p, r, simd.splat_f32x16(coefficient));
    }
    let n: i32x16<S> = simd.shl_i32x16(rounded.bitcast(), 23);
    let e = simd.add_i32x16(p.bitcast(), n).bitcast();
    simd.select_f32x16(x.simd_ge(exponent.floor), e, simd.splat_f32x16(0.0))
}

/// The weights of eight values.
#[inline(always)]
fn weight_f64<S: Simd>(x: f64x8<S>, exponent: &Exponent<f64>) -> f64x8<S> {
    let simd = x.token();
    if is_scalar(simd) {
        let mut lanes: [f64; 8] = x.into();
        scalar_f64(&mut lanes, exponent);
        return lanes.simd_into(simd);
    }
    let x = x - exponent.shift;
    let (k, round) = (simd.splat_f64x8(exponent.hi), simd.splat_f64x8(exponent.round));
    let rounded = fused_f64(x, k, round);
    let r = fused_f64(x, k, round - rounded);
    let mut p = simd.splat_f64x8(POLYNOMIAL_F64[11]);
    for i in (0..11).rev() {
        p = fused_f64(p, r, simd.splat_f64x8(POLYNOMIAL_F64[i]));
    }
    p = fused_f64(p, r, simd.splat_f64x8(1.0));
    let n: i64x8<S> = simd.shl_i64x8(rounded.bitcast(), 52);
    let e = simd.add_i64x8(p.bitcast(), n).bitcast();
    simd.select_f64x8(x.simd_ge(exponent.floor), e, simd.splat_f64x8(0.0))
}

/// Values to weights, step by step as [`weight_f32`] does it.
#[inline(never)]
fn scalar_f32(lanes: &mut [f32], exponent: &Exponent<f32>) {
    for x in lanes {
        let rounded = x.mul_add(exponent.hi, exponent.round);
        let r = x.mul_add(exponent.lo, x.mul_add(exponent.hi, exponent.round - rounded));
        let [lower @ .., c6] = POLYNOMIAL_F32;
        let p = lower.iter().rev().fold(c6, |p, &c| p.mul_add(r, c)).mul_add(r, 1.0);
        let e = f32::from_bits(p.to_bits().wrapping_add(rounded.to_bits() << 23));
        *x = if *x >= exponent.floor { e } else { 0.0 };
    }
}

/// Values to weights, step by step as [`weight_f64`] does it.
#[inline(never)]
fn scalar_f64(lanes: &mut [f64], exponent: &Exponent<f64>) {
    for x in lanes {
        let fall = *x - exponent.shift;
        let rounded = fall.mul_add(exponent.hi, exponent.round);
        let r = fall.mul_add(exponent.hi, exponent.round - rounded);
        let [lower @ .., c12] = POLYNOMIAL_F64;
        let p = lower.iter().rev().fold(c12, |p, &c| p.mul_add(r, c)).mul_add(r, 1.0);
        let e = f64::from_bits(p.to_bits().wrapping_add(rounded.to_bits() << 52));
        *x = if fall >= exponent.floor { e } else { 0.0 };
    }
}

/// How far sixteen values lie below the peak; for values that weigh nothing, no further than the floor.
#[inline(always)]
fn fall_f32<S: Simd>(x: f32x16<S>, exponent: &Exponent<f32>) -> f32x16<S> {
    let simd = x.token();
    simd.max_f32x16(x, simd.splat_f32x16(exponent.floor)) - exponent.peak
}

/// The exponents of eight values; for values that weigh nothing, the lowest exponent.
#[inline(always)]
fn fall_f64<S: Simd>(x: f64x8<S>, exponent: &Exponent<f64>) -> f64x8<S> {
    let simd = x.token();
    let (k, offset) = (simd.splat_f64x8(exponent.hi), simd.splat_f64x8(exponent.round - ROUND_F64));
    let y = fused_f64(x - exponent.shift, k, offset);
    simd.max_f64x8(y, simd.splat_f64x8(LOWEST_F64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level::{self, on_level};

    #[inline(always)]
    fn all_f32<S: Simd>(simd: S, xs: &[f32], exponent: &Exponent<f32>) -> Vec<f32> {
        let mut es = Vec::new();
        for x in xs.chunks_exact(16) {
            es.extend_from_slice(weight_f32(f32x16::from_slice(simd, x), exponent).as_slice());
        }
        es
    }

    #[inline(always)]
    fn all_f64<S: Simd>(simd: S, xs: &[f64], exponent: &Exponent<f64>) -> Vec<f64> {
        let mut es = Vec::new();
        for x in xs.chunks_exact(8) {
            es.extend_from_slice(weight_f64(f64x8::from_slice(simd, x), exponent).as_slice());
        }
        es
    }

    #[test]
    fn f32_holds_its_bound_on_every_level() {
        // 2^y alone, where y is x; then with the argument's own rounding, near the reference and far from it,
        // at the largest offset too: there k·x is least exact.
        let cases = [
            (1.0, 0.0, 8.5e-8),
            (std::f64::consts::LOG2_E, 72.0, 1e-7),
            (1.0 / 3.0, 1_048_576.0, 1e-7),
            (1e3, -9e5, 1e-7),
        ];
        for (k, offset, bound) in cases {
            let exponent = Exponent::narrow(k, offset, offset / k).unwrap();
            let xs: Vec<f32> =
                (0..160_000).map(|i| ((offset - 124.9 * f64::from(i) / 160_000.0) / k) as f32).collect();
            for (name, level) in level::available() {
                for (x, e) in xs.iter().zip(on_level!(level, simd => all_f32(simd, &xs, &exponent))) {
                    // By hand in f64: k·x is exact to 1e-10 there.
                    let y = f64::from(*x).mul_add(k, -offset);
                    let relative = f64::from(e) / y.exp2() - 1.0;
                    assert!(relative.abs() < bound, "{name} {k} {offset}: 2^{y} is off by {relative:e}");
                }
            }
        }
    }

    #[test]
    fn f64_holds_its_bound_on_every_level() {
        let exponent = Exponent::wide(1.0, 0.0, 0.0);
        let ys: Vec<f64> = (0..16_000).map(|i| -1020.5 + 1020.0 * (f64::from(i) / 16_000.0)).collect();
        for (name, level) in level::available() {
            for (y, e) in ys.iter().zip(on_level!(level, simd => all_f64(simd, &ys, &exponent))) {
                assert!((e / y.exp2() - 1.0).abs() < 1e-14, "{name}: 2^{y}");
            }
        }
    }

    #[test]
    fn integers_are_exact_and_what_is_masked_is_exactly_zero() {
        let (narrow, wide) = (Exponent::narrow(1.0, 3.0, 3.0).unwrap(), Exponent::wide(1.0, 0.0, 3.0));
        let xs = [f32::NEG_INFINITY, 3.0, 2.0, -21.0, f32::NAN, f32::MIN, -122.0, -122.5];
        let expected = [0.0, 1.0, 0.5, 2.0_f32.powi(-24), 0.0, 0.0, 2.0_f32.powi(-125), 0.0];
        for (_, level) in level::available() {
            let e = on_level!(level, simd => all_f32(simd, &[xs, xs].concat(), &narrow));
            assert_eq!(e, [expected, expected].concat());
            let xs = xs.map(f64::from);
            let e = on_level!(level, simd => all_f64(simd, &xs, &wide));
            assert_eq!(e[..6], expected.map(f64::from)[..6]);
        }
    }

    #[test]
    fn offsets_beyond_f32_are_not_for_f32() {
        assert!(Exponent::narrow(1.0, 1_048_577.0, 1_048_577.0).is_none());
        assert!(Exponent::narrow(1e-19, 0.0, 0.0).is_none());
    }
}
