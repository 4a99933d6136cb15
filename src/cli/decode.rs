//! `softargmax decode`: settles the run, and gives it to what writes its kind of output.

use super::args::DecodeArgs;
use super::exit::{Exit, Failure};
use super::plan::{self, Run};
use super::reporter::Reporter;
use super::sheet::Sheets;
use super::{batch, dry_run, rows, signals, single, stderr, table};
use crate::plan::Destination;

/// Runs `decode`.
pub(super) fn run(args: &DecodeArgs) -> Result<Exit, Failure> {
    let Run { plan, list, stack, outputs, search, calibration, is_dry, verbosity } = plan::settle(args)?;
    let is_heard = !verbosity.is_quiet;
    if is_heard && (is_dry || verbosity.is_verbose) {
        search.left_out.lines().for_each(|line| stderr::print_line(&line));
    }
    if is_dry {
        let exit = dry_run::run(&plan, &outputs, stack.as_ref(), verbosity.is_verbose);
        search.report().filter(|_| is_heard).for_each(|line| stderr::print_line(&line));
        return exit;
    }
    signals::watch();
    let reporter = Reporter::new(&plan, verbosity, list.is_none().then_some(plan.inputs.len()));
    let reporter = reporter.with_paths(rows::path_columns(args)?).with_calibration(calibration, &plan);
    let sheets = args.png.as_deref().map(|directory| Sheets::new(directory, &plan)).transpose()?;
    let reporter = reporter.with_sheets(sheets);
    let inputs = single::Feed { list, stack };
    let exit = match &plan.destination {
        Destination::Stdout => single::to_stdout(&plan, inputs, &reporter),
        Destination::File(path) => single::to_file(&plan, inputs, &reporter, path),
        Destination::Table(path) => table::run(&plan, path, &reporter),
        Destination::Directory { path, resume } => batch::run(&plan, path, *resume, outputs, &reporter),
    };
    reporter.finish();
    search.report().filter(|_| is_heard).for_each(|line| stderr::print_line(&line));
    if matches!(exit, Ok(Exit::Failing)) {
        reporter.failing(&plan);
    }
    exit
}
