//! The box plot of errors by landmark: which landmark is hard, and which has a few bad cases.

use super::Line;
use super::svg::{Axis, escaped, figure, number};
use crate::study::quantile::quantile;
use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const TOP: f64 = 44.0;
const ROW: f64 = 24.0;
const LEFT: f64 = 200.0;

/// A box and its whiskers.
#[derive(Clone, Debug, PartialEq)]
struct BoxPlot {
    whiskers: [f64; 2],
    quartiles: [f64; 3],
    beyond: Vec<f64>,
}

impl BoxPlot {
    /// Quartiles, whiskers to the last errors within 1.5 interquartile ranges of the box, and those beyond
    /// (Tukey 1977); `None` of nothing.
    fn of(errors: &[f64]) -> Option<BoxPlot> {
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile(errors, share));
        let quartiles = [low?, middle?, high?];
        let reach = 1.5 * (quartiles[2] - quartiles[0]);
        let is_near = |error: &f64| *error >= quartiles[0] - reach && *error <= quartiles[2] + reach;
        let near = || errors.iter().copied().filter(is_near);
        let whiskers = [near().next()?.min(quartiles[0]), near().next_back()?.max(quartiles[2])];
        let beyond = errors.iter().copied().filter(|error| !is_near(error)).collect();
        Some(BoxPlot { whiskers, quartiles, beyond })
    }
}

/// A box plot of errors with a row for each landmark, as SVG.
#[must_use]
pub fn boxes(lines: &[Line], unit: &str) -> String {
    boxes_of(lines, unit, "Radial error by landmark", "radial error")
}

/// A box plot of what `quantity` names, in a unit, with a row for each landmark, as SVG.
#[must_use]
pub(in crate::study) fn boxes_of(lines: &[Line], unit: &str, title: &str, quantity: &str) -> String {
    let largest = lines.iter().filter_map(|line| line.errors.last()).copied().fold(0.0, f64::max);
    let axis = Axis::new(LEFT, WIDTH - LEFT - 24.0, largest);
    let bottom = TOP + ROW * lines.len() as f64;
    let mut body = axis.drawn(TOP, bottom, &format!("{quantity} ({unit})"));
    for (line, at) in lines.iter().zip(0_u32..) {
        let middle = TOP + ROW * (f64::from(at) + 0.5);
        let missing = line.scored.saturating_sub(line.errors.len());
        let missing = if missing == 0 { String::new() } else { format!(" ({missing} missing)") };
        let name = escaped(&shortened(&line.name));
        let _ = writeln!(
            body,
            "<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{name}{missing}</text>",
            LEFT - 8.0,
            middle + 4.0
        );
        if let Some(found) = BoxPlot::of(&line.errors) {
            body.push_str(&drawn(&found, axis, middle));
        }
    }
    let described: Vec<String> = lines.iter().filter_map(|line| described(line, unit)).collect();
    figure(WIDTH, bottom + 52.0, title, &described.join(" "), &body)
}

fn drawn(found: &BoxPlot, axis: Axis, middle: f64) -> String {
    let [low, median, high] = found.quartiles.map(|error| axis.at(error));
    let [start, end] = found.whiskers.map(|error| axis.at(error));
    let (top, bottom) = (middle - 7.0, middle + 7.0);
    let mut text = format!(
        "<path class=\"axis\" d=\"M{start:.1} {middle:.1}H{low:.1}M{high:.1} {middle:.1}H{end:.1}\"/>\
         <rect class=\"box\" x=\"{low:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"14\"/>\
         <path class=\"one\" d=\"M{median:.1} {top:.1}V{bottom:.1}\"/>\n",
        high - low
    );
    for &error in &found.beyond {
        let _ = writeln!(
            text,
            "<circle class=\"point\" cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"2.5\"/>",
            axis.at(error)
        );
    }
    text
}

/// A name that fits beside its box.
fn shortened(name: &str) -> String {
    const MOST: usize = 18;
    if name.chars().count() <= MOST {
        name.to_owned()
    } else {
        name.chars().take(MOST - 1).chain(['…']).collect()
    }
}

fn described(line: &Line, unit: &str) -> Option<String> {
    let BoxPlot { quartiles: [low, median, high], .. } = BoxPlot::of(&line.errors)?;
    let [low, median, high] = [low, median, high].map(number);
    Some(format!("{}: median {median} {unit}, middle half {low} to {high}.", line.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_by_hand() {
        // Quartiles of 1, 2, 3, 4, 20: 2, 3, 4; whiskers reach to 4 + 3 at most, so 20 is beyond.
        let found = BoxPlot::of(&[1.0, 2.0, 3.0, 4.0, 20.0]).unwrap();
        let expected = BoxPlot { whiskers: [1.0, 4.0], quartiles: [2.0, 3.0, 4.0], beyond: vec![20.0] };
        assert_eq!(found, expected);
        assert_eq!(BoxPlot::of(&[]), None);
        let one = BoxPlot { whiskers: [2.0, 2.0], quartiles: [2.0; 3], beyond: Vec::new() };
        assert_eq!(BoxPlot::of(&[2.0]), Some(one));
    }

    #[test]
    fn each_landmark_has_its_row() {
        let line =
            |name: &str, errors: &[f64]| Line { name: name.into(), errors: errors.to_vec(), scored: 3 };
        let text = boxes(&[line("sella & more", &[1.0, 2.0, 3.0]), line("nasion", &[])], "mm");
        assert!(text.contains("sella &amp; more</text>") && text.contains("nasion (3 missing)"), "{text}");
        assert_eq!(text.matches("<rect").count(), 1);
        assert!(text.contains("sella &amp; more: median 2 mm, middle half 1.5 to 2.5."), "{text}");
        assert!(!boxes(&[], "mm").contains("NaN"));
    }
}
