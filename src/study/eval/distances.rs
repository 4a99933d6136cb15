//! Distances between two landmarks of a case: a length that a clinic measures, and the length by which errors
//! are normalized.

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
    /// The standard deviation of that, with n − 1 below.
    pub deviation: Option<f64>,
    /// The mean of its absolute value.
    pub absolute: Option<f64>,
}

/// What a landmark is called: by its name, else by its channel.
pub(super) fn name_of(row: &Row) -> String {
    row.label.clone().or_else(|| row.c.map(|c| c.to_string())).unwrap_or_default()
}

/// The rows of a pair in each case in which the truth has both.
fn of_cases<'a>(pair: &PairName, rows: &'a [Row]) -> BTreeMap<usize, [&'a Row; 2]> {
    let mut found: BTreeMap<usize, [Option<&Row>; 2]> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.outcome.is_scored()) {
        let name = name_of(row);
        for (at, _) in pair.0.iter().enumerate().filter(|(_, own)| **own == name) {
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

/// The distances of a pair in all cases.
///
/// # Errors
/// [`EvalError::NoSuchLandmark`].
pub(super) fn distances(pair: &PairName, rows: &[Row]) -> Result<Distances, EvalError> {
    check_names(pair, rows)?;
    let cases = of_cases(pair, rows);
    let is_predicted = |both: &[&Row; 2]| both.iter().all(|row| row.outcome == Outcome::Matched);
    let lengths = cases
        .values()
        .filter(|both| is_predicted(both))
        .filter_map(|[a, b]| Some((apart(a.predicted?, b.predicted?), apart(a.truth?, b.truth?))));
    let lengths: Vec<(f64, f64)> = lengths.collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let sum: f64 = lengths.iter().map(of).sum();
        (!lengths.is_empty()).then(|| sum / lengths.len() as f64)
    };
    let difference = mean(&|(predicted, truth)| predicted - truth);
    let square = difference
        .and_then(|bias| mean(&|(predicted, truth)| (predicted - truth - bias) * (predicted - truth - bias)));
    let count = lengths.len();
    Ok(Distances {
        pair: pair.clone(),
        count,
        missing: cases.len() - count,
        truth: mean(&|lengths| lengths.1),
        predicted: mean(&|lengths| lengths.0),
        difference,
        deviation: square
            .filter(|_| count > 1)
            .map(|square| (square * count as f64 / (count - 1) as f64).sqrt()),
        absolute: mean(&|(predicted, truth)| (predicted - truth).abs()),
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
    match pair.0.iter().find(|name| !names.contains(name)) {
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

    #[test]
    fn distances_by_hand() {
        let found = distances(&pair(), &rows()).unwrap();
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
        let error = distances(&PairName(["a".into(), "z".into()]), &rows()).unwrap_err();
        assert_eq!(error.to_string(), "no landmark of the truth is called `z`; the names are `a`, `b`");
    }
}
