//! Several landmarks of one heatmap: which of its peaks are asked for, and the answer for each.

use super::{Maxima, Spacing};
use crate::geometry::{Affine, Block, Length, Voxel};
use crate::heatmap::Scaling;
use crate::kernel::methods::method::{Locate, Method};
use crate::kernel::simd::level::vectorized;
use crate::kernel::{Kernel, Record};
use crate::landmark::{Landmark, Status};

/// Which peaks of a heatmap are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Several {
    /// How many landmarks each heatmap has, those that are absent too.
    pub count: usize,
    /// The least distance between two of them; peaks exactly so far apart are both kept.
    pub min_distance: Length,
    /// The least height of a peak as a share of the heatmap's maximum, above 0 and at most 1. Where the maximum is not
    /// above 0, only voxels as high as it are peaks. [`Settings::threshold`](crate::kernel::Settings::threshold)
    /// holds beside it.
    pub fraction: Option<f64>,
}

/// Why peaks cannot be asked for so.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeveralError {
    /// None, or more than [`Several::MOST`].
    #[error("expected 1 to {} peaks, found {found}", Several::MOST)]
    Count {
        /// [`Several::count`].
        found: usize,
    },
    /// A least distance that is none.
    #[error("expected a finite least distance >= 0 between peaks, found {found}")]
    Distance {
        /// [`Several::min_distance`], in its unit.
        found: f64,
    },
    /// A share that is none.
    #[error("expected a share of the maximum > 0 and at most 1, found {found}")]
    Fraction {
        /// [`Several::fraction`].
        found: f64,
    },
}

impl Several {
    /// Peaks that may be asked for of each heatmap, at most.
    pub const MOST: usize = 1000;

    /// # Errors
    /// [`SeveralError`] where a value is out of its range.
    pub fn check(&self) -> Result<(), SeveralError> {
        let Several { count, min_distance, fraction } = *self;
        let (Length::Voxels(least) | Length::Millimetres(least)) = min_distance;
        if !(1..=Self::MOST).contains(&count) {
            return Err(SeveralError::Count { found: count });
        }
        if !(0.0..=f64::MAX).contains(&least) {
            return Err(SeveralError::Distance { found: least });
        }
        match fraction.filter(|&fraction| fraction.is_nan() || fraction <= 0.0 || fraction > 1.0) {
            Some(found) => Err(SeveralError::Fraction { found }),
            None => Ok(()),
        }
    }

    /// The distances in a heatmap of `lengths` (h, w, d). None for one in mm where there is no affine.
    #[must_use]
    pub fn spacing(&self, lengths: [usize; 3], affine: Option<Affine>) -> Option<Spacing> {
        match self.min_distance {
            Length::Voxels(least) => Some(Spacing::voxels(lengths, least)),
            Length::Millimetres(least) => {
                let Affine(rows) = affine?;
                let steps = std::array::from_fn(|axis| rows.map(|row| row[axis]));
                Some(Spacing { lengths, steps, least })
            }
        }
    }
}

impl Method {
    /// Whether it has an answer for each of several peaks: it looks at the values about one, or takes its voxel.
    /// Methods that weigh the whole heatmap have one answer for all.
    #[must_use]
    pub fn suits_peaks(&self) -> bool {
        self.has_window() || !self.sums_weights
    }
}

impl Kernel {
    /// For the local maxima of the heatmap of `record`, from [`Kernel::heights`] in the order of memory.
    #[must_use]
    pub fn maxima(&self, several: &Several, record: &Record) -> Maxima<f64> {
        let floor = self.only(several, record).map_or(f64::MIN, |(height, _)| height);
        Maxima::new(self.settings.level, self.axes.lengths, self.logical_steps, floor, f64::NEG_INFINITY)
    }

    /// The height of the maximum, and what tells it from others that are equal in f64, where only voxels as high as it
    /// have the share of it that is asked for.
    fn only(&self, several: &Several, record: &Record) -> Option<(f64, u64)> {
        let peak = record.peak?;
        let max = self.value(peak.max);
        let is_only = several.fraction.is_some_and(|fraction| fraction * max >= max);
        is_only.then_some((peak.max, peak.tie))
    }

    /// The heatmap value below which a voxel of the heatmap of `record` is no peak; −inf for none.
    #[must_use]
    pub fn floor(&self, several: &Several, record: &Record) -> f64 {
        let max = record.peak.map_or(f64::NEG_INFINITY, |peak| self.value(peak.max));
        let share = several.fraction.map_or(f64::NEG_INFINITY, |fraction| (fraction * max).min(max));
        share.max(self.settings.threshold.unwrap_or(f64::NEG_INFINITY))
    }

    /// How high voxels are, from their stored values: put into `heights` in place of what is there.
    ///
    /// Heights are in the order of heatmap values, but not scaled: scaling may take two values to one. −inf for
    /// voxels that are masked or whose heatmap value is below `floor`.
    pub fn heights(&self, stored: &[f64], floor: f64, heights: &mut Vec<f64>) {
        heights.resize(stored.len(), 0.0);
        vectorized(
            self.settings.level,
            #[inline(always)]
            || fill_heights(stored, self.scaling, floor, heights),
        );
    }

    /// [`Kernel::maxima`] of integers that f64 does not all tell apart, from [`Kernel::exact_heights`].
    #[must_use]
    pub fn exact_maxima(&self, several: &Several, record: &Record) -> Maxima<(f64, u64)> {
        let (floor, absent) = (self.only(several, record).unwrap_or((f64::MIN, 0)), (f64::NEG_INFINITY, 0));
        Maxima::new(self.settings.level, self.axes.lengths, self.logical_steps, floor, absent)
    }

    /// [`Kernel::heights`], each with a number that tells those apart that are equal in f64: `keys` are in the order of
    /// the stored values.
    pub fn exact_heights(&self, stored: &[f64], keys: &[u64], floor: f64, heights: &mut Vec<(f64, u64)>) {
        let mut rounded = Vec::new();
        self.heights(stored, floor, &mut rounded);
        let is_reversed = self.scaling.is_reversed();
        let keys = keys.iter().map(|&key| if is_reversed { !key } else { key });
        heights.clear();
        heights.extend(rounded.into_iter().zip(keys));
    }

    /// [`Kernel::boxes`] for a peak at `voxel` (h, w, d): the box whose values [`Kernel::landmark_at`] needs.
    #[must_use]
    pub fn window_at(&self, voxel: [usize; 3]) -> Option<Block> {
        self.settings.method.has_window().then(|| self.around(self.in_memory(voxel)))
    }

    /// The answer for the `peak`-th peak of a heatmap, at `voxel` (h, w, d) and as high as `height` of
    /// [`Kernel::heights`].
    ///
    /// `record` is that of the whole heatmap and `first` its answer: the spread, which describes the whole
    /// heatmap, is taken from it. `window` holds the stored values of the box of [`Kernel::window_at`], in the
    /// order of memory.
    #[must_use]
    pub fn landmark_at(
        &self,
        (peak, voxel, height): (usize, [usize; 3], f64),
        record: &Record,
        first: &Landmark,
        window: &[f64],
    ) -> Landmark {
        let seen = self.window_at(voxel).map(|block| self.seen(&block, self.in_memory(voxel), window));
        let hard = Voxel(voxel.map(|i| i as f64));
        let position = match (&self.settings.method.locate, &seen) {
            (Locate::Window { locate, .. }, Some(window)) => Voxel(locate(window, &self.settings)),
            _ => hard,
        };
        let described = seen.as_ref().filter(|_| self.settings.with_spread);
        Landmark {
            peak,
            status: Status::Ok,
            position: Some(position),
            hard: Some(hard),
            peak_value: Some(self.value(height)),
            window_mass: described.and_then(|window| self.mass_within(record, &window.values)),
            fit: described.and_then(|window| self.settings.method.fit?(window, &self.settings)),
            ..*first
        }
    }

    /// A voxel (h, w, d) in memory axes.
    fn in_memory(&self, voxel: [usize; 3]) -> [usize; 3] {
        self.axes.logical.map(|axis| voxel[axis])
    }
}

#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn fill_heights(stored: &[f64], scaling: Scaling, floor: f64, heights: &mut [f64]) {
    let sign = if scaling.is_reversed() { -1.0 } else { 1.0 };
    for (height, &stored) in heights.iter_mut().zip(stored) {
        // Comparisons without branches, so that the loop is vectorised; NaN is below nothing.
        let is_seen = (stored.abs() <= f64::MAX) & (scaling.apply(stored) >= floor);
        *height = if is_seen { sign * stored } else { f64::NEG_INFINITY };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Cut};
    use crate::heatmap::MemoryAxes;
    use crate::kernel::{Hints, METHODS, Scratch, Settings, choose};

    const SEVERAL: Several = Several { count: 2, min_distance: Length::Voxels(1.0), fraction: None };

    /// A kernel for 2 × 3 × 4 voxels that lie in memory as (d, h, w), and the record of `stored`.
    fn kernel(scaling: Scaling, threshold: Option<f64>, stored: &[f64]) -> (Kernel, Record) {
        let axes = MemoryAxes::new(&Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] });
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let (method, parameters) = choose("local:radius=1").unwrap();
        let settings = Settings {
            method,
            parameters,
            ignore_nan: true,
            threshold,
            with_spread: true,
            ..Settings::default()
        };
        let kernel = Kernel::new(settings, scaling, &axes, &cut, true).unwrap();
        let given: Vec<f64> = stored.iter().map(|x| if scaling.is_reversed() { -x } else { *x }).collect();
        let record = kernel.sweep_f64(&cut.block([0; 3]), &given, Hints::default(), &mut Scratch::default());
        (kernel, record)
    }

    #[test]
    fn heights_go_with_heatmap_values_and_leave_out_masked_and_low_ones() {
        let scaling = Scaling { slope: -2.0, intercept: 1.0 };
        let kernel = kernel(scaling, None, &[0.0; 24]).0;
        let mut heights = vec![7.0];
        // Heatmap values 1, 7, −5, masked three times.
        let stored = [0.0, -3.0, 3.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let none = f64::NEG_INFINITY;
        kernel.heights(&stored, none, &mut heights);
        assert_eq!(heights, [0.0, 3.0, -3.0, none, none, none]);
        kernel.heights(&stored, 1.0, &mut heights);
        assert_eq!(heights, [0.0, 3.0, none, none, none, none]);
    }

    #[test]
    fn the_floor_is_a_share_of_the_maximum_or_the_threshold() {
        let scaling = Scaling { slope: 0.5, intercept: 1.0 };
        let mut stored = vec![0.0; 24];
        stored[5] = 14.0;
        let half = Several { fraction: Some(0.5), ..SEVERAL };
        // The maximum is 8.
        for (threshold, several, floor) in [
            (None, SEVERAL, f64::NEG_INFINITY),
            (Some(3.0), SEVERAL, 3.0),
            (None, half, 4.0),
            (Some(5.0), half, 5.0),
        ] {
            let (kernel, record) = kernel(scaling, threshold, &stored);
            assert_eq!(kernel.floor(&several, &record), floor);
        }
        // Half of −1 is above it: the maximum itself is never left out.
        let (kernel, record) = kernel(Scaling { slope: 1.0, intercept: -15.0 }, None, &stored);
        assert_eq!(kernel.floor(&half, &record), -1.0);
    }

    #[test]
    fn the_answer_at_the_peak_is_that_of_the_heatmap() {
        let mut stored: Vec<f64> = (0..24).map(|i| f64::from(i * 7 % 5)).collect();
        // d = 1, h = 1, w = 2; d = 3, h = 0, w = 0.
        (stored[6 + 3 + 2], stored[18]) = (9.0, 8.0);
        let (kernel, record) = kernel(Scaling::NONE, None, &stored);
        let block = kernel.window_at([1, 2, 1]).unwrap();
        assert_eq!(Some(block), kernel.window(&record));
        let window = |block: Block| -> Vec<f64> {
            (0..block.len())
                .map(|i| {
                    let [_, rows, columns] = block.extent;
                    let within = [i / (rows * columns), i / columns % rows, i % columns];
                    let at: [usize; 3] = std::array::from_fn(|axis| block.start[axis] + within[axis]);
                    stored[at[0] * 6 + at[1] * 3 + at[2]]
                })
                .collect()
        };
        let first = kernel.landmark(0, 0, &record, &window(block));
        assert_eq!(kernel.landmark_at((0, [1, 2, 1], 9.0), &record, &first, &window(block)), first);
        let block = kernel.window_at([0, 0, 3]).unwrap();
        assert_eq!(block, Block { start: [2, 0, 0], extent: [2, 2, 2] });
        let second = kernel.landmark_at((1, [0, 0, 3], 8.0), &record, &first, &window(block));
        assert_eq!((second.peak, second.peak_value), (1, Some(8.0)));
        assert_eq!((second.hard, second.spread), (Some(Voxel([0.0, 0.0, 3.0])), first.spread));
        assert!(second.position.unwrap().distance(second.hard.unwrap()) < 1.0);
        assert!(second.window_mass.unwrap() < first.window_mass.unwrap());
    }

    #[test]
    fn distances_are_those_of_the_affine() {
        let affine = Affine([[0.0, 3.0, 0.0, 9.0], [-2.0, 0.0, 0.0, 9.0], [0.0, 0.0, 4.0, 9.0]]);
        let several = Several { min_distance: Length::Millimetres(5.0), ..SEVERAL };
        let spacing = several.spacing([5, 6, 7], Some(affine)).unwrap();
        assert_eq!(spacing.steps, [[0.0, -2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0]]);
        assert_eq!((spacing.lengths, spacing.least), ([5, 6, 7], 5.0));
        assert_eq!(several.spacing([5, 6, 7], None), None);
        assert_eq!(SEVERAL.spacing([5, 6, 7], None), Some(Spacing::voxels([5, 6, 7], 1.0)));
    }

    #[test]
    fn what_cannot_be_asked_for_is_an_error() {
        let millimetres = |least| Several { min_distance: Length::Millimetres(least), ..SEVERAL };
        let voxels = |least| Several { min_distance: Length::Voxels(least), ..SEVERAL };
        let share = |fraction| Several { fraction: Some(fraction), ..SEVERAL };
        for several in [
            SEVERAL,
            Several { count: 1000, ..SEVERAL },
            voxels(0.0),
            millimetres(f64::MAX),
            share(1.0),
            share(1e-9),
        ] {
            assert_eq!(several.check(), Ok(()));
        }
        for (several, says) in [
            (Several { count: 0, ..SEVERAL }, "expected 1 to 1000 peaks, found 0"),
            (Several { count: 1001, ..SEVERAL }, "expected 1 to 1000 peaks, found 1001"),
            (voxels(-1.0), "expected a finite least distance >= 0 between peaks, found -1"),
            (millimetres(f64::INFINITY), "expected a finite least distance >= 0 between peaks, found inf"),
            (voxels(f64::NAN), "expected a finite least distance >= 0 between peaks, found NaN"),
            (share(0.0), "expected a share of the maximum > 0 and at most 1, found 0"),
            (share(1.5), "expected a share of the maximum > 0 and at most 1, found 1.5"),
            (share(f64::NAN), "expected a share of the maximum > 0 and at most 1, found NaN"),
        ] {
            assert_eq!(several.check().unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn methods_of_the_whole_heatmap_do_not_suit() {
        let suited: Vec<&str> = METHODS.iter().filter(|m| m.suits_peaks()).map(|m| m.name).collect();
        assert!(suited.starts_with(&["hard", "local"]), "{suited:?}");
        assert!(!suited.contains(&"soft"));
    }
}
