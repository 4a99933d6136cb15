//! The report of `eval` as JSON.

use super::eval_long::unit;
use super::eval_report::Report;
use crate::number::write_json;
use crate::study::{Difference, Distances, Estimate, Evaluation, Group, Outcome, Reference, Space};
use serde_json::{Map, Value, json};

/// The whole report.
pub(super) fn json(report: &Report) -> Vec<u8> {
    let found = report.found;
    let set =
        |path: &std::path::Path, format: &str| json!({"file": path.to_string_lossy(), "format": format});
    let mut value = json!({
        "softargmax": env!("CARGO_PKG_VERSION"),
        "predicted": set(&report.args.predicted, report.inputs.predicted.set.format),
        "truth": set(&report.args.truth, report.inputs.truth.set.format),
        "settings": settings(report),
        "evaluation": evaluation(report, &found.evaluation),
    });
    if let (Some(other), Some(path), Some(read)) =
        (&found.other, &report.args.against, &report.inputs.against)
    {
        value["against"] = set(path, read.set.format);
        value["evaluation_against"] = evaluation(report, other);
        let of = |difference: &Difference| {
            let Difference { label, c, estimates: list } = difference;
            json!({"label": label, "c": c, "statistics": estimates(report, list)})
        };
        value["differences"] = found.differences.iter().map(of).collect();
    }
    let mut bytes = Vec::new();
    // Memory takes every byte.
    let _ = write_json(&mut bytes, &value, report.args.digits.map(usize::from));
    bytes.push(b'\n');
    bytes
}

/// What the numbers depend on.
fn settings(report: &Report) -> Value {
    let (settings, found) = (report.settings, report.found);
    let spacing = match found.space {
        Space::Spaced(sizes) => json!(sizes.0),
        Space::World | Space::Voxel => Value::Null,
    };
    let reference = match &settings.reference {
        None => Value::Null,
        Some(Reference::Length(length)) => json!(length),
        Some(Reference::Pair(pair)) => json!(pair.0),
    };
    json!({
        "matched_by": found.columns.to_string(),
        "unit": found.space.unit(),
        "axes": found.space.axes(),
        "spacing": spacing,
        "within": settings.limits,
        "within_sign": settings.within.sign(),
        "reference": reference,
        "pck": settings.pck,
        "subject": found.subject,
        "subjects": found.subjects,
        "bootstrap": settings.bootstrap.draws,
        "seed": settings.bootstrap.seed,
    })
}

fn evaluation(report: &Report, evaluation: &Evaluation) -> Value {
    let axes = report.found.space.axes();
    let orientation = evaluation
        .orientation
        .map(|found| json!({"axes": found.in_words(axes), "error": found.error, "would_be": found.would_be}));
    json!({
        "cases": evaluation.cases,
        "cases_only_predicted": evaluation.only_predicted,
        "cases_only_in_truth": evaluation.only_truth,
        "unreadable_predicted": evaluation.unreadable,
        "unreadable_truth": evaluation.unreadable_truth,
        "in_neither": evaluation.absent,
        "further_peaks": evaluation.further_peaks,
        "orientation": orientation,
        "all": group(report, &evaluation.all),
        "landmarks": evaluation.landmarks.iter().map(|own| group(report, own)).collect::<Vec<_>>(),
        "pairs": evaluation.pairs.iter().map(pair).collect::<Vec<_>>(),
    })
}

fn group(report: &Report, group: &Group) -> Value {
    let counts = Outcome::ALL.map(|outcome| (outcome.name().to_owned(), json!(group.counts.get(outcome))));
    json!({
        "label": group.label,
        "c": group.c,
        "counts": counts.into_iter().collect::<Map<String, Value>>(),
        "statistics": estimates(report, &group.estimates),
    })
}

fn estimates(report: &Report, estimates: &[Estimate]) -> Value {
    let space = report.found.space;
    let of = |estimate: &Estimate| {
        let Estimate { measure, value, interval, count } = *estimate;
        json!({
            "statistic": measure.name(report.settings.within, space.axes()),
            "limit": measure.limit(),
            "unit": unit(measure, space.unit()),
            "value": value,
            "interval": interval.map(|(low, high)| [low, high]),
            "count": count,
        })
    };
    estimates.iter().map(of).collect()
}

fn pair(found: &Distances) -> Value {
    json!({
        "pair": found.pair.0,
        "count": found.count,
        "missing": found.missing,
        "truth": found.truth,
        "predicted": found.predicted,
        "difference": found.difference,
        "difference_interval": found.difference_interval.map(|(low, high)| [low, high]),
        "sd": found.deviation,
        "absolute": found.absolute,
        "absolute_interval": found.absolute_interval.map(|(low, high)| [low, high]),
    })
}
