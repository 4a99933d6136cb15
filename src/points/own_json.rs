//! The project's own JSON and NDJSON.
//!
//! The document states frame and order of its coordinates in `settings`; a line of NDJSON does in the key
//! `frame`, which `convert` writes and `decode` does not. Keys of an input that are none of ours are columns
//! of `--path-regex`.

use super::error::Problem;
use super::format::{Content, Format, Holds, ReadOptions, Space};
use super::json::{Json, unexpected};
use super::own_write;
use super::point::{ErrorBar, Point, PointSet, State};
use crate::geometry::{Covariance, Frame, Voxel, World};
use crate::landmark::Status;
use crate::memory;
use std::path::PathBuf;

/// The row of JSON.
pub(super) const JSON: Format = Format {
    name: "json",
    extensions: &["json"],
    summary: "this project's document",
    states_frame: true,
    holds: HOLDS,
    sniff: |content| content.is_json_with(&["softargmax", "inputs"]),
    read,
    write: Some(own_write::json),
    sidecar: None,
};

/// The row of NDJSON.
pub(super) const NDJSON: Format = Format {
    name: "ndjson",
    extensions: &["ndjson", "jsonl"],
    summary: "this project's JSON, one landmark a line",
    states_frame: false,
    holds: HOLDS,
    sniff: |content| {
        let line = content.first_line();
        let stands =
            |key: &str| line.contains(&format!("\"{key}\":")) || line.contains(&format!("\"{key}\" :"));
        content.is_json() && stands("file") && (stands("status") || stands("landmarks"))
    },
    read: read_lines,
    write: Some(own_write::ndjson),
    sidecar: None,
};

const HOLDS: Holds = Holds {
    space: Space::Any,
    images: true,
    labels: true,
    missing: true,
    doubled: true,
    remarks: true,
    numbers: false,
};

/// Keys of an input and of a landmark that are ours.
const OURS: [&str; 25] = [
    "file",
    "file_bytes",
    "format",
    "dtype",
    "shape",
    "layout",
    "affine",
    "affine_source",
    "error",
    "warnings",
    "landmarks",
    "n",
    "c",
    "peak",
    "label",
    "normalized",
    "voxel",
    "world",
    "hard",
    "stats",
    "uncertainty",
    "region",
    "status",
    "flags",
    "reason",
];

/// In which frame and order coordinates are.
#[derive(Clone, Copy)]
struct Terms {
    frame: Option<Frame>,
    /// Where h, w and d are in a triple of voxels.
    order: [usize; 3],
}

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let file = Json::parse(content)?;
    let settings = file.get("settings");
    let setting = |key: &str| settings.and_then(|settings| settings.get(key)).and_then(Json::text);
    // RAS+ is what a document is in that does not say.
    let frame = stated(setting("frame"), options)?.unwrap_or_default();
    let terms = Terms { frame: Some(frame), order: order(setting("order"))? };
    let mut reader = Reader { terms, set: PointSet::default() };
    for (i, input) in file.list_of("inputs", "")?.iter().enumerate() {
        reader.input(input, &format!("inputs[{i}]"))?;
    }
    Ok(reader.set)
}

fn read_lines(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let mut reader = Reader { terms: Terms { frame: None, order: [0, 1, 2] }, set: PointSet::default() };
    for (number, line) in (1..).zip(content.unmarked().split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let place = format!("line {number}");
        let json: Json = serde_json::from_slice(line).map_err(|error| Problem::At {
            place: place.clone(),
            expected: "a JSON object".to_owned(),
            found: error.to_string(),
        })?;
        reader.terms.frame = stated(json.get("frame").and_then(Json::text), options)?;
        if json.get("landmarks").is_some() {
            reader.input(&json, &place)?;
        } else {
            reader.landmark(&json, &json, &place)?;
        }
    }
    Ok(reader.set)
}

/// The frame that a file states, else that which was said.
fn stated(word: Option<&str>, options: &ReadOptions) -> Result<Option<Frame>, Problem> {
    let Some(word) = word else { return Ok(options.from_frame) };
    let stated = [Frame::Ras, Frame::Lps].into_iter().find(|frame| frame.name() == word);
    let expected =
        || Problem::Unexpected { expected: "a frame ras or lps".into(), found: format!("`{word}`") };
    match (stated.ok_or_else(expected)?, options.from_frame) {
        (stated, Some(asked)) if stated != asked => Err(Problem::FrameStated { stated, asked }),
        (stated, _) => Ok(Some(stated)),
    }
}

/// Where h, w and d are in a triple of an order such as `whd`.
fn order(word: Option<&str>) -> Result<[usize; 3], Problem> {
    let word = word.unwrap_or("hwd");
    let places = ['h', 'w', 'd'].map(|letter| word.find(letter));
    match places {
        [Some(h), Some(w), Some(d)] if word.len() == 3 => Ok([h, w, d]),
        _ => Err(Problem::Unexpected { expected: "an order of h, w, d".into(), found: format!("`{word}`") }),
    }
}

struct Reader {
    terms: Terms,
    set: PointSet,
}

impl Reader {
    fn input(&mut self, input: &Json, place: &str) -> Result<(), Problem> {
        let landmarks = input.list_of("landmarks", place)?;
        if landmarks.is_empty() && input.text_of("error").is_some() {
            return self.landmark(input, input, place);
        }
        for (i, landmark) in landmarks.iter().enumerate() {
            self.landmark(input, landmark, &format!("{place}.landmarks[{i}]"))?;
        }
        Ok(())
    }

    /// One landmark, whose file and further columns `input` has; without a status it is unreadable.
    fn landmark(&mut self, input: &Json, json: &Json, place: &str) -> Result<(), Problem> {
        let extra = self.extra(input);
        let status = status(json, place)?;
        let mut point = Point {
            file: path(input),
            n: index(json, "n", place)?,
            c: index(json, "c", place)?,
            peak: index(json, "peak", place)?,
            label: json.text_of("label"),
            state: State::of(status),
            status: Some(status),
            reason: json.text_of("reason").or_else(|| json.text_of("error")),
            extra,
            ..Point::default()
        };
        if let Some(Json::List(flags)) = json.get("flags") {
            point.flags = flags.iter().filter_map(Json::text).map(str::to_owned).collect();
        }
        self.place(&mut point, json, place)?;
        point.error = json.get("uncertainty").map(error_bar).and_then(ErrorBar::known);
        Ok(memory::push(&mut self.set.points, point.settled())?)
    }

    fn place(&self, point: &mut Point, json: &Json, place: &str) -> Result<(), Problem> {
        let triple = |key: &str| json.get(key).map_or(Ok(None), |json| json.triple(place));
        if let Some(voxel) = triple("voxel")? {
            point.set_voxel(Voxel(self.terms.order.map(|at| voxel[at])));
        }
        if let Some(world) = triple("world")? {
            let frame = self.terms.frame.ok_or(Problem::NoFrame { format: "ndjson" })?;
            point.set_world(frame.to_ras(World(world)));
        }
        let has_space = ["voxel", "world"].iter().any(|key| json.get(key).is_some());
        if has_space || point.state != State::Present {
            return Ok(());
        }
        Err(unexpected(place, "coordinates `voxel` or `world`", json.get("normalized")))
    }

    /// The further columns of an input: those that are new are added for all.
    fn extra(&mut self, input: &Json) -> Vec<Option<String>> {
        for (key, _) in input.entries() {
            let is_known = OURS.contains(&key.as_str()) || key == "frame" || self.set.columns.contains(key);
            if !is_known {
                self.set.columns.push(key.clone());
                self.set.points.iter_mut().for_each(|point| point.extra.push(None));
            }
        }
        self.set.columns.iter().map(|column| input.text_of(column)).collect()
    }
}

fn status(json: &Json, place: &str) -> Result<Status, Problem> {
    let word = match (json.get("status"), json.text_of("error")) {
        (None, Some(_)) => return Ok(Status::Unreadable),
        (None, None) => return Ok(Status::Ok),
        (Some(word), _) => word,
    };
    let status = Status::ALL.into_iter().find(|status| Some(status.name()) == word.text());
    status.ok_or_else(|| unexpected(place, "a status such as `ok`", Some(word)))
}

fn index(json: &Json, key: &str, place: &str) -> Result<Option<usize>, Problem> {
    match json.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => match value.index() {
            Some(index) => Ok(Some(index)),
            None => Err(unexpected(place, &format!("a whole number `{key}` from 0"), Some(value))),
        },
    }
}

/// The name of the file; byte for byte if it is no UTF-8.
fn path(input: &Json) -> Option<PathBuf> {
    #[cfg(unix)]
    if let Some(bytes) = input.text_of("file_bytes") {
        use base64::Engine as _;
        use std::os::unix::ffi::OsStringExt;
        let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).ok()?;
        return Some(std::ffi::OsString::from_vec(bytes).into());
    }
    input.text_of("file").map(PathBuf::from)
}

fn error_bar(json: &Json) -> ErrorBar {
    let number = |key: &str| json.get(key).and_then(Json::number);
    let covariance = |axes: [&str; 3], unit: &str| {
        let mut numbers = [0.0; 6];
        for (number, name) in numbers.iter_mut().zip(Covariance::names(axes)) {
            *number = json.get(&format!("se_cov_{name}_{unit}"))?.number()?;
        }
        Some(Covariance(numbers))
    };
    let in_frame = |frame: Frame| {
        let found = covariance(["x", "y", "z"], &format!("mm2{}", frame.suffix()))?;
        Some(frame.covariance_to_ras(&found))
    };
    ErrorBar {
        error95_mm: number("error95_mm"),
        error95_voxel: number("error95_voxel"),
        covariance_mm2: in_frame(Frame::Ras).or_else(|| in_frame(Frame::Lps)),
        covariance_voxel2: covariance(["h", "w", "d"], "voxel2"),
    }
}
