//! `decode --png`: a sheet for each input, on which every landmark is a row of slices.

use super::exit::{Exit, Failure};
use super::slicing::{Cut, Slicer, View, unread};
use super::{inputs, outputs};
use crate::geometry::Voxel;
use crate::landmark::{InputRecord, Landmark};
use crate::picture::{Bands, Canvas, Colour, Convention, Frame, Range, Shape, Shown};
use crate::pipeline::Decoded;
use crate::plan::Plan;
use crate::shown;
use crate::source::Location;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How wide and tall a slice is, and the line above it.
const CELL: usize = 240;
const LINE: usize = 18;
const GAP: usize = 6;

const GROUND: Colour = [18, 18, 18];
const TEXT: Colour = [235, 235, 235];
/// Of the answer and of the largest voxel, as on the page of `report`.
const ANSWER: Colour = [77, 214, 255];
const HARD: Colour = [255, 255, 255];

/// What sheets show.
const VIEW: View = View { convention: Convention::Radiological, field: None, most: 61 };

/// Where sheets go.
pub(super) struct Sheets {
    directory: PathBuf,
    names: HashSet<String>,
}

impl Sheets {
    /// Sheets below a directory, which is created.
    ///
    /// # Errors
    /// It cannot be, or an input is a pipe, which cannot be read again.
    pub(super) fn new(directory: &Path, plan: &Plan) -> Result<Sheets, Failure> {
        if let Some(input) = plan.inputs.iter().find(|input| inputs::is_stream(input)) {
            return Err(stream(input));
        }
        std::fs::create_dir_all(directory).map_err(|error| {
            let what = format!("failed to create the directory `{}`", shown::path(directory));
            Failure::new(
                Exit::Output,
                what,
                error,
                Some("`--png` takes a directory, which is created".into()),
            )
        })?;
        Ok(Sheets { directory: directory.to_owned(), names: HashSet::new() })
    }

    /// Draws the sheet of an input, unless it could not be read or has no landmark to show.
    ///
    /// # Errors
    /// The input cannot be read again, or the sheet cannot be written.
    pub(super) fn draw(&mut self, plan: &Plan, decoded: &Decoded) -> Result<(), Failure> {
        let record = &decoded.record;
        let is_shown = |landmark: &Landmark| landmark.position.is_some();
        let landmarks: Vec<Landmark> = decoded.landmarks.iter().filter(is_shown).collect();
        let (Some(name), false) = (record.file.file_name(), landmarks.is_empty()) else { return Ok(()) };
        let input = Location::Path(record.file.clone());
        // Those of a list are not known before.
        if inputs::is_stream(&input) {
            return Err(stream(&input));
        }
        let mut slicer = Slicer::open(plan, &input, None)?;
        let (width, height) = (3 * (CELL + GAP) + GAP, LINE + CELL + GAP);
        let mut bands = Bands::new(width, height * landmarks.len());
        for landmark in &landmarks {
            let band = band(plan, (&input, record), landmark, &mut slicer)?;
            bands.add(&band).map_err(Failure::defect)?;
        }
        let bytes = bands.finish().map_err(Failure::defect)?;
        let name = self.name(&name.to_string_lossy());
        outputs::write(&self.directory.join(name), &bytes)
    }

    /// The name of a sheet: that of the input, with a number if another one had it.
    fn name(&mut self, input: &str) -> String {
        let (mut name, mut number) = (format!("{input}.png"), 2);
        while !self.names.insert(name.to_lowercase()) {
            name = format!("{input}_{number}.png");
            number += 1;
        }
        name
    }
}

fn stream(input: &Location) -> Failure {
    let what = format!("`--png` reads heatmaps a second time, and `{input}` is a pipe");
    Failure::usage(what, "write the heatmaps to a file, which may be compressed")
}

/// The row of a landmark.
fn band(
    plan: &Plan,
    (input, record): (&Location, &InputRecord),
    landmark: &Landmark,
    slicer: &mut Slicer,
) -> Result<Canvas, Failure> {
    let mut canvas = Canvas::new(3 * (CELL + GAP) + GAP, LINE + CELL + GAP, GROUND);
    canvas.text(GAP as i64, 6, 1, &title(plan, record, landmark), TEXT);
    let cuts = cuts(input, landmark, slicer, VIEW)?;
    for (at, cut) in cuts.iter().enumerate() {
        let frame = Frame(GAP + at * (CELL + GAP), LINE, CELL, CELL);
        slice(&mut canvas, &cuts, cut, landmark, frame, 8);
    }
    Ok(canvas)
}

/// The slices through a landmark.
pub(super) fn cuts(
    input: &Location,
    landmark: &Landmark,
    slicer: &mut Slicer,
    view: View,
) -> Result<Vec<Cut>, Failure> {
    let Some(place) = landmark.position else { return Ok(Vec::new()) };
    slicer.cuts((landmark.n, landmark.c), place, view).map_err(|error| unread(input, error))
}

/// Draws one slice, with what lies on its sides and with the answers, whose marks are `size` pixels large.
pub(super) fn slice(
    canvas: &mut Canvas,
    cuts: &[Cut],
    cut: &Cut,
    landmark: &Landmark,
    frame: Frame,
    size: i64,
) {
    let range = Range::of(cuts.iter().flat_map(|cut| &cut.heat)).unwrap_or(Range { low: 0.0, high: 0.0 });
    let shown = Shown { plane: &cut.plane, heat: (&cut.heat, range), image: None };
    let scale = canvas.slice(&shown, frame);
    if size > 3 {
        canvas.sides(&cut.plane, frame, scale, TEXT);
    }
    let marks =
        [(landmark.hard, Shape::Square, size / 2, HARD), (landmark.position, Shape::Cross, size, ANSWER)];
    for (place, shape, size, colour) in marks {
        if let Some(spot) = place.and_then(|place| cut.plane.spot(place)) {
            canvas.mark((&cut.plane, spot), (frame, scale), (shape, size), colour);
        }
    }
}

/// What stands above the slices of a landmark.
pub(super) fn title(plan: &Plan, record: &InputRecord, landmark: &Landmark) -> String {
    let labels = plan.report.labels.as_deref();
    let label = labels.and_then(|labels| labels.get(record.label_index(landmark.c)?));
    let label = label.filter(|name| !name.is_empty());
    let mut parts = vec![label.cloned().unwrap_or_else(|| format!("c {}", landmark.c))];
    if record.samples > 1 {
        parts.push(format!("n {}", landmark.n));
    }
    if landmark.peak > 0 {
        parts.push(format!("peak {}", landmark.peak));
    }
    if let Some(place) = landmark.position {
        let Voxel(voxel) = record.placement.apply(place);
        parts.push(format!("voxel {}", voxel.map(|index| format!("{index:.2}")).join(", ")));
    }
    parts.push(landmark.status.name().to_owned());
    if !landmark.flags.is_empty() {
        parts.push(landmark.flags.to_string());
    }
    parts.join("  ")
}
