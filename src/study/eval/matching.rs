//! Predictions beside the truth: every landmark of either becomes one row, and none is dropped.

use super::columns::{CaseKey, Columns, LandmarkKey, cell};
use super::coverage::in_ellipsoids;
use super::row::{Outcome, Row};
use super::space::Space;
use crate::points::{Point, PointSet, State};
use std::collections::HashMap;
use std::hash::Hash;

/// The rows of two files, and what was counted beside them.
#[derive(Debug, Default)]
pub(in crate::study) struct Matched {
    pub(in crate::study) rows: Vec<Row>,
    /// How each landmark is called, in the order of their numbers: its name and its channel.
    pub(in crate::study) landmarks: Vec<(Option<String>, Option<usize>)>,
    /// The subjects that have a landmark that is scored, in the order of their numbers.
    pub(in crate::study) subjects: Vec<String>,
    pub(in crate::study) cases: Cases,
    /// Landmarks that both files name.
    pub(in crate::study) joined: usize,
    /// Landmarks that neither file has, although one of them names them.
    pub(in crate::study) absent: usize,
    /// Predictions for further peaks, which are not compared.
    pub(in crate::study) further_peaks: usize,
    /// Inputs that could not be read, as each file says.
    pub(in crate::study) unreadable: [Vec<String>; 2],
}

/// Cases by where they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::study) struct Cases {
    /// In both files.
    pub(in crate::study) both: usize,
    /// Only predicted.
    pub(in crate::study) predicted: Vec<String>,
    /// Only in the truth.
    pub(in crate::study) truth: Vec<String>,
}

/// The column of samples, which are the subjects of arrays that hold several.
pub(in crate::study) const SAMPLE: &str = "n";

/// What one key has on either side.
#[derive(Default)]
struct Pair<'a> {
    predicted: Vec<&'a Point>,
    /// The number of the first prediction.
    first: Option<usize>,
    truth: Vec<&'a Point>,
}

/// Numbers for things, in the order in which they come.
struct Numbers<K>(HashMap<K, usize>);

impl<K: Clone + Eq + Hash> Numbers<K> {
    fn of(&mut self, key: &K) -> usize {
        let next = self.0.len();
        *self.0.entry(key.clone()).or_insert(next)
    }
}

/// How files are matched.
#[derive(Clone, Copy)]
pub(in crate::study) struct Matching<'a> {
    pub(in crate::study) predicted: &'a PointSet,
    pub(in crate::study) truth: &'a PointSet,
    pub(in crate::study) columns: &'a Columns,
    pub(in crate::study) space: Space,
    /// The column that tells subjects apart, if it is not the case; `n` for samples.
    pub(in crate::study) subject: Option<&'a str>,
}

/// The points with the same keys, in the order of the truth, then of the predictions.
struct Paired<'a> {
    pairs: Vec<((CaseKey, LandmarkKey), Pair<'a>)>,
    places: HashMap<(CaseKey, LandmarkKey), usize>,
}

impl<'a> Paired<'a> {
    fn at(&mut self, keys: (CaseKey, LandmarkKey)) -> &mut Pair<'a> {
        let at = *self.places.entry(keys.clone()).or_insert(self.pairs.len());
        if at == self.pairs.len() {
            self.pairs.push((keys, Pair::default()));
        }
        &mut self.pairs[at].1
    }
}

impl Matching<'_> {
    /// Every landmark of either file in one row.
    pub(in crate::study) fn rows(self) -> Matched {
        let mut matched = Matched::default();
        let mut paired = Paired { pairs: Vec::new(), places: HashMap::new() };
        for point in self.truth.points.iter().filter(|point| readable(point, &mut matched.unreadable[1])) {
            paired.at(self.columns.keys(self.truth, point)).truth.push(point);
        }
        for (number, point) in self.predicted.points.iter().enumerate() {
            if !readable(point, &mut matched.unreadable[0]) {
                continue;
            }
            if !self.columns.peak && point.peak.is_some_and(|peak| peak > 0) {
                matched.further_peaks += 1;
            } else {
                let pair = paired.at(self.columns.keys(self.predicted, point));
                pair.predicted.push(point);
                pair.first.get_or_insert(number);
            }
        }
        self.number(paired, &mut matched);
        matched
    }

    /// Gives rows their numbers. Landmarks of the truth come first, in its order: so they have the same
    /// numbers whatever they are compared with.
    fn number(self, paired: Paired, matched: &mut Matched) {
        let (mut cases, mut landmarks) = (Numbers(HashMap::new()), Numbers(HashMap::new()));
        let mut subjects = Numbers(HashMap::new());
        let mut sides: Vec<(String, [bool; 2])> = Vec::new();
        let (mut scored, mut others) = (Vec::new(), Vec::new());
        for ((case_key, landmark_key), pair) in paired.pairs {
            let case = cases.of(&case_key);
            if case == sides.len() {
                sides.push((described(&case_key), [false; 2]));
            }
            let side = &mut sides[case].1;
            *side = [side[0] || !pair.predicted.is_empty(), side[1] || !pair.truth.is_empty()];
            matched.joined += usize::from(!pair.predicted.is_empty() && !pair.truth.is_empty());
            let Some(outcome) = self.outcome(&pair) else {
                matched.absent += 1;
                continue;
            };
            let mut row = self.row(&pair, outcome);
            row.case = case;
            if outcome.is_scored() {
                let key = self.subject_of(&case_key, &pair);
                let subject = subjects.of(&key);
                if subject == matched.subjects.len() {
                    matched.subjects.push(described(&key));
                }
                row.subject = Some(subject);
                scored.push((landmark_key, row));
            } else {
                others.push((landmark_key, row));
            }
        }
        for (key, mut row) in scored.into_iter().chain(others) {
            row.landmark = landmarks.of(&key);
            if row.landmark == matched.landmarks.len() {
                matched.landmarks.push((row.label.clone(), row.c));
            }
            matched.rows.push(row);
        }
        matched.cases = Cases::of(sides);
    }

    /// What became of a landmark; `None` if it is on neither side.
    fn outcome(self, pair: &Pair) -> Option<Outcome> {
        let is_there = |point: &&Point| point.state == State::Present;
        let is_predicted = pair.predicted.iter().copied().any(|point| is_there(&point));
        match pair.truth[..] {
            [] | [Point { state: State::Missing, .. }] => is_predicted.then_some(Outcome::Extra),
            [truth] if self.space.position(truth).is_some() => Some(match pair.predicted[..] {
                [predicted] if is_predicted && self.space.position(predicted).is_some() => Outcome::Matched,
                [] | [_] => Outcome::Missing,
                _ => Outcome::Duplicate,
            }),
            _ => Some(Outcome::Unclear),
        }
    }

    /// The row of a landmark, as yet without the numbers of case, subject and landmark.
    fn row(self, pair: &Pair, outcome: Outcome) -> Row {
        let truth = pair.truth.first().filter(|_| outcome.is_scored()).copied();
        let predicted = match pair.predicted[..] {
            [predicted] if predicted.state == State::Present => Some(predicted),
            _ => None,
        };
        let named = pair.truth.first().or(pair.predicted.first()).copied();
        let set = if pair.truth.is_empty() { self.predicted } else { self.truth };
        let places = [predicted, truth].map(|point| point.and_then(|point| self.space.position(point)));
        let difference = match places {
            [Some(predicted), Some(truth)] if outcome == Outcome::Matched => {
                Some([0, 1, 2].map(|axis| predicted[axis] - truth[axis]))
            }
            _ => None,
        };
        let bar = predicted.and_then(|point| point.error.as_ref()).filter(|_| difference.is_some());
        let covariance = bar.and_then(|bar| self.space.covariance(bar));
        let cell_of = |name: &String| named.and_then(|point| cell(set, point, name));
        Row {
            file: named.and_then(|point| point.file.clone()),
            n: named.and_then(|point| point.n),
            c: named.and_then(|point| point.c),
            label: named.and_then(|point| point.label.clone()),
            extra: self.columns.extra.iter().map(cell_of).collect(),
            case: 0,
            subject: None,
            landmark: 0,
            outcome,
            prediction: pair.first.filter(|_| pair.predicted.len() == 1),
            predicted: places[0],
            truth: places[1],
            difference,
            error: difference.map(length),
            error95: bar.and_then(|bar| self.space.error95(bar)).filter(|radius| radius.is_finite()),
            in_ellipsoids: difference.zip(covariance).and_then(|(e, sigma)| in_ellipsoids(e, &sigma)),
            identified: None,
            reference: None,
        }
    }

    /// How the subject of a case is called: by its column, else by the case without its sample.
    fn subject_of(self, case: &CaseKey, pair: &Pair) -> CaseKey {
        let Some(column) = self.subject else { return CaseKey { n: None, ..case.clone() } };
        if column == SAMPLE {
            return case.clone();
        }
        let of = |set, points: &[&Point]| points.first().and_then(|point| cell(set, point, column));
        let name = of(self.truth, &pair.truth).or_else(|| of(self.predicted, &pair.predicted));
        match name {
            Some(name) => CaseKey { file: None, extra: vec![Some(name)], n: None },
            // Without a name it is a subject of its own.
            None => CaseKey { n: None, ..case.clone() },
        }
    }
}

impl Cases {
    fn of(sides: Vec<(String, [bool; 2])>) -> Cases {
        let mut cases = Cases::default();
        for (name, is_there) in sides {
            match is_there {
                [true, true] => cases.both += 1,
                [true, false] => cases.predicted.push(name),
                _ => cases.truth.push(name),
            }
        }
        cases
    }
}

/// Whether a point is one: an input that could not be read is counted instead.
fn readable(point: &Point, unreadable: &mut Vec<String>) -> bool {
    let is_readable = point.state != State::Unreadable;
    if !is_readable {
        let name = point.file.as_deref().map(|file| file.to_string_lossy().into_owned());
        unreadable.push(name.unwrap_or_default());
    }
    is_readable
}

/// A case in words.
pub(in crate::study) fn described(case: &CaseKey) -> String {
    let file = case.file.as_ref().map(|file| file.to_string_lossy().into_owned());
    let extra = case.extra.iter().map(|cell| cell.clone().unwrap_or_else(|| "(empty)".into()));
    let mut parts: Vec<String> = file.into_iter().chain(extra).collect();
    // The only sample of a file needs no number.
    parts.extend(case.n.filter(|&n| n > 0 || parts.is_empty()).map(|n| format!("n {n}")));
    parts.join(", ")
}

/// The length of a vector.
pub(in crate::study) fn length([x, y, z]: [f64; 3]) -> f64 {
    (x * x + y * y + z * z).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::columns::{self, FileName};
    use super::super::testing::{point, set};
    use super::*;

    fn matched(predicted: Vec<Point>, truth: Vec<Point>) -> Matched {
        let (predicted, truth) = (set("p.csv", predicted), set("t.csv", truth));
        let columns = columns::settle(None, FileName::Path, &[&predicted, &truth]).unwrap();
        let matching = Matching {
            predicted: &predicted,
            truth: &truth,
            columns: &columns,
            space: Space::World,
            subject: None,
        };
        matching.rows()
    }

    fn without_position(file: &str, label: &str) -> Point {
        Point { state: State::Missing, voxel: None, world: None, ..point(file, label, [0.0; 3]) }
    }

    fn outcomes(matched: &Matched) -> Vec<(&str, Outcome)> {
        matched.rows.iter().map(|row| (row.label.as_deref().unwrap(), row.outcome)).collect()
    }

    #[test]
    fn every_landmark_of_either_file_has_a_row() {
        let predicted = vec![
            point("1", "twice", [0.0; 3]),
            point("1", "twice", [1.0; 3]),
            point("1", "new", [0.0; 3]),
            point("1", "right", [3.0, 4.0, 0.0]),
            without_position("1", "lost"),
            without_position("1", "nowhere"),
            point("1", "found", [0.0; 3]),
            point("1", "unclear", [0.0; 3]),
        ];
        let truth = vec![
            point("1", "right", [0.0; 3]),
            point("1", "lost", [0.0; 3]),
            point("1", "never", [0.0; 3]),
            point("1", "twice", [0.0; 3]),
            without_position("1", "found"),
            without_position("1", "nowhere"),
            point("1", "unclear", [0.0; 3]),
            point("1", "unclear", [9.0; 3]),
        ];
        let matched = matched(predicted, truth);
        let expected = [
            ("right", Outcome::Matched),
            ("lost", Outcome::Missing),
            ("never", Outcome::Missing),
            ("twice", Outcome::Duplicate),
            ("found", Outcome::Extra),
            ("unclear", Outcome::Unclear),
            ("new", Outcome::Extra),
        ];
        assert_eq!(outcomes(&matched), expected);
        assert_eq!((matched.absent, matched.subjects.len(), matched.cases.both), (1, 1, 1));
        assert_eq!((matched.rows[0].error, matched.rows[0].difference), (Some(5.0), Some([3.0, 4.0, 0.0])));
        assert!(matched.rows[1..].iter().all(|row| row.error.is_none()));
    }

    #[test]
    fn files_on_one_side_are_named() {
        let unreadable = Point { state: State::Unreadable, ..without_position("5", "") };
        let predicted = vec![point("1", "a", [0.0; 3]), point("2", "a", [0.0; 3]), unreadable];
        let truth = vec![point("3", "a", [0.0; 3]), point("1", "a", [0.0; 3])];
        let matched = matched(predicted, truth);
        assert_eq!(matched.cases, Cases { both: 1, predicted: vec!["2".into()], truth: vec!["3".into()] });
        assert_eq!(matched.unreadable, [vec!["5".to_owned()], vec![]]);
        let expected = [("a", Outcome::Missing), ("a", Outcome::Matched), ("a", Outcome::Extra)];
        assert_eq!(outcomes(&matched), expected);
        assert_eq!(matched.subjects.len(), 2);
    }

    #[test]
    fn further_peaks_are_counted_and_not_compared() {
        let mut second = point("1", "a", [9.0; 3]);
        second.peak = Some(1);
        let mut first = point("1", "a", [0.0; 3]);
        first.peak = Some(0);
        let matched = matched(vec![first, second], vec![point("1", "a", [0.0; 3])]);
        assert_eq!(outcomes(&matched), [("a", Outcome::Matched)]);
        assert_eq!(matched.further_peaks, 1);
    }

    #[test]
    fn spacing_scales_each_axis() {
        let (predicted, truth) = (point("1", "a", [1.0, 2.0, 3.0]), point("1", "a", [0.0, 0.0, 1.0]));
        let (predicted, truth) = (set("p", vec![predicted]), set("t", vec![truth]));
        let columns = columns::settle(None, FileName::Path, &[&predicted, &truth]).unwrap();
        let space = Space::Spaced(crate::geometry::Hwd([0.5, 1.0, 3.0]));
        let subject = None;
        let matching = Matching { predicted: &predicted, truth: &truth, columns: &columns, space, subject };
        // (0.5, 2, 6): 6.5 mm, where the norm of the spacing would say 3 · 3.20 = 9.6.
        assert_eq!(matching.rows().rows[0].error, Some((0.25_f64 + 4.0 + 36.0).sqrt()));
    }
}
