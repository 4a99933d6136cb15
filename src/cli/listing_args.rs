//! The flags of the commands that tell what the program knows: methods, completions, manual pages.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax methods`.
#[derive(Debug, Args)]
pub struct MethodsArgs {
    /// A method or a flag, to be explained in full
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `softargmax completions`.
#[derive(Debug, Args)]
#[command(after_help = "For bash: softargmax completions bash > softargmax.bash")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: ShellName,
}

/// A shell that completes command lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShellName {
    /// bash
    Bash,
    /// elvish
    Elvish,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
    /// zsh
    Zsh,
}

/// `softargmax man`.
#[derive(Debug, Args)]
#[command(after_help = "To read one: softargmax man pages && man -l pages/softargmax-decode.1")]
pub struct ManArgs {
    /// The directory for softargmax.1, softargmax-decode.1 and the others; it is created if it does not exist
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}
