//! The command line: the only room that knows terminals and exit statuses.

mod argmax;
mod args;
mod batch;
mod decode;
mod dry_run;
mod exit;
mod info;
mod inputs;
mod list;
mod plan;
mod region;
mod report;
mod resume;
mod shapes;
mod signals;
mod threshold;
mod values;

pub use args::Cli;
use args::Command;
use clap::Parser;
use exit::{Exit, Failure};
use std::io::Write;
use std::process::ExitCode;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_error = error.use_stderr();
            // Nothing is left to be done where even the terminal is gone.
            let _ = error.print();
            return if is_error { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let exit = std::panic::catch_unwind(|| run(cli)).unwrap_or(Exit::Defect);
    exit.into()
}

fn run(cli: Cli) -> Exit {
    let result = match cli.command {
        Command::Decode(args) => decode::run(&args),
        Command::Argmax(args) => argmax::run(&args),
        Command::Info(args) => info::run(&args),
    };
    result.unwrap_or_else(|failure: Failure| {
        say(&failure);
        failure.exit()
    })
}

/// Prints a line to standard error; where that is gone, nobody reads it.
fn say(line: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
