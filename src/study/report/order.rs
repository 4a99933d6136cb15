//! The order of the page: the worst first.

use super::entry::Entry;
use std::cmp::Ordering;

/// Sorts entries: what is doubtful first; then the largest error, where a truth is given, of which no
/// answer is the worst; then the largest radius of error. What is equal keeps its order.
pub fn worst_first(entries: &mut [Entry]) {
    entries.sort_by(|a, b| {
        let errors = |entry: &Entry| match entry.outcome {
            Some("missing" | "duplicate") => f64::INFINITY,
            _ => entry.error.unwrap_or(f64::NEG_INFINITY),
        };
        let radius = |entry: &Entry| entry.error95.unwrap_or(f64::NEG_INFINITY);
        b.is_doubtful()
            .cmp(&a.is_doubtful())
            .then_with(|| falling(errors(a), errors(b)))
            .then_with(|| falling(radius(a), radius(b)))
    });
}

fn falling(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first() {
        let entry = |c: usize, flags: &[&'static str], error: Option<f64>, error95: Option<f64>| Entry {
            place: c,
            flags: flags.to_vec(),
            error,
            error95,
            status: "ok",
            outcome: error.map(|_| "matched"),
            ..Entry::default()
        };
        let mut entries = vec![
            entry(0, &[], Some(2.0), Some(9.0)),
            entry(1, &[], Some(5.0), Some(1.0)),
            entry(2, &["faint"], Some(0.5), None),
            entry(3, &["border", "faint"], None, Some(3.0)),
            entry(4, &[], Some(2.0), Some(10.0)),
            Entry { outcome: Some("missing"), status: "missing", ..entry(5, &[], None, None) },
            entry(6, &[], None, None),
            Entry { status: "flat", ..entry(7, &[], Some(7.0), None) },
        ];
        worst_first(&mut entries);
        let order: Vec<usize> = entries.iter().map(|entry| entry.place).collect();
        assert_eq!(order, [5, 7, 2, 3, 1, 4, 0, 6]);
    }
}
