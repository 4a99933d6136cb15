//! The voxels of a heatmap among which the truth is: conformal regions.
//!
//! A heatmap may hold more than a peak and a width: two peaks of nearly the same height, a ridge. The voxels
//! that are not lower than a certain share of the way from the peak to the background follow its form. How
//! large the share must be is learnt as a radius is: the *drop* of a truth is how far below the peak the
//! heatmap is there, and the bound of the drops of many subjects is that of a new one (for conformal regions
//! of landmarks: arXiv:2503.14106). Nothing is chosen or learnt for it, so that every subject serves.

use super::calibration::{Calibration, Drops, Settings};
use super::conformal::{Scores, needed};
use super::error::CalibrateError;
use super::steps::matched_in_voxels;
use super::table::Decoded;
use crate::geometry::Voxel;
use crate::points::PointSet;

/// The truth of one landmark of the heatmaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// The number of the landmark among those that were decoded.
    pub point: usize,
    /// Where it is, in voxels as they are written.
    pub voxel: Voxel,
    subject: usize,
    landmark: usize,
}

/// The truths of all landmarks of the heatmaps that have one, in the order of those.
///
/// # Errors
/// As [`calibrate`](super::calibrate).
pub fn truths(
    decoded: &Decoded,
    truth: &PointSet,
    settings: &Settings,
) -> Result<Vec<Truth>, CalibrateError> {
    let rows = matched_in_voxels(decoded, truth, settings)?.rows.into_iter();
    let found = rows.filter(|row| row.outcome.is_scored()).filter_map(|row| {
        let (point, subject, voxel) = (row.prediction?, row.subject?, Voxel(row.truth?));
        Some(Truth { point, voxel, subject, landmark: row.landmark })
    });
    let mut found: Vec<Truth> = found.collect();
    found.sort_by_key(|truth| truth.point);
    Ok(found)
}

/// The bounds of the drops of truths: of each landmark of `made`, and of all together. A truth that is in no
/// voxel has the drop infinity; one without a drop does not count.
#[must_use]
pub fn drops(made: &Calibration, known: &[(Truth, Option<f64>)]) -> (Vec<Drops>, Drops) {
    let of = |is_part: &dyn Fn(&Truth) -> bool| {
        let drops = known.iter().filter(|(truth, _)| is_part(truth));
        let scores = Scores::new(drops.filter_map(|(truth, drop)| Some((truth.subject, (*drop)?))));
        Drops {
            subjects: scores.subjects(),
            bounds: made.levels.iter().map(|&level| scores.bound(level)).collect(),
            missing: made
                .levels
                .iter()
                .map(|&level| needed(level).saturating_sub(scores.subjects()))
                .collect(),
        }
    };
    let landmarks = (0..made.landmarks.len()).map(|landmark| of(&|truth| truth.landmark == landmark));
    (landmarks.collect(), of(&|_| true))
}
