//! `.npy` in and out against the `ndarray-npy` crate, which shares no code with this one.

use crate::support::Folder;
use ndarray::{Array3, Array5, ShapeBuilder};
use ndarray_npy::{read_npy, write_npy};

/// A single bright voxel in each heatmap of (2, 3, 4, 5, 6), and where it is.
fn heatmaps() -> (Array5<f32>, Array3<f64>) {
    let mut heatmaps = Array5::zeros((2, 3, 4, 5, 6).f());
    let mut expected = Array3::zeros((2, 3, 3));
    for n in 0..2 {
        for c in 0..3 {
            let at = [n + c, 4 - n, 2 * c];
            heatmaps[[n, c, at[0], at[1], at[2]]] = 1.0;
            (0..3).for_each(|axis| expected[[n, c, axis]] = at[axis] as f64);
        }
    }
    (heatmaps, expected)
}

#[test]
fn what_ndarray_npy_writes_is_read_and_what_is_written_it_reads() {
    let folder = Folder::new();
    let (heatmaps, expected) = heatmaps();
    for (name, array) in
        [("fortran.npy", heatmaps.clone()), ("c.npy", heatmaps.as_standard_layout().into_owned())]
    {
        write_npy(folder.join(name), &array).unwrap();
        folder
            .program(["decode", name, "--method", "hard", "--coords", "voxel", "--output", "out.npy"])
            .run()
            .expect(0);
        let found: Array3<f64> = read_npy(folder.join("out.npy")).unwrap();
        assert_eq!(found, expected, "{name}");
    }
}
