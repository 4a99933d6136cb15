//! What is suspicious about landmarks that are compared: said once per kind, with the first places.

use super::eval_files;
use super::eval_hints::Role;
use super::eval_report::{Inputs, Report};
use super::eval_text::place;
use super::exit::Exit;
use super::stderr;
use crate::shown;
use crate::study::{Evaluation, Orientation, Outcome, Space};

/// How many places are named.
const PLACES: usize = 3;

/// Prints all warnings. Files of a directory that could not be read make the exit status 3.
pub(super) fn print(report: &Report) -> Exit {
    let Inputs { predicted, truth, against } = report.inputs;
    let reads =
        [(Some(predicted), Role::Predicted), (Some(truth), Role::Truth), (against.as_ref(), Role::Predicted)];
    let mut exit = Exit::Done;
    for (read, role) in reads.into_iter().filter_map(|(read, role)| Some((read?, role))) {
        for notice in &read.set.notices {
            stderr::print_line(&format!("warning: `{}`: {notice}", shown::path(&read.set.path)));
        }
        for error in &read.failed {
            stderr::print_line(&eval_files::failed(error, role));
            exit = Exit::Unreadable;
        }
    }
    let found =
        [(Some(&report.found.evaluation), "predicted"), (report.found.other.as_ref(), "predicted by OTHER")];
    for (found, predicted) in found {
        for line in found.map_or_else(Vec::new, |found| warnings(report, found, predicted)) {
            stderr::print_line(&line);
        }
    }
    exit
}

fn warnings(report: &Report, found: &Evaluation, predicted: &str) -> Vec<String> {
    let outcome = |outcome: Outcome, what: &str| {
        let rows = found.rows.iter().filter(|row| row.outcome == outcome);
        let names: Vec<String> = rows.map(|row| place(row, &report.found.columns)).collect();
        some(&names, what)
    };
    let mut lines: Vec<String> = [
        some(&found.unreadable, &format!("inputs could not be read when they were {predicted}: all missing")),
        some(&found.unreadable_truth, "inputs could not be read for the truth"),
        some(&found.only_truth, &format!("cases are in the truth and not {predicted}: all missing")),
        some(&found.only_predicted, &format!("cases are {predicted} and not in the truth: all extra")),
        outcome(
            Outcome::Duplicate,
            &format!("landmarks are {predicted} several times: they count as missing"),
        ),
        outcome(
            Outcome::Unclear,
            "landmarks are in the truth several times, or without a position: they are left out",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.further_peaks > 0 {
        lines.push(format!(
            "warning: {} further peaks are not compared: a heatmap counts by its first",
            found.further_peaks
        ));
    }
    lines.extend(found.orientation.map(|orientation| turned(orientation, report.found.space, predicted)));
    lines
}

/// A warning with the first places; none of nothing.
fn some(names: &[String], what: &str) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let first: Vec<String> =
        names.iter().take(PLACES).map(|name| format!("`{}`", shown::text(name))).collect();
    let more = names.len().saturating_sub(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("warning: {} {what}: {}{more}", names.len(), first.join(", ")))
}

/// The warning about axes, with what may be wrong.
fn turned(found: Orientation, space: Space, predicted: &str) -> String {
    let Orientation { error, would_be, .. } = found;
    let words = found.in_words(space.axes());
    let unit = space.unit();
    let hint = match (space, &*words) {
        (Space::World, "x and y have the other sign") => {
            "LPS was taken for RAS, or the other way round: see `--predicted-frame`, `--truth-frame`, and \
             `--frame` of decode"
        }
        (Space::World, _) => "one of the two has another affine or another order of axes",
        _ => "an array was read with another `--layout`, or written with another `--order`",
    };
    format!(
        "warning: axes differ: the errors would be far smaller if, in what is {predicted}, {words}: \
         {would_be:.2} instead of {error:.2} {unit} about the centres of the cases\n  hint: {hint}"
    )
}
