//! Several landmarks of one heatmap: reads it again for its peaks, and once more about each of them.

use super::window::Windows;
use crate::error::InputError;
use crate::geometry::{Block, Voxel};
use crate::kernel::peaks::{Maxima, Spacing, Take, kept, peaks};
use crate::kernel::{Record, Several};
use crate::landmark::{InputRecord, Landmark, Status};
use crate::prepare::Prepared;
use crate::source::{ReadAt, SourceError};

/// Voxels that are read at once, about, unless a plane has more.
const AT_ONCE: usize = 1 << 16;

/// Which peaks an input is asked for.
pub(super) struct Peaks {
    several: Several,
    spacing: Spacing,
}

impl Peaks {
    /// For an input whose record is complete.
    pub(super) fn new(several: Several, record: &InputRecord, is_volume: bool) -> Result<Peaks, InputError> {
        let spacing = several.spacing(record.lengths, record.affine);
        let spacing = spacing.ok_or(InputError::NoMillimetres { is_volume })?;
        Ok(Peaks { several, spacing })
    }

    /// Adds the landmarks of a heatmap, whose answer is `first`, to `landmarks`.
    pub(super) fn find(
        &self,
        prepared: &Prepared,
        windows: &mut Windows,
        values: &dyn ReadAt,
        (heatmap, record): (usize, &Record),
        first: &Landmark,
        landmarks: &mut Vec<Landmark>,
    ) -> Result<(), SourceError> {
        if first.status != Status::Ok {
            self.absent(first, landmarks);
            return Ok(());
        }
        let start = landmarks.len();
        let peaks = self.peaks(prepared, windows, values, (heatmap, record))?;
        for (peak, (key, height)) in peaks.into_iter().enumerate() {
            let voxel = self.spacing.voxel(key);
            // The highest peak is the largest voxel, whose answer is there.
            if peak == 0 && first.hard == Some(Voxel(voxel.map(|i| i as f64))) {
                landmarks.push(*first);
                continue;
            }
            let window =
                windows.read(prepared, values, heatmap, prepared.kernel.window_at(voxel).as_slice())?;
            let place = (peak, voxel, height);
            landmarks.push(prepared.kernel.landmark_at(place, record, first, window));
        }
        self.complete(start, first, landmarks);
        Ok(())
    }

    /// Adds the landmarks of a heatmap that has no peaks beside its answer.
    pub(super) fn absent(&self, first: &Landmark, landmarks: &mut Vec<Landmark>) {
        landmarks.push(*first);
        self.complete(landmarks.len() - 1, first, landmarks);
    }

    /// Adds those that are absent to the landmarks of a heatmap, which begin at `start`, and gives all their ratio.
    fn complete(&self, start: usize, first: &Landmark, landmarks: &mut Vec<Landmark>) {
        let highest =
            landmarks.get(start).and_then(|landmark| landmark.peak_value).filter(|&value| value > 0.0);
        for landmark in &mut landmarks[start..] {
            let ratio = landmark.peak_value.zip(highest).map(|(value, highest)| value / highest);
            landmark.peak_ratio = ratio.filter(|ratio| ratio.is_finite());
        }
        let status = match first.status {
            Status::Ok | Status::Flat => Status::Missing,
            status => status,
        };
        landmarks.extend((landmarks.len() - start..self.several.count).map(|peak| Landmark {
            peak,
            status,
            position: None,
            hard: None,
            peak_value: None,
            peak_ratio: None,
            spread: None,
            window_mass: None,
            fit: None,
            ..*first
        }));
    }

    /// The peaks of a heatmap: their indices in logical order, and their heights.
    fn peaks(
        &self,
        prepared: &Prepared,
        windows: &mut Windows,
        values: &dyn ReadAt,
        (heatmap, record): (usize, &Record),
    ) -> Result<Vec<(u64, f64)>, SourceError> {
        let (kernel, count) = (&prepared.kernel, self.several.count);
        let floor = kernel.floor(&self.several, record);
        if prepared.element.is_beyond_f64() {
            let mut heights = Vec::new();
            let found = peaks(count, &self.spacing, kept(count), |take| {
                sweep(prepared, kernel.exact_maxima(), take, |block, maxima, length, take| {
                    let (stored, keys) = windows.read_exactly(prepared, values, heatmap, block)?;
                    kernel.exact_heights(stored, keys, floor, &mut heights);
                    heights.chunks_exact(length).for_each(|plane| maxima.plane(plane, take));
                    Ok(())
                })
            })?;
            return Ok(found.into_iter().map(|one| (one.key, one.height.0)).collect());
        }
        let mut heights = Vec::new();
        let found = peaks(count, &self.spacing, kept(count), |take| {
            sweep(prepared, kernel.maxima(), take, |block, maxima, length, take| {
                let stored = windows.read(prepared, values, heatmap, std::slice::from_ref(block))?;
                kernel.heights(stored, floor, &mut heights);
                heights.chunks_exact(length).for_each(|plane| maxima.plane(plane, take));
                Ok(())
            })
        })?;
        Ok(found.into_iter().map(|one| (one.key, one.height)).collect())
    }
}

/// Has `look` take in a heatmap, some planes at a time, given as their box and the voxels of one of them.
fn sweep<T: Copy + PartialOrd>(
    prepared: &Prepared,
    mut maxima: Maxima<T>,
    take: &mut Take<'_, T>,
    mut look: impl FnMut(&Block, &mut Maxima<T>, usize, &mut Take<'_, T>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let lengths = prepared.regions.axes().lengths;
    let axis = lengths.iter().position(|&n| n > 1).unwrap_or(0);
    let (length, planes) = maxima.plane_length();
    let at_once = (AT_ONCE / length.max(1)).max(1);
    for plane in (0..planes).step_by(at_once) {
        let mut block = Block { start: [0; 3], extent: lengths };
        block.start[axis] = plane;
        block.extent[axis] = at_once.min(planes - plane);
        look(&block, &mut maxima, length, take)?;
    }
    maxima.end(take);
    Ok(())
}
