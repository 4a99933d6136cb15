//! How often a value lies where, as a histogram.

use super::svg::{Axis, figure, number};
use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 240.0;
const LEFT: f64 = 56.0;
const BINS: usize = 40;

/// A histogram of values, which rise and are not below 0, as SVG. The axis ends where 99 of 100 values are
/// within it; those beyond are counted in the last bin, and how many they are is said.
#[must_use]
pub(in crate::study) fn histogram(values: &[f64], title: &str, label: &str) -> String {
    let place = values.len().saturating_sub(1) * 99 / 100;
    let axis = Axis::new(LEFT, WIDTH - LEFT - 24.0, values.get(place).copied().unwrap_or(0.0));
    let counts = counts(values, axis.end);
    let highest = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut body = axis.drawn(TOP, BOTTOM, label);
    for (at, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let [left, right] = [at, at + 1].map(|at| axis.at(axis.end * at as f64 / BINS as f64));
        let height = (BOTTOM - TOP) * count as f64 / highest;
        let _ = writeln!(
            body,
            "<rect class=\"box\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
            BOTTOM - height,
            right - left
        );
    }
    let _ =
        writeln!(body, "<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{highest}</text>", LEFT - 8.0, TOP + 4.0);
    let beyond = values.iter().filter(|&&value| value > axis.end).count();
    let described = match values {
        [] => "No values.".to_owned(),
        [first, ..] => format!(
            "{} values from {} to {}; half of them are at most {}; {beyond} lie beyond {}.",
            values.len(),
            number(*first),
            number(values[values.len() - 1]),
            number(values[(values.len() - 1) / 2]),
            number(axis.end)
        ),
    };
    figure(WIDTH, HEIGHT, title, &described, &body)
}

/// How many values lie in each bin.
fn counts(values: &[f64], end: f64) -> [usize; BINS] {
    let mut counts = [0; BINS];
    for &value in values {
        let at = (value / end * BINS as f64) as usize;
        counts[at.min(BINS - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_by_hand() {
        // Bins of 0.25: [0, 0.25), [0.25, 0.5), …, and the last one with what lies beyond.
        let found = counts(&[0.0, 0.24, 0.25, 9.99, 10.0, 1000.0], 10.0);
        assert_eq!((found[0], found[1], found[BINS - 1]), (2, 1, 3));
        assert_eq!(found.iter().sum::<usize>(), 6);
    }

    #[test]
    fn it_says_what_it_shows() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        let text = histogram(&values, "a < b", "error95 (mm)");
        assert!(text.contains("101 values from 0 to 100; half of them are at most 50; 0 lie beyond 100."));
        assert!(text.contains("a &lt; b") && text.contains(">error95 (mm)</text>"), "{text}");
        assert!(histogram(&[], "", "").contains("No values."));
    }
}
