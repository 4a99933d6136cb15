//! How large one array over all inputs is, which npy must say before its first value.

use super::exit::Failure;
use crate::landmark::InputRecord;
use crate::pipeline;
use crate::plan::Plan;
use crate::sink::Totals;

/// Samples and landmarks a sample of one input; no landmarks known where it has no readable header.
pub(super) struct Shape {
    name: String,
    samples: u64,
    channels: Option<u64>,
}

impl Shape {
    /// What the record of an input says.
    pub(super) fn of(plan: &Plan, record: &InputRecord) -> Shape {
        let is_known = record.error.is_none() || record.channels > 0;
        let selected = plan.decoding.reading.channels.count(record.channels) as u64;
        let samples = record.samples as u64;
        Shape {
            name: record.file.display().to_string(),
            samples: if record.error.is_some() { samples.max(1) } else { samples },
            channels: is_known.then_some(selected),
        }
    }
}

/// What the headers of all inputs say.
pub(super) fn shapes(plan: &Plan) -> impl Iterator<Item = Shape> {
    plan.inputs.iter().map(|input| Shape::of(plan, &pipeline::header(&plan.decoding, input).record))
}

/// The lengths of one array that holds all. None where no header is readable.
pub(super) fn sum(shapes: impl Iterator<Item = Shape>) -> Result<Option<Totals>, Failure> {
    let (mut samples, mut first): (u64, Option<(String, u64)>) = (0, None);
    for shape in shapes {
        samples += shape.samples;
        match (&first, shape.channels) {
            (Some((name, expected)), Some(found)) if *expected != found => {
                let what = format!(
                    "expected {expected} landmarks a sample as in `{name}`, found {found} in `{}`",
                    shape.name
                );
                let hint = "npy holds one array: decode them apart, or choose `--format csv`";
                return Err(Failure::usage(what, hint));
            }
            (None, Some(found)) => first = Some((shape.name, found)),
            _ => {}
        }
    }
    Ok(first.map(|(_, channels)| Totals { samples, channels }))
}
