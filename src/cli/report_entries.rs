//! What the page says of each landmark, but for its pictures.

use super::report_found::{Found, One};
use super::slicing::distance;
use crate::geometry::{Voxel, World};
use crate::landmark::{Flag, InputRecord};
use crate::picture::Grid;
use crate::shown;
use crate::study::{Answer, Entry};

/// An entry for each landmark, in their order, and one for each input that could not be read.
pub(super) fn entries(found: &Found) -> Vec<Entry> {
    let mut entries: Vec<Entry> = found
        .landmarks
        .iter()
        .enumerate()
        .map(|(place, one)| Entry { place, ..entry(one, &found.inputs[one.input].1, found) })
        .collect();
    for (_, record) in &found.inputs {
        if let Some(error) = &record.error {
            entries.push(Entry {
                place: usize::MAX,
                status: "unreadable",
                reason: error.lines().next().map(str::to_owned),
                ..named(record, found)
            });
        }
    }
    entries
}

/// What entries of an input have in common.
fn named(record: &InputRecord, found: &Found) -> Entry {
    let columns = found.plan.report.path.as_ref().map_or(0, |path| path.names.len());
    let mut cells = record.from_path.clone();
    cells.resize(columns, None);
    Entry { file: shown::path(&record.file).to_string(), cells, ..Entry::default() }
}

fn entry(one: &One, record: &InputRecord, found: &Found) -> Entry {
    let landmark = &one.landmark;
    let grid = Grid { lengths: record.lengths, affine: record.affine };
    let place = one.place();
    let to = |other: Option<Voxel>| Some(distance(&grid, place?, other?));
    Entry {
        n: Some(landmark.n),
        c: Some(landmark.c),
        peak: found.plan.report.peaks.map(|_| landmark.peak),
        label: one.label.clone(),
        status: landmark.status.name(),
        flags: landmark.flags.iter().map(Flag::name).collect(),
        reason: landmark.reason.as_ref().map(ToString::to_string),
        unit: if record.affine.is_some() { "mm" } else { "voxel" },
        answer: Answer {
            voxel: place.map(|place| record.placement.apply(place).0),
            world: place.zip(record.affine).map(|(place, affine)| {
                let World(world) = affine.apply(place);
                world
            }),
        },
        peak_value: landmark.peak_value,
        error95: one.error95(record),
        error: one.error,
        outcome: one.outcome.map(crate::study::Outcome::name),
        to_soft: to(one.soft),
        to_hard: to(landmark.hard),
        ..named(record, found)
    }
}
