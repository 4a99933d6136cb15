//! The wide tables of Payer's landmark networks: no header, and in each row an image with its landmarks.
//!
//! *Definition*: `MedicalDataAugmentationTool`, `utils/io/landmark.py` (Payer et al. 2019,
//! doi:10.1016/j.media.2019.03.007): the name of the image, then x, y, z of every landmark, always in the
//! same order; `nan` if it is missing. The table states neither a unit nor a frame.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::parts::{Fields, all_in_mm, decimal, io_error, ras, row_problem, rows};
use super::point::{Point, PointSet, State};
use crate::geometry::{Frame, Voxel};
use csv::StringRecord;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["csv"],
    summary: "wide tables of Payer's networks: image,x,y,z,x,y,z,…",
    states_frame: false,
    holds: Holds {
        space: Space::Either,
        images: true,
        labels: false,
        missing: true,
        doubled: false,
        remarks: false,
        numbers: true,
    },
    sniff,
    read,
    write: Some(write),
    sidecar: None,
};

const NAME: &str = "payer-csv";

/// A name, and then numbers in threes.
fn sniff(content: &Content<'_>) -> bool {
    let fields: Vec<&str> = content.first_line().split(',').map(str::trim).collect();
    let is_number = |field: &&str| field.is_empty() || field.parse::<f64>().is_ok();
    fields.len() >= 4 && fields.len() % 3 == 1 && fields[1..].iter().all(is_number)
}

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    if !options.in_voxels && options.from_frame.is_none() {
        return Err(Problem::NoUnit { format: NAME });
    }
    let (mut reader, mut row) = (rows(content.text()?, b','), StringRecord::new());
    let (mut set, mut expected) = (PointSet::default(), None);
    while reader.read_record(&mut row).map_err(row_problem)? {
        let fields = Fields { row: &row };
        if row.len() % 3 != 1 || expected.is_some_and(|expected| expected != row.len()) {
            let expected = expected.map_or("an image and coordinates in threes".to_owned(), |n| {
                format!("{n} fields, as in the first row")
            });
            return Err(fields.at(&expected, &format!("{} fields", row.len())));
        }
        expected = Some(row.len());
        let file = fields.text(0).ok_or_else(|| fields.at("the name of an image", "nothing"))?;
        for c in 0..row.len() / 3 {
            let mut point = Point { file: Some(file.into()), c: Some(c), ..Point::default() };
            let position = fields.triple(1 + 3 * c)?;
            match options.from_frame {
                Some(frame) if !options.in_voxels => point.set_world(ras(position, frame)),
                _ => point.set_voxel(Voxel(position)),
            }
            set.points.push(point.settled());
        }
    }
    Ok(set)
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let in_mm = all_in_mm(set, NAME)?;
    let frame = options.frame.unwrap_or(Frame::Lps);
    let mut images: BTreeMap<Option<&Path>, BTreeMap<usize, &Point>> = BTreeMap::new();
    let (mut order, mut channels) = (Vec::new(), 0);
    for (place, point) in set.points.iter().enumerate().filter(|(_, p)| p.state != State::Unreadable) {
        let file = point.file.as_deref();
        if !images.contains_key(&file) {
            order.push(file);
        }
        let c = point.c.unwrap_or(place);
        channels = channels.max(c + 1);
        images.entry(file).or_default().insert(c, point);
    }
    // Landmarks are in threes in every row: a large channel number alone would make it long.
    let widest = set.points.len().max(1 << 12);
    if channels > widest {
        let name = format!("c {}", channels - 1);
        return Err(WriteError::NeedsNumber {
            format: NAME,
            expected: "channels that follow one another",
            name,
        });
    }
    let mut rows = csv::WriterBuilder::new().from_writer(out);
    for file in order {
        let name = file.map_or("image".into(), Path::to_string_lossy);
        rows.write_field(name.as_bytes()).map_err(io_error)?;
        for c in 0..channels {
            let point = images[&file].get(&c);
            let position = point.and_then(|point| {
                if in_mm {
                    point.world.map(|world| frame.from_ras(world).0)
                } else {
                    point.voxel.map(|Voxel(voxel)| voxel)
                }
            });
            for x in position.unwrap_or([f64::NAN; 3]) {
                let text = if x.is_nan() { "nan".to_owned() } else { decimal(x, options) };
                rows.write_field(text).map_err(io_error)?;
            }
        }
        rows.write_record(None::<&[u8]>).map_err(io_error)?;
    }
    Ok(rows.flush()?)
}
