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
