//! The errors of every way to decode, side by side.
//!
//! Landmarks are matched with the truth once, as all ways have the same. From here on a way, a landmark, a
//! subject are numbers.

use super::error::CalibrateError;
use super::scale::Figures;
use crate::geometry::{Affine, Voxel, World};
use crate::points::{Point, PointSet, State};
use crate::study::eval::columns::{CaseKey, Columns};
use crate::study::eval::evaluate::check_matched;
use crate::study::eval::matching::{Matched, Matching, length};
use crate::study::eval::{Row, Space};
use std::collections::HashMap;

/// The landmarks of some heatmaps, decoded in several ways.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// Which landmarks they are, with the answer of the first way that has one.
    pub points: PointSet,
    /// For each landmark the affine from voxels as they are written to the world.
    pub affines: Vec<Option<Affine>>,
    /// The ways.
    pub ways: Vec<Way>,
}

impl Decoded {
    /// The landmarks as a way answers them.
    #[must_use]
    pub fn answers(&self, way: usize) -> PointSet {
        let mut answers = self.points.clone();
        let told = self.ways.get(way).map(|way| way.told.as_slice()).unwrap_or_default();
        for (point, told) in answers.points.iter_mut().zip(told) {
            if point.state != State::Unreadable {
                (point.voxel, point.world) = (told.voxel, told.world);
                point.state = if told.voxel.is_some() { State::Present } else { State::Missing };
            }
        }
        answers
    }
}

/// One way to decode.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// Whether it may be chosen. Others are measured to compare with.
    pub is_eligible: bool,
    /// What it says of each landmark.
    pub told: Vec<Told>,
}

/// What a way says of one landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// Where it is, in voxels as they are written.
    pub voxel: Option<Voxel>,
    /// Where it is in mm, RAS+.
    pub world: Option<World>,
    /// Its figures in mm, and in voxels.
    pub figures: [Figures; 2],
}

impl Told {
    fn position(&self, space: Space) -> Option<[f64; 3]> {
        match space {
            Space::World => self.world.map(|World(position)| position),
            Space::Voxel => self.voxel.map(|Voxel(position)| position),
            Space::Spaced(_) => None,
        }
    }
}

/// The truth and all ways to decode in one space.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// For each landmark of the truth its subject.
    pub(super) subject: Vec<usize>,
    /// For each landmark of the truth which landmark it is.
    pub(super) landmark: Vec<usize>,
    /// For each way and landmark of the truth the answer, if there is one.
    pub(super) answers: Vec<Vec<Option<Answer>>>,
}

/// How far off an answer is, and what it says about that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer {
    pub(super) error: f64,
    pub(super) figures: Figures,
}

/// How landmarks are matched, and in which space errors are measured.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) truth: &'a PointSet,
    pub(super) columns: &'a Columns,
    pub(super) subject: Option<&'a str>,
    pub(super) space: Space,
}

impl Table {
    /// The table, and what matching found beside it: the scored rows are those of the table.
    pub(super) fn new(decoded: &Decoded, frame: Frame<'_>) -> Result<(Table, Matched), CalibrateError> {
        let Frame { truth, columns, subject, space } = frame;
        let matched = Matching { predicted: &decoded.points, truth, columns, space, subject }.rows();
        check_matched(&matched, &decoded.points, truth, columns)?;
        let scored: Vec<&Row> = matched.rows.iter().filter(|row| row.outcome.is_scored()).collect();
        let answers = |way: &Way| scored.iter().map(|row| answer(row, way, space)).collect();
        let table = Table {
            subject: scored.iter().map(|row| row.subject.unwrap_or_default()).collect(),
            landmark: scored.iter().map(|row| row.landmark).collect(),
            answers: decoded.ways.iter().map(answers).collect(),
        };
        Ok((table, matched))
    }

    /// The answers of a way to a landmark of the truth.
    pub(super) fn answer(&self, way: usize, row: usize) -> Option<&Answer> {
        self.answers.get(way)?.get(row)?.as_ref()
    }

    /// The landmarks of the truth whose subject is in a set.
    pub(super) fn rows_of<'a>(&'a self, set: &'a [bool]) -> impl Iterator<Item = usize> + 'a {
        (0..self.subject.len()).filter(|&row| set.get(self.subject[row]).copied().unwrap_or(false))
    }
}

/// The answer of a way to a landmark of the truth.
fn answer(row: &Row, way: &Way, space: Space) -> Option<Answer> {
    let told = way.told.get(row.prediction?)?;
    let (found, truth) = told.position(space).zip(row.truth)?;
    let error = length([0, 1, 2].map(|axis| found[axis] - truth[axis]));
    let figures = told.figures[usize::from(!space.is_millimetres())];
    error.is_finite().then_some(Answer { error, figures })
}

/// Gives landmarks of the truth the coordinates that they lack, by the affine of the heatmaps that they are
/// matched with: who has a truth in mm wants radii in voxels too, and the other way round.
pub(super) fn complete(truth: &mut PointSet, decoded: &Decoded, columns: &Columns) {
    let mut of_case: HashMap<CaseKey, Option<Affine>> = HashMap::new();
    for (point, affine) in decoded.points.points.iter().zip(&decoded.affines) {
        of_case.entry(columns.keys(&decoded.points, point).0).or_insert(*affine);
    }
    let keys: Vec<CaseKey> = truth.points.iter().map(|point| columns.keys(truth, point).0).collect();
    for (point, key) in truth.points.iter_mut().zip(keys) {
        let Some(Some(affine)) = of_case.get(&key) else { continue };
        let Point { voxel, world, .. } = point;
        match (*voxel, *world) {
            (Some(found), None) => *world = Some(affine.apply(found)),
            (None, Some(found)) => *voxel = affine.voxel_of(found),
            _ => {}
        }
    }
}
