//! Between the pipeline and the outputs: every input is reported, then delivered, one after the other.
//!
//! A worker that waits for the next line of a list cannot be called back. So if a run over a list that is
//! still arriving must end, it ends the process ([`leave`]): whoever feeds the list may never send another
//! line.

use super::exit::{Exit, Failure};
use super::hints;
use super::reporter::Reporter;
use super::signals::{self, Doing};
use super::stderr;
use crate::pipeline::{self, Decoded, Inputs};
use crate::plan::Plan;
use crate::sink::Sink;
use std::io;
use std::ops::ControlFlow;

/// Decodes `inputs`, reports each, and passes it to `deliver`, in order. An error of `deliver` ends the run,
/// and so does a defect, after every input before it.
pub(super) fn decode<E: From<Failure>>(
    plan: &Plan,
    inputs: Inputs<'_>,
    reporter: &Reporter,
    deliver: &mut dyn FnMut(Decoded) -> Result<(), E>,
) -> Result<(), E> {
    let mut result = Ok(());
    let tick = |bytes| reporter.bytes(bytes);
    // The plan names no inputs if they arrive while others are decoded.
    let is_arriving = plan.inputs.is_empty();
    pipeline::run(&plan.decoding, inputs, &tick, &mut |outcome| {
        let _leave = LeaveOnPanic(is_arriving);
        result = match outcome {
            Ok(mut decoded) => {
                reporter.complete(&mut decoded);
                reporter.input(&decoded);
                reporter.draw(plan, &decoded).map_err(E::from).and_then(|()| deliver(decoded))
            }
            Err(defect) if is_arriving => leave(Err(Failure::defect(&defect))),
            Err(defect) => Err(Failure::defect(&defect).into()),
        };
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let hint = hints::threads(&error).to_owned();
        Failure::new(Exit::Usage, error.to_string(), format!("the system refused: {cause}"), Some(hint))
    })?;
    result
}

/// Ends the process if writing the rows of an input panics while a list is arriving.
struct LeaveOnPanic(bool);

impl Drop for LeaveOnPanic {
    fn drop(&mut self) {
        if self.0 && std::thread::panicking() {
            leave(Err(Failure::defect("writing panicked")));
        }
    }
}

/// Ends the process at once, without leaving temporary files behind.
pub(super) fn leave(exit: Result<Exit, Failure>) -> ! {
    let gate = signals::gate(Doing::Placing);
    let _ = signals::remove_temporary();
    drop(gate);
    let exit = exit.unwrap_or_else(|failure| {
        stderr::print_line(&failure);
        failure.exit()
    });
    std::process::exit(exit as i32)
}

/// Writes the rows of one input, and with `flush` passes them on at once.
pub(super) fn write_rows(sink: &mut dyn Sink, decoded: &Decoded, flush: bool) -> io::Result<()> {
    sink.write(&decoded.record, &decoded.landmarks)?;
    if flush { sink.flush() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Cli, Command};
    use super::super::plan;
    use super::*;
    use crate::source::Location;
    use clap::Parser;

    #[test]
    fn a_defect_ends_the_run_after_the_rows_before_it() {
        let cli = Cli::try_parse_from(["softargmax", "decode", "-q", "--threads", "2", "/nowhere"]).unwrap();
        let Command::Decode(args) = cli.command else { unreachable!() };
        let run = plan::settle(&args).unwrap();
        let inputs = (0..9).map(|index| {
            assert!(index < 3, "input {index}");
            Location::Path(format!("/nowhere/{index}").into())
        });
        let mut rows = Vec::new();
        let reporter = Reporter::new(&run.plan, run.verbosity, None);
        let ended = decode(&run.plan, Box::new(inputs), &reporter, &mut |decoded| {
            rows.push(decoded.record.file.display().to_string());
            Ok::<(), Failure>(())
        });
        let failure = ended.unwrap_err();
        assert_eq!(rows, ["/nowhere/0", "/nowhere/1", "/nowhere/2"]);
        assert_eq!(failure.exit(), Exit::Defect);
        assert!(failure.to_string().contains("caused by: decoding panicked: input 3"), "{failure}");
    }
}
