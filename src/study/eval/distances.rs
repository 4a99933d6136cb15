//! Distances between two landmarks of a case: a length that a clinic measures, and the length by which errors
//! are normalized.

use super::bootstrap::{Bootstrap, Interval};
use super::error::EvalError;
use super::matching::length;
use super::row::{Outcome, Row};
use std::collections::{BTreeMap, HashSet};

/// Two landmarks by name; one without a name is called by the number of its channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairName(pub [String; 2]);

/// The length that errors are divided by.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    /// The same for every case, in the unit of the errors.
    Length(f64),
    /// The distance in the truth between two landmarks of the case.
    Pair(PairName),
}

/// How well the distance between two landmarks is predicted, over all cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    /// The two landmarks.
    pub pair: PairName,
    /// Cases in which both are there and both are predicted.
    pub count: usize,
    /// Cases in which both are there, and not both are predicted.
    pub missing: usize,
    /// The mean distance in the truth.
    pub truth: Option<f64>,
    /// The mean predicted distance.
    pub predicted: Option<f64>,
    /// The mean of predicted minus true distance.
    pub difference: Option<f64>,
    /// Its 95 % interval over subjects; `None` with fewer than two that have the pair.
    pub difference_interval: Interval,
    /// The standard deviation of that, with n − 1 below.
    pub deviation: Option<f64>,
    /// The mean of its absolute value.
    pub absolute: Option<f64>,
    /// Its 95 % interval over subjects.
    pub absolute_interval: Interval,
}

/// The lengths of a pair in one case.
#[derive(Clone, Copy)]
struct Lengths {
    subject: usize,
    predicted: f64,
    truth: f64,
}

impl Lengths {
    fn difference(&self) -> f64 {
        self.predicted - self.truth
    }

    fn absolute(&self) -> f64 {
        self.difference().abs()
    }
}

/// What a landmark is called: by its name, else by its channel, `c 0`.
pub(super) fn name_of(row: &Row) -> String {
    row.label.clone().or_else(|| row.c.map(|c| format!("c {c}"))).unwrap_or_default()
}

/// Whether a landmark is meant by a name; a channel may be given by its number alone.
fn is_called(row: &Row, name: &str) -> bool {
    let number = || row.c.filter(|_| row.label.is_none()).map(|c| c.to_string());
    name_of(row) == name || number().is_some_and(|number| number == name)
}

/// The rows of a pair in each case in which the truth has both.
fn of_cases<'a>(pair: &PairName, rows: &'a [Row]) -> BTreeMap<usize, [&'a Row; 2]> {
    let mut found: BTreeMap<usize, [Option<&Row>; 2]> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.outcome.is_scored()) {
        for (at, _) in pair.0.iter().enumerate().filter(|(_, own)| is_called(row, own)) {
            found.entry(row.case).or_default()[at] = Some(row);
        }
    }
    let both = found.into_iter().filter_map(|(case, [a, b])| Some((case, [a?, b?])));
    both.collect()
}

/// Fills in the reference length of each case. A case without one, or with one of 0, has none.
///
/// # Errors
/// [`EvalError::NoSuchLandmark`].
pub(super) fn set_reference(reference: Option<&Reference>, rows: &mut [Row]) -> Result<(), EvalError> {
    let lengths: BTreeMap<usize, f64> = match reference {
        None => return Ok(()),
        Some(Reference::Length(length)) => rows.iter().map(|row| (row.case, *length)).collect(),
        Some(Reference::Pair(pair)) => {
            check_names(pair, rows)?;
            let lengths = of_cases(pair, rows).into_iter();
            lengths.filter_map(|(case, [a, b])| Some((case, apart(a.truth?, b.truth?)))).collect()
        }
    };
    for row in rows {
        row.reference = lengths.get(&row.case).copied().filter(|&length| length > 0.0);
    }
    Ok(())
}

/// The distances of a pair in all cases, of so many subjects.
///
/// # Errors
/// [`EvalError::NoSuchLandmark`].
pub(super) fn distances(
    pair: &PairName,
    rows: &[Row],
    subjects: usize,
    bootstrap: Bootstrap,
) -> Result<Distances, EvalError> {
    check_names(pair, rows)?;
    let cases = of_cases(pair, rows);
    let is_predicted = |both: &[&Row; 2]| both.iter().all(|row| row.outcome == Outcome::Matched);
    let lengths = cases.values().filter(|both| is_predicted(both)).filter_map(|[a, b]| {
        let (predicted, truth) = (apart(a.predicted?, b.predicted?), apart(a.truth?, b.truth?));
        Some(Lengths { subject: a.subject?, predicted, truth })
    });
    let lengths: Vec<Lengths> = lengths.collect();
    let mean = |of: &dyn Fn(&Lengths) -> f64, weights: Option<&[u32]>| {
        let weight = |one: &Lengths| f64::from(weights.map_or(1, |weights| weights[one.subject]));
        let count: f64 = lengths.iter().map(weight).sum();
        let sum: f64 = lengths.iter().map(|one| weight(one) * of(one)).sum();
        (count > 0.0).then(|| sum / count)
    };
    let difference = mean(&Lengths::difference, None);
    let square =
        difference.and_then(|bias| mean(&|one| (one.difference() - bias) * (one.difference() - bias), None));
    let count = lengths.len();
    let has_several = lengths.iter().any(|one| one.subject != lengths[0].subject);
    let drawn = |of: fn(&Lengths) -> f64, weights: &[u32]| mean(&of, Some(weights));
    let measures = [Lengths::difference as fn(&Lengths) -> f64, Lengths::absolute];
    let intervals = bootstrap.intervals(subjects, &measures, drawn);
    let interval = |at: usize| intervals[at].filter(|_| has_several);
    Ok(Distances {
        pair: pair.clone(),
        count,
        missing: cases.len() - count,
        truth: mean(&|one| one.truth, None),
        predicted: mean(&|one| one.predicted, None),
        difference,
        difference_interval: interval(0),
        deviation: square
            .filter(|_| count > 1)
            .map(|square| (square * count as f64 / (count - 1) as f64).sqrt()),
        absolute: mean(&Lengths::absolute, None),
        absolute_interval: interval(1),
    })
}

fn apart(a: [f64; 3], b: [f64; 3]) -> f64 {
    length([0, 1, 2].map(|axis| a[axis] - b[axis]))
}

fn check_names(pair: &PairName, rows: &[Row]) -> Result<(), EvalError> {
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    for name in rows.iter().filter(|row| row.outcome.is_scored()).map(name_of) {
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    let is_there = |name: &String| rows.iter().any(|row| row.outcome.is_scored() && is_called(row, name));
    match pair.0.iter().find(|name| !is_there(name)) {
        Some(name) => Err(EvalError::NoSuchLandmark { name: name.clone(), names }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::row;
    use super::*;

    fn named(case: usize, name: &str, truth: [f64; 3], predicted: Option<[f64; 3]>) -> Row {
        let outcome = if predicted.is_some() { Outcome::Matched } else { Outcome::Missing };
        Row { label: Some(name.into()), truth: Some(truth), predicted, outcome, ..row(case, 0, 0.0) }
    }

    fn pair() -> PairName {
        PairName(["a".into(), "b".into()])
    }

    /// Truth 5 (3-4-5) and 10, predicted 6 and 8: differences +1 and −2. A third case lacks a prediction.
    fn rows() -> Vec<Row> {
        vec![
            named(0, "a", [0.0; 3], Some([0.0; 3])),
            named(0, "b", [3.0, 4.0, 0.0], Some([0.0, 0.0, 6.0])),
            named(1, "a", [1.0, 0.0, 0.0], Some([1.0, 0.0, 0.0])),
            named(1, "b", [11.0, 0.0, 0.0], Some([1.0, 8.0, 0.0])),
            named(2, "a", [0.0; 3], Some([0.0; 3])),
            named(2, "b", [1.0, 0.0, 0.0], None),
        ]
    }

    const NONE: Bootstrap = Bootstrap { draws: 0, seed: 0 };

    /// Draws of two subjects have the one, the other, or both: means between the differences +1 and -2.
    #[test]
    fn intervals_lie_between_the_subjects() {
        let bootstrap = Bootstrap { draws: 200, seed: 0 };
        let mut rows = rows();
        for row in &mut rows {
            row.subject = Some(row.case);
        }
        let found = distances(&pair(), &rows, 3, bootstrap).unwrap();
        assert_eq!(found.difference_interval, Some((-2.0, 1.0)));
        assert_eq!(found.absolute_interval, Some((1.0, 2.0)));
        for row in &mut rows {
            row.subject = Some(0);
        }
        assert_eq!(distances(&pair(), &rows, 1, bootstrap).unwrap().difference_interval, None);
    }

    #[test]
    fn distances_by_hand() {
        let found = distances(&pair(), &rows(), 3, NONE).unwrap();
        assert_eq!((found.difference_interval, found.absolute_interval), (None, None));
        assert_eq!((found.count, found.missing), (2, 1));
        assert_eq!((found.truth, found.predicted), (Some(7.5), Some(7.0)));
        assert_eq!((found.difference, found.absolute), (Some(-0.5), Some(1.5)));
        assert_eq!(found.deviation, Some(4.5_f64.sqrt()));
    }

    #[test]
    fn reference_lengths_are_those_of_the_truth() {
        let mut rows = rows();
        set_reference(Some(&Reference::Pair(pair())), &mut rows).unwrap();
        let lengths: Vec<_> = rows.iter().map(|row| row.reference).collect();
        assert_eq!(lengths, [Some(5.0), Some(5.0), Some(10.0), Some(10.0), Some(1.0), Some(1.0)]);
        set_reference(Some(&Reference::Length(4.0)), &mut rows).unwrap();
        assert!(rows.iter().all(|row| row.reference == Some(4.0)));
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_names() {
        let error = distances(&PairName(["a".into(), "z".into()]), &rows(), 3, NONE).unwrap_err();
        assert_eq!(error.to_string(), "no landmark of the truth is called `z`; the names are `a`, `b`");
    }
}
