//! `component`: the weighted centroid of the best connected component above a threshold.
//!
//! The rule of pipelines that treat a heatmap as a segmentation: keep the highest voxels, join those that
//! touch, drop specks, and take the component that is highest on average. With the defaults it is that of
//! AFIDs' random forests (afids-auto, `prob_thres.py`), so that their users keep their numbers. A single
//! outlier voxel, which every method about the largest voxel follows, is a speck here.
//!
//! Only voxels above 0 count: weights below 0 have no centroid. It stops being right on logits, and on a
//! background that reaches the threshold: then everything touches, and the component is the volume.
//!
//! The voxels are read again for it, all of them (`kernel/components/`).

use super::component_rule::ComponentRule;
pub use super::component_rule::Connectivity;
use super::method::{Method, MethodKind};
use super::parameter::{Number, OptionalNumber, Range, ThresholdParameter, Word};
use super::parameters::Parameters;
use super::settings::MethodSettings;
use super::threshold::Threshold;

/// Voxels below it are in no component.
pub const THRESHOLD: ThresholdParameter = ThresholdParameter {
    name: "threshold",
    default: Threshold::Percentile(99.9),
    help: "the least value of a voxel of a component",
};

/// The fewest voxels of a component.
pub const MIN: Number = Number {
    name: "min",
    range: Range::Whole,
    default: 6.0,
    unit: "",
    help: "the fewest voxels that a component may have",
};

/// The most voxels of a component.
pub const MAX: OptionalNumber = OptionalNumber {
    name: "max",
    range: Range::Whole,
    otherwise: "no limit",
    help: "the most voxels that a component may have",
};

/// Which voxels touch.
pub const CONNECTIVITY: Word<Connectivity, 3> = Word {
    name: "connectivity",
    words: &["26", "18", "6"],
    meanings: [Connectivity::Corners, Connectivity::Edges, Connectivity::Faces],
    help: "how many neighbours a voxel touches",
};

/// Centroid of a component.
pub(super) const METHOD: Method = Method {
    name: "component",
    summary: "weighted centroid of the connected component above a threshold, of a size in a range, that has \
              the highest mean value",
    definition: "sum_v r_v x_v / sum_v x_v, v over the voxels of the component with the largest mean of x; \
                 components are those of the voxels with x >= threshold and x > 0, and have min to max \
                 voxels; of equal means the one with more voxels, then the one whose first voxel comes first",
    reference: "afids-auto, github.com/afids/afids-auto; labelling: Rosenfeld, Pfaltz 1966, \
                doi:10.1145/321356.321357",
    parameters: &[THRESHOLD.row(), MIN.row(), MAX.row(), CONNECTIVITY.row()],
    kind: MethodKind::Component(rule),
};

/// Why the largest voxel answers.
pub(in crate::kernel) const NONE_FITS: &str = "the largest voxel: no component has the wanted size";

/// The rule of a run.
fn rule(settings: &MethodSettings) -> ComponentRule {
    ComponentRule {
        threshold: settings.threshold(&THRESHOLD),
        sizes: sizes(&settings.parameters),
        connectivity: settings.word(&CONNECTIVITY),
    }
}

/// The fewest and the most voxels: none fits if they are the wrong way round.
pub(super) fn sizes(parameters: &Parameters) -> [u64; 2] {
    let most = parameters.optional_number(&MAX).map_or(u64::MAX, |most| most as u64);
    [parameters.number(&MIN) as u64, most]
}
