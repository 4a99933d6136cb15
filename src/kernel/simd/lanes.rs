//! The vector vocabulary of the sweep: sixteen lanes of f32 or f64.
//!
//! The sweep is written once, over [`Lanes`], for both element types and all SIMD levels. [`Float`] names the
//! element type and its vector; a [`Pair`] is what sixteen lanes of f64 look like. Only the operations that
//! the sweep needs are here. Each has the same result on every level:
//!
//! - `plus`, `minus`, `larger` and comparisons are exact or rounded once by definition.
//! - `times_plus` and `scaled_plus` are fused, so they are rounded once. A product followed by a sum would be
//!   rounded twice on one level and once on another, as the compiler likes.
//! - There is no sum over the lanes. Callers take `to_array` and add in an order of their own.
//!
//! Sixteen lanes of f32 are one AVX-512 register, two of AVX2, four of NEON. More would need more registers
//! than AVX2 has for the eight vectors of a tile. Fewer would leave AVX-512 half empty.
//!
//! Code that uses these types must not use closures: a closure that is not inlined loses the instructions
//! that its caller has enabled, and every operation in it becomes a function call (measured: thirty times
//! slower). For the same reason everything is `#[inline(always)]`.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::multiply_add::{fused_f32, fused_f64};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, f64x8};

/// Lanes of one vector on every SIMD level.
pub(crate) const LANES: usize = 16;

/// Whether sixteen lanes of f32 are one register, of which there are 32.
#[inline(always)]
pub(crate) fn is_one_register<S: Simd>(simd: S) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return simd.level().as_avx512().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    {
        let _ = simd;
        false
    }
}

/// An element type that vectors hold.
pub(crate) trait Float: Copy + PartialOrd + Into<f64> + 'static {
    /// Its vector of sixteen lanes.
    type Lanes<S: Simd>: Lanes<S, Element = Self>;
    /// The weightless value, −inf.
    const MASKED: Self;
    /// 0.
    const ZERO: Self;
    /// Whether it is NaN.
    fn is_nan(self) -> bool;
    /// A small count.
    fn from_count(count: usize) -> Self;
}

impl Float for f32 {
    type Lanes<S: Simd> = f32x16<S>;
    const MASKED: f32 = f32::NEG_INFINITY;
    const ZERO: f32 = 0.0;

    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }

    fn from_count(count: usize) -> f32 {
        count as f32
    }
}

impl Float for f64 {
    type Lanes<S: Simd> = Pair<S>;
    const MASKED: f64 = f64::NEG_INFINITY;
    const ZERO: f64 = 0.0;

    fn is_nan(self) -> bool {
        f64::is_nan(self)
    }

    fn from_count(count: usize) -> f64 {
        count as f64
    }
}

/// Sixteen lanes.
pub(crate) trait Lanes<S: Simd>: Copy {
    /// The element type.
    type Element;
    /// The first sixteen of `values`.
    fn load(simd: S, values: &[Self::Element]) -> Self;
    /// Sixteen times `value`.
    fn splat(simd: S, value: Self::Element) -> Self;
    /// Lane by lane sum.
    fn plus(self, other: Self) -> Self;
    /// Lane by lane difference.
    fn minus(self, other: Self) -> Self;
    /// Lane by lane maximum; unspecified for lanes that are NaN.
    fn larger(self, other: Self) -> Self;
    /// `self · factor + addend`, rounded once, with an integer factor that f32 holds.
    fn scaled_plus(self, factor: f32, addend: Self) -> Self;
    /// `self · factor + addend`, rounded once.
    fn times_plus(self, factor: Self, addend: Self) -> Self;
    /// `then` in the lanes where this is larger than `other`, else `otherwise`.
    fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// Whether some lane is NaN.
    fn any_nan(self) -> bool;
    /// Whether any lane equals `value`.
    fn any_equal(self, value: Self::Element) -> bool;
    /// Whether any lane is not equal to `value`.
    fn any_different(self, value: Self::Element) -> bool;
    /// The lanes one by one.
    fn to_array(self) -> [Self::Element; LANES];
    /// The lanes as f64.
    fn widen(self) -> Pair<S>;
}

impl<S: Simd> Lanes<S> for f32x16<S> {
    type Element = f32;

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
    fn larger(self, other: Self) -> Self {
        let simd = self.token();
        simd.max_f32x16(self, other)
    }

    #[inline(always)]
    fn scaled_plus(self, factor: f32, addend: Self) -> Self {
        let simd = self.token();
        fused_f32(self, simd.splat_f32x16(factor), addend)
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, addend: Self) -> Self {
        fused_f32(self, factor, addend)
    }

    #[inline(always)]
    fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self {
        let simd = self.token();
        simd.select_f32x16(self.simd_gt(other), then, otherwise)
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
    fn to_array(self) -> [f32; LANES] {
        self.into()
    }

    #[inline(always)]
    fn widen(self) -> Pair<S> {
        let (low, high) = self.token().widen_f32x16(self);
        Pair(low, high)
    }
}

/// Sixteen f64 lanes as two halves.
#[derive(Clone, Copy)]
pub(crate) struct Pair<S: Simd>(pub(crate) f64x8<S>, pub(crate) f64x8<S>);

impl<S: Simd> Lanes<S> for Pair<S> {
    type Element = f64;

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
        Pair(self.0 + other.0, self.1 + other.1)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Pair(self.0 - other.0, self.1 - other.1)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        let simd = self.0.token();
        Pair(simd.max_f64x8(self.0, other.0), simd.max_f64x8(self.1, other.1))
    }

    #[inline(always)]
    fn scaled_plus(self, factor: f32, addend: Self) -> Self {
        let simd = self.0.token();
        self.times_plus(Self::splat(simd, f64::from(factor)), addend)
    }

    #[inline(always)]
    fn times_plus(self, factor: Self, addend: Self) -> Self {
        Pair(fused_f64(self.0, factor.0, addend.0), fused_f64(self.1, factor.1, addend.1))
    }

    #[inline(always)]
    fn where_larger(self, other: Self, then: Self, otherwise: Self) -> Self {
        let simd = self.0.token();
        Pair(
            simd.select_f64x8(self.0.simd_gt(other.0), then.0, otherwise.0),
            simd.select_f64x8(self.1.simd_gt(other.1), then.1, otherwise.1),
        )
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
    fn to_array(self) -> [f64; LANES] {
        let (low, high): ([f64; 8], [f64; 8]) = (self.0.into(), self.1.into());
        let mut all = [0.0; LANES];
        all[..8].copy_from_slice(&low);
        all[8..].copy_from_slice(&high);
        all
    }

    #[inline(always)]
    fn widen(self) -> Pair<S> {
        self
    }
}
