//! Element types: how the stored bytes of a voxel become a number.
//!
//! The match on the type is outside the loops, so that the compiler vectorises them, for the instructions of
//! the function that they are inlined into.
//!
//! Values stay in their stored type for as long as possible. A volume of bytes takes a quarter of
//! the memory that it would take as f32, so the caller decides when to decode.

#![expect(
    clippy::inline_always,
    reason = "the caller enables the instructions that loops are vectorised for"
)]

/// A stored element type, less its byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// IEEE 754 half precision.
    ///
    /// 11 significant bits: odd numbers above 2048 are rounded when they are saved.
    F16,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// Signed, 8 bits.
    I8,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// One byte: 0 is false, every other value is true.
    Bool,
}

/// A stored element type with its byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    /// The type.
    pub kind: Kind,
    /// Whether the most significant byte comes first; makes no difference for elements of one byte.
    pub big_endian: bool,
}

impl Element {
    /// The number nearest to `value` that an element of a floating-point type can be; `value` itself for
    /// other types, and if it is too large for the type.
    ///
    /// Ties go to the even one, as everywhere in IEEE 754.
    #[must_use]
    pub fn nearest(self, value: f64) -> f64 {
        let nearest = match self.kind {
            Kind::F16 => half_nearest(value),
            Kind::F32 => f64::from(value as f32),
            _ => value,
        };
        if nearest.is_finite() { nearest } else { value }
    }
}

/// The half-precision number nearest to `value`; infinite from 65,520 on.
fn half_nearest(value: f64) -> f64 {
    /// The smallest normal number is 2^-14; below it, numbers are 2^-24 apart.
    const LEAST_EXPONENT: i32 = -14;
    let exponent = ((value.to_bits() >> 52 & 0x7ff) as i32 - 1023).max(LEAST_EXPONENT);
    let step = f64::from_bits(((exponent - 10 + 1023) as u64) << 52);
    let nearest = (value / step).round_ties_even() * step;
    if nearest.abs() < 65_536.0 { nearest } else { f64::INFINITY.copysign(value) }
}

/// Runs a function with the decoder of the element: `$run!(bytes per element, closure)`.
macro_rules! with_decoder {
    ($element:expr, $out:ty, $run:ident) => {
        match ($element.kind, $element.big_endian) {
            (Kind::F32, false) => $run!(4, |b| f32::from_le_bytes(b) as $out),
            (Kind::F32, true) => $run!(4, |b| f32::from_be_bytes(b) as $out),
            (Kind::F64, false) => $run!(8, |b| f64::from_le_bytes(b) as $out),
            (Kind::F64, true) => $run!(8, |b| f64::from_be_bytes(b) as $out),
            (Kind::F16, false) => $run!(2, |b| half_to_f32(u16::from_le_bytes(b)) as $out),
            (Kind::F16, true) => $run!(2, |b| half_to_f32(u16::from_be_bytes(b)) as $out),
            (Kind::I8, _) => $run!(1, |b| i8::from_le_bytes(b) as $out),
            (Kind::U8, _) => $run!(1, |b| u8::from_le_bytes(b) as $out),
            (Kind::Bool, _) => $run!(1, |b: [u8; 1]| u8::from(b[0] != 0) as $out),
            (Kind::I16, false) => $run!(2, |b| i16::from_le_bytes(b) as $out),
            (Kind::I16, true) => $run!(2, |b| i16::from_be_bytes(b) as $out),
            (Kind::U16, false) => $run!(2, |b| u16::from_le_bytes(b) as $out),
            (Kind::U16, true) => $run!(2, |b| u16::from_be_bytes(b) as $out),
            (Kind::I32, false) => $run!(4, |b| i32::from_le_bytes(b) as $out),
            (Kind::I32, true) => $run!(4, |b| i32::from_be_bytes(b) as $out),
            (Kind::U32, false) => $run!(4, |b| u32::from_le_bytes(b) as $out),
            (Kind::U32, true) => $run!(4, |b| u32::from_be_bytes(b) as $out),
            (Kind::I64, false) => $run!(8, |b| i64::from_le_bytes(b) as $out),
            (Kind::I64, true) => $run!(8, |b| i64::from_be_bytes(b) as $out),
            (Kind::U64, false) => $run!(8, |b| u64::from_le_bytes(b) as $out),
            (Kind::U64, true) => $run!(8, |b| u64::from_be_bytes(b) as $out),
        }
    };
}

impl Element {
    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self.kind {
            Kind::I8 | Kind::U8 | Kind::Bool => 1,
            Kind::F16 | Kind::I16 | Kind::U16 => 2,
            Kind::F32 | Kind::I32 | Kind::U32 => 4,
            Kind::F64 | Kind::I64 | Kind::U64 => 8,
        }
    }

    /// NumPy's spelling, such as `<f4`, `>i2`, `|u1`.
    ///
    /// Elements of one byte have no byte order and get `|`.
    #[must_use]
    pub fn name(self) -> String {
        let letters = match self.kind {
            Kind::F16 => "f2",
            Kind::F32 => "f4",
            Kind::F64 => "f8",
            Kind::I8 => "i1",
            Kind::I16 => "i2",
            Kind::I32 => "i4",
            Kind::I64 => "i8",
            Kind::U8 => "u1",
            Kind::U16 => "u2",
            Kind::U32 => "u4",
            Kind::U64 => "u8",
            Kind::Bool => "b1",
        };
        let order = match (self.size(), self.big_endian) {
            (1, _) => '|',
            (_, false) => '<',
            (_, true) => '>',
        };
        format!("{order}{letters}")
    }

    /// Whether it is decoded in f64: f64 and the integers of 32 and 64 bits. All others are exact in f32.
    ///
    /// f32 has 24 significant bits, so larger integers would fall together and a maximum could move.
    #[must_use]
    pub const fn is_wide(self) -> bool {
        matches!(self.kind, Kind::F64 | Kind::I32 | Kind::I64 | Kind::U32 | Kind::U64)
    }

    /// Whether two different stored values may decode to the same f64: integers of 64 bits.
    #[must_use]
    pub const fn is_beyond_f64(self) -> bool {
        matches!(self.kind, Kind::I64 | Kind::U64)
    }

    /// A number in the order of the integers of 64 bits, for one that f64 may not tell from its neighbours;
    /// 0 for other types, and outside `bytes`.
    ///
    /// `index` counts elements. A larger stored value has a larger key: for signed integers the sign
    /// bit is flipped, so that negative ones come first.
    #[must_use]
    pub fn order_key(self, bytes: &[u8], index: usize) -> u64 {
        let start = index.saturating_mul(8);
        let stored =
            start.checked_add(8).and_then(|end| bytes.get(start..end)).and_then(|b| b.try_into().ok());
        let Some(stored) = stored.filter(|_| self.is_beyond_f64()) else { return 0 };
        let bits = if self.big_endian { u64::from_be_bytes(stored) } else { u64::from_le_bytes(stored) };
        if self.kind == Kind::I64 { bits ^ (1 << 63) } else { bits }
    }

    /// Whether the bytes in memory are those of this machine's own `f32`.
    ///
    /// Then no decoding is needed.
    #[must_use]
    pub const fn is_native_f32(self) -> bool {
        matches!(self.kind, Kind::F32) && self.big_endian == cfg!(target_endian = "big")
    }

    /// Decodes consecutive elements to f32: as many as both sides have room for.
    ///
    /// Wide types are rounded; use [`Element::widen_f64`] for them.
    ///
    /// Bytes at the end that do not fill an element are ignored.
    #[inline(always)]
    pub fn widen_f32(self, bytes: &[u8], out: &mut [f32]) {
        macro_rules! run {
            ($size:literal, $decode:expr) => {
                widen::<$size, f32>(bytes, out, $decode)
            };
        }
        with_decoder!(self, f32, run);
    }

    /// Decodes consecutive elements to f64: as many as both sides have room for.
    ///
    /// Integers beyond 2^53 are rounded to the nearest f64.
    #[inline(always)]
    pub fn widen_f64(self, bytes: &[u8], out: &mut [f64]) {
        macro_rules! run {
            ($size:literal, $decode:expr) => {
                widen::<$size, f64>(bytes, out, $decode)
            };
        }
        with_decoder!(self, f64, run);
    }

    /// Decodes the elements `start`, `start + stride`, … to f32, until `out` is full.
    ///
    /// Positions outside `bytes` leave their place in `out` untouched.
    ///
    /// `start` and `stride` count elements, and the stride may be negative or 0.
    pub fn gather_f32(self, bytes: &[u8], start: usize, stride: isize, out: &mut [f32]) {
        macro_rules! run {
            ($size:literal, $decode:expr) => {
                gather::<$size, f32>(bytes, start, stride, out, $decode)
            };
        }
        with_decoder!(self, f32, run);
    }

    /// Decodes the elements `start`, `start + stride`, … to f64, until `out` is full.
    ///
    /// Positions outside `bytes` leave their place in `out` untouched.
    ///
    /// Units are those of `gather_f32`.
    pub fn gather_f64(self, bytes: &[u8], start: usize, stride: isize, out: &mut [f64]) {
        macro_rules! run {
            ($size:literal, $decode:expr) => {
                gather::<$size, f64>(bytes, start, stride, out, $decode)
            };
        }
        with_decoder!(self, f64, run);
    }
}

/// The f32 that a half is, without branches, so that the loop around it is vectorised: four times as fast
/// as `half`, which the test holds it against for all 65,536 of them.
#[inline(always)]
fn half_to_f32(bits: u16) -> f32 {
    const EXPONENT: u32 = 0x1f << 23;
    // From the bias of 15 to that of 127; once more for infinities and NaN, whose exponent is all ones.
    const REBIAS: u32 = 112 << 23;
    const SMALLEST_NORMAL: u32 = REBIAS + (1 << 23);
    let magnitude = (u32::from(bits) & 0x7fff) << 13;
    let normal = magnitude + REBIAS;
    let subnormal = f32::from_bits(magnitude + SMALLEST_NORMAL) - f32::from_bits(SMALLEST_NORMAL);
    let rebiased = match magnitude & EXPONENT {
        0 => subnormal.to_bits(),
        EXPONENT => normal + REBIAS,
        _ => normal,
    };
    f32::from_bits(rebiased | (u32::from(bits) & 0x8000) << 16)
}

#[inline(always)]
fn widen<const SIZE: usize, T>(bytes: &[u8], out: &mut [T], decode: impl Fn([u8; SIZE]) -> T) {
    let (elements, _) = bytes.as_chunks::<SIZE>();
    for (slot, element) in out.iter_mut().zip(elements) {
        *slot = decode(*element);
    }
}

#[inline]
fn gather<const SIZE: usize, T>(
    bytes: &[u8],
    start: usize,
    stride: isize,
    out: &mut [T],
    decode: impl Fn([u8; SIZE]) -> T,
) {
    let (elements, _) = bytes.as_chunks::<SIZE>();
    if stride > 0 {
        let reached = elements.get(start..).unwrap_or_default();
        for (slot, element) in out.iter_mut().zip(reached.iter().step_by(stride.unsigned_abs())) {
            *slot = decode(*element);
        }
    } else {
        let places = (0..).map(|i: usize| start.checked_sub(i.checked_mul(stride.unsigned_abs())?));
        for (slot, place) in out.iter_mut().zip(places) {
            if let Some(element) = place.and_then(|place| elements.get(place)) {
                *slot = decode(*element);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "decoding is exact")]
mod tests {
    use super::*;

    fn element(kind: Kind, big_endian: bool) -> Element {
        Element { kind, big_endian }
    }

    fn one(kind: Kind, bytes: &[u8]) -> [f64; 2] {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        let mut wide = [[0.0]; 2];
        element(kind, false).widen_f64(bytes, &mut wide[0]);
        element(kind, true).widen_f64(&reversed, &mut wide[1]);
        let mut narrow = [0.0_f32];
        element(kind, false).widen_f32(bytes, &mut narrow);
        assert_eq!(f64::from(narrow[0]), f64::from(wide[0][0] as f32), "{kind:?}");
        [wide[0][0], wide[1][0]]
    }

    #[test]
    fn the_nearest_number_of_each_kind() {
        let nearest = |kind, value| element(kind, false).nearest(value);
        assert_eq!(nearest(Kind::F32, 0.7), f64::from(0.7_f32));
        for kind in [Kind::F64, Kind::U8, Kind::I16, Kind::Bool] {
            assert_eq!(nearest(kind, 0.7), 0.7);
        }
        // 0.7 is 0x399a in half precision.
        assert_eq!(nearest(Kind::F16, 0.7), one(Kind::F16, &[0x9a, 0x39])[0]);
        for bits in (0..0x7c00_u16).step_by(7) {
            let value = f64::from(half_to_f32(bits));
            let next = f64::from(half_to_f32(bits + 1));
            assert_eq!((nearest(Kind::F16, value), nearest(Kind::F16, -value)), (value, -value));
            if next.is_finite() {
                let even = if bits % 2 == 0 { value } else { next };
                assert_eq!(nearest(Kind::F16, f64::midpoint(value, next)), even);
                assert_eq!(nearest(Kind::F16, value + 0.4 * (next - value)), value);
            }
        }
        for (kind, large) in [(Kind::F16, 65_520.0), (Kind::F16, -1e300), (Kind::F32, 1e39)] {
            assert_eq!(nearest(kind, large), large);
        }
    }

    #[test]
    fn every_kind_by_hand_in_both_orders() {
        assert_eq!(one(Kind::F16, &[0x00, 0x3e]), [1.5; 2]);
        assert_eq!(one(Kind::F16, &[0x00, 0xfc]), [f64::NEG_INFINITY; 2]);
        assert_eq!(one(Kind::F16, &[0x01, 0x00]), [2.0_f64.powi(-24); 2]);
        assert_eq!(one(Kind::F32, &1.1_f32.to_le_bytes()), [f64::from(1.1_f32); 2]);
        assert_eq!(one(Kind::F64, &1.1_f64.to_le_bytes()), [1.1; 2]);
        assert_eq!(one(Kind::I8, &[0xff]), [-1.0; 2]);
        assert_eq!(one(Kind::U8, &[0xff]), [255.0; 2]);
        assert_eq!(one(Kind::Bool, &[0]), [0.0; 2]);
        assert_eq!(one(Kind::Bool, &[7]), [1.0; 2]);
        assert_eq!(one(Kind::I16, &[0x00, 0x80]), [-32768.0; 2]);
        assert_eq!(one(Kind::U16, &[0xff, 0xff]), [65535.0; 2]);
        assert_eq!(one(Kind::I32, &(-16_777_217_i32).to_le_bytes()), [-16_777_217.0; 2]);
        assert_eq!(one(Kind::U32, &u32::MAX.to_le_bytes()), [4_294_967_295.0; 2]);
        assert_eq!(one(Kind::I64, &i64::MIN.to_le_bytes()), [-9_223_372_036_854_775_808.0; 2]);
        assert_eq!(one(Kind::U64, &u64::MAX.to_le_bytes()), [18_446_744_073_709_551_616.0; 2]);
    }

    #[test]
    fn every_half_agrees_with_the_half_crate() {
        for bits in 0..=u16::MAX {
            let (ours, theirs) = (half_to_f32(bits), half::f16::from_bits(bits).to_f32());
            assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "{bits:#06x}");
        }
    }

    #[test]
    fn order_keys_tell_apart_what_f64_cannot() {
        let numbers = [i64::MIN, -1, 0, 1 << 53, (1 << 53) + 1, i64::MAX];
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
        let keys: Vec<u64> = (0..6).map(|i| element(Kind::I64, true).order_key(&bytes, i)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert!(element(Kind::I64, true).is_beyond_f64());
    }

    #[test]
    fn gathers_in_both_directions() {
        let bytes: Vec<u8> = (0_u16..10).flat_map(u16::to_be_bytes).collect();
        let mut out = [0.0_f32; 3];
        let u2 = element(Kind::U16, true);
        u2.gather_f32(&bytes, 1, 4, &mut out);
        assert_eq!(out, [1.0, 5.0, 9.0]);
        u2.gather_f32(&bytes, 8, -3, &mut out);
        assert_eq!(out, [8.0, 5.0, 2.0]);
        u2.gather_f32(&bytes, 4, 0, &mut out);
        assert_eq!(out, [4.0; 3]);
        let mut wide = [0.0_f64; 2];
        u2.gather_f64(&bytes, 0, 1, &mut wide);
        assert_eq!(wide, [0.0, 1.0]);
    }

    #[test]
    fn short_buffers_leave_the_rest_alone() {
        let mut out = [7.0_f32; 4];
        element(Kind::U8, false).gather_f32(&[1, 2, 3], 1, 1, &mut out);
        assert_eq!(out, [2.0, 3.0, 7.0, 7.0]);
        element(Kind::U8, false).gather_f32(&[1, 2, 3], 1, -1, &mut out);
        assert_eq!(out, [2.0, 1.0, 7.0, 7.0]);
        element(Kind::U8, false).gather_f32(&[1, 2, 3], 9, 1, &mut out);
        element(Kind::F32, false).widen_f32(&[1, 2, 3], &mut out);
        assert_eq!(out, [2.0, 1.0, 7.0, 7.0]);
    }

    #[test]
    fn names_are_numpys() {
        assert_eq!(element(Kind::F32, false).name(), "<f4");
        assert_eq!(element(Kind::I16, true).name(), ">i2");
        assert_eq!(element(Kind::Bool, true).name(), "|b1");
        assert!(element(Kind::U32, false).is_wide() && !element(Kind::U16, false).is_wide());
    }
}
