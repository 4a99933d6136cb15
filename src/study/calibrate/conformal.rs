//! The radius that holds the truth as often as it says, whatever the errors look like.
//!
//! If subjects of tomorrow come from where those of the calibration came from, the score of a new landmark
//! is as likely to have any place among the known ones. So a bound that few known scores exceed is exceeded
//! by a new one as rarely, with no assumption about heatmaps, networks or the shape of errors (Vovk,
//! Gammerman and Shafer 2005, doi:10.1007/b106715; Angelopoulos and Bates 2023, doi:10.1561/2200000101).
//! Subjects are exchangeable, landmarks and visits of one subject are not: so each subject counts once,
//! however many scores it has (hierarchical conformal prediction: Lee, Barber and Willett 2023,
//! arXiv:2306.06342). With one score a subject that is the usual split conformal bound.

/// The scores of some subjects.
#[derive(Clone, Debug, Default)]
pub(super) struct Scores {
    /// Each score with the number of its subject, rising.
    sorted: Vec<(f64, usize)>,
    /// For each subject how many scores it has.
    counts: Vec<usize>,
}

impl Scores {
    /// Scores with the numbers of their subjects; none of them is NaN.
    pub(super) fn new(scores: impl Iterator<Item = (usize, f64)>) -> Scores {
        let mut found = Scores::default();
        for (subject, score) in scores {
            found.sorted.push((score, subject));
            found.counts.resize(found.counts.len().max(subject + 1), 0);
            found.counts[subject] += 1;
        }
        found.sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
    }

    /// How many subjects have a score.
    pub(super) fn subjects(&self) -> usize {
        self.counts.iter().filter(|&&count| count > 0).count()
    }

    /// A bound for the score of a subject that is not here: with at least the probability `level`, over the
    /// draw of all subjects, a score of that subject, taken at random, is at most the bound.
    ///
    /// `None` if there are too few subjects ([`needed`]), and no bound but infinity would do.
    pub(super) fn bound(&self, level: f64) -> Option<f64> {
        self.bound_without(None, level)
    }

    /// The bound by all subjects but one.
    fn bound_without(&self, left_out: Option<usize>, level: f64) -> Option<f64> {
        let share = 1.0 / (self.subjects() + 1 - usize::from(left_out.is_some())) as f64;
        let mut held = 0.0;
        let others = self.sorted.iter().filter(|(_, subject)| Some(*subject) != left_out);
        let mut bound = None;
        for &(score, subject) in others {
            held += share / self.counts[subject] as f64;
            if held >= level - ROUNDING {
                bound = Some(score);
                break;
            }
        }
        bound.filter(|score| score.is_finite())
    }

    /// How many of the scores the bound of a level holds if the subject that a score is of takes no part in
    /// it: how many, and of how many. `None` if there are too few subjects.
    pub(super) fn held(&self, level: f64) -> Option<(usize, usize)> {
        let subjects = (0..self.counts.len()).filter(|&subject| self.counts[subject] > 0);
        let bounds: Vec<(usize, f64)> = subjects
            .map(|subject| Some((subject, self.bound_without(Some(subject), level)?)))
            .collect::<Option<_>>()?;
        let mut bound_of = vec![f64::NEG_INFINITY; self.counts.len()];
        for (subject, bound) in bounds {
            bound_of[subject] = bound;
        }
        let held = self.sorted.iter().filter(|&&(score, subject)| score <= bound_of[subject]).count();
        (!self.sorted.is_empty()).then_some((held, self.sorted.len()))
    }
}

/// What sums of shares may be off by.
const ROUNDING: f64 = 1e-9;

/// How many subjects a bound of this level takes: n with n/(n + 1) ≥ level, such as 19 for 0.95.
#[must_use]
pub fn needed(level: f64) -> usize {
    (level / (1.0 - level) - ROUNDING).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores of subjects that have one each.
    fn alone(scores: &[f64]) -> Scores {
        Scores::new(scores.iter().copied().enumerate())
    }

    /// Scores of subjects that have several.
    fn of(subjects: &[&[f64]]) -> Scores {
        let each = subjects.iter().enumerate();
        Scores::new(each.flat_map(|(subject, scores)| scores.iter().map(move |&score| (subject, score))))
    }

    /// ⌈(n + 1) level⌉-th of n scores: the 9th of 9 at 0.9, the 19th of 20 at 0.9 (18.9), the 20th at 0.95.
    #[test]
    fn bounds_by_hand() {
        let nine: Vec<f64> = (1..=9).rev().map(f64::from).collect();
        assert_eq!(alone(&nine).bound(0.9), Some(9.0));
        assert_eq!(alone(&nine).bound(0.5), Some(5.0));
        assert_eq!(alone(&nine[1..]).bound(0.9), None);
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!((alone(&twenty).bound(0.9), alone(&twenty).bound(0.95)), (Some(19.0), Some(20.0)));
        assert_eq!((needed(0.9), needed(0.95), needed(0.5), needed(0.99)), (9, 19, 1, 99));
        assert_eq!(of(&[]).bound(0.5), None);
    }

    /// A subject with a hundred visits counts as much as one with a single one.
    #[test]
    fn subjects_count_alike() {
        let many = [8.0; 100];
        let subjects: [&[f64]; 3] = [&[1.0], &many, &[3.0, 5.0]];
        // Weights of a quarter: 1 (0.25), 3 (0.375), 5 (0.5), 8 (0.75).
        for (level, expected) in [(0.25, 1.0), (0.3, 3.0), (0.5, 5.0), (0.51, 8.0), (0.75, 8.0)] {
            assert_eq!(of(&subjects).bound(level), Some(expected), "{level}");
        }
        assert_eq!(of(&subjects).bound(0.76), None);
        let with_empty: [&[f64]; 4] = [&[1.0], &many, &[], &[3.0, 5.0]];
        assert_eq!(of(&with_empty).bound(0.5), Some(5.0));
    }

    #[test]
    fn scores_are_held_against_bounds_without_them() {
        // Without 3 the bound of 0.5 is that of 1, 2: the second. Without 1 or 2 it is 3.
        assert_eq!(alone(&[1.0, 2.0, 3.0]).held(0.5), Some((2, 3)));
        assert_eq!(alone(&[1.0, 2.0, 3.0]).held(0.7), None);
    }

    /// A score without an end belongs to a landmark that was not found: no finite bound may hold it.
    #[test]
    fn infinity_is_no_bound() {
        assert_eq!(alone(&[1.0, f64::INFINITY]).bound(0.6), None);
        assert_eq!(alone(&[1.0, f64::INFINITY]).bound(0.3), Some(1.0));
    }
}
