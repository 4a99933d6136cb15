//! Sums over landmarks, in which a subject may count several times.
//!
//! A bootstrap draws subjects with replacement. Instead of copying their landmarks, each subject has a
//! weight: how often it was drawn. With all weights 1 the same code gives the statistic itself, so that the
//! two cannot differ in their definition.

use super::row::Row;
use crate::study::quantile::between;

/// Landmarks with a truth, in the order of their errors, and how often each subject counts.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    /// Sorted by [`sorted`].
    pub(super) rows: &'a [&'a Row],
    /// One for each subject.
    pub(super) weights: &'a [u32],
}

/// The rows in the order that [`Sample`] needs: by error, then those without one.
///
/// The order also fixes that of the sums: the same landmarks give the same bits in whatever order a file has
/// them.
pub(super) fn sorted<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<&'a Row> {
    let mut rows: Vec<&Row> = rows.collect();
    let key = |row: &Row| row.error.unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| {
        let ties = || (a.case, a.landmark).cmp(&(b.case, b.landmark));
        key(a).total_cmp(&key(b)).then_with(ties)
    });
    rows
}

impl Sample<'_> {
    /// What each landmark has, with how often it counts.
    fn weighted<T>(self, of: impl Fn(&Row) -> Option<T>) -> impl Iterator<Item = (T, u32)> {
        let weight = move |row: &Row| row.subject.and_then(|subject| self.weights.get(subject)).copied();
        let rows = self.rows.iter().map(move |row| (row, weight(row).unwrap_or(0)));
        rows.filter(|(_, weight)| *weight > 0).filter_map(move |(row, weight)| Some((of(row)?, weight)))
    }

    /// How many landmarks have it.
    pub(super) fn count<T>(self, of: impl Fn(&Row) -> Option<T>) -> u64 {
        self.weighted(of).map(|(_, weight)| u64::from(weight)).sum()
    }

    /// The mean; `None` of nothing.
    pub(super) fn mean(self, of: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0_u64);
        for (number, weight) in self.weighted(of) {
            sum += number * f64::from(weight);
            count += u64::from(weight);
        }
        (count > 0).then(|| sum / count as f64)
    }

    /// The standard deviation with n − 1 below; `None` of fewer than two.
    pub(super) fn deviation(self, of: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
        let mean = self.mean(&of)?;
        let (mut sum, mut count) = (0.0, 0_u64);
        for (number, weight) in self.weighted(of) {
            sum += (number - mean) * (number - mean) * f64::from(weight);
            count += u64::from(weight);
        }
        (count > 1).then(|| (sum / (count - 1) as f64).sqrt())
    }

    /// The share of those for which it holds; `None` of nothing.
    pub(super) fn share(self, of: impl Fn(&Row) -> Option<bool>) -> Option<f64> {
        self.mean(|row| of(row).map(f64::from))
    }

    /// The quantile of the errors at a share from 0 to 1, by NumPy's rule `linear` (type 7 of Hyndman and Fan
    /// 1996, doi:10.1080/00031305.1996.10473566); `None` of nothing.
    pub(super) fn quantile(self, share: f64) -> Option<f64> {
        let count = self.count(|row| row.error);
        let place = share * count.checked_sub(1)? as f64;
        let (below, part) = (place.floor(), place - place.floor());
        let (mut seen, mut low) = (0_u64, None);
        for (error, weight) in self.weighted(|row| row.error) {
            seen += u64::from(weight);
            if low.is_none() && seen as f64 > below {
                low = Some(error);
            }
            if seen as f64 > below + 1.0 {
                return low.map(|low| between(low, error, part));
            }
        }
        low
    }

    /// The mean over landmarks of what [`Sample::mean`] is for each; `None` if no landmark has one.
    pub(super) fn mean_of_means(self, of: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
        let mut sums: Vec<(f64, u64)> = Vec::new();
        for ((landmark, number), weight) in self.weighted(|row| Some((row.landmark, of(row)?))) {
            if sums.len() <= landmark {
                sums.resize(landmark + 1, (0.0, 0));
            }
            sums[landmark].0 += number * f64::from(weight);
            sums[landmark].1 += u64::from(weight);
        }
        let means = sums.iter().filter(|sum| sum.1 > 0).map(|&(sum, count)| sum / count as f64);
        let (sum, count) = means.fold((0.0, 0_u64), |(sum, count), mean| (sum + mean, count + 1));
        (count > 0).then(|| sum / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{missing, row};
    use super::*;

    fn sample<T>(rows: &[Row], weights: &[u32], of: impl Fn(Sample) -> T) -> T {
        let rows = sorted(rows.iter());
        of(Sample { rows: &rows, weights })
    }

    #[test]
    fn statistics_by_hand() {
        // Errors 1, 2, 3, 6: mean 3, deviation √((4 + 1 + 0 + 9)/3), quantiles at 1.5 and 2.85 of 0…3.
        let rows = [row(0, 0, 6.0), row(1, 0, 1.0), row(2, 0, 3.0), row(3, 0, 2.0), missing(4, 0)];
        let of = |of: fn(Sample) -> Option<f64>| sample(&rows, &[1; 5], of).unwrap();
        assert_eq!(of(|sample| sample.mean(|row| row.error)), 3.0);
        assert_eq!(of(|sample| sample.deviation(|row| row.error)), (14.0_f64 / 3.0).sqrt());
        assert_eq!(of(|sample| sample.quantile(0.5)), 2.5);
        assert!((of(|sample| sample.quantile(0.95)) - 5.55).abs() < 1e-15);
        assert_eq!((of(|sample| sample.quantile(0.0)), of(|sample| sample.quantile(1.0))), (1.0, 6.0));
        assert_eq!(sample(&rows, &[1; 5], |sample| sample.count(|_| Some(()))), 5);
    }

    #[test]
    fn weights_are_copies() {
        // Subject 0 twice, subject 1 not at all: errors 6, 6, 3, 3, 3.
        let rows = [row(0, 0, 6.0), row(1, 0, 1.0), row(2, 0, 3.0)];
        let of = |of: fn(Sample) -> Option<f64>| sample(&rows, &[2, 0, 3], of).unwrap();
        assert_eq!(of(|sample| sample.mean(|row| row.error)), 4.2);
        assert_eq!(of(|sample| sample.deviation(|row| row.error)), (10.8_f64 / 4.0).sqrt());
        assert_eq!(of(|sample| sample.quantile(0.5)), 3.0);
        // Place 2.5 lies between the third, 3, and the fourth, 6.
        assert_eq!(of(|sample| sample.quantile(0.625)), 4.5);
    }

    #[test]
    fn means_of_landmarks_count_alike() {
        // Landmark 0 has 1 and 3, landmark 1 has 8: (2 + 8)/2.
        let rows = [row(0, 0, 1.0), row(1, 0, 3.0), row(0, 1, 8.0)];
        assert_eq!(sample(&rows, &[1; 2], |sample| sample.mean_of_means(|row| row.error)), Some(5.0));
        assert_eq!(sample(&rows, &[1; 2], |sample| sample.mean(|row| row.error)), Some(4.0));
    }

    #[test]
    fn nothing_has_no_statistic() {
        let rows = [missing(0, 0)];
        let of = |of: fn(Sample) -> Option<f64>| sample(&rows, &[1], of);
        assert_eq!(of(|sample| sample.mean(|row| row.error)), None);
        assert_eq!(of(|sample| sample.mean_of_means(|row| row.error)), None);
        assert_eq!(of(|sample| sample.quantile(0.5)), None);
        let one = [row(0, 0, 2.0)];
        assert_eq!(sample(&one, &[1], |sample| sample.deviation(|row| row.error)), None);
        assert_eq!(sample(&one, &[1], |sample| sample.quantile(0.95)), Some(2.0));
    }
}
