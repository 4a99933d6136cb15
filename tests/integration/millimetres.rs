//! Radii in millimetres: every expected answer is the centre of mass of the voxels whose distance from the
//! peak in space, by the affine written into the file, is within the radius.

use crate::support::{Folder, Nifti, Noise, VOXEL, assert_all_near, f4, npy_f4, triple, with};
use softargmax::internals::geometry::{Affine, Hwd, Length, Voxel};
use softargmax::internals::kernel::{RadiusError, Settings, choose};
use softargmax::{ArrayError, decode};

const LENGTHS: [usize; 3] = [14, 11, 9];
const PEAK: [usize; 3] = [6, 5, 4];

/// Whole numbers from 0 to 99 and a peak of 100.
fn value([h, w, d]: [usize; 3]) -> f64 {
    let mut noise = Noise::new((h * 1000 + w * 100 + d) as u64 + 1);
    for _ in 0..3 {
        noise.next();
    }
    if [h, w, d] == PEAK { 100.0 } else { (50.0 + 49.0 * noise.next()).floor() }
}

fn voxels() -> impl Iterator<Item = [usize; 3]> {
    let [_, rows, columns] = LENGTHS;
    (0..LENGTHS.iter().product()).map(move |i| [i / (rows * columns), i / columns % rows, i % columns])
}

/// The mean place, weighted by the values, of the voxels whose offset from the peak `is_near`.
fn centre(is_near: impl Fn([f64; 3]) -> bool) -> [f64; 3] {
    let (mut mass, mut first) = (0.0, [0.0; 3]);
    for at in voxels() {
        if is_near(std::array::from_fn(|axis| at[axis] as f64 - PEAK[axis] as f64)) {
            mass += value(at);
            for axis in 0..3 {
                first[axis] += value(at) * at[axis] as f64;
            }
        }
    }
    first.map(|moment| moment / mass)
}

/// How long an offset is in mm, by the columns of an affine.
fn length(affine: &[[f32; 4]; 3], [h, w, d]: [f64; 3]) -> f64 {
    let along = affine.map(|row| f64::from(row[0]) * h + f64::from(row[1]) * w + f64::from(row[2]) * d);
    along.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Voxels of 0.9 × 0.9 × 2.5 mm, and a turned and sheared grid.
const STRAIGHT: [[f32; 4]; 3] = [[0.9, 0.0, 0.0, -10.0], [0.0, 0.9, 0.0, 0.0], [0.0, 0.0, 2.5, 5.0]];
const OBLIQUE: [[f32; 4]; 3] = [[0.0, -1.2, 0.5, 3.0], [0.8, 0.3, 0.0, 1.0], [0.3, 0.0, 1.9, -7.0]];

fn folder() -> Folder {
    let folder = Folder::new();
    let stored: Vec<f32> = voxels().map(|at| value(at) as f32).collect();
    folder.write("map.npy", &npy_f4(&LENGTHS, &stored));
    let mut values = Vec::new();
    for d in 0..LENGTHS[2] {
        for w in 0..LENGTHS[1] {
            values.extend((0..LENGTHS[0]).map(|h| value([h, w, d]) as f32));
        }
    }
    let volume = Nifti::new(&LENGTHS.map(|n| n as i16), &f4(&values));
    folder.write("straight.nii", &volume.clone().sform(&STRAIGHT).bytes());
    folder.write("oblique.nii", &volume.clone().sform(&OBLIQUE).bytes());
    folder.write("none.nii", &volume.without_affine().bytes());
    folder
}

fn found(folder: &Folder, args: &str) -> [f64; 3] {
    let args = args.split(' ').chain(["--coords", "voxel", "--quiet"]);
    triple(&folder.decode(args).rows()[0], VOXEL).unwrap()
}

#[test]
fn a_box_reaches_as_far_in_space_along_each_axis() {
    let folder = folder();
    for (radius, voxels) in [("2.7mm", [3.0, 3.0, 1.0]), ("5mm", [5.0, 5.0, 2.0]), ("1.5mm", [1.0, 1.0, 0.0])]
    {
        let expected = centre(|offset| (0..3).all(|axis| offset[axis].abs() <= voxels[axis]));
        for given in [
            format!("straight.nii --method local:weights=values,radius={radius}"),
            format!("straight.nii --method local:weights=values --radius {radius}"),
            format!(
                "map.npy --layout HWD --spacing 0.9,0.9,2.5 --method local:weights=values --radius {radius}"
            ),
            format!(
                "map.npy --layout HWD --reference straight.nii --method local:weights=values --radius {radius}"
            ),
        ] {
            assert_all_near(found(&folder, &given), expected, 1e-9, &given);
        }
    }
    // The lent affine is that of the image: a step of this map is two of its voxels.
    let expected = centre(|offset| (0..3).all(|axis| offset[axis].abs() <= 2.0));
    let given = "map.npy --layout HWD --spacing 1,1,1 --stride 2 --method local:weights=values --radius 5mm";
    assert_all_near(found(&folder, given), expected.map(|x| (x + 0.5) * 2.0 - 0.5), 1e-9, given);
}

#[test]
fn a_ball_is_round_in_space() {
    let folder = folder();
    for (name, affine) in [("straight.nii", STRAIGHT), ("oblique.nii", OBLIQUE)] {
        for radius in [2.0, 3.3, 5.0] {
            // No voxel lies so near to the sphere that rounding could decide.
            let given = format!("{name} --method local:weights=values,shape=ball,radius={radius}mm");
            let expected = centre(|offset| length(&affine, offset) <= radius);
            assert_ne!(expected, centre(|offset| offset.iter().all(|x| x.abs() <= radius)));
            assert_all_near(found(&folder, &given), expected, 1e-9, &given);
        }
    }
    // Box of 2.9 mm along oblique axes: a voxel's edges are 0.854, 1.237 and 1.965 mm long.
    let expected = centre(|[h, w, d]| h.abs() <= 3.0 && w.abs() <= 2.0 && d.abs() <= 1.0);
    let given = "oblique.nii --method local:weights=values,radius=2.9mm";
    assert_all_near(found(&folder, given), expected, 1e-9, given);
}

#[test]
fn other_methods_and_peaks_take_millimetres_too() {
    let folder = folder();
    // 4.5 mm are five voxels of 0.9 mm, and one of 2.5 mm.
    for method in ["gaussian", "local:beta=0.1"] {
        let text =
            |args: &[&str]| folder.decode(["straight.nii", "--method", method].iter().chain(args)).text();
        assert_ne!(text(&["--radius", "4.5mm"]), text(&["--radius", "5"]), "{method}");
        assert_ne!(text(&["--radius", "4.5mm"]), text(&["--radius", "4"]), "{method}");
    }
    // On voxels of 1 mm they are the same.
    let cubes = |args: &str| {
        let all = format!("map.npy --layout HWD --spacing 1,1,1 {args}");
        folder.decode(all.split(' ')).text()
    };
    for method in ["gaussian", "local:beta=0.1", "local:beta=0.1,shape=ball"] {
        for more in ["", " --peaks 3 --min-distance 2mm", " --stats"] {
            let [mm, voxels] =
                ["3mm", "3"].map(|radius| cubes(&format!("--method {method} --radius {radius}{more}")));
            assert_eq!(mm, voxels, "{method}{more}");
        }
    }
}

#[test]
fn a_radius_keeps_its_unit_in_the_settings() {
    let folder = folder();
    let settings = |radius: &str| {
        let out = folder.decode([
            "straight.nii",
            "--method",
            "local",
            "--radius",
            radius,
            "--format",
            "json",
            "-q",
        ]);
        out.json()["settings"]["parameters"]["radius"].clone()
    };
    assert_eq!(settings("4"), serde_json::json!(4));
    assert_eq!(settings("4.50mm"), serde_json::json!("4.5mm"));
    // A result in voxels is not taken for one in millimetres.
    let run = |radius: &str| {
        let args = [
            "straight.nii",
            "--method",
            "local",
            "--output-dir",
            "out",
            "--resume",
            "-q",
            "--radius",
            radius,
        ];
        folder.decode(args);
        std::fs::read_to_string(folder.join("out/straight.nii.csv")).unwrap()
    };
    assert_ne!(run("2"), run("2mm"));
}

#[test]
fn what_cannot_be_is_an_unreadable_input_with_its_reason() {
    let folder = folder();
    for (args, said) in [
        (
            "map.npy --method local --radius 5mm",
            [
                "a radius of 5mm needs an affine, and there is no usable one",
                "`--radius 4`",
                "`--spacing 1,1,2.5`",
            ],
        ),
        (
            "none.nii --method gaussian:radius=5mm",
            ["a radius of 5mm needs an affine, and there is no usable one", "`--affine pixdim`", "none.nii"],
        ),
        (
            "straight.nii --method local --radius 0.5mm",
            [
                "a radius of 0.5mm is shorter than every edge of a voxel (0.9 × 0.9 × 2.5 mm)",
                "`--radius 1`",
                "one voxel",
            ],
        ),
        (
            "long.npy --layout HWD --spacing 0.1,1,1 --method local --radius 5mm",
            ["at most 32 voxels along each axis, found 5mm, which is 50 along h", "`--radius`", "1 to 32"],
        ),
    ] {
        folder.write("long.npy", &npy_f4(&[60, 1, 2], &[0.0; 120]));
        let ran = folder.program(["decode"]).args(args.split(' ')).run().expect(3);
        ran.says(&said);
        assert_eq!(ran.rows()[0]["status"], "unreadable");
    }
    // 50 voxels along h, and the map has 14: the window ends at its border.
    let args = "map.npy --layout HWD --spacing 0.1,1,1 --method local --radius 5mm --quiet";
    let ran = folder.decode(args.split(' '));
    assert_eq!((ran.rows()[0]["status"].as_str(), ran.stderr.as_str()), ("ok", ""));
}

#[test]
fn the_library_has_millimetres_where_it_is_told_of_an_affine() {
    let map = ndarray::Array3::from_shape_fn(LENGTHS, |(h, w, d)| value([h, w, d]));
    let (method, parameters) = choose("local:weights=values,radius=2.7mm").unwrap();
    let affine = Some(Affine::from_spacing(Hwd([0.9, 0.9, 2.5])));
    let settings = with!(Settings::default(); method, parameters, affine);
    let layout = "HWD".parse().unwrap();
    let Voxel(found) = decode(map.view(), &layout, settings).unwrap()[0].position.unwrap();
    let expected = centre(|[h, w, d]| h.abs() <= 3.0 && w.abs() <= 3.0 && d.abs() <= 1.0);
    assert_all_near(found, expected, 1e-9, "library");
    let without = with!(settings; affine: None);
    let error = decode(map.view(), &layout, without).unwrap_err();
    assert_eq!(error, ArrayError::Reach(RadiusError::NoAffine { radius: Length::Millimetres(2.7) }));
}
