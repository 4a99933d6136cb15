//! `debias`: the softmax expectation without the pull of a flat background.
//!
//! Every voxel of a background pulls the softmax expectation towards the centre of the volume, and with many
//! voxels the pull is large. If the value b of the background is known, so is its share of the sums: N
//! exp(β(b − m)) of the mass, and that times the centroid of the moments. Both are subtracted.
//!
//! The background is given, or estimated from some voxels of the heatmap: the mean weight of those within
//! three deviations of their median. It is the weights that are averaged and not the values, because noise
//! counts in the sums as it is weighted there.
//!
//! A difference of two large sums loses digits, so this method alone sums f32 heatmaps in f64 and counts the
//! voxels and their centroid exactly. It stops being right if the background is not flat, if the softmax
//! magnifies its noise, or if the peak is no more than that noise; the answer is then the hard argmax.

use super::method::{Method, MethodKind};
use super::parameter::{OptionalNumber, Range};
use super::settings::MethodSettings;
use crate::kernel::revisit::grid::Grid;

/// The value of the background.
pub const BACKGROUND: OptionalNumber = OptionalNumber {
    name: "background",
    range: Range::Finite,
    otherwise: "estimated from up to 4096 voxels",
    help: "the value of the background",
};

/// Softmax expectation without its background.
pub(super) const METHOD: Method = Method {
    name: "debias",
    summary: "`soft`, with the pull of a flat background taken out",
    definition: "(Z J - N_b c) / (Z - N_b): J that of soft, Z = sum_v exp((x_v - max) / T), N_b the share of \
                 the background in it, c the centroid of the unmasked voxels",
    reference: "Gu, Yang, Yao 2021, Removing the Bias of Integral Pose Regression (ICCV), for a background \
                of 0",
    parameters: &[BACKGROUND.row()],
    kind: MethodKind::Grid(locate),
};

/// How many standard deviations from the median a voxel of the background may lie.
const DEVIATIONS: f64 = 3.0;
/// The relative error of the sum of the weights, generously estimated.
const ROUNDING: f64 = 1e-10;
/// The standard deviation of a normal distribution in median absolute deviations.
const PER_MEDIAN_DEVIATION: f64 = 1.4826;

/// (h, w, d); `None` if there is hardly anything besides the background.
fn locate(grid: &Grid, settings: &MethodSettings) -> Option<[f64; 3]> {
    let weight = |value: f64| libm::exp(settings.sharpness.apply(value - grid.max));
    let (share, error) = match settings.optional_number(&BACKGROUND) {
        Some(background) => (weight(background), 0.0),
        None => estimated(grid, weight)?,
    };
    let background = grid.count * share;
    let left = grid.mass - background;
    // What is left must be more than rounding errors and chance.
    if left <= (ROUNDING * grid.mass).max(DEVIATIONS * grid.count * error) {
        return None;
    }
    Some(std::array::from_fn(|axis| {
        // Relative to the answer of soft: if that is good, the correction is small.
        let pull = (grid.mean[axis] - grid.centre[axis]) * (background / left);
        (grid.mean[axis] + pull).clamp(0.0, grid.volume[axis] as f64 - 1.0)
    }))
}

/// The mean weight of the background, and its standard error: over the voxels of the grid that lie within
/// three deviations of their median. A peak fills few of them, and noise counts as it does in the softmax.
fn estimated(grid: &Grid, weight: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = grid.voxels.iter().map(|&(_, value)| value).collect();
    values.sort_by(f64::total_cmp);
    let middle = median(&values)?;
    let mut away: Vec<f64> = values.iter().map(|value| (value / 2.0 - middle / 2.0).abs()).collect();
    away.sort_by(f64::total_cmp);
    let most = DEVIATIONS * PER_MEDIAN_DEVIATION * median(&away)?;
    let near = values.iter().filter(|&&value| (value / 2.0 - middle / 2.0).abs() <= most);
    let weights: Vec<f64> = near.map(|&value| weight(value)).collect();
    let n = weights.len() as f64;
    let mean = weights.iter().sum::<f64>() / n;
    let variance = weights.iter().map(|weight| (weight - mean).powi(2)).sum::<f64>() / n;
    Some((mean, libm::sqrt(variance / n)))
}

/// The median of sorted numbers; of an even count the lower one of the middle two.
fn median(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::methods::table::choose;

    fn grid(values: &[f64], mass: f64, mean: f64) -> Grid {
        let voxels = values.iter().enumerate().map(|(i, &value)| ([0.0, 0.0, i as f64], value)).collect();
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Grid {
            voxels,
            mean: [0.0, 0.0, mean],
            mass,
            max,
            count: values.len() as f64,
            volume: [1, 1, values.len()],
            centre: [0.0, 0.0, (values.len() as f64 - 1.0) / 2.0],
        }
    }

    fn answer(text: &str, grid: &Grid) -> Option<[f64; 3]> {
        locate(grid, &choose(text).unwrap().1.into())
    }

    #[test]
    fn one_voxel_on_a_background_by_hand() {
        // ln 8 at 1, 0 elsewhere, 9 voxels: Z = 1 + 8/8 = 2, J = (1 + (36 − 1)/8)/2 = 2.6875.
        let mut values = vec![0.0; 9];
        values[1] = 8.0_f64.ln();
        let grid = grid(&values, 2.0, 2.6875);
        // N_b = 9/8, c = 4: (2·2.6875 − 4.5)/(2 − 1.125) = 1.
        for text in ["debias", "debias:background=0"] {
            let [_, _, d] = answer(text, &grid).unwrap();
            assert!((d - 1.0).abs() < 1e-14, "{text}: {d}");
        }
        // A background as high as the peak leaves nothing over.
        assert_eq!(answer("debias:background=2.0794", &grid), None);
    }

    #[test]
    fn the_background_is_that_of_most_voxels() {
        // −1, 0, 1, −1, 0, 1, …: the median is 0, and so is its half deviation ½; 9 is further than three of
        // them.
        let mut values: Vec<f64> = (0..100).map(|i| f64::from(i % 3) - 1.0).collect();
        values[3] = 9.0;
        let (mean, error) = estimated(&grid(&values, 1.0, 0.0), |value| value + 10.0).unwrap();
        // Thirty-three of each.
        assert!((mean - 10.0).abs() < 1e-12, "{mean}");
        assert!((error - (2.0 / 3.0 / 99.0_f64).sqrt()).abs() < 1e-12, "{error}");
        assert_eq!(median(&[1.0, 2.0, 3.0, 4.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }
}
