//! The first page: how many landmarks there are of each kind, how far they may be off, and how far they are.

use super::entry::{Entry, Page};
use crate::study::figure::{Line, boxes, boxes_of, curve, escaped, histogram, number};
use crate::study::quantile::quantile;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The first page, as HTML.
pub(super) fn overview(page: &Page) -> String {
    let mut text = String::new();
    let _ = write!(text, "<p class=\"summary\">{}</p>", escaped(&summary(page)));
    for note in &page.notes {
        let _ = write!(text, "<p class=\"note\">{}</p>", escaped(note));
    }
    text.push_str(&counts(page));
    text.push_str("<div class=\"figures\">");
    for (name, svg) in figures(page) {
        // As a picture of its own, so that its style is not that of the page.
        let source = STANDARD.encode(svg);
        let _ = write!(text, "<img alt=\"{}\" src=\"data:image/svg+xml;base64,{source}\">", escaped(&name));
    }
    text.push_str("</div>");
    text.push_str(&by_landmark(page));
    text
}

fn summary(page: &Page) -> String {
    let doubtful = page.entries.iter().filter(|entry| entry.is_doubtful()).count();
    let of = if page.is_given { "Landmarks of a file, beside those of" } else { "Decoded by" };
    let plural = if page.entries.len() == 1 { "landmark" } else { "landmarks" };
    format!("{} {plural}, {doubtful} of them doubtful. {of} {}.", page.entries.len(), page.method)
}

/// How many have which status, flag and outcome.
fn counts(page: &Page) -> String {
    let mut kinds: BTreeMap<(u8, &str), usize> = BTreeMap::new();
    for entry in &page.entries {
        *kinds.entry((0, entry.status)).or_default() += 1;
        for flag in &entry.flags {
            *kinds.entry((1, flag)).or_default() += 1;
        }
        if let Some(outcome) = entry.outcome {
            *kinds.entry((2, outcome)).or_default() += 1;
        }
    }
    let mut text = String::from("<table><caption>How many landmarks</caption><tbody>");
    for ((kind, name), count) in kinds {
        let kind = ["status", "flag", "beside the truth"][usize::from(kind)];
        let name = escaped(name);
        let _ = write!(
            text,
            "<tr><td>{kind}</td><th scope=\"row\">{name}</th><td class=\"number\">{count}</td></tr>"
        );
    }
    text.push_str("</tbody></table>");
    text
}

/// The entries of each landmark, in the order of channels.
fn groups(page: &Page) -> Vec<(String, Vec<&Entry>)> {
    let mut groups: BTreeMap<(Option<usize>, String), Vec<&Entry>> = BTreeMap::new();
    for entry in &page.entries {
        groups.entry((entry.c, entry.name())).or_default().push(entry);
    }
    groups.into_iter().map(|((_, name), entries)| (name, entries)).collect()
}

/// The unit of all entries that have an answer; `None` if they differ.
fn unit(page: &Page) -> Option<&'static str> {
    let mut units = page.entries.iter().filter(|entry| !entry.unit.is_empty()).map(|entry| entry.unit);
    let first = units.next()?;
    units.all(|unit| unit == first).then_some(first)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The figures with their names.
fn figures(page: &Page) -> Vec<(String, String)> {
    let Some(unit) = unit(page) else { return Vec::new() };
    let line = |name: String, entries: &[&Entry], of: fn(&Entry) -> Option<f64>, scored: usize| Line {
        name,
        errors: sorted(entries.iter().filter_map(|entry| of(entry))),
        scored,
    };
    let all: Vec<&Entry> = page.entries.iter().collect();
    let groups = groups(page);
    let mut figures = Vec::new();
    let error95 = sorted(all.iter().filter_map(|entry| entry.error95));
    if !error95.is_empty() {
        let (title, label) = ("How far answers may be off", format!("error95 ({unit})"));
        figures.push((title.to_owned(), histogram(&error95, title, &label)));
    }
    if page.has_truth {
        let is_scored = |entry: &&&Entry| matches!(entry.outcome, Some("matched" | "missing" | "duplicate"));
        let scored = |entries: &[&Entry]| entries.iter().filter(is_scored).count();
        let whole = line("all".to_owned(), &all, |entry| entry.error, scored(&all));
        figures.push(("Share of landmarks within a radial error".to_owned(), curve(&[whole], unit)));
        let lines =
            groups.iter().map(|(name, own)| line(name.clone(), own, |entry| entry.error, scored(own)));
        let lines: Vec<Line> = lines.filter(|line| line.scored > 0).collect();
        figures.push(("Radial error by landmark".to_owned(), boxes(&lines, unit)));
    } else if !error95.is_empty() {
        let lines = groups.iter().map(|(name, own)| line(name.clone(), own, |entry| entry.error95, 0));
        let lines: Vec<Line> = lines.collect();
        let title = "How far answers may be off, by landmark";
        figures.push((title.to_owned(), boxes_of(&lines, unit, title, "error95")));
    }
    figures
}

/// A row for each landmark.
fn by_landmark(page: &Page) -> String {
    let mut text = String::from(
        "<table><caption>Each landmark</caption><thead><tr><th scope=\"col\">landmark</th>\
         <th scope=\"col\">how many</th><th scope=\"col\">doubtful</th>\
         <th scope=\"col\">median error95</th>",
    );
    if page.has_truth {
        text.push_str("<th scope=\"col\">median error</th><th scope=\"col\">largest error</th>");
    }
    text.push_str("</tr></thead><tbody>");
    let shown = |value: Option<f64>| value.map(number).unwrap_or_default();
    for (name, entries) in groups(page) {
        let doubtful = entries.iter().filter(|entry| entry.is_doubtful()).count();
        let radii = sorted(entries.iter().filter_map(|entry| entry.error95));
        let _ = write!(
            text,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{doubtful}</td>\
             <td class=\"number\">{}</td>",
            escaped(&name),
            entries.len(),
            shown(quantile(&radii, 0.5))
        );
        if page.has_truth {
            let errors = sorted(entries.iter().filter_map(|entry| entry.error));
            let largest = shown(errors.last().copied());
            let median = shown(quantile(&errors, 0.5));
            let _ = write!(text, "<td class=\"number\">{median}</td><td class=\"number\">{largest}</td>");
        }
        text.push_str("</tr>");
    }
    text.push_str("</tbody></table>");
    text
}
