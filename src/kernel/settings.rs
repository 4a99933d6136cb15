//! The settings of the kernel, and what they mean for the sweep.
//!
//! Settings are those of a run; an array adds how its values are stored. The sweep is told no method and no
//! parameter, only what to sum and how ([`SweepSettings`]). The translation is here, in one place, so that a
//! method's kind decides it and nothing else does. If the spread is wanted, the softmax is summed for methods
//! that do not need it themselves.

use super::methods::method::{Method, MethodKind};
use super::methods::parameters::Parameters;
use super::methods::settings::{MethodSettings, Sharpness};
use super::methods::table::METHODS;
use super::simd::level::{self, SimdLevel};
use super::sweep::activation::Activation;
use super::sweep::sweeper::{SweepSettings, Weighting};
use crate::geometry::Affine;
use crate::heatmap::Scaling;
use std::f64::consts::LOG2_E;

/// What the kernel does with a heatmap.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The method.
    pub method: &'static Method,
    /// What its parameters were set to. [`choose`](super::choose) gives both.
    pub parameters: Parameters,
    /// The softmax's temperature.
    pub sharpness: Sharpness,
    /// Whether NaN voxels are ignored.
    pub ignore_nan: bool,
    /// If the maximum is below this, the landmark is [`Missing`](crate::landmark::Status::Missing).
    pub threshold: Option<f64>,
    /// The threshold as the values of the array were rounded when they were stored, if they were; `threshold`
    /// is what was asked for, and what a reason names.
    pub(crate) stored_threshold: Option<f64>,
    /// Whether [`spread`](crate::landmark::Landmark::spread) is wanted.
    pub with_spread: bool,
    /// Whether [`uncertainty`](crate::landmark::Landmark::uncertainty) is wanted.
    pub with_uncertainty: bool,
    /// If [`region`](crate::landmark::Landmark::region) is wanted: the drop q ≥ 0 up to which voxels belong
    /// to it, 0 at the peak and 1 at the background.
    pub region: Option<f64>,
    /// Where the voxels (h, w, d) of the heatmaps lie in mm, for lengths in mm.
    pub affine: Option<Affine>,
    /// Which SIMD instructions to use. All give the same bits.
    pub level: SimdLevel,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            method: &METHODS[0],
            parameters: Parameters::default(),
            sharpness: Sharpness::Temperature(1.0),
            ignore_nan: false,
            threshold: None,
            stored_threshold: None,
            with_spread: false,
            with_uncertainty: false,
            region: None,
            affine: None,
            level: level::best(),
        }
    }
}

impl Settings {
    /// What the maximum is compared with.
    pub(crate) fn least(&self) -> Option<f64> {
        self.stored_threshold.or(self.threshold)
    }

    /// What the method sees.
    pub(crate) fn for_method(&self) -> MethodSettings {
        let Settings { parameters, sharpness, affine, .. } = *self;
        MethodSettings { parameters, sharpness, affine }
    }

    /// The activation that makes weights of the values; `None` if the weights are those of the softmax, or
    /// not needed.
    pub(crate) fn activation(&self) -> Option<Activation> {
        match self.method.kind {
            MethodKind::Activated { activation, .. } => activation(&self.for_method()),
            MethodKind::Hard
            | MethodKind::Expectation(_)
            | MethodKind::Grid(_)
            | MethodKind::Component(_)
            | MethodKind::Auto
            | MethodKind::Window { .. } => None,
        }
    }

    /// log2(e)/T per swept unit: the softmax weight of a swept value x is 2^(x·k), up to a factor.
    pub(crate) fn k(&self, scaling: Scaling) -> f64 {
        self.sharpness.apply(LOG2_E * scaling.slope.abs()).min(f64::MAX)
    }

    /// How heatmaps with this `scaling` are swept.
    pub(crate) fn sweep(&self, scaling: Scaling, is_wide: bool) -> SweepSettings {
        let weighting = match (&self.method.kind, self.activation()) {
            (_, Some(activation)) => Weighting::Activation(activation),
            (MethodKind::Grid(_), None) => Weighting::Softmax { removes_background: true },
            (
                MethodKind::Hard | MethodKind::Window { .. } | MethodKind::Component(_) | MethodKind::Auto,
                None,
            ) if !self.with_spread => Weighting::None,
            _ => Weighting::Softmax { removes_background: false },
        };
        SweepSettings {
            level: self.level,
            ignore_nan: self.ignore_nan,
            with_spread: self.with_spread,
            weighting,
            k: self.k(scaling),
            slope: scaling.slope.abs(),
            intercept: scaling.intercept,
            is_wide,
        }
    }
}
