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
//! An axis along which a neighbour is absent (the border, a mask, a value without a logarithm) takes no part,
//! and the answer stays on the voxel along it. That is better than a one-sided difference, which would take
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

/// From a value to the number for the quadratic; `None` for a value without a logarithm.
pub(super) fn space(settings: &MethodSettings) -> fn(f64) -> Option<f64> {
    match settings.word(&SPACE) {
        FitSpace::Log => |value| (value > 0.0).then(|| libm::log(value)),
        FitSpace::Raw => Some,
    }
}

/// The apex of the parabola along each axis, as an offset (h, w, d) from the peak. Each is within ±½ voxel,
/// and 0 along an axis without an apex.
pub(super) fn parabolas(window: &Window, space: fn(f64) -> Option<f64>) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let Some([a, b, c]) = window.along(axis).map(|values| values.map(space)) else { return 0.0 };
        let (Some(a), Some(b), Some(c)) = (a, b, c) else { return 0.0 };
        let curvature = (a - b) + (c - b);
        let apex = 0.5 * (a - c) / curvature;
        // Not finite only if values are so large that their difference overflows.
        if curvature < 0.0 && apex.is_finite() { apex.clamp(-0.5, 0.5) } else { 0.0 }
    })
}

/// A Newton step from the peak, as an offset (h, w, d), each within ±`most` voxels. Only axes along which the
/// peak has two neighbours take part.
///
/// `None` if one of the other neighbours is absent, or if the quadratic has no maximum.
pub(super) fn newton_step(window: &Window, space: fn(f64) -> Option<f64>, most: f64) -> Option<[f64; 3]> {
    let value = |offset: [isize; 3]| window.at(offset).and_then(space);
    let along = |axis: usize, by: isize, other: usize, and: isize| {
        let mut offset = [0; 3];
        offset[other] = and;
        offset[axis] = by;
        value(offset)
    };
    let middle = value([0; 3])?;
    let is_free = |&axis: &usize| along(axis, -1, axis, -1).is_some() && along(axis, 1, axis, 1).is_some();
    let free: Vec<usize> = (0..3).filter(is_free).collect();
    let n = free.len();
    // The gradient, and −H, which must be positive definite.
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
    let solved = solve(n, curvature, gradient)?;
    let mut offset = [0.0; 3];
    for (&axis, by) in free.iter().zip(solved) {
        offset[axis] = by.clamp(-most, most);
    }
    Some(offset)
}
