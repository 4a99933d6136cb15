//! What a softmax over the whole heatmap would need, from the record alone: the β at which the background no
//! longer draws the answer from the peak.
//!
//! And, until the trust room judges every method by the error of its answer, two flags that the record shows
//! without another look at the values:
//!
//! - **Diffuse.** The softmax is spread over more than a tenth of the voxels, or the background holds more
//!   than half of its mass and pulls the answer by more than a tenth of a voxel.
//! - **Outside.** Negative weights (`mean` with activation `none`) pushed the answer out of the volume.

use super::answer::Locator;
use super::sweep::record::Record;
use crate::geometry::{Hwd, Voxel};
use crate::landmark::{Flag, Landmark, Status};

/// The pull of the background that is tolerated, in voxels.
const PULL: f64 = 0.1;

impl Locator {
    /// The β that keeps the background's pull on a softmax over the whole heatmap below 0.1 voxel; `None` if
    /// the map has no contrast.
    ///
    /// The background weighs N exp(β(b − m)), with the mean of the map for b. It is an estimate: noise and a
    /// peak that fills much of the map change it.
    #[must_use]
    pub fn advised_beta(&self, record: &Record) -> Option<f64> {
        let beta_per_k = self.settings.sharpness.apply(1.0) / self.k;
        let distance = self.centre_distance(record)?;
        let needed = libm::log2(record.count as f64 * distance.max(1.0) / PULL) / contrast(record)?;
        Some(needed * beta_per_k).filter(|beta| beta.is_finite() && *beta > 0.0)
    }

    /// The landmark with its flags, if its status is `ok`.
    // The trust room replaces both flags: it judges each by the error that it stands for.
    pub(super) fn flagged(&self, mut landmark: Landmark, record: &Record) -> Landmark {
        if landmark.status != Status::Ok {
            return landmark;
        }
        // A method that removes the background is drawn to it only if it gives up.
        let may_be_drawn = !self.settings.method.reads_again() || landmark.position == landmark.hard;
        if may_be_drawn && self.is_diffuse(record).unwrap_or(false) {
            landmark.flags.set(Flag::Diffuse);
            landmark.advised_beta = self.advised_beta(record);
        }
        if self.is_outside(&landmark) {
            landmark.flags.set(Flag::Outside);
        }
        landmark
    }

    /// Whether the background outweighs the peak. `None` if no weights of a softmax were summed.
    ///
    /// The mean of the weights is never less than the weight of the mean (Jensen), so the background's share
    /// is never above 1.
    fn is_diffuse(&self, record: &Record) -> Option<bool> {
        let diffuseness = self.diffuseness(record)?;
        let voxels: usize = self.stored.axes.lengths.iter().product();
        let share = record.count as f64 * libm::exp2(-contrast(record)? * self.k) / diffuseness;
        let is_flat = diffuseness > 10.0_f64.max(voxels as f64 / 10.0);
        Some(is_flat || share > 0.5 && share * self.centre_distance(record)? > PULL)
    }

    /// How far the largest voxel lies from the centre of the volume, to which a flat softmax is drawn.
    fn centre_distance(&self, record: &Record) -> Option<f64> {
        let hard = Voxel(self.stored.axes.to_logical(record.peak?.at).map(|i| i as f64).0);
        let centre = Voxel(self.stored.lengths().map(|n| (n as f64 - 1.0) / 2.0).0);
        Some(hard.distance(centre))
    }

    /// Whether the position is beyond the outermost voxel centres.
    fn is_outside(&self, landmark: &Landmark) -> bool {
        let Hwd(lengths) = self.stored.lengths();
        let inside = |(i, n): (f64, usize)| (0.0..=n as f64 - 1.0).contains(&i);
        landmark.position.is_some_and(|Voxel(position)| !position.into_iter().zip(lengths).all(inside))
    }
}

/// How far the maximum stands above the mean. Of swept values: the intercept and the sign of the slope cancel
/// in a difference.
fn contrast(record: &Record) -> Option<f64> {
    Some(record.peak?.max - record.total / record.count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Block, Cut, unravel};
    use crate::heatmap::{MemoryAxes, Scaling};
    use crate::kernel::{Hints, Kernel, Scratch, Settings, Sharpness, choose};

    const SIDE: usize = 24;

    /// The answer for a map of SIDE³ voxels by `method` at `beta`, and the β that is advised for it.
    fn decoded(
        method: &str,
        beta: f64,
        scaling: Scaling,
        map: impl Fn([f64; 3]) -> f64,
    ) -> (Landmark, Option<f64>) {
        let arrangement = Arrangement { lengths: [1, 1, SIDE, SIDE, SIDE], strides: [0, 0, 576, 24, 1] };
        let axes = MemoryAxes::new(&arrangement);
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let (method, parameters) = choose(method).unwrap();
        let settings = Settings {
            method,
            parameters,
            sharpness: Sharpness::Beta(beta),
            with_spread: true,
            ..Settings::default()
        };
        let kernel = Kernel::new(settings, scaling, &axes, &cut, true).unwrap();
        let at = |i: usize| unravel(i, [SIDE; 3]).map(|i| i as f64);
        let stored: Vec<f64> =
            (0..SIDE * SIDE * SIDE).map(|i| (map(at(i)) - scaling.intercept) / scaling.slope).collect();
        let mut record = Record::default();
        for block in cut.blocks() {
            let start = block.start[0] * 576 + block.start[1] * 24 + block.start[2];
            let given: Vec<f64> = stored[start..start + block.len()]
                .iter()
                .map(|x| if scaling.is_reversed() { -x } else { *x })
                .collect();
            let next = kernel.sweeper.sweep(&block, &given, Hints::default(), &mut Scratch::default());
            kernel.sweeper.merge(&mut record, &next);
        }
        let inside = |block: &Block, i: usize| {
            let at = unravel(i, [SIDE; 3]);
            (0..3).all(|a| (block.start[a]..block.start[a] + block.extent[a]).contains(&at[a]))
        };
        let boxes = kernel.locator.boxes(&record);
        let places = boxes.iter().flat_map(|block| (0..stored.len()).filter(move |&i| inside(block, i)));
        let window: Vec<f64> = places.map(|i| stored[i]).collect();
        let landmark = kernel.locator.landmark(0, 0, &record, &window);
        (landmark, kernel.locator.advised_beta(&record))
    }

    fn gauss(at: [f64; 3], centre: [f64; 3], sigma: f64) -> f64 {
        let square: f64 = at.iter().zip(centre).map(|(a, c)| (a - c) * (a - c)).sum();
        (-square / (2.0 * sigma * sigma)).exp()
    }

    const CENTRE: [f64; 3] = [7.0, 14.3, 9.8];

    #[test]
    fn the_beta_that_is_named_keeps_the_pull_below_a_tenth() {
        for scaling in [Scaling::NONE, Scaling { slope: -0.5, intercept: 2.0 }] {
            for (sigma, background) in [(1.0, 0.0), (2.0, 0.2), (3.0, -0.5)] {
                // On a voxel: a softmax that is sharp enough is drawn to the nearest one, which is not meant
                // here.
                let centre = [7.0, 14.0, 10.0];
                let map = |at| background + gauss(at, centre, sigma);
                let (landmark, advised) = decoded("soft", 3.0, scaling, map);
                assert!(landmark.position.unwrap().distance(Voxel(centre)) > 1.0);
                assert_eq!(landmark.flags.to_string(), "diffuse");
                assert_eq!(landmark.advised_beta, advised);
                let beta = advised.unwrap();
                assert!((5.0..40.0).contains(&beta), "{beta}");
                // It is that of the map, whatever the method and its β.
                let (_, other) = decoded("hard", 0.5, scaling, map);
                assert!((other.unwrap() / beta - 1.0).abs() < 1e-9, "{other:?} {beta}");
                let (landmark, _) = decoded("soft", beta, scaling, map);
                assert!(landmark.flags.is_empty(), "{sigma} {background}");
                assert!(landmark.position.unwrap().distance(Voxel(centre)) < 0.1, "{sigma} {background}");
            }
        }
        assert_eq!(decoded("soft", 1.0, Scaling::NONE, |_| 1.0).1, None);
    }

    #[test]
    fn a_background_that_outweighs_the_peak_is_found_before_the_map_is_flat() {
        // 13824 e^−6 = 34 against a peak of some 15.7·8/6^1.5 = 8.6: 1/p is far below a tenth of the voxels.
        let (landmark, _) = decoded("soft", 6.0, Scaling::NONE, |at| gauss(at, CENTRE, 2.0));
        assert_eq!(landmark.flags.to_string(), "diffuse");
    }

    #[test]
    fn one_clear_peak_has_no_flag() {
        for method in ["soft", "hard", "local", "gaussian", "mean"] {
            let (landmark, _) = decoded(method, 40.0, Scaling::NONE, |at| gauss(at, CENTRE, 1.5));
            assert!(landmark.flags.is_empty() && landmark.advised_beta.is_none(), "{method}");
        }
    }

    #[test]
    fn negative_weights_push_the_answer_out() {
        let map = |at: [f64; 3]| gauss(at, [6.0; 3], 1.0) - 0.9 * gauss(at, [17.0; 3], 1.0);
        let (landmark, _) = decoded("mean:activation=none", 1.0, Scaling::NONE, map);
        assert_eq!(landmark.flags.to_string(), "outside");
    }

    #[test]
    fn the_mass_within_the_window_is_a_plain_sum() {
        let map = |at| gauss(at, CENTRE, 2.0);
        for scaling in [Scaling::NONE, Scaling { slope: -0.5, intercept: 2.0 }] {
            let (landmark, _) = decoded("local:radius=2", 9.0, scaling, map);
            let (mut within, mut whole) = (0.0, 0.0);
            for i in 0..SIDE * SIDE * SIDE {
                let at = unravel(i, [SIDE; 3]).map(|i| i as f64);
                let weight = (9.0 * map(at)).exp();
                whole += weight;
                if at.iter().zip([7.0, 14.0, 10.0]).all(|(a, c): (&f64, f64)| (a - c).abs() <= 2.0) {
                    within += weight;
                }
            }
            let found = landmark.window_mass.unwrap();
            assert!((found - within / whole).abs() < 1e-12, "{found} {}", within / whole);
        }
        assert_eq!(decoded("soft", 9.0, Scaling::NONE, map).0.window_mass, None);
    }
}
