//! `hard`: the first voxel with the largest value.
//!
//! The only method without any arithmetic: it finds the nearest voxel, never a place between two. Every other method
//! near the peak starts from it.

use super::method::{Kind, Method};

/// Hard argmax.
pub(super) const METHOD: Method = Method {
    name: "hard",
    summary: "the voxel with the largest value; of equal ones the first in (h, w, d) order",
    definition: "argmax_v x_v",
    reference: "none needed; off by up to half a voxel an axis by construction",
    parameters: &[],
    kind: Kind::Hard,
};
