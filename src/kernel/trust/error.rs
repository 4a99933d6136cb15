//! How uncertain an answer is: its covariance, and where the truth lies by the map itself.
//!
//! Every answer is a function of the voxels, so one form serves all: with A its derivative by them, s the
//! noise of one and R the correlation of two, the covariance is s² A R Aᵀ (the delta method). That is
//! right where the answer is nearly linear in the noise and not biased. A bias that this map shows is
//! known: the answer less the place of the fit, δ. It is added as δδᵀ, and the radius that holds the truth
//! is that of δ + ξ, ξ normal with the fit's covariance C (`geometry/error_radius.rs`).

use super::auto::Auto;
use super::evidence::Evidence;
use super::extent::Extent;
use super::fit::Fit;
use super::local::nearest;
use super::noise::{background_and_noise, correlation, far};
use super::samples::{MANY, Samples};
use super::view::View;
use crate::geometry::{Covariance, Hwd, ravel, unravel};
use crate::kernel::methods::method::Derivative;
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::revisit::window::Window;
use crate::landmark::Uncertainty;

/// Correlations below this count as none.
const LEAST: f64 = 1e-12;
/// Up to this ratio of noise to curvature a stencil of three voxels is linear in the noise.
const STEADY: f64 = 0.1;

/// The softmax over the whole heatmap of which an answer is the mean.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Softmax {
    /// 1/T.
    pub(in crate::kernel) beta: f64,
    /// Σ exp(β(x − max)).
    pub(in crate::kernel) mass: f64,
    /// Its mean, (h, w, d).
    pub(in crate::kernel) mean: [f64; 3],
}

/// What is known of how an answer follows the voxels.
pub(in crate::kernel) enum Own {
    /// Nothing that is smooth.
    None,
    /// Its derivative by the voxels of a box; and its bias, if it has one, on the fitted peak without noise.
    Box(Extent, Derivative, Option<[f64; 3]>),
    /// It is the mean of the softmax that the basis was made with.
    Softmax,
}

/// Where the truth lies by the map itself: normal about a place.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Basis {
    place: [f64; 3],
    covariance: [[f64; 3]; 3],
    amplitude: f64,
    sigma: f64,
    noise: f64,
    correlation: [f64; 3],
    fit: Option<Fit>,
    /// The covariance of the mean of the softmax.
    of_softmax: Option<[[f64; 3]; 3]>,
    /// What the values were multiplied by.
    scale: f64,
}

impl Basis {
    /// The fit of `auto` and its covariance; without a good fit its answer, within half a width along each
    /// axis.
    ///
    /// With a fit, noise and correlation are those of what it leaves: the skirt of a wide peak is smooth, and
    /// may be as large as the noise. And the noise is that at the peak, if that is larger: the background is
    /// quieter after relu, a sigmoid or rounding.
    ///
    /// # Errors
    /// Those of the reader.
    pub(in crate::kernel) fn of<R: HeatmapReader>(
        view: &mut View<'_, R>,
        evidence: &Evidence,
        auto: &Auto,
        softmax: Option<&Softmax>,
    ) -> Result<Basis, R::Error> {
        let samples = view.samples(MANY, true)?;
        let is_background = far(&samples, samples.away(evidence.middle), evidence.sigma);
        let left = auto.fit.as_ref().map(|fit| samples.less(|voxels| fit.values(voxels)));
        let left = left.as_ref().unwrap_or(&samples);
        let (background, noise) = background_and_noise(left, &is_background);
        let correlation = correlation(left, &is_background, background);
        let fit = auto.fit.as_ref().and_then(|fit| Some((fit, fit.gain()?)));
        // In white noise the residual. Smooth noise is followed by the fit in part.
        let noise = match &fit {
            Some((fit, _)) if correlation.iter().all(|&rho| rho <= 0.0) => fit.residual,
            Some((fit, _)) => noise.max(fit.residual),
            None => noise,
        };
        let of_softmax = match softmax {
            Some(softmax) => Some(covariance_of(softmax, view, evidence, &samples, (noise, correlation))?),
            None => None,
        };
        if let Some((fit, (extent, rows))) = fit {
            return Ok(Basis {
                place: fit.place,
                covariance: carried(&extent, &rows, noise, correlation),
                amplitude: fit.amplitude,
                sigma: fit.sigma,
                noise,
                correlation,
                fit: Some(fit.clone()),
                of_softmax,
                scale: evidence.scale,
            });
        }
        let half = evidence.sigma.max(1.0) / 2.0;
        let guess = |axis: usize| if view.volume[axis] > 1 { half * half } else { 0.0 };
        Ok(Basis {
            place: auto.place,
            covariance: std::array::from_fn(|a| std::array::from_fn(|b| if a == b { guess(a) } else { 0.0 })),
            amplitude: evidence.height(),
            sigma: evidence.sigma,
            noise,
            correlation,
            fit: None,
            of_softmax,
            scale: evidence.scale,
        })
    }

    /// The uncertainty of an answer, by how it follows the voxels; where that is not known, the covariance
    /// is C + δδᵀ. It is not known without a fit, and where an axis took no part in the answer.
    pub(in crate::kernel) fn uncertainty(&self, answer: [f64; 3], own: &Own) -> Uncertainty {
        let bias: [f64; 3] = std::array::from_fn(|axis| answer[axis] - self.place[axis]);
        let (mut covariance, own_bias) = match (own, self.of_softmax) {
            (Own::Box(extent, own, own_bias), _)
                if self.fit.is_some() && self.follows(own) && (!own.needs_steadiness || self.is_steady()) =>
            {
                let noise = self.noise / self.scale;
                let bias = own_bias.or(own.is_biased.then_some(bias));
                (carried(extent, &own.rows, noise, self.correlation), bias)
            }
            (Own::Softmax, Some(covariance)) if self.fit.is_some() => (covariance, Some(bias)),
            _ => (self.covariance, Some(bias)),
        };
        if let Some(bias) = own_bias {
            for (a, row) in covariance.iter_mut().enumerate() {
                for (b, entry) in row.iter_mut().enumerate() {
                    *entry += bias[a] * bias[b];
                }
            }
        }
        Uncertainty {
            covariance: Covariance::from_fn(|a, b| covariance[a][b]),
            bias: Hwd(bias),
            fit_covariance: Covariance::from_fn(|a, b| self.covariance[a][b]),
            is_estimate: self.fit.is_none(),
            calibrated: None,
        }
    }

    /// A window as it would be without noise: the fitted peak where there are voxels. `None` without a fit.
    pub(in crate::kernel) fn without_noise(&self, window: &Window) -> Option<Window> {
        let fit = self.fit.as_ref()?;
        let mut clean = window.clone();
        let place = |index: usize| {
            let within = unravel(index, window.lengths);
            std::array::from_fn(|axis| (window.start[axis] + within[axis]) as f64)
        };
        let places: Vec<[f64; 3]> = (0..window.values.len()).map(place).collect();
        for (value, expected) in clean.values.iter_mut().zip(fit.values(&places)) {
            if *value > f64::NEG_INFINITY {
                *value = expected / self.scale;
            }
        }
        Some(clean)
    }

    /// Where the truth lies, at best: the centre of the fit.
    pub(in crate::kernel) fn place(&self) -> [f64; 3] {
        self.place
    }

    /// Whether an answer follows the voxels along every axis along which the truth is not known.
    fn follows(&self, own: &Derivative) -> bool {
        (0..3).all(|axis| {
            self.covariance[axis][axis] <= 0.0 || own.rows[axis].iter().any(|slope| slope.abs() > 0.0)
        })
    }

    /// Whether the curvature of the three voxels at the peak is certain: κ = s√6 σ²/A is small.
    fn is_steady(&self) -> bool {
        self.noise * libm::sqrt(6.0) * self.sigma * self.sigma <= STEADY * self.amplitude
    }
}

/// The covariance of the mean of a softmax, `A_v = β p_v (r_v − μ)`: exact in a box about the peak, and by
/// the samples beyond it, where p changes little from voxel to voxel.
fn covariance_of<R: HeatmapReader>(
    softmax: &Softmax,
    view: &mut View<'_, R>,
    evidence: &Evidence,
    samples: &Samples,
    (noise, correlation): (f64, [f64; 3]),
) -> Result<[[f64; 3]; 3], R::Error> {
    let radius = (libm::ceil(2.0 * evidence.sigma) as usize).clamp(2, 12);
    let extent = Extent::about(nearest(evidence.middle), [radius; 3], view.volume);
    view.need(&extent)?;
    let (beta, top, Softmax { mass, mean, .. }) = (softmax.beta / evidence.scale, evidence.top, *softmax);
    let slope = |value: f64| softmax.beta * libm::exp(beta * (value - top)) / mass;
    let mut rows: [Vec<f64>; 3] = std::array::from_fn(|_| vec![0.0; extent.len()]);
    for (index, voxel) in extent.voxels().enumerate() {
        let value = view.at(voxel);
        if value > f64::NEG_INFINITY {
            let slope = slope(value);
            for axis in 0..3 {
                rows[axis][index] = slope * (voxel[axis] as f64 - mean[axis]);
            }
        }
    }
    let noise = noise / evidence.scale;
    let mut covariance = carried(&extent, &rows, noise, correlation);
    let is_beyond = |place: &[f64; 3]| {
        (0..3).any(|axis| {
            let first = extent.start[axis] as f64;
            !(first..first + extent.lengths[axis] as f64).contains(&place[axis])
        })
    };
    let each = evidence.count / samples.values.len().max(1) as f64
        * correlation.iter().map(|&rho| correlated(rho)).product::<f64>();
    for (&value, place) in
        samples.values.iter().zip(samples.places.iter()).filter(|(_, place)| is_beyond(place))
    {
        let slope = noise * slope(value);
        for (a, row) in covariance.iter_mut().enumerate() {
            for (b, entry) in row.iter_mut().enumerate() {
                *entry += each * slope * slope * (place[a] - mean[a]) * (place[b] - mean[b]);
            }
        }
    }
    Ok(covariance)
}

/// Σ ρ^(k²) over all whole k: how many times the variance of a sum of neighbours is that of white noise.
fn correlated(rho: f64) -> f64 {
    let weights = (1..).map(|k: i32| libm::exp(libm::log(rho) * f64::from(k * k)));
    if rho > 0.0 { 1.0 + 2.0 * weights.take_while(|&weight| weight > LEAST).sum::<f64>() } else { 1.0 }
}

/// s² A R Aᵀ of the derivative A by the voxels of a box; R has the correlation ρ^(k²) of voxels k apart along
/// each axis.
fn carried(extent: &Extent, rows: &[Vec<f64>; 3], noise: f64, correlation: [f64; 3]) -> [[f64; 3]; 3] {
    // The noise comes first: its square may be out of range.
    let rows: [Vec<f64>; 3] =
        std::array::from_fn(|axis| rows[axis].iter().map(|slope| noise * slope).collect());
    let through: [Vec<f64>; 3] = std::array::from_fn(|axis| smoothed(extent, &rows[axis], correlation));
    let product = |a: usize, b: usize| -> f64 { rows[a].iter().zip(&through[b]).map(|(x, y)| x * y).sum() };
    std::array::from_fn(|a| std::array::from_fn(|b| f64::midpoint(product(a, b), product(b, a))))
}

/// R a, along one axis after the other.
fn smoothed(extent: &Extent, values: &[f64], correlation: [f64; 3]) -> Vec<f64> {
    let mut values = values.to_vec();
    for axis in (0..3).filter(|&axis| correlation[axis] > 0.0) {
        let weights: Vec<f64> = (0..extent.lengths[axis])
            .map(|k| libm::exp(libm::log(correlation[axis]) * (k * k) as f64))
            .take_while(|&weight| weight > LEAST)
            .collect();
        let step = ravel(std::array::from_fn(|other| usize::from(other == axis)), extent.lengths);
        let n = extent.lengths[axis];
        let mut next = vec![0.0; values.len()];
        for (index, sum) in next.iter_mut().enumerate() {
            let at = index / step % n;
            let first = at.saturating_sub(weights.len() - 1);
            let last = (at + weights.len() - 1).min(n - 1);
            for other in first..=last {
                *sum += weights[at.abs_diff(other)] * values[index + other * step - at * step];
            }
        }
        values = next;
    }
    values
}
