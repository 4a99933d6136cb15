//! What to trust: judges the answer of every method by the heatmap itself.
//!
//! A method gives a plausible number for any map. Whether it is where the peak is, and how sure that is,
//! the map itself can tell: by its background and the noise of it, by the width of the peak, by what else
//! is as high, and by a second, local way to the answer.
//!
//! | file | holds |
//! |---|---|
//! | [`view`], [`extent`], `sampled.rs` | what is read: a box about the peak, voxels on an even grid |
//! | `samples.rs`, `noise.rs` | background, noise, its correlation, the fill that stands for a mask |
//! | `peak.rs`, `local.rs` | the plateau of the maximum, the peak's width, where it is by what lies about
//! it |
//! | `rivals.rs`, `ball.rs` | a second maximum, and the maxima of the blocks |
//! | [`evidence`] | all of it, and the flags |
//! | `fit.rs`, [`auto`] | the Gaussian that fits the peak, and the method that is made of all this |
//! | [`error`] | standard errors and the radius that holds the truth |
//!
//! All of it is plain f64 on a few thousand voxels, in an order that does not depend on threads or SIMD
//! levels. `tests/trust/reference.py` is the same in NumPy, and `docs/trust.md` what it is worth,
//! measured.
//!
//! It stops being right for what a single map cannot show: a network that is sure of the wrong place.

pub(super) mod auto;
mod ball;
pub(super) mod error;
pub(super) mod evidence;
pub(super) mod extent;
mod fit;
pub(super) mod level_set;
mod local;
mod noise;
mod peak;
pub(super) mod places;
mod rivals;
mod sampled;
mod samples;
#[cfg(all(test, feature = "files"))]
mod tests;
pub(super) mod view;
