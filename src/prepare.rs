//! From an opened input to all that decoding it needs: its layout, its affine, its channels.
//!
//! What the header says is held against the options here, so that an input that does not fit is refused
//! before it is decoded.

use crate::affine_choice::AffineChoice;
pub use crate::channels::{Channels, Selection};
pub use crate::likeness::Likeness;

use crate::coverage::Coverage;
use crate::error::InputError;
use crate::geometry::{Affine, Arrangement, Axis, Block, Hwd, Layout, Offsets, Placement};
use crate::heatmap::{Regions, Scaling};
use crate::kernel::{self, Alternatives, Kernel, Sweeper};
use crate::landmark::InputRecord;
use crate::mask::Mask;
use crate::source::{Element, Header, SourceError};
use std::sync::Arc;

/// How inputs are understood.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// How shapes become axes.
    pub layout: LayoutChoice,
    /// Where the affine comes from.
    pub affine: AffineChoice,
    /// Where heatmaps lie in the image whose voxels are written; `None` if that is their own grid.
    pub offsets: Option<Offsets>,
    /// Whether an input without an affine is unreadable.
    pub needs_affine: bool,
    /// Which voxels are decoded; all of them without one.
    pub mask: Option<Arc<Mask>>,
    /// Which channels are decoded.
    pub channels: Channels,
    /// How many channels an input must have in its file, decoded or not; any number without it.
    pub expected_channels: Option<usize>,
    /// Whether an input must have one heatmap.
    pub one_heatmap: bool,
    /// How many labels there are: an input must have as many channels, or as many that are decoded.
    pub labels: Option<usize>,
    /// What inputs a calibration was made for; any without it.
    pub likeness: Option<Likeness>,
}

/// Where the layout comes from.
///
/// There is no guess by size: a shape that could be read in two ways is an error, because swapped axes give
/// plausible coordinates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LayoutChoice {
    /// The default for the format and the number of axes.
    #[default]
    ByShape,
    /// This one.
    Fixed(Layout),
}

/// An input that is ready to be decoded.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// How its values are stored.
    pub element: Element,
    /// How its axes lie in memory.
    pub arrangement: Arrangement,
    /// The pieces that it is read in.
    pub regions: Regions,
    /// What decodes it.
    pub kernel: Kernel,
    /// Several ways to decode it, in place of `kernel`.
    pub alternatives: Option<Alternatives>,
    /// Which channels are decoded.
    pub selected: Selection,
    /// Whether stored values are negated before they are decoded.
    pub is_reversed: bool,
    /// Which voxels are decoded; all of them without one.
    pub mask: Option<Coverage>,
}

impl Prepared {
    /// How many heatmaps the array has, decoded or not.
    #[must_use]
    pub fn heatmaps(&self) -> usize {
        self.arrangement.length(Axis::N).saturating_mul(self.arrangement.length(Axis::C))
    }

    /// Decodes in several ways in place of one.
    ///
    /// # Errors
    /// [`InputError`] if a method does not fit the input.
    pub fn in_ways(mut self, settings: &[kernel::Settings], header: &Header) -> Result<Prepared, InputError> {
        let affine = self.kernel.locator.settings().affine;
        let settings: Vec<kernel::Settings> =
            settings.iter().map(|other| completed(*other, header, affine)).collect();
        let (axes, cut) = (self.regions.axes(), self.regions.cut());
        let made = Alternatives::new(&settings, header.scaling, axes, cut, header.element.is_wide());
        let kinds = header.kinds_with_sizes();
        let mut made = made.map_err(|error| InputError::Reach { error, kinds })?;
        if self.heatmaps() > SAMPLED {
            made.without_samples();
        }
        self.alternatives = Some(made);
        Ok(self)
    }

    /// What every block is swept with, one after the other.
    #[must_use]
    pub fn sweepers(&self) -> &[Sweeper] {
        let alone = std::slice::from_ref(&self.kernel.sweeper);
        self.alternatives.as_ref().map_or(alone, Alternatives::sweepers)
    }

    /// Replaces the values of `block`, in memory order, that the mask leaves out, by `masked`.
    pub fn hide<T: Copy>(&self, values: &mut [T], masked: T, block: &Block, heatmap: usize) {
        if let Some(mask) = &self.mask {
            mask.hide(values, masked, block, self.regions.axes(), heatmap % self.selected.channels());
        }
    }
}

/// Completes the record of an input and prepares its decoding.
///
/// The order of the steps is the order of what a person would check: shape, layout, number of heatmaps,
/// number of channels, affine, channels, labels, mask. The record is filled on the way, so that the row of a
/// refused input still shows its shape and, if it came so far, its layout.
///
/// # Errors
/// [`InputError`] if the input does not fit the options. The record then keeps what was known.
pub fn prepare(
    reading: &Reading,
    settings: kernel::Settings,
    header: &Header,
    record: &mut InputRecord,
) -> Result<Prepared, InputError> {
    record.format.clone_from(&header.format);
    record.dtype = header.element.name();
    record.shape.clone_from(&header.shape);
    let layout = match &reading.layout {
        LayoutChoice::Fixed(layout) => layout.clone(),
        LayoutChoice::ByShape => header.layouts.of(&header.shape)?,
    };
    record.layout = layout.to_string();
    let arrangement = Arrangement::new(&header.shape, header.order, &layout)?;
    record.lengths = arrangement.spatial();
    (record.samples, record.channels) = (arrangement.length(Axis::N), arrangement.length(Axis::C));
    check_count(&arrangement)?;
    let (samples, found) = (record.samples, record.channels);
    if reading.one_heatmap && (samples, found) != (1, 1) {
        return Err(InputError::NotOne { samples, channels: found });
    }
    if let Some(expected) = reading.expected_channels.filter(|&expected| expected != found) {
        return Err(InputError::ChannelCount { expected, found });
    }
    record.placement = reading.offsets.map_or(Placement::SAME, |offsets| offsets.placement(&layout));
    reading.affine.place(record, header, &layout, reading.offsets)?;
    if reading.needs_affine && record.affine.is_none() {
        return Err(reading.affine.why_none(header, &layout));
    }
    reading.likeness.map_or(Ok(()), |likeness| likeness.check(record))?;
    let selected = reading.channels.of(record.channels)?;
    if let Some(labels) = reading.labels {
        record.labelled = selected.labelled(labels)?;
    }
    let mask = reading.mask.as_ref().map(|mask| place(mask, header, &layout, record)).transpose()?;
    let regions = Regions::new(&arrangement);
    let mask = mask.map(|mask| mask.along(regions.axes(), record.channels)).transpose();
    let mask = mask.map_err(SourceError::from)?;
    let is_wide = header.element.is_wide();
    let settings = completed(settings, header, record.affine);
    let mut kernel = Kernel::new(settings, header.scaling, regions.axes(), regions.cut(), is_wide)
        .map_err(|error| InputError::Reach { error, kinds: header.kinds_with_sizes() })?;
    if record.samples.saturating_mul(record.channels) > SAMPLED {
        kernel.sweeper.without_samples();
    }
    let is_reversed = header.scaling.is_reversed();
    let (element, alternatives) = (header.element, None);
    Ok(Prepared { element, arrangement, regions, kernel, alternatives, selected, is_reversed, mask })
}

/// Up to so many heatmaps of an input keep samples of their values, 4 KiB each; of more they are read again.
const SAMPLED: usize = 2048;

/// Settings for an array: with its affine, and thresholds as it stores them.
fn completed(settings: kernel::Settings, header: &Header, affine: Option<Affine>) -> kernel::Settings {
    let stored_threshold = settings.threshold.map(|threshold| as_stored(threshold, header));
    let stored_threshold = settings.stored_threshold.or(stored_threshold);
    let parameters = settings.parameters.with_thresholds(|threshold| as_stored(threshold, header));
    kernel::Settings { parameters, stored_threshold, affine, ..settings }
}

/// A threshold, rounded as a file rounds the values that are compared with it.
///
/// A map whose largest value was 0.7 when it was saved as f32 has 0.699999988 now, and `--threshold 0.7` is
/// meant to keep it. Scaled values are not rounded to the stored type, and integers are not rounded at all.
pub(crate) fn as_stored(threshold: f64, header: &Header) -> f64 {
    if header.scaling == Scaling::NONE { header.element.nearest(threshold) } else { threshold }
}

/// How far two affines of one grid may place a corner apart, in voxels. Rounding to f32 moves it by less,
/// another volume by more.
const CORNER_TOLERANCE: f64 = 0.1;

/// The largest distance in mm between a corner of a volume of `lengths` under `affine` and under `other`;
/// `None` if both place it in the same voxels.
pub(crate) fn apart(affine: &Affine, other: &Affine, lengths: Hwd<usize>) -> Option<f64> {
    let distance = other.corner_distance(affine, lengths);
    let voxel = affine.voxel_sizes().0.into_iter().fold(f64::INFINITY, f64::min);
    (distance > CORNER_TOLERANCE * voxel).then_some(distance)
}

/// Lays the mask over an input whose shape and affine are in `record`.
///
/// A mask of the right shape may still come from another scan. It would then hide the wrong voxels, and the
/// answers would look like any others. So the affines of the two are compared at the corners, where a
/// difference is largest. One agreeing affine of the mask is enough, as a header may hold two.
///
/// They are compared only if both place the volume in the world: voxel sizes alone say nothing about where
/// it lies. [`InputError::MaskElsewhere`] gives the distance in mm.
fn place(
    mask: &Arc<Mask>,
    header: &Header,
    layout: &Layout,
    record: &InputRecord,
) -> Result<Coverage, InputError> {
    let (placed, layout) = mask.placed(layout, header, record.lengths, record.channels)?;
    let is_own = |name: &str| header.affine(name).is_some_and(|named| named.kind.is_placed);
    let is_placed = record.affine_source.is_some_and(|name| name == "reference" || is_own(name));
    let Some(affine) = record.affine.filter(|_| is_placed) else { return Ok(placed) };
    let own = mask.affines().iter().filter(|own| own.kind.is_placed);
    let distances = own.filter_map(|own| own.in_layout(&layout));
    let distances: Option<Vec<f64>> =
        distances.map(|own| apart(&affine, &own.affine, record.lengths)).collect();
    match distances.and_then(|distances| distances.into_iter().reduce(f64::min)) {
        None => Ok(placed),
        Some(distance) => Err(InputError::MaskElsewhere { mask: mask.path().to_owned(), distance }),
    }
}

/// Refuses a number of heatmaps that the file's bytes do not justify: heatmaps without voxels take no bytes,
/// and interleaved ones are all in memory before a stream has shown that its values exist.
fn check_count(arrangement: &Arrangement) -> Result<(), InputError> {
    const VOXELLESS: usize = 1 << 16;
    const INTERLEAVED: usize = 1 << 22;
    let heatmaps = arrangement.length(Axis::N).saturating_mul(arrangement.length(Axis::C));
    let at_most = if arrangement.is_voxelless() { VOXELLESS } else { INTERLEAVED };
    if heatmaps > at_most && (arrangement.is_voxelless() || Regions::interleaves(arrangement)) {
        return Err(InputError::TooMany { at_most, found: heatmaps });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::LayoutError;
    use crate::source::testing::open_toy;

    /// How an input of the format that only tests know is understood.
    fn toy(
        text: &str,
        affine: AffineChoice,
        needs_affine: bool,
    ) -> (Result<Prepared, InputError>, InputRecord) {
        let reading = Reading {
            layout: LayoutChoice::ByShape,
            affine,
            offsets: None,
            needs_affine,
            mask: None,
            channels: Channels::All,
            expected_channels: None,
            one_heatmap: false,
            labels: None,
            likeness: None,
        };
        let header = open_toy(text).unwrap().header;
        let mut record = InputRecord::default();
        (prepare(&reading, kernel::Settings::default(), &header, &mut record), record)
    }

    #[test]
    fn a_new_format_needs_no_edit_here() {
        const VOLUME: &str = "TOY 1 2 3\nabcdef";
        let (prepared, record) = toy(VOLUME, AffineChoice::Auto, true);
        assert!(prepared.is_ok());
        assert_eq!((record.layout.as_str(), record.affine_source), ("WHD", Some("matrix")));
        // H is its second axis.
        assert_eq!(record.affine.unwrap().0[1], [3.0, 0.0, 0.0, 6.0]);
        assert_eq!(record.lengths, Hwd([2, 1, 3]));
        let (absent, _) = toy(VOLUME, AffineChoice::Named("sizes"), false);
        assert_eq!(absent.err().unwrap().to_string(), "there is no usable sizes");
        let (own, _) = toy(VOLUME, AffineChoice::Spacing(Hwd([1.0; 3])), false);
        assert!(matches!(own, Err(InputError::OwnAffine { format }) if format == "toy"));
        let (needed, _) = toy("TOY 1 1 1 1\na", AffineChoice::Auto, false);
        let Err(InputError::Layout(LayoutError::Needed { candidates, .. })) = needed else { panic!() };
        assert_eq!(candidates[0].layout, "CWHD");
    }
}
