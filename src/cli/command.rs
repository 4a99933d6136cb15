//! The command line with two helps for `decode`: `--help` has every option, `-h` those that most runs need.

use super::args::Cli;
use super::report_args::OF_ROWS;
use super::values::{FAIL_ON, fail_on_help, fail_on_long_help};
use clap::CommandFactory;

/// The options of `decode` that most runs need: they fit on one screen.
const COMMON: [&str; 12] = [
    "method",
    "temperature",
    "coords",
    "compare",
    "uncertainty",
    "labels",
    "output",
    "format",
    "output_dir",
    "resume",
    "fail_on",
    "dry_run",
];

/// What ends the help of `report`.
const AFTER_REPORT: &str = "The options below `Report` and `Matching` are its own; all others are those of \
    decode. The page is explained in docs/report.md.";

/// The command line.
pub(super) fn command() -> clap::Command {
    let is_common = |arg: &clap::Arg| arg.is_positional() || COMMON.contains(&arg.get_id().as_str());
    let command = Cli::command().mut_subcommand("decode", |decode| {
        decode.mut_args(|arg| if is_common(&arg) { arg } else { arg.hide_short_help(true) })
    });
    command.mut_subcommand("report", |report| {
        let report = report.after_help(AFTER_REPORT).after_long_help(AFTER_REPORT);
        // A page is made to look at what is doubtful: that is no failure unless it is asked for.
        let report = report.mut_arg("fail_on", |arg| {
            let own = |text: String| text.replace(FAIL_ON, "none");
            arg.default_value("none").help(own(fail_on_help())).long_help(own(fail_on_long_help()))
        });
        let report = report.mut_arg("output", |arg| {
            let whole = "Write the page to FILE\n\nThe file appears whole or not at all.";
            arg.help("Write the page to FILE").long_help(whole)
        });
        report.mut_args(|arg| if OF_ROWS.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_options_are_options() {
        let command = command();
        command.clone().debug_assert();
        let decode = command.find_subcommand("decode").unwrap();
        let shown = || decode.get_arguments().filter(|arg| !arg.is_hide_short_help_set());
        assert_eq!(shown().count(), COMMON.len() + 1);
        for id in COMMON {
            assert!(shown().any(|arg| arg.get_id() == id), "{id}");
        }
    }
}
