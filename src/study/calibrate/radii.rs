//! From errors to radii: of each landmark, of all together, and of heatmaps of like quality.

use super::calibration::{Bin, InSpace, Radii};
use super::choose::{Choice, scale};
use super::conformal::{Scores, needed};
use super::scale::{Feature, Scale};
use super::table::Table;
use crate::study::eval::Space;
use crate::study::quantile::quantile;

/// Subjects that are measured by what others chose and taught.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) choice: Choice,
    /// Those that chose and taught.
    pub(super) learnt_from: Vec<bool>,
    /// Those that are measured.
    pub(super) measured: Vec<bool>,
}

/// One answer that took no part in what it is measured by.
#[derive(Clone, Copy, Debug)]
struct Scored {
    subject: usize,
    landmark: usize,
    error: f64,
    /// The error that its figure stands for.
    expected: f64,
    /// The figure by which heatmaps are put into bins.
    figure: Option<f64>,
}

impl Scored {
    fn score(&self) -> f64 {
        self.error / self.expected
    }
}

/// What radii are made for.
pub(super) struct Wanted<'a> {
    pub(super) levels: &'a [f64],
    pub(super) bins: usize,
    /// How many subjects and landmarks there are.
    pub(super) subjects: usize,
    pub(super) landmarks: usize,
}

impl Wanted<'_> {
    /// Radii in one space: `parts` say what each subject is measured by, `last` what is kept.
    pub(super) fn radii(&self, table: &Table, space: Space, parts: &[Part], last: &Part) -> InSpace {
        let feature = last.choice.feature;
        let kept = scale(table, last.choice.way, &last.learnt_from, feature);
        let own: Vec<Scored> = parts.iter().flat_map(|part| scored(table, part, feature)).collect();
        // Those that chose took no part in the radii, so that the radii can be tried on them.
        let is_apart = |at: usize| !parts.iter().any(|part| part.measured[at]);
        let apart: Vec<bool> = (0..self.subjects).map(is_apart).collect();
        let others = scored(table, &Part { measured: apart, ..last.clone() }, feature);
        let of_landmark = |landmark: usize| {
            let of = |rows: &[Scored]| rows.iter().filter(|row| row.landmark == landmark).copied().collect();
            let (own, others): (Vec<Scored>, Vec<Scored>) = (of(&own), of(&others));
            self.of(&own, &others)
        };
        InSpace {
            space,
            landmarks: (0..self.landmarks).map(of_landmark).collect(),
            pooled: self.of(&own, &others),
            bins: self.bins(table, last, kept.feature, &own),
            scale: kept,
        }
    }

    /// Radii of some answers, tried on `others`, or, where there are none, on each subject without itself.
    fn of(&self, rows: &[Scored], others: &[Scored]) -> Radii {
        let scores = Scores::new(rows.iter().map(|row| (row.subject, row.score())));
        let errors = Scores::new(rows.iter().map(|row| (row.subject, row.error)));
        let subjects = scores.subjects();
        let mean = |of: fn(&Scored) -> f64| {
            (!rows.is_empty()).then(|| rows.iter().map(of).sum::<f64>() / rows.len() as f64)
        };
        let factors: Vec<Option<f64>> = self.levels.iter().map(|&level| scores.bound(level)).collect();
        let expected = mean(|row| row.expected);
        Radii {
            subjects,
            count: rows.len(),
            mean_error: mean(|row| row.error),
            factors: factors.clone(),
            missing: self.levels.iter().map(|&level| needed(level).saturating_sub(subjects)).collect(),
            reached: self
                .levels
                .iter()
                .zip(&factors)
                .map(|(&level, factor)| {
                    let (held, count) = match others {
                        [] => scores.held(level)?,
                        others => {
                            let bound = (*factor)?;
                            (others.iter().filter(|row| row.score() <= bound).count(), others.len())
                        }
                    };
                    Some(held as f64 / count as f64)
                })
                .collect(),
            tried_on: if others.is_empty() { rows.len() } else { others.len() },
            mean_radius: factors.iter().map(|factor| Some((*factor)? * expected?)).collect(),
            unscaled: self.levels.iter().map(|&level| errors.bound(level)).collect(),
        }
    }

    /// Heatmaps of like quality. The edges are those of the subjects that taught the scale, so that what is
    /// measured has no part in them.
    fn bins(&self, table: &Table, last: &Part, feature: Feature, scored: &[Scored]) -> Vec<Bin> {
        let way = last.choice.way;
        let known = table.rows_of(&last.learnt_from);
        let mut known: Vec<f64> =
            known.filter_map(|row| table.answer(way, row)?.figures.get(feature)).collect();
        if feature == Feature::None || known.is_empty() {
            return Vec::new();
        }
        known.sort_by(f64::total_cmp);
        let edge = |at: usize| quantile(&known, at as f64 / self.bins as f64).unwrap_or(f64::INFINITY);
        let mut edges: Vec<f64> = (1..self.bins).map(edge).collect();
        edges.dedup();
        let mut bins: Vec<Vec<Scored>> = vec![Vec::new(); edges.len() + 1];
        for row in scored {
            let Some(figure) = row.figure else { continue };
            bins[edges.partition_point(|&edge| edge < figure)].push(*row);
        }
        if feature == Feature::Peak {
            bins.reverse();
        }
        bins.iter().filter(|rows| !rows.is_empty()).map(|rows| self.bin(rows)).collect()
    }

    fn bin(&self, rows: &[Scored]) -> Bin {
        let figures = rows.iter().filter_map(|row| row.figure);
        let found =
            self.of(&rows.iter().map(|row| Scored { expected: 1.0, ..*row }).collect::<Vec<_>>(), &[]);
        Bin {
            figures: figures.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), figure| {
                (low.min(figure), high.max(figure))
            }),
            count: found.count,
            mean_error: found.mean_error.unwrap_or_default(),
            bounds: found.factors,
        }
    }
}

/// The answers of the subjects of a part, by what the others chose and taught. Answers without the figure
/// have no radius when heatmaps are decoded, and none here.
fn scored(table: &Table, part: &Part, feature: Feature) -> Vec<Scored> {
    let Part { choice, learnt_from, measured } = part;
    let scale: Scale = scale(table, choice.way, learnt_from, choice.feature);
    let row = |row: usize| {
        let answer = table.answer(choice.way, row)?;
        Some(Scored {
            subject: table.subject[row],
            landmark: table.landmark[row],
            error: answer.error,
            expected: scale.of(&answer.figures)?,
            figure: answer.figures.get(feature),
        })
    };
    table.rows_of(measured).filter_map(row).collect()
}
