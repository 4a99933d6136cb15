//! The textbook form of `component` in plain f64: all values sorted for a percentile, and a component filled
//! voxel by voxel. It shares no code with the kernel, and only tests use it.

use super::methods::threshold::Threshold;
use super::reference::{Sum, each};

/// Which component is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The least value of its voxels.
    pub threshold: Threshold,
    /// Its fewest and its most voxels.
    pub sizes: [usize; 2],
    /// Along how many axes two voxels that touch may differ, by one voxel each.
    pub axes_apart: usize,
}

impl Wanted {
    /// What `component` wants by default.
    pub const BY_DEFAULT: Wanted =
        Wanted { threshold: Threshold::Percentile(99.9), sizes: [6, usize::MAX], axes_apart: 3 };
}

/// The weighted centroid of the component of values above 0 with the highest mean, by filling it voxel by
/// voxel; `None` if none has a wanted size. Masked voxels are −inf.
pub fn component(lengths: [usize; 3], wanted: Wanted, value: impl Fn([usize; 3]) -> f64) -> Option<[f64; 3]> {
    let mut open = Vec::new();
    let least = least(lengths, wanted.threshold, &value);
    each(lengths, |at| {
        if value(at) >= least && value(at) > 0.0 {
            open.push(at);
        }
    });
    let touch = |a: [usize; 3], b: [usize; 3]| {
        let apart: [usize; 3] = std::array::from_fn(|axis| a[axis].abs_diff(b[axis]));
        apart.iter().all(|&n| n < 2) && apart.iter().sum::<usize>() <= wanted.axes_apart
    };
    // The voxels are in (h, w, d) order, so that of equal components the first stays.
    let mut best: Option<(f64, Vec<[usize; 3]>)> = None;
    while let Some(&first) = open.first() {
        let mut found = vec![first];
        open.remove(0);
        let mut next = 0;
        while next < found.len() {
            let here = found[next];
            found.extend(open.extract_if(.., |&mut other| touch(here, other)));
            next += 1;
        }
        let mean = sum_of(&found, &value) / found.len() as f64;
        let is_better = best
            .as_ref()
            .is_none_or(|(least, other)| mean.total_cmp(least).then(found.len().cmp(&other.len())).is_gt());
        if (wanted.sizes[0]..=wanted.sizes[1]).contains(&found.len()) && is_better {
            best = Some((mean, found));
        }
    }
    let (_, voxels) = best?;
    let mass = sum_of(&voxels, &value);
    Some(std::array::from_fn(|axis| sum_of(&voxels, |at| value(at) * at[axis] as f64) / mass))
}

/// The least value of the voxels of components.
fn least(lengths: [usize; 3], threshold: Threshold, value: &dyn Fn([usize; 3]) -> f64) -> f64 {
    let mut values = Vec::new();
    each(lengths, |at| values.push(value(at)));
    values.sort_by(f64::total_cmp);
    match threshold {
        Threshold::Value(least) => least,
        Threshold::Share(share) => share * values[values.len() - 1],
        Threshold::Percentile(percentile) => {
            let place = (values.len() - 1) as f64 * (percentile / 100.0);
            let [low, high] = [place.floor(), place.ceil()].map(|i| values[i as usize]);
            if low == f64::NEG_INFINITY { low } else { low + (high - low) * place.fract() }
        }
    }
}

/// The compensated sum of a term over some voxels, in (h, w, d) order.
fn sum_of(voxels: &[[usize; 3]], term: impl Fn([usize; 3]) -> f64) -> f64 {
    let mut voxels = voxels.to_vec();
    voxels.sort_unstable();
    let mut sum = Sum::default();
    for at in voxels {
        sum.add(term(at));
    }
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_by_hand() {
        // Three voxels of 2, 4 and 6 in a row, and two of 5 that touch only corner to corner.
        let value = |[h, w, d]: [usize; 3]| match [h, w, d] {
            [0, 0, 0] | [1, 1, 1] => 5.0,
            [0, 3, d] => 2.0 + 2.0 * d as f64,
            _ => 0.0,
        };
        let of = |threshold, sizes, axes_apart| {
            component([2, 4, 3], Wanted { threshold, sizes, axes_apart }, value)
        };
        let any = Threshold::Value(0.0);
        assert_eq!(of(any, [2, 3], 3), Some([0.5, 0.5, 0.5]));
        // Faces only: the two are apart, and too small.
        assert_eq!(of(any, [2, 3], 1), Some([0.0, 3.0, (4.0 + 12.0) / 12.0]));
        assert_eq!(of(Threshold::Value(4.0), [2, 2], 2), Some([0.0, 3.0, (4.0 + 12.0) / 10.0]));
        assert_eq!(of(Threshold::Share(0.9), [1, 9], 3), Some([0.0, 3.0, 2.0]));
        // Of 24 values the 23 × 0.8 = 18.4th, from 0 on, lies between 0 and 2 … the five voxels begin at 19.
        assert_eq!(of(Threshold::Percentile(80.0), [3, 3], 3), Some([0.0, 3.0, 4.0 / 3.0]));
        assert_eq!(of(any, [4, 9], 3), None);
    }
}
