//! One landmark as a landmark file states it, and all of a file.
//!
//! The formats of the field differ in what they hold: names or numbers, voxels or millimetres, one image or
//! many. A [`Point`] has room for all of it, and `None` for what the file does not say. Nothing is made up:
//! a position that the file does not give stays absent.

use super::notice::Notice;
use crate::geometry::{Affine, Covariance, Hwd, Voxel, World};
use crate::landmark::Status;
use std::path::PathBuf;

/// Whether a landmark file gives a position for a landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It does, in voxels, in millimetres or in both.
    #[default]
    Present,
    /// It says that the landmark is missing, or has nothing where the position belongs.
    Missing,
    /// It says that the input of the landmark could not be read.
    Unreadable,
}

impl State {
    /// Whether a landmark of this status has a position.
    #[must_use]
    pub fn of(status: Status) -> State {
        match status {
            Status::Ok | Status::Flat => State::Present,
            Status::Missing | Status::Empty | Status::Nonfinite => State::Missing,
            Status::Unreadable => State::Unreadable,
        }
    }
}

/// How far the position of a landmark may be off, as the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorBar {
    /// The radius that holds the truth 95 times of 100, in mm.
    pub error95_mm: Option<f64>,
    /// The same radius in voxels.
    pub error95_voxel: Option<f64>,
    /// The covariance of the error in mm², along x, y, z of RAS+.
    pub covariance_mm2: Option<Covariance>,
    /// The covariance of the error in voxels², along h, w, d.
    pub covariance_voxel2: Option<Covariance>,
}

impl ErrorBar {
    /// It, unless it says nothing.
    pub(super) fn known(self) -> Option<ErrorBar> {
        Some(self).filter(|bar| *bar != ErrorBar::default())
    }
}

/// One landmark as a landmark file states it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// The heatmaps that it was decoded from; `None` if the format has no room for that.
    pub file: Option<PathBuf>,
    /// Sample, as in the file.
    pub n: Option<usize>,
    /// Channel, as in the file; of a label map its value minus 1.
    pub c: Option<usize>,
    /// Which peak of its heatmap.
    pub peak: Option<usize>,
    /// Its name; never empty.
    pub label: Option<String>,
    /// Whether it has a position.
    pub state: State,
    /// Its status, if the file has one.
    pub status: Option<Status>,
    /// In voxels of the image, (h, w, d), 0-based.
    pub voxel: Option<Voxel>,
    /// In mm, (x, y, z), RAS+ whatever the frame of the file.
    pub world: Option<World>,
    /// What is doubtful about it, in the words of the column `flags`.
    pub flags: Vec<String>,
    /// How far it may be off.
    pub error: Option<ErrorBar>,
    /// Why it has its status or its flags, in the words of the column `reason`.
    pub reason: Option<String>,
    /// What the further columns say ([`PointSet::columns`]).
    pub extra: Vec<Option<String>>,
}

/// Why a landmark with such coordinates is missing.
const NONFINITE: &str = "a coordinate is no finite number";

impl Point {
    /// Takes a position in mm, RAS+. Three times NaN is how files mark a missing landmark; one with any other
    /// number that is not finite counts as missing too, and says why.
    pub(super) fn set_world(&mut self, world: World) {
        self.world = self.checked(world.0).map(World);
    }

    /// Takes a position in voxels, as [`Point::set_world`] takes one in mm.
    pub(super) fn set_voxel(&mut self, voxel: Voxel) {
        self.voxel = self.checked(voxel.0).map(Voxel);
    }

    fn checked(&mut self, position: [f64; 3]) -> Option<[f64; 3]> {
        if position.iter().all(|x| x.is_finite()) {
            return Some(position);
        }
        if !position.iter().all(|x| x.is_nan()) {
            self.reason = Some(NONFINITE.to_owned());
        }
        None
    }

    /// Whether it counts as missing because its coordinates are no numbers.
    pub(super) fn is_nonfinite(&self) -> bool {
        self.state == State::Missing && self.reason.as_deref() == Some(NONFINITE)
    }

    /// It, marked as missing if it has no position; without a position if it is marked.
    pub(super) fn settled(mut self) -> Point {
        match self.state {
            State::Present if self.voxel.is_none() && self.world.is_none() => self.state = State::Missing,
            State::Present => {}
            State::Missing | State::Unreadable => (self.voxel, self.world) = (None, None),
        }
        self
    }

    /// What a person calls it in a message: its name, else its channel.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.label, self.c) {
            (Some(label), _) => label.clone(),
            (None, Some(c)) => format!("c {c}"),
            (None, None) => "a landmark without a name".to_owned(),
        }
    }
}

/// All landmarks of a file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PointSet {
    /// The file.
    pub path: PathBuf,
    /// The name of its format in the table, such as `slicer-json`.
    pub format: &'static str,
    /// The names of further columns, such as those of `--path-regex`.
    pub columns: Vec<String>,
    /// The landmarks, in the order of the file.
    pub points: Vec<Point>,
    /// What was suspicious.
    pub notices: Vec<Notice>,
}

/// The grid of an image: what voxel coordinates mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Voxel (h, w, d) to world in mm, RAS+.
    pub affine: Affine,
    /// The lengths of its axes.
    pub lengths: Hwd<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_that_is_no_number_is_none() {
        let mut point = Point::default();
        point.set_world(World([1.0, f64::NAN, 3.0]));
        assert!(point.clone().settled().is_nonfinite());
        let mut marked = Point::default();
        marked.set_voxel(Voxel([f64::NAN; 3]));
        let marked = marked.settled();
        assert!(marked.state == State::Missing && !marked.is_nonfinite());
        point.set_voxel(Voxel([1.0, 2.0, 3.0]));
        assert_eq!(point.clone().settled().state, State::Present);
        point.state = State::Missing;
        assert_eq!(point.settled().voxel, None);
    }
}
