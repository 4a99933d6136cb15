//! Axes that are swapped or turned round, which look like a bad network and are a bad file.
//!
//! A permuted axis or a wrong sign moves every landmark in the same way, about a centre that depends on the
//! file. So each of the 48 ways to name and to sign three axes is tried, on positions relative to their mean
//! in each case: that leaves out any offset. If one of them makes the errors dramatically smaller, it is
//! said.

use super::row::{Outcome, Row};

/// A case needs so many landmarks: two positions about their mean fit far too many permutations.
const LEAST: usize = 3;

/// The other way must make the mean error so many times smaller, and that of the next best as well.
const FACTOR: f64 = 4.0;

/// A way to name and to sign the axes that fits the truth far better than the predictions as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orientation {
    /// Along each axis of the truth: which axis of the prediction belongs there, and whether its sign is
    /// turned.
    pub axes: [(usize, bool); 3],
    /// The mean error about the means of the cases as it is.
    pub error: f64,
    /// What it would be.
    pub would_be: f64,
}

impl Orientation {
    /// It in words of the axes: `x and y are swapped`, `the sign of z is turned`.
    #[must_use]
    pub fn in_words(&self, names: [&str; 3]) -> String {
        let sources = self.axes.map(|(source, _)| source);
        let turned: Vec<&str> =
            self.axes.iter().zip(names).filter(|(axis, _)| axis.1).map(|(_, name)| name).collect();
        let order = sources.map(|source| names[source]).join(", ");
        let moved: Vec<&str> = (0..3).filter(|&axis| sources[axis] != axis).map(|axis| names[axis]).collect();
        let swapped = match moved[..] {
            [] => None,
            [a, b] => Some(format!("{a} and {b} are swapped")),
            _ => Some(format!("the axes {} are in the order {order}", names.join(", "))),
        };
        let signs = match turned[..] {
            [] => None,
            [one] => Some(format!("{one} has the other sign")),
            _ => Some(format!("{} have the other sign", turned.join(" and "))),
        };
        swapped.into_iter().chain(signs).collect::<Vec<_>>().join(", and ")
    }
}

/// Tries the 48 ways; `None` if the axes seem right, or if there are too few landmarks to tell.
pub(super) fn orientation(rows: &[Row]) -> Option<Orientation> {
    let pairs = about_means(rows);
    let mut found: Vec<(f64, [(usize, bool); 3])> =
        all().into_iter().map(|axes| (mean_error(&pairs, axes), axes)).collect();
    let is_identity = |axes: [(usize, bool); 3]| axes == [(0, false), (1, false), (2, false)];
    let error = found.iter().find(|(_, axes)| is_identity(*axes))?.0;
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (&(would_be, axes), &(next, _)) = (found.first()?, found.get(1)?);
    let is_far_better = would_be * FACTOR < error && would_be * FACTOR < next;
    (!pairs.is_empty() && is_far_better).then_some(Orientation { axes, error, would_be })
}

/// Predictions and truths relative to their means in each case with enough landmarks.
fn about_means(rows: &[Row]) -> Vec<[[f64; 3]; 2]> {
    let mut cases: Vec<Vec<[[f64; 3]; 2]>> = Vec::new();
    for row in rows.iter().filter(|row| row.outcome == Outcome::Matched) {
        if let (Some(predicted), Some(truth)) = (row.predicted, row.truth) {
            if cases.len() <= row.case {
                cases.resize_with(row.case + 1, Vec::new);
            }
            cases[row.case].push([predicted, truth]);
        }
    }
    let mut pairs = Vec::new();
    for case in cases.iter().filter(|case| case.len() >= LEAST) {
        let mean = |side: usize, axis: usize| -> f64 {
            case.iter().map(|pair| pair[side][axis]).sum::<f64>() / case.len() as f64
        };
        let means = [0, 1].map(|side| [0, 1, 2].map(|axis| mean(side, axis)));
        let centred = |pair: &[[f64; 3]; 2]| {
            [0, 1].map(|side| [0, 1, 2].map(|axis| pair[side][axis] - means[side][axis]))
        };
        pairs.extend(case.iter().map(centred));
    }
    pairs
}

/// Each order of the axes with each choice of signs.
fn all() -> Vec<[(usize, bool); 3]> {
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let signed = |order: [usize; 3]| {
        (0..8_u8).map(move |bits| [0, 1, 2].map(|axis| (order[axis], bits >> axis & 1 == 1)))
    };
    ORDERS.into_iter().flat_map(signed).collect()
}

fn mean_error(pairs: &[[[f64; 3]; 2]], axes: [(usize, bool); 3]) -> f64 {
    let error = |[predicted, truth]: &[[f64; 3]; 2]| -> f64 {
        let square = |axis: usize| {
            let (source, is_turned) = axes[axis];
            let moved = if is_turned { -predicted[source] } else { predicted[source] };
            (moved - truth[axis]) * (moved - truth[axis])
        };
        (square(0) + square(1) + square(2)).sqrt()
    };
    pairs.iter().map(error).sum::<f64>() / pairs.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::testing::row;
    use super::*;

    type Predict = fn([f64; 3]) -> [f64; 3];

    const TRUTH: [[f64; 3]; 5] =
        [[10.0, 20.0, 30.0], [-5.0, 8.0, 2.0], [40.0, -7.0, 11.0], [0.0, 3.0, -25.0], [13.0, 1.0, 6.0]];

    fn rows(predict: impl Fn([f64; 3]) -> [f64; 3]) -> Vec<Row> {
        let row =
            |truth: [f64; 3]| Row { predicted: Some(predict(truth)), truth: Some(truth), ..row(0, 0, 0.0) };
        TRUTH.into_iter().map(row).collect()
    }

    #[test]
    fn swapped_and_turned_axes_are_named() {
        let names = ["x", "y", "z"];
        let cases: [(Predict, &str); 5] = [
            (|[x, y, z]| [y + 0.5, x, z + 100.0], "x and y are swapped"),
            (|[x, y, z]| [-x, -y + 0.3, z], "x and y have the other sign"),
            (|[x, y, z]| [x, y + 0.1, 63.0 - z], "z has the other sign"),
            (|[x, y, z]| [z, x + 0.2, y], "the axes x, y, z are in the order y, z, x"),
            (|[x, y, z]| [-y, x + 0.2, z], "x and y are swapped, and y has the other sign"),
        ];
        for (predict, expected) in cases {
            let found = orientation(&rows(predict)).unwrap();
            assert_eq!(found.in_words(names), expected);
            assert!(found.would_be < 1.0 && found.error > 10.0, "{found:?}");
        }
    }

    #[test]
    fn right_axes_are_not_named() {
        assert_eq!(orientation(&rows(|[x, y, z]| [x + 3.0, y - 2.0, z + 40.0])), None);
        assert_eq!(orientation(&rows(|_| [0.0; 3])), None);
        assert_eq!(orientation(&[]), None);
        // Two landmarks of a case are too few.
        assert_eq!(orientation(&rows(|[x, y, z]| [y, x, z])[..2]), None);
    }
}
