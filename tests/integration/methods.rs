//! Methods that look at the peak's neighbourhood: the true centres of Gaussians, the same answer from every
//! container and memory order, and their parameters on the command line.

use crate::support::{
    Folder, Nifti, Noise, VOXEL, assert_all_near, f4, f8, gzip, npy, npy_f4, triple, with, zip,
};
use ::zip::CompressionMethod::Deflated;
use ndarray::{Array3, Array5, ArrayView3, s};
use softargmax::internals::geometry::Voxel;
use softargmax::internals::kernel::{METHODS, Settings, Sharpness, choose};
use softargmax::internals::landmark::Status;
use softargmax::{Decodable, decode};

/// Every method that looks at the neighbourhood, in every form that its answer has.
const NEAR: [&str; 13] = [
    "local:beta=9",
    "local:radius=2,shape=ball,beta=3",
    "local:radius=32",
    "local:weights=values",
    "parabola",
    "parabola:space=raw",
    "quarter",
    "newton",
    "newton:space=raw",
    "dark",
    "dark:sigma=0.6",
    "gaussian",
    "gaussian:radius=2",
];

/// Components by every kind of threshold. Of whole numbers their sums are exact.
const COMPONENTS: [&str; 4] = [
    "component",
    "component:threshold=p:97.5,min=1",
    "component:threshold=r:0.4,connectivity=6",
    "component:threshold=95,min=2,max=30,connectivity=18",
];

fn settings(text: &str) -> Settings {
    let (method, parameters) = choose(text).unwrap();
    with!(Settings::default(); method, parameters)
}

fn answer<T: Decodable>(map: ArrayView3<'_, T>, text: &str) -> [f64; 3] {
    let landmark = decode(map, &"HWD".parse().unwrap(), settings(text)).unwrap()[0];
    assert_eq!(landmark.status, Status::Ok);
    landmark.position.unwrap().0
}

/// −|v − centre|² / (2σ²), the exponent of a Gaussian.
fn exponents(lengths: [usize; 3], centre: [f64; 3], sigma: f64) -> Array3<f64> {
    Array3::from_shape_fn(lengths, |(h, w, d)| {
        let offset = [h as f64 - centre[0], w as f64 - centre[1], d as f64 - centre[2]];
        -offset.map(|x| x * x).iter().sum::<f64>() / (2.0 * sigma * sigma)
    })
}

// --- the truth -------------------------------------------------------------------------------------

/// Gaussians of σ from 1 to 4 voxels at centres that lie at least five σ from the border.
fn gaussians() -> impl Iterator<Item = ([f64; 3], f64, Array3<f64>)> {
    let mut noise = Noise::new(2024);
    (0..40).map(move |i| {
        let sigma = 1.0 + f64::from(i) / 13.0;
        let centre = std::array::from_fn(|axis| 24.0 + 3.0 * noise.next() + axis as f64);
        (centre, sigma, exponents([49, 51, 53], centre, sigma))
    })
}

#[test]
fn gaussians_come_back_within_a_hundredth_of_a_voxel() {
    for (centre, sigma, exponents) in gaussians() {
        let map = exponents.mapv(f64::exp);
        for method in ["parabola", "newton"] {
            let what = format!("{method} sigma {sigma} at {centre:?}");
            assert_all_near(answer(map.view(), method), centre, 1e-9, &what);
            assert_all_near(answer(map.mapv(|x| x as f32).view(), method), centre, 0.01, &what);
        }
        for method in ["dark", "dark:sigma=1", "gaussian", "gaussian:radius=7"] {
            let what = format!("{method} sigma {sigma} at {centre:?}");
            assert_all_near(answer(map.view(), method), centre, 0.01, &what);
            assert_all_near(answer(map.mapv(|x| x as f32).view(), method), centre, 0.01, &what);
        }
        // Logits: their softmax at beta 1 is the Gaussian itself.
        let radius = (5.0 * sigma).ceil();
        for shape in ["cube", "ball"] {
            let method = format!("local:radius={radius},beta=1,shape={shape}");
            let what = format!("{method} sigma {sigma} at {centre:?}");
            assert_all_near(answer(exponents.view(), &method), centre, 0.01, &what);
            assert_all_near(answer(exponents.mapv(|x| x as f32).view(), &method), centre, 0.01, &what);
        }
        // Of height 1: the values themselves are the weights.
        let method = format!("local:weights=values,radius={radius}");
        let what = format!("{method} sigma {sigma} at {centre:?}");
        assert_all_near(answer(map.view(), &method), centre, 0.01, &what);
        // Where the softmax is narrower than the Gaussian, and wide enough for the grid.
        if sigma >= 3.0 {
            let method = format!("local:beta=20,radius={radius}");
            assert_all_near(answer(map.view(), &method), centre, 0.01, &format!("{method} at {centre:?}"));
        }
    }
}

#[test]
fn newton_finds_the_apex_of_tilted_gaussians() {
    let mut noise = Noise::new(7);
    for _ in 0..20 {
        let centre: [f64; 3] = std::array::from_fn(|_| 10.0 + 0.3 * noise.next());
        let map = Array3::from_shape_fn((20, 21, 22), |(h, w, d)| {
            let [x, y, z] = [h as f64 - centre[0], w as f64 - centre[1], d as f64 - centre[2]];
            (-(x * x + 0.8 * y * y + 0.6 * z * z + 0.7 * x * y - 0.4 * y * z) / 8.0).exp()
        });
        assert_all_near(answer(map.view(), "newton"), centre, 1e-9, &format!("{centre:?}"));
    }
}

/// The mean distance from the true centre over 100 Gaussians of σ and height 1 with normal noise of 0.02.
fn mean_error(method: &str, sigma: f64, seed: u64) -> f64 {
    let mut noise = Noise::new(seed);
    let mut total = 0.0;
    for _ in 0..100 {
        let centre = std::array::from_fn(|axis| 16.0 + 1.5 * noise.next() + axis as f64);
        let map = exponents([32, 34, 36], centre, sigma).mapv(f64::exp);
        // Twelve uniform numbers in [−1, 1) have a variance of 4.
        let map = map.mapv(|x| x + 0.01 * (0..12).map(|_| noise.next()).sum::<f64>());
        let found = answer(map.view(), method);
        total += found.iter().zip(centre).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    }
    total / 100.0
}

#[test]
fn noise_costs_dark_a_fiftieth_of_a_voxel() {
    for (sigma, bound) in [(1.5, 0.025), (2.0, 0.02), (3.0, 0.02), (4.0, 0.025)] {
        let error = mean_error("dark", sigma, 11);
        println!("dark sigma {sigma}: {error}");
        assert!(error < bound, "sigma {sigma}: {error}");
    }
    // Without the blur it is several times that.
    let newton = mean_error("newton", 2.0, 11);
    println!("newton: {newton}");
    assert!(newton > 0.1, "{newton}");
}

#[test]
fn noise_costs_gaussian_a_fiftieth_of_a_voxel() {
    for (method, sigma, bound) in [
        // Of narrow peaks the width cannot be told, and the centre can.
        ("gaussian", 0.5, 0.08),
        ("gaussian", 1.0, 0.03),
        ("gaussian", 2.0, 0.02),
        ("gaussian", 3.0, 0.02),
        ("gaussian:radius=8", 4.0, 0.02),
    ] {
        let error = mean_error(method, sigma, 12);
        println!("{method} sigma {sigma}: {error}");
        assert!(error < bound, "{method} sigma {sigma}: {error}");
    }
}

/// A background, a slant, the border and a mask move no centre, as long as the voxels that are left say where
/// it is; without a fit the answer is that of `parabola`.
#[test]
fn gaussian_needs_no_whole_peak() {
    let mut noise = Noise::new(4);
    for i in 0..30 {
        let centre: [f64; 3] = std::array::from_fn(|_| 7.5 + 7.2 * noise.next());
        let mut map = Array3::from_shape_fn((16, 16, 16), |(h, w, d)| {
            let [x, y, z] = [h as f64 - centre[0], w as f64 - centre[1], d as f64 - centre[2]];
            3.0 * (-(x * x + 0.8 * y * y + 0.6 * z * z + 0.7 * x * y - 0.4 * y * z) / 6.0).exp() - 5.0
        });
        assert_all_near(answer(map.view(), "gaussian"), centre, 1e-6, &format!("{i}: {centre:?}"));
        let [h, w, d] = centre.map(|x| x.round() as usize);
        map[[h, w, if d > 7 { d - 1 } else { d + 1 }]] = f64::NEG_INFINITY;
        assert_all_near(answer(map.view(), "gaussian"), centre, 1e-6, &format!("{i} masked: {centre:?}"));
    }
    let ramp = Array3::from_shape_fn((9, 9, 9), |(h, w, d)| (h + w + d) as f64);
    assert_eq!(answer(ramp.view(), "gaussian"), [8.0; 3]);
}

/// The blur is as wide on one side as on the other, and renormalised over the voxels that are there.
#[test]
fn dark_takes_neither_the_border_nor_a_mask_for_zeros() {
    let mut noise = Noise::new(3);
    for i in 0..30 {
        let sigma = 1.0 + f64::from(i) / 10.0;
        let centre = std::array::from_fn(|_| 7.5 + 6.9 * noise.next());
        let map = exponents([16, 16, 16], centre, sigma).mapv(f64::exp);
        assert_all_near(answer(map.view(), "dark"), centre, 0.01, &format!("sigma {sigma} at {centre:?}"));
    }
    let centre = [7.3, 8.6, 7.2];
    let mut map = exponents([16, 16, 16], centre, 1.5).mapv(f64::exp);
    for at in [[0, 0, 0], [7, 8, 8]] {
        map[at] = f64::NEG_INFINITY;
        assert_all_near(answer(map.view(), "dark"), centre, 0.2, &format!("{at:?} masked"));
    }
}

#[test]
fn quarter_lies_on_the_side_of_the_centre() {
    let exponents = exponents([9, 9, 9], [4.3, 3.6, 5.0], 1.5);
    assert_eq!(answer(exponents.mapv(f64::exp).view(), "quarter"), [4.25, 3.75, 5.0]);
}

// --- borders, masks, statuses ----------------------------------------------------------------------

/// The heatmap is clipped at the border, not filled up: the answer of `local` is that of the formula over the
/// voxels that are there.
#[test]
fn corners_and_small_maps() {
    // Weights 4, 2, 2, 1 at the corner of a plane: the mean is 1/3 along each axis.
    let mut map = Array3::from_elem((6, 7, 1), -1e3);
    for (at, weight) in [([0, 0, 0], 4.0_f64), ([0, 1, 0], 2.0), ([1, 0, 0], 2.0), ([1, 1, 0], 1.0)] {
        map[at] = weight.ln();
    }
    for method in ["local:radius=1", "local:radius=3", "local:radius=32"] {
        assert_all_near(answer(map.view(), method), [1.0 / 3.0, 1.0 / 3.0, 0.0], 1e-12, method);
    }
    for method in ["parabola", "newton", "quarter", "dark", "parabola:space=raw", "newton:space=raw"] {
        assert_eq!(answer(map.view(), method), [0.0; 3], "{method}");
    }
}

/// The lowest of three voxels, far below two that are nearly alike, is a voxel and no mask: the vertex of the
/// parabola through 2.0846, 2.0901 and 1.8263 is at 1 - 0.5 (2.0846 - 1.8263)/(2 2.0901 - 2.0846 - 1.8263).
#[test]
fn a_low_voxel_of_few_is_no_mask() {
    let map = Array3::from_shape_vec((3, 1, 1), vec![2.0846, 2.0901, 1.8263]).unwrap();
    let vertex = 1.0 - 0.5 * (2.0846 - 1.8263) / (2.0 * 2.0901 - 2.0846 - 1.8263);
    for method in ["parabola:space=raw", "newton:space=raw"] {
        assert_all_near(answer(map.view(), method), [vertex, 0.0, 0.0], 1e-12, method);
    }
}

#[test]
fn planes_work_and_stay_in_their_plane() {
    let folder = Folder::new();
    let map = exponents([40, 30, 1], [17.3, 12.6, 0.0], 2.0).mapv(|x| x.exp() as f32);
    folder.write("map.npy", &npy_f4(&[1, 1, 40, 30], map.as_slice().unwrap()));
    for (method, bound) in [
        ("parabola", 1e-4),
        ("newton", 1e-4),
        ("quarter", 0.2),
        ("local:beta=8", 0.02),
        ("dark", 0.001),
        ("gaussian", 1e-4),
    ] {
        let out = folder.decode(["map.npy", "--layout", "NCHW", "--coords", "voxel", "--method", method]);
        let found = triple(&out.rows()[0], VOXEL).unwrap();
        assert_eq!(found[2], 0.0, "{method}");
        assert_all_near(found, [17.3, 12.6, 0.0], bound, method);
    }
}

#[test]
fn statuses_are_those_of_every_method() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let of = |values: [f32; 5], settings: Settings| {
        let map = Array3::from_shape_vec((1, 1, 5), values.to_vec()).unwrap();
        let landmark = decode(map.view(), &"HWD".parse().unwrap(), settings).unwrap()[0];
        (landmark.status, landmark.position.map(|Voxel([_, _, d])| d))
    };
    for method in NEAR {
        let plain = settings(method);
        let ignoring = with!(plain; ignore_nan: true);
        // The first of equal voxels.
        assert_eq!(of([-inf, 2.0, 2.0, 2.0, 2.0], plain), (Status::Flat, Some(1.0)), "{method}");
        assert_eq!(of([-inf; 5], plain), (Status::Empty, None));
        assert_eq!(of([1.0, nan, 1.0, 3.0, 2.0], plain), (Status::Nonfinite, None));
        assert_eq!(of([1.0, inf, 1.0, 3.0, 2.0], ignoring), (Status::Nonfinite, None));
        let missing = with!(plain; threshold: Some(4.0));
        assert_eq!(of([1.0, 2.0, 3.0, 2.0, 1.0], missing), (Status::Missing, None));
        // A masked neighbour is no neighbour: -inf and NaN are the same.
        let (status, found) = of([1.0, 2.0, 3.0, nan, 1.0], ignoring);
        assert_eq!((status, found), of([1.0, 2.0, 3.0, -inf, 1.0], plain), "{method}");
        assert_eq!(status, Status::Ok);
        // The blur of `dark` fills the gap.
        if !method.starts_with("dark") {
            let is_hard = !method.starts_with("local");
            assert_eq!(found == Some(2.0), is_hard, "{method}: {found:?}");
        }
    }
}

// --- sameness --------------------------------------------------------------------------------------

const SHAPE: [usize; 5] = [2, 3, 12, 15, 11];

/// Whole numbers from 0 to 200 with a bump in each heatmap at another place, some of them at a border.
fn values() -> Array5<f64> {
    let mut noise = Noise::new(5);
    let [n, c, h, w, d] = SHAPE;
    let mut values = Array5::from_shape_simple_fn((n, c, h, w, d), || (50.0 + 50.0 * noise.next()).floor());
    for i in 0..n * c {
        let at = [i / c, i % c, (i * 5) % h, (i * 7 + 3) % w, (i * 4 + 1) % d];
        values[at] = 200.0;
    }
    values
}

/// The cells of coordinates, for each landmark in (n, c) order.
fn cells(folder: &Folder, args: &[&str]) -> Vec<String> {
    let program = folder.program(["decode", "--coords", "voxel", "--quiet"]);
    let out = program.args(args).doubtful().run().expect(0);
    let mut rows = out.rows();
    rows.sort_by_key(|row| (row["n"].clone(), row["c"].clone()));
    rows.iter().map(|row| VOXEL.map(|name| row[name].clone()).join(",")).collect()
}

#[test]
fn every_container_and_memory_order_gives_the_same_bytes() {
    let folder = Folder::new();
    let values = values();
    let logical: Vec<f64> = values.iter().copied().collect();
    let f32s: Vec<f32> = logical.iter().map(|&x| x as f32).collect();
    let plain = npy_f4(&SHAPE, &f32s);
    folder.write("plain.npy", &plain);
    folder.write("wide.npy", &npy("<f8", false, &SHAPE, &f8(&logical)));
    folder.write("gzip.npy.gz", &gzip(&plain));
    folder.write("deflated.npz", &zip(&[("a.npy", &plain)], Deflated));
    let turned = |axes: [usize; 5]| -> Vec<f32> {
        values.view().permuted_axes(axes).iter().map(|&x| x as f32).collect()
    };
    folder.write("fortran.npy", &npy("<f4", true, &SHAPE, &f4(&turned([4, 3, 2, 1, 0]))));
    let [n, c, h, w, d] = SHAPE;
    folder.write("last.npy", &npy_f4(&[n, h, w, d, c], &turned([0, 2, 3, 4, 1])));
    folder.write("zyx.npy", &npy_f4(&[n, c, d, h, w], &turned([0, 1, 4, 2, 3])));
    let big: Vec<u8> = logical.iter().flat_map(|&x| (x as i64).to_be_bytes()).collect();
    folder.write("big.npy", &npy(">i8", false, &SHAPE, &big));
    // i fastest, samples outermost; 200 - x with a slope of -1 and an intercept of 200 is x again.
    let nifti = |is_reversed: bool| {
        let stored = |x: &f64| (if is_reversed { 200.0 - x } else { *x }) as i16;
        let turned = values.view().permuted_axes([0, 1, 4, 3, 2]);
        let bytes: Vec<u8> = turned.iter().flat_map(|x| stored(x).to_le_bytes()).collect();
        Nifti::new(&[h, w, d, c, n].map(|length| length as i16), &bytes).kind(4, 16)
    };
    folder.write("short.nii", &nifti(false).bytes());
    folder.write("reversed.nii", &nifti(true).scaled(-1.0, 200.0).bytes());
    folder.write("reversed.nii.gz", &gzip(&nifti(true).scaled(-1.0, 200.0).bytes()));
    for method in NEAR.into_iter().chain(COMPONENTS) {
        let with = |file: &str, more: &[&str]| cells(&folder, &[&[file, "--method", method], more].concat());
        let expected = with("plain.npy", &["--threads", "1"]);
        assert_eq!(expected.len(), n * c);
        for (file, more) in [
            ("plain.npy", &["--threads", "7"][..]),
            ("wide.npy", &[]),
            ("gzip.npy.gz", &[]),
            ("deflated.npz", &[]),
            ("fortran.npy", &[]),
            ("last.npy", &["--layout", "NHWDC"]),
            ("zyx.npy", &["--layout", "NCDHW"]),
            ("big.npy", &[]),
            ("short.nii", &["--layout", "HWDCN"]),
            ("reversed.nii", &["--layout", "HWDCN"]),
            ("reversed.nii.gz", &["--layout", "HWDCN"]),
        ] {
            assert_eq!(with(file, more), expected, "{method} {file} {more:?}");
        }
        let args = ["decode", "-", "--coords", "voxel", "--quiet", "--method", method];
        let rows = folder.program(args).stdin(&plain).doubtful().run().expect(0).rows();
        let piped: Vec<String> =
            rows.iter().map(|row| VOXEL.map(|name| row[name].clone()).join(",")).collect();
        assert_eq!(piped, expected, "{method} standard input");
        library(&values, method, &expected);
    }
}

/// The library's answers, from any strides, against the program's.
fn library(values: &Array5<f64>, method: &str, expected: &[String]) {
    let numbers = |cell: &String| -> [f64; 3] {
        let numbers: Vec<f64> = cell.split(',').map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    };
    let expected: Vec<[f64; 3]> = expected.iter().map(numbers).collect();
    let mut flipped = values.clone();
    flipped.assign(&values.slice(s![.., .., ..;-1, .., ..;-1]));
    let narrow = values.mapv(|x| x as f32);
    let layout = "NCHWD".parse().unwrap();
    let last = values.view().permuted_axes([0, 2, 3, 4, 1]).as_standard_layout().into_owned();
    for landmarks in [
        decode(values.view(), &layout, settings(method)),
        decode(narrow.view(), &layout, settings(method)),
        decode(flipped.slice(s![.., .., ..;-1, .., ..;-1]), &layout, settings(method)),
        decode(last.view(), &"NHWDC".parse().unwrap(), settings(method)),
    ] {
        let found: Vec<[f64; 3]> =
            landmarks.unwrap().iter().map(|landmark| landmark.position.unwrap().0).collect();
        assert_eq!(found, expected, "{method}");
    }
}

/// A stream that breaks off, and a spool that has no room, cost the input and nothing else.
#[cfg(unix)]
#[test]
fn a_stream_without_a_place_for_its_values_is_unreadable() {
    let folder = Folder::new();
    // Two heatmaps that arrive interleaved: they are not kept in memory.
    let values: Vec<f32> = (0..54).map(|i| if i / 2 == 13 { 9.0 } else { 1.0 }).collect();
    let bytes = npy_f4(&[3, 3, 3, 2], &values);
    folder.write("map.npy.gz", &gzip(&bytes));
    folder.write("cut.npy.gz", &gzip(&bytes)[..60]);
    folder.decode(["map.npy.gz", "--layout", "HWDC", "--method", "local"]);
    folder.program(["decode", "cut.npy.gz", "--layout", "HWDC", "--method", "local"]).run().expect(3);
    let program = |file: &str, layout: &str, method: &str| {
        folder.program(["decode", file, "--layout", layout, "--method", method]).env("TMPDIR", "/none")
    };
    let map = |method| program("map.npy.gz", "HWDC", method);
    map("local").run().expect(3).says(&["failed to keep the values of a stream", "TMPDIR"]);
    for method in ["soft", "hard"] {
        let told = map(method).run().expect(0);
        told.says(&[
            "warning: not-judged: 2 landmarks of 1 input: flags not judged: no place for a temporary copy",
            "  hint: set `TMPDIR` to a directory that can be written and has more room\n",
        ]);
        assert!(told.rows().iter().all(|row| row["reason"].starts_with("flags not judged")));
    }
    let json = map("soft").args(["--format", "json", "--uncertainty"]).run().expect(0).json();
    let warning = json["inputs"][0]["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("not-judged: 2 landmarks (n 0, c 0; n 0, c 1): "), "{warning}");
    assert!(json["inputs"][0]["landmarks"][0]["uncertainty"]["error95_voxel"].is_null());
    // One that is kept.
    folder.write("small.npy.gz", &gzip(&npy_f4(&[3, 3, 3], &values[..27])));
    program("small.npy.gz", "HWD", "local").run().expect(0);
}

// --- the command line ------------------------------------------------------------------------------

#[test]
fn the_radius_has_an_option_of_its_own() {
    let folder = Folder::new();
    let [n, c, h, w, d] = SHAPE;
    let f32s: Vec<f32> = values().iter().map(|&x| x as f32).collect();
    folder.write("a.npy", &npy_f4(&[n, c, h, w, d], &f32s));
    let with = |args: &[&str]| cells(&folder, &[&["a.npy", "--temperature", "16"], args].concat());
    let two = with(&["--method", "local:radius=2"]);
    assert_eq!(with(&["--method", "local", "--radius", "2"]), two);
    assert_eq!(with(&["--method", "local:shape=cube", "--radius=2"]), two);
    assert_eq!(cells(&folder, &["a.npy", "--method", "local:radius=2,beta=0.0625"]), two);
    assert_ne!(with(&["--method", "local"]), two);
    assert_eq!(with(&["--method", "local"]), with(&["--method", "local:radius=4"]));
}

#[test]
fn parameters_are_in_the_settings_of_json() {
    let settings = |method: &str| {
        let args =
            ["decode", "npy/statuses_f4.npy", "--format", "json", "--fail-on", "none", "--method", method];
        crate::support::Program::new(args).run().expect(0).json()["settings"].clone()
    };
    let parameters = &settings("local:shape=ball")["parameters"];
    assert_eq!(
        *parameters,
        serde_json::json!({"radius": 4, "beta": null, "shape": "ball", "weights": "softmax"})
    );
    let parameters = &settings("local:beta=2.5,radius=7")["parameters"];
    assert_eq!(
        *parameters,
        serde_json::json!({"radius": 7, "beta": 2.5, "shape": "cube", "weights": "softmax"})
    );
    // An exponent that changes nothing is not on record.
    let parameters = &settings("mean:activation=sigmoid")["parameters"];
    assert_eq!(*parameters, serde_json::json!({"activation": "sigmoid", "alpha": null}));
    let parameters = &settings("mean:activation=power")["parameters"];
    assert_eq!(*parameters, serde_json::json!({"activation": "power", "alpha": 2}));
    assert_eq!(settings("newton")["parameters"], serde_json::json!({"space": "log"}));
    assert!(settings("soft").get("parameters").is_none());
}

#[test]
fn a_temperature_is_in_the_settings_where_it_is_used() {
    for (args, expected) in [
        (&["--method", "soft"][..], Some(("temperature", 1.0))),
        (&["--method", "soft", "--beta", "2.5"], Some(("beta", 2.5))),
        (&["--method", "mean:activation=softmax"], Some(("temperature", 1.0))),
        (&["--method", "debias"], Some(("temperature", 1.0))),
        (&["--method", "local"], Some(("temperature", 1.0))),
        (&["--method", "hard", "--stats"], Some(("temperature", 1.0))),
        (&["--method", "auto", "--stats", "--beta", "3"], Some(("beta", 3.0))),
        (&["--method", "hard"], None),
        (&["--method", "auto", "--uncertainty"], None),
        (&["--method", "mean"], None),
        (&["--method", "local:beta=3"], None),
        (&["--method", "local:weights=values"], None),
    ] {
        let all = [&["decode", "npy/hwd.npy", "--format", "json", "--fail-on", "none"], args].concat();
        let json = crate::support::Program::new(all).doubtful().run().expect(0).json();
        let found = ["temperature", "beta"]
            .into_iter()
            .filter_map(|name| json["settings"].get(name).map(|value| (name, value.as_f64().unwrap())));
        assert_eq!(found.collect::<Vec<_>>(), Vec::from_iter(expected), "{args:?}");
    }
}

#[test]
fn other_parameters_are_other_settings_for_resume() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[3, 3, 3], &(0..27).map(|i| i as f32).collect::<Vec<_>>()));
    let run = |method: &str| {
        folder.decode(["a.npy", "--output-dir", "out", "--resume", "--method", method, "--coords", "voxel"]);
        std::fs::read_to_string(folder.join("out/a.npy.csv")).unwrap()
    };
    let [one, ball] = ["local:radius=1", "local:radius=2,shape=ball"].map(run);
    assert_ne!(one, ball);
    assert_eq!(run("local:radius=1"), one);
}

#[test]
fn every_parameter_is_in_the_catalogue() {
    let said = |args: &[&str]| {
        let text = crate::support::Program::new(args).run().expect(0).text();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for method in METHODS {
        let words = said(&["methods", method.name]);
        for text in [method.summary, method.definition, method.reference] {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(&text), "{}: {text}", method.name);
        }
        for parameter in method.parameters {
            assert!(words.contains(&parameter.describe()), "{} {}: {words}", method.name, parameter.name);
        }
    }
}

// --- how sure it is --------------------------------------------------------------------------------

/// A Gaussian on a background as a file of 24³ voxels of f4.
fn gaussian_file(folder: &Folder, centre: [f64; 3], sigma: f64, height: f64, background: f64) {
    let map = exponents([24; 3], centre, sigma).mapv(|x| background + height * x.exp());
    folder.write("a.npy", &npy("<f8", false, &[24, 24, 24], &f8(map.as_slice().unwrap())));
}

#[test]
fn stats_of_gaussian_have_the_fit_and_the_window() {
    let folder = Folder::new();
    gaussian_file(&folder, [11.25, 12.0, 10.5], 2.0, 3.0, 0.5);
    let args = ["a.npy", "--method", "gaussian", "--stats", "--coords", "voxel", "--beta", "9"];
    let row = &folder.decode(args).rows()[0];
    for (name, expected) in [
        ("fit_amplitude", 3.0),
        ("fit_background", 0.5),
        ("fit_residual", 0.0),
        ("fit_std_h_voxel", 2.0),
        ("fit_cov_ww_voxel2", 4.0),
        ("fit_cov_hd_voxel2", 0.0),
    ] {
        let found: f64 = row[name].parse().unwrap();
        assert!((found - expected).abs() < 1e-5, "{name}: {found}");
    }
    // The peak weighs e^27 times as much as the background, and all of it lies within four voxels.
    let mass: f64 = row["window_mass"].parse().unwrap();
    assert!(mass > 0.999 && mass <= 1.0, "{mass}");
    let json = folder.decode([&args[..], &["--format", "json"]].concat()).json();
    let stats = &json["inputs"][0]["landmarks"][0]["stats"];
    assert!((stats["fit_amplitude"].as_f64().unwrap() - 3.0).abs() < 1e-5, "{stats}");
    // Neither has a place in the columns of other methods.
    for (method, has_window) in [("soft", false), ("hard", false), ("local", true), ("dark", true)] {
        let row = &folder.decode(["a.npy", "--stats", "--method", method, "--beta", "9"]).rows()[0];
        assert_eq!((row.contains_key("window_mass"), row.contains_key("fit_amplitude")), (has_window, false));
    }
}

/// Near a border an answer is flagged where it is off, and not because a window is cut.
#[test]
fn only_an_answer_that_the_border_puts_off_is_flagged() {
    let folder = Folder::new();
    gaussian_file(&folder, [1.2, 12.0, 12.0], 3.0, 1.0, 0.0);
    let out = folder.program(["decode", "a.npy", "--method", "local:radius=4"]).run().expect(0);
    out.says(&["warning: border: 1 landmark of 1 input", "`--radius`"]);
    assert_eq!(out.rows()[0]["flags"], "border");
    for method in ["gaussian", "dark", "hard", "auto"] {
        let out = folder.program(["decode", "a.npy", "--method", method]).run().expect(0);
        assert_eq!((out.stderr.as_str(), out.rows()[0]["flags"].as_str()), ("", ""), "{method}");
    }
    // The axis that a map of two dimensions lacks has no border, and few slices are no doubt.
    for (name, shape, centre) in
        [("b.npy", [24, 24, 1], [12.0, 12.0, 0.0]), ("c.npy", [24, 24, 6], [12.0, 12.0, 2.4])]
    {
        let map = exponents(shape, centre, 2.0).mapv(f64::exp);
        folder.write(name, &npy("<f8", false, &shape, &f8(map.as_slice().unwrap())));
        for method in NEAR.iter().filter(|method| !method.contains("local")) {
            let out = folder.program(["decode", name, "--method", method]).run().expect(0);
            assert_eq!((out.stderr.as_str(), out.rows()[0]["flags"].as_str()), ("", ""), "{name} {method}");
        }
    }
}

#[test]
fn two_peaks_are_flagged_whatever_the_method() {
    let folder = Folder::new();
    let two = exponents([24; 3], [6.0, 12.0, 12.0], 1.5).mapv(f64::exp)
        + exponents([24; 3], [18.0, 12.0, 12.0], 1.5).mapv(f64::exp);
    folder.write("a.npy", &npy("<f8", false, &[24, 24, 24], &f8(two.as_slice().unwrap())));
    let out = folder.program(["decode", "a.npy", "--beta", "40"]).run().expect(0);
    out.says(&["warning: bimodal: 1 landmark of 1 input", "`--peaks 2 --compare`"]);
    let json = folder.decode(["a.npy", "--beta", "40", "--format", "json", "--quiet"]).json();
    assert!(json["inputs"][0]["warnings"][0].as_str().unwrap().starts_with("bimodal: 1 landmark"));
    for method in METHODS {
        let out = folder.decode(["a.npy", "--method", method.name, "--quiet"]);
        assert!(out.rows()[0]["flags"].contains("bimodal"), "{}", method.name);
    }
}

// --- the whole map -----------------------------------------------------------------------------------

/// 8³ voxels of f4 that are 0 but for some.
fn sparse(voxels: &[([usize; 3], f32)]) -> Vec<f32> {
    let mut values = vec![0.0; 512];
    for &([h, w, d], value) in voxels {
        values[h * 64 + w * 8 + d] = value;
    }
    values
}

#[test]
fn mean_is_the_centre_of_mass() {
    let folder = Folder::new();
    // Weights 3 and 1, and a negative value that relu and power leave out.
    let values = sparse(&[([1, 2, 3], 3.0), ([5, 2, 7], 1.0), ([0, 0, 0], -2.0)]);
    folder.write("a.npy", &npy_f4(&[8, 8, 8], &values));
    for (args, expected) in [
        (&["--method", "mean"][..], [2.0, 2.0, 4.0]),
        (&["--method", "mean:activation=relu"], [2.0, 2.0, 4.0]),
        (&["--method", "mean", "--activation", "none"], [4.0, 4.0, 8.0]),
        // 9 and 1.
        (&["--method", "mean", "--activation", "power:2"], [1.4, 2.0, 3.4]),
        // 27 and 1.
        (&["--method", "mean:activation=power,alpha=3"], [32.0 / 28.0, 2.0, 88.0 / 28.0]),
    ] {
        let program = folder.program(["decode", "a.npy", "--coords", "voxel"]).args(args).doubtful();
        let out = program.run().expect(0);
        let found = triple(&out.rows()[0], VOXEL).unwrap();
        assert_all_near(found, expected, 1e-12, &format!("{args:?}"));
        // 8 is outside of 0 to 7.
        assert_eq!(
            out.stderr.contains("warning: outside: 1 landmark of 1 input"),
            args.contains(&"none"),
            "{}",
            out.stderr
        );
    }
    // 1/(1 + e^−x): 0.9526 at 3, 0.7311 at 1, 0.1192 at −2 and ½ at 509 others, about Σ h = 512·3.5.
    let sigmoid = folder.decode(["a.npy", "--method", "mean:activation=sigmoid", "--coords", "voxel"]);
    let [three, one, minus] = [3.0_f64, 1.0, -2.0].map(|x| 1.0 / (1.0 + (-x).exp()) - 0.5);
    let expected = (256.0 * 3.5 + three + 5.0 * one) / (256.0 + three + one + minus);
    let found = triple(&sigmoid.rows()[0], VOXEL).unwrap();
    assert!((found[0] - expected).abs() < 1e-12, "{found:?} {expected}");
    // The softmax is soft.
    let soft = folder.decode(["a.npy", "--coords", "voxel", "--stats", "--beta", "4"]).stdout;
    let args =
        ["a.npy", "--coords", "voxel", "--stats", "--beta", "4", "--method", "mean:activation=softmax"];
    assert_eq!(folder.decode(args).stdout, soft);
}

#[test]
fn mean_knows_slope_and_intercept() {
    let folder = Folder::new();
    // Stored 1, 2, 4, 8 along i with slope −1 and intercept 5: weights 4, 3, 1 and none.
    let mut volume = Nifti::new(&[4, 1, 1], &f4(&[1.0, 2.0, 4.0, 8.0]));
    volume.set(112, &f4(&[-1.0, 5.0]));
    folder.write("a.nii", &volume.bytes());
    let out = folder.decode(["a.nii", "--method", "mean", "--coords", "voxel", "--stats"]);
    let row = &out.rows()[0];
    let number = |name: &str| row[name].parse::<f64>().unwrap();
    assert!((number("h_voxel") - 5.0 / 8.0).abs() < 1e-15);
    // Σ w r² / Σ w = 7/8, less (5/8)².
    assert!((number("cov_hh_voxel2") - (7.0 / 8.0 - 25.0 / 64.0)).abs() < 1e-15);
    assert!((number("peak_probability") - 0.5).abs() < 1e-15);
    assert!((number("log_normalizer") - 8.0_f64.ln()).abs() < 1e-14);
    let entropy = -[0.5, 0.375, 0.125].iter().map(|p: &f64| p * p.ln()).sum::<f64>();
    assert!((number("entropy") - entropy).abs() < 1e-14);
}

#[test]
fn mean_without_mass_is_missing() {
    let folder = Folder::new();
    folder.write("zero.npy", &npy_f4(&[8, 8, 8], &[0.0; 512]));
    folder.write("below.npy", &npy_f4(&[8, 8, 8], &sparse(&[([1, 1, 1], -1.0)])));
    folder.write("cancel.npy", &npy_f4(&[8, 8, 8], &sparse(&[([1, 1, 1], -1.0), ([2, 2, 2], 1.0)])));
    for (file, activation, status) in [
        ("zero.npy", "relu", "missing"),
        ("below.npy", "relu", "missing"),
        ("below.npy", "none", "missing"),
        ("cancel.npy", "none", "missing"),
        ("cancel.npy", "relu", "ok"),
        ("zero.npy", "sigmoid", "flat"),
    ] {
        let args =
            ["decode", file, "--method", "mean", "--activation", activation, "--fail-on", "none", "--stats"];
        let out = folder.program(args).run().expect(0);
        let row = &out.rows()[0];
        assert_eq!(row["status"], status, "{file} {activation}");
        let is_told = out.stderr.contains(
            "warning: no-mean: 1 landmark of 1 input: the weights have no sum above 0, and so no mean\n",
        );
        assert_eq!(is_told, status == "missing", "{}", out.stderr);
        assert_eq!(row["reason"].starts_with("the weights have no sum above 0"), is_told, "{row:?}");
        let text = out.text();
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}

/// 0.1 and −0.1 by the hundred: sums of f64 that do not come to 0, but to nothing that means something.
#[test]
fn mean_of_what_cancels_is_missing() {
    let folder = Folder::new();
    let mut noise = Noise::new(5);
    // As f64, some 60 of each sign, and no two alike but for the sign.
    let mut values: Vec<f64> = (0..256).map(|_| noise.next() / 3.0).collect();
    values.extend(values.clone().iter().rev().map(|x| -x));
    let with = |more: f64| {
        let mut values = values.clone();
        values[5 * 64 + 6 * 8 + 7] += more;
        npy("<f8", false, &[8, 8, 8], &f8(&values))
    };
    let magnitude: f64 = values.iter().map(|x| x.abs()).sum();
    for (more, status) in [(0.0, "missing"), (5e-10, "missing"), (2e-9, "ok"), (-2e-9, "missing")] {
        folder.write("a.npy", &with(more * magnitude));
        let args =
            ["decode", "a.npy", "--method", "mean", "--activation", "none", "--fail-on", "none", "--stats"];
        let row = &folder.program(args).run().expect(0).rows()[0];
        assert_eq!(row["status"], status, "{more}");
        assert_eq!(row["cov_hh_voxel2"], "", "a weight is negative");
    }
    // Without a negative value it is `relu`, spread and all.
    folder.write("a.npy", &npy_f4(&[8, 8, 8], &sparse(&[([1, 2, 3], 3.0), ([5, 2, 7], 1.0)])));
    let [none, relu] = ["none", "relu"].map(|activation| {
        folder.decode(["a.npy", "--method", "mean", "--activation", activation, "--stats"]).text()
    });
    assert_eq!(none, relu);
    assert!(!folder.decode(["a.npy", "--method", "mean", "--stats"]).rows()[0]["entropy"].is_empty());
}

#[test]
fn debias_takes_the_background_out() {
    let mut noise = Noise::new(31);
    for (i, side) in [32, 48, 64, 96].into_iter().enumerate() {
        let sigma = 1.0 + i as f64;
        let middle = side as f64 / 4.0 + 3.0;
        let centre: [f64; 3] = std::array::from_fn(|_| middle + noise.next());
        let map = exponents([side; 3], centre, sigma).mapv(|x| (0.25 + x.exp()) as f32);
        // Wide enough for the grid of voxels, so that the lattice itself costs nothing.
        let beta = 4.0 / f64::from(side as u32).sqrt() * sigma;
        let distance = |text: &str| {
            let found = decode(
                map.view(),
                &"HWD".parse().unwrap(),
                with!(settings(text); sharpness: Sharpness::Beta(beta)),
            )
            .unwrap()[0]
                .position
                .unwrap();
            found.distance(Voxel(centre))
        };
        let (soft, debias, given) =
            (distance("soft"), distance("debias"), distance("debias:background=0.25"));
        println!("{side} sigma {sigma} beta {beta}: soft {soft}, debias {debias}, given {given}");
        assert!(soft > 4.0, "{side}: {soft}");
        assert!(debias < 0.01, "{side}: {debias}");
        assert!(given < 0.01, "{side}: {given}");
    }
}

#[test]
fn debias_gives_up_where_nothing_is_left() {
    let folder = Folder::new();
    gaussian_file(&folder, [6.0, 12.0, 12.0], 2.0, 1.0, 0.5);
    // A background as high as the peak.
    let args = ["decode", "a.npy", "--method", "debias:background=1.5", "--coords", "voxel"];
    let out = folder.program(args).run().expect(0);
    assert_eq!(triple(&out.rows()[0], VOXEL), Some([6.0, 12.0, 12.0]));
    assert_eq!(out.rows()[0]["flags"], "fallback");
    assert_eq!(out.rows()[0]["reason"], "answered by the largest voxel");
    for (text, says) in [
        ("debias:background=inf", "a finite number"),
        ("mean:alpha=0", "a finite number > 0"),
        ("mean:activation=tanh", "relu or none or sigmoid or power or softmax"),
    ] {
        folder.program(["decode", "a.npy", "--method", text]).run().expect(2).says(&[says]);
    }
    for (activation, says) in
        [("power:-1", "a finite number > 0"), ("relu:2", "only `power` takes a number"), ("tanh", "softmax")]
    {
        let args = ["decode", "a.npy", "--method", "mean", "--activation", activation];
        folder.program(args).run().expect(2).says(&[says]);
    }
    let args = ["decode", "a.npy", "--activation", "relu"];
    folder.program(args).run().expect(2).says(&["`--activation` needs a method with an activation", "mean"]);
}

/// In every container, memory order and type the same; masked voxels take no part.
#[test]
fn mean_and_debias_of_any_array() {
    let folder = Folder::new();
    let mut noise = Noise::new(8);
    let map = exponents([20, 17, 23], [6.3, 9.1, 14.8], 2.0)
        .mapv(|x| (x.exp() * 50.0 + 4.0 + noise.next()).floor());
    let wide: Vec<f64> = map.iter().copied().collect();
    let narrow: Vec<f32> = wide.iter().map(|&x| x as f32).collect();
    let turned: Vec<f64> = map.t().iter().copied().collect();
    folder.write("a.npy", &npy("<f8", false, &[20, 17, 23], &f8(&wide)));
    folder.write("b.npy", &npy_f4(&[20, 17, 23], &narrow));
    folder.write("c.npy", &npy("<f8", true, &[20, 17, 23], &f8(&turned)));
    folder.write("d.npy.gz", &gzip(&npy("<f8", false, &[20, 17, 23], &f8(&wide))));
    for method in ["mean", "mean:activation=power", "debias", "debias:background=4"] {
        let of = |file: &str| {
            let args = [file, "--method", method, "--coords", "voxel", "--quiet"];
            let beta: &[&str] = if method.starts_with("debias") { &["--beta", "0.1"] } else { &[] };
            let out = folder.decode(args.iter().chain(beta));
            triple(&out.rows()[0], VOXEL).unwrap()
        };
        let first = of("a.npy");
        assert_eq!(of("d.npy.gz"), first, "{method}");
        assert_all_near(of("c.npy"), first, 1e-9, method);
        assert_all_near(of("b.npy"), first, 1e-3, method);
    }
    // A part of the map without the peak is masked: the rest has its own mean.
    let mut masked = wide.clone();
    masked[13 * 17 * 23..].fill(f64::NEG_INFINITY);
    folder.write("e.npy", &npy("<f8", false, &[20, 17, 23], &f8(&masked)));
    folder.write("f.npy", &npy("<f8", false, &[13, 17, 23], &f8(&wide[..13 * 17 * 23])));
    let of = |file: &str, method: &str| {
        let args = [file, "--method", method, "--coords", "voxel", "--quiet"];
        let beta: &[&str] = if method.starts_with("debias") { &["--beta", "0.15"] } else { &[] };
        triple(&folder.decode(args.iter().chain(beta)).rows()[0], VOXEL).unwrap()
    };
    assert_all_near(of("e.npy", "mean"), of("f.npy", "mean"), 1e-12, "masked");
    let [found, expected] = ["e.npy", "f.npy"].map(|file| of(file, "debias:background=4"));
    assert_all_near(found, expected, 1e-9, "masked");
}

#[test]
fn debias_counts_no_masked_voxel() {
    // exp(x) is 1 everywhere but 9 at the 31st and 5 at the 32nd voxel: less the background 8 and 4 of 12.
    // The first 16 are masked: neither their number nor their place counts.
    let mut values = vec![0.0; 40];
    (values[30], values[31]) = (9.0_f64.ln(), 5.0_f64.ln());
    values[..16].fill(f64::NEG_INFINITY);
    for method in ["debias", "debias:background=0"] {
        let wide = Array3::from_shape_vec((1, 1, 40), values.clone()).unwrap();
        let expected = [0.0, 0.0, (8.0 * 30.0 + 4.0 * 31.0) / 12.0];
        assert_all_near(answer(wide.view(), method), expected, 1e-12, method);
        // f32 holds the logarithms to 1e-7.
        assert_all_near(answer(wide.mapv(|x| x as f32).view(), method), expected, 1e-6, method);
    }
}

/// The true centre within 0.01 voxel where `soft` is off by 10, in both types: where the background is 10⁵
/// times as heavy as the peak too.
#[test]
fn debias_stands_a_heavy_background() {
    let mut noise = Noise::new(99);
    let layout = "HWD".parse().unwrap();
    for (side, sigma) in
        [(32, 1.0), (32, 1.4), (48, 2.0), (64, 3.0), (72, 4.0), (96, 4.0), (96, 1.5), (96, 1.0)]
    {
        // Five widths from a corner, and up to a voxel more.
        let centre: [f64; 3] = std::array::from_fn(|_| 5.0 * sigma + 0.5 + 0.5 * noise.next());
        let peak = exponents([side, side + 1, side + 2], centre, sigma).mapv(f64::exp);
        for (background, beta) in [(0.0, 1.0), (0.25, 2.0), (-2.5, 4.0)] {
            // What the softmax makes narrower than the grid is drawn to it, with a background or without one.
            if sigma * sigma < 0.8 * beta {
                continue;
            }
            let wide = peak.mapv(|x| x + background);
            let narrow = wide.mapv(|x| x as f32);
            for method in ["soft".to_owned(), "debias".to_owned(), format!("debias:background={background}")]
            {
                let settings = with!(settings(&method); sharpness: Sharpness::Beta(beta));
                for landmarks in
                    [decode(wide.view(), &layout, settings), decode(narrow.view(), &layout, settings)]
                {
                    let error = landmarks.unwrap()[0].position.unwrap().distance(Voxel(centre));
                    let what = format!("{method} side {side} sigma {sigma} background {background}: {error}");
                    assert!(if method == "soft" { error > 10.0 } else { error < 0.01 }, "{what}");
                }
            }
        }
    }
}

#[test]
fn planes_have_a_mean_and_no_noise() {
    let folder = Folder::new();
    let flat = exponents([24, 24, 1], [8.0, 13.0, 0.0], 2.0).mapv(f64::exp);
    folder.write("a.npy", &npy("<f8", false, &[1, 1, 24, 24], &f8(flat.as_slice().unwrap())));
    for (method, beta) in [("mean", &[][..]), ("debias", &["--beta", "4"])] {
        let args = ["decode", "a.npy", "--layout", "NCHW", "--method", method, "--coords", "voxel"];
        let out = folder.program(args).args(beta).run().expect(0);
        assert_eq!(out.stderr, "", "{method}");
        assert_all_near(triple(&out.rows()[0], VOXEL).unwrap(), [8.0, 13.0, 0.0], 0.05, method);
    }
}
