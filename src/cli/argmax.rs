//! stub
use super::args::ArgmaxArgs;
use super::exit::{Exit, Failure};
pub(super) fn run(_: &ArgmaxArgs) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
