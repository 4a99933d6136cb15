//! Several ways to decode the same heatmaps, from one pass over their values.
//!
//! Whoever compares methods or temperatures would otherwise read the values once for each of them, and for
//! compressed files reading is nearly all of the work. Here every block is swept once for each different
//! weighting while it is in the cache. Methods that look only at the peak and what lies about it need no
//! sweep of their own: every record knows the peak. What the map says about itself, error bars included, does
//! not depend on the method, and is found once for all.

use super::answer::Locator;
use super::revisit::radius::RadiusError;
use super::revisit::reader::HeatmapReader;
use super::revisit::stored::Stored;
use super::settings::Settings;
use super::sweep::record::Record;
use super::sweep::sweeper::{SweepSettings, Sweeper, Weighting};
use super::trust::view::View;
use crate::geometry::Cut;
use crate::heatmap::{MemoryAxes, Scaling};
use crate::landmark::{Landmark, Status};

/// Decodes the heatmaps of one array in several ways.
#[derive(Clone, Debug)]
pub struct Alternatives {
    sweepers: Vec<Sweeper>,
    /// For each way the number of its sweep, and what makes a landmark of its record.
    ways: Vec<(usize, Locator)>,
}

impl Alternatives {
    /// Prepares for heatmaps with memory `axes` that are cut into the blocks of `cut`; `is_wide` if they will
    /// be swept in f64. `settings` may differ in method, parameters and sharpness, and in nothing else.
    ///
    /// # Errors
    /// As [`Kernel::new`](super::Kernel::new).
    pub fn new(
        settings: &[Settings],
        scaling: Scaling,
        axes: &MemoryAxes,
        cut: &Cut,
        is_wide: bool,
    ) -> Result<Alternatives, RadiusError> {
        let mut different: Vec<SweepSettings> = Vec::new();
        let mut ways = Vec::with_capacity(settings.len());
        let sweeps = settings.iter().map(|settings| settings.sweep(scaling, is_wide));
        let sweeps: Vec<SweepSettings> = sweeps.collect();
        // Those that sum nothing share the first sweep that there is.
        for sweep in sweeps.iter().filter(|sweep| sweep.weighting != Weighting::None) {
            if !different.contains(sweep) {
                different.push(*sweep);
            }
        }
        if different.is_empty() {
            different.extend(sweeps.first().copied());
        }
        for (settings, sweep) in settings.iter().zip(sweeps) {
            let place = different.iter().position(|other| *other == sweep).unwrap_or(0);
            ways.push((place, Locator::new(*settings, Stored { axes: *axes, scaling }, cut)?));
        }
        let mut sweepers: Vec<Sweeper> =
            different.into_iter().map(|sweep| Sweeper::new(sweep, axes, cut)).collect();
        sweepers.iter_mut().skip(1).for_each(Sweeper::without_samples);
        Ok(Alternatives { sweepers, ways })
    }

    /// Keeps no samples of the values of heatmaps.
    pub(crate) fn without_samples(&mut self) {
        self.sweepers.iter_mut().for_each(Sweeper::without_samples);
    }

    /// What every block is swept with, one after the other.
    #[must_use]
    pub fn sweepers(&self) -> &[Sweeper] {
        &self.sweepers
    }

    /// The landmarks of one heatmap, one for each way, in their order; the number of the way stands in
    /// [`Landmark::peak`]. `records` has one for each sweep. Of the uncertainty of an answer its bias and the
    /// covariance of the fit are those of the way; its covariance is not.
    ///
    /// # Errors
    /// Those of `reader`.
    pub fn answers<R: HeatmapReader>(
        &self,
        (n, c): (usize, usize),
        records: &[Record],
        reader: &mut R,
        found: &mut Vec<Landmark>,
    ) -> Result<(), R::Error> {
        let (Some((_, any)), Some(first)) = (self.ways.first(), records.first()) else { return Ok(()) };
        let is_looked_at = self.ways.iter().any(|(sweep, way)| way.status(&records[*sweep]) == Status::Ok);
        let mut view =
            if is_looked_at { View::new((&any.stored, &any.places), reader, first)? } else { None };
        let findings = match &mut view {
            Some(view) => Some(any.findings(view, first, self.ways.iter().any(|(_, way)| way.is_auto()))?),
            None => None,
        };
        for (place, (sweep, way)) in self.ways.iter().enumerate() {
            let record = &records[*sweep];
            let landmark = match (&findings, &mut view) {
                (Some(findings), Some(view)) if way.status(record) == Status::Ok => {
                    way.answer_by((n, c), record, (findings, view), false)?
                }
                _ => way.landmark(n, c, record),
            };
            found.push(Landmark { peak: place, ..landmark });
        }
        Ok(())
    }
}
