//! Separates channels that lie innermost in memory (channels last), sixteen at a time.
//!
//! In such an array the values of one channel are as far apart as there are channels. Reading one channel
//! after another would load every cache line once for each channel. Instead, sixteen voxels of sixteen
//! channels form a square that is transposed in registers, by four rounds of interleaving: after the first
//! round neighbouring channels alternate, after the fourth each register holds sixteen voxels of one channel.
//! Every cache line is loaded once.
//!
//! Values of other types are converted to f32 first. The last voxels of an array, after which no full square
//! can be read, are copied one by one.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::lanes::LANES;
use super::level::SimdLevel;
use super::level::on_level;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16};

/// Channels that are separated at once.
pub const BUNDLE: usize = LANES;

/// Copies `count` voxels of up to [`BUNDLE`] channels, one array element apart, to one run for each channel.
///
/// Voxel v of channel c is `values[v · stride + c]` and goes to `runs[c · pitch + v]`. Channels for which
/// `runs` has no room are left out.
pub fn transpose(
    level: SimdLevel,
    values: &[f32],
    stride: usize,
    count: usize,
    runs: &mut [f32],
    pitch: usize,
) {
    let channels = runs.len().div_ceil(pitch.max(1)).min(BUNDLE);
    // A square reads sixteen values from each voxel: the last few voxels may not have them.
    let whole = values.len().saturating_sub(LANES - 1).div_ceil(stride.max(1)).min(count) / LANES * LANES;
    on_level!(level, simd => squares(simd, values, stride, whole, runs, pitch, channels));
    for v in whole..count {
        for (c, &value) in values[v * stride..].iter().take(channels).enumerate() {
            runs[c * pitch + v] = value;
        }
    }
}

/// Transposes whole squares: the first `count` voxels, a multiple of sixteen.
#[inline(always)]
fn squares<S: Simd>(
    simd: S,
    values: &[f32],
    stride: usize,
    count: usize,
    runs: &mut [f32],
    pitch: usize,
    channels: usize,
) {
    for v in (0..count).step_by(LANES) {
        let mut x = [simd.splat_f32x16(0.0); LANES];
        for i in 0..LANES {
            x[i] = f32x16::from_slice(simd, &values[(v + i) * stride..(v + i) * stride + LANES]);
        }
        for _ in 0..LANES.trailing_zeros() {
            x = interleave(simd, x);
        }
        for c in 0..channels {
            x[c].store_slice(&mut runs[c * pitch + v..c * pitch + v + LANES]);
        }
    }
}

/// One round: row i with row i + 8, element by element.
#[inline(always)]
fn interleave<S: Simd>(simd: S, x: [f32x16<S>; LANES]) -> [f32x16<S>; LANES] {
    let mut y = x;
    for i in 0..LANES / 2 {
        y[2 * i] = simd.zip_low_f32x16(x[i], x[i + LANES / 2]);
        y[2 * i + 1] = simd.zip_high_f32x16(x[i], x[i + LANES / 2]);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level;

    #[test]
    fn every_value_arrives_on_every_level() {
        for (name, level) in level::available() {
            for (channels, stride) in [(1, 1), (3, 3), (16, 16), (16, 19), (5, 32)] {
                for count in [1, 15, 16, 17, 100] {
                    // Exactly as many values as there are: nothing may be read behind them.
                    let values: Vec<f32> = (0..(count - 1) * stride + channels).map(|i| i as f32).collect();
                    let mut runs = vec![-1.0; channels * count];
                    transpose(level, &values, stride, count, &mut runs, count);
                    for (i, &value) in runs.iter().enumerate() {
                        let expected = ((i % count) * stride + i / count) as f32;
                        assert_eq!(value.to_bits(), expected.to_bits(), "{name} {channels} {stride} {count}");
                    }
                }
            }
        }
    }
}
