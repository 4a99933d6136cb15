//! The flags of `decode` and `info` about directories, as they are typed.

use super::patterns::{Pattern, Patterns};
use super::search::Search;
use clap::Args;

/// Which files of a directory are inputs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct DirectoryArgs {
    /// Take only files that match GLOB from directories, such as '*_prob.nii.gz'; may be repeated
    ///
    /// A pattern without `/` is matched against the name, one with `/` against the path below the directory
    /// that was named. `*` stops at `/`, `**` does not. A pair is matched by either of its names.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<Pattern>,
    /// Leave out files and directories that match GLOB, also where --include takes them; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<Pattern>,
    /// Take hidden files and directories too: names that begin with a dot, and __MACOSX
    #[arg(long)]
    pub hidden: bool,
}

impl DirectoryArgs {
    /// How directories are searched.
    pub(super) fn search(&self) -> Search {
        let patterns = Patterns { include: self.include.clone(), exclude: self.exclude.clone() };
        Search { takes_hidden: self.hidden, patterns, ..Search::default() }
    }
}
