//! `hard`: the first voxel with the largest value.
//!
//! The only method without any arithmetic: it finds a voxel, never a place between two, and is off by up to
//! half a voxel along each axis even on a perfect map. Every method near the peak starts from it, and
//! `--compare` prints it beside the answer of any other. Ties go to the first voxel in (h, w, d) order,
//! whatever the memory order of the file.

use super::method::{Method, MethodKind};

/// Hard argmax.
pub(super) const METHOD: Method = Method {
    name: "hard",
    summary: "the voxel with the largest value; of equal ones the first in (h, w, d) order",
    definition: "argmax_v x_v",
    reference: "none needed; off by up to half a voxel an axis by construction",
    parameters: &[],
    kind: MethodKind::Hard,
};
