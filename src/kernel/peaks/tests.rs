//! Held against the slow obvious form: every plateau by flood fill, every pair of peaks by its distance.

use super::accept::accept;
use super::maxima::Maxima;
use super::spacing::LeastDistance;
use crate::geometry::{Hwd, unravel};
use crate::kernel::level;
use crate::memory::OutOfMemory;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

/// Neighbours of a voxel, itself left out, inside the map.
fn neighbours([h, w, d]: [usize; 3], lengths: [usize; 3]) -> Vec<[usize; 3]> {
    let near = |i: usize, n: usize| i.saturating_sub(1)..(i + 2).min(n);
    let mut found = Vec::new();
    for a in near(h, lengths[0]) {
        for b in near(w, lengths[1]) {
            found.extend(near(d, lengths[2]).map(|c| [a, b, c]));
        }
    }
    found.retain(|&other| other != [h, w, d]);
    found
}

/// The first voxel of each plateau that no neighbour exceeds and that is not below `floor`, in logical order.
fn maxima_by_flood(map: &[f64], lengths: [usize; 3], floor: f64) -> Vec<usize> {
    let [_, rows, columns] = lengths;
    let index = |[h, w, d]: [usize; 3]| (h * rows + w) * columns + d;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for first in 0..map.len() {
        if seen.contains(&first) || map[first].is_nan() || map[first] < floor {
            continue;
        }
        let (mut plateau, mut is_top) = (vec![first], true);
        seen.insert(first);
        let mut at = 0;
        while let Some(&voxel) = plateau.get(at) {
            at += 1;
            let place = unravel(voxel, lengths);
            for other in neighbours(place, lengths).into_iter().map(index) {
                if map[other] > map[voxel] {
                    is_top = false;
                }
                if map[other] == map[voxel] && seen.insert(other) {
                    plateau.push(other);
                }
            }
        }
        if is_top {
            found.push(first);
        }
    }
    found
}

/// Greedy suppression by the table of all distances.
fn greedy(map: &[f64], mut found: Vec<usize>, count: usize, spacing: &LeastDistance) -> Vec<usize> {
    // Stable: equal ones stay in logical order.
    found.sort_by(|&a, &b| map[b].partial_cmp(&map[a]).unwrap());
    let mut accepted: Vec<usize> = Vec::new();
    for one in found {
        let place = |key: usize| spacing.voxel(key as u64).map(|i| i as f64).0;
        let is_far = |&other: &usize| {
            let (a, b) = (place(one), place(other));
            let apart = |row: usize| -> f64 {
                (0..3).map(|axis| (a[axis] - b[axis]) * spacing.steps[axis][row]).sum()
            };
            (apart(0).powi(2) + apart(1).powi(2) + apart(2).powi(2)).sqrt() >= spacing.least
        };
        if accepted.iter().all(is_far) && accepted.len() < count {
            accepted.push(one);
        }
    }
    accepted
}

/// What this module finds in a map that lies in memory with the logical axes in `order`, and its sweeps.
fn found(
    map: &[f64],
    order: [usize; 3],
    floor: f64,
    count: usize,
    spacing: &LeastDistance,
    kept: usize,
) -> (Vec<usize>, usize) {
    let level = level::available()[map.len() % level::available().len()].1;
    let Hwd(lengths) = spacing.lengths;
    let steps = [lengths[1] * lengths[2], lengths[2], 1];
    let [planes, rows, columns] = order.map(|axis| lengths[axis]);
    let mut memory = Vec::new();
    for index in 0..map.len() {
        let place = unravel(index, [planes, rows, columns]);
        memory.push(map[(0..3).map(|axis| place[axis] * steps[order[axis]]).sum::<usize>()]);
    }
    assert_eq!(planes * rows * columns, map.len());
    let mut sweeps = 0;
    let found = accept(count, spacing, kept, |on_maximum| {
        sweeps += 1;
        let steps = order.map(|axis| steps[axis] as u64);
        let mut maxima = Maxima::new(level, order.map(|axis| lengths[axis]), steps, floor, f64::NEG_INFINITY);
        let (plane, count) = maxima.plane_length();
        assert_eq!(plane * count, map.len());
        memory.chunks(plane).try_for_each(|plane| maxima.plane(plane, on_maximum))?;
        maxima.end(on_maximum)?;
        Ok::<(), OutOfMemory>(())
    });
    (found.unwrap().into_iter().map(|peak| peak.key as usize).collect(), sweeps)
}

/// Every order of the axes in memory.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Few different values make many plateaus, which reach over several planes and close in rings.
    #[test]
    fn as_by_flood_fill_and_the_table_of_distances(
        (lengths, map) in (1..6_usize, 1..7_usize, 1..6_usize).prop_flat_map(|(h, w, d)| {
            let value = select(vec![f64::NEG_INFINITY, f64::NAN, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 2.5]);
            (Just([h, w, d]), prop::collection::vec(value, h * w * d))
        }),
        order in select(ORDERS.to_vec()),
        floor in select(vec![f64::MIN, 0.0, 0.5, 2.5, 3.0]),
        least in select(vec![0.0, 1.0, 2.0, 2.5, 5.0]),
        is_oblique in any::<bool>(),
        count in 1..7_usize,
        kept in 1..9_usize,
    ) {
        let mut spacing = LeastDistance::voxels(Hwd(lengths), least);
        if is_oblique {
            spacing.steps = [[0.5, 0.25, 0.0], [0.0, -1.5, 0.5], [0.0, 0.0, 2.0]];
        }
        let wanted = greedy(&map, maxima_by_flood(&map, lengths, floor), count, &spacing);
        let (few, sweeps) = found(&map, order, floor, count, &spacing, kept);
        prop_assert_eq!(&few, &wanted);
        prop_assert!(sweeps <= count);
        let (all, sweeps) = found(&map, order, floor, count, &spacing, 1 << 10);
        prop_assert_eq!(&all, &wanted);
        prop_assert_eq!(sweeps, 1);
    }
}

#[test]
fn a_plateau_counts_once_and_a_shoulder_does_not() {
    // One row: a plateau of three, a shoulder beside a peak, and the end of the row.
    let map = [0.0, 4.0, 4.0, 4.0, 0.0, 2.0, 2.0, 3.0, 0.0, 1.0];
    let spacing = LeastDistance::voxels(Hwd([1, 1, 10]), 1.0);
    for order in ORDERS {
        assert_eq!(found(&map, order, f64::MIN, 9, &spacing, 9).0, [1, 7, 9]);
    }
    // A flat map is one plateau; a masked one has none.
    let spacing = LeastDistance::voxels(Hwd([2, 3, 2]), 1.0);
    assert_eq!(found(&[7.0; 12], [2, 0, 1], f64::MIN, 4, &spacing, 9).0, [0]);
    assert!(found(&[f64::NEG_INFINITY; 12], [0, 1, 2], f64::MIN, 4, &spacing, 9).0.is_empty());
}

#[test]
fn peaks_exactly_so_far_apart_are_both_kept() {
    let mut map = [0.0; 25];
    // (0, 0) and (3, 4) lie 5 voxels apart.
    (map[0], map[19]) = (2.0, 1.0);
    let lengths = [5, 5, 1];
    assert_eq!(found(&map, [0, 1, 2], 0.5, 3, &LeastDistance::voxels(Hwd(lengths), 5.0), 9).0, [0, 19]);
    assert_eq!(found(&map, [0, 1, 2], 0.5, 3, &LeastDistance::voxels(Hwd(lengths), 5.001), 9).0, [0]);
    // With 2 mm along h and 0.5 mm along w they lie √(6² + 2²) = 6.32 mm apart.
    let steps = [[2.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 1.0]];
    let spacing = |least| LeastDistance { lengths: Hwd(lengths), steps, least };
    assert_eq!(found(&map, [1, 0, 2], 0.5, 3, &spacing(6.3), 9).0, [0, 19]);
    assert_eq!(found(&map, [1, 0, 2], 0.5, 3, &spacing(6.4), 9).0, [0]);
}

#[test]
fn what_a_dropped_peak_would_have_dropped_stays() {
    // 1 drops 3; 5 is near 3 and far from 1.
    let map = [0.0, 9.0, 0.0, 8.0, 0.0, 7.0, 0.0];
    let (found, sweeps) = found(&map, [0, 1, 2], 0.5, 3, &LeastDistance::voxels(Hwd([1, 1, 7]), 3.0), 1);
    assert_eq!((found, sweeps), (vec![1, 5], 2));
}

#[test]
fn heights_may_carry_what_f64_cannot_tell_apart() {
    // 2^53 and 2^53 + 1 are one f64; the second number tells them apart.
    let large = 9_007_199_254_740_992.0;
    let heights = [(large, 0), (large, 1), (large, 0), (f64::NEG_INFINITY, 5), (large, 0_u64)];
    let mut keys = Vec::new();
    let mut maxima = Maxima::new(level::best(), [1, 1, 5], [5, 5, 1], (f64::MIN, 0), (f64::NEG_INFINITY, 0));
    for height in heights {
        maxima
            .plane(&[height], &mut |one| {
                keys.push(one.key);
                None
            })
            .unwrap();
    }
    maxima
        .end(&mut |one| {
            keys.push(one.key);
            None
        })
        .unwrap();
    assert_eq!(keys, [1, 4]);
}
