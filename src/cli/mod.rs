//! The command line: the only room that knows flags, terminals and exit statuses.
//!
//! `args` holds the flags and nothing else. A command (`decode`, `argmax`, `info`, `convert`, `encode`,
//! `eval`, `calibrate`, `report`, `show`, `methods`) first settles what they mean; for `decode`, `plan` does
//! that, and nothing reads the arguments afterwards.

mod argmax;
mod args;
mod average;
mod batch;
mod batch_file;
mod calibrate;
mod calibrate_args;
mod calibrate_report;
mod calibrate_text;
mod calibrated;
mod calibration_file;
mod catalogue;
mod claims;
mod command;
mod convert;
mod convert_args;
mod decode;
mod decode_args;
mod deliver;
mod describe;
mod directory_args;
mod dry_run;
pub mod embedded;
mod encode;
mod encode_args;
mod eval;
mod eval_args;
mod eval_files;
mod eval_hints;
mod eval_json;
mod eval_long;
mod eval_report;
mod eval_rows;
mod eval_text;
mod eval_warnings;
mod exit;
mod hints;
mod info;
mod info_table;
mod inputs;
mod landmarks_in;
mod left_out;
mod limit_args;
mod list;
mod listing_args;
mod machine;
mod method;
mod named_input;
mod output_args;
mod outputs;
mod packaging;
mod pairs;
mod path_pattern;
mod patterns;
mod plan;
mod points_hints;
mod points_values;
mod progress;
mod reading;
mod reading_args;
mod region;
mod report;
mod report_args;
mod report_entries;
mod report_found;
mod report_pictures;
mod reporter;
mod resume;
mod root;
mod rows;
mod search;
mod sheet;
mod show;
mod show_args;
mod signals;
mod single;
mod slicing;
mod slips;
mod stack;
mod stderr;
mod stdout;
mod study_args;
mod table;
mod table_frames;
mod table_record;
mod table_rows;
mod tally;
mod targets;
mod temporaries;
mod threshold;
mod totals;
mod values;
mod warnings;
mod ways;

pub use args::Cli;
use args::Command;
use clap::FromArgMatches as _;
use exit::{Exit, Failure};
use std::process::ExitCode;

/// Runs the program with the arguments of this process. Whether standard output was closed when it began only
/// `main.rs` can tell.
#[must_use]
pub fn main(stdout_is_closed: bool) -> ExitCode {
    stdout::begin(stdout_is_closed);
    let parsed = command::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let error = slips::explained(error);
            if error.use_stderr() {
                // It quotes the arguments.
                stderr::print_line(&error.to_string().trim_end());
                return Exit::Usage.into();
            }
            // Help and version.
            let printed = stdout::print(&error.to_string());
            return exit_of(printed.map(|()| Exit::Done)).into();
        }
    };
    let ended = std::panic::catch_unwind(|| run(cli));
    let exit = ended.unwrap_or_else(|_| {
        let defect = Failure::defect("it panicked");
        stderr::print_line(&defect);
        defect.exit()
    });
    exit.into()
}

fn run(cli: Cli) -> Exit {
    let result = match cli.command {
        Command::Decode(args) => decode::run(&args),
        Command::Argmax(args) => argmax::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Report(args) => report::run(*args),
        Command::Show(args) => show::run(&args),
        Command::Methods(args) => catalogue::run(&args),
        Command::Completions(args) => packaging::completions(&args),
        Command::Man(args) => packaging::man(&args),
    };
    exit_of(result)
}

/// The exit status of a result, of which a failure is printed.
fn exit_of(result: Result<Exit, Failure>) -> Exit {
    result.unwrap_or_else(|failure| {
        stderr::print_line(&failure);
        failure.exit()
    })
}
