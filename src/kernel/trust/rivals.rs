//! What else in the heatmap is as high as the peak: a second maximum, and the maxima of the blocks.
//!
//! Both come from the pass, which keeps the maximum of each block and its place, and from the samples.

use super::noise::DEVIATION;
use super::samples::{Samples, order, square};
use super::view::{Maximum, View};
use crate::geometry::{Block, Cut};
use crate::kernel::revisit::reader::HeatmapReader;

/// Maxima that are nearer to one another are one peak's: so many voxels, or so many widths.
pub(super) const APART: [f64; 2] = [3.0, 2.5];
/// About so many voxels are looked through at once.
const AT_ONCE: usize = 1 << 15;
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

/// `best`, or the largest value above it, apart from the peak, of the smallest box with all blocks whose
/// largest value is the peak's.
///
/// A block tells its largest value alone. Where that is the peak's, it hides whatever else is in the block:
/// the other landmark of a pair at the same height, and in a small heatmap every other peak.
///
/// # Errors
/// Those of the reader.
pub(super) fn beside<R: HeatmapReader>(
    view: &mut View<'_, R>,
    cut: &Cut,
    blocks: &[Maximum],
    (middle, sigma): ([f64; 3], f64),
    mut best: Maximum,
) -> Result<Maximum, R::Error> {
    let apart = apart(sigma) * apart(sigma);
    let mut bounds: Option<[[usize; 3]; 2]> = None;
    for &(_, place) in blocks.iter().filter(|(value, _)| *value > f64::NEG_INFINITY) {
        if square(place, middle) <= apart {
            let at = view.in_memory(place.map(|x| x as usize));
            let [low, high] = bounds.unwrap_or([at, at]);
            bounds = Some([
                std::array::from_fn(|axis| low[axis].min(at[axis])),
                std::array::from_fn(|axis| high[axis].max(at[axis])),
            ]);
        }
    }
    let Some(bounds) = bounds else { return Ok(best) };
    let [first, last] = bounds.map(|at| cut.around(at));
    let extent: [usize; 3] =
        std::array::from_fn(|axis| last.start[axis] + last.extent[axis] - first.start[axis]);
    let [planes, rows, columns] = extent;
    let at_once = (AT_ONCE / (rows * columns).max(1)).max(1);
    for plane in (0..planes).step_by(at_once) {
        let start = [first.start[0] + plane, first.start[1], first.start[2]];
        let block = Block { start, extent: [at_once.min(planes - plane), rows, columns] };
        view.larger(&block, &mut best, |place| square(place, middle) > apart)?;
    }
    Ok(best)
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
