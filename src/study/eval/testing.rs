//! Rows and points for the tests of this folder.

use super::row::{Outcome, Row};
use crate::geometry::{Voxel, World};
use crate::points::{Point, PointSet, State};

/// A matched landmark whose error lies along the first axis.
pub(super) fn row(subject: usize, landmark: usize, error: f64) -> Row {
    Row {
        file: None,
        n: None,
        c: None,
        label: None,
        extra: Vec::new(),
        case: subject,
        subject: Some(subject),
        landmark,
        outcome: Outcome::Matched,
        prediction: None,
        predicted: Some([error, 0.0, 0.0]),
        truth: Some([0.0; 3]),
        difference: Some([error, 0.0, 0.0]),
        error: Some(error.abs()),
        error95: None,
        in_ellipsoids: None,
        identified: None,
        reference: None,
    }
}

/// A landmark that was not predicted.
pub(super) fn missing(subject: usize, landmark: usize) -> Row {
    Row {
        outcome: Outcome::Missing,
        predicted: None,
        difference: None,
        error: None,
        ..row(subject, landmark, 0.0)
    }
}

/// A landmark with world and voxel coordinates that are the same numbers.
pub(super) fn point(file: &str, label: &str, position: [f64; 3]) -> Point {
    Point {
        file: Some(file.into()),
        label: Some(label.into()),
        state: State::Present,
        voxel: Some(Voxel(position)),
        world: Some(World(position)),
        ..Point::default()
    }
}

/// A file of these points.
pub(super) fn set(path: &str, points: Vec<Point>) -> PointSet {
    PointSet { path: path.into(), points, ..PointSet::default() }
}
