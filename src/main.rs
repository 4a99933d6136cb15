//! Parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    softargmax::cli::main()
}
