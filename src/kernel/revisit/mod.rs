//! What is read a second time once the peak is known: the values about it, or a sparse grid of the heatmap.

pub(super) mod grid;
pub(super) mod reach;
pub(super) mod window;
