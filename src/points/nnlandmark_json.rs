//! Landmarks of nnLandmark, `.json`.
//!
//! *Definition*: nnLandmark (arXiv:2504.06742). Its truth, `all_landmarks_voxel.json`, has for every case an
//! object of names with voxel coordinates in the order of the image's axes, (h, w, d). Its predictions, one
//! file a case, have for the value of every label an object with `coordinates`. A missing landmark is left
//! out, or null.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::json::{Json, numbers, unexpected};
use super::parts::{channel_of, json_line, label_of};
use super::point::{Point, PointSet, State};
use crate::geometry::Voxel;
use crate::source;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "nnlandmark-json",
    extensions: &["json"],
    summary: "landmarks of nnLandmark, in voxels",
    states_frame: true,
    holds: Holds {
        space: Space::Voxel,
        images: true,
        labels: true,
        missing: true,
        doubled: false,
        remarks: false,
        numbers: false,
    },
    sniff,
    read,
    write: Some(write),
    sidecar: None,
};

/// An object of objects of lists, or of objects with coordinates.
fn sniff(content: &Content<'_>) -> bool {
    let Ok(file @ Json::Object(_)) = Json::parse(content) else { return false };
    let is_triple = |json: &Json| json.triple("").is_ok();
    let is_case = |json: &Json| match json {
        Json::Object(entries) => !entries.is_empty() && entries.iter().all(|(_, json)| is_triple(json)),
        _ => false,
    };
    !file.entries().is_empty()
        && file
            .entries()
            .iter()
            .any(|(_, json)| is_case(json) || json.get("coordinates").is_some_and(is_triple))
}

fn read(content: &Content<'_>, _: &ReadOptions) -> Result<PointSet, Problem> {
    let file = Json::parse(content)?;
    let mut set = PointSet::default();
    for (key, json) in file.entries() {
        // Predictions have the voxel sizes beside their landmarks.
        if matches!(key.as_str(), "spacing" | "background") {
            continue;
        }
        match (json, json.get("coordinates")) {
            (_, Some(coordinates)) => set.points.push(landmark(key, coordinates, key, None)?),
            (Json::Object(landmarks), None) => {
                for (name, coordinates) in landmarks {
                    let place = format!("{key}.{name}");
                    set.points.push(landmark(name, coordinates, &place, Some(key))?);
                }
            }
            _ => return Err(unexpected(key, "an object of landmarks, or one with coordinates", Some(json))),
        }
    }
    Ok(set)
}

fn landmark(name: &str, coordinates: &Json, place: &str, case: Option<&str>) -> Result<Point, Problem> {
    let mut point = Point {
        file: case.map(Into::into),
        c: channel_of(name),
        label: Some(name.to_owned()).filter(|name| !name.is_empty()),
        ..Point::default()
    };
    if let Some(voxel) = coordinates.triple(place)? {
        point.set_voxel(Voxel(voxel));
    }
    Ok(point.settled())
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut cases: Vec<(String, Json)> = Vec::new();
    for (place, point) in set.points.iter().enumerate().filter(|(_, p)| p.state != State::Unreadable) {
        let case = case(point.file.as_deref());
        let at = *places.entry(case.clone()).or_insert(cases.len());
        if at == cases.len() {
            cases.push((case, Json::Object(Vec::new())));
        }
        let position = point.voxel.map_or(Json::Null, |Voxel(voxel)| numbers(&voxel));
        if let Some((_, Json::Object(landmarks))) = cases.get_mut(at) {
            landmarks.push((label_of(point, place), position));
        }
    }
    json_line(out, &Json::Object(cases), options)?;
    Ok(out.write_all(b"\n")?)
}

/// The name of a case: that of its file without its extensions.
fn case(file: Option<&Path>) -> String {
    let stem = file.and_then(source::stem).map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "case".to_owned())
}
