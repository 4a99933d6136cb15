//! What is suspicious about landmarks that are compared: said once per kind, with the first places.

use super::eval_files::{self, Read};
use super::eval_hints::Role;
use super::eval_report::{Inputs, Report};
use super::eval_text::place;
use super::exit::Exit;
use super::stderr;
use super::warnings::counted;
use crate::shown;
use crate::study::{Columns, Comparison, Evaluation, Orientation, Outcome, Space};

/// How many places are named.
const PLACES: usize = 3;

/// Prints all warnings. Files of a directory that could not be read make the exit status 3.
pub(super) fn print(report: &Report) -> Exit {
    let Inputs { predicted, truth, against } = report.inputs;
    let reads =
        [(Some(predicted), Role::Predicted), (Some(truth), Role::Truth), (against.as_ref(), Role::Predicted)];
    let mut exit = Exit::Done;
    for (read, role) in reads.into_iter().filter_map(|(read, role)| Some((read?, role))) {
        exit = exit.max(print_read(read, role));
    }
    print_compared(report.found, FRAMES);
    exit
}

/// What says in which frame landmarks are, to `eval`.
const FRAMES: &str = "`--predicted-frame`, `--truth-frame`, and `--frame` of decode";

/// Prints what is suspicious about landmarks that were read, and what could not be read: then the exit status
/// is 3.
pub(super) fn print_read(read: &Read, role: Role) -> Exit {
    for notice in &read.set.notices {
        stderr::print_line(&format!("warning: `{}`: {notice}", shown::path(&read.set.path)));
    }
    for error in &read.failed {
        stderr::print_line(&eval_files::failed(error, role));
    }
    if read.failed.is_empty() { Exit::Done } else { Exit::Unreadable }
}

/// Prints what is suspicious about predictions beside the truth. `frames` names the options that say in which
/// frame they are.
pub(super) fn print_compared(compared: &Comparison, frames: &str) {
    let found = [(Some(&compared.evaluation), "predicted"), (compared.other.as_ref(), "predicted by OTHER")];
    for (found, predicted) in found {
        let words = Words { columns: &compared.columns, space: compared.space, predicted, frames };
        for line in found.map_or_else(Vec::new, |found| warnings(&words, found)) {
            stderr::print_line(&line);
        }
    }
}

/// How what is compared is called.
struct Words<'a> {
    columns: &'a Columns,
    space: Space,
    predicted: &'a str,
    frames: &'a str,
}

fn warnings(words: &Words, found: &Evaluation) -> Vec<String> {
    let predicted = words.predicted;
    let outcome = |outcome: Outcome, what: &str| {
        let rows = found.rows.iter().filter(|row| row.outcome == outcome);
        let names: Vec<String> = rows.map(|row| place(row, words.columns)).collect();
        some(&names, "landmark", what)
    };
    let mut lines: Vec<String> = [
        some(&found.unreadable, "input", &format!("could not be read, nothing is {predicted}: all missing")),
        some(&found.unreadable_truth, "input", "could not be read for the truth"),
        some(&found.only_truth, "case", &format!("{ARE} in the truth and not {predicted}: all missing")),
        some(&found.only_predicted, "case", &format!("{ARE} {predicted} and not in the truth: all extra")),
        outcome(Outcome::Duplicate, &format!("{ARE} {predicted} several times: taken for missing")),
        outcome(
            Outcome::Unclear,
            &format!("{ARE} in the truth several times, or without a position: left out"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.further_peaks > 0 {
        lines.push(format!(
            "warning: {} not compared: a heatmap counts by its first",
            counted(found.further_peaks, "further peak")
        ));
    }
    lines.extend(found.orientation.map(|orientation| turned(orientation, words)));
    lines
}

/// Stands for "is" or "are".
const ARE: &str = "{are}";

/// A warning with the first places; none of nothing.
pub(super) fn some(names: &[String], noun: &str, what: &str) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let first: Vec<String> =
        names.iter().take(PLACES).map(|name| format!("`{}`", shown::text(name))).collect();
    let more = names.len().saturating_sub(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let what = what.replace(ARE, if names.len() == 1 { "is" } else { "are" });
    Some(format!("warning: {} {what}: {}{more}", counted(names.len(), noun), first.join(", ")))
}

/// The warning about axes, with what may be wrong.
fn turned(found: Orientation, &Words { space, predicted, frames, .. }: &Words) -> String {
    let Orientation { error, would_be, .. } = found;
    let words = found.in_words(space.axes());
    let unit = space.unit();
    let hint = match (space, &*words) {
        (Space::World, "x and y have the other sign") => {
            format!("LPS was taken for RAS, or the other way round: see {frames}")
        }
        (Space::World, _) => "one of the two has another affine or another order of axes".to_owned(),
        _ => "an array was read with another `--layout`, or written with another `--order`".to_owned(),
    };
    format!(
        "warning: axes differ: the errors would be far smaller if, in what is {predicted}, {words}: \
         {would_be:.2} instead of {error:.2} {unit} about the centres of the cases\n  hint: {hint}"
    )
}
