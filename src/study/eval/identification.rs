//! Whether a landmark is identified: predicted nearer to its own truth than to any other.
//!
//! Spines have many landmarks that look alike, and a prediction one vertebra too low is worse than its
//! distance says. Two definitions are in use, which differ in what counts as another truth.

use super::row::{Outcome, Row};
use super::space::Space;

/// Beyond this distance in mm, nothing is identified.
pub(super) const FARTHEST: f64 = 20.0;

/// The most landmarks of a case that are compared with one another: more would take hours.
const MOST: usize = 10_000;

/// Fills in whether each landmark with a truth is identified, in the order VerSe, Payer.
///
/// *Definition.* The truth nearest to the prediction is its own, at most 20 mm away; at equal distance it is
/// identified. VerSe looks among the truths of labels that both sides have, Payer et al. among all. A
/// landmark without a prediction is not identified. `None` if errors are in voxels, and in a case of more
/// than 10,000 landmarks.
///
/// *References.* Sekuboyina et al. 2021, doi:10.1016/j.media.2021.102166, as their published evaluation
/// computes it; Payer et al. 2019, doi:10.1016/j.media.2019.03.007.
pub(super) fn identify(rows: &mut [Row], space: Space) {
    if !space.is_millimetres() {
        return;
    }
    let mut cases: Vec<Vec<usize>> = Vec::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.outcome.is_scored()) {
        if cases.len() <= row.case {
            cases.resize_with(row.case + 1, Vec::new);
        }
        cases[row.case].push(at);
    }
    for case in cases.iter().filter(|case| case.len() <= MOST) {
        let truths: Vec<([f64; 3], bool)> = case
            .iter()
            .filter_map(|&at| Some((rows[at].truth?, rows[at].outcome == Outcome::Matched)))
            .collect();
        for &at in case {
            rows[at].identified = Some(identified(&rows[at], &truths));
        }
    }
}

/// `truths` are those of the case, each with whether it is predicted too.
fn identified(row: &Row, truths: &[([f64; 3], bool)]) -> [bool; 2] {
    let (Some(predicted), Some(own)) = (row.predicted, row.truth) else { return [false; 2] };
    if row.outcome != Outcome::Matched || row.error.is_none_or(|error| error > FARTHEST) {
        return [false; 2];
    }
    let square = |truth: [f64; 3]| -> f64 {
        (0..3).map(|axis| (predicted[axis] - truth[axis]) * (predicted[axis] - truth[axis])).sum()
    };
    let limit = square(own);
    let nearer = |among: fn(bool) -> bool| {
        truths.iter().any(|&(truth, is_predicted)| among(is_predicted) && square(truth) < limit)
    };
    [!nearer(|is_predicted| is_predicted), !nearer(|_| true)]
}
