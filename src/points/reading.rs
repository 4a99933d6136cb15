//! Reads a landmark file: finds its format by its content, and completes what it says.

use super::error::{PointsError, Problem};
use super::format::{Content, Format, ReadOptions};
use super::notice::Notice;
use super::point::{Grid, Point, PointSet, State};
use super::table::FORMATS;
use crate::geometry::{Hwd, Voxel, World};
use crate::memory;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The longest list of landmarks that is read, in bytes.
const LIMIT: u64 = 1 << 30;

/// So many of the first bytes tell text from an image.
const HEAD: u64 = 4096;

/// By how much positions in voxels and in mm may disagree, in mm.
const TOLERANCE: f64 = 0.1;

/// Reads a landmark file of any known format.
///
/// The format is told by the content, unless the options name it. With the grid of an image in the options,
/// every landmark that has a position has it both in voxels and in millimetres.
///
/// # Errors
/// [`PointsError`]: the file cannot be read, is in no known format, or is damaged; its format does not state
/// the frame of its coordinates, and the options do not either.
///
/// # Examples
/// ```
/// use softargmax::internals::points::{ReadOptions, State, read};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("truth.csv");
/// std::fs::write(&path, "label,x_mm_lps,y_mm_lps,z_mm_lps\nnasion,1,2,3\nsella,,,\n")?;
/// let set = read(&path, &ReadOptions::default())?;
/// assert_eq!(set.points[0].world.map(|world| world.0), Some([-1.0, -2.0, 3.0]));
/// assert_eq!(set.points[1].state, State::Missing);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: &Path, options: &ReadOptions) -> Result<PointSet, PointsError> {
    let read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let (bytes, is_text) = load(&mut file, length)?;
        parse(Content { path, bytes: &bytes, is_text }, options)
    };
    read().map_err(|problem| PointsError::new(path, problem))
}

/// Reads landmarks from a stream, which is called `-`, as [`read()`] does. Arrays and label maps are read
/// from files only.
///
/// # Errors
/// As [`read()`].
pub fn read_stream(stream: &mut dyn Read, options: &ReadOptions) -> Result<PointSet, PointsError> {
    let path = Path::new("-");
    let mut read = || match load(stream, 0)? {
        (_, false) => Err(Problem::Piped),
        (bytes, is_text) => parse(Content { path, bytes: &bytes, is_text }, options),
    };
    read().map_err(|problem| PointsError::new(path, problem))
}

fn parse(content: Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let format = options.format.map_or_else(|| recognise(&content), Ok)?;
    let mut set = (format.read)(&content, options)?;
    number_nameless(&mut set.points);
    Ok(PointSet { path: content.path.to_owned(), format: format.name, ..complete(set, options.grid) })
}

/// The bytes of a text, or the first ones of anything else. `length` is 0 if it is not known.
fn load(mut file: &mut dyn Read, length: u64) -> Result<(Vec<u8>, bool), Problem> {
    let mut bytes = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut bytes)?;
    if bytes.contains(&0) || bytes.starts_with(b"\x1f\x8b") {
        return Ok((bytes, false));
    }
    if length > LIMIT {
        return Err(Problem::TooLarge { limit: LIMIT, found: length });
    }
    memory::reserve(&mut bytes, usize::try_from(length).unwrap_or(usize::MAX))?;
    // A pipe has no length: it is held to the same limit.
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Problem::TooLarge { limit: LIMIT, found: bytes.len() as u64 });
    }
    Ok((bytes, true))
}

fn recognise(content: &Content<'_>) -> Result<&'static Format, Problem> {
    FORMATS.iter().find(|format| (format.sniff)(content)).ok_or_else(|| {
        let line: String = content.first_line().chars().take(80).collect();
        let found = match content.bytes {
            [] => "no bytes".to_owned(),
            _ if line.is_empty() => "other bytes".to_owned(),
            _ => format!("a file that begins with `{}`", crate::shown::text(&line)),
        };
        Problem::Unknown { known: FORMATS.iter().map(|format| format.name).collect(), found }
    })
}

/// An empty name is none, and a landmark with neither a name nor a channel has the number of its place: lists
/// of points that nobody has named are in an order.
fn number_nameless(points: &mut [Point]) {
    for (place, point) in points.iter_mut().enumerate() {
        point.label = point.label.take().filter(|label| !label.is_empty());
        if point.label.is_none() && point.c.is_none() && point.state != State::Unreadable {
            point.c = Some(place);
        }
    }
}

/// Gives landmarks in voxels their millimetres and the other way round, and notes what is suspicious.
fn complete(mut set: PointSet, grid: Option<Grid>) -> PointSet {
    if let Some(grid) = grid {
        let mut distance = 0.0_f64;
        for point in &mut set.points {
            distance = distance.max(place(point, &grid));
        }
        if distance > TOLERANCE {
            set.notices.push(Notice::GridDisagrees { distance_mm: distance });
        }
        set.notices.extend(outside(&set.points, &grid));
    }
    let count = set.points.iter().filter(|point| point.is_nonfinite()).count();
    set.notices.extend((count > 0).then_some(Notice::Nonfinite { count }));
    set.notices.extend(at_origin(&set.points));
    set.notices.extend(duplicates(&set.points));
    set
}

/// Completes a position; returns by how many mm the two that it already had disagree.
fn place(point: &mut Point, grid: &Grid) -> f64 {
    match (point.voxel, point.world) {
        (Some(voxel), None) => point.world = Some(grid.affine.apply(voxel)),
        (None, Some(world)) => point.voxel = grid.affine.voxel_of(world),
        (Some(voxel), Some(world)) => return grid.affine.apply(voxel).distance(world),
        (None, None) => {}
    }
    0.0
}

fn outside(points: &[Point], grid: &Grid) -> Option<Notice> {
    let Hwd(lengths) = grid.lengths;
    let is_outside = |point: &&Point| {
        point.voxel.is_some_and(|Voxel(voxel)| {
            voxel.iter().zip(lengths).any(|(&x, length)| x < -0.5 || x > length as f64 - 0.5)
        })
    };
    let mut found = points.iter().filter(is_outside);
    let first = found.next()?.name();
    Some(Notice::Outside { count: 1 + found.count(), first })
}

fn at_origin(points: &[Point]) -> Option<Notice> {
    let is_there =
        |point: &&Point| point.world == Some(World([0.0; 3])) || point.voxel == Some(Voxel([0.0; 3]));
    let mut found = points.iter().filter(is_there);
    let first = found.next()?.name();
    Some(Notice::AtOrigin { count: 1 + found.count(), first })
}

/// Names that several landmarks of one image have.
fn duplicates(points: &[Point]) -> Vec<Notice> {
    let mut counts: HashMap<_, (usize, usize)> = HashMap::new();
    for (place, point) in points.iter().enumerate() {
        if let (Some(label), false) = (&point.label, point.state == State::Unreadable) {
            let key = (label, &point.file, point.n, point.peak, &point.extra);
            counts.entry(key).or_insert((place, 0)).1 += 1;
        }
    }
    let mut doubled: Vec<(usize, usize, &String)> = counts
        .into_iter()
        .filter(|(_, (_, count))| *count > 1)
        .map(|((label, ..), (place, count))| (place, count, label))
        .collect();
    doubled.sort_unstable();
    doubled.into_iter().map(|(_, count, name)| Notice::Duplicate { name: name.clone(), count }).collect()
}
