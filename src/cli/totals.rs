//! How large one array over all inputs is, which npy must say before its first value.

use super::exit::Failure;
use crate::landmark::InputRecord;
use crate::pipeline;
use crate::plan::Plan;
use crate::sink::Totals;

/// What one input adds to the array.
pub(super) struct Share {
    name: String,
    samples: u64,
    /// Landmarks of each sample; `None` if the input has no readable header.
    landmarks: Option<u64>,
}

impl Share {
    /// What the record of an input says.
    pub(super) fn new(plan: &Plan, record: &InputRecord) -> Share {
        let is_known = record.error.is_none() || record.channels > 0;
        let selected = plan.decoding.reading.channels.count(record.channels) as u64;
        let samples = record.samples as u64;
        Share {
            name: record.file.display().to_string(),
            samples: if record.error.is_some() { samples.max(1) } else { samples },
            landmarks: is_known.then_some(selected),
        }
    }
}

/// The totals of all inputs, from their headers.
pub(super) fn of_headers(plan: &Plan) -> Result<Option<Totals>, Failure> {
    sum(plan.inputs.iter().map(|input| Share::new(plan, &pipeline::header(&plan.decoding, input).record)))
}

/// The lengths of one array that holds all. `None` if no header is readable.
///
/// # Errors
/// Two inputs differ in the number of landmarks.
pub(super) fn sum(shares: impl Iterator<Item = Share>) -> Result<Option<Totals>, Failure> {
    let (mut samples, mut first): (u64, Option<(String, u64)>) = (0, None);
    for share in shares {
        samples += share.samples;
        match (&first, share.landmarks) {
            (Some((name, expected)), Some(found)) if *expected != found => {
                let what =
                    format!("`{name}` has {expected} landmarks a sample, `{}` has {found}", share.name);
                let hint = "npy holds one array: decode them separately, or choose `--format csv`";
                return Err(Failure::usage(what, hint));
            }
            (None, Some(found)) => first = Some((share.name, found)),
            _ => {}
        }
    }
    Ok(first.map(|(_, channels)| Totals { samples, channels }))
}
