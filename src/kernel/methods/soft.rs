//! `soft`: the expected coordinate under the softmax of the heatmap.
//!
//! The method of integral pose regression, and the default: right if the network was trained through this
//! operation, or if its outputs are logits with one peak. It uses every voxel, so it is accurate to a small
//! fraction of a voxel.
//!
//! That every voxel has a weight is also how it fails. A background counts by the *number* of its voxels: at
//! T = 1 a Gaussian of height 1 in 64³ voxels is invisible, and the answer is the centre of the volume (doubt
//! `diffuse`). Of two peaks the answer lies between (doubt `bimodal`). A lower temperature helps, until the
//! answer snaps to the nearest voxel.

use super::method::{Method, MethodKind};
use crate::kernel::sweep::record::Peak;

/// Softmax expectation.
pub(super) const METHOD: Method = Method {
    name: "soft",
    summary: "the mean position of all voxels, weighted by the softmax of their values",
    definition: "sum_v r_v exp(x_v / T) / sum_v exp(x_v / T), v over all unmasked voxels, r_v the voxel \
                 index",
    reference: "Luvizon, Tabia, Picard 2019, doi:10.1016/j.cag.2019.09.002",
    parameters: &[],
    kind: MethodKind::Expectation(locate),
};

/// The mean of the weights, in memory axes, within the hull of the voxels.
fn locate(peak: &Peak, lengths: [usize; 3]) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let mean = peak.at[axis] as f64 + peak.sums.first[axis] / peak.sums.mass;
        mean.clamp(0.0, lengths[axis] as f64 - 1.0)
    })
}
