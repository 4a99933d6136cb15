//! The flags of `decode` about the form of its output that few runs need, as they are typed.

use clap::{Args, ValueEnum};

/// The form of the output.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// What has a line in ndjson; an input with its landmarks is one object, as in the document of json
    ///
    /// A program that sends paths to --files-from - and waits for answers then reads one line for each
    /// path.
    #[arg(long, value_name = "WHICH", default_value = "landmark")]
    pub line_per: LinePer,
}

/// `--line-per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LinePer {
    /// each landmark, and each input that is unreadable
    Landmark,
    /// each input
    Input,
}
