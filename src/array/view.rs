//! Views of one heatmap, and of one block of it, within a caller's array of any strides.
//!
//! The kernel wants a heatmap's axes in the order of memory, so that it reads forward whatever the layout.
//! ndarray permutes and slices views without touching the values.

use crate::geometry::{Arrangement, Axis, Block, Layout, LayoutError};
use crate::heatmap::MemoryAxes;
use ndarray::{ArrayView, ArrayViewD, Axis as Dimension, Slice};

/// How the axes of `heatmaps`, named by `layout`, lie in memory.
///
/// # Errors
/// [`LayoutError::Rank`] if the layout has not as many axes as the array, [`LayoutError::Dropped`] if an axis
/// that it drops has another length than 1.
pub(super) fn arrange<T, D: ndarray::Dimension>(
    heatmaps: &ArrayView<'_, T, D>,
    layout: &Layout,
) -> Result<Arrangement, LayoutError> {
    let dims: Vec<u64> = heatmaps.shape().iter().map(|&n| n as u64).collect();
    if dims.len() != layout.places().len() {
        return Err(LayoutError::Rank { layout: layout.to_string(), found: dims });
    }
    layout.check_dropped(&dims)?;
    let (mut lengths, mut strides) = ([1; 5], [0; 5]);
    for (position, axis) in layout.places().iter().enumerate() {
        let Some(axis) = axis else { continue };
        lengths[axis.index()] = heatmaps.shape()[position];
        strides[axis.index()] = heatmaps.strides()[position];
    }
    Ok(Arrangement { lengths, strides })
}

/// The heatmap of sample `n` and channel `c`, with its three axes in the order of memory, outermost first.
pub(super) fn view_of<'a, T, D: ndarray::Dimension>(
    heatmaps: &ArrayView<'a, T, D>,
    layout: &Layout,
    axes: &MemoryAxes,
    n: usize,
    c: usize,
) -> ArrayViewD<'a, T> {
    let mut view = heatmaps.clone().into_dyn();
    for (position, _) in layout.places().iter().enumerate().rev().filter(|(_, place)| place.is_none()) {
        view.index_axis_inplace(Dimension(position), 0);
    }
    let mut names: Vec<Axis> = layout.axes().to_vec();
    for (axis, index) in [(Axis::N, n), (Axis::C, c)] {
        if let Some(position) = names.iter().position(|&name| name == axis) {
            view.index_axis_inplace(Dimension(position), index);
            names.remove(position);
        }
    }
    for axis in [Axis::H, Axis::W, Axis::D] {
        if !names.contains(&axis) {
            view.insert_axis_inplace(Dimension(names.len()));
            names.push(axis);
        }
    }
    let order = axes.logical.map(|axis| [Axis::H, Axis::W, Axis::D][axis]);
    let order = order.map(|axis| names.iter().position(|&name| name == axis).unwrap_or_default());
    view.permuted_axes(order.to_vec())
}

/// A block of a heatmap whose axes are in the order of memory.
pub(super) fn within<'a, T>(heatmap: &'a ArrayViewD<'_, T>, block: &Block) -> ArrayViewD<'a, T> {
    let mut view = heatmap.view();
    for axis in 0..3 {
        let end = block.start[axis] + block.extent[axis];
        view.slice_axis_inplace(Dimension(axis), Slice::from(block.start[axis]..end));
    }
    view
}
