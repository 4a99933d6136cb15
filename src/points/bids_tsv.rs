//! Points in a BIDS dataset: a `.tsv` with the columns `name`, `x`, `y`, `z`, and a sidecar that says what
//! they mean.
//!
//! *Definition*: the Brain Imaging Data Structure 1.10, `electrodes.tsv` and `coordsystem.json`. A missing
//! position is `n/a`. The sidecar of `sub-01_electrodes.tsv` is `sub-01_coordsystem.json`, that of any other
//! `a.tsv` is `a.json`; its keys end in `CoordinateSystem` and `CoordinateUnits`, whatever they begin with.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Sidecar, Space, WriteOptions};
use super::json::{Json, object, text};
use super::parts::{Fields, decimals, io_error, json_line, label_of, ras, row_problem, rows};
use super::point::{Point, PointSet, State};
use crate::geometry::{Frame, Voxel};
use csv::StringRecord;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["tsv"],
    summary: "points in a BIDS dataset: name, x, y, z, with a sidecar",
    states_frame: true,
    holds: Holds {
        space: Space::World,
        images: false,
        labels: true,
        missing: true,
        doubled: false,
        remarks: false,
        numbers: false,
    },
    sniff: |content| {
        let columns: Vec<&str> = content.first_line().split('\t').collect();
        ["name", "x", "y", "z"].iter().all(|column| columns.contains(column))
    },
    read,
    write: Some(write),
    sidecar: Some(Sidecar { path: sidecar, write: write_sidecar }),
};

const NAME: &str = "bids-tsv";

/// What coordinates are.
#[derive(Clone, Copy)]
enum System {
    /// Of so many mm.
    World(Frame, f64),
    Voxel,
}

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let system = system(content.path, options)?;
    let (mut reader, mut row) = (rows(content.text()?, b'\t'), StringRecord::new());
    let mut header: Vec<String> = Vec::new();
    if reader.read_record(&mut row).map_err(row_problem)? {
        header = row.iter().map(str::to_owned).collect();
    }
    let at = |name: &str| header.iter().position(|column| column == name);
    let [Some(name), Some(x), Some(y), Some(z)] = ["name", "x", "y", "z"].map(at) else {
        return Err(Problem::Unexpected {
            expected: "columns name, x, y, z".into(),
            found: header.join(", "),
        });
    };
    let others: Vec<usize> = (0..header.len()).filter(|at| ![name, x, y, z].contains(at)).collect();
    let mut set =
        PointSet { columns: others.iter().map(|&at| header[at].clone()).collect(), ..PointSet::default() };
    while reader.read_record(&mut row).map_err(row_problem)? {
        let fields = Fields { row: &row };
        let text = |at: usize| fields.text(at).filter(|text| *text != "n/a").map(str::to_owned);
        let mut point = Point { label: text(name), ..Point::default() };
        point.extra = others.iter().map(|&at| text(at)).collect();
        let position = fields.each([x, y, z])?;
        match system {
            System::World(frame, factor) => point.set_world(ras(position.map(|x| x * factor), frame)),
            System::Voxel => point.set_voxel(Voxel(position)),
        }
        set.points.push(point.settled());
    }
    Ok(set)
}

/// What the sidecar says, else what was said.
fn system(path: &Path, options: &ReadOptions) -> Result<System, Problem> {
    let said = match options.from_frame {
        _ if options.in_voxels => Some(System::Voxel),
        frame => frame.map(|frame| System::World(frame, 1.0)),
    };
    let sidecar = sidecar(path);
    let Ok(bytes) = std::fs::read(&sidecar) else { return said.ok_or(Problem::NoUnit { format: NAME }) };
    let json: Json = serde_json::from_slice(&bytes)?;
    let ending =
        |end: &str| json.entries().iter().find(|(key, _)| key.ends_with(end)).map(|(_, value)| value);
    let unexpected = |expected: &str, found: Option<&str>| Problem::Unexpected {
        expected: format!("{expected} in the sidecar"),
        found: found.map_or("none".to_owned(), |found| format!("`{found}`")),
    };
    let unit = ending("CoordinateUnits").and_then(Json::text);
    let factor = match unit {
        Some("mm") => 1.0,
        Some("cm") => 10.0,
        Some("m") => 1000.0,
        Some("pixels") => return Ok(System::Voxel),
        other => return Err(unexpected("CoordinateUnits mm, cm, m or pixels", other)),
    };
    let name = ending("CoordinateSystem").and_then(Json::text);
    let stated = match name {
        // Spaces that BIDS defines as RAS+: the scanner, AC-PC, and MNI's templates.
        Some(name) if name == "ScanRAS" || name == "ACPC" || name.starts_with("MNI") || name == "RAS" => {
            Some(Frame::Ras)
        }
        Some("LPS") => Some(Frame::Lps),
        _ => None,
    };
    match (stated, options.from_frame) {
        (Some(stated), Some(asked)) if stated != asked => Err(Problem::FrameStated { stated, asked }),
        (Some(frame), _) | (None, Some(frame)) => Ok(System::World(frame, factor)),
        (None, None) => Err(unexpected("a CoordinateSystem whose axes are known, such as ScanRAS,", name)),
    }
}

/// Where the sidecar of a table is.
fn sidecar(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.strip_suffix("_electrodes.tsv") {
        Some(stem) => path.with_file_name(format!("{stem}_coordsystem.json")),
        None => path.with_extension("json"),
    }
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let frame = options.frame.unwrap_or(Frame::Ras);
    let mut rows = csv::WriterBuilder::new().delimiter(b'\t').from_writer(out);
    rows.write_record(["name", "x", "y", "z"]).map_err(io_error)?;
    for (place, point) in set.points.iter().enumerate().filter(|(_, p)| p.state != State::Unreadable) {
        let position = point.world.map(|world| decimals(frame.from_ras(world).0, options));
        let [x, y, z] = position.unwrap_or_else(|| ["n/a"; 3].map(str::to_owned));
        rows.write_record([label_of(point, place), x, y, z]).map_err(io_error)?;
    }
    Ok(rows.flush()?)
}

fn write_sidecar(out: &mut dyn Write, _: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let (system, axes) = match options.frame.unwrap_or(Frame::Ras) {
        Frame::Ras => ("ScanRAS", "x to the right, y to the front, z up"),
        Frame::Lps => ("LPS", "x to the left, y to the back, z up"),
    };
    let json = object([
        ("iEEGCoordinateSystem", text(system)),
        ("iEEGCoordinateSystemDescription", text(&format!("The world of the image: {axes}"))),
        ("iEEGCoordinateUnits", text("mm")),
    ]);
    json_line(out, &json, options)?;
    Ok(out.write_all(b"\n")?)
}
