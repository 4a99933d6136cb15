//! The maximum of a block, and whether anything in it is not finite: the part of the sweep that every
//! method needs.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::lanes::{LANES, Lanes, Value};
use super::level::on_level;
use fearless_simd::{Level, Simd};

/// What a maximum scan finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scan<T> {
    /// The largest value; NaN values are passed over.
    pub(super) max: T,
    /// Whether some value is NaN.
    pub(super) has_nan: bool,
}

/// Scans a block.
pub(super) fn scan<T: Value>(level: Level, values: &[T]) -> Scan<T> {
    let (max, is_clean) = on_level!(level, simd => scan_lanes(simd, values));
    // Infinities poison the vector scan as NaN does, so it only says that a closer look is needed.
    if is_clean {
        return Scan { max, has_nan: false };
    }
    let larger = |max: T, &value: &T| if value > max { value } else { max };
    Scan { max: values.iter().fold(T::MASKED, larger), has_nan: values.iter().any(|value| value.is_nan()) }
}

/// The maximum, and whether every value is finite; the maximum counts for nothing where one is not.
#[inline(always)]
fn scan_lanes<S: Simd, T: Value>(simd: S, values: &[T]) -> (T, bool) {
    let masked = T::Lanes::splat(simd, T::MASKED);
    let (mut max, mut poison) = ([masked; 4], [T::Lanes::splat(simd, T::ZERO); 4]);
    let mut groups = values.chunks_exact(4 * LANES);
    for group in &mut groups {
        for (i, lanes) in group.chunks_exact(LANES).enumerate() {
            let x = T::Lanes::load(simd, lanes);
            max[i] = max[i].larger(x);
            poison[i] = x.scaled_plus(0.0, poison[i]);
        }
    }
    let mut rest = groups.remainder().chunks_exact(LANES);
    for lanes in &mut rest {
        let x = T::Lanes::load(simd, lanes);
        max[0] = max[0].larger(x);
        poison[0] = x.scaled_plus(0.0, poison[0]);
    }
    let max = max[0].larger(max[1]).larger(max[2].larger(max[3]));
    let poison = poison[0].plus(poison[1]).plus(poison[2].plus(poison[3]));
    let larger = |max: T, &value: &T| if value > max { value } else { max };
    let is_finite = |&value: &T| Into::<f64>::into(value).is_finite();
    let clean = !poison.any_nan() && rest.remainder().iter().all(is_finite);
    (rest.remainder().iter().fold(max.largest(), larger), clean)
}

/// The first index of `max` in a block.
pub(super) fn first<T: Value>(level: Level, values: &[T], max: T) -> usize {
    on_level!(level, simd => first_lanes(simd, values, max))
}

#[inline(always)]
fn first_lanes<S: Simd, T: Value>(simd: S, values: &[T], max: T) -> usize {
    let chunks = values.chunks_exact(LANES);
    let full = values.len() / LANES;
    let chunk = chunks.enumerate().find(|(_, lanes)| T::Lanes::load(simd, lanes).any_equal(max));
    let start = chunk.map_or(full, |(i, _)| i) * LANES;
    start + values[start..].iter().position(|&value| value == max).unwrap_or(0)
}

/// Every index of `max` in a block, in order, given to `visit`.
pub(super) fn each<T: Value>(level: Level, values: &[T], max: T, mut visit: impl FnMut(usize)) {
    let mut start = 0;
    while start < values.len() {
        let index = start + first(level, &values[start..], max);
        if values.get(index).is_none_or(|&value| value != max) {
            return;
        }
        visit(index);
        start = index + 1;
    }
}

/// Whether every value that is not masked equals `max`.
pub(super) fn is_constant<T: Value>(level: Level, values: &[T], max: T) -> bool {
    let unmasked = |&&value: &&T| value != T::MASKED;
    // Nearly every block that is not constant is told by its first unmasked value.
    if values.iter().find(unmasked).is_some_and(|&value| value != max) {
        return false;
    }
    on_level!(level, simd => is_constant_lanes(simd, values, max))
}

#[inline(always)]
fn is_constant_lanes<S: Simd, T: Value>(simd: S, values: &[T], max: T) -> bool {
    let same = |value: T| value == max || value == T::MASKED;
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    let mut chunks = chunks;
    let full = chunks.all(|lanes| {
        !T::Lanes::load(simd, lanes).any_different(max) || lanes.iter().all(|&value| same(value))
    });
    full && rest.iter().all(|&value| same(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level;

    #[test]
    fn scans_by_hand_on_every_level() {
        for (name, level) in level::available() {
            for length in [1, 15, 16, 17, 64, 100, 257] {
                for at in [0, length / 2, length - 1] {
                    let mut values = vec![-3.0_f32; length];
                    values[at] = -1.0;
                    assert_eq!(scan(level, &values), Scan { max: -1.0, has_nan: false }, "{name} {length}");
                    assert_eq!(first(level, &values, -1.0), at, "{name} {length}");
                    values[at] = f32::NAN;
                    assert!(scan(level, &values).has_nan, "{name} {length}");
                    values[at] = f32::INFINITY;
                    assert_eq!(scan(level, &values), Scan { max: f32::INFINITY, has_nan: false });
                    values.fill(f32::NEG_INFINITY);
                    values[at] = -7.0;
                    assert_eq!(scan(level, &values), Scan { max: -7.0, has_nan: false }, "{name} {length}");
                    assert!(is_constant(level, &values, -7.0));
                    values.fill(2.0);
                    assert!(is_constant(level, &values, 2.0));
                    values[at] = 1.0;
                    assert!(!is_constant(level, &values, 2.0), "{name} {length} {at}");
                }
            }
        }
    }

    #[test]
    fn every_maximum_is_visited_in_order() {
        let mut values = vec![0.0_f64; 50];
        for i in [3, 17, 18, 49] {
            values[i] = 1.0;
        }
        let mut seen = Vec::new();
        each(level::best(), &values, 1.0, |i| seen.push(i));
        assert_eq!(seen, [3, 17, 18, 49]);
    }
}
