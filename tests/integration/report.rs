//! `report`, `show` and `decode --png`: what the page holds, pixels and marks computed by hand.
//!
//! The page is seen in a browser by `tests/peers/report.py`.

use crate::support::{Folder, Nifti, assert_near, gzip, npy_f4};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::io::Read as _;

/// Lengths of the volume, and the voxel with its largest value.
const LENGTHS: [usize; 3] = [9, 8, 7];
const PEAK: [usize; 3] = [4, 5, 3];

/// A step along h is 2 mm to the left, along w 3 mm to the front, along d 4 mm up.
const AFFINE: [[f32; 4]; 3] = [[-2.0, 0.0, 0.0, 8.0], [0.0, 3.0, 0.0, -15.0], [0.0, 0.0, 4.0, -12.0]];

/// h + 2 w + 3 d, and 100 at the peak.
fn value([h, w, d]: [usize; 3]) -> f32 {
    if [h, w, d] == PEAK { 100.0 } else { (h + 2 * w + 3 * d) as f32 }
}

/// A NIfTI file of these values; its first axis is the fastest.
fn volume(value: impl Fn([usize; 3]) -> f32) -> Vec<u8> {
    let [h, w, d] = LENGTHS;
    let place = |at: usize| [at % h, at / h % w, at / h / w];
    let values: Vec<u8> = (0..h * w * d).flat_map(|at| value(place(at)).to_le_bytes()).collect();
    Nifti::new(&[9, 8, 7], &values).sform(&AFFINE).bytes()
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("sub-01_heatmap.nii", &volume(value));
    folder
}

/// The page's text and its data.
fn page(folder: &Folder, name: &str) -> (String, Value) {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let (_, rest) = text.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    let data = serde_json::from_str(data).unwrap();
    (text, data)
}

fn report(folder: &Folder, args: &[&str], code: i32) -> Value {
    let all = [&["report"][..], args, &["-o", "page.html", "-q"]].concat();
    folder.program(all).run().expect(code);
    page(folder, "page.html").1
}

/// Width, height and the pixels of a PNG, one byte or three each.
fn pixels(png: &[u8]) -> (usize, usize, Vec<u8>) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
    let (width, height, kind) = (number(16), number(20), png[25]);
    let (mut at, mut packed) = (8, Vec::new());
    while at < png.len() {
        if &png[at + 4..at + 8] == b"IDAT" {
            packed.extend_from_slice(&png[at + 8..at + 8 + number(at)]);
        }
        at += 12 + number(at);
    }
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut rows).unwrap();
    let each = width * if kind == 2 { 3 } else { 1 };
    let pixels = rows.chunks(each + 1).flat_map(|row| {
        assert_eq!(row[0], 0, "no filter");
        row[1..].to_vec()
    });
    (width, height, pixels.collect())
}

fn picture(value: &Value) -> (usize, usize, Vec<u8>) {
    pixels(&STANDARD.decode(value["png"].as_str().unwrap()).unwrap())
}

/// The number of the colour of a value: 1 to 63 from the least to the largest.
fn level(value: f32, low: f32, high: f32) -> u8 {
    1 + (f64::from((value - low) / (high - low)).clamp(0.0, 1.0) * 62.0).round() as u8
}

/// For each slice the voxel (h, w, d) of a column and a row, 6 mm about the peak: the patient's left is to
/// the right, the front above or to the left, up above.
fn voxel(slice: usize, column: i64, row: i64) -> Option<[usize; 3]> {
    let [h, w, d] = PEAK.map(|index| index as i64);
    let place = match slice {
        0 => [h + column - 3, w + 2 - row, d],
        1 => [h + column - 3, w, d + 1 - row],
        _ => [h, w + 2 - column, d + 1 - row],
    };
    let is_inside = (0..3).all(|axis| (0..LENGTHS[axis] as i64).contains(&place[axis]));
    is_inside.then(|| place.map(|index| index as usize))
}

#[test]
fn slices_by_hand() {
    let folder = folder();
    let args = ["sub-01_heatmap.nii", "--method", "hard", "--field-of-view", "12mm"];
    let data = report(&folder, &args, 0);
    let entry = &data["entries"][0];
    assert_eq!((&entry["c"], &entry["unit"], &entry["peakValue"]), (&0.into(), &"mm".into(), &100.0.into()));
    // 8 − 2 · 4, −15 + 3 · 5, −12 + 4 · 3.
    assert_eq!(entry["world"], serde_json::json!([0.0, 0.0, 0.0]));
    assert_eq!(entry["voxel"], serde_json::json!([4.0, 5.0, 3.0]));
    let expected = [
        ("axial", ["R", "L", "A", "P"], (7, 5), [14.0, 15.0]),
        ("coronal", ["R", "L", "S", "I"], (7, 3), [14.0, 12.0]),
        ("sagittal", ["A", "P", "S", "I"], (5, 3), [15.0, 12.0]),
    ];
    let slices = entry["slices"].as_array().unwrap();
    assert_eq!(slices.len(), 3);
    let shown = |slice: usize, (columns, rows): (i64, i64)| {
        (0..rows).flat_map(move |row| (0..columns).map(move |column| voxel(slice, column, row)))
    };
    let all = (0..3).flat_map(|slice| {
        let (columns, rows) = expected[slice].2;
        shown(slice, (columns, rows)).flatten().map(value)
    });
    let (low, high) = all.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
    assert_eq!(entry["range"], serde_json::json!([f64::from(low), f64::from(high)]));
    for (at, (slice, (name, letters, (columns, rows), extent))) in slices.iter().zip(expected).enumerate() {
        assert_eq!(slice["name"], name);
        assert_eq!(slice["letters"], serde_json::json!(letters));
        assert_eq!(slice["extent"], serde_json::json!(extent));
        let (width, height, found) = picture(&slice["heat"]);
        assert_eq!((width as i64, height as i64), (columns, rows));
        let wanted: Vec<u8> = shown(at, (columns, rows))
            .map(|place| place.map_or(0, |place| level(value(place), low, high)))
            .collect();
        assert_eq!(found, wanted, "{name}");
        // The answer and the largest voxel are in the middle.
        let middle = extent.map(|length| length / 2.0);
        for mark in slice["marks"].as_array().unwrap().iter().filter(|mark| mark[0] != "soft") {
            assert_eq!(mark, &serde_json::json!([mark[0], middle[0], middle[1], 0.0]));
        }
    }
    // Right is on the right of a neurological page, and nothing else has changed.
    let turned = report(&folder, &[&args[..], &["--convention", "neurological"]].concat(), 0);
    let axial = &turned["entries"][0]["slices"][0];
    assert_eq!(axial["letters"], serde_json::json!(["L", "R", "A", "P"]));
    let (width, _, found) = picture(&axial["heat"]);
    let (.., before) = picture(&slices[0]["heat"]);
    let mirrored: Vec<u8> = before.chunks(width).flat_map(|row| row.iter().rev().copied()).collect();
    assert_eq!(found, mirrored);
}

#[test]
fn a_truth_and_landmarks_of_a_file() {
    let folder = folder();
    // One voxel further along h and two along w: 2 mm and 6 mm.
    folder.write("truth.csv", b"n,c,x_mm,y_mm,z_mm\n0,0,-2,6,0\n");
    let args = ["sub-01_heatmap.nii", "--method", "hard", "--field-of-view", "12mm", "--truth", "truth.csv"];
    let data = report(&folder, &args, 0);
    let entry = &data["entries"][0];
    assert_near(entry["error"].as_f64().unwrap(), 40.0_f64.sqrt(), 1e-12, "error");
    assert_eq!(entry["outcome"], "matched");
    let truth = |slice: &Value| -> Value {
        slice["marks"].as_array().unwrap().iter().find(|mark| mark[0] == "truth").unwrap().clone()
    };
    let slices = entry["slices"].as_array().unwrap();
    // To the right by 2 mm and up by 6 mm; the coronal slice is 6 mm away, the sagittal one 2 mm.
    assert_eq!(truth(&slices[0]), serde_json::json!(["truth", 9.0, 1.5, 0.0]));
    assert_eq!(truth(&slices[1]), serde_json::json!(["truth", 9.0, 6.0, 6.0]));
    assert_eq!(truth(&slices[2]), serde_json::json!(["truth", 1.5, 6.0, 2.0]));
    // The landmark of a file in place of the answer: the truth is 1 mm from it.
    folder.write("given.csv", b"n,c,x_mm,y_mm,z_mm\n0,0,-2,5,0\n");
    let data = report(&folder, &[&args[..], &["--landmarks", "given.csv"]].concat(), 0);
    let entry = &data["entries"][0];
    assert_near(entry["error"].as_f64().unwrap(), 1.0, 1e-12, "error");
    assert_eq!((&data["given"], &entry["world"]), (&true.into(), &serde_json::json!([-2.0, 5.0, 0.0])));
    let kinds: Vec<&str> = entry["slices"][0]["marks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mark| mark[0].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["hard", "soft", "decoded", "truth", "answer"]);
    // Their frames and formats are options; what says nothing of its frame is refused without.
    folder.write("plain.txt", b"");
    let wrong = [&args[..], &["--landmarks", "plain.txt", "--landmarks-format", "csv"]].concat();
    folder.program([&["report"], &wrong[..], &["-o", "x.html"]].concat()).run().expect(3);
    let framed = ["--landmarks", "given.csv", "--landmarks-frame", "lps", "--truth-frame", "ras"];
    let all = [&["report"], &args[..], &framed, &["-o", "x.html"]].concat();
    folder.program(all).run().expect(2).says(&["leave out `--landmarks-frame`"]);
}

#[test]
fn an_image_lies_below() {
    let folder = folder();
    let shade = |[h, w, d]: [usize; 3]| (h * w + 5 * d) as f32;
    folder.write("images/sub-01_heatmap_0000.nii.gz", &gzip(&volume(shade)));
    let pattern = "images/{stem}_0000.nii.gz";
    let args = ["sub-01_heatmap.nii", "--method", "hard", "--field-of-view", "12mm", "--image", pattern];
    let data = report(&folder, &[&args[..], &["--image-range", "10,40"]].concat(), 0);
    let (width, height, found) = picture(&data["entries"][0]["slices"][0]["image"]);
    assert_eq!((width, height), (7, 5));
    let wanted: Vec<u8> = (0..35)
        .map(|at| voxel(0, at % 7, at / 7).map_or(0, |place| level(shade(place), 10.0, 40.0)))
        .collect();
    assert_eq!(found, wanted);
    // An image that is not there costs no heatmap.
    let absent = ["report", "sub-01_heatmap.nii", "--image", "images/{stem}.nii", "-o", "page.html"];
    folder.program(absent).run().expect(3).says(&["failed to read the image `images/sub-01_heatmap.nii`"]);
    let (text, data) = page(&folder, "page.html");
    assert!(text.contains("the image `images/sub-01_heatmap.nii` could not be shown"));
    assert_eq!(data["entries"][0]["slices"].as_array().unwrap().len(), 3);
    assert!(data["entries"][0]["slices"][0].get("image").is_none());
}

#[test]
fn the_worst_first_and_unreadable_inputs_on_top() {
    let folder = Folder::new();
    let mut values = vec![0.0_f32; 3 * 512];
    // No number, a constant, a clear peak.
    (values[146], values[2 * 512 + 292]) = (f32::NAN, 50.0);
    values[512..1024].fill(2.0);
    folder.write("maps.npy", &npy_f4(&[1, 3, 8, 8, 8], &values));
    folder.write("broken.npy", b"\x93NUMPY");
    let args = ["maps.npy", "broken.npy", "--label-names", "none,flat,<i>clear</i>", "--pictures", "1"];
    let data = report(&folder, &args, 3);
    let entries = data["entries"].as_array().unwrap();
    let status = |at: usize| entries[at]["status"].as_str().unwrap();
    assert_eq!(entries.len(), 4);
    assert!(entries.iter().take(3).any(|entry| entry["status"] == "unreadable"));
    assert_eq!((status(3), &entries[3]["label"]), ("ok", &"<i>clear</i>".into()));
    assert_eq!(entries[3]["slices"], serde_json::json!([]), "the one before it has the picture");
    assert_eq!(data["unpictured"], 1);
    let (text, _) = page(&folder, "page.html");
    assert!(!text.contains("<i>clear") && text.contains("\\u003ci\\u003eclear"));
    assert!(text.contains("&lt;i&gt;clear&lt;/i&gt;"));
    // A list is read to its end.
    folder.write("list.txt", b"maps.npy\nbroken.npy\n");
    let listed = report(&folder, &["--files-from", "list.txt"], 3);
    assert_eq!(listed["entries"].as_array().unwrap().len(), 4);
    // A page is no failure, unless it is asked for.
    let asked = [&["report"], &args[..1], &["--fail-on", "flat", "-o", "page.html"]].concat();
    folder.program(asked).run().expect(1).says(&["exit status 1 by `--fail-on`"]);
}

#[test]
fn the_page_asks_no_network() {
    let folder = folder();
    report(&folder, &["sub-01_heatmap.nii", "--title", "A & B <script>"], 0);
    let (text, data) = page(&folder, "page.html");
    let text = text.replace("http://www.w3.org/2000/svg", "");
    for address in ["http:", "https:", "//cdn", "url(", "@import", "<link", "srcset", "fetch("] {
        assert!(!text.contains(address), "{address}");
    }
    assert!(text.contains("<title>A &amp; B &lt;script&gt;</title>"));
    assert_eq!(data["title"], "A & B <script>");
    // The same options make the same bytes.
    let before = std::fs::read(folder.join("page.html")).unwrap();
    report(&folder, &["sub-01_heatmap.nii", "--title", "A & B <script>", "--threads", "3"], 0);
    assert_eq!(std::fs::read(folder.join("page.html")).unwrap(), before);
}

#[test]
fn pictures_in_files_are_named_as_in_bids() {
    let folder = folder();
    let args = ["sub-01_heatmap.nii", "--label-names", "AC (1)", "--figures", "out dir"];
    let data = report(&folder, &args, 0);
    let path = data["entries"][0]["slices"][0]["heat"]["path"].as_str().unwrap();
    assert_eq!(path, "out%20dir/sub-01/figures/sub-01_label-AC1_desc-axial_heatmap.png");
    let png = std::fs::read(folder.join("out dir/sub-01/figures/sub-01_label-AC1_desc-axial_heatmap.png"));
    let (width, height, _) = pixels(&png.unwrap());
    // 56 mm, twice the longest side of the volume: 14 voxels of 2 mm and 9 of 3 mm on either side.
    assert_eq!((width, height), (29, 19));
}

#[test]
fn a_gzipped_input_and_a_mean_give_the_same_pictures() {
    let folder = folder();
    let plain = report(&folder, &["sub-01_heatmap.nii"], 0);
    folder.write("sub-01_heatmap.nii.gz", &gzip(&volume(value)));
    let packed = report(&folder, &["sub-01_heatmap.nii.gz"], 0);
    assert_eq!(plain["entries"][0]["slices"], packed["entries"][0]["slices"]);
    // The mean of a map and of its mirror image, turned back, is the map.
    let turned = |[h, w, d]: [usize; 3]| value([LENGTHS[0] - 1 - h, w, d]);
    folder.write("m_flip-none.nii", &volume(value));
    folder.write("m_flip-H.nii", &volume(turned));
    let flip =
        ["m_flip-none.nii", "m_flip-H.nii", "--path-regex", "flip-(?<flip>[A-Za-z]+)", "--unflip", "flip"];
    let mean = report(&folder, &flip, 0);
    assert_eq!(plain["entries"][0]["slices"][0]["heat"], mean["entries"][0]["slices"][0]["heat"]);
}

#[test]
fn a_sheet_for_each_input() {
    let folder = folder();
    let args = ["decode", "sub-01_heatmap.nii", "--method", "hard", "--png", "sheets", "--coords", "voxel"];
    let plain = folder.program(&args[..4]).args(["--coords", "voxel"]).run().expect(0);
    let drawn = folder.program(args).run().expect(0);
    assert_eq!(plain.stdout, drawn.stdout);
    let (width, height, found) =
        pixels(&std::fs::read(folder.join("sheets/sub-01_heatmap.nii.png")).unwrap());
    assert_eq!((width, height), (744, 264));
    // The axial slice has 29 × 19 pixels of 2 × 3 mm: 58 × 57 mm in 240 pixels, beginning at 6, 18. Its
    // middle, 29 mm and 28.5 mm from its edges, is 120 and 118 pixels from them.
    let of = |colour: [u8; 3]| {
        let places = (0..width * height).filter(|at| found[at * 3..at * 3 + 3] == colour);
        places.map(|at| (at % width, at / width)).filter(|place| place.0 < 246).collect::<Vec<_>>()
    };
    let cross = of([77, 214, 255]);
    assert_eq!(cross.len(), 24, "four strokes of six pixels");
    let middle = |places: Vec<usize>| (places.iter().min().unwrap() + places.iter().max().unwrap()) / 2;
    let across = middle(cross.iter().map(|place| place.0).collect());
    let down = middle(cross.iter().map(|place| place.1).collect());
    assert!(across.abs_diff(126) <= 1 && down.abs_diff(136) <= 1, "{across} {down}");
    // A square of nine by nine, where the cross does not lie on it.
    assert_eq!(of([255, 255, 255]).len(), 28);
    let piped = std::fs::read(folder.join("sub-01_heatmap.nii")).unwrap();
    let piped = folder.program(["decode", "-", "--png", "sheets"]).stdin(&piped).run().expect(2);
    piped.says(&["`--png` reads heatmaps a second time, and `-` is a pipe"]);
}

#[test]
fn a_landmark_in_a_terminal() {
    let folder = folder();
    let args = ["show", "sub-01_heatmap.nii", "--channel", "0", "--sample", "0", "--method", "hard"];
    let shown = folder.program([&args[..], &["--as", "blocks", "--columns", "32"]].concat()).run().expect(0);
    let text = shown.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("c 0  voxel 4.00, 5.00, 3.00  ok"), "{}", lines[0]);
    assert_eq!(lines[1], "axial: left R, right L, top A, bottom P");
    // Three slices of 10 pixels with a gap between them, two rows in a line.
    let blocks = &lines[4..];
    assert_eq!(blocks.len(), 5);
    assert!(blocks.iter().all(|line| line.matches('▀').count() == 32 && line.ends_with("\x1b[0m")));
    let kitty = folder.program([&args[..], &["--as", "kitty"]].concat()).run().expect(0).text();
    assert!(kitty.contains("\x1b_Ga=T,f=100,m=0;iVBORw0KGgo"), "a small picture is one piece");
    let told = folder.program(args).env("TERM", "xterm-kitty").run().expect(0).text();
    assert_eq!(told, kitty);
    folder.program(["show", "sub-01_heatmap.nii", "--channel", "1"]).run().expect(3);
    folder.program(["show", "absent.nii"]).run().expect(3);
    let sample = folder.program(["show", "sub-01_heatmap.nii", "--sample", "1"]).run().expect(2);
    sample.says(&["there is no sample 1"]);
}
