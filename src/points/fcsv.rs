//! 3D Slicer's older lists of fiducials, `.fcsv`, which AFIDs tools still exchange.
//!
//! *Definition*: 3D Slicer, `vtkMRMLMarkupsFiducialStorageNode`. Lines that begin with `#` state the version,
//! the frame (`CoordinateSystem = LPS`, `RAS` or `IJK`; older files have 1, 0 or 2) and the columns. Files of
//! version 4 without a frame are RAS: so Slicer wrote them. The column after `associatedNodeID`, which no
//! header names, is the status of the position: 2 if it is defined.
//!
//! The format has no mark for a missing landmark that all its readers honour, so those are left out.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::notice::Notice;
use super::parts::{Fields, decimals, label_of, ras, row_error, row_problem, rows};
use super::point::{Point, PointSet, State};
use crate::geometry::{Frame, Voxel};
use csv::StringRecord;
use std::io::{self, Write};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["fcsv"],
    summary: "3D Slicer's older lists of fiducials",
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
    sniff: |content| content.first_line().starts_with("# Markups fiducial file"),
    read,
    write: Some(write),
    sidecar: None,
};

const NAME: &str = "fcsv";

/// The columns of every version since 4.6.
const COLUMNS: &str = "id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID";

/// What coordinates are.
#[derive(Clone, Copy)]
enum System {
    World(Frame),
    Voxel,
}

/// What the lines with `#` say.
#[derive(Default)]
struct Head {
    version: Option<String>,
    system: Option<System>,
    columns: Vec<String>,
}

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let text = content.text()?;
    let head = head(text)?;
    let mut set = PointSet::default();
    let system = system(&head, options, &mut set.notices)?;
    let at = |name: &str| head.columns.iter().position(|column| column == name);
    let expected = || Problem::Unexpected {
        expected: "columns x, y, z and label".to_owned(),
        found: head.columns.join(","),
    };
    let [x, y, z, label] = ["x", "y", "z", "label"].map(at);
    let (Some(x), Some(y), Some(z), Some(label)) = (x, y, z, label) else { return Err(expected()) };
    let (mut reader, mut row) = (rows(text, b','), StringRecord::new());
    while reader.read_record(&mut row).map_err(row_problem)? {
        if row.get(0).is_some_and(|field| field.starts_with('#')) {
            continue;
        }
        let fields = Fields { row: &row };
        let mut point = Point { label: fields.text(label).map(str::to_owned), ..Point::default() };
        if row.len() > head.columns.len() && fields.text(head.columns.len()) != Some("2") {
            point.state = State::Missing;
        }
        let position = fields.each([x, y, z])?;
        match system {
            System::World(frame) => point.set_world(ras(position, frame)),
            System::Voxel => point.set_voxel(Voxel(position)),
        }
        point.extra = vec![at("desc").and_then(|at| fields.text(at)).map(str::to_owned)];
        set.points.push(point.settled());
    }
    keep_descriptions(&mut set);
    Ok(set)
}

/// Descriptions are a further column, if there are any: AFIDs have the names of landmarks in it.
fn keep_descriptions(set: &mut PointSet) {
    if set.points.iter().any(|point| point.extra != [None]) {
        set.columns = vec!["description".to_owned()];
    } else {
        set.points.iter_mut().for_each(|point| point.extra.clear());
    }
}

fn head(text: &str) -> Result<Head, Problem> {
    let mut head = Head::default();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with('#')) {
        let Some((name, value)) = line.trim_start_matches('#').split_once('=') else { continue };
        let value = value.trim();
        match name.trim() {
            "Markups fiducial file version" => head.version = Some(value.to_owned()),
            "CoordinateSystem" => head.system = Some(stated(value)?),
            "columns" => head.columns = value.split(',').map(|name| name.trim().to_owned()).collect(),
            _ => {}
        }
    }
    if head.columns.is_empty() {
        head.columns = COLUMNS.split(',').map(str::to_owned).collect();
    }
    Ok(head)
}

fn stated(value: &str) -> Result<System, Problem> {
    match value {
        "LPS" | "1" => Ok(System::World(Frame::Lps)),
        "RAS" | "0" => Ok(System::World(Frame::Ras)),
        "IJK" | "2" => Ok(System::Voxel),
        _ => Err(Problem::Unexpected {
            expected: "CoordinateSystem LPS, RAS or IJK (1, 0 or 2)".to_owned(),
            found: format!("`{value}`"),
        }),
    }
}

fn system(head: &Head, options: &ReadOptions, notices: &mut Vec<Notice>) -> Result<System, Problem> {
    match (head.system, options.from_frame) {
        (Some(System::World(stated)), Some(asked)) if stated != asked => {
            Err(Problem::FrameStated { stated, asked })
        }
        (Some(system), _) => Ok(system),
        (None, Some(frame)) => Ok(System::World(frame)),
        (None, None) if head.version.as_ref().is_some_and(|version| version.starts_with("4.")) => {
            notices.push(Notice::FrameByVersion { frame: Frame::Ras });
            Ok(System::World(Frame::Ras))
        }
        (None, None) => Err(Problem::NoFrame { format: NAME }),
    }
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let mut list = Fiducials::begin(out, options)?;
    set.points
        .iter()
        .filter(|point| point.state != State::Unreadable)
        .try_for_each(|point| list.add(point))?;
    Ok(list.flush()?)
}

/// A list of fiducials that is written one by one.
pub struct Fiducials<W: Write> {
    rows: csv::Writer<W>,
    options: WriteOptions,
    frame: Frame,
    count: usize,
}

impl<W: Write> Fiducials<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn begin(mut out: W, options: &WriteOptions) -> io::Result<Fiducials<W>> {
        let frame = options.frame.unwrap_or(Frame::Lps);
        let system = frame.name().to_uppercase();
        let head = format!("# Markups fiducial file version = 4.11\n# CoordinateSystem = {system}\n");
        out.write_all(head.as_bytes())?;
        out.write_all(format!("# columns = {COLUMNS}\n").as_bytes())?;
        let rows = csv::WriterBuilder::new().from_writer(out);
        Ok(Fiducials { rows, options: *options, frame, count: 0 })
    }

    /// Adds a landmark, unless it is missing. Its number counts those that are missing.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn add(&mut self, point: &Point) -> io::Result<()> {
        let place = self.count;
        self.count += 1;
        let Some(world) = point.world else { return Ok(()) };
        let id = format!("vtkMRMLMarkupsFiducialNode_{}", place + 1);
        let [x, y, z] = decimals(self.frame.from_ras(world).0, &self.options);
        let label = label_of(point, place);
        let row = [&id, &x, &y, &z, "0", "0", "0", "1", "1", "1", "0", &label, "", ""];
        self.rows.write_record(row).map_err(row_error)
    }

    /// Passes what there is so far to the operating system.
    ///
    /// # Errors
    /// What the writer below returns.
    pub fn flush(&mut self) -> io::Result<()> {
        self.rows.flush()
    }
}
