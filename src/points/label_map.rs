//! Label maps: images whose values are landmarks, and 0 elsewhere.
//!
//! *Definition*: value v is channel v − 1, as nnU-Net numbers classes (nnLandmark, arXiv:2504.06742, trains
//! on cubes of 3×3×3 voxels), and its landmark is the centroid of its voxels, as Spinal Cord Toolbox and
//! VerSe take it. A missing landmark has no voxel: values below the largest that are absent are read as
//! missing.

use super::error::Problem;
use super::format::{Content, Format, Holds, ReadOptions, Space};
use super::label_map_write;
use super::notice::Notice;
use super::point::{Point, PointSet, State};
use crate::geometry::{FIRST_AXES, MemoryOrder, Voxel, byte_length};
use crate::memory;
use crate::source::{self, Header, Location, OpenOptions, Opened};
use std::collections::{BTreeMap, HashSet};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["nii.gz", "nii"],
    summary: "an image of whole numbers, one a landmark (NIfTI; MetaImage and NRRD are read too)",
    states_frame: true,
    holds: Holds {
        space: Space::Voxel,
        images: false,
        labels: false,
        missing: false,
        doubled: false,
        remarks: false,
        numbers: true,
    },
    sniff: |content| {
        let magic = |range: std::ops::Range<usize>| content.bytes.get(range).is_some_and(is_magic);
        let is_nifti = content.bytes.starts_with(b"\x1f\x8b") || magic(344..347) || magic(4..7);
        !content.is_text && is_nifti || HEADERS.iter().any(|header| content.bytes.starts_with(header))
    },
    read,
    write: Some(label_map_write::write),
    sidecar: None,
};

const NAME: &str = "label-map";

/// How MetaImage and NRRD begin: with text, as no list of landmarks does.
const HEADERS: [&[u8]; 4] = [b"NRRD000", b"ObjectType", b"NDims", b"Comment = "];

fn is_magic(bytes: &[u8]) -> bool {
    [b"n+1", b"ni1", b"n+2", b"ni2"].iter().any(|magic| bytes == *magic)
}

/// Values that are read together.
const CHUNK: usize = 1 << 15;

/// More values than this are no landmarks.
const MOST: usize = 1 << 16;

/// Absent values become rows up to this many landmarks; a map of few tissues with large numbers has none.
const MOST_MISSING: u64 = 4096;

/// Voxels of a value that are remembered, to see whether they touch.
const REMEMBERED: usize = 4096;

/// What is known of one value.
#[derive(Default)]
struct Value {
    count: u64,
    /// The sum of the voxels: exact, as long as there are fewer than 2^53 voxel lengths in it.
    sum: [f64; 3],
    /// The first voxels.
    voxels: Vec<[u32; 3]>,
}

fn read(content: &Content<'_>, _: &ReadOptions) -> Result<PointSet, Problem> {
    // A stream is not there to be opened again.
    if content.path.as_os_str() == "-" {
        return Err(Problem::Piped);
    }
    let location = Location::Path(content.path.to_owned());
    let Opened { header, values } = source::open(&location, &OpenOptions::default())?;
    let lengths = lengths(&header)?;
    let Header { element, scaling, .. } = header;
    let bytes = byte_length(&header.shape, element.size()).map_err(|_| Problem::Unexpected {
        expected: "an image".to_owned(),
        found: "a shape beyond all memory".to_owned(),
    })?;
    let mut map = Map { lengths, order: header.order, at: 0, values: BTreeMap::new() };
    let mut numbers = vec![0.0; CHUNK];
    let notices = values.read_all(bytes, CHUNK * element.size(), |bytes| {
        let numbers = &mut numbers[..bytes.len() / element.size()];
        element.widen_f64(bytes, numbers);
        numbers.iter().try_for_each(|&stored| map.add(scaling.apply(stored)))
    })?;
    let affine = header.placed_affine().map(|named| named.affine);
    let mut set = map.points();
    for point in &mut set.points {
        point.world = affine.zip(point.voxel).map(|(affine, voxel)| affine.apply(voxel));
    }
    let all = header.notices.iter().chain(&notices).filter(|notice| notice.is_about_values());
    set.notices.extend(all.map(|notice| Notice::Image { text: notice.to_string() }));
    Ok(set)
}

/// The lengths of a volume along its axes of space; all others must have the length 1.
fn lengths(header: &Header) -> Result<[u64; 3], Problem> {
    let axes = header.affines.first().map_or(FIRST_AXES, |named| named.axes);
    let length = |axis: usize| header.shape.get(axis).copied().unwrap_or(1);
    let has_more = (0..header.shape.len()).any(|axis| !axes.contains(&axis) && length(axis) != 1);
    if has_more || header.affine_kinds.is_empty() {
        let shape = header.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Problem::Unexpected {
            expected: "a volume (NIfTI, MetaImage, NRRD) whose values are landmarks".to_owned(),
            found: format!("{} of shape ({shape})", header.format),
        });
    }
    Ok(axes.map(length))
}

/// A label map that is being read.
struct Map {
    lengths: [u64; 3],
    order: MemoryOrder,
    at: u64,
    values: BTreeMap<u64, Value>,
}

impl Map {
    /// Takes the value of the next voxel.
    fn add(&mut self, value: f64) -> Result<(), Problem> {
        let at = self.at;
        self.at += 1;
        if value == 0.0 {
            return Ok(());
        }
        let voxel = self.voxel(at);
        if !(value > 0.0 && value.fract() == 0.0 && value <= 4_294_967_295.0) {
            let expected = "whole numbers from 0, one for each landmark".to_owned();
            let place = format!("voxel ({}, {}, {})", voxel[0], voxel[1], voxel[2]);
            return Err(Problem::At { place, expected, found: value.to_string() });
        }
        let known = self.values.len();
        let found = self.values.entry(value as u64).or_default();
        if found.count == 0 && known == MOST {
            return Err(Problem::Unexpected {
                expected: format!("at most {MOST} landmarks"),
                found: "more different values: this looks like an image".to_owned(),
            });
        }
        found.count += 1;
        for (sum, at) in found.sum.iter_mut().zip(voxel) {
            *sum += at as f64;
        }
        if found.voxels.len() < REMEMBERED {
            memory::push(&mut found.voxels, voxel.map(|at| at as u32))?;
        }
        Ok(())
    }

    fn voxel(&self, at: u64) -> [u64; 3] {
        let [h, w, d] = self.lengths;
        match self.order {
            MemoryOrder::Fortran => [at % h, at / h % w, at / h / w],
            MemoryOrder::C => [at / d / w, at / d % w, at % d],
        }
    }

    fn points(self) -> PointSet {
        let mut set = PointSet::default();
        let largest = self.values.keys().next_back().copied().unwrap_or(0);
        let absent = (1..=largest.min(1 << 20)).filter(|value| !self.values.contains_key(value));
        if let Some(first) = absent.clone().next() {
            set.notices.push(Notice::Holes { count: absent.clone().count(), first });
        }
        if largest <= MOST_MISSING {
            let missing =
                |value| Point { c: Some(value as usize - 1), state: State::Missing, ..Point::default() };
            set.points.extend(absent.map(missing));
        }
        for (&value, found) in &self.values {
            let mut point = Point { c: usize::try_from(value - 1).ok(), ..Point::default() };
            point.set_voxel(Voxel(found.sum.map(|sum| sum / found.count as f64)));
            set.points.push(point);
            let count = pieces(&found.voxels);
            if count > 1 && found.voxels.len() < REMEMBERED {
                set.notices.push(Notice::Pieces { value, count });
            }
        }
        set.points.sort_by_key(|point| point.c);
        set
    }
}

/// How many pieces voxels are in: those that share a face, an edge or a corner are one.
fn pieces(voxels: &[[u32; 3]]) -> usize {
    let mut left: HashSet<[u32; 3]> = voxels.iter().copied().collect();
    let mut count = 0;
    for &start in voxels {
        if !left.remove(&start) {
            continue;
        }
        count += 1;
        let mut open = vec![start];
        while let Some([h, w, d]) = open.pop() {
            for step in 0..27_u32 {
                let moved = |at: u32, by: u32| (at + by).checked_sub(1);
                let near = (moved(h, step % 3), moved(w, step / 3 % 3), moved(d, step / 9));
                if let (Some(h), Some(w), Some(d)) = near
                    && left.remove(&[h, w, d])
                {
                    open.push([h, w, d]);
                }
            }
        }
    }
    count
}

/// The affine and the lengths of an image, for [`Grid`](super::Grid); `None` if it has no affine.
///
/// # Errors
/// The image cannot be read.
pub fn grid_of(path: &std::path::Path) -> Result<Option<super::Grid>, source::SourceError> {
    let Opened { header, values } = source::open(&Location::Path(path.to_owned()), &OpenOptions::default())?;
    // Damage to a compressed header shows only in the checksum behind the values.
    values.verify()?;
    let placed = header.placed_affine();
    Ok(placed.map(|named| super::Grid { affine: named.affine, lengths: named.lengths(&header.shape) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_by_hand() {
        assert_eq!(pieces(&[]), 0);
        assert_eq!(pieces(&[[0, 0, 0], [1, 1, 1], [2, 2, 2]]), 1);
        assert_eq!(pieces(&[[0, 0, 0], [0, 0, 2], [0, 0, 3]]), 2);
    }
}
