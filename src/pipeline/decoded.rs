//! What the pipeline delivers: an input with its landmarks, or with the reason why it has none.

use crate::error::InputError;
use crate::landmark::{InputRecord, Landmark};
use crate::landmarks::Landmarks;
use crate::warning::Warning;

/// An input that has been decoded, or has turned out not to be decodable.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decoded {
    /// Its record; `error` is set if it could not be decoded.
    pub record: InputRecord,
    /// Its landmarks in the order of (n, c, peak).
    pub landmarks: Landmarks,
    /// What was suspicious; also in the record, as text.
    pub warnings: Vec<Warning>,
    /// Why it could not be decoded; `None` if it was. Its text is also in the record.
    pub error: Option<InputError>,
    /// Bytes of its values.
    pub bytes: u64,
}

impl Decoded {
    /// An input that could not be decoded.
    pub(super) fn failed(record: InputRecord, error: InputError) -> Decoded {
        let record = InputRecord { error: Some(error.to_string()), ..record };
        Decoded {
            record,
            landmarks: Landmarks::default(),
            warnings: Vec::new(),
            error: Some(error),
            bytes: 0,
        }
    }

    /// The landmark of each heatmap that says how its decoding went: with `--peaks`, that of the highest
    /// peak.
    pub fn first_peaks(&self) -> impl Iterator<Item = Landmark> {
        self.landmarks.iter().filter(|landmark| landmark.peak == 0)
    }
}
