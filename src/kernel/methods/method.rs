//! What a method is: how it describes itself, and how it finds its answer.

use super::parameters::Parameter;
use crate::kernel::Settings;
use crate::kernel::revisit::grid::Grid;
use crate::kernel::revisit::reach::Reach;
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
    /// Where it comes from.
    pub reference: &'static str,
    /// Whether it needs the weights' moments.
    pub sums_weights: bool,
    /// What it can be told beside its name.
    pub parameters: &'static [Parameter],
    /// How it finds its answer.
    pub(crate) locate: Locate,
    /// What it fits to the values about the hard argmax, where it does.
    pub(crate) fit: Option<fn(&Window, &Settings) -> Option<Fit>>,
    /// What makes its weights of the values, where that may be something else than the softmax.
    pub(crate) activation: Option<fn(&Settings) -> Option<Activation>>,
}

impl Method {
    /// Whether it looks at the values about the peak, or elsewhere, once the peak is known.
    #[must_use]
    pub fn looks_again(&self) -> bool {
        !matches!(self.locate, Locate::Record(_))
    }

    /// Whether it looks at the values about the peak.
    #[must_use]
    pub fn has_window(&self) -> bool {
        matches!(self.locate, Locate::Window { .. })
    }

    /// Whether its landmarks have a [`Fit`].
    #[must_use]
    pub fn has_fit(&self) -> bool {
        self.fit.is_some()
    }
}

/// How a method finds its answer.
#[derive(Debug)]
pub(crate) enum Locate {
    /// From the record of the one pass: in memory axes, in a heatmap with memory axes of the given lengths.
    Record(fn(&Peak, [usize; 3]) -> [f64; 3]),
    /// From the record and a sparse look at the whole heatmap, in voxels (h, w, d); where it has no answer, that is
    /// the hard argmax, and so it is for a heatmap of equal values.
    Grid(fn(&Grid, &Settings) -> Option<[f64; 3]>),
    /// From the values about the hard argmax, in voxels (h, w, d). A heatmap of equal values is not shown to
    /// it: the answer is then the hard argmax.
    Window {
        /// How far the window reaches from the hard argmax, at least one voxel along some axis.
        reach: fn(&Settings) -> Reach,
        /// The answer.
        locate: fn(&Window, &Settings) -> [f64; 3],
    },
}

impl PartialEq for Method {
    fn eq(&self, other: &Method) -> bool {
        self.name == other.name
    }
}
