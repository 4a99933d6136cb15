//! `--method component`: which component, of what threshold and size, by hand; the same answer from masks,
//! streams and arrays; what it records and refuses.

use crate::support::{Folder, Nifti, Noise, VOXEL, assert_all_near, f8, gzip, npy, npy_f4, triple, with};
use ndarray::{Array3, ArrayView3};
use softargmax::internals::geometry::Voxel;
use softargmax::internals::kernel::reference_component::{Wanted, component};
use softargmax::internals::kernel::{Settings, Threshold, choose};
use softargmax::internals::landmark::{Flag, Landmark};
use softargmax::{Options, decode, decode_with};

/// 8³ voxels: six of 2 that touch, one of 9 alone, two that share a face and two that share a corner, with a
/// mean of 2 both, and one below 0.
const VOXELS: [([usize; 3], f64); 12] = [
    ([1, 1, 1], 2.0),
    ([1, 1, 2], 2.0),
    ([1, 2, 1], 2.0),
    ([1, 2, 2], 2.0),
    ([2, 1, 1], 2.0),
    ([2, 1, 2], 2.0),
    ([5, 2, 5], 9.0),
    ([6, 6, 1], 3.0),
    ([6, 6, 2], 1.0),
    ([3, 7, 7], 1.0),
    ([4, 6, 6], 3.0),
    ([0, 0, 0], -5.0),
];
const SIX: [f64; 3] = [8.0 / 6.0, 8.0 / 6.0, 1.5];
const FACE: [f64; 3] = [6.0, 6.0, 5.0 / 4.0];
const CORNER: [f64; 3] = [15.0 / 4.0, 25.0 / 4.0, 25.0 / 4.0];
const ALONE: [f64; 3] = [5.0, 2.0, 5.0];

fn map() -> Array3<f64> {
    let mut map = Array3::zeros((8, 8, 8));
    for (at, value) in VOXELS {
        map[at] = value;
    }
    map
}

fn settings(text: &str) -> Settings {
    let (method, parameters) = choose(text).unwrap();
    with!(Settings::default(); method, parameters)
}

fn landmark(map: ArrayView3<'_, f64>, text: &str) -> Landmark {
    decode(map, &"HWD".parse().unwrap(), settings(text)).unwrap()[0]
}

#[test]
fn the_component_that_is_wanted_by_hand() {
    let map = map();
    for (parameters, expected) in [
        ("threshold=0", SIX),
        // Three of equal means: the one with the most voxels, then the one that begins first.
        ("threshold=0,min=2", SIX),
        ("threshold=0,min=2,max=5", CORNER),
        // Corner to corner is apart now.
        ("threshold=0,min=2,max=5,connectivity=18", FACE),
        ("threshold=0,min=2,max=5,connectivity=6", FACE),
        ("threshold=0,min=1", ALONE),
        // A value below 0 counts no voxel that is not above 0.
        ("threshold=-100,min=2,max=5", CORNER),
        // 2/9 of the maximum is 2.
        ("threshold=r:0.2222222222222222,min=2", SIX),
        ("threshold=r:0.25,min=1", ALONE),
        // Of 512 values the 501.3th, from 0 on, lies between 1 and 1.
        ("threshold=p:98.1,min=2,max=2", CORNER),
        // The 508.4th lies between 2 and 3: 3 counts, and nothing touches anything.
        ("threshold=p:99.5,min=1", ALONE),
    ] {
        let found = landmark(map.view(), &format!("component:{parameters}"));
        assert_all_near(found.position.unwrap().0, expected, 1e-15, parameters);
        assert!(!found.flags.has(Flag::Fallback), "{parameters}");
    }
    for parameters in
        ["", ":threshold=0,min=7", ":threshold=2.5,min=2", ":threshold=10,min=1", ":threshold=p:100,min=2"]
    {
        let found = landmark(map.view(), &format!("component{parameters}"));
        assert_eq!(found.position, found.hard, "{parameters}");
        assert!(found.flags.has(Flag::Fallback), "{parameters}");
    }
}

#[test]
fn without_a_component_the_largest_voxel_answers_and_says_so() {
    let folder = Folder::new();
    // Logits: nothing is above 0.
    let logits: Vec<f64> = map().iter().map(|x| x - 20.0).collect();
    folder.write("a.npy", &npy("<f8", false, &[8, 8, 8], &f8(&logits)));
    let args = ["decode", "a.npy", "--method", "component:threshold=r:0.5,min=1", "--coords", "voxel"];
    let row = &folder.program(args).doubtful().run().expect(0).rows()[0];
    assert_eq!(triple(row, VOXEL), Some(ALONE));
    assert_eq!(row["status"], "ok");
    assert!(row["flags"].split(' ').any(|flag| flag == "fallback"), "{}", row["flags"]);
    assert_eq!(row["reason"], "answered by the largest voxel: no component has the wanted size");
}

#[test]
fn masked_voxels_are_in_no_component_and_below_every_percentile() {
    let folder = Folder::new();
    let mut noise = Noise::new(3);
    let plain = Array3::from_shape_simple_fn((9, 10, 11), || noise.next() + 0.5);
    let kept = Array3::from_shape_simple_fn((9, 10, 11), || noise.next() < 0.4);
    let hidden = |with: f64| {
        let values = plain.iter().zip(&kept).map(|(&x, &kept)| if kept { x } else { with });
        npy("<f8", false, &[9, 10, 11], &f8(&values.collect::<Vec<_>>()))
    };
    folder.write("plain.npy", &hidden(77.0));
    folder.write("inf.npy", &hidden(f64::NEG_INFINITY));
    folder.write("nan.npy", &hidden(f64::NAN));
    let mask: Vec<u8> = kept.iter().map(|&kept| u8::from(kept)).collect();
    folder.write("mask.npy", &npy("|u1", false, &[9, 10, 11], &mask));
    for text in ["component:threshold=p:95,min=1", "component:threshold=p:10", "component:threshold=r:0.5"] {
        let of = |args: &[&str]| {
            let program = folder.program(["decode", "--coords", "voxel", "--method", text]);
            let text = program.args(args).doubtful().run().expect(0).text();
            text.lines().last().unwrap().split_once(',').unwrap().1.to_owned()
        };
        let expected = of(&["inf.npy"]);
        assert_eq!(of(&["nan.npy", "--ignore-nan"]), expected, "{text}");
        assert_eq!(of(&["plain.npy", "--mask", "mask.npy"]), expected, "{text}");
    }
    // In the library too.
    let mut options = Options::default();
    options.mask = Some(kept.view());
    let settings = settings("component:threshold=p:95,min=1");
    let found = decode_with(plain.view(), &"HWD".parse().unwrap(), settings, &options).unwrap()[0];
    let wanted = Wanted { threshold: Threshold::Percentile(95.0), sizes: [1, 990], axes_apart: 3 };
    let value = |at: [usize; 3]| if kept[at] { plain[at] } else { f64::NEG_INFINITY };
    let expected = component([9, 10, 11], wanted, value).unwrap();
    assert_all_near(found.position.unwrap().0, expected, 1e-12, "masked");
}

/// So many values that the percentile is counted before it is sorted, from a file and from streams that are
/// kept in memory and that are copied.
#[test]
fn large_maps_from_files_and_streams() {
    let folder = Folder::new();
    for (shape, seed) in [([64, 50, 60], 5), ([110, 140, 150], 6)] {
        let mut noise = Noise::new(seed);
        let values = noise.f32s(shape.iter().product());
        let file = npy_f4(&shape, &values);
        folder.write("a.npy", &file);
        folder.write("a.npy.gz", &gzip(&file));
        let at = |[h, w, d]: [usize; 3]| f64::from(values[(h * shape[1] + w) * shape[2] + d]);
        for (text, percentile, sizes) in
            [("threshold=p:99.95,min=1,max=1", 99.95, [1, 1]), ("threshold=p:99.7,min=2", 99.7, [2, 9999])]
        {
            let wanted = Wanted { threshold: Threshold::Percentile(percentile), sizes, axes_apart: 3 };
            let expected = component(shape, wanted, at).unwrap();
            let method = format!("component:{text}");
            let of = |args: &[&str], stdin: &[u8]| {
                let program = folder.program(["decode", "--method", &method, "--coords", "voxel"]);
                let out = program.args(args).stdin(stdin).doubtful().run().expect(0);
                triple(&out.rows()[0], VOXEL).unwrap()
            };
            let found = of(&["a.npy", "--threads", "1"], &[]);
            assert_all_near(found, expected, 1e-11, text);
            assert_eq!(of(&["a.npy", "--threads", "5"], &[]), found, "{text}");
            assert_eq!(of(&["a.npy.gz"], &[]), found, "{text}");
            assert_eq!(of(&["-"], &file), found, "{text}");
        }
    }
}

/// A value is rounded as the file rounds its own; slopes are applied to values before they are compared.
#[test]
fn thresholds_are_those_of_heatmap_values() {
    let folder = Folder::new();
    let mut values = vec![0.0_f32; 27];
    (values[13], values[14], values[17]) = (0.7, 0.7, 1.0);
    folder.write("a.npy", &npy_f4(&[3, 3, 3], &values));
    let of = |file: &str, text: &str| {
        let args = ["decode", file, "--coords", "voxel", "--method", text];
        triple(&folder.program(args).doubtful().run().expect(0).rows()[0], VOXEL).unwrap()
    };
    // 0.7 is 0.699999988 in f32. Weights 0.7, 0.7 and 1 at w = 1, 1, 2 and d = 1, 2, 2.
    let expected = [1.0, (1.4 + 2.0) / 2.4, (0.7 + 1.4 + 2.0) / 2.4];
    assert_all_near(of("a.npy", "component:threshold=0.7,min=3"), expected, 1e-7, "f4");
    assert_eq!(of("a.npy", "component:threshold=0.7001,min=1"), [1.0, 2.0, 2.0]);
    // Stored −1, −3 and −4 are 3, 7 and 9 with a slope of −2 and an intercept of 1; the rest, 0, is 1.
    let mut stored = [0_i16; 27];
    (stored[12], stored[13], stored[14]) = (-1, -3, -4);
    let bytes: Vec<u8> = stored.iter().flat_map(|x| x.to_le_bytes()).collect();
    folder.write("a.nii", &Nifti::new(&[3, 3, 3], &bytes).kind(4, 16).scaled(-2.0, 1.0).bytes());
    // The first axis is the fastest in a NIfTI file.
    for (text, expected) in [
        ("threshold=7,min=2", [(7.0 + 18.0) / 16.0, 1.0, 1.0]),
        ("threshold=2,min=2", [(7.0 + 18.0) / 19.0, 1.0, 1.0]),
        ("threshold=r:0.5,min=1", [(7.0 + 18.0) / 16.0, 1.0, 1.0]),
        // Of 27 values the 23.4th, from 0 on: 1 + 0.4 · 2.
        ("threshold=p:90,min=3", [(7.0 + 18.0) / 19.0, 1.0, 1.0]),
    ] {
        assert_all_near(of("a.nii", &format!("component:{text}")), expected, 1e-12, text);
    }
}

#[test]
fn values_of_any_size_have_a_finite_answer() {
    for scale in [1e300, 1e-290, f64::MIN_POSITIVE] {
        let map = map().mapv(|x| x * scale / 4.0);
        for text in ["component:threshold=r:0.01,min=2,max=5", "component:threshold=p:98.1,min=2,max=5"] {
            let found = landmark(map.view(), text).position.unwrap();
            assert_all_near(found.0, CORNER, 1e-12, &format!("{text} {scale:e}"));
        }
    }
    let full = Array3::from_shape_fn((6, 7, 8), |(h, ..)| if h == 3 { f64::MAX } else { f64::MAX / 2.0 });
    let found = landmark(full.view(), "component:threshold=p:0").position.unwrap().0;
    // Weights 1, 1, 1, 2, 1, 1 along h.
    assert_all_near(found, [18.0 / 7.0, 3.0, 3.5], 1e-12, "the largest values");
}

/// C + δδᵀ: what a method without a derivative adds to the covariance of the fit.
#[test]
fn error_bars_hold_the_distance_from_the_fit() {
    let map = Array3::from_shape_fn((20, 21, 22), |(h, w, d)| {
        let [x, y, z] = [h as f64 - 9.3, w as f64 - 10.6, d as f64 - 11.2];
        (-(x * x + y * y + z * z) / 8.0).exp() + 1e-3 * (((h * 7 + w * 5 + d * 3) % 11) as f64 - 5.0)
    });
    let bars = |text: &str| {
        let settings = with!(settings(text); with_uncertainty: true);
        let found = decode(map.view(), &"HWD".parse().unwrap(), settings).unwrap()[0];
        (found.position.unwrap(), found.uncertainty.unwrap().covariance)
    };
    let ((Voxel(fit), own), (Voxel(found), all)) = (bars("auto"), bars("component:threshold=r:0.8,min=1"));
    let away: [f64; 3] = std::array::from_fn(|axis| found[axis] - fit[axis]);
    assert!(away.iter().any(|x| x.abs() > 0.01), "{away:?}");
    for a in 0..3 {
        for b in 0..3 {
            let expected = own.entry(a, b) + away[a] * away[b];
            assert!((all.entry(a, b) - expected).abs() < 1e-12, "{a} {b}");
        }
    }
}

#[test]
fn what_is_recorded_and_refused() {
    let folder = Folder::new();
    folder.write("a.npy", &npy("<f8", false, &[8, 8, 8], &f8(map().as_slice().unwrap())));
    let recorded = |text: &str| {
        let args = ["decode", "a.npy", "--method", text, "--format", "json"];
        folder.program(args).doubtful().run().expect(0).json()["settings"].clone()
    };
    let settings = recorded("component");
    let expected = serde_json::json!({"threshold": "p:99.9", "min": 6, "max": null, "connectivity": "26"});
    assert_eq!(settings["parameters"], expected);
    assert!(settings.get("temperature").is_none(), "{settings}");
    let settings = recorded("component:threshold=0.25,max=500,min=2,connectivity=6");
    let expected = serde_json::json!({"threshold": 0.25, "min": 2, "max": 500, "connectivity": "6"});
    assert_eq!(settings["parameters"], expected);
    assert_eq!(recorded("component:threshold=r:0.50")["parameters"]["threshold"], "r:0.5");
    for (args, says) in [
        (
            &["--method", "component", "--peaks", "2"][..],
            "`--peaks` cannot be used with the method `component`",
        ),
        (&["--method", "component", "--temperature", "2"], "the method `component` has no softmax"),
        (&["--method", "component", "--radius", "2"], "`component` has none"),
        (&["--method", "component:min=9,max=8"], "min is 9, above the max of 8"),
        (
            &["--method", "component:threshold=50%"],
            "or a percentile from 0 to 100 such as p:99.9 for threshold, found `50%`",
        ),
    ] {
        folder.program(["decode", "a.npy"]).args(args).run().expect(2).says(&[says]);
    }
}
