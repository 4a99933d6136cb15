//! The background of a heatmap, its noise, and how far the noise is smooth.
//!
//! Both come from the samples outside the peak, because a peak that fills much of the volume raises a
//! median and a deviation of all voxels. Differences of neighbours would be quicker and are wrong for
//! smooth noise, by a factor of up to eleven.

use super::samples::{Samples, key, of_key, order, order_of_keys};

/// A standard deviation in median absolute deviations.
pub(super) const DEVIATION: f64 = 1.4826;
/// Background lies so many widths from the peak.
pub(super) const FAR: f64 = 3.0;
/// The share of the samples that are background in any case.
const LEAST: f64 = 0.2;
/// Correlations below this count as none.
const UNCORRELATED: f64 = 0.1;
/// And so do those of fewer pairs.
const LEAST_PAIRS: usize = 100;
/// The largest correlation.
const MOST: f64 = 0.99;

/// Which samples are background: those farther than 3σ from the peak and from the highest sample that is (a
/// second peak); at least the farthest fifth.
///
/// `away` is the square of each sample's distance from the peak.
pub(super) fn far(samples: &Samples, mut away: Vec<f64>, sigma: f64) -> Vec<bool> {
    let beyond = FAR * FAR * sigma * sigma;
    let mut other: Option<usize> = None;
    for (i, _) in away.iter().enumerate().filter(|&(_, &away)| away > beyond) {
        if other.is_none_or(|best| samples.values[i] > samples.values[best]) {
            other = Some(i);
        }
    }
    if let Some(other) = other.map(|i| samples.places[i]) {
        for (away, from_other) in away.iter_mut().zip(samples.away(other)) {
            *away = away.min(from_other);
        }
    }
    let place = ((1.0 - LEAST) * away.len().saturating_sub(1) as f64) as usize;
    let has_enough = away.iter().filter(|&&away| away > beyond).count() >= away.len() - place;
    let least = if has_enough { f64::INFINITY } else { order(&away, 1.0 - LEAST) };
    away.into_iter().map(|away| away > beyond || away >= least).collect()
}

/// The median b of the values, and s, the larger of 1.4826 median |v − b| and half of what lies between b and
/// the 97.7th percentile; 0 where it is not known.
pub(super) fn background_and_noise(samples: &Samples, is_background: &[bool]) -> (f64, f64) {
    let chosen = samples.values.iter().zip(is_background).filter(|&(_, &is)| is);
    let mut keys: Vec<i64> = Vec::with_capacity(samples.values.len());
    keys.extend(chosen.map(|(&value, _)| key(value)));
    let middle = order_of_keys(&mut keys, 0.5);
    // Once the median is in its place, all that is larger stands behind it.
    let n = keys.len().saturating_sub(1) as f64;
    let (half, high) = ((0.5 * n) as usize, (0.977 * n) as usize);
    let above = match keys.get_mut(half..) {
        Some(upper) if high > half => of_key(*upper.select_nth_unstable(high - half).1),
        _ => middle,
    };
    for value in &mut keys {
        *value = key((of_key(*value) - middle).abs());
    }
    (middle, (DEVIATION * order_of_keys(&mut keys, 0.5)).max((above - middle) / 2.0))
}

/// The correlation of neighbours along each axis, over the background samples and the voxels that follow
/// them; 0 below 0.1, and where there are fewer than 100 pairs.
pub(super) fn correlation(samples: &Samples, is_background: &[bool], background: f64) -> [f64; 3] {
    let largest =
        samples.values.iter().fold(0.0_f64, |largest, value| largest.max((value - background).abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    std::array::from_fn(|axis| {
        let (mut product, mut square, mut pairs) = (0.0, 0.0, 0_usize);
        let chosen = samples.values.iter().zip(&samples.next).zip(is_background).filter(|&(_, &is)| is);
        for ((&value, next), _) in chosen.filter(|((_, next), _)| next[axis] > f64::NEG_INFINITY) {
            let [own, next] = [value, next[axis]].map(|value| (value - background) / scale);
            product += own * next;
            square += f64::midpoint(own * own, next * next);
            pairs += 1;
        }
        let found = product / square;
        let is_known = pairs >= LEAST_PAIRS && square > 0.0 && found >= UNCORRELATED;
        if is_known { found.min(MOST) } else { 0.0 }
    })
}
