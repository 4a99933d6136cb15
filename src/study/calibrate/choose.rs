//! Which way to decode is best, and by which figure errors are ordered: on some subjects, for the others.
//!
//! Whoever chooses the best of many ways on some subjects and quotes its error on the same ones quotes an
//! error that is too small. So everything that is chosen is chosen here, from the subjects that it is given,
//! and measured elsewhere.

use super::scale::{Feature, Scale, rank_correlation};
use super::table::Table;

/// What is chosen from some subjects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// The number of the way.
    pub(super) way: usize,
    /// The figure by which errors are scaled.
    pub(super) feature: Feature,
    /// How well each figure orders the errors of the way, if any landmark has it.
    pub(super) correlations: Vec<(Feature, Option<f64>)>,
}

/// What may be chosen.
#[derive(Clone, Copy)]
pub(super) struct Among<'a> {
    /// For each way whether it may be.
    pub(super) eligible: &'a [bool],
    /// The figure, if it is not chosen.
    pub(super) feature: Option<Feature>,
}

/// How many standard errors a rank correlation must lie above 0 to say something.
const CLEAR: f64 = 2.0;

impl Among<'_> {
    /// The best of what may be chosen, on the subjects of a set; `None` if no landmark of theirs has an
    /// answer.
    pub(super) fn choose(self, table: &Table, subjects: &[bool]) -> Option<Choice> {
        let way = self.way(table, subjects)?;
        let features = Feature::ALL.into_iter().filter(|feature| *feature != Feature::None);
        let correlations: Vec<(Feature, Option<f64>)> =
            features.map(|feature| (feature, within_landmarks(table, way, subjects, feature))).collect();
        let best = correlations.iter().filter_map(|&(feature, found)| Some((feature, found?)));
        let best = best.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let clear = CLEAR * standard_error(table, way, subjects);
        let ordering = best.filter(|&(_, correlation)| correlation > clear);
        let feature = self.feature.unwrap_or(ordering.map_or(Feature::None, |(feature, _)| feature));
        Some(Choice { way, feature, correlations })
    }

    /// The way with the smallest mean error, of those with the most answers; the first one of equals.
    fn way(self, table: &Table, subjects: &[bool]) -> Option<usize> {
        let measured = (0..table.answers.len()).filter(|&way| self.eligible[way]);
        let measured: Vec<(usize, usize, f64)> = measured
            .map(|way| {
                let errors = table.rows_of(subjects).filter_map(|row| Some(table.answer(way, row)?.error));
                let (count, sum) = errors.fold((0, 0.0), |(count, sum), error| (count + 1, sum + error));
                (way, count, sum / count.max(1) as f64)
            })
            .collect();
        let most = measured.iter().map(|found| found.1).max().filter(|&most| most > 0)?;
        let complete = measured.into_iter().filter(|found| found.1 == most);
        complete.reduce(|best, next| if next.2 < best.2 { next } else { best }).map(|found| found.0)
    }

    /// How many different choices there are: 1 if nothing is chosen.
    pub(super) fn count(self) -> usize {
        let figures = if self.feature.is_some() { 1 } else { Feature::ALL.len() };
        self.eligible.iter().filter(|&&is_eligible| is_eligible).count() * figures
    }
}

/// The (figure, error) of a way's answers, by landmark.
fn by_landmark(table: &Table, way: usize, subjects: &[bool], feature: Feature) -> Vec<Vec<(f64, f64)>> {
    let mut found: Vec<Vec<(f64, f64)>> = Vec::new();
    for row in table.rows_of(subjects) {
        let Some(answer) = table.answer(way, row) else { continue };
        let landmark = table.landmark[row];
        if found.len() <= landmark {
            found.resize(landmark + 1, Vec::new());
        }
        found[landmark].extend(answer.figures.get(feature).map(|figure| (figure, answer.error)));
    }
    found
}

/// How well a figure orders the errors of one landmark, on the mean over landmarks. That some landmarks are
/// harder than others is left out: they get radii of their own.
fn within_landmarks(table: &Table, way: usize, subjects: &[bool], feature: Feature) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for known in by_landmark(table, way, subjects, feature) {
        if let Some(correlation) = rank_correlation(feature, &known) {
            sum += correlation * known.len() as f64;
            count += known.len() as f64;
        }
    }
    (count > 0.0).then(|| sum / count)
}

/// The standard error of [`within_landmarks`] where there is no order: 1/√(n − 1) for one landmark.
fn standard_error(table: &Table, way: usize, subjects: &[bool]) -> f64 {
    let landmarks = by_landmark(table, way, subjects, Feature::None);
    let freedom: usize = landmarks.iter().map(|known| known.len().saturating_sub(1)).sum();
    1.0 / libm::sqrt(freedom.max(1) as f64)
}

/// The scale of a figure, learnt from the answers of a way on the subjects of a set.
///
/// Each error is taken relative to the mean error of its landmark: that some landmarks are harder than others
/// is not what a figure is to tell, as they get factors of their own.
pub(super) fn scale(table: &Table, way: usize, subjects: &[bool], feature: Feature) -> Scale {
    let mut relative = Vec::new();
    for known in by_landmark(table, way, subjects, feature) {
        let mean = known.iter().map(|pair| pair.1).sum::<f64>() / known.len().max(1) as f64;
        if mean > 0.0 {
            relative.extend(known.into_iter().map(|(figure, error)| (figure, error / mean)));
        }
    }
    Scale::fit(feature, relative)
}
