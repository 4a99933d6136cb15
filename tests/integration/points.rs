//! Landmark files: those of other programs (`testdata/points`, made with nibabel and NumPy), round trips through
//! every format, damaged files, and `softargmax convert`.

use crate::support::{
    Folder, Nifti, Noise, Program, WORLD, assert_all_near, f8, golden, gzip, npy, read_npy_f8, root, triple,
};
use serde_json::{Value, json};
use softargmax::internals::geometry::{Affine, Covariance, Frame, Hwd, Voxel, World};
use softargmax::internals::points::{
    FORMATS, Format, Grid, Loss, Notice, Point, PointSet, PointsError, ReadOptions, Space, State,
    WriteOptions, by_name, grid_of, read, read_stream, write,
};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

fn data(name: &str) -> PathBuf {
    root().join("testdata/points").join(name)
}

/// The grid in which the landmarks of `testdata/points` lie.
fn grid() -> Grid {
    grid_of(&golden().join("oblique_reference.nii")).unwrap().unwrap()
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(data("expected.json")).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Option<[f64; 3]> {
    let list = value.as_array()?;
    Some(std::array::from_fn(|axis| list[axis].as_f64().unwrap()))
}

/// A file of another program, and how it is read.
struct Case {
    file: &'static str,
    format: &'static str,
    from: Option<Frame>,
    in_voxels: bool,
    /// Whether the file has the names of landmarks, and the missing one.
    has: (bool, bool),
}

impl Case {
    const fn new(file: &'static str, format: &'static str, has: (bool, bool)) -> Case {
        Case { file, format, from: None, in_voxels: false, has }
    }
}

const CASES: [Case; 20] = [
    Case::new("slicer_lps.mrk.json", "slicer-json", (true, true)),
    Case::new("slicer_ras.mrk.json", "slicer-json", (true, true)),
    Case::new("slicer_0.mrk.json", "slicer-json", (true, true)),
    Case::new("slicer_1.mrk.json", "slicer-json", (true, true)),
    Case::new("slicer_um.mrk.json", "slicer-json", (true, true)),
    Case::new("slicer_5.fcsv", "fcsv", (true, true)),
    Case::new("slicer_46.fcsv", "fcsv", (true, false)),
    Case::new("no_frame.fcsv", "fcsv", (true, false)),
    Case::new("ijk.fcsv", "fcsv", (true, false)),
    Case::new("ants.csv", "ants-csv", (true, false)),
    Case::new("pir_ctd.json", "verse-json", (false, false)),
    Case::new("las_ctd.json", "verse-json", (false, false)),
    Case::new("verse_iso-ctd.json", "verse-json", (false, false)),
    Case::new("all_landmarks_voxel.json", "nnlandmark-json", (true, false)),
    Case::new("case_7.json", "nnlandmark-json", (false, false)),
    Case::new("scanner.json", "freesurfer-json", (true, false)),
    Case::new("tkreg.json", "freesurfer-json", (true, false)),
    Case::new("napari.csv", "napari-csv", (false, false)),
    Case { from: Some(Frame::Lps), ..Case::new("payer_mm.csv", "payer-csv", (false, true)) },
    Case { in_voxels: true, ..Case::new("payer_voxel.csv", "payer-csv", (false, true)) },
];

#[test]
fn files_of_other_programs_say_where_their_landmarks_are() {
    let expected = expected();
    for Case { file, format, from, in_voxels, has: (names, missing) } in CASES {
        let options =
            ReadOptions { from_frame: from, in_voxels, grid: Some(grid()), ..ReadOptions::default() };
        let set = read(&data(file), &options).unwrap_or_else(|error| panic!("{file}: {error:?}"));
        assert_eq!(set.format, format, "{file}");
        let rows: Vec<usize> = (0..5).filter(|&c| missing || c != 3).collect();
        assert_eq!(set.points.len(), rows.len(), "{file}");
        for (point, c) in set.points.iter().zip(rows) {
            let name = expected["names"][c].as_str().unwrap();
            assert!(!names || point.label.as_deref() == Some(name), "{file}: {point:?}");
            assert!(names || point.c == Some(c), "{file}: {point:?}");
            let at = |key: &str| numbers(&expected[key][c]);
            assert_eq!(point.state == State::Present, at("voxels").is_some(), "{file}: {point:?}");
            if let (Some(voxel), Some(world)) = (at("voxels"), at("worlds")) {
                // The headers of FreeSurfer's images have voxel sizes in single precision.
                let bound = if file == "tkreg.json" { 1e-6 } else { 1e-9 };
                assert_all_near(point.voxel.unwrap().0, voxel, bound, file);
                assert_all_near(point.world.unwrap().0, world, bound, file);
            }
        }
    }
}

#[test]
fn what_a_file_does_not_say_is_told() {
    let without = ReadOptions::default();
    let told = |file: &str| read(&data(file), &without).unwrap().notices;
    assert_eq!(told("slicer_um.mrk.json"), [Notice::FrameByVersion { frame: Frame::Lps }]);
    assert_eq!(told("no_frame.fcsv"), [Notice::FrameByVersion { frame: Frame::Ras }]);
    assert!(told("slicer_5.fcsv").is_empty());
    // A point without a place has zeros in Slicer's file: no landmark at (0, 0, 0).
    assert!(told("slicer_lps.mrk.json").is_empty());
    let refused = |file: &str| read(&data(file), &without).unwrap_err().problem.to_string();
    assert!(refused("payer_mm.csv").contains("states neither the unit nor the frame"));
    for file in ["pir_ctd.json", "tkreg.json"] {
        assert!(refused(file).contains("needs the image"), "{file}");
    }
    let other = ReadOptions { from_frame: Some(Frame::Ras), ..without };
    for file in ["slicer_lps.mrk.json", "slicer_5.fcsv", "ants.csv"] {
        let problem = read(&data(file), &other).unwrap_err().problem.to_string();
        assert_eq!(problem, "it states that its frame is LPS, and not RAS", "{file}");
    }
}

#[test]
fn a_label_map_is_read_as_centroids() {
    let expected = expected();
    let set = read(&data("labels.nii.gz"), &ReadOptions::default()).unwrap();
    assert_eq!((set.format, set.points.len()), ("label-map", 5));
    assert_eq!(set.notices, [Notice::Holes { count: 1, first: 4 }]);
    for (c, point) in set.points.iter().enumerate() {
        assert_eq!((point.c, point.state == State::Missing), (Some(c), c == 3));
        if let Some(centroid) = numbers(&expected["centroids"][c]) {
            assert_all_near(point.voxel.unwrap().0, centroid, 1e-12, "centroid");
            assert_all_near(
                point.world.unwrap().0,
                numbers(&expected["centroid_worlds"][c]).unwrap(),
                1e-9,
                "mm",
            );
        }
    }
}

// --- round trips -----------------------------------------------------------------------------------

/// Uniform in [0, 1) with 32 bits.
fn random(noise: &mut Noise) -> f64 {
    let (a, b) = (noise.next() + 1.0, noise.next() + 1.0);
    (a / 2.0 + b / 131_072.0) / (1.0 + 1.0 / 65_536.0)
}

/// Anisotropic, oblique and mirrored grids of 40 × 50 × 60 voxels.
fn grids() -> [Grid; 3] {
    let turned = [[0.6, -0.8, 0.0], [0.48, 0.36, -0.8], [0.64, 0.48, 0.6]];
    let grid = |signs: [f64; 3], sizes: [f64; 3], origin: [f64; 3]| {
        let rows = std::array::from_fn(|row| {
            let [a, b, c] = std::array::from_fn(|axis: usize| turned[row][axis] * signs[axis] * sizes[axis]);
            [a, b, c, origin[row]]
        });
        Grid { affine: Affine(rows), lengths: Hwd([40, 50, 60]) }
    };
    [
        grid([1.0; 3], [1.0; 3], [0.0; 3]),
        grid([-1.0, 1.0, 1.0], [0.4, 0.7, 3.0], [-90.25, 126.5, -72.125]),
        grid([1.0, -1.0, -1.0], [1e-3, 0.33, 12.5], [1e4, -0.1, 33.3]),
    ]
}

/// A thousand landmarks of one image, of which each tenth is missing; no two in one voxel.
fn thousand(grid: &Grid, seed: u64) -> PointSet {
    let (mut noise, mut set, mut taken) = (Noise::new(seed), PointSet::default(), HashSet::new());
    while set.points.len() < 1000 {
        let c = set.points.len();
        let voxel =
            Voxel(std::array::from_fn(|axis| random(&mut noise) * (grid.lengths.0[axis] as f64 - 1.0)));
        if !taken.insert(voxel.0.map(|x| (x + 0.5).floor() as u64)) {
            continue;
        }
        let mut point = Point::default();
        point.n = Some(0);
        point.c = Some(c);
        point.label = Some((c + 1).to_string());
        if c % 10 == 3 {
            point.state = State::Missing;
        } else {
            (point.voxel, point.world) = (Some(voxel), Some(grid.affine.apply(voxel)));
        }
        set.points.push(point);
    }
    set
}

/// Reads what was written, as the format needs it.
fn again(format: &'static Format, bytes: &[u8], options: &ReadOptions) -> Result<PointSet, PointsError> {
    let folder = Folder::new();
    if let Some(sidecar) = format.sidecar {
        let mut bytes = Vec::new();
        (sidecar.write)(&mut bytes, &PointSet::default(), &WriteOptions::default()).unwrap();
        folder.write("case.json", &bytes);
    }
    let path = folder.write(format!("case.{}", format.extensions[0]), bytes);
    read(&path, &ReadOptions { format: Some(format), ..*options })
}

#[test]
fn a_thousand_landmarks_come_back_from_every_format() {
    for (seed, grid) in grids().into_iter().enumerate() {
        let set = thousand(&grid, seed as u64);
        for format in FORMATS {
            let what = format!("{} in grid {seed}", format.name);
            let options = WriteOptions { grid: Some(grid), cube: 1, gzip: true, ..WriteOptions::default() };
            let mut bytes = Vec::new();
            write(&mut bytes, &set, format, &options).unwrap_or_else(|error| panic!("{what}: {error}"));
            // Payer's tables are in LPS by default, arrays in RAS.
            let frame = if format.name == "payer-csv" { Frame::Lps } else { Frame::Ras };
            let from_frame = Some(frame).filter(|_| !format.states_frame && format.name != "ndjson");
            let options = ReadOptions { from_frame, grid: Some(grid), ..ReadOptions::default() };
            let back = again(format, &bytes, &options).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            compare(&set, &back, format, &grid, &what);
        }
    }
}

fn compare(set: &PointSet, back: &PointSet, format: &Format, grid: &Grid, what: &str) {
    let id = |point: &Point| match (&point.label, point.c) {
        (_, Some(c)) => (c + 1).to_string(),
        (Some(label), None) => label.clone(),
        (None, None) => panic!("{what}: {point:?} is nobody"),
    };
    let found: HashMap<String, &Point> = back.points.iter().map(|point| (id(point), point)).collect();
    assert_eq!(found.len(), back.points.len(), "{what}: landmarks are doubled");
    for point in &set.points {
        let Some(found) = found.get(&id(point)) else {
            assert!(point.state == State::Missing && !format.holds.missing, "{what}: {point:?} is lost");
            continue;
        };
        assert_eq!(found.state, point.state, "{what}");
        let (Some(voxel), Some(world)) = (point.voxel, point.world) else { continue };
        if format.name == "label-map" {
            // The middle of the voxel; the affine is stored as f32.
            let middle = voxel.0.map(|x| (x + 0.5).floor());
            assert_eq!(found.voxel, Some(Voxel(middle)), "{what}");
            assert_all_near(found.world.unwrap().0, grid.affine.apply(Voxel(middle)).0, 2e-3, what);
            continue;
        }
        // What the format holds comes back to the bit; what the affine gives, to rounding.
        let holds_world = !matches!(format.holds.space, Space::Voxel);
        assert!(!holds_world || found.world == Some(world), "{what}: {found:?} {point:?}");
        let holds_voxel = matches!(format.holds.space, Space::Voxel | Space::Any);
        assert!(!holds_voxel || found.voxel == Some(voxel), "{what}: {found:?} {point:?}");
        assert_all_near(found.world.unwrap().0, world.0, 1e-9, what);
        // The smallest voxels are 1e-3 mm wide, 1e4 mm from the origin.
        assert_all_near(found.voxel.unwrap().0, voxel.0, 1e-8, what);
    }
}

#[test]
fn content_tells_the_format_of_what_was_written() {
    let set = thousand(&grids()[1], 7);
    for format in FORMATS {
        let options = WriteOptions { grid: Some(grids()[1]), cube: 1, ..WriteOptions::default() };
        let mut bytes = Vec::new();
        write(&mut bytes, &set, format, &options).unwrap();
        let folder = Folder::new();
        let path = folder.write("landmarks", &bytes);
        let options = ReadOptions { grid: Some(grids()[1]), in_voxels: true, ..ReadOptions::default() };
        assert_eq!(read(&path, &options).unwrap().format, format.name);
    }
}

/// Everything that our own formats hold.
#[test]
fn our_own_formats_keep_everything() {
    let table = "file,n,c,peak,label,sub,h_voxel,w_voxel,d_voxel,x_mm_lps,y_mm_lps,z_mm_lps,\
                 se_cov_xx_mm2_lps,se_cov_xy_mm2_lps,se_cov_xz_mm2_lps,se_cov_yy_mm2_lps,se_cov_yz_mm2_lps,\
                 se_cov_zz_mm2_lps,error95_mm,status,flags,reason\n\
                 a.nii,0,2,1,\"nose, tip\",s1,1,2,3,-4,5.5,6,1,0.25,-0.5,2,0.125,3,7,ok,border faint,why\n\
                 a.nii,0,3,0,,s1,,,,,,,,,,,,,,empty,,no voxel\n\
                 b.nii,,,,,,,,,,,,,,,,,,,unreadable,,no such file\n";
    let folder = Folder::new();
    let set = read(&folder.write("a.csv", table.as_bytes()), &ReadOptions::default()).unwrap();
    let first = &set.points[0];
    assert_eq!((first.world, first.voxel), (Some(World([4.0, -5.5, 6.0])), Some(Voxel([1.0, 2.0, 3.0]))));
    let bar = first.error.unwrap();
    assert_eq!(bar.error95_mm, Some(7.0));
    // In RAS+ xz and yz have the other sign; xy keeps it.
    assert_eq!(bar.covariance_mm2, Some(Covariance([1.0, 0.25, 0.5, 2.0, -0.125, 3.0])));
    assert_eq!((first.flags.join(" "), first.peak), ("border faint".to_owned(), Some(1)));
    assert_eq!((&set.columns, &first.extra), (&vec!["sub".to_owned()], &vec![Some("s1".to_owned())]));
    let states: Vec<State> = set.points.iter().map(|point| point.state).collect();
    assert_eq!(states, [State::Present, State::Missing, State::Unreadable]);
    for (name, frame) in [
        ("csv", Frame::Lps),
        ("csv", Frame::Ras),
        ("tsv", Frame::Lps),
        ("json", Frame::Lps),
        ("ndjson", Frame::Lps),
    ] {
        let (format, mut bytes) = (by_name(name).unwrap(), Vec::new());
        let options = WriteOptions { frame: Some(frame), ..WriteOptions::default() };
        assert_eq!(write(&mut bytes, &set, format, &options).unwrap(), []);
        let back = again(format, &bytes, &ReadOptions::default()).unwrap();
        assert_eq!((&back.points, &back.columns), (&set.points, &set.columns), "{name}");
        if (name, frame) == ("csv", Frame::Lps) {
            assert_eq!(String::from_utf8(bytes).unwrap(), table);
        }
    }
}

/// What `decode` writes is read, in every format that says where things are.
#[test]
fn outputs_of_decode_are_read() {
    let folder = Folder::new();
    for name in ["csv", "tsv", "json", "ndjson"] {
        let out = folder.join(format!("a.{name}"));
        let args = ["decode", "oblique.nii.gz", "--labels", "oblique.labels.txt", "--coords", "voxel,world"];
        let more = ["--uncertainty", "--order", "whd", "--frame", "lps", "-o", out.to_str().unwrap()];
        let more = if name == "ndjson" { &more[..1] } else { &more[..5] };
        let ran =
            Program::new(args).args(more).args(["--compare", "-o", out.to_str().unwrap()]).doubtful().run();
        ran.expect(0);
        let from_frame = (name == "ndjson").then_some(Frame::Ras);
        let set = read(&out, &ReadOptions { from_frame, ..ReadOptions::default() }).unwrap();
        assert_eq!((set.format, set.points.len()), (name, 5));
        let grid = grid_of(&golden().join("oblique.nii.gz")).unwrap().unwrap();
        for point in &set.points {
            assert_all_near(point.world.unwrap().0, grid.affine.apply(point.voxel.unwrap()).0, 1e-9, name);
            let bar = point.error.unwrap();
            let mm = grid.affine.covariance(&bar.covariance_voxel2.unwrap()).0;
            let found = bar.covariance_mm2.unwrap().0;
            assert!(found.iter().zip(mm).all(|(a, b)| (a - b).abs() < 1e-9), "{name}: {found:?} {mm:?}");
        }
    }
}

// --- damaged and careless files --------------------------------------------------------------------

#[test]
fn damaged_files_are_refused_by_name() {
    let slicer = |point: &str| {
        format!(r#"{{"markups":[{{"type":"Fiducial","coordinateSystem":"LPS","controlPoints":[{point}]}}]}}"#)
    };
    let cases: Vec<(&str, String, &str)> = vec![
        ("empty", String::new(), "found no bytes"),
        ("prose", "Where is the nose?\n".into(), "found a file that begins with `Where is the nose?`"),
        ("truncated.mrk.json", slicer("{").replace("]}]}", ""), "expected JSON: EOF while parsing"),
        ("nan.mrk.json", slicer(r#"{"position":[NaN,1,2]}"#), "expected JSON: expected value at line 1"),
        (
            "two.mrk.json",
            slicer(r#"{"position":[1,2]}"#),
            "expected three numbers, or null, found a list of 2",
        ),
        ("status.mrk.json", slicer(r#"{"positionStatus":"lost"}"#), "expected a positionStatus defined"),
        ("frame.mrk.json", slicer("").replace("LPS", "XYZ"), "expected a coordinateSystem LPS or RAS"),
        ("deep.json", format!("{{\"markups\":{}", "[".repeat(100_000)), "recursion limit"),
        (
            "frame.fcsv",
            "# Markups fiducial file version = 4.6\n# CoordinateSystem = 7\n".into(),
            "LPS, RAS or IJK",
        ),
        ("none.fcsv", "# Markups fiducial file version = 5.0\n1,2,3\n".into(), "does not state the frame"),
        (
            "short.fcsv",
            "# Markups fiducial file version = 4.6\n1,2,3\n".into(),
            "line 2: expected three coordinates",
        ),
        ("word.csv", "x,y,z,t,label\n1,two,3,0,1\n".into(), "line 2: expected a number, found `two`"),
        ("id.csv", "name,x_mm,y_mm,z_mm\na,1,2,3\n".into(), "expected a column label, or columns n and c"),
        (
            "norm.csv",
            "n,c,h_norm,w_norm,d_norm\n0,0,1,1,1\n".into(),
            "expected columns h_voxel, w_voxel, d_voxel or",
        ),
        (
            "half.csv",
            "label,x_mm,y_mm,z_mm\na,1,,3\n".into(),
            "line 2: expected three coordinates, or three empty",
        ),
        ("twice.csv", "label,x_mm,x_mm,y_mm,z_mm\n".into(), "found `x_mm` twice"),
        ("both.csv", "label,x_mm,y_mm,z_mm,x_mm_lps,y_mm_lps,z_mm_lps\n".into(), "found both"),
        ("nobody.csv", "label,x_mm,y_mm,z_mm\n,1,2,3\n".into(), "line 2: expected a label, or n and c"),
        (
            "state.csv",
            "label,x_mm,y_mm,z_mm,status\na,1,2,3,fine\n".into(),
            "line 2: expected a status (unreadable",
        ),
        (
            "long.csv",
            "label,x_mm,y_mm,z_mm\na,1,2,3,4\n".into(),
            "line 2: expected 4 columns, as in the first line",
        ),
        ("label_ctd.json", r#"[{"label":1.5,"X":1,"Y":2,"Z":3}]"#.into(), "needs the image"),
        ("vox.json", r#"{"data_type":"fs_pointset","points":[]}"#.into(), "expected vox2ras"),
        (
            "z.json",
            r#"{"data_type":"fs_pointset","vox2ras":"scanner_ras","points":[{"coordinates":{"x":1,"y":2}}]}"#
                .into(),
            "points[0]: expected a number coordinates.z, found nothing",
        ),
        (
            "axes.csv",
            "index,axis-0,axis-1\n0,1,2\n".into(),
            "expected the columns index,axis-0,axis-1,axis-2",
        ),
        ("wide.csv", "a,1,2,3\nb,1,2,3,4,5,6\n".into(), "line 2: expected 4 fields, as in the first row"),
        (
            "line.ndjson",
            "{\"file\":\"a\",\"status\":\"ok\",\"c\":0.5}\n".into(),
            "line 1: expected a whole number `c`",
        ),
        ("latin.csv", String::new(), "expected UTF-8 text, found other bytes in line 2"),
    ];
    let folder = Folder::new();
    for (name, text, says) in cases {
        let bytes = if name == "latin.csv" {
            b"label,x_mm,y_mm,z_mm\nN\xe9,1,2,3\n".to_vec()
        } else {
            text.into_bytes()
        };
        let in_voxels = name == "wide.csv";
        let options = ReadOptions { in_voxels, ..ReadOptions::default() };
        let error = read(&folder.write(name, &bytes), &options).unwrap_err();
        let problem = error.problem.to_string();
        assert!(problem.contains(says), "{name}: {problem}");
    }
    let error = read(&folder.join("absent.csv"), &ReadOptions::default()).unwrap_err();
    assert!(error.problem.to_string().contains("No such file"), "{error:?}");
}

/// Files of others with bytes exchanged, left out or doubled: read or refused, by any format that they may be
/// taken for, and what is read can be written.
#[test]
fn changed_bytes_are_read_or_refused() {
    let mut noise = Noise::new(2026);
    let mut below = |end: usize| (random(&mut noise) * end as f64) as usize;
    let mut outcomes = [0; 2];
    for entry in std::fs::read_dir(data("")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for _ in 0..150 {
            let mut changed = bytes.clone();
            for _ in 0..=below(4) {
                let at = below(changed.len());
                match below(4) {
                    0 => changed[at] = below(256) as u8,
                    1 => changed.truncate(at + 1),
                    2 => drop(changed.remove(at)),
                    _ => changed.insert(at, *b"0-9.e,{}[]\"\n#nN;\t/"[..].get(below(19)).unwrap_or(&b' ')),
                }
                if changed.is_empty() {
                    break;
                }
            }
            let format = FORMATS.get(below(2 * FORMATS.len()));
            let options = ReadOptions {
                format,
                from_frame: [None, Some(Frame::Ras), Some(Frame::Lps)][below(3)],
                in_voxels: false,
                grid: Some(grid()),
            };
            let read = read_stream(&mut &changed[..], &options);
            outcomes[usize::from(read.is_ok())] += 1;
            let Ok(set) = read else { continue };
            for format in FORMATS {
                let options = WriteOptions { grid: Some(grid()), ..WriteOptions::default() };
                let _ = write(&mut Vec::new(), &set, format, &options);
            }
        }
    }
    assert!(outcomes.iter().all(|&count| count > 200), "{outcomes:?}");
}

#[test]
fn careless_files_are_read_and_told_about() {
    let folder = Folder::new();
    let table = "label,x_mm,y_mm,z_mm\na,0,0,0\nb,1,2,3\nb,1,2,4\nc,inf,1,1\nd,nan,nan,nan\n";
    let set = read(&folder.write("a.csv", table.as_bytes()), &ReadOptions::default()).unwrap();
    assert_eq!(
        set.notices,
        [
            Notice::Nonfinite { count: 1 },
            Notice::AtOrigin { count: 1, first: "a".into() },
            Notice::Duplicate { name: "b".into(), count: 2 },
        ]
    );
    let missing: Vec<bool> = set.points.iter().map(|point| point.state == State::Missing).collect();
    assert_eq!(missing, [false, false, false, true, true]);
    // In another frame, or of another image: the two positions of a landmark disagree.
    let table = "label,h_voxel,w_voxel,d_voxel,x_mm,y_mm,z_mm\na,1,1,1,2,2,5\nb,100,1,1,,,\n";
    let affine = Affine::from_spacing(Hwd([2.0; 3]));
    let grid = Some(Grid { affine, lengths: Hwd([10; 3]) });
    let set = read(&folder.write("b.csv", table.as_bytes()), &ReadOptions { grid, ..ReadOptions::default() });
    assert_eq!(
        set.unwrap().notices,
        [Notice::GridDisagrees { distance_mm: 3.0 }, Notice::Outside { count: 1, first: "b".into() }]
    );
    // Doubled keys of JSON are not lost.
    let doubled = br#"{"case":{"a":[1,2,3],"a":[4,5,6],"b":null}}"#;
    let set = read(&folder.write("c.json", doubled), &ReadOptions::default()).unwrap();
    assert_eq!((set.format, set.points.len()), ("nnlandmark-json", 3));
    assert_eq!(set.notices, [Notice::Duplicate { name: "a".into(), count: 2 }]);
}

#[test]
fn an_image_is_no_label_map() {
    let problem =
        |file: &str| read(&golden().join(file), &ReadOptions::default()).unwrap_err().problem.to_string();
    assert!(problem("single.nii").contains("expected whole numbers from 0, one for each landmark"));
    assert!(problem("lps.nii").contains("found nifti-1 of shape (9, 8, 7, 2)"));
}

/// A header may declare more voxels than there is memory, and than there are bytes.
#[test]
fn a_label_map_takes_no_memory_for_what_is_not_there() {
    let folder = Folder::new();
    let mut map = Nifti::new(&[30_000, 30_000, 30_000], &[1, 0, 2]).kind(2, 8);
    map.values.truncate(3);
    folder.write("a.nii", &map.bytes());
    folder.write("b.nii.gz", &gzip(&map.bytes()));
    for name in ["a.nii", "b.nii.gz"] {
        let ran = folder.program(["convert", name, "-o", "c.csv"]).memory(200).run().expect(3);
        ran.says(&[&format!("failed to read the landmarks of `{name}`")]);
        assert!(!folder.join("c.csv").exists());
    }
}

#[test]
fn pieces_of_a_label_map_are_told() {
    let mut values = [0_u8; 60];
    // (h, w, d) = (0, 0, 0), (1, 1, 1) touch by a corner; value 2 is at both ends.
    (values[0], values[1 + 3 + 12], values[2], values[59]) = (1, 1, 2, 2);
    let folder = Folder::new();
    let path = folder.write("a.nii", &Nifti::new(&[3, 4, 5], &values).kind(2, 8).bytes());
    let set = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(set.notices, [Notice::Pieces { value: 2, count: 2 }]);
    assert_eq!(set.points[0].voxel, Some(Voxel([0.5; 3])));
    assert_eq!(set.points[1].voxel, Some(Voxel([2.0, 1.5, 2.0])));
}

// --- what a format cannot hold ---------------------------------------------------------------------

#[test]
fn what_a_format_cannot_hold_is_an_error_or_told() {
    let table = "file,n,c,label,sub,x_mm,y_mm,z_mm,error95_mm,status,flags\n\
                 a.nii,0,0,nose,1,1,2,3,4,ok,border\na.nii,0,1,chin,1,,,,,missing,\n";
    let folder = Folder::new();
    let set = read(&folder.write("a.csv", table.as_bytes()), &ReadOptions::default()).unwrap();
    let written = |set: &PointSet, name: &str| {
        write(&mut Vec::new(), set, by_name(name).unwrap(), &WriteOptions::default())
    };
    assert_eq!(written(&set, "csv").unwrap(), []);
    let remarks =
        [Loss::Flags { count: 1 }, Loss::Errors { count: 1 }, Loss::Columns { names: vec!["sub".into()] }];
    assert_eq!(written(&set, "slicer-json").unwrap(), remarks);
    assert_eq!(written(&set, "fcsv").unwrap()[0], Loss::Missing { count: 1 });
    let error = written(&set, "napari-csv").unwrap_err().to_string();
    assert_eq!(error, "the format napari-csv holds voxels, found only millimetres for `nose`");
    assert!(written(&set, "label-map").unwrap_err().to_string().contains("only millimetres"));
    let mut two = set.clone();
    two.points[1].file = Some("b.nii".into());
    let error = written(&two, "slicer-json").unwrap_err().to_string();
    assert_eq!(error, "the format slicer-json holds the landmarks of one image, found those of 2");
    let mut voxels = set.clone();
    (voxels.points[0].voxel, voxels.points[0].world) = (Some(Voxel([1.0; 3])), None);
    let error = written(&voxels, "fcsv").unwrap_err().to_string();
    assert_eq!(error, "the format fcsv holds millimetres, found only voxels for `nose`");
    let mut doubled = set;
    doubled.points[1].c = Some(0);
    assert!(written(&doubled, "npy").unwrap_err().to_string().contains("several called"));
}

#[test]
fn cubes_that_touch_the_border_or_each_other_are_told() {
    let grid = Grid { affine: Affine::from_spacing(Hwd([1.0, 1.0, 2.0])), lengths: Hwd([9, 9, 9]) };
    let options = WriteOptions { grid: Some(grid), ..WriteOptions::default() };
    let write = |voxels: &[[f64; 3]], options: &WriteOptions| {
        let mut set = PointSet::default();
        for (c, &voxel) in voxels.iter().enumerate() {
            let mut point = Point::default();
            (point.c, point.voxel) = (Some(c), Some(Voxel(voxel)));
            set.points.push(point);
        }
        write(&mut Vec::new(), &set, by_name("label-map").unwrap(), options)
    };
    assert_eq!(write(&[[1.0, 1.0, 1.0], [4.0, 4.0, 4.0]], &options).unwrap(), []);
    let losses = write(&[[0.0, 4.0, 4.25]], &options).unwrap();
    assert_eq!(losses, [Loss::Rounded { farthest_mm: 0.5 }, Loss::Cut { count: 1 }]);
    let close = [[2.0, 2.0, 2.0], [4.0, 4.0, 4.0]];
    let error = write(&close, &options).unwrap_err().to_string();
    assert_eq!(error, "the cubes of `c 0` and `c 1` share voxels");
    assert!(write(&close, &WriteOptions { cube: 1, ..options }).is_ok());
    assert!(write(&[[8.6, 1.0, 1.0]], &options).unwrap_err().to_string().contains("outside it"));
}

/// The rules of `markups-schema-v1.0.3.json` for what we write.
#[test]
fn slicers_file_follows_its_schema() {
    let set = thousand(&grids()[1], 3);
    let mut bytes = Vec::new();
    write(&mut bytes, &set, by_name("slicer-json").unwrap(), &WriteOptions::default()).unwrap();
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(
        file["@schema"].as_str().unwrap().ends_with("/Markups/Resources/Schema/markups-schema-v1.0.3.json#")
    );
    let [markup] = &file["markups"].as_array().unwrap()[..] else { panic!("{file}") };
    assert_eq!(
        [&markup["type"], &markup["coordinateSystem"], &markup["coordinateUnits"]],
        ["Fiducial", "LPS", "mm"]
    );
    let points = markup["controlPoints"].as_array().unwrap();
    assert_eq!(points.len(), 1000);
    for (place, point) in points.iter().enumerate() {
        assert_eq!(point["id"], json!((place + 1).to_string()));
        assert!(["label", "description", "associatedNodeID"].iter().all(|key| point[key].is_string()));
        assert!(["selected", "locked", "visibility"].iter().all(|key| point[key].is_boolean()));
        if place % 10 == 3 {
            assert_eq!(point["positionStatus"], "undefined");
            assert!(point.get("position").is_none(), "{point}");
        } else {
            assert_eq!(point["positionStatus"], "defined");
            assert_eq!(point["position"].as_array().unwrap().len(), 3);
            assert_eq!(point["orientation"], json!([-1, 0, 0, 0, -1, 0, 0, 0, 1]));
        }
    }
}

// --- the subcommand --------------------------------------------------------------------------------

fn convert(args: &[&str]) -> Program {
    Program::new(["convert"]).args(args)
}

#[test]
fn convert_by_hand() {
    let folder = Folder::new();
    let table = "file,n,c,label,x_mm,y_mm,z_mm,status,flags,reason\n\
                 a.nii,0,0,nasion,1.5,-2,3.25,ok,faint,\na.nii,0,1,sella,,,,missing,,\n";
    folder.write("a.csv", table.as_bytes());
    let run = |args: &[&str]| folder.program(["convert"]).args(args).run();
    run(&["a.csv", "-o", "a.fcsv", "--digits", "2"]).expect(0).says(&[
        "warning: `a.fcsv`: 1 landmark is missing, and left out",
        "warning: `a.fcsv`: it has no flags: those of 1 landmarks are left out",
    ]);
    let fcsv = std::fs::read_to_string(folder.join("a.fcsv")).unwrap();
    assert_eq!(
        fcsv,
        "# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n\
         # columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n\
         vtkMRMLMarkupsFiducialNode_1,-1.50,2.00,3.25,0,0,0,1,1,1,0,nasion,,\n"
    );
    run(&["a.fcsv", "-o", "b.csv", "--frame", "lps"]).expect(0);
    assert_eq!(
        std::fs::read_to_string(folder.join("b.csv")).unwrap(),
        "file,n,c,label,x_mm_lps,y_mm_lps,z_mm_lps,status,flags,reason\n,,,nasion,-1.5,2,3.25,ok,,\n"
    );
    run(&["a.csv", "-o", "a.txt", "--to", "ants-csv"]).expect(0);
    let ants = std::fs::read_to_string(folder.join("a.txt")).unwrap();
    assert_eq!(ants, "x,y,z,t,label,comment\n-1.5,2,3.25,0,1,nasion\n");
    run(&["a.csv", "-o", "a.npy"]).expect(0);
    let (shape, numbers) = read_npy_f8(&std::fs::read(folder.join("a.npy")).unwrap());
    assert_eq!((shape, &numbers[..3]), (vec![1, 2, 3], &[1.5, -2.0, 3.25][..]));
    assert!(numbers[3..].iter().all(|number| number.is_nan()));
    // An array says nothing of what its numbers are.
    run(&["a.npy", "-o", "c.csv"]).expect(2).says(&[
        "the format npy states neither the unit nor the frame of its coordinates",
        "hint: `--from-frame voxel`",
    ]);
    run(&["a.npy", "-o", "c.csv", "--from-frame", "ras", "--from", "npy"]).expect(0);
    let rows = std::fs::read_to_string(folder.join("c.csv")).unwrap();
    assert!(rows.ends_with("\n,0,0,,1.5,-2,3.25,ok,,\n,0,1,,,,,missing,,\n"), "{rows}");
}

#[test]
fn a_label_map_like_an_image() {
    let (folder, like) = (Folder::new(), golden().join("oblique_reference.nii"));
    let (like, labels) = (like.to_str().unwrap(), data("labels.nii.gz"));
    let out = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    convert(&[labels.to_str().unwrap(), "-o", &out("a.csv")]).run().expect(0).says(&["the first is 4"]);
    convert(&[&out("a.csv"), "--like", like, "--cube", "1", "-o", &out("b.nii.gz")]).run().expect(0);
    let back = read(&folder.join("b.nii.gz"), &ReadOptions::default()).unwrap();
    let centroids: Vec<Option<Voxel>> =
        read(&labels, &ReadOptions::default()).unwrap().points.iter().map(|point| point.voxel).collect();
    let middles = centroids.iter().map(|voxel| voxel.map(|voxel| Voxel(voxel.0.map(|x| (x + 0.5).floor()))));
    assert!(back.points.iter().map(|point| point.voxel).eq(middles));
    // The affine is that of the image.
    let (found, expected) = (grid_of(&folder.join("b.nii.gz")).unwrap().unwrap(), grid());
    assert_eq!(found, expected);
    let no_affine = golden().join("no_affine.nii");
    let args = [&out("a.csv"), "--like", no_affine.to_str().unwrap(), "-o", &out("c.nii")];
    convert(&args).run().expect(2).says(&["expected an image with an affine, found none"]);
    convert(&[&out("a.csv"), "-o", &out("c.nii")])
        .run()
        .expect(2)
        .says(&["hint: `--like IMAGE` gives the grid"]);
}

#[test]
fn a_table_of_bids_has_its_sidecar() {
    let folder = Folder::new();
    folder.write("a.csv", b"label,x_mm,y_mm,z_mm\nnasion,1,2,3\nsella,,,\n");
    let run = |args: &[&str]| folder.program(["convert"]).args(args).run();
    run(&["a.csv", "--to", "bids-tsv", "-o", "sub-1_electrodes.tsv", "--frame", "lps"]).expect(0);
    assert_eq!(folder.names(), ["a.csv", "sub-1_coordsystem.json", "sub-1_electrodes.tsv"]);
    let table = std::fs::read_to_string(folder.join("sub-1_electrodes.tsv")).unwrap();
    assert_eq!(table, "name\tx\ty\tz\nnasion\t-1\t-2\t3\nsella\tn/a\tn/a\tn/a\n");
    run(&["sub-1_electrodes.tsv", "-o", "b.csv"]).expect(0);
    let back = std::fs::read_to_string(folder.join("b.csv")).unwrap();
    assert!(back.ends_with("\n,,,nasion,1,2,3,ok,,\n,,,sella,,,,missing,,\n"), "{back}");
    // Metres of a space that BIDS knows.
    let sidecar = br#"{"EEGCoordinateSystem":"ACPC","EEGCoordinateUnits":"m"}"#;
    folder.write("c.json", sidecar);
    folder.write("c.tsv", b"name\tx\ty\tz\timpedance\nCz\t0.001\t0.25\tn/a\t5\nFz\t0.5\t0.25\t1\tn/a\n");
    let set = read(&folder.join("c.tsv"), &ReadOptions::default()).unwrap();
    assert_eq!((set.format, &set.columns), ("bids-tsv", &vec!["impedance".to_owned()]));
    assert_eq!(set.points[0].state, State::Missing);
    assert_eq!(set.points[1].world, Some(World([500.0, 250.0, 1000.0])));
    for (sidecar, says) in [
        (&br#"{"EEGCoordinateSystem":"CTF","EEGCoordinateUnits":"mm"}"#[..], "whose axes are known"),
        (
            br#"{"EEGCoordinateSystem":"ACPC","EEGCoordinateUnits":"inch"}"#,
            "CoordinateUnits mm, cm, m or pixels",
        ),
    ] {
        folder.write("c.json", sidecar);
        let problem = read(&folder.join("c.tsv"), &ReadOptions::default()).unwrap_err().problem.to_string();
        assert!(problem.contains(says), "{problem}");
    }
    std::fs::remove_file(folder.join("c.json")).unwrap();
    run(&["c.tsv", "-o", "d.csv"]).expect(2).says(&["states neither the unit nor the frame"]);
    // Neither file is written if one cannot be, and a sidecar replaces no input.
    folder.write("v.csv", b"label,h_voxel,w_voxel,d_voxel\na,1,2,3\n");
    run(&["v.csv", "--to", "bids-tsv", "-o", "e.tsv"]).expect(2).says(&["holds millimetres"]);
    assert!(!folder.join("e.json").exists() && !folder.join("e.tsv").exists());
    run(&["a.csv", "-o", "f.json"]).expect(0);
    run(&["f.json", "--to", "bids-tsv", "-o", "f.tsv"])
        .expect(2)
        .says(&["`f.json` is both an input and an output"]);
}

#[test]
fn convert_says_what_is_wrong() {
    let folder = Folder::new();
    folder.write("a.csv", b"label,x_mm,y_mm,z_mm\nnasion,1,2,3\n");
    folder.write("prose.txt", b"once upon a time\n");
    let run = |args: &[&str]| folder.program(["convert"]).args(args).run();
    run(&["prose.txt", "-o", "b.csv"]).expect(3).says(&[
        "error: failed to read the landmarks of `prose.txt`",
        "hint: `--from NAME` names the format; `softargmax convert --help` lists them",
    ]);
    run(&["absent.csv", "-o", "b.csv"]).expect(3).says(&["caused by: no such file or directory"]);
    run(&["a.csv", "-o", "b.xyz"]).expect(2).says(&["no landmark format has the extension of `b.xyz`"]);
    run(&["a.csv", "-o", "none/b.csv"]).expect(4);
    run(&["a.csv", "-o", "a.csv"]).expect(2).says(&["`a.csv` is both an input and an output"]);
    run(&["a.csv", "-o", "b.csv", "--like", "b.csv"]).expect(3);
    run(&["a.csv", "-o", "b.csv", "--frame", "ras", "--to", "ants-csv"]).expect(2).says(&["always in LPS"]);
    run(&["a.csv", "-o", "b.csv", "--to", "napari-csv"]).expect(2).says(&["`--like IMAGE` gives an affine"]);
    // Nothing was written, and nothing half-written is left.
    assert_eq!(folder.names(), ["a.csv", "prose.txt"]);
}

// --- decode to the formats of other programs -------------------------------------------------------

#[test]
fn decode_writes_slicers_files_under_their_names() {
    let folder = Folder::new();
    let input = ["decode", "oblique.nii.gz", "--labels", "oblique.labels.txt"];
    let csv = Program::new(input).args(["--coords", "world"]).doubtful().run().expect(0).rows();
    for (name, format) in [("a.mrk.json", "slicer-json"), ("a.fcsv", "fcsv")] {
        let out = folder.join(name);
        Program::new(input).arg("-o").arg(&out).doubtful().run().expect(0);
        // Millimetres are implied, in Slicer's own frame.
        assert!(std::fs::read_to_string(&out).unwrap().contains("LPS"));
        let set = read(&out, &ReadOptions::default()).unwrap();
        assert_eq!((set.format, set.points.len()), (format, 5));
        for (point, row) in set.points.iter().zip(&csv) {
            assert_eq!(point.label.as_deref(), Some(row["label"].as_str()));
            assert_eq!(point.world.map(|world| world.0), triple(row, WORLD));
        }
        let asked = Program::new(input).args(["--format", format]).doubtful().run().expect(0).stdout;
        assert_eq!(asked, std::fs::read(&out).unwrap());
        let ras = Program::new(input).args(["--format", format, "--frame", "ras"]).doubtful().run().expect(0);
        assert!(ras.text().contains("RAS") && !ras.text().contains("LPS"));
    }
    let refused = |args: &[&str], says: &str| {
        Program::new(["decode"]).args(args).args(["--format", "slicer-json"]).run().expect(2).says(&[says]);
    };
    refused(&["lps.nii", "--coords", "voxel"], "expected world coordinates alone, found `voxel`");
    refused(&["lps.nii", "--stats"], "slicer-json holds coordinates alone");
    refused(&["lps.nii", "big_endian.nii"], "expected one sample, found 2");
}

/// `-` is standard input to all that take landmark files, and `convert` writes to standard output without `-o`.
#[test]
fn landmarks_come_from_a_pipe_and_go_to_one() {
    let folder = Folder::new();
    folder.write("a.csv", b"label,x_mm,y_mm,z_mm\ntip,1,2,3\nroot,4,5,6.5\n");
    let bytes = std::fs::read(folder.join("a.csv")).unwrap();
    let run = |args: &[&str], stdin: &[u8]| folder.program(args).stdin(stdin).run();
    run(&["convert", "-", "-o", "b.fcsv"], &bytes).expect(0);
    folder.program(["convert", "a.csv", "-o", "c.fcsv"]).run().expect(0);
    let fcsv = std::fs::read(folder.join("b.fcsv")).unwrap();
    assert_eq!(fcsv, std::fs::read(folder.join("c.fcsv")).unwrap());
    assert_eq!(run(&["convert", "-", "--to", "fcsv"], &bytes).expect(0).stdout, fcsv);
    // CSV unless another format is named: there and back again.
    let back = run(&["convert", "-", "--frame", "ras"], &fcsv).expect(0).text();
    assert!(back.contains(",tip,1,2,3,") && back.contains(",root,4,5,6.5,"), "{back}");
    // What is no text has no beginning to come back to.
    run(&["convert", "-"], &npy("<f8", false, &[1, 3], &f8(&[1.0, 2.0, 3.0])))
        .expect(3)
        .says(&["expected text, found an image or an array", "write it to a file"]);
    folder
        .program(["convert", "a.csv", "--to", "bids-tsv"])
        .run()
        .expect(2)
        .says(&["bids-tsv is a table and a file that says what it means", "`-o FILE`"]);
    let encode = ["encode", "-", "--shape", "8,8,8", "--spacing", "1,1,1", "-o", "maps.npy"];
    run(&encode, &bytes).expect(0);
    let eval = run(&["eval", "-", "a.csv", "--format", "json"], &fcsv).expect(0).json();
    assert_eq!(eval["evaluation"]["all"]["counts"]["matched"], 2);
    run(&["eval", "-", "-"], &fcsv).expect(2).says(&["standard input (`-`) can be read once"]);
    let calibrate = ["calibrate", "-", "--truth", "-", "-o", "made.json"];
    run(&calibrate, &fcsv).expect(2).says(&["standard input (`-`) can be read once"]);
}

/// Fiducials that nobody has named are told apart by their order, in every format that is written.
#[test]
fn landmarks_without_a_name_have_the_number_of_their_place() {
    let folder = Folder::new();
    let head = "# Markups fiducial file version = 4.11\n# CoordinateSystem = RAS\n\
                # columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n";
    let rows = "1,1,2,3,0,0,0,1,1,1,0,,,\n2,4,5,6,0,0,0,1,1,1,0,,,\n";
    folder.write("a.fcsv", format!("{head}{rows}").as_bytes());
    let csv = folder.program(["convert", "a.fcsv", "--frame", "ras"]).run().expect(0).text();
    let places: Vec<&str> = csv.lines().skip(1).map(|row| row.split(',').nth(2).unwrap()).collect();
    assert_eq!(places, ["0", "1"], "{csv}");
    folder.write("b.csv", csv.as_bytes());
    let eval =
        folder.program(["eval", "a.fcsv", "b.csv", "--match", "c", "--format", "json"]).run().expect(0);
    assert_eq!(eval.json()["evaluation"]["all"]["counts"]["matched"], 2);
}
