//! Writes the project's own tables and JSON, with the names that `decode` gives to columns and keys.
//!
//! A column is there if one of the landmarks has something for it.

use super::error::WriteError;
use super::format::WriteOptions;
use super::json::{Json, numbers, object, or_null, text};
use super::parts::{decimal, io_error, json_line};
use super::point::{ErrorBar, Point, PointSet, State};
use crate::geometry::{Covariance, Frame, Voxel};
use crate::landmark::Status;
use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

/// Writes CSV.
pub(super) fn csv(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    write(out, set, options, b',')
}

/// Writes TSV.
pub(super) fn tsv(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    write(out, set, options, b'\t')
}

/// A number of a landmark, if it has it.
type Cell = Option<f64>;

/// The numbers of a landmark under some columns.
type Cells = Box<dyn Fn(&Point) -> Vec<Cell>>;

/// Some columns of numbers side by side: their names, and the numbers of a landmark.
struct Group {
    names: Vec<String>,
    cells: Cells,
}

impl Group {
    fn new(names: Vec<String>, cells: impl Fn(&Point) -> Vec<Cell> + 'static) -> Group {
        Group { names, cells: Box::new(cells) }
    }
}

fn spelled<const K: usize>(numbers: Option<[f64; K]>) -> Vec<Cell> {
    numbers.map_or(vec![None; K], |numbers| numbers.map(Some).to_vec())
}

/// The groups of columns of numbers that some landmark has something for.
fn groups(set: &PointSet, options: &WriteOptions) -> Vec<Group> {
    let frame = options.frame.unwrap_or_default();
    let suffix = frame.suffix();
    let mut groups = vec![
        Group::new(["h", "w", "d"].map(|axis| format!("{axis}_voxel")).into(), |point| {
            spelled(point.voxel.map(|Voxel(voxel)| voxel))
        }),
        Group::new(["x", "y", "z"].map(|axis| format!("{axis}_mm{suffix}")).into(), move |point| {
            spelled(point.world.map(|world| frame.from_ras(world).0))
        }),
        Group::new(covariance_names(["h", "w", "d"], "voxel2"), |point| {
            spelled(bar(point).covariance_voxel2.map(|covariance| covariance.0))
        }),
        Group::new(vec!["error95_voxel".into()], |point| vec![bar(point).error95_voxel]),
        Group::new(covariance_names(["x", "y", "z"], &format!("mm2{suffix}")), move |point| {
            spelled(bar(point).covariance_mm2.map(|ras| frame.covariance_from_ras(&ras).0))
        }),
        Group::new(vec!["error95_mm".into()], |point| vec![bar(point).error95_mm]),
    ];
    let has_any =
        |group: &Group| set.points.iter().any(|point| (group.cells)(point).iter().any(Option::is_some));
    let (voxel, world) = (has_any(&groups[0]), has_any(&groups[1]));
    // Without any position, the columns of mm are there and empty: a table needs coordinates.
    let mut place = 0;
    groups.retain(|group| {
        place += 1;
        match place {
            1 => voxel,
            2 => world || !voxel,
            _ => has_any(group),
        }
    });
    groups
}

fn bar(point: &Point) -> ErrorBar {
    point.error.unwrap_or_default()
}

fn covariance_names(axes: [&str; 3], unit: &str) -> Vec<String> {
    Covariance::names(axes).map(|name| format!("se_cov_{name}_{unit}")).into()
}

fn write(
    out: &mut dyn Write,
    set: &PointSet,
    options: &WriteOptions,
    delimiter: u8,
) -> Result<(), WriteError> {
    let groups = groups(set, options);
    let has_peaks = set.points.iter().any(|point| point.peak.is_some());
    let mut rows = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    let names = ["file", "n", "c"].into_iter().chain(has_peaks.then_some("peak")).chain(["label"]);
    let names = names.chain(set.columns.iter().map(String::as_str));
    let names = names.chain(groups.iter().flat_map(|group| group.names.iter().map(String::as_str)));
    rows.write_record(names.chain(["status", "flags", "reason"])).map_err(io_error)?;
    for point in &set.points {
        let file = point.file.as_deref().map(bytes).unwrap_or_default();
        rows.write_field(file).map_err(io_error)?;
        let mut fields: Vec<Cow<'_, str>> = Vec::new();
        let index = |index: Option<usize>| Cow::Owned(index.map(|i| i.to_string()).unwrap_or_default());
        fields.extend([index(point.n), index(point.c)]);
        fields.extend(has_peaks.then(|| index(point.peak)));
        fields.push(point.label.as_deref().unwrap_or_default().into());
        fields.extend(point.extra.iter().map(|cell| cell.as_deref().unwrap_or_default().into()));
        for cell in groups.iter().flat_map(|group| (group.cells)(point)) {
            fields.push(cell.map(|number| decimal(number, options)).unwrap_or_default().into());
        }
        fields.push(status(point).name().into());
        fields.push(point.flags.join(" ").into());
        fields.push(point.reason.as_deref().unwrap_or_default().into());
        for field in fields {
            rows.write_field(field.as_bytes()).map_err(io_error)?;
        }
        rows.write_record(None::<&[u8]>).map_err(io_error)?;
    }
    Ok(rows.flush()?)
}

/// The status as it was read, else that of the state.
fn status(point: &Point) -> Status {
    point.status.unwrap_or(match point.state {
        State::Present => Status::Ok,
        State::Missing => Status::Missing,
        State::Unreadable => Status::Unreadable,
    })
}

/// The bytes of a file name as the system has them.
fn bytes(file: &Path) -> Cow<'_, [u8]> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Cow::Borrowed(file.as_os_str().as_bytes())
    }
    #[cfg(not(unix))]
    Cow::Owned(file.to_string_lossy().into_owned().into_bytes())
}

/// Writes the document.
pub(super) fn json(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let frame = options.frame.unwrap_or_default();
    let settings = object([("order", text("hwd")), ("frame", text(frame.name()))]);
    out.write_all(b"{\"softargmax\":")?;
    json_line(out, &text(env!("CARGO_PKG_VERSION")), options)?;
    out.write_all(b",\"settings\":")?;
    json_line(out, &settings, options)?;
    out.write_all(b",\"inputs\":[")?;
    let mut before = "\n";
    for points in
        set.points.chunk_by(|a, b| a.file == b.file && a.extra == b.extra && is_alone(a) == is_alone(b))
    {
        out.write_all(before.as_bytes())?;
        before = ",\n";
        write_input(out, set, points, options, frame)?;
    }
    Ok(out.write_all(b"]}\n")?)
}

/// Whether it stands for an input that could not be read.
fn is_alone(point: &Point) -> bool {
    point.state == State::Unreadable && point.c.is_none()
}

fn write_input(
    out: &mut dyn Write,
    set: &PointSet,
    points: &[Point],
    options: &WriteOptions,
    frame: Frame,
) -> Result<(), WriteError> {
    let Some(first) = points.first() else { return Ok(()) };
    let mut head = names(first, set);
    let error =
        is_alone(first).then(|| first.reason.clone().unwrap_or_else(|| "it could not be read".into()));
    for key in ["format", "dtype", "shape", "layout", "affine", "affine_source"] {
        head.push((key.to_owned(), Json::Null));
    }
    head.push(("error".to_owned(), or_null(error, Json::Text)));
    head.push(("warnings".to_owned(), Json::List(Vec::new())));
    head.push(("landmarks".to_owned(), Json::List(Vec::new())));
    let mut bytes = Vec::new();
    json_line(&mut bytes, &Json::Object(head), options)?;
    // Without `]}`, which ends the input.
    bytes.truncate(bytes.len() - 2);
    out.write_all(&bytes)?;
    let mut comma = "\n";
    for point in points.iter().filter(|point| !is_alone(point)) {
        out.write_all(comma.as_bytes())?;
        comma = ",\n";
        json_line(out, &Json::Object(landmark(point, frame)), options)?;
    }
    Ok(out.write_all(b"]}")?)
}

/// Writes one line for each landmark, with its frame.
pub(super) fn ndjson(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let frame = options.frame.unwrap_or_default();
    for point in &set.points {
        let mut entries = names(point, set);
        entries.push(("frame".to_owned(), text(frame.name())));
        entries.extend(landmark(point, frame));
        if is_alone(point) {
            let error = point.reason.clone().unwrap_or_else(|| "it could not be read".into());
            entries.push(("error".to_owned(), Json::Text(error)));
        }
        json_line(out, &Json::Object(entries), options)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The name of the file, and the further columns.
fn names(point: &Point, set: &PointSet) -> Vec<(String, Json)> {
    let file = point.file.as_deref();
    let mut entries = vec![("file".to_owned(), or_null(file, |file| text(&file.to_string_lossy())))];
    if let Some(file) = file.filter(|file| file.to_str().is_none()) {
        use base64::Engine as _;
        let coded = base64::engine::general_purpose::STANDARD.encode(bytes(file));
        entries.push(("file_bytes".to_owned(), Json::Text(coded)));
    }
    for (column, cell) in set.columns.iter().zip(&point.extra) {
        entries.push((column.clone(), or_null(cell.clone(), Json::Text)));
    }
    entries
}

fn landmark(point: &Point, frame: Frame) -> Vec<(String, Json)> {
    let mut entries = Vec::new();
    let mut add = |key: &str, value: Json| entries.push((key.to_owned(), value));
    add("n", or_null(point.n, Json::Whole));
    add("c", or_null(point.c, Json::Whole));
    if let Some(peak) = point.peak {
        add("peak", Json::Whole(peak));
    }
    add("label", or_null(point.label.clone(), Json::Text));
    add("voxel", or_null(point.voxel, |Voxel(voxel)| numbers(&voxel)));
    add("world", or_null(point.world, |world| numbers(&frame.from_ras(world).0)));
    if let Some(bar) = &point.error {
        add("uncertainty", uncertainty(bar, frame));
    }
    add("status", text(status(point).name()));
    add("flags", Json::List(point.flags.iter().map(|flag| text(flag)).collect()));
    add("reason", or_null(point.reason.clone(), Json::Text));
    entries
}

fn uncertainty(bar: &ErrorBar, frame: Frame) -> Json {
    let mut entries: Vec<(String, Json)> = Vec::new();
    let mut covariance = |axes, unit: &str, found: Option<Covariance>| {
        let values = found.iter().flat_map(|covariance| covariance.0);
        entries.extend(covariance_names(axes, unit).into_iter().zip(values.map(Json::Number)));
    };
    covariance(["h", "w", "d"], "voxel2", bar.covariance_voxel2);
    let unit = format!("mm2{}", frame.suffix());
    covariance(["x", "y", "z"], &unit, bar.covariance_mm2.map(|ras| frame.covariance_from_ras(&ras)));
    for (key, radius) in [("error95_voxel", bar.error95_voxel), ("error95_mm", bar.error95_mm)] {
        entries.extend(radius.map(|radius| (key.to_owned(), Json::Number(radius))));
    }
    Json::Object(entries)
}
