//! The slices through landmarks: planes, the values on them, and the image below.

use super::exit::{Exit, Failure};
use super::hints;
use crate::geometry::{Affine, Hwd, Length, Placement, Voxel};
use crate::landmark::InputRecord;
use crate::picture::{Boxes, Convention, Grid, Plane, planes, sample};
use crate::pipeline::{Decoded, Volume};
use crate::plan::{Decoding, Plan};
use crate::shown;
use crate::source::{Location, SourceError};
use std::path::Path;

/// What every slice has in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) convention: Convention,
    /// How much of the volume it shows; as much as fits if it is not given.
    pub(super) field: Option<Length>,
    /// The most pixels and rows.
    pub(super) most: usize,
}

/// A slice: a plane, the values of the heatmap on it, and those of the image.
pub(super) struct Cut {
    pub(super) plane: Plane,
    /// Row by row.
    pub(super) heat: Vec<f64>,
    pub(super) image: Option<Layer>,
}

/// The image below a heatmap, whose pixels may be smaller.
pub(super) struct Layer {
    pub(super) columns: usize,
    /// Row by row.
    pub(super) values: Vec<f64>,
}

/// One input, of which slices are cut.
pub(super) struct Slicer {
    heatmaps: Volume,
    grid: Grid,
    placement: Placement,
    image: Option<Image>,
}

/// A volume that lies below the heatmaps.
struct Image {
    volume: Volume,
    affine: Option<Affine>,
}

/// A heatmap, as a picture reads it.
struct Heatmap<'a>(&'a mut Volume, (usize, usize));

impl Boxes for Heatmap<'_> {
    type Error = SourceError;

    fn lengths(&self) -> Hwd<usize> {
        self.0.lengths()
    }

    fn read(&mut self, first: Hwd<usize>, extent: Hwd<usize>) -> Result<&[f64], SourceError> {
        self.0.values(self.1, first, extent)
    }
}

impl Slicer {
    /// Opens an input again, which has been decoded, and its image.
    pub(super) fn open(plan: &Plan, input: &Location, image: Option<&Path>) -> Result<Slicer, Failure> {
        let decoding = Decoding { alternatives: Vec::new(), ..plan.decoding.clone() };
        let heatmaps = Volume::open(&decoding, input).map_err(|failed| again(input, &failed))?;
        let empty = InputRecord::default();
        let record = heatmaps.record().unwrap_or(&empty);
        let grid = Grid { lengths: record.lengths, affine: record.affine };
        let placement = record.placement;
        let image = image.map(|path| open_image(path, &grid, placement)).transpose()?;
        Ok(Slicer { heatmaps, grid, placement, image })
    }

    /// The slices through a voxel of a heatmap.
    pub(super) fn cuts(
        &mut self,
        heatmap: (usize, usize),
        about: Voxel,
        view: View,
    ) -> Result<Vec<Cut>, SourceError> {
        let field = field(&self.grid, view);
        let planes = planes(&self.grid, about, field, view.most, view.convention);
        let mut cuts = Vec::with_capacity(planes.len());
        for plane in planes {
            let mut boxes = Heatmap(&mut self.heatmaps, heatmap);
            let heat = sample(&mut boxes, &plane.map, plane.columns, plane.rows)?;
            let image = match &mut self.image {
                Some(image) => image.layer(&plane, &self.grid, self.placement, view.most)?,
                None => None,
            };
            cuts.push(Cut { plane, heat, image });
        }
        Ok(cuts)
    }
}

/// How many mm (without an affine voxels) a slice shows: what is asked for, or what fits; of small volumes
/// all.
fn field(grid: &Grid, view: View) -> f64 {
    let sizes = grid.affine.map_or([1.0; 3], |affine| affine.voxel_sizes().0);
    let least = sizes.into_iter().fold(f64::INFINITY, f64::min);
    match view.field {
        Some(Length::Millimetres(length)) => length,
        Some(Length::Voxels(length)) => length * least,
        None => {
            let longest = (0..3).map(|axis| grid.lengths.0[axis] as f64 * sizes[axis]).fold(0.0, f64::max);
            // To either side of the middle there is as much, and the landmark may be at an end.
            (view.most as f64 * least).min(2.0 * longest)
        }
    }
}

impl Image {
    /// The values of the image where the pixels of a plane lie; smaller ones if the image has them.
    fn layer(
        &mut self,
        plane: &Plane,
        grid: &Grid,
        placement: Placement,
        most: usize,
    ) -> Result<Option<Layer>, SourceError> {
        let to_image = |pixel: Voxel| {
            let voxel = Voxel(plane.map.apply(pixel).0);
            match (grid.affine, self.affine) {
                (Some(heat), Some(image)) => image.voxel_of(heat.apply(voxel)),
                _ => Some(placement.apply(voxel)),
            }
        };
        let Some(whole) = composed(to_image, 1) else { return Ok(None) };
        // How many voxels of the image a step to the right, and one down, is.
        let steps = [0, 1].map(|axis| whole.0.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt());
        let wanted = steps[0].max(steps[1]).round().max(1.0) as usize;
        let parts = wanted.min(most / plane.columns.max(plane.rows).max(1)).max(1);
        let Some(map) = composed(to_image, parts) else { return Ok(None) };
        let (columns, rows) = (plane.columns * parts, plane.rows * parts);
        let values = sample(&mut Heatmap(&mut self.volume, (0, 0)), &map, columns, rows)?;
        Ok(Some(Layer { columns, values }))
    }
}

/// The map from pixels, of which `parts` lie along each side of those that `map` takes, to where it leads.
fn composed(map: impl Fn(Voxel) -> Option<Voxel>, parts: usize) -> Option<Affine> {
    let part = 1.0 / parts as f64;
    let first = (part - 1.0) / 2.0;
    let Voxel(origin) = map(Voxel([first, first, 0.0]))?;
    let mut rows = [[0.0; 4]; 3];
    for axis in 0..3 {
        let mut at = [first, first, 0.0];
        at[axis] += if axis == 2 { 1.0 } else { part };
        let Voxel(moved) = map(Voxel(at))?;
        for (row, (to, from)) in rows.iter_mut().zip(moved.into_iter().zip(origin)) {
            (row[axis], row[3]) = (to - from, from);
        }
    }
    Some(Affine(rows))
}

fn open_image(path: &Path, grid: &Grid, placement: Placement) -> Result<Image, Failure> {
    let what = || format!("failed to read the image `{}`", shown::path(path));
    let location = Location::Path(path.to_owned());
    let volume = Volume::open(&Decoding::default(), &location).map_err(|failed| {
        let cause = failed.record.error.clone().unwrap_or_default();
        Failure::new(Exit::Unreadable, what(), cause, failed.error.as_ref().and_then(hints::input))
    })?;
    let affine = volume.record().and_then(|record| record.affine);
    // Of heatmaps that are coarser, or a part of the image, its size does not follow.
    let is_apart = affine.is_none() || grid.affine.is_none();
    let (Hwd(found), Hwd(wanted)) = (volume.lengths(), grid.lengths);
    if is_apart && placement == Placement::SAME && found != wanted {
        let [found, wanted] = [found, wanted].map(joined);
        let cause =
            format!("without an affine of both it must have the heatmap's {wanted} voxels, and has {found}");
        let hint = "`--reference`, or `--affine pixdim`, gives heatmaps an affine".to_owned();
        return Err(Failure::new(Exit::Unreadable, what(), cause, Some(hint)));
    }
    Ok(Image { volume, affine })
}

fn joined(lengths: [usize; 3]) -> String {
    lengths.map(|length| length.to_string()).join(" × ")
}

/// The failure of an input that cannot be read a second time.
pub(super) fn again(input: &Location, failed: &Decoded) -> Failure {
    let cause = failed.record.error.clone().unwrap_or_default();
    unread(input, cause)
}

/// As [`again`], with the reason.
pub(super) fn unread(input: &Location, cause: impl std::fmt::Display) -> Failure {
    let what = format!("failed to read `{input}` again");
    Failure::new(Exit::Unreadable, what, cause, Some("nothing may change while it is read".into()))
}

/// How far apart two positions in the voxels of heatmaps are, in mm; without an affine in voxels.
pub(super) fn distance(grid: &Grid, one: Voxel, other: Voxel) -> f64 {
    grid.affine.map_or_else(|| one.distance(other), |affine| affine.apply(one).distance(affine.apply(other)))
}
