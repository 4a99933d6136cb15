//! The report of `eval` for people.

use super::eval_report::Report;
use crate::shown;
use crate::study::{
    Columns, Difference, Distances, Estimate, Evaluation, Group, Measure, Outcome, Row, Space,
};
use std::fmt::Write as _;

/// What a landmark is called.
pub(super) fn name(label: Option<&str>, c: Option<usize>) -> String {
    match (label, c) {
        (Some(label), _) => label.to_owned(),
        (None, Some(c)) => format!("c {c}"),
        (None, None) => String::new(),
    }
}

/// What a row's landmark is called, with its case.
pub(super) fn place(row: &Row, columns: &Columns) -> String {
    let file = row.file.as_deref().filter(|_| columns.file.is_some());
    let file = file.map(|file| file.to_string_lossy().into_owned());
    let extra = row.extra.iter().flatten().cloned();
    let n = row.n.filter(|&n| n > 0).map(|n| format!("n {n}"));
    let parts: Vec<String> =
        file.into_iter().chain(extra).chain(n).chain([name(row.label.as_deref(), row.c)]).collect();
    parts.join(", ")
}

/// The value of a statistic.
pub(super) fn value(estimates: &[Estimate], measure: Measure) -> Option<f64> {
    estimates.iter().find(|estimate| estimate.measure == measure)?.value
}

/// The whole report.
pub(super) fn text(report: &Report) -> Vec<u8> {
    let writer = Writer { report, digits: report.args.digits.map_or(2, usize::from) };
    let found = report.found;
    let mut text = writer.head();
    text += &writer.groups(&found.evaluation);
    text += &writer.statistics(&found.evaluation.all.estimates, "all landmarks");
    text += &writer.pairs(&found.evaluation.pairs);
    if let (Some(other), Some(path)) = (&found.other, &report.args.against) {
        let _ = write!(text, "\nagainst   {}\n{}", shown::path(path), counts(other));
        text += &writer.groups(other);
        text += &writer.pairs(&other.pairs);
        text += &writer.differences(&found.differences);
    }
    shown::message(&text).to_string().into_bytes()
}

struct Writer<'a> {
    report: &'a Report<'a>,
    digits: usize,
}

impl Writer<'_> {
    /// What was compared, and how.
    fn head(&self) -> String {
        let Report { args, inputs, found, settings } = self.report;
        let space = match found.space {
            Space::World => "mm, along x (right), y (front), z (up)".to_owned(),
            Space::Voxel => "voxels, along h, w, d".to_owned(),
            Space::Spaced(_) => "mm, along h, w, d, by the voxel sizes of --spacing".to_owned(),
        };
        let intervals = if found.subjects < 2 && found.subject == "none" {
            "no intervals: they need two subjects at least, and nothing tells cases apart".to_owned()
        } else if found.subjects < 2 {
            format!("no intervals: they need two subjects at least (by {})", found.subject)
        } else if settings.bootstrap.draws == 0 {
            "no intervals: --bootstrap 0".to_owned()
        } else {
            let (draws, seed) = (settings.bootstrap.draws, settings.bootstrap.seed);
            format!(
                "95 % intervals over {} subjects (by {}), {draws} draws, seed {seed}",
                found.subjects, found.subject
            )
        };
        format!(
            "predicted {} ({})\ntruth     {} ({})\nmatched   by {}\nerrors in {space}\n{intervals}\n{}",
            shown::path(&args.predicted),
            inputs.predicted.set.format,
            shown::path(&args.truth),
            inputs.truth.set.format,
            shown::text(&found.columns.to_string()),
            counts(&found.evaluation),
        )
    }

    /// A row for all landmarks, and one for each.
    fn groups(&self, evaluation: &Evaluation) -> String {
        const COLUMNS: [(Measure, &str); 5] = [
            (Measure::Mean, "mean"),
            (Measure::Deviation, "SD"),
            (Measure::Median, "median"),
            (Measure::Percentile95, "95th %"),
            (Measure::Largest, "max"),
        ];
        let sign = self.report.settings.within.sign();
        let limits = &self.report.settings.limits;
        let mut header = vec!["landmark".to_owned(), "matched".into(), "missing".into(), "extra".into()];
        header.extend(COLUMNS.iter().map(|column| column.1.to_owned()));
        header.extend(limits.iter().map(|limit| format!("{sign} {limit}")));
        let row = |title: String, group: &Group| {
            let failed = group.counts.get(Outcome::Missing) + group.counts.get(Outcome::Duplicate);
            let counts = [group.counts.get(Outcome::Matched), failed, group.counts.get(Outcome::Extra)];
            let mut cells = vec![title];
            cells.extend(counts.map(|count| count.to_string()));
            cells.extend(COLUMNS.iter().map(|column| self.number(value(&group.estimates, column.0))));
            let rates = limits.iter().map(|&limit| value(&group.estimates, Measure::Success(limit)));
            cells.extend(rates.map(percent));
            cells
        };
        let mut rows = vec![header, row("all".into(), &evaluation.all)];
        let named = |group: &Group| shown::text(&name(group.label.as_deref(), group.c)).to_string();
        rows.extend(evaluation.landmarks.iter().map(|group| row(named(group), group)));
        format!("\n{}", table(&rows))
    }

    /// Every statistic of all landmarks with its interval.
    fn statistics(&self, estimates: &[Estimate], title: &str) -> String {
        let header = [title, "", "95 % interval", "of"].map(str::to_owned).to_vec();
        let row = |estimate: &Estimate| {
            let show = |value: f64| self.value(estimate.measure, Some(value));
            let interval = estimate.interval.map(|(low, high)| format!("{} to {}", show(low), show(high)));
            vec![
                self.title(estimate.measure),
                self.value(estimate.measure, estimate.value),
                interval.unwrap_or_else(|| "-".into()),
                estimate.count.to_string(),
            ]
        };
        let rows: Vec<Vec<String>> = [header].into_iter().chain(estimates.iter().map(row)).collect();
        format!("\n{}", table(&rows))
    }

    fn differences(&self, differences: &[Difference]) -> String {
        let Some(all) = differences.first() else { return String::new() };
        self.statistics(&all.estimates, "predicted minus against")
    }

    /// Distances between pairs.
    fn pairs(&self, pairs: &[Distances]) -> String {
        if pairs.is_empty() {
            return String::new();
        }
        let header = [
            "distance",
            "cases",
            "missing",
            "truth",
            "predicted",
            "difference",
            "95 % interval",
            "SD",
            "absolute",
            "95 % interval",
        ];
        let row = |found: &Distances| {
            let [a, b] = &found.pair.0;
            let interval = |interval: Option<(f64, f64)>| match interval {
                Some((low, high)) => format!("{} to {}", self.number(Some(low)), self.number(Some(high))),
                None => "-".into(),
            };
            vec![
                shown::text(&format!("{a} to {b}")).to_string(),
                found.count.to_string(),
                found.missing.to_string(),
                self.number(found.truth),
                self.number(found.predicted),
                self.number(found.difference),
                interval(found.difference_interval),
                self.number(found.deviation),
                self.number(found.absolute),
                interval(found.absolute_interval),
            ]
        };
        let header = header.map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> = [header].into_iter().chain(pairs.iter().map(row)).collect();
        format!("\n{}", table(&rows))
    }

    /// What a statistic is called.
    fn title(&self, measure: Measure) -> String {
        let (unit, axes) = (self.report.found.space.unit(), self.report.found.space.axes());
        let sign = self.report.settings.within.sign();
        match measure {
            Measure::Mean => format!("mean radial error, {unit}"),
            Measure::MacroMean => format!("mean of the landmarks' means, {unit}"),
            Measure::Deviation => format!("standard deviation, {unit}"),
            Measure::Median => format!("median, {unit}"),
            Measure::Percentile95 => format!("95th percentile, {unit}"),
            Measure::Largest => format!("largest, {unit}"),
            Measure::AxisMean(axis) => format!("mean error along {}, {unit}", axes[axis.min(2)]),
            Measure::AxisDeviation(axis) => format!("standard deviation along {}, {unit}", axes[axis.min(2)]),
            Measure::Success(limit) => format!("success, {sign} {limit} {unit}"),
            Measure::IdentifiedVerse => "identified (VerSe)".into(),
            Measure::IdentifiedPayer => "identified (Payer)".into(),
            Measure::Normalized => "mean error / reference length (NME)".into(),
            Measure::Correct(share) => format!("correct keypoints, {sign} {share} reference lengths (PCK)"),
            Measure::Error95 => "truth within error95".into(),
            Measure::Ellipsoid(false) => "truth in the 50 % ellipsoid".into(),
            Measure::Ellipsoid(true) => "truth in the 95 % ellipsoid".into(),
        }
    }

    fn value(&self, measure: Measure, value: Option<f64>) -> String {
        if measure.is_share() { percent(value) } else { self.number(value) }
    }

    fn number(&self, number: Option<f64>) -> String {
        number.map_or_else(
            || "-".into(),
            |number| crate::number::Decimal { number, digits: Some(self.digits) }.to_string(),
        )
    }
}

/// How many landmarks have which outcome, without those that none has.
fn counts(evaluation: &Evaluation) -> String {
    let cases = match evaluation.cases {
        1 => "1 case".to_owned(),
        count => format!("{count} cases"),
    };
    let counts = Outcome::ALL.iter().map(|&outcome| (outcome, evaluation.all.counts.get(outcome)));
    let always = |outcome: Outcome| matches!(outcome, Outcome::Matched | Outcome::Missing | Outcome::Extra);
    let counts = counts.filter(|&(outcome, count)| count > 0 || always(outcome));
    let counts: Vec<String> = counts.map(|(outcome, count)| format!("{count} {}", outcome.name())).collect();
    let mut text = format!("{cases} in both: {}", counts.join(", "));
    for (count, what) in [
        (evaluation.only_truth.len(), "cases only in the truth"),
        (evaluation.only_predicted.len(), "cases only predicted"),
        (evaluation.absent, "in neither"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push('\n');
    text
}

/// A share for people.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".into(), |share| format!("{:.1} %", 100.0 * share))
}

/// Rows in columns: the first to the left, the others to the right.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            let _ =
                if column == 0 { write!(line, "{cell}{padding}") } else { write!(line, "  {padding}{cell}") };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [["landmark", "mean"], ["é", "10.50"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "landmark   mean\né         10.50\n");
    }

    #[test]
    fn a_landmark_without_a_name_is_called_by_its_channel() {
        assert_eq!((name(Some("AC"), Some(3)), name(None, Some(3))), ("AC".into(), "c 3".into()));
    }
}
