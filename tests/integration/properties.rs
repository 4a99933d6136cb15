//! What holds for every heatmap, whatever is in it (proptest).

use crate::support::{assert_all_near, assert_near, with};
use ndarray::{Array3, ArrayView3, Axis, s};
use proptest::prelude::*;
use proptest::sample::select;
use softargmax::decode;
use softargmax::internals::geometry::{Axis as Name, Hwd, Layout, Norm, Normalized, Order, Voxel};
use softargmax::internals::kernel::{Settings, Sharpness, method};
use softargmax::internals::landmark::{Landmark, Status};

/// Values on a grid of 2^-10, so that shifts by whole numbers are exact in f32.
fn values() -> impl Strategy<Value = f32> {
    (-8192_i16..8192).prop_map(|value| f32::from(value) / 1024.0)
}

fn heatmaps() -> impl Strategy<Value = Array3<f32>> {
    (1_usize..12, 1_usize..12, 1_usize..40).prop_flat_map(|shape| {
        let (h, w, d) = shape;
        prop::collection::vec(values(), h * w * d)
            .prop_map(move |values| Array3::from_shape_vec(shape, values).unwrap())
    })
}

/// From sharp to flat. The range of the values is at most 16: the bound holds from T = 0.016 on.
fn temperatures() -> impl Strategy<Value = f64> {
    (-1.7_f64..2.5).prop_map(|exponent| 10.0_f64.powf(exponent))
}

fn landmark(heatmap: ArrayView3<'_, f32>, layout: &str, settings: Settings) -> Landmark {
    decode(heatmap, &layout.parse().unwrap(), settings).unwrap()[0]
}

fn at(temperature: f64) -> Settings {
    let sharpness = Sharpness::Temperature(temperature);
    with!(Settings::default(); sharpness, with_spread: true)
}

fn soft(heatmap: ArrayView3<'_, f32>, temperature: f64) -> [f64; 3] {
    landmark(heatmap, "HWD", at(temperature)).position.unwrap().0
}

fn hard(heatmap: ArrayView3<'_, f32>) -> [f64; 3] {
    landmark(heatmap, "HWD", at(1.0)).hard.unwrap().0
}

/// 1e-5 voxel on either side.
const BOUND: f64 = 2e-5;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn logits_may_be_shifted(map in heatmaps(), temperature in temperatures(), shift in -1000_i16..1000) {
        let shifted = map.mapv(|value| value + f32::from(shift));
        assert_all_near(soft(map.view(), temperature), soft(shifted.view(), temperature), BOUND, "shifted");
        let [a, b] = [&map, &shifted].map(|map| landmark(map.view(), "HWD", at(temperature)));
        prop_assert_eq!(a.hard, b.hard);
        let (a, b) = (a.spread.unwrap(), b.spread.unwrap());
        assert_near(a.entropy, b.entropy, 4e-5 * a.entropy.max(1.0), "entropy");
        let moved = a.log_normalizer + f64::from(shift) / temperature;
        assert_near(b.log_normalizer, moved, 2e-5 * moved.abs().max(1.0), "log normalizer");
    }

    #[test]
    fn values_and_temperature_scale_together(map in heatmaps(), temperature in temperatures(), power in -6_i32..7) {
        let factor = 2.0_f32.powi(power);
        let scaled = map.mapv(|value| value * factor);
        let other = soft(scaled.view(), temperature * f64::from(factor));
        assert_all_near(soft(map.view(), temperature), other, BOUND, "scaled");
    }

    #[test]
    fn a_mirror_mirrors_the_answer(map in heatmaps(), temperature in temperatures(), axis in 0_usize..3) {
        let mut flipped = map.view();
        flipped.invert_axis(Axis(axis));
        let mut expected = soft(map.view(), temperature);
        expected[axis] = (map.len_of(Axis(axis)) - 1) as f64 - expected[axis];
        assert_all_near(soft(flipped, temperature), expected, BOUND, "negative strides");
        assert_all_near(soft(flipped.to_owned().view(), temperature), expected, BOUND, "copied");
    }

    #[test]
    fn permuted_axes_permute_the_answer(
        map in heatmaps(),
        temperature in temperatures(),
        order in select(vec![[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]),
    ) {
        let permuted = map.view().permuted_axes(order);
        let expected = soft(map.view(), temperature);
        let found = soft(permuted.as_standard_layout().view(), temperature);
        assert_all_near(found, order.map(|axis| expected[axis]), BOUND, "renamed axes");
        // The same axes under their own names: the same landmark.
        let layout: String = order.iter().map(|&axis| ['H', 'W', 'D'][axis]).collect();
        let named = landmark(permuted.as_standard_layout().view(), &layout, at(temperature));
        assert_all_near(named.position.unwrap().0, expected, BOUND, "named axes");
        prop_assert_eq!(named.hard.unwrap().0, hard(map.view()), "ties fall to the first in (h, w, d) order");
    }

    #[test]
    fn a_peak_moves_with_its_voxels(
        [h, w, d] in [0_usize..6, 0_usize..6, 0_usize..6],
        step in [0_usize..6, 0_usize..6, 0_usize..6],
    ) {
        // Masked outside a small bump, so that borders have no say.
        let bump = |at: [usize; 3]| {
            let mut map = Array3::from_elem((14, 15, 16), f32::NEG_INFINITY);
            for (i, j, k) in itertools(3) {
                map[[at[0] + i, at[1] + j, at[2] + k]] = (i * 2 + j * 3 + k) as f32 / 4.0 - (i * j * k) as f32;
            }
            map
        };
        let here = soft(bump([h, w, d]).view(), 1.0);
        let there = soft(bump([h + step[0], w + step[1], d + step[2]]).view(), 1.0);
        let expected = std::array::from_fn(|axis| here[axis] + step[axis] as f64);
        assert_all_near(there, expected, BOUND, "moved");
    }

    #[test]
    fn answers_lie_in_the_hull_of_the_unmasked(map in heatmaps(), temperature in temperatures(), keep in 1_usize..5) {
        let mut masked = map.clone();
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for (index, ((h, w, d), value)) in masked.indexed_iter_mut().enumerate() {
            if index % 5 < keep {
                for (axis, i) in [h, w, d].into_iter().enumerate() {
                    (low[axis], high[axis]) = (low[axis].min(i as f64), high[axis].max(i as f64));
                }
            } else {
                *value = f32::NEG_INFINITY;
            }
        }
        let found = landmark(masked.view(), "HWD", at(temperature));
        prop_assert!(matches!(found.status, Status::Ok | Status::Flat));
        for position in [found.position.unwrap(), found.hard.unwrap()] {
            for axis in 0..3 {
                let i = position.0[axis];
                prop_assert!(i >= low[axis] - 1e-5 && i <= high[axis] + 1e-5, "{:?} {:?} {:?}", position, low, high);
            }
        }
    }

    #[test]
    fn no_voxel_is_beyond_the_volume(map in heatmaps(), exponent in -320.0_f64..308.0) {
        let temperature = 10.0_f64.powf(exponent).max(f64::from_bits(1));
        let found = soft(map.view(), temperature);
        for axis in 0..3 {
            let last = (map.len_of(Axis(axis)) - 1) as f64;
            prop_assert!((0.0..=last).contains(&found[axis]), "T {}: {:?}", temperature, found);
        }
    }

    #[test]
    fn cold_is_the_mean_of_the_maxima(map in heatmaps(), exponent in -300.0_f64..-6.0) {
        let max = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let maxima: Vec<[usize; 3]> =
            map.indexed_iter().filter(|&(_, &value)| value == max).map(|((h, w, d), _)| [h, w, d]).collect();
        let mean = std::array::from_fn(|axis| {
            maxima.iter().map(|at| at[axis]).sum::<usize>() as f64 / maxima.len() as f64
        });
        assert_all_near(soft(map.view(), 10.0_f64.powf(exponent)), mean, 1e-5, "T → 0");
    }

    #[test]
    fn hot_is_the_centroid(map in heatmaps(), exponent in 9.0_f64..300.0) {
        let centroid = std::array::from_fn(|axis| (map.len_of(Axis(axis)) - 1) as f64 / 2.0);
        // At T = 1e9 weights differ by 1.6e-8: 40 voxels are moved by less than 1e-6.
        assert_all_near(soft(map.view(), 10.0_f64.powf(exponent)), centroid, 1e-5, "T → ∞");
    }

    #[test]
    fn the_hard_argmax_is_the_first_maximum(map in heatmaps(), coarseness in 1_u8..12) {
        // Few distinct values: ties everywhere.
        let coarse = map.mapv(|value| (value / f32::from(coarseness)).round());
        let max = coarse.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let ((h, w, d), _) = coarse.indexed_iter().find(|&(_, &value)| value == max).unwrap();
        prop_assert_eq!(hard(coarse.view()), [h, w, d].map(|i| i as f64));
        let settings = with!(Settings::default(); method: method("hard").unwrap());
        let found = landmark(coarse.view(), "HWD", settings);
        prop_assert_eq!(found.position, found.hard);
    }

    #[test]
    fn ties_do_not_depend_on_memory_order(map in heatmaps(), coarseness in 1_u8..12) {
        let coarse = map.mapv(|value| (value / f32::from(coarseness)).round());
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let layout: String = order.iter().map(|&axis| ['H', 'W', 'D'][axis]).collect();
            let other = coarse.view().permuted_axes(order).as_standard_layout().into_owned();
            let found = landmark(other.view(), &layout, at(1.0)).hard.unwrap().0;
            prop_assert_eq!(found, hard(coarse.view()), "{}", layout);
        }
    }

    #[test]
    fn views_of_any_strides_need_no_copy(map in heatmaps(), temperature in temperatures(), step in 1_isize..4) {
        let every = map.slice(s![..;step, ..;-step, ..;step]);
        let copied = every.to_owned();
        let (a, b) = (landmark(every, "HWD", at(temperature)), landmark(copied.view(), "HWD", at(temperature)));
        prop_assert_eq!((a.hard, a.status, a.peak_value), (b.hard, b.status, b.peak_value));
        assert_all_near(a.position.unwrap().0, b.position.unwrap().0, BOUND, "strided");
    }

    #[test]
    fn spread_is_that_of_a_distribution(map in heatmaps(), temperature in temperatures()) {
        let spread = landmark(map.view(), "HWD", at(temperature)).spread.unwrap();
        let [hh, hw, hd, ww, wd, dd] = spread.covariance.0;
        let slack = 1e-5 * (hh + ww + dd) + 1e-12;
        prop_assert!(hh >= 0.0 && ww >= 0.0 && dd >= 0.0);
        for (square, a, b) in [(hw, hh, ww), (hd, hh, dd), (wd, ww, dd)] {
            prop_assert!(square.abs() <= (a * b).sqrt() + slack, "{:?}", spread.covariance);
        }
        let voxels = map.len() as f64;
        prop_assert!((0.0..=voxels.ln() + 1e-5).contains(&spread.entropy), "{}", spread.entropy);
        prop_assert!(spread.peak_probability <= 1.0 && spread.peak_probability >= 1.0 / voxels - 1e-6);
        // ln Z = x_peak / T − ln p_peak.
        let max = f64::from(map.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let expected = max / temperature - spread.peak_probability.ln();
        assert_near(spread.log_normalizer, expected, 1e-9 * expected.abs().max(1.0), "log normalizer");
    }

    #[test]
    fn layouts_read_back(letters in prop::sample::subsequence(vec!['N', 'C', 'H', 'W', 'D'], 1..=5).prop_shuffle()) {
        let text: String = letters.iter().collect();
        let layout: Layout = text.parse().unwrap();
        prop_assert_eq!(layout.to_string(), text.clone());
        prop_assert_eq!(text.to_lowercase().parse::<Layout>().unwrap(), layout.clone());
        let names: Vec<Name> = letters.iter().map(|&letter| Name::from_letter(letter).unwrap()).collect();
        prop_assert_eq!(layout.axes(), &names[..]);
    }

    #[test]
    fn what_is_no_layout_is_refused(text in "[A-Za-z0-9 ,]{0,7}") {
        // An axis that is dropped is a `1`, and there may be several.
        let mut letters: Vec<char> = text.to_ascii_uppercase().chars().filter(|&letter| letter != '1').collect();
        let known = letters.iter().all(|letter| "NCHWD".contains(*letter)) && !letters.is_empty();
        let named = letters.len();
        letters.sort_unstable();
        letters.dedup();
        let is_layout = known && letters.len() == named;
        prop_assert_eq!(text.parse::<Layout>().is_ok(), is_layout, "{}", text);
    }

    #[test]
    fn orders_permute(letters in Just(vec!['h', 'w', 'd']).prop_shuffle(), hwd in any::<[i16; 3]>()) {
        let text: String = letters.iter().collect();
        let order: Order = text.parse().unwrap();
        prop_assert_eq!(order.to_string(), text);
        let hwd = hwd.map(f64::from);
        let expected: Vec<f64> = letters.iter().map(|&letter| hwd["hwd".find(letter).unwrap()]).collect();
        prop_assert_eq!(&order.apply(hwd)[..], &expected[..]);
    }

    #[test]
    fn norms_are_the_formulas(i in 0.0_f64..500.0, n in 1_usize..500) {
        let length = n as f64;
        for (norm, expected) in [
            (Norm::Corners, if n == 1 { -1.0 } else { 2.0 * i / (length - 1.0) - 1.0 }),
            (Norm::Centers, (2.0 * i + 1.0) / length - 1.0),
            (Norm::Unit, i / length),
            (Norm::UnitCorners, if n == 1 { 0.0 } else { i / (length - 1.0) }),
            (Norm::UnitCenters, (i + 0.5) / length),
        ] {
            let Normalized(found) = norm.normalize(Voxel([i; 3]), Hwd([n; 3]));
            for found in found {
                assert_near(found, expected, 1e-12 * expected.abs().max(1.0), norm.name());
            }
        }
    }
}

/// Every (i, j, k) below `n`.
fn itertools(n: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..n).flat_map(move |i| (0..n).flat_map(move |j| (0..n).map(move |k| (i, j, k))))
}

/// PyTorch's often-copied snippet builds its grid by `np.meshgrid` with `indexing='xy'`: for H = W its
/// columns are (w, h, d). `--order whd` gives the same.
#[test]
fn the_snippet_by_hand() {
    let (n, d) = (4_usize, 3_usize);
    let map = Array3::from_shape_fn((n, n, d), |(h, w, d)| ((h * 7 + w * 3 + d * 5) % 11) as f32 / 3.0);
    let linspace = |n: usize| move |i: usize| 2.0 * i as f64 / (n - 1) as f64 - 1.0;
    let weights = map.mapv(|x| f64::from(x).exp());
    let mass: f64 = weights.sum();
    // meshgrid(h, w, d, indexing="xy")[0][r, c, k] is the first vector at c, [1] the second at r.
    let column = |of: &dyn Fn(usize, usize, usize) -> f64| {
        weights.indexed_iter().map(|((r, c, k), p)| p * of(r, c, k)).sum::<f64>() / mass
    };
    let snippet = [
        column(&|_, c, _| linspace(n)(c)),
        column(&|r, _, _| linspace(n)(r)),
        column(&|_, _, k| linspace(d)(k)),
    ];
    let voxel = Voxel(soft(map.view(), 1.0));
    let Normalized(normalized) = Norm::Corners.normalize(voxel, Hwd([n, n, d]));
    let order: Order = "whd".parse().unwrap();
    assert_all_near(order.apply(normalized), snippet, 1e-5, "snippet");
}
