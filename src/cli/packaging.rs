//! What packages need beside the program: completions of shells, and manual pages. Both are made of the same
//! description of the command line as the help.

use super::command::command;
use super::exit::{Exit, Failure};
use super::listing_args::{CompletionsArgs, ManArgs, ShellName};
use super::{outputs, signals, stdout};
use crate::shown;
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use std::io::{self, Write as _};

/// Prints the completions of a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Elvish => Shell::Elvish,
        ShellName::Fish => Shell::Fish,
        ShellName::PowerShell => Shell::PowerShell,
        ShellName::Zsh => Shell::Zsh,
    };
    let mut script = Vec::new();
    generate(shell, &mut command(), "softargmax", &mut script);
    let mut out = stdout::open(None)?;
    stdout::check(out.write_all(&script).and_then(|()| out.flush()), None)?;
    Ok(Exit::Done)
}

/// Writes a manual page for the program and one for each command.
pub(super) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    signals::watch();
    let unwritten = |what: String, error: &io::Error| {
        let hint = "`man` takes a directory, which is created if it does not exist";
        Failure::new(Exit::Output, what, error, Some(hint.to_owned()))
    };
    std::fs::create_dir_all(&args.directory).map_err(|error| {
        let what = format!("failed to create the directory `{}`", shown::path(&args.directory));
        unwritten(what, &error)
    })?;
    let mut whole = command();
    // Gives each command its whole name: `softargmax decode`, and `softargmax-decode` for its page.
    whole.build();
    let commands = whole.get_subcommands().filter(|command| command.get_name() != "help").cloned();
    let commands: Vec<_> = commands.map(|command| command.version(env!("CARGO_PKG_VERSION"))).collect();
    for command in std::iter::once(whole).chain(commands) {
        let page = Man::new(command);
        let path = args.directory.join(page.get_filename());
        outputs::fill(
            &path,
            |out| page.render(&mut &mut *out),
            |error| unwritten(format!("failed to write `{}`", shown::path(&path)), error),
        )?;
    }
    Ok(Exit::Done)
}
