//! Connected components of the voxels above a threshold, and the one that is highest on average.
//!
//! The files, in the order of the work:
//!
//! - [`search`]: what the threshold is for this heatmap, and all of it for one heatmap.
//! - [`order`]: exact percentiles in bounded memory.
//! - [`labels`]: components, from the rows of a heatmap one after the other. [`joined`]: runs of voxels that
//!   touch, as one.
//! - [`sum`]: sums that round so little that equal components have equal means.
//!
//! A component is known once no voxel of the next plane touches it, and then only the best one so far is
//! kept. Memory is therefore that of the runs of two planes, and of the components that reach into them:
//! never that of a label for each voxel. The heatmap is read once for the components. A percentile takes one
//! or two reads before that, and more only where very many values are alike.
//!
//! It is one thread's work for one heatmap, so the order of every sum follows from the order of memory alone.
//! With many heatmaps, threads work on several. It stops being right for one huge heatmap on many threads:
//! its planes would have to be labelled in parts, and the parts joined.

mod joined;
mod labels;
mod order;
pub(super) mod search;
mod sum;
