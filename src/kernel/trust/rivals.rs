//! What else in the heatmap is as high as the peak: a second maximum, and the maxima of the blocks.
//!
//! Both come from the pass, which keeps the maximum of each block and its place, and from the samples.

use super::ball::Ball;
use super::noise::DEVIATION;
use super::samples::{Samples, order, square};
use super::view::{Maximum, View};
use crate::geometry::Cut;
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::sweep::tops::Tops;

/// Maxima that are nearer to one another are one peak's: so many voxels, or so many widths.
pub(super) const APART: [f64; 2] = [3.0, 2.5];
/// With fewer blocks nothing is said about their maxima.
const BLOCKS: usize = 12;

/// How far apart two maxima must be to be two peaks'.
pub(super) fn apart(sigma: f64) -> f64 {
    APART[0].max(APART[1] * sigma)
}

/// The largest of block maxima and samples that are apart from the peak, and its place; −inf without. `away`
/// is the square of each sample's distance from the peak.
pub(super) fn second(
    blocks: &[Maximum],
    samples: &Samples,
    away: &[f64],
    (middle, sigma): ([f64; 3], f64),
) -> Maximum {
    let apart = apart(sigma) * apart(sigma);
    let mut best = (f64::NEG_INFINITY, middle);
    for &(value, place) in blocks {
        if value > best.0 && square(place, middle) > apart {
            best = (value, place);
        }
    }
    for (index, (&value, &away)) in samples.values.iter().zip(away).enumerate() {
        if value > best.0 && away > apart {
            best = (value, samples.places[index]);
        }
    }
    best
}

/// `best`, or the largest value apart from the peak that is above it and above `level`, of the blocks whose
/// largest value is the peak's.
///
/// A block tells its largest value alone. Where that is the peak's, it hides whatever else is in the block:
/// the other landmark of a pair at the same height, and in a small heatmap every other peak. A value below
/// `level` is no rival, so that few blocks are read again: those through the upper part of the peak.
///
/// # Errors
/// Those of the reader.
pub(super) fn beside<R: HeatmapReader>(
    view: &mut View<'_, R>,
    cut: &Cut,
    blocks: &[Maximum],
    (middle, sigma): ([f64; 3], f64),
    (best, level): (Maximum, f64),
) -> Result<Maximum, R::Error> {
    let ball = Ball { middle, square: apart(sigma) * apart(sigma) };
    let mut found = if level > best.0 { (level, best.1) } else { best };
    let floor = found.0;
    let sharing = Tops::sharing(cut);
    for (entry, &(value, place)) in blocks.iter().enumerate() {
        if value > level && square(place, middle) <= ball.square {
            for block in cut.range(entry * sharing..(entry + 1) * sharing) {
                view.larger(&block, &mut found, &ball)?;
            }
        }
    }
    Ok(if found.0 > floor { found } else { best })
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
    let middle = order(&others, 0.5);
    for value in &mut others {
        *value = (*value - middle).abs();
    }
    let deviation = DEVIATION * order(&others, 0.5);
    if deviation > 0.0 { (top - middle) / deviation } else { f64::INFINITY }
}
