//! From two or three files to an evaluation.

use super::columns::{self, Columns};
use super::distances;
use super::error::EvalError;
use super::evaluation::{Comparison, Counts, Difference, Estimate, Evaluation, Group, Settings};
use super::identification::identify;
use super::matching::{Matched, Matching, SAMPLE, described};
use super::measure::Measure;
use super::orientation::orientation;
use super::row::{Outcome, Row};
use super::sample::{Sample, sorted};
use super::space::{self, Space};
use crate::points::{PointSet, State};
use std::collections::HashSet;

/// Evaluates one prediction, or two, against a truth.
///
/// # Errors
/// [`EvalError`]: what makes the files impossible to compare. Landmarks that are missing, extra, duplicate or
/// unclear are no error: they are counted, and have their rows.
pub fn evaluate(
    predicted: &PointSet,
    truth: &PointSet,
    against: Option<&PointSet>,
    settings: &Settings,
) -> Result<Comparison, EvalError> {
    let sets: Vec<&PointSet> = [predicted, truth].into_iter().chain(against).collect();
    check_filled(truth, &sets)?;
    let columns = columns::settle(settings.columns.as_deref(), settings.file_name, &sets)?;
    let space = space::settle(settings.space, &sets)?;
    check_subject(settings.subject.as_deref(), truth, predicted)?;
    let evaluated = |predicted| {
        let subject = settings.subject.as_deref();
        let matched = Matching { predicted, truth, columns: &columns, space, subject }.rows();
        check_matched(&matched, predicted, truth, &columns)?;
        let subjects = matched.subjects.len();
        evaluation(matched, space, settings).map(|evaluation| (evaluation, subjects))
    };
    let (evaluation, subjects) = evaluated(predicted)?;
    let other = against.map(evaluated).transpose()?.map(|(other, _)| other);
    let differences = other.as_ref().map(|other| differences(&evaluation, other, subjects, settings));
    Ok(Comparison {
        subject: settings.subject.clone().unwrap_or_else(|| case_name(&columns)),
        differences: differences.unwrap_or_default(),
        columns,
        space,
        subjects,
        evaluation,
        other,
    })
}

/// What a case is known by, without its sample.
pub(in crate::study) fn case_name(columns: &Columns) -> String {
    match (&columns.extra[..], columns.file) {
        ([], Some(_)) => "file".into(),
        ([], None) => "none".into(),
        (extra, None) => extra.join(", "),
        (extra, Some(_)) => format!("file, {}", extra.join(", ")),
    }
}

// --- what makes an evaluation impossible ---------------------------------------------------------------

pub(in crate::study) fn check_filled(truth: &PointSet, sets: &[&PointSet]) -> Result<(), EvalError> {
    let has =
        |set: &PointSet, least: &dyn Fn(State) -> bool| set.points.iter().any(|point| least(point.state));
    let empty = sets.iter().find(|set| !has(set, &|state| state != State::Unreadable));
    let truth = Some(truth).filter(|truth| !has(truth, &|state| state == State::Present));
    match truth.or(empty.copied()) {
        Some(set) => Err(EvalError::Empty { path: set.path.clone() }),
        None => Ok(()),
    }
}

pub(in crate::study) fn check_subject(
    subject: Option<&str>,
    truth: &PointSet,
    predicted: &PointSet,
) -> Result<(), EvalError> {
    let has = |set: &PointSet, column: &str| {
        let has_samples = column == SAMPLE && set.points.iter().any(|point| point.n.is_some());
        has_samples || set.columns.iter().any(|own| own == column)
    };
    match subject.filter(|column| !has(truth, column) && !has(predicted, column)) {
        Some(column) => Err(EvalError::NoColumn {
            path: truth.path.clone(),
            column: column.to_owned(),
            columns: truth.columns.clone(),
        }),
        None => Ok(()),
    }
}

/// At least one landmark must be named by both files, or the names mean different things.
pub(in crate::study) fn check_matched(
    matched: &Matched,
    predicted: &PointSet,
    truth: &PointSet,
    columns: &Columns,
) -> Result<(), EvalError> {
    if matched.joined > 0 {
        return Ok(());
    }
    let first = |set: &PointSet| {
        let point = set.points.iter().find(|point| point.state != State::Unreadable);
        let (case, landmark) = columns.keys(set, point?);
        let c = landmark.c.map(|c| format!("c {c}"));
        let parts = [Some(described(&case)).filter(|case| !case.is_empty()), landmark.label, c];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    };
    Err(EvalError::NothingMatched {
        predicted: predicted.path.clone(),
        truth: truth.path.clone(),
        by: columns.to_string(),
        expected: first(truth).unwrap_or_default(),
        found: first(predicted).unwrap_or_default(),
        by_file: columns.file.is_some(),
    })
}

// --- what it says --------------------------------------------------------------------------------------

/// One prediction against the truth.
fn evaluation(matched: Matched, space: Space, settings: &Settings) -> Result<Evaluation, EvalError> {
    let subjects = matched.subjects.len();
    let Matched { mut rows, landmarks, cases, absent, further_peaks, unreadable, .. } = matched;
    identify(&mut rows, space);
    distances::set_reference(settings.reference.as_ref(), &mut rows)?;
    let pairs =
        settings.pairs.iter().map(|pair| distances::distances(pair, &rows, subjects, settings.bootstrap));
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    let measures = measures(&rows, settings);
    let every: Vec<&Row> = rows.iter().collect();
    let all = group((None, None), &every, &measures, subjects, settings);
    let of_landmark = by_landmark(&rows, landmarks.len());
    // Of one landmark it is the mean.
    let measures: Vec<Measure> = measures.into_iter().filter(|own| *own != Measure::MacroMean).collect();
    let landmarks = landmarks.into_iter().zip(of_landmark);
    let landmarks: Vec<Group> =
        landmarks.map(|(name, rows)| group(name, &rows, &measures, subjects, settings)).collect();
    let [unreadable, unreadable_truth] = unreadable;
    Ok(Evaluation {
        all,
        landmarks,
        pairs,
        orientation: orientation(&rows),
        cases: cases.both,
        only_predicted: cases.predicted,
        only_truth: cases.truth,
        absent,
        further_peaks,
        unreadable,
        unreadable_truth,
        rows: worst_first(rows),
    })
}

/// The largest error first, then what has none, by its outcome.
fn worst_first(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| {
        let errors = |row: &Row| row.error.unwrap_or(f64::NEG_INFINITY);
        let places = |row: &Row| (row.outcome, row.case, row.landmark);
        errors(b).total_cmp(&errors(a)).then_with(|| places(a).cmp(&places(b)))
    });
    rows
}

/// The statistics that these landmarks have.
fn measures(rows: &[Row], settings: &Settings) -> Vec<Measure> {
    use Measure as M;
    let mut measures = vec![M::Mean, M::MacroMean, M::Deviation, M::Median, M::Percentile95, M::Largest];
    measures.extend(settings.limits.iter().map(|&limit| M::Success(limit)));
    measures.extend([0, 1, 2].map(M::AxisMean).into_iter().chain([0, 1, 2].map(M::AxisDeviation)));
    if rows.iter().any(|row| row.identified.is_some()) {
        measures.extend([M::IdentifiedVerse, M::IdentifiedPayer]);
    }
    if settings.reference.is_some() {
        measures.push(M::Normalized);
        measures.extend(settings.pck.iter().map(|&share| M::Correct(share)));
    }
    if rows.iter().any(|row| row.error95.is_some()) {
        measures.push(M::Error95);
    }
    if rows.iter().any(|row| row.in_ellipsoids.is_some()) {
        measures.extend([M::Ellipsoid(false), M::Ellipsoid(true)]);
    }
    measures
}

/// The rows of each landmark.
fn by_landmark(rows: &[Row], count: usize) -> Vec<Vec<&Row>> {
    let mut found = vec![Vec::new(); count];
    for row in rows {
        found[row.landmark].push(row);
    }
    found
}

/// Landmarks that are scored, in the order in which a sample has them.
fn scored<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<&'a Row> {
    sorted(rows.filter(|row| row.outcome.is_scored()))
}

fn group(
    (label, c): (Option<String>, Option<usize>),
    rows: &[&Row],
    measures: &[Measure],
    subjects: usize,
    settings: &Settings,
) -> Group {
    let scored = scored(rows.iter().copied());
    let once = vec![1; subjects];
    let (within, sample) = (settings.within, Sample { rows: &scored, weights: &once });
    let value = |measure: Measure, weights: &[u32]| measure.value(Sample { rows: &scored, weights }, within);
    let intervals = settings.bootstrap.intervals(subjects, measures, value);
    let estimates = measures.iter().zip(intervals).map(|(&measure, interval)| Estimate {
        measure,
        value: measure.value(sample, within),
        interval: interval.filter(|_| has_subjects(&scored, measure)),
        count: measure.count(sample, within),
    });
    Group { label, c, counts: Counts::of(rows), estimates: estimates.collect() }
}

/// Whether a measure is of at least two subjects: of one, every draw says the same.
fn has_subjects(rows: &[&Row], measure: Measure) -> bool {
    let is_part = |row: &&&Row| measure.counts_missing() || row.error.is_some();
    let mut subjects = rows.iter().filter(is_part).map(|row| row.subject);
    let first = subjects.next();
    first.is_some_and(|first| subjects.any(|subject| subject != first))
}

// --- two predictions -----------------------------------------------------------------------------------

/// The first minus the second: all landmarks, then each. Both have the same scored landmarks, as these are
/// those of the truth.
fn differences(
    first: &Evaluation,
    second: &Evaluation,
    subjects: usize,
    settings: &Settings,
) -> Vec<Difference> {
    let matched = |evaluation: &Evaluation| -> HashSet<(usize, usize)> {
        let rows = evaluation.rows.iter().filter(|row| row.outcome == Outcome::Matched);
        rows.map(|row| (row.case, row.landmark)).collect()
    };
    let both: HashSet<_> = matched(first).intersection(&matched(second)).copied().collect();
    let difference = |group: &Group, other: &Group, rows: [&[&Row]; 2]| {
        let has = |measure: Measure| other.estimates.iter().any(|other| other.measure == measure);
        let measures = group.estimates.iter().map(|estimate| estimate.measure);
        let measures: Vec<Measure> = measures.filter(|&measure| has(measure)).collect();
        let sides = rows.map(|rows| Side::of(rows, &both));
        let estimates = compared(&sides, &measures, subjects, settings);
        Difference { label: group.label.clone(), c: group.c, estimates }
    };
    let every = [first, second].map(|evaluation| evaluation.rows.iter().collect::<Vec<_>>());
    let mut found = vec![difference(&first.all, &second.all, [&every[0], &every[1]])];
    let [one, other] = [first, second].map(|found| by_landmark(&found.rows, found.landmarks.len()));
    let groups = first.landmarks.iter().zip(&second.landmarks).zip(one.iter().zip(&other));
    // Landmarks of the truth come first, and are the same on both sides; what follows has nothing to compare.
    let is_scored = |rows: &&Vec<&Row>| rows.iter().any(|row| row.outcome.is_scored());
    let groups = groups.take_while(|(_, (one, _))| is_scored(one));
    found.extend(
        groups.map(|((group, other_group), (one, other))| difference(group, other_group, [one, other])),
    );
    found
}

/// The rows of one prediction.
struct Side<'a> {
    /// Every landmark that is scored.
    all: Vec<&'a Row>,
    /// Those that both predictions have.
    common: Vec<&'a Row>,
}

impl<'a> Side<'a> {
    /// The rows of a landmark, or all; `both` has case and landmark of what both predictions have.
    fn of(rows: &[&'a Row], both: &HashSet<(usize, usize)>) -> Side<'a> {
        let all = scored(rows.iter().copied());
        let is_common = |row: &&Row| both.contains(&(row.case, row.landmark));
        Side { common: all.iter().copied().filter(is_common).collect(), all }
    }

    /// What a measure is of: rates count what one of the two lacks, errors cannot.
    fn sample<'b>(&'b self, measure: Measure, weights: &'b [u32]) -> Sample<'b> {
        let rows = if measure.counts_missing() { &self.all } else { &self.common };
        Sample { rows, weights }
    }
}

fn compared(sides: &[Side; 2], measures: &[Measure], subjects: usize, settings: &Settings) -> Vec<Estimate> {
    let within = settings.within;
    let difference = |measure: Measure, weights: &[u32]| {
        let [first, second] = [0, 1].map(|at| measure.value(sides[at].sample(measure, weights), within));
        Some(first? - second?)
    };
    let once = vec![1; subjects];
    let intervals = settings.bootstrap.intervals(subjects, measures, difference);
    let estimates = measures.iter().zip(intervals).map(|(&measure, interval)| {
        let sample = sides[0].sample(measure, &once);
        Estimate {
            measure,
            value: difference(measure, &once),
            interval: interval.filter(|_| has_subjects(sample.rows, measure)),
            count: measure.count(sample, within),
        }
    });
    estimates.collect()
}

#[cfg(test)]
mod tests {
    use super::super::bootstrap::Bootstrap;
    use super::super::columns::FileName;
    use super::super::measure::Within;
    use super::super::space::SpaceChoice;
    use super::super::testing::{point, set};
    use super::*;
    use crate::points::Point;

    fn settings() -> Settings {
        Settings {
            columns: None,
            file_name: FileName::Path,
            space: SpaceChoice::Auto,
            limits: vec![2.0],
            within: Within::Below,
            reference: None,
            pck: Vec::new(),
            pairs: Vec::new(),
            subject: None,
            bootstrap: Bootstrap { draws: 200, seed: 0 },
        }
    }

    /// The landmark `a` of files 0, 1, …, with these errors.
    fn errors(path: &str, errors: &[f64]) -> PointSet {
        let points = errors.iter().zip(0..).map(|(&error, n)| point(&format!("{n}"), "a", [error, 0.0, 0.0]));
        set(path, points.collect())
    }

    fn value(estimates: &[Estimate], measure: Measure) -> Estimate {
        *estimates.iter().find(|estimate| estimate.measure == measure).unwrap()
    }

    #[test]
    fn two_predictions_are_compared_where_both_have_the_landmark() {
        let truth = errors("t", &[0.0; 4]);
        let first = errors("a", &[1.0, 2.0, 3.0, 5.0]);
        // The last is missing here: 1 + 1 + 1 over three landmarks, and 2 of 4 below 2 against 1 of 4.
        let second = errors("b", &[0.0, 1.0, 2.0]);
        let found = evaluate(&first, &truth, Some(&second), &settings()).unwrap();
        let all = &found.differences[0].estimates;
        let mean = value(all, Measure::Mean);
        assert_eq!((mean.value, mean.count), (Some(1.0), 3));
        let (low, high) = mean.interval.unwrap();
        assert!((low - 1.0).abs() < 1e-12 && (high - 1.0).abs() < 1e-12, "{low} {high}");
        let success = value(all, Measure::Success(2.0));
        assert_eq!((success.value, success.count), (Some(-0.25), 4));
        assert_eq!(found.differences.len(), 2);
        let own = value(&found.evaluation.all.estimates, Measure::Mean);
        assert_eq!((own.value, own.count), (Some(2.75), 4));
    }

    #[test]
    fn one_subject_has_no_interval() {
        let (truth, predicted) = (errors("t", &[0.0]), errors("p", &[1.0]));
        let found = evaluate(&predicted, &truth, None, &settings()).unwrap();
        assert!(found.evaluation.all.estimates.iter().all(|estimate| estimate.interval.is_none()));
        // Two subjects, of which one has an error: its mean has no interval, the rate has.
        let truth = errors("t", &[0.0, 0.0]);
        let found = evaluate(&predicted, &truth, None, &settings()).unwrap();
        assert_eq!(value(&found.evaluation.all.estimates, Measure::Mean).interval, None);
        assert_eq!(value(&found.evaluation.all.estimates, Measure::Success(2.0)).interval, Some((0.0, 1.0)));
    }

    #[test]
    fn a_column_of_subjects_groups_files() {
        let with = |mut points: PointSet, subjects: &[&str]| {
            points.columns = vec!["sub".into(), "ses".into()];
            for (point, (subject, n)) in points.points.iter_mut().zip(subjects.iter().zip(0..)) {
                point.extra = vec![Some((*subject).into()), Some(format!("{n}"))];
            }
            points
        };
        let subjects = ["x", "x", "y"];
        let truth = with(errors("t", &[0.0; 3]), &subjects);
        let predicted = with(errors("p", &[1.0, 2.0, 3.0]), &subjects);
        let by = |subject: Option<&str>| {
            let settings = Settings { subject: subject.map(str::to_owned), ..settings() };
            let found = evaluate(&predicted, &truth, None, &settings).unwrap();
            (found.subjects, found.subject, found.columns.to_string())
        };
        assert_eq!(by(None), (3, "sub, ses".into(), "sub, ses, label".into()));
        assert_eq!(by(Some("sub")), (2, "sub".into(), "sub, ses, label".into()));
        let settings = Settings { subject: Some("site".into()), ..settings() };
        let error = evaluate(&predicted, &truth, None, &settings).unwrap_err();
        assert_eq!(error.to_string(), "`t` has no column `site`; its columns are `sub`, `ses`");
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let truth = errors("t", &[0.0]);
        let fails = |predicted: &PointSet, truth: &PointSet| {
            evaluate(predicted, truth, None, &settings()).unwrap_err().to_string()
        };
        assert_eq!(fails(&truth, &set("t", Vec::new())), "`t` holds no landmark that is there");
        let elsewhere = set("p", vec![point("other", "a", [0.0; 3])]);
        assert_eq!(
            fails(&elsewhere, &truth),
            "no landmark of `t` is in `p`, matched by file, label: expected one such as 0, a, found other, a"
        );
        let voxels = |set_: &PointSet| {
            let points = set_.points.iter().map(|point| Point { world: None, ..point.clone() });
            set(&set_.path.to_string_lossy(), points.collect())
        };
        let worlds = set("w", vec![Point { voxel: None, ..point("0", "a", [0.0; 3]) }]);
        assert_eq!(
            fails(&worlds, &voxels(&truth)),
            "expected millimetres or voxel coordinates for every landmark of every file, found: `w` has \
             millimetres for 1 and voxel coordinates for 0 of 1 landmarks; `t` has millimetres for 0 and \
             voxel coordinates for 1 of 1 landmarks"
        );
        let mut nameless = truth.clone();
        nameless.points[0].label = None;
        nameless.points[0].c = Some(0);
        assert_eq!(
            fails(&nameless, &truth),
            "expected landmarks with a name or a channel in both files, found `channels` in one and \
             `names` in the other"
        );
        let mut alone = truth.clone();
        alone.points[0].file = None;
        assert_eq!(
            fails(&errors("p", &[0.0, 1.0]), &alone),
            "`p` holds landmarks of 2 files, and `t` does not say to which of them its own belong"
        );
    }
}
