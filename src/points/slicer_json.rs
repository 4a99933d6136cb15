//! 3D Slicer's markups, `.mrk.json`.
//!
//! *Definition*: the JSON schema `markups-schema-v1.0.3.json` of 3D Slicer
//! (`Modules/Loadable/Markups/Resources/Schema`). Each markup states its frame in `coordinateSystem` (LPS if
//! it does not, by the schema; older files have 0 for RAS and 1 for LPS) and its unit, mm or µm. A control
//! point without a place has `positionStatus` `undefined`, and then its position means nothing.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::json::{Json, numbers, object, text, unexpected};
use super::notice::Notice;
use super::parts::{json_line, label_of, ras};
use super::point::{Point, PointSet, State};
use crate::geometry::Frame;
use std::io::{self, Write};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["mrk.json"],
    summary: "3D Slicer's markups, v1.0.3",
    states_frame: true,
    holds: Holds {
        space: Space::World,
        images: false,
        labels: true,
        missing: true,
        doubled: true,
        remarks: false,
        numbers: false,
    },
    sniff: |content| content.is_json_with(&["markups"]),
    read,
    write: Some(write),
    sidecar: None,
};

const NAME: &str = "slicer-json";

const SCHEMA: &str = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/\
                      Resources/Schema/markups-schema-v1.0.3.json#";

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let file = Json::parse(content)?;
    let mut set = PointSet::default();
    for (m, markup) in file.list_of("markups", "")?.iter().enumerate() {
        let place = format!("markups[{m}]");
        let frame = frame(markup, &place, options, &mut set.notices)?;
        let factor = millimetres(markup, &place)?;
        for (i, point) in markup.list_of("controlPoints", &place)?.iter().enumerate() {
            set.points.push(control_point(point, &format!("{place}.controlPoints[{i}]"), frame, factor)?);
        }
    }
    Ok(set)
}

fn frame(
    markup: &Json,
    place: &str,
    options: &ReadOptions,
    notices: &mut Vec<Notice>,
) -> Result<Frame, Problem> {
    let stated = match markup.get("coordinateSystem") {
        None => None,
        Some(system) => Some(match (system.text(), system.number()) {
            (Some("LPS" | "1"), _) | (None, Some(1.0)) => Frame::Lps,
            (Some("RAS" | "0"), _) | (None, Some(0.0)) => Frame::Ras,
            _ => return Err(unexpected(place, "a coordinateSystem LPS or RAS", Some(system))),
        }),
    };
    match (stated, options.from_frame) {
        (Some(stated), Some(asked)) if stated != asked => Err(Problem::FrameStated { stated, asked }),
        (Some(frame), _) | (None, Some(frame)) => Ok(frame),
        (None, None) => {
            notices.push(Notice::FrameByVersion { frame: Frame::Lps });
            Ok(Frame::Lps)
        }
    }
}

/// How many mm the unit of a markup is.
fn millimetres(markup: &Json, place: &str) -> Result<f64, Problem> {
    let unit = match markup.get("coordinateUnits") {
        Some(Json::List(code)) => code.first(),
        other => other,
    };
    match unit.map(Json::text) {
        None | Some(Some("mm")) => Ok(1.0),
        Some(Some("um")) => Ok(1e-3),
        Some(_) => Err(unexpected(place, "coordinateUnits mm or um", unit)),
    }
}

fn control_point(json: &Json, place: &str, frame: Frame, factor: f64) -> Result<Point, Problem> {
    let mut point = Point { label: json.text_of("label"), ..Point::default() };
    let status = json.get("positionStatus");
    match status.map(Json::text) {
        None | Some(Some("defined")) => {}
        Some(Some("undefined" | "preview" | "missing")) => point.state = State::Missing,
        Some(_) => return Err(unexpected(place, "a positionStatus defined, undefined or preview", status)),
    }
    // Slicer itself writes some numbers, or none, for a point without a place.
    if point.state == State::Present
        && let Some(position) = json.get("position")
        && let Some(position) = position.triple(place)?
    {
        point.set_world(ras(position.map(|x| x * factor), frame));
    }
    Ok(point.settled())
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let mut list = ControlPoints::begin(out, options)?;
    set.points
        .iter()
        .filter(|point| point.state != State::Unreadable)
        .try_for_each(|point| list.add(point))?;
    Ok(list.end()?)
}

/// A list of control points that is written one by one.
pub struct ControlPoints<W> {
    out: W,
    options: WriteOptions,
    frame: Frame,
    count: usize,
}

impl<W: Write> ControlPoints<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn begin(mut out: W, options: &WriteOptions) -> io::Result<ControlPoints<W>> {
        head(&mut out, options)?;
        Ok(ControlPoints { out, options: *options, frame: options.frame.unwrap_or(Frame::Lps), count: 0 })
    }

    /// Adds a landmark.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn add(&mut self, point: &Point) -> io::Result<()> {
        self.out.write_all(if self.count == 0 { b"\n" } else { b",\n" })?;
        json_line(&mut self.out, &written(point, self.count, self.frame), &self.options)?;
        self.count += 1;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"]}]}\n")?;
        self.out.flush()
    }

    /// Passes what there is so far to the operating system.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What stands before the first control point.
fn head(out: &mut dyn Write, options: &WriteOptions) -> io::Result<()> {
    let system = options.frame.unwrap_or(Frame::Lps).name().to_uppercase();
    let markup = object([
        ("type", text("Fiducial")),
        ("coordinateSystem", text(&system)),
        ("coordinateUnits", text("mm")),
        ("locked", Json::Bool(false)),
        ("labelFormat", text("%N-%d")),
        ("controlPoints", Json::List(Vec::new())),
    ]);
    let file = object([("@schema", text(SCHEMA)), ("markups", Json::List(vec![markup]))]);
    let mut head = Vec::new();
    json_line(&mut head, &file, options)?;
    // Without `]}]}`, which ends the file.
    head.truncate(head.len() - 4);
    out.write_all(&head)
}

/// A control point. One without a place has no position: Slicer takes any numbers for a place in its lists.
fn written(point: &Point, place: usize, frame: Frame) -> Json {
    // The axes of a control point are those of the frame: minus x and minus y of RAS in LPS.
    let [x, y, z] = frame.signs();
    let orientation = [x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, z];
    let position = point.world.map(|world| frame.from_ras(world).0);
    let mut entries = vec![
        ("id".to_owned(), text(&(place + 1).to_string())),
        ("label".to_owned(), text(&label_of(point, place))),
        ("description".to_owned(), text("")),
        ("associatedNodeID".to_owned(), text("")),
    ];
    if let Some(position) = position {
        entries.push(("position".to_owned(), numbers(&position)));
        entries.push(("orientation".to_owned(), numbers(&orientation)));
    }
    let status = if position.is_some() { "defined" } else { "undefined" };
    for (key, is) in [("selected", true), ("locked", false), ("visibility", true)] {
        entries.push((key.to_owned(), Json::Bool(is)));
    }
    entries.push(("positionStatus".to_owned(), text(status)));
    Json::Object(entries)
}
