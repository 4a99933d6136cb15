//! `mean`: the centre of mass of the heatmap's values.
//!
//! For maps that are a density or a probability already, or become one by an activation: a softmax on top of
//! it would flatten the peak. The sums are f64 for every element type, in the same one pass as those of the
//! softmax.
//!
//! It stops being right on logits, whose values are no weights, and on a map with a background above 0 or
//! with noise that is not cut off: each of its many voxels has weight. Noise of 0.02 on 64³ voxels weighs
//! more than a peak of height 1 and σ = 3. With activation `none`, negative weights may push the answer out
//! of the volume, or cancel the positive ones.

use super::method::{Method, MethodKind};
use super::parameter::{Number, Range, Word};
use super::settings::MethodSettings;
use crate::kernel::sweep::activation::Activation;
use crate::kernel::sweep::record::Peak;
use crate::kernel::sweep::sums::Sums;

/// The words of [`ACTIVATION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActivationWord {
    /// max(x, 0).
    Relu,
    /// x.
    None,
    /// 1/(1 + exp(−x)).
    Sigmoid,
    /// max(x, 0)^α, with the exponent [`ALPHA`].
    Power,
    /// exp(x/T).
    Softmax,
}

/// The weight of a voxel, made of its value.
pub const ACTIVATION: Word<ActivationWord, 5> = Word {
    name: "activation",
    words: &["relu", "none", "sigmoid", "power", "softmax"],
    meanings: [
        ActivationWord::Relu,
        ActivationWord::None,
        ActivationWord::Sigmoid,
        ActivationWord::Power,
        ActivationWord::Softmax,
    ],
    help: "how a value becomes a weight",
};

/// The exponent of [`ActivationWord::Power`].
pub const ALPHA: Number = Number {
    name: "alpha",
    range: Range::Positive,
    default: 2.0,
    unit: "",
    help: "the exponent of activation=power",
};

/// Centre of mass.
pub(super) const METHOD: Method = Method {
    name: "mean",
    summary: "centre of mass: the mean position of all voxels, weighted by their values",
    definition: "sum_v r_v w_v / sum_v w_v, w_v = max(x_v, 0), or another activation of x_v, v over all \
                 unmasked voxels",
    reference: "Nibali et al. 2018, doi:10.48550/arXiv.1801.07372",
    parameters: &[ACTIVATION.row(), ALPHA.row().only_with("activation", "power")],
    kind: MethodKind::Activated { activation, locate },
};

/// `None` for the softmax.
fn activation(settings: &MethodSettings) -> Option<Activation> {
    match settings.word(&ACTIVATION) {
        ActivationWord::Relu => Some(Activation::Relu),
        ActivationWord::None => Some(Activation::None),
        ActivationWord::Sigmoid => Some(Activation::Sigmoid),
        ActivationWord::Power => Some(Activation::Power(settings.number(&ALPHA))),
        ActivationWord::Softmax => None,
    }
}

/// The mean of the weights, in memory axes. Negative weights may push it out of the volume; rounding may not.
fn locate(peak: &Peak, lengths: [usize; 3]) -> [f64; 3] {
    const ROUNDING: f64 = 1e-9;
    let Sums { mass, first, .. } = peak.coordinate_sums();
    std::array::from_fn(|axis| {
        let mean = peak.at[axis] as f64 + first[axis] / mass;
        let inside = mean.clamp(0.0, lengths[axis] as f64 - 1.0);
        if (mean - inside).abs() < ROUNDING { inside } else { mean }
    })
}
