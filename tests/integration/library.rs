//! The library's front door beside the program: peaks and masks of arrays in memory.

use crate::support::{Folder, Noise, VOXEL, npy, npy_f4, triple, with};
use ndarray::{Array3, Array4, Array5, Axis, s};
use softargmax::internals::geometry::{Affine, Hwd, Layout, Length, Voxel};
use softargmax::internals::kernel::{PeakSelection, Settings, choose};
use softargmax::internals::landmark::{Landmark, Status};
use softargmax::{ArrayError, Options, decode_with};

const SHAPE: [usize; 5] = [2, 3, 12, 9, 14];

fn maps() -> Array5<f32> {
    Array5::from_shape_vec(SHAPE, Noise::new(77).f32s(SHAPE.iter().product())).unwrap()
}

/// A ball, and a hole in it.
fn mask() -> Array3<bool> {
    let [_, _, h, w, d] = SHAPE;
    Array3::from_shape_fn((h, w, d), |(h, w, d)| {
        let square = |i: usize, c: f64| (i as f64 - c).powi(2);
        let from_centre = square(h, 5.0) + square(w, 4.0) + square(d, 8.0);
        (1.0..30.0).contains(&from_centre)
    })
}

fn settings(text: &str) -> Settings {
    let (method, parameters) = choose(text).unwrap();
    with!(Settings::default(); method, parameters, with_spread: true)
}

fn several(count: usize, least: f64) -> PeakSelection {
    PeakSelection { count, min_distance: Length::Voxels(least), fraction: None }
}

/// What the program writes for the same array, and what the library answers, heatmap by heatmap and peak by
/// peak.
fn check(text: &str, options: &Options<'_>, args: &[&str]) {
    let folder = Folder::new();
    let maps = maps();
    folder.write("maps.npy", &npy_f4(&SHAPE, maps.as_slice().unwrap()));
    let bytes: Vec<u8> = mask().iter().map(|&is_kept| u8::from(is_kept)).collect();
    folder.write("mask.npy", &npy("|b1", false, &SHAPE[2..], &bytes));
    let common = ["maps.npy", "--method", text, "--coords", "voxel", "--stats", "--compare", "-q"];
    let rows = folder.decode(common.iter().chain(args)).rows();
    let last = maps.view().permuted_axes([0, 4, 3, 2, 1]).as_standard_layout().into_owned();
    let reversed = maps.slice(s![.., .., .., .., ..;-1]).into_owned();
    let reversed = reversed.slice(s![.., .., .., .., ..;-1]);
    let layout = |text: &str| text.parse::<Layout>().unwrap();
    for (found, what) in [
        (decode_with(maps.view(), &layout("NCHWD"), settings(text), options), "C order"),
        (decode_with(last.view(), &layout("NDWHC"), settings(text), options), "channels last"),
        (decode_with(reversed, &layout("NCHWD"), settings(text), options), "reversed"),
        (decode_with(maps.mapv(f64::from).view(), &layout("NCHWD"), settings(text), options), "f64"),
    ] {
        let found: Vec<Landmark> = found.unwrap();
        assert_eq!(found.len(), rows.len(), "{text} {what}");
        for (landmark, row) in found.iter().zip(&rows) {
            let place = [landmark.n, landmark.c].map(|i| i.to_string());
            assert_eq!(place, [row["n"].clone(), row["c"].clone()]);
            assert_eq!(landmark.peak.to_string(), *row.get("peak").unwrap_or(&"0".into()));
            assert_eq!(landmark.status.name(), row["status"], "{text} {what}");
            let expected = triple(row, VOXEL);
            assert_eq!(landmark.position.is_some(), expected.is_some());
            for (Voxel(found), expected) in landmark.position.into_iter().zip(expected) {
                // f32 is summed in another order where it lies in another.
                let bound = if text.starts_with("soft") { 1e-5 } else { 1e-12 };
                assert!((0..3).all(|axis| (found[axis] - expected[axis]).abs() < bound), "{text} {what}");
            }
            let peak = landmark.peak_value.map(|value| value.to_string());
            assert_eq!(peak.unwrap_or_default(), row["peak_value"], "{text} {what}");
        }
    }
}

#[test]
fn a_mask_is_that_of_the_program() {
    let mask = mask();
    let options = with!(Options::default(); mask: Some(mask.view()));
    for text in ["soft", "hard", "mean", "debias", "local:radius=2", "dark", "gaussian"] {
        check(text, &options, &["--mask", "mask.npy"]);
    }
}

#[test]
fn peaks_are_those_of_the_program() {
    let mask = mask();
    for text in ["hard", "local:radius=2", "parabola", "gaussian:radius=3"] {
        let options = with!(Options::default(); peaks: Some(several(5, 3.5)));
        check(text, &options, &["--peaks", "5", "--min-distance", "3.5"]);
        let options = with!(Options::default(); peaks: Some(several(40, 2.0)), mask: Some(mask.view()));
        check(text, &options, &["--peaks", "40", "--min-distance", "2", "--mask", "mask.npy"]);
    }
    let share = PeakSelection { fraction: Some(0.97), ..several(9, 1.0) };
    let options = with!(Options::default(); peaks: Some(share));
    check("hard", &options, &["--peaks", "9", "--threshold", "r:0.97"]);
}

/// A heatmap of more blocks than one thread takes in a row, with a mask.
#[test]
fn large_heatmaps_have_a_mask_too() {
    let mut map = Array3::<f32>::zeros((130, 128, 128));
    (map[[100, 5, 77]], map[[3, 4, 5]], map[[129, 127, 127]]) = (3.0, 9.0, f32::NAN);
    let mut mask = Array3::from_elem((130, 128, 128), true);
    (mask[[3, 4, 5]], mask[[129, 127, 127]]) = (false, false);
    let options = with!(Options::default(); mask: Some(mask.view()));
    let found = decode_with(map.view(), &"HWD".parse().unwrap(), settings("hard"), &options).unwrap();
    assert_eq!((found[0].status, found[0].position), (Status::Ok, Some(Voxel([100.0, 5.0, 77.0]))));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let map = Array3::<f32>::zeros((4, 5, 6));
    let layout = "HWD".parse().unwrap();
    let turned = Array3::from_elem((6, 5, 4), true);
    let options = with!(Options::default(); mask: Some(turned.view()));
    let error = decode_with(map.view(), &layout, settings("hard"), &options).unwrap_err();
    assert_eq!(error, ArrayError::Mask { expected: Hwd([4, 5, 6]), found: Hwd([6, 5, 4]) });
    let in_mm = PeakSelection { min_distance: Length::Millimetres(5.0), ..several(2, 0.0) };
    let options = with!(Options::default(); peaks: Some(in_mm));
    let error = decode_with(map.view(), &layout, settings("hard"), &options).unwrap_err();
    assert_eq!(error, ArrayError::NoMillimetres);
    let error = decode_with(map.view(), &layout, settings("soft"), &options).unwrap_err();
    assert_eq!(error.to_string(), "expected a method that can tell peaks apart, found `soft`");
    for (count, least, fraction, says) in [
        (0, 1.0, None, "expected 1 to 1000 peaks, found 0"),
        (usize::MAX, 1.0, None, "expected 1 to 1000 peaks, found 18446744073709551615"),
        (2, f64::NAN, None, "expected a finite least distance >= 0 between peaks, found NaN"),
        (2, 1.0, Some(1.01), "expected a share of the maximum > 0 and at most 1, found 1.01"),
    ] {
        let options = with!(Options::default(); peaks: Some(PeakSelection { fraction, ..several(count, least) }), mask: None);
        let error = decode_with(map.view(), &layout, settings("hard"), &options).unwrap_err();
        assert_eq!(error.to_string(), says);
    }
    let options = with!(Options::default(); peaks: Some(in_mm));
    let affine = Some(Affine::from_spacing(Hwd([1.0, 1.0, 2.5])));
    let with = with!(settings("hard"); affine);
    // A flat heatmap has one peak.
    let found = decode_with(map.view(), &layout, with, &options).unwrap();
    assert_eq!(found.iter().map(|one| one.status).collect::<Vec<_>>(), [Status::Flat, Status::Missing]);
}

/// Two samples, the same seen twice, of two channels: a row for each of N × C × K, by hand.
#[test]
fn rows_are_samples_channels_and_peaks() {
    let mut one = Array4::<f32>::zeros((2, 4, 5, 6));
    (one[[0, 3, 0, 5]], one[[0, 0, 4, 0]], one[[1, 2, 2, 2]]) = (2.0, 4.0, 1.0);
    let both = one.view().insert_axis(Axis(0));
    let both = both.broadcast((2, 2, 4, 5, 6)).unwrap();
    let mut mask = Array3::from_elem((4, 5, 6), true);
    let decoded = |mask: &Array3<bool>| -> Vec<_> {
        let options = with!(Options::default(); peaks: Some(several(3, 2.0)), mask: Some(mask.view()));
        // Zeros are no peaks: something exceeds them.
        let found = decode_with(both, &"NCHWD".parse().unwrap(), settings("hard"), &options).unwrap();
        let brief = |l: &Landmark| (l.n, l.c, l.peak, l.status, l.position.map(|Voxel(place)| place));
        found.iter().map(brief).collect()
    };
    let rows = |n: usize| {
        [
            (n, 0, 0, Status::Ok, Some([0.0, 4.0, 0.0])),
            (n, 0, 1, Status::Ok, Some([3.0, 0.0, 5.0])),
            (n, 0, 2, Status::Missing, None),
            (n, 1, 0, Status::Ok, Some([2.0, 2.0, 2.0])),
            (n, 1, 1, Status::Missing, None),
            (n, 1, 2, Status::Missing, None),
        ]
    };
    assert_eq!(decoded(&mask), [rows(0), rows(1)].concat());
    // Without its highest voxel, the second channel is flat and stands for the first voxel.
    mask[[2, 2, 2]] = false;
    let flat = decoded(&mask);
    assert_eq!(flat[3], (0, 1, 0, Status::Flat, Some([0.0; 3])));
    assert_eq!(flat[4], (0, 1, 1, Status::Missing, None));
    mask.fill(false);
    let empty = decoded(&mask);
    assert_eq!(empty.len(), 12);
    assert!(empty.iter().all(|row| row.3 == Status::Empty && row.4.is_none()));
}
