//! Whole heatmaps through the kernel, on every SIMD level, against the textbook form and by hand.

use super::*;
use crate::geometry::Voxel;
use crate::geometry::{Arrangement, Layout, MemoryOrder};
use crate::heatmap::Regions;
use crate::landmark::{Landmark, Status};

/// Decodes one heatmap that lies in memory as `layout` says, on one SIMD level.
fn decode(dims: &[u64], layout: &str, values: &[f32], settings: Settings, wide: bool) -> Landmark {
    decode_with(dims, layout, values, settings, wide, true)
}

/// As [`decode`]; with `hints`, blocks know the highest reference of those before them.
fn decode_with(
    dims: &[u64],
    layout: &str,
    values: &[f32],
    settings: Settings,
    wide: bool,
    hints: bool,
) -> Landmark {
    let layout: Layout = layout.parse().unwrap();
    let arrangement = Arrangement::new(dims, MemoryOrder::C, &layout).unwrap();
    let regions = Regions::new(&arrangement);
    let kernel = Kernel::new(settings, Scaling::default(), regions.axes(), regions.cut(), wide).unwrap();
    let mut scratch = Scratch::default();
    let mut record = Record::default();
    for region in (0..regions.len()).map(|i| regions.region(i)) {
        let block = &values[region.start..region.start + region.len];
        let highest = record.reference().filter(|_| hints && kernel.sweeper.uses_highest());
        let next = if wide {
            let block: Vec<f64> = block.iter().map(|&x| x.into()).collect();
            kernel.sweeper.sweep(&region.block, &block, Hints { ahead: &[], highest }, &mut scratch)
        } else {
            let hints = Hints { ahead: &values[region.start + region.len..], highest };
            kernel.sweeper.sweep(&region.block, block, hints, &mut scratch)
        };
        kernel.sweeper.merge(&mut record, &next);
    }
    kernel.locator.landmark(0, 0, &record)
}

/// A small multiplicative generator: the values need no more than to look unrelated.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    }
}

fn assert_close(landmark: &Landmark, expected: &reference::Expected, bound: f64, what: &str) {
    let (Voxel(soft), Voxel(hard)) = (landmark.position.unwrap(), landmark.hard.unwrap());
    assert_eq!(hard, expected.hard, "{what}");
    for (soft, expected) in soft.into_iter().zip(expected.soft) {
        let error = (soft - expected).abs();
        assert!(error < bound, "{what}: off by {error:e}");
    }
    let spread = landmark.spread.unwrap();
    let trace = expected.covariance[0] + expected.covariance[3] + expected.covariance[5];
    for i in 0..6 {
        let error = (spread.covariance.0[i] - expected.covariance[i]).abs();
        assert!(error <= 1e-5 * trace, "{what}: covariance {i} is off by {error:e} of {trace:e}");
    }
    assert!((spread.entropy - expected.entropy).abs() < 1e-5, "{what}: {spread:?} {expected:?}");
    assert!((spread.peak_probability / expected.peak_probability - 1.0).abs() < 1e-5, "{what}");
    assert!((spread.log_normalizer - expected.log_normalizer).abs() < 1e-5, "{what}");
}

#[test]
fn every_level_and_shape_agrees_with_the_textbook() {
    let shapes: [[u64; 3]; 9] = [
        [1, 1, 1],
        [5, 7, 3],
        [33, 17, 9],
        [16, 16, 16],
        [1, 64, 64],
        [40, 3, 97],
        [97, 1, 1],
        [2, 3, 1700],
        [12, 90, 70],
    ];
    for (i, dims) in shapes.into_iter().enumerate() {
        for temperature in [1.0, 0.05, 0.003, 20.0] {
            let mut next = noise(i as u64);
            let values: Vec<f32> = (0..dims.iter().product()).map(|_| next() * 2.0 - 1.0).collect();
            for layout in ["HWD", "DWH", "WHD"] {
                let axes = layout.chars().map(|axis| "HWD".find(axis).unwrap()).collect::<Vec<_>>();
                let mut lengths = [0; 3];
                (0..3).for_each(|i| lengths[axes[i]] = dims[i] as usize);
                let [_, rows, columns] = dims.map(|n| n as usize);
                let at = |hwd: [usize; 3]| {
                    let [a, b, c] = [hwd[axes[0]], hwd[axes[1]], hwd[axes[2]]];
                    f64::from(values[(a * rows + b) * columns + c])
                };
                let sharpness = Sharpness::Temperature(temperature);
                let expected = reference::decode(lengths, sharpness, at).unwrap();
                let mut first = None;
                for (name, level) in level::available() {
                    let settings = Settings { sharpness, with_spread: true, level, ..Settings::default() };
                    let what = format!("{dims:?} {layout} T={temperature} {name}");
                    let landmark = decode(&dims, layout, &values, settings, false);
                    assert_close(&landmark, &expected, 1e-5, &what);
                    assert_eq!(*first.get_or_insert(landmark), landmark, "{what}: same bits");
                    let wide = decode(&dims, layout, &values, settings, true);
                    assert_close(&wide, &expected, 1e-9, &format!("{what} f64"));
                }
            }
        }
    }
}

#[test]
fn the_spread_changes_no_coordinate() {
    for dims in [[33, 17, 9], [1, 64, 64], [12, 90, 70], [97, 1, 1], [2, 3, 1700]] {
        let mut next = noise(3);
        let mut values: Vec<f32> = (0..dims.iter().product()).map(|_| next() * 9.0).collect();
        // From here on some blocks are too faint to count, and others just not.
        let third = values.len() / 3;
        values[third..].iter_mut().for_each(|value| *value += 28.0);
        values[2 * third] = 90.0;
        for wide in [false, true] {
            let plain = decode(&dims, "HWD", &values, Settings::default(), wide);
            let settings = Settings { with_spread: true, ..Settings::default() };
            let spread = decode(&dims, "HWD", &values, settings, wide);
            assert_eq!(plain, Landmark { spread: None, ..spread }, "{dims:?}");
        }
    }
}

#[test]
fn skipping_changes_no_bit() {
    // A peak somewhere, over a background whose blocks lie at all depths about the reach.
    for dims in [[33, 17, 9], [64, 64, 16], [12, 90, 70], [2, 3, 1700]] {
        for (seed, wide) in (0..40).flat_map(|seed| [(seed, false), (seed, true)]) {
            let mut next = noise(seed);
            let count: u64 = dims.iter().product();
            let mut values: Vec<f32> = Vec::new();
            let mut depth = 0.0;
            for i in 0..count {
                if i % 1024 == 0 {
                    depth = next() * 70.0;
                }
                values.push(next() - depth);
            }
            values[(next() * count as f32) as usize % count as usize] = 3.0 + next() * 5.0;
            let plain = Settings::default();
            let skipped = decode_with(&dims, "HWD", &values, plain, wide, true);
            let swept = decode_with(&dims, "HWD", &values, plain, wide, false);
            assert_eq!(skipped, swept, "{dims:?} seed {seed}");
            let at =
                |[h, w, d]: [usize; 3]| f64::from(values[(h * dims[1] as usize + w) * dims[2] as usize + d]);
            let lengths = dims.map(|n| n as usize);
            let expected = reference::decode(lengths, plain.sharpness, at).unwrap();
            let found = skipped.position.unwrap();
            let bound = if wide { 1e-9 } else { 1e-5 };
            assert!(found.distance(Voxel(expected.soft)) < bound, "{dims:?} seed {seed}: {found:?}");
        }
    }
}

/// A line of 512 voxels: one peak at an end, and a flat rest of the same mass, nine powers of two below it,
/// where rounding of the exponent itself would move the answer by more than the bound.
#[test]
fn half_the_mass_in_a_corner_of_a_long_row() {
    let mut values = vec![0.013_f32; 512];
    values[0] = 0.013 + 0.7 * 511_f32.ln();
    let sharpness = Sharpness::Temperature(0.7);
    let at = |[_, _, d]: [usize; 3]| f64::from(values[d]);
    let expected = reference::decode([1, 1, 512], sharpness, at).unwrap();
    for (name, level) in level::available() {
        let settings = Settings { sharpness, level, ..Settings::default() };
        let Voxel([_, _, d]) = decode(&[1, 1, 512], "HWD", &values, settings, false).position.unwrap();
        assert!((d - expected.soft[2]).abs() < 2e-5, "{name}: off by {:e}", d - expected.soft[2]);
    }
}

#[test]
fn any_legal_temperature_gives_a_finite_answer_in_the_hull() {
    let mut next = noise(9);
    let values: Vec<f32> = (0..1000).map(|_| (next() - 0.5) * 1e6).collect();
    for temperature in [5e-324, 1e-300, 1e-30, 1e-3, 1e30, 1e300, f64::MAX] {
        for wide in [false, true] {
            let settings = Settings { sharpness: Sharpness::Temperature(temperature), ..Settings::default() };
            let landmark = decode(&[10, 10, 10], "HWD", &values, settings, wide);
            let (Voxel(soft), Voxel(hard)) = (landmark.position.unwrap(), landmark.hard.unwrap());
            assert!(soft.iter().all(|i| (0.0..=9.0).contains(i)), "T={temperature:e}: {soft:?}");
            if temperature < 1e-2 {
                assert_eq!(soft, hard, "T={temperature:e}");
            }
            if temperature > 1e20 {
                assert!(soft.iter().all(|i| (i - 4.5).abs() < 1e-6), "T={temperature:e}: {soft:?}");
            }
        }
    }
}

#[test]
fn statuses_by_hand() {
    let of = |values: &[f32], settings: Settings| {
        decode(&[1, 1, values.len() as u64], "HWD", values, settings, false)
    };
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let plain = Settings::default();
    assert_eq!(of(&[0.0, nan, 1.0], plain).status, Status::Nonfinite);
    assert_eq!(of(&[0.0, inf, 1.0], plain).status, Status::Nonfinite);
    assert_eq!(of(&[-inf, -inf], plain).status, Status::Empty);
    let flat = of(&[-inf, 7.0, 7.0, -inf, 7.0], plain);
    assert_eq!(flat.status, Status::Flat);
    assert!(flat.position.unwrap().distance(Voxel([0.0, 0.0, 7.0 / 3.0])) < 1e-15);
    assert_eq!(flat.hard, Some(Voxel([0.0, 0.0, 1.0])));
    let ignoring = Settings { ignore_nan: true, ..plain };
    assert_eq!(of(&[nan, nan], ignoring).status, Status::Empty);
    assert_eq!(of(&[nan, 2.0, 3.0], ignoring).status, Status::Ok);
    assert_eq!(of(&[nan, inf], ignoring).status, Status::Nonfinite);
    let missing = of(&[0.0, 0.5], Settings { threshold: Some(0.6), ..plain });
    assert_eq!((missing.status, missing.position, missing.hard), (Status::Missing, None, None));
    assert_eq!(missing.peak_value, Some(0.5));
    assert_eq!(of(&[4.0], plain).position, Some(Voxel([0.0; 3])));
}
