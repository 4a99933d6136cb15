//! `hard`: the first voxel with the largest value.

use super::method::{Locate, Method};
use crate::kernel::sweep::record::Peak;

/// Hard argmax.
pub(crate) const METHOD: Method = Method {
    name: "hard",
    summary: "the voxel with the largest value; of equal ones the first in (h, w, d) order",
    definition: "argmax_v x_v",
    reference: "none needed; off by up to half a voxel an axis by construction",
    sums_weights: false,
    parameters: &[],
    locate: Locate::Record(locate),
    fit: None,
    activation: None,
};

fn locate(peak: &Peak, _: [usize; 3]) -> [f64; 3] {
    peak.at.map(|i| i as f64)
}
