//! The flags about what a run may take of the machine, which `decode` and `calibrate` share, as they are
//! typed.

use crate::plan::Decoding;
use clap::Args;

/// Memory and threads.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Run")]
pub struct LimitArgs {
    /// The most landmarks that an input may have; more, and it is `unreadable` before memory is taken for
    /// them, 256 bytes each
    ///
    /// The landmarks of each member of a mean count, and those of each way to decode that `calibrate` tries.
    #[arg(
        long,
        value_name = "M",
        default_value_t = Decoding::MAX_LANDMARKS,
        allow_negative_numbers = true
    )]
    pub max_landmarks: usize,
    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}
