//! Landmarks of an input as the points of a landmark file, for the formats of other programs.

use super::report::Report;
use crate::landmark::{InputRecord, Landmark, Status};
use crate::landmarks::Landmarks;
use crate::points::{Point, State};

/// The landmarks that could be read, in order.
pub(super) fn points<'a>(
    report: &'a Report,
    input: &'a InputRecord,
    landmarks: &'a Landmarks,
) -> impl Iterator<Item = Point> + 'a {
    let readable = landmarks.iter().filter(|landmark| landmark.status != Status::Unreadable);
    readable.map(move |landmark| point(report, input, &landmark))
}

fn point(report: &Report, input: &InputRecord, landmark: &Landmark) -> Point {
    let world = input.affine.zip(landmark.position).map(|(affine, position)| affine.apply(position));
    let label = report.label(input, landmark.c).filter(|label| !label.is_empty());
    Point {
        n: Some(landmark.n),
        c: Some(landmark.c),
        label: label.map(str::to_owned),
        state: if world.is_some() { State::Present } else { State::Missing },
        status: Some(landmark.status),
        world,
        ..Point::default()
    }
}
