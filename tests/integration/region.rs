//! `--region`: the voxels near the peak's height, by hand and by counting.

use crate::support::{Folder, Noise, gzip, npy_f4, with};
use ndarray::Array3;
use softargmax::decode;
use softargmax::internals::geometry::Hwd;
use softargmax::internals::kernel::{METHODS, Settings, choose};
use softargmax::internals::landmark::{Region, Status};

/// 12 × 11 × 10 voxels of 0, and a peak of 8, 6 and 5 with another voxel of 7 far from it.
fn map() -> Array3<f32> {
    let mut map = Array3::zeros((12, 11, 10));
    for (at, value) in [([4, 5, 6], 8.0), ([4, 5, 7], 6.0), ([5, 5, 6], 5.0), ([9, 1, 0], 7.0)] {
        map[at] = value;
    }
    map
}

/// The cells of a region but for the background, for a drop.
fn cells(folder: &Folder, file: &str, drop: &str, more: &[&str]) -> Vec<String> {
    let program =
        folder.program(["decode", file, "--region", drop, "--method", "hard"]).args(more).doubtful();
    let rows = program.run().expect(0).rows();
    let names = ["voxels", "mm3", "h_first", "h_last", "w_first", "w_last", "d_first", "d_last"];
    names.iter().map(|name| rows[0][&format!("region_{name}")].clone()).collect()
}

#[test]
fn the_voxels_and_their_box_by_hand() {
    let folder = Folder::new();
    let file = npy_f4(&[12, 11, 10], map().as_slice().unwrap());
    folder.write("a.npy", &file);
    folder.write("a.npy.gz", &gzip(&file));
    // The background is 0: the least values are 8, 7, 6, 5, more than 5, and 0.
    for (drop, expected) in [
        ("0", ["1", "", "4", "4", "5", "5", "6", "6"]),
        ("0.125", ["2", "", "4", "9", "1", "5", "0", "6"]),
        ("0.25", ["3", "", "4", "9", "1", "5", "0", "7"]),
        ("0.375", ["4", "", "4", "9", "1", "5", "0", "7"]),
        ("0.37", ["3", "", "4", "9", "1", "5", "0", "7"]),
        ("1", ["1320", "", "0", "11", "0", "10", "0", "9"]),
        ("5", ["1320", "", "0", "11", "0", "10", "0", "9"]),
    ] {
        for input in ["a.npy", "a.npy.gz"] {
            assert_eq!(cells(&folder, input, drop, &[]), expected, "{drop} {input}");
        }
    }
    let spacing = ["--layout", "HWD", "--spacing", "2,0.5,3"];
    assert_eq!(cells(&folder, "a.npy", "0.25", &spacing)[1], "9");
    // With a stride of 2 from 10 on, voxel i is centred at (i + 0.5) · 2 − 0.5 + 10.
    let placed = ["--coords", "voxel", "--stride", "2,1,1", "--crop-origin", "10,0,0"];
    let expected = ["3", "", "18.5", "28.5", "1", "5", "0", "7"];
    assert_eq!(cells(&folder, "a.npy", "0.25", &placed), expected);
    let args = ["decode", "a.npy", "--region", "0.25", "--method", "hard", "--format", "json"];
    let json = folder.program(args).doubtful().run().expect(0).json();
    let found = &json["inputs"][0]["landmarks"][0]["region"];
    assert_eq!((&found["region_voxels"], &found["region_background"]), (&3.into(), &0.into()));
    assert!(found["region_mm3"].is_null());
    assert_eq!(json["settings"]["region"], 0.25);
}

#[test]
fn every_method_has_the_same_region_and_no_region_without_being_asked() {
    let region = Region { voxels: 3, first: Hwd([4, 1, 0]), last: Hwd([9, 5, 7]) };
    for method in METHODS {
        let (method, parameters) = choose(method.name).unwrap();
        let of = |region: Option<f64>| {
            let settings = with!(Settings::default(); method, parameters, region);
            decode(map().view(), &"HWD".parse().unwrap(), settings).unwrap()[0]
        };
        let found = of(Some(0.25));
        assert_eq!((found.region, found.background), (Some(region), Some(0.0)), "{}", method.name);
        assert_eq!((of(None).region, of(None).background), (None, None));
    }
}

/// The background is that of noise: what is counted follows from it, whatever the order of memory.
#[test]
fn regions_of_noise_are_what_counting_says() {
    let mut noise = Noise::new(12);
    let values = Array3::from_shape_simple_fn((14, 15, 16), || noise.next());
    let turned = values.view().permuted_axes([2, 0, 1]).as_standard_layout().into_owned();
    for drop in [0.0, 0.1, 0.4, 0.9, 1.3] {
        let (method, parameters) = choose("hard").unwrap();
        let settings = with!(Settings::default(); method, parameters, region: Some(drop));
        let found = decode(values.view(), &"HWD".parse().unwrap(), settings).unwrap()[0];
        let again = decode(turned.view(), &"DHW".parse().unwrap(), settings).unwrap()[0];
        assert_eq!((found.status, found.region), (Status::Ok, again.region), "{drop}");
        let (peak, background) = (found.peak_value.unwrap(), found.background.unwrap());
        // The median of uniform noise about 0, but for the chance of the samples.
        assert!(background.abs() < 0.1, "{background}");
        let least = peak - drop * (peak - background);
        let inside = || values.indexed_iter().filter(|&(_, &x)| x >= least).map(|(at, _)| at);
        let region = found.region.unwrap();
        assert_eq!(region.voxels, inside().count(), "{drop}");
        for axis in 0..3 {
            let along = || inside().map(|(h, w, d)| [h, w, d][axis]);
            let ends = (along().min(), along().max());
            assert_eq!((Some(region.first.0[axis]), Some(region.last.0[axis])), ends, "{drop} {axis}");
        }
    }
}

#[test]
fn what_is_no_drop_is_refused() {
    let folder = Folder::new();
    folder.write("a.npy", &npy_f4(&[12, 11, 10], map().as_slice().unwrap()));
    for drop in ["-1", "nan", "inf", "half"] {
        let program = folder.program(["decode", "a.npy", "--region", drop]);
        program.run().expect(2).says(&["expected a finite number >= 0"]);
    }
    let npy = ["decode", "a.npy", "--region", "0.5", "-o", "out.npy"];
    folder.program(npy).run().expect(2).says(&["coordinates alone"]);
}
