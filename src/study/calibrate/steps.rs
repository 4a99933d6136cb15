//! From answers and a truth to a calibration, step by step.

use super::calibration::{Calibration, CrossValidated, Design, Measured, Settings};
use super::choose::Among;
use super::error::CalibrateError;
use super::radii::{Part, Wanted};
use super::scale::Feature;
use super::table::{Decoded, Frame, Table, complete};
use crate::points::{PointSet, State};
use crate::study::eval::columns::{self, CaseKey, Columns};
use crate::study::eval::evaluate::{case_name, check_filled, check_subject};
use crate::study::eval::matching::{Matched, Matching, described};
use crate::study::eval::{Bootstrap, Outcome, Space, space};
use crate::study::random::Generator;
use std::collections::HashSet;

/// Chooses the best of several ways to decode, and makes radii for its answers.
///
/// # Errors
/// [`CalibrateError`]: landmarks that cannot be compared, or too few of them.
pub fn calibrate(
    decoded: &Decoded,
    truth: &PointSet,
    settings: &Settings,
) -> Result<Calibration, CalibrateError> {
    let Settled { columns, truth, alone } = settled(decoded, truth, settings)?;
    let study = Study { decoded, truth: &truth, columns: &columns, settings };
    let tables = study.tables()?;
    let (space, table, matched) = &tables[0];
    let plan = study.plan(table, matched)?;
    let wanted = Wanted {
        levels: &settings.levels,
        bins: settings.bins.max(1),
        subjects: matched.subjects.len(),
        landmarks: matched.landmarks.len(),
    };
    let spaces = tables.iter().map(|(space, table, _)| wanted.radii(table, *space, &plan.parts, &plan.last));
    let count = |outcome: Outcome| matched.rows.iter().filter(|row| row.outcome == outcome).count();
    let (way, ways) = (plan.last.choice.way, 0..decoded.ways.len());
    let answered = study.answered(table, matched.subjects.len());
    Ok(Calibration {
        subject: settings.subject.clone().unwrap_or_else(|| case_name(&columns)),
        subjects: matched.subjects.clone(),
        answered: numbers(&answered).len(),
        choosing: numbers(&plan.last.learnt_from),
        calibrating: plan.parts.iter().flat_map(|part| numbers(&part.measured)).collect(),
        landmarks: names(matched, &decoded.points),
        scored: table.subject.len(),
        extra: count(Outcome::Extra),
        unmatched: [alone, matched.cases.predicted.clone()],
        space: *space,
        errors: ways.clone().map(|at| study.measured(table, |row| error(table, at, row))).collect(),
        gains: ways.map(|at| study.gain(table, at, way)).collect(),
        way,
        correlations: plan.last.choice.correlations.clone(),
        cross_validated: study.cross_validated(table, &answered),
        levels: settings.levels.clone(),
        spaces: spaces.collect(),
        columns,
    })
}

/// What is compared, and by what.
struct Settled {
    columns: Columns,
    /// The truth of the cases that have a heatmap which could be read, with the coordinates that it lacks.
    truth: PointSet,
    /// The other cases of the truth.
    alone: Vec<String>,
}

/// The columns to match by, and the truth that there are heatmaps for. Of others nothing is known, neither
/// how far they are off nor, where only an affine would tell, in which voxel they lie.
fn settled(decoded: &Decoded, truth: &PointSet, settings: &Settings) -> Result<Settled, CalibrateError> {
    let sets = [&decoded.points, truth];
    check_filled(truth, &sets)?;
    let columns = columns::settle(settings.columns.as_deref(), settings.file_name, &sets)?;
    check_subject(settings.subject.as_deref(), truth, &decoded.points)?;
    let readable = decoded.points.points.iter().filter(|point| point.state != State::Unreadable);
    let cases: HashSet<CaseKey> = readable.map(|point| columns.keys(&decoded.points, point).0).collect();
    let (mut kept, mut alone, mut known) = (truth.clone(), Vec::new(), HashSet::new());
    kept.points.retain(|point| {
        let case = columns.keys(truth, point).0;
        let has_heatmap = cases.contains(&case);
        if !has_heatmap && known.insert(case.clone()) {
            alone.push(described(&case));
        }
        has_heatmap
    });
    // Without any, what is wrong is said of the truth as it stands.
    let mut truth = if kept.points.is_empty() { truth.clone() } else { kept };
    complete(&mut truth, decoded, &columns);
    Ok(Settled { columns, truth, alone })
}

/// The landmarks matched with their truth in voxels. Subjects and landmarks have the numbers that they have
/// in a [`Calibration`].
pub(super) fn matched_in_voxels(
    decoded: &Decoded,
    truth: &PointSet,
    settings: &Settings,
) -> Result<Matched, CalibrateError> {
    let Settled { columns, truth, .. } = settled(decoded, truth, settings)?;
    let space = space::settle(space::SpaceChoice::Only(Space::Voxel), &[&decoded.points, &truth])?;
    let (predicted, subject) = (&decoded.points, settings.subject.as_deref());
    Ok(Matching { predicted, truth: &truth, columns: &columns, space, subject }.rows())
}

/// How each landmark is called: as the truth says, else as the heatmaps say, if they all say the same.
fn names(matched: &Matched, decoded: &PointSet) -> Vec<(Option<String>, Option<usize>)> {
    let mut names = matched.landmarks.clone();
    let mut channels: Vec<HashSet<usize>> = vec![HashSet::new(); names.len()];
    for row in &matched.rows {
        let Some(point) = row.prediction.and_then(|number| decoded.points.get(number)) else { continue };
        names[row.landmark].0 = names[row.landmark].0.take().or_else(|| point.label.clone());
        channels[row.landmark].extend(point.c);
    }
    for (name, channels) in names.iter_mut().zip(channels) {
        let only = channels.iter().next().copied().filter(|_| channels.len() == 1);
        name.1 = only.or(name.1);
    }
    names
}

/// The numbers of the members of a set.
fn numbers(set: &[bool]) -> Vec<usize> {
    (0..set.len()).filter(|&at| set[at]).collect()
}

fn error(table: &Table, way: usize, row: usize) -> Option<f64> {
    table.answer(way, row).map(|answer| answer.error)
}

/// What everything is made from.
struct Study<'a> {
    decoded: &'a Decoded,
    truth: &'a PointSet,
    columns: &'a Columns,
    settings: &'a Settings,
}

/// Who is measured by what.
struct Plan {
    parts: Vec<Part>,
    /// What is kept.
    last: Part,
}

impl Study<'_> {
    /// The table of each space in which every landmark has coordinates: first the one in which ways are
    /// compared.
    fn tables(&self) -> Result<Vec<(Space, Table, Matched)>, CalibrateError> {
        let sets = [&self.decoded.points, self.truth];
        let chosen = space::settle(self.settings.space, &sets)?;
        let other = if chosen == Space::Voxel { Space::World } else { Space::Voxel };
        let has_other = space::settle(space::SpaceChoice::Only(other), &sets).is_ok();
        let spaces = [Some(chosen), Some(other).filter(|_| has_other)];
        let tables = spaces.into_iter().flatten().map(|space| {
            let (truth, subject) = (self.truth, self.settings.subject.as_deref());
            let frame = Frame { truth, columns: self.columns, subject, space };
            let (table, matched) = Table::new(self.decoded, frame)?;
            Ok((space, table, matched))
        });
        tables.collect()
    }

    fn eligible(&self) -> Vec<bool> {
        self.decoded.ways.iter().map(|way| way.is_eligible).collect()
    }

    /// The subjects that a way which may be chosen has an answer for, as a set of `count`. Others can neither
    /// choose nor make a radius.
    fn answered(&self, table: &Table, count: usize) -> Vec<bool> {
        let (mut answered, ways) = (vec![false; count], self.eligible());
        for row in 0..table.subject.len() {
            let has_answer = |way: &usize| ways[*way] && table.answer(*way, row).is_some();
            answered[table.subject[row]] |= (0..ways.len()).any(|way| has_answer(&way));
        }
        answered
    }

    /// Subjects in parts, choices, and what is kept.
    fn plan(&self, table: &Table, matched: &Matched) -> Result<Plan, CalibrateError> {
        let eligible = self.eligible();
        let among = Among { eligible: &eligible, feature: self.settings.feature };
        let all = self.answered(table, matched.subjects.len());
        let choose = |subjects: &[bool]| {
            let choice = among.choose(table, subjects);
            let choice = choice.ok_or(CalibrateError::NoAnswer { landmarks: table.subject.len() })?;
            let mut answers = table.rows_of(subjects).filter_map(|row| table.answer(choice.way, row));
            match choice.feature {
                feature if answers.any(|answer| answer.figures.get(feature).is_some()) => Ok(choice),
                feature => Err(CalibrateError::NoFigure(feature.name())),
            }
        };
        if among.count() == 1 && self.settings.feature == Some(Feature::None) {
            // Nothing is chosen and nothing is learnt: every subject may calibrate.
            let nobody = vec![false; all.len()];
            let part = Part { choice: choose(&all)?, learnt_from: nobody, measured: all };
            return Ok(Plan { parts: vec![part.clone()], last: part });
        }
        let order = shuffled(&all, self.settings.bootstrap.seed);
        let count = order.len();
        if count == 0 {
            return Err(CalibrateError::NoAnswer { landmarks: table.subject.len() });
        }
        if count < 2 {
            let by = self.settings.subject.clone().unwrap_or_else(|| case_name(self.columns));
            return Err(CalibrateError::Subjects { expected: 2, found: count, by });
        }
        match self.settings.design {
            Design::Split(share) => {
                let choosing = Design::choosing(share, count, &self.settings.levels);
                let mut learnt_from = vec![false; all.len()];
                order[..choosing].iter().for_each(|&subject| learnt_from[subject] = true);
                let measured = without(&all, &learnt_from);
                let part = Part { choice: choose(&learnt_from)?, learnt_from, measured };
                Ok(Plan { parts: vec![part.clone()], last: part })
            }
            Design::Cross => {
                let parts = self.folds(&order, all.len()).into_iter().map(|measured| {
                    let learnt_from = without(&all, &measured);
                    Ok(Part { choice: choose(&learnt_from)?, learnt_from, measured })
                });
                let parts = parts.collect::<Result<Vec<_>, CalibrateError>>()?;
                let last = Part { choice: choose(&all)?, learnt_from: all.clone(), measured: all };
                Ok(Plan { parts, last })
            }
        }
    }

    /// Subjects in parts of about the same size, as sets of `count`.
    fn folds(&self, order: &[usize], count: usize) -> Vec<Vec<bool>> {
        let folds = self.settings.folds.clamp(2, order.len().max(2));
        let mut sets = vec![vec![false; count]; folds];
        for (place, &subject) in order.iter().enumerate() {
            sets[place % folds][subject] = true;
        }
        sets
    }

    /// The error of the best way on subjects that took no part in choosing it.
    fn cross_validated(&self, table: &Table, answered: &[bool]) -> Option<CrossValidated> {
        let eligible = self.eligible();
        let among = Among { eligible: &eligible, feature: Some(Feature::None) };
        let order = shuffled(answered, self.settings.bootstrap.seed);
        if among.count() < 2 || order.len() < 2 {
            return None;
        }
        let mut chosen = Vec::new();
        let mut of_subject = vec![0; answered.len()];
        for measured in self.folds(&order, answered.len()) {
            let others = without(answered, &measured);
            let way = among.choose(table, &others)?.way;
            chosen.push(way);
            for subject in numbers(&measured) {
                of_subject[subject] = way;
            }
        }
        let error = self.measured(table, |row| error(table, of_subject[table.subject[row]], row));
        Some(CrossValidated { chosen, error })
    }

    /// The mean of what landmarks have, with its interval over subjects.
    fn measured(&self, table: &Table, of: impl Fn(usize) -> Option<f64>) -> Measured {
        let subjects = table.subject.iter().max().map_or(0, |&last| last + 1);
        let mut sums = vec![(0.0, 0_u64); subjects];
        for row in 0..table.subject.len() {
            if let Some(value) = of(row) {
                sums[table.subject[row]].0 += value;
                sums[table.subject[row]].1 += 1;
            }
        }
        let mean = |weights: &dyn Fn(usize) -> u32| {
            let (mut sum, mut count) = (0.0, 0_u64);
            for (subject, (own, many)) in sums.iter().enumerate() {
                sum += own * f64::from(weights(subject));
                count += many * u64::from(weights(subject));
            }
            (count > 0).then(|| sum / count as f64)
        };
        let drawn = |(): (), weights: &[u32]| mean(&|subject| weights[subject]);
        let bootstrap: Bootstrap = self.settings.bootstrap;
        let several = sums.iter().filter(|sum| sum.1 > 0).count() > 1;
        let interval = bootstrap.intervals(subjects, &[()], drawn)[0].filter(|_| several);
        let count = sums.iter().map(|sum| sum.1 as usize).sum();
        Measured { mean: mean(&|_| 1), interval, count }
    }

    /// The error of a way less that of another, where both have an answer.
    fn gain(&self, table: &Table, way: usize, than: usize) -> Measured {
        self.measured(table, |row| Some(error(table, way, row)? - error(table, than, row)?))
    }
}

/// A set without the members of another.
fn without(set: &[bool], others: &[bool]) -> Vec<bool> {
    set.iter().zip(others).map(|(&is_in, &is_other)| is_in && !is_other).collect()
}

/// The members of a set in an order that follows from the seed (Fisher and Yates, in the form of Durstenfeld
/// 1964, doi:10.1145/364520.364540).
fn shuffled(set: &[bool], seed: u64) -> Vec<usize> {
    let mut order = numbers(set);
    let mut generator = Generator::new(seed);
    for last in (1..order.len()).rev() {
        order.swap(last, generator.below(last as u64 + 1) as usize);
    }
    order
}
