//! The cumulative curve of errors: which share of the landmarks is within each error.

use super::Line;
use super::svg::{Axis, escaped, figure, number};
use crate::study::quantile::quantile;
use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 340.0;
const LEFT: f64 = 56.0;

/// The cumulative curve of one prediction or two, as SVG.
///
/// The share is of all landmarks of the truth, also those without a prediction: a curve that ends below 100 %
/// says that some are missing. The axis ends where 99 of 100 errors are within it, so that one lost landmark
/// does not press the others into a corner; how many lie beyond is said.
#[must_use]
pub fn curve(lines: &[Line], unit: &str) -> String {
    let largest = lines.iter().filter_map(|line| quantile(&line.errors, 0.99)).fold(0.0, f64::max);
    let axis = Axis::new(LEFT, WIDTH - LEFT - 24.0, largest);
    let mut body = axis.drawn(TOP, BOTTOM, &format!("radial error ({unit})"));
    for percent in [0, 25, 50, 75, 100] {
        let y = height(f64::from(percent) / 100.0);
        let _ = writeln!(
            body,
            "<path class=\"grid\" d=\"M{LEFT:.1} {y:.1}H{:.1}\"/>\
             <text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{percent} %</text>",
            WIDTH - 24.0,
            LEFT - 8.0,
            y + 4.0
        );
    }
    for (line, (class, at)) in lines.iter().zip([("one", 0.0), ("other", 1.0)]) {
        let y = BOTTOM - 36.0 + 18.0 * at;
        let name = escaped(&line.name);
        let _ = writeln!(
            body,
            "<path class=\"{class}\" d=\"{}\"/>\n<path class=\"{class}\" d=\"M{:.1} {:.1}h24\"/>\
             <text class=\"end\" x=\"{:.1}\" y=\"{y:.1}\">{name}</text>",
            steps(line, axis),
            WIDTH - 56.0,
            y - 4.0,
            WIDTH - 64.0
        );
    }
    let described: Vec<String> = lines.iter().map(|line| described(line, axis, unit)).collect();
    figure(WIDTH, HEIGHT, "Share of landmarks within a radial error", &described.join(" "), &body)
}

fn height(share: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * share
}

/// The curve as a path of steps; of many errors, one for each of 500 places on the axis.
fn steps(line: &Line, axis: Axis) -> String {
    const MOST: usize = 500;
    let within: Vec<f64> = line.errors.iter().copied().filter(|&error| error <= axis.end).collect();
    let stride = within.len().div_ceil(MOST).max(1);
    let mut path = format!("M{:.1} {:.1}", axis.at(0.0), height(0.0));
    for (at, &error) in within.iter().enumerate() {
        if (at + 1) % stride == 0 || at + 1 == within.len() {
            let share = (at + 1) as f64 / line.scored.max(1) as f64;
            let _ = write!(path, "H{:.1}V{:.1}", axis.at(error), height(share));
        }
    }
    let _ = write!(path, "H{:.1}", axis.at(axis.end));
    path
}

/// The line in words.
fn described(line: &Line, axis: Axis, unit: &str) -> String {
    let beyond = line.errors.iter().filter(|&&error| error > axis.end).count();
    let missing = line.scored.saturating_sub(line.errors.len());
    let Some(median) = quantile(&line.errors, 0.5) else {
        return format!("{}: no landmark has an error, {missing} are missing.", line.name);
    };
    format!(
        "{}: {} landmarks; half of the errors are at most {} {unit}; {beyond} lie beyond {} {unit}, \
         {missing} are missing.",
        line.name,
        line.scored,
        number(median),
        number(axis.end)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_by_hand() {
        // Four landmarks, one of them missing: 25 % at 1, 50 % at 2, 75 % at 4 and beyond.
        let line = Line { name: "p<1>".into(), errors: vec![1.0, 2.0, 4.0], scored: 4 };
        let axis = Axis::new(0.0, 100.0, 4.0);
        assert_eq!(axis.end, 4.0);
        assert_eq!(steps(&line, axis), "M0.0 340.0H25.0V267.0H50.0V194.0H100.0V121.0H100.0");
        let text = curve(&[line], "mm");
        assert!(
            text.contains("p&lt;1&gt;: 4 landmarks; half of the errors are at most 2 mm; 0 lie"),
            "{text}"
        );
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let text = curve(&[Line { scored: 2, ..Line::default() }], "voxel");
        assert!(text.contains("no landmark has an error, 2 are missing"), "{text}");
        assert!(!text.contains("NaN"), "{text}");
    }

    #[test]
    fn many_errors_are_a_short_path() {
        let errors: Vec<f64> = (0..100_000).map(f64::from).collect();
        let line = Line { name: String::new(), scored: errors.len(), errors };
        assert!(curve(&[line], "mm").len() < 20_000);
    }
}
