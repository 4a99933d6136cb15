//! The Gaussian that fits the peak, in a box as large as the peak is wide, and whether to believe it.

use super::evidence::Evidence;
use super::extent::Extent;
use super::local::nearest;
use super::samples::distance;
use super::view::View;
use crate::kernel::methods::model::{CENTRE, End, Fitted, MOST, Model, fit};
use crate::kernel::methods::patch::Patch;
use crate::kernel::revisit::reader::HeatmapReader;

/// The radius of the box, in widths.
const REACH: f64 = 2.0;
/// The least and the largest radius.
const RADII: [f64; 2] = [2.0, 12.0];
/// The least and the largest amplitude of a good fit, in heights.
const AMPLITUDE: [f64; 2] = [0.4, 3.0];
/// The largest residual of a good fit, in noise units or in amplitudes.
const RESIDUAL: [f64; 2] = [1.3, 0.03];

/// A fitted Gaussian on a background. Values are those of the view.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Fit {
    /// Its centre, (h, w, d).
    pub(in crate::kernel) place: [f64; 3],
    /// Its height over its background.
    pub(super) amplitude: f64,
    /// Its width: the geometric mean of the standard deviations along its axes.
    pub(super) sigma: f64,
    /// Root of the squared differences over the degrees of freedom.
    pub(super) residual: f64,
    /// The box.
    extent: Extent,
    /// The axes of more than one voxel.
    axes: Vec<usize>,
    /// Its values, about `start`, and the model in the same terms.
    patch: Patch,
    fitted: Fitted,
    start: [usize; 3],
    /// What the values of the model are relative to: a background, and a height over it.
    background: f64,
    height: f64,
}

impl Fit {
    /// The fit of the box of radius 2σ̂ about the peak, if it is good: an amplitude near the peak's height, a
    /// centre near its middle, and a residual that noise explains.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn of<R: HeatmapReader>(
        view: &mut View<'_, R>,
        evidence: &Evidence,
    ) -> Result<Option<Fit>, R::Error> {
        let radius = (REACH * evidence.sigma).round_ties_even().clamp(RADII[0], RADII[1]) as usize;
        let start = nearest(evidence.middle);
        let extent = Extent::about(start, [radius; 3], view.volume);
        view.need(&extent)?;
        let height = evidence.height();
        let axes: Vec<usize> = (0..3).filter(|&axis| extent.lengths[axis] > 1).collect();
        let mut values = Vec::with_capacity(extent.len());
        let scaled = |value: &f64| (value - evidence.background) / height;
        view.runs(extent).for_each(|row| values.extend(row.iter().map(scaled)));
        let first = std::array::from_fn(|axis| extent.start[axis] as f64 - start[axis] as f64);
        let patch = Patch::new(extent.lengths, first, values);
        let guess = first_guess(evidence, start, &axes);
        // Two layers do not tell a width from a height.
        let is_thin = extent.lengths.contains(&2);
        if axes.is_empty() || is_thin || patch.count <= guess.count() {
            return Ok(None);
        }
        let Some(fitted) = fit(&patch, guess, End::QUICK).filter(|fitted| fitted.has_converged) else {
            return Ok(None);
        };
        let model = &fitted.model;
        let mut place = start.map(|i| i as f64);
        for (i, &axis) in axes.iter().enumerate() {
            place[axis] += model.numbers[CENTRE + i];
        }
        let freedom = (patch.count - model.count()) as f64;
        let found = Fit {
            place,
            amplitude: model.numbers[0] * height,
            sigma: width(model),
            residual: libm::sqrt(fitted.cost() / freedom) * height,
            extent,
            axes,
            patch,
            fitted,
            start,
            background: evidence.background,
            height,
        };
        Ok(Some(found).filter(|found| found.is_good(evidence)))
    }

    /// What voxels (h, w, d) would have without noise.
    pub(super) fn values(&self, voxels: &[[f64; 3]]) -> Vec<f64> {
        let mut values = self.fitted.model.values(voxels, self.start, &self.axes);
        for value in &mut values {
            *value = self.background + self.height * *value;
        }
        values
    }

    /// Whether to believe it.
    fn is_good(&self, evidence: &Evidence) -> bool {
        let height = evidence.height();
        let is_inside = (0..3).all(|axis| {
            let first = self.extent.start[axis] as f64;
            (first..=first + self.extent.lengths[axis] as f64 - 1.0).contains(&self.place[axis])
        });
        is_inside
            && (AMPLITUDE[0] * height..=AMPLITUDE[1] * height).contains(&self.amplitude)
            && distance(self.place, evidence.middle) <= evidence.sigma.max(1.5)
            && self.residual <= (RESIDUAL[0] * evidence.noise).max(RESIDUAL[1] * self.amplitude)
    }

    /// The derivative of the centre (h, w, d) by each voxel of the box, 0 where masked: the rows of (JᵀJ)⁻¹Jᵀ
    /// that belong to it. `None` if the fit does not determine it.
    pub(super) fn gain(&self) -> Option<(Extent, [Vec<f64>; 3])> {
        let gain = self.fitted.gain(&self.patch)?;
        let mut rows: [Vec<f64>; 3] = std::array::from_fn(|_| vec![0.0; self.extent.len()]);
        for (slopes, &axis) in gain.into_iter().zip(&self.axes) {
            rows[axis] = slopes.into_iter().map(|slope| slope / self.height).collect();
        }
        Some((self.extent, rows))
    }
}

/// A round Gaussian as the evidence says.
fn first_guess(evidence: &Evidence, start: [usize; 3], axes: &[usize]) -> Model {
    let mut model = Model { n: axes.len(), numbers: [0.0; MOST] };
    model.numbers[0] = 1.0;
    for (i, &axis) in axes.iter().enumerate() {
        model.numbers[CENTRE + i] = evidence.reference.place[axis] - start[axis] as f64;
        model.numbers[model.index(i, i)] = 1.0 / (evidence.sigma * evidence.sigma);
    }
    model
}

/// The geometric mean of the standard deviations.
fn width(model: &Model) -> f64 {
    let p = model.precision();
    let determinant = match model.n {
        1 => p[0][0],
        2 => p[0][0] * p[1][1] - p[0][1] * p[0][1],
        _ => {
            p[0][0] * (p[1][1] * p[2][2] - p[1][2] * p[1][2])
                - p[0][1] * (p[0][1] * p[2][2] - p[1][2] * p[0][2])
                + p[0][2] * (p[0][1] * p[1][2] - p[1][1] * p[0][2])
        }
    };
    libm::exp(-0.5 * libm::log(determinant) / model.n as f64)
}
