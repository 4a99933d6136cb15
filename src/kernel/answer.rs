//! From the record of a whole heatmap, and for some methods the values about its peak, to its landmark.
//!
//! The record holds everything about the voxels. Here it becomes numbers that a person reads: a status,
//! coordinates in (h, w, d) order, heatmap values in place of swept ones, and the spread. Nothing here runs
//! over the voxels of a heatmap, so it is written for clarity.
//!
//! Nothing is read here either. [`Locator::boxes`] says which values a method needs again, and `judge.rs`,
//! which reads them, gives them back ([`Again`]).
//!
//! A [`Status`] is decided before the method is asked: a heatmap without voxels, with NaN, below the
//! threshold or without any weight has no position, and a flat one has that of its largest voxel or the
//! centroid. A method therefore never meets them.

use super::methods::component::NONE_FITS;
use super::methods::method::{Located, MethodKind};
use super::revisit::grid::Grid;
use super::revisit::radius::RadiusError;
use super::revisit::stored::Stored;
use super::revisit::window::Window;
use super::settings::Settings;
use super::sweep::activation::Activation;
use super::sweep::record::{Peak, Record};
use super::sweep::sums::Sums;
use super::trust::places::Places;
use crate::geometry::{Block, Covariance, Cut, Hwd, Voxel, unravel};
use crate::landmark::{Fit, Flag, Flags, Landmark, Reason, Spread, Status};
use std::f64::consts::LN_2;
use std::sync::Arc;

/// What was read of a heatmap again, or found by it.
#[derive(Default)]
pub(super) struct Again {
    /// The values of [`Locator::boxes`] as they are stored, one box after the other.
    pub(super) values: Vec<f64>,
    /// The window of a method that has one.
    pub(super) window: Option<Window>,
    /// The answer of `auto`.
    pub(super) auto: Option<Located>,
    /// The centroid of the component that fits, if the method wants one.
    pub(super) component: Option<[f64; 3]>,
}

/// Turns the records of the heatmaps of one array into landmarks.
#[derive(Clone, Debug)]
pub struct Locator {
    pub(super) settings: Settings,
    pub(super) stored: Stored,
    /// Where the samples lie by which heatmaps are judged.
    pub(super) places: Arc<Places>,
    /// The blocks in which heatmaps are swept.
    pub(super) cut: Cut,
    /// How far the method's window extends along the memory axes, in voxels; 0 if it has none.
    pub(super) radius: [usize; 3],
    /// log2(e)/T per swept unit.
    pub(super) k: f64,
    activation: Option<Activation>,
}

impl Locator {
    /// Prepares for heatmaps with these settings, stored in this way.
    pub(super) fn new(settings: Settings, stored: Stored, cut: &Cut) -> Result<Locator, RadiusError> {
        let radius = match settings.method.kind {
            MethodKind::Window { radius, .. } => {
                radius(&settings.for_method()).in_voxels(settings.affine, stored.lengths())?
            }
            MethodKind::Hard
            | MethodKind::Expectation(_)
            | MethodKind::Activated { .. }
            | MethodKind::Grid(_)
            | MethodKind::Component(_)
            | MethodKind::Auto => Hwd([0; 3]),
        };
        Ok(Locator {
            settings,
            stored,
            places: Arc::new(Places::new(&stored)),
            cut: *cut,
            radius: stored.in_memory(radius),
            k: settings.k(stored.scaling),
            activation: settings.activation(),
        })
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the method, or a region, reads the whole heatmap a second time.
    #[must_use]
    pub fn reads_all_again(&self) -> bool {
        self.settings.method.reads_all_again() || self.settings.region.is_some()
    }

    /// Whether what is asked for has no answer without reading values a second time.
    #[must_use]
    pub fn reads_again(&self) -> bool {
        self.settings.method.reads_again() || self.reads_all_again()
    }

    /// The boxes of voxels, in memory axes, whose values the method needs, one after the other, for the
    /// heatmap of `record`, about the voxel `start` in memory axes. Empty if the method or the heatmap needs
    /// none.
    pub(super) fn boxes(&self, record: &Record, start: [usize; 3]) -> Vec<Block> {
        match self.settings.method.kind {
            _ if self.status(record) != Status::Ok => Vec::new(),
            MethodKind::Window { .. } => {
                vec![Window::block(start, self.radius, self.stored.axes.lengths)]
            }
            MethodKind::Grid(_) => Grid::blocks(self.stored.axes.lengths),
            MethodKind::Hard
            | MethodKind::Expectation(_)
            | MethodKind::Activated { .. }
            | MethodKind::Component(_)
            | MethodKind::Auto => Vec::new(),
        }
    }

    /// The landmark of sample `n`, channel `c`, whose blocks have all been merged into `record`, without
    /// another look at the values: for heatmaps that have no answer, and where nothing can be read again.
    #[must_use]
    pub fn landmark(&self, n: usize, c: usize, record: &Record) -> Landmark {
        self.landmark_from(n, c, record, &Again::default())
    }

    /// The landmark of a heatmap, with what was read of it again.
    pub(super) fn landmark_from(&self, n: usize, c: usize, record: &Record, again: &Again) -> Landmark {
        let status = self.status(record);
        let peak = record.peak.filter(|_| record.nonfinite.is_none());
        let answered = peak.filter(|_| status != Status::Missing);
        let (window_mass, fit) = self.window_figures(record, again.window.as_ref());
        let located = answered.map(|peak| self.position(&peak, record, again));
        let fallback = located.and_then(|located| located.fallback).filter(|_| status == Status::Ok);
        let mut flags: Flags = fallback.map(|_| Flag::Fallback).into_iter().collect();
        if status == Status::Ok && located.is_some_and(|located| self.leaves_volume(located.at)) {
            flags.set(Flag::Outside);
        }
        Landmark {
            n,
            c,
            peak: 0,
            status,
            position: located.map(|located| Voxel(located.at)),
            hard: answered.map(|peak| self.hard(&peak)),
            peak_value: peak.map(|peak| self.stored.heatmap_value_of_swept(peak.max)),
            peak_ratio: None,
            spread: peak.filter(|_| self.settings.with_spread).and_then(|peak| self.spread(&peak)),
            window_mass,
            fit,
            uncertainty: None,
            region: None,
            background: None,
            between: None,
            flags,
            reason: self.reason(status, record).or(fallback.map(Reason::Fallback)),
            advised_beta: None,
        }
    }

    /// Whether a position is beyond the outermost voxel centres.
    fn leaves_volume(&self, position: [f64; 3]) -> bool {
        let Hwd(lengths) = self.stored.lengths();
        let inside = |(i, n): (f64, usize)| (0.0..=n as f64 - 1.0).contains(&i);
        !position.into_iter().zip(lengths).all(inside)
    }

    /// The landmark of another peak of a heatmap: the `peak`-th, at `voxel` (h, w, d), with swept value
    /// `height`.
    ///
    /// `record` is that of the whole heatmap and `first` its landmark, from which the spread is taken: it
    /// describes the whole heatmap.
    #[must_use]
    pub(super) fn landmark_at(
        &self,
        (peak, voxel, height): (usize, Hwd<usize>, f64),
        record: &Record,
        first: &Landmark,
        again: &Again,
    ) -> Landmark {
        let hard = voxel.map(|i| i as f64).0;
        let Located { at: position, fallback } = match (&self.settings.method.kind, &again.window) {
            (MethodKind::Window { locate, .. }, Some(window)) => locate(window, &self.settings.for_method()),
            _ => again.auto.unwrap_or(hard.into()),
        };
        let (window_mass, fit) = self.window_figures(record, again.window.as_ref());
        Landmark {
            peak,
            status: Status::Ok,
            position: Some(Voxel(position)),
            hard: Some(Voxel(hard)),
            peak_value: Some(self.stored.heatmap_value_of_swept(height)),
            window_mass,
            fit,
            uncertainty: None,
            region: None,
            background: None,
            between: None,
            flags: fallback.map(|_| Flag::Fallback).into_iter().collect(),
            reason: fallback.map(Reason::Fallback),
            advised_beta: None,
            ..*first
        }
    }

    /// The position by the method. A method that has no answer for this heatmap falls back on the hard
    /// argmax.
    fn position(&self, peak: &Peak, record: &Record, again: &Again) -> Located {
        let to_logical = |memory: [f64; 3]| self.stored.axes.to_logical(memory).0;
        let settings = self.settings.for_method();
        match (&self.settings.method.kind, &again.window) {
            (MethodKind::Expectation(locate) | MethodKind::Activated { locate, .. }, _) => {
                to_logical(locate(peak, self.stored.axes.lengths)).into()
            }
            (MethodKind::Window { locate, .. }, Some(window)) => locate(window, &settings),
            (MethodKind::Grid(locate), _) if !again.values.is_empty() => {
                let found = locate(&self.grid(peak, record, &again.values), &settings);
                let hard = || Located { at: self.hard(peak).0, fallback: Some("the largest voxel") };
                found.map_or_else(hard, Located::from)
            }
            (MethodKind::Component(_), _) => {
                let hard = || Located { at: self.hard(peak).0, fallback: Some(NONE_FITS) };
                again.component.map_or_else(hard, Located::from)
            }
            (MethodKind::Auto, _) => again.auto.unwrap_or(self.hard(peak).0.into()),
            (MethodKind::Hard | MethodKind::Window { .. } | MethodKind::Grid(_), _) => {
                self.hard(peak).0.into()
            }
        }
    }

    /// What a method that estimates a background sees of the heatmap: the sums of the record, and some
    /// voxels.
    fn grid(&self, peak: &Peak, record: &Record, values: &[f64]) -> Grid {
        let mean = std::array::from_fn(|axis| peak.at[axis] as f64 + peak.sums.first[axis] / peak.sums.mass);
        let count = record.count as f64;
        Grid {
            voxels: Grid::voxels(&self.stored, values),
            mean: self.stored.axes.to_logical(mean).0,
            mass: self.relative_mass(peak),
            max: self.stored.heatmap_value_of_swept(peak.max),
            count,
            volume: self.stored.lengths().0,
            centre: self.stored.axes.to_logical(record.coordinates.map(|sum| sum / count)).0,
        }
    }

    /// Σ exp((x − max)/T).
    pub(super) fn relative_mass(&self, peak: &Peak) -> f64 {
        1.0 / peak_probability(peak, peak.sums.mass, self.k)
    }

    /// The voxel of the peak in (h, w, d).
    fn hard(&self, peak: &Peak) -> Voxel {
        Voxel(self.stored.axes.to_logical(peak.at).map(|i| i as f64).0)
    }

    /// If the spread is wanted: the share of the softmax's mass in the window, and what the method fits to
    /// it.
    fn window_figures(&self, record: &Record, window: Option<&Window>) -> (Option<f64>, Option<Fit>) {
        let Some(window) = window.filter(|_| self.settings.with_spread) else { return (None, None) };
        let fit = match self.settings.method.kind {
            MethodKind::Window { fit: Some(fit), .. } => fit(window),
            _ => None,
        };
        (self.mass_within(record, &window.values), fit)
    }

    /// The status of a heatmap. The order of the questions matters: a heatmap with NaN has no maximum to
    /// compare with a threshold, and one below the threshold is missing even if it is flat.
    pub(super) fn status(&self, record: &Record) -> Status {
        let Some(peak) = record.peak.filter(|_| record.nonfinite.is_none()) else {
            return if record.nonfinite.is_some() { Status::Nonfinite } else { Status::Empty };
        };
        let value = self.stored.heatmap_value_of_swept(peak.max);
        match self.settings.least() {
            Some(least) if value < least => Status::Missing,
            _ if self.activation.is_some() && !has_mean(&peak) => Status::Missing,
            _ if peak.is_constant => Status::Flat,
            _ => Status::Ok,
        }
    }

    /// Why a heatmap has its status, where that is not `ok`.
    fn reason(&self, status: Status, record: &Record) -> Option<Reason> {
        match status {
            Status::Empty if self.stored.axes.lengths.contains(&0) => Some(Reason::NoVoxels),
            Status::Empty => Some(Reason::AllMasked),
            Status::Nonfinite => record.nonfinite.map(|found| Reason::Nonfinite {
                nan: found.nan,
                infinite: found.infinite,
                first: Hwd(unravel(found.first as usize, self.stored.lengths().0)),
            }),
            Status::Missing => {
                let value = record.peak.map(|peak| self.stored.heatmap_value_of_swept(peak.max));
                let is_below = self.settings.least().zip(value).is_some_and(|(least, value)| value < least);
                let below = self.settings.threshold.filter(|_| is_below);
                Some(below.map_or(Reason::NoMean, Reason::BelowThreshold))
            }
            Status::Flat => Some(Reason::AllEqual),
            Status::Ok | Status::Unreadable => None,
        }
    }

    /// `None` if a weight is negative, or if there is no weight.
    fn spread(&self, peak: &Peak) -> Option<Spread> {
        let Sums { mass, first, second, energy } = peak.all();
        if self.activation.is_some() && (peak.aside.mass < 0.0 || !has_mean(peak)) {
            return None;
        }
        let mean = first.map(|moment| moment / mass);
        let second = Covariance(second);
        let central = Covariance::from_fn(|a, b| {
            let moment = second.entry(a, b) / mass - mean[a] * mean[b];
            if a == b { moment.max(0.0) } else { moment }
        });
        let (peak_probability, log_normalizer) = self.probability_and_normalizer(peak, mass);
        Some(Spread {
            covariance: central.renamed(self.stored.axes.logical),
            entropy: (LN_2 * (libm::log2(mass) - energy / mass)).max(0.0),
            peak_probability,
            log_normalizer,
        })
    }

    /// The probability of the peak voxel, and the logarithm of the sum of all weights.
    fn probability_and_normalizer(&self, peak: &Peak, mass: f64) -> (f64, f64) {
        let (value, logarithm) = (self.stored.heatmap_value_of_swept(peak.max), libm::log2(mass));
        if let Some(activation) = self.activation {
            // Weights were divided by a power of two.
            let power = peak.reference.integer.unwrap_or_default();
            let weight = libm::ldexp(activation.weight(value), -(power as i32));
            return ((weight / mass).min(1.0), LN_2 * (logarithm + power));
        }
        let reference = self.stored.heatmap_value_of_swept(peak.reference.max);
        let normalizer =
            self.settings.sharpness.apply(reference) + LN_2 * (logarithm + peak.reference.fraction);
        // Never below the peak's own term, as the peak's probability is never above 1.
        let least = self.settings.sharpness.apply(value);
        (peak_probability(peak, mass, self.k), normalizer.max(least))
    }

    /// The share of the softmax's mass that lies in a window with these heatmap values.
    fn mass_within(&self, record: &Record, values: &[f64]) -> Option<f64> {
        let peak = record.peak?;
        let (max, mass) = (self.stored.heatmap_value_of_swept(peak.max), peak.all().mass);
        // Both are relative to the peak's own weight.
        let whole = mass * libm::exp2(peak.reference.fraction + (peak.reference.max - peak.max) * self.k);
        let weight = |value: &f64| libm::exp2(self.settings.sharpness.apply(value - max) / LN_2);
        let within = values.iter().filter(|value| value.is_finite()).map(weight).sum::<f64>();
        (whole > 0.0).then(|| (within / whole).min(1.0))
    }
}

/// Whether the weights of an activation have a mean: whether their sum is above 0, large enough that the mean
/// is finite, and more than the rounding error that is left where positive and negative weights cancel.
fn has_mean(peak: &Peak) -> bool {
    /// As a share of the sum of the magnitudes. The rounding error of 512³ weights is at most a thousandth of
    /// that.
    const CANCELLED: f64 = 1e-9;
    let Sums { mass, first, .. } = peak.coordinate_sums();
    let magnitude = peak.sums.mass + peak.aside.mass.abs();
    let is_left = peak.aside.mass >= 0.0 || mass > CANCELLED * magnitude;
    mass > 0.0 && is_left && first.iter().all(|moment| (moment / mass).is_finite())
}

/// The probability of the peak voxel.
fn peak_probability(peak: &Peak, mass: f64, k: f64) -> f64 {
    let exponent = (peak.max - peak.reference.max) * k - peak.reference.fraction;
    (libm::exp2(exponent) / mass).min(1.0)
}
