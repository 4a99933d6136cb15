//! What is read a second time, once the peak of the whole heatmap is known.
//!
//! Many methods look only at the voxels about the peak, and no block knows while it is swept whether the peak
//! is in it. Keeping every block would need memory for the whole array. Instead the kernel names boxes of
//! voxels, whoever holds the values reads them again, and here they become what a method sees: heatmap values
//! in (h, w, d) order, the same numbers whatever the memory order, the element type and the sign of the
//! slope.
//!
//! - [`reader`]: the trait by which values are read again.
//! - [`window`]: the box of values about the peak.
//! - [`radius`]: how many voxels the box extends, from a radius in voxels or in millimetres.
//! - [`grid`]: some voxels of the whole heatmap, evenly spaced, for methods that estimate its background.
//! - [`rows`]: the whole heatmap, some rows at a time, for what is about all of its voxels.
//! - [`stored`]: from stored values to heatmap values, and from memory axes to h, w, d.
//!
//! Methods compute on it in plain f64 loops. A window has a few hundred voxels by default, so that clarity
//! costs little time, and the memory order cannot show in the bits.
//!
//! This costs one more read of little data: a window has at most 65³ voxels, 2 MiB. A method that needs all
//! of a heatmap again pays for a second pass, by one thread for each heatmap. A stream cannot
//! be read again, so its values are kept in a temporary file for these methods alone.

pub(super) mod grid;
pub(super) mod radius;
pub(super) mod reader;
pub(super) mod rows;
pub(super) mod stored;
pub(super) mod window;
