//! How high the voxels of a heatmap are, so that its peaks can be ordered and low ones left out.
//!
//! Heights are in the order of heatmap values, but not scaled: scaling may round two values to one, and
//! plateaus would grow. With a negative slope they are negated stored values. 64-bit integers do not all fit
//! into f64, so each of their heights carries a second number that orders equal ones.

use super::selection::PeakSelection;
use crate::heatmap::Scaling;
use crate::kernel::answer::Locator;
use crate::kernel::simd::level::vectorized;
use crate::kernel::sweep::record::Record;
use crate::memory::{self, OutOfMemory};

/// A height of 64-bit integers: the value in f64, and a number that orders values that are equal there.
pub(super) type ExactHeight = (f64, u64);

/// The height of the maximum, if `selection` accepts only voxels as high as it; otherwise lower than any.
pub(super) fn lowest(locator: &Locator, selection: &PeakSelection, record: &Record) -> ExactHeight {
    let only = |fraction: f64| {
        let peak = record.peak?;
        let max = locator.stored.heatmap_value_of_swept(peak.max);
        (fraction * max >= max).then_some((peak.max, peak.tie))
    };
    selection.fraction.and_then(only).unwrap_or((f64::MIN, 0))
}

/// The heatmap value below which a voxel of the heatmap of `record` is no peak; −inf if there is none.
pub(super) fn floor(locator: &Locator, selection: &PeakSelection, record: &Record) -> f64 {
    let value = |peak_max| locator.stored.heatmap_value_of_swept(peak_max);
    let max = record.peak.map_or(f64::NEG_INFINITY, |peak| value(peak.max));
    let share = selection.fraction.map_or(f64::NEG_INFINITY, |fraction| (fraction * max).min(max));
    share.max(locator.settings.least().unwrap_or(f64::NEG_INFINITY))
}

/// Fills `heights` with those of stored values: −inf for voxels that are masked or whose heatmap value is
/// below `floor`.
pub(super) fn fill(
    locator: &Locator,
    stored: &[f64],
    floor: f64,
    heights: &mut Vec<f64>,
) -> Result<(), OutOfMemory> {
    memory::resize(heights, stored.len(), 0.0)?;
    vectorized(
        locator.settings.level,
        #[inline(always)]
        || fill_vectorized(stored, locator.stored.scaling, floor, heights),
    );
    Ok(())
}

/// [`fill`] for 64-bit integers; `keys` are in the order of the stored values.
pub(super) fn fill_exact(
    locator: &Locator,
    (stored, keys): (&[f64], &[u64]),
    floor: f64,
    heights: &mut Vec<ExactHeight>,
) -> Result<(), OutOfMemory> {
    let mut rounded = Vec::new();
    fill(locator, stored, floor, &mut rounded)?;
    let is_reversed = locator.stored.scaling.is_reversed();
    let keys = keys.iter().map(|&key| if is_reversed { !key } else { key });
    heights.clear();
    memory::reserve(heights, rounded.len())?;
    heights.extend(rounded.into_iter().zip(keys));
    Ok(())
}

/// The loop of [`fill`], written so that the compiler can vectorise it.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn fill_vectorized(stored: &[f64], scaling: Scaling, floor: f64, heights: &mut [f64]) {
    let sign = if scaling.is_reversed() { -1.0 } else { 1.0 };
    for (height, &stored) in heights.iter_mut().zip(stored) {
        // Comparisons without branches, so that the loop is vectorised. NaN is below nothing.
        let counts = (stored.abs() <= f64::MAX) & (scaling.apply(stored) >= floor);
        *height = if counts { sign * stored } else { f64::NEG_INFINITY };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Cut, Length};
    use crate::heatmap::MemoryAxes;
    use crate::kernel::{Hints, Kernel, Scratch, Settings, choose};

    const SELECTION: PeakSelection =
        PeakSelection { count: 2, min_distance: Length::Voxels(1.0), fraction: None };

    /// A locator for 2 × 3 × 4 voxels that lie in memory as (d, h, w), and the record of `stored`.
    fn decoded(scaling: Scaling, threshold: Option<f64>, stored: &[f64]) -> (Locator, Record) {
        let axes = MemoryAxes::new(&Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] });
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let (method, parameters) = choose("local:radius=1").unwrap();
        let settings = Settings { method, parameters, threshold, ..Settings::default() };
        let kernel = Kernel::new(settings, scaling, &axes, &cut, true).unwrap();
        let swept: Vec<f64> = stored.iter().map(|x| if scaling.is_reversed() { -x } else { *x }).collect();
        let mut scratch = Scratch::default();
        let record = kernel.sweeper.sweep(&cut.block([0; 3]), &swept, Hints::default(), &mut scratch);
        (kernel.locator, record)
    }

    #[test]
    fn heights_have_the_order_of_heatmap_values_and_leave_out_masked_and_low_ones() {
        let scaling = Scaling { slope: -2.0, intercept: 1.0 };
        let locator = decoded(scaling, None, &[0.0; 24]).0;
        let mut heights = vec![7.0];
        // Heatmap values 1, 7, −5, masked three times.
        let stored = [0.0, -3.0, 3.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let none = f64::NEG_INFINITY;
        fill(&locator, &stored, none, &mut heights).unwrap();
        assert_eq!(heights, [0.0, 3.0, -3.0, none, none, none]);
        fill(&locator, &stored, 1.0, &mut heights).unwrap();
        assert_eq!(heights, [0.0, 3.0, none, none, none, none]);
    }

    #[test]
    fn the_floor_is_a_share_of_the_maximum_or_the_threshold() {
        let scaling = Scaling { slope: 0.5, intercept: 1.0 };
        let mut stored = vec![0.0; 24];
        stored[5] = 14.0;
        let half = PeakSelection { fraction: Some(0.5), ..SELECTION };
        // The maximum is 8.
        for (threshold, selection, expected) in [
            (None, SELECTION, f64::NEG_INFINITY),
            (Some(3.0), SELECTION, 3.0),
            (None, half, 4.0),
            (Some(5.0), half, 5.0),
        ] {
            let (locator, record) = decoded(scaling, threshold, &stored);
            assert_eq!(floor(&locator, &selection, &record), expected);
        }
        // Half of −1 is above it: the maximum itself is never left out.
        let (locator, record) = decoded(Scaling { slope: 1.0, intercept: -15.0 }, None, &stored);
        assert_eq!(floor(&locator, &half, &record), -1.0);
    }
}
