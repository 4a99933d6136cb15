//! The one pass over every voxel: from a block of values to its record, and from records to that of a heatmap.
//!
//! A heatmap is cut into blocks of about 4096 voxels, which stay in the nearest cache while they are read twice: once
//! for the maximum ([`scan`]), and once for the weights and their moments ([`pass`] for the softmax, [`activation`]
//! for weights that are made of the values themselves). Every method needs the maximum; only methods that weigh the
//! whole heatmap need the rest. The [`sweeper`] decides which, and merges the records.
//!
//! The softmax pass is a stack of small files, each of which knows only the ones before it:
//!
//! | file | from | to |
//! |---|---|---|
//! | [`tiling`] | the extent of a block | steps × columns of sixteen lanes |
//! | [`exp`] | a value | its weight, with a stated bound on the error |
//! | [`steps`] | the weights of eight or 32 steps | their mass and first moment |
//! | [`columns`] | the steps of each column | the moments of the block about its peak |
//! | [`pass`] | a block | all of this, fused into one loop |
//! | [`block`] | a block | the arithmetic that it needs: f32, f64, or a closed form |
//!
//! One pass is enough because moments are linear and because a block needs nothing from its neighbours: it is summed
//! relative to its own maximum, and [`record`] rescales. This stops being right for a method that needs the answer
//! before it can weigh a voxel (a window about the peak, for example). Such methods read values a second time
//! (`revisit`), and the sweep gives them only the peak.

pub(super) mod activation;
pub(super) mod block;
mod columns;
mod exp;
mod lane_sums;
mod pass;
pub(super) mod record;
mod scan;
mod steps;
pub(super) mod sums;
pub(super) mod sweeper;
mod tiling;
