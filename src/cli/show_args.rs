//! The flags of `show`, as they are typed.

use super::reading_args::ReadingArgs;
use super::report_args::ConventionName;
use super::values::{MethodChoice, MethodParser, method_help, positive};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `softargmax show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A file of heatmaps
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// The channel to show, from 0
    #[arg(long, value_name = "C", default_value_t = 0)]
    pub channel: usize,
    /// The sample to show, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub sample: usize,
    #[arg(
        long,
        value_name = "METHOD",
        value_parser = MethodParser,
        hide_possible_values = true,
        help = method_help()
    )]
    pub method: Option<MethodChoice>,
    /// Temperature of the softmax [default: 1]
    #[arg(long, value_name = "T", value_parser = positive, allow_negative_numbers = true)]
    pub temperature: Option<f64>,
    /// Where the right of the patient is
    #[arg(long, value_name = "NAME", default_value = "radiological")]
    pub convention: ConventionName,
    /// How the picture is written [default: kitty if the terminal says that it can, else blocks]
    #[arg(long = "as", value_name = "FORM")]
    pub form: Option<Form>,
    /// How many columns half blocks take
    #[arg(
        long,
        value_name = "K",
        default_value_t = 100,
        value_parser = clap::value_parser!(u16).range(20..=1000)
    )]
    pub columns: u16,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// `--as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// the graphics protocol of kitty, which other terminals have too
    Kitty,
    /// half blocks in 24-bit colour, as most terminals show them
    Blocks,
}

impl ShowArgs {
    /// How the picture is written.
    pub(super) fn form(&self) -> Form {
        let of = |name: &str| std::env::var(name).unwrap_or_default();
        let can = std::env::var_os("KITTY_WINDOW_ID").is_some()
            || of("TERM").contains("kitty")
            || of("TERM").contains("ghostty")
            || ["WezTerm", "ghostty"].contains(&of("TERM_PROGRAM").as_str());
        self.form.unwrap_or(if can { Form::Kitty } else { Form::Blocks })
    }
}
