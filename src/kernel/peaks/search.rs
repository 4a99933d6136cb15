//! Several landmarks of one heatmap: its peaks are found by looking at it again, plane by plane, and the method looks
//! about each of them.

use super::several::Several;
use super::{Maxima, Spacing, Take, kept, peaks};
use crate::geometry::{Block, Voxel};
use crate::kernel::{Kernel, Record};
use crate::landmark::{Landmark, Status};

/// Voxels that are looked at together, about, unless a plane has more.
const AT_ONCE: usize = 1 << 16;

/// Brings the values of one heatmap once more.
pub trait Look {
    /// Why they cannot be brought.
    type Error;

    /// Whether f64 tells all values apart, as it does but for integers of 64 bits.
    fn is_exact(&self) -> bool;

    /// The values of a box in memory axes, as they are stored and in the order of memory; NaN where they are masked.
    ///
    /// # Errors
    /// Where they cannot be brought.
    fn values(&mut self, block: &Block) -> Result<&[f64], Self::Error>;

    /// The same, and for each value a number in the order of all of them: asked for where f64 is not exact.
    ///
    /// # Errors
    /// Where they cannot be brought.
    fn keys(&mut self, block: &Block) -> Result<(&[f64], &[u64]), Self::Error>;
}

/// Which peaks of the heatmaps of an array are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Peaks {
    several: Several,
    spacing: Spacing,
}

impl Peaks {
    /// Peaks so far apart; see [`Several::spacing`].
    #[must_use]
    pub fn new(several: Several, spacing: Spacing) -> Peaks {
        Peaks { several, spacing }
    }

    /// Adds the landmarks of the heatmap of `record`, whose answer is `first`, to `landmarks`: as many as were asked
    /// for, those that are absent too.
    ///
    /// # Errors
    /// Those of `look`.
    pub fn find<L: Look>(
        &self,
        kernel: &Kernel,
        record: &Record,
        first: &Landmark,
        look: &mut L,
        landmarks: &mut Vec<Landmark>,
    ) -> Result<(), L::Error> {
        if first.status != Status::Ok {
            self.absent(first, landmarks);
            return Ok(());
        }
        let start = landmarks.len();
        for (peak, (key, height)) in self.search(kernel, record, look)?.into_iter().enumerate() {
            let voxel = self.spacing.voxel(key);
            // The highest peak is the largest voxel, whose answer is there.
            if peak == 0 && first.hard == Some(Voxel(voxel.map(|i| i as f64))) {
                landmarks.push(*first);
                continue;
            }
            let window = match kernel.window_at(voxel) {
                Some(block) => look.values(&block)?,
                None => &[],
            };
            landmarks.push(kernel.landmark_at((peak, voxel, height), record, first, window));
        }
        self.complete(start, first, landmarks);
        Ok(())
    }

    /// Adds the landmarks of a heatmap that has no peaks beside its answer.
    pub fn absent(&self, first: &Landmark, landmarks: &mut Vec<Landmark>) {
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
    fn search<L: Look>(
        &self,
        kernel: &Kernel,
        record: &Record,
        look: &mut L,
    ) -> Result<Vec<(u64, f64)>, L::Error> {
        let (count, floor) = (self.several.count, kernel.floor(&self.several, record));
        if look.is_exact() {
            let mut heights = Vec::new();
            let found = peaks(count, &self.spacing, kept(count), |take| {
                sweep(kernel, kernel.maxima(&self.several, record), take, |block, maxima, length, take| {
                    kernel.heights(look.values(block)?, floor, &mut heights);
                    heights.chunks_exact(length).for_each(|plane| maxima.plane(plane, take));
                    Ok(())
                })
            })?;
            return Ok(found.into_iter().map(|one| (one.key, one.height)).collect());
        }
        let mut heights = Vec::new();
        let found = peaks(count, &self.spacing, kept(count), |take| {
            sweep(kernel, kernel.exact_maxima(&self.several, record), take, |block, maxima, length, take| {
                let (stored, keys) = look.keys(block)?;
                kernel.exact_heights(stored, keys, floor, &mut heights);
                heights.chunks_exact(length).for_each(|plane| maxima.plane(plane, take));
                Ok(())
            })
        })?;
        Ok(found.into_iter().map(|one| (one.key, one.height.0)).collect())
    }
}

/// Has `look` take in a heatmap, some planes at a time, given as their box and the voxels of one of them.
fn sweep<T: Copy + PartialOrd, E>(
    kernel: &Kernel,
    mut maxima: Maxima<T>,
    take: &mut Take<'_, T>,
    mut look: impl FnMut(&Block, &mut Maxima<T>, usize, &mut Take<'_, T>) -> Result<(), E>,
) -> Result<(), E> {
    let lengths = kernel.axes.lengths;
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
