//! How many samples and landmarks one output holds, for formats that must know it before the first landmark.

use super::exit::Failure;
use super::hints;
use crate::landmark::InputRecord;
use crate::pipeline;
use crate::plan::Plan;
use crate::shown;
use crate::sink::{Totals, Writer};

/// What one input adds to the array.
pub(super) struct Share {
    name: String,
    samples: u64,
    /// Landmarks of each sample; `None` if the input has no readable header, or not the number of channels
    /// that was asked for.
    landmarks: Option<u64>,
}

impl Share {
    /// What the record of an input says.
    pub(super) fn new(plan: &Plan, record: &InputRecord) -> Share {
        let expected = plan.decoding.reading.expected_channels;
        let is_expected = expected.is_none_or(|expected| expected == record.channels);
        let is_known = record.error.is_none() || record.channels > 0 && is_expected;
        let selected = plan.decoding.reading.channels.count(record.channels) as u64;
        let samples = record.samples as u64;
        Share {
            name: shown::path(&record.file).to_string(),
            samples: if record.error.is_some() { samples.max(1) } else { samples },
            landmarks: is_known.then_some(selected),
        }
    }
}

/// The totals of all inputs, from their headers.
pub(super) fn of_headers(plan: &Plan) -> Result<Option<Totals>, Failure> {
    of(
        plan,
        plan.inputs.iter().map(|input| Share::new(plan, &pipeline::header(&plan.decoding, input).record)),
    )
}

/// The lengths of one output that holds all. `None` if no header is readable.
///
/// # Errors
/// Two inputs differ in the number of landmarks, or the format cannot hold as many samples.
pub(super) fn of(plan: &Plan, shares: impl Iterator<Item = Share>) -> Result<Option<Totals>, Failure> {
    let totals = sum(plan.writer, shares)?;
    let unmet = totals.and_then(|totals| plan.writer.needs.check_totals(Some(totals)).err());
    unmet.map_or(Ok(totals), |unmet| Err(hints::unmet(plan.writer, &unmet)))
}

fn sum(writer: &Writer, shares: impl Iterator<Item = Share>) -> Result<Option<Totals>, Failure> {
    let (mut samples, mut first): (u64, Option<(String, u64)>) = (0, None);
    for share in shares {
        samples += share.samples;
        match (&first, share.landmarks) {
            (Some((name, expected)), Some(found)) if *expected != found => {
                let what =
                    format!("`{name}` has {expected} landmarks a sample, `{}` has {found}", share.name);
                let hint = format!(
                    "{} holds one array: decode them separately, or choose `--format csv`",
                    writer.name
                );
                return Err(Failure::usage(what, hint));
            }
            (None, Some(found)) => first = Some((share.name, found)),
            _ => {}
        }
    }
    Ok(first.map(|(_, channels)| Totals { samples, channels }))
}
