//! What the report and the file of `calibrate` are made of.

use super::calibrate_args::CalibrateArgs;
use super::ways::WayToDecode;
use crate::landmark::InputRecord;
use crate::study::{CalibrateSettings, Calibration, Design, Drops};

/// The level of the radius that `decode` writes.
pub(super) const LEVEL: f64 = 0.95;

/// The drops of each landmark, and of all together.
pub(super) type Regions = (Vec<Drops>, Drops);

/// What a report is made of.
pub(super) struct Report<'a> {
    pub(super) args: &'a CalibrateArgs,
    pub(super) ways: &'a [WayToDecode],
    pub(super) made: &'a Calibration,
    pub(super) data: &'a Data,
    /// The drops that hold the truth, of each landmark and of all together, if they are asked for.
    pub(super) drops: Option<Regions>,
    pub(super) settings: &'a CalibrateSettings,
}

/// What kind of data a calibration is of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Data {
    pub(super) inputs: usize,
    pub(super) unreadable: usize,
    /// The least and the greatest number of channels of an input.
    pub(super) channels: Option<(usize, usize)>,
    pub(super) labels: Option<Vec<String>>,
    /// The least and the greatest voxel size along any axis, in mm.
    pub(super) sizes: Option<(f64, f64)>,
}

impl Data {
    /// Counts an input.
    pub(super) fn add(&mut self, record: &InputRecord) {
        self.inputs += 1;
        if record.error.is_some() {
            self.unreadable += 1;
            return;
        }
        let channels = record.channels;
        let (few, many) = self.channels.unwrap_or((channels, channels));
        self.channels = Some((few.min(channels), many.max(channels)));
        if let Some(affine) = record.affine {
            for size in affine.voxel_sizes().0 {
                let (small, large) = self.sizes.unwrap_or((size, size));
                self.sizes = Some((small.min(size), large.max(size)));
            }
        }
    }
}

/// What radii promise where nothing that they are made of was chosen by the same subjects.
const HOLDS: &str = "a radius holds the truth at least as often as its level says, whatever the errors";

/// What the radii promise.
pub(super) fn guarantee(report: &Report) -> String {
    let subjects = "for a new subject of the same kind (scanners, patients, network)";
    match report.settings.design {
        _ if report.made.choosing.is_empty() => format!("{subjects}, {HOLDS}"),
        Design::Split(_) => format!("{subjects}, {HOLDS}: radii are made by subjects that chose nothing"),
        Design::Cross => format!(
            "{subjects}, a radius holds the truth about as often as its level says: so it was measured, and \
             there is no proof"
        ),
    }
}
