//! One unit of work: some consecutive regions of one input, read at once and swept.

use crate::geometry::{indices, unravel};
use crate::heatmap::{Interleaved, Region};
use crate::kernel::level::vectorized;
use crate::kernel::{BUNDLE, Hints, Record, Reference, Scratch, transpose};
use crate::prepare::Prepared;
use std::ops::Range;

/// What the units of an array leave behind: heatmaps and the records of their blocks, in order.
pub(super) type Found = Vec<(usize, Record)>;

/// What one thread needs to sweep units; all of it is reused.
#[derive(Default)]
pub(super) struct Worker {
    /// The unit's bytes, in words so that they are aligned for every element type.
    words: Vec<u64>,
    narrow: Vec<f32>,
    wide: Vec<f64>,
    /// Blocks of several channels that lie side by side in memory.
    bundle: Vec<f32>,
    scratch: Scratch,
    /// The highest references that are known of each heatmap of the unit; empty where they are of no use.
    pub(super) highest: Vec<Option<Reference>>,
}

/// The heatmaps that a unit touches.
pub(super) fn heatmaps_of(prepared: &Prepared, unit: usize) -> Range<usize> {
    let regions = regions_of(prepared, unit);
    let Some(last) = regions.clone().next_back() else { return 0..0 };
    let [first, last] = [regions.start, last].map(|index| prepared.regions.region(index).heatmap);
    let interleaved = prepared.regions.interleaved().iter().map(|one| one.heatmap).max();
    first..last + interleaved.unwrap_or(0) + 1
}

/// The regions of a unit.
pub(super) fn regions_of(prepared: &Prepared, unit: usize) -> Range<usize> {
    let per_unit = prepared.regions.per_unit();
    unit * per_unit..((unit + 1) * per_unit).min(prepared.regions.len())
}

/// How many units an input has.
pub(super) fn count(prepared: &Prepared) -> usize {
    prepared.regions.len().div_ceil(prepared.regions.per_unit())
}

impl Worker {
    /// Reads a unit with `read`, which is given the offset of its first byte and a buffer to fill, and
    /// sweeps it. Where no heatmap of the unit was asked for, nothing is read unless `always_read`.
    pub(super) fn unit<E>(
        &mut self,
        prepared: &Prepared,
        unit: usize,
        always_read: bool,
        mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    ) -> Result<Found, E> {
        let regions: Vec<Region> =
            regions_of(prepared, unit).map(|index| prepared.regions.region(index)).collect();
        let (Some(first), Some(last)) = (regions.first(), regions.last()) else { return Ok(Found::new()) };
        if !always_read && !regions.iter().any(|region| is_wanted(prepared, region)) {
            return Ok(Found::new());
        }
        let size = prepared.element.size();
        let length = (last.start + last.len - first.start) * size;
        let mut words = std::mem::take(&mut self.words);
        let read = fill(&mut words, length, |offset, bytes| {
            read(first.start as u64 * size as u64 + offset as u64, bytes)
        });
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        let found = read.map(|()| {
            let mut found = Found::new();
            for region in &regions {
                let start = (region.start - first.start) * size;
                let (bytes, ahead) = bytes[start..length].split_at(region.len * size);
                self.region(prepared, region, [bytes, ahead], first.heatmap, &mut found);
            }
            found
        });
        self.words = words;
        found
    }

    /// Sweeps the block of each wanted heatmap of a region, whose bytes are followed by others of the unit,
    /// which begins with the heatmap `base`.
    fn region(
        &mut self,
        prepared: &Prepared,
        region: &Region,
        bytes: [&[u8]; 2],
        base: usize,
        found: &mut Found,
    ) {
        let mut is_widened = false;
        for bundle in prepared.regions.interleaved().chunks(BUNDLE) {
            if !bundle.iter().any(|one| is_selected(prepared, region, one)) {
                continue;
            }
            let is_bundled = is_bundle(prepared, bundle);
            if is_bundled {
                if !is_widened && !prepared.element.is_native_f32() {
                    widen_f32(prepared, bytes[0], region.len, &mut self.narrow);
                    is_widened = true;
                }
                self.take_apart(prepared, region, bytes[0], bundle);
            }
            for (i, one) in bundle.iter().enumerate() {
                if !is_selected(prepared, region, one) {
                    continue;
                }
                let heatmap = region.heatmap + one.heatmap;
                // Where samples lie inside channels, a later region may be of an earlier heatmap: of that no
                // height is known.
                let place = heatmap.checked_sub(base);
                let highest = place.and_then(|place| self.highest.get(place)).copied().flatten();
                let record = if is_bundled {
                    let (values, ahead) = self.bundle[i * region.block.len()..].split_at(region.block.len());
                    let hints = Hints { ahead, highest };
                    prepared.kernel.sweeper.sweep(&region.block, values, hints, &mut self.scratch)
                } else {
                    self.block(prepared, region, bytes, one, highest)
                };
                if let Some(known) = place.and_then(|place| self.highest.get_mut(place)) {
                    *known = prepared.kernel.sweeper.highest(*known, &record);
                }
                found.push((heatmap, record));
            }
        }
    }

    /// Copies the blocks of channels that lie side by side in memory to one run each. Values that are not f32
    /// as they lie have been widened before.
    fn take_apart(&mut self, prepared: &Prepared, region: &Region, bytes: &[u8], bundle: &[Interleaved]) {
        let Prepared { kernel, element, is_reversed, .. } = prepared;
        let (level, length) = (kernel.sweeper.level(), region.block.len());
        let values: &[f32] = match bytemuck::try_cast_slice(bytes) {
            Ok(values) if element.is_native_f32() => values,
            _ => &self.narrow,
        };
        self.bundle.resize(bundle.len() * length, 0.0);
        let runs = Runs::new(prepared, region, &bundle[0]);
        let mut written = 0;
        runs.starts(|start, stride, count| {
            transpose(level, &values[start..], stride, count, &mut self.bundle[written..], length);
            written += count;
        });
        negate(&mut self.bundle, *is_reversed);
        for (one, values) in bundle.iter().zip(self.bundle.chunks_exact_mut(length.max(1))) {
            prepared.hide(values, f32::NEG_INFINITY, &region.block, region.heatmap + one.heatmap);
        }
    }

    fn block(
        &mut self,
        prepared: &Prepared,
        region: &Region,
        [bytes, ahead]: [&[u8]; 2],
        one: &Interleaved,
        highest: Option<Reference>,
    ) -> Record {
        let Prepared { kernel, element, is_reversed, .. } = prepared;
        let (block, scratch) = (&region.block, &mut self.scratch);
        let heatmap = region.heatmap + one.heatmap;
        let is_whole = prepared.regions.interleaved().len() == 1 && prepared.regions.axes().is_contiguous();
        if is_whole
            && element.is_native_f32()
            && !is_reversed
            && prepared.mask.is_none()
            && let Ok(values) = bytemuck::try_cast_slice::<_, f32>(bytes)
        {
            let ahead = bytemuck::try_cast_slice(ahead).unwrap_or_default();
            return kernel.sweeper.sweep(block, values, Hints { ahead, highest }, scratch);
        }
        let runs = Runs::new(prepared, region, one);
        let is_dense = is_whole && !element.is_beyond_f64();
        if is_dense && element.is_wide() {
            self.wide.resize(block.len(), 0.0);
            let wide = &mut self.wide;
            vectorized(
                kernel.sweeper.level(),
                #[inline(always)]
                || element.widen_f64(bytes, wide),
            );
            negate(&mut self.wide, *is_reversed);
            prepared.hide(&mut self.wide, f64::NEG_INFINITY, block, heatmap);
            kernel.sweeper.sweep(block, &self.wide, Hints { ahead: &[], highest }, scratch)
        } else if is_dense {
            widen_f32(prepared, bytes, block.len(), &mut self.narrow);
            negate(&mut self.narrow, *is_reversed);
            prepared.hide(&mut self.narrow, f32::NEG_INFINITY, block, heatmap);
            kernel.sweeper.sweep(block, &self.narrow, Hints { ahead: &[], highest }, scratch)
        } else if element.is_wide() {
            self.wide.resize(block.len(), 0.0);
            runs.each(&mut self.wide, |start, stride, out| element.gather_f64(bytes, start, stride, out));
            negate(&mut self.wide, *is_reversed);
            prepared.hide(&mut self.wide, f64::NEG_INFINITY, block, heatmap);
            if element.is_beyond_f64() {
                let tie = |index| {
                    let key = element.order_key(bytes, runs.element(index));
                    if *is_reversed { !key } else { key }
                };
                return kernel.sweeper.sweep_integers(block, &self.wide, &tie, scratch);
            }
            kernel.sweeper.sweep(block, &self.wide, Hints { ahead: &[], highest }, scratch)
        } else {
            self.narrow.resize(block.len(), 0.0);
            runs.each(&mut self.narrow, |start, stride, out| element.gather_f32(bytes, start, stride, out));
            negate(&mut self.narrow, *is_reversed);
            prepared.hide(&mut self.narrow, f32::NEG_INFINITY, block, heatmap);
            kernel.sweeper.sweep(block, &self.narrow, Hints { ahead: &[], highest }, scratch)
        }
    }
}

/// Decodes the `count` elements of `bytes` to f32.
fn widen_f32(prepared: &Prepared, bytes: &[u8], count: usize, values: &mut Vec<f32>) {
    values.resize(count, 0.0);
    let element = prepared.element;
    vectorized(
        prepared.kernel.sweeper.level(),
        #[inline(always)]
        || element.widen_f32(bytes, values),
    );
}

fn is_selected(prepared: &Prepared, region: &Region, one: &Interleaved) -> bool {
    prepared.selected.has(region.heatmap + one.heatmap)
}

/// Whether some heatmaps lie side by side in memory, voxel by voxel, and are decoded in f32.
fn is_bundle(prepared: &Prepared, bundle: &[Interleaved]) -> bool {
    let are_neighbours = bundle.windows(2).all(|pair| pair[0].offset + 1 == pair[1].offset);
    bundle.len() > 1 && are_neighbours && !prepared.element.is_wide()
}

/// Fills the first `length` bytes of `words`, which grows only as bytes arrive: what a header declares
/// of a stream proves nothing.
fn fill<E>(
    words: &mut Vec<u64>,
    length: usize,
    mut read: impl FnMut(usize, &mut [u8]) -> Result<(), E>,
) -> Result<(), E> {
    const GROWTH: usize = 1 << 20;
    let mut filled = 0;
    while filled < length {
        let end = length.min((words.len() * 8).max(filled + GROWTH));
        words.resize(words.len().max(end.div_ceil(8)), 0);
        read(filled, &mut bytemuck::cast_slice_mut(words)[filled..end])?;
        filled = end;
    }
    Ok(())
}

fn is_wanted(prepared: &Prepared, region: &Region) -> bool {
    prepared.regions.interleaved().iter().any(|one| is_selected(prepared, region, one))
}

/// The evenly spaced runs of elements that make up one block of one heatmap within its region.
struct Runs {
    /// Rows along the two outer memory axes, and voxels of a run.
    counts: [usize; 3],
    strides: [usize; 3],
    start: usize,
}

impl Runs {
    fn new(prepared: &Prepared, region: &Region, one: &Interleaved) -> Runs {
        let axes = prepared.regions.axes();
        let mut counts = region.block.extent;
        let strides = axes.strides.map(isize::unsigned_abs);
        // An outer axis whose slices follow one another without a gap lengthens the run.
        for axis in (0..2).rev() {
            if counts[axis + 1..].iter().product::<usize>() * strides[2] == strides[axis]
                && counts[axis + 1..2].iter().all(|&n| n == 1)
            {
                counts[2] *= counts[axis];
                counts[axis] = 1;
            }
        }
        Runs { counts, strides, start: one.offset }
    }

    /// Where in the region the `index`-th voxel of the block lies.
    fn element(&self, index: usize) -> usize {
        let position = unravel(index, self.counts);
        self.start + position.iter().zip(self.strides).map(|(i, stride)| i * stride).sum::<usize>()
    }

    /// Calls `visit` with the first element of each run, its stride and its length.
    fn starts(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [planes, rows, columns] = self.counts;
        for [plane, row, _] in indices([planes, rows, 1]) {
            let start = self.start + plane * self.strides[0] + row * self.strides[1];
            visit(start, self.strides[2], columns);
        }
    }

    /// Calls `gather` with the first element and the stride of each run, and the place for its values.
    fn each<T>(&self, values: &mut [T], mut gather: impl FnMut(usize, isize, &mut [T])) {
        let mut runs = values.chunks_exact_mut(self.counts[2].max(1));
        self.starts(|start, stride, _| {
            if let Some(out) = runs.next() {
                gather(start, stride as isize, out);
            }
        });
    }
}

fn negate<T: Copy + std::ops::Neg<Output = T>>(values: &mut [T], is_reversed: bool) {
    if is_reversed {
        for value in values {
            *value = -*value;
        }
    }
}
