//! The one pass over every voxel: from a block of values to its record, and from records to that of a
//! heatmap.
//!
//! A heatmap is cut into blocks of about 4096 voxels, which stay in the nearest cache while they are read
//! twice: once for the maximum ([`scan`]), and once for the weights and their moments ([`pass`] for the
//! softmax, [`activation`] for weights that are made of the values themselves). Every method needs the
//! maximum; only methods that weigh the whole heatmap need the rest. The [`sweeper`] decides which, and
//! merges the records.
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
//! # Why one pass is enough
//!
//! The softmax needs the maximum of the whole heatmap before it can weigh a voxel, or so it seems: exp(x/T)
//! overflows without it. But a weight may be taken relative to any reference, because the reference cancels
//! in every quotient. So each block uses its own maximum, and [`record`] multiplies the sums of the lower
//! block by a power of two when two records meet. That costs a few operations for each block instead of a
//! second read of the array.
//!
//! # What is added in which order
//!
//! Rounding depends on the order of additions, so the order is fixed: tiles of eight steps as balanced trees,
//! four of them in the element type, then everything in f64, columns in order, blocks in order. The order
//! follows from the shape and the memory order of the array alone. It was chosen for accuracy too: at most 32
//! f32 weights are ever added in f32, and equal ones add up exactly.
//!
//! # When this stops being right
//!
//! For a method that needs the answer before it can weigh a voxel, such as a window about the peak: it reads
//! values a second time (`revisit`), and the sweep gives it only the peak. For a quantity that is no sum over
//! voxels, such as a median. And for blocks that do not fit into the nearest cache, where reading them twice
//! costs twice.

pub(super) mod activation;
pub(super) mod block;
mod columns;
mod exp;
mod lane_sums;
pub(super) mod packed;
mod pass;
pub(super) mod record;
pub(super) mod sampling;
mod scan;
mod steps;
pub(super) mod sums;
pub(super) mod sweeper;
mod tiling;
pub(super) mod tops;
