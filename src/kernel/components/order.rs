//! Exact percentiles of a heatmap in bounded memory.
//!
//! A percentile lies between two values that are next to each other in the order of all values. They are
//! found by their ranks: the values are counted by the first 16 bits of a key that has their order, then the
//! values of the bucket that holds the rank by the next 16 bits, and so on, until the bucket is small enough
//! to be kept. Each step is one read of the heatmap. A small heatmap is kept at once, and 2 million values
//! nearly always take two reads. Five are the most: then more than [`KEPT`] values have nearly all bits in
//! common. Values that are the lowest of their bucket are counted apart, so that zeros and other small whole
//! numbers, of which there may be many, take one read or two.
//!
//! The result is that of `numpy.percentile` on f64 to the last bit: its ranks, its interpolation.

use crate::memory::{self, OutOfMemory};

/// Values that are kept, at most.
const KEPT: u64 = 1 << 16;
/// Bits of a key by which values are counted in one read.
const BITS: u32 = 16;

/// A number in the order of the values, −0 as 0. Never of NaN.
fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The value of a key.
fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Keys that have their first bits in common.
#[derive(Clone, Copy)]
struct Bucket {
    /// How many bits are fixed.
    fixed: u32,
    /// These bits, in their place.
    bits: u64,
    /// How many values lie below, and how many in it.
    below: u64,
    count: u64,
    /// How many have no other bits than these.
    lowest: u64,
}

impl Bucket {
    /// Whether a key is in it.
    fn holds(&self, key: u64) -> bool {
        self.fixed == 0 || (key ^ self.bits) >> (u64::BITS - self.fixed) == 0
    }
}

/// The percentile of `count` values, by linear interpolation; −inf if it lies beside a value that is −inf.
///
/// `read` calls the function that it is given with all values, the same ones each time, none of them NaN.
///
/// # Errors
/// Those of `read`, and if there is no memory to count them or to keep some.
pub(super) fn percentile<E: From<OutOfMemory>>(
    percentile: f64,
    count: u64,
    mut read: impl FnMut(&mut dyn FnMut(&[f64])) -> Result<(), E>,
) -> Result<f64, E> {
    let last = count.saturating_sub(1);
    let place = last as f64 * (percentile / 100.0);
    let rank = (place.floor() as u64).min(last);
    let share = place - rank as f64;
    let [low, high] = neighbours(rank, count, &mut read)?;
    Ok(if low == f64::NEG_INFINITY { low } else { between(low, high, share) })
}

/// The interpolation of NumPy, which is exact at both ends.
fn between(low: f64, high: f64, share: f64) -> f64 {
    let difference = high - low;
    if share == 0.0 {
        // Also where the difference is beyond f64.
        low
    } else if share >= 0.5 {
        high - difference * (1.0 - share)
    } else {
        low + difference * share
    }
}

/// The values of a rank, counted from 0, and of the next one; the last one twice if there is none behind it.
fn neighbours<E: From<OutOfMemory>>(
    rank: u64,
    count: u64,
    read: &mut impl FnMut(&mut dyn FnMut(&[f64])) -> Result<(), E>,
) -> Result<[f64; 2], E> {
    let mut bucket = Bucket { fixed: 0, bits: 0, below: 0, count, lowest: 0 };
    let mut counts: Vec<[u64; 2]> = Vec::new();
    while bucket.count > KEPT && bucket.fixed < u64::BITS {
        counts.clear();
        memory::resize(&mut counts, 1 << BITS, [0; 2])?;
        read(&mut |values| {
            for key in values.iter().map(|&value| key(value)).filter(|&key| bucket.holds(key)) {
                let free = key << bucket.fixed;
                let [count, lowest] = &mut counts[(free >> (u64::BITS - BITS)) as usize];
                *count += 1;
                *lowest += u64::from(free << BITS == 0);
            }
        })?;
        bucket = narrower(bucket, rank, &counts);
        let lowest = rank < bucket.below + bucket.lowest;
        if lowest && (rank + 1 < bucket.below + bucket.lowest || rank + 1 == count) {
            return Ok([value(bucket.bits); 2]);
        }
    }
    // All values of a bucket without free bits are alike: none need be kept.
    let is_one = bucket.fixed == u64::BITS;
    let mut keys: Vec<u64> = Vec::new();
    memory::reserve(&mut keys, if is_one { 0 } else { bucket.count as usize })?;
    let mut above = u64::MAX;
    read(&mut |values| {
        for key in values.iter().map(|&value| key(value)) {
            if !bucket.holds(key) {
                above = if key > bucket.bits { above.min(key) } else { above };
            } else if !is_one && keys.len() < keys.capacity() {
                keys.push(key);
            }
        }
    })?;
    let within = rank.saturating_sub(bucket.below);
    let (low, next) = if is_one {
        (bucket.bits, (within + 1 < bucket.count).then_some(bucket.bits))
    } else if (within as usize) < keys.len() {
        let (_, &mut low, after) = keys.select_nth_unstable(within as usize);
        (low, after.iter().min().copied())
    } else {
        // Only if the values were not the same each time.
        (above, None)
    };
    let next = next.unwrap_or(if rank < count.saturating_sub(1) { above } else { low });
    Ok([low, next].map(value))
}

/// The part of a bucket that holds a rank, by the counts of its parts, and of the lowest in each.
fn narrower(bucket: Bucket, rank: u64, counts: &[[u64; 2]]) -> Bucket {
    let fixed = bucket.fixed + BITS;
    let mut next = Bucket { fixed, count: 0, ..bucket };
    for (part, &[count, lowest]) in counts.iter().enumerate() {
        let bits = bucket.bits | (part as u64) << (u64::BITS - fixed);
        next = Bucket { bits, count, lowest, ..next };
        if rank < next.below + count {
            break;
        }
        next.below += count;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(wanted: f64, values: &[f64]) -> (f64, usize) {
        let mut reads = 0;
        let read = |visit: &mut dyn FnMut(&[f64])| {
            reads += 1;
            values.chunks(1000).for_each(visit);
            Ok::<(), OutOfMemory>(())
        };
        (percentile(wanted, values.len() as u64, read).unwrap(), reads)
    }

    #[test]
    fn by_hand() {
        // Ranks 0 to 4: the 90th percentile is at 3.6.
        let values = [5.0, -1.0, 2.0, 3.0, -7.0];
        for (wanted, expected) in [
            (0.0, -7.0),
            (25.0, -1.0),
            (50.0, 2.0),
            (62.5, 2.5),
            (90.0, 5.0 - 2.0 * (1.0 - 3.6_f64.fract())),
            (100.0, 5.0),
        ] {
            assert_eq!(found(wanted, &values).0, expected, "{wanted}");
        }
        assert_eq!(found(70.0, &[3.5]).0, 3.5);
        // A masked voxel is lower than any other, and nothing lies between it and the next.
        let masked = [f64::NEG_INFINITY, 1.0, 2.0];
        assert_eq!(
            [0.0, 30.0, 50.0, 75.0].map(|wanted| found(wanted, &masked).0),
            [f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, 1.5]
        );
        assert_eq!(found(50.0, &[-0.0, 0.0, -0.0]).0.to_bits(), 0);
    }

    /// As by sorting, for values of every size and for many that are alike.
    #[test]
    fn any_rank_of_many_values() {
        type Kind<'a> = (&'a str, usize, &'a dyn Fn(u64) -> f64);
        let count = 200_000_u64;
        let random = |i: u64| {
            i.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9)
        };
        let kinds: [Kind<'_>; 6] = [
            ("from 0 to 1", 2, &|i| (random(i) >> 11) as f64 / (1_u64 << 53) as f64),
            ("of every exponent", 2, &|i| {
                let bits = random(i);
                let value = f64::from_bits(bits);
                if value.is_finite() { value } else { bits as f64 }
            }),
            ("that differ in the last 20 bits", 4, &|i| {
                f64::from_bits(1.0_f64.to_bits() + (random(i) >> 44))
            }),
            ("of two kinds", 1, &|i| if random(i) % 3 == 0 { 0.25 } else { 0.0 }),
            ("of 8 bits", 2, &|i| (random(i) >> 56) as f64),
            ("that are alike", 5, &|_| -3.0),
        ];
        for (name, most, of) in kinds {
            let values: Vec<f64> = (0..count).map(of).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            for wanted in [0.0, 1e-3, 12.5, 50.0, 66.6, 99.0, 99.9, 99.9999, 100.0] {
                let place = (count - 1) as f64 * (wanted / 100.0);
                let low = sorted[place as usize];
                let high = sorted[(place as usize + 1).min(sorted.len() - 1)];
                let (value, reads) = found(wanted, &values);
                assert_eq!(value, between(low, high, place.fract()), "{wanted} of values {name}");
                assert!(reads <= most, "{wanted} of values {name}: {reads} reads");
            }
        }
    }
}
