//! The maximum of a block, the sum of its values, and whether any of them is not finite: the part of the
//! sweep that every method needs.
//!
//! Three questions are answered in one read. The maximum is what weights are relative to. The sum gives the
//! mean, by which `doubt.rs` judges the background. And a NaN or +inf anywhere decides the status of the
//! heatmap.
//!
//! The fast scan does not look for NaN and infinities: the sum is not finite if a value is not, which costs
//! nothing to know. Only then does a closer scan look at each value. The sum of finite values may overflow
//! too; the closer scan then finds nothing wrong.
//!
//! The index of the maximum is found afterwards. The fast scan notes the group of 256 values in which each
//! lane's maximum first appeared, and the search starts there. Carrying indices along with the values would
//! take half of the registers for a number that is needed once.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use crate::kernel::simd::lanes::{Float, LANES, Lanes, is_one_register};
use crate::kernel::simd::level::{SimdLevel, on_level};
use fearless_simd::Simd;

/// Values after which the scan notes whether the maximum rose. The search for the first maximum starts at
/// such a group.
const GROUP: usize = 16 * LANES;

/// What a scan of a block finds.
///
/// Total and count are those of unmasked values, so that their quotient is the mean of the heatmap once all
/// blocks are merged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scan<T> {
    /// The largest value, NaN ignored.
    pub(crate) max: T,
    /// Whether some value is NaN.
    pub(crate) has_nan: bool,
    /// No value before this index is the largest.
    pub(crate) from: usize,
    /// The sum of the values that are neither masked nor NaN, as accurate as a plain sum in their type.
    pub(crate) total: f64,
    /// How many they are.
    pub(crate) count: usize,
}

/// Scans a block.
pub(crate) fn scan<T: Float>(level: SimdLevel, values: &[T]) -> Scan<T> {
    let scan = on_level!(level, simd => scan_lanes(simd, values));
    // The sum is not finite if a value is not, or if it overflows: either way the closer scan decides.
    if scan.total.is_finite() { scan } else { on_level!(level, simd => scan_closely(simd, values)) }
}

/// The scan of values that may be NaN or infinite.
#[inline(always)]
fn scan_closely<S: Simd, T: Float>(simd: S, values: &[T]) -> Scan<T> {
    let masked = T::Lanes::splat(simd, T::MASKED);
    let (zero, one) = (T::Lanes::splat(simd, T::ZERO), T::Lanes::splat(simd, T::from_count(1)));
    let (mut lanes, mut total, mut count) = (masked, zero, zero);
    let mut has_nan = false;
    let vectors = values.chunks_exact(LANES);
    let tail = vectors.remainder();
    for vector in vectors {
        let x = T::Lanes::load(simd, vector);
        has_nan |= x.any_nan();
        lanes = x.where_larger(lanes, x, lanes);
        // Neither −inf nor NaN is larger.
        total = total.plus(x.where_larger(masked, x, zero));
        count = count.plus(x.where_larger(masked, one, zero));
    }
    let mut scan = Scan { max: T::MASKED, has_nan, from: 0, total: sum(&total.to_array()), count: 0 };
    scan.count = sum(&count.to_array()) as usize;
    for &value in &lanes.to_array() {
        scan.max = if value > scan.max { value } else { scan.max };
    }
    for &value in tail {
        scan.has_nan |= value.is_nan();
        scan.max = if value > scan.max { value } else { scan.max };
        if value > T::MASKED {
            scan.total += value.into();
            scan.count += 1;
        }
    }
    scan
}

/// The scan of values that are all finite. If one is not, the total is not finite either.
#[inline(always)]
fn scan_lanes<S: Simd, T: Float>(simd: S, values: &[T]) -> Scan<T> {
    let mut rise = Rise::new(simd);
    let mut total = T::Lanes::splat(simd, T::ZERO);
    let (mut rest, tail) = values.split_at(values.len() / LANES * LANES);
    if is_one_register(simd) {
        while let Some((group, others)) = rest.split_first_chunk::<GROUP>() {
            let (max, added) = scan_vectors::<S, T>(simd, group);
            rise.add(simd, max);
            total = total.plus(added);
            rest = others;
        }
    }
    // Of a known length the compiler makes one piece of a group: it takes all maxima before all sums, and has
    // 32 vectors alive, which AVX2 moves to the stack and back. `.ci/registers.py` counts them.
    for group in rest.chunks(GROUP) {
        let (max, added) = scan_vectors::<S, T>(simd, group);
        rise.add(simd, max);
        total = total.plus(added);
    }
    let (max, group) = rise.found();
    let total = sum(&total.to_array());
    let mut scan = Scan { max, has_nan: false, from: group * GROUP, total, count: values.len() };
    for (i, &value) in tail.iter().enumerate() {
        scan.total += value.into();
        if value > scan.max {
            (scan.max, scan.from) = (value, values.len() - tail.len() + i);
        }
    }
    scan
}

/// The sum of the lanes in f64.
fn sum<T: Float>(lanes: &[T; LANES]) -> f64 {
    let mut total = 0.0;
    for &lane in lanes {
        total += Into::<f64>::into(lane);
    }
    total
}

/// The lane by lane maximum and sum of whole vectors: four of each, which are combined at the end.
///
/// Two of the four are made after the other two. All of them, and what is loaded, would take more registers
/// than AVX2 has; the second pass over a kilobyte comes from the first-level cache.
#[inline(always)]
fn scan_vectors<S: Simd, T: Float>(simd: S, values: &[T]) -> (T::Lanes<S>, T::Lanes<S>) {
    let fours = values.chunks_exact(4 * LANES);
    let rest = fours.remainder();
    let (mut max, mut total) = scan_two::<S, T>(simd, values, 0);
    for lanes in rest.chunks_exact(LANES) {
        let x = T::Lanes::load(simd, lanes);
        max[0] = max[0].larger(x);
        total[0] = total[0].plus(x);
    }
    let (other_max, other_total) = scan_two::<S, T>(simd, values, 2);
    let max = max[0].larger(max[1]).larger(other_max[0].larger(other_max[1]));
    (max, total[0].plus(total[1]).plus(other_total[0].plus(other_total[1])))
}

/// Two lane by lane maxima, and two sums.
type Two<V> = ([V; 2], [V; 2]);

/// The same of the vectors `from` and `from` + 1 of every four.
#[inline(always)]
fn scan_two<S: Simd, T: Float>(simd: S, values: &[T], from: usize) -> Two<T::Lanes<S>> {
    let masked = T::Lanes::splat(simd, T::MASKED);
    let zero = T::Lanes::splat(simd, T::ZERO);
    let (mut max, mut total) = ([masked; 2], [zero; 2]);
    for four in values.chunks_exact(4 * LANES) {
        let two = &four[from * LANES..(from + 2) * LANES];
        let (x, y) = (T::Lanes::load(simd, two), T::Lanes::load(simd, &two[LANES..]));
        max = [max[0].larger(x), max[1].larger(y)];
        total = [total[0].plus(x), total[1].plus(y)];
    }
    (max, total)
}

/// The lane by lane maximum of groups, and the group in which each lane's maximum appeared first.
struct Rise<S: Simd, T: Float> {
    max: T::Lanes<S>,
    group: T::Lanes<S>,
    groups: usize,
}

impl<S: Simd, T: Float> Rise<S, T> {
    /// Before the first group.
    #[inline(always)]
    fn new(simd: S) -> Self {
        Rise { max: T::Lanes::splat(simd, T::MASKED), group: T::Lanes::splat(simd, T::ZERO), groups: 0 }
    }

    /// Adds the lane by lane maximum of the next group.
    #[inline(always)]
    fn add(&mut self, simd: S, max: T::Lanes<S>) {
        let group = T::Lanes::splat(simd, T::from_count(self.groups));
        self.group = max.where_larger(self.max, group, self.group);
        self.max = self.max.larger(max);
        self.groups += 1;
    }

    /// The maximum of all lanes, and the first group that has it.
    #[inline(always)]
    fn found(self) -> (T, usize) {
        let (max, group) = (self.max.to_array(), self.group.to_array());
        let mut best = (max[0], group[0]);
        for i in 1..LANES {
            if max[i] > best.0 || (max[i] == best.0 && group[i] < best.1) {
                best = (max[i], group[i]);
            }
        }
        (best.0, Into::<f64>::into(best.1) as usize)
    }
}

/// The first index of `max` in a block.
pub(crate) fn first<T: Float>(level: SimdLevel, values: &[T], max: T) -> usize {
    on_level!(level, simd => first_lanes(simd, values, max))
}

/// Compares whole vectors until one has the maximum, and then looks for the lane.
#[inline(always)]
fn first_lanes<S: Simd, T: Float>(simd: S, values: &[T], max: T) -> usize {
    let mut start = values.len() / LANES * LANES;
    for (i, lanes) in values.chunks_exact(LANES).enumerate() {
        if T::Lanes::load(simd, lanes).any_equal(max) {
            start = i * LANES;
            break;
        }
    }
    start + values[start..].iter().position(|&value| value == max).unwrap_or(0)
}

/// Calls `visit` with every index of `max` in a block, in order. None of them is before `start`.
pub(crate) fn each<T: Float>(
    level: SimdLevel,
    values: &[T],
    max: T,
    mut start: usize,
    mut visit: impl FnMut(usize),
) {
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
pub(crate) fn is_constant<T: Float>(level: SimdLevel, values: &[T], max: T) -> bool {
    let unmasked = |&&value: &&T| value != T::MASKED;
    // The first unmasked value of a block that is not constant nearly always differs.
    if values.iter().find(unmasked).is_some_and(|&value| value != max) {
        return false;
    }
    on_level!(level, simd => is_constant_lanes(simd, values, max))
}

/// Compares whole vectors. One that differs may do so only by masked lanes.
#[inline(always)]
fn is_constant_lanes<S: Simd, T: Float>(simd: S, values: &[T], max: T) -> bool {
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for lanes in chunks {
        if T::Lanes::load(simd, lanes).any_different(max) && !are_same(lanes, max) {
            return false;
        }
    }
    are_same(rest, max)
}

/// Whether each value equals `max` or is masked.
fn are_same<T: Float>(values: &[T], max: T) -> bool {
    values.iter().all(|&value| value == max || value == T::MASKED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level;

    #[test]
    fn scans_by_hand_on_every_level() {
        for (name, level) in level::available() {
            for length in [1, 15, 16, 17, 64, 100, 257, 1000] {
                for at in [0, length / 2, length - 1] {
                    let mut values = vec![-3.0_f32; length];
                    values[at] = -1.0;
                    let Scan { max, has_nan, from, total, count } = scan(level, &values);
                    assert_eq!((max, has_nan), (-1.0, false), "{name} {length}");
                    assert_eq!((total, count), (2.0 - 3.0 * length as f64, length), "{name} {length}");
                    assert!(from <= at && at < from + GROUP, "{name} {length} {at}: {from}");
                    assert_eq!(first(level, &values, -1.0), at, "{name} {length}");
                    values[at] = f32::NAN;
                    let scanned = scan(level, &values);
                    assert!(scanned.has_nan, "{name} {length}");
                    let without = (3.0 - 3.0 * length as f64, length - 1);
                    assert_eq!((scanned.total, scanned.count), without, "{name} {length}");
                    values[at] = f32::INFINITY;
                    let scanned = scan(level, &values);
                    assert_eq!((scanned.max, scanned.has_nan), (f32::INFINITY, false), "{name} {length}");
                    values.fill(f32::NEG_INFINITY);
                    values[at] = -7.0;
                    let one = Scan { max: -7.0, has_nan: false, from: 0, total: -7.0, count: 1 };
                    assert_eq!(scan(level, &values), one, "{name} {length}");
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
        each(level::best(), &values, 1.0, 2, |i| seen.push(i));
        assert_eq!(seen, [3, 17, 18, 49]);
    }
}
