//! The voxels of a heatmap among which the truth is: conformal regions.
//!
//! A heatmap may hold more than a peak and a width: two peaks of nearly the same height, a ridge. The voxels
//! that are not lower than a certain share of the way from the peak to the background follow its form. How
//! large the share must be is learnt as a radius is: the *drop* of a truth is how far below the peak the
//! heatmap is there, and the bound of the drops of many subjects is that of a new one (for conformal regions
//! of landmarks: arXiv:2503.14106). Nothing is chosen or learnt for it, so that every subject serves.

use super::calibration::{Calibration, Drops, Settings};
use super::conformal::{bound, needed};
use super::error::CalibrateError;
use super::steps::matched_in_voxels;
use super::table::Decoded;
use crate::geometry::Voxel;
use crate::points::PointSet;

/// For each landmark of the heatmaps the voxel, as it is written, of its truth.
///
/// # Errors
/// As [`calibrate`](super::calibrate).
pub fn truths(
    decoded: &Decoded,
    truth: &PointSet,
    settings: &Settings,
) -> Result<Vec<Option<Voxel>>, CalibrateError> {
    let mut found = vec![None; decoded.points.points.len()];
    for row in &matched_in_voxels(decoded, truth, settings)?.rows {
        if let (Some(number), Some(voxel)) = (row.prediction, row.truth.filter(|_| row.outcome.is_scored())) {
            found[number] = Some(Voxel(voxel));
        }
    }
    Ok(found)
}

/// The drops of the truths of all subjects, and their bounds: of each landmark, and of all together. `drops`
/// has one for each landmark of the heatmaps; infinity for a truth that is in no voxel.
///
/// # Errors
/// As [`calibrate`](super::calibrate).
pub fn drops(
    decoded: &Decoded,
    truth: &PointSet,
    settings: &Settings,
    made: &Calibration,
    drops: &[Option<f64>],
) -> Result<(Vec<Drops>, Drops), CalibrateError> {
    let (landmarks, subjects) = (made.landmarks.len(), made.subjects.len());
    let mut scores: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); subjects]; landmarks];
    let mut pooled: Vec<Vec<f64>> = vec![Vec::new(); subjects];
    for row in &matched_in_voxels(decoded, truth, settings)?.rows {
        let drop = row.prediction.and_then(|number| drops.get(number).copied().flatten());
        if let (Some(drop), Some(subject)) = (drop, row.subject) {
            scores[row.landmark][subject].push(drop);
            pooled[subject].push(drop);
        }
    }
    let of = |subjects: &[Vec<f64>]| {
        let groups: Vec<&[f64]> = subjects.iter().map(Vec::as_slice).collect();
        let count = groups.iter().filter(|drops| !drops.is_empty()).count();
        Drops {
            subjects: count,
            bounds: settings.levels.iter().map(|&level| bound(&groups, level)).collect(),
            missing: settings.levels.iter().map(|&level| needed(level).saturating_sub(count)).collect(),
        }
    };
    Ok((scores.iter().map(|subjects| of(subjects)).collect(), of(&pooled)))
}
