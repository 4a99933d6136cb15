//! The unit and the axes of errors: true millimetres where there are some, voxels where not, and never a
//! mixture.

use super::error::{EvalError, Held};
use crate::geometry::{Covariance, Hwd, Voxel, World};
use crate::points::{ErrorBar, Point, PointSet, State};

/// What errors are measured along, and in which unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Space {
    /// Along x, y, z of the world, RAS+, in millimetres.
    World,
    /// Along h, w, d, in voxels.
    Voxel,
    /// Along h, w, d, in millimetres: each difference in voxels times the size of a voxel along its axis.
    Spaced(Hwd<f64>),
}

/// Which space to use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SpaceChoice {
    /// Millimetres if every landmark of every file has world coordinates, else voxels.
    #[default]
    Auto,
    /// This one.
    Only(Space),
}

impl Space {
    /// The unit of errors.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Space::World | Space::Spaced(_) => "mm",
            Space::Voxel => "voxel",
        }
    }

    /// The coordinates that a landmark needs for it.
    fn coordinates(self) -> &'static str {
        match self {
            Space::World => "millimetres",
            Space::Voxel | Space::Spaced(_) => "voxel coordinates",
        }
    }

    /// Whether errors are in millimetres.
    #[must_use]
    pub fn is_millimetres(self) -> bool {
        !matches!(self, Space::Voxel)
    }

    /// The names of the three axes.
    #[must_use]
    pub fn axes(self) -> [&'static str; 3] {
        match self {
            Space::World => ["x", "y", "z"],
            Space::Voxel | Space::Spaced(_) => ["h", "w", "d"],
        }
    }

    /// The position of a landmark; `None` if it has none, or one that is not finite.
    pub(in crate::study) fn position(self, point: &Point) -> Option<[f64; 3]> {
        let position = match self {
            Space::World => point.world.map(|World(position)| position),
            Space::Voxel => point.voxel.map(|Voxel(position)| position),
            Space::Spaced(Hwd(sizes)) => {
                point.voxel.map(|Voxel(voxel)| [0, 1, 2].map(|axis| voxel[axis] * sizes[axis]))
            }
        };
        position.filter(|position| position.iter().all(|number| number.is_finite()))
    }

    /// The radius that should hold the truth 95 times of 100. Voxels of unequal sizes have none in mm.
    pub(super) fn error95(self, bar: &ErrorBar) -> Option<f64> {
        match self {
            Space::World => bar.error95_mm,
            Space::Voxel => bar.error95_voxel,
            Space::Spaced(_) => None,
        }
    }

    /// The covariance of the error along the axes, in the unit squared.
    pub(super) fn covariance(self, bar: &ErrorBar) -> Option<Covariance> {
        match self {
            Space::World => bar.covariance_mm2,
            Space::Voxel => bar.covariance_voxel2,
            Space::Spaced(Hwd(sizes)) => bar.covariance_voxel2.map(|voxels| {
                Covariance::from_fn(|row, column| voxels.entry(row, column) * sizes[row] * sizes[column])
            }),
        }
    }
}

/// The space in which every landmark of every file has a position.
///
/// # Errors
/// [`EvalError::Space`] if there is none, or not the one that was chosen.
pub(in crate::study) fn settle(choice: SpaceChoice, sets: &[&PointSet]) -> Result<Space, EvalError> {
    let has = |space: Space| sets.iter().all(|set| lacking(space, set) == 0);
    let candidates = match choice {
        SpaceChoice::Auto => vec![Space::World, Space::Voxel],
        SpaceChoice::Only(space) => vec![space],
    };
    let found = candidates.iter().copied().find(|&space| has(space));
    found.ok_or_else(|| EvalError::Space {
        wanted: candidates.into_iter().map(Space::coordinates).collect(),
        held: sets.iter().map(|set| held(set)).collect(),
    })
}

/// The number of landmarks that are there, but have no coordinates of this space.
fn lacking(space: Space, set: &PointSet) -> usize {
    let lacks = |point: &&Point| match space {
        Space::World => point.world.is_none(),
        Space::Voxel | Space::Spaced(_) => point.voxel.is_none(),
    };
    present(set).filter(lacks).count()
}

fn held(set: &PointSet) -> Held {
    let all = present(set).count();
    Held {
        path: set.path.clone(),
        all,
        world: all - lacking(Space::World, set),
        voxel: all - lacking(Space::Voxel, set),
    }
}

fn present(set: &PointSet) -> impl Iterator<Item = &Point> {
    set.points.iter().filter(|point| point.state == State::Present)
}
