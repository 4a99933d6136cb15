//! Voxels on an even grid over the whole heatmap, and what their order says: a median, a quantile, a fill.
//!
//! 512 of them are enough to know a background and its noise to a few per cent, and cost little to read. They
//! do not depend on the order of memory.

/// Samples for flags and for `auto`.
pub(super) const SAMPLES: usize = 512;
/// Samples for error bars, each with the voxels that follow it.
pub(super) const MANY: usize = 1000;
/// The share of the samples that a fill may have.
const FILL_SHARE: [f64; 2] = [0.02, 0.98];
/// How far below all else a fill lies, in spans of what is not fill.
const FILL_GAP: f64 = 10.0;

/// How many points lie along h, w and d, of at most `budget` in all.
///
/// The shortest axis first, of equal ones h before w before d: it has as many as it can of the k-th root of what
/// is left, k the axes that are not done; what is left is divided by that and rounded down.
pub(super) fn counts(volume: [usize; 3], budget: usize) -> [usize; 3] {
    let mut axes = [0, 1, 2];
    axes.sort_by_key(|&axis| volume[axis]);
    let (mut found, mut left) = ([0; 3], budget);
    for (done, axis) in axes.into_iter().enumerate() {
        let power = 3 - done as u32;
        let mut most = 1_usize;
        while (most + 1).checked_pow(power).is_some_and(|product| product <= left) {
            most += 1;
        }
        found[axis] = volume[axis].min(most);
        left /= found[axis].max(1);
    }
    found
}

/// `count` evenly spaced voxels of an axis of `n`.
pub(super) fn points(n: usize, count: usize) -> Vec<usize> {
    (0..count).map(|i| (2 * i + 1) * n / (2 * count)).collect()
}

/// The unmasked voxels of an even grid, in (h, w, d) order.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    /// Heatmap values.
    pub(super) values: Vec<f64>,
    /// Where they are.
    pub(super) places: Vec<[f64; 3]>,
    /// The values of the voxels that follow each of them along h, w and d, where they were asked for; −inf
    /// where there is none.
    pub(super) next: Vec<[f64; 3]>,
    /// How many points the grid has, masked ones too.
    pub(super) points: usize,
}

impl Samples {
    /// Leaves out those that have the value `fill`, and multiplies the others by `scale`.
    pub(super) fn settle(&mut self, fill: Option<f64>, scale: f64) {
        let keep = |value: f64| fill.is_none_or(|fill| value > fill);
        let mut kept = self.values.iter().map(|&value| keep(value));
        self.places.retain(|_| kept.next().unwrap_or(false));
        self.values.retain(|&value| keep(value));
        self.values.iter_mut().for_each(|value| *value *= scale);
    }
}

/// The number at the place ⌊share · (n − 1)⌋ of the sorted ones; at ½ the lower median. They are reordered.
pub(super) fn order(values: &mut [f64], share: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let index = (share * (values.len() - 1) as f64) as usize;
    *values.select_nth_unstable_by(index, f64::total_cmp).1
}

/// The finite value that stands for a mask: the lowest, where 2 to 98 % of the samples have it and the next one
/// lies above it by more than ten times what lies between that and the maximum.
///
/// With halves of all values, whose differences are in range.
pub(super) fn fill(values: &[f64], top: f64) -> Option<f64> {
    let low = values.iter().copied().min_by(f64::total_cmp)?;
    let share = values.iter().filter(|&&value| value <= low).count() as f64 / values.len() as f64;
    let next = values.iter().copied().filter(|&value| value > low).min_by(f64::total_cmp)?;
    let is_share = (FILL_SHARE[0]..=FILL_SHARE[1]).contains(&share);
    let is_far = next < top && next / 2.0 - low / 2.0 > FILL_GAP * (top / 2.0 - next / 2.0);
    (is_share && is_far).then_some(low)
}

/// The distance between two places.
pub(super) fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    libm::sqrt(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_by_hand() {
        assert_eq!(counts([64; 3], 512), [8, 8, 8]);
        assert_eq!(counts([1, 64, 64], 512), [1, 22, 23]);
        assert_eq!(counts([512, 512, 3], 512), [13, 13, 3]);
        assert_eq!(points(8, 2), [2, 6]);
        assert_eq!(order(&mut [3.0, 1.0, 2.0, 4.0], 0.5), 2.0);
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
        assert_eq!(fill(&[f64::MIN, f64::MIN, 0.0, 1.0], 1.0), Some(f64::MIN));
    }
}
