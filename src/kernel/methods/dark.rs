//! `dark`: the apex of the quadratic through the logarithms of the blurred values about the peak.
//!
//! "Distribution-aware coordinate representation of keypoints": networks output ragged Gaussians, and a blur
//! makes them smooth enough for a Newton step. A Gaussian blurred by a Gaussian is one with the same centre,
//! so the blur does not move the answer, and it averages many voxels.
//!
//! Two details differ from the usual implementations. The blur adds no zeros at the border and gives masked
//! voxels no weight, because zeros draw the answer to the middle. And near a border the blur is narrowed on
//! both sides, because a blur that is cut on one side draws the answer there by as much as a voxel; one voxel
//! from the border nothing is blurred.
//!
//! It stops being right for two peaks within about sigma of each other, which it merges, for a Gaussian on a
//! background (`gaussian`), and for values that are not above 0, which have no logarithm.

use super::apex::{FitSpace, PARABOLAS, Step, WITHOUT_LOGARITHM, newton_slopes, newton_step, parabolas};
use super::method::{Derivative, Located, Method, MethodKind};
use super::parameter::{Number, Range};
use super::settings::MethodSettings;
use crate::geometry::unravel;
use crate::kernel::revisit::radius::WindowRadius;
use crate::kernel::revisit::window::Window;

/// The standard deviation of the blur.
pub const SIGMA: Number =
    Number { name: "sigma", range: Range::UpTo(10), default: 2.0, unit: "voxels", help: "width of the blur" };

/// The least blurred value, as a share of the largest value of the map: lower ones have no useful logarithm.
const TINY: f64 = 1e-10;

/// A Newton step on the blurred map.
pub(super) const METHOD: Method = Method {
    name: "dark",
    summary: "`newton` on the heatmap after a Gaussian blur: for noisy peaks",
    definition: "argmax_v x_v - H^-1 g, gradient g and Hessian H of ln(blurred x) at the peak of x by \
                 central differences",
    reference: "Zhang et al. 2020, doi:10.1109/CVPR42600.2020.00712",
    parameters: &[SIGMA.row()],
    kind: MethodKind::Window { radius, locate, fit: None, derivative },
};

/// The radius of the blur: 30 voxels at most.
fn blur_radius(sigma: f64) -> usize {
    (3.0 * sigma).ceil() as usize
}

/// The blur about each of the peak's neighbours needs one voxel more than the blur about the peak.
fn radius(settings: &MethodSettings) -> WindowRadius {
    WindowRadius::voxels(blur_radius(settings.number(&SIGMA)) + 1)
}

/// A Newton step on the logarithms of the blurred values. It may be longer than half a voxel, because the
/// largest voxel of a noisy map may be further than that from the apex of the blurred one.
///
/// Blurred values without a useful logarithm are taken as they are: those of logits, or of a map whose peak
/// is hardly wider than a voxel on exact zeros.
fn locate(window: &Window, settings: &MethodSettings) -> Located {
    let sigma = settings.number(&SIGMA);
    let highest = window.each().fold(f64::NEG_INFINITY, |highest, (_, value)| highest.max(value));
    let shares = Some(highest).filter(|_| window.at([0; 3]).is_some_and(|peak| peak > 0.0));
    let logarithmic = shares.map(|highest| blurred(window, sigma, highest)).filter(has_logarithms);
    let (blurred, space, raw) = if let Some(blurred) = logarithmic {
        (blurred, FitSpace::Log, None)
    } else {
        let largest = window.each().fold(0.0_f64, |largest, (_, value)| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        (blurred(window, sigma, scale), FitSpace::Raw, Some(WITHOUT_LOGARITHM))
    };
    let (Step { offset, .. }, other) = match newton_step(&blurred, space, sigma.max(1.0)) {
        Some(step) => (step, None),
        None => (parabolas(&blurred, space), Some(PARABOLAS)),
    };
    Located { at: window.coordinates(offset), fallback: raw.or(other) }
}

/// Whether every blurred value is above a 1e-10 of the largest value of the window: lower ones have no useful
/// logarithm.
fn has_logarithms(blurred: &Window) -> bool {
    blurred.each().all(|(_, share)| share > TINY)
}

/// The peak and its neighbours, blurred over the unmasked voxels, divided by `scale`.
///
/// Along each axis the blur is only as wide as the border allows on both sides of all three voxels: a blur
/// that is cut on one side alone draws the apex towards the border, by as much as a voxel.
fn blurred(window: &Window, sigma: f64, scale: f64) -> Window {
    // Sums of weight · value, and of weights.
    let terms = |&value: &f64| {
        if value == f64::NEG_INFINITY { [0.0; 2] } else { [value / scale, 1.0] }
    };
    let mut sums: Vec<[f64; 2]> = window.values.iter().map(terms).collect();
    let (mut lengths, mut start, mut peak) = (window.lengths, window.start, window.peak);
    for axis in (0..3).rev() {
        let first = peak[axis].saturating_sub(1);
        let kept = first..lengths[axis].min(peak[axis] + 2);
        let inner = lengths[axis + 1..].iter().product();
        let radius = blur_radius(sigma).min(first).min(lengths[axis].saturating_sub(peak[axis] + 2));
        let weights: Vec<f64> = (0..=radius).map(|i| libm::exp(-0.5 * (i as f64 / sigma).powi(2))).collect();
        sums = blurred_along(&sums, lengths[axis], inner, kept.clone(), &weights);
        lengths[axis] = kept.len();
        start[axis] += first;
        peak[axis] -= first;
    }
    let mean = |[sum, weight]: [f64; 2]| if weight > 0.0 { sum / weight } else { f64::NEG_INFINITY };
    let values = sums.into_iter().map(mean).collect();
    Window { values, lengths, start, peak, volume: window.volume, middle: window.middle }
}

/// Sums along one axis of `length`, along which neighbours are `inner` numbers apart, with a weight for each
/// distance. Only the sums at the indices `kept` are computed.
fn blurred_along(
    sums: &[[f64; 2]],
    length: usize,
    inner: usize,
    kept: std::ops::Range<usize>,
    weights: &[f64],
) -> Vec<[f64; 2]> {
    let mut blurred = vec![[0.0; 2]; sums.len() / (length * inner) * kept.len() * inner];
    let slabs = sums.chunks_exact(length * inner);
    for (slab, blurred) in slabs.zip(blurred.chunks_exact_mut(kept.len() * inner)) {
        for (at, row) in kept.clone().zip(blurred.chunks_exact_mut(inner)) {
            for (j, terms) in slab.chunks_exact(inner).enumerate() {
                let Some(weight) = weights.get(j.abs_diff(at)) else { continue };
                for (total, term) in row.iter_mut().zip(terms) {
                    *total = [total[0] + weight * term[0], total[1] + weight * term[1]];
                }
            }
        }
    }
    blurred
}

/// That of the step by the blurred values, each times its weights.
fn derivative(window: &Window, settings: &MethodSettings) -> Option<Derivative> {
    let sigma = settings.number(&SIGMA);
    let peak = window.at([0; 3]).filter(|&peak| peak > 0.0)?;
    let highest = window.each().fold(peak, |highest, (_, value)| highest.max(value));
    let blurred = blurred(window, sigma, highest);
    if !has_logarithms(&blurred) {
        return None;
    }
    let reach: [usize; 3] = std::array::from_fn(|axis| {
        let before = window.peak[axis].saturating_sub(1);
        blur_radius(sigma).min(before).min(window.lengths[axis].saturating_sub(window.peak[axis] + 2))
    });
    let weight = |axis: usize, away: f64| {
        if away.abs() <= reach[axis] as f64 { libm::exp(-0.5 * (away / sigma).powi(2)) } else { 0.0 }
    };
    // The weights along each axis for the blurred voxel before the peak, at it and after it.
    let weights: [[Vec<f64>; 3]; 3] = std::array::from_fn(|axis| {
        std::array::from_fn(|o| {
            let middle = window.peak[axis] as f64 + o as f64 - 1.0;
            (0..window.lengths[axis]).map(|i| weight(axis, i as f64 - middle)).collect()
        })
    });
    let is_masked = window.values.contains(&f64::NEG_INFINITY);
    let mut slopes = [[[[0.0; 3]; 3]; 3]; 3];
    for (offset, slope) in newton_slopes(&blurred, FitSpace::Log, sigma.max(1.0))? {
        let [h, w, d] = offset.map(|o| (o + 1) as usize);
        let along = [&weights[0][h], &weights[1][w], &weights[2][d]];
        let mass: f64 = if is_masked {
            let voxels = window.values.iter().enumerate().filter(|&(_, value)| *value > f64::NEG_INFINITY);
            let places = voxels.map(|(i, _)| unravel(i, window.lengths));
            places.map(|at| along[0][at[0]] * along[1][at[1]] * along[2][at[2]]).sum()
        } else {
            along.iter().map(|weights| weights.iter().sum::<f64>()).product()
        };
        for axis in 0..3 {
            slopes[axis][h][w][d] += slope[axis] / mass / highest;
        }
    }
    let mut rows = slopes.map(|slopes| spread(&slopes, &weights, window.lengths));
    for (i, _) in window.values.iter().enumerate().filter(|&(_, value)| *value <= f64::NEG_INFINITY) {
        for row in &mut rows {
            row[i] = 0.0;
        }
    }
    Some(Derivative { rows, is_biased: false, needs_steadiness: false })
}

/// From the derivative by each of 3 × 3 × 3 sums to that by each voxel of a box of these lengths, which has a
/// part in them by the product of its weights along the axes.
fn spread(slopes: &[[[f64; 3]; 3]; 3], weights: &[[Vec<f64>; 3]; 3], lengths: [usize; 3]) -> Vec<f64> {
    let mut found = Vec::with_capacity(lengths.iter().product());
    let sum =
        |of: [f64; 3], axis: usize, i: usize| (0..3).fold(0.0, |sum, o| sum + of[o] * weights[axis][o][i]);
    for h in 0..lengths[0] {
        let plane: [[f64; 3]; 3] = std::array::from_fn(|w| {
            std::array::from_fn(|d| sum(std::array::from_fn(|o| slopes[o][w][d]), 0, h))
        });
        for w in 0..lengths[1] {
            let row: [f64; 3] = std::array::from_fn(|d| sum(std::array::from_fn(|o| plane[o][d]), 1, w));
            found.extend((0..lengths[2]).map(|d| sum(row, 2, d)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::methods::parameters::Parameters;
    use crate::kernel::methods::table::answer;
    use crate::kernel::revisit::window::of_map;

    #[test]
    fn five_voxels_by_hand() {
        // At σ² = 1/ln 2 a neighbour weighs 1/√2; two voxels away lie beyond the border of one of the three.
        let sigma = (1.0 / std::f64::consts::LN_2).sqrt();
        let near = 0.5_f64.sqrt();
        let [a, b, c] = [[1.0, 2.0, 8.0], [2.0, 8.0, 4.0], [8.0, 4.0, 1.0]]
            .map(|[x, y, z]| ((near * x + y + near * z) / (1.0 + 2.0 * near)).ln());
        let expected = 2.0 + 0.5 * (a - c) / (a - 2.0 * b + c);
        let [h, w, d] = answer(&format!("dark:sigma={sigma}"), [1, 1, 5], vec![1.0, 2.0, 8.0, 4.0, 1.0]);
        assert_eq!((h, w), (0.0, 0.0));
        assert!((d - expected).abs() < 1e-12, "{d} {expected}");
    }

    #[test]
    fn almost_no_blur_is_newton() {
        for sigma in ["5e-324", "1e-300", "1e-9"] {
            let values = vec![1.0, 2.0, 1.0, 3.0, 9.0, 4.0, 2.0, 3.0, 2.0];
            let window = of_map([3, 3, 1], values.clone());
            let expected = window.coordinates(newton_step(&window, FitSpace::Log, 1.0).unwrap().offset);
            let found = answer(&format!("dark:sigma={sigma}"), [3, 3, 1], values);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        }
    }

    #[test]
    fn values_without_a_logarithm_are_taken_as_they_are() {
        // Next to the border nothing is blurred: (-3 + 2)/(2 (-3 + 2 - 2)) = 1/6.
        let window = of_map([1, 1, 3], vec![-3.0, -1.0, -2.0]);
        let Located { at, fallback } = locate(&window, &Parameters::default().into());
        assert!((at[2] - (1.0 + 1.0 / 6.0)).abs() < 1e-15, "{at:?}");
        assert_eq!(fallback, Some(WITHOUT_LOGARITHM));
        // A peak of exactly 0; 3 (-3 + 2)/(-5 · 2) = 0.1.
        assert!((answer("dark", [1, 1, 3], vec![-3.0, 0.0, -2.0])[2] - 1.1).abs() < 1e-15);
    }

    #[test]
    fn hard_at_a_border_and_alone() {
        assert_eq!(answer("dark", [1, 1, 3], vec![5.0, 4.0, 3.0]), [0.0; 3]);
        // The peak among masked voxels, with a blur too narrow to include any other.
        let alone = vec![f64::NEG_INFINITY, 1.0, f64::NEG_INFINITY];
        assert_eq!(answer("dark:sigma=1e-9", [1, 1, 3], alone), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_number_in_the_map_whatever_the_values() {
        for values in [
            vec![f64::MIN, 5e-324, f64::MIN, 0.0, -1.0],
            vec![f64::MIN, f64::MAX, f64::MAX, 0.0, f64::MIN],
            vec![0.0, 1.0, 0.0, f64::NEG_INFINITY, 1.0],
        ] {
            for sigma in ["1e-9", "0.1", "2", "10"] {
                let [_, _, d] = answer(&format!("dark:sigma={sigma}"), [1, 1, 5], values.clone());
                assert!((0.0..=4.0).contains(&d), "{values:?}: {d}");
            }
        }
    }
}
