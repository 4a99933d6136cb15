//! What flags, `auto` and error bars are worth, on a few maps with known truth: the short form of
//! `tests/trust/tables.py`.

use crate::support::{Noise, with};
use ndarray::Array3;
use softargmax::internals::geometry::{Voxel, radius95};
use softargmax::internals::kernel::{Settings, Sharpness, choose};
use softargmax::internals::landmark::Landmark;
use softargmax::{Flag, decode};

const SHAPE: [usize; 3] = [28, 30, 26];

/// A Gaussian of height 1 and width `sigma` at `centre`, with noise.
fn map(sigma: f64, noise: f64, centre: [f64; 3], seed: u64) -> Array3<f64> {
    let mut random = Noise::new(seed);
    Array3::from_shape_fn(SHAPE, |(h, w, d)| {
        let away = [h as f64 - centre[0], w as f64 - centre[1], d as f64 - centre[2]];
        let square: f64 = away.iter().map(|x| x * x).sum();
        let normal: f64 = (0..12).map(|_| random.next()).sum::<f64>() / 2.0;
        (-square / (2.0 * sigma * sigma)).exp() + noise * normal
    })
}

/// The answer of a method with its error bar.
fn answer(map: &Array3<f64>, text: &str, temperature: f64) -> Landmark {
    let (method, parameters) = choose(text).unwrap();
    let sharpness = Sharpness::Temperature(temperature);
    let settings = with!(Settings::default(); method, parameters, sharpness, with_uncertainty: true);
    decode(map.view(), &"HWD".parse().unwrap(), settings).unwrap().remove(0)
}

/// Every map of a few widths and noises, with its truth.
fn each(mut visit: impl FnMut(&Array3<f64>, [f64; 3])) {
    for seed in 0..24_u64 {
        let shift = |by: u64| (seed * by % 17) as f64 / 17.0;
        let centre = [12.0 + shift(3), 14.0 + shift(5), 11.0 + shift(7)];
        let (sigma, noise) = ([1.0, 2.0, 3.0][seed as usize % 3], [0.005, 0.02, 0.05][seed as usize / 3 % 3]);
        visit(&map(sigma, noise, centre, seed + 1), centre);
    }
}

#[test]
fn the_centre_of_the_volume_is_flagged_and_a_good_answer_is_not() {
    each(|map, truth| {
        let flat = answer(map, "soft", 1.0);
        assert!(flat.position.unwrap().distance(Voxel(truth)) > 1.0 && flat.flags.has(Flag::Diffuse));
        let beta = flat.advised_beta.unwrap();
        let [whole, near] = ["soft", "local:radius=10"].map(|text| answer(map, text, 1.0 / beta));
        assert!(whole.position.unwrap().distance(near.position.unwrap()) <= 0.1, "{beta}");
        for text in ["auto", "gaussian", "dark"] {
            let good = answer(map, text, 1.0);
            assert!(good.position.unwrap().distance(Voxel(truth)) < 0.3, "{text}");
            assert!(good.flags.is_empty(), "{text}: {}", good.flags);
        }
    });
}

/// More than 256 blocks, so that some share what is kept of them; both peaks are in one plane of two that share.
#[test]
fn a_second_peak_that_the_first_one_hides_is_found() {
    let bell = |at: [f64; 3], centre: [f64; 3]| {
        (-at.iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum::<f64>() / 8.0).exp()
    };
    let mut random = Noise::new(1);
    let map = Array3::from_shape_fn([40, 170, 170], |(h, w, d)| {
        let at = [h, w, d].map(|i| i as f64);
        let two = bell(at, [20.0, 12.0, 80.0]) + 0.98 * bell(at, [20.0, 36.0, 80.0]);
        (two + 0.003 * random.next()) as f32
    });
    let hwd = "HWD".parse().unwrap();
    let found = decode(map.view(), &hwd, Settings::default()).unwrap().remove(0);
    assert!(found.flags.has(Flag::Bimodal), "{}", found.flags);
    let mut one = map.mapv(|value| if value > 0.5 { 0.0 } else { value });
    one[[20, 12, 80]] = 1.0;
    let found = decode(one.view(), &hwd, Settings::default()).unwrap().remove(0);
    assert!(!found.flags.has(Flag::Bimodal), "{}", found.flags);
}

#[test]
fn error95_holds_for_every_kind_of_method() {
    for (text, temperature) in [
        ("soft", 1.0),
        ("soft", 0.05),
        ("mean", 1.0),
        ("local", 1.0),
        ("hard", 1.0),
        ("newton", 1.0),
        ("auto", 1.0),
    ] {
        let (mut within, mut count) = (0, 0);
        each(|map, truth| {
            let landmark = answer(map, text, temperature);
            let bars = landmark.uncertainty.unwrap();
            let radius = radius95(bars.bias.0, &bars.fit_covariance);
            assert!(radius.is_finite() && bars.covariance.variances().iter().all(|x| *x >= 0.0));
            within += usize::from(landmark.position.unwrap().distance(Voxel(truth)) <= radius);
            count += 1;
        });
        // 95 of 100, and of 24 at least 20 in all but one run of a thousand.
        assert!(within >= 20, "{text}: {within} of {count}");
    }
}

/// The covariance that one map says, against the scatter of answers over new draws of the noise. About a voxel
/// methods have no bias of their own, and what `soft` adds for its own is taken off.
#[test]
fn variances_are_those_of_new_draws_of_the_noise() {
    const DRAWS: u64 = 48;
    for (text, temperature) in [
        ("soft", 0.05),
        ("local:beta=10", 1.0),
        ("parabola", 1.0),
        ("newton", 1.0),
        ("dark:sigma=1.5", 1.0),
        ("gaussian", 1.0),
        ("auto", 1.0),
    ] {
        let (mut sums, mut squares, mut said) = ([0.0; 3], [0.0; 3], 0.0);
        for seed in 0..DRAWS {
            let found = answer(&map(1.5, 0.01, [13.0, 14.0, 12.0], 100 + seed), text, temperature);
            let (Voxel(at), bars) = (found.position.unwrap(), found.uncertainty.unwrap());
            let variances = bars.covariance.variances();
            for axis in 0..3 {
                let bias = if text == "soft" { bars.bias.0[axis] } else { 0.0 };
                said += variances[axis] - bias * bias;
                sums[axis] += at[axis];
                squares[axis] += at[axis] * at[axis];
            }
        }
        let n = DRAWS as f64;
        let seen: f64 = (0..3).map(|a| (squares[a] - sums[a] * sums[a] / n) / (n - 1.0)).sum();
        let ratio = said / n / seen;
        // 141 degrees of freedom: a standard deviation of 12 %.
        assert!((0.6..1.7).contains(&ratio), "{text}: {ratio}");
    }
}

/// Maps without an answer, or without noise: no number that is none.
#[test]
fn bars_are_finite_or_absent() {
    let base = map(1.5, 0.02, [13.3, 14.6, 12.2], 9);
    let maps = [
        base.mapv(|_| 3.0),
        base.mapv(|x| x.min(0.4)),
        base.mapv(|x| if x < 0.05 { f64::NEG_INFINITY } else { x }),
        base.mapv(|x| if x < 0.05 { -1e9 } else { x }),
        base.mapv(|x| -1.0 - x),
        base.mapv(|x| x * 1e308),
        base.mapv(|x| x * 1e-308),
        Array3::from_elem((1, 1, 1), 2.0),
        Array3::from_shape_fn((1, 1, 2), |(_, _, d)| d as f64),
        Array3::from_shape_fn((2, 3, 1), |(h, w, _)| (h * w) as f64),
        Array3::from_shape_fn((9, 9, 9), |(h, _, _)| f64::from(h == 2 || h == 6)),
        Array3::from_elem((3, 3, 3), f64::NEG_INFINITY),
        Array3::from_shape_fn(
            (5, 5, 5),
            |(h, w, d)| if (h, w, d) == (2, 2, 2) { 1.0 } else { f64::NEG_INFINITY },
        ),
    ];
    for (number, map) in maps.iter().enumerate() {
        for method in softargmax::METHODS {
            let landmark = answer(map, method.name, 1.0);
            let what = format!("{number} {}", method.name);
            assert!(landmark.position.is_none_or(|Voxel(at)| at.iter().all(|x| x.is_finite())), "{what}");
            if let Some(bars) = landmark.uncertainty {
                let numbers = [bars.covariance.0, bars.fit_covariance.0].concat();
                assert!(numbers.iter().chain(&bars.bias.0).all(|x| x.is_finite()), "{what}: {bars:?}");
                assert!(radius95(bars.bias.0, &bars.fit_covariance).is_finite(), "{what}");
            }
        }
    }
}
