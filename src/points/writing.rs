//! Writes landmarks in any format, and says what the format has no room for.
//!
//! What would make a false file is an error: the landmarks of two images in a format of one, millimetres
//! taken for voxels. What is merely left out is counted, and told.

use super::error::WriteError;
use super::format::{Format, Space, WriteOptions};
use super::parts::{label_of, number_of};
use super::point::{Point, PointSet, State};
use crate::geometry::{Hwd, Voxel};
use crate::shown;
use std::collections::HashSet;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// Something that a format has no room for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// Missing landmarks, which it leaves out.
    Missing {
        /// How many.
        count: usize,
    },
    /// Inputs that could not be read.
    Unreadable {
        /// How many.
        count: usize,
    },
    /// Names.
    Labels {
        /// How many.
        count: usize,
    },
    /// What is doubtful about landmarks.
    Flags {
        /// Of how many landmarks.
        count: usize,
    },
    /// How far landmarks may be off.
    Errors {
        /// Of how many landmarks.
        count: usize,
    },
    /// Further columns.
    Columns {
        /// Their names.
        names: Vec<String>,
    },
    /// Landmarks have no number, and are numbered in the order of the file.
    Numbered {
        /// How many.
        count: usize,
    },
    /// Positions between voxels, which are moved to the nearest voxel.
    Rounded {
        /// The farthest that one is moved, in mm.
        farthest_mm: f64,
    },
    /// Cubes that the border of the image cuts: their centroids are not the landmarks.
    Cut {
        /// How many.
        count: usize,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let are = |count: usize| if count == 1 { "1 landmark is" } else { "landmarks are" };
        let several = |count: usize| if count == 1 { String::new() } else { format!("{count} ") };
        match self {
            Loss::Missing { count } => {
                write!(f, "{}{} missing, and left out", several(*count), are(*count))
            }
            Loss::Unreadable { count } => write!(f, "{count} unreadable inputs are left out"),
            Loss::Labels { count } => write!(f, "it has no names: those of {count} landmarks are left out"),
            Loss::Flags { count } => write!(f, "it has no flags: those of {count} landmarks are left out"),
            Loss::Errors { count } => {
                write!(f, "it has no error bounds: those of {count} landmarks are left out")
            }
            Loss::Columns { names } => {
                let names = names.join(", ");
                write!(f, "it has no further columns: left out are {}", shown::text(&names))
            }
            Loss::Numbered { count } => {
                write!(
                    f,
                    "{count} landmarks have no number: they are numbered from 1 in the order of the file"
                )
            }
            Loss::Rounded { farthest_mm } => {
                write!(f, "landmarks are moved to the nearest voxel, by at most {farthest_mm:.3} mm")
            }
            Loss::Cut { count } => {
                write!(f, "the border cuts the cubes of {count} landmarks: read back, they are moved")
            }
        }
    }
}

/// Writes landmarks. Returns what the format has no room for.
///
/// # Errors
/// [`WriteError`]: the output cannot be written, or the format cannot hold these landmarks. Nothing is
/// written then but to an output that fails itself.
pub fn write(
    out: &mut dyn Write,
    set: &PointSet,
    format: &'static Format,
    options: &WriteOptions,
) -> Result<Vec<Loss>, WriteError> {
    let write = format.write.ok_or(WriteError::ReadOnly { format: format.name })?;
    check(set, format, options)?;
    write(out, set, options)?;
    Ok(losses(set, format, options))
}

fn check(set: &PointSet, format: &'static Format, options: &WriteOptions) -> Result<(), WriteError> {
    let (holds, name) = (format.holds, format.name);
    let readable = || set.points.iter().filter(|point| point.state != State::Unreadable);
    if !holds.images {
        let images: HashSet<_> = readable().map(image).collect();
        if images.len() > 1 {
            return Err(WriteError::SeveralImages { format: name, found: images.len() });
        }
    }
    if !holds.doubled {
        let mut seen = HashSet::new();
        for (place, point) in set.points.iter().enumerate().filter(|(_, p)| p.state != State::Unreadable) {
            let id = if holds.numbers { number_of(point, place).to_string() } else { label_of(point, place) };
            if !seen.insert((image(point), id)) {
                return Err(WriteError::Doubled { format: name, name: point.name() });
            }
        }
    }
    let present = || set.points.iter().filter(|point| point.state == State::Present);
    let without_world = || present().find(|point| point.world.is_none()).map(Point::name);
    let without_voxel = || present().find(|point| point.voxel.is_none()).map(Point::name);
    match holds.space {
        Space::World => {
            without_world()
                .map_or(Ok(()), |point| Err(WriteError::NeedsMillimetres { format: name, name: point }))?;
        }
        Space::Voxel => {
            without_voxel()
                .map_or(Ok(()), |point| Err(WriteError::NeedsVoxels { format: name, name: point }))?;
        }
        Space::Any | Space::Either => {}
    }
    if options.frame.is_some() && holds.space == Space::Voxel {
        return Err(WriteError::NoFrame { format: name });
    }
    Ok(())
}

/// What tells the image of a landmark from others.
fn image(point: &Point) -> (Option<&Path>, Option<usize>) {
    (point.file.as_deref(), point.n)
}

fn losses(set: &PointSet, format: &Format, options: &WriteOptions) -> Vec<Loss> {
    let holds = format.holds;
    let of = |is: &dyn Fn(&Point) -> bool| set.points.iter().filter(|point| is(point)).count();
    let mut losses = Vec::new();
    let mut add = |count: usize, loss: fn(usize) -> Loss| losses.extend((count > 0).then(|| loss(count)));
    if !holds.missing {
        add(of(&|point| point.state == State::Missing), |count| Loss::Missing { count });
    }
    if !holds.remarks {
        add(of(&|point| point.state == State::Unreadable), |count| Loss::Unreadable { count });
        add(of(&|point| !point.flags.is_empty()), |count| Loss::Flags { count });
        add(of(&|point| point.error.is_some()), |count| Loss::Errors { count });
    }
    if !holds.labels {
        let is_number = |point: &Point| point.label.as_deref().is_some_and(|l| l.parse::<usize>().is_ok());
        add(of(&|point| point.label.is_some() && !is_number(point)), |count| Loss::Labels { count });
    }
    if holds.numbers {
        add(of(&|point| point.c.is_none() && point.state == State::Present), |count| Loss::Numbered {
            count,
        });
    }
    if !holds.remarks && !set.columns.is_empty() {
        losses.push(Loss::Columns { names: set.columns.clone() });
    }
    if format.name == "label-map" {
        losses.extend(of_cubes(set, options));
    }
    losses
}

/// How a label map moves landmarks.
fn of_cubes(set: &PointSet, options: &WriteOptions) -> Vec<Loss> {
    let Some(grid) = options.grid else { return Vec::new() };
    let (Hwd(lengths), reach) = (grid.lengths, (options.cube / 2) as f64);
    let (mut farthest_mm, mut count) = (0.0_f64, 0);
    for voxel in set.points.iter().filter_map(|point| point.voxel) {
        let centre = voxel.0.map(|x| (x + 0.5).floor());
        farthest_mm = farthest_mm.max(grid.affine.apply(voxel).distance(grid.affine.apply(Voxel(centre))));
        let is_cut = centre.iter().zip(lengths).any(|(&x, n)| x < reach || x + reach > n as f64 - 1.0);
        count += usize::from(is_cut);
    }
    let rounded = (farthest_mm > 0.0).then_some(Loss::Rounded { farthest_mm });
    rounded.into_iter().chain((count > 0).then_some(Loss::Cut { count })).collect()
}
