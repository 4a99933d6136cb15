//! Every method, SIMD level, layout, element type and temperature against the textbook
//! (`kernel::reference`), within the bounds of the contract: 1e-5 voxel for f32, 1e-9 for f64, covariances
//! within 1e-5 of their trace.

use crate::support::{
    Folder, Noise, OTHER_NEEDS, VOXEL, assert_all_near, assert_near, has, levels, npy, required, triple, with,
};
use ndarray::{Array5, ArrayD, ArrayView5, Axis, IxDyn};
use softargmax::internals::geometry::{Layout, Voxel};
use softargmax::internals::kernel::reference::{self, Expected, Weighted};
use softargmax::internals::kernel::reference_component::{Wanted, component};
use softargmax::internals::kernel::{METHODS, Settings, Sharpness, Threshold, choose, level, method};
use softargmax::internals::landmark::{Flag, Landmark, Status};
use softargmax::{Decodable, decode};

/// Odd rows, rows of one, rows longer than a block, planes of one row, everything of one voxel.
const SHAPES: [[usize; 3]; 10] = [
    [1, 1, 1],
    [1, 1, 33],
    [33, 1, 1],
    [5, 7, 3],
    [17, 9, 33],
    [16, 16, 16],
    [1, 65, 63],
    [40, 3, 97],
    [2, 3, 1701],
    [12, 31, 70],
];
const LAYOUTS: [&str; 6] = ["NCHWD", "NCDHW", "NHWDC", "CDWHN", "WNDCH", "HWDCN"];
const TEMPERATURES: [f64; 5] = [0.002, 0.05, 0.5, 4.0, 1000.0];

/// Heatmaps (n, c, h, w, d) of noise in [−1, 1), each scaled by its own factor.
fn maps(seed: u64, [h, w, d]: [usize; 3]) -> Array5<f64> {
    let mut noise = Noise::new(seed);
    Array5::from_shape_simple_fn((2, 3, h, w, d), || noise.next())
}

/// The array with its axes in the order of `layout`, as a fresh C-order array.
fn arranged<T: Clone>(maps: &Array5<T>, layout: &str) -> ArrayD<T> {
    let axes: Vec<usize> = layout.chars().map(|axis| "NCHWD".find(axis).unwrap()).collect();
    maps.view().into_dyn().permuted_axes(IxDyn(&axes)).as_standard_layout().into_owned()
}

fn expected(maps: ArrayView5<'_, f64>, n: usize, c: usize, sharpness: Sharpness) -> Expected {
    let [_, _, h, w, d] = [0, 1, 2, 3, 4].map(|axis| maps.len_of(Axis(axis)));
    reference::decode([h, w, d], sharpness, |[i, j, k]| maps[[n, c, i, j, k]]).unwrap()
}

/// Holds a landmark against the textbook.
#[track_caller]
fn compare(landmark: &Landmark, expected: &Expected, method: &str, bound: f64, what: &str) {
    if method == "mean" && expected.mean.is_none() {
        assert_eq!(landmark.status, Status::Missing, "{what}");
        return;
    }
    let (Voxel(found), Voxel(hard)) = (landmark.position.unwrap(), landmark.hard.unwrap());
    assert_eq!(hard, expected.hard, "{what}: hard");
    if let ("mean", Some(mean)) = (method, expected.mean) {
        assert_all_near(found, mean.position, bound, what);
        let Weighted { covariance, entropy, peak_probability, log_normalizer, .. } = mean;
        let as_softmax = Expected { covariance, entropy, peak_probability, log_normalizer, ..*expected };
        return compare_spread(landmark, &as_softmax, bound, what);
    }
    match method {
        "soft" => assert_all_near(found, expected.soft, bound, what),
        "hard" => assert_eq!(found, expected.hard, "{what}"),
        "local" => assert_all_near(found, expected.near.local, bound, what),
        "parabola" => assert_all_near(found, expected.near.parabola, bound, what),
        "quarter" => assert_eq!(found, expected.near.quarter, "{what}"),
        "newton" => assert_all_near(found, expected.near.newton, bound, what),
        "dark" => assert_all_near(found, expected.near.dark, bound, what),
        // On noise many fits are about as good. Gaussians have their own tests.
        "gaussian" => assert_all_near(found, hard, 4.0, what),
        // What `debias` estimates has its own tests, and so has its formula. In most of these maps no component
        // has six voxels: it has its own test too.
        "debias" | "component" => assert!(landmark.position.is_some(), "{what}"),
        // These maps are noise. `kernel/trust/tests.rs` holds it against its reference, on peaks.
        "auto" => assert_all_near(found, hard, 64.0, what),
        other => panic!("method {other} is held against nothing: extend this test"),
    }
    compare_spread(landmark, expected, bound, what);
}

#[track_caller]
fn compare_spread(landmark: &Landmark, expected: &Expected, bound: f64, what: &str) {
    let spread = landmark.spread.unwrap();
    let trace = expected.covariance[0] + expected.covariance[3] + expected.covariance[5];
    for i in 0..6 {
        // 1e-12 voxels²: what f64 leaves of a distribution that is one voxel.
        let bound = 1e-5 * trace + 1e-12;
        assert_near(
            spread.covariance.0[i],
            expected.covariance[i],
            bound,
            &format!("{what}: covariance {i}"),
        );
    }
    for (found, expected, name) in [
        (spread.entropy, expected.entropy, "entropy"),
        (spread.peak_probability, expected.peak_probability, "peak probability"),
        (spread.log_normalizer, expected.log_normalizer, "log normalizer"),
    ] {
        assert_near(found, expected, bound * expected.abs().max(1.0), &format!("{what}: {name}"));
    }
}

/// Every shape, temperature and method at one level, in one layout, at one element type.
fn check<T: Decodable>(level: &str, layout: &str, bound: f64, convert: impl Fn(f64) -> T) {
    let found = level::available().into_iter().find(|(name, _)| *name == level);
    if !has(level, found.is_some()) {
        return;
    }
    let level = found.unwrap().1;
    let parsed: Layout = layout.parse().unwrap();
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let maps = maps(seed as u64, shape);
        let stored = arranged(&maps, layout).mapv(&convert);
        for temperature in TEMPERATURES {
            let sharpness = Sharpness::Temperature(temperature);
            for method in METHODS {
                let settings = with!(Settings::default(); method, sharpness, level, with_spread: true);
                let landmarks = decode(stored.view(), &parsed, settings).unwrap();
                assert_eq!(landmarks.len(), 6);
                // One heatmap of each shape in turn: the textbook is slow.
                let (n, c) = (seed % 2, seed % 3);
                let landmark = landmarks.iter().find(|landmark| (landmark.n, landmark.c) == (n, c)).unwrap();
                let what = format!("{shape:?} {layout} T {temperature} {} n {n} c {c}", method.name);
                compare(landmark, &expected(maps.view(), n, c, sharpness), method.name, bound, &what);
            }
        }
    }
}

/// One test for each level and layout. A level that this machine lacks is skipped, and says so.
macro_rules! levels {
    ($($level:ident)*) => {
        $(mod $level {
            use super::{LAYOUTS, check};
            const LEVEL: &str = stringify!($level);
            #[test] fn f32_nchwd() { check(LEVEL, LAYOUTS[0], 1e-5, |x| x as f32); }
            #[test] fn f32_ncdhw() { check(LEVEL, LAYOUTS[1], 1e-5, |x| x as f32); }
            #[test] fn f32_nhwdc() { check(LEVEL, LAYOUTS[2], 1e-5, |x| x as f32); }
            #[test] fn f32_cdwhn() { check(LEVEL, LAYOUTS[3], 1e-5, |x| x as f32); }
            #[test] fn f32_wndch() { check(LEVEL, LAYOUTS[4], 1e-5, |x| x as f32); }
            #[test] fn f32_hwdcn() { check(LEVEL, LAYOUTS[5], 1e-5, |x| x as f32); }
            #[test] fn f64_nchwd() { check(LEVEL, LAYOUTS[0], 1e-9, |x| x); }
            #[test] fn f64_nhwdc() { check(LEVEL, LAYOUTS[2], 1e-9, |x| x); }
            #[test] fn f64_cdwhn() { check(LEVEL, LAYOUTS[3], 1e-9, |x| x); }
        })*

        /// The levels that have tests are those that the kernel is compiled for here.
        #[test]
        fn every_compiled_level_has_tests() {
            assert_eq!(level::COMPILED, [$(stringify!($level)),*]);
        }
    };
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
levels! { scalar avx2 avx512 }

#[cfg(target_arch = "aarch64")]
levels! { scalar neon }

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
levels! { scalar }

/// A word of `SOFTARGMAX_REQUIRE` that no test asks for would require nothing.
#[test]
fn what_is_required_is_known() {
    for need in required() {
        let is_known = level::COMPILED.contains(&need.as_str()) || OTHER_NEEDS.contains(&need.as_str());
        assert!(is_known, "SOFTARGMAX_REQUIRE has {need}; known: {:?}, {OTHER_NEEDS:?}", level::COMPILED);
    }
}

// --- element types ---------------------------------------------------------------------------------

const DTYPE_SHAPE: [usize; 3] = [11, 19, 33];

/// Whole numbers from 0 to 100 that every element type holds (bool: 0 and 1).
fn whole_numbers(dtype: &str) -> Vec<f64> {
    let mut noise = Noise::new(dtype.len() as u64 + u64::from(dtype.as_bytes()[0]));
    let highest = if dtype == "b1" { 1.0 } else { 100.0 };
    let count = DTYPE_SHAPE.iter().product();
    (0..count).map(|_| ((noise.next() * 0.5 + 0.5) * highest).round()).collect()
}

/// A number's bytes, least significant first.
fn stored(dtype: &str, value: f64) -> Vec<u8> {
    match dtype {
        "f2" => half::f16::from_f64(value).to_le_bytes().to_vec(),
        "f4" => (value as f32).to_le_bytes().to_vec(),
        "f8" => value.to_le_bytes().to_vec(),
        "i1" | "u1" | "b1" => vec![value as u8],
        "i2" | "u2" => (value as u16).to_le_bytes().to_vec(),
        "i4" | "u4" => (value as u32).to_le_bytes().to_vec(),
        "i8" | "u8" => (value as u64).to_le_bytes().to_vec(),
        other => panic!("{other}"),
    }
}

/// One element type in both byte orders and both memory orders, at every level, through the program.
fn check_dtype(dtype: &str) {
    let values = whole_numbers(dtype);
    let [h, w, d] = DTYPE_SHAPE;
    let at = |[i, j, k]: [usize; 3]| values[(i * w + j) * d + k];
    let temperature = if dtype == "b1" { 0.4 } else { 17.0 };
    let expected = reference::decode(DTYPE_SHAPE, Sharpness::Temperature(temperature), at).unwrap();
    let is_narrow = ["f2", "f4", "i1", "u1", "i2", "u2", "b1"].contains(&dtype);
    let folder = Folder::new();
    for (is_big, is_fortran) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut bytes = Vec::new();
        for index in 0..values.len() {
            let voxel = if is_fortran {
                [index % h, index / h % w, index / (h * w)]
            } else {
                [index / (w * d), index / d % w, index % d]
            };
            let mut number = stored(dtype, at(voxel));
            if is_big {
                number.reverse();
            }
            bytes.extend(number);
        }
        let order = if dtype.ends_with('1') {
            "|"
        } else if is_big {
            ">"
        } else {
            "<"
        };
        folder.write("a.npy", &npy(&format!("{order}{dtype}"), is_fortran, &DTYPE_SHAPE, &bytes));
        for level in levels() {
            let args = ["decode", "a.npy", "--coords", "voxel", "--compare", "--temperature"];
            let program = folder.program(args).arg(temperature.to_string()).env("SOFTARGMAX_SIMD", level);
            let row = &program.doubtful().run().expect(0).rows()[0];
            let what = format!("{order}{dtype}, Fortran {is_fortran}, {level}");
            let bound = if is_narrow { 1e-5 } else { 1e-9 };
            assert_all_near(triple(row, VOXEL).unwrap(), expected.soft, bound, &what);
            let hard = triple(row, ["hard_h_voxel", "hard_w_voxel", "hard_d_voxel"]);
            assert_eq!(hard, Some(expected.hard), "{what}");
        }
    }
}

macro_rules! dtypes {
    ($($name:ident: $dtype:literal,)*) => { $(#[test] fn $name() { check_dtype($dtype); })* };
}

dtypes! {
    dtype_f2: "f2",
    dtype_f4: "f4",
    dtype_f8: "f8",
    dtype_i1: "i1",
    dtype_i2: "i2",
    dtype_i4: "i4",
    dtype_i8: "i8",
    dtype_u1: "u1",
    dtype_u2: "u2",
    dtype_u4: "u4",
    dtype_u8: "u8",
    dtype_bool: "b1",
}

// --- hard maps -------------------------------------------------------------------------------------

/// The maps on which single-precision sums go wrong. Temperatures stay at or above 1e-3 of the range, as
/// the bound says.
#[derive(Clone, Copy)]
enum Hard {
    Flat,
    NearlyFlat,
    Peaked,
    /// Half of the mass in one corner voxel, half in the flat rest.
    Balanced,
}

/// A cube of `length` in f32.
fn hard_map(kind: Hard, length: usize, temperature: f32, corner: [usize; 3]) -> Vec<f32> {
    let mut noise = Noise::new(length as u64);
    let background = 0.37 * temperature;
    let at = (length - 1) as f32 * 0.3;
    let mut map = Vec::with_capacity(length.pow(3));
    for h in 0..length {
        for w in 0..length {
            for d in 0..length {
                let square =
                    (h as f32 - at).powi(2) + (w as f32 - 2.0 * at).powi(2) + (d as f32 - at).powi(2);
                map.push(match kind {
                    Hard::NearlyFlat => background + temperature * 1e-3 * noise.next() as f32,
                    Hard::Peaked => temperature * (20.0 * (-square / 18.0).exp() + noise.next() as f32),
                    Hard::Balanced if [h, w, d] == corner => {
                        background + temperature * (length.pow(3) as f32 - 1.0).ln()
                    }
                    Hard::Flat | Hard::Balanced => background,
                });
            }
        }
    }
    map
}

/// The soft coordinates by the definition, in one pass over f64 with compensated sums of planes.
fn textbook(map: &[f32], length: usize, temperature: f32) -> [f64; 3] {
    let max = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |x: f32| ((f64::from(x) - f64::from(max)) / f64::from(temperature)).exp();
    let (mut mass, mut first, mut lost) = (0.0, [0.0; 3], [0.0; 4]);
    let add = |sum: &mut f64, lost: &mut f64, term: f64| {
        let y = term - *lost;
        let total = *sum + y;
        *lost = (total - *sum) - y;
        *sum = total;
    };
    for (row, values) in map.chunks(length).enumerate() {
        let (h, w) = (row / length, row % length);
        let (mut row_mass, mut row_first) = (0.0, 0.0);
        for (d, &value) in values.iter().enumerate() {
            let p = weight(value);
            row_mass += p;
            row_first += p * d as f64;
        }
        add(&mut mass, &mut lost[3], row_mass);
        add(&mut first[0], &mut lost[0], row_mass * h as f64);
        add(&mut first[1], &mut lost[1], row_mass * w as f64);
        add(&mut first[2], &mut lost[2], row_first);
    }
    first.map(|moment| moment / mass)
}

fn check_hard(kind: Hard, length: usize) {
    let last = length - 1;
    for (corner, temperature) in [([0, 0, 0], 1.0), ([last, 0, last], 0.013), ([last, last, last], 730.0)] {
        let map = hard_map(kind, length, temperature, corner);
        let expected = textbook(&map, length, temperature);
        for dtype in ["f32", "f64"] {
            let settings =
                with!(Settings::default(); sharpness: Sharpness::Temperature(f64::from(temperature)));
            let (layout, shape) = ("HWD".parse().unwrap(), (length, length, length));
            let landmarks = if dtype == "f32" {
                let view = ndarray::ArrayView3::from_shape(shape, &map).unwrap();
                decode(view, &layout, settings)
            } else {
                let wide: Vec<f64> = map.iter().map(|&x| x.into()).collect();
                let view = ndarray::ArrayView3::from_shape(shape, &wide).unwrap();
                decode(view, &layout, settings)
            };
            let Voxel(found) = landmarks.unwrap()[0].position.unwrap();
            let bound = if dtype == "f32" { 1e-5 } else { 1e-9 };
            assert_all_near(found, expected, bound, &format!("{dtype} {length}³ T {temperature} {corner:?}"));
        }
    }
}

macro_rules! hard_maps {
    ($($name:ident: $kind:ident $length:literal,)*) => {
        $(#[test] fn $name() { check_hard(Hard::$kind, $length); })*
    };
}

hard_maps! {
    flat_64: Flat 64,
    nearly_flat_64: NearlyFlat 64,
    peaked_64: Peaked 64,
    balanced_64: Balanced 64,
    flat_128: Flat 128,
    nearly_flat_128: NearlyFlat 128,
    peaked_128: Peaked 128,
    balanced_128: Balanced 128,
}

/// The largest cube that the bound of 1e-5 covers, at the level of this machine.
#[test]
fn balanced_256() {
    let (length, temperature) = (256, 0.1);
    let map = hard_map(Hard::Balanced, length, temperature, [255, 0, 255]);
    let expected = textbook(&map, length, temperature);
    let settings = with!(Settings::default(); sharpness: Sharpness::Temperature(f64::from(temperature)));
    let view = ndarray::ArrayView3::from_shape((length, length, length), &map).unwrap();
    let Voxel(found) = decode(view, &"HWD".parse().unwrap(), settings).unwrap()[0].position.unwrap();
    assert_all_near(found, expected, 1e-5, "balanced 256³");
}

// --- sharpness -------------------------------------------------------------------------------------

/// β is 1/T, to rounding.
#[test]
fn beta_is_the_inverse_of_temperature() {
    let maps = maps(5, [9, 8, 7]);
    for (temperature, beta) in [(0.5, 2.0), (0.125, 8.0), (4.0, 0.25)] {
        let of = |sharpness| {
            let settings = with!(Settings::default(); sharpness);
            decode(maps.view(), &"NCHWD".parse().unwrap(), settings).unwrap()
        };
        let pairs = of(Sharpness::Temperature(temperature)).into_iter().zip(of(Sharpness::Beta(beta)));
        for (a, b) in pairs {
            let (Voxel(a), Voxel(b)) = (a.position.unwrap(), b.position.unwrap());
            assert_all_near(a, b, 1e-12, &format!("T {temperature}"));
        }
    }
}

/// The smallest and the largest legal temperatures: finite, inside the hull, the limits of the formula.
#[test]
fn the_ends_of_the_temperatures() {
    let maps = maps(6, [7, 6, 5]);
    for (sharpness, is_sharp) in [
        (Sharpness::Temperature(f64::MIN_POSITIVE), true),
        (Sharpness::Temperature(5e-324), true),
        (Sharpness::Beta(f64::MAX), true),
        (Sharpness::Temperature(f64::MAX), false),
        (Sharpness::Beta(5e-324), false),
    ] {
        let settings = with!(Settings::default(); sharpness);
        for landmark in decode(maps.view(), &"NCHWD".parse().unwrap(), settings).unwrap() {
            assert_eq!(landmark.status, Status::Ok);
            let Voxel(soft) = landmark.position.unwrap();
            let limit = if is_sharp { mean_of_maxima(&maps, &landmark) } else { [3.0, 2.5, 2.0] };
            assert_all_near(soft, limit, 1e-9, &format!("{sharpness:?}"));
        }
    }
}

/// The mean position of the voxels that hold the largest value of a landmark's heatmap.
fn mean_of_maxima(maps: &Array5<f64>, landmark: &Landmark) -> [f64; 3] {
    let heatmap = maps.index_axis(Axis(0), landmark.n);
    let heatmap = heatmap.index_axis(Axis(0), landmark.c);
    let max = heatmap.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let maxima: Vec<(usize, usize, usize)> =
        heatmap.indexed_iter().filter(|&(_, &value)| value == max).map(|(at, _)| at).collect();
    let mean = |of: fn(&(usize, usize, usize)) -> usize| {
        maxima.iter().map(of).sum::<usize>() as f64 / maxima.len() as f64
    };
    [mean(|at| at.0), mean(|at| at.1), mean(|at| at.2)]
}

#[test]
fn methods_are_found_by_name() {
    for row in METHODS {
        assert_eq!(method(row.name), Some(row));
    }
    assert_eq!(METHODS[0].name, "soft");
    assert!(method("median of everything").is_none());
}

/// Components of noise, of whole numbers with ties, and of masked maps, at every level and in every layout.
#[test]
fn component_is_its_definition_on_every_level() {
    use Threshold::{Percentile, Share, Value};
    let wanted = |threshold, sizes, axes_apart| Wanted { threshold, sizes, axes_apart };
    let any = usize::MAX;
    let rules = [
        ("component", Wanted::BY_DEFAULT),
        ("component:threshold=p:98,min=1", wanted(Percentile(98.0), [1, any], 3)),
        ("component:threshold=p:80,min=2,max=40", wanted(Percentile(80.0), [2, 40], 3)),
        ("component:threshold=p:70,connectivity=18", wanted(Percentile(70.0), [6, any], 2)),
        ("component:threshold=r:0.6,connectivity=6,min=2", wanted(Share(0.6), [2, any], 1)),
        ("component:threshold=0.25,connectivity=6,max=9", wanted(Value(0.25), [6, 9], 1)),
        ("component:threshold=-3,min=3", wanted(Value(-3.0), [3, any], 3)),
    ];
    let mut answered = 0;
    for (seed, shape) in
        [[9, 10, 11], [1, 23, 31], [1, 1, 200], [40, 1, 7], [3, 70, 2]].into_iter().enumerate()
    {
        for kind in 0..3 {
            let noise = maps(7 + seed as u64, shape).map(|x| f64::from(*x as f32));
            let maps = match kind {
                0 => noise,
                1 => noise.map(|x| (x * 3.0).round()),
                _ => noise.map(|&x| if x < 0.1 { f64::NEG_INFINITY } else { x }),
            };
            for (text, wanted) in rules {
                let (method, parameters) = choose(text).unwrap();
                let expected = |i: usize| component(shape, wanted, |[h, w, d]| maps[[i / 3, i % 3, h, w, d]]);
                let all: Vec<Option<[f64; 3]>> = (0..6).map(expected).collect();
                for (layout, (name, level)) in
                    LAYOUTS.iter().flat_map(|l| level::available().into_iter().map(move |v| (l, v)))
                {
                    let settings = with!(Settings::default(); method, parameters, level);
                    let narrow = arranged(&maps, layout).mapv(|x| x as f32);
                    for landmark in decode(narrow.view(), &layout.parse().unwrap(), settings).unwrap() {
                        let what = format!("{text} {shape:?} {layout} {name} kind {kind} {}", landmark.c);
                        let expected = all[3 * landmark.n + landmark.c];
                        answered += usize::from(expected.is_some());
                        let Voxel(found) = landmark.position.unwrap();
                        let hard = landmark.hard.unwrap().0;
                        assert_all_near(found, expected.unwrap_or(hard), 1e-11, &what);
                        assert_eq!(landmark.flags.has(Flag::Fallback), expected.is_none(), "{what}");
                    }
                }
            }
        }
    }
    assert!(answered > 1000, "{answered}");
}

/// `(Z·J − N_b·c) / (Z − N_b)`, from the textbook's Z and J.
#[test]
fn debias_is_its_formula_on_every_level() {
    let maps = maps(77, [9, 20, 33]);
    for (name, level) in level::available() {
        for (background, temperature) in [(-0.9, 0.3), (-0.5, 0.2), (0.1, 0.05)] {
            let (method, parameters) = choose(&format!("debias:background={background}")).unwrap();
            let sharpness = Sharpness::Temperature(temperature);
            let settings = with!(Settings::default(); method, parameters, sharpness, level);
            let landmarks = decode(maps.view(), &"NCHWD".parse().unwrap(), settings).unwrap();
            for landmark in landmarks {
                let expected = expected(maps.view(), landmark.n, landmark.c, sharpness);
                let [i, j, k] = expected.hard.map(|i| i as usize);
                let max = maps[[landmark.n, landmark.c, i, j, k]];
                let mass = 1.0 / expected.peak_probability;
                let share = (9.0 * 20.0 * 33.0) * ((background - max) / temperature).exp();
                let centre = [4.0, 9.5, 16.0];
                let formula: [f64; 3] =
                    std::array::from_fn(|a| (mass * expected.soft[a] - share * centre[a]) / (mass - share));
                let Voxel(found) = landmark.position.unwrap();
                assert_all_near(found, formula, 1e-8, &format!("{name} {background} {temperature}"));
            }
        }
    }
}
