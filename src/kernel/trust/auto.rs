//! `auto`: which rule answers for a map of this kind.
//!
//! 1. A map that is a softmax already (no negative value, sum 1, nothing beside the peak that would pull)
//!    is a distribution: its centre of mass about the peak.
//! 2. A peak that fills the volume has no background to take off: a local softmax. It is a fallback.
//! 3. The centre of the Gaussian that fits the peak, if the fit is good.
//! 4. Otherwise (a flat top, a second peak in the box) the local reference, which is meant for such maps.
//! 5. Without any height the middle of the plateau. It is a fallback.
//!
//! More rungs were tried, with smaller boxes or laxer bounds, and no kind of map gained by them.

use super::evidence::Evidence;
use super::extent::Extent;
use super::fit::Fit;
use super::local::nearest;
use super::rivals::APART;
use super::samples::distance;
use super::view::View;
use crate::kernel::revisit::reader::HeatmapReader;

/// β of the local softmax, for a height of 1.
const SHARP: f64 = 16.0;
/// The radius of its box.
const NEAR: usize = 4;
/// How far the sum of a softmax may lie from 1.
const WHOLE: f64 = 0.01;
/// The pull of the background on a mean that is left alone, in voxels.
const PULL: f64 = 0.1;

/// Which rule answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) enum Rule {
    /// The centre of mass of what is a softmax already.
    Mean,
    /// The centre of the fit.
    Fit,
    /// The local reference.
    Reference,
    /// The local softmax.
    Local,
    /// The middle of the plateau.
    Middle,
}

impl Rule {
    /// What is said of it, if it is a fallback.
    pub(in crate::kernel) fn fallback(self) -> Option<&'static str> {
        match self {
            Rule::Local => Some("a local softmax: the peak fills the volume"),
            Rule::Middle => Some("the middle of the plateau"),
            Rule::Mean | Rule::Fit | Rule::Reference => None,
        }
    }
}

/// The answer of `auto`.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Auto {
    /// Where the peak is, (h, w, d).
    pub(in crate::kernel) place: [f64; 3],
    /// The fit, if it is good.
    pub(super) fit: Option<Fit>,
    /// The rule that answered.
    pub(in crate::kernel) rule: Rule,
}

impl Auto {
    /// The answer for the heatmap that `view` shows; with its fit, whichever rule answers, if that is wanted.
    ///
    /// # Errors
    /// Those of the reader.
    pub(in crate::kernel) fn of<R: HeatmapReader>(
        view: &mut View<'_, R>,
        evidence: &Evidence,
        wants_fit: bool,
    ) -> Result<Auto, R::Error> {
        if evidence.height().is_nan() || evidence.height() <= 0.0 {
            return Ok(Auto { place: evidence.middle, fit: None, rule: Rule::Middle });
        }
        let mean = mean_of_distribution(view, evidence)?;
        let needs_fit = evidence.has_background() && (mean.is_none() || wants_fit);
        let fit = if needs_fit { Fit::of(view, evidence)? } else { None };
        if let Some(place) = mean {
            return Ok(Auto { place, fit, rule: Rule::Mean });
        }
        if !evidence.has_background() {
            return Ok(Auto { place: local_softmax(view, evidence)?, fit: None, rule: Rule::Local });
        }
        Ok(match fit {
            Some(fit) => Auto { place: fit.place, fit: Some(fit), rule: Rule::Fit },
            None => Auto { place: evidence.reference.place, fit: None, rule: Rule::Reference },
        })
    }
}

/// The centre of mass about the peak of a map that is a softmax already: no negative sample, sum within 1
/// % of 1, one maximum, a background that would pull the mean of the whole map by at most 0.1 voxel.
fn mean_of_distribution<R: HeatmapReader>(
    view: &mut View<'_, R>,
    evidence: &Evidence,
) -> Result<Option<[f64; 3]>, R::Error> {
    let longest = view.volume.into_iter().max().unwrap_or(0) as f64;
    let pull = evidence.count * evidence.background.max(0.0) * longest / 2.0;
    let is_softmax = (view.total / evidence.scale - 1.0).abs() <= WHOLE
        && evidence.samples.lowest() >= 0.0
        && !view.is_filled()
        && !evidence.is_bimodal()
        && pull <= PULL * view.total;
    if !is_softmax {
        return Ok(None);
    }
    let radius = (libm::ceil(3.0 * evidence.sigma) as usize + 1).clamp(3, 12);
    let place = centre_of_mass(view, evidence, radius, |value| value.max(0.0))?;
    Ok(Some(place).filter(|&place| distance(place, evidence.reference.place) <= APART[0]))
}

/// The mean of exp(16 (x − top)/(top − b)) over the box of radius 4.
fn local_softmax<R: HeatmapReader>(
    view: &mut View<'_, R>,
    evidence: &Evidence,
) -> Result<[f64; 3], R::Error> {
    let (top, height) = (evidence.top, evidence.height());
    centre_of_mass(view, evidence, NEAR, |value| libm::exp(SHARP * (value - top) / height))
}

/// The centre of mass of a box about the middle of the peak, by a weight of each unmasked value.
fn centre_of_mass<R: HeatmapReader>(
    view: &mut View<'_, R>,
    evidence: &Evidence,
    radius: usize,
    weight: impl Fn(f64) -> f64,
) -> Result<[f64; 3], R::Error> {
    let extent = Extent::about(nearest(evidence.middle), [radius; 3], view.volume);
    view.need(&extent)?;
    let (mut mass, mut first) = (0.0, [0.0; 3]);
    for voxel in extent.voxels() {
        let value = view.at(voxel);
        if value > f64::NEG_INFINITY {
            let weight = weight(value);
            mass += weight;
            for axis in 0..3 {
                first[axis] += weight * (voxel[axis] as f64 - evidence.middle[axis]);
            }
        }
    }
    Ok(std::array::from_fn(|axis| evidence.middle[axis] + first[axis] / mass))
}
