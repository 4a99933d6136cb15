//! The peak of a heatmap: the middle of its maximum, and how wide it is.

use super::extent::Extent;
use super::local::nearest;
use super::view::View;
use crate::geometry::ravel;
use crate::kernel::revisit::reader::HeatmapReader;

/// How far a plateau is followed along each axis.
const TOUCH: usize = 8;
/// How far a half height is looked for.
const ARM: usize = 16;
/// Half the width of a Gaussian at half its height, in standard deviations: √(2 ln 2).
const HALF: f64 = 1.177_410_022_515_474_7;
/// The least and the largest width that is told.
const WIDTHS: [f64; 2] = [0.5, 12.0];

/// The touching voxels (of 26 neighbours) that share the maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plateau {
    /// Their mean place; if the voxel nearest to it is none of them, as in the hole of a ring, the one of
    /// them that is nearest to it.
    pub(super) middle: [f64; 3],
    /// How many they are.
    pub(super) alike: usize,
}

/// The plateau of the maximum, within 8 voxels along each axis.
///
/// # Errors
/// Those of the reader.
pub(super) fn plateau<R: HeatmapReader>(view: &mut View<'_, R>) -> Result<Plateau, R::Error> {
    let (hard, top) = (view.hard, view.top);
    let near = Extent::about(hard, [TOUCH; 3], view.volume);
    let mut seen = vec![false; near.len()];
    let mut open = vec![hard];
    let index =
        |voxel: [usize; 3]| ravel(std::array::from_fn(|axis| voxel[axis] - near.start[axis]), near.lengths);
    seen[index(hard)] = true;
    let mut found: Vec<[usize; 3]> = Vec::new();
    while let Some(voxel) = open.pop() {
        found.push(voxel);
        let mut touching = Extent::about(voxel, [1; 3], view.volume);
        for axis in 0..3 {
            let start = touching.start[axis].max(near.start[axis]);
            let end =
                (touching.start[axis] + touching.lengths[axis]).min(near.start[axis] + near.lengths[axis]);
            (touching.start[axis], touching.lengths[axis]) = (start, end - start);
        }
        view.need(&touching)?;
        for other in touching.voxels() {
            if is_alike(view.at(other), top) && !seen[index(other)] {
                seen[index(other)] = true;
                open.push(other);
            }
        }
    }
    Ok(Plateau { middle: middle(&found), alike: found.len() })
}

/// The mean place of voxels, or the one of them that is nearest to it; of equally near ones the first.
fn middle(found: &[[usize; 3]]) -> [f64; 3] {
    let n = found.len();
    let sum: [usize; 3] = std::array::from_fn(|axis| found.iter().map(|voxel| voxel[axis]).sum());
    let mean = sum.map(|sum| sum as f64 / n as f64);
    if found.contains(&nearest(mean)) {
        return mean;
    }
    // In whole numbers, so that equal is equal.
    let away = |voxel: &[usize; 3]| -> usize {
        (0..3).map(|axis| (voxel[axis] * n).abs_diff(sum[axis])).map(|away| away * away).sum()
    };
    let first = found.iter().min_by_key(|voxel| (away(voxel), **voxel));
    first.map_or(mean, |voxel| voxel.map(|i| i as f64))
}

/// Whether two stored values are the same number.
#[expect(clippy::float_cmp, reason = "stored values, never computed: equal is equal")]
fn is_alike(a: f64, b: f64) -> bool {
    a == b
}

/// σ̂: the middle one of the six arms to half height (of an even number the mean of the middle two), in half
/// widths of a Gaussian; 1 where no arm ends.
///
/// # Errors
/// Those of the reader.
pub(super) fn width<R: HeatmapReader>(
    view: &mut View<'_, R>,
    start: [usize; 3],
    half: f64,
) -> Result<f64, R::Error> {
    let mut arms = Vec::with_capacity(6);
    let top = view.at(start);
    for axis in 0..3 {
        for is_up in [false, true] {
            let values = view.arm(start, axis, is_up, ARM, half)?;
            arms.extend(arm(top, &values, half));
        }
    }
    arms.sort_by(f64::total_cmp);
    let middle = match arms.len() {
        0 => return Ok(1.0),
        n if n % 2 == 1 => arms[n / 2],
        n => f64::midpoint(arms[n / 2 - 1], arms[n / 2]),
    };
    Ok((middle / HALF).clamp(WIDTHS[0], WIDTHS[1]))
}

/// How far from a voxel of height `top` the values that follow it fall below `half`, between voxels by a
/// straight line; `None` where the border or a masked voxel comes before.
fn arm(top: f64, values: &[f64], half: f64) -> Option<f64> {
    let mut before = top;
    for (step, &value) in values.iter().enumerate() {
        if value == f64::NEG_INFINITY {
            return None;
        }
        if value < half {
            return Some(step as f64 + (before / 2.0 - half / 2.0) / (before / 2.0 - value / 2.0));
        }
        before = value;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_ring_is_one_of_its_voxels() {
        assert_eq!(middle(&[[0, 0, 0], [0, 0, 1], [0, 0, 2]]), [0.0, 0.0, 1.0]);
        assert_eq!(middle(&[[0, 0, 0], [0, 0, 1], [0, 1, 0]]), [0.0, 1.0 / 3.0, 1.0 / 3.0]);
        let ring = [[0, 0, 1], [0, 1, 2], [0, 2, 1], [0, 1, 0]];
        assert_eq!(middle(&ring), [0.0, 0.0, 1.0]);
        let backwards: Vec<_> = ring.into_iter().rev().collect();
        assert_eq!(middle(&backwards), [0.0, 0.0, 1.0]);
    }
}
