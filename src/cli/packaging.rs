//! What packages need beside the program: completions of shells, and manual pages. Both are made of the same
//! description of the command line as the help.

use super::command::command;
use super::exit::{Exit, Failure};
use super::listing_args::{CompletionsArgs, ManArgs, ShellName};
use super::stdout;
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use std::io::Write as _;

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
    print(&script)
}

/// Prints a manual page.
pub(super) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut whole = command();
    // Gives each command its whole name: `softargmax decode`, and `softargmax-decode` for its page.
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name).cloned().ok_or_else(|| {
                let names = whole.get_subcommands().map(clap::Command::get_name);
                let mut names: Vec<&str> = names.filter(|name| *name != "help").collect();
                names.sort_unstable();
                let what = format!("there is no command `{}`", crate::shown::text(name));
                Failure::usage(what, format!("the commands are {}", names.join(", ")))
            })?;
            found.version(env!("CARGO_PKG_VERSION"))
        }
    };
    let mut text = Vec::new();
    // To memory nothing fails.
    Man::new(page).render(&mut text).map_err(|error| Failure::defect(error.to_string()))?;
    print(&text)
}

fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = stdout::open(None)?;
    stdout::check(out.write_all(bytes).and_then(|()| out.flush()), None)?;
    Ok(Exit::Done)
}
