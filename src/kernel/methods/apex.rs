//! The apex of a quadratic through the values next to the peak: what `parabola`, `newton`, `dark` and
//! `gaussian` share.
//!
//! Near its maximum every smooth map is a quadratic, and a Gaussian is one exactly once its logarithm is
//! taken. Two ways lead to the apex:
//!
//! - A **parabola along each axis** needs six neighbours. It cannot see a peak that is tilted against the
//!   axes.
//! - A **Newton step** needs twelve more, two axes away: −H⁻¹g, with the gradient g and the Hessian H by
//!   central differences. It fails where there is no maximum (a saddle, a ridge, noise), and the parabolas
//!   are then the answer.
//!
//! Both are limited: the apex of a well-behaved peak is within half a voxel of its largest one, and a step
//! that goes further says that the quadratic does not fit.
//!
//! A value that is not above 0 has no logarithm. The quadratic then goes through the values themselves, which
//! is less exact for a Gaussian and always has an answer; the step says so.
//!
//! An axis along which a neighbour is absent (the border, a mask) takes no part, and the answer stays on the
//! voxel along it. That is better than a one-sided difference, which would take
//! the slope at the border for that of a peak.

use super::parameter::Word;
use super::settings::MethodSettings;
use super::solve::solve;
use crate::kernel::revisit::radius::WindowRadius;
use crate::kernel::revisit::window::Window;

/// The numbers through which the quadratic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitSpace {
    /// The logarithms of the values.
    Log,
    /// The values.
    Raw,
}

/// The numbers through which the quadratic goes.
pub const SPACE: Word<FitSpace, 2> = Word {
    name: "space",
    words: &["log", "raw"],
    meanings: [FitSpace::Log, FitSpace::Raw],
    help: "logarithms of the values, exact for Gaussians, or the values themselves",
};

/// A window of the next neighbours.
pub(super) fn radius(_: &MethodSettings) -> WindowRadius {
    WindowRadius::voxels(1)
}

/// What is said of an answer that a raw form gave in place of logarithms.
pub(super) const WITHOUT_LOGARITHM: &str = "a quadratic through the values, some of which have no logarithm";

/// What is said of an answer by parabolas in place of a quadratic in all directions.
pub(super) const PARABOLAS: &str = "the parabola along each axis";

impl FitSpace {
    /// The number for the quadratic; `None` for a value without a logarithm.
    fn number(self, value: f64) -> Option<f64> {
        match self {
            FitSpace::Log => (value > 0.0).then(|| libm::log(value)),
            FitSpace::Raw => Some(value),
        }
    }
}

/// A step from the peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// By how much, along (h, w, d).
    pub(super) offset: [f64; 3],
    /// Whether it goes by the values along some axis, although logarithms were asked for.
    pub(super) is_raw: bool,
}

/// The apex of the parabola along each axis, as an offset (h, w, d) from the peak. Each is within ±½ voxel,
/// and 0 along an axis without an apex. Along an axis with a value that has no logarithm it goes by the
/// values; along one with three equal values it is the middle of the plateau.
pub(super) fn parabolas(window: &Window, space: FitSpace) -> Step {
    let mut step = Step { offset: [0.0; 3], is_raw: false };
    for axis in 0..3 {
        let Some(values) = window.along(axis) else { continue };
        if values[0].total_cmp(&values[1]).is_eq() && values[1].total_cmp(&values[2]).is_eq() {
            step.offset[axis] = window.middle[axis];
            continue;
        }
        let logarithms = values.map(|value| space.number(value));
        let [a, b, c] = if let [Some(a), Some(b), Some(c)] = logarithms {
            [a, b, c]
        } else {
            step.is_raw = true;
            values
        };
        let curvature = (a - b) + (c - b);
        let apex = 0.5 * (a - c) / curvature;
        // Not finite only if values are so large that their difference overflows.
        let is_apex = curvature < 0.0 && apex.is_finite();
        step.offset[axis] = if is_apex { apex.clamp(-0.5, 0.5) } else { 0.0 };
    }
    step
}

/// Whether every value that [`newton_step`] may use has a logarithm.
fn have_logarithms(window: &Window) -> bool {
    (0..27).all(|i: isize| {
        let offset = [i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1];
        // Corners have no part.
        !offset.contains(&0) || window.at(offset).is_none_or(|value| value > 0.0)
    })
}

/// The derivative of [`newton_step`] by each of the 3 × 3 × 3 numbers about the peak that the quadratic goes
/// through (before any logarithm), as (offset, derivative along h, w, d): H⁻¹ (∂g + ∂H t), up to the sign.
///
/// `None` where there is no step, and where it has ended at `most`.
pub(super) fn newton_slopes(
    window: &Window,
    space: FitSpace,
    most: f64,
) -> Option<Vec<([isize; 3], [f64; 3])>> {
    let Step { offset: step, is_raw: false } = newton_step(window, space, most)? else { return None };
    let Quadratic { free, curvature, .. } = quadratic(window, space)?;
    if step.iter().any(|by| by.abs() >= most) {
        return None;
    }
    let n = free.len();
    let mut slopes = Vec::with_capacity(19);
    for i in 0..27_isize {
        let offset = [i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1];
        let moved: Vec<usize> = (0..3).filter(|&axis| offset[axis] != 0).collect();
        let is_used = moved.len() < 3 && moved.iter().all(|axis| free.contains(axis));
        let Some(value) = window.at(offset).filter(|_| is_used) else { continue };
        let mut right = [0.0; 3];
        for (i, &a) in free.iter().enumerate() {
            let by = offset[a] as f64;
            right[i] = match moved[..] {
                [] => -2.0 * step[a],
                [axis] if axis == a => by / 2.0 + step[a],
                [x, y] if x == a || y == a => {
                    let other = if x == a { y } else { x };
                    by * offset[other] as f64 * step[other] / 4.0
                }
                _ => 0.0,
            };
        }
        let solved = solve(n, curvature, right)?;
        let inner = if space == FitSpace::Log { 1.0 / value } else { 1.0 };
        let mut slope = [0.0; 3];
        for (&axis, by) in free.iter().zip(solved) {
            slope[axis] = by * inner;
        }
        slopes.push((offset, slope));
    }
    Some(slopes)
}

/// A Newton step from the peak, each component within ±`most` voxels; by the values, if some of them have no
/// logarithm. Only axes along which the peak has two neighbours take part.
///
/// `None` if one of the other neighbours is absent, or if the quadratic has no maximum.
pub(super) fn newton_step(window: &Window, space: FitSpace, most: f64) -> Option<Step> {
    let is_raw = space == FitSpace::Log && !have_logarithms(window);
    let Quadratic { free, gradient, curvature } =
        quadratic(window, if is_raw { FitSpace::Raw } else { space })?;
    let solved = solve(free.len(), curvature, gradient)?;
    let mut offset = [0.0; 3];
    for (&axis, by) in free.iter().zip(solved) {
        offset[axis] = by.clamp(-most, most);
    }
    Some(Step { offset, is_raw })
}

/// A quadratic about the peak, along the axes on which the peak has two neighbours.
struct Quadratic {
    /// These axes.
    free: Vec<usize>,
    gradient: [f64; 3],
    /// −H, which must be positive definite: the lower triangle.
    curvature: [[f64; 3]; 3],
}

/// The quadratic by central differences; `None` if a neighbour off the axes is absent.
fn quadratic(window: &Window, space: FitSpace) -> Option<Quadratic> {
    let value = |offset: [isize; 3]| window.at(offset).and_then(|value| space.number(value));
    let along = |axis: usize, by: isize, other: usize, and: isize| {
        let mut offset = [0; 3];
        offset[other] = and;
        offset[axis] = by;
        value(offset)
    };
    let middle = value([0; 3])?;
    let is_free = |&axis: &usize| along(axis, -1, axis, -1).is_some() && along(axis, 1, axis, 1).is_some();
    let free: Vec<usize> = (0..3).filter(is_free).collect();
    let (mut gradient, mut curvature) = ([0.0; 3], [[0.0; 3]; 3]);
    for (i, &a) in free.iter().enumerate() {
        let (before, behind) = (along(a, -1, a, -1)?, along(a, 1, a, 1)?);
        gradient[i] = (behind - before) / 2.0;
        curvature[i][i] = (middle - before) + (middle - behind);
        for (j, &b) in free.iter().enumerate().take(i) {
            let same = along(a, 1, b, 1)? + along(a, -1, b, -1)?;
            let opposite = along(a, 1, b, -1)? + along(a, -1, b, 1)?;
            curvature[i][j] = (opposite - same) / 4.0;
        }
    }
    Some(Quadratic { free, gradient, curvature })
}
