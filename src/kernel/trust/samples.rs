//! Voxels on an even grid over the whole heatmap, and what their order says: a median, a quantile, a fill.
//!
//! 512 of them are enough to know a background and its noise to a few per cent, and cost little to read. They
//! do not depend on the order of memory.

use super::places::Places;
use std::sync::Arc;

/// Samples for error bars, each with the voxels that follow it.
pub(super) const MANY: usize = 1000;
/// So many samples share a fill, at least: in a map of few voxels the lowest one is a voxel like any other.
const FILLED: usize = 4;
/// The share of the samples that a fill may have.
const FILL_SHARE: [f64; 2] = [0.02, 0.98];
/// How far below all else a fill lies, in spans of what is not fill.
const FILL_GAP: f64 = 10.0;

/// The unmasked voxels of an even grid, in (h, w, d) order.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    /// Heatmap values.
    pub(super) values: Vec<f64>,
    /// Where they are.
    pub(super) places: Arc<[[f64; 3]]>,
    /// The grid, if none of its points is left out.
    grid: Option<Arc<Places>>,
    /// The values of the voxels that follow each of them along h, w and d, where they were asked for; −inf
    /// where there is none.
    pub(super) next: Vec<[f64; 3]>,
    /// How many points the grid has, masked ones too.
    pub(super) points: usize,
}

impl Samples {
    /// Those of a grid with these values, one for each of its points; −inf where it is masked.
    pub(super) fn of(grid: &Arc<Places>, values: Vec<f64>) -> Samples {
        let points = values.len();
        let places = Arc::clone(&grid.all);
        let mut samples = Samples { values, places, grid: Some(Arc::clone(grid)), next: Vec::new(), points };
        if samples.values.contains(&f64::NEG_INFINITY) {
            samples.retain(|value| value > f64::NEG_INFINITY);
        }
        samples
    }

    /// One voxel alone, of a grid of as many points.
    pub(super) fn one(value: f64, place: [f64; 3], points: usize) -> Samples {
        Samples { values: vec![value], places: Arc::new([place]), grid: None, next: Vec::new(), points }
    }

    /// The square of each one's distance from a place.
    pub(super) fn away(&self, from: [f64; 3]) -> Vec<f64> {
        match &self.grid {
            Some(grid) => grid.away(from),
            None => self.places.iter().map(|&place| square(place, from)).collect(),
        }
    }

    /// Leaves out those whose value is not as wanted.
    fn retain(&mut self, is_wanted: impl Fn(f64) -> bool) {
        let kept = self.values.iter().zip(self.places.iter()).filter(|&(&value, _)| is_wanted(value));
        self.places = kept.map(|(_, &place)| place).collect();
        self.values.retain(|&value| is_wanted(value));
        self.grid = None;
    }

    /// The same with what a model says of voxels (h, w, d) taken off.
    pub(super) fn less(&self, model: impl Fn(&[[f64; 3]]) -> Vec<f64>) -> Samples {
        let mut left = self.clone();
        for (value, expected) in left.values.iter_mut().zip(model(&self.places)) {
            *value -= expected;
        }
        for axis in 0..if self.next.is_empty() { 0 } else { 3 } {
            let moved = |place: &[f64; 3]| {
                let mut place = *place;
                place[axis] += 1.0;
                place
            };
            let following: Vec<[f64; 3]> = self.places.iter().map(moved).collect();
            for (next, expected) in left.next.iter_mut().zip(model(&following)) {
                next[axis] -= expected;
            }
        }
        left
    }

    /// Their centroid.
    pub(super) fn centre(&self) -> [f64; 3] {
        let n = self.places.len() as f64;
        std::array::from_fn(|axis| self.places.iter().map(|place| place[axis]).sum::<f64>() / n)
    }

    /// The lowest of them.
    pub(super) fn lowest(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Leaves out those that have the value `fill`, and multiplies the others by `scale`.
    pub(super) fn settle(&mut self, fill: Option<f64>, scale: f64) {
        if let Some(fill) = fill {
            self.retain(|value| value > fill);
        }
        if is_scaled(scale) {
            self.values.iter_mut().for_each(|value| *value *= scale);
        }
    }
}

/// Whether values are multiplied by anything.
pub(super) fn is_scaled(scale: f64) -> bool {
    !(1.0..=1.0).contains(&scale)
}

/// The unmasked points of a grid, each by its indices along h, w, d and its place; `at` gives the value and
/// those of the voxels that follow it.
pub(super) fn gathered(
    grid: &[Vec<usize>; 3],
    with_next: bool,
    mut at: impl FnMut([usize; 3], [usize; 3]) -> [f64; 4],
) -> Samples {
    let points = grid.iter().map(Vec::len).product();
    let (mut values, mut places) = (Vec::with_capacity(points), Vec::with_capacity(points));
    let mut following = Vec::new();
    for (i, &h) in grid[0].iter().enumerate() {
        for (j, &w) in grid[1].iter().enumerate() {
            for (k, &d) in grid[2].iter().enumerate() {
                let [value, next @ ..] = at([i, j, k], [h, w, d]);
                if value > f64::NEG_INFINITY {
                    values.push(value);
                    places.push([h as f64, w as f64, d as f64]);
                    if with_next {
                        following.push(next);
                    }
                }
            }
        }
    }
    Samples { values, places: places.into(), grid: None, next: following, points }
}

/// The number at the place ⌊share · (n − 1)⌋ of the sorted ones; at ½ the lower median.
pub(super) fn order(values: &[f64], share: f64) -> f64 {
    let mut keys: Vec<i64> = values.iter().map(|&value| key(value)).collect();
    order_of_keys(&mut keys, share)
}

/// The same of numbers by their keys, which are reordered.
pub(super) fn order_of_keys(keys: &mut [i64], share: f64) -> f64 {
    if keys.is_empty() {
        return 0.0;
    }
    let index = (share * (keys.len() - 1) as f64) as usize;
    of_key(*keys.select_nth_unstable(index).1)
}

/// A whole number that is ordered as a floating-point number is by [`f64::total_cmp`]: whole numbers are
/// selected in half the time.
pub(super) fn key(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// The number with this key.
pub(super) fn of_key(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

/// The finite value that stands for a mask: the lowest, where four samples at least and 2 to 98 % of them
/// have it and the next one lies above it by more than ten times what lies between that and the maximum.
///
/// With halves of all values, whose differences are in range.
pub(super) fn fill(values: &[f64], top: f64) -> Option<f64> {
    let (mut low, mut next, mut count) = (f64::INFINITY, f64::INFINITY, 0_usize);
    for &value in values {
        if value < low {
            (low, next, count) = (value, low, 1);
        } else if value > low {
            next = if value < next { value } else { next };
        } else {
            count += 1;
        }
    }
    let share = count as f64 / values.len() as f64;
    let is_share = count >= FILLED && (FILL_SHARE[0]..=FILL_SHARE[1]).contains(&share);
    let is_far = next < top && next / 2.0 - low / 2.0 > FILL_GAP * (top / 2.0 - next / 2.0);
    (is_share && is_far).then_some(low)
}

/// The distance between two places.
pub(super) fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    libm::sqrt(square(a, b))
}

/// Its square.
pub(super) fn square([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> f64 {
    (a - x) * (a - x) + (b - y) * (b - y) + (c - z) * (c - z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_of_two_medians() {
        assert_eq!(order(&[3.0, 1.0, 2.0, 4.0], 0.5), 2.0);
        assert_eq!(order(&[], 0.5), 0.0);
    }

    #[test]
    fn keys_are_ordered_as_numbers_are() {
        let ascending =
            [f64::NEG_INFINITY, f64::MIN, -1.5, -5e-324, -0.0, 0.0, 5e-324, 1.5, f64::MAX, f64::INFINITY];
        assert!(ascending.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        assert!(ascending.iter().all(|value| of_key(key(*value)).to_bits() == value.to_bits()));
    }

    #[test]
    fn a_fill_is_far_below_everything_else() {
        let mut values = vec![-1e4; 50];
        values.extend((0..50).map(f64::from));
        assert_eq!(fill(&values, 50.0), Some(-1e4));
        values[0] = -2e4;
        assert_eq!(fill(&values, 50.0), None);
        // A binary map has no fill.
        assert_eq!(fill(&[0.0, 0.0, 1.0], 1.0), None);
        let halves = [f64::MIN, f64::MIN, f64::MIN, f64::MIN, 0.0, 1.0];
        assert_eq!(fill(&halves, 1.0), Some(f64::MIN));
        // The lowest of few voxels is a voxel like any other.
        assert_eq!(fill(&halves[1..], 1.0), None);
    }
}
