//! Intervals by drawing subjects again: how much a statistic owes to who happened to be in the study.
//!
//! Landmarks of one subject are not independent, so subjects are drawn and not landmarks: intervals over
//! landmarks are too narrow. The draws follow from the seed alone, whatever they are used for, so that the
//! draws for two predictions are the same and their differences are paired.

use crate::study::quantile::quantile;
use crate::study::random::Generator;

/// How intervals are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How often subjects are drawn; 0 for no intervals.
    pub draws: usize,
    /// The seed of the generator.
    pub seed: u64,
}

/// A 95 % interval.
pub(in crate::study) type Interval = Option<(f64, f64)>;

impl Bootstrap {
    /// The 95 % interval of each measure, by the percentiles of what `measured` says of each draw (Efron and
    /// Tibshirani 1993, doi:10.1201/9780429246593, chapter 13).
    ///
    /// A draw in which a measure has no value is left out. `None` with fewer than two subjects, and if at
    /// most half of the draws have a value.
    pub(in crate::study) fn intervals<T: Copy>(
        self,
        subjects: usize,
        measures: &[T],
        measured: impl Fn(T, &[u32]) -> Option<f64>,
    ) -> Vec<Interval> {
        if subjects < 2 || self.draws == 0 {
            return vec![None; measures.len()];
        }
        let mut found: Vec<Vec<f64>> = vec![Vec::new(); measures.len()];
        let mut generator = Generator::new(self.seed);
        let mut weights = vec![0_u32; subjects];
        for _ in 0..self.draws {
            draw(&mut generator, &mut weights);
            for (&measure, found) in measures.iter().zip(&mut found) {
                found.extend(measured(measure, &weights).filter(|value| value.is_finite()));
            }
        }
        found.into_iter().map(|values| self.interval(values)).collect()
    }

    /// The 2.5th and the 97.5th percentile.
    fn interval(self, mut values: Vec<f64>) -> Interval {
        if 2 * values.len() <= self.draws {
            return None;
        }
        values.sort_by(f64::total_cmp);
        Some((quantile(&values, 0.025)?, quantile(&values, 0.975)?))
    }
}

/// Draws as many subjects as there are, each equally likely each time, and counts them.
fn draw(generator: &mut Generator, weights: &mut [u32]) {
    weights.fill(0);
    for _ in 0..weights.len() {
        weights[generator.below(weights.len() as u64) as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTSTRAP: Bootstrap = Bootstrap { draws: 400, seed: 1 };

    #[test]
    fn each_draw_has_as_many_subjects_as_there_are() {
        BOOTSTRAP.intervals(7, &[()], |(), weights| {
            assert_eq!(weights.iter().sum::<u32>(), 7);
            Some(0.0)
        });
    }

    #[test]
    fn draws_follow_from_the_seed_alone() {
        let weighted = |(): (), weights: &[u32]| {
            Some(weights.iter().zip(0..).map(|(&weight, at)| f64::from(weight * at)).sum::<f64>())
        };
        let first = |bootstrap: Bootstrap| bootstrap.intervals(50, &[()], weighted);
        assert_eq!(first(BOOTSTRAP), first(BOOTSTRAP));
        assert_ne!(first(BOOTSTRAP), first(Bootstrap { seed: 2, ..BOOTSTRAP }));
    }

    #[test]
    fn one_subject_has_no_interval() {
        assert_eq!(BOOTSTRAP.intervals(1, &[(), ()], |(), _| Some(1.0)), [None, None]);
        assert_eq!(Bootstrap { draws: 0, ..BOOTSTRAP }.intervals(9, &[()], |(), _| Some(1.0)), [None]);
        assert_eq!(BOOTSTRAP.intervals(9, &[()], |(), _| None), [None]);
        assert_eq!(BOOTSTRAP.intervals(9, &[()], |(), _| Some(1.0)), [Some((1.0, 1.0))]);
    }

    /// The mean of 16 subjects with the values 0, …, 15 has the standard error √(21.25/16) = 1.152: an
    /// interval of about 7.5 ± 2.26.
    #[test]
    fn an_interval_has_the_width_of_the_standard_error() {
        let mean = |(): (), weights: &[u32]| {
            Some(weights.iter().zip(0..).map(|(&w, value)| f64::from(w * value)).sum::<f64>() / 16.0)
        };
        let (low, high) = Bootstrap { draws: 4000, seed: 3 }.intervals(16, &[()], mean)[0].unwrap();
        assert!((low - 5.24).abs() < 0.15 && (high - 9.76).abs() < 0.15, "{low} {high}");
    }
}
