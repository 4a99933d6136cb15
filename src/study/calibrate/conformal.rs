//! The radius that holds the truth as often as it says, whatever the errors look like.
//!
//! If subjects of tomorrow come from where those of the calibration came from, the score of a new landmark
//! is as likely to have any place among the known ones. So a bound that few known scores exceed is exceeded
//! by a new one as rarely, with no assumption about heatmaps, networks or the shape of errors (Vovk,
//! Gammerman and Shafer 2005, doi:10.1007/b106715; Angelopoulos and Bates 2023, doi:10.1561/2200000101).
//! Subjects are exchangeable, landmarks and visits of one subject are not: so each subject counts once,
//! however many scores it has (hierarchical conformal prediction: Lee, Barber and Willett 2023,
//! arXiv:2306.06342). With one score a subject that is the usual split conformal bound.

/// A bound for the score of a subject that is not here: with at least the probability `level`, over the draw
/// of all subjects, a score of that subject, taken at random, is at most the bound.
///
/// `subjects` has the scores of each, none of them NaN; subjects without a score do not count. `None` if
/// there are too few subjects ([`needed`]), and no bound but infinity would do.
pub(super) fn bound(subjects: &[&[f64]], level: f64) -> Option<f64> {
    let counted = subjects.iter().filter(|scores| !scores.is_empty());
    let share = 1.0 / (counted.clone().count() + 1) as f64;
    let mut scores: Vec<(f64, f64)> =
        counted.flat_map(|scores| scores.iter().map(|&score| (score, share / scores.len() as f64))).collect();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut held = 0.0;
    let found = scores.into_iter().find(|&(_, weight)| {
        held += weight;
        held >= level - ROUNDING
    });
    found.map(|(score, _)| score).filter(|score| score.is_finite())
}

/// What sums of shares may be off by.
const ROUNDING: f64 = 1e-9;

/// How many subjects a bound of this level takes: n with n/(n + 1) ≥ level, such as 19 for 0.95.
#[must_use]
pub fn needed(level: f64) -> usize {
    (level / (1.0 - level) - ROUNDING).ceil() as usize
}

/// For a bound of this level, how many of the scores it holds if the subject that a score is of takes no part
/// in it: how many, and of how many. `None` if there are too few subjects.
pub(super) fn held(subjects: &[&[f64]], level: f64) -> Option<(usize, usize)> {
    let counted: Vec<&[f64]> = subjects.iter().copied().filter(|scores| !scores.is_empty()).collect();
    let (mut held, mut count) = (0, 0);
    for (left_out, scores) in counted.iter().enumerate() {
        let others = counted.iter().enumerate().filter(|&(at, _)| at != left_out);
        let bound = bound(&others.map(|(_, &scores)| scores).collect::<Vec<_>>(), level)?;
        held += scores.iter().filter(|&&score| score <= bound).count();
        count += scores.len();
    }
    (count > 0).then_some((held, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(scores: &[f64]) -> Vec<&[f64]> {
        scores.iter().map(std::slice::from_ref).collect()
    }

    /// ⌈(n + 1) level⌉-th of n scores: the 9th of 9 at 0.9, the 19th of 20 at 0.9 (18.9), the 20th at 0.95.
    #[test]
    fn bounds_by_hand() {
        let nine: Vec<f64> = (1..=9).rev().map(f64::from).collect();
        assert_eq!(bound(&alone(&nine), 0.9), Some(9.0));
        assert_eq!(bound(&alone(&nine), 0.5), Some(5.0));
        assert_eq!(bound(&alone(&nine[1..]), 0.9), None);
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!((bound(&alone(&twenty), 0.9), bound(&alone(&twenty), 0.95)), (Some(19.0), Some(20.0)));
        assert_eq!((needed(0.9), needed(0.95), needed(0.5), needed(0.99)), (9, 19, 1, 99));
        assert_eq!(bound(&[], 0.5), None);
    }

    /// A subject with a hundred visits counts as much as one with a single one.
    #[test]
    fn subjects_count_alike() {
        let many = [8.0; 100];
        let subjects: [&[f64]; 3] = [&[1.0], &many, &[3.0, 5.0]];
        // Weights of a quarter: 1 (0.25), 3 (0.375), 5 (0.5), 8 (0.75).
        for (level, expected) in [(0.25, 1.0), (0.3, 3.0), (0.5, 5.0), (0.51, 8.0), (0.75, 8.0)] {
            assert_eq!(bound(&subjects, level), Some(expected), "{level}");
        }
        assert_eq!(bound(&subjects, 0.76), None);
        let with_empty: [&[f64]; 4] = [&[1.0], &many, &[], &[3.0, 5.0]];
        assert_eq!(bound(&with_empty, 0.5), Some(5.0));
    }

    #[test]
    fn scores_are_held_against_bounds_without_them() {
        // Without 3 the bound of 0.5 is that of 1, 2: the second. Without 1 or 2 it is 3.
        assert_eq!(held(&alone(&[1.0, 2.0, 3.0]), 0.5), Some((2, 3)));
        assert_eq!(held(&alone(&[1.0, 2.0, 3.0]), 0.7), None);
    }

    /// A score without an end belongs to a landmark that was not found: no finite bound may hold it.
    #[test]
    fn infinity_is_no_bound() {
        assert_eq!(bound(&alone(&[1.0, f64::INFINITY]), 0.6), None);
        assert_eq!(bound(&alone(&[1.0, f64::INFINITY]), 0.3), Some(1.0));
    }
}
