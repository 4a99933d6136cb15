//! What is doubtful about an answer although its status is `ok`: a softmax that the background outweighs, an
//! answer far from the peak, a window that the border cuts.
//!
//! Each of these gives a plausible number that is wrong by several voxels. A caller cannot see that in the
//! number, but the record shows it:
//!
//! - **Diffuse.** The softmax is spread over more than a tenth of the voxels, or the background holds more
//!   than half of its mass and pulls the answer by more than a tenth of a voxel. Comes with the β that would
//!   be sharp enough.
//! - **Bimodal.** The answer lies further from the largest voxel than one peak of that spread explains: it is
//!   between two.
//! - **Outside.** Negative weights (`mean` with activation `none`) pushed the answer out of the volume.
//! - **Border.** The window is cut, so a mean over it is drawn inwards.
//!
//! The bounds are chosen so that a heatmap with one clear peak never has a doubt, which the tests below hold;
//! a doubt is therefore worth a warning. Everything is computed from the record, without another look at the
//! values. None of it changes an answer.

use super::answer::Locator;
use super::methods::method::MethodKind;
use super::sweep::record::Record;
use crate::geometry::{Hwd, Length, Voxel};
use crate::landmark::{Landmark, Status};
use std::f64::consts::PI;

/// What is doubtful about one landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Doubts {
    /// The softmax is so flat that the answer is drawn to the volume's centre.
    pub diffuse: Option<Diffuse>,
    /// The distance of the answer from the hard argmax, in voxels, if it is larger than one peak explains.
    pub bimodal: Option<f64>,
    /// Negative weights pushed the answer out of the volume.
    pub is_outside: bool,
    /// The radius of the method's window, if the border cuts it.
    pub border: Option<Length>,
}

/// A softmax that the background outweighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diffuse {
    /// 1/p of the peak voxel: the number of equal voxels that would be as flat.
    pub diffuseness: f64,
    /// The β that keeps the background's pull below 0.1 voxel; `None` if the map has no contrast.
    pub beta: Option<f64>,
}

/// The pull of the background that is tolerated, in voxels.
const PULL: f64 = 0.1;

impl Locator {
    /// What is doubtful about `landmark`, the answer for `record`.
    #[must_use]
    pub fn doubts(&self, record: &Record, landmark: &Landmark) -> Doubts {
        if landmark.status != Status::Ok {
            return Doubts::default();
        }
        let reads_once = !self.settings.method.reads_again();
        // A method that removes the background is drawn to it only if it gives up.
        let diffuse = self.diffuse(record).filter(|_| reads_once || landmark.position == landmark.hard);
        let bimodal = self.bimodal(record, landmark).filter(|_| reads_once && diffuse.is_none());
        Doubts { diffuse, bimodal, is_outside: self.is_outside(landmark), border: self.border(record) }
    }

    /// The background weighs N exp(β(b − m)), with the mean of the map for b. The mean of the weights is
    /// never less than the weight of the mean (Jensen), so the share is never above 1. It is an estimate:
    /// noise and a peak that fills much of the map change it.
    fn diffuse(&self, record: &Record) -> Option<Diffuse> {
        let diffuseness = self.diffuseness(record)?;
        let peak = record.peak?;
        let voxels: usize = self.stored.axes.lengths.iter().product();
        let (count, mean) = (record.count as f64, record.total / record.count as f64);
        // Of swept values: the intercept and the sign of the slope cancel in a difference.
        let contrast = peak.max - mean;
        let share = count * libm::exp2(-contrast * self.k) / diffuseness;
        let hard = Voxel(self.stored.axes.to_logical(peak.at).map(|i| i as f64).0);
        let from_centre = hard.distance(self.centre());
        let is_flat = diffuseness > 10.0_f64.max(voxels as f64 / 10.0);
        let is_outweighed = share > 0.5 && share * from_centre > PULL;
        if !(is_flat || is_outweighed) {
            return None;
        }
        let beta_per_k = self.settings.sharpness.apply(1.0) / self.k;
        let needed = libm::log2(count * from_centre.max(1.0) / PULL) / contrast;
        let beta = Some(needed * beta_per_k).filter(|beta| beta.is_finite() && *beta > 0.0);
        Some(Diffuse { diffuseness, beta })
    }

    /// The centre of the volume, to which a flat softmax is drawn.
    fn centre(&self) -> Voxel {
        Voxel(self.stored.lengths().map(|n| (n as f64 - 1.0) / 2.0).0)
    }

    /// Whether the answer is further than 2 voxels from the hard argmax, and further than the diameter of a
    /// ball of as many voxels as the softmax is spread over.
    fn bimodal(&self, record: &Record, landmark: &Landmark) -> Option<f64> {
        let diffuseness = self.diffuseness(record)?;
        let distance = landmark.position?.distance(landmark.hard?);
        let radius = match self.stored.axes.lengths.iter().filter(|&&n| n > 1).count() {
            0 | 1 => diffuseness / 2.0,
            2 => libm::sqrt(diffuseness / PI),
            _ => libm::cbrt(0.75 * diffuseness / PI),
        };
        (distance > 2.0_f64.max(2.0 * radius)).then_some(distance)
    }

    /// Whether the position is beyond the outermost voxel centres.
    fn is_outside(&self, landmark: &Landmark) -> bool {
        let Hwd(lengths) = self.stored.lengths();
        let inside = |(i, n): (f64, usize)| (0.0..=n as f64 - 1.0).contains(&i);
        landmark.position.is_some_and(|Voxel(position)| !position.into_iter().zip(lengths).all(inside))
    }

    /// The radius of the window, if the window leaves the volume along an axis with more than one voxel.
    fn border(&self, record: &Record) -> Option<Length> {
        let MethodKind::Window { radius, .. } = self.settings.method.kind else { return None };
        let (at, lengths) = (record.peak?.at, self.stored.axes.lengths);
        let is_cut = |axis: usize| {
            let (i, n, radius) = (at[axis], lengths[axis], self.radius[axis]);
            n > 1 && (i < radius || i + radius >= n)
        };
        (0..3).any(is_cut).then(|| radius(&self.settings.for_method()).length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Block, Cut, unravel};
    use crate::heatmap::{MemoryAxes, Scaling};
    use crate::kernel::{Hints, Kernel, Scratch, Settings, Sharpness, choose};

    const SIDE: usize = 24;

    /// A map of SIDE³ voxels, and what is doubtful about its answer by `method` at `beta`.
    fn decoded(
        method: &str,
        beta: f64,
        scaling: Scaling,
        map: impl Fn([f64; 3]) -> f64,
    ) -> (Landmark, Doubts) {
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
        (landmark, kernel.locator.doubts(&record, &landmark))
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
                let (landmark, doubts) = decoded("soft", 3.0, scaling, map);
                let found = doubts.diffuse.unwrap();
                assert!(landmark.position.unwrap().distance(Voxel(centre)) > 1.0);
                let beta = found.beta.unwrap();
                assert!((5.0..40.0).contains(&beta), "{beta}");
                let (landmark, doubts) = decoded("soft", beta, scaling, map);
                assert_eq!(doubts, Doubts::default(), "{sigma} {background}");
                assert!(landmark.position.unwrap().distance(Voxel(centre)) < 0.1, "{sigma} {background}");
            }
        }
    }

    #[test]
    fn a_background_that_outweighs_the_peak_is_found_before_the_map_is_flat() {
        // 13824 e^−6 = 34 against a peak of some 15.7·8/6^1.5 = 8.6: 1/p is far below a tenth of the voxels.
        let (_, doubts) = decoded("soft", 6.0, Scaling::NONE, |at| gauss(at, CENTRE, 2.0));
        let found = doubts.diffuse.unwrap();
        assert!((30.0..60.0).contains(&found.diffuseness), "{found:?}");
    }

    #[test]
    fn two_peaks_are_found_and_one_is_no_doubt() {
        let far = [19.0, 14.3, 9.8];
        let (landmark, doubts) =
            decoded("soft", 40.0, Scaling::NONE, |at| gauss(at, CENTRE, 1.5) + 0.999 * gauss(at, far, 1.5));
        let distance = landmark.position.unwrap().distance(landmark.hard.unwrap());
        assert!((5.0..7.0).contains(&distance));
        assert_eq!((doubts.bimodal, doubts.diffuse), (Some(distance), None));
        let (_, doubts) =
            decoded("soft", 40.0, Scaling::NONE, |at| gauss(at, CENTRE, 1.5) + 0.5 * gauss(at, far, 1.5));
        assert_eq!(doubts, Doubts::default());
        // A broad plateau is one peak.
        let (_, doubts) = decoded("soft", 40.0, Scaling::NONE, |at| gauss(at, CENTRE, 5.0).min(0.9));
        assert_eq!(doubts.bimodal, None);
    }

    #[test]
    fn the_border_cuts_a_window_that_extends_over_it() {
        for (place, expected) in [(4.0, false), (3.0, true), (19.0, false), (20.0, true)] {
            let (_, doubts) =
                decoded("local:radius=4", 40.0, Scaling::NONE, |at| gauss(at, [place, 12.0, 12.0], 1.0));
            assert_eq!(doubts.border, expected.then_some(Length::Voxels(4.0)), "{place}");
        }
        assert_eq!(decoded("hard", 1.0, Scaling::NONE, |at| gauss(at, [0.0; 3], 1.0)).1.border, None);
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
