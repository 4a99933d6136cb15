//! The records of an input's heatmaps while it is read.
//!
//! Few heatmaps have many blocks each, and speed counts: their records stay as the kernel makes them. Many
//! heatmaps have few blocks each, and memory counts: their records are packed, and lie in pieces that are
//! given back one by one, as soon as their landmarks are made. What is known of a heatmap then never takes
//! the room of a record and of a landmark at once.
//!
//! If heatmaps are decoded in several ways, they have a record for each sweep, one after the other
//! ([`record_of`]), and none is packed.
//!
//! Memory is taken for heatmaps that have been read, never for what a header declares.

use crate::kernel::{PackedRecord, Record, Reference, Sweeper};
use crate::memory::{self, OutOfMemory};
use crate::prepare::Prepared;

/// The number of the record that a sweep makes of a heatmap: those of one heatmap stand together.
pub(super) fn record_of(prepared: &Prepared, heatmap: usize, sweep: usize) -> usize {
    heatmap * prepared.sweepers().len() + sweep
}

/// What merges the records of a number that [`record_of`] gives.
fn sweeper_of(prepared: &Prepared, record: usize) -> &Sweeper {
    let sweepers = prepared.sweepers();
    &sweepers[record % sweepers.len()]
}

/// With more heatmaps than this, records are packed.
pub(super) const WHOLE: usize = 2048;

/// How many records a piece has.
pub(super) const PIECE: usize = 2048;

/// What a unit leaves behind: the heatmap and the record of each block, in the order of memory.
#[derive(Default)]
pub(super) struct BlockRecords {
    whole: Vec<(usize, Record)>,
    packed: Vec<Vec<(usize, PackedRecord)>>,
}

impl BlockRecords {
    /// Adds the record of the next block of a heatmap; packed if the input has `heatmaps` and they are many.
    pub(super) fn push(
        &mut self,
        heatmap: usize,
        record: Record,
        heatmaps: usize,
    ) -> Result<(), OutOfMemory> {
        if heatmaps <= WHOLE {
            return memory::push(&mut self.whole, (heatmap, record));
        }
        if self.packed.last().is_none_or(|piece| piece.len() == PIECE) {
            memory::spare()?;
            let mut piece = Vec::new();
            memory::reserve(&mut piece, PIECE.min(heatmaps))?;
            memory::push(&mut self.packed, piece)?;
        }
        let packed = PackedRecord::new(record);
        self.packed.last_mut().map_or(Ok(()), |piece| memory::push(piece, (heatmap, packed)))
    }
}

/// For each heatmap the record of its merged blocks.
#[derive(Default)]
pub(super) struct Records {
    whole: Vec<Record>,
    packed: Vec<Piece>,
}

/// The packed records of consecutive heatmaps.
#[derive(Clone, Debug, Default)]
struct Piece {
    /// Empty until one of its heatmaps is met, and again once all have been taken.
    records: Vec<PackedRecord>,
    taken: usize,
}

impl Records {
    /// Adds the records of a unit's blocks to those of their heatmaps.
    pub(super) fn add(&mut self, blocks: BlockRecords, prepared: &Prepared) -> Result<(), OutOfMemory> {
        let seen = blocks.whole.iter().map(|&(heatmap, _)| heatmap + 1).max().unwrap_or(0);
        let length = self.whole.len().max(seen);
        memory::resize(&mut self.whole, length, Record::default())?;
        for (heatmap, record) in blocks.whole {
            sweeper_of(prepared, heatmap).merge(&mut self.whole[heatmap], &record);
        }
        // Each piece of the blocks is given back before the next one is added.
        for piece in blocks.packed {
            for (heatmap, record) in piece {
                prepared.kernel.sweeper.merge_packed(self.packed(heatmap)?, record);
            }
        }
        Ok(())
    }

    /// The packed record of a heatmap.
    fn packed(&mut self, heatmap: usize) -> Result<&mut PackedRecord, OutOfMemory> {
        let (piece, within) = (heatmap / PIECE, heatmap % PIECE);
        let pieces = self.packed.len().max(piece + 1);
        memory::resize(&mut self.packed, pieces, Piece::default())?;
        let records = &mut self.packed[piece].records;
        if records.is_empty() {
            memory::spare()?;
        }
        if records.len() <= within {
            memory::reserve(records, PIECE)?;
            records.resize(PIECE, PackedRecord::default());
        }
        Ok(&mut records[within])
    }

    /// What the weights of a heatmap so far are relative to, if there are any.
    pub(super) fn reference(&self, heatmap: usize) -> Option<Reference> {
        if let Some(record) = self.whole.get(heatmap) {
            return record.reference();
        }
        let piece = self.packed.get(heatmap / PIECE)?;
        piece.records.get(heatmap % PIECE)?.reference()
    }

    /// The record of a heatmap whose blocks have all been merged, once; its memory is given back with those
    /// beside it.
    pub(super) fn take(&mut self, heatmap: usize) -> Record {
        if let Some(record) = self.whole.get_mut(heatmap) {
            return std::mem::take(record);
        }
        let Some(piece) = self.packed.get_mut(heatmap / PIECE) else { return Record::default() };
        let record = piece.records.get_mut(heatmap % PIECE).map(std::mem::take).unwrap_or_default();
        piece.taken += 1;
        if piece.taken == PIECE {
            piece.records = Vec::new();
        }
        record.unpack()
    }

    /// The records of some heatmaps within one piece: those of all sweeps of one heatmap, then those of the
    /// next. Their memory is given back with them.
    pub(super) fn take_some(
        &mut self,
        heatmaps: std::ops::Range<usize>,
        prepared: &Prepared,
    ) -> Result<Vec<Record>, OutOfMemory> {
        let [start, end] = [heatmaps.start, heatmaps.end].map(|heatmap| record_of(prepared, heatmap, 0));
        let mut records = Vec::new();
        memory::reserve(&mut records, end - start)?;
        for record in start..end {
            records.push(self.take(record));
        }
        // None is packed where a heatmap has several.
        if let Some(piece) = self.packed.get_mut(start / PIECE) {
            piece.records = Vec::new();
        }
        Ok(records)
    }
}
