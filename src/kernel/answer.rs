//! From the record of a whole heatmap to its landmark.

use super::Kernel;
use super::methods::method::Locate;
use super::revisit::window::Window;
use super::sweep::record::{Peak, Record, Sums};
use crate::geometry::{Covariance, Voxel};
use crate::landmark::{Landmark, Spread, Status};
use std::f64::consts::LN_2;

impl Kernel {
    /// The answer for sample `n`, channel `c`, whose blocks have all been merged into `record`.
    ///
    /// `window` holds the stored values of the boxes that [`Kernel::boxes`] asks for, in the order of memory
    /// and widened to f64; it is empty where none is asked for.
    #[must_use]
    pub fn landmark(&self, n: usize, c: usize, record: &Record, window: &[f64]) -> Landmark {
        let status = self.status(record);
        let peak = record.peak.filter(|_| !record.is_nonfinite);
        let answered = peak.filter(|_| status != Status::Missing);
        let voxel = |memory: [f64; 3]| Voxel(self.axes.to_logical(memory));
        let seen = peak.and_then(|peak| Some(self.seen(&self.window(record)?, peak.at, window)));
        let described = seen.as_ref().filter(|_| self.settings.with_spread);
        Landmark {
            n,
            c,
            peak: 0,
            status,
            position: answered.map(|peak| self.position(&peak, record, seen.as_ref(), window)),
            hard: answered.map(|peak| voxel(peak.at.map(|i| i as f64))),
            peak_value: peak.map(|peak| self.value(peak.max)),
            peak_ratio: None,
            spread: peak.filter(|_| self.settings.with_spread).and_then(|peak| self.spread(&peak)),
            window_mass: described.and_then(|window| self.mass_within(record, &window.values)),
            fit: described.and_then(|window| self.settings.method.fit?(window, &self.settings)),
        }
    }

    fn position(&self, peak: &Peak, record: &Record, window: Option<&Window>, stored: &[f64]) -> Voxel {
        let hard = Voxel(self.axes.to_logical(peak.at).map(|i| i as f64));
        match (&self.settings.method.locate, window) {
            (Locate::Record(locate), _) => Voxel(self.axes.to_logical(locate(peak, self.axes.lengths))),
            (Locate::Window { locate, .. }, Some(window)) => Voxel(locate(window, &self.settings)),
            (Locate::Grid(locate), _) if !stored.is_empty() => {
                let mass = 1.0 / peak_probability(peak, peak.sums.mass, self.rule.k);
                locate(&self.grid(peak, record, mass, stored), &self.settings).map_or(hard, Voxel)
            }
            (Locate::Window { .. } | Locate::Grid(_), _) => hard,
        }
    }

    /// The heatmap value of one that was given to the sweep, where reversed values are negated.
    pub(super) fn value(&self, given: f64) -> f64 {
        self.scaling.apply(if self.scaling.is_reversed() { -given } else { given })
    }

    pub(super) fn status(&self, record: &Record) -> Status {
        let Some(peak) = record.peak.filter(|_| !record.is_nonfinite) else {
            return if record.is_nonfinite { Status::Nonfinite } else { Status::Empty };
        };
        let value = self.value(peak.max);
        match self.settings.threshold {
            Some(threshold) if value < threshold => Status::Missing,
            _ if self.linear.is_some() && !has_mean(&peak) => Status::Missing,
            _ if peak.is_constant => Status::Flat,
            _ => Status::Ok,
        }
    }

    /// None where a weight is negative, or there is no weight.
    fn spread(&self, peak: &Peak) -> Option<Spread> {
        let Sums { mass, first, second, energy } = peak.all();
        if self.linear.is_some() && (peak.apart.mass < 0.0 || !has_mean(peak)) {
            return None;
        }
        let mean = first.map(|moment| moment / mass);
        let second = Covariance(second);
        let central = Covariance::from_fn(|a, b| {
            let moment = second.entry(a, b) / mass - mean[a] * mean[b];
            if a == b { moment.max(0.0) } else { moment }
        });
        let logarithm = libm::log2(mass);
        let (peak_probability, log_normalizer) = match &self.linear {
            // Weights were divided by a power of two.
            Some(linear) => {
                let power = peak.reference.integer.unwrap_or_default();
                let weight = libm::ldexp(linear.activation.weight(self.value(peak.max)), -(power as i32));
                ((weight / mass).min(1.0), LN_2 * (logarithm + power))
            }
            None => (
                peak_probability(peak, mass, self.rule.k),
                // Never below the peak's own term, as the peak's probability is never above 1.
                (self.settings.sharpness.apply(self.value(peak.reference.max))
                    + LN_2 * (logarithm + peak.reference.fraction))
                    .max(self.settings.sharpness.apply(self.value(peak.max))),
            ),
        };
        Some(Spread {
            covariance: central.renamed(self.axes.logical),
            entropy: (LN_2 * (logarithm - energy / mass)).max(0.0),
            peak_probability,
            log_normalizer,
        })
    }

    /// 1/p of the peak voxel: how many voxels the softmax is spread over, as it were. None where no
    /// weights were summed.
    #[must_use]
    pub fn diffuseness(&self, record: &Record) -> Option<f64> {
        let peak = record.peak.filter(|_| self.settings.method.sums_weights && self.linear.is_none())?;
        Some(1.0 / peak_probability(&peak, peak.sums.mass, self.rule.k))
    }
}

/// Whether weights that are not of a softmax have a mean: whether their sum is above 0, not so little that it is
/// nothing beside the moments, and not what rounding leaves where positive and negative ones cancel.
fn has_mean(peak: &Peak) -> bool {
    /// Of the sum of the magnitudes. Rounding is a thousandth of that at most, in sums of 512³ weights.
    const CANCELLED: f64 = 1e-9;
    let Sums { mass, first, .. } = peak.telling();
    let magnitude = peak.sums.mass + peak.apart.mass.abs();
    let is_left = peak.apart.mass >= 0.0 || mass > CANCELLED * magnitude;
    mass > 0.0 && is_left && first.iter().all(|moment| (moment / mass).is_finite())
}

/// The probability of the peak voxel.
fn peak_probability(peak: &Peak, mass: f64, k: f64) -> f64 {
    let exponent = (peak.max - peak.reference.max) * k - peak.reference.fraction;
    (libm::exp2(exponent) / mass).min(1.0)
}
