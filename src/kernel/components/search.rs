//! The component of one heatmap that the method wants.

use super::joined::Figures;
use super::labels::Labels;
use super::order;
use crate::geometry::Hwd;
use crate::kernel::methods::component_rule::ComponentRule;
use crate::kernel::methods::threshold::Threshold;
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::revisit::rows::each_rows;
use crate::kernel::revisit::stored::Stored;
use crate::kernel::simd::level::{SimdLevel, vectorized};
use crate::memory::{self, OutOfMemory};

/// Values above this are made smaller before they are summed,
const HUGE: f64 = 1e270;
/// by two to the power of minus this: no sum over 2^48 voxels of weight × coordinate is infinite then.
const POWER: i32 = 128;

/// Finds components in the heatmaps of an array.
pub(in crate::kernel) struct Components<'a> {
    stored: &'a Stored,
    level: SimdLevel,
    rule: ComponentRule,
}

impl<'a> Components<'a> {
    /// Prepares for heatmaps that are stored in this way.
    pub(in crate::kernel) fn new(stored: &'a Stored, level: SimdLevel, rule: ComponentRule) -> Self {
        Components { stored, level, rule }
    }

    /// The weighted centroid (h, w, d) of the component that the rule wants in a heatmap whose largest value
    /// is `max`; `None` if none fits.
    ///
    /// # Errors
    /// Those of `reader`.
    pub(in crate::kernel) fn centroid<R: HeatmapReader>(
        &self,
        max: f64,
        reader: &mut R,
    ) -> Result<Option<[f64; 3]>, R::Error> {
        let axes = &self.stored.axes;
        // Not below the least number above 0.
        let least = self.least(max, reader)?.max(f64::from_bits(1));
        let scale = if max > HUGE { libm::ldexp(1.0, -POWER) } else { 1.0 };
        let mut labels = Labels::new(axes, self.rule.connectivity.axes());
        let (order, mut best, mut weights) = (labels.order(), None, Vec::new());
        let mut on_component = |figures: &Figures| self.consider(figures, &mut best);
        each_rows(axes.lengths, reader, |stored| {
            self.fill(
                stored,
                &mut weights,
                #[inline(always)]
                |value: f64| if value >= least { value * scale } else { 0.0 },
            )?;
            labels.rows(&weights, &mut on_component)
        })?;
        labels.end(&mut on_component)?;
        Ok(best.map(|best| self.inside(Labels::centroid(order, &best))))
    }

    /// The heatmap value that a voxel must have.
    fn least<R: HeatmapReader>(&self, max: f64, reader: &mut R) -> Result<f64, R::Error> {
        let percentile = match self.rule.threshold {
            Threshold::Value(value) => return Ok(value),
            Threshold::Share(share) => return Ok(share * max),
            Threshold::Percentile(percentile) => percentile,
        };
        let lengths = self.stored.axes.lengths;
        let count = lengths.iter().map(|&n| n as u64).product();
        let mut values = Vec::new();
        order::percentile(percentile, count, |visit| {
            each_rows(lengths, reader, |stored| {
                self.fill(
                    stored,
                    &mut values,
                    #[inline(always)]
                    |value| value,
                )?;
                visit(&values);
                Ok(())
            })
        })
    }

    /// Keeps the best of the components that have a wanted size.
    fn consider(&self, figures: &Figures, best: &mut Option<Figures>) {
        let [fewest, most] = self.rule.sizes;
        let fits = (fewest..=most).contains(&figures.voxels);
        if fits && best.as_ref().is_none_or(|best| figures.is_before(best)) {
            *best = Some(*figures);
        }
    }

    /// Fills `out` with what `make` makes of each heatmap value; masked ones are −inf.
    fn fill(&self, stored: &[f64], out: &mut Vec<f64>, make: impl Fn(f64) -> f64) -> Result<(), OutOfMemory> {
        memory::resize(out, stored.len(), 0.0)?;
        let scaling = self.stored.scaling;
        vectorized(
            self.level,
            #[inline(always)]
            || {
                for (out, &stored) in out.iter_mut().zip(stored) {
                    // As of `Stored::heatmap_value`, without branches, so that it is vectorised.
                    let value = scaling.apply(stored).clamp(f64::MIN, f64::MAX);
                    *out = make(if stored.abs() <= f64::MAX { value } else { f64::NEG_INFINITY });
                }
            },
        );
        Ok(())
    }

    /// A centroid along the memory axes as (h, w, d): rounding does not take it out of the volume.
    fn inside(&self, centroid: [f64; 3]) -> [f64; 3] {
        let Hwd(lengths) = self.stored.lengths();
        let Hwd(centroid) = self.stored.axes.to_logical(centroid);
        std::array::from_fn(|axis| centroid[axis].clamp(0.0, lengths[axis] as f64 - 1.0))
    }
}
