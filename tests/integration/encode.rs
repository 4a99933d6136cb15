//! `encode`: the maps that it draws, and that `decode` returns what was drawn.

use crate::support::{Folder, Nifti, assert_near, gzip};

const TABLE: &str = "label,h_voxel,w_voxel,d_voxel\n\
    a,10.25,8.5,6.125\n\
    b,15.75,12,9.3333333\n\
    gone,,,\n";

fn written(folder: &Folder, args: &[&str]) -> Vec<u8> {
    folder.program(["encode", "points.csv", "-o", "maps.npy"]).args(args).run().expect(0);
    std::fs::read(folder.join("maps.npy")).unwrap()
}

/// The numbers of a `.npy` of f4.
fn values(npy: &[u8]) -> Vec<f32> {
    let start = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    npy[start..].chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

fn header(npy: &[u8]) -> String {
    let end = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    String::from_utf8(npy[10..end].to_vec()).unwrap()
}

#[test]
fn values_by_hand() {
    let folder = Folder::new();
    folder.write("points.csv", "n,c,h_voxel,w_voxel,d_voxel\n0,0,1,1,1\n0,1,2,0,1\n".as_bytes());
    let npy = written(&folder, &["--shape", "3,2,4", "--sigma", "1"]);
    assert!(header(&npy).contains("'descr': '<f4'") && header(&npy).contains("(1, 2, 3, 2, 4)"));
    let values = values(&npy);
    let at = |c: usize, h: usize, w: usize, d: usize| f64::from(values[((c * 3 + h) * 2 + w) * 4 + d]);
    // exp(−½), exp(−1) and exp(−3).
    assert_near(at(0, 1, 1, 1), 1.0, 0.0, "peak");
    assert_near(at(0, 0, 1, 1), 0.606_530_66, 1e-7, "one");
    assert_near(at(0, 0, 0, 1), 0.367_879_44, 1e-7, "two");
    assert_near(at(1, 0, 1, 2), 0.049_787_068, 1e-7, "six");
    let cut =
        written(&folder, &["--shape", "3,2,4", "--sigma", "1", "--truncate", "1.2", "--amplitude", "10"]);
    let cut = self::values(&cut);
    assert_near(f64::from(cut[5]), 6.065_306_6, 1e-6, "inside");
    assert_near(f64::from(cut[1]), 0.0, 0.0, "outside");
}

/// The inverse of `decode --method gaussian`, to 1e-4 voxel: every type that can hold it, in every order of axes.
#[test]
fn decode_returns_the_landmarks() {
    let folder = Folder::new();
    folder.write("points.csv", TABLE.as_bytes());
    for (args, layout, bound) in [
        (&["--sigma", "2"][..], None, 1e-4),
        (&["--sigma", "1.5,2,2.5", "--amplitude", "100"], None, 1e-4),
        (&["--layout", "HWDC"], Some("HWDC"), 1e-4),
        (&["--layout", "CDWH", "--normalize", "sum"], Some("CDWH"), 1e-4),
        (&["--dtype", "f16"], None, 2e-3),
        (&["--dtype", "u8"], None, 0.02),
    ] {
        written(&folder, &[args, &["--shape", "24,20,16"]].concat());
        let decode = ["decode", "maps.npy", "--method", "gaussian", "--coords", "voxel", "--quiet"];
        let more = layout.map_or(Vec::new(), |layout| vec!["--layout", layout]);
        let output = folder.program(decode).args(&more).doubtful().run().expect(0);
        let found = output.rows();
        for (row, expected) in found.iter().zip([[10.25, 8.5, 6.125], [15.75, 12.0, 9.333_333_3]]) {
            for (name, expected) in ["h_voxel", "w_voxel", "d_voxel"].into_iter().zip(expected) {
                assert_near(row[name].parse().unwrap(), expected, bound, name);
            }
        }
        assert_eq!(found[2]["status"], "flat", "{args:?}");
    }
}

/// Millimetres of an oblique image, written as NIfTI: decoded, they are where they were.
#[test]
fn millimetres_and_images() {
    let folder = Folder::new();
    let affine = [[1.2, -0.9, 0.0, -20.0], [0.9, 1.2, 0.0, 11.0], [0.0, 0.0, 2.5, 5.0]];
    let image = Nifti::new(&[26, 24, 16], &vec![0; 26 * 24 * 16 * 4]).sform(&affine);
    folder.write("image.nii.gz", &gzip(&image.bytes()));
    folder.write("points.csv", "label,x_mm,y_mm,z_mm\na,-10.5,30.25,25\nb,-15,35,20.5\n".as_bytes());
    let args = ["encode", "points.csv", "--like", "image.nii.gz", "--sigma", "3mm", "-o", "maps.nii.gz"];
    let labels = ["--labels-to", "names.txt"];
    folder.program(args).args(labels).run().expect(0);
    assert_eq!(std::fs::read(folder.join("names.txt")).unwrap(), b"a\nb\n");
    let decode =
        ["decode", "maps.nii.gz", "--method", "gaussian", "--coords", "world", "--labels", "names.txt"];
    let output = folder.program(decode).doubtful().run().expect(0);
    for (row, expected) in output.rows().iter().zip([[-10.5, 30.25, 25.0], [-15.0, 35.0, 20.5]]) {
        for (name, expected) in ["x_mm", "y_mm", "z_mm"].into_iter().zip(expected) {
            assert_near(row[name].parse().unwrap(), expected, 1e-3, name);
        }
    }
}

/// Noise is the same in every order of axes and on every run, and another for another seed.
#[test]
fn noise() {
    let folder = Folder::new();
    folder.write("points.csv", TABLE.as_bytes());
    let noisy = ["--shape", "24,20,16", "--noise", "0.1"];
    let first = values(&written(&folder, &noisy));
    assert_eq!(first, values(&written(&folder, &noisy)));
    assert_ne!(first, values(&written(&folder, &[&noisy[..], &["--seed", "1"]].concat())));
    let turned = values(&written(&folder, &[&noisy[..], &["--layout", "DCHW"]].concat()));
    assert_eq!(first[((24 + 3) * 20 + 4) * 16 + 5], turned[((5 * 3 + 1) * 24 + 3) * 20 + 4]);
}

/// Several files are several samples; names decide which channel is which.
#[test]
fn samples_and_names() {
    let folder = Folder::new();
    folder.write("one.csv", "label,h_voxel,w_voxel,d_voxel\na,1,1,1\nb,2,2,2\n".as_bytes());
    folder.write("two.csv", "label,h_voxel,w_voxel,d_voxel\nb,3,3,3\nc,1,2,3\n".as_bytes());
    let args = ["encode", "one.csv", "two.csv", "--shape", "5,5,5", "--sigma", "0.5", "-o", "maps.npy"];
    let output = folder.program(args).run().expect(0);
    output.says(&["2 landmarks are missing"]);
    let npy = std::fs::read(folder.join("maps.npy")).unwrap();
    assert!(header(&npy).contains("(2, 3, 5, 5, 5)"));
    let values = values(&npy);
    let map = |n: usize, c: usize| &values[(n * 3 + c) * 125..][..125];
    let peak = |map: &[f32]| map.iter().position(|&x| x == 1.0);
    assert_eq!([peak(map(0, 0)), peak(map(0, 1)), peak(map(0, 2))], [Some(31), Some(62), None]);
    assert_eq!([peak(map(1, 0)), peak(map(1, 1)), peak(map(1, 2))], [None, Some(93), Some(38)]);
}

#[test]
fn what_cannot_be_drawn() {
    let folder = Folder::new();
    folder.write("voxels.csv", "label,h_voxel,w_voxel,d_voxel\na,1,1,1\n".as_bytes());
    folder.write("mm.csv", "label,x_mm,y_mm,z_mm\na,1,1,1\n".as_bytes());
    folder.write("twice.csv", "label,h_voxel,w_voxel,d_voxel\na,1,1,1\na,2,1,1\n".as_bytes());
    folder.write("none.csv", "label,h_voxel,w_voxel,d_voxel\n".as_bytes());
    for (args, words) in [
        (&["voxels.csv", "-o", "a.npy"][..], "--like <IMAGE>|--shape <H,W,D>"),
        (&["voxels.csv", "--shape", "4,4,4", "--like", "voxels.csv", "-o", "a.npy"], "cannot be used with"),
        (&["mm.csv", "--shape", "4,4,4", "-o", "a.npy"], "has millimetres and no voxel coordinates"),
        (&["voxels.csv", "--shape", "4,4,4", "--sigma", "2mm", "-o", "a.npy"], "needs an affine"),
        (&["voxels.csv", "--shape", "4,4,4", "-o", "a.nii"], "needs an affine"),
        (&["twice.csv", "--shape", "4,4,4", "-o", "a.npy"], "two landmarks a"),
        (&["none.csv", "--shape", "4,4,4", "-o", "a.npy"], "found none"),
        (&["voxels.csv", "--shape", "4,4,4", "-o", "a.txt"], "no extension of an array or an image"),
        (&["voxels.csv", "--shape", "4,4,4", "--sigma", "file", "-o", "a.npy"], "no covariance"),
        (
            &["voxels.csv", "--shape", "4,4,4", "--dtype", "u8", "--amplitude", "300", "-o", "a.npy"],
            "above 255",
        ),
        (
            &["voxels.csv", "voxels.csv", "--shape", "4,4,4", "--spacing", "1,1,1", "-o", "a.nii"],
            "one sample",
        ),
        (&["voxels.csv", "voxels.csv", "--shape", "4,4,4", "--layout", "HWD", "-o", "a.npy"], "leaves N out"),
        (
            &["voxels.csv", "--shape", "4,4,4", "--spacing", "1,1,1", "--dtype", "f16", "-o", "a.nii"],
            "half precision",
        ),
        (&["voxels.csv", "--shape", "4,4,4", "-o", "voxels.csv"], "both an input and an output"),
    ] {
        let output = folder.program(["encode"]).args(args).run().expect(2);
        output.says(&[words]);
        assert!(!folder.path().join("a.npy").exists() && !folder.path().join("a.nii").exists(), "{args:?}");
    }
    // Outside the heatmaps is no error, but it is said.
    folder.write("far.csv", "label,h_voxel,w_voxel,d_voxel\na,9,1,1\n".as_bytes());
    let output = folder.program(["encode", "far.csv", "--shape", "4,4,4", "-o", "a.npy"]).run().expect(0);
    output.says(&["1 landmark lies outside"]);
}
