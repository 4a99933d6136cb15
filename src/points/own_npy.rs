//! Coordinates alone as an array, `.npy`: f64 of shape (samples, channels, 3), or (samples, channels, peaks,
//! 3), with NaN for what is missing.
//!
//! An array states neither a unit nor a frame.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::parts::{all_in_mm, ras};
use super::point::{Point, PointSet, State};
use crate::geometry::{Frame, MemoryOrder, Voxel, byte_length};
use crate::memory;
use crate::npy_header::npy_header;
use crate::source::{self, Location, OpenOptions, Opened, SourceError};
use std::io::Write;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["npy"],
    summary: "coordinates alone, an array of shape (samples, channels, 3)",
    states_frame: false,
    holds: Holds {
        space: Space::Either,
        images: false,
        labels: false,
        missing: true,
        doubled: false,
        remarks: false,
        numbers: true,
    },
    sniff: |content| content.bytes.starts_with(b"\x93NUMPY"),
    read,
    write: Some(write),
    sidecar: None,
};

const NAME: &str = "npy";

/// Values that are read together.
const CHUNK: usize = 3 << 12;

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    if !options.in_voxels && options.from_frame.is_none() {
        return Err(Problem::NoUnit { format: NAME });
    }
    let Opened { header, values } =
        source::open(&Location::Path(content.path.to_owned()), &OpenOptions::default())?;
    let shape: Vec<usize> = header.shape.iter().map(|&n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
    let (samples, channels, peaks) = match shape[..] {
        [c, 3] => (1, c, None),
        [n, c, 3] => (n, c, None),
        [n, c, k, 3] => (n, c, Some(k)),
        _ => {
            let shape = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Problem::Unexpected {
                expected: "shape (samples, channels, 3)".to_owned(),
                found: format!("({shape})"),
            });
        }
    };
    if header.order == MemoryOrder::Fortran && shape.len() > 1 && samples * channels > 1 {
        return Err(Problem::Unexpected {
            expected: "an array in C order".into(),
            found: "Fortran order".into(),
        });
    }
    let (element, mut numbers, mut all) = (header.element, vec![0.0; CHUNK], Vec::new());
    let length = byte_length(&header.shape, element.size()).map_err(|_| Problem::Unexpected {
        expected: "an array".to_owned(),
        found: "a shape beyond all memory".to_owned(),
    })?;
    values.read_all(length, CHUNK * element.size(), |bytes| {
        let numbers = &mut numbers[..bytes.len() / element.size()];
        element.widen_f64(bytes, numbers);
        memory::reserve(&mut all, numbers.len())?;
        all.extend_from_slice(numbers);
        Ok::<(), SourceError>(())
    })?;
    points(&all, (samples, channels, peaks), options)
}

fn points(
    all: &[f64],
    (_, channels, peaks): (usize, usize, Option<usize>),
    options: &ReadOptions,
) -> Result<PointSet, Problem> {
    let (mut set, each) = (PointSet::default(), peaks.unwrap_or(1).max(1));
    let (triples, _) = all.as_chunks::<3>();
    memory::reserve(&mut set.points, triples.len())?;
    for (place, &position) in triples.iter().enumerate() {
        let heatmap = place / each;
        let mut point = Point {
            n: Some(heatmap / channels.max(1)),
            c: Some(heatmap % channels.max(1)),
            peak: peaks.map(|_| place % each),
            ..Point::default()
        };
        match options.from_frame {
            Some(frame) if !options.in_voxels => point.set_world(ras(position, frame)),
            _ => point.set_voxel(Voxel(position)),
        }
        set.points.push(point.settled());
    }
    Ok(set)
}

fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let in_mm = all_in_mm(set, NAME)?;
    let frame = options.frame.unwrap_or(Frame::Ras);
    let points = || set.points.iter().enumerate().filter(|(_, point)| point.state != State::Unreadable);
    let channel = |place: usize, point: &Point| point.c.unwrap_or(place);
    let channels = points().map(|(place, point)| channel(place, point) + 1).max().unwrap_or(0);
    if channels > set.points.len().max(1 << 12) {
        let (expected, name) = ("channels that follow one another", format!("c {}", channels - 1));
        return Err(WriteError::NeedsNumber { format: NAME, expected, name });
    }
    let mut all = vec![[f64::NAN; 3]; channels];
    for (place, point) in points() {
        let position = if in_mm {
            point.world.map(|world| frame.from_ras(world).0)
        } else {
            point.voxel.map(|Voxel(voxel)| voxel)
        };
        all[channel(place, point)] = position.unwrap_or([f64::NAN; 3]);
    }
    out.write_all(&npy_header("<f8", &[1, channels as u64, 3]))?;
    for number in all.into_iter().flatten() {
        // −0 + 0 is 0.
        out.write_all(&(number + 0.0).to_le_bytes())?;
    }
    Ok(())
}
