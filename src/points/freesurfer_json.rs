//! Point sets of FreeSurfer and FreeView, `.json`.
//!
//! *Definition*: FreeSurfer, `fsPointSet` (`utils/pointset.cpp`): `data_type` is `fs_pointset`, and `vox2ras`
//! says in which space `coordinates` are: `scanner_ras`, the world of the image, or `tkreg`, the space of
//! FreeSurfer's surfaces, whose origin is the middle of the image and whose axes are those of the voxels. A
//! name is the text of the first comment. A missing landmark is left out.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::json::{Json, object, text, unexpected};
use super::parts::{self, in_mm, json_line};
use super::point::{Grid, Point, PointSet};
use crate::geometry::{Frame, Hwd, Voxel, World};
use std::io::Write;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["json"],
    summary: "point sets of FreeSurfer",
    states_frame: true,
    holds: Holds {
        space: Space::World,
        images: false,
        labels: true,
        missing: false,
        doubled: true,
        remarks: false,
        numbers: false,
    },
    sniff: |content| content.is_json_with(&["fs_pointset"]),
    read,
    write: Some(write),
    sidecar: None,
};

const NAME: &str = "freesurfer-json";

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    if let Some(asked @ Frame::Lps) = options.from_frame {
        return Err(Problem::FrameStated { stated: Frame::Ras, asked });
    }
    let file = Json::parse(content)?;
    let is_tkreg = match file.get("vox2ras").map(Json::text) {
        Some(Some("scanner_ras")) => false,
        Some(Some("tkreg" | "tkReg")) => true,
        _ => return Err(unexpected("", "vox2ras `scanner_ras` or `tkreg`", file.get("vox2ras"))),
    };
    let mut set = PointSet::default();
    for (i, json) in file.list_of("points", "")?.iter().enumerate() {
        let place = format!("points[{i}]");
        let mut point = Point { label: name(json), ..Point::default() };
        let position = coordinates(json, &place)?;
        match (is_tkreg, options.grid) {
            (false, _) => point.set_world(World(position)),
            (true, Some(grid)) => point.set_voxel(from_tkreg(position, &grid)),
            (true, None) => {
                return Err(Problem::NoGrid {
                    format: NAME,
                    why: "its coordinates are relative to the middle of the image (tkreg)",
                });
            }
        }
        set.points.push(point.settled());
    }
    Ok(set)
}

fn name(json: &Json) -> Option<String> {
    match json.get("comments") {
        Some(Json::List(comments)) => comments.first()?.text_of("text"),
        _ => None,
    }
}

fn coordinates(json: &Json, place: &str) -> Result<[f64; 3], Problem> {
    let coordinates = json.get("coordinates");
    let mut numbers = [0.0; 3];
    for (number, key) in numbers.iter_mut().zip(["x", "y", "z"]) {
        let found = coordinates.and_then(|coordinates| coordinates.get(key));
        let expected = || unexpected(place, &format!("a number coordinates.{key}"), found);
        *number = found.and_then(Json::number).ok_or_else(expected)?;
    }
    Ok(numbers)
}

/// The voxel of a place in the space of surfaces.
///
/// *Definition*: FreeSurfer's Torig: x = −Δh·(h − H/2), y = Δd·(d − D/2), z = −Δw·(w − W/2).
fn from_tkreg([x, y, z]: [f64; 3], grid: &Grid) -> Voxel {
    let (Hwd([h, w, d]), Hwd([dh, dw, dd])) =
        (grid.lengths.map(|n| n as f64 / 2.0), grid.affine.voxel_sizes());
    Voxel([h - x / dh, w - z / dw, d + y / dd])
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let frame = parts::only(Frame::Ras, &FORMAT, options)?;
    out.write_all(b"{\"data_type\":\"fs_pointset\",\"points\":[")?;
    let mut comma = "\n";
    for (_, point, [x, y, z]) in in_mm(set, frame) {
        out.write_all(comma.as_bytes())?;
        comma = ",\n";
        let coordinates = object([("x", Json::Number(x)), ("y", Json::Number(y)), ("z", Json::Number(z))]);
        let comments = point.label.iter().map(|label| object([("text", text(label))])).collect();
        let entries = [
            ("coordinates", coordinates),
            ("legacy_stat", Json::Whole(1)),
            ("comments", Json::List(comments)),
        ];
        json_line(out, &object(entries), options)?;
    }
    Ok(out.write_all(b"],\n\"version\":1,\"vox2ras\":\"scanner_ras\"}\n")?)
}
