//! The heatmap values at single voxels, for those who know where a landmark is.

use super::decoded::Decoded;
use super::opened::OpenedInput;
use super::volume::at_any_offset;
use super::window::Windows;
use crate::geometry::{Block, Hwd};
use crate::source::{SourceError, Values};

/// A voxel (h, w, d) of sample n, channel c.
pub type Place = (usize, usize, Hwd<usize>);

/// The heatmap values at some voxels; `None` where the voxel is masked or not in the volume. A stream is
/// copied to a temporary file, as its values come in their order.
pub(super) fn read(
    input: &OpenedInput,
    values: Values,
    places: &[Place],
) -> Result<Vec<Option<f64>>, Box<Decoded>> {
    values_at(input, values, places).map_err(|error| Box::new(input.failed(error.into())))
}

fn values_at(input: &OpenedInput, values: Values, places: &[Place]) -> Result<Vec<Option<f64>>, SourceError> {
    let values = at_any_offset(input, values)?;
    let prepared = &input.prepared;
    let (axes, channels) = (prepared.regions.axes(), prepared.selected.channels());
    let samples = prepared.heatmaps().checked_div(channels).unwrap_or(0);
    let Hwd(lengths) = axes.to_logical(axes.lengths);
    let mut windows = Windows::default();
    let value = |&(n, c, Hwd(voxel)): &Place| {
        let is_inside = n < samples && c < channels && (0..3).all(|axis| voxel[axis] < lengths[axis]);
        if !is_inside {
            return Ok(None);
        }
        let block = Block { start: axes.logical.map(|axis| voxel[axis]), extent: [1; 3] };
        let stored = windows.read(prepared, &*values, n * channels + c, &[block])?;
        let value = stored.first().map(|&stored| input.scaling.heatmap_value(stored));
        Ok(value.filter(|value| value.is_finite()))
    };
    places.iter().map(value).collect()
}
