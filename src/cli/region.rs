//! Which part of which image a heatmap is: `--stride`, `--crop-origin` and `--mask`.

use super::args::DecodeArgs;
use super::calibration_file::Calibration;
use super::exit::{Exit, Failure};
use super::{hints, rows};
use crate::geometry::{Offsets, Voxel};
use crate::mask::Mask;
use crate::shown;
use crate::sink::Space;
use crate::source::Advice;
use std::sync::Arc;

/// The place of heatmaps in their image; `None` if nothing was said of it.
///
/// The stride of a calibration stands, as radii in voxels are multiples of it.
pub(super) fn offsets(
    args: &DecodeArgs,
    calibration: Option<&Calibration>,
) -> Result<Option<Offsets>, Failure> {
    let stride = calibration.map_or(Ok(args.stride), |calibration| calibration.stride(args.stride))?;
    let offsets = Offsets { stride, origin: args.crop_origin.map(|origin| Voxel(origin.0)) };
    if args.stride.is_none() && args.crop_origin.is_none() {
        return Ok((offsets != Offsets::default()).then_some(offsets));
    }
    let has_voxels = args.compare
        || args.stats
        || [Space::Voxel, Space::World].iter().any(|&space| rows::coords(args).contains(space));
    if !has_voxels {
        return Err(Failure::usage(
            "`--stride` and `--crop-origin` need voxel or world coordinates",
            "add `--coords voxel`; normalized coordinates are relative to the heatmap itself",
        ));
    }
    Ok(Some(offsets))
}

/// The voxels that are decoded; `None` for all.
pub(super) fn mask(args: &DecodeArgs) -> Result<Option<Arc<Mask>>, Failure> {
    let Some(path) = &args.study.mask else { return Ok(None) };
    let mask = Mask::read(path).map_err(|error| {
        let what = format!("failed to read the mask `{}`", shown::path(path));
        // `--key` is for the inputs.
        let hint = match error.advice() {
            Some(Advice::Key { .. }) => Some("save the mask as the only array of a file".into()),
            _ => hints::source(&error),
        };
        Failure::new(Exit::Usage, what, &error, hint)
    })?;
    Ok(Some(Arc::new(mask)))
}
