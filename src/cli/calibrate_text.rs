//! The report of `calibrate` for people.

use super::calibrate_report::{LEVEL, Report, guarantee};
use super::eval_text::{name, table};
use super::warnings::counted;
use crate::number::Decimal;
use crate::shown;
use crate::study::{Bin, Design, Drops, Feature, InSpace, Measured, Radii, Scale, Space, needed_subjects};
use std::fmt::Write as _;

/// How many ways are shown, beside those that everybody compares with.
const SHOWN: usize = 10;

/// The whole report; `format` is that of the truth.
pub(super) fn text(report: &Report, format: &str) -> String {
    let mut text = head(report, format);
    text += &choice(report);
    if let Some(space) = report.made.spaces.first() {
        text += &radii(report, space);
        text += &bins(report, space);
    }
    text += &region(report);
    let _ = write!(text, "\nwritten   {}\n", shown::path(&report.args.output));
    shown::message(&text).to_string()
}

/// What is to be said if `decode` will have no radius of its own for some landmarks.
pub(super) fn too_few(report: &Report) -> Option<String> {
    let made = report.made;
    let at = made.levels.iter().position(|&level| is_written(level))?;
    let space = made.spaces.first()?;
    let without = |found: &&Radii| found.count > 0 && found.factors[at].is_none();
    let lacking: Vec<&Radii> = space.landmarks.iter().filter(without).collect();
    let missing = lacking.iter().map(|found| found.missing[at]).max()?;
    let instead = match space.pooled.factors[at] {
        Some(_) => "they have that of all landmarks together",
        None => "decode will write none",
    };
    let more = needed_subjects(made.levels[at]);
    let all = made.answered;
    let hint = match report.settings.design {
        Design::Split(_) if all >= more => {
            format!("`--design cross` makes radii by all {all} subjects")
        }
        _ => format!("radii of {} take {more} subjects of each landmark", percent(made.levels[at])),
    };
    Some(format!(
        "warning: {} without a radius of {}: up to {missing} too few; {instead}\n  hint: {hint}",
        counted(lacking.len(), "landmark"),
        percent(made.levels[at]),
    ))
}

/// What is to be said if radii are not scaled as they were to be.
pub(super) fn unscaled(report: &Report) -> Option<String> {
    let wanted = report.args.scale.feature().filter(|wanted| *wanted != Feature::None)?;
    report.made.spaces.first().filter(|space| space.scale.feature != wanted)?;
    let by = match report.settings.design {
        Design::Split(_) => report.made.choosing.len(),
        Design::Cross => report.made.answered,
    };
    Some(format!(
        "warning: radii are not scaled by {}: to learn how takes {} landmarks whose errors are not 0, \
         and {} have fewer; a radius is the same for every heatmap of a landmark",
        wanted.name(),
        Scale::LEAST,
        counted(by, "subject"),
    ))
}

/// Whether the radius of a level is the one that `decode` writes.
fn is_written(level: f64) -> bool {
    level == LEVEL
}

fn head(report: &Report, format: &str) -> String {
    let Report { args, made, data, .. } = report;
    let channels = match data.channels {
        Some((few, many)) if few == many => format!(" of {}", counted(few, "channel")),
        Some((few, many)) => format!(" of {few} to {many} channels"),
        None => String::new(),
    };
    let unreadable = match data.unreadable {
        0 => String::new(),
        count => format!(", {count} unreadable"),
    };
    let answered = made.errors.get(made.way).map_or(0, |error| error.count);
    let missing = made.scored - answered.min(made.scored);
    let mut text = format!(
        "heatmaps  {}{channels}{unreadable}\ntruth     {} ({format})\nmatched   by {}: {} of {}\n",
        counted(data.inputs, "input"),
        shown::path(&args.truth),
        shown::text(&made.columns.to_string()),
        counted(made.scored, "landmark"),
        counted(made.subjects.len(), "subject"),
    );
    let counts = [(missing, "without an answer"), (made.extra, "without a truth")];
    let counts = counts.iter().map(|(count, what)| (*count, format!("{count} {what}")));
    let cases = [(0, "only in the truth"), (1, "without a truth")].map(|(side, what)| {
        let count = made.unmatched[side].len();
        (count, format!("{} {what}", counted(count, "case")))
    });
    let counts = counts.chain(cases).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(_, what)| what).collect();
    if !counts.is_empty() {
        let _ = writeln!(text, "          {}", counts.join(", "));
    }
    let _ = writeln!(text, "subjects  by {}", shown::text(&made.subject));
    text
}

fn choice(report: &Report) -> String {
    let Report { made, ways, .. } = report;
    let unit = made.space.unit();
    let by = match made.choosing.len() {
        0 => "as it was given".to_owned(),
        count => format!("by {}", counted(count, "subject")),
    };
    let mut text = format!("\nchosen    {}, {by}\n", ways[made.way].name());
    if let Some(found) = &made.cross_validated {
        let same = found.chosen.iter().filter(|&&way| way == made.way).count();
        let _ = writeln!(
            text,
            "error     {} {unit} on subjects that did not choose{}; {same} of {} parts chose the same",
            number(found.error.mean),
            interval(&found.error),
            found.chosen.len(),
        );
    }
    let header = ["method", "mean error", "95 % interval", "above the chosen", "95 % interval", "landmarks"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut order: Vec<usize> = (0..ways.len()).collect();
    let mean = |way: &usize| made.errors[*way].mean.unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let shown = |(place, way): &(usize, usize)| *place < SHOWN || *way == made.way || ways[*way].is_beside();
    let listed: Vec<usize> = order.iter().copied().enumerate().filter(shown).map(|(_, way)| way).collect();
    for &way in &listed {
        let (error, gain) = (&made.errors[way], &made.gains[way]);
        let is_chosen = way == made.way;
        rows.push(vec![
            ways[way].name(),
            number(error.mean),
            bounds(error),
            if is_chosen { "chosen".into() } else { number(gain.mean) },
            if is_chosen { "-".into() } else { bounds(gain) },
            error.count.to_string(),
        ]);
    }
    let _ = write!(text, "\n{}", table(&rows));
    if listed.len() < ways.len() {
        let _ = writeln!(text, "and {} more, in the file", ways.len() - listed.len());
    }
    text
}

fn radii(report: &Report, space: &InSpace) -> String {
    let (made, unit) = (report.made, space.space.unit());
    let subjects = counted(space.pooled.subjects, "subject");
    let by = match (space.scale.feature, made.correlations.iter().find(|own| own.0 == space.scale.feature)) {
        (Feature::None, _) => "the same for every heatmap of a landmark".to_owned(),
        (feature, Some((_, Some(correlation)))) => {
            let name = feature.name();
            format!("scaled by {name} (rank correlation with the error {correlation:.2})")
        }
        (feature, _) => format!("scaled by {}", feature.name()),
    };
    let along = if space.space == Space::Voxel { "voxels" } else { unit };
    let mut text = format!("\nradii     in {along}, by {subjects}, {by}\n");
    for line in wrapped(&guarantee(report), 88) {
        let _ = writeln!(text, "          {line}");
    }
    let mut header = vec!["landmark".to_owned(), "subjects".into(), "mean error".into()];
    for level in &made.levels {
        let percent = percent(*level);
        header.extend([format!("{percent} radius"), "reached".into(), "unscaled".into()]);
    }
    let row = |title: String, found: &Radii| {
        let mut cells = vec![title, found.subjects.to_string(), number(found.mean_error)];
        for at in 0..made.levels.len() {
            cells.push(match (found.mean_radius[at], found.missing[at]) {
                (Some(radius), _) => number(Some(radius)),
                (None, 0) => "infinite".into(),
                (None, missing) => format!("{missing} too few"),
            });
            cells.push(found.reached[at].map_or_else(|| "-".into(), percent_of));
            cells.push(number(found.unscaled[at]));
        }
        cells
    };
    let mut rows = vec![header];
    let landmarks = made.landmarks.iter().zip(&space.landmarks);
    let landmarks = landmarks.filter(|(_, found)| found.count > 0);
    let named =
        |(label, c): &(Option<String>, Option<usize>)| shown::text(&name(label.as_deref(), *c)).to_string();
    rows.extend(landmarks.map(|(own, found)| row(named(own), found)));
    rows.push(row("all together".into(), &space.pooled));
    let _ = write!(text, "\n{}", table(&rows));
    text
}

fn bins(report: &Report, space: &InSpace) -> String {
    if space.bins.is_empty() {
        return String::new();
    }
    let mut header = vec![space.scale.feature.name().to_owned(), "landmarks".into(), "mean error".into()];
    header.extend(report.made.levels.iter().map(|level| format!("{} within", percent(*level))));
    let row = |bin: &Bin| {
        let (low, high) = bin.figures;
        let mut cells = vec![
            format!("{} to {}", number(Some(low)), number(Some(high))),
            bin.count.to_string(),
            number(Some(bin.mean_error)),
        ];
        cells.extend(bin.bounds.iter().map(|bound| number(*bound)));
        cells
    };
    let rows: Vec<Vec<String>> = [header].into_iter().chain(space.bins.iter().map(row)).collect();
    format!("\n{}", table(&rows))
}

/// Which voxels hold the truth.
fn region(report: &Report) -> String {
    let Some((landmarks, pooled)) = &report.drops else { return String::new() };
    let mut text =
        "\nregion    the voxels at or above peak - Q (peak - background), by all subjects\n\n".to_owned();
    let mut header = vec!["landmark".to_owned(), "subjects".into()];
    header.extend(report.made.levels.iter().map(|level| format!("Q, {}", percent(*level))));
    let row = |title: String, found: &Drops| {
        let drops = found.bounds.iter().zip(&found.missing).map(|(drop, missing)| match (drop, missing) {
            (Some(drop), _) => number(Some(*drop)),
            (None, 0) => "infinite".into(),
            (None, missing) => format!("{missing} too few"),
        });
        [title, found.subjects.to_string()].into_iter().chain(drops).collect::<Vec<_>>()
    };
    let mut rows = vec![header];
    let named = report.made.landmarks.iter().zip(landmarks).filter(|(_, found)| found.subjects > 0);
    rows.extend(
        named.map(|((label, c), found)| row(shown::text(&name(label.as_deref(), *c)).to_string(), found)),
    );
    rows.push(row("all together".into(), pooled));
    text += &table(&rows);
    text
}

/// A text in lines of at most `width` letters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            *last += if last.is_empty() { "" } else { " " };
            *last += word;
        }
    }
    lines
}

/// A level, such as `95 %`.
fn percent(level: f64) -> String {
    let digits = (0..6).find(|&digits| {
        let rounded = format!("{:.*}", digits, 100.0 * level);
        rounded.parse::<f64>().is_ok_and(|rounded| (rounded - 100.0 * level).abs() < 1e-9)
    });
    format!("{:.*} %", digits.unwrap_or(6), 100.0 * level)
}

fn percent_of(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn number(number: Option<f64>) -> String {
    number.map_or_else(|| "-".into(), |number| Decimal { number, digits: Some(3) }.to_string())
}

fn bounds(found: &Measured) -> String {
    let show = |(low, high): (f64, f64)| format!("{} to {}", number(Some(low)), number(Some(high)));
    found.interval.map_or_else(|| "-".into(), show)
}

fn interval(found: &Measured) -> String {
    found.interval.map_or_else(String::new, |_| format!(" ({})", bounds(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_by_hand() {
        let shown = [0.9, 0.95, 0.995, 0.6827].map(percent);
        assert_eq!(shown, ["90 %", "95 %", "99.5 %", "68.27 %"]);
    }
}
