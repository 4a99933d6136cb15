//! `softargmax decode`: settles the run, and gives it to what writes its kind of output.

use super::args::DecodeArgs;
use super::exit::{Exit, Failure};
use super::plan::{self, Run};
use super::reporter::Reporter;
use super::{batch, dry_run, signals, single};
use crate::plan::Destination;

/// Runs `decode`.
pub(super) fn run(args: &DecodeArgs) -> Result<Exit, Failure> {
    let Run { plan, list, outputs, is_dry, verbosity } = plan::settle(args)?;
    if is_dry {
        return dry_run::run(&plan, &outputs, verbosity.is_verbose);
    }
    signals::watch();
    let reporter = Reporter::new(&plan, verbosity, list.is_none().then_some(plan.inputs.len()));
    let exit = match &plan.destination {
        Destination::Stdout => single::to_stdout(&plan, list, &reporter),
        Destination::File(path) => single::to_file(&plan, list, &reporter, path),
        Destination::Directory { path, resume } => batch::run(&plan, path, *resume, outputs, &reporter),
    };
    reporter.finish();
    if matches!(exit, Ok(Exit::Failing)) {
        reporter.failing(&plan);
    }
    exit
}
