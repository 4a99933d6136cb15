//! How the values of heatmaps are stored.

/// A type of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Half precision.
    F16,
    /// Single precision.
    F32,
    /// Whole numbers from 0 to 255; values are rounded, and cut at both ends.
    U8,
}

impl Stored {
    /// In bytes.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Stored::F16 => 2,
            Stored::F32 => 4,
            Stored::U8 => 1,
        }
    }

    /// NumPy's name of it, little-endian.
    #[must_use]
    pub fn descr(self) -> &'static str {
        match self {
            Stored::F16 => "<f2",
            Stored::F32 => "<f4",
            Stored::U8 => "|u1",
        }
    }

    /// Adds a value to `bytes`.
    pub(super) fn put(self, value: f64, bytes: &mut Vec<u8>) {
        match self {
            Stored::F16 => bytes.extend(half(value).to_le_bytes()),
            Stored::F32 => bytes.extend((value as f32).to_le_bytes()),
            // Ties to even, as NumPy rounds; the cast cuts.
            Stored::U8 => bytes.push(value.round_ties_even() as u8),
        }
    }
}

/// The bits of the nearest number of half precision, ties to even (IEEE 754, binary16).
fn half(value: f64) -> u16 {
    let sign = ((value.to_bits() >> 48) & 0x8000) as u16;
    let size = value.abs();
    if size.is_nan() {
        return sign | 0x7e00;
    }
    // Half of a step above the largest number, 65504.
    if size >= 65520.0 {
        return sign | 0x7c00;
    }
    // The exponent of the step between neighbours: 2^-24 below 2^-14, and 2^-10 of the power of 2 above.
    let exponent = ((size.to_bits() >> 52) as i32 - 1023).max(-14);
    let steps = (size * power_of_2(10 - exponent)).round_ties_even() as u32;
    // A number of steps from 1024 to 2047 has the leading bit of the significand, which carries into the
    // exponent.
    let bits = ((exponent + 14) as u32) * 1024 + steps;
    sign | bits as u16
}

/// 2^exponent, for exponents of normal numbers.
fn power_of_2(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The crate `half` is the reference, from f32 (from f64 it drops the lowest bits): every number of half
    /// precision, the middle between neighbours, and both sides of it.
    #[test]
    fn half_precision_is_rounded_as_the_crate_does() {
        for bits in 0..0x7c00_u16 {
            let low = half::f16::from_bits(bits).to_f32();
            let high = if bits == 0x7bff { 65536.0 } else { half::f16::from_bits(bits + 1).to_f32() };
            let middle = f32::midpoint(low, high);
            for value in [low, middle, middle.next_up(), middle.next_down()] {
                let expected = half::f16::from_f32(value).to_bits();
                assert_eq!(super::half(value.into()), expected, "{value:?}");
                assert_eq!(super::half((-value).into()), expected | 0x8000, "{value:?}");
            }
        }
        // One bit of f64 above and below the middle of 0 and 2^-24.
        let middle = 1.0 / f64::from(1 << 25);
        assert_eq!([middle.next_down(), middle, middle.next_up()].map(super::half), [0, 0, 1]);
        assert_eq!(super::half(f64::INFINITY), 0x7c00);
        assert_eq!(super::half(1e300), 0x7c00);
        assert_eq!(super::half(1e-300), 0);
        assert!(half::f16::from_bits(super::half(f64::NAN)).is_nan());
    }

    #[test]
    fn whole_numbers_are_rounded_and_cut() {
        let mut bytes = Vec::new();
        for value in [-3.0, 0.49, 0.5, 1.5, 254.6, 255.4, 300.0] {
            Stored::U8.put(value, &mut bytes);
        }
        assert_eq!(bytes, [0, 0, 0, 2, 255, 255, 255]);
    }
}
