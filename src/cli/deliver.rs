//! Between the pipeline and the outputs: every input is reported, then delivered, one after the other.

use super::exit::{Exit, Failure};
use super::reporter::Reporter;
use crate::pipeline::{self, Decoded, Inputs};
use crate::plan::Plan;
use crate::sink::Sink;
use std::io;
use std::ops::ControlFlow;

/// Decodes `inputs`, reports each, and passes it to `deliver`, in order. An error of `deliver` ends the run.
pub(super) fn decode<E: From<Failure>>(
    plan: &Plan,
    inputs: Inputs<'_>,
    reporter: &Reporter,
    deliver: &mut dyn FnMut(Decoded) -> Result<(), E>,
) -> Result<(), E> {
    let mut result = Ok(());
    let tick = |bytes| reporter.bytes(bytes);
    pipeline::run(&plan.decoding, inputs, &tick, &mut |decoded| {
        reporter.input(&decoded);
        result = deliver(decoded);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .map_err(|error| {
        let hint = Some("`--threads 1` needs the fewest resources".to_owned());
        Failure::new(Exit::Defect, error.to_string(), "the system refused", hint)
    })?;
    result
}

/// Writes the rows of one input, and with `flush` passes them on at once.
pub(super) fn write_rows(sink: &mut dyn Sink, decoded: &Decoded, flush: bool) -> io::Result<()> {
    sink.write(&decoded.record, &decoded.landmarks)?;
    if flush { sink.flush() } else { Ok(()) }
}
