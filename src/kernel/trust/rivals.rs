//! What else in the heatmap is as high as the peak: a second maximum, and the maxima of the blocks.
//!
//! Both come from the pass, which keeps the maximum of each block and its place, and from the samples.

use super::noise::DEVIATION;
use super::samples::{Samples, order, square};

/// Maxima that are nearer to one another are one peak's: so many voxels, or so many widths.
pub(super) const APART: [f64; 2] = [3.0, 2.5];
/// With fewer blocks nothing is said about their maxima.
const BLOCKS: usize = 12;

/// A maximum and its place.
pub(super) type Maximum = (f64, [f64; 3]);

/// How far apart two maxima must be to be two peaks'.
pub(super) fn apart(sigma: f64) -> f64 {
    APART[0].max(APART[1] * sigma)
}

/// The largest of block maxima and samples that are apart from the peak, and its place; −inf without.
pub(super) fn second(blocks: &[Maximum], samples: &Samples, middle: [f64; 3], sigma: f64) -> Maximum {
    let apart = apart(sigma) * apart(sigma);
    let samples = samples.values.iter().copied().zip(samples.places.iter().copied());
    let mut best = (f64::NEG_INFINITY, middle);
    for (value, place) in blocks.iter().copied().chain(samples) {
        if value > best.0 && square(place, middle) > apart {
            best = (value, place);
        }
    }
    best
}

/// How far the peak stands out of the maxima of blocks apart from it and from the second maximum, in their
/// deviations; ∞ with fewer than twelve.
///
/// The maximum of pure noise, whatever its distribution, is one of many maxima like it.
pub(super) fn standing(top: f64, blocks: &[Maximum], peaks: [[f64; 3]; 2], sigma: f64) -> f64 {
    let apart = apart(sigma) * apart(sigma);
    let is_other = |&&(value, place): &&Maximum| {
        value > f64::NEG_INFINITY && peaks.iter().all(|&peak| square(place, peak) > apart)
    };
    let mut others: Vec<f64> = blocks.iter().filter(is_other).map(|&(value, _)| value).collect();
    if others.len() < BLOCKS {
        return f64::INFINITY;
    }
    let middle = order(&mut others, 0.5);
    for value in &mut others {
        *value = (*value - middle).abs();
    }
    let deviation = DEVIATION * order(&mut others, 0.5);
    if deviation > 0.0 { (top - middle) / deviation } else { f64::INFINITY }
}
