//! One unit of work: some consecutive regions of one input, read at once and swept.
//!
//! A unit is what one worker reads with one call and sweeps while it is in its cache. Its buffers belong to
//! the worker and are used again for every unit: fresh memory costs a page fault for every 4 KiB, several
//! times what reading from the page cache costs. A unit is the same whoever sweeps it, so what it leaves
//! behind is too.
//!
//! Each region of a unit takes one of three ways to the kernel:
//!
//! - Values that are f32, native and without gaps are swept where they were read.
//! - Channels that lie side by side (channels last) are separated sixteen at a time into one run each.
//!   Taken one by one, each channel would touch every cache line of the region for a sixteenth of its bytes.
//! - Everything else (other element types, gaps, a mask, a negative slope) is first decoded to a buffer
//!   ([`widen`]).

use super::records::{BlockRecords, record_of};
use super::runs::Runs;
use super::sum::Sum;
use super::widen;
use crate::heatmap::{Interleaved, Region};
use crate::kernel::{BUNDLE, Hints, Record, Reference, Scratch, Sweeper, transpose};
use crate::memory::{self, OutOfMemory};
use crate::prepare::Prepared;
use std::ops::Range;

/// The memory in which one thread sweeps units; all of it is used again.
#[derive(Default)]
pub(super) struct Worker {
    /// The unit's bytes, in words so that they are aligned for every element type. Before them lie those of
    /// earlier units that are kept.
    words: Vec<u64>,
    /// How many bytes are kept: a multiple of the size of an element.
    kept: usize,
    /// A block as f32, or a region of several channels.
    narrow: Vec<f32>,
    /// A block as f64.
    wide: Vec<f64>,
    /// The blocks of several channels that lie side by side in memory, one after the other.
    bundle: Vec<f32>,
    scratch: Scratch,
    /// The sums of a unit of files that are averaged.
    pub(super) sum: Sum,
    /// For each heatmap of the unit, and each of its sweeps, the highest reference so far, if known; empty if
    /// the kernel has no use for it.
    pub(super) highest: Vec<Option<Reference>>,
}

/// The heatmaps that a unit touches, as a range that may hold others too: it is used to look up how high they
/// are, and one too many does no harm.
pub(super) fn heatmaps_of(prepared: &Prepared, unit: usize) -> Range<usize> {
    let regions = regions_of(prepared, unit);
    let Some(last) = regions.clone().next_back() else { return 0..0 };
    let [first, last] = [regions.start, last].map(|index| prepared.regions.region(index).heatmap);
    first..last + prepared.regions.interleaved().last_heatmap() + 1
}

/// The regions of a unit.
pub(super) fn regions_of(prepared: &Prepared, unit: usize) -> Range<usize> {
    let per_unit = prepared.regions.per_unit();
    unit * per_unit..((unit + 1) * per_unit).min(prepared.regions.len())
}

/// How many bytes a unit has.
pub(super) fn bytes_of(prepared: &Prepared, unit: usize) -> usize {
    elements_of(prepared, unit).len() * prepared.element.size()
}

/// The elements of a unit, counted from the first of the array.
pub(super) fn elements_of(prepared: &Prepared, unit: usize) -> Range<usize> {
    let regions = regions_of(prepared, unit);
    let Some(last) = regions.clone().next_back() else { return 0..0 };
    let [first, last] = [regions.start, last].map(|index| prepared.regions.region(index));
    first.start..last.start + last.len
}

/// How many units an input has.
pub(super) fn count(prepared: &Prepared) -> usize {
    prepared.regions.len().div_ceil(prepared.regions.per_unit())
}

impl Worker {
    /// Reads a unit with `read`, which gets the offset of its first byte and a buffer to fill, and sweeps it.
    ///
    /// If no heatmap of the unit is wanted (`--channels`), nothing is read unless `always_read`: a file may
    /// be skipped over, but a stream must be read to get any further.
    ///
    /// # Errors
    /// What `read` returns, and if there is no memory for the unit. The buffers stay fit for use.
    pub(super) fn unit<E: From<OutOfMemory>>(
        &mut self,
        prepared: &Prepared,
        unit: usize,
        always_read: bool,
        mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    ) -> Result<BlockRecords, E> {
        let regions: Vec<Region> =
            regions_of(prepared, unit).map(|index| prepared.regions.region(index)).collect();
        let (Some(first), Some(last)) = (regions.first(), regions.last()) else {
            return Ok(BlockRecords::default());
        };
        if !always_read && !regions.iter().any(|region| is_wanted(prepared, region)) {
            return Ok(BlockRecords::default());
        }
        let size = prepared.element.size();
        let length = (last.start + last.len - first.start) * size;
        let mut words = std::mem::take(&mut self.words);
        let read = fill(&mut words, self.kept, length, |offset, bytes| {
            read(first.start as u64 * size as u64 + offset as u64, bytes)
        });
        let bytes: &[u8] = bytemuck::cast_slice(&words).get(self.kept..).unwrap_or_default();
        let found = read.and_then(|()| {
            let mut found = BlockRecords::default();
            for region in &regions {
                let start = (region.start - first.start) * size;
                let (bytes, ahead) = bytes[start..length].split_at(region.len * size);
                self.region(prepared, region, [bytes, ahead], first.heatmap, &mut found)?;
            }
            Ok(found)
        });
        self.words = words;
        found
    }

    /// Keeps the bytes of the unit that was read last, of which there are `length`, behind those that are
    /// kept already.
    pub(super) fn keep(&mut self, length: usize) {
        self.kept += length;
    }

    /// The bytes that are kept.
    pub(super) fn kept(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words).get(..self.kept).unwrap_or_default()
    }

    /// Keeps the first `length` of the kept bytes no longer.
    pub(super) fn drop_kept(&mut self, length: usize) {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words);
        bytes.copy_within(length.min(self.kept)..self.kept, 0);
        self.kept = self.kept.saturating_sub(length);
    }

    /// Sweeps the block of each wanted heatmap of a region. `bytes` are those of the region and those that
    /// follow in the unit, which the kernel brings into the cache meanwhile; `base` is the first heatmap of
    /// the unit.
    fn region(
        &mut self,
        prepared: &Prepared,
        region: &Region,
        bytes: [&[u8]; 2],
        base: usize,
        found: &mut BlockRecords,
    ) -> Result<(), OutOfMemory> {
        let (mut is_widened, all) = (false, prepared.regions.interleaved());
        for start in (0..all.len()).step_by(BUNDLE) {
            let mut bundle = [Interleaved { heatmap: 0, offset: 0 }; BUNDLE];
            let bundle = &mut bundle[..BUNDLE.min(all.len() - start)];
            bundle.iter_mut().zip(start..).for_each(|(one, index)| *one = all.get(index));
            let bundle = &*bundle;
            if !bundle.iter().any(|one| is_selected(prepared, region, one)) {
                continue;
            }
            let is_bundled = is_bundle(prepared, bundle);
            if is_bundled {
                if !is_widened && !prepared.element.is_native_f32() {
                    widen::decode(prepared, bytes[0], region.len, &mut self.narrow)?;
                    is_widened = true;
                }
                self.separate(prepared, region, bytes[0], bundle)?;
            }
            for (i, one) in bundle.iter().enumerate() {
                if !is_selected(prepared, region, one) {
                    continue;
                }
                let heatmap = region.heatmap + one.heatmap;
                if is_bundled {
                    let block = &region.block;
                    let (values, ahead) = self.bundle[i * block.len()..].split_at(block.len());
                    let sweep = |sweeper: &Sweeper, highest, scratch: &mut Scratch| {
                        sweeper.sweep(block, values, Hints { ahead, highest }, scratch)
                    };
                    let place = Place { heatmap, base };
                    swept(prepared, place, &mut self.highest, &mut self.scratch, sweep, found)?;
                } else {
                    self.block(prepared, region, bytes, (one, Place { heatmap, base }), found)?;
                }
            }
        }
        Ok(())
    }

    /// Copies the blocks of channels that lie side by side in memory to one run each. Values that are not f32
    /// as they lie have been decoded to `narrow` before.
    fn separate(
        &mut self,
        prepared: &Prepared,
        region: &Region,
        bytes: &[u8],
        bundle: &[Interleaved],
    ) -> Result<(), OutOfMemory> {
        let Prepared { kernel, element, is_reversed, .. } = prepared;
        let (level, length) = (kernel.sweeper.level(), region.block.len());
        let values: &[f32] = match bytemuck::try_cast_slice(bytes) {
            Ok(values) if element.is_native_f32() => values,
            _ => &self.narrow,
        };
        memory::resize(&mut self.bundle, bundle.len() * length, 0.0)?;
        let runs = Runs::new(prepared, region, &bundle[0]);
        let (stride, count) = (runs.stride(), runs.length());
        for (row, start) in runs.starts().enumerate() {
            let out = &mut self.bundle[row * count..];
            transpose(level, &values[start..], stride, count, out, length);
        }
        widen::negate(&mut self.bundle, *is_reversed);
        for (one, values) in bundle.iter().zip(self.bundle.chunks_exact_mut(length.max(1))) {
            prepared.hide(values, f32::NEG_INFINITY, &region.block, region.heatmap + one.heatmap);
        }
        Ok(())
    }

    /// Sweeps the block of one heatmap of a region, without a copy if its values are f32 as they lie.
    fn block(
        &mut self,
        prepared: &Prepared,
        region: &Region,
        [bytes, ahead]: [&[u8]; 2],
        (one, place): (&Interleaved, Place),
        found: &mut BlockRecords,
    ) -> Result<(), OutOfMemory> {
        let Prepared { element, is_reversed, .. } = prepared;
        let (block, highest, scratch) = (&region.block, &mut self.highest, &mut self.scratch);
        let is_ready = element.is_native_f32() && !is_reversed && prepared.mask.is_none();
        if is_ready
            && widen::is_whole(prepared)
            && let Ok(values) = bytemuck::try_cast_slice::<_, f32>(bytes)
        {
            let ahead = bytemuck::try_cast_slice(ahead).unwrap_or_default();
            let sweep = |sweeper: &Sweeper, highest, scratch: &mut Scratch| {
                sweeper.sweep(block, values, Hints { ahead, highest }, scratch)
            };
            return swept(prepared, place, highest, scratch, sweep, found);
        }
        if !element.is_wide() {
            widen::block(prepared, region, bytes, one, &mut self.narrow)?;
            let values = &*self.narrow;
            let sweep = |sweeper: &Sweeper, highest, scratch: &mut Scratch| {
                sweeper.sweep(block, values, Hints { ahead: &[], highest }, scratch)
            };
            return swept(prepared, place, highest, scratch, sweep, found);
        }
        widen::block(prepared, region, bytes, one, &mut self.wide)?;
        let values = &*self.wide;
        if element.is_beyond_f64() {
            // Integers that are equal once they are f64 are told apart by what is stored.
            let runs = Runs::new(prepared, region, one);
            let tie = |index| {
                let key = element.order_key(bytes, runs.element(index));
                if *is_reversed { !key } else { key }
            };
            let sweep = |sweeper: &Sweeper, _, scratch: &mut Scratch| {
                sweeper.sweep_integers(block, values, &tie, scratch)
            };
            return swept(prepared, place, highest, scratch, sweep, found);
        }
        let sweep = |sweeper: &Sweeper, highest, scratch: &mut Scratch| {
            sweeper.sweep(block, values, Hints { ahead: &[], highest }, scratch)
        };
        swept(prepared, place, highest, scratch, sweep, found)
    }
}

/// Which heatmap a block is of, and the first heatmap of its unit.
#[derive(Clone, Copy)]
struct Place {
    heatmap: usize,
    base: usize,
}

/// Adds the record of a block, or its records if it is decoded in several ways.
fn swept(
    prepared: &Prepared,
    Place { heatmap, base }: Place,
    known: &mut [Option<Reference>],
    scratch: &mut Scratch,
    sweep: impl Fn(&Sweeper, Option<Reference>, &mut Scratch) -> Record,
    found: &mut BlockRecords,
) -> Result<(), OutOfMemory> {
    let sweepers = prepared.sweepers();
    // Records of several ways are kept as they are.
    let heatmaps = if prepared.alternatives.is_some() { 0 } else { prepared.heatmaps() };
    for (number, sweeper) in sweepers.iter().enumerate() {
        // If samples lie inside channels, a later region may be of an earlier heatmap, whose height is not
        // known.
        let place = heatmap.checked_sub(base).map(|place| place * sweepers.len() + number);
        let highest = place.and_then(|place| known.get(place)).copied().flatten();
        let record = sweep(sweeper, highest, scratch);
        if let Some(known) = place.and_then(|place| known.get_mut(place)) {
            *known = sweeper.highest(*known, &record);
        }
        found.push(record_of(prepared, heatmap, number), record, heatmaps)?;
    }
    Ok(())
}

/// Whether one of the heatmaps of a region was asked for.
fn is_selected(prepared: &Prepared, region: &Region, one: &Interleaved) -> bool {
    prepared.selected.has(region.heatmap + one.heatmap)
}

/// Whether some heatmaps lie side by side in memory, voxel by voxel, and are decoded in f32.
fn is_bundle(prepared: &Prepared, bundle: &[Interleaved]) -> bool {
    let are_neighbours = bundle.windows(2).all(|pair| pair[0].offset + 1 == pair[1].offset);
    bundle.len() > 1 && are_neighbours && !prepared.element.is_wide()
}

/// Fills the `length` bytes of `words` that come after the first `kept`.
///
/// The buffer grows by a MiB at a time and only as bytes arrive. A header of a few bytes may declare a stream
/// of terabytes with huge regions; memory must follow what is there, not what is declared.
fn fill<E: From<OutOfMemory>>(
    words: &mut Vec<u64>,
    kept: usize,
    length: usize,
    mut read: impl FnMut(usize, &mut [u8]) -> Result<(), E>,
) -> Result<(), E> {
    const GROWTH: usize = 1 << 20;
    let mut filled = 0;
    while filled < length {
        let end = length.min((words.len() * 8).saturating_sub(kept).max(filled + GROWTH));
        let length = words.len().max((kept + end).div_ceil(8));
        memory::resize(words, length, 0)?;
        read(filled, &mut bytemuck::cast_slice_mut(words)[kept + filled..kept + end])?;
        filled = end;
    }
    Ok(())
}

/// Whether any of the heatmaps of a region was asked for.
fn is_wanted(prepared: &Prepared, region: &Region) -> bool {
    prepared.regions.interleaved().iter().any(|one| is_selected(prepared, region, &one))
}
