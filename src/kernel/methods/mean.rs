//! `mean`: the centre of mass of the heatmap's values.

use super::method::{Locate, Method};
use super::parameters::{Parameter, Range};
use crate::kernel::Settings;
use crate::kernel::sweep::activation::Activation;
use crate::kernel::sweep::record::{Peak, Sums};

const ACTIVATION: usize = 0;
const ALPHA: usize = 1;
/// In the order of [`Activation`], with the softmax last.
const ACTIVATIONS: &[&str] = &["relu", "none", "sigmoid", "power", "softmax"];

/// Centre of mass.
pub(crate) const METHOD: Method = Method {
    name: "mean",
    summary: "centre of mass: the mean voxel coordinate, weighted by the values themselves",
    definition: "sum_v r_v w_v / sum_v w_v, w_v = max(x_v, 0), or another activation of x_v, v over all unmasked voxels",
    reference: "Nibali et al. 2018, doi:10.48550/arXiv.1801.07372",
    sums_weights: true,
    parameters: &[
        Parameter {
            name: "activation",
            range: Range::Words(ACTIVATIONS),
            default: Some(0.0),
            otherwise: "",
            unit: "",
            help: "what makes a weight of a value",
        },
        Parameter {
            name: "alpha",
            range: Range::Positive,
            default: Some(2.0),
            otherwise: "",
            unit: "",
            help: "the exponent of activation=power",
        },
    ],
    locate: Locate::Record(locate),
    fit: None,
    activation: Some(activation),
};

/// None for the softmax.
fn activation(settings: &Settings) -> Option<Activation> {
    Some(match settings.parameter(ACTIVATION)? as usize {
        0 => Activation::Relu,
        1 => Activation::None,
        2 => Activation::Sigmoid,
        3 => Activation::Power(settings.parameter(ALPHA)?),
        _ => return None,
    })
}

/// The mean of the weights, in memory axes. Negative weights may push it out of the volume, rounding may not.
fn locate(peak: &Peak, lengths: [usize; 3]) -> [f64; 3] {
    const ROUNDING: f64 = 1e-9;
    let Sums { mass, first, .. } = peak.telling();
    std::array::from_fn(|axis| {
        let mean = peak.at[axis] as f64 + first[axis] / mass;
        let inside = mean.clamp(0.0, lengths[axis] as f64 - 1.0);
        if (mean - inside).abs() < ROUNDING { inside } else { mean }
    })
}
