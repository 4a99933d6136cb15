//! The vector vocabulary that the sweep is written in: sixteen lanes of f32 or f64.
//!
//! Every SIMD level has the same sixteen lanes and the same fused multiply-adds, so every level gives
//! the same bits; a level with narrower registers takes several of them to a lane group.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::block::{narrow_exponent, wide_exponent};
use super::exp;
use super::moments::Reference;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8};

/// Lanes of one vector on every SIMD level.
pub(super) const LANES: usize = 16;

/// Sixteen f64 lanes, as the sums are kept.
pub(super) type Wide<S> = [f64x8<S>; 2];

/// An element type that the sweep can decode.
pub(super) trait Value: Copy + PartialOrd + Into<f64> + 'static {
    /// Its vector of sixteen lanes.
    type Lanes<S: Simd>: Lanes<S, Value = Self>;
    /// The weightless value, −inf.
    const MASKED: Self;
    /// 0.
    const ZERO: Self;
    /// Whether it is NaN.
    fn is_nan(self) -> bool;
    /// The exponent of weights against `reference`, where this type's arithmetic holds its accuracy.
    fn exponent(reference: &Reference, k: f64) -> Option<Exponent<Self>>;
}

impl Value for f32 {
    type Lanes<S: Simd> = f32x16<S>;
    const MASKED: f32 = f32::NEG_INFINITY;
    const ZERO: f32 = 0.0;

    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }

    fn exponent(reference: &Reference, k: f64) -> Option<Exponent<f32>> {
        narrow_exponent(reference, k)
    }
}

impl Value for f64 {
    type Lanes<S: Simd> = Pair<S>;
    const MASKED: f64 = f64::NEG_INFINITY;
    const ZERO: f64 = 0.0;

    fn is_nan(self) -> bool {
        f64::is_nan(self)
    }

    fn exponent(reference: &Reference, k: f64) -> Option<Exponent<f64>> {
        Some(wide_exponent(reference, k))
    }
}

/// Turns a value x into the exponent y of its weight 2^y: y = (x − shift)·(hi + lo) − offset.
///
/// f32 keeps the multiplier in two parts, so that rounding it moves the temperature by 2⁻⁴⁸ and not
/// by 2⁻²⁴, and has no shift; f64 has no low part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exponent<T> {
    pub(super) shift: T,
    pub(super) hi: T,
    pub(super) lo: T,
    pub(super) offset: T,
}

/// Sixteen lanes.
pub(super) trait Lanes<S: Simd>: Copy {
    /// The element type.
    type Value;
    /// The first sixteen of `values`.
    fn load(simd: S, values: &[Self::Value]) -> Self;
    /// Sixteen times `value`.
    fn splat(simd: S, value: Self::Value) -> Self;
    /// Lane by lane sum.
    fn plus(self, other: Self) -> Self;
    /// Lane by lane difference.
    fn minus(self, other: Self) -> Self;
    /// Lane by lane product.
    fn times(self, other: Self) -> Self;
    /// Lane by lane maximum; unspecified where a lane is NaN.
    fn larger(self, other: Self) -> Self;
    /// `self · factor + addend`, rounded once, with a small integer factor.
    fn scaled_plus(self, factor: f32, addend: Self) -> Self;
    /// The exponent of each lane's weight, no less than the type's zero exponent.
    fn exponent(self, exponent: &Exponent<Self::Value>) -> Self;
    /// 2 to the power of each lane, which [`Lanes::exponent`] made.
    fn exp2(self) -> Self;
    /// Whether some lane is NaN.
    fn any_nan(self) -> bool;
    /// Whether any lane equals `value`.
    fn any_equal(self, value: Self::Value) -> bool;
    /// Whether any lane is not equal to `value`.
    fn any_different(self, value: Self::Value) -> bool;
    /// The largest lane.
    fn largest(self) -> Self::Value;
    /// The lanes as f64.
    fn widen(self) -> Wide<S>;
}

impl<S: Simd> Lanes<S> for f32x16<S> {
    type Value = f32;

    #[inline(always)]
    fn load(simd: S, values: &[f32]) -> Self {
        f32x16::from_slice(simd, &values[..LANES])
    }

    #[inline(always)]
    fn splat(simd: S, value: f32) -> Self {
        simd.splat_f32x16(value)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self * other
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        let simd = self.token();
        simd.max_f32x16(self, other)
    }

    #[inline(always)]
    fn scaled_plus(self, factor: f32, addend: Self) -> Self {
        let simd = self.token();
        simd.mul_add_precise_f32x16(self, simd.splat_f32x16(factor), addend)
    }

    #[inline(always)]
    fn exponent(self, exponent: &Exponent<f32>) -> Self {
        let simd = self.token();
        let rough = simd.mul_add_precise_f32x16(
            self,
            simd.splat_f32x16(exponent.hi),
            simd.splat_f32x16(-exponent.offset),
        );
        let fine = simd.mul_add_precise_f32x16(self, simd.splat_f32x16(exponent.lo), rough);
        simd.max_f32x16(fine, simd.splat_f32x16(exp::ZERO_F32))
    }

    #[inline(always)]
    fn exp2(self) -> Self {
        exp::exp2_f32(self)
    }

    #[inline(always)]
    fn any_nan(self) -> bool {
        !self.simd_eq(self).all_true()
    }

    #[inline(always)]
    fn any_equal(self, value: f32) -> bool {
        self.simd_eq(value).any_true()
    }

    #[inline(always)]
    fn any_different(self, value: f32) -> bool {
        !self.simd_eq(value).all_true()
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        self.as_slice().iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    #[inline(always)]
    fn widen(self) -> Wide<S> {
        let (low, high) = self.token().widen_f32x16(self);
        [low, high]
    }
}

/// Sixteen f64 lanes as two halves.
#[derive(Clone, Copy)]
pub(super) struct Pair<S: Simd>(f64x8<S>, f64x8<S>);

impl<S: Simd> From<Wide<S>> for Pair<S> {
    #[inline(always)]
    fn from([low, high]: Wide<S>) -> Self {
        Pair(low, high)
    }
}

impl<S: Simd> Pair<S> {
    #[inline(always)]
    fn zip(self, other: Self, apply: impl Fn(f64x8<S>, f64x8<S>) -> f64x8<S>) -> Self {
        Pair(apply(self.0, other.0), apply(self.1, other.1))
    }

    #[inline(always)]
    fn map(self, apply: impl Fn(f64x8<S>) -> f64x8<S>) -> Self {
        Pair(apply(self.0), apply(self.1))
    }
}

impl<S: Simd> Lanes<S> for Pair<S> {
    type Value = f64;

    #[inline(always)]
    fn load(simd: S, values: &[f64]) -> Self {
        Pair(f64x8::from_slice(simd, &values[..8]), f64x8::from_slice(simd, &values[8..LANES]))
    }

    #[inline(always)]
    fn splat(simd: S, value: f64) -> Self {
        Pair(simd.splat_f64x8(value), simd.splat_f64x8(value))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        let simd = self.0.token();
        self.zip(other, |a, b| simd.max_f64x8(a, b))
    }

    #[inline(always)]
    fn scaled_plus(self, factor: f32, addend: Self) -> Self {
        let simd = self.0.token();
        let factor = simd.splat_f64x8(f64::from(factor));
        self.zip(addend, |a, b| simd.mul_add_precise_f64x8(a, factor, b))
    }

    #[inline(always)]
    fn exponent(self, exponent: &Exponent<f64>) -> Self {
        let simd = self.0.token();
        let (k, offset) = (simd.splat_f64x8(exponent.hi), simd.splat_f64x8(-exponent.offset));
        self.map(|x| {
            let y = simd.mul_add_precise_f64x8(x - exponent.shift, k, offset);
            simd.max_f64x8(y, simd.splat_f64x8(exp::ZERO_F64))
        })
    }

    #[inline(always)]
    fn exp2(self) -> Self {
        self.map(exp::exp2_f64)
    }

    #[inline(always)]
    fn any_nan(self) -> bool {
        !(self.0.simd_eq(self.0).all_true() && self.1.simd_eq(self.1).all_true())
    }

    #[inline(always)]
    fn any_equal(self, value: f64) -> bool {
        self.0.simd_eq(value).any_true() || self.1.simd_eq(value).any_true()
    }

    #[inline(always)]
    fn any_different(self, value: f64) -> bool {
        !(self.0.simd_eq(value).all_true() && self.1.simd_eq(value).all_true())
    }

    #[inline(always)]
    fn largest(self) -> f64 {
        let halves = self.0.as_slice().iter().chain(self.1.as_slice());
        halves.copied().fold(f64::NEG_INFINITY, f64::max)
    }

    #[inline(always)]
    fn widen(self) -> Wide<S> {
        [self.0, self.1]
    }
}
