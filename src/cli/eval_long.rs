//! The report of `eval` as CSV: one row for each landmark and statistic, and the same for all landmarks.

use super::eval_report::Report;
use crate::number::Decimal;
use crate::study::{Distances, Estimate, Evaluation, Group, Measure, Outcome};

/// The columns, which `docs/evaluation.md` explains.
const COLUMNS: [&str; 11] =
    ["prediction", "scope", "c", "label", "statistic", "limit", "unit", "value", "low", "high", "count"];

/// The whole report.
pub(super) fn csv(report: &Report) -> Vec<u8> {
    let mut table = Table { report, rows: csv::Writer::from_writer(Vec::new()) };
    table.row(&COLUMNS.map(str::to_owned));
    table.evaluation("predicted", &report.found.evaluation);
    if let Some(other) = &report.found.other {
        table.evaluation("against", other);
    }
    for (at, difference) in report.found.differences.iter().enumerate() {
        let scope = if at == 0 { "all" } else { "landmark" };
        let named = (difference.label.as_deref(), difference.c);
        difference
            .estimates
            .iter()
            .for_each(|estimate| table.estimate(["difference", scope], named, estimate));
    }
    table.rows.into_inner().unwrap_or_default()
}

struct Table<'a> {
    report: &'a Report<'a>,
    rows: csv::Writer<Vec<u8>>,
}

impl Table<'_> {
    /// Memory takes every row.
    fn row(&mut self, cells: &[String; COLUMNS.len()]) {
        let _ = self.rows.write_record(cells);
    }

    fn evaluation(&mut self, prediction: &str, evaluation: &Evaluation) {
        self.group([prediction, "all"], &evaluation.all);
        evaluation.landmarks.iter().for_each(|group| self.group([prediction, "landmark"], group));
        evaluation.pairs.iter().for_each(|pair| self.pair(prediction, pair));
    }

    fn group(&mut self, place: [&str; 2], group: &Group) {
        let named = (group.label.as_deref(), group.c);
        for outcome in Outcome::ALL {
            let count = group.counts.get(outcome).to_string();
            self.cells(place, named, outcome.name(), ["", "landmarks", &count, "", "", ""]);
        }
        group.estimates.iter().for_each(|estimate| self.estimate(place, named, estimate));
    }

    fn estimate(&mut self, place: [&str; 2], named: (Option<&str>, Option<usize>), estimate: &Estimate) {
        let Estimate { measure, value, interval, count } = *estimate;
        let space = self.report.found.space;
        let statistic = measure.name(self.report.settings.within, space.axes());
        let unit = unit(measure, space.unit());
        let limit = measure.limit().map_or_else(String::new, |limit| limit.to_string());
        let (low, high) = interval.unzip();
        let [value, low, high] = [value, low, high].map(|number| self.number(number));
        self.cells(place, named, &statistic, [&limit, unit, &value, &low, &high, &count.to_string()]);
    }

    fn pair(&mut self, prediction: &str, found: &Distances) {
        let name = found.pair.0.join(",");
        let unit = self.report.found.space.unit();
        let count = found.count.to_string();
        for (statistic, number, interval) in [
            ("distance_truth", found.truth, None),
            ("distance_predicted", found.predicted, None),
            ("distance_difference", found.difference, found.difference_interval),
            ("distance_sd", found.deviation, None),
            ("distance_absolute", found.absolute, found.absolute_interval),
        ] {
            let (low, high) = interval.unzip();
            let [number, low, high] = [number, low, high].map(|number| self.number(number));
            let cells = ["", unit, &number, &low, &high, &count];
            self.cells([prediction, "pair"], (Some(&name), None), statistic, cells);
        }
        let missing = found.missing.to_string();
        let cells = ["", "cases", &missing, "", "", ""];
        self.cells([prediction, "pair"], (Some(&name), None), "missing", cells);
    }

    fn cells(
        &mut self,
        [prediction, scope]: [&str; 2],
        (label, c): (Option<&str>, Option<usize>),
        statistic: &str,
        rest: [&str; 6],
    ) {
        let c = c.map_or_else(String::new, |c| c.to_string());
        let start = [prediction, scope, &c, label.unwrap_or_default(), statistic];
        let mut cells = [const { String::new() }; COLUMNS.len()];
        cells.iter_mut().zip(start.iter().chain(&rest)).for_each(|(cell, text)| (*text).clone_into(cell));
        self.row(&cells);
    }

    fn number(&self, number: Option<f64>) -> String {
        let digits = self.report.args.digits.map(usize::from);
        let number = number.filter(|number| number.is_finite());
        number.map_or_else(String::new, |number| Decimal { number, digits }.to_string())
    }
}

/// The unit of a statistic, where errors have the unit `errors`.
pub(super) fn unit(measure: Measure, errors: &'static str) -> &'static str {
    match measure {
        _ if measure.is_share() => "share",
        _ if measure.has_unit() => errors,
        _ => "ratio",
    }
}
