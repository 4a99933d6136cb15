//! `auto`: for peaked maps of any scale and sign, with nothing to choose.
//!
//! The other methods each suit some maps, and which one follows from the scale of the values, the noise, the
//! width of the peak and what lies beside it. All of that can be seen in the map. `auto` looks, fits the peak
//! where it can be fitted, and otherwise answers by the rule that was made for such a map
//! (`kernel/trust/auto.rs`).
//!
//! It stops being right for maps without one peak: a plateau of many voxels, two peaks that touch.

use super::method::{Method, MethodKind};

/// Looks at the map, and chooses.
pub(super) const METHOD: Method = Method {
    name: "auto",
    summary: "for peaked maps of any scale and sign, nothing to choose: background, noise and width are \
              taken from the map, and the peak is fitted",
    definition: "the first of five rules that applies: 1. a map that is a softmax already: its centre of \
                 mass about the peak; 2. a peak that fills the volume: a softmax within 4 voxels of it, flag \
                 fallback; 3. the centre of the Gaussian fitted within 2 sigma of the middle of the voxels \
                 that share the maximum, if it fits well; 4. a Newton step on the logarithms of the map less \
                 its background, blurred by the peak's width; 5. a peak without height over the background: \
                 that middle, flag fallback",
    reference: "docs/methods/auto.md",
    parameters: &[],
    kind: MethodKind::Auto,
};
