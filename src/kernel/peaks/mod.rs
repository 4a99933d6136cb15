//! Several peaks of one heatmap: its local maxima, and which of them count.
//!
//! A local maximum is a connected set of equal voxels (26 neighbours each) that no neighbour exceeds. It is
//! reported as its first voxel in logical (h, w, d) order, so that a plateau counts once. The files, in the
//! order of the work:
//!
//! - [`selection`]: how many peaks are wanted, how far apart, and how high.
//! - [`heights`]: from stored values to heights that can be compared, in the order of heatmap values.
//! - [`maxima`]: the local maxima, from the planes of a heatmap one after the other. Two planes are kept.
//!   [`plateaus`]: equal voxels that touch, as one.
//! - [`accept`]: the greedy choice: the highest first, none nearer than a distance to one accepted before
//!   ([`spacing`]).
//! - [`search`]: reads a heatmap again for all of this and asks the method about each peak.
//!
//! The greedy choice needs the maxima in order of height, of which there may be V/8 for V voxels. It keeps a
//! bounded number of candidates and reads the heatmap again if they were too few, so the answer is exact for
//! every heatmap, and memory is bounded. Keeping only the best candidates of one read would be simpler and
//! wrong: a wide high ridge may fill them all and hide a lower peak far away.
//!
//! Each round accepts at least one peak, so there are never more reads than peaks; nearly always there is
//! one. What this costs most on is pure noise, which has a maximum every 27 voxels or so.
//! `docs/decisions/0005-exact-peaks-in-bounded-memory.md` has the reasons and the figures.

mod accept;
mod candidate;
mod heights;
mod maxima;
mod plateaus;
pub(super) mod search;
pub(super) mod selection;
mod spacing;

#[cfg(test)]
mod tests;
