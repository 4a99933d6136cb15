//! Writes label maps: NIfTI, with the grid of an image.
//!
//! Each landmark is a cube about the voxel that is nearest to it, cut at the border. The voxels of the cubes
//! are few, and the image is written from its first voxel to its last, so that it is never held.

use super::error::WriteError;
use super::format::WriteOptions;
use super::nifti_header::{ImageType, nifti_header};
use super::parts::{in_voxels, number_of};
use super::point::{Grid, PointSet};
use crate::geometry::Hwd;
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;

const NAME: &str = "label-map";

/// Voxels of a cube that follow one another in the image.
struct Run {
    /// The place in the image behind the last of them.
    end: u64,
    value: usize,
    /// The place of the landmark in its file.
    place: usize,
}

/// The runs of all cubes by the place in the image where they begin.
type Cubes = BTreeMap<u64, Run>;

/// Writes a label map.
pub(super) fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let grid = options.grid.ok_or(WriteError::NeedsGrid { format: NAME })?;
    let cubes = cubes(set, &grid, options.cube)?;
    let largest = cubes.values().map(|run| run.value).max().unwrap_or(1);
    let size =
        [(255, 1), (65_535, 2)].into_iter().find(|&(most, _)| largest <= most).map_or(4, |(_, size)| size);
    if options.gzip {
        // No time stamp and no name: the same landmarks give the same bytes.
        let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::new(6));
        image(&mut packed, &grid, &cubes, size)?;
        packed.finish()?;
        return Ok(());
    }
    image(out, &grid, &cubes, size)
}

fn cubes(set: &PointSet, grid: &Grid, edge: usize) -> Result<Cubes, WriteError> {
    let (Hwd(lengths), reach) = (grid.lengths, (edge / 2) as u64);
    let mut cubes = Cubes::new();
    for (place, point, voxel) in in_voxels(set) {
        let centre = voxel.map(|x| (x + 0.5).floor());
        let is_inside = centre.iter().zip(lengths).all(|(&x, n)| x >= 0.0 && x < n as f64);
        if !is_inside {
            return Err(WriteError::Outside { name: point.name() });
        }
        let value = number_of(point, place);
        let ranges: [Range<u64>; 3] = std::array::from_fn(|axis| {
            let middle = centre[axis] as u64;
            middle.saturating_sub(reach)..(middle + reach + 1).min(lengths[axis] as u64)
        });
        let [along_h, along_w, along_d] = ranges;
        for (w, d) in along_d.flat_map(|d| along_w.clone().map(move |w| (w, d))) {
            let at = along_h.start + lengths[0] as u64 * (w + lengths[1] as u64 * d);
            let end = at + (along_h.end - along_h.start);
            // Runs do not overlap: of those that begin before the end of this one, only the last can.
            if let Some((_, other)) = cubes.range(..end).next_back()
                && other.end > at
            {
                let [first, second] = [other.place, place].map(|place| set.points[place].name());
                return Err(WriteError::Overlap { first, second });
            }
            cubes.insert(at, Run { end, value, place });
        }
    }
    Ok(cubes)
}

fn image(out: &mut dyn Write, grid: &Grid, cubes: &Cubes, size: usize) -> Result<(), WriteError> {
    let Hwd(lengths) = grid.lengths;
    let kind = match size {
        1 => ImageType::U8,
        2 => ImageType::U16,
        _ => ImageType::U32,
    };
    out.write_all(&nifti_header(&lengths.map(|n| n as u64), kind, &grid.affine))?;
    let voxels = lengths.iter().map(|&n| n as u64).product::<u64>();
    let mut written = 0;
    for (&at, run) in cubes {
        zeros(out, (at - written) * size as u64)?;
        for _ in at..run.end {
            out.write_all(&(run.value as u64).to_le_bytes()[..size])?;
        }
        written = run.end;
    }
    Ok(zeros(out, (voxels - written) * size as u64)?)
}

fn zeros(out: &mut dyn Write, mut count: u64) -> std::io::Result<()> {
    const ZEROS: [u8; 1 << 14] = [0; 1 << 14];
    while count > 0 {
        let now = count.min(ZEROS.len() as u64);
        out.write_all(&ZEROS[..now as usize])?;
        count -= now;
    }
    Ok(())
}
