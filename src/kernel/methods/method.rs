//! What a method is: how it describes itself, and how it finds its answer.
//!
//! The row is data, so that help texts, the command line, the settings in JSON and the tests can read it.
//! What it computes is a plain function, named in its [`MethodKind`]. The kind is one enum and not a set of
//! optional fields, so that no row can contradict itself: a method with a window has a radius, one with an
//! activation is summed by it, and only a method with a window can have a fit. A `match` on the kind is
//! checked by the compiler, so a new kind is never forgotten anywhere.

use super::component_rule::ComponentRule;
use super::parameter::Parameter;
use super::settings::MethodSettings;
use crate::kernel::revisit::grid::Grid;
use crate::kernel::revisit::radius::WindowRadius;
use crate::kernel::revisit::window::Window;
use crate::kernel::sweep::activation::Activation;
use crate::kernel::sweep::record::Peak;
use crate::landmark::Fit;

/// One way to turn a heatmap into a coordinate.
#[derive(Debug)]
pub struct Method {
    /// The name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub summary: &'static str,
    /// The formula.
    pub definition: &'static str,
    /// Where the method comes from.
    pub reference: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// How it finds its answer.
    pub(crate) kind: MethodKind,
}

/// Where a method finds the peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Located {
    /// Coordinates (h, w, d).
    pub(crate) at: [f64; 3],
    /// The rule that answered, if the method's own formula could not.
    pub(crate) fallback: Option<&'static str>,
}

impl From<[f64; 3]> for Located {
    /// The method's own answer.
    fn from(at: [f64; 3]) -> Located {
        Located { at, fallback: None }
    }
}

/// The derivative of an answer by the voxels of a window.
#[derive(Clone, Debug)]
pub(crate) struct Derivative {
    /// Of the coordinates along h, w and d: by each voxel of the window in (h, w, d) order, 0 where masked.
    pub(crate) rows: [Vec<f64>; 3],
    /// Whether the method is biased, so that the bias that a map shows counts too.
    pub(crate) is_biased: bool,
    /// Whether it holds only where the curvature at the peak is certain.
    pub(crate) needs_steadiness: bool,
}

/// How a method finds its answer. The kind alone decides what is summed over the heatmap, what is read a
/// second time, and which extra figures a landmark has.
#[derive(Debug)]
pub(crate) enum MethodKind {
    /// The largest voxel is the answer. Nothing is summed.
    Hard,
    /// From the moments of the softmax over the whole heatmap: (peak, lengths) to coordinates, all in memory
    /// axes.
    Expectation(fn(&Peak, [usize; 3]) -> [f64; 3]),
    /// From the moments of weights that an activation makes of the values.
    Activated {
        /// The activation; `None` for the softmax.
        activation: fn(&MethodSettings) -> Option<Activation>,
        /// From (peak, lengths) to coordinates, all in memory axes.
        locate: fn(&Peak, [usize; 3]) -> [f64; 3],
    },
    /// From the moments of the softmax and some voxels of the whole heatmap, to coordinates (h, w, d). If it
    /// finds none, the answer is the hard argmax; so it is for a heatmap of equal values.
    Grid(fn(&Grid, &MethodSettings) -> Option<[f64; 3]>),
    /// From the values about the hard argmax, to coordinates (h, w, d). For a heatmap of equal values there
    /// is no window: the answer is the hard argmax.
    Window {
        /// How far the window extends from the hard argmax: at least one voxel along some axis.
        radius: fn(&MethodSettings) -> WindowRadius,
        /// The answer.
        locate: fn(&Window, &MethodSettings) -> Located,
        /// What the method fits to the values, if it fits anything.
        fit: Option<fn(&Window) -> Option<Fit>>,
        /// The derivative of the answer by the values; `None` if the answer does not follow them smoothly.
        derivative: fn(&Window, &MethodSettings) -> Option<Derivative>,
    },
    /// From one of the connected components above a threshold (`kernel/components/`), for which the whole
    /// heatmap is read again. If none fits, and for a heatmap of equal values, the answer is the hard argmax.
    Component(fn(&MethodSettings) -> ComponentRule),
    /// By the rule that suits the map (`kernel/trust/auto.rs`): from what the map itself says, and the values
    /// about the peak.
    Auto,
}

impl MethodKind {
    /// Whether the answer is the mean of the softmax over the whole heatmap.
    pub(crate) fn is_softmax(&self) -> bool {
        matches!(self, MethodKind::Expectation(_))
    }
}

impl Method {
    /// Whether it sums weights over the whole heatmap.
    #[must_use]
    pub(crate) fn sums_weights(&self) -> bool {
        matches!(self.kind, MethodKind::Expectation(_) | MethodKind::Activated { .. } | MethodKind::Grid(_))
    }

    /// Whether it reads values a second time, once the peak is known.
    #[must_use]
    pub(crate) fn reads_again(&self) -> bool {
        self.reads_all_again()
            || matches!(self.kind, MethodKind::Grid(_) | MethodKind::Window { .. } | MethodKind::Auto)
    }

    /// Whether it reads the whole heatmap a second time.
    #[must_use]
    pub(crate) fn reads_all_again(&self) -> bool {
        matches!(self.kind, MethodKind::Component(_))
    }

    /// Whether it reads the values about the peak.
    #[must_use]
    pub fn has_window(&self) -> bool {
        matches!(self.kind, MethodKind::Window { .. })
    }

    /// Whether its landmarks have a [`Fit`].
    #[must_use]
    pub fn has_fit(&self) -> bool {
        matches!(self.kind, MethodKind::Window { fit: Some(_), .. })
    }

    /// Whether it has an answer for each of several peaks of a heatmap: it reads the values about one, or
    /// takes its voxel. Methods that look at the whole heatmap have one answer for all.
    #[must_use]
    pub fn suits_peaks(&self) -> bool {
        !self.sums_weights() && !self.reads_all_again()
    }
}

impl PartialEq for Method {
    fn eq(&self, other: &Method) -> bool {
        self.name == other.name
    }
}
